//! Versions.

use std::ffi::c_char;

/// The version of the binary interface, which the library's soname carries. It grows when a
/// program that was compiled against an older header could no longer run.
pub const METALAB_ABI_VERSION: u32 = 1;

/// The version of the library that runs, as in "0.1.0". METALAB_VERSION is that of the header.
///
/// The text is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn metalab_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The METALAB_ABI_VERSION of the library that runs. A wrapper that loads the library at run time
/// compares it with the one it was written for.
///
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn metalab_abi_version() -> u32 {
    METALAB_ABI_VERSION
}
