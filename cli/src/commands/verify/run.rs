//! The files of one run: what its record and its manifest say, and what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use metalab::Json;
use metalab::read::{Run, RunStatus, read_small};

use super::finding::Finding;
use super::list::{Item, List};
use crate::keep::experiment::{self, Experiment, is_hidden, name_of};
use crate::keep::moved;

/// Members that the record of a run has.
const MEMBERS: [&str; 7] =
    ["run_id", "experiment_id", "status", "started_at", "params_fingerprint", "metrics", "provenance"];

/// Adds the files of a run to the list, and what is wrong with what is said of them.
pub fn list(run: &Run, list: &mut List) {
    let experiment = Experiment::of(run);
    record(run, &experiment, list);
    let is_over = !matches!(run.status(), RunStatus::Running | RunStatus::Dead);
    journal(run, &experiment, is_over, list);
    let listed = listing(run, &experiment, is_over, list);
    files(run, &experiment, &listed, is_over, list);
    // Errors name what can't be read.
    let hidden = [experiment.results(run.id()), experiment.artifacts(run.id())];
    let read = hidden.iter().filter(|_| is_over).try_for_each(|directory| list.hidden(directory));
    if let Err(failure) = read {
        list.findings.push(Finding::damaged(&experiment.record(run.id()), failure.to_string()));
    }
}

/// The record: that it is one, and this run's.
fn record(run: &Run, experiment: &Experiment, list: &mut List) {
    let path = experiment.record(run.id());
    let mut wrong = |what: String| list.findings.push(Finding::damaged(&path, what));
    let record = run.record();
    for member in MEMBERS {
        if !record.contains_key(member) {
            wrong(format!("has no {member}"));
        }
    }
    match record.get("run_id").and_then(Json::as_str) {
        Some(id) if id != run.id() => wrong(format!("is the record of run {id}")),
        _ => {}
    }
    if run.status() == RunStatus::Other {
        wrong("has a status that is none".to_owned());
    }
    if record.contains_key("started_at") && run.started().is_none() {
        wrong("has no time when the run began".to_owned());
    }
}

/// The run's journals, where they are not needed any more, or nobody has recovered them.
fn journal(run: &Run, experiment: &Experiment, is_over: bool, list: &mut List) {
    let path = experiment.journal(run.id());
    if !path.is_dir() {
        if run.status() == RunStatus::Dead {
            let is_copy = |warning: &Json| warning.str_at("message") == Some(moved::COPIED);
            let what = match run.warnings().iter().any(is_copy) {
                true => "a copy of a run that went on; copy it again",
                false => {
                    "the run's process is dead, and its journal is not here; `mlab recover`, where it is"
                }
            };
            list.findings.push(Finding::left_over(&experiment.record(run.id()), what));
        }
        return;
    }
    let what = match run.status() {
        RunStatus::Running => return,
        RunStatus::Dead => "the journal of a process that is dead; `mlab recover`",
        _ if is_over => "a journal that its run has left; `mlab recover`",
        _ => return,
    };
    list.findings.push(Finding::left_over(&path, what));
}

/// The names of the files that the manifest or the record lists.
fn listing(
    run: &Run,
    experiment: &Experiment,
    is_over: bool,
    list: &mut List,
) -> BTreeSet<std::path::PathBuf> {
    let path = experiment.manifest(run.id());
    let manifest = match read_small(&path) {
        Ok(manifest) => manifest,
        Err(error) => {
            list.findings.push(Finding::of(&path, &error));
            return BTreeSet::new();
        }
    };
    let artifacts = match run.artifacts() {
        Ok(artifacts) => artifacts,
        Err(error) => {
            list.findings.push(Finding::of(&path, &error));
            return BTreeSet::new();
        }
    };
    let record = Json::Object(run.record().clone());
    if is_over {
        differences(&record, manifest.as_ref(), &path, list);
    }
    let mut all: Vec<Json> = record.array_at("artifacts").to_vec();
    all.extend(manifest.as_ref().map(|one| one.array_at("artifacts").to_vec()).unwrap_or_default());
    let moved = all.iter().filter_map(|entry| moved::uri(entry.str_at("uri")?, experiment, run.id())).count();
    if moved > 0 {
        let what = "has paths of where the store was before; `mlab relocate`";
        list.findings.push(Finding::left_over(&experiment.record(run.id()), what));
    }
    let paths = artifacts.iter().map(|artifact| artifact.path.clone()).collect();
    for artifact in artifacts {
        match artifact.path.exists() {
            true => {
                let path = artifact.path.clone();
                list.add(Item::Artifact(Box::new(artifact)), &path);
            }
            false => list
                .findings
                .push(Finding::damaged(&artifact.path, "is not there, and the manifest lists it")),
        }
    }
    paths
}

/// Artifacts that only one of record and manifest lists, or each with another content.
fn differences(record: &Json, manifest: Option<&Json>, path: &Path, list: &mut List) {
    let hashes = |json: Option<&Json>| -> BTreeMap<String, String> {
        let all = json.map(|json| json.array_at("artifacts")).unwrap_or_default();
        let text = |entry: &Json, key: &str| entry.str_at(key).map(str::to_owned);
        all.iter().filter_map(|entry| Some((text(entry, "name")?, text(entry, "content_hash")?))).collect()
    };
    let (recorded, listed) = (hashes(Some(record)), hashes(manifest));
    for (name, hash) in &recorded {
        let what = match listed.get(name) {
            None => format!("lacks the artifact {name}, which the record has; `mlab repair`"),
            Some(other) if other != hash => {
                format!("has another hash of the artifact {name} than the record")
            }
            Some(_) => continue,
        };
        list.findings.push(Finding::damaged(path, what));
    }
    for name in listed.keys().filter(|name| !recorded.contains_key(*name)) {
        let what = format!("lists the artifact {name}, which the record lacks; `mlab repair`");
        list.findings.push(Finding::left_over(path, what));
    }
}

/// The files that are there.
fn files(
    run: &Run,
    experiment: &Experiment,
    listed: &BTreeSet<std::path::PathBuf>,
    is_over: bool,
    list: &mut List,
) {
    let tree = |directory: &Path| experiment::tree(directory).unwrap_or_default();
    for path in tree(&experiment.results(run.id())) {
        let is_entry = name_of(&path).is_some_and(|name| name.ends_with(".json") && !is_hidden(&name));
        let is_link = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink());
        if is_link && !path.exists() {
            list.findings.push(Finding::damaged(&path, "is a link to an entry that is not there"));
        } else if is_entry && !is_link {
            list.add(Item::Entry(path.clone()), &path);
        }
    }
    for path in tree(&experiment.artifacts(run.id())) {
        let is_manifest = path == experiment.manifest(run.id());
        let is_unseen = name_of(&path).is_some_and(|name| is_hidden(&name));
        if is_over && !is_manifest && !is_unseen && !listed.contains(&path) {
            list.findings.push(Finding::left_over(&path, "is in no manifest; `mlab repair`"));
        }
    }
}
