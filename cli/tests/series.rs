//! `mlab series`.

mod common;

use common::{Store, rich};

#[test]
fn child_process() {
    rich::child();
}

#[test]
fn series_are_listed_and_printed_by_step() {
    let store = Store::new();
    store.rich("aaa").finish().unwrap();
    let listed = store.mlab(&["series", "aaa"]).good();
    assert!(
        listed.lines().any(|line| line.split_whitespace().eq(["iterations", "time", "3", "20"])),
        "{listed}"
    );
    assert!(listed.contains("of training"));
    let json = store.mlab(&["series", "aaa", "--json"]).json();
    assert_eq!((&json[4]["name"], &json[4]["points"]), (&"train/loss".into(), &54.into()));

    let said = store.mlab(&["series", "aaa", "train/loss", "--from", "48", "--to", "51"]).good();
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "step       train/loss [K]",
            "48  0.02040816326530612",
            "49                 0.02",
            "50                  NaN",
            "51                  inf"
        ]
    );
    let last = store.mlab(&["series", "aaa", "phase", "is_ok", "--last", "2", "--csv"]).good();
    assert_eq!(last, "step,phase,is_ok\n1,warm\u{1b}[2J,true\n2,cold,false\n");
    assert!(store.mlab(&["series", "aaa", "phase"]).good().contains("warm\\x1b[2J"));
    // The axis is beside the series that it was declared for.
    assert_eq!(
        store.mlab(&["series", "aaa", "iterations", "--csv"]).good(),
        "step,time,iterations\n0,0,0\n10,0.5,7\n20,1,14\n"
    );
    let json = store.mlab(&["series", "aaa", "train/loss", "--last", "2", "--json"]).json();
    assert_eq!((&json[0]["steps"][0], &json[0]["values"][0]), (&52.into(), &"-Infinity".into()));
    let said = store.mlab(&["series", "aaa", "nope"]).bad();
    assert!(said.contains("has no series nope") && said.contains("train/loss"), "{said}");
}

#[test]
fn series_of_all_ranks_are_columns() {
    let store = Store::new();
    let first = store.rich_elsewhere("two", 0);
    store.rich_elsewhere("two", 1).finish();
    first.finish();
    let said = store.mlab(&["series", "two", "is_ok", "--ranks", "--csv"]).good();
    assert_eq!(said.lines().next(), Some("step,is_ok,is_ok@rank.1"));
    assert_eq!(said.lines().nth(2), Some("1,true,true"));
}

#[test]
fn a_long_series_is_thinned_and_a_dead_one_is_whole() {
    let store = Store::new();
    let run = store.open("heat:1.0", "long", 1);
    let loss = run.series("loss", None, None).unwrap();
    for step in 0..100_000_i64 {
        loss.point(step, if step == 77_777 { 9.5 } else { 1.0 }).unwrap();
    }
    run.finish().unwrap();
    let said = store.mlab(&["series", "long", "loss", "--thin", "40", "--csv"]).good();
    assert!(said.lines().count() <= 41 && said.contains("77777,9.5"), "{said}");
    assert_eq!(store.mlab(&["series", "long", "loss", "--csv"]).good().lines().count(), 100_001);

    store.rich_elsewhere("dead", 0).kill();
    let said = store.mlab(&["series", "dead", "train/loss", "--last", "1", "--csv"]).good();
    assert_eq!(said, "step,train/loss\n53,0.25\n");
}
