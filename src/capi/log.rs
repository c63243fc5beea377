//! Logs.

use std::ffi::c_char;

use super::capture::{metalab_capture_t, with_capture};
use super::convert::{NUL, text, text_len};
use super::handle::{DISABLED, Kind, parts};
use super::status::{Answer, METALAB_OK, boundary, metalab_status_t, wrong};
use crate::Streams;
use crate::base::error::ErrorKind;
use crate::base::level::Level;
use crate::journal::{self, Log};
use crate::run::log;

/// Severity of a log line. The numbers are those of Python's logging.
pub type metalab_level_t = i32;

/// Details for debugging.
pub const METALAB_LEVEL_DEBUG: metalab_level_t = 10;
/// The progress of the run.
pub const METALAB_LEVEL_INFO: metalab_level_t = 20;
/// A possible problem.
pub const METALAB_LEVEL_WARNING: metalab_level_t = 30;
/// An error. Reaches the file at once.
pub const METALAB_LEVEL_ERROR: metalab_level_t = 40;
/// An error that ends the run. Reaches the file at once.
pub const METALAB_LEVEL_CRITICAL: metalab_level_t = 50;

/// metalab_capture_stdio: what the process writes to its standard output.
pub const METALAB_STDOUT: u32 = 1;
/// metalab_capture_stdio: what the process writes to its standard error.
pub const METALAB_STDERR: u32 = 2;

fn level(number: i32) -> Answer<Level> {
    match Level::from_number(number) {
        Some(level) => Ok(level),
        None => wrong(ErrorKind::Value, format!("level {number} is not a METALAB_LEVEL_ constant")),
    }
}

/// Writes a line to the run's log. The line may contain newlines and have any length. It reaches the file
/// within the flush interval, or at once if it is an error. Until then it is in the journal, and survives the
/// death of the process.
///
/// level: a METALAB_LEVEL_... .
/// text: UTF-8 without conversion specifiers; a newline at its end is not needed.
/// text_len: bytes of text, or METALAB_NUL.
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_VALUE, METALAB_ERR_CLOSED,
/// METALAB_ERR_FULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_log(
    capture: *mut metalab_capture_t,
    level: metalab_level_t,
    text: *const c_char,
    text_len: usize,
) -> metalab_status_t {
    // The way of a short ASCII line that nothing stands in the way of.
    if let Some((key, _)) = parts(Kind::Capture, capture) {
        let is_plain = level < METALAB_LEVEL_ERROR && text_len != NUL && !text.is_null();
        if key == DISABLED {
            return METALAB_OK;
        }
        if is_plain && Level::from_number(level).is_some() && text_len <= 32 << 10 {
            // SAFETY: as documented.
            let bytes = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), text_len) };
            let log = Log { level: level as u32, logger: 0, text: bytes };
            if bytes.is_ascii() && journal::existing(key, |emitter| emitter.try_log(log)) == Some(true) {
                return METALAB_OK;
            }
        }
    }
    slow_log(capture, level, text, text_len)
}

#[cold]
#[inline(never)]
fn slow_log(
    capture: *const metalab_capture_t,
    number: metalab_level_t,
    line: *const c_char,
    len: usize,
) -> metalab_status_t {
    with_capture("metalab_capture_log", capture, |capture| {
        let level = level(number)?;
        // SAFETY: as documented.
        let line = unsafe { text_len("text", line, len)? };
        Ok(capture.emit(|emitter| emitter.line(None, level, line))?)
    })
}

/// Writes a line of a named logger. Libraries can call it without a capture. The line goes, with the logger's
/// name, to every capture of the process that has subscribed to the logger or to a parent of it ("a" is a
/// parent of "a.b"). If there is no subscriber, the call returns METALAB_OK, and costs little more than a
/// load from memory.
///
/// Errors: as metalab_capture_log; the other captures still get the line.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_log(
    logger: *const c_char,
    level: metalab_level_t,
    text: *const c_char,
    text_len: usize,
) -> metalab_status_t {
    boundary("metalab_log", || {
        let level = self::level(level)?;
        // SAFETY: as documented.
        let (logger, text) =
            unsafe { (self::text("logger", logger)?, self::text_len("text", text, text_len)?) };
        Ok(log::log(logger, level, text)?)
    })
}

/// Returns true if a line of `logger` at `level` would reach a capture. Call it before composing a costly
/// string. Returns false for arguments that metalab_log would refuse. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_log_enabled(logger: *const c_char, level: metalab_level_t) -> bool {
    let mut enabled = false;
    boundary("metalab_log_enabled", || {
        let level = self::level(level)?;
        // SAFETY: as documented.
        enabled = log::is_enabled(unsafe { text("logger", logger)? }, level);
        Ok(())
    });
    enabled
}

/// Subscribes the run's log to lines of `logger` and its children at `level` or above. A second call changes
/// the level. "" is the parent of every logger. The subscription is noted in the run's log, at level debug.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_VALUE,
/// METALAB_ERR_CLOSED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_subscribe(
    capture: *mut metalab_capture_t,
    logger: *const c_char,
    level: metalab_level_t,
) -> metalab_status_t {
    with_capture("metalab_capture_subscribe", capture, |capture| {
        let level = self::level(level)?;
        // SAFETY: as documented.
        Ok(capture.subscribe(unsafe { text("logger", logger)? }, level)?)
    })
}

/// Ends the subscription to `logger`, if there is one.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_CLOSED. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_unsubscribe(
    capture: *mut metalab_capture_t,
    logger: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_unsubscribe", capture, |capture| {
        // SAFETY: as documented.
        Ok(capture.unsubscribe(unsafe { text("logger", logger)? })?)
    })
}

/// Copies what the process writes to its standard output or error, from any language, to the run's logs
/// "stdout" and "stderr". The output itself passes through unchanged. The logs hold what a terminal finally
/// shows, without colours: of a progress bar that redraws its line, only the last state (up to 0.5 s later).
/// The logs are UTF-8: a byte that is not part of a character is written as a backslash, x and two digits, as
/// in Python. The copying ends with the run. Child processes that outlive the process can still write their
/// output. If the reader of the output has ended, as with `solver | head`, writing fails as it would without
/// this call.
/// Meanwhile the streams are pipes: isatty returns 0 for them. C's stdout stays line-buffered on a terminal.
///
/// streams: METALAB_STDOUT, METALAB_STDERR, or both with | .
/// Errors: METALAB_ERR_BUSY (another capture of the process has it), METALAB_ERR_VALUE, METALAB_ERR_IO,
/// METALAB_ERR_CLOSED. Any thread; preferably before others write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_stdio(
    capture: *mut metalab_capture_t,
    streams: u32,
) -> metalab_status_t {
    with_capture("metalab_capture_stdio", capture, |capture| {
        if streams == 0 || streams & !(METALAB_STDOUT | METALAB_STDERR) != 0 {
            return wrong(
                ErrorKind::Value,
                format!("streams {streams} is not METALAB_STDOUT | METALAB_STDERR"),
            );
        }
        let (stdout, stderr) = (streams & METALAB_STDOUT != 0, streams & METALAB_STDERR != 0);
        Ok(capture.stdio(Streams { stdout, stderr })?)
    })
}

/// Ends the copying that metalab_capture_stdio began, if there is any, before the run ends.
///
/// Errors: METALAB_ERR_HANDLE, METALAB_ERR_CLOSED (freed, or in a forked child). Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_stdio_end(capture: *mut metalab_capture_t) -> metalab_status_t {
    with_capture("metalab_capture_stdio_end", capture, |capture| Ok(capture.stdio_end()?))
}
