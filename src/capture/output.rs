//! The output of another process, as a log of the run.

use std::time::Instant;

use super::Capture;
use crate::base::error::{Error, Result};
use crate::base::name;
use crate::companions::stdio::screen::Screen;
use crate::run::RunLog;

/// A log of the run that gets what another process prints: lines of text, as a terminal would be left
/// with them. Colours are dropped, and of a progress bar that is redrawn the last state is kept. A byte that
/// is part of no character becomes `\xe9`.
#[derive(Debug)]
pub struct Output {
    /// None where captures are disabled.
    log: Option<RunLog>,
    screen: Screen,
    lines: Vec<u8>,
}

impl Capture {
    /// A log for what another process prints, such as "stdout". It is appended to line by line.
    ///
    /// # Errors
    /// When the name can't be one, or the run has ended.
    pub fn output(&self, log: &str) -> Result<Output> {
        name::check(log)?;
        let open = |inner: &super::Inner| {
            inner.check_open()?;
            let (shared, log) = (&inner.shared, inner.shared.member.log(log));
            Ok(Some(RunLog::new(&shared.store, &shared.identity.run_id, &log)))
        };
        let log = self.live(|inner| open(inner))?;
        Ok(Output { log, screen: Screen::default(), lines: Vec::new() })
    }
}

impl Output {
    /// Takes what was printed, in pieces of any size, and returns the lines that have become complete,
    /// each with `\n` at its end. Without bytes it completes what was redrawn and has been left alone since.
    /// They are in the file when it returns.
    ///
    /// # Errors
    /// When they can't be written. They are lost to the log then, and the next ones are tried again.
    pub fn feed(&mut self, bytes: &[u8]) -> (&str, Result<()>) {
        self.lines.clear();
        self.screen.feed(bytes, Instant::now(), &mut self.lines);
        self.write()
    }

    /// Takes the last line as complete, though its end has not come.
    ///
    /// # Errors
    /// The same as [`feed`](Self::feed).
    pub fn finish(&mut self) -> (&str, Result<()>) {
        self.lines.clear();
        self.screen.finish(&mut self.lines);
        self.write()
    }

    fn write(&self) -> (&str, Result<()>) {
        let written = match &self.log {
            Some(log) if !self.lines.is_empty() => {
                log.append(&self.lines).map_err(|source| Error::io("write", log.path(), &source))
            }
            _ => Ok(()),
        };
        // The screen leaves nothing but UTF-8.
        (std::str::from_utf8(&self.lines).unwrap_or_default(), written)
    }
}
