//! How a process ends: what its parent sees of that, and what a recovered run says. tests/c/ending.c
//! has the processes.

#![cfg(target_os = "linux")]

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use common::{
    Ran, c_compilers, command, compile, compile_against, has, json, library, root, run, skip, wait,
};
use metalab::{Capture, Opened, Options};
use serde_json::{Value, json};
use tempfile::TempDir;

const FATAL: u32 = 1;
const STOP: u32 = 2;
const INTERRUPT: u32 = 4;

/// A process that has run a case, and its store.
struct Ended {
    ran: Ran,
    store: TempDir,
}

fn run_case(program: &Path, case: &str, variables: &[(&str, String)]) -> Ended {
    let store = tempfile::tempdir().unwrap();
    let mut command = command(program);
    command.arg(case).arg(store.path()).current_dir(store.path());
    // Variables of a job that the machine is in are not the test's.
    command.env_remove("SLURM_JOB_END_TIME").envs(variables.iter().map(|(name, value)| (name, value)));
    let ran = run(&mut command);
    Ended { ran, store }
}

/// Runs a case, with the signals that the run takes.
fn case(case: &str, signals: u32, variables: &[(&str, i32)]) -> Option<Ended> {
    let compiler = c_compilers().first().copied()?;
    let mut all = vec![("SIGNALS", signals.to_string())];
    all.extend(variables.iter().map(|(name, value)| (*name, value.to_string())));
    Some(run_case(&compile(compiler, "ending"), case, &all))
}

impl Ended {
    fn path(&self, path: &str) -> PathBuf {
        self.store.path().join("ending_1").join(path)
    }

    fn record(&self, run_id: &str) -> Value {
        json(&self.path(&format!("runs/{run_id}.json")))
    }

    /// Checks the process's end: by a signal, or else an exit with this status.
    #[track_caller]
    fn died_of(&self, signal: i32) -> &Self {
        let Ran { status, stderr, .. } = &self.ran;
        assert_eq!(status.signal(), Some(signal), "{status}\n{stderr}");
        assert_eq!(stderr, "");
        self
    }

    #[track_caller]
    fn exited_with(&self, code: i32) -> &Self {
        let Ran { status, stderr, .. } = &self.ran;
        assert_eq!(status.code(), Some(code), "{status}\n{stderr}");
        assert_eq!(stderr, "");
        self
    }

    /// Recovers the one run, and checks its error: the type, and what its message says.
    #[track_caller]
    fn recovers_as(&self, kind: &str, parts: &[&str]) -> &Self {
        let store = self.store.path().to_str();
        assert_eq!(metalab::recover(store, None, None).unwrap(), 1);
        self.ended_as(kind, parts)
    }

    #[track_caller]
    fn ended_as(&self, kind: &str, parts: &[&str]) -> &Self {
        let record = self.record("run");
        assert_eq!(record["status"], "failed");
        let message = record["error"]["message"].as_str().unwrap();
        assert_eq!(record["error"]["type"], kind, "{message}");
        let host = record["provenance"]["host"].as_str().unwrap();
        let pid = record["provenance"]["extra"]["pid"].as_i64().unwrap();
        assert!(message.starts_with(&format!("process {pid} on {host} ")), "{message}");
        assert!(message.contains(", last step "), "{message}");
        for part in parts {
            assert!(message.contains(part), "{message:?} lacks {part:?}");
        }
        let log = std::fs::read_to_string(self.path("logs/run_run.log")).unwrap();
        assert!(log.contains(message), "{log}");
        self
    }

    #[track_caller]
    fn ended_well(&self) -> &Self {
        let record = self.record("run");
        assert_eq!((&record["status"], &record["error"]), (&json!("success"), &Value::Null));
        assert_eq!(record["warnings"], json!([]));
        assert!(!self.path(".journal").exists());
        self
    }

