//! Taking over the journal of one member whose process died: it is folded into the store as the process itself
//! would have done.
//!
//! A journal is removed only where it is known to hold nothing more: what can't be read at the
//! moment is an error, and what is damaged is told from what was never there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::cause::Cause;
use super::death::Death;
use super::errand::Errand;
use super::folded::Folded;
use super::writer::{Pace, Writer};
use super::{leftovers, parts, rerun, restart};
use crate::artifacts::sealer::Sealer;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::Json;
use crate::journal;
use crate::journal::Journal;
use crate::journal::position::Fence;
use crate::members::Member;
use crate::members::directory;
use crate::members::liveness::{self, Life};
use crate::run::notice::{Notice, leave_notice, notice_of_record, read_notice};
use crate::run::{Context, RunLog};
use crate::run::{Identity, Status};
use crate::store::damaged::{self, SetAside};
use crate::store::{Place, RunLock, Store, make_directory};

/// The message of a warning on a journal.
const DAMAGED: &str = "the journal is damaged";

/// The result of looking at a journal.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Its process lives, or another one recovers it.
    Alive,
    /// It was taken over.
    Recovered,
    /// There was nothing in it that the store lacks.
    Nothing,
    /// It is another machine's, whose processes can't be asked.
    Elsewhere(String),
    /// So many recoveries of it died that it is left.
    Deadly(u64),
}

/// Takes over the journal of the member in `directory`, of a run of `store`, unless its process
/// lives or it has left its part.
///
/// # Errors
/// When the journal can't be read or something of it not be written; then it stays.
pub fn take_over(store: &Arc<Store>, directory: &Path, errand: &Errand) -> Result<Found> {
    // Without the run's lock at first: most are alive.
    if let Some(found) = is_left(directory, errand)? {
        return Ok(found);
    }
    let run_id = run_of(directory);
    // Whoever opens a run makes its journal under this lock: none is met half made.
    let run_lock = store.lock_run(run_id)?;
    if let Some(found) = is_left(directory, errand)? {
        return Ok(found);
    }
    store.keep_what_is_there();
    let said = directory::look(directory)?;
    let notice = said.as_ref().and_then(|said| read_notice(said, directory));
    let notice = notice.filter(|notice| notice.identity.run_id == run_id);
    let is_damaged = notice.is_none();
    let notice = match notice {
        Some(notice) => Some(notice),
        None => {
            store.read_run(run_id)?.as_ref().and_then(|record| notice_of_record(run_id, directory, record))
        }
    };
    let is_unknown =
        |notice: &&Notice| notice.process.is_elsewhere() && !errand.known.covers(&notice.process, 0);
    if let Some(notice) = notice.as_ref().filter(|_| is_damaged).filter(is_unknown) {
        return Ok(Found::Elsewhere(notice.process.host.clone().unwrap_or_default()));
    }
    let place = match &said {
        Some(said) if !is_damaged => directory::journal(said, directory),
        _ => directory.to_owned(),
    };
    if !Journal::is_in(&place)? {
        // It was never whole, or the machine lost it.
        return lost(store, &run_lock, directory, notice.as_ref().filter(|_| !is_damaged));
    }
    let adopted = Journal::adopt(&place, &Fence::own())?;
    drop(run_lock);
    let Some(journal) = adopted else {
        return Ok(Found::Alive);
    };
    let found = recover(store, directory, &journal, (notice, is_damaged), errand);
    // Whatever became of it, this process has done with it.
    journal.let_go();
    found
}

/// Why a member is left as it is, if it is.
fn is_left(directory: &Path, errand: &Errand) -> Result<Option<Found>> {
    Ok(match liveness::judge(directory, &errand.known)? {
        Life::Ended => Some(Found::Nothing),
        Life::Live | Life::Recovering(_) => Some(Found::Alive),
        Life::Elsewhere => {
            let host = directory::notice(directory).and_then(|notice| notice.text_at("host"));
            Some(Found::Elsewhere(host.unwrap_or_default()))
        }
        Life::Dead { deaths } => errand.leaves(deaths).then_some(Found::Deadly(deaths)),
    })
}

