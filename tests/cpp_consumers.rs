//! The C++ interface under every compiler and standard that is here: the programs of `tests/cpp`
//! check what they see, and what they leave in the store is read here.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use common::{artifact, has, json, record, root, skip};
use serde_json::{Value, json};

const WARNINGS: [&str; 8] = [
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Wsign-conversion",
    "-Wshadow",
    "-Wold-style-cast",
    "-Werror",
];

/// A compiler and a standard that it knows.
#[derive(Clone)]
struct Dialect {
    compiler: &'static str,
    standard: &'static str,
    flags: &'static [&'static str],
}

/// Every compiler with every standard; half of them optimise, since some warnings need that.
fn dialects() -> Vec<Dialect> {
    let mut dialects = Vec::new();
    for compiler in ["g++", "clang++"].into_iter().filter(|compiler| has(compiler)) {
        for (i, standard) in ["-std=c++17", "-std=c++20", "-std=c++2b"].into_iter().enumerate() {
            let mut probe = Command::new(compiler);
            probe.args([standard, "-fsyntax-only", "-x", "c++", "/dev/null"]);
            if probe.output().unwrap().status.success() {
                let flags = if (i == 1) == (compiler == "g++") { &["-O1"] } else { &["-O0"] };
                dialects.push(Dialect { compiler, standard, flags });
            }
        }
    }
    if dialects.is_empty() {
        skip("there is neither g++ nor clang++");
    }
    dialects
}

/// clang++ with its own library, and as fast as it can.
fn with_libcxx() -> Option<Dialect> {
    let flags = &["-stdlib=libc++", "-Ofast"];
    let mut probe = Command::new("clang++");
    let output =
        probe.args(flags).args(["-fsyntax-only", "-include", "string", "-x", "c++", "/dev/null"]).output();
    if output.is_ok_and(|output| output.status.success()) {
        return Some(Dialect { compiler: "clang++", standard: "-std=c++17", flags });
    }
    skip("there is no clang++ with libc++");
    None
}

/// The oldest standard with g++, the newest with clang++: for what is slow to compile.
fn one_for_each_compiler() -> Vec<Dialect> {
    let all = dialects();
    let oldest = all.iter().find(|dialect| dialect.compiler == "g++");
    let newest = all.iter().rfind(|dialect| dialect.compiler == "clang++");
    oldest.into_iter().chain(newest).cloned().collect()
}

impl Dialect {
    /// Compiles and links a program with the release library.
    #[track_caller]
    fn compile(&self, source: &Path, program: &Path, flags: &[&str]) {
        let library = common::library();
        let mut command = Command::new(self.compiler);
        command.args([self.standard, "-pthread"]).args(self.flags).args(WARNINGS);
        for include in ["include", "bindings/cpp", "tests/cpp"] {
            command.arg("-I").arg(root().join(include));
        }
        command.arg(source).args(["-o"]).arg(program).args(flags).arg("-L").arg(library).arg("-lmetalab");
        command.arg(format!("-Wl,-rpath,{}", library.display()));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Runs `work` on everything, on as many threads as there are processors.
fn in_parallel<T: Send>(all: Vec<T>, work: impl Fn(T) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(all.len().max(1));
    let queue = Mutex::new(all);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(next) = { queue.lock().unwrap().pop() } {
                    work(next);
                }
            });
        }
    });
}

/// Runs a program on a new store below `place`.
#[track_caller]
fn run_on_store(program: &Path, place: &Path) -> PathBuf {
    let store = place.join("store");
    std::fs::create_dir(&store).unwrap();
    common::run(common::command(program).arg(&store)).succeeded();
    store
}

#[test]
fn everything_works_under_every_compiler_and_standard() {
    let mut all = String::new();
    for file in [
        "arrays", "emit", "ending", "failures", "identity", "logs", "mapped", "quiet", "reading", "streams",
        "values", "workers", "main",
    ] {
        all += &format!("#include \"{file}.cpp\"\n");
    }
    in_parallel(dialects().into_iter().chain(with_libcxx()).collect(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let source = place.path().join("all.cpp");
        let program = place.path().join("all");
        std::fs::write(&source, &all).unwrap();
        dialect.compile(&source, &program, &[]);
        let store = run_on_store(&program, place.path());
        check_emit(&store);
        check_arrays(&store);
        check_failures(&store);
        check_ending(&store);
        check_mapped(&store);
        check_streams(&store);
        check_logs(&log(&store, "logs_1"));
        check_workers(&store);
    });
}

#[test]
fn example_of_the_readme_compiles_and_runs_as_printed() {
    let readme = std::fs::read_to_string(root().join("bindings/cpp/README.md")).unwrap();
    let example = readme.split("```cpp\n").nth(1).unwrap().split("```").next().unwrap();
    in_parallel(dialects(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let source = place.path().join("example.cpp");
        let program = place.path().join("example");
        std::fs::write(&source, example).unwrap();
        dialect.compile(&source, &program, &[]);
        common::run(common::command(&program).current_dir(place.path())).succeeded();
        let record = record(&place.path().join("runs/heat_1"));
        assert_eq!(record["status"], "success");
        assert_eq!(record["params_resolved"], json!({"n": 64, "steps": 100}));
        assert_eq!(artifact(&record, "temperature")["metadata"]["unit"], "K");
        let change = json_of(&place.path().join("runs/heat_1"), "results", "change.json");
        assert_eq!(change["shape"], json!([100, 2]));
    });
}

