//! A run that dies leaves what it would have left by finishing.
//!
//! A program that follows from a seed (tests/c/same_store.c) runs in two stores, with the same run
//! id. In one each attempt ends by finish; in the other each dies once its calls have returned, and
//! the run is recovered. Then the stores are compared: all but times, process ids and the end itself.
//! `METALAB_PROPERTY_SECONDS=600` goes on for as long, `METALAB_PROPERTY_SEED=7` takes one seed.

mod common;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use metalab::Json;

use common::{c_compilers, command, compile, files, run};

/// Ends of an attempt that are none.
const DEATHS: [&str; 4] = ["exit", "_exit", "abort", "kill"];

const OF_THE_LIBRARY: &str = "log of the library";

/// The parts of a store that are compared, each by a name that says where it is.
type Parts = BTreeMap<String, String>;

fn parse(path: &Path) -> Json {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    metalab::json::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of a log by who wrote them, without their times: what each thread wrote has an order,
/// and so have the turns.
fn log(text: &str) -> Parts {
    let mut parts = Parts::new();
    let mut who = String::new();
    for line in text.lines() {
        // A line that has a time begins an entry, and others go on with it.
        let begins = line.as_bytes().first().is_some_and(u8::is_ascii_digit) && line.contains(" [");
        let line = if begins { line.split_once(" [").unwrap().1 } else { line };
        if begins {
            let said = line.split_once("] [").and_then(|(_, rest)| rest.split_once("] ")).unwrap();
            let thread = said.1.split_once(" line ").map_or("the library", |(thread, _)| thread);
            who = format!("log of {thread}");
        }
        if who == OF_THE_LIBRARY && !line.contains("Subscribed to logger") {
            // That the process died, which is the difference that has to be.
            continue;
        }
        let part = parts.entry(who.clone()).or_default();
        part.push_str(line);
        part.push('\n');
    }
    parts
}

/// The text of a series whose points of one step come from several threads, in an order of its own.
fn sorted(entry: &Json) -> String {
    let mut points: Vec<String> =
        entry.get("data").unwrap().as_array().unwrap().iter().map(Json::to_compact).collect();
    points.sort();
    points.join("\n")
}

/// The program's warnings, without that an earlier attempt died.
fn warnings(record: &Json) -> String {
    let all = record.get("warnings").unwrap().as_array().unwrap().iter().map(Json::to_compact);
    all.filter(|warning| !warning.contains("an earlier attempt failed")).collect::<Vec<_>>().join("\n")
}

fn member(value: &Json, name: &str) -> String {
    value.get(name).map_or("absent".to_owned(), Json::to_compact)
}

/// The parts of the one run of a store.
fn parts(directory: &Path) -> Parts {
    let root = directory.join("store/same_1");
    let mut parts = Parts::new();
    for (name, content) in files(&root.join("results/r")) {
        let text = match name.starts_with("same.s") {
            true => sorted(&parse(&root.join("results/r").join(&name))),
            false => String::from_utf8(content).unwrap(),
        };
        parts.insert(format!("results {name}"), text);
    }
    let record = parse(&root.join("runs/r.json"));
    for name in ["tags", "notes", "params_resolved"] {
        parts.insert(name.to_owned(), member(&record, name));
    }
    parts.insert("warnings".to_owned(), warnings(&record));
    let Some(Json::Object(metrics)) = record.get("metrics") else { panic!("no metrics") };
    for (name, value) in metrics.iter() {
        parts.insert(format!("metric {name}"), value.to_compact());
    }
    let manifest = parse(&root.join("artifacts/r/_manifest.json"));
    for (from, list) in [("record", &record), ("manifest", &manifest)] {
        for artifact in list.get("artifacts").unwrap().as_array().unwrap() {
            let uri = PathBuf::from(artifact.get("uri").unwrap().as_str().unwrap());
            let mut text = String::new();
            for name in ["kind", "format", "content_hash", "size_bytes", "metadata"] {
                text.push_str(&format!("{name} {}, ", member(artifact, name)));
            }
            text.push_str(&format!("{:?}", uri.strip_prefix(directory.canonicalize().unwrap())));
            let name = artifact.get("name").unwrap().as_str().unwrap();
            let earlier = parts.insert(format!("artifact {name} of the {from}"), text);
            assert!(earlier.is_none(), "{name} is there twice");
        }
    }
    for (name, content) in files(&root.join("artifacts/r")) {
        if name != "_manifest.json" {
            parts.insert(format!("file {name}"), format!("{:x?}", content));
        }
    }
    parts.extend(log(&std::fs::read_to_string(root.join("logs/r_run.log")).unwrap_or_default()));
    // Here so that what the log of threads says can't be all there is: nothing else was written.
    for (name, _) in files(&root.join("logs")) {
        parts.insert(format!("log file {name}"), String::new());
    }
    parts
}

/// The parts that are in one and not in the other, shortly.
fn differences(finished: &Parts, recovered: &Parts) -> Vec<String> {
    let mut found = Vec::new();
    for name in finished.keys().chain(recovered.keys().filter(|name| !finished.contains_key(*name))) {
        match (finished.get(name), recovered.get(name)) {
            (Some(one), Some(other)) if one == other => {}
            (Some(one), Some(other)) => {
                let at = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
                let from = |text: &str| {
                    let bytes: Vec<u8> = text.bytes().skip(at.saturating_sub(60)).take(160).collect();
                    String::from_utf8_lossy(&bytes).into_owned()
                };
                found.push(format!(
                    "{name}, byte {at}:\n  finished  {:?}\n  recovered {:?}",
                    from(one),
                    from(other)
                ));
            }
            (Some(_), None) => found.push(format!("{name} is lost by recovery")),
            (None, _) => found.push(format!("{name} is there only after recovery")),
        }
    }
    found
}

/// A directory in memory where there is one: thousands of files are made, and the disk is not the matter.
fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

struct Program {
    path: PathBuf,
    seed: u64,
}

impl Program {
    fn run(&self, directory: &Path, attempt: u64, end: &str) -> common::Ran {
        let mut command = command(&self.path);
        command.args(["store", &self.seed.to_string(), &attempt.to_string(), end]).current_dir(directory);
        run(&mut command)
    }

    /// One attempt; an error is what went wrong.
    fn attempt(&self, directory: &Path, attempt: u64, end: &str) -> Result<(), String> {
        let ran = self.run(directory, attempt, end);
        let ended = match end {
            "exit" | "_exit" => ran.status.code() == Some(7),
            "abort" => ran.status.signal() == Some(libc::SIGABRT),
            "kill" => ran.status.signal() == Some(libc::SIGKILL),
            _ => ran.status.success(),
        };
        match ended && ran.stderr.is_empty() {
            true => Ok(()),
            false => Err(format!("attempt {attempt} by {end}: {}\n{}{}", ran.status, ran.stdout, ran.stderr)),
        }
    }

    /// The stores after all attempts, and how each ended.
    fn both(&self) -> Result<(), String> {
        let (one, other) = (directory(), directory());
        let attempts = 1 + self.seed % 3;
        let mut ends = String::new();
        for attempt in 0..attempts {
            self.attempt(one.path(), attempt, "finish")?;
            let death = DEATHS[((self.seed / 3 + attempt) % 4) as usize];
            self.attempt(other.path(), attempt, death)?;
            ends.push_str(death);
            ends.push(' ');
            // The next attempt recovers the one before where nobody did.
            if attempt + 1 == attempts || (self.seed >> attempt) % 2 == 0 {
                self.attempt(other.path(), attempt, "recover")?;
                ends.push_str("recover ");
            }
        }
        let (finished, recovered) = (parts(one.path()), parts(other.path()));
        let found = differences(&finished, &recovered);
        if found.is_empty() {
            return Ok(());
        }
        let shown: Vec<&str> = found.iter().take(8).map(String::as_str).collect();
        Err(format!("ends {ends}: {} of {} parts differ:\n{}", found.len(), finished.len(), shown.join("\n")))
    }
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// One that declares more than 4,096 names, several threads in one attempt, one thread, six threads in
/// three attempts and in two, and versions of data that were an array and a document by turns.
const FIXED: [u64; 6] = [0, 6, 9, 8, 13, 777];

#[test]
fn a_recovered_run_is_the_finished_one() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let path = compile(compiler, "same_store");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let fresh = now.as_nanos() as u64 >> 8;
    let long = variable("METALAB_PROPERTY_SECONDS").map(Duration::from_secs);
    let seeds: Box<dyn Iterator<Item = u64>> = match (variable("METALAB_PROPERTY_SEED"), long) {
        (Some(seed), _) => Box::new(std::iter::once(seed)),
        (None, Some(_)) => Box::new(fresh..),
        (None, None) => Box::new(FIXED.into_iter().chain([fresh])),
    };
    let (start, mut made, mut failures) = (Instant::now(), 0, Vec::new());
    for seed in seeds {
        if long.is_some_and(|long| start.elapsed() > long) {
            break;
        }
        made += 1;
        if let Err(error) = (Program { path: path.clone(), seed }).both() {
            failures.push(format!("METALAB_PROPERTY_SEED={seed}: {error}"));
        }
    }
    println!("{made} programs, {} of them end differently", failures.len());
    let shown: Vec<&str> = failures.iter().take(10).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} of {made} programs:\n{}", failures.len(), shown.join("\n\n"));
}

