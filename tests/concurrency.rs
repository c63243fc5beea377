//! Threads and processes at the same time: everything is there once, and in order.

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use common::{c_compilers, command, compile, json, run, wait};
use serde_json::Value;

const THREADS: i64 = 8;
const POINTS: i64 = 20000;
const LINES: i64 = 500;

fn case(case: &str, store: &Path) {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let ran = run(command(compile(compiler, "concurrent")).arg(case).arg(store)).succeeded();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

fn log(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.rsplit_once("] ").unwrap().1.to_owned()).collect()
}

fn points(path: &Path) -> Vec<(i64, Value)> {
    let entry = json(path);
    let points: Vec<(i64, Value)> = serde_json::from_value(entry["data"].clone()).unwrap();
    assert_eq!(entry["shape"], serde_json::json!([points.len(), 2]));
    points
}

#[test]
fn two_captures_and_eight_threads() {
    let store = tempfile::tempdir().unwrap();
    case("threads", store.path());
    let experiment = store.path().join("threads_1");
    for (run, id) in ["zero", "one"].into_iter().enumerate() {
        let results = experiment.join("results").join(id);
        for thread in 0..THREADS {
            let own = points(&results.join(format!("own{thread}.json")));
            let wanted: Vec<(i64, Value)> = (0..POINTS)
                .filter(|step| (step + thread) % 2 == run as i64)
                .map(|step| (step, (step as f64).into()))
                .collect();
            assert!(own == wanted, "{id}: own{thread}: {} of {}", own.len(), wanted.len());
        }
        let shared = points(&results.join("shared.json"));
        let wanted: Vec<(i64, Value)> = (0..POINTS * THREADS)
            .filter(|step| (step / THREADS + step % THREADS) % 2 == run as i64)
            .map(|step| (step, (step % THREADS).into()))
            .collect();
        assert!(shared == wanted, "{id}: shared: {} of {}", shared.len(), wanted.len());

        // Every line once, those of a thread in its order.
        let mut lines: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for line in log(&experiment.join(format!("logs/{id}_run.log"))) {
            let (thread, number) = line.strip_prefix("thread ").unwrap().split_once(" line ").unwrap();
            lines.entry(thread.parse().unwrap()).or_default().push(number.parse().unwrap());
        }
        let wanted: BTreeMap<i64, Vec<i64>> =
            (0..THREADS).map(|thread| (thread, (0..LINES).collect())).collect();
        assert_eq!(lines, wanted);

        let record = json(&experiment.join(format!("runs/{id}.json")));
        assert_eq!(record["status"], "success");
        let artifacts = record["artifacts"].as_array().unwrap();
        assert_eq!(artifacts.len() as i64, THREADS * 10 / 2);
        for artifact in artifacts {
            let name = artifact["name"].as_str().unwrap();
            assert_eq!(std::fs::read_to_string(artifact["uri"].as_str().unwrap()).unwrap(), name);
            assert_eq!(json(&results.join(format!("{name}.json")))["data"], serde_json::json!({"k": 1}));
        }
    }
    let last = POINTS - POINTS / LINES;
    let metrics: BTreeMap<String, i64> = (0..THREADS).map(|thread| (format!("own{thread}"), last)).collect();
    let record = json(&experiment.join("runs/zero.json"));
    assert_eq!(record["metrics"], serde_json::to_value(metrics).unwrap());
    let by_name = points(&experiment.join("results/one/by name.json"));
    assert_eq!(by_name.len() as i64, THREADS * LINES);
}

#[test]
fn what_threads_emit_in_turns_keeps_its_order() {
    let store = tempfile::tempdir().unwrap();
    case("baton", store.path());
    let experiment = store.path().join("threads_1");
    let wanted: Vec<String> = (0..4000).map(|turn| format!("turn {turn}")).collect();
    assert_eq!(log(&experiment.join("logs/baton_run.log")), wanted);
    let record = json(&experiment.join("runs/baton.json"));
    assert_eq!(record["metrics"], serde_json::json!({"turn": 3999, "text": "turn 3999"}));
    // Equal steps of several threads: all are there.
    let mut same: Vec<i64> = points(&experiment.join("results/baton/same step.json"))
        .into_iter()
        .map(|(step, value)| {
            assert_eq!(step, 7);
            value.as_i64().unwrap()
        })
        .collect();
    same.sort_unstable();
    assert_eq!(same, (0..4000).collect::<Vec<i64>>());
}

#[test]
fn several_processes_in_one_experiment() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let program = compile(compiler, "concurrent");
    let store = tempfile::tempdir().unwrap();
    let mut children: Vec<_> = (0..6)
        .map(|rank| {
            let mut command = command(&program);
            command.arg("process").arg(store.path()).env("RANK", rank.to_string());
            command.spawn().unwrap()
        })
        .collect();
    for child in &mut children {
        assert!(wait(child).expect("no hang").success());
    }
    let experiment = store.path().join("processes_1");
    for rank in 0..6 {
        let x = points(&experiment.join(format!("results/{rank}/x.json")));
        let wanted: Vec<(i64, Value)> = (0..2000).map(|step| (step, f64::from(rank).into())).collect();
        assert!(x == wanted, "{rank}: {}", x.len());
        let lines: Vec<String> = (0..100).map(|line| format!("process {rank} line {line}")).collect();
        assert_eq!(log(&experiment.join(format!("logs/{rank}_run.log"))), lines);
        let record = json(&experiment.join(format!("runs/{rank}.json")));
        assert_eq!(record["status"], "success");
        assert_eq!(record["artifacts"].as_array().unwrap().len(), 1);
    }
    assert_eq!(common::manifest(&experiment)["run_ids"].as_array().unwrap().len(), 6);
    assert!(!experiment.join(".journal").exists());
}

#[test]
fn a_run_is_open_once() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let store = tempfile::tempdir().unwrap();
    let mut holder = command(compile(compiler, "concurrent"))
        .arg("hold")
        .arg(store.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "open\n");
    case("rival", store.path());
    case("rival", store.path());
    drop(holder.stdin.take());
    assert!(wait(&mut holder).expect("no hang").success());
    let record = store.path().join("busy_1/runs/held.json");
    assert_eq!(json(&record)["metrics"], serde_json::json!({"held": 1.0, "until the end": 1.0}));
    case("successor", store.path());
    assert_eq!(json(&record)["metrics"], serde_json::json!({"next": 1.0}));
}

#[test]
fn threads_with_runs_of_their_own() {
    let store = tempfile::tempdir().unwrap();
    case("many_runs", store.path());
    for thread in 0..4 {
        for round in 0..10 {
            let id = format!("run-{thread}-{round}");
            let record = json(&store.path().join(format!("many_1/runs/{id}.json")));
            assert_eq!(record["status"], "success");
            assert_eq!(record["metrics"], serde_json::json!({"number": f64::from(thread)}));
            let lines = log(&store.path().join(format!("many_1/logs/{id}_run.log")));
            assert_eq!(lines.iter().filter(|line| **line == id).count(), 1);
            assert!(lines.iter().any(|line| line == "to all who listen"));
        }
    }
}

#[test]
fn finishing_while_threads_emit() {
    let store = tempfile::tempdir().unwrap();
    case("finished_meanwhile", store.path());
    for thread in 0..4 {
        let steps: Vec<i64> =
            points(&store.path().join(format!("threads_1/results/meanwhile/m{thread}.json")))
                .into_iter()
                .map(|(step, _)| step)
                .collect();
        // The points that are there are a beginning: nothing is missing from its middle.
        assert!(!steps.is_empty() && steps.iter().copied().eq(0..steps.len() as i64));
    }
}
