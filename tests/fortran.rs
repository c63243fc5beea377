//! The Fortran module: its programs in `tests/fortran`, how they end, what CMake and fpm make of it,
//! and its documents.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::fortran::{SOURCES, STRICT, program, program_with_module};
use common::{command, has, json, library, record, root, run, skip};

/// A command as a user's shell would start it: cargo's test runner sets a library path with which
/// a program would find the library wherever it was linked from.
fn plain(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = command(program);
    for name in ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "MAKEFLAGS", "DESTDIR", "CMAKE_GENERATOR"] {
        command.env_remove(name);
    }
    command
}

/// Without the patience of `common::run`, for builds.
#[track_caller]
fn done(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
    said
}

fn has_gfortran() -> bool {
    let has_gfortran = has("gfortran");
    if !has_gfortran {
        skip("there is no gfortran");
    }
    has_gfortran
}

#[test]
fn generated_sources_are_current() {
    if !has("python3") {
        return skip("there is no python3");
    }
    let output =
        Command::new("python3").arg(root().join("bindings/fortran/generate.py")).arg("--check").output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Sources are listed in several places.
#[test]
fn every_source_is_in_every_list() {
    let mut there: Vec<String> = std::fs::read_dir(root().join("bindings/fortran/src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "f90"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let mut listed = SOURCES.map(str::to_owned).to_vec();
    there.sort();
    listed.sort();
    assert_eq!(there, listed);
    let cmake = std::fs::read_to_string(root().join("bindings/cmake/metalab-fortran.cmake")).unwrap();
    let make = std::fs::read_to_string(root().join("bindings/fortran/src/metalab.mk")).unwrap();
    for name in SOURCES.into_iter().filter_map(|name| name.strip_prefix("metalab_")) {
        for list in [&cmake, &make] {
            assert!(list.split(|c: char| !c.is_alphanumeric()).any(|word| word == name), "{name}");
        }
    }
}

/// JSON is made of keys and values.
#[test]
fn values_are_composed() {
    let Some((_place, program)) = program(&["tests/fortran/check.f90", "tests/fortran/composed.f90"], &[])
    else {
        return;
    };
    let store = tempfile::tempdir().unwrap();
    run(command(&program).arg(store.path())).succeeded();
    let text = std::fs::read_to_string(store.path().join("composed_1/results/run/setup.json")).unwrap();
    assert!(text.contains("NaN"), "{text}");
    let entry: serde_json::Value = serde_json::from_str(&text.replace("NaN", "null")).unwrap();
    assert_eq!(
        entry["data"],
        serde_json::json!({"n": 4, "large": 9007199254740993_i64, "x": 0.5, "nan": null, "on": true,
            "text": "a \"b\"\\", "grid": [1, 2, 3], "steps": [0.5, 1.0, 1.5, 2.0],
            "solver": {"name": "cg", "preconditioner": null, "levels": [1, "two", [3.0, 4.0], 5, [6, 7], false]},
            "small": -8, "short": [1, 2], "off": false})
    );
    assert_eq!(entry["metadata"]["unit"], "K");
}

/// A run that Fortran captured is read in Fortran.
#[test]
fn a_store_is_read_back() {
    let sources = ["tests/fortran/check.f90", "tests/fortran/reading.f90"];
    let Some((_place, program)) = program(&sources, &[]) else { return };
    let store = tempfile::tempdir().unwrap();
    run(command(&program).arg(store.path())).succeeded();
}

/// The variables of a namelist file that the program wrote become params.
#[test]
fn a_namelist_becomes_params() {
    let sources = ["tests/fortran/check.f90", "tests/fortran/deck.f90"];
    let Some((_place, program)) = program(&sources, &[]) else { return };
    let store = tempfile::tempdir().unwrap();
    run(command(&program).arg(store.path())).succeeded();
}

/// Of each type and rank, and what is refused.
#[test]
fn pointers_are_null_after_seal_and_abandon() {
    let sources = ["tests/fortran/check.f90", "tests/fortran/pointers.F90"];
    let Some((_place, program)) = program(&sources, &["-ffree-line-length-none"]) else { return };
    let store = tempfile::tempdir().unwrap();
    run(command(&program).arg(store.path())).succeeded();
}

/// Runs, options and stores that functions return and types have; arrays that are not allocated; small elements.
#[test]
fn names_are_shared_and_small_elements_are_kept() {
    let sources = ["tests/fortran/check.f90", "tests/fortran/shared.f90"];
    // Without the compiler's own check of what is not allocated, which ends the program.
    let Some((_place, program)) = program(&sources, &["-fcheck=bounds"]) else { return };
    let store = tempfile::tempdir().unwrap();
    run(command(&program).arg(store.path())).succeeded();
}

/// The same programs with LLVM's compiler, where there is one that can: 18 or later.
#[test]
fn flang_compiles_the_module_and_its_tests_pass() {
    let names = ["flang", "flang-new", "flang-new-20", "flang-new-19", "flang-new-18"];
    let is_one = |name: &&&str| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| {
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let number = said.split("version ").nth(1).and_then(|rest| rest.split('.').next()?.parse().ok());
            number.is_some_and(|version: u32| version >= 18)
        })
    };
    let Some(flang) = names.iter().find(is_one) else {
        // Not an error under CI: not every system has one, and scripts/test.sh installs it where it can.
        println!("skipped: there is no flang of LLVM 18 or later");
        return;
    };
    let place = tempfile::tempdir().unwrap();
    for name in SOURCES {
        let source = root().join(format!("bindings/fortran/src/{name}.f90"));
        done(Command::new(flang).arg("-c").arg(source).current_dir(place.path()));
    }
    let tests = [
        &["tests/fortran/check.f90", "tests/fortran/emit.f90"][..],
        &["tests/fortran/check.f90", "tests/fortran/reading.f90"],
        &["tests/fortran/check.f90", "tests/fortran/shared.f90"],
        &["tests/fortran/check.f90", "tests/fortran/deck.f90"],
        &["tests/fortran/check.f90", "tests/fortran/pointers.F90"],
        &["tests/fortran/legacy.f"],
    ];
    for sources in tests {
        let mut compile = Command::new(flang);
        compile.args(sources.iter().map(|source| root().join(source)));
        compile.args(SOURCES.map(|name| format!("{name}.o"))).args(["-o", "program"]);
        compile.arg("-L").arg(library()).args(["-lmetalab", &format!("-Wl,-rpath,{}", library().display())]);
        done(compile.current_dir(place.path()));
        let store = tempfile::tempdir().unwrap();
        let mut program = command(place.path().join("program"));
        run(program.arg(store.path()).env("METALAB_STORE", store.path())).succeeded();
    }
}

/// The examples of the README print what it says: what is computed, resumed, started again and compared.
#[test]
fn examples_of_reading_run() {
    for (name, wanted) in [
        ("restart", "from step 1\nfrom step 51\n100 steps\n"),
        ("sweep", "solving 64\nsolving 128\n  64 0.0156\n 128 0.0078\n  64 0.0156\n 128 0.0078\n"),
        ("compare", " 128  0.0078 success\n  64  0.0156 success\n"),
    ] {
        let Some((place, program)) = program(&[&format!("examples/fortran/{name}.f90")], &["-O1"]) else {
            return;
        };
        if name == "compare" {
            let (_sweep_place, sweep) = self::program(&["examples/fortran/sweep.f90"], &["-O1"]).unwrap();
            run(command(&sweep).current_dir(place.path())).succeeded();
        }
        let times = if name == "compare" { 1 } else { 2 };
        let said: String =
            (0..times).map(|_| run(command(&program).current_dir(place.path())).succeeded().stdout).collect();
        assert_eq!(said, wanted, "{name}");
        let source = std::fs::read_to_string(root().join(format!("examples/fortran/{name}.f90"))).unwrap();
        let readme = std::fs::read_to_string(root().join("bindings/fortran/README.md")).unwrap();
        assert!(readme.contains(&format!("```fortran\n{source}```")), "the README prints another {name}.f90");
    }
}

/// The module as CMake offers it: its tests under CTest, whose stores Python reads; then installed,
/// and found by the project that its README prints.
#[test]
fn tests_pass_under_ctest_and_the_readme_runs_as_printed() {
    if !has_gfortran() {
        return;
    }
    if !has("cmake") {
        return skip("there is no cmake");
    }
    let work = tempfile::tempdir().unwrap();
    let (build, prefix) = (work.path().join("build"), work.path().join("prefix"));
    let mut configure = plain("cmake");
    configure.arg("-S").arg(root()).arg("-B").arg(&build).args([
        &format!("-DMETALAB_PREBUILT={}", library().display()),
        &format!("-DCMAKE_INSTALL_PREFIX={}", prefix.display()),
        &format!("-DCMAKE_Fortran_FLAGS={}", STRICT.join(" ")),
        "-DCMAKE_INSTALL_LIBDIR=lib",
        "-DMETALAB_FORTRAN=ON",
    ]);
    done(&mut configure);
    done(plain("cmake").arg("--build").arg(&build));
    let said = done(plain("ctest").args(["--output-on-failure", "-R", "fortran|legacy"]).current_dir(&build));
    for test in ["metalab_fortran_test ", "metalab_legacy_test ", "100% tests passed"] {
        assert!(said.contains(test), "{said}");
    }
    if let Some(python) = common::python() {
        let stores = ["metalab_fortran_test", "metalab_legacy_test"]
            .map(|name| build.join(format!("tests/fortran/{name}.store")));
        // Each has experiments of its own.
        done(Command::new("cp").arg("-R").arg(stores[1].join("legacy_1")).arg(&stores[0]));
        let read = "tests/python/fortran.py";
        // The artifacts' places are where the program wrote them.
        run(command(python).arg(root().join(read)).arg(&stores[0])).succeeded();
    }
    done(plain("cmake").arg("--install").arg(&build));
    readme_runs_as_printed(work.path(), &prefix);
    make_builds_the_readme(&work.path().join("heat"), &prefix);
    component_without_fortran_is_refused(work.path(), &prefix);
}

/// The same with the Makefile that the README prints.
#[track_caller]
fn make_builds_the_readme(project: &Path, prefix: &Path) {
    if !has("make") || !has("pkg-config") {
        return skip("there is no make or no pkg-config");
    }
    std::fs::write(project.join("Makefile"), printed("make")).unwrap();
    let mut make = plain("make");
    make.arg("heat").env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")).current_dir(project);
    done(&mut make);
    let mut heat = plain(project.join("heat"));
    heat.env("LD_LIBRARY_PATH", prefix.join("lib")).current_dir(project);
    run(&mut heat).succeeded();
}

/// The first block of `language` in the module's README.
fn printed(language: &str) -> String {
    let readme = std::fs::read_to_string(root().join("bindings/fortran/README.md")).unwrap();
    let start = format!("```{language}\n");
    let rest = &readme[readme.find(&start).unwrap() + start.len()..];
    rest[..rest.find("```").unwrap()].to_owned()
}

#[track_caller]
fn readme_runs_as_printed(work: &Path, prefix: &Path) {
    let project = work.join("heat");
    std::fs::create_dir(&project).unwrap();
    std::fs::write(project.join("heat.f90"), printed("fortran")).unwrap();
    std::fs::write(project.join("CMakeLists.txt"), printed("cmake")).unwrap();
    let found = format!("-DCMAKE_PREFIX_PATH={}", prefix.display());
    let flags = format!("-DCMAKE_Fortran_FLAGS={}", STRICT.join(" "));
    done(plain("cmake").args(["-S", ".", "-B", "build", &found, &flags]).current_dir(&project));
    done(plain("cmake").args(["--build", "build"]).current_dir(&project));
    let ran = run(plain(project.join("build/heat")).current_dir(&project)).succeeded();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let record = record(&project.join("runs/heat_1"));
    assert_eq!(record["status"], "success");
    assert!(record["metrics"]["peak"].as_f64().unwrap() > 0.05, "{record:#}");
    let run_id = record["run_id"].as_str().unwrap();
    let change = json(&project.join(format!("runs/heat_1/results/{run_id}/change.json")));
    assert_eq!(change["shape"], serde_json::json!([100, 2]));
    assert_eq!(common::artifact(&record, "temperature")["metadata"]["unit"], "K");
}

#[track_caller]
fn component_without_fortran_is_refused(work: &Path, prefix: &Path) {
    let project = work.join("refused");
    std::fs::create_dir(&project).unwrap();
    let text = "cmake_minimum_required(VERSION 3.16)\nproject(wants LANGUAGES C)\n\
                find_package(metalab REQUIRED COMPONENTS fortran)\n";
    std::fs::write(project.join("CMakeLists.txt"), text).unwrap();
    let found = format!("-DCMAKE_PREFIX_PATH={}", prefix.display());
    let output =
        plain("cmake").args(["-S", ".", "-B", "build", &found]).current_dir(&project).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!output.status.success() && said.contains("the component fortran needs a project"), "{said}");
}

