//! Several processes in one run.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use metalab::{Capture, ErrorKind, Rank, Role};

mod common;
#[path = "common/process.rs"]
mod many;

use many::{
    Process, array, entry, has_double, names, nothing_is_left, options, ranks, ranks_with, read, record,
    recover, results, root,
};

#[test]
fn process() {
    many::obey_if_told();
}

#[test]
fn ranks_of_one_program_are_one_run() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 4);
    for (rank, process) in all.iter_mut().enumerate() {
        assert_eq!(process.ask("whoami"), format!("rank {rank} of 4"));
        process.tell(&format!(
            "metric loss {rank}.5; points residual 0 5 {rank}; data settings {rank}; array field {rank}; \
             log line{rank}; note same; tag t{rank}; warning w{rank}; reduce r; points r 0 3 {rank}; \
             reduce total; count total {rank}"
        ));
    }
    let running = record(store);
    assert_eq!(running["status"], "running");
    for process in all.iter_mut().rev() {
        process.tell("finish");
    }
    all.into_iter().for_each(Process::end);
    let record = record(store);
    assert_eq!((&record["status"], &record["error"]), (&"success".into(), &serde_json::Value::Null));
    assert_eq!(
        record["metrics"],
        serde_json::json!({
            "loss": 0.5, "loss@rank.1": 1.5, "loss@rank.2": 2.5, "loss@rank.3": 3.5,
            "total.min": 0, "total.max": 3, "total.mean": 1.5, "total.sum": 6,
            "total.argmin": 0, "total.argmax": 3, "total.count": 4,
        })
    );
    assert_eq!(
        entry(store, "residual"),
        serde_json::json!([[0, 0.0], [1, 1.0], [2, 2.0], [3, 3.0], [4, 4.0]])
    );
    assert_eq!(entry(store, "residual@rank.3")[1], serde_json::json!([1, 4.0]));
    assert_eq!(entry(store, "settings@rank.2"), 2);
    assert_eq!(entry(store, "r.min"), serde_json::json!([[0, 0.0], [1, 1.0], [2, 2.0]]));
    assert_eq!(entry(store, "r.max"), serde_json::json!([[0, 3.0], [1, 4.0], [2, 5.0]]));
    assert_eq!(entry(store, "r.sum"), serde_json::json!([[0, 6.0], [1, 10.0], [2, 14.0]]));
    assert_eq!(entry(store, "r.argmax"), serde_json::json!([[0, 3], [1, 3], [2, 3]]));
    assert_eq!(entry(store, "r.count"), serde_json::json!([[0, 4], [1, 4], [2, 4]]));
    assert!(!results(store).iter().any(|file| file == "r.json" || file.starts_with("r@")));
    let mut artifacts: Vec<&str> =
        record["artifacts"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    artifacts.sort();
    assert_eq!(artifacts, ["field", "field@rank.1", "field@rank.2", "field@rank.3"]);
    assert!(has_double(&array(store, "field@rank.3"), 3.0));
    let manifest = read(&root(store).join("artifacts/r/_manifest.json"));
    assert_eq!(manifest["artifacts"].as_array().unwrap().len(), 4);
    assert_eq!(record["notes"], "same");
    assert_eq!(record["tags"], serde_json::json!(["t0", "t1", "t2", "t3"]));
    assert_eq!(record["warnings"][1], serde_json::json!({"message": "w1", "worker": "rank:1"}));
    let workers = record["provenance"]["extra"]["workers"].as_array().unwrap();
    assert_eq!(workers.len(), 3);
    assert_eq!((&workers[2]["worker"], &workers[2]["rank"]), (&"rank:3".into(), &3.into()));
    assert_eq!(workers[2]["ended"], "success");
    assert!(workers[2]["pid"].is_i64() && workers[2]["host"].is_string());
    for (log, line) in [("r_run.log", "line0"), ("r_run.rank.2.log", "line2")] {
        let text = std::fs::read_to_string(root(store).join("logs").join(log)).unwrap();
        assert!(text.contains(line) && text.lines().count() == 1, "{text}");
    }
    let text = std::fs::read_to_string(root(store).join("logs/r_run.rank.2.log")).unwrap();
    assert!(text.contains("[metalab.run.r.rank:2]"), "{text}");
    nothing_is_left(store);
}

#[test]
fn the_number_of_ranks_is_a_parameter_where_that_is_asked() {
    let run_of = |size: usize, environment: &[(&str, &str)], told: &str| {
        let place = tempfile::tempdir().unwrap();
        let store = place.path();
        let rank = |rank: usize| {
            let (rank, size) = (rank.to_string(), size.to_string());
            let launcher = [("OMPI_COMM_WORLD_RANK", rank.as_str()), ("OMPI_COMM_WORLD_SIZE", &size)];
            let mut process = Process::start_with(store, &[environment, &launcher].concat());
            process.tell(told);
            process
        };
        let mut all: Vec<Process> = (0..size).map(rank).collect();
        all.iter_mut().for_each(|process| process.tell("finish"));
        all.into_iter().for_each(Process::end);
        record(store)
    };
    let two = run_of(2, &[], "ranks_param ranks; open");
    assert_eq!(two["params_resolved"], serde_json::json!({"ranks": 2}));
    assert_eq!(two["provenance"]["extra"]["workers"].as_array().unwrap().len(), 1);
    // The number replaces what else is called so.
    let environment = [("METALAB_RANKS_PARAM", "p"), ("METALAB_PARAMS", r#"{"p": 7, "n": 1}"#)];
    assert_eq!(run_of(2, &environment, "open")["params_resolved"], serde_json::json!({"p": 2, "n": 1}));
    let three = run_of(3, &[], "ranks_param ranks; open");
    assert_eq!(three["params_resolved"], serde_json::json!({"ranks": 3}));
    assert_ne!(two["params_fingerprint"], three["params_fingerprint"]);
    // One of several, and nobody knows of how many.
    let place = tempfile::tempdir().unwrap();
    let mut one = Process::start_with(place.path(), &[("ALPS_APP_PE", "0")]);
    one.tell("ranks_param ranks");
    let refused = one.ask("open");
    assert!(
        refused.starts_with("Value: ranks_param: ") && refused.contains("metalab_options_rank"),
        "{refused}"
    );
    one.tell("rank 0 1; open; finish");
    one.end();
    assert_eq!(record(place.path())["params_resolved"], serde_json::json!({"ranks": 1}));
}

#[test]
fn a_process_that_says_nothing_leaves_no_log() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 3);
    all.iter_mut().for_each(|process| process.tell("stderr; metric m 1; flush"));
    assert_eq!(names(root(store).join("logs")), [""; 0]);
    all[1].tell("print words");
    all.iter_mut().for_each(|process| process.tell("finish"));
    assert_eq!(names(root(store).join("logs")), ["r_stderr.rank.1.log"]);
}

