//! How a process ends: what tells it to stop, and what is told of its death.

use std::ffi::{c_char, c_int};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;

use super::capture::{metalab_capture_t, with_capture};
use super::convert::{optional, out};
use super::handle::{Kind, parts};
use super::options::{change, metalab_options_t};
use super::status::{
    METALAB_ERR_CLOSED, METALAB_ERR_HANDLE, METALAB_NO_CAPTURE, METALAB_OK, boundary, metalab_status_t, wrong,
};
use crate::base::clock::duration;
use crate::base::error::ErrorKind;
use crate::capture::recover::recover_child;
use crate::companions::ending;
use crate::run::Signals;

/// metalab_options_signals: signals that end the process are first recorded in the run's journal. The error
/// of the recovered run names the signal and the time.
pub const METALAB_SIGNALS_FATAL: u32 = 1;
/// metalab_options_signals: SIGTERM and SIGUSR1 make metalab_capture_should_stop true, and do not
/// end the process.
pub const METALAB_SIGNALS_STOP: u32 = 2;
/// metalab_options_signals: the first SIGINT (Ctrl-C) makes metalab_capture_should_stop true. The next one
/// ends the process.
pub const METALAB_SIGNALS_INTERRUPT: u32 = 4;

/// Sets which signals the run handles: METALAB_SIGNALS_FATAL, METALAB_SIGNALS_STOP,
/// METALAB_SIGNALS_INTERRUPT, several with | , or 0. METALAB_SIGNALS ("fatal", "stop", "interrupt", or
/// several with commas); else none, and no handler is installed.
///
/// metalab_capture_open installs the handlers on top of the program's own. They are removed when the last run
/// that requested them has ended. A handler that the program installs afterwards stays in force, and may call
/// the one that it replaced.
///
/// FATAL: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT and SIGSYS are recorded and passed to the program's own
/// handler. If it has none, they end the process as usual, with the same wait status and core dump. If the
/// thread that opens the run has no alternate signal stack, it gets one, so that a stack overflow is
/// recorded, too. Other signals that end a process (SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE,
/// SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF) are recorded if the program has no handler for
/// them. Signals that the program ignores stay ignored.
///
/// STOP: SIGTERM and SIGUSR1 set a flag, even if they are ignored, and are passed to the program's own
/// handler if it has one. The flag stays set for the life of the process, and applies to all of its runs. The
/// program must poll the flag with metalab_capture_should_stop: while a run that requested STOP is open,
/// SIGTERM and SIGUSR1 do not end the process.
///
/// INTERRUPT: the first SIGINT of the process sets the same flag, as with STOP. Later ones have their usual
/// effect, so that Ctrl-C still ends a program that does not poll.
///
/// None of this applies to a forked child that opens no run of its own. Julia and R need the signals for
/// themselves: there, metalab_capture_open returns METALAB_ERR_UNSUPPORTED if this function has requested
/// signals. METALAB_SIGNALS is ignored there, and the run's log says so.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_signals(
    options: *mut metalab_options_t,
    which: u32,
) -> metalab_status_t {
    change("metalab_options_signals", options, |options| {
        if which & !(METALAB_SIGNALS_FATAL | METALAB_SIGNALS_STOP | METALAB_SIGNALS_INTERRUPT) != 0 {
            return wrong(
                ErrorKind::Value,
                format!("which {which} has bits that are no METALAB_SIGNALS_..."),
            );
        }
        options.signals(Signals {
            fatal: which & METALAB_SIGNALS_FATAL != 0,
            stop: which & METALAB_SIGNALS_STOP != 0,
            interrupt: which & METALAB_SIGNALS_INTERRUPT != 0,
        });
        Ok(())
    })
}

/// Sets the time at which the process will be ended, in seconds since the epoch; 0 for never. METALAB_END_TIME;
/// else SLURM_JOB_END_TIME; else never.
///
/// Errors: METALAB_ERR_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_end_time(
    options: *mut metalab_options_t,
    unix_seconds: i64,
) -> metalab_status_t {
    change("metalab_options_end_time", options, |options| {
        options.end_time_seconds(unix_seconds);
        Ok(())
    })
}

/// Sets how many seconds before the end time (metalab_options_end_time) metalab_capture_should_stop becomes
/// true; 0 for not at all. METALAB_STOP_BEFORE; else 0.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_stop_before(
    options: *mut metalab_options_t,
    seconds: f64,
) -> metalab_status_t {
    change("metalab_options_stop_before", options, |options| {
        options.stop_before(duration(seconds)?);
        Ok(())
    })
}

