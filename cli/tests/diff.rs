//! `mlab diff` and `mlab check`.

mod common;

use common::{Ended, Store};
use metalab::{ArrayView, Capture, DType, Order};

/// A run whose results are `scale` times others.
fn run(store: &Store, id: &str, n: i64, scale: f64) -> Capture {
    let none = || serde_json::json!({});
    let run = store.open("heat:1.0", id, n);
    let loss = run.series("train/loss", None, None).unwrap();
    for step in 0..10 {
        let value = match step {
            0 => f64::NAN,
            1..5 => 1.0 / step as f64,
            _ => scale / step as f64,
        };
        loss.point(step, value).unwrap();
    }
    run.metric("best", scale).unwrap();
    run.metric("nan", f64::NAN).unwrap();
    let bytes: Vec<u8> =
        (0..12).flat_map(|at| (if at == 7 { 7.0 * scale } else { 1.0 }).to_ne_bytes()).collect();
    let view = ArrayView::contiguous(&bytes, DType::Float64, Order::C, &[3, 4]).unwrap();
    run.artifact_array("u", &view, none()).unwrap();
    run.data("settings", serde_json::json!({"a": [1, scale], "nan": f64::NAN}), none()).unwrap();
    run
}

#[track_caller]
fn no(ended: Ended) -> String {
    assert_eq!((ended.status, ended.err.as_str()), (1, ""), "{}", ended.out);
    ended.out
}

#[test]
fn runs_with_the_same_results_do_not_differ() {
    let store = Store::new();
    run(&store, "a", 1, 1.0).finish().unwrap();
    run(&store, "b", 1, 1.0).finish().unwrap();
    let said = store.mlab(&["diff", "a", "b"]).good();
    assert!(
        said.contains("The same: params (1), metrics (2), series (1), artifacts (1), data (1)"),
        "{said}"
    );
    let json = store.mlab(&["diff", "latest~1", "latest", "--json"]).json();
    // The gathering of provenance may be cut short: it is no result.
    let is_result = |one: &&serde_json::Value| one["kind"] != "provenance";
    assert_eq!(json["differ"], false);
    assert_eq!(json["differences"].as_array().unwrap().iter().filter(is_result).count(), 0, "{json}");
    let said = store.mlab(&["check", "a", "b"]).good();
    assert!(said.ends_with("All 5 comparisons pass.\n") && said.contains("pass  metric nan"), "{said}");
}

#[test]
fn differences_are_told_with_their_place() {
    let store = Store::new();
    let next = f64::from_bits(1.0_f64.to_bits() + 3);
    run(&store, "a", 1, 1.0).finish().unwrap();
    let other = run(&store, "b", 2, next);
    other.metric("extra", "x\u{1b}[2J").unwrap();
    other.finish().unwrap();
    let said = no(store.mlab(&["diff", "a", "b"]));
    for part in [
        "n  1 in A, 2 in B",
        "best   1 in A, 1.0000000000000007 in B (3 ulp, 6.7e-16 relative)",
        "extra  only in B: x\\x1b[2J",
        "first at step 5: 0.2 in A, ",
        "points differ",
        "1 of 12 elements differ; most at [1, 3]: 7 in A, ",
        "settings  at a.1: 1 in A, ",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&no(store.mlab(&["diff", "a", "b", "--json"]))).unwrap();
    let of = |kind: &str| {
        json["differences"].as_array().unwrap().iter().find(|one| one["kind"] == kind).unwrap()["detail"]
            .clone()
    };
    assert_eq!(
        (&of("series")["first"]["step"], &of("artifact")["index"]),
        (&5.into(), &serde_json::json!([1, 3]))
    );
    assert_eq!(of("param")["b"], 2);
}

#[test]
fn a_check_is_within_a_tolerance_and_writes_a_report() {
    let golden = Store::new();
    run(&golden, "reference", 1, 1.0).finish().unwrap();
    let store = Store::new();
    run(&store, "new", 2, 1.0 + 1e-10).finish().unwrap();
    let a = golden.path().to_str().unwrap();
    let check = |more: &[&str]| {
        let arguments = ["check", "--store-a", a, "reference", "new"];
        store.mlab(&[&arguments, more].concat())
    };
    let said = check(&["--rtol", "1e-9"]).good();
    assert!(said.contains("pass  series train/loss"), "{said}");
    let report = store.path().join("mlab.xml");
    let said = no(check(&["--rtol", "1e-12", "--junit", report.to_str().unwrap()]));
    assert!(
        said.contains("FAIL  metric best: 1 in A") && said.ends_with("4 of 5 comparisons fail.\n"),
        "{said}"
    );
    let xml = std::fs::read_to_string(&report).unwrap();
    assert!(
        xml.contains("tests=\"5\"") && xml.contains("failures=\"4\"") && xml.contains("train/loss"),
        "{xml}"
    );
    assert!(check(&["--atol", "1e-8"]).good().contains("All 5"));
    assert!(check(&["--metric", "n*"]).good().contains("All 1"));
    assert!(no(check(&["--metric", "b*", "--series", "train/loss"])).contains("2 of 2"));
    let ignored = ["--ignore", "best", "--ignore", "train/*", "--ignore", "u", "--ignore", "set*"];
    assert!(check(&ignored).good().contains("All 1"));
    assert!(check(&["--series", "lost"]).bad().contains("neither run has a series lost"));
    assert!(check(&["--ignore", "*"]).bad().contains("nothing to compare"));
    assert_eq!(check(&["--rtol", "-1"]).status, 2);
    let json: serde_json::Value = serde_json::from_str(&no(check(&["--json"]))).unwrap();
    assert_eq!((&json["passes"], &json["failed"]), (&false.into(), &4.into()));
}
