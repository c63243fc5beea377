//! The facts of the runs: experiment, status, when, where, by whom, of which code.

use metalab::Json;
use metalab::read::{Run, RunStatus};
use serde::Serialize;

use super::cut;
use crate::format;

/// The head of a run: what stands above everything else of it.
#[derive(Debug, Serialize)]
pub struct Head {
    pub id: String,
    /// The id, as short as it tells the runs of the page apart.
    pub label: String,
    pub experiment: String,
    pub status: String,
    /// The word for its colour: good, bad, going or other.
    pub mood: &'static str,
    /// Why it has this status.
    pub reason: Option<String>,
    pub traceback: Option<String>,
    pub notes: Option<String>,
    pub tags: Vec<String>,
    pub warnings: Vec<Warning>,
    /// The whole provenance as JSON.
    pub provenance: String,
}

/// A warning of a run.
#[derive(Debug, Serialize)]
pub struct Warning {
    pub message: String,
    /// The rest of it.
    pub more: String,
}

/// A fact, of each run.
#[derive(Debug, Serialize)]
pub struct Fact {
    pub name: &'static str,
    pub values: Vec<String>,
    /// True if it is the same in all runs.
    pub is_same: bool,
    /// True if it is what a computer reads.
    pub is_code: bool,
}

/// The heads of the runs.
pub fn heads(runs: &[Run]) -> Vec<Head> {
    let is_short = runs.iter().enumerate().all(|(index, run)| {
        runs[..index].iter().all(|other| format::short_id(other.id()) != format::short_id(run.id()))
    });
    let label = |run: &Run| if is_short { format::short_id(run.id()) } else { run.id() }.to_owned();
    runs.iter().map(|run| head(run, label(run))).collect()
}

fn head(run: &Run, label: String) -> Head {
    let current = run.current();
    let status = current.get("status").and_then(Json::as_str).unwrap_or("unknown").to_owned();
    let mood = match run.status() {
        RunStatus::Running => "going",
        _ if status == "success" => "good",
        RunStatus::Dead => "bad",
        _ if status == "failed" => "bad",
        _ => "other",
    };
    let error = run.error();
    let text = |key: &str| error.and_then(|error| error.str_at(key)).filter(|text| !text.is_empty());
    let said = match (text("type"), text("message")) {
        (Some(kind), Some(message)) => Some(format!("{kind}: {message}")),
        (kind, message) => kind.or(message).map(str::to_owned),
    };
    let reason = match run.status() {
        RunStatus::Dead => Some(
            said.unwrap_or_else(|| "its process is dead, and nobody has recovered the run yet".to_owned()),
        ),
        _ => said,
    };
    Head {
        id: run.id().to_owned(),
        label,
        experiment: run.experiment_id().to_owned(),
        status,
        mood,
        reason: reason.map(|reason| cut(reason, 4_000)),
        traceback: text("traceback").map(|text| cut(text.to_owned(), 64_000)),
        notes: run.notes().filter(|notes| !notes.trim().is_empty()).map(|notes| cut(notes.into(), 64_000)),
        tags: run.tags().into_iter().map(str::to_owned).collect(),
        warnings: run.warnings().iter().take(200).map(warning).collect(),
        provenance: cut(pretty(run.provenance()), 256_000),
    }
}

fn warning(warning: &Json) -> Warning {
    let Some(members) = warning.as_object() else {
        return Warning { message: plain(warning), more: String::new() };
    };
    let rest = members.iter().filter(|(key, _)| *key != "message");
    let rest: Vec<String> = rest.map(|(key, value)| format!("{key}: {}", plain(value))).collect();
    let message = members.get("message").map(plain).unwrap_or_else(|| "warning".to_owned());
    Warning { message, more: cut(rest.join(", "), 2_000) }
}

/// JSON with indents, strict.
pub fn pretty(json: &Json) -> String {
    format!("{:#}", crate::json::value(json))
}

/// A value as people read it.
pub fn plain(json: &Json) -> String {
    match json {
        Json::Str(text) => text.clone(),
        Json::Float(value) => format::float(*value, 7),
        Json::Null => String::new(),
        other => crate::json::value(other).to_string(),
    }
}

