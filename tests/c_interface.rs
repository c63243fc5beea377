//! The C interface, from C: tests/c holds the programs, each with several cases.

mod common;

use std::path::Path;
use std::process::Command;

use common::{Ran, artifact, c_compilers, command, compile, compile_against, json, run};
use serde_json::{Value, json};

/// Runs a case with every compiler, in an empty store each, and has `check` look at what it left.
/// A program that was not asked to print anything must not.
fn case_with(program: &str, case: &str, prepare: impl Fn(&mut Command, &Path), check: impl Fn(&Ran, &Path)) {
    for compiler in c_compilers() {
        let store = tempfile::tempdir().unwrap();
        let mut command = command(compile(compiler, program));
        command.arg(case).arg(store.path()).current_dir(store.path());
        prepare(&mut command, store.path());
        let ran = run(&mut command).succeeded();
        check(&ran, store.path());
    }
}

fn case(program: &str, case: &str, check: impl Fn(&Path)) {
    case_with(
        program,
        case,
        |_, _| {},
        |ran, store| {
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "printed unasked");
            check(store);
        },
    );
}

/// Cases that say themselves whether all was well.
macro_rules! cases {
    ($($program:ident: $($case:ident)*;)*) => {
        $(mod $program {
            $(#[test]
            fn $case() {
                super::case(stringify!($program), stringify!($case), |_| {});
            })*
        })*
    };
}

cases! {
    composed: nested failing reused;
    arguments: options opening emitting logging artifacts identity;
    handles: null_handles ended_handles other_handles random_handles;
    lifecycle: finish_twice free_without_finish if_success flushing bad_environment;
    logs: errors_at_once;
    reading: whole tables followed latest axis skipped arrow arguments;
    snapshots: ends;
    process: untouched_process signals forked_while_busy exit_without_end ending_threads;
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn mappings_and_streams_left_open_are_kept_as_they_stood() {
    case("lifecycle", "mapping_after_free", |store| {
        let experiment = store.join("life_1");
        let record = json(&experiment.join("runs/mapping.json"));
        assert_eq!(record["status"], "success");
        assert_eq!(
            artifact(&record, "left")["metadata"],
            json!({"k": 1, "incomplete": true, "_run_id": "mapping"})
        );
        assert_eq!(artifact(&record, "sealed")["metadata"], json!({"residual": 1e-9, "_run_id": "mapping"}));
        let stream = artifact(&record, "stream");
        assert_eq!(stream["metadata"], json!({"columns": 2, "incomplete": true, "_run_id": "mapping"}));
        assert_eq!(read(experiment.join("artifacts/mapping/stream.csv")), "a,b\n1,2\n");
        let npz = std::fs::read(experiment.join("artifacts/mapping/left.npz")).unwrap();
        let three: Vec<u8> = [2f64, 3.0, 4.0].iter().flat_map(|value| value.to_ne_bytes()).collect();
        assert!(npz.windows(24).any(|bytes| bytes == three));
    });
}

/// The doubles of an .npz, which are its last bytes but for the archive's directory.
fn doubles(npz: &Path, count: usize) -> Vec<f64> {
    let bytes = std::fs::read(npz).unwrap();
    let end = bytes.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    let data = &bytes[end - 8 * count..end];
    data.chunks_exact(8).map(|eight| f64::from_ne_bytes(eight.try_into().unwrap())).collect()
}

/// The files of a run's artifacts; hidden ones would be what the run forgot.
fn artifact_files(store: &Path, run_id: &str) -> Vec<String> {
    common::files(&store.join("snapshots_1/artifacts").join(run_id)).into_keys().collect()
}

#[test]
fn snapshots_are_artifacts_of_their_own() {
    case("snapshots", "many", |store| {
        let record = json(&store.join("snapshots_1/runs/many.json"));
        let artifacts = record["artifacts"].as_array().unwrap();
        let names: Vec<&str> = artifacts.iter().map(|one| one["name"].as_str().unwrap()).collect();
        let steps = |name: &'static str| {
            (0..200)
                .filter(move |step| name == "u" || step % 10 != 3)
                .map(move |step| format!("{name}.{step:08}"))
        };
        let sorted = |mut names: Vec<String>| {
            names.sort();
            names
        };
        let wanted = sorted(steps("u").chain(steps("v")).collect());
        assert_eq!(sorted(names.iter().map(|name| (*name).to_owned()).collect()), wanted);
        for one in artifacts {
            let step = one["metadata"]["step"].as_f64().unwrap();
            let first = if one["metadata"]["snapshot_of"] == "u" { step } else { -step };
            let elements = doubles(Path::new(one["uri"].as_str().unwrap()), 1000);
            assert!(
                elements.iter().zip(0..1000).all(|(element, index)| *element == first + f64::from(index))
            );
        }
        let mut files: Vec<String> = wanted.iter().map(|name| format!("{name}.npz")).collect();
        files.insert(0, "_manifest.json".to_owned());
        assert_eq!(artifact_files(store, "many"), files);
    });
}

