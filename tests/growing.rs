//! Series while their run goes on: what readers of the files see of them, and what becomes of it.

mod common;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use metalab::read::Store;
use metalab::{Capture, Flush, Opened, Options, recover};
use serde_json::{Value, json};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The points of a series that grows that are shown, at most.
const POINTS: usize = 1000;

fn options(store: &Path) -> Options {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("").refresh_interval(Duration::ZERO);
    options.experiment("grows:1").unwrap().run_id("run").unwrap();
    options
}

fn open(options: &Options) -> Capture {
    match Capture::open(options).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run_id) => panic!("{run_id} was skipped"),
    }
}

fn path(store: &Path, name: &str) -> PathBuf {
    store.join(format!("grows_1/results/run/{name}.json"))
}

/// The entry of this name, if there is one.
fn entry(store: &Path, name: &str) -> Option<Value> {
    let text = std::fs::read_to_string(path(store, name)).ok()?;
    // Python's reader takes NaN, serde's does not.
    Some(serde_json::from_str(&text.replace("NaN", "null")).unwrap())
}

fn points(entry: &Value) -> Vec<(i64, f64)> {
    let pair = |pair: &Value| (pair[0].as_i64().unwrap(), pair[1].as_f64().unwrap_or(f64::NAN));
    entry["data"].as_array().unwrap().iter().map(pair).collect()
}

/// Emits the points from `from` to `to`: a wave with spikes at two steps.
fn emit(run: &Capture, from: i64, to: i64) {
    let series = run.series("loss", Some("J"), None).unwrap();
    for step in from..to {
        let value = match step {
            40_123 => 1e9,
            77_777 => -1e9,
            step if step % 100 == 50 => f64::NAN,
            step => (step % 13) as f64,
        };
        series.point(step, value).unwrap();
    }
}

/// Checks an entry that shows so many points.
#[track_caller]
fn shows(entry: &Value, count: usize) {
    let points = points(entry);
    assert_eq!(entry["metadata"]["partial"], json!(true));
    assert_eq!(entry["metadata"]["total_points"], json!(count));
    assert_eq!(entry["metadata"]["type"], json!("stepped_metric"));
    assert_eq!(entry["metadata"]["unit"], json!("J"));
    assert_eq!(entry["shape"], json!([points.len(), 2]));
    assert!(points.len() <= POINTS && (count > POINTS / 2 || points.len() == count), "{}", points.len());
    assert!(points.is_sorted_by_key(|point| point.0));
    assert_eq!((points[0].0, points.last().unwrap().0), (0, count as i64 - 1));
    for spike in [(40_123, 1e9), (77_777, -1e9)].iter().filter(|spike| spike.0 < count as i64) {
        assert!(points.contains(spike), "{spike:?}");
    }
}

#[test]
fn a_series_is_shown_while_it_grows_and_whole_at_the_end() {
    let place = tempfile::tempdir().unwrap();
    let run = open(&options(place.path()));
    for (from, to) in [(0, 3), (3, 500), (500, 501), (501, 100_000)] {
        emit(&run, from, to);
        run.flush(Flush::Visible).unwrap();
        shows(&entry(place.path(), "loss").unwrap(), to as usize);
    }
    // Nothing that has not changed is written again.
    let stamp = || std::fs::metadata(path(place.path(), "loss")).unwrap().modified().unwrap();
    let before = stamp();
    run.metric("x", 1.0).unwrap();
    run.flush(Flush::Visible).unwrap();
    assert_eq!(stamp(), before);
    run.finish().unwrap();
    let whole = entry(place.path(), "loss").unwrap();
    assert_eq!(whole["metadata"], json!({"type": "stepped_metric", "unit": "J"}));
    assert_eq!(points(&whole).len(), 100_000);
    assert_eq!(std::fs::read_dir(place.path().join("grows_1/results/run")).unwrap().count(), 1);
}

#[test]
fn a_glance_at_a_long_series_takes_what_is_shown() {
    let place = tempfile::tempdir().unwrap();
    let run = open(&options(place.path()));
    let read = Store::open(place.path().to_str().unwrap()).unwrap().run(Some("grows:1"), "run").unwrap();
    let points = || {
        let [glance, look] =
            [read.glance("loss", 1000), read.look("loss", 1000)].map(|one| one.unwrap().unwrap());
        assert_eq!(glance.greatest, look.greatest);
        (glance.total(), look.total())
    };
    emit(&run, 0, 100_000);
    run.flush(Flush::Visible).unwrap();
    emit(&run, 100_000, 100_010);
    assert_eq!(points(), (100_010, 100_010), "one that is not so long is read whole");
    run.flush(Flush::Visible).unwrap();
    emit(&run, 100_010, 100_020);
    assert_eq!(points(), (100_010, 100_020));
    run.finish().unwrap();
    assert_eq!(points(), (100_020, 100_020));
}

