//! `mlab run`: a program that is run unchanged becomes a run of the store.

mod common;

use std::io::{Read as _, Write as _};
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use common::{Ended, Store};
use metalab::read;

/// Nothing here takes long; what does has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// `mlab run` of a line of the shell, in a directory of its own.
fn line(store: &Store, options: &[&str], script: &str) -> Command {
    let mut command = mlab(store, options);
    command.args(["--", "sh", "-c", script]);
    command
}

fn mlab(store: &Store, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlab"));
    command.arg("run").args(options).current_dir(store.path());
    command.env("METALAB_STORE", store.path().join("runs")).env_remove("NO_COLOR").stdin(Stdio::null());
    // A shell has the jobs that it starts in the background ignore it, and so would mlab.
    // SAFETY: calls `signal` alone, which a forked child may.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
    command
}

/// The only run.
fn only(store: &Store) -> read::Run {
    let store = read::Store::open(store.path().join("runs").to_str().unwrap()).unwrap();
    let runs = store.runs(&read::Query::default()).unwrap();
    assert_eq!(runs.len(), 1);
    store.newest(&read::Query::default()).unwrap().unwrap()
}

fn status(run: &read::Run) -> String {
    format!("{:?}", run.status()).to_lowercase()
}

fn log(run: &read::Run, name: &str) -> String {
    String::from_utf8(run.log(name, 0, 1 << 24).unwrap()).unwrap()
}

fn metric(run: &read::Run, name: &str) -> f64 {
    let metric = run.metric(name).unwrap_or_else(|| panic!("no metric {name}: {:?}", run.metrics()));
    metric.to_compact().parse().unwrap()
}

fn steps(run: &read::Run, name: &str) -> Vec<i64> {
    run.series(name).unwrap().unwrap_or_else(|| panic!("no series {name}")).steps.clone()
}

