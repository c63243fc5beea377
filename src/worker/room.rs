//! The directories of a run's members, and what they say.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::part;
use crate::clock::Moment;
use crate::json::Json;
use crate::store::{Store, read_json};
use crate::sys;

/// What a member says of its run, for whoever finds it.
pub const WORD: &str = "run.json";

/// The file whose lock says that a journal's process lives.
const ALIVE: &str = "alive";

/// Seconds after a run's begin in which processes on other machines may yet come to it.
const LATEST: u64 = 24 * 3600;

/// Begins the names of rooms whose run has ended, and which may go.
const GONE: &str = ".gone-";

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

/// As `directories`, with journals of the run that lie elsewhere, in `journals`, and whose member's
/// directory is missing.
pub fn with_journals(room: &Path, journals: &Path) -> Vec<PathBuf> {
    let mut all = directories(room);
    if room != journals {
        let is_known = |journal: &PathBuf| all.iter().any(|one| one.file_name() == journal.file_name());
        let mut unknown = directories(journals);
        unknown.retain(|journal| !is_known(journal));
        all.append(&mut unknown);
    }
    all
}

/// A member that has yet to leave its part, or to leave it anew.
pub fn remains(directory: &Path) -> bool {
    match part::read(directory) {
        Ok(Some(part)) => part.get("kept") == Some(&Json::Bool(true)),
        _ => true,
    }
}

/// The word of the member in `directory`.
pub fn word(directory: &Path) -> Option<Json> {
    read_json(&directory.join(WORD)).ok().flatten()
}

/// Where the journal of the member in `directory` is.
pub fn journal(word: &Json, directory: &Path) -> PathBuf {
    word.get("journal").and_then(Json::as_str).map_or_else(|| directory.to_owned(), PathBuf::from)
}

/// Whether the member's process lives; nothing if it is another machine's, which can't be asked.
pub fn is_alive(word: &Json, directory: &Path) -> Option<bool> {
    let host = word.get("host").and_then(Json::as_str);
    if host.is_some() && host != sys::host_name().as_deref() {
        return None;
    }
    let Ok(file) = File::options().read(true).write(true).open(journal(word, directory).join(ALIVE)) else {
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
