//! The index in PostgreSQL, with servers of the tests' own.

#![cfg(feature = "postgres")]

mod common;
#[path = "common/postgres.rs"]
mod postgres_server;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{root, run, skip};
use postgres_server::Server;

use metalab::{Capture, ErrorKind, Json, Opened, Options, index_rebuild, recover};
use serde_json::json;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many times longer a test is that is made longer by METALAB_INDEX_LONG.
fn times() -> usize {
    if std::env::var_os("METALAB_INDEX_LONG").is_some() { 4 } else { 1 }
}

/// The tables, without what differs from one writing to the next.
const ALL: &str = "SELECT 'run', run_id, experiment_id, status, context_fingerprint, params_fingerprint,
        seed_fingerprint, started_at, finished_at, duration_ms, record_json FROM runs ORDER BY run_id;
    SELECT 'result', run_id, name, data, dtype, shape, metadata FROM results ORDER BY run_id, name;
    SELECT 'derived', run_id, derived_json FROM derived ORDER BY run_id;
    SELECT 'manifest', experiment_id, timestamp, manifest_json, submitted_at, total_runs
        FROM experiment_manifests ORDER BY experiment_id, timestamp;
    SELECT 'field', namespace, field_name, field_type, count, values, min_value, max_value
        FROM field_catalog ORDER BY namespace, field_name";

fn options(locator: &str, experiment: &str, run_id: &str) -> Options {
    let mut options = Options::new();
    options.store(locator).code_hash("").index_wait(PATIENCE);
    options.experiment(experiment).unwrap();
    options.run_id(run_id).unwrap();
    options
}

fn open(options: &Options) -> Capture {
    match Capture::open(options).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run) => panic!("{run} is skipped"),
    }
}

/// The index in the health document.
fn index(run: &Capture) -> (String, String) {
    let health = run.health().unwrap();
    assert_eq!(health.get("ok"), Some(&Json::Bool(true)), "{}", health.to_pretty());
    let index = health.get("index").unwrap();
    let text = |key: &str| index.get(key).unwrap().as_str().unwrap_or_default().to_owned();
    (text("state"), text("reason"))
}

#[track_caller]
fn is_current(run: &Capture) {
    assert_eq!(index(run), ("current".to_owned(), String::new()));
}

