//! Rows of the index against the files.

use metalab::IndexStatus;

use super::finding::Finding;
use crate::failure::Result;
use crate::global::Global;
use crate::keep::experiment::Experiment;

/// The findings in the index of a store, if it has one. The files are the truth: an index that lacks
/// something has lost nothing.
pub fn findings(global: &Global, wanted: Option<&str>, experiments: &[Experiment]) -> Result<Vec<Finding>> {
    if !global.has_index()? {
        return Ok(Vec::new());
    }
    let IndexStatus { missing, stale, extra, .. } = metalab::index_status(Some(&global.store), wanted)?;
    let mut found = Vec::new();
    for (keys, what) in [
        (missing, "has no row in the index"),
        (stale, "has a row of an earlier state in the index"),
        (extra, "is a row of the index without a file"),
    ] {
        for (id, run_id) in keys {
            let of = experiments.iter().find(|one| one.id.as_deref() == Some(id.as_str()));
            let path = of.map(|one| one.record(&run_id)).unwrap_or_default();
            found.push(Finding::left_over(&path, format!("{what}; `mlab index rebuild`")));
        }
    }
    Ok(found)
}
