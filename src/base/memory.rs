//! Memory where the host has used up what it may have: Rust ends the process where an allocation fails,
//! and a capture must not end its host.
//!
//! The allocator is the system's. When that has nothing, blocks come from a reserve of address space
//! that was mapped when the first capture began, and that costs no memory until then. What grows asks
//! `is_scarce` first, and what is as large as the caller says asks `check`: both are errors then. So the
//! reserve serves what a call needs for its message and its record, and is used again and again.
//! An allocation over 1 MiB that did not ask, or a reserve that is used up, still ends the process.
//!
//! Soundness. A block of the reserve has a power of two as its size, and its address is a multiple of
//! that, up to a page. It is either with who asked for it or in the list of its size, whose links are
//! in the free blocks themselves. Lists and the first unused byte are only touched under `Lock`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::sys;

/// Bytes of the reserve.
const SIZE: usize = 16 << 20;

/// The smallest and the largest block, as powers of two.
const SMALLEST: u32 = 4;
const LARGEST: u32 = 20;

/// The memory that the host must have left for memory not to be scarce.
const LEFT: usize = 1 << 20;

/// The system's allocator, with the reserve behind it.
pub struct Allocator;

#[cfg(feature = "memory-reserve")]
#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// True if the system had nothing when it was last asked.
static SCARCE: AtomicBool = AtomicBool::new(false);

static RESERVE: Reserve = Reserve::new();

/// Maps the reserve, if it is not there yet. Where that can't be done, there is none.
pub fn prepare() {
    RESERVE.map();
}

/// Returns whether memory is scarce: then nothing is begun that grows.
pub fn is_scarce() -> bool {
    if !SCARCE.load(Ordering::Relaxed) {
        return false;
    }
    let scarce = !has(LEFT);
    SCARCE.store(scarce, Ordering::Relaxed);
    scarce
}

thread_local! {
    /// True if `touch` was called for this thread. Without a destructor, it needs no memory itself.
    static IS_READY: Cell<bool> = const { Cell::new(false) };
}

/// Has this thread have what needs memory at its first use: the C library ends the process where it
/// can't note a destructor of a thread's variable. `touch` uses all of those.
///
/// # Errors
/// [`ErrorKind::Memory`] where there is none; then no such variable may be used.
#[inline]
pub fn ready_thread(touch: impl FnOnce()) -> std::result::Result<(), ErrorKind> {
    if IS_READY.get() {
        return Ok(());
    }
    if !has(64 << 10) {
        return Err(ErrorKind::Memory);
    }
    touch();
    IS_READY.set(true);
    Ok(())
}

/// Returns whether `ready_thread` has succeeded for this thread.
pub fn is_thread_ready() -> bool {
    IS_READY.get()
}

/// Refuses work for which the system has not `size` bytes.
///
/// # Errors
/// [`ErrorKind::Memory`] then.
pub fn check(size: usize) -> Result<()> {
    // Less is served by the reserve, and asking costs as much as having it.
    if size < 64 << 10 || has(size) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Memory, format!("the process cannot get {size} bytes more")))
}

/// Returns whether the system has `size` bytes in one piece now.
fn has(size: usize) -> bool {
    let Ok(layout) = Layout::from_size_align(size.max(1), 16) else { return false };
    // SAFETY: of that layout, given back at once.
    unsafe {
        let block = std::hint::black_box(System.alloc(layout));
        if block.is_null() {
            return false;
        }
        System.dealloc(block, layout);
    }
    true
}

