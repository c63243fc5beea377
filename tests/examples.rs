//! The short programs that read runs back, in C, C++ and Rust: a solver that goes on where it was, a sweep that
//! is resumed, all runs compared. Those of Fortran, Julia and R are run by the tests of these languages.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{command, has, library, root, run, skip};

/// A solver that was killed before its first snapshot begins anew, and later goes on as ever.
#[cfg(target_os = "linux")]
fn check_early_death(solver: &Path) {
    use std::os::unix::process::ExitStatusExt;
    let death = "#include <signal.h>\nint metalab_snapshots_begin(void) { return raise(SIGKILL); }\n";
    let place = tempfile::tempdir().unwrap();
    let source = place.path().join("death.c");
    let preload = place.path().join("death.so");
    std::fs::write(&source, death).unwrap();
    run(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&preload).arg(&source)).succeeded();
    let mut start = command(solver);
    let killed = run(start.current_dir(place.path()).env("LD_PRELOAD", &preload));
    assert_eq!(killed.status.signal(), Some(libc::SIGKILL), "{killed:?}");
    for wanted in ["from step 1\n70 steps\n", "from step 51\n100 steps\n"] {
        let ran = run(command(solver).current_dir(place.path())).succeeded();
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (wanted, ""));
    }
}

/// Runs each of the programs that `program` returns, and checks what they say.
fn check(program: impl Fn(&str) -> PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let said = |name: &str| {
        let ran = run(command(program(name)).current_dir(place.path())).succeeded();
        assert_eq!(ran.stderr, "", "{name}");
        ran.stdout
    };
    assert_eq!(said("restart"), "from step 1\n");
    assert_eq!(said("restart"), "from step 51\n100 steps\n");
    let results = "64 0.0156\n128 0.0078\n";
    assert_eq!(said("sweep"), format!("solving 64\nsolving 128\n{results}"));
    assert_eq!(said("sweep"), results);
    assert_eq!(said("compare"), "128 0.0078 success\n64 0.0156 success\n");
    // A run that went on has all of its points, as if it had not been interrupted.
    let store = metalab::read::Store::open(place.path().join("runs").to_str().unwrap()).unwrap();
    let query = metalab::read::Query { experiment: Some("restart:1"), ..Default::default() };
    let run = store.newest(&query).unwrap().unwrap();
    let peak = run.series("peak").unwrap().unwrap();
    assert_eq!(peak.steps, (1..=100).collect::<Vec<_>>());
}

/// The page prints the program as it is.
fn is_printed(page: &str, language: &str, path: &Path) {
    let source = std::fs::read_to_string(root().join(path)).unwrap();
    let page_text = std::fs::read_to_string(root().join(page)).unwrap();
    let block = format!("```{language}\n{source}```");
    assert!(page_text.contains(&block), "{page} prints another {}", path.display());
}

fn compiled(compiler: &str, flags: &[&str], page: &str, language: &str) {
    if !has(compiler) {
        return skip(&format!("there is no {compiler}"));
    }
    let place = tempfile::tempdir().unwrap();
    check(|name| {
        let source = PathBuf::from(format!("examples/{language}/{name}.{language}"));
        is_printed(page, language, &source);
        let program = place.path().join(name);
        let mut compile = Command::new(compiler);
        compile.args(flags).args(["-Wall", "-Wextra", "-Werror", "-I"]).arg(root().join("include")).arg("-I");
        compile.arg(root().join("bindings/cpp")).arg(root().join(source)).arg("-o").arg(&program).arg("-L");
        compile.arg(library()).args(["-lmetalab", &format!("-Wl,-rpath,{}", library().display())]);
        run(&mut compile).succeeded();
        program
    });
    #[cfg(target_os = "linux")]
    check_early_death(&place.path().join("restart"));
}

#[test]
fn examples_in_c() {
    compiled("cc", &["-std=c99"], "docs/c.md", "c");
}

#[test]
fn examples_in_cpp() {
    compiled("c++", &["-std=c++17"], "bindings/cpp/README.md", "cpp");
}

#[test]
fn examples_in_rust() {
    // Cargo builds them with all tests, and not with this one alone.
    let mut cargo = Command::new(env!("CARGO"));
    run(cargo.args(["build", "--examples", "--locked", "--quiet"]).current_dir(root())).succeeded();
    let built = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples");
    check(|name| {
        is_printed("docs/reading.md", "rust", Path::new(&format!("examples/rust/{name}.rs")));
        built.join(name)
    });
}
