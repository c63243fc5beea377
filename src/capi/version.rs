//! Versions.

use std::ffi::c_char;

/// The version of the binary interface, which the library's soname carries. It is incremented when programs
/// that were compiled against an older header no longer run.
pub const METALAB_ABI_VERSION: u32 = 1;

/// Returns the version of the loaded library, such as "0.1.0". METALAB_VERSION is that of the header.
///
/// The string is static. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn metalab_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Returns the METALAB_ABI_VERSION of the loaded library. A wrapper that loads the library at run time compares
/// it with the one that it was written for.
///
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn metalab_abi_version() -> u32 {
    METALAB_ABI_VERSION
}
