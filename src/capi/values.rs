//! JSON that C makes of keys and values.

use std::ffi::{CString, c_char};
use std::sync::{Arc, Mutex};

use super::convert::{MADE_WRONG, c_string, document, elements, optional, out, text_len};
use super::handle::VALUES;
use super::status::{Answer, Stop, boundary, metalab_status_t};
use super::store::reading;
use crate::base::json::{Builder, Container, Json};
use crate::base::sync::lock;

/// Keys and values that become JSON: metadata, parameters, data. Created by metalab_values_new, freed by
/// metalab_values_free. To pass them to a function that takes JSON, call metalab_values_json:
///
///   metalab_values_t *values = NULL;
///   metalab_values_new(&values);
///   metalab_values_set_f64(values, "tolerance", 1e-8);
///   metalab_values_begin_object(values, "solver");
///   metalab_values_set_text(values, "name", "cg", METALAB_NUL);
///   metalab_values_end(values);
///   metalab_capture_data_json(run, "setup", metalab_values_json(values), METALAB_NUL, NULL);
///   metalab_values_free(values);
///
/// A token, as metalab_options_t. Numbers do not depend on the locale. Only one thread may use it at a time.
pub struct metalab_values_t {
    _private: [u8; 0],
}

/// Values, and the text of them that C has.
pub(super) struct Values {
    builder: Builder,
    container: Container,
    /// The first error of setting a value, with its function.
    failure: Option<String>,
    text: Option<CString>,
}

impl Values {
    fn new(container: Container) -> Self {
        Self { builder: Builder::new(container), container, failure: None, text: None }
    }
}

/// Has `body` change values. The first failure is kept for whom they are given to.
fn change(
    function: &str,
    values: *mut metalab_values_t,
    body: impl FnOnce(&mut Builder) -> Answer,
) -> metalab_status_t {
    reading(function, &VALUES, "values", values, |values| {
        let mut values = lock(&values);
        values.text = None;
        let done = body(&mut values.builder);
        if let Err(Stop::Error(error)) = &done {
            values.failure.get_or_insert_with(|| format!("{function}: {error}"));
        }
        done
    })
}

/// Sets a value.
///
/// # Safety
/// `key` is NULL or NUL-terminated.
unsafe fn set(
    function: &str,
    values: *mut metalab_values_t,
    key: *const c_char,
    value: impl FnOnce() -> Answer<Json>,
) -> metalab_status_t {
    change(function, values, |builder| {
        // SAFETY: the caller's duty.
        let key = unsafe { optional("key", key)? };
        Ok(builder.set(key, value()?)?)
    })
}

/// # Safety
/// `values_out` is NULL or may be written.
unsafe fn create(
    function: &str,
    container: Container,
    values_out: *mut *mut metalab_values_t,
) -> metalab_status_t {
    boundary(function, || {
        out("values_out", values_out)?;
        // SAFETY: not NULL; the caller's.
        unsafe { values_out.write(VALUES.add(Arc::new(Mutex::new(Values::new(container))))) };
        Ok(())
    })
}

/// Creates an empty object, to be filled with keys and values. The caller frees *values_out with
/// metalab_values_free.
///
/// Errors: METALAB_ERR_NULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_new(values_out: *mut *mut metalab_values_t) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { create("metalab_values_new", Container::Object, values_out) }
}

/// Creates an empty array, for data and documents that are lists. As metalab_values_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_new_array(
    values_out: *mut *mut metalab_values_t,
) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { create("metalab_values_new_array", Container::Array, values_out) }
}

/// Sets a float; NaN and infinities are kept. An earlier value of the key is replaced.
///
/// key: NULL in an array, to which the value is appended; here and below.
/// Errors: METALAB_ERR_NULL (values; key in an object), METALAB_ERR_UTF8, METALAB_ERR_VALUE (a key in an
/// array); the same for all of these. The function that receives the values also reports the first failure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_set_f64(
    values: *mut metalab_values_t,
    key: *const c_char,
    value: f64,
) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { set("metalab_values_set_f64", values, key, || Ok(value.into())) }
}

/// Sets an integer. As metalab_values_set_f64.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_set_i64(
    values: *mut metalab_values_t,
    key: *const c_char,
    value: i64,
) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { set("metalab_values_set_i64", values, key, || Ok(value.into())) }
}

/// Sets an integer that is not negative, such as a seed. As metalab_values_set_f64.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_set_u64(
    values: *mut metalab_values_t,
    key: *const c_char,
    value: u64,
) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { set("metalab_values_set_u64", values, key, || Ok(value.into())) }
}

/// Sets a boolean: 0 is false. As metalab_values_set_f64.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_set_bool(
    values: *mut metalab_values_t,
    key: *const c_char,
    value: i32,
) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { set("metalab_values_set_bool", values, key, || Ok((value != 0).into())) }
}

