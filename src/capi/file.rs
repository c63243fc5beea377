//! Files.

use std::ffi::{OsStr, c_char};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::capture::{metalab_capture_t, with_capture};
use super::convert::{c_bytes, metadata, optional, text};
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
/// link is removed; what it leads to stays. A source that cannot be removed is an error; the artifact is stored.
pub const METALAB_FILE_MOVE: metalab_file_mode_t = 2;
/// A reference: the file, or the directory, stays where it is, and the artifact is a JSON document (of kind
/// "json") that says where: "path", "size_bytes", "sha256", "modified"; of a directory "size_bytes" in all,
/// and "files", each with these and its path in the directory. Symbolic links in it are noted ("link"), not
/// followed. The metadata have the path as "reference". A name that is not UTF-8 has U+FFFD there, and its bytes
/// as hexadecimal digits in "path_hex", "link_hex" or "reference_hex". The call reads all of it, at 1 to 2 GB in
/// a second. Readers compare it then: metalab_run_artifact_verify.
pub const METALAB_FILE_REFERENCE: metalab_file_mode_t = 3;
/// A reference without hashes ("sha256" is null), which costs nothing for terabytes.
pub const METALAB_FILE_REFERENCE_UNHASHED: metalab_file_mode_t = 4;

/// An artifact: an existing file or directory. The source may be changed or removed as soon as the call returns,
/// except for references.
///
/// Of a file, mode and times are kept as far as the store's file system takes them; what it refuses is listed in
/// the metadata as "not_kept". The file's extension becomes the artifact's format, unless it is longer than 40
/// bytes.
///
/// A directory is stored as two artifacts. NAME.tar has the content, as an archive that tar and Python's tarfile
/// read, for each of METALAB_FILE_COPY, ..._LINK and ..._MOVE. NAME is a JSON document (of kind "json") that lists
/// it: "path", "tar" (the name of the archive), "size_bytes" in all, "files" and "directories", each with its
/// "path" in the archive, "mode" and "modified", files also with "size_bytes" and "sha256", symbolic links with
/// "link" instead. The call writes the archive; hashes and list are made in the background. Either both artifacts
/// are stored or none, whenever the process dies.
///
/// The same directory gives the same archive: names are sorted, owners are left out. Symbolic links are stored as
/// links and not followed; hard links are stored as files; holes are kept. Sockets, pipes and devices are skipped,
/// with a warning in the log and their names in the metadata as "skipped". A name that is not UTF-8 is in the list
/// with U+FFFD, and with its bytes as "path_hex" or "link_hex". METALAB_FILE_MOVE waits until the archive is on the
/// disk; then it removes what is in it, and leaves files that were changed or added in the meantime. Directories
/// may be nested 100 deep. A directory that contains the store is refused, and so is one with a file that becomes
/// shorter during the call.
///
/// path: of a regular file or a directory, or of a symbolic link to one; any bytes.
/// mode: a METALAB_FILE_... .
/// kind: what it is; NULL for "file". Not looked at for a reference.
/// metadata_json: a JSON object, or NULL.
/// Errors: as metalab_capture_artifact_bytes, and METALAB_ERR_NOT_FOUND, METALAB_ERR_ACCESS,
/// METALAB_ERR_VALUE (neither a regular file nor a directory, an unknown mode). Any thread.
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
            let (name, kind) = (text("name", name)?, optional("kind", kind)?);
            let path = Path::new(OsStr::from_bytes(c_bytes("path", path)?));
            let metadata = metadata("metadata_json", metadata_json)?;
            Ok(capture.file(name, path, take, kind, metadata)?)
        }
    })
}
