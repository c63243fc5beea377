//! Processes of a run, for tests of several: the test program itself, which is told line by line what
//! to do. A test binary that uses them has a test called `process` that calls `obey_if_told`.

#![allow(dead_code)]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use metalab::{Capture, DType, IfSuccess, Json, Level, Opened, Options, Order, Rank, Role, Streams};

use crate::common;

const PROCESS: &str = "METALAB_TEST_PROCESS";

fn object() -> Json {
    Json::Object(Default::default())
}

pub fn options(store: &Path) -> Options {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("");
    options.experiment("many:1").unwrap().run_id("r").unwrap();
    options.flush_interval(Duration::from_millis(1)).attach_patience(Duration::from_secs(20));
    options
}

/// Does what it is told, a command a line, and answers each with a line.
fn obey(store: &Path) {
    let mut capture: Option<Capture> = None;
    let mut mapped = Vec::new();
    let mut wanted = options(store);
    // Past the harness, which prints a line of its own.
    let mut out = std::fs::OpenOptions::new().append(true).open("/proc/self/fd/1").unwrap();
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let word = |index: usize| words[index];
        let number = |index: usize| words[index].parse::<i64>().unwrap();
        let run = || capture.as_ref().unwrap();
        let result = match word(0) {
            "role" => {
                wanted.role(if word(1) == "owner" { Role::Owner } else { Role::Worker });
                Ok(())
            }
            "rank" => Rank::new(number(1), number(2)).map(|rank| {
                wanted.rank(rank);
            }),
            "ranks_param" => {
                wanted.ranks_param(word(1));
                Ok(())
            }
            "worker" => wanted.worker(word(1)).map(|_| ()),
            "patience" => {
                wanted.attach_patience(Duration::from_secs(number(1) as u64));
                Ok(())
            }
            "if_success" => {
                wanted.if_success(if word(1) == "skip" { IfSuccess::Skip } else { IfSuccess::Refuse });
                Ok(())
            }
            "restart" => {
                wanted.restart(number(1));
                Ok(())
            }
            "journal" => {
                wanted.journal(word(1));
                Ok(())
            }
            "open" => match Capture::open(&wanted) {
                Ok(Opened::Capture(opened)) => {
                    capture = Some(opened);
                    Ok(())
                }
                Ok(Opened::Skipped(_)) => Err(metalab::Error::new(metalab::ErrorKind::Exists, "skipped")),
                Err(error) => Err(error),
            },
            "metric" => run().metric(word(1), word(2).parse::<f64>().unwrap()),
            "count" => run().metric(word(1), number(2)),
            "text" => run().metric(word(1), word(2)),
            "points" => (number(2)..number(3)).try_for_each(|step| {
                run().metric_step(word(1), step, step as f64 + word(4).parse::<f64>().unwrap())
            }),
            "point" => run().metric_step(word(1), number(2), word(3).parse::<f64>().unwrap()),
            "textpoint" => run().metric_step(word(1), number(2), word(3)),
            "reduce" => run().reduce(word(1)),
            "data" => run().data(word(1), Json::Int(number(2)), object()),
            "array" => {
                run().map_array(word(1), DType::Float64, Order::C, &[8], object()).and_then(|mapping| {
                    // SAFETY: the mapping has 8 doubles.
                    unsafe { mapping.data().cast::<f64>().write(number(2) as f64) };
                    mapping.seal()
                })
            }
            "open_array" => run()
                .map_array(word(1), DType::Float64, Order::C, &[8], object())
                .map(|mapping| mapped.push(mapping)),
            "request_stop" => run().request_stop(),
            // Steps on until it is to stop, and answers at which step.
            "step_from" => {
                let stopped = (number(1)..).find(|step| {
                    std::thread::sleep(Duration::from_millis(1));
                    run().should_stop_at(*step).unwrap()
                });
                writeln!(out, "answer {}", stopped.unwrap()).unwrap();
                continue;
            }
            "stops_at" => {
                writeln!(out, "answer {}", run().should_stop_at(number(1)).unwrap()).unwrap();
                continue;
            }
            "log" => run().log(Level::Info, word(1)),
            "note" => run().add_note(word(1)),
            "tag" => run().add_tag(word(1)),
            "warning" => run().add_warning(word(1), object()),
            "fail" => run().fail("Diverged", word(1), None),
            "cancel" => run().cancel(None),
            "stderr" => run().stdio(Streams { stdout: false, stderr: true }),
            "print" => {
                eprintln!("{}", words[1..].join(" "));
                Ok(())
            }
            "exit" => std::process::exit(number(1) as i32),
            "flush" => run().flush(metalab::Flush::Visible),
            "flush_durable" => run().flush(metalab::Flush::Durable),
            "finish" => run().finish(),
            "recover" => metalab::recover(store.to_str(), None, None).map(|_| ()),
            "run" => wanted.run_id(word(1)).map(|_| ()),
            "recover_at" => {
                let recovered = metalab::recover(Some(word(1)), None, None).unwrap();
                writeln!(out, "answer {recovered}").unwrap();
                continue;
            }
            "close_page" => {
                close_pages();
                Ok(())
            }
            "health" => {
                writeln!(out, "answer {}", run().health().unwrap().to_compact()).unwrap();
                continue;
            }
            "whoami" => {
                let rank = run().rank();
                writeln!(out, "rank {} of {}", rank.rank(), rank.size()).unwrap();
                continue;
            }
            other => panic!("{other}?"),
        };
        let answer = match result {
            Ok(()) => "ok".to_owned(),
            Err(error) => format!("{:?}: {}", error.kind(), error.message().replace('\n', " ")),
        };
        writeln!(out, "answer {answer}").unwrap();
    }
}

