//! `mlab`: looks at the runs of a store in the terminal and in one HTML page, keeps stores in order, and
//! captures programs without changing them.

mod arguments;
mod choose;
mod commands;
mod decks;
mod failure;
mod format;
mod json;
mod output;
mod rules;
mod run;
mod table;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::Arguments;
use output::Output;

fn main() -> ExitCode {
    output::end_with_the_pipe();
    let arguments = Arguments::parse();
    let mut output = Output::new(&arguments.global);
    let ended = commands::run(&arguments, &mut output).and_then(|answer| output.finish().map(|()| answer));
    match ended {
        Ok(answer) => answer.into(),
        Err(failure) => failure.report(),
    }
}
