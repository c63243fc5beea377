//! Segments that are kept ready, so that no thread that emits has to make one; and a reserve, for
//! when no more can be made.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::record::LONGEST;
use super::segment::{HEADER, Segment};
use crate::base::error::{Error, Result};
use crate::base::sync::lock;

/// The sizes of a lane's segments, from its first one; the last size goes on. Most threads of a run
/// that has many emit little, and what emits much is soon where growing costs nothing.
pub const SIZES: [usize; 4] = [16 << 10, 128 << 10, 512 << 10, 2 << 20];

/// All but the first have room for any record.
const _: () = assert!(SIZES[1] >= SMALL && SMALL > HEADER + 8 * (LONGEST + 1));

/// The size of segments where room is scarce.
pub const SMALL: usize = 128 << 10;

/// The most segments of a size that are kept ready.
const MOST_READY: usize = 16;

/// The size of segments that are kept for a full disk.
const RESERVED: usize = 512 << 10;

/// The most of them: there is one for each thread that emits, and most processes of a parallel program have one.
const MOST_RESERVED: usize = 4;

/// How long a thread that emits takes it that there is still no room: finding out takes a thousand
/// times as long as emitting.
const BACK_OFF: Duration = Duration::from_millis(10);

/// Segments of one size.
#[derive(Debug, Default)]
struct Shelf {
    ready: Mutex<Vec<Segment>>,
    wanted: AtomicUsize,
    /// True if it ran dry since it was last looked at.
    was_dry: AtomicBool,
}

/// The stock of a journal.
#[derive(Debug, Default)]
pub struct Stock {
    shelves: [Shelf; SIZES.len()],
    reserve: Mutex<Vec<Segment>>,
    /// When there was last no room, and why, unless there was some since.
    refused: Mutex<Option<(Instant, Error)>>,
}

/// A segment, and what is left.
#[derive(Debug)]
pub struct Taken {
    /// The segment.
    pub segment: Segment,
    /// True if it is one of the reserve.
    pub is_reserve: bool,
    /// True if it is time to make more: in a burst, whoever makes them takes a processor from those
    /// who emit.
    pub is_low: bool,
}

impl Stock {
    /// A segment for a lane that had `index` before: one that is ready, else a new one, else any that
    /// is ready, else one of the reserve.
    ///
    /// # Errors
    /// The error of `make` when there is none of these, or its error of a moment ago.
    pub fn take(&self, index: u64, make: impl FnOnce(usize) -> Result<Segment>) -> Result<Taken> {
        let at = (index as usize).min(SIZES.len() - 1);
        let shelf = &self.shelves[at];
        // The next size is wanted next.
        let following = &self.shelves[(at + 1).min(SIZES.len() - 1)].wanted;
        let is_new = following.fetch_max(1, Ordering::Relaxed) == 0;
        {
            let mut ready = lock(&shelf.ready);
            if !ready.is_empty() {
                let segment = ready.remove(0);
                let is_low = is_new || ready.len() <= shelf.wanted.load(Ordering::Relaxed) / 4;
                return Ok(Taken { segment, is_reserve: false, is_low });
            }
        }
        shelf.was_dry.store(true, Ordering::Relaxed);
        // Keep more from now on.
        let wanted = shelf.wanted.load(Ordering::Relaxed);
        shelf.wanted.store((wanted * 2).clamp(1, MOST_READY), Ordering::Relaxed);
        let recent = lock(&self.refused).clone().filter(|(time, _)| time.elapsed() < BACK_OFF);
        let made = recent.map_or_else(|| self.note(make(SIZES[at])), |(_, error)| Err(error));
        let made = made.map(|segment| (segment, false)).or_else(|error| {
            // Where a thread goes on, its record may be too large for the smallest.
            let first = usize::from(index > 0);
            let other = self.shelves[first..].iter().rev().find_map(|shelf| lock(&shelf.ready).pop());
            let reserved = || lock(&self.reserve).pop().map(|segment| (segment, true));
            other.map(|segment| (segment, false)).or_else(reserved).ok_or(error)
        });
        made.map(|(segment, is_reserve)| Taken { segment, is_reserve, is_low: true })
    }

