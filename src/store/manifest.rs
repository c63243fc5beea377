//! The experiment's manifest, which the dashboard shows: what the experiment is, and its runs so far. Each
//! run that begins adds itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::experiment::Store;
use crate::base::clock::Moment;
use crate::base::error::{Error, Result};
use crate::base::file::{self, OurFile};
use crate::base::json::{Json, Object, members, merge};
use crate::base::{name, sys};

/// Ids of runs that a manifest lists at most; the number of runs is right beyond it.
const MOST_IDS: usize = 1_000;

/// Values of one parameter that a manifest lists at most.
const MOST_VALUES: usize = 100;

/// Records are counted as long as there are no more than these: later each new run adds one, so that its
/// cost does not grow with theirs.
const COUNTED: i64 = 1_000;

/// The file that says which manifest is this library's, and that its writer has locked. No run has it: the locks
/// of runs end with `.lock`.
const OURS: &str = ".locks/manifest";

/// The part of a run in its experiment's manifest.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The run's id.
    pub run_id: String,
    /// True if the store had no such run before.
    pub is_new: bool,
    /// How many runs the experiment will have, as far as it is known.
    pub planned_runs: Option<u64>,
    /// The description of the experiment, if one is given.
    pub description: Option<String>,
    /// The experiment's tags.
    pub tags: Vec<String>,
    /// Metadata of the run, which the manifest has as well.
    pub metadata: Object,
    /// The program: `ref`, `name` and `code_hash`.
    pub operation: Json,
    /// The parameters.
    pub params: Json,
    /// The root seed.
    pub seed: Json,
    /// The context's fingerprint.
    pub context_fingerprint: String,
    /// The time for the file's name, if there is no manifest yet.
    pub stamp: String,
    /// When the run began, in the store's form.
    pub submitted_at: String,
}

/// Adds a run that was copied into the store in the directory `collection` to the manifest of its experiment, as
/// the run itself would have. `record` is the run's; `from` is the manifest of the experiment where it was copied
/// from, or null: description, tags, metadata, the program and the number of runs that are planned are taken
/// over from it. `is_new` is true if the store had no such run before. Adding a run again changes nothing.
///
/// Returns false if another process holds the manifest for longer than `patience`. Safe from several threads and
/// processes at once.
///
/// # Errors
/// When the record has no ids, the experiment's directory can't be made, or the manifest can't be written.
pub fn add_copied(
    collection: &Path,
    record: &Json,
    from: &Json,
    is_new: bool,
    patience: Duration,
) -> Result<bool> {
    let text = |key: &str| record.str_at(key).unwrap_or_default();
    let (experiment_id, run_id) = (text("experiment_id"), text("run_id"));
    name::check_experiment_id(experiment_id)?;
    name::check_run_id(run_id)?;
    let store = Store::open(collection, experiment_id)?;
    store.submit(&Submission::of_copied(run_id, record, from, is_new), patience)
}

impl Store {
    /// Adds a run to the experiment's manifest. Returns false if another process holds the manifest for
    /// longer than `patience`.
    ///
    /// # Errors
    /// When the directory can't be read, or the manifest not be written.
    pub fn submit(&self, submission: &Submission, patience: Duration) -> Result<bool> {
        let path = self.root().join(OURS);
        let failed = |source: std::io::Error| Error::io("lock", &path, &source);
        let ours = OurFile::append_to(&path).map_err(failed)?;
        if !ours.with_open(|file| sys::flock(file, patience)).map_err(failed)? {
            return Ok(false);
        }
        let added = self.add_to_manifest(submission, &ours);
        // Not left to the closing of the file: a child that was forked meanwhile has it open, too.
        let _ = ours.with_open(|file| {
            sys::unlock(file);
            Ok(())
        });
        added.map(|()| true)
    }

