//! A segment: a mapped file that one thread appends to while the writer thread follows.
//!
//! Soundness. A segment has one producer, the thread whose emitter holds it, and any number of
//! readers. The producer writes a record's words after word 0, then stores word 0 with release
//! ordering; a reader loads word 0 with acquire ordering and looks at the others only when it is
//! not zero. Words of a committed record are never written again, and words beyond the last
//! committed record are read by nobody. So no byte is read while it is written. The mapping lives
//! as long as the `Arc` of any of them. The file is never truncated, and its blocks were allocated
//! before it was mapped, so neither side can fault.
//!
//! A thread that goes on and never emits again would hold the mapping of a run that ended long ago.
//! So when the run has ended and its one reader has read the segment for the last time, that reader
//! puts anonymous memory in the mapping's place, in one step and at the same address: the `Arc` of
//! the thread stays as it is. A call that was under way, which may be refused, writes to that memory
//! and nobody sees it; later calls see that the journal is closed. The thread gives the address
//! itself back when it next begins to emit to any journal, or ends.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use memmap2::MmapRaw;

use super::record::{self, Kind, Parsed};
use crate::base::error::{Error, Result};
use crate::base::file;
use crate::base::sys;

/// Bytes at the start of a segment that say whose it is.
pub const HEADER: usize = 64;
const MAGIC: u64 = u64::from_le_bytes(*b"MLABSEG3");

/// A mapped segment.
#[derive(Debug)]
pub struct Segment {
    map: MmapRaw,
    path: PathBuf,
    /// True if its thread went on in another one.
    ended: AtomicBool,
    /// True if its memory was given back.
    released: AtomicBool,
}

/// The content of a file that is named as a segment, after its process died.
#[derive(Debug)]
pub enum Left {
    /// One that never came into use.
    Unused,
    /// One of the journal, and what is wrong with it.
    Segment(Part, Option<&'static str>),
    /// None of the journal, and why.
    Foreign(&'static str),
}

/// More segments than a lane can have: a damaged header may say any number.
pub const MOST: u64 = u32::MAX as u64;

/// The place of a segment in the lane of its emitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The lane's number, from 1.
    pub lane: u64,
    /// How many segments came before it in the lane.
    pub index: u64,
    /// True if the segment says that it is another file's: a copy.
    pub is_copy: bool,
    /// The number in the file's name.
    pub ordinal: u64,
}

/// The name of the file of the segment with this number.
pub fn name(ordinal: u64) -> String {
    format!("segment-{ordinal:08}")
}

impl Segment {
    fn new(map: MmapRaw, path: &Path) -> Self {
        Self { map, path: path.to_owned(), ended: AtomicBool::new(false), released: AtomicBool::new(false) }
    }

    /// Makes a zero-filled segment of `size` bytes, its blocks allocated and its pages present.
    pub fn create(directory: &Path, ordinal: u64, journal: u64, size: usize) -> Result<Self> {
        let path = directory.join(name(ordinal));
        let file = file::create_new(&path).map_err(|source| Error::io("create", &path, &source))?;
        let segment = Self::fill(&file, &path, ordinal, journal, size);
        if segment.is_err() {
            // An empty or half-allocated file would only take room from what is already there.
            let _ = std::fs::remove_file(&path);
        }
        segment
    }

    fn fill(file: &File, path: &Path, ordinal: u64, journal: u64, size: usize) -> Result<Self> {
        sys::allocate(file, size as u64).map_err(|source| Error::io("allocate", path, &source))?;
        let head = [MAGIC, journal, ordinal, size as u64].map(u64::to_ne_bytes);
        file.write_all_at(head.as_flattened(), 0).map_err(|source| Error::io("write", path, &source))?;
        let map = MmapRaw::map_raw(file).map_err(|source| Error::io("map", path, &source))?;
        // SAFETY: the mapping is ours alone until it is handed out.
        unsafe { sys::prefault(map.as_mut_ptr(), map.len()) }
            .map_err(|source| Error::io("prefault", path, &source))?;
        Ok(Self::new(map, path))
    }

