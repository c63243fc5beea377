//! The thread that hands on what the captured streams get, and gives its lines to the sink.

use std::io;
use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::descriptor::{WRITE_MAX, available, is_ended, is_writable, write};
use super::left_behind::Rest;
use super::screen::Screen;
use super::session::Session;
use super::{CAPTURING, SESSIONS, Sink, release};
use crate::base::descriptor::OurDescriptor;
use crate::base::registry::Slot;
use crate::base::sync::lock;

/// The most that one read takes.
const READ_MAX: usize = 64 << 10;
/// While so much waits for the original's reader, nothing more is read.
const WAITING_MAX: usize = 256 << 10;
/// The same once the capture is being ended, which waits for threads of the host that print.
const ENDING_MAX: usize = 16 << 20;
/// How often it is looked whether there is something to do, when the host has closed what would tell.
const DEAF: Duration = Duration::from_millis(20);

/// The data of the thread.
pub(super) struct Relay {
    session: Arc<Session>,
    /// In the order of `session.captured`.
    taps: Vec<Tap>,
    /// None once the capture has ended.
    sink: Option<Sink>,
}

/// The reading end of a stream.
pub(super) struct Tap {
    /// None once nobody can write there any more, or the host has closed it for good.
    pipe: Option<OurDescriptor>,
    /// Bytes that the original has not taken yet.
    waiting: Vec<u8>,
    /// True if children wait until the original takes more.
    is_held_up: bool,
    screen: Screen,
}

impl Tap {
    /// A tap at the reading end of a pipe.
    pub(super) fn new(pipe: OurDescriptor) -> Self {
        Self { pipe: Some(pipe), waiting: Vec::new(), is_held_up: false, screen: Screen::default() }
    }
}

impl Relay {
    /// The part of the thread in a session, with a tap for each stream that it captures.
    pub(super) fn new(session: Arc<Session>, taps: Vec<Tap>) -> Self {
        Self { session, taps, sink: None }
    }

