//! Commands that keep a store in order: `mlab verify`, `relocate`, `prune` and `recover`.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use common::{Ended, Store};

fn root(store: &Store) -> PathBuf {
    store.path().join("heat_1.0")
}

/// Makes a file look as if it had been there for hours.
fn age(path: &Path) {
    let file = std::fs::File::open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(7200)).unwrap();
}

#[track_caller]
fn findings(ended: &Ended) -> Vec<(String, String)> {
    let json: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let text = |one: &serde_json::Value, key: &str| one[key].as_str().unwrap().to_owned();
    json["findings"].as_array().unwrap().iter().map(|one| (text(one, "kind"), text(one, "what"))).collect()
}

#[test]
fn a_store_that_is_whole_is_said_to_be() {
    let store = Store::new();
    store.full("a1", 2);
    store.full("b2", 3);
    let said = store.mlab(&["verify"]).good();
    assert!(said.contains("2 runs, ") && said.contains(": whole"), "{said}");
    let json = store.mlab(&["verify", "latest", "--json"]).json();
    assert_eq!((json["runs"].as_u64(), json["damaged"].as_u64()), (Some(1), Some(0)), "{json}");
    assert_eq!(json["left_over"].as_u64(), Some(0), "{json}");
    let path = root(&store);
    let other = Ended::of(std::process::Command::new(env!("CARGO_BIN_EXE_mlab")).arg("verify").arg(path));
    assert!(other.good().contains("2 runs"));
}

/// The damage, and the finding that is expected.
type Case<'a> = (&'a str, &'a dyn Fn(&Path));

