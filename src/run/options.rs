//! Options: a capture is opened with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::{Deadline, Signals};
use crate::base::clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Object};
use crate::base::redact::redact;
use crate::base::{file, name, namelist};
use crate::members::rank::{Rank, Role};

/// The policy for a run that already exists with status "success".
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

/// The process is not sampled more rarely than this, in seconds.
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

/// The program that a run is of, where another process captures it.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// Its file.
    pub(crate) executable: PathBuf,
    /// Its command line.
    pub(crate) command: Vec<String>,
}

/// Options of [`Capture::open`](crate::Capture::open), by value: `Options::new().seed(42)`.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub(crate) store: Option<StoreLocator>,
    pub(crate) experiment: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) experiment_tags: Vec<String>,
    pub(crate) planned_runs: Option<u64>,
    pub(crate) run_id: Option<String>,
    pub(crate) params: Option<Object>,
    pub(crate) context: Option<Object>,
    pub(crate) metadata: Option<Object>,
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
    pub(crate) rank: Option<Rank>,
    pub(crate) ranks_param: Option<String>,
    pub(crate) attach_patience: Option<Duration>,
    pub(crate) restart: Option<i64>,
    pub(crate) durable: Option<bool>,
    pub(crate) index_wait: Option<Duration>,
    pub(crate) signals: Option<Signals>,
    /// The value of `METALAB_SIGNALS` where `signals` is not set.
    pub(crate) environment_signals: Signals,
    pub(crate) end_time: Option<i64>,
    pub(crate) stop_before: Option<Duration>,
    pub(crate) compiler: Option<String>,
    pub(crate) program: Option<Program>,
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
    /// Options of which none is set.
    pub fn new() -> Self {
        Self::default()
    }

    setters! {
        /// The store's locator: a path, `file:///path`, `postgresql://...?file_root=/path`, or
        /// `discover`. `METALAB_STORE`, else `./experiments`.
        store: &str => store = Some(StoreLocator(store.to_owned()));
        /// A description of the experiment, for its manifest.
        description: &str => description = Some(description.to_owned());
        /// How many runs the experiment will have, for its manifest: a dashboard shows how many are still
        /// to come. `METALAB_PLANNED_RUNS`, else as many as there are.
        planned_runs: u64 => planned_runs = Some(planned_runs);
        /// A note on the run. `METALAB_NOTES`.
        note: &str => note = Some(note.to_owned());
        /// The root seed. `METALAB_SEED`, else 0.
        seed: u64 => seed = Some(seed);
        /// Which replicate of the seed it is. `METALAB_REPLICATE`, else none.
        replicate: u64 => replicate = Some(replicate);
        /// An identifier of the code version; "" for none. `METALAB_CODE_HASH`, else the running
        /// executable's GNU build id or SHA-256.
        code_hash: &str => code_hash = Some(code_hash.to_owned());
        /// How soon log lines reach their file. `METALAB_FLUSH_SECONDS`, else
        /// 50 ms.
        flush_interval: Duration => flush = Some(bounded(flush_interval));
        /// How often readers see a running record anew; zero for never.
        /// `METALAB_REFRESH_SECONDS`, else 10 s.
        refresh_interval: Duration => refresh = Some(bounded(refresh_interval));
        /// Where journals are kept. `METALAB_JOURNAL`, else in the experiment's directory.
        journal: impl Into<PathBuf> => journal = Some(journal.into());
        /// The compiler of the solver and its flags, for the run's provenance.
        compiler: &str => compiler = Some(compiler.to_owned());
        /// The policy for a run that has already succeeded. `METALAB_IF_SUCCESS`, else run again.
        if_success: IfSuccess => if_success = Some(if_success);
        /// Which of how many processes of the run this is. What the launcher says, else unknown.
        rank: Rank => rank = Some(rank);
        /// The name of a parameter that is the number of the program's processes: that of `rank`, else what the
        /// launcher says, and 1 for a process alone. Runs of a scaling study differ by it. It replaces a parameter
        /// of that name. `METALAB_RANKS_PARAM`, else there is none.
        ranks_param: &str => ranks_param = Some(ranks_param.to_owned());
        /// The part of the process in its run: its owner, or a worker that attaches to it.
        /// `METALAB_ROLE`, else the owner, unless it is a process of a parallel program and not the first.
        role: Role => role = Some(role);
        /// How long a worker waits for the run's owner. `METALAB_ATTACH_SECONDS`, else 30 s.
        attach_patience: Duration => attach_patience = Some(bounded(attach_patience));
        /// Goes on with an earlier attempt at the run, from a checkpoint: what it left stays, but for
        /// points of series at `restart` and later steps. `METALAB_RESTART_STEP`, else begins anew.
        restart: i64 => restart = Some(restart);
        /// Makes the end of the run wait for the disk, so that power may fail right after.
        /// `METALAB_DURABLE`, else not: what is written is the kernel's then, and survives the process.
        durable: bool => durable = Some(durable);
        /// How long the end of the run waits at most for the PostgreSQL index to have it; the files do
        /// in any case. `METALAB_INDEX_WAIT` in seconds, else 5 s. A process that has waited in vain
        /// waits at most half a second in later runs, until the index can be reached again.
        index_wait: Duration => index_wait = Some(bounded(index_wait));
        /// Which signals the run takes. `METALAB_SIGNALS`, as `fatal`, `stop` or `fatal,stop`; else
        /// none. The handlers that are in force are called as before, and put back when the last run
        /// that asked has ended. Inside Julia and R, which need the signals for themselves, opening
        /// refuses; what the environment says is not followed there.
        signals: Signals => signals = Some(signals);
        /// How long before the end of its time a run is to stop; zero for not at all.
        /// `METALAB_STOP_BEFORE` in seconds, else zero.
        stop_before: Duration => stop_before = Some(bounded(stop_before));
    }

    /// When the process's time is up; `None` for never. `METALAB_END_TIME`, in seconds since the
    /// epoch, else `SLURM_JOB_END_TIME`, else never.
    pub fn end_time(&mut self, end: Option<SystemTime>) -> &mut Self {
        // 0 is never, and what was before the epoch is as long over as what was just after it.
        let seconds =
            |end: SystemTime| end.duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs().max(1));
        self.end_time_seconds(end.map_or(0, |end| i64::try_from(seconds(end)).unwrap_or(i64::MAX)))
    }

    /// Like `end_time`, in seconds since the epoch; 0 for never.
    pub(crate) fn end_time_seconds(&mut self, seconds: i64) -> &mut Self {
        self.end_time = Some(seconds);
        self
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

    /// Adds a tag of the experiment, for its manifest.
    pub fn add_experiment_tag(&mut self, tag: &str) -> &mut Self {
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
                format!(
                    "worker id {worker:?} is not 1 to {} bytes without control characters",
                    name::NAME_MAX
                ),
            ));
        }
        self.worker = Some(worker.to_owned());
        Ok(self)
    }

    /// How often the process is sampled; zero for never. `METALAB_SAMPLE_SECONDS`, else never.
    ///
    /// # Errors
    /// When it is neither zero nor from 10 ms to a day.
    pub fn sample(&mut self, interval: Duration) -> Result<&mut Self> {
        self.sample_seconds(interval.as_secs_f64())
    }

    /// Like `sample`, in seconds: the limits are those of the number, before it is rounded.
    pub(crate) fn sample_seconds(&mut self, seconds: f64) -> Result<&mut Self> {
        if seconds != 0.0 && !(SHORTEST_SAMPLE..=LONGEST_SAMPLE).contains(&seconds) {
            let text =
                format!("seconds {seconds} are neither 0 nor from {SHORTEST_SAMPLE} to {LONGEST_SAMPLE}");
            return Err(Error::new(ErrorKind::Value, text));
        }
        self.sample = Some(Duration::from_secs_f64(seconds));
        Ok(self)
    }

    /// The program that the run is of, where that is not the process which opens the capture: the file
    /// of its code, and its command line. The run's provenance, its code hash and the default name of the
    /// experiment are the program's then. Not an option of the C interface.
    pub fn program(&mut self, executable: impl Into<PathBuf>, command: &[String]) -> &mut Self {
        self.program = Some(Program { executable: executable.into(), command: command.to_vec() });
        self
    }

    /// One parameter.
    ///
    /// # Errors
    /// When `value` can't be JSON.
    pub fn param(&mut self, name: &str, value: impl Serialize) -> Result<&mut Self> {
        let value = json::value_of("params", &BTreeMap::from([(name, value)]))?;
        self.add_params(value.into_object("params")?);
        Ok(self)
    }

    /// Parameters, added to those before: a struct of the program, a map, a `json!` document.
    /// `METALAB_PARAMS`, as JSON.
    ///
    /// # Errors
    /// When `params` can't be a JSON object.
    pub fn params(&mut self, params: impl Serialize) -> Result<&mut Self> {
        self.add_params(json::object_of("params", &params)?);
        Ok(self)
    }

    /// The variables of a Fortran namelist file as parameters, added to those before: the parameter `grid.n` for
    /// `&grid n = 64 /`. Names are in lower case. The file is read by this call.
    ///
    /// # Errors
    /// When the file can't be read, or is not a namelist ([`ErrorKind::Value`]).
    pub fn namelist(&mut self, path: impl AsRef<Path>) -> Result<&mut Self> {
        let path = path.as_ref();
        let bytes = file::read(path).map_err(|error| Error::io("read", path, &error))?;
        // Old comments are often in Latin-1.
        let text = String::from_utf8(bytes)
            .unwrap_or_else(|other| other.as_bytes().iter().map(|byte| char::from(*byte)).collect());
        let wrong =
            |problem| Error::new(ErrorKind::Value, format!("the namelist {}: {problem}", path.display()));
        let groups = namelist::read(&text).map_err(wrong)?;
        if groups.is_empty() {
            return Err(wrong("it has no group, which begins with &NAME and ends with /".to_owned()));
        }
        self.add_params(groups);
        Ok(self)
    }

    /// Other inputs that the run depends on (data, a mesh), added to those before.
    /// `METALAB_CONTEXT`, as JSON.
    ///
    /// # Errors
    /// When `context` can't be a JSON object.
    pub fn context(&mut self, context: impl Serialize) -> Result<&mut Self> {
        self.add_context(json::object_of("context", &context)?);
        Ok(self)
    }

    /// Metadata, added to those before: for the run's provenance, and for the experiment's manifest
    /// where this run writes it. `METALAB_METADATA`, as JSON.
    ///
    /// # Errors
    /// When `metadata` can't be a JSON object.
    pub fn metadata(&mut self, metadata: impl Serialize) -> Result<&mut Self> {
        self.add_metadata(json::object_of("metadata", &metadata)?);
        Ok(self)
    }

    pub(crate) fn add_params(&mut self, params: Object) {
        self.params.get_or_insert_default().extend(params);
    }

    pub(crate) fn add_context(&mut self, context: Object) {
        self.context.get_or_insert_default().extend(context);
    }

    pub(crate) fn add_metadata(&mut self, metadata: Object) {
        self.metadata.get_or_insert_default().extend(metadata);
    }

    /// Adds a tag of the run. `METALAB_TAGS`, separated by commas.
    pub fn add_tag(&mut self, tag: &str) -> &mut Self {
        add_once(&mut self.tags, tag);
        self
    }

    /// When the process's time is up.
    pub(crate) fn deadline(&self) -> Deadline {
        let end = self.end_time.filter(|end| *end != 0);
        Deadline::new(end, self.stop_before.unwrap_or_default())
    }
}

/// A duration that can be added to a time.
fn bounded(duration: Duration) -> Duration {
    duration.min(Duration::from_secs(clock::LONGEST))
}

fn add_once(tags: &mut Vec<String>, tag: &str) {
    if !tags.iter().any(|other| other == tag) {
        tags.push(tag.to_owned());
    }
}