/// Sets a string. As metalab_values_set_f64.
///
/// value_len: bytes of value, or METALAB_NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_set_text(
    values: *mut metalab_values_t,
    key: *const c_char,
    value: *const c_char,
    value_len: usize,
) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { set("metalab_values_set_text", values, key, || Ok(text_len("value", value, value_len)?.into())) }
}

/// Sets null: there is no value. As metalab_values_set_f64.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_set_null(
    values: *mut metalab_values_t,
    key: *const c_char,
) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { set("metalab_values_set_null", values, key, || Ok(Json::Null)) }
}

/// Sets a value that is passed as JSON, such as the result of metalab_values_json for other values. As
/// metalab_values_set_f64.
///
/// json_len: bytes of json, or METALAB_NUL.
/// Errors: also METALAB_ERR_JSON (not JSON, or nested more than METALAB_JSON_DEPTH_MAX deep, counted with the
/// objects around it).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_set_json(
    values: *mut metalab_values_t,
    key: *const c_char,
    json: *const c_char,
    json_len: usize,
) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { set("metalab_values_set_json", values, key, || document("json", json, json_len)) }
}

/// Sets an array of floats. As metalab_values_set_f64.
///
/// list: count elements, copied; may be NULL if count is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_set_f64_array(
    values: *mut metalab_values_t,
    key: *const c_char,
    count: usize,
    list: *const f64,
) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { set("metalab_values_set_f64_array", values, key, || array(elements("list", list, count)?)) }
}

/// Sets an array of integers. As metalab_values_set_f64_array.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_set_i64_array(
    values: *mut metalab_values_t,
    key: *const c_char,
    count: usize,
    list: *const i64,
) -> metalab_status_t {
    // SAFETY: as documented.
    unsafe { set("metalab_values_set_i64_array", values, key, || array(elements("list", list, count)?)) }
}

fn array<T: Copy + Into<Json>>(list: &[T]) -> Answer<Json> {
    crate::base::memory::check(list.len().saturating_mul(size_of::<Json>()))
        .map_err(|error| error.context("list"))?;
    Ok(Json::Array(list.iter().map(|value| (*value).into()).collect()))
}

/// Begins an object: values set before metalab_values_end are its members. As metalab_values_set_f64.
///
/// Errors: also METALAB_ERR_JSON (more than METALAB_JSON_DEPTH_MAX deep).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_begin_object(
    values: *mut metalab_values_t,
    key: *const c_char,
) -> metalab_status_t {
    change("metalab_values_begin_object", values, |builder| {
        // SAFETY: as documented.
        Ok(builder.begin(unsafe { optional("key", key)? }, Container::Object)?)
    })
}

/// Begins an array: values set before metalab_values_end, with NULL as key, are its elements. As
/// metalab_values_begin_object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_begin_array(
    values: *mut metalab_values_t,
    key: *const c_char,
) -> metalab_status_t {
    change("metalab_values_begin_array", values, |builder| {
        // SAFETY: as documented.
        Ok(builder.begin(unsafe { optional("key", key)? }, Container::Array)?)
    })
}

/// Ends the object or array that was begun last.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE (none was begun).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_end(values: *mut metalab_values_t) -> metalab_status_t {
    change("metalab_values_end", values, |builder| Ok(builder.end()?))
}

/// Removes all values and forgets failures, so that the object can be used again.
///
/// Errors: METALAB_ERR_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_clear(values: *mut metalab_values_t) -> metalab_status_t {
    reading("metalab_values_clear", &VALUES, "values", values, |values| {
        let mut values = lock(&values);
        *values = Values::new(values.container);
        Ok(())
    })
}

/// Returns the values as JSON, for a parameter that is JSON text: metadata_json, or json with METALAB_NUL
/// for its length.
///
/// If a value could not be set, or an object or array is still open, the string is not JSON, and the function
/// that receives it returns METALAB_ERR_JSON with the reason. So the program need not check the status of
/// each setter.
///
/// Never NULL; the string belongs to the library and is valid until the values change or are freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_json(values: *mut metalab_values_t) -> *const c_char {
    let mut text: *const c_char = c"\x01metalab_values_json: values is no metalab_values_t".as_ptr();
    let _ = reading("metalab_values_json", &VALUES, "values", values, |values| {
        let Values { builder, failure, text: made, .. } = &mut *lock(&values);
        // One string for every argument of a call.
        text = made.get_or_insert_with(|| c_string(&written(builder, failure.as_deref()))).as_ptr();
        Ok(())
    });
    text
}

/// The values as JSON, or why there is none.
fn written(builder: &mut Builder, failure: Option<&str>) -> String {
    match failure {
        Some(failure) => format!("{MADE_WRONG}{failure}"),
        None => match builder.document() {
            Ok(json) => json,
            Err(error) => format!("{MADE_WRONG}metalab_values_json: {error}"),
        },
    }
}

/// Frees values. NULL is fine. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_values_free(values: *mut metalab_values_t) {
    let _ = boundary("metalab_values_free", || {
        drop(VALUES.remove(values));
        Ok(())
    });
}
