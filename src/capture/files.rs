//! Files that exist already.

use std::fs::File;
use std::path::Path;

use serde::Serialize;

use super::{Capture, references};
use crate::artifacts::{Wanted, suffix_of};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Json, Object};
use crate::base::{file, name, sys};

/// How an existing file becomes an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// A copy, by shared extents where the file system has them.
    Copy = 0,
    /// A hard link, a copy where there can be none. Writing to the source later changes the artifact.
    Link = 1,
    /// The file itself.
    Move = 2,
    /// Nothing but where the file or directory is, its size and its SHA-256: it stays where it is.
    Reference = 3,
    /// The same without a SHA-256, which takes reading all of it.
    ReferenceUnhashed = 4,
}

impl Capture {
    /// Takes in a file that exists. Its mode and times are kept as far as the store's file system takes
    /// them; what it refuses is listed in the artifact's metadata as `not_kept`. An extension of more than
    /// 40 bytes is left out.
    ///
    /// A symbolic link is followed: the artifact is the file's content. [`Take::Move`] then removes the link
    /// and leaves the file.
    ///
    /// A reference is an artifact of kind "json": `path`, `size_bytes`, `sha256`, `modified`, of a directory
    /// `files` with these of each. Its metadata have the path as `reference`. `kind` has no meaning then.
    ///
    /// # Errors
    /// When it is no regular file, and as [`metric`](Self::metric).
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
                metadata.insert("reference".to_owned(), path.into());
                return self.artifact_json(name, &document, Json::from(metadata));
            }
            let source = open_regular(path)?;
            // An extension that no file name can end with is no format.
            let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
            let suffixed =
                extension.and_then(|format| suffix_of(&format).ok().map(|suffix| (suffix, format)));
            let (suffix, format) = suffixed.unwrap_or_else(|| (String::new(), "binary".to_owned()));
            let kind = kind.unwrap_or("file");
            let wanted = Wanted { name, kind, format: &format, suffix: &suffix, metadata };
            inner.desk.put_noting(wanted, |file, staged| take_file(&source, path, take, file, staged))
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
        let text = format!(
            "{} is not a regular file; a directory can be referred to (METALAB_FILE_REFERENCE)",
            path.display()
        );
        Error::new(ErrorKind::Value, text)
    })
}

/// Fills the artifact `staged`, which is open as `file`. Returns what its metadata have to say of it.
fn take_file(source: &File, path: &Path, take: Take, file: &mut File, staged: &Path) -> Result<Object> {
    let failed = |what: &'static str| move |source: std::io::Error| Error::io(what, path, &source);
    let is_link = || std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    // The staged name is there already, empty: a link must not find it, a rename replaces it.
    let taken = match take {
        Take::Copy | Take::Reference | Take::ReferenceUnhashed => None,
        // A link that was moved would lead elsewhere, or out of the store.
        Take::Move if is_link() => None,
        Take::Move => Some(std::fs::rename(path, staged)),
        Take::Link => Some(link(path, staged)),
    };
    match taken {
        Some(Ok(())) => return Ok(Object::new()),
        Some(Err(error)) if !can_be_copied(&error) => return Err(failed("take in")(error)),
        Some(Err(_)) | None => {}
    }
    sys::copy_file(source, file).map_err(failed("copy"))?;
    let lost = sys::copy_attributes(source, file);
    if take == Take::Move {
        std::fs::remove_file(path).map_err(failed("remove"))?;
    }
    if lost.is_empty() {
        return Ok(Object::new());
    }
    let lost: Vec<Json> = lost.into_iter().map(Json::from).collect();
    Ok(json::members([("not_kept", lost)]))
}

/// Puts a hard link to the file behind `path` in the place of `staged`.
fn link(path: &Path, staged: &Path) -> std::io::Result<()> {
    let mut beside = staged.as_os_str().to_owned();
    beside.push(".link");
    std::fs::canonicalize(path)
        .and_then(|target| std::fs::hard_link(target, &beside))
        .and_then(|()| std::fs::rename(&beside, staged))
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

/// Returns whether a link or a rename failed for a reason that a copy does not have: another file system,
/// or one without links.
fn can_be_copied(error: &std::io::Error) -> bool {
    use libc::{EACCES, EINVAL, EMLINK, ENOSYS, ENOTSUP, EPERM, EXDEV};
    matches!(error.raw_os_error(), Some(EXDEV | EMLINK | EPERM | EACCES | EINVAL | ENOSYS | ENOTSUP))
}
