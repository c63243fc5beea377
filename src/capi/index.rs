//! The PostgreSQL index of a store.

use std::ffi::{c_char, c_void};
use std::ops::ControlFlow;

use super::convert::optional;
use super::options::{change, metalab_options_t};
use super::status::{boundary, metalab_status_t};
use crate::base::clock::duration;
use crate::index::rebuild;

/// Sets how many seconds metalab_capture_finish waits at most until the run is in the PostgreSQL index; 0 for
/// not at all. METALAB_INDEX_WAIT; else 5. After one wait in vain, the process's later runs wait at most half
/// a second each, until the index responds again.
///
/// An index that is behind does not harm the run: the files are complete. metalab_capture_health_json reports
/// the state under "index", and the process keeps trying as long as it runs. metalab_index_rebuild adds later
/// what is missing.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_index_wait(
    options: *mut metalab_options_t,
    seconds: f64,
) -> metalab_status_t {
    change("metalab_options_index_wait", options, |options| {
        options.index_wait(duration(seconds)?);
        Ok(())
    })
}

/// Callback that reports the progress of metalab_index_rebuild: `done` of `total` runs. It returns 0 to
/// continue, anything else to stop. It must not call the library, and must not leave by longjmp or an
/// exception.
pub type metalab_progress_t =
    Option<unsafe extern "C" fn(user_data: *mut c_void, done: usize, total: usize) -> i32>;

/// Rebuilds the PostgreSQL index of a store from its files: what live indexing missed, what the server lost,
/// and what was written without an index or by the Python package. Call it at any time and any number of
/// times, also while runs are being written. Runs whose files are gone are removed from the index; rows of
/// experiments that the store does not have are left alone. If the server does not respond, the call fails
/// after 10 s while connecting, or after 10 minutes once it is connected.
///
/// locator: postgresql://...?file_root=/path, see metalab_options_store; NULL for METALAB_STORE.
/// experiment_id: "name:version"; NULL for every experiment of the store.
/// progress: called by this thread about every 1000 runs; may be NULL. If it stops the work, what was added
/// until then stays in the index, and runs_out is not written.
/// user_data: passed to progress.
/// runs_out: the number of requested runs that the index now has; may be NULL.
/// Errors: METALAB_ERR_VALUE (the store has no index), METALAB_ERR_NOT_FOUND, METALAB_ERR_IO (the server
/// can't be reached), METALAB_ERR_ACCESS (the database role lacks permission), METALAB_ERR_INCOMPLETE (a row
/// is larger than the server takes, or a file is no JSON; all else is in the index), METALAB_ERR_UNSUPPORTED
/// (this build has no index, or libpq is missing), METALAB_ERR_STOPPED, METALAB_ERR_NAME, METALAB_ERR_UTF8.
/// Any thread, any process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_index_rebuild(
    locator: *const c_char,
    experiment_id: *const c_char,
    progress: metalab_progress_t,
    user_data: *mut c_void,
    runs_out: *mut usize,
) -> metalab_status_t {
    boundary("metalab_index_rebuild", || {
        // SAFETY: as documented.
        let (locator, experiment) =
            unsafe { (optional("locator", locator)?, optional("experiment_id", experiment_id)?) };
        let runs = rebuild(locator, experiment, &mut |done, total| {
            let Some(progress) = progress else { return ControlFlow::Continue(()) };
            // SAFETY: the caller's function, and what it asked for.
            match unsafe { progress(user_data, done as usize, total as usize) } {
                0 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        })?;
        if !runs_out.is_null() {
            // SAFETY: not NULL; the caller's.
            unsafe { runs_out.write(runs as usize) };
        }
        Ok(())
    })
}