#[test]
fn of_two_snapshots_of_one_step_the_later_stays() {
    case("snapshots", "one_step_twice", |store| {
        let record = json(&store.join("snapshots_1/runs/twice.json"));
        let files = ["_manifest.json", "u.00000007.npz", "u.00000008.npz", "u.00000009.npz"];
        assert_eq!(artifact_files(store, "twice"), files);
        for (step, first) in [(7, 2.0), (8, 3.0), (9, 5.0)] {
            let name = format!("u.{step:08}");
            let uri = artifact(&record, &name)["uri"].as_str().unwrap();
            assert_eq!(doubles(Path::new(uri), 1000)[0], first);
        }
        let metadata = |name: &str| artifact(&record, name)["metadata"].clone();
        let run = json!({"step": 8, "snapshot_of": "u", "later": true, "_run_id": "twice"});
        assert_eq!(metadata("u.00000008"), run);
        // The caller's last word, and what the end of the run says of it.
        let left = json!({"step": 10, "snapshot_of": "u", "incomplete": true, "_run_id": "twice"});
        assert_eq!(metadata("u.00000009"), left);
    });
}

#[test]
fn snapshots_of_a_parent_and_its_child_are_their_own() {
    case("snapshots", "forked", |store| {
        assert_eq!(artifact_files(store, "parent"), ["_manifest.json", "u.00000001.npz", "u.00000002.npz"]);
        assert_eq!(artifact_files(store, "child"), ["_manifest.json", "v.00000002.npz"]);
        for run in ["parent", "child"] {
            assert_eq!(json(&store.join(format!("snapshots_1/runs/{run}.json")))["status"], "success");
        }
    });
}

#[test]
fn failures_and_cancellations_end_as_such() {
    case("lifecycle", "failed", |store| {
        let record = json(&store.join("life_1/runs/failed.json"));
        assert_eq!(record["status"], "failed");
        let error =
            json!({"type": "Diverged", "message": "residual \"grew\"", "traceback": "solve.c:12\nmain.c:3"});
        assert_eq!(record["error"], error);
        assert_eq!(record["metrics"], json!({"after": 1.0}));
    });
    case("lifecycle", "cancelled", |store| {
        let record = json(&store.join("life_1/runs/cancelled.json"));
        assert_eq!(record["status"], "cancelled");
        assert_eq!(record["error"], Value::Null);
        assert_eq!(record["warnings"], json!([{"message": "cancelled", "reason": "time is up"}]));
    });
}

