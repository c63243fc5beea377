//! How a capture begins.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Capture, Inner};
use crate::clock::Moment;
use crate::ending::{self, Ending, Signals};
use crate::error::{Error, ErrorKind, Result};
use crate::journal::Journal;
use crate::json::Json;
use crate::log::Level;
use crate::options::{IfSuccess, Options, disabled};
use crate::provenance::Gathering;
use crate::run::{Identity, State, Status};
use crate::sample::Sampler;
use crate::seal::Sealer;
use crate::store::{Locator, Store, make_directory};
use crate::sync::{PerProcess, lock};
use crate::writer::{Pace, Shared, Writer, open_log};
use crate::{code_hash, identity, provenance, recover, sys};

/// What opening came to.
#[derive(Debug)]
pub enum Opened {
    /// The run goes on.
    Capture(Capture),
    /// The run is a success already, and the options say to skip it then: its id.
    Skipped(String),
}

/// Records of the runs that this process writes.
static OPEN: PerProcess<Mutex<HashSet<PathBuf>>> = PerProcess::new(|_| Mutex::default());

/// Takes the run with this record for this process; false if somebody here has it.
pub(crate) fn claim(record: &Path) -> bool {
    lock(OPEN.get()).insert(record.to_owned())
}

/// Gives up what `claim` took.
pub(crate) fn unclaim(record: &Path) {
    lock(OPEN.get()).remove(record);
}

/// Another capture of this process may open the run from now on.
pub(super) fn forget(shared: &Shared) {
    unclaim(&shared.store.run_path(&shared.identity.run_id));
}

impl Capture {
    /// Opens a capture of the run that `options` describe.
    ///
    /// # Errors
    /// When the store can't be had or written, an option or variable is wrong, or the run is being
    /// written by somebody else. Nothing that was in the store before is lost then.
    pub fn open(options: &Options) -> Result<Opened> {
        if disabled() {
            return Ok(Opened::Capture(Self { inner: None }));
        }
        let options = options.with_environment()?;
        let (signals, remark) = signals(&options)?;
        let Locator::File(collection) = Locator::parse(options.store.as_deref().unwrap_or("./experiments"))?;
        let identity = identify(&options)?;
        let store = Store::open(&collection, &identity.experiment_id)?;
        store.set_durable(options.durable.unwrap_or(false));
        let record = store.run_path(&identity.run_id);
        if !claim(&record) {
            return Err(Error::new(
                ErrorKind::Busy,
                format!("run {} is open in this process already", identity.run_id),
            ));
        }
        let opened = Self::begin(&options, store, identity);
        match &opened {
            Ok(Opened::Capture(capture)) => capture.watch_end(&options, signals, remark),
            _ => unclaim(&record),
        }
        opened
    }

    fn begin(options: &Options, store: Store, identity: Identity) -> Result<Opened> {
        let run_id = identity.run_id.clone();
        let store = Arc::new(store);
        let all_journals = match &options.journal {
            Some(directory) => directory.join(crate::name::experiment_dir(&identity.experiment_id)),
            None => store.journal_dir(),
        };
        let journals = all_journals.join(&run_id);
        // An earlier attempt that died is brought to its end first.
        for journal in recover::journals(&journals)? {
            recover::take_over(&store, &journal)?;
        }
        let run_lock = store.lock_run(&run_id)?;
        // What can't be looked at is taken to be alive.
        let is_alive = |journal: &&PathBuf| journal.join("alive").try_exists().unwrap_or(true);
        if let Some(alive) = recover::journals(&journals)?.iter().find(is_alive) {
            return Err(Error::new(
                ErrorKind::Busy,
                format!(
                    "run {run_id} is being written by another process, or on another host: {}",
                    alive.display()
                ),
            ));
        }
        let before = store.read_run(&run_id)?;
        let status = before.as_ref().and_then(|record| record.get("status")?.as_str());
        if status == Some("success") {
            match options.if_success.unwrap_or_default() {
                IfSuccess::Rerun => {}
                IfSuccess::Refuse => {
                    return Err(Error::new(
                        ErrorKind::Exists,
                        format!("run {run_id} of {} is a success already", identity.experiment_id),
                    ));
                }
                IfSuccess::Skip => return Ok(Opened::Skipped(run_id)),
            }
        }
        let unique = u32::from_le_bytes(sys::random_bytes());
        let journal = Journal::create(&journals.join(format!("{}-{unique:08x}", std::process::id())))?;
        let begun = Self::start(options, store.clone(), identity, &journal, before.as_ref());
        drop(run_lock);
        if begun.is_err() {
            store.give_room_back(&run_id);
            journal.close();
            journal.remove();
        }
        if begun.is_ok() {
            recover_others(&store, all_journals);
        }
        begun.map(Opened::Capture)
    }

