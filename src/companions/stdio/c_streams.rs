//! The C library's own stdout and stderr, which have buffers.

use std::os::fd::RawFd;
use std::time::{Duration, Instant};

use super::Stream;
use super::descriptor::{has_room, is_empty};

unsafe extern "C" {
    #[cfg_attr(target_vendor = "apple", link_name = "__stdoutp")]
    pub(super) static stdout: *mut libc::FILE;
    #[cfg_attr(target_vendor = "apple", link_name = "__stderrp")]
    static stderr: *mut libc::FILE;
    fn ftrylockfile(stream: *mut libc::FILE) -> libc::c_int;
    fn funlockfile(stream: *mut libc::FILE);
    /// Bytes that wait in a stream's buffer. glibc and musl have it.
    #[cfg(target_os = "linux")]
    fn __fpending(stream: *mut libc::FILE) -> libc::size_t;
    /// Bytes of a stream's buffer.
    #[cfg(target_env = "gnu")]
    fn __fbufsize(stream: *mut libc::FILE) -> libc::size_t;
}

/// Flushes C's stream of that descriptor; false if that could not be done by `deadline`: where the reader
/// has stopped, a thread of the host may stand in printf, with the stream's lock, for ever. `is_followed` says
/// that a pipe there is ours, which is read on. (All streams would be too many: flushing a stdin that some
/// thread is reading waits for its input.)
pub(super) fn flush(stream: Stream, is_followed: bool, deadline: Instant) -> bool {
    loop {
        // SAFETY: the C library's own streams, which it keeps for ever; who has the lock may flush, and
        // gives it back.
        unsafe {
            let file = match stream {
                Stream::Stdout => stdout,
                Stream::Stderr => stderr,
            };
            if ftrylockfile(file) == 0 {
                let takes = takes(stream as RawFd, pending(file), is_followed);
                if takes {
                    libc::fflush(file);
                }
                funlockfile(file);
                if takes {
                    return true;
                }
            }
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Returns whether `size` bytes can be written without waiting for long. A buffer of the host's may be larger
/// than the pipe: then an empty pipe is a sign that its reader goes on.
fn takes(fd: RawFd, size: usize, is_followed: bool) -> bool {
    size == 0 || has_room(fd, size) || is_followed && is_empty(fd)
}

/// Bytes in the buffer of a stream whose lock this thread has.
#[cfg(target_os = "linux")]
unsafe fn pending(file: *mut libc::FILE) -> usize {
    // SAFETY: asks only.
    unsafe { __fpending(file) }
}

#[cfg(not(target_os = "linux"))]
unsafe fn pending(_file: *mut libc::FILE) -> usize {
    libc::BUFSIZ as usize
}

/// C decides at the first output whether stdout is a terminal, whose lines are written as they end.
/// It must not find our pipe then.
pub(super) fn keep_line_buffering() {
    // SAFETY: asks only.
    if unsafe { libc::isatty(Stream::Stdout as RawFd) } != 1 {
        return;
    }
    // With a buffer, it has decided, or the host has.
    #[cfg(target_env = "gnu")]
    // SAFETY: the C library's own stream.
    if unsafe { __fbufsize(stdout) } != 0 {
        return;
    }
    // SAFETY: the C library's own stream, which takes or keeps a buffer of its own.
    unsafe { libc::setvbuf(stdout, std::ptr::null_mut(), libc::_IOLBF, libc::BUFSIZ as libc::size_t) };
}
