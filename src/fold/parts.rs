//! The end of a run of several processes: every part into the run.
//!
//! Parts are never changed while the run is folded, and the run is made of them alone: folding it
//! again makes the same. What is left then is removed in one step, when every member has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::recover::{self, Errand};
use super::reduce::{self, FORMS, Points, Reduced};
use super::restart;
use crate::base::error::Result;
use crate::base::json::{self, Json, Object};
use crate::base::sync::lock;
use crate::journal::Journal;
use crate::journal::event::Event;
use crate::members::liveness::{self, TakeOver};
use crate::members::{Member, directory, names, part};
use crate::run::Context;
use crate::run::{Identity, State, Status};
use crate::store::Place;
use crate::store::series::Series;
use crate::store::{Store, make_directory};

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

/// A member of a run, as its directory has it.
struct Seat {
    directory: PathBuf,
    word: Json,
    part: Option<Json>,
    remains: bool,
}

impl Seat {
    fn is_owner(&self) -> bool {
        self.word.get("role").and_then(Json::as_str) != Some("worker")
    }

    fn is_foreign(&self) -> bool {
        self.word.get("foreign") == Some(&Json::Bool(true))
    }

    fn rank(&self) -> i64 {
        match self.word.get("rank").and_then(Json::as_i64) {
            Some(rank) => rank,
            None if self.is_owner() => 0,
            None => i64::MAX,
        }
    }

    fn label(&self) -> &str {
        self.word.get("label").and_then(Json::as_str).unwrap_or("owner")
    }

    fn id(&self) -> &str {
        self.word.get("worker").and_then(Json::as_str).unwrap_or(self.label())
    }

    /// A list of the part.
    fn list(&self, key: &str) -> &[Json] {
        self.part.as_ref().and_then(|part| part.get(key)?.as_array()).unwrap_or_default()
    }

    /// An object of the part.
    fn members(&self, key: &str) -> impl Iterator<Item = (&String, &Json)> {
        self.part.iter().filter_map(move |part| part.get(key)?.as_object()).flatten()
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.part.as_ref()?.get(key)?.as_str()
    }

    fn who(&self) -> Json {
        self.part.as_ref().and_then(|part| part.get("who")).cloned().unwrap_or(Json::Null)
    }

    /// What the provenance says of it.
    fn entry(&self) -> Json {
        let word = |key: &str| self.word.get(key).cloned().unwrap_or(Json::Null);
        Json::object([
            ("worker", Json::from(self.id())),
            ("host", word("host")),
            ("pid", word("pid")),
            ("rank", word("rank")),
            ("ended", self.text("ended").map(Json::from).into()),
        ])
    }
}

/// The members of a room, in the order of their ranks.
fn seats(room: &Path) -> Vec<Seat> {
    let seat = |directory: PathBuf| {
        let word = directory::word(&directory)?;
        let part = part::read(&directory).ok().flatten();
        Some(Seat { remains: !liveness::has_ended(part.as_ref()), directory, word, part })
    };
    let mut seats: Vec<Seat> = directory::directories(room).into_iter().filter_map(seat).collect();
    seats.sort_by(|a, b| {
        let key = |seat: &Seat| (!seat.is_owner(), seat.rank());
        key(a).cmp(&key(b)).then_with(|| a.directory.cmp(&b.directory))
    });
    seats
}

/// Ends the member that `shared` is: its record, or its part, and the run where it was the last.
///
/// # Errors
/// When something of the store can't be read or written. What the member left stays then.
pub fn end(shared: &Context, end: &End) -> Result<()> {
    let member = &shared.member;
    if member.is_owner {
        take_over_dead(shared);
    }
    let run_lock = shared.lock_run()?;
    let is_alone = || directory::directories(member.room()).iter().all(|one| *one == member.directory);
    let is_reduced = !end.reduced.is_empty() || {
        let state = lock(&shared.state);
        state.reduced.iter().any(|name| state.metrics.contains_key(name))
    };
    if member.is_owner && !is_reduced && member.expects == 0 && is_alone() {
        return shared.write_record_locked(end.status);
    }
    leave_part(shared, end)?;
    if let Some(position) = shared.journal.position().filter(|_| !end.kept) {
        position.complete();
    }
    settle_locked(&shared.store, &shared.identity.run_id, member.is_owner)?;
    drop(run_lock);
    Ok(())
}

