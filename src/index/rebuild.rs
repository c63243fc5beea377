//! An index made anew of the files: what live indexing missed, what was lost, what others wrote.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::deliver::{Delivery, Refused, attempt};
use super::merge::{self, Holdings, Moment};
use super::pq::{Connection, Failure};
use super::rows::{self, DerivedRow, ResultRow, RunRow, Stamp};
use super::schema::within;
use super::send::{array, value};
use super::{catalog, client, remark};
use crate::base::environment::variable;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::{file, helper};
use crate::store::Address;
use crate::store::{Locator, read_json};

/// Runs and bytes that are brought in at once.
const BATCH_RUNS: usize = 1000;
const BATCH_BYTES: usize = 8 << 20;

/// How often runs that change meanwhile are read again.
const PASSES: usize = 3;

/// An experiment's directory and its runs.
pub(super) struct Experiment {
    pub root: PathBuf,
    /// The id in its `_meta.json`.
    pub id: Option<String>,
    pub runs: Vec<String>,
}

/// The rows that the reader found, each run once.
#[derive(Default)]
struct Found {
    runs: Vec<RunRow>,
    results: Vec<ResultRow>,
    derived: Vec<DerivedRow>,
    /// The server's clock before anything of it was read.
    read_at: Moment,
    /// Whose each run is that was looked at.
    roots: BTreeMap<String, PathBuf>,
    /// Files that can't be a row: the run, and why.
    refused: Vec<(String, String)>,
    /// The versions of the directories of data.
    stamps: BTreeMap<String, Option<Stamp>>,
    /// Runs that were looked at.
    count: u64,
    /// About how large it is.
    bytes: usize,
}

/// The refusals of runs, and of an experiment's manifests where there is no run: by directory and run.
type Refusals = BTreeMap<(PathBuf, String), Vec<String>>;

/// Makes the index of a store anew from its files, and says how many runs it has.
///
/// `locator` is a `postgresql://` one, or `METALAB_STORE` says it; `experiment` names one
/// experiment, else it is every one of the store. Runs whose files are gone are removed; rows of
/// experiments that the store does not have are left alone. `progress` is told how many runs of how
/// many are done, and may break it off: what is there by then stays. It may be done again at any time,
/// also while runs go on.
///
/// # Errors
/// When the store has no index, the server can't be had or does not let the role write. When
/// something can't be a row, [`ErrorKind::Incomplete`]: the rest is there. [`ErrorKind::Stopped`] when
/// `progress` broke it off.
pub fn rebuild(
    locator: Option<&str>,
    experiment: Option<&str>,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<u64> {
    let from_environment = variable("METALAB_STORE")?;
    let locator = Locator::parse(locator.or(from_environment.as_deref()).unwrap_or("./experiments"))?;
    let experiment = locator.experiment(experiment)?;
    let Locator::Postgres(address) = locator else { return Err(no_index()) };
    // A store that can't be read needs no server.
    experiments(address.file_root(), experiment.as_deref())?;
    let connection =
        client::connect(&address, Some(client::LONG_PATIENCE)).map_err(client::Refused::error)?;
    let (is_stopped, clock) = (Cell::new(false), AtomicI64::new(0));
    let job = Job { address: &address, connection: &connection, is_stopped, clock };
    job.look_at_clock().map_err(|failure| job.error(&failure))?;
    // Rows that are younger than this list are nobody's that is gone.
    let begun = job.clock.load(Ordering::Acquire);
    let experiments = experiments(address.file_root(), experiment.as_deref())?;
    let is_all = experiment.is_none();
    let done = job.run(&experiments, (begun, is_all), progress);
    done.map_err(|failure| job.error(&failure)).and_then(|(runs, refused)| match refused.first() {
        None => Ok(runs),
        Some(first) => {
            let text =
                format!("the index: {} rows can't be had, the files have them: {first}", refused.len());
            Err(Error::new(ErrorKind::Incomplete, text))
        }
    })
}

/// The error of a store that has no index.
pub(super) fn no_index() -> Error {
    let text =
        "the store is a directory without an index: its locator is to be postgresql://...?file_root=/path";
    Error::new(ErrorKind::Value, text)
}

/// The experiments below `collection`; and itself, where it is one.
pub(super) fn experiments(collection: &Path, wanted: Option<&str>) -> Result<Vec<Experiment>> {
    let entries = match std::fs::read_dir(collection) {
        Ok(entries) => entries,
        Err(source) => return Err(Error::io("read the store", collection, &source)),
    };
    let mut roots: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    roots.push(collection.to_owned());
    roots.sort();
    let mut found = Vec::new();
    for root in roots.into_iter().filter(|root| root.join("runs").is_dir()) {
        let meta = read_json(&root.join("_meta.json")).ok().flatten();
        let id = meta.and_then(|meta| meta.text_at("experiment_id"));
        if wanted.is_some() && id.as_deref() != wanted {
            continue;
        }
        let runs = run_ids(&root)?;
        found.push(Experiment { root, id, runs });
    }
    match wanted {
        Some(id) if found.is_empty() => {
            let text = format!("there is no experiment {id} in {}", collection.display());
            Err(Error::new(ErrorKind::NotFound, text))
        }
        _ => Ok(found),
    }
}

fn run_ids(root: &Path) -> Result<Vec<String>> {
    let directory = root.join("runs");
    let entries = std::fs::read_dir(&directory).map_err(|source| Error::io("read", &directory, &source))?;
    let mut ids: Vec<String> = entries
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".json")?.to_owned()))
        .filter(|id| !id.starts_with('.'))
        .collect();
    ids.sort();
    Ok(ids)
}