#[test]
fn who_ends_last_folds_the_run_and_the_owner_need_not_wait() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 3);
    for (rank, process) in all.iter_mut().enumerate() {
        process.tell(&format!("reduce r; points r 0 2 {rank}; metric m {rank}"));
    }
    all[0].tell("finish");
    let first = record(store);
    assert_eq!(first["status"], "success");
    assert_eq!(first["metrics"], serde_json::json!({"m": 0.0}));
    assert_eq!(first["provenance"]["extra"]["workers"][0]["ended"], serde_json::Value::Null);
    assert_eq!(entry(store, "r.count"), serde_json::json!([[0, 1], [1, 1]]));
    all[2].tell("finish");
    // Neither the owner nor the last: its part waits.
    assert_eq!(record(store)["metrics"], serde_json::json!({"m": 0.0}));
    // The owner's process is gone meanwhile, and another attempt must not begin.
    let owner = all.remove(0);
    owner.end();
    let mut again = Process::start(store);
    let answer = again.ask("open");
    assert!(answer.starts_with("Busy") && answer.contains("worker rank:1"), "{answer}");
    all[0].tell("points r 2 3 1; finish");
    let last = record(store);
    assert_eq!(last["metrics"], serde_json::json!({"m": 0.0, "m@rank.1": 1.0, "m@rank.2": 2.0}));
    assert_eq!(entry(store, "r.count"), serde_json::json!([[0, 3], [1, 3], [2, 1]]));
    assert_eq!(entry(store, "r.argmax"), serde_json::json!([[0, 2], [1, 2], [2, 1]]));
    nothing_is_left(store);
    assert_eq!(again.ask("open"), "ok");
    assert_eq!(results(store), Vec::<String>::new());
}

#[test]
fn a_worker_that_dies_or_fails_fails_the_run_and_is_named() {
    for owner_is_last in [true, false] {
        let place = tempfile::tempdir().unwrap();
        let store = place.path();
        let mut all = ranks(store, 4);
        for (rank, process) in all.iter_mut().enumerate() {
            process.tell(&format!(
                "reduce r; points r 0 3 {rank}; metric m {rank}; log line{rank}; points s 0 4 0"
            ));
        }
        all[2].tell("open_array field");
        let pid = all[2].child.id();
        all.remove(2).kill();
        all[2].tell("fail hot; finish");
        if owner_is_last {
            all[1].tell("finish");
            all[0].tell("finish");
        } else {
            all[0].tell("finish");
            all[1].tell("finish");
        }
        let record = record(store);
        assert_eq!((&record["status"], &record["error"]["type"]), (&"failed".into(), &"WorkerFailed".into()));
        let message = record["error"]["message"].as_str().unwrap();
        // A process's own words come before how another died.
        assert!(message.starts_with("worker rank:3: Diverged: hot; worker rank:2: "), "{message}");
        assert!(message.contains(&format!("ProcessDied: process {pid}")), "{message}");
        assert!(message.contains("last step 3"), "{message}");
        let warnings = record["warnings"].as_array().unwrap();
        let of = |text: &str| warnings.iter().filter(|warning| warning["message"] == text).count();
        assert_eq!((of("a worker died"), of("a worker failed")), (1, 1));
        assert_eq!(
            record["metrics"],
            serde_json::json!({"m": 0.0, "m@rank.1": 1.0, "m@rank.2": 2.0, "m@rank.3": 3.0})
        );
        assert_eq!(entry(store, "r.count"), serde_json::json!([[0, 4], [1, 4], [2, 4]]));
        assert_eq!(entry(store, "s@rank.2").as_array().unwrap().len(), 4);
        let ended: Vec<_> = record["provenance"]["extra"]["workers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|worker| worker["ended"].as_str().unwrap())
            .collect();
        assert_eq!(ended, ["success", "died", "failed"]);
        let field = record["artifacts"].as_array().unwrap();
        assert_eq!(
            (&field[0]["name"], &field[0]["metadata"]["incomplete"]),
            (&"field@rank.2".into(), &true.into())
        );
        let log = std::fs::read_to_string(root(store).join("logs/r_run.rank.2.log")).unwrap();
        assert!(log.contains("line2") && log.contains("died without finishing"), "{log}");
        nothing_is_left(store);
    }
}

/// Holds a run's lock, as another process that stands still would.
fn hold_lock(store: &Path) -> std::fs::File {
    use std::os::fd::AsRawFd as _;
    let lock = std::fs::File::open(root(store).join(".locks/r.lock")).unwrap();
    // SAFETY: a descriptor that `lock` keeps open.
    assert_eq!(unsafe { libc::flock(lock.as_raw_fd(), libc::LOCK_EX) }, 0);
    lock
}

#[test]
fn a_worker_ends_without_the_lock_and_one_whose_end_was_incomplete_did_not_die() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 2);
    for (rank, process) in all.iter_mut().enumerate() {
        process.tell(&format!("metric m {rank}; points s 0 1000 {rank}; data d {rank}; array a {rank}"));
    }
    let mut child = Process::start(store);
    child.tell("role worker; open; metric own 1; points own 0 10 0; data own 1");
    let lock = hold_lock(store);
    // A rank's names are its own, and it is not the last.
    all[1].tell("finish");
    // Names of a process without a label need the lock, which it waits for once.
    let start = std::time::Instant::now();
    let answer = child.ask("finish");
    assert!(answer.starts_with("Incomplete") && answer.contains("another process's at each try"), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    drop(lock);
    all[0].tell("finish");
    // The owner's end has done the work that the child could not do.
    let record = record(store);
    assert_eq!((&record["status"], &record["error"]), (&"success".into(), &serde_json::Value::Null));
    assert_eq!((&record["metrics"]["m@rank.1"], &record["metrics"]["own"]), (&1.0.into(), &1.0.into()));
    assert_eq!(entry(store, "s@rank.1").as_array().unwrap().len(), 1000);
    let workers = record["provenance"]["extra"]["workers"].as_array().unwrap();
    assert!(workers.iter().all(|worker| worker["ended"] == "success"), "{workers:?}");
    assert_eq!((entry(store, "own.series").as_array().unwrap().len(), entry(store, "own")), (10, 1.into()));
    nothing_is_left(store);
}

