//! Options.

use std::ffi::c_char;
use std::sync::{Arc, Mutex};

use super::convert::{self, members, optional, out, text};
use super::handle::OPTIONS;
use super::status::{Answer, METALAB_NO_CAPTURE, Stop, boundary, metalab_status_t, wrong};
use crate::base::clock::duration;
use crate::base::error::ErrorKind;
use crate::base::json;
use crate::base::sync::lock;
use crate::run::options::{IfSuccess, Options};

/// Options for opening a capture. Created by metalab_options_new, freed by metalab_options_free;
/// metalab_capture_open copies them, so they may be changed and used again. Most setters name an environment
/// variable and a default, as in "METALAB_SEED; else 0". If an option is not set, its value comes from the
/// variable, or is the default if there is no such variable. If a variable holds an object or tags, these are
/// added to those that are set; a member that is set keeps its value. For the options listed in
/// METALAB_OVERRIDE, such as "experiment,params", the variable takes precedence. All strings are UTF-8,
/// NUL-terminated unless a length is given, and copied.
pub struct metalab_options_t {
    _private: [u8; 0],
}

/// How metalab_capture_open treats a run that has already succeeded.
pub type metalab_if_success_t = i32;

/// Run again (the default): everything from the earlier attempt is removed, except its log.
pub const METALAB_IF_SUCCESS_RERUN: metalab_if_success_t = 0;
/// Return METALAB_ERR_EXISTS.
pub const METALAB_IF_SUCCESS_REFUSE: metalab_if_success_t = 1;
/// Return METALAB_SKIP, so that a sweep resumes where it stopped.
pub const METALAB_IF_SUCCESS_SKIP: metalab_if_success_t = 2;

pub(super) fn change(
    function: &str,
    options: *mut metalab_options_t,
    body: impl FnOnce(&mut Options) -> Answer,
) -> metalab_status_t {
    boundary(function, || {
        let options = OPTIONS.get("options", options).map_err(|stop| match stop {
            Stop::Status(METALAB_NO_CAPTURE) => {
                Stop::Error(crate::Error::new(ErrorKind::Null, "options is NULL"))
            }
            stop => stop,
        })?;
        let mut options = lock(&options);
        body(&mut options)
    })
}

/// Creates an empty options object. The caller frees *options_out with metalab_options_free.
///
/// Errors: METALAB_ERR_NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_new(options_out: *mut *mut metalab_options_t) -> metalab_status_t {
    boundary("metalab_options_new", || {
        out("options_out", options_out)?;
        let options = OPTIONS.add(Arc::new(Mutex::new(Options::new())));
        // SAFETY: not NULL; the caller's.
        unsafe { options_out.write(options) };
        Ok(())
    })
}

/// Frees options. NULL is fine. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_free(options: *mut metalab_options_t) {
    boundary("metalab_options_free", || {
        OPTIONS.remove(options);
        Ok(())
    });
}

/// Sets the location of the store: a path, or "file:///absolute/path". It holds one directory per experiment,
/// and is created if it is missing. METALAB_STORE; else "./experiments". Surrounding blanks and line ends are
/// dropped; "~/", "$HOME/" and "${HOME}/" at the beginning of a path are the home directory.
/// metalab_capture_open returns METALAB_ERR_VALUE for quotes, commands and other variables, which only a
/// shell expands; a path that begins with "./" is taken literally.
///
/// "postgresql://user@host:port/database?file_root=/path" is the directory /path, with an index in PostgreSQL
/// for the Python package and its dashboard. The library reads the parameters file_root, schema (else
/// "public") and experiment_id. libpq, which is loaded when needed, reads all other parameters, the PG...
/// variables, ~/.pgpass and the service file. If the locator has no password, the server is found through
/// {file_root}/services/postgres/service.json, which the package writes. The files are authoritative: a
/// server that is unreachable, slow or read-only neither slows the solver nor fails the run; see
/// metalab_options_index_wait. "discover" is the store of the services that the package has started.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8; metalab_capture_open reports a locator that cannot be used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_store(
    options: *mut metalab_options_t,
    locator: *const c_char,
) -> metalab_status_t {
    change("metalab_options_store", options, |options| {
        // SAFETY: as documented.
        options.store(unsafe { text("locator", locator)? });
        Ok(())
    })
}

