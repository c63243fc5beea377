//! Reading a store back through the Rust interface: what Python wrote, what goes on, what is dead, and
//! what is damaged.

mod common;
#[path = "fuzz/reading.rs"]
mod reading;

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use metalab::read::{Data, Query, RunStatus, Store, Table, Values};
use metalab::{ArrayView, Capture, DType, ErrorKind, Json, Opened, Options, Order};

fn options(store: &Path, experiment: &str, run_id: &str) -> Options {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("");
    options.experiment(experiment).unwrap().run_id(run_id).unwrap();
    options
}

fn open(options: &Options) -> Capture {
    match Capture::open(options).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run_id) => panic!("{run_id} was skipped"),
    }
}

/// Nothing is kept in the cache of who runs the tests.
fn store(path: &Path) -> Store {
    Store::open(path.to_str().unwrap()).unwrap().with_cache(None)
}

fn floats(values: &Values) -> &[f64] {
    match values {
        Values::Float(values) => values,
        other => panic!("{other:?}"),
    }
}

fn text(json: Option<&Json>) -> String {
    json.unwrap().to_compact()
}

/// A copy of the store that Python wrote, at another place than its records say.
fn golden() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for (file, bytes) in common::files(&common::root().join("tests/golden/store")) {
        let path = place.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    place
}

#[test]
fn a_store_that_python_wrote_is_read() {
    let place = golden();
    let before = common::files(place.path());
    let store = store(place.path());
    assert_eq!(store.experiments().unwrap(), ["gold:1.0"]);
    let table = store.runs(&Query::default()).unwrap();
    assert_eq!((table.len(), table.problems().len()), (2, 0));
    for run_id in table.run_ids() {
        let run = store.run(Some("gold:1.0"), run_id).unwrap();
        let record: Json = metalab::json::parse(
            &std::fs::read_to_string(place.path().join(format!("gold_1.0/runs/{run_id}.json"))).unwrap(),
        )
        .unwrap();
        assert_eq!(Json::from(run.record().clone()).to_compact(), record.to_compact());
        assert_eq!(run.status(), RunStatus::Success);
        assert!(run.started().unwrap() <= run.finished().unwrap());
        // The names of entries are Python's.
        let all = [run.series_names().unwrap(), run.result_names().unwrap()].concat();
        assert_eq!(all.len(), 3, "{all:?}");
        for name in run.series_names().unwrap() {
            let series = run.series(&name).unwrap().unwrap();
            assert!(!series.is_empty() && series.values.len() == series.len());
        }
        let artifacts = run.artifacts().unwrap();
        assert_eq!(artifacts.len(), 4);
        for artifact in &artifacts {
            assert!(artifact.path.starts_with(place.path()), "{}", artifact.path.display());
            artifact.verify().unwrap();
            assert_eq!(artifact.bytes().unwrap().len() as u64, artifact.size);
        }
        let two = run.artifact("two").unwrap().unwrap();
        assert_eq!(two.arrays().unwrap().len(), 2);
        assert_eq!(two.array(None).unwrap_err().kind(), ErrorKind::Value);
        for name in two.arrays().unwrap() {
            two.array(Some(&name)).unwrap().verify().unwrap();
        }
        let array = run.artifact("arr").unwrap().unwrap().array(None).unwrap();
        assert!(!array.is_empty());
        assert!(run.log_names().unwrap().contains(&"run".to_owned()));
        assert!(!run.log("run", 0, usize::MAX).unwrap().is_empty());
        assert!(run.last_step().unwrap().is_some());
    }
    assert_eq!(common::files(place.path()), before, "reading wrote something");
}