#[test]
fn files_that_somebody_removes_are_noticed_and_read_from_the_journal_again() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut one = Process::start(store);
    one.tell("open; log first; points s 0 60000 0; flush");
    let log = root(store).join("logs/r_run.log");
    std::fs::remove_file(&log).unwrap();
    let results = root(store).join("results/r");
    let spool = results_hidden(store).pop().unwrap();
    std::fs::remove_file(results.join(spool)).unwrap();
    one.tell("log second; points s 60000 120000 0");
    let answer = one.ask("finish");
    assert!(answer.starts_with("Incomplete") && answer.contains("somebody removed"), "{answer}");
    assert!(std::fs::read_to_string(&log).unwrap().contains("second"));
    assert!(record(store)["warnings"].to_string().contains("somebody removed"));
    one.end();
    recover(store);
    let text = std::fs::read_to_string(&log).unwrap();
    assert_eq!((text.matches("first").count(), text.matches("second").count()), (1, 1), "{text}");
    assert_eq!(entry(store, "s").as_array().unwrap().len(), 120_000);
    assert_eq!(record(store)["status"], "success");
    nothing_is_left(store);
}

fn results_hidden(store: &Path) -> Vec<String> {
    names(root(store).join("results/r")).into_iter().filter(|file| file.starts_with('.')).collect()
}

#[test]
fn the_last_worker_that_has_no_lock_leaves_its_part_to_whoever_comes() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 2);
    all[1].tell("metric m 1; points s 0 10 0");
    all[0].tell("finish");
    let lock = hold_lock(store);
    let answer = all[1].ask("finish");
    assert!(answer.starts_with("Incomplete") && answer.contains("another process's at each try"), "{answer}");
    drop(lock);
    recover(store);
    let record = record(store);
    assert_eq!((&record["status"], &record["metrics"]["m@rank.1"]), (&"success".into(), &1.0.into()));
    assert_eq!(entry(store, "s@rank.1").as_array().unwrap().len(), 10);
    nothing_is_left(store);
}

#[test]
fn a_worker_that_was_cancelled_cancels_the_run() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 4);
    all[1].tell("cancel; finish");
    all[2].tell("cancel; finish");
    all[0].tell("finish");
    all[3].tell("finish");
    let record = record(store);
    assert_eq!((&record["status"], &record["error"]), (&"cancelled".into(), &serde_json::Value::Null));
    assert_eq!(
        record["warnings"],
        serde_json::json!([{"message": "2 workers were cancelled", "worker": "rank:1", "rank": 1,
            "workers": ["rank:1", "rank:2"]}])
    );
}

#[test]
fn ranks_that_take_no_part_are_named() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let absent = |count: i64, which: &str| {
        let message = format!("{count} of 5 ranks took no part in the run");
        serde_json::json!([{"message": message, "reason": format!("absent: {which}")}])
    };
    // Of five ranks three open the run, and one of them after the owner has ended.
    let mut all: Vec<Process> = (0..3).map(|_| Process::start(store)).collect();
    all[0].tell("rank 0 5; open");
    all[1].tell("rank 2 5; open; metric m 2");
    all[0].tell("finish");
    assert_eq!(record(store)["warnings"], absent(3, "rank 1, ranks 3 to 4"));
    all[2].tell("rank 4 5; patience 0; open; finish");
    all[1].tell("finish");
    let record = record(store);
    assert_eq!((&record["status"], &record["warnings"]), (&"success".into(), &absent(2, "rank 1, rank 3")));
}

#[test]
fn all_processes_stop_at_the_step_that_the_owner_says() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 3);
    // Hand in hand, as processes that wait for each other in each step go.
    let mut ask = |step: i64| -> Vec<String> {
        all.iter_mut().rev().map(|process| process.ask(&format!("stops_at {step}"))).collect()
    };
    for step in 0..3 {
        assert_eq!(ask(step), ["false"; 3], "{step}");
    }
    all[2].tell("request_stop");
    let mut ask = |step: i64| -> Vec<String> {
        all.iter_mut().map(|process| process.ask(&format!("stops_at {step}"))).collect()
    };
    let stopped = (3..).find(|step| {
        let answers = ask(*step);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{step}: {answers:?}");
        answers[0] == "true"
    });
    assert_eq!(ask(stopped.unwrap() + 1), ["true"; 3]);
    for process in &mut all {
        process.tell("finish");
    }
    all.into_iter().for_each(Process::end);
    let record = record(store);
    assert_eq!(record["status"], "cancelled", "{record:#}");
    let reason = record["warnings"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("rank.2: requested (agreed for step "), "{reason}");
    nothing_is_left(store);
}

#[test]
fn one_process_stops_at_the_step_that_it_asks_for() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut one = Process::start(store);
    one.tell("open");
    assert_eq!(one.ask("stops_at 0"), "false");
    one.tell("request_stop");
    // Some steps on at most, since it looks for others only now and then.
    assert!(one.ask("step_from 1").parse::<i64>().unwrap() >= 1);
    one.tell("finish");
    one.end();
    assert_eq!(record(store)["status"], "cancelled");
}

