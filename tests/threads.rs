//! Captures with many threads and for a long time: flushing beside them, bursts, no leaks.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use metalab::{Capture, Flush, Json, Level, Opened, Options};

fn open(store: &Path, run_id: &str) -> metalab::Result<Capture> {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("");
    options.experiment("many:1")?.run_id(run_id)?;
    match Capture::open(&options)? {
        Opened::Capture(capture) => Ok(capture),
        Opened::Skipped(run_id) => panic!("{run_id} is skipped"),
    }
}

fn read(path: &Path) -> Json {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    metalab::json::parse(&text).unwrap()
}

fn record(store: &Path, run_id: &str) -> Json {
    read(&store.join(format!("many_1/runs/{run_id}.json")))
}

fn log(store: &Path, run_id: &str) -> Vec<String> {
    let text = std::fs::read_to_string(store.join(format!("many_1/logs/{run_id}_run.log"))).unwrap();
    text.lines().map(|line| line.rsplit("] ").next().unwrap().to_owned()).collect()
}

fn points(store: &Path, run_id: &str, series: &str) -> Vec<(i64, i64)> {
    let entry = read(&store.join(format!("many_1/results/{run_id}/{series}.json")));
    let points = entry.get("data").unwrap().as_array().unwrap();
    let pair = |pair: &Json| {
        let pair = pair.as_array().unwrap();
        (pair[0].as_i64().unwrap(), pair[1].as_i64().unwrap())
    };
    points.iter().map(pair).collect()
}

#[test]
fn what_a_flush_follows_is_there_when_it_returns() {
    let directory = tempfile::tempdir().unwrap();
    let capture = open(directory.path(), "flush").unwrap();
    let stop = AtomicU64::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut step = 0;
            while stop.load(Ordering::Relaxed) == 0 {
                capture.metric_step("noise", step, step).unwrap();
                step += 1;
                std::thread::sleep(std::time::Duration::from_micros(20));
            }
        });
        for round in 0..50 {
            capture.log(Level::Debug, &format!("round {round}")).unwrap();
            capture.metric("round", round).unwrap();
            let how = if round % 10 == 9 { Flush::Durable } else { Flush::Visible };
            capture.flush(how).unwrap();
            assert_eq!(log(directory.path(), "flush").len() as i64, i64::from(round) + 1);
            let record = record(directory.path(), "flush");
            assert_eq!(record.get("status").unwrap().as_str(), Some("running"));
            assert_eq!(record.get("metrics").unwrap().get("round"), Some(&Json::Int(round.into())));
        }
        stop.store(1, Ordering::Relaxed);
    });
    capture.finish().unwrap();
}

#[test]
fn a_flush_beside_the_end_leaves_the_end_in_the_record() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..40 {
        let run_id = format!("end{round}");
        let capture = open(directory.path(), &run_id).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    // Until the end refuses it.
                    for value in 0.. {
                        if capture
                            .metric("value", value)
                            .and_then(|()| capture.flush(Flush::Visible))
                            .is_err()
                        {
                            break;
                        }
                    }
                });
            }
            std::thread::sleep(std::time::Duration::from_millis(3));
            capture.finish().unwrap();
        });
        let status = record(directory.path(), &run_id).get("status").unwrap().as_str().map(str::to_owned);
        assert_eq!(status.as_deref(), Some("success"), "round {round}");
    }
}

#[test]
fn a_burst_of_lines_is_all_there() {
    let directory = tempfile::tempdir().unwrap();
    let capture = open(directory.path(), "burst").unwrap();
    let text = "x".repeat(90);
    for line in 0..250_000 {
        capture.log(Level::Info, &format!("{text} {line}")).unwrap();
    }
    capture.finish().unwrap();
    let lines = log(directory.path(), "burst");
    assert_eq!(lines.len(), 250_000);
    assert!(lines.iter().enumerate().all(|(number, line)| line.ends_with(&format!(" {number}"))));
}

#[test]
fn threads_that_end_leave_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let capture = open(directory.path(), "short").unwrap();
    for thread in 0..500i64 {
        std::thread::scope(|scope| {
            // The scope's end waits for the closure, joining for what the thread gives back after it.
            scope.spawn(|| capture.metric_step("point", thread, thread).unwrap()).join().unwrap();
        });
    }
    let journal = capture.health().unwrap().get("journal").unwrap().as_str().unwrap().to_owned();
    let segments = std::fs::read_dir(&journal)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("segment"))
        .count();
    assert!(segments < 10, "{segments} segments for threads that came one after the other");
    capture.finish().unwrap();
    assert_eq!(points(directory.path(), "short", "point").len(), 500);
    assert!(!Path::new(&journal).exists());
}

#[test]
fn many_captures_one_after_the_other_leak_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let count = |path: &str| std::fs::read_dir(path).map_or(0, Iterator::count);
    let mappings = || {
        std::fs::read_to_string("/proc/self/maps")
            .map_or(0, |maps| maps.matches(directory.path().to_str().unwrap()).count())
    };
    let mut before = None;
    for round in 0..60 {
        let capture = open(directory.path(), "again").unwrap();
        capture.metric("round", round).unwrap();
        capture.finish().unwrap();
        drop(capture);
        if round == 10 {
            before = Some((count("/proc/self/fd"), mappings()));
        }
    }
    let (descriptors, maps) = before.unwrap();
    // Other tests of this program run at the same time.
    assert!(count("/proc/self/fd") < descriptors + 40, "descriptors leak");
    assert!(mappings() <= maps + 2, "mappings leak: {} after {maps}", mappings());
}