/// Leaves the part of the process that `shared` is.
///
/// # Errors
/// When it can't be written.
fn leave_part(shared: &Context, end: &End) -> Result<()> {
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
    write_part(shared, &part)
}

fn write_part(shared: &Context, part: &Json) -> Result<()> {
    crate::store::make_directory(&shared.member.directory)?;
    shared.store.write_json(&part::path(&shared.member.directory), part)
}

/// Leaves the part of a member whose journal is gone, for who holds the run's lock: all that is
/// known of it is what `record` has.
///
/// # Errors
/// As `end`.
pub fn leave_lost(
    store: &Store,
    identity: &Identity,
    member: &Member,
    pid: i64,
    record: Option<Json>,
) -> Result<()> {
    let host = identity.host.as_deref().map_or(String::new(), |host| format!(" on {host}"));
    let error = Json::object([
        ("type", Json::from("ProcessDied")),
        (
            "message",
            format!("process {pid}{host} died without finishing the run, and its journal is gone").into(),
        ),
        ("traceback", Json::Null),
    ]);
    let mut part = vec![("ended", Json::from("died")), ("who", member.who()), ("error", error.clone())];
    if member.is_owner
        && let Some(Json::Object(mut record)) = record
    {
        record.insert("status".to_owned(), "failed".into());
        record.insert("error".to_owned(), error);
        part.push(("record", record.into()));
    }
    if member.is_owner {
        store.give_room_back(&identity.run_id);
    }
    store.write_json(&part::path(&member.directory), &Json::object(part))?;
    settle_locked(store, &identity.run_id, member.is_owner)
}

/// Removes what of the journal and of the member's directory is needed no more.
pub fn leave(journal: &Journal, member: &Member) {
    let has_part = part::path(&member.directory).exists();
    match journal.directory() == member.directory {
        true if has_part => journal.strip(),
        true => journal.remove(),
        false => {
            journal.remove();
            if !has_part {
                crate::journal::remove_directory(&member.directory);
            }
        }
    }
}

/// Has the workers that died leave their parts.
fn take_over_dead(shared: &Context) {
    let member = &shared.member;
    let store: &Arc<Store> = &shared.store;
    // Opening the run has refused variables that say nothing.
    let errand = Errand::of_opener(TakeOver::from_environment().unwrap_or_default());
    for directory in directory::directories(member.room()) {
        let is_worker = |word: &Json| word.get("role").and_then(Json::as_str) == Some("worker");
        let is_open = directory != member.directory
            && !liveness::has_ended(part::read(&directory).ok().flatten().as_ref())
            && directory::word(&directory).as_ref().is_some_and(is_worker);
        if is_open && let Err(error) = recover::take_over(store, &directory, &errand) {
            // Its journal stays for who tries again; the run itself has ended.
            let warning =
                [("message", "a worker's journal could not be taken over"), ("reason", error.message())];
            lock(&shared.state).apply(Event::Warning(Json::object(warning)));
        }
    }
}

/// Folds the parts of a run, if its owner has ended, and ends its room if every member has.
///
/// # Errors
/// When something can't be read or written; what was left stays.
pub fn settle(store: &Store, run_id: &str) -> Result<()> {
    if directory::directories(&directory::of(store, run_id)).is_empty() {
        return Ok(());
    }
    let _lock = store.lock_run(run_id)?;
    settle_locked(store, run_id, false)
}

