//! Many of one thing in a run: ranks, names, threads, captures, points, versions. What it costs is
//! bounded, and nothing is left out. `METALAB_MANY_LONG=1` takes the figures of large runs, and has
//! the kernel enforce the limits of memory where a control group can be made.

mod common;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{Ran, c_compilers, command, compile, files, json, record, run_within};

/// For machines that have little time for a test.
const PATIENCE: Duration = Duration::from_secs(300);

struct Many {
    program: PathBuf,
    directory: tempfile::TempDir,
}

fn is_long() -> bool {
    std::env::var_os("METALAB_MANY_LONG").is_some()
}

impl Many {
    fn new() -> Option<Self> {
        let compiler = c_compilers().first().copied()?;
        Some(Self { program: compile(compiler, "many"), directory: tempfile::tempdir().unwrap() })
    }

    fn command(&self, case: &str, figures: &[(&str, u64)]) -> Command {
        let mut command = command(&self.program);
        command.arg(case).arg(self.directory.path());
        command.envs(figures.iter().map(|(name, value)| (*name, value.to_string())));
        command
    }

    fn experiment(&self) -> PathBuf {
        self.directory.path().join("many_1")
    }

    /// The times that the program measured.
    #[track_caller]
    fn measure(&self, case: &str, figures: &[(&str, u64)]) -> BTreeMap<String, f64> {
        measured(&run_within(PATIENCE, &mut self.command(case, figures)).succeeded())
    }

    /// Has the program kill itself.
    #[track_caller]
    fn die(&self, case: &str, figures: &[(&str, u64)]) {
        killed(run_within(PATIENCE, &mut self.command(case, figures)));
    }

    fn results(&self) -> Vec<String> {
        files(&self.experiment().join("results/r")).into_keys().collect()
    }
}

#[track_caller]
fn killed(ran: Ran) {
    assert_eq!(ran.status.signal(), Some(libc::SIGKILL), "{}\n{}", ran.status, ran.stderr);
}

#[track_caller]
fn measured(ran: &Ran) -> BTreeMap<String, f64> {
    assert_eq!(ran.stderr, "");
    let lines = ran.stdout.lines().map(|line| line.rsplit_once(' ').unwrap());
    let measured = lines.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect();
    println!("{measured:?}");
    measured
}

/// Ranks that all end at the same time: everything of each is there.
#[track_caller]
fn all_ranks_are_complete(size: u64, series: u64) {
    let Some(many) = Many::new() else { return };
    let measured = many.measure("ranks", &[("MANY_RANKS", size), ("MANY_SERIES", series)]);
    assert_eq!(measured["failed"], 0.0, "ranks whose end was not whole");
    let record = record(&many.experiment());
    assert_eq!((&record["status"], &record["warnings"]), (&"success".into(), &serde_json::json!([])));
    assert_eq!(record["metrics"].as_object().unwrap().len() as u64, size);
    let workers = record["provenance"]["extra"]["workers"].as_array().unwrap();
    assert_eq!(workers.len() as u64, size - 1);
    assert!(workers.iter().all(|worker| worker["ended"] == "success"), "{workers:#?}");
    let results = many.results();
    assert_eq!(results.len() as u64, size * series);
    for name in results {
        let entry = json(&many.experiment().join("results/r").join(&name));
        let rank = name.trim_end_matches(".json").split_once("@rank.").map_or("0", |(_, rank)| rank);
        let points: Vec<(i64, f64)> = serde_json::from_value(entry["data"].clone()).unwrap();
        let wanted: Vec<(i64, f64)> = (0..10).map(|step| (step, rank.parse().unwrap())).collect();
        assert_eq!(points, wanted, "{name}");
    }
}

#[test]
fn many_ranks_end_at_once() {
    all_ranks_are_complete(256, 1);
}

#[test]
fn ranks_with_many_series_end_at_once() {
    let (size, series) = if is_long() { (128, 100) } else { (64, 20) };
    all_ranks_are_complete(size, series);
}

#[test]
fn many_names_are_recovered() {
    let Some(many) = Many::new() else { return };
    many.die("names", &[("MANY_NAMES", 4200)]);
    assert_eq!(many.measure("recover", &[])["runs"], 1.0);
    let results = many.results();
    assert_eq!(results.len(), 4202, "{:?}", results.last());
    let residual = json(&many.experiment().join("results/r/residual.json"));
    assert_eq!(residual["data"].as_array().unwrap().len(), 100);
    let record = record(&many.experiment());
    assert_eq!(record["metrics"], serde_json::json!({"final": 3.0, "verdict": "good"}));
}

#[test]
fn many_threads_take_little_room() {
    let Some(many) = Many::new() else { return };
    let measured = many.measure("threads", &[("MANY_THREADS", 1000)]);
    let entry = json(&many.experiment().join("results/r/x.json"));
    let steps: Vec<(i64, i64)> = serde_json::from_value(entry["data"].clone()).unwrap();
    assert_eq!(steps, (0..1000).map(|step| (step, 1)).collect::<Vec<_>>());
    assert!(measured["disk"] < 100.0 && measured["memory"] < 100.0, "MiB: {measured:?}");
}

#[test]
fn many_captures_have_few_threads_and_give_all_back() {
    let Some(many) = Many::new() else { return };
    let count = if is_long() { 1000 } else { 200 };
    let measured = many.measure("captures", &[("MANY_CAPTURES", count)]);
    assert_eq!(files(&many.experiment().join("results")).len() as u64, count);
    assert!(measured["threads"] < 20.0, "{measured:?}");
    assert!(measured["descriptors kept"] <= 0.0 && measured["mappings kept"] <= 0.0, "{measured:?}");
}

