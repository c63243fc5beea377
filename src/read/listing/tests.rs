//! Tests of the cache: what it keeps, and that nothing of it is believed too long.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::read::column::Values;
use crate::read::filter::Filter;
use crate::read::table::Table;

const MARK: &str = "from the cache";

/// A store of one experiment, and a cache beside it.
struct Place {
    _directory: tempfile::TempDir,
    root: PathBuf,
    cache: Cache,
}

fn record(run_id: &str, status: &str, n: i64) -> String {
    format!(
        r#"{{"run_id": "{run_id}", "experiment_id": "e:1", "status": "{status}", "tags": ["a"],
        "started_at": "2026-11-23T08:18:15.{n:06}", "finished_at": "2026-11-23T09:18:15.000001", "duration_ms": {n},
        "params_resolved": {{"n": {n}, "solver": {{"tol": 0.5, "xs": [1, 2]}}, "none": null, "big": 18446744073709551615,
        "scheme": "s{n}", "empty": {{}}}}, "metrics": {{"loss": NaN, "done": true}}, "notes": "a note",
        "error": {{"message": "é"}}}}"#
    )
}

impl Place {
    fn new(count: i64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("store/e_1");
        std::fs::create_dir_all(root.join("runs")).unwrap();
        let cache = Cache::at(directory.path().join("cache"));
        let place = Self { _directory: directory, root, cache };
        (0..count).for_each(|n| place.write(&format!("r{n}"), "success", n));
        place
    }

    fn path(&self, run_id: &str) -> PathBuf {
        self.root.join("runs").join(format!("{run_id}.json"))
    }

    /// Writes a record as every writer does.
    fn write(&self, run_id: &str, status: &str, n: i64) {
        let temporary = self.root.join(format!("runs/.{run_id}.new"));
        std::fs::write(&temporary, record(run_id, status, n)).unwrap();
        std::fs::rename(temporary, self.path(run_id)).unwrap();
    }

    fn read_at(&self, now: Moment) -> (Rows, usize) {
        let mut problems = Vec::new();
        let of = Runs { root: &self.root, now, known: &Arc::default() };
        let rows = rows(&of, Some(&self.cache), &mut problems).unwrap();
        (rows, problems.len())
    }

    /// Of each run, where its row is from, its status and its parameter.
    fn read(&self) -> BTreeMap<String, (String, String, i64)> {
        let (rows, _) = self.read_at(later());
        let one = |row| {
            let text = |field| rows.text(row, field).to_owned();
            let n = rows.field("params.n").and_then(|cells| cells.integer(row)).unwrap_or(-1);
            (text("run_id"), (text("experiment_id"), text("status"), n))
        };
        let found: BTreeMap<_, _> = (0..rows.len()).map(one).collect();
        assert_eq!(found.len(), rows.len() as usize);
        found
    }

    fn count_marked(&self) -> usize {
        self.read().values().filter(|(from, ..)| from == MARK).count()
    }

    /// Has the cache say of each of its runs where its row is from.
    fn mark(&self) {
        let mut saved = self.cache.load(&self.root).unwrap();
        let mut rows = Rows::default();
        for row in 0..saved.rows.len() {
            let run_id = saved.rows.text(row, "run_id").to_owned();
            let recorded = "success".to_owned();
            rows.push(&Row { run_id, recorded, experiment_id: MARK.to_owned(), ..Row::default() });
        }
        saved.rows = rows;
        self.cache.save(&self.root, &saved);
    }

    fn saved_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.root.join("../../cache"));
        entries.map_or(Vec::new(), |entries| entries.map(|entry| entry.unwrap().path()).collect())
    }
}

/// A time at which everything that is there is old.
fn later() -> Moment {
    Moment::from_nanos(Moment::now().nanos() + 3_600_000_000_000)
}

/// All that can be seen of rows.
fn shown(rows: &Rows) -> String {
    let mut order: Vec<u32> = (0..rows.len()).collect();
    order.sort_by(rows.newest_first());
    let table = Table::of(rows, &order, order.len(), Vec::new());
    let fits = |filter: &str| {
        let filter = Filter::parse(filter).unwrap();
        order.iter().filter(|row| filter.is_true(&rows.row(**row))).count()
    };
    let filters = [
        "params.n > 3 and tag = a",
        "params.solver exists and params.solver.tol = 0.5",
        "params.none exists",
        "params.empty exists",
        "notes ~ note and error = 'é' and not params.big = 1",
        "duration_ms exists",
    ];
    format!("{:?} {:?}", table.columns(), filters.map(fits))
}

#[test]
fn a_row_has_the_facts_of_its_record_with_a_cache_and_without_one() {
    let place = Place::new(600);
    place.write("r7", "failed", 7);
    place.write("r8", "running", 8);
    place.write("r9", "strange", 9);
    std::fs::write(place.path("r10"), "{").unwrap();
    let of = Runs { root: &place.root, now: later(), known: &Arc::default() };
    let without = rows(&of, None, &mut Vec::new()).unwrap();
    let wanted = shown(&without);
    assert!(wanted.ends_with("[595, 599, 0, 599, 599, 598]"), "{}", &wanted[wanted.len() - 100..]);
    for _ in 0..2 {
        let (rows, problems) = place.read_at(later());
        assert_eq!((shown(&rows), problems), (wanted.clone(), 1));
    }
    // Nothing of what may change alone is in it.
    let saved = place.cache.load(&place.root).unwrap();
    assert_eq!((saved.others, saved.rows.len()), (vec!["r10".to_owned(), "r8".to_owned()], 598));
    let table = Table::of(&without, &[0], 1, Vec::new());
    assert_eq!(table.column("params.solver.tol").unwrap().values, Values::Float(vec![0.5]));
    assert!(table.column("params.empty").is_none());
}

