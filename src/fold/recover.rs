//! Runs whose process died: their journals are folded into the store as the process itself would
//! have done, and the runs end as "failed", with the cause and with everything that was emitted.
//!
//! A journal is removed only where it is known to hold nothing more: what can't be read at the
//! moment is an error, and what is damaged is told from what was never there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::cause::Cause;
use super::parts;
use crate::artifacts::sealer::Sealer;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::Json;
use crate::base::name;
use crate::base::sys;
use crate::fold::restart;
use crate::fold::writer::{Pace, Writer};
use crate::journal;
use crate::journal::Journal;
use crate::members::claims;
use crate::members::directory;
use crate::run::context::{Context, open_log};
use crate::run::notice::{Word, leave_word, read_word, word_of_record};
use crate::run::{Identity, ResultEntry, Status};
use crate::store::{Place, Store, damaged, make_directory};

/// Whether `path` is there.
///
/// # Errors
/// When that can't be told.
fn is_there(path: &Path) -> Result<bool> {
    path.try_exists().map_err(|source| Error::io("look for", path, &source))
}

/// What became of a journal.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Its process lives, or is another machine's, which can't be asked.
    Alive,
    /// It was taken over.
    Recovered,
    /// There was nothing in it that the store lacks.
    Nothing,
}

/// Takes over the journal of the member in `directory`, of a run of `store`, unless its process
/// lives or it has left its part. Not to be asked of a journal of this process: asking would end its
/// lock. The caller has claimed the run.
///
/// # Errors
/// When the journal can't be read or something of it not be written; then it stays.
pub fn take_over(store: &Arc<Store>, directory: &Path) -> Result<Found> {
    take_over_from(store, directory, None)
}

