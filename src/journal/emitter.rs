//! A thread's way into a journal.
//!
//! Soundness. An emitter is used by one thread at a time: those in `EMITTERS` by their thread
//! alone, the orphan of a journal under its lock. Its cells are therefore plain. `CURRENT` points
//! to a box in `EMITTERS` of the same thread, `LOOKUP` to the slots, each of which is a pointer to
//! such a box or NULL. `CURRENT` is cleared before any box is dropped or moved, `LOOKUP` while the slots
//! change their place. Both are only read through `existing` and `with`, whose closures can't drop
//! an emitter: boxes are dropped in `find`, `adopt`, `leave` and at the end of the thread only, none of
//! which runs inside a closure.
//!
//! A journal is closed by clearing `last` of its emitters, which are on a list of the journal's: so a
//! call looks at nothing but the emitter. An emitter that moves to another segment sets `last` and then
//! looks whether the journal is closed; who closes it says so and then clears `last`; with a
//! sequentially consistent fence between each two, `last` is NULL in the end. The list's lock keeps
//! the emitter where it is meanwhile. A call that had seen the room before goes on: its record is
//! there, or nobody's.
//!
//! The memory that an emitter holds of a run that has ended is given back by who ended it: `Segment::retire`.

use std::borrow::Borrow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CStr, c_char};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering, fence};

use super::lanes::Lane;
use super::name_hash::NameHasher;
use super::record::{self, Kind, MAX_PAYLOAD, words};
use super::segment::{self, Segment};
use super::{Journal, Place, Refusal};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::guard::guarded;
use crate::base::helper;
use crate::base::level::Level;
use crate::base::memory;
use crate::base::name;
use crate::base::sync::lock;
use crate::base::sys;
use crate::base::value::{Scalar, Value};

/// Where a thread appends to a journal. What a point needs comes first, in one line of the cache.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Emitter {
    key: u64,
    cursor: Cell<*mut u64>,
    /// The end of what the segment has room for, NULL when the journal is closed.
    last: AtomicPtr<u64>,
    known_names: Cell<u64>,
    journal: Arc<Journal>,
    recent: Box<[Cell<Recent>; RECENT]>,
    lane: Arc<Lane>,
    /// How many segments of the lane came before this one.
    index: Cell<u64>,
    segment: RefCell<Arc<Segment>>,
    names: RefCell<HashMap<Name, u32, BuildHasherDefault<NameHasher>>>,
}

/// Where an emitter has its `last`: in its box, which is not freed before this is off the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit(*const AtomicPtr<u64>);

// SAFETY: an atomic, which is there while this is on the list.
unsafe impl Send for Limit {}

impl Limit {
    /// Has every call from now on look for a place, and find that the journal is closed.
    ///
    /// # Safety
    /// It is on its journal's list, which the caller has locked.
    pub(super) unsafe fn close(self) {
        // SAFETY: the caller's duty.
        unsafe { &*self.0 }.store(ptr::null_mut(), Ordering::Relaxed);
    }
}

// SAFETY: the cursors point into the segment that the emitter holds, the recent names into its own
// table or at what is only compared; nothing in it belongs to a thread.
unsafe impl Send for Emitter {}

/// A name that the thread has used, with a NUL at its end; its bytes stay where they are.
#[derive(Debug, PartialEq, Eq)]
struct Name(Box<[u8]>);

impl Name {
    fn new(name: &[u8]) -> Self {
        Self([name, &[0]].concat().into())
    }
}

impl Borrow<[u8]> for Name {
    fn borrow(&self) -> &[u8] {
        &self.0[..self.0.len() - 1]
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Borrow::<[u8]>::borrow(self).hash(state);
    }
}

/// How many names are found by where the caller has them: most are literals.
const RECENT: usize = 64;

/// A name that the caller had at `at`.
#[derive(Debug, Clone, Copy)]
struct Recent {
    at: *const c_char,
    /// The same name in `names`, which never lets go of one.
    name: *const c_char,
    id: u32,
}

const NOTHING_RECENT: Recent = Recent { at: ptr::null(), name: c"".as_ptr(), id: 0 };

