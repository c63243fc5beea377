//! The commands, a file each.

mod cat;
mod check;
mod complete;
mod diff;
mod log;
mod ls;
mod query;
mod series;
mod show;

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
    Completions(complete::Completions),
    #[command(hide = true)]
    ManPages(complete::ManPages),
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
        Some(Command::Completions(command)) => command.run(output),
        Some(Command::ManPages(command)) => command.run(),
    }
}
