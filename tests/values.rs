//! Values are stored exactly or refused at once: whatever the program's arithmetic is set to, how
//! deep its JSON, how small its stack, how its files and arrays are called. tests/c/values.c has the programs.

#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use common::{Ran, artifact, c_compilers, command, compile, files, json, run};
use serde_json::{Value, json};
use tempfile::TempDir;

fn ran(case: &str, store: &Path) -> Option<Ran> {
    let program = compile(c_compilers().first()?, "values");
    let place = tempfile::tempdir().unwrap();
    let mut command = command(program);
    command.arg(case).arg(store).current_dir(place.path());
    Some(run(&mut command))
}

/// Runs a case, which has to go well and to say nothing.
fn case(case: &str) -> Option<TempDir> {
    let store = tempfile::tempdir().unwrap();
    let ran = ran(case, store.path())?.succeeded();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{case}");
    Some(store)
}

/// The numbers that a run has stored, by the place of their file in the store.
fn numbers(store: &Path) -> BTreeMap<String, String> {
    let mut found = files(store);
    found.retain(|file, _| {
        file.contains("/runs/") || file.contains("/results/") || file.ends_with(".png") || file == "seen"
    });
    let stored = found.into_iter().map(|(file, content)| {
        let content = match file.contains("/runs/") {
            true => numbers_of_record(&json(&store.join(&file))).to_string(),
            false => content.escape_ascii().to_string(),
        };
        (file, content)
    });
    stored.collect()
}

/// The program's numbers that a record has.
fn numbers_of_record(record: &Value) -> Value {
    let of = |pointer: &str| {
        record.pointer(pointer).unwrap_or_else(|| panic!("{record} has no {pointer}")).clone()
    };
    let parts = ["/run_id", "/params_resolved", "/metrics", "/provenance/extra/context"];
    let mut parts: Vec<Value> = parts.into_iter().map(of).collect();
    parts.push(of("/warnings/0/c"));
    parts.into()
}

#[test]
fn numbers_are_the_same_whatever_the_program_has_set() {
    let Some(store) = case("nearest") else { return };
    let wanted = numbers(store.path());
    assert!(wanted.len() > 10, "{:?}", wanted.keys());
    let seen = &wanted["seen"];
    assert!(
        seen.contains("1e+23") && seen.contains("1.2345678901234568e+29") && seen.contains("5e-324"),
        "{seen}"
    );
    for mode in ["upward", "downward", "toward_zero", "flushed"] {
        let Some(store) = case(mode) else { return };
        let found = numbers(store.path());
        assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{mode}");
        for (file, content) in &found {
            assert_eq!(*content, wanted[file], "{mode}, {file}");
        }
    }
}

/// The lists around the number that is at the bottom of a value.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn check_deep(experiment: &Path, run_id: &str, status: &str) {
    const MOST: usize = metalab::json::MAX_DEPTH;
    let record = json(&experiment.join(format!("runs/{run_id}.json")));
    assert_eq!(record["status"], status);
    assert_eq!(depth(&record["params_resolved"]), MOST);
    let taken = ["document", "bytes", "array", "figure", "file", "mapping", "snapshots.00000003"];
    assert_eq!(record["artifacts"].as_array().unwrap().len(), taken.len(), "{record}");
    for name in taken {
        assert_eq!(depth(&artifact(&record, name)["metadata"]), MOST, "{name}");
    }
    assert_eq!(depth(&record["warnings"][0]), MOST);
    for (name, entry) in [("data", "data"), ("entry", "metadata"), ("values", "metadata")] {
        let found = json(&experiment.join(format!("results/{run_id}/{name}.json")));
        assert_eq!(depth(&found[entry]), MOST, "{name}");
    }
}

#[test]
fn json_is_taken_as_deep_as_it_can_be_kept() {
    let Some(store) = case("deep") else { return };
    check_deep(&store.path().join("values_1"), "deep", "success");
    let Some(dead) = ran("deep_and_dead", store.path()) else { return };
    assert_eq!(dead.status.signal(), Some(libc::SIGKILL), "{}", dead.stderr);
    let Some(recovered) = ran("recovers", store.path()) else { return };
    recovered.succeeded();
    check_deep(&store.path().join("values_1"), "dead", "failed");
}

#[test]
fn deep_json_and_figures_need_no_large_stack() {
    let Some(store) = case("small_stack") else { return };
    let record = json(&store.path().join("values_1/runs/small.json"));
    assert_eq!(record["status"], "success");
    assert_eq!(artifact(&record, "pooled")["metadata"]["cells_per_pixel"], json!([1, 2]));
}

#[test]
fn arrays_in_one_file_stay_where_they_are_unzipped() {
    let Some(store) = case("keys") else { return };
    let record = json(&store.path().join("values_1/runs/keys.json"));
    let names: Vec<&Value> =
        record["artifacts"].as_array().unwrap().iter().map(|artifact| &artifact["name"]).collect();
    assert_eq!(names, ["taken", "many"]);
}

#[test]
fn a_file_is_taken_in_for_its_content() {
    let Some(store) = case("files") else { return };
    let experiment = store.path().join("values_1");
    let record = json(&experiment.join("runs/files.json"));
    for found in record["artifacts"].as_array().unwrap() {
        let path = Path::new(found["uri"].as_str().unwrap());
        let is_file = std::fs::symlink_metadata(path).unwrap().is_file();
        let content = std::fs::read_to_string(path).unwrap();
        let wanted = match found["name"].as_str().unwrap() {
            "long" => "long\n",
            "dot" => "dot\n",
            _ => "1,2\n",
        };
        assert!(is_file && content == wanted, "{found}: {content:?}");
    }
    assert_eq!(record["artifacts"].as_array().unwrap().len(), 3 + 2 + 7 + 1 + 2);
    for name in ["long", "dot"] {
        assert_eq!(artifact(&record, name)["format"], "binary");
    }
    assert_eq!(artifact(&record, "linked 2")["format"], "csv");
    let metadata = |name: &str| artifact(&record, name)["metadata"].clone();
    assert_eq!(metadata("plain"), json!({"a": 1, "not_kept": ["mode", "times"], "_run_id": "files"}));
    assert_eq!(metadata("whole"), json!({"a": 1, "_run_id": "files"}));
}

#[test]
fn strings_and_whole_numbers_are_what_they_were() {
    let Some(store) = case("others") else { return };
    let results = store.path().join("values_1/results/others");
    let patches = json(&results.join("patches.json"));
    assert_eq!(
        (&patches["data"], &patches["dtype"]),
        (&json!(["inlet", "wände", "12345678"]), &json!("<U8"))
    );
    assert_eq!(
        json(&results.join("whole.json"))["data"],
        json!([[0, i64::MAX], [1, i64::MIN], [2, 9007199254740993i64]])
    );
    let npz = std::fs::read(store.path().join("values_1/artifacts/others/bytes.npz")).unwrap();
    let has = |part: &[u8]| npz.windows(part.len()).any(|bytes| bytes == part);
    assert!(has(b"'descr': '|S4', 'fortran_order': False, 'shape': (2,)") && has(b"a\0\0\0\xFF\0\0\0"));
}
