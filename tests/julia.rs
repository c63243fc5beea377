//! The Julia package: its own tests, and the example solver beside the C++ one.

mod common;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use common::{command, has, library, root, run_within, skip};

/// Compiling what the tests need takes Julia most of the time.
const PATIENCE: Duration = Duration::from_secs(900);

/// A depot that nothing has to be fetched for: its one registry is there, and empty. Each test has its
/// own, since Julia 1.5 does not keep processes from compiling the package at the same time.
fn depot(name: &str) -> PathBuf {
    let depot = root().join("target/julia-depots").join(name);
    let registry = depot.join("registries/Empty");
    std::fs::create_dir_all(&registry).unwrap();
    let text = "name = \"Empty\"\nuuid = \"9f2c4e0e-6a55-4f4b-8d0e-3c1f0a5d7b11\"\n\
                repo = \"file:///nowhere\"\n\n[packages]\n";
    std::fs::write(registry.join("Registry.toml"), text).unwrap();
    depot
}

/// Julia with the package and the release library; None where there is no Julia.
fn julia(depot: &str) -> Option<Command> {
    if !has("julia") {
        skip("there is no julia");
        return None;
    }
    let mut julia = command("julia");
    julia
        .arg("--startup-file=no")
        .arg(format!("--project={}", root().join("bindings/julia").display()))
        .env("METALAB_LIBRARY", library())
        .env("JULIA_DEPOT_PATH", self::depot(depot))
        .env_remove("JULIA_LOAD_PATH")
        // cargo's, where the library is found by chance.
        .env_remove("LD_LIBRARY_PATH");
    Some(julia)
}

#[test]
fn the_package_passes_its_tests() {
    let Some(mut julia) = julia("package") else { return };
    let ran = run_within(PATIENCE, julia.args(["-e", "using Pkg; Pkg.test()"])).succeeded();
    let said = ran.stdout + &ran.stderr;
    assert!(said.contains("tests passed"), "{said}");
}

#[test]
fn the_example_solver_stores_what_the_cpp_one_does() {
    let Some(mut julia) = julia("example") else { return };
    julia.arg(root().join("examples/julia/taylor_green.jl"));
    common::same_run::as_in_cpp(julia);
}

#[test]
fn the_example_solver_refuses_what_it_does_not_know() {
    let Some(mut julia) = julia("usage") else { return };
    let ran =
        run_within(PATIENCE, julia.arg(root().join("examples/julia/taylor_green.jl")).args(["--n", "8"]));
    assert_eq!((ran.status.code(), ran.stderr.starts_with("usage: ")), (Some(2), true), "{}", ran.stderr);
}