/// Arrays that numpy deflated, and that lie where no element is aligned, are the same.
#[test]
fn arrays_of_numpy_come_back_as_they_were() {
    let Some(python) = common::python() else { return };
    let place = tempfile::tempdir().unwrap();
    let run = open(&options(place.path(), "e:1", "r"));
    run.finish().unwrap();
    let directory = place.path().join("e_1/artifacts/r");
    std::fs::create_dir_all(&directory).unwrap();
    let program = "import numpy as np, sys\n\
        a = dict(f=np.asfortranarray(np.arange(6.0).reshape(2, 3)), b=np.array([True, False]),\n\
                 s=np.arange(5, dtype='>i4'), c=np.array([1+2j, -0.5j]), e=np.zeros((0, 3)), z=np.float32(7))\n\
        np.savez(sys.argv[1] + '/x.npz', **a)\n\
        np.savez_compressed(sys.argv[1] + '/y.npz', **a)\n";
    common::run(Command::new(python).args(["-c", program]).arg(&directory)).succeeded();
    let entry = |name: &str| {
        format!(
            "{{\"name\": \"{name}\", \"kind\": \"numpy\", \"format\": \"npz\", \"uri\": \"/gone/{name}.npz\", \
             \"content_hash\": \"0000000000000000\", \"size_bytes\": 0, \"metadata\": {{}}}}"
        )
    };
    let manifest = format!("{{\"artifacts\": [{}, {}]}}", entry("x"), entry("y"));
    std::fs::write(directory.join("_manifest.json"), manifest).unwrap();
    let run = store(place.path()).run(None, "r").unwrap();
    for name in ["x", "y"] {
        let artifact = run.artifact(name).unwrap().unwrap();
        let array = |key| artifact.array(Some(key)).unwrap();
        let f = array("f");
        assert_eq!((f.order(), f.shape()), (Order::F, &[2, 3][..]));
        assert_eq!(f.elements::<f64>().unwrap(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(array("b").bytes(), [1, 0]);
        assert_eq!(array("s").elements::<i32>().unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(array("c").elements::<[f64; 2]>().unwrap(), [[1.0, 2.0], [0.0, -0.5]]);
        assert_eq!((array("e").shape(), array("e").len()), (&[0, 3][..], 0));
        assert_eq!((array("z").shape(), array("z").elements::<f32>().unwrap()), (&[][..], &[7.0][..]));
        assert_eq!(f.elements::<f32>().unwrap_err().kind(), ErrorKind::Value);
        assert_eq!(artifact.array(Some("none")).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(artifact.verify().unwrap_err().kind(), ErrorKind::Damaged);
        f.verify().unwrap();
    }
}

#[test]
fn a_run_of_ours_comes_back() {
    let place = tempfile::tempdir().unwrap();
    let mut options = options(place.path(), "e:1", "r");
    options.param("n", 300).unwrap().param("solver", serde_json::json!({"tol": 1e-6})).unwrap();
    let run = open(&options);
    run.metric("energy", f64::NAN).unwrap();
    run.metric("count", i64::MAX).unwrap();
    let loss = run.series("loss/train", Some("K"), None).unwrap();
    for step in (0..5000).rev() {
        loss.point(step, step as f64 / 3.0).unwrap();
    }
    let mode = run.series("mode", None, None).unwrap();
    mode.point(1, "warm up").unwrap();
    mode.point(2, "run").unwrap();
    run.series("flag", None, None).unwrap().point(1, true).unwrap();
    run.data("probe", [1.5, f64::INFINITY], serde_json::json!({"unit": "K"})).unwrap();
    let shape = [2, 3];
    let elements: Vec<u8> = (0..6).flat_map(|value| f64::from(value).to_ne_bytes()).collect();
    let view = ArrayView::contiguous(&elements, DType::Float64, Order::F, &shape).unwrap();
    run.artifact_array("field", &view, serde_json::json!({})).unwrap();
    run.log(metalab::Level::Info, "a line é").unwrap();
    run.add_tag("a").unwrap();
    run.add_note("first").unwrap();
    run.finish().unwrap();

    let moved = tempfile::tempdir().unwrap();
    std::fs::rename(place.path().join("e_1"), moved.path().join("e_1")).unwrap();
    // The locator may be the experiment's directory.
    let store = store(&moved.path().join("e_1"));
    let run = store.run(None, "r").unwrap();
    assert_eq!((run.status(), run.experiment_id()), (RunStatus::Success, "e:1"));
    assert_eq!(text(run.param("n")), "300");
    assert_eq!(text(run.param("solver.tol")), "1e-06");
    assert_eq!(text(run.metric("count")), i64::MAX.to_string());
    assert_eq!((text(run.metric("energy")), run.metrics().len()), ("NaN".to_owned(), 2));
    assert_eq!((run.tags(), run.notes()), (vec!["a"], Some("first")));
    assert_eq!(run.series_names().unwrap(), ["flag", "loss/train", "mode"]);
    assert_eq!(run.last_step().unwrap(), Some(4999));
    let loss = run.series("loss/train").unwrap().unwrap();
    assert_eq!(loss.steps, (0..5000).collect::<Vec<i64>>());
    assert_eq!((floats(&loss.values)[4999], loss.unit.as_deref()), (4999.0 / 3.0, Some("K")));
    let mode = run.series("mode").unwrap().unwrap();
    let Values::Text(texts) = &mode.values else { panic!() };
    assert_eq!((texts.get(0), texts.get(1)), (Some("warm up"), Some("run")));
    assert_eq!(run.series("flag").unwrap().unwrap().values, Values::Bool(vec![1]));
    assert!(run.series("none").unwrap().is_none() && run.series("probe").unwrap().is_none());
    let Data::Document(probe) = run.result("probe").unwrap().unwrap().data else { panic!() };
    assert_eq!(probe.to_compact(), "[1.5,Infinity]");
    let field = run.artifact("field").unwrap().unwrap();
    field.verify().unwrap();
    let array = field.array(None).unwrap();
    array.verify().unwrap();
    assert!(array.is_mapped());
    assert_eq!((array.order(), array.shape(), array.bytes()), (Order::F, &shape[..], elements.as_slice()));
    let log = String::from_utf8(run.log("run", 0, 1 << 20).unwrap()).unwrap();
    assert!(log.ends_with("a line é\n"), "{log}");
    // It is never cut in the middle of a character.
    let end = log.len() as u64;
    assert_eq!((run.log_size("run").unwrap(), run.log_size("no such log").unwrap()), (end, 0));
    assert_eq!(run.log("run", 0, log.len() - 2).unwrap().len(), log.len() - 3);
    assert_eq!(run.log("run", end - 1, 10).unwrap(), b"\n");
    assert!(
        run.log("run", end, 10).unwrap().is_empty() && run.log("run", u64::MAX >> 1, 10).unwrap().is_empty()
    );
}

#[test]
fn entries_are_read_under_the_names_that_they_were_given() {
    let place = tempfile::tempdir().unwrap();
    let names =
        ["100%", ".hidden", "../x", "a%2Fb", "a/b", "a:b", "a∕b", "e\u{301}\u{1F600}", "new\nline", "␛"];
    let none = || Json::object::<&str, Json>([]);
    let run = open(&options(place.path(), "names:1", "run"));
    for name in names {
        run.metric_step(name, 1, 2.5).unwrap();
        run.data(&format!("{name} data"), name, none()).unwrap();
    }
    run.finish().unwrap();
    let run = store(place.path()).run(Some("names:1"), "run").unwrap();
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    assert_eq!(run.series_names().unwrap(), sorted);
    for name in names {
        assert_eq!(floats(&run.series(name).unwrap().unwrap().values), [2.5], "{name:?}");
    }
    let mut data: Vec<String> = names.iter().map(|name| format!("{name} data")).collect();
    data.sort();
    assert_eq!(run.result_names().unwrap(), data);
}

#[test]
fn tables_have_a_row_for_each_run_that_fits() {
    let place = tempfile::tempdir().unwrap();
    for n in 0..6_i64 {
        let mut options = options(place.path(), if n < 4 { "a:1" } else { "b:2" }, &format!("r{n}"));
        options.param("n", n).unwrap();
        if n % 2 == 0 {
            options.param("even", true).unwrap();
        }
        let run = open(&options);
        run.metric("half", n as f64 / 2.0).unwrap();
        if n == 3 {
            run.fail("E", "diverged", None).unwrap();
        }
        run.finish().unwrap();
    }
    let store = store(place.path());
    assert_eq!(store.experiments().unwrap(), ["a:1", "b:2"]);
    let ids = |query: &Query<'_>| store.runs(query).unwrap().run_ids().map(str::to_owned).collect::<Vec<_>>();
    let filter = |filter| ids(&Query { filter, ..Query::default() });
    assert_eq!(filter(""), ["r5", "r4", "r3", "r2", "r1", "r0"]);
    assert_eq!(filter("params.n > 1 and status = failed"), ["r3"]);
    assert_eq!(filter("error ~ diverged"), ["r3"]);
    assert_eq!(filter("params.even = true and not metrics.half >= 2"), ["r2", "r0"]);
    assert_eq!(ids(&Query { experiment: Some("b:2"), ..Query::default() }), ["r5", "r4"]);
    assert_eq!(ids(&Query { limit: 2, oldest_first: true, ..Query::default() }), ["r0", "r1"]);
    assert_eq!(store.newest(&Query::default()).unwrap().unwrap().id(), "r5");
    assert!(store.newest(&Query { filter: "params.n = 99", ..Query::default() }).unwrap().is_none());
    let table = store.runs(&Query { oldest_first: true, ..Query::default() }).unwrap();
    assert_eq!(table.column("params.n").unwrap().values, Values::Int((0..6).collect()));
    let even = table.column("params.even").unwrap();
    assert_eq!(even.valid.as_deref(), Some(&[1, 0, 1, 0, 1, 0][..]));
    assert_eq!((even.get(0), even.get(1)), (Some(true.into()), None));
    assert_eq!(floats(&table.column("metrics.half").unwrap().values)[5], 2.5);
    assert!(table.columns().iter().all(|column| column.values.len() == 6));
    assert!(matches!(&table.column("started_at").unwrap().values, Values::Time(times) if times.is_sorted()));
    let wrong = store.runs(&Query { experiment: Some("c:1"), ..Query::default() }).unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::NotFound);
    assert!(store.find(None, "none").unwrap().is_none() && store.find(Some("c"), "r1").unwrap().is_none());
    assert_eq!(store.run(None, "../runs/r1").unwrap_err().kind(), ErrorKind::Name);
}

/// The points of a child, and how many of them had returned.
const POINTS: i64 = 1_500_000;

/// Not a test: the process that others read, and that is killed. Emits what METALAB_READ_CASE says until its end.
#[test]
fn child() {
    let Some(place) = std::env::var_os("METALAB_READ_STORE") else { return };
    let place = PathBuf::from(place);
    let case = std::env::var("METALAB_READ_CASE").unwrap();
    if case == "worker" {
        let mut options = options(&place, "e:1", "r");
        options.role(metalab::Role::Worker).worker("rank:1").unwrap();
        let run = open(&options);
        let loss = run.series("loss", None, None).unwrap();
        (0..10).for_each(|step| loss.point(step, 1.5).unwrap());
        run.metric("of worker", 1).unwrap();
        std::fs::write(place.join("ready"), b"").unwrap();
        wait_for("the test", || place.join("go").exists());
        return run.finish().unwrap();
    }
    if case == "table" {
        let table = Store::open(place.to_str().unwrap()).unwrap().runs(&Query::default()).unwrap();
        assert_eq!(table.len(), 602);
        return;
    }
    if case == "million" {
        return emit_a_million_a_second(&place);
    }
    let run = open(&options(&place, "e:1", "r"));
    run.metric("begun", true).unwrap();
    run.add_note("from the child").unwrap();
    run.add_tag("t").unwrap();
    let loss = run.series("loss", Some("J"), None).unwrap();
    let other = run.series("other", None, None).unwrap();
    let count = if case == "many" { POINTS } else { 1000 };
    for step in 0..count {
        loss.point(step, step as f64 * 0.5).unwrap();
        if step % 3 == 0 {
            other.point(step, step).unwrap();
        }
    }
    run.series("mode", None, None).unwrap().point(3, "text").unwrap();
    run.metric("last", count).unwrap();
    if case == "ends" {
        std::fs::write(place.join("ready"), b"").unwrap();
        wait_for("the test", || place.join("go").exists());
        for step in count..2 * count {
            loss.point(step, step as f64 * 0.5).unwrap();
        }
        run.finish().unwrap();
        return;
    }
    std::fs::write(place.join("ready"), b"").unwrap();
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Points that come together, in the test of the rate.
const BATCH: i64 = 1000;

/// Nanoseconds of the system's clock.
fn clock(which: libc::clockid_t) -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes `time` only.
    unsafe { libc::clock_gettime(which, &mut time) };
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Emits a million points a second, each with the time at which its batch began, and works between them
/// until it is killed. What has returned, and what that cost, are in a file.
fn emit_a_million_a_second(place: &Path) {
    use std::os::unix::fs::FileExt as _;
    let run = open(&options(place, "e:1", "r"));
    let loss = run.series("loss", None, None).unwrap();
    let noted = std::fs::File::create(place.join("noted")).unwrap();
    let (began, mut work) = (clock(libc::CLOCK_MONOTONIC), 1.0_f64);
    for batch in 0.. {
        let due = began + batch * BATCH * 1000;
        while clock(libc::CLOCK_MONOTONIC) < due {
            std::thread::sleep(Duration::from_micros(200));
        }
        let before = clock(libc::CLOCK_THREAD_CPUTIME_ID);
        let now = clock(libc::CLOCK_MONOTONIC);
        for step in batch * BATCH..(batch + 1) * BATCH {
            for _ in 0..50 {
                work = std::hint::black_box(work * 0.999 + 1e-3);
            }
            loss.point(step, now).unwrap();
        }
        let cost = clock(libc::CLOCK_THREAD_CPUTIME_ID) - before;
        let numbers = [((batch + 1) * BATCH).to_ne_bytes(), cost.to_ne_bytes()].concat();
        noted.write_all_at(&numbers[..8], 0).unwrap();
        noted.write_all_at(&numbers[8..], (batch as u64 + 1) * 8).unwrap();
    }
}

fn child_of(place: &Path, case: &str) -> Command {
    let mut command = common::command(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture"]);
    command.env("METALAB_READ_STORE", place).env("METALAB_READ_CASE", case);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn spawn(place: &Path, case: &str) -> Child {
    child_of(place, case).spawn().unwrap()
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} takes too long");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn check_points(run: &metalab::read::Run, count: i64) {
    let loss = run.series("loss").unwrap().unwrap();
    assert_eq!(loss.len() as i64, count);
    assert!(loss.steps.iter().zip(0..).all(|(step, wanted)| *step == wanted));
    assert!(floats(&loss.values).iter().zip(0..).all(|(value, step)| *value == f64::from(step) * 0.5));
    assert_eq!(loss.unit.as_deref(), Some("J"));
    let other = run.series("other").unwrap().unwrap();
    assert_eq!(other.len() as i64, (count + 2) / 3);
    assert_eq!(run.last_step().unwrap(), Some(count - 1));
}

/// Everything that had returned is there: while its process lives, when it was killed, and when it was
/// recovered.
#[test]
fn a_run_is_read_while_it_goes_on_and_when_its_process_is_dead() {
    for case in ["few", "many"] {
        let place = tempfile::tempdir().unwrap();
        let mut child = spawn(place.path(), case);
        wait_for("the child", || place.path().join("ready").exists());
        let count = if case == "many" { POINTS } else { 1000 };
        let store = store(place.path());
        let mut run = store.run(None, "r").unwrap();
        let check = |run: &metalab::read::Run, status| {
            assert_eq!(run.status(), status, "{case}");
            check_points(run, count);
            let mode = run.series("mode").unwrap().unwrap();
            assert_eq!(mode.values.get(0), Some("text".into()));
            assert_eq!(
                (text(run.metric("begun")), text(run.metric("last"))),
                ("true".into(), count.to_string())
            );
            assert_eq!((run.tags(), run.notes()), (vec!["t"], Some("from the child")));
            assert_eq!(run.series_names().unwrap(), ["loss", "mode", "other"]);
        };
        check(&run, RunStatus::Running);
        let mut follow = run.follow("loss").unwrap();
        assert_eq!(follow.steps().len() as i64, count);
        child.kill().unwrap();
        child.wait().unwrap();
        let before = common::files(place.path());
        run.refresh().unwrap();
        check(&run, RunStatus::Dead);
        let table = store.runs(&Query { filter: "status = dead", ..Query::default() }).unwrap();
        assert_eq!(table.len(), 1);
        assert!(table.column("finished_at").unwrap().get(0).is_none());
        while !follow.is_ended() {
            assert_eq!(follow.poll().unwrap(), 0);
        }
        assert_eq!(common::files(place.path()), before, "reading wrote something");
        metalab::recover(place.path().to_str(), None, None).unwrap();
        run.refresh().unwrap();
        assert_eq!(run.status(), RunStatus::Failed);
        check_points(&run, count);
    }
}

/// Every point is shown once: those that come while it is followed, and those of the end.
#[test]
fn a_series_is_followed_to_the_end_of_its_run() {
    let place = tempfile::tempdir().unwrap();
    let mut child = spawn(place.path(), "ends");
    wait_for("the child", || place.path().join("e_1/runs/r.json").exists());
    let run = store(place.path()).run(None, "r").unwrap();
    let (mut follow, mut none) = (run.follow("loss").unwrap(), run.follow("none").unwrap());
    wait_for("the first points", || {
        follow.poll().unwrap();
        follow.steps().len() == 1000
    });
    let mut from_python = run.follow("of nobody").unwrap();
    assert_eq!((from_python.poll().unwrap(), from_python.is_ended()), (0, false));
    // The child goes on only now.
    std::fs::write(place.path().join("go"), b"").unwrap();
    wait_for("the end", || {
        follow.poll().unwrap();
        none.poll().unwrap();
        follow.is_ended() && none.is_ended()
    });
    assert!(child.wait().unwrap().success());
    assert_eq!(follow.steps(), (0..2000).collect::<Vec<i64>>());
    assert!(floats(follow.values()).iter().zip(0..).all(|(value, step)| *value == f64::from(step) * 0.5));
    assert!(none.steps().is_empty());
}

/// A solver emits a million points a second, and works between them. While it is followed, and while nobody
/// looks, in turns, its loop costs the same; each point arrives; and when it is killed, the reader has all
/// that had returned. The lag and the ratio of costs are printed. METALAB_FOLLOW_SECONDS: for how long.
#[test]
fn every_point_of_a_million_a_second_arrives() {
    let seconds = std::env::var("METALAB_FOLLOW_SECONDS").map_or(2, |text| text.parse().unwrap());
    let place = tempfile::tempdir().unwrap();
    let mut child = spawn(place.path(), "million");
    wait_for("the child", || place.path().join("e_1/runs/r.json").exists());
    let run = store(place.path()).run(None, "r").unwrap();
    let mut follow = run.follow("loss").unwrap();
    let (mut lags, mut turns) = (Vec::new(), Vec::new());
    let noted = || {
        let bytes = std::fs::read(place.path().join("noted")).unwrap_or_default();
        let numbers = bytes.chunks_exact(8).map(|number| i64::from_ne_bytes(number.try_into().unwrap()));
        numbers.collect::<Vec<i64>>()
    };
    wait_for("points", || follow.poll().unwrap() > 0);
    for turn in 0..2 * seconds {
        let (start, is_followed) = (Instant::now(), turn % 2 == 0);
        let from = noted().len();
        while start.elapsed() < Duration::from_millis(500) {
            std::thread::sleep(Duration::from_millis(5));
            let new = if is_followed { follow.poll().unwrap() } else { 0 };
            let now = clock(libc::CLOCK_MONOTONIC);
            let Values::Int(times) = follow.values() else { panic!() };
            // The first ones after a turn without looking are old.
            let is_late = |at: usize| times[at] < now - start.elapsed().as_nanos() as i64;
            lags.extend(
                (times.len() - new..times.len()).filter(|at| !is_late(*at)).map(|at| now - times[at]),
            );
        }
        let costs = noted();
        turns.push((is_followed, costs.get(from..).unwrap_or_default().to_vec()));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let returned = noted()[0];
    wait_for("the end", || {
        follow.poll().unwrap();
        follow.is_ended()
    });
    let count = follow.steps().len() as i64;
    assert!(count >= returned && returned > 0, "{count} of {returned}");
    assert_eq!(follow.steps(), (0..count).collect::<Vec<i64>>());
    let whole = store(place.path()).run(None, "r").unwrap().series("loss").unwrap().unwrap();
    assert_eq!((whole.steps.len() as i64, &whole.values), (count, follow.values()));
    lags.sort_unstable();
    let cost = |followed: bool| {
        let mut all: Vec<i64> =
            turns.iter().filter(|turn| turn.0 == followed).flat_map(|turn| turn.1.clone()).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or(0) as f64 / BATCH as f64
    };
    let lag = |share: usize| lags.get(lags.len() * share / 1000).copied().unwrap_or(0) as f64 / 1e6;
    println!(
        "{count} points in {seconds} s; lag {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms; a step costs {:.1} ns followed, {:.1} ns not",
        lag(500),
        lag(990),
        lag(999),
        cost(true),
        cost(false)
    );
}

/// Points that come from several threads, faster than the segments stay: each is shown once.
#[test]
fn a_follower_that_falls_behind_loses_nothing() {
    let place = tempfile::tempdir().unwrap();
    let run = open(&options(place.path(), "e:1", "r"));
    let series = run.series("loss", None, None).unwrap();
    let mut follow = store(place.path()).run(None, "r").unwrap().follow("loss").unwrap();
    let mut total = 0;
    for round in 0..3_i64 {
        std::thread::scope(|scope| {
            for thread in 0..2 {
                let series = series.clone();
                scope.spawn(move || {
                    for step in 0..500_000_i64 {
                        series.point((round * 500_000 + step) * 2 + thread, step).unwrap();
                    }
                });
            }
        });
        // Now and then, so that the journal is saved between.
        total += follow.poll().unwrap();
    }
    run.finish().unwrap();
    while !follow.is_ended() {
        total += follow.poll().unwrap();
    }
    let mut steps = follow.steps().to_vec();
    steps.sort_unstable();
    assert_eq!((total, steps), (3_000_000, (0..3_000_000).collect::<Vec<i64>>()));
}

/// The series of one metric of all processes, while they go on, when one has ended, and at the end.
#[test]
fn series_of_several_processes_are_read_together() {
    let place = tempfile::tempdir().unwrap();
    let mut options = options(place.path(), "e:1", "r");
    // Where journals lie elsewhere, the store says where.
    let journals = tempfile::tempdir().unwrap();
    options.journal(journals.path());
    let run = open(&options);
    let loss = run.series("loss", None, None).unwrap();
    (0..5).for_each(|step| loss.point(step, 0.5).unwrap());
    let mut child = spawn(place.path(), "worker");
    wait_for("the worker", || place.path().join("ready").exists());
    let check = |status| {
        let seen = store(place.path()).run(None, "r").unwrap();
        assert_eq!(seen.status(), status);
        let all = seen.series_of_ranks("loss").unwrap();
        let found: Vec<_> = all.iter().map(|(label, series)| (label.as_str(), series.len())).collect();
        assert_eq!(found, [("", 5), ("rank.1", 10)]);
        assert_eq!(seen.last_step().unwrap(), Some(9));
        assert_eq!(text(seen.metric("of worker@rank.1")), "1");
    };
    check(RunStatus::Running);
    std::fs::write(place.path().join("go"), b"").unwrap();
    assert!(child.wait().unwrap().success());
    let seen = store(place.path()).run(None, "r").unwrap();
    assert_eq!(seen.series("loss@rank.1").unwrap().unwrap().len(), 10);
    run.finish().unwrap();
    check(RunStatus::Success);
}

/// A run that goes on from a step has the earlier attempt's points before it, and its own from it on.
#[test]
fn a_run_that_goes_on_from_a_step_is_read() {
    let place = tempfile::tempdir().unwrap();
    let first = open(&options(place.path(), "e:1", "r"));
    let loss = first.series("loss", None, None).unwrap();
    (0..100).for_each(|step| loss.point(step, 1.0).unwrap());
    first.finish().unwrap();
    let mut options = options(place.path(), "e:1", "r");
    options.restart(50).if_success(metalab::IfSuccess::Rerun);
    let run = open(&options);
    let check = |count: i64, second: usize| {
        let seen = store(place.path()).run(None, "r").unwrap().series("loss").unwrap().unwrap();
        assert_eq!(seen.steps, (0..count).collect::<Vec<i64>>());
        assert_eq!(floats(&seen.values).iter().filter(|value| **value == 2.0).count(), second);
    };
    check(50, 0);
    let loss = run.series("loss", None, None).unwrap();
    check(50, 0);
    (50..60).for_each(|step| loss.point(step, 2.0).unwrap());
    check(60, 10);
    run.finish().unwrap();
    check(60, 10);
}

#[test]
fn the_latest_snapshot_is_found_while_the_run_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let run = open(&options(place.path(), "e:1", "r"));
    let shape = [4];
    let snapshots = run.snapshots("u", DType::Float64, Order::C, &shape, serde_json::json!({})).unwrap();
    for step in [10, 200, 30] {
        let mapping = snapshots.begin(step).unwrap();
        let elements: Vec<u8> =
            (0..4).flat_map(|index| (step as f64 + f64::from(index)).to_ne_bytes()).collect();
        // SAFETY: the mapping's own memory, as large as its shape says.
        unsafe { std::ptr::copy_nonoverlapping(elements.as_ptr(), mapping.data(), elements.len()) };
        mapping.seal().unwrap();
    }
    run.flush(metalab::Flush::Visible).unwrap();
    let check = || {
        let found = store(place.path()).run(None, "r").unwrap();
        let latest = found.latest("u").unwrap().unwrap();
        assert_eq!((latest.step, found.last_step().unwrap()), (200, Some(200)));
        assert_eq!(latest.array().unwrap().elements::<f64>().unwrap(), [200.0, 201.0, 202.0, 203.0]);
        assert!(found.latest("v").unwrap().is_none());
    };
    check();
    run.finish().unwrap();
    check();
}

/// Files that are damaged, foreign or hostile are errors that name them, and nothing panics.
#[test]
fn what_is_damaged_is_named() {
    let place = golden();
    let store = store(place.path());
    let root = place.path().join("gold_1.0");
    let id = store.runs(&Query::default()).unwrap().run_ids().next().unwrap().to_owned();
    let record = root.join(format!("runs/{id}.json"));
    let whole = std::fs::read(&record).unwrap();
    let named = |error: &metalab::Error, path: &Path| {
        assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
        assert!(error.message().contains(path.to_str().unwrap()), "{error}");
    };
    let deep = "[".repeat(100_000);
    let other = String::from_utf8_lossy(&whole).replace(&id, "another");
    for bytes in [&whole[..whole.len() / 2], b"", b"[]", b"{}", b"\xff", deep.as_bytes(), other.as_bytes()] {
        std::fs::write(&record, bytes).unwrap();
        named(&store.run(None, &id).unwrap_err(), &record);
        let table = store.runs(&Query::default()).unwrap();
        assert_eq!(table.len(), 1);
        named(&table.problems()[0], &record);
    }
    std::fs::remove_file(&record).unwrap();
    std::fs::create_dir(&record).unwrap();
    named(&store.run(None, &id).unwrap_err(), &record);
    std::fs::remove_dir(&record).unwrap();
    // A pipe, which nobody writes to, is not waited for.
    assert!(Command::new("mkfifo").arg(&record).status().unwrap().success());
    named(&store.run(None, &id).unwrap_err(), &record);
    std::fs::remove_file(&record).unwrap();
    std::fs::write(&record, &whole).unwrap();

    let run = store.run(None, &id).unwrap();
    let entries = root.join(format!("results/{id}"));
    for name in [run.series_names().unwrap(), run.result_names().unwrap()].concat() {
        let path = entries.join(format!("{name}.json"));
        let whole = std::fs::read(&path).unwrap();
        for end in 0..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let read = run.series(&name).and_then(|_| run.result(&name).map(drop));
            named(&read.unwrap_err(), &path);
        }
        std::fs::write(&path, &whole).unwrap();
    }
    let artifacts: Vec<_> =
        run.artifacts().unwrap().into_iter().filter(|artifact| artifact.format == "npz").collect();
    assert_eq!(artifacts.len(), 2);
    for artifact in artifacts {
        let whole = std::fs::read(&artifact.path).unwrap();
        let all = || artifact.arrays().unwrap_or_default();
        let count = all().len();
        let mut damaged = 0;
        for at in 0..whole.len() {
            for bit in [0, 3, 7] {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                // Not written over: it may be mapped.
                std::fs::remove_file(&artifact.path).unwrap();
                std::fs::write(&artifact.path, &bytes).unwrap();
                damaged += usize::from(artifact.verify().is_err());
                for name in all() {
                    let _ = artifact.array(Some(&name)).and_then(|array| array.verify());
                }
            }
        }
        assert_eq!(damaged, whole.len() * 3);
        for end in 0..whole.len() {
            std::fs::remove_file(&artifact.path).unwrap();
            std::fs::write(&artifact.path, &whole[..end]).unwrap();
            named(&artifact.arrays().unwrap_err(), &artifact.path);
        }
        std::fs::remove_file(&artifact.path).unwrap();
        assert_eq!(artifact.arrays().unwrap_err().kind(), ErrorKind::NotFound);
        std::fs::write(&artifact.path, &whole).unwrap();
        assert_eq!(all().len(), count);
    }
    // An experiment that can't be read takes no other one with it.
    let other = place.path().join("other_1");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("_meta.json"), b"").unwrap();
    std::fs::write(place.path().join("file"), b"").unwrap();
    let table = store.runs(&Query::default()).unwrap();
    assert_eq!((table.len(), table.problems().len()), (2, 1));
    named(&table.problems()[0], &other.join("_meta.json"));
    named(&store.experiments().unwrap_err(), &other.join("_meta.json"));
    assert_eq!(store.find(None, &id).unwrap().unwrap().id(), id);
    named(&store.find(None, "none").unwrap_err(), &other.join("_meta.json"));
    assert_eq!(Store::open("/nowhere/at/all").unwrap_err().kind(), ErrorKind::NotFound);
}

/// The fuzzer (scripts/fuzz.sh) does the same for as long as one likes.
#[test]
fn damaged_stores_are_read() {
    let stores = reading::Stores::new();
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for case in 0..200 {
        let bytes: Vec<u8> = (0..64)
            .map(|_| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                (random >> 32) as u8
            })
            .collect();
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| stores.check(&bytes)));
        assert!(checked.is_ok(), "case {case}: {bytes:?}");
    }
}