    /// Everything that can still be refused happens before anything of an earlier attempt goes.
    fn start(
        options: &Options,
        store: Arc<Store>,
        identity: Identity,
        journal: &Arc<Journal>,
        before: Option<&Json>,
    ) -> Result<Self> {
        let run_id = identity.run_id.clone();
        let log = open_log(&store, &run_id, "run")?;
        if let Some(position) = journal.position() {
            // What an earlier attempt logged stays, whenever this one dies.
            position.set_start(log.metadata().map_or(0, |metadata| metadata.len()));
        }
        let mut state = State::default();
        state.tags.clone_from(&options.tags);
        state.notes.clone_from(&options.note);
        let shared = Arc::new(Shared {
            journal: journal.clone(),
            store,
            identity,
            state: Mutex::new(state),
            clock: Instant::now(),
        });
        // Beside the writing of the store; dropped if that fails.
        let gathering = Gathering::start(&shared);
        recover::leave_word(journal.directory(), &shared.identity, &lock(&shared.state))?;
        make_directory(&shared.store.result_dir(&run_id))?;
        make_directory(&shared.store.artifact_dir(&run_id))?;
        shared.store.set_room_aside(&run_id)?;
        let stamp = shared.identity.started.file_stamp();
        shared.store.write_experiment_manifest(&stamp, || manifest(options, &shared.identity))?;
        shared.write_record_locked(Status::Running)?;
        let sealer = Arc::new(Sealer::new(shared.clone()));
        let (commands, receiver) = channel();
        let flush = options.flush.unwrap_or(Duration::from_millis(50)).max(Duration::from_millis(1));
        let refresh = options.refresh.unwrap_or(Duration::from_secs(10));
        let pace = Pace { flush, refresh: (!refresh.is_zero()).then_some(refresh) };
        let writer = Writer::new(shared.clone(), sealer.clone(), receiver, pace, log);
        let thread = sys::spawn_helper("metalab-writer", 5, move || writer.run())
            .map_err(|source| Error::io("start the writer thread of", shared.store.root(), &source))
            .inspect_err(|_| restore(&shared.store, &run_id, before))?;
        if before.is_some() {
            clear(&shared.store, &run_id);
        }
        let interval = options.sample.filter(|interval| !interval.is_zero());
        let sampler = interval.and_then(|interval| Sampler::start(&shared, interval));
        Ok(Self {
            inner: Some(Arc::new(Inner {
                shared,
                sealer,
                commands,
                thread: Mutex::new(Some(thread)),
                outcome: Mutex::default(),
                open: Mutex::default(),
                stdio: Mutex::default(),
                deadline: options.deadline(),
                ending: Mutex::default(),
                gathering: Mutex::new(gathering),
                sampler: Mutex::new(sampler),
            })),
        })
    }

    /// Has the ends of the process be noted, and takes the signals that were asked for.
    fn watch_end(&self, options: &Options, signals: Signals, remark: Option<String>) {
        let Some(inner) = &self.inner else { return };
        let (ending, left) = Ending::begin(&inner.shared.journal, signals, options.deadline());
        *lock(&inner.ending) = Some(ending);
        let left: Vec<_> = left.into_iter().map(ending::name).collect();
        let left = (!left.is_empty()).then(|| {
            format!("Handlers that the program put in place later are left there: {}", left.join(", "))
        });
        for text in remark.into_iter().chain(left) {
            // A run that can't even be given this line says so itself.
            let _ = self.log(Level::Warning, &text);
        }
    }
}

/// The signals to take, and what the log is to say if they are not those that were asked for.
fn signals(options: &Options) -> Result<(Signals, Option<String>)> {
    let asked = options.signals.unwrap_or(options.environment_signals);
    let Some(runtime) = (asked != Signals::default()).then(ending::runtime).flatten() else {
        return Ok((asked, None));
    };
    if options.signals.is_some() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("signals can't be taken inside {runtime}, which needs them for itself"),
        ));
    }
    let remark =
        format!("METALAB_SIGNALS is not followed inside {runtime}, which needs the signals for itself");
    Ok((Signals::default(), Some(remark)))
}

/// Brings other runs of the experiment whose process died to their end, beside the solver.
fn recover_others(store: &Arc<Store>, journals: PathBuf) {
    // The one that is surely there is this run's.
    if recover::journals(&journals).is_ok_and(|journals| journals.len() < 2) {
        return;
    }
    let store = store.clone();
    // What can't be recovered now is found again by the next capture, or by who asks for it.
    let body = move || drop(recover::recover_store(&store, &journals));
    let _ = sys::spawn_helper("metalab-recover", 10, body);
}

