//! Marks beside the files of runs that an index has yet to get: the next process with that locator brings
//! them in, whatever became of the one that could not.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::queue::Task;
use crate::base::file;
use crate::base::hex::hex;
use crate::store::Address;

/// The directory in that of the files.
const DIRECTORY: &str = ".index-behind";

/// The mark of an experiment's manifests.
const MANIFESTS: &str = ".manifests";

/// How often it is tried to leave a mark.
const TRIES: usize = 5;

/// The directory of the marks of an index: its name has no secret, and none that changes.
fn directory(address: &Address) -> PathBuf {
    let name = hex(&Sha256::digest(address.to_string())[..8]);
    address.file_root().join(DIRECTORY).join(name)
}

fn mark_of(address: &Address, task: &Task) -> Option<PathBuf> {
    let experiment = directory(address).join(task.root.file_name()?);
    Some(experiment.join(task.run_id.as_deref().unwrap_or(MANIFESTS)))
}

/// Leaves a mark.
pub fn mark(address: &Address, task: &Task) {
    let Some(mark) = mark_of(address, task) else { return };
    // Another process may remove the directory between. Without a mark, a rebuild brings it in.
    for _ in 0..TRIES {
        let made = mark.parent().map_or(Ok(()), std::fs::create_dir_all);
        if made.and_then(|()| file::write(&mark, b"")).is_ok() {
            return;
        }
    }
}

/// Removes a mark, if there is one.
pub fn unmark(address: &Address, task: &Task) {
    let Some(mark) = mark_of(address, task) else { return };
    if std::fs::remove_file(&mark).is_ok() {
        // The directories go with the last one.
        let _ = mark.ancestors().skip(1).take(3).try_for_each(std::fs::remove_dir);
    }
}

/// The runs that are marked.
pub fn marked(address: &Address) -> Vec<Task> {
    let Ok(files) = std::path::absolute(address.file_root()) else { return Vec::new() };
    let names = |directory: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    };
    let directory = directory(address);
    let mut found = Vec::new();
    for experiment in names(&directory) {
        for run in names(&directory.join(&experiment)) {
            let run_id = Some(run).filter(|run| run != MANIFESTS);
            found.push(Task { root: files.join(&experiment), run_id });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_by_who_has_the_locator_and_leave_nothing() {
        let place = tempfile::tempdir().unwrap();
        let address = |more: &str| {
            Address::parse(&format!("postgresql://{more}h/db?file_root={}", place.path().display())).unwrap()
        };
        let task =
            |run_id: Option<&str>| Task { root: place.path().join("e_1"), run_id: run_id.map(str::to_owned) };
        let tasks = [task(Some("run")), task(None)];
        assert_eq!(marked(&address("u:one@")), []);
        tasks.iter().for_each(|task| mark(&address("u:one@"), task));
        // Whoever connects, and with what password.
        let mut found = marked(&address("u:other@"));
        found.sort_by_key(|task| std::cmp::Reverse(task.run_id.clone()));
        assert_eq!(found, tasks);
        assert_eq!(marked(&address("v@x")), []);
        tasks.iter().for_each(|task| unmark(&address("u:other@"), task));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }
}
