//! The directory of an experiment: its runs, and whose each file is.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use metalab::read::{Store, read_small};

use crate::failure::{Failure, Result};

/// The file that says of which experiment a directory is.
const META: &str = "_meta.json";

/// The directory of journals of runs that go on, or are dead.
const JOURNAL: &str = ".journal";

/// An experiment's directory.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The directory.
    pub root: PathBuf,
    /// Its id; nothing where the file that says so is damaged or missing.
    pub id: Option<String>,
}

/// The experiments of a store, also those that do not say which they are.
pub fn all(store: &Store) -> Result<Vec<Experiment>> {
    let mut found = Vec::new();
    for root in entries(store.collection())? {
        if name_of(&root).is_some_and(|name| is_hidden(&name)) {
            continue;
        }
        if !root.join(META).exists() && !root.join("runs").is_dir() {
            continue;
        }
        let one = Experiment::at(root);
        if store.limit().is_none_or(|limit| one.id.as_deref() == Some(limit)) {
            found.push(one);
        }
    }
    Ok(found)
}

impl Experiment {
    /// The experiment in this directory, which says what it is.
    pub fn at(root: PathBuf) -> Self {
        let meta = read_small(&root.join(META)).ok().flatten();
        let id = meta.and_then(|meta| meta.str_at("experiment_id").map(str::to_owned));
        Self { root, id }
    }

    /// The experiment in whose directory a run is.
    pub fn of(run: &metalab::read::Run) -> Self {
        Self { root: run.directory().to_owned(), id: Some(run.experiment_id().to_owned()) }
    }

    /// The file that says of which experiment this is.
    pub fn meta(&self) -> PathBuf {
        self.root.join(META)
    }

    /// The record of a run.
    pub fn record(&self, run_id: &str) -> PathBuf {
        self.root.join("runs").join(format!("{run_id}.json"))
    }

    /// The directory of a run's artifacts.
    pub fn artifacts(&self, run_id: &str) -> PathBuf {
        self.root.join("artifacts").join(run_id)
    }

    /// The manifest of a run's artifacts.
    pub fn manifest(&self, run_id: &str) -> PathBuf {
        self.artifacts(run_id).join("_manifest.json")
    }

    /// The directory of a run's results.
    pub fn results(&self, run_id: &str) -> PathBuf {
        self.root.join("results").join(run_id)
    }

    /// The metrics that were computed of a run afterwards.
    pub fn derived(&self, run_id: &str) -> PathBuf {
        self.root.join("derived").join(format!("{run_id}.json"))
    }

    /// The directory of the run's journals.
    pub fn journal(&self, run_id: &str) -> PathBuf {
        self.root.join(JOURNAL).join(run_id)
    }

    /// The ids of the runs that have a record, sorted.
    pub fn runs(&self) -> Result<BTreeSet<String>> {
        let files = entries(&self.root.join("runs"))?;
        Ok(files.iter().filter_map(|path| stem_of(path, ".json")).filter(|id| !is_hidden(id)).collect())
    }

    /// The ids of the runs that have a directory of journals.
    pub fn with_journals(&self) -> Result<BTreeSet<String>> {
        let rosters = entries(&self.root.join(JOURNAL))?;
        let runs =
            rosters.iter().filter(|roster| roster.is_dir()).filter_map(|roster| text_of(roster.file_name()?));
        Ok(runs.filter(|id| !is_hidden(id)).collect())
    }

    /// The log files, with the run that each belongs to: of the runs `known` the one with the longest id
    /// that its name begins with.
    pub fn logs(&self, known: &BTreeSet<String>) -> Result<Vec<(PathBuf, Option<String>)>> {
        let files = entries(&self.root.join("logs"))?.into_iter();
        Ok(files
            .filter_map(|path| {
                let stem = stem_of(&path, ".log").filter(|stem| !is_hidden(stem))?;
                let mut ids = stem.rmatch_indices('_').map(|(at, _)| &stem[..at]);
                let owner = ids.find(|id| known.contains(*id)).map(str::to_owned);
                Some((path, owner))
            })
            .collect())
    }

    /// The logs of one run.
    pub fn logs_of(&self, run_id: &str, known: &BTreeSet<String>) -> Result<Vec<PathBuf>> {
        let mut known = known.clone();
        known.insert(run_id.to_owned());
        let logs = self.logs(&known)?.into_iter();
        Ok(logs.filter(|(_, owner)| owner.as_deref() == Some(run_id)).map(|(path, _)| path).collect())
    }
}

/// The files of a directory and of those below it, sorted: hidden ones too, links as they are.
pub fn tree(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in entries(directory)? {
        let is_directory = std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
        if is_directory { found.extend(tree(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

/// The paths in a directory, sorted; none if it is not there.
pub fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let list = |entries: std::fs::ReadDir| {
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()
    };
    let mut paths = match std::fs::read_dir(directory).and_then(list) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(Failure::new(format!("cannot read {}: {source}", directory.display()))),
        Ok(paths) => paths,
    };
    paths.sort();
    Ok(paths)
}

/// The last part of a path, if it is UTF-8.
pub fn name_of(path: &Path) -> Option<String> {
    text_of(path.file_name()?)
}

/// Returns true if readers do not list a file of this name.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

/// The name of a file without its suffix, if it has that.
pub fn stem_of(path: &Path, suffix: &str) -> Option<String> {
    Some(name_of(path)?.strip_suffix(suffix)?.to_owned())
}

fn text_of(name: &OsStr) -> Option<String> {
    name.to_str().map(str::to_owned)
}