/// Two runs of one program that both finish: what differs otherwise is not the program's doing.
#[test]
fn a_program_is_the_same_each_time() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let program = Program { path: compile(compiler, "same_store"), seed: 8 };
    let both = [(); 2].map(|()| {
        let directory = directory();
        for attempt in 0..2 {
            program.attempt(directory.path(), attempt, "finish").unwrap();
        }
        parts(directory.path())
    });
    assert_eq!(differences(&both[0], &both[1]), Vec::<String>::new());
}

/// The comparison sees a point, a line, a byte that is missing.
#[test]
fn the_comparison_sees_what_is_missing() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let program = Program { path: compile(compiler, "same_store"), seed: 6 };
    let directory = directory();
    program.attempt(directory.path(), 0, "finish").unwrap();
    let whole = parts(directory.path());
    assert!(differences(&whole, &whole).is_empty());
    let root = directory.path().join("store/same_1");
    let cut = |path: &str, from: &str, to: &str| {
        let path = root.join(path);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from:?} is not in {}", path.display());
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let found = differences(&whole, &parts(directory.path()));
        std::fs::write(&path, text).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
    };
    cut("results/r/shared.s.json", "\n      1,\n", "\n      2,\n");
    cut("results/r/same.s.json", "\n      7,\n", "\n      8,\n");
    cut("logs/r_run.log", "turn line 1 of", "turn line 11 of");
    cut("runs/r.json", "of the options", "of no options");
    std::fs::remove_file(root.join("results/r/shared.s.json")).unwrap();
    assert_eq!(differences(&whole, &parts(directory.path())).len(), 1);
}
