//! The PostgreSQL index of a build without it: no locator leads to one.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use crate::base::error::Result;
use crate::base::json::Json;
use crate::run::Context;
use crate::store::{Locator, Store};

/// How long the end of a run waits for the index where nothing else is said.
pub const PATIENCE: Duration = Duration::ZERO;

/// The way of changes to an index: there is none.
#[derive(Debug)]
pub struct Feed(Infallible);

impl Feed {
    /// Never called.
    pub fn wait_for_all(&self) {
        match self.0 {}
    }

    /// Never called.
    pub fn end(&self, _: &str) -> Option<String> {
        match self.0 {}
    }

    /// Never called.
    pub fn health(&self, _: &str) -> Json {
        match self.0 {}
    }
}

/// Follows nothing: a locator with an index was refused.
///
/// # Errors
/// None.
pub fn follow(_: &Store, _: &Locator, _: Duration, _: bool) -> Result<Option<Arc<Feed>>> {
    Ok(None)
}

/// Listens to nothing.
pub fn listen(_: &Arc<Context>) {}

/// Makes an index anew, where there is one.
///
/// # Errors
/// Always.
pub fn rebuild(
    _: Option<&str>,
    _: Option<&str>,
    _: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<u64> {
    Locator::without_index()
}

/// The rows of an index against the files.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct IndexStatus {
    /// Runs that have a file.
    pub runs: u64,
    /// Rows of runs of the same experiments.
    pub rows: u64,
    /// Runs, by experiment and id, that have no row.
    pub missing: Vec<(String, String)>,
    /// Runs whose row is of an earlier state.
    pub stale: Vec<(String, String)>,
    /// Rows of runs that have no file.
    pub extra: Vec<(String, String)>,
}

/// Compares rows with files, where there is an index.
///
/// # Errors
/// Always.
pub fn status(_: Option<&str>, _: Option<&str>) -> Result<IndexStatus> {
    Locator::without_index()
}
