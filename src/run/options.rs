//! What a capture is opened with. What is not said comes from the environment.

use std::path::PathBuf;
use std::time::Duration;

use super::{Deadline, Signals};
use crate::base::environment::{is_on, seconds, variable};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::json::object;
use crate::base::name;
use crate::base::redact::redact;
use crate::members::{self, rank::Role};

/// What to do when the run already exists with status "success".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IfSuccess {
    /// Run again: what the earlier attempt left is removed, but for its log.
    #[default]
    Rerun = 0,
    /// An error.
    Refuse = 1,
    /// No capture and no error, so that a sweep goes on where it stopped.
    Skip = 2,
}

/// The process is not sampled more often than this, in seconds.
const SHORTEST_SAMPLE: f64 = 0.01;

/// Nor more rarely.
const LONGEST_SAMPLE: f64 = 86_400.0;

/// A store's locator as it was given. What is shown of it has no password.
#[derive(Clone)]
pub(crate) struct StoreLocator(String);

impl std::ops::Deref for StoreLocator {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for StoreLocator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", redact(&self.0))
    }
}

/// Options of [`Capture::open`](crate::Capture::open), by value: `Options::new().seed(42)`.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub(crate) store: Option<StoreLocator>,
    pub(crate) experiment: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) experiment_tags: Vec<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) params: Option<Json>,
    pub(crate) context: Option<Json>,
    pub(crate) metadata: Option<Json>,
    pub(crate) tags: Vec<String>,
    pub(crate) note: Option<String>,
    pub(crate) seed: Option<u64>,
    pub(crate) replicate: Option<u64>,
    pub(crate) code_hash: Option<String>,
    pub(crate) worker: Option<String>,
    pub(crate) flush: Option<Duration>,
    pub(crate) refresh: Option<Duration>,
    pub(crate) journal: Option<PathBuf>,
    pub(crate) if_success: Option<IfSuccess>,
    pub(crate) role: Option<Role>,
    pub(crate) rank: Option<(i64, i64)>,
    pub(crate) attach_patience: Option<Duration>,
    pub(crate) restart: Option<i64>,
    pub(crate) durable: Option<bool>,
    pub(crate) index_wait: Option<Duration>,
    pub(crate) signals: Option<Signals>,
    /// What `METALAB_SIGNALS` says where the options say nothing.
    pub(crate) environment_signals: Signals,
    pub(crate) end_time: Option<i64>,
    pub(crate) stop_before: Option<Duration>,
    pub(crate) compiler: Option<String>,
    pub(crate) sample: Option<Duration>,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty => $field:ident = $value:expr;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self, $name: $type) -> &mut Self {
            self.$field = $value;
            self
        })*
    };
}

