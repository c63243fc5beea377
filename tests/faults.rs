//! System calls that fail: a preload (tests/c/faults.c) makes the n-th call of a kind fail, for
//! each kind and n = 1, 2, 3, ... until the solver (tests/c/faulty.c) makes no n-th call any more.
//!
//! Whatever fails, the solver goes on to its end, every call says what became of it, the store can
//! be read, and what was accepted is there: after the run's end, or where that end was incomplete
//! or the solver was killed, after a recovery.

#![cfg(target_os = "linux")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock};

use common::{Ran, c_compilers, command, compile, library, root, wait};
use serde_json::Value;

/// Jobs at a time: they wait for the disk and for each other's threads rather than compute.
const WORKERS: usize = 3;

/// A kind of call that fails, how (an errno, 0 for a write that takes half), and how often.
#[derive(Debug, Clone, Copy)]
struct Fault {
    call: &'static str,
    error: i32,
    count: u64,
}

/// From the n-th call on, every one.
const LASTING: u64 = u64::MAX;

/// Some calls, after which the disk is sound again.
const PASSING: u64 = 4;

/// Returns true if the fault is no failure for whoever goes on: the call is repeated, or done otherwise.
fn is_harmless(fault: Fault) -> bool {
    matches!(fault.error, 0 | libc::EINTR | libc::EOPNOTSUPP | libc::ESTALE)
        || (fault.call == "link" && fault.error == libc::ENOSYS)
}

fn faults() -> Vec<Fault> {
    use libc::{EAGAIN, EDQUOT, EIO, EMFILE, ENOLCK, ENOMEM, ENOSPC, ENOSYS, EOPNOTSUPP, EROFS, ESTALE};
    let kinds: [(&str, &[i32], &[u64]); 19] = [
        ("write", &[ENOSPC, EIO], &[1, PASSING, LASTING]),
        ("write", &[EDQUOT], &[PASSING]),
        ("write", &[libc::EINTR], &[1, PASSING]),
        ("write", &[0], &[1, LASTING]),
        ("allocate", &[ENOSPC, EIO], &[1, LASTING]),
        ("allocate", &[libc::EINTR, EOPNOTSUPP], &[PASSING]),
        ("map", &[ENOMEM], &[1, LASTING]),
        ("create", &[EMFILE, EROFS], &[1, PASSING, LASTING]),
        ("create", &[ESTALE], &[1]),
        ("open", &[EMFILE], &[1, LASTING]),
        ("open", &[ESTALE], &[1]),
        ("read", &[EIO], &[1, LASTING]),
        ("stat", &[EIO], &[1, LASTING]),
        ("list", &[EIO], &[1, LASTING]),
        ("rename", &[EIO, ENOSPC], &[1, LASTING]),
        ("mkdir", &[ENOSPC, EROFS], &[1, LASTING]),
        ("sync", &[EIO], &[1, LASTING]),
        ("lock", &[ENOLCK], &[1, LASTING]),
        ("lock", &[libc::EINTR], &[PASSING]),
    ];
    let few: [(&str, &[i32], &[u64]); 4] = [
        ("link", &[EIO, ENOSYS], &[1]),
        ("remove", &[EIO], &[1, LASTING]),
        ("copy", &[ENOSPC, EIO], &[1, LASTING]),
        ("thread", &[EAGAIN], &[1, LASTING]),
    ];
    let mut faults = Vec::new();
    for (call, errors, counts) in kinds.into_iter().chain(few) {
        for &error in errors {
            faults.extend(counts.iter().map(|&count| Fault { call, error, count }));
        }
    }
    faults
}

/// Which calls fail, one after the other: every one of the first, then ever fewer.
fn calls() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(1), |at: &u64| Some(at + 1 + at / 2))
}

/// The preload, built once.
fn preload() -> Option<&'static Path> {
    static PRELOAD: OnceLock<Option<PathBuf>> = OnceLock::new();
    let build = || {
        let compiler = c_compilers().first().copied()?;
        let programs = library().join("programs");
        std::fs::create_dir_all(&programs).unwrap();
        let built = programs.join("faults.so");
        let output = Command::new(compiler)
            .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-pthread"])
            .arg(root().join("tests/c/faults.c"))
            .args(["-ldl", "-o"])
            .arg(&built)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(built)
    };
    PRELOAD.get_or_init(build).as_deref()
}

/// A directory in memory where there is one: thousands of files are synced.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The solver's words: subject, number and status.
type Said = Vec<(String, i64, i32)>;

