//! Descriptors that are kept longer than a call.
//!
//! The process belongs to the host, which may close every descriptor it finds (a daemon does) and get the
//! same numbers for its own files. So device, inode, the time of its making and the access are compared
//! before a number is used: what is not ours is neither read, written, locked nor closed. Between that look
//! and the use there is a moment in which the host can do it nevertheless; no system call closes that gap.

use std::ffi::{CStr, CString};
use std::io::{Error, Result};
use std::os::fd::{AsRawFd as _, IntoRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// Distinguishes a file from every other: device, inode, and when it was made, since the inode of a file
/// that was removed soon becomes another's.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    device: (u64, u64),
    inode: u64,
    /// None where the system doesn't tell it; some servers tell it only sometimes.
    born: Option<(i64, u32)>,
}

impl Identity {
    /// The identity of an open file, pipe or socket. Safe in a signal handler.
    ///
    /// # Errors
    /// When it is closed, or the system says nothing of it.
    pub fn of(descriptor: RawFd) -> Result<Self> {
        Self::look(descriptor, c"")
    }

    /// The identity of what is at `path`, not of what a symbolic link there leads to.
    ///
    /// # Errors
    /// When there is nothing, or it can't be looked at.
    pub fn at(path: &Path) -> Result<Self> {
        Self::look(libc::AT_FDCWD, &CString::new(path.as_os_str().as_bytes())?)
    }

    /// Returns whether both are the same file.
    pub fn is(&self, other: &Self) -> bool {
        let born_together = self.born.is_none() || other.born.is_none() || self.born == other.born;
        born_together && (self.device, self.inode) == (other.device, other.inode)
    }

    #[cfg(target_os = "linux")]
    fn look(descriptor: RawFd, path: &CStr) -> Result<Self> {
        // The system's own knowledge of it is enough: a server is not asked at every write.
        let flags = libc::AT_EMPTY_PATH | libc::AT_SYMLINK_NOFOLLOW | libc::AT_STATX_DONT_SYNC;
        // By its number: musl has had a function for it only since 1.2.4, and Debian 12 has an earlier one.
        // SAFETY: `statx` is plain data, for which zero is a value; the call reads `path` and writes it.
        unsafe {
            let mut found: libc::statx = std::mem::zeroed();
            let wanted = libc::STATX_INO | libc::STATX_BTIME;
            match libc::syscall(libc::SYS_statx, descriptor, path.as_ptr(), flags, wanted, &raw mut found) {
                0 => Ok(Self::told(&found)),
                _ => Err(Error::last_os_error()),
            }
        }
    }

    #[cfg(target_os = "linux")]
    fn told(found: &libc::statx) -> Self {
        let born = (found.stx_btime.tv_sec, found.stx_btime.tv_nsec);
        Self {
            device: (found.stx_dev_major.into(), found.stx_dev_minor.into()),
            inode: found.stx_ino,
            born: (found.stx_mask & libc::STATX_BTIME != 0).then_some(born),
        }
    }

    #[cfg(target_os = "macos")]
    fn look(descriptor: RawFd, path: &CStr) -> Result<Self> {
        // SAFETY: `stat` is plain data, for which zero is a value; the calls read `path` and write it.
        unsafe {
            let mut found: libc::stat = std::mem::zeroed();
            let failed = match path.is_empty() {
                true => libc::fstat(descriptor, &mut found),
                false => libc::lstat(path.as_ptr(), &mut found),
            };
            if failed != 0 {
                return Err(Error::last_os_error());
            }
            Ok(Self {
                device: (found.st_dev as u64, 0),
                inode: found.st_ino,
                born: Some((found.st_birthtime, found.st_birthtime_nsec as u32)),
            })
        }
    }
}

/// Returns whether a descriptor is for reading, writing or both. Safe in a signal handler.
fn access(descriptor: RawFd) -> Result<libc::c_int> {
    // SAFETY: asks only.
    match unsafe { libc::fcntl(descriptor, libc::F_GETFL) } {
        -1 => Err(Error::last_os_error()),
        flags => Ok(flags & libc::O_ACCMODE),
    }
}

/// A descriptor of ours, by its number, and what tells it from one of the host's. All methods take
/// `&self`, and any thread may call them.
#[derive(Debug)]
pub struct OurDescriptor {
    identity: Identity,
    /// Tells the two ends of a pipe from each other, which have one inode.
    access: libc::c_int,
    /// -1 while there is none. Only changed to -1 by who found that it is not ours or closes it, and from
    /// -1 by `renew`.
    number: AtomicI32,
    was_closed: AtomicBool,
}

