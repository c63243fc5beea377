//! `mlab prune`: removes runs.

mod manifests;
mod removal;

use std::ops::ControlFlow;

use metalab::read::{Filter, Query};

use crate::choose::{self, ExperimentName};
use crate::escape;
use crate::failure::{Answer, Failure, Result};
use crate::format;
use crate::global::Global;
use crate::keep::experiment::{self, Experiment};
use crate::output::Output;

use removal::Plan;

/// Removes the runs that a filter names, with all that belongs to them.
///
/// Without --yes, it only shows what would go. A run disappears at once, its record first: no reader sees half
/// of one. Runs that go on, and dead ones that can still be recovered, are never removed. Manifests of
/// experiments no longer list the runs that are gone. What a removal that was killed has left, the next one
/// removes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab prune 'status = failed'              shows what would go
  mlab prune 'status = failed' --yes        removes it
  mlab prune 'params.n < 64' -e heat:1.0 --yes
  mlab prune --leftovers --yes              files that belong to no run, copies that were broken off")]
pub struct Prune {
    /// Which runs: a filter, such as 'status = failed and params.n > 256'.
    #[arg(required_unless_present = "leftovers")]
    filter: Option<String>,
    /// Removes files that belong to no run, and copies that were broken off.
    #[arg(long)]
    leftovers: bool,
    /// Removes them. Without this, nothing is removed.
    #[arg(long, short = 'y')]
    yes: bool,
    #[command(flatten)]
    experiment: ExperimentName,
}

impl Prune {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let store = choose::store(global)?;
        let wanted = self.experiment.id(&store)?;
        let mut experiments = experiment::all(&store)?;
        experiments.retain(|one| wanted.is_none() || one.id == wanted);
        let mut plan = Plan::default();
        if let Some(filter) = &self.filter {
            check(filter)?;
            let query = Query { experiment: wanted.as_deref(), filter, ..Query::default() };
            plan.add_runs(&store, &query)?;
        }
        for one in &experiments {
            plan.add_begun(one)?;
            if self.leftovers {
                plan.add_leftovers(one)?;
            }
        }
        if self.yes {
            plan.remove(&store)?;
            index(global, &plan)?;
        }
        self.show(&plan, output)
    }

    fn show(&self, plan: &Plan, output: &mut Output) -> Result<Answer> {
        let runs: Vec<_> = plan.runs.iter().map(|run| (&run.experiment, &run.run_id, run.bytes)).collect();
        if output.is_json {
            let id = |one: &Experiment| one.id.clone();
            let listed: Vec<_> = runs
                .iter()
                .map(|(one, run_id, bytes)| {
                    serde_json::json!({"experiment_id": id(one), "run_id": run_id, "bytes": bytes})
                })
                .collect();
            let leftovers: Vec<_> = plan.leftovers.iter().map(|path| path.to_string_lossy()).collect();
            output.json(&serde_json::json!({
                "removed": self.yes, "runs": listed, "bytes": plan.bytes(), "leftovers": leftovers,
                "left_alone": plan.left,
            }))?;
            return Ok(Answer::Yes);
        }
        for (one, run_id, bytes) in &runs {
            let id = escape::line(one.id.as_deref().unwrap_or_default());
            output.line(format!("{} {id} {}", escape::line(run_id), format::bytes(*bytes)))?;
        }
        for path in &plan.leftovers {
            output.line(escape::line(&path.to_string_lossy()))?;
        }
        for left in &plan.left {
            output.line(escape::line(left))?;
        }
        let leftovers = match plan.leftovers.len() {
            0 => String::new(),
            count => format!(" and {count} leftovers"),
        };
        let (count, bytes) = (format::count(runs.len() as u64), format::bytes(plan.bytes()));
        output.line(match self.yes {
            true => format!("{count} runs{leftovers} removed, {bytes}"),
            false => format!("{count} runs{leftovers} would go, {bytes}; --yes removes them"),
        })?;
        Ok(Answer::Yes)
    }
}

/// A filter without a condition would remove everything, and nobody means that by a forgotten word.
fn check(filter: &str) -> Result<()> {
    match Filter::parse(filter)?.is_of_all() {
        true => Err(Failure::new("the filter has no condition").advice("'run_id != \"\"' names all runs")),
        false => Ok(()),
    }
}

/// Removes what is gone from the index of the store, if there is one.
fn index(global: &Global, plan: &Plan) -> Result<()> {
    if !global.has_index()? {
        return Ok(());
    }
    let mut ids: Vec<&str> = plan.runs.iter().filter_map(|run| run.experiment.id.as_deref()).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        metalab::index_rebuild(Some(&global.store), Some(id), &mut |_, _| ControlFlow::Continue(()))
            .map_err(|error| {
                let text = format!("the files are gone, and the index still lists them: {}", error.message());
                Failure::new(text).advice("`mlab index rebuild` makes it anew")
            })?;
    }
    Ok(())
}

/// The bytes of a run's files.
fn bytes_of(experiment: &Experiment, run_id: &str) -> Result<u64> {
    let mut paths = vec![experiment.record(run_id), experiment.derived(run_id)];
    paths.extend(experiment::tree(&experiment.artifacts(run_id))?);
    paths.extend(experiment::tree(&experiment.results(run_id))?);
    let size = |path: &std::path::PathBuf| std::fs::symlink_metadata(path).map_or(0, |found| found.len());
    Ok(paths.iter().map(size).sum())
}