#[test]
fn the_first_cause_is_the_runs_and_each_event_is_told_once() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks_with(store, 6, &[("METALAB_SIGNALS", "fatal")]);
    // Like under a launcher: one fails, and the others are told to stop, the owner first.
    all[3].tell("metric m 3; fail negative; finish");
    all[0].tell("metric m 0; flush");
    let failed = all.remove(3);
    all.into_iter().for_each(|process| process.end_by(libc::SIGTERM));
    failed.end();
    recover(store);
    let record = record(store);
    assert_eq!((&record["status"], &record["error"]["type"]), (&"failed".into(), &"WorkerFailed".into()));
    let message = record["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("worker rank:3: Diverged: negative; "), "{message}");
    let warnings = record["warnings"].as_array().unwrap();
    let told: Vec<&str> = warnings.iter().map(|warning| warning["message"].as_str().unwrap()).collect();
    assert_eq!(told, ["a worker failed", "the owner and 4 workers died"], "{warnings:#?}");
    let all = ["rank:0", "rank:1", "rank:2", "rank:4", "rank:5"];
    assert_eq!(warnings[1]["workers"], serde_json::json!(all));
    nothing_is_left(store);
}

#[test]
fn a_death_of_its_own_doing_comes_before_those_that_follow() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks_with(store, 3, &[("METALAB_SIGNALS", "fatal")]);
    all.iter_mut().for_each(|process| process.tell("stderr; print last words; flush"));
    // By the clock, the one that is told to stop dies first, and nobody knows of what the second does.
    all.remove(0).end_by(libc::SIGTERM);
    all.remove(0).kill();
    let mut third = all.remove(0);
    writeln!(third.input, "exit 7").unwrap();
    assert_eq!(third.child.wait().unwrap().code(), Some(7));
    recover(store);
    let record = record(store);
    assert_eq!(record["error"]["type"], "WorkerDied");
    let message = record["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("worker rank:2: Exit: process"), "{message}");
    assert!(message.contains("exited with status 7"), "{message}");
    assert!(record["error"]["traceback"].as_str().unwrap().contains("last words"), "{:#}", record["error"]);
}

#[test]
fn all_processes_killed_are_recovered_together() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 3);
    for (rank, process) in all.iter_mut().enumerate() {
        process.tell(&format!("reduce r; points r 0 3 {rank}; metric m {rank}; array field {rank}; flush"));
    }
    all[1].tell("finish");
    all.into_iter().for_each(Process::kill);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| recover(store));
        }
    });
    // Recoverers that were at once may each have left something for the others.
    recover(store);
    let record = record(store);
    assert_eq!((&record["status"], &record["error"]["type"]), (&"failed".into(), &"ProcessDied".into()));
    assert_eq!(record["metrics"], serde_json::json!({"m": 0.0, "m@rank.1": 1.0, "m@rank.2": 2.0}));
    assert_eq!(record["artifacts"].as_array().unwrap().len(), 3);
    assert_eq!(entry(store, "r.sum"), serde_json::json!([[0, 3.0], [1, 6.0], [2, 9.0]]));
    let warnings = record["warnings"].to_string();
    assert!(warnings.contains("a worker died") && warnings.contains("rank:2"), "{warnings}");
    assert!(!warnings.contains("rank:1"), "{warnings}");
    nothing_is_left(store);
    let before = std::fs::read(root(store).join("runs/r.json")).unwrap();
    assert_eq!(recover(store), 0);
    assert_eq!(std::fs::read(root(store).join("runs/r.json")).unwrap(), before);
}

#[test]
fn an_owner_that_dies_is_folded_with_workers_that_end_later() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 2);
    all[0].tell("metric m 0; reduce r; points r 0 2 0");
    all[1].tell("metric m 1; reduce r; points r 0 2 1");
    all.remove(0).kill();
    assert_eq!(recover(store), 1);
    assert_eq!(record(store)["error"]["type"], "ProcessDied");
    assert_eq!(entry(store, "r.count"), serde_json::json!([[0, 1], [1, 1]]));
    all[0].tell("points r 2 3 1; finish");
    assert_eq!(record(store)["error"]["type"], "ProcessDied");
    assert_eq!(record(store)["metrics"], serde_json::json!({"m": 0.0, "m@rank.1": 1.0}));
    assert_eq!(entry(store, "r.count"), serde_json::json!([[0, 2], [1, 2], [2, 1]]));
    nothing_is_left(store);
}

#[test]
fn nobody_to_attach_to_is_said_and_a_name_is_taken_once() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut early = Process::start(store);
    early.tell("role worker; worker w:1; patience 0");
    let answer = early.ask("open");
    assert!(answer.starts_with("NotFound") && answer.contains("METALAB_ROLE=owner"), "{answer}");
    // One that waits finds the owner when it comes.
    early.tell("patience 20");
    early.send("open");
    let mut owner = Process::start(store);
    owner.tell("open; data settings 1");
    assert_eq!(early.answer(), "ok");
    let mut twin = Process::start(store);
    twin.tell("role worker; worker w:1; patience 0");
    let answer = twin.ask("open");
    assert!(answer.starts_with("Busy") && answer.contains("worker w:1"), "{answer}");
    // A dead one's name is free, and what it left goes on.
    early.tell("points s 0 3 0; data other 5; metric first 1");
    early.kill();
    twin.tell("open; points s 3 5 0; metric second 2; finish");
    owner.tell("finish");
    assert_eq!(entry(store, "s@w.1").as_array().unwrap().len(), 5);
    assert_eq!((entry(store, "other@w.1"), entry(store, "settings")), (5.into(), 1.into()));
    assert_eq!(record(store)["metrics"], serde_json::json!({"first@w.1": 1.0, "second@w.1": 2.0}));
    // A run that has ended has no place for more.
    let mut late = Process::start(store);
    late.tell("role worker; patience 0");
    let answer = late.ask("open");
    assert!(answer.starts_with("NotFound") && answer.contains("failed"), "{answer}");
    nothing_is_left(store);
}

