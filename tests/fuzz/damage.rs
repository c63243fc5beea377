//! Journals of processes that died, damage done to them, and what recovery must make of the rest.
//!
//! Nothing here knows how a journal is encoded. A victim notes after each call where its segment has
//! changed first: everything that it emitted before lies before that place, so that damage from there
//! on must not take it. Included by tests/damage.rs, which is deterministic, and by the fuzzer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use metalab::{ArrayView, Capture, DType, Json, Level, Opened, Options, Order};

/// Where the victim's store is; says that a process is one.
const VICTIM: &str = "METALAB_FUZZ_VICTIM";

/// How often the victim's writer writes, in milliseconds.
const PACE: &str = "METALAB_FUZZ_PACE";

const ROUNDS: i64 = 60;

/// Where a run's own files are, and its journals.
const RECORD: &str = "damage_1/runs/run.json";
const JOURNALS: &str = "damage_1/.journal/run/";

/// The values that the victim emitted in a round of its first thread, and where its segment changed first after that.
#[derive(Debug, Clone, Copy)]
struct Round {
    number: i64,
    changed: u64,
}

/// A file without the zeros at its end.
#[derive(Debug, Clone)]
struct Content {
    bytes: Vec<u8>,
    size: u64,
}

/// A store whose process died.
#[derive(Debug)]
pub struct Seed {
    files: BTreeMap<PathBuf, Content>,
    rounds: Vec<Round>,
    /// The segment that the rounds are in.
    segment: PathBuf,
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn object() -> Json {
    Json::Object(Default::default())
}

/// Becomes a victim where the environment says so.
pub fn die_if_asked() {
    if let Some(store) = std::env::var_os(VICTIM) {
        victim(Path::new(&store));
        // SAFETY: no preconditions.
        unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    }
}

fn segments(store: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let journal = std::fs::read_dir(store.join(JOURNALS)).unwrap().next().unwrap().unwrap().path();
    let files = std::fs::read_dir(journal).unwrap().map(|entry| entry.unwrap().path());
    let is_segment = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("segment-");
    files.filter(is_segment).filter_map(|path| Some((path.clone(), std::fs::read(path).ok()?))).collect()
}

fn victim(store: &Path) {
    let pace: u64 = std::env::var(PACE).unwrap().parse().unwrap();
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("").param("n", 3).unwrap().add_tag("tag");
    options.experiment("damage:1").unwrap().run_id("run").unwrap();
    options.flush_interval(Duration::from_millis(pace)).refresh_interval(Duration::from_millis(pace));
    let Opened::Capture(run) = Capture::open(&options).unwrap() else { unreachable!() };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for step in 0..50 {
                run.metric_step("other", step, step as f64).unwrap();
                run.log(Level::Debug, "of another thread").unwrap();
            }
        });
    });
    let series = run.series("points", Some("K"), None).unwrap();
    run.metric_step("named", -1, "text").unwrap();
    run.metric("round", -1i64).unwrap();
    let stream = run.stream("stream", "k", "bin", object()).unwrap();
    let mapping = run.map_array("map", DType::Float64, Order::C, &[16], object()).unwrap();
    // A first line declares what there is to declare.
    run.log(Level::Info, "begin").unwrap();
    let before = segments(store);
    series.point(-1, -1.0).unwrap();
    let (segment, mut before) = segments(store).into_iter().find(|(path, now)| before[path] != *now).unwrap();
    let said = store.with_extension("said");
    let mut said = File::create(said).unwrap();
    writeln!(said, "{}", segment.strip_prefix(store).unwrap().display()).unwrap();
    for number in 0..ROUNDS {
        series.point(number, number as f64 + 0.5).unwrap();
        run.metric_step("named", number, if number % 2 == 0 { "even" } else { "odd" }).unwrap();
        run.metric("round", number).unwrap();
        run.log(Level::Info, &format!("line {number}.")).unwrap();
        let now = std::fs::read(&segment).unwrap();
        let changed = before.iter().zip(&now).position(|(before, now)| before != now).unwrap();
        before = now;
        // The place of the next round is behind all of this one.
        writeln!(said, "{number} {changed}").unwrap();
        if number % 20 == 7 {
            let values: Vec<u8> = (0..24).collect();
            let array = ArrayView::contiguous(&values, DType::UInt8, Order::C, &[4, 6]).unwrap();
            run.data(&format!("document{number}"), Json::Int(number), object()).unwrap();
            run.data_array(&format!("array{number}"), &array, object()).unwrap();
            run.artifact_bytes(&format!("bytes{number}"), b"bytes", "k", "txt", object()).unwrap();
            run.add_note("a note").unwrap();
            stream.write(b"chunk").unwrap();
            std::thread::sleep(Duration::from_millis(3));
        }
        if number == 30 {
            let long = Json::Str("long".repeat(10_000));
            run.data("long", long.clone(), object()).unwrap();
            run.artifact_json("long", &long, object()).unwrap();
            let sealed = run.map_array("sealed", DType::Float32, Order::F, &[2, 3], object()).unwrap();
            sealed.seal().unwrap();
        }
    }
    series.point(ROUNDS, 0.0).unwrap();
    let now = std::fs::read(&segment).unwrap();
    let changed = before.iter().zip(&now).position(|(before, now)| before != now).unwrap();
    writeln!(said, "{ROUNDS} {changed}").unwrap();
    std::mem::forget((run, stream, mapping));
}