/// A line for the log, as it is emitted.
#[derive(Debug, Clone, Copy)]
pub struct Log<'a> {
    /// Its level, as Python numbers them.
    pub level: u32,
    /// The number of its logger's name plus one, or 0 for the run's own.
    pub logger: u32,
    /// The text, UTF-8.
    pub text: &'a [u8],
}

/// The bit of a log record's level that says that the next record goes on with the line.
pub const CONTINUED: u32 = 1 << 31;

impl Emitter {
    fn new(journal: &Arc<Journal>, place: Place) -> Self {
        Self {
            key: journal.key(),
            cursor: Cell::new(place.cursor),
            last: AtomicPtr::new(place.segment.last()),
            known_names: Cell::new(0),
            journal: journal.clone(),
            lane: place.lane,
            index: Cell::new(place.index),
            segment: RefCell::new(place.segment),
            names: RefCell::default(),
            recent: Box::new([const { Cell::new(NOTHING_RECENT) }; RECENT]),
        }
    }

    /// Writes a record at `at`: `fixed` after word 0, then `payload`.
    ///
    /// # Safety
    /// `at` is the cursor, and there is room for the record before the segment's last word.
    #[inline(always)]
    unsafe fn write<const N: usize>(
        &self,
        at: *mut u64,
        kind: Kind,
        tag: u8,
        fixed: [u64; N],
        payload: &[u8],
    ) {
        let count = words(N + 1, payload.len());
        let tag = tag | (payload.len().wrapping_neg() & 7) as u8;
        // SAFETY: the words from the cursor are this emitter's alone until they are committed, and
        // the caller made sure that they are there.
        unsafe {
            at.add(1).cast::<[u64; N]>().write(fixed);
            if !payload.is_empty() {
                // The padding is zero: the last word first, then what is over it.
                at.add(count - 1).write(0);
                let to = at.add(1 + N).cast::<u8>();
                to.copy_from_nonoverlapping(payload.as_ptr(), payload.len());
            }
            let body = std::slice::from_raw_parts(at.add(1), count - 1);
            segment::commit(at, record::head(kind, tag, body));
            self.cursor.set(at.add(count));
        }
    }

    /// Writes a point at `at`.
    ///
    /// # Safety
    /// Like `write`.
    #[inline(always)]
    unsafe fn write_point(&self, at: *mut u64, name: u32, step: i64, value: Scalar) {
        let (tag, bits) = value.encode();
        let body = [step as u64, bits];
        // SAFETY: as in `write`.
        unsafe {
            at.add(1).cast::<[u64; record::POINT - 1]>().write(body);
            segment::commit(at, record::point_head(name, tag, body));
            self.cursor.set(at.add(record::POINT));
        }
    }

    #[inline(always)]
    fn append<const N: usize>(&self, kind: Kind, tag: u8, fixed: [u64; N], payload: &[u8]) -> Result<()> {
        let at = self.reserve(kind, words(N + 1, payload.len()))?;
        // SAFETY: reserved.
        unsafe { self.write(at, kind, tag, fixed, payload) };
        self.journal.rouse();
        Ok(())
    }

    /// The cursor, if there is room for `count` words and the run goes on: no call, no panic.
    #[inline(always)]
    fn room(&self, count: usize) -> Option<*mut u64> {
        let at = self.cursor.get();
        let last = self.last.load(Ordering::Relaxed);
        (last.addr() >= at.addr() + count * 8).then_some(at)
    }

    /// The place of the next `count` words.
    #[inline(always)]
    fn reserve(&self, kind: Kind, count: usize) -> Result<*mut u64> {
        match self.room(count) {
            Some(at) => Ok(at),
            None => self.go_on(kind),
        }
    }

    /// Like `point`, where nothing stands in the way; false leaves it to `point` to find out what does.
    #[inline(always)]
    pub fn try_point(&self, name: u32, step: i64, value: Scalar) -> bool {
        let Some(at) = self.room(record::POINT).filter(|_| self.knows(name)) else { return false };
        // SAFETY: there is room.
        unsafe { self.write_point(at, name, step, value) };
        true
    }

