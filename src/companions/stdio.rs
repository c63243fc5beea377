//! Capture of the process's standard output and error on its way to the terminal.
//!
//! The file descriptors 1 and 2 are replaced by pipes. One thread hands what comes out of them to
//! where it went before, at once and unchanged, and then, as lines, to a sink. So everything is
//! taken, whatever language or child process writes it. What this changes for the host:
//! - `isatty` is false for a captured stream. (C's `stdout` keeps the line buffering of a terminal.)
//! - The order between the two streams is kept only as far as separate reads tell it.
//! - When the reader of the original has gone, the host learns it as it would without us, by SIGPIPE or
//!   EPIPE, but one write later.
//! - A reader that is slow or stopped holds up the host when the pipes are full. The sink has what they
//!   hold at the end at the latest; the thread never waits for the reader.
//! - `exit` and returning from `main` lose nothing. `_exit`, `abort` and a fatal signal lose what the
//!   thread has not yet read, usually that of the last microseconds, and what is still being redrawn.
//! - A forked child's capture does nothing, and its output goes the parent's way. Ended before its
//!   children, a capture lets their output pass on, but not to the sink. Children that live when the
//!   process exits get a `cat` that hands on what they print, and what a stopped reader has not taken.
//! - A process that replaces itself by `exec` must end the capture first.

mod left_behind;
pub mod screen;

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::sync::{PerProcess, lock};
use crate::base::{helper, pinned};

use left_behind::Rest;
use screen::Screen;

/// The most that one read takes.
const READ_MAX: usize = 64 << 10;
/// The most that one write hands to the original: a pipe that takes any byte has room for so many.
const WRITE_MAX: usize = 4096;
/// While so much waits for the original's reader, nothing more is read.
const WAITING_MAX: usize = 256 << 10;
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

/// Takes one or more lines of a stream, in UTF-8, each with a `\n` at its end: what a terminal would be
/// left with (see [`screen`]). Lines over 64 KiB come in pieces, each like a line; so does an unfinished
/// line at the end.
///
/// It is called by one thread and must not write to the captured streams. After a panic it is called
/// no more.
pub type Sink = Arc<dyn Fn(Stream, &[u8]) + Send + Sync>;

/// A capture of the process's standard streams, from [`start`](Self::start) to
/// [`finish`](Self::finish) or drop. There is at most one at a time.
#[derive(Debug)]
pub struct StdioCapture {
    session: Arc<Session>,
    /// True once its end was waited for.
    has_ended: bool,
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
            return Err(Error::new(
                ErrorKind::Value,
                "streams must include METALAB_STDOUT or METALAB_STDERR",
            ));
        }
        watch_exit()?;
        reserve()?;
        let opened = Session::open(&wanted).and_then(|(session, relay, pipes)| {
            helper::spawn("metalab-stdio", 0, move || relay.run(sink))
                .map_err(|source| failed("start a thread for the standard streams", source))?;
            lock(SESSIONS.get()).push(Arc::clone(&session));
            Ok((session, pipes))
        });
        let (session, pipes) = opened.inspect_err(|_| release())?;
        // From here on the thread releases, when the capture ends.
        session.redirect(&pipes).inspect_err(|_| _ = session.end(false))?;
        Ok(Self { session, has_ended: false })
    }

    /// Gives the streams back, after everything that was written to them has reached the sink. Waits
    /// at most 5 seconds, should the sink or the original's reader have stopped; what is then still
    /// under way reaches the original only. A second call does nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Incomplete`] when the sink did not get everything.
    pub fn finish(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.has_ended, true) || self.session.end(false) {
            return Ok(());
        }
        let text = format!("the last of it could not be written within {} s", PATIENCE.as_secs());
        Err(Error::new(ErrorKind::Incomplete, text))
    }
}

impl Drop for StdioCapture {
    fn drop(&mut self) {
        // Whoever wants the error calls finish.
        let _ = self.finish();
    }
}

fn failed(what: &str, source: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot {what}: {source}")).caused_by(source)
}

