//! How a record lies in a segment.
//!
//! A record is a whole number of 8-byte words. Word 0 says what it is and how long, and carries a
//! check of the whole; it is written last, so a word 0 that is not zero makes the record whole.
//!
//! ```text
//! word 0   kind (4 bits) | value type (4) | name id of a point, else size in words (24) | check (32)
//! point    word 1: step            word 2: value bits
//! others   word 1: sequence number, words as Kind says, then the payload, padded with zeros
//! ```
//!
//! Points need no sequence number: their step orders them. Where there is a payload, the value
//! type's place counts the padding.

use crate::base::value::Scalar;

/// The kind of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A number of a series at a step.
    Point = 1,
    /// A text of a series at a step; word 2: name id, word 3: step, payload: the text.
    TextPoint = 2,
    /// A plain metric that is a number; word 2: name id, word 3: value bits.
    Metric = 3,
    /// A plain metric that is a text; word 2: name id, payload: the text.
    TextMetric = 4,
    /// A log line; word 2: time in ns since the epoch, word 3: level and logger id, payload: the text.
    Log = 5,
    /// Something rare, as JSON: a declaration, an artifact, a note; payload: the JSON.
    Event = 6,
    /// The segment ends here; the thread goes on in another.
    End = 7,
}

impl Kind {
    fn from_number(number: u8) -> Option<Self> {
        use Kind::*;
        const KINDS: [Kind; 7] = [Point, TextPoint, Metric, TextMetric, Log, Event, End];
        KINDS.get(usize::from(number).wrapping_sub(1)).copied()
    }
}

