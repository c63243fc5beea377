//! Hosts that close our descriptors, run out of disk, of memory or of time, trap arithmetic, cancel
//! threads, and machines that lose their power: the host lives, and the store can be read.
//! tests/c/host.c has the hosts.

#![cfg(target_os = "linux")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Ran, artifact, c_compilers, command, compile, files, json, library, root, run, skip};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A host's store after it has run a case.
struct Store {
    directory: TempDir,
}

impl Store {
    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join("host_1").join(path)
    }

    fn record(&self) -> Value {
        json(&self.path("runs/run.json"))
    }

    fn points(&self, name: &str) -> usize {
        json(&self.path(&format!("results/run/{name}.json")))["data"].as_array().unwrap().len()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("logs/run_run.log")).unwrap()
    }
}

/// Runs a case, which has to go well and to say nothing.
fn case(case: &str) -> Option<Store> {
    let compiler = c_compilers().first().copied()?;
    let program = compile(compiler, "host");
    let directory = tempfile::tempdir().unwrap();
    let mut command = command(program);
    command.arg(case).arg(directory.path()).current_dir(directory.path());
    let ran = run(&mut command).succeeded();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{case}");
    Some(Store { directory })
}

#[test]
fn a_host_that_closes_all_descriptors_keeps_its_files_and_its_run() {
    let Some(store) = case("closes") else { return };
    let record = store.record();
    assert_eq!(record["status"], "success");
    assert_eq!(store.points("s"), 200_000);
    assert!(record["warnings"].to_string().contains("has closed files of the capture"), "{record}");
    assert!(store.log().contains("line before") && store.log().contains("line after"));
    assert_eq!(artifact(&record, "stream")["size_bytes"], 12);
}

#[test]
fn what_a_host_prints_that_closes_all_descriptors_lands_in_no_file_of_its_own() {
    let Some(store) = case("closes_printing") else { return };
    let log = |store: &Store| std::fs::read_to_string(store.path("logs/run_stdout.log")).unwrap();
    let printed = "printed 0\nprinted 1\nprinted 2\nprinted last\n";
    assert_eq!(log(&store), printed);
    // Where it went before is gone for good.
    assert!(store.record()["warnings"].to_string().contains("reached the run only"), "{}", store.record());

    // Here another standard stream leads there.
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("printed");
    let file = std::fs::File::create(&path).unwrap();
    let mut command = command(compile(c_compilers()[0], "host"));
    command.arg("closes_printing").arg(directory.path()).current_dir(directory.path());
    assert!(command.stdout(file.try_clone().unwrap()).stderr(file).status().unwrap().success());
    assert_eq!(std::fs::read_to_string(path).unwrap(), format!("{printed}after\n"));
    let store = Store { directory };
    assert_eq!(log(&store), printed);
    assert_eq!(store.record()["warnings"], json!([]));
}

/// Output that nobody reads, and a thread that stands in printf: the end is bounded nevertheless.
#[test]
fn the_end_of_a_capture_does_not_wait_for_a_thread_that_prints() {
    case("unread");
}

#[test]
fn a_file_at_the_hosts_limit_is_an_error_and_no_signal() {
    for name in ["limited", "limited_handled"] {
        let Some(store) = case(name) else { return };
        let record = store.record();
        assert_eq!(record["warnings"][0]["message"], "capture incomplete", "{record}");
    }
}

#[test]
fn a_thread_that_is_cancelled_ends_between_calls() {
    let Some(store) = case("cancelled") else { return };
    let record = store.record();
    assert_eq!((&record["status"], &record["metrics"]["m"]), (&json!("success"), &json!(1.0)));
    assert_eq!(artifact(&record, "stream")["size_bytes"], 200 << 16);
}

#[test]
fn traps_of_the_host_are_its_own() {
    let Some(store) = case("traps") else { return };
    assert_eq!(store.record()["status"], "success");
    // NaN is no JSON for everybody.
    let entry = std::fs::read_to_string(store.path("results/run/s.json")).unwrap();
    assert_eq!((entry.matches("NaN").count(), entry.matches("1e+308").count()), (3, 6));
}

#[test]
fn a_host_without_memory_fails_by_itself() {
    let Some(store) = case("no_memory") else { return };
    let record = store.record();
    assert_eq!((&record["status"], &record["metrics"]["before"]), (&json!("failed"), &json!(1.0)));
    assert!(store.log().contains("out of memory"));
}

