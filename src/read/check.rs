//! Checks of a run's files against what is noted of them: for the command `mlab`.
//!
//! A file is read once, from its beginning to its end, and never mapped: a disk that fails is an error, not a
//! signal.

use std::fs::File;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::artifact::Artifact;
use super::entry;
use super::file::damaged;
use super::zip::{self, Member};
use crate::base::error::{Error, Result};
use crate::base::hex::hex;
use crate::base::json::Json;
use crate::base::{file, memory};

/// Bytes that are read at once.
const PIECE: usize = 1 << 20;

/// A member of an archive whose bytes come by.
struct Passing<'a> {
    member: Member,
    range: Range<u64>,
    crc: crc32fast::Hasher,
    /// All bytes of one that is deflated.
    packed: Option<Vec<u8>>,
    path: &'a Path,
}

impl Artifact {
    /// Compares the file with the size and the hash in the record, the members of an .npz with their CRCs,
    /// and what a reference refers to with the sizes and hashes in its document. `seen` is told how many
    /// bytes were read, as they are.
    ///
    /// # Errors
    /// [`ErrorKind::Damaged`](crate::ErrorKind::Damaged) when something differs; also when a file can't be read.
    pub fn check(&self, seen: &mut dyn FnMut(u64)) -> Result<()> {
        let failed = |source: std::io::Error| Error::io("read", &self.path, &source);
        let file = file::open_to_read(&self.path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?;
        if !found.is_file() {
            return Err(damaged(&self.path, "is no file"));
        }
        if self.content_hash.len() < 8 {
            return Err(damaged(&self.path, "has no hash in the run's record"));
        }
        if found.len() != self.size {
            let text = format!("has {} bytes; the record says {}", found.len(), self.size);
            return Err(damaged(&self.path, &text));
        }
        // Faults of the archive are told only of one whose hash is right.
        let members = match self.format == "npz" {
            true => zip::members_of_file(&self.path, &file),
            false => Ok(Vec::new()),
        };
        let mut passing: Vec<Passing<'_>> = match &members {
            Ok(members) => members.iter().map(|one| Passing::new(one, &self.path)).collect::<Result<_>>()?,
            Err(_) => Vec::new(),
        };
        let hash = pass(&file, &mut passing, seen).map_err(failed)?;
        if !hash.starts_with(&self.content_hash) {
            let wanted = &self.content_hash;
            let found = hash.get(..wanted.len()).unwrap_or(&hash);
            let text = format!("is not what was sealed: its hash is {found}, not {wanted}");
            return Err(damaged(&self.path, &text));
        }
        members?;
        passing.into_iter().try_for_each(Passing::end)?;
        self.verify_referenced()
    }
}

/// Reads all of `file`, shows it to the members, and returns its SHA-256.
fn pass(file: &File, members: &mut [Passing<'_>], seen: &mut dyn FnMut(u64)) -> std::io::Result<String> {
    let (mut sum, mut piece, mut at, mut file) = (Sha256::new(), vec![0; PIECE], 0_u64, file);
    loop {
        let count = match file.read(&mut piece) {
            Ok(0) => return Ok(hex(&sum.finalize())),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        sum.update(&piece[..count]);
        members.iter_mut().for_each(|member| member.pass(&piece[..count], at));
        at += count as u64;
        seen(count as u64);
    }
}

impl<'a> Passing<'a> {
    fn new((member, range, is_deflated): &(Member, Range<u64>, bool), path: &'a Path) -> Result<Self> {
        let room = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        if *is_deflated {
            memory::check(room).map_err(|error| error.context(path.display()))?;
        }
        let packed = is_deflated.then(|| Vec::with_capacity(room));
        Ok(Self { member: member.clone(), range: range.clone(), crc: crc32fast::Hasher::new(), packed, path })
    }

    /// Takes its part of the bytes of the file that are at `at`.
    fn pass(&mut self, bytes: &[u8], at: u64) {
        let (start, end) = (self.range.start.max(at), self.range.end.min(at + bytes.len() as u64));
        if start >= end {
            return;
        }
        let bytes = &bytes[(start - at) as usize..(end - at) as usize];
        match &mut self.packed {
            Some(packed) => packed.extend_from_slice(bytes),
            None => self.crc.update(bytes),
        }
    }

    fn end(self) -> Result<()> {
        match self.packed {
            Some(packed) => self.member.inflate(self.path, &packed).map(drop),
            None if self.crc.finalize() == self.member.crc => Ok(()),
            None => {
                let text = format!("is damaged: member {:?} is not what its CRC-32 says", self.member.name);
                Err(damaged(self.path, &text))
            }
        }
    }
}

/// Checks that the file, if it is there, is an entry: a series, an array or a document.
///
/// # Errors
/// When it is none, or can't be read.
pub fn check_entry(path: &Path) -> Result<()> {
    entry::read(path).map(drop)
}

/// Checks that the file is UTF-8 from its beginning to its end. `seen` is told of its bytes as they are read.
///
/// # Errors
/// [`ErrorKind::Damaged`](crate::ErrorKind::Damaged) when it is not, with the place; also when it can't be read.
pub fn check_text(path: &Path, seen: &mut dyn FnMut(u64)) -> Result<()> {
    let failed = |source: std::io::Error| Error::io("read", path, &source);
    let mut file = file::open_to_read(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(damaged(path, "is no file"));
    }
    // The beginning of a character stays for the next piece.
    let (mut piece, mut kept, mut at) = (vec![0; PIECE], 0, 0_u64);
    loop {
        let count = match file.read(&mut piece[kept..]) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        let bytes = &piece[..kept + count];
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) if error.error_len().is_none() && count > 0 => error.valid_up_to(),
            Err(error) => {
                let text = format!("is not UTF-8 at byte {}", at + error.valid_up_to() as u64);
                return Err(damaged(path, &text));
            }
        };
        let length = bytes.len();
        if count == 0 {
            return Ok(());
        }
        piece.copy_within(valid..length, 0);
        kept = length - valid;
        at += valid as u64;
        seen(count as u64);
    }
}

/// The JSON in a record, a manifest or another small file, if it is there.
///
/// # Errors
/// [`ErrorKind::Damaged`](crate::ErrorKind::Damaged) when it is no JSON; also when it can't be read.
pub fn read_small(path: &Path) -> Result<Option<Json>> {
    super::file::read_json(path)
}
