//! Artifacts.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex};

use super::capture::{metalab_capture_t, with_capture};
use super::convert::{array, bytes, document, dtype, elements, metadata, order, out, shape, text, view};
use super::handle::{MAPPINGS, STREAMS, Table};
use super::status::{Answer, boundary, metalab_status_t, wrong};
use super::structure::{self, Structure};
use crate::base::array::{BYTES, MAX_NDIM};
use crate::base::error::{Error, ErrorKind};
use crate::base::sync::lock;
use crate::{ArrayView, Mapping, Stream};

/// The type of an array's elements, in the machine's byte order.
pub type metalab_dtype_t = i32;

/// One byte, 0 or 1.
pub const METALAB_DTYPE_BOOL: metalab_dtype_t = 1;
/// int8_t
pub const METALAB_DTYPE_INT8: metalab_dtype_t = 2;
/// int16_t
pub const METALAB_DTYPE_INT16: metalab_dtype_t = 3;
/// int32_t
pub const METALAB_DTYPE_INT32: metalab_dtype_t = 4;
/// int64_t
pub const METALAB_DTYPE_INT64: metalab_dtype_t = 5;
/// uint8_t
pub const METALAB_DTYPE_UINT8: metalab_dtype_t = 6;
/// uint16_t
pub const METALAB_DTYPE_UINT16: metalab_dtype_t = 7;
/// uint32_t
pub const METALAB_DTYPE_UINT32: metalab_dtype_t = 8;
/// uint64_t
pub const METALAB_DTYPE_UINT64: metalab_dtype_t = 9;
/// float
pub const METALAB_DTYPE_FLOAT32: metalab_dtype_t = 10;
/// double
pub const METALAB_DTYPE_FLOAT64: metalab_dtype_t = 11;
/// float _Complex, std::complex of float
pub const METALAB_DTYPE_COMPLEX64: metalab_dtype_t = 12;
/// double _Complex, std::complex of double
pub const METALAB_DTYPE_COMPLEX128: metalab_dtype_t = 13;
/// _Float16, std::float16_t, Julia's Float16: IEEE half precision.
pub const METALAB_DTYPE_FLOAT16: metalab_dtype_t = 14;
/// METALAB_DTYPE_STRING + n: strings of n bytes, 1 to 65535; shorter ones are padded with NULs. Artifacts have
/// numpy's type "S"; data (metalab_capture_data_array) must be UTF-8 and is str in Python.
pub const METALAB_DTYPE_STRING: metalab_dtype_t = 0x1_0000;
const _: () = assert!(METALAB_DTYPE_STRING == BYTES);

/// Maximum number of dimensions of an array.
pub const METALAB_DIMENSIONS_MAX: usize = 32;
const _: () = assert!(METALAB_DIMENSIONS_MAX == MAX_NDIM);

/// Which index of a contiguous array varies slowest.
pub type metalab_order_t = i32;

/// The first index (C, C++, numpy).
pub const METALAB_ORDER_C: metalab_order_t = 0;
/// The last index (Fortran, Julia, R).
pub const METALAB_ORDER_F: metalab_order_t = 1;

/// An array in the caller's memory. The library reads it during the call and keeps no pointer. Initialise
/// it with METALAB_ARRAY_INIT.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct metalab_array_t {
    /// sizeof(metalab_array_t).
    pub struct_size: usize,
    /// The first element. May be NULL if there is none.
    pub data: *const c_void,
    /// The type of the elements.
    pub dtype: metalab_dtype_t,
    /// The order of the elements if strides is NULL, and of a stored copy.
    pub order: metalab_order_t,
    /// Number of dimensions: 0 (a scalar) to METALAB_DIMENSIONS_MAX.
    pub ndim: usize,
    /// ndim extents. May be NULL if ndim is 0.
    pub shape: *const u64,
    /// ndim strides in bytes, which may be negative; NULL if the elements are contiguous in `order`.
    pub strides: *const i64,
}
// SAFETY: numbers and pointers; its last member ends where it ends.
unsafe impl Structure for metalab_array_t {
    const INIT: &str = "METALAB_ARRAY_INIT";
    const FIRST: usize = std::mem::offset_of!(metalab_array_t, strides) + size_of::<*const i64>();
}
const _: () = assert!(size_of::<metalab_array_t>() == metalab_array_t::FIRST);

