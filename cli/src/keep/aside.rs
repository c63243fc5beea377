//! Runs that are on their way out of a store or into it: their pieces are in a hidden directory, so that a
//! reader sees a run whole or not at all.
//!
//! A run goes out record first, into `.pruned/{run_id}/`; a run comes in by `.incoming/{run_id}/`, record
//! last. Whoever is killed meanwhile leaves that directory, and the next one goes on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::experiment::{self, Experiment, name_of};
use super::whole;
use crate::failure::Result;

/// The directory of runs that are being removed.
pub const PRUNED: &str = ".pruned";

/// The directory of runs that are being copied into the store.
pub const INCOMING: &str = ".incoming";

/// The directory in which the pieces are of a run that is being removed.
pub fn pruned(experiment: &Experiment, run_id: &str) -> PathBuf {
    experiment.root.join(PRUNED).join(run_id)
}

/// The directory in which the pieces are of a run that is being copied.
pub fn incoming(experiment: &Experiment, run_id: &str) -> PathBuf {
    experiment.root.join(INCOMING).join(run_id)
}

/// The runs that somebody began to remove, or to copy.
pub fn begun(experiment: &Experiment, which: &str) -> Result<BTreeSet<String>> {
    let paths = experiment::entries(&experiment.root.join(which))?;
    Ok(paths.iter().filter_map(|path| name_of(path)).collect())
}

/// Takes a run out of readers' sight: its record in one step, then the other pieces. The caller has the
/// run's lock, or nobody has the run any more. Where a solver has begun the run anew meanwhile, its files
/// are left alone.
pub fn take_out(experiment: &Experiment, run_id: &str, known: &BTreeSet<String>, is_new: bool) -> Result<()> {
    let to = pruned(experiment, run_id);
    let record = experiment.record(run_id);
    if is_new {
        whole::move_if_there(&record, &to.join("record.json"))?;
        let _ = whole::sync_directory(record.parent().unwrap_or(&record));
    } else if record.exists() {
        return Ok(());
    }
    let mut pieces = vec![
        (experiment.artifacts(run_id), "artifacts"),
        (experiment.results(run_id), "results"),
        (experiment.derived(run_id), "derived.json"),
    ];
    let logs = experiment.logs_of(run_id, known)?;
    let names: Vec<String> = logs.iter().filter_map(|log| name_of(log)).collect();
    pieces.extend(logs.into_iter().zip(names.iter().map(String::as_str)));
    for (from, name) in pieces {
        // A piece of an earlier attempt, of which the removal was broken off.
        let at = to.join(name);
        if from.exists() && at.exists() {
            whole::remove(&at)?;
        }
        whole::move_if_there(&from, &at)?;
    }
    Ok(())
}

/// Removes a file or directory, and `.pruned` or `.incoming` if it was the last one there. The directories of an
/// experiment stay, also empty: a run that goes on may be about to write into them.
pub fn clear(path: &Path) -> Result<()> {
    whole::remove(path)?;
    let above =
        path.parent().filter(|above| name_of(above).is_some_and(|name| [PRUNED, INCOMING].contains(&&*name)));
    if let Some(above) = above {
        // It may have others.
        let _ = std::fs::remove_dir(above);
    }
    Ok(())
}
