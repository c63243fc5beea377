//! Finds the runs that are watched where none is named: those that go on, and those that begin meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use metalab::read::{Query, Run, RunStatus, Store, Table, Values};

use super::model::{Model, lock};
use super::reader;
use crate::failure::{Failure, Result};

/// How often runs are looked for.
const EVERY: Duration = Duration::from_secs(1);

/// The part of the time that looking takes, at most, is one in this many.
const SHARE: u32 = 50;

/// Runs that are watched together, at most: those that have ended make place for others.
const MOST: usize = 8;

/// The runs that go on, the oldest first; if there is none, the newest of all.
pub fn first(store: &Store, experiment: Option<&str>) -> Result<Vec<Run>> {
    let found = running(store, experiment, &BTreeSet::new())?;
    if !found.is_empty() {
        return Ok(found);
    }
    Ok(store.newest(&Query { experiment, ..Query::default() })?.into_iter().collect())
}

/// The runs that go on and are not known, the oldest first, not more than are watched together.
fn running(store: &Store, experiment: Option<&str>, known: &BTreeSet<(String, String)>) -> Result<Vec<Run>> {
    let query = Query { experiment, filter: "status = running", ..Query::default() };
    let table = store.runs(&query)?;
    let mut found = Vec::new();
    for (experiment, id) in (0..table.len()).filter_map(|row| name(&table, row)) {
        if !known.contains(&(experiment.clone(), id.clone())) && found.len() < MOST {
            // One that is gone meanwhile is none.
            found.extend(store.find(Some(&experiment), &id)?);
        }
    }
    found.reverse();
    Ok(found)
}

fn name(table: &Table, row: usize) -> Option<(String, String)> {
    let text = |name: &str| match &table.column(name)?.values {
        Values::Text(texts) => texts.get(row).map(str::to_owned),
        _ => None,
    };
    Some((text("experiment_id")?, text("run_id")?))
}

/// Looks for runs that begin, in a thread of its own, and has each read.
pub fn start(model: &Arc<Model>, store: Store, experiment: Option<String>, interval: Duration) -> Result<()> {
    let model = model.clone();
    let find = move || {
        let mut pause = EVERY;
        loop {
            let start = Instant::now();
            while start.elapsed() < pause {
                std::thread::sleep(Duration::from_millis(100));
                if model.is_over.load(Ordering::Relaxed) {
                    return;
                }
            }
            let start = Instant::now();
            // A run that can't be read for the moment is there the next time.
            for run in running(&store, experiment.as_deref(), &known(&model)).unwrap_or_default() {
                make_place(&model);
                if reader::start(&model, run, interval).is_err() {
                    return;
                }
            }
            pause = EVERY.max(start.elapsed() * SHARE);
        }
    };
    let started = std::thread::Builder::new().name("finder".into()).spawn(find);
    started.map(drop).map_err(|error| Failure::new(format!("cannot start a thread: {error}")))
}

fn known(model: &Model) -> BTreeSet<(String, String)> {
    let runs = model.runs();
    runs.iter().map(|run| lock(run)).map(|run| (run.experiment.clone(), run.id.clone())).collect()
}

/// Lets go of a run that has ended: of the one that was shown because none went on, and of the oldest where
/// there are many.
fn make_place(model: &Model) {
    let runs = model.runs();
    let is_over = |run: &&super::model::OneRun| lock(run).status != RunStatus::Running;
    let was_alone = runs.len() == 1 && lock(&runs[0]).was_over;
    let is_full = runs.len() >= MOST || was_alone;
    if let Some(run) = runs.iter().filter(|_| is_full).find(is_over) {
        model.remove(run);
    }
}
