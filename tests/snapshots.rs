//! Arrays that are written every so many steps, and the threads that make and seal their files.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use metalab::{Capture, DType, ErrorKind, Json, Level, Mapping, Opened, Options, Order, Snapshots};

fn open(store: &Path) -> Capture {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("");
    options.experiment("s:1").unwrap().run_id("run").unwrap();
    // Whatever waits for the run's lock is not the refresh of its record.
    options.flush_interval(Duration::from_millis(1)).refresh_interval(Duration::ZERO);
    match Capture::open(&options).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run_id) => panic!("{run_id} is skipped"),
    }
}

fn declare(capture: &Capture, name: &str, elements: u64) -> Snapshots {
    let metadata = Json::object([("unit", "K")]);
    capture.snapshots(name, DType::Float64, Order::C, &[elements], metadata).unwrap()
}

fn elements(mapping: &mut Mapping) -> &mut [f64] {
    // SAFETY: aligned memory of that many bytes, which is this test's until the mapping is ended.
    unsafe { std::slice::from_raw_parts_mut(mapping.data().cast(), mapping.size() / 8) }
}

fn seal(snapshots: &Snapshots, step: i64, value: f64) {
    let mut mapping = snapshots.begin(step).unwrap();
    assert!(elements(&mut mapping).iter().all(|element| *element == 0.0));
    elements(&mut mapping).fill(value);
    mapping.seal().unwrap();
}

/// Waits for what another thread does some time soon.
#[track_caller]
fn wait_until(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn artifacts(store: &Path) -> PathBuf {
    store.join("s_1/artifacts/run")
}

fn files(store: &Path, hidden: bool) -> Vec<String> {
    let entries = std::fs::read_dir(artifacts(store)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.starts_with('.') == hidden).collect();
    names.sort();
    names
}

#[test]
fn the_next_two_are_ready_and_nothing_of_them_stays() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path();
    let capture = open(store);
    let (u, v) = (declare(&capture, "u", 1000), declare(&capture, "v", 300_000));
    wait_until(|| files(store, true).len() == 4);
    for step in 0..20 {
        seal(&u, step, step as f64);
        seal(&v, step, -1.0);
    }
    capture.flush(metalab::Flush::Visible).unwrap();
    wait_until(|| files(store, true).len() == 4);
    drop(u);
    wait_until(|| files(store, true).len() == 2);
    let open = v.begin(20).unwrap();
    capture.finish().unwrap();
    drop(open);
    assert_eq!(files(store, true), [""; 0]);
    assert_eq!(files(store, false).len(), 42);
    assert_eq!(v.begin(21).unwrap_err().kind(), ErrorKind::Closed);
    let artifacts = capture.artifacts().unwrap();
    let last = artifacts
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one.get("name").unwrap().as_str() == Some("u.00000019"));
    let metadata = last.unwrap().get("metadata").unwrap();
    assert_eq!(metadata.to_compact(), r#"{"snapshot_of":"u","step":19,"unit":"K"}"#);
}

#[test]
fn log_lines_and_the_solver_do_not_wait_for_sealing() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path();
    let capture = open(store);
    let u = declare(&capture, "u", 1000);
    // Who has this lock holds up whoever seals.
    let lock = File::open(store.join("s_1/.locks/run.lock")).unwrap();
    // SAFETY: an open descriptor.
    assert_eq!(unsafe { libc::flock(lock.as_raw_fd(), libc::LOCK_EX) }, 0);
    for step in 0..20 {
        seal(&u, step, 1.0);
    }
    capture.log(Level::Info, "computed").unwrap();
    let log = store.join("s_1/logs/run_run.log");
    wait_until(|| std::fs::read_to_string(&log).is_ok_and(|log| log.contains("computed")));
    assert_eq!(files(store, false), [""; 0], "nothing is sealed yet");
    // SAFETY: as above.
    assert_eq!(unsafe { libc::flock(lock.as_raw_fd(), libc::LOCK_UN) }, 0);
    capture.finish().unwrap();
    assert_eq!(files(store, false).len(), 21);
}