/// Returns true if the run is asked to stop. Use it as a condition of the solver's loop.
///
/// It is true once the process has received SIGTERM, SIGUSR1 or SIGINT (see metalab_options_signals), once
/// metalab_capture_request_stop was called, or once less time is left than metalab_options_stop_before. It is
/// false for NULL, and for a handle that is no open capture of this process.
///
/// Once this has returned true, metalab_capture_finish ends the run as "cancelled", unless the run failed; a
/// warning in the record says why. A run that never calls this is not cancelled.
///
/// A call costs a few loads from memory, and the read of a coarse clock if there is an end time. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_should_stop(capture: *const metalab_capture_t) -> bool {
    // Nothing here can panic.
    parts(Kind::Capture, capture).is_some_and(|(key, _)| ending::should_stop(key))
}

/// Returns true if the run is to stop at this step. All processes of the run stop at the same step, whichever
/// of them has a reason to; the reasons are those of metalab_capture_should_stop. Use it if the processes
/// wait for each other: if one left the loop earlier, the others would wait for it forever.
///
/// step: the step that begins. Every process asks for the same steps, in the same order.
///
/// The owner of the run chooses the step, at least two steps and about a second ahead, and writes it to a
/// small file in the store. Each process reads that file about twice a second, in this call. Processes may be
/// that many steps apart. A process that is already past the chosen step stops at once, and a warning says
/// so. An owner without other processes also stops at once. A solver that uses MPI can combine the results of
/// metalab_capture_should_stop with MPI_Allreduce instead: docs/ranks.md shows both. If the run's owner does
/// not use this library, each process stops on its own.
///
/// Once this has returned true in a process, the run ends as "cancelled", as with
/// metalab_capture_should_stop. Returns false for NULL. Returns false, with the reason in metalab_last_error,
/// for a capture that is not open, and if the file can't be written or read; then the next call tries again.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_should_stop_at(
    capture: *const metalab_capture_t,
    step: i64,
) -> bool {
    let mut stops = false;
    with_capture("metalab_capture_should_stop_at", capture, |capture| {
        stops = capture.should_stop_at(step)?;
        Ok(())
    });
    stops
}

/// Makes metalab_capture_should_stop true for this capture from now on. Use it in signal handlers of the
/// program, or if the program learns in another way that it should stop. Works also if captures are disabled.
///
/// Errors: METALAB_ERR_CLOSED, METALAB_ERR_HANDLE; metalab_last_error is unchanged. Any thread; safe in a
/// signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_request_stop(capture: *const metalab_capture_t) -> metalab_status_t {
    if capture.is_null() {
        return METALAB_NO_CAPTURE;
    }
    // No message is left: that would allocate, which a signal handler must not.
    match parts(Kind::Capture, capture) {
        Some((key, _)) if ending::request_stop(key) => METALAB_OK,
        Some(_) => METALAB_ERR_CLOSED,
        None => METALAB_ERR_HANDLE,
    }
}

/// Returns the seconds until the end of the process's time (see metalab_options_end_time), negative after it;
/// infinity if there is no end, or if captures are disabled.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_CLOSED (freed, or in a forked child). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_seconds_left(
    capture: *const metalab_capture_t,
    seconds_out: *mut f64,
) -> metalab_status_t {
    with_capture("metalab_capture_seconds_left", capture, |capture| {
        out("seconds_out", seconds_out)?;
        // SAFETY: not NULL; the caller's.
        unsafe { seconds_out.write(capture.seconds_left()) };
        Ok(())
    })
}

/// Recovers the runs of a child process that has ended, as metalab_recover does. They end as "failed", with
/// the exit status or the signal that waitpid returned to the parent. Runs of other processes are left alone.
/// Call this before you open another run of the experiment: metalab_capture_open also recovers dead runs, but
/// without that status, and a recovered run is not changed again.
///
/// pid: the child, a process of this host.
/// wait_status: the status from waitpid.
/// Errors: also METALAB_ERR_VALUE (the status is not that of a process that has ended).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_recover_child(
    locator: *const c_char,
    experiment_id: *const c_char,
    journal: *const c_char,
    pid: i64,
    wait_status: c_int,
    recovered_out: *mut usize,
) -> metalab_status_t {
    boundary("metalab_recover_child", || {
        // SAFETY: as documented.
        let (locator, experiment, journal) = unsafe {
            (
                optional("locator", locator)?,
                optional("experiment_id", experiment_id)?,
                optional("journal", journal)?,
            )
        };
        let ended = ExitStatus::from_raw(wait_status);
        let recovered =
            recover_child(locator, experiment, journal.map(Path::new), pid, ended).map_err(|error| {
                match error.kind() {
                    ErrorKind::Value => error.context("wait_status"),
                    _ => error,
                }
            })?;
        if !recovered_out.is_null() {
            // SAFETY: not NULL; the caller's.
            unsafe { recovered_out.write(recovered as usize) };
        }
        Ok(())
    })
}