#[test]
fn handles_that_outlive_main_end_their_runs() {
    in_parallel(one_for_each_compiler(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join("globals");
        dialect.compile(&root().join("tests/cpp/globals.cpp"), &program, &[]);
        for end in ["return", "exit"] {
            let store = place.path().join(end);
            let mut command = common::command(&program);
            let ran = common::run(command.arg(end).env("METALAB_STORE", &store)).succeeded();
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
            let read = |run_id: &str| json(&store.join(format!("globals_1/runs/{run_id}.json")));
            let both = json!({"after main": true, "with the thread": true});
            assert_eq!((&read("early")["status"], &read("early")["metrics"]), (&json!("success"), &both));
            assert_eq!((&read("late")["status"], &read("late")["metrics"]), (&json!("success"), &both));
            for run_id in ["thread", "main-thread"] {
                let record = read(run_id);
                assert_eq!(record["status"], "success", "{run_id}");
                assert_eq!(record["metrics"], json!({"answer": 42}), "{run_id}");
            }
            assert!(!store.join("globals_1/.journal").exists());
        }
    });
}

#[test]
fn quiet_form_needs_no_exceptions() {
    in_parallel(dialects(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join("no_exceptions");
        let source = root().join("tests/cpp/no_exceptions.cpp");
        dialect.compile(&source, &program, &["-fno-exceptions", "-fno-rtti"]);
        let store = run_on_store(&program, place.path());
        let record = record(&store.join("no_exceptions_1"));
        assert_eq!(record["metrics"], json!({"answer": 42}));
        assert_eq!(record["error"]["message"], "told");
    });
}

#[test]
fn spdlog_and_fmt_write_into_the_log() {
    let spdlog = Command::new("pkg-config").args(["--cflags", "--libs", "spdlog"]).output();
    let Some(flags) = spdlog.ok().filter(|output| output.status.success()) else {
        return skip("there is no spdlog that pkg-config knows");
    };
    let flags = String::from_utf8(flags.stdout).unwrap();
    let flags: Vec<&str> = flags.split_whitespace().collect();
    in_parallel(one_for_each_compiler(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join("spdlog");
        dialect.compile(&root().join("tests/cpp/spdlog.cpp"), &program, &flags);
        let store = run_on_store(&program, place.path());
        let lines = log(&store, "spdlog_1");
        let own = own_logger(&store, "spdlog_1");
        let expected = [
            ("DEBUG", own.as_str(), "[solver] as fine as trace".to_owned()),
            ("DEBUG", &own, "[solver] fine".to_owned()),
            ("INFO", &own, "[solver] step 1 of 2".to_owned()),
            ("WARNING", &own, "[solver] careful".to_owned()),
            ("ERROR", &own, "[solver] wrong".to_owned()),
            ("CRITICAL", &own, "[solver] very wrong".to_owned()),
            ("INFO", &own, r"[solver] temp\xe9rature".to_owned()),
            ("INFO", &own, "[solver] from a thread".to_owned()),
            ("INFO", &own, "[solver] from a thread".to_owned()),
            ("INFO", &own, "[solver] from a thread".to_owned()),
            ("INFO", &own, "[solver] from a thread".to_owned()),
            ("INFO", &own, "without a name".to_owned()),
            ("DEBUG", &own, "Subscribed to logger: newton (level=INFO)".to_owned()),
            ("INFO", "newton.inner", "to who subscribed".to_owned()),
            ("INFO", &own, "formatted 0.33 text".to_owned()),
            ("ERROR", &own, format!("formatted {} at length 7", "x".repeat(600))),
            ("DEBUG", &own, "braces {} are text where nothing is to be formatted".to_owned()),
            ("WARNING", &own, "quietly 1".to_owned()),
        ];
        let expected: Vec<Line> = expected
            .into_iter()
            .map(|(level, logger, text)| Line { level: level.to_owned(), logger: logger.to_owned(), text })
            .collect();
        assert_eq!(lines, expected);
    });
}

#[test]
fn not_a_number_survives_fast_math() {
    in_parallel(one_for_each_compiler(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join("fast_math");
        dialect.compile(&root().join("tests/cpp/fast_math.cpp"), &program, &["-Ofast"]);
        let store = run_on_store(&program, place.path());
        let text = std::fs::read_dir(store.join("fast_math_1/runs")).unwrap().next().unwrap().unwrap().path();
        let text = std::fs::read_to_string(text).unwrap();
        for part in ["\"residual\": NaN", "\"bound\": -Infinity", "\"status\": \"success\""] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    });
}

#[test]
fn libraries_with_hidden_visibility_share_errors() {
    in_parallel(one_for_each_compiler(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let source = root().join("tests/cpp/shared_type.cpp");
        let mut flags = Vec::new();
        for name in ["a", "b"] {
            let library = place.path().join(format!("lib{name}.so"));
            let prefix = format!("-DPREFIX(name)={name}##name");
            dialect.compile(&source, &library, &["-shared", "-fPIC", "-fvisibility=hidden", &prefix]);
            flags.push(library.display().to_string());
        }
        flags.push(format!("-Wl,-rpath,{}", place.path().display()));
        let program = place.path().join("two");
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        dialect.compile(&root().join("tests/cpp/two_libraries.cpp"), &program, &flags);
        common::run(&mut common::command(&program)).succeeded();
    });
}

