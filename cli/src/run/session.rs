//! A program's run from its start to its end.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metalab::{Capture, Opened, Options};

use super::artifacts::Artifacts;
use super::channel::Channel;
use super::inputs::{self, Input};
use super::keeper::Keeper;
use super::program::{self, End};
use super::recorder::{self, Reading};
use super::relay::{Queue, Relays};
use super::sampler::Sampler;
use super::signals::{self, Signals};
use super::usage::Usage;
use crate::failure::{Answer, Failure, Result};

/// What is to be done.
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
struct Capturing {
    queue: Arc<Queue>,
    recorder: std::thread::JoinHandle<()>,
}

/// Runs the program, and returns its exit status.
pub fn run(plan: &Plan) -> Result<Answer> {
    let artifacts = Artifacts::new(&plan.artifacts)?;
    let signals = Signals::take();
    let open = |number| Channel::open(number);
    let channels = [open(libc::STDOUT_FILENO), open(libc::STDERR_FILENO)];
    let mut channels =
        channels.into_iter().collect::<std::io::Result<Vec<_>>>().map_err(|error| starts(&error))?;
    let keeper = Keeper::start(&channels).map_err(|error| starts(&error))?;
    let start = Instant::now();
    let run = match Capture::open(&plan.options) {
        Ok(Opened::Capture(run)) => run,
        Ok(Opened::Skipped(id)) => {
            keeper.dismiss();
            anstream::eprintln!("mlab: run {id} has already succeeded: {:?} is not started", plan.command[0]);
            return Ok(Answer::Yes);
        }
        Err(error) => {
            keeper.dismiss();
            return uncaptured(plan, &signals, error.into());
        }
    };
    let run = Arc::new(run);
    let capturing = match begin(plan, &run, &channels) {
        Ok(capturing) => capturing,
        Err(error) => {
            keeper.dismiss();
            let _ = run.fail("NotCaptured", error.message(), None).and_then(|()| run.finish());
            return uncaptured(plan, &signals, error.into());
        }
    };
    inputs::refer(&run, &plan.inputs);
    program::adopt_orphans();
    let usage = Arc::new(Usage::new(keeper.pid()));
    let variables = variables(plan, &run);
    let started = Instant::now();
    let pid = match program::start(&plan.command, &variables, &mut channels, &signals) {
        Ok(pid) => pid,
        Err(error) => {
            keeper.dismiss();
            let failure = cannot_start(&plan.command[0].to_string_lossy(), &error);
            let _ = run.fail("NotStarted", &failure.to_string(), None).and_then(|()| run.finish());
            failure.report();
            return Ok(Answer::Status(status_of(&error)));
        }
    };
    let sampler = match plan.sample.is_zero() {
        true => None,
        false => Sampler::start(&run, &usage, start, plan.sample).ok(),
    };
    let (end, is_passed) = follow(pid, channels, keeper, &signals, &usage, Some(&capturing.queue))?;
    let wall = started.elapsed();
    if let Some(sampler) = sampler {
        sampler.finish();
    }
    let _ = capturing.recorder.join();
    if !is_passed {
        let _ = run.add_warning("processes of the program go on; what they print is not in the log", ());
    }
    artifacts.keep(&run);
    note_end(&run, end, wall, &usage);
    let is_kept = run.finish();
    told(plan, &run, is_kept)?;
    Ok(Answer::Status(shell_status(end.status)))
}

/// Starts what the captured output goes to.
fn begin(plan: &Plan, run: &Arc<Capture>, channels: &[Channel]) -> metalab::Result<Capturing> {
    let queue = Arc::new(Queue::new(channels.len()));
    let logs: Vec<&str> = channels.iter().map(Channel::log).collect();
    let recorder = recorder::start(run, &queue, &logs, &plan.reading)?;
    Ok(Capturing { queue, recorder })
}

/// Passes on what the program prints and the signals that come, until it ends.
fn follow(
    pid: libc::pid_t,
    channels: Vec<Channel>,
    keeper: Keeper,
    signals: &Signals,
    usage: &Usage,
    queue: Option<&Arc<Queue>>,
) -> Result<(End, bool)> {
    let keeper = Arc::new(keeper);
    let sizes: Vec<_> = channels.iter().filter_map(Channel::size).collect();
    let relays = Relays::start(channels, &keeper, queue).map_err(|error| starts(&error))?;
    let end = program::watch(pid, signals, &keeper, usage, || sizes.iter().for_each(|size| size.follow()));
    let is_passed = relays.finish();
    match Arc::try_unwrap(keeper) {
        Ok(keeper) if is_passed => keeper.dismiss(),
        // It goes on for those that still print.
        _ => {}
    }
    Ok((end, is_passed))
}

/// Metrics of the whole run, and how it ended.
fn note_end(run: &Capture, end: End, wall: Duration, usage: &Usage) {
    let used = usage.total();
    let whole = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    // What can't be kept makes `finish` fail.
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
        anstream::eprintln!("mlab: the run is not complete: {}", error.message());
        if plan.requires_capture {
            return Err(Failure::new("the run could not be captured whole"));
        }
    } else if !plan.is_quiet && !run.run_id().is_empty() && std::io::stderr().is_terminal() {
        let short = crate::format::short_id(run.run_id());
        anstream::eprintln!("mlab: run {short} captured in {} (mlab show {short})", plan.store);
    }
    Ok(())
}

/// Runs the program without a capture: a capture never stops its host.
fn uncaptured(plan: &Plan, signals: &Signals, failure: Failure) -> Result<Answer> {
    if plan.requires_capture {
        signals.give_back();
        return Err(failure.advice("the program was not started; without --require it runs uncaptured"));
    }
    anstream::eprintln!("mlab: not captured: {failure}");
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
    let path = std::path::absolute(Path::new(store));
    path.ok().and_then(|path| path.to_str().map(str::to_owned)).unwrap_or_else(|| store.to_owned())
}

fn starts(error: &std::io::Error) -> Failure {
    Failure::new(format!("the program can't be followed: {error}"))
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
    let status = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    status.and_then(|status| u8::try_from(status).ok()).unwrap_or(255)
}
