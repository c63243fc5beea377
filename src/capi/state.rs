//! The state of a run so far.

use std::ffi::c_char;

use super::capture::{give_json, metalab_capture_t, with_capture};
use super::convert::out;
use super::status::metalab_status_t;
use crate::Result;
use crate::base::json::Json;
use crate::capture::Capture;

fn view(
    function: &str,
    capture: *const metalab_capture_t,
    json_out: *mut *mut c_char,
    view: impl FnOnce(&Capture) -> Result<Json>,
) -> metalab_status_t {
    with_capture(function, capture, |capture| {
        out("json_out", json_out)?;
        // SAFETY: not NULL; the caller's.
        unsafe { give_json(json_out, &view(capture)?) }
    })
}

/// Returns the run's plain metrics, a JSON object, with everything emitted before the call. This function and
/// the following ones wait until the artifacts stored before the call are hashed.
///
/// json_out: a string to be freed with metalab_string_free; here and below. It may contain NaN and Infinity as
/// numbers.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_CLOSED (freed, or in a forked child). Any thread, also after
/// metalab_capture_finish; the same for the following.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_metrics_json(
    capture: *mut metalab_capture_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    view("metalab_capture_metrics_json", capture, json_out, Capture::metrics)
}

/// Returns the run's artifacts, a JSON array of their descriptors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_artifacts_json(
    capture: *mut metalab_capture_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    view("metalab_capture_artifacts_json", capture, json_out, Capture::artifacts)
}

/// Returns the run's structured data, a JSON array of {"name", "data", "dtype", "shape", "metadata"}. Series
/// are not among them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_results_json(
    capture: *mut metalab_capture_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    view("metalab_capture_results_json", capture, json_out, Capture::results)
}

/// Returns the whole run, a JSON object: its record as it would be now, with "results", and with
/// "stepped_metrics": for each series {"count", "last": [step, value], "unit", "description", "axis",
/// "step_unit"}.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_summary_json(
    capture: *mut metalab_capture_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    view("metalab_capture_summary_json", capture, json_out, Capture::summary)
}

/// Returns what went wrong in the background, as JSON:
///
/// {"ok": true if nothing did,
///  "scarce": true while debug lines are left out,
///  "refused": how many points, metrics, logs, events, debug_lines and others (of threads that could not
///  begin) were refused, and the first reason,
///  "problems": [{"what", "reason", "count"}],
///  "journal": its directory,
///  "index": null if the store has none, else {"state": "current" or "behind", "reason": why it is behind,
///  "refused": what it can't hold}}
///
/// "ok" does not depend on "index": an index that is behind can be updated later. If captures are disabled,
/// the object has only "ok" (true) and "index" (null).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_health_json(
    capture: *mut metalab_capture_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    view("metalab_capture_health_json", capture, json_out, Capture::health)
}
