//! Mappings made ahead of their use: a solver that writes arrays of one size again and again finds
//! the next one ready, its pages present, and computes at the speed of warm memory.
//!
//! A thread of its own makes them, which starts with its first work: sealing takes far longer and
//! must not hold it up.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use memmap2::MmapRaw;

use super::staging::Staging;
use crate::base::error::{Error, Result};
use crate::base::file;
use crate::base::sync::lock;
use crate::base::{helper, sys};

/// Bytes that may lie ready altogether; what was declared has one nevertheless.
const MOST: u64 = 2 << 30;

/// Room on the disk that is left to what was emitted.
const SPARE_ROOM: u64 = 64 << 20;

/// Bytes of a small array.
const SMALL: u64 = 1 << 20;

/// How long the room on the disk is taken to be as it was: a solver that writes small arrays often does not have it
/// looked at for each.
const ROOM_LASTS: Duration = Duration::from_millis(100);

/// A file's zeros go to the disk when they are older than the kernel lets dirty pages become (30 s
/// unless told otherwise), and to write to them then costs a fault again. Where the next one is
/// further away, it is made this long before.
const LEAD: Duration = Duration::from_secs(15);

/// A file of zeros in the run's artifact directory, mapped.
#[derive(Debug)]
pub struct Blank {
    /// Its name, which no reader lists.
    pub name: String,
    /// The whole file.
    pub map: Arc<MmapRaw>,
}

impl Blank {
    /// Makes a file of `size` zeros and maps it.
    ///
    /// # Errors
    /// When there is no room for it; then nothing of it stays.
    pub fn create(staging: &Staging, size: u64) -> Result<Self> {
        Self::create_while(staging, size, || true)
    }

    fn create_while(staging: &Staging, size: u64, goes_on: impl Fn() -> bool) -> Result<Self> {
        let name = staging.name("blank");
        let path = staging.path(&name);
        let file = file::create_new(&path).map_err(|source| Error::io("create", &path, &source))?;
        let map = map(&file, &path, size, goes_on).inspect_err(|_| staging.remove(&name))?;
        Ok(Self { name, map: Arc::new(map) })
    }

    fn discard(self, staging: &Staging) {
        drop(self.map);
        staging.remove(&self.name);
    }
}

fn map(file: &File, path: &Path, size: u64, goes_on: impl Fn() -> bool) -> Result<MmapRaw> {
    sys::allocate_while(file, size, goes_on).map_err(|source| Error::io("allocate", path, &source))?;
    let map = MmapRaw::map_raw(file).map_err(|source| Error::io("map", path, &source))?;
    // SAFETY: the mapping is ours alone until it is handed out.
    unsafe { sys::prefault(map.as_mut_ptr(), map.len()) }
        .map_err(|source| Error::io("prefault", path, &source))?;
    Ok(map)
}

/// Blanks of one size.
#[derive(Debug, Default)]
struct Size {
    /// How often one was taken without a declaration.
    taken_undeclared: u64,
    declared: usize,
    /// The one that was made last is taken first: its pages are the freshest. What is below is a
    /// spare for who comes earlier than expected.
    ready: Vec<Blank>,
    taken: Option<Instant>,
    /// From one to the next, lately; of several that are taken at once, the long wait counts.
    interval: Duration,
    /// The last attempt to make one failed, or there was no room: until one is taken again.
    failed: bool,
}

impl Size {
    /// How many are to be ready. Most arrays are mapped once: undeclared, from the second time on.
    fn wanted(&self, size: u64) -> usize {
        match self.declared {
            0 => usize::from(self.taken_undeclared > 1 && size <= MOST / 2),
            declared => 2 * declared,
        }
    }

    fn take(&mut self, now: Instant) -> Option<Blank> {
        if self.declared == 0 {
            self.taken_undeclared += 1;
        }
        if let Some(before) = self.taken.replace(now) {
            self.interval = (now - before).max(self.interval - self.interval / 16);
        }
        self.failed = false;
        self.ready.pop()
    }

    /// When the next one is to be made: at once if there is no spare; not while the solver computes
    /// into the one that it took, since memory is what both wait for; nor long before it is wanted.
    fn due(&self, now: Instant) -> Instant {
        let quarter = self.interval / 4;
        match self.taken {
            Some(taken) if !self.ready.is_empty() => {
                taken + if self.interval > LEAD { self.interval - LEAD.min(quarter) } else { quarter }
            }
            _ => now,
        }
    }
}

