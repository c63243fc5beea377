//! The repairs that are due.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use metalab::Json;
use metalab::read::{RunStatus, Store, check_entry, read_small};

use super::artifacts;
use crate::failure::Result;
use crate::keep::experiment::{self, Experiment, is_hidden, stem_of};
use crate::keep::leftovers::is_abandoned;

/// A repair.
#[derive(Debug, Clone)]
pub struct Step {
    pub path: PathBuf,
    pub what: String,
    pub action: Action,
}

/// How it is made.
#[derive(Debug, Clone)]
pub enum Action {
    /// The file is renamed, so that readers skip it.
    SetAside,
    /// The file gets this content. Several steps may have the same.
    Write(Json),
    /// The file or directory is removed.
    Remove,
}

impl Step {
    pub fn new(path: &Path, what: impl Into<String>, action: Action) -> Self {
        Self { path: path.to_owned(), what: what.into(), action }
    }
}

/// All steps of an experiment.
pub fn of(store: &Store, experiment: &Experiment) -> Result<Vec<Step>> {
    let mut steps = of_experiment(store, experiment)?;
    let runs = if experiment.id.is_some() { experiment.runs()? } else { Default::default() };
    for run_id in runs {
        steps.extend(of_run(store, experiment, &run_id)?);
    }
    Ok(steps)
}

/// The steps that are of no run.
pub fn of_experiment(store: &Store, experiment: &Experiment) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    if let Some(meta) = if experiment.id.is_none() { meta(experiment)? } else { None } {
        let what =
            "does not say which experiment this is; it will say what the records do; then repair again";
        steps.push(Step::new(&experiment.meta(), what, Action::Write(meta)));
    }
    for directory in ["experiments", "derived"] {
        for path in experiment::entries(&experiment.root.join(directory))? {
            if stem_of(&path, ".json").is_some_and(|stem| !is_hidden(&stem)) && read_small(&path).is_err() {
                steps.push(Step::new(&path, "is no JSON; it is set aside", Action::SetAside));
            }
        }
    }
    for directory in [&experiment.root.join("runs"), &experiment.root.join("experiments"), store.collection()]
    {
        abandoned(directory, &mut steps)?;
    }
    Ok(steps)
}

/// The steps of a run; none of one that goes on, or has a journal.
pub fn of_run(store: &Store, experiment: &Experiment, run_id: &str) -> Result<Vec<Step>> {
    if !experiment::entries(&experiment.journal(run_id))?.is_empty() {
        return Ok(Vec::new());
    }
    let path = experiment.record(run_id);
    match read_small(&path) {
        Err(_) => return Ok(vec![Step::new(&path, "is no JSON; it is set aside", Action::SetAside)]),
        Ok(None) => return Ok(Vec::new()),
        Ok(Some(_)) => {}
    }
    // One that is no record, or of an experiment that is to be repaired first.
    let Ok(Some(run)) = store.find(experiment.id.as_deref(), run_id) else { return Ok(Vec::new()) };
    if !matches!(run.status(), RunStatus::Success | RunStatus::Failed | RunStatus::Cancelled) {
        return Ok(Vec::new());
    }
    let mut steps = artifacts::steps(&run, experiment)?;
    for path in experiment::tree(&experiment.results(run_id))? {
        let is_link = path.is_symlink();
        let is_entry = stem_of(&path, ".json").is_some_and(|stem| !is_hidden(&stem));
        if is_entry
            && !is_link
            && check_entry(&path).is_err_and(|error| error.kind() == metalab::ErrorKind::Damaged)
        {
            steps.push(Step::new(&path, "is no entry; it is set aside", Action::SetAside));
        }
    }
    abandoned(&experiment.results(run_id), &mut steps)?;
    abandoned(&experiment.artifacts(run_id), &mut steps)?;
    Ok(steps)
}

/// Temporary files of a directory that nobody has written for a while, and that are this user's.
fn abandoned(directory: &Path, steps: &mut Vec<Step>) -> Result<()> {
    // SAFETY: no preconditions.
    let user = unsafe { libc::geteuid() };
    for path in experiment::entries(directory)? {
        let is_ours = std::fs::symlink_metadata(&path).is_ok_and(|found| user == 0 || found.uid() == user);
        if is_ours && is_abandoned(&path) {
            steps.push(Step::new(
                &path,
                "a temporary file whose writer is gone; it is removed",
                Action::Remove,
            ));
        }
    }
    Ok(())
}

/// The content of `_meta.json` that the experiment's records amount to.
fn meta(experiment: &Experiment) -> Result<Option<Json>> {
    let directory = experiment::name_of(&experiment.root).unwrap_or_default();
    for run_id in experiment.runs()? {
        let Ok(Some(record)) = read_small(&experiment.record(&run_id)) else { continue };
        let Some(id) = record.str_at("experiment_id") else { continue };
        if metalab::name::check_experiment_id(id).is_ok() && metalab::name::experiment_dir(id) == directory {
            let members = [("schema_version", "0.1"), ("created_by", "metalab"), ("experiment_id", id)];
            return Ok(Some(Json::object(members)));
        }
    }
    Ok(None)
}
