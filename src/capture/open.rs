//! How a capture begins.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::declared::Declared;
use super::{Capture, Inner};
use crate::artifacts::Desk;
use crate::artifacts::sealer::Sealer;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Json};
use crate::base::level::Level;
use crate::base::memory;
use crate::base::redact;
use crate::base::signal;
use crate::base::sync::{PerProcess, lock};
use crate::base::{helper, sys};
use crate::companions::code_hash;
use crate::companions::ending::{self, Agreed, Ending};
use crate::companions::provenance;
use crate::companions::provenance::Gathering;
use crate::companions::sample::Sampler;
use crate::fold::errand::Errand;
use crate::fold::writer::{Pace, WRITERS, Writer};
use crate::fold::{recover, take_over};
use crate::fold::{rerun, restart};
use crate::index::{self, Feed};
use crate::journal::pages::Beside;
use crate::journal::{self, Journal, remove_directory};
use crate::members::liveness::{self, Life, Process, TakeOver};
use crate::members::names::{Names, with_label};
use crate::members::rank::Launch;
use crate::members::{self, Member, attach, directory, refusal};
use crate::run::disabled;
use crate::run::identity;
use crate::run::notice;
use crate::run::options::{IfSuccess, Options};
use crate::run::{Context, RunLog, Signals};
use crate::run::{Identity, State, Status};
use crate::store::{Locator, RunLock, Store, Submission, make_directory};

/// How long a worker waits for the run's owner.
const ATTACH_PATIENCE: Duration = Duration::from_secs(30);

/// How long opening waits for who recovers an earlier attempt at the run, and how long it tries itself.
const RECOVERY_PATIENCE: Duration = Duration::from_secs(60);

/// The result of opening a capture.
#[derive(Debug)]
pub enum Opened {
    /// The run goes on.
    Capture(Capture),
    /// The run is a success already, and the options say to skip it then: its id.
    Skipped(String),
}

/// The store of a run, and the index that follows it.
struct Target {
    store: Arc<Store>,
    index: Option<Arc<Feed>>,
}

impl Capture {
    /// Opens a capture of the run that `options` describe.
    ///
    /// # Errors
    /// When the store can't be had or written, an option or variable is wrong, or the run is being
    /// written by somebody else. Nothing that was in the store before is lost then.
    pub fn open(options: &Options) -> Result<Opened> {
        if disabled()? {
            return Ok(Opened::Capture(Self { inner: None }));
        }
        memory::prepare();
        let options = options.with_environment()?;
        let (signals, remark) = signals(&options)?;
        let locator = Locator::parse(options.store.as_deref().unwrap_or("./experiments"))?;
        let options = Options { experiment: locator.experiment(options.experiment.as_deref())?, ..options };
        let role = options.role.unwrap_or_default();
        let rank = Launch::find(options.rank, role);
        let remarks: Vec<String> =
            remark.into_iter().chain(rank.remark(role)).chain(options.end_is_unknown()).collect();
        let identity = identify(&options, &rank)?;
        let store = Store::open(locator.collection(), &identity.experiment_id)?;
        let is_worker = rank.is_worker(role);
        let patience = options.index_wait.unwrap_or(index::PATIENCE);
        let index = index::follow(&store, &locator, patience, is_worker)?;
        store.set_durable(options.durable.unwrap_or(false));
        let target = Target { store: Arc::new(store), index };
        let opened = match is_worker {
            true => Self::attach(&options, &target, identity, rank),
            false => {
                let (run_id, launch) = (identity.run_id.clone(), rank.id.clone().filter(|_| rank.is_many()));
                let begun = Self::begin(&options, &target, identity, rank);
                match (&begun, &launch) {
                    // Others see for themselves that there is nothing to do.
                    (Err(error), Some(launch)) if error.kind() != ErrorKind::Exists => {
                        refusal::leave(&target.store, &run_id, launch, error);
                    }
                    (Ok(_), Some(_)) => refusal::take_back(&target.store, &run_id),
                    _ => {}
                }
                begun
            }
        };
        if let Ok(Opened::Capture(capture)) = &opened {
            capture.watch_end(&options, signals, &remarks);
        }
        opened
    }

