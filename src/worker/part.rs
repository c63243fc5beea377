//! What a member leaves when it has ended, for who folds the run.

use std::path::{Path, PathBuf};

use super::reduce::Points;
use crate::error::Result;
use crate::json::Json;
use crate::run::Status;
use crate::store::read_json;
use crate::sync::lock;
use crate::writer::Shared;

/// The part, beside the points of reduced metrics.
const FILE: &str = "part.json";

/// How a member ended.
#[derive(Debug, Clone)]
pub struct End {
    /// Well, with an error, told to stop.
    pub status: Status,
    /// Whether its process died before it said so.
    pub died: bool,
    /// Whether its journal is kept, since something of it could not be written.
    pub kept: bool,
    /// Series that are reduced over all processes.
    pub reduced: Vec<Points>,
}

/// The part in a member's directory.
pub fn read(directory: &Path) -> Result<Option<Json>> {
    read_json(&directory.join(FILE))
}

/// Leaves the part of the process that `shared` is.
///
/// # Errors
/// When it can't be written.
pub fn leave(shared: &Shared, end: &End) -> Result<()> {
    let record = shared.member.is_owner.then(|| shared.record(end.status));
    let part = {
        let state = lock(&shared.state);
        let is_reduced = |name: &str, value: &Json| state.reduced.contains(name) && value.as_str().is_none();
        let metrics = |reduced: bool| -> Json {
            let some = state.metrics.iter().filter(|(name, value)| is_reduced(name, value) == reduced);
            some.map(|(name, value)| (name.clone(), value.clone()))
                .collect::<std::collections::BTreeMap<_, _>>()
                .into()
        };
        let artifacts: Vec<Json> =
            state.artifacts.iter().map(|one| one.record_entry(&shared.identity.run_id)).collect();
        let mut results: Vec<Json> =
            state.results.iter().map(|entry| Json::from(entry.name.as_str())).collect();
        results.extend(state.stored.iter().map(|name| Json::from(name.as_str())));
        let strings = |texts: &[String]| -> Json {
            texts.iter().map(|text| Json::from(text.as_str())).collect::<Vec<_>>().into()
        };
        let mut members = vec![
            ("ended", Json::from(if end.died { "died" } else { end.status.text() })),
            ("kept", end.kept.into()),
            ("who", shared.member.who()),
            ("metrics", metrics(false)),
            ("reduced_metrics", metrics(true)),
            ("reduced_series", end.reduced.iter().map(Points::json).collect::<Vec<_>>().into()),
            ("results", results.into()),
            ("artifacts", artifacts.into()),
            ("tags", strings(&state.tags)),
            ("notes", state.notes.as_deref().map(Json::from).into()),
            ("warnings", state.warnings.clone().into()),
            ("error", state.error.clone().unwrap_or(Json::Null)),
        ];
        if let Some(Json::Object(mut record)) = record {
            record.insert("metrics".to_owned(), metrics(false));
            members.push(("record", record.into()));
        }
        Json::object(members)
    };
    write(shared, &part)
}

fn write(shared: &Shared, part: &Json) -> Result<()> {
    crate::store::make_directory(&shared.member.directory)?;
    shared.store.write_json(&path(&shared.member.directory), part)
}

/// The file of a part.
pub fn path(directory: &Path) -> PathBuf {
    directory.join(FILE)
}
