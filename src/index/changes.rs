//! The part of a run's data that has changed since it was last brought into the index.

use std::collections::BTreeMap;
use std::path::Path;

use super::deliver::{Delivery, Refusal, attempt};
use super::merge::{self, Holdings};
use super::pq::{Connection, Failure};
use super::rows::{self, ResultRow, Stamp};
use crate::store::Address;

/// Bytes of data entries that are read before they are sent.
const PIECE: u64 = 2 << 20;

/// The part of a run that this process has brought into the index. It grows as rows arrive, so that a
/// connection that breaks costs no row that has arrived.
#[derive(Debug, Default)]
pub struct Seen {
    results: BTreeMap<String, Stamp>,
    /// Data entries that can't be had, with why.
    refused: BTreeMap<String, (Stamp, Refusal)>,
    derived: Option<Stamp>,
    /// Why post-hoc metrics can't be had.
    derived_refused: Option<Refusal>,
    /// True if what the index had before was compared.
    is_whole: bool,
}

impl Seen {
    /// Why parts of it can't be had.
    pub fn refusals(&self) -> impl Iterator<Item = Refusal> {
        self.refused.values().map(|(_, why)| why).chain(&self.derived_refused).cloned()
    }

    fn has(&self, name: &str, stamp: &Stamp) -> bool {
        self.results.get(name) == Some(stamp)
            || self.refused.get(name).is_some_and(|(refused, _)| refused == stamp)
    }

    fn arrived(&mut self, name: &str, stamp: Stamp, why: Option<Refusal>) {
        let name = name.to_owned();
        match why {
            None => {
                self.refused.remove(&name);
                self.results.insert(name, stamp);
            }
            Some(why) => {
                self.results.remove(&name);
                self.refused.insert(name, (stamp, why));
            }
        }
    }
}

/// Brings in what the run has besides its record, as far as it has changed: short entries first.
///
/// # Errors
/// When the server is away; what has arrived by then stays so.
pub fn bring_in(
    seen: &mut Seen,
    connection: &Connection,
    address: &Address,
    root: &Path,
    run_id: &str,
) -> Result<(), Failure> {
    let delivery = Delivery::live(connection, address);
    let files = rows::result_files(&root.join("results").join(run_id));
    let mut changed: Vec<_> = files.iter().filter(|(name, _, stamp)| !seen.has(name, stamp)).collect();
    changed.sort_by_key(|(_, _, stamp)| stamp.size().max(PIECE));
    let mut rest = changed.as_slice();
    while !rest.is_empty() {
        let mut sum = 0;
        let fits = |file: &&&(_, _, Stamp)| {
            sum += file.2.size();
            sum <= PIECE
        };
        let count = rest.iter().take_while(fits).count().max(1);
        let mut stamps = BTreeMap::new();
        let mut piece: Vec<ResultRow> = Vec::new();
        for (name, path, stamp) in &rest[..count] {
            match rows::result(run_id, name, path) {
                Ok(row) => piece.extend(row),
                Err(why) => seen.arrived(name, *stamp, Some(why)),
            }
            stamps.insert(name.as_str(), *stamp);
        }
        delivery.results(&piece, &mut |row, why| {
            if let Some(stamp) = stamps.get(row.name.as_str()) {
                seen.arrived(&row.name, *stamp, why);
            }
        })?;
        rest = &rest[count..];
    }
    let path = root.join("derived").join(format!("{run_id}.json"));
    let stamp = Stamp::of(&path);
    let mut is_gone = false;
    if stamp != seen.derived || !seen.is_whole {
        seen.derived_refused = None;
        match rows::derived(run_id, &path) {
            Ok(Some(row)) => delivery.derived(&[row], &mut |_, why| {
                seen.derived_refused = why;
            })?,
            Ok(None) => is_gone = true,
            Err(why) => seen.derived_refused = Some(why),
        }
        seen.derived = stamp;
    }
    let is_there = |name: &String| files.iter().any(|file| file.0 == *name);
    is_gone |= !seen.results.keys().all(is_there);
    seen.results.retain(|name, _| is_there(name));
    seen.refused.retain(|name, _| is_there(name));
    if is_gone || !seen.is_whole {
        let mut holdings = Holdings { runs: vec![run_id], ..Holdings::default() };
        holdings.results.extend(seen.results.keys().map(|name| (run_id, name.as_str())));
        holdings.derived.extend(Some(run_id).filter(|_| stamp.is_some()));
        attempt(|| merge::keep(connection, &address.schema, &holdings, None))?;
        seen.is_whole = true;
    }
    Ok(())
}

/// Compares what was brought in of a run that has ended with its files, and with the names that the index
/// has; true where they are the same. Else what differs is to be brought in again.
///
/// # Errors
/// When the server can't say.
pub fn is_there(
    seen: &mut Seen,
    connection: &Connection,
    address: &Address,
    root: &Path,
    run_id: &str,
) -> Result<bool, Failure> {
    let names = attempt(|| merge::names(connection, &address.schema, run_id))?;
    let before = seen.results.len();
    seen.results.retain(|name, _| names.contains(name));
    let is_less = seen.results.len() < before;
    seen.is_whole &= names.len() == seen.results.len();
    let files = rows::result_files(&root.join("results").join(run_id));
    let is_changed = !files.iter().all(|(name, _, stamp)| seen.has(name, stamp));
    Ok(!is_less && !is_changed && seen.is_whole)
}
