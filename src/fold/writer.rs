//! The thread that makes a store of the journal: the run is the fold of its records.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use super::log_file::LogFile;
use super::missed;
use super::postponed::{Postponed, Waiting};
use crate::artifacts::sealer::Sealer;
use crate::base::error::{Error, Result};
use crate::base::file::OurFile;
use crate::base::json::Json;
use crate::base::level::Level;
use crate::base::sync::lock;
use crate::base::sys::coarse_time;
use crate::base::value::Scalar;
use crate::journal::event::{Event, Staged};
use crate::journal::position::Logged;
use crate::journal::record::{Parsed, Record};
use crate::journal::segment::{HEADER, Segment};
use crate::run::Context;
use crate::run::Status;
use crate::store::series::Series;

/// How long a number that was drawn may stay without its record before the others go on.
const GAP_PATIENCE: Duration = Duration::from_millis(200);

/// Bytes that all series together keep in memory, at most.
pub(super) const SERIES_MEMORY: usize = 64 << 20;

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
pub(super) const REFRESH: &str = "refresh the run's record";

/// What events that can't be taken in are called.
pub(super) const EVENTS: &str = "take in an event";

/// How long events that could not be taken in wait until they are tried again.
pub(super) const RETRY: Duration = Duration::from_secs(1);

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

pub(super) enum Held {
    Metric { name: u32, value: Json },
    TextPoint { name: u32, step: i64, text: String },
    Log { sequence: u64, time: u64, level: u32, logger: u32, text: String },
    Event(String),
}

/// What taking over a dead process's journal needs besides.
#[derive(Default)]
pub(super) struct Recovery {
    /// Lines of the log with lower numbers are in the file.
    pub(super) logged: u64,
    /// Artifacts that were open, by their staged file.
    pub(super) open: BTreeMap<String, Staged>,
    /// Artifacts that were complete, in their order.
    pub(super) artifacts: Vec<Staged>,
}

/// The writer's own side of a run.
pub struct Writer {
    pub(super) shared: Arc<Context>,
    pub(super) sealer: Arc<Sealer>,
    pub(super) commands: Receiver<Command>,
    pub(super) pace: Pace,
    pub(super) segments: Vec<(Arc<Segment>, usize)>,
    /// The files of those that were read to their end.
    pub(super) read: Vec<PathBuf>,
    pub(super) next: u64,
    pub(super) held: BTreeMap<u64, Held>,
    pub(super) gap_since: Option<Instant>,
    pub(super) series: Vec<Option<Box<Series>>>,
    pub(super) log: LogFile,
    pub(super) refreshed: Instant,
    /// When the journal was last followed.
    pub(super) followed: Instant,
    /// When there was last something to do.
    pub(super) busy: Instant,
    /// When segments were last given back.
    pub(super) shrunk: Instant,
    /// Whether the log says that room is scarce.
    pub(super) scarce: bool,
    pub(super) recovery: Option<Recovery>,
    pub(super) postponed: Postponed,
    /// How the record says that the run ended, if the process died only after that.
    pub(super) ended_as: Option<Status>,
    /// Whether the process died.
    pub(super) died: bool,
}

impl Writer {
    /// A writer of what `shared.journal` holds; `log` is the run's log file, open to append.
    pub fn new(
        shared: Arc<Context>,
        sealer: Arc<Sealer>,
        commands: Receiver<Command>,
        pace: Pace,
        log: OurFile,
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
    pub(super) fn sleep(&mut self) {
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

    pub(super) fn restock(&mut self) {
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
    pub(super) fn take_fresh(&mut self) {
        let fresh = self.shared.journal.take_fresh();
        self.segments.extend(fresh.into_iter().map(|segment| (segment, HEADER / 8)));
        if self.shared.journal.is_far_ahead() {
            self.segments.iter().skip(1).for_each(|(segment, _)| segment.release_memory());
        }
    }

    /// Takes in what was appended since; true if there was anything. The last time, it waits for
    /// no number that is missing.
    pub(super) fn follow(&mut self, last: bool) -> bool {
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

    pub(super) fn damaged(&mut self, segment: &Segment, offset: usize) {
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

    pub(super) fn take(&mut self, record: Record<'_>) {
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
    pub(super) fn release(&mut self, last: bool) {
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

    pub(super) fn apply(&mut self, held: Held) {
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

    pub(super) fn log_line(&mut self, sequence: u64, time: u64, level: u32, logger: u32, text: &str) {
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

    pub(super) fn write_log(&mut self) {
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
        if self.log.tell_closed() {
            self.warn("other code of the process has closed files of the capture; they were opened again");
        }
    }

    /// Writes the log as far as it can be, with the lines for which there was no room in memory while
    /// it could not: those are read again.
    pub(super) fn write_whole_log(&mut self) {
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
    pub(super) fn end_log(&mut self) {
        self.write_whole_log();
        self.log.end_line();
        self.write_log();
    }

    /// Refreshes the record that readers see while the run goes on.
    pub(super) fn refresh(&mut self) {
        self.tell_set_aside();
        let due = self.pace.refresh.is_some_and(|interval| self.refreshed.elapsed() >= interval);
        if due && lock(&self.shared.state).changed {
            self.refreshed = Instant::now();
            self.write_running();
        }
    }

    /// Says which files were found damaged.
    pub(super) fn tell_set_aside(&mut self) {
        for aside in self.shared.store.take_set_aside() {
            self.warn(&aside.message());
        }
    }

    pub(super) fn write_running(&mut self) {
        let written = self.shared.write_record(Status::Running);
        self.shared.tried(REFRESH, written);
    }
}

pub(super) fn number(value: Scalar) -> Json {
    match value {
        Scalar::F64(value) => Json::Float(value),
        Scalar::I64(value) => Json::Int(value),
        Scalar::Bool(value) => Json::Bool(value),
    }
}
