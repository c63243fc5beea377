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

/// A copy; it shares its blocks with the original if the file system can do this.
pub const METALAB_FILE_COPY: metalab_file_mode_t = 0;
/// A hard link, or a copy where there can be no hard link. Writing to the file later changes the artifact.
pub const METALAB_FILE_LINK: metalab_file_mode_t = 1;
/// The file itself, which is moved into the store. For a symbolic link, the file that it leads to is copied,
/// and only the link is removed. If the source cannot be removed, the call returns an error, but the artifact
/// is stored.
pub const METALAB_FILE_MOVE: metalab_file_mode_t = 2;
/// A reference: the file or directory stays where it is, and the artifact is a JSON document (of kind "json")
/// that describes it. The document of a file has "path", "size_bytes", "sha256" and "modified". The document
/// of a directory has the total "size_bytes", and "files": a list of such objects, one for each file, with
/// its path in the directory. Symbolic links in the directory are listed ("link"), not followed. The metadata
/// has the path as "reference". If a name is not UTF-8, it has U+FFFD in these places, and its bytes are in
/// "path_hex", "link_hex" or "reference_hex", as hexadecimal digits. The call reads the whole content, at 1
/// to 2 GB in a second. With metalab_run_artifact_verify, readers check that it has not changed.
pub const METALAB_FILE_REFERENCE: metalab_file_mode_t = 3;
/// A reference without hashes ("sha256" is null): the content is not read, so terabytes cost nothing.
pub const METALAB_FILE_REFERENCE_UNHASHED: metalab_file_mode_t = 4;

/// Stores an artifact: an existing file or directory. The source may be changed or removed as soon as the
/// call returns, except for references.
///
/// A file keeps its mode and times; those that the store's file system refuses are listed in the metadata as
/// "not_kept". The file's extension becomes the artifact's format, unless it is longer than 40 bytes.
///
/// With METALAB_FILE_COPY, ..._LINK and ..._MOVE, a directory is stored as two artifacts. NAME.tar is the
/// content, an archive that tar and Python's tarfile read. NAME is a JSON document (of kind "json") that
/// lists the content: "path", "tar" (the name of the archive), the total "size_bytes", "files" and
/// "directories". Each of these has its "path" in the archive, "mode" and "modified"; a file also has
/// "size_bytes" and "sha256", a symbolic link has "link" instead. The call writes the archive; a background
/// thread makes the hashes and the list. If the process dies, either both artifacts are stored or none.
///
/// Archives of the same directory are identical: names are sorted, owners are left out. Symbolic links are
/// stored as links and not followed; hard links are stored as files; holes are kept. Sockets, pipes and
/// devices are skipped, with a warning in the log and their names in the metadata as "skipped". If a name is
/// not UTF-8, the list has it with U+FFFD, and its bytes as "path_hex" or "link_hex". METALAB_FILE_MOVE waits
/// until the archive is on the disk, then removes what is in the archive; files that were changed or added
/// meanwhile stay. Directories may be nested 100 deep. A directory that contains the store is refused, and so
/// is one with a file that becomes shorter during the call.
///
/// path: the path of a regular file or a directory, or of a symbolic link to one; any bytes.
/// mode: a METALAB_FILE_... .
/// kind: the kind of content; NULL for "file". Ignored for a reference.
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
