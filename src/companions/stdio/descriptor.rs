//! Descriptors and pipes.

use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::path::Path;

use crate::base::file;

/// The most that one write hands to the original: a pipe that takes any byte has room for so many.
pub(super) const WRITE_MAX: usize = 4096;

/// Returns whether it is of this kind, such as `S_IFREG`.
pub(super) fn is_kind(fd: RawFd, kind: libc::mode_t) -> io::Result<bool> {
    Ok(status(fd)?.st_mode & libc::S_IFMT == kind)
}

fn status(fd: RawFd) -> io::Result<libc::stat> {
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
    let (read_end, write_end) = pipe()?;
    let (read_end, write_end) = (above_standard(read_end)?, above_standard(write_end)?);
    // SAFETY: a descriptor of ours.
    if unsafe { libc::fcntl(read_end.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok((read_end, write_end))
}

/// A host that closed a standard stream must not have a descriptor of ours as its next one.
fn above_standard(fd: OwnedFd) -> io::Result<OwnedFd> {
    if fd.as_raw_fd() < 3 { duplicate(fd.as_raw_fd()) } else { Ok(fd) }
}

/// Two ends of a socket, neither of which blocks: no pipe, which would be a signal to who writes where
/// the host has closed the other end. An end that is closed is heard at the other.
pub(super) fn open_bell() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: writes both.
    if unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) } == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: new, so nobody else has them.
    let (one, other) = unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) };
    Ok((above_standard(one)?, above_standard(other)?))
}

/// Sends a byte through a bell. Safe in a signal handler.
pub(super) fn ring(bell: RawFd) {
    // One that is full has been rung, and one without another end is heard.
    // SAFETY: one byte.
    unsafe { libc::send(bell, [0u8].as_ptr().cast(), 1, libc::MSG_NOSIGNAL) };
}

/// The pipe that a standard stream leads into, to read: for who has lost that end.
pub(super) fn open_read_end(stream: RawFd) -> io::Result<OwnedFd> {
    above_standard(file::open_to_read(Path::new(&format!("/proc/self/fd/{stream}")))?.into())
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
pub(super) fn replace(fd: RawFd, with: RawFd) -> io::Result<()> {
    loop {
        // SAFETY: `fd` is a standard stream, and meant to change.
        if unsafe { libc::dup2(with, fd) } != -1 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if !matches!(error.raw_os_error(), Some(libc::EINTR | libc::EBUSY)) {
            return Err(error);
        }
    }
}

/// Writes to a descriptor that was just found to be ours.
pub(super) fn write(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: bytes of that length.
    let size = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(size).map_err(|_| io::Error::last_os_error())
}

/// The events of these that there are now.
fn poll_now(fd: RawFd, events: libc::c_short) -> libc::c_short {
    let mut polled = libc::pollfd { fd, events, revents: 0 };
    // SAFETY: one entry of our own.
    if unsafe { libc::poll(&mut polled, 1, 0) } > 0 { polled.revents } else { 0 }
}

/// Returns whether the pipe takes 4096 bytes without waiting, or will fail.
pub(super) fn is_writable(fd: RawFd) -> bool {
    poll_now(fd, libc::POLLOUT) != 0
}

/// Returns whether `size` bytes can be written without waiting, or the writing will fail at once. Of what is
/// no file and no pipe, such as a terminal, only the first bytes are known to go.
pub(super) fn has_room(fd: RawFd, size: usize) -> bool {
    let is = |kind| is_kind(fd, kind).is_ok_and(|is| is);
    is(libc::S_IFREG) || is_writable(fd) && (size <= WRITE_MAX || !is(libc::S_IFIFO) || room(fd) >= size)
}

/// Bytes that a pipe takes at least. It is made of pages, one of which may hold little; two that follow each
/// other hold more than one together.
#[cfg(target_os = "linux")]
fn room(pipe: RawFd) -> usize {
    // SAFETY: asks only.
    let capacity = usize::try_from(unsafe { libc::fcntl(pipe, libc::F_GETPIPE_SZ) }).unwrap_or(0);
    let taken = 2 * available(pipe).div_ceil(WRITE_MAX);
    capacity.saturating_sub(taken * WRITE_MAX)
}

#[cfg(not(target_os = "linux"))]
fn room(_pipe: RawFd) -> usize {
    WRITE_MAX
}

/// Returns whether this is a pipe that holds nothing.
pub(super) fn is_empty(fd: RawFd) -> bool {
    is_kind(fd, libc::S_IFIFO).is_ok_and(|is| is) && available(fd) == 0
}

/// Returns whether nobody can write into a pipe any more, and all of it was read.
pub(super) fn is_ended(pipe: RawFd) -> bool {
    let events = poll_now(pipe, libc::POLLIN);
    events & libc::POLLHUP != 0 && events & libc::POLLIN == 0
}

/// Bytes that can be read now.
pub(super) fn available(pipe: RawFd) -> usize {
    let mut size: libc::c_int = 0;
    // SAFETY: writes `size` only.
    let known = unsafe { libc::ioctl(pipe, libc::FIONREAD, &mut size) } == 0;
    if known { usize::try_from(size).unwrap_or(0) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_takes_what_it_has_room_for() {
        for size in [1, 2100, 4096, 5000, 9000] {
            let (read_end, write_end) = open_pipe().unwrap();
            // SAFETY: a descriptor of ours.
            unsafe { libc::fcntl(write_end.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
            let bytes = vec![0; size];
            let mut count = 0;
            while has_room(write_end.as_raw_fd(), size) {
                assert_eq!(write(write_end.as_raw_fd(), &bytes).unwrap(), size);
                count += size;
            }
            assert!(count > 16 << 10, "{count} bytes in pieces of {size}");
            assert!(!is_empty(read_end.as_raw_fd()) && available(read_end.as_raw_fd()) == count);
        }
    }
}
