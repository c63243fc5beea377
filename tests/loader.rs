//! Programs that look for the library when they run (`metalab_dl.h`): with it, without it, with another one,
//! and with one that goes. tests/c/loader.c has the programs.

#![cfg(target_os = "linux")]

mod common;

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use common::{Ran, c_compilers, has, library, record, root, run, skip};
use serde_json::json;
use tempfile::TempDir;

const SONAME: &str = "libmetalab.so.1";

#[track_caller]
fn compiled(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// A compiler with the flags of every file.
fn compiler(name: &str, standard: &str) -> Command {
    let mut command = Command::new(name);
    command.args([&format!("-std={standard}"), "-Wall", "-Wextra", "-Wshadow", "-Werror", "-O1", "-pthread"]);
    for include in ["include", "bindings/cpp"] {
        command.arg("-I").arg(root().join(include));
    }
    command
}

/// The program, in C and C++, and its plugin. The library is not linked to any of them.
fn build(c: &str, cpp: &str) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    let (source, other) = (root().join("tests/c/loader.c"), root().join("tests/cpp/loader.cpp"));
    compiled(compiler(c, "c99").arg("-c").arg(source).arg("-o").arg(path("c.o")));
    compiled(compiler(cpp, "c++17").arg("-c").arg(&other).arg("-o").arg(path("cpp.o")));
    let mut plugin = compiler(cpp, "c++17");
    plugin.args(["-DPLUGIN", "-shared", "-fPIC"]).arg(&other).arg("-o").arg(path("libplugin.so"));
    compiled(plugin.arg("-ldl"));
    let mut link = compiler(cpp, "c++17");
    link.args([path("c.o"), path("cpp.o"), path("libplugin.so")]).arg("-Wl,-rpath,$ORIGIN").arg("-ldl");
    compiled(link.arg("-o").arg(path("loader")));
    place
}

/// The program of the first compiler that is here.
fn program() -> Option<PathBuf> {
    static PROGRAM: OnceLock<Option<TempDir>> = OnceLock::new();
    let place = PROGRAM.get_or_init(|| {
        if !has("c++") {
            skip("there is no C++ compiler");
            return None;
        }
        c_compilers().first().map(|compiler| build(compiler, "c++"))
    });
    place.as_ref().map(|place| place.path().join("loader"))
}

/// A command of which the system knows no library but what `variables` say.
fn case(program: &Path, name: &str, store: &Path, variables: &[(&str, &Path)]) -> Command {
    let mut command = common::command(program);
    command.arg(name).arg(store).env_remove("LD_LIBRARY_PATH").envs(variables.iter().copied());
    command
}

/// The case has captured a run.
#[track_caller]
fn captures(program: &Path, name: &str, variables: &[(&str, &Path)]) {
    let store = tempfile::tempdir().unwrap();
    let ran = run(&mut case(program, name, store.path(), variables)).succeeded();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{name}");
    let record = record(&store.path().join("loader_1"));
    assert_eq!((&record["status"], &record["metrics"]["m"]), (&json!("success"), &json!(1.5)));
    assert_eq!(record["artifacts"][0]["name"], "a");
    let log = std::fs::read_to_string(store.path().join("loader_1/logs/run_run.log")).unwrap();
    assert!(log.contains("step 3 of many"), "{log}");
}

/// The case has captured nothing; returns what the loader says of it.
#[track_caller]
fn misses(program: &Path, variables: &[(&str, &Path)]) -> String {
    let store = tempfile::tempdir().unwrap();
    let Ran { stdout, stderr, .. } = run(&mut case(program, "missing", store.path(), variables)).succeeded();
    assert_eq!(stderr, "");
    assert_eq!(std::fs::read_dir(store.path()).unwrap().count(), 0);
    stdout
}

/// A library of some functions.
fn false_library(place: &Path, source: &str) -> PathBuf {
    let (file, library) = (place.join("other.c"), place.join(SONAME));
    std::fs::write(&file, source).unwrap();
    compiled(Command::new("cc").args(["-shared", "-fPIC"]).arg(&file).arg("-o").arg(&library));
    library
}

#[test]
fn the_library_is_found_in_each_way() {
    let Some(program) = program() else { return };
    let file = library().join("libmetalab.so");
    captures(&program, "captured", &[("METALAB_LIBRARY", &file)]);
    captures(&program, "captured", &[("METALAB_LIBRARY", library())]);
    captures(&program, "captured", &[("LD_LIBRARY_PATH", library())]);
    captures(&program, "captured", &[("METALAB_LIBRARY", Path::new("")), ("LD_LIBRARY_PATH", library())]);
    captures(&program, "named", &[("LIBRARY", library())]);
    captures(&program, "shared", &[("METALAB_LIBRARY", &file)]);
    captures(&program, "threads", &[("METALAB_LIBRARY", &file)]);
    // A directory that has it under one name alone.
    let place = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(&file, place.path().join("libmetalab.so")).unwrap();
    captures(&program, "captured", &[("METALAB_LIBRARY", place.path())]);
}

