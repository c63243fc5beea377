//! Files that the program writes, as artifacts of the run.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use metalab::{Capture, Take};

use crate::failure::{Failure, Result};

/// The state of a file, which every change makes another.
type State = (u64, u64, i64, i64);

/// The files of some patterns before the program.
#[derive(Debug)]
pub struct Artifacts {
    patterns: Vec<String>,
    before: HashMap<PathBuf, State>,
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
        let before = files(&patterns).into_iter().collect();
        Ok(Self { patterns, before })
    }

    /// Takes in what is new or has changed. What can't be taken in is a warning of the run.
    pub fn keep(&self, run: &Capture) {
        for (path, state) in files(&self.patterns) {
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

/// The files that the patterns fit, in order, each once.
fn files(patterns: &[String]) -> Vec<(PathBuf, State)> {
    let paths = patterns.iter().filter_map(|pattern| glob::glob(pattern).ok()).flatten().flatten();
    let state = |path: PathBuf| {
        let found = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
        Some((path, (found.ino(), found.len(), found.mtime(), found.mtime_nsec())))
    };
    let mut files: Vec<_> = paths.filter_map(state).collect();
    files.sort();
    files.dedup();
    files
}
