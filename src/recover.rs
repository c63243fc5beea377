//! Runs whose process died: their journals are folded into the store as the process itself would
//! have done, and the runs end as "failed", with the cause and with everything that was emitted.
//!
//! A journal is removed only where it is known to hold nothing more: what can't be read at the
//! moment is an error, and what is damaged is told from what was never there.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::clock::Moment;
use crate::ending::cause::Cause;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::Journal;
use crate::json::Json;
use crate::options::{index_wait, is_on, variable};
use crate::run::{Descriptor, Identity, Place, ResultEntry, State, Status};
use crate::seal::Sealer;
use crate::store::{Locator, Store, make_directory, read_json};
use crate::worker::{Member, fold, room};
use crate::writer::{Pace, Shared, Writer, open_log};
use crate::{capture, file, index, journal, name, restart, sys};

/// What was gathered of the run's provenance.
const PROVENANCE: &str = "provenance.json";

/// Leaves word of the run of the process `pid` in its journal.
///
/// # Errors
/// When it can't be written.
pub(crate) fn leave_word(
    journal: &Path,
    identity: &Identity,
    state: &State,
    member: &Member,
    pid: i64,
) -> Result<()> {
    let text = |value: &Option<String>| value.as_deref().map_or(Json::Null, Json::from);
    let strings = |values: &[String]| -> Json {
        values.iter().map(|value| Json::from(value.as_str())).collect::<Vec<_>>().into()
    };
    let artifacts: Vec<Json> = state.artifacts.iter().map(|one| one.record_entry(&identity.run_id)).collect();
    let results: Vec<Json> = state
        .results
        .iter()
        .map(|entry| Json::object([("name", entry.name.as_str()), ("stem", entry.stem.as_str())]))
        .collect();
    let mut word = vec![
        ("run_id", Json::from(identity.run_id.as_str())),
        ("experiment_id", identity.experiment_id.as_str().into()),
        ("fingerprints", strings(&identity.fingerprints)),
        ("params", identity.params.clone()),
        ("seeds", identity.seeds.clone()),
        ("code_hash", text(&identity.code_hash)),
        ("worker", text(&identity.worker)),
        ("extra", identity.extra.clone()),
        ("host", text(&identity.host)),
        ("started", identity.started.nanos().into()),
        ("tags", strings(&state.tags)),
        ("notes", text(&state.notes)),
        ("pid", pid.into()),
        ("journal", journal.to_string_lossy().into_owned().into()),
        ("temporaries", Store::temporaries().into()),
        ("metrics", state.metrics.clone().into()),
        ("warnings", state.warnings.clone().into()),
        ("artifacts", artifacts.into()),
        ("results", results.into()),
    ];
    word.extend(member.word());
    let text = room::with_check(Json::object(word)).to_pretty();
    // Where the journal is elsewhere, the run's room has the word as well.
    for directory in BTreeSet::from([journal, &member.directory]) {
        let path = directory.join(room::WORD);
        file::write(&path, text.as_bytes()).map_err(|source| Error::io("write", &path, &source))?;
    }
    Ok(())
}

/// Leaves what was gathered of the run's provenance in its journal, whole or not at all.
///
/// # Errors
/// When it can't be written; then what was left before is there still.
pub(crate) fn leave_provenance(directory: &Path, members: &Json) -> std::io::Result<()> {
    let path = directory.join(PROVENANCE);
    let temporary = path.with_extension("tmp");
    file::write(&temporary, members.to_compact().as_bytes()).and_then(|()| std::fs::rename(&temporary, &path))
}

/// What `leave_word` left.
struct Word {
    identity: Identity,
    state: State,
    member: Member,
    pid: i64,
    /// What the names of its temporary files have in common.
    temporaries: Option<String>,
}

