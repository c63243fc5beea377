//! The R package, installed and checked against a staged installation of the library: its own tests
//! and `R CMD check`, what it says where the library can't be had, and the example solver.

mod common;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use common::{Ran, command, has, library, python, root, run, run_within, skip};
use serde_json::json;

/// R's own check takes a minute on an idle machine.
const PATIENCE: Duration = Duration::from_secs(900);

/// R, with nothing of the user's and the site's.
fn r(arguments: &[&str]) -> Command {
    let mut r = command("R");
    r.args(arguments)
        .env("R_PROFILE", "/dev/null")
        .env("R_PROFILE_USER", "/dev/null")
        .env("R_LIBS_USER", "/nonexistent")
        .env("LC_ALL", "C.UTF-8")
        .env("PKG_CONFIG_PATH", "")
        // cargo's, where the library is found by chance.
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("R_TESTS");
    r
}

/// Whether R is here and can compile.
fn has_r() -> bool {
    if has("R") && has("gcc") && has("make") {
        return true;
    }
    skip("there is no R that can build packages");
    false
}

/// An installation of the release library, as `METALAB_HOME` has it, below `directory`.
fn stage(directory: &Path) -> PathBuf {
    let home = directory.join("home");
    std::fs::create_dir_all(home.join("lib")).unwrap();
    std::fs::create_dir_all(home.join("include")).unwrap();
    let soname = format!("libmetalab.so.{}", metalab::capi::version::METALAB_ABI_VERSION);
    std::fs::copy(library().join("libmetalab.so"), home.join("lib").join(&soname)).unwrap();
    symlink(&soname, home.join("lib/libmetalab.so")).unwrap();
    std::fs::copy(root().join("include/metalab.h"), home.join("include/metalab.h")).unwrap();
    home
}

/// The package's sources, in a place where building leaves files.
fn sources(directory: &Path) -> PathBuf {
    let copy = directory.join("metalab");
    let files = common::files(&root().join("bindings/r"));
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with(".o") && !name.ends_with(".so")) {
        let path = copy.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    for script in ["configure", "cleanup"] {
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(copy.join(script), executable).unwrap();
    }
    copy
}

/// Installs the package from `sources` into `directory`, as `environment` has the library.
fn install(sources: &Path, directory: &Path, environment: &[(&str, &Path)]) -> Ran {
    let place = directory.join("installed");
    std::fs::create_dir_all(&place).unwrap();
    let mut r = r(&["CMD", "INSTALL", "--no-docs"]);
    r.arg(format!("--library={}", place.display())).arg(sources);
    run_within(PATIENCE, r.envs(environment.iter().copied()))
}

/// A script that has the package installed in `directory`.
fn script(directory: &Path, path: &Path) -> Command {
    let mut rscript = command("Rscript");
    let path_of_packages = directory.join("installed");
    rscript.arg("--no-init-file").arg(path).env("R_LIBS", path_of_packages).env_remove("LD_LIBRARY_PATH");
    rscript
}

fn code(directory: &Path, code: &str) -> Ran {
    let path = directory.join("code.R");
    std::fs::write(&path, code).unwrap();
    run(script(directory, &path).current_dir(directory))
}

/// The package, installed once for the tests that only use it.
fn installed() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let directory = root().join("target/consumer/r");
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        let home = stage(&directory);
        install(&sources(&directory), &directory, &[("METALAB_HOME", &home)]).succeeded();
        directory
    })
}

#[test]
fn r_cmd_check_finds_nothing() {
    if !has_r() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let home = stage(directory.path());
    let sources = sources(directory.path());
    let packages = ["testthat", "knitr", "markdown", "logger", "bit64", "ggplot2"];
    let test = format!(
        "cat(Filter(function(name) !nzchar(system.file(package = name)), c({})))",
        packages.map(|name| format!("'{name}'")).join(", ")
    );
    let missing = run(command("Rscript").args(["-e", &test])).succeeded().stdout;
    if !missing.is_empty() {
        skip(&format!("R lacks what its package is tested with: {missing}"));
    }
    let has_vignette_tools = !missing.contains("knitr") && !missing.contains("markdown");
    if missing.contains("testthat") || missing.contains("knitr") {
        return;
    }
    let mut build = r(&["CMD", "build"]);
    if !has_vignette_tools {
        build.arg("--no-build-vignettes");
    }
    run_within(PATIENCE, build.arg(&sources).env("METALAB_HOME", &home).current_dir(directory.path()))
        .succeeded();
    let package = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .unwrap();
    let mut check = r(&["CMD", "check", "--no-manual"]);
    if !has_vignette_tools {
        check.args(["--ignore-vignettes", "--no-vignettes"]);
    }
    check.arg(package).env("METALAB_HOME", &home).current_dir(directory.path());
    // lgr, which is suggested, is in no package of Debian's.
    check.env("_R_CHECK_FORCE_SUGGESTS_", "false");
    let ran = run_within(PATIENCE, &mut check);
    let failures = std::fs::read_to_string(directory.path().join("metalab.Rcheck/tests/testthat.Rout.fail"));
    assert!(ran.status.success(), "{}\n{}\n{}", ran.stdout, ran.stderr, failures.unwrap_or_default());
    let log = std::fs::read_to_string(directory.path().join("metalab.Rcheck/00check.log")).unwrap();
    assert!(!log.contains("WARNING") && !log.contains("ERROR"), "{log}");
    let notes = log.lines().filter(|line| line.ends_with("... NOTE")).collect::<Vec<_>>();
    let suggested = log.contains("suggested but not available for checking: ");
    assert_eq!(
        notes,
        if suggested { vec!["* checking package dependencies ... NOTE"] } else { vec![] },
        "{log}"
    );
    assert!(log.contains("Running ‘testthat.R’"), "{log}");
}