/// The manifest is what fpm can build; where there is none, it is what the directory has.
#[test]
fn fpm_builds_the_manifest() {
    let fortran = root().join("bindings/fortran");
    let manifest = std::fs::read_to_string(fortran.join("fpm.toml")).unwrap();
    assert!(manifest.contains(concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"")), "{manifest}");
    if !has("fpm") || !has("gfortran") {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    done(Command::new("cp").arg("-R").arg(&fortran).arg(work.path().join("metalab")));
    let project = work.path().join("heat");
    std::fs::create_dir_all(project.join("app")).unwrap();
    std::fs::write(project.join("app/main.f90"), printed("fortran")).unwrap();
    let text = "name = \"heat\"\n[dependencies]\nmetalab.path = \"../metalab\"\n";
    std::fs::write(project.join("fpm.toml"), text).unwrap();
    let library = library().display();
    let link = format!("-L{library} -Wl,-rpath,{library}");
    done(plain("fpm").args(["run", "--link-flag", &link]).current_dir(&project));
    assert_eq!(record(&project.join("runs/heat_1"))["status"], "success");
}

/// No array passes over the stack, even where the compiler may put its temporaries there.
#[test]
fn large_arrays_need_no_stack() {
    let sources = ["tests/fortran/check.f90", "tests/fortran/large.f90"];
    let flags = ["-Ofast", "-fstack-arrays", "-fcheck=no-all"];
    let Some((_place, program)) = program_with_module(&sources, &flags) else { return };
    let store = tempfile::tempdir().unwrap();
    let mut small = command("sh");
    small.args(["-c", "ulimit -s 512 && exec \"$0\" \"$1\""]).arg(&program).arg(store.path());
    run(&mut small).succeeded();
    assert_eq!(record(&store.path().join("large_1"))["artifacts"].as_array().unwrap().len(), 8);
}

