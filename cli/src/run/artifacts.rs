//! Files and directories that the program writes, as artifacts of the run.

use std::collections::{HashMap, HashSet};
use std::fs::{Metadata, metadata};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use metalab::{Capture, Take};

use crate::failure::{Failure, Result};

/// The files and directories of some patterns before the program, with their states.
#[derive(Debug)]
pub struct Artifacts {
    patterns: Vec<String>,
    before: HashMap<PathBuf, u64>,
}

impl Artifacts {
    /// Looks at what is there before the program starts.
    pub fn new(patterns: &[String]) -> Result<Self> {
        for pattern in patterns {
            glob::Pattern::new(pattern).map_err(|error| {
                Failure::new(format!("--artifact {pattern:?} is no pattern: {error}"))
                    .advice("quote it, so that the shell leaves it alone: --artifact 'out/*.vtk'")
            })?;
        }
        let patterns = patterns.to_vec();
        let before = found(&patterns).collect();
        Ok(Self { patterns, before })
    }

    /// Takes in what is new or has changed. What can't be taken in is a warning of the run.
    pub fn keep(&self, run: &Capture) {
        for (path, state) in found(&self.patterns) {
            if self.before.get(&path) == Some(&state) {
                continue;
            }
            let name = path.to_string_lossy();
            let name = name.strip_prefix("./").unwrap_or(&name);
            if let Err(error) = run.file(name, &path, Take::Copy, None, ()) {
                let details = serde_json::json!({"file": name, "reason": error.message()});
                let _ = run.add_warning("a file of the program is not in the run", details);
            }
        }
    }
}

/// The files and directories that the patterns fit, each once, with its state. A directory is left out where they fit
/// a file in it, or the directory that it is in.
fn found(patterns: &[String]) -> impl Iterator<Item = (PathBuf, u64)> {
    let paths = patterns.iter().filter_map(|pattern| glob::glob(pattern).ok()).flatten().flatten();
    // Without the slash at the end of a pattern.
    let mut paths: Vec<PathBuf> = paths.map(|path| path.components().collect()).collect();
    paths.sort();
    paths.dedup();
    let is =
        |kind: fn(&Metadata) -> bool| move |path: &PathBuf| metadata(path).is_ok_and(|found| kind(&found));
    let (mut kept, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(is(Metadata::is_file));
    let above: HashSet<&Path> = kept.iter().flat_map(|file| file.ancestors()).collect();
    let mut directories: Vec<PathBuf> = Vec::new();
    for path in paths.into_iter().filter(is(Metadata::is_dir)) {
        // A directory comes before its content.
        let is_within = directories.last().is_some_and(|last| path.starts_with(last));
        if !is_within && !above.contains(path.as_path()) {
            directories.push(path);
        }
    }
    kept.append(&mut directories);
    kept.into_iter().filter_map(|path| state(&path).ok().map(|state| (path, state)))
}

/// A number that every change of a file, or of what is in a directory, makes another.
fn state(path: &Path) -> std::io::Result<u64> {
    let mut sum = 0_u64;
    let mut left = vec![(path.to_owned(), metadata(path)?)];
    while let Some((path, found)) = left.pop() {
        let mut hasher = DefaultHasher::new();
        (&path, found.ino()).hash(&mut hasher);
        if found.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            left.extend(entries.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?))));
        } else {
            (found.len(), found.mtime(), found.mtime_nsec()).hash(&mut hasher);
        }
        // The entries of a directory have no order.
        sum = sum.wrapping_add(hasher.finish());
    }
    Ok(sum)
}
