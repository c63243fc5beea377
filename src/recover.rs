//! Runs whose process died: their journals are folded into the store as the process itself would
//! have done, and the runs end as "failed", with the cause and with everything that was emitted.
//!
//! A journal is removed only where it is known to hold nothing more: what can't be read at the
//! moment is an error, and what is damaged is told from what was never there.

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::clock::Moment;
use crate::ending::cause::Cause;
use crate::error::{Error, ErrorKind, Result};
use crate::journal::Journal;
use crate::json::Json;
use crate::options::{is_on, variable};
use crate::run::{Identity, State, Status};
use crate::seal::Sealer;
use crate::store::{Locator, Store, make_directory, read_json};
use crate::writer::{Pace, Shared, Writer, open_log};
use crate::{capture, name, sys};

/// What a journal says of its run, for whoever finds it.
const FILE: &str = "run.json";

/// The member of it by which damage is seen.
const CHECK: &str = "check";

/// More than a word can have, which is read whole.
const LONGEST_WORD: u64 = 256 << 20;

/// What was gathered of the run's provenance.
const PROVENANCE: &str = "provenance.json";

/// Leaves word of the run in its journal.
///
/// # Errors
/// When it can't be written.
pub(crate) fn leave_word(directory: &Path, identity: &Identity, state: &State) -> Result<()> {
    let text = |value: &Option<String>| value.as_deref().map_or(Json::Null, Json::from);
    let strings = |values: &[String]| -> Json {
        values.iter().map(|value| Json::from(value.as_str())).collect::<Vec<_>>().into()
    };
    let word = Json::object([
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
        ("pid", i64::from(std::process::id()).into()),
    ]);
    let path = directory.join(FILE);
    std::fs::write(&path, with_check(word).to_pretty()).map_err(|source| Error::io("write", &path, &source))
}

/// `word` with a check of its text, which stands for itself with nothing else around it.
fn with_check(mut word: Json) -> Json {
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

/// Leaves what was gathered of the run's provenance in its journal, whole or not at all.
///
/// # Errors
/// When it can't be written; then what was left before is there still.
pub(crate) fn leave_provenance(directory: &Path, members: &Json) -> std::io::Result<()> {
    let path = directory.join(PROVENANCE);
    let temporary = path.with_extension("tmp");
    std::fs::write(&temporary, members.to_compact()).and_then(|()| std::fs::rename(&temporary, &path))
}

/// What `leave_word` left.
struct Word {
    identity: Identity,
    state: State,
    pid: i64,
}

/// The word in a journal, if it is whole and of the run whose directory it is in.
///
/// # Errors
/// When it can't be read for the moment.
fn read_word(directory: &Path) -> Result<Option<Word>> {
    let path = directory.join(FILE);
    match std::fs::metadata(&path) {
        Ok(metadata) if !metadata.is_file() || metadata.len() > LONGEST_WORD => return Ok(None),
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::io("read", &path, &source));
        }
        _ => {}
    }
    match read_json(&path) {
        Ok(Some(json)) if is_whole(&json) => Ok(word_of(directory, &json).filter(|word| {
            directory
                .parent()
                .and_then(Path::file_name)
                .is_none_or(|run| run == word.identity.run_id.as_str())
        })),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == ErrorKind::Json => Ok(None),
        Err(error) => Err(error),
    }
}

fn word_of(directory: &Path, json: &Json) -> Option<Word> {
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
    // Damaged, it is missing: the run is as good without.
    let gathered = read_json(&directory.join(PROVENANCE)).ok().flatten();
    state.provenance = gathered.filter(|members| members.as_object().is_some()).unwrap_or_default();
    Some(Word { identity, state, pid: json.get("pid")?.as_i64()? })
}

