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

use crate::arguments::Arguments;
use crate::failure::{Answer, Result};
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

/// Runs the command that is wanted; without one, lists the newest runs.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Answer> {
    let global = &arguments.global;
    match &arguments.command {
        None => ls::Ls::default().run(global, output),
        Some(Command::Ls(command)) => command.run(global, output),
        Some(Command::Show(command)) => command.run(global, output),
        Some(Command::Log(command)) => command.run(global, output),
        Some(Command::Series(command)) => command.run(global, output),
        Some(Command::Cat(command)) => command.run(global, output),
        Some(Command::Query(command)) => command.run(global, output),
        Some(Command::Diff(command)) => command.run(global, output),
        Some(Command::Check(command)) => command.run(global, output),
        Some(Command::Watch(command)) => command.run(global, output),
        Some(Command::Report(command)) => command.run(global, output),
        Some(Command::Verify(command)) => command.run(global, output),
        Some(Command::Repair(command)) => command.run(global, output),
        Some(Command::Recover(command)) => command.run(global, output),
        Some(Command::Relocate(command)) => command.run(global, output),
        Some(Command::Copy(command)) => command.run(global, output),
        Some(Command::Receive(command)) => command.run(),
        Some(Command::Prune(command)) => command.run(global, output),
        Some(Command::Index(command)) => command.run(global, output),
        Some(Command::Export(command)) => command.run(global, output),
        Some(Command::Import(command)) => command.run(global, output),
        Some(Command::Run(command)) => command.run(global),
        Some(Command::Rules(command)) => command.run(global, output),
        Some(Command::Completions(command)) => command.run(output),
        Some(Command::Pages(command)) => command.run(),
    }
}