    /// Like `metric`, in the way of `try_point`.
    #[inline(always)]
    pub fn try_metric(&self, name: u32, value: Scalar) -> bool {
        let Some(at) = self.room(4) else { return false };
        let (tag, bits) = value.encode();
        // SAFETY: there is room.
        unsafe { self.write(at, Kind::Metric, tag, [self.next_number(at), u64::from(name), bits], &[]) };
        self.journal.rouse();
        true
    }

    /// Like `log`, in the way of `try_point`.
    #[inline(always)]
    pub fn try_log(&self, log: Log<'_>) -> bool {
        if log.text.len() > MAX_PAYLOAD || self.is_left_out(log) {
            return false;
        }
        let Some(at) = self.room(words(4, log.text.len())) else { return false };
        let word = u64::from(log.level) | u64::from(log.logger) << 32;
        let fixed = [self.next_number(at), sys::coarse_time(), word];
        // SAFETY: there is room.
        unsafe { self.write(at, Kind::Log, 0, fixed, log.text) };
        self.journal.rouse();
        true
    }

    /// Debug lines make room for everything else.
    #[inline(always)]
    fn is_left_out(&self, log: Log<'_>) -> bool {
        log.level <= Level::Debug as u32 && self.journal.is_scarce()
    }

    /// The number of a name that this thread has used before. Where the caller has it is where it
    /// is looked for first; that it is the same one still is looked at each time.
    ///
    /// # Safety
    /// `name` is NUL-terminated.
    #[inline(always)]
    pub unsafe fn used_name(&self, name: *const c_char) -> Option<u32> {
        let place = &self.recent[(name.addr() ^ name.addr() >> 6) % RECENT];
        let recent = place.get();
        // SAFETY: the caller's duty; ours lives as long as `names`.
        if recent.at == name && unsafe { libc::strcmp(name, recent.name) } == 0 {
            return Some(recent.id);
        }
        // SAFETY: the caller's duty.
        self.find_name(place, unsafe { CStr::from_ptr(name) })
    }

    #[inline(never)]
    fn find_name(&self, place: &Cell<Recent>, name: &CStr) -> Option<u32> {
        let names = self.names.try_borrow().ok()?;
        let (known, id) = names.get_key_value(name.to_bytes())?;
        place.set(Recent { at: name.as_ptr(), name: known.0.as_ptr().cast(), id: *id });
        Some(*id)
    }

    /// Moves to the next segment, which has room for any record.
    #[cold]
    #[inline(never)]
    fn go_on(&self, kind: Kind) -> Result<*mut u64> {
        if self.journal.is_closed() {
            return Err(ended());
        }
        // The old segment is ended only when there is a new one: a later, smaller record may still fit.
        let place = guarded(|| self.journal.next_place(Some((&self.lane, self.index.get() + 1))))
            .inspect_err(|error| self.journal.refuse(kind.into(), error))?;
        self.lane.go_on();
        // SAFETY: this emitter's own place.
        unsafe { segment::end(self.cursor.get()) };
        {
            let segment = self.segment.borrow();
            self.journal.full.fetch_add(segment.size(), Ordering::Relaxed);
            segment.set_ended();
            if self.journal.is_far_ahead() {
                // The writer, which does this too, may not have had a processor for a while.
                segment.release_memory();
            }
        }
        self.cursor.set(place.cursor);
        self.last.store(place.segment.last(), Ordering::Relaxed);
        self.index.set(place.index);
        *self.segment.borrow_mut() = place.segment;
        // Either this sees that the journal was closed, or who closes it sees the `last` to clear.
        fence(Ordering::SeqCst);
        if self.journal.is_closed() {
            self.last.store(ptr::null_mut(), Ordering::Relaxed);
            return Err(ended());
        }
        Ok(self.cursor.get())
    }

    #[inline(always)]
    fn next_number(&self, at: *const u64) -> u64 {
        // Threads that synchronise see each other's numbers in order, whatever the ordering here; this
        // one is for the follower, see `lanes`.
        self.lane.draw(at);
        self.journal.sequence.0.fetch_add(1, Ordering::Release)
    }