#[test]
fn the_example_solver_stores_what_the_cpp_one_does() {
    let sources = ["examples/fortran/flow.f90", "examples/fortran/taylor_green.f90"];
    let same_numbers = ["-O2", "-ffp-contract=off", "-fno-tree-vectorize"];
    let Some((_place, fortran)) = program(&sources, &same_numbers) else { return };
    common::same_run::as_in_cpp(command(&fortran));
}

#[test]
fn threads_of_openmp_emit() {
    let sources = ["tests/fortran/check.f90", "tests/fortran/threads.f90"];
    let Some((_place, program)) = program(&sources, &["-O2", "-fopenmp"]) else { return };
    let store = tempfile::tempdir().unwrap();
    run(command(&program).arg(store.path())).succeeded();
    let experiment = store.path().join("threads_1");
    let run_id = record(&experiment)["run_id"].as_str().unwrap().to_owned();
    for name in ["by_handle", "by_name"] {
        let series = json(&experiment.join(format!("results/{run_id}/{name}.json")));
        let points = series["data"].as_array().unwrap();
        assert_eq!(points.len(), 20000, "{name}");
        for (k, point) in points.iter().enumerate() {
            assert_eq!(
                (point[0].as_u64().unwrap(), point[1].as_f64().unwrap()),
                (k as u64 + 1, k as f64 + 1.0)
            );
        }
    }
}

