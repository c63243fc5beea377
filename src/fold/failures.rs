//! Which of several failures is the run's, and what the record says of the others.
//!
//! A failure that a process reported itself comes before how one died; a process that died of its own doing comes
//! before one that vanished, and that before one that was told to stop, which launchers do to the rest
//! of a program. Of equals, the earliest counts. Those that failed alike are one event.

use std::collections::BTreeMap;

use super::seat::Seat;
use crate::base::json::Json;

/// Events that the error's text names, at most.
const NAMED: usize = 4;

/// The failure of a member.
struct Failure<'a> {
    seat: &'a Seat,
    died: bool,
    /// How much it is an effect of another: less comes first.
    weight: i64,
    /// When it was, in nanoseconds since the epoch.
    at: i64,
    kind: &'a str,
    /// The part that is the same for all of one event.
    event: String,
    reason: String,
    traceback: Json,
}

impl<'a> Failure<'a> {
    /// The failure of `seat`, if it failed.
    fn of(seat: &'a Seat) -> Option<Self> {
        let died = seat.text("ended") == Some("died");
        if !died && seat.text("ended") != Some("failed") {
            return None;
        }
        let text = |of: Option<&'a Json>, key: &str| of.and_then(|of| of.get(key)?.as_str());
        let error = seat.of_part("error");
        let death = seat.of_part("death").filter(|death| death.as_object().is_some());
        let (kind, message) = (text(error, "type").unwrap_or_default(), text(error, "message"));
        let number = |key: &str| death.and_then(|death| death.get(key)?.as_i64());
        let died_of = text(death, "message");
        let is_said = !died || died_of.is_some_and(|died_of| message != Some(died_of));
        let message = message.unwrap_or_default();
        let mut reason = format!("{kind}: {message}");
        if let Some(died_of) = died_of.filter(|_| is_said) {
            reason += &format!(" ({died_of})");
        }
        let event = match is_said {
            true => format!("{kind}: {message}"),
            false => format!("{kind} {}", number("number").unwrap_or(0)),
        };
        Some(Self {
            seat,
            died,
            weight: if is_said { 0 } else { number("weight").unwrap_or(2) },
            at: seat.of_part("at").and_then(Json::as_i64).unwrap_or(i64::MAX),
            kind,
            event,
            reason,
            traceback: error.and_then(|error| error.get("traceback")).cloned().unwrap_or(Json::Null),
        })
    }

    fn key(&self) -> (i64, i64, bool, i64) {
        (self.weight, self.at, !self.seat.is_owner(), self.seat.rank())
    }

    fn who(&self) -> String {
        let role = if self.seat.is_owner() { "owner" } else { "worker" };
        format!("{role} {}", self.seat.id())
    }
}

/// Has the record say how members failed or were cancelled, once for each event, and end as the first
/// cause has it.
pub(super) fn tell(parts: &[&Seat], record: &mut BTreeMap<String, Json>, warnings: &mut Vec<Json>) {
    let is_one_of_many = parts.len() > 1;
    let mut failures: Vec<Failure<'_>> = parts.iter().filter_map(|seat| Failure::of(seat)).collect();
    failures.sort_by_key(Failure::key);
    let mut events: Vec<Vec<Failure<'_>>> = Vec::new();
    for failure in failures {
        let is_same = |event: &&mut Vec<Failure<'_>>| {
            let first = &event[0];
            (first.died, &first.event) == (failure.died, &failure.event)
        };
        match events.iter_mut().find(is_same) {
            Some(event) => event.push(failure),
            None => events.push(vec![failure]),
        }
    }
    let is_owners = events.first().is_some_and(|event| event[0].seat.is_owner());
    if let Some(first) = events.first().map(|event| &event[0]) {
        if !is_owners {
            let error = Json::object([
                ("type", Json::from(if first.weight > 0 { "WorkerDied" } else { "WorkerFailed" })),
                ("message", describe_all(&events).into()),
                ("traceback", first.traceback.clone()),
            ]);
            record.insert("status".to_owned(), "failed".into());
            record.insert("error".to_owned(), error);
        } else if let Some(Json::Object(error)) = record.get_mut("error").filter(|_| is_one_of_many) {
            // Its own words are left as they are.
            if first.weight > 0 {
                error.insert("message".to_owned(), describe_all(&events).into());
            }
        }
    }
    for event in &events {
        // The record's error says it already.
        if !(is_owners && event.len() == 1 && event[0].seat.is_owner()) {
            let members = event.iter().map(|failure| failure.seat).collect::<Vec<_>>();
            let verb = if event[0].died { "died" } else { "failed" };
            warnings.push(warning(&format!("{} {verb}", who(&members)), &members, Some(&event[0].reason)));
        }
    }
    tell_cancelled(parts, record, warnings);
}

