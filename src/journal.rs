//! The journal of one process in one run: what was emitted, where a kill can't take it.
//!
//! Every thread appends to a segment of its own, without a lock or a system call; the writer
//! thread follows all of them. Names become numbers once, so that a point is three words.
//!
//! Nobody who emits waits without bound. While the disk is full, or the writer further behind than
//! a thread may run ahead, debug lines are refused first; segments that were made ahead, and then a
//! reserve, take everything else; when those are full, records are refused. A refused record
//! is an error of its call, is counted, and is reported by the run's health, log and record. The record's
//! end needs none of this: room for it was set aside when the run began.

mod emitter;
pub mod event;
pub mod folded;
pub mod lanes;
mod name_hash;
pub mod names;
pub mod pages;
pub mod position;
pub mod record;
pub mod segment;
mod stock;
pub mod window;

use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

pub use emitter::{CONTINUED, Emitter, Log, existing, leave, touch_thread, with};
use emitter::{Limit, ended};
use lanes::{At, Fresh, Lane};
use names::Names;
pub use position::Refusal;
use position::{Fence, Position};
use record::{Parsed, Record};
use segment::{Left, Part, Segment};
use stock::{SMALL, Stock, Taken};
use window::Window;

use crate::base::crew::Bell;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::sync::lock;
use crate::base::sys::{self, NotSynced};
use crate::journal::event::Event;

/// Bytes of full segments that the writer has yet to read, from which a thread that fills another one
/// waits for it: about 5 million points.
const FULL_TO_WAIT: u64 = 128 << 20;

/// Bytes of full segments from which the writer follows without a rest.
const FULL_TO_FOLLOW: u64 = 32 << 20;

/// Bytes of full segments that wait to be read in memory; the memory of those behind is given back.
const FULL_IN_MEMORY: u64 = 16 << 20;

/// Directories above a journal's that may be as new: those of the run and of the experiment, the one of all
/// journals, and the one that names it.
const ABOVE: usize = 4;

/// How long a thread waits for the writer each time at most; then it goes on.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

/// Bytes of full segments from which records are refused: the writer must have met a disk that hangs.
const MOST_FULL: u64 = 4 << 30;

/// A place in a segment where a thread goes on appending.
#[derive(Debug)]
struct Place {
    lane: Arc<Lane>,
    index: u64,
    segment: Arc<Segment>,
    cursor: *mut u64,
}

// SAFETY: the cursor points into the segment, which the Arc keeps; whoever holds the place is the
// segment's one producer.
unsafe impl Send for Place {}

/// A value on cache lines of its own, so that writing to it doesn't disturb its neighbours.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Alone<T>(T);

/// Flags that every call reads and hardly any changes.
#[derive(Debug, Default)]
struct Flags {
    /// True if nothing can be appended any more.
    closed: AtomicBool,
    /// True if debug lines are left out.
    scarce: AtomicBool,
    /// True if the writer sleeps until it is woken.
    asleep: AtomicBool,
}

/// How many records could not be appended, by what they were, and the first reason.
#[derive(Debug, Default, Clone)]
pub struct Refused {
    /// The numbers, in the order of `Refusal`.
    pub counts: [u64; 6],
    /// The first reason.
    pub reason: Option<String>,
}

impl Refused {
    /// How many records of a kind.
    pub fn of(&self, what: Refusal) -> u64 {
        self.counts[what as usize]
    }

    /// How many records.
    pub fn count(&self) -> u64 {
        // A damaged page may say anything.
        self.counts.iter().fold(0, |all: u64, count| all.saturating_add(*count))
    }
}

/// The journal: shared by the threads that append and the one that follows.
#[derive(Debug)]
pub struct Journal {
    key: u64,
    id: u64,
    directory: PathBuf,
    process: u64,
    flags: Alone<Flags>,
    sequence: Alone<AtomicU64>,
    created: AtomicU64,
    lanes: AtomicU64,
    fresh: Mutex<Vec<Fresh>>,
    stock: Stock,
    full: AtomicU64,
    returned: Mutex<Vec<Place>>,
    names: Names,
    blobs: AtomicU64,
    orphan: Mutex<Option<Emitter>>,
    /// Those of threads.
    emitters: Mutex<Vec<Limit>>,
    /// The first reason why a record was refused; the page has the numbers.
    refused: Mutex<Option<String>>,
    writer: OnceLock<Bell>,
    urgent: AtomicBool,
    synced: AtomicBool,
    position: Option<Position>,
    /// True if the disk has the names of the directories above.
    is_placed: AtomicBool,
    /// The error of a sync that lost some of it: the system tells of that once.
    lost: Mutex<Option<Error>>,
    /// The segments that a dead process left.
    left: Vec<Part>,
    damage: Vec<String>,
}