    /// Makes room first, so that a number that was drawn is always used.
    #[inline(always)]
    fn append_numbered<const N: usize>(
        &self,
        kind: Kind,
        tag: u8,
        rest: impl FnOnce(u64) -> [u64; N],
        payload: &[u8],
    ) -> Result<()> {
        let at = self.reserve(kind, words(N + 1, payload.len()))?;
        // SAFETY: reserved.
        unsafe { self.write(at, kind, tag, rest(self.next_number(at)), payload) };
        self.journal.rouse();
        Ok(())
    }

    /// A number of a series at a step.
    #[inline(always)]
    pub fn point(&self, name: u32, step: i64, value: Scalar) -> Result<()> {
        let at = self.reserve(Kind::Point, record::POINT)?;
        // SAFETY: reserved.
        unsafe { self.write_point(at, name, step, value) };
        Ok(())
    }

    /// A text of a series at a step.
    pub fn text_point(&self, name: u32, step: i64, text: &str) -> Result<()> {
        check_text(text)?;
        let rest = |number| [number, u64::from(name), step as u64];
        self.append_numbered(Kind::TextPoint, 0, rest, text.as_bytes())
    }

    /// A plain metric.
    #[inline]
    pub fn metric(&self, name: u32, value: Scalar) -> Result<()> {
        let (tag, bits) = value.encode();
        self.append_numbered(Kind::Metric, tag, |number| [number, u64::from(name), bits], &[])
    }

    /// A plain metric that is a text.
    pub fn text_metric(&self, name: u32, text: &str) -> Result<()> {
        check_text(text)?;
        self.append_numbered(Kind::TextMetric, 0, |number| [number, u64::from(name)], text.as_bytes())
    }

    /// A log line of any length.
    #[inline]
    pub fn log(&self, log: Log<'_>) -> Result<()> {
        if self.is_left_out(log) {
            let text = "debug lines are left out: the disk is full, or the writer far behind";
            let error = Error::new(ErrorKind::Full, text);
            self.journal.refuse(Refusal::DebugLines, &error);
            return Err(error);
        }
        let time = sys::coarse_time();
        let word = |level: u32| u64::from(level) | u64::from(log.logger) << 32;
        if log.text.len() <= MAX_PAYLOAD {
            return self.append_numbered(Kind::Log, 0, |number| [number, time, word(log.level)], log.text);
        }
        self.long_log(log, time)
    }

    #[cold]
    fn long_log(&self, log: Log<'_>, time: u64) -> Result<()> {
        let mut pieces = Vec::with_capacity(log.text.len() / MAX_PAYLOAD + 2);
        let mut rest = log.text;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(piece_end(rest));
            pieces.push(piece);
            rest = after;
        }
        self.lane.draw_several();
        let first = self.journal.sequence.0.fetch_add(pieces.len() as u64, Ordering::Release);
        let mut result = Ok(());
        for (index, piece) in pieces.iter().enumerate() {
            let continued = if index + 1 < pieces.len() { CONTINUED } else { 0 };
            let word = u64::from(log.level | continued) | u64::from(log.logger) << 32;
            let number = first + index as u64;
            result = result.and_then(|()| self.append(Kind::Log, 0, [number, time, word], piece));
        }
        self.lane.rest();
        result
    }

    /// The plain metric of the name with this number, whatever its value is.
    #[inline]
    pub fn metric_value(&self, name: u32, value: Value<'_>) -> Result<()> {
        match value.scalar() {
            Ok(number) => self.metric(name, number),
            Err(text) => self.text_metric(name, text),
        }
    }

    /// A point of the series of the name with this number, whatever its value is.
    #[inline]
    pub fn point_value(&self, name: u32, step: i64, value: Value<'_>) -> Result<()> {
        match value.scalar() {
            Ok(number) => self.point(name, step, number),
            Err(text) => self.text_point(name, step, text),
        }
    }

    /// A line of `logger`, or of the run's own; an urgent one is written at once.
    #[inline]
    pub fn line(&self, logger: Option<&str>, level: Level, text: &str) -> Result<()> {
        let logger = match logger {
            None => 0,
            Some("") => 1 + self.name(b"root")?,
            Some(logger) => 1 + self.name(logger.as_bytes())?,
        };
        self.log(Log { level: level as u32, logger, text: text.as_bytes() })?;
        if level >= Level::Error {
            self.journal.wake();
        }
        Ok(())
    }

    /// Something rare; `json` must not be longer than a record's payload can be.
    pub fn event(&self, json: &[u8]) -> Result<()> {
        debug_assert!(json.len() <= MAX_PAYLOAD);
        self.append_numbered(Kind::Event, 0, |number| [number], json)
    }

    /// Returns whether `name` is the number of a name.
    #[inline(always)]
    pub fn knows(&self, name: u32) -> bool {
        if u64::from(name) < self.known_names.get() {
            return true;
        }
        self.known_names.set(self.journal.names.count());
        u64::from(name) < self.known_names.get()
    }

    /// The number of a name, which is checked when it is new here.
    #[inline]
    pub fn name(&self, name: &[u8]) -> Result<u32> {
        if let Some(id) = self.names.borrow().get(name) {
            return Ok(*id);
        }
        let text = name::of_bytes(name)?;
        if self.journal.is_closed() {
            return Err(ended());
        }
        let id = self
            .journal
            .names
            .declare(text)
            .inspect_err(|error| self.journal.refuse(Refusal::Others, error))?;
        self.names.borrow_mut().insert(Name::new(name), id);
        Ok(id)
    }
}

