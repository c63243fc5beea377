//! The rows that files are: what live indexing and rebuilding have in common.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::Metadata;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::asked;
use super::jsonb::{clean, clean_to_plot, members};
use super::thinned::{self, Thinned};
use super::time::{self, utc, utc_at};
use crate::base::json::{self, Json};
use crate::base::{file, stem};

/// Bytes of a file that are sent as one row, at most: no row of JSONB can be larger.
const ROW_MAX: u64 = 255 << 20;

/// Which version of a file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    size: u64,
    seconds: i64,
    nanos: i64,
}

impl Stamp {
    fn new(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            size: metadata.len(),
            seconds: metadata.mtime(),
            nanos: metadata.mtime_nsec(),
        }
    }

    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// When it was last written; the epoch if the file system says what is no time.
    fn modified(&self) -> Timestamp {
        Timestamp::new(self.seconds, self.nanos as i32).unwrap_or_default()
    }

    /// The version of the file at `path`, if it is there.
    pub fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|metadata| Self::new(&metadata))
    }
}

/// Why a file can't be a row.
pub type Refusal = String;

/// A row of `runs`.
#[derive(Debug, Clone)]
pub struct RunRow {
    pub run_id: String,
    pub experiment_id: String,
    pub status: String,
    /// Of context, params and seed.
    pub fingerprints: [String; 3],
    pub started_at: String,
    pub finished_at: Option<String>,
    pub duration_ms: Option<i32>,
    /// JSON as JSONB takes it.
    pub record_json: String,
    pub stamp: Stamp,
}

/// A row of `results`.
#[derive(Debug, Clone)]
pub struct ResultRow {
    pub run_id: String,
    pub name: String,
    /// JSON as JSONB takes it: an array, an object, or a string that is the JSON of any other value. The dashboard
    /// reads a string as JSON, and shows no data of the run where that is none.
    pub data: String,
    pub dtype: Option<String>,
    pub shape: Option<Vec<i32>>,
    /// JSON as JSONB takes it.
    pub metadata: String,
}

impl ResultRow {
    /// About how many bytes it has.
    pub fn size(&self) -> usize {
        self.data.len() + self.metadata.len()
    }
}

/// A row of `derived`: post-hoc metrics.
#[derive(Debug, Clone)]
pub struct DerivedRow {
    pub run_id: String,
    /// JSON as JSONB takes it.
    pub json: String,
}

/// A row of `experiment_manifests`.
#[derive(Debug, Clone)]
pub struct ManifestRow {
    pub experiment_id: String,
    pub timestamp: String,
    pub manifest_json: String,
    pub submitted_at: String,
    pub total_runs: Option<i32>,
}

/// The text of a file that may be gone, and its version.
///
/// # Errors
/// When it can't be read, or is too large for a row.
fn read(path: &Path) -> Result<Option<(String, Stamp)>, Refusal> {
    let failed = |source: std::io::Error| format!("{} can't be read: {source}", path.display());
    let mut file = match file::open_to_read(path) {
        Ok(file) => file,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(source)),
    };
    // Of the open file: what replaces it later has another.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(format!("{} is no file", path.display()));
    }
    let stamp = Stamp::new(&metadata);
    if stamp.size > ROW_MAX {
        let (size, most) = (stamp.size, ROW_MAX);
        return Err(format!("{} has {size} bytes, and a row at most {most}", path.display()));
    }
    let mut text = String::with_capacity(stamp.size as usize);
    std::io::Read::read_to_string(&mut file, &mut text).map_err(failed)?;
    Ok(Some((text, stamp)))
}

