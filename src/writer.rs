//! The thread that makes a store of the journal: the run is the fold of its records.

mod log_file;
mod missed;
mod postponed;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::clock::Moment;
use crate::data;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Data, Event, Staged};
use crate::file;
use crate::journal::Journal;
use crate::journal::position::{Logged, Note, Noted, Position};
use crate::journal::record::{Parsed, Record, Scalar};
use crate::journal::segment::{HEADER, Segment};
use crate::json::Json;
use crate::log::Level;
use crate::recover::Death;
use crate::restart;
use crate::run::{Ended, Identity, Place, ResultEntry, State, Status};
use crate::seal::Sealer;
use crate::series::{SPOOL, Series};
use crate::store::Store;
use crate::sync::lock;
use crate::sys::coarse_time;
use crate::worker::Member;
use crate::worker::fold;
use crate::worker::part::End;
use crate::worker::reduce::Points;
use log_file::LogFile;
use postponed::{Postponed, Waiting};

/// How long a number that was drawn may stay without its record before the others go on.
const GAP_PATIENCE: Duration = Duration::from_millis(200);

/// Bytes that all series together keep in memory, at most.
const SERIES_MEMORY: usize = 64 << 20;

/// Records after which segments are looked after, in the middle of a pass.
const LOOK_AROUND_EVERY: usize = 2048;

/// Records after which long series go to their files, in the middle of a pass.
const SPILL_EVERY: usize = 16 << 10;

/// How long the writer has nothing to do until it sleeps until it is woken.
const IDLE_TO_SLEEP: Duration = Duration::from_secs(1);

/// How long it sleeps then; what it notes as the time of its life is as old at most.
const LONG_SLEEP: Duration = Duration::from_secs(1);

/// How often then segments that were kept ready are given back.
const IDLE_TO_SHRINK: Duration = Duration::from_secs(5);

/// What a record that can't be brought up to date is called.
const REFRESH: &str = "refresh the run's record";

/// What events that can't be taken in are called.
const EVENTS: &str = "take in an event";

/// How long events that could not be taken in wait until they are tried again.
const RETRY: Duration = Duration::from_secs(1);

/// What the caller's threads, the writer and the sealer share.
#[derive(Debug)]
pub struct Shared {
    /// What was emitted.
    pub journal: Arc<Journal>,
    /// Where it goes.
    pub store: Arc<Store>,
    /// Whose it is.
    pub identity: Identity,
    /// What it amounts to so far.
    pub state: Mutex<State>,
    /// What this process is in it.
    pub member: Member,
    /// When the run started, on a clock that nobody sets.
    pub clock: Instant,
    /// When it ended, if it has.
    pub ended: OnceLock<Ended>,
}

impl Shared {
    /// Notes a problem.
    pub fn problem(&self, what: &str, error: &Error) {
        lock(&self.state).problem(what, error);
    }

    /// Notes how something went that is tried again and again: what has worked since is no problem.
    pub fn tried<T>(&self, what: &str, tried: Result<T>) {
        let mut state = lock(&self.state);
        match tried {
            Ok(_) => state.problems.retain(|problem| problem.what != what),
            Err(error) => state.problem(what, &error),
        }
    }

    /// Writes the record, which a worker leaves to the run's owner.
    ///
    /// # Errors
    /// When the lock can't be had or the file not be written.
    pub fn write_record(&self, status: Status) -> Result<()> {
        if !self.member.is_owner {
            lock(&self.state).changed = false;
            return Ok(());
        }
        let _lock = self.store.lock_run(&self.identity.run_id)?;
        self.write_record_locked(status)
    }

