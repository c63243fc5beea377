//! Journals stay small: segments whose points are in the store's files go, and a recovery that is
//! stopped goes on where it was. What the store has in the end is the same.
//!
//! The processes that die are this test program itself.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use metalab::{Capture, Flush, Json, Level, Opened, Options};

/// Says that a process is one that dies: how, and in which store.
const VICTIM: &str = "METALAB_TEST_BOUNDED";

/// Points that the victim emits before what it emitted is in the store, and after.
const BEFORE: i64 = 1_600_000;
const AFTER: i64 = 100_000;

fn open(store: &Path) -> Capture {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("");
    options.experiment("bounded:1").unwrap().run_id("run").unwrap();
    match Capture::open(&options).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run_id) => panic!("{run_id} is skipped"),
    }
}

fn object() -> Json {
    Json::Object(Default::default())
}

/// The directories of the run's members.
fn journals(store: &Path) -> Vec<PathBuf> {
    let members = std::fs::read_dir(store.join("bounded_1/.journal/run")).into_iter().flatten();
    members.map(|entry| entry.unwrap().path()).collect()
}

/// Bytes of the journal, on the disk.
fn size(store: &Path) -> u64 {
    let files =
        journals(store).into_iter().flat_map(|journal| std::fs::read_dir(journal).into_iter().flatten());
    files.filter_map(|file| file.ok()?.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// Returns true if the part of the journal that was taken in has been saved.
fn is_saved(store: &Path) -> bool {
    journals(store).iter().any(|journal| journal.join("folded").exists())
}

/// Emits a bit of everything around many points.
fn emit(capture: &Capture) {
    let (up, down) =
        (capture.series("up", Some("m"), None).unwrap(), capture.series("down", None, None).unwrap());
    capture.metric("early", 1).unwrap();
    capture.add_tag("early").unwrap();
    capture.data("document", Json::Int(1), object()).unwrap();
    capture.artifact_bytes("early", b"bytes", "k", "txt", object()).unwrap();
    let stream = capture.stream("stream", "k", "bin", object()).unwrap();
    let points = |from: i64, to: i64| {
        for step in from..to {
            up.point(step, step).unwrap();
            if step % 16 == 0 {
                down.point(-step, step).unwrap();
                capture.log(Level::Info, &format!("line {step}")).unwrap();
            }
            if step % 1000 == 0 {
                capture.metric_step("text", step, "a text").unwrap();
            }
        }
    };
    points(0, BEFORE);
    capture.flush(Flush::Visible).unwrap();
    points(BEFORE, BEFORE + AFTER);
    capture.metric("late", 2).unwrap();
    capture.add_note("late").unwrap();
    capture.data("document", Json::Int(2), object()).unwrap();
    std::mem::forget(stream);
}

fn entry(store: &Path, name: &str) -> String {
    let path = store.join(format!("bounded_1/results/run/{name}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn lines(count: impl Iterator<Item = (i64, String)>) -> String {
    count.map(|(step, value)| format!("[{step},{value}]")).collect::<Vec<_>>().join(",\n")
}

/// The store has all that `emit` has emitted.
fn check(store: &Path) {
    let all = BEFORE + AFTER;
    let points = |name: &str, expected: String| {
        let entry = entry(store, name);
        let found =
            entry.split_once("\"data\": [\n").and_then(|(_, rest)| rest.split_once("\n  ]")).unwrap().0;
        assert!(found == expected, "{name}: {} bytes, not {}", found.len(), expected.len());
    };
    points("up", lines((0..all).map(|step| (step, step.to_string()))));
    let down = (0..all).filter(|step| step % 16 == 0).rev();
    points("down", lines(down.map(|step| (-step, step.to_string()))));
    points(
        "text",
        lines((0..all).filter(|step| step % 1000 == 0).map(|step| (step, "\"a text\"".to_owned()))),
    );
    let log = std::fs::read_to_string(store.join("bounded_1/logs/run_run.log")).unwrap();
    let found = log.lines().filter_map(|line| line.split_once("] line ")?.1.parse::<i64>().ok());
    assert!(found.eq((0..all).filter(|step| step % 16 == 0)), "{} lines", log.lines().count());
    let record = std::fs::read_to_string(store.join("bounded_1/runs/run.json")).unwrap();
    let record = metalab::json::parse(&record).unwrap();
    let member = |key: &str| record.get(key).unwrap().to_compact();
    assert_eq!(
        (member("tags"), member("notes"), member("warnings")),
        ("[\"early\"]".into(), "\"late\"".into(), "[]".into())
    );
    let metrics = record.get("metrics").unwrap();
    assert_eq!((metrics.get("early"), metrics.get("late")), (Some(&Json::Int(1)), Some(&Json::Int(2))));
    let artifacts = member("artifacts");
    assert!(artifacts.contains("\"early\"") && artifacts.contains("\"stream\""), "{artifacts}");
    assert!(entry(store, "document").contains('2'));
    let hidden = std::fs::read_dir(store.join("bounded_1/results/run")).unwrap();
    let hidden: Vec<_> = hidden
        .map(|file| file.unwrap().file_name())
        .filter(|file| file.as_encoded_bytes()[0] == b'.')
        .collect();
    assert!(hidden.is_empty() && journals(store).is_empty(), "{hidden:?}");
}

fn start(how: &str, store: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["victim", "--exact", "--nocapture", "--test-threads=1"])
        .env(VICTIM, format!("{how} {}", store.display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn victim() {
    let Ok(text) = std::env::var(VICTIM) else { return };
    let (how, store) = text.split_once(' ').unwrap();
    match how {
        "emit" => {
            let capture = open(Path::new(store));
            emit(&capture);
            // SAFETY: no preconditions.
            unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
        }
        _ => drop(metalab::recover(Some(store), None, None).unwrap()),
    }
    std::process::exit(0);
}

#[test]
fn a_long_run_ends_with_all_of_it_and_its_journal_stays_small() {
    let place = tempfile::tempdir().unwrap();
    let capture = open(place.path());
    emit(&capture);
    assert!(is_saved(place.path()));
    assert!(journals(place.path()).iter().all(|journal| !journal.join("segment-00000000").exists()));
    capture.finish().unwrap();
    check(place.path());
}

#[test]
fn a_long_run_that_is_killed_leaves_the_same_however_often_its_recovery_is_killed_too() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    start("emit", store).wait().unwrap();
    assert!(is_saved(store));
    let mut kills = 0;
    loop {
        let before = size(store);
        let mut recoverer = start("recover", store);
        let begun = Instant::now();
        // Until it has got somewhere, be it only a bit.
        while size(store) == before && recoverer.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "no progress");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(kills % 7));
        recoverer.kill().unwrap();
        if recoverer.wait().unwrap().success() {
            break;
        }
        kills += 1;
    }
    assert!(kills > 1, "it went on at once");
    check(store);
}

#[test]
fn a_recovery_that_fails_at_its_end_leaves_all_to_the_next_one() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    start("emit", store).wait().unwrap();
    assert!(is_saved(store));
    // Nothing can be renamed to these.
    let run = |path: &str| store.join("bounded_1").join(path);
    let blocked = [run("results/run/up.json"), run("artifacts/run/stream.bin")];
    for path in &blocked {
        // The points that were shown while the run went on.
        let _ = std::fs::remove_file(path);
        std::fs::create_dir_all(path.join("full")).unwrap();
    }
    for _ in 0..2 {
        metalab::recover(Some(store.to_str().unwrap()), None, None).unwrap_err();
        assert!(is_saved(store));
    }
    blocked.iter().for_each(|path| std::fs::remove_dir_all(path).unwrap());
    metalab::recover(Some(store.to_str().unwrap()), None, None).unwrap();
    check(store);
}

#[test]
fn a_series_whose_file_was_removed_is_read_again_or_said_to_be_lost() {
    for count in [60_000, BEFORE] {
        let place = tempfile::tempdir().unwrap();
        let capture = open(place.path());
        let series = capture.series("s", Some("m"), None).unwrap();
        (0..count).for_each(|step| series.point(step, step).unwrap());
        capture.flush(Flush::Visible).unwrap();
        let results = std::fs::read_dir(place.path().join("bounded_1/results/run")).unwrap();
        let removed = results.map(|file| std::fs::remove_file(file.unwrap().path()).unwrap()).count();
        // The file that it grows in, and the entry that shows it meanwhile.
        assert_eq!(removed, 2);
        (count..2 * count.min(100_000)).for_each(|step| series.point(step, step).unwrap());
        if is_saved(place.path()) {
            let error = capture.finish().unwrap_err().to_string();
            assert!(error.contains("points of series \"s\"") && error.contains("removed"), "{error}");
        } else {
            capture.finish().unwrap();
            let entry = entry(place.path(), "s");
            assert_eq!(entry.lines().filter(|line| line.starts_with('[')).count() as i64, 2 * count);
            assert!(entry.contains("\"unit\": \"m\""));
        }
        assert_eq!(count == BEFORE, journals(place.path()).len() == 1);
    }
}