/// The process that captures, or 0. A forked child has another id, and may capture itself.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// The captures of this process whose threads go on, for the exit handler.
static SESSIONS: PerProcess<Mutex<Vec<Arc<Session>>>> = PerProcess::new(|_| Mutex::default());

fn reserve() -> Result<()> {
    let me = std::process::id();
    let free = |owner| (owner != me).then_some(me);
    let busy = |_| {
        Error::new(
            ErrorKind::Busy,
            "the standard streams are being captured already, by a run of this process; it ends that by \
                 metalab_capture_stdio_end, or with itself",
        )
    };
    OWNER.fetch_update(Ordering::AcqRel, Ordering::Acquire, free).map(|_| ()).map_err(busy)
}

fn release() {
    OWNER.store(0, Ordering::Release);
}

/// Makes `exit` end the capture, before it closes the standard streams itself.
fn watch_exit() -> Result<()> {
    extern "C" fn at_exit() {
        let sessions = lock(SESSIONS.get()).clone();
        for session in &sessions {
            session.end(true);
        }
        for session in &sessions {
            session.leave();
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
    /// A byte here makes the thread look at `is_over` and `leaving`.
    wake: OwnedFd,
    /// The other end. Writing to a pipe without one, after the thread has ended, would be a signal.
    woken: OwnedFd,
    /// True once somebody ends the capture.
    ending: AtomicBool,
    /// True once nothing more goes into the pipes.
    is_over: AtomicBool,
    /// True once the process exits.
    leaving: AtomicBool,
    /// True if the sink must not be called any more.
    muted: AtomicBool,
    progress: Mutex<Progress>,
    changed: Condvar,
}

/// How far the thread is.
#[derive(Debug, Default)]
struct Progress {
    /// True if the sink has everything.
    is_sunk: bool,
    /// True if the originals have everything that came before the end.
    is_passed: bool,
    /// The rest, by its place in `captured`, once the thread has ended.
    left: Option<Vec<(usize, Rest)>>,
}

/// A stream, where it went before, and what it is while captured.
#[derive(Debug)]
struct Captured {
    stream: Stream,
    original: OwnedFd,
    /// True if the original is a file, which takes any number of bytes.
    is_file: bool,
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
                let is_file = status(original.as_raw_fd())?.st_mode & libc::S_IFMT == libc::S_IFREG;
                Ok((read_end, write_end, Captured { stream, original, is_file, pipe }))
            };
            let what = if stream == Stream::Stdout { "capture stdout" } else { "capture stderr" };
            let (read_end, write_end, stream) = open().map_err(|source| failed(what, source))?;
            widen(&write_end);
            captured.push(stream);
            taps.push(Tap {
                pipe: Some(read_end),
                waiting: Vec::new(),
                is_held_up: false,
                screen: Screen::default(),
            });
            pipes.push(write_end);
        }
        let (woken, wake) = open_pipe().map_err(|source| failed("open a pipe", source))?;
        let session = Arc::new(Self {
            pid: std::process::id(),
            captured,
            wake,
            woken,
            ending: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            leaving: AtomicBool::new(false),
            muted: AtomicBool::new(false),
            progress: Mutex::default(),
            changed: Condvar::new(),
        });
        let relay = Relay { session: Arc::clone(&session), taps, sink: None };
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

    /// Ends the capture, or waits with whoever does; false if the sink could not have everything. At exit,
    /// waits for a reader of the original that has stopped reading, as the process would without us.
    fn end(&self, at_exit: bool) -> bool {
        if self.pid != std::process::id() {
            return true;
        }
        let has_ended = self.ending.swap(true, Ordering::AcqRel);
        if has_ended && at_exit && lock(&self.progress).is_sunk {
            // The reader has been waited for; `leave` has another one take the rest.
            return true;
        }
        if !has_ended {
            for captured in &self.captured {
                flush(captured.stream);
                let fd = captured.stream as RawFd;
                // The host may have put something else there meanwhile, or closed it.
                if identity(fd).is_ok_and(|identity| identity == captured.pipe) {
                    // Both are open, which leaves nothing to fail.
                    let _ = replace(fd, &captured.original);
                }
            }
            self.is_over.store(true, Ordering::Release);
            self.wake();
        }
        let is_sunk = self.wait(at_exit, |progress| progress.is_sunk && progress.is_passed).is_sunk;
        if !is_sunk {
            self.muted.store(true, Ordering::Release);
        }
        is_sunk
    }

    /// Ends the thread when the process exits. Children that still write get another reader, which first
    /// hands on what an original has not taken since the capture ended.
    fn leave(&self) {
        if self.pid != std::process::id() || self.leaving.swap(true, Ordering::AcqRel) {
            return;
        }
        self.wake();
        let left = self.wait(true, |progress| progress.left.is_some()).left.take();
        for (index, rest) in left.into_iter().flatten() {
            left_behind::hand_on(&rest, &self.captured[index].original);
        }
    }

    fn wake(&self) {
        // The pipe takes far more bytes than ever come.
        let _ = write(&self.wake, &[0]);
    }

    /// Waits for the thread within `PATIENCE`, and longer at exit if it waits for an original's reader.
    fn wait(&self, at_exit: bool, is_done: impl Fn(&Progress) -> bool) -> MutexGuard<'_, Progress> {
        let mut progress = lock(&self.progress);
        while !is_done(&progress) {
            let waited =
                self.changed.wait_timeout(progress, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            progress = waited.0;
            let is_held_up = progress.is_sunk && !progress.is_passed;
            if waited.1.timed_out() && !(at_exit && is_held_up) {
                break;
            }
        }
        progress
    }

    fn tell(&self, tell: impl FnOnce(&mut Progress)) {
        tell(&mut lock(&self.progress));
        self.changed.notify_all();
    }
}

