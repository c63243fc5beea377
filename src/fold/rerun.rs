//! A run that begins anew. What an earlier attempt left stands aside, in the new attempt's directory,
//! until the new attempt's record is written: a kill leaves the results of one or of the other.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::base::error::{Error, Result};
use crate::base::file;
use crate::store::{Store, make_directory};

/// The directory for it in a member's.
const ASIDE: &str = "earlier";

/// The directories of the run's files: aside, and where they belong.
fn directories(store: &Store, run_id: &str, directory: &Path) -> [(PathBuf, PathBuf); 2] {
    let aside = directory.join(ASIDE);
    [(aside.join("results"), store.result_dir(run_id)), (aside.join("artifacts"), store.artifact_dir(run_id))]
}

/// Sets aside what an earlier attempt left, for the attempt of the member in `directory`.
///
/// # Errors
/// When it can't be moved; `put_back` undoes what was.
pub fn set_aside(store: &Store, run_id: &str, directory: &Path) -> Result<()> {
    make_directory(&directory.join(ASIDE))?;
    for (aside, place) in directories(store, run_id, directory) {
        rename(&place, &aside)?;
    }
    Ok(())
}

/// Puts back what was set aside for an attempt that never wrote its record.
///
/// # Errors
/// When it can't be moved, nor linked; then it is aside still, and the next one to try does the same.
pub fn put_back(store: &Store, run_id: &str, directory: &Path) -> Result<()> {
    for (aside, place) in directories(store, run_id, directory) {
        // A move replaces an empty directory. Nothing speaks of what the attempt may have put into it.
        let moved = std::fs::rename(&aside, &place).or_else(|error| match error.kind() {
            ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists => {
                std::fs::remove_dir_all(&place).and_then(|()| std::fs::rename(&aside, &place))
            }
            _ => Err(error),
        });
        let Err(source) = moved else { continue };
        let failed = |source| Error::io("rename", &aside, &source);
        // Of one attempt, some directories may never have been there, or be back already.
        if !aside.try_exists().map_err(failed)? {
            continue;
        }
        link_all(&aside, &place).map_err(|_| failed(source))?;
    }
    Ok(())
}

/// Puts a link to each file of `from` into `to`, or a copy: a disk that refuses moves may allow that.
fn link_all(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (old, new) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            link_all(&old, &new)?;
            continue;
        }
        match file::link_or_copy(&old, &new) {
            // By who tried it before.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            linked => linked?,
        }
    }
    Ok(())
}

/// Removes what was set aside, once the attempt's record is written.
pub fn forget(directory: &Path) {
    // The rest goes with the member's directory.
    let _ = std::fs::remove_dir_all(directory.join(ASIDE));
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    match std::fs::rename(from, to) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(Error::io("rename", from, &source)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_aside_comes_back_whatever_is_in_its_place() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(place.path(), "e:1").unwrap();
        let (results, directory) = (store.result_dir("run"), place.path().join("member"));
        make_directory(&results).unwrap();
        std::fs::write(results.join("a.json"), "1").unwrap();
        let of = |file: &str| std::fs::read_to_string(results.join(file)).ok();
        // There were no artifacts; the attempt has left nothing, or something.
        for left in [None, Some("b.json"), Some("a.json")] {
            set_aside(&store, "run", &directory).unwrap();
            assert_eq!(of("a.json"), None);
            make_directory(&results).unwrap();
            if let Some(left) = left {
                std::fs::write(results.join(left), "2").unwrap();
            }
            for _ in 0..2 {
                put_back(&store, "run", &directory).unwrap();
                assert_eq!((of("a.json").as_deref(), of("b.json")), (Some("1"), None));
            }
        }
    }

    #[test]
    fn files_that_cannot_be_moved_are_linked_however_often() {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        std::fs::create_dir_all(from.join("sub")).unwrap();
        std::fs::write(from.join("a"), "1").unwrap();
        std::fs::write(from.join("sub/b"), "2").unwrap();
        for _ in 0..2 {
            link_all(&from, &to).unwrap();
            assert_eq!(std::fs::read_to_string(to.join("a")).unwrap(), "1");
            assert_eq!(std::fs::read_to_string(to.join("sub/b")).unwrap(), "2");
        }
    }
}