/// An array that is mapped for the caller to compute into. Ended by metalab_mapping_seal or
/// metalab_mapping_abandon, one of which must be called. A token, not an address; calls with NULL return
/// METALAB_NO_CAPTURE.
pub struct metalab_mapping_t {
    _private: [u8; 0],
}

/// An artifact that is being appended to. Ended by metalab_stream_seal or metalab_stream_abandon,
/// one of which must be called. A token, not an address; calls with NULL return METALAB_NO_CAPTURE.
pub struct metalab_stream_t {
    _private: [u8; 0],
}

/// Stores an artifact: a JSON document, which readers get as run.artifact(name).
///
/// Artifacts become visible to readers some time after the call, once they are hashed, and at the latest when
/// the run ends or is flushed. Storing a name again replaces the earlier artifact.
///
/// json_len: bytes of json, or METALAB_NUL.
/// metadata_json: a JSON object, or NULL; here and below.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_JSON, METALAB_ERR_CLOSED,
/// METALAB_ERR_FULL, METALAB_ERR_IO; the same for every artifact. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_artifact_json(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    json: *const c_char,
    json_len: usize,
    metadata_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_artifact_json", capture, |capture| {
        // SAFETY: as documented.
        let (name, json, metadata) = unsafe {
            (
                text("name", name)?,
                document("json", json, json_len)?,
                metadata("metadata_json", metadata_json)?,
            )
        };
        Ok(capture.artifact_json(name, &json, metadata)?)
    })
}

/// Stores an artifact: bytes as they are. As metalab_capture_artifact_json.
///
/// bytes: size bytes, copied; may be NULL if size is 0.
/// kind: the kind of content, such as "mesh". The Python package decodes the kinds that it knows: pass "json"
/// or "numpy" only for such content.
/// format: the encoding, which becomes the file's extension, such as "vtk".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_artifact_bytes(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    bytes: *const c_void,
    size: usize,
    kind: *const c_char,
    format: *const c_char,
    metadata_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_artifact_bytes", capture, |capture| {
        // SAFETY: as documented.
        unsafe {
            let bytes = self::bytes("bytes", bytes, size)?;
            let (name, kind, format) = (text("name", name)?, text("kind", kind)?, text("format", format)?);
            Ok(capture.artifact_bytes(
                name,
                bytes,
                kind,
                format,
                metadata("metadata_json", metadata_json)?,
            )?)
        }
    })
}

/// Stores an artifact: an array as .npz, which readers get as a numpy array. Copied before the call returns. As
/// metalab_capture_artifact_json.
///
/// Errors: also METALAB_ERR_VALUE, for an impossible shape or type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_artifact_array(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    data: *const metalab_array_t,
    metadata_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_artifact_array", capture, |capture| {
        // SAFETY: as documented.
        let (name, array, metadata) =
            unsafe { (text("name", name)?, array("data", data)?, metadata("metadata_json", metadata_json)?) };
        Ok(capture.artifact_array(name, &array, metadata)?)
    })
}

/// Stores an artifact: count named arrays in one .npz, which readers get as a dict. As
/// metalab_capture_artifact_array.
///
/// array_names: count names, no two the same. They may contain directories ("patch/density"), but must not
/// lead out of the directory where the file is unzipped. "/x", "../x" and "C:x" are METALAB_ERR_NAME; so is
/// "x.npy", which numpy would return as "x".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_artifact_arrays(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    count: usize,
    array_names: *const *const c_char,
    arrays: *const metalab_array_t,
    metadata_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_artifact_arrays", capture, |capture| {
        // SAFETY: as documented.
        unsafe {
            let (name, metadata) = (text("name", name)?, metadata("metadata_json", metadata_json)?);
            let names = elements("array_names", array_names, count)?;
            let arrays = structure::list("arrays", arrays, count)?;
            let mut named: Vec<(&str, ArrayView<'_>)> = Vec::with_capacity(count);
            for (index, (key, array)) in names.iter().zip(&arrays).enumerate() {
                let key = text(&format!("array_names[{index}]"), *key)?;
                named.push((key, view(&format!("arrays[{index}]"), array)?));
            }
            Ok(capture.artifact_arrays(name, &named, metadata)?)
        }
    })
}