/// The data of the thread.
struct Relay {
    session: Arc<Session>,
    /// In the order of `session.captured`.
    taps: Vec<Tap>,
    /// None once the capture has ended.
    sink: Option<Sink>,
}

/// The reading end of a stream.
struct Tap {
    /// None once nobody can write there any more.
    pipe: Option<OwnedFd>,
    /// Bytes that the original has not taken yet.
    waiting: Vec<u8>,
    /// True if children wait until the original takes more.
    is_held_up: bool,
    screen: Screen,
}

impl Relay {
    /// Passes on until the capture ends and, where children still write into its pipes, until they end or
    /// the process exits.
    fn run(mut self, sink: Sink) {
        self.sink = Some(sink);
        let session = Arc::clone(&self.session);
        // Told whatever happens: an exit waits for it.
        let _ended = Ended(&session);
        let mut buffer = vec![0; READ_MAX];
        let (mut capturing, mut is_passed) = (true, false);
        loop {
            let [is_woken, readable @ ..] = self.wait(capturing);
            if is_woken {
                self.hear();
            }
            if capturing && session.is_over.load(Ordering::Acquire) {
                (0..self.taps.len()).for_each(|index| self.drain(index, &mut buffer));
                (capturing, self.sink) = (false, None);
                release();
                session.tell(|progress| progress.is_sunk = true);
            }
            if !capturing && session.leaving.load(Ordering::Acquire) {
                break;
            }
            for (index, is_readable) in readable.into_iter().enumerate().take(self.taps.len()) {
                if !self.pass_on(index) {
                    self.lose(index);
                }
                if is_readable {
                    match capturing {
                        true => _ = self.take(index, &mut buffer),
                        false => self.let_pass(index, &mut buffer),
                    }
                }
            }
            if capturing {
                self.settle();
                continue;
            }
            if self.taps.iter().all(|tap| tap.waiting.is_empty()) {
                if !std::mem::replace(&mut is_passed, true) {
                    session.tell(|progress| progress.is_passed = true);
                }
                if self.taps.iter().all(|tap| tap.pipe.is_none()) {
                    break;
                }
            }
        }
        let rest = |tap: &mut Tap| Rest {
            pipe: tap.pipe.take().filter(|pipe| !is_ended(pipe)),
            waiting: std::mem::take(&mut tap.waiting),
        };
        let left = self.taps.iter_mut().map(rest).enumerate();
        let left = left.filter(|(_, rest)| rest.pipe.is_some() || !rest.waiting.is_empty()).collect();
        session.tell(|progress| progress.left = Some(left));
    }