#[test]
fn the_names_of_the_hosts_time_zone_stay() {
    case("zone");
}

/// Some functions of the system write what the whole process reads: the names of the time zone, the
/// environment, the locale, or a buffer that they return. No thread of ours may call one.
#[test]
fn no_function_is_called_that_changes_what_the_host_reads() {
    let nm =
        run(command("nm").args(["-D", "--undefined-only"]).arg(library().join("libmetalab.so"))).succeeded();
    let called: Vec<&str> =
        nm.stdout.split_whitespace().map(|symbol| symbol.split('@').next().unwrap()).collect();
    assert!(called.contains(&"write"), "{called:?}");
    for shared in [
        "asctime",
        "clearenv",
        "ctime",
        "ctime_r",
        "fesetenv",
        "getgrgid",
        "getgrnam",
        "gethostbyname",
        "getlogin",
        "getopt",
        "getpwnam",
        "getpwuid",
        "gmtime",
        "localtime",
        "localtime_r",
        "mktime",
        "putenv",
        "rand",
        "random",
        "setenv",
        "setlocale",
        "srand",
        "strerror",
        "strftime",
        "strtok",
        "timelocal",
        "ttyname",
        "tzset",
        "umask",
        "unsetenv",
    ] {
        assert!(!called.contains(&shared), "{shared}");
    }
}

#[test]
fn a_run_that_can_have_no_thread_is_what_it_was() {
    let Some(store) = case("no_thread") else { return };
    let record = store.record();
    assert_eq!((&record["status"], &record["metrics"]["before"]), (&json!("success"), &json!(1.0)));
    assert_eq!(store.points("s"), 10);
    assert!(!store.path(".journal").exists());
}

#[test]
fn a_plugin_with_a_static_copy_can_be_unloaded() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let place = tempfile::tempdir().unwrap();
    let built = |arguments: &[&str], out: &str, after: &[String]| {
        let out = place.path().join(out);
        let output = Command::new(compiler)
            .args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-pthread"])
            .args(arguments)
            .arg("-I")
            .arg(root().join("include"))
            .arg(root().join("tests/c/plugin.c"))
            .arg("-o")
            .arg(&out)
            .args(after)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        out
    };
    let archive = library().join("libmetalab.a").to_str().unwrap().to_owned();
    let plugin = built(&["-shared", "-fPIC"], "plugin.so", &[archive, "-lm".into(), "-ldl".into()]);
    let host = built(&["-DPLUGIN_HOST"], "host", &["-ldl".into()]);
    for case in ["main", "thread", "signals"] {
        let store = tempfile::tempdir().unwrap();
        run(command(&host).arg(case).arg(&plugin).arg(store.path())).succeeded();
        assert_eq!(json(&store.path().join("host_1/runs/run.json"))["status"], "success", "{case}");
    }
}

/// A second C library, without the dynamic linker that starts it, would be a crash.
#[test]
fn a_static_program_has_no_index_and_says_so() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("static");
    let built = Command::new(compiler)
        .args(["-static", "-std=gnu99", "-Wall", "-Wextra", "-I"])
        .arg(root().join("include"))
        .args([&root().join("tests/c/static.c"), &library().join("libmetalab.a")])
        .args(["-lm", "-lpthread", "-ldl", "-o"])
        .arg(&program)
        .output()
        .unwrap();
    if !built.status.success() {
        return skip(&format!(
            "{compiler} links no static program: {}",
            String::from_utf8_lossy(&built.stderr)
        ));
    }
    let root = place.path().join("store");
    let locator = format!("postgresql://u@somehost.invalid/d?file_root={}", root.display());
    let ran = run(command(&program).env("METALAB_STORE", locator)).succeeded();
    assert!(ran.stdout.contains("not available in a static program"), "{}", ran.stdout);
    assert_eq!(json(&root.join("static_1/runs/run.json"))["metrics"]["m"], 1.0);
}

/// Returns true if a disk of that kind can be made in a file and mounted, in a namespace of its own.
fn can_mount(kind: &str) -> bool {
    let place = tempfile::tempdir().unwrap();
    let script = format!("{}; mount -o loop disk mount", make_disk(kind));
    std::fs::create_dir(place.path().join("mount")).unwrap();
    let tried = Command::new("unshare").args(["-m", "sh", "-ec", &script]).current_dir(place.path()).output();
    let can = tried.is_ok_and(|output| output.status.success());
    if !can {
        skip(&format!("a disk with {kind} can't be made and mounted"));
    }
    can
}

