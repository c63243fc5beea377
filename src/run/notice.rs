//! The notice that a member leaves of its run, for whoever finds its journal.

use std::collections::BTreeSet;
use std::path::Path;

use super::state::{Descriptor, Identity, State};
use crate::base::clock::Moment;
use crate::base::error::{Error, Result};
use crate::base::json::Json;
use crate::base::{file, name};
use crate::members::liveness::Process;
use crate::members::{self, Member};
use crate::store::{Store, read_json};

/// The file of what was gathered of the run's provenance.
const PROVENANCE: &str = "provenance.json";

/// Leaves the notice of the run of `process` in its journal.
///
/// # Errors
/// When it can't be written.
pub fn leave_notice(
    journal: &Path,
    identity: &Identity,
    state: &State,
    member: &Member,
    process: &Process,
) -> Result<()> {
    let text = |value: &Option<String>| value.as_deref().map_or(Json::Null, Json::from);
    let strings = |values: &[String]| -> Json {
        values.iter().map(|value| Json::from(value.as_str())).collect::<Vec<_>>().into()
    };
    let artifacts: Vec<Json> = state.artifacts.iter().map(|one| one.record_entry(&identity.run_id)).collect();
    let results: Vec<Json> = state
        .results
        .iter()
        .map(|(name, stem)| Json::object([("name", name.as_str()), ("stem", stem.as_str())]))
        .collect();
    let mut notice = vec![
        ("run_id", Json::from(identity.run_id.as_str())),
        ("experiment_id", identity.experiment_id.as_str().into()),
        ("fingerprints", strings(&identity.fingerprints)),
        ("params", identity.params.clone()),
        ("seeds", identity.seeds.clone()),
        ("code_hash", text(&identity.code_hash)),
        ("worker", text(&identity.worker)),
        ("extra", identity.extra.clone().into()),
        ("started", identity.started.nanos().into()),
        ("tags", strings(&state.tags)),
        ("notes", text(&state.notes)),
        ("journal", journal.to_string_lossy().into_owned().into()),
        ("temporaries", Store::temporaries().into()),
        ("metrics", state.metrics.clone().into()),
        ("warnings", state.warnings.clone().into()),
        ("artifacts", artifacts.into()),
        ("results", results.into()),
    ];
    notice.extend(process.notice());
    notice.extend(member.notice());
    let text = members::directory::with_check(Json::object(notice)).to_pretty();
    // Where the journal is elsewhere, the run's roster has the notice as well.
    for directory in BTreeSet::from([journal, &member.directory]) {
        let path = directory.join(members::directory::NOTICE);
        file::write(&path, text.as_bytes()).map_err(|source| Error::io("write", &path, &source))?;
    }
    Ok(())
}

/// Leaves what was gathered of the run's provenance in its journal, whole or not at all.
///
/// # Errors
/// When it can't be written; then what was left before is there still.
pub fn leave_provenance(directory: &Path, members: &Json) -> std::io::Result<()> {
    let path = directory.join(PROVENANCE);
    let temporary = path.with_extension("tmp");
    file::write(&temporary, members.to_compact().as_bytes()).and_then(|()| std::fs::rename(&temporary, &path))
}

/// A notice that `leave_notice` left.
pub struct Notice {
    /// Its run.
    pub identity: Identity,
    /// The run when it was left.
    pub state: State,
    /// The member.
    pub member: Member,
    /// Its process.
    pub process: Process,
    /// The mark in the names of its temporary files.
    pub temporaries: Option<String>,
}

/// The notice in `json`, of the member in `directory`.
pub fn read_notice(json: &Json, directory: &Path) -> Option<Notice> {
    let texts = |key: &str| -> Option<Vec<String>> {
        json.get(key)?.as_array()?.iter().map(|value| value.as_str().map(str::to_owned)).collect()
    };
    let run_id = json.text_at("run_id")?;
    // It names files.
    name::check_run_id(&run_id).ok()?;
    let identity = Identity {
        run_id,
        experiment_id: json.text_at("experiment_id")?,
        fingerprints: texts("fingerprints")?.try_into().ok()?,
        params: json.get("params")?.clone(),
        seeds: json.get("seeds")?.clone(),
        code_hash: json.text_at("code_hash"),
        worker: json.text_at("worker"),
        extra: json.get("extra")?.as_object()?.clone(),
        host: json.text_at("host"),
        started: Moment::from_nanos(u64::try_from(json.i64_at("started")?).ok()?),
    };
    let mut state = State::default();
    state.tags = texts("tags")?;
    state.notes = json.text_at("notes");
    state.metrics = json.get("metrics").and_then(Json::as_object).cloned().unwrap_or_default();
    state.warnings = json.array_at("warnings").to_vec();
    state.artifacts = json.array_at("artifacts").iter().filter_map(Descriptor::read).collect();
    let entry = |entry: &Json| Some((entry.text_at("name")?, entry.text_at("stem")?));
    state.results = json.array_at("results").iter().filter_map(entry).collect();
    // Damaged, it is missing: the run is as good without.
    let gathered = read_json(&members::directory::journal(json, directory).join(PROVENANCE)).ok().flatten();
    state.provenance = gathered.and_then(|members| members.into_object(PROVENANCE).ok()).unwrap_or_default();
    let member = Member::read(json, directory);
    json.i64_at("pid")?;
    let process = Process::read(json);
    Some(Notice { identity, state, member, process, temporaries: json.text_at("temporaries") })
}

/// The notice that the run's record amounts to, where the owner's own is damaged.
pub fn notice_of_record(run_id: &str, directory: &Path, record: &Json) -> Option<Notice> {
    let provenance = record.get("provenance")?;
    let extra = provenance.get("extra")?.as_object()?.clone();
    // A member's directory is named after its process: a worker's has nothing to do with the record.
    let pid = extra.get("pid")?.as_i64()?;
    let of_directory = directory.file_name()?.to_str()?.split('-').next()?;
    if of_directory.parse() != Ok(pid) {
        return None;
    }
    let fingerprint = |what: &str| record.text_at(&format!("{what}_fingerprint"));
    let identity = Identity {
        run_id: run_id.to_owned(),
        experiment_id: record.text_at("experiment_id")?,
        fingerprints: [fingerprint("context")?, fingerprint("params")?, fingerprint("seed")?],
        params: record.get("params_resolved")?.clone(),
        seeds: extra.get("seeds").cloned().unwrap_or(Json::Null),
        code_hash: provenance.text_at("code_hash"),
        worker: provenance.text_at("executor_id"),
        host: provenance.text_at("host"),
        started: Moment::parse(&record.text_at("started_at")?)?,
        extra,
    };
    let mut state = State::default();
    let tags = record.array_at("tags");
    state.tags = tags.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
    state.notes = record.text_at("notes");
    let warning =
        [("message", "the journal is damaged"), ("reason", "what it says of its run is from the record")];
    state.warnings.push(Json::object(warning));
    let member = Member::read(&Json::object::<&str, Json>([]), directory);
    let process = Process::of(pid, identity.host.clone());
    Some(Notice { identity, state, member, process, temporaries: None })
}