fn settle_locked(store: &Store, run_id: &str, is_owners_end: bool) -> Result<()> {
    let room = directory::of(store, run_id);
    let seats = seats(&room);
    let parts: Vec<&Seat> = seats.iter().filter(|seat| seat.part.is_some()).collect();
    if parts.is_empty() {
        return Ok(());
    }
    let is_last = !seats.iter().any(|seat| seat.remains);
    // Reducing reads every point of every process: at the owner's end and at the last one's.
    let are_series_due = is_last || is_owners_end;
    let is_over = is_last && !seats.iter().any(|seat| seat.is_owner() && awaits(seat, &seats));
    if seats.iter().any(Seat::is_foreign) {
        fold_foreign(store, run_id, &parts, are_series_due)?;
    } else {
        let owner = seats.iter().find(|seat| seat.is_owner());
        let ended = owner.and_then(|owner| Some((owner, owner.part.as_ref()?.get("record")?)));
        match ended {
            Some((owner, record)) => fold(store, run_id, &seats, owner, record, are_series_due)?,
            // The owner's end, or who recovers it, will fold. Only a hand can have removed it.
            None => return Ok(()),
        }
    }
    if is_over {
        clear_temporaries(store, run_id);
        directory::close(store, &room);
    }
    Ok(())
}

/// Whether there may be processes of the owner's program that have yet to come: a short run can
/// end before a slow one has begun.
fn awaits(owner: &Seat, seats: &[Seat]) -> bool {
    let number = |key: &str| owner.word.get(key).and_then(Json::as_i64);
    let come = seats.iter().filter(|seat| !seat.is_owner()).count() as i64;
    come < number("expects").unwrap_or(0) && liveness::may_have_followers(&owner.word)
}

/// Removes what processes that were killed while they wrote have left: nobody writes any more.
fn clear_temporaries(store: &Store, run_id: &str) {
    for directory in [store.result_dir(run_id), store.artifact_dir(run_id)] {
        recover::remove_temporaries(&directory, ".tmp.");
    }
}