fn files(directory: &Path, below: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(directory.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            files(directory, &path, into);
        } else {
            into.insert(path, std::fs::read(entry.path()).unwrap_or_default());
        }
    }
}

/// Victims that died: of one the writer had done nothing yet, of the other most.
pub fn seeds(victim: impl Fn() -> Command) -> Vec<Seed> {
    let seed = |pace: &str| {
        let directory = scratch();
        let store = directory.path().join("store");
        let mut victim = victim();
        victim.env(VICTIM, &store).env(PACE, pace).stdout(Stdio::null());
        let status = victim.status().unwrap();
        let said = std::fs::read_to_string(store.with_extension("said"));
        let said = said.unwrap_or_else(|error| panic!("the victim: {status}: {error}"));
        let (segment, rounds) = said.split_once('\n').unwrap();
        let round = |line: &str| {
            let (number, changed) = line.split_once(' ').unwrap();
            Round { number: number.parse().unwrap(), changed: changed.parse().unwrap() }
        };
        let rounds: Vec<Round> = rounds.lines().map(round).collect();
        assert_eq!(rounds.len() as i64, ROUNDS + 1, "the victim did not reach its end");
        let mut all = BTreeMap::new();
        files(&store, Path::new(""), &mut all);
        let content = |bytes: Vec<u8>| {
            let size = bytes.len() as u64;
            let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            Content { bytes: bytes[..end].to_vec(), size }
        };
        let files = all.into_iter().map(|(path, bytes)| (path, content(bytes))).collect();
        Seed { files, rounds, segment: segment.into() }
    };
    vec![seed("60000"), seed("1")]
}

/// Numbers from a fuzzer's bytes; zeros when they are used up.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn number(&mut self, below: u64) -> u64 {
        let number = u64::from(self.byte()) | u64::from(self.byte()) << 8 | u64::from(self.byte()) << 16;
        number % below.max(1)
    }
}

/// Files that were damaged, and the first byte that was.
#[derive(Debug, Default)]
struct Touched {
    files: BTreeMap<PathBuf, u64>,
    /// True if a segment may look as if nothing had been in it, or something else.
    is_disguised: bool,
}

