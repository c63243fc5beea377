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

/// Returns true if R is here and can compile.
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

/// A repository of packages that has none.
fn empty_repository(directory: &Path) -> PathBuf {
    let repository = directory.join("cran");
    let packages = repository.join("src/contrib");
    std::fs::create_dir_all(&packages).unwrap();
    std::fs::write(packages.join("PACKAGES"), "").unwrap();
    let names = repository.join("web/packages/packages.rds");
    std::fs::create_dir_all(names.parent().unwrap()).unwrap();
    let none = format!(
        "saveRDS(data.frame(Package = character(), Maintainer = character()), '{}')",
        names.display()
    );
    run(command("Rscript").args(["-e", &none])).succeeded();
    repository
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
    let mut check = r(&["CMD", "check", "--as-cran", "--no-manual"]);
    if !has_vignette_tools {
        check.args(["--ignore-vignettes", "--no-vignettes"]);
    }
    check.arg(package).env("METALAB_HOME", &home).current_dir(directory.path());
    // No network is asked: what CRAN has is a directory where nothing is.
    check.env("_R_CHECK_CRAN_INCOMING_REMOTE_", "false").env("_R_CHECK_SYSTEM_CLOCK_", "false");
    let repository = format!("file://{}", empty_repository(directory.path()).display());
    let profile = directory.path().join("profile.R");
    std::fs::write(&profile, format!("options(repos = c(CRAN = \"{repository}\"))\n")).unwrap();
    check.env("R_PROFILE", &profile).env("R_CRAN_WEB", &repository);
    // lgr, which is suggested, is in no package of Debian's.
    check.env("_R_CHECK_FORCE_SUGGESTS_", "false");
    let ran = run_within(PATIENCE, &mut check);
    let failures = std::fs::read_to_string(directory.path().join("metalab.Rcheck/tests/testthat.Rout.fail"));
    assert!(ran.status.success(), "{}\n{}\n{}", ran.stdout, ran.stderr, failures.unwrap_or_default());
    let log = std::fs::read_to_string(directory.path().join("metalab.Rcheck/00check.log")).unwrap();
    // Tools that --as-cran wants and this machine may lack; nothing else may be warned of.
    let lacks = |part: &str| part.contains("'checkbashisms' script") || part.contains("‘qpdf’ is needed");
    let warnings = log.split("\n* ").filter(|part| part.contains(" WARNING\n") && !lacks(part));
    assert_eq!(warnings.collect::<Vec<_>>(), Vec::<&str>::new(), "{log}");
    assert!(!log.contains("... ERROR") && !log.contains("] ERROR"), "{log}");
    let is_note = |line: &&str| line.starts_with("* ") && line.ends_with("NOTE");
    let notes = log.lines().filter(is_note).collect::<Vec<_>>();
    // Notes on facts that --as-cran can't find out without a network, and on suggested packages that are not here.
    let expected = [
        "* checking CRAN incoming feasibility ... NOTE",
        "* checking CRAN incoming feasibility ...NOTE",
        "* checking package dependencies ... NOTE",
        "* checking for future file timestamps ... NOTE",
    ];
    assert!(notes.iter().all(|note| expected.contains(note)), "{log}");
    assert!(log.contains("Running ‘testthat.R’"), "{log}");
}