    #[track_caller]
    fn cancelled_by(&self, run_id: &str, reason: &str) -> &Self {
        let record = self.record(run_id);
        assert_eq!((&record["status"], &record["error"]), (&json!("cancelled"), &Value::Null));
        let warnings = record["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert_eq!(warnings[0]["message"], "cancelled");
        let said = warnings[0]["reason"].as_str().unwrap();
        assert!(said.starts_with(reason), "{said}");
        self
    }
}

/// Every signal whose default is to end the process, but SIGKILL, SIGTRAP and those without a use.
const ENDING: [(i32, &str); 18] = [
    (libc::SIGSEGV, "SIGSEGV"),
    (libc::SIGBUS, "SIGBUS"),
    (libc::SIGFPE, "SIGFPE"),
    (libc::SIGILL, "SIGILL"),
    (libc::SIGABRT, "SIGABRT"),
    (libc::SIGSYS, "SIGSYS"),
    (libc::SIGHUP, "SIGHUP"),
    (libc::SIGINT, "SIGINT"),
    (libc::SIGQUIT, "SIGQUIT"),
    (libc::SIGUSR1, "SIGUSR1"),
    (libc::SIGUSR2, "SIGUSR2"),
    (libc::SIGPIPE, "SIGPIPE"),
    (libc::SIGALRM, "SIGALRM"),
    (libc::SIGTERM, "SIGTERM"),
    (libc::SIGXCPU, "SIGXCPU"),
    (libc::SIGXFSZ, "SIGXFSZ"),
    (libc::SIGVTALRM, "SIGVTALRM"),
    (libc::SIGPROF, "SIGPROF"),
];

#[test]
fn a_signal_ends_the_process_as_without_us_and_is_in_the_record() {
    for (signal, name) in ENDING {
        for how in ["raised", "sent"] {
            let Some(bare) = case(how, 0, &[("SIGNAL", signal)]) else { return };
            bare.died_of(signal)
                .recovers_as("ProcessDied", &["died without finishing the run", "last seen at"]);
            let noted = case(how, FATAL, &[("SIGNAL", signal)]).unwrap();
            // The core dump's bit as well.
            assert_eq!(bare.ran.status, noted.ran.status, "{name}");
            let kind = if signal == libc::SIGABRT { "Abort" } else { "Signal" };
            noted.died_of(signal).recovers_as(kind, &[name]);
            let message = noted.record("run")["error"]["message"].as_str().unwrap().to_owned();
            assert!(!message.contains("last seen") && !message.contains("address"), "{message}");
        }
    }
}

#[test]
fn a_fault_is_told_with_its_address_from_any_thread() {
    let Some(ended) = case("fault", FATAL, &[]) else { return };
    ended
        .died_of(libc::SIGSEGV)
        .recovers_as("Signal", &["killed by SIGSEGV", "at address 0x10, last step 7, at "]);
    let ended = case("thread_fault", FATAL | STOP, &[]).unwrap();
    ended.died_of(libc::SIGSEGV).recovers_as("Signal", &["SIGSEGV", "last step 8"]);
    let ended = case("stack_overflow", FATAL, &[]).unwrap();
    ended.died_of(libc::SIGSEGV).recovers_as("Signal", &["SIGSEGV", "at address 0x7"]);
    let ended = case("opened_in_thread", FATAL, &[]).unwrap();
    ended.died_of(libc::SIGSEGV).recovers_as("Signal", &["SIGSEGV"]);
    let ended = case("aborted", FATAL, &[]).unwrap();
    ended.died_of(libc::SIGABRT).recovers_as("Abort", &["aborted (SIGABRT)"]);
}

#[test]
fn every_run_of_the_process_says_it() {
    let Some(ended) = case("many_runs", FATAL, &[]) else { return };
    ended.died_of(libc::SIGSEGV);
    assert_eq!(metalab::recover(ended.store.path().to_str(), None, None).unwrap(), 40);
    for index in 0..40 {
        let record = ended.record(&format!("many{index}"));
        assert_eq!(record["error"]["type"], "Signal", "{record:#}");
    }
}

#[test]
fn a_kill_leaves_no_word_but_what_came_before_it() {
    let Some(ended) = case("killed", FATAL | STOP, &[]) else { return };
    ended
        .died_of(libc::SIGKILL)
        .recovers_as("ProcessDied", &["died without finishing the run", "last seen at"]);
    let ended = case("killed_after_stop", STOP, &[]).unwrap();
    ended
        .died_of(libc::SIGKILL)
        .recovers_as("Killed", &["died without finishing the run, after SIGTERM at 20"]);
    let ended = case("failed_then_killed", 0, &[]).unwrap();
    ended.died_of(libc::SIGKILL);
    assert_eq!(metalab::recover(ended.store.path().to_str(), None, None).unwrap(), 1);
    let record = ended.record("run");
    assert_eq!((&record["status"], &record["error"]["type"]), (&json!("failed"), &json!("Diverged")));
    assert_eq!(record["warnings"][0]["message"], "the process died");
    assert!(record["warnings"][0]["reason"].as_str().unwrap().contains("died without finishing"));
}

/// Now, as a record says it.
fn now() -> String {
    let ran = run(Command::new("date").arg("+%Y-%m-%dT%H:%M:%S.%6N")).succeeded();
    ran.stdout.trim().to_owned()
}

#[test]
fn a_recovered_run_ended_when_its_process_did() {
    for (name, kind) in [("killed", "ProcessDied"), ("exits", "Exit")] {
        let before = now();
        let Some(ended) = case(name, FATAL, &[("STATUS", 3)]) else { return };
        let after = now();
        std::thread::sleep(Duration::from_millis(1500));
        ended.recovers_as(kind, &[]);
        let record = ended.record("run");
        let time = |key: &str| record[key].as_str().unwrap().to_owned();
        let times = [before, time("started_at"), time("finished_at"), after];
        assert!(times.is_sorted(), "{name}: {times:?}");
        assert!(record["duration_ms"].as_u64().unwrap() < 1500, "{record:#}");
    }
}

#[test]
fn a_job_without_a_known_end_is_said_where_a_run_is_to_stop_before_it() {
    for (margin, is_said) in [(60, true), (0, false)] {
        let variables = [("SLURM_JOB_ID", 77), ("METALAB_STOP_BEFORE", margin)];
        let Some(ended) = case("finished_at_exit", 0, &variables) else { return };
        ended.exited_with(0).ended_well();
        let log = std::fs::read_to_string(ended.path("logs/run_run.log")).unwrap_or_default();
        let line = "METALAB_END_TIME=$(date -d \"$(squeue -h -j 77 -o %e)\" +%s)";
        assert_eq!(log.contains(line), is_said, "{log}");
    }
}

#[test]
fn an_exit_without_an_end_says_its_status() {
    for status in [0, 1, 3, 255] {
        let Some(ended) = case("exits", 0, &[("STATUS", status)]) else { return };
        let text = format!("exited with status {status} without finishing the run, last step 7, at ");
        ended.exited_with(status).recovers_as("Exit", &[&text]);
    }
    case("returns", 0, &[]).unwrap().exited_with(0).recovers_as("Exit", &["exited with status 0"]);
    case("exits_while_busy", 0, &[]).unwrap().exited_with(3).recovers_as("Exit", &["exited with status 3"]);
    // An end that runs no handlers leaves no word, and a run that ended in time needs none.
    case("leaves", 0, &[]).unwrap().exited_with(3).recovers_as("ProcessDied", &["last seen"]);
    case("finished_at_exit", FATAL, &[]).unwrap().exited_with(0).ended_well();
    let ended = case("fault_at_exit", FATAL, &[]).unwrap();
    ended.died_of(libc::SIGSEGV).recovers_as("Signal", &["killed by SIGSEGV", "while exiting with status 0"]);
}

#[test]
fn a_handler_from_before_is_called_as_without_us() {
    for (signal, name) in [(libc::SIGSEGV, "SIGSEGV"), (libc::SIGSYS, "SIGSYS")] {
        let Some(ended) = case("handled_and_left", FATAL, &[("SIGNAL", signal)]) else { return };
        assert_eq!(ended.ran.stdout, "handled\n");
        ended.exited_with(7).recovers_as("Signal", &[name]);
        let ended = case("handled_and_exited", FATAL, &[("SIGNAL", signal)]).unwrap();
        assert_eq!(ended.ran.stdout, "handled\n");
        ended.exited_with(8).recovers_as("Signal", &["exited with status 8", &format!("after {name} ")]);
    }
    // One that the program handles itself is left to it.
    let ended = case("handled_and_exited", FATAL, &[("SIGNAL", libc::SIGQUIT)]).unwrap();
    assert_eq!(ended.ran.stdout, "handled\n");
    ended.exited_with(8).recovers_as("Exit", &["exited with status 8"]);
    for name in ["handled_and_died", "handled_once"] {
        let ended = case(name, FATAL, &[]).unwrap();
        assert_eq!(ended.ran.stdout, "handled\n", "{name}");
        ended.died_of(libc::SIGSEGV).recovers_as("Signal", &["SIGSEGV", "at address 0x10"]);
    }
}

#[test]
fn a_signal_that_was_survived_is_no_cause() {
    let Some(ended) = case("handled_and_repaired", FATAL, &[]) else { return };
    ended.died_of(libc::SIGKILL).recovers_as("ProcessDied", &["last seen"]);
    case("handled_by_jump", FATAL, &[]).unwrap().exited_with(0).ended_well();
    case("errno_is_kept", STOP, &[]).unwrap().exited_with(0);
}

#[test]
fn a_handler_from_after_wins_and_may_call_ours() {
    for name in ["chained_from_above", "chained_badly", "opened_again_below"] {
        let Some(ended) = case(name, FATAL, &[]) else { return };
        assert_eq!(ended.ran.stdout, "handled\n", "{name}");
        ended.died_of(libc::SIGSEGV);
        if name == "opened_again_below" {
            assert_eq!(metalab::recover(ended.store.path().to_str(), None, None).unwrap(), 2);
            ended.ended_as("Signal", &["SIGSEGV"]);
            let log = std::fs::read_to_string(ended.path("logs/second_run.log")).unwrap();
            assert!(log.contains("left there: SIGSEGV\n"), "{log}");
            assert_eq!(ended.record("first")["status"], "success");
        } else {
            ended.recovers_as("Signal", &["SIGSEGV"]);
        }
    }
    let ended = case("left_from_above", FATAL, &[]).unwrap();
    assert_eq!(ended.ran.stdout, "handled\n");
    ended.exited_with(7).recovers_as("ProcessDied", &["last seen"]);
}

#[test]
fn handlers_are_put_back_with_the_last_run_that_asked() {
    let Some(ended) = case("put_back", 0, &[]) else { return };
    ended.exited_with(0);
}

#[test]
fn a_run_that_was_told_to_stop_is_cancelled() {
    for (signal, name) in [(libc::SIGTERM, "SIGTERM at 20"), (libc::SIGUSR1, "SIGUSR1 at 20")] {
        for signals in [STOP, STOP | FATAL] {
            for how in ["stopped", "stopped_with_handler", "stopped_though_ignored"] {
                let Some(ended) = case(how, signals, &[("SIGNAL", signal)]) else { return };
                ended.exited_with(0).cancelled_by("run", name);
            }
        }
    }
    for how in ["stopped", "stopped_with_handler", "stopped_though_ignored"] {
        let ended = case(how, INTERRUPT, &[("SIGNAL", libc::SIGINT)]).unwrap();
        ended.exited_with(0).cancelled_by("run", "SIGINT at 20");
    }
    for signals in [INTERRUPT, INTERRUPT | STOP | FATAL] {
        let ended = case("interrupted_twice", signals, &[]).unwrap();
        ended.died_of(libc::SIGINT);
    }
    case("never_asked", STOP, &[]).unwrap().exited_with(0).ended_well();
    let ended = case("stopped_and_failed", STOP, &[]).unwrap();
    let record = ended.exited_with(0).record("run");
    assert_eq!((&record["status"], &record["error"]["type"]), (&json!("failed"), &json!("Diverged")));
    let ended = case("stopped_for_good", STOP, &[]).unwrap();
    ended.died_of(libc::SIGTERM);
    for run_id in ["run", "other", "next"] {
        ended.cancelled_by(run_id, "SIGTERM at 20");
    }
}

#[test]
fn a_run_that_was_asked_to_stop_is_cancelled() {
    for signal in [0, libc::SIGUSR2] {
        let Some(ended) = case("requests", 0, &[("SIGNAL", signal)]) else { return };
        ended.exited_with(0).cancelled_by("run", "requested");
        assert_eq!(ended.record("other")["status"], "success");
    }
    case("not_open", 0, &[]).unwrap().exited_with(0).ended_well();
    case("wrong_options", 0, &[]).unwrap().exited_with(0);
    let ended = case("when_disabled", 0, &[]).unwrap();
    assert_eq!(std::fs::read_dir(ended.exited_with(0).store.path()).unwrap().count(), 0);
}

#[test]
fn a_run_whose_time_is_up_is_cancelled() {
    let Some(ended) = case("time_left", 0, &[]) else { return };
    ended.exited_with(0).cancelled_by("run", "time: less than 1000 s before the end at 20");
}

#[test]
fn the_environment_asks_too() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let program = compile(compiler, "ending");
    for asked in ["fatal,stop", " stop , fatal"] {
        let ended = run_case(&program, "by_environment", &[("METALAB_SIGNALS", asked.to_owned())]);
        assert_eq!(
            metalab::recover(ended.died_of(libc::SIGSEGV).store.path().to_str(), None, None).unwrap(),
            1
        );
        let error = &ended.record("run")["error"];
        assert_eq!(error["type"], "Signal");
        assert!(error["message"].as_str().unwrap().contains(", after SIGTERM at"), "{error}");
    }
    let ended = run_case(&program, "by_environment", &[("METALAB_SIGNALS", "fatal".to_owned())]);
    ended.died_of(libc::SIGTERM);
}

