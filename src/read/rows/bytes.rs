//! Rows as bytes, for the cache. They are read without trust: what does not fit together is no rows.
//!
//! All integers are little-endian. A list is its length, of 8 bytes, and its elements.
//!
//! ```text
//! text     bytes                                 UTF-8
//! texts    bytes, offsets: [8 bytes]             one after the other, and where each begins and the last ends
//! rows     count, fields, field..                counts of 8 bytes
//! field    name: text, at: [4 bytes], kinds: [byte], words: [8 bytes], texts
//! ```

use std::collections::BTreeMap;
use std::io::Read;

use super::{Cells, Kind, Rows};
use crate::base::chunks::chunks;
use crate::base::memory;
use crate::read::column::Texts;

/// Bytes that are written.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

/// Bytes that are read at a time: they stay in the processor's cache until they are what they mean.
const PIECE: usize = 64 << 10;

/// `size`, if there is memory for so much: a damaged file may be of any size.
fn room(size: u64) -> Option<usize> {
    usize::try_from(size).ok().filter(|size| memory::check(*size).is_ok())
}

/// Bytes that are read: each part, or nothing where they are not such a part.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    /// How many there are yet.
    left: u64,
    crc: crc32fast::Hasher,
    piece: Vec<u8>,
}

impl Writer {
    /// The bytes so far.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes a number.
    pub fn number(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    fn list<T, const N: usize>(&mut self, list: &[T], bytes: impl Fn(&T) -> [u8; N]) {
        self.number(list.len() as u64);
        self.bytes.reserve(list.len() * N);
        list.iter().for_each(|one| self.bytes.extend_from_slice(&bytes(one)));
    }

    /// Writes numbers.
    pub fn numbers(&mut self, numbers: &[u64]) {
        self.list(numbers, |number| number.to_le_bytes());
    }

    /// Writes a text.
    pub fn text(&mut self, text: &str) {
        self.list(text.as_bytes(), |byte| [*byte]);
    }

    /// Writes texts.
    pub fn texts(&mut self, texts: &Texts) {
        self.text(texts.bytes());
        self.list(texts.offsets(), |offset| offset.to_le_bytes());
    }

    /// Writes rows.
    pub fn rows(&mut self, rows: &Rows) {
        self.number(rows.count.into());
        self.number(rows.fields.len() as u64);
        for (name, cells) in &rows.fields {
            self.text(name);
            self.list(&cells.at, |row| row.to_le_bytes());
            self.list(&cells.kinds, |kind| [*kind]);
            self.numbers(&cells.words);
            self.texts(&cells.texts);
        }
    }
}

impl<R: Read> Reader<R> {
    /// Reads `size` bytes of `from`.
    pub fn new(from: R, size: u64) -> Self {
        Self { from, left: size, crc: crc32fast::Hasher::new(), piece: Vec::new() }
    }

    /// The CRC-32 of what was read; nothing if something is left.
    pub fn finish(self) -> Option<u32> {
        (self.left == 0).then(|| self.crc.finalize())
    }

    /// Reads a number.
    pub fn number(&mut self) -> Option<u64> {
        self.several(1, u64::from_le_bytes)?.pop()
    }

    fn list<T, const N: usize>(&mut self, of: impl Fn([u8; N]) -> T + Copy) -> Option<Vec<T>> {
        let count = self.number()?;
        self.several(count, of)
    }

    fn bytes(&mut self) -> Option<Vec<u8>> {
        let count = self.number()?;
        self.left = self.left.checked_sub(count)?;
        let mut bytes = vec![0; room(count)?];
        self.from.read_exact(&mut bytes).ok()?;
        self.crc.update(&bytes);
        Some(bytes)
    }

    fn several<T, const N: usize>(&mut self, count: u64, of: impl Fn([u8; N]) -> T + Copy) -> Option<Vec<T>> {
        let mut size = count.checked_mul(N as u64)?;
        // No more is allocated than there is.
        self.left = self.left.checked_sub(size)?;
        room(size)?;
        let mut list = Vec::with_capacity(usize::try_from(count).ok()?);
        while size > 0 {
            let piece = size.min((PIECE / N * N) as u64);
            self.piece.resize(piece as usize, 0);
            self.from.read_exact(&mut self.piece).ok()?;
            self.crc.update(&self.piece);
            list.extend(chunks(&self.piece).map(of));
            size -= piece;
        }
        Some(list)
    }

    /// Reads numbers.
    pub fn numbers(&mut self) -> Option<Vec<u64>> {
        self.list(u64::from_le_bytes)
    }

    /// Reads a text.
    pub fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?).ok()
    }

    /// Reads texts.
    pub fn texts(&mut self) -> Option<Texts> {
        let bytes = self.text()?;
        Texts::of(bytes, self.list(i64::from_le_bytes)?)
    }

    /// Reads rows.
    pub fn rows(&mut self) -> Option<Rows> {
        let count = u32::try_from(self.number()?).ok()?;
        let mut fields = BTreeMap::new();
        for _ in 0..self.number()? {
            let name = self.text()?;
            fields.insert(name, self.cells(count)?);
        }
        Some(Rows { count, fields })
    }

    fn cells(&mut self, rows: u32) -> Option<Cells> {
        let cells = Cells {
            at: self.list(u32::from_le_bytes)?,
            kinds: self.bytes()?,
            words: self.numbers()?,
            texts: self.texts()?,
        };
        let is_one_each = cells.kinds.len() == cells.at.len() && cells.words.len() == cells.at.len();
        let is_ascending = cells.at.is_sorted_by(|a, b| a < b);
        let texts = cells.texts.len() as u64;
        let fits = |(kind, word): (&u8, &u64)| match Kind::ALL.get(usize::from(*kind)) {
            Some(kind) if kind.has_text() => *word < texts,
            kind => kind.is_some(),
        };
        let is_whole = is_one_each
            && is_ascending
            && cells.at.last().is_none_or(|last| *last < rows)
            && cells.kinds.iter().zip(&cells.words).all(fits);
        is_whole.then_some(cells)
    }
}