    /// Opens the run as its owner.
    fn begin(options: &Options, target: &Target, mut identity: Identity, rank: Launch) -> Result<Opened> {
        let store = target.store.clone();
        let run_id = identity.run_id.clone();
        let all_journals = journals_of(options, &store, &identity);
        let known = TakeOver::from_environment()?;
        let (run_lock, members) = wait_for_run(&store, &all_journals, &run_id, &known)?;
        // Only parts that can't be folded any more, since somebody removed their owner's.
        if !members.is_empty() {
            directory::close(&store, &directory::of(&store, &run_id), store.is_durable());
        }
        let before = store.read_run(&run_id)?;
        if before.is_some() {
            store.keep_what_is_there();
        }
        let status = before.as_ref().and_then(|record| record.str_at("status"));
        if status == Some("success") {
            match options.if_success.unwrap_or_default() {
                IfSuccess::Rerun => {}
                IfSuccess::Refuse => {
                    return Err(is_success(&identity));
                }
                IfSuccess::Skip => return Ok(Opened::Skipped(run_id)),
            }
        }
        let mut state = State::default();
        state.tags.clone_from(&options.tags);
        state.notes.clone_from(&options.note);
        let mut attempt = 1;
        let restart = options.restart.filter(|_| before.is_some());
        if let (Some(record), Some(_)) = (&before, restart) {
            attempt = restart::resume(&mut state, &store, &run_id, record)? + 1;
            identity.extra.extend(restart::history(record).map(|(key, value)| (key.to_owned(), value)));
        }
        identity.extra.insert("attempt".to_owned(), attempt.into());
        identity.extra.extend(restart.map(|step| ("restart_step".to_owned(), step.into())));
        let (journal, directory) = make_journal(&store, &all_journals, &run_id)?;
        let label = match &identity.worker {
            Some(id) => id.replace(':', "."),
            None => "owner".to_owned(),
        };
        let member = Member {
            is_owner: true,
            names: Names::plain(&label, &directory, true, restart.is_some()),
            label,
            rank: rank.rank,
            expects: rank.expects(options.role.unwrap_or_default()),
            launch: rank.id,
            is_foreign: false,
            attempt,
            restart,
            directory,
            owner: None,
        };
        // The files of an earlier attempt have to go then.
        let is_again = before.is_some() && restart.is_none();
        let begun = Self::start(options, target, identity, &journal, (state, member, known), is_again);
        drop(run_lock);
        if let Ok(Self { inner: Some(inner) }) = &begun {
            recover_others(&inner.shared, all_journals);
        }
        begun.map(Opened::Capture)
    }

    /// Opens the run as a worker, which another process owns.
    fn attach(options: &Options, target: &Target, mut identity: Identity, rank: Launch) -> Result<Opened> {
        let store = target.store.clone();
        let run_id = identity.run_id.clone();
        // A process that nobody named keeps its names: it is a run's solver, not one of many.
        let is_named = identity.worker.is_some();
        let id = identity.worker.get_or_insert_with(|| format!("process:{}", std::process::id()));
        let label = members::label(id)?;
        let params = identity.params.clone();
        let wanted = attach::Wanted {
            run_id: &run_id,
            label: &label,
            role: options.role.unwrap_or_default(),
            launch: rank.id.as_deref(),
            patience: options.attach_patience.unwrap_or(ATTACH_PATIENCE),
            params: &params,
        };
        // The owner has the same options, and will not come.
        let policy = options.if_success.unwrap_or_default();
        let known = TakeOver::from_environment()?;
        if policy != IfSuccess::Rerun && attach::ended(&store, &wanted, &known).as_deref() == Some("success")
        {
            return match policy {
                IfSuccess::Refuse => Err(is_success(&identity)),
                _ => Ok(Opened::Skipped(run_id)),
            };
        }
        let errand = Errand::of_opener(known.clone());
        let take_over = |dead: &Path| take_over::take_over(&store, dead, &errand).map(drop);
        let (run_lock, host) = attach::wait(&store, &wanted, &known, take_over)?;
        let restart = if host.is_foreign { options.restart } else { host.restart };
        let (journal, directory) = make_journal(&store, &journals_of(options, &store, &identity), &run_id)?;
        let names = match is_named {
            true => Names::labelled(&label),
            false => Names::plain(&label, &directory, false, restart.is_some()),
        };
        let member = Member {
            is_owner: false,
            label,
            rank: rank.rank,
            launch: rank.id,
            expects: 0,
            is_foreign: host.is_foreign,
            attempt: host.attempt,
            restart,
            directory,
            owner: host.owner,
            names,
        };
        let what = (State::default(), member, known);
        let begun = Self::start(options, target, identity, &journal, what, false);
        drop(run_lock);
        begun.map(Opened::Capture)
    }

