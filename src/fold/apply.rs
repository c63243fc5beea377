//! Taking records of the journal into the store: events, data, series.

use std::path::PathBuf;
use std::time::Instant;

use super::writer::{EVENTS, SERIES_MEMORY, Writer};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::Json;
use crate::base::level::Level;
use crate::base::memory;
use crate::base::sync::lock;
use crate::base::sys::coarse_time;
use crate::fold::restart;
use crate::journal::event::Event;
use crate::journal::lanes::At;
use crate::journal::record::Record;
use crate::store::series::{SPOOL, Series};
use crate::store::{Place, RunLock};

/// Artifacts after which those that were sealed are looked for.
const ARTIFACTS: usize = 256;

impl Writer {
    /// Takes in a record, but for lines of the log.
    pub(super) fn take(&mut self, record: Record<'_>, at: At) {
        match record {
            Record::Point { name, step, value } => {
                if let Some(series) = self.series(name) {
                    series.push(step, value);
                }
            }
            Record::TextPoint { name, step, text, .. } => {
                if let Some(series) = self.series(name) {
                    series.push_text(step, &String::from_utf8_lossy(text));
                }
            }
            Record::Metric { name, value, .. } => self.metric(name, value.into()),
            Record::TextMetric { name, text, .. } => {
                self.metric(name, Json::Str(String::from_utf8_lossy(text).into_owned()));
            }
            Record::Event { json, .. } => self.take_in(&String::from_utf8_lossy(json), at),
            Record::Log { .. } => {}
        }
    }

    fn metric(&mut self, name: u32, value: Json) {
        let Some(name) = self.shared.journal.name(name) else {
            self.unnamed += 1;
            return;
        };
        let mut state = lock(&self.shared.state);
        state.changed = true;
        match state.metrics.get_mut(&*name) {
            Some(metric) => *metric = value,
            None => drop(state.metrics.insert(name.to_string(), value)),
        }
    }

