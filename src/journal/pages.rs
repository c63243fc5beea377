//! The pages that this process holds, where a forked child and the end of the process get at them
//! without a lock.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::position::Page;
use crate::base::registry::{Registry, Slot};
use crate::base::sync::MadeOnce;

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
    static WATCHED: MadeOnce<()> = MadeOnce::new();
    unsafe extern "C" fn begin() {
        BEGUN.fetch_add(1, Ordering::SeqCst);
    }
    unsafe extern "C" fn end() {
        ENDED.fetch_add(1, Ordering::SeqCst);
    }
    // A child that another thread was about to fork is not this one's.
    unsafe extern "C" fn end_in_child() {
        ENDED.store(BEGUN.load(Ordering::SeqCst), Ordering::SeqCst);
    }
    // SAFETY: the handlers touch atomics only.
    WATCHED.get_or_init(|| unsafe {
        libc::pthread_atfork(Some(begin), Some(end), Some(end_in_child));
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
    static LEAVES: MadeOnce<()> = MadeOnce::new();
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
    LEAVES.get_or_init(|| unsafe {
        libc::atexit(leave);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::{holds_in_child, is_alone};

    #[test]
    fn a_child_knows_no_fork_of_another_thread() {
        if !is_alone(concat!(module_path!(), "::a_child_knows_no_fork_of_another_thread")) {
            return;
        }
        assert_eq!(forks(), Some(0));
        // Another thread is at it.
        BEGUN.fetch_add(1, Ordering::SeqCst);
        assert!(holds_in_child(|| forks().is_some()));
        assert_eq!(forks(), None);
        ENDED.fetch_add(1, Ordering::SeqCst);
        assert_eq!(forks(), Some(2));
    }
}