    /// Starts the threads of a run; what was made for it goes again where that fails.
    fn start(
        options: &Options,
        target: &Target,
        identity: Identity,
        journal: &Arc<Journal>,
        what: (State, Member, TakeOver),
        is_again: bool,
    ) -> Result<Self> {
        let (directory, is_owner) = (what.1.directory.clone(), what.1.is_owner);
        let store = &target.store;
        let results = store.result_dir(&identity.run_id);
        let run_id = identity.run_id.clone();
        let started = Self::make(options, target, identity, journal, what, is_again);
        if started.is_err() {
            if is_owner {
                store.release_record(&run_id);
                restart::give_back(&directory, &results);
                // Whoever comes next puts back what can't be put back now.
                if let Err(error) = rerun::put_back(store, &run_id, &directory) {
                    journal.close();
                    return Err(error);
                }
            }
            journal.close();
            journal.remove();
            remove_directory(&directory);
        }
        started
    }

    /// Everything that can still be refused happens before anything of an earlier attempt goes.
    fn make(
        options: &Options,
        target: &Target,
        identity: Identity,
        journal: &Arc<Journal>,
        (state, member, known): (State, Member, TakeOver),
        is_again: bool,
    ) -> Result<Self> {
        let (run_id, store) = (identity.run_id.clone(), target.store.clone());
        let log = RunLog::new(&store, &run_id, &member.log("run"));
        if let Some(position) = journal.position() {
            // The lines of an earlier attempt stay, whenever this one dies.
            position.set_start(log.length().unwrap_or(0));
        }
        keep_base(&store, &run_id, &member)?;
        let writer = WRITERS
            .place()
            .map_err(|source| Error::io("start the writer thread of", store.root(), &source))?;
        let shared = Context::new(journal.clone(), store, identity, state, member, known);
        index::listen(&shared);
        // Beside the writing of the store; dropped if that fails. Of a worker, nobody asks.
        let gathering =
            if shared.member.is_owner { Gathering::start(&shared, options.program.as_ref()) } else { None };
        let (place, process) = (journal.directory(), Process::own());
        notice::leave_notice(place, &shared.identity, &lock(&shared.state), &shared.member, &process)?;
        if is_again {
            rerun::set_aside(&shared.store, &run_id, &shared.member.directory)?;
        }
        make_directory(&shared.store.result_dir(&run_id))?;
        make_directory(&shared.store.artifact_dir(&run_id))?;
        if shared.member.is_owner {
            restart::crop(&shared.store, &run_id, &shared.member)?;
            shared.store.reserve_record(&run_id)?;
        }
        // Nothing after it is refused.
        shared.write_record_locked(Status::Running)?;
        let sealer = Arc::new(Sealer::new(shared.clone()));
        let flush = options.flush.unwrap_or(Duration::from_millis(50)).max(Duration::from_millis(1));
        let refresh = options.refresh.unwrap_or(Duration::from_secs(10));
        let pace = Pace { flush, refresh: (!refresh.is_zero()).then_some(refresh) };
        let mut job = Writer::new(shared.clone(), sealer.clone(), pace, log);
        if shared.member.is_owner {
            let is_new = !is_again && shared.member.restart.is_none();
            job.submit(submission(options, &shared.identity, is_new));
        }
        writer.begin(job);
        rerun::forget(&shared.member.directory);
        shared.journal.set_bell(writer.bell().clone());
        let interval = options.sample.filter(|interval| !interval.is_zero());
        let sampler = interval.and_then(|interval| Sampler::start(&shared, interval));
        let agreed = Agreed::new(&shared.member);
        Ok(Self {
            inner: Some(Arc::new(Inner {
                desk: Desk::new(shared.clone(), sealer),
                shared,
                writer,
                outcome: Mutex::default(),
                stdio: Mutex::default(),
                deadline: options.deadline(),
                ending: Mutex::default(),
                agreed,
                declared: Declared::default(),
                gathering: Mutex::new(gathering),
                sampler: Mutex::new(sampler),
                index: target.index.clone(),
            })),
        })
    }

