//! The open runs of this process, where a signal handler and any thread get at them without a lock.
//!
//! A key is never used again: it tells what a slot says of this run from what it said of another.

use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use crate::base::registry::{Registry, Slot, Vacant};
use crate::base::sync::MadeOnce;
use crate::journal::position::Position;

/// A run that is open, or a slot that is free.
pub type Run = Slot<Position, Words>;

/// The words of a run.
#[derive(Debug)]
#[repr(align(64))]
pub struct Words {
    /// The journal's key; 0 if there is no run.
    key: AtomicU64,
    stop_at: AtomicU64,
    /// The key of the run that was asked to stop.
    requested: AtomicU64,
    /// The key of the run that was told to stop, and why in the lowest byte.
    answered: AtomicU64,
}

static RUNS: Registry<Position, Words> = Registry::new();
/// The process that the runs are of: a child may share this memory, or have it by a fork that runs
/// no handlers.
static PROCESS: AtomicI32 = AtomicI32::new(0);

impl Vacant for Words {
    const VACANT: Self = Self {
        key: AtomicU64::new(0),
        stop_at: AtomicU64::new(0),
        requested: AtomicU64::new(0),
        answered: AtomicU64::new(0),
    };
}

impl Words {
    /// From when on the run is to stop.
    #[inline]
    pub fn stop_at(&self) -> u64 {
        self.stop_at.load(Ordering::Relaxed)
    }

    /// Asks the run with this key to stop.
    pub fn request(&self, key: u64) {
        self.requested.store(key, Ordering::Release);
    }

    /// Returns whether it was asked.
    #[inline]
    pub fn is_requested(&self, key: u64) -> bool {
        self.requested.load(Ordering::Acquire) == key
    }

    /// Keeps why the run with this key was told to stop.
    pub fn answer(&self, key: u64, reason: u8) {
        self.answered.store(key << 8 | u64::from(reason), Ordering::Release);
    }

    /// Why it was told to stop, if it was.
    #[inline]
    pub fn answer_for(&self, key: u64) -> Option<u8> {
        let answered = self.answered.load(Ordering::Acquire);
        (answered >> 8 == key).then_some(answered as u8)
    }
}

/// Adds a run of this process.
///
/// # Safety
/// `position` must stay where it is until `remove` has returned true.
pub unsafe fn add(key: u64, position: Option<&Position>, stop_at: u64) -> &'static Run {
    // SAFETY: no preconditions.
    PROCESS.store(unsafe { libc::getpid() }, Ordering::Release);
    let run = RUNS.take();
    run.stop_at.store(stop_at, Ordering::Relaxed);
    if let Some(position) = position {
        // SAFETY: the caller's.
        unsafe { run.show(position) };
    }
    run.key.store(key, Ordering::Release);
    run
}

/// Takes a run out that has ended; false if its position may still be in somebody's hands.
pub fn remove(run: &Run) -> bool {
    run.key.store(0, Ordering::Release);
    RUNS.remove(run)
}

/// The open run with this key, which must not be 0.
#[inline]
pub fn find(key: u64) -> Option<&'static Run> {
    if key == 0 {
        return None;
    }
    RUNS.slots().find(|run| run.key.load(Ordering::Acquire) == key)
}

/// Returns whether this process is the one that the runs are of, not a child of it. Safe in a signal handler.
pub fn are_ours() -> bool {
    // SAFETY: no preconditions.
    PROCESS.load(Ordering::Acquire) == unsafe { libc::getpid() }
}

/// Calls `body` with the position of every open run of this process. Safe in a signal handler, if
/// `body` is.
pub fn each_position(body: impl Fn(&Position)) {
    if are_ours() {
        RUNS.each(body);
    }
}

/// Makes a forked child forget its parent's runs.
pub fn watch_forks() {
    static WATCHED: MadeOnce<()> = MadeOnce::new();
    // SAFETY: the handler touches atomics only.
    WATCHED.get_or_init(|| unsafe {
        libc::pthread_atfork(None, None, Some(forget));
    });
}

unsafe extern "C" fn forget() {
    for run in RUNS.slots() {
        run.key.store(0, Ordering::Relaxed);
        run.forget();
    }
    RUNS.forget_readers();
    super::TOLD.store(0, Ordering::Relaxed);
    super::DISABLED.store(false, Ordering::Relaxed);
    super::signals::forget();
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::journal::position::{Note, Noted};

    #[test]
    fn positions_are_seen_while_their_runs_are_there() {
        // Other tests' runs are in the table too, under keys of journals, which begin at 1.
        let key = 1 << 30;
        let go_on = AtomicBool::new(true);
        let noted = Noted::new(3, 5000);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while go_on.load(Ordering::Relaxed) {
                    each_position(|position| position.note(Note::Exit, noted));
                }
            });
            for round in 0..50 {
                let positions: Vec<_> = (0..20).map(|_| Position::in_memory()).collect();
                let add = |(index, position)| {
                    // SAFETY: all are removed before the positions go.
                    unsafe { add(key + round * 100 + index, Some(position), 7) }
                };
                let runs: Vec<_> = (0..).zip(&positions).map(add).collect();
                assert!(std::ptr::eq(find(key + round * 100 + 19).unwrap(), runs[19]));
                each_position(|position| position.note(Note::Exit, noted));
                assert!(positions.iter().all(|position| position.noted(Note::Exit) == Some(noted)));
                runs[3].request(key + round * 100 + 3);
                runs[4].answer(key + round * 100 + 4, 2);
                for (index, run) in (0..).zip(&runs) {
                    let key = key + round * 100 + index;
                    assert_eq!(
                        (run.is_requested(key), run.answer_for(key).is_some()),
                        (index == 3, index == 4)
                    );
                    assert_eq!(run.stop_at(), 7);
                    // Whoever notes may be without a processor for longer than `remove` waits.
                    while !remove(run) {}
                    assert!(find(key).is_none());
                }
            }
            go_on.store(false, Ordering::Relaxed);
        });
    }
}