/// The pages of help and NAMESPACE are what roxygen2 makes of the comments. METALAB_WRITE_HELP=1 writes them.
#[test]
fn the_help_is_that_of_the_comments() {
    if !has_r() {
        return;
    }
    let package = root().join("bindings/r");
    let description = std::fs::read_to_string(package.join("DESCRIPTION")).unwrap();
    let wanted = description.lines().find_map(|line| line.strip_prefix("RoxygenNote: ")).unwrap();
    let version = "if (requireNamespace('roxygen2', quietly = TRUE)) cat(format(packageVersion('roxygen2')))";
    let version = run(command("Rscript").args(["--vanilla", "-e", version])).succeeded().stdout;
    if version != wanted {
        return skip(&format!("R has no roxygen2 {wanted}"));
    }
    let directory = tempfile::tempdir().unwrap();
    let sources = sources(directory.path());
    std::fs::remove_dir_all(sources.join("man")).unwrap();
    std::fs::remove_file(sources.join("NAMESPACE")).unwrap();
    let write = "roxygen2::roxygenise('.', load_code = roxygen2::load_source)";
    run(command("Rscript").args(["--vanilla", "-e", write]).env("LC_ALL", "C.UTF-8").current_dir(&sources))
        .succeeded();
    let help = |package: &Path| {
        let mut files = common::files(&package.join("man"));
        files.insert("../NAMESPACE".into(), std::fs::read(package.join("NAMESPACE")).unwrap());
        files
    };
    let (made, present) = (help(&sources), help(&package));
    if std::env::var_os("METALAB_WRITE_HELP").is_some() {
        present.keys().for_each(|name| std::fs::remove_file(package.join("man").join(name)).unwrap());
        for (name, bytes) in &made {
            std::fs::write(package.join("man").join(name), bytes).unwrap();
        }
        return;
    }
    let differ = |name: &&String| made.get(*name) != present.get(*name);
    let stale: Vec<_> = made.keys().chain(present.keys()).filter(differ).collect();
    assert!(stale.is_empty(), "not current: {stale:?}; METALAB_WRITE_HELP=1 cargo test --test r the_help");
}

/// The README's examples in R, in its order.
fn printed() -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("bindings/r/README.md")).unwrap();
    let blocks = readme.split("```r\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// Copies an example into `directory`; the README prints it.
fn write_example(directory: &Path, name: &str) -> PathBuf {
    let example = std::fs::read_to_string(root().join("examples/r").join(name)).unwrap();
    assert!(printed().contains(&example), "the README prints another {name}");
    let path = directory.join(name);
    std::fs::write(&path, example).unwrap();
    path
}

#[test]
fn the_readme_s_example_runs_as_printed() {
    if !has_r() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("solver.R");
    std::fs::write(&path, printed().remove(0)).unwrap();
    let ran = run(script(installed(), &path).current_dir(directory.path())).succeeded();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let record = common::record(&directory.path().join("runs/heat_1.0"));
    assert_eq!((&record["status"], &record["params_resolved"]["n"]), (&json!("success"), &json!(64)));
    for name in ["history", "temperature", "profile"] {
        common::artifact(&record, name);
    }
}

#[test]
fn the_readme_s_restart_goes_on_from_the_last_snapshot() {
    if !has_r() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = write_example(directory.path(), "restart.R");
    let solve = |is_late: bool| {
        let mut solver = script(installed(), &path);
        solver.current_dir(directory.path());
        if is_late {
            // Its time is up when it begins: it stops after a step.
            solver.env("METALAB_END_TIME", "1").env("METALAB_STOP_BEFORE", "60");
        }
        let ran = run(&mut solver).succeeded();
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
        common::record(&directory.path().join("runs/decay_1.0"))
    };
    let steps = |record: &serde_json::Value| {
        let run_id = record["run_id"].as_str().unwrap();
        let path = directory.path().join(format!("runs/decay_1.0/results/{run_id}/mean.json"));
        common::json(&path)["data"].as_array().unwrap().clone()
    };
    assert_eq!(steps(&solve(true)).len(), 1);
    let record = solve(false);
    assert_eq!(record["status"], "success");
    // Nothing is left to be done now.
    assert_eq!(solve(false)["status"], "success");
    let points = steps(&record);
    let mut expected = 1.0;
    for (step, point) in points.iter().enumerate() {
        expected *= 0.99;
        assert_eq!(point[0], json!(step));
        assert!((point[1].as_f64().unwrap() - expected).abs() < 1e-12, "{point}");
    }
    assert_eq!(points.len(), 101);
}

#[test]
fn the_readme_s_sweep_is_resumed_and_compared() {
    if !has_r() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let sweep = write_example(directory.path(), "sweep.R");
    let solve = |path: &Path| run(script(installed(), path).current_dir(directory.path())).succeeded().stdout;
    let first = solve(&sweep);
    let (computing, errors) = first.split_once("[1]").unwrap();
    assert_eq!(computing, "computing 16 \ncomputing 32 \ncomputing 64 \n");
    assert_eq!(solve(&sweep), format!("[1]{errors}"));
    let compared = solve(&write_example(directory.path(), "compare.R"));
    let lines: Vec<Vec<&str>> = compared.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["params.n", "metrics.error"]);
    assert_eq!([lines[1][1], lines[2][1], lines[3][1]], ["16", "32", "64"], "{compared}");
    let known: Vec<f64> = errors.split_whitespace().map(|number| number.parse().unwrap()).collect();
    for (line, error) in lines[1..4].iter().zip(&known) {
        assert!((line[2].parse::<f64>().unwrap() - error).abs() < 1e-8, "{compared}\n{errors}");
    }
    assert_eq!(lines[4], ["n", "value"]);
    assert!((lines[7][2].parse::<f64>().unwrap() - 2.0).abs() < 1e-3, "{compared}");
}

