//! Processes that are killed (tests/c/deaths.c): what they said, and what the store must have of it.

#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{self, command};

/// The kinds of words, as in tests/c/deaths.c.
pub const OPENED: u8 = 1;
pub const POINT: u8 = 2;
pub const LINE: u8 = 3;
pub const METRIC: u8 = 4;
pub const NAME: u8 = 5;
pub const ARTIFACT: u8 = 6;
pub const DATA: u8 = 7;
pub const FINISHED: u8 = 8;
pub const DURABLE: u8 = 9;

/// A call that has returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    pub kind: u8,
    pub run: u8,
    pub thread: u8,
    pub value: i64,
}

/// Numbers that look random, the same ones for the same seed.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    pub fn is_one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// How an attempt at a run emits.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    pub number: i64,
    pub threads: u64,
    pub names: i64,
    pub rounds: i64,
    pub restart: Option<i64>,
}

impl Attempt {
    pub fn environment(&self, command: &mut Command) {
        command.env("DEATHS_ATTEMPT", self.number.to_string());
        command.env("DEATHS_THREADS", self.threads.to_string());
        command.env("DEATHS_NAMES", self.names.to_string());
        command.env("DEATHS_ROUNDS", self.rounds.to_string());
        if let Some(step) = self.restart {
            command.env("DEATHS_RESTART", step.to_string());
        }
    }

    /// The kinds that a thread emits in a round, in this order.
    fn round(&self, round: i64) -> Vec<u8> {
        let all = [
            (POINT, true),
            (LINE, round % 3 == 0),
            (METRIC, round % 7 == 0),
            (NAME, round < self.names),
            (ARTIFACT, round % 50 == 20),
            (DATA, round % 40 == 10),
        ];
        all.into_iter().filter(|(_, is_due)| *is_due).map(|(kind, _)| kind).collect()
    }

    /// The call after the last one that was said: it may have been under way.
    fn next(&self, last: Option<Word>) -> Option<(u8, i64)> {
        let Some(last) = last else { return Some((POINT, self.restart.unwrap_or(0))) };
        let kinds = self.round(last.value);
        let at = kinds.iter().position(|kind| *kind == last.kind)?;
        match kinds.get(at + 1) {
            Some(kind) => Some((*kind, last.value)),
            None => Some((POINT, last.value + 1)),
        }
    }
}

/// A process that emits.
pub struct Victim {
    pub child: Child,
    pub input: Option<ChildStdin>,
    words: JoinHandle<Vec<u8>>,
    errors: JoinHandle<String>,
}

