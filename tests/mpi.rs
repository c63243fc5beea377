//! An MPI program in C++ whose ranks are one run, also when one of them is killed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

mod common;

/// The program that is compiled of `source` by one of MPI's compilers, once; None where there is no MPI.
fn compiled(
    program: &'static OnceLock<Option<PathBuf>>,
    compiler: &str,
    standard: &str,
    source: &str,
) -> Option<&'static Path> {
    let compile = || {
        if !common::has("mpirun") || !common::has(compiler) {
            return None;
        }
        let library = common::library();
        let program = library.join("programs").join(Path::new(source).file_stem().unwrap());
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        let mut command = Command::new(compiler);
        // MPI's own C++ interface, which is no more, does not compile without warnings.
        command.args([standard, "-O1", "-Wall", "-Wextra", "-Werror", "-DOMPI_SKIP_MPICXX", "-pthread"]);
        for include in ["include", "bindings/cpp"] {
            command.arg("-I").arg(common::root().join(include));
        }
        command.arg(common::root().join(source)).arg("-o").arg(&program);
        command.arg("-L").arg(library).arg("-lmetalab").arg(format!("-Wl,-rpath,{}", library.display()));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
        Some(program)
    };
    let program = program.get_or_init(compile);
    if program.is_none() {
        common::skip("there is no mpirun, or no compiler of MPI's");
    }
    program.as_deref()
}

