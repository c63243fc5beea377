//! git's objects, as far as it takes to learn which tree a commit has.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use super::id::{Id, Kind};
use super::{open_regular, read_bytes, read_text};
use crate::base::limit::Limit;

/// The largest commit that is read.
const LARGEST: usize = 1 << 20;

/// Differences upon differences that are followed.
const LONGEST_CHAIN: usize = 50;

/// Other places of objects that a repository may name.
const MOST_ALTERNATES: usize = 8;

/// The tree of `commit`, an object of the repository that has its objects below `common`.
pub fn tree_of(common: &Path, commit: Id, kind: Kind, limit: &Limit<'_>) -> Option<Id> {
    let body = places(common).iter().find_map(|place| commit_in(place, commit, kind, limit))?;
    let line = body.strip_prefix(b"tree ")?.get(..2 * kind.size())?;
    Id::parse(std::str::from_utf8(line).ok()?)
}

/// Where objects are: the repository's own place, and those it borrows from.
fn places(common: &Path) -> Vec<PathBuf> {
    let own = common.join("objects");
    let mut places = vec![own.clone()];
    let mut next = 0;
    while next < places.len() && places.len() <= MOST_ALTERNATES {
        let text = read_text(&places[next].join("info/alternates"), 64 << 10).unwrap_or_default();
        let named = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let named: Vec<PathBuf> = named.map(|line| places[next].join(line)).collect();
        places.extend(named);
        next += 1;
    }
    places
}

/// The text of a commit in the objects below `place`; at least its beginning.
fn commit_in(place: &Path, commit: Id, kind: Kind, limit: &Limit<'_>) -> Option<Vec<u8>> {
    let digits = commit.to_string();
    let loose = place.join(&digits[..2]).join(&digits[2..]);
    if let Some(bytes) = read_bytes(&loose, LARGEST as u64) {
        let object = inflate(&bytes, 1 << 10)?;
        let body = object.iter().position(|byte| *byte == 0)? + 1;
        return object.starts_with(b"commit ").then(|| object[body..].to_vec());
    }
    for entry in std::fs::read_dir(place.join("pack")).ok()?.flatten() {
        limit.check()?;
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "idx") {
            continue;
        }
        if let Some(offset) = Index::open(&path, kind).and_then(|index| index.find(commit)) {
            let pack = Pack { file: open_regular(&path.with_extension("pack"))?, path, kind };
            return pack.object(offset, 0);
        }
    }
    None
}

/// The content of zlib's `bytes`, at most the first `most` of it.
fn inflate(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    match decompress_to_vec_zlib_with_limit(bytes, most) {
        Ok(whole) => Some(whole),
        Err(error) if error.status == TINFLStatus::HasMoreOutput => Some(error.output),
        Err(_) => None,
    }
}

/// The index of a pack, version 2.
struct Index {
    file: File,
    kind: Kind,
}

impl Index {
    const FANOUT: u64 = 8;
    const NAMES: u64 = Self::FANOUT + 1024;

    fn open(path: &Path, kind: Kind) -> Option<Self> {
        let index = Self { file: open_regular(path)?, kind };
        (index.word(0)? == 0xff74_4f63 && index.word(4)? == 2).then_some(index)
    }

    fn word(&self, at: u64) -> Option<u32> {
        let mut bytes = [0; 4];
        self.file.read_exact_at(&mut bytes, at).ok()?;
        Some(u32::from_be_bytes(bytes))
    }

    /// Where in the pack an object is.
    fn find(&self, id: Id) -> Option<u64> {
        let size = self.kind.size() as u64;
        let first = u64::from(*id.bytes().first()?);
        let count = u64::from(self.word(Self::FANOUT + 255 * 4)?);
        let mut low = match first {
            0 => 0,
            _ => u64::from(self.word(Self::FANOUT + (first - 1) * 4)?),
        };
        let mut high = u64::from(self.word(Self::FANOUT + first * 4)?).min(count);
        let mut name = [0; 32];
        let name = &mut name[..self.kind.size()];
        while low < high {
            let middle = low + (high - low) / 2;
            self.file.read_exact_at(name, Self::NAMES + middle * size).ok()?;
            match (*name).cmp(id.bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let offsets = Self::NAMES + count * (size + 4);
                    let offset = u64::from(self.word(offsets + middle * 4)?);
                    if offset & 0x8000_0000 == 0 {
                        return Some(offset);
                    }
                    // The offset is in a table for those of packs over 2 GiB.
                    let at = offsets + count * 4 + (offset & 0x7fff_ffff) * 8;
                    return Some(u64::from(self.word(at)?) << 32 | u64::from(self.word(at + 4)?));
                }
            }
        }
        None
    }
}

