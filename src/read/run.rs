//! A run as its readers see it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::activity;
use super::array::Array;
use super::artifact::Artifact;
use super::brief::{self, Brief};
use super::cache::Stamp;
use super::entry::{self, Content, Entry};
use super::feed::Feed;
use super::file::damaged;
use super::life::{self, RunStatus};
use super::live::{self, Live};
use super::look::{self, Look};
use super::record::Row;
use super::series::{self, Follow, Series};
use crate::base::array::Order;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::guard::with_default_arithmetic;
use crate::base::json::{Json, Object};
use crate::base::{file, name, stem};
use crate::members::liveness::TakeOver;

/// Where a run is.
#[derive(Debug, Clone)]
pub struct Place {
    /// The experiment's directory.
    pub root: PathBuf,
    /// The run's id, which is a file's name.
    pub run_id: String,
    /// The word on processes of other machines, as it was when the store was opened.
    pub known: Arc<TakeOver>,
}

impl Place {
    /// The directories of the run's members.
    pub fn roster(&self) -> PathBuf {
        self.root.join(".journal").join(&self.run_id)
    }

    /// The directory of the run's entries.
    pub fn results(&self) -> PathBuf {
        self.root.join("results").join(&self.run_id)
    }

    /// The directory of the run's artifacts.
    pub fn artifacts(&self) -> PathBuf {
        self.root.join("artifacts").join(&self.run_id)
    }

    /// The run's record.
    pub fn record(&self) -> PathBuf {
        self.root.join("runs").join(format!("{}.json", self.run_id))
    }

    /// The part of the record that tables have; nothing if there is no such run.
    pub fn row(&self) -> Result<Option<Row>> {
        Ok(self.row_and_stamp(&mut Vec::new())?.map(|(row, _)| row))
    }

    /// The same, and the state of the record's file before it was read, for which there is a `buffer`.
    pub fn row_and_stamp(&self, buffer: &mut Vec<u8>) -> Result<Option<(Row, Stamp)>> {
        let path = self.record();
        let found = super::file::read_known(&path, super::file::SMALL, buffer)?;
        let Some(metadata) = found else { return Ok(None) };
        match with_default_arithmetic(|| Row::parse(buffer, &self.run_id)) {
            Ok(row) => Ok(Some((row, Stamp::of(&metadata)))),
            Err(error) => Err(damaged(&path, &format!("is no record: {}", error.message()))),
        }
    }

    fn known_row(&self) -> Result<Row> {
        self.row()?.ok_or_else(|| {
            let text = format!("there is no run {} in {}", self.run_id, self.root.display());
            Error::new(ErrorKind::NotFound, text)
        })
    }

    /// The status as the record has it.
    pub fn recorded_status(&self) -> Result<RunStatus> {
        Ok(self.known_row()?.status())
    }

    /// The status of a run, of which a record says that it is running, as it is.
    pub fn judged(&self, row: &Row) -> Result<RunStatus> {
        let status = row.status();
        if status != RunStatus::Running {
            return Ok(status);
        }
        match life::of_running(&self.roster(), row.is_ours, &self.known)? {
            // It may have ended between: the record is written before the journal goes.
            RunStatus::Dead => Ok(match self.known_row()?.status() {
                RunStatus::Running => RunStatus::Dead,
                ended => ended,
            }),
            status => Ok(status),
        }
    }

    /// The status as it is.
    pub fn status(&self) -> Result<RunStatus> {
        self.judged(&self.known_row()?)
    }

    /// The entry of this name, and its file.
    pub fn entry(&self, what: &str) -> Result<Option<(PathBuf, Entry)>> {
        for path in self.entry_paths(what) {
            if let Some(entry) = entry::read(&path)? {
                return Ok(Some((path, entry)));
            }
        }
        Ok(None)
    }

