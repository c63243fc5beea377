//! What C wrote, read back with numpy and Python's json: `tests/python/read_back.py` says how.

mod common;

use common::{c_compilers, command, compile, python, root, run};

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