#[test]
fn every_damage_is_found() {
    let flip = |path: &Path, at: usize| {
        let mut bytes = std::fs::read(path).unwrap();
        bytes[at] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    let cases: [Case; 10] = [
        ("hash", &|root| flip(&root.join("artifacts/a1/u.npz"), 300)),
        ("bytes; the record says", &|root| {
            let file = std::fs::File::options().write(true).open(root.join("artifacts/a1/u.npz")).unwrap();
            file.set_len(100).unwrap();
        }),
        ("is not there", &|root| std::fs::remove_file(root.join("artifacts/a1/setup.json")).unwrap()),
        ("no entry", &|root| std::fs::write(root.join("results/a1/loss.json"), "{\"data\": [[1").unwrap()),
        ("not UTF-8 at byte 0", &|root| std::fs::write(root.join("logs/a1_run.log"), b"\xff\n").unwrap()),
        ("is no record", &|root| std::fs::write(root.join("runs/a1.json"), "").unwrap()),
        ("damaged: not JSON", &|root| {
            std::fs::write(root.join("artifacts/a1/_manifest.json"), "{").unwrap();
        }),
        ("lacks the artifact u", &|root| {
            std::fs::write(root.join("artifacts/a1/_manifest.json"), "{\"artifacts\": []}").unwrap();
        }),
        ("is the record of run \"b2\"", &|root| {
            std::fs::copy(root.join("runs/b2.json"), root.join("runs/a1.json")).map(drop).unwrap();
        }),
        ("damaged: not JSON", &|root| std::fs::write(root.join("experiments/heat.json"), "\0").unwrap()),
    ];
    for (wanted, damage) in cases {
        let store = Store::new();
        store.full("a1", 2);
        store.full("b2", 3);
        damage(&root(&store));
        let ended = store.mlab(&["verify", "--json"]);
        let found = findings(&ended);
        let is_it = |(kind, what): &(String, String)| kind == "damaged" && what.contains(wanted);
        assert!(ended.status == 1 && found.iter().any(is_it), "{wanted}: {found:?}");
        assert!(ended.out.contains("a1") || wanted.contains("JSON"), "{wanted}");
    }
}

#[test]
fn a_member_that_is_not_what_its_crc_says_is_found() {
    let store = Store::new();
    store.full("a1", 2);
    let path = root(&store).join("artifacts/a1/u.npz");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 0x40;
    std::fs::write(&path, &bytes).unwrap();
    // Whoever sealed it had the wrong bytes already: the hash is right, the CRC is not.
    let hash = Ended::of(std::process::Command::new("sha256sum").arg(&path)).good();
    for file in ["artifacts/a1/_manifest.json", "runs/a1.json"] {
        let path = root(&store).join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let all = json["artifacts"].as_array_mut().unwrap();
        let array = all.iter_mut().find(|one| one["name"] == "u").unwrap();
        array["content_hash"] = hash[..16].into();
        std::fs::write(&path, json.to_string()).unwrap();
    }
    let ended = store.mlab(&["verify"]);
    assert!(ended.status == 1 && ended.out.contains("CRC-32"), "{ended:?}");
}

#[test]
fn what_is_left_over_is_no_damage() {
    let store = Store::new();
    store.full("a1", 2);
    let root = root(&store);
    std::fs::create_dir_all(root.join("artifacts/gone")).unwrap();
    std::fs::write(root.join("logs/gone_run.log"), "x\n").unwrap();
    std::fs::create_dir_all(root.join("derived")).unwrap();
    std::fs::write(root.join("derived/gone.json"), "{}").unwrap();
    std::fs::write(root.join("results/a1/.loss.json.tmp.0a-0-1"), "x").unwrap();
    std::fs::write(root.join("artifacts/a1/stray.bin"), "x").unwrap();
    std::fs::write(root.join("runs/.c3.json.damaged-1"), "").unwrap();
    for path in
        ["artifacts/gone", "logs/gone_run.log", "derived/gone.json", "results/a1/.loss.json.tmp.0a-0-1"]
    {
        age(&root.join(path));
    }
    let ended = store.mlab(&["verify", "--json"]);
    let found = findings(&ended);
    assert!(ended.status == 0 && found.iter().all(|(kind, _)| kind == "left over"), "{found:?}");
    for wanted in ["belongs to no run", "writer is gone", "in no manifest", "set aside"] {
        assert!(found.iter().any(|(_, what)| what.contains(wanted)), "{wanted}: {found:?}");
    }
    let said = store.mlab(&["prune", "--leftovers", "--yes"]).good();
    assert!(said.contains("3 leftovers removed"), "{said}");
    assert!(!root.join("artifacts/gone").exists() && root.join("artifacts/a1").exists());
    // It is empty, and a run that goes on may be about to write there.
    assert!(root.join("derived").is_dir());
}

#[test]
fn a_store_that_was_moved_has_its_paths_corrected_once() {
    let store = Store::new();
    store.full("a1", 2);
    let moved = tempfile::tempdir().unwrap();
    let place = moved.path().join("elsewhere");
    std::fs::rename(store.path(), &place).unwrap();
    std::fs::create_dir(store.path()).unwrap();
    let at = place.to_str().unwrap();
    let said = store.mlab(&["--store", at, "verify"]).good();
    assert!(said.contains("mlab relocate"), "{said}");
    let said = store.mlab(&["--store", at, "relocate"]).good();
    assert!(said.contains("4 paths in 2 files"), "{said}");
    let record = std::fs::read_to_string(place.join("heat_1.0/runs/a1.json")).unwrap();
    assert!(record.contains(at) && !record.contains(store.path().to_str().unwrap()), "{record}");
    assert!(store.mlab(&["--store", at, "verify"]).good().contains("whole\n"));
    assert!(store.mlab(&["--store", at, "relocate"]).good().contains("0 paths in 0 files"));
    assert!(store.mlab(&["relocate", "a=b"]).bad().contains("OLD=NEW"));
}

#[test]
fn runs_that_fit_are_removed_with_all_that_is_theirs_and_no_other() {
    let store = Store::new();
    for (id, n) in [("a", 2), ("a_b", 3), ("c", 9)] {
        store.full(id, n);
    }
    let goes_on = store.open("heat:1.0", "d", 2);
    let root = root(&store);
    let manifest = root.join("experiments/heat_1.0_20260101_000000.json");
    std::fs::write(&manifest, r#"{"run_ids": ["a", "a_b", "c", "x"], "total_runs": 4}"#).unwrap();
    let said = store.mlab(&["prune", "params.n < 3"]).good();
    assert!(said.contains("1 runs would go") && said.contains("d is left alone: it goes on"), "{said}");
    assert!(root.join("runs/a.json").exists());
    let said = store.mlab(&["prune", "params.n < 3", "--yes"]).good();
    assert!(said.contains("1 runs removed"), "{said}");
    let names: Vec<PathBuf> =
        std::fs::read_dir(root.join("logs")).unwrap().map(|one| one.unwrap().path()).collect();
    assert!(names.iter().all(|path| !path.ends_with("a_run.log")), "{names:?}");
    assert!(root.join("logs/a_b_run.log").exists());
    for gone in ["runs/a.json", "artifacts/a", "results/a", ".locks/a.lock", ".pruned"] {
        assert!(!root.join(gone).exists(), "{gone}");
    }
    let text = std::fs::read_to_string(&manifest).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json, serde_json::json!({"run_ids": ["a_b", "c", "x"], "total_runs": 3}));
    goes_on.finish().unwrap();
    assert!(store.mlab(&["verify"]).good().contains("whole\n"));
    for filter in [" ", "order by started_at"] {
        assert!(store.mlab(&["prune", filter, "--yes"]).bad().contains("filter has no condition"));
    }
}

#[test]
fn a_disk_that_is_not_there_has_lost_nothing() {
    let store = Store::new();
    store.full("a1", 2);
    let artifacts = root(&store).join("artifacts");
    let disk = store.path().join("disk");
    std::fs::rename(&artifacts, &disk).unwrap();
    std::os::unix::fs::symlink(&disk, &artifacts).unwrap();
    std::fs::rename(&disk, store.path().join("away")).unwrap();
    let record = std::fs::read(root(&store).join("runs/a1.json")).unwrap();
    assert!(store.mlab(&["repair", "--yes"]).bad().contains("mount its disk"));
    assert_eq!(std::fs::read(root(&store).join("runs/a1.json")).unwrap(), record);
    std::fs::rename(store.path().join("away"), &disk).unwrap();
    assert_eq!(store.mlab(&["repair", "--yes"]).good(), "nothing to repair\n");
}

/// A command that stands for ssh: it runs on this host what is to run on the other one.
fn ssh(directory: &Path) -> String {
    let path = directory.join("ssh.sh");
    let mlab = Path::new(env!("CARGO_BIN_EXE_mlab")).parent().unwrap().display().to_string();
    let text = format!("#!/bin/sh\nshift\necho welcome\nPATH={mlab}:$PATH exec sh -c \"$*\"\n");
    std::fs::write(&path, text).unwrap();
    format!("sh {}", path.display())
}

#[test]
fn runs_are_copied_once_and_whole() {
    let store = Store::new();
    store.full("a1", 2);
    store.full("b2", 3);
    let there = tempfile::tempdir().unwrap();
    for (to, is_far) in [("near", false), ("it's far", true)] {
        let place = there.path().join(to);
        let to = format!("{}{}", if is_far { "host:" } else { "" }, place.display());
        let ssh = ssh(there.path());
        let copy = |runs: &[&str]| {
            let mut words = vec!["copy", "--ssh", &ssh];
            words.extend(runs);
            words.push(&to);
            store.mlab(&words)
        };
        assert!(copy(&["a1"]).good().contains("1 runs copied: 4 files, 4 of them sent"));
        let said = copy(&["--filter", "params.n > 1"]).good();
        assert!(said.contains("2 runs copied: 8 files, 4 of them sent"), "{said}");
        assert!(copy(&["a1", "b2"]).good().contains(" 0 of them sent"));
        let at = place.to_str().unwrap();
        let said = store.mlab(&["--store", at, "verify"]).good();
        assert!(said.ends_with("whole\n"), "{said}");
        let record = std::fs::read_to_string(place.join("heat_1.0/runs/a1.json")).unwrap();
        assert!(record.contains(at), "{record}");
        // The experiment is what it was where the runs began.
        let manifest = |root: &Path| -> serde_json::Value {
            let mut all = std::fs::read_dir(root.join("experiments")).unwrap();
            let text = std::fs::read_to_string(all.next().unwrap().unwrap().path()).unwrap();
            assert!(all.next().is_none());
            serde_json::from_str(&text).unwrap()
        };
        assert_eq!(manifest(&place.join("heat_1.0")), manifest(&root(&store)));
        // The file that was damaged there is sent again.
        std::fs::write(place.join("heat_1.0/results/a1/loss.json"), "x").unwrap();
        assert!(copy(&["a1"]).good().contains(" 1 of them sent"));
    }
    assert!(store.mlab(&["copy", "/tmp"]).bad().contains("no run to copy"));
    let failing = store.mlab(&["copy", "--ssh", "false", "a1", "host:/x"]).bad();
    assert!(failing.contains("host") && failing.contains("--remote-mlab"), "{failing}");
}

#[test]
fn a_copy_goes_to_the_home_that_no_shell_has_replaced() {
    let store = Store::new();
    store.full("a1", 2);
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlab"));
    command.args(["copy", "a1", "~/there"]).env("METALAB_STORE", store.path());
    Ended::of(command.env("HOME", home.path()).current_dir(home.path())).good();
    assert!(home.path().join("there/heat_1.0/runs/a1.json").is_file() && !home.path().join("~").exists());
}

#[test]
fn a_run_that_goes_on_is_copied_as_it_stands_and_completed_later() {
    let store = Store::new();
    let run = store.open("heat:1.0", "a1", 2);
    run.log(metalab::Level::Info, "one").unwrap();
    run.flush(metalab::Flush::Visible).unwrap();
    let there = tempfile::tempdir().unwrap();
    let to = there.path().to_str().unwrap();
    let said = store.mlab(&["copy", "a1", to]).good();
    assert!(said.contains("a1 goes on"), "{said}");
    let said = store.mlab(&["--store", to, "verify"]).good();
    assert!(said.contains("a copy of a run that went on"), "{said}");
    run.metric("best", 1.0).unwrap();
    run.finish().unwrap();
    store.mlab(&["copy", "a1", to]).good();
    assert!(store.mlab(&["--store", to, "verify"]).good().ends_with("whole\n"));
    let record = |root: &Path| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(root.join("heat_1.0/runs/a1.json")).unwrap()).unwrap()
    };
    assert_eq!(record(there.path()), record(store.path()));
    // Another attempt does not take its place unasked.
    store.full("a1", 2);
    assert!(store.mlab(&["copy", "a1", to]).bad().contains("another attempt"));
    store.mlab(&["copy", "--replace", "a1", to]).good();
    assert!(store.mlab(&["--store", to, "verify"]).good().ends_with("whole\n"));
    assert!(there.path().join("heat_1.0/artifacts/a1/u.npz").exists());
}

