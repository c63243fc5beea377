//! The end of a process of a run: it leaves its part, and one fold makes the record of all parts.
//!
//! The owner's end folds, and the last member's. Parts are never changed while the run is folded, and
//! the run is made of them alone: folding it again makes the same. What is left then is removed in one
//! step, when every member has ended.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::combine;
use super::errand::Errand;
use super::leftovers;
use super::reduce::Points;
use super::seat::{Seat, seats};
use super::take_over;
use crate::artifacts::manifest;
use crate::base::error::Result;
use crate::base::file;
use crate::base::json::Json;
use crate::base::sync::lock;
use crate::journal::Journal;
use crate::journal::event::Event;
use crate::members::liveness;
use crate::members::{Member, directory, part};
use crate::run::Context;
use crate::run::{Identity, Status};
use crate::store::{RunLock, Store};

/// The member of a part that says whether the disk has what its process left.
const ON_DISK: &str = "on_disk";

/// How a member ended.
#[derive(Debug, Clone)]
pub struct End {
    /// Well, with an error, told to stop.
    pub status: Status,
    /// How its process died, if it died before it said so.
    pub death: Option<Json>,
    /// True if its journal is kept, since something of it could not be written.
    pub kept: bool,
    /// Series that are reduced over all processes.
    pub reduced: Vec<Points>,
}

/// Ends the member that `shared` is: its record, or its part, and the fold where that is due. `held`
/// is the run's lock, if the caller has it. Returns true if the process was all of the run.
///
/// # Errors
/// When something of the store can't be read or written. What the member left stays then.
pub fn end(shared: &Context, held: Option<RunLock<'_>>, end: &End) -> Result<bool> {
    let (member, store, run_id) = (&shared.member, &shared.store, &shared.identity.run_id);
    if let Some(held) = held.as_ref().filter(|_| is_alone(shared, end)) {
        let artifacts = lock(&shared.state).artifacts.clone();
        manifest::merge(store, run_id, held, &artifacts)?;
        shared.write_record_locked(end.status)?;
        return Ok(true);
    }
    part::write(store, &member.directory, &part_of(shared, end), end.kept)?;
    // Without the lock, two may both see that they are the last, but never neither.
    if !member.is_owner && !member.is_foreign && !have_all_left(member.roster())? {
        return Ok(false);
    }
    let held = match held {
        Some(held) => held,
        None => shared.lock_run()?,
    };
    fold(store, run_id, &held, member.is_owner)?;
    Ok(false)
}

/// Returns whether the process is the run: then its record is all that there is to fold.
fn is_alone(shared: &Context, end: &End) -> bool {
    let member = &shared.member;
    let has_others = || {
        let members = directory::listed(member.roster());
        members.map_or(true, |members| members.iter().any(|one| *one != member.directory))
    };
    let is_reduced = || {
        let state = lock(&shared.state);
        state.reduced.iter().any(|name| state.metrics.contains_key(name))
    };
    member.is_owner
        && member.expects == 0
        && end.reduced.is_empty()
        && !is_reduced()
        && !part::is_left(&member.directory)
        && !has_others()
}

/// Returns whether every member of a roster has left a part.
fn have_all_left(roster: &Path) -> Result<bool> {
    // Who died before it had left a notice is nobody.
    let is_member = |directory: &Path| !file::is_gone(&directory.join(directory::NOTICE));
    Ok(directory::listed(roster)?.iter().all(|one| part::is_left(one) || !is_member(one)))
}

