//! Files that C wrote are read back with numpy and Python's json: `tests/python/read_back.py` says how.

mod common;

use common::{c_compilers, command, compile, library, python, root, run, skip};

fn reads_back(case: &str) {
    let (Some(python), Some(compiler)) = (python(), c_compilers().first().copied()) else { return };
    let store = tempfile::tempdir().unwrap();
    let wrote = run(command(compile(compiler, "arrays")).arg(case).arg(store.path())).succeeded();
    assert_eq!((wrote.stdout.as_str(), wrote.stderr.as_str()), ("", ""));
    run(command(python).arg(root().join("tests/python/read_back.py")).arg(case).arg(store.path()))
        .succeeded();
}

#[test]
fn arrays_of_every_type_order_and_layout() {
    reads_back("arrays");
}

#[test]
fn snapshots() {
    reads_back("snapshots");
}

#[test]
fn figures() {
    reads_back("figures");
}

#[test]
fn documents_metrics_series_and_files() {
    reads_back("documents");
}

/// Tables and series, which pyarrow takes as its own. Left out where it is not installed.
#[test]
fn tables_and_series_are_arrow() {
    let Some(python) = python() else { return };
    let has_arrow = std::process::Command::new(python).args(["-c", "import pyarrow"]).output();
    if !has_arrow.is_ok_and(|output| output.status.success()) {
        return skip("python3 has no pyarrow");
    }
    let place = tempfile::tempdir().unwrap();
    for (run_id, params) in [
        ("a", r#"{"n": 1, "x": 0.5, "flag": true, "mixed": 1, "none": null}"#),
        ("b", r#"{"n": 2, "mixed": "é"}"#),
        ("c", r#"{"flag": false, "mixed": true}"#),
    ] {
        let mut options = metalab::Options::new();
        options.store(place.path().to_str().unwrap()).code_hash("");
        options.experiment("arrow:1").unwrap().run_id(run_id).unwrap();
        options.params(metalab::json::parse(params).unwrap()).unwrap();
        let metalab::Opened::Capture(run) = metalab::Capture::open(&options).unwrap() else { panic!() };
        if run_id == "b" {
            run.add_tag("t").unwrap();
            run.metric("nan", f64::NAN).unwrap();
            let loss = run.series("loss", None, None).unwrap();
            (0..1000).for_each(|step| loss.point(step, step as f64 * 0.5).unwrap());
        }
        run.finish().unwrap();
    }
    let mut check = command(python);
    check.arg(root().join("tests/python/arrow.py")).arg(library().join("libmetalab.so")).arg(place.path());
    assert_eq!(run(&mut check).succeeded().stdout, "good\n");
}
