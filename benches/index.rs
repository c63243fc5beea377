//! The cost of an index in PostgreSQL for the solver: the same loop with the files alone, and with a server
//! that is well, that stands still, and that is gone; and what it takes to make it of the files, with
//! the Python package to compare with. Prints lines as the other benchmarks do.
//! usage: cargo bench --bench index -- DIRECTORY [RUNS [PYTHON]]

#[path = "../tests/common/mod.rs"]
mod common;
#[allow(dead_code)] // what the tests need besides
#[path = "../tests/common/postgres.rs"]
mod postgres_server;

use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use metalab::{Capture, Json, Level, Opened, Options, index_rebuild};
use postgres_server::Server;

/// How often each case is run; they take turns.
const REPETITIONS: usize = 9;

/// How long a loop of the solver is to take, in seconds.
const SECONDS: f64 = 3.0;

/// How many runs an index is made of, where the command does not say.
const RUNS: usize = 10_000;

/// Points of the solver's grid in each direction.
const N: usize = 192;

/// One sweep over the grid, and how much it changed.
fn sweep(field: &mut [f64], next: &mut [f64]) -> f64 {
    let mut change = 0.0;
    for row in 1..N - 1 {
        for at in row * N + 1..(row + 1) * N - 1 {
            next[at] = 0.25 * (field[at - 1] + field[at + 1] + field[at - N] + field[at + N]);
            change += (next[at] - field[at]).abs();
        }
    }
    field.swap_with_slice(next);
    change
}

/// Steps of the solver that captures into `locator`: how many seconds the loop took, and what the end
/// of the run took.
fn solve(locator: &str, steps: i64) -> (f64, f64) {
    let mut options = Options::new();
    options.store(locator).code_hash("").refresh_interval(Duration::from_millis(500));
    options.index_wait(Duration::from_secs(1));
    options.experiment("solver:1").unwrap();
    options.run_id(&format!("run{}", std::process::id())).unwrap();
    let Opened::Capture(run) = Capture::open(&options).unwrap() else { panic!("skipped") };
    let series = run.series("residual", None, None).unwrap();
    let mut field: Vec<f64> = (0..N * N).map(|at| (at % 97) as f64).collect();
    let mut next = field.clone();
    let start = Instant::now();
    for step in 0..steps {
        let mut change = 0.0;
        for _ in 0..20 {
            change = sweep(&mut field, &mut next);
        }
        series.point(step, change).unwrap();
        for name in ["energy", "mass", "dt"] {
            run.metric_step(name, step, change * 0.5).unwrap();
        }
        if step % 20 == 0 {
            run.log(Level::Info, "the residual goes down").unwrap();
            run.metric("steps_done", step).unwrap();
        }
        if step % 100 == 0 {
            let spectrum: Vec<Json> = field[..64].iter().map(|value| Json::Float(*value)).collect();
            run.data(&format!("spectrum.{step:06}"), spectrum, ()).unwrap();
        }
    }
    let looped = start.elapsed().as_secs_f64();
    let start = Instant::now();
    run.finish().unwrap();
    (looped, start.elapsed().as_secs_f64())
}