    /// Looks at what a dead process left in `path`, as far as it is the journal's of that number, if that is known.
    ///
    /// # Errors
    /// When it can't be read for the moment.
    pub fn look(path: &Path, journal: Option<u64>) -> Result<Left> {
        let failed = |what: &'static str| move |source: std::io::Error| Error::io(what, path, &source);
        let ordinal = path.file_name().and_then(|file| file.to_str()?.strip_prefix("segment-")?.parse().ok());
        let Some(ordinal) = ordinal.filter(|ordinal| path.ends_with(name(*ordinal))) else {
            return Ok(Left::Foreign("is named as no segment is"));
        };
        // Before it is opened, which waits for ever where it is a pipe.
        let metadata = std::fs::metadata(path).map_err(failed("look at"))?;
        match metadata.len() {
            _ if !metadata.is_file() => return Ok(Left::Foreign("is no file")),
            0 => return Ok(Left::Unused),
            // A length that is no whole number of words loses its last bytes, which are no record.
            size if size < HEADER as u64 + 8 => return Ok(Left::Foreign("is cut short")),
            _ => {}
        }
        let mut bytes = [0; HEADER + 8];
        let file = file::open_to_read(path).map_err(failed("open"))?;
        file.read_exact_at(&mut bytes, 0).map_err(failed("read"))?;
        let words: [u64; HEADER / 8 + 1] = std::array::from_fn(|index| {
            u64::from_le_bytes(std::array::from_fn(|byte| bytes[8 * index + byte]))
        });
        let [magic, key, named, size, lane, index, .., first] = words;
        // A kill can have come between the words that say whose it is and the one that says so.
        if first == 0 && lane == 0 && (magic == 0 || magic == MAGIC) {
            return Ok(Left::Unused);
        }
        if magic != MAGIC {
            return Ok(Left::Foreign("is no segment, or one of another version"));
        }
        if journal.is_some_and(|journal| key != journal) {
            return Ok(Left::Foreign("is another journal's"));
        }
        let part = Part { lane, index, is_copy: named != ordinal, ordinal };
        Ok(if lane == 0 || index > MOST {
            // Its records are whole: it is a lane of its own.
            Left::Segment(Part { lane: u64::MAX - ordinal, index: 0, ..part }, Some("has lost its place"))
        } else {
            Left::Segment(part, (size > metadata.len()).then_some("is cut short"))
        })
    }

    /// Notes that a thread now appends here, as the segment of that place in its lane.
    pub fn take(&self, lane: u64, index: u64) {
        self.word(5).store(index, Ordering::Relaxed);
        self.word(4).store(lane, Ordering::Release);
    }