pub(super) fn record_path(root: &Path, run_id: &str) -> PathBuf {
    root.join("runs").join(format!("{run_id}.json"))
}

/// Reads the runs into `found`.
fn read(root: &Path, run_id: &str, found: &mut Found) {
    found.count += 1;
    found.roots.insert(run_id.to_owned(), root.to_owned());
    let mut refuse = |why: String| found.refused.push((run_id.to_owned(), why));
    // The record is read before what it speaks of: that is never older.
    let row = match rows::run(&record_path(root, run_id)) {
        Ok(Some(row)) => row,
        Ok(None) => return,
        Err(why) => return refuse(why),
    };
    let results = root.join("results").join(run_id);
    found.stamps.insert(run_id.to_owned(), Stamp::of(&results));
    for (name, path, _) in rows::result_files(&results) {
        match rows::result(run_id, &name, &path) {
            Ok(row) => {
                found.bytes += row.as_ref().map_or(0, ResultRow::size);
                found.results.extend(row);
            }
            Err(why) => refuse(why),
        }
    }
    match rows::derived(run_id, &root.join("derived").join(format!("{run_id}.json"))) {
        Ok(row) => found.derived.extend(row),
        Err(why) => refuse(why),
    }
    found.bytes += row.record_json.len();
    found.runs.push(row);
}

/// Reads runs ahead of who sends them, who tells `clock` the time on the server's.
fn read_ahead(runs: &[(PathBuf, String)], clock: &AtomicI64, to: &SyncSender<Found>) {
    let fresh = || Found { read_at: clock.load(Ordering::Acquire), ..Found::default() };
    let mut found = fresh();
    for (root, run_id) in runs {
        // A batch has a run once: two experiments may each have one of this id.
        let is_full = found.roots.len() >= BATCH_RUNS || found.bytes >= BATCH_BYTES;
        if (is_full || found.roots.contains_key(run_id))
            && to.send(std::mem::replace(&mut found, fresh())).is_err()
        {
            return;
        }
        read(root, run_id, &mut found);
    }
    // Nobody listens any more where sending has failed.
    let _ = to.send(found);
}

struct Job<'a> {
    address: &'a Address,
    connection: &'a Connection,
    /// True if the caller broke it off.
    is_stopped: Cell<bool>,
    /// The server's clock, or a moment before it.
    clock: AtomicI64,
}