/// `text` as a column of text takes it.
fn column(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn small(value: &Json) -> Option<i32> {
    value.as_i64().map(|value| value.clamp(i32::MIN.into(), i32::MAX.into()) as i32)
}

/// The row of the record at `path`; None if there is none.
///
/// # Errors
/// When it can't be one.
pub fn run(path: &Path) -> Result<Option<RunRow>, Refusal> {
    let Some((text, stamp)) = read(path)? else { return Ok(None) };
    let wrong = |problem: &str| format!("{} {problem}", path.display());
    // Read as it is sent: what the server would refuse is replaced by then.
    let record_json = clean(&text);
    let mut record = json::parse(&record_json).map_err(|error| wrong(error.message()))?;
    name_again(&mut record);
    let optional = |key: &str| record.str_at(key).map(column);
    let required = |key: &str| optional(key).ok_or_else(|| wrong(&format!("has no {key}")));
    let offsets = offsets(&record);
    let time = |key: &str, offset: usize| {
        let Some(text) = optional(key) else { return Ok(None) };
        let utc = utc_at(&text, offsets[offset]);
        utc.map(Some).ok_or_else(|| wrong(&format!("has a {key} that is no time")))
    };
    Ok(Some(RunRow {
        run_id: required("run_id")?,
        experiment_id: required("experiment_id")?,
        status: required("status")?,
        fingerprints: [
            required("context_fingerprint")?,
            required("params_fingerprint")?,
            required("seed_fingerprint")?,
        ],
        started_at: time("started_at", 0)?.ok_or_else(|| wrong("has no started_at"))?,
        finished_at: time("finished_at", 1)?,
        duration_ms: record.get("duration_ms").and_then(small),
        record_json: clean(&record.to_compact()).into_owned(),
        stamp,
    }))
}

/// By how many seconds the local times of a record's start and end were ahead of UTC, if it says so.
fn offsets(record: &Json) -> [Option<i64>; 2] {
    let extra = record.get("provenance").and_then(|provenance| provenance.get("extra"));
    let offsets = extra.map_or(&[][..], |extra| extra.array_at("utc_offsets"));
    [0, 1].map(|place| offsets.get(place).and_then(Json::as_i64).filter(|offset| offset.abs() <= 86_400))
}

/// Adds to a record each artifact whose name the dashboard can't ask for once more, under one that looks the same.
fn name_again(record: &mut Json) {
    let artifacts = record.array_at("artifacts");
    let names: HashSet<&str> = artifacts.iter().filter_map(|one| one.str_at("name")).collect();
    let again = artifacts.iter().filter_map(|one| {
        let name = asked::besides(one.str_at("name")?)?;
        let mut again = one.as_object().filter(|_| !names.contains(&*name))?.clone();
        again.insert("name".to_owned(), name.into());
        Some(Json::Object(again))
    });
    let again: Vec<Json> = again.collect();
    if again.is_empty() {
        return;
    }
    if let Json::Object(members) = record {
        let all = members.get("artifacts").and_then(Json::as_array).unwrap_or_default();
        let all = all.iter().cloned().chain(again).collect::<Vec<_>>();
        members.insert("artifacts".to_owned(), all.into());
    }
}

/// The files of the run's data entries by name, with their versions. One whose name the dashboard can't ask for
/// has a second row under a name that looks the same.
pub fn result_files(directory: &Path) -> Vec<(String, PathBuf, Stamp)> {
    let (mut files, mut others) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let file = entry.file_name();
        let Some(stem) = file.to_str().and_then(|file| file.strip_suffix(".json")) else { continue };
        if stem.starts_with('.') {
            continue;
        }
        if let Some(stamp) = Stamp::of(&entry.path()) {
            let name = stem::name(stem);
            others.extend(asked::besides(&name).map(|other| (other, entry.path(), stamp)));
            files.push((name.into_owned(), entry.path(), stamp));
        }
    }
    // It may be another one's real name.
    files.append(&mut others);
    files.sort_by(|one, other| one.0.cmp(&other.0));
    files.dedup_by(|one, before| one.0 == before.0);
    files
}

