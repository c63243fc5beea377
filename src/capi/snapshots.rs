//! Arrays that are written every so many steps.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex};

use super::artifact::{metalab_dtype_t, metalab_mapping_t, metalab_order_t};
use super::capture::{metalab_capture_t, with_capture};
use super::convert::{dtype, metadata, order, out, shape, text};
use super::handle::{MAPPINGS, SNAPSHOTS};
use super::status::{boundary, metalab_status_t};

/// An array of which snapshots are taken. Freed by metalab_snapshots_free. A token, not an address; calls with
/// NULL return METALAB_NO_CAPTURE.
pub struct metalab_snapshots_t {
    _private: [u8; 0],
}

/// Declares an array of which the solver stores a snapshot every so many steps. Each snapshot is a separate
/// artifact, and the solver computes directly in the artifact's file. A background thread prepares the files
/// of the next two snapshots (of one, if two would take more than 2 GiB), so that metalab_snapshots_begin
/// returns memory that is already prefaulted.
///
/// name: the beginning of the artifacts' names; at most METALAB_NAME_MAX - 21 bytes as a file name.
/// metadata_json: the metadata of every snapshot; a JSON object, or NULL.
/// snapshots_out: to be freed with metalab_snapshots_free.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_JSON,
/// METALAB_ERR_VALUE (type, order, shape), METALAB_ERR_CLOSED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_snapshots(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    dtype: metalab_dtype_t,
    order: metalab_order_t,
    ndim: usize,
    shape: *const u64,
    metadata_json: *const c_char,
    snapshots_out: *mut *mut metalab_snapshots_t,
) -> metalab_status_t {
    with_capture("metalab_capture_snapshots", capture, |capture| {
        out("snapshots_out", snapshots_out)?;
        let (dtype, order) = (self::dtype("dtype", dtype)?, self::order("order", order)?);
        // SAFETY: as documented.
        unsafe {
            let (name, shape) = (text("name", name)?, self::shape("shape", shape, ndim)?);
            let metadata = metadata("metadata_json", metadata_json)?;
            let snapshots = capture.snapshots(name, dtype, order, shape, metadata)?;
            snapshots_out.write(SNAPSHOTS.add(Arc::new(snapshots)));
            Ok(())
        }
    })
}

/// Maps the snapshot of a step, as metalab_capture_map_array does. The artifact is named "{name}.{step}",
/// with at least eight digits, as in "u.00000500". Its metadata has the members of the declaration, "step",
/// and "snapshot_of": the name. If a step has two snapshots, the one that is sealed later is kept. Several
/// snapshots may be open at a time.
///
/// If no file is prepared, the call makes one. It waits at most 250 ms, and only while more than 1 GiB and
/// two arrays have been sealed but not hashed yet. So a solver that writes faster than files are hashed is
/// slowed down.
///
/// mapping_out: to be ended with metalab_mapping_seal or metalab_mapping_abandon, also after
/// metalab_snapshots_free.
/// data_out: the first element; see metalab_capture_map_array.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_CLOSED, METALAB_ERR_FULL, METALAB_ERR_MEMORY,
/// METALAB_ERR_IO. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_snapshots_begin(
    snapshots: *mut metalab_snapshots_t,
    step: i64,
    mapping_out: *mut *mut metalab_mapping_t,
    data_out: *mut *mut c_void,
) -> metalab_status_t {
    boundary("metalab_snapshots_begin", || {
        let snapshots = SNAPSHOTS.get("snapshots", snapshots)?;
        out("mapping_out", mapping_out)?;
        out("data_out", data_out)?;
        let mapping = snapshots.begin(step)?;
        // SAFETY: not NULL; the caller's.
        unsafe {
            data_out.write(mapping.data().cast());
            mapping_out.write(MAPPINGS.add(Arc::new(Mutex::new(Some(mapping)))));
        }
        Ok(())
    })
}

/// Ends a declaration: no more files are prepared. Snapshots that have begun stay valid. NULL and a freed
/// handle are allowed. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_snapshots_free(snapshots: *mut metalab_snapshots_t) {
    let _ = boundary("metalab_snapshots_free", || {
        drop(SNAPSHOTS.remove(snapshots));
        Ok(())
    });
}
