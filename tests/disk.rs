//! Disks that are full or read-only. A small disk is a tmpfs in a mount namespace of its own, so
//! that nothing of it outlives the test; its content is copied out before and after.

#![cfg(target_os = "linux")]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Ran, artifact, c_compilers, command, compile, files, is_ci, json, run};

fn is_root() -> bool {
    // SAFETY: no preconditions.
    unsafe { libc::geteuid() == 0 }
}

/// Returns true if a tmpfs can be mounted in a namespace of its own.
fn can_mount() -> bool {
    let tried = Command::new("unshare")
        .args(["-m", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !tried {
        assert!(!(is_ci() && is_root()), "a tmpfs can't be mounted");
        println!("skipped: a tmpfs can't be mounted (that takes root)");
    }
    tried
}

struct Disk {
    directory: tempfile::TempDir,
    ran: Ran,
}

impl Disk {
    fn after(&self) -> PathBuf {
        self.directory.path().join("after")
    }

    fn experiment(&self) -> PathBuf {
        self.after().join("disk_1")
    }

    /// The number that the program printed.
    fn number(&self) -> i64 {
        self.ran.stdout.trim().parse().unwrap()
    }
}

/// Runs `cases` on one small disk, on which an earlier run is; that must be as it was in the end.
/// `between` is what the shell does before them.
fn on_small_disk(between: &str, cases: &[&str]) -> Option<Disk> {
    let compiler = c_compilers().first().copied()?;
    if !can_mount() {
        return None;
    }
    let program = compile(compiler, "disk");
    let directory = tempfile::tempdir().unwrap();
    for name in ["mount", "before", "after"] {
        std::fs::create_dir(directory.path().join(name)).unwrap();
    }
    let mut script =
        "set -e; mount -t tmpfs -o size=4m none mount; \"$0\" earlier \"$PWD/mount\"; cp -a mount/. before; "
            .to_owned();
    script.push_str(between);
    for case in cases {
        script.push_str(&format!("; \"$0\" {case} \"$PWD/mount\""));
    }
    script.push_str("; cp -a mount/. after");
    let mut shell = command("unshare");
    shell.args(["-m", "sh", "-c", &script]).arg(program).current_dir(directory.path());
    let ran = run(&mut shell).succeeded();
    assert_eq!(ran.stderr, "");
    let (before, after) = (files(&directory.path().join("before")), files(&directory.path().join("after")));
    assert!(before.len() > 5);
    // The experiment's manifest grows with its runs.
    for (path, content) in before.into_iter().filter(|(path, _)| !path.contains("/experiments/")) {
        assert!(after.get(&path) == Some(&content), "{path} of the earlier run has changed");
    }
    let temporary: Vec<&String> = after.keys().filter(|path| path.contains(".tmp.")).collect();
    assert!(temporary.is_empty(), "{temporary:?}");
    Some(Disk { directory, ran })
}

#[test]
fn opening() {
    let Some(disk) = on_small_disk("true", &["full_open"]) else { return };
    let record = json(&disk.experiment().join("runs/open.json"));
    assert_eq!(record["status"], "success");
    assert!(!disk.experiment().join(".journal").exists(), "attempts that failed leave no journals");
}

#[test]
fn points() {
    let Some(disk) = on_small_disk("true", &["full_points"]) else { return };
    let entry = json(&disk.experiment().join("results/points/s.json"));
    let points: Vec<(i64, f64)> = serde_json::from_value(entry["data"].clone()).unwrap();
    let accepted = disk.number();
    // Every point that was accepted, whatever else was.
    let wanted = std::iter::once(-1).chain(0..accepted).map(|step| (step, step as f64));
    let kept: Vec<(i64, f64)> = points.into_iter().filter(|(step, _)| *step < accepted).collect();
    assert!(kept.iter().copied().eq(wanted), "{} of {accepted}", kept.len());
    let record = json(&disk.experiment().join("runs/points.json"));
    assert_eq!(record["warnings"][0]["message"], "capture incomplete");
}

#[test]
fn metrics() {
    let Some(disk) = on_small_disk("true", &["full_metrics"]) else { return };
    let record = json(&disk.experiment().join("runs/metrics.json"));
    assert_eq!(record["metrics"]["m"], disk.number());
}

#[test]
fn log_lines() {
    let Some(disk) = on_small_disk("true", &["full_log"]) else { return };
    let log = std::fs::read_to_string(disk.experiment().join("logs/log_run.log")).unwrap();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("] line ")).collect();
    assert_eq!(lines.len() as i64, disk.number());
    for (number, line) in lines.iter().enumerate() {
        assert!(line.contains(&format!("] line {number} 000")), "{line}");
    }
    assert!(log.contains("Capture incomplete"));
}

/// Every line of two talkers, once, each talker's in order, between the first one and the last.
fn every_word(disk: &Disk, run: &str) {
    let log = std::fs::read_to_string(disk.experiment().join(format!("logs/{run}_run.log"))).unwrap();
    let place = |text: &str| log.find(text).unwrap_or_else(|| panic!("{text:?} is missing"));
    for talker in 0..2 {
        let says = format!("] talker {talker} says ");
        let numbers = log.lines().filter_map(|line| {
            let (number, _) = line.split_once(&says)?.1.split_once(' ')?;
            number.parse::<i64>().ok()
        });
        assert!(numbers.eq(0..disk.number()), "talker {talker}");
        assert!(place("] first\n") < place(&says) && place(&says) < place("] last\n"));
    }
    assert_eq!((log.matches("] first\n").count(), log.matches("] last\n").count()), (1, 1));
}

#[test]
fn more_lines_than_memory_is_to_hold() {
    let large = "mount -o remount,size=64m mount";
    let Some(disk) = on_small_disk(large, &["long_log"]) else { return };
    every_word(&disk, "long");
    let record = json(&disk.experiment().join("runs/long.json"));
    assert_eq!(record["warnings"], serde_json::json!([]));
    let Some(disk) = on_small_disk(large, &["long_log_too_late", "recover_journals"]) else { return };
    every_word(&disk, "too_late");
    assert!(files(&disk.directory.path().join("journals")).is_empty());
}

#[test]
fn artifacts_and_data() {
    let Some(disk) = on_small_disk("true", &["full_artifacts"]) else { return };
    let record = json(&disk.experiment().join("runs/artifacts.json"));
    let names: Vec<&str> =
        record["artifacts"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["kept", "stream", "x"]);
    let size = |name: &str| artifact(&record, name)["size_bytes"].as_u64().unwrap();
    assert!(size("kept") > 128 << 10 && size("x") == 128 << 10);
    let kept = std::fs::read(disk.experiment().join("artifacts/artifacts/kept.npz")).unwrap();
    assert!(kept.windows(128 << 10).any(|window| window.iter().all(|byte| *byte == 7)));
}

/// Checks that all is there that was emitted in rounds before the disk was full, meanwhile, and after.
fn waited_for_room(disk: &Disk, run: &str) {
    let root = disk.experiment();
    let accepted = disk.number();
    let record = json(&root.join(format!("runs/{run}.json")));
    assert_eq!(record["status"], "success");
    assert!(record["metrics"]["m"].as_i64().unwrap() >= accepted - 1);
    let entry = json(&root.join(format!("results/{run}/s.json")));
    let points: Vec<(i64, f64)> = serde_json::from_value(entry["data"].clone()).unwrap();
    let steps: std::collections::HashSet<i64> = points.iter().map(|(step, _)| *step).collect();
    assert_eq!(steps.len(), points.len());
    let log = std::fs::read_to_string(root.join(format!("logs/{run}_run.log"))).unwrap();
    let lines: std::collections::HashSet<&str> =
        log.lines().filter_map(|line| line.rsplit_once("] ")).map(|(_, text)| text).collect();
    // Room runs out in one round for good: what came before was accepted whole.
    for round in 0..accepted.min(100) {
        assert!((round * 10..round * 10 + 10).all(|step| steps.contains(&step)), "round {round}");
        assert!(lines.contains(format!("line {round}.").as_str()), "round {round}");
    }
    assert!(lines.contains("there is room"));
    for number in 0..20 {
        assert_eq!(json(&root.join(format!("results/{run}/d{number}.json")))["data"], serde_json::json!([1]));
    }
    for (name, size) in [("before", 1), ("after", 1), ("map", 1000), ("stream", 64 << 10)] {
        assert!(artifact(&record, name)["size_bytes"].as_u64().unwrap() >= size, "{name}");
    }
}

#[test]
fn room_that_is_there_again() {
    let Some(disk) = on_small_disk("true", &["freed"]) else { return };
    assert_eq!(disk.number(), 100);
    waited_for_room(&disk, "freed");
}

#[test]
fn room_that_is_there_again_too_late() {
    // Larger, since what is free again is the journal's as well.
    let Some(disk) = on_small_disk("mount -o remount,size=16m mount", &["freed_late"]) else { return };
    waited_for_room(&disk, "late");
    let record = json(&disk.experiment().join("runs/late.json"));
    assert!(record["warnings"].to_string().contains("capture incomplete"));
}

#[test]
fn finishing_and_recovering_what_was_kept() {
    let Some(disk) = on_small_disk("true", &["full_finish", "recover"]) else { return };
    let experiment = disk.experiment();
    let record = json(&experiment.join("runs/finish.json"));
    assert_ne!(record["status"], "running");
    assert_eq!(record["metrics"]["m"], 6.0);
    let entry = json(&experiment.join("results/finish/s.json"));
    assert_eq!(entry["data"].as_array().unwrap().len(), 1000);
    assert_eq!(json(&experiment.join("results/finish/d.json"))["data"], serde_json::json!([1]));
    assert_eq!(std::fs::read_to_string(experiment.join("artifacts/finish/a.txt")).unwrap(), "bytes");
    let log = std::fs::read_to_string(experiment.join("logs/finish_run.log")).unwrap();
    assert_eq!(log.matches("] logged\n").count(), 1);
    assert!(!experiment.join(".journal").exists());
}

#[test]
fn a_run_that_ended_well_is_not_recovered_as_one_that_died() {
    let Some(disk) = on_small_disk("true", &["unwritten_record", "recover"]) else { return };
    let record = json(&disk.experiment().join("runs/unwritten.json"));
    assert_eq!((&record["status"], &record["metrics"]["m"]), (&"success".into(), &6.0.into()));
    assert_eq!(record["error"], serde_json::Value::Null);
    // Nobody had logged anything, and the recovery has nothing to say: there is no log.
    assert!(!disk.experiment().join("logs/unwritten_run.log").exists());
    assert!(!disk.experiment().join(".journal").exists());
}

#[test]
fn read_only_stores() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    if is_root() {
        // root may write where permissions say no; not so where a file system says it.
        on_small_disk("mount -o remount,ro mount", &["read_only"]);
        return;
    }
    let program = compile(compiler, "disk");
    let store = tempfile::tempdir().unwrap();
    run(command(&program).arg("earlier").arg(store.path())).succeeded();
    let before = files(store.path());
    let chmod = |mode| {
        let mut directories = vec![store.path().to_owned()];
        while let Some(directory) = directories.pop() {
            std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(mode)).unwrap();
            directories.extend(std::fs::read_dir(&directory).unwrap().filter_map(|entry| {
                let path = entry.unwrap().path();
                path.is_dir().then_some(path)
            }));
        }
    };
    chmod(0o555);
    let ran = run(command(&program).arg("read_only").arg(store.path()));
    chmod(0o755);
    ran.succeeded();
    assert_eq!(files(store.path()), before);
}

fn printed_nothing(ran: &Ran) {
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn paths_that_can_and_cannot_be() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let program: &Path = &compile(compiler, "disk");
    for case in ["paths", "recover_arguments"] {
        let store = tempfile::tempdir().unwrap();
        printed_nothing(&run(command(program).arg(case).arg(store.path())).succeeded());
    }
}
