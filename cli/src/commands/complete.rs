//! Completions for shells, and manual pages: both are made from the command line's description.

use std::path::PathBuf;

use clap::CommandFactory as _;

use crate::arguments::Arguments;
use crate::failure::{Answer, Failure, Result};
use crate::output::Output;

/// Prints completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mlab completions bash > ~/.local/share/bash-completion/completions/mlab")]
pub struct Completions {
    /// The shell.
    shell: clap_complete::Shell,
}

impl Completions {
    pub fn run(&self, output: &mut Output) -> Result<Answer> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "mlab", &mut text);
        output.bytes(&text)?;
        Ok(Answer::Yes)
    }
}

/// Writes the manual pages into a directory.
#[derive(Debug, clap::Args)]
pub struct ManPages {
    /// The directory, which must exist.
    directory: PathBuf,
}

impl ManPages {
    pub fn run(&self) -> Result<Answer> {
        let written = clap_mangen::generate_to(Arguments::command(), &self.directory);
        written.map_err(|error| {
            Failure::new(format!("cannot write manual pages to {}: {error}", self.directory.display()))
        })?;
        Ok(Answer::Yes)
    }
}