/// The row of the data entry at `path`; None if it is gone.
///
/// # Errors
/// When it can't be one.
pub fn result(run_id: &str, name: &str, path: &Path) -> Result<Option<ResultRow>, Refusal> {
    if let Ok(Some(series)) = thinned::of(path) {
        return Ok(Some(thin_row(run_id, name, series)));
    }
    let Some((text, _)) = read(path)? else { return Ok(None) };
    let wrong = |problem: &str| format!("{} {problem}", path.display());
    let found = members(&text).ok_or_else(|| wrong("is no JSON object"))?;
    // The last one of a name counts, as in Python.
    let member = |key: &str| found.iter().rev().find(|(name, _)| *name == key).map(|(_, value)| *value);
    let parsed = |key: &str| member(key).and_then(|text| json::parse(text).ok()).unwrap_or_default();
    let extents = parsed("shape");
    let extents: Option<Vec<i32>> = extents.as_array().and_then(|extents| {
        extents.iter().map(|extent| extent.as_i64().and_then(|extent| i32::try_from(extent).ok())).collect()
    });
    let data = member("data").ok_or_else(|| wrong("has no data"))?;
    let at = data.as_ptr() as usize - text.as_ptr() as usize;
    let data = at..at + data.len();
    let mut row = ResultRow {
        run_id: run_id.to_owned(),
        name: name.to_owned(),
        data: String::new(),
        dtype: parsed("dtype").as_str().map(column),
        shape: extents,
        metadata: clean(member("metadata").filter(|text| *text != "null").unwrap_or("{}")).into_owned(),
    };
    let is_series = parsed("metadata").str_at("type") == Some("stepped_metric");
    // In its place: it may be most of the memory that there is.
    row.data = within(text, data);
    if let Cow::Owned(cleaned) = if is_series { clean_to_plot(&row.data) } else { clean(&row.data) } {
        row.data = cleaned;
    }
    if !row.data.starts_with(['[', '{']) && json::parse(&row.data).is_ok() {
        row.data = clean(&Json::from(row.data.as_str()).to_compact()).into_owned();
    }
    Ok(Some(row))
}

/// The row of a series that is thinned. It says so as the entry of a series that grows does.
fn thin_row(run_id: &str, name: &str, series: Thinned) -> ResultRow {
    let Thinned { data, count, total, mut metadata } = series;
    metadata.insert("partial".to_owned(), true.into());
    metadata.entry("total_points".to_owned()).or_insert_with(|| total.into());
    ResultRow {
        run_id: run_id.to_owned(),
        name: name.to_owned(),
        data: clean_to_plot(&data).into_owned(),
        dtype: None,
        shape: i32::try_from(count).ok().map(|count| vec![count, 2]),
        metadata: clean(&Json::from(metadata).to_compact()).into_owned(),
    }
}

/// A part of `text`, in its memory.
fn within(mut text: String, part: Range<usize>) -> String {
    text.truncate(part.end);
    text.drain(..part.start);
    text
}

/// The row of the post-hoc metrics at `path`; None if the run has none.
///
/// # Errors
/// When they can't be one.
pub fn derived(run_id: &str, path: &Path) -> Result<Option<DerivedRow>, Refusal> {
    Ok(read(path)?.map(|(text, _)| DerivedRow { run_id: run_id.to_owned(), json: clean(&text).into_owned() }))
}

/// The rows of the manifests in `directory`, an experiment's, and what can't be one.
pub fn manifests(directory: &Path) -> (Vec<ManifestRow>, Vec<Refusal>) {
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let file = entry.file_name();
        let Some(stem) = file.to_str().and_then(|file| file.strip_suffix(".json")) else { continue };
        if stem.starts_with('.') {
            continue;
        }
        match manifest(&entry.path(), stem) {
            Ok(row) => rows.extend(row),
            Err(refusal) => refused.push(refusal),
        }
    }
    rows.sort_by(|one, other| one.timestamp.cmp(&other.timestamp));
    (rows, refused)
}

fn manifest(path: &Path, stem: &str) -> Result<Option<ManifestRow>, Refusal> {
    let Some((text, stamp)) = read(path)? else { return Ok(None) };
    let wrong = |problem: &str| format!("{} {problem}", path.display());
    let manifest = json::parse(&clean(&text)).map_err(|error| wrong(error.message()))?;
    let experiment_id = manifest.str_at("experiment_id");
    let experiment_id = column(experiment_id.ok_or_else(|| wrong("has no experiment_id"))?);
    let prefix = format!("{}_", crate::base::name::experiment_dir(&experiment_id));
    let safe = format!("{}_", experiment_id.replace(':', "_"));
    let timestamp =
        stem.strip_prefix(&prefix).or_else(|| stem.strip_prefix(&safe)).unwrap_or(stem).to_owned();
    let submitted = manifest.str_at("submitted_at").and_then(utc);
    Ok(Some(ManifestRow {
        experiment_id,
        timestamp,
        submitted_at: submitted.unwrap_or_else(|| time::stamp(stamp.modified())),
        total_runs: manifest.get("total_runs").and_then(small),
        manifest_json: clean(&manifest.to_compact()).into_owned(),
    }))
}