/// Waits until `is_so`.
#[track_caller]
fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[track_caller]
fn ended(child: &mut Child) -> ExitStatus {
    let mut status = None;
    wait("the end of mlab", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}

/// Reads until `wanted` has come.
#[track_caller]
fn read_until(from: &mut (impl std::io::Read + std::os::fd::AsRawFd), wanted: &str) -> String {
    let (mut text, mut piece) = (Vec::new(), [0; 1024]);
    while !String::from_utf8_lossy(&text).contains(wanted) {
        let mut waiting = libc::pollfd { fd: from.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: a structure of this function.
        let ready = unsafe { libc::poll(&raw mut waiting, 1, PATIENCE.as_millis() as libc::c_int) };
        assert!(ready > 0, "{wanted:?} does not come: {:?}", String::from_utf8_lossy(&text));
        let size = from.read(&mut piece).unwrap_or(0);
        assert!(size > 0, "{wanted:?} never came: {:?}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&piece[..size]);
    }
    String::from_utf8(text).unwrap()
}

#[test]
fn what_is_printed_passes_through_and_is_logged() {
    let store = Store::new();
    let script = r"printf 'one\ntwo\n'; printf 'half \351'; echo bad >&2";
    let output = line(&store, &[], script).output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"one\ntwo\nhalf \xe9");
    assert_eq!(output.stderr, b"bad\n");
    let run = only(&store);
    assert_eq!(status(&run), "success");
    assert_eq!(log(&run, "stdout"), "one\ntwo\nhalf \\xe9\n");
    assert_eq!(log(&run, "stderr"), "bad\n");
    assert_eq!(run.experiment_id(), "sh:1.0");
    assert!(metric(&run, "process.wall_seconds") > 0.0 && metric(&run, "process.peak_resident_bytes") > 1e5);
}

#[test]
fn the_exit_status_is_the_programs() {
    let store = Store::new();
    let output = Ended::of(&mut line(&store, &[], "exit 3"));
    assert_eq!((output.status, output.out.as_str(), output.err.as_str()), (3, "", ""));
    let run = only(&store);
    assert_eq!(status(&run), "failed");
    assert!(run.error().unwrap().to_compact().contains("exit status 3"));
    assert_eq!(metric(&run, "process.exit_status"), 3.0);
}

#[test]
fn a_signal_that_kills_the_program_is_named() {
    let store = Store::new();
    assert_eq!(Ended::of(&mut line(&store, &[], "kill -SEGV $$")).status, 128 + libc::SIGSEGV);
    let run = only(&store);
    assert_eq!(status(&run), "failed");
    assert!(run.error().unwrap().to_compact().contains("killed by SIGSEGV"));
}

#[test]
fn a_program_that_is_not_there_makes_no_run() {
    let store = Store::new();
    let ended = Ended::of(mlab(&store, &[]).args(["--", "./no-such-solver"]));
    assert_eq!(ended.status, 127);
    assert!(ended.err.contains("cannot start ./no-such-solver: there is no such program"), "{}", ended.err);
    std::fs::write(store.path().join("data"), "").unwrap();
    assert_eq!(Ended::of(mlab(&store, &[]).args(["--", "./data"])).status, 126);
    assert!(!store.path().join("runs").exists());
}

#[test]
fn signals_pass_through_and_cancel_the_run() {
    for (signal, script, code) in [
        (libc::SIGTERM, "trap 'echo stopping; exit 7' TERM; echo ready; while :; do sleep 0.05; done", 7),
        (libc::SIGINT, "echo ready; exec sleep 1000", 128 + libc::SIGINT),
    ] {
        let store = Store::new();
        let mut command = line(&store, &[], script);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        read_until(&mut out, "ready\n");
        // SAFETY: sends a signal to a child of this test, which was not waited for.
        unsafe { libc::kill(child.id() as libc::pid_t, signal) };
        assert_eq!(ended(&mut child).code(), Some(code));
        let run = only(&store);
        assert_eq!(status(&run), "cancelled");
        assert!(log(&run, "stdout").starts_with("ready\n"));
    }
}

#[test]
fn other_signals_pass_through_and_end_nothing() {
    let store = Store::new();
    let script = "trap 'echo usr1; exit 0' USR1; echo ready; while :; do sleep 0.05; done";
    let mut child = line(&store, &[], script).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    read_until(&mut out, "ready\n");
    // SAFETY: sends a signal to a child of this test, which was not waited for.
    unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGUSR1) };
    read_until(&mut out, "usr1\n");
    assert!(ended(&mut child).success());
    assert!(log(&only(&store), "stdout").contains("usr1"));
    assert_eq!(status(&only(&store)), "success");
}

#[test]
fn a_signal_to_the_whole_group_comes_once() {
    let store = Store::new();
    let script = "n=0; trap 'n=$((n+1))' USR1; echo ready; while [ $n = 0 ]; do sleep 0.05; done; sleep 0.2; echo count $n";
    let mut command = line(&store, &[], script);
    let mut child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    read_until(&mut out, "ready\n");
    // SAFETY: sends a signal to the group of a child of this test, which was not waited for.
    unsafe { libc::kill(-(child.id() as libc::pid_t), libc::SIGUSR1) };
    assert_eq!(read_until(&mut out, "\n"), "count 1\n");
    assert!(ended(&mut child).success());
}

#[test]
fn the_program_outlives_an_mlab_that_is_killed() {
    let store = Store::new();
    let script = "echo before; read x; echo after $x; echo late >&2";
    let mut command = line(&store, &[], script);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    read_until(&mut out, "before\n");
    let is_logged = || {
        let found = std::fs::read_dir(store.path().join("runs/sh_1.0/logs")).into_iter().flatten().flatten();
        let mut logs = found.filter(|entry| entry.file_name().to_string_lossy().ends_with("_stdout.log"));
        logs.any(|entry| std::fs::read(entry.path()).is_ok_and(|text| text == b"before\n"))
    };
    wait("the line in the log", is_logged);
    child.kill().unwrap();
    assert_eq!(ended(&mut child).signal(), Some(libc::SIGKILL));
    assert_eq!(format!("{:?}", only(&store).status()).to_lowercase(), "dead");
    child.stdin.take().unwrap().write_all(b"it\n").unwrap();
    let (mut rest, mut errors) = (String::new(), String::new());
    out.read_to_string(&mut rest).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!((rest.as_str(), errors.as_str()), ("after it\n", "late\n"));
    metalab::recover(store.path().join("runs").to_str(), None, None).unwrap();
    assert_eq!(status(&only(&store)), "failed");
    assert_eq!(log(&only(&store), "stdout"), "before\n");
}