impl Journal {
    /// Makes a journal in `directory`, which must not exist but its parent may.
    ///
    /// # Errors
    /// When the directory or its lock can't be had.
    pub fn create(directory: &Path) -> Result<Arc<Self>> {
        sys::watch_forks(emitter::forget_in_child);
        let mut tries = 0;
        while let Err(source) = DirBuilder::new().recursive(true).create(directory) {
            // Whoever ends the last other run removes the directories above, if they are empty.
            tries += 1;
            if source.kind() != std::io::ErrorKind::NotFound || tries > 100 {
                remove_directory(directory);
                return Err(Error::io("create", directory, &source));
            }
        }
        let made = Self::fill(directory);
        if made.is_err() {
            remove_directory(directory);
        }
        made
    }

    fn fill(directory: &Path) -> Result<Arc<Self>> {
        let id = u64::from_le_bytes(sys::random_bytes());
        let position = Position::create(directory, id)?;
        Ok(Arc::new(Self::new(directory, id, Some(position), Names::new(directory))))
    }

    fn new(directory: &Path, id: u64, position: Option<Position>, names: Names) -> Self {
        static KEYS: AtomicU64 = AtomicU64::new(1);
        Self {
            key: KEYS.fetch_add(1, Ordering::Relaxed),
            id,
            directory: directory.to_owned(),
            process: sys::process_generation(),
            flags: Alone::default(),
            sequence: Alone::default(),
            created: AtomicU64::new(0),
            lanes: AtomicU64::new(0),
            fresh: Mutex::default(),
            stock: Stock::default(),
            full: AtomicU64::new(0),
            returned: Mutex::default(),
            names,
            blobs: AtomicU64::new(0),
            orphan: Mutex::default(),
            emitters: Mutex::default(),
            refused: Mutex::default(),
            writer: OnceLock::new(),
            urgent: AtomicBool::new(false),
            synced: AtomicBool::new(false),
            position,
            is_placed: AtomicBool::new(false),
            lost: Mutex::default(),
            left: Vec::new(),
            damage: Vec::new(),
        }
    }

    /// The journal that a dead process left in `directory`, ready to be followed; nothing if somebody
    /// holds it. Held against other recoverers until it is released; `fence` says whose it is now.
    ///
    /// # Errors
    /// When its files can't be opened. Files that are damaged or foreign are left out; `damage` says so.
    pub fn adopt(directory: &Path, fence: &Fence) -> Result<Option<Arc<Self>>> {
        sys::watch_forks(emitter::forget_in_child);
        let Some(position) = Position::adopt(directory, fence)? else { return Ok(None) };
        let id = position.id();
        let (mut left, mut damage) = Self::look(directory, id)?;
        if left.is_empty() && id.is_some() {
            // None is of the number that the page has: that may be what is damaged.
            let (all, reasons) = Self::look(directory, None)?;
            if !all.is_empty() {
                (left, damage) = (all, reasons);
                damage.push("the page is another journal's".to_owned());
            }
        }
        if !left.is_empty() && position.logged().is_none() {
            damage.push("the position is lost: lines of the log may be there twice".to_owned());
        }
        let names = Names::read(directory)?;
        let mut journal = Self::new(directory, id.unwrap_or(0), Some(position), names);
        (journal.left, journal.damage) = (left, damage);
        // Its process may have put it on the disk, and what takes its place must not be less safe.
        journal.synced.store(true, Ordering::Relaxed);
        // The record that it becomes says how the run ended: no cut leaves one that goes on.
        journal.is_placed.store(true, Ordering::Relaxed);
        journal.flags.0.closed.store(true, Ordering::Release);
        Ok(Some(Arc::new(journal)))
    }

