//! The Rust interface with values and types of a Rust program.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::path::Path;
use std::time::Duration;

use metalab::{
    ArrayView, Capture, DType, ErrorKind, Figure, Json, Opened, Options, Order, Rank, Series, Take,
};
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize)]
struct Params {
    cells: [u64; 2],
    scheme: Scheme,
    tolerance: f64,
    limiter: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Scheme {
    Upwind,
    Weno { order: u8 },
}

fn params() -> Params {
    Params { cells: [64, 32], scheme: Scheme::Weno { order: 5 }, tolerance: 1e-6, limiter: None }
}

fn options(store: &Path) -> Options {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("");
    options.experiment("api:1").unwrap().run_id("run").unwrap();
    options
}

fn open(options: &Options) -> Capture {
    match Capture::open(options).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run_id) => panic!("{run_id} was skipped"),
    }
}

/// A file of the store, with NaN and infinities as strings.
fn read(store: &Path, file: &str) -> Value {
    let text = std::fs::read_to_string(store.join("api_1").join(file)).unwrap();
    let text = text.replace("-Infinity", "\"-inf\"").replace("Infinity", "\"inf\"").replace("NaN", "\"nan\"");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_variables_of_a_namelist_file_are_params() {
    let place = tempfile::tempdir().unwrap();
    let deck = place.path().join("heat.nml");
    std::fs::write(&deck, b"&grid n = 64, h%x = 2*0.5d0 ! gr\xfc\xdf\n/\n&io on = t /\n").unwrap();
    let mut options = options(place.path());
    options.namelist(&deck).unwrap().param("io", 3).unwrap();
    open(&options).finish().unwrap();
    let wanted = json!({"grid": {"n": 64, "h": {"x": [0.5, 0.5]}}, "io": 3});
    assert_eq!(read(place.path(), "runs/run.json")["params_resolved"], wanted);
    assert_eq!(options.namelist("missing.nml").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn structs_of_the_program_are_captured() {
    let place = tempfile::tempdir().unwrap();
    let mut options = options(place.path());
    options.params(params()).unwrap().param("inflow", [1.5, 2.5]).unwrap();
    options.context(json!({"mesh": "box.msh"})).unwrap();
    options.metadata(BTreeMap::from([("campaign", 7)])).unwrap().metadata(()).unwrap();
    let run = open(&options);
    run.data("result", params(), ()).unwrap();
    run.data("extremes", [f64::NAN, f64::NEG_INFINITY], json!({"unit": "K"})).unwrap();
    run.data("big", (u64::MAX, i128::MIN), None::<Params>).unwrap();
    run.data("nothing", Json::Null, Json::Null).unwrap();
    run.artifact_json("settings", &Scheme::Upwind, BTreeMap::from([("part", 1)])).unwrap();
    run.add_warning("hot", json!({"kelvin": 900.5, "message": "not this one"})).unwrap();
    let mapping = run.map_array("u", DType::Float64, Order::C, &[2], json!({"a": 1})).unwrap();
    mapping.add_metadata(BTreeMap::from([("b", Scheme::Upwind)])).unwrap();
    mapping.seal().unwrap();
    run.finish().unwrap();

    let record = read(place.path(), "runs/run.json");
    let resolved = json!({
        "cells": [64, 32],
        "scheme": {"weno": {"order": 5}},
        "tolerance": 1e-6,
        "limiter": null,
        "inflow": [1.5, 2.5],
    });
    assert_eq!(record["params_resolved"], resolved);
    let extra = &record["provenance"]["extra"];
    assert_eq!(
        (&extra["metadata"], &extra["context"]),
        (&json!({"campaign": 7}), &json!({"mesh": "box.msh"}))
    );
    assert_eq!(record["warnings"], json!([{"kelvin": 900.5, "message": "hot"}]));
    let artifact = |name: &str| {
        let all = record["artifacts"].as_array().unwrap();
        all.iter().find(|artifact| artifact["name"] == name).unwrap()["metadata"].clone()
    };
    assert_eq!(artifact("u"), json!({"_run_id": "run", "a": 1, "b": "upwind"}));
    assert_eq!(artifact("settings")["part"], 1);
    let data = |name: &str| read(place.path(), &format!("results/run/{name}.json"));
    assert_eq!(data("result")["data"]["scheme"], json!({"weno": {"order": 5}}));
    assert_eq!(data("extremes")["data"], json!(["nan", "-inf"]));
    assert_eq!(
        (&data("extremes")["metadata"], &data("result")["metadata"]),
        (&json!({"unit": "K"}), &json!({}))
    );
    assert_eq!(data("nothing")["data"], Value::Null);
    let big = std::fs::read_to_string(place.path().join("api_1/results/run/big.json")).unwrap();
    assert!(big.contains("18446744073709551615") && big.contains("-170141183460469231731687303715884105728"));
}

#[test]
fn what_is_no_object_is_refused_as_metadata() {
    let place = tempfile::tempdir().unwrap();
    let mut options = options(place.path());
    assert_eq!(options.params(3).unwrap_err().kind(), ErrorKind::Json);
    assert_eq!(options.context([1]).unwrap_err().kind(), ErrorKind::Json);
    assert_eq!(options.metadata("x").unwrap_err().kind(), ErrorKind::Json);
    let error = options.param("shape", BTreeMap::from([((1, 2), 3)])).unwrap_err();
    let message = "params.shape: a key must be a string, an integer or a boolean, not an array";
    assert_eq!(error.message(), message);
    let run = open(&options);
    let file = place.path().join("file.txt");
    std::fs::write(&file, "x").unwrap();
    let bytes = 1.0f64.to_ne_bytes();
    let array = ArrayView::contiguous(&bytes, DType::Float64, Order::C, &[1]).unwrap();
    let image = Figure::Encoded { bytes: b"<svg/>", format: "svg" };
    let stream = run.stream("stream", "text", "txt", ()).unwrap();
    let mapping = run.map_array("mapping", DType::Int8, Order::C, &[1], ()).unwrap();
    let bad = json!([1]);
    let shape = &[1];
    for (what, result) in [
        ("metadata", run.data("x", 1, &bad)),
        ("metadata", run.data_array("x", &array, &bad)),
        ("metadata", run.artifact_json("x", 1, "text")),
        ("metadata", run.artifact_bytes("x", b"x", "text", "txt", 1)),
        ("metadata", run.artifact_array("x", &array, true)),
        ("metadata", run.map_array("x", DType::Int8, Order::C, shape, &bad).map(drop)),
        ("metadata", run.snapshots("x", DType::Int8, Order::C, shape, &bad).map(drop)),
        ("metadata", run.stream("x", "text", "txt", &bad).map(drop)),
        ("metadata", run.file("x", &file, Take::Copy, None, &bad)),
        ("metadata", run.figure("x", image, 1.5)),
        ("metadata", stream.add_metadata(&bad)),
        ("metadata", mapping.add_metadata(&bad)),
        ("details", run.add_warning("x", &bad)),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Json, "{error}");
        assert!(error.message().starts_with(&format!("{what} must be a JSON object, not ")), "{error}");
    }
    stream.abandon().unwrap();
    mapping.abandon().unwrap();
    run.finish().unwrap();
    let record = read(place.path(), "runs/run.json");
    assert_eq!((&record["artifacts"], &record["warnings"]), (&json!([]), &json!([])));
    assert_eq!(std::fs::read_dir(place.path().join("api_1/results/run")).unwrap().count(), 0);
}

#[test]
fn a_series_is_fed_from_any_thread_and_outlives_its_capture_in_peace() {
    struct Solver {
        residual: Series,
        run: Capture,
    }
    let place = tempfile::tempdir().unwrap();
    let run = open(&options(place.path()));
    let solver = Solver { residual: run.series("residual", Some("K"), None).unwrap(), run };
    let words = solver.run.series("words", None, None).unwrap();
    let threads: Vec<_> = (0..2)
        .map(|thread| {
            let residual = solver.residual.clone();
            std::thread::spawn(move || {
                (0..50).for_each(|step| residual.point(2 * step + thread, step).unwrap())
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    words.point(1, "one").unwrap();
    words.point(2, true).unwrap();
    words.point(3, 0.5).unwrap();
    assert_eq!(words.point(4, "x".repeat(40_000).as_str()).unwrap_err().kind(), ErrorKind::Value);
    solver.run.finish().unwrap();
    assert_eq!(solver.residual.point(1, 1).unwrap_err().kind(), ErrorKind::Closed);
    drop(solver.run);
    assert_eq!(solver.residual.point(1, 1.0).unwrap_err().kind(), ErrorKind::Closed);
    let entry = read(place.path(), "results/run/residual.json");
    let points: Vec<Value> = (0..100).map(|step| json!([step, step / 2])).collect();
    assert_eq!((&entry["data"], &entry["metadata"]["unit"]), (&json!(points), &json!("K")));
    let words = read(place.path(), "results/run/words.json");
    assert_eq!(words["data"], json!([[1, "one"], [2, true], [3, 0.5]]));
}

#[test]
fn a_rank_is_one_of_its_size() {
    let place = tempfile::tempdir().unwrap();
    let mut options = options(place.path());
    options.rank(Rank::new(0, 3).unwrap());
    let run = open(&options);
    assert_eq!((run.rank().rank(), run.rank().size()), (0, 3));
    assert_eq!(Rank::new(3, 3).unwrap_err().kind(), ErrorKind::Value);
    assert_eq!(Rank::default(), Rank::new(0, 1).unwrap());
}

#[test]
fn intervals_of_samples_have_limits() {
    let mut options = Options::new();
    for interval in [Duration::ZERO, Duration::from_millis(10), Duration::from_secs(86_400)] {
        options.sample(interval).unwrap();
    }
    for interval in [Duration::from_nanos(1), Duration::from_millis(9), Duration::from_secs(86_401)] {
        assert_eq!(options.sample(interval).unwrap_err().kind(), ErrorKind::Value);
    }
}

#[test]
fn errors_keep_their_source() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mut options = options(place.path());
    options.store(file.to_str().unwrap());
    let error = Capture::open(&options).map(drop).unwrap_err();
    let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    assert!(source.is_some_and(|source| source.raw_os_error().is_some()), "{error:?}");
    let run = open(options.store(place.path().to_str().unwrap()));
    let missing = run.file("x", &place.path().join("missing"), Take::Copy, None, ()).unwrap_err();
    let source = missing.source().and_then(|source| source.downcast_ref::<std::io::Error>()).unwrap();
    assert_eq!((missing.kind(), source.kind()), (ErrorKind::NotFound, std::io::ErrorKind::NotFound));
}

#[test]
fn the_experiments_manifest_counts_runs_that_begin_at_once() {
    let place = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let place = place.path();
            scope.spawn(move || {
                for run in 0..4 {
                    let mut options = options(place);
                    options.run_id(&format!("run{thread}-{run}")).unwrap().param("n", run).unwrap();
                    options.planned_runs(40);
                    open(&options).finish().unwrap();
                }
            });
        }
    });
    let files = std::fs::read_dir(place.path().join("api_1/experiments")).unwrap();
    let names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let listed: Vec<&String> = names.iter().filter(|name| !name.starts_with('.')).collect();
    let [file] = listed.as_slice() else { panic!("{names:?}") };
    let manifest = read(place.path(), &format!("experiments/{file}"));
    assert_eq!((&manifest["total_runs"], &manifest["params"]["total_cases"]), (&json!(40), &json!(32)));
    assert_eq!(manifest["run_ids"].as_array().unwrap().len(), 32);
    let mut values = manifest["params"]["spec"]["n"].as_array().unwrap().clone();
    values.sort_by_key(Value::as_i64);
    assert_eq!(values, [0, 1, 2, 3]);
}

#[test]
fn steps_that_are_not_the_runs_stay_in_a_restart() {
    use metalab::read::Store;
    let place = tempfile::tempdir().unwrap();
    let mut options = options(place.path());
    let first = open(&options);
    for step in 0..10 {
        first.series("loss", Some("K"), None).unwrap().point(step, 0.5).unwrap();
        first.series("krylov", None, None).unwrap().point(100 * step, 0.5).unwrap();
    }
    first.set_step_unit("krylov", "iteration").unwrap();
    assert_eq!(first.set_step_unit("krylov", " ").unwrap_err().kind(), ErrorKind::Value);
    let last_step = || {
        let store = Store::open(place.path().to_str().unwrap()).unwrap();
        store.run(None, "run").unwrap().last_step().unwrap()
    };
    // From the journal, then from the entries.
    assert_eq!(last_step(), Some(9));
    first.finish().unwrap();
    assert_eq!(last_step(), Some(9));
    let started = read(place.path(), "runs/run.json")["started_at"].clone();

    let second = open(options.restart(5).sample(Duration::from_millis(10)).unwrap());
    let has_samples = || {
        let store = Store::open(place.path().to_str().unwrap()).unwrap();
        let run = store.run(None, "run").unwrap();
        run.series("process.cpu_percent").unwrap().is_some_and(|series| !series.is_empty())
    };
    let begun = std::time::Instant::now();
    while !has_samples() && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    // While it goes on, the reader sees what the restart keeps.
    let live = Store::open(place.path().to_str().unwrap()).unwrap().run(None, "run").unwrap();
    let (loss, krylov) = (live.series("loss").unwrap().unwrap(), live.series("krylov").unwrap().unwrap());
    assert_eq!((loss.len(), krylov.len(), loss.unit.as_deref()), (5, 10, Some("K")));
    let mut shown = std::collections::BTreeMap::<usize, usize>::new();
    let mut feed = live.feed();
    feed.poll(&mut |series, _, _| *shown.entry(series).or_default() += 1).unwrap();
    let count = |name: &str| feed.series().iter().position(|one| one.name == name).map(|at| shown[&at]);
    assert_eq!((count("loss"), count("krylov")), (Some(5), Some(10)));
    second.finish().unwrap();
    let steps = |name: &str| -> Vec<i64> {
        let entry = read(place.path(), &format!("results/run/{name}.json"));
        entry["data"].as_array().unwrap().iter().map(|point| point[0].as_i64().unwrap()).collect()
    };
    assert_eq!(steps("loss"), [0, 1, 2, 3, 4]);
    assert_eq!(steps("krylov"), (0..10).map(|step| 100 * step).collect::<Vec<_>>());
    let extra = &read(place.path(), "runs/run.json")["provenance"]["extra"];
    assert_eq!(extra["earlier_attempts"].as_array().unwrap().len(), 1);
    assert_eq!(extra["earlier_attempts"][0]["status"], "success");
    assert_eq!(extra["first_started_at"], started);
    assert_eq!(read(place.path(), "results/run/process.cpu_percent.json")["metadata"]["step_unit"], "ms");
}

#[test]
fn a_run_may_be_of_another_program() {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("solver");
    std::fs::write(&program, "a program").unwrap();
    let command = ["./solver".to_owned(), "--password".to_owned(), "hidden".to_owned()];
    let mut options = Options::new();
    options.store(directory.path().join("runs").to_str().unwrap()).program(&program, &command);
    let Opened::Capture(run) = Capture::open(&options).unwrap() else { panic!() };
    let mut output = run.output("stdout").unwrap();
    let (lines, written) = output.feed(b"\x1b[31mone\x1b[0m\ntw");
    written.unwrap();
    assert_eq!(lines, "one\n");
    assert_eq!(output.feed(b"o\nhalf \xe9").0, "two\n");
    assert_eq!(output.finish().0, "half \\xe9\n");
    assert!(run.output("").is_err());
    run.finish().unwrap();
    assert!(run.output("late").is_err());
    let store = metalab::read::Store::open(directory.path().join("runs").to_str().unwrap()).unwrap();
    let read = store.run(Some("solver:1"), run.run_id()).unwrap();
    assert_eq!(read.log("stdout", 0, 1000).unwrap(), b"one\ntwo\nhalf \\xe9\n");
    let provenance = read.provenance().to_compact();
    assert!(provenance.contains(&format!("{:?}", program.to_str().unwrap())), "{provenance}");
    assert!(provenance.contains(r#""command":["./solver","--password","***"]"#), "{provenance}");
    // The SHA-256 of its file.
    assert!(provenance.contains("d69ea8cda2433733c1ce02de65da8f48e6a3dbba6bb18876a2062908e54ef7cb"));
}

#[test]
fn a_declaration_that_is_repeated_makes_no_record() {
    let place = tempfile::tempdir().unwrap();
    let capture = open(&options(place.path()));
    let declare = || {
        capture.reduce("residual")?;
        capture.series("loss", Some("J"), None)?;
        capture.set_axis("loss", "time")?;
        capture.set_step_unit("loss", "sweep")
    };
    for _ in 0..1000 {
        declare().unwrap();
    }
    // A record is written if it differs from the one before.
    for unit in ["K", "J"] {
        capture.series("loss", Some(unit), None).unwrap();
    }
    let mut found = [0, 0];
    let mut directories = vec![place.path().join("api_1/.journal")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path());
                continue;
            }
            let bytes = std::fs::read(entry.path()).unwrap();
            for (count, kind) in found.iter_mut().zip(["\"event\":\"reduce\"", "\"event\":\"series\""]) {
                *count += bytes.windows(kind.len()).filter(|window| *window == kind.as_bytes()).count();
            }
        }
    }
    assert_eq!(found, [1, 5]);
    capture.series("loss", None, None).unwrap().point(1, 2.0).unwrap();
    capture.metric("residual", 3).unwrap();
    capture.finish().unwrap();
    assert_eq!(declare().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(read(place.path(), "runs/run.json")["metrics"]["residual.max"], 3);
}