#[test]
fn processes_that_outlive_the_program_still_print() {
    let store = Store::new();
    let script = "{ read x; echo behind $x; } <&3 & echo over";
    let fifo = store.path().join("fifo");
    let path = std::ffi::CString::new(fifo.to_str().unwrap()).unwrap();
    // SAFETY: a path of this test.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    let mut command = line(&store, &[], &format!("exec 3<>fifo; {script}"));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    read_until(&mut out, "over\n");
    assert!(ended(&mut child).success());
    std::fs::OpenOptions::new().write(true).open(fifo).unwrap().write_all(b"it\n").unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "behind it\n");
    let run = only(&store);
    assert_eq!((status(&run).as_str(), run.warnings().len()), ("success", 1));
    assert_eq!(log(&run, "stdout"), "over\n");
}

#[test]
fn a_reader_that_goes_ends_the_program_as_without_us() {
    let store = Store::new();
    let mut child = line(&store, &[], "while echo y; do :; done").stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    read_until(&mut out, "y\n");
    drop(out);
    assert_eq!(ended(&mut child).code(), Some(128 + libc::SIGPIPE));
    assert!(only(&store).error().unwrap().to_compact().contains("SIGPIPE"));
}

#[test]
fn a_program_on_a_full_disk_goes_on_and_is_logged() {
    let store = Store::new();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    // More than a pipe has room for.
    let script = "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo over; echo over >&2";
    let mut child = line(&store, &[], script).stdout(full()).stderr(full()).spawn().unwrap();
    assert!(ended(&mut child).success());
    let run = only(&store);
    assert_eq!(status(&run), "success");
    assert!(log(&run, "stdout").ends_with("x\nover\n"));
    assert_eq!(log(&run, "stderr"), "over\n");
}

#[test]
fn signals_that_were_ignored_before_stay_so() {
    let store = Store::new();
    let script = "echo ready; read x; echo got $x";
    let mut command = line(&store, &[], script);
    // SAFETY: calls `signal` alone, which a forked child may.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGHUP, libc::SIG_IGN);
            Ok(())
        });
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    read_until(&mut out, "ready\n");
    // SAFETY: sends a signal to a child of this test, which was not waited for.
    unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGHUP) };
    child.stdin.take().unwrap().write_all(b"it\n").unwrap();
    read_until(&mut out, "got it\n");
    assert!(ended(&mut child).success());
    assert_eq!(status(&only(&store)), "success");
}

#[test]
fn ends_are_noticed_where_they_were_to_be_ignored() {
    let store = Store::new();
    let mut command = mlab(&store, &[]);
    // The program has the signal ignored as it would without us.
    command.args(["--", "grep", "SigIgn", "/proc/self/status"]);
    // SAFETY: calls `signal` alone, which a forked child may.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGCHLD, libc::SIG_IGN);
            Ok(())
        });
    }
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    assert!(ended(&mut child).success());
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    let ignored = u64::from_str_radix(text.trim_start_matches("SigIgn:").trim(), 16).unwrap();
    assert_ne!(ignored & 1 << (libc::SIGCHLD - 1), 0, "{text}");
}

#[test]
fn a_signal_before_the_program_is_started_starts_nothing() {
    let store = Store::new();
    let mut command = line(&store, &[], "echo started > started");
    // SAFETY: system calls on memory of this function, which a forked child may make.
    unsafe {
        command.pre_exec(|| {
            // It waits until mlab asks for it.
            let mut blocked = std::mem::zeroed();
            libc::sigemptyset(&raw mut blocked);
            libc::sigaddset(&raw mut blocked, libc::SIGTERM);
            libc::sigprocmask(libc::SIG_BLOCK, &raw const blocked, std::ptr::null_mut());
            libc::raise(libc::SIGTERM);
            Ok(())
        });
    }
    assert_eq!(ended(&mut command.spawn().unwrap()).code(), Some(128 + libc::SIGTERM));
    assert!(!store.path().join("started").exists());
    assert_eq!(status(&only(&store)), "cancelled");
}

