//! git's index: the files of the next commit, and what they were when git last looked.

use std::time::{Duration, UNIX_EPOCH};

use super::id::{Id, Kind};

/// The largest index that is read: about half a million files.
pub const LARGEST: u64 = 64 << 20;

/// The longest path that is read, and the most bytes of all of them: each is written as what differs from the
/// one before, so that a damaged index may ask for any number.
const LONGEST_PATH: usize = 4096;
const LONGEST_PATHS: usize = 256 << 20;

/// Directories within each other that are followed.
const DEEPEST: usize = 256;

/// Directory of a sparse checkout, of which nothing is in the work tree.
pub const DIRECTORY: u32 = 0o040_000;
/// A submodule.
pub const SUBMODULE: u32 = 0o160_000;
/// A symbolic link.
pub const LINK: u32 = 0o120_000;
/// A regular file; the bits below are its permissions.
pub const REGULAR: u32 = 0o100_000;

/// A file that git keeps.
#[derive(Debug)]
pub struct Entry {
    /// Its path from the top of the work tree.
    pub path: Vec<u8>,
    /// Its type and permissions.
    pub mode: u32,
    /// Its content.
    pub id: Id,
    /// When it was modified; nanoseconds are 0 where they were not kept.
    pub modified: (u32, u32),
    /// When its inode was changed.
    pub changed: (u32, u32),
    /// The lowest 32 bits of its size.
    pub size: u32,
    /// The user said not to look at it, or it is not to be there.
    pub is_ignored: bool,
    /// It is in conflict, or only announced: no commit has it so.
    pub is_pending: bool,
}

/// The entries of an index, in the order of their paths. Nothing if it is not understood.
pub fn parse(bytes: &[u8], kind: Kind) -> Option<Vec<Entry>> {
    // The index ends with its own hash.
    let bytes = bytes.get(..bytes.len().checked_sub(kind.size())?)?;
    let mut reader = Reader(bytes);
    if reader.take(4)? != b"DIRC" {
        return None;
    }
    let version = reader.word()?;
    let count = reader.word()? as usize;
    // An entry has 62 bytes at least.
    if !(2..=4).contains(&version) || count > bytes.len() / 62 {
        return None;
    }
    let mut entries: Vec<Entry> = Vec::with_capacity(count);
    let mut all = 0;
    for _ in 0..count {
        let before = reader.0.len();
        let mut words = [0; 10];
        for word in &mut words {
            *word = reader.word()?;
        }
        let [changed, changed_nanos, modified, modified_nanos, _, _, mode, _, _, size] = words;
        let id = Id::new(reader.take(kind.size())?)?;
        let flags = reader.half()?;
        let more = if flags & 0x4000 != 0 && version > 2 { reader.half()? } else { 0 };
        let mut path = Vec::new();
        if version == 4 {
            let cut = reader.offset()?;
            let last = entries.last().map_or(&[][..], |entry| &entry.path);
            path.extend_from_slice(last.get(..last.len().checked_sub(cut)?)?);
        }
        path.extend_from_slice(reader.text()?);
        all += path.len();
        if path.len() > LONGEST_PATH || all > LONGEST_PATHS {
            return None;
        }
        if version < 4 {
            // One NUL was taken; entries are padded to eight bytes.
            reader.take((before - reader.0.len()).next_multiple_of(8) - (before - reader.0.len()))?;
        }
        entries.push(Entry {
            path,
            mode,
            id,
            modified: (modified, modified_nanos),
            changed: (changed, changed_nanos),
            size,
            is_ignored: flags & 0x8000 != 0 || more & 0x4000 != 0,
            is_pending: flags & 0x3000 != 0 || more & 0x2000 != 0,
        });
    }
    // Extensions that change what the entries mean have a name in small letters. "sdir" says only
    // that there are directories among them.
    while let Some(name) = reader.take(4) {
        let size = reader.word()? as usize;
        if name[0].is_ascii_lowercase() && name != b"sdir" {
            return None;
        }
        reader.take(size)?;
    }
    Some(entries)
}