impl Options {
    /// Nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// The store's locator: a path, `file:///path`, `postgresql://...?file_root=/path`, or
        /// `discover`. `METALAB_STORE`, else `./experiments`.
        store: &str => store = Some(StoreLocator(store.to_owned()));
        /// What the experiment is about, for its manifest.
        description: &str => description = Some(description.to_owned());
        /// A note on the run. `METALAB_NOTES`.
        note: &str => note = Some(note.to_owned());
        /// The root seed. `METALAB_SEED`, else 0.
        seed: u64 => seed = Some(seed);
        /// Which replicate of the seed it is. `METALAB_REPLICATE`, else none.
        replicate: u64 => replicate = Some(replicate);
        /// What the code is known by; "" for nothing. `METALAB_CODE_HASH`, else the running
        /// executable's GNU build id or SHA-256.
        code_hash: &str => code_hash = Some(code_hash.to_owned());
        /// How soon log lines reach their file. `METALAB_FLUSH_MS`, else 50 ms.
        flush_interval: Duration => flush = Some(flush_interval);
        /// How often readers see a running record anew; zero for never. `METALAB_REFRESH_MS`, else 10 s.
        refresh_interval: Duration => refresh = Some(refresh_interval);
        /// Where journals are kept. `METALAB_JOURNAL`, else in the experiment's directory.
        journal: impl Into<PathBuf> => journal = Some(journal.into());
        /// What the solver was compiled with, for the run's provenance.
        compiler: &str => compiler = Some(compiler.to_owned());
        /// What to do when the run is a success already. `METALAB_IF_SUCCESS`, else run again.
        if_success: IfSuccess => if_success = Some(if_success);
        /// What the process is in its run: its owner, or a worker that attaches to it.
        /// `METALAB_ROLE`, else the owner, unless it is a process of a parallel program and not the first.
        role: Role => role = Some(role);
        /// How long a worker waits for the run's owner. `METALAB_ATTACH_SECONDS`, else 30 s.
        attach_patience: Duration => attach_patience = Some(attach_patience);
        /// Goes on with an earlier attempt at the run, from a checkpoint: what it left stays, but for
        /// points of series at `restart` and later steps. `METALAB_RESTART_STEP`, else begins anew.
        restart: i64 => restart = Some(restart);
        /// Whether the end of the run waits for the disk, so that power may fail right after.
        /// `METALAB_DURABLE`, else not: what is written is the kernel's then, and survives the process.
        durable: bool => durable = Some(durable);
        /// How long the end of the run waits at most for the PostgreSQL index to have it; the files do
        /// in any case. `METALAB_INDEX_WAIT` in seconds, else 5 s. A process that has waited in vain
        /// waits at most half a second in later runs, until the index answers again.
        index_wait: Duration => index_wait = Some(index_wait);
        /// Which signals the run takes. `METALAB_SIGNALS`, as `fatal`, `stop` or `fatal,stop`; else
        /// none. The handlers that are in force are called as before, and put back when the last run
        /// that asked has ended. Inside Julia and R, which need the signals for themselves, opening
        /// refuses; what the environment says is not followed there.
        signals: Signals => signals = Some(signals);
        /// When the process's time is up, in seconds since the epoch; 0 for never.
        /// `METALAB_END_TIME`, else `SLURM_JOB_END_TIME`, else never.
        end_time: i64 => end_time = Some(end_time);
        /// How long before the end of its time a run is to stop; zero for not at all.
        /// `METALAB_STOP_BEFORE` in seconds, else zero.
        stop_before: Duration => stop_before = Some(stop_before);
    }

    /// The experiment: `name:version`, or `name` for version 1. `METALAB_EXPERIMENT`, else the
    /// executable's name.
    ///
    /// # Errors
    /// When it is no such id.
    pub fn experiment(&mut self, id: &str) -> Result<&mut Self> {
        let (name, version) = name::check_experiment_id(id)?;
        self.experiment = Some(format!("{name}:{version}"));
        Ok(self)
    }

    /// A tag of the experiment, for its manifest.
    pub fn experiment_tag(&mut self, tag: &str) -> &mut Self {
        add_once(&mut self.experiment_tags, tag);
        self
    }

    /// The run's id. `METALAB_RUN_ID`, else the fingerprint of experiment, context, params, seeds and code.
    ///
    /// # Errors
    /// When it can't be part of a file name.
    pub fn run_id(&mut self, run_id: &str) -> Result<&mut Self> {
        name::check_run_id(run_id)?;
        self.run_id = Some(run_id.to_owned());
        Ok(self)
    }

    /// Which worker this is, as in `rank:3`. `METALAB_WORKER`, else `rank:N` in a program of several
    /// processes.
    ///
    /// # Errors
    /// When it is empty or has control characters.
    pub fn worker(&mut self, worker: &str) -> Result<&mut Self> {
        if worker.is_empty() || worker.len() > name::NAME_MAX || worker.chars().any(char::is_control) {
            return Err(Error::new(
                ErrorKind::Name,
                format!("worker id {worker:?} can't be used in log lines"),
            ));
        }
        self.worker = Some(worker.to_owned());
        Ok(self)
    }

    /// Which of how many processes of the run this is, from 0. What the launcher says, else unknown.
    ///
    /// # Errors
    /// When `rank` is none of `size`.
    pub fn rank(&mut self, rank: i64, size: i64) -> Result<&mut Self> {
        members::rank::check(rank, size)?;
        self.rank = Some((rank, size));
        Ok(self)
    }

    /// How often the process is sampled, in seconds; 0 for never. `METALAB_SAMPLE_SECONDS`, else 0.
    ///
    /// # Errors
    /// When it is neither 0 nor from 0.01 to a day.
    pub fn sample(&mut self, seconds: f64) -> Result<&mut Self> {
        if seconds != 0.0 && !(SHORTEST_SAMPLE..=LONGEST_SAMPLE).contains(&seconds) {
            let text =
                format!("seconds {seconds} are neither 0 nor from {SHORTEST_SAMPLE} to {LONGEST_SAMPLE}");
            return Err(Error::new(ErrorKind::Value, text));
        }
        self.sample = Some(Duration::from_secs_f64(seconds));
        Ok(self)
    }

    /// One parameter.
    pub fn param(&mut self, name: &str, value: impl Into<Json>) -> &mut Self {
        put(&mut self.params, [(name.to_owned(), value.into())]);
        self
    }

    /// Parameters as a JSON object, added to those before. `METALAB_PARAMS`.
    ///
    /// # Errors
    /// When it is none.
    pub fn params_json(&mut self, text: &str) -> Result<&mut Self> {
        put_object(&mut self.params, "params", text)?;
        Ok(self)
    }

    /// The context as a JSON object, added to that before. `METALAB_CONTEXT`.
    ///
    /// # Errors
    /// When it is none.
    pub fn context_json(&mut self, text: &str) -> Result<&mut Self> {
        put_object(&mut self.context, "context", text)?;
        Ok(self)
    }

    /// Metadata as a JSON object, added to that before: for the run's provenance, and for the
    /// experiment's manifest where this run writes it. `METALAB_METADATA`.
    ///
    /// # Errors
    /// When it is none.
    pub fn metadata_json(&mut self, text: &str) -> Result<&mut Self> {
        put_object(&mut self.metadata, "metadata", text)?;
        Ok(self)
    }

    /// A tag of the run. `METALAB_TAGS`, separated by commas.
    pub fn tag(&mut self, tag: &str) -> &mut Self {
        add_once(&mut self.tags, tag);
        self
    }

    /// These options, and from the environment what they do not say.
    ///
    /// # Errors
    /// When a variable's value is not of its kind; the message names the variable.
    pub(crate) fn with_environment(&self) -> Result<Self> {
        let mut options = self.clone();
        let unset = |is_unset: bool, name: &'static str| if is_unset { variable(name) } else { Ok(None) };
        if let Some(store) = unset(options.store.is_none(), "METALAB_STORE")? {
            options.store(&store);
        }
        if let Some(id) = unset(options.experiment.is_none(), "METALAB_EXPERIMENT")? {
            options.experiment(&id).map_err(|error| error.context("METALAB_EXPERIMENT"))?;
        }
        if let Some(id) = unset(options.run_id.is_none(), "METALAB_RUN_ID")? {
            options.run_id(&id).map_err(|error| error.context("METALAB_RUN_ID"))?;
        }
        if let Some(text) = unset(options.params.is_none(), "METALAB_PARAMS")? {
            put_object(&mut options.params, "METALAB_PARAMS", &text)?;
        }
        if let Some(text) = unset(options.context.is_none(), "METALAB_CONTEXT")? {
            put_object(&mut options.context, "METALAB_CONTEXT", &text)?;
        }
        if let Some(text) = unset(options.metadata.is_none(), "METALAB_METADATA")? {
            put_object(&mut options.metadata, "METALAB_METADATA", &text)?;
        }
        if let Some(tags) = unset(options.tags.is_empty(), "METALAB_TAGS")? {
            tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).for_each(|tag| {
                options.tag(tag);
            });
        }
        if let Some(note) = unset(options.note.is_none(), "METALAB_NOTES")? {
            options.note(&note);
        }
        if let Some(seed) = unset(options.seed.is_none(), "METALAB_SEED")? {
            options.seed(whole("METALAB_SEED", &seed)?);
        }
        if let Some(replicate) = unset(options.replicate.is_none(), "METALAB_REPLICATE")? {
            options.replicate(whole("METALAB_REPLICATE", &replicate)?);
        }
        if let Some(hash) = unset(options.code_hash.is_none(), "METALAB_CODE_HASH")? {
            options.code_hash(&hash);
        }
        if let Some(worker) = unset(options.worker.is_none(), "METALAB_WORKER")? {
            options.worker(&worker).map_err(|error| error.context("METALAB_WORKER"))?;
        }
        if let Some(interval) = unset(options.flush.is_none(), "METALAB_FLUSH_MS")? {
            options.flush_interval(Duration::from_millis(whole("METALAB_FLUSH_MS", &interval)?));
        }
        if let Some(interval) = unset(options.refresh.is_none(), "METALAB_REFRESH_MS")? {
            options.refresh_interval(Duration::from_millis(whole("METALAB_REFRESH_MS", &interval)?));
        }
        if let Some(directory) = unset(options.journal.is_none(), "METALAB_JOURNAL")? {
            options.journal(directory);
        }
        if let Some(role) = unset(options.role.is_none(), "METALAB_ROLE")? {
            options.role(match role.as_str() {
                "auto" => Role::Auto,
                "owner" => Role::Owner,
                "worker" => Role::Worker,
                _ => {
                    return Err(Error::new(
                        ErrorKind::Value,
                        format!("METALAB_ROLE is {role:?}; it can be auto, owner or worker"),
                    ));
                }
            });
        }
        if let Some(seconds) = unset(options.attach_patience.is_none(), "METALAB_ATTACH_SECONDS")? {
            options.attach_patience(Duration::from_secs(whole("METALAB_ATTACH_SECONDS", &seconds)?));
        }
        if let Some(step) = unset(options.restart.is_none(), "METALAB_RESTART_STEP")? {
            options.restart(whole("METALAB_RESTART_STEP", &step)?);
        }
        if let Some(text) = unset(options.sample.is_none(), "METALAB_SAMPLE_SECONDS")? {
            let seconds = text.trim().parse().map_err(|_| {
                Error::new(
                    ErrorKind::Value,
                    format!("METALAB_SAMPLE_SECONDS is {text:?}; it must be a number"),
                )
            })?;
            options.sample(seconds).map_err(|error| error.context("METALAB_SAMPLE_SECONDS"))?;
        }
        if let Some(policy) = unset(options.if_success.is_none(), "METALAB_IF_SUCCESS")? {
            options.if_success(match policy.as_str() {
                "rerun" => IfSuccess::Rerun,
                "refuse" => IfSuccess::Refuse,
                "skip" => IfSuccess::Skip,
                _ => {
                    return Err(Error::new(
                        ErrorKind::Value,
                        format!("METALAB_IF_SUCCESS is {policy:?}; it can be rerun, refuse or skip"),
                    ));
                }
            });
        }
        options.durable = Some(options.durable.unwrap_or_else(|| is_on("METALAB_DURABLE")));
        if options.index_wait.is_none() {
            options.index_wait = seconds("METALAB_INDEX_WAIT")?;
        }
        if options.signals.is_none()
            && let Some(text) = variable("METALAB_SIGNALS")?
        {
            options.environment_signals = signals(&text)?;
        }
        if let Some(end) = unset(options.end_time.is_none(), "METALAB_END_TIME")? {
            let end = end.trim().parse().map_err(|_| {
                let text = format!("METALAB_END_TIME is {end:?}; it must be in seconds since the epoch");
                Error::new(ErrorKind::Value, text)
            })?;
            options.end_time(end);
        }
        if options.end_time.is_none() {
            // Not ours: what is wrong with it is no reason to refuse.
            let end = std::env::var("SLURM_JOB_END_TIME").ok();
            options.end_time = end.and_then(|end| end.trim().parse().ok());
        }
        if let Some(margin) = unset(options.stop_before.is_none(), "METALAB_STOP_BEFORE")? {
            let margin =
                margin.trim().parse().ok().and_then(|margin| Duration::try_from_secs_f64(margin).ok());
            let text = "METALAB_STOP_BEFORE must be a number of seconds that is not negative";
            options.stop_before(margin.ok_or_else(|| Error::new(ErrorKind::Value, text))?);
        }
        Ok(options)
    }

    /// When the process's time is up.
    pub(crate) fn deadline(&self) -> Deadline {
        let end = self.end_time.filter(|end| *end != 0);
        Deadline::new(end, self.stop_before.unwrap_or_default())
    }
}

