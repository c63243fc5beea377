//! The axes of series: those that they declare, and the run's time.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use metalab::read::{Run, Series, Values};

/// Names of a series that is the time of the others.
const TIMES: [&str; 4] = ["time", "t", "sim_time", "simulated_time"];

/// The axes of the series of the runs, each read once.
pub struct Axes<'a> {
    runs: &'a [Run],
    names: BTreeSet<(usize, &'a str)>,
    read: Mutex<HashMap<(usize, String), Option<Arc<Series>>>>,
}

impl<'a> Axes<'a> {
    /// Those among the series `names`, each with the number of its run.
    pub fn new(runs: &'a [Run], names: &'a [(usize, String)]) -> Self {
        let names = names.iter().map(|(run, name)| (*run, name.as_str())).collect();
        Self { runs, names, read: Mutex::default() }
    }

    /// The axes that a series may be plotted against, the declared one first: a value for each of its points.
    pub fn of(&self, run: usize, series: &Series) -> metalab::Result<Vec<Series>> {
        let wanted = series.axis.as_deref().into_iter().chain(TIMES);
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let label = series.name.rsplit_once('@').map(|(_, label)| label);
        for name in wanted.filter(|name| seen.insert(*name)) {
            // A process has its own axis, or the run's.
            let own = label.map(|label| format!("{name}@{label}"));
            let names = [own.as_deref(), Some(name)].into_iter().flatten();
            let Some(name) = names.into_iter().find(|name| self.names.contains(&(run, *name))) else {
                continue;
            };
            if name == series.name {
                continue;
            }
            if let Some(axis) = self.read(run, name)? {
                let joined = series.joined(&axis);
                // Along an axis that has no value here, there is nothing to see.
                if joined.valid.as_ref().is_none_or(|valid| valid.contains(&1)) {
                    found.push(joined);
                }
            }
        }
        Ok(found)
    }

    fn read(&self, run: usize, name: &str) -> metalab::Result<Option<Arc<Series>>> {
        // Held while it is read: who needs it too would read it again.
        let mut read = self.read.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(known) = read.get(&(run, name.to_owned())) {
            return Ok(known.clone());
        }
        let is_number = |series: &Series| matches!(series.values, Values::Float(_) | Values::Int(_));
        let found = self.runs[run].series(name)?.filter(is_number).map(Arc::new);
        read.insert((run, name.to_owned()), found.clone());
        Ok(found)
    }
}
