//! `mlab show`: everything about a run.

mod facts;
mod stored;

use crate::choose::{self, RunName};
use crate::failure::{Answer, Result};
use crate::global::Global;
use crate::output::Output;
use crate::standing;

pub use facts::{fields, heading};

/// Shows everything about a run.
///
/// Its status and the reason of it, parameters, metrics, series, artifacts, data, warnings and notes, how it
/// came about, and where its files are.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab show                  the newest run
  mlab show a1b2 --full      with all of its provenance, and all series, artifacts and data
  mlab show a1b2 --json | jq .metrics")]
pub struct Show {
    #[command(flatten)]
    name: RunName,
    /// Shows all of the provenance and of the traceback, and all series, artifacts and data.
    #[arg(long)]
    full: bool,
}

/// Lines of a traceback, and rows of series, artifacts or data, that are shown if not all are wanted.
const TRACEBACK: usize = 8;
const ROWS: usize = 40;

impl Show {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let store = choose::store(global)?;
        let run = self.name.run(&store)?;
        let stored = stored::Stored::of(&run, if self.full { usize::MAX } else { ROWS })?;
        if output.is_json {
            output.json(&stored.json(&run))?;
            return Ok(Answer::Yes);
        }
        output.line(standing::line(&run, output))?;
        facts::times(&run, output)?;
        facts::error(&run, if self.full { usize::MAX } else { TRACEBACK }, output)?;
        facts::members("params", run.params(), output)?;
        facts::members("metrics", &run.metrics().into(), output)?;
        stored.show(&run, output)?;
        facts::remarks(&run, output)?;
        facts::provenance(&run, self.full, output)?;
        facts::files(&run, output)?;
        facts::next(&run, output)?;
        Ok(Answer::Yes)
    }
}