impl Drop for Emitter {
    fn drop(&mut self) {
        // In a forked child the segment is the parent's; of a run that has ended nobody needs it.
        if !self.journal.is_closed() {
            // A thread that was cancelled in the middle of a call never uses the number that it drew.
            self.lane.rest();
            let place = Place {
                lane: self.lane.clone(),
                index: self.index.get(),
                segment: self.segment.borrow().clone(),
                cursor: self.cursor.get(),
            };
            lock(&self.journal.returned).push(place);
        }
    }
}

/// Where a record's piece of a long text ends: not within a character, so that each piece is UTF-8.
fn piece_end(text: &[u8]) -> usize {
    let most = text.len().min(MAX_PAYLOAD);
    let is_within = |end: &usize| text.get(*end).is_some_and(|byte| byte & 0xC0 == 0x80);
    // Of what is not UTF-8 the piece is as long as can be.
    (most.saturating_sub(3)..=most).rev().find(|end| !is_within(end)).unwrap_or(most)
}

fn check_text(text: &str) -> Result<()> {
    if text.len() > MAX_PAYLOAD {
        return Err(Error::new(
            ErrorKind::Value,
            format!("the metric's text has {} bytes; at most {MAX_PAYLOAD} are possible", text.len()),
        ));
    }
    Ok(())
}

pub(super) fn ended() -> Error {
    Error::new(
        ErrorKind::Closed,
        "the run is closed in this process: it was finished or freed, another process took it over, or this is a forked child",
    )
}

/// The emitters of a thread by their journal's key. Keys follow each other, so where a key's lowest
/// bits say, there is hardly ever another one.
#[derive(Default)]
struct Table {
    /// Boxes of which nobody else lets go, or NULL. Half are NULL, at least; an emitter is where its
    /// key says, or after it without a gap.
    slots: Vec<*mut Emitter>,
    count: usize,
    /// How many journals had ended when the table was last rid of theirs.
    ended: u64,
}

