//! Signals that the host has asked us to take: noted, then handed over to whom they were for.
//!
//! A handler of ours is put over the host's when the first capture asks, and taken away when the
//! last one that asked has ended. A handler that the host puts over ours stays. It may call ours, so
//! from then on ours is not put over it again: the two would call each other for ever.
//!
//! The handler reads atomics only, and actions that are never freed. It calls what is on
//! POSIX's list of functions that a handler may call.

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use super::{note_fatal, runs, take_back_fatal, tell_stop};
use crate::base::pinned;
use crate::base::sync::{PerProcess, lock};
use crate::base::sys;
use crate::companions::stdio;
use crate::run::Signals;

/// Faults of the process itself: the host's handler is called, whatever it is.
const FAULTS: [c_int; 6] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT, libc::SIGSYS];

/// Other signals that end a process, unless it has a handler: where it has one, that is left alone.
const KILLERS: [c_int; 12] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGPIPE,
    libc::SIGALRM,
    libc::SIGTERM,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGVTALRM,
    libc::SIGPROF,
];

/// Signals that ask a process to stop.
const STOP: [c_int; 2] = [libc::SIGTERM, libc::SIGUSR1];

/// The signal of Ctrl-C, which asks a process to stop the first time.
const INTERRUPT: [c_int; 1] = [libc::SIGINT];

/// Above the number of every signal here.
const NUMBERS: usize = 32;

type Action = libc::sigaction;
type Informed = unsafe extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
type Plain = unsafe extern "C" fn(c_int);

/// The actions that were in force before ours.
static PREVIOUS: [AtomicPtr<Action>; NUMBERS] = [const { AtomicPtr::new(ptr::null_mut()) }; NUMBERS];
/// Where ours was put and not taken away since.
static PUT: [AtomicBool; NUMBERS] = [const { AtomicBool::new(false) }; NUMBERS];
/// How many runs have asked.
static FATAL_ASKED: AtomicUsize = AtomicUsize::new(0);
static STOP_ASKED: AtomicUsize = AtomicUsize::new(0);
static INTERRUPT_ASKED: AtomicUsize = AtomicUsize::new(0);
/// True from the first interrupt that was taken for a request on.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Actions that `PREVIOUS` has or had; held while handlers are put or taken away.
static KEPT: PerProcess<Mutex<Vec<&'static Action>>> = PerProcess::new(|_| Mutex::default());

/// Takes signals for one more run, and returns those that are left to the host's handlers.
pub fn ask(signals: Signals) -> Vec<c_int> {
    pinned::pin();
    let mut kept = lock(KEPT.get());
    let mut left = Vec::new();
    if signals.stop {
        STOP_ASKED.fetch_add(1, Ordering::SeqCst);
        left.extend(STOP.into_iter().filter(|signal| !put(*signal, &mut kept, |_| true)));
    }
    if signals.interrupt {
        INTERRUPT_ASKED.fetch_add(1, Ordering::SeqCst);
        left.extend(INTERRUPT.into_iter().filter(|signal| !put(*signal, &mut kept, |_| true)));
    }
    if signals.fatal {
        FATAL_ASKED.fetch_add(1, Ordering::SeqCst);
        sys::use_alternate_stack();
        let is_fatal = |previous: &Action| previous.sa_sigaction != libc::SIG_IGN;
        left.extend(FAULTS.into_iter().filter(|signal| !put(*signal, &mut kept, is_fatal)));
        for signal in KILLERS {
            put(signal, &mut kept, |previous| previous.sa_sigaction == libc::SIG_DFL);
        }
    }
    left
}

/// Gives back what one run has taken.
pub fn release(signals: Signals) {
    if signals == Signals::default() {
        return;
    }
    let _kept = lock(KEPT.get());
    let last = |asked: &AtomicUsize| asked.fetch_sub(1, Ordering::SeqCst) == 1;
    let stop_ends = signals.stop && last(&STOP_ASKED);
    let fatal_ends = signals.fatal && last(&FATAL_ASKED);
    let interrupt_ends = signals.interrupt && last(&INTERRUPT_ASKED);
    let is_asked = |asked: &AtomicUsize| asked.load(Ordering::SeqCst) > 0;
    for (ends, of) in [(stop_ends, &STOP[..]), (interrupt_ends, &INTERRUPT)] {
        if ends && !is_asked(&FATAL_ASKED) {
            of.iter().copied().for_each(take_away);
        }
    }
    if fatal_ends {
        sys::leave_alternate_stack();
        let is_free = |signal: &c_int| asked_to_stop_by(*signal).is_none_or(|asked| !is_asked(asked));
        FAULTS.into_iter().chain(KILLERS).filter(is_free).for_each(take_away);
    }
}

