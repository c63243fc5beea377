//! Files that exist already.

use std::fs::File;
use std::path::Path;

use serde::Serialize;

use super::Capture;
use crate::artifacts::{Wanted, suffix_of};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::{file, json, sys};

/// How an existing file becomes an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// A copy, by shared extents where the file system has them.
    Copy = 0,
    /// A hard link, a copy where there can be none. Writing to the source later changes the artifact.
    Link = 1,
    /// The file itself.
    Move = 2,
}

impl Capture {
    /// Takes in a file that exists; its mode and times are kept.
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
            let metadata = json::object_of("metadata", &metadata)?;
            let source = file::open_to_read(path).map_err(|source| Error::io("open", path, &source))?;
            if !source.metadata().is_ok_and(|metadata| metadata.is_file()) {
                return Err(Error::new(ErrorKind::Value, format!("{} is no regular file", path.display())));
            }
            let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
            let extension = extension.filter(|extension| !extension.is_empty());
            let suffix = extension.as_deref().map_or(Ok(String::new()), suffix_of)?;
            let format = extension.as_deref().unwrap_or("binary");
            let kind = kind.unwrap_or("file");
            inner.desk.put(Wanted { name, kind, format, suffix: &suffix, metadata }, |file, staged| {
                take_file(&source, path, take, file, staged)
            })
        })
    }
}

fn take_file(source: &File, path: &Path, take: Take, file: &mut File, staged: &Path) -> Result<()> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |source: std::io::Error| Error::io(&what, path, &source)
    };
    if take != Take::Copy {
        // The staged name is there already, empty: a link must not find it, a rename replaces it.
        let taken = match take {
            Take::Move => std::fs::rename(path, staged),
            _ => {
                let mut beside = staged.as_os_str().to_owned();
                beside.push(".link");
                std::fs::canonicalize(path)
                    .and_then(|target| std::fs::hard_link(target, &beside))
                    .and_then(|()| std::fs::rename(&beside, staged))
                    .inspect_err(|_| drop(std::fs::remove_file(&beside)))
            }
        };
        match taken {
            Ok(()) => return Ok(()),
            // On another file system, or one without links: by copy then.
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(
                        libc::EXDEV
                            | libc::EMLINK
                            | libc::EPERM
                            | libc::EACCES
                            | libc::EINVAL
                            | libc::ENOSYS
                            | libc::ENOTSUP
                    )
                ) => {}
            Err(error) => return Err(failed("take in")(error)),
        }
    }
    sys::copy_file(source, file).map_err(failed("copy"))?;
    sys::copy_attributes(source, file);
    if take == Take::Move {
        std::fs::remove_file(path).map_err(failed("remove"))?;
    }
    Ok(())
}
