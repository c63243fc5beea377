//! Guards of a caller's thread while it does slow work of ours. It is kept from
//! - being cancelled by `pthread_cancel` in a system call of ours, with locks held: it is cancelled at
//!   its next cancellation point after the call;
//! - SIGXFSZ, which a file at the process's size limit raises besides the error, and which ends a
//!   process that has no handler for it;
//! - the host's floating-point environment: traps that it has asked for, another rounding, subnormal
//!   numbers that count as zero. Our conversions of its values would take the ones and come out wrong with
//!   the others. Control and flags are as before after the call.
//!
//! The work of every call costs some nanoseconds; signals are looked after from the first file that is
//! opened to be written. Threads of ours need none of it: they take no signal, nobody cancels them, and
//! they start with `default_arithmetic`.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr;

use libc::{SIGXFSZ, c_int};

thread_local! {
    /// How many guards this thread is within.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// The state of SIGXFSZ before the outermost guard blocked it, if it has.
    static BLOCKED: Cell<Option<Before>> = const { Cell::new(None) };
}

/// SIGXFSZ before it was blocked.
#[derive(Clone, Copy)]
struct Before {
    was_blocked: bool,
    was_pending: bool,
}

/// Guards the thread until it is dropped.
struct Guard {
    cancelable: c_int,
    arithmetic: arithmetic::State,
}

impl Guard {
    fn new() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Self { cancelable: set_cancelable(DISABLE), arithmetic: arithmetic::hold() }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        let is_last = DEPTH.get() == 0;
        if let Some(before) = is_last.then(|| BLOCKED.take()).flatten() {
            unblock(before);
        }
        arithmetic::restore(self.arithmetic);
        set_cancelable(self.cancelable);
    }
}

/// Runs `body`, slow work of ours on a thread of the host's. Within another guard it adds nothing.
pub fn guarded<R>(body: impl FnOnce() -> R) -> R {
    let _guard = Guard::new();
    body()
}

/// Says that this thread is about to write to a file.
pub fn before_writing() {
    if DEPTH.get() > 0 && BLOCKED.get().is_none() {
        BLOCKED.set(Some(block()));
    }
}

/// Runs `body`, a conversion of numbers, in the default floating-point environment. Where that is what the
/// thread has, it costs a load and a comparison at each end.
pub fn with_default_arithmetic<R>(body: impl FnOnce() -> R) -> R {
    struct Held(arithmetic::State);
    impl Drop for Held {
        fn drop(&mut self) {
            arithmetic::restore(self.0);
        }
    }
    let _held = Held(arithmetic::hold());
    body()
}

/// Has a thread of ours compute in the default floating-point environment: it has what its maker has.
pub fn default_arithmetic() {
    arithmetic::reset();
}

fn only_xfsz() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: fills a set of our own.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), SIGXFSZ);
        set.assume_init()
    }
}

fn is_pending() -> bool {
    let mut pending = only_xfsz();
    // SAFETY: fills and reads a set of our own.
    unsafe { libc::sigpending(&mut pending) == 0 && libc::sigismember(&pending, SIGXFSZ) == 1 }
}

fn block() -> Before {
    let (set, mut before) = (only_xfsz(), only_xfsz());
    let was_pending = is_pending();
    // SAFETY: whole sets of our own; the mask is this thread's.
    unsafe {
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, &mut before);
        Before { was_blocked: libc::sigismember(&before, SIGXFSZ) == 1, was_pending }
    }
}

fn unblock(before: Before) {
    let set = only_xfsz();
    // SAFETY: whole sets of our own; the mask is this thread's.
    unsafe {
        // Ours, since there was none before: the kernel sends it to the thread that writes.
        if !before.was_pending && is_pending() {
            #[cfg(target_os = "linux")]
            libc::sigtimedwait(&set, ptr::null_mut(), &libc::timespec { tv_sec: 0, tv_nsec: 0 });
            #[cfg(not(target_os = "linux"))]
            libc::sigwait(&set, &mut 0);
        }
        if !before.was_blocked {
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &set, ptr::null_mut());
        }
    }
}

/// PTHREAD_CANCEL_DISABLE.
const DISABLE: c_int = if cfg!(target_os = "macos") { 0 } else { 1 };

fn set_cancelable(state: c_int) -> c_int {
    unsafe extern "C" {
        fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
    }
    let mut before = state;
    if cfg!(miri) {
        return before;
    }
    // SAFETY: a state of the system's, or one that it gave; writes `before` only.
    unsafe { pthread_setcancelstate(state, &mut before) };
    before
}

/// The control and status of floating-point arithmetic. Rust computes with SSE there, not with x87.
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod arithmetic {
    pub type State = u32;

    /// All traps masked, no flag set, rounding to nearest.
    const DEFAULT: u32 = 0x1F80;

    fn get() -> u32 {
        let mut state = 0;
        // SAFETY: stores the register's 32 bits in `state`.
        unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut state, options(nostack, preserves_flags)) };
        state
    }

    fn set(state: u32) {
        // SAFETY: the default, or what the register had: values that it can have.
        unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const state, options(nostack, readonly)) };
    }

    pub fn hold() -> State {
        let before = get();
        // The lowest six bits are flags.
        if before & !0x3F != DEFAULT {
            set(DEFAULT);
        }
        before
    }

    pub fn restore(before: State) {
        if get() != before {
            set(before);
        }
    }

    pub fn reset() {
        // x87 too: the C library has functions that use it.
        // SAFETY: a thread that begins has nothing in those registers.
        unsafe { std::arch::asm!("fninit", options(nostack, nomem)) };
        set(DEFAULT);
    }
}

