//! Log lines, loggers, and the process's standard streams.

use std::sync::Arc;

use super::{Capture, Inner};
use crate::base::error::{Error, Result};
use crate::base::level::Level;
use crate::base::name;
use crate::base::sync::lock;
use crate::companions::stdio::{StdioCapture, Stream as StdStream, Streams};
use crate::run::{RunLog, log};

impl Capture {
    /// A line of the run's own log, of any length; it may hold newlines.
    ///
    /// # Errors
    /// When the run has ended or the disk is full.
    pub fn log(&self, level: Level, text: &str) -> Result<()> {
        self.live(|inner| inner.log(None, level, text))
    }

    /// Sends lines of `logger` and of those below it, at `level` or above, to the run's log too.
    ///
    /// # Errors
    /// When the name can't be one, or the run has ended.
    pub fn subscribe(&self, logger: &str, level: Level) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            if !logger.is_empty() {
                name::check(logger)?;
            }
            log::subscribe(&inner.shared.journal, logger, level);
            let text = format!("Subscribed to logger: {logger} (level={})", level.name());
            inner.log(None, Level::Debug, &text)
        })
    }

    /// Ends the subscription to `logger`.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn unsubscribe(&self, logger: &str) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            log::unsubscribe(&inner.shared.journal, Some(logger));
            Ok(())
        })
    }

    /// Copies what the process writes to stdout or stderr into the logs of these names, until the
    /// run ends or `stdio_end`. One capture of a process can have that at a time.
    ///
    /// # Errors
    /// When another capture has it, or a pipe can't be had.
    pub fn stdio(&self, streams: Streams) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            let shared = inner.shared.clone();
            let log = |name| RunLog::new(&shared.store, &shared.identity.run_id, &shared.member.log(name));
            let logs = [log("stdout"), log("stderr")];
            let sink = move |stream: StdStream, lines: &[u8]| {
                let log = match stream {
                    StdStream::Stdout => &logs[0],
                    StdStream::Stderr => &logs[1],
                };
                if let Err(source) = log.append(lines) {
                    shared.problem("log the process's output", &Error::io("write", log.path(), &source));
                }
            };
            let started = StdioCapture::start(streams, Arc::new(sink))?;
            *lock(&inner.stdio) = Some(started);
            Ok(())
        })
    }

    /// Ends what `stdio` began.
    ///
    /// # Errors
    /// None today.
    pub fn stdio_end(&self) -> Result<()> {
        self.live(|inner| {
            inner.end_stdio();
            Ok(())
        })
    }
}

impl Inner {
    pub(super) fn end_stdio(&self) {
        let stdio = lock(&self.stdio).take();
        if let Some(Err(error)) = stdio.map(|mut stdio| stdio.finish()) {
            self.shared.problem("log the process's output", &error);
        }
    }

    /// A line of `logger`, or of the run's own.
    pub(crate) fn log(&self, logger: Option<&str>, level: Level, text: &str) -> Result<()> {
        self.emit(|emitter| emitter.line(logger, level, text))
    }
}