#[test]
fn a_run_has_the_flags_of_the_file_that_opened_it() {
    in_parallel(one_for_each_compiler(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let (object, program) = (place.path().join("other.o"), place.path().join("flags"));
        let source = root().join("tests/cpp/flags.cpp");
        // clang++ says of a file that is not linked that the libraries are unused.
        let flags = ["-c", "-DOTHER_FILE", "-DNDEBUG", "-Wno-unused-command-line-argument"];
        dialect.compile(&source, &object, &flags);
        dialect.compile(&source, &program, &[&object.display().to_string()]);
        let store = run_on_store(&program, place.path());
        for (name, has_asserts) in [("flags_own_1", true), ("flags_other_1", false)] {
            let record = record(&store.join(name));
            let compiler = record["provenance"]["extra"]["compiler"].as_str().unwrap();
            assert_eq!(compiler.contains("no asserts"), !has_asserts, "{name}: {compiler}");
        }
    });
}

#[test]
fn macros_of_other_headers_do_no_harm() {
    in_parallel(one_for_each_compiler(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join("macros");
        dialect.compile(&root().join("tests/cpp/macros.cpp"), &program, &[]);
        common::run(&mut common::command(&program)).succeeded();
        // The C header has no push_macro: it must not use such names.
        let header = std::fs::read_to_string(root().join("include/metalab.h")).unwrap();
        let code: String =
            header.split("/*").map(|part| part.split_once("*/").map_or(part, |(_, code)| code)).collect();
        for name in ["signals", "slots", "emit", "small", "near", "far", "interface"] {
            let is_word = |word: &str| word == name;
            assert!(!code.split(|c: char| !c.is_alphanumeric() && c != '_').any(is_word), "{name}");
        }
    });
}

#[test]
fn a_run_has_ended_before_an_exception_that_nobody_catches_ends_the_program() {
    in_parallel(one_for_each_compiler(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join("uncaught");
        dialect.compile(&root().join("tests/cpp/uncaught.cpp"), &program, &[]);
        let store = place.path().join("store");
        std::fs::create_dir(&store).unwrap();
        let status =
            common::command(&program).arg(&store).stderr(std::process::Stdio::null()).status().unwrap();
        assert!(!status.success());
        let record = record(&store.join("uncaught_1"));
        assert_eq!(
            (&record["status"], &record["error"]["message"]),
            (&json!("failed"), &json!("negative volume"))
        );
        assert_eq!(record["metrics"], json!({"steps": 3}));
    });
}

#[test]
fn what_streams_hold_belongs_to_the_run_that_captures_it() {
    in_parallel(one_for_each_compiler(), |dialect| {
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join("printed");
        dialect.compile(&root().join("tests/cpp/printed.cpp"), &program, &[]);
        for (how, after) in [("finish", "after\n"), ("scope", "after\n"), ("exit", "")] {
            let store = place.path().join(how);
            std::fs::create_dir(&store).unwrap();
            let output = common::command(&program).arg(&store).arg(how).output().unwrap();
            assert!(output.status.success(), "{how}: {output:?}");
            assert_eq!(String::from_utf8_lossy(&output.stdout), format!("before\nin the run\n{after}"));
            assert_eq!(String::from_utf8_lossy(&output.stderr), "clog\n");
            let logs = common::files(&store.join("printed_1/logs"));
            let ending_in = |end: &str| {
                let (_, text) = logs.iter().find(|(name, _)| name.ends_with(end)).unwrap();
                String::from_utf8(text.clone()).unwrap()
            };
            assert_eq!(
                (ending_in("_stdout.log"), ending_in("_stderr.log")),
                ("in the run\n".into(), "clog\n".into())
            );
        }
    });
}

/// Libraries whose arrays are stored: the macro that has the test use it, a header of it, what it links.
const LIBRARIES: [(&str, &str, &[&str]); 5] = [
    ("WITH_EIGEN", "eigen3/Eigen/Dense", &["-isystem", "/usr/include/eigen3"]),
    ("WITH_BOOST", "boost/multi_array.hpp", &[]),
    ("WITH_ARMADILLO", "armadillo", &[]),
    ("WITH_BLITZ", "blitz/array.h", &["-lblitz"]),
    ("WITH_XTENSOR", "xtensor/xarray.hpp", &[]),
];

#[test]
fn arrays_of_real_libraries_are_stored_as_numpy_would_have_them() {
    let compilers: Vec<_> =
        dialects().into_iter().filter(|dialect| dialect.standard == "-std=c++17").collect();
    let mut all = Vec::new();
    for (feature, header, flags) in LIBRARIES {
        if !Path::new("/usr/include").join(header).exists() {
            skip(&format!("there is no <{header}>"));
            continue;
        }
        // Debian's Blitz is configured for gcc alone.
        let of = compilers.iter().filter(|dialect| feature != "WITH_BLITZ" || dialect.compiler == "g++");
        all.extend(of.map(|dialect| (dialect.clone(), feature, flags)));
    }
    in_parallel(all, |(dialect, feature, flags)| {
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join("libraries");
        let define = format!("-D{feature}");
        let flags: Vec<&str> =
            [define.as_str(), "-Wno-error"].into_iter().chain(flags.iter().copied()).collect();
        dialect.compile(&root().join("tests/cpp/libraries.cpp"), &program, &flags);
        let store = run_on_store(&program, place.path());
        assert_eq!(record(&store.join("libraries_1"))["status"], "success", "{feature}");
    });
}

