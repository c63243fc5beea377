//! `mlab ls` and how stores and runs are named.

mod common;

use common::{Store, rich};

#[test]
fn child_process() {
    rich::child();
}

#[test]
fn runs_are_listed_the_newest_first() {
    let store = Store::new();
    assert_eq!(store.mlab(&["ls", "--json"]).json(), serde_json::json!([]));
    for (id, n) in [("a1", 100), ("b2", 300)] {
        store.run("heat:1.0", id, n);
    }
    let listed = store.mlab(&[]).good();
    let first: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(first, ["RUN", "b2", "a1"], "{listed}");
    assert!(!listed.contains('\u{1b}'), "no colours in a pipe: {listed:?}");
    assert!(store.mlab(&["--color", "always"]).good().contains('\u{1b}'));

    let found = store.mlab(&["ls", "params.n < 200", "--json"]).json();
    assert_eq!((found[0]["run_id"].as_str(), found[0]["metrics.best"].as_f64()), (Some("a1"), Some(50.0)));
    assert_eq!(found.as_array().unwrap().len(), 1);
    let said = store.mlab(&["ls", "params.n <"]).bad();
    assert!(said.ends_with("      params.n <\n                ^\n"), "{said}");
}

#[test]
fn a_store_that_is_not_there_is_one_clear_line() {
    let store = Store::new();
    let said = store.mlab(&["--store", "/nowhere/at/all"]).bad();
    assert!(said.contains("/nowhere/at/all") && said.contains("--store"), "{said}");
    let said = store.mlab(&["ls", "-e", "heat"]).bad();
    assert!(said.contains("there is no experiment heat"), "{said}");
}

#[test]
fn the_first_screen_says_whether_runs_converge() {
    let store = Store::new();
    for (id, n) in [("a1", 100), ("b2", 300)] {
        store.run("heat:1.0", id, n);
    }
    let listed = store.mlab(&[]).good();
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["RUN", "EXPERIMENT", "STATUS", "STARTED", "TIME", "n", "STEP", "loss"], "{listed}");
    // The parameter that differs, the last step, the last value with its unit, and the curve.
    assert_eq!((lines[1][6..9]).to_vec(), ["300", "99", "0.01"], "{listed}");
    assert!(lines[1][9] == "K" && lines[1][10].starts_with('█') && lines[1][10].ends_with('▁'), "{listed}");
    assert_eq!(lines.len(), 3);
    let listed = store.mlab(&["ls", "-n", "1"]).good();
    assert!(listed.ends_with("1 more run is not shown: --all lists all, -n COUNT so many.\n"), "{listed}");
    assert!(!listed.contains(" n "), "one run has no parameters that differ: {listed}");
    assert!(store.mlab(&["ls", "-n", "0"]).bad().contains("--all"));
    let said = store.mlab(&["ls", "params.n = 7"]).good();
    assert!(said.starts_with("No run in ") && said.ends_with(" fits the filter.\n"), "{said}");
}

#[test]
fn dead_runs_and_awkward_names_are_told() {
    let store = Store::new();
    // Who opens a run recovers the dead ones that it finds, so that this one dies afterwards.
    let run = store.rich("live");
    store.rich_elsewhere("dead", 0).kill();
    let listed = store.mlab(&["ls"]).good();
    assert!(!listed.chars().any(|c| c.is_control() && c != '\n'), "{listed:?}");
    let line = |id: &str| listed.lines().find(|line| line.starts_with(id)).unwrap().to_owned();
    assert!(line("dead").contains(" dead ") && line("live").contains(" running "), "{listed}");
    // Of all series, the one whose name tells most.
    assert!(listed.contains("train/loss") && line("dead").contains("0.25 K"), "{listed}");
    let json = store.mlab(&["ls", "--json", "--series", "iterations"]).json();
    let series = &json[0]["series"];
    assert_eq!(
        (&series["last"], &series["last_step"], &json[0]["last_step"]),
        (&14.into(), &20.into(), &53.into())
    );
    run.finish().unwrap();
}
