//! What a member leaves when it has ended, for who folds the run.

use std::path::{Path, PathBuf};

use crate::base::error::{ErrorKind, Result};
use crate::base::json::Json;
use crate::store::read_json;

/// The part, beside the points of reduced metrics.
const FILE: &str = "part.json";

/// The part in a member's directory. A damaged one was never left: its journal says what was in it.
pub fn read(directory: &Path) -> Result<Option<Json>> {
    match read_json(&directory.join(FILE)) {
        Err(error) if error.kind() == ErrorKind::Json => Ok(None),
        read => read,
    }
}

/// The file of a part.
pub fn path(directory: &Path) -> PathBuf {
    directory.join(FILE)
}
