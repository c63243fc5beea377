//! Events that could not be taken in yet: their places in the journal, in their order.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use crate::journal::lanes::At;

/// Events that wait.
#[derive(Debug, Default)]
pub struct Postponed {
    /// Where each is, and the data that it is about, if it is about any.
    events: VecDeque<(At, Option<String>)>,
    names: BTreeSet<String>,
    /// When it was last tried to take them in.
    pub tried: Option<Instant>,
}

impl Postponed {
    /// Adds an event that could not be taken in, or must not overtake one of its name that could not.
    pub fn push(&mut self, at: At, name: Option<String>) {
        self.names.extend(name.clone());
        self.events.push_back((at, name));
    }

    /// Returns whether one about this data waits.
    pub fn has(&self, name: Option<&String>) -> bool {
        name.is_some_and(|name| self.names.contains(name))
    }

    /// Returns whether none waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// All that wait.
    pub fn take(&mut self) -> VecDeque<(At, Option<String>)> {
        self.names.clear();
        std::mem::take(&mut self.events)
    }
}
