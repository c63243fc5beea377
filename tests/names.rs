//! Names that are no file names: nothing leaves the store, nothing collides, every name reads back.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use common::{artifact, files, json};
use metalab::{Capture, DType, ErrorKind, Figure, Json, Level, Opened, Options, Order, Take};
use serde_json::Value;

/// Names that can be.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "../x",
        "../../../../../../../../metalab-names-test",
        "/metalab-names-test",
        "a/b",
        "a\\b",
        ".",
        "..",
        "...",
        "v1.2",
        "loss",
        "LOSS",
        "Loss",
        "é",
        "É",
        "日本",
        "😀",
        "tab\there",
        "new\nline",
        "\u{7f}",
        "\u{85}",
        "%41",
        "A",
        "a",
        "%2541",
        "%",
        "_manifest",
        "_manifest.json",
        "%5Fmanifest",
        "x",
        "x.json",
        "x.npz",
        "x.json.json",
        ".hidden",
        ".x.tmp",
        "trailing.",
        "trailing ",
        " leading",
        " ",
        "a:b",
        "train/loss",
        "train∕loss",
        "train%2Floss",
        "train/x.json/y",
        "a//b",
        "100%",
        "e\u{301}",
        "👩‍👧",
        "␛2f;",
        "a_b",
        "C:",
        "*?<>|\"",
        "-rf",
        "~",
        "$HOME",
        "CON",
        "x.series",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend(["x".repeat(200), "é".repeat(100), "/".repeat(66)]);
    names
}

/// Names that can't.
fn bad_names() -> Vec<String> {
    let mut names = vec![String::new(), "a\0b".to_owned(), "\0".to_owned()];
    names.extend(["x".repeat(300), "x".repeat(201), "é".repeat(101), "/".repeat(67), "日".repeat(1000)]);
    names
}

fn none() -> Json {
    Json::object::<&str, Json>([])
}

/// A directory that holds a store and nothing else, however hard a name tries.
struct Confined {
    directory: tempfile::TempDir,
}