#[test]
fn the_readme_s_example_runs_as_printed() {
    if !has_r() {
        return;
    }
    let readme = std::fs::read_to_string(root().join("bindings/r/README.md")).unwrap();
    let example = readme.split("```r\n").nth(1).unwrap().split("```").next().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("solver.R");
    std::fs::write(&path, example).unwrap();
    let ran = run(script(installed(), &path).current_dir(directory.path())).succeeded();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let record = common::record(&directory.path().join("runs/heat_1.0"));
    assert_eq!((&record["status"], &record["params_resolved"]["n"]), (&json!("success"), &json!(64)));
    for name in ["history", "temperature", "profile"] {
        common::artifact(&record, name);
    }
}

#[test]
fn the_example_solver_stores_what_the_cpp_one_does() {
    let (true, Some(python)) = (has_r(), python()) else { return };
    let Some(compiler) = ["g++", "clang++"].into_iter().find(|compiler| has(compiler)) else {
        return skip("there is no C++ compiler");
    };
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("taylor_green");
    let examples = root().join("examples");
    run(Command::new(compiler)
        .args(["-std=c++17", "-O2", "-ffp-contract=off"])
        .args(["-I", "../include", "-I", "../bindings/cpp", "cpp/taylor_green.cpp", "cpp/flow.cpp", "-o"])
        .arg(&program)
        .arg("-L")
        .arg(library())
        .args(["-lmetalab", &format!("-Wl,-rpath,{}", library().display())])
        .current_dir(&examples))
    .succeeded();
    let solve = |solver: &mut Command, store: &Path| {
        let arguments =
            ["--n", "32", "--nu", "0.01", "--steps", "20", "--snapshot-every", "10", "--seed", "7"];
        let history = directory.path().join("history.csv");
        run_within(PATIENCE, solver.args(arguments).arg("--store").arg(store).arg("--history").arg(history))
            .succeeded()
            .stdout
    };
    let stores = ["cpp", "r"].map(|name| directory.path().join(name));
    let printed = solve(&mut command(&program), &stores[0]);
    let solver = examples.join("r/taylor_green.R");
    assert_eq!(solve(&mut script(installed(), &solver), &stores[1]), printed);
    run(command(python).arg(root().join("tests/python/same_run.py")).args(&stores)).succeeded();

    let ran = run(script(installed(), &solver).args(["--n", "8"]));
    assert_eq!((ran.status.code(), ran.stderr.starts_with("usage: ")), (Some(2), true), "{}", ran.stderr);
}

#[test]
fn configure_says_what_is_missing() {
    if !has_r() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let sources = sources(directory.path());
    let refused = |environment: &[(&str, &Path)], message: &str| {
        let ran = install(&sources, directory.path(), environment);
        assert!(!ran.status.success());
        assert!(ran.stderr.contains(message), "{message}\n{}", ran.stderr);
        assert!(ran.stderr.contains("METALAB_HOME=$HOME/.local R CMD INSTALL bindings/r"), "{}", ran.stderr);
    };
    if !Path::new("/usr/local/lib/libmetalab.so").exists() && !Path::new("/usr/lib/libmetalab.so").exists() {
        refused(&[], "METALAB_HOME is not set, pkg-config does not know metalab");
    }
    let nowhere = directory.path().join("nowhere");
    refused(&[("METALAB_HOME", &nowhere)], "which is no directory");
    std::fs::create_dir(&nowhere).unwrap();
    refused(&[("METALAB_HOME", &nowhere)], "which has no libmetalab.so");
    let home = stage(directory.path());
    std::fs::remove_file(home.join("include/metalab.h")).unwrap();
    refused(&[("METALAB_HOME", &home)], "which has no include/metalab.h");
    std::fs::write(home.join("include/metalab.h"), "#error \"not this one\"\n").unwrap();
    refused(&[("METALAB_HOME", &home)], "metalab.h can't be compiled");
    let header = std::fs::read_to_string(root().join("include/metalab.h")).unwrap();
    let other = header.replace("#define METALAB_ABI_VERSION 1", "#define METALAB_ABI_VERSION 999");
    assert_ne!(header, other);
    std::fs::write(home.join("include/metalab.h"), other).unwrap();
    refused(&[("METALAB_HOME", &home)], "the library is not of the version of its header");
}

