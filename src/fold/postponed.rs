//! Events that could not be taken in yet, in their order.

use std::time::Instant;

/// Bytes of such events, at most; the journal has those beyond.
const MOST: usize = 16 << 20;

/// An event that could not be taken in, or must not overtake one of its name that could not.
pub struct Waiting {
    /// The data that it is about, if it is about any.
    pub name: Option<String>,
    /// The event.
    pub json: String,
}

/// Events that wait.
#[derive(Default)]
pub struct Postponed {
    events: Vec<Waiting>,
    bytes: usize,
    /// Whether there were too many: the others are in the journal alone.
    is_cut: bool,
    /// When it was last tried to take them in.
    pub tried: Option<Instant>,
}

impl Postponed {
    /// Adds an event, if there is room.
    pub fn push(&mut self, event: Waiting) {
        if self.bytes + event.json.len() > MOST {
            self.is_cut = true;
            return;
        }
        self.bytes += event.json.len();
        self.events.push(event);
    }

    /// Whether one about this data waits.
    pub fn has(&self, name: Option<&String>) -> bool {
        name.is_some() && self.events.iter().any(|event| event.name.as_ref() == name)
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether none waits, and none ever was left to the journal alone.
    pub fn is_whole(&self) -> bool {
        self.is_empty() && !self.is_cut
    }

    /// All that wait.
    pub fn take(&mut self) -> Vec<Waiting> {
        self.bytes = 0;
        std::mem::take(&mut self.events)
    }
}
