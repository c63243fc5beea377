//! The open runs of this process, where a signal handler and any thread get at them without a lock.
//!
//! Entries are never freed, only used again, so that an entry that was found may be read at any
//! time. What it tells of another run is known by the key, which is never used again.
//!
//! A position is memory that goes when its run has ended, so whoever reads one says so first: it
//! counts itself in `READERS` and then loads the pointer, while `remove` clears the pointer and then
//! waits for the count to be zero. All four are sequentially consistent, so either the reader sees
//! no pointer, or `remove` sees the reader.

use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::journal::position::Position;

/// How long the end of a run waits for handlers, which only store a few words.
const PATIENCE: Duration = Duration::from_secs(1);

/// A run that is open, or an entry that is free.
#[derive(Debug)]
#[repr(align(64))]
pub struct Run {
    taken: AtomicBool,
    /// The journal's key; 0 if there is no run.
    key: AtomicU64,
    position: AtomicPtr<Position>,
    stop_at: AtomicU64,
    /// The key of the run that was asked to stop.
    requested: AtomicU64,
    /// The key of the run that was told to stop, and why in the lowest byte.
    answered: AtomicU64,
}

struct Chunk {
    runs: [Run; 16],
    next: AtomicPtr<Chunk>,
}

static FIRST: Chunk = Chunk::new();
static READERS: AtomicUsize = AtomicUsize::new(0);
/// The process that the runs are of: a child may share this memory, or have it by a fork that runs
/// no handlers.
static PROCESS: AtomicI32 = AtomicI32::new(0);

impl Chunk {
    const fn new() -> Self {
        Self { runs: [const { Run::new() }; 16], next: AtomicPtr::new(ptr::null_mut()) }
    }

    fn next(&self) -> Option<&'static Chunk> {
        // SAFETY: NULL, or leaked by `grow`.
        unsafe { self.next.load(Ordering::Acquire).as_ref() }
    }

    /// The chunk after the last one.
    fn grow(&self) -> &'static Chunk {
        let fresh = Box::into_raw(Box::new(Chunk::new()));
        let put = self.next.compare_exchange(ptr::null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire);
        // SAFETY: leaked, or another thread's that is; then nobody has seen ours.
        unsafe {
            match put {
                Ok(_) => &*fresh,
                Err(other) => {
                    drop(Box::from_raw(fresh));
                    &*other
                }
            }
        }
    }
}

impl Run {
    const fn new() -> Self {
        Self {
            taken: AtomicBool::new(false),
            key: AtomicU64::new(0),
            position: AtomicPtr::new(ptr::null_mut()),
            stop_at: AtomicU64::new(0),
            requested: AtomicU64::new(0),
            answered: AtomicU64::new(0),
        }
    }

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
    let mut chunk = &FIRST;
    let run = loop {
        let free = chunk.runs.iter().find(|run| {
            run.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
        });
        match free {
            Some(run) => break run,
            None => chunk = chunk.next().unwrap_or_else(|| chunk.grow()),
        }
    };
    run.stop_at.store(stop_at, Ordering::Relaxed);
    let position = position.map_or(ptr::null(), ptr::from_ref);
    run.position.store(position.cast_mut(), Ordering::SeqCst);
    run.key.store(key, Ordering::Release);
    run
}

/// Takes a run out that has ended; false if its position may still be in somebody's hands.
pub fn remove(run: &Run) -> bool {
    run.key.store(0, Ordering::Release);
    run.position.store(ptr::null_mut(), Ordering::SeqCst);
    let start = Instant::now();
    while READERS.load(Ordering::SeqCst) != 0 {
        if start.elapsed() > PATIENCE {
            // Nobody gets this entry any more.
            return false;
        }
        std::thread::yield_now();
    }
    run.taken.store(false, Ordering::Release);
    true
}

/// The open run with this key, which must not be 0.
#[inline]
pub fn find(key: u64) -> Option<&'static Run> {
    if key == 0 {
        return None;
    }
    let mut chunk = &FIRST;
    loop {
        for run in &chunk.runs {
            if run.key.load(Ordering::Acquire) == key {
                return Some(run);
            }
        }
        chunk = chunk.next()?;
    }
}

/// Returns whether this process is the one that the runs are of, not a child of it. Safe in a signal handler.
pub fn are_ours() -> bool {
    // SAFETY: no preconditions.
    PROCESS.load(Ordering::Acquire) == unsafe { libc::getpid() }
}

/// Calls `body` with the position of every open run of this process. Safe in a signal handler, if
/// `body` is.
pub fn each_position(body: impl Fn(&Position)) {
    if !are_ours() {
        return;
    }
    READERS.fetch_add(1, Ordering::SeqCst);
    let mut chunk = Some(&FIRST);
    while let Some(of) = chunk {
        for run in &of.runs {
            // SAFETY: see the top of this file.
            if let Some(position) = unsafe { run.position.load(Ordering::SeqCst).as_ref() } {
                body(position);
            }
        }
        chunk = of.next();
    }
    READERS.fetch_sub(1, Ordering::SeqCst);
}

/// Makes a forked child forget its parent's runs.
pub fn watch_forks() {
    static ONCE: Once = Once::new();
    // SAFETY: the handler touches atomics only.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(forget));
    });
}

unsafe extern "C" fn forget() {
    let mut chunk = Some(&FIRST);
    while let Some(of) = chunk {
        for run in &of.runs {
            run.key.store(0, Ordering::Relaxed);
            run.position.store(ptr::null_mut(), Ordering::Relaxed);
            run.taken.store(false, Ordering::Relaxed);
        }
        chunk = of.next();
    }
    // Of threads that the child does not have.
    READERS.store(0, Ordering::SeqCst);
    super::TOLD.store(0, Ordering::Relaxed);
    super::DISABLED.store(false, Ordering::Relaxed);
    super::signals::forget();
}

#[cfg(test)]
mod tests {
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
                    assert!(remove(run));
                    assert!(find(key).is_none());
                }
            }
            go_on.store(false, Ordering::Relaxed);
        });
    }
}
