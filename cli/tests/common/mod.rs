//! Parts that the tests of `mlab` share: a store with runs, and the command.

// Every test binary compiles this, and uses a part of it.
#![allow(dead_code)]

pub mod rich;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use metalab::{ArrayView, Capture, DType, Opened, Options, Order};

/// A store in a directory of its own.
pub struct Store {
    path: PathBuf,
    /// Removed with it; nothing where another process made it.
    _directory: Option<tempfile::TempDir>,
}

impl Store {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { path: directory.path().to_owned(), _directory: Some(directory) }
    }

    /// The store that another process made at `path`.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), _directory: None }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A run that is open.
    pub fn open(&self, experiment: &str, id: &str, n: i64) -> Capture {
        let mut options = Options::new();
        options.store(self.path().to_str().unwrap()).experiment(experiment).unwrap();
        options.run_id(id).unwrap().code_hash("").param("n", n).unwrap();
        match Capture::open(&options).unwrap() {
            Opened::Capture(run) => run,
            _ => panic!("the run is not open"),
        }
    }

    /// A run that has ended well, with a series `loss` of 100 points, a metric and a log line.
    pub fn run(&self, experiment: &str, id: &str, n: i64) {
        let run = self.open(experiment, id, n);
        let loss = run.series("loss", Some("K"), None).unwrap();
        for step in 0..100 {
            loss.point(step, 1.0 / (step + 1) as f64).unwrap();
        }
        run.metric("best", 0.5 * n as f64).unwrap();
        run.log(metalab::Level::Info, "done").unwrap();
        run.finish().unwrap();
    }

    /// A run of `heat:1.0` that has ended well, with an array `u`, a document, a series and a log line.
    pub fn full(&self, id: &str, n: i64) {
        let run = self.open("heat:1.0", id, n);
        let bytes: Vec<u8> = (0..100).flat_map(|i| (i as f64 * n as f64).to_le_bytes()).collect();
        let array = ArrayView::contiguous(&bytes, DType::Float64, Order::C, &[10, 10]).unwrap();
        run.artifact_array("u", &array, serde_json::json!({})).unwrap();
        run.artifact_json("setup", serde_json::json!({"n": n}), serde_json::json!({})).unwrap();
        run.series("loss", None, None).unwrap().point(1, 0.5).unwrap();
        run.log(metalab::Level::Info, "done").unwrap();
        run.finish().unwrap();
    }

    /// `mlab` with these arguments, on this store.
    pub fn mlab(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlab"));
        Ended::of(command.args(arguments).env("METALAB_STORE", self.path()).env_remove("NO_COLOR"))
    }
}

/// The output of a command, and how it ended.
#[derive(Debug)]
pub struct Ended {
    pub out: String,
    pub err: String,
    pub status: i32,
}

impl Ended {
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { out: text(stdout), err: text(stderr), status: status.code().unwrap_or(-1) }
    }

    /// The output of a command that has done what it was asked to.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!((self.status, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// The JSON that it printed.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.good()).unwrap()
    }

    /// The message of a command that could not do it.
    #[track_caller]
    pub fn bad(self) -> String {
        assert_eq!((self.status, self.out.as_str()), (2, ""), "{}", self.err);
        self.err
    }
}

/// Says that a test can't be made here; under CI that is a failure.
pub fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "{reason}");
    println!("skipped: {reason}");
}