/// Creates an artifact that is an array, and maps its file into memory: the solver computes directly in the
/// file that becomes the artifact, and nothing is copied. Once sealed, the artifact is as from
/// metalab_capture_artifact_array.
///
/// The file is allocated, zero-filled and prefaulted before the call returns, at 1 to 3 GB in a second:
/// seconds for several GB. From the third array of the same size on, a background thread prepares the next
/// file in advance, for arrays of up to 1 GiB (of any size for metalab_capture_snapshots); the call then
/// takes microseconds.
/// mapping_out: to be ended with metalab_mapping_seal or metalab_mapping_abandon.
/// data_out: the first element. All elements are zero, aligned to 64 bytes, and contiguous in the requested
/// order. The pointer is valid until the mapping is ended, also after metalab_capture_finish.
/// metalab_capture_finish keeps the content at that time as an incomplete artifact; so does the recovery of a
/// process that died.
///
/// Waits at most 250 ms, and only while more than 1 GiB and two arrays have been sealed but not hashed yet.
/// Errors: also METALAB_ERR_VALUE (the shape), METALAB_ERR_FULL (the disk), METALAB_ERR_MEMORY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_map_array(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    dtype: metalab_dtype_t,
    order: metalab_order_t,
    ndim: usize,
    shape: *const u64,
    metadata_json: *const c_char,
    mapping_out: *mut *mut metalab_mapping_t,
    data_out: *mut *mut c_void,
) -> metalab_status_t {
    with_capture("metalab_capture_map_array", capture, |capture| {
        out("mapping_out", mapping_out)?;
        out("data_out", data_out)?;
        let (dtype, order) = (self::dtype("dtype", dtype)?, self::order("order", order)?);
        // SAFETY: as documented.
        unsafe {
            let (name, shape) = (text("name", name)?, self::shape("shape", shape, ndim)?);
            let metadata = metadata("metadata_json", metadata_json)?;
            let mapping = capture.map_array(name, dtype, order, shape, metadata)?;
            data_out.write(mapping.data().cast());
            mapping_out.write(MAPPINGS.add(Arc::new(Mutex::new(Some(mapping)))));
            Ok(())
        }
    })
}

/// Takes what is live of `slot`, for what ends it.
fn end<T: Send>(
    table: &Table<Arc<Mutex<Option<T>>>>,
    argument: &str,
    handle: *const impl Sized,
) -> Answer<T> {
    let slot = table.get(argument, handle)?;
    table.remove(handle);
    let live = lock(&slot).take();
    live.map_or_else(|| wrong(ErrorKind::Closed, format!("{argument} has ended")), Ok)
}

fn ended(argument: &str) -> Error {
    Error::new(ErrorKind::Closed, format!("{argument} has ended"))
}

/// Adds to the metadata that the array will have, for values that are known only once it is computed.
///
/// metadata_json: a JSON object; its members replace those of the same name. NULL adds nothing.
/// Errors: METALAB_ERR_UTF8, METALAB_ERR_JSON, METALAB_ERR_CLOSED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_mapping_set_metadata(
    mapping: *mut metalab_mapping_t,
    metadata_json: *const c_char,
) -> metalab_status_t {
    boundary("metalab_mapping_set_metadata", || {
        let slot = MAPPINGS.get("mapping", mapping)?;
        // SAFETY: as documented.
        let metadata = unsafe { metadata("metadata_json", metadata_json)? };
        let slot = lock(&slot);
        let live: &Mapping = slot.as_ref().ok_or_else(|| ended("mapping"))?;
        Ok(live.add_metadata(metadata)?)
    })
}