struct Outcome {
    ran: Ran,
    said: Said,
    /// How often a call failed.
    failed: u64,
}

impl Outcome {
    /// The status of `what`, of which there is one at most.
    fn status(&self, what: &str) -> Option<i32> {
        self.said.iter().find(|(said, _, _)| said == what).map(|(_, _, status)| *status)
    }

    fn number(&self, what: &str) -> Option<i64> {
        self.said.iter().find(|(said, _, _)| said == what).map(|(_, number, _)| *number)
    }

    fn accepted(&self, what: &str) -> impl Iterator<Item = i64> {
        let accepted = self.said.iter().filter(move |(said, _, status)| said == what && *status == 0);
        accepted.map(|(_, number, _)| *number)
    }

    /// Returns true if a call was refused; a flush loses nothing.
    fn refused(&self) -> bool {
        self.said.iter().any(|(said, _, status)| *status != 0 && said != "flush" && said != "finish")
    }
}

/// Runs a case of the solver on `directory`/store, with the fault from its `at`-th call on.
fn solve(case: &str, directory: &Path, fault: Option<(Fault, u64)>) -> Outcome {
    solve_with(case, directory, fault, &[])
}

/// Like `solve`, in this environment.
fn solve_with(
    case: &str,
    directory: &Path,
    fault: Option<(Fault, u64)>,
    environment: &[(&str, &str)],
) -> Outcome {
    let program = compile(c_compilers()[0], "faulty");
    let (store, state) = (directory.join("store"), directory.join("state"));
    std::fs::create_dir_all(&store).unwrap();
    let mut solver = command(program);
    solver
        .arg(case)
        .arg(&store)
        .env("METALAB_FLUSH_SECONDS", "0.001")
        .env("METALAB_REFRESH_SECONDS", "0.005");
    solver.envs(environment.iter().copied());
    if fault.is_some_and(|(fault, _)| fault.call == "sync") {
        solver.env("METALAB_DURABLE", "1");
    }
    if let Some((fault, at)) = fault {
        std::fs::write(&state, [0; 16]).unwrap();
        let under = if fault.call == "thread" { "" } else { store.to_str().unwrap() };
        solver.env("LD_PRELOAD", preload().unwrap()).env("FAULT_STATE", &state).env("FAULT_CALL", fault.call);
        solver.env("FAULT_ERROR", fault.error.to_string()).env("FAULT_AT", at.to_string());
        solver.env("FAULT_COUNT", fault.count.to_string()).env("FAULT_UNDER", under);
    }
    // By way of files: a pipe's reader would be one more thread for each.
    let (out, err) = (directory.join("out"), directory.join("err"));
    let file = |path| Stdio::from(std::fs::File::create(path).unwrap());
    solver.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err));
    let status = wait(&mut solver.spawn().unwrap()).unwrap_or_else(|| panic!("{case} hangs at {fault:?}"));
    let text = |path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let ran = Ran { status, stdout: text(&out), stderr: text(&err) };
    let line = |line: &str| {
        let mut words = line.rsplitn(3, ' ');
        let (status, number) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some((words.next()?.to_owned(), number, status))
    };
    let said = ran.stdout.lines().filter_map(line).collect();
    let failed = match fault {
        Some(_) => u64::from_ne_bytes(std::fs::read(&state).unwrap()[8..].try_into().unwrap()),
        None => 0,
    };
    Outcome { ran, said, failed }
}

fn experiment(directory: &Path) -> PathBuf {
    directory.join("store/faulty_1")
}

fn parse(path: &Path) -> Option<Value> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

/// Returns true if it is JSON; nothing is made of it.
fn is_json(bytes: &[u8]) -> bool {
    let parsed = |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    std::str::from_utf8(bytes).is_ok_and(parsed)
}

/// Files of the store that are no JSON though they should be, or that no reader would list.
fn unfit(directory: &Path) -> (Vec<String>, Vec<String>) {
    let (mut broken, mut left) = (Vec::new(), Vec::new());
    for (path, bytes) in common::files(&directory.join("store")) {
        let Some(path) = path.strip_prefix("faulty_1/") else { continue };
        let name = path.rsplit('/').next().unwrap();
        if path.starts_with(".journal/") || name.starts_with('.') {
            left.push(path.to_owned());
        } else if name.ends_with(".json") && !is_json(&bytes) {
            broken.push(path.to_owned());
        }
    }
    (broken, left)
}

/// The points of a series, read straight into place: the burst has 20,000, and is read thousands of times.
#[derive(Default, serde::Deserialize)]
struct Points {
    data: Vec<(i64, f64)>,
    metadata: BTreeMap<String, Value>,
}

