//! Errors: a kind that a caller can act on, a message for people, and the cause.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The kinds of failure. The numbers are the C interface's and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A required pointer is NULL.
    Null = 3,
    /// A text is not UTF-8.
    Utf8 = 4,
    /// A name is empty, too long, or has a NUL.
    Name = 5,
    /// An argument is out of range: an unknown enum value, an absurd shape.
    Value = 6,
    /// A text is not JSON, or not the JSON that is wanted here.
    Json = 7,
    /// The capture, mapping or stream has ended.
    Closed = 8,
    /// The handle is not one of this kind.
    Handle = 9,
    /// The run exists as "success" and the options say to refuse.
    Exists = 10,
    /// Somebody else writes this run, or holds what is asked for.
    Busy = 11,
    /// The system reported an input or output error.
    Io = 12,
    /// The disk is full, or the quota is used up.
    Full = 13,
    /// Permission denied, or a read-only file system.
    Access = 14,
    /// A file that was named does not exist.
    NotFound = 15,
    /// Memory or address space could not be had.
    Memory = 16,
    /// This build or system lacks what is asked for.
    Unsupported = 17,
    /// A defect of this library, caught before it reached the caller.
    Panic = 18,
    /// The run ended or was flushed, but something could not be written.
    Incomplete = 19,
    /// The caller asked to stop.
    Stopped = 20,
    /// A file of the store is not what its name says: damaged, or somebody else's.
    Damaged = 21,
}

/// An error: its kind, a message that names the argument or the file, and the error that caused it.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything fallible here.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message, without the kind.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// A system error met while doing `what` to `path`.
    pub fn io(what: &str, path: &Path, source: &io::Error) -> Self {
        let message = format!("cannot {what} {}: {source}{}", path.display(), hint(what, source));
        Self::new(io_kind(source), message).caused_by(copy_of(source))
    }

    /// The same error, with the one that caused it. The message says already what it says.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// The same error, its message preceded by what was being done.
    #[must_use]
    pub fn context(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

/// The same system error again: those of the system are a number, those of Rust a kind and a text.
fn copy_of(source: &io::Error) -> io::Error {
    match source.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(source.kind(), source.to_string()),
    }
}

/// The attempt to make a store's directories, as a message names it.
pub const MAKE_STORE: &str = "create the store's directory";

/// The help where a file system lacks what is needed of it, or a user may not write.
fn hint(what: &str, source: &io::Error) -> &'static str {
    /// ENOTSUPP, which some file systems of Linux let out of the kernel.
    const NOT_SUPPORTED: i32 = 524;
    match source.raw_os_error() {
        Some(libc::ENOLCK | libc::ENOSYS | libc::EOPNOTSUPP | NOT_SUPPORTED) if what == "lock" => {
            " (its file system has no locks, which the store needs: use another, or mount this one with them)"
        }
        Some(libc::ENODEV) if what == "map" => {
            " (its file system can't map files: METALAB_JOURNAL puts the journal elsewhere, as in /dev/shm)"
        }
        Some(libc::EACCES | libc::EPERM | libc::EROFS | libc::ENOENT | libc::ENOTDIR)
            if what == MAKE_STORE =>
        {
            " (METALAB_STORE or the options can name another store)"
        }
        _ => "",
    }
}

fn io_kind(source: &io::Error) -> ErrorKind {
    match source.raw_os_error() {
        Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG) => ErrorKind::Full,
        Some(libc::EACCES | libc::EPERM | libc::EROFS) => ErrorKind::Access,
        Some(libc::ENOENT) => ErrorKind::NotFound,
        Some(libc::ENOMEM) => ErrorKind::Memory,
        _ => ErrorKind::Io,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn an_error_keeps_its_source() {
        let source = io::Error::from_raw_os_error(libc::ENOSPC);
        let error = Error::io("write", Path::new("/x"), &source).context("name").clone();
        assert_eq!(error.kind(), ErrorKind::Full);
        assert_eq!(error.to_string(), format!("name: cannot write /x: {source}"));
        let kept = error.source().and_then(|source| source.downcast_ref::<io::Error>()).unwrap();
        assert_eq!(kept.raw_os_error(), Some(libc::ENOSPC));
        let source = io::Error::new(io::ErrorKind::InvalidData, "no text");
        let error = Error::io("read", Path::new("/x"), &source);
        let kept = error.source().and_then(|source| source.downcast_ref::<io::Error>()).unwrap();
        assert_eq!((kept.kind(), kept.to_string()), (io::ErrorKind::InvalidData, "no text".to_owned()));
        assert!(Error::new(ErrorKind::Value, "x").source().is_none());
    }
}
