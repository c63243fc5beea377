//! Recovery from a journal that was damaged in a way that the fuzzer chooses.

#![no_main]

use std::process::Command;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

#[path = "../damage.rs"]
mod damage;

static SEEDS: OnceLock<Vec<damage::Seed>> = OnceLock::new();

fuzz_target!(
    init: {
        damage::die_if_asked();
        let victim = || Command::new(std::env::current_exe().unwrap());
        let _ = SEEDS.set(damage::seeds(victim));
    },
    |bytes: &[u8]| damage::check(SEEDS.get().unwrap(), bytes)
);
