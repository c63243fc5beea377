//! The page of a journal: the file by which its process is known to live, and where it stood.
//!
//! The process holds a lock on the page that the kernel drops when the process dies: one of the open
//! file, so that nobody else has it, in this process either, and nobody ends it by opening the same
//! file. Who takes the journal over gets that lock, and then says so in the page, the *fence*: a process
//! that was wrongly taken for dead sees the fence at its next beat, and stops writing.
//!
//! Everything else that must survive the process without its help is here, too: how far the log had
//! got, when the writer last beat, what befell the process, how much was refused. The page is written
//! with pwrite, which a signal handler may call and which fails where a mapping would kill.
//!
//! A log that is taken over must repeat no line and skip none, so its length and the number of the
//! first line that is not in it belong together. They are written to the older of two slots, with a
//! check: a kill in between leaves the other.

use std::ffi::c_int;
use std::fs::File;
use std::mem::ManuallyDrop;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::pages::{self, Entry};
use super::record::Kind;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file::{self, OurFile};
use crate::base::sys;

/// The page's file in the journal's directory.
pub const FILE: &str = "position";

const MAGIC: u64 = u64::from_le_bytes(*b"MLABPOS2");
const SIZE: usize = 4096;

/// Words of the page that are in use.
const WORDS: usize = 64;
/// The journal's number, and a check of it.
const ID: usize = 1;
/// The log's length before this journal's first line, and a check of it.
const LOG_START: usize = 3;
/// Two slots of four words: their turn, the length, the number, and a check of the three.
const SLOTS: usize = 5;
const SLOT: usize = 4;
const BEAT: usize = 13;
const COMPLETE: usize = 14;
/// Recoveries that began and have not ended: they died.
const DEATHS: usize = 15;
const ADDRESS: usize = 19;
/// When it was, whose number, and the host's name.
const FENCE: usize = 24;
const HOST_WORDS: usize = 8;
const FENCE_WORDS: usize = 2 + HOST_WORDS;
/// Counts of records that were refused, and the system's number of the first reason.
const REFUSALS: usize = 40;
const REASON: usize = REFUSALS + REFUSALS_LEN;
const REFUSALS_LEN: usize = 6;

/// Marks a store that has everything: no flipped bit makes it.
const DONE: u64 = u64::from_le_bytes(*b"MLABDONE");

/// A check of damage to words, which are zero where they were never written.
fn check(words: &[u64]) -> u64 {
    let mix = |mixed: u64, word: &u64| (mixed ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    words.iter().fold(0xD6E8_FEB8_6659_FD93, mix) | 1
}

/// How far the run's log had got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    /// Bytes of the log file.
    pub length: u64,
    /// The number of the first record that is not in it.
    pub next: u64,
}

/// Things that befell the process, each in a word of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// It took a signal that ends a process.
    Fatal = 16,
    /// It took a signal that tells it to stop, and went on.
    Stop = 17,
    /// It called exit: the status.
    Exit = 18,
    /// It has ended its run: how, as `Status::number` has it. Whatever is left is anybody's.
    End = 20,
}

/// The number and the time of a note as one word, so that none is ever seen half. 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted(u64);

impl Noted {
    /// A note of `number`, of which the lowest eight bits count, at `nanos` since the epoch.
    pub fn new(number: c_int, nanos: u64) -> Self {
        Self((nanos / 1000) << 8 | u64::from(number as u8))
    }

    /// The note of this word, if it is one.
    pub fn from_word(word: u64) -> Option<Self> {
        (word != 0).then_some(Self(word))
    }

    /// The word.
    pub fn word(self) -> u64 {
        self.0
    }

    /// The signal or status.
    pub fn number(self) -> c_int {
        c_int::from(self.0 as u8)
    }

    /// When it was.
    pub fn moment(self) -> Moment {
        Moment::from_nanos((self.0 >> 8).saturating_mul(1000))
    }
}

/// Records by what they were, for the counts of those that were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Points of series.
    Points = 0,
    /// Plain metrics.
    Metrics = 1,
    /// Lines of the log.
    Logs = 2,
    /// Events.
    Events = 3,
    /// Debug lines that were left out in favour of everything else.
    DebugLines = 4,
    /// Records of threads that could not begin at all.
    Others = 5,
}