#[track_caller]
fn until(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn rebuild(locator: &str) -> u64 {
    rebuild_of(locator, None).unwrap()
}

fn rebuild_of(locator: &str, experiment: Option<&str>) -> metalab::Result<u64> {
    index_rebuild(Some(locator), experiment, &mut |_, _| ControlFlow::Continue(()))
}

/// Empties the tables, makes them anew of the files, and compares.
#[track_caller]
fn rebuilt_is_the_same(server: &Server, locator: &str) {
    let live = server.query(ALL);
    // Once over what is there, once from nothing.
    for statement in ["SELECT 1", "TRUNCATE runs, results, derived, experiment_manifests, field_catalog"] {
        server.query(statement);
        rebuild(locator);
        let rebuilt = server.query(ALL);
        for (one, other) in live.lines().zip(rebuilt.lines()) {
            assert_eq!(one, other);
        }
        assert_eq!(live.lines().count(), rebuilt.lines().count());
    }
}

/// A run with a little of everything.
fn emit(run: &Capture, number: i64) {
    run.metric("loss", 1.0 / (number + 1) as f64).unwrap();
    run.metric("bad", if number % 2 == 0 { f64::NAN } else { f64::NEG_INFINITY }).unwrap();
    run.metric("steps", number).unwrap();
    run.metric("done", number % 3 == 0).unwrap();
    run.metric("words", "NUL \0, quote \", backslash \\, \u{1F600}").unwrap();
    let series = run.series("residual", Some("K"), None).unwrap();
    for step in 0..50 {
        series.point(step, if step == 7 { f64::INFINITY } else { step as f64 / 7.0 }).unwrap();
    }
    let document = metalab::json::parse(r#"{"a": [1, NaN, "x\u0000y"], "\u0000": null}"#).unwrap();
    run.data("document", document, Json::object([("unit", "m")])).unwrap();
    run.data("nothing", Json::Null, Json::object::<&str, Json>([])).unwrap();
}

/// The line of which long texts are made.
const LONG_LINE: &str = "tab\t, backslash \\, newline\n, \u{1F600}, ";
const LONG_LINES: usize = 90_000;

/// Entries that are sent piece by piece: with and without what JSONB has no words for.
fn emit_long(run: &Capture) {
    let text = LONG_LINE.repeat(LONG_LINES);
    run.data("long_text", text.as_str(), json!({"kind": "a\tb\n"})).unwrap();
    let series = run.series("long_series", None, None).unwrap();
    for step in 0..150_000 {
        series.point(step, if step % 1000 == 7 { f64::NAN } else { step as f64 / 7.0 }).unwrap();
    }
}

#[test]
fn an_index_has_what_the_files_have_and_is_rebuilt_from_them() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    // Settings of the role that would have others' changes missed, and numbers cut.
    server.query(
        "ALTER ROLE postgres SET default_transaction_isolation = 'serializable';
         ALTER ROLE postgres SET extra_float_digits = 0",
    );
    for number in 0..4 {
        let mut options = options(&locator, "all:1", &format!("run{number}"));
        let name = format!("r{number}");
        options.params(json!({"n": number, "name": name, "huge": 1e300, "third": 1.0 / 3.0})).unwrap();
        let run = open(&options);
        emit(&run, number);
        if number == 3 {
            run.fail("E", "it failed", None).unwrap();
        }
        run.finish().unwrap();
        is_current(&run);
    }
    server.query("ALTER ROLE postgres RESET ALL");
    assert_eq!(
        server.query("SELECT run_id, status, record_json #>> '{metrics,bad}' FROM runs ORDER BY 1"),
        "run0|success|NaN\nrun1|success|-Infinity\nrun2|success|NaN\nrun3|failed|-Infinity"
    );
    let catalog = "SELECT namespace, field_name, field_type, count, values, min_value, max_value
        FROM field_catalog ORDER BY 1, 2";
    assert_eq!(
        server.query(catalog),
        "metrics|bad|numeric|4||-Infinity|-Infinity\nmetrics|done|boolean|4|{False,True}||\n\
         metrics|loss|numeric|4||0.25|1\nmetrics|steps|numeric|4||0|3\n\
         metrics|words|string|4|{\"NUL \u{fffd}, quote \\\", backslash \\\\, \u{1F600}\"}||\n\
         params|huge|numeric|4||1e+300|1e+300\nparams|n|numeric|4||0|3\nparams|name|string|4|{r0,r1,r2,r3}||\n\
         params|third|numeric|4||0.3333333333333333|0.3333333333333333"
    );
    assert_eq!(
        server.query(
            "SELECT name, shape, data #>> '{7,1}', metadata FROM results WHERE run_id = 'run0' ORDER BY 1"
        ),
        "document|||{\"unit\": \"m\"}\nnothing|||{}\n\
         residual|{50,2}|NaN|{\"type\": \"stepped_metric\", \"unit\": \"K\"}"
    );
    assert_eq!(
        server.query("SELECT data FROM results WHERE run_id = 'run0' AND name = 'document'"),
        "{\"a\": [1, \"NaN\", \"x\u{fffd}y\"], \"\u{fffd}\": null}"
    );
    // Local times have come to be UTC.
    let naive = server.query("SELECT record_json ->> 'started_at' FROM runs WHERE run_id = 'run0'");
    let zone = run(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M:%S", "-d", &naive])).stdout;
    let stored = server.query("SELECT to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM runs WHERE run_id = 'run0'");
    assert_eq!(stored, zone.trim_end());
    // Metrics that were computed later, by the package.
    std::fs::write(place.path().join("all_1/derived/run0.json"), r#"{"d": NaN}"#).unwrap();
    rebuild(&locator);
    assert_eq!(server.query("SELECT run_id, derived_json FROM derived"), "run0|{\"d\": \"NaN\"}");
    rebuilt_is_the_same(&server, &locator);
    // Rows of files that are gone go from the index, and those of others stay.
    std::fs::remove_file(place.path().join("all_1/runs/run3.json")).unwrap();
    server.query("INSERT INTO runs SELECT 'other', 'other:1', status, '', '', '', started_at, finished_at, 1, record_json FROM runs LIMIT 1");
    assert_eq!(rebuild(&locator), 3);
    assert_eq!(
        server.query("SELECT string_agg(run_id, ' ' ORDER BY run_id) FROM runs"),
        "other run0 run1 run2"
    );
}

#[test]
fn a_run_that_goes_on_or_is_run_again_is_counted_once() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "&schema=Lab");
    let field = |name: &str| {
        server.query(&format!(
            "SELECT count, values, min_value, max_value FROM lab.field_catalog WHERE field_name = '{name}'"
        ))
    };
    let mut options = options(&locator, "again:1", "run");
    options.param("p", "v").unwrap().refresh_interval(Duration::from_millis(10));
    let run = open(&options);
    for value in [5.0, 9.0, 2.0] {
        run.metric("x", value).unwrap();
        run.flush(metalab::Flush::Visible).unwrap();
        let now = format!(
            "SELECT record_json #>> '{{metrics,x}}' FROM lab.runs WHERE status = 'running' AND record_json #>> '{{metrics,x}}' = '{value:.1}'"
        );
        until("the refreshed record", || {
            !server.query("SELECT to_regclass('lab.runs')").is_empty() && !server.query(&now).is_empty()
        });
        assert_eq!(field("x"), "1|||");
    }
    assert_eq!(field("p"), "1|{v}||");
    run.finish().unwrap();
    assert_eq!(field("x"), "1||2|2");
    options.param("p", 3i64).unwrap();
    let run = open(&options);
    run.metric("y", f64::NAN).unwrap();
    run.finish().unwrap();
    is_current(&run);
    assert_eq!((field("x"), field("p"), field("y")), (String::new(), "1||3|3".to_owned(), "1|||".to_owned()));
    assert_eq!(server.query("SELECT count(*) FROM lab.runs"), "1");
    rebuild(&locator);
    assert_eq!((field("x"), field("p"), field("y")), (String::new(), "1||3|3".to_owned(), "1|||".to_owned()));
    // At most a hundred values, and always the same.
    for number in 0..120 {
        let mut more = self::options(&locator, "many:1", &format!("m{number}"));
        more.param("word", format!("w{:03}", 119 - number).as_str()).unwrap();
        open(&more).finish().unwrap();
    }
    let few = "SELECT count, cardinality(values), values[1], values[100] FROM lab.field_catalog WHERE field_name = 'word'";
    assert_eq!(server.query(few), "120|100|w000|w099");
}

/// Not a test: what the processes of another one do.
#[test]
fn process() {
    let Some(arguments) = std::env::var_os("INDEX_PROCESS") else { return };
    let arguments = arguments.into_string().unwrap();
    let (locator, rest) = arguments.split_once(' ').unwrap();
    let numbers: Vec<i64> = rest.split(' ').map(|number| number.parse().unwrap()).collect();
    for number in numbers[0]..numbers[1] {
        let mut options = options(locator, "many:1", &format!("run{number:04}"));
        options.params(json!({"n": number, "kind": if number % 2 == 0 { "even" } else { "odd" }})).unwrap();
        let run = open(&options);
        emit(&run, number);
        run.finish().unwrap();
        is_current(&run);
    }
}

fn start_process(locator: &str, from: usize, to: usize) -> std::process::Child {
    common::command(std::env::current_exe().unwrap())
        .args(["--exact", "process", "--nocapture"])
        .env("INDEX_PROCESS", format!("{locator} {from} {to}"))
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn many_processes_share_an_index_with_a_connection_each() {
    const PROCESSES: usize = 64;
    let runs = 4 * times();
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    // A machine that is busy with them all must not have one give up and come again.
    let locator = server.locator(place.path(), "&connect_timeout=60");
    let mut children: Vec<_> =
        (0..PROCESSES).map(|number| start_process(&locator, number * runs, (number + 1) * runs)).collect();
    let (ended, most) = (AtomicBool::new(false), std::sync::atomic::AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'libmetalab'";
                most.fetch_max(server.query(count).parse().unwrap(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let well = children.iter_mut().all(|child| child.wait().unwrap().success());
        ended.store(true, Ordering::Relaxed);
        assert!(well);
    });
    assert!(most.load(Ordering::Relaxed) <= PROCESSES, "{most:?} connections");
    let all = PROCESSES * runs;
    assert_eq!(server.query("SELECT count(*) FROM runs WHERE status = 'success'"), all.to_string());
    assert_eq!(server.query("SELECT count(*) FROM results"), (3 * all).to_string());
    let counts = "SELECT field_name, count, values, min_value, max_value FROM field_catalog
        WHERE field_name IN ('n', 'kind', 'steps') ORDER BY 1";
    let last = all - 1;
    assert_eq!(
        server.query(counts),
        format!("kind|{all}|{{even,odd}}||\nn|{all}||0|{last}\nsteps|{all}||0|{last}")
    );
    assert!(!server.log().contains("deadlock"), "{}", server.log());
    rebuilt_is_the_same(&server, &locator);
}

#[test]
fn a_server_that_is_killed_again_and_again_catches_up() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let mut options = options(&locator, "killed:1", "run");
    options.refresh_interval(Duration::from_millis(20));
    let run = open(&options);
    let goes_on = AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0i64;
            while goes_on.load(Ordering::Relaxed) {
                run.metric("x", number).unwrap();
                run.data(&format!("d{}", number % 40), Json::from(number), Json::object::<&str, Json>([]))
                    .unwrap();
                number += 1;
                std::thread::sleep(Duration::from_millis(3));
            }
        });
        let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for time in 0..5 * times() as u64 {
                let pause = Duration::from_millis(150 + 97 * (time % 9));
                // The long form is a run of over 30 s.
                std::thread::sleep(if times() > 1 { 3 * pause } else { pause });
                server.crash();
                std::thread::sleep(Duration::from_millis(60 * (time % 7)));
                server.up();
            }
        }));
        // Whatever happened, the other thread has to end.
        goes_on.store(false, Ordering::Relaxed);
        crashed.unwrap();
    });
    emit(&run, 5);
    run.finish().unwrap();
    is_current(&run);
    assert_eq!(server.query("SELECT count(*) FROM results"), "43");
    rebuilt_is_the_same(&server, &locator);
}

#[test]
fn a_server_that_hangs_or_is_away_delays_only_the_end_and_that_within_its_bound() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let mut options = options(&locator, "hangs:1", "frozen");
    options.index_wait(Duration::from_millis(300));
    let run = open(&options);
    run.metric("x", 1.0).unwrap();
    until("the first record", || {
        server.query("SELECT to_regclass('runs')") == "runs"
            && server.query("SELECT count(*) FROM runs") == "1"
    });
    server.freeze();
    let start = Instant::now();
    emit(&run, 1);
    run.flush(metalab::Flush::Visible).unwrap();
    run.finish().unwrap();
    // Nowhere near the time after which a server is given up.
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(index(&run).0, "behind");
    let record = std::fs::read_to_string(place.path().join("hangs_1/runs/frozen.json")).unwrap();
    assert!(record.contains("\"status\": \"success\""), "{record}");
    server.thaw();
    until("what was missed", || index(&run).0 == "current");
    assert_eq!(server.query("SELECT status FROM runs"), "success");

    server.crash();
    options.run_id("dead").unwrap();
    let run = open(&options);
    emit(&run, 2);
    let start = Instant::now();
    run.finish().unwrap();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    let (state, reason) = index(&run);
    assert_eq!(state, "behind");
    assert!(reason.contains("connect"), "{reason}");
    // A sweep does not wait again and again.
    options.index_wait(PATIENCE);
    for number in 0..3 {
        options.run_id(&format!("sweep{number}")).unwrap();
        let run = open(&options);
        let start = Instant::now();
        run.finish().unwrap();
        assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
        assert_eq!(index(&run).0, "behind");
    }
    options.index_wait(Duration::from_millis(300));
    let unreached = rebuild_of(&locator, None).unwrap_err();
    assert_eq!(unreached.kind(), ErrorKind::Io, "{unreached}");
    server.up();
    until("what was missed", || index(&run).0 == "current");
    rebuilt_is_the_same(&server, &locator);

    // A server that lets nobody write is as good as one that is away.
    server.query("ALTER SYSTEM SET default_transaction_read_only = on");
    server.query("SELECT pg_reload_conf()");
    options.run_id("refused").unwrap();
    let run = open(&options);
    run.finish().unwrap();
    let (state, reason) = index(&run);
    assert_eq!(state, "behind");
    assert!(reason.contains("read-only"), "{reason}");
    let refused = rebuild_of(&locator, None).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Access, "{refused}");
    server.query("ALTER SYSTEM RESET default_transaction_read_only");
    server.query("SELECT pg_reload_conf()");
    until("what was missed", || index(&run).0 == "current");
    assert_eq!(server.query("SELECT count(*) FROM runs"), "6");

    // So is one that has no connection left.
    server.query(
        "CREATE ROLE crowded LOGIN CONNECTION LIMIT 0;
         GRANT ALL ON ALL TABLES IN SCHEMA public TO crowded; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO crowded",
    );
    let crowded = locator.replace("postgres@", "crowded@");
    let mut options = self::options(&crowded, "hangs:1", "crowded");
    options.index_wait(Duration::from_millis(300));
    let run = open(&options);
    run.finish().unwrap();
    let (state, reason) = index(&run);
    assert_eq!(state, "behind");
    assert!(reason.contains("too many connections"), "{reason}");
    let refused = rebuild_of(&crowded, None).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Io, "{refused}");
    server.query("ALTER ROLE crowded CONNECTION LIMIT 1");
    until("what was missed", || index(&run).0 == "current");
    assert_eq!(server.query("SELECT count(*) FROM runs"), "7");
}

