//! The part that a member leaves when it has ended, for who folds the run.
//!
//! A part is final once the member's journal is needed no more. One whose journal is kept, since
//! something of it could not be written, has another file: a final one takes its place later. So a
//! look at the files is enough to know who has ended.

use std::path::Path;

use crate::base::error::{ErrorKind, Result};
use crate::base::json::Json;
use crate::store::{Store, read_json};

/// The final part, beside the points of reduced metrics.
pub(super) const FINAL: &str = "part.json";

/// The part of a member whose journal is kept.
pub(super) const KEPT: &str = "part-kept.json";

/// The part in a member's directory. A damaged one was never left: its journal says what was in it.
///
/// # Errors
/// When it can't be read.
pub fn read(directory: &Path) -> Result<Option<Json>> {
    let read = |file: &str| match read_json(&directory.join(file)) {
        Err(error) if error.kind() == ErrorKind::Json => Ok(None),
        read => read,
    };
    match read(FINAL)? {
        Some(part) => Ok(Some(part)),
        None => read(KEPT),
    }
}

/// Leaves a part in a member's directory.
///
/// # Errors
/// When it can't be written; then what was there before is there still.
pub fn write(store: &Store, directory: &Path, part: &Json, kept: bool) -> Result<()> {
    store.write_json(&directory.join(if kept { KEPT } else { FINAL }), part)
}

/// Returns whether a member has left its part for good.
pub fn is_final(directory: &Path) -> bool {
    has(directory, FINAL)
}

/// Returns whether a member has left a part, final or not.
pub fn is_left(directory: &Path) -> bool {
    has(directory, FINAL) || has(directory, KEPT)
}

fn has(directory: &Path, file: &str) -> bool {
    // A file that a power cut has emptied counts as absent.
    std::fs::metadata(directory.join(file)).is_ok_and(|metadata| metadata.len() > 0)
}