impl From<Kind> for Refusal {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Point | Kind::TextPoint => Self::Points,
            Kind::Metric | Kind::TextMetric => Self::Metrics,
            Kind::Log => Self::Logs,
            Kind::Event | Kind::End => Self::Events,
        }
    }
}

/// Who took a journal over, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// Its process.
    pub pid: i64,
    /// Its host, as far as the name fits.
    pub host: String,
    /// When it was.
    pub at: Moment,
}

impl Fence {
    /// The fence of this process, now.
    pub fn own() -> Self {
        let host = sys::host_name().unwrap_or_default();
        Self { pid: i64::from(std::process::id()), host, at: Moment::now() }
    }

    fn words(&self) -> [u64; FENCE_WORDS] {
        let mut words = [0; FENCE_WORDS];
        (words[0], words[1]) = (self.at.nanos().max(1), self.pid as u64);
        for (word, bytes) in words[2..].iter_mut().zip(self.host.as_bytes().chunks(8)) {
            let mut eight = [0; 8];
            eight[..bytes.len()].copy_from_slice(bytes);
            *word = u64::from_le_bytes(eight);
        }
        words
    }

    fn read(words: &[u64]) -> Option<Self> {
        let (head, host) = words.split_at_checked(2)?;
        let bytes: Vec<u8> = host.iter().take(HOST_WORDS).flat_map(|word| word.to_le_bytes()).collect();
        let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        let host = String::from_utf8_lossy(name).into_owned();
        (head[0] != 0).then(|| Self { pid: head[1] as i64, host, at: Moment::from_nanos(head[0]) })
    }
}

impl std::fmt::Display for Fence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = if self.host.is_empty() { "" } else { " on " };
        write!(f, "process {}{host}{} at {}", self.pid, self.host, self.at.iso())
    }
}

/// How a beat went.
#[derive(Debug, PartialEq, Eq)]
pub enum Beat {
    /// Nothing to report.
    Well,
    /// The host had closed the page; it is open and locked again.
    Regained,
    /// The journal is another process's now.
    Taken(Option<Fence>),
}

/// A page as somebody else sees it.
#[derive(Debug)]
pub struct Seen {
    /// True if somebody holds it: its process, or who takes it over.
    pub is_held: bool,
    /// Who took it over, if somebody did.
    pub fence: Option<Fence>,
    /// True if its process has ended the run, and left what is here to anybody.
    pub is_given_up: bool,
    /// Recoveries of it that died.
    pub deaths: u64,
    /// When its writer was last known to be alive, in nanoseconds; 0 if never.
    pub beat: u64,
}

/// The memory of a page, and its file.
#[derive(Debug)]
pub(super) struct Page {
    words: [AtomicU64; WORDS],
    file: Option<OurFile>,
    /// The recoveries that had died before this one; unless this is one, `NO_RECOVERY`.
    deaths_before: AtomicU64,
    /// True if the file was given back.
    is_retired: AtomicBool,
}

/// How often a page is opened anew because the process was forked meanwhile, a millisecond apart.
const MOST_TRIES: u32 = 100;

const NO_RECOVERY: u64 = u64::MAX;

impl Page {
    fn new(words: [u64; WORDS], file: Option<OurFile>) -> Self {
        let (deaths_before, is_retired) = (AtomicU64::new(NO_RECOVERY), AtomicBool::new(false));
        Self { words: words.map(AtomicU64::new), file, deaths_before, is_retired }
    }

    /// The file, until it is given back.
    fn file(&self) -> Option<&OurFile> {
        self.file.as_ref().filter(|_| !self.is_retired.load(Ordering::SeqCst))
    }

    /// Writes words of the page's file, at most `WORDS`. What can't be written is in memory still, and
    /// written when the host's closing of the file is noticed. Safe in a signal handler.
    fn put(&self, first: usize, words: &[u64]) {
        let mut bytes = [0; WORDS * 8];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        let bytes = &bytes[..(words.len() * 8).min(WORDS * 8)];
        if let Some(file) = self.file() {
            let _ = file.with_open(|file| file.write_all_at(bytes, (first * 8) as u64));
        }
    }

    fn set<const N: usize>(&self, first: usize, words: [u64; N]) {
        for (index, word) in words.into_iter().enumerate() {
            self.words[first + index].store(word, Ordering::Relaxed);
        }
        self.put(first, &words);
    }

