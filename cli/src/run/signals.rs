//! Signals that `mlab` takes while a program runs.

use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

/// Those that are passed on, and SIGCHLD, which says that a process has ended.
const TAKEN: [libc::c_int; 10] = [
    libc::SIGCHLD,
    libc::SIGINT,
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGCONT,
    libc::SIGTSTP,
    libc::SIGWINCH,
];

/// A signal that came.
#[derive(Debug, Clone, Copy)]
pub struct Signal {
    /// Its number.
    pub number: libc::c_int,
    /// True if the terminal sent it: to the program, too.
    pub is_of_terminal: bool,
    /// Who sent it, if a process did.
    pub sender: libc::pid_t,
}

/// The signals, taken by [`wait`](Self::wait) from now on.
pub struct Signals {
    taken: libc::sigset_t,
    before: libc::sigset_t,
}

impl Signals {
    /// Takes them. To be called before there are threads, which inherit this.
    pub fn take() -> Self {
        // SAFETY: the sets are initialised by the calls, which can't fail for known signals.
        unsafe {
            let mut taken = MaybeUninit::zeroed().assume_init();
            libc::sigemptyset(&mut taken);
            for number in TAKEN {
                libc::sigaddset(&mut taken, number);
            }
            let mut before = MaybeUninit::zeroed().assume_init();
            libc::pthread_sigmask(libc::SIG_BLOCK, &taken, &mut before);
            // A reader of our output that has gone is an error of the write.
            libc::signal(libc::SIGPIPE, libc::SIG_IGN);
            Self { taken, before }
        }
    }

    /// The signals that were blocked before: the program gets this.
    pub fn before(&self) -> libc::sigset_t {
        self.before
    }

    /// Puts back what was before.
    pub fn give_back(&self) {
        // SAFETY: the set is initialised.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.before, std::ptr::null_mut()) };
    }

    /// The next signal, or none if none comes within `patience`.
    pub fn wait(&self, patience: Duration) -> Option<Signal> {
        let patience = libc::timespec {
            tv_sec: patience.as_secs() as libc::time_t,
            tv_nsec: libc::c_long::from(patience.subsec_nanos() as i32),
        };
        let mut found = MaybeUninit::<libc::siginfo_t>::zeroed();
        // SAFETY: the structures are this function's; the kernel fills the first one.
        let number = unsafe { libc::sigtimedwait(&self.taken, found.as_mut_ptr(), &patience) };
        if number <= 0 {
            return None;
        }
        // SAFETY: it was all zeros, and is filled.
        let found = unsafe { found.assume_init() };
        let is_of_terminal = found.si_code == libc::SI_KERNEL;
        // SAFETY: signals of processes have a sender; of others this is a number without meaning.
        let sender = if found.si_code == libc::SI_USER { unsafe { found.si_pid() } } else { 0 };
        Some(Signal { number, is_of_terminal, sender })
    }
}

/// Sends a signal to a process; one that has ended gets none.
pub fn send(pid: libc::pid_t, number: libc::c_int) -> io::Result<()> {
    // SAFETY: sends a signal.
    match unsafe { libc::kill(pid, number) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Stops this process, as the shell expects of one that was told to.
pub fn stop() {
    // SAFETY: sends a signal to this process.
    unsafe { libc::raise(libc::SIGSTOP) };
}

/// The name of a signal.
pub fn name(number: libc::c_int) -> String {
    let name = match number {
        libc::SIGHUP => "SIGHUP",
        libc::SIGINT => "SIGINT",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGILL => "SIGILL",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGKILL => "SIGKILL",
        libc::SIGUSR1 => "SIGUSR1",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGUSR2 => "SIGUSR2",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGALRM => "SIGALRM",
        libc::SIGTERM => "SIGTERM",
        libc::SIGXCPU => "SIGXCPU",
        libc::SIGXFSZ => "SIGXFSZ",
        libc::SIGSYS => "SIGSYS",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}
