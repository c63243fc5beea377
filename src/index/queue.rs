//! The line to an index: what has changed and waits, who waits for it, and how it goes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::changes::Seen;
use super::{behind, client, remark, sync};
use crate::base::sync::{PerProcess, lock};
use crate::base::{helper, sys};
use crate::store::Address;

/// Runs that are brought in at once.
const TASKS: usize = 64;

/// How long a server that is away is left alone while the end of a run waits for it.
const URGENT_PAUSE: Duration = Duration::from_millis(250);

/// How long the end of a run waits where an earlier one has waited in vain: a sweep does not pay for
/// a server that is away again and again.
const SHORT_PATIENCE: Duration = Duration::from_millis(500);

/// How long the end of a run waits where waiting does not help.
const HOPELESS_PATIENCE: Duration = Duration::from_millis(200);

/// How long the thread has nothing to do until it ends, and gives the connection back: a server has few.
const IDLE: Duration = Duration::from_secs(2);

/// A run or an experiment that has changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Task {
    /// The experiment's directory.
    pub root: PathBuf,
    /// The run; None for the experiment's manifests.
    pub run_id: Option<String>,
}

/// The tasks that wait, and how it goes.
#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeSet<Task>,
    busy: BTreeSet<Task>,
    /// The files of a task that can't be a row, and why.
    refused: BTreeMap<Task, BTreeSet<String>>,
    /// Why the index is behind, if the server was to blame.
    reason: Option<String>,
    /// How many wait for the end of a task.
    urgent: usize,
    /// True if somebody has waited in vain, and nothing was brought in since.
    is_given_up: bool,
    /// True if waiting does not help, as far as the last attempt tells.
    is_hopeless: bool,
    /// Attempts that have ended, and ends of runs that have begun to wait.
    attempts: u64,
    waits: u64,
    /// How many had when the last attempt began.
    waits_before: u64,
    /// Tasks that are marked beside the files.
    marked: BTreeSet<Task>,
    running: bool,
}

/// Why everything has to wait.
pub struct Away {
    pub reason: String,
    /// True if waiting is not known to help.
    pub is_hopeless: bool,
}

/// How far a task is.
#[derive(Debug)]
pub struct Standing {
    /// True if the index has it as the files do, but for what is refused.
    pub is_current: bool,
    pub reason: Option<String>,
    pub refused: Vec<String>,
}

/// The line to one index.
#[derive(Debug)]
pub struct Line {
    /// Where the index is.
    pub address: Address,
    /// How long connecting may take, where the environment said so when the line was made.
    pub limit: Option<Duration>,
    /// The part of each run that was brought in by this process. The thread's alone, while there is one.
    pub seen: Mutex<HashMap<Task, Seen>>,
    queue: Mutex<Queue>,
    changed: Condvar,
}

/// The lines of this process. A forked child has its own: the connection is its parent's.
static LINES: PerProcess<Mutex<BTreeMap<Address, Arc<Line>>>> = PerProcess::new(|_| Mutex::default());

impl Line {
    /// The line of this process to the index at `address`.
    pub fn to(address: &Address) -> Arc<Self> {
        let address = address.of_all();
        let mut lines = lock(LINES.get());
        let fresh = || {
            Arc::new(Self {
                address: address.clone(),
                limit: client::limit(),
                seen: Mutex::default(),
                queue: Mutex::default(),
                changed: Condvar::new(),
            })
        };
        lines.entry(address.clone()).or_insert_with(fresh).clone()
    }

    /// Notes that something has changed.
    pub fn note(self: &Arc<Self>, task: Task) {
        let mut queue = lock(&self.queue);
        queue.waiting.insert(task);
        if !queue.running {
            let line = self.clone();
            match helper::spawn("metalab-index", 10, move || sync::run(&line)) {
                Ok(_) => queue.running = true,
                // The next change tries again.
                Err(error) => queue.reason = Some(format!("there can be no thread for it: {error}")),
            }
        }
        drop(queue);
        self.changed.notify_all();
    }

    /// How far `task` is.
    pub fn standing(&self, task: &Task) -> Standing {
        let queue = lock(&self.queue);
        let is_open = |task: &Task| queue.waiting.contains(task) || queue.busy.contains(task);
        let is_current = !is_open(task);
        Standing {
            is_current,
            reason: queue.reason.clone().filter(|_| !is_current),
            refused: queue.refused.get(task).into_iter().flatten().cloned().collect(),
        }
    }

