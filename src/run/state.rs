//! A run: who it is, what it holds so far, and the record of both.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;

use crate::base::clock::Moment;
use crate::base::json;
use crate::base::json::{Json, Object};
use crate::base::name;
use crate::base::stem::{self, Rules};
use crate::journal::event::Event;
use crate::store::Place;

/// The member of the provenance that says when the first attempt at a run began.
pub const FIRST_STARTED: &str = "first_started_at";

/// The part of a run that does not change while it goes on.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The run's id.
    pub run_id: String,
    /// `name:version`.
    pub experiment_id: String,
    /// Fingerprints of context, params and seeds.
    pub fingerprints: [String; 3],
    /// The parameters, an object.
    pub params: Json,
    /// `{"root_seed":..,"replicate_index":..}`
    pub seeds: Json,
    /// Identifies the code version.
    pub code_hash: Option<String>,
    /// Which worker of the run this is.
    pub worker: Option<String>,
    /// The rest of the record's provenance.
    pub extra: Object,
    /// The machine.
    pub host: Option<String>,
    /// When it started.
    pub started: Moment,
}

impl Identity {
    /// How many milliseconds before this attempt the first one began; 0 for the first.
    pub fn earlier_ms(&self) -> i64 {
        let first = self.extra.get(FIRST_STARTED).and_then(Json::as_str).and_then(Moment::parse);
        let nanos = first.map_or(0, |first| self.started.nanos().saturating_sub(first.nanos()));
        i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX)
    }

    /// The name of the run's own logger.
    pub fn logger(&self) -> String {
        let short = self.run_id.get(..8).unwrap_or(&self.run_id);
        match &self.worker {
            Some(worker) => format!("metalab.run.{short}.{worker}"),
            None => format!("metalab.run.{short}"),
        }
    }
}

/// An artifact in the store.
#[derive(Debug, Clone)]
pub struct Descriptor {
    /// A random UUID.
    pub artifact_id: String,
    /// Its name.
    pub name: String,
    /// Its kind: "numpy", "image", ...
    pub kind: String,
    /// Its format.
    pub format: String,
    /// The absolute path of its file.
    pub uri: String,
    /// The first 16 hex digits of the file's SHA-256.
    pub content_hash: String,
    /// Bytes of the file.
    pub size: u64,
    /// Metadata.
    pub metadata: Object,
}

impl Descriptor {
    /// The name of its file. The directory is the run's, which may be known by several names.
    pub fn file(&self) -> Option<&str> {
        self.uri.rsplit('/').next().filter(|file| !file.is_empty())
    }

    /// The descriptor with `metadata`.
    fn json(&self, metadata: Object) -> Json {
        Json::object([
            ("artifact_id", Json::from(self.artifact_id.as_str())),
            ("name", self.name.as_str().into()),
            ("kind", self.kind.as_str().into()),
            ("format", self.format.as_str().into()),
            ("uri", self.uri.as_str().into()),
            ("content_hash", self.content_hash.as_str().into()),
            ("size_bytes", self.size.into()),
            ("metadata", metadata.into()),
        ])
    }

    /// The entry in the manifest: without metadata whose key begins with `_`.
    pub fn manifest_entry(&self) -> Json {
        let mut metadata = self.metadata.clone();
        metadata.retain(|key, _| !key.starts_with('_'));
        self.json(metadata)
    }

    /// Reads what `record_entry` wrote.
    pub fn read(entry: &Json) -> Option<Self> {
        let mut metadata = entry.get("metadata")?.as_object()?.clone();
        metadata.remove("_run_id");
        Some(Self {
            artifact_id: entry.text_at("artifact_id")?,
            name: entry.text_at("name")?,
            kind: entry.text_at("kind")?,
            format: entry.text_at("format")?,
            uri: entry.text_at("uri")?,
            content_hash: entry.text_at("content_hash").unwrap_or_default(),
            size: entry.i64_at("size_bytes").map_or(0, |size| size as u64),
            metadata,
        })
    }

