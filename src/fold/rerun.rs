//! A run that begins anew. What an earlier attempt left stands aside, in the new attempt's directory,
//! until the new attempt's record is written: a kill leaves the results of one or of the other.

use std::path::{Path, PathBuf};

use crate::base::error::{Error, Result};
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
/// When it can't be moved; then it is aside still.
pub fn put_back(store: &Store, run_id: &str, directory: &Path) -> Result<()> {
    for (aside, place) in directories(store, run_id, directory) {
        if !aside.exists() {
            continue;
        }
        // Nothing speaks of what the attempt may have put there.
        match std::fs::remove_dir_all(&place) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &place, &source));
            }
            _ => rename(&aside, &place)?,
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
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("rename", from, &source))
        }
        _ => Ok(()),
    }
}
