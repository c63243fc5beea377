//! The run of the program, for libraries that it uses.

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::capture::metalab_capture_t;
use super::handle::{CAPTURES, Kind, token};
use super::status::{boundary, metalab_status_t};
use crate::base::sync::PerProcess;

/// The token of the current capture; 0 where there is none, as in a forked child.
static CURRENT: PerProcess<AtomicUsize> = PerProcess::new(|_| AtomicUsize::new(0));

/// Makes a capture the current one of the process, which metalab_capture_current returns. Call this in the
/// program that opens the run. Then the libraries that it uses can emit metrics, data and artifacts into the
/// run without receiving the handle.
///
/// capture: the capture; NULL for none. When a capture ends, it is no longer current.
/// Errors: METALAB_ERR_CLOSED, METALAB_ERR_HANDLE. Any thread; the setting applies to all threads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_set_current(capture: *mut metalab_capture_t) -> metalab_status_t {
    boundary("metalab_capture_set_current", || {
        if !capture.is_null() {
            CAPTURES.get("capture", capture)?;
        }
        CURRENT.get().store(capture.addr(), Ordering::Release);
        Ok(())
    })
}

/// Returns the current capture of the process, or NULL if there is none. A library need not check for NULL,
/// since every call with NULL returns METALAB_NO_CAPTURE:
///
///   metalab_capture_metric_step(metalab_capture_current(), "krylov/iterations", step, count);
///
/// The capture belongs to the program that opened it: do not finish or free it, and do not keep the pointer
/// for long. The call takes some nanoseconds. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn metalab_capture_current() -> *mut metalab_capture_t {
    ptr::without_provenance_mut(CURRENT.get().load(Ordering::Acquire))
}

/// Makes none current where the capture with this key was.
pub(super) fn ends(key: u64) {
    let ended: *mut metalab_capture_t = token(Kind::Capture, key, 0);
    let _ = CURRENT.get().compare_exchange(ended.addr(), 0, Ordering::AcqRel, Ordering::Relaxed);
}
