//! The thread that has an index follow the files.
//!
//! Whoever writes a file says which run has changed, and goes on. The thread reads that run's files
//! and brings them in, as often as it can: a run that changes meanwhile is one task however often it
//! changes. While the server is away the tasks wait, and the files are complete.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::changes;
use super::deliver::{Delivery, Refusal, Refused, attempt};
use super::pq::{Connection, Failure};
use super::queue::{Away, Line, Task};
use super::rows::{self, RunRow, Stamp};
use super::{catalog, client};
use crate::base::sync::lock;
use crate::base::sys;

/// How long a server that is away is left alone, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long the catalog is waited for while somebody else changes it.
const CATALOG_PATIENCE: Duration = Duration::from_secs(1);

/// The thread of a line: brings in what waits there until nothing has for a while.
pub fn run(line: &Arc<Line>) {
    let mut worker = Worker { line: line.clone(), connection: None, is_noted: false };
    let mut pause = FIRST_PAUSE;
    while let Some(tasks) = line.next() {
        let went = std::panic::catch_unwind(AssertUnwindSafe(|| worker.bring_in(&tasks)));
        let went = went.unwrap_or_else(|panic| {
            std::mem::forget(panic);
            worker.connection = None;
            lock(&line.seen).clear();
            Err(Away { reason: "internal error, please report it".to_owned(), is_hopeless: false })
        });
        let is_well = went.is_ok();
        line.done(tasks, went);
        if is_well {
            pause = FIRST_PAUSE;
        } else {
            line.rest(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

struct Worker {
    line: Arc<Line>,
    connection: Option<Connection>,
    /// True if the catalog has yet to follow.
    is_noted: bool,
}

/// The record of a task.
struct Record {
    task: Task,
    path: PathBuf,
    row: RunRow,
}

/// The files that can't be a row, by task, and why.
type Refusals = BTreeMap<Task, BTreeSet<Refusal>>;

impl Worker {
    /// Brings in what has changed, and gives the tasks that have changed again; or says why that has to wait.
    fn bring_in(&mut self, tasks: &[Task]) -> Result<Vec<Task>, Away> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => client::connect_beside(&self.line.address, self.line.limit)
                .map_err(|refused| Away { reason: refused.message, is_hopeless: refused.is_hopeless })?,
        };
        match self.bring_all(&connection, tasks) {
            Ok(again) => {
                self.connection = Some(connection);
                Ok(again)
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
                Err(Away { reason: message, is_hopeless: false })
            }
        }
    }

    fn bring_all(&mut self, connection: &Connection, tasks: &[Task]) -> Result<Vec<Task>, Failure> {
        let line = self.line.clone();
        let address = &line.address;
        let delivery = Delivery::live(connection, address);
        let mut refusals: Refusals = tasks.iter().map(|task| (task.clone(), BTreeSet::new())).collect();
        let mut refuse = |task: &Task, why: Option<Refusal>| {
            if let Some(refused) = refusals.get_mut(task) {
                refused.extend(why);
            }
        };
        let mut again = Vec::new();
        let mut all_seen = lock(&line.seen);
        for task in tasks.iter().filter(|task| task.run_id.is_none()) {
            let (rows, unread) = rows::manifests(&task.root.join("experiments"));
            unread.into_iter().for_each(|why| refuse(task, Some(why)));
            delivery.manifests(&rows, &mut |_, why| refuse(task, why))?;
        }
        // The records come first: they are small, and say how the runs stand.
        let mut records: BTreeMap<String, Record> = BTreeMap::new();
        let mut runs: Vec<(Task, String)> = Vec::new();
        for task in tasks {
            let Some(run_id) = &task.run_id else { continue };
            let path = task.root.join("runs").join(format!("{run_id}.json"));
            match rows::run(&path) {
                // One of two tasks of the same id, of two experiments, waits for its turn.
                Ok(Some(row)) if records.contains_key(&row.run_id) => {
                    again.push(task.clone());
                    continue;
                }
                Ok(Some(row)) => {
                    records.insert(row.run_id.clone(), Record { task: task.clone(), path, row });
                }
                Ok(None) => {}
                Err(refusal) => refuse(task, Some(refusal)),
            }
            runs.push((task.clone(), run_id.clone()));
        }
        let rows: Vec<RunRow> = records.values().map(|record| record.row.clone()).collect();
        let mut strangers = BTreeSet::new();
        self.is_noted |= delivery.runs(&rows, &mut |row, why| {
            let Some(record) = records.get(&row.run_id) else { return };
            match why {
                Some(Refused::Stranger(why)) => {
                    // Its data would replace the other run's, too.
                    strangers.insert(record.task.clone());
                    refuse(&record.task, Some(why));
                }
                Some(Refused::Row(why)) => refuse(&record.task, Some(why)),
                None => {}
            }
        })?;
        for (task, run_id) in runs.iter().filter(|(task, _)| !strangers.contains(task)) {
            let seen = all_seen.entry(task.clone()).or_default();
            changes::bring_in(seen, connection, address, &task.root, run_id)?;
            seen.refusals().for_each(|why| refuse(task, Some(why)));
        }
        for Record { task, path, row } in records.into_values() {
            // Another process may have written it meanwhile, and been faster.
            if Stamp::of(&path).is_some_and(|stamp| stamp != row.stamp) {
                again.push(task);
            } else if row.status != "running" && !strangers.contains(&task) {
                // A rebuild, or somebody else, may have come between.
                let seen = all_seen.entry(task.clone()).or_default();
                match changes::is_there(seen, connection, address, &task.root, &row.run_id)? {
                    true => drop(all_seen.remove(&task)),
                    false => again.push(task),
                }
            }
        }
        drop(all_seen);
        self.settle_catalog(connection)?;
        for (task, refusals) in refusals {
            line.refuse(&task, refusals);
        }
        Ok(again)
    }

    /// Has the catalog follow, unless somebody counts for long: then whoever counts, or writes next, does it.
    fn settle_catalog(&mut self, connection: &Connection) -> Result<(), Failure> {
        let start = Instant::now();
        while self.is_noted {
            if attempt(|| catalog::count(connection, &self.line.address.schema))? {
                self.is_noted = false;
            } else if start.elapsed() > CATALOG_PATIENCE {
                break;
            } else {
                let [byte]: [u8; 1] = sys::random_bytes();
                std::thread::sleep(Duration::from_millis(5 + u64::from(byte) / 16));
            }
        }
        Ok(())
    }
}
