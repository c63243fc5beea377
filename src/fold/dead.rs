//! Folding what a dead process left, and ending its run.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::death::Death;
use super::folded::Folded;
use super::writer::Writer;
use crate::artifacts::manifest;
use crate::artifacts::sealer::MANIFEST;
use crate::base::clock::Moment;
use crate::base::error::Result;
use crate::base::file;
use crate::base::json::Json;
use crate::base::level::Level;
use crate::base::sync::lock;
use crate::base::sys::coarse_time;
use crate::journal::event::{Event, Staged};
use crate::journal::position::{Note, Position};
use crate::run::{Ended, Status};

impl Writer {
    /// Folds what a dead process left into the store, and ends its run.
    ///
    /// # Errors
    /// When something could not be written; then the journal stays.
    pub fn recover(mut self, death: &Death, folded: Option<Folded>) -> Result<()> {
        self.is_recovery = true;
        let journal = self.shared.journal.clone();
        self.logged = journal.position().and_then(Position::logged).map_or(0, |logged| logged.next);
        self.load(folded)?;
        self.follow(true)?;
        if self.unnamed > 0 {
            self.is_damaged(&format!("{} records are of names that it does not have", self.unnamed));
        }
        self.recover_artifacts();
        let is_owner = self.shared.member.is_owner;
        let record = death.record.as_ref().filter(|_| is_owner);
        let started = self.shared.identity.started;
        let end = record.and_then(end_in_record).or_else(|| {
            let noted = self.shared.journal.position()?.noted(Note::End)?;
            Some((Status::of_end_number(noted.number() as u8)?, Ended::after(started, noted.moment())))
        });
        self.ended_as = end.map(|(status, _)| status);
        let ended = end.map_or_else(|| Ended::after(started, death.moment()), |(_, ended)| ended);
        // Nothing has been recorded before.
        let _ = self.shared.ended.set(ended);
        let error = record.and_then(|record| record.get("error")).filter(|_| self.ended_as.is_some());
        if let Some(error) = error.filter(|error| error.as_object().is_some()) {
            lock(&self.shared.state).error = Some(error.clone());
        }
        if self.ended_as.is_none() {
            // Of those that count the run's steps.
            let counted = self.series.iter().flatten().filter(|series| series.about().step_unit.is_none());
            let last = counted.filter_map(|series| series.last_step()).max();
            let message = death.message(last);
            self.death = Some(death.of_part(&message));
            self.log.end_line();
            self.log.remark(coarse_time(), Level::Critical, &message);
            let mut state = lock(&self.shared.state);
            if state.error.is_some() {
                // The process's own word is kept; how it ended is no less worth knowing.
                let warning = [("message", "the process died"), ("reason", message.as_str())];
                state.apply(Event::Warning(Json::object(warning)));
            }
            state.apply(Event::Failed { kind: death.kind().to_owned(), message, traceback: None });
        }
        let finished = self.finish();
        // A record that was refused when the process lived is in the record, and nobody mends it.
        if lock(&self.shared.state).problems.is_empty() { Ok(()) } else { finished }
    }

    /// Warns the reader of what the journal has lost.
    pub(super) fn is_damaged(&self, reason: &str) {
        let warning = [("message", "the journal is damaged"), ("reason", reason)];
        lock(&self.shared.state).apply(Event::Warning(Json::object(warning)));
    }

    pub(super) fn recover_artifacts(&mut self) {
        let (open, mut artifacts) = (std::mem::take(&mut self.open), std::mem::take(&mut self.artifacts));
        let directory = self.shared.store.artifact_dir(&self.shared.identity.run_id);
        // Files that the process was making, or had made ahead, when it died.
        let known = artifacts.iter().map(|staged| &staged.staged).chain(open.keys()).cloned().collect();
        match self.shared.lock_run() {
            Ok(held) => {
                self.sealer.staging().sweep(&known);
                let forgotten =
                    manifest::forget_lost(&self.shared.store, &self.shared.identity.run_id, &held);
                self.shared.tried(MANIFEST, forgotten);
            }
            Err(error) => self.shared.problem("remove files that were not finished", &error),
        }
        for (_, mut staged) in open {
            staged.metadata.insert("incomplete".to_owned(), Json::Bool(true));
            // An artifact that was given up a moment before the process died has no file; what an earlier
            // recovery had named when it was killed has its own already.
            let is_named = !file::is_gone(&directory.join(&staged.file))
                && !artifacts.iter().any(|artifact| artifact.file == staged.file);
            if is_named || !file::is_gone(&directory.join(&staged.staged)) {
                artifacts.push(staged);
            }
        }
        // The last one of each name whose file is whole; without one, the last one.
        let mut last: HashMap<String, usize> = HashMap::new();
        for (index, staged) in artifacts.iter().enumerate() {
            if !last.contains_key(&staged.name) || is_whole(&directory, staged) {
                last.insert(staged.name.clone(), index);
            }
        }
        let mut earlier: HashMap<String, BTreeMap<String, Staged>> = HashMap::new();
        for (index, staged) in artifacts.into_iter().enumerate() {
            let chosen = last.get(&staged.name).copied().unwrap_or(index);
            if chosen != index {
                let _ = std::fs::remove_file(directory.join(&staged.staged));
                if chosen < index {
                    self.is_damaged(&format!("a later artifact {:?} has not all of its file", staged.name));
                }
                earlier.entry(staged.name.clone()).or_default().insert(staged.file.clone(), staged);
            } else if !is_whole(&directory, &staged) {
                // After a power cut, the disk may have the record of it alone, if no flush followed.
                self.is_damaged(&format!("artifact {:?} has no file, or not all of it", staged.name));
                let _ = std::fs::remove_file(directory.join(&staged.staged));
            } else {
                let mut earlier = earlier.remove(&staged.name).unwrap_or_default();
                earlier.remove(&staged.file);
                if let Err(error) = self.sealer.seal_last(staged, earlier.into_values()) {
                    self.shared.problem("seal an artifact", &error);
                }
            }
        }
    }
}

/// Returns whether an artifact has its file, as long as it was when it was handed in: under its own name
/// once it has no other. True where that can't be told.
fn is_whole(directory: &Path, staged: &Staged) -> bool {
    let length = match file::length(&directory.join(&staged.staged)) {
        Ok(None) => file::length(&directory.join(&staged.file)),
        length => length,
    };
    length.map_or(true, |length| length.is_some_and(|length| length >= staged.size.unwrap_or(0)))
}

/// How a record says that its run ended, if it has.
fn end_in_record(record: &Json) -> Option<(Status, Ended)> {
    let status = Status::of_end(record.str_at("status")?)?;
    let at = record.str_at("finished_at").and_then(Moment::parse);
    let duration = record.i64_at("duration_ms").and_then(|ms| ms.try_into().ok());
    Some((status, Ended { at: at.unwrap_or_else(Moment::now), duration_ms: duration.unwrap_or(0) }))
}
