//! A capture's life.

use std::ffi::c_char;
use std::path::Path;
use std::sync::Arc;

use super::convert::{give, metadata, optional, out, text};
use super::current;
use super::handle::{CAPTURES, DISABLED, Kind, OPTIONS, parts, token};
use super::options::metalab_options_t;
use super::status::{
    Answer, METALAB_NO_CAPTURE, METALAB_SKIP, Stop, boundary, forget_last, metalab_status_t, remark, wrong,
};
use crate::base::error::ErrorKind;
use crate::base::json::Json;
use crate::base::sync::lock;
use crate::capture::recover::{Recovered, recover_host, recover_with_report};
use crate::capture::{Capture, Flush, Opened};
use crate::run::options::Options;

/// A run being captured. Opened by metalab_capture_open, ended by metalab_capture_finish, freed by
/// metalab_capture_free. Any thread may call any function at any time. If threads synchronise, what they emit
/// keeps its order.
///
/// The pointer is a token, not an address. Calls return METALAB_NO_CAPTURE for NULL, METALAB_ERR_CLOSED for a
/// freed or finished capture (unless they say that they work after metalab_capture_finish), and
/// METALAB_ERR_HANDLE for any other pointer. After fork, the parent's capture continues, and calls in the
/// child return METALAB_ERR_CLOSED; the child may open a capture of its own.
pub struct metalab_capture_t {
    _private: [u8; 0],
}

/// How far metalab_capture_flush goes.
pub type metalab_flush_t = i32;

/// Readers of the store see everything that was emitted before.
pub const METALAB_FLUSH_VISIBLE: metalab_flush_t = 0;
/// Everything is on the disk as well: data, directory entries and the journal.
pub const METALAB_FLUSH_DURABLE: metalab_flush_t = 1;

/// Has `body` use a capture.
pub(super) fn with_capture(
    function: &str,
    capture: *const metalab_capture_t,
    body: impl FnOnce(&Arc<Capture>) -> Answer,
) -> metalab_status_t {
    // A code that runs without a capture pays for a comparison.
    if capture.is_null() {
        return METALAB_NO_CAPTURE;
    }
    boundary(function, || body(&CAPTURES.get("capture", capture)?))
}

/// Opens a capture: creates the store if it is missing, writes the run's record with status "running", and
/// starts the thread that keeps the store up to date.
///
/// options: what to capture; NULL takes everything from the environment. Copied.
/// capture_out: the capture, to be freed with metalab_capture_free. NULL if the status is not METALAB_OK: the
/// program may continue and pass it to every call.
///
/// An earlier attempt at the run whose process died is recovered first. If another process is recovering it,
/// the call waits for at most 60 seconds. METALAB_ERR_BUSY means that this process or another is writing the
/// run, even if it spells the store's path differently; or that the run belongs to another host, whose
/// processes cannot be checked. metalab_recover explains how to take over such a run. If three processes have
/// died while recovering the run, the status is METALAB_ERR_INCOMPLETE; call metalab_recover to try again.
/// The experiment's other dead runs are recovered in the background. Each is tried once: if a process has
/// died while recovering a run, that run is left to metalab_recover, and the log says so.
///
/// With METALAB_DISABLED=1 (or true, yes, on) in the environment, captures are disabled: this call and every
/// call on the capture succeed, cost next to nothing and write nothing.
///
/// Errors: METALAB_SKIP (no error: the run has already succeeded), METALAB_ERR_EXISTS, METALAB_ERR_BUSY,
/// METALAB_ERR_INCOMPLETE, METALAB_ERR_NOT_FOUND (there is no run to attach to), METALAB_ERR_ACCESS,
/// METALAB_ERR_FULL, METALAB_ERR_IO, METALAB_ERR_NAME, METALAB_ERR_VALUE, METALAB_ERR_JSON, METALAB_ERR_UTF8,
/// METALAB_ERR_NULL, METALAB_ERR_HANDLE, METALAB_ERR_UNSUPPORTED. After an error, nothing that was in the store
/// is lost. Any thread.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_open(
    options: *const metalab_options_t,
    capture_out: *mut *mut metalab_capture_t,
) -> metalab_status_t {
    boundary("metalab_capture_open", || {
        out("capture_out", capture_out)?;
        // SAFETY: not NULL; the caller's.
        unsafe { capture_out.write(std::ptr::null_mut()) };
        let options = match options.is_null() {
            true => Options::new(),
            false => {
                let options = OPTIONS.get("options", options)?;
                lock(&options).clone()
            }
        };
        let capture = match Capture::open(&options)? {
            Opened::Capture(capture) => capture,
            Opened::Skipped(_) => return Err(Stop::Status(METALAB_SKIP)),
        };
        let handle = CAPTURES.add_as(capture.key(), Arc::new(capture));
        // SAFETY: as above.
        unsafe { capture_out.write(handle) };
        Ok(())
    })
}

