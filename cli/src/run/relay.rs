//! Passes on what the program prints, at once and unchanged, and hands a copy to the log's thread.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::channel::{self, Channel};
use super::keeper::Keeper;
use crate::failure::say;

/// The most that is read at once.
const PIECE: usize = 64 << 10;

/// So many bytes may wait for the log. What comes beyond is left out of it, and the program is not held up.
const WAITING_MAX: usize = 256 << 20;

/// How long after the program's end a terminal is waited for that may still have something of it, at once and in
/// all, and how much that may be at most.
const TERMINAL_QUIET: libc::c_int = 20;
const TERMINAL_PATIENCE: Duration = Duration::from_secs(2);
const TERMINAL_BYTES: usize = 128 << 10;

/// Output that was printed and waits for the log.
#[derive(Debug)]
pub struct Queue {
    /// Bytes that may wait.
    most: usize,
    state: Mutex<State>,
    changed: Condvar,
}

/// Bytes of a channel.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// The number of the channel.
    pub index: usize,
    /// How many bytes before these were left out.
    pub left_out: u64,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    pieces: VecDeque<Piece>,
    bytes: usize,
    /// By channel: how many bytes were left out since the last ones that were not.
    left_out: [u64; 2],
    open: usize,
}

/// A message to the log's thread.
#[derive(Debug)]
pub enum Taken {
    Bytes(Piece),
    /// Nothing came for a while.
    Quiet,
    /// All has come.
    End,
}

