//! The runs that are watched, as far as they are known: readers fill the model, frames are drawn of it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use metalab::read::{Run, RunStatus};

use super::buckets::Buckets;
use super::clock::Clock;
use super::log::LogLine;
use super::picture::Field;
use super::pulse::Pulse;

/// Log lines of a run that are kept, at most.
pub const LOG_LINES: usize = 500;

/// A series.
#[derive(Debug, Default)]
pub struct Line {
    pub name: String,
    pub unit: Option<String>,
    pub axis: Option<String>,
    pub buckets: Buckets,
}

/// A run that is watched.
#[derive(Debug)]
pub struct Watched {
    pub id: String,
    pub experiment: String,
    pub status: RunStatus,
    pub started: Option<SystemTime>,
    pub finished: Option<SystemTime>,
    /// When the job's time is up, in seconds since 1970.
    pub deadline: Option<i64>,
    /// The series, by their number in the feed.
    pub lines: Vec<Line>,
    pub last_step: Option<i64>,
    pub log: VecDeque<LogLine>,
    pub pulse: Pulse,
    pub clock: Clock,
    /// The newest figure or field, where one is wanted.
    pub field: Option<Field>,
    /// The reason why it can't be read for the moment.
    pub problem: Option<String>,
    /// True once everything that there was has been read.
    pub is_read: bool,
    /// True if the run had ended when it was first looked at.
    pub was_over: bool,
    /// True once nobody wants to see it any more.
    pub is_dropped: bool,
}

impl Watched {
    /// A run of which nothing was read yet.
    pub fn new(run: &Run) -> Self {
        let mut watched = Self::of(run.id(), run.experiment_id(), run.status());
        watched.describe(run);
        watched
    }

    /// A run of which no more is known.
    pub fn of(id: &str, experiment: &str, status: RunStatus) -> Self {
        Self {
            id: id.to_owned(),
            experiment: experiment.to_owned(),
            status,
            started: None,
            finished: None,
            deadline: None,
            lines: Vec::new(),
            last_step: None,
            log: VecDeque::new(),
            pulse: Pulse::new(Instant::now(), None),
            clock: Clock::default(),
            field: None,
            problem: None,
            is_read: false,
            was_over: status != RunStatus::Running,
            is_dropped: false,
        }
    }

    /// Takes over how the run stands.
    pub fn describe(&mut self, run: &Run) {
        self.status = run.status();
        (self.started, self.finished) = (run.started(), run.finished());
        self.deadline = super::reader::deadline(run.provenance());
    }

    /// How long it has run, or did; nobody knows of one that is dead.
    pub fn elapsed(&self, now: SystemTime) -> Option<Duration> {
        let end = self.finished.or((self.status == RunStatus::Running).then_some(now))?;
        end.duration_since(self.started?).ok()
    }

    /// The line of this name.
    pub fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    /// The series that `line` is plotted against: a worker's own, if it has one.
    pub fn axis_of(&self, line: &Line) -> Option<&Line> {
        let axis = line.axis.as_ref()?;
        let own = line.name.rsplit_once('@').and_then(|(_, label)| self.line(&format!("{axis}@{label}")));
        own.or_else(|| self.line(axis))
    }

    /// How long nothing has come from a run that goes on, if that is much longer than usual.
    pub fn stalled(&self, now: Instant) -> Option<Duration> {
        self.pulse.stalled(now).filter(|_| self.status == RunStatus::Running)
    }
}

/// A run that a reader fills.
pub type OneRun = Arc<Mutex<Watched>>;

/// The state that readers and the terminal share.
#[derive(Debug, Default)]
pub struct Model {
    runs: Mutex<Vec<OneRun>>,
    /// Grows with each change.
    version: AtomicU64,
    /// True if a figure or field is shown.
    pub wants_fields: AtomicBool,
    /// True once nobody looks any more.
    pub is_over: AtomicBool,
}

impl Model {
    /// The runs, in the order in which they came.
    pub fn runs(&self) -> Vec<OneRun> {
        lock(&self.runs).clone()
    }

    /// Adds a run.
    pub fn add(&self, run: OneRun) {
        lock(&self.runs).push(run);
        self.changed();
    }

    /// Lets go of a run.
    pub fn remove(&self, run: &OneRun) {
        lock(run).is_dropped = true;
        lock(&self.runs).retain(|other| !Arc::ptr_eq(other, run));
        self.changed();
    }

    /// Says that something has changed.
    pub fn changed(&self) {
        self.version.fetch_add(1, Ordering::Release);
    }

    /// A number that grows with each change.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }
}

/// Locks: what a reader that panicked has left can still be shown.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