fn fold(
    store: &Store,
    run_id: &str,
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
    let mut artifacts = list(&record, "artifacts");
    let mut tags = list(&record, "tags");
    let mut notes: Vec<String> = Vec::new();
    notes.extend(record.get("notes").and_then(Json::as_str).map(str::to_owned));
    // What an earlier attempt left is not somebody else's.
    let base = owner.word.get("metrics").and_then(Json::as_object).cloned().unwrap_or_default();
    let mut inherited: BTreeSet<String> = base
        .iter()
        .filter(|(name, value)| metrics.get(*name) == Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    for worker in parts.iter().filter(|seat| !seat.is_owner()) {
        let is_named = worker.word.get("named") == Some(&Json::Bool(true));
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
            artifacts.retain(|other| other.get("name") != artifact.get("name"));
            artifacts.push(artifact.clone());
        }
        for tag in worker.list("tags") {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        if let Some(text) = worker.text("notes") {
            // The same note of every rank is one note.
            let is_new = |line: &&str| !notes.iter().any(|notes| notes.lines().any(|other| other == *line));
            let fresh: Vec<&str> = text.lines().filter(is_new).collect();
            if !fresh.is_empty() {
                notes.push(fresh.join("\n"));
            }
        }
        for warning in worker.list("warnings") {
            let mut warning = warning.clone();
            if let Json::Object(members) = &mut warning {
                members.insert("worker".to_owned(), worker.id().into());
            }
            warnings.push(warning);
        }
    }
    failures(&parts, &mut record, &mut warnings);
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    parts.iter().for_each(|seat| taken.extend(seat.list("results").iter().filter_map(Json::as_str)));
    metrics.extend(reduced_metrics(&parts));
    if are_series_due {
        let base = Member::read(&owner.word, &owner.directory);
        reduce_series(store, run_id, &parts, &taken, &base, &mut warnings)?;
    }
    let workers: Vec<Json> = seats.iter().filter(|seat| !seat.is_owner()).map(Seat::entry).collect();
    if !workers.is_empty()
        && let Some(Json::Object(provenance)) = record.get_mut("provenance")
        && let Json::Object(extra) =
            provenance.entry("extra".to_owned()).or_insert_with(|| Json::Object(BTreeMap::new()))
    {
        extra.insert("workers".to_owned(), workers.into());
    }
    record.insert("metrics".to_owned(), metrics.into());
    record.insert("artifacts".to_owned(), artifacts.into());
    record.insert("tags".to_owned(), tags.into());
    record.insert("warnings".to_owned(), warnings.into());
    record.insert("notes".to_owned(), if notes.is_empty() { Json::Null } else { notes.join("\n").into() });
    store.write_json(&store.run_path(run_id), &Json::Object(record))
}

/// A worker that failed or died is warned of, and fails a run that had ended well.
fn failures(parts: &[&Seat], record: &mut BTreeMap<String, Json>, warnings: &mut Vec<Json>) {
    let mut causes = Vec::new();
    let mut has_died = false;
    for worker in parts.iter().filter(|seat| !seat.is_owner()) {
        let died = worker.text("ended") == Some("died");
        if !died && worker.text("ended") != Some("failed") {
            continue;
        }
        has_died |= died;
        let error = worker.part.as_ref().and_then(|part| part.get("error"));
        let of_error = |key: &str| error.and_then(|error| error.get(key)?.as_str()).unwrap_or_default();
        let reason = format!("{}: {}", of_error("type"), of_error("message"));
        causes.push(format!("worker {}: {reason}", worker.id()));
        warnings.push(Json::object([
            ("message", Json::from(if died { "a worker died" } else { "a worker failed" })),
            ("worker", worker.id().into()),
            ("rank", worker.word.get("rank").cloned().unwrap_or(Json::Null)),
            ("reason", reason.into()),
        ]));
    }
    if !causes.is_empty() && record.get("status").and_then(Json::as_str) == Some("success") {
        let error = Json::object([
            ("type", Json::from(if has_died { "WorkerDied" } else { "WorkerFailed" })),
            ("message", causes.join("; ").into()),
            ("traceback", Json::Null),
        ]);
        record.insert("status".to_owned(), "failed".into());
        record.insert("error".to_owned(), error);
    }
}

/// What plain metrics that are reduced amount to.
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
    let is_case_blind = store.is_case_blind();
    for name in taken {
        files.claim_file(Place::Results, name, ".json", is_case_blind);
    }
    let directory = store.result_dir(run_id);
    make_directory(&directory)?;
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
            let file = files.claim_file(Place::Results, &stored, ".json", is_case_blind);
            let mut series = Series::new(stored);
            let is_value = !matches!(form, "argmin" | "argmax" | "count");
            let unit = of.iter().find_map(|(_, points)| points.unit.clone()).filter(|_| is_value);
            let description = of.iter().find_map(|(_, points)| points.description.clone());
            restart::go_on(base, store, &directory, &file, &mut series)?;
            series.describe(unit, description);
            outputs.push((series, file));
        }
        let inputs =
            of.iter().map(|(seat, points)| (seat.directory.join(&points.file), seat.who())).collect();
        reduce::each_step(inputs, |step, reduced| {
            for ((series, file), value) in outputs.iter_mut().zip(reduced.forms()) {
                series.push_value(step, &value);
                if series.in_memory() > crate::store::series::SPOOL {
                    series.spill(store, &directory, file.trim_end_matches(".json"))?;
                }
            }
            Ok(())
        })?;
        for (mut series, file) in outputs.into_iter().filter(|(series, _)| series.count() > 0) {
            series.finish(store, &directory.join(file))?;
        }
    }
    Ok(())
}

/// Where the record is not ours, what it would say of a worker is a data entry of its own.
fn fold_foreign(store: &Store, run_id: &str, parts: &[&Seat], are_series_due: bool) -> Result<()> {
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    parts.iter().for_each(|seat| taken.extend(seat.list("results").iter().filter_map(Json::as_str)));
    let mut warnings = Vec::new();
    if are_series_due {
        let base = Member::read(&parts[0].word, &parts[0].directory);
        reduce_series(store, run_id, parts, &taken, &base, &mut warnings)?;
    }
    let mut files = State::default();
    for name in &taken {
        files.claim_file(Place::Results, name, ".json", store.is_case_blind());
    }
    let mut write = |name: String, metrics: Json, metadata: Object| {
        let file = files.claim_file(Place::Results, &name, ".json", store.is_case_blind());
        let path = store.result_dir(run_id).join(file);
        store.write_with(&path, |file| crate::store::data::write_document(file, &metrics, &metadata))
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
                seat.word.get(key).filter(|said| **said != Json::Null).map(|said| (key, said.clone())),
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