#[test]
fn what_python_and_numpy_wrote_is_read() {
    let (true, Some(python)) = (has_r(), python()) else { return };
    let directory = tempfile::tempdir().unwrap();
    for (file, bytes) in common::files(&root().join("tests/golden/store")) {
        let path = directory.path().join("store").join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let before = common::files(&directory.path().join("store"));
    let numpy = directory.path().join("known.py");
    std::fs::write(
        &numpy,
        "import json, numpy as np, pathlib, sys\n\
         store = pathlib.Path(sys.argv[1])\n\
         for run in sorted((store / 'gold_1.0/artifacts').iterdir()):\n\
         \x20   manifest = json.loads((run / '_manifest.json').read_text())\n\
         \x20   for artifact in manifest['artifacts']:\n\
         \x20       if artifact['format'] == 'npz':\n\
         \x20           for key, array in np.load(run / f\"{artifact['name']}.npz\").items():\n\
         \x20               print(run.name, artifact['name'], key, list(array.shape), *array.ravel(order='F').tolist())\n",
    )
    .unwrap();
    let known = run(command(python).arg(&numpy).arg(directory.path().join("store"))).succeeded().stdout;
    let program = "library(metalab)\n\
        store <- open_store('store')\n\
        runs <- load_runs(store, order = 'run_id')\n\
        stopifnot(nrow(runs) == 2, runs$status == 'success', identical(unique(runs$experiment_id), 'gold:1.0'))\n\
        for (id in runs$run_id) {\n\
          run <- load_run(store, id)\n\
          invisible(run_verify(run))\n\
          names <- run_names(run)\n\
          for (name in names$series) stopifnot(nrow(run_series(run, name)) > 0)\n\
          for (name in names$results) stopifnot(!is.null(run_data(run, name)))\n\
          stopifnot(length(run_log(run)) > 0, is.list(run_artifact(run, 'cfg')), identical(run_artifact(run, 'rep'), 'hello'))\n\
          invisible(capture.output(print(run)))\n\
          for (name in c('arr', 'two')) {\n\
            arrays <- run_artifact(run, name)\n\
            if (!is.list(arrays)) arrays <- list(arr = arrays)\n\
            for (key in names(arrays)) {\n\
              x <- arrays[[key]]\n\
              shape <- if (is.null(dim(x))) length(x) else dim(x)\n\
              cat(id, name, key, paste0('[', paste(shape, collapse = ', '), ']'), format(x, nsmall = if (is.double(x)) 1 else 0), '\\n')\n\
            }\n\
          }\n\
        }\n";
    let mut reader = script(installed(), &directory.path().join("reader.R"));
    std::fs::write(directory.path().join("reader.R"), program).unwrap();
    let read = run(reader.current_dir(directory.path())).succeeded().stdout;
    let words = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    assert_eq!(words(&read), words(&known));
    assert_eq!(common::files(&directory.path().join("store")), before, "reading wrote something");
}

#[test]
fn arrays_of_every_type_and_order_come_from_numpy() {
    let (true, Some(python)) = (has_r(), python()) else { return };
    let directory = tempfile::tempdir().unwrap();
    let make = "library(metalab)\nwith_capture('store', experiment = 'e:1', run_id = 'r', NULL)\n";
    let path = directory.path().join("make.R");
    std::fs::write(&path, make).unwrap();
    run(script(installed(), &path).current_dir(directory.path())).succeeded();
    let program = "import json, numpy as np, os, sys\n\
        os.makedirs('store/e_1/artifacts/r', exist_ok=True)\n\
        a = np.arange(24).reshape(2, 3, 4)\n\
        arrays = {t: a.astype(t) for t in ['i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8', '>f8', '>i4']}\n\
        arrays['c8'] = (a + 0.5j).astype('c8'); arrays['c16'] = a - 1j * a; arrays['bool'] = a % 2 == 0\n\
        arrays['fortran'] = np.asfortranarray(a * 0.5); arrays['scalar'] = np.float64(7.5); arrays['empty'] = np.zeros((0, 3))\n\
        arrays['strings'] = np.array([b'ab', b'', b'xyz']); arrays['wide'] = np.array([2**53 + 1, -2**62], dtype='i8')\n\
        arrays['special'] = np.array([np.nan, np.inf, -np.inf, -0.0]); arrays['least'] = np.array([-2**31, 1], dtype='i4')\n\
        arrays['beyond'] = np.array([2**64 - 1, 1], dtype='u8')\n\
        np.savez('store/e_1/artifacts/r/x.npz', **arrays)\n\
        np.savez_compressed('store/e_1/artifacts/r/y.npz', **arrays)\n\
        entry = lambda n: dict(name=n, kind='numpy', format='npz', uri=f'/gone/{n}.npz', content_hash='00000000', size_bytes=0, metadata={})\n\
        json.dump({'artifacts': [entry('x'), entry('y')]}, open('store/e_1/artifacts/r/_manifest.json', 'w'))\n";
    run(command(python).args(["-c", program]).current_dir(directory.path())).succeeded();
    let reader = "library(metalab)\n\
        run <- load_run('store', 'r')\n\
        a <- aperm(array(0:23, c(4, 3, 2)))\n\
        for (name in c('x', 'y')) {\n\
          said <- NULL\n\
          x <- withCallingHandlers(run_artifact(run, name), warning = function(w) { said <<- conditionMessage(w); invokeRestart('muffleWarning') })\n\
          stopifnot(identical(x$beyond, c(2^64, 1)), grepl('beyond', said))\n\
          for (type in c('i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', '>i4')) stopifnot(identical(x[[type]], a))\n\
          for (type in c('f2', 'f4', 'f8', '>f8')) stopifnot(identical(x[[type]], a + 0))\n\
          stopifnot(identical(x$c8, a + 0.5i), identical(x$c16, a - 1i * a), identical(x$bool, a %% 2 == 0))\n\
          stopifnot(identical(x$fortran, a * 0.5), identical(x$scalar, 7.5), identical(x$empty, matrix(0, 0, 3)))\n\
          stopifnot(identical(x$strings, c('ab', '', 'xyz')), identical(x$special, c(NaN, Inf, -Inf, -0)), 1 / x$special[4] == -Inf)\n\
          stopifnot(identical(x$least, c(-2147483648, 1)))\n\
          wide <- if (requireNamespace('bit64', quietly = TRUE)) bit64::as.integer64(c('9007199254740993', '-4611686018427387904')) else x$wide\n\
          stopifnot(identical(x$wide, wide))\n\
        }\n\
        cat('good')\n";
    let path = directory.path().join("reader.R");
    std::fs::write(&path, reader).unwrap();
    let ran = run(script(installed(), &path).current_dir(directory.path())).succeeded();
    assert_eq!(ran.stdout, "good", "{}", ran.stderr);
}

#[test]
fn the_example_solver_stores_what_the_cpp_one_does() {
    if !has_r() {
        return;
    }
    let solver = root().join("examples/r/taylor_green.R");
    common::same_run::as_in_cpp(script(installed(), &solver));

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
    told(&["libmetalab.so", "cannot open shared object file"]);

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
    told(&["undefined symbol"]);
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
