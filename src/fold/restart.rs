//! A run that goes on from a checkpoint: what the earlier attempt left stays, and its series go on
//! from the step that is emitted again.
//!
//! The entries of an attempt that goes on are its base and its journal. The base is kept as it was
//! found, by a link to each file or a copy, so that whoever makes the entries, however often, makes the same.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::base::about::About;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::{self, Json};
use crate::base::name;
use crate::base::stem;
use crate::base::value::Value;
use crate::members::Member;
use crate::run::{Descriptor, FIRST_STARTED, State};
use crate::store::Place;
use crate::store::series::{SPOOL, Series, total_of_partial};
use crate::store::{Store, make_directory, read_json};

/// Entries up to this size are read whole.
const SMALL: u64 = 4 << 20;

/// Where an entry's end is looked for.
const TAIL: u64 = 64 << 10;

/// How an entry goes on after its points.
const CLOSING: &str = "\n  ],\n  \"dtype\": ";

/// The member of the provenance that has the times of the attempts before this one.
const ATTEMPTS: &str = "earlier_attempts";

/// Says that the store's series have been cropped.
const CROPPED: &str = "cropped";

/// The JSON in `path`; nothing if it is none, which is somebody else's then.
fn read_entry(path: &Path) -> Result<Option<Json>> {
    match read_json(path) {
        Err(error) if matches!(error.kind(), ErrorKind::Json | ErrorKind::Utf8) => Ok(None),
        read => read,
    }
}

/// The unit, description and axis of a series' entry; None if it is no series.
fn about(entry: &Json) -> Option<About> {
    let metadata = entry.get("metadata")?;
    (metadata.str_at("type") == Some("stepped_metric")).then(|| About::read(metadata))
}

/// The end of an entry of ours that is too large to be read whole: its last point and what follows.
fn tail(path: &Path) -> Option<(i64, Json)> {
    let mut file = file::open_to_read(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (before, after) = text.rsplit_once(CLOSING)?;
    let last = before.rsplit('\n').next()?;
    let rest = json::parse(&format!("{{\"dtype\": {after}")).ok()?;
    Some((point(last.as_bytes())?.0, rest))
}

/// The point of a line `[step,value],`.
fn point(line: &[u8]) -> Option<(i64, &[u8])> {
    let line = line.strip_suffix(b",").unwrap_or(line);
    let inner = line.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let comma = inner.iter().position(|byte| *byte == b',')?;
    Some((std::str::from_utf8(&inner[..comma]).ok()?.parse().ok()?, &inner[comma + 1..]))
}

/// Adds the points of the entry in `path` to `series`, those before `end` if there is one, and what
/// the entry says of them; false if it is no series. Long ones go to a file in `directory` as they
/// come.
///
/// # Errors
/// When the entry can't be read or the file not be written.
fn feed(
    path: &Path,
    end: Option<i64>,
    series: &mut Series,
    place: (&Store, &Path),
    points: &mut u64,
) -> Result<bool> {
    let failed = |source: std::io::Error| Error::io("read", path, &source);
    let length = std::fs::metadata(path).map_err(failed)?.len();
    let large = (length > SMALL).then(|| tail(path)).flatten();
    let Some((_, rest)) = large else {
        let Some(entry) = read_entry(path)? else { return Ok(false) };
        let Some(about) = about(&entry) else { return Ok(false) };
        let metadata = entry.get("metadata").and_then(Json::as_object);
        let total = metadata.and_then(total_of_partial).unwrap_or(0);
        series.note_missing(total.saturating_sub(entry.array_at("data").len() as u64));
        for pair in entry.array_at("data") {
            let Some([step, value]) = pair.as_array() else { continue };
            if let Some(step) = step.as_i64().filter(|step| about.keeps(*step, end)) {
                series.push_value(step, &Value::of(value));
                *points += 1;
            }
        }
        series.describe(about);
        return Ok(true);
    };
    let Some(about) = about(&rest) else { return Ok(false) };
    series.describe(about.clone());
    let (store, directory) = place;
    let stem = name::encode(series.name()).into_owned();
    for line in BufReader::with_capacity(1 << 20, file::open_to_read(path).map_err(failed)?).split(b'\n') {
        let line = line.map_err(failed)?;
        let Some((step, value)) = point(&line).filter(|(step, _)| about.keeps(*step, end)) else { continue };
        if let Some(value) = Value::parse(value) {
            series.push_value(step, &value);
            *points += 1;
            if series.in_memory() > 4 * SPOOL {
                series.spill(store, directory, &stem)?;
            }
        }
    }
    Ok(true)
}

/// Adds the points that the base has to `series`, whose entry is `file`.
///
/// # Errors
/// When the base can't be read.
pub fn go_on(
    member: &Member,
    store: &Store,
    directory: &Path,
    file: &str,
    series: &mut Series,
) -> Result<()> {
    let path = member.base().join(file);
    if file::is_there(&path)? {
        feed(&path, member.base_end(), series, (store, directory), &mut 0)?;
    }
    Ok(())
}

/// Keeps the entries in `results`, those that `is_wanted`, as the base of `member`.
///
/// # Errors
/// When that can't be done.
pub fn keep(results: &Path, member: &Member, is_wanted: impl Fn(&str, &Path) -> bool) -> Result<()> {
    let base = member.base();
    for (file, path) in entries(results)? {
        if !is_wanted(&file, &path) {
            continue;
        }
        make_directory(&base)?;
        let kept = base.join(&file);
        // Entries are replaced, never written into: a link keeps what is there now.
        file::link_or_copy(&path, &kept).map_err(|source| Error::io("keep", &path, &source))?;
    }
    Ok(())
}

/// Undoes what opening did to the entries in `results`, for an attempt that never began.
pub fn give_back(directory: &Path, results: &Path) {
    for (file, path) in entries(&crate::members::base_of(directory)).unwrap_or_default() {
        let _ = std::fs::rename(path, results.join(file));
    }
}

/// The entries in a directory of results, by their files' names.
fn entries(results: &Path) -> Result<Vec<(String, PathBuf)>> {
    let failed = |source| Error::io("list", results, &source);
    let entries = match std::fs::read_dir(results) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(Iterator::collect::<std::io::Result<Vec<_>>>).map_err(failed)?,
    };
    let entries = entries
        .into_iter()
        .filter_map(|entry| Some((entry.file_name().to_str()?.to_owned(), entry.path())))
        .filter(|(file, _)| file.ends_with(".json") && !file.starts_with('.'));
    Ok(entries.collect())
}

