//! Handles: tokens that C holds as pointers to types it knows nothing of.
//!
//! A token has four bits of kind, so that no valid address looks like one, 36 of a key that is
//! never used again, and 24 of a number within (which series of a capture). The tables hold what
//! is live; what is not in them was freed, or never was.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::points::Points;
use super::reader::Shared;
use super::status::{Answer, METALAB_NO_CAPTURE, Stop, wrong};
use super::store::Named;
use super::values::Values;
use crate::base::error::ErrorKind;
use crate::base::sync::{PerProcess, lock};
use crate::capture::Capture;
use crate::read::{Array, Store};
use crate::run::options::Options;
use crate::{Mapping, Snapshots, Stream};

const _: () = assert!(size_of::<usize>() == 8, "tokens need 64 bits");

/// The kinds of handles.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Options = 1,
    Capture = 2,
    Series = 3,
    Mapping = 4,
    Stream = 5,
    Snapshots = 6,
    Store = 7,
    Table = 8,
    Run = 9,
    Points = 10,
    Loaded = 11,
    Values = 12,
}

impl Kind {
    fn type_name(self) -> &'static str {
        match self {
            Kind::Options => "metalab_options_t",
            Kind::Capture => "metalab_capture_t",
            Kind::Series => "metalab_series_t",
            Kind::Mapping => "metalab_mapping_t",
            Kind::Stream => "metalab_stream_t",
            Kind::Snapshots => "metalab_snapshots_t",
            Kind::Store => "metalab_store_t",
            Kind::Table => "metalab_table_t",
            Kind::Run => "metalab_run_t",
            Kind::Points => "metalab_points_t",
            Kind::Loaded => "metalab_loaded_t",
            Kind::Values => "metalab_values_t",
        }
    }
}

const KEY_BITS: u32 = 36;
const WITHIN_BITS: u32 = 24;

/// A token as C holds it.
#[inline(always)]
pub(super) fn token<H>(kind: Kind, key: u64, within: u32) -> *mut H {
    let bits = (kind as u64) << (KEY_BITS + WITHIN_BITS) | key << WITHIN_BITS | u64::from(within);
    std::ptr::without_provenance_mut(bits as usize)
}

/// The key and the number within of a token, if it is of `kind`.
#[inline(always)]
pub(super) fn parts<H>(kind: Kind, handle: *const H) -> Option<(u64, u32)> {
    let bits = handle.addr() as u64;
    let fits = bits >> (KEY_BITS + WITHIN_BITS) == kind as u64;
    let key = bits >> WITHIN_BITS & ((1 << KEY_BITS) - 1);
    fits.then_some((key, bits as u32 & ((1 << WITHIN_BITS) - 1)))
}

/// Like `parts`, with an answer for what is no such token.
pub(super) fn key<H>(kind: Kind, argument: &str, handle: *const H) -> Answer<(u64, u32)> {
    if handle.is_null() {
        return Err(Stop::Status(METALAB_NO_CAPTURE));
    }
    match parts(kind, handle) {
        Some(parts) => Ok(parts),
        None => wrong(ErrorKind::Handle, format!("{argument} is no {}", kind.type_name())),
    }
}

/// The live handles of a kind.
pub(super) struct Table<T: 'static> {
    kind: Kind,
    live: PerProcess<Live<T>>,
    next: AtomicU64,
}

type Live<T> = Mutex<HashMap<u64, T>>;

/// A forked child goes on with options and values, and with captures that keep nothing; all other handles
/// are its parent's.
pub(super) static OPTIONS: Table<Arc<Mutex<Options>>> =
    Table::new(Kind::Options, |parents| kept(parents, |_| true));
pub(super) static VALUES: Table<Arc<Mutex<Values>>> =
    Table::new(Kind::Values, |parents| kept(parents, |_| true));
pub(super) static CAPTURES: Table<Arc<Capture>> =
    Table::new(Kind::Capture, |parents| kept(parents, |key| key == DISABLED));
pub(super) static MAPPINGS: Table<Arc<Mutex<Option<Mapping>>>> =
    Table::new(Kind::Mapping, |_| Mutex::default());
pub(super) static STREAMS: Table<Arc<Mutex<Option<Stream>>>> = Table::new(Kind::Stream, |_| Mutex::default());
pub(super) static SNAPSHOTS: Table<Arc<Snapshots>> = Table::new(Kind::Snapshots, |_| Mutex::default());

pub(super) static STORES: Table<Arc<Store>> = Table::new(Kind::Store, |_| Mutex::default());
pub(super) static TABLES: Table<Arc<Named>> = Table::new(Kind::Table, |_| Mutex::default());
pub(super) static RUNS: Table<Shared> = Table::new(Kind::Run, |_| Mutex::default());
pub(super) static POINTS: Table<Arc<Mutex<Points>>> = Table::new(Kind::Points, |_| Mutex::default());
pub(super) static LOADED: Table<Arc<Array>> = Table::new(Kind::Loaded, |_| Mutex::default());

/// The handles that a child keeps; none if another thread was changing the table at the fork.
fn kept<T: Clone>(parents: Option<&Live<T>>, keep: impl Fn(u64) -> bool) -> Live<T> {
    let parents = parents.and_then(|live| live.try_lock().ok());
    let entries = parents.iter().flat_map(|live| live.iter()).filter(|(key, _)| keep(**key));
    Mutex::new(entries.map(|(key, value)| (*key, value.clone())).collect())
}

/// The key of every disabled capture: no journal has it.
pub(super) const DISABLED: u64 = 0;

impl<T: Clone + Send> Table<T> {
    const fn new(kind: Kind, make: fn(Option<&Live<T>>) -> Live<T>) -> Self {
        Self { kind, live: PerProcess::new(make), next: AtomicU64::new(1) }
    }

    /// Adds `value` under a key of its own.
    pub(super) fn add<H>(&self, value: T) -> *mut H {
        let key = self.next.fetch_add(1, Ordering::Relaxed);
        lock(self.live.get()).insert(key, value);
        token(self.kind, key, 0)
    }

    /// Adds `value` under `key`.
    pub(super) fn add_as<H>(&self, key: u64, value: T) -> *mut H {
        lock(self.live.get()).insert(key, value);
        token(self.kind, key, 0)
    }

    /// The value that `handle` stands for.
    pub(super) fn get<H>(&self, argument: &str, handle: *const H) -> Answer<T> {
        let (key, _) = key(self.kind, argument, handle)?;
        self.get_key(argument, key)
    }

    /// The value that `key` stands for.
    pub(super) fn get_key(&self, argument: &str, key: u64) -> Answer<T> {
        match lock(self.live.get()).get(&key) {
            Some(value) => Ok(value.clone()),
            None => wrong(
                ErrorKind::Closed,
                format!("{argument} is closed: it was freed, or this is a forked child"),
            ),
        }
    }

    /// Removes what `handle` stands for.
    pub(super) fn remove<H>(&self, handle: *const H) -> Option<T> {
        let (key, _) = parts(self.kind, handle)?;
        lock(self.live.get()).remove(&key)
    }
}