enum Task {
    Make(u64),
    Discard(Blank),
    Wait(Option<Duration>),
}

#[derive(Debug, Default)]
struct Pool {
    sizes: HashMap<u64, Size>,
    thread: Option<JoinHandle<()>>,
}

impl Pool {
    fn next_task(&mut self, now: Instant) -> Task {
        let total: u64 = self.sizes.iter().map(|(size, blanks)| size * blanks.ready.len() as u64).sum();
        let mut wait: Option<Duration> = None;
        for (size, blanks) in &mut self.sizes {
            let wanted = blanks.wanted(*size);
            if blanks.ready.len() > wanted {
                return Task::Discard(blanks.ready.remove(0));
            }
            let is_first = blanks.ready.is_empty() && blanks.declared > 0;
            let fits = is_first || total.saturating_add(*size) <= MOST;
            if blanks.ready.len() == wanted || blanks.failed || !fits {
                continue;
            }
            let left = blanks.due(now).saturating_duration_since(now);
            if left.is_zero() {
                return Task::Make(*size);
            }
            wait = Some(wait.map_or(left, |wait| wait.min(left)));
        }
        Task::Wait(wait)
    }

    fn has_work(&self) -> bool {
        self.sizes.iter().any(|(size, blanks)| blanks.ready.len() != blanks.wanted(*size))
    }
}

/// Blank files by size, and the thread that makes them. It is only a help: whoever finds none makes
/// one, and what goes wrong here is nobody's error.
#[derive(Debug)]
pub struct Ahead {
    staging: Arc<Staging>,
    pool: Mutex<Pool>,
    changed: Condvar,
    ended: AtomicBool,
    known_room: Mutex<Option<(Instant, u64)>>,
}

impl Ahead {
    /// Of the files that `staging` names.
    pub fn new(staging: Arc<Staging>) -> Arc<Self> {
        Arc::new(Self {
            staging,
            pool: Mutex::default(),
            changed: Condvar::new(),
            ended: AtomicBool::new(false),
            known_room: Mutex::default(),
        })
    }

    /// Keeps two blanks of `size` ready from now on, or one where they are huge, until `retract`.
    pub fn declare(self: &Arc<Self>, size: u64) {
        self.change(|pool| {
            let blanks = pool.sizes.entry(size).or_default();
            blanks.declared += 1;
            blanks.failed = false;
        });
    }

    /// Ends what `declare` began.
    pub fn retract(self: &Arc<Self>, size: u64) {
        self.change(|pool| {
            if let Some(blanks) = pool.sizes.get_mut(&size) {
                blanks.declared = blanks.declared.saturating_sub(1);
            }
        });
    }

    /// A blank of `size`, if one is ready.
    pub fn take(self: &Arc<Self>, size: u64) -> Option<Blank> {
        self.change(|pool| pool.sizes.entry(size).or_default().take(Instant::now()))
    }

    fn change<R>(self: &Arc<Self>, body: impl FnOnce(&mut Pool) -> R) -> R {
        let mut pool = lock(&self.pool);
        let result = body(&mut pool);
        if pool.has_work() && !self.ended.load(Ordering::Relaxed) {
            if pool.thread.is_none() {
                let ahead = self.clone();
                pool.thread = helper::spawn("metalab-ahead", 5, move || ahead.run()).ok();
            }
            self.changed.notify_one();
        }
        result
    }