    /// Passes on until the capture ends and, where children still write into its pipes, until they end or
    /// the process exits.
    pub(super) fn run(mut self, sink: Sink) {
        self.sink = Some(sink);
        let session = Arc::clone(&self.session);
        let shown = Shown::to_handlers(&session);
        // Told whatever happens: an exit waits for it.
        let _ended = Ended(&session);
        let mut buffer = vec![0; READ_MAX];
        let (mut capturing, mut is_passed) = (true, false);
        session.tell(|progress| progress.is_listening = true);
        loop {
            let [is_woken, readable @ ..] = self.wait(capturing);
            if is_woken {
                self.hear();
            }
            if capturing {
                self.hurry(&mut buffer);
            }
            if capturing && session.is_over.load(Ordering::Acquire) {
                (0..self.taps.len()).for_each(|index| self.drain(index, &mut buffer));
                (capturing, self.sink) = (false, None);
                session.caught_up.store(u32::MAX, Ordering::Release);
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
                self.release();
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
            pipe: tap.pipe.take().filter(|pipe| pipe.number().is_some_and(|pipe| !is_ended(pipe))),
            waiting: std::mem::take(&mut tap.waiting),
        };
        let left = self.taps.iter_mut().map(rest).enumerate();
        let left = left.filter(|(_, rest)| rest.pipe.is_some() || !rest.waiting.is_empty()).collect();
        session.tell(|progress| progress.left = Some(left));
        drop(shown);
    }

    /// Waits until there is something to do: whether somebody asks, and which taps to read.
    fn wait(&mut self, capturing: bool) -> [bool; 3] {
        // A descriptor of -1 is not waited for.
        let mut polled = [libc::pollfd { fd: -1, events: libc::POLLIN, revents: 0 }; 5];
        let bell = self.session.bell();
        polled[0].fd = bell.unwrap_or(-1);
        let most = match self.session.ending.load(Ordering::Acquire) {
            _ if !capturing => 0,
            false => WAITING_MAX,
            true => ENDING_MAX,
        };
        for index in 0..self.taps.len() {
            let number = self.number(index);
            let original = self.original(index);
            let tap = &self.taps[index];
            if tap.waiting.len() <= most && !tap.is_held_up {
                polled[1 + index].fd = number.unwrap_or(-1);
            }
            if !tap.waiting.is_empty() || tap.is_held_up {
                polled[3 + index].fd = original.unwrap_or(-1);
                polled[3 + index].events = libc::POLLOUT;
            }
        }
        let due = self.taps.iter().filter_map(|tap| tap.screen.due()).min().filter(|_| capturing);
        let due = due.map(|due| due.saturating_duration_since(Instant::now()) + Duration::from_millis(1));
        let due = if bell.is_some() { due } else { Some(due.unwrap_or(DEAF).min(DEAF)) };
        let patience =
            due.map_or(-1, |due| libc::c_int::try_from(due.as_millis()).unwrap_or(libc::c_int::MAX));
        // SAFETY: five entries of our own.
        if unsafe { libc::poll(polled.as_mut_ptr(), 5, patience) } < 0 {
            // Interrupted, or the kernel is out of memory, which must not make this spin.
            std::thread::sleep(Duration::from_millis(1));
            return [false; 3];
        }
        let readable = |index: usize| polled[1 + index].revents != 0 || polled[3 + index].revents != 0;
        [polled[0].revents != 0, readable(0), readable(1)]
    }

    /// The number of a tap. One that the host has closed is opened again, or else its stream is given back.
    fn number(&mut self, index: usize) -> Option<RawFd> {
        let captured = &self.session.captured[index];
        let pipe = self.taps[index].pipe.as_ref()?;
        let number = pipe.number().or_else(|| captured.open_again(pipe));
        if number.is_none() {
            captured.put_back();
            self.session.is_cut.store(true, Ordering::Release);
            self.taps[index].pipe = None;
        }
        number
    }

    /// The number of an original. Where it is lost, so is what waits for it.
    fn original(&mut self, index: usize) -> Option<RawFd> {
        let original = self.session.captured[index].original();
        let tap = &mut self.taps[index];
        if original.is_none() && (!tap.waiting.is_empty() || tap.is_held_up) {
            tap.waiting = Vec::new();
            tap.is_held_up = false;
            self.session.is_cut.store(true, Ordering::Release);
        }
        original
    }

    /// Takes the bytes that woke this thread.
    fn hear(&self) {
        let Some(bell) = self.session.bell() else { return };
        let mut bytes = [0u8; 16];
        // SAFETY: a descriptor of ours that does not block, into a buffer of that length.
        let _ = unsafe { libc::read(bell, bytes.as_mut_ptr().cast(), bytes.len()) };
    }

    /// Gives the sink what is in the pipes, half lines too, where a signal handler waits for that.
    fn hurry(&mut self, buffer: &mut [u8]) {
        let hurried = self.session.hurried.load(Ordering::Acquire);
        if hurried != self.session.caught_up.load(Ordering::Relaxed) {
            (0..self.taps.len()).for_each(|index| self.drain(index, buffer));
            self.session.caught_up.store(hurried, Ordering::Release);
        }
    }

    /// Reads what the stream held when the capture ended; a child may go on writing for ever.
    fn drain(&mut self, index: usize, buffer: &mut [u8]) {
        let mut left = self.number(index).map_or(0, available);
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
        let is_file = self.session.captured[index].is_file;
        let is_held_up = !is_file && self.original(index).is_some_and(|original| !is_writable(original));
        self.taps[index].is_held_up = is_held_up;
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
        let Some(pipe) = self.number(index) else {
            return 0;
        };
        // SAFETY: a descriptor of ours, into a buffer of that length.
        let size = unsafe { libc::read(pipe, buffer.as_mut_ptr().cast(), buffer.len()) };
        let is_later =
            size < 0 && matches!(io::Error::last_os_error().raw_os_error(), Some(libc::EAGAIN | libc::EINTR));
        if size <= 0 && !is_later {
            self.taps[index].pipe = None;
        }
        usize::try_from(size).unwrap_or(0)
    }

    /// Writes to the original what it takes now; what it refuses is gone. False if its reader has gone.
    fn pass_on(&mut self, index: usize) -> bool {
        let is_file = self.session.captured[index].is_file;
        let mut done = 0;
        while done < self.taps[index].waiting.len() {
            let original = self.original(index).filter(|original| is_file || is_writable(*original));
            let Some(original) = original else { break };
            let bytes = &self.taps[index].waiting[done..];
            let most = if is_file { bytes.len() } else { bytes.len().min(WRITE_MAX) };
            match write(original, &bytes[..most]).map_err(|error| error.raw_os_error()) {
                Ok(size) if size > 0 => done += size,
                Err(Some(libc::EINTR)) => {}
                Err(Some(libc::EAGAIN)) => {
                    std::thread::sleep(Duration::from_millis(1));
                    break;
                }
                Err(Some(libc::EPIPE)) => return false,
                _ => done = self.taps[index].waiting.len(),
            }
        }
        let waiting = &mut self.taps[index].waiting;
        waiting.drain(..done.min(waiting.len()));
        true
    }

    /// The original's reader has gone: the host's next write is to fail as it would without us. (The
    /// signal that comes with it is blocked in this thread.)
    fn lose(&mut self, index: usize) {
        let pipe = self.taps[index].pipe.take();
        self.taps[index].waiting = Vec::new();
        self.taps[index].is_held_up = false;
        let Some(pipe) = pipe.filter(|_| self.sink.is_some()) else { return };
        let Some(number) = pipe.number() else { return };
        // Its bytes were printed.
        let mut bytes = vec![0; available(number)];
        // SAFETY: a descriptor of ours that does not block, into a buffer of that length.
        let size = unsafe { libc::read(number, bytes.as_mut_ptr().cast(), bytes.len()) };
        drop(pipe);
        let mut lines = Vec::new();
        let printed = &bytes[..usize::try_from(size).unwrap_or(0)];
        self.taps[index].screen.feed(printed, Instant::now(), &mut lines);
        self.give(index, &lines);
    }

    /// Gives the lines that were to be redrawn, and were not.
    fn release(&mut self) {
        if self.taps.iter().all(|tap| tap.screen.due().is_none()) {
            return;
        }
        let now = Instant::now();
        for index in 0..self.taps.len() {
            let mut lines = Vec::new();
            self.taps[index].screen.release(now, &mut lines);
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

/// A session that signal handlers see, while this lives.
struct Shown(&'static Slot<Session, ()>, Arc<Session>);

impl Shown {
    fn to_handlers(session: &Arc<Session>) -> Self {
        let slot = CAPTURING.take();
        // SAFETY: kept until `remove` has returned true, or for good.
        unsafe { slot.show(session) };
        Self(slot, Arc::clone(session))
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if !CAPTURING.remove(self.0) {
            std::mem::forget(Arc::clone(&self.1));
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
