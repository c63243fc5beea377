//! The names of a journal, in a file that only grows: a name's number is its place there.
//!
//! A name is written before its number is given out, in one piece, so that no record can have a
//! number that the file does not. What a kill or a power cut tears off is the last name, which
//! nobody has used.
//!
//! ```text
//! bytes 0 to 3   length of the name          bytes 4 to 7   CRC-32 of those and of the name
//! then           the name, UTF-8
//! ```

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::record;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file::{self, OurFile};
use crate::base::memory;
use crate::base::sync::lock;
use crate::base::sys;

/// The file's name.
pub const FILE: &str = "names";

/// Bytes of a name's length and check.
const HEAD: usize = 8;

/// Bytes that are reserved with the first name, so that a full disk refuses no new ones at once.
const RESERVED: u64 = 64 << 10;

/// The names that were declared.
#[derive(Debug)]
pub struct Names {
    path: PathBuf,
    table: Mutex<Table>,
    known: AtomicU64,
}

#[derive(Debug, Default)]
struct Table {
    ids: HashMap<Arc<str>, u32>,
    list: Vec<Arc<str>>,
    file: Option<OurFile>,
    length: u64,
    reserved: u64,
}

impl Names {
    /// Names of a new journal in `directory`: none, and no file until there is one.
    pub fn new(directory: &Path) -> Self {
        Self { path: directory.join(FILE), table: Mutex::default(), known: AtomicU64::new(0) }
    }

    /// Gives the file back, of a run that has ended.
    pub fn close(&self) {
        lock(&self.table).file = None;
    }

    /// The names that a dead process left in `directory`.
    ///
    /// # Errors
    /// When they can't be read for the moment.
    pub fn read(directory: &Path) -> Result<Self> {
        let names = Self::new(directory);
        let bytes = match file::read(&names.path) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|source| Error::io("read", &names.path, &source))?,
        };
        let mut table = lock(&names.table);
        let mut rest = bytes.as_slice();
        while let Some((name, after)) = first(rest) {
            table.push(name);
            rest = after;
        }
        names.known.store(table.list.len() as u64, Ordering::Release);
        drop(table);
        Ok(names)
    }

    /// The name with this number.
    pub fn get(&self, id: u32) -> Option<Arc<str>> {
        lock(&self.table).list.get(id as usize).cloned()
    }

    /// The number of a name that was declared.
    pub fn id(&self, name: &str) -> Option<u32> {
        lock(&self.table).ids.get(name).copied()
    }

    /// How many there are: a number below it is a name's.
    #[inline(always)]
    pub fn count(&self) -> u64 {
        self.known.load(Ordering::Acquire)
    }

    /// The number of `name`, which is declared if it is new.
    ///
    /// # Errors
    /// When there are too many, or the file can't be written.
    pub fn declare(&self, name: &str) -> Result<u32> {
        let mut table = lock(&self.table);
        if let Some(id) = table.ids.get(name) {
            return Ok(*id);
        }
        if table.list.len() >= record::NAMES as usize {
            return Err(Error::new(
                ErrorKind::Memory,
                "more than 16 million names: a name is for a series of points, not for each of them",
            ));
        }
        if memory::is_scarce() {
            return Err(Error::new(
                ErrorKind::Memory,
                "the process has no memory for a new name; what has a name goes on",
            ));
        }
        table.write(&self.path, name).map_err(|source| Error::io("write", &self.path, &source))?;
        let id = table.push(name);
        self.known.store(table.list.len() as u64, Ordering::Release);
        Ok(id)
    }
}

impl Table {
    fn push(&mut self, name: &str) -> u32 {
        let id = self.list.len() as u32;
        let name: Arc<str> = name.into();
        self.list.push(name.clone());
        self.ids.insert(name, id);
        id
    }

    /// Writes a name behind those that are there; what a failure leaves of it is written over.
    fn write(&mut self, path: &Path, name: &str) -> std::io::Result<()> {
        let length = u32::try_from(name.len()).map_err(|_| std::io::ErrorKind::InvalidInput)?.to_le_bytes();
        let bytes = [&length, &check(length, name.as_bytes()).to_le_bytes(), name.as_bytes()].concat();
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(OurFile::create_new(path)?),
        };
        let end = self.length + bytes.len() as u64;
        if end > self.reserved / 2 {
            self.reserved = (2 * self.reserved).max(RESERVED).max(2 * end);
            // Only a help: without, writing tells that there is no room.
            let _ = file.with(|file| sys::reserve_beyond(file, self.reserved));
        }
        file.write_at(&bytes, self.length)?;
        self.length = end;
        Ok(())
    }
}

fn check(length: [u8; 4], name: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&length);
    crc.update(name);
    crc.finalize()
}

/// The first name of `bytes`, and what follows it.
fn first(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let length: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
    let crc = u32::from_le_bytes(bytes.get(4..HEAD)?.try_into().ok()?);
    let (name, rest) = bytes[HEAD..].split_at_checked(u32::from_le_bytes(length) as usize)?;
    let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
    (check(length, name.as_bytes()) == crc).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_names_comes_back_and_a_torn_one_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let names = Names::new(directory.path());
        assert!(!directory.path().join(FILE).exists());
        for number in 0..5000 {
            assert_eq!(names.declare(&format!("näme {number}")).unwrap(), number);
        }
        assert_eq!((names.declare("näme 4321").unwrap(), names.count()), (4321, 5000));
        let read = Names::read(directory.path()).unwrap();
        assert_eq!((read.get(4999).as_deref(), read.count()), (Some("näme 4999"), 5000));
        assert_eq!((read.id("näme 7"), read.id("x"), read.get(5000)), (Some(7), None, None));
        let path = directory.path().join(FILE);
        let bytes = file::read(&path).unwrap();
        for torn in 1..HEAD + 10 {
            std::fs::write(&path, &bytes[..bytes.len() - torn]).unwrap();
            assert_eq!(Names::read(directory.path()).unwrap().count(), 4999, "{torn}");
        }
        // A file that had grown, after a power cut.
        std::fs::write(&path, [bytes.as_slice(), &[0; 100]].concat()).unwrap();
        assert_eq!(Names::read(directory.path()).unwrap().count(), 5000);
    }
}
