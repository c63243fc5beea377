//! The example solver in another language, beside the one in C++.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{command, has, library, python, root, run, run_within, skip};

/// Julia compiles what it needs first.
const PATIENCE: Duration = Duration::from_secs(900);

/// Runs `solver` and the example in C++ with the same arguments: they print the same, and leave the same store.
pub fn as_in_cpp(mut solver: Command) {
    let Some(python) = python() else { return };
    let Some(compiler) = ["g++", "clang++"].into_iter().find(|compiler| has(compiler)) else {
        return skip("there is no C++ compiler");
    };
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("taylor_green");
    run(Command::new(compiler)
        .args(["-std=c++17", "-O2", "-ffp-contract=off"])
        .args(["-I", "../include", "-I", "../bindings/cpp", "cpp/taylor_green.cpp", "cpp/flow.cpp", "-o"])
        .arg(&program)
        .arg("-L")
        .arg(library())
        .args(["-lmetalab", &format!("-Wl,-rpath,{}", library().display())])
        .current_dir(root().join("examples")))
    .succeeded();
    let solve = |solver: &mut Command, store: &Path| {
        let arguments =
            ["--n", "32", "--nu", "0.01", "--steps", "20", "--snapshot-every", "10", "--seed", "7"];
        let history = directory.path().join("history.csv");
        run_within(PATIENCE, solver.args(arguments).arg("--store").arg(store).arg("--history").arg(history))
            .succeeded()
            .stdout
    };
    let stores = ["cpp", "other"].map(|name| directory.path().join(name));
    let printed = solve(&mut command(&program), &stores[0]);
    assert_eq!(solve(&mut solver, &stores[1]), printed);
    run(command(python).arg(root().join("tests/python/same_run.py")).args(&stores)).succeeded();
}
