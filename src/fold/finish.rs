//! The end of a process of a run: its series, its log, its artifacts, and its part or the record last.

use super::cause;
use super::parts::End;
use super::publish::{self, PUBLISH};
use super::writer::{REFRESH, SUBMIT_PATIENCE, Writer};
use crate::artifacts::sealer::MANIFEST;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::level::Level;
use crate::base::name;
use crate::base::sync::lock;
use crate::base::sys::coarse_time;
use crate::fold::parts;
use crate::fold::reduce::Points;
use crate::journal::event::Event;
use crate::journal::position::{Note, Noted};
use crate::store::series::{Series, total_of_partial};
use crate::store::{Place, RunLock, read_json};

impl Writer {
    pub(super) fn summarise(&mut self) {
        let mut state = lock(&self.shared.state);
        for series in self.series.iter().flatten().filter(|series| series.count() > 0) {
            state.series.insert(series.name().to_owned(), series.summary());
        }
    }

    /// Ends the run: everything into the store, onto the disk, and the record last. What can be done
    /// without the run's lock comes first; the lock is taken once, and waited for once.
    pub(super) fn finish(&mut self) -> Result<()> {
        let shared = self.shared.clone();
        if shared.is_taken() {
            return shared.complaint();
        }
        shared.store.renew_patience();
        shared.journal.clear_stock();
        self.follow_or_say(true);
        self.try_again();
        self.mend(0);
        self.keep_spools();
        self.summarise();
        let (series, reduced) = self.prepare_series();
        // Lines don't wait until gigabytes are hashed.
        self.end_log();
        self.sealer.end();
        self.tell_losses();
        if self.log.is_gone() {
            // The journal stays, and who recovers it writes the log anew.
            let path = shared.store.log_path(&shared.identity.run_id, "run");
            let text = format!("{} was removed or replaced", path.display());
            shared.problem("keep the log", &Error::new(ErrorKind::Io, text));
        }
        // The record and the manifest are written whole below.
        shared.tried(REFRESH, Ok(()));
        shared.tried(PUBLISH, Ok(()));
        shared.tried(MANIFEST, Ok(()));
        if let Err(error) = self.submit_if_due(SUBMIT_PATIENCE) {
            self.warn(&format!("the run is not in its experiment's manifest: {error}"));
        }
        if shared.member.is_owner {
            if let Err(error) = parts::take_over_dead(&shared) {
                shared.problem("take over workers that died", &error);
            }
            shared.store.release_record(&shared.identity.run_id);
        }
        self.put_prepared_on_disk(&series);
        let held = shared.lock_for_names().unwrap_or_else(|error| {
            shared.problem("name what the run has left", &error);
            None
        });
        self.write_entries(held.as_ref());
        self.name_series(held.as_ref(), series);
        if lock(&shared.state).problems.is_empty() {
            self.unpublish();
        }
        if let Err(error) = shared.complaint() {
            let text = format!("Capture incomplete: {error}");
            self.log.remark(coarse_time(), Level::Error, &text);
            let warning = Json::object([("message", "capture incomplete"), ("reason", error.message())]);
            lock(&shared.state).apply(Event::Warning(warning));
        }
        self.end_log();
        self.add_last_words();
        // Everything that the record speaks of is there, or on its way to the disk, before the
        // record says that the run ended.
        self.put_on_disk();
        let status = match &self.ended_as {
            Some(status) => *status,
            None => lock(&shared.state).end_status(),
        };
        // A journal whose run could not be written whole is the only place that still has it; what
        // was refused is not there either.
        let kept = !lock(&shared.state).problems.is_empty();
        let end = End { status, death: self.death.clone(), kept, reduced };
        let ended = parts::end(&shared, held, &end);
        if let Err(error) = &ended {
            let what = if shared.member.is_owner { "write the run's record" } else { "end a worker's part" };
            shared.problem(what, error);
        }
        // Who takes over what is left of the run must not take it for one whose process died.
        if let Some(position) = shared.journal.position().filter(|_| self.death.is_none()) {
            position.note(Note::End, Noted::new(status.number().into(), Moment::now().nanos()));
        }
        self.put_on_disk();
        if lock(&shared.state).problems.is_empty() {
            self.leave(matches!(ended, Ok(true)));
        }
        if self.is_recovery { shared.complaint_of_writing() } else { shared.complaint() }
    }

    /// Gives an error without a traceback the last lines of what the process wrote to its standard error, if they
    /// were captured.
    fn add_last_words(&self) {
        let shared = &self.shared;
        let mut state = lock(&shared.state);
        let Some(Json::Object(error)) = &mut state.error else { return };
        if error.get("traceback").is_none_or(|traceback| *traceback == Json::Null) {
            let path = shared.store.log_path(&shared.identity.run_id, &shared.member.log("stderr"));
            let words = cause::last_lines(&path, shared.identity.started);
            error.extend(words.map(|words| ("traceback".to_owned(), words.into())));
        }
    }