#[test]
fn what_has_not_changed_is_not_read_again() {
    let place = Place::new(600);
    assert_eq!(place.count_marked(), 0);
    place.mark();
    assert_eq!(place.count_marked(), 600);
    // Edited in place: seen when the directory changes.
    std::fs::write(place.path("r1"), record("r1", "failed", 1000)).unwrap();
    assert_eq!(place.count_marked(), 600);
    place.write("new", "success", 5);
    let found = place.read();
    assert_eq!((found.len(), found["r1"].clone()), (601, ("e:1".to_owned(), "failed".to_owned(), 1000)));
    assert_eq!(place.count_marked(), 599);
}

#[test]
fn what_comes_goes_changes_or_ends_is_seen() {
    let place = Place::new(600);
    place.write("goes on", "running", 1);
    place.read();
    place.mark();
    std::fs::remove_file(place.path("r0")).unwrap();
    place.write("r1", "failed", 1);
    place.write("r2", "success", 77);
    place.write("new", "success", 5);
    place.write("goes on", "success", 9);
    // A link's file may change where nobody looks.
    std::fs::write(place.root.join("elsewhere"), record("r3", "success", 1)).unwrap();
    std::fs::remove_file(place.path("r3")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", place.path("r3")).unwrap();
    for n in [1, 2] {
        let found = place.read();
        assert_eq!(found.len(), 601);
        assert!(!found.contains_key("r0"));
        for (run_id, status, n) in [
            ("r1", "failed", 1),
            ("r2", "success", 77),
            ("new", "success", 5),
            ("goes on", "success", 9),
            ("r3", "success", n),
        ] {
            assert_eq!(found[run_id], ("e:1".to_owned(), status.to_owned(), n), "{run_id}");
        }
        assert_eq!(found.values().filter(|(from, ..)| from == MARK).count(), 596);
        std::fs::write(place.root.join("elsewhere"), record("r3", "success", 2)).unwrap();
    }
}

#[test]
fn a_run_that_goes_on_is_judged_each_time() {
    let place = Place::new(600);
    place.write("r5", "running", 5);
    assert_eq!(place.read()["r5"].1, "running");
    // Its only member has left a directory, and is dead.
    std::fs::create_dir_all(place.root.join(".journal/r5/owner")).unwrap();
    place.mark();
    assert_eq!(place.read()["r5"].1, "dead");
    assert_eq!(place.count_marked(), 599);
}

#[test]
fn what_is_younger_than_a_clocks_step_is_not_believed() {
    let place = Place::new(600);
    let newest = std::fs::metadata(place.root.join("runs")).unwrap();
    let step = |seconds: u64| {
        use std::os::unix::fs::MetadataExt as _;
        Moment::from_nanos((newest.mtime() as u64 + seconds) * 1_000_000_000)
    };
    place.read_at(step(1));
    assert!(place.cache.load(&place.root).is_none());
    place.read_at(step(5));
    assert!(place.cache.load(&place.root).unwrap().directory.is_some());
    place.mark();
    // A record that is old in a directory that is not: each one is looked at.
    place.write("new", "success", 1);
    place.read_at(Moment::from_nanos(0));
    assert_eq!(place.count_marked(), 600);
    let saved = place.cache.load(&place.root).unwrap();
    // The directory has been quiet, so it was kept.
    assert_eq!((saved.rows.len(), saved.directory.is_some()), (601, true));
}

#[test]
fn a_damaged_cache_is_ignored_and_written_again() {
    let place = Place::new(600);
    let wanted = place.read();
    let [file] = &place.saved_files()[..] else { panic!() };
    let whole = std::fs::read(file).unwrap();
    let damaged = |bytes: &[u8]| {
        std::fs::write(file, bytes).unwrap();
        assert!(place.cache.load(&place.root).is_none());
        assert_eq!(place.read(), wanted);
        assert_eq!(std::fs::read(file).unwrap(), whole);
    };
    for at in (0..whole.len()).step_by(whole.len() / 7) {
        damaged(&whole[..at]);
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        damaged(&bytes);
    }
    damaged(&[&whole[..], b"x"].concat());
    // A file of another store under this name.
    let other = Place::new(600);
    other.read();
    damaged(&std::fs::read(&other.saved_files()[0]).unwrap());
    std::fs::remove_file(file).unwrap();
    std::fs::create_dir(file).unwrap();
    assert_eq!(place.read(), wanted);
}

#[test]
fn few_runs_and_places_that_cannot_be_written_have_no_cache() {
    let few = Place::new(100);
    few.read();
    assert!(few.saved_files().is_empty());
    let mut place = Place::new(500);
    std::fs::write(place.root.join("../../cache"), b"").unwrap();
    assert_eq!(place.read().len(), 500);
    place.cache = Cache::at(PathBuf::from("/proc/none"));
    assert_eq!(place.read().len(), 500);
}

#[test]
fn readers_and_writers_at_the_same_time_see_whole_tables() {
    let place = Place::new(600);
    let goes_on = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let read = || {
            let mut last = 0;
            while goes_on.load(Ordering::Acquire) {
                let found = place.read();
                let whole = |(run_id, (from, _, n)): (&String, &(String, String, i64))| {
                    from == "e:1" && run_id[1..].parse() == Ok(*n)
                };
                assert!(found.len() >= last.max(600) && found.iter().all(whole), "{}", found.len());
                last = found.len();
            }
        };
        let readers = [scope.spawn(read), scope.spawn(read)];
        (600..700).for_each(|n| place.write(&format!("r{n}"), "success", n));
        goes_on.store(false, Ordering::Release);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    assert_eq!(place.read().len(), 700);
}
