//! A store with the content of tests/golden/store, which the Python package wrote, is the same text:
//! keys, order, layout, numbers. What can't be the same (times, ids, paths, what a machine is
//! called, and the bytes of archives, which the package compresses) is masked on both sides.

mod common;

use std::path::{Path, PathBuf};

use common::root;
use metalab::{ArrayView, Capture, DType, Json, Level, Opened, Options, Order, Take};

fn golden() -> PathBuf {
    root().join("tests/golden/store/gold_1.0")
}

const RUNS: [(&str, f64, &str); 2] =
    [("6c6bc46388ccebff", 1e-5, "thread:1"), ("3e7cf8d20ad4cf51", 0.1, "thread:2")];

/// The golden store's code was another program: its hash is given.
const CODE: &str = "7f39d6d32eb9abff";

fn bytes(values: impl IntoIterator<Item = f64>) -> Vec<u8> {
    values.into_iter().flat_map(f64::to_ne_bytes).collect()
}

/// Does what the golden store's program did, for one set of parameters.
fn write(store: &Path, learning_rate: f64, worker: &str) {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).experiment("gold:1.0").unwrap();
    options.param("lr", learning_rate).unwrap().param("n", 1).unwrap().seed(42).replicate(0).code_hash(CODE);
    options.worker(worker).unwrap();
    let Opened::Capture(capture) = Capture::open(&options).unwrap() else { panic!("skipped") };
    let none = || Json::object::<&str, Json>([]);

    capture.log(Level::Info, "Starting").unwrap();
    capture.log(Level::Warning, "warned").unwrap();
    capture.metric("acc", 0.95).unwrap();
    capture.metric("loss", 0.05).unwrap();
    capture.metric("epoch", 10i64).unwrap();
    capture.metric("nan", f64::NAN).unwrap();
    capture.metric("inf", f64::NEG_INFINITY).unwrap();
    capture.metric("ok", true).unwrap();
    capture.metric("s", "é✓").unwrap();
    capture.metric("big", 1e16).unwrap();
    capture.metric("small", 1e-5).unwrap();
    for step in 0..3i64 {
        capture.metric_step("res", step, 1.0 / (step + 1) as f64).unwrap();
    }
    let matrix = bytes((0..6).map(f64::from));
    let shape = [2, 3];
    let matrix = ArrayView::contiguous(&matrix, DType::Float64, Order::C, &shape).unwrap();
    capture.data_array("m", &matrix, none()).unwrap();
    capture.data("d", Json::object([("a", 1i64)]), Json::object([("dim", 2i64)])).unwrap();
    capture.artifact_array("arr", &matrix, none()).unwrap();
    capture.artifact_arrays("two", &[("a", matrix), ("b", matrix)], none()).unwrap();
    let document = Json::object([("x", Json::Array(vec![Json::Int(1), Json::Int(2)]))]);
    capture.artifact_json("cfg", &document, Json::object([("u", "m")])).unwrap();
    let report = store.join("report.txt");
    std::fs::write(&report, "hello").unwrap();
    capture.file("rep", &report, Take::Move, None, none()).unwrap();
    capture.subscribe("lib", Level::Debug).unwrap();
    metalab::log("lib", Level::Info, "lib says").unwrap();
    capture.finish().unwrap();
}

/// The store, written once for all tests here.
fn ours() -> &'static Path {
    static STORE: std::sync::OnceLock<tempfile::TempDir> = std::sync::OnceLock::new();
    STORE
        .get_or_init(|| {
            let store = tempfile::tempdir().unwrap();
            RUNS.iter().for_each(|(_, learning_rate, worker)| write(store.path(), *learning_rate, worker));
            store
        })
        .path()
}

#[track_caller]
fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text, with the values of these keys masked. Only values on the key's line can be.
fn masked(text: &str, keys: &[&str]) -> String {
    let mask = |line: &str| {
        let key = line.trim_start().strip_prefix('"').and_then(|rest| rest.split_once("\": "));
        match key {
            Some((key, value)) if keys.contains(&key) => {
                let comma = if value.ends_with(',') { "," } else { "" };
                line[..line.len() - value.len()].to_owned() + "*" + comma
            }
            _ => line.to_owned(),
        }
    };
    text.lines().map(mask).collect::<Vec<_>>().join("\n")
}

#[test]
fn results_json_artifacts_and_meta_are_the_same_bytes() {
    let mut paths = vec!["_meta.json".to_owned()];
    for (run, ..) in RUNS {
        paths.extend(["d", "m", "res"].map(|name| format!("results/{run}/{name}.json")));
        paths.extend(["cfg.json", "rep.txt"].map(|name| format!("artifacts/{run}/{name}")));
    }
    for path in paths {
        assert_eq!(read(ours().join("gold_1.0").join(&path)), read(golden().join(&path)), "{path}");
    }
}

