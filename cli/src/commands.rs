//! The commands, a file each.

mod complete;
mod ls;
mod rules;
mod run;

use crate::arguments::Arguments;
use crate::failure::{Answer, Result};
use crate::output::Output;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Ls(ls::Ls),
    Run(Box<run::Run>),
    Rules(rules::Rules),
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
        Some(Command::Run(command)) => command.run(global),
        Some(Command::Rules(command)) => command.run(global, output),
        Some(Command::Completions(command)) => command.run(output),
        Some(Command::ManPages(command)) => command.run(),
    }
}