    /// Waits until there is something to do: whether somebody asks, and which taps to read.
    fn wait(&self, capturing: bool) -> [bool; 3] {
        // A descriptor of -1 is not waited for.
        let mut polled = [libc::pollfd { fd: -1, events: libc::POLLIN, revents: 0 }; 5];
        polled[0].fd = self.session.woken.as_raw_fd();
        for (index, tap) in self.taps.iter().enumerate() {
            let most = if capturing { WAITING_MAX } else { 0 };
            if let Some(pipe) = &tap.pipe
                && tap.waiting.len() <= most
                && !tap.is_held_up
            {
                polled[1 + index].fd = pipe.as_raw_fd();
            }
            if !tap.waiting.is_empty() || tap.is_held_up {
                polled[3 + index].fd = self.session.captured[index].original.as_raw_fd();
                polled[3 + index].events = libc::POLLOUT;
            }
        }
        let due = self.taps.iter().filter_map(|tap| tap.screen.due()).min().filter(|_| capturing);
        let patience = due.map_or(-1, |due| {
            let left = due.saturating_duration_since(Instant::now()).as_millis() + 1;
            libc::c_int::try_from(left).unwrap_or(libc::c_int::MAX)
        });
        // SAFETY: five entries of our own.
        if unsafe { libc::poll(polled.as_mut_ptr(), 5, patience) } < 0 {
            // Interrupted, or the kernel is out of memory, which must not make this spin.
            std::thread::sleep(Duration::from_millis(1));
            return [false; 3];
        }
        let readable = |index: usize| polled[1 + index].revents != 0 || polled[3 + index].revents != 0;
        [polled[0].revents != 0, readable(0), readable(1)]
    }

    /// Takes the bytes that woke this thread.
    fn hear(&self) {
        let mut bytes = [0u8; 16];
        // SAFETY: a descriptor of ours that does not block, into a buffer of that length.
        let _ = unsafe { libc::read(self.session.woken.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len()) };
    }

    /// Reads what the stream held when the capture ended; a child may go on writing for ever.
    fn drain(&mut self, index: usize, buffer: &mut [u8]) {
        let mut left = self.taps[index].pipe.as_ref().map_or(0, available);
        while left > 0 {
            let most = left.min(buffer.len());
            match self.take(index, &mut buffer[..most]) {
                0 => break,
                size => left -= size,
            }
        }
        let mut lines = Vec::new();
        self.taps[index].screen.finish(&mut lines);
        self.give(index, &lines);
    }

    /// Reads once, passes it on, and gives its lines to the sink. 0 when there was nothing.
    fn take(&mut self, index: usize, buffer: &mut [u8]) -> usize {
        let size = self.read(index, buffer);
        self.taps[index].waiting.extend_from_slice(&buffer[..size]);
        let is_lost = !self.pass_on(index);
        if self.sink.is_some() && size > 0 {
            let mut lines = Vec::new();
            self.taps[index].screen.feed(&buffer[..size], Instant::now(), &mut lines);
            self.give(index, &lines);
        }
        if is_lost {
            self.lose(index);
        }
        size
    }

    /// Passes on what children write, as far as the original takes it: the rest stays where another reader
    /// finds it.
    fn let_pass(&mut self, index: usize, buffer: &mut [u8]) {
        let captured = &self.session.captured[index];
        self.taps[index].is_held_up = !captured.is_file && !is_writable(&captured.original);
        if self.taps[index].is_held_up || !self.taps[index].waiting.is_empty() {
            return;
        }
        let size = self.read(index, &mut buffer[..WRITE_MAX]);
        self.taps[index].waiting.extend_from_slice(&buffer[..size]);
        if !self.pass_on(index) {
            self.lose(index);
        }
    }

