//! Runs that go on from a checkpoint.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

mod common;
#[path = "common/process.rs"]
mod many;

use many::{Process, array, entry, has_double, nothing_is_left, ranks, record, recover, results, root};

#[test]
fn process() {
    many::obey_if_told();
}

/// Points of `count` steps, whose values are the steps and `add`.
fn points(from: i64, to: i64, add: f64) -> Vec<Value> {
    (from..to).map(|step| json!([step, step as f64 + add])).collect()
}

fn series(store: &Path, name: &str) -> Vec<Value> {
    entry(store, name).as_array().unwrap().clone()
}

fn log(store: &Path) -> String {
    std::fs::read_to_string(root(store).join("logs/r_run.log")).unwrap()
}

/// An attempt of 100 steps, with a checkpoint somewhere.
fn first_attempt(store: &Path) -> Process {
    let mut first = Process::start(store);
    first.tell(
        "open; points loss 0 100 0; points early 0 100 0; points late 90 100 0; metric m 1; metric n 1",
    );
    first.tell(
        "data settings 7; array field 1; array other 1; tag a; note begun; log first; textpoint loss 100 x",
    );
    first
}

#[test]
fn a_run_that_ended_well_goes_on_from_a_step() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    first_attempt(store).tell("finish");
    assert_eq!(record(store)["provenance"]["extra"]["attempt"], 1);
    let mut second = Process::start(store);
    second.tell("restart 60; open");
    let running = record(store);
    assert_eq!((&running["status"], &running["metrics"]["m"]), (&"running".into(), &1.0.into()));
    second.tell(
        "points loss 60 120 1; metric n 2; array field 2; tag b; note more; log second; points new 0 2 0",
    );
    second.tell("finish");
    let record = record(store);
    assert_eq!((&record["status"], &record["error"]), (&"success".into(), &Value::Null));
    assert_eq!(record["metrics"], json!({"m": 1.0, "n": 2.0}));
    assert_eq!((&record["tags"], &record["notes"]), (&json!(["a", "b"]), &"begun\nmore".into()));
    assert_eq!(record["provenance"]["extra"]["attempt"], 2);
    assert_eq!(record["provenance"]["extra"]["restart_step"], 60);
    assert_eq!(series(store, "loss"), [points(0, 60, 0.0), points(60, 120, 1.0)].concat());
    assert_eq!(series(store, "early"), points(0, 60, 0.0));
    assert_eq!((series(store, "new").len(), entry(store, "settings")), (2, 7.into()));
    assert_eq!(results(store), ["early.json", "loss.json", "new.json", "settings.json"]);
    assert_eq!(record["artifacts"].as_array().unwrap().len(), 2);
    assert!(has_double(&array(store, "field"), 2.0) && has_double(&array(store, "other"), 1.0));
    let manifest = many::read(&root(store).join("artifacts/r/_manifest.json"));
    assert_eq!(manifest["artifacts"].as_array().unwrap().len(), 2);
    assert!(log(store).contains("first") && log(store).contains("second"));
    nothing_is_left(store);
    // Without the option, the run begins anew.
    let mut third = Process::start(store);
    third.tell("open; finish");
    assert_eq!(many::record(store)["provenance"]["extra"]["attempt"], 1);
    assert_eq!((many::record(store)["metrics"].clone(), results(store)), (json!({}), Vec::<String>::new()));
}

#[test]
fn a_run_that_was_killed_goes_on_and_is_not_failed_by_it() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    first_attempt(store).kill();
    let mut second = Process::start(store);
    second.tell(
        "restart 50; open; points loss 50 70 1; metric n 2; log second; data settings 8; array field 2",
    );
    second.kill();
    assert_eq!(recover(store), 1);
    let died = record(store);
    assert_eq!(
        (&died["error"]["type"], &died["metrics"]),
        (&"ProcessDied".into(), &json!({"m": 1.0, "n": 2.0}))
    );
    assert_eq!(series(store, "loss"), [points(0, 50, 0.0), points(50, 70, 1.0)].concat());
    assert_eq!(series(store, "early"), points(0, 50, 0.0));
    assert_eq!(entry(store, "settings"), 8);
    let mut third = Process::start(store);
    third.tell("restart 60; open; points loss 60 80 2; finish");
    let record = record(store);
    assert_eq!((&record["status"], &record["error"]), (&"success".into(), &Value::Null));
    assert_eq!(record["provenance"]["extra"]["attempt"], 3);
    assert_eq!(
        series(store, "loss"),
        [points(0, 50, 0.0), points(50, 60, 1.0), points(60, 80, 2.0)].concat()
    );
    assert!(has_double(&array(store, "field"), 2.0) && has_double(&array(store, "other"), 1.0));
    let earlier: Vec<&Value> = record["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|warning| warning["message"] == "an earlier attempt failed")
        .collect();
    assert_eq!((earlier.len(), &earlier[0]["attempt"], &earlier[1]["attempt"]), (2, &1.into(), &2.into()));
    let text = log(store);
    assert_eq!((text.matches("] first\n").count(), text.matches("] second\n").count()), (1, 1), "{text}");
    nothing_is_left(store);
}

#[test]
fn the_policy_for_a_success_comes_first_and_a_run_that_is_not_there_begins() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut first = Process::start(store);
    first.tell("restart 10; open; points loss 0 20 0; finish");
    assert_eq!(record(store)["provenance"]["extra"]["attempt"], 1);
    assert_eq!(record(store)["provenance"]["extra"].get("restart_step"), None);
    assert_eq!(series(store, "loss").len(), 20);
    for policy in ["skip", "refuse"] {
        let mut second = Process::start(store);
        second.tell(&format!("if_success {policy}; restart 10"));
        assert!(second.ask("open").starts_with("Exists"));
    }
    assert_eq!(series(store, "loss").len(), 20);
    // Somebody else's file among the results is left alone.
    std::fs::write(root(store).join("results/r/broken.json"), "{").unwrap();
    let mut third = Process::start(store);
    third.tell("restart 10; open; points loss 10 12 0; finish");
    assert_eq!(series(store, "loss").len(), 12);
}

