//! Rules as a user names them.

use std::path::Path;

use super::set::Set;
use super::shipped::text;
use crate::failure::{Failure, Result};

/// The rules of this name, or in the file of this name.
pub fn find(name: &str) -> Result<Set> {
    let path = Path::new(name);
    if !name.contains('/') && path.extension().is_none() && !path.is_file() {
        return Set::parse(name, text(name)?);
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("the rules {name} can't be read: {error}")))?;
    Set::parse(name, &text)
}
