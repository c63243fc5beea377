//! `mlab cat`.

mod common;

use std::process::Command;

use common::{Store, rich};

#[test]
fn artifacts_and_data_are_listed_and_printed() {
    let store = Store::new();
    store.rich("aaa").finish().unwrap();
    let listed = store.mlab(&["cat", "aaa"]).good();
    assert!(listed.contains("u: float64 12x20, mask: uint8 2x2") && listed.contains("settings"), "{listed}");
    let json = store.mlab(&["cat", "aaa", "settings"]).json();
    assert_eq!(json["a"], serde_json::json!([1, 2.5]));
    assert_eq!(store.mlab(&["cat", "aaa", "settings/a/1"]).good(), "2.5\n");
    assert_eq!(store.mlab(&["cat", "aaa", "summary/ok"]).good(), "true\n");
    let said = store.mlab(&["cat", "aaa", "nope"]).bad();
    assert!(said.contains("no artifact and no data nope") && said.contains("mesh"), "{said}");
    assert!(store.mlab(&["cat", "aaa", "settings/x"]).bad().contains("there is no member x"));
}

#[test]
fn arrays_are_numbers_whatever_their_order_is() {
    let store = Store::new();
    store.rich("aaa").finish().unwrap();
    let csv = store.mlab(&["cat", "aaa", "u", "--csv"]).good();
    let rows: Vec<Vec<f64>> =
        csv.lines().map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    assert_eq!((rows.len(), rows[0].len()), (12, 20));
    for (row, cells) in rows.iter().enumerate() {
        for (column, value) in cells.iter().enumerate() {
            assert_eq!(*value, rich::element(row, column));
        }
    }
    let said = store.mlab(&["cat", "aaa", "probe"]).good();
    assert_eq!(said, "probe float64 3\n  1  NaN  inf\n");
    let stats = store.mlab(&["cat", "aaa", "u", "--stats"]).good();
    assert!(
        stats.contains("greatest   16.125 at [11, 19]") && stats.contains("mean       8.0625"),
        "{stats}"
    );
    let stats = store.mlab(&["cat", "aaa", "probe", "--stats", "--json"]).json();
    assert_eq!((&stats["nan"], &stats["plus_infinite"], &stats["mean"]), (&1.into(), &1.into(), &1.0.into()));
    let json = store.mlab(&["cat", "aaa", "pair/mask", "--json"]).json();
    assert_eq!(json, serde_json::json!({"dtype": "uint8", "shape": [2, 2], "data": [[1, 2], [3, 4]]}));
    assert!(store.mlab(&["cat", "aaa", "pair", "--csv"]).bad().contains("pair/mask"));
    assert!(store.mlab(&["cat", "aaa", "mesh", "--stats"]).bad().contains("no array"));
}

#[test]
fn a_large_array_is_abridged() {
    let store = Store::new();
    let run = store.open("heat:1.0", "big", 1);
    let bytes: Vec<u8> = (0..40_i64 * 5 * 60).flat_map(i64::to_ne_bytes).collect();
    let shape = [40, 5, 60];
    let view =
        metalab::ArrayView::contiguous(&bytes, metalab::DType::Int64, metalab::Order::C, &shape).unwrap();
    run.artifact_array("cube", &view, serde_json::json!({})).unwrap();
    run.finish().unwrap();
    let said = store.mlab(&["cat", "big", "cube"]).good();
    assert!(
        said.starts_with("cube int64 40x5x60\n[0]\n    0      1      2  ...     57     58     59\n"),
        "{said}"
    );
    assert!(said.contains("\n[39]\n") && !said.contains("\n[20]\n") && said.contains("11999"), "{said}");
    let csv = store.mlab(&["cat", "big", "cube", "--csv"]).good();
    assert_eq!(csv.lines().count(), 200);
    assert!(csv.lines().nth(6).unwrap().starts_with("1,1,360,361,"));
    assert!(
        store.mlab(&["cat", "big", "cube", "--image", "--color", "always"]).bad().contains("two-dimensional")
    );
}

#[test]
fn files_are_as_they_are_and_written_whole() {
    let store = Store::new();
    store.rich("aaa").finish().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlab"));
    let ended = command.args(["cat", "aaa", "mesh"]).env("METALAB_STORE", store.path()).output().unwrap();
    assert_eq!(ended.stdout, b"mesh\x1b[2J\0\n", "nothing is left out in a pipe");
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("u.npz");
    assert!(store.mlab(&["cat", "aaa", "u", "--out", file.to_str().unwrap()]).good().is_empty());
    let stored = store.path().join("heat_1.0/artifacts/aaa/u.npz");
    assert_eq!(std::fs::read(&file).unwrap(), std::fs::read(stored).unwrap());
    store.mlab(&["cat", "aaa", "probe", "--csv", "--out", file.to_str().unwrap()]).good();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "1\nNaN\ninf\n");
    let missing = place.path().join("none/x");
    assert!(
        store.mlab(&["cat", "aaa", "u", "-o", missing.to_str().unwrap()]).bad().contains("cannot create")
    );
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn fields_and_pictures_are_drawn() {
    let store = Store::new();
    store.rich("aaa").finish().unwrap();
    for name in ["u", "picture"] {
        let drawn = store.mlab(&["cat", "aaa", name, "--image", "--color", "always"]).good();
        assert!(drawn.starts_with("\u{1b}[38;2;") && drawn.contains('▀'), "{name}: {drawn:?}");
        assert!(drawn.lines().all(|line| line.ends_with("\u{1b}[0m")));
    }
    assert!(store.mlab(&["cat", "aaa", "u", "--image"]).bad().contains("--color always"));
    assert!(store.mlab(&["cat", "aaa", "mesh", "--image", "--color", "always"]).bad().contains("no PNG"));
}
