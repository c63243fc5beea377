//! When the processes of a run last wrote something.

use std::path::Path;
use std::time::SystemTime;

use super::members;
use super::run::Place;
use crate::base::error::Result;

/// When a file of the run's journals, logs or entries, or its record, was last written.
///
/// # Errors
/// When the members can't be looked at.
pub(super) fn last(place: &Place) -> Result<Option<SystemTime>> {
    let mut last = written(&place.record());
    for open in members::open(place)? {
        last = last.max(newest(&open.journal, ""));
    }
    last = last.max(newest(&place.root.join("logs"), &format!("{}_", place.run_id)));
    Ok(last.max(newest(&place.results(), "")).max(newest(&place.artifacts(), "")))
}

/// The newest of the files in a directory whose names begin with `prefix`; what can't be looked at is none.
fn newest(directory: &Path, prefix: &str) -> Option<SystemTime> {
    let entries = std::fs::read_dir(directory).ok()?.flatten();
    let of_run = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes()));
    of_run.filter_map(|entry| written(&entry.path())).max()
}

fn written(path: &Path) -> Option<SystemTime> {
    std::fs::symlink_metadata(path).ok()?.modified().ok()
}