    /// Returns whether there is a journal, or what is left of one, in `directory`.
    ///
    /// # Errors
    /// When that can't be told.
    pub fn is_in(directory: &Path) -> Result<bool> {
        let failed = |source: std::io::Error| Error::io("read", directory, &source);
        let entries = match std::fs::read_dir(directory) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let file = entry.map_err(failed)?.file_name();
            let is_segment = file.to_str().is_some_and(|file| file.starts_with("segment-"));
            if file == position::FILE || is_segment {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The segments in `directory` that came into use, and what is wrong with files that are named so.
    fn look(directory: &Path, id: Option<u64>) -> Result<(Vec<Part>, Vec<String>)> {
        let failed = |source: std::io::Error| Error::io("read", directory, &source);
        let mut parts = Vec::new();
        let mut damage = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let file = entry.file_name().to_string_lossy().into_owned();
            if !file.starts_with("segment-") {
                continue;
            }
            match Segment::look(&entry.path(), id)? {
                Left::Unused => {}
                Left::Foreign(why) => damage.push(format!("{file} {why}")),
                Left::Segment(part, found) => {
                    damage.extend(found.map(|why| format!("{file} {why}")));
                    parts.push(part);
                }
            }
        }
        Ok((parts, damage))
    }

    /// The segments that were in use when the journal was adopted.
    pub fn left(&self) -> &[Part] {
        &self.left
    }

    /// The segments that have come into use and are still there.
    ///
    /// # Errors
    /// When they can't be looked at.
    pub fn parts(&self) -> Result<Vec<Part>> {
        Self::look(&self.directory, Some(self.id).filter(|id| *id != 0)).map(|(parts, _)| parts)
    }

    /// Removes a segment that has been read and is not needed any more.
    pub fn remove_segment(&self, ordinal: u64) {
        let _ = std::fs::remove_file(self.directory.join(segment::name(ordinal)));
    }

    /// The damage that was found in the files of a journal that was adopted.
    pub fn damage(&self) -> &[String] {
        &self.damage
    }

    /// Where the store stood.
    pub fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// Returns whether the process that left it had emitted nothing.
    ///
    /// # Errors
    /// When its directory can't be looked at.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.left.is_empty() && !file::is_there(&self.directory.join(folded::FILE))?)
    }

    /// A number that no other journal of this process has or had.
    pub fn key(&self) -> u64 {
        self.key
    }

    /// Where the journal's files are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns whether nothing can be appended any more, here: because the run ended, or because this is
    /// a forked child, which has no writer thread.
    pub fn is_closed(&self) -> bool {
        self.flags.0.closed.load(Ordering::Acquire) || self.is_inherited()
    }

    /// Returns whether this process got the journal by fork.
    pub fn is_inherited(&self) -> bool {
        self.process != sys::process_generation()
    }

    /// Ends appending. What a call that has returned appended is there; a call under way may be refused.
    pub fn close(&self) {
        self.flags.0.closed.store(true, Ordering::Release);
        fence(Ordering::SeqCst);
        for limit in lock(&self.emitters).iter() {
            // SAFETY: on the list, which is locked.
            unsafe { limit.close() };
        }
        emitter::note_end();
        // The orphan holds the journal that holds it.
        let orphan = lock(&self.orphan).take();
        drop(orphan);
    }

    /// Has an emitter be told when the journal is closed.
    fn enlist(&self, limit: Limit) {
        let mut emitters = lock(&self.emitters);
        emitters.push(limit);
        if self.flags.0.closed.load(Ordering::Relaxed) {
            // SAFETY: on the list, which is locked.
            unsafe { limit.close() };
        }
    }

    /// An emitter goes. In a forked child nobody closes the journal, and the list may be locked for ever.
    fn delist(&self, limit: Limit) {
        if self.is_inherited() {
            return;
        }
        lock(&self.emitters).retain(|other| *other != limit);
    }

    /// Gives back what the journal of a run that has ended holds: threads that emitted may keep the
    /// journal for as long as they live. Whoever wants to may take over what is left of it.
    pub fn let_go(&self) {
        lock(&self.returned).clear();
        self.names.close();
        // The rest is for who opens the run again, in this process too.
        if let Some(position) = &self.position {
            position.retire();
        }
    }

    /// Who is to be woken when there is urgent work.
    pub fn set_bell(&self, bell: Bell) {
        let _ = self.writer.set(bell);
    }

    /// Wakes the writer, so that it follows at once.
    pub fn wake(&self) {
        self.urgent.store(true, Ordering::Release);
        self.nudge();
    }

    /// Returns whether the writer is to follow at once: it was asked to, or much waits.
    pub fn take_urgent(&self) -> bool {
        self.urgent.swap(false, Ordering::Acquire) || self.is_urgent()
    }

    /// Returns whether so much waits that the writer does not rest.
    pub fn is_urgent(&self) -> bool {
        self.full.load(Ordering::Relaxed) > FULL_TO_FOLLOW
    }

