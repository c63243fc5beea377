//! The thread that has an index follow the files.
//!
//! Whoever writes a file says which run has changed, and goes on. The thread reads that run's files
//! and brings them in, as often as it can: a run that changes meanwhile is one task however often it
//! changes. While the server is away the tasks wait, and the files are complete.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::pq::{Connection, Failure};
use super::rows::{self, ResultRow, RunRow, Stamp};
use super::{client, merge, remark};
use crate::base::sync::{PerProcess, lock};
use crate::base::{helper, sys};
use crate::store::Address;

/// Runs that are brought in at once.
const TASKS: usize = 64;

/// Bytes of data entries that are sent at once; a longer one goes by itself, and piece by piece.
const PIECE: usize = 2 << 20;

/// How long a server that is away is left alone, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The same while the end of a run waits for it.
const URGENT_PAUSE: Duration = Duration::from_millis(250);

/// How long the end of a run waits where an earlier one has waited in vain: a sweep does not pay for
/// a server that is away again and again.
const SHORT_PATIENCE: Duration = Duration::from_millis(500);

/// How long the thread has nothing to do until it ends, and the connection with it.
const IDLE: Duration = Duration::from_secs(30);

/// How often a transaction that clashes with another one is tried again.
const CLASHES: usize = 10;

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
    running: bool,
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
    address: Address,
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
        let fresh =
            || Arc::new(Self { address: address.clone(), queue: Mutex::default(), changed: Condvar::new() });
        lines.entry(address.clone()).or_insert_with(fresh).clone()
    }

    /// Notes that something has changed.
    pub fn note(self: &Arc<Self>, task: Task) {
        let mut queue = lock(&self.queue);
        queue.waiting.insert(task);
        if !queue.running {
            let line = self.clone();
            match helper::spawn("metalab-index", 10, move || line.run()) {
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
    pub fn settle(&self, patience: Duration, concerns: impl Fn(&Task) -> bool) -> bool {
        let start = Instant::now();
        let mut queue = lock(&self.queue);
        let patience = if queue.is_given_up { patience.min(SHORT_PATIENCE) } else { patience };
        let deadline = start + patience;
        queue.urgent += 1;
        self.changed.notify_all();
        let is_done = loop {
            if !queue.waiting.iter().chain(&queue.busy).any(&concerns) {
                break true;
            }
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

    /// The thread.
    fn run(self: Arc<Self>) {
        let mut worker = Worker { line: self.clone(), connection: None, seen: HashMap::new() };
        let mut pause = FIRST_PAUSE;
        loop {
            let Some(tasks) = self.next() else { return };
            let done = std::panic::catch_unwind(AssertUnwindSafe(|| worker.bring_in(&tasks)));
            let done = done.unwrap_or_else(|panic| {
                std::mem::forget(panic);
                worker.connection = None;
                worker.seen.clear();
                Err("internal error, please report it".to_owned())
            });
            let mut queue = lock(&self.queue);
            queue.busy.clear();
            match done {
                Ok(()) => {
                    queue.reason = None;
                    queue.is_given_up = false;
                    pause = FIRST_PAUSE;
                    drop(queue);
                    self.changed.notify_all();
                }
                Err(reason) => {
                    queue.reason = Some(reason);
                    queue.waiting.extend(tasks);
                    drop(queue);
                    self.rest(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// The tasks to do next; None if there have been none for long.
    fn next(&self) -> Option<Vec<Task>> {
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
        Some(tasks)
    }

    /// Leaves the server alone for a while, shorter if somebody waits.
    fn rest(&self, pause: Duration) {
        // Not all processes at the same moment.
        let [byte]: [u8; 1] = sys::random_bytes();
        let pause = pause.mul_f64(0.75 + f64::from(byte) / 512.0);
        let start = Instant::now();
        let mut queue = lock(&self.queue);
        loop {
            let pause = if queue.urgent > 0 { pause.min(URGENT_PAUSE) } else { pause };
            let left = pause.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            queue = self.wait(queue, left);
        }
    }

    fn refuse(&self, task: &Task, refusals: BTreeSet<String>) {
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

/// The part of a run that this thread has brought into the index.
#[derive(Default)]
struct Seen {
    results: BTreeMap<String, Stamp>,
    /// Data entries that the server refused, with why.
    refused: BTreeMap<String, (Stamp, String)>,
    derived: Option<Stamp>,
    /// True if what the index had before was compared.
    is_whole: bool,
}

struct Worker {
    line: Arc<Line>,
    connection: Option<Connection>,
    seen: HashMap<Task, Seen>,
}

/// Why a row does not go in.
enum Stop {
    /// The server is away, or busy, or does not let anybody write.
    Away(Failure),
    /// The server refuses it.
    Row(Failure),
}

impl Worker {
    /// Brings in what has changed; or says why that has to wait.
    fn bring_in(&mut self, tasks: &[Task]) -> Result<(), String> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => client::connect(&self.line.address, None).map_err(|refused| refused.message)?,
        };
        match self.bring_all(&connection, tasks) {
            Ok(()) => {
                self.connection = Some(connection);
                Ok(())
            }
            Err(failure) => {
                let message = self.line.address.scrub(&failure.message, &connection.options());
                if !failure.state.is_empty() {
                    // The server lives, and may let us write again later over the same connection; not
                    // where it ends that, or where tables are gone, which connecting makes.
                    let is_over =
                        ["08", "42", "57", "3F", "XX"].iter().any(|class| failure.state.starts_with(class));
                    self.connection = (!is_over).then_some(connection);
                }
                Err(message)
            }
        }
    }

    fn bring_all(&mut self, connection: &Connection, tasks: &[Task]) -> Result<(), Failure> {
        let mut rows: Vec<(Task, PathBuf, RunRow)> = Vec::new();
        let mut refusals: BTreeMap<Task, BTreeSet<String>> = BTreeMap::new();
        let mut again = Vec::new();
        for task in tasks {
            let refused = refusals.entry(task.clone()).or_default();
            let Some(run_id) = &task.run_id else {
                self.manifests(connection, task, refused)?;
                continue;
            };
            // The record is read before what it speaks of: that is never older.
            let path = task.root.join("runs").join(format!("{run_id}.json"));
            let row = rows::run(&path);
            self.results(connection, task, run_id, refused)?;
            match row {
                // One of two tasks of the same id, of two experiments, waits for its turn.
                Ok(Some(row)) if rows.iter().any(|(_, _, other)| other.run_id == row.run_id) => {
                    again.push(task.clone());
                }
                Ok(Some(row)) => rows.push((task.clone(), path, row)),
                Ok(None) => {}
                Err(refusal) => drop(refused.insert(refusal)),
            }
        }
        rows.sort_by(|one, other| one.2.run_id.cmp(&other.2.run_id));
        self.runs(connection, &rows, &mut refusals)?;
        for (task, path, row) in rows {
            // Another process may have written it meanwhile, and been faster.
            if Stamp::of(&path).is_some_and(|stamp| stamp != row.stamp) {
                again.push(task);
            } else if row.status != "running" {
                self.seen.remove(&task);
            }
        }
        for (task, refusals) in refusals {
            self.line.refuse(&task, refusals);
        }
        lock(&self.line.queue).waiting.extend(again);
        Ok(())
    }

    fn runs(
        &self,
        connection: &Connection,
        rows: &[(Task, PathBuf, RunRow)],
        refusals: &mut BTreeMap<Task, BTreeSet<String>>,
    ) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        let all: Vec<RunRow> = rows.iter().map(|row| row.2.clone()).collect();
        match attempt(|| merge::runs(connection, self.schema(), &all)) {
            Ok(()) => Ok(()),
            Err(Stop::Away(failure)) => Err(failure),
            Err(Stop::Row(failure)) if rows.len() == 1 => {
                let (task, _, row) = &rows[0];
                let text = format!("the record of run {}: {}", row.run_id, failure.message);
                refusals.entry(task.clone()).or_default().insert(text);
                Ok(())
            }
            // One of them: each by itself.
            Err(Stop::Row(_)) => rows.chunks(1).try_for_each(|row| self.runs(connection, row, refusals)),
        }
    }

    fn schema(&self) -> &str {
        &self.line.address.schema
    }

    /// Brings in what the run has besides its record.
    fn results(
        &mut self,
        connection: &Connection,
        task: &Task,
        run_id: &str,
        refused: &mut BTreeSet<String>,
    ) -> Result<(), Failure> {
        let mut seen = self.seen.remove(task).unwrap_or_default();
        let files = rows::result_files(&task.root.join("results").join(run_id));
        let mut piece: Vec<(ResultRow, Stamp)> = Vec::new();
        let mut size = 0;
        for (name, path, stamp) in &files {
            let is_known = seen.results.get(name) == Some(stamp);
            let is_refused = seen.refused.get(name).is_some_and(|(refused, _)| refused == stamp);
            if is_known || is_refused {
                continue;
            }
            seen.refused.remove(name);
            match rows::result(run_id, name, path) {
                Ok(Some(row)) => {
                    if size + row.size() > PIECE {
                        self.send(connection, &std::mem::take(&mut piece), &mut seen)?;
                        size = 0;
                    }
                    size += row.size();
                    piece.push((row, *stamp));
                }
                Ok(None) => {}
                Err(refusal) => drop(seen.refused.insert(name.clone(), (*stamp, refusal))),
            }
        }
        self.send(connection, &piece, &mut seen)?;
        let is_there = |name: &String| files.iter().any(|file| file.0 == *name);
        let gone = seen.results.keys().any(|name| !is_there(name));
        if gone || !seen.is_whole {
            let names: Vec<&str> = files
                .iter()
                .map(|file| file.0.as_str())
                .filter(|name| seen.results.contains_key(*name))
                .collect();
            merge::keep_results(connection, self.schema(), run_id, &names)?;
            seen.results.retain(|name, _| is_there(name));
        }
        seen.refused.retain(|name, _| is_there(name));
        let path = task.root.join("derived").join(format!("{run_id}.json"));
        let stamp = Stamp::of(&path);
        if stamp != seen.derived || !seen.is_whole {
            let sent = match rows::derived(&path) {
                Ok(json) => attempt(|| merge::derived(connection, self.schema(), run_id, json.clone())),
                Err(refusal) => {
                    refused.insert(refusal);
                    Ok(())
                }
            };
            match sent {
                Ok(()) => {}
                Err(Stop::Away(failure)) => return Err(failure),
                Err(Stop::Row(failure)) => drop(refused.insert(format!("derived: {}", failure.message))),
            }
            seen.derived = stamp;
        }
        seen.is_whole = true;
        refused.extend(seen.refused.values().map(|(_, refusal)| refusal.clone()));
        self.seen.insert(task.clone(), seen);
        Ok(())
    }

    fn send(
        &self,
        connection: &Connection,
        piece: &[(ResultRow, Stamp)],
        seen: &mut Seen,
    ) -> Result<(), Failure> {
        if piece.is_empty() {
            return Ok(());
        }
        let rows: Vec<&ResultRow> = piece.iter().map(|(row, _)| row).collect();
        let is_long = matches!(rows[..], [row] if row.size() > PIECE);
        let sent = attempt(|| {
            if is_long {
                match merge::long_result(connection, self.schema(), rows[0]) {
                    // A role that may make no temporary tables.
                    Err(failure) if failure.state == "42501" => {}
                    done => return done,
                }
            }
            merge::results(connection, self.schema(), &rows)
        });
        match sent {
            Ok(()) => {
                seen.results.extend(piece.iter().map(|(row, stamp)| (row.name.clone(), *stamp)));
                Ok(())
            }
            Err(Stop::Away(failure)) => Err(failure),
            Err(Stop::Row(failure)) if piece.len() == 1 => {
                let (row, stamp) = &piece[0];
                let text = format!("results {:?}: {}", row.name, failure.message);
                seen.refused.insert(row.name.clone(), (*stamp, text));
                Ok(())
            }
            Err(Stop::Row(_)) => piece.chunks(1).try_for_each(|row| self.send(connection, row, seen)),
        }
    }

    fn manifests(
        &self,
        connection: &Connection,
        task: &Task,
        refused: &mut BTreeSet<String>,
    ) -> Result<(), Failure> {
        let (rows, refusals) = rows::manifests(&task.root.join("experiments"));
        refused.extend(refusals);
        for row in rows {
            match attempt(|| merge::manifest(connection, self.schema(), &row)) {
                Ok(()) => {}
                Err(Stop::Away(failure)) => return Err(failure),
                Err(Stop::Row(failure)) => {
                    refused.insert(format!("the manifest {}: {}", row.timestamp, failure.message));
                }
            }
        }
        Ok(())
    }
}

/// Tries again what clashed with somebody else's, and tells a refused row from a server that is away.
fn attempt(mut body: impl FnMut() -> Result<(), Failure>) -> Result<(), Stop> {
    let mut clashes = 0;
    loop {
        match body() {
            Ok(()) => return Ok(()),
            Err(failure) if failure.is_a_clash() && clashes < CLASHES => clashes += 1,
            Err(failure) if failure.is_of_the_row() => return Err(Stop::Row(failure)),
            Err(failure) => return Err(Stop::Away(failure)),
        }
    }
}