/// Sets the experiment: "name:version", or "name" for version 1. METALAB_EXPERIMENT; else the executable's
/// name.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_experiment(
    options: *mut metalab_options_t,
    id: *const c_char,
) -> metalab_status_t {
    change("metalab_options_experiment", options, |options| {
        // SAFETY: as documented.
        options.experiment(unsafe { text("id", id)? })?;
        Ok(())
    })
}

/// Sets the description of the experiment. It goes into the experiment's manifest, in place of an earlier
/// description.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_experiment_description(
    options: *mut metalab_options_t,
    description: *const c_char,
) -> metalab_status_t {
    change("metalab_options_experiment_description", options, |options| {
        // SAFETY: as documented.
        options.description(unsafe { text("description", description)? });
        Ok(())
    })
}

/// Sets how many runs the experiment will have, so that a dashboard can show how many are still to come. The
/// number goes into the experiment's manifest. METALAB_PLANNED_RUNS; else the number of existing runs.
///
/// Errors: METALAB_ERR_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_planned_runs(
    options: *mut metalab_options_t,
    runs: u64,
) -> metalab_status_t {
    change("metalab_options_planned_runs", options, |options| {
        options.planned_runs(runs);
        Ok(())
    })
}

/// Adds a tag of the experiment, for its manifest.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_add_experiment_tag(
    options: *mut metalab_options_t,
    tag: *const c_char,
) -> metalab_status_t {
    change("metalab_options_add_experiment_tag", options, |options| {
        // SAFETY: as documented.
        options.add_experiment_tag(unsafe { text("tag", tag)? });
        Ok(())
    })
}

/// Sets the run's id: 1 to 128 of the characters A-Z a-z 0-9 . _ - not starting with . or -. METALAB_RUN_ID;
/// else 16 hexadecimal digits derived from experiment, context, parameters, seed, replicate and code hash, the
/// same in every language.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_run_id(
    options: *mut metalab_options_t,
    run_id: *const c_char,
) -> metalab_status_t {
    change("metalab_options_run_id", options, |options| {
        // SAFETY: as documented.
        options.run_id(unsafe { text("run_id", run_id)? })?;
        Ok(())
    })
}

/// Adds parameters: the members of a JSON object. METALAB_PARAMS.
///
/// json_len: bytes of json, or METALAB_NUL.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_params_json(
    options: *mut metalab_options_t,
    json: *const c_char,
    json_len: usize,
) -> metalab_status_t {
    change("metalab_options_params_json", options, |options| {
        // SAFETY: as documented.
        options.add_params(unsafe { members("json", json, json_len)? });
        Ok(())
    })
}

/// Adds the variables of a Fortran namelist file to the parameters:
/// "&grid n = 64, h%x = 0.5 /" becomes {"grid": {"n": 64, "h": {"x": 0.5}}}. The file is read by this call.
///
/// Names are converted to lower case. Repeated values (3*0.0) are expanded, complex numbers become arrays of
/// two, omitted values become null, and NaN and infinities become strings. Strings lose trailing blanks.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_ACCESS, METALAB_ERR_IO;
/// METALAB_ERR_VALUE (the file is not a namelist; the message names the line and the group).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_namelist(
    options: *mut metalab_options_t,
    path: *const c_char,
) -> metalab_status_t {
    change("metalab_options_namelist", options, |options| {
        // SAFETY: as documented.
        options.namelist(unsafe { text("path", path)? })?;
        Ok(())
    })
}

/// Sets a parameter that is a float. metalab_capture_open refuses NaN and infinities, since a run's id cannot
/// be derived from them.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_param_f64(
    options: *mut metalab_options_t,
    name: *const c_char,
    value: f64,
) -> metalab_status_t {
    change("metalab_options_param_f64", options, |options| {
        // SAFETY: as documented.
        options.add_params(json::members([(unsafe { text("name", name)? }, value)]));
        Ok(())
    })
}

/// Sets a parameter that is an integer.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_param_i64(
    options: *mut metalab_options_t,
    name: *const c_char,
    value: i64,
) -> metalab_status_t {
    change("metalab_options_param_i64", options, |options| {
        // SAFETY: as documented.
        options.add_params(json::members([(unsafe { text("name", name)? }, value)]));
        Ok(())
    })
}

