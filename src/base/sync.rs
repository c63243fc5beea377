//! Locks that a panic elsewhere does not poison for the host, and that a fork does not leave locked.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

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

/// A static that is made once, by one thread while others wait. A forked child takes it from its parent if it
/// was made by then: else the thread that was at it is not there, and the child makes it itself.
pub struct MadeOnce<T: 'static>(PerProcess<OnceLock<T>>);

impl<T: Clone + Send + Sync> MadeOnce<T> {
    /// A static that is yet to be made.
    pub const fn new() -> Self {
        // The clone of one that somebody is at is yet to be made.
        Self(PerProcess::new(|inherited| inherited.cloned().unwrap_or_default()))
    }

    /// The value, if it was made.
    pub fn get(&self) -> Option<&'static T> {
        self.0.get().get()
    }

    /// The value, which `make` makes if nobody has. A child may be forked at any time: what is done here must be
    /// harmless if it is done again there.
    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &'static T {
        self.0.get().get_or_init(make)
    }
}

#[cfg(test)]
pub use tests::{holds_in_child, is_alone};

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::atomic::AtomicU32;
    use std::sync::mpsc::channel;

    use super::*;

    /// Runs the calling test, whose path this is, once more in a process of its own, in which no other test has
    /// used anything; true there.
    pub fn is_alone(test: &str) -> bool {
        const ALONE: &str = "METALAB_TEST_ALONE";
        if std::env::var_os(ALONE).is_some() {
            return true;
        }
        let (_, name) = test.split_once("::").unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        let output = command.args([name, "--exact"]).env(ALONE, "1").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        false
    }

    /// Returns whether `body` says yes in a forked child, within some seconds.
    pub fn holds_in_child(body: impl FnOnce() -> bool) -> bool {
        // SAFETY: the child's one thread calls `body` and ends at once.
        match unsafe { libc::fork() } {
            0 => {
                // SAFETY: no preconditions.
                unsafe { libc::alarm(5) };
                let holds = body();
                // SAFETY: nobody's destructors are to run.
                unsafe { libc::_exit(if holds { 7 } else { 8 }) }
            }
            child => {
                let mut status = 0;
                // SAFETY: waits for the child.
                assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
                libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri forks nothing")]
    fn a_value_is_made_once_and_anew_where_a_child_lacks_who_made_it() {
        static VALUE: MadeOnce<u32> = MadeOnce::new();
        static TIMES: AtomicU32 = AtomicU32::new(0);
        let (tell, begun) = channel();
        let (release, released) = channel::<()>();
        let make = || TIMES.fetch_add(1, Ordering::SeqCst) + 1;
        let first = std::thread::spawn(move || {
            *VALUE.get_or_init(|| {
                tell.send(()).unwrap();
                released.recv().unwrap();
                make()
            })
        });
        begun.recv().unwrap();
        assert_eq!(VALUE.get(), None);
        assert!(holds_in_child(|| VALUE.get().is_none() && *VALUE.get_or_init(|| 7) == 7));
        let second = std::thread::spawn(move || *VALUE.get_or_init(make));
        release.send(()).unwrap();
        assert_eq!((first.join().unwrap(), second.join().unwrap()), (1, 1));
        assert!(holds_in_child(|| VALUE.get() == Some(&1)));
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri forks nothing")]
    fn a_child_has_its_own_of_what_is_per_process() {
        static COUNT: PerProcess<u32> = PerProcess::new(|inherited| inherited.map_or(1, |count| count + 1));
        if !is_alone(concat!(module_path!(), "::a_child_has_its_own_of_what_is_per_process")) {
            return;
        }
        assert_eq!((*COUNT.get(), *COUNT.get()), (1, 1));
        assert!(holds_in_child(|| *COUNT.get() == 2 && holds_in_child(|| *COUNT.get() == 3)));
        assert_eq!(*COUNT.get(), 1);
    }
}