#[test]
fn what_can_be_put_right_is_put_right_and_no_more() {
    let store = Store::new();
    for (id, n) in [("a1", 2), ("b2", 3), ("c3", 4)] {
        store.full(id, n);
    }
    let root = root(&store);
    assert_eq!(store.mlab(&["repair"]).good(), "nothing to repair\n");
    std::fs::write(root.join("artifacts/a1/_manifest.json"), "{\"artifacts\": []}").unwrap();
    std::fs::write(root.join("artifacts/a1/extra.bin"), "extra").unwrap();
    std::fs::remove_file(root.join("artifacts/b2/setup.json")).unwrap();
    std::fs::write(root.join("runs/c3.json"), "").unwrap();
    std::fs::write(root.join("results/a1/loss.json"), "{\"data\": [").unwrap();
    std::fs::write(root.join("_meta.json"), "").unwrap();
    for (path, is_old) in [("runs/.x.json.tmp.0a-0-1", true), ("runs/.y.json.tmp.0a-0-1", false)] {
        std::fs::write(root.join(path), "").unwrap();
        if is_old {
            age(&root.join(path));
        }
    }
    let before = store.mlab(&["repair"]).good();
    assert!(before.contains("--yes makes them") && root.join("runs/c3.json").exists(), "{before}");
    // Which experiment it is has to be known first.
    assert!(store.mlab(&["repair", "--yes"]).good().contains("then repair again"));
    assert!(root.join("runs/c3.json").exists());
    store.mlab(&["repair", "--yes"]).good();
    assert_eq!(store.mlab(&["repair", "--yes"]).good(), "nothing to repair\n");
    assert!(
        root.join("runs/.c3.json.damaged-1").exists()
            && root.join("results/a1/.loss.json.damaged-1").exists()
    );
    assert!(!root.join("runs/.x.json.tmp.0a-0-1").exists() && root.join("runs/.y.json.tmp.0a-0-1").exists());
    let read = metalab::read::Store::open(store.path().to_str().unwrap()).unwrap();
    let artifacts = |id: &str| -> Vec<String> {
        let run = read.run(Some("heat:1.0"), id).unwrap();
        run.artifacts().unwrap().into_iter().map(|one| one.name).collect()
    };
    assert_eq!(
        (artifacts("a1"), artifacts("b2")),
        (vec!["extra".to_owned(), "setup".into(), "u".into()], vec!["u".to_owned()],)
    );
    let warnings = read.run(None, "b2").unwrap().warnings().to_vec();
    assert!(warnings.iter().any(|one| one.str_at("message").unwrap().contains("setup is gone")));
    let ended = store.mlab(&["verify", "--json"]);
    let found = findings(&ended);
    assert!(found.iter().all(|(kind, what)| kind == "left over" && !what.contains("repair")), "{found:?}");
}

