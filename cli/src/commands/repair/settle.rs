//! Takes the steps, each by what is found under the run's lock.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use metalab::read::Store;

use super::plan::{self, Action, Step};
use crate::failure::{Failure, Result};
use crate::keep::experiment::{Experiment, name_of};
use crate::keep::lock::Lock;
use crate::keep::whole;

/// Repairs an experiment.
pub fn all(store: &Store, experiment: &Experiment) -> Result<()> {
    take(&plan::of_experiment(store, experiment)?)?;
    if experiment.id.is_none() {
        // The repairs of its runs were not shown yet.
        return Ok(());
    }
    for run_id in experiment.runs()? {
        if plan::of_run(store, experiment, &run_id)?.is_empty() {
            continue;
        }
        let _lock = Lock::take(experiment, &run_id)?;
        take(&plan::of_run(store, experiment, &run_id)?)?;
    }
    Ok(())
}

fn take(steps: &[Step]) -> Result<()> {
    let mut written = BTreeSet::new();
    for step in steps {
        match &step.action {
            Action::Remove => whole::remove(&step.path)?,
            Action::SetAside => set_aside(&step.path)?,
            Action::Write(json) => {
                if written.insert(step.path.clone()) {
                    whole::write_json(&step.path, json)?;
                }
            }
        }
    }
    Ok(())
}

/// Renames a damaged file, so that readers skip it and nothing of it is lost.
fn set_aside(path: &Path) -> Result<()> {
    let name = name_of(path).unwrap_or_else(|| "file".to_owned());
    let cut = (0..=name.len().min(200)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    let numbered =
        |number: u32| -> PathBuf { path.with_file_name(format!(".{}.damaged-{number}", &name[..cut])) };
    let free = (1..u32::MAX).map(numbered).find(|free| std::fs::symlink_metadata(free).is_err());
    let to = free.unwrap_or_else(|| numbered(1));
    std::fs::rename(path, &to)
        .map_err(|error| Failure::new(format!("cannot set {} aside: {error}", path.display())))
}
