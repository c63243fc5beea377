//! Runs that are read.

use std::ffi::c_char;
use std::sync::{Arc, Mutex};

use super::capture::give_json;
use super::convert::{give, out, text};
use super::handle::{OPTIONS, RUNS};
use super::options::metalab_options_t;
use super::status::{Answer, boundary, metalab_status_t, wrong};
use super::store::reading;
use crate::base::error::ErrorKind;
use crate::base::json::Json;
use crate::base::sync::lock;
use crate::capture::Capture;
use crate::read::{Data, Run};

/// A run of a store, as it was when it was opened or last refreshed. Opened by metalab_store_run, freed
/// by metalab_run_free. A token, as metalab_store_t.
pub struct metalab_run_t {
    _private: [u8; 0],
}

/// The status of a run in a store.
pub type metalab_run_status_t = i32;

/// Running, as far as is known: a process on another host cannot be checked.
pub const METALAB_RUN_RUNNING: metalab_run_status_t = 0;
/// Ended successfully.
pub const METALAB_RUN_SUCCESS: metalab_run_status_t = 1;
/// Ended with an error.
pub const METALAB_RUN_FAILED: metalab_run_status_t = 2;
/// Ended because it was asked to stop.
pub const METALAB_RUN_CANCELLED: metalab_run_status_t = 3;
/// Its process is dead, but its record still says "running": it has not been recovered yet.
pub const METALAB_RUN_DEAD: metalab_run_status_t = 4;
/// A status that this library does not know.
pub const METALAB_RUN_OTHER: metalab_run_status_t = 5;

/// A run that calls share: each uses it as it was when the call began.
pub(super) type Shared = Arc<Mutex<Arc<Run>>>;

/// The handle of a run.
pub(super) fn add_run(run: Run) -> *mut metalab_run_t {
    RUNS.add(Arc::new(Mutex::new(Arc::new(run))))
}

/// Has `body` use a run.
pub(super) fn with_run(
    function: &str,
    run: *const metalab_run_t,
    body: impl FnOnce(&Run) -> Answer,
) -> metalab_status_t {
    reading(function, &RUNS, "run", run, |shared: Shared| {
        let run = lock(&shared).clone();
        body(&run)
    })
}

/// An answer for what a run does not have.
pub(super) fn none<T>(run: &Run, what: &str, name: &str) -> Answer<T> {
    wrong(ErrorKind::NotFound, format!("run {} has no {what} {name:?}", run.id()))
}

/// Opens the run that the options describe, to read it: the run that metalab_capture_open would open. After
/// METALAB_SKIP, this is the skipped run; before a restart, it is the earlier attempt.
///
/// run_out: to be freed with metalab_run_free.
/// Errors: METALAB_ERR_NOT_FOUND (the store has no such run; use this to test for one), METALAB_ERR_NULL,
/// METALAB_ERR_HANDLE, METALAB_ERR_CLOSED, METALAB_ERR_NAME, METALAB_ERR_VALUE, METALAB_ERR_DAMAGED,
/// METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_run(
    options: *const metalab_options_t,
    run_out: *mut *mut metalab_run_t,
) -> metalab_status_t {
    reading("metalab_options_run", &OPTIONS, "options", options, |options| {
        out("run_out", run_out)?;
        let options = lock(&options).clone();
        match Capture::earlier(&options)? {
            // SAFETY: not NULL; the caller's.
            Some(run) => unsafe { run_out.write(add_run(run)) },
            None => return wrong(ErrorKind::NotFound, "the store has no run like this"),
        }
        Ok(())
    })
}

fn give_view(
    function: &str,
    run: *const metalab_run_t,
    json_out: *mut *mut c_char,
    view: impl FnOnce(&Run) -> crate::Result<Json>,
) -> metalab_status_t {
    with_run(function, run, |run| {
        out("json_out", json_out)?;
        // SAFETY: not NULL; the caller's.
        unsafe { give_json(json_out, &view(run)?) }
    })
}

/// Frees a run. Series and arrays read from it stay valid. NULL and a freed handle are allowed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_free(run: *mut metalab_run_t) {
    let _ = boundary("metalab_run_free", || {
        drop(RUNS.remove(run));
        Ok(())
    });
}

/// Reads a run again if it has changed since it was opened.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_NOT_FOUND (it is gone), METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS,
/// METALAB_ERR_IO; the handle is unchanged then. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_refresh(run: *const metalab_run_t) -> metalab_status_t {
    reading("metalab_run_refresh", &RUNS, "run", run, |shared: Shared| {
        let mut fresh = Run::clone(&lock(&shared).clone());
        fresh.refresh()?;
        *lock(&shared) = Arc::new(fresh);
        Ok(())
    })
}