    /// The end of the entry of this name, and its file.
    pub fn ending(&self, what: &str) -> Result<Option<(PathBuf, entry::Ending)>> {
        for path in self.entry_paths(what) {
            if let Some(ending) = entry::ending(&path)? {
                return Ok(Some((path, ending)));
            }
        }
        Ok(None)
    }

    /// The names and files of the entries in the store.
    pub fn entries(&self) -> Result<Vec<(String, PathBuf)>> {
        let results = self.results();
        let of_file = |file: &str| {
            let stem = file.strip_suffix(".json")?;
            Some((stem::name(stem).into_owned(), results.join(file)))
        };
        Ok(super::file::names(&results)?.iter().filter_map(|file| of_file(file)).collect())
    }

    /// The files that an entry of this name may have.
    fn entry_paths(&self, what: &str) -> Vec<PathBuf> {
        let mut files = stem::all(what);
        // Python writes the name as it is.
        if !what.contains(['/', '\0']) && !what.starts_with('.') {
            files.push(what.to_owned());
        }
        let fits = |file: &String| !file.is_empty() && file.len() <= 250;
        files
            .iter()
            .filter(|file| fits(file))
            .map(|file| self.results().join(format!("{file}.json")))
            .collect()
    }
}

/// A run of a store, as it was when it was opened or last refreshed. Reading takes no lock and writes
/// nothing; the run may go on meanwhile.
#[derive(Debug, Clone)]
pub struct Run {
    place: Place,
    record: Object,
    status: RunStatus,
    /// The state in the run's journals, where it has not ended.
    live: Option<Live>,
}

/// The content of a result that is no series.
#[derive(Debug, Clone)]
pub enum Data {
    /// A document.
    Document(Json),
    /// An array.
    Array(Array),
}

/// A result that is no series.
#[derive(Debug, Clone)]
pub struct RunResult {
    /// Its content.
    pub data: Data,
    /// Its metadata.
    pub metadata: Object,
}

/// A snapshot of an array.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The step.
    pub step: i64,
    /// The artifact.
    pub artifact: Artifact,
}

impl Snapshot {
    /// The array.
    ///
    /// # Errors
    /// Those of [`Artifact::array`].
    pub fn array(&self) -> Result<Array> {
        self.artifact.array(None)
    }
}

impl Run {
    /// The run in `place`; nothing if there is none.
    pub(super) fn open(place: Place) -> Result<Option<Self>> {
        let Some((record, status, live)) = Self::read(&place)? else { return Ok(None) };
        Ok(Some(Self { place, record, status, live }))
    }

    fn read(place: &Place) -> Result<Option<(Object, RunStatus, Option<Live>)>> {
        let path = place.record();
        let record = |path: &Path| match super::file::read_json(path)? {
            None => Ok(None),
            Some(Json::Object(record)) => Ok(Some(record)),
            Some(other) => Err(damaged(path, &format!("is no record: it is {}", other.kind_name()))),
        };
        let Some(row) = place.row()? else { return Ok(None) };
        let status = place.judged(&row)?;
        let live = match status {
            RunStatus::Running | RunStatus::Dead => live::read(place)?,
            _ => None,
        };
        // Last: where the run has ended meanwhile, this has everything.
        let Some(record) = record(&path)? else { return Ok(None) };
        let recorded = record.get("status").and_then(Json::as_str).unwrap_or_default();
        if recorded != row.recorded {
            return Ok(Some((record.clone(), RunStatus::of_record(recorded), None)));
        }
        Ok(Some((record, status, live)))
    }

    /// Reads the run again, if it has changed.
    ///
    /// # Errors
    /// When it can't be read, or is gone.
    pub fn refresh(&mut self) -> Result<()> {
        if !matches!(self.status, RunStatus::Running | RunStatus::Dead) {
            // A run may begin anew.
            let row = self.place.known_row()?;
            let at = |key: &str| self.record.get(key).and_then(Json::as_str).map(str::to_owned);
            let is_same = row.started_at == at("started_at") && row.finished_at == at("finished_at");
            if is_same && row.status() == self.status {
                return Ok(());
            }
        }
        match Self::read(&self.place)? {
            Some((record, status, live)) => {
                (self.record, self.status, self.live) = (record, status, live);
                Ok(())
            }
            None => self.place.known_row().map(drop),
        }
    }