#[test]
fn runtimes_that_need_the_signals_keep_them() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    for (symbol, runtime) in [("jl_init", "Julia"), ("R_NilValue", "R")] {
        let define = format!("-DFAKE_RUNTIME={symbol}");
        // In a directory of its own: programs are named after their source.
        let place = library().join(format!("runtime-{runtime}"));
        std::fs::create_dir_all(&place).unwrap();
        for file in
            ["libmetalab.so", &format!("libmetalab.so.{}", metalab::capi::version::METALAB_ABI_VERSION)]
        {
            let link = place.join(file);
            let _ = std::fs::remove_file(&link);
            std::os::unix::fs::symlink(library().join("libmetalab.so"), link).unwrap();
        }
        let program = compile_against(&place, compiler, "ending", &[&define, "-rdynamic"]);
        let ended = run_case(&program, "in_a_runtime", &[("RUNTIME", format!("inside {runtime}"))]);
        ended.exited_with(0);
        let log = std::fs::read_to_string(ended.path("logs/run_run.log")).unwrap();
        assert!(log.contains(&format!("METALAB_SIGNALS is not followed inside {runtime}")), "{log}");
    }
}

#[test]
fn a_child_has_no_part_in_its_parents_run() {
    let Some(ended) = case("child_with_handlers", FATAL | STOP, &[]) else { return };
    ended
        .died_of(libc::SIGKILL)
        .recovers_as("ProcessDied", &["died without finishing the run, last step 7, last"]);
    ended.cancelled_by("own", "SIGTERM");
}

