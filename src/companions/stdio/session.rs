//! A capture of standard streams, as its thread and whoever ends it share it.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::c_streams::{flush, keep_line_buffering};
use super::descriptor::{duplicate, is_kind, open_bell, open_pipe, open_read_end, replace, ring, widen};
use super::left_behind::{self, Rest};
use super::relay::{Relay, Tap};
use super::{PATIENCE, Stream, failed};
use crate::base::descriptor::{Identity, OurDescriptor};
use crate::base::error::Result;
use crate::base::file;
use crate::base::sync::lock;

/// How long the C library's streams are tried to be flushed; the rest of `PATIENCE` is for the thread.
const FLUSH_PATIENCE: Duration = Duration::from_secs(2);

/// How long a signal handler waits for the thread, since the process is about to die, and how long the
/// beginning of a capture does: a machine that is busy gives it little time.
const HURRY: Duration = Duration::from_millis(250);

/// One capture, as the thread and whoever ends it share it.
#[derive(Debug)]
pub(super) struct Session {
    pid: u32,
    pub(super) captured: Vec<Captured>,
    /// A byte here makes the thread look at `is_over` and `leaving`.
    wake: OurDescriptor,
    /// The other end.
    pub(super) woken: OurDescriptor,
    /// True once somebody ends the capture.
    pub(super) ending: AtomicBool,
    /// True if the host has closed what some of its output went through, which is lost.
    pub(super) is_cut: AtomicBool,
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
    /// True once the thread is there.
    pub(super) is_listening: bool,
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
    original: OurDescriptor,
    /// True if the original is a file, which takes any number of bytes.
    pub(super) is_file: bool,
    pipe: Identity,
}

impl Captured {
    /// The original, to write to. Where the host has closed it, a standard stream that leads to the same
    /// terminal, pipe or file serves as well.
    pub(super) fn original(&self) -> Option<RawFd> {
        let again = |stream| self.original.renew(duplicate(stream).ok()?);
        self.original.number().or_else(|| (0..=libc::STDERR_FILENO).find_map(again))
    }

    /// Returns whether the stream is the capture's: the host may have put something else there, or closed it.
    pub(super) fn is_redirected(&self) -> bool {
        Identity::of(self.stream as RawFd).is_ok_and(|identity| identity.is(&self.pipe))
    }

    /// Opens the reading end again, which the host has closed, where the stream has the other one.
    pub(super) fn open_again(&self, tap: &OurDescriptor) -> Option<RawFd> {
        let is_redirected = self.is_redirected();
        is_redirected.then(|| open_read_end(self.stream as RawFd).ok()).flatten().and_then(|fd| tap.renew(fd))
    }

    /// Gives the stream back, if it is the capture's.
    pub(super) fn put_back(&self) {
        if !self.is_redirected() {
            return;
        }
        let fd = self.stream as RawFd;
        // All are open, which leaves nothing to fail. Without an original, output into a pipe that nobody
        // reads would be a signal to the host, or hold it up.
        match self.original() {
            Some(original) => _ = replace(fd, original),
            None => _ = file::open(Path::new("/dev/null")).and_then(|file| replace(fd, file.as_raw_fd())),
        }
    }
}