/// A fact's name, how it is found, and true if it is what a computer reads.
type Finder = (&'static str, fn(&Run) -> Option<String>, bool);

const FINDERS: [Finder; 15] = [
    ("Started", |run| Some(format::local_time(micros(run.started()?)?)), false),
    ("Ended", |run| Some(format::local_time(micros(run.finished()?)?)), false),
    ("Took", took, false),
    ("By", |run| extra_text(run, "user"), false),
    ("Seed", |run| Some(plain(extra(run)?.get("seeds")?.get("root_seed")?)), false),
    ("Attempt", |run| extra(run)?.get("attempt").filter(|one| **one != Json::Int(1)).map(plain), false),
    ("Library", library, false),
    ("On", host, false),
    ("Compiler", |run| extra_text(run, "compiler"), false),
    ("Git commit", commit, true),
    ("Code", |run| run.provenance().str_at("code_hash").map(str::to_owned), true),
    ("Job", job, false),
    ("Command", command, true),
    ("In", |run| extra_text(run, "working_directory"), true),
    ("Store", |run| Some(run.directory().display().to_string()), true),
];

/// The facts that any of the runs has.
pub fn read(runs: &[Run]) -> Vec<Fact> {
    let of = |(name, find, is_code): &Finder| {
        let values: Vec<String> = runs.iter().map(|run| cut(find(run).unwrap_or_default(), 4_000)).collect();
        Fact { name, is_same: values.iter().all(|value| *value == values[0]), values, is_code: *is_code }
    };
    let is_known = |fact: &Fact| fact.values.iter().any(|value| !value.is_empty());
    FINDERS.iter().map(of).filter(is_known).collect()
}

fn micros(time: std::time::SystemTime) -> Option<i64> {
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok()
}

/// How long it took, or has gone on.
fn took(run: &Run) -> Option<String> {
    match run.status() {
        RunStatus::Running => {
            let since = format::now() - micros(run.started()?)?;
            Some(format!("{} so far", format::duration(since / 1_000)))
        }
        RunStatus::Dead => None,
        _ => run.record().get("duration_ms").and_then(Json::as_i64).map(format::duration),
    }
}

fn extra(run: &Run) -> Option<&Json> {
    run.provenance().get("extra")
}

fn extra_text(run: &Run, key: &str) -> Option<String> {
    extra(run)?.str_at(key).map(str::to_owned)
}

/// The command line; words with blanks are quoted.
fn command(run: &Run) -> Option<String> {
    let words = extra(run)?.array_at("command").iter().filter_map(Json::as_str);
    let quoted = |word: &str| match word.is_empty() || word.contains([' ', '\t', '\n', '\'', '"']) {
        true => format!("'{}'", word.replace('\'', "'\\''")),
        false => word.to_owned(),
    };
    let line = words.map(quoted).collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

fn host(run: &Run) -> Option<String> {
    let host = run.provenance().str_at("host").map(str::to_owned);
    let all = [host, extra_text(run, "cpu"), extra_text(run, "kernel")];
    let all: Vec<String> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn job(run: &Run) -> Option<String> {
    let job = extra(run)?.get("job")?.as_object()?;
    let all: Vec<String> = job.iter().map(|(key, value)| format!("{key}={}", plain(value))).collect();
    Some(all.join(" "))
}

fn commit(run: &Run) -> Option<String> {
    let git = extra(run)?.get("git")?;
    let mut text = git.str_at("commit")?.to_owned();
    if let Some(branch) = git.str_at("branch") {
        text.push_str(&format!(" on {branch}"));
    }
    if git.get("dirty") == Some(&Json::Bool(true)) {
        text.push_str(", with changes that are not committed");
    }
    Some(text)
}

fn library(run: &Run) -> Option<String> {
    let ours = extra_text(run, "libmetalab").map(|version| format!("libmetalab {version}"));
    let python = run.provenance().str_at("metalab_version");
    ours.or_else(|| python.map(|version| format!("metalab {version} (Python)")))
}