#[test]
fn a_rebuild_while_runs_go_on_loses_nothing() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "&connect_timeout=60");
    let mut children: Vec<_> =
        (0..4).map(|number| start_process(&locator, number * 22, (number + 1) * 22)).collect();
    let mut rebuilt = 0;
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        // The first of them makes the store.
        if place.path().join("many_1/runs").is_dir() {
            rebuild(&locator);
            rebuilt += 1;
        }
    }
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    assert!(rebuilt > 1, "{rebuilt}");
    let counts = "SELECT field_name, count, min_value, max_value FROM field_catalog
        WHERE field_name IN ('n', 'loss') ORDER BY 1";
    assert_eq!(server.query(counts), format!("loss|88|{}|1\nn|88|0|87", 1.0 / 88.0));
    assert!(!server.log().contains("deadlock"), "{}", server.log());
    rebuilt_is_the_same(&server, &locator);
}

/// Not a test: the process that forks.
#[test]
fn forking_process() {
    let Some(locator) = std::env::var_os("INDEX_FORKS") else { return };
    let locator = locator.to_str().unwrap();
    let first = open(&options(locator, "forks:1", "parent"));
    emit(&first, 1);
    until("a connection", || index(&first).0 == "current");
    // SAFETY: the child ends without what is the parent's to give back.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let written = std::panic::catch_unwind(|| {
            let second = open(&options(locator, "forks:1", "child"));
            emit(&second, 2);
            second.finish().unwrap();
            is_current(&second);
        });
        // SAFETY: as above.
        unsafe { libc::_exit(i32::from(written.is_err())) };
    }
    emit_for_a_while(&first);
    let mut status = -1;
    // SAFETY: a child of this process, and a place for how it ended.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0);
    first.finish().unwrap();
    is_current(&first);
}

fn emit_for_a_while(run: &Capture) {
    for number in 0..200i64 {
        run.metric("x", number).unwrap();
        run.data("x", Json::from(number), Json::object::<&str, Json>([])).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_forked_child_has_a_connection_of_its_own() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let mut child = common::command(std::env::current_exe().unwrap())
        .args(["--exact", "forking_process", "--nocapture"])
        .env("INDEX_FORKS", &locator)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    assert!(child.wait().unwrap().success());
    let runs = "SELECT string_agg(run_id || ' ' || status, ', ' ORDER BY run_id) FROM runs";
    assert_eq!(server.query(runs), "child success, parent success");
    assert!(!server.log().contains("ERROR"), "{}", server.log());
    rebuilt_is_the_same(&server, &locator);
}

/// Not a test: the process that closes its sockets, and gets their numbers for a file.
#[test]
fn closing_process() {
    let Some(place) = std::env::var_os("INDEX_CLOSES") else { return };
    let (locator, own) = place.to_str().unwrap().split_once(' ').unwrap();
    let run = open(&options(locator, "closes:1", "run"));
    emit(&run, 1);
    until("a connection", || index(&run).0 == "current");
    let file = std::fs::File::create(own).unwrap();
    let is_socket = |fd: &i32| {
        let kind = std::fs::read_link(format!("/proc/self/fd/{fd}")).unwrap_or_default();
        *fd > 2 && kind.to_str().unwrap().starts_with("socket:")
    };
    let sockets: Vec<i32> = (0..256).filter(is_socket).collect();
    assert!(!sockets.is_empty());
    for socket in &sockets {
        // SAFETY: two numbers of this process.
        assert_eq!(unsafe { libc::dup2(std::os::fd::AsRawFd::as_raw_fd(&file), *socket) }, *socket);
    }
    run.metric("after", 1).unwrap();
    run.finish().unwrap();
    is_current(&run);
    for socket in &sockets {
        // SAFETY: asks only.
        assert_ne!(unsafe { libc::fcntl(*socket, libc::F_GETFD) }, -1);
    }
}

#[test]
fn a_socket_that_the_host_has_closed_is_not_used_and_another_one_is_opened() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let own = place.path().join("own");
    let locator = server.locator(place.path(), "");
    let mut child = common::command(std::env::current_exe().unwrap())
        .args(["--exact", "closing_process", "--nocapture"])
        .env("INDEX_CLOSES", format!("{locator} {}", own.display()))
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(std::fs::read(&own).unwrap(), b"");
    let runs = "SELECT record_json::jsonb->'metrics'->>'after' FROM runs";
    assert_eq!(server.query(runs), "1");
}

#[test]
fn recovered_runs_are_indexed() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let mut child = common::command(std::env::current_exe().unwrap())
        .args(["--exact", "dying_process", "--nocapture"])
        .env("INDEX_DYING", &locator)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    child.wait().unwrap();
    assert_eq!(recover(Some(&locator), None, None).unwrap(), 1);
    assert_eq!(server.query("SELECT status, record_json #>> '{metrics,steps}' FROM runs"), "failed|4");
    assert_eq!(server.query("SELECT count(*) FROM results"), "3");
    rebuilt_is_the_same(&server, &locator);
}

/// Not a test: the process that dies.
#[test]
fn dying_process() {
    let Some(locator) = std::env::var_os("INDEX_DYING") else { return };
    let run = open(&options(locator.to_str().unwrap(), "dies:1", "run"));
    emit(&run, 4);
    // SAFETY: ends this process, as is meant.
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
}

