//! The directories of a run's members, and what they say.

use std::path::{Path, PathBuf};

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::sys;
use crate::journal::{GONE, Journal};
use crate::store::{Store, read_json};

/// The notice that a member leaves of its run, for whoever finds it.
pub const NOTICE: &str = "run.json";

/// The member of it by which damage is seen.
const CHECK: &str = "check";

/// More than a notice can have, which is read whole.
const LONGEST_NOTICE: u64 = 256 << 20;

/// The roster of a run: in the store, wherever the journals are.
pub fn of(store: &Store, run_id: &str) -> PathBuf {
    store.journal_dir().join(run_id)
}

/// The directories of the members of a roster; none where there is no roster.
///
/// # Errors
/// When that can't be told.
pub fn listed(roster: &Path) -> Result<Vec<PathBuf>> {
    let list = |entries: std::fs::ReadDir| entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut directories: Vec<PathBuf> = match std::fs::read_dir(roster).and_then(list) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        found => found.map_err(|source| Error::io("read", roster, &source))?,
    };
    directories.sort();
    Ok(directories)
}

/// Like `listed`, with journals of the run that lie elsewhere, in `journals`, and whose member's
/// directory is missing.
///
/// # Errors
/// When that can't be told.
pub fn with_journals(roster: &Path, journals: &Path) -> Result<Vec<PathBuf>> {
    let mut all = listed(roster)?;
    if roster != journals {
        let is_known = |journal: &PathBuf| all.iter().any(|one| one.file_name() == journal.file_name());
        let mut unknown = listed(journals)?;
        unknown.retain(|journal| !is_known(journal));
        all.append(&mut unknown);
    }
    Ok(all)
}

/// The notice of the member in `directory`, if there is one and it can be read.
pub fn notice(directory: &Path) -> Option<Json> {
    find(directory).ok().flatten()
}

/// The notice of the member in `directory`, if there is one and it is as it was left.
///
/// # Errors
/// When it can't be read for the moment.
pub fn look(directory: &Path) -> Result<Option<Json>> {
    Ok(find(directory)?.filter(is_whole))
}

/// The notice of the member in `directory`, if there is one, also where it was changed since it was left.
///
/// # Errors
/// When it can't be read for the moment.
pub fn find(directory: &Path) -> Result<Option<Json>> {
    let path = directory.join(NOTICE);
    match std::fs::metadata(&path) {
        Ok(metadata) if !metadata.is_file() || metadata.len() > LONGEST_NOTICE => return Ok(None),
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::io("read", &path, &source));
        }
        _ => {}
    }
    match read_json(&path) {
        Err(error) if error.kind() == ErrorKind::Json => Ok(None),
        found => found,
    }
}

/// `notice` with a check of its text.
pub fn with_check(mut notice: Json) -> Json {
    let check = i64::from(crc32fast::hash(notice.to_compact().as_bytes()));
    if let Json::Object(members) = &mut notice {
        members.insert(CHECK.to_owned(), check.into());
    }
    notice
}

/// Returns whether a notice is what `with_check` made.
pub fn is_whole(notice: &Json) -> bool {
    let Json::Object(mut members) = notice.clone() else { return false };
    // Not the members themselves: there may be a NaN among them, which is not even itself.
    let check = members.remove(CHECK);
    check.is_some() && with_check(Json::Object(members)).get(CHECK) == check.as_ref()
}

/// Where the journal of the member in `directory` is: there, also where somebody has moved the store,
/// or where the notice says.
pub fn journal(notice: &Json, directory: &Path) -> PathBuf {
    if Journal::is_in(directory).unwrap_or(true) {
        return directory.to_owned();
    }
    notice.str_at("journal").map_or_else(|| directory.to_owned(), PathBuf::from)
}

/// "worker rank:3 (process 12 on node1)", for messages.
pub fn describe(notice: &Json) -> String {
    let who = match (notice.str_at("role"), notice.str_at("worker")) {
        (Some("worker"), Some(id)) => format!("worker {id}"),
        (Some("worker"), None) => "a worker".to_owned(),
        (_, Some(id)) => format!("owner {id}"),
        _ => "its owner".to_owned(),
    };
    let process = notice.i64_at("pid").map(|pid| format!("process {pid}"));
    let host = notice.str_at("host").map_or(String::new(), |host| format!(" on {host}"));
    format!("{who} ({}{host})", process.as_deref().unwrap_or("a process"))
}

/// Ends a roster in one step: whatever happens now, its parts are not folded again. Where `is_on_disk`, the
/// disk has that step before any other: a roster that a power cut brings back must not lack some of them.
pub fn close(store: &Store, roster: &Path, is_on_disk: bool) {
    let name = store.temporary_name(&roster.file_name().unwrap_or_default().to_string_lossy());
    let gone = roster.with_file_name(format!("{GONE}{}", name.trim_start_matches('.')));
    if std::fs::rename(roster, &gone).is_err() {
        return;
    }
    let rosters = gone.parent().unwrap_or(&gone);
    // Where the disk refuses that, it is swept another time.
    if !is_on_disk || sys::sync_path(rosters).is_ok() {
        let _ = std::fs::remove_dir_all(&gone);
        let _ = std::fs::remove_dir(rosters);
    }
}

/// Removes what a process that died in `close` left among the rosters in `rosters`.
pub fn sweep(rosters: &Path) {
    for directory in listed(rosters).unwrap_or_default() {
        let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(GONE) {
            let _ = std::fs::remove_dir_all(&directory);
        }
    }
}