/// A store with so many runs, and two more. Each is as large as one of Python's.
fn many(count: usize) -> tempfile::TempDir {
    let place = golden();
    let runs = place.path().join("gold_1.0/runs");
    let some = std::fs::read_dir(&runs).unwrap().next().unwrap().unwrap().path();
    let (id, record) =
        (some.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&some).unwrap());
    for number in 0..count {
        let new = format!("{number:016x}");
        std::fs::write(runs.join(format!("{new}.json")), record.replace(&id, &new)).unwrap();
    }
    place
}

/// A table of 10,000 runs is whole; how long it takes is printed.
#[test]
fn a_table_of_many_runs_is_whole() {
    let place = many(10_000);
    let start = Instant::now();
    let table = store(place.path()).runs(&Query::default()).unwrap();
    println!("{} runs: {:?}", table.len(), start.elapsed());
    assert!(table.problems().is_empty(), "{:?}", table.problems());
    assert_eq!(table.len(), 10_002);
    assert!(table.columns().iter().all(|column| column.values.len() == 10_002));
    let limited = store(place.path()).runs(&Query { limit: 7, ..Query::default() }).unwrap();
    assert_eq!(limited.len(), 7);
}

/// The cache is where the environment says; if it says nothing, in the user's directory of caches; or
/// nowhere.
#[test]
fn a_table_of_many_runs_is_kept_outside_of_the_store() {
    let place = many(600);
    let outside = tempfile::tempdir().unwrap();
    let directory = |name: &str| outside.path().join(name);
    let table = store(place.path()).runs(&Query::default()).unwrap();
    let cached = store(place.path()).with_cache(Some(&directory("cache")));
    let is_same = |other: &Table| format!("{:?}", other.columns()) == format!("{:?}", table.columns());
    wait_for("files that are old enough", || {
        assert!(is_same(&cached.runs(&Query::default()).unwrap()));
        directory("cache").exists()
    });
    assert!(is_same(&cached.runs(&Query::default()).unwrap()));
    for (variables, wanted) in [
        (vec![("XDG_CACHE_HOME", directory("xdg"))], Some(directory("xdg/metalab"))),
        (
            vec![("METALAB_CACHE", directory("named")), ("XDG_CACHE_HOME", directory("no"))],
            Some(directory("named")),
        ),
        (
            vec![("XDG_CACHE_HOME", "relative".into()), ("HOME", directory("home"))],
            Some(directory("home/.cache/metalab")),
        ),
        (vec![("METALAB_CACHE", "off".into()), ("XDG_CACHE_HOME", directory("no"))], None),
        (vec![("XDG_CACHE_HOME", "/proc".into())], None),
    ] {
        let mut child = child_of(place.path(), "table");
        let ran = child.env_remove("METALAB_CACHE").envs(variables).status().unwrap();
        assert!(ran.success() && wanted.as_ref().is_none_or(|wanted| wanted.exists()), "{wanted:?}");
    }
    assert!(!directory("no").exists());
    // A cache within the store is none.
    let within = place.path().join("cache");
    store(place.path()).with_cache(Some(&within)).runs(&Query::default()).unwrap();
    assert!(!within.exists());
}