/// A program that stops in the middle of its run leaves a run that ends as "failed", with its points.
#[test]
fn a_stop_in_the_middle_is_a_failed_run() {
    let Some((_place, program)) = program(&["tests/fortran/stops.f90"], &[]) else { return };
    for (how, status) in [("error_stop", 3), ("error_stop_text", 1), ("stop", 0), ("return", 0)] {
        let store = tempfile::tempdir().unwrap();
        let mut stops = command(&program);
        stops.arg(how).env("METALAB_STORE", store.path()).env("METALAB_RUN_ID", "run");
        let ran = run(stops.env("METALAB_EXPERIMENT", "stops:1"));
        assert_eq!(ran.status.code(), Some(status), "{how}: {}", ran.stderr);
        let path = store.path().join("stops_1/runs/run.json");
        assert_eq!(json(&path)["status"], "running", "{how}");
        assert_eq!(metalab::recover(store.path().to_str(), None, None).unwrap(), 1, "{how}");
        let record = json(&path);
        assert_eq!(record["status"], "failed", "{how}");
        assert_eq!(record["error"]["type"], "Exit", "{how}");
        let message = record["error"]["message"].as_str().unwrap();
        assert!(
            message.contains(&format!("exited with status {status}")) && message.contains("41"),
            "{message}"
        );
        let points = json(&store.path().join("stops_1/results/run/residual.json"));
        assert_eq!(points["shape"], serde_json::json!([42, 2]), "{how}");
        assert_eq!(common::artifact(&record, "field")["metadata"]["incomplete"], true, "{how}");
    }
}

