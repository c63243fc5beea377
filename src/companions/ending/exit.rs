//! The status that a process exits with while runs are open.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn watch() {
    use std::ffi::{c_int, c_void};
    use std::sync::Once;

    use super::runs;
    use crate::base::sys::real_time;
    use crate::journal::position::{Note, Noted};

    unsafe extern "C" {
        fn on_exit(function: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
    }

    extern "C" fn note(status: c_int, _: *mut c_void) {
        let noted = Noted::new(status, real_time());
        runs::each_position(|position| position.note(Note::Exit, noted));
    }

    static ONCE: Once = Once::new();
    // SAFETY: the function stays, since the library is never unloaded. A child that exits with the
    // handlers that it got by fork has no runs in its table.
    ONCE.call_once(|| unsafe {
        on_exit(note, std::ptr::null_mut());
    });
}

/// Elsewhere the system tells no handler the status; a parent can.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn watch() {}