    /// Waits until every task that `concerns` holds for is done, at most so long.
    pub fn wait_for(&self, patience: Duration, concerns: impl Fn(&Task) -> bool) -> bool {
        let start = Instant::now();
        let mut queue = lock(&self.queue);
        let patience = if queue.is_given_up { patience.min(SHORT_PATIENCE) } else { patience };
        let deadline = start + patience;
        queue.urgent += 1;
        queue.waits += 1;
        // An attempt that has begun by now tells how it was then.
        let stale = queue.attempts + u64::from(!queue.busy.is_empty());
        self.changed.notify_all();
        let is_done = loop {
            if !queue.waiting.iter().chain(&queue.busy).any(&concerns) {
                break true;
            }
            let hopeless = if queue.is_given_up { start } else { start + HOPELESS_PATIENCE };
            let is_hopeless = queue.is_hopeless && queue.attempts > stale;
            let deadline = if is_hopeless { deadline.min(hopeless) } else { deadline };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break false;
            }
            queue = self.wait(queue, left);
        };
        queue.is_given_up |= !is_done && !patience.is_zero();
        queue.urgent -= 1;
        is_done
    }

    fn wait<'a>(&self, queue: MutexGuard<'a, Queue>, patience: Duration) -> MutexGuard<'a, Queue> {
        self.changed.wait_timeout(queue, patience).unwrap_or_else(PoisonError::into_inner).0
    }

    /// The tasks to do next; None if there have been none for long.
    pub fn next(&self) -> Option<Vec<Task>> {
        let deadline = Instant::now() + IDLE;
        let mut queue = lock(&self.queue);
        while queue.waiting.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                queue.running = false;
                return None;
            }
            queue = self.wait(queue, left);
        }
        let tasks: Vec<Task> = queue.waiting.iter().take(TASKS).cloned().collect();
        for task in &tasks {
            queue.waiting.remove(task);
            queue.busy.insert(task.clone());
        }
        queue.waits_before = queue.waits;
        Some(tasks)
    }

    /// Notes how `tasks` went: all of them wait again where a reason is given, else those of `again`.
    pub fn done(&self, tasks: Vec<Task>, went: Result<Vec<Task>, Away>) {
        let mut queue = lock(&self.queue);
        queue.busy.clear();
        queue.attempts += 1;
        let mut unmarked = Vec::new();
        match went {
            Ok(again) => {
                queue.waiting.extend(again);
                queue.reason = None;
                (queue.is_given_up, queue.is_hopeless) = (false, false);
                let is_done = |task: &Task, queue: &Queue| !queue.waiting.contains(task);
                for task in tasks {
                    if is_done(&task, &queue) && queue.marked.remove(&task) {
                        unmarked.push(task);
                    }
                }
            }
            Err(Away { reason, is_hopeless }) => {
                queue.waiting.extend(tasks);
                queue.reason = Some(reason);
                queue.is_hopeless = is_hopeless;
            }
        }
        // Under the lock: who marks a run that changes again comes later.
        unmarked.iter().for_each(|task| behind::unmark(&self.address, task));
        drop(queue);
        self.changed.notify_all();
    }

    /// Takes up what earlier processes could not bring in.
    pub fn take_up(self: &Arc<Self>) {
        let marked = behind::marked(&self.address);
        lock(&self.queue).marked.extend(marked.iter().cloned());
        marked.into_iter().for_each(|task| self.note(task));
    }

    /// Marks everything that waits.
    pub fn mark_all(&self) {
        let mut queue = lock(&self.queue);
        let open: Vec<Task> = queue.waiting.iter().chain(&queue.busy).cloned().collect();
        for task in open {
            if queue.marked.insert(task.clone()) {
                behind::mark(&self.address, &task);
            }
        }
    }

    /// Marks `task` beside the files until it is done, if it waits.
    pub fn mark(&self, task: &Task) {
        let mut queue = lock(&self.queue);
        if (queue.waiting.contains(task) || queue.busy.contains(task)) && queue.marked.insert(task.clone()) {
            behind::mark(&self.address, task);
        }
    }

    /// Leaves the server alone for a while, shorter if somebody waits, not at all where somebody begins to.
    pub fn rest(&self, pause: Duration) {
        // Not all processes at the same moment.
        let [byte]: [u8; 1] = sys::random_bytes();
        let pause = pause.mul_f64(0.75 + f64::from(byte) / 512.0);
        let start = Instant::now();
        let mut queue = lock(&self.queue);
        while queue.waits == queue.waits_before {
            let pause = if queue.urgent > 0 { pause.min(URGENT_PAUSE) } else { pause };
            let left = pause.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            queue = self.wait(queue, left);
        }
    }

    /// Notes what the index can't have of `task`, and has the run's log say so.
    pub fn refuse(&self, task: &Task, refusals: BTreeSet<String>) {
        let mut queue = lock(&self.queue);
        let before = queue.refused.remove(task).unwrap_or_default();
        if !refusals.is_empty() {
            queue.refused.insert(task.clone(), refusals.clone());
        }
        drop(queue);
        if let Some(run_id) = &task.run_id {
            for refusal in refusals.difference(&before) {
                remark::leave(&task.root, run_id, refusal);
            }
        }
    }
}
