//! Runs that this process writes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::base::sync::{PerProcess, lock};

/// Records of the runs that this process writes.
static OPEN: PerProcess<Mutex<HashSet<PathBuf>>> = PerProcess::new(|_| Mutex::default());

/// Takes the run with this record for this process; false if somebody here has it.
pub fn claim(record: &Path) -> bool {
    lock(OPEN.get()).insert(record.to_owned())
}

/// Gives up what `claim` took.
pub fn unclaim(record: &Path) {
    lock(OPEN.get()).remove(record);
}
