//! Stores that were damaged, and the reader, which must neither fail nor believe what can't be: a run that
//! has ended, one whose process seems dead, and a cache of many. Included by tests/read.rs, which is
//! deterministic, and by the fuzzer.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use metalab::read::{Artifact, Data, Query, Run, Store, Table};
use metalab::{ArrayView, Capture, DType, Json, Level, Opened, Options, Order};

/// The number of runs from which a cache is kept.
const MANY: usize = 500;

/// The bytes of a cache's file before its content: a magic number, and the sum of the content.
const HEAD: usize = 16;

/// A file, without the zeros at its end.
struct Content {
    path: PathBuf,
    bytes: Vec<u8>,
    size: u64,
    is_cache: bool,
}

/// The stores that are damaged, and where they are.
pub struct Stores {
    directory: tempfile::TempDir,
    files: Vec<Content>,
}

fn none() -> Json {
    Json::Object(Default::default())
}

/// A run with something of each kind.
fn run_of(store: &Path, run_id: &str) -> Capture {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("").param("n", 3).unwrap().add_tag("tag");
    options.experiment("fuzz:1").unwrap().run_id(run_id).unwrap();
    let Opened::Capture(run) = Capture::open(&options).unwrap() else { unreachable!() };
    let loss = run.series("loss", Some("K"), None).unwrap();
    (0..60).for_each(|step| loss.point(59 - step, step as f64 / 3.0).unwrap());
    for step in 0..8 {
        run.metric_step("mode", step, if step % 2 == 0 { "even \u{1F600}" } else { "odd" }).unwrap();
        run.metric_step("flag", step, step > 3).unwrap();
        run.metric_step("mixed", step, step).unwrap();
    }
    run.metric_step("mixed", 9, 0.5).unwrap();
    run.metric("energy", f64::NAN).unwrap();
    run.metric("solver", "cg").unwrap();
    let values: Vec<u8> = (0..48).collect();
    for (name, order) in [("c", Order::C), ("f", Order::F)] {
        let array = ArrayView::contiguous(&values, DType::Float64, order, &[2, 3]).unwrap();
        run.artifact_array(name, &array, none()).unwrap();
        run.data_array(&format!("{name} data"), &array, none()).unwrap();
    }
    run.data("document", Json::from(vec![Json::from("a"), Json::Float(f64::INFINITY)]), none()).unwrap();
    run.log(Level::Info, "a line é").unwrap();
    run.add_note("a note").unwrap();
    run
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(std::fs::copy(path, to).unwrap()),
        }
    }
}

/// A store with many runs, of which a cache exists.
fn many(directory: &Path) {
    let root = directory.join("many/fuzz_1");
    std::fs::create_dir_all(root.join("runs")).unwrap();
    std::fs::write(root.join("_meta.json"), r#"{"experiment_id": "fuzz:1"}"#).unwrap();
    for n in 0..MANY {
        let record = format!(
            r#"{{"run_id": "{n}", "experiment_id": "fuzz:1", "status": "success", "started_at": "2026-11-23T08:18:15",
            "tags": ["a"], "params_resolved": {{"n": {n}, "o": {{"x": [1]}}}}, "metrics": {{"m": 0.5, "t": "é"}}}}"#
        );
        std::fs::write(root.join(format!("runs/{n}.json")), record).unwrap();
    }
    let start = Instant::now();
    while !directory.join("cache").exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "no cache is written");
        std::thread::sleep(Duration::from_millis(100));
        table(&directory.join("many"), &directory.join("cache"), "");
    }
}

fn files(directory: &Path, into: &mut Vec<Content>) {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, into);
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        let size = bytes.len() as u64;
        bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
        let is_cache = path.parent().is_some_and(|parent| parent.ends_with("cache"));
        into.push(Content { path, bytes, size, is_cache });
    }
}

