//! Files that exist already.

use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use serde::Serialize;

use super::{Capture, references};
use crate::artifacts::{Wanted, suffix_of};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::hex::add_name;
use crate::base::json::{self, Json, Object};
use crate::base::{file, name, sys};

/// How an existing file becomes an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// A copy, by shared extents where the file system has them.
    Copy = 0,
    /// A hard link, a copy where there can be none. Writing to the source later changes the artifact.
    Link = 1,
    /// The file itself: a link as above, or a copy, and it is removed from its place.
    Move = 2,
    /// Nothing but where the file or directory is, its size and its SHA-256: it stays where it is.
    Reference = 3,
    /// The same without a SHA-256, which takes reading all of it.
    ReferenceUnhashed = 4,
}

impl Capture {
    /// Takes in a file or a directory that exists. A file's mode and times are kept as far as the store's file system takes
    /// them; what it refuses is listed in the artifact's metadata as `not_kept`. An extension of more than
    /// 40 bytes is left out.
    ///
    /// A directory becomes two artifacts: `NAME.tar`, an archive of its content for each of [`Take::Copy`],
    /// [`Take::Link`] and [`Take::Move`], and `NAME`, a JSON document that lists it: `path`, `tar`, `size_bytes`,
    /// `files`, `directories`. Symbolic links in it are stored as links. Sockets, pipes and devices are skipped,
    /// which a warning in the log says.
    ///
    /// A path that is a symbolic link is followed. [`Take::Move`] then removes the link and leaves the rest.
    /// It removes a file when the run's journal has the artifact, and a directory when the disk has it.
    ///
    /// A reference is an artifact of kind "json": `path`, `size_bytes`, `sha256`, `modified`, of a directory
    /// `files` with these of each. Its metadata have the path as `reference`. `kind` has no meaning then.
    ///
    /// # Errors
    /// When it is neither a regular file nor a directory, holds the store, or has directories more than 100 deep,
    /// and as [`metric`](Self::metric).
    pub fn file(
        &self,
        name: &str,
        path: &Path,
        take: Take,
        kind: Option<&str>,
        metadata: impl Serialize,
    ) -> Result<()> {
        self.live(|inner| {
            let mut metadata = json::object_of("metadata", &metadata)?;
            if let Take::Reference | Take::ReferenceUnhashed = take {
                inner.check_open()?;
                name::check(name)?;
                let (document, path) = references::describe(path, take == Take::Reference)?;
                add_name(&mut metadata, "reference", path.as_os_str().as_bytes());
                return self.artifact_json(name, &document, Json::from(metadata));
            }
            if std::fs::metadata(path).is_ok_and(|found| found.is_dir()) {
                return inner.take_directory(name, path, take, kind, metadata);
            }
            let source = open_regular(path)?;
            // An extension that no file name can end with is no format.
            let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
            let suffixed =
                extension.and_then(|format| suffix_of(&format).ok().map(|suffix| (suffix, format)));
            let (suffix, format) = suffixed.unwrap_or_else(|| (String::new(), "binary".to_owned()));
            let kind = kind.unwrap_or("file");
            let wanted = Wanted { name, kind, format: &format, suffix: &suffix, metadata };
            inner.desk.put_noting(wanted, |file, staged| take_file(&source, path, take, file, staged))?;
            if take == Take::Move {
                std::fs::remove_file(path).map_err(|source| Error::io("remove", path, &source))?;
            }
            Ok(())
        })
    }
}

/// Opens a regular file to read. Anything else is refused unopened: a pipe that nobody writes to, and a
/// writer that waits for its reader, are left alone.
pub(super) fn open_regular(path: &Path) -> Result<File> {
    let failed = |source: std::io::Error| Error::io("open", path, &source);
    let found = std::fs::metadata(path).map_err(failed)?;
    let source = if found.is_file() { Some(file::open_to_read(path).map_err(failed)?) } else { None };
    source.filter(|source| source.metadata().is_ok_and(|found| found.is_file())).ok_or_else(|| {
        let text = format!("{} is neither a regular file nor a directory", path.display());
        Error::new(ErrorKind::Value, text)
    })
}

/// Fills the artifact `staged`, which is open as `file`, and returns members for its metadata. A source that is to go
/// stays until the journal has the artifact: it could be lost before. So it is never renamed.
fn take_file(source: &File, path: &Path, take: Take, file: &mut File, staged: &Path) -> Result<Object> {
    let failed = |what: &'static str| move |source: std::io::Error| Error::io(what, path, &source);
    let is_link = || std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    let is_linked = match take {
        Take::Copy | Take::Reference | Take::ReferenceUnhashed => false,
        // A link that was moved would lead elsewhere, or out of the store.
        Take::Move if is_link() => false,
        Take::Move | Take::Link => match link(path, staged) {
            Err(error) if can_be_copied(&error) => false,
            linked => linked.map(|()| true).map_err(failed("take in"))?,
        },
    };
    if is_linked {
        return Ok(Object::new());
    }
    sys::copy_file(source, file).map_err(failed("copy"))?;
    let lost = sys::copy_attributes(source, file);
    Ok(match lost.is_empty() {
        true => Object::new(),
        false => json::members([("not_kept", lost.into_iter().map(Json::from).collect::<Vec<Json>>())]),
    })
}

/// Puts a hard link to the file behind `path` in the place of `staged`, which is there already, empty.
fn link(path: &Path, staged: &Path) -> std::io::Result<()> {
    let mut beside = staged.as_os_str().to_owned();
    beside.push(".link");
    std::fs::canonicalize(path)
        .and_then(|target| std::fs::hard_link(target, &beside))
        .and_then(|()| std::fs::rename(&beside, staged))
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

/// Returns whether a link failed for a reason that a copy does not have: another file system, or one without links.
fn can_be_copied(error: &std::io::Error) -> bool {
    use libc::{EACCES, EINVAL, EMLINK, ENOSYS, ENOTSUP, EPERM, EXDEV};
    matches!(error.raw_os_error(), Some(EXDEV | EMLINK | EPERM | EACCES | EINVAL | ENOSYS | ENOTSUP))
}