    /// The entry in the run's record.
    pub fn record_entry(&self, run_id: &str) -> Json {
        let mut metadata = self.metadata.clone();
        metadata.insert("_run_id".to_owned(), run_id.into());
        self.json(metadata)
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It goes on.
    Running,
    /// Well.
    Success,
    /// With an error.
    Failed,
    /// It was told to stop.
    Cancelled,
}

impl Status {
    const ENDS: [Self; 3] = [Self::Success, Self::Failed, Self::Cancelled];

    /// A number for the status.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The status with this number, if it is one of a run that has ended.
    pub fn of_end_number(number: u8) -> Option<Self> {
        Self::ENDS.into_iter().find(|status| status.number() == number)
    }

    /// The status with this text, if it is one of a run that has ended.
    pub fn of_end(text: &str) -> Option<Self> {
        Self::ENDS.into_iter().find(|status| status.text() == text)
    }

    /// The word in a record.
    pub fn text(self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Success => "success",
            Status::Failed => "failed",
            Status::Cancelled => "cancelled",
        }
    }
}

/// When a run ended, and how long it took.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// When.
    pub at: Moment,
    /// How long, in milliseconds.
    pub duration_ms: u64,
}

impl Ended {
    /// The end at `at` of a run that began at `started`, and that did not end before: the clock of the
    /// heartbeats is a tick late, and one that is set may go back.
    pub fn after(started: Moment, at: Moment) -> Self {
        Self { at: at.max(started), duration_ms: at.millis_since(started) }
    }
}

/// Something that went wrong behind the caller's back.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The action that failed.
    pub what: String,
    /// The first reason.
    pub reason: String,
    /// How often it happened.
    pub count: u64,
}

/// A run so far.
#[derive(Debug, Default)]
pub struct State {
    /// Plain metrics.
    pub metrics: BTreeMap<String, Json>,
    /// Artifacts, a later one of a name in place of an earlier.
    pub artifacts: Vec<Descriptor>,
    /// Files whose artifacts were added since the writer last asked.
    pub sealed: BTreeSet<String>,
    /// Data entries, in the order they came: the stems of their files by their names in the store.
    pub results: IndexMap<String, String>,
    /// Names in the store of series that are entries.
    pub stored: Vec<String>,
    /// Names in the store that entries got since theirs was taken.
    pub renamed: BTreeSet<String>,
    /// Metrics that are reduced over all processes of the run.
    pub reduced: BTreeSet<String>,
    /// Series: what the summary says of them.
    pub series: BTreeMap<String, Json>,
    /// Warnings, objects.
    pub warnings: Vec<Json>,
    /// The provenance that was gathered beside what the identity has.
    pub provenance: Object,
    /// Notes, a line each.
    pub notes: Option<String>,
    /// Tags, each once.
    pub tags: Vec<String>,
    /// The first failure: type, message, traceback.
    pub error: Option<Json>,
    /// True if the run was cancelled.
    pub cancelled: bool,
    /// Things that went wrong on background threads.
    pub problems: Vec<Problem>,
    /// True if the record on disk is behind.
    pub changed: bool,
    /// Names of files, by directory and name.
    files: [Files; 2],
    /// The names of `artifacts`, once one was put there: there may be tens of thousands.
    artifact_names: HashSet<String>,
}

#[derive(Debug, Default)]
struct Files {
    /// By file name, folded where the file system does: whose it is.
    owners: HashMap<String, String>,
}

impl State {
    /// The name of the file of `what`, with `suffix`: always the same one for the same name and
    /// suffix, never another name's.
    pub fn claim_file(&mut self, place: Place, what: &str, suffix: &str, rules: Rules) -> String {
        let owners = &mut self.files[place as usize].owners;
        let fold = |file: &str| if rules.is_case_blind { file.to_lowercase() } else { file.to_owned() };
        let every: String = what.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let candidates = match place {
            Place::Results => [stem::under(what, rules, false), stem::under(what, rules, true), every.into()],
            Place::Artifacts => [name::encode(what), name::encode_case(what), every.into()],
        };
        for candidate in candidates {
            let file = format!("{candidate}{suffix}");
            // A file that is taken in without an extension could be named so.
            if place == Place::Artifacts && file.eq_ignore_ascii_case("_manifest.json") {
                continue;
            }
            let owner = owners.entry(fold(&file)).or_insert_with(|| what.to_owned());
            if owner == what {
                return file;
            }
        }
        // Only a name that is itself such an encoding could have taken the last candidate, and `encode`
        // turns its `%` into `%25`; of an entry, nobody can have taken the second.
        format!("{}{suffix}", name::encode(what))
    }