/// The same in a process of its own: nothing of one case goes on in the next.
fn solve_apart(locator: &str, steps: i64) -> (f64, f64) {
    let output = Command::new(std::env::current_exe().unwrap())
        .env("SOLVE", format!("{steps} {locator}"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the solver failed");
    let text = String::from_utf8(output.stdout).unwrap();
    let (looped, ended) = text.trim().split_once(' ').unwrap();
    (looped.parse().unwrap(), ended.parse().unwrap())
}

/// A line of results: group, case, unit, median, least.
fn report(group: &str, case: &str, unit: &str, values: &mut [f64]) {
    values.sort_by(f64::total_cmp);
    println!("{group}\t{case}\t{unit}\t{:.6}\t{:.6}\t-\t-\t-", values[values.len() / 2], values[0]);
}

/// The loop with the files alone and with an index, and its end.
fn loops(server: &Server, directory: &str) {
    let place = tempfile::tempdir_in(directory).unwrap();
    let files = place.path().to_str().unwrap().to_owned();
    let indexed = server.locator(place.path(), "");
    let trial = 200;
    let steps = (trial as f64 * SECONDS / solve_apart(&files, trial).0) as i64;
    let cases = ["files_alone", "server_well", "server_hanging", "server_gone"];
    let mut figures = [const { (Vec::new(), Vec::new()) }; 4];
    for turn in 0..REPETITIONS {
        for at in 0..cases.len() {
            // Each goes first in its turn.
            let at = (at + turn) % cases.len();
            match cases[at] {
                "server_hanging" => server.freeze(),
                "server_gone" => server.crash(),
                _ => {}
            }
            let locator = if at == 0 { &files } else { &indexed };
            let (looped, ended) = solve_apart(locator, steps);
            figures[at].0.push(looped * 1e3);
            figures[at].1.push(ended * 1e3);
            match cases[at] {
                "server_hanging" => server.thaw(),
                "server_gone" => server.up(),
                _ => {}
            }
        }
    }
    for (case, (looped, _)) in cases.iter().zip(&mut figures) {
        report("solver_loop", case, "ms", looped);
    }
    for (case, (_, ended)) in cases.iter().zip(&mut figures) {
        report("solver_end_index_wait_1_s", case, "ms", ended);
    }
}

/// A store of so many runs, each with a series and a document: one that was captured, and its likes.
fn make_store(root: &Path, runs: usize) {
    solve(root.to_str().unwrap(), 10);
    let experiment = root.join("solver_1");
    let first = format!("run{}", std::process::id());
    let record = std::fs::read_to_string(experiment.join(format!("runs/{first}.json"))).unwrap();
    let results = experiment.join("results");
    let documents: Vec<(String, Vec<u8>)> = ["residual.json", "spectrum.000000.json"]
        .map(|name| (name.to_owned(), std::fs::read(results.join(&first).join(name)).unwrap()))
        .into();
    for number in 1..runs {
        let id = format!("run.{number:07}");
        std::fs::write(experiment.join(format!("runs/{id}.json")), record.replace(&first, &id)).unwrap();
        std::fs::create_dir(results.join(&id)).unwrap();
        for (name, document) in &documents {
            std::fs::write(results.join(&id).join(name), document).unwrap();
        }
    }
}

/// An index made of the files: from nothing, again, and by the Python package.
fn rebuilds(server: &Server, directory: &str, runs: usize, python: Option<&str>) {
    let place = tempfile::tempdir_in(directory).unwrap();
    make_store(place.path(), runs);
    let group = format!("rebuild_{runs}_runs");
    let locator = server.locator(place.path(), "");
    let rebuild = || {
        let start = Instant::now();
        let count = index_rebuild(Some(&locator), None, &mut |_, _| ControlFlow::Continue(())).unwrap();
        assert_eq!(count as usize, runs);
        start.elapsed().as_secs_f64()
    };
    for case in ["from_nothing", "again"] {
        report(&group, case, "s", &mut [rebuild()]);
    }
    let Some(python) = python else { return };
    server.query("TRUNCATE runs, results, derived, experiment_manifests, field_catalog; CHECKPOINT");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/index.py");
    let output = Command::new(python).arg(script).arg(locator).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the Python package failed");
    let seconds = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    assert_eq!(server.query("SELECT count(*) FROM runs"), runs.to_string());
    report(&group, "python_package", "s", &mut [seconds]);
}

fn main() {
    if let Ok(what) = std::env::var("SOLVE") {
        let (steps, locator) = what.split_once(' ').unwrap();
        let (looped, ended) = solve(locator, steps.parse().unwrap());
        println!("{looped} {ended}");
        return;
    }
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(directory) = arguments.first() else {
        eprintln!("usage: cargo bench --bench index -- DIRECTORY [RUNS [PYTHON]]");
        std::process::exit(2);
    };
    let runs = arguments.get(1).map_or(RUNS, |runs| runs.parse().expect("RUNS is a number"));
    let Some(server) = Server::start(&[]) else { return };
    loops(&server, directory);
    rebuilds(&server, directory, runs, arguments.get(2).map(String::as_str));
}