    /// Adds to the manifest that `ours` names, which this process has locked.
    fn add_to_manifest(&self, submission: &Submission, ours: &OurFile) -> Result<()> {
        let newest = self.newest_manifest()?;
        let named = file::read(ours.path()).map_err(|source| Error::io("read", ours.path(), &source))?;
        let newest_is_ours = newest
            .as_ref()
            .is_some_and(|(path, _)| path.file_name().is_some_and(|file| file.as_encoded_bytes() == named));
        let before = newest.as_ref().map_or(&Json::Null, |(_, manifest)| manifest);
        let known = before.get("params").and_then(|params| params.i64_at("total_cases"));
        let counted = match known.filter(|known| newest_is_ours && *known > COUNTED) {
            Some(known) => known.saturating_add(i64::from(submission.is_new)),
            None => self.count_records()?,
        };
        let manifest = submission.added_to(before, &self.experiment_id, counted);
        if newest_is_ours && manifest == *before {
            return Ok(());
        }
        let path = match newest.as_ref().filter(|_| newest_is_ours) {
            Some((path, _)) => path.clone(),
            // One of Python stays as it is.
            None => {
                let path = self.fresh_manifest(&submission.stamp);
                let name = path.file_name().unwrap_or_default().as_encoded_bytes();
                let renamed = ours.with_open(|file| file.set_len(0)).and_then(|()| ours.append(name));
                renamed.map_err(|source| Error::io("write", ours.path(), &source))?;
                path
            }
        };
        self.write_json(&path, &manifest)
    }

    /// The manifest that was written last, and its file.
    fn newest_manifest(&self) -> Result<Option<(PathBuf, Json)>> {
        let directory = self.root().join("experiments");
        let entries =
            std::fs::read_dir(&directory).map_err(|source| Error::io("read", &directory, &source))?;
        let is_manifest = |file: &str| file.ends_with(".json") && !file.starts_with('.');
        let mut found: Vec<_> = entries
            .flatten()
            .filter(|entry| entry.file_name().to_str().is_some_and(is_manifest))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        found.sort();
        for (_, path) in found.into_iter().rev() {
            // One that is damaged is set aside, and the one before it counts.
            if let Some(manifest) = self.read(&path)? {
                return Ok(Some((path, manifest)));
            }
        }
        Ok(None)
    }

    /// A name for a manifest that is not there yet.
    fn fresh_manifest(&self, stamp: &str) -> PathBuf {
        let safe = name::experiment_dir(&self.experiment_id);
        let directory = self.root().join("experiments");
        let path = |suffix: &str| directory.join(format!("{safe}_{stamp}{suffix}.json"));
        let others = (1..1_000).map(|number| path(&format!("_{number}")));
        std::iter::once(path("")).chain(others).find(|path| file::is_gone(path)).unwrap_or_else(|| path(""))
    }

    fn count_records(&self) -> Result<i64> {
        let directory = self.root().join("runs");
        let entries =
            std::fs::read_dir(&directory).map_err(|source| Error::io("read", &directory, &source))?;
        let is_record = |file: &str| file.ends_with(".json") && !file.starts_with('.');
        let names = entries.flatten().map(|entry| entry.file_name());
        Ok(names.filter(|file| file.to_str().is_some_and(is_record)).count() as i64)
    }
}

impl Submission {
    /// That of a run that was copied, with what the manifest `from` says of its experiment.
    fn of_copied(run_id: &str, record: &Json, from: &Json, is_new: bool) -> Self {
        let member = |json: &Json, key: &str| json.get(key).cloned().unwrap_or_default();
        let counted = from.get("params").and_then(|params| params.i64_at("total_cases"));
        // A number that is no more than that of the runs that were there says nothing of a plan.
        let planned =
            from.i64_at("total_runs").filter(|total| counted.is_some_and(|counted| *total > counted));
        let started = record.str_at("started_at").unwrap_or_default();
        Self {
            run_id: run_id.to_owned(),
            is_new,
            planned_runs: planned.and_then(|planned| u64::try_from(planned).ok()),
            description: from.str_at("description").map(str::to_owned),
            tags: from.array_at("tags").iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            metadata: from.get("metadata").and_then(Json::as_object).cloned().unwrap_or_default(),
            operation: member(from, "operation"),
            params: member(record, "params_resolved"),
            seed: from.get("seeds").map(|seeds| member(seeds, "base")).unwrap_or_default(),
            context_fingerprint: record.str_at("context_fingerprint").unwrap_or_default().to_owned(),
            stamp: Moment::parse(started).unwrap_or_else(Moment::now).file_stamp(),
            submitted_at: from.str_at("submitted_at").unwrap_or(started).to_owned(),
        }
    }