fn collect(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

impl Victim {
    pub fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let words = collect(child.stdout.take().unwrap());
        let errors = collect(child.stderr.take().unwrap());
        let errors =
            std::thread::spawn(move || String::from_utf8_lossy(&errors.join().unwrap()).into_owned());
        let input = child.stdin.take();
        Self { child, input, words, errors }
    }

    /// Waits as long, or until the process has ended.
    pub fn wait(&mut self, patience: Duration) {
        let start = Instant::now();
        while start.elapsed() < patience && self.child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    pub fn kill_after(mut self, patience: Duration) -> Said {
        self.wait(patience);
        let _ = self.child.kill();
        self.end()
    }

    pub fn say(&mut self) {
        self.input.as_mut().unwrap().write_all(b".").unwrap();
    }

    /// Returns its words, once it has ended.
    pub fn end(mut self) -> Said {
        drop(self.input.take());
        let Some(status) = common::wait(&mut self.child) else { panic!("a process hangs") };
        let word = |bytes: &[u8]| {
            let word = u64::from_ne_bytes(bytes.try_into().unwrap());
            let byte = |at: u32| (word >> at) as u8;
            Word { kind: byte(56), run: byte(48), thread: byte(40), value: (word & ((1 << 40) - 1)) as i64 }
        };
        let words = self.words.join().unwrap().chunks_exact(8).map(word).collect();
        Said { words, status, errors: self.errors.join().unwrap() }
    }
}

/// The words of a process, and how it ended.
pub struct Said {
    pub words: Vec<Word>,
    pub status: ExitStatus,
    pub errors: String,
}

impl Said {
    pub fn has(&self, kind: u8, run: u8) -> bool {
        self.words.iter().any(|word| word.kind == kind && word.run == run)
    }

    /// A call failed.
    pub fn was_refused(&self) -> bool {
        self.status.code() == Some(9)
    }
}

/// Faults that were found.
#[derive(Debug, Default)]
pub struct Counts {
    pub deaths: u64,
    pub lost: u64,
    pub doubled: u64,
    pub unreadable: u64,
    pub taken_over: u64,
    /// Calls that failed, and ends that are wrong.
    pub refused: u64,
    pub examples: Vec<String>,
}

impl Counts {
    fn example(&mut self, text: String) {
        if self.examples.len() < 20 {
            self.examples.push(text);
        }
    }

    pub fn lost(&mut self, count: usize, text: impl FnOnce() -> String) {
        if count > 0 {
            self.lost += count as u64;
            self.example(format!("{count} lost: {}", text()));
        }
    }

    pub fn doubled(&mut self, count: usize, text: impl FnOnce() -> String) {
        if count > 0 {
            self.doubled += count as u64;
            self.example(format!("{count} doubled or never emitted: {}", text()));
        }
    }

    pub fn unreadable(&mut self, text: String) {
        self.unreadable += 1;
        self.example(format!("unreadable: {text}"));
    }

    pub fn taken_over(&mut self, text: String) {
        self.taken_over += 1;
        self.example(format!("wrongly taken over: {text}"));
    }

    pub fn refused(&mut self, text: String) {
        self.refused += 1;
        self.example(format!("refused: {text}"));
    }

    pub fn faults(&self) -> u64 {
        self.lost + self.doubled + self.unreadable + self.taken_over + self.refused
    }

    pub fn summary(&self) -> String {
        format!(
            "{} deaths: {} lost, {} doubled, {} unreadable, {} wrongly taken over, {} refused or ended wrongly",
            self.deaths, self.lost, self.doubled, self.unreadable, self.taken_over, self.refused
        )
    }

    #[track_caller]
    pub fn check(&self) {
        println!("{}", self.summary());
        assert_eq!(self.faults(), 0, "{}\n{}", self.summary(), self.examples.join("\n"));
    }

    /// Adds what another check found.
    fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.unreadable += other.unreadable;
        self.taken_over += other.taken_over;
        self.refused += other.refused;
        // The first ones of each run say enough.
        for example in other.examples.into_iter().take(2) {
            self.example(example);
        }
    }
}

/// The values of one process in one run.
#[derive(Debug, Clone, Default)]
pub struct Model {
    points: BTreeMap<String, BTreeSet<i64>>,
    lines: BTreeMap<(i64, u8), Vec<i64>>,
    artifacts: BTreeSet<String>,
    /// The values that a plain metric or a document may have; the first is the one that was said.
    values: BTreeMap<String, Vec<i64>>,
    /// Calls that may have been under way.
    may_points: BTreeSet<(String, i64)>,
    may_lines: BTreeSet<(i64, u8, i64)>,
    may_artifacts: BTreeSet<String>,
    may_values: BTreeMap<String, Vec<i64>>,
    /// An attempt that was killed before its open returned had this left, if not what is above.
    or: Option<Box<Self>>,
}

fn series_of(word: &Word) -> String {
    match word.kind {
        POINT => format!("p{}", word.thread),
        _ => format!("n{}.{}", word.thread, word.value),
    }
}

