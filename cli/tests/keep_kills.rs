//! `mlab relocate`, `copy` and `prune`, killed at random points: the store is whole each time, and the next
//! one completes what was begun.
//!
//! `METALAB_KILL_ROUNDS` says how many kills; 20 without it.

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Ended, Store};
use metalab::read::{self, Query};

/// Runs of the store.
const RUNS: usize = 6;

fn mlab(store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlab"));
    command.arg("--store").arg(store).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Numbers that are the same each time.
struct Random(u64);

impl Random {
    /// A number from 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Runs the command, and kills it after so long. Returns true if it was killed before its end.
fn killed(mut command: Command, after: Duration) -> bool {
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    while begun.elapsed() < after {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

fn copy_tree(from: &Path, to: &Path) {
    assert!(Command::new("cp").args(["-a", "--"]).args([from, to]).status().unwrap().success());
}

/// Every run that is listed is there with all that it has; nothing is damaged. Returns how many.
#[track_caller]
fn whole(place: &Path) -> usize {
    if !place.exists() {
        return 0;
    }
    let verified = Ended::of(&mut mlab(place, &["verify", "--json"]));
    assert_eq!(verified.status, 0, "{verified:?}");
    let store = read::Store::open(place.to_str().unwrap()).unwrap();
    let table = store.runs(&Query::default()).unwrap();
    assert!(table.problems().is_empty(), "{:?}", table.problems());
    for run_id in table.run_ids() {
        let run = store.run(None, run_id).unwrap();
        assert_eq!(run.series("loss").unwrap().unwrap().len(), 1, "{run_id}");
        assert_eq!(run.artifacts().unwrap().len(), 2, "{run_id}");
        assert!(!run.log("run", 0, 1 << 20).unwrap().is_empty(), "{run_id}");
    }
    table.len()
}

/// A directory in memory, where the machine has that: what the disk does with a sync is not the question.
fn memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// How long the command takes when it is left alone.
fn time(mut command: Command) -> Duration {
    let begun = Instant::now();
    assert!(command.output().unwrap().status.success());
    begun.elapsed()
}

#[test]
fn a_command_that_is_killed_leaves_the_store_whole() {
    let rounds = std::env::var("METALAB_KILL_ROUNDS").map_or(20, |text| text.parse().unwrap());
    let origin = Store::new();
    (0..RUNS).for_each(|number| origin.full(&format!("run{number}"), number as i64));
    let place = memory();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut times = [Duration::ZERO; 3];
    let mut kills = 0;
    let mut round = 0;
    while kills < rounds {
        let which = round % 3;
        let (store, other) = (place.path().join(format!("a{round}")), place.path().join(format!("b{round}")));
        copy_tree(origin.path(), &store);
        let to = other.to_str().unwrap();
        let arguments: &[&str] = match which {
            0 => &["relocate"],
            1 => &["copy", "--filter", "params.n >= 0", to],
            _ => &["prune", "params.n < 4", "--yes"],
        };
        if round < 3 {
            times[which] = time(mlab(&store, arguments));
            round += 1;
            continue;
        }
        round += 1;
        let after = times[which].mul_f64(random.next());
        kills += usize::from(killed(mlab(&store, arguments), after));
        let left = whole(&store);
        assert!(which == 2 || left == RUNS, "{arguments:?}: {left}");
        whole(&other);
        let done = Ended::of(&mut mlab(&store, arguments));
        assert_eq!(done.status, 0, "{done:?}");
        assert_eq!(whole(&store), if which == 2 { RUNS - 4 } else { RUNS }, "{arguments:?}");
        assert_eq!(whole(&other), if which == 1 { RUNS } else { 0 });
        for place in [&store, &other] {
            let root = place.join("heat_1.0");
            assert!(!root.join(".pruned").exists() && !root.join(".incoming").exists(), "{arguments:?}");
        }
        std::fs::remove_dir_all(&store).unwrap();
        let _ = std::fs::remove_dir_all(&other);
    }
}
