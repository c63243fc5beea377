//! The directory `mlruns` of MLflow: a `meta.yaml` for each experiment and run, files of metrics, parameters and
//! tags. The artifacts stay in the store, where `artifact_uri` leads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use metalab::hex::hex;
use metalab::read::{Run, RunStatus};
use metalab::{Json, Scalar};
use sha2::{Digest as _, Sha256};

use super::columns::{Cell, cell};
use super::{Exported, millis, put};
use crate::failure::{Failure, Result};
use crate::json;

/// Writes the runs below `directory`.
pub fn write(directory: &Path, runs: &[Exported]) -> Result<()> {
    for one in runs {
        let id = experiment_id(one.run.experiment_id());
        let root = directory.join(&id);
        put(&root.join("meta.yaml"), experiment(&root, &id, &one.run).as_bytes())?;
        run(&root.join(run_id(one.run.id())), &id, one)?;
    }
    Ok(())
}

/// MLflow's ids of experiments are numbers.
fn experiment_id(id: &str) -> String {
    let hash = Sha256::digest(id.as_bytes());
    let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{:018}", number % 900_000_000_000_000_000 + 100_000_000_000_000_000)
}

/// The run's id, or a hash of it where MLflow does not take it.
fn run_id(id: &str) -> String {
    let is_fit = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    match is_fit && id.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        true => id.to_owned(),
        false => hex(&Sha256::digest(id.as_bytes())[..16]),
    }
}

fn experiment(root: &Path, id: &str, run: &Run) -> String {
    let created = millis(run.started()).unwrap_or(0);
    yaml(&[
        ("artifact_location", text(&uri(root))),
        ("creation_time", created.to_string()),
        ("experiment_id", text(id)),
        ("last_update_time", created.to_string()),
        ("lifecycle_stage", "active".to_owned()),
        ("name", text(run.experiment_id())),
    ])
}

fn run(root: &Path, experiment_id: &str, one: &Exported) -> Result<()> {
    let run = &one.run;
    let status = match run.status() {
        RunStatus::Running => 1,
        RunStatus::Success => 3,
        RunStatus::Cancelled => 5,
        RunStatus::Failed | RunStatus::Dead | RunStatus::Other => 4,
    };
    let (id, started) = (run_id(run.id()), millis(run.started()).unwrap_or(0));
    let ended = millis(run.finished()).filter(|_| status != 1);
    let user = run.provenance().get("extra").and_then(|extra| extra.str_at("user")).unwrap_or_default();
    let artifacts = run.directory().join("artifacts").join(run.id());
    let meta = yaml(&[
        ("artifact_uri", text(&uri(&artifacts))),
        ("end_time", ended.map_or("null".to_owned(), |ended| ended.to_string())),
        ("entry_point_name", "''".to_owned()),
        ("experiment_id", text(experiment_id)),
        ("lifecycle_stage", "active".to_owned()),
        ("run_id", text(&id)),
        ("run_name", text(run.id())),
        ("run_uuid", text(&id)),
        ("source_name", "''".to_owned()),
        ("source_type", "4".to_owned()),
        ("source_version", "''".to_owned()),
        ("start_time", started.to_string()),
        ("status", status.to_string()),
        ("tags", "[]".to_owned()),
        ("user_id", text(user)),
    ]);
    let params = flat(run.params());
    let keys = keys(params.iter().map(|(name, _)| name.as_str()));
    for (name, value) in &params {
        put(&root.join("params").join(&keys[name.as_str()]), value.as_bytes())?;
    }
    metrics(root, one, started, ended.unwrap_or(started))?;
    for (name, value) in tags(run, user) {
        put(&root.join("tags").join(name), value.as_bytes())?;
    }
    // Later versions of MLflow take no directory for a run that lacks one of these.
    for part in ["artifacts", "metrics", "params", "tags"] {
        let part = root.join(part);
        std::fs::create_dir_all(&part)
            .map_err(|error| Failure::new(format!("cannot make {}: {error}", part.display())))?;
    }
    // The run is there when this is.
    put(&root.join("meta.yaml"), meta.as_bytes())
}

