//! Runs of other machines, of processes that are taken for dead, and of recoveries that die: who takes
//! them over, and who is told. tests/liveness.rs has whose a run is on one machine.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

mod common;
#[path = "common/process.rs"]
mod many;

use many::{Process, entry, nothing_is_left, record, root};

#[test]
fn process() {
    many::obey_if_told();
}

/// The directory of the run's one member.
fn member(store: &Path) -> PathBuf {
    let room = root(store).join(".journal/r");
    let members: Vec<PathBuf> =
        std::fs::read_dir(&room).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(members.len(), 1, "{members:?}");
    members[0].clone()
}

/// Writes a word of a member's page.
fn set_word(member: &Path, index: u64, word: u64) {
    use std::os::unix::fs::FileExt as _;
    let page = std::fs::OpenOptions::new().write(true).open(member.join("position")).unwrap();
    page.write_all_at(&word.to_le_bytes(), index * 8).unwrap();
}

/// The words of a page that count recoveries which died, and that say when the writer last beat.
const DEATHS: u64 = 15;
const BEAT: u64 = 13;
/// When and by whom it was taken over.
const FENCE: u64 = 24;

/// Returns true if another machine can be played: another name, and another kernel's id.
fn can_play_machines() -> bool {
    let tried = Command::new("unshare").args(["-u", "-m", "sh", "-c", &machine("node17", "true")]).output();
    let can = tried.is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: namespaces can't be had (that takes root)");
    }
    can
}

/// The script with which a shell plays another machine and becomes `program` there.
fn machine(host: &str, program: &str) -> String {
    format!(
        "set -e; id=$(mktemp); hostname {host}; echo {host} > $id; \
         mount --bind $id /proc/sys/kernel/random/boot_id; rm $id; exec {program}"
    )
}

/// A process of the run on another machine.
fn on(host: &str, store: &Path, environment: &[(&str, &str)]) -> Process {
    let script = machine(host, "\"$0\" \"$@\"");
    Process::start_through(&["unshare", "-u", "-m", "sh", "-c", &script], store, environment)
}

fn finish(mut process: Process) {
    process.tell("finish");
    process.end();
}

/// A run that another machine's process left.
fn left_by(host: &str, store: &Path, environment: &[(&str, &str)]) {
    let mut process = on(host, store, environment);
    process.tell("open; metric x 1; points s 0 10 0; log line; flush");
    process.kill();
}

#[test]
fn closed_descriptors_make_no_run_dead() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut process = Process::start(store);
    process.tell("open; points s 0 10 0; flush");
    assert_eq!(process.ask("close_page"), "ok");
    // At once: the writer has not noticed.
    assert_eq!(metalab::recover(store.to_str(), None, None).unwrap(), 0);
    process.tell("points s 10 20 0; flush");
    assert_eq!(metalab::recover(store.to_str(), None, None).unwrap(), 0);
    finish(process);
    assert_eq!(entry(store, "s").as_array().unwrap().len(), 20);
    let log = std::fs::read_to_string(root(store).join("logs/r_run.log")).unwrap();
    assert!(log.contains("has closed this library's files"), "{log}");
}