    /// The manifest `before` with this run in it, of an experiment with `counted` runs.
    fn added_to(&self, before: &Json, experiment_id: &str, counted: i64) -> Json {
        let mut ids = before.array_at("run_ids").to_vec();
        let run_id = Json::from(self.run_id.as_str());
        if ids.len() < MOST_IDS && !ids.contains(&run_id) {
            ids.push(run_id);
        }
        let known: BTreeSet<&str> = before.array_at("tags").iter().filter_map(Json::as_str).collect();
        let new_tags = self.tags.iter().filter(|tag| !known.contains(tag.as_str()));
        let tags: Vec<Json> =
            before.array_at("tags").iter().cloned().chain(new_tags.map(|tag| tag.as_str().into())).collect();
        let mut metadata = before.get("metadata").and_then(Json::as_object).cloned().unwrap_or_default();
        merge(&mut metadata, self.metadata.clone());
        let planned = self.planned_runs.map(|planned| i64::try_from(planned).unwrap_or(i64::MAX));
        let total = planned.or(before.i64_at("total_runs")).unwrap_or(0).max(counted);
        let (name, version) = experiment_id.split_once(':').unwrap_or((experiment_id, ""));
        let description = self.description.as_deref().map(Json::from);
        let kept = |key: &str, otherwise: Json| before.get(key).cloned().unwrap_or(otherwise);
        // The form of a sweep in the package: the values of each parameter, and how many cases there are.
        let params = Json::object([
            ("type", Json::from("GridSource")),
            ("spec", self.spec(before).into()),
            ("total_cases", counted.into()),
        ]);
        let seeds = Json::object([
            ("type", Json::from("SeedPlan")),
            ("base", self.seed.clone()),
            ("replicates", 1i64.into()),
        ]);
        Json::Object(members([
            ("experiment_id", Json::from(experiment_id)),
            ("name", name.into()),
            ("version", version.into()),
            ("description", description.unwrap_or_else(|| kept("description", Json::Null))),
            ("tags", tags.into()),
            ("operation", self.operation.clone()),
            ("params", params),
            ("seeds", seeds),
            ("context_fingerprint", self.context_fingerprint.as_str().into()),
            ("metadata", metadata.into()),
            ("total_runs", total.into()),
            ("run_ids", ids.into()),
            ("submitted_at", kept("submitted_at", self.submitted_at.as_str().into())),
        ]))
    }