impl Table {
    /// Where `key` is, or where it belongs.
    fn place(&self, key: u64) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = key as usize & mask;
        // SAFETY: the table's boxes.
        while unsafe { self.slots[at].as_ref() }.is_some_and(|emitter| emitter.key != key) {
            at = (at + 1) & mask;
        }
        Some(at)
    }

    fn find(&self, key: u64) -> Option<*const Emitter> {
        Some(self.slots[self.place(key)?].cast_const()).filter(|emitter| !emitter.is_null())
    }

    /// Where the slots are, for `LOOKUP`.
    fn lookup(&self) -> Lookup {
        match self.slots.len().checked_sub(1) {
            Some(mask) => Lookup { slots: self.slots.as_ptr().cast(), mask },
            None => NOWHERE,
        }
    }

    fn insert(&mut self, key: u64, emitter: Box<Emitter>) -> *const Emitter {
        if self.slots.len() < 2 * (self.count + 1) {
            let slots = std::mem::take(&mut self.slots);
            self.slots = vec![ptr::null_mut(); (2 * slots.len()).max(4)];
            slots.into_iter().for_each(|emitter| self.put(emitter));
        }
        self.count += 1;
        let emitter = Box::into_raw(emitter);
        if let Some(at) = self.place(key) {
            self.slots[at] = emitter;
        }
        emitter
    }

    fn put(&mut self, emitter: *mut Emitter) {
        // SAFETY: one of the table's boxes.
        let key = unsafe { emitter.as_ref() }.map(|emitter| emitter.key);
        if let Some(at) = key.and_then(|key| self.place(key)) {
            self.slots[at] = emitter;
        }
    }

    /// Lets go of an emitter. The caller has cleared `CURRENT`.
    fn remove(&mut self, key: u64) {
        let Some(mut at) = self.place(key) else { return };
        let emitter = std::mem::replace(&mut self.slots[at], ptr::null_mut());
        if emitter.is_null() {
            return;
        }
        self.count -= 1;
        // Those after it may belong here.
        loop {
            at = (at + 1) & (self.slots.len() - 1);
            let next = std::mem::replace(&mut self.slots[at], ptr::null_mut());
            if next.is_null() {
                break;
            }
            self.put(next);
        }
        // SAFETY: from `insert`, in no slot any more, and then on no list.
        unsafe {
            (*emitter).journal.delist(Limit(&raw const (*emitter).last));
            drop(Box::from_raw(emitter));
        }
    }

    fn keys(&self, wanted: impl Fn(&Emitter) -> bool) -> Vec<u64> {
        // SAFETY: the table's boxes.
        let emitters = self.slots.iter().filter_map(|emitter| unsafe { emitter.as_ref() });
        emitters.filter(|emitter| wanted(emitter)).map(|emitter| emitter.key).collect()
    }

    /// Lets go of those whose journal has ended. The caller has cleared `CURRENT`.
    fn sweep(&mut self) {
        let ended = ENDED.load(Ordering::Acquire);
        if self.ended != ended {
            self.ended = ended;
            let closed = self.keys(|emitter| emitter.journal.is_closed());
            closed.into_iter().for_each(|key| self.remove(key));
        }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.keys(|_| true).into_iter().for_each(|key| self.remove(key));
    }
}

/// How many journals have ended.
static ENDED: AtomicU64 = AtomicU64::new(0);

/// Makes every thread let go of journals that have ended, when it next begins to emit.
pub(super) fn note_end() {
    ENDED.fetch_add(1, Ordering::Release);
}

#[derive(Default)]
struct Emitters(RefCell<Table>);

impl Drop for Emitters {
    fn drop(&mut self) {
        CURRENT.set(ptr::null());
        LOOKUP.set(NOWHERE);
    }
}

/// The slots of a thread's table, of which there are `mask` and one more.
#[derive(Clone, Copy)]
struct Lookup {
    slots: *const *const Emitter,
    mask: usize,
}

/// A slot without an emitter.
struct Nothing(*const Emitter);

// SAFETY: NULL for ever.
unsafe impl Sync for Nothing {}

static NOTHING: Nothing = Nothing(ptr::null());

/// A table without an emitter.
const NOWHERE: Lookup = Lookup { slots: &raw const NOTHING.0, mask: 0 };

thread_local! {
    static CURRENT: Cell<*const Emitter> = const { Cell::new(ptr::null()) };
    static LOOKUP: Cell<Lookup> = const { Cell::new(NOWHERE) };
    static EMITTERS: Emitters = Emitters::default();
}

/// Uses what a thread has of its own here, so that its destructors are noted.
pub fn touch_thread() {
    let _ = EMITTERS.try_with(|_| ());
    helper::touch_waits();
}

