//! Lines of the log that are read from the journal a second time: there was no room for them in
//! memory while the log's file could not be written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::log_file::BACKLOG;
use crate::base::error::Result;
use crate::journal::record::{Parsed, Record};
use crate::journal::segment::{HEADER, Left, Segment};

/// A line, or a part of one.
pub struct Line {
    /// When it was emitted.
    pub time: u64,
    /// As in the journal.
    pub level: u32,
    /// As in the journal.
    pub logger: u32,
    /// Its text.
    pub text: String,
}

/// Lines by their numbers.
pub struct Missed {
    /// As many as memory is to hold.
    pub lines: BTreeMap<u64, Line>,
    /// The number of the first one that comes after them.
    pub more: Option<u64>,
}

/// The lines of these numbers in segments that were read to their end, and in those that were read
/// up to a word.
///
/// # Errors
/// When a segment can't be opened.
pub fn lines(read: &[PathBuf], segments: &[(Arc<Segment>, usize)], numbers: Range<u64>) -> Result<Missed> {
    let mut missed = Gathered { numbers, bytes: 0, missed: Missed { lines: BTreeMap::new(), more: None } };
    for path in read {
        if let Left::Segment { segment, .. } = Segment::open(path, None)? {
            missed.gather(&segment, usize::MAX);
        }
    }
    for (segment, end) in segments {
        missed.gather(segment, *end);
    }
    Ok(missed.missed)
}

/// What a line takes in memory besides its text.
const LINE: usize = 100;

struct Gathered {
    numbers: Range<u64>,
    bytes: usize,
    missed: Missed,
}

impl Gathered {
    fn gather(&mut self, segment: &Segment, end: usize) {
        let mut offset = HEADER / 8;
        while offset < end
            && let Parsed::Record(record, size) = segment.parse(offset)
        {
            offset += size;
            if let Record::Log { sequence, time, level, logger, text } = record
                && self.numbers.contains(&sequence)
            {
                let text = String::from_utf8_lossy(text).into_owned();
                self.bytes += text.len() + LINE;
                self.missed.lines.insert(sequence, Line { time, level, logger, text });
                self.cut();
            }
        }
    }

    /// Leaves the last ones for later where there are too many.
    fn cut(&mut self) {
        while self.bytes > BACKLOG / 2
            && self.missed.lines.len() > 1
            && let Some((sequence, line)) = self.missed.lines.pop_last()
        {
            self.bytes -= line.text.len() + LINE;
            self.numbers.end = sequence;
            self.missed.more = Some(sequence);
        }
    }
}
