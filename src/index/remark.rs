//! Lines in a run's log about what the index can't have of it.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use crate::base::clock::Moment;
use crate::base::file;
use crate::base::level::Level;
use crate::base::sync::{PerProcess, lock};
use crate::journal;
use crate::run::Context;

/// Runs by experiment's directory and id.
type Runs = HashMap<(PathBuf, String), Weak<Context>>;

/// The runs that this process writes.
static RUNS: PerProcess<Mutex<Runs>> = PerProcess::new(|_| Mutex::default());

/// Sends lines about the run to its journal while it goes on.
pub fn listen(shared: &Arc<Context>) {
    let mut runs = lock(RUNS.get());
    runs.retain(|_, run| run.strong_count() > 0);
    let key = (shared.store.root().to_owned(), shared.identity.run_id.clone());
    runs.insert(key, Arc::downgrade(shared));
}

/// Leaves a line in the run's log, once.
pub fn leave(root: &Path, run_id: &str, reason: &str) {
    let text = format!("The index can't have it, the files do: {}", reason.replace('\n', " "));
    let shared = lock(RUNS.get()).get(&(root.to_owned(), run_id.to_owned())).and_then(Weak::upgrade);
    if let Some(shared) = shared
        && journal::with(&shared.journal, |emitter| emitter.line(None, Level::Warning, &text)).is_ok()
    {
        return;
    }
    // The run has ended: nobody else writes its log.
    let path = root.join("logs").join(format!("{run_id}_run.log"));
    let Ok(log) = std::fs::read(&path) else { return };
    if log.windows(text.len()).any(|window| window == text.as_bytes()) {
        return;
    }
    let short = run_id.get(..8).unwrap_or(run_id);
    let level = Level::Warning.padded();
    let line = format!("{} [{level}] [metalab.run.{short}] {text}\n", Moment::now().log_stamp());
    // Health says it, too.
    let _ = file::append(&path).and_then(|mut log| log.write_all(line.as_bytes()));
}
