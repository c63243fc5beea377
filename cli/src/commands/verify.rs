//! `mlab verify`: every file of a store against what is noted of it.

mod finding;
mod index;
pub mod list;
mod run;
mod work;

use metalab::read::Store;

pub use finding::{Finding, Kind};

use crate::choose::{self, ExperimentName};
use crate::failure::{Answer, Result};
use crate::format;
use crate::global::Global;
use crate::keep::experiment;
use crate::output::Output;

/// Checks a store, or runs of it: every hash, every CRC, every file against what is noted of it.
///
/// Each finding is a line. What is damaged has lost something. What is left over does no harm: of processes
/// that were killed, of copies that were broken off. The exit status is 1 if something is damaged.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab verify                       the whole store
  mlab verify latest                one run
  mlab verify /archive/experiments  another store
  mlab verify --json | jq -r '.findings[] | select(.kind == \"damaged\").path'")]
pub struct Verify {
    /// Runs, or one directory that is a store; without them, the whole store.
    #[arg(value_name = "STORE|RUN")]
    names: Vec<String>,
    #[command(flatten)]
    experiment: ExperimentName,
}

/// The runs, files and bytes that were looked at.
#[derive(Debug, Default)]
pub struct Account {
    pub runs: u64,
    pub files: u64,
    pub bytes: u64,
    pub findings: Vec<Finding>,
}

impl Verify {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let (store, names) = self.store(global)?;
        let wanted = self.experiment.id(&store)?;
        let account = match names.is_empty() {
            true => {
                let mut experiments = experiment::all(&store)?;
                experiments.retain(|one| wanted.is_none() || one.id == wanted);
                let mut account = look(&store, &experiments)?;
                account.findings.extend(index::findings(global, wanted.as_deref(), &experiments)?);
                account
            }
            false => {
                let runs: Result<Vec<_>> =
                    names.iter().map(|name| choose::run(&store, wanted.as_deref(), name)).collect();
                let runs = runs?;
                let mut list = list::List::default();
                runs.iter().try_for_each(|run| list.run(run))?;
                work::done(list)
            }
        };
        show(account, output)
    }

    /// The store that is named, or the usual one with the names of runs.
    fn store(&self, global: &Global) -> Result<(Store, &[String])> {
        match self.names.as_slice() {
            [name] if name.contains('/') || std::path::Path::new(name).is_dir() => {
                let global = Global { store: name.clone(), json: global.json, color: global.color };
                Ok((choose::store(&global)?, &[]))
            }
            names => Ok((choose::store(global)?, names)),
        }
    }
}

/// Looks at everything of these experiments.
pub fn look(store: &Store, experiments: &[experiment::Experiment]) -> Result<Account> {
    let mut list = list::List::default();
    for one in experiments {
        list.experiment(store, one)?;
    }
    Ok(work::done(list))
}

fn show(mut account: Account, output: &mut Output) -> Result<Answer> {
    account.findings.sort();
    account.findings.dedup();
    let damaged = account.findings.iter().filter(|one| one.kind == Kind::Damaged).count();
    if output.is_json {
        let findings: Vec<_> = account.findings.iter().map(Finding::json).collect();
        output.json(&serde_json::json!({
            "runs": account.runs, "files": account.files, "bytes": account.bytes,
            "damaged": damaged, "left_over": findings.len() - damaged, "findings": findings,
        }))?;
    } else {
        for finding in &account.findings {
            output.line(finding.line())?;
        }
        let left_over = account.findings.len() - damaged;
        output.line(format!(
            "{} runs, {} files, {}: {}{}",
            format::count(account.runs),
            format::count(account.files),
            format::bytes(account.bytes),
            if damaged == 0 { "whole".to_owned() } else { format!("{damaged} damaged") },
            if left_over == 0 { String::new() } else { format!(", {left_over} left over") },
        ))?;
    }
    Ok(if damaged == 0 { Answer::Yes } else { Answer::No })
}
