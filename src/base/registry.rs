//! Pointers that threads, a signal handler and a forked child look through without a lock.
//!
//! Whoever reads a pointer says so first, since what it points to goes some time after its slot is given
//! back: it counts itself in `readers` and then loads the pointer, while `remove` clears the pointer and
//! then waits for the count to be zero. Both change the count, `remove` by adding nothing, so one of the two
//! changes comes after the other and sees what was done before it: the reader that the pointer is cleared,
//! or `remove` that there is a reader. What readers did with the pointer is done before `remove` sees
//! them gone. Slots are never freed, only used again, so that one that was found may be read at any time.

use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long `remove` waits for readers, which only do a few stores.
const PATIENCE: Duration = Duration::from_secs(1);

/// The words of a slot that nobody has.
pub trait Vacant {
    const VACANT: Self;
}

impl Vacant for () {
    const VACANT: Self = ();
}

/// A pointer and the words beside it, or a slot that is free.
#[derive(Debug)]
pub struct Slot<P, W> {
    taken: AtomicBool,
    pointer: AtomicPtr<P>,
    words: W,
}

impl<P, W> Deref for Slot<P, W> {
    type Target = W;

    fn deref(&self) -> &W {
        &self.words
    }
}

#[derive(Debug)]
struct Chunk<P, W> {
    slots: [Slot<P, W>; 32],
    next: AtomicPtr<Chunk<P, W>>,
}

/// Slots, as many as there ever were at a time.
#[derive(Debug)]
pub struct Registry<P: 'static, W: 'static> {
    first: Chunk<P, W>,
    readers: AtomicUsize,
}

impl<P, W: Vacant> Chunk<P, W> {
    const fn new() -> Self {
        Self {
            slots: [const {
                Slot {
                    taken: AtomicBool::new(false),
                    pointer: AtomicPtr::new(ptr::null_mut()),
                    words: W::VACANT,
                }
            }; 32],
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    fn next(&self) -> Option<&'static Self> {
        // SAFETY: NULL, or leaked by `grow`.
        unsafe { self.next.load(Ordering::Acquire).as_ref() }
    }

    /// The chunk after the last one.
    fn grow(&self) -> &'static Self {
        let fresh = Box::into_raw(Box::new(Self::new()));
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

impl<P: 'static, W: Vacant + 'static> Registry<P, W> {
    pub const fn new() -> Self {
        Self { first: Chunk::new(), readers: AtomicUsize::new(0) }
    }

    /// A free slot, which is the caller's until `remove`; readers see its pointer once `show` has put it.
    pub fn take(&'static self) -> &'static Slot<P, W> {
        let mut chunk = &self.first;
        loop {
            let free = chunk.slots.iter().find(|slot| {
                slot.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
            });
            match free {
                Some(slot) => return slot,
                None => chunk = chunk.next().unwrap_or_else(|| chunk.grow()),
            }
        }
    }

    /// Takes what the slot points to away from readers, and gives it back; false if somebody may still
    /// read that, and then nobody gets this slot any more.
    pub fn remove(&self, slot: &Slot<P, W>) -> bool {
        slot.pointer.store(ptr::null_mut(), Ordering::Relaxed);
        let start = Instant::now();
        while self.readers.fetch_add(0, Ordering::AcqRel) != 0 {
            if start.elapsed() > PATIENCE {
                return false;
            }
            std::thread::yield_now();
        }
        slot.taken.store(false, Ordering::Release);
        true
    }

    /// Every slot, free ones too. Safe in a signal handler.
    pub fn slots(&'static self) -> impl Iterator<Item = &'static Slot<P, W>> {
        std::iter::successors(Some(&self.first), |chunk| chunk.next()).flat_map(|chunk| &chunk.slots)
    }

    /// Calls `body` with whatever is pointed to. Safe in a signal handler, if `body` is.
    pub fn each(&'static self, body: impl Fn(&P)) {
        self.readers.fetch_add(1, Ordering::AcqRel);
        for slot in self.slots() {
            // SAFETY: see the top of this file.
            if let Some(pointed) = unsafe { slot.pointer.load(Ordering::Acquire).as_ref() } {
                body(pointed);
            }
        }
        self.readers.fetch_sub(1, Ordering::AcqRel);
    }

    /// Forgets readers that are threads of the parent. For a forked child, whose one thread this is.
    pub fn forget_readers(&self) {
        self.readers.store(0, Ordering::Release);
    }
}

impl<P, W> Slot<P, W> {
    /// Lets readers see what is pointed to.
    ///
    /// # Safety
    /// It must stay where it is until `Registry::remove` of this slot has returned true.
    pub unsafe fn show(&self, pointed: &P) {
        self.pointer.store(ptr::from_ref(pointed).cast_mut(), Ordering::Release);
    }

    /// Frees the slot. For a forked child, whose one thread this is.
    pub fn forget(&self) {
        self.pointer.store(ptr::null_mut(), Ordering::Relaxed);
        self.taken.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn what_is_pointed_to_is_seen_while_it_is_there_and_not_after() {
        static ALL: Registry<AtomicU64, ()> = Registry::new();
        let (rounds, count) = if cfg!(miri) { (1, 33) } else { (200, 40) };
        let go_on = AtomicBool::new(true);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while go_on.load(Ordering::Relaxed) {
                    ALL.each(|count| count.store(1, Ordering::Relaxed));
                    // Else Miri has somebody read all the time, and `remove` gives up.
                    std::thread::yield_now();
                }
            });
            for _ in 0..rounds {
                // More than a chunk has.
                let counts: Vec<_> = (0..count).map(|_| Box::new(AtomicU64::new(0))).collect();
                let slots: Vec<_> = counts
                    .iter()
                    .map(|count| {
                        let slot = ALL.take();
                        // SAFETY: all are removed before the counts go.
                        unsafe { slot.show(count) };
                        slot
                    })
                    .collect();
                ALL.each(|count| count.store(1, Ordering::Relaxed));
                assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) > 0));
                // A reader may be without a processor for longer than `remove` waits.
                slots.iter().for_each(|slot| while !ALL.remove(slot) {});
            }
            go_on.store(false, Ordering::Relaxed);
        });
        assert_eq!(ALL.slots().count(), 64);
        ALL.each(|_| panic!("nothing is pointed to"));
    }
}
