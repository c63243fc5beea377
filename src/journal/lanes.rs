//! Lanes, and following them in order.
//!
//! A lane is the chain of segments of one emitter. Whoever follows has a cursor in each: it takes
//! points at once, and the records that have a number in the order of their numbers. A lane whose
//! next record has to wait for another lane's stays where it is: nothing waits in memory.
//!
//! A number that is missing is waited for while a thread is in the middle of the call that drew it,
//! and passed when none is: its thread was cancelled, or left the call by a jump, or is dead.
//!
//! Soundness. A thread stores where its record will be (`drawn_at`, release), draws the number (an
//! addition, release), writes the record, and commits it (release); the place of the next one is
//! stored after that. The follower loads the counter (acquire), then each lane's `drawn_at`
//! (acquire), then reads each lane up to where nothing stands. Take a number N below the counter.
//! 1. The counter's value is of an addition at or after N's in the counter's order, so that it
//!    synchronises with N's: what N's thread did before it drew N is seen, its earlier records and
//!    the store of `drawn_at` among them. So the lane was read up to N's place at least.
//! 2. If `drawn_at` is what was stored for N, the follower finds N's record, or it stands at that
//!    very place before an empty word: it waits.
//! 3. If it is a later store, that one was made after N's record was committed, or after its thread
//!    gave N up, and the acquire sees that: the record is found, or it never comes.
//!
//! So where no lane that was read up to its end stands at its `drawn_at`, every number below the
//! counter has been found or never comes. Where one does, the same holds of what the counter was when
//! it was last seen to stand elsewhere: a call that came after that has drawn a higher number, by 1.
//! So threads that are busy hold nobody up for long. Numbers within a lane grow, also where another thread goes
//! on with it: it got the lane under a lock.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::record::{Parsed, Record};
use super::segment::{self, HEADER, Part, Segment};
use super::window::Window;
use crate::base::error::{Error, Result};

/// Records that are taken from a lane before it is the others' turn.
const TURN: usize = 16 << 10;

/// `drawn_at` of a thread that draws no number, and of one that has drawn several at once.
const NOWHERE: usize = 0;
const EVERYWHERE: usize = usize::MAX;

/// Words of the thread that appends to a lane to the follower; on a cache line of their own.
#[derive(Debug)]
#[repr(align(128))]
pub struct Lane {
    id: u64,
    drawn_at: AtomicUsize,
}

impl Lane {
    /// The lane with this number.
    pub fn new(id: u64) -> Arc<Self> {
        Arc::new(Self { id, drawn_at: AtomicUsize::new(NOWHERE) })
    }

    /// Its number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Says that a number is about to be drawn for a record at `place`.
    #[inline(always)]
    pub fn draw(&self, place: *const u64) {
        self.drawn_at.store(place.addr(), Ordering::Release);
    }

    /// Says that several numbers are about to be drawn, until `rest`.
    pub fn draw_several(&self) {
        self.drawn_at.store(EVERYWHERE, Ordering::Release);
    }

    /// Says that its thread goes on in another segment: this one's addresses may come to be another's.
    pub fn go_on(&self) {
        if self.drawn_at.load(Ordering::Relaxed) != EVERYWHERE {
            self.rest();
        }
    }

    /// Says that every number that was drawn has been used, or never will be.
    pub fn rest(&self) {
        self.drawn_at.store(NOWHERE, Ordering::Release);
    }
}

/// A segment that came into use, as the next one of its lane.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// The lane.
    pub lane: Arc<Lane>,
    /// How many segments came before it in the lane.
    pub index: u64,
    /// The segment.
    pub segment: Arc<Segment>,
}

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The number of its lane.
    pub lane: u64,
    /// The segment's place in the lane.
    pub index: u64,
    /// The segment's number.
    pub ordinal: u64,
    /// Words from the segment's start.
    pub offset: usize,
}

/// How far lanes have been read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reached {
    /// The first number that has not been passed.
    pub next: u64,
    /// By lane: the place of the segment in it, and the words of that one.
    pub lanes: BTreeMap<u64, (u64, usize)>,
}

