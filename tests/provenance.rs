//! How a run came about, and what its process used, as the record and the series say.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{c_compilers, command, compile, json, run, skip};
use serde_json::{Value, json};

/// Texts that a record has once all is gathered: in a repository, and without one.
const DIRTY: &str = "\"dirty\": true";
const CLEAN: &str = "\"dirty\": false";
const HASH: &str = "\"executable_hash\"";

fn program() -> Option<PathBuf> {
    c_compilers().first().map(|compiler| compile(compiler, "provenance"))
}

fn record(store: &Path) -> Value {
    json(&store.join("provenance_1/runs/run.json"))
}

fn extra(store: &Path) -> Value {
    record(store)["provenance"]["extra"].clone()
}

fn git(place: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=n", "-c", "user.email=e@x", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(place)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// A directory that is a repository with a file, and its commit.
fn repository(place: &Path) -> Option<(PathBuf, String)> {
    if !common::has("git") {
        skip("there is no git");
        return None;
    }
    let top = place.canonicalize().unwrap().join("repository");
    std::fs::create_dir(&top).unwrap();
    std::fs::write(top.join("file"), "content").unwrap();
    git(&top, &["init", "-q"]);
    git(&top, &["add", "-A"]);
    git(&top, &["commit", "-q", "-m", "m"]);
    let commit = git(&top, &["rev-parse", "HEAD"]);
    Some((top, commit))
}

#[test]
fn everything_that_can_be_had_is_in_the_record_without_secrets() {
    let place = tempfile::tempdir().unwrap();
    let (Some(program), Some((top, commit))) = (program(), repository(place.path())) else { return };
    std::fs::create_dir(top.join("below")).unwrap();
    let store = place.path().join("store");
    let mut command = command(&program);
    command.arg("gathered").arg(&store).args(["--api-token=geheim1", "--password", "geheim2", "-n", "5"]);
    command.current_dir(top.join("below")).env("WAIT_FOR", CLEAN).env("OMP_NUM_THREADS", "3");
    command.env("SLURM_JOB_ID", "42").env("SLURM_JOB_NODELIST", "n[1-3]").env("SLURM_JWT", "geheim3");
    command.env("PBS_QUEUE", "long").env("PBS_PASSWORD", "geheim4").env("AWS_SECRET_ACCESS_KEY", "geheim5");
    run(&mut command).succeeded();
    let record = record(&store);
    assert_eq!(record["status"], "success");
    let extra = &record["provenance"]["extra"];
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    assert_eq!(
        extra["command"],
        json!([path(&program), "gathered", path(&store), "--api-token=***", "--password", "***", "-n", "5"])
    );
    assert_eq!(extra["working_directory"], path(&top.join("below")));
    let of_job = json!({"SLURM_JOB_ID": "42", "SLURM_JOB_NODELIST": "n[1-3]", "PBS_QUEUE": "long"});
    assert_eq!(extra["job"], of_job);
    assert_eq!(
        extra["git"],
        json!({
            "branch": "main", "commit": commit, "directory": path(&top), "dirty": false, "of": "working_directory"
        })
    );
    assert!(extra["compiler"].as_str().unwrap().contains(", C 199901L, optimised"), "{extra:#}");
    assert_eq!(extra["threads"]["OMP_NUM_THREADS"], "3");
    for count in ["processors", "affinity", "available"] {
        assert!(extra["threads"][count].as_u64().unwrap() > 0, "{count}");
    }
    assert!(extra["libraries"]["libmetalab"]["path"].as_str().unwrap().ends_with("/libmetalab.so"));
    assert!(extra["libraries"]["libc"]["version"].as_str().is_some());
    assert!(extra["executable_hash"].as_str().unwrap().len() >= 16);
    assert!(extra["kernel"].as_str().unwrap().starts_with("Linux "));
    assert!(extra["memory_bytes"].as_u64().unwrap() > 1 << 24);
    assert!(!extra["user"].as_str().unwrap().is_empty());
    for (name, bytes) in common::files(&store) {
        assert!(!String::from_utf8_lossy(&bytes).contains("geheim"), "a secret is in {name}");
    }
}

#[test]
fn a_run_outside_of_a_repository_has_that_of_its_executable_or_none() {
    let place = tempfile::tempdir().unwrap();
    let (Some(program), Some((top, commit))) = (program(), repository(place.path())) else { return };
    for (home, wait_for) in [(&top, DIRTY), (&place.path().to_owned(), HASH)] {
        let copy = home.join("solver");
        std::fs::copy(&program, &copy).unwrap();
        std::fs::write(top.join("file"), "changed").unwrap();
        let store = home.join("store");
        let mut command = command(&copy);
        command.arg("gathered").arg(&store).current_dir(place.path()).env("WAIT_FOR", wait_for);
        run(&mut command).succeeded();
        let git = extra(&store)["git"].clone();
        if wait_for == DIRTY {
            assert_eq!((&git["of"], &git["commit"]), (&json!("executable"), &json!(commit)));
        } else {
            assert_eq!(git, Value::Null);
        }
    }
}

#[test]
fn a_killed_run_has_what_was_gathered() {
    let place = tempfile::tempdir().unwrap();
    let (Some(program), Some((top, commit))) = (program(), repository(place.path())) else { return };
    for (case, is_late) in [("killed", true), ("killed_at_once", false)] {
        let store = place.path().join(case);
        let mut command = command(&program);
        command.arg(case).arg(&store).current_dir(&top).env("WAIT_FOR", CLEAN).env("SLURM_JOB_ID", "7");
        assert!(!run(&mut command).status.success());
        let count = metalab::recover(store.to_str(), None, None).unwrap();
        assert_eq!(count, 1);
        assert_eq!(record(&store)["status"], "failed");
        let extra = extra(&store);
        assert_eq!(extra["job"]["SLURM_JOB_ID"], "7", "{case}");
        assert_eq!(extra["command"][1], case);
        assert_eq!(extra["working_directory"].as_str(), top.to_str());
        if is_late {
            assert_eq!((&extra["git"]["commit"], &extra["git"]["dirty"]), (&json!(commit), &json!(false)));
            assert!(extra["libraries"]["libc"].is_object());
        }
    }
}

/// The points of a series.
fn points(store: &Path, name: &str) -> Vec<(i64, f64)> {
    let entry = json(&store.join(format!("provenance_1/results/run/{name}.json")));
    assert!(entry["metadata"]["unit"].as_str().is_some(), "{name}");
    let pair = |pair: &Value| (pair[0].as_i64().unwrap(), pair[1].as_f64().unwrap());
    entry["data"].as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn samples_say_what_the_process_uses() {
    let Some(program) = program() else { return };
    for variable in [None, Some("0.02")] {
        let store = tempfile::tempdir().unwrap();
        let mut command = command(&program);
        command.arg("sampled").arg(store.path());
        command.envs(variable.map(|seconds| ("METALAB_SAMPLE_SECONDS", seconds)));
        run(&mut command).succeeded();
        let resident = points(store.path(), "process.resident_bytes");
        let duration = record(store.path())["duration_ms"].as_i64().unwrap();
        assert!(resident.len() > 3, "{resident:?}");
        assert!(resident.is_sorted_by(|(one, _), (other, _)| one < other), "{resident:?}");
        assert!(resident.iter().all(|(step, _)| (0..=duration).contains(step)), "{resident:?}, {duration}");
        let most = resident.iter().map(|(_, bytes)| *bytes).fold(0.0, f64::max);
        assert!(resident[0].1 > 1e5 && most > f64::from(64 << 20), "{resident:?}");
        let cpu = points(store.path(), "process.cpu_percent");
        assert_eq!(cpu.len() + 1, resident.len(), "all but the first");
        // Never more than all processors, with room for the clocks' grain; and busy for a while.
        let processors = extra(store.path())["threads"]["processors"].as_f64().unwrap();
        let (low, high) = (0.0, 100.0 * processors * 1.5 + 100.0);
        assert!(cpu.iter().all(|(_, percent)| (low..high).contains(percent)), "{cpu:?}");
        assert!(cpu.iter().any(|(_, percent)| *percent > 1.0), "{cpu:?}");
        // The solver's, the writer's and the sampler's own at least.
        assert!(points(store.path(), "process.threads").iter().all(|(_, threads)| *threads >= 3.0));
        for name in ["process.read_bytes", "process.written_bytes"] {
            let bytes = points(store.path(), name);
            assert!(bytes.len() == resident.len() && bytes[0].1 >= 0.0, "{bytes:?}");
            assert!(bytes.is_sorted_by(|(_, one), (_, other)| one <= other), "{bytes:?}");
        }
    }
}

#[test]
fn nothing_is_sampled_unless_asked() {
    let Some(program) = program() else { return };
    let store = tempfile::tempdir().unwrap();
    let mut command = command(&program);
    command.arg("sampled").arg(store.path()).env("METALAB_SAMPLE_SECONDS", "0");
    run(&mut command).succeeded();
    assert_eq!(std::fs::read_dir(store.path().join("provenance_1/results/run")).unwrap().count(), 0);
}

#[test]
fn threads_are_gone_after_the_end() {
    let Some(program) = program() else { return };
    let store = tempfile::tempdir().unwrap();
    run(command(&program).arg("cycles").arg(store.path())).succeeded();
    assert_eq!(record(store.path())["status"], "success");
}

#[test]
fn a_forked_child_waits_for_no_thread_of_its_parent() {
    let Some(program) = program() else { return };
    let store = tempfile::tempdir().unwrap();
    run(command(&program).arg("forked").arg(store.path())).succeeded();
    assert_eq!(record(store.path())["status"], "success");
    assert!(points(store.path(), "process.threads").len() > 1);
}
