//! A file that the program writes, read as it grows.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::SystemTime;

/// The most that is read at once.
const PIECE: usize = 64 << 10;

/// A line is not longer; the rest of one is another line.
const LINE_MAX: usize = 1 << 20;

/// The file, and how far it was read.
#[derive(Debug)]
pub struct Followed {
    path: PathBuf,
    /// An older file is not the program's, until it changes.
    start: SystemTime,
    /// Which file was read up to where.
    inode: u64,
    offset: u64,
    rest: Vec<u8>,
}

impl Followed {
    /// The file at `path`, which need not be there yet.
    pub fn new(path: PathBuf) -> Self {
        let found = std::fs::metadata(&path).ok();
        // The output of an earlier run is not read; a file that is appended to is read from there on.
        let (inode, offset) = found.map_or((0, 0), |found| (found.ino(), found.len()));
        Self { path, start: SystemTime::now(), inode, offset, rest: Vec::new() }
    }

    /// Takes what came after the last complete line.
    pub fn rest(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.rest)).into_owned()
    }

    /// Hands the complete lines that have come to `take`.
    pub fn read(&mut self, mut take: impl FnMut(&str)) {
        let Ok(found) = std::fs::metadata(&self.path) else { return };
        let is_new = found.ino() != self.inode || found.len() < self.offset;
        // The same length may be another content where the file was written anew.
        let is_rewritten = self.inode != 0
            && found.len() == self.offset
            && self.rest.is_empty()
            && found.modified().is_ok_and(|time| time > self.start);
        if is_new || (is_rewritten && self.start != SystemTime::UNIX_EPOCH) {
            (self.inode, self.offset) = (found.ino(), 0);
            self.rest.clear();
        }
        if found.len() == self.offset {
            return;
        }
        // From now on its growth is what counts.
        self.start = SystemTime::UNIX_EPOCH;
        let Ok(mut file) = File::open(&self.path) else { return };
        if file.seek(SeekFrom::Start(self.offset)).is_err() {
            return;
        }
        let mut piece = vec![0; PIECE];
        while let Ok(size @ 1..) = file.read(&mut piece) {
            self.offset += size as u64;
            self.rest.extend_from_slice(&piece[..size]);
            let end = match self.rest.iter().rposition(|byte| *byte == b'\n') {
                Some(end) => end + 1,
                None if self.rest.len() > LINE_MAX => self.rest.len(),
                None => continue,
            };
            take(&String::from_utf8_lossy(&self.rest[..end]));
            self.rest.drain(..end);
        }
    }
}
