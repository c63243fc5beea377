//! The run that options describe, as the store has it already.

use super::Capture;
use super::open::identify;
use crate::base::error::{ErrorKind, Result};
use crate::members::rank::Launch;
use crate::read::{Run, Store};
use crate::run::options::Options;
use crate::store::Locator;

impl Capture {
    /// The run that [`open`](Self::open) would open, to be read: what a sweep that is resumed has of a run
    /// that it skips, and a solver that starts again of its earlier attempt. Nothing if the store has no such
    /// run; nothing is written.
    ///
    /// # Errors
    /// When an option or variable is wrong, or the store or the run's record can't be read.
    pub fn earlier(options: &Options) -> Result<Option<Run>> {
        let options = options.with_environment()?;
        let place = options.store.as_deref().unwrap_or("./experiments");
        let experiment = Locator::parse(place)?.experiment(options.experiment.as_deref())?;
        let options = Options { experiment, ..options.clone() };
        let identity = identify(&options, &Launch::find(options.rank, options.role.unwrap_or_default()))?;
        match Store::open(place) {
            Ok(store) => store.find(Some(&identity.experiment_id), &identity.run_id),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