    /// Returns true if the run has another status by now, or began anew: a look that costs little, and reads
    /// no journal.
    ///
    /// # Errors
    /// When the record can't be read, or is gone.
    pub fn has_changed(&self) -> Result<bool> {
        let row = self.place.known_row()?;
        let began = self.record.get("started_at").and_then(Json::as_str);
        Ok(row.started_at.as_deref() != began || self.place.judged(&row)? != self.status)
    }

    /// The run's id.
    pub fn id(&self) -> &str {
        &self.place.run_id
    }

    /// The experiment's id.
    pub fn experiment_id(&self) -> &str {
        self.text("experiment_id").unwrap_or_default()
    }

    /// The experiment's directory.
    pub fn directory(&self) -> &Path {
        &self.place.root
    }

    /// How it stands.
    pub fn status(&self) -> RunStatus {
        self.status
    }

    /// The record as it is in the store, an object.
    pub fn record(&self) -> &Object {
        &self.record
    }

    /// The record with what the run's journals know better, and the status as it is.
    pub fn current(&self) -> Object {
        let mut record = self.record.clone();
        record.insert("status".to_owned(), self.status.text().into());
        if self.status == RunStatus::Other {
            record.extend(self.record.get("status").map(|text| ("status".to_owned(), text.clone())));
        }
        if self.live.is_some() {
            let tags = self.tags().into_iter().map(Json::from).collect::<Vec<_>>();
            record.insert("tags".to_owned(), tags.into());
            record.insert("metrics".to_owned(), self.metrics().into());
            record.insert("warnings".to_owned(), self.warnings().to_vec().into());
            record.insert("notes".to_owned(), self.notes().map(Json::from).into());
            record.insert("error".to_owned(), self.error().cloned().into());
        }
        record
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.record.get(key).and_then(Json::as_str)
    }

    /// When it began; the record's local time as this machine's.
    pub fn started(&self) -> Option<std::time::SystemTime> {
        self.time("started_at")
    }

    /// When it ended, if it has.
    pub fn finished(&self) -> Option<std::time::SystemTime> {
        let has_ended = !matches!(self.status, RunStatus::Running | RunStatus::Dead);
        self.time("finished_at").filter(|_| has_ended)
    }

    fn time(&self, key: &str) -> Option<std::time::SystemTime> {
        let moment = Moment::parse(self.text(key)?)?;
        std::time::UNIX_EPOCH.checked_add(std::time::Duration::from_nanos(moment.nanos()))
    }

    /// When its processes last wrote something, of a run that goes on or is dead: to the second or so, as the
    /// kernel notes it for files that are mapped.
    ///
    /// # Errors
    /// When its members can't be looked at.
    pub fn last_active(&self) -> Result<Option<std::time::SystemTime>> {
        match self.status {
            RunStatus::Running | RunStatus::Dead => activity::last(&self.place),
            _ => Ok(None),
        }
    }

    /// The parameters, an object.
    pub fn params(&self) -> &Json {
        self.record.get("params_resolved").unwrap_or(&Json::Null)
    }

    /// The parameter of this name; members of objects have dots between them: `solver.tolerance`.
    pub fn param(&self, name: &str) -> Option<&Json> {
        member(self.params(), name)
    }

    /// The plain metrics, also those that a run that goes on, or is dead, has in its journal alone.
    pub fn metrics(&self) -> Object {
        let recorded = self.record.get("metrics").and_then(Json::as_object);
        let mut metrics = recorded.cloned().unwrap_or_default();
        if let Some(live) = &self.live {
            metrics.extend(live.metrics.clone());
        }
        metrics
    }

