//! The manifest of a run's artifacts, which every process of the run may add to.

use std::collections::HashSet;

use crate::base::error::Result;
use crate::base::file;
use crate::base::json::Json;
use crate::run::Descriptor;
use crate::store::{RunLock, Store};

/// Puts `artifacts` into the manifest, in place of those of their names; what others wrote stays. The
/// caller holds the run's lock.
///
/// # Errors
/// When the manifest can't be read or written.
pub fn merge<'a>(
    store: &Store,
    run_id: &str,
    _held: &RunLock<'_>,
    artifacts: impl IntoIterator<Item = &'a Descriptor>,
) -> Result<()> {
    let ours: Vec<(&str, Json)> =
        artifacts.into_iter().map(|one| (one.name.as_str(), one.manifest_entry())).collect();
    if ours.is_empty() {
        return Ok(());
    }
    let path = store.manifest_path(run_id);
    let before = store.read(&path)?;
    let others =
        before.as_ref().and_then(|manifest| manifest.get("artifacts")?.as_array()).unwrap_or_default();
    // There may be tens of thousands of each.
    let names: HashSet<&str> = ours.iter().map(|(name, _)| *name).collect();
    let is_ours =
        |entry: &Json| entry.get("name").and_then(Json::as_str).is_some_and(|name| names.contains(name));
    let others = others.iter().filter(|entry| !is_ours(entry)).cloned();
    let entries: Vec<Json> = others.chain(ours.iter().map(|(_, entry)| entry.clone())).collect();
    store.write_json(&path, &Json::object([("artifacts", entries)]))
}

/// Takes out of the manifest what has not all of its file: a power cut may have left the manifest, and
/// not what it speaks of. The caller holds the run's lock.
///
/// # Errors
/// When the manifest can't be read or written.
pub fn forget_lost(store: &Store, run_id: &str, _held: &RunLock<'_>) -> Result<()> {
    let path = store.manifest_path(run_id);
    let Some(manifest) = store.read(&path)? else { return Ok(()) };
    let all = manifest.array_at("artifacts");
    let is_there = |entry: &&Json| {
        let file = entry.str_at("uri").and_then(|uri| uri.rsplit('/').next()).unwrap_or_default();
        let least = entry.i64_at("size_bytes").and_then(|size| size.try_into().ok()).unwrap_or(0);
        // One that is elsewhere is somebody else's, and the names here are on the disk together.
        let length = file::length(&store.artifact_dir(run_id).join(file)).ok().flatten();
        length.is_none_or(|length| length >= least)
    };
    let kept: Vec<Json> = all.iter().filter(is_there).cloned().collect();
    if kept.len() == all.len() {
        return Ok(());
    }
    store.write_json(&path, &Json::object([("artifacts", kept)]))
}