#[test]
fn library_of_another_version_is_refused_by_open() {
    let Some((place, program)) = program(&["tests/fortran/mismatch.f90"], &[]) else { return };
    let Some(compiler) = common::c_compilers().first().copied() else { return };
    let (source, other) = (place.path().join("other.c"), place.path().join("libother.so"));
    std::fs::write(&source, "unsigned metalab_abi_version(void) { return 2; }\n").unwrap();
    done(Command::new(compiler).args(["-shared", "-fPIC"]).arg(&source).arg("-o").arg(&other));
    let store = place.path().join("store");
    let ran = run(command(&program).env("LD_PRELOAD", &other).env("METALAB_STORE", &store)).succeeded();
    let message = format!(
        "libmetalab {} has ABI version 2, but this program was compiled for 1",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(ran.stdout, format!("17 {message}\n"));
    assert_eq!(ran.stderr, format!("metalab: not captured: {message}\n"));
    assert!(!store.exists());
}

#[test]
fn library_that_is_missing_is_named() {
    let Some((place, program)) = program(&["tests/fortran/mismatch.f90"], &["-Wl,--disable-new-dtags"])
    else {
        return;
    };
    // The same program without the place that it was linked with.
    let moved: PathBuf = place.path().join("moved");
    let text = std::fs::read(&program).unwrap();
    let here = library().display().to_string().into_bytes();
    let mut without = text.clone();
    let mut at = 0;
    while let Some(found) = without[at..].windows(here.len()).position(|window| window == here) {
        at += found;
        without[at..at + here.len()].fill(b'x');
    }
    assert_ne!(at, 0, "the program has a place to look in");
    std::fs::write(&moved, without).unwrap();
    std::fs::set_permissions(&moved, std::fs::metadata(&program).unwrap().permissions()).unwrap();
    let ran = run(&mut plain(&moved));
    assert_eq!(ran.status.code(), Some(127));
    assert!(ran.stderr.contains("libmetalab.so.1: cannot open shared object file"), "{}", ran.stderr);
}
