//! The manifests of experiments, which list the runs that were submitted.

use std::collections::BTreeSet;

use metalab::Json;
use metalab::read::read_small;

use crate::failure::Result;
use crate::keep::experiment::{self, Experiment, is_hidden, stem_of};
use crate::keep::lock::Lock;
use crate::keep::whole;

/// Removes runs that are gone from the manifests of an experiment. One that listed no other is removed.
pub fn forget(experiment: &Experiment, gone: &BTreeSet<String>) -> Result<()> {
    let _lock = Lock::of_manifests(experiment)?;
    for path in experiment::entries(&experiment.root.join("experiments"))? {
        if stem_of(&path, ".json").is_none_or(|stem| is_hidden(&stem)) {
            continue;
        }
        // One that is damaged is for `mlab verify` to say.
        let Ok(Some(Json::Object(mut manifest))) = read_small(&path) else { continue };
        let Some(Json::Array(ids)) = manifest.get_mut("run_ids") else { continue };
        let before = ids.len();
        ids.retain(|id| id.as_str().is_none_or(|id| !gone.contains(id)));
        let (after, lost) = (ids.len(), before - ids.len());
        if lost == 0 {
            continue;
        }
        if after == 0 {
            whole::remove(&path)?;
            continue;
        }
        if let Some(total) = manifest.get("total_runs").and_then(Json::as_i64) {
            manifest.insert(
                "total_runs".to_owned(),
                Json::from(total.saturating_sub(lost as i64).max(after as i64)),
            );
        }
        let written = std::fs::metadata(&path).and_then(|found| found.modified());
        whole::write_json(&path, &Json::Object(manifest))?;
        // The newest one of an experiment is the one that is shown.
        if let Ok(written) = written {
            let _ =
                std::fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(written));
        }
    }
    Ok(())
}