/// A record as it is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Record<'a> {
    /// A [`Kind::Point`].
    Point { name: u32, step: i64, value: Scalar },
    /// A [`Kind::TextPoint`].
    TextPoint { sequence: u64, name: u32, step: i64, text: &'a [u8] },
    /// A [`Kind::Metric`].
    Metric { sequence: u64, name: u32, value: Scalar },
    /// A [`Kind::TextMetric`].
    TextMetric { sequence: u64, name: u32, text: &'a [u8] },
    /// A [`Kind::Log`].
    Log { sequence: u64, time: u64, level: u32, logger: u32, text: &'a [u8] },
    /// A [`Kind::Event`].
    Event { sequence: u64, json: &'a [u8] },
}

impl Record<'_> {
    /// Its number among those of all threads; points have none.
    #[inline(always)]
    pub fn sequence(&self) -> Option<u64> {
        match self {
            Record::Point { .. } => None,
            Record::TextPoint { sequence, .. }
            | Record::Metric { sequence, .. }
            | Record::TextMetric { sequence, .. }
            | Record::Log { sequence, .. }
            | Record::Event { sequence, .. } => Some(*sequence),
        }
    }
}

/// Words of a record with `fixed` words before a payload of `payload` bytes.
#[inline(always)]
pub const fn words(fixed: usize, payload: usize) -> usize {
    fixed + payload.div_ceil(8)
}

/// The largest payload that a record can carry; more goes to a file of its own.
pub const MAX_PAYLOAD: usize = 32 << 10;

/// Words of a record, at most.
pub const LONGEST: usize = words(4, MAX_PAYLOAD);

/// Words of a point.
pub const POINT: usize = 3;

/// Names have smaller numbers: a point's stands in 24 bits, and a C handle has as many.
pub const NAMES: u32 = (1 << 24) - 1;

/// Word 0 of a record with `body` that is no point: what and how long it is, and a check of damage
/// (not of malice) over that and the body, a multiply for two words.
#[inline(always)]
pub fn head(kind: Kind, tag: u8, body: &[u64]) -> u64 {
    seal(low(kind, tag, body.len() as u64 + 1), body)
}

/// Word 0 of a point of the name with this number.
#[inline(always)]
pub fn point_head(name: u32, tag: u8, body: [u64; POINT - 1]) -> u64 {
    debug_assert!(name < NAMES);
    seal(low(Kind::Point, tag, u64::from(name)), &body)
}

#[inline(always)]
fn low(kind: Kind, tag: u8, rest: u64) -> u64 {
    kind as u64 | u64::from(tag) << 4 | rest << 8
}

/// How many words the record takes that begins with `first`; 0 if it begins with none.
#[inline(always)]
pub fn size(first: u64) -> usize {
    match first & 0xF {
        0 => 0,
        kind if kind == Kind::Point as u64 => POINT,
        _ => (first >> 8 & 0xFF_FFFF) as usize,
    }
}

#[inline(always)]
fn seal(low: u64, body: &[u64]) -> u64 {
    let fold = |left: u64, right: u64| {
        let product = u128::from(left) * u128::from(right);
        product as u64 ^ (product >> 64) as u64
    };
    let mut state = low.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x2D35_8DCC_AA6C_78A5;
    let mut pairs = body.chunks_exact(2);
    for pair in &mut pairs {
        // Adding the rotated state keeps a zero product from swallowing what came before.
        let mixed = fold(pair[0] ^ state, pair[1] ^ 0xD6E8_FEB8_6659_FD93);
        state = mixed.wrapping_add(state.rotate_left(29));
    }
    if let [last] = pairs.remainder() {
        state = fold(last ^ state, 0x8BB8_4B93_962E_ACC9).wrapping_add(state.rotate_left(29));
    }
    low | (state ^ (state >> 32)) << 32
}

/// The content at the start of `words`, of which the first is word 0 as it was read.
pub enum Parsed<'a> {
    /// Nothing yet.
    Empty,
    /// The thread went on in another segment.
    End,
    /// A record and its size in words.
    Record(Record<'a>, usize),
    /// Bytes that are no record.
    Damaged,
}

/// Reads the record at the start of `words`; `first` is word 0, read with acquire ordering.
#[inline]
pub fn parse(first: u64, words: &[u64]) -> Parsed<'_> {
    if first == 0 {
        return Parsed::Empty;
    }
    let (kind, tag) = (Kind::from_number(first as u8 & 0xF), (first >> 4) as u8 & 0xF);
    let (Some(kind), Some(body)) = (kind, words.get(1..size(first))) else {
        return Parsed::Damaged;
    };
    if seal(first & 0xFFFF_FFFF, body) != first {
        return Parsed::Damaged;
    }
    match (kind, body) {
        (Kind::End, _) => Parsed::End,
        (Kind::Point, [step, bits]) => match Scalar::decode(tag, *bits) {
            Some(value) => {
                let name = (first >> 8) as u32 & 0xFF_FFFF;
                Parsed::Record(Record::Point { name, step: *step as i64, value }, POINT)
            }
            None => Parsed::Damaged,
        },
        _ => match record(kind, tag, body) {
            Some(record) => Parsed::Record(record, body.len() + 1),
            None => Parsed::Damaged,
        },
    }
}

fn record(kind: Kind, tag: u8, body: &[u64]) -> Option<Record<'_>> {
    // A payload's length is the words that hold it less the padding, which the tag counts.
    let payload = |fixed: usize| -> Option<&[u8]> {
        let words = body.get(fixed..)?;
        let bytes = bytes_of(words);
        bytes.get(..bytes.len().checked_sub(usize::from(tag))?)
    };
    Some(match kind {
        Kind::TextPoint => Record::TextPoint {
            sequence: *body.first()?,
            name: *body.get(1)? as u32,
            step: *body.get(2)? as i64,
            text: payload(3)?,
        },
        Kind::Metric => Record::Metric {
            sequence: *body.first()?,
            name: *body.get(1)? as u32,
            value: Scalar::decode(tag, *body.get(2)?)?,
        },
        Kind::TextMetric => {
            Record::TextMetric { sequence: *body.first()?, name: *body.get(1)? as u32, text: payload(2)? }
        }
        Kind::Log => Record::Log {
            sequence: *body.first()?,
            time: *body.get(1)?,
            level: *body.get(2)? as u32,
            logger: (*body.get(2)? >> 32) as u32,
            text: payload(3)?,
        },
        Kind::Event => Record::Event { sequence: *body.first()?, json: payload(1)? },
        Kind::Point | Kind::End => return None,
    })
}

fn bytes_of(words: &[u64]) -> &[u8] {
    // SAFETY: any u64 is eight bytes, and u8 has no alignment.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}