    /// Wakes the writer to look after segments, and to follow if it is time.
    fn nudge(&self) {
        if let Some(writer) = self.writer.get() {
            writer.ring();
        }
    }

    /// Says that the writer is about to sleep longer than a line may wait: then what should be seen soon
    /// wakes it. Returns whether that was said before, and nothing has come since. The first time, the
    /// writer must look for work again, and once more a while later: a line may have come whose thread
    /// did not see the flag.
    pub fn set_asleep(&self) -> bool {
        self.flags.0.asleep.swap(true, Ordering::SeqCst)
    }

    /// Says that the writer looks by itself as often as a line may wait.
    pub fn set_awake(&self) {
        self.flags.0.asleep.store(false, Ordering::Relaxed);
    }

    /// Wakes a writer that sleeps long.
    #[inline(always)]
    fn rouse(&self) {
        if self.flags.0.asleep.load(Ordering::Relaxed) {
            self.rouse_now();
        }
    }

    #[cold]
    #[inline(never)]
    fn rouse_now(&self) {
        if self.flags.0.asleep.swap(false, Ordering::Relaxed) {
            self.nudge();
        }
    }

    /// The counter of the numbers that order records; see `lanes`.
    pub fn drawn(&self) -> u64 {
        self.sequence.0.load(Ordering::Acquire)
    }

    /// The segments that came into use since the last call, in the order of that.
    pub fn take_fresh(&self) -> Vec<Fresh> {
        std::mem::take(&mut *lock(&self.fresh))
    }

    /// Returns whether so much waits to be read that memory is given back.
    pub fn is_far_ahead(&self) -> bool {
        self.full.load(Ordering::Relaxed) > FULL_IN_MEMORY
    }

    /// Keeps segments ready; the writer thread calls this often.
    ///
    /// # Errors
    /// When a segment can't be made: then appending threads will try themselves and report.
    pub fn restock(&self) -> Result<()> {
        // A run that emits nothing needs nothing; one that does wakes the writer.
        let lanes = self.lanes.load(Ordering::Relaxed);
        if self.flags.0.closed.load(Ordering::Relaxed) || lanes == 0 {
            return Ok(());
        }
        let filled = self.stock.fill(lanes, |size| self.make_segment(size));
        let is_behind = self.full.load(Ordering::Relaxed) > FULL_TO_WAIT;
        self.flags.0.scarce.store(filled.is_err() || is_behind, Ordering::Relaxed);
        filled
    }

    /// Gives back the segments that nobody took, when the run has ended: the store may need the room.
    pub fn clear_stock(&self) {
        self.stock.clear();
    }

    /// Gives back what a burst needed; for a writer that has little to do.
    pub fn shrink(&self) {
        self.stock.shrink();
    }

    /// Returns whether debug lines are left out now.
    #[inline(always)]
    pub fn is_scarce(&self) -> bool {
        self.flags.0.scarce.load(Ordering::Relaxed)
    }

    /// A segment of `size` bytes; a small one where there is no room for that.
    fn make_segment(&self, size: usize) -> Result<Segment> {
        let made = |size| {
            let ordinal = self.created.fetch_add(1, Ordering::Relaxed);
            Segment::create(&self.directory, ordinal, self.id, size)
        };
        made(size).or_else(|error| if size > SMALL { made(SMALL) } else { Err(error) })
    }

