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

/// Those of [`TAKEN`] that are taken even where they were ignored: the work of `mlab` depends on them.
const NEEDED: [libc::c_int; 3] = [libc::SIGCHLD, libc::SIGCONT, libc::SIGWINCH];

/// Those that end a program which does nothing about them.
const STOPPING: [libc::c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

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
#[derive(Clone, Copy)]
pub struct Signals {
    taken: libc::sigset_t,
    before: libc::sigset_t,
    /// The earlier disposition of SIGCHLD.
    of_children: libc::sigaction,
}

impl Signals {
    /// Takes them. To be called before there are threads, which inherit this.
    pub fn take() -> Self {
        // SAFETY: the sets are initialised by the calls, which can't fail for known signals.
        unsafe {
            let mut taken = MaybeUninit::zeroed().assume_init();
            libc::sigemptyset(&mut taken);
            // A blocked signal arrives even if it is ignored, as under `nohup`. The program ignores it as well.
            for number in TAKEN.into_iter().filter(|number| NEEDED.contains(number) || !is_ignored(*number)) {
                libc::sigaddset(&mut taken, number);
            }
            // Where it is ignored, nobody can wait for children.
            let mut of_children = MaybeUninit::zeroed().assume_init();
            let default: libc::sigaction = MaybeUninit::zeroed().assume_init();
            libc::sigaction(libc::SIGCHLD, &default, &mut of_children);
            let mut before = MaybeUninit::zeroed().assume_init();
            libc::pthread_sigmask(libc::SIG_BLOCK, &taken, &mut before);
            // A reader of our output that has gone is an error of the write.
            libc::signal(libc::SIGPIPE, libc::SIG_IGN);
            Self { taken, before, of_children }
        }
    }

    /// Puts back what was before, in a process that is to be the program. It may be one that was just forked.
    pub fn give_back(&self) {
        // SAFETY: the structures are those that the system has given.
        unsafe {
            libc::sigaction(libc::SIGCHLD, &self.of_children, std::ptr::null_mut());
            libc::sigprocmask(libc::SIG_SETMASK, &self.before, std::ptr::null_mut());
        }
    }

    /// The next signal, or none if none comes within `patience`.
    pub fn wait(&self, patience: Duration) -> Option<Signal> {
        next(&self.taken, patience)
    }

    /// One that has come and ends a program. The others are left for [`wait`](Self::wait).
    pub fn stopping(&self) -> Option<libc::c_int> {
        // SAFETY: the set is initialised by the calls.
        let stopping = unsafe {
            let mut stopping = MaybeUninit::zeroed().assume_init();
            libc::sigemptyset(&mut stopping);
            for number in STOPPING {
                if libc::sigismember(&self.taken, number) == 1 {
                    libc::sigaddset(&mut stopping, number);
                }
            }
            stopping
        };
        next(&stopping, Duration::ZERO).map(|signal| signal.number)
    }
}

impl Signal {
    /// True if it ends a program that does nothing about it.
    pub fn is_stopping(&self) -> bool {
        STOPPING.contains(&self.number)
    }
}

/// The next signal of a set, or none if none comes within `patience`.
fn next(set: &libc::sigset_t, patience: Duration) -> Option<Signal> {
    let patience = libc::timespec {
        tv_sec: patience.as_secs() as libc::time_t,
        tv_nsec: libc::c_long::from(patience.subsec_nanos() as i32),
    };
    let mut found = MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: the structures are this function's; the kernel fills the first one.
    let number = unsafe { libc::sigtimedwait(set, found.as_mut_ptr(), &patience) };
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

fn is_ignored(number: libc::c_int) -> bool {
    // SAFETY: the call fills the structure of this function.
    unsafe {
        let mut found: libc::sigaction = MaybeUninit::zeroed().assume_init();
        libc::sigaction(number, std::ptr::null(), &mut found) == 0 && found.sa_sigaction == libc::SIG_IGN
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

/// Stops this process, as the shell expects of one that was told to. Without a shell that would continue it, the
/// kernel drops the signal. It was taken, and so it is not ignored.
pub fn stop() {
    // SAFETY: the set is initialised by the calls; the signal comes to this thread, which alone does not block it.
    unsafe {
        let mut set = MaybeUninit::zeroed().assume_init();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGTSTP);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &set, std::ptr::null_mut());
        libc::raise(libc::SIGTSTP);
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
    }
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
