//! The declarations of a capture that are in its journal.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use super::Inner;
use crate::base::about::About;
use crate::base::error::Result;
use crate::base::sync::lock;
use crate::journal::event::Event;

/// The declarations that are in the journal: one that is repeated costs a lookup, and makes no record.
#[derive(Debug, Default)]
pub(super) struct Declared {
    series: Mutex<HashMap<u32, About>>,
    reduced: Mutex<HashSet<String>>,
}

impl Inner {
    /// Declares something of a series, and returns the number of its name.
    pub(super) fn declare_series(&self, name: &str, about: About) -> Result<u32> {
        // A forked child may have the lock in the state that another thread of its parent left it in.
        self.check_open()?;
        let id = self.emit(|emitter| emitter.name(name.as_bytes()))?;
        // Held until the record is there: who finds a declaration may rely on it.
        let mut series = lock(&self.declared.series);
        if series.get(&id).is_some_and(|known| known.has(&about)) {
            return Ok(id);
        }
        self.event(&Event::Series { name: name.to_owned(), about: about.clone() })?;
        series.entry(id).or_default().add(about);
        Ok(id)
    }

    /// Declares that a metric is reduced, of a run that is open.
    pub(super) fn declare_reduced(&self, name: &str) -> Result<()> {
        let mut reduced = lock(&self.declared.reduced);
        if reduced.contains(name) {
            return Ok(());
        }
        self.event(&Event::Reduce(name.to_owned()))?;
        reduced.insert(name.to_owned());
        Ok(())
    }
}