impl Points {
    /// None of them where the file is what was shown while the run went on, however much it has.
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let points: Self = serde_json::from_str(&text).unwrap_or_default();
        if points.metadata.get("partial") == Some(&Value::Bool(true)) { Self::default() } else { points }
    }

    /// The value at a step; the steps of each series go up.
    fn at(&self, step: i64) -> Option<f64> {
        let index = self.data.binary_search_by_key(&step, |(step, _)| *step).ok()?;
        Some(self.data[index].1)
    }
}

/// The accepted values that are not in the store.
fn missing(outcome: &Outcome, directory: &Path) -> Vec<String> {
    let root = experiment(directory);
    let mut missing = Vec::new();
    let mut want = |is_there: bool, what: String| {
        if !is_there {
            missing.push(what);
        }
    };
    let process = outcome.number("process").unwrap_or_default();
    let record = parse(&root.join("runs/run.json")).unwrap_or_default();
    let log = std::fs::read_to_string(root.join("logs/run_run.log")).unwrap_or_default();
    let result = |name: &str| parse(&root.join("results/run").join(format!("{name}.json")));
    let points = |name: &str| Points::read(&root.join("results/run").join(format!("{name}.json")));

    for (name, said) in [("points", "point"), ("named", "named")] {
        let kept = points(name);
        for step in outcome.accepted(said) {
            want(kept.at(step) == Some(step as f64), format!("{said} {step}"));
        }
    }
    let kept = points("burst");
    let turns: Vec<(i64, i32)> = outcome
        .said
        .iter()
        .filter(|(said, _, _)| said == "burst")
        .map(|(_, step, status)| (*step, *status))
        .collect();
    for (index, (from, status)) in turns.iter().enumerate() {
        let to = turns.get(index + 1).map_or(20000, |(step, _)| *step);
        let lost = (*from..to).filter(|step| kept.at(*step) != Some(*step as f64 + 0.5)).count();
        want(*status != 0 || lost == 0, format!("{lost} points of the burst from {from} to {to}"));
    }
    if let Some(round) = outcome.accepted("metric").last() {
        want(record["metrics"]["metric"] == round, format!("metric {round}: {}", record["metrics"]));
    }
    for round in outcome.accepted("line") {
        let times = log.matches(&format!("] line {round} of {process}.\n")).count();
        want(times == 1, format!("line {round}: {times} times"));
    }
    if outcome.status("long line") == Some(0) {
        let text = format!("] {process} x{}", "x".repeat(39000));
        want(log.matches(&text).count() == 1, "the long line".into());
    }
    for (what, is_there) in
        [("note", record["notes"] == "noted"), ("tag", record["tags"] == serde_json::json!(["tagged"]))]
    {
        want(outcome.status(what) != Some(0) || is_there, what.into());
    }
    for round in outcome.accepted("json") {
        let data = result(&format!("json{round}")).map(|entry| entry["data"].clone());
        want(data == Some(serde_json::json!([round])), format!("json {round}: {data:?}"));
    }
    for round in outcome.accepted("array") {
        let shape = result(&format!("array{round}")).map(|entry| entry["shape"].clone());
        want(shape == Some(serde_json::json!([512])), format!("array {round}: {shape:?}"));
    }
    if outcome.status("long") == Some(0) {
        let length = result("long").and_then(|entry| entry["data"].as_str().map(str::len));
        want(length == Some(40000), format!("long: {length:?}"));
    }

    let manifest = parse(&root.join("artifacts/run/_manifest.json")).unwrap_or_default();
    let listed: BTreeSet<&str> = manifest["artifacts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["name"].as_str())
        .collect();
    let recorded: BTreeSet<&str> =
        record["artifacts"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
    let mut artifact = |name: &str, file: &str, is_good: &dyn Fn(&[u8]) -> bool| {
        let bytes = std::fs::read(root.join("artifacts/run").join(file));
        want(listed.contains(name), format!("{name} in the manifest"));
        want(recorded.contains(name), format!("{name} in the record"));
        want(bytes.is_ok_and(|bytes| is_good(&bytes)), format!("{file}, or what is in it"));
    };
    let has = |bytes: &[u8], value: f64| bytes.windows(8).any(|eight| eight == value.to_ne_bytes());
    for round in outcome.accepted("bytes") {
        let text = format!("[{round}]");
        artifact(&format!("bytes{round}"), &format!("bytes{round}.txt"), &|bytes| bytes == text.as_bytes());
    }
    for round in outcome.accepted("file") {
        let text = format!("[{round}]");
        artifact(&format!("file{round}"), &format!("file{round}.dat"), &|bytes| bytes == text.as_bytes());
    }
    for round in outcome.accepted("npz") {
        artifact(&format!("npz{round}"), &format!("npz{round}.npz"), &|bytes| {
            bytes.starts_with(b"PK\x03\x04")
        });
    }
    for round in outcome.accepted("figure") {
        artifact(&format!("figure{round}"), &format!("figure{round}.png"), &|bytes| {
            bytes.starts_with(b"\x89PNG")
        });
    }
    for round in outcome.accepted("map") {
        artifact(&format!("map{round}"), &format!("map{round}.npz"), &|bytes| has(bytes, round as f64));
    }
    // A chunk that was refused may be there in part: the ones that were accepted are.
    let chunks = |bytes: &[u8], what: &str| {
        String::from_utf8_lossy(bytes).matches("chunk\n").count() >= outcome.accepted(what).count()
    };
    if outcome.status("sealed stream") == Some(0) {
        artifact("stream", "stream.txt", &|bytes| chunks(bytes, "chunk"));
    }
    if outcome.status("open stream") == Some(0) {
        artifact("open stream", "open stream.txt", &|bytes| chunks(bytes, "open chunk"));
    }
    if outcome.status("open map") == Some(0) {
        artifact("open map", "open map.npz", &|bytes| has(bytes, 7.0));
    }
    missing
}

/// Problems that a scenario finds, by what was done.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    fn check(&mut self, is_so: bool, what: impl FnOnce() -> String) {
        if !is_so {
            self.0.push(what());
        }
    }
}

