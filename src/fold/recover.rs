//! Runs whose process died: their journals are folded into the store as the process itself would
//! have done, and the runs end as "failed", with the cause and with everything that was emitted.
//!
//! A journal is removed only where it is known to hold nothing more: what can't be read at the
//! moment is an error, and what is damaged is told from what was never there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::cause::Cause;
use super::folded::Folded;
use super::parts;
use crate::artifacts::sealer::Sealer;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::Json;
use crate::base::name;
use crate::fold::writer::{Pace, Writer};
use crate::fold::{rerun, restart};
use crate::journal;
use crate::journal::Journal;
use crate::journal::position::Fence;
use crate::members::Member;
use crate::members::directory;
use crate::members::liveness::{self, Life, TakeOver};
use crate::run::notice::{Notice, leave_notice, notice_of_record, read_notice};
use crate::run::{Context, RunLog};
use crate::run::{Identity, State, Status};
use crate::store::damaged::{self, SetAside};
use crate::store::{Place, RunLock, Store, make_directory};

/// How often a journal is recovered beside a solver before it is left to who asks for it: what killed
/// one recovery must not kill every solver that opens the experiment.
const TRIES_BESIDE: u64 = 1;

/// How often by who opens the very run.
const TRIES_OF_OPENER: u64 = 3;

/// Damaged files that a remark names at most.
const MOST_NAMED: usize = 5;

/// Who recovers, and what is known of processes that can't be asked.
#[derive(Debug, Clone)]
pub struct Errand {
    /// The user's word on other machines.
    pub known: TakeOver,
    /// A child that its parent has waited for, whose runs alone are meant.
    child: Option<Child>,
    /// Recoveries of a journal that died from which on it is left.
    tries: u64,
}

impl Errand {
    /// The recovery by a capture of other runs than its own.
    pub fn beside(known: TakeOver) -> Self {
        Self { known, child: None, tries: TRIES_BESIDE }
    }

    /// The recovery by a capture which is being opened, of its run.
    pub fn of_opener(known: TakeOver) -> Self {
        Self { known, child: None, tries: TRIES_OF_OPENER }
    }

    /// The recovery that a caller asks for.
    pub fn asked(known: TakeOver) -> Self {
        Self { known, child: None, tries: u64::MAX }
    }

    /// Returns whether a caller asks for all that is to be recovered.
    fn is_of_all(&self) -> bool {
        self.tries == u64::MAX && self.child.is_none()
    }

