//! The artifacts of a run: its manifest and its record against the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use metalab::Json;
use metalab::read::{Run, read_small};

use super::plan::{Action, Step};
use crate::failure::{Failure, Result};
use crate::keep::experiment::{self, Experiment, is_hidden, name_of};
use crate::keep::moved;

/// The steps that make manifest and record list the files that are there, where they are.
pub fn steps(run: &Run, experiment: &Experiment) -> Result<Vec<Step>> {
    let directory = experiment.artifacts(run.id());
    // A link to a disk that is not there has lost nothing.
    for directory in directory.parent().into_iter().chain([directory.as_path()]) {
        if std::fs::symlink_metadata(directory).is_ok() {
            std::fs::read_dir(directory).map_err(|error| {
                Failure::new(format!("cannot read {}: {error}", directory.display()))
                    .advice("the artifacts in it are not lost: make it readable, or mount its disk, first")
            })?;
        }
    }
    let (record_path, manifest_path) = (experiment.record(run.id()), experiment.manifest(run.id()));
    let mut record = Json::Object(run.record().clone());
    let (mut steps, mut notes) = (Vec::new(), Vec::new());
    let manifest = match read_small(&manifest_path) {
        Ok(manifest) => manifest,
        Err(_) => {
            steps.push(Step::new(&manifest_path, "is no JSON; it is set aside", Action::SetAside));
            None
        }
    };
    let recorded = by_name(Some(&record));
    let listed = by_name(manifest.as_ref());
    let mut all = recorded.clone();
    all.extend(listed.clone());
    let mut gone = Vec::new();
    all.retain(|name, entry| {
        let is_there = path_of(entry, experiment, run.id()).is_some_and(|path| path.is_file());
        if !is_there {
            gone.push(name.clone());
        }
        is_there
    });
    for name in &gone {
        notes.push(format!(
            "lists the artifact {name}, whose file is gone; it will not, and the record says so"
        ));
    }
    add_unlisted(run, experiment, &mut all, &mut notes)?;
    for (known, what) in [(&listed, "manifest"), (&recorded, "record")] {
        let missing = all
            .keys()
            .filter(|name| !known.contains_key(*name) && (what == "record" || recorded.contains_key(*name)));
        notes.extend(missing.map(|name| format!("the artifact {name} is added to the {what}")));
    }
    let mut manifest = manifest.unwrap_or_else(|| Json::object::<&str, Json>([]));
    let before = (record.to_compact(), manifest.to_compact());
    if !notes.is_empty() {
        put(&mut manifest, all.values().map(|entry| listed_entry(entry.clone())).collect());
        put(&mut record, all.into_values().map(|entry| recorded_entry(entry, run.id())).collect());
        warn(&mut record, &gone);
    }
    for (json, path) in [(&mut manifest, &manifest_path), (&mut record, &record_path)] {
        let count = moved::correct(json, experiment, run.id(), None);
        if count > 0 {
            notes.push(format!("{count} paths in {} are corrected", name_of(path).unwrap_or_default()));
        }
    }
    if record.to_compact() != before.0 {
        steps.extend(
            notes.iter().map(|note| Step::new(&record_path, note.clone(), Action::Write(record.clone()))),
        );
    }
    if manifest.to_compact() != before.1 {
        let what = "is made to list the files that are there";
        steps.push(Step::new(&manifest_path, what, Action::Write(manifest)));
    }
    Ok(steps)
}

/// The artifacts that a record or a manifest lists.
fn by_name(json: Option<&Json>) -> BTreeMap<String, Json> {
    let all = json.map(|json| json.array_at("artifacts")).unwrap_or_default();
    all.iter().filter_map(|entry| Some((entry.str_at("name")?.to_owned(), entry.clone()))).collect()
}

/// Where the file of an entry is.
fn path_of(entry: &Json, experiment: &Experiment, run_id: &str) -> Option<PathBuf> {
    let uri = entry.str_at("uri")?;
    let marker = format!("/artifacts/{run_id}/");
    let rest = match uri.rfind(&marker) {
        Some(at) => &uri[at + marker.len()..],
        None => uri.rsplit('/').next()?,
    };
    Some(experiment.artifacts(run_id).join(rest))
}

