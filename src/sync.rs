//! Locks that a panic elsewhere does not poison for the host.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`. What it guards is changed in steps that leave it whole, so that a panic
/// between them is no reason to refuse service.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