/// Sets a parameter that is a boolean: 0 is false.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_param_bool(
    options: *mut metalab_options_t,
    name: *const c_char,
    value: i32,
) -> metalab_status_t {
    change("metalab_options_param_bool", options, |options| {
        // SAFETY: as documented.
        options.add_params(json::members([(unsafe { text("name", name)? }, value != 0)]));
        Ok(())
    })
}

/// Sets a parameter that is a string.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_param_text(
    options: *mut metalab_options_t,
    name: *const c_char,
    value: *const c_char,
) -> metalab_status_t {
    change("metalab_options_param_text", options, |options| {
        // SAFETY: as documented.
        let (name, value) = unsafe { (text("name", name)?, text("value", value)?) };
        options.add_params(json::members([(name, value)]));
        Ok(())
    })
}

/// Adds members to the context: everything else that the run depends on, such as input data or a mesh. json is
/// an object. METALAB_CONTEXT.
///
/// json_len: bytes of json, or METALAB_NUL.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_context_json(
    options: *mut metalab_options_t,
    json: *const c_char,
    json_len: usize,
) -> metalab_status_t {
    change("metalab_options_context_json", options, |options| {
        // SAFETY: as documented.
        options.add_context(unsafe { members("json", json, json_len)? });
        Ok(())
    })
}

/// Adds members to the metadata: information for readers that does not identify the run. json is an object.
/// The metadata goes into the run's provenance and into the experiment's manifest. METALAB_METADATA.
///
/// json_len: bytes of json, or METALAB_NUL.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_JSON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_metadata_json(
    options: *mut metalab_options_t,
    json: *const c_char,
    json_len: usize,
) -> metalab_status_t {
    change("metalab_options_metadata_json", options, |options| {
        // SAFETY: as documented.
        options.add_metadata(unsafe { members("json", json, json_len)? });
        Ok(())
    })
}

/// Adds a tag of the run. METALAB_TAGS, separated by commas.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_add_tag(
    options: *mut metalab_options_t,
    tag: *const c_char,
) -> metalab_status_t {
    change("metalab_options_add_tag", options, |options| {
        // SAFETY: as documented.
        options.add_tag(unsafe { text("tag", tag)? });
        Ok(())
    })
}

/// Sets the note on the run. METALAB_NOTES.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_note(
    options: *mut metalab_options_t,
    note: *const c_char,
) -> metalab_status_t {
    change("metalab_options_note", options, |options| {
        // SAFETY: as documented.
        options.note(unsafe { text("note", note)? });
        Ok(())
    })
}

/// Sets the root seed, from which metalab_capture_derive_seed derives others. METALAB_SEED; else 0.
///
/// Errors: METALAB_ERR_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_seed(
    options: *mut metalab_options_t,
    root_seed: u64,
) -> metalab_status_t {
    change("metalab_options_seed", options, |options| {
        options.seed(root_seed);
        Ok(())
    })
}

/// Sets which replicate of the root seed the run is. METALAB_REPLICATE; else none.
///
/// Errors: METALAB_ERR_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_replicate(
    options: *mut metalab_options_t,
    replicate_index: u64,
) -> metalab_status_t {
    change("metalab_options_replicate", options, |options| {
        options.replicate(replicate_index);
        Ok(())
    })
}

/// Sets the string that identifies the version of the code; "" for none. METALAB_CODE_HASH; else the
/// executable's GNU build id, or its SHA-256 if it has no build id (for a file over 32 MiB, the SHA-256 of
/// its first and last 8 MiB and its size). The hash does not cover shared libraries: if you rebuild them,
/// include their version here. A wrapper for an interpreter passes the hash of the script.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_code_hash(
    options: *mut metalab_options_t,
    hash: *const c_char,
) -> metalab_status_t {
    change("metalab_options_code_hash", options, |options| {
        // SAFETY: as documented.
        options.code_hash(unsafe { text("hash", hash)? });
        Ok(())
    })
}

/// Sets the id of this process as a worker of the run, such as "rank:3"; see metalab_options_role. The id has
/// at most 64 bytes. It becomes part of the name of the worker's logger, and of the names of the metrics,
/// series, data and artifacts that the worker emits. METALAB_WORKER; else "rank:N" in a program of several
/// processes.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_worker(
    options: *mut metalab_options_t,
    worker_id: *const c_char,
) -> metalab_status_t {
    change("metalab_options_worker", options, |options| {
        // SAFETY: as documented.
        options.worker(unsafe { text("worker_id", worker_id)? })?;
        Ok(())
    })
}