    /// The metric of this name.
    pub fn metric(&self, name: &str) -> Option<&Json> {
        let live = self.live.as_ref().and_then(|live| live.metrics.get(name));
        live.or_else(|| self.record.get("metrics")?.get(name))
    }

    /// The tags.
    pub fn tags(&self) -> Vec<&str> {
        self.list("tags", |live| &live.tags).iter().filter_map(Json::as_str).collect()
    }

    /// The warnings, objects.
    pub fn warnings(&self) -> &[Json] {
        self.list("warnings", |live| &live.warnings)
    }

    fn list(&self, key: &str, of_live: fn(&Live) -> &[Json]) -> &[Json] {
        let recorded = self.record.get(key).and_then(Json::as_array).unwrap_or_default();
        match self.live.as_ref().map(of_live) {
            Some(live) if live.len() >= recorded.len() => live,
            _ => recorded,
        }
    }

    /// The notes, a line each.
    pub fn notes(&self) -> Option<&str> {
        self.live.as_ref().and_then(|live| live.notes.as_deref()).or_else(|| self.text("notes"))
    }

    /// The error that it ended with, or has reported: an object of `type`, `message` and `traceback`.
    pub fn error(&self) -> Option<&Json> {
        let recorded = self.record.get("error").filter(|error| **error != Json::Null);
        recorded.or_else(|| self.live.as_ref()?.error.as_ref())
    }

    /// How it came about, an object.
    pub fn provenance(&self) -> &Json {
        self.record.get("provenance").unwrap_or(&Json::Null)
    }

    /// The artifacts that are sealed, by name.
    ///
    /// # Errors
    /// When the manifest can't be read.
    pub fn artifacts(&self) -> Result<Vec<Artifact>> {
        let directory = self.place.artifacts();
        let manifest = super::file::read_json(&directory.join("_manifest.json"))?.unwrap_or_default();
        let recorded = self.record.get("artifacts").and_then(Json::as_array).unwrap_or_default();
        // The manifest knows of those that were sealed since the record was written.
        let all = recorded.iter().chain(manifest.array_at("artifacts"));
        let found: BTreeMap<String, Artifact> = all
            .filter_map(|entry| Artifact::read(entry, &directory))
            .map(|artifact| (artifact.name.clone(), artifact))
            .collect();
        Ok(found.into_values().collect())
    }

    /// The artifact of this name, if there is one.
    ///
    /// # Errors
    /// Those of [`artifacts`](Self::artifacts).
    pub fn artifact(&self, name: &str) -> Result<Option<Artifact>> {
        Ok(self.artifacts()?.into_iter().find(|artifact| artifact.name == name))
    }

    /// The snapshot of the highest step of the array `name`, if there is one.
    ///
    /// # Errors
    /// Those of [`artifacts`](Self::artifacts).
    pub fn latest(&self, name: &str) -> Result<Option<Snapshot>> {
        let step = |artifact: &Artifact| {
            let (of, step) = artifact.snapshot()?;
            (of == name).then_some(step)
        };
        let snapshots = self.artifacts()?.into_iter();
        let found = snapshots.filter_map(|artifact| Some(Snapshot { step: step(&artifact)?, artifact }));
        Ok(found.max_by_key(|snapshot| snapshot.step))
    }

    /// The highest step of any series or snapshot, also of those that are in the journal alone. Series whose
    /// steps count something else are left out.
    ///
    /// # Errors
    /// When a series or the manifest can't be read.
    pub fn last_step(&self) -> Result<Option<i64>> {
        let mut last = self.artifacts()?.iter().filter_map(|one| Some(one.snapshot()?.1)).max();
        for (_, path) in self.place.entries()? {
            let is_counted =
                |metadata: &Object| entry::is_series(metadata) && !metadata.contains_key("step_unit");
            if let Some(ending) = entry::ending(&path)?.filter(|ending| is_counted(&ending.metadata)) {
                last = last.max(ending.last_step);
            }
        }
        let live = self.live.iter().flat_map(|live| live.counted());
        Ok(last.max(live.max()))
    }