#[test]
fn a_run_of_another_machine_is_left_and_named_until_somebody_knows() {
    if !can_play_machines() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    left_by("node17", store, &[]);
    let here = store.to_str();
    let left = metalab::recover_with_report(here, None, None).unwrap();
    assert_eq!((left.runs, left.elsewhere.get("node17")), (0, Some(&1)));
    assert!(left.remark.unwrap().contains("node17 (1)"));
    let mut second = Process::start(store);
    let answer = second.ask("open");
    assert!(answer.starts_with("Busy: ") && answer.contains("METALAB_TAKE_OVER=node17"), "{answer}");
    assert!(!answer.contains("goes on"), "{answer}");
    second.end();
    assert_eq!(metalab::recover_host(here, None, None, "node18").unwrap().runs, 0);
    assert_eq!(metalab::recover_host(here, None, None, "").unwrap_err().kind(), metalab::ErrorKind::Value);
    assert_eq!(metalab::recover_host(here, None, None, "node17").unwrap().runs, 1);
    let message = record(store)["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(" on node17 ") && message.contains("declared dead by process"), "{message}");
    assert_eq!(entry(store, "s").as_array().unwrap().len(), 10);
    nothing_is_left(store);
}

#[test]
fn variables_say_that_a_machine_or_a_job_is_gone() {
    if !can_play_machines() {
        return;
    }
    let job = |step: &'static str, restarts: &'static str| {
        [("SLURM_JOB_ID", "7"), ("SLURM_STEP_ID", step), ("SLURM_RESTART_COUNT", restarts)]
    };
    let known: [&[(&str, &str)]; 4] = [
        &[("METALAB_TAKE_OVER", "node16, node17")],
        &job("0", "1"),
        &[("METALAB_TAKE_OVER", "job"), ("SLURM_JOB_ID", "7"), ("SLURM_STEP_ID", "1")],
        &[("METALAB_DEAD_AFTER", "90")],
    ];
    let unknown: [&[(&str, &str)]; 5] = [
        &[],
        &[("METALAB_TAKE_OVER", "job"), ("SLURM_JOB_ID", "8"), ("SLURM_STEP_ID", "1")],
        &job("1", "0"),
        &[("METALAB_DEAD_AFTER", "3600")],
        &[("METALAB_TAKE_OVER", "node16")],
    ];
    for (environment, is_enough) in
        known.into_iter().map(|all| (all, true)).chain(unknown.into_iter().map(|all| (all, false)))
    {
        let place = tempfile::tempdir().unwrap();
        let store = place.path();
        left_by("node17", store, &job("0", "0"));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        set_word(&member(store), BEAT, (now - Duration::from_secs(100)).as_nanos() as u64);
        let mut process = Process::start_with(store, environment);
        let answer = process.ask("open");
        assert_eq!(answer == "ok", is_enough, "{environment:?}: {answer}");
        process.end();
    }
    let place = tempfile::tempdir().unwrap();
    let mut process = Process::start_with(place.path(), &[("METALAB_DEAD_AFTER", "5")]);
    assert!(process.ask("open").starts_with("Value: METALAB_DEAD_AFTER"));
    process.end();
}

#[test]
fn who_was_wrongly_taken_for_dead_stops_writing_and_says_so() {
    if !can_play_machines() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    // It lives; a lock that is not seen from another machine is played by closing the page.
    let mut process = on("node17", store, &[]);
    process.tell("open; points s 0 10 0; log one; flush");
    let start = Instant::now();
    let mut recovered = 0;
    while recovered == 0 && start.elapsed() < Duration::from_secs(30) {
        // Its writer takes the lock again unless it sleeps.
        std::thread::sleep(Duration::from_millis(300));
        process.tell("close_page");
        recovered = metalab::recover_host(store.to_str(), None, None, "node17").unwrap().runs;
    }
    assert_eq!(recovered, 1);
    let before = common::files(&root(store));
    process.ask("metric y 2");
    let mut health = String::new();
    // By whom, where it could open its page once more before that was removed.
    let is_said = |text: &str| text.contains("its journal is gone") || text.contains("taken for dead");
    while !is_said(&health) {
        assert!(start.elapsed() < Duration::from_secs(60), "{health}");
        health = process.ask("health");
    }
    assert!(process.ask("metric y 3").starts_with("Closed: "));
    let answer = process.ask("finish");
    assert!(answer.starts_with("Incomplete: ") && is_said(&answer), "{answer}");
    process.end();
    assert!(common::files(&root(store)) == before, "it wrote to the store");
    assert_eq!(record(store)["status"], "failed");
}

#[test]
fn a_fence_in_the_page_is_seen_before_anything_is_written() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut process = Process::start(store);
    process.tell("open; points s 0 10 0; flush");
    let before = common::files(&root(store).join("runs"));
    let member = member(store);
    set_word(&member, FENCE + 1, 7);
    set_word(&member, FENCE, 1_700_000_000_000_000_000);
    let start = Instant::now();
    while !process.ask("health").contains("taken for dead and recovered by process 7 at 2023-11-") {
        assert!(start.elapsed() < Duration::from_secs(60));
        process.ask("metric y 2");
    }
    assert!(process.ask("metric y 3").starts_with("Closed: "));
    assert!(process.ask("flush").starts_with("Incomplete: "));
    let answer = process.ask("finish");
    assert!(answer.starts_with("Incomplete: ") && answer.contains("recovered by process 7"), "{answer}");
    assert!(common::files(&root(store).join("runs")) == before, "it wrote to the store");
    // Who left the fence is dead: what is left is anybody's, of this process too.
    assert_eq!(process.ask(&format!("recover_at {}", store.display())), "1");
    process.end();
    assert_eq!(entry(store, "s").as_array().unwrap().len(), 10);
}