/// The id of the tree that the entries would be committed as.
pub fn tree_of(entries: &[Entry], kind: Kind) -> Option<Id> {
    tree_below(entries, kind, 0, 0)
}

/// The same of a directory whose path has `prefix` bytes.
fn tree_below(entries: &[Entry], kind: Kind, prefix: usize, depth: usize) -> Option<Id> {
    if depth > DEEPEST {
        return None;
    }
    let mut body = Vec::new();
    let mut add = |mode: u32, name: &[u8], id: Id| {
        body.extend_from_slice(format!("{mode:o} ").as_bytes());
        body.extend_from_slice(name);
        body.push(0);
        body.extend_from_slice(id.bytes());
    };
    let mut rest = entries;
    while let Some(first) = rest.first() {
        let name = first.path.get(prefix..)?;
        let Some(end) = name.iter().position(|byte| *byte == b'/') else {
            add(first.mode, name, first.id);
            rest = &rest[1..];
            continue;
        };
        let within =
            |entry: &&Entry| entry.path.get(prefix..).is_some_and(|path| path.starts_with(&name[..=end]));
        let (below, after) = rest.split_at(rest.iter().take_while(within).count());
        let id = match first.mode {
            DIRECTORY if end + 1 == name.len() => first.id,
            _ => tree_below(below, kind, prefix + end + 1, depth + 1)?,
        };
        add(DIRECTORY, &name[..end], id);
        rest = after;
    }
    Some(kind.id_of("tree", &body))
}

/// Seconds and nanoseconds of a file's time, as an index has them.
pub fn time(since_epoch: Duration) -> (u32, u32) {
    (since_epoch.as_secs() as u32, since_epoch.subsec_nanos())
}

/// When a file was written, as an index has it.
pub fn written(metadata: &std::fs::Metadata) -> Option<(u32, u32)> {
    metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok().map(time)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn word(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn half(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// A text that ends at its NUL, which is taken, too.
    fn text(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = self.take(end)?;
        self.take(1)?;
        Some(text)
    }

    /// A number in the encoding of offsets in packs.
    fn offset(&mut self) -> Option<usize> {
        let mut byte = self.take(1)?[0];
        let mut value = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.take(1)?[0];
            value = value.checked_add(1)?.checked_mul(128)? | usize::from(byte & 0x7f);
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_index_is_refused() {
        assert!(parse(b"", Kind::Sha1).is_none());
        assert!(parse(&[0; 100], Kind::Sha1).is_none());
        let mut index = b"DIRC\0\0\0\x02\0\0\0\x01".to_vec();
        index.extend([0; 62]);
        index.extend([0; 10]);
        assert!(parse(&index, Kind::Sha1).is_none(), "half an entry");
        let mut index = b"DIRC\0\0\0\x02\xff\xff\xff\xff".to_vec();
        index.extend([0; 200]);
        assert!(parse(&index, Kind::Sha1).is_none(), "too many entries");
        let mut growing = b"DIRC\0\0\0\x04\0\0\x20\0".to_vec();
        // Each has the whole path of the one before, and a letter.
        (0..0x2000).for_each(|_| growing.extend([&[0; 62][..], b"\0a\0"].concat()));
        growing.extend([0; 20]);
        assert!(parse(&growing, Kind::Sha1).is_none(), "paths without an end");
        let mut empty = b"DIRC\0\0\0\x02\0\0\0\0".to_vec();
        empty.extend([0; 20]);
        assert!(parse(&empty, Kind::Sha1).unwrap().is_empty());
        let mut split = b"DIRC\0\0\0\x02\0\0\0\0link\0\0\0\0".to_vec();
        split.extend([0; 20]);
        assert!(parse(&split, Kind::Sha1).is_none(), "a split index");
    }
}
