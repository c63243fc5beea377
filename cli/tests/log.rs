//! `mlab log`.

mod common;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Store, rich};

#[test]
fn child_process() {
    rich::child();
}

#[test]
fn a_log_is_printed_and_selected() {
    let store = Store::new();
    store.rich("aaa").finish().unwrap();
    let said = store.mlab(&["log"]).good();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 5, "{said}");
    assert!(lines[2].ends_with("odd \\x1b[31mvalue") && lines[4] == "second line", "{said}");
    let warnings = store.mlab(&["log", "aaa", "--level", "warn"]).good();
    assert_eq!(
        warnings.lines().collect::<Vec<_>>(),
        &lines[2..],
        "a line without a level goes on with the last"
    );
    assert_eq!(store.mlab(&["log", "-n", "2"]).good(), format!("{}\n{}\n", lines[3], lines[4]));
    assert_eq!(store.mlab(&["log", "-n", "1", "--level", "error"]).good(), "second line\n");
    assert!(store.mlab(&["log", "-n", "0"]).good().is_empty());
    let json = store.mlab(&["log", "--json", "--level", "error"]).json();
    assert_eq!((json[0]["level"].as_str(), json[1]["text"].as_str()), (Some("ERROR"), Some("second line")));
    assert!(store.mlab(&["log", "--color", "always"]).good().contains("\u{1b}[33m"), "a warning is yellow");
    assert!(store.mlab(&["log", "--log", "nope"]).bad().contains("there are: run"));
    assert_eq!(store.mlab(&["log", "--level", "loud"]).status, 2);
}

#[test]
fn what_a_program_printed_is_its_log_where_it_has_no_other() {
    let store = Store::new();
    store.mlab(&["run", "--", "sh", "-c", "echo first; echo second"]).good();
    assert_eq!(store.mlab(&["log"]).good(), "first\nsecond\n");
    assert!(store.mlab(&["log", "--log", "run"]).good().is_empty());
    assert_eq!(store.mlab(&["run", "--", "sh", "-c", "echo trouble >&2"]).status, 0);
    assert_eq!(store.mlab(&["log"]).good(), "trouble\n");
}

#[test]
fn logs_of_ranks_are_found_by_their_number() {
    let store = Store::new();
    let first = store.rich_elsewhere("two", 0);
    store.rich_elsewhere("two", 1).finish();
    first.finish();
    for name in ["1", "rank.1", "run.rank.1"] {
        let said = store.mlab(&["log", "two", "--log", name]).good();
        assert!(said.lines().next().is_some_and(|line| line.contains("rank:1")), "{name}: {said}");
    }
}

#[test]
fn a_follower_ends_with_the_run() {
    let store = Store::new();
    let run = store.rich("live");
    let mut follower = Command::new(env!("CARGO_BIN_EXE_mlab"))
        .args(["log", "-f", "live"])
        .env("METALAB_STORE", store.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line == "second line"));
    run.log(metalab::Level::Info, "while it is followed").unwrap();
    assert!(lines.by_ref().any(|line| line.ends_with("while it is followed")));
    run.log(metalab::Level::Info, "the last one").unwrap();
    run.finish().unwrap();
    let rest: Vec<String> = lines.collect();
    assert!(rest.iter().any(|line| line.ends_with("the last one")), "{rest:?}");
    assert!(rest.last().is_some_and(|line| line.starts_with("run live has succeeded after")), "{rest:?}");
    assert!(follower.wait().unwrap().success());
    let start = Instant::now();
    assert!(store.mlab(&["log", "-f", "live"]).good().ends_with('\n'));
    assert!(start.elapsed() < Duration::from_secs(30), "a run that has ended is not waited for");
}