#[test]
fn tables_are_made_once_by_whoever_may() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let locator = &locator;
            scope.spawn(move || {
                let mut child = start_process(locator, number, number + 1);
                assert!(child.wait().unwrap().success());
            });
        }
    });
    assert!(!server.log().contains("ERROR"), "{}", server.log());
    assert_eq!(server.query("SELECT value FROM meta WHERE key = 'schema_version'"), "3");
    let indexes = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'idx_runs_%'";
    assert_eq!(server.query(indexes), "10");
    // A role that may use them but make none needs none.
    server.query(
        "CREATE ROLE reader LOGIN; CREATE ROLE writer LOGIN; CREATE SCHEMA closed;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer;
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO writer;
         REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC; GRANT USAGE ON SCHEMA closed TO writer",
    );
    let as_role = |role: &str, more: &str| locator.replace("postgres@", &format!("{role}@")) + more;
    let mut options = options(&as_role("writer", ""), "many:1", "of_writer");
    options.index_wait(PATIENCE);
    let run = open(&options);
    emit_long(&run);
    run.finish().unwrap();
    is_current(&run);
    assert_eq!(server.query("SELECT count(*) FROM results WHERE run_id = 'of_writer'"), "2");
    for (role, more, said) in [
        ("writer", "&schema=closed", "the role may not make the tables of the index"),
        ("writer", "&schema=absent", "permission denied for database"),
        ("reader", "", "permission denied for table"),
    ] {
        let locator = as_role(role, more);
        let mut options = self::options(&locator, "refused:1", "run");
        options.index_wait(Duration::from_millis(200));
        let run = open(&options);
        run.finish().unwrap();
        until("the reason", || index(&run).1.contains(said));
        assert_eq!(index(&run).0, "behind");
        let error = rebuild_of(&locator, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Access, "{error}");
    }
    // Without what searching needs, the rest is made.
    server.query("CREATE DATABASE bare");
    server.query("REVOKE CREATE ON DATABASE bare FROM PUBLIC; CREATE ROLE maker LOGIN");
    let psql = |statement: &str| server.query_in("bare", statement);
    psql("CREATE SCHEMA lab AUTHORIZATION maker");
    let bare = as_role("maker", "&schema=lab").replace("/postgres?", "/bare?");
    let run = open(&self::options(&bare, "bare:1", "run"));
    run.finish().unwrap();
    is_current(&run);
    assert_eq!(psql("SELECT count(*) FROM lab.runs"), "1");
    assert_eq!(psql("SELECT count(*) FROM pg_indexes WHERE indexname LIKE '%trgm'"), "0");
    // Tables that only the package has made are completed.
    server.query("DROP TABLE results");
    let run = open(&self::options(&locator, "completed:1", "completed"));
    emit(&run, 1);
    run.finish().unwrap();
    is_current(&run);
    assert_eq!(refused(&run), [""; 0]);
    assert_eq!(server.query("SELECT count(*) FROM results WHERE run_id = 'completed'"), "3");
}

