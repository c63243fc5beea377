//! The thread that has an index follow the files.
//!
//! Whoever writes a file says which run has changed, and goes on. The thread reads that run's files
//! and brings them in, as often as it can: a run that changes meanwhile is one task however often it
//! changes. While the server is away the tasks wait, and the files are complete.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::changes::{self, Seen};
use super::client;
use super::deliver::{Delivery, Refusal};
use super::pq::{Connection, Failure};
use super::queue::{Line, Task};
use super::rows::{self, RunRow, Stamp};

/// How long a server that is away is left alone, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The thread of a line: brings in what waits there until nothing has for a while.
pub fn run(line: &Arc<Line>) {
    let mut worker = Worker { line: line.clone(), connection: None, seen: HashMap::new() };
    let mut pause = FIRST_PAUSE;
    while let Some(tasks) = line.next() {
        let went = std::panic::catch_unwind(AssertUnwindSafe(|| worker.bring_in(&tasks)));
        let went = went.unwrap_or_else(|panic| {
            std::mem::forget(panic);
            worker.connection = None;
            worker.seen.clear();
            Err("internal error, please report it".to_owned())
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
    /// The part of each run that this thread has brought into the index.
    seen: HashMap<Task, Seen>,
}

/// The files that can't be a row, by task, and why.
type Refusals = BTreeMap<Task, BTreeSet<Refusal>>;

impl Worker {
    /// Brings in what has changed, and gives the tasks that have changed again; or says why that has to wait.
    fn bring_in(&mut self, tasks: &[Task]) -> Result<Vec<Task>, String> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => client::connect(&self.line.address, None).map_err(|refused| refused.message)?,
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
                Err(message)
            }
        }
    }

    fn bring_all(&mut self, connection: &Connection, tasks: &[Task]) -> Result<Vec<Task>, Failure> {
        let line = self.line.clone();
        let schema = line.address.schema.as_str();
        let delivery = Delivery::live(connection, schema);
        let mut refusals = Refusals::new();
        let mut records: BTreeMap<String, (Task, PathBuf, RunRow)> = BTreeMap::new();
        let mut again = Vec::new();
        for task in tasks {
            let refused = refusals.entry(task.clone()).or_default();
            let Some(run_id) = &task.run_id else {
                let (rows, unread) = rows::manifests(&task.root.join("experiments"));
                refused.extend(unread);
                delivery.manifests(&rows, &mut |_, why| refused.extend(why))?;
                continue;
            };
            // The record is read before what it speaks of: that is never older.
            let path = task.root.join("runs").join(format!("{run_id}.json"));
            let row = rows::run(&path);
            let seen = self.seen.entry(task.clone()).or_default();
            changes::bring_in(seen, connection, schema, &task.root, run_id)?;
            refused.extend(seen.refusals());
            match row {
                // One of two tasks of the same id, of two experiments, waits for its turn.
                Ok(Some(row)) if records.contains_key(&row.run_id) => again.push(task.clone()),
                Ok(Some(row)) => drop(records.insert(row.run_id.clone(), (task.clone(), path, row))),
                Ok(None) => {}
                Err(refusal) => drop(refused.insert(refusal)),
            }
        }
        let rows: Vec<RunRow> = records.values().map(|(_, _, row)| row.clone()).collect();
        delivery.runs(&rows, &mut |row, why| {
            let task = records.get(&row.run_id).map(|record| record.0.clone());
            if let Some(refused) = task.and_then(|task| refusals.get_mut(&task)) {
                refused.extend(why);
            }
        })?;
        for (task, path, row) in records.into_values() {
            // Another process may have written it meanwhile, and been faster.
            if Stamp::of(&path).is_some_and(|stamp| stamp != row.stamp) {
                again.push(task);
            } else if row.status != "running" {
                self.seen.remove(&task);
            }
        }
        for (task, refusals) in refusals {
            line.refuse(&task, refusals);
        }
        Ok(again)
    }
}
