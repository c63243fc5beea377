//! The C library's own stdout and stderr, which have buffers.

use std::os::fd::{AsRawFd as _, OwnedFd};

use super::Stream;

unsafe extern "C" {
    #[cfg_attr(target_vendor = "apple", link_name = "__stdoutp")]
    pub(super) static stdout: *mut libc::FILE;
    #[cfg_attr(target_vendor = "apple", link_name = "__stderrp")]
    static stderr: *mut libc::FILE;
    /// Bytes of a stream's buffer.
    #[cfg(target_env = "gnu")]
    fn __fbufsize(stream: *mut libc::FILE) -> libc::size_t;
}

/// Flushes C's stream of that descriptor. (All streams would be too many: flushing a stdin that some
/// thread is reading waits for its input.)
pub(super) fn flush(stream: Stream) {
    // SAFETY: the C library's own streams, which it keeps for ever.
    unsafe {
        libc::fflush(match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        })
    };
}

/// C decides at the first output whether stdout is a terminal, whose lines are written as they end.
/// It must not find our pipe then.
pub(super) fn keep_line_buffering(original: &OwnedFd) {
    // SAFETY: a descriptor of ours.
    if unsafe { libc::isatty(original.as_raw_fd()) } != 1 {
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