#[test]
fn a_home_that_no_shell_has_replaced_is_the_programs_too() {
    let store = Store::new();
    let mut command = line(&store, &["--store=~/there"], "echo $METALAB_STORE");
    let ended = Ended::of(command.env("HOME", store.path()).env_remove("METALAB_STORE"));
    assert_eq!(ended.good(), format!("{}\n", store.path().join("there").display()));
    assert!(store.path().join("there").is_dir() && !store.path().join("~").exists());
}

#[test]
fn processes_that_print_for_ever_do_not_hold_up_the_end() {
    let store = Store::new();
    let mut command = line(&store, &[], "yes $(printf %01000d 0) & read x");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let (mut piece, mut status) = (vec![0; 1 << 16], None);
    // It prints by now.
    assert!(out.read(&mut piece).unwrap() > 0);
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    wait("the end of mlab", || {
        // There is always something to read.
        assert!(out.read(&mut piece).unwrap() > 0);
        status = child.try_wait().unwrap();
        status.is_some()
    });
    // The other process ends when nobody takes what it prints.
    drop(out);
    assert!(status.unwrap().success());
    let run = only(&store);
    assert_eq!((self::status(&run).as_str(), run.warnings().len()), ("success", 1));
}

#[test]
fn much_output_is_whole_and_in_order() {
    let store = Store::new();
    let script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done";
    let output = line(&store, &[], script).output().unwrap();
    let expected: String = (0..20_000).map(|i| format!("line {i}\n")).collect();
    assert!(output.stdout == expected.as_bytes());
    assert!(log(&only(&store), "stdout") == expected);
}