#[test]
fn what_options_and_calls_say_of_a_run_is_in_its_record() {
    case("lifecycle", "remarks", |store| {
        let record = json(&store.join("life_1/runs/remarks.json"));
        assert_eq!(record["tags"], json!(["one", "two"]));
        assert_eq!(record["notes"], "first\nsecond");
        assert_eq!(record["warnings"], json!([{"message": "careful", "dt": 0.5}, {"message": "plain"}]));
        assert_eq!(
            record["params_resolved"],
            json!({"n": 1, "nu": 0.25, "big": i64::MIN, "yes": true, "no": false, "text": "é\n"})
        );
        let provenance = &record["provenance"];
        assert_eq!(provenance["executor_id"], "rank");
        assert_eq!(provenance["code_hash"], Value::Null);
        assert_eq!(provenance["extra"]["metadata"], json!({"site": "here"}));
        assert_eq!(provenance["extra"]["context"], json!({"mesh": "m1"}));
        assert_eq!(provenance["extra"]["seeds"], json!({"root_seed": u64::MAX, "replicate_index": 5}));
        let manifest = common::manifest(&store.join("life_1"));
        assert_eq!(manifest["description"], "what it is about");
        assert_eq!(manifest["tags"], json!(["t"]));
        assert_eq!((&manifest["name"], &manifest["version"]), (&json!("life"), &json!("1")));
        assert_eq!(manifest["run_ids"], json!(["remarks"]));
    });
}

#[test]
fn metrics_of_every_kind_are_kept_exactly() {
    case("lifecycle", "metrics", |store| {
        // Python's dialect has numbers that JSON lacks: told apart from texts before it is parsed.
        let numbers = |path: &str| -> Value {
            let text = read(store.join("life_1").join(path));
            let plain = text.replace("-Infinity", "\"<-inf>\"").replace(" NaN", " \"<nan>\"");
            serde_json::from_str(&plain.replace(" Infinity", " \"<inf>\"")).unwrap()
        };
        assert_eq!(
            numbers("runs/metrics.json")["metrics"],
            json!({
                "f": 0.2, "nan": "<nan>", "inf": "<inf>", "minus_inf": "<-inf>", "minus_zero": -0.0,
                "tiny": 5e-324, "least": i64::MIN, "most": i64::MAX, "true": true, "false": false,
                "text": "✓", "empty": "", "nul": "a\0b", "m1": 1.5, "m2": -2.5, "m3": 1e300,
                "changes": true, "s": 99.0
            })
        );
        let series = numbers("results/metrics/s.json");
        assert_eq!(
            series["data"],
            json!([
                [i64::MIN, "<-inf>"],
                [-5, "<nan>"],
                [10, -2.5],
                [10, "<inf>"],
                [10, i64::MAX],
                [10, true],
                [11, 11.0],
                [20, 1e300],
                [30, 1.5],
                [i64::MAX, "end"]
            ])
        );
        assert_eq!((&series["dtype"], &series["shape"]), (&Value::Null, &json!([10, 2])));
        assert_eq!(
            series["metadata"],
            json!({"type": "stepped_metric", "unit": "m/s", "description": "a speed"})
        );
        assert_eq!(numbers("results/metrics/t.json")["data"], json!([[1, 1], [2, true], [3, "x"]]));
        for (name, value) in [("m1", 1.5), ("m2", -2.5), ("m3", 1e300)] {
            let entry = numbers(&format!("results/metrics/{name}.json"));
            assert_eq!(entry["data"], json!([[4, value]]));
        }
    });
}

/// The variables that stand in for options that were not set.
const VARIABLES: [(&str, &str); 12] = [
    ("METALAB_EXPERIMENT", "from_environment:2"),
    ("METALAB_RUN_ID", "env-run"),
    ("METALAB_PARAMS", "{\"n\": 3}"),
    ("METALAB_CONTEXT", "{\"mesh\": \"m2\"}"),
    ("METALAB_METADATA", "{\"site\": \"there\"}"),
    ("METALAB_TAGS", "a, b,,a "),
    ("METALAB_NOTES", "noted"),
    ("METALAB_SEED", "42"),
    ("METALAB_REPLICATE", "3"),
    ("METALAB_CODE_HASH", "abc"),
    ("METALAB_WORKER", "node:7"),
    ("METALAB_IF_SUCCESS", "refuse"),
];