impl Queue {
    /// A queue that so many channels fill.
    pub fn new(channels: usize) -> Self {
        let state = State { open: channels, ..State::default() };
        Self { most: WAITING_MAX, state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, index: usize, bytes: &[u8]) {
        let mut state = self.lock();
        if state.bytes + bytes.len() > self.most {
            state.left_out[index] += bytes.len() as u64;
            return;
        }
        state.bytes += bytes.len();
        let left_out = std::mem::take(&mut state.left_out[index]);
        state.pieces.push_back(Piece { index, left_out, bytes: bytes.to_vec() });
        drop(state);
        self.changed.notify_one();
    }

    fn close(&self) {
        self.lock().open -= 1;
        self.changed.notify_one();
    }

    /// The next piece, waited for until `patience` is over.
    pub fn take(&self, patience: Duration) -> Taken {
        let mut state = self.lock();
        if state.pieces.is_empty() && state.open > 0 {
            let waited = self.changed.wait_timeout(state, patience);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        match state.pieces.pop_front() {
            Some(piece) => {
                state.bytes -= piece.bytes.len();
                Taken::Bytes(piece)
            }
            None if state.open > 0 => Taken::Quiet,
            // Nothing is behind what was left out last.
            None => match state.left_out.iter().position(|count| *count > 0) {
                Some(index) => {
                    let left_out = std::mem::take(&mut state.left_out[index]);
                    Taken::Bytes(Piece { index, left_out, bytes: Vec::new() })
                }
                None => Taken::End,
            },
        }
    }
}

/// The threads that pass on.
pub struct Relays {
    threads: Vec<JoinHandle<bool>>,
    /// Dropped when the program has ended.
    running: OwnedFd,
}

impl Relays {
    /// Starts a thread for each channel, and returns the ends that the program writes to. What they read goes
    /// to `queue`, too.
    pub fn start(
        channels: Vec<Channel>,
        keeper: &Arc<Keeper>,
        queue: &Arc<Queue>,
    ) -> io::Result<(Self, Vec<(RawFd, OwnedFd)>)> {
        let (ended, running) = channel::pipe()?;
        let ended = Arc::new(ended);
        let mut writers = Vec::new();
        let start = |(index, channel): (usize, Channel)| {
            writers.push((channel.number, channel.writer));
            let relay = Relay {
                index,
                number: channel.number,
                is_terminal: channel.is_terminal,
                reader: File::from(channel.reader),
                keeper: keeper.clone(),
                queue: queue.clone(),
                ended: ended.clone(),
                has_complained: false,
            };
            std::thread::Builder::new().name(format!("mlab-{index}")).spawn(move || relay.run())
        };
        let threads = channels.into_iter().enumerate().map(start).collect::<io::Result<_>>()?;
        Ok((Self { threads, running }, writers))
    }

    /// Waits until all that the program printed is passed on. False if other processes still have its
    /// streams.
    pub fn finish(self) -> bool {
        drop(self.running);
        let mut is_all = true;
        for thread in self.threads {
            is_all &= thread.join().unwrap_or(false);
        }
        is_all
    }
}

/// A thread's work.
struct Relay {
    index: usize,
    number: RawFd,
    is_terminal: bool,
    reader: File,
    keeper: Arc<Keeper>,
    queue: Arc<Queue>,
    ended: Arc<OwnedFd>,
    /// True if it was said that what is printed can't be passed on.
    has_complained: bool,
}

impl Drop for Relay {
    /// The log's thread waits for nothing more of this channel, however it ended.
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Relay {
    /// Passes on; true if nothing can come any more.
    fn run(mut self) -> bool {
        let mut piece = vec![0; PIECE];
        loop {
            match self.wait(-1) {
                // Others may go on to print for ever.
                (_, true) => return self.drain(&mut piece),
                (true, false) => {
                    if matches!(self.pass(&mut piece), Some(0) | None) {
                        return true;
                    }
                }
                (false, false) => {}
            }
        }
    }

    /// Waits for output or for the program's end, and says which of them came.
    fn wait(&self, milliseconds: libc::c_int) -> (bool, bool) {
        let wait = |fd: RawFd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut waiting = [wait(self.reader.as_raw_fd()), wait(self.ended.as_raw_fd())];
        let count = if milliseconds < 0 { 2 } else { 1 };
        // SAFETY: two structures of this function.
        unsafe { libc::poll(waiting.as_mut_ptr(), count, milliseconds) };
        (waiting[0].revents != 0, waiting[1].revents != 0)
    }

    /// Passes on what there is at the program's end; true if nothing can come any more.
    fn drain(&mut self, piece: &mut [u8]) -> bool {
        // A terminal says later than a pipe what it has.
        let (mut left, quiet) =
            if self.is_terminal { (TERMINAL_BYTES, TERMINAL_QUIET) } else { (self.waiting(), 0) };
        // Without the time that whoever reads our output takes.
        let mut waited = Duration::ZERO;
        while left > 0 && waited < TERMINAL_PATIENCE {
            let start = Instant::now();
            if !self.wait(quiet).0 {
                return false;
            }
            waited += start.elapsed();
            match self.pass(piece) {
                Some(0) | None => return true,
                Some(size) => left = left.saturating_sub(size),
            }
        }
        // Nobody else writes if this is the end.
        self.wait(0).0 && matches!(self.pass(piece), Some(0) | None)
    }

    /// How many bytes there are to read.
    fn waiting(&self) -> usize {
        let mut there: libc::c_int = 0;
        // SAFETY: the call fills the number.
        unsafe { libc::ioctl(self.reader.as_raw_fd(), libc::FIONREAD, &raw mut there) };
        usize::try_from(there).unwrap_or(0)
    }

    /// Reads once and passes it on. Returns how many bytes came, 0 at the end; none if nobody takes them.
    fn pass(&mut self, piece: &mut [u8]) -> Option<usize> {
        let size = match self.reader.read(piece) {
            Ok(size) => size,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Some(1),
            // So says a terminal that nobody writes to any more.
            Err(_) => 0,
        };
        let bytes = &piece[..size];
        let written = write_all(self.number, bytes);
        if size > 0 {
            self.queue.put(self.index, bytes);
        }
        match written {
            Ok(()) => Some(size),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                // The program learns it from its next write, as it would without us.
                self.keeper.close(self.number);
                None
            }
            // Without us the program would see that it failed, and go on; a disk may have room again later.
            Err(error) => {
                if !std::mem::replace(&mut self.has_complained, true) {
                    say(format_args!("cannot pass on what the program prints: {error}"));
                }
                Some(size)
            }
        }
    }
}

/// Writes all of `bytes` to a descriptor, also to one that does not block.
fn write_all(number: RawFd, mut bytes: &[u8]) -> io::Result<()> {
    // SAFETY: the descriptor stays open, since it is not closed here.
    let mut file =
        std::mem::ManuallyDrop::new(unsafe { <File as std::os::fd::FromRawFd>::from_raw_fd(number) });
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(size) => bytes = &bytes[size..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let mut waiting = libc::pollfd { fd: number, events: libc::POLLOUT, revents: 0 };
                // SAFETY: a structure of this function.
                unsafe { libc::poll(&raw mut waiting, 1, -1) };
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_said_where_it_was() {
        let queue = Queue { most: 10, ..Queue::new(2) };
        for bytes in [&b"step 1\n"[..], b"step 2\n", b"3\n"] {
            queue.put(0, bytes);
        }
        queue.put(1, b"xx");
        queue.close();
        queue.close();
        let mut taken = Vec::new();
        while let Taken::Bytes(Piece { index, left_out, bytes }) = queue.take(Duration::ZERO) {
            taken.push((index, left_out, String::from_utf8(bytes).unwrap()));
        }
        let expected = [(0, 0, "step 1\n"), (0, 7, "3\n"), (1, 2, "")];
        assert_eq!(taken, expected.map(|(index, left_out, bytes)| (index, left_out, bytes.to_owned())));
    }
}