/// What the run's record says of it, where the word is damaged.
fn word_of_record(run_id: &str, record: &Json) -> Option<Word> {
    let text = |of: &Json, key: &str| of.get(key).and_then(Json::as_str).map(str::to_owned);
    let provenance = record.get("provenance")?;
    let extra = provenance.get("extra").cloned().unwrap_or(Json::Null);
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
    let pid = identity.extra.get("pid").and_then(Json::as_i64).unwrap_or(0);
    Some(Word { identity, state, pid })
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

/// Takes over the journal in `directory`, of a run of `store`, unless its process lives. Not to be
/// asked of a journal of this process: asking would end its lock. The caller has claimed the run.
///
/// # Errors
/// When the journal can't be read or something of it not be written; then it stays.
pub(crate) fn take_over(store: &Arc<Store>, directory: &Path) -> Result<Found> {
    take_over_from(store, directory, None)
}

/// As `take_over`; a parent may have said how the process ended.
fn take_over_from(store: &Arc<Store>, directory: &Path, ended: Option<ExitStatus>) -> Result<Found> {
    let run_id = directory.parent().and_then(|run| run.file_name()?.to_str()).unwrap_or("unknown");
    let word = read_word(directory)?;
    let is_damaged = word.is_none();
    let word = match word {
        Some(word) => Some(word),
        None => store.read_run(run_id)?.as_ref().and_then(|record| word_of_record(run_id, record)),
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
        let alive = directory.join("alive");
        if !is_there(&alive)? {
            // It is made first, and the position next. Without both, the journal was never whole, or
            // somebody was removing it; without this one alone, it is damaged.
            if !is_there(&directory.join("position"))? {
                let _ = std::fs::remove_dir_all(directory);
                let _ = directory.parent().map(std::fs::remove_dir);
                return Ok(Found::Nothing);
            }
            if word.as_ref().is_none_or(|word| sys::may_live(word.pid)) {
                return Ok(Found::Alive);
            }
            std::fs::write(&alive, "").map_err(|source| Error::io("create", &alive, &source))?;
        }
        Journal::adopt(directory)?
    };
    let Some(journal) = adopted else {
        return Ok(Found::Alive);
    };
    let record = match store.read_run(run_id) {
        // The journal has all that it had; what is there is written over.
        Err(error) if error.kind() == ErrorKind::Json && !is_damaged => None,
        record => record?,
    };
    let is_lost = record.is_none() && is_there(&store.run_path(run_id))?;
    let status = record.as_ref().and_then(|record| record.get("status")?.as_str());
    let is_ended = status.is_some_and(|status| Status::of_end(status).is_some());
    let complete = journal.position().is_some_and(|position| position.is_complete());
    // The process ended the run; or it died before it had emitted anything, and then before it had
    // left word or before the record was its own.
    let is_empty = journal.is_empty();
    if (complete && is_ended) || (is_empty && !is_lost && (is_damaged || is_ended || record.is_none())) {
        journal.remove();
        return Ok(Found::Nothing);
    }
    let Some(Word { identity, mut state, pid }) = word else {
        let text = format!("the journal {} does not say whose it is, nor does a record", directory.display());
        return Err(Error::new(ErrorKind::Incomplete, text));
    };
    if is_lost {
        state.warnings.push(Json::object([("message", "the run's record was damaged")]));
    }
    make_directory(&store.result_dir(&identity.run_id))?;
    make_directory(&store.artifact_dir(&identity.run_id))?;
    remove_spools(&store.result_dir(&identity.run_id));
    let log = open_log(store, &identity.run_id, "run")?;
    if let Some(position) = journal.position() {
        let path = store.log_path(&identity.run_id, "run");
        let length = log.metadata().map_err(|source| Error::io("look at", &path, &source))?.len();
        if length < position.logged().length {
            // The machine went down before the disk had them; the journal has them all.
            position.set_logged(position.start());
        }
        let logged = position.logged();
        // The lines beyond are in the journal; the last one may be half a line.
        if length > logged.length {
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
        clock: Instant::now(),
    });
    let sealer = Arc::new(Sealer::new(shared.clone()));
    let (_, commands) = channel();
    let pace = Pace { flush: Duration::ZERO, refresh: None };
    Writer::new(shared, sealer, commands, pace, log).recover(&death)?;
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

/// Files that series grew in; their points are in the journal.
fn remove_spools(directory: &Path) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|file| file.starts_with('.') && file.contains(".json.tmp."))
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The journals below `directory`, which has those of one run.
///
/// # Errors
/// When that can't be told.
pub(crate) fn journals(directory: &Path) -> Result<Vec<PathBuf>> {
    let list = |entries: std::fs::ReadDir| entries.map(|entry| entry.map(|entry| entry.path())).collect();
    match std::fs::read_dir(directory).and_then(list) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found.map_err(|source| Error::io("read", directory, &source)),
    }
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
        matches!(read_word(journal), Ok(Some(word)) if word.pid == self.pid)
    }
}

/// Takes over every dead journal of the runs below `journals_dir`.
pub(crate) fn recover_store(store: &Arc<Store>, journals_dir: &Path) -> Result<u64> {
    recover_journals(store, journals_dir, None)
}

/// As `recover_store`, or only those of a child.
fn recover_journals(store: &Arc<Store>, journals_dir: &Path, child: Option<Child>) -> Result<u64> {
    let mut recovered = 0;
    let mut result = Ok(());
    for run in journals(journals_dir)? {
        let Some(run_id) = run.file_name().and_then(|run| run.to_str()).map(str::to_owned) else { continue };
        // A run of this process is alive, and asking would end its lock.
        let record = store.run_path(&run_id);
        if name::check_run_id(&run_id).is_err() || !capture::claim(&record) {
            continue;
        }
        match journals(&run) {
            Ok(journals) => {
                for journal in journals {
                    if child.is_some_and(|child| !child.has(&journal)) {
                        continue;
                    }
                    match take_over_from(store, &journal, child.map(|child| child.ended)) {
                        Ok(Found::Recovered) => recovered += 1,
                        Ok(Found::Alive | Found::Nothing) => {}
                        Err(error) => result = result.and(Err(error)),
                    }
                }
            }
            Err(error) => result = result.and(Err(error)),
        }
        // Only where it is empty: left by a process that died before it had a journal.
        let _ = std::fs::remove_dir(&run);
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
    let Locator::File(collection) = Locator::parse(locator)?;
    let experiments = match experiment {
        Some(id) => {
            let (name, version) = name::check_experiment_id(id)?;
            vec![format!("{name}:{version}")]
        }
        None => experiments(&collection)?,
    };
    let mut recovered = 0;
    let mut result = Ok(());
    for id in experiments {
        let store = Arc::new(Store::open(&collection, &id)?);
        store.set_durable(is_on("METALAB_DURABLE"));
        let directory = match journals {
            Some(directory) => directory.join(name::experiment_dir(&id)),
            None => store.journal_dir(),
        };
        match recover_journals(&store, &directory, child) {
            Ok(count) => recovered += count,
            Err(error) => result = result.and(Err(error)),
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
