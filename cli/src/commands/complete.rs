//! Completions for shells, and manual pages: both are made from the command line's description.

use std::path::{Path, PathBuf};

use clap_complete::Shell;

use crate::failure::{Answer, Failure, Result};
use crate::output::Output;

/// Prints completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mlab completions bash > ~/.local/share/bash-completion/completions/mlab")]
pub struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub fn run(&self, all: clap::Command, output: &mut Output) -> Result<Answer> {
        output.bytes(&completions(self.shell, all))?;
        Ok(Answer::Yes)
    }
}

fn completions(shell: Shell, mut all: clap::Command) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut all, "mlab", &mut text);
    text
}

/// Writes manual pages and completions below a directory that is laid out as /usr/share is.
#[derive(Debug, clap::Args)]
pub struct Pages {
    /// The directory.
    directory: PathBuf,
}

impl Pages {
    pub fn run(&self, all: fn() -> clap::Command) -> Result<Answer> {
        let pages = self.directory.join("man/man1");
        made(&pages)?;
        clap_mangen::generate_to(all(), &pages).map_err(|error| failed(&pages, &error))?;
        for (shell, file) in [
            (Shell::Bash, "bash-completion/completions/mlab"),
            (Shell::Zsh, "zsh/site-functions/_mlab"),
            (Shell::Fish, "fish/vendor_completions.d/mlab.fish"),
        ] {
            let path = self.directory.join(file);
            made(path.parent().unwrap_or(&path))?;
            std::fs::write(&path, completions(shell, all())).map_err(|error| failed(&path, &error))?;
        }
        Ok(Answer::Yes)
    }
}

fn made(directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory).map_err(|error| failed(directory, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot write {}: {error}", path.display()))
}