    fn read(&mut self, index: usize, buffer: &mut [u8]) -> usize {
        let Some(pipe) = &self.taps[index].pipe else {
            return 0;
        };
        // SAFETY: a descriptor of ours, into a buffer of that length.
        let size = unsafe { libc::read(pipe.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
        let is_later =
            size < 0 && matches!(io::Error::last_os_error().raw_os_error(), Some(libc::EAGAIN | libc::EINTR));
        if size <= 0 && !is_later {
            self.taps[index].pipe = None;
        }
        usize::try_from(size).unwrap_or(0)
    }

    /// Writes to the original what it takes now; what it refuses is gone. False if its reader has gone.
    fn pass_on(&mut self, index: usize) -> bool {
        let captured = &self.session.captured[index];
        let waiting = &mut self.taps[index].waiting;
        let mut done = 0;
        while done < waiting.len() && (captured.is_file || is_writable(&captured.original)) {
            let bytes = &waiting[done..];
            let most = if captured.is_file { bytes.len() } else { bytes.len().min(WRITE_MAX) };
            match write(&captured.original, &bytes[..most]).map_err(|error| error.raw_os_error()) {
                Ok(size) if size > 0 => done += size,
                Err(Some(libc::EINTR)) => {}
                Err(Some(libc::EAGAIN)) => {
                    std::thread::sleep(Duration::from_millis(1));
                    break;
                }
                Err(Some(libc::EPIPE)) => return false,
                _ => done = waiting.len(),
            }
        }
        waiting.drain(..done);
        true
    }

    /// The original's reader has gone: the host's next write is to fail as it would without us. (The
    /// signal that comes with it is blocked in this thread.)
    fn lose(&mut self, index: usize) {
        let pipe = self.taps[index].pipe.take();
        self.taps[index].waiting = Vec::new();
        self.taps[index].is_held_up = false;
        let Some(pipe) = pipe.filter(|_| self.sink.is_some()) else { return };
        // Its bytes were printed.
        let mut bytes = vec![0; available(&pipe)];
        // SAFETY: a descriptor of ours that does not block, into a buffer of that length.
        let size = unsafe { libc::read(pipe.as_raw_fd(), bytes.as_mut_ptr().cast(), bytes.len()) };
        drop(pipe);
        let mut lines = Vec::new();
        let printed = &bytes[..usize::try_from(size).unwrap_or(0)];
        self.taps[index].screen.feed(printed, Instant::now(), &mut lines);
        self.give(index, &lines);
    }

    /// Gives the lines that were to be redrawn, and were not.
    fn settle(&mut self) {
        if self.taps.iter().all(|tap| tap.screen.due().is_none()) {
            return;
        }
        let now = Instant::now();
        for index in 0..self.taps.len() {
            let mut lines = Vec::new();
            self.taps[index].screen.settle(now, &mut lines);
            self.give(index, &lines);
        }
    }

    fn give(&mut self, index: usize, lines: &[u8]) {
        let Some(sink) = self.sink.as_ref().filter(|_| !lines.is_empty()) else {
            return;
        };
        if self.session.muted.load(Ordering::Acquire) {
            return;
        }
        let stream = self.session.captured[index].stream;
        if catch_unwind(AssertUnwindSafe(|| sink(stream, lines))).is_err() {
            self.sink = None;
        }
    }
}

/// The end of the thread.
struct Ended<'a>(&'a Arc<Session>);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.tell(|progress| {
            progress.left.get_or_insert_default();
        });
        lock(SESSIONS.get()).retain(|session| !Arc::ptr_eq(session, self.0));
    }
}

/// Device and inode: what a descriptor is, whatever its number.
type Identity = (libc::dev_t, libc::ino_t);

