//! What a member leaves when it has ended, for who folds the run.

use std::path::{Path, PathBuf};

use crate::base::error::Result;
use crate::base::json::Json;
use crate::store::read_json;

/// The part, beside the points of reduced metrics.
const FILE: &str = "part.json";

/// The part in a member's directory.
pub fn read(directory: &Path) -> Result<Option<Json>> {
    read_json(&directory.join(FILE))
}

/// The file of a part.
pub fn path(directory: &Path) -> PathBuf {
    directory.join(FILE)
}