#[test]
fn a_process_without_a_name_keeps_its_names_unless_another_was_first() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut owner = Process::start(store);
    owner.tell("open; metric m 0; data d 0; array a 0; points both 0 2 0; flush");
    let mut child = Process::start(store);
    child.tell("role worker; open; metric m 1; metric own 1; data d 1; data e 1; array a 1; array b 1");
    child.tell("points both 0 3 1; points mine 0 2 0; finish");
    let pid = child.child.id();
    owner.tell("finish");
    let record = record(store);
    let taken = |name: &str| format!("{name}@process.{pid}");
    assert_eq!(record["metrics"][taken("m")], 1.0);
    assert_eq!((&record["metrics"]["m"], &record["metrics"]["own"]), (&0.0.into(), &1.0.into()));
    assert_eq!(
        (entry(store, "d"), entry(store, &taken("d")), entry(store, "e")),
        (0.into(), 1.into(), 1.into())
    );
    assert!(has_double(&array(store, &taken("a")), 1.0) && has_double(&array(store, "b"), 1.0));
    // The flush has shown the owner's.
    assert_eq!(entry(store, "both").as_array().unwrap().len(), 2);
    assert_eq!(entry(store, &taken("both")).as_array().unwrap().len(), 3);
    assert_eq!(entry(store, "mine").as_array().unwrap().len(), 2);
    assert_eq!(record["artifacts"].as_array().unwrap().len(), 3);
    let warnings = record["warnings"].to_string();
    for name in [taken("m"), taken("d"), taken("a"), taken("both")] {
        assert!(warnings.contains(&name), "{name}: {warnings}");
    }
    nothing_is_left(store);
}

#[test]
fn a_process_that_comes_after_the_owners_end_is_in_the_run() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all: Vec<Process> = (0..3).map(|_| Process::start(store)).collect();
    all[0].tell("rank 0 3; open; metric m 0; finish");
    all[1].tell("rank 1 3; patience 0; open; metric m 1; finish");
    assert_eq!(record(store)["metrics"], serde_json::json!({"m": 0.0, "m@rank.1": 1.0}));
    // It was in the run already: that run is not for it.
    assert!(all[1].ask("open").starts_with("NotFound"));
    // The last that is expected ends the run, whoever it is.
    let mut other = Process::start(store);
    other.tell("rank 1 2; worker other; role worker; patience 0; open; finish");
    recover(store);
    all[2].tell("rank 2 3; patience 0");
    let answer = all[2].ask("open");
    assert!(answer.starts_with("NotFound"), "{answer}");
    nothing_is_left(store);

    // Where the program ends without the others, who recovers the store clears the place.
    let mut first = Process::start_under_launcher(store);
    first.tell("rank 0 3; open; metric m 5; finish");
    first.end();
    assert_eq!(recover(store), 0);
    assert_eq!(record(store)["metrics"], serde_json::json!({"m": 5.0}));
    nothing_is_left(store);
}

#[test]
fn workers_of_a_run_that_is_skipped_do_not_wait() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 2);
    all.iter_mut().for_each(|process| process.tell("finish"));
    for policy in ["skip", "refuse"] {
        let mut late = Process::start(store);
        late.tell(&format!("rank 1 2; if_success {policy}"));
        let answer = late.ask("open");
        assert!(answer.starts_with("Exists"), "{answer}");
    }
}

/// The others of the launch have the reason that the first had, and don't wait for it.
#[test]
fn ranks_fail_at_once_where_the_first_could_not_open() {
    let patience = Duration::from_secs(20);
    for role in ["auto", "ranks"] {
        let place = tempfile::tempdir().unwrap();
        let store = place.path();
        let job = |rank: &'static str, step: &'static str| {
            [
                ("SLURM_JOB_ID", "7"),
                ("SLURM_STEP_ID", step),
                (if role == "auto" { "PMI_RANK" } else { "SLURM_PROCID" }, rank),
                ("SLURM_NTASKS", "3"),
                ("METALAB_ROLE", role),
            ]
        };
        // Another launch has the run; rank 2 of this one comes before rank 0, rank 1 after it.
        let mut busy = Process::start_with(store, &job("0", "0"));
        busy.tell("open");
        let start = Instant::now();
        let mut early = Process::start_with(store, &job("2", "1"));
        early.send("open");
        let mut first = Process::start_with(store, &job("0", "1"));
        let answer = first.ask("open");
        assert!(answer.starts_with("Busy"), "{role}: {answer}");
        let mut late = Process::start_with(store, &job("1", "1"));
        for answer in [early.answer(), late.ask("open")] {
            assert!(answer.starts_with("Busy") && answer.contains("first process"), "{role}: {answer}");
        }
        assert!(start.elapsed() < patience / 2, "{role}");
        // The next launch is not told of it.
        busy.tell("finish");
        let mut next = Process::start_with(store, &job("0", "2"));
        let mut other = Process::start_with(store, &job("1", "2"));
        next.tell("open");
        other.tell("open; metric m 1; finish");
        next.tell("finish");
        assert_eq!(record(store)["metrics"], serde_json::json!({"m@rank.1": 1.0}));
    }
}