fn identity(fd: RawFd) -> io::Result<Identity> {
    status(fd).map(|status| (status.st_dev, status.st_ino))
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

/// The events of these that there are now.
fn poll_now(fd: &OwnedFd, events: libc::c_short) -> libc::c_short {
    let mut polled = libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
    // SAFETY: one entry of our own.
    if unsafe { libc::poll(&mut polled, 1, 0) } > 0 { polled.revents } else { 0 }
}

/// Returns whether `WRITE_MAX` bytes can be written without waiting, or will fail.
fn is_writable(fd: &OwnedFd) -> bool {
    poll_now(fd, libc::POLLOUT) != 0
}

/// Returns whether nobody can write into a pipe any more, and all of it was read.
fn is_ended(pipe: &OwnedFd) -> bool {
    let events = poll_now(pipe, libc::POLLIN);
    events & libc::POLLHUP != 0 && events & libc::POLLIN == 0
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
    use std::os::unix::process::ExitStatusExt as _;
    use std::path::{Path, PathBuf};
    use std::process::{Command, ExitStatus, Stdio};
    use std::time::Instant;

    use super::*;

    // The tests below redirect descriptors 1 and 2, so they run in processes of its own: this test binary
    // again, told by the environment which case to play. The marks tell its output from the harness's.

    const CASE: &str = "METALAB_TEST_STDIO_CASE";
    const SINK: &str = "METALAB_TEST_STDIO_SINK";
    const BEGIN: &str = "<<begin>>";
    const END: &str = "<<end>>";
    const FIRST: &[u8] = b"first\n10%\r20%\r100%\ncrlf\r\n";
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

    /// Writes until nobody reads any more.
    fn put_until_refused() {
        let lines = b"to nobody\n".repeat(400);
        // SAFETY: bytes of that length.
        while unsafe { libc::write(1, lines.as_ptr().cast(), lines.len()) } > 0 {}
        assert_eq!(io::Error::last_os_error().raw_os_error(), Some(libc::EPIPE));
    }

    /// 2.5 MB, more than all pipes hold.
    fn mixed_output() -> Vec<u8> {
        let mut bytes = [FIRST, b"\x00\xff binary\n"].concat();
        for step in 0..100_000 {
            bytes.extend(format!("step {step} of a long run\n").bytes());
        }
        bytes.extend(b"no end");
        bytes
    }

    fn mixed_lines() -> Vec<u8> {
        let text = mixed_output();
        let begin = FIRST.len() + b"\x00\xff".len();
        [b"first\n100%\ncrlf\n\x00\\xff", &text[begin..], b"\n"].concat()
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
                capture.finish().unwrap();
                capture.finish().unwrap();
                put(Stream::Stdout, b"after");
            }
            "c_stdio" => {
                print(c"before\n");
                let mut capture = start(STDOUT);
                print(c"captured\nnot ended");
                capture.finish().unwrap();
                print(c"after\n");
                // SAFETY: C's stream.
                unsafe { libc::fflush(stdout) };
            }
            "exit" => {
                // SAFETY: the default, which Rust's runtime has changed: nothing of ours is to end the process.
                unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
                std::mem::forget(start(BOTH));
                print(c"printed, not flushed");
                put(Stream::Stderr, &mixed_output());
                exit(7);
            }
            "terminal" => {
                let mut capture = start(STDOUT);
                print(c"a line\n");
                io::stdin().read_line(&mut String::new()).unwrap();
                capture.finish().unwrap();
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
                capture.finish().unwrap();
                assert!(begin.elapsed() < PATIENCE / 2);
                // Another one may start while the first still serves the child.
                let mut second = start(STDOUT);
                put(Stream::Stdout, b"second\n");
                second.finish().unwrap();
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
                put_until_refused();
                capture.finish().unwrap();
                leave(3);
            }
            "head" => {
                // SAFETY: the default, which Rust's runtime has changed.
                unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
                std::mem::forget(start(STDOUT));
                put_until_refused();
            }
            "stalled" => {
                let mut capture = start(STDOUT);
                put(Stream::Stdout, &b"to nobody\n".repeat(50_000));
                let begin = Instant::now();
                capture.finish().unwrap();
                drop(capture);
                assert!(begin.elapsed() < 2 * PATIENCE);
                exit(3);
            }
            "left_behind" => {
                let mut capture = start(BOTH);
                let begin = |path: &str| {
                    let script = "(sleep 0.5; echo late; echo late error >&2; echo lived >\"$0\") &";
                    let path = sink_directory().join(path);
                    Command::new("sh").args(["-c", script]).arg(path).status().unwrap();
                };
                begin("one");
                capture.finish().unwrap();
                std::mem::forget(start(BOTH));
                begin("two");
                exit(0);
            }
            "hung" => {
                let mut capture =
                    StdioCapture::start(STDOUT, Arc::new(|_, _| std::thread::sleep(2 * PATIENCE))).unwrap();
                put(Stream::Stdout, b"a line\n");
                let error = capture.finish().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Incomplete);
            }
            "fork" => {
                let mut capture = start(STDOUT);
                // SAFETY: the child uses nothing but what is asked of it here.
                match unsafe { libc::fork() } {
                    0 => {
                        put(Stream::Stdout, b"forked\n");
                        capture.finish().unwrap();
                        drop(capture);
                        put(Stream::Stdout, b"still forked\n");
                        exit(0);
                    }
                    // SAFETY: waits for the child.
                    child => assert_eq!(unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) }, child),
                }
                capture.finish().unwrap();
            }
            "busy" => {
                let mut first = start(STDOUT);
                assert_eq!(error_of(BOTH), Some(ErrorKind::Busy));
                put(Stream::Stdout, b"one\n");
                first.finish().unwrap();
                let second = start(BOTH);
                first.finish().unwrap();
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
                // A thread that begins looks at the others of the process: its directory has the number meanwhile.
                // SAFETY: asks only.
                let is_free = || unsafe { libc::fcntl(2, libc::F_GETFD) } == -1;
                let begun = std::time::Instant::now();
                while !is_free() && begun.elapsed() < Duration::from_secs(10) {
                    std::thread::yield_now();
                }
                assert!(is_free());
                capture.finish().unwrap();
                leave(0);
            }
            "reopened" => {
                let mut capture = start(STDOUT);
                put(Stream::Stdout, b"to the pipe\n");
                let path = sink_directory().join("elsewhere");
                let file = File::create(&path).unwrap();
                // SAFETY: two descriptors of this process.
                unsafe { libc::dup2(file.as_raw_fd(), 1) };
                capture.finish().unwrap();
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
                capture.finish().unwrap();
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

    /// Plays a case whose output nobody reads after its first mark while it lives: how it ended, what it
    /// gave to its sink, and what was there for a reader that comes later.
    fn play_to_nobody(case: &str) -> (ExitStatus, Vec<u8>, Vec<u8>) {
        let sink = tempfile::tempdir().unwrap();
        let mut child =
            command(case, sink.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut pipe = child.stdout.take().unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(BEGIN.as_bytes()) {
            let mut byte = [0];
            pipe.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
        let pipe = (case == "stalled").then_some(pipe);
        let status = child.wait().unwrap();
        let mut late = Vec::new();
        pipe.map(|mut pipe| pipe.read_to_end(&mut late).unwrap());
        (status, fs::read(sink.path().join("Stdout")).unwrap(), late)
    }

    #[test]
    fn a_broken_original_is_told_to_the_host() {
        let (status, sunk, _) = play_to_nobody("broken");
        assert_eq!(status.code(), Some(3));
        let count = sunk.len() / b"to nobody\n".len();
        assert!(count >= 400 && sunk == b"to nobody\n".repeat(count), "{count}");
        let (status, sunk, _) = play_to_nobody("head");
        assert_eq!(status.signal(), Some(libc::SIGPIPE));
        assert!(sunk.starts_with(b"to nobody\nto nobody\n"));
    }

    #[test]
    fn a_reader_that_stopped_costs_no_line() {
        let (status, sunk, late) = play_to_nobody("stalled");
        assert_eq!(status.code(), Some(3));
        assert!(sunk == b"to nobody\n".repeat(50_000), "{}", sunk.len());
        assert!(!cfg!(target_os = "linux") || late == sunk, "{}", late.len());
    }

    #[test]
    fn a_sink_that_hangs_is_told() {
        play("hung").check(0, b"a line\n", b"");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn children_that_outlive_the_process_live_on() {
        let outcome = play("left_behind");
        outcome.check(0, b"late\nlate\n", b"");
        outcome.check_stderr(b"late error\nlate error\n", b"");
        for path in ["one", "two"] {
            assert_eq!(fs::read(outcome.sink.path().join(path)).unwrap(), b"lived\n");
        }
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
