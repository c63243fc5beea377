//! The command line.

use clap::Parser;

use crate::commands::Command;
use crate::global::Global;

/// Looks at simulation runs, and captures them.
///
/// A run is named by its id or the beginning of it, by `latest`, or by `latest~1` for the one before.
/// Without a command, the newest runs are listed.
#[derive(Debug, Parser)]
#[command(name = "mlab", version, max_term_width = 100, after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  mlab                         the newest runs, each with a curve
  mlab show latest             everything about the newest run
  mlab watch                   live curves of the runs that go on
  mlab report latest           one HTML page about a run
  mlab run -- ./solver --n 64  captures a program without changing it
  mlab ls 'params.n > 256'     runs by a filter

Exit status: 0 done; 1 the answer is no (runs differ, a file is damaged); 2 it could not be done.";