/// Adds the files that nothing lists.
fn add_unlisted(
    run: &Run,
    experiment: &Experiment,
    all: &mut BTreeMap<String, Json>,
    notes: &mut Vec<String>,
) -> Result<()> {
    let known: BTreeSet<PathBuf> =
        all.values().filter_map(|entry| path_of(entry, experiment, run.id())).collect();
    for path in experiment::tree(&experiment.artifacts(run.id()))? {
        let is_unseen =
            name_of(&path).is_none_or(|name| is_hidden(&name)) || path == experiment.manifest(run.id());
        if is_unseen || known.contains(&path) || !path.is_file() || path.is_symlink() {
            continue;
        }
        let entry = described(&path, &experiment.artifacts(run.id()))?;
        let name = entry.str_at("name").unwrap_or_default().to_owned();
        if !name.is_empty() && !all.contains_key(&name) {
            notes.push(format!("the artifact {name} is in no list, and is added to manifest and record"));
            all.insert(name, entry);
        }
    }
    Ok(())
}

/// The entry of a file of which only the file is left.
fn described(path: &Path, directory: &Path) -> Result<Json> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot read {}: {error}", path.display()));
    let within = path.strip_prefix(directory).unwrap_or(path).to_string_lossy().into_owned();
    let suffix = path.extension().and_then(|suffix| suffix.to_str()).unwrap_or_default();
    let stem = within.strip_suffix(&format!(".{suffix}")).unwrap_or(&within).to_owned();
    let (kind, name) = match suffix {
        "npz" => ("numpy", stem),
        "json" => ("json", stem),
        "png" | "jpg" | "svg" | "pdf" => ("image", stem),
        _ => ("file", stem),
    };
    let (sha256, size) = File::open(path).and_then(metalab::digest::sha256).map_err(failed)?;
    let absolute = std::path::absolute(path).map_err(failed)?;
    Ok(Json::object([
        ("artifact_id", Json::from(metalab::uuid::random())),
        ("name", name.into()),
        ("kind", kind.into()),
        ("format", if suffix.is_empty() { "binary" } else { suffix }.into()),
        ("uri", absolute.to_string_lossy().into_owned().into()),
        ("content_hash", sha256[..16].to_owned().into()),
        ("size_bytes", size.into()),
        ("metadata", Json::object([("repaired", true)])),
    ]))
}

/// The entry as a manifest has it.
fn listed_entry(mut entry: Json) -> Json {
    if let Some(metadata) = metadata_of(&mut entry) {
        metadata.retain(|key, _| !key.starts_with('_'));
    }
    entry
}

/// The entry as a record has it.
fn recorded_entry(mut entry: Json, run_id: &str) -> Json {
    if let Some(metadata) = metadata_of(&mut entry) {
        metadata.insert("_run_id".to_owned(), run_id.into());
    }
    entry
}

fn metadata_of(entry: &mut Json) -> Option<&mut BTreeMap<String, Json>> {
    match entry {
        Json::Object(members) => match members.get_mut("metadata") {
            Some(Json::Object(metadata)) => Some(metadata),
            _ => None,
        },
        _ => None,
    }
}

fn put(json: &mut Json, entries: Vec<Json>) {
    if let Json::Object(members) = json {
        members.insert("artifacts".to_owned(), entries.into());
    }
}

/// Says in a record which artifacts are gone.
fn warn(record: &mut Json, gone: &[String]) {
    let Json::Object(members) = record else { return };
    let warnings = members.entry("warnings".to_owned()).or_insert_with(|| Json::from(Vec::<Json>::new()));
    if let Json::Array(warnings) = warnings {
        warnings.extend(gone.iter().map(|name| {
            let message = format!("the file of artifact {name} is gone");
            Json::object([("message", message.as_str()), ("reason", "mlab repair has found it missing")])
        }));
    }
}