/// Does what `choices` say to a file of the journal, or to the run's record.
fn damage(
    seed: &Seed,
    files: &mut BTreeMap<PathBuf, Content>,
    choices: &mut Choices<'_>,
    touched: &mut Touched,
) {
    let targets: Vec<PathBuf> = files
        .keys()
        .filter(|path| path.starts_with(JOURNALS) || **path == Path::new(RECORD))
        .cloned()
        .collect();
    // The rounds' segment is as likely as all others together.
    let pick = |choices: &mut Choices<'_>| match choices.byte() {
        number if number % 2 == 0 && targets.contains(&seed.segment) => seed.segment.clone(),
        number => targets[usize::from(number / 2) % targets.len()].clone(),
    };
    if targets.is_empty() {
        return;
    }
    let what = choices.byte() % 12;
    let path = pick(choices);
    let mut content = files[&path].clone();
    let used = content.bytes.len() as u64;
    let offset = choices.number(used + 64);
    let length = choices.number(512) + 1;
    let mut at = offset;
    let grow = |content: &mut Content, to: u64| {
        content.bytes.resize(content.bytes.len().max(to as usize), 0);
        content.size = content.size.max(to);
    };
    touched.is_disguised |= matches!(what, 2 | 4..=7 | 9);
    match what {
        0 | 1 => {
            grow(&mut content, offset + 1);
            content.bytes[offset as usize] ^= 1 << (choices.byte() % 8);
        }
        2 => {
            grow(&mut content, offset + length.min(32));
            for place in offset..offset + length.min(32) {
                content.bytes[place as usize] = choices.byte();
            }
        }
        3 => {
            content.bytes.truncate(offset as usize);
            content.size = offset;
        }
        4 => {
            grow(&mut content, offset + length);
            content.bytes[offset as usize..(offset + length) as usize].fill(0);
        }
        // Records of this file or of another one, at a place where others are.
        5 | 6 => {
            let from = files[&pick(choices)].bytes.clone();
            let start = (choices.number(from.len() as u64 + 1) & !7) as usize;
            let end = (start + length as usize * 8).min(from.len());
            at = offset & !7;
            grow(&mut content, at + (end - start) as u64);
            content.bytes[at as usize..at as usize + end - start].copy_from_slice(&from[start..end]);
        }
        7 => {
            let other = pick(choices);
            let swapped = std::mem::replace(&mut content, files[&other].clone());
            touched.files.insert(other.clone(), 0);
            files.insert(other, swapped);
            at = 0;
        }
        8 => {
            files.remove(&path);
            touched.files.insert(path, 0);
            return;
        }
        9 => {
            let count = usize::from(choices.byte());
            content.bytes = (0..count).map(|_| choices.byte()).collect();
            content.size = count as u64;
            at = 0;
        }
        10 => {
            at = content.size;
            content.size += choices.number(64) << 20 | length;
        }
        // A segment more, which is another's.
        _ => {
            let name = format!("segment-{:08}", choices.byte());
            let copy = path.with_file_name(name);
            touched.files.insert(copy.clone(), 0);
            files.insert(copy, content);
            return;
        }
    }
    let first = touched.files.entry(path.clone()).or_insert(u64::MAX);
    *first = (*first).min(at);
    files.insert(path, content);
}

fn write(directory: &Path, files: &BTreeMap<PathBuf, Content>) {
    for (path, content) in files {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = File::create(path).unwrap();
        file.write_all_at(&content.bytes, 0).unwrap();
        file.set_len(content.size).unwrap();
    }
}