    /// Like `asked`, for the runs of a child.
    pub fn of_child(child: Child) -> Self {
        Self { child: Some(child), ..Self::asked(TakeOver::default()) }
    }
}

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
        Life::Dead { deaths } => (deaths >= errand.tries).then_some(Found::Deadly(deaths)),
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
    let place = journal.directory().to_owned();
    let nothing = || {
        journal.remove();
        journal::remove_directory(directory);
        Ok(Found::Nothing)
    };
    // Without a notice, it died before it had emitted anything.
    if notice.is_none() && journal.is_empty()? {
        rerun::put_back(store, run_id, directory)?;
        return nothing();
    }
    let Some(Notice { identity, mut state, member, process, temporaries }) = notice else {
        return without_notice(store, directory);
    };
    let record = store.read_run(run_id)?;
    // The journal has all that it had.
    let is_lost = record.is_none() && damaged::is_set_aside(&store.run_path(run_id))?;
    let status = record.as_ref().and_then(|record| record.str_at("status"));
    let is_ended = status.is_some_and(|status| Status::of_end(status).is_some());
    let complete = journal.position().is_some_and(|position| position.is_complete());
    let is_unknown = record.is_none() && !is_lost && (!member.is_owner || journal.is_empty()?);
    if (complete && (is_ended || !member.is_owner)) || is_unknown {
        return nothing();
    }
    if member.is_owner && record.as_ref().is_some_and(|record| is_anothers(record, &identity)) {
        remove_spools(&store.result_dir(&identity.run_id), temporaries.as_deref(), |_| false);
        restart::give_back(&member.directory, &store.result_dir(&identity.run_id));
        rerun::put_back(store, run_id, &member.directory)?;
        return nothing();
    }
    if is_damaged {
        // Whoever folds the run reads it, too.
        leave_notice(&place, &identity, &state, &member, &process)?;
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
    let rules = store.rules();
    state.know_artifacts(rules);
    for (name, stem) in state.results.clone() {
        state.know_file(Place::Results, &format!("{stem}.json"), &name, rules);
    }
    make_directory(&store.result_dir(&identity.run_id))?;
    make_directory(&store.artifact_dir(&identity.run_id))?;
    set_damaged_aside(store, &identity.run_id, &mut state)?;
    let folded = Folded::read(&place)?;
    if folded.is_none() && file::is_there(&place.join(journal::folded::FILE))? {
        let reason = "what was saved of it can't be read";
        let warning = [("message", "the journal is damaged"), ("reason", reason)];
        state.warnings.push(Json::object(warning));
    }
    // Alone, it may also have been given up by others who were killed while they took it over.
    let is_alone = member.is_owner && directory::listed(member.roster())?.len() <= 1;
    remove_spools(
        &store.result_dir(&identity.run_id),
        temporaries.as_deref().filter(|_| !is_alone),
        |file| folded.as_ref().is_some_and(|folded| folded.has(file)),
    );
    let log = open_log_at(store, journal, &identity.run_id, &member, folded.as_ref())?;
    let beat = journal.position().map_or(0, |position| position.last_beat());
    let death = Death {
        pid: process.pid,
        host: identity.host.clone(),
        cause: Cause::new(journal.position(), errand.child.map(|child| child.ended)),
        declared_by: process.is_elsewhere().then(Fence::own),
        // The first beat's clock may be a tick behind that of the start.
        seen: Moment::from_nanos(beat).max(identity.started),
        record,
    };
    let shared = Arc::new(Context {
        journal: journal.clone(),
        store: store.clone(),
        identity,
        state: Mutex::new(state),
        member,
        clock: Instant::now(),
        ended: OnceLock::new(),
        taken: OnceLock::new(),
    });
    let sealer = Arc::new(Sealer::new(shared.clone()));
    let pace = Pace { flush: Duration::ZERO, refresh: None };
    Writer::new(shared, sealer, pace, log).recover(&death, folded)?;
    Ok(Found::Recovered)
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

/// Sets aside the run's entries and its manifest that a power cut has emptied, before what the journal
/// has is written again, and has the run say so.
fn set_damaged_aside(store: &Store, run_id: &str, state: &mut State) -> Result<()> {
    let damaged = set_entries_aside(store, run_id)?;
    state.results.retain(|_, stem| !damaged.contains(stem));
    for aside in store.take_set_aside() {
        state.warnings.push(Json::object([("message", aside.message())]));
    }
    Ok(())
}

/// Sets aside the run's entries and its manifest that a power cut has emptied; which entries those were.
fn set_entries_aside(store: &Store, run_id: &str) -> Result<BTreeSet<String>> {
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
        set_entries_aside(store, run_id)?;
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

/// How a process ended, as far as that is known.
pub struct Death {
    pub pid: i64,
    pub host: Option<String>,
    pub cause: Cause,
    /// Who has declared it dead, where nobody could see that it was.
    pub declared_by: Option<Fence>,
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

    /// The error in the part of the process, of which `message` tells.
    pub fn of_part(&self, message: &str) -> Json {
        Json::object([
            ("message", Json::from(message)),
            ("weight", self.cause.weight().into()),
            ("number", self.cause.number().into()),
        ])
    }

    /// For the record and the log; `last` is the last step that any series has.
    pub fn message(&self, last: Option<i64>) -> String {
        let host = self.host.as_deref().map_or(String::new(), |host| format!(" on {host}"));
        let step = last.map_or(String::new(), |step| format!(", last step {step}"));
        let time = match self.cause.moment() {
            Some(moment) => format!("at {}", moment.iso()),
            None => format!("last seen at {}", self.seen.iso()),
        };
        let declared =
            self.declared_by.as_ref().map(|by| format!(", declared dead by {by}")).unwrap_or_default();
        format!("process {}{host} {}{step}, {time}{declared}", self.pid, self.cause.phrase())
    }
}

/// Files that series grew in, but for those to `keep`: their points are in the journal. Other
/// processes of the run go on with theirs.
fn remove_spools(directory: &Path, temporaries: Option<&str>, keep: impl Fn(&str) -> bool) {
    let what = format!(".json{}", temporaries.unwrap_or(".tmp."));
    remove_hidden(directory, |file| file.contains(&what) && !keep(file));
}

/// Removes hidden files of `directory` whose names have `what`.
pub fn remove_temporaries(directory: &Path, what: &str) {
    remove_hidden(directory, |file| file.contains(what));
}

fn remove_hidden(directory: &Path, is_meant: impl Fn(&str) -> bool) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|file| file.starts_with('.') && is_meant(file)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// A child process that its parent has waited for.
#[derive(Debug, Clone, Copy)]
pub struct Child {
    /// Its number.
    pub pid: i64,
    /// How it ended.
    pub ended: ExitStatus,
}

impl Child {
    /// Returns whether it has written this journal.
    fn has(&self, journal: &Path) -> bool {
        directory::notice(journal).is_some_and(|notice| notice.i64_at("pid") == Some(self.pid))
    }
}

/// The result of recovering runs.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// Runs that were recovered.
    pub recovered: u64,
    /// Runs that were left because their processes can't be asked, by the machines of those.
    pub elsewhere: BTreeMap<String, u64>,
    /// Runs that were left because recovering them has killed a process, and how often.
    pub deadly: BTreeMap<String, u64>,
    /// Messages on files that were found damaged and set aside.
    pub damaged: Vec<String>,
}

impl Report {
    /// Says which runs were left to whom, and which files were set aside, if any were.
    pub fn remark(&self) -> Option<String> {
        let mut all = Vec::new();
        let count: u64 = self.elsewhere.values().sum();
        if count > 0 {
            let hosts: Vec<String> =
                self.elsewhere.iter().map(|(host, count)| format!("{host} ({count})")).collect();
            let runs = if count == 1 { "1 run was" } else { &format!("{count} runs were") };
            all.push(format!(
                "{runs} left unfinished by processes of other hosts, which can't be asked from here: {}; if a \
                 host is gone, metalab_recover_host or METALAB_TAKE_OVER takes its runs over",
                hosts.join(", ")
            ));
        }
        for (run_id, deaths) in &self.deadly {
            let times = if *deaths == 1 { "a process" } else { &format!("{deaths} processes") };
            all.push(format!(
                "run {run_id} was left: recovering it has killed {times}; metalab_recover tries it again"
            ));
        }
        all.extend(self.damaged.iter().take(MOST_NAMED).cloned());
        match self.damaged.len().saturating_sub(MOST_NAMED) {
            0 => {}
            more => all.push(format!("{more} more files were damaged and are set aside")),
        }
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Adds what became of others.
    pub fn add(&mut self, other: Self) {
        self.recovered += other.recovered;
        for (host, count) in other.elsewhere {
            *self.elsewhere.entry(host).or_default() += count;
        }
        self.deadly.extend(other.deadly);
        self.damaged.extend(other.damaged);
    }
}

/// Takes over every dead journal of the run, and folds what its processes left.
///
/// # Errors
/// The first one, beside the results of the others, which are tried nevertheless.
pub fn recover_run(
    store: &Arc<Store>,
    journals_dir: &Path,
    run_id: &str,
    errand: &Errand,
) -> (Report, Result<()>) {
    let (mut report, mut result) = (Report::default(), Ok(()));
    let members = directory::with_journals(&directory::of(store, run_id), &journals_dir.join(run_id));
    let members = match members {
        Ok(members) => members,
        Err(error) => return (report, Err(error)),
    };
    let mut is_live = false;
    for directory in &members {
        if errand.child.is_some_and(|child| !child.has(directory)) {
            continue;
        }
        match take_over(store, directory, errand) {
            Ok(Found::Recovered) => report.recovered = 1,
            Ok(Found::Nothing) => {}
            Ok(Found::Alive) => is_live = true,
            Ok(Found::Elsewhere(host)) => drop(report.elsewhere.insert(host, 1)),
            Ok(Found::Deadly(deaths)) => drop(report.deadly.insert(run_id.to_owned(), deaths)),
            Err(error) => result = result.and(Err(error)),
        }
    }
    let is_over = !is_live && report.elsewhere.is_empty() && report.deadly.is_empty();
    if is_over && !members.is_empty() {
        // Also those of members of whom the disk had nothing else.
        result = result.and(set_entries_aside(store, run_id).map(drop));
    }
    // A run that goes on is folded at its own end.
    if report.recovered > 0 || !is_live {
        result = result.and(parts::fold_run(store, run_id));
    }
    (report, result)
}

/// Takes over every dead journal of the store's runs, those below `journals_dir` and those that
/// the store knows of.
///
/// # Errors
/// The same as `recover_run`.
pub fn recover_journals(store: &Arc<Store>, journals_dir: &Path, errand: &Errand) -> (Report, Result<()>) {
    let (mut report, mut result) = (Report::default(), Ok(()));
    directory::sweep(&store.journal_dir());
    directory::sweep(journals_dir);
    let mut runs = BTreeSet::new();
    for rosters in [journals_dir, &store.journal_dir()] {
        match directory::listed(rosters) {
            Ok(found) => runs.extend(found.iter().filter_map(|run| run.file_name().map(PathBuf::from))),
            Err(error) => return (report, Err(error)),
        }
    }
    for run in runs {
        let Some(run_id) = run.to_str().map(str::to_owned) else { continue };
        if name::check_run_id(&run_id).is_err() {
            continue;
        }
        let (found, recovered) = recover_run(store, journals_dir, &run_id, errand);
        report.add(found);
        result = result.and(recovered);
        // Only where they are empty: left by a process that died before it had a journal.
        for directory in [journals_dir, &store.journal_dir()] {
            let _ = std::fs::remove_dir(directory.join(&run_id));
        }
    }
    if errand.is_of_all() {
        // Records that no journal has brought back.
        result = result.and(store.set_damaged_aside());
        report.damaged.extend(store.take_set_aside().iter().map(SetAside::message));
    }
    (report, result)
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