#[test]
fn rows_that_the_server_refuses_are_told_of_and_stay_in_the_files() {
    // So small a stack that deep documents don't fit.
    let Some(server) = Server::start(&["max_stack_depth=100kB"]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let run = open(&options(&locator, "deep:1", "run"));
    let deep = format!("{{\"data\": {}{}}}", "[".repeat(3000), "]".repeat(3000));
    std::fs::write(place.path().join("deep_1/results/run/deep.json"), deep).unwrap();
    emit(&run, 1);
    let log = place.path().join("deep_1/logs/run_run.log");
    let lines = || {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        text.lines()
            .filter(|line| line.contains("The index can't have it") && line.contains("\"deep\""))
            .count()
    };
    until("the line in the log", || {
        run.flush(metalab::Flush::Visible).unwrap();
        lines() == 1
    });
    run.finish().unwrap();
    is_current(&run);
    let health = run.health().unwrap();
    let refused = health.get("index").unwrap().get("refused").unwrap().as_array().unwrap().len();
    assert_eq!((refused, lines()), (1, 1));
    assert!(place.path().join("deep_1/results/run/deep.json").exists());
    assert_eq!(
        server.query("SELECT string_agg(name, ' ' ORDER BY name) FROM results"),
        "document nothing residual"
    );
    let error = rebuild_of(&locator, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
    assert_eq!(
        server.query("SELECT string_agg(name, ' ' ORDER BY name) FROM results"),
        "document nothing residual"
    );
    assert_eq!(lines(), 1);
    // A file that is not JSON makes no row.
    std::fs::write(place.path().join("deep_1/runs/broken.json"), "{").unwrap();
    let error = rebuild_of(&locator, Some("deep:1")).unwrap_err();
    assert!(error.message().contains("broken.json"), "{error}");
    assert_eq!(server.query("SELECT count(*) FROM runs"), "1");
}

/// The parts of the run's health that say what the index can't have.
fn refused(run: &Capture) -> Vec<String> {
    let health = run.health().unwrap();
    let refused = health.get("index").unwrap().get("refused").unwrap().as_array().unwrap();
    refused.iter().map(|why| why.as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_refused_row_is_one_refused_row_whatever_the_code() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    open(&options(&locator, "codes:1", "first")).finish().unwrap();
    // A trigger's own code, one that a server without memory has, one of its bugs, one of a missing right.
    server.query(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
         DECLARE code TEXT := split_part(to_jsonb(NEW) ->> TG_ARGV[0], '_', 2);
         BEGIN
            IF code <> '' THEN RAISE EXCEPTION 'not that one' USING ERRCODE = code; END IF;
            RETURN NEW;
         END $$;
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON results FOR EACH ROW EXECUTE FUNCTION refuse('name');
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION refuse('run_id')",
    );
    let codes = ["P0001", "53200", "XX000", "42501", "0A000", "22000"];
    let run = open(&options(&locator, "codes:1", "second"));
    for number in 0..40i64 {
        run.data(&format!("d{number:02}"), number, json!({})).unwrap();
        if let Some(code) = codes.get(number as usize / 4).filter(|_| number % 4 == 2) {
            run.data(&format!("d{number:02}_{code}"), number, json!({})).unwrap();
        }
    }
    run.finish().unwrap();
    is_current(&run);
    let told = refused(&run);
    let is_told = |code: &str| told.iter().filter(|why| why.contains(&format!("_{code}\""))).count() == 1;
    assert!(told.len() == codes.len() && codes.iter().all(|code| is_told(code)), "{told:?}");
    let log = std::fs::read_to_string(place.path().join("codes_1/logs/second_run.log")).unwrap();
    assert_eq!(log.matches("The index can't have it").count(), codes.len(), "{log}");
    // So for the record of a run, whose data arrive.
    let third = open(&options(&locator, "codes:1", "third_P0001"));
    emit(&third, 1);
    third.finish().unwrap();
    is_current(&third);
    assert!(refused(&third)[0].contains("the record of run third_P0001"), "{:?}", refused(&third));
    let there = || {
        let runs = server.query("SELECT string_agg(run_id, ' ' ORDER BY run_id) FROM runs");
        (runs, server.query("SELECT run_id, count(*) FROM results GROUP BY run_id ORDER BY run_id"))
    };
    let all = ("first second".to_owned(), "second|40\nthird_P0001|3".to_owned());
    assert_eq!(there(), all);
    for statement in ["SELECT 1", "TRUNCATE runs, results, field_catalog"] {
        server.query(statement);
        let error = rebuild_of(&locator, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
        assert!(error.message().contains("7 rows"), "{error}");
        assert_eq!(there(), all);
    }
    // A server that takes no row at all is none of their faults.
    server.query(
        "CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'closed'; END $$;
        CREATE TRIGGER closed BEFORE INSERT ON results FOR EACH ROW EXECUTE FUNCTION closed()",
    );
    let mut options = options(&locator, "codes:1", "fourth");
    options.index_wait(Duration::from_millis(200));
    let run = open(&options);
    emit(&run, 1);
    run.finish().unwrap();
    until("the reason", || index(&run) == ("behind".to_owned(), "closed".to_owned()));
    assert!(refused(&run).is_empty());
    server.query("DROP TRIGGER closed ON results");
    until("what was missed", || index(&run).0 == "current");
}

#[test]
fn a_database_without_an_encoding_has_every_character() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    server.query("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    let locator = server.locator(place.path(), "").replace("/postgres?", "/bytes?");
    let mut options = options(&locator, "bytes:1", "run");
    options.param("größe", "\u{1F600} é").unwrap();
    let run = open(&options);
    emit(&run, 1);
    run.data("größe", "\u{1F600} é", json!({"einheit": "µm"})).unwrap();
    run.finish().unwrap();
    is_current(&run);
    assert!(refused(&run).is_empty(), "{:?}", refused(&run));
    let there = || {
        let data = server.query_in(
            "bytes",
            "SELECT (data #>> '{}')::jsonb #>> '{}', metadata FROM results WHERE name = 'größe'",
        );
        let values = "SELECT values FROM field_catalog WHERE field_name = 'größe'";
        (data, server.query_in("bytes", values))
    };
    let all = ("\u{1F600} é|{\"einheit\": \"µm\"}".to_owned(), "{\"\u{1F600} é\"}".to_owned());
    assert_eq!(there(), all);
    server.query_in("bytes", "TRUNCATE runs, results, field_catalog");
    rebuild(&locator);
    assert_eq!(there(), all);
}

#[test]
fn long_rows_are_as_in_the_files() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let run = open(&options(&locator, "long:1", "run"));
    emit_long(&run);
    run.finish().unwrap();
    is_current(&run);
    // A series is there as it looks.
    let series = "SELECT data -> 0 ->> 0, data -> -1 -> 0, jsonb_array_length(data) BETWEEN 250 AND 1000,
        jsonb_array_length(data) = shape[1], metadata - 'total_points', metadata ->> 'total_points'
        FROM results WHERE name = 'long_series'";
    let wanted = "0|149999|t|t|{\"type\": \"stepped_metric\", \"partial\": true}|150000";
    assert_eq!(server.query(series), wanted);
    let length = LONG_LINE.chars().count() * LONG_LINES;
    let text = "SELECT metadata ->> 'kind', length((data #>> '{}')::jsonb #>> '{}') FROM results WHERE name = 'long_text'";
    assert_eq!(server.query(text), format!("a\tb\n|{length}"));
    rebuilt_is_the_same(&server, &locator);
}

#[test]
fn series_are_there_while_they_grow() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let mut options = options(&locator, "grows:1", "run");
    options.refresh_interval(Duration::from_millis(10));
    let run = open(&options);
    let series = run.series("loss", None, None).unwrap();
    let shown = "SELECT metadata ->> 'partial', metadata ->> 'total_points', data -> -1 FROM results WHERE name = 'loss'";
    for count in [3i64, 5000] {
        for step in if count == 3 { 0 } else { 3 }..count {
            series.point(step, if step % 2 == 0 { step as f64 } else { f64::INFINITY }).unwrap();
        }
        let last = if count % 2 == 1 { format!("{}.0", count - 1) } else { "\"NaN\"".to_owned() };
        until("the points", || {
            let there = server.query("SELECT to_regclass('results')") == "results";
            there && server.query(shown) == format!("true|{count}|[{}, {last}]", count - 1)
        });
    }
    run.finish().unwrap();
    is_current(&run);
    assert_eq!(server.query(shown), "||[4999, \"NaN\"]");
    rebuilt_is_the_same(&server, &locator);
}

#[test]
fn rows_have_the_real_names_and_one_that_the_dashboard_can_ask_for() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let run = open(&options(&locator, "names:1", "run"));
    let none = || Json::object::<&str, Json>([]);
    let plain = ["a/b", "a∕b", "100%", "a:b", ".hidden", "e\u{301}\u{1F600}"];
    // Those that are no part of an address, and the names of the second rows.
    let odd = ["train/loss", "it's \"so\" \\?", "a?b#c", "a\\b", "%41", "end ", ".."];
    let alike = ["train∕loss", "it's \"so\" ∖？", "a？b＃c", "a∖b", "％41", "end\u{a0}", "․."];
    let names: Vec<&str> = plain.iter().chain(&odd).copied().collect();
    for name in &names {
        run.data(name, *name, none()).unwrap();
        run.artifact_json(name, *name, none()).unwrap();
        run.metric_step(&format!("{name} series"), 0, 1.0).unwrap();
    }
    run.finish().unwrap();
    is_current(&run);
    let mut all: Vec<&str> = names.iter().chain(&alike).copied().collect();
    all.sort_unstable();
    let wanted = all.join("\n");
    let results = "SELECT name FROM results WHERE name NOT LIKE '%series' ORDER BY name COLLATE \"C\"";
    // Nothing takes the place of what has the name.
    assert_eq!(server.query(results), wanted);
    let series = "SELECT count(*) FROM results WHERE name LIKE '%series'";
    // An end of a name is none here, and nor is a directory.
    assert_eq!(server.query(series), (names.len() + odd.len() - 2).to_string());
    let all = "SELECT name FROM (SELECT jsonb_array_elements(record_json -> 'artifacts') ->> 'name' AS name FROM runs)
        AS names ORDER BY name COLLATE \"C\"";
    assert_eq!(server.query(all), wanted);
    let data = "SELECT data #>> '{}' FROM results WHERE name = 'a∕b'";
    assert_eq!(server.query(data), "\"a∕b\"");
    rebuilt_is_the_same(&server, &locator);
}

/// The dashboard parses a string as JSON, and shows nothing of a run that has another value of its own.
#[test]
fn a_value_that_is_no_array_and_no_object_is_its_json_as_a_string() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let run = open(&options(&locator, "values:1", "run"));
    for (name, value) in [
        ("a", "true"),
        ("b", "-1.5"),
        ("c", "null"),
        ("d", r#""it's \\ \"so\" é""#),
        ("e", "NaN"),
        ("f", "[1, 2]"),
    ] {
        let value = metalab::json::parse(value).unwrap();
        run.data(name, value, Json::object::<&str, Json>([])).unwrap();
    }
    run.finish().unwrap();
    is_current(&run);
    assert!(refused(&run).is_empty());
    assert_eq!(
        server.query("SELECT (data #>> '{}')::jsonb FROM results ORDER BY name"),
        "true\n-1.5\nnull\n\"it's \\\\ \\\"so\\\" é\"\n\"NaN\"\n[1, 2]"
    );
    let types = "SELECT string_agg(jsonb_typeof(data), ' ' ORDER BY name) FROM results";
    assert_eq!(server.query(types), "string string string string string array");
    rebuilt_is_the_same(&server, &locator);
}

#[test]
fn stores_that_python_wrote_are_indexed() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let golden = root().join("tests/golden/store");
    let status = Command::new("cp").arg("-r").arg(&golden).arg(place.path().join("files")).status().unwrap();
    assert!(status.success());
    let locator = server.locator(&place.path().join("files"), "");
    let mut told = Vec::new();
    let mut tell = |done, total| {
        told.push((done, total));
        ControlFlow::Continue(())
    };
    assert_eq!(index_rebuild(Some(&locator), None, &mut tell).unwrap(), 2);
    assert_eq!((told.first(), told.last()), (Some(&(0, 2)), Some(&(2, 2))));
    assert_eq!(server.query("SELECT count(*), min(experiment_id) FROM runs"), "2|gold:1.0");
    assert_eq!(
        server.query("SELECT experiment_id, timestamp FROM experiment_manifests"),
        "gold:1.0|20261123_082432"
    );
    assert!(server.query("SELECT count(*) FROM results").parse::<usize>().unwrap() > 2);
    let limited = format!("{locator}&experiment_id=gold:1.0");
    assert_eq!(rebuild_of(&limited, None).unwrap(), 2);
    let missing = rebuild_of(&locator, Some("none:1")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

#[test]
fn a_rebuild_that_is_broken_off_keeps_what_it_has_and_is_done_again() {
    // Runs are looked up as among 50,000 of them.
    let many =
        ["enable_hashjoin=off", "enable_mergejoin=off", "enable_seqscan=off", "effective_cache_size=64kB"];
    let Some(server) = Server::start(&[&["log_statement=all"][..], &many].concat()) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let files = place.path().to_str().unwrap();
    let mut first = options(files, "first:1", "a_run");
    open(first.param("p", 1i64).unwrap()).finish().unwrap();
    first.store(&locator);
    open(first.param("p", 1i64).unwrap()).finish().unwrap();
    // More than are brought in at once.
    let record = std::fs::read_to_string(place.path().join("first_1/runs/a_run.json")).unwrap();
    for number in 0..2500 {
        let id = format!("run{number:04}");
        let path = place.path().join(format!("first_1/runs/{id}.json"));
        std::fs::write(path, record.replace("a_run", &id)).unwrap();
    }
    let mut told = 0;
    let mut tell = |done, _| {
        told = done;
        if done < 1000 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let stopped = index_rebuild(Some(&locator), None, &mut tell).unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Stopped, "{stopped}");
    assert_eq!(server.query("SELECT count(*) FROM runs"), told.to_string());
    let counted = "SELECT count FROM field_catalog WHERE field_name = 'p'";
    assert_eq!(server.query(counted), told.to_string());
    assert_eq!(rebuild(&locator), 2501);
    assert_eq!(server.query(counted), "2501");
    // Behind a pooler the session is somebody else's between two transactions.
    let log = server.log();
    let of_session = |line: &&str| {
        let statement = line.split_once("statement: ").map_or("", |(_, statement)| statement);
        statement.starts_with("SET ") && !statement.starts_with("SET LOCAL ")
            || line.contains("CREATE TEMPORARY") && !line.contains("ON COMMIT DROP")
    };
    assert_eq!(log.lines().find(of_session), None);
    assert!(log.contains("SET LOCAL synchronous_commit = off"));
    assert_eq!(server.query("SELECT count(*) FROM runs"), "2501");
    server.query("VACUUM ANALYZE");
    assert_eq!(rebuild(&locator), 2501);
    // Those for searching in ids find equal ones as well, in a time that grows with the runs.
    let looked =
        "SELECT coalesce(sum(idx_scan), 0) FROM pg_stat_user_indexes WHERE indexrelname LIKE '%trgm'";
    assert_eq!(server.query(looked), "0");
}

/// Not a test: a process of a run of several.
#[test]
fn rank_process() {
    let Some(arguments) = std::env::var_os("INDEX_RANK") else { return };
    let arguments = arguments.into_string().unwrap();
    let (locator, rank) = arguments.split_once(' ').unwrap();
    let rank: i64 = rank.parse().unwrap();
    let mut options = options(locator, "ranks:1", "run");
    options.rank(metalab::Rank::new(rank, 4).unwrap()).attach_patience(PATIENCE);
    options.refresh_interval(Duration::from_millis(20));
    let run = open(&options);
    run.data("mine", rank, json!({})).unwrap();
    run.flush(metalab::Flush::Visible).unwrap();
    println!("\nready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    run.finish().unwrap();
}

#[test]
fn ranks_have_one_connection_which_is_given_back() {
    use std::io::{BufRead as _, BufReader};
    let Some(server) = Server::start(&["log_connections=on"]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let start = |rank: i64| {
        let mut child = common::command(std::env::current_exe().unwrap())
            .args(["--exact", "rank_process", "--nocapture"])
            .env("INDEX_RANK", format!("{locator} {rank}"))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line == "ready"));
        // Its later output needs a reader, too.
        (child, lines)
    };
    let mut ranks: Vec<_> = (0..4).map(start).collect();
    // The owner has the others' data come in while they go on.
    let names = "SELECT string_agg(name, ' ' ORDER BY name) FROM results";
    let all = "mine mine@rank.1 mine@rank.2 mine@rank.3";
    until("everybody's data", || {
        server.query("SELECT to_regclass('results')") == "results" && server.query(names) == all
    });
    let ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'libmetalab'";
    assert!(server.query(ours).parse::<u32>().unwrap() <= 1);
    until("the connection that is given back", || server.query(ours) == "0");
    for (child, _lines) in ranks.iter_mut().rev() {
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(server.query("SELECT status FROM runs"), "success");
    assert_eq!(server.query(names), all);
    rebuilt_is_the_same(&server, &locator);
}

/// Not a test: a process of a run of several, which rewrites its entry until its input ends.
#[test]
fn crowded_process() {
    let Some(arguments) = std::env::var_os("INDEX_CROWD") else { return };
    let arguments = arguments.into_string().unwrap();
    let mut words = arguments.split(' ');
    let mut next = || words.next().unwrap();
    let (locator, run_id, rank) = (next(), next(), next().parse().unwrap());
    let mut options = options(locator, "crowd:1", run_id);
    options.rank(metalab::Rank::new(rank, 4).unwrap()).attach_patience(PATIENCE);
    // The processes of the long form take turns on the processors of any machine.
    let pace = Duration::from_millis(if times() > 1 { 2_000 } else { 100 });
    options.refresh_interval(pace);
    let run = open(&options);
    println!("\nready");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::io::stdin().read_line(&mut String::new()).unwrap();
            is_over.store(true, Ordering::Relaxed);
        });
        let mut number = 0_i64;
        while !is_over.load(Ordering::Relaxed) {
            run.metric("round", number).unwrap();
            run.data("mine", number, json!({"rank": rank})).unwrap();
            run.metric_step("loss", number, 1.0 / (number + 1) as f64).unwrap();
            number += 1;
            std::thread::sleep(pace);
        }
    });
    run.finish().unwrap();
}