/// Returns the run's id; "" if captures are disabled.
///
/// run_id_out: a string to be freed with metalab_string_free.
/// Errors: METALAB_ERR_NULL. Any thread, also after metalab_capture_finish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_run_id(
    capture: *const metalab_capture_t,
    run_id_out: *mut *mut c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_run_id", capture, |capture| {
        out("run_id_out", run_id_out)?;
        // SAFETY: not NULL; the caller's.
        unsafe { give(run_id_out, capture.run_id()) }
    })
}

/// Derives a seed for a part of the program from the run's root seed and replicate, as the Python package
/// does. Returns 0 if captures are disabled.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_derive_seed(
    capture: *const metalab_capture_t,
    name: *const c_char,
    seed_out: *mut u64,
) -> metalab_status_t {
    with_capture("metalab_capture_derive_seed", capture, |capture| {
        out("seed_out", seed_out)?;
        // SAFETY: as documented.
        let seed = capture.derive_seed(unsafe { text("name", name)? })?;
        // SAFETY: not NULL; the caller's.
        unsafe { seed_out.write(seed) };
        Ok(())
    })
}

/// Adds a warning to the run's record: {"message": message} and the members of details_json.
///
/// details_json: a JSON object, or NULL.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON, METALAB_ERR_CLOSED,
/// METALAB_ERR_FULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_add_warning(
    capture: *mut metalab_capture_t,
    message: *const c_char,
    details_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_add_warning", capture, |capture| {
        // SAFETY: as documented.
        let (message, details) =
            unsafe { (text("message", message)?, metadata("details_json", details_json)?) };
        Ok(capture.add_warning(message, details)?)
    })
}

/// Adds a line to the run's notes.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_CLOSED, METALAB_ERR_FULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_add_note(
    capture: *mut metalab_capture_t,
    note: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_add_note", capture, |capture| {
        // SAFETY: as documented.
        Ok(capture.add_note(unsafe { text("note", note)? })?)
    })
}

/// Adds a tag to the run, once.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_CLOSED, METALAB_ERR_FULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_add_tag(
    capture: *mut metalab_capture_t,
    tag: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_add_tag", capture, |capture| {
        // SAFETY: as documented.
        Ok(capture.add_tag(unsafe { text("tag", tag)? })?)
    })
}

/// Makes the run end with status "failed". Only the first failure is kept; the run continues until it is
/// finished.
///
/// type: the kind of failure, in one word: "Diverged", "std::bad_alloc".
/// message: a description of the failure.
/// traceback: where it happened, or NULL.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_CLOSED, METALAB_ERR_FULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_fail(
    capture: *mut metalab_capture_t,
    r#type: *const c_char,
    message: *const c_char,
    traceback: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_fail", capture, |capture| {
        // SAFETY: as documented.
        let (kind, message, traceback) =
            unsafe { (text("type", r#type)?, text("message", message)?, optional("traceback", traceback)?) };
        Ok(capture.fail(kind, message, traceback)?)
    })
}

/// Makes the run end with status "cancelled", unless it fails.
///
/// reason: goes into the run's warnings; may be NULL.
/// Errors: METALAB_ERR_UTF8, METALAB_ERR_CLOSED, METALAB_ERR_FULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_cancel(
    capture: *mut metalab_capture_t,
    reason: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_cancel", capture, |capture| {
        // SAFETY: as documented.
        Ok(capture.cancel(unsafe { optional("reason", reason)? })?)
    })
}

