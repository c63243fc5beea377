//! The pages that this process holds, where a forked child and the end of the process get at them
//! without a lock.
//!
//! A page is memory that goes when its journal goes, so whoever reads one says so first: it counts
//! itself in `READERS` and then loads the pointer, while `remove` clears the pointer and then waits for
//! the count to be zero. All four are sequentially consistent, so either the reader sees no pointer, or
//! `remove` sees the reader. Entries are never freed, only used again.

use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::position::Page;

/// How long a page stays for who reads it: a child's fork handler, or the end of the process.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the exit of a process waits for a recovery beside it, which goes on where the last one was.
const EXIT: Duration = Duration::from_millis(50);

/// How long it waits at most until such a recovery has saved how far it is.
const LONGEST_EXIT: Duration = Duration::from_millis(100);

/// A page that is held, or an entry that is free.
#[derive(Debug)]
pub(super) struct Entry {
    taken: AtomicBool,
    page: AtomicPtr<Page>,
}

impl Entry {
    const fn new() -> Self {
        Self { taken: AtomicBool::new(false), page: AtomicPtr::new(ptr::null_mut()) }
    }
}

struct Chunk {
    entries: [Entry; 32],
    next: AtomicPtr<Chunk>,
}

static FIRST: Chunk = Chunk::new();
static READERS: AtomicUsize = AtomicUsize::new(0);

impl Chunk {
    const fn new() -> Self {
        Self { entries: [const { Entry::new() }; 32], next: AtomicPtr::new(ptr::null_mut()) }
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

/// Adds a page.
///
/// # Safety
/// The page must stay where it is until `remove` has returned true.
pub(super) unsafe fn add(page: &Page) -> &'static Entry {
    let mut chunk = &FIRST;
    loop {
        let free = chunk.entries.iter().find(|entry| {
            entry.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
        });
        if let Some(entry) = free {
            entry.page.store(ptr::from_ref(page).cast_mut(), Ordering::SeqCst);
            return entry;
        }
        chunk = chunk.next().unwrap_or_else(|| chunk.grow());
    }
}

/// Takes a page out; false if it may still be in somebody's hands.
pub(super) fn remove(entry: &Entry) -> bool {
    entry.page.store(ptr::null_mut(), Ordering::SeqCst);
    let start = Instant::now();
    while READERS.load(Ordering::SeqCst) != 0 {
        if start.elapsed() > PATIENCE {
            // Nobody gets this entry any more.
            return false;
        }
        std::thread::yield_now();
    }
    entry.taken.store(false, Ordering::Release);
    true
}

fn each(body: impl Fn(&Page)) {
    READERS.fetch_add(1, Ordering::SeqCst);
    let mut chunk = Some(&FIRST);
    while let Some(of) = chunk {
        for entry in &of.entries {
            // SAFETY: see the top of this file.
            if let Some(page) = unsafe { entry.page.load(Ordering::SeqCst).as_ref() } {
                body(page);
            }
        }
        chunk = of.next();
    }
    READERS.fetch_sub(1, Ordering::SeqCst);
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
    READERS.store(0, Ordering::SeqCst);
    BESIDE.store(0, Ordering::SeqCst);
    each(Page::close_in_child);
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
        each(Page::leave);
    }
    // SAFETY: the function stays as long as the object that it is in, with which it is taken back.
    ONCE.call_once(|| unsafe {
        libc::atexit(leave);
    });
}