/// A control group that limits memory, of either version; None where none can be made.
struct Group(PathBuf);

impl Group {
    fn new(mib: u64) -> Option<Self> {
        let name = format!("metalab-test-{}-{mib}", std::process::id());
        for (root, limit) in
            [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")]
        {
            let group = Self(Path::new(root).join(&name));
            if std::fs::create_dir(&group.0).is_ok() {
                let bytes = (mib << 20).to_string();
                if group.0.join(limit).exists() && std::fs::write(group.0.join(limit), bytes).is_ok() {
                    return Some(group);
                }
            }
        }
        println!("skipped: the kernel does not permit a control group");
        None
    }

    /// `command` within the group.
    fn run(&self, command: &Command) -> Command {
        let mut within = Command::new("sh");
        within.args(["-c", "echo $$ > \"$0\"/cgroup.procs && exec \"$@\""]).arg(&self.0);
        within.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => within.env(name, value),
                None => within.env_remove(name),
            };
        }
        within
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// Values of a kind from four threads, live and recovered: memory does not grow with them.
#[track_caller]
fn memory_is_bounded(kind: &str, short: u64, long: u64, mib: u64) {
    let count = if is_long() { long } else { short };
    for dies in [false, true] {
        let Some(many) = Many::new() else { return };
        let group = if is_long() { Group::new(mib) } else { None };
        let mut command = many.command("memory", &[("MANY_COUNT", count), ("MANY_DIES", dies.into())]);
        command.env("MANY_KIND", kind);
        let mut command = group.as_ref().map(|group| group.run(&command)).unwrap_or(command);
        let ran = run_within(PATIENCE, &mut command);
        let peak = if dies {
            killed(ran);
            let recover = many.command("recover", &[]);
            let mut recover = group.as_ref().map(|group| group.run(&recover)).unwrap_or(recover);
            measured(&run_within(PATIENCE, &mut recover).succeeded())["recovered"]
        } else {
            measured(&ran.succeeded())["finished"]
        };
        assert!(peak < mib as f64, "{kind}, dies: {dies}: {peak} MiB");
        let there = match kind {
            "line" => std::fs::read_to_string(many.experiment().join("logs/r_run.log"))
                .unwrap()
                .matches("] thread ")
                .count(),
            "series" => {
                let text = std::fs::read_to_string(many.experiment().join("results/r/x.json")).unwrap();
                // Points of a long series are a line each.
                let lines = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once(','));
                let steps = lines.map(|(step, _)| step.parse::<usize>().unwrap());
                steps.enumerate().inspect(|(at, step)| assert_eq!(at, step, "out of order")).count()
            }
            _ => {
                let wanted = (count / 4 - 1) as i64;
                let metrics = record(&many.experiment())["metrics"].clone();
                assert_eq!(metrics, serde_json::json!({"even": wanted, "odd": wanted}));
                continue;
            }
        };
        assert_eq!(there as u64, count, "{kind}");
    }
}

#[test]
fn many_metrics_take_little_memory() {
    memory_is_bounded("metric", 6_000_000, 20_000_000, 300);
}

#[test]
fn many_lines_take_little_memory() {
    memory_is_bounded("line", 2_000_000, 4_000_000, 300);
}

#[test]
fn many_points_out_of_order_take_little_memory() {
    memory_is_bounded("series", 6_000_000, 20_000_000, 200);
}

/// Processor time against that of making the same files by themselves, in memory: it does not
/// depend on the disk. The least of some, as what else the machine does only adds to it: 1.9 to 2.2
/// times beside a build on two processors. A search for each name would be far beyond 3.
#[test]
fn the_end_of_many_series_costs_what_their_files_cost() {
    let Some(mut many) = Many::new() else { return };
    let count = if is_long() { 100_000 } else { 20_000 };
    let mut least = f64::INFINITY;
    for _ in 0..5 {
        // Each into a store of its own.
        many.directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let measured = many.measure("series", &[("MANY_SERIES", count)]);
        let results = std::fs::read_dir(many.experiment().join("results/r")).unwrap().count();
        assert_eq!(results as u64, count);
        least = least.min(measured["finish"] / measured["bare"]);
        println!("{least:.2} times the files alone");
        if least < 3.0 {
            return;
        }
    }
    panic!("{least:.1} times the files alone");
}

#[test]
fn versions_that_nobody_sees_are_not_written() {
    let Some(many) = Many::new() else { return };
    let measured = many.measure("versions", &[("MANY_VERSIONS", 20_000)]);
    let entry = json(&many.experiment().join("results/r/d.json"));
    assert_eq!(entry["data"]["version"], 20_000);
    assert!(measured["written"] < 500.0, "{measured:?}");
}

/// Somebody who holds the lock costs the end one wait, not one for each file.
#[test]
fn a_lock_that_is_held_is_waited_for_once() {
    let Some(many) = Many::new() else { return };
    let measured = many.measure("locked", &[]);
    assert!(measured["seconds"] < 25.0, "{measured:?}");
    let is_whole = measured.contains_key("METALAB_OK");
    assert!(is_whole || measured.contains_key("METALAB_ERR_INCOMPLETE"), "{measured:?}");
    if is_whole {
        assert_eq!(record(&many.experiment())["status"], "success");
        return;
    }
    // Values that could not be written are there once somebody recovers the run.
    many.measure("recover", &[]);
    assert_eq!(many.results().len(), 5);
    assert_eq!(record(&many.experiment())["status"], "success");
}