#[test]
fn a_rank_whose_parameters_differ_is_told_which() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let rank = |rank: &str, params: &str| {
        let launcher = [("PMIX_NAMESPACE", "7"), ("PMI_RANK", rank), ("PMI_SIZE", "2")];
        let own = [("METALAB_OVERRIDE", "run_id"), ("METALAB_RUN_ID", rank), ("METALAB_PARAMS", params)];
        Process::start_with(store, &[launcher, own].concat())
    };
    let mut first = rank("0", r#"{"n": 64, "states": [1.5], "only": 1}"#);
    first.tell("open");
    let mut second = rank("1", r#"{"n": 64, "states": [0.1], "other": 2}"#);
    second.tell("patience 0");
    let answer = second.ask("open");
    let part = r#"rank 0 has opened run 0 instead: its parameters differ in "only", "other", "states""#;
    assert!(answer.starts_with("NotFound") && answer.contains(part), "{answer}");
    let mut third = rank("1", r#"{"n": 64, "states": [1.5], "only": 1}"#);
    third.tell("patience 0");
    let answer = third.ask("open");
    assert!(answer.contains("but its context, seed or program differ"), "{answer}");
}

/// Replicas as of MPI_Comm_split: the code says which rank of its replica a process is.
#[test]
fn replicas_of_one_launch_are_a_run_each() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let process = |world: usize| {
        let number = world.to_string();
        let launcher = [("PMIX_NAMESPACE", "7"), ("PMI_RANK", number.as_str()), ("PMI_SIZE", "4")];
        let own =
            [("METALAB_OVERRIDE", "run_id"), ("METALAB_RUN_ID", if world % 2 == 0 { "a" } else { "b" })];
        let mut process = Process::start_with(store, &[&launcher[..], &own[..]].concat());
        process.tell(&format!("rank {} 2", world / 2));
        process
    };
    let mut all: Vec<Process> = (0..4).map(process).collect();
    // The other ranks come before those that they wait for.
    all[2..].iter_mut().for_each(|process| process.send("open"));
    all[..2].iter_mut().for_each(|process| process.tell("open"));
    all[2..].iter_mut().for_each(|process| assert_eq!(process.answer(), "ok"));
    for (world, process) in all.iter_mut().enumerate() {
        process.tell(&format!("metric m {world}; finish"));
    }
    all.into_iter().for_each(Process::end);
    for (run_id, values) in [("a", [0.0, 2.0]), ("b", [1.0, 3.0])] {
        let record = common::json(&root(store).join(format!("runs/{run_id}.json")));
        assert_eq!(record["status"], "success");
        assert_eq!(record["metrics"], serde_json::json!({"m": values[0], "m@rank.1": values[1]}));
    }
    nothing_is_left(store);
}

/// A store that can't be written is the same for all ranks: none waits for another.
#[test]
fn ranks_fail_at_once_where_the_store_can_not_be_written() {
    let place = tempfile::tempdir().unwrap();
    // Root writes anywhere; nobody makes a directory of a file.
    let store = place.path().join("file");
    std::fs::write(&store, "").unwrap();
    let start = Instant::now();
    for rank in [1, 0] {
        let mut process = Process::start(&store);
        process.tell(&format!("rank {rank} 2"));
        let answer = process.ask("open");
        assert!(!answer.starts_with("NotFound") && answer.contains("file"), "{rank}: {answer}");
    }
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn texts_and_nan_in_what_is_reduced() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 2);
    all[0].tell("reduce r; point r 0 1; textpoint r 1 zero; reduce m; text m words; reduce n; metric n 3");
    all[1].tell("reduce r; point r 0 NaN; point r 0 2; textpoint r 1 one; reduce m; count m 4; data r.min 7");
    all.iter_mut().for_each(|process| process.tell("finish"));
    assert_eq!(entry(store, "r"), serde_json::json!([[1, "zero"]]));
    assert_eq!(entry(store, "r@rank.1"), serde_json::json!([[1, "one"]]));
    assert_eq!(entry(store, "r.max"), serde_json::json!([[0, "NaN"]]));
    assert_eq!(entry(store, "r.argmin"), serde_json::json!([[0, 1]]));
    assert_eq!(entry(store, "r.count"), serde_json::json!([[0, 3]]));
    assert_eq!(entry(store, "r.min@rank.1"), 7);
    let metrics = &record(store)["metrics"];
    assert_eq!(
        (&metrics["m"], &metrics["m.sum"], &metrics["m.argmax"]),
        (&"words".into(), &4.into(), &1.into())
    );
    assert_eq!((&metrics["n.mean"], &metrics["n.count"], metrics.get("n")), (&3.0.into(), &1.into(), None));
}

#[test]
fn one_process_alone_reduces_too() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut one = Process::start(store);
    one.tell("open; reduce r; points r 0 3 1; reduce m; metric m 2; data r.sum 1; finish");
    assert_eq!(entry(store, "r.mean"), serde_json::json!([[0, 1.0], [1, 2.0], [2, 3.0]]));
    assert_eq!(entry(store, "r.argmin"), serde_json::json!([[0, 0], [1, 0], [2, 0]]));
    assert_eq!((entry(store, "r.sum"), entry(store, "r.sum.reduced")[0][1].clone()), (1.into(), 1.0.into()));
    assert_eq!(record(store)["metrics"]["m.max"], 2.0);
    assert!(record(store)["warnings"].to_string().contains("r.sum.reduced"));
    nothing_is_left(store);
}

#[test]
fn journals_elsewhere_are_one_run_all_the_same() {
    let place = tempfile::tempdir().unwrap();
    let (store, nodes) = (place.path().join("store"), place.path().join("nodes"));
    let mut all: Vec<Process> = (0..3).map(|_| Process::start(&store)).collect();
    for (rank, process) in all.iter_mut().enumerate() {
        // A directory that the others don't know of, as on another node.
        process.tell(&format!("journal {}; rank {rank} 3; open", nodes.join(format!("n{rank}")).display()));
        process.tell(&format!("metric m {rank}; points s 0 3 {rank}"));
    }
    let lost = all.remove(2);
    lost.kill();
    // The machine of rank 2 was restarted: its memory is gone.
    std::fs::remove_dir_all(nodes.join("n2")).unwrap();
    all[1].tell("finish");
    all[0].tell("finish");
    let record = record(&store);
    assert_eq!(record["metrics"], serde_json::json!({"m": 0.0, "m@rank.1": 1.0}));
    let message = record["error"]["message"].as_str().unwrap();
    assert!(message.contains("worker rank:2") && message.contains("its journal is gone"), "{message}");
    nothing_is_left(&store);
    all.into_iter().for_each(Process::end);
    assert_eq!(names(nodes.join("n0")), Vec::<String>::new());

    // An owner whose journal is gone ends, too.
    let mut owner = Process::start(&store);
    owner.tell(&format!("journal {}; open; metric m 5; flush", nodes.join("n0").display()));
    owner.kill();
    std::fs::remove_dir_all(nodes.join("n0")).unwrap();
    assert_eq!(recover(&store), 1);
    let record = self::record(&store);
    assert_eq!((&record["status"], &record["metrics"]["m"]), (&"failed".into(), &5.0.into()));
    nothing_is_left(&store);
    // One that is there is found without being told of.
    let mut owner = Process::start(&store);
    owner.tell(&format!("journal {}; open; metric m 6", nodes.join("n0").display()));
    owner.kill();
    assert_eq!(recover(&store), 1);
    assert_eq!(self::record(&store)["metrics"]["m"], 6.0);
    nothing_is_left(&store);
    assert_eq!(names(nodes.join("n0")), Vec::<String>::new());
}

