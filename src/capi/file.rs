//! Files.

use std::ffi::c_char;
use std::path::Path;

use super::capture::{metalab_capture_t, with_capture};
use super::convert::{metadata, optional, text};
use super::status::{metalab_status_t, wrong};
use crate::base::error::ErrorKind;
use crate::capture::Take;

/// How metalab_capture_file adds a file to the store.
pub type metalab_file_mode_t = i32;

/// A copy; the file system shares the blocks where it can.
pub const METALAB_FILE_COPY: metalab_file_mode_t = 0;
/// A hard link, or a copy on another file system. Writing to the file later changes the artifact.
pub const METALAB_FILE_LINK: metalab_file_mode_t = 1;
/// The file itself, which is gone from its place then. Of a symbolic link the content is copied and the
/// link is removed; the file that it leads to stays.
pub const METALAB_FILE_MOVE: metalab_file_mode_t = 2;
/// A reference: the file, or the directory, stays where it is, and the artifact is a JSON document (of kind
/// "json") that says where: "path", "size_bytes", "sha256", "modified"; of a directory "size_bytes" in all,
/// and "files", each with these and its path in the directory. Symbolic links in it are noted ("link"), not
/// followed. The metadata have the path as "reference". The call reads all of it, at 1 to 2 GB in a second.
/// Readers compare it then: metalab_run_artifact_verify.
pub const METALAB_FILE_REFERENCE: metalab_file_mode_t = 3;
/// A reference without hashes ("sha256" is null), which costs nothing for terabytes.
pub const METALAB_FILE_REFERENCE_UNHASHED: metalab_file_mode_t = 4;

/// An artifact: a file that exists. Its content counts: its mode and times are kept as far as the
/// store's file system takes them, and what it refuses is listed in the metadata as "not_kept". The
/// file's extension becomes the artifact's format, unless it is longer than 40 bytes. The source may be
/// changed or removed as soon as the call returns, but for references.
///
/// path: of a regular file, or of a symbolic link to one; of a directory for a reference.
/// mode: a METALAB_FILE_... .
/// kind: what it is; NULL for "file". Not looked at for a reference.
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
            METALAB_FILE_REFERENCE => Take::Reference,
            METALAB_FILE_REFERENCE_UNHASHED => Take::ReferenceUnhashed,
            _ => return wrong(ErrorKind::Value, format!("mode {mode} is not a METALAB_FILE_ constant")),
        };
        // SAFETY: as documented.
        unsafe {
            let (name, path, kind) = (text("name", name)?, text("path", path)?, optional("kind", kind)?);
            let metadata = metadata("metadata_json", metadata_json)?;
            Ok(capture.file(name, Path::new(path), take, kind, metadata)?)
        }
    })
}