/// With METALAB_INDEX_LONG: 64 runs of 4 ranks, 50 connections, 20 crashes.
#[test]
fn runs_of_many_ranks_and_a_server_that_is_killed_leave_every_row_as_its_file() {
    use std::io::{BufRead as _, BufReader};
    let (runs, crashes, connections) = if times() > 1 { (64, 20, 50) } else { (3, 2, 8) };
    let Some(server) = Server::start(&[&format!("max_connections={connections}")]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let start = |run: usize, rank: usize| {
        let mut child = common::command(std::env::current_exe().unwrap())
            .args(["--exact", "crowded_process", "--nocapture"])
            .env("INDEX_CROWD", format!("{locator} run{run:02} {rank}"))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line == "ready"), "rank {rank} of run {run}");
        (child, lines)
    };
    let mut ranks: Vec<_> = (0..runs)
        .flat_map(|run| (0..4).map(move |rank| (run, rank)))
        .map(|(run, rank)| start(run, rank))
        .collect();
    for crash in 0..crashes {
        std::thread::sleep(Duration::from_millis(200 + 97 * (crash % 9)));
        server.crash();
        std::thread::sleep(Duration::from_millis(60 * (crash % 7)));
        server.up();
    }
    // Two rebuilds meanwhile, once the server stays.
    std::thread::scope(|scope| {
        let rebuilds = [(); 2].map(|()| scope.spawn(|| rebuild(&locator)));
        assert_eq!(rebuilds.map(|one| one.join().unwrap()), [runs as u64; 2]);
    });
    let ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'libmetalab'";
    assert!(server.query(ours).parse::<usize>().unwrap() <= connections);
    for (child, _) in &mut ranks {
        drop(child.stdin.take());
    }
    for (child, _) in &mut ranks {
        assert!(child.wait().unwrap().success());
    }
    let count = |query: &str| server.query(query).parse::<usize>().unwrap();
    assert_eq!(count("SELECT count(*) FROM runs WHERE status = 'success'"), runs);
    assert_eq!(count("SELECT count(*) FROM results"), runs * 8);
    rebuilt_is_the_same(&server, &locator);
}

#[test]
fn many_more_solvers_than_connections_all_get_in() {
    const PROCESSES: usize = 40;
    let Some(server) = Server::start(&["max_connections=12", "superuser_reserved_connections=3"]) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    open(&options(&server.locator(place.path(), ""), "many:1", "first")).finish().unwrap();
    server.query(
        "CREATE ROLE solver LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO solver;
         GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO solver",
    );
    let locator = server.locator(place.path(), "&connect_timeout=60").replace("postgres@", "solver@");
    let mut children: Vec<_> =
        (0..PROCESSES).map(|number| start_process(&locator, number, number + 1)).collect();
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    assert_eq!(
        server.query("SELECT count(*) FROM runs WHERE status = 'success'"),
        (PROCESSES + 1).to_string()
    );
}

/// Not a test: the process whose run ends behind.
#[test]
fn behind_process() {
    let Some(arguments) = std::env::var_os("INDEX_BEHIND") else { return };
    let arguments = arguments.into_string().unwrap();
    let (locator, run_id) = arguments.split_once(' ').unwrap();
    let run = open(&options(locator, "behind:1", run_id));
    emit(&run, 1);
    let start = Instant::now();
    run.finish().unwrap();
    // Nowhere near the time that it would wait for a server that comes back.
    assert!(start.elapsed() < PATIENCE / 4, "{:?}", start.elapsed());
    assert_eq!(index(&run).0, "behind");
}