    /// Lets go of what the run needed until it was in the store, where it is now.
    fn leave(&mut self, was_alone: bool) {
        let shared = self.shared.clone();
        let told =
            shared.journal.position().map_or(Ok(()), |position| position.complete(shared.is_on_disk()));
        if let Err(source) = told {
            let error = Error::io("sync", shared.journal.directory(), &source);
            return shared.problem("put the run on the disk", &error);
        }
        self.drop_spools();
        // Others may have been there, and nothing is left of them but this.
        if self.is_recovery && was_alone {
            parts::clear_temporaries(&shared.store, &shared.identity.run_id);
        }
        parts::leave(&shared.journal, &shared.member);
    }

    /// Where the disk is waited for: it gets the entries while nobody waits for the run's lock.
    fn put_prepared_on_disk(&self, series: &[Series]) {
        if self.shared.is_on_disk() {
            series
                .iter()
                .filter_map(|one| one.prepared())
                .for_each(|file| self.shared.store.note_grown(file));
            self.put_on_disk();
        }
    }

    /// Starts writing to the disk; waits for it if the options say so, or if the journal, which goes
    /// then, is on the disk.
    pub(super) fn put_on_disk(&self) {
        let shared = &self.shared;
        if !shared.is_on_disk() {
            shared.note_always();
            return shared.store.start_sync();
        }
        // Twice, for what could not be opened for a moment; what the disk has refused stays so.
        if let Err(error) = shared.sync_store().or_else(|_| shared.sync_store()) {
            shared.problem("put the run on the disk", &error);
        }
    }

    /// Writes every series to a file that has yet to get its name, and gives those whose points wait
    /// for the other processes'.
    fn prepare_series(&mut self) -> (Vec<Series>, Vec<Points>) {
        let mut prepared = Vec::new();
        let mut reduced = Vec::new();
        for mut series in std::mem::take(&mut self.series).into_iter().flatten() {
            if series.count() == 0 {
                continue;
            }
            match self.prepare_one_series(&mut series, &mut reduced) {
                Ok(()) => prepared.push(*series),
                Err(error) => self.shared.problem(&format!("write series {:?}", series.name()), &error),
            }
        }
        prepared.retain(|series| series.count() > 0);
        (prepared, reduced)
    }

    fn prepare_one_series(&mut self, series: &mut Series, reduced: &mut Vec<Points>) -> Result<()> {
        let shared = &self.shared;
        let results = shared.store.result_dir(&shared.identity.run_id);
        if lock(&shared.state).reduced.contains(series.name()) {
            let mut texts = Series::new(series.name().to_owned());
            let directory = &shared.member.directory;
            let points = Points::write(series, directory, reduced.len(), &mut texts)?;
            shared.store.note_grown(&points.path(directory));
            reduced.push(points);
            series.discard();
            self.remove_shown(series.name());
            *series = texts;
            if series.count() == 0 {
                return Ok(());
            }
        }
        let stem = name::encode(series.name()).into_owned();
        series.prepare(&shared.store, &results, &stem)
    }

    /// Removes what was shown of a series that has no entry of its name.
    fn remove_shown(&self, name: &str) {
        let shared = &self.shared;
        let stored = shared.member.names.taken(Place::Results, name);
        let stored = stored.unwrap_or_else(|| shared.member.names.first(name));
        let path = self.result_path(&stored);
        let entry = read_json(&path).ok().flatten();
        let metadata = entry.as_ref().and_then(|entry| entry.get("metadata")?.as_object());
        if metadata.and_then(total_of_partial).is_some() {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Gives the entries of series their names, for who holds the run's lock, if names need it.
    fn name_series(&mut self, held: Option<&RunLock<'_>>, series: Vec<Series>) {
        let mut given = Vec::new();
        for mut series in series {
            if let Err(error) = self.name_one_series(held, &mut series, &mut given) {
                series.discard();
                self.shared.problem(&format!("write series {:?}", series.name()), &error);
            }
        }
    }

    fn name_one_series(
        &mut self,
        held: Option<&RunLock<'_>>,
        series: &mut Series,
        given: &mut Vec<String>,
    ) -> Result<()> {
        let stored = self.stored_name(held, series.name())?;
        let name = self.free_result_name(&stored, given);
        let path = self.result_path(&name);
        series.name_entry(&self.shared.store, &path)?;
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        self.shared.store.link_result(&self.shared.identity.run_id, &name, file);
        lock(&self.shared.state).stored.push(name);
        Ok(())
    }

    /// A series never replaces data of its name: it takes the next free name, and the run says so.
    pub(super) fn free_result_name(&mut self, series: &str, given: &mut Vec<String>) -> String {
        let name = publish::free_name(&lock(&self.shared.state), series, given);
        if name == series {
            return name;
        }
        given.push(name.clone());
        let message = format!("series {series:?} is stored as {name:?}: there is data of its name");
        self.warn(&message);
        name
    }
}
