//! How a process ends, told truthfully: what is asked to stop it, what is left of its time, and
//! notes in the position files of its runs of what befell it, for whoever recovers them.
//!
//! A run polls `should_stop` in its loop. What makes that true is a signal that the host has asked
//! us to take, a request, or that little time is left.

mod agreed;
mod exit;
mod runs;
mod signals;

use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub use agreed::Agreed;
pub use signals::runtime;

use crate::base::signal;
use crate::base::sys::{coarse_time, real_time};
use crate::journal::Journal;
use crate::journal::position::{Note, Noted, Position};
use crate::run::{Deadline, Signals};
use runs::Run;

/// The first stop signal that this process took, as a word; 0 if none. It stays: a run that is
/// opened afterwards is told at once.
static TOLD: AtomicU64 = AtomicU64::new(0);

/// True if a capture that keeps nothing was asked to stop.
static DISABLED: AtomicBool = AtomicBool::new(false);

/// Why a run is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Signal = 1,
    Request = 2,
    Time = 3,
}

/// A run's part in the end of its process; dropped when the run has ended.
#[derive(Debug)]
pub struct Ending {
    journal: Arc<Journal>,
    run: &'static Run,
    signals: Signals,
    deadline: Deadline,
}

impl Ending {
    /// Starts to note how this process ends for a run, and returns the signals that could not be
    /// taken because the host has put handlers of its own over ours.
    pub fn begin(journal: &Arc<Journal>, signals: Signals, deadline: Deadline) -> (Self, Vec<c_int>) {
        runs::watch_forks();
        exit::watch();
        let position = journal.position();
        if let (Some(position), Some(told)) = (position, told()) {
            position.note(Note::Stop, told);
        }
        // SAFETY: the position stays while the journal does, and `drop` takes it out first.
        let run = unsafe { runs::add(journal.key(), position, deadline.stop_at()) };
        let left = signals::ask(signals);
        (Self { journal: journal.clone(), run, signals, deadline }, left)
    }

    /// Why `should_stop` has returned true, if it has.
    pub fn answered(&self) -> Option<String> {
        self.text(self.run.answered(self.journal.key())?)
    }

    /// Why `should_stop` would return true, if it would: who asks this is not told to stop.
    pub fn wish(&self) -> Option<String> {
        self.text(self.run.reason(self.journal.key())?)
    }

    fn text(&self, reason: Reason) -> Option<String> {
        match reason {
            Reason::Signal => {
                let told = told()?;
                Some(format!("{} at {}", signal::name(told.number()), told.moment().iso()))
            }
            Reason::Request => Some("requested".to_owned()),
            Reason::Time => Some(self.deadline.reason()),
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if self.journal.is_inherited() {
            // The parent's; this process has forgotten it.
            return;
        }
        signals::release(self.signals);
        if !runs::remove(self.run) {
            // A handler was left by a jump in the middle of a note: its memory stays.
            std::mem::forget(self.journal.clone());
        }
    }
}

fn told() -> Option<Noted> {
    Noted::from_word(TOLD.load(Ordering::Acquire))
}

/// Returns whether the run with this key is to stop; false if it is not open in this process. Any thread.
#[inline]
pub fn should_stop(key: u64) -> bool {
    match runs::find(key) {
        Some(run) => run.should_stop(key),
        None => key == 0 && DISABLED.load(Ordering::Acquire),
    }
}

/// Asks the run with this key to stop; false if it is not open in this process. Any thread, and
/// safe in a signal handler.
pub fn request_stop(key: u64) -> bool {
    if key == 0 {
        DISABLED.store(true, Ordering::Release);
        return true;
    }
    runs::find(key).map(|run| run.request(key)).is_some()
}

impl Run {
    #[inline]
    fn should_stop(&self, key: u64) -> bool {
        self.answered(key).is_some()
            || self.reason(key).inspect(|reason| self.answer(key, *reason as u8)).is_some()
    }

    fn answered(&self, key: u64) -> Option<Reason> {
        let code = self.answer_for(key)?;
        [Reason::Signal, Reason::Request, Reason::Time].into_iter().find(|reason| *reason as u8 == code)
    }

    #[inline]
    fn reason(&self, key: u64) -> Option<Reason> {
        if TOLD.load(Ordering::Acquire) != 0 {
            return Some(Reason::Signal);
        }
        if self.is_requested(key) {
            return Some(Reason::Request);
        }
        let stop_at = self.stop_at();
        (stop_at != Deadline::NEVER && coarse_time() >= stop_at).then_some(Reason::Time)
    }
}

/// Notes a signal that tells the process to stop. Safe in a signal handler.
fn tell_stop(signal: c_int) {
    let noted = Noted::new(signal, real_time());
    let _ = TOLD.compare_exchange(0, noted.word(), Ordering::AcqRel, Ordering::Relaxed);
    runs::each_position(|position| position.note(Note::Stop, noted));
}

/// Notes a signal that ends the process. Safe in a signal handler.
fn note_fatal(signal: c_int, address: u64) -> Noted {
    let noted = Noted::new(signal, real_time());
    runs::each_position(|position: &Position| position.note_fatal(noted, address));
    noted
}

/// Takes back a note of `note_fatal`: the process goes on. Safe in a signal handler.
fn take_back_fatal(noted: Noted) {
    runs::each_position(|position| position.take_back_fatal(noted));
}
