//! Capture of the process's standard output and error on its way to the terminal.
//!
//! The file descriptors 1 and 2 are replaced by pipes. One thread hands what comes out of them to
//! where it went before, at once and unchanged, and then, as lines, to a sink. So everything is
//! taken, whatever language or child process writes it. What this changes for the host:
//! - `isatty` is false for a captured stream. (C's `stdout` keeps the line buffering of a terminal.)
//! - The order between the two streams is kept only as far as separate reads tell it.
//! - When the reader of the original has gone, the host is not killed by SIGPIPE; its output goes to
//!   the sink only.
//! - `exit` and returning from `main` lose nothing. `_exit`, `abort` and a fatal signal lose what the
//!   thread has not yet read, usually that of the last microseconds.
//! - A forked child's capture does nothing, and its output goes the parent's way while the parent
//!   lives. Ended before its children, a capture lets their output pass on, but not to the sink.
//! - A process that replaces itself by `exec` must end the capture first.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::{helper, pinned};

/// Longer lines arrive in pieces.
const LINE_MAX: usize = 64 << 10;
/// The most that one read takes.
const READ_MAX: usize = 64 << 10;
/// How long the end waits for the thread.
const PATIENCE: Duration = Duration::from_secs(5);

/// A standard stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// File descriptor 1.
    Stdout = 1,
    /// File descriptor 2.
    Stderr = 2,
}

/// Which streams to capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Streams {
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

/// Takes one or more lines of a stream, each with a `\n` at its end and none of what carriage returns
/// had overwritten: of `10%\r20%\r\n` it gets `20%\n`. Lines over 64 KiB come in pieces, each like a
/// line; so does an unfinished line at the end. The bytes may be in any encoding.
///
/// It is called by one thread and must not write to the captured streams. After a panic it is called
/// no more.
pub type Sink = Arc<dyn Fn(Stream, &[u8]) + Send + Sync>;

/// A capture of the process's standard streams, from [`start`](Self::start) to
/// [`finish`](Self::finish) or drop. There is at most one at a time.
#[derive(Debug)]
pub struct StdioCapture {
    session: Arc<Session>,
}

impl StdioCapture {
    /// Begins to capture `streams` into `sink`.
    ///
    /// # Errors
    /// [`ErrorKind::Value`] when `streams` has none, [`ErrorKind::Busy`] while another capture goes on,
    /// [`ErrorKind::Io`] when a stream is closed or the system lacks descriptors or threads,
    /// [`ErrorKind::Memory`] when the system takes no further exit handler.
    pub fn start(streams: Streams, sink: Sink) -> Result<Self> {
        let wanted = [(streams.stdout, Stream::Stdout), (streams.stderr, Stream::Stderr)];
        let wanted: Vec<Stream> =
            wanted.into_iter().filter(|(on, _)| *on).map(|(_, stream)| stream).collect();
        if wanted.is_empty() {
            return Err(Error::new(ErrorKind::Value, "streams has neither stdout nor stderr"));
        }
        watch_exit()?;
        reserve()?;
        let opened = Session::open(&wanted).and_then(|(session, relay, pipes)| {
            set_active(&session)?;
            helper::spawn("metalab-stdio", 0, move || relay.run(Some(sink)))
                .map_err(|source| failed("start a thread for the standard streams", source))?;
            Ok((session, pipes))
        });
        let (session, pipes) = opened.inspect_err(|_| release())?;
        // From here on the thread releases, when the capture ends.
        session.redirect(&pipes).inspect_err(|_| session.end(false))?;
        Ok(Self { session })
    }

    /// Gives the streams back, after everything that was written to them has reached the sink. Waits
    /// at most 5 seconds, should the sink or the original's reader have stopped; what is then still
    /// under way reaches the original only. A second call does nothing.
    pub fn finish(&mut self) {
        self.session.end(false);
    }
}

impl Drop for StdioCapture {
    fn drop(&mut self) {
        self.finish();
    }
}

fn failed(what: &str, source: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot {what}: {source}")).caused_by(source)
}

/// The process that captures, or 0. A forked child has another id, and may capture itself.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// For the exit handler. Nobody waits for this lock: a fork may have copied it locked.
static ACTIVE: Mutex<Option<Arc<Session>>> = Mutex::new(None);

fn reserve() -> Result<()> {
    let me = std::process::id();
    let free = |owner| (owner != me).then_some(me);
    OWNER.fetch_update(Ordering::AcqRel, Ordering::Acquire, free).map(|_| ()).map_err(|_| busy())
}

