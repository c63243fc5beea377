//! The commands, a file each.

mod cat;
mod check;
mod complete;
mod copy;
mod diff;
mod export;
mod import;
mod index;
mod log;
mod ls;
mod prune;
mod query;
mod recover;
mod relocate;
mod repair;
mod report;
mod rules;
mod run;
mod series;
mod show;
pub mod verify;
mod watch;

use crate::failure::{Answer, Result};
use crate::global::Global;
use crate::output::Output;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Ls(ls::Ls),
    Show(show::Show),
    Log(log::Log),
    Series(series::SeriesOf),
    Cat(cat::Cat),
    Query(query::Ask),
    Diff(diff::Diff),
    Check(check::Check),
    Watch(watch::Watch),
    Report(report::Report),
    Verify(verify::Verify),
    Repair(repair::Repair),
    Recover(recover::Recover),
    Relocate(relocate::Relocate),
    Copy(copy::Copy),
    #[command(hide = true)]
    Receive(copy::Receive),
    Prune(prune::Prune),
    Index(index::Index),
    Export(export::Export),
    Import(import::Import),
    Run(Box<run::Run>),
    Rules(rules::Rules),
    Completions(complete::Completions),
    #[command(hide = true)]
    Pages(complete::Pages),
}

/// Lists the newest runs, as nothing else is asked for.
pub fn overview(global: &Global, output: &mut Output) -> Result<Answer> {
    ls::Ls::default().run(global, output)
}

impl Command {
    /// Runs the command. `all` describes the whole command line, which completions are made of.
    pub fn run(&self, global: &Global, all: fn() -> clap::Command, output: &mut Output) -> Result<Answer> {
        match self {
            Self::Ls(command) => command.run(global, output),
            Self::Show(command) => command.run(global, output),
            Self::Log(command) => command.run(global, output),
            Self::Series(command) => command.run(global, output),
            Self::Cat(command) => command.run(global, output),
            Self::Query(command) => command.run(global, output),
            Self::Diff(command) => command.run(global, output),
            Self::Check(command) => command.run(global, output),
            Self::Watch(command) => command.run(global, output),
            Self::Report(command) => command.run(global, output),
            Self::Verify(command) => command.run(global, output),
            Self::Repair(command) => command.run(global, output),
            Self::Recover(command) => command.run(global, output),
            Self::Relocate(command) => command.run(global, output),
            Self::Copy(command) => command.run(global, output),
            Self::Receive(command) => command.run(),
            Self::Prune(command) => command.run(global, output),
            Self::Index(command) => command.run(global, output),
            Self::Export(command) => command.run(global, output),
            Self::Import(command) => command.run(global, output),
            Self::Run(command) => command.run(global),
            Self::Rules(command) => command.run(global, output),
            Self::Completions(command) => command.run(all(), output),
            Self::Pages(command) => command.run(all),
        }
    }
}