impl Reached {
    /// Returns whether the record at `at` was read.
    pub fn is_past(&self, at: At) -> bool {
        self.lanes.get(&at.lane).is_some_and(|reached| (at.index, at.offset) < *reached)
    }
}

/// Why a merge stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// There was nothing more.
    End,
    /// A number is missing that a thread is about to use.
    Missing,
    /// Numbers are missing that were drawn since `begin`.
    Stale,
    /// All records that were wanted were taken.
    Enough,
    /// The record was not taken, and is the first one the next time.
    Refused,
}

/// A segment that was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// Its number.
    pub ordinal: u64,
    /// Its bytes.
    pub size: u64,
}

/// A segment that is not read to its end.
#[derive(Debug)]
struct Waiting {
    index: u64,
    ordinal: u64,
    /// Its mapping, if it is one of this process.
    segment: Option<Arc<Segment>>,
}

#[derive(Debug)]
struct Cursor {
    id: u64,
    /// Nothing where the process is dead: then what is not there never comes.
    live: Option<Arc<Lane>>,
    waiting: VecDeque<Waiting>,
    /// The window through which the first of these is read where it is not mapped.
    window: Option<Window>,
    /// The first one's place in the lane, or that of the one to come, and the words that were read.
    index: u64,
    offset: usize,
    drawn_at: usize,
    /// Where it stood at `drawn_at` when this was last decided, and the counter then.
    missing: (usize, u64),
    /// Its lower numbers were found, or never come.
    clear_to: u64,
    /// True if it was read up to where nothing stands, in this round.
    is_at_end: bool,
}

impl Cursor {
    fn new(id: u64, live: Option<Arc<Lane>>) -> Self {
        Self {
            id,
            live,
            waiting: VecDeque::new(),
            window: None,
            index: 0,
            offset: HEADER / 8,
            drawn_at: NOWHERE,
            missing: (NOWHERE, 0),
            clear_to: 0,
            is_at_end: true,
        }
    }

    fn parse(&mut self, directory: &Path) -> Result<Parsed<'_>> {
        let Some(first) = self.waiting.front() else { return Ok(Parsed::Empty) };
        if let Some(segment) = &first.segment {
            return Ok(segment.parse(self.offset));
        }
        let path = || directory.join(segment::name(first.ordinal));
        let window = match &mut self.window {
            Some(window) => window,
            none => none.insert(Window::open(&path()).map_err(|source| Error::io("open", &path(), &source))?),
        };
        window.parse(self.offset).map_err(|source| Error::io("read", &path(), &source))
    }

    fn at(&self) -> At {
        let ordinal = self.waiting.front().map_or(0, |first| first.ordinal);
        At { lane: self.id, index: self.index, ordinal, offset: self.offset }
    }

    /// Leaves the first segment behind.
    fn go_on(&mut self) -> Option<Passed> {
        let passed = self.waiting.pop_front()?;
        let window = self.window.take();
        let size = passed
            .segment
            .as_ref()
            .map_or(window.map_or(0, |window| window.size()), |segment| segment.size());
        self.index = self.waiting.front().map_or(passed.index + 1, |next| next.index);
        self.offset = HEADER / 8;
        Some(Passed { ordinal: passed.ordinal, size })
    }

    /// The number below which none is missing here, at the end of a round for which the counter was
    /// `drawn`.
    fn clear_to(&mut self, drawn: u64) -> u64 {
        if !self.is_at_end {
            return drawn;
        }
        let place = || {
            let segment = self.waiting.front()?.segment.as_ref()?;
            Some(segment.first().wrapping_add(self.offset - HEADER / 8).addr())
        };
        let is_missing = match self.drawn_at {
            NOWHERE => false,
            EVERYWHERE => true,
            drawn_at => place() == Some(drawn_at),
        };
        if !is_missing {
            self.missing.0 = NOWHERE;
            self.clear_to = drawn;
        } else if self.missing.0 != self.drawn_at {
            self.clear_to = self.clear_to.max(self.missing.1);
            self.missing = (self.drawn_at, drawn);
        }
        self.clear_to
    }
}

