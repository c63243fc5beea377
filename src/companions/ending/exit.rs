//! The status that a process exits with while runs are open.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn watch() {
    use std::ffi::{c_int, c_void};

    use super::runs;
    use crate::base::sync::MadeOnce;
    use crate::base::sys::real_time;
    use crate::journal::position::{Note, Noted};

    // The C library hands such a function the status as well, as it does one of on_exit, and forgets it
    // when the code that it is in is unloaded: a plugin may have a static copy of this library.
    unsafe extern "C" {
        fn __cxa_atexit(
            function: extern "C" fn(*mut c_void, c_int),
            argument: *mut c_void,
            code: *const c_void,
        ) -> c_int;
        static __dso_handle: c_void;
    }

    extern "C" fn note(_: *mut c_void, status: c_int) {
        let noted = Noted::new(status, real_time());
        runs::each_position(|position| position.note(Note::Exit, noted));
    }

    static WATCHED: MadeOnce<()> = MadeOnce::new();
    // SAFETY: called and forgotten before its code is unloaded. A child that exits with the handlers
    // that it got by fork has no runs in its table.
    WATCHED.get_or_init(|| unsafe {
        __cxa_atexit(note, std::ptr::null_mut(), &raw const __dso_handle);
    });
}

/// Elsewhere the system tells no handler the status; a parent can.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn watch() {}