impl Stores {
    /// Makes them.
    pub fn new() -> Self {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let place = directory.path();
        run_of(&place.join("store"), "ended").finish().unwrap();
        let deflated = place.join("store/fuzz_1/artifacts/ended/deflated.npz");
        std::fs::write(deflated, include_bytes!("deflated.npz")).unwrap();
        let manifest = place.join("store/fuzz_1/artifacts/ended/_manifest.json");
        let text = std::fs::read_to_string(&manifest).unwrap();
        let more = r#"{"name": "deflated", "kind": "numpy", "format": "npz", "uri": "/gone/deflated.npz",
            "content_hash": "0000000000000000", "size_bytes": 0, "metadata": {}}, "#;
        std::fs::write(manifest, text.replacen('[', &format!("[{more}"), 1)).unwrap();
        // A copy of a run that goes on looks as if its process had died.
        let run = run_of(&place.join("alive"), "dead");
        copy(&place.join("alive"), &place.join("store"));
        run.finish().unwrap();
        std::fs::remove_dir_all(place.join("alive")).unwrap();
        let mut all = Vec::new();
        files(&place.join("store"), &mut all);
        many(place);
        files(&place.join("cache"), &mut all);
        let stores = Self { directory, files: all };
        let seen = stores.read([true; 3]);
        assert!(seen > 40, "the reader sees little: {seen}");
        stores
    }

    /// Damages files as `bytes` choose, reads everything, and mends them.
    pub fn check(&self, bytes: &[u8]) {
        let mut choices = Choices(bytes);
        let mut touched = Vec::new();
        for _ in 0..choices.byte() % 2 + 1 {
            let file = usize::from(choices.byte()) % self.files.len();
            let content = &self.files[file];
            let (mut bytes, mut size) = (content.bytes.clone(), content.size);
            for _ in 0..choices.byte() % 4 + 1 {
                choices.damage(&mut bytes, &mut size);
            }
            if content.is_cache && bytes.len() > HEAD {
                let sum = u64::from(crc32fast::hash(&bytes[HEAD..])).to_le_bytes();
                bytes[8..HEAD].copy_from_slice(&sum);
                size = bytes.len() as u64;
            }
            write(&content.path, &bytes, size);
            touched.push(file);
        }
        let of = |part: &str| {
            let is_of = |file: &usize| self.files[*file].path.to_string_lossy().contains(part);
            touched.iter().any(is_of)
        };
        self.read(["/cache/", "ended", "dead"].map(of));
        for file in touched {
            let content = &self.files[file];
            write(&content.path, &content.bytes, content.size);
        }
    }

    /// Reads what is in the cache, and everything of each of the two runs; returns how much was there.
    fn read(&self, [of_cache, of_ended, of_dead]: [bool; 3]) -> usize {
        let place = self.directory.path();
        let (store, cache) = (place.join("store"), place.join("cache"));
        let mut seen = 0;
        if of_cache {
            seen += table(&place.join("many"), &cache, "params.n > 7 or metrics.t ~ é").len().min(1);
        }
        seen += table(&store, &cache, "tag = tag order by metrics.energy").len();
        let Ok(store) = Store::open(store.to_str().unwrap()) else { return seen };
        let store = store.with_cache(None);
        for (run_id, _) in [("ended", of_ended), ("dead", of_dead)].into_iter().filter(|one| one.1) {
            if let Ok(Some(mut run)) = store.find(None, run_id) {
                seen += read_run(&run);
                let _ = run.refresh();
            }
        }
        seen
    }
}

fn table(store: &Path, cache: &Path, filter: &str) -> Table {
    let store = Store::open(store.to_str().unwrap()).unwrap().with_cache(Some(cache));
    let empty = |_| store.runs(&Query { filter: "run_id = none", ..Query::default() }).unwrap();
    let table = store.runs(&Query { filter, ..Query::default() }).unwrap_or_else(empty);
    assert!(table.columns().iter().all(|column| column.values.len() == table.len()));
    assert!(
        table.columns().iter().all(|column| column.valid.as_ref().is_none_or(|all| all.len() == table.len()))
    );
    table
}