/// The same of those that were cancelled.
fn tell_cancelled(parts: &[&Seat], record: &mut BTreeMap<String, Json>, warnings: &mut Vec<Json>) {
    let was_cancelled = |seat: &&&Seat| seat.text("ended") == Some("cancelled");
    let mut reasons: BTreeMap<Option<&str>, Vec<&Seat>> = BTreeMap::new();
    for seat in parts.iter().filter(was_cancelled) {
        let reason = seat.list("warnings").iter().rev().find(|warning| is_of_end(seat, warning));
        reasons.entry(reason.and_then(|warning| warning.str_at("reason"))).or_default().push(seat);
    }
    for (reason, members) in &reasons {
        // Where the owner has a reason, its own warning says it, and the others have followed it.
        if reason.is_some() && members.iter().any(|seat| seat.is_owner()) {
            continue;
        }
        let workers: Vec<&Seat> = members.iter().filter(|seat| !seat.is_owner()).copied().collect();
        if !workers.is_empty() {
            let verb = if workers.len() == 1 { "was" } else { "were" };
            warnings.push(warning(&format!("{} {verb} cancelled", who(&workers)), &workers, *reason));
        }
    }
    // Who was cancelled did not do all that it was to do: the run is not whole.
    if !reasons.is_empty() && record.get("status").and_then(Json::as_str) == Some("success") {
        record.insert("status".to_owned(), "cancelled".into());
    }
}

/// Returns whether a warning of a member says how it ended, which `tell` says of all.
pub(super) fn is_of_end(seat: &Seat, warning: &Json) -> bool {
    let death = || seat.of_part("death")?.str_at("message");
    match warning.str_at("message") {
        Some("cancelled") => seat.text("ended") == Some("cancelled"),
        Some("the process died") => death().is_some_and(|death| warning.str_at("reason") == Some(death)),
        _ => false,
    }
}

/// The events in words, the first ones at length.
fn describe_all(events: &[Vec<Failure<'_>>]) -> String {
    let named: Vec<String> = events.iter().take(NAMED).map(|event| describe(event)).collect();
    let more = events.len() - named.len();
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    named.join("; ") + &more
}

/// The members of one event, in words.
fn who(members: &[&Seat]) -> String {
    let has_owner = members.iter().any(|seat| seat.is_owner());
    let workers = match members.len() - usize::from(has_owner) {
        0 => return "the owner".to_owned(),
        1 => "a worker".to_owned(),
        several => format!("{several} workers"),
    };
    if has_owner { format!("the owner and {workers}") } else { workers }
}

/// An event in words: the first of its members, why, and who else.
fn describe(event: &[Failure<'_>]) -> String {
    let first = &event[0];
    let mut others: Vec<&Seat> = event[1..].iter().map(|failure| failure.seat).collect();
    others.sort_by_key(|seat| seat.rank());
    let others: Vec<&str> = others.into_iter().map(Seat::id).collect();
    let others = match others.as_slice() {
        [] => String::new(),
        [one] => format!(" (so did {one})"),
        [some @ .., last] if some.len() < NAMED => format!(" (so did {} and {last})", some.join(", ")),
        [one, .., last] => format!(" (so did {} others, {one} to {last})", others.len()),
    };
    debug_assert!(!first.kind.is_empty() || !first.died);
    format!("{}: {}{others}", first.who(), first.reason)
}

/// A warning of what befell some members.
fn warning(message: &str, members: &[&Seat], reason: Option<&str>) -> Json {
    let first = members[0];
    let mut warning = vec![
        ("message", Json::from(message)),
        ("worker", first.id().into()),
        ("rank", first.notice.get("rank").cloned().unwrap_or(Json::Null)),
    ];
    warning.extend(reason.map(|reason| ("reason", reason.into())));
    if members.len() > 1 {
        warning
            .push(("workers", members.iter().map(|seat| Json::from(seat.id())).collect::<Vec<_>>().into()));
    }
    Json::object(warning)
}