#[test]
fn a_run_that_ends_behind_says_so_and_is_brought_in_by_the_next_process() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    open(&options(&locator, "behind:1", "first")).finish().unwrap();
    let marks = place.path().join(".index-behind");
    assert!(!marks.exists());
    let behind = |locator: &str, run_id: &str, libpq: Option<&str>| {
        let mut command = common::command(std::env::current_exe().unwrap());
        command.args(["--exact", "behind_process"]).env("INDEX_BEHIND", format!("{locator} {run_id}"));
        if let Some(libpq) = libpq {
            command.env("METALAB_LIBPQ", libpq);
        }
        run(&mut command).succeeded();
        let log =
            std::fs::read_to_string(place.path().join(format!("behind_1/logs/{run_id}_run.log"))).unwrap();
        assert_eq!(log.matches("metalab_index_rebuild").count(), 1, "{log}");
        let record =
            std::fs::read_to_string(place.path().join(format!("behind_1/runs/{run_id}.json"))).unwrap();
        let record = metalab::json::parse(&record).unwrap();
        assert_eq!(record.get("status"), Some(&Json::from("success")));
        let warnings = record.get("warnings").unwrap().to_compact();
        assert!(
            warnings.contains("the index is behind") && warnings.contains("metalab_index_rebuild"),
            "{warnings}"
        );
        assert!(marks.exists());
    };
    behind(&locator, "no_library", Some("libabsent.so"));
    behind(&locator.replace("/postgres?", "/absent?"), "no_database", None);
    server.crash();
    behind(&locator, "no_server", None);
    server.up();
    let run = open(&options(&locator, "behind:1", "next"));
    run.finish().unwrap();
    let runs = "SELECT string_agg(run_id || ' ' || status, ', ' ORDER BY run_id) FROM runs";
    until("what was behind", || {
        server.query(runs) == "first success, next success, no_library success, no_server success"
    });
    until("the data", || server.query("SELECT count(*) FROM results") == "6");
    // The one for another database stays.
    let left = || -> usize {
        let inside = |path: &Path| -> Vec<PathBuf> {
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
        };
        inside(&marks)
            .iter()
            .flat_map(|index| inside(index))
            .flat_map(|experiment| inside(&experiment))
            .count()
    };
    until("the marks", || left() == 2);
}

#[test]
fn what_is_no_file_holds_nobody_up() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let capture = open(&options(&locator, "pipes:1", "run"));
    emit(&capture, 1);
    let pipe =
        |path: &str| run(Command::new("mkfifo").arg(place.path().join("pipes_1").join(path))).succeeded();
    pipe("results/run/pipe.json");
    pipe("runs/piped.json");
    pipe("derived/run.json");
    capture.finish().unwrap();
    is_current(&capture);
    assert_eq!(refused(&capture).len(), 2, "{:?}", refused(&capture));
    let log = place.path().join("pipes_1/logs/run_run.log");
    let lines = || std::fs::read_to_string(&log).unwrap_or_default().matches("can't have").count();
    until("a line for each", || lines() == 2);
    std::fs::remove_file(&log).unwrap();
    pipe("logs/run_run.log");
    let error = rebuild_of(&locator, None).unwrap_err();
    assert!(error.message().contains("3 rows"), "{error}");
    assert_eq!(server.query("SELECT count(*) FROM results"), "3");
}

#[test]
fn schemas_that_are_words_of_sql_are_refused() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let words = "SELECT string_agg(word, ' ') FROM pg_get_keywords() WHERE catcode IN ('R', 'T')";
    for word in server.query(words).split(' ') {
        let error = rebuild_of(&server.locator(place.path(), &format!("&schema={word}")), None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value, "{word}: {error}");
    }
}

/// Not a test: the process that rebuilds elsewhere.
#[test]
fn rebuilding_process() {
    let Some(locator) = std::env::var_os("INDEX_REBUILDS") else { return };
    assert_eq!(rebuild(locator.to_str().unwrap()), 1);
}

#[test]
fn times_are_those_of_the_run_wherever_the_index_is_rebuilt() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    open(&options(&locator, "zones:1", "run")).finish().unwrap();
    let times =
        || server.query("SELECT extract(epoch FROM started_at), extract(epoch FROM finished_at) FROM runs");
    let before = times();
    for zone in ["UTC+11", "UTC-5:30"] {
        server.query("TRUNCATE runs");
        let mut command = common::command(std::env::current_exe().unwrap());
        command.args(["--exact", "rebuilding_process"]).env("INDEX_REBUILDS", &locator).env("TZ", zone);
        run(&mut command).succeeded();
        assert_eq!(times(), before, "{zone}");
    }
}

/// A lock on a table that somebody else holds until `body` has returned.
fn while_locked(server: &Server, table: &str, body: impl FnOnce()) {
    server.query("CREATE TABLE IF NOT EXISTS released (it text); TRUNCATE released");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            server.query(&format!(
                "DO $$ BEGIN LOCK TABLE {table}; WHILE NOT EXISTS (SELECT FROM released) LOOP
                 PERFORM pg_sleep(0.02); END LOOP; END $$"
            ))
        });
        let locks = format!(
            "SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND granted
            AND mode = 'AccessExclusiveLock'"
        );
        until("the lock", || server.query(&locks) == "1");
        let went = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        server.query("INSERT INTO released VALUES ('now')");
        went.unwrap();
    });
}

#[test]
fn a_run_has_ended_in_the_index_whoever_counts_and_however_much_data_comes_after() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    open(&options(&locator, "ends:1", "first")).finish().unwrap();
    for table in ["field_catalog", "results"] {
        let mut options = options(&locator, "ends:1", table);
        options.index_wait(Duration::from_millis(100));
        let run = open(&options);
        emit(&run, 3);
        while_locked(&server, table, || {
            run.finish().unwrap();
            let status = format!("SELECT status FROM runs WHERE run_id = '{table}'");
            until("the end", || server.query(&status) == "success");
        });
        until("the rest", || index(&run).0 == "current");
    }
    let count = "SELECT count FROM field_catalog WHERE field_name = 'loss'";
    assert_eq!(server.query(count), "2");
    assert_eq!(server.query("SELECT count(*) FROM meta WHERE key <> 'schema_version'"), "0");
    rebuilt_is_the_same(&server, &locator);
}

#[test]
fn a_rebuild_leaves_younger_rows_alone_and_removes_what_is_gone() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let run = open(&options(&locator, "young:1", "run"));
    emit(&run, 1);
    run.finish().unwrap();
    let all = server.query(ALL);
    // Written like by other processes: the entry again, a new one, an end, a run that begins.
    let write = |when: &str| {
        server.query(&format!(
            "UPDATE results SET data = '1', updated_at = {when} WHERE name = 'document';
             INSERT INTO results (run_id, name, data, updated_at) VALUES ('run', 'new', '1', {when}),
                ('gone', 'x', '1', {when});
             INSERT INTO derived (run_id, derived_json, updated_at) VALUES ('run', '{{}}', {when}), ('gone', '{{}}', {when});
             UPDATE runs SET status = 'other', record_json = '{{}}', updated_at = {when};
             INSERT INTO runs SELECT 'begun', experiment_id, 'running', '', '', '', started_at, NULL, 0, '{{}}',
                created_at, updated_at FROM runs"
        ));
    };
    let rows = || {
        let runs = server.query("SELECT string_agg(run_id || ' ' || status, ', ' ORDER BY run_id) FROM runs");
        let results = "SELECT string_agg(run_id || ' ' || name, ', ' ORDER BY run_id, name) FROM results";
        (runs, server.query(results), server.query("SELECT count(*) FROM derived"))
    };
    write("NOW() + interval '1 day'");
    let younger = rows();
    rebuild(&locator);
    assert_eq!(rows(), younger);
    assert_eq!(server.query("SELECT data FROM results WHERE name = 'document'"), "1");
    server.query("DELETE FROM runs WHERE run_id = 'begun'; DELETE FROM derived; DELETE FROM results WHERE name IN ('new', 'x')");
    write("NOW() - interval '1 day'");
    assert_eq!(rows(), younger);
    rebuild(&locator);
    assert_eq!(server.query(ALL), all);
}

#[test]
fn what_somebody_took_from_the_index_is_back_at_the_end_of_the_run() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let run = open(&options(&locator, "back:1", "run"));
    emit(&run, 1);
    run.flush(metalab::Flush::Visible).unwrap();
    until("the data", || index(&run).0 == "current");
    server.query(
        "DELETE FROM results WHERE name = 'document'; INSERT INTO results (run_id, name, data) VALUES ('run', 'x', '1')",
    );
    run.finish().unwrap();
    is_current(&run);
    let names = "SELECT string_agg(name, ' ' ORDER BY name) FROM results";
    assert_eq!(server.query(names), "document nothing residual");
    rebuilt_is_the_same(&server, &locator);
}