#[test]
fn every_compiler_takes_the_loader() {
    for (c, cpp) in [("gcc", "g++"), ("clang", "clang++")] {
        if !has(c) || !has(cpp) {
            skip(&format!("there is no {c} or {cpp}"));
            continue;
        }
        let place = build(c, cpp);
        captures(&place.path().join("loader"), "shared", &[("METALAB_LIBRARY", library())]);
    }
}

#[test]
fn without_the_library_the_program_runs_and_can_say_why() {
    let Some(program) = program() else { return };
    let said = misses(&program, &[]);
    assert!(said.contains(SONAME) && said.contains("No such file"), "{said}");
    // The system's library does not replace the one that the variable names.
    let variables = [("METALAB_LIBRARY", Path::new("/does/not/exist")), ("LD_LIBRARY_PATH", library())];
    let said = misses(&program, &variables);
    assert!(said.contains("/does/not/exist"), "{said}");
    let place = tempfile::tempdir().unwrap();
    let said = misses(&program, &[("METALAB_LIBRARY", place.path())]);
    assert!(said.contains(place.path().to_str().unwrap()), "{said}");
}

#[test]
fn another_library_counts_as_missing() {
    let Some(program) = program() else { return };
    let place = tempfile::tempdir().unwrap();
    let said = |source: &str| {
        let library = false_library(place.path(), source);
        misses(&program, &[("METALAB_LIBRARY", &library)])
    };
    let none = said("int other(void) { return 1; }");
    assert_eq!(none, "what was found is not libmetalab: it has no metalab_version");
    let version = "const char *metalab_version(void) { return \"9.1.0\"; }";
    let abi = said(&format!("{version} unsigned metalab_abi_version(void) {{ return 4000000000u; }}"));
    let wanted =
        "the libmetalab that was found is 9.1.0 with the ABI 4000000000; this program needs the ABI 1";
    assert!(abi.starts_with(wanted), "{abi}");
    let old = said(&format!("{version} unsigned metalab_abi_version(void) {{ return 1; }}"));
    let wanted = "the libmetalab that was found is 9.1.0, which has no metalab_status_name: it is too old";
    assert!(old.starts_with(wanted), "{old}");
    std::fs::write(place.path().join(SONAME), "not a library").unwrap();
    let broken = misses(&program, &[("METALAB_LIBRARY", place.path())]);
    assert!(broken.contains(SONAME), "{broken}");
}

/// The library's file goes under a host, and then is gone when the host starts again.
#[test]
fn a_host_outlives_the_library() {
    let Some(program) = program() else { return };
    let place = tempfile::tempdir().unwrap();
    let copy = place.path().join(SONAME);
    std::fs::copy(library().join("libmetalab.so"), &copy).unwrap();
    captures(&program, "removed", &[("LIBRARY", &copy)]);
    assert!(!copy.exists());
    misses(&program, &[("METALAB_LIBRARY", &copy)]);
}

/// Who starts a program with another user's rights does not choose the code that it runs.
#[test]
fn a_program_with_foreign_rights_does_not_ask_the_variable() {
    let Some(program) = program() else { return };
    // SAFETY: it has no arguments, and always succeeds.
    if unsafe { libc::geteuid() } != 0 {
        return skip("only root can become another user");
    }
    let store = tempfile::tempdir().unwrap();
    let mut command = case(&program, "missing", store.path(), &[("METALAB_LIBRARY", library())]);
    // SAFETY: a system call, and nothing else, between fork and exec.
    unsafe {
        command.pre_exec(|| match libc::setresgid(65534, 0, 0) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        })
    };
    let said = run(&mut command).succeeded().stdout;
    assert!(said.contains(&format!("{SONAME}: cannot open")), "{said}");
}

#[test]
fn the_loader_comes_before_the_header() {
    let place = tempfile::tempdir().unwrap();
    let source = place.path().join("late.c");
    std::fs::write(&source, "#include <metalab.h>\n#include <metalab_dl.h>\n").unwrap();
    let output = compiler("cc", "c99").arg("-fsyntax-only").arg(&source).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("include metalab_dl.h instead of metalab.h"), "{said}");
}

/// examples/c/optional.c prints the same with the library and without it, but for the word on that.
#[test]
fn the_example_runs_with_and_without() {
    if !has("cc") {
        return skip("there is no C compiler");
    }
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("optional");
    compiled(
        compiler("cc", "c99").arg(root().join("examples/c/optional.c")).arg("-o").arg(&program).arg("-ldl"),
    );
    let solve = |variables: &[(&str, &Path)]| {
        let mut command = common::command(&program);
        command.current_dir(place.path()).env_remove("LD_LIBRARY_PATH").envs(variables.iter().copied());
        run(&mut command).succeeded()
    };
    let without = solve(&[]);
    assert!(without.stderr.starts_with("not captured: libmetalab was not loaded"), "{}", without.stderr);
    assert!(!place.path().join("experiments").exists());
    let with = solve(&[("METALAB_LIBRARY", library())]);
    assert_eq!((with.stdout, with.stderr.as_str()), (without.stdout, ""));
    let record = record(&place.path().join("experiments/rod_1.0"));
    assert_eq!((&record["status"], &record["params_resolved"]["cells"]), (&json!("success"), &json!(100)));
}