    /// Keeps the file of `what`, which an earlier attempt gave it.
    pub fn know_file(&mut self, place: Place, file: &str, what: &str, rules: Rules) {
        let key = if rules.is_case_blind { file.to_lowercase() } else { file.to_owned() };
        self.files[place as usize].owners.insert(key, what.to_owned());
    }

    /// Keeps the files of the artifacts.
    pub fn know_artifacts(&mut self, rules: Rules) {
        for (file, name) in self
            .artifacts
            .iter()
            .filter_map(|artifact| Some((artifact.file()?.to_owned(), artifact.name.clone())))
            .collect::<Vec<_>>()
        {
            self.know_file(Place::Artifacts, &file, &name, rules);
        }
    }

    /// Notes a problem; the same one again only counts.
    pub fn problem(&mut self, what: &str, reason: &dyn std::fmt::Display) {
        if let Some(problem) = self.problems.iter_mut().find(|problem| problem.what == what) {
            problem.count += 1;
        } else if self.problems.len() < 1000 {
            // Names come from the caller: the bound keeps a broken disk from eating memory.
            let problem = Problem { what: what.to_owned(), reason: reason.to_string(), count: 1 };
            self.problems.push(problem);
        }
    }

    /// Adds an artifact, in place of an earlier one of its name; returns the file of that one, if nothing
    /// names it any more.
    pub fn put_artifact(&mut self, descriptor: Descriptor) -> Option<String> {
        self.changed = true;
        if self.artifact_names.len() != self.artifacts.len() {
            self.artifact_names = self.artifacts.iter().map(|artifact| artifact.name.clone()).collect();
        }
        let same = match self.artifact_names.insert(descriptor.name.clone()) {
            true => None,
            false => self.artifacts.iter().position(|artifact| artifact.name == descriptor.name),
        };
        let replaced = same.map(|index| self.artifacts.remove(index));
        self.artifacts.push(descriptor);
        let file = replaced?.file()?.to_owned();
        self.artifacts.iter().all(|artifact| artifact.file() != Some(&file)).then_some(file)
    }

    /// Takes in an event that concerns the record alone.
    pub fn apply(&mut self, event: Event) {
        self.changed = true;
        match event {
            Event::Warning(warning) => self.warnings.push(warning),
            Event::Note(text) => match &mut self.notes {
                Some(notes) => {
                    notes.push('\n');
                    notes.push_str(&text);
                }
                None => self.notes = Some(text),
            },
            Event::Reduce(name) => drop(self.reduced.insert(name)),
            Event::Tag(tag) if !self.tags.contains(&tag) => self.tags.push(tag),
            Event::Failed { kind, message, traceback } if self.error.is_none() => {
                self.error = Some(Json::object([
                    ("type", Json::from(kind)),
                    ("message", message.into()),
                    ("traceback", traceback.map_or(Json::Null, Json::from)),
                ]));
            }
            Event::Cancelled { reason } => {
                self.cancelled = true;
                if let Some(reason) = reason {
                    let warning = [("message", Json::from("cancelled")), ("reason", reason.into())];
                    self.warnings.push(Json::object(warning));
                }
            }
            _ => {}
        }
    }

    /// How the run ends if it ends now.
    pub fn end_status(&self) -> Status {
        match (&self.error, self.cancelled) {
            (Some(_), _) => Status::Failed,
            (None, true) => Status::Cancelled,
            (None, false) => Status::Success,
        }
    }