/// A forked child's one thread must not append to segments that its parent's thread appends to, nor
/// keep the locks of its parent's journals.
pub unsafe extern "C" fn forget_in_child() {
    CURRENT.set(ptr::null());
    LOOKUP.set(NOWHERE);
    super::pages::close_in_child();
}

/// Calls `body` with this thread's emitter of the journal `key`, if the thread has one.
#[inline(always)]
pub fn existing<R>(key: u64, body: impl FnOnce(&Emitter) -> R) -> Option<R> {
    let is_it = |emitter: *const Emitter| {
        // SAFETY: see the top of this file.
        unsafe { emitter.as_ref() }.is_some_and(|emitter| emitter.key == key)
    };
    let mut emitter = CURRENT.get();
    if !is_it(emitter) {
        let Lookup { slots, mask } = LOOKUP.get();
        // SAFETY: as above.
        emitter = unsafe { *slots.add(key as usize & mask) };
        if is_it(emitter) {
            CURRENT.set(emitter);
        } else {
            emitter = find(key)?;
        }
    }
    // SAFETY: as above.
    Some(body(unsafe { &*emitter }))
}

#[cold]
#[inline(never)]
fn find(key: u64) -> Option<*const Emitter> {
    // A thread that never called has none, and perhaps no memory for its own table.
    if !memory::is_thread_ready() {
        return None;
    }
    EMITTERS
        .try_with(|emitters| {
            let emitter = emitters.0.try_borrow().ok()?.find(key)?;
            // SAFETY: one of the table's boxes.
            if unsafe { &*emitter }.journal.is_inherited() {
                return None;
            }
            CURRENT.set(emitter);
            Some(emitter)
        })
        .ok()
        .flatten()
}

/// Calls `body` with this thread's emitter of `journal`, which is made if need be.
pub fn with<R>(journal: &Arc<Journal>, body: impl FnOnce(&Emitter) -> Result<R>) -> Result<R> {
    if journal.is_closed() {
        return Err(ended());
    }
    let mut body = Some(body);
    let mut run = |emitter: &Emitter| body.take().map(|body| body(emitter));
    if let Some(Some(result)) = existing(journal.key(), &mut run) {
        return result;
    }
    let count = |error: &Error| journal.refuse(Refusal::Others, error);
    let result = match guarded(|| adopt(journal)).inspect_err(count)? {
        Some(emitter) => {
            // SAFETY: see the top of this file.
            run(unsafe { &*emitter })
        }
        // The thread is ending and its locals are gone.
        None => {
            let mut orphan = lock(&journal.orphan);
            if orphan.is_none() {
                let place = guarded(|| journal.next_place(None)).inspect_err(count)?;
                *orphan = Some(Emitter::new(journal, place));
            }
            orphan.as_ref().and_then(run)
        }
    };
    result.unwrap_or_else(|| Err(Error::new(ErrorKind::Panic, "an emitter was asked twice")))
}

fn adopt(journal: &Arc<Journal>) -> Result<Option<*const Emitter>> {
    let ready = memory::ready_thread(touch_thread);
    ready.map_err(|kind| Error::new(kind, "out of memory at this thread's first call"))?;
    let adopted = EMITTERS.try_with(|emitters| {
        let place = journal.next_place(None)?;
        let mut emitters = emitters.0.borrow_mut();
        CURRENT.set(ptr::null());
        emitters.sweep();
        LOOKUP.set(NOWHERE);
        let emitter = emitters.insert(journal.key(), Box::new(Emitter::new(journal, place)));
        LOOKUP.set(emitters.lookup());
        // SAFETY: just made; `remove` takes it off the list.
        journal.enlist(Limit(unsafe { &raw const (*emitter).last }));
        CURRENT.set(emitter);
        Ok(Some(emitter))
    });
    adopted.unwrap_or(Ok(None))
}