/// Returns the status of a run, a METALAB_RUN_... . A run whose process is dead is METALAB_RUN_DEAD until it is
/// recovered.
///
/// Errors: METALAB_ERR_NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_status(
    run: *const metalab_run_t,
    status_out: *mut metalab_run_status_t,
) -> metalab_status_t {
    with_run("metalab_run_status", run, |run| {
        out("status_out", status_out)?;
        // SAFETY: not NULL; the caller's.
        unsafe { status_out.write(run.status() as metalab_run_status_t) };
        Ok(())
    })
}

/// Returns the run's record, an object: run_id, experiment_id, status (also "dead"), started_at, finished_at,
/// duration_ms, metrics, params_resolved, provenance, error, tags, notes, warnings, artifacts and
/// fingerprints. If the run is running or dead, metrics, tags, notes, warnings and error include everything
/// up to the last call that has returned.
///
/// json_out: a string to be freed with metalab_string_free; here and below. It may contain NaN and Infinity as
/// numbers.
/// Errors: METALAB_ERR_NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_record_json(
    run: *const metalab_run_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    give_view("metalab_run_record_json", run, json_out, |run| Ok(run.current().into()))
}

/// Returns the names in a run: an object of "series", "results", "artifacts" and "logs", each an array of
/// strings.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_names_json(
    run: *const metalab_run_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    give_view("metalab_run_names_json", run, json_out, |run| {
        let list = |names: Vec<String>| Json::from(names.into_iter().map(Json::from).collect::<Vec<_>>());
        let artifacts = run.artifacts()?.into_iter().map(|artifact| artifact.name).collect();
        Ok(Json::object([
            ("series", list(run.series_names()?)),
            ("results", list(run.result_names()?)),
            ("artifacts", list(artifacts)),
            ("logs", list(run.log_names()?)),
        ]))
    })
}

/// A parameter or metric, or another fact of the record, by the name that a table's column has.
fn fact<'a>(run: &'a Run, field: &str) -> Answer<&'a Json> {
    let found = match field.split_once('.') {
        Some(("params", name)) => run.param(name),
        Some(("metrics", name)) => run.metric(name),
        _ => run.record().get(field),
    };
    match found.filter(|found| **found != Json::Null) {
        Some(found) => Ok(found),
        None => none(run, "field", field),
    }
}

/// Returns a number of a run: "params.dt", "metrics.energy", "duration_ms". Integers beyond 2^53 are rounded;
/// a boolean is 0 or 1.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND (the run does not have it),
/// METALAB_ERR_VALUE (not a number). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_number(
    run: *const metalab_run_t,
    field: *const c_char,
    value_out: *mut f64,
) -> metalab_status_t {
    with_run("metalab_run_number", run, |run| {
        out("value_out", value_out)?;
        // SAFETY: as documented.
        let field = unsafe { text("field", field)? };
        let value = match fact(run, field)? {
            Json::Float(value) => *value,
            Json::Int(value) => *value as f64,
            Json::BigInt(digits) => digits.parse().unwrap_or(f64::NAN),
            Json::Bool(value) => f64::from(u8::from(*value)),
            other => return wrong(ErrorKind::Value, format!("{field} is {}, no number", other.kind_name())),
        };
        // SAFETY: not NULL; the caller's.
        unsafe { value_out.write(value) };
        Ok(())
    })
}

/// Returns an integer of a run: "params.n", "metrics.count". A boolean is 0 or 1.
///
/// Errors: as metalab_run_number; METALAB_ERR_VALUE also for an integer beyond 64 bits. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_integer(
    run: *const metalab_run_t,
    field: *const c_char,
    value_out: *mut i64,
) -> metalab_status_t {
    with_run("metalab_run_integer", run, |run| {
        out("value_out", value_out)?;
        // SAFETY: as documented.
        let field = unsafe { text("field", field)? };
        let value = match fact(run, field)? {
            Json::Int(value) => *value,
            Json::Bool(value) => i64::from(*value),
            Json::BigInt(digits) => {
                return wrong(ErrorKind::Value, format!("{field} is {digits:.40}, beyond 64 bits"));
            }
            other => return wrong(ErrorKind::Value, format!("{field} is {}, no integer", other.kind_name())),
        };
        // SAFETY: not NULL; the caller's.
        unsafe { value_out.write(value) };
        Ok(())
    })
}

/// Returns a string of a run: "params.scheme", "run_id", "experiment_id", "started_at", "notes". Any other
/// value is returned as JSON.
///
/// text_out: to be freed with metalab_string_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_VALUE (it contains a NUL).
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_text(
    run: *const metalab_run_t,
    field: *const c_char,
    text_out: *mut *mut c_char,
) -> metalab_status_t {
    with_run("metalab_run_text", run, |run| {
        out("text_out", text_out)?;
        // SAFETY: as documented.
        let field = unsafe { text("field", field)? };
        let value = match fact(run, field)? {
            Json::Str(text) => text.clone(),
            other => other.to_compact(),
        };
        // SAFETY: not NULL; the caller's.
        unsafe { give(text_out, value) }
    })
}