impl Model {
    /// Goes on with what an attempt said. False where it is open what it left: nothing may follow.
    pub fn go_on(&mut self, attempt: &Attempt, words: &[Word]) -> bool {
        assert!(self.or.is_none());
        let has_opened = words.iter().any(|word| word.kind == OPENED);
        if attempt.number > 0 {
            let begun = self.begun_again(attempt.restart);
            if !has_opened {
                self.or = Some(Box::new(begun));
                return false;
            }
            *self = begun;
        } else if !has_opened {
            return true;
        }
        for thread in 0..attempt.threads as u8 {
            let mut last = None;
            for word in words.iter().filter(|word| word.thread == thread) {
                match word.kind {
                    POINT | NAME => drop(self.points.entry(series_of(word)).or_default().insert(word.value)),
                    LINE => self.lines.entry((attempt.number, thread)).or_default().push(word.value),
                    METRIC => drop(self.values.insert(format!("m{thread}"), vec![word.value])),
                    DATA => drop(self.values.insert(format!("d{thread}"), vec![word.value])),
                    ARTIFACT => drop(self.artifacts.insert(format!("a{thread}.{}", word.value))),
                    _ => continue,
                }
                last = Some(*word);
            }
            let Some((kind, value)) = attempt.next(last).filter(|(_, value)| *value < attempt.rounds) else {
                continue;
            };
            match kind {
                POINT | NAME => {
                    let word = Word { kind, run: 0, thread, value };
                    self.may_points.insert((series_of(&word), value));
                }
                LINE => drop(self.may_lines.insert((attempt.number, thread, value))),
                METRIC => self.may_values.entry(format!("m{thread}")).or_default().push(value),
                DATA => self.may_values.entry(format!("d{thread}")).or_default().push(value),
                _ => drop(self.may_artifacts.insert(format!("a{thread}.{value}"))),
            }
        }
        true
    }

    /// Words whose values need not be there: after a cut of the power, those that no flush followed.
    pub fn may(&mut self, attempt: &Attempt, words: &[Word]) {
        for word in words {
            let (thread, value) = (word.thread, word.value);
            match word.kind {
                POINT | NAME => drop(self.may_points.insert((series_of(word), value))),
                LINE => drop(self.may_lines.insert((attempt.number, thread, value))),
                METRIC => self.may_values.entry(format!("m{thread}")).or_default().push(value),
                DATA => self.may_values.entry(format!("d{thread}")).or_default().push(value),
                ARTIFACT => drop(self.may_artifacts.insert(format!("a{thread}.{value}"))),
                _ => {}
            }
            if let Some((kind, value)) =
                attempt.next(Some(*word)).filter(|_| (POINT..=DATA).contains(&word.kind))
            {
                let next = Word { kind, value, ..*word };
                match kind {
                    POINT | NAME => drop(self.may_points.insert((series_of(&next), value))),
                    LINE => drop(self.may_lines.insert((attempt.number, thread, value))),
                    _ => {}
                }
            }
        }
    }

    /// The values that another attempt begins with.
    fn begun_again(&self, restart: Option<i64>) -> Self {
        let Some(step) = restart else {
            let (lines, may_lines) = (self.lines.clone(), self.may_lines.clone());
            return Self { lines, may_lines, ..Self::default() };
        };
        let mut begun = self.clone();
        for steps in begun.points.values_mut() {
            steps.retain(|other| *other < step);
        }
        begun.points.retain(|_, steps| !steps.is_empty());
        begun.may_points.retain(|(_, other)| *other < step);
        begun
    }

    /// Looks for it in the store; `label` is a worker's, "" the owner's.
    pub fn check(&self, store: &Path, run: &str, label: &str, counts: &mut Counts, how: &str) {
        let mut found = Counts::default();
        self.check_one(store, run, label, &mut found, how);
        if let Some(or) = self.or.as_ref().filter(|_| found.faults() > 0) {
            let mut other = Counts::default();
            or.check_one(store, run, label, &mut other, &format!("{how}, a mixture"));
            if other.faults() < found.faults() {
                found = other;
            }
        }
        counts.add(found);
    }

