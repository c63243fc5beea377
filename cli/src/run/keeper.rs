//! A small process that keeps the program's output flowing when `mlab` is killed, or when processes of the
//! program outlive it.
//!
//! It holds the ends of the pipes that `mlab` reads, so that nobody who writes gets SIGPIPE, and does
//! nothing but to tell `mlab` of signals that it gets: it is in the process group of `mlab` and of the program,
//! so that a signal which it gets from the same sender as `mlab` was sent to the group, and the program has
//! it. When `mlab` has gone without a word, it reads them itself and writes to where `mlab` wrote to.
//! It is forked before `mlab` has threads, and makes system calls only.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use super::channel::{self, Channel};

/// Orders to the keeper: one stream has no reader any more, or all is done.
const CLOSE: u8 = b'0';
const DONE: u8 = b'd';

/// The most that it reads at once.
const PIECE: usize = 32 << 10;

/// The keeper, as `mlab` sees it. Dropped, it takes over.
#[derive(Debug)]
pub struct Keeper {
    pid: libc::pid_t,
    control: OwnedFd,
    heard: OwnedFd,
}

/// A signal that came, and who sent it.
type Heard = [i32; 2];

/// So long a signal to the whole group may take to get to the keeper after it has come to `mlab`.
const GROUP_PATIENCE: libc::c_int = 100;