    fn get(&self, index: usize) -> u64 {
        self.words[index].load(Ordering::Relaxed)
    }

    /// The words from `first` on.
    fn some<const N: usize>(&self, first: usize) -> [u64; N] {
        std::array::from_fn(|index| self.get(first + index))
    }

    pub(super) fn close_in_child(&self) {
        if let Some(file) = &self.file {
            file.close_in_child();
        }
    }

    /// Notes that a recovery which ends here, or by the process's exit, has not died.
    pub(super) fn leave(&self) {
        let before = self.deaths_before.swap(NO_RECOVERY, Ordering::Relaxed);
        if before != NO_RECOVERY {
            self.set(DEATHS, [before]);
        }
    }
}

/// The page of a journal that this process holds.
#[derive(Debug)]
pub struct Position {
    page: ManuallyDrop<Box<Page>>,
    entry: Option<&'static Entry>,
    /// True if it was said that the host had closed the file.
    told: AtomicBool,
}

impl Position {
    fn new(page: Page) -> Self {
        let page = Box::new(page);
        // SAFETY: boxed, and `drop` takes it out before the box goes.
        let entry = page.file.is_some().then(|| unsafe { pages::add(&page) });
        Self { page: ManuallyDrop::new(page), entry, told: AtomicBool::new(false) }
    }