    /// The run record.
    pub fn record(&self, identity: &Identity, status: Status, ended: Ended) -> Json {
        let text = |value: &Option<String>| value.as_deref().map_or(Json::Null, Json::from);
        let executor = identity.worker.as_deref().map(|worker| worker.split(':').next().unwrap_or(worker));
        let mut extra = identity.extra.clone();
        json::merge(&mut extra, self.provenance.clone());
        // The times are local ones; who reads them elsewhere has to know where.
        let offsets = [identity.started, ended.at].map(|moment| Json::from(moment.utc_offset()));
        extra.insert("utc_offsets".to_owned(), offsets.to_vec().into());
        let provenance = Json::object([
            ("code_hash", text(&identity.code_hash)),
            ("python_version", Json::Null),
            ("metalab_version", Json::Null),
            ("executor_id", executor.map_or(Json::Null, Json::from)),
            ("host", text(&identity.host)),
            ("extra", extra.into()),
        ]);
        let [context, params, seed] = &identity.fingerprints;
        let artifacts =
            self.artifacts.iter().map(|artifact| artifact.record_entry(&identity.run_id)).collect::<Vec<_>>();
        Json::object([
            ("_schema_version", Json::from("0.1")),
            ("run_id", identity.run_id.as_str().into()),
            ("experiment_id", identity.experiment_id.as_str().into()),
            ("status", status.text().into()),
            ("context_fingerprint", context.as_str().into()),
            ("params_fingerprint", params.as_str().into()),
            ("seed_fingerprint", seed.as_str().into()),
            ("started_at", identity.started.iso().into()),
            ("finished_at", ended.at.iso().into()),
            ("duration_ms", ended.duration_ms.into()),
            ("metrics", self.metrics.clone().into()),
            ("provenance", provenance),
            ("error", self.error.clone().unwrap_or(Json::Null)),
            ("params_resolved", identity.params.clone()),
            ("tags", self.tags.iter().map(|tag| Json::from(tag.as_str())).collect::<Vec<_>>().into()),
            ("warnings", self.warnings.clone().into()),
            ("notes", text(&self.notes)),
            ("artifacts", artifacts.into()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_before_it_began() {
        let [early, late] = [1_999_000_000, 5_000_000_000].map(Moment::from_nanos);
        let started = Moment::from_nanos(2_000_000_000);
        let ended = Ended::after(started, early);
        assert_eq!((ended.at, ended.duration_ms), (started, 0));
        let ended = Ended::after(started, late);
        assert_eq!((ended.at, ended.duration_ms), (late, 3000));
    }

    #[test]
    fn a_name_keeps_its_file_and_no_other_name_gets_it() {
        let both = [Place::Results, Place::Artifacts].map(|place| [(place, false), (place, true)]);
        for (place, is_case_blind) in both.into_iter().flatten() {
            let rules = Rules { is_case_blind, is_picky: false };
            let mut state = State::default();
            let mut claimed = std::collections::HashSet::new();
            let names = [
                "x",
                "x.json",
                "X",
                "%58",
                "%78",
                "a/b",
                "a%2Fb",
                "a∕b",
                "a␛2215;b",
                ".x",
                "é",
                "É",
                "_manifest",
                "loss",
                "LOSS",
                "Loss",
            ];
            for name in names {
                for suffix in [".json", ""].into_iter().take(if place == Place::Results { 1 } else { 2 }) {
                    let file = state.claim_file(place, name, suffix, rules);
                    assert_eq!(file, state.claim_file(place, name, suffix, rules));
                    assert!(!file.starts_with('.') && !file.contains('/'), "{file}");
                    assert!(place == Place::Results || file != "_manifest.json");
                    let key = if is_case_blind { file.to_lowercase() } else { file.clone() };
                    assert!(claimed.insert(key), "{file} of {name}{suffix} is taken");
                }
            }
        }
    }

    #[test]
    fn the_first_failure_and_every_note_is_kept() {
        let mut state = State::default();
        for message in ["a", "b"] {
            state.apply(Event::Failed { kind: "E".into(), message: message.into(), traceback: None });
            state.apply(Event::Note(message.into()));
            state.apply(Event::Tag("t".into()));
        }
        state.apply(Event::Cancelled { reason: None });
        assert_eq!(state.error.as_ref().unwrap().get("message").unwrap().as_str(), Some("a"));
        assert_eq!(state.notes.as_deref(), Some("a\nb"));
        assert_eq!(state.tags, ["t"]);
        assert_eq!(state.end_status(), Status::Failed);
    }
}
