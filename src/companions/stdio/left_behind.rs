//! Readers for the pipes of children that outlive the process.
//!
//! Without a reader such a child would die of SIGPIPE at its next line. It is to live as it would if it
//! wrote to the original itself. A process of its own hands on what comes: `cat`, which every system has,
//! and which keeps none of the host's memory as a forked copy of the host would.

use std::ffi::CStr;
#[cfg(target_os = "linux")]
use std::io::Write as _;
#[cfg(target_os = "linux")]
use std::os::fd::FromRawFd as _;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};

use crate::base::descriptor::OurDescriptor;

/// Where `cat` is.
const CAT: [&CStr; 2] = [c"/bin/cat", c"/usr/bin/cat"];

/// The place where it finds the bytes that come first.
const FIRST: RawFd = 3;

/// The part of a stream that is yet to reach the original.
#[derive(Debug)]
pub struct Rest {
    /// The pipe that children write to, if there are any.
    pub pipe: Option<OurDescriptor>,
    /// Bytes that come before.
    pub waiting: Vec<u8>,
}

/// Starts a process that copies `rest` to `original` until the last writer has gone. Where there can be
/// none, the writers end as they would with a reader that ended.
pub fn hand_on(rest: &Rest, original: RawFd) {
    let pipe = rest.pipe.as_ref().and_then(OurDescriptor::number);
    let waiting = Some(&rest.waiting).filter(|waiting| !waiting.is_empty());
    let first = waiting.and_then(|waiting| in_memory(waiting));
    let arguments: &[&CStr] = match (&first, pipe) {
        (Some(_), Some(_)) => &[c"cat", c"/dev/fd/3", c"-"],
        (Some(_), None) => &[c"cat", c"/dev/fd/3"],
        (None, Some(_)) => &[c"cat"],
        (None, None) => return,
    };
    if let Some(pipe) = pipe {
        // SAFETY: a descriptor of ours, whose reader is to wait.
        unsafe { libc::fcntl(pipe, libc::F_SETFL, 0) };
    }
    let mut arguments: Vec<_> = arguments.iter().map(|argument| argument.as_ptr().cast_mut()).collect();
    arguments.push(std::ptr::null_mut());
    let mut actions = std::mem::MaybeUninit::<libc::posix_spawn_file_actions_t>::uninit();
    let mut attributes = std::mem::MaybeUninit::<libc::posix_spawnattr_t>::uninit();
    // SAFETY: both are initialized before they are used, and destroyed once. The strings and arrays live
    // through the calls.
    unsafe {
        if libc::posix_spawn_file_actions_init(actions.as_mut_ptr()) != 0 {
            return;
        }
        if libc::posix_spawnattr_init(attributes.as_mut_ptr()) != 0 {
            libc::posix_spawn_file_actions_destroy(actions.as_mut_ptr());
            return;
        }
        let mut signals: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut signals);
        libc::posix_spawnattr_setsigmask(attributes.as_mut_ptr(), &signals);
        libc::sigaddset(&mut signals, libc::SIGPIPE);
        libc::posix_spawnattr_setsigdefault(attributes.as_mut_ptr(), &signals);
        let flags = (libc::POSIX_SPAWN_SETSIGDEF | libc::POSIX_SPAWN_SETSIGMASK) as libc::c_short;
        libc::posix_spawnattr_setflags(attributes.as_mut_ptr(), flags);
        for fd in inherited() {
            libc::posix_spawn_file_actions_addclose(actions.as_mut_ptr(), fd);
        }
        // Ours are above the standard ones, and close by themselves.
        let first = first.as_ref().map(|first| first.as_raw_fd());
        let places = [(pipe, 0), (Some(original), 1), (first, FIRST)];
        for (from, to) in places.into_iter().filter_map(|(from, to)| Some((from?, to))) {
            libc::posix_spawn_file_actions_adddup2(actions.as_mut_ptr(), from, to);
        }
        let environment = [std::ptr::null_mut()];
        for path in CAT {
            let mut pid = 0;
            let (actions, attributes) = (actions.as_ptr(), attributes.as_ptr());
            let (arguments, environment) = (arguments.as_ptr(), environment.as_ptr());
            if libc::posix_spawn(&mut pid, path.as_ptr(), actions, attributes, arguments, environment) == 0 {
                break;
            }
        }
        libc::posix_spawnattr_destroy(attributes.as_mut_ptr());
        libc::posix_spawn_file_actions_destroy(actions.as_mut_ptr());
    }
}

/// A file in memory with these bytes.
#[cfg(target_os = "linux")]
fn in_memory(bytes: &[u8]) -> Option<OwnedFd> {
    // SAFETY: a C string; the descriptor is new, so nobody else has it.
    let file = unsafe {
        let fd = libc::memfd_create(c"metalab".as_ptr(), libc::MFD_CLOEXEC);
        (fd >= 0).then(|| OwnedFd::from_raw_fd(fd))?
    };
    let mut file = std::fs::File::from(file);
    file.write_all(bytes).ok()?;
    Some(file.into())
}

#[cfg(not(target_os = "linux"))]
fn in_memory(_bytes: &[u8]) -> Option<OwnedFd> {
    None
}

/// The host's descriptors that a program inherits, which is to hold none of its locks and connections.
fn inherited() -> Vec<RawFd> {
    let listed = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let numbers = listed.filter_map(|entry| entry.file_name().to_str()?.parse::<RawFd>().ok());
    // SAFETY: asks only.
    let is_inherited =
        |fd: &RawFd| *fd > 2 && unsafe { libc::fcntl(*fd, libc::F_GETFD) } & libc::FD_CLOEXEC == 0;
    numbers.filter(is_inherited).collect()
}
