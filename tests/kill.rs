//! A process killed at any instant: every call that had returned is in the recovered run.
//!
//! The victim is this test program itself. It emits and says over a pipe what it has emitted; it is
//! killed at a random instant. So are some of those who then recover the store; in the end several
//! threads do so at once, and what the victim said is compared with what the store has.

use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use metalab::{Capture, DType, Json, Level, Opened, Options, Order};

const VICTIM: &str = "METALAB_TEST_VICTIM";
/// How long its run is; one that is short is killed in its end more often.
const ROUNDS: &str = "METALAB_TEST_VICTIM_ROUNDS";
/// Who recovers this store, and is killed too.
const RECOVERER: &str = "METALAB_TEST_RECOVERER";
/// A victim that does not finish its run: it waits to be killed.
const STAYS: &str = "METALAB_TEST_VICTIM_STAYS";

/// The victim's words: eight bytes each, after the call that it is about.
const POINT: u64 = 1 << 56;
const LINE: u64 = 2 << 56;
const METRIC: u64 = 3 << 56;
const SEALED: u64 = 4 << 56;
const OPENED: u64 = 5 << 56;
const FINISHED: u64 = 6 << 56;
const BEGUN: u64 = 7 << 56;
const VALUE: u64 = (1 << 56) - 1;

fn options(store: &Path) -> Options {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("");
    options.experiment("kill:1").unwrap().run_id("victim").unwrap();
    options.flush_interval(Duration::from_millis(1)).refresh_interval(Duration::from_millis(5));
    options
}

fn open(store: &Path) -> Capture {
    match Capture::open(&options(store)).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run_id) => panic!("{run_id} is skipped"),
    }
}

fn object() -> Json {
    Json::Object(Default::default())
}

/// An array of its own, or a snapshot of one that was declared.
fn array_of(round: u64) -> String {
    if round % 40 == 3 { format!("field{round}") } else { format!("u.{round:08}") }
}

/// Emits until it is killed, or until the run is finished.
fn victim(store: &Path) {
    // Unbuffered: what was said was said.
    let mut out = std::fs::OpenOptions::new().append(true).open("/proc/self/fd/1").unwrap();
    let mut say = |what: u64| out.write_all(&what.to_ne_bytes()).unwrap();
    say(BEGUN);
    let capture = open(store);
    let series = capture.series("points", Some("m"), None).unwrap();
    let snapshots = capture.snapshots("u", DType::Float64, Order::C, &[64], object()).unwrap();
    let rounds = std::env::var(ROUNDS).ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(400);
    for round in 0..rounds {
        for step in round * 10..round * 10 + 10 {
            series.point(step as i64, step as f64).unwrap();
            say(POINT | step);
        }
        capture.log(Level::Info, &format!("line {round}")).unwrap();
        say(LINE | round);
        capture.metric("round", round as i64).unwrap();
        say(METRIC | round);
        if round % 10 == 3 {
            let name = array_of(round);
            let mapping = match name.starts_with("field") {
                true => capture.map_array(&name, DType::Float64, Order::C, &[64], object()),
                false => snapshots.begin(round as i64),
            };
            let mapping = mapping.unwrap();
            // SAFETY: the mapping has 64 doubles.
            unsafe { mapping.data().cast::<f64>().write(round as f64) };
            say(OPENED | round);
            mapping.seal().unwrap();
            say(SEALED | round);
        }
        if round % 50 == 7 {
            capture.data("note", Json::Int(round as i64), object()).unwrap();
        }
    }
    if std::env::var_os(STAYS).is_some() {
        std::thread::sleep(Duration::from_secs(60));
    }
    capture.finish().unwrap();
    say(FINISHED);
}

#[test]
fn victim_process() {
    if let Some(store) = std::env::var_os(VICTIM) {
        victim(Path::new(&store));
        std::process::exit(0);
    }
}

#[test]
fn recoverer_process() {
    if let Some(store) = std::env::var_os(RECOVERER) {
        let mut out = std::fs::OpenOptions::new().append(true).open("/proc/self/fd/1").unwrap();
        out.write_all(&BEGUN.to_ne_bytes()).unwrap();
        metalab::recover(store.to_str(), None, None).unwrap();
        std::process::exit(0);
    }
}

