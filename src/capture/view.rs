//! Views of a run: its metrics, artifacts, results, summary and health as JSON.

use super::{Capture, Inner};
use crate::base::error::Result;
use crate::base::json::Json;
use crate::base::sync::lock;
use crate::journal::Refusal;
use crate::run::{State, Status};
use crate::store::read_json;

impl Capture {
    /// Plain metrics: an object.
    ///
    /// # Errors
    /// In a forked child.
    pub fn metrics(&self) -> Result<Json> {
        self.viewed(Json::object::<&str, Json>([]), |inner| lock(&inner.shared.state).metrics.clone().into())
    }

    /// Artifact descriptors: an array. Waits until what was emitted before is sealed.
    ///
    /// # Errors
    /// In a forked child.
    pub fn artifacts(&self) -> Result<Json> {
        self.viewed(Json::Array(Vec::new()), |inner| artifacts(&lock(&inner.shared.state)))
    }

    /// Data entries as they are stored, each with its name: an array.
    ///
    /// # Errors
    /// In a forked child.
    pub fn results(&self) -> Result<Json> {
        self.viewed(Json::Array(Vec::new()), results)
    }

    /// Everything: identity, status, metrics, series (how many points, the last one), artifacts,
    /// results, warnings, notes, tags, and error: an object.
    ///
    /// # Errors
    /// In a forked child.
    pub fn summary(&self) -> Result<Json> {
        self.viewed(Json::object::<&str, Json>([]), |inner| {
            let results = results(inner);
            let ended = lock(&inner.outcome).is_some();
            let state = lock(&inner.shared.state);
            let status = if ended { state.end_status() } else { Status::Running };
            let so_far = inner.shared.ended.get().copied().unwrap_or_else(|| inner.shared.now());
            let mut summary = state.record(&inner.shared.identity, status, so_far);
            if let Json::Object(members) = &mut summary {
                members.insert("stepped_metrics".to_owned(), state.series.clone().into());
                members.insert("results".to_owned(), results);
                members.insert("artifacts".to_owned(), artifacts(&state));
            }
            summary
        })
    }

    /// Everything that was refused, lost or could not be written, and why: an object whose `ok` says whether
    /// there was nothing of the kind. Its `index` is null where the store has none, else an object:
    /// `state` is "current" or "behind", `reason` says why, `refused` lists what it can't have.
    ///
    /// # Errors
    /// In a forked child.
    pub fn health(&self) -> Result<Json> {
        self.viewed(Json::object([("ok", Json::from(true)), ("index", Json::Null)]), |inner| {
            let refused = inner.shared.journal.refused();
            let run_id = &inner.shared.identity.run_id;
            let state = lock(&inner.shared.state);
            let problems: Vec<Json> = state
                .problems
                .iter()
                .map(|problem| {
                    Json::object([
                        ("what", Json::from(problem.what.as_str())),
                        ("reason", problem.reason.as_str().into()),
                        ("count", problem.count.into()),
                    ])
                })
                .collect();
            let lost = refused.count();
            Json::object([
                ("ok", Json::from(lost == 0 && problems.is_empty())),
                ("scarce", inner.shared.journal.is_scarce().into()),
                (
                    "refused",
                    Json::object([
                        ("points", Json::from(refused.of(Refusal::Points))),
                        ("metrics", refused.of(Refusal::Metrics).into()),
                        ("logs", refused.of(Refusal::Logs).into()),
                        ("events", refused.of(Refusal::Events).into()),
                        ("debug_lines", refused.of(Refusal::DebugLines).into()),
                        ("others", refused.of(Refusal::Others).into()),
                        ("reason", refused.reason.map_or(Json::Null, Json::from)),
                    ]),
                ),
                ("problems", problems.into()),
                ("index", inner.index.as_ref().map(|index| index.health(run_id)).into()),
                ("journal", inner.shared.journal.directory().to_string_lossy().into_owned().into()),
            ])
        })
    }

    /// The result of `view` once everything emitted before is taken in; `disabled` without a run.
    fn viewed(&self, disabled: Json, view: impl FnOnce(&Inner) -> Json) -> Result<Json> {
        let Some(inner) = &self.inner else {
            return Ok(disabled);
        };
        inner.follow()?;
        inner.desk.sealer().wait();
        Ok(view(inner))
    }
}

fn artifacts(state: &State) -> Json {
    state.artifacts.iter().map(|artifact| artifact.manifest_entry()).collect::<Vec<_>>().into()
}

fn results(inner: &Inner) -> Json {
    let entries = lock(&inner.shared.state).results.clone();
    let directory = inner.shared.store.result_dir(&inner.shared.identity.run_id);
    let mut results = Vec::with_capacity(entries.len());
    for (name, stem) in entries {
        let path = directory.join(format!("{stem}.json"));
        if let Ok(Some(Json::Object(mut members))) = read_json(&path) {
            members.insert("name".to_owned(), name.into());
            results.push(Json::Object(members));
        }
    }
    results.into()
}