    /// The name of the data that an event is about, if it is about any.
    fn data_name(&self, json: &str) -> Option<String> {
        match Event::from_json(json).ok()? {
            Event::Data { name, .. } => Some(name),
            Event::Blob { blob } => {
                let json = String::from_utf8(file::read(&self.shared.journal.blob_path(blob)).ok()?).ok()?;
                match Event::from_json(&json).ok()? {
                    Event::Data { name, .. } => Some(name),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn take_in(&mut self, json: &str, at: At) {
        if !self.postponed.is_empty() {
            let name = self.data_name(json);
            if self.postponed.has(name.as_ref()) {
                return self.postponed.push(at, name);
            }
        }
        let taken = Event::from_json(json).and_then(|event| self.event(event, json.len()));
        let Err(error) = taken else { return };
        match error.kind() {
            ErrorKind::Io | ErrorKind::Full | ErrorKind::Access | ErrorKind::Memory | ErrorKind::Busy => {
                self.shared.problem(EVENTS, &error);
                self.postponed.push(at, self.data_name(json));
            }
            // Nothing will make it one, and the journal need not stay for it.
            _ if self.is_recovery => {
                let reason = format!("take in an event: {error}");
                let warning = [("message", "the journal is damaged"), ("reason", reason.as_str())];
                lock(&self.shared.state).apply(Event::Warning(Json::object(warning)));
            }
            _ => self.shared.problem("read an event", &error),
        }
    }

    /// Takes in what could not be before; the journal still has it.
    pub(super) fn try_again(&mut self) {
        self.postponed.tried = Some(Instant::now());
        if self.postponed.is_empty() {
            return;
        }
        let mut window = None;
        for (at, name) in self.postponed.take() {
            if self.postponed.has(name.as_ref()) {
                self.postponed.push(at, name);
                continue;
            }
            match self.shared.journal.event_at(at, &mut window) {
                Ok(json) => self.take_in(&json, at),
                Err(error) => {
                    self.shared.problem(EVENTS, &error);
                    self.postponed.push(at, name);
                }
            }
        }
        if self.postponed.is_empty() {
            self.shared.tried(EVENTS, Ok(()));
        }
    }

    /// Takes in an event whose text has `size` bytes.
    pub(super) fn event(&mut self, event: Event, size: usize) -> Result<()> {
        match event {
            Event::Blob { blob } => {
                // The file stays until what it says is saved: who takes the journal over reads it again.
                let path = self.shared.journal.blob_path(blob);
                let json = file::read(&path).map_err(|source| Error::io("read", &path, &source))?;
                let json = String::from_utf8(json)
                    .map_err(|_| Error::new(ErrorKind::Json, format!("{} is not UTF-8", path.display())))?;
                self.event(Event::from_json(&json)?, json.len())?;
                self.spend(blob);
                Ok(())
            }
            Event::Series { name, about } => {
                let id = self.shared.journal.id_of(&name);
                if let Some(series) = id.and_then(|id| self.series(id)) {
                    series.describe(about);
                }
                Ok(())
            }
            Event::Data { name, data, metadata } => {
                self.put_entry(name, data, metadata, size);
                Ok(())
            }
            Event::Artifact(staged) => {
                self.open.remove(&staged.staged);
                self.artifacts.push(staged.clone());
                if self.artifacts.len() % ARTIFACTS == 0 {
                    let sealed = std::mem::take(&mut lock(&self.shared.state).sealed);
                    self.artifacts.retain(|staged| !sealed.contains(&staged.staged));
                }
                // Of a dead process, only those that no later one replaces are sealed.
                if self.is_recovery { Ok(()) } else { self.sealer.seal(staged) }
            }
            Event::Mapping(staged) => {
                self.open.insert(staged.staged.clone(), staged);
                Ok(())
            }
            Event::Abandoned { staged } => {
                self.open.remove(&staged);
                Ok(())
            }
            event => {
                lock(&self.shared.state).apply(event);
                Ok(())
            }
        }
    }

    /// The name in the store of what is called `name`, for who holds the run's lock, if names need it.
    pub(super) fn stored_name(&mut self, held: Option<&RunLock<'_>>, name: &str) -> Result<String> {
        let shared = self.shared.clone();
        let names = &shared.member.names;
        let is_there = |name: &str| {
            let mut state = lock(&shared.state);
            let is_ours = state.results.contains_key(name);
            let file = state.claim_file(Place::Results, name, ".json", shared.store.rules());
            drop(state);
            Ok(!is_ours && file::is_there(&shared.store.result_dir(&shared.identity.run_id).join(file))?)
        };
        let stored = names.give(held, Place::Results, &[name], is_there)?.remove(0);
        if !names.is_labelled() && stored != name && lock(&shared.state).renamed.insert(stored.clone()) {
            let message =
                format!("{name:?} is stored as {stored:?}: another process of the run has that name");
            self.warn(&message);
        }
        Ok(stored)
    }

    pub(super) fn warn(&mut self, message: &str) {
        lock(&self.shared.state).apply(Event::Warning(Json::object([("message", message)])));
        self.log.remark(coarse_time(), Level::Warning, message);
    }

    pub(super) fn result_path(&self, name: &str) -> PathBuf {
        let store = &self.shared.store;
        let file = lock(&self.shared.state).claim_file(Place::Results, name, ".json", store.rules());
        store.result_dir(&self.shared.identity.run_id).join(file)
    }

    /// The series of the name with this number.
    pub(super) fn series(&mut self, id: u32) -> Option<&mut Series> {
        let index = id as usize;
        if self.series.get(index).is_none_or(Option::is_none) {
            let Some(name) = self.shared.journal.name(id) else {
                self.unnamed += 1;
                return None;
            };
            let before = self.series.len();
            if index >= before {
                self.series.resize_with(index + 1, || None);
            }
            self.series[index] = Some(Box::new(self.open_series(name.to_string())));
            self.share_points(before, index);
        }
        self.series[index].as_deref_mut()
    }

    /// A series, with the points that it has from earlier attempts at the run.
    pub(super) fn open_series(&self, name: String) -> Series {
        let shared = &self.shared;
        let mut series = Series::new(name);
        if self.has_base {
            let stored = shared.member.names.first(series.name());
            let path = self.result_path(&stored);
            let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
            let directory = shared.store.result_dir(&shared.identity.run_id);
            if let Err(error) = restart::go_on(&shared.member, &shared.store, &directory, file, &mut series) {
                shared.problem("go on with a series", &error);
            }
            if series.missing() > 0 {
                let (name, missing) = (series.name(), series.missing());
                let message =
                    format!("series {name:?} goes on with a part of what it had: {missing} points are lost");
                lock(&shared.state).apply(Event::Warning(Json::object([("message", message)])));
            }
        }
        series
    }

    /// Moves long series out of memory.
    pub(super) fn spill(&mut self) {
        let total: usize = self.series.iter().flatten().map(|series| series.in_memory()).sum();
        let limit = if total > SERIES_MEMORY || memory::is_scarce() { 4 << 10 } else { SPOOL };
        self.mend(limit);
        self.spill_from(limit);
    }

    pub(super) fn spill_from(&mut self, limit: usize) {
        let directory = self.shared.store.result_dir(&self.shared.identity.run_id);
        for series in self.series.iter_mut().flatten().filter(|series| series.in_memory() > limit) {
            let stem = crate::base::name::encode(series.name()).into_owned();
            let spilled = series.spill(&self.shared.store, &directory, &stem);
            self.shared.tried(&format!("spool series {:?}", series.name()), spilled);
        }
    }
}