/// Has a process recover the store, and kills it `patience` after it has begun.
fn kill_recoverer(store: &Path, patience: Duration) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["recoverer_process", "--exact", "--nocapture", "--test-threads=1"])
        .env(RECOVERER, store)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut pipe = child.stdout.take().unwrap();
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(&BEGUN.to_ne_bytes()) && pipe.read(&mut byte).unwrap() == 1 {
        said.push(byte[0]);
    }
    std::thread::sleep(patience);
    let _ = child.kill();
    child.wait().unwrap();
}

/// Numbers that look random, the same ones each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A victim that emits.
struct Victim {
    child: Child,
    reader: JoinHandle<Vec<u8>>,
}

impl Victim {
    fn start(store: &Path, environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["victim_process", "--exact", "--nocapture", "--test-threads=1"])
            .env(VICTIM, store)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut pipe = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut said = Vec::new();
            pipe.read_to_end(&mut said).unwrap();
            said
        });
        Self { child, reader }
    }

    /// Kills it after `patience` unless it is done, and gives what it said.
    fn kill_after(mut self, patience: Duration) -> Vec<u64> {
        let start = Instant::now();
        while start.elapsed() < patience && self.child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        let _ = self.child.kill();
        self.child.wait().unwrap();
        let said = self.reader.join().unwrap();
        // The harness's own lines come before the first word.
        let begun = BEGUN.to_ne_bytes();
        let start = said.windows(8).position(|window| window == begun);
        start.map_or(Vec::new(), |start| {
            said[start..].chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap())).collect()
        })
    }
}

fn read(path: &Path) -> Option<Json> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(metalab::json::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The part of the store that a process of a run has left; `label` is a worker's, "" the owner's.
struct Seen {
    label: String,
    record: Option<Json>,
    points: Vec<(i64, Json)>,
    lines: Vec<String>,
    manifest: Option<Json>,
}

fn see(store: &Path, label: &str) -> Seen {
    let root = store.join("kill_1");
    let named = |name: &str| if label.is_empty() { name.to_owned() } else { format!("{name}@{label}") };
    let points =
        read(&root.join(format!("results/victim/{}.json", named("points")))).map_or(Vec::new(), |entry| {
            let points = entry.get("data").unwrap().as_array().unwrap();
            points
                .iter()
                .map(|pair| {
                    (pair.as_array().unwrap()[0].as_i64().unwrap(), pair.as_array().unwrap()[1].clone())
                })
                .collect()
        });
    let log = if label.is_empty() { "victim_run.log".to_owned() } else { format!("victim_run.{label}.log") };
    let log = std::fs::read_to_string(root.join("logs").join(log)).unwrap_or_default();
    Seen {
        label: label.to_owned(),
        record: read(&root.join("runs/victim.json")),
        points,
        lines: log.lines().map(|line| line.rsplit("] ").next().unwrap().to_owned()).collect(),
        manifest: read(&root.join("artifacts/victim/_manifest.json")),
    }
}

fn leftovers(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(leftovers(&entry.path()));
        } else if entry.file_name().to_string_lossy().starts_with('.') {
            found.push(entry.path());
        }
    }
    found
}

