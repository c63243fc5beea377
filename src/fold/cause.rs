//! How a process died, from what it noted and from what its parent knows.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::UNIX_EPOCH;

use crate::base::clock::Moment;
use crate::base::signal;
use crate::journal::position::{Note, Noted, Position};

/// A process that was seen this long after a signal had survived it: its handler went on elsewhere.
const SURVIVED_NANOS: u64 = 60_000_000_000;

/// Lines, and bytes, of a log that are a traceback, at most.
const LAST_LINES: usize = 20;
const LAST_BYTES: u64 = 8 << 10;

/// How a process died.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cause {
    fatal: Option<Noted>,
    address: u64,
    stop: Option<Noted>,
    exit: Option<Noted>,
    /// When the writer was last known to be alive, in nanoseconds; 0 if never.
    beat: u64,
    parent: Option<ExitStatus>,
}

/// The end itself, without what came before it.
enum End {
    Signal(i32),
    Exit(i32),
    /// It left no word.
    Gone,
}

impl Cause {
    /// The death that a position notes, and that the parent has reported, if it has.
    pub fn new(position: Option<&Position>, parent: Option<ExitStatus>) -> Self {
        let Some(position) = position else { return Self { parent, ..Self::default() } };
        Self {
            fatal: position.noted(Note::Fatal),
            address: position.fault_address(),
            stop: position.noted(Note::Stop),
            exit: position.noted(Note::Exit),
            beat: position.last_beat(),
            parent,
        }
    }

    /// The fatal signal, unless the process survived it.
    fn fatal(&self) -> Option<Noted> {
        let seen = self.exit.map_or(0, |exit| exit.moment().nanos()).max(self.beat);
        self.fatal.filter(|fatal| seen < fatal.moment().nanos().saturating_add(SURVIVED_NANOS))
    }

    fn end(&self) -> End {
        if let Some(parent) = self.parent {
            return match (parent.signal(), parent.code()) {
                (Some(signal), _) => End::Signal(signal),
                (None, Some(code)) => End::Exit(code),
                (None, None) => End::Gone,
            };
        }
        match (self.fatal(), self.exit) {
            // A handler of the host's that calls exit.
            (Some(fatal), Some(exit)) if exit.word() >> 8 >= fatal.word() >> 8 => End::Exit(exit.number()),
            (Some(fatal), _) => End::Signal(fatal.number()),
            (None, Some(exit)) => End::Exit(exit.number()),
            (None, None) => End::Gone,
        }
    }

    /// In one word, for the error's type.
    pub fn kind(&self) -> &'static str {
        let is_abort = |signal| signal == libc::SIGABRT;
        match (self.end(), self.fatal()) {
            (End::Signal(signal), _) if is_abort(signal) => "Abort",
            (End::Signal(_), _) => "Signal",
            (End::Exit(_), Some(fatal)) if is_abort(fatal.number()) => "Abort",
            (End::Exit(_), Some(_)) => "Signal",
            (End::Exit(_), None) => "Exit",
            (End::Gone, _) if self.stop.is_some() => "Killed",
            (End::Gone, _) => "ProcessDied",
        }
    }

    /// How much the death is another's effect: of its own doing (1), without a word (2), told to (3), as
    /// a launcher does to the rest of a program.
    pub fn weight(&self) -> i64 {
        match self.end() {
            End::Signal(libc::SIGTERM | libc::SIGINT | libc::SIGHUP) => 3,
            End::Signal(libc::SIGKILL) | End::Gone => {
                if self.stop.is_some() {
                    3
                } else {
                    2
                }
            }
            // The status of a shell, or of a handler, that was told to stop.
            End::Exit(status) if self.stop.is_some_and(|stop| status == 128 + stop.number()) => 3,
            End::Signal(_) | End::Exit(_) => 1,
        }
    }

    /// The signal, or the exit status with a minus; 0 where neither is known.
    pub fn number(&self) -> i64 {
        match self.end() {
            End::Signal(signal) => signal.into(),
            End::Exit(status) => -i64::from(status),
            End::Gone => 0,
        }
    }

    /// The rest of a sentence that begins with the process.
    pub fn phrase(&self) -> String {
        let mut phrase = match self.end() {
            End::Signal(libc::SIGABRT) => "aborted (SIGABRT)".to_owned(),
            End::Signal(signal) => {
                let address = match self.fatal() {
                    Some(fatal) if fatal.number() == signal && self.address != 0 => {
                        format!(" at address {:#x}", self.address)
                    }
                    _ => String::new(),
                };
                format!("was killed by {}{address}", signal::description(signal))
            }
            End::Exit(status) => format!("exited with status {status} without finishing the run"),
            End::Gone => "died without finishing the run".to_owned(),
        };
        match (self.end(), self.fatal, self.exit) {
            (End::Signal(_), _, Some(exit)) => {
                phrase += &format!(" while exiting with status {}", exit.number())
            }
            (End::Exit(_) | End::Gone, Some(fatal), _) => {
                let verb = if self.fatal().is_some() { "after" } else { "having survived" };
                phrase +=
                    &format!(" {verb} {} at {}", signal::description(fatal.number()), fatal.moment().iso());
            }
            _ => {}
        }
        if let Some(stop) = self.stop {
            phrase += &format!(", after {} at {}", signal::name(stop.number()), stop.moment().iso());
        }
        phrase
    }

    /// When it died, if it noted that.
    pub fn moment(&self) -> Option<Moment> {
        let fatal = self.fatal().map(Noted::moment);
        match self.end() {
            End::Signal(_) => fatal,
            End::Exit(_) => self.exit.map(Noted::moment).or(fatal),
            End::Gone => None,
        }
    }
}

