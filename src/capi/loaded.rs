//! Arrays that are read.

use std::ffi::c_char;
use std::sync::Arc;

use super::artifact::metalab_array_t;
use super::capture::give_json;
use super::convert::{optional, out, text};
use super::handle::LOADED;
use super::reader::{metalab_run_t, none, with_run};
use super::status::{Answer, boundary, metalab_status_t, wrong};
use super::store::reading;
use super::structure;
use crate::base::error::ErrorKind;
use crate::base::json::Json;
use crate::read::{Array, Data};

/// An array that was read from a store. Freed by metalab_loaded_free. A token, as metalab_store_t.
///
/// The elements are read-only. They are in the mapped file if it stores them as they are in memory, otherwise
/// in a copy. If another program truncates the file while it is mapped, reading the elements raises SIGBUS;
/// the library itself never truncates a file, it only replaces files.
pub struct metalab_loaded_t {
    _private: [u8; 0],
}

/// Refuses what can't be given to.
///
/// # Safety
/// `array_out` is NULL or a metalab_array_t.
unsafe fn check(loaded_out: *mut *mut metalab_loaded_t, array_out: *mut metalab_array_t) -> Answer {
    out("loaded_out", loaded_out)?;
    // SAFETY: the caller's duty.
    unsafe { structure::check_out("array_out", array_out) }
}

/// # Safety
/// Both have passed `check`, and may be written.
unsafe fn give_array(array: Array, loaded_out: *mut *mut metalab_loaded_t, array_out: *mut metalab_array_t) {
    let array = Arc::new(array);
    let view = metalab_array_t {
        struct_size: size_of::<metalab_array_t>(),
        data: array.bytes().as_ptr().cast(),
        dtype: array.dtype().number(),
        order: array.order() as i32,
        ndim: array.shape().len(),
        shape: array.shape().as_ptr(),
        strides: std::ptr::null(),
    };
    // SAFETY: the caller's duty.
    unsafe {
        structure::fill(array_out, &view);
        loaded_out.write(LOADED.add(array));
    }
}

/// Returns an array of an artifact that is an .npz (or .npy) file written by numpy or this library.
///
/// artifact: its name.
/// key: the name of the array in the .npz; NULL if it has only one.
/// loaded_out: to be freed with metalab_loaded_free.
/// array_out: initialised with METALAB_ARRAY_INIT; receives the elements, type, order and shape, without
/// strides. Valid until metalab_loaded_free. May be NULL.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND (no such artifact, array or file),
/// METALAB_ERR_VALUE (there are several arrays), METALAB_ERR_UNSUPPORTED (an element type that this library
/// does not have), METALAB_ERR_DAMAGED, METALAB_ERR_MEMORY, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_array(
    run: *const metalab_run_t,
    artifact: *const c_char,
    key: *const c_char,
    loaded_out: *mut *mut metalab_loaded_t,
    array_out: *mut metalab_array_t,
) -> metalab_status_t {
    with_run("metalab_run_array", run, |run| {
        // SAFETY: as documented.
        unsafe {
            check(loaded_out, array_out)?;
            let (name, key) = (text("artifact", artifact)?, optional("key", key)?);
            let Some(artifact) = run.artifact(name)? else { return none(run, "artifact", name) };
            give_array(artifact.array(key)?, loaded_out, array_out);
            Ok(())
        }
    })
}

/// Returns the names of the arrays of an artifact that is an .npz, in file order: a JSON array of strings. An
/// .npy has one, "arr".
///
/// json_out: a string to be freed with metalab_string_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_DAMAGED (not an .npz),
/// METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_array_names_json(
    run: *const metalab_run_t,
    artifact: *const c_char,
    json_out: *mut *mut c_char,
) -> metalab_status_t {
    with_run("metalab_run_array_names_json", run, |run| {
        out("json_out", json_out)?;
        // SAFETY: as documented.
        let name = unsafe { text("artifact", artifact)? };
        let Some(artifact) = run.artifact(name)? else { return none(run, "artifact", name) };
        let names = artifact.arrays()?.into_iter().map(Json::from).collect::<Vec<_>>();
        // SAFETY: not NULL; the caller's.
        unsafe { give_json(json_out, &names.into()) }
    })
}

/// Returns a result that is an array, as metalab_capture_data_array stored it, in C order.
///
/// loaded_out, array_out: as metalab_run_array.
/// Errors: as metalab_run_array; METALAB_ERR_VALUE if it is a document. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_result_array(
    run: *const metalab_run_t,
    name: *const c_char,
    loaded_out: *mut *mut metalab_loaded_t,
    array_out: *mut metalab_array_t,
) -> metalab_status_t {
    with_run("metalab_run_result_array", run, |run| {
        // SAFETY: as documented.
        unsafe {
            check(loaded_out, array_out)?;
            let name = text("name", name)?;
            match run.result(name)?.map(|result| result.data) {
                Some(Data::Array(array)) => {
                    give_array(array, loaded_out, array_out);
                    Ok(())
                }
                Some(Data::Document(_)) => wrong(ErrorKind::Value, format!("result {name:?} is no array")),
                None => none(run, "result", name),
            }
        }
    })
}

/// Returns the latest snapshot of an array that was declared with metalab_capture_snapshots: the sealed one
/// with the highest step. A restarted solver continues from it, as shown at the top of this file.
///
/// name: the name in the declaration.
/// step_out: the snapshot's step. May be NULL.
/// loaded_out, array_out: as metalab_run_array.
/// Errors: as metalab_run_array; METALAB_ERR_NOT_FOUND if there is no snapshot of that name. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_run_latest(
    run: *const metalab_run_t,
    name: *const c_char,
    step_out: *mut i64,
    loaded_out: *mut *mut metalab_loaded_t,
    array_out: *mut metalab_array_t,
) -> metalab_status_t {
    with_run("metalab_run_latest", run, |run| {
        // SAFETY: as documented.
        unsafe {
            check(loaded_out, array_out)?;
            let name = text("name", name)?;
            let Some(snapshot) = run.latest(name)? else { return none(run, "snapshot of", name) };
            give_array(snapshot.array()?, loaded_out, array_out);
            if !step_out.is_null() {
                step_out.write(snapshot.step);
            }
            Ok(())
        }
    })
}

/// Compares a mapped array with the CRC-32 in its file. A compressed array was already compared when it was
/// read.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_DAMAGED (they differ). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_loaded_verify(loaded: *const metalab_loaded_t) -> metalab_status_t {
    reading("metalab_loaded_verify", &LOADED, "loaded", loaded, |array| Ok(array.verify()?))
}

/// Frees an array that was read, together with its elements. NULL and a freed handle are allowed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_loaded_free(loaded: *mut metalab_loaded_t) {
    let _ = boundary("metalab_loaded_free", || {
        drop(LOADED.remove(loaded));
        Ok(())
    });
}