#[test]
fn launchers_and_variables_say_who_is_who() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mpi = |rank: &'static str, launch: &'static str| {
        [("OMPI_COMM_WORLD_RANK", rank), ("OMPI_COMM_WORLD_SIZE", "2"), ("PMIX_NAMESPACE", launch)]
    };
    let mut owner = Process::start_with(store, &mpi("0", "a"));
    let mut worker = Process::start_with(store, &mpi("1", "a"));
    let mut stranger = Process::start_with(store, &mpi("1", "b"));
    owner.tell("open");
    worker.tell("open");
    assert_eq!(worker.ask("whoami"), "rank 1 of 2");
    stranger.tell("worker other; patience 0");
    let answer = stranger.ask("open");
    assert!(answer.starts_with("NotFound") && answer.contains("another launch"), "{answer}");
    worker.tell("metric m 1; finish");
    owner.tell("finish");
    assert_eq!(record(store)["metrics"], serde_json::json!({"m@rank.1": 1.0}));
    // A task of SLURM is a run of its own, unless it is said to be a worker.
    let slurm = [("SLURM_PROCID", "1"), ("SLURM_NTASKS", "2")];
    let mut task = Process::start_with(store, &slurm);
    task.tell("open");
    let told = [slurm[0], slurm[1], ("METALAB_ROLE", "worker")];
    let mut second = Process::start_with(store, &told);
    second.tell("open; metric m 2; finish");
    task.tell("finish");
    assert_eq!(record(store)["metrics"], serde_json::json!({"m@rank.1": 2.0}));
    // Where all tasks are said to be ranks, they are one run, and task 0 owns it.
    let ranks = |rank: &'static str| [("SLURM_PROCID", rank), slurm[1], ("METALAB_ROLE", "ranks")];
    let (mut first, mut second) =
        (Process::start_with(store, &ranks("0")), Process::start_with(store, &ranks("1")));
    first.tell("open; metric m 3");
    second.tell("open; metric m 4; finish");
    first.tell("finish");
    assert_eq!(record(store)["metrics"], serde_json::json!({"m": 3.0, "m@rank.1": 4.0}));
    // Processes of an MPI program that are said to be owners are runs of their own.
    let (mut one, mut other) = (
        Process::start_with(store, &[&mpi("0", "a")[..], &[("METALAB_ROLE", "owner")]].concat()),
        Process::start_with(store, &[&mpi("1", "a")[..], &[("METALAB_ROLE", "owner")]].concat()),
    );
    one.tell("open");
    assert!(other.ask("open").starts_with("Busy"), "one run can't have two owners");
    one.tell("finish");
    other.tell("open; metric m 5; finish");
    assert_eq!(record(store)["metrics"], serde_json::json!({"m": 5.0}));
    let mut wrong = Process::start_with(store, &[("METALAB_ROLE", "boss")]);
    let answer = wrong.ask("open");
    assert!(answer.starts_with("Value") && answer.contains("METALAB_ROLE"), "{answer}");
}