/// Series, and metrics as series of one point.
fn metrics(root: &Path, one: &Exported, started: u64, ended: u64) -> Result<()> {
    let metrics = root.join("metrics");
    let plain = one.run.metrics();
    let series = one.series.iter().map(|series| series.name.as_str());
    let keys = keys(plain.keys().map(String::as_str).chain(series));
    for (name, value) in &plain {
        let Some(value) = number(value) else { continue };
        put(&metrics.join(&keys[name.as_str()]), format!("{ended} {} 0\n", float(value)).as_bytes())?;
    }
    for series in &one.series {
        let mut lines = String::new();
        for index in 0..series.len() {
            let value = match cell(series, index) {
                Cell::Bool(value) => f64::from(u8::from(value)),
                Cell::Int(value) => value as f64,
                Cell::Float(value) => value,
                Cell::Text(_) | Cell::Missing => continue,
            };
            // A text is always written.
            let _ = writeln!(lines, "{started} {} {}", float(value), series.steps[index]);
        }
        if !lines.is_empty() {
            put(&metrics.join(&keys[series.name.as_str()]), lines.as_bytes())?;
        }
    }
    Ok(())
}

fn tags(run: &Run, user: &str) -> Vec<(&'static str, String)> {
    let mut tags = vec![
        ("mlflow.runName", run.id().to_owned()),
        ("metalab.experiment_id", run.experiment_id().to_owned()),
        ("metalab.run_id", run.id().to_owned()),
        ("metalab.tags", run.tags().join(",")),
        ("metalab.provenance", json::value(run.provenance()).to_string()),
    ];
    if !user.is_empty() {
        tags.push(("mlflow.user", user.to_owned()));
    }
    tags.extend(run.notes().map(|notes| ("mlflow.note.content", notes.to_owned())));
    tags
}

/// The members of an object and of those in it, with dots between their names.
fn flat(params: &Json) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), params)];
    while let Some((name, json)) = open.pop() {
        match json {
            Json::Object(members) => {
                let name = |key: &String| if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                open.extend(members.iter().map(|(key, json)| (name(key), json)));
            }
            Json::Str(text) => found.push((name, text.clone())),
            json => found.push((name, json.to_compact())),
        }
    }
    found
}

/// Names that MLflow takes, one for each name: what it would take for the same, and what would be a file and a
/// directory, as `loss` and `loss/val`, gets a `_`.
fn keys<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, String> {
    let mut keys: BTreeMap<&str, String> = names.map(|name| (name, key(name))).collect();
    let mut taken = BTreeSet::new();
    for key in keys.values() {
        taken.extend(key.match_indices('/').map(|(end, _)| key[..end].to_owned()));
    }
    for key in keys.values_mut() {
        while !taken.insert(key.clone()) {
            key.push('_');
        }
    }
    keys
}

/// A name that MLflow takes, and that leads nowhere else. Names with `/` are directories there.
fn key(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '/');
    let name: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    let parts = name.split('/').map(|part| if matches!(part, "" | "." | "..") { "_" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Bool(value) => Some(f64::from(u8::from(*value))),
        Json::Int(value) => Some(*value as f64),
        Json::Float(value) => Some(*value),
        _ => None,
    }
}

/// A number as Python reads it.
fn float(value: f64) -> String {
    match json::scalar(Scalar::F64(value)) {
        serde_json::Value::String(text) => text.replace("Infinity", "inf").to_lowercase(),
        number => number.to_string(),
    }
}

fn uri(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = "file://".to_owned();
    for byte in path.to_string_lossy().bytes() {
        match byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~') {
            true => uri.push(char::from(byte)),
            false => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn yaml(members: &[(&str, String)]) -> String {
    members.iter().map(|(key, value)| format!("{key}: {value}\n")).collect()
}

/// A string of YAML: one of JSON is one.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