#[test]
fn a_series_is_read_against_its_axis() {
    let place = tempfile::tempdir().unwrap();
    let wanted = options(place.path(), "axis:1", "r");
    let run = open(&wanted);
    let loss = run.series("loss", Some("J"), None).unwrap();
    run.set_axis("loss", "time").unwrap();
    run.set_axis("plain", "time").unwrap();
    run.set_axis("nowhere", "absent").unwrap();
    assert_eq!(run.set_axis("loss", "loss").unwrap_err().kind(), ErrorKind::Value);
    assert_eq!(run.set_axis("loss", "").unwrap_err().kind(), ErrorKind::Name);
    for step in 0..6 {
        if step != 3 {
            run.metric_step("time", step, step as f64 * 0.25).unwrap();
        }
        loss.point(step, 10.0 - step as f64).unwrap();
    }
    run.metric_step("plain", 2, 7).unwrap();
    run.metric_step("nowhere", 2, 7).unwrap();
    let check = |when: &str| {
        let reader = store(place.path()).run(Some("axis:1"), "r").unwrap();
        let loss = reader.series("loss").unwrap().unwrap();
        assert_eq!((loss.axis.as_deref(), loss.unit.as_deref()), (Some("time"), Some("J")), "{when}");
        let time = reader.axis(&loss).unwrap().unwrap();
        assert_eq!((time.name.as_str(), &time.steps), ("time", &loss.steps), "{when}");
        assert_eq!(time.valid, Some(vec![1, 1, 1, 0, 1, 1]), "{when}");
        let values = floats(&time.values);
        assert_eq!((values[2], values[5]), (0.5, 1.25), "{when}");
        let plain = reader.axis(&reader.series("plain").unwrap().unwrap()).unwrap().unwrap();
        assert_eq!((plain.steps.as_slice(), floats(&plain.values)), (&[2][..], &[0.5][..]), "{when}");
        assert!(reader.axis(&reader.series("nowhere").unwrap().unwrap()).unwrap().is_none(), "{when}");
        assert!(reader.axis(&time).unwrap().is_none(), "{when}");
    };
    check("while it goes on");
    run.finish().unwrap();
    check("when it has ended");
    let entry = common::json(&place.path().join("axis_1/results/r/loss.json"));
    assert_eq!(entry["metadata"]["axis"], "time");

    // A restart goes on with it.
    let mut again = wanted.clone();
    again.restart(4);
    let run = open(&again);
    for step in 4..6 {
        run.metric_step("time", step, step as f64 * 0.25).unwrap();
        run.metric_step("loss", step, 10.0 - step as f64).unwrap();
    }
    run.finish().unwrap();
    check("after a restart");
}

