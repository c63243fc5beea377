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
//! - `exit` and returning from `main` lose nothing, nor does a fatal signal whose handler calls `catch_up`. `_exit`,
//!   and `abort` and fatal signals without, lose what the thread has not yet read, usually that of the last
//!   microseconds, and what is still being redrawn.
//! - A forked child's capture does nothing, and its output goes the parent's way. Ended before its
//!   children, a capture lets their output pass on, but not to the sink. Children that live when the
//!   process exits get a `cat` that hands on what they print, and what a stopped reader has not taken.
//! - A process that replaces itself by `exec` must end the capture first.
//! - A host that closes every descriptor it finds closes the capture's. The pipes are opened again through the
//!   streams that lead into them. An original can't be, where no other standard stream is the same: then
//!   output reaches the sink alone, and the end says so. A stream whose pipe is lost is given back.

mod c_streams;
mod descriptor;
mod left_behind;
mod relay;
pub mod screen;
mod session;

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::registry::Registry;
use crate::base::sync::{MadeOnce, PerProcess, lock};
use crate::base::{helper, pinned};

use session::Session;

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
    /// [`ErrorKind::Incomplete`] when the sink did not get everything, or the host has closed descriptors
    /// of the capture, and some of its output was lost, or reached the sink only.
    pub fn finish(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.has_ended, true) {
            return Ok(());
        }
        let text = match self.session.end(false) {
            false => format!("the last of it could not be written within {} s", PATIENCE.as_secs()),
            true if self.session.is_cut.load(Ordering::Acquire) => {
                "the program has closed descriptors of the capture: some of its output was lost, or reached \
                 the run only"
                    .to_owned()
            }
            true => return Ok(()),
        };
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

/// The captures that go on, for signal handlers.
static CAPTURING: Registry<Session, ()> = Registry::new();

/// Waits until what was printed has reached the sink, at most a quarter of a second. For a handler of a signal
/// that is about to end the process, and safe there.
pub fn catch_up() {
    CAPTURING.each(Session::catch_up);
}

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
    static REGISTERED: MadeOnce<bool> = MadeOnce::new();
    pinned::pin();
    // SAFETY: the handler is a function of this library, whose code is pinned.
    if *REGISTERED.get_or_init(|| unsafe { libc::atexit(at_exit) } == 0) {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::Memory, "cannot register an exit handler for the standard streams"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::{Read, Write};
    use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
    use std::os::unix::process::ExitStatusExt as _;
    use std::path::{Path, PathBuf};
    use std::process::{Command, ExitStatus, Stdio};
    use std::time::Instant;

    use super::c_streams::stdout;
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