/// Folds a journal that this process has taken over into the store.
fn recover(
    store: &Arc<Store>,
    directory: &Path,
    journal: &Arc<Journal>,
    (notice, is_damaged): (Option<Notice>, bool),
    errand: &Errand,
) -> Result<Found> {
    let run_id = run_of(directory);
    let nothing = || {
        journal.remove();
        journal::remove_directory(directory);
        Ok(Found::Nothing)
    };
    let Some(mut notice) = notice else {
        if !journal.is_empty()? {
            return without_notice(store, directory);
        }
        // It died before it had emitted anything.
        rerun::put_back(store, run_id, directory)?;
        return nothing();
    };
    let found = FoundRecord::read(store, run_id)?;
    if !is_needed(store, journal, &notice, &found)? {
        return nothing();
    }
    if is_damaged {
        // Whoever folds the run reads it, too.
        let Notice { identity, state, member, process, .. } = &notice;
        leave_notice(journal.directory(), identity, state, member, process)?;
    }
    let folded = prepare(store, journal, &mut notice, &found)?;
    let Notice { identity, state, member, process, .. } = notice;
    let log = open_log_at(store, journal, run_id, &member, folded.as_ref())?;
    let beat = journal.position().map_or(0, |position| position.last_beat());
    let death = Death {
        pid: process.pid,
        host: identity.host.clone(),
        cause: Cause::new(journal.position(), errand.known_end()),
        declared_by: process.is_elsewhere().then(Fence::own),
        // The first beat's clock may be a tick behind that of the start.
        seen: Moment::from_nanos(beat).max(identity.started),
        record: found.record,
    };
    let shared = Context::new(journal.clone(), store.clone(), identity, state, member, errand.known.clone());
    let sealer = Arc::new(Sealer::new(shared.clone()));
    let pace = Pace { flush: Duration::ZERO, refresh: None };
    Writer::new(shared, sealer, pace, log).recover(&death, folded)?;
    Ok(Found::Recovered)
}

/// The record of a run whose process died, as it was found.
struct FoundRecord {
    record: Option<Json>,
    /// True if there was one that is damaged: the journal has all that it had.
    is_lost: bool,
}

impl FoundRecord {
    fn read(store: &Store, run_id: &str) -> Result<Self> {
        let record = store.read_run(run_id)?;
        let is_lost = record.is_none() && damaged::is_set_aside(&store.run_path(run_id))?;
        Ok(Self { record, is_lost })
    }
}

/// Returns whether the store lacks something that a journal has. Where the record is another attempt's, what
/// had been set aside for this one is put back.
fn is_needed(store: &Store, journal: &Journal, notice: &Notice, found: &FoundRecord) -> Result<bool> {
    let Notice { identity, member, temporaries, .. } = notice;
    let record = found.record.as_ref();
    let status = record.and_then(|record| record.str_at("status"));
    let is_ended = status.is_some_and(|status| Status::of_end(status).is_some());
    let is_complete = journal.position().is_some_and(|position| position.is_complete());
    if is_complete && (is_ended || !member.is_owner) {
        return Ok(false);
    }
    if record.is_none() && !found.is_lost && (!member.is_owner || journal.is_empty()?) {
        return Ok(false);
    }
    if member.is_owner && record.is_some_and(|record| is_anothers(record, identity)) {
        let results = store.result_dir(&identity.run_id);
        leftovers::remove_spools(&results, temporaries.as_deref(), |_| false);
        restart::give_back(&member.directory, &results);
        rerun::put_back(store, &identity.run_id, &member.directory)?;
        return Ok(false);
    }
    Ok(true)
}