/// Closes the pages by which journals live, as a host does that closes everything.
fn close_pages() {
    let open: Vec<_> = std::fs::read_dir("/proc/self/fd").unwrap().flatten().collect();
    for entry in open {
        let link = std::fs::read_link(entry.path()).unwrap_or_default();
        if link.ends_with("position") {
            let number = entry.file_name().to_string_lossy().parse().unwrap();
            // SAFETY: what a host may do; the library knows its descriptors by their files.
            unsafe { libc::close(number) };
        }
    }
}

/// In a process that a test has started: obeys, and ends it.
pub fn obey_if_told() {
    if let Some(store) = std::env::var_os(PROCESS) {
        obey(Path::new(&store));
        std::process::exit(0);
    }
}

/// A process of the run.
pub struct Process {
    pub child: Child,
    pub input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub fn start(store: &Path) -> Self {
        Self::start_with(store, &[])
    }

    pub fn start_with(store: &Path, environment: &[(&str, &str)]) -> Self {
        Self::start_through(&[], store, environment)
    }

    /// A process whose parent is a launcher of its own, which ends when it does.
    pub fn start_under_launcher(store: &Path) -> Self {
        Self::start_through(&["/bin/sh", "-c", "\"$0\" \"$@\"; exit $?"], store, &[])
    }

    /// The same, where a program, with its arguments, runs the process.
    pub fn start_through(through: &[&str], store: &Path, environment: &[(&str, &str)]) -> Self {
        let own = std::env::current_exe().unwrap();
        let mut all = through.iter().map(std::ffi::OsStr::new).chain([own.as_os_str()]);
        let mut child = common::command(all.next().unwrap())
            .args(all)
            .args(["process", "--exact", "--nocapture", "--test-threads=1"])
            .env(PROCESS, store)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    pub fn send(&mut self, command: &str) {
        writeln!(self.input, "{command}").unwrap();
    }

    pub fn ask(&mut self, command: &str) -> String {
        self.send(command);
        self.answer()
    }

    pub fn answer(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the process has ended");
            for begin in ["answer ", "rank "] {
                if let Some(at) = line.find(begin) {
                    return line[at..].trim_start_matches("answer ").trim_end().to_owned();
                }
            }
        }
    }

    #[track_caller]
    pub fn tell(&mut self, commands: &str) {
        for command in commands.split("; ") {
            assert_eq!(self.ask(command), "ok", "{command}");
        }
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal, and waits until the process has died.
    pub fn end_by(mut self, signal: i32) {
        // SAFETY: a child that has not been waited for.
        assert_eq!(unsafe { libc::kill(self.child.id() as i32, signal) }, 0);
        assert!(!self.child.wait().unwrap().success());
    }

    /// Ends the process, which has finished its run.
    pub fn end(self) {
        let Self { mut child, input, .. } = self;
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}

/// An owner and `count` workers with ranks.
pub fn ranks(store: &Path, count: usize) -> Vec<Process> {
    ranks_with(store, count, &[])
}

/// Like `ranks`, in this environment.
pub fn ranks_with(store: &Path, count: usize, environment: &[(&str, &str)]) -> Vec<Process> {
    let mut all: Vec<Process> = (0..count).map(|_| Process::start_with(store, environment)).collect();
    for (rank, process) in all.iter_mut().enumerate() {
        process.tell(&format!("rank {rank} {count}; open"));
    }
    all
}

pub fn root(store: &Path) -> PathBuf {
    store.join("many_1")
}

/// A JSON file of the run; NaN and infinities, which the other parser refuses, become texts.
#[track_caller]
pub fn read(path: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text.replace("NaN", "\"NaN\"")).unwrap()
}

#[track_caller]
pub fn record(store: &Path) -> serde_json::Value {
    read(&root(store).join("runs/r.json"))
}

#[track_caller]
pub fn entry(store: &Path, name: &str) -> serde_json::Value {
    read(&root(store).join("results/r").join(format!("{name}.json")))["data"].clone()
}

pub fn names(directory: PathBuf) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub fn results(store: &Path) -> Vec<String> {
    names(root(store).join("results/r"))
}

#[track_caller]
pub fn nothing_is_left(store: &Path) {
    assert_eq!(names(root(store).join(".journal")), Vec::<String>::new());
    for directory in ["results/r", "artifacts/r"] {
        let hidden: Vec<String> =
            names(root(store).join(directory)).into_iter().filter(|file| file.starts_with('.')).collect();
        assert_eq!(hidden, Vec::<String>::new());
    }
}

pub fn recover(store: &Path) -> u64 {
    metalab::recover(store.to_str(), None, None).unwrap()
}

pub fn array(store: &Path, name: &str) -> Vec<u8> {
    std::fs::read(root(store).join("artifacts/r").join(format!("{name}.npz"))).unwrap()
}

pub fn has_double(bytes: &[u8], value: f64) -> bool {
    bytes.windows(8).any(|window| window == value.to_ne_bytes())
}

/// How often a test of random kills is made: METALAB_KILL_ROUNDS, else `least`.
pub fn rounds(least: u64) -> u64 {
    std::env::var("METALAB_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(least)
}
