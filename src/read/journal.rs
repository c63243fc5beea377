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
use crate::base::file;
use crate::journal::lanes::Reached;
use crate::journal::record::{Parsed, Record};
use crate::journal::segment::{self, HEADER, Left, Segment};
use crate::journal::window::Window;

/// Segments that are kept open, so that what is in them can be read when they have been removed.
const MOST_OPEN: usize = 256;

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
    /// names. What came before them was shown.
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

    /// Opens what there is, so that it can be read later, also when it has been removed.
    ///
    /// # Errors
    /// When the directory or a segment can't be read.
    pub fn open(&mut self) -> Result<Polled> {
        let mut is_there = self.look()?;
        if self.has_gap() {
            // A segment may have come into use after it was looked at, and the one after it before that one
            // was: the next look finds it, if it is there.
            is_there = self.look()?;
        }
        Ok(match is_there {
            false => Polled::Gone,
            true if self.has_gap() => Polled::Gap,
            true => Polled::Whole,
        })
    }

    /// Returns whether a lane lacks a segment.
    fn has_gap(&self) -> bool {
        let is_gone = |one: &Waiting| {
            one.window.is_none() && file::is_gone(&self.directory.join(segment::name(one.ordinal)))
        };
        let lacks = |lane: &Lane| {
            let mut expected = lane.index..;
            lane.waiting.iter().any(|(index, one)| expected.next() != Some(*index) || is_gone(one))
        };
        self.lanes.values().any(lacks)
    }

    /// Returns whether lanes that were read up to there are not known here.
    pub fn lacks(&self, reached: &Reached) -> bool {
        reached.lanes.keys().any(|id| !self.lanes.contains_key(id))
    }

    /// Goes on from there in the lanes that were read less far; true if there are several lanes.
    pub fn jump(&mut self, to: &Reached) -> bool {
        for (id, reached) in &to.lanes {
            let new = || Lane { index: 0, offset: HEADER / 8, waiting: BTreeMap::new() };
            let lane = self.lanes.entry(*id).or_insert_with(new);
            if (lane.index, lane.offset) < *reached {
                (lane.index, lane.offset) = *reached;
                let kept = lane.waiting.split_off(&lane.index);
                let passed = std::mem::replace(&mut lane.waiting, kept).into_values();
                self.open -= passed.filter(|one| one.window.is_some()).count();
            }
        }
        self.lanes.len() > 1
    }

    /// Shows `take` the records that are new, up to where something is missing: `skips_gaps` says that what
    /// is missing never comes.
    ///
    /// # Errors
    /// When a file can't be read; what was shown is not shown again.
    pub fn poll(&mut self, skips_gaps: bool, take: &mut dyn FnMut(Record<'_>)) -> Result<Polled> {
        let found = self.open()?;
        if found == Polled::Gap && !skips_gaps {
            return Ok(Polled::Gap);
        }
        let mut is_whole = true;
        for lane in self.lanes.values_mut() {
            is_whole &= lane.read(&self.directory, &mut self.open, skips_gaps, take)?;
        }
        Ok(if is_whole || skips_gaps && found == Polled::Gap { found } else { Polled::Gap })
    }
}

impl Lane {
    /// Shows what is new; false where something is missing.
    fn read(
        &mut self,
        directory: &Path,
        open: &mut usize,
        skips_gaps: bool,
        take: &mut dyn FnMut(Record<'_>),
    ) -> Result<bool> {
        loop {
            let Some(mut first) = self.waiting.first_entry() else { return Ok(true) };
            if *first.key() != self.index {
                if !skips_gaps {
                    return Ok(false);
                }
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
                    Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
                        if !skips_gaps {
                            return Ok(false);
                        }
                        self.index += 1;
                        self.waiting.pop_first();
                        continue;
                    }
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
                let first = self.waiting.first_entry().filter(|_| *open > MOST_OPEN);
                if first.is_some_and(|mut first| first.get_mut().window.take().is_some()) {
                    *open -= 1;
                }
                return Ok(true);
            }
            if let Some((index, passed)) = self.waiting.pop_first() {
                *open -= usize::from(passed.window.is_some());
                (self.index, self.offset) = (index + 1, HEADER / 8);
            }
        }
    }
}