impl Keeper {
    /// Starts the keeper of these channels. The process must have one thread.
    pub fn start(channels: &[Channel]) -> io::Result<Self> {
        let (listening, control) = channel::pipe()?;
        let (heard, telling) = channel::pipe()?;
        // A signal that finds no room in the pipe is left out: nobody waits for a reader.
        // SAFETY: sets a flag of a descriptor that is ours.
        unsafe { libc::fcntl(telling.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
        let streams =
            |index: usize| channels.get(index).map_or((-1, -1), |c| (c.reader.as_raw_fd(), c.number));
        let streams = [streams(0), streams(1)];
        // SAFETY: the process has one thread, so that the child may go on with all it has.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => keep(streams, listening.as_raw_fd(), telling.as_raw_fd()),
            pid => Ok(Self { pid, control, heard }),
        }
    }

    /// Its process.
    pub fn pid(&self) -> libc::pid_t {
        self.pid
    }

    /// Returns true if the signal `number` of `sender` has come to the whole process group.
    pub fn was_of_group(&self, number: i32, sender: libc::pid_t) -> bool {
        let mut waiting = libc::pollfd { fd: self.heard.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let mut heard: Heard = [0; 2];
        let size = size_of::<Heard>();
        // Others may be there from earlier.
        while heard != [number, sender] {
            // SAFETY: the structures of this function; a pipe has whole ones, since they are written whole.
            let is_read = unsafe {
                libc::poll(&raw mut waiting, 1, GROUP_PATIENCE) == 1
                    && libc::read(self.heard.as_raw_fd(), heard.as_mut_ptr().cast(), size) == size as isize
            };
            if !is_read {
                return false;
            }
        }
        true
    }

    /// Says that nobody reads our stream `number` any more: the program is to notice.
    pub fn close(&self, number: RawFd) {
        self.order(CLOSE + u8::try_from(number).unwrap_or(0));
    }

    /// Ends it. Everything has been passed on.
    pub fn dismiss(&self) {
        self.order(DONE);
        // SAFETY: waits for a child of ours. It may have been waited for: that is no harm.
        unsafe { libc::waitpid(self.pid, std::ptr::null_mut(), 0) };
    }

    fn order(&self, order: u8) {
        // SAFETY: writes one byte. A keeper that was killed is none: SIGPIPE is ignored here.
        unsafe { libc::write(self.control.as_raw_fd(), (&raw const order).cast(), 1) };
    }
}

/// The life of the keeper: `streams` are what to read, and where that goes.
fn keep(mut streams: [(RawFd, RawFd); 2], listening: RawFd, telling: RawFd) -> ! {
    // SAFETY: system calls of a process of one thread, on descriptors and memory of its own.
    unsafe {
        let mut all = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &all, std::ptr::null_mut());
        libc::prctl(libc::PR_SET_NAME, c"mlab-keeper".as_ptr());
        close_others(streams, &[listening, telling]);
        let signals = libc::signalfd(-1, &all, libc::SFD_CLOEXEC);
        let wait = |fd: RawFd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        loop {
            let mut waiting = [wait(listening), wait(signals)];
            libc::poll(waiting.as_mut_ptr(), 2, -1);
            if waiting[1].revents != 0 {
                tell(signals, telling);
            }
            if waiting[0].revents == 0 {
                continue;
            }
            let mut order = 0u8;
            match libc::read(listening, (&raw mut order).cast(), 1) {
                1 if order == DONE => libc::_exit(0),
                1 => close(&mut streams, RawFd::from(order - CLOSE)),
                -1 if *libc::__errno_location() == libc::EINTR => {}
                _ => break,
            }
        }
        libc::close(signals);
        libc::close(telling);
    }
    while streams.iter().any(|(from, _)| *from >= 0) {
        pass(&mut streams);
    }
    // SAFETY: ends this process, and runs nothing that `mlab` has for its own end.
    unsafe { libc::_exit(0) }
}

/// Takes a signal, and tells `mlab` of it.
///
/// # Safety
/// Both must be descriptors of this process.
unsafe fn tell(signals: RawFd, telling: RawFd) {
    // SAFETY: a structure of this function; what the caller says.
    unsafe {
        let mut came: libc::signalfd_siginfo = std::mem::zeroed();
        let size = size_of::<libc::signalfd_siginfo>();
        if libc::read(signals, (&raw mut came).cast(), size) == size as isize {
            let heard: Heard = [came.ssi_signo as i32, came.ssi_pid as i32];
            libc::write(telling, heard.as_ptr().cast(), size_of::<Heard>());
        }
    }
}

/// Closes all that a keeper does not need: others may wait for its end.
///
/// # Safety
/// Nothing else of this process may use what is closed.
unsafe fn close_others(streams: [(RawFd, RawFd); 2], kept: &[RawFd]) {
    for number in 0..=256 {
        let is_used = streams.iter().any(|(from, to)| *from == number || (*from >= 0 && *to == number));
        if !kept.contains(&number) && !is_used {
            // SAFETY: what the caller says.
            unsafe { libc::close(number) };
        }
    }
}

fn close(streams: &mut [(RawFd, RawFd); 2], number: RawFd) {
    for (from, to) in streams.iter_mut().filter(|(from, to)| *from >= 0 && *to == number) {
        // SAFETY: the descriptors are this process's.
        unsafe {
            libc::close(*from);
            libc::close(*to);
        }
        *from = -1;
    }
}

/// Waits for output, and passes on what there is.
fn pass(streams: &mut [(RawFd, RawFd); 2]) {
    let wait = |(fd, _): (RawFd, RawFd)| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let mut waiting = [wait(streams[0]), wait(streams[1])];
    // SAFETY: two structures of this function.
    unsafe { libc::poll(waiting.as_mut_ptr(), 2, -1) };
    for waited in waiting.iter().filter(|waited| waited.revents != 0) {
        let Some(&(from, to)) = streams.iter().find(|(from, _)| *from == waited.fd) else { continue };
        let mut piece = [0u8; PIECE];
        // SAFETY: reads into the buffer of this function at most as much as it takes.
        let size = unsafe { libc::read(from, piece.as_mut_ptr().cast(), PIECE) };
        let is_there = usize::try_from(size).is_ok_and(|size| size > 0 && write_all(to, &piece[..size]));
        // SAFETY: the number of this thread's last error.
        let is_interrupted = size < 0 && unsafe { *libc::__errno_location() } == libc::EINTR;
        if !is_there && !is_interrupted {
            close(streams, to);
        }
    }
}

/// Writes all of `bytes`; false if nobody takes them any more. A full disk may have room again later.
fn write_all(to: RawFd, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        // SAFETY: writes from a slice.
        let size = unsafe { libc::write(to, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(size) {
            Ok(size) => bytes = &bytes[size..],
            // SAFETY: the number of this thread's last error.
            Err(_) => match unsafe { *libc::__errno_location() } {
                libc::EINTR => {}
                libc::EAGAIN => {
                    let mut waiting = libc::pollfd { fd: to, events: libc::POLLOUT, revents: 0 };
                    // SAFETY: a structure of this function.
                    unsafe { libc::poll(&raw mut waiting, 1, -1) };
                }
                error => return error != libc::EPIPE,
            },
        }
    }
    true
}