fn read_run(run: &Run) -> usize {
    let mut seen = run.current().len() + run.metrics().len() + run.tags().len() + run.warnings().len();
    let _ = (
        run.status(),
        run.notes(),
        run.error(),
        run.started(),
        run.finished(),
        run.last_step(),
        run.latest("u"),
    );
    for name in run.series_names().unwrap_or_default() {
        if let Ok(Some(series)) = run.series(&name) {
            assert_eq!(series.steps.len(), series.values.len());
            assert!(series.steps.is_sorted());
            assert!(series.thinned(8).steps.len() <= series.steps.len());
            let _ = run.axis(&series);
            seen += series.steps.len().min(2);
        }
        if let Ok(mut follow) = run.follow(&name) {
            for _ in 0..2 {
                let _ = follow.poll();
                assert_eq!(follow.steps().len(), follow.values().len());
            }
        }
    }
    let _ = run.series_of_ranks("loss");
    for name in run.result_names().unwrap_or_default() {
        if let Ok(Some(result)) = run.result(&name) {
            seen += 1;
            if let Data::Array(array) = result.data {
                let size = array.shape().iter().product::<u64>() as usize * array.dtype().size();
                assert_eq!(array.bytes().len(), size);
            }
        }
    }
    for artifact in run.artifacts().unwrap_or_default() {
        seen += read_artifact(&artifact);
    }
    for name in run.log_names().unwrap_or_default() {
        seen += run.log(&name, 0, 1 << 16).map_or(0, |bytes| bytes.len().min(1));
    }
    seen
}

fn read_artifact(artifact: &Artifact) -> usize {
    let _ = (artifact.verify(), artifact.bytes());
    let mut seen = 0;
    for name in artifact.arrays().unwrap_or_default() {
        if let Ok(array) = artifact.array(Some(&name)) {
            let size = array.shape().iter().product::<u64>() as usize * array.dtype().size();
            assert_eq!(array.bytes().len(), size);
            let _ = (array.verify(), array.elements::<f64>().map(|all| all.iter().sum::<f64>()));
            seen += 1;
        }
    }
    seen
}

/// Writes over a file that readers may have mapped: it is another one afterwards. That of a record is not,
/// nor that of a cache: who looks at times and inodes sees no change.
fn write(path: &Path, bytes: &[u8], size: u64) {
    let _ = std::fs::remove_file(path);
    let file = File::create(path).unwrap();
    file.write_all_at(bytes, 0).unwrap();
    file.set_len(size).unwrap();
}

/// Numbers from a fuzzer's bytes; zeros when they are used up.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn number(&mut self, below: usize) -> usize {
        (usize::from(self.byte()) | usize::from(self.byte()) << 8) % below.max(1)
    }

    /// Damages the content of a file.
    fn damage(&mut self, bytes: &mut Vec<u8>, size: &mut u64) {
        let what = self.byte() % 8;
        let at = self.number(bytes.len() + 16);
        let length = self.number(64) + 1;
        match what {
            0 | 1 => {
                bytes.resize(bytes.len().max(at + 1), 0);
                bytes[at] ^= 1 << (self.byte() % 8);
            }
            2 | 3 => {
                bytes.resize(bytes.len().max(at + 1), 0);
                bytes[at] = self.byte();
            }
            4 => {
                let new: Vec<u8> = (0..length.min(24)).map(|_| self.byte()).collect();
                let end = (at + self.number(24)).min(bytes.len());
                bytes.splice(at.min(end)..end, new);
            }
            5 => {
                bytes.truncate(at);
                *size = bytes.len() as u64;
            }
            6 => {
                let from = self.number(bytes.len());
                let piece = bytes[from.min(bytes.len())..(from + length).min(bytes.len())].to_vec();
                let end = at.min(bytes.len());
                bytes.splice(end..end, piece);
            }
            _ => *size += 1 << (self.byte() % 24),
        }
        *size = (*size).max(bytes.len() as u64);
    }
}