#[test]
fn what_options_do_not_say_comes_from_the_environment() {
    let prepare = |command: &mut Command, store: &Path| {
        command.env("METALAB_STORE", store.join("new/store")).envs(VARIABLES);
        command.env("METALAB_JOURNAL", store.join("journals")).env("METALAB_FLUSH_SECONDS", "0.005");
        command.env("METALAB_REFRESH_SECONDS", "0.1");
    };
    case_with("lifecycle", "environment", prepare, |ran, store| {
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("env-run\n", ""));
        let record = json(&store.join("new/store/from_environment_2/runs/env-run.json"));
        assert_eq!(record["experiment_id"], "from_environment:2");
        assert_eq!(record["params_resolved"], json!({"n": 3}));
        assert_eq!(record["tags"], json!(["a", "b"]));
        assert_eq!(record["notes"], "noted");
        assert_eq!(record["provenance"]["code_hash"], "abc");
        assert_eq!(record["provenance"]["executor_id"], "node");
        let extra = &record["provenance"]["extra"];
        assert_eq!(extra["seeds"], json!({"root_seed": 42, "replicate_index": 3}));
        assert_eq!(extra["metadata"], json!({"site": "there"}));
        assert_eq!(extra["context"], json!({"mesh": "m2"}));
        assert!(!store.join("new/store/from_environment_2/.journal").exists());
        assert!(store.join("journals").exists());
    });
}

#[test]
fn what_options_say_beats_the_environment() {
    // Each would be an error if it counted; objects and tags are added.
    let prepare = |command: &mut Command, _: &Path| {
        for (name, _) in VARIABLES {
            command.env(
                name,
                match name {
                    "METALAB_PARAMS" => r#"{"told": 2, "added": [3]}"#,
                    "METALAB_CONTEXT" | "METALAB_METADATA" => "{}",
                    "METALAB_TAGS" => "told, added",
                    "METALAB_RUN_ID" => "not/this",
                    _ => "{not this",
                },
            );
        }
        command.env("METALAB_STORE", "s3://not/this").env("METALAB_CODE_HASH", "not this");
        command.env("METALAB_FLUSH_SECONDS", "not this").env("METALAB_REFRESH_SECONDS", "not this");
        command.env("METALAB_JOURNAL", "/proc/not/this");
    };
    case_with("lifecycle", "options_win", prepare, |ran, store| {
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
        let record = json(&store.join("options_1/runs/told.json"));
        assert_eq!(record["params_resolved"], json!({"told": 1, "added": [3]}));
        assert_eq!(record["tags"], json!(["told", "added"]));
        assert_eq!(record["notes"], "told");
        assert_eq!(record["provenance"]["code_hash"], Value::Null);
        assert_eq!(record["provenance"]["executor_id"], "told");
    });
}