/// Each process has a time of its own; what is reduced has the mean of a time that is.
#[test]
fn the_axis_of_a_worker_is_its_own() {
    let place = tempfile::tempdir().unwrap();
    let member = |rank: i64| {
        let mut wanted = options(place.path(), "axis:1", "ranks");
        wanted.rank(metalab::Rank::new(rank, 2).unwrap());
        wanted.role(if rank == 0 { metalab::Role::Owner } else { metalab::Role::Worker });
        open(&wanted)
    };
    let (owner, worker) = (member(0), member(1));
    for (run, shift) in [(&owner, 0.0), (&worker, 100.0)] {
        run.set_axis("loss", "time").unwrap();
        run.set_axis("norm", "clock").unwrap();
        run.reduce("norm").unwrap();
        run.reduce("clock").unwrap();
        for step in 0..3 {
            run.metric_step("time", step, shift + step as f64).unwrap();
            run.metric_step("clock", step, shift + step as f64).unwrap();
            run.metric_step("loss", step, 1.0).unwrap();
            run.metric_step("norm", step, 1.0).unwrap();
        }
    }
    worker.finish().unwrap();
    owner.finish().unwrap();
    let run = store(place.path()).run(Some("axis:1"), "ranks").unwrap();
    for (name, values) in
        [("loss", [0.0, 1.0, 2.0]), ("loss@rank.1", [100.0, 101.0, 102.0]), ("norm.max", [50.0, 51.0, 52.0])]
    {
        let series = run.series(name).unwrap().unwrap_or_else(|| panic!("{:?}", run.series_names()));
        let axis = run.axis(&series).unwrap().unwrap_or_else(|| panic!("{series:?}"));
        assert_eq!(floats(&axis.values), values, "{name}");
    }
}