/// Waits until everything emitted so far is visible to readers of the store, or is also on the disk. Programs
/// seldom need this: once a call returns, its data survives the death of the process. For each series with
/// new points, an entry is written in results/. It has all points if there are at most 500, otherwise at most
/// 1000 that draw the same curve. The entry's metadata has "partial": true and "total_points"; at the end of
/// the run, the whole series replaces the entry.
///
/// how: a METALAB_FLUSH_... .
/// Errors: METALAB_ERR_INCOMPLETE (something could not be written so far), METALAB_ERR_VALUE,
/// METALAB_ERR_CLOSED, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_flush(
    capture: *mut metalab_capture_t,
    how: metalab_flush_t,
) -> metalab_status_t {
    with_capture("metalab_capture_flush", capture, |capture| {
        let how = match how {
            METALAB_FLUSH_VISIBLE => Flush::Visible,
            METALAB_FLUSH_DURABLE => Flush::Durable,
            _ => return wrong(ErrorKind::Value, format!("how {how} is not a METALAB_FLUSH_ constant")),
        };
        Ok(capture.flush(how)?)
    })
}

/// Ends the run. Writes everything to the store, and then the final status to the record: "failed" or
/// "cancelled" if that was requested, else "success". Keeps mapped arrays and streams that were not sealed as
/// they are, with "incomplete": true in their metadata. Waits for the disk if metalab_options_durable is set.
///
/// A second call returns the status of the first. The handle stays valid until it is freed; emitting to it
/// returns METALAB_ERR_CLOSED.
///
/// Errors: METALAB_ERR_INCOMPLETE (the run has ended, but something could not be written; its journal is kept
/// then). Any thread; call it when no other thread emits to the run any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_finish(capture: *mut metalab_capture_t) -> metalab_status_t {
    with_capture("metalab_capture_finish", capture, |capture| {
        current::ends(capture.key());
        Ok(capture.finish()?)
    })
}

/// Frees a capture. If its run is not finished yet, finishes it first; call metalab_capture_finish yourself
/// to get the status. Open mappings and streams stay valid until they are sealed or abandoned. NULL is fine.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_free(capture: *mut metalab_capture_t) {
    boundary("metalab_capture_free", || {
        if parts(Kind::Capture, capture).is_some_and(|(key, _)| key == DISABLED) {
            return Ok(());
        }
        if let Some(capture) = CAPTURES.remove(capture) {
            current::ends(capture.key());
            // Here, and not where the last thread lets go of it.
            let _ = capture.finish();
        }
        Ok(())
    });
}

/// Recovers the runs of a store whose process died. What they had emitted is written to the store, and they
/// end as "failed", with an error that names the process, the cause, the last step and the time. Runs that
/// are still running are left alone. So are runs of other hosts, since their processes cannot be checked.
/// metalab_capture_open does the same in the background, for the runs of its experiment.
///
/// The type of the error is "Exit" (exit or a return from main without metalab_capture_finish), "Signal" or
/// "Abort" (see METALAB_SIGNALS_FATAL), "Killed" (it died without a record of how, after SIGTERM or SIGUSR1;
/// see METALAB_SIGNALS_STOP), else "ProcessDied". If the program had called metalab_capture_fail, it is the
/// type that was passed there.
///
/// If runs were left alone because of their host, the status is METALAB_OK, and metalab_last_error lists
/// these hosts with the number of runs of each. metalab_recover_host takes over the runs of a host that is
/// gone. Records that a power cut has emptied are set aside; metalab_last_error names them, too.
///
/// Two environment variables make metalab_recover and metalab_capture_open take over runs of other hosts.
/// METALAB_TAKE_OVER is a list of host names that are gone, separated by commas; or it is "job", which stands
/// for every other step of this process's SLURM job and all earlier runs of that job. If SLURM has requeued
/// the job (a higher SLURM_RESTART_COUNT), its runs are taken over even without the variable.
/// METALAB_DEAD_AFTER is a number of seconds, 60 or more: a process that has been silent for longer counts as
/// dead. Allow several minutes, since the clocks of hosts differ and network file systems show writes late.
///
/// locator: as in metalab_options_store; NULL for METALAB_STORE, else "./experiments".
/// experiment_id: "name:version"; NULL for every experiment of the store.
/// journal: as in metalab_options_journal; NULL for METALAB_JOURNAL, else the default directory.
/// recovered_out: how many runs were recovered; may be NULL.
/// Errors: METALAB_ERR_NOT_FOUND (no such store), METALAB_ERR_INCOMPLETE (a run could not be
/// written whole; its journal stays, the others are recovered), METALAB_ERR_IO, METALAB_ERR_ACCESS,
/// METALAB_ERR_FULL, METALAB_ERR_NAME, METALAB_ERR_UTF8. Any thread, any process; several at once
/// are safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_recover(
    locator: *const c_char,
    experiment_id: *const c_char,
    journal: *const c_char,
    recovered_out: *mut usize,
) -> metalab_status_t {
    boundary("metalab_recover", || {
        // SAFETY: as documented.
        let (locator, experiment, journal) = unsafe {
            (
                optional("locator", locator)?,
                optional("experiment_id", experiment_id)?,
                optional("journal", journal)?,
            )
        };
        let recovered = recover_with_report(locator, experiment, journal.map(Path::new))?;
        // SAFETY: NULL, or the caller's.
        unsafe { report("metalab_recover", &recovered, recovered_out) };
        Ok(())
    })
}