/// Brings the store and the member's state to where its writer left them, and returns what that had folded.
fn prepare(
    store: &Store,
    journal: &Journal,
    notice: &mut Notice,
    found: &FoundRecord,
) -> Result<Option<Folded>> {
    let Notice { identity, state, member, temporaries, .. } = notice;
    let run_id = identity.run_id.as_str();
    let mut warn = |message: &str, reason: Option<&str>| {
        let reason = reason.map(|reason| ("reason", Json::from(reason)));
        let warning = [("message", Json::from(message))].into_iter().chain(reason);
        state.warnings.push(Json::object(warning));
    };
    journal.damage().iter().for_each(|reason| warn(DAMAGED, Some(reason)));
    if found.is_lost {
        warn("the run's record was damaged", None);
    }
    let folded = Folded::read(journal.directory())?;
    if folded.is_none() && file::is_there(&journal.directory().join(journal::folded::FILE))? {
        warn(DAMAGED, Some("what was saved of it can't be read"));
    }
    if member.restart.is_some() && member.is_owner {
        let _lock = store.lock_run(run_id)?;
        restart::crop(store, run_id, member)?;
    }
    let (rules, results) = (store.rules(), store.result_dir(run_id));
    state.know_artifacts(rules);
    for (name, stem) in state.results.clone() {
        state.know_file(Place::Results, &format!("{stem}.json"), &name, rules);
    }
    make_directory(&results)?;
    make_directory(&store.artifact_dir(run_id))?;
    let damaged = leftovers::set_entries_aside(store, run_id)?;
    state.results.retain(|_, stem| !damaged.contains(stem));
    for aside in store.take_set_aside() {
        state.warnings.push(Json::object([("message", aside.message())]));
    }
    // Alone, it may also have been given up by others who were killed while they took it over.
    let is_alone = member.is_owner && directory::listed(member.roster())?.len() <= 1;
    let temporaries = temporaries.as_deref().filter(|_| !is_alone);
    let is_known = |file: &str| folded.as_ref().is_some_and(|folded| folded.has(file));
    leftovers::remove_spools(&results, temporaries, is_known);
    Ok(folded)
}

/// Deals with a journal that has records, and of which nobody can tell whose they are. Where the notice is
/// blank, a power cut has left it so, and with it nothing that was flushed durably, which puts the notice on
/// the disk: the journal is set aside. Else it stays.
fn without_notice(store: &Store, directory: &Path) -> Result<Found> {
    let run_id = run_of(directory);
    let record = store.read_run(run_id)?;
    if record.as_ref().is_none_or(|record| record.str_at("status") != Some("running")) {
        rerun::put_back(store, run_id, directory)?;
    }
    let text = format!("the journal {} does not say whose it is, nor does a record", directory.display());
    let notice = directory.join(directory::NOTICE);
    let is_blank = match file::read(&notice) {
        Ok(bytes) => bytes.iter().all(|byte| *byte == 0),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => true,
        Err(source) => return Err(Error::io("read", &notice, &source)),
    };
    let name = directory.file_name().filter(|_| is_blank);
    let (Some(run), Some(name)) = (directory.parent(), name) else {
        return Err(Error::new(ErrorKind::Incomplete, text));
    };
    let now = run.with_file_name(format!(".{run_id}-{}.damaged-1", name.to_string_lossy()));
    std::fs::rename(directory, &now).map_err(|source| Error::io("set aside", directory, &source))?;
    store.note_set_aside(SetAside { path: directory.to_owned(), now, reason: text });
    Ok(Found::Nothing)
}

