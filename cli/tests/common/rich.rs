//! Runs that have something of everything, also what is awkward: NaN, infinities, names with slashes, texts
//! with control characters, ranks, a dead run.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use metalab::{ArrayView, Capture, DType, Figure, Level, Opened, Options, Order, Rank, figure::FieldStyle};

use super::Store;

/// The store of a run that a child process opens: it emits, says so, and waits until its stdin ends.
const CHILD: &str = "MLAB_TEST_CHILD";

/// The number of the child among the processes of its run, of two.
const RANK: &str = "MLAB_TEST_RANK";

pub const EXPERIMENT: &str = "heat:1.0";

fn options(store: &str, id: &str) -> Options {
    let mut options = Options::new();
    options.store(store).experiment(EXPERIMENT).unwrap().run_id(id).unwrap().code_hash("");
    options.param("n", 128).unwrap().param("solver", serde_json::json!({"tol": 1e-6, "name": "cg"})).unwrap();
    options.param("bad\u{1b}[31m", "red\u{1b}[31m\nline").unwrap();
    options
}

fn opened(options: &Options) -> Capture {
    match Capture::open(options).unwrap() {
        Opened::Capture(run) => run,
        _ => panic!("the run is not open"),
    }
}

fn bytes(values: impl IntoIterator<Item = f64>) -> Vec<u8> {
    values.into_iter().flat_map(f64::to_ne_bytes).collect()
}

/// The element of the array `u` in a row and a column.
pub fn element(row: usize, column: usize) -> f64 {
    (row * 10 + column) as f64 / 8.0
}

/// Emits something of everything.
pub fn emit(run: &Capture) {
    let none = || serde_json::json!({});
    let loss = run.series("train/loss", Some("K"), Some("of training")).unwrap();
    for step in 0..50 {
        loss.point(step, 1.0 / (step + 1) as f64).unwrap();
    }
    for (step, value) in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.25].into_iter().enumerate() {
        loss.point(50 + step as i64, value).unwrap();
    }
    for step in 0..3 {
        run.metric_step("is_ok", step, step == 1).unwrap();
        run.metric_step("phase", step, if step == 1 { "warm\u{1b}[2J" } else { "cold" }).unwrap();
        run.metric_step("iterations", step * 10, 7 * step).unwrap();
        run.metric_step("time", step * 10, 0.5 * step as f64).unwrap();
    }
    run.set_axis("iterations", "time").unwrap();
    run.metric("best", 0.25).unwrap();
    run.metric("broken", f64::NAN).unwrap();
    run.metric("label", "a, \"b\"\u{7}").unwrap();
    run.data("settings", serde_json::json!({"a": [1, 2.5], "b\u{1b}": null}), none()).unwrap();
    let small = bytes([1.0, f64::NAN, f64::INFINITY]);
    let view = ArrayView::contiguous(&small, DType::Float64, Order::C, &[3]).unwrap();
    run.data_array("probe", &view, serde_json::json!({"unit": "Pa"})).unwrap();
    // Stored column by column.
    let field = bytes((0..20).flat_map(|column| (0..12).map(move |row| element(row, column))));
    let view = ArrayView::contiguous(&field, DType::Float64, Order::F, &[12, 20]).unwrap();
    run.artifact_array("u", &view, none()).unwrap();
    let half = ArrayView::contiguous(&[1, 2, 3, 4], DType::UInt8, Order::C, &[2, 2]).unwrap();
    run.artifact_arrays("pair", &[("u", view), ("mask", half)], none()).unwrap();
    run.artifact_json("summary", serde_json::json!({"ok": true, "why": "\u{1b}[2J"}), none()).unwrap();
    run.artifact_bytes("mesh", b"mesh\x1b[2J\0\n", "file", "bin", none()).unwrap();
    run.figure("picture", Figure::Field(&view, &FieldStyle::default()), none()).unwrap();
    for (level, text) in [
        (Level::Debug, "a detail"),
        (Level::Info, "begun"),
        (Level::Warning, "odd \u{1b}[31mvalue"),
        (Level::Error, "first line\nsecond line"),
    ] {
        run.log(level, text).unwrap();
    }
    run.add_warning("the mesh is coarse", none()).unwrap();
    run.add_note("a note\u{1b}[2J").unwrap();
    run.add_tag("nightly").unwrap();
}

impl Store {
    /// A run with something of everything, which goes on.
    pub fn rich(&self, id: &str) -> Capture {
        let run = opened(&options(self.path().to_str().unwrap(), id));
        emit(&run);
        run
    }

    /// The same of a process of its own, of `ranks`: it has emitted everything, and goes on.
    pub fn rich_elsewhere(&self, id: &str, rank: i64) -> Elsewhere {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["child_process", "--exact", "--nocapture"]);
        command.env(CHILD, self.path()).env("MLAB_TEST_RUN", id).env(RANK, rank.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_ready = |line: std::io::Result<String>| line.unwrap().contains("ready");
        assert!(lines.by_ref().any(is_ready), "the child has ended");
        std::thread::spawn(move || lines.for_each(drop));
        Elsewhere { child }
    }
}

/// A process with an open run.
pub struct Elsewhere {
    child: Child,
}

impl Elsewhere {
    /// Kills it: its run is dead.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets it finish its run.
    pub fn finish(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is the child, if this process is to be it: each test binary that starts children has a test
/// `child_process` that calls this.
pub fn child() {
    let Ok(store) = std::env::var(CHILD) else { return };
    let mut options = options(&store, &std::env::var("MLAB_TEST_RUN").unwrap());
    options.rank(Rank::new(std::env::var(RANK).unwrap().parse().unwrap(), 2).unwrap());
    let run = opened(&options);
    emit(&run);
    println!("ready");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    run.finish().unwrap();
    std::process::exit(0);
}