/// Drops the points from `member.restart` on of every series of the run, once in an attempt. The
/// caller holds the run's lock.
///
/// # Errors
/// When an entry can't be read or written.
pub fn crop(store: &Store, run_id: &str, member: &Member) -> Result<()> {
    let (Some(end), done) = (member.restart, member.directory.join(CROPPED)) else { return Ok(()) };
    if file::is_there(&done)? {
        return Ok(());
    }
    let results = store.result_dir(run_id);
    for (file, path) in entries(&results)? {
        let is_small = std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() <= SMALL);
        // Of a series that counts something else, every point stays.
        let is_counted = |entry: &Json| about(entry).is_some_and(|about| about.step_unit.is_none());
        let last = match is_small {
            true => read_entry(&path)?
                .filter(is_counted)
                .and_then(|entry| entry.get("data")?.as_array()?.last()?.as_array()?.first()?.as_i64()),
            false => tail(&path).filter(|(_, rest)| is_counted(rest)).map(|(last, _)| last),
        };
        if last.is_none_or(|last| last < end) {
            continue;
        }
        let stem = file.strip_suffix(".json").unwrap_or(&file);
        let mut series = Series::new(stem::name(stem).into_owned());
        let mut points = 0;
        feed(&path, Some(end), &mut series, (store, &results), &mut points)?;
        match points {
            // A series without points has no entry.
            0 => std::fs::remove_file(&path).map_err(|source| Error::io("remove", &path, &source))?,
            _ => series.finish(store, &path)?,
        }
    }
    file::write(&done, b"").map_err(|source| Error::io("write", &done, &source))
}