    /// As `write_record`, for who holds the run's lock.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write_record_locked(&self, status: Status) -> Result<()> {
        if !self.member.is_owner {
            return Ok(());
        }
        let record = self.record(status);
        let written = self.store.write_json(&self.store.run_path(&self.identity.run_id), &record);
        if written.is_err() {
            lock(&self.state).changed = true;
        }
        written
    }

    /// The record as it is now.
    pub fn record(&self, status: Status) -> Json {
        let mut state = lock(&self.state);
        state.changed = false;
        let ended = match status {
            Status::Running => Ended { at: self.identity.started, duration_ms: 0 },
            _ => *self.ended.get_or_init(|| self.now()),
        };
        state.record(&self.identity, status, ended)
    }

    /// The end of a run that ends now.
    pub fn now(&self) -> Ended {
        Ended { at: Moment::now(), duration_ms: self.clock.elapsed().as_millis() as u64 }
    }

    /// Puts everything that was emitted on the disk: what is in the store, and the journal, which
    /// has the points of series until the run ends.
    ///
    /// # Errors
    /// The first one; the rest is synced all the same.
    pub fn sync(&self) -> Result<()> {
        self.note_logs();
        // The journal last: where it says that the log stood, the log is on the disk by then.
        self.store.sync().and(self.journal.sync())
    }

    /// Logs grow all the time, so they are always among what has yet to be synced.
    fn note_logs(&self) {
        for log in ["run", "stdout", "stderr"] {
            self.store.note_grown(&self.store.log_path(&self.identity.run_id, &self.member.log(log)));
        }
    }

    /// What could not be written so far, as one error.
    ///
    /// # Errors
    /// That one.
    pub fn complaint(&self) -> Result<()> {
        let refused = self.journal.refused();
        let state = lock(&self.state);
        let mut reasons: Vec<String> = Vec::new();
        let lost = refused.count();
        if let Some(reason) = refused.reason.filter(|_| lost > 0) {
            reasons.push(format!("{lost} records were refused: {reason}"));
        }
        reasons.extend(state.problems.iter().take(5).map(|problem| {
            let times = if problem.count > 1 { format!(" ({} times)", problem.count) } else { String::new() };
            format!("cannot {}{times}: {}", problem.what, problem.reason)
        }));
        if reasons.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Incomplete,
            format!("run {}: {}", self.identity.run_id, reasons.join("; ")),
        ))
    }
}

/// What the writer is asked to do once it has taken in everything before.
#[derive(Debug)]
pub enum Command {
    /// Answer.
    Follow(Sender<()>),
    /// End the run, and answer how that went.
    Finish(Sender<Result<()>>),
}

/// How often things happen.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Log lines reach their file within this.
    pub flush: Duration,
    /// The record is refreshed this often, if at all.
    pub refresh: Option<Duration>,
}

enum Held {
    Metric { name: u32, value: Json },
    TextPoint { name: u32, step: i64, text: String },
    Log { sequence: u64, time: u64, level: u32, logger: u32, text: String },
    Event(String),
}

/// What taking over a dead process's journal needs besides.
#[derive(Default)]
struct Recovery {
    /// Lines of the log with lower numbers are in the file.
    logged: u64,
    /// Artifacts that were open, by their staged file.
    open: BTreeMap<String, Staged>,
    /// Artifacts that were complete, in their order.
    artifacts: Vec<Staged>,
}

/// The writer's own side of a run.
pub struct Writer {
    shared: Arc<Shared>,
    sealer: Arc<Sealer>,
    commands: Receiver<Command>,
    pace: Pace,
    segments: Vec<(Arc<Segment>, usize)>,
    /// The files of those that were read to their end.
    read: Vec<PathBuf>,
    next: u64,
    held: BTreeMap<u64, Held>,
    gap_since: Option<Instant>,
    series: Vec<Option<Box<Series>>>,
    log: LogFile,
    refreshed: Instant,
    /// When the journal was last followed.
    followed: Instant,
    /// When there was last something to do.
    busy: Instant,
    /// When segments were last given back.
    shrunk: Instant,
    /// Whether the log says that room is scarce.
    scarce: bool,
    recovery: Option<Recovery>,
    postponed: Postponed,
    /// How the record says that the run ended, if the process died only after that.
    ended_as: Option<Status>,
    /// Whether the process died.
    died: bool,
}

impl Writer {
    /// A writer of what `shared.journal` holds; `log` is the run's log file, open to append.
    pub fn new(
        shared: Arc<Shared>,
        sealer: Arc<Sealer>,
        commands: Receiver<Command>,
        pace: Pace,
        log: File,
    ) -> Self {
        let log = LogFile::new(log, shared.identity.logger());
        let now = Instant::now();
        Self {
            shared,
            sealer,
            commands,
            pace,
            segments: Vec::new(),
            read: Vec::new(),
            next: 0,
            held: BTreeMap::new(),
            gap_since: None,
            series: Vec::new(),
            log,
            refreshed: now,
            followed: now,
            busy: now,
            shrunk: now,
            scarce: false,
            recovery: None,
            postponed: Postponed::default(),
            ended_as: None,
            died: false,
        }
    }

