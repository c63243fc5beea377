//! Files that a dead process has left among a run's results, and that are of no use.

use std::collections::BTreeSet;
use std::path::Path;

use crate::base::error::Result;
use crate::members::directory;
use crate::store::Store;

/// Files that series grew in, but for those to `keep`: their points are in the journal. Other
/// processes of the run go on with theirs.
pub(super) fn remove_spools(directory: &Path, temporaries: Option<&str>, keep: impl Fn(&str) -> bool) {
    let what = format!(".json{}", temporaries.unwrap_or(".tmp."));
    remove_hidden(directory, |file| file.contains(&what) && !keep(file));
}

/// Removes hidden files of `directory` whose names have `what`.
pub(super) fn remove_temporaries(directory: &Path, what: &str) {
    remove_hidden(directory, |file| file.contains(what));
}

fn remove_hidden(directory: &Path, is_meant: impl Fn(&str) -> bool) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|file| file.starts_with('.') && is_meant(file)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Sets aside the run's entries and its manifest that a power cut has emptied; which entries those were.
pub(super) fn set_entries_aside(store: &Store, run_id: &str) -> Result<BTreeSet<String>> {
    store.read(&store.manifest_path(run_id))?;
    let directory = store.result_dir(run_id);
    let mut damaged = BTreeSet::new();
    for path in directory::listed(&directory)? {
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        let Some(stem) = file.strip_suffix(".json").filter(|stem| !stem.starts_with('.')) else { continue };
        if !store.is_whole(&path)? {
            damaged.insert(stem.to_owned());
        }
    }
    Ok(damaged)
}
