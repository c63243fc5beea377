//! The code of this library, kept where it is while the process lives.
//!
//! A plugin may have a static copy of the library and be unloaded. A thread of ours that recovers
//! another run or gathers what a run ran on may outlive the last capture, and a signal may reach a
//! handler of ours at any time: neither may find its code gone.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use super::sync::MadeOnce;

/// Keeps what this code was loaded with from being unloaded. Where the system can't say what that is,
/// it is the program itself, which stays.
pub fn pin() {
    static PINNED: MadeOnce<()> = MadeOnce::new();
    PINNED.get_or_init(|| {
        if cfg!(miri) {
            return;
        }
        let mut object = MaybeUninit::<libc::Dl_info>::uninit();
        // SAFETY: an address of this code; `object` is read only if it was filled, and the name in it
        // is the loader's, for as long as this code is loaded. NOLOAD loads nothing.
        unsafe {
            if libc::dladdr(pin as *const c_void, object.as_mut_ptr()) == 0 {
                return;
            }
            let name = object.assume_init().dli_fname;
            if !name.is_null() {
                libc::dlopen(name, libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE);
            }
        }
    });
}