#[test]
fn workers_go_on_with_their_owner() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 3);
    for (rank, process) in all.iter_mut().enumerate() {
        process.tell(&format!(
            "reduce r; points r 0 10 {rank}; points own 0 10 {rank}; metric m {rank}; metric n 0"
        ));
    }
    all.into_iter().for_each(Process::kill);
    // Rank 2 does not come again: its series ends at the checkpoint.
    let mut all: Vec<Process> = (0..2).map(|_| Process::start(store)).collect();
    all[0].tell("rank 0 2; restart 6; open");
    all[1].tell("rank 1 2; open");
    // One that dies in this attempt and comes again goes on with what it had emitted in it.
    all[1].tell("points own 6 7 11; flush");
    all.remove(1).kill();
    all.push(Process::start(store));
    all[1].tell("rank 1 2; open; reduce r; points r 6 8 1; points own 7 8 11; metric n 1; finish");
    all[0].tell("reduce r; points r 6 8 0; points own 6 8 10; metric n 0; finish");
    let record = record(store);
    assert_eq!((&record["status"], &record["error"]["type"]), (&"failed".into(), &"WorkerDied".into()));
    assert_eq!(
        record["metrics"],
        json!({"m": 0.0, "m@rank.1": 1.0, "m@rank.2": 2.0, "n": 0.0, "n@rank.1": 1.0, "n@rank.2": 0.0})
    );
    assert_eq!(series(store, "own@rank.1"), [points(0, 6, 1.0), points(6, 8, 11.0)].concat());
    assert_eq!(series(store, "own@rank.2"), points(0, 6, 2.0));
    assert_eq!(series(store, "own"), [points(0, 6, 0.0), points(6, 8, 10.0)].concat());
    let counts: Vec<i64> = series(store, "r.count").iter().map(|point| point[1].as_i64().unwrap()).collect();
    assert_eq!(counts, [3, 3, 3, 3, 3, 3, 2, 2]);
    assert_eq!(series(store, "r.max"), [points(0, 6, 2.0), points(6, 8, 1.0)].concat());
    nothing_is_left(store);
}

#[test]
fn long_series_go_on_too() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut first = Process::start(store);
    first.tell("open; points long 0 400000 0.5; finish");
    let mut second = Process::start(store);
    second.tell("restart 350000; open; points long 350000 360000 1.5; flush");
    second.kill();
    recover(store);
    let long = series(store, "long");
    assert_eq!(long.len(), 360_000);
    assert_eq!(
        (&long[349_999], &long[350_000]),
        (&json!([349_999, 349_999.5]), &json!([350_000, 350_001.5]))
    );
    nothing_is_left(store);
}

#[test]
fn a_kill_at_any_instant_leaves_one_attempt_or_the_other() {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = |limit: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % limit
    };
    for round in 0..many::rounds(20) {
        let place = tempfile::tempdir().unwrap();
        let store = place.path();
        first_attempt(store).tell("finish");
        let mut second = Process::start(store);
        second.tell("restart 50");
        for command in ["open", "points loss 50 60 1", "metric n 2", "finish"] {
            writeln!(second.input, "{command}").unwrap();
        }
        std::thread::sleep(Duration::from_micros(next(15_000)));
        second.kill();
        let mut recoverer = Process::start(store);
        writeln!(recoverer.input, "recover").unwrap();
        std::thread::sleep(Duration::from_micros(next(15_000)));
        recoverer.kill();
        recover(store);
        let record = record(store);
        let how = format!("round {round}: {record}");
        let early = series(store, "early");
        let loss = series(store, "loss");
        assert_eq!((&record["metrics"]["m"], entry(store, "settings")), (&1.0.into(), 7.into()), "{how}");
        assert!(has_double(&array(store, "other"), 1.0), "{how}");
        if record["provenance"]["extra"]["attempt"] == 1 {
            assert_eq!((&record["status"], early.len(), loss.len()), (&"success".into(), 100, 101), "{how}");
            assert!(root(store).join("results/r/late.json").exists(), "{how}");
        } else {
            assert_eq!(early, points(0, 50, 0.0), "{how}");
            assert_eq!(loss, [points(0, 50, 0.0), points(50, loss.len() as i64, 1.0)].concat(), "{how}");
            assert!(record["status"] == "success" || record["error"]["type"] == "ProcessDied", "{how}");
        }
        nothing_is_left(store);
    }
}

/// The same directory may be known by several names: an artifact's file is told by its own.
#[test]
fn an_artifact_that_is_made_again_by_another_name_of_the_store_keeps_its_file() {
    let place = tempfile::tempdir().unwrap();
    let (store, other) = (place.path().join("store"), place.path().join("other"));
    std::fs::create_dir(&store).unwrap();
    std::os::unix::fs::symlink(&store, &other).unwrap();
    let mut first = Process::start(&store);
    first.tell("open; array field 1; finish");
    let mut second = Process::start(&other);
    second.tell("restart 0; open; array field 2; finish");
    for list in [record(&store), many::read(&root(&store).join("artifacts/r/_manifest.json"))] {
        let uri = list["artifacts"][0]["uri"].as_str().unwrap().to_owned();
        assert!(Path::new(&uri).exists(), "{uri}");
    }
    nothing_is_left(&store);
}