/// Lets go of this thread's emitter of `journal`.
pub fn leave(journal: &Journal) {
    // A thread that is ending has let go of it.
    let _ = EMITTERS.try_with(|emitters| {
        if let Ok(mut emitters) = emitters.0.try_borrow_mut() {
            CURRENT.set(ptr::null());
            emitters.remove(journal.key());
        }
    });
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::AtomicBool;

    use super::super::names::Names;
    use super::*;
    use crate::base::error::ErrorKind;

    const SIZE: usize = 1 << 16;

    /// A journal in memory with a place for each of `threads`.
    fn journal(threads: u64) -> Arc<Journal> {
        let nowhere = Path::new("none");
        let journal = Arc::new(Journal::new(nowhere, 1, None, Names::new(nowhere)));
        for lane in 1..=threads {
            let segment = Arc::new(Segment::blank(SIZE, lane));
            let cursor = segment.first();
            lock(&journal.returned).push(Place { lane: Lane::new(lane), index: 0, segment, cursor });
        }
        journal
    }

    fn emit(journal: &Arc<Journal>, step: i64) -> Result<()> {
        with(journal, |emitter| emitter.point(0, step, Scalar::F64(1.0)))
    }

    fn held() -> usize {
        EMITTERS.with(|emitters| emitters.0.borrow().count)
    }

    #[test]
    fn emitters_are_found_among_many_and_let_go_when_their_journal_has_ended() {
        let mut journals: Vec<_> = (0..40).map(|_| journal(1)).collect();
        for step in 0..3 {
            journals.iter().for_each(|journal| emit(journal, step).unwrap());
        }
        assert_eq!(held(), journals.len());
        let moved = |journal: &Arc<Journal>| existing(journal.key(), |emitter| emitter.cursor.get());
        let places: Vec<_> = journals.iter().map(|journal| moved(journal).unwrap()).collect();
        leave(&journals[7]);
        leave(&journals[7]);
        assert_eq!((moved(&journals[7]), held()), (None, journals.len() - 1));
        for (journal, place) in journals.iter().zip(&places).filter(|(_, place)| **place != places[7]) {
            assert_eq!(moved(journal), Some(*place));
        }
        let ended: Vec<_> = journals.drain(10..30).collect();
        ended.iter().for_each(|journal| journal.close());
        assert!(
            ended
                .iter()
                .all(|journal| emit(journal, 9).is_err_and(|error| error.kind() == ErrorKind::Closed))
        );
        assert!(ended.iter().all(|journal| {
            existing(journal.key(), |emitter| !emitter.try_point(0, 9, Scalar::F64(1.0))).unwrap()
        }));
        // The next one that is new here has those go, and 7 comes back.
        emit(&journals[7], 4).unwrap();
        assert_eq!(held(), journals.len());
        assert!(ended.iter().all(|journal| moved(journal).is_none() && lock(&journal.emitters).is_empty()));
        assert!(journals.iter().all(|journal| moved(journal).is_some()));
    }

    #[test]
    fn emitters_of_every_thread_see_that_the_journal_is_closed() {
        let journal = journal(4);
        let begun = AtomicU64::new(0);
        let goes_on = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let threads = [0, 1, 2, 3].map(|thread| {
                let (journal, begun, goes_on) = (&journal, &begun, &goes_on);
                scope.spawn(move || {
                    emit(journal, 0).unwrap();
                    begun.fetch_add(1, Ordering::Relaxed);
                    let mut step = 1;
                    // One ends beside the closing.
                    while (thread > 0 || goes_on.load(Ordering::Relaxed))
                        && existing(journal.key(), |emitter| {
                            // From the start again before the segment is full.
                            emitter.cursor.set(emitter.segment.borrow().first());
                            emitter.try_point(0, step, Scalar::F64(1.0)) || !emitter.journal.is_closed()
                        })
                        .unwrap()
                    {
                        step += 1;
                        std::thread::yield_now();
                    }
                })
            });
            while begun.load(Ordering::Relaxed) < 4 {
                std::thread::yield_now();
            }
            goes_on.store(false, Ordering::Relaxed);
            journal.close();
            // The scope waits for the closures, not for what the threads give back after them.
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
        assert!(lock(&journal.emitters).is_empty());
    }
}