#[test]
fn the_same_files_are_in_the_same_places() {
    let names = |root: &Path| -> Vec<String> {
        let names = common::files(root).into_keys();
        // Ours alone: it names the manifest that is ours.
        names
            .filter(|name| name != ".locks/manifest")
            .map(|name| if name.starts_with("experiments/") { name[..21].to_owned() } else { name })
            .collect()
    };
    assert_eq!(names(&ours().join("gold_1.0")), names(&golden()));
}

#[test]
fn records_have_the_same_keys_order_layout_and_numbers() {
    for (run, ..) in RUNS {
        let path = format!("runs/{run}.json");
        let mut keys = vec!["artifact_id", "uri", "duration_ms", "finished_at", "started_at", "host"];
        let (ours, golden) = (read(ours().join("gold_1.0").join(&path)), read(golden().join(&path)));
        // Of the archives, which are the first two artifacts, hash and size differ, too.
        let archives = |text: &str| -> (String, String) {
            let end = text.match_indices("/two.npz").next().unwrap().0;
            (text[..end].to_owned(), text[end..].to_owned())
        };
        // Our additions are in "extra"; the package has an empty object there.
        let ours = without_extra(&ours);
        let (our_archives, our_rest) = archives(&ours);
        let (golden_archives, golden_rest) = archives(&golden);
        assert_eq!(masked(&our_rest, &keys), masked(&golden_rest, &keys));
        keys.extend(["content_hash", "size_bytes"]);
        assert_eq!(masked(&our_archives, &keys), masked(&golden_archives, &keys));
    }
}

/// The text with the members of "extra" left out.
fn without_extra(text: &str) -> String {
    let (before, rest) = text.split_once("\"extra\": {").unwrap();
    let (_, after) = rest.split_once("\n    }").unwrap();
    format!("{before}\"extra\": {{}}{after}")
}

#[test]
fn manifests_have_the_same_keys_order_and_layout() {
    for (run, ..) in RUNS {
        let path = format!("artifacts/{run}/_manifest.json");
        let entries = |text: &str| -> Vec<String> { text.split("    {\n").map(str::to_owned).collect() };
        let (ours, golden) = (read(ours().join("gold_1.0").join(&path)), read(golden().join(&path)));
        let (ours, golden) = (entries(&ours), entries(&golden));
        assert_eq!(ours.len(), 5);
        for (index, (ours, golden)) in ours.iter().zip(&golden).enumerate() {
            let mut keys = vec!["artifact_id", "uri"];
            if ours.contains("npz") {
                assert!(index == 1 || index == 2);
                keys.extend(["content_hash", "size_bytes"]);
            }
            assert_eq!(masked(ours, &keys), masked(golden, &keys));
        }
    }
}

#[test]
fn logs_have_the_same_lines() {
    for (run, ..) in RUNS {
        let path = format!("logs/{run}_run.log");
        let lines = |text: String| -> Vec<String> {
            let of = |line: &str| {
                assert!(line.as_bytes()[..19].iter().all(|byte| b"0123456789-: ".contains(byte)), "{line}");
                line[19..].to_owned()
            };
            text.lines().map(of).collect()
        };
        let ours = lines(read(ours().join("gold_1.0").join(&path)));
        assert_eq!(ours, lines(read(golden().join(&path))));
    }
}

#[test]
fn the_experiments_manifest_has_the_same_keys() {
    let manifest = |root: &Path| -> serde_json::Value {
        let entries: Vec<_> =
            std::fs::read_dir(root.join("experiments")).unwrap().map(Result::unwrap).collect();
        let is_listed = |entry: &&std::fs::DirEntry| !entry.file_name().as_encoded_bytes().starts_with(b".");
        let entries: Vec<_> = entries.iter().filter(is_listed).collect();
        assert_eq!(entries.len(), 1);
        let name = entries[0].file_name().into_string().unwrap();
        let digits: String = name.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(digits, "gold_0.0_00000000_000000.json");
        common::json(&entries[0].path())
    };
    let (ours, golden) = (manifest(&ours().join("gold_1.0")), manifest(&golden()));
    let keys =
        |value: &serde_json::Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(keys(&ours), keys(&golden));
    for part in ["operation", "params", "seeds"] {
        assert_eq!(keys(&ours[part]), keys(&golden[part]), "{part}");
    }
    for same in ["context_fingerprint", "description", "experiment_id", "metadata", "name", "tags", "version"]
    {
        assert_eq!(ours[same], golden[same], "{same}");
    }
    assert_eq!(ours["operation"]["code_hash"], golden["operation"]["code_hash"]);
}
