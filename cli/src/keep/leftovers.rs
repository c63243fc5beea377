//! Files that nobody will come for: of writers that are gone, and those that belong to no run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::aside::{self, INCOMING, PRUNED};
use super::experiment::{self, Experiment, is_hidden, name_of, stem_of};
use crate::failure::Result;

/// How old a temporary file is whose writer is not there any more.
const ABANDONED: Duration = Duration::from_secs(3600);

/// How long a file may be there before the record that speaks of it.
const YOUNG: Duration = Duration::from_secs(60);

/// Returns true if a file has the name of a temporary one, and nobody has written it for a while.
pub fn is_abandoned(path: &Path) -> bool {
    let is_temporary = name_of(path).is_some_and(|name| is_hidden(&name) && name.contains(".tmp."));
    let age = || {
        let written = std::fs::symlink_metadata(path).ok()?.modified().ok()?;
        SystemTime::now().duration_since(written).ok()
    };
    is_temporary && age().is_some_and(|age| age > ABANDONED)
}

/// The files and directories of an experiment that belong to no run: neither to one with a record, nor to
/// one with a journal, nor to one that is on its way out or in.
pub fn orphans(
    experiment: &Experiment,
    runs: &BTreeSet<String>,
    journals: &BTreeSet<String>,
) -> Result<Vec<PathBuf>> {
    let mut known: BTreeSet<String> = runs.union(journals).cloned().collect();
    for which in [PRUNED, INCOMING] {
        known.extend(aside::begun(experiment, which)?);
    }
    let mut found = Vec::new();
    for directory in ["artifacts", "results"] {
        for path in experiment::entries(&experiment.root.join(directory))? {
            if name_of(&path).is_none_or(|name| !is_hidden(&name) && !known.contains(&name)) {
                found.push(path);
            }
        }
    }
    for path in experiment::entries(&experiment.root.join("derived"))? {
        let stem = stem_of(&path, ".json").filter(|stem| !is_hidden(stem));
        if stem.is_some_and(|stem| !known.contains(&stem)) {
            found.push(path);
        }
    }
    let logs = experiment.logs(&known)?.into_iter();
    found.extend(logs.filter(|(_, owner)| owner.is_none()).map(|(path, _)| path));
    // Who opens a run makes its directories before its record.
    found.retain(|path| {
        let written = std::fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
        written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age > YOUNG))
    });
    Ok(found)
}
