//! The pages that this process holds, where a forked child and the end of the process get at them
//! without a lock.

use std::sync::Once;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::position::Page;
use crate::base::registry::{Registry, Slot};

/// How long the exit of a process waits for a recovery beside it, which goes on where the last one was.
const EXIT: Duration = Duration::from_millis(50);

/// How long it waits at most until such a recovery has saved how far it is.
const LONGEST_EXIT: Duration = Duration::from_millis(150);

/// A page that is held, or a slot that is free.
pub(super) type Entry = Slot<Page, ()>;

static PAGES: Registry<Page, ()> = Registry::new();

/// Adds a page.
///
/// # Safety
/// The page must stay where it is until `remove` has returned true.
pub(super) unsafe fn add(page: &Page) -> &'static Entry {
    let entry = PAGES.take();
    // SAFETY: the caller's.
    unsafe { entry.show(page) };
    entry
}

/// Takes a page out; false if it may still be in somebody's hands.
pub(super) fn remove(entry: &Entry) -> bool {
    PAGES.remove(entry)
}

/// Forks of this process that have begun, and those that have ended.
static BEGUN: AtomicU64 = AtomicU64::new(0);
static ENDED: AtomicU64 = AtomicU64::new(0);

/// Forks that have begun; nothing while one goes on. A file that was opened and added between two equal
/// answers is in no child that does not close it.
pub(super) fn forks() -> Option<u64> {
    static ONCE: Once = Once::new();
    unsafe extern "C" fn begin() {
        BEGUN.fetch_add(1, Ordering::SeqCst);
    }
    unsafe extern "C" fn end() {
        ENDED.fetch_add(1, Ordering::SeqCst);
    }
    // SAFETY: the handlers touch atomics only.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(Some(begin), Some(end), Some(end));
    });
    let ended = ENDED.load(Ordering::SeqCst);
    Some(BEGUN.load(Ordering::SeqCst)).filter(|begun| *begun == ended)
}

/// Closes the copies that a forked child has of its parent's pages: they would keep the parent's locks.
/// For the fork handler of the child, whose one thread this is.
pub(super) fn close_in_child() {
    // Of threads that the child does not have.
    PAGES.forget_readers();
    BESIDE.store(0, Ordering::SeqCst);
    PAGES.each(Page::close_in_child);
}

/// Threads that recover runs beside the solver, and how often a recovery has saved how far it is.
static BESIDE: AtomicUsize = AtomicUsize::new(0);
static SAVED: AtomicU64 = AtomicU64::new(0);

/// A thread that recovers runs beside the solver, from before it is started until it ends.
#[derive(Debug)]
pub struct Beside(());

impl Beside {
    /// One more.
    pub fn begin() -> Self {
        BESIDE.fetch_add(1, Ordering::SeqCst);
        leave_at_exit();
        Self(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // In a forked child there is none.
        let _ = BESIDE.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
    }
}

/// Notes that a recovery has saved how far it is.
pub(super) fn note_saved() {
    SAVED.fetch_add(1, Ordering::SeqCst);
}

/// Makes the exit of this process, which may come in the middle of a recovery, no death of that
/// recovery; and however brief a process is, what it recovers gets somewhere.
pub(super) fn leave_at_exit() {
    static ONCE: Once = Once::new();
    extern "C" fn leave() {
        let (start, saved) = (Instant::now(), SAVED.load(Ordering::SeqCst));
        let is_enough = |elapsed| elapsed > EXIT && SAVED.load(Ordering::SeqCst) != saved;
        while BESIDE.load(Ordering::SeqCst) != 0
            && start.elapsed() < LONGEST_EXIT
            && !is_enough(start.elapsed())
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        PAGES.each(Page::leave);
    }
    // SAFETY: the function stays as long as the object that it is in, with which it is taken back.
    ONCE.call_once(|| unsafe {
        libc::atexit(leave);
    });
}