/// Puts the record back that was there before one that says that the run goes on.
fn restore(store: &Store, run_id: &str, before: Option<&Json>) {
    let path = store.run_path(run_id);
    let _ = match before {
        Some(record) => store.write_json(&path, record),
        None => std::fs::remove_file(&path).map_err(|source| Error::io("remove", &path, &source)),
    };
}

/// Removes what an earlier attempt at the run left, so that it is not taken for this one's.
fn clear(store: &Store, run_id: &str) {
    for directory in [store.result_dir(run_id), store.artifact_dir(run_id)] {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn identify(options: &Options) -> Result<Identity> {
    let empty = || Json::Object(Default::default());
    let executable = std::env::current_exe().ok();
    let experiment_id = match &options.experiment {
        Some(id) => id.clone(),
        None => {
            let name = executable.as_deref().and_then(|path| path.file_name()?.to_str()).unwrap_or("run");
            format!("{}:1", name.replace(':', "_"))
        }
    };
    let params = options.params.clone().unwrap_or_else(empty);
    let context = options.context.clone().unwrap_or_else(empty);
    let seeds = identity::seed_json(&Json::from(options.seed.unwrap_or(0)), options.replicate);
    let code_hash = match &options.code_hash {
        Some(hash) => Some(hash.clone()).filter(|hash| !hash.is_empty()),
        None => code_hash::of_executable(),
    };
    let fingerprint =
        |what: &str, value: &Json| identity::fingerprint(value).map_err(|error| error.context(what));
    let fingerprints =
        [fingerprint("context", &context)?, fingerprint("params", &params)?, fingerprint("seeds", &seeds)?];
    let run_id = match &options.run_id {
        Some(run_id) => run_id.clone(),
        None => {
            let [context, params, seed] = &fingerprints;
            identity::run_id(&experiment_id, context, params, seed, code_hash.as_deref())
        }
    };
    let mut extra = vec![
        ("libmetalab", Json::from(env!("CARGO_PKG_VERSION"))),
        ("pid", i64::from(std::process::id()).into()),
        ("seeds", seeds.clone()),
    ];
    extra
        .extend(executable.as_deref().and_then(|path| path.to_str()).map(|path| ("executable", path.into())));
    extra.extend(provenance::at_once(options.compiler.as_deref()));
    extra.extend(options.metadata.clone().map(|metadata| ("metadata", metadata)));
    extra.extend(options.context.clone().map(|context| ("context", context)));
    Ok(Identity {
        run_id,
        experiment_id,
        fingerprints,
        params,
        seeds,
        code_hash,
        worker: options.worker.clone(),
        extra: Json::object(extra),
        host: sys::host_name(),
        started: Moment::now(),
    })
}

fn manifest(options: &Options, identity: &Identity) -> Json {
    let text = |value: Option<&str>| value.map_or(Json::Null, Json::from);
    let (name, version) = identity.experiment_id.split_once(':').unwrap_or((&identity.experiment_id, ""));
    let executable = identity.extra.get("executable").and_then(Json::as_str);
    let operation = Json::object([
        ("ref", text(executable)),
        ("name", text(executable.and_then(|path| path.rsplit('/').next()))),
        ("code_hash", text(identity.code_hash.as_deref())),
    ]);
    let params = Json::object([
        ("type", Json::from("Capture")),
        ("spec", identity.params.clone()),
        ("total_cases", 1i64.into()),
    ]);
    let seeds = Json::object([
        ("type", Json::from("SeedPlan")),
        ("base", identity.seeds.get("root_seed").cloned().unwrap_or(Json::Null)),
        ("replicates", 1i64.into()),
    ]);
    let tags: Vec<Json> = options.experiment_tags.iter().map(|tag| Json::from(tag.as_str())).collect();
    Json::object([
        ("experiment_id", Json::from(identity.experiment_id.as_str())),
        ("name", name.into()),
        ("version", version.into()),
        ("description", text(options.description.as_deref())),
        ("tags", tags.into()),
        ("operation", operation),
        ("params", params),
        ("seeds", seeds),
        ("context_fingerprint", identity.fingerprints[0].as_str().into()),
        ("metadata", options.metadata.clone().unwrap_or_else(|| Json::Object(Default::default()))),
        ("total_runs", 1i64.into()),
        ("run_ids", vec![Json::from(identity.run_id.as_str())].into()),
        ("submitted_at", identity.started.iso().into()),
    ])
}
