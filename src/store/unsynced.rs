//! Files that were written and are perhaps not on the disk yet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::error::{Error, Result};
use crate::base::sync::lock;
use crate::base::sys::{self, NotSynced};
use crate::base::{file, helper};

/// Files that are put on the disk at a time.
const THREADS: usize = 8;

/// Files that the disk begins with at a time, at most.
const STARTED: usize = 64;

/// Files, and what the disk has refused of them.
#[derive(Debug)]
pub struct Unsynced {
    written: Mutex<BTreeSet<PathBuf>>,
    /// True if the disk may have something of it already.
    used: AtomicBool,
    /// Directories whose names are on the disk: `known`, and those that were synced.
    placed: Mutex<BTreeSet<PathBuf>>,
    /// A directory above the store that was there before.
    known: PathBuf,
    /// Held while something is put on the disk: who comes meanwhile must not return before it is there.
    turn: Mutex<()>,
    /// The system tells of a lost write once, and says that all is well the next time.
    lost: Mutex<BTreeMap<PathBuf, Error>>,
}

impl Unsynced {
    /// None yet, in a store of which only the directory `known`, above its root, is surely on the disk.
    pub fn below(known: PathBuf) -> Self {
        Self {
            written: Mutex::default(),
            used: AtomicBool::new(false),
            placed: Mutex::new(BTreeSet::from([known.clone()])),
            known,
            turn: Mutex::default(),
            lost: Mutex::default(),
        }
    }

    /// Notes that `path` was written anew.
    pub fn note(&self, path: &Path) {
        lock(&self.lost).remove(path);
        self.note_grown(path);
    }

    /// Notes that something was appended to `path`.
    pub fn note_grown(&self, path: &Path) {
        lock(&self.written).insert(path.to_owned());
    }

    /// Says that the disk is to keep what is put on it, from now on.
    pub fn set_used(&self) {
        self.used.store(true, Ordering::Relaxed);
    }

    /// Returns whether anything was put on the disk, or is about to be.
    pub fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    /// Puts all of it on the disk: the files, then the directories that name them, and those above of which
    /// the disk may not have the names.
    ///
    /// # Errors
    /// The first one, also of earlier calls, as long as what was lost then was not written again; the
    /// others are synced nevertheless.
    pub fn sync(&self) -> Result<()> {
        self.set_used();
        let _turn = lock(&self.turn);
        let paths = std::mem::take(&mut *lock(&self.written));
        let mut directories: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
        let named: BTreeSet<&Path> = {
            let placed = lock(&self.placed);
            let is_new = |above: &&Path| !placed.contains(*above);
            directories.iter().flat_map(|path| path.ancestors().take_while(is_new)).collect()
        };
        directories.extend(named.iter().filter_map(|path| path.parent()));
        let mut failed = sync_all(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>());
        failed.extend(sync_all(&directories.into_iter().collect::<Vec<_>>()));
        // It was there before us, and may be closed to readers.
        failed.retain(|(path, failed)| *path != self.known || !is_denied(failed));
        let is_placed = |path: &&Path| failed.iter().all(|(failed, _)| Some(*failed) != path.parent());
        lock(&self.placed).extend(named.iter().copied().filter(is_placed).map(Path::to_owned));
        let mut result = Ok(());
        let mut lost = lock(&self.lost);
        for (path, failed) in failed {
            match failed {
                NotSynced::Untried(source) => {
                    self.note_grown(path);
                    result = result.and(Err(Error::io("sync", path, &source)));
                }
                NotSynced::Lost(source) => {
                    lost.insert(path.to_owned(), Error::io("sync", path, &source));
                }
            }
        }
        lost.retain(|path, _| !file::is_gone(path));
        lost.values().next().map_or(result, |error| Err(error.clone()))
    }

    /// Has the disk begin with all of it, without waiting for it; where there are many files, they are
    /// small, and left to the kernel.
    pub fn start(&self) {
        // They stay noted: only a sync puts them on the disk, and another run's may be among them.
        let some: Vec<PathBuf> = lock(&self.written).iter().take(STARTED).cloned().collect();
        for path in some {
            // Only a help, and what is gone by now needs none.
            if let Ok(file) = file::open_to_read(&path) {
                sys::start_writeback(&file, 0);
            }
        }
    }
}

fn is_denied(failed: &NotSynced) -> bool {
    matches!(failed, NotSynced::Untried(source) if source.kind() == std::io::ErrorKind::PermissionDenied)
}

/// Puts files or directories on the disk, several at once: the disk takes them together. Gives those
/// that are not there then.
fn sync_all<'a>(paths: &[&'a Path]) -> Vec<(&'a Path, NotSynced)> {
    // All of them, whatever becomes of the first.
    let sync_some = |some: &[&'a Path]| -> Vec<(&'a Path, NotSynced)> {
        some.iter().filter_map(|path| Some((*path, sys::sync_path(path).err()?))).collect()
    };
    let mut pieces = paths.chunks(paths.len().div_ceil(THREADS).max(1));
    let own = pieces.next().unwrap_or_default();
    std::thread::scope(|scope| {
        let mut helpers = Vec::new();
        let mut failed = Vec::new();
        for some in pieces {
            match helper::spawn_scoped(scope, move || sync_some(some)) {
                Ok(helper) => helpers.push((some, helper)),
                // No thread to be had: one after the other then.
                Err(_) => failed.extend(sync_some(some)),
            }
        }
        failed.extend(sync_some(own));
        for (some, helper) in helpers {
            // The rest of a helper that panicked is done here.
            failed.extend(helper.join().unwrap_or_else(|_| sync_some(some)));
        }
        failed
    })
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    /// A pipe can't be synced, so it stands for a file of which the disk refuses something.
    fn pipe(path: &Path) -> File {
        let name = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: a path.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        File::options().read(true).write(true).open(path).unwrap()
    }

    #[test]
    fn what_the_disk_has_begun_with_is_still_to_be_synced() {
        let place = tempfile::tempdir().unwrap();
        let unsynced = Unsynced::below(place.path().to_owned());
        let path = place.path().join("file");
        let _writer = pipe(&path);
        unsynced.note(&path);
        unsynced.start();
        assert!(unsynced.sync().unwrap_err().message().contains("file"));
    }

    #[test]
    fn who_comes_while_others_sync_waits_for_them() {
        let place = tempfile::tempdir().unwrap();
        let unsynced = Unsynced::below(place.path().to_owned());
        let turn = lock(&unsynced.turn);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| unsynced.sync());
            std::thread::sleep(std::time::Duration::from_millis(50));
            assert!(!second.is_finished());
            drop(turn);
            second.join().unwrap().unwrap();
        });
    }

    #[test]
    fn what_the_disk_has_refused_is_not_forgotten() {
        let place = tempfile::tempdir().unwrap();
        let unsynced = Unsynced::below(place.path().to_owned());
        let path = place.path().join("file");
        let _writer = pipe(&path);
        unsynced.note(&path);
        for _ in 0..2 {
            assert!(unsynced.sync().unwrap_err().message().contains("file"));
        }
        // More of it does not bring back what was lost; writing it anew does.
        unsynced.note_grown(&path);
        assert!(unsynced.sync().is_err());
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "anew").unwrap();
        assert!(unsynced.sync().is_err());
        unsynced.note(&path);
        unsynced.sync().unwrap();
    }
}