/// Returns the highest step of the run's series and snapshots, including steps that are only in its journal.
/// Series whose steps count something else (metalab_capture_set_step_unit) do not count.
///
/// Errors: METALAB_ERR_NOT_FOUND (there is none), METALAB_ERR_NULL, METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS,
/// METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_last_step(
    run: *const metalab_run_t,
    step_out: *mut i64,
) -> metalab_status_t {
    with_run("metalab_run_last_step", run, |run| {
        out("step_out", step_out)?;
        match run.last_step()? {
            // SAFETY: not NULL; the caller's.
            Some(step) => unsafe { step_out.write(step) },
            None => return wrong(ErrorKind::NotFound, format!("run {} has no step", run.id())),
        }
        Ok(())
    })
}

/// Returns a log of a run from a byte offset on. To follow the log, add the size to the offset and call again.
///
/// log: the name of the log; "run" is the run's own log.
/// most: the maximum number of bytes. Characters are not cut in two.
/// text_out: to be freed with metalab_string_free; a NUL in the log is shown as a space.
/// size_out: the size of the text in bytes; 0 at the end of the log, and if there is no such log yet.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS,
/// METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_log(
    run: *const metalab_run_t,
    log: *const c_char,
    offset: u64,
    most: usize,
    text_out: *mut *mut c_char,
    size_out: *mut usize,
) -> metalab_status_t {
    with_run("metalab_run_log", run, |run| {
        out("text_out", text_out)?;
        out("size_out", size_out)?;
        // SAFETY: as documented.
        let log = unsafe { text("log", log)? };
        let mut bytes = run.log(log, offset, most)?;
        bytes.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
        let size = bytes.len();
        // SAFETY: not NULL; the caller's.
        unsafe {
            give(text_out, bytes)?;
            size_out.write(size);
        }
        Ok(())
    })
}

/// Returns a result that is a document: an object of "data" and "metadata". Use metalab_run_result_array for an
/// array, metalab_run_series for a series.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_VALUE (it is an array),
/// METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_result_json(
    run: *const metalab_run_t,
    name: *const c_char,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    with_run("metalab_run_result_json", run, |run| {
        out("json_out", json_out)?;
        // SAFETY: as documented.
        let name = unsafe { text("name", name)? };
        let Some(result) = run.result(name)? else { return none(run, "result", name) };
        let Data::Document(data) = result.data else {
            return wrong(ErrorKind::Value, format!("result {name:?} is an array"));
        };
        let json = Json::object([("data", data), ("metadata", result.metadata.into())]);
        // SAFETY: not NULL; the caller's.
        unsafe { give_json(json_out, &json) }
    })
}

/// Returns the metadata of a result that is a document or an array: an object.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_DAMAGED,
/// METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_result_metadata_json(
    run: *const metalab_run_t,
    name: *const c_char,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    with_run("metalab_run_result_metadata_json", run, |run| {
        out("json_out", json_out)?;
        // SAFETY: as documented.
        let name = unsafe { text("name", name)? };
        let Some(result) = run.result(name)? else { return none(run, "result", name) };
        // SAFETY: not NULL; the caller's.
        unsafe { give_json(json_out, &result.metadata.into()) }
    })
}

/// Returns the run's sealed artifacts, sorted by name: an array of objects of name, kind, format, path,
/// content_hash, size_bytes and metadata. The path is the present one, even if the store was moved or copied.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_DAMAGED, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_artifacts_json(
    run: *const metalab_run_t,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    give_view("metalab_run_artifacts_json", run, json_out, |run| {
        let artifact = |one: crate::read::Artifact| {
            Json::object([
                ("name", Json::from(one.name)),
                ("kind", one.kind.into()),
                ("format", one.format.into()),
                ("path", one.path.to_string_lossy().into_owned().into()),
                ("content_hash", one.content_hash.into()),
                ("size_bytes", one.size.into()),
                ("metadata", one.metadata.into()),
            ])
        };
        Ok(run.artifacts()?.into_iter().map(artifact).collect::<Vec<_>>().into())
    })
}

/// Compares the file of an artifact with the hash recorded when it was sealed; for a reference
/// (METALAB_FILE_REFERENCE), compares the files that it refers to with what was recorded of them.
///
/// Errors: METALAB_ERR_DAMAGED (they differ), METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND,
/// METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_artifact_verify(
    run: *const metalab_run_t,
    name: *const c_char,
) -> metalab_status_t {
    with_run("metalab_run_artifact_verify", run, |run| {
        // SAFETY: as documented.
        let name = unsafe { text("name", name)? };
        match run.artifact(name)? {
            Some(artifact) => Ok(artifact.verify()?),
            None => none(run, "artifact", name),
        }
    })
}
