//! `mlab repair`: puts right what can be put right without loss.

mod artifacts;
mod plan;
mod settle;

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::choose::{self, ExperimentName};
use crate::escape;
use crate::failure::{Answer, Failure, Result};
use crate::global::Global;
use crate::keep::experiment;
use crate::output::Output;

use plan::Step;

/// Puts right what can be put right without loss.
///
/// Manifests and records that lack files that are there, or list files that are gone; paths of where the store
/// was before; temporary files of writers that are gone; JSON that is empty or cut, which is set aside as
/// .NAME.damaged-1. Shows first what it would do. Runs that go on, and dead ones that can still be recovered,
/// are left alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab repair            shows what would be done, and asks on a terminal
  mlab repair --yes
  mlab repair --json | jq -r '.steps[].path'")]
pub struct Repair {
    /// Does it without asking.
    #[arg(long, short = 'y')]
    yes: bool,
    #[command(flatten)]
    experiment: ExperimentName,
}

impl Repair {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let store = choose::store(global)?;
        let wanted = self.experiment.id(&store);
        // An experiment whose _meta.json is damaged is one of those that are to be repaired.
        let wanted = if self.experiment.experiment.is_some() { wanted? } else { None };
        let mut steps = Vec::new();
        let mut experiments = Vec::new();
        for one in experiment::all(&store)? {
            if wanted.is_none() || one.id == wanted {
                steps.extend(plan::of(&store, &one)?);
                experiments.push(one);
            }
        }
        let is_wanted = self.yes || (!steps.is_empty() && ask(&steps, output)?);
        if is_wanted {
            for one in &experiments {
                settle::all(&store, one)?;
            }
        }
        show(&steps, is_wanted, output)?;
        Ok(Answer::Yes)
    }
}

/// Shows the steps, and asks whether to take them, where somebody can answer.
fn ask(steps: &[Step], output: &mut Output) -> Result<bool> {
    if output.is_json || !output.is_terminal || !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    for step in steps {
        output.line(line(step))?;
    }
    output.flush()?;
    let failed = |error: std::io::Error| Failure::new(format!("cannot ask: {error}"));
    let mut err = std::io::stderr();
    write!(err, "Do this? [y/N] ").and_then(|()| err.flush()).map_err(failed)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn line(step: &Step) -> String {
    format!("{}: {}", escape::line(&step.path.to_string_lossy()), escape::line(&step.what))
}

fn show(steps: &[Step], is_done: bool, output: &mut Output) -> Result<()> {
    if output.is_json {
        let listed: Vec<_> = steps
            .iter()
            .map(|step| serde_json::json!({"path": step.path.to_string_lossy(), "what": step.what}))
            .collect();
        return output.json(&serde_json::json!({"done": is_done, "steps": listed}));
    }
    for step in steps {
        output.line(line(step))?;
    }
    output.line(match (steps.len(), is_done) {
        (0, _) => "nothing to repair".to_owned(),
        (count, true) => format!("{count} repairs made"),
        (count, false) => format!("{count} repairs to make; --yes makes them"),
    })
}
