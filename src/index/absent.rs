//! The PostgreSQL index of a build without it: every address is refused.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::run::Context;

/// How long the end of a run waits for the index where nothing else is said.
pub const PATIENCE: Duration = Duration::ZERO;

/// Why there is none.
fn unsupported<T>() -> Result<T> {
    Err(Error::new(
        ErrorKind::Unsupported,
        "this libmetalab was built without PostgreSQL (feature postgres); give the store as a path",
    ))
}

/// The address of an index: there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Infallible);

impl Address {
    /// # Errors
    /// Always.
    pub fn parse(_: &str) -> Result<Self> {
        unsupported()
    }

    /// The directory of the files.
    pub fn file_root(&self) -> &Path {
        match self.0 {}
    }

    /// The experiment that the store is limited to.
    pub fn experiment_id(&self) -> Option<&str> {
        match self.0 {}
    }
}

/// # Errors
/// Never: there is no address to check.
pub fn check(address: &Address) -> Result<()> {
    match address.0 {}
}

/// Nothing to listen to.
pub fn listen(_: &Arc<Context>) {}

/// # Errors
/// Always.
pub fn rebuild(
    _: Option<&str>,
    _: Option<&str>,
    _: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<u64> {
    unsupported()
}

pub mod discover {
    //! The locator `discover`, which leads to an index.

    use super::{Result, unsupported};

    /// Returns whether a locator asks for it.
    pub fn is_asked(locator: &str) -> bool {
        locator.trim().eq_ignore_ascii_case("discover")
    }

    /// # Errors
    /// Always.
    pub fn locator() -> Result<String> {
        unsupported()
    }
}

/// Where changes go: nowhere.
#[derive(Debug)]
pub struct Feed(Infallible);

impl Feed {
    /// None can be made.
    pub fn new(address: &Address, _: &Path, _: Duration) -> Self {
        match address.0 {}
    }

    /// Never called.
    pub fn note(&self, _: &Path) {
        match self.0 {}
    }

    /// Never called.
    pub fn settle(&self, _: Option<&str>) {
        match self.0 {}
    }

    /// Never called.
    pub fn health(&self, _: &str) -> Json {
        match self.0 {}
    }
}
