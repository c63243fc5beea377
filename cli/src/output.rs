//! The output of a command on stdout.

use std::io::{BufWriter, IsTerminal as _, Write};

use anstyle::Style;
use clap::ColorChoice;

use crate::escape;
use crate::failure::{Failure, Result};
use crate::global::Global;

/// Stdout, and how to write to it.
pub struct Output {
    out: BufWriter<anstream::AutoStream<std::io::Stdout>>,
    /// True if JSON is wanted.
    pub is_json: bool,
    /// True if stdout is a terminal.
    pub is_terminal: bool,
    /// True if colours are wanted.
    pub is_colored: bool,
    /// The columns of the terminal, if stdout is one.
    pub width: Option<usize>,
}

impl Output {
    /// Stdout as the options want it.
    pub fn new(global: &Global) -> Self {
        let choice = match global.color {
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
            ColorChoice::Auto => anstream::ColorChoice::Auto,
        };
        choice.write_global();
        let stream = anstream::AutoStream::new(std::io::stdout(), choice);
        let is_colored = !matches!(stream.current_choice(), anstream::ColorChoice::Never);
        let is_terminal = std::io::stdout().is_terminal();
        let width = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0.into());
        Self { out: BufWriter::new(stream), is_json: global.json, is_terminal, is_colored, width }
    }

    /// Writes a line.
    pub fn line(&mut self, text: impl AsRef<str>) -> Result<()> {
        let mut write = || {
            self.out.write_all(text.as_ref().as_bytes())?;
            self.out.write_all(b"\n")
        };
        write().map_err(|error| failed(&error))
    }

    /// Writes bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        // Beside the stream, which leaves out what looks like a colour where colours are not wanted.
        self.flush()?;
        std::io::stdout().write_all(bytes).map_err(|error| failed(&error))
    }

    /// Writes text that may have anything in it: as it is in a pipe, without control characters on a terminal.
    pub fn text(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.is_terminal {
            return self.bytes(bytes);
        }
        let text = String::from_utf8_lossy(bytes);
        text.lines().try_for_each(|line| self.line(escape::laid_out(line)))
    }

    /// Writes a JSON value: on one line in a pipe, indented on a terminal.
    pub fn json(&mut self, value: &serde_json::Value) -> Result<()> {
        self.line(escape::json(&if self.is_terminal { format!("{value:#}") } else { value.to_string() }))
    }

    /// Sends what was written on its way.
    pub fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(|error| failed(&error))?;
        std::io::stdout().flush().map_err(|error| failed(&error))
    }

    /// Writes what is left: a full disk is no success.
    pub fn finish(mut self) -> Result<()> {
        self.flush()
    }
}

fn failed(error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot write to stdout: {error}"))
}

/// `text` in `style`; where colours are not wanted, stdout leaves them out.
pub fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Makes the process end, silently, when the reader of its stdout has gone, as in `mlab ls | head`.
pub fn end_with_the_pipe() {
    // SAFETY: no handler is set, and no thread runs yet.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}
