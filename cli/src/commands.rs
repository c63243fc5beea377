//! The commands, a file each.

mod complete;
mod copy;
mod export;
mod import;
mod index;
mod ls;
mod prune;
mod recover;
mod relocate;
mod repair;
pub mod verify;

use crate::arguments::Arguments;
use crate::failure::{Answer, Result};
use crate::output::Output;

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    Ls(ls::Ls),
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
        Some(Command::Completions(command)) => command.run(output),
        Some(Command::ManPages(command)) => command.run(),
    }
}