    /// Has a page in the file that `open` opens, so that no child of this process keeps a copy of it.
    fn hold(
        words: [u64; WORDS],
        mut open: impl FnMut() -> std::io::Result<OurFile>,
    ) -> std::io::Result<Self> {
        let mut tries = 0;
        loop {
            let forks = pages::forks();
            let position = Self::new(Page::new(words, Some(open()?)));
            tries += 1;
            if (forks.is_some() && pages::forks() == forks) || tries == MOST_TRIES {
                return Ok(position);
            }
            drop(position);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Makes the page of the journal of this number in `directory`, and takes its lock.
    ///
    /// # Errors
    /// When its file or the lock can't be had.
    pub fn create(directory: &Path, id: u64) -> Result<Self> {
        let path = directory.join(FILE);
        let mut words = [0; WORDS];
        (words[0], words[ID], words[ID + 1]) = (MAGIC, id, check(&[id]));
        let mut is_new = true;
        let open =
            || if std::mem::take(&mut is_new) { OurFile::create_new(&path) } else { OurFile::open(&path) };
        let position = Self::hold(words, open).map_err(|source| Error::io("create", &path, &source))?;
        // In one write: it is there whole, with room for all that is yet to be written to it, or not.
        let mut bytes = vec![0; SIZE];
        fill(&mut bytes, &words);
        let written = position.with(|file| file.write_at(&bytes, 0));
        written.map_err(|source| Error::io("write", &path, &source))?;
        let locked = position.with(OurFile::lock).map_err(|source| Error::io("lock", &path, &source))?;
        match locked {
            true => Ok(position),
            false => {
                Err(Error::new(ErrorKind::Busy, format!("{} is locked by another process", path.display())))
            }
        }
    }

    /// Takes the page that another process left in `directory`, and says so in it. Nothing if somebody
    /// holds it. Where it is missing, it is made again: what else is there is no less worth.
    ///
    /// # Errors
    /// When its file or the lock can't be had.
    pub fn adopt(directory: &Path, fence: &Fence) -> Result<Option<Self>> {
        let path = directory.join(FILE);
        let open = || match OurFile::open(&path) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => OurFile::create_new(&path),
            opened => opened,
        };
        let position = Self::hold([0; WORDS], open).map_err(|source| Error::io("open", &path, &source))?;
        let failed = |source: std::io::Error| Error::io("read", &path, &source);
        if !position.with(OurFile::lock).map_err(failed)? {
            return Ok(None);
        }
        let found = position.with(|file| file.with(read)).map_err(failed)?;
        let mut words = found.unwrap_or([0; WORDS]);
        let page = position.page();
        page.deaths_before.store(words[DEATHS], Ordering::Relaxed);
        words[0] = MAGIC;
        words[DEATHS] = words[DEATHS].saturating_add(1);
        words[FENCE..FENCE + FENCE_WORDS].copy_from_slice(&fence.words());
        for (word, found) in page.words.iter().zip(words) {
            word.store(found, Ordering::Relaxed);
        }
        pages::leave_at_exit();
        let mut bytes = [0; WORDS * 8];
        fill(&mut bytes, &words);
        let written = position.with(|file| file.write_at(&bytes, 0));
        written.map_err(|source| Error::io("write", &path, &source))?;
        Ok(Some(position))
    }

    /// The page in `directory` as who does not hold it sees it; nothing if there is none.
    ///
    /// # Errors
    /// When it can't be asked for the moment.
    pub fn look(directory: &Path) -> Result<Option<Seen>> {
        let path = directory.join(FILE);
        let file = match file::open_to_read(&path) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|source| Error::io("open", &path, &source))?,
        };
        let failed = |source: std::io::Error| Error::io("look at", &path, &source);
        // Before the words: who gets the lock writes them then.
        let is_held = sys::is_locked(&file).map_err(failed)?;
        let words = read(&file).map_err(failed)?.unwrap_or([0; WORDS]);
        Ok(Some(Seen {
            is_held,
            fence: Fence::read(&words[FENCE..]),
            is_given_up: words[Note::End as usize] != 0 || words[COMPLETE] == DONE,
            deaths: words[DEATHS],
            beat: words[BEAT],
        }))
    }

    fn page(&self) -> &Page {
        &self.page
    }

    fn with<R>(&self, body: impl FnOnce(&OurFile) -> std::io::Result<R>) -> std::io::Result<R> {
        match self.page().file() {
            Some(file) => body(file),
            None => Err(std::io::ErrorKind::NotFound.into()),
        }
    }

    /// The journal's number, unless that is damaged.
    pub fn id(&self) -> Option<u64> {
        let id = self.page().get(ID);
        (self.page().get(ID + 1) == check(&[id])).then_some(id)
    }

    /// Says how long the log was before this journal's first line.
    pub fn set_start(&self, length: u64) {
        self.page().set(LOG_START, [length, check(&[length])]);
        self.set_logged(Logged { length, next: 0 });
    }

    /// Where the log has what comes from this journal, unless that is damaged.
    pub fn start(&self) -> Option<Logged> {
        let [length, checked] = self.page().some(LOG_START);
        (checked == check(&[length])).then_some(Logged { length, next: 0 })
    }

    /// The slots that are whole: their turn, and what is in them.
    fn slots(&self) -> [Option<(u64, Logged)>; 2] {
        [0, 1].map(|slot| {
            let [turn, length, next, checked] = self.page().some(SLOTS + SLOT * slot);
            (checked == check(&[turn, length, next])).then_some((turn, Logged { length, next }))
        })
    }

    /// Says how far the log has got. One thread writes.
    pub fn set_logged(&self, logged: Logged) {
        let turns = self.slots().map(|slot| slot.map_or(0, |(turn, _)| turn));
        let older = usize::from(turns[1] < turns[0]);
        let words = [turns[1 - older].wrapping_add(1), logged.length, logged.next];
        let [turn, length, next] = words;
        self.page().set(SLOTS + SLOT * older, [turn, length, next, check(&words)]);
    }

    /// How far the log had got: what was written last, or where that is damaged, something earlier.
    pub fn logged(&self) -> Option<Logged> {
        let slots = self.slots().into_iter().flatten();
        slots.max_by_key(|(turn, _)| *turn).map(|(_, logged)| logged).or_else(|| self.start())
    }

    /// Says that the writer was alive at `time`, in nanoseconds since the epoch, and looks for the fence.
    pub fn beat(&self, time: u64) -> Beat {
        self.page().words[BEAT].store(time, Ordering::Relaxed);
        let found = self.look_around(|file| file.write_all_at(&time.to_le_bytes(), (BEAT * 8) as u64));
        let was_closed = self.page().file().is_some_and(OurFile::was_closed);
        if found != Beat::Well || !was_closed || self.told.swap(true, Ordering::Relaxed) {
            return found;
        }
        // Notes that had no file meanwhile.
        let page = self.page();
        page.put(0, &page.some::<FENCE>(0));
        page.put(REFUSALS, &page.some::<{ REFUSALS_LEN + 1 }>(REFUSALS));
        Beat::Regained
    }

    /// Looks for the fence alone.
    pub fn watch(&self) -> Beat {
        self.look_around(|_| Ok(()))
    }

    fn look_around(&self, write: impl FnOnce(&File) -> std::io::Result<()>) -> Beat {
        let page = self.page();
        let Some(file) = page.file() else { return Beat::Well };
        let found = file.with(|file| {
            let mut bytes = [0; FENCE_WORDS * 8];
            file.read_exact_at(&mut bytes, (FENCE * 8) as u64)?;
            let found = unpack::<FENCE_WORDS>(&bytes);
            // A recovery has one itself.
            let is_ours = found == page.some::<FENCE_WORDS>(FENCE);
            if is_ours {
                write(file)?;
            }
            Ok(if is_ours { None } else { Fence::read(&found) })
        });
        match found {
            Ok(None) => {
                self.keep_refusals();
                Beat::Well
            }
            Ok(Some(fence)) => Beat::Taken(Some(fence)),
            // Closed, and gone or another's since.
            Err(source) if is_gone(&source) => {
                let found = File::open(file.path()).ok().and_then(|file| read(&file).ok().flatten());
                Beat::Taken(found.and_then(|words| Fence::read(&words[FENCE..])))
            }
            // The next beat may be better.
            Err(_) => Beat::Well,
        }
    }

    /// When the writer was last known to be alive; 0 if never.
    pub fn last_beat(&self) -> u64 {
        self.page().get(BEAT)
    }

    /// Says that the store has everything: what is left of the journal may go. Where `is_on_disk`, the
    /// disk is told, too: it may have an earlier state of the journal, which must not replace the store's.
    ///
    /// # Errors
    /// When the disk can't be told.
    pub fn complete(&self, is_on_disk: bool) -> std::io::Result<()> {
        self.page().set(COMPLETE, [DONE]);
        if is_on_disk { self.with(|file| file.with(File::sync_all)) } else { Ok(()) }
    }

    /// Returns whether the store has everything.
    pub fn is_complete(&self) -> bool {
        self.page().get(COMPLETE) == DONE
    }

    /// Gives the journal up, and the file back: whoever wants to may take over what is left.
    pub fn retire(&self) {
        let page = self.page();
        page.leave();
        if let Some(file) = page.file() {
            page.is_retired.store(true, Ordering::SeqCst);
            file.give_back();
        }
    }

    /// Notes that a recovery which has got somewhere did not die of what it met before.
    pub fn note_progress(&self) {
        pages::note_saved();
        let page = self.page();
        if page.deaths_before.load(Ordering::Relaxed) != NO_RECOVERY {
            page.deaths_before.store(0, Ordering::Relaxed);
            page.set(DEATHS, [0]);
        }
    }

    /// Notes what befalls the process. Safe in a signal handler, as are the two below.
    pub fn note(&self, what: Note, noted: Noted) {
        self.page().set(what as usize, [noted.0]);
    }

    /// Notes a fatal signal, and the address of the fault or 0; the first one counts.
    pub fn note_fatal(&self, noted: Noted, address: u64) {
        let page = self.page();
        let word = &page.words[Note::Fatal as usize];
        if word.compare_exchange(0, noted.0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            page.set(ADDRESS, [address]);
            page.put(Note::Fatal as usize, &[noted.0]);
        }
    }

    /// Takes back what was noted of a signal that the process survived.
    pub fn take_back_fatal(&self, noted: Noted) {
        let page = self.page();
        let word = &page.words[Note::Fatal as usize];
        if word.compare_exchange(noted.0, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            page.put(Note::Fatal as usize, &[0]);
        }
    }

    /// The note, if there is one.
    pub fn noted(&self, what: Note) -> Option<Noted> {
        Noted::from_word(self.page().get(what as usize))
    }

    /// The address of the fault that the fatal signal told of; 0 if it told of none.
    pub fn fault_address(&self) -> u64 {
        self.page().get(ADDRESS)
    }

    /// Counts a record that was refused, with the system's number of the reason. The first ones are in
    /// the file at once, the others at the next beat.
    pub fn refuse(&self, what: Refusal, reason: c_int) {
        let page = self.page();
        let is_first = page.words[REASON]
            .compare_exchange(
                0,
                u64::from(reason.unsigned_abs()) << 8 | 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            )
            .is_ok();
        let place = REFUSALS + what as usize;
        let before = page.words[place].fetch_add(1, Ordering::Relaxed);
        if is_first || before == 0 {
            self.keep_refusals();
        }
    }

    /// How many records were refused, in the order of `Refusal`, and the system's number of the first
    /// reason, if there was one.
    pub fn refused(&self) -> ([u64; 6], Option<c_int>) {
        let reason = self.page().get(REASON);
        // A damaged count is none that can't be added up.
        let counts = self.page().some(REFUSALS).map(|count: u64| count.min(1 << 48));
        (counts, (reason != 0).then_some((reason >> 8) as c_int))
    }

    fn keep_refusals(&self) {
        let page = self.page();
        if page.get(REASON) != 0 {
            page.put(REFUSALS, &page.some::<{ REFUSALS_LEN + 1 }>(REFUSALS));
        }
    }
}

