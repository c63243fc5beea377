//! The run's log: lines become text here.

use crate::base::clock::Moment;
use crate::base::level::Level;
use crate::journal::CONTINUED;
use crate::run::RunLog;

/// Text that is worth a write in the middle of a pass.
const PIECE: usize = 256 << 10;

/// The log.
pub struct LogFile {
    file: RunLog,
    logger: String,
    buffer: Vec<u8>,
    second: u64,
    stamp: String,
    /// True if the last line goes on, and with which number.
    continued: bool,
    rest: u64,
    /// Lines that follow when it has ended.
    remarks: Vec<(u64, Level, String)>,
    /// True if another file was removed: the journal alone has what that had.
    is_anew: bool,
}

impl LogFile {
    /// A log in `file` of a run whose own logger is `logger`.
    pub fn new(file: RunLog, logger: String) -> Self {
        Self {
            file,
            logger,
            buffer: Vec::new(),
            second: 0,
            stamp: String::new(),
            continued: false,
            rest: 0,
            remarks: Vec::new(),
            is_anew: false,
        }
    }

    /// Goes on in another file, where somebody removed the first.
    pub fn make_anew(&mut self) {
        self.file.make_anew();
        self.is_anew = true;
    }

    /// Returns whether it does.
    pub fn is_anew(&self) -> bool {
        self.is_anew
    }

    /// Takes the journal's line of this number, or a part of it.
    pub fn take(&mut self, sequence: u64, time: u64, level: u32, logger: Option<&str>, text: &str) {
        if sequence != self.rest {
            // A thread that died, or a full disk, has left a line half.
            self.end_line();
        }
        self.line(time, level, logger, text);
        self.rest = sequence.wrapping_add(1);
    }

    /// Adds a line of the library's own, which the journal does not have.
    pub fn remark(&mut self, time: u64, level: Level, text: &str) {
        if self.continued {
            self.remarks.push((time, level, text.to_owned()));
        } else {
            self.line(time, level as u32, None, text);
        }
    }

    fn line(&mut self, time: u64, level: u32, logger: Option<&str>, text: &str) {
        if !self.continued {
            let moment = Moment::from_nanos(time);
            if self.second != moment.seconds() || self.stamp.is_empty() {
                self.second = moment.seconds();
                self.stamp = moment.log_stamp();
            }
            let level = Level::from_number((level & !CONTINUED) as i32).unwrap_or(Level::Info);
            self.buffer.extend_from_slice(self.stamp.as_bytes());
            self.buffer.extend_from_slice(b" [");
            self.buffer.extend_from_slice(level.padded().as_bytes());
            self.buffer.extend_from_slice(b"] [");
            self.buffer.extend_from_slice(logger.unwrap_or(&self.logger).as_bytes());
            self.buffer.extend_from_slice(b"] ");
        }
        self.buffer.extend_from_slice(text.as_bytes());
        self.continued = true;
        if level & CONTINUED == 0 {
            self.end_line();
        }
    }

    /// Ends a line that goes on.
    pub fn end_line(&mut self) {
        if !std::mem::replace(&mut self.continued, false) {
            return;
        }
        self.buffer.push(b'\n');
        for (time, level, text) in std::mem::take(&mut self.remarks) {
            self.line(time, level as u32, None, &text);
        }
    }

    /// Returns whether whole lines wait; half a line would be taken for one by who takes the log over.
    pub fn is_ready(&self) -> bool {
        !self.buffer.is_empty() && !self.continued
    }

    /// Returns whether so much waits that it is worth a write now.
    pub fn is_due(&self) -> bool {
        self.is_ready() && self.buffer.len() >= PIECE
    }

    /// Returns whether nothing waits.
    pub fn is_written(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Writes what waits, and gives the file's length then; what can't be written waits on.
    pub fn write(&mut self) -> std::io::Result<u64> {
        let mut done = 0;
        let result = loop {
            if done == self.buffer.len() {
                break Ok(());
            }
            match self.file.append_some(&self.buffer[done..]) {
                Ok(count) => done += count,
                Err(error) => break Err(error),
            }
        };
        self.buffer.drain(..done);
        result.and_then(|()| self.file.length())
    }

    /// Returns whether it was removed or replaced by others, who know what they had of it.
    pub fn is_gone(&self) -> bool {
        self.file.is_gone()
    }

    /// Returns whether it was found, since this was last asked, that other code has closed the file.
    pub fn tell_closed(&self) -> bool {
        self.file.tell_closed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::Store;

    const INFO: u32 = Level::Info as u32;

    fn log() -> (tempfile::TempDir, LogFile) {
        let place = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(place.path(), "e:1").unwrap());
        let log = LogFile::new(RunLog::new(&store, "r", "run"), "l".to_owned());
        (place, log)
    }

    /// The texts of the lines.
    fn texts(place: &tempfile::TempDir) -> Vec<String> {
        let text = std::fs::read_to_string(place.path().join("e_1/logs/r_run.log")).unwrap();
        text.lines().map(|line| line.rsplit_once("] [l] ").unwrap().1.to_owned()).collect()
    }

    #[test]
    fn parts_are_one_line_and_a_half_line_takes_in_no_other() {
        let (place, mut log) = log();
        log.take(0, 1, INFO | CONTINUED, None, "one, ");
        log.remark(1, Level::Warning, "between");
        assert!(!log.is_ready());
        log.take(1, 1, INFO, None, "two");
        log.take(2, 1, INFO | CONTINUED, None, "half");
        log.take(9, 1, INFO, None, "whole");
        log.take(10, 1, INFO | CONTINUED, None, "half again");
        log.end_line();
        log.write().unwrap();
        assert_eq!(texts(&place), ["one, two", "between", "half", "whole", "half again"]);
    }
}