#[test]
fn pkg_config_finds_the_library() {
    if !has_r() {
        return;
    }
    if !has("pkg-config") {
        return skip("there is no pkg-config");
    }
    let directory = tempfile::tempdir().unwrap();
    let home = stage(directory.path());
    let files = home.join("lib/pkgconfig");
    std::fs::create_dir(&files).unwrap();
    let text = format!(
        "prefix={}\nlibdir=${{prefix}}/lib\n\nName: metalab\nDescription: staged\nVersion: 0.1.0\n\
         Cflags: -I${{prefix}}/include\nLibs: -L${{libdir}} -lmetalab\n",
        home.display()
    );
    std::fs::write(files.join("metalab.pc"), text).unwrap();
    let ran =
        install(&sources(directory.path()), directory.path(), &[("PKG_CONFIG_PATH", &files)]).succeeded();
    assert!(ran.stdout.contains("configure: libmetalab by pkg-config"), "{}", ran.stdout);
    let ran = code(directory.path(), "cat(metalab::metalab_version())").succeeded();
    assert_eq!(ran.stdout, env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_library_that_is_missing_or_of_another_version_is_told() {
    if !has_r() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let home = stage(directory.path());
    install(&sources(directory.path()), directory.path(), &[("METALAB_HOME", &home)]).succeeded();
    code(directory.path(), "library(metalab)").succeeded();

    let soname = format!("libmetalab.so.{}", metalab::capi::version::METALAB_ABI_VERSION);
    let place = home.join("lib").join(soname);
    std::fs::remove_file(&place).unwrap();
    let told = |messages: &[&str]| {
        let ran = code(directory.path(), "library(metalab)\ncat('loaded')");
        assert!(!ran.status.success() && !ran.stdout.contains("loaded"));
        for message in messages {
            assert!(ran.stderr.contains(message), "{message}\n{}", ran.stderr);
        }
    };
    told(&["libmetalab.so", "cannot open shared object file", "METALAB_HOME", "LD_LIBRARY_PATH"]);

    // Of another version: all functions that the package needs, and another number.
    let package = directory.path().join("installed/metalab/libs/metalab.so");
    let nm = run(command("nm").args(["-D", "--undefined-only"]).arg(package)).succeeded();
    let functions = nm.stdout.split_whitespace().filter(|word| word.starts_with("metalab_"));
    // Without the versions that they are asked for with.
    let functions = functions.map(|name| name.split('@').next().unwrap());
    let build = |source: String| {
        let file = directory.path().join("other.c");
        std::fs::write(&file, source).unwrap();
        let versions = format!("-Wl,--version-script={}", common::root().join(common::VERSIONS).display());
        run(command("gcc").args(["-shared", "-fPIC", &versions, "-o"]).arg(&place).arg(&file)).succeeded();
    };
    let others = functions.filter(|name| !matches!(*name, "metalab_abi_version" | "metalab_version"));
    let source: String = others.map(|name| format!("int {name}(void) {{ return 17; }}\n")).collect();
    let versions = "unsigned metalab_abi_version(void) { return 999; }\n\
                    const char *metalab_version(void) { return \"9.9.9\"; }\n";
    build(source + versions);
    told(&["has ABI 999 (version 9.9.9)", "was installed for ABI 1", "install the package again"]);

    // An older one, which lacks functions.
    build(versions.to_owned());
    told(&["undefined symbol", "METALAB_HOME"]);
}

#[test]
fn an_error_in_the_middle_of_a_script_leaves_a_failed_run() {
    if !has_r() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("solver.R");
    let solver = "library(metalab)\n\
                  advance <- function(step) if (step == 3) stop('it diverged at step ', step)\n\
                  with_capture('store', experiment = 'heat:1.0', run_id = 'run', {\n\
                    for (step in 1:5) { capture_metric(run, 'loss', 1 / step, step = step); advance(step) }\n\
                  })\n";
    std::fs::write(&path, solver).unwrap();
    let ran = run(script(installed(), &path).current_dir(directory.path()));
    assert_eq!(ran.status.code(), Some(1));
    assert!(ran.stderr.contains("Error in advance(step) : it diverged at step 3"), "{}", ran.stderr);
    let record = common::json(&directory.path().join("store/heat_1.0/runs/run.json"));
    assert_eq!(record["status"], "failed");
    assert_eq!(record["error"]["message"], "it diverged at step 3");
    assert!(record["error"]["traceback"].as_str().unwrap().contains("advance(step)"), "{record}");
    let loss = common::json(&directory.path().join("store/heat_1.0/results/run/loss.json"));
    assert_eq!(loss["data"].as_array().unwrap().len(), 3);
}