/// A file of terabytes, or a case with its directory, stays where it is.
#[test]
fn references_say_where_files_are_and_what_they_were() {
    let place = tempfile::tempdir().unwrap();
    let case = place.path().join("case");
    std::fs::create_dir_all(case.join("constant/empty")).unwrap();
    std::fs::write(case.join("u.bin"), b"abc").unwrap();
    std::fs::write(case.join("constant/mesh"), b"points").unwrap();
    std::os::unix::fs::symlink("u.bin", case.join("latest")).unwrap();
    let where_ = |path: &str| case.join(path).to_str().unwrap().to_owned();
    let runs = place.path().join("runs");
    let run = open(&options(&runs, "references:1", "r"));
    run.file(
        "field",
        &case.join("u.bin"),
        metalab::Take::Reference,
        None,
        [("a", 1)].into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    )
    .unwrap();
    run.file("case", &case, metalab::Take::Reference, None, ()).unwrap();
    run.file("large", &case.join("u.bin"), metalab::Take::ReferenceUnhashed, None, ()).unwrap();
    let refused = |path: &str, take| run.file("x", &case.join(path), take, None, ()).unwrap_err().kind();
    assert_eq!(refused("nowhere", metalab::Take::Reference), ErrorKind::NotFound);
    assert_eq!(refused("/dev/null", metalab::Take::Copy), ErrorKind::Value);
    run.finish().unwrap();

    let reader = store(&runs).run(Some("references:1"), "r").unwrap();
    let of = |name: &str| reader.artifact(name).unwrap().unwrap();
    let document =
        |name: &str| metalab::json::parse(std::str::from_utf8(&of(name).bytes().unwrap()).unwrap()).unwrap();
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let field = document("field");
    assert_eq!((field.str_at("path"), field.str_at("sha256")), (Some(&*where_("u.bin")), Some(abc)));
    assert_eq!((field.i64_at("size_bytes"), field.str_at("modified").map(str::len)), (Some(3), Some(26)));
    assert_eq!(
        (of("field").kind.as_str(), of("field").reference().as_deref()),
        ("json", Some(&*case.join("u.bin")))
    );
    assert_eq!(of("field").metadata.get("a").and_then(Json::as_i64), Some(1));
    assert_eq!(document("large").get("sha256"), Some(&Json::Null));
    let listed = document("case");
    assert_eq!(listed.i64_at("size_bytes"), Some(9));
    let names: Vec<_> = listed.array_at("files").iter().map(|file| file.str_at("path").unwrap()).collect();
    assert_eq!(names, ["constant/mesh", "latest", "u.bin"]);
    assert_eq!(listed.array_at("files")[1].str_at("link"), Some("u.bin"));
    for name in ["field", "case", "large"] {
        of(name).verify().unwrap();
    }
    // Another content of the same size is seen by its hash alone.
    std::fs::write(case.join("u.bin"), b"abd").unwrap();
    let damaged = |name: &str| of(name).verify().unwrap_err();
    assert!(damaged("field").message().contains("u.bin is not what was referred to"), "{}", damaged("field"));
    assert_eq!(damaged("case").kind(), ErrorKind::Damaged);
    of("large").verify().unwrap();
    std::fs::write(case.join("u.bin"), b"abcd").unwrap();
    assert!(damaged("large").message().contains("has 4 bytes"), "{}", damaged("large"));
    std::fs::remove_dir_all(&case).unwrap();
    assert_eq!(damaged("field").kind(), ErrorKind::NotFound);
}