fn make_disk(kind: &str) -> String {
    format!("truncate -s 160M disk; mkfs.{kind} -q disk >/dev/null 2>&1")
}

/// Runs `script` in a namespace where a disk of that kind is made as `disk` and mounted at `mount`; what
/// is on it in the end is in `after`. `$0` is the host.
fn on_disk(kind: &str, script: &str) -> Option<(TempDir, Ran)> {
    let compiler = c_compilers().first().copied()?;
    if !can_mount(kind) {
        return None;
    }
    let program = compile(compiler, "host");
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir(place.path().join("mount")).unwrap();
    let all = format!("{}; mount -o loop disk mount; {script}; cp -a mount after", make_disk(kind));
    let mut shell = command("unshare");
    shell.args(["-m", "sh", "-ec", &all]).arg(program).current_dir(place.path());
    let ran = run(shell.env("DISK", "mount")).succeeded();
    Some((place, ran))
}

#[test]
fn a_full_disk_that_copies_on_write_is_an_error_and_no_signal() {
    let Some((place, _)) = on_disk("btrfs", "\"$0\" fills \"$PWD/mount\"") else { return };
    let record = json(&place.path().join("after/host_1/runs/run.json"));
    assert_eq!(record["status"], "success");
}

#[test]
fn a_power_cut_leaves_a_store_that_opens() {
    for phase in 0..4 {
        let script = format!(
            "\"$0\" power{phase} \"$PWD/mount\" || true; umount -l mount; sleep 0.2; mount -o loop disk mount; \
             \"$0\" again \"$PWD/mount\""
        );
        let Some((place, ran)) = on_disk("ext4", &script) else { return };
        assert_eq!(ran.stderr.replace("Killed\n", ""), "", "phase {phase}");
        let root = place.path().join("after/host_1");
        assert_eq!(json(&root.join("runs/again.json"))["status"], "success");
        // Every file that readers look for is whole.
        for (path, bytes) in files(&root) {
            let is_read = path.ends_with(".json") && !path.rsplit('/').next().unwrap().starts_with('.');
            assert!(!is_read || serde_json::from_slice::<Value>(&bytes).is_ok(), "phase {phase}: {path}");
        }
        if phase == 0 {
            continue;
        }
        assert!(ran.stdout.contains("durable"));
        let record = json(&root.join("runs/run.json"));
        assert_ne!(record["status"], "running", "phase {phase}");
        assert_eq!(std::fs::read(root.join("artifacts/run/a.txt")).unwrap(), b"abc");
        assert_eq!(json(&root.join("results/run/d.json"))["data"], json!([1]));
        assert!(json(&root.join("results/run/s.json"))["data"].as_array().unwrap().len() >= 1000);
        let log = std::fs::read_to_string(root.join("logs/run_run.log")).unwrap();
        assert_eq!(log.matches("] durable\n").count(), 1, "phase {phase}: {log}");
    }
}

/// Cuts every file below `directory` of which the name has `what`.
fn cut(directory: &Path, what: &str) {
    for path in files(directory).keys().filter(|path| path.contains(what)) {
        std::fs::write(directory.join(path), "").unwrap();
    }
}

#[test]
fn what_a_power_cut_left_empty_is_set_aside_and_said() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let program = compile(compiler, "host");
    for (what, is_read) in
        [("_meta.json", true), ("runs/run.json", true), ("experiments/", true), ("_manifest.json", false)]
    {
        let store = case("run").unwrap();
        cut(&store.path(""), what);
        run(command(&program).arg("run").arg(store.directory.path())).succeeded();
        let names = files(&store.path(""));
        let damaged: Vec<&String> = names.keys().filter(|path| path.contains(".damaged-1")).collect();
        assert_eq!(damaged.len(), usize::from(is_read), "{what}: {damaged:?}");
        let record = store.record();
        assert_eq!(record["metrics"]["again"], 1.0);
        for damaged in damaged {
            assert!(damaged.rsplit('/').next().unwrap().starts_with('.'));
            assert!(record["warnings"].to_string().contains("power cut"), "{what}: {record}");
            assert!(store.log().contains("power cut"), "{what}");
        }
    }
}