/// Compares what the victim said with what the store has.
fn check(said: &[u64], seen: &Seen, how: &str) {
    let of = |what: u64| said.iter().filter(move |word| *word & !VALUE == what).map(|word| word & VALUE);
    let Some(record) = &seen.record else {
        assert!(said.len() <= 1, "{how}: there is no record");
        return;
    };
    let named = |name: &str| match seen.label.as_str() {
        "" => name.to_owned(),
        label => format!("{name}@{label}"),
    };
    let steps: Vec<i64> = seen.points.iter().map(|(step, _)| *step).collect();
    let said_points: Vec<i64> = of(POINT).map(|step| step as i64).collect();
    // At most the one call that was under way is there besides.
    assert!(
        steps.len() == said_points.len() || steps.len() == said_points.len() + 1,
        "{how}: {} {}",
        steps.len(),
        said_points.len()
    );
    assert!(steps.starts_with(&said_points), "{how}: points");
    assert!(seen.points.iter().all(|(step, value)| *value == Json::Float(*step as f64)), "{how}");
    let lines: Vec<&String> = seen.lines.iter().filter(|line| line.starts_with("line ")).collect();
    let said_lines: Vec<String> = of(LINE).map(|round| format!("line {round}")).collect();
    assert!(lines.len() <= said_lines.len() + 1, "{how}: {} lines, {} said", lines.len(), said_lines.len());
    assert!(said_lines.iter().zip(&lines).all(|(said, line)| said == *line), "{how}: lines");
    assert!(said_lines.len() <= lines.len(), "{how}: lines are lost");
    if let Some(round) = of(METRIC).next_back() {
        let value = record.get("metrics").unwrap().get(&named("round")).unwrap().as_i64().unwrap();
        assert!(value == round as i64 || value == round as i64 + 1, "{how}: metric {value}, said {round}");
    }
    let artifacts: BTreeMap<String, Json> = seen
        .manifest
        .iter()
        .flat_map(|manifest| manifest.get("artifacts").unwrap().as_array().unwrap())
        .map(|entry| (entry.get("name").unwrap().as_str().unwrap().to_owned(), entry.clone()))
        .collect();
    let sealed: HashSet<u64> = of(SEALED).collect();
    for round in of(OPENED) {
        let name = named(&array_of(round));
        let entry = artifacts.get(&name).unwrap_or_else(|| panic!("{how}: {name} is lost"));
        let incomplete = entry.get("metadata").unwrap().get("incomplete").is_some();
        assert!(!(sealed.contains(&round) && incomplete), "{how}: {name} is sealed");
        let bytes = std::fs::read(entry.get("uri").unwrap().as_str().unwrap()).unwrap();
        let wanted = (round as f64).to_ne_bytes();
        assert!(bytes.windows(8).any(|window| window == wanted), "{how}: {name}");
    }
}

/// Checks how the record says that a run of one process ended.
fn check_end(said: &[u64], seen: &Seen, how: &str) {
    let Some(record) = &seen.record else { return };
    let status = record.get("status").unwrap().as_str().unwrap();
    if said.contains(&FINISHED) {
        assert_eq!(status, "success", "{how}");
    } else {
        // Killed within finish, after the record: then the run did end well.
        assert!(status == "failed" || status == "success", "{how}: {status}");
    }
    if status == "failed" {
        let message = record.get("error").unwrap().get("message").unwrap().as_str().unwrap();
        assert!(message.contains("died without finishing"), "{how}: {message}");
    }
}

/// How long a kill test goes on.
fn patience() -> Duration {
    let seconds = std::env::var("METALAB_KILL_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(15))
}

/// Recovers the store, after some who did so were killed; answers how many.
fn recover(store: &Path, random: &mut Random) -> u64 {
    let killed = random.below(3);
    for _ in 0..killed {
        kill_recoverer(store, Duration::from_micros(random.below(4000)));
    }
    if store.join("kill_1/_meta.json").exists() {
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| metalab::recover(store.to_str(), None, None).unwrap());
            }
        });
    }
    killed
}

/// Nothing is left of what was half written, nor of the journals.
fn check_remains(store: &Path, how: &str) {
    let left = leftovers(&store.join("kill_1"));
    // Spools of series, arrays that were made ahead, artifacts that were half written.
    let is_ours = |path: &PathBuf| {
        let path = path.to_string_lossy();
        path.contains("results/") || path.contains("artifacts/")
    };
    assert!(!left.iter().any(is_ours), "{how}: {left:?}");
    assert!(!store.join("kill_1/.journal/victim").exists(), "{how}: the journal is still there");
}

#[test]
fn nothing_that_returned_is_lost() {
    let (start, mut kills, mut alive, mut recoverers) = (Instant::now(), 0, 0, 0);
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    while start.elapsed() < patience() {
        let patience = Duration::from_micros(500 + random.below(60_000));
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path();
        let rounds = (10 + random.below(390)).to_string();
        let said = Victim::start(store, &[(ROUNDS, &rounds)]).kill_after(patience);
        let how = format!("killed after {patience:?}, {} calls", said.len());
        recoverers += recover(store, &mut random);
        let seen = see(store, "");
        check(&said, &seen, &how);
        check_end(&said, &seen, &how);
        check_remains(store, &how);
        kills += 1;
        alive += u32::from(said.contains(&FINISHED));
    }
    println!(
        "{kills} victims, of which {alive} finished before they were killed; {recoverers} killed while recovering"
    );
    assert!(kills > alive, "nobody was killed");
}