/// The record's status.
fn status(directory: &Path) -> String {
    let record = parse(&experiment(directory).join("runs/run.json")).unwrap_or_default();
    record["status"].as_str().unwrap_or("none").to_owned()
}

/// Without faults, what is in the journal gets into the store.
fn recovers(outcome: &Outcome, directory: &Path, found: &mut Found) {
    let recovered = solve("recover", directory, None);
    found.check(recovered.ran.status.success() && recovered.status("recover") == Some(0), || {
        format!("can't be recovered: {} {}", recovered.ran.stdout, recovered.ran.stderr)
    });
    let missing = missing(outcome, directory);
    found.check(missing.is_empty(), || format!("lost for good: {missing:?}"));
    found.check(status(directory) != "running", || "runs for ever".into());
    let (broken, left) = unfit(directory);
    found.check(broken.is_empty(), || format!("after recovery, no JSON: {broken:?}"));
    // Files that nobody names, half made when a process died or not removable, may stay hidden.
    let left: Vec<_> = left.into_iter().filter(|path| path.starts_with(".journal/")).collect();
    found.check(left.is_empty(), || format!("after recovery, left: {left:?}"));
}

/// A run under `fault`, to its end.
fn run_under(fault: Fault, at: u64, directory: &Path) -> (Found, bool) {
    let mut found = Found::default();
    // Every other time, over an earlier run.
    let earlier = (at % 2 == 0).then(|| solve("run", directory, None));
    let outcome = solve("run", directory, Some((fault, at)));
    found.check(outcome.ran.status.success(), || format!("{}: {}", outcome.ran.status, outcome.ran.stderr));
    let (broken, left) = unfit(directory);
    found.check(broken.is_empty(), || format!("no JSON: {broken:?}"));
    let finished = outcome.status("finish");
    found.check(finished.is_some(), || "did not reach its end".into());
    if outcome.status("open") != Some(0) {
        found.check(!is_harmless(fault), || format!("not opened: {}", outcome.ran.stdout));
        if let Some(earlier) = earlier {
            let missing = missing(&earlier, directory);
            found.check(missing.is_empty(), || format!("of the earlier run is lost: {missing:?}"));
            found.check(status(directory) == "success", || {
                format!("the earlier run is {}", status(directory))
            });
        }
        let again = solve("run", directory, None);
        let is_well = again.ran.status.success() && again.status("finish") == Some(0);
        found.check(is_well, || format!("can't be opened again: {} {}", again.ran.stdout, again.ran.stderr));
        let missing = missing(&again, directory);
        found.check(missing.is_empty(), || format!("run again, it lacks {missing:?}"));
        let (_, left) = unfit(directory);
        found.check(left.is_empty(), || format!("run again, left: {left:?}"));
        return (found, outcome.failed > 0);
    }
    let lost = missing(&outcome, directory);
    let reason =
        outcome.ran.stdout.lines().find_map(|line| line.strip_prefix("reason: ")).unwrap_or_default();
    if finished == Some(0) {
        found.check(outcome.number("healthy") == Some(1), || "well, but not healthy".into());
        found.check(lost.is_empty(), || format!("silently lost: {lost:?}"));
        found.check(status(directory) == "success", || format!("the run is {}", status(directory)));
        // Files that could not be removed are removed when somebody looks for them again.
        if !left.is_empty() && matches!(fault.call, "remove" | "list" | "open" | "stat") {
            recovers(&outcome, directory, &mut found);
        } else {
            found.check(left.is_empty(), || format!("left: {left:?}"));
        }
    } else {
        found.check(outcome.number("healthy") == Some(0), || "incomplete, but healthy".into());
        // An array that stays shared with its caller can change after its end.
        let is_shared = reason.contains("was not sealed");
        // It is there, but not where a cut of the power leaves it.
        let is_unsynced = fault.call == "sync" || reason.contains("cannot sync");
        let is_alarm = !lost.is_empty() || outcome.refused() || is_unsynced || is_shared;
        found.check(is_alarm, || format!("nothing is lost, but: {reason}"));
        let is_kept = left.iter().any(|path| path.starts_with(".journal/"));
        found.check(lost.is_empty() || is_kept, || "the journal is gone".into());
        recovers(&outcome, directory, &mut found);
    }
    if outcome.failed == 0 || is_harmless(fault) {
        found.check(finished == Some(0) && !outcome.refused(), || format!("not well: {reason}"));
    }
    (found, outcome.failed > 0)
}