/// As `take_over`; a parent may have said how the process ended.
fn take_over_from(store: &Arc<Store>, directory: &Path, ended: Option<ExitStatus>) -> Result<Found> {
    let run_id = directory.parent().and_then(|run| run.file_name()?.to_str()).unwrap_or("unknown");
    let said = directory::look(directory)?;
    let word = said.as_ref().and_then(|said| read_word(said, directory));
    let word = word.filter(|word| word.identity.run_id == run_id);
    let is_damaged = word.is_none();
    let word = match word {
        Some(word) => Some(word),
        None => store.read_run(run_id)?.as_ref().and_then(|record| word_of_record(run_id, directory, record)),
    };
    let place = match &said {
        Some(said) if !is_damaged => directory::journal(said, directory),
        _ => directory.to_owned(),
    };
    if let Some(word) = &word
        && word.identity.host.is_some()
        && word.identity.host != sys::host_name()
    {
        return Ok(Found::Alive);
    }
    let adopted = {
        // Whoever opens a run makes its journal under this lock: none is met half made.
        let _lock = store.lock_run(run_id)?;
        if !directory::remains(directory) {
            return Ok(Found::Nothing);
        }
        let alive = place.join("alive");
        if !is_there(&alive)? {
            // It is made first, and the position next. Without both, the journal was never whole, or
            // the machine lost it; without this one alone, it is damaged.
            if !is_there(&place.join("position"))? {
                return lost(store, directory, word.as_ref().filter(|_| !is_damaged));
            }
            if word.as_ref().is_none_or(|word| sys::is_process(word.pid)) {
                return Ok(Found::Alive);
            }
            file::write(&alive, b"").map_err(|source| Error::io("create", &alive, &source))?;
        }
        Journal::adopt(&place)?
    };
    let Some(journal) = adopted else {
        return Ok(Found::Alive);
    };
    let nothing = || {
        journal.remove();
        journal::remove_directory(directory);
        Ok(Found::Nothing)
    };
    // Without a word, it died before it had emitted anything.
    if word.is_none() && journal.is_empty() {
        return nothing();
    }
    let Some(Word { identity, mut state, member, pid, temporaries }) = word else {
        let text = format!("the journal {} does not say whose it is, nor does a record", directory.display());
        return Err(Error::new(ErrorKind::Incomplete, text));
    };
    let record = store.read_run(run_id)?;
    // The journal has all that it had.
    let is_lost = record.is_none() && damaged::is_set_aside(&store.run_path(run_id));
    let status = record.as_ref().and_then(|record| record.get("status")?.as_str());
    let is_ended = status.is_some_and(|status| Status::of_end(status).is_some());
    let complete = journal.position().is_some_and(|position| position.is_complete());
    let is_unknown = record.is_none() && !is_lost && (journal.is_empty() || !member.is_owner);
    if (complete && (is_ended || !member.is_owner)) || is_unknown {
        return nothing();
    }
    if member.is_owner && record.as_ref().is_some_and(|record| is_anothers(record, &identity)) {
        remove_spools(&store.result_dir(&identity.run_id), temporaries.as_deref());
        restart::give_back(&member.directory, &store.result_dir(&identity.run_id));
        return nothing();
    }
    if is_damaged {
        // Whoever folds the run reads it, too.
        leave_word(&place, &identity, &state, &member, pid)?;
    }
    for reason in journal.damage() {
        let warning = [("message", "the journal is damaged"), ("reason", reason.as_str())];
        state.warnings.push(Json::object(warning));
    }
    if is_lost {
        state.warnings.push(Json::object([("message", "the run's record was damaged")]));
    }
    if member.restart.is_some() && member.is_owner {
        let _lock = store.lock_run(&identity.run_id)?;
        restart::crop(store, &identity.run_id, &member)?;
    }
    let is_case_blind = store.is_case_blind();
    state.know_artifacts(is_case_blind);
    for ResultEntry { name, stem } in state.results.clone() {
        state.know_file(Place::Results, &format!("{stem}.json"), &name, is_case_blind);
    }
    make_directory(&store.result_dir(&identity.run_id))?;
    make_directory(&store.artifact_dir(&identity.run_id))?;
    // Alone, it may also have been given up by others who were killed while they took it over.
    let is_alone = member.is_owner && directory::directories(member.room()).len() <= 1;
    remove_spools(&store.result_dir(&identity.run_id), temporaries.as_deref().filter(|_| !is_alone));
    let log = open_log(store, &identity.run_id, &member.log("run"))?;
    if let Some(position) = journal.position() {
        let path = store.log_path(&identity.run_id, &member.log("run"));
        let length = log.length().map_err(|source| Error::io("look at", &path, &source))?;
        if let Some(start) = position.start()
            && position.logged().is_some_and(|logged| length < logged.length)
        {
            // The machine went down before the disk had them; the journal has them all.
            position.set_logged(start);
        }
        // The lines beyond are in the journal; the last one may be half a line.
        if let Some(logged) = position.logged()
            && length > logged.length
        {
            log.set_len(logged.length).map_err(|source| Error::io("shorten", &path, &source))?;
        }
    }
    let beat = journal.position().map_or(0, |position| position.last_beat());
    let death = Death {
        pid,
        host: identity.host.clone(),
        cause: Cause::new(journal.position(), ended),
        seen: if beat == 0 { identity.started } else { Moment::from_nanos(beat) },
        record,
    };
    let shared = Arc::new(Context {
        journal,
        store: store.clone(),
        identity,
        state: Mutex::new(state),
        member,
        clock: Instant::now(),
        ended: OnceLock::new(),
    });
    let sealer = Arc::new(Sealer::new(shared.clone()));
    let pace = Pace { flush: Duration::ZERO, refresh: None };
    Writer::new(shared, sealer, pace, log).recover(&death)?;
    Ok(Found::Recovered)
}

/// Whether `record` is an earlier attempt's: the process died before it had written its own.
fn is_anothers(record: &Json, identity: &Identity) -> bool {
    let of_record = record.get("provenance").and_then(|provenance| provenance.get("extra")?.get("pid"));
    of_record.is_some() && of_record != identity.extra.get("pid")
}

/// Ends a member whose journal is gone: half made, or in memory that the machine lost.
fn lost(store: &Store, directory: &Path, word: Option<&Word>) -> Result<Found> {
    let Some(word) = word.filter(|word| word.member.directory.join(directory::WORD).exists()) else {
        journal::remove_directory(directory);
        return Ok(Found::Nothing);
    };
    let record = store.read_run(&word.identity.run_id)?;
    let is_running = |record: &Json| record.get("status").and_then(Json::as_str) == Some("running");
    let is_open = record.as_ref().is_some_and(|record| match word.member.is_owner {
        true => is_running(record) && !is_anothers(record, &word.identity),
        false => true,
    });
    if !is_open {
        journal::remove_directory(directory);
        return Ok(Found::Nothing);
    }
    parts::leave_lost(store, &word.identity, &word.member, word.pid, record)?;
    Ok(Found::Recovered)
}