#[test]
fn a_child_that_outlives_its_parent_does_not_make_the_run_look_alive() {
    let Some(ended) = case("child_outlives", FATAL, &[]) else { return };
    ended.died_of(libc::SIGKILL);
    let child = std::fs::read_to_string(ended.store.path().join("child")).unwrap();
    let child: i32 = child.trim().parse().unwrap();
    let is_alive = || Command::new("kill").args(["-0", &child.to_string()]).status().unwrap().success();
    assert!(is_alive());
    ended.recovers_as("ProcessDied", &[]);
    assert!(is_alive());
    assert!(Command::new("kill").args(["-9", &child.to_string()]).status().unwrap().success());
}

#[test]
fn a_parent_says_how_its_child_ended() {
    let Some(ended) = case("told_of_exit", 0, &[]) else { return };
    ended.exited_with(0).ended_as("Exit", &["exited with status 3 without finishing the run"]);
    let ended = case("told_by_parent", 0, &[]).unwrap();
    let message = ended.exited_with(0).record("killed")["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("was killed by SIGKILL, after SIGTERM at 20"), "{message}");
    assert_eq!(ended.record("alive")["status"], "success");
}

#[test]
fn the_example_solver_stops_when_it_is_told() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let directory = tempfile::tempdir().unwrap();
    let c = ["-std=c99", "c/taylor_green.c", "c/flow.c", "-lm"];
    let cpp = ["-std=c++17", "cpp/taylor_green.cpp", "cpp/flow.cpp"];
    let cpp_compiler = ["g++", "clang++"].into_iter().find(|compiler| has(compiler));
    let solvers = [Some((compiler, c.as_slice())), cpp_compiler.map(|compiler| (compiler, cpp.as_slice()))];
    for (compiler, arguments) in solvers.into_iter().flatten() {
        let program = directory.path().join(compiler);
        let mut compile = Command::new(compiler);
        compile.current_dir(root().join("examples")).args(["-O1", "-I../include", "-I../bindings/cpp"]);
        compile.args(arguments).arg("-o").arg(&program).arg("-L").arg(library()).arg("-lmetalab");
        let output = compile.arg(format!("-Wl,-rpath,{}", library().display())).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let store = tempfile::tempdir().unwrap();
        let mut solver = command(&program)
            .args([
                "--n",
                "32",
                "--dt",
                "0.001",
                "--steps",
                "100000000",
                "--snapshot-every",
                "50",
                "--store",
                ".",
            ])
            .current_dir(store.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(solver.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.starts_with("step      0"), "{line}");
        // SAFETY: to a child that has not been waited for.
        assert_eq!(unsafe { libc::kill(solver.id() as libc::pid_t, libc::SIGTERM) }, 0);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        assert!(wait(&mut solver).expect("no hang").success(), "{rest}");
        assert!(rest.contains("told to stop after step ") && rest.contains("passed"), "{rest}");
        // By our own parser: it has a NaN.
        let runs = store.path().join("taylor_green_1.0/runs");
        let record = std::fs::read_dir(runs).unwrap().next().unwrap().unwrap().path();
        let record = metalab::json::parse(&std::fs::read_to_string(record).unwrap()).unwrap();
        assert_eq!(record.get("status").unwrap().as_str(), Some("cancelled"));
        let artifacts = record.get("artifacts").unwrap().to_compact();
        assert!(artifacts.contains("final_state"), "{artifacts}");
    }
}

#[test]
fn rust_is_told_as_well() {
    let store = tempfile::tempdir().unwrap();
    let mut options = Options::new();
    options.store(store.path().to_str().unwrap()).code_hash("").run_id("rust").unwrap();
    options.experiment("ending:1").unwrap().stop_before(Duration::from_secs(10));
    let open = |options: &Options| match Capture::open(options).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run_id) => panic!("{run_id} is skipped"),
    };
    let capture = open(options.end_time(None));
    assert!(!capture.should_stop() && capture.seconds_left() == f64::INFINITY);
    capture.request_stop().unwrap();
    assert!(capture.should_stop());
    capture.finish().unwrap();
    assert_eq!(capture.request_stop().unwrap_err().kind(), metalab::ErrorKind::Closed);
    let record = json(&store.path().join("ending_1/runs/rust.json"));
    assert_eq!(record["status"], "cancelled");
    let capture = open(options.end_time(Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1))));
    assert!(capture.should_stop() && capture.seconds_left() < 0.0);
    let pid = i64::from(std::process::id());
    let stopped = std::process::ExitStatus::from_raw(0x137f);
    let refused = metalab::recover_child(store.path().to_str(), None, None, pid, stopped).unwrap_err();
    assert_eq!(refused.kind(), metalab::ErrorKind::Value);
}