/// Sets the compiler of the solver and its flags: pass METALAB_COMPILER, which is the compiler of the file
/// that includes this header. The text goes into the run's provenance.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_compiler(
    options: *mut metalab_options_t,
    text: *const c_char,
) -> metalab_status_t {
    change("metalab_options_compiler", options, |options| {
        // SAFETY: as documented.
        options.compiler(unsafe { convert::text("text", text)? });
        Ok(())
    })
}

/// Sets the interval at which the process is sampled during the run, in seconds: 0 for never, else from 0.01 to
/// 86400. METALAB_SAMPLE_SECONDS; else 0.
///
/// The samples are series of the run. Their steps are whole milliseconds since the run began. The first
/// sample is taken at the beginning, the last one at the end. Values that the system does not provide are
/// absent.
///
///   process.cpu_percent           processor time since the sample before; 100 is one core
///   process.resident_bytes        memory that the process has in use
///   process.threads               its threads, the library's included
///   process.read_bytes            read from storage since the run began
///   process.written_bytes         written for storage since the run began
///   cgroup.memory_bytes           where a control group limits memory: what it has in use
///   cgroup.cpu_throttled_seconds  where one limits processors: how long it was held back since
///                                 the run began
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_sample(
    options: *mut metalab_options_t,
    seconds: f64,
) -> metalab_status_t {
    change("metalab_options_sample", options, |options| {
        options.sample_seconds(seconds)?;
        Ok(())
    })
}

/// Sets the time within which log lines reach their file, in seconds; less than 0.001 counts as 0.001. Errors
/// are written at once. METALAB_FLUSH_SECONDS; else 0.05.
///
/// Durations are in seconds in every function and variable, from 0 to 1e9; any other value is
/// METALAB_ERR_VALUE.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_flush_interval(
    options: *mut metalab_options_t,
    seconds: f64,
) -> metalab_status_t {
    change("metalab_options_flush_interval", options, |options| {
        options.flush_interval(duration(seconds)?);
        Ok(())
    })
}

/// Sets the interval at which the record of a running run is written again for readers, if it has changed, in
/// seconds; 0 for never. METALAB_REFRESH_SECONDS; else 10.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_refresh_interval(
    options: *mut metalab_options_t,
    seconds: f64,
) -> metalab_status_t {
    change("metalab_options_refresh_interval", options, |options| {
        options.refresh_interval(duration(seconds)?);
        Ok(())
    })
}

/// Sets the directory for the journals of running runs, on a local disk or in memory. Everything emitted is
/// written there first. METALAB_JOURNAL; else ".journal" in the experiment's directory.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_journal(
    options: *mut metalab_options_t,
    directory: *const c_char,
) -> metalab_status_t {
    change("metalab_options_journal", options, |options| {
        // SAFETY: as documented.
        if let Some(directory) = unsafe { optional("directory", directory)? } {
            options.journal(directory);
        }
        Ok(())
    })
}

/// Sets how to treat a run that has already succeeded: a METALAB_IF_SUCCESS_... . METALAB_IF_SUCCESS ("rerun",
/// "refuse" or "skip"); else METALAB_IF_SUCCESS_RERUN.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_if_success(
    options: *mut metalab_options_t,
    policy: metalab_if_success_t,
) -> metalab_status_t {
    change("metalab_options_if_success", options, |options| {
        options.if_success(match policy {
            METALAB_IF_SUCCESS_RERUN => IfSuccess::Rerun,
            METALAB_IF_SUCCESS_REFUSE => IfSuccess::Refuse,
            METALAB_IF_SUCCESS_SKIP => IfSuccess::Skip,
            _ => {
                return wrong(
                    ErrorKind::Value,
                    format!("policy {policy} is not a METALAB_IF_SUCCESS_ constant"),
                );
            }
        });
        Ok(())
    })
}

/// Makes the end of the run wait for the disk if durable is 1; not if it is 0. METALAB_DURABLE; else 0. With
/// 0, the kernel holds what was written: it survives the process and reaches the disk some seconds later.
/// With 1, the run survives a power failure once metalab_capture_finish has returned. See
/// metalab_capture_flush.
///
/// Errors: METALAB_ERR_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_durable(
    options: *mut metalab_options_t,
    durable: i32,
) -> metalab_status_t {
    change("metalab_options_durable", options, |options| {
        options.durable(durable != 0);
        Ok(())
    })
}
