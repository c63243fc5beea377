//! `mlab show`: everything about a run, whatever its state is.

mod common;

use common::{Store, rich};

#[test]
fn child_process() {
    rich::child();
}

/// Fails if a control character but the end of a line reached the terminal.
#[track_caller]
fn assert_safe(text: &str) {
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}

#[test]
fn a_run_is_shown_with_all_that_it_has() {
    let store = Store::new();
    store.rich("aaa").finish().unwrap();
    let said = store.mlab(&["show"]).good();
    assert_safe(&said);
    for part in [
        "run aaa has succeeded after ",
        "heat:1.0",
        "nightly",
        "solver.tol   1e-6",
        "red\\x1b[31m\\nline",
        "a, \"b\"\\x07",
        "train/loss  K         54    53   0.25   -inf       inf",
        "u        numpy  npz",
        "float64 12x20",
        "u: float64 12x20, mask: uint8 2x2",
        "pixels",
        "settings  object of 2 members",
        "the mesh is coarse",
        "a note\\x1b[2J",
        "aaa.json",
        "mlab cat aaa",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("last active"), "it has ended");
    let json = store.mlab(&["show", "aaa", "--json"]).json();
    assert_eq!((&json["status"], &json["metrics"]["broken"]), (&"success".into(), &"NaN".into()));
    let loss = json["series"].as_array().unwrap().iter().find(|one| one["name"] == "train/loss").unwrap();
    assert_eq!(
        (&loss["points"], &loss["least"], &loss["last"], &loss["unit"]),
        (&54.into(), &"-Infinity".into(), &0.25.into(), &"K".into())
    );
    assert!(json["files"]["record"].as_str().unwrap().ends_with("runs/aaa.json"));
    assert!(store.mlab(&["show", "--full"]).good().contains("extra.libmetalab"));
}

#[test]
fn a_run_that_goes_on_and_one_that_is_dead_are_told() {
    let store = Store::new();
    store.rich_elsewhere("dead", 0).kill();
    let said = store.mlab(&["show", "dead"]).good();
    assert!(said.starts_with("run dead is dead: its process is gone\n"), "{said}");
    for part in ["last active", "best    0.25", "train/loss  K         54", "mlab recover"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_safe(&said);

    let run = store.rich("live");
    let said = store.mlab(&["show", "latest"]).good();
    assert!(said.starts_with("run live is running, since ") && said.contains("mlab log live -f"), "{said}");
    assert!(said.contains("last active") && said.contains("s ago)"), "{said}");
    run.fail("Diverged", "the norm is\u{1b}[2J NaN", Some("line 1\nline 2\u{7}")).unwrap();
    run.finish().unwrap();
    let said = store.mlab(&["show", "live"]).good();
    assert!(
        said.contains("has failed after") && said.contains("Diverged: the norm is\\x1b[2J NaN"),
        "{said}"
    );
    assert!(said.contains("    line 2\\x07") && said.contains("--level warn"), "{said}");
}

#[test]
fn series_of_ranks_are_one_row() {
    let store = Store::new();
    let first = store.rich_elsewhere("two", 0);
    let second = store.rich_elsewhere("two", 1);
    second.finish();
    first.finish();
    let said = store.mlab(&["show"]).good();
    assert!(said.contains("RANKS") && said.contains("train/loss      2  K"), "{said}");
    assert!(!said.contains("train/loss@rank.1"), "{said}");
    let json = store.mlab(&["show", "--json"]).json();
    let names = json["series"].as_array().unwrap().iter().filter(|one| one["name"] == "train/loss@rank.1");
    assert_eq!(names.count(), 1);
}