/// A run that is killed under `fault`, then recovered.
fn kill_under(fault: Fault, at: u64, directory: &Path) -> (Found, bool) {
    let mut found = Found::default();
    let outcome = solve("killed", directory, Some((fault, at)));
    let (broken, _) = unfit(directory);
    found.check(broken.is_empty(), || format!("no JSON: {broken:?}"));
    if outcome.status("open") == Some(0) {
        recovers(&outcome, directory, &mut found);
    }
    (found, outcome.failed > 0)
}

/// A run that was killed, recovered under `fault`, then once more without.
fn recover_under(fault: Fault, at: u64, directory: &Path) -> (Found, bool) {
    let mut found = Found::default();
    let outcome = solve("killed", directory, None);
    let tried = solve("recover", directory, Some((fault, at)));
    found.check(tried.ran.status.success(), || format!("{}: {}", tried.ran.status, tried.ran.stderr));
    let (broken, _) = unfit(directory);
    found.check(broken.is_empty(), || format!("no JSON: {broken:?}"));
    if tried.status("recover") == Some(0) {
        let missing = missing(&outcome, directory);
        found.check(missing.is_empty(), || format!("silently lost in recovery: {missing:?}"));
    }
    recovers(&outcome, directory, &mut found);
    (found, tried.failed > 0)
}

