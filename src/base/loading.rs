//! The shared libraries that are mapped into this process, and those of them that came with one that the
//! library itself has loaded: these are none of the program's.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::sync::{PerProcess, lock};

/// The paths of what was loaded for the library's own use.
static OWN: PerProcess<Mutex<BTreeSet<String>>> = PerProcess::new(|inherited| {
    // A thread that is not in this child may have been adding to it.
    let known = inherited.and_then(|own| own.try_lock().ok());
    Mutex::new(known.map(|own| own.clone()).unwrap_or_default())
});

fn mapped() -> BTreeSet<String> {
    let maps = std::fs::read("/proc/self/maps").unwrap_or_default();
    let path = |line: &[u8]| {
        let start = line.iter().position(|byte| *byte == b'/')?;
        Some(String::from_utf8_lossy(&line[start..]).into_owned())
    };
    maps.split(|byte| *byte == b'\n').filter_map(path).collect()
}

/// Returns true in a program without a dynamic linker: what it loads would come with a second C library, which
/// nobody has started.
#[cfg(target_os = "linux")]
pub fn is_static() -> bool {
    /// # Safety
    /// `info` is what `dl_iterate_phdr` shows.
    unsafe extern "C" fn has_linker(
        info: *mut libc::dl_phdr_info,
        _: usize,
        _: *mut libc::c_void,
    ) -> libc::c_int {
        // SAFETY: the caller's duty; a library has as many headers as it says.
        let headers = unsafe {
            let info = &*info;
            match info.dlpi_phdr.is_null() {
                true => &[],
                false => std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)),
            }
        };
        // The program names its linker, however it was started.
        libc::c_int::from(headers.iter().any(|header| header.p_type == libc::PT_INTERP))
    }
    // SAFETY: the function does not keep what it is shown.
    unsafe { libc::dl_iterate_phdr(Some(has_linker), std::ptr::null_mut()) == 0 }
}

/// No other system has static programs.
#[cfg(not(target_os = "linux"))]
pub fn is_static() -> bool {
    false
}

/// Calls `load`, which loads a library for this one's own use.
pub fn own<T>(load: impl FnOnce() -> T) -> T {
    let before = mapped();
    let loaded = load();
    lock(OWN.get()).extend(mapped().difference(&before).cloned());
    loaded
}

/// Returns whether the file at `path` was loaded for this library's own use.
pub fn is_own(path: &str) -> bool {
    lock(OWN.get()).contains(path)
}