/// FPCR and FPSR.
#[cfg(all(target_arch = "aarch64", not(miri)))]
mod arithmetic {
    pub type State = (u64, u64);

    fn get() -> State {
        let (control, status);
        // SAFETY: reads two registers.
        unsafe {
            std::arch::asm!("mrs {}, fpcr", "mrs {}, fpsr", out(reg) control, out(reg) status, options(nomem, nostack));
        }
        (control, status)
    }

    fn set((control, status): State) {
        // SAFETY: zeros, or what the registers had.
        unsafe {
            std::arch::asm!("msr fpcr, {}", "msr fpsr, {}", in(reg) control, in(reg) status, options(nostack));
        }
    }

    pub fn hold() -> State {
        let before = get();
        if before.0 != 0 {
            set((0, before.1));
        }
        before
    }

    pub fn restore(before: State) {
        if get() != before {
            set(before);
        }
    }

    pub fn reset() {
        set((0, 0));
    }
}

/// Where it is not known how, the host's settings are left as they are.
#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
mod arithmetic {
    pub type State = ();
    pub fn hold() -> State {}
    pub fn restore((): State) {}
    pub fn reset() {}
}

#[cfg(all(test, target_os = "linux", not(miri)))]
mod tests {
    use std::io::Write as _;

    use super::*;

    unsafe extern "C" {
        fn feenableexcept(exceptions: c_int) -> c_int;
        fn fegetexcept() -> c_int;
        fn fetestexcept(exceptions: c_int) -> c_int;
        fn feclearexcept(exceptions: c_int) -> c_int;
    }

    /// FE_INVALID of this machine, and every exception.
    const INVALID: c_int = 1;
    const ALL: c_int = if cfg!(target_arch = "x86_64") { 0x3D } else { 0x1F };

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn traps_and_flags_are_the_hosts_again() {
        // SAFETY: this thread's arithmetic, which is as before in the end.
        unsafe {
            feclearexcept(ALL);
            feenableexcept(INVALID);
            let sum = guarded(|| {
                let inner =
                    guarded(|| std::hint::black_box(f64::INFINITY) - std::hint::black_box(f64::INFINITY));
                inner + std::hint::black_box(0.1) * std::hint::black_box(0.3)
            });
            assert!(sum.is_nan());
            assert_eq!((fegetexcept(), fetestexcept(ALL)), (INVALID, 0));
            std::thread::spawn(|| {
                default_arithmetic();
                assert_eq!(fegetexcept(), 0);
            })
            .join()
            .unwrap();
        }
    }

    /// Other rounding (upward) and subnormal numbers as zero, as `-ffast-math` has them.
    #[test]
    #[cfg(target_arch = "x86_64")]
    fn conversions_are_the_same_in_every_environment() {
        use crate::base::json;
        let values = || {
            let texts = ["0.1", "1e22", "-3.3e-5", "1e23", "9007199254740993.0", "5e-324", "2.5e-310"];
            let parsed = texts.map(|text| json::parse(std::hint::black_box(text)).unwrap());
            let small = std::hint::black_box(f32::from_bits(1));
            (parsed.map(|value| value.to_compact()), json::value_of("value", &small).unwrap().to_compact())
        };
        let wanted = values();
        assert_eq!(wanted.1, "1.401298464324817e-45");
        for state in [0x1F80 | 0x4000, 0x1F80 | 0x2000, 0x1F80 | 0x6000, 0x1F80 | 0x8040] {
            let mut before = 0u32;
            // SAFETY: values that the register can have; it is as before in the end.
            let (found, after) = unsafe {
                std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut before, options(nostack));
                std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const state, options(nostack));
                let found = values();
                let mut after = 0u32;
                std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut after, options(nostack));
                std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const before, options(nostack));
                (found, after)
            };
            // The lowest six bits are flags.
            assert_eq!((found, after & !0x3F), (wanted.clone(), state), "{state:#x}");
        }
    }

    #[test]
    fn a_file_at_its_limit_is_an_error_and_no_signal() {
        // In a process of its own: the limit and the signal are the process's.
        // SAFETY: the child calls what a signal handler may, and ends at once.
        let status = unsafe {
            match libc::fork() {
                0 => {
                    let limit = libc::rlimit { rlim_cur: 1, rlim_max: libc::RLIM_INFINITY };
                    libc::setrlimit(libc::RLIMIT_FSIZE, &limit);
                    let file = libc::memfd_create(c"limited".as_ptr(), 0);
                    let write = || {
                        before_writing();
                        libc::write(file, c"more".as_ptr().cast(), 4) == 1
                            && libc::write(file, c"more".as_ptr().cast(), 4) == -1
                    };
                    let is_error = guarded(write);
                    let mut mask = only_xfsz();
                    libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &mut mask);
                    let is_open = libc::sigismember(&mask, SIGXFSZ) == 0;
                    libc::_exit(if is_error && is_open && !is_pending() { 7 } else { 8 });
                }
                child => {
                    let mut status = 0;
                    assert_eq!(libc::waitpid(child, &mut status, 0), child);
                    status
                }
            }
        };
        assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7, "{status:#x}");
        let _ = std::io::stdout().flush();
    }
}