#[test]
fn the_ranks_of_every_launcher_are_one_run() {
    let page = std::fs::read_to_string(common::root().join("docs/ranks.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains(" | `"));
    let mut seen = 0;
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (rank, is_one_program) = (cells[2].trim_matches('`'), cells[4] == "yes");
        let sizes = cells[3].split(", ").map(|size| size.trim_matches('`'));
        // The last: nobody says how many there are.
        for size in sizes.map(Some).chain([None]) {
            let is_known = size.is_some();
            if !is_known && (!is_one_program || rank == "RANK") {
                continue;
            }
            let place = tempfile::tempdir().unwrap();
            let store = place.path();
            let start = |number: &str| {
                let all = [(rank, number), (size.unwrap_or("METALAB_TEST_NOTHING"), "2")];
                Process::start_with(store, &all)
            };
            let (mut owner, mut other) = (start("0"), start("1"));
            owner.tell("open; metric m 0");
            if is_one_program {
                other.tell("open; metric m 1");
                let said = other.ask("whoami");
                assert_eq!(said, if is_known { "rank 1 of 2" } else { "rank 0 of 1" }, "{row}");
                other.tell("finish");
                owner.tell("finish");
                let wanted = serde_json::json!({"m": 0.0, "m@rank.1": 1.0});
                assert_eq!(record(store)["metrics"], wanted, "{row}");
                let log = std::fs::read_to_string(root(store).join("logs/r_run.log")).unwrap_or_default();
                assert_eq!(log.contains("nothing says of how many"), !is_known, "{row}: {log}");
            } else {
                assert!(other.ask("open").starts_with("Busy"), "{row}");
                owner.tell("finish");
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} rows were read");
}

/// A record as the Python package writes it: `Provenance.extra` is empty.
fn python_record(status: &str, metrics: &str) -> String {
    format!(
        r#"{{"_schema_version": "0.1", "run_id": "r", "experiment_id": "many:1", "status": "{status}",
        "context_fingerprint": "", "params_fingerprint": "", "seed_fingerprint": "",
        "started_at": "2026-11-23T08:18:15.145478", "finished_at": "2026-11-23T08:18:15.145478", "duration_ms": 0,
        "metrics": {metrics}, "provenance": {{"code_hash": null, "python_version": null, "metalab_version": null,
        "executor_id": "thread", "host": null, "extra": {{}}}}, "error": null, "params_resolved": {{}}, "tags": [],
        "warnings": [], "notes": null, "artifacts": []}}"#
    )
}

#[test]
fn a_run_of_the_python_package_gets_what_its_solvers_emit() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    for directory in ["runs", "artifacts/r", "results/r", "logs", ".locks", "experiments", "derived"] {
        std::fs::create_dir_all(root(store).join(directory)).unwrap();
    }
    std::fs::write(root(store).join("runs/r.json"), python_record("running", "{}")).unwrap();
    let theirs = r#"{"artifacts": [{"artifact_id": "x", "name": "plan", "kind": "json", "format": "json", "uri": "/x",
        "content_hash": null, "size_bytes": 1, "metadata": {}}]}"#;
    std::fs::write(root(store).join("artifacts/r/_manifest.json"), theirs).unwrap();
    std::fs::write(root(store).join("results/r/table.json"), r#"{"data": 1}"#).unwrap();

    let mut solver = Process::start(store);
    solver.tell(
        "role worker; open; metric m 1; points s 0 3 0; data table 2; data own 3; array plan 1; array u 4",
    );
    solver.tell("log hello; warning hot; flush");
    let pid = solver.child.id();
    assert_eq!(
        std::fs::read_to_string(root(store).join("runs/r.json")).unwrap(),
        python_record("running", "{}")
    );
    let label = format!("process.{pid}");
    // At once, while it goes on:
    assert_eq!((entry(store, "own"), entry(store, &format!("table@{label}"))), (3.into(), 2.into()));
    let manifest = read(&root(store).join("artifacts/r/_manifest.json"));
    let listed: Vec<&str> =
        manifest["artifacts"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(listed, ["plan", &format!("plan@{label}"), "u"]);
    let mut dying = Process::start(store);
    dying.tell("role worker; worker aux:1; open; metric m 2; points s 0 4 0; reduce e; points e 0 2 1");
    dying.kill();
    solver.tell("reduce e; points e 0 2 0; fail hot; finish");
    // The package writes its record over when the operation has ended.
    std::fs::write(root(store).join("runs/r.json"), python_record("success", r#"{"theirs": 1}"#)).unwrap();
    assert_eq!(recover(store), 1);
    assert_eq!(record(store)["metrics"], serde_json::json!({"theirs": 1}));
    assert_eq!(entry(store, "table"), 1);
    assert_eq!(entry(store, "s").as_array().unwrap().len(), 3);
    assert_eq!(entry(store, "s@aux.1").as_array().unwrap().len(), 4);
    let metrics = read(&root(store).join("results/r").join(format!("metrics.{label}.json")));
    assert_eq!(metrics["data"], serde_json::json!({"m": 1.0}));
    assert_eq!(
        (&metrics["metadata"]["ended"], &metrics["metadata"]["error"]["type"]),
        (&"failed".into(), &"Diverged".into())
    );
    let metrics = read(&root(store).join("results/r/metrics.aux.1.json"));
    assert_eq!(
        (&metrics["data"], &metrics["metadata"]["ended"]),
        (&serde_json::json!({"m": 2.0}), &"died".into())
    );
    assert_eq!(entry(store, "e.count"), serde_json::json!([[0, 2], [1, 2]]));
    let log = std::fs::read_to_string(root(store).join(format!("logs/r_run.{label}.log"))).unwrap();
    assert!(log.contains("hello"), "{log}");
    nothing_is_left(store);
}

#[test]
fn a_kill_in_the_middle_of_folding_neither_loses_nor_doubles() {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |limit: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % limit
    };
    for round in 0..many::rounds(12) {
        let place = tempfile::tempdir().unwrap();
        let store = place.path();
        let mut all = ranks(store, 3);
        for (rank, process) in all.iter_mut().enumerate() {
            process.tell(&format!(
                "reduce r; points r 0 500 {rank}; points s 0 500 0; metric m {rank}; array field {rank}; note n{rank}"
            ));
        }
        // All at once, and killed at any instant of their ends.
        for process in &mut all {
            writeln!(process.input, "finish").unwrap();
        }
        std::thread::sleep(Duration::from_micros(next(12_000)));
        let first = next(3) as usize;
        all.remove(first).kill();
        std::thread::sleep(Duration::from_micros(next(3_000)));
        all.into_iter().for_each(Process::kill);
        // So is who recovers them.
        let mut recoverer = Process::start(store);
        writeln!(recoverer.input, "recover").unwrap();
        std::thread::sleep(Duration::from_micros(next(20_000)));
        recoverer.kill();
        recover(store);
        let record = record(store);
        let how = format!("round {round}: {record}");
        assert_eq!(
            record["metrics"],
            serde_json::json!({"m": 0.0, "m@rank.1": 1.0, "m@rank.2": 2.0}),
            "{how}"
        );
        assert_eq!(record["artifacts"].as_array().unwrap().len(), 3, "{how}");
        assert_eq!(record["provenance"]["extra"]["workers"].as_array().unwrap().len(), 2, "{how}");
        let mut notes: Vec<&str> = record["notes"].as_str().unwrap().lines().collect();
        notes.sort();
        assert_eq!(notes, ["n0", "n1", "n2"], "{how}");
        for name in ["s", "s@rank.1", "s@rank.2", "r.min", "r.argmax"] {
            assert_eq!(entry(store, name).as_array().unwrap().len(), 500, "{name}, {how}");
        }
        assert!(entry(store, "r.count").as_array().unwrap().iter().all(|point| point[1] == 3), "{how}");
        nothing_is_left(store);
    }
}

#[test]
fn many_recoverers_leave_live_workers_alone() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut all = ranks(store, 3);
    // Long enough to have a file of its own before it ends.
    all[1].tell("points long 0 60000 0; flush");
    all[2].tell("points long 0 10 0");
    all.remove(2).kill();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| recover(store));
        }
    });
    all[1].tell("points long 60000 60010 0; finish");
    all[0].tell("finish");
    assert_eq!(entry(store, "long@rank.1").as_array().unwrap().len(), 60_010);
    assert_eq!(entry(store, "long@rank.2").as_array().unwrap().len(), 10);
    nothing_is_left(store);
}

#[test]
fn options_are_checked() {
    assert_eq!(Rank::new(2, 2).unwrap_err().kind(), ErrorKind::Value);
    let place = tempfile::tempdir().unwrap();
    let mut wanted = options(place.path());
    wanted.role(Role::Worker).worker(&"w".repeat(65)).unwrap();
    assert_eq!(Capture::open(&wanted).unwrap_err().kind(), ErrorKind::Name);
}