fn parse(path: &Path) -> Option<Json> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(metalab::json::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The steps of a series in the store.
fn steps(store: &Path, name: &str) -> Vec<i64> {
    let entry = parse(&store.join(format!("damage_1/results/run/{name}.json")));
    let data = entry.as_ref().and_then(|entry| entry.get("data")?.as_array()).unwrap_or_default();
    data.iter().map(|point| point.as_array().unwrap()[0].as_i64().unwrap()).collect()
}

/// Recovers one of `seeds` after damage that `bytes` choose, and looks at what became of it.
pub fn check(seeds: &[Seed], bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let seed = &seeds[usize::from(choices.byte()) % seeds.len()];
    let mut files = seed.files.clone();
    let mut touched = Touched::default();
    for _ in 0..choices.byte() % 4 + 1 {
        damage(seed, &mut files, &mut choices, &mut touched);
    }
    let directory = scratch();
    let store = directory.path().join("store");
    write(&store, &files);

    let seen = read(&store);
    let recovered = metalab::recover(store.to_str(), Some("damage:1"), None);

    let mut after = BTreeMap::new();
    self::files(directory.path(), Path::new(""), &mut after);
    assert!(after.keys().all(|path| path.starts_with("store/damage_1")), "{:?}", after.keys());
    for path in after.keys().filter(|path| !path.starts_with(Path::new("store").join(JOURNALS))) {
        let is_damaged =
            touched.files.contains_key(path.strip_prefix("store").unwrap()) && recovered.is_err();
        if path.extension().is_some_and(|extension| extension == "json") && !is_damaged {
            parse(&directory.path().join(path));
        }
    }
    if recovered.is_err() {
        // A journal that can't be recovered stays as it is, for a library or a person that can.
        assert!(
            store.join(JOURNALS).read_dir().is_ok_and(|mut found| found.next().is_some()),
            "{recovered:?}"
        );
    } else {
        assert_eq!(metalab::recover(store.to_str(), Some("damage:1"), None).unwrap(), 0);
    }
    let Some(first_damage) = kept(seed, &touched).filter(|_| recovered.is_ok()) else { return };
    // The round that is followed by another one before the damage is whole.
    let whole = seed.rounds.windows(2).filter(|pair| pair[1].changed <= first_damage);
    let whole: Vec<i64> = whole.map(|pair| pair[0].number).collect();
    let log = std::fs::read_to_string(store.join("damage_1/logs/run_run.log")).unwrap();
    let record = parse(&store.join(RECORD)).unwrap();
    let points: BTreeSet<i64> = steps(&store, "points").into_iter().collect();
    let named: BTreeSet<i64> = steps(&store, "named").into_iter().collect();
    let is_placed = !touched.files.keys().any(|path| path.file_name().unwrap() == "position");
    for number in &whole {
        assert!(points.contains(number), "point {number} of {whole:?}: {touched:?}");
        assert!(seen.contains(number), "point {number} of {whole:?} was not read before: {touched:?}");
        assert!(named.contains(number), "named point {number} of {whole:?}: {touched:?}");
        let lines = log.matches(&format!("] line {number}.\n")).count();
        assert!(lines == 1 || (lines == 2 && !is_placed), "line {number}: {lines} times: {touched:?}");
    }
    if let Some(last) = whole.last() {
        let round = record.get("metrics").and_then(|metrics| metrics.get("round")?.as_i64()).unwrap();
        assert!(round >= *last, "metric {round}, not {last}: {touched:?}");
    }
    let is_less = (0..ROUNDS).any(|number| !points.contains(&number));
    let warnings = record.get("warnings").unwrap().to_compact();
    assert!(!is_less || touched.is_disguised || warnings.contains("damaged"), "not told: {touched:?}");
}

/// Reads everything of the store, whatever the damage; gives the steps of the points that are found.
fn read(store: &Path) -> BTreeSet<i64> {
    let Ok(store) = metalab::read::Store::open(store.to_str().unwrap()) else { return BTreeSet::new() };
    let _ = store.runs(&metalab::read::Query::default());
    let Ok(Some(mut run)) = store.find(Some("damage:1"), "run") else { return BTreeSet::new() };
    let names = [run.series_names(), run.result_names()].map(Result::unwrap_or_default).concat();
    for name in names {
        let _ = run.series(&name).and_then(|_| run.result(&name).map(drop));
    }
    let _ = (run.refresh(), run.last_step(), run.log_names(), run.log("run", 0, 1 << 20), run.current());
    for artifact in run.artifacts().unwrap_or_default() {
        let _ = artifact.verify();
        for name in artifact.arrays().unwrap_or_default() {
            let _ = artifact.array(Some(&name)).and_then(|array| array.verify());
        }
    }
    let points = run.series("points").ok().flatten();
    points.map(|points| points.steps.into_iter().collect()).unwrap_or_default()
}

/// The byte of the rounds' segment before which nothing is damaged, so that what is there is kept;
/// nothing if it can't be.
fn kept(seed: &Seed, touched: &Touched) -> Option<u64> {
    // The record may be beyond reading, and then so is the run without the journal's word of it.
    if !touched.files.keys().all(|path| path.starts_with(JOURNALS)) {
        return None;
    }
    // Without their names, records are nothing's.
    if touched.files.keys().any(|path| path.ends_with("names")) {
        return None;
    }
    let first = touched.files.get(&seed.segment).copied().unwrap_or(u64::MAX);
    let begins = seed.rounds[0].changed;
    (first >= begins).then_some(first)
}
