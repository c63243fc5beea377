//! The benchmarks can be built: nothing else runs all of them.

#![cfg(target_os = "linux")]

mod common;

use std::process::Command;

use common::{has, library, root, skip};

#[test]
fn the_benchmarks_are_built() {
    let has_libraries = Command::new("pkg-config").args(["--exists", "hdf5", "zlib", "spdlog"]).status();
    let missing = ["make", "gfortran", "c++", "strace"].into_iter().find(|tool| !has(tool));
    if missing.is_some() || !has_libraries.is_ok_and(|status| status.success()) {
        return skip("a tool or a library of the benchmarks is missing: scripts/bench.sh says which");
    }
    let mut command = Command::new(root().join("scripts/bench.sh"));
    command.arg("--library").arg(library().join("libmetalab.so")).args(["--only", "^none of them$"]);
    common::run(&mut command).succeeded();
}