#[test]
fn the_environment_goes_before_the_options_that_it_says() {
    let prepare = |command: &mut Command, _: &Path| {
        command.env("METALAB_OVERRIDE", "experiment, PARAMS,worker").env("METALAB_EXPERIMENT", "ours:2");
        command.env("METALAB_PARAMS", r#"{"told": 2}"#).env("METALAB_RUN_ID", "not/this");
    };
    case_with("lifecycle", "options_win", prepare, |_, store| {
        let record = json(&store.join("ours_2/runs/told.json"));
        assert_eq!(record["params_resolved"], json!({"told": 2}));
        assert_eq!(record["provenance"]["executor_id"], "told");
    });
}

#[test]
fn without_a_word_a_run_has_its_defaults() {
    case_with(
        "lifecycle",
        "environment",
        |_, _| {},
        |ran, store| {
            let run_id = ran.stdout.trim();
            assert_eq!(run_id.len(), 16);
            let experiments: Vec<_> =
                std::fs::read_dir(store.join("experiments")).unwrap().map(Result::unwrap).collect();
            assert_eq!(experiments.len(), 1);
            let name = experiments[0].file_name().into_string().unwrap();
            assert!(name.starts_with("lifecycle-") && name.ends_with("_1"), "{name}");
            let record = json(&experiments[0].path().join(format!("runs/{run_id}.json")));
            let hash = record["provenance"]["code_hash"].as_str().unwrap();
            assert!(hash.len() >= 16, "{hash}");
            assert_eq!(
                record["provenance"]["extra"]["seeds"],
                json!({"root_seed": 0, "replicate_index": null})
            );
            assert_eq!(record["params_resolved"], json!({}));
        },
    );
}

/// The lines of a log, without their times.
fn log(path: impl AsRef<Path>) -> Vec<String> {
    let text = read(path);
    let is_start = |line: &str| {
        let digits = line.as_bytes();
        digits.len() > 20
            && digits[4] == b'-'
            && digits[13] == b':'
            && digits[19] == b' '
            && digits[20] == b'['
    };
    text.lines().map(|line| if is_start(line) { line[20..].to_owned() } else { line.to_owned() }).collect()
}

#[test]
fn a_library_emits_into_the_current_run() {
    case("lifecycle", "current", |store| {
        let record = json(&store.join("current_1/runs/one.json"));
        assert_eq!(record["metrics"], json!({"of a library": 1.0}));
    });
}

#[test]
fn log_lines_are_composed_as_by_printf() {
    case("logs", "formatted", |store| {
        let lines = log(store.join("logs_1/logs/printf_run.log"));
        let head = |level: &str| format!("[{level}] [metalab.run.printf] ");
        let long = head("ERROR  ") + &"x".repeat(1999) + "|end";
        assert_eq!(lines, [head("INFO   ") + "residual 1.25e-03 at step 7, 100 %", long]);
    });
}

#[test]
fn log_lines_have_their_level_and_form() {
    case("logs", "levels", |store| {
        let lines = log(store.join("logs_1/logs/levels_run.log"));
        let head = |level: &str| format!("[{level}] [metalab.run.levels] ");
        assert_eq!(
            lines,
            [
                head("DEBUG  ") + "at debug",
                head("INFO   ") + "at info",
                head("WARNING") + "at warning",
                head("ERROR  ") + "at error",
                head("CRITICAL") + "at critical",
                head("INFO   ") + "two",
                "lines".to_owned(),
                head("INFO   ") + "%s %d %n ✓",
            ]
        );
    });
}

#[test]
fn long_lines_are_whole() {
    case("logs", "long_lines", |store| {
        let lines = log(store.join("logs_1/logs/long_run.log"));
        assert_eq!(lines.len(), 5);
        let ascii: String = (0..100 << 10).map(|index: u32| char::from(b'a' + (index % 23) as u8)).collect();
        assert!(lines[0].ends_with("] before") && lines[4].ends_with("] after"));
        // Without printing 100 KiB where they differ.
        assert!(lines[1] == format!("[INFO   ] [metalab.run.long] {ascii}"));
        assert!(lines[2] == format!("[ERROR  ] [metalab.run.long] {ascii}"));
        assert!(lines[3] == format!("[INFO   ] [metalab.run.long] {}", "✓".repeat((100 << 10) / 3)));
    });
}

#[test]
fn loggers_are_subscribed_to_by_hierarchy() {
    case("logs", "loggers", |store| {
        let subscribed = |run: &str, logger: &str, level: &str| {
            format!("[DEBUG  ] [metalab.run.{run}] Subscribed to logger: {logger} (level={level})")
        };
        assert_eq!(
            log(store.join("logs_1/logs/one_run.log")),
            [
                subscribed("one", "lib", "INFO"),
                "[INFO   ] [lib] lib info".to_owned(),
                "[ERROR  ] [lib.solver.inner] inner error".to_owned(),
                subscribed("one", "lib.solver", "DEBUG"),
                "[WARNING] [lib.solver] only once".to_owned(),
                subscribed("one", "lib.solver", "ERROR"),
                subscribed("one", "lib", "ERROR"),
                subscribed("one", "", "WARNING"),
                "[WARNING] [anything.at.all] everything".to_owned(),
                "[WARNING] [root] of the root".to_owned(),
            ]
        );
        assert_eq!(
            log(store.join("logs_1/logs/two_run.log")),
            [
                subscribed("two", "lib.solver", "DEBUG"),
                "[DEBUG  ] [lib.solver] solver debug".to_owned(),
                "[ERROR  ] [lib.solver.inner] inner error".to_owned(),
                "[WARNING] [lib.solver] only once".to_owned(),
                "[WARNING] [lib.solver] below the new level".to_owned(),
                "[INFO   ] [lib.solver] one has ended".to_owned(),
            ]
        );
    });
}

#[test]
fn what_the_process_prints_goes_both_ways() {
    case_with(
        "logs",
        "printed",
        |_, _| {},
        |ran, store| {
            let captured = "to stdout\nby write\nfrom a child\n";
            assert_eq!(
                ran.stdout,
                format!("before\n{captured}10%\r50%\r100%\nno newline\nafter\nfor the other\nat the end\n")
            );
            assert_eq!(ran.stderr, "to stderr\nchild error\n");
            let logs = store.join("logs_1/logs");
            assert_eq!(read(logs.join("printed_stdout.log")), format!("{captured}100%\nno newline\n"));
            assert_eq!(read(logs.join("printed_stderr.log")), "to stderr\nchild error\n");
            assert_eq!(read(logs.join("other_stdout.log")), "for the other\n");
            assert!(!logs.join("other_stderr.log").exists());
        },
    );
}

#[test]
fn what_a_host_without_streams_prints_gets_into_no_file() {
    case("process", "closed_streams", |store| {
        assert_eq!(read(store.join("said")), "0 failures ");
        let experiment = store.join("process_1");
        let record = json(&experiment.join("runs/closed.json"));
        assert_eq!((&record["status"], &record["warnings"]), (&json!("success"), &json!([])));
        assert_eq!(read(experiment.join("artifacts/closed/stream.txt")), "mine");
        assert!(!read(experiment.join("logs/closed_run.log")).contains("noise"));
    });
}

#[test]
fn a_forked_child_leaves_its_parents_run_alone() {
    case("process", "forked", |store| {
        let experiment = store.join("process_1");
        let parent = json(&experiment.join("runs/parent.json"));
        assert_eq!(parent["status"], "success");
        assert_eq!(parent["metrics"], json!({"m": 2.5}));
        assert_eq!(json(&experiment.join("results/parent/s.json"))["data"], json!([[1, 1.0], [2, 2.0]]));
        assert_eq!(read(experiment.join("artifacts/parent/stream.txt")), "parent only");
        assert!(artifact(&parent, "left")["metadata"].get("incomplete").is_none());
        let log = read(experiment.join("logs/parent_run.log"));
        assert!(!log.contains("66") && log.contains("after fork"), "{log}");
        let child = json(&experiment.join("runs/child.json"));
        assert_eq!(child["status"], "success");
        assert_eq!(child["metrics"], json!({"m": 1.5}));
        assert_eq!(child["artifacts"].as_array().unwrap().len(), 2);
        assert!(!experiment.join(".journal").exists());
    });
}

#[test]
fn a_disabled_library_does_nothing() {
    let prepare = |command: &mut Command, _: &Path| {
        command.env("METALAB_DISABLED", "1");
    };
    case_with("disabled", "everything", prepare, |ran, store| {
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
        assert_eq!(std::fs::read_dir(store).unwrap().count(), 0);
    });
}

#[test]
fn panics_do_not_leave_the_release_library() {
    let library = common::panicking_library();
    let Some(compiler) = c_compilers().first().copied() else { return };
    let program = compile_against(library, compiler, "panics", &[]);
    let store = tempfile::tempdir().unwrap();
    run(command(program).arg("everywhere").arg(store.path())).succeeded();
}

#[test]
fn every_function_is_called() {
    let sources: String = common::files(&common::root().join("tests/c"))
        .into_values()
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .collect();
    let header = read(common::root().join("include/metalab.h"));
    let mut functions = 0;
    for line in header.lines().filter(|line| !line.starts_with([' ', '/', '*', '#'])) {
        let Some((before, _)) = line.split_once('(') else { continue };
        let name = before.rsplit([' ', '*']).next().unwrap();
        if name.starts_with("metalab_") {
            functions += 1;
            assert!(
                sources.contains(&format!("{name}(")) || sources.contains(&format!("({name},")),
                "{name}"
            );
        }
    }
    assert!(functions > 80, "{functions}");
}
