//! A series of a run, to be fed point by point.

use std::sync::{Arc, Weak};

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::value::Value;
use crate::journal::{self, Journal};

/// A series: values at steps, declared by [`Capture::series`](crate::Capture::series).
///
/// May be cloned, kept beside its capture, and used from any thread. It keeps nothing of a capture
/// that is gone: its points are refused then.
#[derive(Debug, Clone)]
pub struct Series {
    /// The journal's, by which threads find their way into it; 0 where captures are disabled.
    key: u64,
    /// The number of the series's name.
    name: u32,
    journal: Weak<Journal>,
}

impl Series {
    pub(super) fn new(journal: &Arc<Journal>, name: u32) -> Self {
        Self { key: journal.key(), name, journal: Arc::downgrade(journal) }
    }

    /// A series that keeps nothing.
    pub(super) fn disabled() -> Self {
        Self { key: 0, name: 0, journal: Weak::new() }
    }

    /// The number of its name in the journal.
    pub(crate) fn name(&self) -> u32 {
        self.name
    }

    /// A point: `value` at `step`. Steps may come in any order and more than once. A number takes a
    /// few nanoseconds: no lock, no system call, no allocation.
    ///
    /// # Errors
    /// When the run has ended, or the disk is full.
    #[inline]
    pub fn point<'a>(&self, step: i64, value: impl Into<Value<'a>>) -> Result<()> {
        let value = value.into();
        if let Ok(number) = value.scalar() {
            let emitted = journal::existing(self.key, |emitter| emitter.try_point(self.name, step, number));
            if emitted == Some(true) {
                return Ok(());
            }
        }
        self.slow_point(step, value)
    }

    /// The way of a text, of a thread's first point, and of one that needs another segment.
    #[inline(never)]
    fn slow_point(&self, step: i64, value: Value<'_>) -> Result<()> {
        match self.journal.upgrade() {
            Some(journal) => journal::with(&journal, |emitter| emitter.point_value(self.name, step, value)),
            None if self.key == 0 => Ok(()),
            None => Err(Error::new(ErrorKind::Closed, "the capture of the series is gone")),
        }
    }
}
