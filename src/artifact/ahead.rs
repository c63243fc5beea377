//! Mappings made ahead of their use: a solver that maps arrays of one size again and again finds
//! the next one ready, its pages present, and computes at the speed of warm memory.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::{Arc, Mutex};

use memmap2::MmapRaw;

use crate::error::{Error, Result};
use crate::sync::lock;
use crate::sys;

/// The largest file that is made without having been asked for.
const LARGEST: u64 = 1 << 30;

/// A file of zeros in the run's artifact directory, mapped.
#[derive(Debug)]
pub struct Blank {
    /// Its name, which no reader lists.
    pub name: String,
    /// The whole file.
    pub map: Arc<MmapRaw>,
}

#[derive(Debug, Default)]
struct Size {
    asked: u64,
    ready: Option<Blank>,
}

/// Blank files by size.
#[derive(Debug, Default)]
pub struct Ahead(Mutex<HashMap<u64, Size>>);

impl Blank {
    /// Makes a file of `size` zeros and maps it.
    ///
    /// # Errors
    /// When there is no room for it; then nothing of it stays.
    pub fn create(directory: &Path, name: String, size: u64) -> Result<Self> {
        let path = directory.join(&name);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|source| Error::io("create", &path, &source))?;
        let map = map(&file, &path, size).inspect_err(|_| drop(std::fs::remove_file(&path)))?;
        Ok(Self { name, map: Arc::new(map) })
    }
}

fn map(file: &File, path: &Path, size: u64) -> Result<MmapRaw> {
    sys::allocate(file, size).map_err(|source| Error::io("allocate", path, &source))?;
    let map = MmapRaw::map_raw(file).map_err(|source| Error::io("map", path, &source))?;
    // SAFETY: the mapping is ours alone until it is handed out.
    unsafe { sys::prefault(map.as_mut_ptr(), map.len()) };
    Ok(map)
}

impl Ahead {
    /// The blank of `size` that is ready, if there is one, and whether to make the next: from the
    /// second time on, since most arrays are mapped once.
    pub fn take(&self, size: u64) -> (Option<Blank>, bool) {
        let mut sizes = lock(&self.0);
        let entry = sizes.entry(size).or_default();
        entry.asked += 1;
        let is_next_wanted = entry.asked > 1 && size <= LARGEST;
        (entry.ready.take(), is_next_wanted)
    }

    /// Makes the next blank of `size`. It is only a help: a full disk is nobody's error here.
    pub fn prepare(&self, directory: &Path, name: String, size: u64) {
        if lock(&self.0).get(&size).is_some_and(|entry| entry.ready.is_some()) {
            return;
        }
        if let Ok(blank) = Blank::create(directory, name, size) {
            lock(&self.0).entry(size).or_default().ready = Some(blank);
        }
    }

    /// Removes what was not used.
    pub fn clear(&self, directory: &Path) {
        for blank in lock(&self.0).drain().filter_map(|(_, size)| size.ready) {
            let _ = std::fs::remove_file(directory.join(blank.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_of_a_size_is_ready() {
        let directory = tempfile::tempdir().unwrap();
        let ahead = Ahead::default();
        assert!(matches!(ahead.take(4096), (None, false)));
        assert!(matches!(ahead.take(4096), (None, true)));
        ahead.prepare(directory.path(), "a".into(), 4096);
        ahead.prepare(directory.path(), "b".into(), 4096);
        let (blank, wanted) = ahead.take(4096);
        assert_eq!((blank.unwrap().name.as_str(), wanted), ("a", true));
        ahead.prepare(directory.path(), "c".into(), 4096);
        ahead.clear(directory.path());
        let left: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left, ["a"]);
        assert!(!ahead.take(LARGEST + 1).1 && !ahead.take(LARGEST + 1).1);
    }
}
