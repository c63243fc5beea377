//! A program's run from its start to its end.

use std::ffi::OsString;
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use metalab::{Capture, Locator, Opened, Options};

use super::artifacts::Artifacts;
use super::channel::{Channel, Size};
use super::inputs::{self, Input};
use super::keeper::Keeper;
use super::program::{self, End};
use super::recorder::{self, Reading};
use super::relay::{Queue, Relays};
use super::sampler::Sampler;
use super::signals::{self, Signals};
use super::usage::Usage;
use crate::failure::{Answer, Failure, Result, say};

/// The program, and how it is to be captured.
pub struct Plan {
    pub command: Vec<OsString>,
    /// The experiment, for the same.
    pub experiment: String,
    pub options: Options,
    pub inputs: Vec<Input>,
    pub artifacts: Vec<String>,
    pub reading: Reading,
    pub sample: Duration,
    /// The store, for the program's own use of the library.
    pub store: String,
    pub requires_capture: bool,
    pub is_quiet: bool,
}

/// The parts that follow the program while it runs.
struct Following {
    usage: Arc<Usage>,
    keeper: Arc<Keeper>,
    relays: Relays,
    sizes: Vec<Size>,
    recorder: JoinHandle<()>,
}

/// Runs the program, and returns its exit status.
pub fn run(plan: &Plan) -> Result<Answer> {
    let artifacts = Artifacts::new(&plan.artifacts)?;
    let signals = Signals::take();
    // While there is one thread.
    let (channels, keeper) = match ways() {
        Ok(ways) => ways,
        Err(error) => return uncaptured(plan, &signals, &format!("its output can't be followed: {error}")),
    };
    let start = Instant::now();
    let run = match Capture::open(&plan.options) {
        Ok(Opened::Capture(run)) => Arc::new(run),
        Ok(Opened::Skipped(id)) => {
            keeper.dismiss();
            say(format_args!("run {id} has already succeeded: {:?} is not started", plan.command[0]));
            return Ok(Answer::Yes);
        }
        Err(error) => {
            keeper.dismiss();
            return uncaptured(plan, &signals, error.message());
        }
    };
    let (following, writers) = match begin(plan, &run, channels, &keeper) {
        Ok(begun) => begun,
        Err(error) => {
            keeper.dismiss();
            let _ = run.fail("NotCaptured", error.message(), None).and_then(|()| run.finish());
            return uncaptured(plan, &signals, error.message());
        }
    };
    inputs::refer(&run, &plan.inputs);
    // The store may have been waited for.
    if let Some(signal) = signals.stopping() {
        drop(writers);
        following.finish();
        let reason = format!("{} came before the program was started", signals::name(signal));
        told(plan, &run, run.cancel(Some(&reason)).and_then(|()| run.finish()))?;
        return Ok(Answer::Status(status_after(signal)));
    }
    program::adopt_orphans();
    let started = Instant::now();
    let pid = match program::start(&plan.command, &variables(plan, &run), writers, &signals) {
        Ok(pid) => pid,
        Err(error) => {
            following.finish();
            let failure = cannot_start(&plan.command[0].to_string_lossy(), &error);
            let _ = run.fail("NotStarted", &failure.to_string(), None).and_then(|()| run.finish());
            failure.report();
            return Ok(Answer::Status(status_of(&error)));
        }
    };
    let is_sampled = !plan.sample.is_zero();
    let sampler = is_sampled.then(|| Sampler::start(&run, &following.usage, start, plan.sample));
    let end = following.watch(pid, &signals);
    let wall = started.elapsed();
    let usage = following.usage.clone();
    if let Some(Ok(sampler)) = sampler {
        sampler.finish();
    }
    if !following.finish() {
        let _ = run.add_warning("processes of the program go on; what they print is not in the log", ());
    }
    // Dropped, it passes on what other processes print from now on.
    drop(keeper);
    artifacts.keep(&run);
    note_end(&run, end, wall, &usage);
    let is_kept = run.finish();
    told(plan, &run, is_kept)?;
    Ok(Answer::Status(shell_status(end.status)))
}

/// The ways of the program's output, and who keeps them open.
fn ways() -> std::io::Result<(Vec<Channel>, Arc<Keeper>)> {
    let channels = [libc::STDOUT_FILENO, libc::STDERR_FILENO].into_iter().map(Channel::open);
    let channels = channels.collect::<std::io::Result<Vec<_>>>()?;
    let keeper = Keeper::start(&channels)?;
    Ok((channels, Arc::new(keeper)))
}

/// Starts what the output goes to, and returns the ends that the program writes to.
fn begin(
    plan: &Plan,
    run: &Arc<Capture>,
    channels: Vec<Channel>,
    keeper: &Arc<Keeper>,
) -> metalab::Result<(Following, Vec<(RawFd, OwnedFd)>)> {
    let queue = Arc::new(Queue::new(channels.len()));
    let logs: Vec<&str> = channels.iter().map(Channel::log).collect();
    let sizes = channels.iter().filter_map(Channel::size).collect();
    let recorder = recorder::start(run, &queue, &logs, &plan.reading)?;
    let started = Relays::start(channels, keeper, &queue);
    let (relays, writers) = started.map_err(|error| {
        metalab::Error::new(metalab::ErrorKind::Io, format!("cannot follow the output: {error}"))
    })?;
    let usage = Arc::new(Usage::new(keeper.pid()));
    Ok((Following { usage, keeper: keeper.clone(), relays, sizes, recorder }, writers))
}

