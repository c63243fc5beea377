//! Liveness and ownership of runs: a run is never taken over while its process lives, the same
//! run opened twice is METALAB_ERR_BUSY, and a run that is dead can always be opened again.

mod common;

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Ran, c_compilers, command, compile, json, library, run, wait};

/// How long brief runs are begun until a big dead one is finished.
const PATIENCE: Duration = Duration::from_secs(120);

/// A store, a directory aside, and a link to the store.
struct Place {
    program: PathBuf,
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Option<Self> {
        let compiler = c_compilers().first().copied()?;
        let directory = tempfile::tempdir().unwrap();
        for name in ["store", "aside"] {
            std::fs::create_dir(directory.path().join(name)).unwrap();
        }
        std::os::unix::fs::symlink("store", directory.path().join("link")).unwrap();
        Some(Self { program: compile(compiler, "liveness"), directory })
    }

    fn path(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    fn command(&self, case: &str) -> Command {
        let mut command = command(&self.program);
        command.arg(case).arg(self.path("store")).current_dir(self.directory.path());
        command
    }

    #[track_caller]
    fn run(&self, case: &str, environment: &[(&str, &str)]) -> Ran {
        let ran = run(self.command(case).envs(environment.iter().copied())).succeeded();
        assert_eq!(ran.stderr, "");
        ran
    }

    /// So many processes, each of which is killed with so many runs open: r0.0, r0.1, r1.0 ...
    #[track_caller]
    fn die(&self, count: usize, runs: &str, points: &str) {
        let die = |number: usize| {
            let mut command = self.command("die");
            command.env("LIVENESS_RUN", format!("r{number}.")).env("LIVENESS_RUNS", runs);
            command.env("LIVENESS_POINTS", points).spawn().unwrap()
        };
        let mut all: Vec<_> = (0..count).map(die).collect();
        for child in &mut all {
            assert_eq!(wait(child).expect("no hang").signal(), Some(libc::SIGKILL));
        }
    }

    fn status(&self, run: &str) -> String {
        self.record(run)["status"].as_str().unwrap().to_owned()
    }

    fn record(&self, run: &str) -> serde_json::Value {
        json(&self.directory.path().join(format!("store/live_1/runs/{run}.json")))
    }

    fn points(&self, run: &str) -> usize {
        let entry = self.directory.path().join(format!("store/live_1/results/{run}/x.json"));
        json(&entry)["data"].as_array().unwrap().len()
    }

    /// The run that nobody took over: whole, and its log has each line once and none of a death.
    #[track_caller]
    fn check_whole(&self) {
        let record = self.record("A");
        assert_eq!(record["status"], "success", "{record:#}");
        assert_eq!(record["warnings"], serde_json::json!([]));
        assert_eq!(self.points("A"), 10_000);
        let log = std::fs::read_to_string(self.directory.path().join("store/live_1/logs/A_run.log")).unwrap();
        let lines: Vec<&str> = log.lines().map(|line| line.rsplit("] ").next().unwrap()).collect();
        assert_eq!(lines, ["first half", "second half"]);
    }
}

#[test]
fn a_store_has_several_names() {
    for first in ["store", "link", "aside/../store"] {
        let Some(place) = Place::new() else { return };
        let absolute = [place.path("store"), place.path("link"), place.path("aside/../store")];
        let places = format!("store\nlink\n./link/.\naside/../store\n{}", absolute.join("\n"));
        let then = place.path("aside");
        place.run(
            "spellings",
            &[("LIVENESS_FIRST", first), ("LIVENESS_PLACES", &places), ("LIVENESS_THEN", &then)],
        );
        place.check_whole();
    }
}

#[test]
fn a_process_has_two_copies_of_the_library() {
    let Some(place) = Place::new() else { return };
    let copy = place.path("libanother.so");
    std::fs::copy(library().join("libmetalab.so"), &copy).unwrap();
    place.run("copies", &[("LIVENESS_COPY", &copy), ("LIVENESS_FIRST", &place.path("link"))]);
    place.check_whole();
    assert_eq!(place.record("other")["status"], "success");
}

#[test]
fn the_host_reads_the_store_while_the_run_goes_on() {
    let Some(place) = Place::new() else { return };
    place.run("host_reads", &[]);
    place.check_whole();
}

#[test]
fn the_host_closes_descriptors_that_are_not_its_own() {
    let Some(place) = Place::new() else { return };
    let ran = place.run("host_closes", &[("LIVENESS_FIRST", &place.path("aside"))]);
    let record = place.record("A");
    let said = (record["status"].as_str().unwrap(), ran.stdout.trim());
    if said == ("success", "METALAB_OK") {
        assert_eq!(place.points("A"), 10_000);
        assert!(!record.to_string().contains("died"), "{record:#}");
        return;
    }
    // It could not be whole; then it says so itself, and nobody says that it died.
    assert_eq!(said.1, "METALAB_ERR_INCOMPLETE", "{record:#}");
    assert!(!record.to_string().contains("died"), "{record:#}");
    let log = std::fs::read_to_string(place.directory.path().join("store/live_1/logs/A_run.log")).unwrap();
    assert!(!log.contains("died"), "{log}");
}

#[test]
fn a_stopped_process_lives() {
    let Some(place) = Place::new() else { return };
    place.run("stopped", &[]);
    place.check_whole();
}

#[test]
fn dead_runs_are_restarted_together() {
    let Some(place) = Place::new() else { return };
    place.die(30, "1", "100000");
    // Others are at it already: whoever is being recovered is waited for.
    let mut recoverers: Vec<_> = (0..2).map(|_| place.command("recover").spawn().unwrap()).collect();
    let mut all: Vec<_> = (0..30)
        .map(|number| {
            let mut command = place.command("restart");
            command.env("LIVENESS_RUN", format!("r{number}.")).env("LIVENESS_RUNS", "1");
            command.stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut failed = Vec::new();
    for child in all.drain(..) {
        let output = child.wait_with_output().unwrap();
        if !output.status.success() {
            failed
                .push(String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or_default().to_owned());
        }
    }
    assert!(failed.is_empty(), "{} of 30: {}", failed.len(), failed[0]);
    for recoverer in &mut recoverers {
        assert!(wait(recoverer).expect("no hang").success());
    }
    for number in 0..30 {
        let run = format!("r{number}.0");
        assert_eq!((place.status(&run), place.points(&run)), ("success".to_owned(), 100_000), "{run}");
    }
}

#[test]
fn one_process_with_several_runs_is_restarted() {
    let Some(place) = Place::new() else { return };
    place.die(1, "8", "200000");
    place.run("restart", &[("LIVENESS_RUN", "r0."), ("LIVENESS_RUNS", "8")]);
    for number in 0..8 {
        let run = format!("r0.{number}");
        assert_eq!((place.status(&run), place.points(&run)), ("success".to_owned(), 200_000), "{run}");
    }
}

#[test]
fn a_big_dead_run_is_finished_by_brief_ones() {
    let Some(place) = Place::new() else { return };
    place.die(1, "1", "1500000");
    // Each goes on where the one before stopped. How many are needed depends on what else the machine does.
    let start = Instant::now();
    let needed = (0..).take_while(|_| start.elapsed() < PATIENCE).find(|number| {
        place.run("brief", &[("LIVENESS_RUN", &format!("brief{number}"))]);
        place.status("r0.0") != "running"
    });
    println!("{needed:?} brief runs, {:?}", start.elapsed());
    assert!(needed.is_some(), "the run is {}", place.status("r0.0"));
    assert_eq!((place.status("r0.0"), place.points("r0.0")), ("failed".to_owned(), 1_500_000));
}
