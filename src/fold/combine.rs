//! The parts of a run's members combined: one record, one manifest, the reduced metrics and series.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::absent;
use super::failures;
use super::reduce::{self, FORMS, Points, Reduced};
use super::restart;
use super::seat::Seat;
use crate::artifacts::manifest;
use crate::base::about::About;
use crate::base::error::Result;
use crate::base::json::{self, Json, Object};
use crate::members::{Member, names};
use crate::run::{Descriptor, State};
use crate::store::series::Series;
use crate::store::{Place, RunLock, Store, make_directory};

/// Writes the record of a run whose owner left `record`, with what the others add to it.
///
/// # Errors
/// When something can't be read or written.
pub(super) fn combine(
    (store, run_id, held): (&Store, &str, &RunLock<'_>),
    seats: &[Seat],
    owner: &Seat,
    record: &Json,
    are_series_due: bool,
) -> Result<()> {
    let Some(mut record) = record.as_object().cloned() else { return Ok(()) };
    let parts: Vec<&Seat> = seats.iter().filter(|seat| seat.part.is_some()).collect();
    let list = |record: &BTreeMap<String, Json>, key: &str| -> Vec<Json> {
        record.get(key).and_then(Json::as_array).unwrap_or_default().to_vec()
    };
    let mut warnings = list(&record, "warnings");
    let mut metrics = record.get("metrics").and_then(Json::as_object).cloned().unwrap_or_default();
    let mut artifacts = Artifacts::default();
    list(&record, "artifacts").into_iter().for_each(|artifact| artifacts.put(artifact));
    let mut tags = list(&record, "tags");
    let mut notes: Vec<&str> = owner.text("notes").into_iter().collect();
    let mut lines: HashSet<&str> = notes.iter().flat_map(|notes| notes.lines()).collect();
    // The metrics of an earlier attempt are not somebody else's.
    let base = owner.notice.get("metrics").and_then(Json::as_object).cloned().unwrap_or_default();
    let mut inherited: BTreeSet<String> = base
        .iter()
        .filter(|(name, value)| metrics.get(*name) == Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    for worker in parts.iter().filter(|seat| !seat.is_owner()) {
        let is_named = worker.notice.get("named") == Some(&Json::Bool(true));
        for (name, value) in worker.members("metrics") {
            let mut stored = if is_named { names::with_label(name, worker.label()) } else { name.clone() };
            if !is_named && metrics.contains_key(&stored) && !inherited.remove(&stored) {
                stored = names::with_label(name, worker.label());
                let message =
                    format!("metric {name:?} of {} is stored as {stored:?}: it was taken", worker.id());
                warnings.push(Json::object([("message", message.as_str())]));
            }
            metrics.insert(stored, value.clone());
        }
        for artifact in worker.list("artifacts") {
            artifacts.put(artifact.clone());
        }
        for tag in worker.list("tags") {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        if let Some(text) = worker.text("notes") {
            // The same note of every rank is one note.
            notes.extend(text.lines().filter(|line| lines.insert(line)));
        }
    }
    warnings.extend(warnings_of(&parts));
    failures::tell(&parts, &mut record, &mut warnings);
    warnings.extend(absent::warning(owner, seats));
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    parts.iter().for_each(|seat| taken.extend(seat.list("results").iter().filter_map(Json::as_str)));
    metrics.extend(reduced_metrics(&parts));
    if are_series_due {
        let base = Member::read(&owner.notice, &owner.directory);
        reduce_series(store, run_id, &parts, &taken, &base, &mut warnings)?;
    }
    let workers: Vec<Json> = seats.iter().filter(|seat| !seat.is_owner()).map(Seat::entry).collect();
    if !workers.is_empty() {
        name_workers(&mut record, workers);
    }
    record.insert("metrics".to_owned(), metrics.into());
    let artifacts: Vec<Json> = artifacts.all.into_iter().flatten().collect();
    let described: Vec<Descriptor> = artifacts.iter().filter_map(Descriptor::read).collect();
    manifest::merge(store, run_id, held, &described)?;
    record.insert("artifacts".to_owned(), artifacts.into());
    record.insert("tags".to_owned(), tags.into());
    record.insert("warnings".to_owned(), warnings.into());
    record.insert("notes".to_owned(), if notes.is_empty() { Json::Null } else { notes.join("\n").into() });
    store.write_json(&store.run_path(run_id), &Json::Object(record))
}

/// Notes the workers in the record's provenance, if it has any.
fn name_workers(record: &mut BTreeMap<String, Json>, workers: Vec<Json>) {
    let Some(Json::Object(provenance)) = record.get_mut("provenance") else { return };
    let extra = provenance.entry("extra".to_owned()).or_insert_with(|| Json::Object(BTreeMap::new()));
    if let Json::Object(extra) = extra {
        extra.insert("workers".to_owned(), workers.into());
    }
}

/// Artifacts, a later one of a name in place of an earlier.
#[derive(Default)]
struct Artifacts {
    all: Vec<Option<Json>>,
    by_name: HashMap<String, usize>,
}

impl Artifacts {
    fn put(&mut self, artifact: Json) {
        let name = artifact.get("name").and_then(Json::as_str).unwrap_or_default().to_owned();
        if let Some(earlier) = self.by_name.insert(name, self.all.len()) {
            self.all[earlier] = None;
        }
        self.all.push(Some(artifact));
    }
}

/// The workers' warnings, each with whose it is; the same one of several workers is one.
fn warnings_of(parts: &[&Seat]) -> Vec<Json> {
    let mut warnings: Vec<(&Json, Vec<&str>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for worker in parts.iter().filter(|seat| !seat.is_owner()) {
        for warning in worker.list("warnings").iter().filter(|one| !failures::is_of_end(worker, one)) {
            let index = *known.entry(warning.to_compact()).or_insert(warnings.len());
            match warnings.get_mut(index) {
                Some((_, workers)) if !workers.contains(&worker.id()) => workers.push(worker.id()),
                // One that a worker gave twice is there twice.
                _ => warnings.push((warning, vec![worker.id()])),
            }
        }
    }
    let with_workers = |(warning, workers): (&Json, Vec<&str>)| {
        let mut warning = warning.clone();
        if let Json::Object(members) = &mut warning {
            members.insert("worker".to_owned(), workers[0].into());
            if workers.len() > 1 {
                let workers: Vec<Json> = workers.into_iter().map(Json::from).collect();
                members.insert("workers".to_owned(), workers.into());
            }
        }
        warning
    };
    warnings.into_iter().map(with_workers).collect()
}

/// The results of plain metrics that are reduced.
fn reduced_metrics(parts: &[&Seat]) -> BTreeMap<String, Json> {
    let mut all: BTreeMap<&str, Reduced> = BTreeMap::new();
    for seat in parts {
        let who = seat.who();
        for (name, value) in seat.members("reduced_metrics") {
            let Some(value) = reduce::number(value) else { continue };
            match all.get_mut(name.as_str()) {
                Some(reduced) => reduced.add(value, &who),
                None => drop(all.insert(name, Reduced::of(value, &who))),
            }
        }
    }
    let mut metrics = BTreeMap::new();
    for (name, reduced) in all {
        for (form, value) in FORMS.into_iter().zip(reduced.forms()) {
            metrics.insert(format!("{name}.{form}"), Json::from(&value));
        }
    }
    metrics
}

/// Writes the entries of series that are reduced.
fn reduce_series(
    store: &Store,
    run_id: &str,
    parts: &[&Seat],
    taken: &BTreeSet<&str>,
    base: &Member,
    warnings: &mut Vec<Json>,
) -> Result<()> {
    let mut all: BTreeMap<String, Vec<(&Seat, Points)>> = BTreeMap::new();
    for seat in parts {
        for points in seat.list("reduced_series").iter().filter_map(Points::read) {
            all.entry(points.name.clone()).or_default().push((seat, points));
        }
    }
    if all.is_empty() {
        return Ok(());
    }
    // Files are given to the names that have theirs first, as those were.
    let mut files = State::default();
    let rules = store.rules();
    for name in taken {
        files.claim_file(Place::Results, name, ".json", rules);
    }
    let directory = store.result_dir(run_id);
    make_directory(&directory)?;
    let reduced_names: BTreeSet<String> = all.keys().cloned().collect();
    for (name, of) in all {
        let mut outputs = Vec::with_capacity(FORMS.len());
        for form in FORMS {
            let wanted = format!("{name}.{form}");
            let mut stored = wanted.clone();
            while taken.contains(stored.as_str()) {
                stored.push_str(".reduced");
            }
            if stored != wanted {
                let message = format!("series {wanted:?} is stored as {stored:?}: there is data of its name");
                warnings.push(Json::object([("message", message.as_str())]));
            }
            let file = files.claim_file(Place::Results, &stored, ".json", rules);
            let mut series = Series::new(stored);
            let mut about = About::default();
            of.iter().rev().for_each(|(_, points)| about.add(points.about.clone()));
            if matches!(form, "argmin" | "argmax" | "count") {
                about.unit = None;
            }
            // An axis that is reduced itself is there as its mean.
            about.axis = about.axis.map(|axis| match reduced_names.contains(&axis) {
                true => format!("{axis}.mean"),
                false => axis,
            });
            restart::go_on(base, store, &directory, &file, &mut series)?;
            series.describe(about);
            outputs.push((series, file));
        }
        let inputs =
            of.iter().map(|(seat, points)| (seat.directory.join(&points.file), seat.who())).collect();
        reduce::each_step(inputs, |step, reduced| {
            for ((series, file), value) in outputs.iter_mut().zip(reduced.forms()) {
                series.push_value(step, &value);
                if series.in_memory() > crate::store::series::SPOOL {
                    series.spill(store, &directory, file.strip_suffix(".json").unwrap_or(file))?;
                }
            }
            Ok(())
        })?;
        for (mut series, file) in outputs.into_iter().filter(|(series, _)| series.count() > 0) {
            series.finish(store, &directory.join(&file))?;
            store.link_result(run_id, series.name(), &file);
        }
    }
    Ok(())
}

/// Where the record is not ours, what it would say of a worker is a data entry of its own.
///
/// # Errors
/// The same as `combine`.
pub(super) fn combine_foreign(
    (store, run_id, held): (&Store, &str, &RunLock<'_>),
    parts: &[&Seat],
    are_series_due: bool,
) -> Result<()> {
    let artifacts = parts.iter().flat_map(|seat| seat.list("artifacts")).filter_map(Descriptor::read);
    manifest::merge(store, run_id, held, &artifacts.collect::<Vec<_>>())?;
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    parts.iter().for_each(|seat| taken.extend(seat.list("results").iter().filter_map(Json::as_str)));
    let mut warnings = Vec::new();
    if are_series_due {
        let base = Member::read(&parts[0].notice, &parts[0].directory);
        reduce_series(store, run_id, parts, &taken, &base, &mut warnings)?;
    }
    let mut files = State::default();
    for name in &taken {
        files.claim_file(Place::Results, name, ".json", store.rules());
    }
    let mut write = |name: String, metrics: Json, metadata: Object| {
        let file = files.claim_file(Place::Results, &name, ".json", store.rules());
        let path = store.result_dir(run_id).join(&file);
        store.write_with(&path, |file| crate::store::data::write_document(file, &metrics, &metadata))?;
        store.link_result(run_id, &name, &file);
        Ok(())
    };
    for seat in parts {
        let metrics: BTreeMap<String, Json> =
            seat.members("metrics").map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut metadata = vec![("type", Json::from("metrics"))];
        for key in ["ended", "error", "warnings", "tags", "notes"] {
            let said = seat.part.as_ref().and_then(|part| part.get(key)).cloned().unwrap_or(Json::Null);
            let is_empty = said == Json::Null || said.as_array().is_some_and(<[Json]>::is_empty);
            metadata.extend((!is_empty).then_some((key, said)));
        }
        for key in ["worker", "host", "pid", "rank"] {
            metadata.extend(
                seat.notice.get(key).filter(|said| **said != Json::Null).map(|said| (key, said.clone())),
            );
        }
        write(format!("metrics.{}", seat.label()), metrics.into(), json::members(metadata))?;
    }
    let reduced = reduced_metrics(parts);
    if !reduced.is_empty() || !warnings.is_empty() {
        let metadata = json::members([("type", Json::from("metrics")), ("warnings", warnings.into())]);
        write("metrics.reduced".to_owned(), reduced.into(), metadata)?;
    }
    Ok(())
}