// SAFETY: blocks are the system's, or the reserve's, which hands out none twice; each goes back to where
// it came from, as its address says.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's layout.
        let block = unsafe { System.alloc(layout) };
        if block.is_null() { RESERVE.take(layout) } else { block }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's layout.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            return block;
        }
        let block = RESERVE.take(layout);
        if !block.is_null() {
            // SAFETY: a block of that size at least.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if RESERVE.has(block) {
            return RESERVE.give(block, layout);
        }
        // SAFETY: the system's, as it is not the reserve's.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !RESERVE.has(block) {
            // SAFETY: the system's, as it is not the reserve's.
            let moved = unsafe { System.realloc(block, layout, size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: the caller's duty: a size that is a layout with this alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: two blocks, of which one is new, and bytes that both have.
        unsafe {
            let moved = self.alloc(wanted);
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

struct Reserve {
    start: AtomicUsize,
    /// The process that holds the lock, as its generation and one more; 0 if none does.
    holder: AtomicU64,
    free: UnsafeCell<Free>,
}

/// The free part of it.
struct Free {
    /// The first byte that was never used.
    unused: usize,
    /// Free blocks by size.
    lists: [*mut u8; (LARGEST + 1) as usize],
}

// SAFETY: `free` is only touched under the lock.
unsafe impl Sync for Reserve {}

/// The reserve, locked.
struct Lock<'a>(&'a Reserve);

impl Lock<'_> {
    fn free(&mut self) -> &mut Free {
        // SAFETY: the one lock is held, and borrowed mutably.
        unsafe { &mut *self.0.free.get() }
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        self.0.holder.store(0, Ordering::Release);
    }
}

impl Reserve {
    const fn new() -> Self {
        let free = Free { unused: 0, lists: [ptr::null_mut(); (LARGEST + 1) as usize] };
        Self { start: AtomicUsize::new(0), holder: AtomicU64::new(0), free: UnsafeCell::new(free) }
    }

    fn map(&self) {
        if self.start.load(Ordering::Acquire) != 0 {
            return;
        }
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping, which nobody else has; one that came too late goes again.
        unsafe {
            let start = libc::mmap(ptr::null_mut(), SIZE, protection, flags, -1, 0);
            if start != libc::MAP_FAILED
                && self
                    .start
                    .compare_exchange(0, start.expose_provenance(), Ordering::AcqRel, Ordering::Acquire)
                    .is_err()
            {
                libc::munmap(start, SIZE);
            }
        }
    }

    /// Returns whether `block` is one of its own.
    #[inline]
    fn has(&self, block: *mut u8) -> bool {
        let start = self.start.load(Ordering::Acquire);
        start != 0 && block.addr().wrapping_sub(start) < SIZE
    }

    /// Locks it. Who holds the lock holds it for some instructions; what a forked child inherited as
    /// held is nobody's there.
    fn lock(&self) -> Lock<'_> {
        let mine = sys::process_generation() + 1;
        loop {
            let holder = self.holder.load(Ordering::Relaxed);
            if holder != mine
                && self.holder.compare_exchange(holder, mine, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                return Lock(self);
            }
            std::thread::yield_now();
        }
    }

    /// The power of two that a block of this layout has.
    fn power(layout: Layout) -> Option<u32> {
        let size = layout.size().max(layout.align()).max(1 << SMALLEST);
        let power = size.checked_next_power_of_two()?.trailing_zeros();
        (power <= LARGEST && layout.align() <= 4096).then_some(power)
    }

    #[cold]
    fn take(&self, layout: Layout) -> *mut u8 {
        SCARCE.store(true, Ordering::Relaxed);
        let start = self.start.load(Ordering::Acquire);
        let Some(power) = Self::power(layout).filter(|_| start != 0) else { return ptr::null_mut() };
        let mut lock = self.lock();
        let free = lock.free();
        let block = free.lists[power as usize];
        if !block.is_null() {
            // SAFETY: a free block, which has the link to the next one.
            free.lists[power as usize] = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        let offset = free.unused.next_multiple_of((1 << power).min(4096));
        if offset + (1 << power) > SIZE {
            return ptr::null_mut();
        }
        free.unused = offset + (1 << power);
        ptr::with_exposed_provenance_mut(start + offset)
    }

    #[cold]
    fn give(&self, block: *mut u8, layout: Layout) {
        let Some(power) = Self::power(layout) else { return };
        let mut lock = self.lock();
        let list = &mut lock.free().lists[power as usize];
        // SAFETY: nobody has the block any more, and it is large enough for a link.
        unsafe { block.cast::<*mut u8>().write(*list) };
        *list = block;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_apart_aligned_and_come_again() {
        let reserve: &'static Reserve = Box::leak(Box::new(Reserve::new()));
        let layout = |size, align| Layout::from_size_align(size, align).unwrap();
        assert!(reserve.take(layout(16, 8)).is_null(), "nothing is mapped yet");
        reserve.map();
        let mut blocks = Vec::new();
        for (size, align) in [(1, 1), (17, 1), (100, 64), (3, 4096), (1 << 20, 8), (5000, 16)] {
            let block = reserve.take(layout(size, align));
            assert!(reserve.has(block) && block.addr() % align == 0, "{size} {align}");
            // SAFETY: a block of that size.
            unsafe { block.write_bytes(7, size) };
            blocks.push((block, size, align));
        }
        blocks.sort();
        assert!(blocks.windows(2).all(|pair| pair[0].0.addr() + pair[0].1 <= pair[1].0.addr()));
        let unused = reserve.lock().free().unused;
        for (block, size, align) in &blocks {
            reserve.give(*block, layout(*size, *align));
        }
        for _ in 0..1000 {
            for (_, size, align) in &blocks {
                let again = reserve.take(layout(*size, *align));
                assert!(blocks.iter().any(|(block, _, _)| *block == again));
                reserve.give(again, layout(*size, *align));
            }
        }
        assert_eq!(reserve.lock().free().unused, unused);
        assert!(reserve.take(layout(LEFT * 2, 8)).is_null());
        let count =
            std::iter::repeat_with(|| reserve.take(layout(1 << 20, 8))).take_while(|block| !block.is_null());
        assert!(count.count() <= SIZE >> 20);
        SCARCE.store(false, Ordering::Relaxed);
    }

    #[test]
    fn threads_share_the_reserve() {
        let reserve: &'static Reserve = Box::leak(Box::new(Reserve::new()));
        reserve.map();
        let layout = Layout::from_size_align(64, 8).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                scope.spawn(move || {
                    for round in 0..if cfg!(miri) { 20 } else { 5000 } {
                        let block = reserve.take(layout).cast::<u64>();
                        // SAFETY: a block of this thread's.
                        unsafe {
                            block.write(thread << 32 | round);
                            assert_eq!(block.read(), thread << 32 | round);
                        }
                        reserve.give(block.cast(), layout);
                    }
                });
            }
        });
        SCARCE.store(false, Ordering::Relaxed);
    }
}