#[test]
fn signals_beside_runs_that_come_and_go() {
    let Some(ended) = case("signals_beside_runs", 0, &[]) else { return };
    let record = ended.exited_with(0).record("comes");
    assert_eq!(record["metrics"], json!({"round": 59.0}));
}

#[test]
fn a_run_that_a_library_left_open_is_no_hindrance() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let program = compile_against(library(), compiler, "unloaded", &["-Wl,--as-needed"]);
    for how in ["open", "busy", "signals", "ended"] {
        let store = tempfile::tempdir().unwrap();
        let so = library().join("libmetalab.so");
        let ran = run(command(&program).arg(how).arg(store.path()).env("LIBRARY", so));
        assert_eq!((ran.status.code(), ran.stderr.as_str()), (Some(0), ""), "{how}");
        let recovered = metalab::recover(store.path().to_str(), None, None).unwrap();
        assert_eq!(recovered, u64::from(how != "ended"), "{how}");
        let record = json(&store.path().join("unloaded_1/runs/run.json"));
        let kind = if how == "ended" { Value::Null } else { json!("Exit") };
        assert_eq!(record["error"]["type"], kind, "{how}");
    }
}

#[test]
fn error_stop_is_an_exit_with_its_status() {
    if !has("gfortran") {
        return skip("gfortran is missing");
    }
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("error_stop");
    let mut gfortran = Command::new("gfortran");
    gfortran.arg(root().join("tests/fortran/error_stop.f90")).arg("-o").arg(&program);
    gfortran.arg("-J").arg(directory.path()).arg("-L").arg(library()).arg("-lmetalab");
    let output = gfortran.arg(format!("-Wl,-rpath,{}", library().display())).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let store = tempfile::tempdir().unwrap();
    let mut command = command(&program);
    let ran = run(command.env("METALAB_STORE", store.path()).env("METALAB_RUN_ID", "run"));
    assert_eq!(ran.status.code(), Some(4), "{}", ran.stderr);
    assert_eq!(metalab::recover(store.path().to_str(), None, None).unwrap(), 1);
    let record = json(&store.path().join("error_stop_1/runs/run.json"));
    assert_eq!(record["error"]["type"], "Exit");
    assert!(record["error"]["message"].as_str().unwrap().contains("exited with status 4"), "{record:#}");
}
