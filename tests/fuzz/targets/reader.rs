//! Reading a store that was damaged in a way that the fuzzer chooses.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

#[path = "../reading.rs"]
mod reading;

static STORES: OnceLock<reading::Stores> = OnceLock::new();

fuzz_target!(
    init: {
        let _ = STORES.set(reading::Stores::new());
    },
    |bytes: &[u8]| STORES.get().unwrap().check(bytes)
);