fn busy() -> Error {
    Error::new(ErrorKind::Busy, "the standard streams are being captured already")
}

fn set_active(session: &Arc<Session>) -> Result<()> {
    *ACTIVE.try_lock().map_err(|_| busy())? = Some(Arc::clone(session));
    Ok(())
}

fn release() {
    // Locked, the process is exiting.
    if let Ok(mut active) = ACTIVE.try_lock() {
        *active = None;
    }
    OWNER.store(0, Ordering::Release);
}

/// Makes `exit` end the capture, before it closes the standard streams itself.
fn watch_exit() -> Result<()> {
    extern "C" fn at_exit() {
        if OWNER.load(Ordering::Acquire) != std::process::id() {
            return;
        }
        let active = ACTIVE.try_lock().ok().and_then(|active| active.clone());
        if let Some(session) = active {
            session.end(true);
        }
    }
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    pinned::pin();
    // SAFETY: the handler is a function of this library, whose code is pinned.
    if *REGISTERED.get_or_init(|| unsafe { libc::atexit(at_exit) } == 0) {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::Memory, "cannot register an exit handler for the standard streams"))
    }
}

/// One capture, as the thread and whoever ends it share it.
#[derive(Debug)]
struct Session {
    pid: u32,
    captured: Vec<Captured>,
    /// One byte here ends the capture.
    wake: OwnedFd,
    ending: AtomicBool,
    /// True if the sink must not be called any more.
    muted: AtomicBool,
    /// True if the thread is writing to an original, which may block as it would have blocked the host.
    passing: AtomicBool,
    drained: Mutex<bool>,
    changed: Condvar,
}

/// A stream, where it went before, and what it is while captured.
#[derive(Debug)]
struct Captured {
    stream: Stream,
    original: OwnedFd,
    pipe: Identity,
}

impl Session {
    /// A capture that has redirected nothing yet, its thread's part, and the pipes to write into.
    fn open(wanted: &[Stream]) -> Result<(Arc<Self>, Relay, Vec<OwnedFd>)> {
        let (mut captured, mut taps, mut pipes) = (Vec::new(), Vec::new(), Vec::new());
        for &stream in wanted {
            let open = || -> io::Result<_> {
                let original = duplicate(stream as RawFd)?;
                let (read_end, write_end) = open_pipe()?;
                let pipe = identity(write_end.as_raw_fd())?;
                Ok((read_end, write_end, Captured { stream, original, pipe }))
            };
            let what = if stream == Stream::Stdout { "capture stdout" } else { "capture stderr" };
            let (read_end, write_end, stream) = open().map_err(|source| failed(what, source))?;
            widen(&write_end);
            captured.push(stream);
            taps.push(Tap { pipe: Some(read_end), passes: true, lines: Lines::default() });
            pipes.push(write_end);
        }
        let (woken, wake) = open_pipe().map_err(|source| failed("open a pipe", source))?;
        let session = Arc::new(Self {
            pid: std::process::id(),
            captured,
            wake,
            ending: AtomicBool::new(false),
            muted: AtomicBool::new(false),
            passing: AtomicBool::new(false),
            drained: Mutex::new(false),
            changed: Condvar::new(),
        });
        let relay = Relay { session: Arc::clone(&session), woken, taps };
        Ok((session, relay, pipes))
    }

    fn redirect(&self, pipes: &[OwnedFd]) -> Result<()> {
        for (captured, pipe) in self.captured.iter().zip(pipes) {
            if captured.stream == Stream::Stdout {
                keep_line_buffering(&captured.original);
            }
            flush(captured.stream);
            replace(captured.stream as RawFd, pipe)
                .map_err(|source| failed("redirect the standard streams", source))?;
        }
        Ok(())
    }