/// What `METALAB_SIGNALS` says.
fn signals(text: &str) -> Result<Signals> {
    let mut signals = Signals::default();
    for word in text.split(',') {
        match word.trim() {
            "fatal" => signals.fatal = true,
            "stop" => signals.stop = true,
            "" => {}
            _ => {
                let text = format!("METALAB_SIGNALS is {text:?}; it can be fatal, stop or fatal,stop");
                return Err(Error::new(ErrorKind::Value, text));
            }
        }
    }
    Ok(signals)
}

/// Whether `METALAB_DISABLED` turns every capture of this process into one that keeps nothing.
pub(crate) fn disabled() -> bool {
    is_on("METALAB_DISABLED")
}

fn whole<N: std::str::FromStr>(name: &str, text: &str) -> Result<N> {
    text.trim()
        .parse()
        .map_err(|_| Error::new(ErrorKind::Value, format!("{name} is {text:?}; it must be a whole number")))
}

fn add_once(tags: &mut Vec<String>, tag: &str) {
    if !tags.iter().any(|other| other == tag) {
        tags.push(tag.to_owned());
    }
}

fn put(slot: &mut Option<Json>, members: impl IntoIterator<Item = (String, Json)>) {
    if let Json::Object(object) = slot.get_or_insert_with(|| Json::Object(Default::default())) {
        object.extend(members);
    }
}

fn put_object(slot: &mut Option<Json>, what: &str, text: &str) -> Result<()> {
    if let Json::Object(members) = object(what, Some(text))? {
        put(slot, members);
    }
    Ok(())
}