    fn run(&self) {
        let mut pool = lock(&self.pool);
        while !self.ended.load(Ordering::Relaxed) {
            match pool.next_task(Instant::now()) {
                Task::Make(size) => {
                    drop(pool);
                    let made = self.make(size);
                    pool = lock(&self.pool);
                    let blanks = pool.sizes.entry(size).or_default();
                    blanks.failed = made.is_none();
                    blanks.ready.extend(made);
                }
                Task::Discard(blank) => {
                    drop(pool);
                    blank.discard(&self.staging);
                    pool = lock(&self.pool);
                }
                Task::Wait(Some(limit)) => {
                    let waited = self.changed.wait_timeout(pool, limit);
                    pool = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                Task::Wait(None) => {
                    pool = self.changed.wait(pool).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn make(&self, size: u64) -> Option<Blank> {
        let room = self.room(size)?;
        // The solver's next array, and its points and lines, come before one that is not asked for.
        if room.saturating_sub(size) < size.max(SPARE_ROOM) {
            return None;
        }
        Blank::create_while(&self.staging, size, || !self.ended.load(Ordering::Relaxed)).ok()
    }

    /// The room on the disk, for a small array as it was less than `ROOM_LASTS` ago.
    fn room(&self, size: u64) -> Option<u64> {
        let mut known = lock(&self.known_room);
        match *known {
            Some((at, room)) if size < SMALL && at.elapsed() < ROOM_LASTS => Some(room),
            _ => {
                let room = sys::free_space(self.staging.directory()).ok()?;
                *known = Some((Instant::now(), room));
                Some(room)
            }
        }
    }

    /// Ends the thread, and removes what was not used.
    pub fn end(&self) {
        let thread = {
            let mut pool = lock(&self.pool);
            self.ended.store(true, Ordering::Relaxed);
            self.changed.notify_one();
            pool.thread.take()
        };
        if let Some(thread) = thread {
            let _ = thread.join();
        }
        for blank in lock(&self.pool).sizes.drain().flat_map(|(_, size)| size.ready) {
            blank.discard(&self.staging);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: u64 = 4096;

    fn ahead(directory: &Path) -> Arc<Ahead> {
        Ahead::new(Arc::new(Staging::new(directory.to_owned(), Path::new("journal"))))
    }

    fn files(directory: &Path) -> usize {
        std::fs::read_dir(directory).unwrap().count()
    }

    fn wait_for(ready: usize, ahead: &Ahead) {
        let start = Instant::now();
        while lock(&ahead.pool).sizes.values().map(|size| size.ready.len()).sum::<usize>() != ready {
            assert!(start.elapsed() < Duration::from_secs(60), "never {ready}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn the_third_of_a_size_is_ready() {
        let directory = tempfile::tempdir().unwrap();
        let ahead = ahead(directory.path());
        assert!(ahead.take(SIZE).is_none() && lock(&ahead.pool).thread.is_none());
        assert!(ahead.take(SIZE).is_none());
        wait_for(1, &ahead);
        let blank = ahead.take(SIZE).unwrap();
        assert_eq!(blank.map.len() as u64, SIZE);
        wait_for(1, &ahead);
        ahead.end();
        assert!(ahead.take(SIZE).is_none());
        assert_eq!(files(directory.path()), 1, "only what was taken is left");
    }

    #[test]
    fn what_is_declared_is_ready_twice_until_it_is_retracted() {
        let directory = tempfile::tempdir().unwrap();
        let ahead = ahead(directory.path());
        ahead.declare(SIZE);
        wait_for(2, &ahead);
        let first = ahead.take(SIZE).unwrap();
        wait_for(2, &ahead);
        assert_eq!(files(directory.path()), 3);
        first.discard(&ahead.staging);
        ahead.retract(SIZE);
        wait_for(0, &ahead);
        ahead.end();
        ahead.declare(SIZE);
        assert_eq!(files(directory.path()), 0, "nothing is made after the end");
    }

    #[test]
    fn the_next_one_is_made_shortly_before_it_is_expected() {
        let (mut size, start) = (Size { declared: 1, ..Size::default() }, Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(size.due(start), start);
        for seconds in [0, 100, 200] {
            size.take(after(seconds));
        }
        assert_eq!(size.due(after(200)), after(200), "there is none");
        let directory = tempfile::tempdir().unwrap();
        let staging = Staging::new(directory.path().to_owned(), Path::new("journal"));
        size.ready.push(Blank::create(&staging, SIZE).unwrap());
        assert_eq!(size.due(after(200)), after(285));
        size.interval = Duration::from_secs(8);
        assert_eq!(size.due(after(200)), after(202), "soon, but not at once");
        size.interval = Duration::from_secs(100);
        let mut pool = Pool::default();
        pool.sizes.insert(SIZE, size);
        assert!(matches!(pool.next_task(after(205)), Task::Wait(Some(left)) if left.as_secs() == 80));
        assert!(matches!(pool.next_task(after(285)), Task::Make(SIZE)));
        pool.sizes.get_mut(&SIZE).unwrap().failed = true;
        assert!(matches!(pool.next_task(after(285)), Task::Wait(None)));
    }

    #[test]
    fn huge_ones_are_not_made_unless_they_are_declared() {
        let mut pool = Pool::default();
        let huge = Size { taken_undeclared: 9, ..Size::default() };
        pool.sizes.insert(MOST / 2 + 1, huge);
        assert!(!pool.has_work());
        pool.sizes.insert(3 * MOST, Size { declared: 1, ..Size::default() });
        assert!(matches!(pool.next_task(Instant::now()), Task::Make(size) if size == 3 * MOST));
    }
}
