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
use crate::base::error::ErrorKind;
use crate::base::json::Json;
use crate::read::{Array, Data};

/// An array that was read from a store. Freed by metalab_loaded_free. A token, as metalab_store_t.
///
/// Its elements are where its file is mapped, if they are stored there as they are in memory, else a copy.
/// They are read only. A file that is cut short while it is mapped is SIGBUS for who reads the elements; the
/// store only ever replaces files.
pub struct metalab_loaded_t {
    _private: [u8; 0],
}

/// # Safety
/// Both are NULL or may be written.
unsafe fn give_array(
    array: Array,
    loaded_out: *mut *mut metalab_loaded_t,
    array_out: *mut metalab_array_t,
) -> Answer {
    out("loaded_out", loaded_out)?;
    let array = Arc::new(array);
    let view = metalab_array_t {
        data: array.bytes().as_ptr().cast(),
        dtype: array.dtype().number(),
        order: array.order() as i32,
        ndim: array.shape().len(),
        shape: array.shape().as_ptr(),
        strides: std::ptr::null(),
    };
    // SAFETY: where they are not NULL, the caller's.
    unsafe {
        if !array_out.is_null() {
            array_out.write(view);
        }
        loaded_out.write(LOADED.add(array));
    }
    Ok(())
}

/// An array of an artifact of a run that is an .npz (or .npy), as numpy or this library wrote it.
///
/// artifact: its name.
/// key: which array of the .npz; NULL if it has one.
/// loaded_out: to be freed with metalab_loaded_free.
/// array_out: its elements, type, order and shape, without strides, until metalab_loaded_free. May be NULL.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND (no such artifact, array or file),
/// METALAB_ERR_VALUE (there are several arrays), METALAB_ERR_UNSUPPORTED (a type that the store does not
/// have), METALAB_ERR_DAMAGED, METALAB_ERR_MEMORY, METALAB_ERR_ACCESS, METALAB_ERR_IO. Any thread.
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
            out("loaded_out", loaded_out)?;
            let (name, key) = (text("artifact", artifact)?, optional("key", key)?);
            let Some(artifact) = run.artifact(name)? else { return none(run, "artifact", name) };
            give_array(artifact.array(key)?, loaded_out, array_out)
        }
    })
}

/// The names of the arrays of an artifact that is an .npz, in its order: a JSON array of texts. An .npy has
/// one, "arr".
///
/// json_out: a text to be freed with metalab_string_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NOT_FOUND, METALAB_ERR_DAMAGED (it is no .npz),
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

/// A result of a run that is an array, as metalab_capture_data_array wrote it; in order C.
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
            out("loaded_out", loaded_out)?;
            let name = text("name", name)?;
            match run.result(name)?.map(|result| result.data) {
                Some(Data::Array(array)) => give_array(array, loaded_out, array_out),
                Some(Data::Document(_)) => wrong(ErrorKind::Value, format!("result {name:?} is no array")),
                None => none(run, "result", name),
            }
        }
    })
}

/// The latest snapshot of an array, as metalab_capture_snapshots declared it: that of the highest step of
/// those that are sealed. A solver that starts again goes on from there: the top of this file shows how.
///
/// name: that of the declaration.
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
            out("loaded_out", loaded_out)?;
            let name = text("name", name)?;
            let Some(snapshot) = run.latest(name)? else { return none(run, "snapshot of", name) };
            give_array(snapshot.array()?, loaded_out, array_out)?;
            if !step_out.is_null() {
                step_out.write(snapshot.step);
            }
            Ok(())
        }
    })
}

/// Compares a mapped array with the CRC-32 in its file; one that was deflated has been compared already.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_DAMAGED (it is another one). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_loaded_verify(loaded: *const metalab_loaded_t) -> metalab_status_t {
    reading("metalab_loaded_verify", &LOADED, "loaded", loaded, |array| Ok(array.verify()?))
}

/// Frees an array that was read: its elements are gone then. NULL and what was freed already are fine. Any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_loaded_free(loaded: *mut metalab_loaded_t) {
    let _ = boundary("metalab_loaded_free", || {
        drop(LOADED.remove(loaded));
        Ok(())
    });
}
