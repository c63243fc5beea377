//! The runs and files that are to be removed, and their removal.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use metalab::read::{Query, Run, RunStatus, Store};

use super::manifests;
use crate::failure::Result;
use crate::keep::aside::{self, INCOMING, PRUNED};
use crate::keep::experiment::{self, Experiment};
use crate::keep::leftovers::orphans;
use crate::keep::lock::Lock;
use crate::keep::progress::Progress;
use crate::keep::whole;

/// A run that is to go.
#[derive(Debug)]
pub struct Doomed {
    pub experiment: Experiment,
    pub run_id: String,
    pub bytes: u64,
    /// When it began: a later attempt is another run.
    started: Option<std::time::SystemTime>,
}

/// The runs and files that are to go.
#[derive(Debug, Default)]
pub struct Plan {
    pub runs: Vec<Doomed>,
    /// Directories and files that belong to no run.
    pub leftovers: Vec<PathBuf>,
    /// Runs that are left alone, with the reason.
    pub left: Vec<String>,
    /// Runs whose removal was broken off.
    begun: Vec<(Experiment, String)>,
}

impl Plan {
    /// The bytes of the runs.
    pub fn bytes(&self) -> u64 {
        self.runs.iter().map(|run| run.bytes).sum()
    }

    /// Adds the runs of a query.
    pub fn add_runs(&mut self, store: &Store, query: &Query<'_>) -> Result<()> {
        let table = store.runs(query)?;
        let experiments = table.column("experiment_id");
        for (row, run_id) in table.run_ids().enumerate() {
            let id = match experiments.and_then(|column| column.get(row)) {
                Some(metalab::Value::Text(id)) => id.into_owned(),
                _ => continue,
            };
            let Some(run) = store.find(Some(&id), run_id)? else { continue };
            match reason_to_leave(&run) {
                Some(reason) => self.left.push(format!("{run_id} is left alone: {reason}")),
                None => self.add_run(&run)?,
            }
        }
        Ok(())
    }

    fn add_run(&mut self, run: &Run) -> Result<()> {
        let experiment = Experiment::of(run);
        let bytes = super::bytes_of(&experiment, run.id())?;
        let run_id = run.id().to_owned();
        self.runs.push(Doomed { experiment, run_id, bytes, started: run.started() });
        Ok(())
    }

    /// Adds the runs whose removal was broken off.
    pub fn add_begun(&mut self, experiment: &Experiment) -> Result<()> {
        for run_id in aside::begun(experiment, PRUNED)? {
            self.leftovers.push(aside::pruned(experiment, &run_id));
            self.begun.push((experiment.clone(), run_id));
        }
        Ok(())
    }

    /// Adds the files that belong to no run, and copies that were broken off.
    pub fn add_leftovers(&mut self, experiment: &Experiment) -> Result<()> {
        let incoming = aside::begun(experiment, INCOMING)?;
        self.leftovers.extend(incoming.iter().map(|run_id| aside::incoming(experiment, run_id)));
        self.leftovers.extend(orphans(experiment, &experiment.runs()?, &experiment.with_journals()?)?);
        Ok(())
    }

    /// Removes it: records first, then manifests of experiments, then everything else.
    pub fn remove(&mut self, store: &Store) -> Result<()> {
        let mut by_root = BTreeMap::<PathBuf, (Experiment, Vec<&Doomed>)>::new();
        for run in &self.runs {
            let entry = by_root.entry(run.experiment.root.clone());
            entry.or_insert_with(|| (run.experiment.clone(), Vec::new())).1.push(run);
        }
        for (experiment, _) in &self.begun {
            by_root.entry(experiment.root.clone()).or_insert_with(|| (experiment.clone(), Vec::new()));
        }
        let progress = Progress::runs(self.runs.len() as u64, "prune");
        let mut left = BTreeSet::new();
        for (experiment, runs) in by_root.values() {
            finish(experiment)?;
            let known = experiment.runs()?;
            for run in runs {
                if let Some(reason) = take_out(store, run, &known)? {
                    self.left.push(format!("{} is left alone: {reason}", run.run_id));
                    left.insert((experiment.root.clone(), run.run_id.clone()));
                }
                progress.add(1);
            }
            finish(experiment)?;
        }
        progress.end();
        self.runs.retain(|run| !left.contains(&(run.experiment.root.clone(), run.run_id.clone())));
        self.leftovers.iter().try_for_each(|path| aside::clear(path))
    }
}

/// Takes a run out of sight, unless there is a reason to leave it now: then returns that.
fn take_out(store: &Store, run: &Doomed, known: &BTreeSet<String>) -> Result<Option<&'static str>> {
    let _lock = Lock::take(&run.experiment, &run.run_id)?;
    let Some(now) = store.find(run.experiment.id.as_deref(), &run.run_id)? else { return Ok(None) };
    if now.started() != run.started {
        return Ok(Some("it has begun anew"));
    }
    if let Some(reason) = reason_to_leave(&now) {
        return Ok(Some(reason));
    }
    aside::take_out(&run.experiment, &run.run_id, known, true)?;
    Ok(None)
}

/// Removes all that is out of sight.
fn finish(experiment: &Experiment) -> Result<()> {
    let begun = aside::begun(experiment, PRUNED)?;
    if begun.is_empty() {
        return Ok(());
    }
    let known: BTreeSet<String> = experiment.runs()?.union(&begun).cloned().collect();
    let mut gone = BTreeSet::new();
    for run_id in &begun {
        let lock = Lock::take(experiment, run_id)?;
        aside::take_out(experiment, run_id, &known, false)?;
        if !experiment.record(run_id).exists() {
            gone.insert(run_id.clone());
        }
        drop(lock);
    }
    manifests::forget(experiment, &gone)?;
    for run_id in &begun {
        let _lock = Lock::take(experiment, run_id)?;
        if !experiment.record(run_id).exists() && !experiment.journal(run_id).exists() {
            whole::remove(&experiment.root.join(".locks").join(format!("{run_id}.lock")))?;
        }
        aside::clear(&aside::pruned(experiment, run_id))?;
    }
    Ok(())
}

/// Why a run is not removed, if there is a reason.
fn reason_to_leave(run: &Run) -> Option<&'static str> {
    let has_journal =
        experiment::entries(&Experiment::of(run).journal(run.id())).is_ok_and(|all| !all.is_empty());
    match run.status() {
        RunStatus::Running => Some("it goes on"),
        _ if has_journal => Some("it has a journal; `mlab recover` first"),
        _ => None,
    }
}
