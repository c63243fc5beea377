//! A series in short, without reading it: its name, what was declared, how many points it has.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::entry;
use super::live::Live;
use crate::base::about::About;
use crate::base::error::Result;
use crate::store::series::total_of_partial;

/// A series in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// Its name in the store.
    pub name: String,
    /// The unit that was declared.
    pub unit: Option<String>,
    /// The description that was declared.
    pub description: Option<String>,
    /// The series that it is plotted against, instead of the step.
    pub axis: Option<String>,
    /// How many points it has; of a run that goes on or is dead, how many the store had when it was last
    /// written, if it was.
    pub count: Option<u64>,
    /// The highest step.
    pub last_step: Option<i64>,
    /// The unit of its steps, where they are not the run's.
    pub step_unit: Option<String>,
}

/// The series that the entries of a run and its journals have, sorted by name.
///
/// # Errors
/// When an entry can't be read.
pub(super) fn all(entries: &[(String, PathBuf)], live: Option<&Live>) -> Result<Vec<Brief>> {
    let mut found: BTreeMap<&str, Brief> = BTreeMap::new();
    for (key, path) in entries {
        let Some(ending) = entry::ending(path)?.filter(|one| entry::is_series(&one.metadata)) else {
            continue;
        };
        let count = total_of_partial(&ending.metadata).or(ending.count.map(|count| count as u64));
        let About { unit, description, axis, step_unit } = About::read(&ending.metadata.into());
        let (name, last_step) = (key.clone(), ending.last_step);
        found.insert(key, Brief { name, unit, description, axis, count, last_step, step_unit });
    }
    for (name, last_step) in live.iter().flat_map(|live| &live.series) {
        let one = found.entry(name).or_insert_with(|| Brief {
            name: name.clone(),
            unit: None,
            description: None,
            axis: None,
            count: None,
            last_step: None,
            step_unit: None,
        });
        one.last_step = one.last_step.max(*last_step);
        let of_live = live.and_then(|live| live.step_units.get(name));
        one.step_unit = one.step_unit.take().or_else(|| of_live.cloned());
    }
    Ok(found.into_values().collect())
}
