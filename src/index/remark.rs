//! Lines in a run's log about what the index can't have of it.

use std::collections::HashMap;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use crate::base::clock::Moment;
use crate::base::file;
use crate::base::level::Level;
use crate::base::sync::{PerProcess, lock};
use crate::journal;
use crate::run::Context;
use crate::store::make_directory;

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

/// Bytes of a log in which a line is looked for.
const TAIL: u64 = 1 << 20;

/// Leaves a line in the run's log, once: the index can't have something of it.
pub fn leave(root: &Path, run_id: &str, reason: &str) {
    say(root, run_id, &format!("The index can't have it, the files do: {reason}"));
}

/// Leaves a line in the run's log, once: the index has not got all of the run.
pub fn behind(root: &Path, run_id: &str, reason: &str) {
    let how =
        "The files have everything; metalab_index_rebuild, or the next run with this store, brings it in";
    say(root, run_id, &format!("The index is behind: {reason}. {how}"));
}

fn say(root: &Path, run_id: &str, text: &str) {
    let text = text.replace('\n', " ");
    let shared = lock(RUNS.get()).get(&(root.to_owned(), run_id.to_owned())).and_then(Weak::upgrade);
    let emitted = shared
        .map(|shared| journal::with(&shared.journal, |emitter| emitter.line(None, Level::Warning, &text)));
    if matches!(emitted, Some(Ok(_))) {
        return;
    }
    // The run has ended: nobody else writes its log. Health says it, too.
    let path = root.join("logs").join(format!("{run_id}_run.log"));
    let short = run_id.get(..8).unwrap_or(run_id);
    let level = Level::Warning.padded();
    let line = format!("{} [{level}] [metalab.run.{short}] {text}\n", Moment::now().log_stamp());
    if matches!(has_line(&path, &text), Ok(false)) {
        // A run that has logged nothing has no log yet.
        let append = || file::append(&path).and_then(|mut log| log.write_all(line.as_bytes()));
        let _ = make_directory(&root.join("logs")).ok().map(|()| append());
    }
}

/// Returns whether the end of the log has the line.
fn has_line(path: &Path, text: &str) -> std::io::Result<bool> {
    let mut log = match file::open_to_read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        log => log?,
    };
    let metadata = log.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    log.seek(SeekFrom::Start(metadata.len().saturating_sub(TAIL)))?;
    let mut end = Vec::new();
    log.take(TAIL).read_to_end(&mut end)?;
    Ok(end.windows(text.len()).any(|window| window == text.as_bytes()))
}