    /// Follows the journal until the run is finished.
    pub fn run(mut self) {
        self.shared.journal.set_writer(std::thread::current());
        loop {
            // Commands first: what they wait for was appended before they were sent.
            let commands: Vec<Command> = self.commands.try_iter().collect();
            self.restock();
            // In between it keeps off the processors, which the solver may need itself.
            let rested = self.followed.elapsed();
            let is_urgent = self.shared.journal.take_urgent() || !commands.is_empty();
            if rested < self.pace.flush && !is_urgent {
                std::thread::park_timeout(self.pace.flush - rested);
                continue;
            }
            let busy = self.follow(false);
            self.write_whole_log();
            self.refresh();
            if !self.postponed.is_empty() && self.postponed.tried.is_none_or(|tried| tried.elapsed() > RETRY)
            {
                self.try_again();
            }
            if let Some(position) = self.shared.journal.position() {
                position.beat(coarse_time());
            }
            for command in commands {
                match command {
                    Command::Follow(answer) => {
                        self.try_again();
                        self.summarise();
                        let _ = answer.send(());
                    }
                    Command::Finish(answer) => {
                        let result = self.finish();
                        let _ = answer.send(result);
                        return;
                    }
                }
            }
            self.followed = Instant::now();
            if busy {
                self.busy = self.followed;
            } else if self.busy.elapsed() > IDLE_TO_SLEEP {
                self.sleep();
            }
        }
    }

    /// Sleeps until there is something to do.
    fn sleep(&mut self) {
        if self.shrunk.elapsed() > IDLE_TO_SHRINK {
            self.shrunk = Instant::now();
            self.shared.journal.shrink();
        }
        self.shared.journal.set_asleep(true);
        if self.follow(false) {
            self.busy = Instant::now();
        } else {
            std::thread::park_timeout(LONG_SLEEP.max(self.pace.flush));
        }
        self.shared.journal.set_asleep(false);
    }

    fn restock(&mut self) {
        let journal = &self.shared.journal;
        // If it can't, room is scarce, and that is said below.
        let _ = journal.restock();
        if journal.is_scarce() != self.scarce {
            self.scarce = !self.scarce;
            let text = match self.scarce {
                true => "Capture is short of room: debug lines are left out",
                false => "Capture has room again: debug lines are taken",
            };
            self.log.remark(coarse_time(), Level::Warning, text);
        }
    }

    /// The segments that came into use; of those that wait long the memory is given back.
    fn take_fresh(&mut self) {
        let fresh = self.shared.journal.take_fresh();
        self.segments.extend(fresh.into_iter().map(|segment| (segment, HEADER / 8)));
        if self.shared.journal.is_far_ahead() {
            self.segments.iter().skip(1).for_each(|(segment, _)| segment.release_memory());
        }
    }

    /// Takes in what was appended since; true if there was anything. The last time, it waits for
    /// no number that is missing.
    fn follow(&mut self, last: bool) -> bool {
        self.take_fresh();
        let mut count = 0;
        let mut index = 0;
        while index < self.segments.len() {
            let (segment, mut offset) = (self.segments[index].0.clone(), self.segments[index].1);
            let ended = loop {
                match segment.parse(offset) {
                    Parsed::Empty => break false,
                    Parsed::End => break true,
                    Parsed::Record(record, size) => {
                        self.take(record);
                        offset += size;
                        count += 1;
                        if count % LOOK_AROUND_EVERY == 0 {
                            self.restock();
                            self.take_fresh();
                        }
                        if count % SPILL_EVERY == 0 {
                            self.spill();
                        }
                    }
                    Parsed::Damaged => {
                        self.damaged(&segment, offset);
                        break true;
                    }
                }
            };
            if ended {
                self.segments.remove(index);
                self.read.push(segment.path().to_owned());
                self.shared.journal.note_read();
            } else {
                self.segments[index].1 = offset;
                index += 1;
            }
        }
        self.release(last);
        self.spill();
        count != 0
    }