impl OurDescriptor {
    /// Keeps `descriptor`.
    ///
    /// # Errors
    /// When the system says nothing of it.
    pub fn new(descriptor: OwnedFd) -> Result<Self> {
        Ok(Self {
            identity: Identity::of(descriptor.as_raw_fd())?,
            access: access(descriptor.as_raw_fd())?,
            number: AtomicI32::new(descriptor.into_raw_fd()),
            was_closed: AtomicBool::new(false),
        })
    }

    /// The file that it is, whatever its number.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns whether the host has closed it at least once.
    pub fn was_closed(&self) -> bool {
        self.was_closed.load(Ordering::Relaxed)
    }

    /// The number, if it is ours; one that is not is forgotten. Safe in a signal handler.
    ///
    /// # Errors
    /// Where the system can't say: it must not be used now, and can be perhaps later.
    pub fn current(&self) -> Result<Option<RawFd>> {
        let number = self.number.load(Ordering::Acquire);
        if number < 0 {
            return Ok(None);
        }
        match self.is(number) {
            Ok(true) => Ok(Some(number)),
            Err(error) if error.raw_os_error() != Some(libc::EBADF) => Err(error),
            _ => {
                self.was_closed.store(true, Ordering::Relaxed);
                // Another thread may have renewed it meanwhile.
                let forgotten = self.number.compare_exchange(number, -1, Ordering::AcqRel, Ordering::Acquire);
                Ok(forgotten.err().filter(|other| *other >= 0))
            }
        }
    }

    /// The number, if it is known to be ours.
    pub fn number(&self) -> Option<RawFd> {
        self.current().ok().flatten()
    }

    /// Takes `descriptor` in place of the one that was lost, if it is the same file. The number of the one
    /// that is kept then: another thread's, if that was faster.
    pub fn renew(&self, descriptor: OwnedFd) -> Option<RawFd> {
        let number = descriptor.as_raw_fd();
        if !self.is(number).is_ok_and(|is_same| is_same) {
            return None;
        }
        match self.number.compare_exchange(-1, number, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Some(descriptor.into_raw_fd()),
            Err(other) => Some(other),
        }
    }

    /// Closes it for good, when nobody uses it any more. Safe in a forked child.
    pub fn close(&self) {
        let Some(number) = self.number() else { return };
        if self.number.compare_exchange(number, -1, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            // SAFETY: ours, as was just found, and nobody else uses it.
            unsafe { libc::close(number) };
        }
    }

    fn is(&self, number: RawFd) -> Result<bool> {
        Ok(Identity::of(number)?.is(&self.identity) && access(number)? == self.access)
    }
}

impl Drop for OurDescriptor {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::FromRawFd as _;

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_time_that_is_told_only_sometimes_makes_no_other_file() {
        // SAFETY: plain data, for which zero is a value.
        let mut found: libc::statx = unsafe { std::mem::zeroed() };
        found.stx_ino = 7;
        found.stx_mask = libc::STATX_INO;
        let untold = Identity::told(&found);
        found.stx_mask |= libc::STATX_BTIME;
        found.stx_btime.tv_sec = 1_700_000_000;
        let told = Identity::told(&found);
        assert!(told.is(&untold) && untold.is(&told) && told.is(&told));
        found.stx_btime.tv_nsec = 1;
        assert!(!told.is(&Identity::told(&found)));
        found.stx_ino = 8;
        assert!(!untold.is(&Identity::told(&found)));
    }

    /// Puts what `other` is at the number of `ours`, in one step, since other tests open files too.
    fn take_number(ours: &OurDescriptor, other: RawFd) -> File {
        let number = ours.number().unwrap();
        // SAFETY: what was there is nobody's.
        unsafe {
            assert_eq!(libc::dup3(other, number, libc::O_CLOEXEC), number);
            File::from_raw_fd(number)
        }
    }

    #[test]
    fn the_other_end_of_a_pipe_is_not_ours() {
        let mut ends = [-1; 2];
        // SAFETY: writes both, which are nobody else's.
        let (read_end, write_end) = unsafe {
            assert_eq!(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC), 0);
            (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1]))
        };
        let again = read_end.try_clone().unwrap();
        let ours = OurDescriptor::new(read_end).unwrap();
        let hosts = take_number(&ours, write_end.as_raw_fd());
        assert_eq!((ours.number(), ours.was_closed()), (None, true));
        assert_eq!(ours.renew(write_end), None);
        let number = again.as_raw_fd();
        assert_eq!(ours.renew(again), Some(number));
        assert_eq!(ours.number(), Some(number));
        drop(ours);
        assert!(hosts.metadata().is_ok());
    }
}