/// Not a test: a process that opens a run, says so, and waits to be killed.
#[test]
fn a_child_that_holds_a_run() {
    let Some(place) = std::env::var_os("METALAB_TEST_CHILD") else { return };
    let store = Store::at(Path::new(&place));
    let run = store.open("heat:1.0", "dead1", 2);
    run.log(metalab::Level::Info, "alive").unwrap();
    std::fs::write(Path::new(&place).join("ready"), "").unwrap();
    loop {
        std::thread::park();
    }
}

#[test]
fn a_run_whose_process_died_is_recovered_and_said_to_be() {
    let store = Store::new();
    let goes_on = store.open("heat:1.0", "live1", 3);
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["a_child_that_holds_a_run", "--exact"])
        .env("METALAB_TEST_CHILD", store.path())
        .spawn()
        .unwrap();
    let begun = SystemTime::now();
    while !store.path().join("ready").exists() {
        assert!(begun.elapsed().unwrap() < Duration::from_secs(60) && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(store.mlab(&["recover"]).good().contains("dead1 heat:1.0: goes on"));
    child.kill().unwrap();
    child.wait().unwrap();
    let said = store.mlab(&["verify"]).good();
    assert!(said.contains("a process that is dead; `mlab recover`"), "{said}");
    let said = store.mlab(&["prune", "params.n < 9", "--yes"]).good();
    assert!(said.contains("`mlab recover` first") && said.contains("0 runs removed"), "{said}");
    let said = store.mlab(&["recover"]).good();
    assert!(
        said.contains("dead1 heat:1.0: recovered as failed: ") && said.contains("live1 heat:1.0: goes on"),
        "{said}"
    );
    assert!(said.ends_with("1 runs recovered\n"), "{said}");
    let json = store.mlab(&["recover", "--host", "gone", "--job", "7", "--json"]).json();
    assert_eq!((json["recovered"].as_u64(), json["runs"][0]["status"].as_str()), (Some(0), Some("running")));
    assert!(store.mlab(&["recover", "--host", ""]).bad().contains("the host has no name"));
    goes_on.finish().unwrap();
    store.mlab(&["prune", "status = failed", "--yes"]).good();
    assert!(store.mlab(&["verify"]).good().ends_with("whole\n"));
}