/// The messages of the compiler about a program that is not to compile.
#[track_caller]
fn refusal(dialect: &Dialect, body: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    let source = place.path().join("wrong.cpp");
    let program = format!("#include <metalab.hpp>\nvoid wrong(metalab::capture& run) {{\n{body}\n}}\n");
    std::fs::write(&source, program).unwrap();
    let mut command = Command::new(dialect.compiler);
    command.args([dialect.standard, "-fsyntax-only"]).arg(source);
    for include in ["include", "bindings/cpp"] {
        command.arg("-I").arg(root().join(include));
    }
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{} accepts {body}", dialect.compiler);
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_cannot_be_stored_does_not_compile_and_the_compiler_says_why() {
    in_parallel(one_for_each_compiler(), |dialect| {
        let unknown = refusal(&dialect, "struct unknown {} what; run.artifact(\"what\", what);");
        assert!(unknown.contains("specialise metalab::serializer"), "{unknown}");
        let bytes = refusal(&dialect, "run.data(\"bytes\", metalab::bytes{\"x\", 1});");
        assert!(bytes.contains("can be artifacts, not data"), "{bytes}");
        let element = refusal(&dialect, "run.map<std::string>(\"texts\", {3});");
        assert!(element.contains("no element type like this"), "{element}");
        let wide = refusal(&dialect, "run.artifact(\"wide\", std::vector<long double>{1.0L});");
        assert!(wide.contains("the store has no type for these numbers"), "{wide}");
        let part = refusal(
            &dialect,
            "struct part { double x[2]; const double* begin() const { return x; } const double* end() const { return x + 2; } \
             int rows() const { return 1; } int cols() const { return 2; } }; run.artifact(\"part\", part());",
        );
        assert!(part.contains("evaluate it into an array first"), "{part}");
        refusal(&dialect, "run.metric(\"letter\", 'x');");
        refusal(&dialect, "metalab::capture copy(run);");
    });
}

#[track_caller]
fn check_ending(store: &Path) {
    let read = |run_id: &str| json(&store.join(format!("ending_1/runs/{run_id}.json")));
    for (run_id, reason) in [("requested", "requested"), ("timed", "time: "), ("signalled", "SIGUSR1 at ")] {
        let record = read(run_id);
        assert_eq!(record["status"], "cancelled", "{run_id}");
        let said = record["warnings"][0]["reason"].as_str().unwrap();
        assert!(said.starts_with(reason), "{run_id}: {said}");
    }
    for run_id in ["thrown", "destructor", "terminated"] {
        let record = read(run_id);
        assert_eq!(record["status"], "failed", "{run_id}");
        assert_eq!(record["warnings"][0]["message"], "the process died", "{run_id}");
    }
}

/// A file of the one run of an experiment: its name below `{kind}/{run_id}`.
#[track_caller]
fn file_of(experiment: &Path, kind: &str, name: &str) -> PathBuf {
    let runs: Vec<PathBuf> =
        std::fs::read_dir(experiment.join(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0].join(name)
}

#[track_caller]
fn json_of(experiment: &Path, kind: &str, name: &str) -> Value {
    json(&file_of(experiment, kind, name))
}

#[derive(Debug, PartialEq)]
struct Line {
    level: String,
    logger: String,
    text: String,
}

/// The lines of the log of the one run of an experiment.
#[track_caller]
fn log(store: &Path, experiment: &str) -> Vec<Line> {
    let logs = common::files(&store.join(experiment).join("logs"));
    let (_, content) = logs.iter().next().unwrap();
    let content = String::from_utf8(content.clone()).unwrap();
    let parse = |line: &str| {
        // 2026-11-23 08:18:15 [INFO   ] [logger] text
        let (level, rest) = line[21..].split_once("] [").unwrap();
        let (logger, text) = rest.split_once("] ").unwrap();
        Line { level: level.trim_end().to_owned(), logger: logger.to_owned(), text: text.to_owned() }
    };
    content.lines().map(parse).collect()
}

fn own_logger(store: &Path, experiment: &str) -> String {
    let id = record(&store.join(experiment))["run_id"].as_str().unwrap().to_owned();
    format!("metalab.run.{}", &id[..8])
}

#[track_caller]
fn check_workers(store: &Path) {
    let experiment = store.join("workers_1");
    let record = record(&experiment);
    assert_eq!(record["status"], "success");
    assert_eq!((&record["metrics"]["total.sum"], &record["metrics"]["total.argmax"]), (&json!(5), &json!(1)));
    assert_eq!(record["provenance"]["extra"]["attempt"], 2);
    assert_eq!(record["params_resolved"]["ranks"], 4);
    assert_eq!(json_of(&experiment, "results", "loss.json")["data"], json!([[0, 1.0], [1, 2.0]]));
    assert_eq!(json_of(&experiment, "results", "residual.mean.json")["data"], json!([[1, 0.5]]));
}

#[track_caller]
fn check_emit(store: &Path) {
    let experiment = store.join("emit_2");
    let runs = common::files(&experiment.join("runs"));
    let text = String::from_utf8(runs.values().next().unwrap().clone()).unwrap();
    assert_eq!(text.matches("\"nan\": NaN,").count(), 1);
    let record: Value = serde_json::from_str(&text.replace("\"nan\": NaN,", "")).unwrap();

    assert_eq!(record["status"], "success");
    assert_eq!(
        record["metrics"],
        json!({
            "double": 0.1, "float": 0.5, "int": -3, "size": 40, "wide": 18446744073709551616.0, "bool": true,
            "text": "steady", "string": "text with \"quotes\"", "view": "view", "last": 2, "loss": 0.25,
            "epoch": 10, "converged": false, "method": "cg", "mapped_a": 1.5, "mapped_b": 2.5,
            "to a moved capture": 1,
            "by a library": 1
        })
    );
    let params = json!({
        "n": 64, "dt": 0.1, "adaptive": true, "scheme": "upwind", "wide": u64::MAX, "layers": 3, "width": 1.0
    });
    assert_eq!(record["params_resolved"], params);
    assert_eq!(record["tags"], json!(["one", "two"]));
    assert_eq!(record["notes"], "first\nsecond");
    assert_eq!(record["warnings"], json!([{"message": "time step halved", "step": 12, "dt": 0.05}]));
    assert_eq!(record["provenance"]["executor_id"], "rank");
    assert_eq!(record["provenance"]["extra"]["metadata"], json!({"campaign": "spring"}));
    let compiler = record["provenance"]["extra"]["compiler"].as_str().unwrap();
    assert!(compiler.contains(", C++ 20"), "{compiler}");
    assert_eq!(record["provenance"]["extra"]["seeds"], json!({"root_seed": 7, "replicate_index": 2}));
    let manifest = common::manifest(&experiment);
    assert_eq!(manifest["description"], "all kinds of values");
    assert_eq!(manifest["tags"], json!(["cpp"]));

    let data = |name: &str| json_of(&experiment, "results", &format!("{name}.json"));
    assert_eq!(data("stepped")["data"], json!([[1, 0.5], [2, 3], [3, true], [4, "late"]]));
    assert_eq!(data("step_a")["data"], json!([[5, 1.0], [6, 1.25]]));
    assert_eq!(data("step_b")["data"], json!([[5, 2]]));
    let residual = data("residual");
    assert_eq!(residual["data"], json!([[0, 1.0], [1, 1], [2, 0.25], [3, 0.125], [4, 0.0625]]));
    assert_eq!(residual["metadata"]["unit"], "Pa");
    assert_eq!(data("whole")["data"], json!([[2, 1], [3, i64::MAX]]));
    assert_eq!(data("process.resident_bytes")["metadata"]["unit"], "B");
    assert_eq!(data("number")["data"], 3);
    assert_eq!(data("text")["data"], "words");
    assert_eq!(data("scores")["data"], json!({"TP53": 0.8, "BRCA1": 0.6}));
    assert_eq!(data("pairs")["data"], json!({"alpha": 0.5, "solver": "cg"}));
    assert_eq!(
        data("json"),
        json!({"data": [1, {"a": null}], "dtype": null, "shape": null, "metadata": {"source": "hand"}})
    );
    assert_eq!(
        data("vector"),
        json!({"data": [1.0, 2.0, 3.0], "dtype": "float64", "shape": [3], "metadata": {"unit": "m"}})
    );
    let matrix = data("matrix");
    assert_eq!(matrix["data"], json!([[1, 2, 3], [4, 5, 6]]));
    assert_eq!((&matrix["dtype"], &matrix["shape"]), (&json!("int32"), &json!([2, 3])));
    assert_eq!(data("particle")["data"], json!({"x": 1.5, "mass": 2.0}));
    assert_eq!(data("words")["data"], json!(["a", "b"]));
    assert!(!file_of(&experiment, "results", "bad.json").exists());

    let content = |name: &str| std::fs::read(file_of(&experiment, "artifacts", name)).unwrap();
    let described = |name: &str| {
        let found = artifact(&record, name);
        (found["kind"].as_str().unwrap().to_owned(), found["format"].as_str().unwrap().to_owned())
    };
    let pair = |kind: &str, format: &str| (kind.to_owned(), format.to_owned());
    assert_eq!((described("note"), content("note.txt")), (pair("text", "txt"), b"plain words".to_vec()));
    assert_eq!(artifact(&record, "note")["metadata"]["lang"], "en");
    assert_eq!((described("raw"), content("raw.bin")), (pair("mesh", "bin"), vec![0, 1, 2]));
    assert_eq!((described("report"), content("report.md")), (pair("report", "md"), b"# Results".to_vec()));
    assert_eq!(described("config"), pair("json", "json"));
    assert_eq!(json_of(&experiment, "artifacts", "config.json"), json!({"n": 64, "dt": 0.1}));
    let particles = json!([{"x": 1.0, "mass": 2.0}, {"x": 3.0, "mass": 4.0}]);
    assert_eq!(json_of(&experiment, "artifacts", "particles.json"), particles);
    assert_eq!(described("cloud"), pair("numpy", "npz"));
    let cloud = arrays(&file_of(&experiment, "artifacts", "cloud.npz"));
    assert_eq!(cloud["x"].elements, [1.0, 2.0]);
    assert_eq!((cloud["kind"].dtype.as_str(), &cloud["kind"].elements[..]), ("<i4", &[7.0, 8.0, 9.0][..]));
}

/// A member of an .npz, its elements in the order of memory; a complex number is two.
#[derive(Debug, PartialEq)]
struct Array {
    dtype: String,
    is_fortran: bool,
    shape: Vec<usize>,
    elements: Vec<f64>,
}

/// The arrays of an uncompressed .npz.
#[track_caller]
fn arrays(path: &Path) -> BTreeMap<String, Array> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let find = |from: usize, what: &[u8]| {
        bytes[from..].windows(what.len()).position(|window| window == what).map(|at| from + at)
    };
    let number = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let mut arrays = BTreeMap::new();
    let mut at = 0;
    while let Some(local) = find(at, b"PK\x03\x04") {
        let name = String::from_utf8(bytes[local + 30..local + 30 + number(local + 26)].to_vec()).unwrap();
        let npy = local + 30 + number(local + 26) + number(local + 28);
        assert_eq!(&bytes[npy..npy + 7], b"\x93NUMPY\x01", "{name}");
        let data = npy + 10 + number(npy + 8);
        let header = String::from_utf8(bytes[npy + 10..data].to_vec()).unwrap();
        let quoted = |after: &str| header.split(after).nth(1).unwrap().to_owned();
        let dtype = quoted("'descr': '").split('\'').next().unwrap().to_owned();
        let shape = quoted("'shape': (").split(')').next().unwrap().to_owned();
        let shape: Vec<usize> = shape.split(',').filter_map(|extent| extent.trim().parse().ok()).collect();
        let count: usize = shape.iter().product();
        let (read, size): (fn(&[u8]) -> f64, usize) = match dtype.as_str() {
            "|u1" | "|b1" => (|b| f64::from(b[0]), 1),
            "<i2" => (|b| f64::from(i16::from_le_bytes(b.try_into().unwrap())), 2),
            "<f2" => (|b| f64::from(u16::from_le_bytes(b.try_into().unwrap())), 2),
            "|S8" => (|b| b.iter().map(|byte| f64::from(*byte)).sum(), 8),
            "<i4" => (|b| f64::from(i32::from_le_bytes(b.try_into().unwrap())), 4),
            "<f4" => (|b| f64::from(f32::from_le_bytes(b.try_into().unwrap())), 4),
            "<f8" | "<c16" => (|b| f64::from_le_bytes(b.try_into().unwrap()), 8),
            other => panic!("{name} has dtype {other}"),
        };
        let parts = if dtype == "<c16" { 2 } else { 1 };
        let end = data + count * parts * size;
        let elements = bytes[data..end].chunks_exact(size).map(read).collect();
        let is_fortran = header.contains("'fortran_order': True");
        let name = name.strip_suffix(".npy").unwrap().to_owned();
        arrays.insert(name, Array { dtype, is_fortran, shape, elements });
        at = end;
    }
    arrays
}

#[track_caller]
fn check_arrays(store: &Path) {
    let experiment = store.join("arrays_1");
    let stored = |name: &str| {
        let mut arrays = arrays(&file_of(&experiment, "artifacts", &format!("{name}.npz")));
        arrays.remove("arr").unwrap()
    };
    let c = |dtype: &str, shape: &[usize], elements: &[f64]| Array {
        dtype: dtype.to_owned(),
        is_fortran: false,
        shape: shape.to_vec(),
        elements: elements.to_vec(),
    };
    let f = |dtype: &str, shape: &[usize], elements: &[f64]| Array {
        is_fortran: true,
        ..c(dtype, shape, elements)
    };
    let rows = [0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0, 20.0, 21.0, 22.0, 23.0];
    let columns = [0.0, 10.0, 20.0, 1.0, 11.0, 21.0, 2.0, 12.0, 22.0, 3.0, 13.0, 23.0];
    let six = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

    assert_eq!(stored("vector"), c("<f8", &[3], &six[..3]));
    assert_eq!(stored("array"), c("<i2", &[3], &six[..3]));
    assert_eq!(stored("points"), c("<f8", &[3, 2], &six));
    assert_eq!(stored("c_array"), c("|u1", &[2, 3], &six));
    assert_eq!(stored("flags"), c("|b1", &[3], &[1.0, 0.0, 1.0]));
    assert_eq!(stored("complex"), c("<c16", &[2], &[1.0, -1.0, 2.0, 0.5]));
    assert_eq!(stored("other_complex"), c("<c16", &[1], &[1.0, -1.0]));
    assert_eq!(stored("empty"), c("<f8", &[0], &[]));
    assert_eq!(stored("span"), c("<f8", &[12], &rows));
    assert_eq!(stored("eigen"), f("<f8", &[3, 4], &columns));
    assert_eq!(stored("eigen_block"), f("<f8", &[2, 2], &[10.0, 20.0, 11.0, 21.0]));
    assert_eq!(stored("eigen_transposed"), c("<f8", &[4, 3], &columns));
    assert_eq!(stored("eigen_row"), c("<f8", &[4], &rows[4..8]));
    assert_eq!(stored("eigen_points"), c("<f8", &[2, 3], &six));
    assert_eq!(stored("eigen_tensor"), f("<f8", &[3, 2, 2], &columns));
    assert_eq!(stored("kokkos"), c("<f4", &[3, 2], &[0.0, 2.0, 10.0, 12.0, 20.0, 22.0]));
    assert_eq!(stored("kokkos_dynamic"), f("<f4", &[2, 3], &rows[..6]));
    assert_eq!(stored("xtensor"), c("<f8", &[2, 2], &[13.0, 11.0, 23.0, 21.0]));
    // Bits of the one, and a sum of the bytes of the other.
    assert_eq!(stored("halves"), c("<f2", &[3], &[f64::from(0x3C00), f64::from(0xC000), 1.0]));
    let sum = |text: &str| text.bytes().map(f64::from).sum();
    assert_eq!(stored("patches"), c("|S8", &[2], &[sum("inlet"), sum("outlet")]));
    let patches = json_of(&experiment, "results", "patches.json");
    assert_eq!((&patches["data"], &patches["dtype"]), (&json!(["inlet", "outlet"]), &json!("<U8")));
    assert_eq!(stored("mdspan"), f("<f8", &[3, 4], &columns));
    assert_eq!(stored("viewed"), f("<f8", &[3, 4], &columns));
    let state = arrays(&file_of(&experiment, "artifacts", "state.npz"));
    assert_eq!(state["u"], f("<f8", &[3, 4], &columns));
    assert_eq!(state["t"], c("<f8", &[1], &[0.5]));
    let viewed = json_of(&experiment, "results", "viewed_data.json");
    assert_eq!(viewed["data"], json!([rows[..4], rows[4..8], rows[8..]]));

    let record = record(&experiment);
    assert_eq!(artifact(&record, "vector")["metadata"]["unit"], "m");
    assert_eq!(artifact(&record, "state")["metadata"]["time"], 0.5);
    assert_eq!(artifact(&record, "field")["metadata"]["shows"], "test");
    for (name, width, height) in [("field.png", 16, 12), ("pixels.png", 2, 2)] {
        let picture = std::fs::read(file_of(&experiment, "artifacts", name)).unwrap();
        assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n", "{name}");
        let size = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
        assert_eq!((size(16), size(20)), (width, height), "{name}");
    }
    assert_eq!(std::fs::read(file_of(&experiment, "artifacts", "encoded.svg")).unwrap(), b"<svg/>");
}

#[track_caller]
fn check_failures(store: &Path) {
    let error = |experiment: &str| {
        let record = record(&store.join(experiment));
        assert_eq!(record["status"], "failed", "{experiment}");
        let error = &record["error"];
        (error["type"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
    };
    let pair = |kind: &str, message: &str| (kind.to_owned(), message.to_owned());
    assert_eq!(error("unwound_1"), pair("std::exception", "a C++ exception passed through"));
    assert_eq!(record(&store.join("unwound_1"))["metrics"], json!({"before": 1}));
    assert_eq!(error("thrown_1"), pair("std::invalid_argument", "step 12 failed"));
    let causes = &record(&store.join("thrown_1"))["error"]["traceback"];
    assert_eq!(causes, "caused by solver::divergence: residual is NaN");
    assert_eq!(error("thrown_int_1"), pair("int", "not a std::exception"));
    assert_eq!(error("told_1"), pair("solver::divergence", "told by hand"));

    for experiment in ["within_1", "answered_1", "answered_nothing_1", "twice_1", "handles_1", "quiet_1"] {
        assert_eq!(record(&store.join(experiment))["status"], "success", "{experiment}");
    }
    assert_eq!(record(&store.join("cancelled_1"))["status"], "cancelled");
    // Refused and skipped runs left the first as it was.
    assert_eq!(record(&store.join("twice_1"))["metrics"], json!({"first": 1}));
    assert_eq!(record(&store.join("errors_1"))["metrics"], json!({"after": 2}));
}

#[track_caller]
fn check_mapped(store: &Path) {
    let experiment = store.join("mapped_1");
    let stored = |name: &str| {
        let mut arrays = arrays(&file_of(&experiment, "artifacts", &format!("{name}.npz")));
        arrays.remove("arr").unwrap()
    };
    let rows = vec![0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0, 20.0, 21.0, 22.0, 23.0];
    let columns = vec![0.0, 10.0, 20.0, 1.0, 11.0, 21.0, 2.0, 12.0, 22.0, 3.0, 13.0, 23.0];
    let shape = vec![3, 4];
    let by_rows = Array { dtype: "<f8".into(), is_fortran: false, shape: shape.clone(), elements: rows };
    assert_eq!(stored("by_rows"), by_rows);
    let by_columns = Array { dtype: "<f4".into(), is_fortran: true, shape, elements: columns };
    assert_eq!(stored("by_columns"), by_columns);
    assert_eq!(stored("copied"), by_columns);
    assert_eq!(stored("moved").elements, [0.0, 0.0, 0.0, 0.0, 4.0]);
    assert_eq!(stored("half_made").elements, [1.0, 0.0, 0.0, 0.0]);
    assert_eq!(stored("outliving").elements[0], 1.0);
    assert!(!file_of(&experiment, "artifacts", "given_up.npz").exists());

    let record = record(&experiment);
    assert_eq!(record["status"], "success");
    assert_eq!(record["artifacts"].as_array().unwrap().len(), 6);
    let metadata = &artifact(&record, "by_rows")["metadata"];
    assert_eq!((&metadata["unit"], &metadata["step"]), (&json!("K"), &json!(12)));
    assert_eq!(artifact(&record, "half_made")["metadata"]["incomplete"], true);
    assert_eq!(artifact(&record, "outliving")["metadata"]["incomplete"], true);
    assert_eq!(artifact(&record, "moved")["metadata"]["incomplete"], Value::Null);

    let experiment = store.join("snapshots_1");
    let record = common::record(&experiment);
    let names: Vec<&str> =
        record["artifacts"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    let steps = ["00000000", "00000010", "00000020", "00000030", "-00000005", "00000060"];
    assert_eq!(names, steps.map(|step| format!("u.{step}")));
    let snapshot = artifact(&record, "u.00000030");
    let run_id = &record["run_id"];
    let metadata = json!({"unit": "K", "step": 30, "snapshot_of": "u", "time": 15.0, "_run_id": run_id});
    assert_eq!(snapshot["metadata"], metadata);
    let array = arrays(&file_of(&experiment, "artifacts", "u.00000030.npz")).remove("arr").unwrap();
    let elements = vec![0.0, 0.0, 0.0, 0.0, 0.0, 30.0];
    assert_eq!(array, Array { dtype: "<f8".into(), is_fortran: true, shape: vec![2, 3], elements });
    let directory = experiment.join("artifacts").join(run_id.as_str().unwrap());
    let files = common::files(&directory);
    assert_eq!(files.len(), names.len() + 1, "{:?}", files.keys());
}

#[track_caller]
fn check_streams(store: &Path) {
    let experiment = store.join("streams_1");
    let content = |name: &str| {
        let bytes = std::fs::read(file_of(&experiment, "artifacts", name)).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(content("bytes.bin"), "one,two");
    let mut table = String::from("x,y\n");
    for i in 0..2000 {
        table += &format!("{i},{}\n", 2 * i);
    }
    table += &"#".repeat(20000);
    assert_eq!(content("table.csv"), table);
    assert_eq!(content("sealed.txt"), "words");
    assert_eq!(content("half_made.txt"), "first line\n");
    assert!(!file_of(&experiment, "artifacts", "given_up.txt").exists());
    for name in ["copied.dat", "linked.dat", "moved.dat"] {
        assert_eq!(content(name), "content");
    }
    let record = record(&experiment);
    let kinds: Vec<_> =
        ["bytes", "table", "copied", "linked"].map(|name| &artifact(&record, name)["kind"]).into();
    assert_eq!(kinds, ["mesh", "text", "file", "restart"]);
    let metadata = &artifact(&record, "bytes")["metadata"];
    assert_eq!((&metadata["parts"], &metadata["order"]), (&json!(2), &json!("left")));
    assert_eq!(artifact(&record, "linked")["metadata"]["step"], 3);
    for name in ["half_made", "holed", "holed_bytes"] {
        assert_eq!(artifact(&record, name)["metadata"]["incomplete"], true, "{name}");
    }
    assert_eq!(artifact(&record, "sealed")["metadata"]["incomplete"], Value::Null);
}

#[track_caller]
fn check_logs(lines: &[Line]) {
    let seen: Vec<(&str, &str)> =
        lines.iter().map(|line| (line.level.as_str(), line.text.as_str())).collect();
    let long = format!("formatted {} at length 7", "x".repeat(600));
    let [before_e, longest, before_euro] =
        [("x", 65535), ("y", 65536), ("z", 65530)].map(|(c, n)| c.repeat(n));
    let before_euro = before_euro + "€";
    assert_eq!(
        seen,
        [
            ("INFO", "by level"),
            ("DEBUG", "fine {}"),
            ("INFO", "as a string"),
            ("WARNING", "careful"),
            ("ERROR", "wrong"),
            ("CRITICAL", "very wrong"),
            ("DEBUG", "Subscribed to logger: solver (level=INFO)"),
            ("INFO", "converged"),
            ("WARNING", "teed 1"),
            ("WARNING", "second"),
            ("WARNING", "third"),
            ("WARNING", "from a thread"),
            ("WARNING", "from a thread"),
            ("WARNING", "from a thread"),
            ("WARNING", "from a thread"),
            ("DEBUG", "a line of 2 parts"),
            ("DEBUG", "unended"),
            ("INFO", r"temp\xe9rature 300 K"),
            ("INFO", r"€ 🌀 \xc3"),
            ("INFO", r"\xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82|"),
            ("INFO", &before_e),
            ("INFO", "é the rest"),
            ("INFO", &longest),
            ("INFO", &before_euro),
            ("INFO", "🌀 the rest"),
            ("INFO", "formatted 0.33 text"),
            ("ERROR", &long),
        ]
    );
    assert!(lines.iter().all(|line| (line.logger == "solver.newton") == (line.text == "converged")));
}
