//! The commands, a file each.

mod complete;
mod ls;
mod report;
mod watch;

use crate::arguments::Arguments;
use crate::failure::{Answer, Result};
use crate::output::Output;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Ls(ls::Ls),
    Watch(watch::Watch),
    Report(report::Report),
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
        Some(Command::Watch(command)) => command.run(global, output),
        Some(Command::Report(command)) => command.run(global, output),
        Some(Command::Completions(command)) => command.run(output),
        Some(Command::Pages(command)) => command.run(),
    }
}