fn read_word(json: &Json, directory: &Path) -> Option<Word> {
    let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let texts = |key: &str| -> Option<Vec<String>> {
        json.get(key)?.as_array()?.iter().map(|value| value.as_str().map(str::to_owned)).collect()
    };
    let run_id = text("run_id")?;
    // It names files.
    name::check_run_id(&run_id).ok()?;
    let identity = Identity {
        run_id,
        experiment_id: text("experiment_id")?,
        fingerprints: texts("fingerprints")?.try_into().ok()?,
        params: json.get("params")?.clone(),
        seeds: json.get("seeds")?.clone(),
        code_hash: text("code_hash"),
        worker: text("worker"),
        extra: json.get("extra")?.clone(),
        host: text("host"),
        started: Moment::from_nanos(u64::try_from(json.get("started")?.as_i64()?).ok()?),
    };
    let mut state = State::default();
    state.tags = texts("tags")?;
    state.notes = text("notes");
    let list = |key: &str| json.get(key).and_then(Json::as_array).unwrap_or_default();
    state.metrics = json.get("metrics").and_then(Json::as_object).cloned().unwrap_or_default();
    state.warnings = list("warnings").to_vec();
    state.artifacts = list("artifacts").iter().filter_map(Descriptor::read).collect();
    let entry = |entry: &Json| {
        let text = |key: &str| entry.get(key)?.as_str().map(str::to_owned);
        Some(ResultEntry { name: text("name")?, stem: text("stem")? })
    };
    state.results = list("results").iter().filter_map(entry).collect();
    // Damaged, it is missing: the run is as good without.
    let gathered = read_json(&room::journal(json, directory).join(PROVENANCE)).ok().flatten();
    state.provenance = gathered.filter(|members| members.as_object().is_some()).unwrap_or_default();
    let member = Member::read(json, directory);
    Some(Word { identity, state, member, pid: json.get("pid")?.as_i64()?, temporaries: text("temporaries") })
}

/// What the run's record says of its owner, where that one's word is damaged.
fn word_of_record(run_id: &str, directory: &Path, record: &Json) -> Option<Word> {
    let text = |of: &Json, key: &str| of.get(key).and_then(Json::as_str).map(str::to_owned);
    let provenance = record.get("provenance")?;
    let extra = provenance.get("extra")?.clone();
    // A member's directory is named after its process: a worker's has nothing to do with the record.
    let pid = extra.get("pid").and_then(Json::as_i64)?;
    let of_directory = directory.file_name()?.to_str()?.split('-').next()?;
    if of_directory.parse() != Ok(pid) {
        return None;
    }
    let fingerprint = |what: &str| text(record, &format!("{what}_fingerprint"));
    let identity = Identity {
        run_id: run_id.to_owned(),
        experiment_id: text(record, "experiment_id")?,
        fingerprints: [fingerprint("context")?, fingerprint("params")?, fingerprint("seed")?],
        params: record.get("params_resolved")?.clone(),
        seeds: extra.get("seeds").cloned().unwrap_or(Json::Null),
        code_hash: text(provenance, "code_hash"),
        worker: text(provenance, "executor_id"),
        host: text(provenance, "host"),
        started: Moment::parse(&text(record, "started_at")?)?,
        extra,
    };
    let mut state = State::default();
    let tags = record.get("tags").and_then(Json::as_array).unwrap_or_default();
    state.tags = tags.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
    state.notes = text(record, "notes");
    let warning =
        [("message", "the journal is damaged"), ("reason", "what it says of its run is from the record")];
    state.warnings.push(Json::object(warning));
    let member = Member::read(&Json::object::<&str, Json>([]), directory);
    Some(Word { identity, state, member, pid, temporaries: None })
}

/// Whether `path` is there.
///
/// # Errors
/// When that can't be told.
fn is_there(path: &Path) -> Result<bool> {
    path.try_exists().map_err(|source| Error::io("look for", path, &source))
}

/// What became of a journal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
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
pub(crate) fn take_over(store: &Arc<Store>, directory: &Path) -> Result<Found> {
    take_over_from(store, directory, None)
}

