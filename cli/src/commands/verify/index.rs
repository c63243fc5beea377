//! Rows of the index against the files.

use super::finding::Finding;
use crate::failure::Result;
use crate::keep::experiment::Experiment;

/// The findings in the index of a store, if it has one.
pub fn findings(_locator: &str, _experiments: &[Experiment]) -> Result<Vec<Finding>> {
    Ok(Vec::new())
}
