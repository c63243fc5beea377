//! `mlab recover`: runs whose process died.

use std::path::PathBuf;

use metalab::read::{Run, RunStatus, Store};

use crate::choose::{self, ExperimentName};
use crate::escape;
use crate::failure::{Answer, Result};
use crate::global::Global;
use crate::keep::experiment;
use crate::output::Output;

/// Recovers the runs whose process died: they end as failed, with everything that they had emitted.
///
/// Runs that go on are left alone. Whether a process of another host lives can't be asked: its runs are left
/// until --host or --job says that it is over. A process that still runs there stops writing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab recover
  mlab recover --host node17             node17 is gone, or none of its processes uses the store
  mlab recover --job 4711 --job 4712     these jobs of SLURM are over
  mlab recover --journal /dev/shm/journals")]
pub struct Recover {
    /// Takes over the runs of this host, which is gone.
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// Takes over the runs of this job, which is over.
    #[arg(long, value_name = "JOB")]
    job: Vec<String>,
    /// Where journals are, if not in the store.
    #[arg(long, env = "METALAB_JOURNAL", value_name = "DIRECTORY")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    experiment: ExperimentName,
}

impl Recover {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let store = choose::store(global)?;
        let wanted = self.experiment.id(&store)?;
        let before = unfinished(&store, wanted.as_deref())?;
        let hosts: Vec<&str> = self.host.iter().map(String::as_str).collect();
        let jobs: Vec<&str> = self.job.iter().map(String::as_str).collect();
        // The library takes a collection; with the locator, an index as well.
        let locator = match store.limit() {
            Some(_) if !global.has_index()? => store.collection().to_string_lossy().into_owned(),
            _ => global.store.clone(),
        };
        let limit = wanted.as_deref().or(store.limit());
        let done = metalab::recover_gone(Some(&locator), limit, self.journal.as_deref(), &hosts, &jobs)?;
        let after: Vec<Run> = before
            .iter()
            .filter_map(|(experiment, run_id)| store.find(Some(experiment), run_id).ok().flatten())
            .collect();
        show(&after, &done, output)
    }
}

/// The runs that have a journal.
fn unfinished(store: &Store, wanted: Option<&str>) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for one in experiment::all(store)? {
        let Some(id) = one.id.clone().filter(|id| wanted.is_none_or(|wanted| wanted == id)) else { continue };
        found.extend(one.with_journals()?.into_iter().map(|run_id| (id.clone(), run_id)));
    }
    Ok(found)
}

fn show(runs: &[Run], done: &metalab::Recovered, output: &mut Output) -> Result<Answer> {
    let error =
        |run: &Run| run.error().and_then(|error| error.str_at("message")).unwrap_or_default().to_owned();
    if output.is_json {
        let listed: Vec<_> = runs
            .iter()
            .map(|run| {
                serde_json::json!({
                    "experiment_id": run.experiment_id(), "run_id": run.id(), "status": run.status().text(),
                    "error": error(run), "host": run.provenance().str_at("host"),
                })
            })
            .collect();
        output.json(&serde_json::json!({
            "recovered": done.runs, "elsewhere": done.elsewhere, "remark": done.remark, "runs": listed,
        }))?;
        return Ok(Answer::Yes);
    }
    for run in runs {
        let host = run.provenance().str_at("host").unwrap_or("an unknown host");
        let what = match run.status() {
            RunStatus::Running if done.elsewhere.contains_key(host) => {
                format!("is left: its process was on {host}, which can't be asked from here")
            }
            RunStatus::Running => format!("goes on, on {host}"),
            RunStatus::Dead => "is dead, and could not be recovered yet".to_owned(),
            status => format!("recovered as {}: {}", status.text(), error(run)),
        };
        output.line(escape::line(&format!("{} {}: {what}", run.id(), run.experiment_id())))?;
    }
    for (host, count) in &done.elsewhere {
        let host = escape::line(host);
        output.line(format!(
            "{count} runs were left by processes of {host}. If that host is gone: mlab recover --host {host}"
        ))?;
    }
    if let Some(remark) = done.remark.as_ref().filter(|_| done.elsewhere.is_empty()) {
        output.line(escape::line(remark))?;
    }
    output.line(format!("{} runs recovered", done.runs))?;
    Ok(Answer::Yes)
}
