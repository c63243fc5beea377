//! Structured data.

use std::ffi::c_char;

use super::artifact::metalab_array_t;
use super::capture::{metalab_capture_t, with_capture};
use super::convert::{array, document, metadata, text};
use super::status::metalab_status_t;
use crate::base::json::MAX_DEPTH;

/// Maximum depth of nested arrays and objects in JSON that a caller passes: documents, metadata, parameters,
/// context, details. Deeper JSON is METALAB_ERR_JSON.
pub const METALAB_JSON_DEPTH_MAX: usize = 100;
const _: () = assert!(METALAB_JSON_DEPTH_MAX == MAX_DEPTH);

/// Stores structured data: a JSON document that readers get as run.data(name). Storing a name again replaces
/// the earlier document.
///
/// json: Python's dialect, so NaN, Infinity and -Infinity may stand for numbers, and at most
/// METALAB_JSON_DEPTH_MAX deep; here and below.
/// json_len: bytes of json, or METALAB_NUL.
/// metadata_json: a JSON object, or NULL; here and below.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_JSON,
/// METALAB_ERR_CLOSED, METALAB_ERR_FULL, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_data_json(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    json: *const c_char,
    json_len: usize,
    metadata_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_data_json", capture, |capture| {
        // SAFETY: as documented.
        let (name, json, metadata) = unsafe {
            (
                text("name", name)?,
                document("json", json, json_len)?,
                metadata("metadata_json", metadata_json)?,
            )
        };
        Ok(capture.document(name, json, metadata)?)
    })
}

/// Stores structured data: an array that readers get as run.data(name), a numpy array of the same shape and
/// type. It is stored as text: use it for tables and plots, and artifacts for fields. Copied before the call
/// returns.
///
/// Errors: as metalab_capture_data_json, METALAB_ERR_VALUE for an impossible shape or type, and
/// METALAB_ERR_UTF8 for strings that are not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_data_array(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    data: *const metalab_array_t,
    metadata_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_data_array", capture, |capture| {
        // SAFETY: as documented.
        let (name, array, metadata) =
            unsafe { (text("name", name)?, array("data", data)?, metadata("metadata_json", metadata_json)?) };
        Ok(capture.data_array(name, &array, metadata)?)
    })
}