    fn damaged(&mut self, segment: &Segment, offset: usize) {
        let file = segment.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let what = format!("read the journal's {file} beyond byte {}", offset * 8);
        let mut state = lock(&self.shared.state);
        if self.recovery.is_none() {
            return state.problem(&what, &"the bytes are no record");
        }
        // Nothing will make them one: the run says so, and the journal need not stay for it.
        let warning = [("message", "the journal is damaged"), ("reason", what.as_str())];
        state.apply(Event::Warning(Json::object(warning)));
    }

    fn take(&mut self, record: Record<'_>) {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (sequence, held) = match record {
            Record::Point { name, step, value } => {
                if let Some(series) = self.series(name) {
                    series.push(step, value);
                }
                return;
            }
            Record::Log { sequence, time, level, logger, text } if sequence == self.next => {
                self.next += 1;
                return self.log_line(sequence, time, level, logger, &String::from_utf8_lossy(text));
            }
            Record::Log { sequence, time, level, logger, text: bytes } => {
                (sequence, Held::Log { sequence, time, level, logger, text: text(bytes) })
            }
            Record::TextPoint { sequence, name, step, text: bytes } => {
                (sequence, Held::TextPoint { name, step, text: text(bytes) })
            }
            Record::Metric { sequence, name, value } => {
                (sequence, Held::Metric { name, value: number(value) })
            }
            Record::TextMetric { sequence, name, text: bytes } => {
                (sequence, Held::Metric { name, value: Json::Str(text(bytes)) })
            }
            Record::Event { sequence, json } => (sequence, Held::Event(text(json))),
        };
        if sequence == self.next {
            self.next += 1;
            self.apply(held);
        } else if sequence > self.next || self.recovery.is_none() {
            self.held.insert(sequence, held);
        }
        // Of a dead process nothing comes late: what was taken in already is there twice.
    }

    /// Applies what was held back as far as no number is missing.
    fn release(&mut self, last: bool) {
        while let Some((sequence, held)) = self.held.pop_first() {
            if sequence > self.next {
                // Another thread drew that number and has yet to append its record.
                let since = *self.gap_since.get_or_insert_with(Instant::now);
                if !last && since.elapsed() < GAP_PATIENCE {
                    self.held.insert(sequence, held);
                    return;
                }
            }
            self.gap_since = None;
            self.next = self.next.max(sequence.saturating_add(1));
            self.apply(held);
        }
    }

    fn apply(&mut self, held: Held) {
        match held {
            Held::Metric { name, value } => {
                if let Some(name) = self.shared.journal.name(name) {
                    let mut state = lock(&self.shared.state);
                    state.metrics.insert(name.into(), value);
                    state.changed = true;
                }
            }
            Held::TextPoint { name, step, text } => {
                if let Some(series) = self.series(name) {
                    series.push_text(step, &text);
                }
            }
            Held::Log { sequence, time, level, logger, text } => {
                self.log_line(sequence, time, level, logger, &text);
            }
            Held::Event(json) => {
                let name = if self.postponed.is_empty() { None } else { self.data_name(&json) };
                self.take_in(Waiting { name, json });
            }
        }
    }

    /// The name of the data that an event is about, if it is about any.
    fn data_name(&self, json: &str) -> Option<String> {
        match Event::from_json(json).ok()? {
            Event::Data { name, .. } => Some(name),
            Event::Blob { blob } => {
                let json = std::fs::read_to_string(self.shared.journal.blob_path(blob)).ok()?;
                match Event::from_json(&json).ok()? {
                    Event::Data { name, .. } => Some(name),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn take_in(&mut self, mut event: Waiting) {
        if self.postponed.has(event.name.as_ref()) {
            return self.postponed.push(event);
        }
        let taken = Event::from_json(&event.json).and_then(|event| self.event(event));
        let Err(error) = taken else { return };
        match error.kind() {
            ErrorKind::Io | ErrorKind::Full | ErrorKind::Access | ErrorKind::Memory | ErrorKind::Busy => {
                self.shared.problem(EVENTS, &error);
                event.name = self.data_name(&event.json);
                self.postponed.push(event);
            }
            // Nothing will make it one, and the journal need not stay for it.
            _ if self.recovery.is_some() => {
                let reason = format!("take in an event: {error}");
                let warning = [("message", "the journal is damaged"), ("reason", reason.as_str())];
                lock(&self.shared.state).apply(Event::Warning(Json::object(warning)));
            }
            _ => self.shared.problem("read an event", &error),
        }
    }

    /// Takes in what could not be before.
    fn try_again(&mut self) {
        self.postponed.tried = Some(Instant::now());
        if self.postponed.is_empty() {
            return;
        }
        for event in self.postponed.take() {
            self.take_in(event);
        }
        if self.postponed.is_whole() {
            self.shared.tried(EVENTS, Ok(()));
        }
    }

    fn log_line(&mut self, sequence: u64, time: u64, level: u32, logger: u32, text: &str) {
        if self.recovery.as_ref().is_some_and(|recovery| sequence < recovery.logged) {
            return;
        }
        let name = match logger {
            0 => None,
            id => self.shared.journal.name(id - 1),
        };
        self.log.take(sequence, time, level, name.as_deref(), text);
        // In the middle of a pass: a burst of lines is not held in memory.
        if self.log.is_due() {
            self.write_log();
        }
    }

    fn event(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Blob { blob } => {
                // The file stays: who takes the journal over reads it again.
                let path = self.shared.journal.blob_path(blob);
                let json = std::fs::read(&path).map_err(|source| Error::io("read", &path, &source))?;
                let json = String::from_utf8(json)
                    .map_err(|_| Error::new(ErrorKind::Json, format!("{} is not UTF-8", path.display())))?;
                self.event(Event::from_json(&json)?)
            }
            Event::Series { name, unit, description } => {
                let id = self.shared.journal.id_of(&name);
                if let Some(series) = id.and_then(|id| self.series(id)) {
                    series.describe(unit, description);
                }
                Ok(())
            }
            Event::Data { name, data, metadata } => self
                .data(&name, data, &metadata)
                .map_err(|error| error.context(format_args!("data {name:?}"))),
            Event::Artifact(staged) => match &mut self.recovery {
                None => self.sealer.seal(staged),
                Some(recovery) => {
                    recovery.open.remove(&staged.staged);
                    recovery.artifacts.push(staged);
                    Ok(())
                }
            },
            Event::Mapping(staged) => {
                if let Some(recovery) = &mut self.recovery {
                    recovery.open.insert(staged.staged.clone(), staged);
                }
                Ok(())
            }
            Event::Abandoned { staged } => {
                if let Some(recovery) = &mut self.recovery {
                    recovery.open.remove(&staged);
                }
                Ok(())
            }
            // The journal has names in a table.
            Event::Name { .. } => Ok(()),
            event => {
                lock(&self.shared.state).apply(event);
                Ok(())
            }
        }
    }

    fn data(&mut self, name: &str, data: Data, metadata: &Json) -> Result<()> {
        let shared = self.shared.clone();
        let run_lock = shared.store.lock_run(&shared.identity.run_id)?;
        let name = &self.stored_name(name)?;
        let path = self.result_path(name);
        let write =
            |fill: &dyn Fn(&mut File) -> std::io::Result<()>| self.shared.store.write_with(&path, fill);
        match data {
            Data::Document(document) => write(&|file| {
                let mut out = BufWriter::new(file);
                data::write_document(&mut out, &document, metadata)?;
                out.flush()
            })?,
            Data::Array { dtype, shape, blob } => {
                let blob = self.shared.journal.blob_path(blob);
                // A blob that is gone was taken in before the process died.
                let is_done = self.recovery.is_some() && !blob.exists() && path.exists();
                if is_done {
                    return self.note_result(name, &path);
                }
                let bytes = std::fs::read(&blob).map_err(|source| Error::io("read", &blob, &source))?;
                data::check_array(dtype, &shape, bytes.len())?;
                write(&|file| {
                    let mut out = BufWriter::with_capacity(1 << 18, file);
                    data::write_array(&mut out, dtype, &shape, &bytes, metadata)?;
                    out.flush()
                })?;
                let _ = std::fs::remove_file(&blob);
            }
        }
        drop(run_lock);
        self.note_result(name, &path)
    }

    /// What the entry called `name` is called in the store; the caller holds the run's lock.
    fn stored_name(&mut self, name: &str) -> Result<String> {
        let shared = self.shared.clone();
        let stored = shared.member.names.settle(Place::Results, name, |name| {
            let mut state = lock(&shared.state);
            let is_ours = state.results.iter().any(|entry| entry.name == name);
            let file = state.claim_file(Place::Results, name, ".json", shared.store.is_case_blind());
            !is_ours && shared.store.result_dir(&shared.identity.run_id).join(file).exists()
        })?;
        if !shared.member.names.is_labelled()
            && stored != name
            && lock(&shared.state).renamed.insert(stored.clone())
        {
            let message =
                format!("{name:?} is stored as {stored:?}: another process of the run has that name");
            self.warn(&message);
        }
        Ok(stored)
    }

    fn warn(&mut self, message: &str) {
        lock(&self.shared.state).apply(Event::Warning(Json::object([("message", message)])));
        self.log.remark(coarse_time(), Level::Warning, message);
    }

    fn note_result(&self, name: &str, path: &Path) -> Result<()> {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let mut state = lock(&self.shared.state);
        state.changed = true;
        state.results.retain(|entry| entry.name != name);
        state.results.push(ResultEntry { name: name.to_owned(), stem });
        Ok(())
    }

    fn result_path(&self, name: &str) -> PathBuf {
        let store = &self.shared.store;
        let file = lock(&self.shared.state).claim_file(Place::Results, name, ".json", store.is_case_blind());
        store.result_dir(&self.shared.identity.run_id).join(file)
    }

    /// The series of the name with this number.
    fn series(&mut self, id: u32) -> Option<&mut Series> {
        let index = id as usize;
        if index >= self.series.len() {
            // Numbers come from the journal's table, which bounds them.
            self.shared.journal.name(id)?;
            self.series.resize_with(index + 1, || None);
        }
        if self.series[index].is_none() {
            let name = self.shared.journal.name(id)?;
            let series = self.open_series(name.into());
            self.series[index] = Some(Box::new(series));
        }
        self.series[index].as_deref_mut()
    }

    /// A series, with the points that it has from earlier attempts at the run.
    fn open_series(&self, name: String) -> Series {
        let shared = &self.shared;
        let mut series = Series::new(name);
        if shared.member.base().exists() {
            let stored = shared.member.names.first(series.name());
            let path = self.result_path(&stored);
            let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
            let directory = shared.store.result_dir(&shared.identity.run_id);
            if let Err(error) = restart::go_on(&shared.member, &shared.store, &directory, file, &mut series) {
                shared.problem("go on with a series", &error);
            }
        }
        series
    }

    /// Moves long series out of memory.
    fn spill(&mut self) {
        let total: usize = self.series.iter().flatten().map(|series| series.in_memory()).sum();
        let limit = if total > SERIES_MEMORY { 4 << 10 } else { SPOOL };
        let run_id = &self.shared.identity.run_id;
        let directory = self.shared.store.result_dir(run_id);
        for series in self.series.iter_mut().flatten().filter(|series| series.in_memory() > limit) {
            let stem = crate::name::encode(series.name()).into_owned();
            let spilled = series.spill(&self.shared.store, &directory, &stem);
            self.shared.tried(&format!("spool series {:?}", series.name()), spilled);
        }
    }

    fn write_log(&mut self) {
        if !self.log.is_ready() {
            return;
        }
        let written = self.log.write();
        if let (Ok(length), Some(position)) = (&written, self.shared.journal.position()) {
            let next = self.log.cut().map_or(self.next, |cut| cut.min(self.next));
            position.set_logged(Logged { length: *length, next });
        }
        let path = self.shared.store.log_path(&self.shared.identity.run_id, "run");
        let written = written.map_err(|error| Error::io("write", &path, &error));
        self.shared.tried("write the log", written);
    }

    /// Writes the log as far as it can be, with the lines for which there was no room in memory while
    /// it could not: those are read again.
    fn write_whole_log(&mut self) {
        self.write_log();
        while let Some(from) = self.log.cut()
            && self.log.is_written()
        {
            let missed = match missed::lines(&self.read, &self.segments, from..self.next) {
                Ok(missed) => missed,
                // The journal stays then.
                Err(error) => return self.shared.problem("read lines of the log again", &error),
            };
            self.log.set_cut(missed.more);
            for (sequence, line) in missed.lines {
                let logger = line.logger;
                self.log_line(sequence, line.time, line.level, logger, &line.text);
            }
            self.write_log();
        }
    }

    /// The same when nothing goes on any more: a line whose rest is missing ends.
    fn end_log(&mut self) {
        self.write_whole_log();
        self.log.end_line();
        self.write_log();
    }

    /// Refreshes the record that readers see while the run goes on.
    fn refresh(&mut self) {
        let due = self.pace.refresh.is_some_and(|interval| self.refreshed.elapsed() >= interval);
        if due && lock(&self.shared.state).changed {
            self.refreshed = Instant::now();
            self.write_running();
        }
    }

    fn write_running(&mut self) {
        let written = self.shared.write_record(Status::Running);
        self.shared.tried(REFRESH, written);
    }

    fn summarise(&mut self) {
        let mut state = lock(&self.shared.state);
        for series in self.series.iter().flatten().filter(|series| series.count() > 0) {
            state.series.insert(series.name().to_owned(), series.summary());
        }
    }

    /// Ends the run: everything into the store, onto the disk, and the record last.
    fn finish(&mut self) -> Result<()> {
        self.shared.journal.clear_stock();
        self.follow(true);
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
        if let Err(error) = fold::end(&self.shared, &End { status, died: self.died, kept, reduced }) {
            let what =
                if self.shared.member.is_owner { "write the run's record" } else { "end a worker's part" };
            self.shared.problem(what, &error);
            // Who takes the run over must not take it for one whose process died.
            if let Some(position) = self.shared.journal.position().filter(|_| !self.died) {
                let number = status.number().into();
                position.note(Note::End, Noted::new(number, Moment::now().nanos()));
            }
        }
        self.put_on_disk();
        if lock(&self.shared.state).problems.is_empty() {
            if let Some(position) = self.shared.journal.position() {
                position.complete();
            }
            fold::leave(&self.shared.journal, &self.shared.member);
        }
        self.shared.complaint()
    }

    /// Has the disk get what was written; waits for it if the options say so.
    fn put_on_disk(&self) {
        self.shared.note_logs();
        let store = &self.shared.store;
        if !store.is_durable() {
            return store.start_sync();
        }
        if let Err(error) = store.sync() {
            self.shared.problem("put the run on the disk", &error);
        }
    }

    /// Folds what a dead process left into the store, and ends its run.
    ///
    /// # Errors
    /// When something could not be written; then the journal stays.
    pub fn recover(mut self, death: &Death) -> Result<()> {
        let logged =
            self.shared.journal.position().and_then(Position::logged).map_or(0, |logged| logged.next);
        self.recovery = Some(Recovery { logged, ..Recovery::default() });
        self.follow(true);
        self.recover_artifacts();
        let is_owner = self.shared.member.is_owner;
        let record = death.record.as_ref().filter(|_| is_owner);
        let started = self.shared.identity.started;
        let end = record.and_then(end_in_record).or_else(|| {
            let noted = self.shared.journal.position()?.noted(Note::End)?;
            Some((Status::of_end_number(noted.number() as u8)?, Ended::after(started, noted.moment())))
        });
        self.ended_as = end.map(|(status, _)| status);
        self.died = end.is_none();
        let ended = end.map_or_else(|| Ended::after(started, death.moment()), |(_, ended)| ended);
        // Nothing has been recorded before.
        let _ = self.shared.ended.set(ended);
        let error = record.and_then(|record| record.get("error")).filter(|_| self.ended_as.is_some());
        if let Some(error) = error.filter(|error| error.as_object().is_some()) {
            lock(&self.shared.state).error = Some(error.clone());
        }
        if self.ended_as.is_none() {
            let last = self.series.iter().flatten().filter_map(|series| series.last_step()).max();
            let message = death.message(last);
            self.log.end_line();
            self.log.remark(coarse_time(), Level::Critical, &message);
            let mut state = lock(&self.shared.state);
            if state.error.is_some() {
                // What the process said itself is kept; how it ended is no less worth knowing.
                let warning = [("message", "the process died"), ("reason", message.as_str())];
                state.apply(Event::Warning(Json::object(warning)));
            }
            state.apply(Event::Failed { kind: death.kind().to_owned(), message, traceback: None });
        }
        self.finish()
    }

    fn recover_artifacts(&mut self) {
        let Some(Recovery { open, mut artifacts, .. }) = self.recovery.take() else { return };
        self.recovery = Some(Recovery::default());
        let directory = self.shared.store.artifact_dir(&self.shared.identity.run_id);
        // Files that the process was making, or had made ahead, when it died.
        let known = artifacts.iter().map(|staged| &staged.staged).chain(open.keys()).cloned().collect();
        match self.shared.store.lock_run(&self.shared.identity.run_id) {
            Ok(_lock) => self.sealer.staging().sweep(&known),
            Err(error) => self.shared.problem("remove files that were not finished", &error),
        }
        for (_, mut staged) in open {
            if let Json::Object(metadata) = &mut staged.metadata {
                metadata.insert("incomplete".to_owned(), Json::Bool(true));
            }
            // What was given up a moment before the process died has no file; what an earlier
            // recovery had named when it was killed has its own already.
            let is_named = directory.join(&staged.file).exists()
                && !artifacts.iter().any(|artifact| artifact.file == staged.file);
            if is_named || directory.join(&staged.staged).exists() {
                artifacts.push(staged);
            }
        }
        while let Some(staged) = (!artifacts.is_empty()).then(|| artifacts.remove(0)) {
            if artifacts.iter().any(|later| later.name == staged.name) {
                let _ = std::fs::remove_file(directory.join(&staged.staged));
            } else if is_gone(&directory.join(&staged.staged)) && is_gone(&directory.join(&staged.file)) {
                let reason = format!("artifact {:?} has no file", staged.name);
                let warning = [("message", "the journal is damaged"), ("reason", reason.as_str())];
                lock(&self.shared.state).apply(Event::Warning(Json::object(warning)));
            } else if let Err(error) = self.sealer.seal(staged) {
                self.shared.problem("seal an artifact", &error);
            }
        }
    }

    /// Writes every series, and gives those whose points wait for the other processes'.
    fn write_series(&mut self) -> Vec<Points> {
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

    fn write_one_series(
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
        let _lock = shared.store.lock_run(&shared.identity.run_id)?;
        let stored = self.stored_name(series.name())?;
        let name = self.free_result_name(&stored, given);
        let path = self.result_path(&name);
        series.finish(&shared.store, &path)?;
        lock(&shared.state).stored.push(name);
        Ok(())
    }

    /// A series never replaces data of its name: it takes the next free name, and the run says so.
    fn free_result_name(&mut self, series: &str, given: &mut Vec<String>) -> String {
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

/// How a record says that its run ended, if it has.
fn end_in_record(record: &Json) -> Option<(Status, Ended)> {
    let status = Status::of_end(record.get("status")?.as_str()?)?;
    let at = record.get("finished_at").and_then(Json::as_str).and_then(Moment::parse);
    let duration = record.get("duration_ms").and_then(Json::as_i64).and_then(|ms| ms.try_into().ok());
    Some((status, Ended { at: at.unwrap_or_else(Moment::now), duration_ms: duration.unwrap_or(0) }))
}

/// Whether `path` is known not to be there.
fn is_gone(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

fn number(value: Scalar) -> Json {
    match value {
        Scalar::F64(value) => Json::Float(value),
        Scalar::I64(value) => Json::Int(value),
        Scalar::Bool(value) => Json::Bool(value),
    }
}

/// Opens a log to append to.
///
/// # Errors
/// When it can't be opened.
pub fn open_log(store: &Store, run_id: &str, log: &str) -> Result<File> {
    let path = store.log_path(run_id, log);
    let opened = file::append(&path);
    store.note_written(&path);
    opened.map_err(|source| Error::io("open", &path, &source))
}