    /// The names of the series, sorted.
    ///
    /// # Errors
    /// When an entry can't be read.
    pub fn series_names(&self) -> Result<Vec<String>> {
        let mut names: BTreeSet<String> = live::names(self.live.as_ref());
        for (name, path) in self.place.entries()? {
            let ending = entry::ending(&path)?;
            names.extend(ending.filter(|ending| entry::is_series(&ending.metadata)).map(|_| name));
        }
        Ok(names.into_iter().collect())
    }

    /// Each series, as far as it is known without reading it, sorted by name.
    ///
    /// # Errors
    /// When an entry can't be read.
    pub fn series_briefs(&self) -> Result<Vec<Brief>> {
        brief::all(&self.place.entries()?, self.live.as_ref())
    }

    /// The names of the results that are no series, sorted.
    ///
    /// # Errors
    /// When an entry can't be read.
    pub fn result_names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for (name, path) in self.place.entries()? {
            let ending = entry::ending(&path)?;
            names.extend(ending.filter(|ending| !entry::is_series(&ending.metadata)).map(|_| name));
        }
        names.sort();
        Ok(names)
    }

    /// The result of this name that is no series, if there is one.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn result(&self, name: &str) -> Result<Option<RunResult>> {
        let Some((path, entry)) = self.place.entry(name)? else { return Ok(None) };
        let data = match entry.content {
            Content::Points(_) => return Ok(None),
            Content::Document(document) => Data::Document(document),
            Content::Array { dtype, shape, bytes } => {
                let array = Array::of(dtype, Order::C, shape, &bytes);
                Data::Array(array.map_err(|error| error.context(path.display()))?)
            }
        };
        Ok(Some(RunResult { data, metadata: entry.metadata }))
    }

    /// The whole series of this name up to the last call that has returned, if the run has one. Steps are
    /// sorted.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn series(&self, name: &str) -> Result<Option<Series>> {
        series::whole(&self.place, name)
    }

    /// The look of the series of this name by about `most` points, 4 at least, if the run has one. Of a run that
    /// has ended, the points are not kept in memory.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn look(&self, name: &str, most: usize) -> Result<Option<Look>> {
        look::look(&self.place, name, most)
    }

    /// Does what [`look`](Self::look) does, but of a series of more than 100,000 points whose run goes on, the points that
    /// the run has shown in its store: at once, however many there are, but as old as its last refresh (10
    /// seconds, unless the run's options say otherwise).
    ///
    /// # Errors
    /// When it can't be read.
    pub fn glance(&self, name: &str, most: usize) -> Result<Option<Look>> {
        look::glance(&self.place, name, most)
    }

    /// The values of the axis of a series at its steps, a point for each of its points, missing where the
    /// axis has none. Nothing if it was given no axis, or the run does not have it. The axis of a worker's
    /// series, `loss@rank.3`, is the worker's own, if it has one.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn axis(&self, series: &Series) -> Result<Option<Series>> {
        let Some(axis) = &series.axis else { return Ok(None) };
        let own = series.name.rsplit_once('@').map(|(_, label)| format!("{axis}@{label}"));
        for name in own.iter().chain([axis]) {
            if let Some(found) = self.series(name)? {
                return Ok(Some(series.joined(&found)));
            }
        }
        Ok(None)
    }

    /// The series of this name of all processes of the run: the label of each, empty for the owner's, and
    /// its series.
    ///
    /// # Errors
    /// When one can't be read.
    pub fn series_of_ranks(&self, name: &str) -> Result<Vec<(String, Series)>> {
        let mut found = Vec::new();
        for stored in self.series_names()? {
            let label = match stored.strip_prefix(name) {
                Some("") => "",
                Some(rest) => match rest.strip_prefix('@') {
                    Some(label) => label,
                    None => continue,
                },
                None => continue,
            };
            found.extend(self.series(&stored)?.map(|series| (label.to_owned(), series)));
        }
        // rank.10 comes after rank.9.
        let number = |label: &str| label.rsplit('.').next().and_then(|end| end.parse::<u64>().ok());
        found.sort_by(|(a, _), (b, _)| number(a).cmp(&number(b)).then_with(|| a.cmp(b)));
        Ok(found)
    }

    /// Follows a series, which need not have a point yet, while the run goes on.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn follow(&self, name: &str) -> Result<Follow> {
        Follow::open(self.place.clone(), name)
    }

    /// Shows the points of all series as they come, and keeps none of them: for curves of long runs.
    pub fn feed(&self) -> Feed {
        Feed::new(self.place.clone())
    }

    /// The names of the run's logs: "run" is its own.
    ///
    /// # Errors
    /// When the directory can't be read.
    pub fn log_names(&self) -> Result<Vec<String>> {
        let prefix = format!("{}_", self.place.run_id);
        let mut names = Vec::new();
        for file in super::file::names(&self.place.root.join("logs"))? {
            let Some(stem) = file.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(".log")) else {
                continue;
            };
            // "a_b_run.log" is the log "run" of the run "a_b", if there is one, not "b_run" of "a".
            let mut others = stem.match_indices('_').map(|(at, _)| format!("{prefix}{}", &stem[..at]));
            let is_others =
                others.any(|run_id| !file::is_gone(&Place { run_id, ..self.place.clone() }.record()));
            if !is_others {
                names.push(name::decode(stem).unwrap_or_else(|| stem.to_owned()));
            }
        }
        names.sort();
        Ok(names)
    }

    fn log_path(&self, log: &str) -> Result<PathBuf> {
        let label = name::encode(log);
        if label.len() > 200 {
            return Err(Error::new(ErrorKind::Name, format!("log name {log:.40?} is too long")));
        }
        Ok(self.place.root.join("logs").join(format!("{}_{label}.log", self.place.run_id)))
    }

    /// Bytes of the log of this name; 0 where there is no such log yet.
    ///
    /// # Errors
    /// When the file can't be looked at.
    pub fn log_size(&self, log: &str) -> Result<u64> {
        let path = self.log_path(log)?;
        match std::fs::metadata(&path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(source) => Err(Error::io("look at", &path, &source)),
        }
    }

    /// The log of this name from a byte on, at most `most` bytes; empty at its end, and where there is no
    /// such log yet. A text that is cut in the middle of a character is cut before it.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn log(&self, log: &str, offset: u64, most: usize) -> Result<Vec<u8>> {
        let path = self.log_path(log)?;
        let mut file = match file::open_to_read(&path) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file.map_err(|source| Error::io("open", &path, &source))?,
        };
        let failed = |source: std::io::Error| Error::io("read", &path, &source);
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(damaged(&path, "is no file"));
        }
        if offset >= metadata.len() {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let size = metadata.len().saturating_sub(offset).min(most as u64);
        let mut text = Vec::with_capacity(size as usize);
        file.take(size).read_to_end(&mut text).map_err(failed)?;
        let cut = std::str::from_utf8(&text).err().filter(|error| error.error_len().is_none());
        if let Some(end) = cut.map(|error| error.valid_up_to()).filter(|end| *end > 0) {
            text.truncate(end);
        }
        Ok(text)
    }
}

/// The member of `json` at a path of keys with dots between them, where a key may have dots itself.
fn member<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    let members = json.as_object()?;
    if let Some(found) = members.get(path) {
        return Some(found);
    }
    path.match_indices('.').find_map(|(at, _)| member(members.get(&path[..at])?, &path[at + 1..]))
}