    fn check_one(&self, store: &Path, run: &str, label: &str, counts: &mut Counts, how: &str) {
        let root = store.join("deaths_1");
        let how = format!("{run} {label}, {how}");
        let suffix = if label.is_empty() { String::new() } else { format!("@{label}") };
        let record = match read(&root.join(format!("runs/{run}.json"))) {
            Ok(Some(record)) => record,
            Ok(None) => {
                counts.lost(self.points.len(), || format!("{how}: there is no record"));
                return;
            }
            Err(error) => return counts.unreadable(format!("{how}: {error}")),
        };
        let mut seen_values = BTreeMap::new();
        let mut seen_series = BTreeSet::new();
        for path in entries(&root.join("results").join(run)) {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let Some(name) = file.strip_suffix(".json") else { continue };
            let (name, of) = name.split_once('@').unwrap_or((name, ""));
            if of != label {
                continue;
            }
            let entry = match read(&path) {
                Ok(entry) => entry.unwrap_or_default(),
                Err(error) => {
                    counts.unreadable(format!("{how}: {error}"));
                    continue;
                }
            };
            if let Some(value) = entry["data"].as_i64() {
                seen_values.insert(name.to_owned(), value);
                continue;
            }
            seen_series.insert(name.to_owned());
            self.check_series(name, &entry["data"], counts, &how);
        }
        for (name, steps) in self.points.iter().filter(|(name, _)| !seen_series.contains(*name)) {
            counts.lost(steps.len(), || format!("{how}: series {name}"));
        }
        for (name, value) in record["metrics"].as_object().into_iter().flatten() {
            let (name, of) = name.split_once('@').unwrap_or((name, ""));
            if of == label {
                seen_values.insert(name.to_owned(), value.as_i64().unwrap_or(-1));
            }
        }
        self.check_values(&seen_values, counts, &how);
        self.check_lines(&root, run, label, counts, &how);
        self.check_artifacts(&root, run, &suffix, &record, counts, &how);
    }

    fn check_series(&self, name: &str, data: &Value, counts: &mut Counts, how: &str) {
        let points: Vec<(i64, i64)> = serde_json::from_value(data.clone()).unwrap_or_default();
        let seen: BTreeSet<i64> = points.iter().map(|(step, _)| *step).collect();
        let empty = BTreeSet::new();
        let wanted = self.points.get(name).unwrap_or(&empty);
        let lost = wanted.difference(&seen).count();
        counts
            .lost(lost, || format!("{how}: points of {name}, there are {} of {}", seen.len(), wanted.len()));
        let strange =
            seen.difference(wanted).filter(|step| !self.may_points.contains(&(name.to_owned(), **step)));
        let doubled = points.len() - seen.len() + strange.count();
        let wrong = points.iter().filter(|(step, value)| step != value).count();
        counts.doubled(doubled + wrong, || {
            format!("{how}: points of {name}, {} of {}", points.len(), wanted.len())
        });
    }

    fn check_values(&self, seen: &BTreeMap<String, i64>, counts: &mut Counts, how: &str) {
        for name in self.values.keys().chain(seen.keys().filter(|name| !self.values.contains_key(*name))) {
            let said = self.values.get(name).and_then(|values| values.first());
            let may = self.may_values.get(name).map_or(&[][..], Vec::as_slice);
            match seen.get(name) {
                None => counts.lost(1, || format!("{how}: {name}, which was {said:?}")),
                Some(value) if said == Some(value) || may.contains(value) => {}
                Some(value) => {
                    counts.lost(1, || format!("{how}: {name} is {value} and not {said:?} or {may:?}"))
                }
            }
        }
    }

    fn check_lines(&self, root: &Path, run: &str, label: &str, counts: &mut Counts, how: &str) {
        let of = if label.is_empty() { String::new() } else { format!(".{label}") };
        let text = std::fs::read(root.join(format!("logs/{run}_run{of}.log"))).unwrap_or_default();
        let Ok(text) = String::from_utf8(text) else {
            return counts.unreadable(format!("{how}: the log"));
        };
        let mut seen: BTreeMap<(i64, u8), Vec<i64>> = BTreeMap::new();
        for line in text.lines() {
            if let Some((attempt, thread, line)) = emitted(line) {
                seen.entry((attempt, thread)).or_default().push(line);
            }
        }
        for key in self.lines.keys().chain(seen.keys().filter(|key| !self.lines.contains_key(*key))) {
            let (wanted, lines) = (self.lines.get(key), seen.get(key));
            let (wanted, mut lines) =
                (wanted.cloned().unwrap_or_default(), lines.cloned().unwrap_or_default());
            // One that may have been under way, once.
            let mut may = self.may_lines.clone();
            lines.retain(|line| wanted.contains(line) || !may.remove(&(key.0, key.1, *line)));
            if lines == wanted {
                continue;
            }
            let (all, each): (BTreeSet<i64>, BTreeSet<i64>) =
                (wanted.iter().copied().collect(), lines.iter().copied().collect());
            let lost = all.difference(&each).count();
            counts.lost(lost, || format!("{how}: lines of {key:?}, {} of {}", lines.len(), wanted.len()));
            if lost == 0 {
                let doubled = lines.len().saturating_sub(wanted.len()).max(1);
                counts.doubled(doubled, || {
                    format!("{how}: lines of {key:?}, {} of {}", lines.len(), wanted.len())
                });
            }
        }
    }

