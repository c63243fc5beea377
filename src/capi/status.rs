//! Statuses, the last error, and the boundary that nothing unwinds across.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::base::error::{Error, ErrorKind};
use crate::base::guard::guarded;
use crate::base::memory;
use crate::journal;

/// The status that a function returns: METALAB_OK, METALAB_SKIP, METALAB_NO_CAPTURE, or an error,
/// METALAB_ERR_... . Numbers are never reused.
pub type metalab_status_t = i32;

/// Success.
pub const METALAB_OK: metalab_status_t = 0;
/// metalab_capture_open: the run has already succeeded, and the options say to skip it then.
pub const METALAB_SKIP: metalab_status_t = 1;
/// The handle is NULL: nothing was done, and metalab_last_error is unchanged. If a program continues after
/// opening has failed, every call returns this status, at the cost of a comparison.
pub const METALAB_NO_CAPTURE: metalab_status_t = 2;
/// A pointer is NULL that must not be.
pub const METALAB_ERR_NULL: metalab_status_t = 3;
/// A string is not UTF-8.
pub const METALAB_ERR_UTF8: metalab_status_t = 4;
/// A name is empty, too long, has a NUL inside, or cannot be distinguished from another name.
pub const METALAB_ERR_NAME: metalab_status_t = 5;
/// An argument is out of range, such as an unknown constant or an impossible shape.
pub const METALAB_ERR_VALUE: metalab_status_t = 6;
/// A string is not JSON, or not the required kind of JSON.
pub const METALAB_ERR_JSON: metalab_status_t = 7;
/// The handle has ended: finished, sealed, abandoned, freed, or inherited by fork.
pub const METALAB_ERR_CLOSED: metalab_status_t = 8;
/// The pointer is not a handle of this kind.
pub const METALAB_ERR_HANDLE: metalab_status_t = 9;
/// The run has already succeeded, and the options say to refuse then.
pub const METALAB_ERR_EXISTS: metalab_status_t = 10;
/// Another process or capture writes the run, or holds what was requested.
pub const METALAB_ERR_BUSY: metalab_status_t = 11;
/// The system reported an input/output error.
pub const METALAB_ERR_IO: metalab_status_t = 12;
/// The disk is full, or the quota is exhausted.
pub const METALAB_ERR_FULL: metalab_status_t = 13;
/// Permission denied, or a read-only file system.
pub const METALAB_ERR_ACCESS: metalab_status_t = 14;
/// A file that was named does not exist.
pub const METALAB_ERR_NOT_FOUND: metalab_status_t = 15;
/// Out of memory or address space.
pub const METALAB_ERR_MEMORY: metalab_status_t = 16;
/// Not supported by this build or system.
pub const METALAB_ERR_UNSUPPORTED: metalab_status_t = 17;
/// A defect of the library, caught before it reached the caller. Please report it.
pub const METALAB_ERR_PANIC: metalab_status_t = 18;
/// The run was ended or flushed, but something could not be written; the message and
/// metalab_capture_health_json say what.
pub const METALAB_ERR_INCOMPLETE: metalab_status_t = 19;
/// A callback asked to stop.
pub const METALAB_ERR_STOPPED: metalab_status_t = 20;
/// A file in the store is damaged, or is not what its name says. The message names it.
pub const METALAB_ERR_DAMAGED: metalab_status_t = 21;

const NAMES: [&CStr; 22] = [
    c"METALAB_OK",
    c"METALAB_SKIP",
    c"METALAB_NO_CAPTURE",
    c"METALAB_ERR_NULL",
    c"METALAB_ERR_UTF8",
    c"METALAB_ERR_NAME",
    c"METALAB_ERR_VALUE",
    c"METALAB_ERR_JSON",
    c"METALAB_ERR_CLOSED",
    c"METALAB_ERR_HANDLE",
    c"METALAB_ERR_EXISTS",
    c"METALAB_ERR_BUSY",
    c"METALAB_ERR_IO",
    c"METALAB_ERR_FULL",
    c"METALAB_ERR_ACCESS",
    c"METALAB_ERR_NOT_FOUND",
    c"METALAB_ERR_MEMORY",
    c"METALAB_ERR_UNSUPPORTED",
    c"METALAB_ERR_PANIC",
    c"METALAB_ERR_INCOMPLETE",
    c"METALAB_ERR_STOPPED",
    c"METALAB_ERR_DAMAGED",
];

