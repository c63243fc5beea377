//! Segments that are kept ready, so that no thread that emits has to make one; and a reserve, for
//! when no more can be made.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::segment::Segment;
use crate::base::error::{Error, Result};
use crate::base::sync::lock;

/// The most segments that are kept ready.
const MOST_READY: usize = 32;

/// Segments that are kept for a full disk, one a thread.
const RESERVE: usize = 4;

/// How long a thread that emits takes it that there is still no room: finding out takes a thousand
/// times as long as emitting.
const BACK_OFF: Duration = Duration::from_millis(10);

/// The stock of a journal.
#[derive(Debug)]
pub struct Stock {
    ready: Mutex<Vec<Segment>>,
    reserve: Mutex<Vec<Segment>>,
    wanted: AtomicUsize,
    /// Whether it ran dry since it was last looked at.
    was_dry: AtomicBool,
    /// When there was last no room, and why, unless there was some since.
    refused: Mutex<Option<(Instant, Error)>>,
}

impl Default for Stock {
    fn default() -> Self {
        Self {
            ready: Mutex::default(),
            reserve: Mutex::default(),
            wanted: AtomicUsize::new(1),
            was_dry: AtomicBool::new(false),
            refused: Mutex::default(),
        }
    }
}

/// A segment, and what is left.
#[derive(Debug)]
pub struct Taken {
    /// The segment.
    pub segment: Segment,
    /// Whether it is one of the reserve.
    pub is_reserve: bool,
    /// Whether it is time to make more: in a burst, whoever makes them takes a processor from those
    /// who emit.
    pub is_low: bool,
}

impl Stock {
    /// A segment: one that is ready, else a new one, else one of the reserve.
    ///
    /// # Errors
    /// What `make` says when there is none of these, or said a moment ago.
    pub fn take(&self, make: impl FnOnce() -> Result<Segment>) -> Result<Taken> {
        {
            let mut ready = lock(&self.ready);
            if !ready.is_empty() {
                let segment = ready.remove(0);
                let is_low = ready.len() <= self.wanted.load(Ordering::Relaxed) / 4;
                return Ok(Taken { segment, is_reserve: false, is_low });
            }
        }
        self.was_dry.store(true, Ordering::Relaxed);
        // Keep more from now on.
        let wanted = self.wanted.load(Ordering::Relaxed);
        self.wanted.store((wanted * 2).min(MOST_READY), Ordering::Relaxed);
        let recent = lock(&self.refused).clone().filter(|(time, _)| time.elapsed() < BACK_OFF);
        let made = recent.map_or_else(|| self.note(make()), |(_, error)| Err(error));
        let made = made.map(|segment| (segment, false)).or_else(|error| {
            let reserved = lock(&self.reserve).pop();
            reserved.map(|segment| (segment, true)).ok_or(error)
        });
        made.map(|(segment, is_reserve)| Taken { segment, is_reserve, is_low: true })
    }

    /// Keeps in mind whether there is room.
    fn note(&self, made: Result<Segment>) -> Result<Segment> {
        *lock(&self.refused) = made.as_ref().err().map(|error| (Instant::now(), error.clone()));
        made
    }

    /// Puts a segment in that was made before anybody asked.
    pub fn add(&self, segment: Segment) {
        lock(&self.ready).push(segment);
    }

    /// Makes what is missing: first the segments that are ready, then the reserve, each by the
    /// function for it.
    ///
    /// # Errors
    /// The first one.
    pub fn fill(
        &self,
        make: impl Fn() -> Result<Segment>,
        make_reserve: impl Fn() -> Result<Segment>,
    ) -> Result<()> {
        while lock(&self.ready).len() < self.wanted.load(Ordering::Relaxed) {
            let segment = self.note(make())?;
            lock(&self.ready).push(segment);
        }
        while lock(&self.reserve).len() < RESERVE {
            let segment = self.note(make_reserve())?;
            lock(&self.reserve).push(segment);
        }
        Ok(())
    }

    /// Lets go of everything: what is in it will not be needed.
    pub fn clear(&self) {
        for stock in [&self.ready, &self.reserve] {
            lock(stock).drain(..).for_each(remove);
        }
    }

    /// Lets go of what a burst needed and nobody has needed since the last call.
    pub fn shrink(&self) {
        if self.was_dry.swap(false, Ordering::Relaxed) {
            return;
        }
        let wanted = (self.wanted.load(Ordering::Relaxed) / 2).max(1);
        self.wanted.store(wanted, Ordering::Relaxed);
        let mut ready = lock(&self.ready);
        while ready.len() > wanted {
            if let Some(segment) = ready.pop() {
                remove(segment);
            }
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
        let make = || {
            ordinal.set(ordinal.get() + 1);
            match room.get() {
                true => Segment::create(directory.path(), ordinal.get(), 1, 4096),
                false => Err(Error::new(ErrorKind::Full, "no room")),
            }
        };
        let stock = Stock::default();
        stock.fill(make, make).unwrap();
        room.set(false);
        let from_reserve: Vec<bool> = (0..=RESERVE).map(|_| stock.take(make).unwrap().is_reserve).collect();
        assert_eq!(from_reserve, [false, true, true, true, true]);
        let tried = ordinal.get();
        assert_eq!(stock.take(make).unwrap_err().kind(), ErrorKind::Full);
        // Whoever emits asks now and then only.
        let start = Instant::now();
        let asked = (0..100).filter(|_| stock.take(make).is_err()).count();
        assert_eq!(asked, 100);
        let most = start.elapsed().as_millis() as u64 / BACK_OFF.as_millis() as u64 + 2;
        assert!(ordinal.get() - tried <= most, "{} of {most}", ordinal.get() - tried);
        assert!(stock.fill(make, make).is_err());
        room.set(true);
        stock.fill(make, make).unwrap();
        assert!(lock(&stock.ready).len() > 1 && lock(&stock.reserve).len() == RESERVE);
        // The first look says that it ran dry not long ago.
        (0..6).for_each(|_| stock.shrink());
        assert_eq!(lock(&stock.ready).len(), 1);
    }
}
