//! The end of a process's part in a run: its series, its log, its artifacts, and the record last.

use super::parts::End;
use super::writer::{REFRESH, Writer};
use crate::base::clock::Moment;
use crate::base::error::Result;
use crate::base::json::Json;
use crate::base::level::Level;
use crate::base::sync::lock;
use crate::base::sys::coarse_time;
use crate::fold::parts;
use crate::fold::reduce::Points;
use crate::journal::event::Event;
use crate::journal::position::{Note, Noted};
use crate::run::State;
use crate::store::series::Series;

impl Writer {
    pub(super) fn summarise(&mut self) {
        let mut state = lock(&self.shared.state);
        for series in self.series.iter().flatten().filter(|series| series.count() > 0) {
            state.series.insert(series.name().to_owned(), series.summary());
        }
    }

    /// Ends the run: everything into the store, onto the disk, and the record last.
    pub(super) fn finish(&mut self) -> Result<()> {
        if self.shared.is_taken() {
            return self.shared.complaint();
        }
        self.shared.journal.clear_stock();
        self.follow_or_say(true);
        self.try_again();
        // The record is written whole below.
        self.shared.tried(REFRESH, Ok(()));
        let reduced = self.write_series();
        self.summarise();
        // Lines don't wait until gigabytes are hashed.
        self.end_log();
        self.sealer.end();
        if let Err(error) = self.shared.complaint() {
            let text = format!("Capture incomplete: {error}");
            self.log.remark(coarse_time(), Level::Error, &text);
            let warning = Json::object([("message", "capture incomplete"), ("reason", error.message())]);
            lock(&self.shared.state).apply(Event::Warning(warning));
        }
        self.end_log();
        // Everything that the record speaks of is there, or on its way to the disk, before the
        // record says that the run ended.
        self.put_on_disk();
        let status = match &self.ended_as {
            Some(status) => *status,
            None => lock(&self.shared.state).end_status(),
        };
        // A journal whose run could not be written whole is the only place that still has it; what
        // was refused is not there either.
        if self.shared.member.is_owner {
            self.shared.store.give_room_back(&self.shared.identity.run_id);
        }
        let kept = !lock(&self.shared.state).problems.is_empty();
        if let Err(error) = parts::end(&self.shared, &End { status, died: self.died, kept, reduced }) {
            let what =
                if self.shared.member.is_owner { "write the run's record" } else { "end a worker's part" };
            self.shared.problem(what, &error);
        }
        // Who takes over what is left of the run must not take it for one whose process died.
        if let Some(position) = self.shared.journal.position().filter(|_| !self.died) {
            let number = status.number().into();
            position.note(Note::End, Noted::new(number, Moment::now().nanos()));
        }
        self.put_on_disk();
        if lock(&self.shared.state).problems.is_empty() {
            if let Some(position) = self.shared.journal.position() {
                position.complete();
            }
            parts::leave(&self.shared.journal, &self.shared.member);
        }
        self.shared.complaint()
    }

    /// Has the disk get what was written; waits for it if the options say so.
    pub(super) fn put_on_disk(&self) {
        self.shared.note_logs();
        let store = &self.shared.store;
        if !store.is_durable() {
            return store.start_sync();
        }
        if let Err(error) = store.sync() {
            self.shared.problem("put the run on the disk", &error);
        }
    }

    /// Writes every series, and gives those whose points wait for the other processes'.
    pub(super) fn write_series(&mut self) -> Vec<Points> {
        // First of all, so that none gets the name of another.
        self.summarise();
        let mut given = Vec::new();
        let mut reduced = Vec::new();
        for mut series in std::mem::take(&mut self.series).into_iter().flatten() {
            if series.count() > 0
                && let Err(error) = self.write_one_series(&mut series, &mut given, &mut reduced)
            {
                self.shared.problem(&format!("write series {:?}", series.name()), &error);
            }
        }
        reduced
    }

    pub(super) fn write_one_series(
        &mut self,
        series: &mut Series,
        given: &mut Vec<String>,
        reduced: &mut Vec<Points>,
    ) -> Result<()> {
        let shared = self.shared.clone();
        let is_reduced = lock(&shared.state).reduced.contains(series.name());
        if is_reduced {
            let mut texts = Series::new(series.name().to_owned());
            let points = Points::write(series, &shared.member.directory, reduced.len(), &mut texts)?;
            reduced.push(points);
            series.discard();
            *series = texts;
            if series.count() == 0 {
                return Ok(());
            }
        }
        let _lock = shared.lock_run()?;
        let stored = self.stored_name(series.name())?;
        let name = self.free_result_name(&stored, given);
        let path = self.result_path(&name);
        series.finish(&shared.store, &path)?;
        lock(&shared.state).stored.push(name);
        Ok(())
    }

    /// A series never replaces data of its name: it takes the next free name, and the run says so.
    pub(super) fn free_result_name(&mut self, series: &str, given: &mut Vec<String>) -> String {
        let state = lock(&self.shared.state);
        let taken = |name: &str, state: &State| state.results.iter().any(|entry| entry.name == name);
        if !taken(series, &state) {
            return series.to_owned();
        }
        let mut name = format!("{series}.series");
        while taken(&name, &state) || state.series.contains_key(&name) || given.contains(&name) {
            name.push_str(".series");
        }
        given.push(name.clone());
        let message = format!("series {series:?} is stored as {name:?}: there is data of its name");
        drop(state);
        self.warn(&message);
        name
    }
}
