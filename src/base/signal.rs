//! Signals by name.

use std::borrow::Cow;
use std::ffi::c_int;

/// Its name, as in "SIGTERM".
pub fn name(signal: c_int) -> Cow<'static, str> {
    named(signal).map_or_else(|| format!("signal {signal}").into(), |(name, _)| name.into())
}

/// Its name and what it means, as in "SIGSEGV (invalid memory access)".
pub fn description(signal: c_int) -> Cow<'static, str> {
    match named(signal) {
        Some((name, "")) => name.into(),
        Some((name, meaning)) => format!("{name} ({meaning})").into(),
        None => name(signal),
    }
}

fn named(signal: c_int) -> Option<(&'static str, &'static str)> {
    Some(match signal {
        libc::SIGABRT => ("SIGABRT", ""),
        libc::SIGALRM => ("SIGALRM", "alarm"),
        libc::SIGBUS => ("SIGBUS", "memory that can't be had: a file cut short, a full disk"),
        libc::SIGFPE => ("SIGFPE", "arithmetic error"),
        libc::SIGHUP => ("SIGHUP", "the terminal was closed"),
        libc::SIGILL => ("SIGILL", "illegal instruction"),
        libc::SIGINT => ("SIGINT", "interrupted"),
        libc::SIGKILL => ("SIGKILL", ""),
        libc::SIGPIPE => ("SIGPIPE", "nobody reads its output"),
        libc::SIGPROF => ("SIGPROF", "profiling timer"),
        libc::SIGQUIT => ("SIGQUIT", ""),
        libc::SIGSEGV => ("SIGSEGV", "invalid memory access"),
        libc::SIGSYS => ("SIGSYS", "system call not allowed"),
        libc::SIGTERM => ("SIGTERM", ""),
        libc::SIGTRAP => ("SIGTRAP", ""),
        libc::SIGUSR1 => ("SIGUSR1", ""),
        libc::SIGUSR2 => ("SIGUSR2", ""),
        libc::SIGVTALRM => ("SIGVTALRM", "timer"),
        libc::SIGXCPU => ("SIGXCPU", "processor time used up"),
        libc::SIGXFSZ => ("SIGXFSZ", "file size limit"),
        _ => return None,
    })
}
