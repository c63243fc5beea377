//! Locks that a panic elsewhere does not poison for the host, and that a fork does not leave locked.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::sys;

/// Locks `mutex`. What it guards is changed in steps that leave it whole, so that a panic
/// between them is no reason to refuse service.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A static of which a forked child gets one of its own: locks in the parent's may have been held
/// by a thread that the child does not have.
pub struct PerProcess<T: 'static> {
    current: AtomicPtr<(u64, T)>,
    make: fn(Option<&T>) -> T,
}

impl<T: Send + Sync> PerProcess<T> {
    /// A static that `make` makes at its first use in each process, from the parent's if there is one.
    pub const fn new(make: fn(Option<&T>) -> T) -> Self {
        Self { current: AtomicPtr::new(ptr::null_mut()), make }
    }

    /// This process's.
    pub fn get(&self) -> &'static T {
        let current = self.current.load(Ordering::Acquire);
        // SAFETY: NULL, or leaked by `renew`.
        match unsafe { current.as_ref() } {
            Some((made_in, value)) if *made_in == sys::process_generation() => value,
            inherited => self.renew(current, inherited.map(|(_, value)| value)),
        }
    }

    #[cold]
    fn renew(&self, current: *mut (u64, T), inherited: Option<&T>) -> &'static T {
        let fresh = Box::into_raw(Box::new((sys::process_generation(), (self.make)(inherited))));
        match self.current.compare_exchange(current, fresh, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: just made, and leaked: what was there before may be locked for ever.
            Ok(_) => unsafe { &(*fresh).1 },
            Err(other) => {
                // SAFETY: nobody else has seen `fresh`; `other` is another thread's, leaked as above.
                unsafe {
                    drop(Box::from_raw(fresh));
                    &(*other).1
                }
            }
        }
    }
}