/// As `take_over`; a parent may have said how the process ended.
fn take_over_from(store: &Arc<Store>, directory: &Path, ended: Option<ExitStatus>) -> Result<Found> {
    let run_id = directory.parent().and_then(|run| run.file_name()?.to_str()).unwrap_or("unknown");
    let said = room::look(directory)?;
    let word = said.as_ref().and_then(|said| read_word(said, directory));
    let word = word.filter(|word| word.identity.run_id == run_id);
    let is_damaged = word.is_none();
    let word = match word {
        Some(word) => Some(word),
        None => store.read_run(run_id)?.as_ref().and_then(|record| word_of_record(run_id, directory, record)),
    };
    let place = match &said {
        Some(said) if !is_damaged => room::journal(said, directory),
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
        if !room::remains(directory) {
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
    let record = match store.read_run(run_id) {
        // The journal has all that it had; what is there is written over.
        Err(error) if error.kind() == ErrorKind::Json && !is_damaged && member.is_owner => None,
        record => record?,
    };
    let is_lost = record.is_none() && is_there(&store.run_path(run_id))?;
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
    let is_alone = member.is_owner && room::directories(member.room()).len() <= 1;
    remove_spools(&store.result_dir(&identity.run_id), temporaries.as_deref().filter(|_| !is_alone));
    let log = open_log(store, &identity.run_id, &member.log("run"))?;
    if let Some(position) = journal.position() {
        let path = store.log_path(&identity.run_id, &member.log("run"));
        let length = log.metadata().map_err(|source| Error::io("look at", &path, &source))?.len();
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
    let shared = Arc::new(Shared {
        journal,
        store: store.clone(),
        identity,
        state: Mutex::new(state),
        member,
        clock: Instant::now(),
        ended: OnceLock::new(),
    });
    let sealer = Arc::new(Sealer::new(shared.clone()));
    let (_, commands) = channel();
    let pace = Pace { flush: Duration::ZERO, refresh: None };
    Writer::new(shared, sealer, commands, pace, log).recover(&death)?;
    Ok(Found::Recovered)
}

/// Whether `record` is an earlier attempt's: the process died before it had written its own.
fn is_anothers(record: &Json, identity: &Identity) -> bool {
    let of_record = record.get("provenance").and_then(|provenance| provenance.get("extra")?.get("pid"));
    of_record.is_some() && of_record != identity.extra.get("pid")
}

/// Ends a member whose journal is gone: half made, or in memory that the machine lost.
fn lost(store: &Store, directory: &Path, word: Option<&Word>) -> Result<Found> {
    let Some(word) = word.filter(|word| word.member.directory.join(room::WORD).exists()) else {
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
    fold::leave_lost(store, &word.identity, &word.member, word.pid, record)?;
    Ok(Found::Recovered)
}

/// What is known of how a process ended.
pub(crate) struct Death {
    pub(crate) pid: i64,
    pub(crate) host: Option<String>,
    pub(crate) cause: Cause,
    /// When it was last known to be alive.
    pub(crate) seen: Moment,
    /// The run's record as it was found.
    pub(crate) record: Option<Json>,
}

impl Death {
    /// When it was, as far as that is known.
    pub(crate) fn moment(&self) -> Moment {
        self.cause.moment().unwrap_or(self.seen)
    }

    /// In one word, for the record.
    pub(crate) fn kind(&self) -> &'static str {
        self.cause.kind()
    }

    /// For the record and the log; `last` is the last step that any series has.
    pub(crate) fn message(&self, last: Option<i64>) -> String {
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
pub(crate) fn remove_temporaries(directory: &Path, what: &str) {
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
pub(crate) fn recover_run(store: &Arc<Store>, journals_dir: &Path, run_id: &str) -> Result<bool> {
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
    for directory in room::with_journals(&room::of(store, run_id), &journals_dir.join(run_id))? {
        if child.is_some_and(|child| !child.has(&directory)) {
            continue;
        }
        match take_over_from(store, &directory, child.map(|child| child.ended)) {
            Ok(found) => is_recovered |= found == Found::Recovered,
            Err(error) => result = result.and(Err(error)),
        }
    }
    result.and(fold::settle(store, run_id)).map(|()| is_recovered)
}

/// A child process that its parent has waited for.
#[derive(Clone, Copy)]
struct Child {
    pid: i64,
    ended: ExitStatus,
}

impl Child {
    /// Whether it has written this journal.
    fn has(&self, journal: &Path) -> bool {
        room::word(journal).is_some_and(|word| word.get("pid").and_then(Json::as_i64) == Some(self.pid))
    }
}

/// Takes over every dead journal of the store's runs, those below `journals_dir` and those that
/// the store knows of.
pub(crate) fn recover_store(store: &Arc<Store>, journals_dir: &Path) -> Result<u64> {
    recover_journals(store, journals_dir, None)
}

/// As `recover_store`, or only those of a child.
fn recover_journals(store: &Arc<Store>, journals_dir: &Path, child: Option<Child>) -> Result<u64> {
    let mut recovered = 0;
    let mut result = Ok(());
    room::sweep(&store.journal_dir());
    room::sweep(journals_dir);
    let mut runs = BTreeSet::new();
    for rooms in [journals_dir, &store.journal_dir()] {
        runs.extend(room::listed(rooms)?.iter().filter_map(|run| run.file_name().map(PathBuf::from)));
    }
    for run in runs {
        let Some(run_id) = run.to_str().map(str::to_owned) else { continue };
        // A run of this process is alive, and asking would end its lock.
        let record = store.run_path(&run_id);
        if name::check_run_id(&run_id).is_err() || !capture::claim(&record) {
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
        capture::unclaim(&record);
    }
    result.map(|()| recovered)
}

/// Recovers the runs of a store whose process died, and says how many. Every dead journal is
/// folded into the store; the run ends as "failed". Runs that go on are left alone, and so are
/// those of another host, which can't be asked.
///
/// `experiment` names one; without, it is every experiment of the store. `journals` is where
/// journals are kept, if not in the experiments' directories. The environment says what `locator`
/// and `journals` don't.
///
/// # Errors
/// When the store can't be had; or the first journal that could not be recovered: the others are
/// all the same.
pub fn recover(locator: Option<&str>, experiment: Option<&str>, journals: Option<&Path>) -> Result<u64> {
    recover_all(locator, experiment, journals, None)
}

/// As [`recover`], for the runs of one process of this host that its parent has waited for: they end
/// as failed with what the parent knows, an exit status or the signal that killed it. Runs of other
/// processes are left alone.
///
/// # Errors
/// As [`recover`]; and when `ended` is not the status of a process that has ended.
pub fn recover_child(
    locator: Option<&str>,
    experiment: Option<&str>,
    journals: Option<&Path>,
    pid: i64,
    ended: ExitStatus,
) -> Result<u64> {
    if ended.code().is_none() && ended.signal().is_none() {
        return Err(Error::new(ErrorKind::Value, format!("the process {pid} has not ended: {ended}")));
    }
    recover_all(locator, experiment, journals, Some(Child { pid, ended }))
}

fn recover_all(
    locator: Option<&str>,
    experiment: Option<&str>,
    journals: Option<&Path>,
    child: Option<Child>,
) -> Result<u64> {
    let (store, from_environment) = (variable("METALAB_STORE")?, variable("METALAB_JOURNAL")?);
    let locator = locator.or(store.as_deref()).unwrap_or("./experiments");
    let journals = journals.or(from_environment.as_deref().map(Path::new));
    let locator = Locator::parse(locator)?;
    let experiments = match locator.experiment(experiment)? {
        Some(id) => vec![id],
        None => experiments(locator.collection())?,
    };
    let patience = index_wait()?.unwrap_or(index::PATIENCE);
    let mut recovered = 0;
    let mut result = Ok(());
    for id in experiments {
        let store = Arc::new(Store::open(locator.collection(), &id)?);
        store.set_index(&locator, patience);
        store.set_durable(is_on("METALAB_DURABLE"));
        let directory = match journals {
            Some(directory) => directory.join(name::experiment_dir(&id)),
            None => store.journal_dir(),
        };
        match recover_journals(&store, &directory, child) {
            Ok(count) => recovered += count,
            Err(error) => result = result.and(Err(error)),
        }
        if let Some(index) = store.index() {
            index.settle(None);
        }
    }
    result.map(|()| recovered)
}

/// The experiments of a collection.
fn experiments(collection: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(collection) {
        Ok(entries) => entries,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("there is no store {}", collection.display()),
            ));
        }
        Err(source) => return Err(Error::io("read", collection, &source)),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| Error::io("read", collection, &source))?;
        if let Ok(Some(meta)) = read_json(&entry.path().join("_meta.json"))
            && let Some(id) = meta.get("experiment_id").and_then(Json::as_str)
        {
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}