    /// Ends the capture, or waits with whoever does. At exit, waits for a reader of the original that
    /// has stopped reading, as the process would without us.
    fn end(&self, at_exit: bool) {
        if self.pid != std::process::id() {
            return;
        }
        if !self.ending.swap(true, Ordering::AcqRel) {
            for captured in &self.captured {
                flush(captured.stream);
                let fd = captured.stream as RawFd;
                // The host may have put something else there meanwhile, or closed it.
                if identity(fd).is_ok_and(|identity| identity == captured.pipe) {
                    // Both are open, which leaves nothing to fail.
                    let _ = replace(fd, &captured.original);
                }
            }
            // The pipe is empty and its reader is ours: one byte always fits.
            let _ = write(&self.wake, &[0]);
        }
        let mut drained = self.drained.lock().unwrap_or_else(PoisonError::into_inner);
        while !*drained {
            let waited = self.changed.wait_timeout(drained, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            drained = waited.0;
            if waited.1.timed_out() && !(at_exit && self.passing.load(Ordering::Acquire)) {
                break;
            }
        }
        if !*drained {
            self.muted.store(true, Ordering::Release);
        }
    }
}

/// The data of the thread.
struct Relay {
    session: Arc<Session>,
    woken: OwnedFd,
    /// In the order of `session.captured`.
    taps: Vec<Tap>,
}

/// The reading end of a stream.
struct Tap {
    /// None once nobody can write there any more.
    pipe: Option<OwnedFd>,
    /// True if the original still takes what comes.
    passes: bool,
    lines: Lines,
}

impl Relay {
    /// Passes on until the capture ends and, where children still write into its pipes, until they end.
    fn run(mut self, mut sink: Option<Sink>) {
        let mut buffer = vec![0; READ_MAX];
        let mut capturing = true;
        while capturing || self.taps.iter().any(|tap| tap.pipe.is_some()) {
            let [woken, ready @ ..] = self.wait(capturing);
            if woken {
                for index in 0..self.taps.len() {
                    self.drain(index, &mut buffer, &mut sink);
                }
                (capturing, sink) = (false, None);
                release();
                *self.session.drained.lock().unwrap_or_else(PoisonError::into_inner) = true;
                self.session.changed.notify_all();
                continue;
            }
            for (index, _) in ready.iter().enumerate().filter(|(_, ready)| **ready) {
                self.take(index, &mut buffer, &mut sink);
            }
        }
    }

    /// Waits until there is something to do: whether the capture ends, and which taps to read.
    fn wait(&self, capturing: bool) -> [bool; 3] {
        // A descriptor of -1 is not waited for.
        let mut polled = [libc::pollfd { fd: -1, events: libc::POLLIN, revents: 0 }; 3];
        if capturing {
            polled[0].fd = self.woken.as_raw_fd();
        }
        for (entry, tap) in polled[1..].iter_mut().zip(&self.taps) {
            entry.fd = tap.pipe.as_ref().map_or(-1, |pipe| pipe.as_raw_fd());
        }
        // SAFETY: three entries of our own.
        if unsafe { libc::poll(polled.as_mut_ptr(), 3, -1) } < 0 {
            // Interrupted, or the kernel is out of memory, which must not make this spin.
            std::thread::sleep(Duration::from_millis(1));
            return [false; 3];
        }
        polled.map(|entry| entry.revents != 0)
    }

    /// Reads what the stream held when the capture ended; a child may go on writing for ever.
    fn drain(&mut self, index: usize, buffer: &mut [u8], sink: &mut Option<Sink>) {
        let mut left = self.taps[index].pipe.as_ref().map_or(0, available);
        while left > 0 {
            let most = left.min(buffer.len());
            match self.take(index, &mut buffer[..most], sink) {
                0 => break,
                size => left -= size,
            }
        }
        let mut lines = Vec::new();
        self.taps[index].lines.finish(&mut lines);
        self.give(index, &lines, sink);
    }

    /// Reads once, passes it on, and gives its lines to the sink. 0 when there was nothing.
    fn take(&mut self, index: usize, buffer: &mut [u8], sink: &mut Option<Sink>) -> usize {
        let Some(pipe) = &self.taps[index].pipe else {
            return 0;
        };
        // SAFETY: a descriptor of ours, into a buffer of that length.
        let size = unsafe { libc::read(pipe.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
        let Ok(size) = usize::try_from(size) else {
            if !matches!(io::Error::last_os_error().raw_os_error(), Some(libc::EAGAIN | libc::EINTR)) {
                self.taps[index].pipe = None;
            }
            return 0;
        };
        if size == 0 {
            self.taps[index].pipe = None;
            return 0;
        }
        self.pass_on(index, &buffer[..size]);
        if sink.is_some() {
            let mut lines = Vec::new();
            self.taps[index].lines.feed(&buffer[..size], &mut lines);
            self.give(index, &lines, sink);
        }
        size
    }

    /// Writes to the original, as the host would have; what it refuses is gone.
    fn pass_on(&mut self, index: usize, mut bytes: &[u8]) {
        let (tap, original) = (&mut self.taps[index], &self.session.captured[index].original);
        self.session.passing.store(true, Ordering::Release);
        while tap.passes && !bytes.is_empty() {
            match write(original, bytes) {
                Ok(0) => break,
                Ok(size) => bytes = &bytes[size..],
                Err(error) => match error.raw_os_error() {
                    Some(libc::EINTR) => {}
                    Some(libc::EAGAIN) => wait_writable(original),
                    // The signal that comes with it is blocked in this thread.
                    Some(libc::EPIPE | libc::EBADF) => tap.passes = false,
                    _ => break,
                },
            }
        }
        self.session.passing.store(false, Ordering::Release);
    }

    fn give(&self, index: usize, lines: &[u8], sink: &mut Option<Sink>) {
        let Some(call) = sink.as_ref().filter(|_| !lines.is_empty()) else {
            return;
        };
        if self.session.muted.load(Ordering::Acquire) {
            return;
        }
        let stream = self.session.captured[index].stream;
        if catch_unwind(AssertUnwindSafe(|| call(stream, lines))).is_err() {
            *sink = None;
        }
    }
}

/// Bytes on their way to being lines.
#[derive(Default)]
struct Lines {
    /// The unfinished line. Carriage returns are at its end only.
    pending: Vec<u8>,
}

impl Lines {
    /// Appends the lines that `bytes` complete to `out`.
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            self.append(text);
            while self.pending.len() > LINE_MAX {
                let cut = piece_end(&self.pending);
                out.extend(self.pending.drain(..cut));
                out.push(b'\n');
            }
            if text.len() < part.len() {
                self.end_line(out);
            }
        }
    }