#[test]
fn nothing_that_four_processes_of_a_run_emitted_is_lost() {
    const WORKERS: [&str; 3] = ["rank:1", "rank:2", "rank:3"];
    let (start, mut kills, mut alive, mut attached, mut recoverers) = (Instant::now(), 0, 0, 0, 0);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    while start.elapsed() < patience() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path();
        let rounds = (10 + random.below(390)).to_string();
        let mut victims = vec![(String::new(), Victim::start(store, &[(ROUNDS, &rounds)]))];
        for worker in WORKERS {
            let environment =
                [(ROUNDS, rounds.as_str()), ("METALAB_ROLE", "worker"), ("METALAB_WORKER", worker)];
            victims.push((worker.replace(':', "."), Victim::start(store, &environment)));
        }
        // One after the other, in any order, mostly within a few milliseconds.
        let mut patience = Duration::from_micros(5_000 + random.below(80_000));
        let mut said = Vec::new();
        while !victims.is_empty() {
            let (label, victim) = victims.remove(random.below(victims.len() as u64) as usize);
            said.push((label, victim.kill_after(patience)));
            patience = Duration::from_micros(random.below(5_000));
        }
        recoverers += recover(store, &mut random);
        for (label, said) in &said {
            let how = format!("{label:?}, {} calls", said.len());
            let seen = see(store, label);
            check(said, &seen, &how);
            if let Some(record) = &seen.record {
                assert_ne!(record.get("status").unwrap().as_str(), Some("running"), "{how}");
            }
            kills += 1;
            alive += u32::from(said.contains(&FINISHED));
            attached += u32::from(!label.is_empty() && said.len() > 1);
        }
        check_remains(store, "four processes");
    }
    println!(
        "{kills} victims, of which {alive} finished before they were killed and {attached} were attached; \
         {recoverers} killed while recovering"
    );
    assert!(kills > alive && attached > 0, "nobody was killed");
}

#[test]
fn a_live_run_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let capture = open(directory.path());
    capture.log(Level::Info, "alive").unwrap();
    assert_eq!(metalab::recover(directory.path().to_str(), None, None).unwrap(), 0);
    assert_eq!(Capture::open(&options(directory.path())).unwrap_err().kind(), metalab::ErrorKind::Busy);
    capture.finish().unwrap();
    assert_eq!(see(directory.path(), "").record.unwrap().get("status").unwrap().as_str(), Some("success"));
}

#[test]
fn a_damaged_journal_gives_what_comes_before_the_damage() {
    // Patience until the victim has emitted enough.
    let (directory, journal) = (10..)
        .find_map(|patience| {
            let directory = tempfile::tempdir().unwrap();
            let victim = Victim::start(directory.path(), &[(STAYS, "1")]);
            let said = victim.kill_after(Duration::from_millis(patience * 3));
            let journal = std::fs::read_dir(directory.path().join("kill_1/.journal/victim")).ok()?.next()?;
            (said.len() > 300).then(|| (directory, journal.unwrap().path()))
        })
        .unwrap();
    // A bit of the middle of the first segment, a segment cut short, one that is none.
    let first = journal.join("segment-00000000");
    let mut bytes = std::fs::read(&first).unwrap();
    bytes[2049] ^= 4;
    bytes.truncate(90_001);
    std::fs::write(&first, bytes).unwrap();
    std::fs::write(journal.join("segment-00000009"), vec![0xFF; 4096]).unwrap();
    metalab::recover(directory.path().to_str(), Some("kill:1"), None).unwrap();
    let seen = see(directory.path(), "");
    let record = seen.record.unwrap();
    assert_eq!(record.get("status").unwrap().as_str(), Some("failed"));
    let warnings = record.get("warnings").unwrap().to_compact();
    assert!(warnings.contains("damaged") && warnings.contains("segment-00000000"), "{warnings}");
    assert!(!seen.points.is_empty());
}