    /// Says that the writer has read a segment of `size` bytes to its end.
    pub fn note_read(&self, size: u64) {
        // Segments that a dead process filled were never counted.
        let _ = self.full.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full| full.checked_sub(size));
    }

    /// Waits a while for a writer that has fallen far behind. Threads that emit more than it can
    /// write are slowed to its pace; a disk that hangs holds nobody up for long.
    fn wait_for_writer(&self) -> Result<()> {
        if self.full.load(Ordering::Relaxed) > MOST_FULL {
            let text = "the store's disk does not keep up, and the journal is at its limit";
            return Err(Error::new(ErrorKind::Full, text));
        }
        let start = Instant::now();
        while self.full.load(Ordering::Relaxed) > FULL_TO_WAIT && start.elapsed() < LONGEST_WAIT {
            self.wake();
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }

    /// A place for a thread to append to: the start of the segment with this index in its lane, or
    /// where another thread has ended, or in a lane of its own.
    fn next_place(&self, lane: Option<(&Arc<Lane>, u64)>) -> Result<Place> {
        if lane.is_some() {
            self.wait_for_writer()?;
        } else if let Some(place) = lock(&self.returned).pop() {
            return Ok(place);
        }
        let index = lane.map_or(0, |(_, index)| index);
        let taken = self.stock.take(index, |size| self.make_segment(size));
        // Of a run that has just ended, the directory may be gone.
        let Taken { segment, is_reserve, is_low } =
            taken.map_err(|error| if self.is_closed() { ended() } else { error })?;
        if is_reserve {
            self.flags.0.scarce.store(true, Ordering::Relaxed);
        }
        // Under the lock, so that a kill leaves no lane without a segment but the last.
        let mut fresh = lock(&self.fresh);
        // The writer takes what is here for the last time after that was said.
        if self.flags.0.closed.load(Ordering::Relaxed) {
            drop(fresh);
            stock::remove(segment);
            return Err(ended());
        }
        let segment = Arc::new(segment);
        let lane = match lane {
            Some((lane, _)) => lane.clone(),
            None => Lane::new(self.lanes.fetch_add(1, Ordering::Relaxed) + 1),
        };
        segment.take(lane.id(), index);
        fresh.push(Fresh { lane: lane.clone(), index, segment: segment.clone() });
        drop(fresh);
        if is_low {
            self.nudge();
        }
        let cursor = segment.first();
        Ok(Place { lane, index, segment, cursor })
    }

    /// The name with this number.
    pub fn name(&self, id: u32) -> Option<Arc<str>> {
        self.names.get(id)
    }

    /// The number of a name that was declared.
    pub fn id_of(&self, name: &str) -> Option<u32> {
        self.names.id(name)
    }

    /// Puts a payload that is too large for a record in a file of its own, complete when this
    /// returns, and gives its number.
    ///
    /// # Errors
    /// When it can't be written; then nothing of it stays.
    pub fn blob(&self, fill: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>) -> Result<u64> {
        let number = self.blobs.fetch_add(1, Ordering::Relaxed);
        let path = self.blob_path(number);
        let written = file::create_new(&path).map_err(|source| Error::io("create", &path, &source)).and_then(
            |mut file| {
                fill(&mut |piece| file.write_all(piece).map_err(|source| Error::io("write", &path, &source)))
            },
        );
        if let Err(error) = written {
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        Ok(number)
    }

    /// The file of a blob.
    pub fn blob_path(&self, number: u64) -> PathBuf {
        self.directory.join(format!("blob-{number:08}"))
    }

    /// Appends `event`, whatever its size, for the calling thread.
    ///
    /// # Errors
    /// When the run has ended or the event can't be kept.
    pub fn event(self: &Arc<Self>, event: &Event) -> Result<()> {
        let json = event.to_json();
        if json.len() <= record::MAX_PAYLOAD {
            return with(self, |emitter| emitter.event(json.as_bytes()));
        }
        let blob = self.blob(|write| write(json.as_bytes()))?;
        with(self, |emitter| emitter.event(Event::Blob { blob }.to_json().as_bytes()))
    }

    /// The JSON of the event at `at`; `window` is for the next one in the same segment.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn event_at(&self, at: At, window: &mut Option<(u64, Window)>) -> Result<String> {
        let path = self.directory.join(segment::name(at.ordinal));
        let failed = |source: std::io::Error| Error::io("read", &path, &source);
        let window = match window {
            Some((ordinal, window)) if *ordinal == at.ordinal => window,
            other => &mut other.insert((at.ordinal, Window::open(&path).map_err(failed)?)).1,
        };
        match window.parse(at.offset).map_err(failed)? {
            Parsed::Record(Record::Event { json, .. }, _) => Ok(String::from_utf8_lossy(json).into_owned()),
            _ => Err(failed(std::io::ErrorKind::InvalidData.into())),
        }
    }

    /// The records that could not be appended so far, also by the process that died.
    pub fn refused(&self) -> Refused {
        let Some(position) = &self.position else { return Refused::default() };
        let (counts, number) = position.refused();
        let known = lock(&self.refused).clone();
        let of_system = |number| match number {
            0 => "the journal could not take them".to_owned(),
            number => std::io::Error::from_raw_os_error(number).to_string(),
        };
        Refused { counts, reason: known.or_else(|| number.map(of_system)) }
    }

    /// Counts a record that could not be appended.
    fn refuse(&self, what: Refusal, error: &Error) {
        if error.kind() == ErrorKind::Closed {
            // A call that met the run's end.
            return;
        }
        let source =
            std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
        if let Some(position) = &self.position {
            position.refuse(what, source.and_then(std::io::Error::raw_os_error).unwrap_or(0));
        }
        lock(&self.refused).get_or_insert_with(|| error.to_string());
    }

    /// Puts on the disk, once, that there is a journal: `files`, which say so, and the names of their directories
    /// and of those above, which may be as new.
    ///
    /// # Errors
    /// Those of `sync`.
    pub fn place(&self, files: &[PathBuf]) -> Result<()> {
        if self.is_placed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut result = Ok(());
        let mut directories = BTreeSet::new();
        for file in files {
            self.sync_path(file, &mut result);
            let above = file.ancestors().skip(2).take(ABOVE).filter(|above| is_ours(above));
            directories.extend(file.parent().into_iter().chain(above));
        }
        // Those below come first.
        directories.iter().rev().for_each(|directory| self.sync_path(directory, &mut result));
        self.is_placed.store(result.is_ok(), Ordering::Relaxed);
        result
    }

    /// Puts what was appended on the disk, and what is in the directory of its member, which may be another.
    ///
    /// # Errors
    /// The first one; the rest is synced nevertheless. A loss by the disk is an error for good.
    pub fn sync(&self, member: &Path) -> Result<()> {
        self.synced.store(true, Ordering::Relaxed);
        let mut result = Ok(());
        for directory in BTreeSet::from([&*self.directory, member]) {
            each_inside(directory, &mut |path| self.sync_path(path, &mut result))
                .map_err(|source| self.not_synced(source))?;
        }
        lock(&self.lost).clone().map_or(result, Err)
    }

    fn sync_path(&self, path: &Path, result: &mut Result<()>) {
        match sys::sync_path(path) {
            Ok(()) => {}
            Err(NotSynced::Untried(source)) => *result = Err(self.not_synced(source)),
            Err(NotSynced::Lost(source)) => {
                let lost = lock(&self.lost).get_or_insert_with(|| self.not_synced(source)).clone();
                *result = Err(lost);
            }
        }
    }

    fn not_synced(&self, source: std::io::Error) -> Error {
        Error::io("sync", &self.directory, &source)
    }

    /// Puts the names on the disk, for who puts there what has their numbers.
    ///
    /// # Errors
    /// When that can't be done.
    pub fn sync_names(&self) -> Result<()> {
        let path = self.directory.join(names::FILE);
        sys::sync_path(&path).map_err(|failed| {
            let (NotSynced::Untried(source) | NotSynced::Lost(source)) = failed;
            Error::io("sync", &path, &source)
        })
    }

    /// Returns whether it was ever put on the disk: then so is what is to take its place.
    pub fn was_synced(&self) -> bool {
        self.synced.load(Ordering::Relaxed)
    }

    /// Removes the journal's own files, and leaves what else is in its directory.
    pub fn strip(&self) {
        for entry in std::fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let is_ours = entry.file_name().to_str().is_some_and(|file| {
                file.starts_with("segment-")
                    || file.starts_with("blob-")
                    || matches!(file, names::FILE | folded::FILE | position::FILE)
            });
            if is_ours {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// Removes the journal's files. What they held must be in the store.
    pub fn remove(&self) {
        remove_directory(&self.directory);
    }
}

/// Returns whether a directory above a journal's can be one that was made for it: those can be read.
fn is_ours(directory: &Path) -> bool {
    !file::open_to_read(directory).is_err_and(|source| source.kind() == std::io::ErrorKind::PermissionDenied)
}

/// Shows what is in a directory, and in those in it, to `body`, and each directory after what is in it.
fn each_inside(directory: &Path, body: &mut impl FnMut(&Path)) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(directory) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            each_inside(&entry.path(), body)?;
        } else {
            body(&entry.path());
        }
    }
    body(directory);
    Ok(())
}

/// Begins the names of directories that are being removed, beside those of runs.
pub const GONE: &str = ".gone-";

/// Removes a journal's directory, and those of all journals of the run and of the experiment if
/// they are empty then. It goes in one step: what a kill leaves of a journal must not be taken for
/// one whose run is yet to be recovered.
pub fn remove_directory(directory: &Path) {
    let text = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let gone = directory.parent().and_then(|run| {
        let gone = run.with_file_name(format!("{GONE}{}-{}", text(run), text(directory)));
        std::fs::rename(directory, &gone).is_ok().then_some(gone)
    });
    let _ = std::fs::remove_dir_all(gone.as_deref().unwrap_or(directory));
    for parent in directory.ancestors().skip(1).take(2) {
        if std::fs::remove_dir(parent).is_err() {
            break;
        }
    }
}