#[test]
fn every_refresh_shows_what_is_new() {
    let place = tempfile::tempdir().unwrap();
    let mut options = options(place.path());
    options.refresh_interval(Duration::from_millis(10));
    let run = open(&options);
    for round in 1..=3 {
        emit(&run, (round - 1) * 1000, round * 1000);
        let start = Instant::now();
        loop {
            let shown = entry(place.path(), "loss").map(|entry| entry["metadata"]["total_points"].clone());
            if shown == Some(json!(round * 1000)) {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "{shown:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    run.finish().unwrap();
}

/// Rounds of showing many series take long, and the record changes all the time: neither keeps the other from
/// its turn.
#[test]
fn what_is_shown_grows_however_often_the_record_is_refreshed() {
    let place = tempfile::tempdir().unwrap();
    let mut options = options(place.path());
    options.refresh_interval(Duration::from_millis(5));
    let run = open(&options);
    let shown = || {
        let entry = entry(place.path(), "s000")?;
        entry["metadata"]["total_points"].as_i64()
    };
    let start = Instant::now();
    let (mut step, mut growths, mut last) = (0i64, 0, None);
    while growths < 3 {
        for number in 0..20 {
            run.metric_step(&format!("s{number:03}"), step, step as f64).unwrap();
        }
        run.metric("steps", step).unwrap();
        step += 1;
        let now = shown();
        growths += i32::from(now != last);
        last = now;
        assert!(start.elapsed() < PATIENCE, "{growths} times, of {step} points {last:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
    run.finish().unwrap();
}

/// Not a test: the process that is killed.
#[test]
fn victim() {
    let Some(store) = std::env::var_os("GROWING_VICTIM") else { return };
    let run = open(&options(Path::new(&store)));
    emit(&run, 0, 50_000);
    run.flush(Flush::Visible).unwrap();
    // After the last time that it was shown.
    emit(&run, 50_000, 60_000);
    println!("\nready");
    loop {
        std::thread::sleep(PATIENCE);
    }
}

/// Has a process emit and be killed.
fn kill_one(store: &Path) {
    let mut child: Child = common::command(std::env::current_exe().unwrap())
        .args(["--exact", "victim", "--nocapture"])
        .env("GROWING_VICTIM", store)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.into_iter().any(|line| line == "ready"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_a_killed_run_has_shown_is_there_and_nobody_takes_it_for_the_whole() {
    let place = tempfile::tempdir().unwrap();
    let locator = place.path().to_str().unwrap();
    kill_one(place.path());
    shows(&entry(place.path(), "loss").unwrap(), 50_000);
    let series = || Store::open(locator).unwrap().run(None, "run").unwrap().series("loss").unwrap().unwrap();
    // A reader has its journal, too.
    assert_eq!((series().len(), series().part_of), (60_000, None));
    assert_eq!(recover(Some(locator), None, None).unwrap(), 1);
    let whole = entry(place.path(), "loss").unwrap();
    assert_eq!(whole["metadata"], json!({"type": "stepped_metric", "unit": "J"}));
    assert_eq!(points(&whole).len(), 60_000);
    assert_eq!((series().len(), series().part_of), (60_000, None));
}

#[test]
fn where_the_journal_is_lost_the_part_stays_a_part() {
    let place = tempfile::tempdir().unwrap();
    let locator = place.path().to_str().unwrap();
    kill_one(place.path());
    std::fs::remove_dir_all(place.path().join("grows_1/.journal")).unwrap();
    let series = || Store::open(locator).unwrap().run(None, "run").unwrap().series("loss").unwrap().unwrap();
    assert!(series().len() <= POINTS);
    assert_eq!(series().part_of, Some(50_000));
    // Who goes on from it says so.
    let shown = points(&entry(place.path(), "loss").unwrap()).len();
    let mut options = options(place.path());
    options.restart(50_000);
    let run = open(&options);
    emit(&run, 50_000, 50_010);
    run.finish().unwrap();
    let whole = entry(place.path(), "loss").unwrap();
    assert_eq!(points(&whole).len(), shown + 10);
    let (partial, total) = (&whole["metadata"]["partial"], &whole["metadata"]["total_points"]);
    assert_eq!((partial, total), (&json!(true), &json!(50_010)));
    let record = std::fs::read_to_string(place.path().join("grows_1/runs/run.json")).unwrap();
    assert!(record.contains("goes on with a part of what it had"), "{record}");
    assert_eq!(series().part_of, Some(50_010));
}

#[test]
fn data_of_the_name_and_reduced_series_are_not_what_is_shown() {
    let place = tempfile::tempdir().unwrap();
    let run = open(&options(place.path()));
    emit(&run, 0, 10);
    run.flush(Flush::Visible).unwrap();
    run.data("loss", 7, json!({})).unwrap();
    run.flush(Flush::Visible).unwrap();
    emit(&run, 10, 20);
    let summed = run.series("summed", Some("J"), None).unwrap();
    summed.point(0, 1.0).unwrap();
    run.flush(Flush::Visible).unwrap();
    assert_eq!(entry(place.path(), "loss").unwrap()["data"], json!(7));
    shows(&entry(place.path(), "loss.series").unwrap(), 20);
    assert!(entry(place.path(), "summed").is_some());
    run.reduce("summed").unwrap();
    summed.point(1, 1.0).unwrap();
    run.flush(Flush::Visible).unwrap();
    assert!(entry(place.path(), "summed").is_none());
    run.finish().unwrap();
    assert_eq!(entry(place.path(), "loss").unwrap()["data"], json!(7));
    assert_eq!(points(&entry(place.path(), "loss.series").unwrap()).len(), 20);
    assert_eq!(points(&entry(place.path(), "summed.sum").unwrap()), [(0, 1.0), (1, 1.0)]);
    assert!(entry(place.path(), "summed").is_none());
}