#[test]
fn the_command_line_and_inputs_are_parameters() {
    let store = Store::new();
    std::fs::write(store.path().join("heat.toml"), "cells = 5\n[grid]\nn = 128\n").unwrap();
    std::fs::write(store.path().join("solver"), "#!/bin/sh\nexit 0\n").unwrap();
    let solver = store.path().join("solver");
    std::fs::set_permissions(&solver, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let options =
        ["--input", "heat.toml", "--param", "mode=fast", "-e", "heat:2.1", "--tag", "a", "--note", "hi"];
    let mut command = mlab(&store, &options);
    command.args(["--env", "WANTED", "--", "./solver", "--cells", "64", "tol=1e-3"]).env("WANTED", "yes");
    assert_eq!(Ended::of(&mut command).good(), "");
    let run = only(&store);
    assert_eq!(run.params().to_compact(), r#"{"cells":64,"grid":{"n":128},"mode":"fast","tol":0.001}"#);
    assert_eq!((run.experiment_id(), run.tags(), run.notes()), ("heat:2.1", vec!["a"], Some("hi")));
    let input = run.artifact("heat.toml").unwrap().unwrap();
    let text = std::fs::read_to_string(&input.path).unwrap();
    assert!(text.contains("sha256") && text.contains("\"size_bytes\": 25"), "{text}");
    let provenance = run.provenance().to_compact();
    assert!(provenance.contains(r#""environment":{"WANTED":"yes"}"#), "{provenance}");
    assert!(provenance.contains(r#""command":["./solver","--cells","64","tol=1e-3"]"#), "{provenance}");
    assert!(provenance.contains(&format!(r#""executable":"{}""#, solver.display())), "{provenance}");
}

#[test]
fn files_that_were_written_become_artifacts() {
    let store = Store::new();
    std::fs::create_dir(store.path().join("out")).unwrap();
    for file in ["out/old.vtk", "out/changed.vtk"] {
        std::fs::write(store.path().join(file), "before").unwrap();
    }
    let script = "echo new > out/new.vtk; echo more >> out/changed.vtk; echo no > out/other.txt";
    assert_eq!(Ended::of(&mut line(&store, &["--artifact", "out/*.vtk"], script)).good(), "");
    let artifacts = only(&store).artifacts().unwrap();
    let mut names: Vec<&str> = artifacts.iter().map(|artifact| artifact.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["out/changed.vtk", "out/new.vtk"]);
}

#[test]
fn directories_that_were_written_become_artifacts() {
    let store = Store::new();
    for directory in ["old", "changed", "grown/deep"] {
        std::fs::create_dir_all(store.path().join(directory)).unwrap();
        std::fs::write(store.path().join(directory).join("u"), "before").unwrap();
    }
    let script = "mkdir -p new/deep; echo 1 > new/deep/u; echo more >> changed/u; echo 2 > grown/deep/v";
    let options = ["--artifact", "old", "--artifact", "new/", "--artifact", "*nge*", "--artifact", "grown"];
    assert_eq!(Ended::of(&mut line(&store, &options, script)).good(), "");
    let run = only(&store);
    let mut names: Vec<String> = run.artifacts().unwrap().into_iter().map(|artifact| artifact.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["changed", "changed.tar", "grown", "grown.tar", "new", "new.tar"]);
    let list = run.artifact("new").unwrap().unwrap();
    let list = std::fs::read_to_string(&list.path).unwrap();
    assert!(list.contains(r#""deep/u""#), "{list}");
    assert_eq!(run.artifact("new.tar").unwrap().unwrap().format, "tar");
}

/// A pattern that fits files of a directory is one for files: they do not become an archive as well.
#[test]
fn a_directory_is_no_artifact_where_its_files_or_what_it_is_in_are() {
    let script = "mkdir -p out/a; echo 1 > out/a/u; echo 1 > out/v";
    for (patterns, wanted) in [
        (["--artifact", "out/**/*", "--artifact", "out"], ["out/a/u", "out/v"]),
        (["--artifact", "out/a", "--artifact", "out"], ["out", "out.tar"]),
    ] {
        let store = Store::new();
        assert_eq!(Ended::of(&mut line(&store, &patterns, script)).good(), "");
        let mut names: Vec<String> =
            only(&store).artifacts().unwrap().into_iter().map(|artifact| artifact.name).collect();
        names.sort_unstable();
        assert_eq!(names, wanted, "{patterns:?}");
    }
}

#[test]
fn output_becomes_series_and_metrics() {
    let store = Store::new();
    let script = "echo Step Temp; echo 1 2.5; echo 2 3.5; echo it 7 res 1e-3; echo total 12";
    let options =
        ["--rule", r"^it (?<step>\d+) res (?<residual>\S+)", "--rule", r"metric:^total (?<total>\d+)"];
    line(&store, &options, script).output().unwrap();
    let run = only(&store);
    assert_eq!((steps(&run, "Temp"), steps(&run, "residual")), (vec![1, 2], vec![7]));
    assert_eq!(metric(&run, "total"), 12.0);
}

#[test]
fn a_file_that_the_program_writes_is_read_too() {
    let store = Store::new();
    std::fs::write(store.path().join("md.log"), "Step E\n1 2.0\n2 3.0\n").unwrap();
    // The last line of a file may have no end.
    let script = "printf 'Step E\\n10 2.0\\n20 3.0' > new.log; printf 'Step F\\n5 1\\n6 1\\n' >> md.log";
    line(&store, &["--follow", "new.log", "--follow", "md.log"], script).output().unwrap();
    let run = only(&store);
    assert_eq!((steps(&run, "E"), steps(&run, "F")), (vec![10, 20], vec![5, 6]));
}

#[test]
fn what_the_program_uses_is_sampled() {
    let store = Store::new();
    // Two processes compute until both have been seen.
    let script = "sh -c 'while [ ! -e over ]; do :; done' & while [ ! -e over ]; do :; done; wait";
    let mut child = line(&store, &["--sample", "10ms"], script).spawn().unwrap();
    // The store is read while the run goes on.
    let is_sampled = || {
        let Ok(store) = read::Store::open(store.path().join("runs").to_str().unwrap()) else { return false };
        let Ok(Some(run)) = store.newest(&read::Query::default()) else { return false };
        let values = |name: &str| run.series(name).ok().flatten().map(|series| series.values);
        let processes = values("process.processes").map(|values| format!("{values:?}"));
        processes.is_some_and(|processes| processes.contains('2'))
            && matches!(values("process.cpu_percent"), Some(read::Values::Float(values)) if values.len() > 2)
    };
    wait("samples", is_sampled);
    std::fs::write(store.path().join("over"), "").unwrap();
    assert!(ended(&mut child).success());
    let run = only(&store);
    assert!(steps(&run, "process.resident_bytes").len() > 2);
    let used = metric(&run, "process.user_seconds") + metric(&run, "process.system_seconds");
    assert!(used > 0.0, "{used}");
}

#[test]
fn without_a_store_the_program_runs() {
    let store = Store::new();
    let nowhere = |options: &[&str]| {
        let mut command = line(&store, options, "echo out; exit 5");
        Ended::of(command.env("METALAB_STORE", "/proc/nowhere"))
    };
    let ended = nowhere(&[]);
    assert_eq!((ended.status, ended.out.as_str(), ended.err.lines().count()), (5, "out\n", 1));
    assert!(ended.err.starts_with("mlab: not captured: "), "{}", ended.err);
    let ended = nowhere(&["--require"]);
    assert_eq!((ended.status, ended.out.as_str()), (2, ""));
}

#[test]
fn each_call_is_a_run_unless_it_is_to_be_skipped() {
    let store = Store::new();
    let call = |options: &[&str]| Ended::of(&mut line(&store, options, "echo out"));
    let count = || {
        let store = read::Store::open(store.path().join("runs").to_str().unwrap()).unwrap();
        store.runs(&read::Query::default()).unwrap().len()
    };
    for _ in 0..2 {
        assert_eq!(call(&[]).good(), "out\n");
    }
    assert_eq!(count(), 2);
    assert_eq!(call(&["--if-success", "skip"]).good(), "out\n");
    let skipped = call(&["--if-success", "skip"]);
    assert_eq!((skipped.status, skipped.out.as_str(), count()), (0, "", 3));
    assert!(skipped.err.contains("has already succeeded"), "{}", skipped.err);
    let refused = call(&["--if-success", "refuse", "--require"]);
    assert_eq!((refused.status, refused.out.as_str()), (2, ""));
}

#[test]
fn wrong_options_start_nothing() {
    let store = Store::new();
    for (options, problem) in [
        (["--artifact", "a[", "-q"], "is no pattern"),
        (["--param", "n", "-q"], "no NAME=VALUE"),
        (["--input", "missing.nml", "-q"], "missing.nml can't be read"),
        (["--rule", "(", "-q"], "can't be used"),
        (["--rule", "a", "-q"], "names no group"),
        (["--rules", "nothing", "-q"], "there are no rules nothing"),
        (["--sample", "1ms", "-q"], "10 ms"),
    ] {
        let ended = Ended::of(&mut line(&store, &options, "echo started"));
        assert!(ended.err.contains(problem), "{options:?}: {}", ended.err);
        assert_eq!((ended.status, ended.out.as_str()), (2, ""));
    }
    assert!(!store.path().join("runs").exists());
}

/// The program of the test below.
#[test]
fn program_that_captures() {
    if std::env::var_os("MLAB_TEST_PROGRAM").is_none() {
        return;
    }
    let mut options = metalab::Options::new();
    options.experiment("its-own:3").unwrap();
    let metalab::Opened::Capture(run) = metalab::Capture::open(&options).unwrap() else { panic!() };
    run.metric("own", 5i64).unwrap();
    run.metric_step("loss", 3, 0.5).unwrap();
    run.log(metalab::Level::Info, "from the program").unwrap();
    run.finish().unwrap();
}

#[test]
fn a_program_that_uses_the_library_joins_the_run() {
    let store = Store::new();
    let mut command = mlab(&store, &["-e", "outer:1"]);
    command.arg("--").arg(std::env::current_exe().unwrap()).args(["--exact", "program_that_captures"]);
    let ended = Ended::of(command.env("MLAB_TEST_PROGRAM", "1"));
    assert_eq!(ended.status, 0, "{}{}", ended.out, ended.err);
    let run = only(&store);
    assert_eq!((run.experiment_id(), status(&run).as_str()), ("outer:1", "success"));
    assert_eq!((metric(&run, "own"), steps(&run, "loss")), (5.0, vec![3]));
    assert!(log(&run, "stdout").contains("1 passed"));
}

/// A terminal: the end of whoever looks at it, and the other one.
fn terminal() -> (std::fs::File, OwnedFd) {
    let (mut outer, mut inner) = (-1, -1);
    let mut size = libc::winsize { ws_row: 33, ws_col: 77, ws_xpixel: 0, ws_ypixel: 0 };
    let none = std::ptr::null_mut();
    // SAFETY: the call fills the two numbers, which are nobody else's.
    unsafe {
        assert_eq!(libc::openpty(&raw mut outer, &raw mut inner, none, none.cast(), &raw mut size), 0);
        libc::fcntl(outer, libc::F_SETFD, libc::FD_CLOEXEC);
        libc::fcntl(inner, libc::F_SETFD, libc::FD_CLOEXEC);
        (std::fs::File::from_raw_fd(outer), OwnedFd::from_raw_fd(inner))
    }
}

/// `command` in a session of its own, whose terminal this is.
fn in_terminal(mut command: Command, inner: OwnedFd) -> Child {
    let stream = || Stdio::from(inner.try_clone().unwrap());
    command.stdin(stream()).stdout(stream()).stderr(stream());
    // SAFETY: two system calls, which need nothing of the parent's threads.
    unsafe {
        command.pre_exec(|| {
            libc::setsid();
            match libc::ioctl(0, libc::TIOCSCTTY, 0) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        });
    }
    command.spawn().unwrap()
}

#[test]
fn on_a_terminal_the_program_has_one() {
    let store = Store::new();
    let script = "test -t 0 && test -t 1 && test -t 2 && stty size <&1; printf '\\033[31mred\\033[0m\\n'; read x; echo got $x";
    let (mut outer, inner) = terminal();
    let mut child = in_terminal(line(&store, &[], script), inner);
    let mut text = read_until(&mut outer, "red");
    outer.write_all(b"typed\n").unwrap();
    text += &read_until(&mut outer, "captured in");
    assert!(ended(&mut child).success());
    assert!(text.contains("33 77\r\n\u{1b}[31mred\u{1b}[0m\r\n"), "{text:?}");
    assert!(text.contains("got typed\r\n") && !text.contains("\r\r"), "{text:?}");
    assert_eq!(log(&only(&store), "stdout"), "33 77\nred\ngot typed\n");
}

#[test]
fn ctrl_c_on_a_terminal_reaches_the_program_once() {
    let store = Store::new();
    let script = "n=0; trap 'n=$((n+1))' INT; echo ready; while [ $n = 0 ]; do sleep 0.05; done; sleep 0.2; echo count $n; exit 4";
    let (mut outer, inner) = terminal();
    let mut command = mlab(&store, &["-q"]);
    command.args(["--", "sh", "-c", script]);
    let mut child = in_terminal(command, inner);
    read_until(&mut outer, "ready");
    outer.write_all(b"\x03").unwrap();
    let text = read_until(&mut outer, "count ");
    assert!(!text.contains("captured"));
    assert_eq!(ended(&mut child).code(), Some(4));
    let run = only(&store);
    assert_eq!(status(&run), "cancelled");
    assert!(log(&run, "stdout").ends_with("count 1\n"));
}

#[test]
fn ctrl_z_stops_nothing_where_no_shell_would_continue_it() {
    let store = Store::new();
    let (mut outer, inner) = terminal();
    let mut child = in_terminal(line(&store, &["-q"], "echo ready; read x; echo got $x"), inner);
    read_until(&mut outer, "ready");
    outer.write_all(b"\x1a").unwrap();
    outer.write_all(b"it\n").unwrap();
    wait("the end of mlab", || {
        // SAFETY: asks about a child of this test, and fills a structure of this function.
        let is_stopped = unsafe {
            let mut found = std::mem::zeroed::<libc::siginfo_t>();
            libc::waitid(libc::P_PID, child.id(), &raw mut found, libc::WSTOPPED | libc::WNOHANG);
            found.si_pid() != 0
        };
        if is_stopped {
            child.kill().unwrap();
            panic!("it was stopped");
        }
        child.try_wait().unwrap().is_some()
    });
    assert!(ended(&mut child).success());
    assert!(log(&only(&store), "stdout").ends_with("got it\n"));
}

#[test]
fn the_size_of_the_terminal_is_followed() {
    let store = Store::new();
    let script = "trap 'stty size <&1; exit 0' WINCH; echo ready; while :; do sleep 0.05; done";
    let (mut outer, inner) = terminal();
    let mut command = mlab(&store, &["-q"]);
    command.args(["--", "sh", "-c", script]);
    let mut child = in_terminal(command, inner);
    read_until(&mut outer, "ready");
    let size = libc::winsize { ws_row: 50, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
    let number = std::os::fd::AsRawFd::as_raw_fd(&outer);
    // SAFETY: the call reads the structure.
    assert_eq!(unsafe { libc::ioctl(number, libc::TIOCSWINSZ, &raw const size) }, 0);
    read_until(&mut outer, "50 120");
    assert!(ended(&mut child).success());
}

/// A solver that is there, on a case of a second.
#[test]
fn a_real_solver_is_captured() {
    let store = Store::new();
    let is_there = |name: &str| Path::new("/usr/bin").join(name).exists();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases");
    let (mut command, name, series) = if is_there("lmp") {
        std::fs::copy(data.join("in.lj"), store.path().join("in.lj")).unwrap();
        let mut command = mlab(&store, &[]);
        command.args(["--", "lmp", "-in", "in.lj", "-log", "none"]);
        (command, "lmp:1.0", "TotEng")
    } else if is_there("ccx") {
        std::fs::copy(data.join("cube.inp"), store.path().join("cube.inp")).unwrap();
        let mut command = mlab(&store, &[]);
        command.args(["--", "ccx", "cube"]);
        (command, "ccx:1.0", "residual_force")
    } else {
        println!("neither lmp nor ccx is installed");
        return;
    };
    let ended = Ended::of(command.env("OMP_NUM_THREADS", "1"));
    assert_eq!(ended.status, 0, "{}{}", ended.out, ended.err);
    let run = only(&store);
    assert_eq!((run.experiment_id(), status(&run).as_str()), (name, "success"));
    assert!(steps(&run, series).len() > 3);
}

#[test]
fn the_processes_of_every_launcher_are_one_run() {
    for (rank, size) in [("JSM_NAMESPACE_RANK", "JSM_NAMESPACE_SIZE"), ("FLUX_TASK_RANK", "FLUX_JOB_SIZE")] {
        let store = Store::new();
        let of_rank = |number: &str, script: &str| {
            let mut command = line(&store, &["--quiet", "--experiment", "ranks:1"], script);
            command.env(rank, number).env(size, "2").spawn().unwrap()
        };
        // The same command line: a parameter that differs would make it another run.
        let script = format!("touch joined-${rank}; until [ -e joined-1 ]; do sleep 0.01; done");
        let mut both = ["0", "1"].map(|number| of_rank(number, &script));
        for child in &mut both {
            assert!(child.wait().unwrap().success(), "{rank}");
        }
        let run = only(&store);
        assert_eq!(status(&run), "success", "{rank}");
        let workers = run.provenance().get("extra").and_then(|extra| extra.get("workers")?.as_array());
        assert_eq!(workers.map(<[_]>::len), Some(1), "{rank}");
    }
}
