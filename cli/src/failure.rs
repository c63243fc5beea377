//! Failures: one clear line, a line that says what to do, and the exit status.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use crate::escape;

/// How a command ended that did what it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Done, or yes.
    Yes,
    /// The answer is no: runs differ, a file is damaged.
    No,
    /// The exit status of the program that was run.
    Status(u8),
}

impl From<Answer> for ExitCode {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Yes => ExitCode::SUCCESS,
            Answer::No => ExitCode::from(1),
            Answer::Status(status) => ExitCode::from(status),
        }
    }
}

/// Says `text` on stderr. Where that takes nothing, on a full disk or a terminal that has gone, the work goes on.
pub fn say(text: impl fmt::Display) {
    let _ = writeln!(anstream::stderr(), "mlab: {text}");
}

/// The reason why a command could not do what it was asked to.
#[derive(Debug)]
pub struct Failure {
    message: String,
    advice: Option<String>,
}

/// The result of everything fallible here.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure that says `message`: what happened, and to what.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None }
    }

    /// The same failure, with what to do about it.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The advice, if any was given.
    pub fn advice_text(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// Says so on stderr, and returns the exit status.
    pub fn report(&self) -> ExitCode {
        let red = AnsiColor::Red.on_default().bold();
        let plain = Style::new();
        // Names in it may be from a store.
        let mut err = anstream::stderr();
        let _ = writeln!(err, "{red}mlab:{plain:#} {}", escape::line(&self.message), plain = red);
        for line in self.advice.iter().flat_map(|advice| advice.lines()) {
            let _ = writeln!(err, "{plain}      {}", escape::laid_out(line));
        }
        ExitCode::from(2)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<metalab::Error> for Failure {
    fn from(error: metalab::Error) -> Self {
        Self::new(error.message())
    }
}
