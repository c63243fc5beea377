//! Journals that are torn, cut, flipped or somebody else's: recovery ends, allocates no more than
//! there is, keeps what comes before the damage, and leaves the store readable.
//!
//! The fuzzer (scripts/fuzz.sh) does the same for as long as one likes.

#![cfg(target_os = "linux")]

use std::process::Command;

#[path = "fuzz/damage.rs"]
mod damage;

/// Enough for every kind of damage to every kind of file.
const CASES: u32 = 400;

/// The most memory that recovering these small journals may ever take.
const MEMORY_KIB: u64 = 1 << 20;

#[test]
fn victim() {
    damage::die_if_asked();
}

#[test]
fn random_damage() {
    let seeds = damage::seeds(|| {
        let mut victim = Command::new(std::env::current_exe().unwrap());
        victim.args(["victim", "--exact", "--nocapture", "--test-threads=1"]);
        victim
    });
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for case in 0..CASES {
        let bytes: Vec<u8> = (0..96)
            .map(|_| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                (random >> 32) as u8
            })
            .collect();
        let checked = std::panic::catch_unwind(|| damage::check(&seeds, &bytes));
        assert!(checked.is_ok(), "case {case}: {bytes:?}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < MEMORY_KIB, "{peak} KiB");
}