    /// The values that each parameter has had, in the order in which they came.
    fn spec(&self, before: &Json) -> Object {
        let before = before.get("params").and_then(|params| params.get("spec")).and_then(Json::as_object);
        let mut spec = before.cloned().unwrap_or_default();
        for (name, value) in self.params.as_object().into_iter().flatten() {
            let values = spec.entry(name.clone()).or_insert_with(|| Json::Array(Vec::new()));
            // An earlier version of this library has left the value itself.
            if !matches!(values, Json::Array(_)) {
                *values = Json::Array(vec![values.clone()]);
            }
            let Json::Array(values) = values else { continue };
            // Compared as text, of which NaN is one.
            let text = value.to_compact();
            if values.len() < MOST_VALUES && values.iter().all(|known| known.to_compact() != text) {
                values.push(value.clone());
            }
        }
        spec
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission(run_id: &str, n: i64) -> Submission {
        Submission {
            run_id: run_id.to_owned(),
            is_new: true,
            planned_runs: None,
            description: None,
            tags: Vec::new(),
            metadata: Object::new(),
            operation: Json::Null,
            params: Json::object([("n", n)]),
            seed: Json::Null,
            context_fingerprint: "0".to_owned(),
            stamp: "20261123_082432".to_owned(),
            submitted_at: "2026-11-23T08:24:32.000000".to_owned(),
        }
    }

    /// How many runs a manifest counts.
    fn recorded(manifest: &Json) -> Option<i64> {
        manifest.get("params")?.i64_at("total_cases")
    }

    fn store() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), "e:1").unwrap();
        (directory, store)
    }

    fn add(store: &Store, submission: &Submission) -> Json {
        store.write(&store.run_path(&submission.run_id), b"{}").unwrap();
        assert!(store.submit(submission, Duration::from_secs(5)).unwrap());
        store.newest_manifest().unwrap().unwrap().1
    }

    #[test]
    fn a_manifest_grows_with_its_runs() {
        let (_directory, store) = store();
        add(&store, &submission("a", 1));
        add(&store, &submission("b", 2));
        let changed = Submission {
            is_new: false,
            description: Some("of heat".to_owned()),
            tags: vec!["x".to_owned()],
            operation: Json::object([("code_hash", "1")]),
            planned_runs: Some(7),
            ..submission("a", 1)
        };
        let manifest = add(&store, &changed);
        assert_eq!(manifest.get("run_ids").unwrap().to_compact(), r#"["a","b"]"#);
        assert_eq!(manifest.get("params").unwrap().get("spec").unwrap().to_compact(), r#"{"n":[1,2]}"#);
        assert_eq!((manifest.i64_at("total_runs"), recorded(&manifest)), (Some(7), Some(2)));
        assert_eq!((manifest.str_at("description"), manifest.array_at("tags").len()), (Some("of heat"), 1));
        assert_eq!(manifest.get("operation").unwrap().str_at("code_hash"), Some("1"));
        // The rest stays.
        let manifest = add(&store, &submission("c", 2));
        assert_eq!(
            (manifest.str_at("description"), manifest.i64_at("total_runs")),
            (Some("of heat"), Some(7))
        );
        assert_eq!(std::fs::read_dir(store.root().join("experiments")).unwrap().count(), 1);
    }

    #[test]
    fn one_of_python_stays_and_its_runs_count() {
        let (_directory, store) = store();
        store.write(&store.run_path("p"), b"{}").unwrap();
        let theirs = store.root().join("experiments/e_1_20261123_082432.json");
        let text =
            r#"{"run_ids": ["p"], "total_runs": 5, "params": {"type": "GridSource", "spec": {"n": [9]}}}"#;
        store.write(&theirs, text.as_bytes()).unwrap();
        let manifest = add(&store, &submission("a", 1));
        assert_eq!(std::fs::read_to_string(&theirs).unwrap(), text);
        assert_eq!(manifest.get("run_ids").unwrap().to_compact(), r#"["p","a"]"#);
        assert_eq!((manifest.i64_at("total_runs"), recorded(&manifest)), (Some(5), Some(2)));
        assert_eq!(manifest.get("params").unwrap().get("spec").unwrap().to_compact(), r#"{"n":[9,1]}"#);
    }

    #[test]
    fn a_run_that_was_copied_takes_along_what_its_experiment_is() {
        let (_from, store) = store();
        let first = Submission {
            description: Some("of heat".to_owned()),
            tags: vec!["x".to_owned()],
            operation: Json::object([("code_hash", "1")]),
            planned_runs: Some(7),
            ..submission("a", 1)
        };
        let from = add(&store, &first);
        let to = tempfile::tempdir().unwrap();
        let record = |run_id: &str, n: i64| {
            Json::object([
                ("experiment_id", Json::from("e:1")),
                ("run_id", run_id.into()),
                ("params_resolved", Json::object([("n", n)])),
                ("started_at", "2026-11-23T08:24:32.000000".into()),
            ])
        };
        let copy = |run_id: &str, n: i64| {
            let store = Store::open(to.path(), "e:1").unwrap();
            store.write(&store.run_path(run_id), b"{}").unwrap();
            assert!(add_copied(to.path(), &record(run_id, n), &from, true, Duration::ZERO).unwrap());
            store.newest_manifest().unwrap().unwrap().1
        };
        copy("a", 1);
        let manifest = copy("b", 2);
        assert_eq!(copy("b", 2), manifest);
        assert_eq!(manifest.get("run_ids").unwrap().to_compact(), r#"["a","b"]"#);
        assert_eq!(manifest.get("params").unwrap().get("spec").unwrap().to_compact(), r#"{"n":[1,2]}"#);
        assert_eq!((manifest.i64_at("total_runs"), recorded(&manifest)), (Some(7), Some(2)));
        assert_eq!((manifest.str_at("description"), manifest.array_at("tags").len()), (Some("of heat"), 1));
        assert_eq!(manifest.get("operation"), from.get("operation"));
        let none = Json::object([("run_id", "a")]);
        assert!(add_copied(to.path(), &none, &Json::Null, true, Duration::ZERO).is_err());
    }

    #[test]
    fn lists_are_bounded_and_the_count_is_right() {
        let (_directory, store) = store();
        for n in 0..COUNTED + 20 {
            add(&store, &submission(&format!("run{n}"), n));
        }
        let again = Submission { is_new: false, ..submission("run1015", 3) };
        let manifest = add(&store, &again);
        assert_eq!(manifest.array_at("run_ids").len(), MOST_IDS);
        assert_eq!(recorded(&manifest), Some(COUNTED + 20));
        let spec = manifest.get("params").and_then(|params| params.get("spec")).unwrap();
        assert_eq!(spec.array_at("n").len(), MOST_VALUES);
    }

    #[test]
    fn who_holds_it_is_not_waited_for_beyond_patience() {
        let (_directory, store) = store();
        let held = file::append(&store.root().join(OURS)).unwrap();
        assert!(sys::flock(&held, Duration::ZERO).unwrap());
        assert!(!store.submit(&submission("a", 1), Duration::ZERO).unwrap());
        drop(held);
        assert!(store.submit(&submission("a", 1), Duration::ZERO).unwrap());
    }
}
