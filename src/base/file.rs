//! How files are opened that are written to: none of them has the number of a standard stream. Where
//! the host has closed one of those, the next file that is opened would get it, and what the host
//! prints.

use std::fs::{File, OpenOptions};
use std::io::{Result, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use crate::base::sync::PerProcess;

/// A descriptor that can't be read or written, as if it were closed.
#[cfg(target_os = "linux")]
const UNUSABLE: libc::c_int = libc::O_PATH;
#[cfg(not(target_os = "linux"))]
const UNUSABLE: libc::c_int = libc::O_DIRECTORY;

/// A file that must not be there yet, to write and read.
pub fn create_new(path: &Path) -> Result<File> {
    open_with(OpenOptions::new().read(true).write(true).create_new(true), path)
}

/// An empty file in place of what is there, to write and read.
pub fn create(path: &Path) -> Result<File> {
    open_with(OpenOptions::new().read(true).write(true).create(true).truncate(true), path)
}

/// A file that is there, to write and read.
pub fn open(path: &Path) -> Result<File> {
    open_with(OpenOptions::new().read(true).write(true), path)
}

/// A file to append to, which is made if it is not there.
pub fn append(path: &Path) -> Result<File> {
    open_with(OpenOptions::new().create(true).append(true), path)
}

/// Has `bytes` be what is in the file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    create(path)?.write_all(bytes)
}

fn open_with(options: &OpenOptions, path: &Path) -> Result<File> {
    // Who finds the streams taken must not open when another thread gives them back.
    static TURN: PerProcess<RwLock<()>> = PerProcess::new(|_| RwLock::new(()));
    {
        let _shared = TURN.get().read().unwrap_or_else(PoisonError::into_inner);
        if (0..=libc::STDERR_FILENO).all(is_open) {
            return above_streams(options.open(path)?);
        }
    }
    let _alone = TURN.get().write().unwrap_or_else(PoisonError::into_inner);
    let _taken = take_closed_streams()?;
    above_streams(options.open(path)?)
}

/// Moves a file that has such a number all the same: another thread has just closed what had it.
fn above_streams(file: File) -> Result<File> {
    if file.as_raw_fd() > libc::STDERR_FILENO {
        return Ok(file);
    }
    // SAFETY: a descriptor that `file` keeps open; the new one is nobody's yet.
    unsafe {
        match libc::fcntl(file.as_raw_fd(), libc::F_DUPFD_CLOEXEC, libc::STDERR_FILENO + 1) {
            -1 => Err(std::io::Error::last_os_error()),
            copy => Ok(File::from_raw_fd(copy)),
        }
    }
}

fn is_open(descriptor: libc::c_int) -> bool {
    // SAFETY: only asks.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
}

/// Takes the numbers of the standard streams that are closed; what opens a file meanwhile gets others.
fn take_closed_streams() -> Result<Vec<File>> {
    let mut taken = Vec::new();
    loop {
        let file = OpenOptions::new().read(true).custom_flags(UNUSABLE).open("/")?;
        if file.as_raw_fd() > libc::STDERR_FILENO {
            return Ok(taken);
        }
        taken.push(file);
    }
}
