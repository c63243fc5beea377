//! `mlab index`: the index of a store in PostgreSQL.

use std::ops::ControlFlow;

use crate::choose::{self, ExperimentName};
use crate::escape;
use crate::failure::{Answer, Failure, Result};
use crate::format;
use crate::global::Global;
use crate::keep::progress::Progress;
use crate::output::Output;

/// Compares the index in PostgreSQL with the files, or makes it anew.
///
/// The store's locator says where the index is: postgresql://user@host/db?file_root=/path. The files are the
/// truth; an index that is lost loses nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab --store 'postgresql://me@db/runs?file_root=/project/experiments' index status
  mlab index rebuild")]
pub struct Index {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Compares rows with files; the exit status is 1 if they differ.
    Status(ExperimentName),
    /// Makes the rows anew from the files.
    Rebuild(ExperimentName),
}

impl Index {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        if !global.has_index()? {
            let text = format!("the store {} has no index", global.store);
            return Err(Failure::new(text).advice("its locator is to be postgresql://...?file_root=/path"));
        }
        let store = choose::store(global)?;
        match &self.action {
            Action::Status(experiment) => status(global, experiment.id(&store)?.as_deref(), output),
            Action::Rebuild(experiment) => rebuild(global, experiment.id(&store)?.as_deref(), output),
        }
    }
}

fn status(global: &Global, experiment: Option<&str>, output: &mut Output) -> Result<Answer> {
    let status = metalab::index_status(Some(&global.store), experiment)?;
    let groups = [
        ("missing", "has no row", &status.missing),
        ("stale", "has a row of an earlier state", &status.stale),
        ("extra", "is a row without a file", &status.extra),
    ];
    if output.is_json {
        let mut json = serde_json::json!({"runs": status.runs, "rows": status.rows});
        for (key, _, runs) in groups {
            json[key] = runs
                .iter()
                .map(|(id, run)| serde_json::json!({"experiment_id": id, "run_id": run}))
                .collect();
        }
        output.json(&json)?;
    } else {
        for (_, what, runs) in groups {
            for (id, run_id) in runs {
                output.line(escape::line(&format!("{run_id} of {id}: {what}")))?;
            }
        }
        output.line(format!("{} runs, {} rows", format::count(status.runs), format::count(status.rows)))?;
    }
    let is_same = groups.iter().all(|(_, _, runs)| runs.is_empty());
    Ok(if is_same { Answer::Yes } else { Answer::No })
}

fn rebuild(global: &Global, experiment: Option<&str>, output: &mut Output) -> Result<Answer> {
    let progress = Progress::runs(0, "index");
    let rebuilt = metalab::index_rebuild(Some(&global.store), experiment, &mut |done, total| {
        progress.set(done, total);
        ControlFlow::Continue(())
    });
    progress.end();
    let count = rebuilt?;
    match output.is_json {
        true => output.json(&serde_json::json!({"runs": count}))?,
        false => output.line(format!("{} runs are in the index", format::count(count)))?,
    }
    Ok(Answer::Yes)
}
