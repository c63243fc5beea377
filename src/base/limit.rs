//! How long a piece of work beside the solver may go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// An end in time, or sooner when somebody says so.
#[derive(Debug, Clone, Copy)]
pub struct Limit<'a> {
    end: Instant,
    stop: &'a AtomicBool,
}

impl<'a> Limit<'a> {
    /// `patience` from now on, unless `stop` becomes true before.
    pub fn new(patience: Duration, stop: &'a AtomicBool) -> Self {
        Self { end: Instant::now() + patience, stop }
    }

    /// Returns whether the work has to end.
    pub fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || Instant::now() >= self.end
    }

    /// Nothing once the work has to end: for `?`.
    pub fn check(&self) -> Option<()> {
        (!self.is_over()).then_some(())
    }
}
