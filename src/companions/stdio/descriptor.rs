//! Descriptors and pipes.

use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};

/// Device and inode: what a descriptor is, whatever its number.
pub(super) type Identity = (libc::dev_t, libc::ino_t);

pub(super) fn identity(fd: RawFd) -> io::Result<Identity> {
    status(fd).map(|status| (status.st_dev, status.st_ino))
}

pub(super) fn status(fd: RawFd) -> io::Result<libc::stat> {
    let mut status = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: writes `status`.
    if unsafe { libc::fstat(fd, status.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: written, as fstat said.
    Ok(unsafe { status.assume_init() })
}

/// A copy of a descriptor that no program run by the host inherits, and that is none of 0, 1 and 2.
pub(super) fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: makes a descriptor, if `fd` is one.
    match unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: new, so nobody else has it.
        copy => Ok(unsafe { OwnedFd::from_raw_fd(copy) }),
    }
}

/// A pipe: the end to read, without blocking, and the end to write.
pub(super) fn open_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    // A host that closed a standard stream must not have a pipe of ours as its next one.
    let above_standard = |fd: OwnedFd| if fd.as_raw_fd() < 3 { duplicate(fd.as_raw_fd()) } else { Ok(fd) };
    let (read_end, write_end) = pipe()?;
    let (read_end, write_end) = (above_standard(read_end)?, above_standard(write_end)?);
    // SAFETY: a descriptor of ours.
    if unsafe { libc::fcntl(read_end.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok((read_end, write_end))
}

/// A pipe that no program run by the host inherits. The standard library has one since Rust 1.87.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    // SAFETY: writes both.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: new, so nobody else has them.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

/// Lets a pipe hold more, so that the host waits for us less. Without that it works as well.
#[cfg(target_os = "linux")]
pub(super) fn widen(pipe: &OwnedFd) {
    // SAFETY: a descriptor of ours.
    unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, 1 << 20) };
}

#[cfg(not(target_os = "linux"))]
pub(super) fn widen(_pipe: &OwnedFd) {}

/// Makes the descriptor number `fd` what `with` is.
pub(super) fn replace(fd: RawFd, with: &OwnedFd) -> io::Result<()> {
    loop {
        // SAFETY: `fd` is a standard stream, and meant to change.
        if unsafe { libc::dup2(with.as_raw_fd(), fd) } != -1 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if !matches!(error.raw_os_error(), Some(libc::EINTR | libc::EBUSY)) {
            return Err(error);
        }
    }
}

pub(super) fn write(fd: &OwnedFd, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: an open descriptor, and bytes of that length.
    let size = unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(size).map_err(|_| io::Error::last_os_error())
}

/// The events of these that there are now.
pub(super) fn poll_now(fd: &OwnedFd, events: libc::c_short) -> libc::c_short {
    let mut polled = libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
    // SAFETY: one entry of our own.
    if unsafe { libc::poll(&mut polled, 1, 0) } > 0 { polled.revents } else { 0 }
}

/// Returns whether the pipe takes 4096 bytes without waiting, or will fail.
pub(super) fn is_writable(fd: &OwnedFd) -> bool {
    poll_now(fd, libc::POLLOUT) != 0
}

/// Returns whether nobody can write into a pipe any more, and all of it was read.
pub(super) fn is_ended(pipe: &OwnedFd) -> bool {
    let events = poll_now(pipe, libc::POLLIN);
    events & libc::POLLHUP != 0 && events & libc::POLLIN == 0
}

/// Bytes that can be read now.
pub(super) fn available(pipe: &OwnedFd) -> usize {
    let mut size: libc::c_int = 0;
    // SAFETY: writes `size` only.
    let known = unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &mut size) } == 0;
    if known { usize::try_from(size).unwrap_or(0) } else { 0 }
}