    fn check_artifacts(
        &self,
        root: &Path,
        run: &str,
        suffix: &str,
        record: &Value,
        counts: &mut Counts,
        how: &str,
    ) {
        let manifest = match read(&root.join(format!("artifacts/{run}/_manifest.json"))) {
            Ok(manifest) => manifest.unwrap_or_default(),
            Err(error) => return counts.unreadable(format!("{how}: {error}")),
        };
        for (from, list) in [("record", record), ("manifest", &manifest)] {
            let mut seen = BTreeMap::new();
            for artifact in list["artifacts"].as_array().into_iter().flatten() {
                let name = artifact["name"].as_str().unwrap_or_default();
                let Some(name) = name.strip_suffix(suffix).filter(|name| !name.contains('@')) else {
                    continue;
                };
                if seen.insert(name.to_owned(), artifact).is_some() {
                    counts.doubled(1, || format!("{how}: artifact {name} of the {from}"));
                }
                if !self.artifacts.contains(name) && !self.may_artifacts.contains(name) {
                    counts.doubled(1, || format!("{how}: artifact {name} of the {from} was not emitted"));
                }
            }
            for name in
                self.artifacts.iter().chain(seen.keys().filter(|name| !self.artifacts.contains(*name)))
            {
                let (thread, round) = name[1..].split_once('.').unwrap();
                let wanted = format!("artifact {round} of {thread}");
                let uri = seen.get(name).and_then(|artifact| artifact["uri"].as_str()).unwrap_or_default();
                let there =
                    root.join("artifacts").join(run).join(Path::new(uri).file_name().unwrap_or_default());
                let content = std::fs::read_to_string(there).unwrap_or_default();
                // ext4 may have the length, and not what was to be there.
                let may_be_blank = !self.artifacts.contains(name) && content == "\0".repeat(wanted.len());
                let is_lost = content != wanted && !may_be_blank;
                counts.lost(usize::from(is_lost), || {
                    format!("{how}: artifact {name} of the {from} is {content:?}")
                });
            }
        }
    }
}

/// Attempt, thread and number of a line that the program emitted.
fn emitted(line: &str) -> Option<(i64, u8, i64)> {
    let rest = line.split_once("] attempt ")?.1;
    let (attempt, rest) = rest.split_once(" thread ")?;
    let (thread, line) = rest.split_once(" line ")?;
    Some((attempt.parse().ok()?, thread.parse().ok()?, line.parse().ok()?))
}

/// A JSON file; None if it is not there.
pub fn read(path: &Path) -> Result<Option<Value>, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| format!("{}: {error}: {text:.200?}", path.display()))
}

pub fn entries(directory: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// A store, and the ways in which processes say where it is.
pub struct Place {
    pub directory: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("store")).unwrap();
        std::fs::create_dir(directory.path().join("aside")).unwrap();
        std::os::unix::fs::symlink("store", directory.path().join("link")).unwrap();
        Self { directory }
    }

    pub fn store(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    /// One of the store's names, for a process whose working directory is ours.
    pub fn spelling(&self, which: u64) -> PathBuf {
        match which % 5 {
            0 => self.store(),
            1 => self.directory.path().join("link"),
            2 => "store".into(),
            3 => "aside/../store".into(),
            _ => "./link/.".into(),
        }
    }

    /// `program ACTION STORE`, the store by one of its names.
    pub fn command(&self, program: &Path, action: &str, spelling: u64) -> Command {
        let mut command = command(program);
        command.arg(action).arg(self.spelling(spelling)).current_dir(self.directory.path());
        command
    }
}