/// How many runs have asked for a signal that asks to stop; None for others. Safe in a signal handler.
fn asked_to_stop_by(signal: c_int) -> Option<&'static AtomicUsize> {
    if STOP.contains(&signal) {
        Some(&STOP_ASKED)
    } else if INTERRUPT.contains(&signal) {
        Some(&INTERRUPT_ASKED)
    } else {
        None
    }
}

/// In a forked child no run has asked. The handlers are there, and hand over everything.
pub fn forget() {
    FATAL_ASKED.store(0, Ordering::Relaxed);
    STOP_ASKED.store(0, Ordering::Relaxed);
    INTERRUPT_ASKED.store(0, Ordering::Relaxed);
}

/// The language whose runtime needs the signals for itself, if the process is in its hands.
pub fn runtime() -> Option<&'static str> {
    let has = |name: &std::ffi::CStr| {
        // SAFETY: a search of what is loaded.
        !unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }.is_null()
    };
    const JULIA: [&std::ffi::CStr; 4] =
        [c"jl_init", c"jl_is_initialized", c"jl_get_ptls_states", c"jl_get_pgcstack"];
    const R: [&std::ffi::CStr; 3] = [c"Rf_initialize_R", c"R_NilValue", c"R_GlobalEnv"];
    match (JULIA.iter().any(|name| has(name)), R.iter().any(|name| has(name))) {
        (true, _) => Some("Julia"),
        (_, true) => Some("R"),
        _ => None,
    }
}

/// Puts our handler over one that `wanted` finds fit; false if the host has put its own over ours.
fn put(signal: c_int, kept: &mut Vec<&'static Action>, wanted: impl Fn(&Action) -> bool) -> bool {
    let current = action(signal);
    let (Some(previous), Some(is_put)) = (PREVIOUS.get(signal as usize), PUT.get(signal as usize)) else {
        return false;
    };
    if is_ours(&current) {
        return true;
    }
    if is_put.load(Ordering::Relaxed) && is_function(&current) {
        return false;
    }
    if !wanted(&current) {
        return true;
    }
    let mut keep = |action: Action| {
        let same = kept.iter().find(|other| is_same(other, &action)).copied();
        let action = same.unwrap_or_else(|| {
            let action: &'static Action = Box::leak(Box::new(action));
            kept.push(action);
            action
        });
        previous.store(ptr::from_ref(action).cast_mut(), Ordering::Release);
    };
    // Before ours is in force: it may be called at once.
    keep(current);
    let replaced = set(signal, &ours(&current));
    if !is_same(&replaced, &current) {
        keep(replaced);
    }
    is_put.store(true, Ordering::Relaxed);
    true
}

/// Puts back what was before ours, if ours is in force.
fn take_away(signal: c_int) {
    let (Some(previous), Some(is_put)) = (PREVIOUS.get(signal as usize), PUT.get(signal as usize)) else {
        return;
    };
    // SAFETY: NULL, or leaked.
    let Some(previous) = (unsafe { previous.load(Ordering::Acquire).as_ref() }) else { return };
    let current = action(signal);
    if is_ours(&current) {
        let replaced = set(signal, previous);
        if !is_ours(&replaced) {
            // The host was quicker.
            set(signal, &replaced);
        }
        is_put.store(false, Ordering::Relaxed);
    } else if !is_function(&current) {
        is_put.store(false, Ordering::Relaxed);
    }
}

/// Our action, as much like the host's as can be: where the host's handler runs and what it is not
/// interrupted by. Where there is none, calls are not interrupted.
fn ours(previous: &Action) -> Action {
    let mut action = *previous;
    action.sa_sigaction = handle as Informed as usize;
    action.sa_flags = libc::SA_SIGINFO
        | if is_function(previous) {
            previous.sa_flags & (libc::SA_ONSTACK | libc::SA_RESTART | libc::SA_NODEFER | libc::SA_RESETHAND)
        } else {
            libc::SA_ONSTACK | libc::SA_RESTART
        };
    action
}

fn is_ours(action: &Action) -> bool {
    action.sa_sigaction == handle as Informed as usize
}