impl Drop for Position {
    fn drop(&mut self) {
        self.page().leave();
        // Where somebody has it in his hands, its memory stays.
        if self.entry.is_none_or(pages::remove) {
            // SAFETY: once, and nobody uses it afterwards.
            unsafe { ManuallyDrop::drop(&mut self.page) };
        }
    }
}

/// Returns whether a page can't be had again: its path has another file or none, or its server has none.
fn is_gone(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::Other || error.raw_os_error() == Some(libc::ESTALE)
}

fn fill(bytes: &mut [u8], words: &[u64]) {
    for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
}

fn unpack<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut words = [0; N];
    for (word, eight) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = eight.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    words
}

/// The words of a page's file; nothing if it is none.
fn read(file: &File) -> std::io::Result<Option<[u64; WORDS]>> {
    let mut bytes = [0; WORDS * 8];
    match file.read_exact_at(&mut bytes, 0) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        read => read.map(|()| Some(unpack(&bytes)).filter(|words: &[u64; WORDS]| words[0] == MAGIC)),
    }
}

#[cfg(test)]
impl Position {
    /// One without a file.
    pub fn in_memory() -> Self {
        Self::new(Page::new([0; WORDS], None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fence() -> Fence {
        Fence { pid: 7, host: "a-host.with.a.long.name".to_owned(), at: Moment::from_nanos(5000) }
    }

    #[test]
    fn notes_are_whole_and_a_survived_signal_is_taken_back() {
        let directory = tempfile::tempdir().unwrap();
        let position = Position::create(directory.path(), 9).unwrap();
        assert!([Note::Fatal, Note::Stop, Note::Exit].iter().all(|what| position.noted(*what).is_none()));
        let nanos = Moment::now().nanos() / 1000 * 1000;
        let first = Noted::new(libc::SIGSEGV, nanos);
        position.note_fatal(first, 8);
        position.note_fatal(Noted::new(libc::SIGABRT, nanos + 5000), 9);
        position.note(Note::Exit, Noted::new(0x103, nanos));
        position.take_back_fatal(Noted::new(libc::SIGABRT, nanos));
        position.retire();
        let other = Position::adopt(directory.path(), &fence()).unwrap().unwrap();
        assert_eq!((other.noted(Note::Fatal), other.fault_address()), (Some(first), 8));
        assert_eq!((first.number(), first.moment().nanos()), (libc::SIGSEGV, nanos));
        assert_eq!(other.noted(Note::Exit).unwrap().number(), 3);
        other.take_back_fatal(first);
        assert_eq!(other.noted(Note::Fatal), None);
    }

    #[test]
    fn the_last_position_is_in_force() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        let position = Position::create(directory.path(), 9).unwrap();
        position.set_start(50);
        assert_eq!(position.logged(), Some(Logged { length: 50, next: 0 }));
        let read = || {
            let words = read(&File::open(&path).unwrap()).unwrap().unwrap();
            Position::new(Page::new(words, None))
        };
        for step in 1..5 {
            let logged = Logged { length: step * 100, next: step };
            position.set_logged(logged);
            assert_eq!(read().logged(), Some(logged));
        }
        position.beat(7);
        position.complete(true).unwrap();
        let other = read();
        assert_eq!((other.start().unwrap().length, other.id()), (50, Some(9)));
        assert!(other.is_complete() && other.last_beat() == 7);
        // Damage to what is in force leaves what was before, and then the start.
        let (last, before) =
            if other.page().get(SLOTS) > other.page().get(SLOTS + SLOT) { (0, 1) } else { (1, 0) };
        let places = [SLOTS + SLOT * last + 1, SLOTS + SLOT * before, LOG_START];
        for (word, left) in places.into_iter().zip([Some((300, 3)), Some((50, 0)), None]) {
            other.page().words[word].fetch_xor(1 << 40, Ordering::Relaxed);
            assert_eq!(other.logged().map(|logged| (logged.length, logged.next)), left);
        }
    }

    #[test]
    fn who_takes_a_page_over_is_alone_and_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let look = || Position::look(directory.path()).unwrap();
        assert!(look().is_none());
        let position = Position::create(directory.path(), 9).unwrap();
        // Looking, reading and copying end nothing, in this process either.
        std::fs::copy(directory.path().join(FILE), directory.path().join("copy")).unwrap();
        assert!(look().unwrap().is_held && look().unwrap().fence.is_none());
        assert!(Position::adopt(directory.path(), &fence()).unwrap().is_none());
        assert_eq!(position.beat(3), Beat::Well);
        // The lock is not seen, as from another machine.
        position.page().file().unwrap().unlock();
        assert!(!look().unwrap().is_held);
        let other = Position::adopt(directory.path(), &fence()).unwrap().unwrap();
        let seen = look().unwrap();
        assert!(seen.is_held && seen.fence == Some(fence()) && seen.deaths == 1 && seen.beat == 3);
        assert_eq!(position.beat(4), Beat::Taken(Some(fence())));
        assert_eq!((position.watch(), other.watch()), (Beat::Taken(Some(fence())), Beat::Well));
        // An orderly end is no death.
        other.retire();
        assert!(look().unwrap().deaths == 0 && !look().unwrap().is_held);
        assert_eq!(other.beat(5), Beat::Well);
    }

    #[test]
    fn a_page_that_the_host_closed_is_held_again() {
        let directory = tempfile::tempdir().unwrap();
        let position = Position::create(directory.path(), 9).unwrap();
        let close = || {
            let link = |entry: &std::fs::DirEntry| std::fs::read_link(entry.path()).ok();
            let path = directory.path().canonicalize().unwrap().join(FILE);
            let all: Vec<_> = std::fs::read_dir("/dev/fd").unwrap().flatten().collect();
            let ours = all.iter().filter(|entry| link(entry).as_ref() == Some(&path));
            let numbers: Vec<i32> =
                ours.map(|entry| entry.file_name().to_str().unwrap().parse().unwrap()).collect();
            for number in &numbers {
                // SAFETY: what a host does that closes everything.
                unsafe { libc::close(*number) };
            }
            numbers.len()
        };
        if close() == 0 {
            // The system does not say which descriptors are whose.
            return;
        }
        position.note(Note::Stop, Noted::new(3, 5000));
        assert!(!Position::look(directory.path()).unwrap().unwrap().is_held);
        assert_eq!(position.beat(1), Beat::Regained);
        assert_eq!(position.beat(2), Beat::Well);
        assert!(Position::look(directory.path()).unwrap().unwrap().is_held);
        close();
        let other = Position::adopt(directory.path(), &fence()).unwrap().unwrap();
        assert_eq!(other.noted(Note::Stop), Some(Noted::new(3, 5000)));
        assert_eq!(position.beat(3), Beat::Taken(Some(fence())));
    }

    #[test]
    fn refusals_and_damage_are_seen() {
        let directory = tempfile::tempdir().unwrap();
        let position = Position::create(directory.path(), 9).unwrap();
        position.refuse(Refusal::Points, libc::ENOSPC);
        position.refuse(Refusal::Points, libc::EIO);
        position.refuse(Refusal::Others, libc::EIO);
        position.beat(1);
        drop(position);
        let other = Position::adopt(directory.path(), &fence()).unwrap().unwrap();
        assert_eq!(other.refused(), ([2, 0, 0, 0, 0, 1], Some(libc::ENOSPC)));
        assert_eq!(other.id(), Some(9));
        drop(other);
        std::fs::write(directory.path().join(FILE), b"short").unwrap();
        let other = Position::adopt(directory.path(), &fence()).unwrap().unwrap();
        assert!(other.id().is_none() && other.logged().is_none());
        drop(other);
        std::fs::remove_file(directory.path().join(FILE)).unwrap();
        assert!(Position::adopt(directory.path(), &fence()).unwrap().unwrap().id().is_none());
    }
}