#[test]
fn a_run_does_not_replace_one_of_its_id_of_another_experiment() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let locator = server.locator(place.path(), "");
    let first = open(&options(&locator, "a:1", "run"));
    emit(&first, 1);
    first.finish().unwrap();
    is_current(&first);
    let all = server.query(ALL);
    let second = open(&options(&locator, "b:1", "run"));
    emit(&second, 2);
    second.data("more", 1, json!({})).unwrap();
    second.finish().unwrap();
    is_current(&second);
    let told = refused(&second);
    assert!(told.len() == 1 && told[0].contains("of experiment a:1"), "{told:?}");
    let without = |text: String| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with("manifest|b:1")).map(str::to_owned).collect()
    };
    assert_eq!(without(server.query(ALL)), without(all.clone()));
    let error = rebuild_of(&locator, None).unwrap_err();
    assert!(error.message().contains("of experiment a:1"), "{error}");
    assert_eq!(without(server.query(ALL)), without(all));
    // Once the other one's files are gone, it has the id.
    std::fs::remove_dir_all(place.path().join("a_1")).unwrap();
    assert_eq!(rebuild(&locator), 1);
    assert_eq!(server.query("SELECT experiment_id FROM runs"), "b:1");
    assert_eq!(server.query("SELECT count(*) FROM results"), "4");
}

/// Makes a certificate of its own for a server on loopback; false where there is no openssl.
fn certificates(place: &Path) -> bool {
    if !common::has("openssl") && Command::new("openssl").arg("version").output().is_err() {
        skip("there is no openssl");
        return false;
    }
    for arguments in [
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt",
        "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out server.crt",
        "req -newkey rsa:2048 -nodes -subj /CN=ada -keyout client.key -out client.csr",
        "x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out client.crt",
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout other.key -out other.crt",
    ] {
        run(Command::new("openssl").args(arguments.split(' ')).current_dir(place)).succeeded();
    }
    true
}

/// A port that nobody has now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Why an index can't be had; "" where it can.
fn refusal(locator: &str) -> String {
    match rebuild_of(locator, None) {
        Ok(_) => String::new(),
        Err(error) => {
            assert!(!error.message().contains("geheim"), "{error}");
            error.message().to_owned()
        }
    }
}

#[test]
fn passwords_and_encryption_are_what_the_locator_says() {
    let place = tempfile::tempdir().unwrap();
    if !certificates(place.path()) {
        return;
    }
    let port = free_port();
    let Some(server) = Server::start(&["listen_addresses=127.0.0.1,::1", &format!("port={port}")]) else {
        return;
    };
    let socket = |statement: &str| server.query_at(port, statement);
    socket("CREATE ROLE ada LOGIN SUPERUSER PASSWORD 'geheim@!'");
    let data = server.data();
    for file in ["server.crt", "server.key", "ca.crt"] {
        std::fs::copy(place.path().join(file), data.join(file)).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(data.join(file), private).unwrap();
    }
    let rules = "local all postgres trust\nhostssl certain all 127.0.0.1/32 cert\nhost plain all 127.0.0.1/32 scram-sha-256\n\
                 hostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n";
    std::fs::write(data.join("pg_hba.conf"), rules).unwrap();
    postgres_server::hand_over(&data);
    socket("CREATE DATABASE plain");
    socket("CREATE DATABASE certain");
    socket("ALTER SYSTEM SET ssl = on");
    socket("ALTER SYSTEM SET ssl_ca_file = 'ca.crt'");
    socket("SELECT pg_reload_conf()");
    let files = place.path().join("files");
    std::fs::create_dir_all(&files).unwrap();
    let ca = |file: &str| format!("&sslrootcert={}", place.path().join(file).display());
    let locator = |user: &str, host: &str, database: &str, more: &str| {
        format!("postgresql://{user}@{host}:{port}/{database}?file_root={}{more}", files.display())
    };
    let ada = "ada:geheim%40!";
    let local = "127.0.0.1";
    until("encryption", || refusal(&locator(ada, local, "postgres", "&sslmode=require")).is_empty());
    for (host, database, more, wanted) in [
        (local, "postgres", "&sslmode=disable", "no encryption"),
        (local, "plain", "&sslmode=disable", ""),
        (local, "postgres", "&sslmode=allow", ""),
        (local, "postgres", "&sslmode=prefer", ""),
        (local, "postgres", "&sslmode=verify-ca", "root certificate"),
        (local, "postgres", &format!("&sslmode=verify-ca{}", ca("ca.crt")), ""),
        (local, "postgres", &format!("&sslmode=verify-ca{}", ca("other.crt")), "certificate verify failed"),
        (local, "postgres", &format!("&sslmode=verify-full{}", ca("ca.crt")), "does not match host name"),
        ("localhost", "postgres", &format!("&sslmode=verify-full&hostaddr=127.0.0.1{}", ca("ca.crt")), ""),
        (local, "postgres", "&sslmode=verifyfull", "sslmode"),
        (local, "postgres", "&no_such_parameter=1", "no_such_parameter"),
    ] {
        let said = refusal(&locator(ada, host, database, more));
        assert!(if wanted.is_empty() { said.is_empty() } else { said.contains(wanted) }, "{more}: {said}");
    }
    let certificate =
        format!("&sslmode=require&sslcert={0}/client.crt&sslkey={0}/client.key", place.path().display());
    assert_eq!(refusal(&locator("ada", local, "certain", &certificate)), "");
    assert!(refusal(&locator("ada", local, "certain", "&sslmode=require")).contains("certificate"));
    assert!(
        refusal(&locator("ada:geheim2", local, "postgres", "")).contains("password authentication failed")
    );
    // The other kind of address, where this machine has it.
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        assert_eq!(refusal(&locator(ada, "[::1]", "postgres", "&sslmode=require")), "");
    }
    // Several hosts, the first of which is not there.
    let several = locator(ada, "127.0.0.1:9,127.0.0.1", "postgres", "");
    assert_eq!(refusal(&several), "");

    // Or takes the connection and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hosts = format!("127.0.0.1:{},127.0.0.1", silent.local_addr().unwrap().port());
    assert_eq!(refusal(&locator(ada, &hosts, "postgres", "&connect_timeout=2")), "");
    let only =
        format!("postgresql://{ada}@{}/db?file_root=/x&connect_timeout=2", silent.local_addr().unwrap());
    assert!(refusal(&only.replace("/x", files.to_str().unwrap())).contains("does not answer"));

    // Whoever has no password in the locator has it elsewhere.
    let bare = locator("ada", local, "postgres", "");
    assert!(refusal(&bare).contains("no password supplied"));
    let passwords = place.path().join("pgpass");
    std::fs::write(&passwords, format!("127.0.0.1:{port}:*:ada:geheim@!\n")).unwrap();
    std::fs::set_permissions(&passwords, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let with = format!("{bare}&passfile={}", passwords.display());
    assert_eq!(refusal(&with), "");
    let services = files.join("services/postgres");
    std::fs::create_dir_all(&services).unwrap();
    let service = format!(
        r#"{{"host": "127.0.0.1", "port": {port}, "database": "postgres", "user": "ada", "password": "geheim@!"}}"#
    );
    std::fs::write(services.join("service.json"), service).unwrap();
    let elsewhere = format!("postgresql://localhost:1/none?file_root={}", files.display());
    assert_eq!(refusal(&elsewhere), "");

    // No trace of it in what a run leaves.
    let mut options = options(&locator("ada:geheim2", local, "postgres", ""), "secret:1", "run");
    options.index_wait(Duration::from_millis(200));
    let run = open(&options);
    assert!(!format!("{run:?}{options:?}").contains("geheim"), "{options:?}");
    until("the refusal", || index(&run).1.contains("password authentication failed"));
    run.finish().unwrap();
    assert_eq!(index(&run).0, "behind");
    assert!(!run.health().unwrap().to_compact().contains("geheim"));
    let secret: Vec<PathBuf> = common::files(&files.join("secret_1"))
        .into_iter()
        .filter(|(_, bytes)| bytes.windows(6).any(|window| window == b"geheim"))
        .map(|(path, _)| path.into())
        .collect();
    assert!(secret.is_empty(), "{secret:?}");
}