/// What is known of how a process ended.
pub struct Death {
    pub pid: i64,
    pub host: Option<String>,
    pub cause: Cause,
    /// When it was last known to be alive.
    pub seen: Moment,
    /// The run's record as it was found.
    pub record: Option<Json>,
}

impl Death {
    /// When it was, as far as that is known.
    pub fn moment(&self) -> Moment {
        self.cause.moment().unwrap_or(self.seen)
    }

    /// In one word, for the record.
    pub fn kind(&self) -> &'static str {
        self.cause.kind()
    }

    /// For the record and the log; `last` is the last step that any series has.
    pub fn message(&self, last: Option<i64>) -> String {
        let host = self.host.as_deref().map_or(String::new(), |host| format!(" on {host}"));
        let step = last.map_or(String::new(), |step| format!(", last step {step}"));
        let time = match self.cause.moment() {
            Some(moment) => format!("at {}", moment.iso()),
            None => format!("last seen at {}", self.seen.iso()),
        };
        format!("process {}{host} {}{step}, {time}", self.pid, self.cause.phrase())
    }
}

/// Files that series grew in; their points are in the journal. Other processes of the run go on
/// with theirs.
fn remove_spools(directory: &Path, temporaries: Option<&str>) {
    remove_temporaries(directory, &format!(".json{}", temporaries.unwrap_or(".tmp.")));
}

/// Removes hidden files of `directory` whose names have `what`.
pub fn remove_temporaries(directory: &Path, what: &str) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|file| file.starts_with('.') && file.contains(what)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Takes over every dead journal of the run, and folds what its processes left.
///
/// # Errors
/// The first one; the others are tried all the same.
pub fn recover_run(store: &Arc<Store>, journals_dir: &Path, run_id: &str) -> Result<bool> {
    recover_members(store, journals_dir, run_id, None)
}

/// As `recover_run`, or only those of a child.
fn recover_members(
    store: &Arc<Store>,
    journals_dir: &Path,
    run_id: &str,
    child: Option<Child>,
) -> Result<bool> {
    let mut is_recovered = false;
    let mut result = Ok(());
    for directory in directory::with_journals(&directory::of(store, run_id), &journals_dir.join(run_id))? {
        if child.is_some_and(|child| !child.has(&directory)) {
            continue;
        }
        match take_over_from(store, &directory, child.map(|child| child.ended)) {
            Ok(found) => is_recovered |= found == Found::Recovered,
            Err(error) => result = result.and(Err(error)),
        }
    }
    result.and(parts::settle(store, run_id)).map(|()| is_recovered)
}

/// A child process that its parent has waited for.
#[derive(Clone, Copy)]
pub struct Child {
    /// Its number.
    pub pid: i64,
    /// How it ended.
    pub ended: ExitStatus,
}

impl Child {
    /// Whether it has written this journal.
    fn has(&self, journal: &Path) -> bool {
        directory::word(journal).is_some_and(|word| word.get("pid").and_then(Json::as_i64) == Some(self.pid))
    }
}

/// Takes over every dead journal of the store's runs, those below `journals_dir` and those that
/// the store knows of.
pub fn recover_store(store: &Arc<Store>, journals_dir: &Path) -> Result<u64> {
    recover_journals(store, journals_dir, None)
}

/// As `recover_store`, or only those of a child.
pub fn recover_journals(store: &Arc<Store>, journals_dir: &Path, child: Option<Child>) -> Result<u64> {
    let mut recovered = 0;
    let mut result = Ok(());
    directory::sweep(&store.journal_dir());
    directory::sweep(journals_dir);
    let mut runs = BTreeSet::new();
    for rooms in [journals_dir, &store.journal_dir()] {
        runs.extend(directory::listed(rooms)?.iter().filter_map(|run| run.file_name().map(PathBuf::from)));
    }
    for run in runs {
        let Some(run_id) = run.to_str().map(str::to_owned) else { continue };
        // A run of this process is alive, and asking would end its lock.
        let record = store.run_path(&run_id);
        if name::check_run_id(&run_id).is_err() || !claims::claim(&record) {
            continue;
        }
        match recover_members(store, journals_dir, &run_id, child) {
            Ok(is_recovered) => recovered += u64::from(is_recovered),
            Err(error) => result = result.and(Err(error)),
        }
        // Only where they are empty: left by a process that died before it had a journal.
        for directory in [journals_dir, &store.journal_dir()] {
            let _ = std::fs::remove_dir(directory.join(&run_id));
        }
        claims::unclaim(&record);
    }
    result.map(|()| recovered)
}