/// Puts the record of an earlier attempt into `state`, and returns that attempt's number.
///
/// # Errors
/// When the run's entries can't be listed.
pub fn resume(state: &mut State, store: &Store, run_id: &str, record: &Json) -> Result<u64> {
    if let Some(metrics) = record.get("metrics").and_then(Json::as_object) {
        state.metrics.clone_from(metrics);
    }
    state.artifacts = record.array_at("artifacts").iter().filter_map(Descriptor::read).collect();
    let earlier = record.array_at("tags").iter().filter_map(Json::as_str);
    let fresh = std::mem::take(&mut state.tags);
    for tag in earlier.map(str::to_owned).chain(fresh) {
        if !state.tags.contains(&tag) {
            state.tags.push(tag);
        }
    }
    state.notes = match (record.str_at("notes"), state.notes.take()) {
        (Some(earlier), Some(fresh)) if !earlier.lines().any(|line| line == fresh) => {
            Some(format!("{earlier}\n{fresh}"))
        }
        (Some(earlier), _) => Some(earlier.to_owned()),
        (None, fresh) => fresh,
    };
    state.warnings = record.array_at("warnings").to_vec();
    let extra = record.get("provenance").and_then(|provenance| provenance.get("extra"));
    let attempt = extra.and_then(|extra| extra.i64_at("attempt")).unwrap_or(1).max(1);
    // How the earlier attempt ended does not end this one, but is not forgotten.
    if let Some(error) = record.get("error").filter(|error| error.as_object().is_some()) {
        let text = |key: &str| error.get(key).cloned().unwrap_or(Json::Null);
        state.warnings.push(Json::object([
            ("message", Json::from("an earlier attempt failed")),
            ("attempt", attempt.into()),
            ("type", text("type")),
            ("reason", text("message")),
        ]));
    }
    for (file, path) in entries(&store.result_dir(run_id))? {
        let stem = file.strip_suffix(".json").unwrap_or(&file).to_owned();
        let name = stem::name(&stem).into_owned();
        state.know_file(Place::Results, &file, &name, store.rules());
        if !is_series(&path) {
            state.results.insert(name, stem);
        }
    }
    state.know_artifacts(store.rules());
    Ok(u64::try_from(attempt).unwrap_or(1))
}

/// The members of the provenance that say when the run first began, and how its earlier attempts went:
/// `record` is that of the last one.
pub fn history(record: &Json) -> [(&'static str, Json); 2] {
    let extra = record.get("provenance").and_then(|provenance| provenance.get("extra"));
    let started = || record.get("started_at").cloned();
    let first = extra.and_then(|extra| extra.get(FIRST_STARTED)).cloned().or_else(started);
    let earlier = extra.map(|extra| extra.array_at(ATTEMPTS)).unwrap_or_default();
    let of_record = |key| (key, record.get(key).cloned().unwrap_or_default());
    let last = Json::object(["started_at", "finished_at", "status"].map(of_record));
    let attempts: Vec<Json> = earlier.iter().cloned().chain([last]).collect();
    [(FIRST_STARTED, first.unwrap_or_default()), (ATTEMPTS, attempts.into())]
}

/// Returns whether the entry in `path` is a series.
pub fn is_series(path: &Path) -> bool {
    let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    match length > SMALL {
        true => tail(path).is_some_and(|(_, rest)| about(&rest).is_some()),
        false => read_json(path).ok().flatten().is_some_and(|entry| about(&entry).is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::value::Scalar;

    #[test]
    fn entries_of_every_size_go_on_from_a_step() {
        for count in [10i64, 300_000] {
            let place = tempfile::tempdir().unwrap();
            let store = Store::open(place.path(), "e:1").unwrap();
            let (results, path) = (store.root().join("results"), store.root().join("results/s.json"));
            let mut series = Series::new("s".into());
            let (unit, description) = (Some("J".into()), Some("a \"b\"".into()));
            series.describe(About { unit, description, axis: Some("time".into()), step_unit: None });
            for step in 0..count {
                series.push(step, Scalar::F64(step as f64 / 3.0));
            }
            series.push_text(count, "last");
            series.finish(&store, &path).unwrap();
            assert_eq!(count > 1000, std::fs::metadata(&path).unwrap().len() > SMALL);
            assert!(is_series(&path));
            let whole = std::fs::read(&path).unwrap();
            let mut points = 0;
            let mut copy = Series::new("s".into());
            assert!(feed(&path, None, &mut copy, (&store, &results), &mut points).unwrap());
            copy.finish(&store, &path).unwrap();
            assert_eq!((points, std::fs::read(&path).unwrap()), (count as u64 + 1, whole));
            let mut cut = Series::new("s".into());
            feed(&path, Some(count / 2), &mut cut, (&store, &results), &mut 0).unwrap();
            cut.finish(&store, &path).unwrap();
            let entry = read_json(&path).unwrap().unwrap();
            assert_eq!(entry.get("data").unwrap().as_array().unwrap().len() as i64, count / 2);
            assert_eq!(entry.get("metadata").unwrap().get("unit").unwrap().as_str(), Some("J"));
            assert_eq!(entry.get("metadata").unwrap().get("axis").unwrap().as_str(), Some("time"));
        }
    }
}