    /// An unfinished line is a line at the end.
    fn finish(&mut self, out: &mut Vec<u8>) {
        if self.pending.iter().any(|byte| *byte != b'\r') {
            self.end_line(out);
        }
        self.pending.clear();
    }

    fn append(&mut self, text: &[u8]) {
        let new = self.pending.len().saturating_sub(1);
        self.pending.extend_from_slice(text);
        // A return at the end overwrites nothing yet: a line feed may follow.
        let end = self.pending.len() - returns_at_end(&self.pending);
        let overwritten =
            self.pending.get(new..end).and_then(|text| text.iter().rposition(|byte| *byte == b'\r'));
        if let Some(last) = overwritten {
            self.pending.drain(..=new + last);
        }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        let end = self.pending.len() - returns_at_end(&self.pending);
        out.extend_from_slice(&self.pending[..end]);
        out.push(b'\n');
        self.pending.clear();
    }
}

fn returns_at_end(text: &[u8]) -> usize {
    text.iter().rev().take_while(|byte| **byte == b'\r').count()
}

/// Where to cut a long line: not within a character, if it is UTF-8.
fn piece_end(line: &[u8]) -> usize {
    let is_start = |at: &usize| line.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (LINE_MAX - 3..=LINE_MAX).rev().find(is_start).unwrap_or(LINE_MAX)
}

/// Device and inode: what a descriptor is, whatever its number.
type Identity = (libc::dev_t, libc::ino_t);

fn identity(fd: RawFd) -> io::Result<Identity> {
    let mut status = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: writes `status`.
    if unsafe { libc::fstat(fd, status.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: written, as fstat said.
    let status = unsafe { status.assume_init() };
    Ok((status.st_dev, status.st_ino))
}

/// A copy of a descriptor that no program run by the host inherits, and that is none of 0, 1 and 2.
fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: makes a descriptor, if `fd` is one.
    match unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: new, so nobody else has it.
        copy => Ok(unsafe { OwnedFd::from_raw_fd(copy) }),
    }
}

/// A pipe: the end to read, without blocking, and the end to write.
fn open_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    // A host that closed a standard stream must not have a pipe of ours as its next one.
    let above_standard = |fd: OwnedFd| if fd.as_raw_fd() < 3 { duplicate(fd.as_raw_fd()) } else { Ok(fd) };
    let (read_end, write_end) = io::pipe()?;
    let (read_end, write_end) = (above_standard(read_end.into())?, above_standard(write_end.into())?);
    // SAFETY: a descriptor of ours.
    if unsafe { libc::fcntl(read_end.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok((read_end, write_end))
}

/// Lets a pipe hold more, so that the host waits for us less. Without that it works as well.
#[cfg(target_os = "linux")]
fn widen(pipe: &OwnedFd) {
    // SAFETY: a descriptor of ours.
    unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, 1 << 20) };
}

#[cfg(not(target_os = "linux"))]
fn widen(_pipe: &OwnedFd) {}

