//! Where the store stood when it was last brought up to date, where a kill can't take it.
//!
//! A log that is taken over must repeat no line and skip none, so its length and the number of the
//! first line that is not in it belong together. They are written to the one of two slots that is
//! not in force, which a single store then puts in force: a kill in between leaves the other.

use std::ffi::c_int;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::MmapRaw;

use crate::base::clock::Moment;
use crate::base::error::{Error, Result};
use crate::base::file;
use crate::base::sys;

const MAGIC: u64 = u64::from_le_bytes(*b"MLABPOS1");
const SIZE: usize = 4096;

/// Words of the file.
const IN_FORCE: usize = 1;
const SLOTS: usize = 2;
const BEAT: usize = 6;
const COMPLETE: usize = 7;
const LOG_START: usize = 8;
/// Checks of the two slots and of the start.
const CHECKS: usize = 9;

/// What says that the store has everything: no flipped bit makes it.
const DONE: u64 = u64::from_le_bytes(*b"MLABDONE");

/// A check of damage to a length and a number, which are zero where they were never written.
fn check(logged: Logged) -> u64 {
    let mixed = logged.length.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ logged.next.rotate_left(32);
    mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(29) | 1
}
const ADDRESS: usize = 19;

/// The position of a journal.
#[derive(Debug)]
pub struct Position(MmapRaw);

/// How far the run's log had got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    /// Bytes of the log file.
    pub length: u64,
    /// The number of the first record that is not in it.
    pub next: u64,
}

/// What befell the process, each in a word of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// It took a signal that ends a process.
    Fatal = 16,
    /// It took a signal that tells it to stop, and went on.
    Stop = 17,
    /// It called exit: the status.
    Exit = 18,
    /// It ended its run, but could not write that down: how, as `Status::number` has it.
    End = 20,
}

/// The number and the time of a note as one word, so that none is ever seen half. 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted(u64);

impl Noted {
    /// A note of `number`, of which the lowest eight bits count, at `nanos` since the epoch.
    pub fn new(number: c_int, nanos: u64) -> Self {
        Self((nanos / 1000) << 8 | u64::from(number as u8))
    }

    /// The note of this word, if it is one.
    pub fn from_word(word: u64) -> Option<Self> {
        (word != 0).then_some(Self(word))
    }

    /// The word.
    pub fn word(self) -> u64 {
        self.0
    }

    /// The signal or status.
    pub fn number(self) -> c_int {
        c_int::from(self.0 as u8)
    }

    /// When it was.
    pub fn moment(self) -> Moment {
        Moment::from_nanos((self.0 >> 8).saturating_mul(1000))
    }
}

impl Position {
    /// Makes a position in `directory`.
    ///
    /// # Errors
    /// When its file can't be had.
    pub fn create(directory: &Path) -> Result<Self> {
        let path = directory.join("position");
        let file = file::create_new(&path).map_err(|source| Error::io("create", &path, &source))?;
        sys::allocate(&file, SIZE as u64).map_err(|source| Error::io("allocate", &path, &source))?;
        let map = MmapRaw::map_raw(&file).map_err(|source| Error::io("map", &path, &source))?;
        let position = Self(map);
        position.word(0).store(MAGIC, Ordering::Release);
        Ok(position)
    }

