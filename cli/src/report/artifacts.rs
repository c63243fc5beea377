//! The list of artifacts of each run.

use metalab::Json;
use metalab::read::Run;
use serde::Serialize;

use super::cut;
use super::facts::plain;
use crate::format;

/// The artifacts that are listed of a run; there may be a snapshot of each step.
const MOST: usize = 500;

/// The artifacts of a run.
#[derive(Debug, Serialize)]
pub struct Listed {
    pub run: usize,
    pub rows: Vec<Row>,
    /// How many are not listed.
    pub more: usize,
    pub total: String,
}

/// An artifact.
#[derive(Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub kind: String,
    pub size: String,
    pub hash: String,
    pub about: String,
}

/// The artifacts of the runs that have any.
pub fn read(runs: &[Run], problems: &mut Vec<String>) -> Vec<Listed> {
    let mut lists = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let artifacts = match run.artifacts() {
            Ok(artifacts) => artifacts,
            Err(error) => {
                problems.push(format!("artifacts of {}: {}", run.id(), error.message()));
                continue;
            }
        };
        if artifacts.is_empty() {
            continue;
        }
        let total = artifacts.iter().fold(0_u64, |total, artifact| total.saturating_add(artifact.size));
        let more = artifacts.len().saturating_sub(MOST);
        let rows = artifacts.into_iter().take(MOST).map(|artifact| Row {
            kind: match artifact.kind == artifact.format || artifact.format.is_empty() {
                true => artifact.kind,
                false => format!("{} ({})", artifact.kind, artifact.format),
            },
            size: format::bytes(artifact.size),
            hash: artifact.content_hash,
            about: about(artifact.metadata.iter()),
            name: artifact.name,
        });
        lists.push(Listed { run: index, rows: rows.collect(), more, total: format::bytes(total) });
    }
    lists
}

/// Metadata on a line.
pub fn about<'a>(metadata: impl Iterator<Item = (&'a String, &'a Json)>) -> String {
    let all: Vec<String> = metadata.map(|(key, value)| format!("{key}: {}", plain(value))).collect();
    cut(all.join(", "), 400)
}
