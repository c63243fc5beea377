//! Gives the shared library a soname that carries the ABI version.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Keep equal to METALAB_ABI_VERSION in src/capi/version.rs; a test compares them.
    let abi = 1;
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libmetalab.so.{abi}");
            // Threads and thread-locals of ours may outlive a dlclose; the code must too.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
        Ok("macos") => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libmetalab.{abi}.dylib");
        }
        _ => {}
    }
}