    /// The position that a dead process left, if there is one.
    ///
    /// # Errors
    /// When it can't be read for the moment.
    pub fn open(directory: &Path) -> Result<Option<Self>> {
        let path = directory.join("position");
        let file = match file::open(&path) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|source| Error::io("open", &path, &source))?,
        };
        let metadata = file.metadata().map_err(|source| Error::io("look at", &path, &source))?;
        if metadata.len() < SIZE as u64 {
            return Ok(None);
        }
        let position = Self(MmapRaw::map_raw(&file).map_err(|source| Error::io("map", &path, &source))?);
        Ok((position.word(0).load(Ordering::Acquire) == MAGIC).then_some(position))
    }

    fn word(&self, index: usize) -> &AtomicU64 {
        // SAFETY: within the page, aligned, and only ever accessed as atomics.
        unsafe { &*self.0.as_mut_ptr().cast::<AtomicU64>().add(index) }
    }

    /// Says how long the log was before this journal's first line.
    pub fn set_start(&self, length: u64) {
        self.word(LOG_START).store(length, Ordering::Relaxed);
        self.word(CHECKS + 2).store(check(Logged { length, next: 0 }), Ordering::Relaxed);
        self.set_logged(Logged { length, next: 0 });
    }

    /// Where the log has what comes from this journal, unless that is damaged.
    pub fn start(&self) -> Option<Logged> {
        let start = Logged { length: self.word(LOG_START).load(Ordering::Relaxed), next: 0 };
        (self.word(CHECKS + 2).load(Ordering::Relaxed) == check(start)).then_some(start)
    }

    /// Says how far the log has got. One thread writes.
    pub fn set_logged(&self, logged: Logged) {
        let other = 1 - (self.word(IN_FORCE).load(Ordering::Relaxed) & 1);
        let slot = SLOTS + 2 * other as usize;
        self.word(slot).store(logged.length, Ordering::Relaxed);
        self.word(slot + 1).store(logged.next, Ordering::Relaxed);
        self.word(CHECKS + other as usize).store(check(logged), Ordering::Relaxed);
        self.word(IN_FORCE).store(other, Ordering::Release);
    }

    /// How far the log had got: what is in force, or where that is damaged, something earlier.
    pub fn logged(&self) -> Option<Logged> {
        let slot = |slot: usize| {
            let word = |index: usize| self.word(index).load(Ordering::Relaxed);
            let logged = Logged { length: word(SLOTS + 2 * slot), next: word(SLOTS + 2 * slot + 1) };
            (word(CHECKS + slot) == check(logged)).then_some(logged)
        };
        let in_force = (self.word(IN_FORCE).load(Ordering::Acquire) & 1) as usize;
        slot(in_force).or_else(|| slot(1 - in_force)).or_else(|| self.start())
    }

    /// Says that the writer was alive at `time`, in nanoseconds since the epoch.
    pub fn beat(&self, time: u64) {
        self.word(BEAT).store(time, Ordering::Relaxed);
    }

    /// When the writer was last known to be alive; 0 if never.
    pub fn last_beat(&self) -> u64 {
        self.word(BEAT).load(Ordering::Relaxed)
    }

    /// Gives the file back; nobody needs what it holds. It is used, but by who knows no better.
    pub fn retire(&self) {
        // SAFETY: the whole mapping; words of it may still be read and written, as zeros.
        unsafe { sys::forget_mapping(self.0.as_mut_ptr(), self.0.len()) };
    }

    /// Says that the store has everything: what is left of the journal may go.
    pub fn complete(&self) {
        self.word(COMPLETE).store(DONE, Ordering::Release);
    }

    /// Whether the store has everything.
    pub fn is_complete(&self) -> bool {
        self.word(COMPLETE).load(Ordering::Acquire) == DONE
    }

    /// Notes what befalls the process. Safe in a signal handler, as are the two below.
    pub fn note(&self, what: Note, noted: Noted) {
        self.word(what as usize).store(noted.0, Ordering::Relaxed);
    }

    /// Notes a fatal signal, and the address of the fault or 0; the first one counts.
    pub fn note_fatal(&self, noted: Noted, address: u64) {
        let word = self.word(Note::Fatal as usize);
        if word.compare_exchange(0, noted.0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.word(ADDRESS).store(address, Ordering::Relaxed);
        }
    }

    /// Takes back what was noted of a signal that the process survived.
    pub fn take_back_fatal(&self, noted: Noted) {
        let word = self.word(Note::Fatal as usize);
        let _ = word.compare_exchange(noted.0, 0, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// What was noted.
    pub fn noted(&self, what: Note) -> Option<Noted> {
        Noted::from_word(self.word(what as usize).load(Ordering::Relaxed))
    }

    /// The address of the fault that the fatal signal told of; 0 if it told of none.
    pub fn fault_address(&self) -> u64 {
        self.word(ADDRESS).load(Ordering::Relaxed)
    }
}

#[cfg(test)]
impl Position {
    /// One without a file.
    pub fn in_memory() -> Self {
        Self(memmap2::MmapMut::map_anon(SIZE).unwrap().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_whole_and_a_survived_signal_is_taken_back() {
        let directory = tempfile::tempdir().unwrap();
        let position = Position::create(directory.path()).unwrap();
        assert!([Note::Fatal, Note::Stop, Note::Exit].iter().all(|what| position.noted(*what).is_none()));
        let nanos = Moment::now().nanos() / 1000 * 1000;
        let first = Noted::new(libc::SIGSEGV, nanos);
        position.note_fatal(first, 8);
        position.note_fatal(Noted::new(libc::SIGABRT, nanos + 5000), 9);
        position.note(Note::Exit, Noted::new(0x103, nanos));
        let other = Position::open(directory.path()).unwrap().unwrap();
        assert_eq!((other.noted(Note::Fatal), other.fault_address()), (Some(first), 8));
        assert_eq!((first.number(), first.moment().nanos()), (libc::SIGSEGV, nanos));
        assert_eq!(other.noted(Note::Exit).unwrap().number(), 3);
        position.take_back_fatal(Noted::new(libc::SIGABRT, nanos));
        assert_eq!(other.noted(Note::Fatal), Some(first));
        position.take_back_fatal(first);
        assert_eq!(other.noted(Note::Fatal), None);
    }

    #[test]
    fn the_last_position_is_in_force() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Position::open(directory.path()).unwrap().is_none());
        let position = Position::create(directory.path()).unwrap();
        position.set_start(50);
        assert_eq!(position.logged(), Some(Logged { length: 50, next: 0 }));
        for step in 1..5 {
            let logged = Logged { length: step * 100, next: step };
            position.set_logged(logged);
            assert_eq!(Position::open(directory.path()).unwrap().unwrap().logged(), Some(logged));
        }
        position.beat(7);
        position.complete();
        let other = Position::open(directory.path()).unwrap().unwrap();
        assert_eq!(other.start().unwrap().length, 50);
        assert!(other.is_complete() && other.last_beat() == 7);
        // Damage to what is in force leaves what was before, and then the start.
        for (word, left) in [(SLOTS + 2, Some((300, 3))), (SLOTS + 1, Some((50, 0))), (LOG_START, None)] {
            other.word(word).fetch_xor(1 << 40, Ordering::Relaxed);
            assert_eq!(other.logged().map(|logged| (logged.length, logged.next)), left);
        }
        std::fs::write(directory.path().join("position"), b"short").unwrap();
        assert!(Position::open(directory.path()).unwrap().is_none());
    }
}