    /// Says that its thread went on in another one.
    pub fn set_ended(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Gives back the memory of a segment that nobody appends to any more. The file has what is in
    /// it; reading brings it back.
    pub fn release_memory(&self) {
        if self.ended.load(Ordering::Relaxed) && !self.released.swap(true, Ordering::Relaxed) {
            // SAFETY: a shared mapping of a file, which keeps what was written to it.
            unsafe { sys::release_memory(self.map.as_mut_ptr(), self.map.len()) };
        }
    }

    /// Lets go of a segment that was read, of a journal that is closed. Where its thread still holds
    /// it, the file is given back nevertheless, as the top of this file says.
    pub fn retire(this: Arc<Self>) {
        if Arc::strong_count(&this) > 1 {
            // SAFETY: the whole mapping, which nobody reads any more.
            unsafe { sys::forget_mapping(this.map.as_mut_ptr(), this.map.len()) };
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its bytes.
    pub fn size(&self) -> u64 {
        self.map.len() as u64
    }

    /// The number in the file's name.
    pub fn ordinal(&self) -> u64 {
        self.word(2).load(Ordering::Relaxed)
    }

    /// Where the first record goes.
    pub fn first(&self) -> *mut u64 {
        // SAFETY: a segment is larger than its header.
        unsafe { self.map.as_mut_ptr().add(HEADER).cast() }
    }

    /// The word that no record may reach: room for the end mark.
    pub fn last(&self) -> *mut u64 {
        // SAFETY: within the mapping, whose length is a multiple of eight.
        unsafe { self.map.as_mut_ptr().add(self.map.len() - 8).cast() }
    }

    fn word(&self, index: usize) -> &AtomicU64 {
        debug_assert!(index * 8 < self.map.len());
        // SAFETY: within the mapping, aligned, and only ever accessed atomically or by the rules above.
        unsafe { &*self.map.as_mut_ptr().cast::<AtomicU64>().add(index) }
    }

    /// Reads what stands `offset` words into the segment.
    pub fn parse(&self, offset: usize) -> Parsed<'_> {
        let total = self.map.len() / 8;
        if offset >= total {
            return Parsed::End;
        }
        let first = self.word(offset).load(Ordering::Acquire);
        let size = record::size(first).min(total - offset);
        // SAFETY: if word 0 is not zero, the producer wrote these words before and never will
        // again; if it is zero, the slice is empty.
        let words =
            unsafe { std::slice::from_raw_parts(self.map.as_mut_ptr().cast::<u64>().add(offset), size) };
        record::parse(first, words)
    }
}

/// Marks the end of a segment at `cursor`.
///
/// # Safety
/// `cursor` must be the producer's own place in a segment.
pub unsafe fn end(cursor: *mut u64) {
    // SAFETY: the caller's place; every segment keeps one word for this.
    unsafe { commit(cursor, record::head(Kind::End, 0, &[])) };
}

/// Makes the record at `cursor` whole.
///
/// # Safety
/// The words after `cursor` that `head` counts must be written, and `cursor` be the producer's own place.
#[inline(always)]
pub unsafe fn commit(cursor: *mut u64, head: u64) {
    // SAFETY: aligned, within the mapping, accessed as an atomic by readers.
    unsafe { AtomicU64::from_ptr(cursor) }.store(head, Ordering::Release);
}

#[cfg(test)]
impl Segment {
    /// One of memory without a file, so that Miri can look at it.
    pub fn blank(size: usize, ordinal: u64) -> Self {
        let segment = Self::new(memmap2::MmapMut::map_anon(size).unwrap().into(), Path::new("none"));
        segment.word(2).store(ordinal, Ordering::Relaxed);
        segment
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::value::Scalar;
    use crate::journal::record::Record;

    /// Appends a point as an emitter does.
    unsafe fn point(cursor: *mut u64, step: u64) -> *mut u64 {
        let body = [step, 1.5f64.to_bits()];
        // SAFETY: the test's own segment, with room.
        unsafe {
            cursor.add(1).cast::<[u64; 2]>().write(body);
            commit(cursor, record::point_head(7, 0, body));
            cursor.add(record::POINT)
        }
    }

    #[test]
    fn follows_while_another_thread_appends() {
        let size = if cfg!(miri) { 1 << 12 } else { 1 << 16 };
        let segment = Segment::blank(size, 0);
        let count = (size - HEADER - 8) / (8 * record::POINT);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut cursor = segment.first();
                for step in 0..count {
                    // SAFETY: `count` points fit.
                    cursor = unsafe { point(cursor, step as u64) };
                }
                // SAFETY: the place after the last point.
                unsafe { end(cursor) };
            });
            let (mut offset, mut seen) = (HEADER / 8, 0);
            loop {
                match segment.parse(offset) {
                    Parsed::Empty => std::thread::yield_now(),
                    Parsed::End => break,
                    Parsed::Record(record, size) => {
                        let value = Scalar::F64(1.5);
                        assert_eq!(record, Record::Point { name: 7, step: seen, value });
                        seen += 1;
                        offset += size;
                    }
                    Parsed::Damaged => panic!("damage at {offset}"),
                }
            }
            assert_eq!(seen as usize, count);
        });
    }

    #[test]
    #[cfg_attr(miri, ignore)] // it writes files
    fn half_made_is_told_from_damaged() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("segment-00000001");
        let mut half_made = vec![0; 8192];
        half_made[8..32].fill(1);
        let mut damaged = half_made.clone();
        damaged[HEADER] = 1;
        for (bytes, is_unused) in
            [(&b""[..], true), (&half_made, true), (&damaged, false), (&damaged[..70], false)]
        {
            std::fs::write(&path, bytes).unwrap();
            let left = Segment::look(&path, Some(7)).unwrap();
            assert_eq!(matches!(left, Left::Unused), is_unused, "{left:?}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore)] // it writes files
    fn a_place_that_no_segment_can_have_is_lost() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("segment-00000001");
        let words = [MAGIC, 7, 1, 4096, 1, u64::MAX].map(u64::to_le_bytes).concat();
        std::fs::write(&path, [words, vec![0; 4096]].concat()).unwrap();
        let Left::Segment(part, Some(_)) = Segment::look(&path, Some(7)).unwrap() else { panic!() };
        assert_eq!((part.lane, part.index), (u64::MAX - 1, 0));
    }

    #[test]
    fn damage_is_seen() {
        let segment = Segment::blank(4096, 0);
        // SAFETY: room for one point.
        unsafe { point(segment.first(), 3) };
        assert!(matches!(segment.parse(HEADER / 8), Parsed::Record(..)));
        for word in 0..record::POINT {
            for bit in 0..64 {
                let place = segment.word(HEADER / 8 + word);
                let before = place.fetch_xor(1 << bit, Ordering::Relaxed);
                assert!(!matches!(segment.parse(HEADER / 8), Parsed::Record(..)), "word {word} bit {bit}");
                place.store(before, Ordering::Relaxed);
            }
        }
    }
}