/// The last lines of a log that was written to since `started`, as a traceback has them.
pub fn last_lines(log: &Path, started: Moment) -> Option<String> {
    let mut file = File::open(log).ok()?;
    let metadata = file.metadata().ok()?;
    let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    if changed.as_secs() < started.seconds() {
        return None;
    }
    file.seek(SeekFrom::Start(metadata.len().saturating_sub(LAST_BYTES))).ok()?;
    let mut bytes = Vec::new();
    file.take(LAST_BYTES).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
    (!last.is_empty()).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const START: u64 = 1_700_000_000 * SECOND;

    fn at(number: i32, second: u64) -> Option<Noted> {
        Some(Noted::new(number, START + second * SECOND))
    }

    #[test]
    fn causes_are_told_apart() {
        let cause = Cause { beat: START, ..Cause::default() };
        let said = |cause: Cause| (cause.kind(), cause.phrase());
        let (kind, phrase) = said(cause);
        assert_eq!((kind, phrase.as_str()), ("ProcessDied", "died without finishing the run"));
        assert!(cause.moment().is_none());

        let fault = Cause { fatal: at(libc::SIGSEGV, 1), address: 0x10, ..cause };
        let (kind, phrase) = said(fault);
        assert_eq!(
            (kind, phrase.as_str()),
            ("Signal", "was killed by SIGSEGV (invalid memory access) at address 0x10")
        );
        assert_eq!(fault.moment().unwrap().nanos(), START + SECOND);
        let (_, phrase) = said(Cause { exit: at(0, 0), ..fault });
        assert!(phrase.ends_with(" while exiting with status 0"), "{phrase}");
        let (kind, phrase) = said(Cause { exit: at(4, 2), ..fault });
        assert_eq!(kind, "Signal");
        assert!(phrase.starts_with("exited with status 4") && phrase.contains(" after SIGSEGV"), "{phrase}");

        let (kind, phrase) = said(Cause { fatal: at(libc::SIGABRT, 1), ..cause });
        assert_eq!((kind, phrase.as_str()), ("Abort", "aborted (SIGABRT)"));
        let (kind, phrase) = said(Cause { exit: at(3, 1), ..cause });
        assert_eq!((kind, phrase.as_str()), ("Exit", "exited with status 3 without finishing the run"));
        let (kind, phrase) = said(Cause { stop: at(libc::SIGTERM, 1), ..cause });
        assert_eq!(kind, "Killed");
        assert!(phrase.contains("after SIGTERM at 2023-"), "{phrase}");
    }

    #[test]
    fn a_signal_long_before_the_last_beat_was_survived() {
        let cause = Cause { fatal: at(libc::SIGSEGV, 0), beat: START + 3600 * SECOND, ..Cause::default() };
        assert_eq!(cause.kind(), "ProcessDied");
        assert!(cause.phrase().contains("having survived SIGSEGV"), "{}", cause.phrase());
        assert!(cause.moment().is_none());
    }

    #[test]
    fn a_parent_knows_best() {
        let stopped = Cause { stop: at(libc::SIGTERM, 1), exit: at(0, 1), ..Cause::default() };
        let killed = Cause { parent: Some(ExitStatus::from_raw(libc::SIGKILL)), ..stopped };
        assert_eq!(killed.kind(), "Signal");
        assert!(
            killed.phrase().starts_with("was killed by SIGKILL while exiting with status 0, after SIGTERM")
        );
        let exited = Cause { parent: Some(ExitStatus::from_raw(3 << 8)), ..Cause::default() };
        assert_eq!((exited.kind(), exited.moment().is_none()), ("Exit", true));
        assert!(exited.phrase().starts_with("exited with status 3 "));
        let gave_in = Cause { fatal: at(libc::SIGBUS, 1), ..exited };
        assert_eq!(gave_in.kind(), "Signal");
        assert!(gave_in.phrase().contains("status 3") && gave_in.phrase().contains("after SIGBUS"));
    }
}
