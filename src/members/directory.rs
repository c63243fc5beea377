//! The directories of a run's members, and what they say.

use std::path::{Path, PathBuf};

use super::part;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::Json;
use crate::base::sys;
use crate::journal::GONE;
use crate::store::{Store, read_json};

/// What a member says of its run, for whoever finds it.
pub const WORD: &str = "run.json";

/// The member of it by which damage is seen.
const CHECK: &str = "check";

/// More than a word can have, which is read whole.
const LONGEST_WORD: u64 = 256 << 20;

/// The file whose lock says that a journal's process lives.
const ALIVE: &str = "alive";

/// Seconds after a run's begin in which processes on other machines may yet come to it.
const LATEST: u64 = 24 * 3600;

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

/// As `directories`.
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

/// As `listed`, with journals of the run that lie elsewhere, in `journals`, and whose member's
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

/// A member that has yet to leave its part, or to leave it anew.
pub fn remains(directory: &Path) -> bool {
    !part::is_final(directory)
}

/// The word of the member in `directory`.
pub fn word(directory: &Path) -> Option<Json> {
    read_json(&directory.join(WORD)).ok().flatten()
}

/// The word of the member in `directory`, if there is one and it is as it was left.
///
/// # Errors
/// When it can't be read for the moment.
pub fn look(directory: &Path) -> Result<Option<Json>> {
    let path = directory.join(WORD);
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

/// Whether a word is what `with_check` made.
fn is_whole(word: &Json) -> bool {
    let Json::Object(mut members) = word.clone() else { return false };
    // Not the members themselves: there may be a NaN among them, which is not even itself.
    let check = members.remove(CHECK);
    check.is_some() && with_check(Json::Object(members)).get(CHECK) == check.as_ref()
}

/// Where the journal of the member in `directory` is: there, also where somebody has moved the store,
/// or where the word says.
pub fn journal(word: &Json, directory: &Path) -> PathBuf {
    if [ALIVE, "position"].into_iter().any(|file| directory.join(file).exists()) {
        return directory.to_owned();
    }
    word.get("journal").and_then(Json::as_str).map_or_else(|| directory.to_owned(), PathBuf::from)
}

/// Whether the member's process lives; nothing if it is another machine's, which can't be asked.
pub fn is_alive(word: &Json, directory: &Path) -> Option<bool> {
    let host = word.get("host").and_then(Json::as_str);
    if host.is_some() && host != sys::host_name().as_deref() {
        return None;
    }
    let Ok(file) = file::open(&journal(word, directory).join(ALIVE)) else {
        return Some(false);
    };
    let pid = word.get("pid").and_then(Json::as_i64);
    Some(match sys::holder(&file) {
        // Whoever recovers it holds the lock, too. A process of another name space has no number.
        Ok(Some(holder)) => holder <= 0 || pid.is_none_or(|pid| pid == i64::from(holder)),
        Ok(None) => false,
        Err(_) => true,
    })
}

/// Whether a member's process goes on, also after the end of its run, or the launcher that started
/// it; another machine's may for a while.
pub fn may_live(word: &Json) -> bool {
    let host = word.get("host").and_then(Json::as_str);
    if host.is_none() || host == sys::host_name().as_deref() {
        let lives = |key: &str| word.get(key).and_then(Json::as_i64).is_some_and(sys::is_process);
        return lives("pid") || lives("launcher");
    }
    let started = word.get("started").and_then(Json::as_i64).and_then(|nanos| u64::try_from(nanos).ok());
    let age = Moment::now().seconds().saturating_sub(Moment::from_nanos(started.unwrap_or(0)).seconds());
    age < LATEST
}

/// "worker rank:3 (process 12 on node1)", for messages.
pub fn describe(word: &Json) -> String {
    let text = |key: &str| word.get(key).and_then(Json::as_str);
    let who = match (text("role"), text("worker")) {
        (Some("worker"), Some(id)) => format!("worker {id}"),
        (Some("worker"), None) => "a worker".to_owned(),
        (_, Some(id)) => format!("owner {id}"),
        _ => "its owner".to_owned(),
    };
    let process = word.get("pid").and_then(Json::as_i64).map(|pid| format!("process {pid}"));
    let host = text("host").map_or(String::new(), |host| format!(" on {host}"));
    format!("{who} ({}{host})", process.as_deref().unwrap_or("a process"))
}

/// Ends a room in one step: whatever happens now, its parts are not folded again.
pub fn close(store: &Store, room: &Path) {
    let name = store.temporary_name(&room.file_name().unwrap_or_default().to_string_lossy());
    let gone = room.with_file_name(format!("{GONE}{}", name.trim_start_matches('.')));
    if std::fs::rename(room, &gone).is_ok() {
        let _ = std::fs::remove_dir_all(&gone);
        let _ = gone.parent().map(std::fs::remove_dir);
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