/// The lanes of a journal, read in order.
#[derive(Debug)]
pub struct Merge {
    directory: PathBuf,
    lanes: Vec<Cursor>,
    /// Lanes whose next record is not known.
    unknown: VecDeque<usize>,
    /// The others' next records by their numbers, but for those that are at their end.
    heads: BinaryHeap<Reverse<(u64, usize)>>,
    next: u64,
    drawn: u64,
    passed: Vec<Passed>,
    damaged: Vec<At>,
}

impl Merge {
    /// A merge of lanes that are yet to come, whose segments are in `directory`.
    pub fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            lanes: Vec::new(),
            unknown: VecDeque::new(),
            heads: BinaryHeap::new(),
            next: 0,
            drawn: 0,
            passed: Vec::new(),
            damaged: Vec::new(),
        }
    }

    /// A merge of what is left of a journal, from where it was read to; and what is wrong with it.
    pub fn of_left(directory: &Path, parts: &[Part], from: &Reached) -> (Self, Vec<String>) {
        let mut merge = Self { next: from.next, ..Self::new(directory) };
        let mut damage = Vec::new();
        let mut missing = 0_u64;
        let mut lanes: BTreeMap<u64, Vec<&Part>> = BTreeMap::new();
        for id in from.lanes.keys() {
            lanes.entry(*id).or_default();
        }
        for part in parts {
            lanes.entry(part.lane).or_default().push(part);
        }
        let mut known = 0_u64;
        for (id, mut parts) in lanes {
            parts.sort_by_key(|part| (part.index, part.is_copy, part.ordinal));
            let mut lane = Cursor::new(id, None);
            (lane.index, lane.offset) = from.lanes.get(&id).copied().unwrap_or((0, HEADER / 8));
            // The number of a lane that has lost its place is no lane's.
            if id <= u64::MAX / 2 {
                missing = missing.saturating_add(id - known - 1);
                known = id;
            }
            let mut expected = lane.index;
            for part in parts {
                if part.index < lane.index {
                    // It was read, and should have been removed.
                    merge.passed.push(Passed { ordinal: part.ordinal, size: 0 });
                    continue;
                }
                if part.index < expected {
                    damage.push(format!("{} says that it is another one", segment::name(part.ordinal)));
                    // A copy; where only the place is damaged, the records are whole.
                    if part.is_copy {
                        continue;
                    }
                }
                missing = missing.saturating_add(part.index.saturating_sub(expected));
                expected = part.index.saturating_add(1);
                lane.waiting.push_back(Waiting { index: part.index, ordinal: part.ordinal, segment: None });
            }
            match lane.waiting.front() {
                Some(first) if first.index != lane.index => {
                    (lane.index, lane.offset) = (first.index, HEADER / 8);
                }
                None if lane.offset > HEADER / 8 => missing = missing.saturating_add(1),
                _ => {}
            }
            merge.lanes.push(lane);
        }
        if missing > 0 {
            damage.push(format!("{missing} segments are missing"));
        }
        merge.begin(None);
        (merge, damage)
    }

    /// Adds a segment that came into use. To be called after the counter was loaded for `begin`, and
    /// before that.
    pub fn add(&mut self, fresh: &Fresh) {
        let Fresh { lane, index, segment } = fresh;
        let known = self.lanes.iter_mut().rev().find(|known| known.id == lane.id);
        let cursor = match known {
            Some(known) => known,
            None => {
                self.lanes.push(Cursor::new(lane.id, Some(lane.clone())));
                let last = self.lanes.len() - 1;
                &mut self.lanes[last]
            }
        };
        let (index, ordinal) = (*index, segment.ordinal());
        cursor.waiting.push_back(Waiting { index, ordinal, segment: Some(segment.clone()) });
    }

    /// The segments that are not read to their end.
    pub fn into_segments(self) -> impl Iterator<Item = Arc<Segment>> {
        self.lanes.into_iter().flat_map(|lane| lane.waiting).filter_map(|waiting| waiting.segment)
    }

    /// Begins a round: `drawn` is what the counter was, or nothing if no number comes any more.
    pub fn begin(&mut self, drawn: Option<u64>) {
        self.drawn = drawn.unwrap_or(u64::MAX);
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            let live = lane.live.as_ref().filter(|_| drawn.is_some());
            lane.drawn_at = live.map_or(NOWHERE, |live| live.drawn_at.load(Ordering::Acquire));
            if std::mem::replace(&mut lane.is_at_end, false) {
                self.unknown.push_back(index);
            }
        }
    }

    /// Shows `take` up to `most` records, in order, until it returns false.
    ///
    /// # Errors
    /// When a file can't be read.
    pub fn advance(&mut self, most: usize, mut take: impl FnMut(Record<'_>, At) -> bool) -> Result<Stop> {
        let mut left = most;
        loop {
            let due = self.heads.peek().filter(|head| head.0.0 <= self.next).map(|head| head.0.1);
            if due.is_some() {
                self.heads.pop();
            }
            if let Some(lane) = due.or_else(|| self.unknown.pop_front()) {
                if !self
                    .advance_lane(lane, &mut left, &mut take)
                    .inspect_err(|_| self.unknown.push_front(lane))?
                {
                    return Ok(Stop::Refused);
                }
                if left == 0 {
                    return Ok(Stop::Enough);
                }
                continue;
            }
            let Some(Reverse((sequence, _))) = self.heads.peek() else { return Ok(Stop::End) };
            if *sequence > self.drawn {
                return Ok(Stop::Stale);
            }
            let drawn = self.drawn;
            let clear = self.lanes.iter_mut().map(|lane| lane.clear_to(drawn)).fold(*sequence, u64::min);
            if clear <= self.next {
                return Ok(Stop::Missing);
            }
            self.next = clear;
        }
    }

    /// Takes records of a lane up to one that has to wait; false if one was refused.
    fn advance_lane(
        &mut self,
        index: usize,
        left: &mut usize,
        take: &mut impl FnMut(Record<'_>, At) -> bool,
    ) -> Result<bool> {
        let lane = &mut self.lanes[index];
        for _ in 0..TURN.min(*left) {
            let at = lane.at();
            let may_go_on = lane.live.is_none() && !lane.waiting.is_empty();
            match lane.parse(&self.directory)? {
                Parsed::Record(record, size) => {
                    let sequence = record.sequence();
                    if let Some(sequence) = sequence.filter(|sequence| *sequence > self.next) {
                        self.heads.push(Reverse((sequence, index)));
                        return Ok(true);
                    }
                    // A lower one is there twice, and was taken before.
                    if sequence.is_none_or(|sequence| sequence == self.next) && !take(record, at) {
                        self.unknown.push_front(index);
                        return Ok(false);
                    }
                    self.next = self.next.max(sequence.map_or(0, |sequence| sequence.saturating_add(1)));
                    lane.offset += size;
                    *left -= 1;
                }
                Parsed::Empty if !may_go_on => {
                    lane.is_at_end = true;
                    return Ok(true);
                }
                parsed => {
                    if matches!(parsed, Parsed::Damaged) {
                        self.damaged.push(at);
                    }
                    self.passed.extend(lane.go_on());
                }
            }
        }
        self.unknown.push_back(index);
        Ok(true)
    }

    /// The first number that has not been passed.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// How far it has read.
    pub fn reached(&self) -> Reached {
        let lanes = self.lanes.iter().map(|lane| (lane.id, (lane.index, lane.offset))).collect();
        Reached { next: self.next, lanes }
    }

    /// The segments that were read to their end since the last call.
    pub fn take_passed(&mut self) -> Vec<Passed> {
        std::mem::take(&mut self.passed)
    }

    /// Where what stands was no record, since the last call; the rest of those segments is left out.
    pub fn take_damaged(&mut self) -> Vec<At> {
        std::mem::take(&mut self.damaged)
    }

    /// The segments that nobody appends to any more and that wait to be read.
    pub fn waiting(&self) -> impl Iterator<Item = &Segment> {
        self.lanes
            .iter()
            .flat_map(|lane| lane.waiting.iter().skip(1))
            .filter_map(|one| one.segment.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::base::sync::lock;
    use crate::base::value::Scalar;
    use crate::journal::record::{Kind, head, point_head};

    const SIZE: usize = 1 << 10;

    /// The little of a journal that its lanes need.
    #[derive(Default)]
    struct Lanes {
        counter: AtomicU64,
        lanes: AtomicU64,
        fresh: Mutex<Vec<Fresh>>,
        /// Where segments are files; else they are memory, so that Miri can look at them.
        directory: Option<PathBuf>,
        ordinals: AtomicU64,
    }

    /// An emitter's work, in steps.
    struct Thread<'a> {
        lanes: &'a Lanes,
        lane: Arc<Lane>,
        segment: Arc<Segment>,
        index: u64,
        cursor: *mut u64,
        points: i64,
        drawn: Option<u64>,
    }

    impl Lanes {
        fn segment(&self, lane: &Arc<Lane>, index: u64) -> Arc<Segment> {
            let ordinal = self.ordinals.fetch_add(1, Ordering::Relaxed);
            let segment = match &self.directory {
                Some(directory) => Segment::create(directory, ordinal, 1, SIZE).unwrap(),
                None => Segment::blank(SIZE, ordinal),
            };
            segment.take(lane.id(), index);
            let segment = Arc::new(segment);
            lock(&self.fresh).push(Fresh { lane: lane.clone(), index, segment: segment.clone() });
            segment
        }

        fn thread(&self) -> Thread<'_> {
            let lane = Lane::new(self.lanes.fetch_add(1, Ordering::Relaxed) + 1);
            let segment = self.segment(&lane, 0);
            let cursor = segment.first();
            Thread { lanes: self, lane, segment, index: 0, cursor, points: 0, drawn: None }
        }

        fn begin(&self, merge: &mut Merge) -> u64 {
            let drawn = self.counter.load(Ordering::Acquire);
            lock(&self.fresh).drain(..).for_each(|fresh| merge.add(&fresh));
            merge.begin(Some(drawn));
            drawn
        }
    }

    impl Thread<'_> {
        fn reserve(&mut self, words: usize) {
            if self.segment.last().addr() - self.cursor.addr() < words * 8 {
                self.index += 1;
                let next = self.lanes.segment(&self.lane, self.index);
                self.lane.go_on();
                // SAFETY: this thread's own place.
                unsafe { segment::end(self.cursor) };
                self.cursor = next.first();
                self.segment = next;
            }
        }

        fn append<const N: usize>(&mut self, body: [u64; N], head: u64) {
            // SAFETY: reserved.
            unsafe {
                self.cursor.add(1).cast::<[u64; N]>().write(body);
                segment::commit(self.cursor, head);
                self.cursor = self.cursor.add(N + 1);
            }
        }

        fn point(&mut self) {
            self.reserve(3);
            let body = [self.points as u64, 0];
            self.append(body, point_head(self.lane.id() as u32, 1, body));
            self.points += 1;
        }

        fn draw(&mut self) {
            self.reserve(4);
            self.lane.draw(self.cursor);
            self.drawn = Some(self.lanes.counter.fetch_add(1, Ordering::Release));
        }

        /// Writes the record for which it drew a number.
        fn write(&mut self) -> u64 {
            let number = self.drawn.take().unwrap();
            let body = [number, self.lane.id(), 0];
            self.append(body, head(Kind::Metric, 1, &body));
            number
        }
    }

    /// The records that a merge showed.
    #[derive(Debug, Default, PartialEq)]
    struct Seen {
        numbers: Vec<u64>,
        points: BTreeMap<u32, i64>,
    }

    impl Seen {
        fn take(&mut self, record: Record<'_>) -> bool {
            match record {
                Record::Point { name, step, value } => {
                    let next = self.points.entry(name).or_default();
                    assert_eq!((step, value), (*next, Scalar::I64(0)), "of {name}");
                    *next += 1;
                }
                Record::Metric { sequence, .. } => self.numbers.push(sequence),
                other => panic!("{other:?}"),
            }
            true
        }
    }

    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 20) % bound
        }
    }

    /// Lets random threads emit, draw, give up, and end; `look` is called now and then with the numbers
    /// that were written and those that are missing. Gives the first ones, and the points of each lane.
    fn emit(
        lanes: &Lanes,
        random: &mut Random,
        mut look: impl FnMut(&BTreeSet<u64>, &BTreeSet<u64>),
    ) -> Seen {
        let mut threads: Vec<Thread<'_>> = Vec::new();
        let (mut written, mut missing) = (BTreeSet::new(), BTreeSet::new());
        for _ in 0..if cfg!(miri) { 150 } else { 1000 } {
            let count = threads.len() as u64;
            match random.below(12) {
                0 if count < 6 => threads.push(lanes.thread()),
                _ if count == 0 => {}
                1 => look(&written, &missing),
                what => {
                    let thread = &mut threads[random.below(count) as usize];
                    match (what, thread.drawn) {
                        // A jump out of the call, or the end of a thread in the middle of it.
                        (2, Some(number)) => {
                            thread.lane.rest();
                            thread.drawn = None;
                            missing.remove(&number);
                        }
                        (_, Some(_)) => {
                            let number = thread.write();
                            missing.remove(&number);
                            written.insert(number);
                        }
                        (2..=6, None) => (0..random.below(9)).for_each(|_| thread.point()),
                        _ => {
                            thread.draw();
                            missing.extend(thread.drawn);
                        }
                    }
                }
            }
        }
        let points = threads.iter().filter(|thread| thread.points > 0);
        let points = points.map(|thread| (thread.lane.id() as u32, thread.points)).collect();
        Seen { numbers: written.into_iter().collect(), points }
    }

    #[test]
    fn random_lanes_come_in_order_and_only_calls_under_way_are_waited_for() {
        for seed in 1..if cfg!(miri) { 4 } else { 40 } {
            let mut random = Random(seed * 0x9E37_79B9);
            let lanes = Lanes::default();
            let mut merge = Merge::new(Path::new(""));
            let mut seen = Seen::default();
            let mut pause = Random(seed);
            let expected = emit(&lanes, &mut random, |written, missing| {
                loop {
                    lanes.begin(&mut merge);
                    let most = 1 + pause.below(200) as usize;
                    let mut refusals = pause.below(3);
                    let stop = merge.advance(most, |record, _| {
                        if record.sequence().is_some() && refusals > 0 {
                            refusals -= 1;
                            return false;
                        }
                        seen.take(record)
                    });
                    match stop.unwrap() {
                        Stop::Enough | Stop::Refused => continue,
                        Stop::Stale => panic!("nobody draws meanwhile"),
                        Stop::End | Stop::Missing => break,
                    }
                }
                let first = missing.first().copied().unwrap_or(u64::MAX);
                let expected: Vec<u64> = written.range(..first).copied().collect();
                assert!(expected.starts_with(&seen.numbers), "seed {seed}, {first} is missing: {seen:?}");
                assert!(merge.next() <= first);
                assert!(!missing.is_empty() || seen.numbers == expected, "seed {seed}: {seen:?}");
            });
            lanes.begin(&mut merge);
            merge.begin(None);
            assert_eq!(merge.advance(usize::MAX, |record, _| seen.take(record)).unwrap(), Stop::End);
            assert_eq!(seen, expected, "seed {seed}");
            assert!(merge.take_damaged().is_empty());
        }
    }

    #[test]
    fn a_number_that_was_given_up_is_passed_also_while_others_are_busy() {
        let lanes = Lanes::default();
        let (mut gone, mut busy, mut other) = (lanes.thread(), lanes.thread(), lanes.thread());
        let mut merge = Merge::new(Path::new(""));
        let mut look = |expected: (Stop, u64)| {
            lanes.begin(&mut merge);
            let stop = merge.advance(100, |_, _| true).unwrap();
            assert_eq!((stop, merge.next()), expected);
        };
        gone.draw();
        busy.draw();
        other.draw();
        other.write();
        look((Stop::Missing, 0));
        gone.lane.rest();
        // For all that can be told, it is the busy one that has drawn number 0.
        look((Stop::Missing, 0));
        busy.lane.rest();
        busy.point();
        busy.draw();
        look((Stop::End, 3));
    }

    #[test]
    #[cfg_attr(miri, ignore)] // it maps files
    fn what_a_process_left_is_read_in_order_and_reading_goes_on() {
        for seed in 1..20 {
            let place = tempfile::tempdir().unwrap();
            let lanes = Lanes { directory: Some(place.path().to_owned()), ..Lanes::default() };
            let mut random = Random(seed * 0x9E37_79B9);
            let expected = emit(&lanes, &mut random, |_, _| {});
            let parts = || -> Vec<Part> {
                let files = std::fs::read_dir(place.path()).unwrap();
                let look = |path: &Path| match Segment::look(path, Some(1)).unwrap() {
                    segment::Left::Segment(part, None) => part,
                    other => panic!("{other:?}"),
                };
                files.map(|file| look(&file.unwrap().path())).collect()
            };
            let (mut seen, mut reached) = (Seen::default(), Reached::default());
            loop {
                let (mut merge, damage) = Merge::of_left(place.path(), &parts(), &reached);
                assert!(damage.is_empty(), "{damage:?}");
                let most = 1 + random.below(500) as usize;
                let stop =
                    merge.advance(most, |record, at| !reached.is_past(at) && seen.take(record)).unwrap();
                reached = merge.reached();
                for passed in merge.take_passed() {
                    std::fs::remove_file(place.path().join(segment::name(passed.ordinal))).unwrap();
                }
                if stop == Stop::End {
                    break;
                }
            }
            assert_eq!(seen, expected, "seed {seed}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore)] // it maps files
    fn missing_segments_and_copies_are_told() {
        let part = |lane, index, ordinal| Part { lane, index, is_copy: false, ordinal };
        let left = |parts: &[Part]| Merge::of_left(Path::new(""), parts, &Reached::default()).1;
        assert_eq!(left(&[part(1, 0, 0), part(2, 0, 1), part(1, 1, 2)]), [""; 0]);
        assert_eq!(left(&[part(1, 0, 0), part(1, 3, 2), part(4, 0, 1)]), ["4 segments are missing"]);
        let copy = Part { is_copy: true, ..part(1, 0, 9) };
        assert_eq!(left(&[copy, part(1, 0, 0)]), ["segment-00000009 says that it is another one"]);
        assert_eq!(left(&[part(u64::MAX - 3, 0, 3), part(1, 0, 0)]), [""; 0]);
    }

    #[test]
    fn threads_are_followed_in_order_while_they_emit() {
        let (threads, rounds) = if cfg!(miri) { (3, 30) } else { (4, 20_000) };
        let lanes = Lanes::default();
        let running = AtomicU64::new(threads);
        let mut seen = Seen::default();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut thread = lanes.thread();
                    for round in 0..rounds {
                        thread.point();
                        if round % 7 != 3 {
                            thread.draw();
                            thread.write();
                        }
                    }
                    thread.lane.rest();
                    running.fetch_sub(1, Ordering::Release);
                });
            }
            let mut merge = Merge::new(Path::new(""));
            loop {
                let is_last = running.load(Ordering::Acquire) == 0;
                let drawn = lanes.begin(&mut merge);
                let stop = merge.advance(1000, |record, _| seen.take(record)).unwrap();
                // None was given up, so that none is ever passed.
                assert_eq!(merge.next() as usize, seen.numbers.len());
                assert!(stop != Stop::End || merge.next() >= drawn);
                if is_last && stop == Stop::End {
                    break;
                }
                std::thread::yield_now();
            }
        });
        assert!(seen.numbers.iter().enumerate().all(|(index, number)| *number == index as u64));
        assert_eq!(
            seen.numbers.len() as u64,
            threads * (0..rounds).filter(|round| round % 7 != 3).count() as u64
        );
        assert_eq!(seen.points.values().sum::<i64>(), threads as i64 * rounds);
    }
}
