//! `mlab`: looks at the runs of a store in the terminal and in one HTML page, keeps stores in order, and
//! captures programs without changing them.

mod arguments;
mod choose;
mod commands;
mod compare;
mod content;
mod curve;
mod decks;
mod elements;
mod escape;
mod failure;
mod filter;
mod format;
mod global;
mod json;
mod keep;
mod output;
mod picture;
mod plain;
mod plot;
mod report;
mod rules;
mod run;
mod standing;
mod table;
mod tensorboard;
mod typed;
mod watch;
mod whole;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use arguments::Arguments;
use output::Output;

fn main() -> ExitCode {
    output::end_with_the_pipe();
    let arguments = Arguments::parse();
    let mut output = Output::new(&arguments.global);
    let ended = match &arguments.command {
        Some(command) => command.run(&arguments.global, Arguments::command, &mut output),
        None => commands::overview(&arguments.global, &mut output),
    };
    let ended = ended.and_then(|answer| output.finish().map(|()| answer));
    match ended {
        Ok(answer) => answer.into(),
        Err(failure) => failure.report(),
    }
}