impl Job<'_> {
    fn error(&self, failure: &Failure) -> Error {
        if self.is_stopped.get() {
            return Error::new(ErrorKind::Stopped, "the index: stopped as asked; a rebuild can go on later");
        }
        let message = self.address.scrub(&failure.message, &self.connection.options());
        Error::new(client::kind_of(failure), format!("the index: {message}"))
    }

    fn schema(&self) -> &str {
        &self.address.schema
    }

    fn run(
        &self,
        experiments: &[Experiment],
        (begun, is_all): (Moment, bool),
        progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> std::result::Result<(u64, Vec<String>), Failure> {
        let mut runs: Vec<(PathBuf, String)> = Vec::new();
        for experiment in experiments {
            runs.extend(experiment.runs.iter().map(|id| (experiment.root.clone(), id.clone())));
        }
        let total = runs.len() as u64;
        let mut indexed: BTreeSet<(PathBuf, String)> = BTreeSet::new();
        let mut refused = Refusals::new();
        let mut tell = |done: u64| match progress(done.min(total), total) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => {
                self.is_stopped.set(true);
                Err(Failure::lost("stopped"))
            }
        };
        tell(0)?;
        let mut done = 0;
        for _ in 0..PASSES {
            let mut again = Vec::new();
            let sent = self.send(&runs, &mut |mut found: Found| {
                self.bring_in(&mut found, &mut refused)?;
                for row in &found.runs {
                    let root = found.roots.get(&row.run_id).cloned().unwrap_or_default();
                    // A live run's process may have been faster with what it wrote meanwhile.
                    let results = Stamp::of(&root.join("results").join(&row.run_id));
                    if Stamp::of(&record_path(&root, &row.run_id)) != Some(row.stamp)
                        || found.stamps.get(&row.run_id) != Some(&results)
                    {
                        again.push((root.clone(), row.run_id.clone()));
                    }
                    indexed.insert((root, row.run_id.clone()));
                }
                done += found.count;
                tell(done)
            });
            if self.is_stopped.get() {
                // The rows brought in by then stay, and are counted.
                self.recount().inspect_err(|_| self.is_stopped.set(false))?;
            }
            sent?;
            if again.is_empty() {
                break;
            }
            runs = again;
        }
        for experiment in experiments {
            self.manifests(experiment, &mut refused)?;
            self.remove_gone(experiment, begun)?;
        }
        if is_all {
            self.remove_orphans(experiments, begun)?;
        }
        self.recount()?;
        let mut texts = Vec::new();
        for ((root, run_id), reasons) in refused {
            for why in reasons {
                if !run_id.is_empty() {
                    remark::leave(&root, &run_id, &why);
                }
                texts.push(why);
            }
        }
        Ok((indexed.len() as u64, texts))
    }

    /// Brings the catalog up to date, and waits until the server has everything on its disk.
    fn recount(&self) -> std::result::Result<(), Failure> {
        attempt(|| catalog::recount(self.connection, self.schema()))?;
        // Runs that ended while it was counted have not waited.
        attempt(|| catalog::count(self.connection, self.schema())).map(drop)
    }

    /// Looks at the server's clock, before which the next batch is read.
    fn look_at_clock(&self) -> std::result::Result<(), Failure> {
        self.clock.store(attempt(|| merge::clock(self.connection))?, Ordering::Release);
        Ok(())
    }

    /// Gives `take` the rows of `runs`, which a thread reads meanwhile.
    fn send(
        &self,
        runs: &[(PathBuf, String)],
        take: &mut dyn FnMut(Found) -> std::result::Result<(), Failure>,
    ) -> std::result::Result<(), Failure> {
        std::thread::scope(|scope| {
            let (to, from): (SyncSender<Found>, Receiver<Found>) = sync_channel(2);
            let clock = &self.clock;
            let body = move || read_ahead(runs, clock, &to);
            let reader = helper::spawn_scoped(scope, body);
            let reader = reader.map_err(|error| Failure::lost(format!("there can be no thread: {error}")))?;
            let taken = from.iter().try_for_each(take);
            // The reader ends when nobody listens.
            drop(from);
            match reader.join() {
                Ok(()) => taken,
                Err(_) => taken.and_then(|()| Err(Failure::lost("reading the files panicked"))),
            }
        })
    }

    /// Brings in what was found, and removes what those runs have no more.
    fn bring_in(&self, found: &mut Found, refused: &mut Refusals) -> std::result::Result<(), Failure> {
        let roots = found.roots.clone();
        let mut refuse = |run_id: &str, why: String| {
            let root = roots.get(run_id).cloned().unwrap_or_default();
            refused.entry((root, run_id.to_owned())).or_default().push(why);
        };
        found.refused.iter().for_each(|(run_id, why)| refuse(run_id, why.clone()));
        let mut holdings = Holdings::default();
        let delivery = Delivery::bulk(self.connection, self.address, found.read_at);
        let mut strangers = BTreeSet::new();
        delivery.runs(&found.runs, &mut |row, why| match why {
            None => {}
            Some(Refused::Row(why)) => refuse(&row.run_id, why),
            Some(Refused::Stranger(why)) => {
                strangers.insert(row.run_id.clone());
                refuse(&row.run_id, why);
            }
        })?;
        let (mut results, mut derived) = (BTreeSet::new(), BTreeSet::new());
        // The data of another run of that id stay.
        found.results.retain(|row| !strangers.contains(&row.run_id));
        found.derived.retain(|row| !strangers.contains(&row.run_id));
        delivery.results(&found.results, &mut |row, why| match why {
            None => drop(results.insert((row.run_id.clone(), row.name.clone()))),
            Some(why) => refuse(&row.run_id, why),
        })?;
        delivery.derived(&found.derived, &mut |row, why| match why {
            None => drop(derived.insert(row.run_id.clone())),
            Some(why) => refuse(&row.run_id, why),
        })?;
        let own = found.runs.iter().map(|row| row.run_id.as_str()).filter(|id| !strangers.contains(*id));
        holdings.runs.extend(own);
        holdings.results.extend(results.iter().map(|(run, name)| (run.as_str(), name.as_str())));
        holdings.derived.extend(derived.iter().map(String::as_str));
        attempt(|| merge::keep(self.connection, self.schema(), &holdings, Some(found.read_at)))?;
        self.look_at_clock()
    }

    fn manifests(&self, experiment: &Experiment, refused: &mut Refusals) -> std::result::Result<(), Failure> {
        let directory = experiment.root.join("experiments");
        let (rows, refusals) = rows::manifests(&directory);
        let mut refuse = |why: String| {
            refused.entry((experiment.root.clone(), String::new())).or_default().push(why);
        };
        refusals.into_iter().for_each(&mut refuse);
        let delivery = Delivery::live(self.connection, self.address);
        delivery.manifests(&rows, &mut |_, why| why.into_iter().for_each(&mut refuse))?;
        let Some(id) = &experiment.id else { return Ok(()) };
        let table = "{s}.experiment_manifests WHERE experiment_id = $1";
        let select = within(self.schema(), &format!("SELECT timestamp FROM {table}"));
        let known = self.connection.run_alone(&select, &[value(id.as_str())])?;
        let is_gone =
            |timestamp: &String| !rows::manifests(&directory).0.iter().any(|row| row.timestamp == *timestamp);
        let known = known.into_iter().filter_map(|mut row| row.pop().flatten());
        let known = known.filter(|timestamp| !rows.iter().any(|row| row.timestamp == *timestamp));
        let gone: Vec<String> = known.filter(is_gone).collect();
        if gone.is_empty() {
            return Ok(());
        }
        let delete = within(self.schema(), &format!("DELETE FROM {table} AND timestamp = ANY($2::text[])"));
        self.connection.run_alone(&delete, &[value(id.as_str()), array(&gone)]).map(drop)
    }

    /// Removes the experiment's runs that have no file.
    fn remove_gone(&self, experiment: &Experiment, begun: Moment) -> std::result::Result<(), Failure> {
        let Some(id) = &experiment.id else { return Ok(()) };
        let select = within(self.schema(), "SELECT run_id FROM {s}.runs WHERE experiment_id = $1");
        let known = self.connection.run_alone(&select, &[value(id.as_str())])?;
        let known = known.into_iter().filter_map(|mut row| row.pop().flatten());
        // One that has begun meanwhile was not listed, but has its file.
        let is_gone = |run: &String| {
            experiment.runs.binary_search(run).is_err()
                && !run.contains('/')
                && file::is_gone(&record_path(&experiment.root, run))
        };
        let gone: Vec<String> = known.filter(is_gone).collect();
        for piece in gone.chunks(BATCH_RUNS) {
            let ids: Vec<&str> = piece.iter().map(String::as_str).collect();
            attempt(|| merge::remove(self.connection, self.schema(), &ids, begun))?;
        }
        Ok(())
    }

    /// Removes data of runs that neither the index nor the store has.
    fn remove_orphans(&self, experiments: &[Experiment], begun: Moment) -> std::result::Result<(), Failure> {
        let is_gone = |run: &String| {
            let is_gone_there = |experiment: &Experiment| file::is_gone(&record_path(&experiment.root, run));
            !run.contains('/') && experiments.iter().all(is_gone_there)
        };
        let orphans = merge::orphans(self.connection, self.schema())?;
        let gone: Vec<String> = orphans.into_iter().filter(is_gone).collect();
        for piece in gone.chunks(BATCH_RUNS) {
            let ids: Vec<&str> = piece.iter().map(String::as_str).collect();
            attempt(|| merge::remove(self.connection, self.schema(), &ids, begun))?;
        }
        Ok(())
    }
}
