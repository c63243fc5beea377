//! Series that are shown while they grow: with each refresh and flush, an entry of each that has new points.
//! It is a part of the series, and says so; the end of the run, or a recovery, puts the whole in its place.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::writer::Writer;
use crate::base::error::Result;
use crate::base::sync::lock;
use crate::run::State;
use crate::store::RunLock;
use crate::store::thin::POINTS;

/// The name of the problem that series can't be shown.
pub(super) const PUBLISH: &str = "show a series that grows";

/// Entries that are written before the writer looks after everything else.
const TURN: usize = 200;

/// Rounds take at most one part in this many of the writer's time.
const SHARE: u32 = 20;

/// Points that all series together keep for this, at most, unless there are too many series.
const ALL_POINTS: usize = 800 << 10;

/// Points that each series may keep nevertheless.
const LEAST_POINTS: usize = 16;

/// The series that are shown, and how far a round of showing them has come.
#[derive(Default)]
pub(super) struct Published {
    /// By the number of the series: its name in the store, and its file.
    files: BTreeMap<usize, (String, PathBuf)>,
    /// True if records came since the last round began.
    pub has_news: bool,
    /// The series with which a round goes on.
    next: Option<usize>,
    /// When the last round began, and how long it has taken.
    begun: Option<Instant>,
    cost: Duration,
}

impl Published {
    /// Begins a round.
    pub fn begin(&mut self) {
        self.has_news = false;
        self.next = Some(0);
        self.begun = Some(Instant::now());
        self.cost = Duration::ZERO;
    }

    /// Returns whether a round has more to do.
    pub fn is_under_way(&self) -> bool {
        self.next.is_some()
    }

    /// Returns whether there is something new for another round, and the last one began long enough ago.
    pub fn is_due(&self) -> bool {
        let is_rested = self.begun.is_none_or(|begun| begun.elapsed() >= self.cost * SHARE);
        self.has_news && !self.is_under_way() && is_rested
    }
}

/// Points that each of so many series keeps to be shown, at most.
fn share_of(series: usize) -> usize {
    (ALL_POINTS / series.max(1)).clamp(LEAST_POINTS, POINTS).next_power_of_two().min(POINTS)
}

impl Writer {
    /// Has each series keep no more points to be shown than is its share, now that one is added to so many.
    pub(super) fn share_points(&mut self, before: usize, added: usize) {
        let (before, now) = (share_of(before), share_of(self.series.len()));
        let most = if self.is_recovery { 0 } else { now };
        if before != now {
            self.series.iter_mut().flatten().for_each(|series| series.limit_shown(most));
        } else if let Some(series) = self.series.get_mut(added).and_then(Option::as_mut) {
            series.limit_shown(most);
        }
    }

    /// Goes on with a round, if one is under way; for who need not wait for the run's lock.
    pub(super) fn publish_some(&mut self) {
        let Some(from) = self.published.next else { return };
        let shared = self.shared.clone();
        let held = match shared.member.names.is_labelled() {
            true => shared.check_ours().map(|()| None),
            false => match shared.try_lock_run() {
                // Somebody has the lock: the next turn tries again.
                Ok(None) => return,
                held => held,
            },
        };
        let start = Instant::now();
        let published = held.and_then(|held| self.publish_from(held.as_ref(), from, TURN));
        self.published.cost += start.elapsed();
        if published.is_err() {
            self.published.next = None;
        }
        shared.tried(PUBLISH, published);
    }

    /// Shows every series that has new points, once the run's lock can be had.
    pub(super) fn publish_all(&mut self) {
        let shared = self.shared.clone();
        self.published.begin();
        let held = shared.lock_for_names();
        let published = held.and_then(|held| self.publish_from(held.as_ref(), 0, usize::MAX));
        self.published.next = None;
        shared.tried(PUBLISH, published);
    }

    fn publish_from(&mut self, held: Option<&RunLock<'_>>, from: usize, most: usize) -> Result<()> {
        let is_news = |id: &usize| self.series[*id].as_ref().is_some_and(|series| series.is_news());
        let ids: Vec<usize> = (from..self.series.len()).filter(is_news).take(most).collect();
        self.published.next = ids.last().filter(|_| ids.len() == most).map(|last| last + 1);
        for id in ids {
            self.publish(held, id)?;
        }
        Ok(())
    }

    fn publish(&mut self, held: Option<&RunLock<'_>>, id: usize) -> Result<()> {
        let Some(series) = self.series[id].as_mut() else { return Ok(()) };
        // It becomes something else.
        if lock(&self.shared.state).reduced.contains(series.name()) {
            series.limit_shown(0);
            if let Some((_, path)) = self.published.files.remove(&id) {
                let _ = std::fs::remove_file(path);
            }
            return Ok(());
        }
        let before = series.shown();
        let Some(entry) = series.show() else { return Ok(()) };
        let name = series.name().to_owned();
        let written = self.published_file(held, id, &name).and_then(|(stored, path)| {
            let store = &self.shared.store;
            store.write_passing(&path, &entry)?;
            let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
            store.link_result(&self.shared.identity.run_id, &stored, file);
            Ok(())
        });
        if let Some(series) = self.series[id].as_mut().filter(|_| written.is_err()) {
            series.not_shown(before);
        }
        written
    }

    /// The name and file of what is shown of a series: never those of data.
    fn published_file(
        &mut self,
        held: Option<&RunLock<'_>>,
        id: usize,
        name: &str,
    ) -> Result<(String, PathBuf)> {
        let is_free = |name: &str| !lock(&self.shared.state).results.contains_key(name);
        if let Some(known) = self.published.files.get(&id).filter(|known| is_free(&known.0)) {
            return Ok(known.clone());
        }
        let stored = self.stored_name(held, name)?;
        let free = free_name(&lock(&self.shared.state), &stored, &[]);
        let file = (free.clone(), self.result_path(&free));
        self.published.files.insert(id, file.clone());
        Ok(file)
    }

    /// Removes what is shown of series whose entries have got other names.
    pub(super) fn unpublish(&mut self) {
        for (name, path) in std::mem::take(&mut self.published.files).into_values() {
            let state = lock(&self.shared.state);
            let is_kept = state.stored.contains(&name) || state.results.contains_key(&name);
            drop(state);
            if !is_kept {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// The name that a series gets where there may be data of its own.
pub(super) fn free_name(state: &State, series: &str, given: &[String]) -> String {
    if !state.results.contains_key(series) {
        return series.to_owned();
    }
    let mut name = format!("{series}.series");
    let is_taken = |name: &String| {
        state.results.contains_key(name) || state.series.contains_key(name) || given.contains(name)
    };
    while is_taken(&name) {
        name.push_str(".series");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_a_series_falls_in_steps() {
        assert_eq!(
            (share_of(0), share_of(1), share_of(800), share_of(1 << 20)),
            (POINTS, POINTS, POINTS, 16)
        );
        let shares: Vec<usize> = (1..100_000).map(share_of).collect();
        assert!(shares.is_sorted_by(|one, other| one >= other));
        assert!(shares.windows(2).filter(|pair| pair[0] != pair[1]).count() < 10);
    }
}