/// The part of the process that `shared` is.
fn part_of(shared: &Context, end: &End) -> Json {
    let at = shared.ended.get_or_init(|| shared.now()).at;
    let record = shared.member.is_owner.then(|| shared.record(end.status));
    let state = lock(&shared.state);
    let is_reduced = |name: &str, value: &Json| state.reduced.contains(name) && value.as_str().is_none();
    let metrics = |reduced: bool| -> Json {
        let some = state.metrics.iter().filter(|(name, value)| is_reduced(name, value) == reduced);
        some.map(|(name, value)| (name.clone(), value.clone())).collect::<BTreeMap<_, _>>().into()
    };
    let artifacts: Vec<Json> =
        state.artifacts.iter().map(|one| one.record_entry(&shared.identity.run_id)).collect();
    let results = state.results.keys().chain(&state.stored).map(|name| Json::from(name.as_str()));
    let strings = |texts: &[String]| -> Json {
        texts.iter().map(|text| Json::from(text.as_str())).collect::<Vec<_>>().into()
    };
    let is_death = end.death.is_some();
    let mut members = vec![
        ("ended", Json::from(if is_death { "died" } else { end.status.text() })),
        ("at", i64::try_from(at.nanos()).unwrap_or(i64::MAX).into()),
        ("death", end.death.clone().unwrap_or(Json::Null)),
        ("kept", end.kept.into()),
        (ON_DISK, shared.is_on_disk().into()),
        ("who", shared.member.who()),
        ("metrics", metrics(false)),
        ("reduced_metrics", metrics(true)),
        ("reduced_series", end.reduced.iter().map(Points::json).collect::<Vec<_>>().into()),
        ("results", results.collect::<Vec<_>>().into()),
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
}

/// Leaves the part of a member whose journal is gone, of whom all that is known is what
/// `record` has.
///
/// # Errors
/// The same as `end`.
pub fn leave_lost(
    store: &Store,
    held: &RunLock<'_>,
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
    if member.is_owner {
        if let Some(Json::Object(mut record)) = record {
            record.insert("status".to_owned(), "failed".into());
            record.insert("error".to_owned(), error);
            part.push(("record", record.into()));
        }
        store.release_record(&identity.run_id);
    }
    part::write(store, &member.directory, &Json::object(part), false)?;
    fold(store, &identity.run_id, held, member.is_owner)
}

/// Removes what of the journal and of the member's directory is needed no more.
pub fn leave(journal: &Journal, member: &Member) {
    let has_part = part::is_left(&member.directory);
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

/// Has the workers that died leave their parts, at the owner's end.
///
/// # Errors
/// When the run's members can't be looked at.
pub fn take_over_dead(shared: &Context) -> Result<()> {
    let member = &shared.member;
    let store: &Arc<Store> = &shared.store;
    let errand = Errand::of_opener(shared.known.clone());
    for directory in directory::listed(member.roster())? {
        let is_worker = |notice: &Json| notice.get("role").and_then(Json::as_str) == Some("worker");
        let is_open = directory != member.directory
            && !part::is_final(&directory)
            && directory::notice(&directory).as_ref().is_some_and(is_worker);
        if !is_open {
            continue;
        }
        if let Err(error) = take_over::take_over(store, &directory, &errand) {
            // Its journal stays for who tries again; the run itself has ended.
            let warning =
                [("message", "a worker's journal could not be taken over"), ("reason", error.message())];
            lock(&shared.state).apply(Event::Warning(Json::object(warning)));
        }
    }
    Ok(())
}

/// Folds the parts of a run, if its owner has ended, and ends its roster if every member has.
///
/// # Errors
/// When something can't be read or written; what was left stays.
pub fn fold_run(store: &Store, run_id: &str) -> Result<()> {
    if directory::listed(&directory::of(store, run_id))?.is_empty() {
        return Ok(());
    }
    let held = store.lock_run(run_id)?;
    fold(store, run_id, &held, false)
}

/// Makes the run of the parts that are there, and ends its roster if every member has ended.
fn fold(store: &Store, run_id: &str, held: &RunLock<'_>, is_owners_end: bool) -> Result<()> {
    let roster = directory::of(store, run_id);
    let seats = seats(&roster)?;
    let parts: Vec<&Seat> = seats.iter().filter(|seat| seat.part.is_some()).collect();
    if parts.is_empty() {
        return Ok(());
    }
    // Reducing reads every point of every process: at the owner's end and at the last one's.
    let are_series_due = is_owners_end || seats.len() == parts.len();
    let target = (store, run_id, held);
    if seats.iter().any(Seat::is_foreign) {
        combine::combine_foreign(target, &parts, are_series_due)?;
    } else {
        let owner = seats.iter().find(|seat| seat.is_owner());
        // Without one, the owner's end, or who recovers it, will fold. Only a hand can have removed it.
        let Some((owner, record)) = owner.and_then(|owner| Some((owner, owner.of_part("record")?))) else {
            return Ok(());
        };
        combine::combine(target, &seats, owner, record, are_series_due)?;
    }
    let is_awaited = seats.iter().any(|seat| seat.is_owner() && awaits(seat, &seats));
    // By what was read: a part that a worker has left since is not in the record.
    if seats.iter().all(|seat| seat.is_final) && !is_awaited {
        // Parts that the disk may have go only once it has what was made of them.
        let is_said = |seat: &&Seat| seat.of_part(ON_DISK) == Some(&Json::Bool(true));
        let is_on_disk = store.is_durable() || parts.iter().any(is_said);
        if is_on_disk {
            if !parts.iter().all(is_said) {
                note_all(store, run_id)?;
            }
            store.sync()?;
        }
        clear_temporaries(store, run_id);
        directory::close(store, &roster, is_on_disk);
    }
    Ok(())
}

/// Notes what processes have left that did not wait for the disk: the record, which the disk gets, names it.
fn note_all(store: &Store, run_id: &str) -> Result<()> {
    for directory in [store.result_dir(run_id), store.artifact_dir(run_id)] {
        directory::listed(&directory)?.iter().for_each(|path| store.note_grown(path));
    }
    Ok(())
}

/// Returns whether there may be processes of the owner's program that have yet to come: a short run can
/// end before a slow one has begun.
fn awaits(owner: &Seat, seats: &[Seat]) -> bool {
    let number = |key: &str| owner.notice.get(key).and_then(Json::as_i64);
    let come = seats.iter().filter(|seat| !seat.is_owner()).count() as i64;
    come < number("expects").unwrap_or(0) && liveness::may_have_followers(&owner.notice)
}

/// Removes what processes that were killed while they wrote have left: nobody writes any more, and no
/// journal needs a file that has no name yet.
pub fn clear_temporaries(store: &Store, run_id: &str) {
    for directory in [store.result_dir(run_id), store.artifact_dir(run_id)] {
        leftovers::remove_temporaries(&directory, ".tmp.");
    }
}
