//! The journal of another process, followed by who does not fold it: the process may append to it, its
//! writer may take segments away, and both know nothing of this.
//!
//! Segments are read with read(2), never mapped. A process that lives writes a record's first word last, so
//! that what is found is whole: where the copy of a record is torn nevertheless, its check fails, and it is
//! read again. A segment after which its lane goes on in another one gets no more records: so the directory is
//! listed first, and an empty word in a segment that had a successor then is its end.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use crate::base::error::{Error, ErrorKind, Result};
use crate::journal::lanes::Reached;
use crate::journal::record::{Parsed, Record};
use crate::journal::segment::{self, HEADER, Left, Segment};
use crate::journal::window::Window;

/// Segments that are kept open, so that what is in them can be read when they have been removed.
const MOST_OPEN: usize = 64;

/// A segment that is yet to be read to its end.
#[derive(Debug)]
struct Waiting {
    ordinal: u64,
    window: Option<Window>,
}

/// A lane, and how far it was read.
#[derive(Debug)]
struct Lane {
    /// The segment's place in the lane, and the words of it.
    index: u64,
    offset: usize,
    waiting: BTreeMap<u64, Waiting>,
}

/// How a look at a journal went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polled {
    /// Everything that was there was shown.
    Whole,
    /// Segments went before they were read: what they had is in the files that the journal's saved part
    /// names. Nothing was shown.
    Gap,
    /// The journal is gone: its run has ended. What was left of it was shown.
    Gone,
}

/// The journal in a directory.
#[derive(Debug)]
pub struct Journal {
    directory: PathBuf,
    lanes: BTreeMap<u64, Lane>,
    /// The numbers of the segments that came into use.
    known: HashSet<u64>,
    open: usize,
}

impl Journal {
    /// The journal in `directory`, to be read from there on.
    pub fn new(directory: &Path, from: &Reached) -> Self {
        let lane = |(id, (index, offset)): (&u64, &(u64, usize))| {
            let lane = Lane { index: *index, offset: *offset, waiting: BTreeMap::new() };
            (*id, lane)
        };
        Self {
            directory: directory.to_owned(),
            lanes: from.lanes.iter().map(lane).collect(),
            known: HashSet::new(),
            open: 0,
        }
    }

    /// Looks for segments that came into use; false if the journal is gone.
    fn look(&mut self) -> Result<bool> {
        let failed = |source: std::io::Error| Error::io("read", &self.directory, &source);
        let entries = match std::fs::read_dir(&self.directory) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            entries => entries.map_err(failed)?,
        };
        let mut fresh = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let ordinal = name.to_str().and_then(|name| name.strip_prefix("segment-")?.parse::<u64>().ok());
            fresh.extend(ordinal.filter(|ordinal| !self.known.contains(ordinal)));
        }
        fresh.sort_unstable();
        for ordinal in fresh {
            let path = self.directory.join(segment::name(ordinal));
            let look = || match Segment::look(&path, None) {
                // The word of its lane may have been on its way.
                Ok(Left::Segment(part, _)) if part.lane > u64::MAX / 2 => Segment::look(&path, None),
                found => found,
            };
            let part = match look() {
                Ok(Left::Segment(part, _)) => part,
                Ok(Left::Unused | Left::Foreign(_)) => continue,
                // It went meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            self.known.insert(ordinal);
            if part.is_copy {
                continue;
            }
            let new = || Lane { index: 0, offset: HEADER / 8, waiting: BTreeMap::new() };
            let lane = self.lanes.entry(part.lane).or_insert_with(new);
            if part.index < lane.index {
                // It was read, and is about to be removed.
                continue;
            }
            let window = if self.open < MOST_OPEN { Window::open(&path).ok() } else { None };
            self.open += usize::from(window.is_some());
            lane.waiting.insert(part.index, Waiting { ordinal, window });
        }
        Ok(true)
    }

    /// Returns whether a lane lacks the segment that is next.
    fn has_gap(&self) -> bool {
        let lacks = |lane: &Lane| {
            let first = lane.waiting.first_key_value();
            match first {
                Some((index, first)) => {
                    let is_gone = |path: &Path| crate::base::file::is_gone(path);
                    *index > lane.index
                        || first.window.is_none()
                            && is_gone(&self.directory.join(segment::name(first.ordinal)))
                }
                None => false,
            }
        };
        self.lanes.values().any(lacks)
    }

    /// Shows `take` the records that are new. What is missing for good `accepts_gaps`: else nothing is shown
    /// where something is missing.
    ///
    /// # Errors
    /// When a file can't be read; what was shown is not shown again.
    pub fn poll(&mut self, accepts_gaps: bool, take: &mut dyn FnMut(Record<'_>)) -> Result<Polled> {
        let is_there = self.look()?;
        if !accepts_gaps && self.has_gap() {
            return Ok(Polled::Gap);
        }
        for lane in self.lanes.values_mut() {
            lane.read(&self.directory, &mut self.open, take)?;
        }
        Ok(if is_there { Polled::Whole } else { Polled::Gone })
    }
}

impl Lane {
    fn read(&mut self, directory: &Path, open: &mut usize, take: &mut dyn FnMut(Record<'_>)) -> Result<()> {
        loop {
            let Some(mut first) = self.waiting.first_entry() else { return Ok(()) };
            if *first.key() != self.index {
                // Something between is lost.
                (self.index, self.offset) = (*first.key(), HEADER / 8);
            }
            let path = directory.join(segment::name(first.get().ordinal));
            let window = match &mut first.get_mut().window {
                Some(window) => window,
                none => match Window::open(&path) {
                    Ok(window) => {
                        *open += 1;
                        none.insert(window)
                    }
                    Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(()),
                    Err(source) => return Err(Error::io("open", &path, &source)),
                },
            };
            let mut is_fresh = false;
            let ended = loop {
                match window.parse(self.offset).map_err(|source| Error::io("read", &path, &source))? {
                    Parsed::Record(record, size) => {
                        take(record);
                        self.offset += size;
                        is_fresh = false;
                    }
                    Parsed::End => break true,
                    Parsed::Empty | Parsed::Damaged if !is_fresh => {
                        window.forget();
                        is_fresh = true;
                    }
                    // Where its process lives, no record may become one.
                    Parsed::Empty | Parsed::Damaged => break false,
                }
            };
            window.forget();
            let has_more = self.waiting.len() > 1;
            if !ended && !has_more {
                if *open > MOST_OPEN
                    && let Some(mut first) = self.waiting.first_entry()
                    && first.get_mut().window.take().is_some()
                {
                    *open -= 1;
                }
                return Ok(());
            }
            if let Some((index, passed)) = self.waiting.pop_first() {
                *open -= usize::from(passed.window.is_some());
                (self.index, self.offset) = (index + 1, HEADER / 8);
            }
        }
    }
}
