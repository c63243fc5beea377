//! The command line.

use clap::{ColorChoice, Parser};

use crate::commands::Command;

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

/// Options that every command has.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// The store: a directory, or a postgresql:// locator, of which the files are read.
    #[arg(
        long,
        short = 's',
        global = true,
        env = "METALAB_STORE",
        hide_env_values = true,
        default_value = "./experiments",
        value_name = "LOCATOR"
    )]
    pub store: String,
    /// Prints JSON for scripts.
    #[arg(long, global = true)]
    pub json: bool,
    /// Colours: on a terminal only, always, or never. NO_COLOR in the environment means never.
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
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
