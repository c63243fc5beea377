//! Threads of ours. Each takes no signal of the host's, computes as if nobody had asked for traps, yields to
//! the solver, and runs on any processor that a thread of the process may run on: the one that starts it may
//! be pinned to one, as OpenMP does it, which is the solver's.
//!
//! The C library ends the process where a thread has no memory for what it notes at its start. So a
//! thread is begun only where there is memory, and who begins it goes on when the thread has all it needs.

use std::cell::Cell;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, Builder, JoinHandle, Scope, ScopedJoinHandle};
use std::time::Duration;

use crate::base::sync::lock;
#[cfg(target_os = "linux")]
use crate::base::sys;
use crate::base::{environment, guard, memory, pinned, zone};

/// The memory that a thread needs for its stack and for what it has of its own.
const NEEDED: usize = 4 << 20;

/// Starts a thread that runs `body`, `niceness` below the thread that starts it.
///
/// # Errors
/// When there can be no thread, or there is no memory for it.
pub fn spawn(name: &str, niceness: i32, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    pinned::pin();
    start(|begun| {
        Builder::new().name(name.to_owned()).spawn(move || {
            begun.tell();
            lower_priority(niceness);
            spread();
            body();
        })
    })
}

/// Starts a thread that runs `body`, and that yields from the moment on in which it says `yields`: however
/// busy the machine is, it gets as far as that.
///
/// # Errors
/// The same as for `spawn`.
pub fn spawn_eager(
    name: &str,
    niceness: i32,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    spawn(name, 0, move || {
        NICENESS.set(niceness);
        body();
    })
}

thread_local! {
    /// The niceness that a thread is yet to get.
    static NICENESS: Cell<i32> = const { Cell::new(0) };
}

/// Says that the thread has got somewhere. Only one that was started by `spawn_eager` yields then.
pub fn yields() {
    lower_priority(NICENESS.take());
}

/// Starts a thread of `scope`, which ends before its maker goes on.
///
/// # Errors
/// The same as for `spawn`.
pub fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    body: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    start(|begun| {
        Builder::new().spawn_scoped(scope, move || {
            begun.tell();
            body()
        })
    })
}

/// Uses what this thread has of its own to wait by, for a thread or for a channel, so that their
/// destructors are noted.
pub fn touch_waits() {
    drop(thread::current());
    // A channel without room, of which the wait begins and ends at once.
    let _ = crossbeam_channel::bounded::<()>(0).1.recv_timeout(Duration::ZERO);
}

/// The beginning of a thread.
#[derive(Default)]
struct Begun {
    told: Mutex<bool>,
    bell: Condvar,
}

impl Begun {
    /// Says so, from the thread, once it has what it needs.
    fn tell(&self) {
        guard::default_arithmetic();
        environment::forbid();
        touch_waits();
        *lock(&self.told) = true;
        self.bell.notify_one();
        // On one processor, who waits goes first.
        thread::yield_now();
    }