/// Opens the log of a journal that was taken over, cut to the lines that the journal says are in it.
fn open_log_at(
    store: &Arc<Store>,
    journal: &Journal,
    run_id: &str,
    member: &Member,
    folded: Option<&Folded>,
) -> Result<RunLog> {
    let log = RunLog::new(store, run_id, &member.log("run"));
    if let Some(position) = journal.position() {
        let path = store.log_path(run_id, &member.log("run"));
        let length = log.length().map_err(|source| Error::io("look at", &path, &source))?;
        if let Some(start) = folded.map_or_else(|| position.start(), Folded::logged) {
            if position.logged().is_none_or(|logged| logged.next < start.next) {
                // A power cut has brought an earlier page back; what comes before is in the journal no more.
                position.set_logged(start);
            }
            if position.logged().is_some_and(|logged| length < logged.length) {
                // The machine went down before the disk had them; the journal has them all.
                position.set_logged(start);
            }
        }
        // The lines beyond are in the journal; the last one may be half a line.
        if let Some(logged) = position.logged().filter(|logged| length > logged.length) {
            log.set_len(logged.length).map_err(|source| Error::io("shorten", &path, &source))?;
        }
    }
    Ok(log)
}

/// Returns whether `record` is an earlier attempt's: the process died before it had written its own.
fn is_anothers(record: &Json, identity: &Identity) -> bool {
    let of_record = record.get("provenance").and_then(|provenance| provenance.get("extra")?.get("pid"));
    let started = record.get("started_at").and_then(Json::as_str);
    let is_other_process = of_record.is_some_and(|pid| Some(pid) != identity.extra.get("pid"));
    // The same process may have written both, and Python's records have no number of it.
    is_other_process || started != Some(&*identity.started.iso())
}

/// Ends a member whose journal is gone: half made, or in memory that the machine lost.
fn lost(store: &Store, held: &RunLock<'_>, directory: &Path, notice: Option<&Notice>) -> Result<Found> {
    let run_id = run_of(directory);
    let notice = match notice {
        Some(notice) if file::is_there(&notice.member.directory.join(directory::NOTICE))? => Some(notice),
        _ => None,
    };
    let record = store.read_run(run_id)?;
    let is_running = |record: &Json| record.str_at("status") == Some("running");
    let is_open = |notice: &Notice| {
        record.as_ref().is_some_and(|record| match notice.member.is_owner {
            true => is_running(record) && !is_anothers(record, &notice.identity),
            false => true,
        })
    };
    if let Some(notice) = notice.filter(|notice| is_open(notice)) {
        leftovers::set_entries_aside(store, run_id)?;
        parts::leave_lost(store, held, &notice.identity, &notice.member, notice.process.pid, record)?;
        return Ok(Found::Recovered);
    }
    // Without a notice, a run that goes on may be its own.
    let is_its =
        |record: &Json| notice.map_or(is_running(record), |notice| !is_anothers(record, &notice.identity));
    if !record.as_ref().is_some_and(is_its) {
        rerun::put_back(store, run_id, directory)?;
    }
    journal::remove_directory(directory);
    Ok(Found::Nothing)
}

/// The run of the member in `directory`.
fn run_of(directory: &Path) -> &str {
    directory.parent().and_then(|run| run.file_name()?.to_str()).unwrap_or("unknown")
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::json;

    #[test]
    fn a_record_is_told_from_one_of_another_attempt() {
        let pid = [("pid", Json::from(7i64))];
        let identity = Identity {
            run_id: "run".into(),
            experiment_id: "e:1".into(),
            fingerprints: Default::default(),
            params: Json::Null,
            seeds: Json::Null,
            code_hash: None,
            worker: None,
            host: None,
            started: Moment::from_nanos(1_700_000_000_000_000_000),
            extra: json::members(pid.clone()),
        };
        let own = identity.started.iso();
        let record = |extra: Json, started: &str| {
            let provenance = Json::object([("extra", extra)]);
            Json::object([("provenance", provenance), ("started_at", started.into())])
        };
        let python = "2020-01-01T00:00:00";
        assert!(!is_anothers(&record(Json::object(pid.clone()), &own), &identity));
        assert!(is_anothers(&record(Json::object(pid), python), &identity));
        assert!(is_anothers(&record(Json::object([("pid", Json::from(8i64))]), &own), &identity));
        // Python's.
        assert!(is_anothers(&record(Json::object([("seeds", Json::Null)]), python), &identity));
    }
}
