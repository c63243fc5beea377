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

/// More than a word can have, which is read whole.
const LONGEST_WORD: u64 = 256 << 20;

/// The room of a run: in the store, wherever the journals are.
pub fn of(store: &Store, run_id: &str) -> PathBuf {
    store.journal_dir().join(run_id)
}

/// The directories of the members of a room.
pub fn directories(room: &Path) -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> =
        std::fs::read_dir(room).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    directories.sort();
    directories
}

/// Like `directories`.
///
/// # Errors
/// When that can't be told.
pub fn listed(room: &Path) -> Result<Vec<PathBuf>> {
    let list = |entries: std::fs::ReadDir| entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut directories: Vec<PathBuf> = match std::fs::read_dir(room).and_then(list) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        found => found.map_err(|source| Error::io("read", room, &source))?,
    };
    directories.sort();
    Ok(directories)
}

/// Like `listed`, with journals of the run that lie elsewhere, in `journals`, and whose member's
/// directory is missing.
///
/// # Errors
/// When that can't be told.
pub fn with_journals(room: &Path, journals: &Path) -> Result<Vec<PathBuf>> {
    let mut all = listed(room)?;
    if room != journals {
        let is_known = |journal: &PathBuf| all.iter().any(|one| one.file_name() == journal.file_name());
        let mut unknown = listed(journals)?;
        unknown.retain(|journal| !is_known(journal));
        all.append(&mut unknown);
    }
    Ok(all)
}

/// The word of the member in `directory`.
pub fn word(directory: &Path) -> Option<Json> {
    read_json(&directory.join(NOTICE)).ok().flatten()
}

/// The word of the member in `directory`, if there is one and it is as it was left.
///
/// # Errors
/// When it can't be read for the moment.
pub fn look(directory: &Path) -> Result<Option<Json>> {
    let path = directory.join(NOTICE);
    match std::fs::metadata(&path) {
        Ok(metadata) if !metadata.is_file() || metadata.len() > LONGEST_WORD => return Ok(None),
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::io("read", &path, &source));
        }
        _ => {}
    }
    match read_json(&path) {
        Ok(word) => Ok(word.filter(is_whole)),
        Err(error) if error.kind() == ErrorKind::Json => Ok(None),
        Err(error) => Err(error),
    }
}

/// `word` with a check of its text.
pub fn with_check(mut word: Json) -> Json {
    let check = i64::from(crc32fast::hash(word.to_compact().as_bytes()));
    if let Json::Object(members) = &mut word {
        members.insert(CHECK.to_owned(), check.into());
    }
    word
}

/// Returns whether a word is what `with_check` made.
pub fn is_whole(word: &Json) -> bool {
    let Json::Object(mut members) = word.clone() else { return false };
    // Not the members themselves: there may be a NaN among them, which is not even itself.
    let check = members.remove(CHECK);
    check.is_some() && with_check(Json::Object(members)).get(CHECK) == check.as_ref()
}

/// Where the journal of the member in `directory` is: there, also where somebody has moved the store,
/// or where the word says.
pub fn journal(word: &Json, directory: &Path) -> PathBuf {
    if Journal::is_in(directory).unwrap_or(true) {
        return directory.to_owned();
    }
    word.str_at("journal").map_or_else(|| directory.to_owned(), PathBuf::from)
}

/// "worker rank:3 (process 12 on node1)", for messages.
pub fn describe(word: &Json) -> String {
    let who = match (word.str_at("role"), word.str_at("worker")) {
        (Some("worker"), Some(id)) => format!("worker {id}"),
        (Some("worker"), None) => "a worker".to_owned(),
        (_, Some(id)) => format!("owner {id}"),
        _ => "its owner".to_owned(),
    };
    let process = word.i64_at("pid").map(|pid| format!("process {pid}"));
    let host = word.str_at("host").map_or(String::new(), |host| format!(" on {host}"));
    format!("{who} ({}{host})", process.as_deref().unwrap_or("a process"))
}

/// Ends a room in one step: whatever happens now, its parts are not folded again. Where `is_on_disk`, the
/// disk has that step before any other: a room that a power cut brings back must not lack some of them.
pub fn close(store: &Store, room: &Path, is_on_disk: bool) {
    let name = store.temporary_name(&room.file_name().unwrap_or_default().to_string_lossy());
    let gone = room.with_file_name(format!("{GONE}{}", name.trim_start_matches('.')));
    if std::fs::rename(room, &gone).is_err() {
        return;
    }
    let rooms = gone.parent().unwrap_or(&gone);
    // Where the disk refuses that, it is swept another time.
    if !is_on_disk || sys::sync_path(rooms).is_ok() {
        let _ = std::fs::remove_dir_all(&gone);
        let _ = std::fs::remove_dir(rooms);
    }
}

/// Removes what a process that died in `close` left among the rooms in `rooms`.
pub fn sweep(rooms: &Path) {
    for directory in directories(rooms) {
        let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(GONE) {
            let _ = std::fs::remove_dir_all(&directory);
        }
    }
}
