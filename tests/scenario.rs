//! One scenario in every language that there is a binding for, in `tests/scenario`: the stores are
//! equal but for times, ids and places, and numpy reads the same arrays in each. One in `tests/exchange`
//! that each language writes, and each other one reads. And one for the index in PostgreSQL, with a server
//! of the test's own.

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

/// The languages, by the extensions of their sources.
const WAYS: [(&str, &str, Prepare); 5] =
    [("C", "c", c), ("C++", "cpp", cpp), ("Fortran", "f90", fortran), ("Julia", "jl", julia), ("R", "R", r)];

/// A source by its path from `tests/scenario`.
fn source(name: &str, extension: &str) -> PathBuf {
    root().join("tests/scenario").join(name).with_extension(extension)
}

/// The programs of a name in the languages that have one.
fn programs(work: &Path, name: &str) -> Vec<Language> {
    let mut languages = Vec::new();
    for (language, extension, prepare) in WAYS {
        if !source(name, extension).exists() {
            println!("skipped: there is no {name}.{extension} yet");
            continue;
        }
        match prepare(work, name) {
            Some(program) => languages.push(Language { name: language, program }),
            None => skip(&format!("what compiles or runs {language} is missing")),
        }
    }
    languages
}

/// Where a program of a source is put.
fn built(work: &Path, name: &str, extension: &str) -> PathBuf {
    work.join(format!("{}_{extension}", Path::new(name).file_name().unwrap().to_string_lossy()))
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
    Some(linked(&mut compile, &built(work, name, "c")))
}

fn cpp(work: &Path, name: &str) -> Option<Command> {
    let compiler = ["g++", "clang++"].into_iter().find(|compiler| has(compiler))?;
    let mut compile = Command::new(compiler);
    compile.args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-I"]).arg(root().join("include"));
    compile.arg("-I").arg(root().join("bindings/cpp")).arg(source(name, "cpp"));
    Some(linked(&mut compile, &built(work, name, "cpp")))
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
    Some(linked(&mut compile, &built(work, name, "f90")))
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
    if !packages.exists() {
        done(Command::new("cp").arg("-R").arg(root().join("bindings/r")).arg(&sources));
        std::fs::create_dir(&packages).unwrap();
        let mut install = command("R");
        install.args(["CMD", "INSTALL", "--no-docs", "--no-test-load", "-l"]).arg(&packages).arg(&sources);
        done(install.env("METALAB_HOME", library()).env("METALAB_INCLUDE", root().join("include")));
    }
    let mut program = command("Rscript");
    program.arg(source(name, "R")).env("R_LIBS", &packages);
    Some(program)
}

#[test]
fn every_language_writes_the_same_store() {
    let Some(python) = common::python() else { return };
    let work = tempfile::tempdir().unwrap();
    let languages = programs(work.path(), "scenario");
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

/// Each language reads what each one has written, and all see what the scenario says, also Python, which reads
/// it by json and numpy: NaN, infinities, 64-bit integers, empty arrays, both orders, complex numbers, texts and
/// booleans. A language joins by `write` and `read` of its extension in `tests/exchange`.
#[test]
fn every_language_reads_what_every_other_one_writes() {
    let work = tempfile::tempdir().unwrap();
    let wanted = std::fs::read_to_string(root().join("tests/exchange/expected.txt")).unwrap();
    let mut stores = Vec::new();
    for Language { name, mut program } in programs(work.path(), "../exchange/write") {
        let store = work.path().join(name);
        run(program.arg(&store)).succeeded();
        stores.push((name, store));
    }
    let mut readers = programs(work.path(), "../exchange/read");
    if let Some(python) = common::python() {
        let mut program = command(python);
        program.arg(root().join("tests/exchange/read.py"));
        readers.push(Language { name: "Python", program });
    }
    for Language { name: reader, program } in &readers {
        for (writer, store) in &stores {
            let mut read = command(program.get_program());
            read.args(program.get_args()).arg(store);
            read.envs(program.get_envs().filter_map(|(key, value)| Some((key, value?))));
            let ran = run(&mut read).succeeded();
            assert_eq!((ran.stdout, ran.stderr.as_str()), (wanted.clone(), ""), "{reader} reads {writer}");
        }
    }
    arrow_reads(&stores, &wanted);
    println!("{} languages read what {} wrote", readers.len(), stores.len());
}

/// pyarrow and nanoarrow read the table of runs and the series of each store, and see the same.
fn arrow_reads(stores: &[(&str, PathBuf)], wanted: &str) {
    let Some(python) = common::python() else { return };
    let has_both = Command::new(python).args(["-c", "import pyarrow, nanoarrow"]).output();
    if !has_both.is_ok_and(|output| output.status.success()) {
        return skip("python3 lacks pyarrow or nanoarrow");
    }
    let is_arrow = |line: &&str| {
        let first = line.split(' ').next().unwrap();
        ["status", "param", "metric", "real", "whole", "flag", "text"].contains(&first)
    };
    let wanted: Vec<&str> = wanted.lines().filter(is_arrow).collect();
    for (writer, store) in stores {
        let mut read = command(python);
        read.arg(root().join("tests/exchange/arrow.py")).arg(library().join("libmetalab.so")).arg(store);
        assert_eq!(run(&mut read).succeeded().stdout.lines().collect::<Vec<_>>(), wanted, "{writer}");
    }
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