fn is_function(action: &Action) -> bool {
    !matches!(action.sa_sigaction, libc::SIG_DFL | libc::SIG_IGN)
}

fn is_same(one: &Action, other: &Action) -> bool {
    let blocks = |action: &Action, signal: c_int| {
        // SAFETY: reads a set that is whole.
        unsafe { libc::sigismember(&action.sa_mask, signal) == 1 }
    };
    one.sa_sigaction == other.sa_sigaction
        && one.sa_flags == other.sa_flags
        && (1..=64).all(|signal| blocks(one, signal) == blocks(other, signal))
}

fn default() -> Action {
    // SAFETY: plain data, for which zero is a value: the default action, and no signals.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

/// The action in force. Safe in a signal handler.
fn action(signal: c_int) -> Action {
    let mut current = default();
    // SAFETY: writes `current` only; no failure is possible with the signals here.
    unsafe { libc::sigaction(signal, ptr::null(), &mut current) };
    current
}

/// Puts `action` in force, and gives what was before. Safe in a signal handler.
fn set(signal: c_int, action: &Action) -> Action {
    let mut before = default();
    // SAFETY: a whole action, of which the handler stays, since `ask` has pinned the code.
    unsafe { libc::sigaction(signal, action, &mut before) };
    before
}

/// Notes the signal, and hands it over to whom it was for.
unsafe extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let errno = sys::errno();
    let previous = PREVIOUS.get(signal as usize).map_or(ptr::null_mut(), |it| it.load(Ordering::Acquire));
    // SAFETY: NULL, or leaked.
    let previous = unsafe { previous.as_ref() }.copied().unwrap_or_else(default);
    // A handler that the host has put over ours may have called it, and not have passed `info` on.
    let current = action(signal);
    let is_used_up = previous.sa_flags & libc::SA_RESETHAND != 0 && current.sa_sigaction == libc::SIG_DFL;
    let is_direct = is_ours(&current) || is_used_up;
    let ours = runs::are_ours();
    let is_asked = asked_to_stop_by(signal).is_some_and(|asked| asked.load(Ordering::SeqCst) > 0);
    let is_first = |signal| !INTERRUPT.contains(&signal) || !INTERRUPTED.swap(true, Ordering::Relaxed);
    let stops = ours && is_asked && is_first(signal);
    let mut noted = None;
    if stops {
        tell_stop(signal);
    } else if ours && FATAL_ASKED.load(Ordering::SeqCst) > 0 {
        // SAFETY: the kernel's where nobody stands between.
        let address = if is_direct { unsafe { fault_address(signal, info) } } else { 0 };
        noted = Some(note_fatal(signal, address));
    }
    match previous.sa_sigaction {
        libc::SIG_IGN => survived(noted),
        libc::SIG_DFL if stops => {}
        libc::SIG_DFL => {
            if noted.is_some() {
                stdio::catch_up();
            }
            set(signal, &default());
            // Blocked here: it comes when this handler returns.
            // SAFETY: `info` is the kernel's where nobody stands between.
            unsafe { sys::raise_again(signal, if is_direct { info } else { ptr::null_mut() }) };
        }
        function => {
            // SAFETY: the host's own, called as the system would have.
            unsafe {
                if previous.sa_flags & libc::SA_SIGINFO != 0 {
                    std::mem::transmute::<usize, Informed>(function)(signal, info, context);
                } else {
                    std::mem::transmute::<usize, Plain>(function)(signal);
                }
            }
            // A handler that has put another in its place wants the signal to come again; abort
            // goes on whatever the handler does.
            if signal != libc::SIGABRT && is_ours(&action(signal)) {
                survived(noted);
            } else if noted.is_some() {
                stdio::catch_up();
            }
        }
    }
    sys::set_errno(errno);
}

fn survived(noted: Option<crate::journal::position::Noted>) {
    if let Some(noted) = noted {
        take_back_fatal(noted);
    }
}

/// Where the fault was, if the signal tells of one.
///
/// # Safety
/// `info` is NULL or the kernel's.
unsafe fn fault_address(signal: c_int, info: *const libc::siginfo_t) -> u64 {
    let has_address = matches!(signal, libc::SIGSEGV | libc::SIGBUS | libc::SIGFPE | libc::SIGILL);
    // SAFETY: the caller's duty; the address is there for what the kernel found itself.
    unsafe {
        match info.as_ref() {
            Some(info) if has_address && info.si_code > 0 => info.si_addr() as u64,
            _ => 0,
        }
    }
}
