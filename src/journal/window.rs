//! The file of another process's segment, read through a window: never mapped, since a disk that
//! fails would end in a signal with a mapping. The process may be dead, or append to it meanwhile.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::record::{self, Parsed};
use crate::base::file;

/// Words that are read at a time.
const WORDS: usize = (64 << 10) / 8;

/// A segment's file, and the words of it that are in memory.
#[derive(Debug)]
pub struct Window {
    file: File,
    /// Words of the file; what is over a whole number is no record.
    total: usize,
    start: usize,
    words: Vec<u64>,
}

impl Window {
    /// A window on the file at `path`.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let file = file::open_to_read(path)?;
        let total = (file.metadata()?.len() / 8) as usize;
        Ok(Self { file, total, start: 0, words: Vec::new() })
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.total as u64 * 8
    }

    /// Forgets what is in memory: a process that lives may have written more.
    pub fn forget(&mut self) {
        self.words.clear();
    }

    /// Reads what stands `offset` words into the segment.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn parse(&mut self, offset: usize) -> std::io::Result<Parsed<'_>> {
        if offset >= self.total {
            return Ok(Parsed::End);
        }
        let first = self.words(offset, 1)?[0];
        let size = record::size(first).min(self.total - offset);
        if size > record::LONGEST {
            return Ok(Parsed::Damaged);
        }
        Ok(record::parse(first, self.words(offset, size)?))
    }

    /// `count` words from `offset`, which the file has.
    fn words(&mut self, offset: usize, count: usize) -> std::io::Result<&[u64]> {
        if offset < self.start || offset + count > self.start + self.words.len() {
            self.words.resize(count.max(WORDS).min(self.total - offset), 0);
            self.start = offset;
            // SAFETY: the words of a vector, as the bytes that they are.
            let bytes = unsafe {
                std::slice::from_raw_parts_mut(
                    self.words.as_mut_ptr().cast::<u8>(),
                    size_of_val(&*self.words),
                )
            };
            if let Err(error) = self.file.read_exact_at(bytes, offset as u64 * 8) {
                self.words.clear();
                return Err(error);
            }
        }
        let at = offset - self.start;
        Ok(&self.words[at..at + count])
    }
}