/// Has `scenario` go through every fault and n.
fn all(scenario: impl Fn(Fault, u64, &Path) -> (Found, bool) + Sync) {
    if preload().is_none() {
        return;
    }
    // Compiled before the threads begin.
    compile(c_compilers()[0], "faulty");
    let only = std::env::var("METALAB_FAULT").ok();
    let jobs = Mutex::new(faults());
    let problems = Mutex::new(Vec::new());
    let count = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some(fault) = jobs.lock().unwrap().pop() else { return };
                    if only.as_deref().is_some_and(|only| only != fault.call) {
                        continue;
                    }
                    for at in calls() {
                        let directory = scratch();
                        let (found, has_failed) = scenario(fault, at, directory.path());
                        *count.lock().unwrap() += 1;
                        let told = found.0.into_iter().map(|what| format!("{fault:?} at {at}: {what:.600}"));
                        problems.lock().unwrap().extend(told);
                        if !has_failed {
                            break;
                        }
                    }
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    println!("{} runs", count.into_inner().unwrap());
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn the_solver_goes_on() {
    all(run_under);
}

#[test]
fn a_kill_after_failures_loses_nothing() {
    // After the kill all calls succeed again; only calls of emitting count.
    all(|fault, at, directory| match fault.call {
        "write" | "allocate" | "map" | "create" | "rename" => kill_under(fault, at, directory),
        _ => (Found::default(), false),
    });
}

#[test]
fn recovery_can_be_interrupted_and_repeated() {
    all(recover_under);
}

/// The system tells of a write that the disk has lost once; the library goes on telling.
#[test]
fn what_the_disk_has_lost_is_not_on_the_disk_the_next_time() {
    if preload().is_none() {
        return;
    }
    let fault = Fault { call: "sync", error: libc::EIO, count: 1 };
    let mut failed = 0;
    for at in 1.. {
        let directory = scratch();
        // Only a flush shows the record anew.
        let environment = [("METALAB_REFRESH_SECONDS", "0")];
        let outcome = solve_with("durable", directory.path(), Some((fault, at)), &environment);
        assert!(outcome.ran.status.success(), "{at}: {}", outcome.ran.stderr);
        let (first, second) = (outcome.status("first").unwrap(), outcome.status("second").unwrap());
        // A file that the disk refused before it took the name of another is written again.
        if outcome.number("anew") == Some(1) || outcome.status("visible") != Some(0) {
            continue;
        }
        if outcome.failed == 0 {
            break;
        }
        if first == 0 {
            // It met a file that was written again before the first of the two.
            continue;
        }
        failed += 1;
        assert_eq!(first, second, "{at}: {}", outcome.ran.stdout);
    }
    assert!(failed > 20, "{failed}");
}

/// The files that the attempts at a run have left: everything but the record.
fn attempts_left(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let kept = |path: &str| path.starts_with("faulty_1/results/") || path.starts_with("faulty_1/artifacts/");
    common::files(&directory.join("store")).into_iter().filter(|(path, _)| kept(path)).collect()
}

/// Checks that the store has one attempt or the other.
fn is_one_attempt(directory: &Path, first: &BTreeMap<String, Vec<u8>>) -> Result<i64, String> {
    let record = parse(&experiment(directory).join("runs/run.json")).unwrap_or_default();
    let left = attempts_left(directory);
    // The first one's record is kept as it was: whoever begins the next one has no metrics yet.
    if record["metrics"]["attempt"] == 1.0 {
        let is_whole = left == *first && record["status"] == "success";
        return if is_whole { Ok(1) } else { Err(format!("the first, but {:?}", left.keys())) };
    }
    let is_firsts = |(path, bytes): (&String, &Vec<u8>)| {
        let text = String::from_utf8_lossy(bytes);
        path.rsplit('/').next().is_some_and(|file| file.starts_with("first")) || text.contains("\"first")
    };
    let of_first: Vec<_> = left.iter().filter(|one| is_firsts(*one)).map(|(path, _)| path).collect();
    let both = parse(&experiment(directory).join("results/run/both.json"));
    let is_of_second = both.is_none_or(|entry| entry["data"] == serde_json::json!([2]));
    let is_over = record["status"] != "running";
    if of_first.is_empty() && is_of_second && is_over {
        return Ok(2);
    }
    Err(format!("the second ({}), but {of_first:?}, {:?}", record["status"], left.keys()))
}

/// A rerun, and who recovers it, are killed at every call that changes a file: what is left is the
/// earlier attempt's results or the new one's.
#[test]
fn a_kill_in_a_rerun_leaves_one_attempt_or_the_other() {
    if preload().is_none() {
        return;
    }
    let fault = Fault { call: "change", error: -1, count: 1 };
    let step = if std::env::var_os("METALAB_FAULT").is_some() { 1 } else { 2 };
    compile(c_compilers()[0], "faulty");
    let whose = Mutex::new(BTreeSet::new());
    every(step, |at, place| {
        let mut found = Found::default();
        assert_eq!(solve("attempt1", place, None).status("finish"), Some(0));
        let first = attempts_left(place);
        let killed = solve("attempt2", place, Some((fault, at)));
        // Now and then, who recovers it is killed, too: a little later each time.
        for later in (1..8).take_while(|_| at % 5 == 0) {
            solve("recover", place, Some((fault, later * 3 + at % 3)));
        }
        let recovered = solve("recover", place, None);
        found.check(recovered.status("recover") == Some(0), || {
            format!("can't be recovered: {}", recovered.ran.stderr)
        });
        let (_, left) = unfit(place);
        let left: Vec<_> = left.iter().filter(|path| path.starts_with(".journal/")).collect();
        found.check(left.is_empty(), || format!("left: {left:?}"));
        match is_one_attempt(place, &first) {
            Ok(attempt) => drop(whose.lock().unwrap().insert(attempt)),
            Err(problem) => found.0.push(problem),
        }
        (found, killed.failed > 0)
    });
    assert_eq!(whose.into_inner().unwrap(), BTreeSet::from([1, 2]));
}

/// Has `one` go through n = `step`, 2 `step`, ... until no n-th call fails any more.
fn every(step: u64, one: impl Fn(u64, &Path) -> (Found, bool) + Sync) {
    let (rounds, problems) = (Mutex::new(1..), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some(at) = rounds.lock().unwrap().next().map(|at: u64| at * step) else { return };
                    let directory = scratch();
                    let (found, has_failed) = one(at, directory.path());
                    let told = found.0.into_iter().map(|what| format!("at {at}: {what:.600}"));
                    problems.lock().unwrap().extend(told);
                    if !has_failed {
                        return;
                    }
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Runs `solve` on a file system without hard links, such as exFAT.
fn solve_plain(case: &str, directory: &Path, fault: Option<(Fault, u64)>) -> Outcome {
    let none = Fault { call: "none", error: 0, count: 0 };
    solve_with(case, directory, fault.or(Some((none, 1))), &[("FAULT_PLAIN", "1")])
}

const KILL: i32 = -1;

/// The points of a series of the attempts.
fn points_of(name: &str, directory: &Path) -> Value {
    let entry = parse(&experiment(directory).join("results/run").join(format!("{name} points.json")));
    entry.unwrap_or_default()["data"].take()
}

#[test]
fn a_store_needs_no_hard_links() {
    if preload().is_none() {
        return;
    }
    for case in ["run", "killed"] {
        let directory = scratch();
        let place = directory.path();
        let mut found = Found::default();
        let outcome = solve_plain(case, place, None);
        assert_eq!(outcome.status("finish"), (case == "run").then_some(0), "{}", outcome.ran.stderr);
        assert_eq!(solve_plain("recover", place, None).status("recover"), Some(0));
        let (broken, left) = unfit(place);
        assert!(broken.is_empty() && left.is_empty(), "{case}: {broken:?} {left:?}");
        let missing = missing(&outcome, place);
        assert!(missing.is_empty(), "{case}: {missing:?}");
        recovers(&outcome, place, &mut found);
        assert!(found.0.is_empty(), "{case}: {:?}", found.0);
        // The files of these rounds were copied, linked, moved and copied.
        for (round, is_there) in [(0, true), (3, true), (6, false), (9, true)] {
            assert_eq!(place.join(format!("source{round}.dat")).exists(), is_there, "{case}: {round}");
        }
    }
    for second in ["attempt2", "resumed"] {
        let directory = scratch();
        let place = directory.path();
        assert_eq!(solve_plain("attempt1", place, None).status("finish"), Some(0));
        let first = attempts_left(place);
        let outcome = solve_plain(second, place, None);
        assert_eq!(outcome.status("finish"), Some(0), "{second}: {}", outcome.ran.stderr);
        let (broken, left) = unfit(place);
        assert!(broken.is_empty() && left.is_empty(), "{second}: {broken:?} {left:?}");
        match second {
            "resumed" => {
                assert_eq!(points_of("both", place), serde_json::json!([[0, 1.0], [1, 2.0]]));
                assert_eq!(points_of("first", place), serde_json::json!([[0, 1.0]]));
            }
            _ => assert_eq!(is_one_attempt(place, &first), Ok(2)),
        }
    }
}

/// The process is killed, or the journal refused, at every call: the file is where it was, or in the store.
#[test]
fn a_file_that_is_moved_is_never_lost() {
    if preload().is_none() {
        return;
    }
    compile(c_compilers()[0], "faulty");
    for (call, error) in [("change", KILL), ("create", libc::ENOSPC), ("write", libc::ENOSPC)] {
        let fault = Fault { call, error, count: 1 };
        every(1, |at, place| {
            let mut found = Found::default();
            let outcome = solve_plain("moved", place, Some((fault, at)));
            found.check(error == KILL || outcome.ran.status.success(), || outcome.ran.stderr.clone());
            solve_plain("recover", place, None);
            let is_at = |path: PathBuf| std::fs::read(path).is_ok_and(|bytes| bytes == b"the only one");
            let manifest = parse(&experiment(place).join("artifacts/run/_manifest.json")).unwrap_or_default();
            let is_listed = manifest["artifacts"][0]["name"] == "only";
            let is_taken = is_listed && is_at(experiment(place).join("artifacts/run/only.dat"));
            let is_there = is_at(place.join("only.dat"));
            found.check(is_taken || is_there, || format!("{fault:?}: the file is lost"));
            found.check(is_taken || outcome.status("move") != Some(0), || {
                format!("{fault:?}: it was taken, and is not there")
            });
            (found, outcome.failed > 0)
        });
    }
}

/// Without hard links, a restart copies the entries of the earlier attempt. Their points stay whole if a copy fails.
#[test]
fn a_restart_that_fails_costs_no_earlier_points() {
    if preload().is_none() {
        return;
    }
    compile(c_compilers()[0], "faulty");
    for (call, error) in [("copy", libc::ENOSPC), ("copy", KILL), ("change", KILL)] {
        let fault = Fault { call, error, count: 1 };
        every(1, |at, place| {
            let mut found = Found::default();
            assert_eq!(solve_plain("attempt1", place, None).status("finish"), Some(0));
            let outcome = solve_plain("resumed", place, Some((fault, at)));
            let recovered = solve_plain("recover", place, None);
            found.check(recovered.status("recover") == Some(0), || {
                format!("{fault:?}: can't be recovered: {}", recovered.ran.stderr)
            });
            let (first, both) = (points_of("first", place), points_of("both", place));
            let is_accepted = outcome.status("point") == Some(0);
            let wanted = [serde_json::json!([[0, 1.0]]), serde_json::json!([[0, 1.0], [1, 2.0]])];
            let is_kept = both == wanted[1] || both == wanted[0] && !is_accepted;
            found.check(first == wanted[0] && is_kept, || format!("{fault:?}: {first} and {both}"));
            let (broken, left) = unfit(place);
            let left: Vec<_> = left.iter().filter(|path| path.starts_with(".journal/")).collect();
            found.check(broken.is_empty() && left.is_empty(), || format!("{fault:?}: {broken:?} {left:?}"));
            (found, outcome.failed > 0)
        });
    }
}

/// An end that is killed while it copies what it can't link costs no points that the journal has let go.
#[test]
fn an_end_that_is_killed_at_a_copy_costs_no_points() {
    if preload().is_none() {
        return;
    }
    compile(c_compilers()[0], "faulty");
    let mut killed = 0;
    for (at, error) in [(1, KILL), (2, KILL), (1, libc::ENOSPC)] {
        let directory = scratch();
        let place = directory.path();
        let outcome = solve_plain("spooled", place, Some((Fault { call: "copy", error, count: 1 }, at)));
        killed += u64::from(error == KILL) * outcome.failed;
        assert_eq!(solve_plain("recover", place, None).status("recover"), Some(0));
        let entry = std::fs::read(experiment(place).join("results/run/points.json")).unwrap();
        let points = entry.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"[")).count();
        assert_eq!(Some(points as i64), outcome.number("spooled"), "{error} at {at}");
        let (broken, left) = unfit(place);
        assert!(broken.is_empty() && left.is_empty(), "{error} at {at}: {broken:?} {left:?}");
    }
    assert!(killed > 0, "nothing was copied");
}

/// How many calls of a kind a run with `count` series and versions of an entry makes.
fn calls_of(kind: &'static str, count: u64) -> u64 {
    let directory = scratch();
    // None fails: only counted.
    let fault = Fault { call: kind, error: libc::EIO, count: 1 };
    let at = u64::MAX;
    let text = count.to_string();
    // How long it takes must not matter.
    let environment =
        [("FAULTY_COUNT", text.as_str()), ("METALAB_REFRESH_SECONDS", "0"), ("METALAB_FLUSH_SECONDS", "60")];
    let ran = solve_with("many", directory.path(), Some((fault, at)), &environment);
    assert_eq!(ran.status("finish"), Some(0), "{}", ran.ran.stderr);
    let results = experiment(directory.path()).join("results/run");
    assert_eq!(std::fs::read_dir(&results).unwrap().count() as u64, count + 1);
    assert_eq!(parse(&results.join("versions.json")).unwrap()["data"], serde_json::json!([count - 1]));
    u64::from_ne_bytes(std::fs::read(directory.path().join("state")).unwrap()[..8].try_into().unwrap())
}

/// At the end a series costs making its file, writing it and naming it.
#[test]
fn the_end_makes_few_calls_for_a_series_and_none_for_a_version() {
    if preload().is_none() {
        return;
    }
    compile(c_compilers()[0], "faulty");
    // The file of names is looked at before a name is written to it.
    for (kind, each) in
        [("create", 1), ("rename", 1), ("lock", 0), ("stat", 1), ("read", 0), ("list", 0), ("open", 0)]
    {
        let (few, more) = (calls_of(kind, 100), calls_of(kind, 600));
        let most = 500 * each + 60;
        assert!(more.saturating_sub(few) <= most, "{kind}: {few} calls for 100, {more} for 600");
    }
}