impl Confined {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("deep/er/store")).unwrap();
        Self { directory }
    }

    fn store(&self) -> PathBuf {
        self.directory.path().join("deep/er/store")
    }

    fn open(&self, experiment: &str) -> Capture {
        let mut options = Options::new();
        options.store(self.store().to_str().unwrap()).experiment(experiment).unwrap().run_id("run").unwrap();
        let Opened::Capture(capture) = Capture::open(&options).unwrap() else { panic!("skipped") };
        capture
    }

    /// The one directory of the store, when everything is where it belongs.
    fn experiment(&self) -> PathBuf {
        let found: Vec<PathBuf> =
            std::fs::read_dir(self.store()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        self.check();
        found[0].clone()
    }

    /// Nothing is beside the store.
    fn check(&self) {
        for (path, name) in [("", "deep"), ("deep", "er"), ("deep/er", "store")] {
            let entries = std::fs::read_dir(self.directory.path().join(path)).unwrap();
            let found: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(found, [name]);
        }
        for path in ["/metalab-names-test", "/metalab-names-test.json", "/metalab-names-test.npz"] {
            assert!(!Path::new(path).exists(), "{path}");
        }
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(name: &str, result: metalab::Result<T>) {
    let error = result.expect_err(name);
    assert_eq!(error.kind(), ErrorKind::Name, "{name:?}: {error}");
    assert!(error.message().len() > 10 && error.message().len() < 400, "{error}");
}

#[test]
fn metrics() {
    let confined = Confined::new();
    let capture = confined.open("names:1");
    for (number, name) in names().iter().enumerate() {
        capture.metric(name, number as i64).unwrap();
    }
    bad_names().iter().for_each(|name| refused(name, capture.metric(name, 1.0)));
    capture.finish().unwrap();
    let record = json(&confined.experiment().join("runs/run.json"));
    let wanted: BTreeMap<String, Value> =
        names().into_iter().enumerate().map(|(number, name)| (name, number.into())).collect();
    assert_eq!(record["metrics"], serde_json::to_value(wanted).unwrap());
}

/// The entries in results/, by the name that their file's name stands for. (Below are links only.)
fn entries(experiment: &Path) -> BTreeMap<String, Value> {
    let mut entries = BTreeMap::new();
    for (file, _) in files(&experiment.join("results/run")) {
        if file.contains('/') || file.starts_with('.') {
            assert!(
                std::fs::symlink_metadata(experiment.join("results/run").join(&file)).unwrap().is_symlink()
            );
            continue;
        }
        let stem = file.strip_suffix(".json").unwrap_or_else(|| panic!("{file}"));
        let name = metalab::stem::name(stem).into_owned();
        assert!(entries.insert(name, json(&experiment.join("results/run").join(file))).is_none());
    }
    entries
}

#[test]
fn series() {
    let confined = Confined::new();
    let capture = confined.open("names:1");
    for (number, name) in names().iter().enumerate() {
        let series = capture.series(name, Some(name), None).unwrap();
        series.point(number as i64, 0.5).unwrap();
        capture.metric_step(name, number as i64 + 1, 1.5).unwrap();
    }
    for name in bad_names() {
        refused(&name, capture.series(&name, None, None));
        refused(&name, capture.metric_step(&name, 1, 1.0));
    }
    capture.finish().unwrap();
    let entries = entries(&confined.experiment());
    assert_eq!(entries.keys().cloned().collect::<BTreeSet<_>>(), names().into_iter().collect());
    for (number, name) in names().iter().enumerate() {
        let wanted = serde_json::json!([[number, 0.5], [number + 1, 1.5]]);
        assert_eq!(entries[name]["data"], wanted, "{name}");
        assert_eq!(entries[name]["metadata"]["unit"], name.as_str());
    }
}

#[test]
fn data() {
    let confined = Confined::new();
    let capture = confined.open("names:1");
    for name in names() {
        capture.data(&name, Json::Str("replaced".to_owned()), none()).unwrap();
        capture.data(&name, Json::Str(name.clone()), none()).unwrap();
    }
    let one = 1f64.to_ne_bytes();
    let array = metalab::ArrayView::contiguous(&one, DType::Float64, Order::C, &[]).unwrap();
    for name in bad_names() {
        refused(&name, capture.data(&name, Json::Null, none()));
        refused(&name, capture.data_array(&name, &array, none()));
    }
    let results = capture.results().unwrap();
    let named: BTreeSet<String> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            assert_eq!(entry.get("name"), entry.get("data"));
            entry.get("name").unwrap().as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(named, names().into_iter().collect());
    capture.finish().unwrap();
    let entries = entries(&confined.experiment());
    assert_eq!(entries.len(), names().len());
    for name in names() {
        assert_eq!(entries[&name]["data"], name.as_str());
    }
}

#[test]
fn readers_find_every_name() {
    let Some(python) = common::python() else { return };
    let mut names: Vec<String> = (' '..='~').map(|c| format!("a{c}b")).collect();
    names.extend((' '..='~').filter(|c| !"./".contains(*c)).map(String::from));
    let more = [
        "train/loss",
        "a/b/c:d",
        ".hidden",
        "e\u{301}",
        "é",
        "👩‍👧",
        "😀/x",
        "x.json",
        "a/x.json",
        "end.",
        "end ",
    ];
    names.extend(more.map(str::to_owned));
    names.push((' '..='~').filter(|c| *c != '/').collect());
    let confined = Confined::new();
    let capture = confined.open("names:1");
    for (number, name) in names.iter().enumerate() {
        match number % 2 {
            0 => capture.data(name, Json::Str(name.clone()), none()).unwrap(),
            _ => capture.metric_step(name, 0, number as i64).unwrap(),
        }
        capture.artifact_json(name, Json::Str(name.clone()), none()).unwrap();
        // Entries are written again while a run goes on.
        capture.data("again", Json::Int(number as i64), none()).unwrap();
    }
    // These have no path of their own.
    for name in ["../x", "/x", "a//b", "a/../b", "a/", "a/./b", ".x/y", "x/..", "new\nline/x", "a.json/b"] {
        capture.data(name, Json::Str(name.to_owned()), none()).unwrap();
    }
    capture.finish().unwrap();
    let list = confined.store().join("../../names.json");
    std::fs::write(&list, serde_json::to_string(&names).unwrap()).unwrap();
    let script = common::root().join("tests/python/names.py");
    common::run(common::command(python).arg(script).arg(confined.store().join("names_1")).arg(&list))
        .succeeded();
    std::fs::remove_file(list).unwrap();
    confined.check();
}

#[test]
fn series_and_data_of_one_name_are_both_kept() {
    let confined = Confined::new();
    let capture = confined.open("names:1");
    for name in ["x", "y", "y.series"] {
        capture.data(name, Json::Str(name.to_owned()), none()).unwrap();
    }
    // The name that a series gets instead is another series' own, or would do for two.
    let all = ["x", "x.series", "x.series.series", "y", "y.series"];
    for (value, name) in all.into_iter().enumerate() {
        capture.metric_step(name, 0, value as i64).unwrap();
    }
    capture.finish().unwrap();
    let experiment = confined.experiment();
    let entries = entries(&experiment);
    for name in ["x", "y", "y.series"] {
        assert_eq!(entries[name]["data"], name);
    }
    let values: BTreeSet<i64> = entries.values().filter_map(|entry| entry["data"][0][1].as_i64()).collect();
    assert_eq!(values, [0, 1, 2, 3, 4].into(), "{entries:#?}");
    assert_eq!(entries["x.series"]["data"][0][1], 1, "a series of its own name keeps it");
    let warnings = json(&experiment.join("runs/run.json"))["warnings"].clone();
    assert_eq!(warnings.as_array().unwrap().len(), 3, "{warnings}");
}

/// Every artifact's file decodes to its name, and `content` of it is in it.
fn check_artifacts(confined: &Confined, suffix: &str, content: impl Fn(&str, &[u8]) -> bool) {
    let experiment = confined.experiment();
    let record = json(&experiment.join("runs/run.json"));
    let mut uris = BTreeSet::new();
    for name in names() {
        let uri = PathBuf::from(artifact(&record, &name)["uri"].as_str().unwrap());
        assert_eq!(uri.parent().unwrap(), experiment.join("artifacts/run"));
        let file = uri.file_name().unwrap().to_str().unwrap().to_owned();
        let stem = file.strip_suffix(suffix).unwrap_or_else(|| panic!("{file}"));
        assert_eq!(metalab::name::decode(stem).as_deref(), Some(name.as_str()), "{file}");
        assert!(content(&name, &std::fs::read(&uri).unwrap()), "{name}");
        assert!(uris.insert(uri));
    }
    assert_eq!(record["artifacts"].as_array().unwrap().len(), names().len());
    // Those files, and the manifest.
    assert_eq!(files(&experiment.join("artifacts/run")).len(), names().len() + 1);
}

/// Artifacts of every name, each emitted by `emit`; what can't be a name is refused.
fn artifacts(
    suffix: &str,
    emit: impl Fn(&Capture, &str) -> metalab::Result<()>,
    content: impl Fn(&str, &[u8]) -> bool,
) {
    let confined = Confined::new();
    let capture = confined.open("names:1");
    names().iter().for_each(|name| emit(&capture, name).unwrap());
    bad_names().iter().for_each(|name| refused(name, emit(&capture, name)));
    capture.finish().unwrap();
    check_artifacts(&confined, suffix, content);
}

#[test]
fn json_artifacts() {
    artifacts(
        ".json",
        |capture, name| capture.artifact_json(name, Json::Str(name.to_owned()), none()),
        |name, bytes| serde_json::from_slice::<Value>(bytes).unwrap() == name,
    );
}

#[test]
fn bytes_artifacts() {
    artifacts(
        ".vtk",
        |capture, name| capture.artifact_bytes(name, name.as_bytes(), "mesh", "vtk", none()),
        |name, bytes| bytes == name.as_bytes(),
    );
}

#[test]
fn streams() {
    artifacts(
        ".txt",
        |capture, name| {
            let stream = capture.stream(name, "text", "txt", none())?;
            stream.write(name.as_bytes())?;
            stream.seal()
        },
        |name, bytes| bytes == name.as_bytes(),
    );
}

#[test]
fn mappings() {
    artifacts(
        ".npz",
        |capture, name| {
            let mapping = capture.map_array(name, DType::UInt8, Order::C, &[200], none())?;
            // SAFETY: 200 bytes that are ours until the mapping is sealed; names are no longer.
            unsafe { mapping.data().copy_from_nonoverlapping(name.as_ptr(), name.len()) };
            mapping.seal()
        },
        |name, bytes| bytes.windows(name.len()).any(|window| window == name.as_bytes()),
    );
}

#[test]
fn figures() {
    artifacts(
        ".svg",
        |capture, name| {
            capture.figure(name, Figure::Encoded { bytes: name.as_bytes(), format: "svg" }, none())
        },
        |name, bytes| bytes == name.as_bytes(),
    );
}

#[test]
fn files_taken_in() {
    let sources = tempfile::tempdir().unwrap();
    let source = sources.path().join("source");
    artifacts(
        "",
        |capture, name| {
            std::fs::write(&source, name).unwrap();
            capture.file(name, &source, Take::Copy, None, none())
        },
        |name, bytes| bytes == name.as_bytes(),
    );
}

#[test]
fn different_artifacts_never_share_a_file() {
    let confined = Confined::new();
    let capture = confined.open("names:1");
    let source = confined.store().join("names_1/source");
    // Each pair wants the same file, one by its name and the other by its suffix.
    capture.artifact_json("x", Json::Str("json x".to_owned()), none()).unwrap();
    std::fs::write(&source, "file x.json").unwrap();
    capture.file("x.json", &source, Take::Move, None, none()).unwrap();
    std::fs::write(&source, "file y.json").unwrap();
    capture.file("y.json", &source, Take::Move, None, none()).unwrap();
    capture.artifact_json("y", Json::Str("json y".to_owned()), none()).unwrap();
    capture.artifact_bytes("z.a", b"z.a as b", "k", "b", none()).unwrap();
    capture.artifact_bytes("z", b"z as a.b", "k", "a.b", none()).unwrap();
    capture.artifact_bytes("_manifest", b"no manifest", "k", "json", none()).unwrap();
    std::fs::write(&source, "nor this").unwrap();
    capture.file("_manifest.json", &source, Take::Move, None, none()).unwrap();
    capture.finish().unwrap();
    let experiment = confined.experiment();
    let record = json(&experiment.join("runs/run.json"));
    for (name, content) in [
        ("x", "\"json x\""),
        ("x.json", "file x.json"),
        ("y.json", "file y.json"),
        ("y", "\"json y\""),
        ("z.a", "z.a as b"),
        ("z", "z as a.b"),
        ("_manifest", "no manifest"),
        ("_manifest.json", "nor this"),
    ] {
        let uri = artifact(&record, name)["uri"].as_str().unwrap();
        assert_eq!(std::fs::read_to_string(uri).unwrap(), content, "{name}");
    }
    let manifest = json(&experiment.join("artifacts/run/_manifest.json"));
    assert_eq!(manifest["artifacts"].as_array().unwrap().len(), 8);
}

#[test]
fn formats_stay_within_the_file_name() {
    let confined = Confined::new();
    let capture = confined.open("names:1");
    let formats = [
        "png",
        "tar.gz",
        "../x",
        "a/b",
        ".",
        "..",
        ".png",
        "",
        "\0",
        "p\nq",
        "%41",
        "A b ",
        "é",
        &"x".repeat(40),
        &"x".repeat(41),
        &"x".repeat(300),
    ]
    .map(str::to_owned);
    let mut kept = Vec::new();
    for (number, format) in formats.iter().enumerate() {
        let name = format!("a{number}");
        let bytes = name.as_bytes();
        match capture.artifact_bytes(&name, bytes, "kind", format, none()) {
            Ok(()) => {
                capture.figure(&format!("figure {name}"), Figure::Encoded { bytes, format }, none()).unwrap();
                kept.push((name, format));
            }
            Err(error) => {
                assert!(["", "\0"].contains(&format.as_str()) || format.len() > 40, "{format:?}: {error}");
                assert_eq!(error.kind(), ErrorKind::Name, "{format:?}: {error}");
                refused(format, capture.stream(&name, "kind", format, none()));
                refused(format, capture.figure(&name, Figure::Encoded { bytes, format }, none()));
            }
        }
    }
    assert_eq!(kept.len(), formats.len() - 4);
    capture.finish().unwrap();
    let experiment = confined.experiment();
    let record = json(&experiment.join("runs/run.json"));
    for (name, format) in &kept {
        let artifact = artifact(&record, name);
        assert_eq!(artifact["format"], format.as_str());
        let uri = PathBuf::from(artifact["uri"].as_str().unwrap());
        assert_eq!(uri.parent().unwrap(), experiment.join("artifacts/run"));
        assert_eq!(std::fs::read(&uri).unwrap(), name.as_bytes());
        assert!(uri.file_name().unwrap().to_str().unwrap().starts_with(&format!("{name}.")));
    }
}

#[test]
fn files_with_odd_extensions_are_taken_in() {
    let confined = Confined::new();
    let capture = confined.open("names:1");
    let sources = tempfile::tempdir().unwrap();
    let odd = ["plain", "a.b c", "a.%41", "dots..txt", ".hidden", "ends.", "é.é", "a.b\nc", "tar.tar.gz"];
    for name in odd {
        let source = sources.path().join(name);
        std::fs::write(&source, name).unwrap();
        capture
            .file(name, &source, Take::Link, None, none())
            .unwrap_or_else(|error| panic!("{name:?}: {error}"));
    }
    capture.finish().unwrap();
    let record = json(&confined.experiment().join("runs/run.json"));
    for name in odd {
        let artifact = artifact(&record, name);
        assert_eq!(std::fs::read_to_string(artifact["uri"].as_str().unwrap()).unwrap(), name);
    }
}

#[test]
fn experiments() {
    let confined = Confined::new();
    let ids = [
        "../x:1",
        "../x",
        "a/b:c/d",
        ".",
        "..:..",
        "v1.2",
        "loss",
        "LOSS",
        "é:日本",
        "new\nline:1",
        "%41",
        "A",
        "_manifest",
        ".hidden:1",
        "trailing :1",
        "a:1.",
        "C:\\x",
        " ",
    ];
    for id in ids {
        let capture = confined.open(id);
        capture.metric("x", 1.0).unwrap();
        capture.finish().unwrap();
        confined.check();
    }
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(confined.store()).unwrap() {
        let path = entry.unwrap().path();
        let id = json(&path.join("_meta.json"))["experiment_id"].as_str().unwrap().to_owned();
        assert_eq!(json(&path.join("runs/run.json"))["experiment_id"], id.as_str());
        assert_eq!(path.file_name().unwrap().to_str().unwrap(), metalab::name::experiment_dir(&id));
        assert!(found.insert(id));
    }
    let with_version = |id: &&str| if id.contains(':') { (*id).to_owned() } else { format!("{id}:1") };
    assert_eq!(found, ids.iter().map(with_version).collect());

    let long = "x".repeat(300);
    for id in ["", ":", "a:", ":1", "a\0b", long.as_str()] {
        refused(id, Options::new().experiment(id));
    }
}

#[test]
fn experiments_of_one_directory_are_told_apart() {
    let confined = Confined::new();
    confined.open("a:b_c").finish().unwrap();
    let mut options = Options::new();
    options.store(confined.store().to_str().unwrap()).experiment("a_b:c").unwrap();
    refused("a_b:c", Capture::open(&options).map(|_| ()));
    let meta = json(&confined.experiment().join("_meta.json"));
    assert_eq!(meta["experiment_id"], "a:b_c");
}

#[test]
fn run_ids() {
    for name in names().iter().chain(&bad_names()) {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if plain && !name.is_empty() && name.len() <= 128 && !name.starts_with(['.', '-']) {
            Options::new().run_id(name).unwrap();
        } else {
            refused(name, Options::new().run_id(name));
        }
    }
    let confined = Confined::new();
    let run_ids =
        ["v1.2", "loss", "LOSS", "x.json", "_manifest", "trailing.", "a..b", "CON", &"r".repeat(128)];
    for run_id in run_ids {
        let mut options = Options::new();
        options
            .store(confined.store().to_str().unwrap())
            .experiment("names")
            .unwrap()
            .run_id(run_id)
            .unwrap();
        let Opened::Capture(capture) = Capture::open(&options).unwrap() else { panic!("skipped") };
        capture.metric_step("s", 1, 1.0).unwrap();
        capture.artifact_json("a", &Json::Null, none()).unwrap();
        capture.log(Level::Info, run_id).unwrap();
        capture.finish().unwrap();
    }
    let experiment = confined.experiment();
    for run_id in run_ids {
        assert_eq!(json(&experiment.join(format!("runs/{run_id}.json")))["status"], "success");
        assert!(experiment.join(format!("results/{run_id}/s.json")).is_file());
        assert!(experiment.join(format!("artifacts/{run_id}/a.json")).is_file());
        assert!(experiment.join(format!("logs/{run_id}_run.log")).is_file());
    }
}

#[test]
fn workers_and_loggers() {
    let confined = Confined::new();
    let mut wanted = String::new();
    for (number, name) in names().iter().enumerate() {
        let mut options = Options::new();
        options.store(confined.store().to_str().unwrap()).experiment("names").unwrap();
        options.run_id("12345678x").unwrap();
        if name.chars().any(char::is_control) {
            refused(name, options.worker(name));
            continue;
        }
        options.worker(name).unwrap();
        let Opened::Capture(capture) = Capture::open(&options).unwrap() else { panic!("skipped") };
        capture.log(Level::Info, &format!("line {number}")).unwrap();
        capture.subscribe(name, Level::Info).unwrap();
        metalab::log(name, Level::Info, &format!("named {number}")).unwrap();
        capture.finish().unwrap();
        wanted.push_str(&format!("[INFO   ] [metalab.run.12345678.{name}] line {number}\n"));
        let subscribed = format!("Subscribed to logger: {name} (level=INFO)");
        wanted.push_str(&format!("[DEBUG  ] [metalab.run.12345678.{name}] {subscribed}\n"));
        wanted.push_str(&format!("[INFO   ] [{name}] named {number}\n"));
    }
    for name in bad_names().iter().filter(|name| name.len() <= 3 || name.len() > 200) {
        assert_eq!(Options::new().worker(name).unwrap_err().kind(), ErrorKind::Name);
    }
    let experiment = confined.experiment();
    let log = std::fs::read_to_string(experiment.join("logs/12345678x_run.log")).unwrap();
    let without_times: String = log.lines().map(|line| format!("{}\n", &line[20..])).collect();
    assert_eq!(without_times, wanted);
    assert_eq!(files(&experiment.join("logs")).len(), 1);
}