#[test]
fn what_kills_recoveries_is_left_to_who_asks() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut dead = Process::start(store);
    dead.tell("open; points s 0 10 0; flush");
    dead.kill();
    // A recovery died at it.
    set_word(&member(store), DEATHS, 1);
    let mut other = Process::start(store);
    other.tell("run other; open");
    let log = root(store).join("logs/other_run.log");
    let start = Instant::now();
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    while !said().contains("metalab_recover") && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(said().contains("run r was left: recovering it has killed a process"), "{}", said());
    finish(other);
    assert_eq!(record(store)["status"], "running");
    // Who opens the run itself tries a few times, and then says what to do.
    set_word(&member(store), DEATHS, 3);
    let mut again = Process::start(store);
    let answer = again.ask("open");
    assert!(answer.starts_with("Incomplete: ") && answer.contains("metalab_recover"), "{answer}");
    again.end();
    assert_eq!(metalab::recover(store.to_str(), None, None).unwrap(), 1);
    assert_eq!(entry(store, "s").as_array().unwrap().len(), 10);
}

#[test]
fn exiting_in_the_middle_of_a_recovery_beside_is_no_death() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut dead = Process::start(store);
    dead.tell("open; points s 0 300000 0; flush");
    dead.kill();
    let member = member(store);
    let mut is_interrupted = false;
    for attempt in 0..20 {
        let mut short = Process::start(store);
        short.tell(&format!("run short{attempt}; open; finish"));
        short.end();
        let Ok(page) = std::fs::read(member.join("position")) else { break };
        is_interrupted = true;
        let deaths = u64::from_le_bytes(page[DEATHS as usize * 8..][..8].try_into().unwrap());
        assert_eq!(deaths, 0);
    }
    assert!(is_interrupted, "the recovery was too quick for this test");
    metalab::recover(store.to_str(), None, None).unwrap();
    assert_eq!(record(store)["status"], "failed");
}

#[test]
fn the_others_hear_at_once_that_the_first_process_cannot_open() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let launch = [("PMIX_NAMESPACE", "first"), ("PMIX_RANK", "0"), ("PMI_SIZE", "1")];
    let mut owner = Process::start_with(store, &launch);
    owner.tell("open");
    let launch = [("PMIX_NAMESPACE", "second"), ("PMIX_RANK", "0"), ("PMI_SIZE", "2")];
    let mut first = Process::start_with(store, &launch);
    let answer = first.ask("open");
    assert!(answer.starts_with("Busy: "), "{answer}");
    let launch = [("PMIX_NAMESPACE", "second"), ("PMIX_RANK", "1"), ("PMI_SIZE", "2")];
    let mut other = Process::start_with(store, &launch);
    let start = Instant::now();
    let answer = other.ask("open");
    assert!(answer.starts_with("Busy: ") && answer.contains("is being written by"), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    other.end();
    first.end();
    finish(owner);
    // The word is taken back with the next run of that launch.
    let first = [("PMIX_NAMESPACE", "second"), ("PMIX_RANK", "0"), ("PMI_SIZE", "2")];
    let (mut first, mut other) = (Process::start_with(store, &first), Process::start_with(store, &launch));
    first.tell("open");
    other.tell("open");
    finish(other);
    finish(first);
    assert_eq!(record(store)["status"], "success");
    assert!(!root(store).join(".locks/r.refused").exists());
}

#[test]
fn a_store_that_cannot_be_written_is_refused_to_all_at_once() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut owner = Process::start(store);
    owner.tell("open; finish");
    owner.end();
    // A directory in the lock's place can't be written, by root either.
    let lock = root(store).join(".locks/other.lock");
    std::fs::create_dir(&lock).unwrap();
    let launch = [("PMIX_NAMESPACE", "n"), ("PMIX_RANK", "1"), ("PMI_SIZE", "2")];
    let mut other = Process::start_with(store, &launch);
    let start = Instant::now();
    other.tell("run other");
    let answer = other.ask("open");
    assert!(answer.contains(".lock"), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    other.end();
}