/// The ways to die, as docs/how-to/mpi.md has them in a table.
#[test]
fn the_record_says_of_each_way_to_die_what_the_documentation_says() {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let Some(program) = compiled(&PROGRAM, "mpicxx", "-std=c++17", "tests/mpi/deaths.cpp") else { return };
    let page = std::fs::read_to_string(common::root().join("docs/how-to/mpi.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches(['|', ' ']).split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.len() >= 14, "the table has {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let way = row[0].split('`').nth(1).unwrap();
        if std::env::var("METALAB_TEST_WAY").is_ok_and(|only| only != way) {
            continue;
        }
        // Launchers that are busy end the other ranks in another way now and then.
        let tries: Vec<String> = (0..3).map_while(|_| differs(program, way, &row[1..])).collect();
        if tries.len() == 3 {
            wrong.extend(tries);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Runs the program that ends in this way, and returns what the record says else than the row.
fn differs(program: &Path, way: &str, row: &[&str]) -> Option<String> {
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let options: &[&str] = if way.ends_with(" alone") { &["--enable-recovery"] } else { &[] };
    let ran = run(program, store, options, &[way], &[]);
    recover(store);
    let record = record(store);
    let error = match record["error"]["type"].as_str() {
        Some(kind) => format!("`{kind}`: {}", record["error"]["message"].as_str().unwrap()),
        None => "none".to_owned(),
    };
    let warnings = record["warnings"].as_array().unwrap().iter();
    let warnings: Vec<&str> = warnings.map(|one| one["message"].as_str().unwrap()).collect();
    let warnings = if warnings.is_empty() { "none".to_owned() } else { warnings.join(", ") };
    let said = [record["status"].as_str().unwrap(), &error, &warnings];
    let words = ["the mesh is tangled", "the time step is 0"];
    let printed = words.iter().find(|words| ran.stderr.contains(**words));
    let traceback = record["error"]["traceback"].as_str().unwrap_or_default();
    let is_said = said.iter().zip(row).all(|(said, wanted)| is_like(said, wanted))
        && printed.is_none_or(|words| traceback.contains(words));
    (!is_said).then(|| format!("{way}: {} | {:?} | {:?}", said.join(" | "), record["error"], ran))
}

/// Returns whether a text is as the pattern says, in which an ellipsis stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('…') else { return text == pattern };
    let Some(text) = text.strip_prefix(begin) else { return false };
    text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| is_like(&text[at..], rest))
}

fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    compiled(&PROGRAM, "mpicxx", "-std=c++17", "tests/mpi/ranks.cpp")
}

/// Runs the program on four ranks.
fn run(
    program: &Path,
    store: &Path,
    options: &[&str],
    mode: &[&str],
    environment: &[(&str, &str)],
) -> common::Ran {
    let mut command = common::command("mpirun");
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    // Launchers that run at once remove each other's directories.
    let session = tempfile::tempdir().unwrap();
    command.env("TMPDIR", session.path());
    command.args(["--oversubscribe", "-n", "4"]).args(options).envs(environment.iter().copied());
    let ran = common::run(command.arg(program).arg(store).args(mode));
    // Otherwise there is nothing to see.
    assert!(
        ["mpi_1", "bar_1"].iter().any(|one| store.join(one).join("runs").exists()),
        "mpirun: {:?}\n{}{}",
        ran.status,
        ran.stdout,
        ran.stderr
    );
    ran
}

fn record(store: &Path) -> Value {
    common::record(&store.join("mpi_1"))
}

fn points(store: &Path, name: &str) -> Vec<Value> {
    let run_id = record(store)["run_id"].as_str().unwrap().to_owned();
    let path = store.join("mpi_1/results").join(run_id).join(format!("{name}.json"));
    common::json(&path)["data"].as_array().unwrap().clone()
}

fn artifacts(record: &Value) -> Vec<String> {
    let all = record["artifacts"].as_array().unwrap().iter();
    let mut names: Vec<String> = all.map(|one| one["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// Recovers what is dead. The launcher may be gone a while before all of its processes are.
fn recover(store: &Path) {
    let start = Instant::now();
    while store.join("mpi_1/.journal").exists() {
        metalab::recover(store.to_str(), None, None).unwrap();
        assert!(start.elapsed() < Duration::from_secs(120), "{:#}", record(store));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn ranks_are_one_run() {
    let Some(program) = program() else { return };
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    run(program, store, &[], &[], &[]).succeeded();
    let record = record(store);
    assert_eq!((&record["status"], &record["error"]), (&"success".into(), &Value::Null));
    for name in ["share", "share@rank.1", "share@rank.2", "share@rank.3"] {
        assert_eq!(record["metrics"][name], 16, "{name}");
    }
    assert_eq!(artifacts(&record), ["field", "field@rank.1", "field@rank.2", "field@rank.3"]);
    assert_eq!(points(store, "residual.min")[99], json!([99, 990.0]));
    assert_eq!(points(store, "residual.max")[99], json!([99, 993.0]));
    assert_eq!(points(store, "residual.argmax")[99], json!([99, 3]));
    assert!(points(store, "residual.count").iter().all(|point| point[1] == 4));
    assert!(!store.join("mpi_1/.journal").exists());
}

/// OpenMPI's `MPI_Init` gives a process that nobody has launched a rank of PMIx.
#[test]
fn a_program_without_a_launcher_is_alone() {
    let Some(program) = program() else { return };
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let mut command = common::command(program.to_str().unwrap());
    command.env("TMPDIR", store).env("METALAB_RANKS_PARAM", "ranks");
    common::run(command.arg(store)).succeeded();
    let record = record(store);
    assert_eq!((&record["status"], &record["params_resolved"]["ranks"]), (&"success".into(), &1.into()));
    let log = std::fs::read_to_string(
        store.join("mpi_1/logs").join(format!("{}_run.log", record["run_id"].as_str().unwrap())),
    )
    .unwrap();
    assert!(log.contains("rank 0 computes") && !log.contains("PMIX_RANK"), "{log}");
}

#[test]
fn a_rank_that_is_killed_is_in_the_run_and_named() {
    let Some(program) = program() else { return };
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    let ran = run(program, store, &["--enable-recovery"], &["alone"], &[]);
    // Where the owner was done before rank 2 was dead, somebody has to look for it.
    recover(store);
    let record = record(store);
    assert_eq!(record["error"]["type"], "WorkerDied", "{record:#}\n{ran:?}");
    let message = record["error"]["message"].as_str().unwrap();
    assert!(message.contains("worker rank:2") && message.contains("last step 50"), "{message}");
    assert_eq!(record["metrics"]["share@rank.2"], 16);
    assert_eq!(
        (&record["metrics"]["steps@rank.3"], record["metrics"].get("steps@rank.2")),
        (&100.into(), None)
    );
    assert_eq!(artifacts(&record), ["field", "field@rank.1", "field@rank.3", "half@rank.2"]);
    let counts: Vec<i64> =
        points(store, "residual.count").iter().map(|point| point[1].as_i64().unwrap()).collect();
    assert_eq!(counts, [vec![4; 51], vec![3; 49]].concat());
    let workers = record["provenance"]["extra"]["workers"].as_array().unwrap();
    let ended: Vec<&str> = workers.iter().map(|worker| worker["ended"].as_str().unwrap()).collect();
    assert_eq!(ended, ["success", "died", "success"]);
    assert!(!store.join("mpi_1/.journal").exists());
}

#[test]
fn a_job_that_is_killed_with_a_rank_is_recovered_whole_and_goes_on() {
    let Some(program) = program() else { return };
    let place = tempfile::tempdir().unwrap();
    let store = place.path();
    assert!(!run(program, store, &[], &["all"], &[]).status.success());
    recover(store);
    let record = record(store);
    // The launcher ends the others one by one: the first to die is the cause.
    let cause = record["error"]["type"].as_str().unwrap();
    assert!(record["status"] == "failed" && ["ProcessDied", "WorkerDied"].contains(&cause), "{record}");
    let workers = record["provenance"]["extra"]["workers"].as_array().unwrap();
    assert!(workers.len() == 3 && workers.iter().all(|worker| worker["ended"] == "died"), "{workers:?}");
    assert_eq!(record["metrics"]["share@rank.3"], 16);
    assert!(artifacts(&record).contains(&"half@rank.2".to_owned()));
    assert_eq!(points(store, "residual.count")[50], json!([50, 4]));
    assert!(!store.join("mpi_1/.journal").exists());

    run(program, store, &[], &[], &[("METALAB_RESTART_STEP", "0")]).succeeded();
    let record = self::record(store);
    assert_eq!(
        (&record["status"], &record["provenance"]["extra"]["attempt"]),
        (&"success".into(), &2.into())
    );
    assert!(points(store, "residual.count").iter().all(|point| point[1] == 4));
    assert_eq!(points(store, "residual.count").len(), 100);
    assert!(artifacts(&record).contains(&"half@rank.2".to_owned()));
}

#[test]
fn ranks_stop_together_when_one_of_them_is_told_to() {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let source = "examples/mpi/stop_together.c";
    let Some(program) = compiled(&PROGRAM, "mpicc", "-std=c11", source) else { return };
    for (how, told) in [("agreed", "2"), ("agreed", "0"), ("allreduce", "3")] {
        let place = tempfile::tempdir().unwrap();
        let store = place.path();
        let ran = run(program, store, &[], &[how, told, "500"], &[]).succeeded();
        let mut steps: Vec<i64> = ran
            .stdout
            .lines()
            .filter_map(|line| line.split_once(" stopped before step ")?.1.parse().ok())
            .collect();
        assert_eq!(steps.len(), 4, "{how} {told}: {}", ran.stdout);
        steps.dedup();
        assert!(steps.len() == 1 && steps[0] >= 500, "{how} {told}: {steps:?}");
        let record = common::record(&store.join("bar_1"));
        assert_eq!(record["status"], "cancelled", "{record:#}");
        assert_eq!(record["metrics"]["steps"], steps[0]);
        let warnings: Vec<&str> =
            record["warnings"].as_array().unwrap().iter().filter_map(|one| one["reason"].as_str()).collect();
        let is_told = |reason: &&str| reason.contains("SIGTERM at 2");
        assert!(warnings.iter().any(is_told), "{how} {told}: {warnings:?}");
        assert!(!store.join("bar_1/.journal").exists());
    }
}