/// Names are bytes: those that are no UTF-8 are in the record with U+FFFD, and with their digits.
#[test]
fn references_to_names_that_are_no_utf_8_are_kept() {
    let place = tempfile::tempdir().unwrap();
    let latin = |text: &[u8]| std::ffi::OsStr::from_bytes(text).to_owned();
    let case = place.path().join(latin(b"f\xe4lle"));
    std::fs::create_dir_all(&case).unwrap();
    let file = case.join(latin(b"gr\xf6\xdfe"));
    std::fs::write(&file, b"abc").unwrap();
    std::os::unix::fs::symlink(latin(b"gr\xf6\xdfe"), case.join("link")).unwrap();
    let runs = place.path().join("runs");
    let run = open(&options(&runs, "references:1", "r"));
    run.file("case", &case, metalab::Take::Reference, None, ()).unwrap();
    run.file("file", &file, metalab::Take::Reference, None, ()).unwrap();
    run.file("copy", &file, metalab::Take::Copy, None, ()).unwrap();
    run.finish().unwrap();
    let reader = store(&runs).run(Some("references:1"), "r").unwrap();
    let of = |name: &str| reader.artifact(name).unwrap().unwrap();
    assert_eq!(of("case").reference(), Some(case.clone()));
    assert_eq!(of("file").reference(), Some(file.clone()));
    assert!(
        of("file").metadata.get("reference").and_then(Json::as_str).unwrap().ends_with("gr\u{fffd}\u{fffd}e")
    );
    for name in ["case", "file", "copy"] {
        of(name).verify().unwrap();
    }
    std::fs::write(&file, b"abd").unwrap();
    assert_eq!(of("case").verify().unwrap_err().kind(), ErrorKind::Damaged);
    assert_eq!(of("file").verify().unwrap_err().kind(), ErrorKind::Damaged);
}