/// Makes the descriptor number `fd` what `with` is.
fn replace(fd: RawFd, with: &OwnedFd) -> io::Result<()> {
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

fn write(fd: &OwnedFd, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: an open descriptor, and bytes of that length.
    let size = unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(size).map_err(|_| io::Error::last_os_error())
}

fn wait_writable(fd: &OwnedFd) {
    let mut polled = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    // SAFETY: one entry of our own. Whatever comes out, the next write tells.
    unsafe { libc::poll(&mut polled, 1, -1) };
}

/// Bytes that can be read now.
fn available(pipe: &OwnedFd) -> usize {
    let mut size: libc::c_int = 0;
    // SAFETY: writes `size` only.
    let known = unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &mut size) } == 0;
    if known { usize::try_from(size).unwrap_or(0) } else { 0 }
}

unsafe extern "C" {
    #[cfg_attr(target_vendor = "apple", link_name = "__stdoutp")]
    static stdout: *mut libc::FILE;
    #[cfg_attr(target_vendor = "apple", link_name = "__stderrp")]
    static stderr: *mut libc::FILE;
    /// Bytes of a stream's buffer.
    #[cfg(target_env = "gnu")]
    fn __fbufsize(stream: *mut libc::FILE) -> libc::size_t;
}

/// Flushes C's stream of that descriptor. (All streams would be too many: flushing a stdin that some
/// thread is reading waits for its input.)
fn flush(stream: Stream) {
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
fn keep_line_buffering(original: &OwnedFd) {
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

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::{Read, Write};
    use std::path::{Path, PathBuf};
    use std::process::{Command, ExitStatus, Stdio};
    use std::time::Instant;

    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<u8> {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        pieces.iter().for_each(|piece| lines.feed(piece, &mut out));
        lines.finish(&mut out);
        assert!(lines.pending.is_empty());
        out
    }

    #[test]
    fn lines_are_what_a_terminal_would_be_left_with() {
        for (text, left) in [
            ("", ""),
            ("a\nb\n", "a\nb\n"),
            ("\n\n", "\n\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("10%\r20%\r30%\n", "30%\n"),
            ("10%\r20%\r\n", "20%\n"),
            ("10%\r20%\r\r\n", "20%\n"),
            ("\rx\n", "x\n"),
            ("\r\n", "\n"),
            ("unfinished", "unfinished\n"),
            ("10%\r20%\r", "20%\n"),
            ("\r\r", ""),
            ("a\n\r", "a\n"),
            ("é\rü\n", "ü\n"),
        ] {
            let bytes = text.as_bytes();
            assert_eq!(lines(&[bytes]), left.as_bytes(), "{text:?}");
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(lines(&single), left.as_bytes(), "{text:?} by bytes");
            for cut in 0..bytes.len() {
                assert_eq!(lines(&[&bytes[..cut], &bytes[cut..]]), left.as_bytes(), "{text:?} at {cut}");
            }
        }
    }

    #[test]
    fn long_lines_come_in_bounded_pieces() {
        let long = ["x".repeat(LINE_MAX - 1), "é".repeat(LINE_MAX), "\n".to_owned()].concat().into_bytes();
        for size in [1000, 70_000, long.len()] {
            let out = lines(&long.chunks(size).collect::<Vec<_>>());
            let pieces: Vec<&[u8]> = out.split_inclusive(|byte| *byte == b'\n').collect();
            assert!(pieces.len() >= 3 && pieces.iter().all(|piece| piece.len() <= LINE_MAX + 1));
            assert!(pieces.iter().all(|piece| std::str::from_utf8(piece).is_ok()));
            assert!(
                pieces.concat().split(|byte| *byte == b'\n').collect::<Vec<_>>().concat()
                    == long[..long.len() - 1]
            );
        }
        // Not UTF-8: nothing lost either.
        let bytes = vec![0x80; 3 * LINE_MAX];
        assert_eq!(lines(&[&bytes]).iter().filter(|byte| **byte == 0x80).count(), bytes.len());
        // A bar that never ends takes no memory.
        let (mut bar, mut out) = (Lines::default(), Vec::new());
        for step in 0..100_000 {
            bar.feed(format!("\rstep {step}").as_bytes(), &mut out);
        }
        assert!(out.is_empty() && bar.pending.len() < 100);
    }

    // The tests below redirect descriptors 1 and 2, so they run in processes of its own: this test binary
    // again, told by the environment which case to play. The marks tell its output from the harness's.

    const CASE: &str = "METALAB_TEST_STDIO_CASE";
    const SINK: &str = "METALAB_TEST_STDIO_SINK";
    const BEGIN: &str = "<<begin>>";
    const END: &str = "<<end>>";
    const STDOUT: Streams = Streams { stdout: true, stderr: false };
    const BOTH: Streams = Streams { stdout: true, stderr: true };

    fn leave(status: i32) -> ! {
        // SAFETY: leaves at once.
        unsafe { libc::_exit(status) }
    }

    fn exit(status: i32) -> ! {
        // SAFETY: runs the exit handlers; the other threads touch nothing of theirs.
        unsafe { libc::exit(status) }
    }

    fn put(stream: Stream, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // SAFETY: bytes of that length.
            let size = unsafe { libc::write(stream as RawFd, bytes.as_ptr().cast(), bytes.len()) };
            match usize::try_from(size) {
                Ok(size) => bytes = &bytes[size..],
                Err(_) => leave(99),
            }
        }
    }

    fn print(text: &std::ffi::CStr) {
        // SAFETY: C's stream and a C string.
        unsafe { libc::fputs(text.as_ptr(), stdout) };
    }

    fn sink_directory() -> PathBuf {
        std::env::var(SINK).unwrap().into()
    }

    /// A sink that appends to a file per stream.
    fn file_sink() -> Sink {
        let open = |stream: Stream| {
            File::options()
                .create(true)
                .append(true)
                .open(sink_directory().join(format!("{stream:?}")))
                .unwrap()
        };
        let files = [open(Stream::Stdout), open(Stream::Stderr)];
        Arc::new(move |stream, lines| {
            assert!(lines.ends_with(b"\n"));
            (&files[stream as usize - 1]).write_all(lines).unwrap();
        })
    }

    fn start(streams: Streams) -> StdioCapture {
        StdioCapture::start(streams, file_sink()).unwrap()
    }

    fn error_of(streams: Streams) -> Option<ErrorKind> {
        StdioCapture::start(streams, file_sink()).err().map(|error| error.kind())
    }

    /// 2.5 MB, more than all pipes hold.
    fn mixed_output() -> Vec<u8> {
        let mut bytes = b"first\n10%\r20%\r100%\ncrlf\r\n\x00\xff binary\n".to_vec();
        for step in 0..100_000 {
            bytes.extend(format!("step {step} of a long run\n").bytes());
        }
        bytes.extend(b"no end");
        bytes
    }

    fn mixed_lines() -> Vec<u8> {
        let text = mixed_output();
        let begin = b"first\n10%\r20%\r100%\ncrlf\r\n".len();
        [b"first\n100%\ncrlf\n", &text[begin..], b"\n"].concat()
    }

    /// Plays a case; does nothing in the harness's own run.
    #[test]
    fn child() {
        let Ok(case) = std::env::var(CASE) else {
            return;
        };
        put(Stream::Stdout, BEGIN.as_bytes());
        put(Stream::Stderr, BEGIN.as_bytes());
        match case.as_str() {
            "bytes" => {
                let mut capture = start(BOTH);
                put(Stream::Stderr, b"warning 1\r");
                put(Stream::Stdout, &mixed_output());
                put(Stream::Stderr, b"warning 2\n");
                capture.finish();
                capture.finish();
                put(Stream::Stdout, b"after");
            }
            "c_stdio" => {
                print(c"before\n");
                let mut capture = start(STDOUT);
                print(c"captured\nnot ended");
                capture.finish();
                print(c"after\n");
                // SAFETY: C's stream.
                unsafe { libc::fflush(stdout) };
            }
            "exit" => {
                std::mem::forget(start(BOTH));
                print(c"printed, not flushed");
                put(Stream::Stderr, &mixed_output());
                exit(7);
            }
            "terminal" => {
                let mut capture = start(STDOUT);
                print(c"a line\n");
                io::stdin().read_line(&mut String::new()).unwrap();
                capture.finish();
            }
            "grandchild" => {
                let mut capture = start(STDOUT);
                let mut child = Command::new("sh");
                child.args(["-c", "echo early; read line; echo late"]).stdin(Stdio::piped());
                let mut child = child.spawn().unwrap();
                while fs::read(sink_directory().join("Stdout")).unwrap() != b"early\n" {
                    std::thread::sleep(Duration::from_millis(1));
                }
                let begin = Instant::now();
                capture.finish();
                assert!(begin.elapsed() < PATIENCE / 2);
                // Another one may start while the first still serves the child.
                let mut second = start(STDOUT);
                put(Stream::Stdout, b"second\n");
                second.finish();
                drop(child.stdin.take());
                assert!(child.wait().unwrap().success());
                // Its last output passes through the thread, which ends when it has.
                while File::open("/proc/self/task").is_ok() && threads().contains(&"metalab-stdio".to_owned())
                {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            "broken" => {
                let mut capture = start(STDOUT);
                for _ in 0..100 {
                    put(Stream::Stdout, &b"to nobody\n".repeat(10_000));
                }
                capture.finish();
                leave(3);
            }
            "fork" => {
                let mut capture = start(STDOUT);
                // SAFETY: the child uses nothing but what is asked of it here.
                match unsafe { libc::fork() } {
                    0 => {
                        put(Stream::Stdout, b"forked\n");
                        capture.finish();
                        drop(capture);
                        put(Stream::Stdout, b"still forked\n");
                        exit(0);
                    }
                    // SAFETY: waits for the child.
                    child => assert_eq!(unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) }, child),
                }
                capture.finish();
            }
            "busy" => {
                let mut first = start(STDOUT);
                assert_eq!(error_of(BOTH), Some(ErrorKind::Busy));
                put(Stream::Stdout, b"one\n");
                first.finish();
                let second = start(BOTH);
                first.finish();
                put(Stream::Stdout, b"two\n");
                drop(second);
                assert_eq!(error_of(Streams { stdout: false, stderr: false }), Some(ErrorKind::Value));
            }
            "closed" => {
                let sink = file_sink();
                // SAFETY: nobody writes there in this process.
                unsafe { libc::close(2) };
                let error = StdioCapture::start(BOTH, Arc::clone(&sink)).err();
                assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Io));
                put(Stream::Stdout, b"untouched\n");
                let mut capture = StdioCapture::start(STDOUT, sink).unwrap();
                put(Stream::Stdout, b"captured\n");
                // SAFETY: asks only.
                assert_eq!(unsafe { libc::fcntl(2, libc::F_GETFD) }, -1);
                capture.finish();
                leave(0);
            }
            "reopened" => {
                let mut capture = start(STDOUT);
                put(Stream::Stdout, b"to the pipe\n");
                let path = sink_directory().join("elsewhere");
                let file = File::create(&path).unwrap();
                // SAFETY: two descriptors of this process.
                unsafe { libc::dup2(file.as_raw_fd(), 1) };
                capture.finish();
                put(Stream::Stdout, b"elsewhere\n");
                assert_eq!(fs::read(&path).unwrap(), b"elsewhere\n");
                leave(0);
            }
            "panic" => {
                // Else the panic is told on the stderr that is compared.
                std::panic::set_hook(Box::new(|_| {}));
                let mut capture = StdioCapture::start(BOTH, Arc::new(|_, _| panic!("a bad sink"))).unwrap();
                put(Stream::Stdout, b"one\n");
                put(Stream::Stderr, b"two\n");
                capture.finish();
            }
            "slow" => {
                // SAFETY: the pipe that the parent gave; nobody else writes there.
                unsafe { libc::fcntl(1, libc::F_SETFL, libc::O_NONBLOCK) };
                std::mem::forget(start(STDOUT));
                put(Stream::Stdout, &mixed_output());
                exit(0);
            }
            _ => leave(98),
        }
        put(Stream::Stdout, END.as_bytes());
        put(Stream::Stderr, END.as_bytes());
        leave(0);
    }

    /// The names of this process's threads.
    fn threads() -> Vec<String> {
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        let name = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm"));
        tasks.filter_map(|task| Some(name(task.ok()?).ok()?.trim().to_owned())).collect()
    }

    struct Outcome {
        status: ExitStatus,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
        sink: tempfile::TempDir,
    }

    impl Outcome {
        /// Not assert_eq, whose message would be megabytes.
        #[track_caller]
        fn check(&self, status: i32, passed: &[u8], sunk: &[u8]) {
            let story = || format!("{}: {}", self.status, String::from_utf8_lossy(&self.stderr));
            assert_eq!(self.status.code(), Some(status), "{}", story());
            assert!(between(&self.stdout) == passed, "{}", story());
            assert!(self.sunk(Stream::Stdout) == sunk, "{}", story());
        }

        #[track_caller]
        fn check_stderr(&self, passed: &[u8], sunk: &[u8]) {
            assert!(between(&self.stderr) == passed);
            assert!(self.sunk(Stream::Stderr) == sunk);
        }

        fn sunk(&self, stream: Stream) -> Vec<u8> {
            fs::read(self.sink.path().join(format!("{stream:?}"))).unwrap_or_default()
        }
    }

    /// The bytes between the marks, or after the first where there is no second.
    fn between(bytes: &[u8]) -> &[u8] {
        let find = |mark: &str| bytes.windows(mark.len()).position(|window| window == mark.as_bytes());
        let begin = find(BEGIN).expect("no begin") + BEGIN.len();
        &bytes[begin..find(END).unwrap_or(bytes.len())]
    }

    fn command(case: &str, sink: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let (_, name) = concat!(module_path!(), "::child").split_once("::").unwrap();
        command.args([name, "--exact", "--nocapture"]).env(CASE, case).env(SINK, sink);
        command
    }

    fn play(case: &str) -> Outcome {
        let sink = tempfile::tempdir().unwrap();
        let output = command(case, sink.path()).output().unwrap();
        Outcome { status: output.status, stdout: output.stdout, stderr: output.stderr, sink }
    }

    #[test]
    fn bytes_pass_unchanged_and_lines_arrive() {
        let outcome = play("bytes");
        outcome.check(0, &[&mixed_output()[..], b"after"].concat(), &mixed_lines());
        outcome.check_stderr(b"warning 1\rwarning 2\n", b"warning 2\n");
    }

    #[test]
    fn c_buffers_are_flushed_where_the_capture_begins_and_ends() {
        play("c_stdio").check(0, b"before\ncaptured\nnot endedafter\n", b"captured\nnot ended\n");
    }

    #[test]
    fn exit_loses_nothing() {
        let outcome = play("exit");
        outcome.check(7, b"printed, not flushed", b"printed, not flushed\n");
        outcome.check_stderr(&mixed_output(), &mixed_lines());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_end_does_not_wait_for_children_nor_kill_them() {
        play("grandchild").check(0, b"early\nsecond\nlate\n", b"early\nsecond\n");
    }

    #[test]
    fn a_broken_original_neither_kills_nor_blocks() {
        let sink = tempfile::tempdir().unwrap();
        let mut child =
            command("broken", sink.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut pipe = child.stdout.take().unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(BEGIN.as_bytes()) {
            let mut byte = [0];
            pipe.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
        drop(pipe);
        assert_eq!(child.wait().unwrap().code(), Some(3));
        assert!(fs::read(sink.path().join("Stdout")).unwrap() == b"to nobody\n".repeat(1_000_000));
    }

    #[test]
    fn a_forked_child_leaves_the_capture_alone() {
        play("fork").check(0, b"forked\nstill forked\n", b"forked\nstill forked\n");
    }

    #[test]
    fn there_is_one_at_a_time() {
        play("busy").check(0, b"one\ntwo\n", b"one\ntwo\n");
    }

    #[test]
    fn a_closed_stream_is_refused_and_not_taken_over() {
        play("closed").check(0, b"untouched\ncaptured\n", b"captured\n");
    }

    #[test]
    fn a_stream_that_the_host_reopened_stays_so() {
        play("reopened").check(0, b"to the pipe\n", b"to the pipe\n");
    }

    #[test]
    fn a_panic_of_the_sink_stays_there() {
        let outcome = play("panic");
        outcome.check(0, b"one\n", b"");
        outcome.check_stderr(b"two\n", b"");
    }

    #[test]
    fn a_slow_reader_gets_everything() {
        let sink = tempfile::tempdir().unwrap();
        let mut child =
            command("slow", sink.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(300));
        let mut seen = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut seen).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert!(between(&seen) == mixed_output());
        assert!(fs::read(sink.path().join("Stdout")).unwrap() == mixed_lines());
    }

    #[test]
    fn lines_reach_a_terminal_when_they_end() {
        let (mut controller, mut terminal) = (-1, -1);
        let (name, modes, size) = (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: writes the two descriptors.
        assert_eq!(unsafe { libc::openpty(&mut controller, &mut terminal, name, modes, size) }, 0);
        // SAFETY: new, so nobody else has them.
        let (mut controller, terminal) =
            unsafe { (File::from_raw_fd(controller), OwnedFd::from_raw_fd(terminal)) };
        let sink = tempfile::tempdir().unwrap();
        let mut child = command("terminal", sink.path());
        child.stdin(Stdio::piped()).stdout(terminal).stderr(Stdio::null());
        let mut running = child.spawn().unwrap();
        let reader = std::thread::spawn(move || {
            let mut seen = Vec::new();
            let mut byte = [0];
            while !seen.ends_with(b"a line\r\n") && controller.read_exact(&mut byte).is_ok() {
                seen.push(byte[0]);
            }
            (seen, controller)
        });
        let begin = Instant::now();
        while !reader.is_finished() && begin.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        // The child still waits for its input, with the line unflushed by anything else.
        assert!(reader.is_finished());
        assert!(reader.join().unwrap().0.ends_with(b"a line\r\n"));
        running.stdin.take().unwrap().write_all(b"go on\n").unwrap();
        running.wait().unwrap();
        assert_eq!(fs::read(sink.path().join("Stdout")).unwrap(), b"a line\n");
    }
}