impl Following {
    /// Passes on the signals that come, until the program ends.
    fn watch(&self, pid: libc::pid_t, signals: &Signals) -> End {
        program::watch(pid, signals, &self.keeper, &self.usage, || self.sizes.iter().for_each(Size::follow))
    }

    /// Waits until everything that was printed is passed on and in the log. False if other processes still
    /// have the program's streams: the keeper goes on for them.
    fn finish(self) -> bool {
        let is_passed = self.relays.finish();
        if is_passed {
            self.keeper.dismiss();
        }
        // A thread that has panicked has said so.
        let _ = self.recorder.join();
        is_passed
    }
}

/// Metrics of the whole run, and how it ended.
fn note_end(run: &Capture, end: End, wall: Duration, usage: &Usage) {
    let used = usage.total();
    let whole = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    // A metric that can't be kept makes `finish` fail.
    let _ = run.metric("process.wall_seconds", wall.as_secs_f64());
    let _ = run.metric("process.user_seconds", used.user);
    let _ = run.metric("process.system_seconds", used.system);
    let _ = run.metric("process.peak_resident_bytes", whole(used.peak));
    let _ = run.metric("process.storage_read_bytes", whole(used.read));
    let _ = run.metric("process.storage_written_bytes", whole(used.written));
    let _ = run.metric("process.exit_status", i64::from(shell_status(end.status)));
    let ended = match (end.stopped_by, end.status.signal(), end.status.code()) {
        (Some(signal), ..) => run.cancel(Some(&format!("{} was passed on", signals::name(signal)))),
        (None, Some(signal), _) => {
            run.fail("Signal", &format!("the program was killed by {}", signals::name(signal)), None)
        }
        (None, None, Some(0)) => Ok(()),
        (None, None, status) => run.fail("Exit", &format!("exit status {}", status.unwrap_or(-1)), None),
    };
    let _ = ended;
}

/// Says on the terminal where the run is, or that it is not all there.
fn told(plan: &Plan, run: &Capture, is_kept: metalab::Result<()>) -> Result<()> {
    use std::io::IsTerminal as _;
    if let Err(error) = is_kept {
        say(format_args!("the run is not complete: {}", error.message()));
        if plan.requires_capture {
            return Err(Failure::new("the run could not be captured whole"));
        }
    } else if !plan.is_quiet && !run.run_id().is_empty() && std::io::stderr().is_terminal() {
        let short = crate::format::short_id(run.run_id());
        say(format_args!("run {short} captured in {} (mlab show {short})", plan.store));
    }
    Ok(())
}

/// Runs the program without a capture: a capture never stops its host.
fn uncaptured(plan: &Plan, signals: &Signals, problem: &str) -> Result<Answer> {
    if plan.requires_capture {
        return Err(Failure::new(format!("the program can't be captured: {problem}"))
            .advice("it was not started; without --require it runs uncaptured"));
    }
    say(format_args!("not captured: {problem}"));
    let error = program::become_it(&plan.command, signals);
    cannot_start(&plan.command[0].to_string_lossy(), &error).report();
    Ok(Answer::Status(status_of(&error)))
}

/// The variables with which a program that uses the library itself joins this run.
fn variables(plan: &Plan, run: &Capture) -> Vec<(&'static str, String)> {
    if run.run_id().is_empty() {
        return Vec::new();
    }
    let own = "store,experiment,run_id,role";
    let all = match std::env::var("METALAB_OVERRIDE") {
        Ok(others) if !others.trim().is_empty() => format!("{others},{own}"),
        _ => own.to_owned(),
    };
    let mut variables = vec![
        ("METALAB_ROLE", "worker".to_owned()),
        ("METALAB_STORE", absolute(&plan.store)),
        ("METALAB_EXPERIMENT", plan.experiment.clone()),
        ("METALAB_RUN_ID", run.run_id().to_owned()),
        ("METALAB_OVERRIDE", all),
    ];
    variables.retain(|(_, value)| !value.is_empty());
    variables
}

/// The store for a process that may have another working directory.
fn absolute(store: &str) -> String {
    if store.contains("://") || store == "discover" {
        return store.to_owned();
    }
    // Not the text: its ~ may be one that no shell has replaced.
    let path = match Locator::parse(store) {
        Ok(Locator::File(path, None)) => std::path::absolute(path).ok(),
        _ => None,
    };
    path.and_then(|path| path.to_str().map(str::to_owned)).unwrap_or_else(|| store.to_owned())
}

/// The failure of a program that can't be started.
pub fn cannot_start(name: &str, error: &std::io::Error) -> Failure {
    let advice = match error.kind() {
        std::io::ErrorKind::NotFound => "name a program on the PATH, or one with its directory: ./solver",
        std::io::ErrorKind::PermissionDenied => "make it executable: chmod +x",
        _ => "nothing was run",
    };
    let error = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such program".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it is not executable".to_owned(),
        _ => error.to_string(),
    };
    Failure::new(format!("cannot start {name}: {error}")).advice(advice)
}

/// The exit status of a program that can't be started, as shells have it.
pub fn status_of(error: &std::io::Error) -> u8 {
    if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 }
}

/// A status as shells have it.
fn shell_status(status: ExitStatus) -> u8 {
    match (status.code(), status.signal()) {
        (None, Some(signal)) => status_after(signal),
        (code, _) => code.and_then(|code| u8::try_from(code).ok()).unwrap_or(255),
    }
}

/// The status that shells have for a program that a signal ended.
fn status_after(signal: libc::c_int) -> u8 {
    u8::try_from(128 + signal).unwrap_or(255)
}