/// Recovers as metalab_recover does, and also the runs of processes on `host`. Call it when that host is gone
/// (a lost node, a pod with a new name), or when none of its processes uses this store; the library never
/// guesses. If a process still runs there, it notices before its next write to the store and writes nothing
/// more. Its health then reports this, and its metalab_capture_finish returns METALAB_ERR_INCOMPLETE.
///
/// If the journal is on that host's own disk, it cannot be read here, and the run ends with what the store
/// already has.
///
/// host: the name that gethostname returned there. It is in the run's record, and in metalab_last_error after
/// metalab_recover.
/// The other arguments: as for metalab_recover.
/// Errors: also METALAB_ERR_NULL (host), METALAB_ERR_VALUE (an empty host).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_recover_host(
    locator: *const c_char,
    experiment_id: *const c_char,
    journal: *const c_char,
    host: *const c_char,
    recovered_out: *mut usize,
) -> metalab_status_t {
    boundary("metalab_recover_host", || {
        // SAFETY: as documented.
        let (locator, experiment, journal, host) = unsafe {
            (
                optional("locator", locator)?,
                optional("experiment_id", experiment_id)?,
                optional("journal", journal)?,
                text("host", host)?,
            )
        };
        if host.is_empty() {
            return wrong(ErrorKind::Value, "host is empty");
        }
        let recovered = recover_host(locator, experiment, journal.map(Path::new), host)?;
        // SAFETY: NULL, or the caller's.
        unsafe { report("metalab_recover_host", &recovered, recovered_out) };
        Ok(())
    })
}

/// Writes how many runs were recovered, and makes the last error what was left alone, or nothing.
///
/// # Safety
/// `recovered_out` is NULL, or can be written.
unsafe fn report(function: &str, recovered: &Recovered, recovered_out: *mut usize) {
    match &recovered.remark {
        Some(text) => remark(function, text),
        None => forget_last(),
    }
    if !recovered_out.is_null() {
        // SAFETY: not NULL; the caller's.
        unsafe { recovered_out.write(recovered.runs as usize) };
    }
}

/// The handle of series `id` of the capture that `capture` stands for.
pub(super) fn series_token<H>(capture: *const metalab_capture_t, id: u32) -> Answer<*mut H> {
    let (key, _) = super::handle::key(Kind::Capture, "capture", capture)?;
    // 0 stands for no series.
    Ok(token(Kind::Series, key, id + 1))
}

/// Gives a JSON value out as text; the caller frees it.
///
/// # Safety
/// `json_out` may be written.
pub(super) unsafe fn give_json(json_out: *mut *mut c_char, json: &Json) -> Answer {
    // SAFETY: the caller's duty.
    unsafe { give(json_out, json.to_pretty()) }
}