    /// Starts to note how the process ends, and takes the signals that were asked for.
    fn watch_end(&self, options: &Options, signals: Signals, remarks: &[String]) {
        let Some(inner) = &self.inner else { return };
        let (ending, left) = Ending::begin(&inner.shared.journal, signals, options.deadline());
        *lock(&inner.ending) = Some(ending);
        let left: Vec<_> = left.into_iter().map(signal::name).collect();
        let left = (!left.is_empty()).then(|| {
            format!("Handlers that the program put in place later are left there: {}", left.join(", "))
        });
        for text in remarks.iter().chain(&left) {
            // A run that can't even be given this line says so itself.
            let _ = self.log(Level::Warning, text);
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

fn is_success(identity: &Identity) -> Error {
    let Identity { run_id, experiment_id, .. } = identity;
    let text = format!(
        "run {run_id} of {experiment_id} has already succeeded; METALAB_IF_SUCCESS=rerun runs it again, and skip \
         leaves it as it is"
    );
    Error::new(ErrorKind::Exists, text)
}

/// Where the journals of the experiment's runs are.
fn journals_of(options: &Options, store: &Store, identity: &Identity) -> PathBuf {
    match &options.journal {
        Some(directory) => directory.join(crate::base::name::experiment_dir(&identity.experiment_id)),
        None => store.journal_dir(),
    }
}

/// A journal of this process, and its directory in the run's roster.
fn make_journal(store: &Store, journals: &Path, run_id: &str) -> Result<(Arc<Journal>, PathBuf)> {
    let unique = u32::from_le_bytes(sys::random_bytes());
    let name = format!("{}-{unique:08x}", std::process::id());
    let directory = directory::of(store, run_id).join(&name);
    let place = std::path::absolute(journals)
        .map_err(|source| Error::io("resolve", journals, &source))?
        .join(run_id)
        .join(&name);
    let journal = Journal::create(&place)?;
    if let Err(error) = make_directory(&directory) {
        journal.close();
        journal.remove();
        return Err(error);
    }
    Ok((journal, directory))
}

/// Keeps the entries that this attempt goes on with: every one where the run goes on from a
/// checkpoint, and a worker's own where one of its name was there before in this attempt.
fn keep_base(store: &Store, run_id: &str, member: &Member) -> Result<()> {
    let results = store.result_dir(run_id);
    let file = crate::base::stem::under(&with_label("x", &member.label), store.rules(), false).into_owned();
    let own = format!("{}.json", file.trim_start_matches('x'));
    let is_own = |file: &str| member.names.is_labelled() && file.ends_with(&own);
    if member.restart.is_some() {
        let is_wanted = |file: &str| member.is_owner || !member.names.is_labelled() || is_own(file);
        return restart::keep(&results, member, |file, _| is_wanted(file));
    }
    if member.is_owner || !member.names.is_labelled() {
        return Ok(());
    }
    // Who else owns the run leaves there what earlier attempts wrote.
    let changed = |path: &Path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let begun = changed(&store.run_path(run_id)).filter(|_| member.is_foreign);
    restart::keep(&results, member, |file, path| {
        is_own(file) && begun.is_none_or(|begun| changed(path).is_some_and(|changed| changed >= begun))
    })
}

/// Brings an earlier attempt that died to its end, waits for who does so already, and returns the run's
/// lock, under which nobody else begins, and the members' directories that are left.
fn wait_for_run<'a>(
    store: &'a Arc<Store>,
    journals: &Path,
    run_id: &str,
    known: &TakeOver,
) -> Result<(RunLock<'a>, Vec<PathBuf>)> {
    let (start, mut nap) = (Instant::now(), Duration::from_millis(1));
    let errand = Errand::of_opener(known.clone());
    loop {
        let (report, recovered) = recover::recover_run(store, journals, run_id, &errand);
        recovered?;
        if let Some(remark) = report.remark().filter(|_| !report.deadly.is_empty()) {
            return Err(Error::new(ErrorKind::Incomplete, remark));
        }
        let run_lock = store.lock_run(run_id)?;
        let members = directory::with_journals(&directory::of(store, run_id), &journals.join(run_id))?;
        let mut left = None;
        for member in &members {
            let life = liveness::judge(member, known)?;
            // One that writes or can't be asked stays so; the others may be gone in a moment.
            if matches!(life, Life::Live | Life::Elsewhere) {
                return Err(liveness::busy(run_id, directory::notice(member).as_ref(), &life));
            }
            if life != Life::Ended {
                left = Some((member.clone(), life));
            }
        }
        let Some((member, life)) = left else { return Ok((run_lock, members)) };
        if start.elapsed() > RECOVERY_PATIENCE {
            return Err(liveness::busy(run_id, directory::notice(&member).as_ref(), &life));
        }
        drop(run_lock);
        std::thread::sleep(nap);
        nap = (nap * 2).min(Duration::from_millis(50));
    }
}

/// A thread of this process that looks through a directory of journals: one is enough, however many runs
/// begin meanwhile.
struct Looking(PathBuf);

static LOOKING: PerProcess<Mutex<BTreeSet<PathBuf>>> = PerProcess::new(|_| Mutex::default());

impl Looking {
    fn through(journals: &Path) -> Option<Self> {
        lock(LOOKING.get()).insert(journals.to_owned()).then(|| Self(journals.to_owned()))
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        lock(LOOKING.get()).remove(&self.0);
    }
}

/// Brings other runs of the experiment whose process died to their end, beside the solver. What can't
/// be recovered now is found again by the next capture, or by who asks for it; the run's log says so.
fn recover_others(shared: &Arc<Context>, journals: PathBuf) {
    let (store, known) = (shared.store.clone(), shared.known.clone());
    // The one that is surely there is this run's.
    let is_its_alone = |runs: &Path| directory::listed(runs).is_ok_and(|runs| runs.len() < 2);
    if is_its_alone(&journals) && is_its_alone(&store.journal_dir()) {
        return;
    }
    let Some(looking) = Looking::through(&journals) else { return };
    let journal = shared.journal.clone();
    let beside = Beside::begin();
    let body = move || {
        let _ended = (looking, beside);
        let (report, recovered) = recover::recover_journals(&store, &journals, &Errand::beside(known));
        let failed = recovered.err().map(|error| format!("A run that died can't be recovered: {error}"));
        let left = report.remark().filter(|_| !report.deadly.is_empty());
        for text in left.into_iter().chain(failed) {
            // The run may have ended meanwhile.
            let _ = journal::with(&journal, |emitter| emitter.line(None, Level::Warning, &text));
        }
    };
    let _ = helper::spawn_eager("metalab-recover", 10, body);
}

/// The identity of the run that `options` describe.
pub(super) fn identify(options: &Options, rank: &Launch) -> Result<Identity> {
    let program = options.program.as_ref();
    let executable = match program {
        Some(program) => Some(program.executable.clone()),
        None => std::env::current_exe().ok(),
    };
    let experiment_id = match &options.experiment {
        Some(id) => id.clone(),
        None => {
            let name = executable.as_deref().and_then(|path| path.file_name()?.to_str()).unwrap_or("run");
            format!("{}:1", name.replace(':', "_"))
        }
    };
    let mut params = options.params.clone().unwrap_or_default();
    if let Some(name) = &options.ranks_param {
        params.insert(name.clone(), processes(rank)?.into());
    }
    let params = Json::from(params);
    let context = Json::from(options.context.clone().unwrap_or_default());
    let seeds = identity::seed_json(&Json::from(options.seed.unwrap_or(0)), options.replicate);
    let code_hash = match &options.code_hash {
        Some(hash) => Some(hash.clone()).filter(|hash| !hash.is_empty()),
        None => match program {
            Some(program) => code_hash::of_file(&program.executable),
            None => code_hash::of_executable(),
        },
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
    let command = program.map_or_else(redact::line, |program| redact::line_of(&program.command));
    extra.extend(provenance::at_once(command, options.compiler.as_deref()));
    extra.extend(options.metadata.clone().map(|metadata| ("metadata", metadata.into())));
    extra.extend(options.context.clone().map(|context| ("context", context.into())));
    Ok(Identity {
        run_id,
        experiment_id,
        fingerprints,
        params,
        seeds,
        code_hash,
        worker: options.worker.clone().or_else(|| rank.worker(options.role.unwrap_or_default())),
        extra: json::members(extra),
        host: sys::host_name(),
        started: Moment::now(),
    })
}

/// The number of the program's processes, for the option that makes it a parameter.
fn processes(rank: &Launch) -> Result<i64> {
    let text = "ranks_param: nothing says how many processes the program has; metalab_options_rank does";
    rank.processes().ok_or_else(|| Error::new(ErrorKind::Value, text))
}

/// The part of the run in its experiment's manifest.
fn submission(options: &Options, identity: &Identity, is_new: bool) -> Submission {
    let text = |value: Option<&str>| value.map_or(Json::Null, Json::from);
    let executable = identity.extra.get("executable").and_then(Json::as_str);
    let operation = Json::object([
        ("ref", text(executable)),
        ("name", text(executable.and_then(|path| path.rsplit('/').next()))),
        ("code_hash", text(identity.code_hash.as_deref())),
    ]);
    Submission {
        run_id: identity.run_id.clone(),
        is_new,
        planned_runs: options.planned_runs,
        description: options.description.clone(),
        tags: options.experiment_tags.clone(),
        metadata: options.metadata.clone().unwrap_or_default(),
        operation,
        params: identity.params.clone(),
        seed: identity.seeds.get("root_seed").cloned().unwrap_or(Json::Null),
        context_fingerprint: identity.fingerprints[0].clone(),
        stamp: identity.started.file_stamp(),
        submitted_at: identity.started.iso(),
    }
}