impl Session {
    /// A capture that has redirected nothing yet, its thread's part, and the pipes to write into.
    pub(super) fn open(wanted: &[Stream]) -> Result<(Arc<Self>, Relay, Vec<OwnedFd>)> {
        let (mut captured, mut taps, mut pipes) = (Vec::new(), Vec::new(), Vec::new());
        for &stream in wanted {
            let open = || -> io::Result<_> {
                let original = duplicate(stream as RawFd)?;
                let (read_end, write_end) = open_pipe()?;
                let pipe = Identity::of(write_end.as_raw_fd())?;
                let is_file = is_kind(original.as_raw_fd(), libc::S_IFREG)?;
                let (original, read_end) = (OurDescriptor::new(original)?, OurDescriptor::new(read_end)?);
                Ok((read_end, write_end, Captured { stream, original, is_file, pipe }))
            };
            let what = if stream == Stream::Stdout { "capture stdout" } else { "capture stderr" };
            let (read_end, write_end, stream) = open().map_err(|source| failed(what, source))?;
            widen(&write_end);
            captured.push(stream);
            taps.push(Tap::new(read_end));
            pipes.push(write_end);
        }
        let bell =
            open_bell().and_then(|(woken, wake)| Ok((OurDescriptor::new(woken)?, OurDescriptor::new(wake)?)));
        let (woken, wake) = bell.map_err(|source| failed("open a socket", source))?;
        let session = Arc::new(Self {
            pid: std::process::id(),
            captured,
            wake,
            woken,
            ending: AtomicBool::new(false),
            is_cut: AtomicBool::new(false),
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

    /// Lets the streams lead into the pipes. Returns when the thread is there, since a host that closes
    /// descriptors closes those it knows nothing of, and then prints.
    pub(super) fn redirect(&self, pipes: &[OwnedFd]) -> Result<()> {
        let deadline = Instant::now() + FLUSH_PATIENCE;
        for (captured, pipe) in self.captured.iter().zip(pipes) {
            if captured.stream == Stream::Stdout {
                keep_line_buffering();
            }
            // Else it goes through the pipe.
            let _ = flush(captured.stream, false, deadline);
            replace(captured.stream as RawFd, pipe.as_raw_fd())
                .map_err(|source| failed("redirect the standard streams", source))?;
        }
        drop(self.wait(Instant::now() + HURRY, false, |progress| progress.is_listening));
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
        let begun = Instant::now();
        let mut is_flushed = true;
        if !has_ended {
            // It takes more than before now, so that who stands in printf comes out.
            self.wake();
            for captured in &self.captured {
                is_flushed &= flush(captured.stream, captured.is_redirected(), begun + FLUSH_PATIENCE);
                captured.put_back();
            }
            self.is_over.store(true, Ordering::Release);
            self.wake();
        }
        let is_done = |progress: &Progress| progress.is_sunk && progress.is_passed;
        let is_sunk = self.wait(begun + PATIENCE, at_exit, is_done).is_sunk;
        if !is_sunk {
            self.muted.store(true, Ordering::Release);
        }
        is_sunk && is_flushed
    }

    /// Ends the thread when the process exits. Children that still write get another reader, which first
    /// hands on what an original has not taken since the capture ended.
    pub(super) fn leave(&self) {
        if self.pid != std::process::id() || self.leaving.swap(true, Ordering::AcqRel) {
            return;
        }
        self.wake();
        let deadline = Instant::now() + PATIENCE;
        let left = self.wait(deadline, true, |progress| progress.left.is_some()).left.take();
        for (index, rest) in left.into_iter().flatten() {
            let original = self.captured[index].original();
            original.into_iter().for_each(|original| left_behind::hand_on(&rest, original));
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
        self.wake.number().into_iter().for_each(ring);
    }

    /// Where the thread hears `wake`, unless the host has closed an end of it.
    pub(super) fn bell(&self) -> Option<RawFd> {
        self.wake.number().and(self.woken.number())
    }

    /// Waits for the thread until `deadline`, and longer at exit if it waits for an original's reader.
    fn wait(
        &self,
        deadline: Instant,
        at_exit: bool,
        is_done: impl Fn(&Progress) -> bool,
    ) -> MutexGuard<'_, Progress> {
        let mut progress = lock(&self.progress);
        while !is_done(&progress) {
            let is_held_up = progress.is_sunk && !progress.is_passed;
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() && !(at_exit && is_held_up) {
                break;
            }
            let left = if left.is_zero() { PATIENCE } else { left };
            let waited = self.changed.wait_timeout(progress, left);
            progress = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        progress
    }

    pub(super) fn tell(&self, tell: impl FnOnce(&mut Progress)) {
        tell(&mut lock(&self.progress));
        self.changed.notify_all();
    }
}