/// Makes the array an artifact, and ends the mapping; do not access its memory any more. Returns at once; a
/// background thread computes the checksum and the hash.
///
/// Errors: METALAB_ERR_CLOSED (also if the run has ended, which has kept the array as it was then),
/// METALAB_ERR_FULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_mapping_seal(mapping: *mut metalab_mapping_t) -> metalab_status_t {
    boundary("metalab_mapping_seal", || Ok(end(&MAPPINGS, "mapping", mapping)?.seal()?))
}

/// Discards the array, removes its file, and ends the mapping; do not access its memory any more.
///
/// Errors: METALAB_ERR_CLOSED, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_mapping_abandon(mapping: *mut metalab_mapping_t) -> metalab_status_t {
    boundary("metalab_mapping_abandon", || Ok(end(&MAPPINGS, "mapping", mapping)?.abandon()?))
}

/// Creates an artifact of unknown length, which is written piece by piece and then sealed. As
/// metalab_capture_artifact_bytes.
///
/// stream_out: to be ended with metalab_stream_seal or metalab_stream_abandon.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_stream(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    kind: *const c_char,
    format: *const c_char,
    metadata_json: *const c_char,
    stream_out: *mut *mut metalab_stream_t,
) -> metalab_status_t {
    with_capture("metalab_capture_stream", capture, |capture| {
        out("stream_out", stream_out)?;
        // SAFETY: as documented.
        unsafe {
            let (name, kind, format) = (text("name", name)?, text("kind", kind)?, text("format", format)?);
            let stream = capture.stream(name, kind, format, metadata("metadata_json", metadata_json)?)?;
            stream_out.write(STREAMS.add(Arc::new(Mutex::new(Some(stream)))));
            Ok(())
        }
    })
}

/// Appends bytes. Once the call returns, they survive the death of the process.
///
/// bytes: size bytes, copied; may be NULL if size is 0.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_CLOSED, METALAB_ERR_FULL, METALAB_ERR_IO; after an error, part of the
/// bytes may have been written. Any thread; concurrent calls are serialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_stream_write(
    stream: *mut metalab_stream_t,
    bytes: *const c_void,
    size: usize,
) -> metalab_status_t {
    boundary("metalab_stream_write", || {
        let slot = STREAMS.get("stream", stream)?;
        // SAFETY: as documented.
        let bytes = unsafe { self::bytes("bytes", bytes, size)? };
        let slot = lock(&slot);
        let live: &Stream = slot.as_ref().ok_or_else(|| ended("stream"))?;
        Ok(live.write(bytes)?)
    })
}

/// Adds to the metadata that the artifact will have. As metalab_mapping_set_metadata.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_stream_set_metadata(
    stream: *mut metalab_stream_t,
    metadata_json: *const c_char,
) -> metalab_status_t {
    boundary("metalab_stream_set_metadata", || {
        let slot = STREAMS.get("stream", stream)?;
        // SAFETY: as documented.
        let metadata = unsafe { metadata("metadata_json", metadata_json)? };
        let slot = lock(&slot);
        Ok(slot.as_ref().ok_or_else(|| ended("stream"))?.add_metadata(metadata)?)
    })
}

/// Makes the bytes written an artifact, and ends the stream.
///
/// Errors: METALAB_ERR_CLOSED (also if the run has ended, which has kept what was written), METALAB_ERR_FULL.
/// Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_stream_seal(stream: *mut metalab_stream_t) -> metalab_status_t {
    boundary("metalab_stream_seal", || Ok(end(&STREAMS, "stream", stream)?.seal()?))
}

/// Discards the bytes written, and ends the stream.
///
/// Errors: METALAB_ERR_CLOSED, METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_stream_abandon(stream: *mut metalab_stream_t) -> metalab_status_t {
    boundary("metalab_stream_abandon", || Ok(end(&STREAMS, "stream", stream)?.abandon()?))
}
