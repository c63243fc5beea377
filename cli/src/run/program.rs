//! The program that is run: which file it is, its start, its signals and its end.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use super::keeper::Keeper;
use super::signals::{self, Signal, Signals};
use super::usage::Usage;

/// Nothing depends on waking up sooner: signals do that.
const LONG: Duration = Duration::from_secs(3600);

/// How the program ended.
#[derive(Debug, Clone, Copy)]
pub struct End {
    /// Its status.
    pub status: ExitStatus,
    /// The first signal to stop that it got from us, or from the terminal.
    pub stopped_by: Option<libc::c_int>,
}

/// The file that `name` means: a path, or a program on the PATH.
pub fn find(name: &OsStr) -> io::Result<PathBuf> {
    let is_program = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    if name.as_bytes().contains(&b'/') {
        let path = PathBuf::from(name);
        return match std::fs::metadata(&path) {
            Err(error) => Err(error),
            Ok(_) if is_program(&path) => Ok(path),
            Ok(_) => Err(io::ErrorKind::PermissionDenied.into()),
        };
    }
    let places = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let found = std::env::split_paths(&places).map(|place| place.join(name)).find(|path| is_program(path));
    found.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Starts the program with `writers` as its streams of these numbers, and returns its process.
pub fn start(
    command: &[OsString],
    variables: &[(&'static str, String)],
    writers: Vec<(RawFd, OwnedFd)>,
    signals: &Signals,
) -> io::Result<libc::pid_t> {
    let mut started = Command::new(&command[0]);
    started.args(&command[1..]).envs(variables.iter().map(|(name, value)| (name, value)));
    for (number, writer) in writers {
        match number {
            libc::STDOUT_FILENO => started.stdout(writer),
            _ => started.stderr(writer),
        };
    }
    let signals = *signals;
    // SAFETY: system calls, which need nothing of the parent's threads.
    unsafe {
        started.pre_exec(move || {
            signals.give_back();
            Ok(())
        });
    }
    let child = started.spawn()?;
    Ok(libc::pid_t::try_from(child.id()).unwrap_or(-1))
}

/// Waits for the program's end, and passes on the signals that come. `resize` is called when the terminal's
/// size has changed.
pub fn watch(pid: libc::pid_t, signals: &Signals, keeper: &Keeper, usage: &Usage, resize: impl Fn()) -> End {
    let mut stopped_by = None;
    loop {
        let Some(signal) = signals.wait(LONG) else { continue };
        match signal.number {
            libc::SIGCHLD => {
                if let Some(status) = reap(pid, usage) {
                    return End { status, stopped_by };
                }
                continue;
            }
            number if signal.is_stopping() => stopped_by = stopped_by.or(Some(number)),
            libc::SIGWINCH => resize(),
            _ => {}
        }
        pass_on(pid, signal, keeper);
    }
}

/// Passes a signal on, unless the program has it: the terminal has sent its signals to the program, too, and
/// others may have sent theirs to the whole process group. The size of the program's terminal is changed only
/// now.
fn pass_on(pid: libc::pid_t, signal: Signal, keeper: &Keeper) {
    let has_it = match signal.number {
        libc::SIGWINCH | libc::SIGCONT => false,
        _ if signal.is_of_terminal || signal.sender == pid => true,
        number => signal.sender != 0 && keeper.was_of_group(number, signal.sender),
    };
    if !has_it {
        // It may have ended.
        let _ = signals::send(pid, signal.number);
    }
    if signal.number == libc::SIGTSTP {
        signals::stop();
    }
}

/// Takes the processes that have ended; the status of `pid` if that is one of them.
fn reap(pid: libc::pid_t, usage: &Usage) -> Option<ExitStatus> {
    let mut found = None;
    loop {
        let mut status = 0;
        // SAFETY: the call fills both structures of this function.
        let (ended, used) = unsafe {
            let mut used = std::mem::zeroed();
            (libc::wait4(-1, &raw mut status, libc::WNOHANG, &raw mut used), used)
        };
        if ended <= 0 {
            return found;
        }
        usage.add(ended, &used);
        if ended == pid {
            found = Some(ExitStatus::from_raw(status));
        }
    }
}

/// Becomes the program. Returns only if that fails.
pub fn become_it(command: &[OsString], signals: &Signals) -> io::Error {
    signals.give_back();
    Command::new(&command[0]).args(&command[1..]).exec()
}

/// Makes processes of the program whose parent has ended ours, so that what they used is counted.
pub fn adopt_orphans() {
    // SAFETY: sets an attribute of this process. A kernel without it counts less.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
}