/// A pack.
struct Pack {
    file: File,
    path: PathBuf,
    kind: Kind,
}

impl Pack {
    /// The commit at `offset`, whole.
    fn object(&self, offset: u64, depth: usize) -> Option<Vec<u8>> {
        if depth > LONGEST_CHAIN {
            return None;
        }
        let mut head = [0; 64];
        // The pack ends with its hash, which is shorter than this.
        let got = self.file.read_at(&mut head, offset).ok()?;
        let mut reader = head.get(..got)?.iter();
        let mut byte = *reader.next()?;
        let what = byte >> 4 & 7;
        let mut size = usize::from(byte & 15);
        let mut shift = 4;
        while byte & 0x80 != 0 {
            byte = *reader.next()?;
            size |= usize::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
        }
        if size > LARGEST {
            return None;
        }
        let base = match what {
            1 => None,
            6 => {
                let mut byte = *reader.next()?;
                let mut back = u64::from(byte & 0x7f);
                while byte & 0x80 != 0 {
                    byte = *reader.next()?;
                    back = back.checked_add(1)?.checked_mul(128)? | u64::from(byte & 0x7f);
                }
                Some(self.object(offset.checked_sub(back).filter(|_| back > 0)?, depth + 1)?)
            }
            7 => {
                let id = Id::new(reader.as_slice().get(..self.kind.size())?)?;
                reader.nth(self.kind.size() - 1);
                let index = Index::open(&self.path, self.kind)?;
                Some(self.object(index.find(id)?, depth + 1)?)
            }
            _ => return None,
        };
        let start = offset + (got - reader.as_slice().len()) as u64;
        // zlib makes what it can't compress hardly longer.
        let mut packed = vec![0; size + size / 100 + 64];
        let got = self.file.read_at(&mut packed, start).ok()?;
        let body = inflate(&packed[..got], size)?;
        match base {
            None => Some(body),
            Some(base) => apply(&base, &body),
        }
    }
}

/// `base` with `difference` applied.
fn apply(base: &[u8], difference: &[u8]) -> Option<Vec<u8>> {
    let mut reader = difference.iter().copied();
    let number = |reader: &mut dyn Iterator<Item = u8>| {
        let (mut value, mut shift) = (0usize, 0);
        loop {
            let byte = reader.next()?;
            value |= usize::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
    };
    let (from, to) = (number(&mut reader)?, number(&mut reader)?);
    if from != base.len() || to > LARGEST {
        return None;
    }
    let mut made = Vec::with_capacity(to);
    while let Some(order) = reader.next() {
        if order & 0x80 != 0 {
            let (mut offset, mut size) = (0usize, 0usize);
            for bit in 0..7 {
                if order & 1 << bit != 0 {
                    let byte = usize::from(reader.next()?);
                    if bit < 4 {
                        offset |= byte << (8 * bit);
                    } else {
                        size |= byte << (8 * (bit - 4));
                    }
                }
            }
            let size = if size == 0 { 0x10000 } else { size };
            made.extend_from_slice(base.get(offset..offset.checked_add(size)?)?);
        } else {
            // Nothing says what 0 would mean.
            (order != 0).then_some(())?;
            for _ in 0..order {
                made.push(reader.next()?);
            }
        }
        if made.len() > to {
            return None;
        }
    }
    (made.len() == to).then_some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_applied_whole_or_not_at_all() {
        let base = b"tree 0123456789";
        // Copies 5 bytes from 0, adds "abc", copies 2 from 13.
        let difference = [15, 10, 0x90, 5, 3, b'a', b'b', b'c', 0x91, 13, 2];
        assert_eq!(apply(base, &difference).unwrap(), b"tree abc89");
        for cut in 0..difference.len() {
            assert!(apply(base, &difference[..cut]).is_none(), "{cut}");
        }
        assert!(apply(base, &[15, 2, 0x91, 14, 2]).is_none(), "beyond the base");
        assert!(apply(base, &[15, 0, 0]).is_none());
        assert!(apply(base, &[14, 1, 1, b'x']).is_none(), "another base");
    }
}