/// Returns the name of a status, such as "METALAB_ERR_NAME", or "METALAB_UNKNOWN" for any other number.
///
/// The string is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn metalab_status_name(status: metalab_status_t) -> *const c_char {
    let name = usize::try_from(status).ok().and_then(|index| NAMES.get(index));
    name.copied().unwrap_or(c"METALAB_UNKNOWN").as_ptr()
}

/// Returns the message of this thread's latest failure: the function, the argument or file, and the reason; ""
/// if there was none. A call that succeeds leaves it unchanged, except metalab_recover and
/// metalab_recover_host: after their success it is what they left alone or set aside, or "".
///
/// Never NULL; the string belongs to the library and is valid until this thread's next call that fails, or
/// that reports something here. Any thread; each thread has its own message.
#[unsafe(no_mangle)]
pub extern "C" fn metalab_last_error() -> *const c_char {
    if !memory::is_thread_ready() {
        // None of its calls has failed; or there is no memory for the message.
        return if NO_MEMORY.get() {
            c"no memory for this thread's first call".as_ptr()
        } else {
            c"".as_ptr()
        };
    }
    LAST.try_with(|last| last.try_borrow().map(|last| last.as_ptr()).ok())
        .ok()
        .flatten()
        .unwrap_or(c"".as_ptr())
}

/// Frees a string that the library returned. NULL is fine. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_string_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: the caller's duty: a text from this library, freed once.
        drop(unsafe { CString::from_raw(text) });
    }
}

thread_local! {
    /// True if this thread's first call had no memory.
    static NO_MEMORY: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<CString> = RefCell::new(CString::default());
}

/// Why a function of the C interface ends early.
pub(super) enum Stop {
    /// With an error.
    Error(Error),
    /// With a status that is none.
    Status(metalab_status_t),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Error(error)
    }
}

/// The outcome of a function's body.
pub(super) type Answer<T = ()> = std::result::Result<T, Stop>;

/// An error about an argument.
pub(super) fn wrong<T>(kind: ErrorKind, message: impl Into<String>) -> Answer<T> {
    Err(Stop::Error(Error::new(kind, message)))
}

/// Runs `body`, guarded, so that no panic leaves it, and makes a status of what it comes to.
#[inline]
pub(super) fn boundary(function: &str, body: impl FnOnce() -> Answer) -> metalab_status_t {
    if let Err(kind) = memory::ready_thread(touch_thread) {
        NO_MEMORY.set(true);
        return kind as metalab_status_t;
    }
    let body = || {
        inject_panic(function);
        body()
    };
    match guarded(|| catch_unwind(AssertUnwindSafe(body))) {
        Ok(Ok(())) => METALAB_OK,
        Ok(Err(Stop::Status(status))) => status,
        Ok(Err(Stop::Error(error))) => fail(function, &error),
        Err(panic) => fail(function, &panic_error(panic)),
    }
}

/// Uses what a thread has of its own, so that its destructors are noted.
fn touch_thread() {
    let _ = LAST.try_with(|_| ());
    journal::touch_thread();
}

#[cold]
fn panic_error(panic: Box<dyn std::any::Any + Send>) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    // A payload whose destructor panics must not do so here.
    std::mem::forget(panic);
    Error::new(ErrorKind::Panic, format!("internal error, please report it: {text}"))
}

#[cold]
fn fail(function: &str, error: &Error) -> metalab_status_t {
    remark(function, error);
    error.kind() as metalab_status_t
}

/// Makes a remark on `function` the last error of this thread.
pub(super) fn remark(function: &str, what: &dyn std::fmt::Display) {
    set_last(format!("{function}: {what}").replace('\0', "\\0"));
}

/// This thread has no last error any more.
pub(super) fn forget_last() {
    set_last(String::new());
}

fn set_last(text: String) {
    let _ = LAST.try_with(|last| {
        if let (Ok(mut last), Ok(text)) = (last.try_borrow_mut(), CString::new(text)) {
            *last = text;
        }
    });
}

/// For the test that proves the boundary on a release library.
#[cfg(feature = "inject-panic")]
fn inject_panic(function: &str) {
    if crate::base::environment::raw("METALAB_INJECT_PANIC").is_some_and(|wanted| wanted == function) {
        panic!("injected into {function}");
    }
}

#[cfg(not(feature = "inject-panic"))]
#[inline(always)]
fn inject_panic(_function: &str) {}
