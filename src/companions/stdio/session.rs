//! A capture of standard streams, as its thread and whoever ends it share it.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::c_streams::{flush, keep_line_buffering};
use super::descriptor::{Identity, duplicate, identity, open_pipe, replace, status, widen, write};
use super::left_behind::{self, Rest};
use super::relay::{Relay, Tap};
use super::{PATIENCE, Stream, failed};
use crate::base::error::Result;
use crate::base::sync::lock;

/// How long a signal handler waits for the thread: the process is about to die.
const HURRY: Duration = Duration::from_millis(250);

/// One capture, as the thread and whoever ends it share it.
#[derive(Debug)]
pub(super) struct Session {
    pid: u32,
    pub(super) captured: Vec<Captured>,
    /// A byte here makes the thread look at `is_over` and `leaving`.
    wake: OwnedFd,
    /// The other end. Writing to a pipe without one, after the thread has ended, would be a signal.
    pub(super) woken: OwnedFd,
    /// True once somebody ends the capture.
    ending: AtomicBool,
    /// True once nothing more goes into the pipes.
    pub(super) is_over: AtomicBool,
    /// True once the process exits.
    pub(super) leaving: AtomicBool,
    /// True if the sink must not be called any more.
    pub(super) muted: AtomicBool,
    /// How many signal handlers have asked that the sink get what is in the pipes, and for how many it was done.
    pub(super) hurried: AtomicU32,
    pub(super) caught_up: AtomicU32,
    progress: Mutex<Progress>,
    changed: Condvar,
}

/// How far the thread is.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// True if the sink has everything.
    pub(super) is_sunk: bool,
    /// True if the originals have everything that came before the end.
    pub(super) is_passed: bool,
    /// The rest, by its place in `captured`, once the thread has ended.
    pub(super) left: Option<Vec<(usize, Rest)>>,
}

/// A stream, where it went before, and what it is while captured.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) stream: Stream,
    pub(super) original: OwnedFd,
    /// True if the original is a file, which takes any number of bytes.
    pub(super) is_file: bool,
    pipe: Identity,
}

impl Session {
    /// A capture that has redirected nothing yet, its thread's part, and the pipes to write into.
    pub(super) fn open(wanted: &[Stream]) -> Result<(Arc<Self>, Relay, Vec<OwnedFd>)> {
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
            taps.push(Tap::new(read_end));
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
            hurried: AtomicU32::new(0),
            caught_up: AtomicU32::new(0),
            progress: Mutex::default(),
            changed: Condvar::new(),
        });
        let relay = Relay::new(Arc::clone(&session), taps);
        Ok((session, relay, pipes))
    }

    pub(super) fn redirect(&self, pipes: &[OwnedFd]) -> Result<()> {
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
    pub(super) fn end(&self, at_exit: bool) -> bool {
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
    pub(super) fn leave(&self) {
        if self.pid != std::process::id() || self.leaving.swap(true, Ordering::AcqRel) {
            return;
        }
        self.wake();
        let left = self.wait(true, |progress| progress.left.is_some()).left.take();
        for (index, rest) in left.into_iter().flatten() {
            left_behind::hand_on(&rest, &self.captured[index].original);
        }
    }

    /// Waits until the sink has what was printed before, within `HURRY`. Safe in a signal handler.
    pub(super) fn catch_up(&self) {
        // SAFETY: no preconditions.
        if u32::try_from(unsafe { libc::getpid() }) != Ok(self.pid) {
            return;
        }
        let turn = self.hurried.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
        self.wake();
        for _ in 0..HURRY.as_millis() {
            if self.caught_up.load(Ordering::Acquire) >= turn {
                return;
            }
            // SAFETY: waits for a millisecond, and for no descriptor.
            unsafe { libc::poll(std::ptr::null_mut(), 0, 1) };
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

    pub(super) fn tell(&self, tell: impl FnOnce(&mut Progress)) {
        tell(&mut lock(&self.progress));
        self.changed.notify_all();
    }
}
