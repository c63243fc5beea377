//! Handles: tokens that C holds as pointers to types it knows nothing of.
//!
//! A token has four bits of kind, so that no valid address looks like one, 36 of a key that is
//! never used again, and 24 of a number within (which series of a capture). The tables hold what
//! is live; what is not in them was freed, or never was.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use super::status::{Answer, METALAB_NO_CAPTURE, Stop, wrong};
use crate::capture::Capture;
use crate::error::ErrorKind;
use crate::options::Options;
use crate::sync::lock;
use crate::{Mapping, Stream};

const _: () = assert!(size_of::<usize>() == 8, "tokens need 64 bits");

/// The kinds of handles.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Options = 1,
    Capture = 2,
    Series = 3,
    Mapping = 4,
    Stream = 5,
}

impl Kind {
    fn type_name(self) -> &'static str {
        match self {
            Kind::Options => "metalab_options_t",
            Kind::Capture => "metalab_capture_t",
            Kind::Series => "metalab_series_t",
            Kind::Mapping => "metalab_mapping_t",
            Kind::Stream => "metalab_stream_t",
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

/// As `parts`, with an answer for what is no such token.
pub(super) fn key<H>(kind: Kind, argument: &str, handle: *const H) -> Answer<(u64, u32)> {
    if handle.is_null() {
        return Err(Stop::Status(METALAB_NO_CAPTURE));
    }
    match parts(kind, handle) {
        Some(parts) => Ok(parts),
        None => wrong(ErrorKind::Handle, format!("{argument} is no {}", kind.type_name())),
    }
}

/// What of a kind is live.
pub(super) struct Table<T> {
    kind: Kind,
    live: Mutex<HashMap<u64, T>>,
    next: AtomicU64,
}

pub(super) static OPTIONS: LazyLock<Table<Arc<Mutex<Options>>>> = LazyLock::new(|| Table::new(Kind::Options));
pub(super) static CAPTURES: LazyLock<Table<Arc<Capture>>> = LazyLock::new(|| Table::new(Kind::Capture));
pub(super) static MAPPINGS: LazyLock<Table<Arc<Mutex<Option<Mapping>>>>> =
    LazyLock::new(|| Table::new(Kind::Mapping));
pub(super) static STREAMS: LazyLock<Table<Arc<Mutex<Option<Stream>>>>> =
    LazyLock::new(|| Table::new(Kind::Stream));

/// The key of every disabled capture: no journal has it.
pub(super) const DISABLED: u64 = 0;

impl<T: Clone> Table<T> {
    fn new(kind: Kind) -> Self {
        Self { kind, live: Mutex::default(), next: AtomicU64::new(1) }
    }

    /// Adds `value` under a key of its own.
    pub(super) fn add<H>(&self, value: T) -> *mut H {
        let key = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.live).insert(key, value);
        token(self.kind, key, 0)
    }

    /// Adds `value` under `key`.
    pub(super) fn add_as<H>(&self, key: u64, value: T) -> *mut H {
        lock(&self.live).insert(key, value);
        token(self.kind, key, 0)
    }

    /// What `handle` stands for.
    pub(super) fn get<H>(&self, argument: &str, handle: *const H) -> Answer<T> {
        let (key, _) = key(self.kind, argument, handle)?;
        self.get_key(argument, key)
    }

    /// What `key` stands for.
    pub(super) fn get_key(&self, argument: &str, key: u64) -> Answer<T> {
        match lock(&self.live).get(&key) {
            Some(value) => Ok(value.clone()),
            None => wrong(ErrorKind::Closed, format!("{argument} has been freed")),
        }
    }

    /// Removes what `handle` stands for.
    pub(super) fn remove<H>(&self, handle: *const H) -> Option<T> {
        let (key, _) = parts(self.kind, handle)?;
        lock(&self.live).remove(&key)
    }
}
