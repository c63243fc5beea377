//! Threads, captures and processes at once: everything is there once, and in order where it has one.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

use metalab::{Capture, ErrorKind, Flush, Json, Level, Opened, Options};

const WORKER: &str = "METALAB_TEST_WORKER";

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
fn two_captures_and_eight_threads() {
    const LINES: usize = 2000;
    let directory = tempfile::tempdir().unwrap();
    let captures = ["first", "second"].map(|run_id| open(directory.path(), run_id).unwrap());
    std::thread::scope(|scope| {
        for thread in 0..8i64 {
            let captures = &captures;
            scope.spawn(move || {
                for line in 0..LINES as i64 {
                    // A thread goes from one capture to the other and back.
                    let capture = &captures[((thread + line) % 2) as usize];
                    capture.log(Level::Info, &format!("thread {thread} line {line}")).unwrap();
                    capture.metric_step("shared", line, thread).unwrap();
                    capture.metric_step(&format!("own{thread}"), line, line).unwrap();
                    capture.metric(&format!("last{thread}"), line).unwrap();
                }
            });
        }
    });
    for capture in &captures {
        capture.finish().unwrap();
        assert_eq!(capture.health().unwrap().get("ok"), Some(&Json::Bool(true)));
    }
    let mut lines: HashMap<i64, Vec<i64>> = HashMap::new();
    for (index, run_id) in ["first", "second"].into_iter().enumerate() {
        for line in log(directory.path(), run_id) {
            let numbers: Vec<i64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
            assert_eq!((numbers[0] + numbers[1]) % 2, index as i64, "{line} is in the other run's log");
            lines.entry(numbers[0]).or_default().push(numbers[1]);
        }
        let shared = points(directory.path(), run_id, "shared");
        assert_eq!(shared.len(), 4 * LINES);
        assert!(shared.is_sorted_by_key(|(step, _)| *step));
        for thread in 0..8 {
            let own: Vec<i64> = points(directory.path(), run_id, &format!("own{thread}"))
                .iter()
                .map(|(step, _)| *step)
                .collect();
            assert_eq!(own.len(), LINES / 2);
            assert!(own.is_sorted());
            let last = record(directory.path(), run_id);
            let last = last.get("metrics").unwrap().get(&format!("last{thread}")).unwrap().as_i64().unwrap();
            assert_eq!(Some(&last), own.last());
        }
    }
    for (thread, seen) in lines {
        assert_eq!(seen.len(), LINES, "thread {thread}");
        // Each run's log has its lines in the thread's order.
        let (first, second) = seen.split_at(LINES / 2);
        assert!(first.is_sorted() && second.is_sorted(), "thread {thread}");
    }
}

#[test]
fn what_threads_that_synchronise_emit_keeps_its_order() {
    const ROUNDS: u64 = 3000;
    let directory = tempfile::tempdir().unwrap();
    let capture = open(directory.path(), "baton").unwrap();
    let (turn, passed) = (Mutex::new(0u64), Condvar::new());
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (capture, turn, passed) = (&capture, &turn, &passed);
            scope.spawn(move || {
                loop {
                    let mut round = passed
                        .wait_while(turn.lock().unwrap(), |round| *round < ROUNDS && *round % 3 != thread)
                        .unwrap();
                    if *round >= ROUNDS {
                        passed.notify_all();
                        return;
                    }
                    capture.log(Level::Info, &round.to_string()).unwrap();
                    capture.metric("round", *round as i64).unwrap();
                    *round += 1;
                    passed.notify_all();
                }
            });
        }
    });
    capture.finish().unwrap();
    let rounds: Vec<String> = (0..ROUNDS).map(|round| round.to_string()).collect();
    assert_eq!(log(directory.path(), "baton"), rounds);
    let record = record(directory.path(), "baton");
    assert_eq!(record.get("metrics").unwrap().get("round"), Some(&Json::Int(ROUNDS as i64 - 1)));
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
fn threads_that_end_leave_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let capture = open(directory.path(), "short").unwrap();
    for thread in 0..500i64 {
        std::thread::scope(|scope| {
            scope.spawn(|| capture.metric_step("point", thread, thread).unwrap());
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
fn a_run_has_one_writer() {
    let directory = tempfile::tempdir().unwrap();
    let capture = open(directory.path(), "one").unwrap();
    let again = open(directory.path(), "one").unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Busy, "{again}");
    assert!(!worker(directory.path(), "one").wait().unwrap().success(), "another process opened it");
    // The attempts did not end the lock.
    assert!(!worker(directory.path(), "one").wait().unwrap().success(), "another process opened it");
    capture.finish().unwrap();
    assert!(worker(directory.path(), "one").wait().unwrap().success());
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

fn worker(store: &Path, run_id: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["worker_process", "--exact", "--nocapture", "--test-threads=1"])
        .env(WORKER, format!("{}\n{run_id}", store.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn worker_process() {
    let Ok(text) = std::env::var(WORKER) else { return };
    let (store, run_id) = text.split_once('\n').unwrap();
    let Ok(capture) = open(Path::new(store), run_id) else { std::process::exit(3) };
    for step in 0..1000i64 {
        capture.metric_step("step", step, step).unwrap();
    }
    capture.artifact_json("who", &Json::from(run_id), Json::Object(Default::default())).unwrap();
    capture.finish().unwrap();
    std::process::exit(0);
}

#[test]
fn processes_share_an_experiment() {
    let directory = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..12).map(|number| format!("run{number}")).collect();
    let mut children: Vec<_> = names.iter().map(|name| worker(directory.path(), name)).collect();
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    for name in &names {
        assert_eq!(record(directory.path(), name).get("status").unwrap().as_str(), Some("success"));
        assert_eq!(points(directory.path(), name, "step").len(), 1000);
        let manifest = read(&directory.path().join(format!("many_1/artifacts/{name}/_manifest.json")));
        assert_eq!(manifest.get("artifacts").unwrap().as_array().unwrap().len(), 1);
    }
    // Journals' directories come and go under each other's feet; none stays.
    assert!(!directory.path().join("many_1/.journal").exists());
}
