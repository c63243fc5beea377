//! Files.

use std::ffi::c_char;
use std::path::Path;

use super::capture::{metalab_capture_t, with_capture};
use super::convert::{metadata, optional, text};
use super::status::{metalab_status_t, wrong};
use crate::base::error::ErrorKind;
use crate::capture::Take;

/// How metalab_capture_file takes a file in.
pub type metalab_file_mode_t = i32;

/// A copy; the file system shares the blocks where it can.
pub const METALAB_FILE_COPY: metalab_file_mode_t = 0;
/// A hard link, or a copy on another file system. Writing to the file later changes the artifact.
pub const METALAB_FILE_LINK: metalab_file_mode_t = 1;
/// The file itself, which is gone from its place then. Of a symbolic link the content is copied and the
/// link is removed; the file that it leads to stays.
pub const METALAB_FILE_MOVE: metalab_file_mode_t = 2;

/// An artifact: a file that exists. Its content counts: its mode and times are kept as far as the
/// store's file system takes them, and what it refuses is listed in the metadata as "not_kept". The
/// file's extension becomes the artifact's format, unless it is longer than 40 bytes. The source may be
/// changed or removed as soon as the call returns.
///
/// path: of a regular file, or of a symbolic link to one.
/// mode: a METALAB_FILE_... .
/// kind: what it is; NULL for "file".
/// metadata_json: a JSON object, or NULL.
/// Errors: as metalab_capture_artifact_bytes, and METALAB_ERR_NOT_FOUND, METALAB_ERR_ACCESS,
/// METALAB_ERR_VALUE (no regular file, an unknown mode). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_file(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    path: *const c_char,
    mode: metalab_file_mode_t,
    kind: *const c_char,
    metadata_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_file", capture, |capture| {
        let take = match mode {
            METALAB_FILE_COPY => Take::Copy,
            METALAB_FILE_LINK => Take::Link,
            METALAB_FILE_MOVE => Take::Move,
            _ => return wrong(ErrorKind::Value, format!("mode {mode} is no METALAB_FILE")),
        };
        // SAFETY: as documented.
        unsafe {
            let (name, path, kind) = (text("name", name)?, text("path", path)?, optional("kind", kind)?);
            let metadata = metadata("metadata_json", metadata_json)?;
            Ok(capture.file(name, Path::new(path), take, kind, metadata)?)
        }
    })
}