    /// Keeps in mind whether there is room.
    fn note(&self, made: Result<Segment>) -> Result<Segment> {
        *lock(&self.refused) = made.as_ref().err().map(|error| (Instant::now(), error.clone()));
        made
    }

    /// Makes what is missing, with `make`: first the segments that are ready, then the reserve of this many
    /// lanes.
    ///
    /// # Errors
    /// The first one.
    pub fn fill(&self, lanes: u64, make: impl Fn(usize) -> Result<Segment>) -> Result<()> {
        let fill = |stock: &Mutex<Vec<Segment>>, wanted: &dyn Fn() -> usize, size: usize| {
            while lock(stock).len() < wanted() {
                let segment = self.note(make(size))?;
                lock(stock).push(segment);
            }
            Ok(())
        };
        for (shelf, size) in self.shelves.iter().zip(SIZES) {
            fill(&shelf.ready, &|| shelf.wanted.load(Ordering::Relaxed), size)?;
        }
        let reserved = usize::try_from(lanes).unwrap_or(MOST_RESERVED).min(MOST_RESERVED);
        fill(&self.reserve, &|| reserved, RESERVED)
    }

    /// Lets go of everything: what is in it will not be needed.
    pub fn clear(&self) {
        let ready = self.shelves.iter().map(|shelf| &shelf.ready);
        ready.chain([&self.reserve]).for_each(|stock| lock(stock).drain(..).for_each(remove));
    }

    /// Lets go of what a burst needed and nobody has needed since the last call.
    pub fn shrink(&self) {
        for shelf in &self.shelves {
            if shelf.was_dry.swap(false, Ordering::Relaxed) {
                continue;
            }
            let wanted = shelf.wanted.load(Ordering::Relaxed).div_ceil(2);
            shelf.wanted.store(wanted, Ordering::Relaxed);
            let mut ready = lock(&shelf.ready);
            let most = wanted.min(ready.len());
            ready.drain(most..).for_each(remove);
        }
    }
}

/// Lets go of a segment that is not needed.
pub fn remove(segment: Segment) {
    let _ = std::fs::remove_file(segment.path());
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::base::error::{Error, ErrorKind};

    #[test]
    fn a_full_disk_leaves_the_reserve() {
        let directory = tempfile::tempdir().unwrap();
        let (ordinal, room) = (Cell::new(0), Cell::new(true));
        let make = |_| {
            ordinal.set(ordinal.get() + 1);
            match room.get() {
                true => Segment::create(directory.path(), ordinal.get(), 1, 4096),
                false => Err(Error::new(ErrorKind::Full, "no room")),
            }
        };
        let stock = Stock::default();
        stock.take(0, make).unwrap();
        stock.fill(9, make).unwrap();
        room.set(false);
        // One of each of the two first sizes is ready, and then there is the reserve.
        let from_reserve: Vec<bool> =
            (0..MOST_RESERVED + 2).map(|_| stock.take(0, make).unwrap().is_reserve).collect();
        assert_eq!(from_reserve, [false, false, true, true, true, true]);
        let tried = ordinal.get();
        assert_eq!(stock.take(0, make).unwrap_err().kind(), ErrorKind::Full);
        // Whoever emits asks now and then only.
        let start = Instant::now();
        let asked = (0..100).filter(|_| stock.take(0, make).is_err()).count();
        assert_eq!(asked, 100);
        let most = start.elapsed().as_millis() as u64 / BACK_OFF.as_millis() as u64 + 2;
        assert!(ordinal.get() - tried <= most, "{} of {most}", ordinal.get() - tried);
        assert!(stock.fill(9, make).is_err());
        room.set(true);
        stock.fill(9, make).unwrap();
        assert!(lock(&stock.shelves[0].ready).len() > 1 && lock(&stock.reserve).len() == MOST_RESERVED);
        // The first look says that it ran dry not long ago.
        (0..6).for_each(|_| stock.shrink());
        assert_eq!(lock(&stock.shelves[0].ready).len(), 1);
    }
}