    fn wait(&self) {
        let mut told = lock(&self.told);
        while !*told {
            told = self.bell.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn start<H>(spawn: impl FnOnce(Arc<Begun>) -> io::Result<H>) -> io::Result<H> {
    memory::check(NEEDED).map_err(|_| io::Error::from_raw_os_error(libc::ENOMEM))?;
    // The time zone is in the environment, which the caller's thread alone may read.
    zone::local();
    let begun = Arc::<Begun>::default();
    let thread = without_signals(|| spawn(begun.clone()))?;
    begun.wait();
    Ok(thread)
}

/// Runs `body` while this thread takes no signal: threads that it starts never take one.
fn without_signals<R>(body: impl FnOnce() -> R) -> R {
    // SAFETY: plain signal sets, filled before they are used; the mask is restored below, and
    // `body` starts a thread, which does not unwind.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        let result = body();
        libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
        result
    }
}

/// The lowest priority that there is.
#[cfg(target_os = "linux")]
const NICEST: libc::c_int = 19;

#[cfg(target_os = "linux")]
fn lower_priority(niceness: i32) {
    if niceness == 0 {
        return;
    }
    // SAFETY: on Linux this concerns the calling thread; failure leaves the priority as it is.
    unsafe {
        let thread = libc::syscall(libc::SYS_gettid) as libc::id_t;
        // It is its maker's so far. -1 is one, too: the kernel knows every thread that asks for itself.
        let own = libc::getpriority(libc::PRIO_PROCESS, thread);
        libc::setpriority(libc::PRIO_PROCESS, thread, own.saturating_add(niceness).min(NICEST));
    }
}

#[cfg(not(target_os = "linux"))]
fn lower_priority(_niceness: i32) {}

/// A thread that may run on more processors than a core has is not pinned to one.
#[cfg(target_os = "linux")]
const CORE: u32 = 8;

/// Lets this thread run where any thread of the process may, if it came to be pinned to a core.
#[cfg(target_os = "linux")]
fn spread() {
    let Some(own) = sys::affinity(0) else { return };
    if own.iter().map(|word| word.count_ones()).sum::<u32>() > CORE {
        return;
    }
    let mut all = own.clone();
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let thread = task.file_name().to_str().and_then(|number| number.parse().ok());
        // One that has ended meanwhile has none.
        let words = thread.and_then(sys::affinity).unwrap_or_default();
        all.iter_mut().zip(words).for_each(|(all, word)| *all |= word);
    }
    if all == own {
        return;
    }
    // It would stay where it is now, before the thread that started it.
    let others: Vec<_> = all.iter().zip(&own).map(|(all, own)| all & !own).collect();
    sys::set_affinity(&others);
    sys::set_affinity(&all);
}

#[cfg(not(target_os = "linux"))]
fn spread() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_begun_when_its_maker_goes_on() {
        let (to, from) = std::sync::mpsc::channel();
        spawn("helper", 1, move || to.send(std::thread::current().name().map(str::to_owned)).unwrap())
            .unwrap()
            .join()
            .unwrap();
        assert_eq!(from.recv().unwrap().as_deref(), Some("helper"));
        let numbers = [1, 2, 3];
        let sum = std::thread::scope(|scope| {
            spawn_scoped(scope, || numbers.iter().sum::<i32>()).unwrap().join().unwrap()
        });
        assert_eq!(sum, 6);
    }

    #[test]
    #[cfg(debug_assertions)]
    fn a_thread_does_not_read_the_environment() {
        let read = || environment::raw("PATH");
        let is_refused = |read: &(dyn Fn() + Sync)| {
            std::thread::scope(|scope| spawn_scoped(scope, read).unwrap().join().is_err())
        };
        assert!(is_refused(&|| drop(read())) && is_refused(&|| drop(environment::home())));
        let is_known = || assert!(!zone::local().is_unknown());
        assert!(!is_refused(&is_known) && read().is_some());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_thread_is_not_pinned_where_its_maker_is() {
        let free = sys::affinity(0).unwrap();
        let first = free.iter().position(|word| *word != 0).unwrap();
        let mut one = vec![0; free.len()];
        one[first] = 1 << free[first].trailing_zeros();
        // This thread may run anywhere, and goes on while the other one pins itself.
        let seen = std::thread::scope(|scope| {
            let pinned = scope.spawn(|| {
                sys::set_affinity(&one);
                assert_eq!(sys::affinity(0).unwrap(), one);
                let (to, from) = std::sync::mpsc::channel();
                spawn("helper", 1, move || to.send(sys::affinity(0)).unwrap()).unwrap().join().unwrap();
                from.recv().unwrap().unwrap()
            });
            pinned.join().unwrap()
        });
        assert_eq!(seen, free);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_thread_is_nicer_than_its_maker() {
        let niceness = || {
            // SAFETY: this thread's; it touches nothing.
            unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }
        };
        // Threads of the test's own: who has become nicer stays so.
        let of_helper = |own: i32, more: i32| {
            let maker = std::thread::spawn(move || {
                lower_priority(own);
                let before = niceness();
                let (to, from) = std::sync::mpsc::channel();
                spawn("helper", more, move || to.send(niceness()).unwrap()).unwrap().join().unwrap();
                (before, from.recv().unwrap())
            });
            maker.join().unwrap()
        };
        let own = niceness();
        for (of_maker, more) in [(0, 0), (0, 5), (3, 10), (15, 10)] {
            let maker = (own + of_maker).min(19);
            assert_eq!(of_helper(of_maker, more), (maker, (maker + more).min(19)), "{of_maker} {more}");
        }
    }
}
