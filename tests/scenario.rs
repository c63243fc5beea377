//! One scenario in every language that there is a binding for, in `tests/scenario`: the stores are
//! equal but for times, ids and places, and numpy reads the same arrays in each. And one for the
//! index in PostgreSQL, with a server of the test's own.

mod common;
#[cfg(feature = "postgres")]
#[allow(dead_code)] // what other tests need
#[path = "common/postgres.rs"]
mod postgres_server;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{command, has, library, root, run, skip};

/// Makes a program of a source without its extension, below a directory; None where the tools are
/// missing.
type Prepare = fn(&Path, &str) -> Option<Command>;

/// The program of a language, ready to be run with the store's path.
struct Language {
    name: &'static str,
    program: Command,
}

fn source(name: &str, extension: &str) -> PathBuf {
    root().join("tests/scenario").join(name).with_extension(extension)
}

#[track_caller]
fn done(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
}

/// Links what `compiler` makes with the release library.
fn linked(compiler: &mut Command, program: &Path) -> Command {
    let search = format!("-Wl,-rpath,{}", library().display());
    done(compiler.arg("-L").arg(library()).args(["-lmetalab", &search, "-o"]).arg(program));
    command(program)
}

fn c(work: &Path, name: &str) -> Option<Command> {
    let compiler = *common::c_compilers().first()?;
    let mut compile = Command::new(compiler);
    compile
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(root().join("include"))
        .arg(source(name, "c"));
    Some(linked(&mut compile, &work.join("scenario_c")))
}

fn cpp(work: &Path, name: &str) -> Option<Command> {
    let compiler = ["g++", "clang++"].into_iter().find(|compiler| has(compiler))?;
    let mut compile = Command::new(compiler);
    compile.args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-I"]).arg(root().join("include"));
    compile.arg("-I").arg(root().join("bindings/cpp")).arg(source(name, "cpp"));
    Some(linked(&mut compile, &work.join("scenario_cpp")))
}

fn fortran(work: &Path, name: &str) -> Option<Command> {
    let (flags, objects) = common::fortran::module()?;
    let mut compile = Command::new("gfortran");
    compile
        .args(common::fortran::STRICT)
        .args(flags)
        .arg("-J")
        .arg(work)
        .arg(source(name, "f90"))
        .args(objects);
    Some(linked(&mut compile, &work.join("scenario_f90")))
}

fn julia(work: &Path, name: &str) -> Option<Command> {
    if !has("julia") {
        return None;
    }
    let mut program = command("julia");
    program.arg(format!("--project={}", root().join("bindings/julia").display())).arg("--startup-file=no");
    program.arg(source(name, "jl")).env("METALAB_LIBRARY", library().join("libmetalab.so"));
    // A depot of its own first: what is compiled goes there.
    program.env("JULIA_DEPOT_PATH", format!("{}:", work.join("depot").display()));
    Some(program)
}

fn r(work: &Path, name: &str) -> Option<Command> {
    if !has("Rscript") {
        return None;
    }
    // Installing builds in the sources.
    let (sources, packages) = (work.join("r"), work.join("packages"));
    done(Command::new("cp").arg("-R").arg(root().join("bindings/r")).arg(&sources));
    std::fs::create_dir(&packages).unwrap();
    let mut install = command("R");
    install.args(["CMD", "INSTALL", "--no-docs", "--no-test-load", "-l"]).arg(&packages).arg(&sources);
    done(install.env("METALAB_HOME", library()).env("METALAB_INCLUDE", root().join("include")));
    let mut program = command("Rscript");
    program.arg(source(name, "R")).env("R_LIBS", &packages);
    Some(program)
}

#[test]
fn every_language_writes_the_same_store() {
    let Some(python) = common::python() else { return };
    let work = tempfile::tempdir().unwrap();
    let ways: [(&'static str, &str, Prepare); 5] = [
        ("C", "c", c),
        ("C++", "cpp", cpp),
        ("Fortran", "f90", fortran),
        ("Julia", "jl", julia),
        ("R", "R", r),
    ];
    let mut languages = Vec::new();
    for (name, extension, prepare) in ways {
        if !source("scenario", extension).exists() {
            println!("skipped: there is no binding for {name} yet");
            continue;
        }
        match prepare(work.path(), "scenario") {
            Some(program) => languages.push(Language { name, program }),
            None => skip(&format!("what compiles or runs {name} is missing")),
        }
    }
    let mut stores = Vec::new();
    for Language { name, mut program } in languages {
        let store = work.path().join(name);
        run(program.arg(&store)).succeeded();
        stores.push(store);
    }
    let compared =
        run(command(python).arg(root().join("tests/python/scenario.py")).args(&stores)).succeeded();
    print!("{}", compared.stdout);
}

/// Each language's run is in the index, which it makes anew: told how far that is, stopping it, and
/// leaving it by an error where the language has such.
#[cfg(feature = "postgres")]
#[test]
fn every_language_has_the_index() {
    let Some(server) = postgres_server::Server::start(&[]) else { return };
    let ways: [(&str, Prepare, bool); 4] =
        [("C++", cpp, true), ("Fortran", fortran, false), ("Julia", julia, true), ("R", r, true)];
    for (at, (name, prepare, has_errors)) in ways.into_iter().enumerate() {
        let work = tempfile::tempdir().unwrap();
        let Some(mut program) = prepare(work.path(), "rebuild") else {
            skip(&format!("what compiles or runs {name} is missing"));
            continue;
        };
        let locator = server.locator(&work.path().join("files"), &format!("&schema=language{at}"));
        let said = run(program.arg(locator)).succeeded().stdout;
        let raised = if has_errors { "mine\n" } else { "" };
        let wanted = format!("rebuilt 1, told 2 times\nMETALAB_ERR_STOPPED\n1 again\n{raised}");
        assert_eq!(said, wanted, "{name}");
        let row = format!("SELECT status, record_json -> 'metrics' ->> 'nan' FROM language{at}.runs");
        assert_eq!(server.query(&row), "success|NaN", "{name}");
    }
}
