//! The state of a run that goes on, or whose process is dead: its record, and what its journals have
//! besides.

use std::collections::{BTreeMap, BTreeSet};

use super::journal::{Journal, Polled};
use super::members::{self, Open};
use super::run::Place;
use crate::base::error::Result;
use crate::base::json::{Json, Object};
use crate::journal::event::Event;
use crate::journal::lanes::Reached;
use crate::journal::record::Record;

/// How often a journal that changes is read again.
const TRIES: u32 = 10;

/// The members of a record that the journals know better.
#[derive(Debug, Default, Clone)]
pub struct Live {
    /// Plain metrics.
    pub metrics: Object,
    /// Tags.
    pub tags: Vec<Json>,
    /// Warnings.
    pub warnings: Vec<Json>,
    /// Notes, a line each.
    pub notes: Option<String>,
    /// The failure that was reported.
    pub error: Option<Json>,
    /// The names of series in the store, and their highest step.
    pub series: BTreeMap<String, Option<i64>>,
    /// The units of steps, of those that don't count the run's.
    pub step_units: BTreeMap<String, String>,
}

/// A change of the state by a record of a member.
enum Change {
    Metric(u32, Json),
    Event(String),
}

/// The state of the run in its journals; nothing if it has none.
///
/// # Errors
/// When they can't be read.
pub fn read(place: &Place) -> Result<Option<Live>> {
    let all = members::open(place)?;
    if all.is_empty() {
        return Ok(None);
    }
    let mut live = Live::default();
    for (index, open) in all.iter().enumerate() {
        let mut left = TRIES;
        let of_member = loop {
            left -= 1;
            if let Some(found) = member(open, index == 0, left == 0)? {
                break found;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        };
        live.add(of_member, open.member.is_owner);
    }
    Ok(Some(live))
}

impl Live {
    /// The highest step of each series that counts the run's steps.
    pub fn counted(&self) -> impl Iterator<Item = i64> {
        self.series
            .iter()
            .filter(|(name, _)| !self.step_units.contains_key(*name))
            .filter_map(|(_, last)| *last)
    }

    fn add(&mut self, other: Self, is_owner: bool) {
        for (name, value) in other.metrics {
            self.metrics.entry(name).or_insert(value);
        }
        self.warnings.extend(other.warnings);
        let fresh: Vec<Json> = other.tags.into_iter().filter(|tag| !self.tags.contains(tag)).collect();
        self.tags.extend(fresh);
        self.series.extend(other.series);
        self.step_units.extend(other.step_units);
        self.error = self.error.take().or(other.error);
        if is_owner || self.notes.is_none() {
            self.notes = other.notes;
        } else if let (Some(notes), Some(more)) = (&mut self.notes, other.notes) {
            notes.push('\n');
            notes.push_str(&more);
        }
    }

    /// Takes over what `json` has of a run: a notice, or the saved part of a journal.
    fn take_over(&mut self, json: &Json) {
        if let Some(metrics) = json.get("metrics").and_then(Json::as_object) {
            self.metrics = metrics.clone();
        }
        self.tags = json.array_at("tags").to_vec();
        self.warnings = json.array_at("warnings").to_vec();
        self.notes = json.str_at("notes").map(str::to_owned);
        self.error = json.get("error").filter(|error| **error != Json::Null).cloned();
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Warning(warning) => self.warnings.push(warning),
            Event::Note(text) => match &mut self.notes {
                Some(notes) => {
                    notes.push('\n');
                    notes.push_str(&text);
                }
                None => self.notes = Some(text),
            },
            Event::Tag(tag) => {
                let tag = Json::from(tag);
                if !self.tags.contains(&tag) {
                    self.tags.push(tag);
                }
            }
            Event::Failed { kind, message, traceback } if self.error.is_none() => {
                let members = [
                    ("type", Json::from(kind)),
                    ("message", message.into()),
                    ("traceback", traceback.map_or(Json::Null, Json::from)),
                ];
                self.error = Some(Json::object(members));
            }
            Event::Series { name, about } => {
                self.step_units.extend(about.step_unit.map(|unit| (name.clone(), unit)));
                self.series.entry(name).or_default();
            }
            _ => {}
        }
    }
}

/// The state of one member; nothing if its journal changed meanwhile.
fn member(open: &Open, is_first: bool, is_last: bool) -> Result<Option<Live>> {
    let mark = members::mark(&open.journal);
    let saved = members::saved(&open.journal)?;
    let mut live = Live::default();
    live.take_over(&open.notice);
    let mut from = Reached::default();
    if let Some(folded) = &saved.folded {
        live.take_over(folded.json.get("run").unwrap_or(&Json::Null));
        for (one, _) in folded.series() {
            let last = one.i64_at("last_step").filter(|_| one.i64_at("count").is_some_and(|count| count > 0));
            live.series.extend(one.str_at("name").map(|name| (name.to_owned(), last)));
            let of_own = one.str_at("name").zip(one.str_at("step_unit"));
            live.step_units.extend(of_own.map(|(name, unit)| (name.to_owned(), unit.to_owned())));
        }
        from = folded.state.clone();
    }
    let mut journal = Journal::new(&open.journal, &from);
    let mut changes: BTreeMap<u64, Change> = BTreeMap::new();
    let mut steps: BTreeMap<u32, i64> = BTreeMap::new();
    let mut take = |record: Record<'_>| match record {
        Record::Point { name, step, .. } | Record::TextPoint { name, step, .. } => {
            let last = steps.entry(name).or_insert(step);
            *last = step.max(*last);
        }
        Record::Metric { sequence, name, value } => {
            changes.insert(sequence, Change::Metric(name, value.into()));
        }
        Record::TextMetric { sequence, name, text } => {
            let text = String::from_utf8_lossy(text).into_owned();
            changes.insert(sequence, Change::Metric(name, text.into()));
        }
        Record::Event { sequence, json } => {
            changes.insert(sequence, Change::Event(String::from_utf8_lossy(json).into_owned()));
        }
        Record::Log { .. } => {}
    };
    let mut polled = journal.poll(false, &mut take)?;
    if polled == Polled::Gap && members::mark(&open.journal) == mark {
        polled = journal.poll(true, &mut take)?;
    }
    if !is_last && (polled != Polled::Whole || members::mark(&open.journal) != mark) {
        return Ok(None);
    }
    // After the records: a name is in its file before any record has its number.
    let names = members::saved(&open.journal)?.names;
    for change in changes.into_values() {
        match change {
            Change::Metric(id, value) => {
                live.metrics.extend(names.get(id).map(|name| (name.to_string(), value)));
            }
            Change::Event(json) => {
                if let Some(event) = event(open, &json) {
                    live.event(event);
                }
            }
        }
    }
    for (id, step) in steps {
        if let Some(name) = names.get(id) {
            let last = live.series.entry(name.to_string()).or_default();
            *last = Some(last.map_or(step, |last| last.max(step)));
        }
    }
    live.series = std::mem::take(&mut live.series)
        .into_iter()
        .map(|(name, last)| (open.stored(&name, is_first), last))
        .collect();
    live.step_units = std::mem::take(&mut live.step_units)
        .into_iter()
        .map(|(name, unit)| (open.stored(&name, is_first), unit))
        .collect();
    if !open.member.is_owner {
        let metrics = std::mem::take(&mut live.metrics).into_iter();
        live.metrics = metrics.map(|(name, value)| (open.stored(&name, is_first), value)).collect();
    }
    Ok(Some(live))
}

/// The event with this text, or in the file that it names.
fn event(open: &Open, json: &str) -> Option<Event> {
    match Event::from_json(json).ok()? {
        Event::Blob { blob } => {
            let path = open.journal.join(format!("blob-{blob:08}"));
            let bytes = super::file::read(&path, super::file::SMALL).ok()??;
            Event::from_json(std::str::from_utf8(&bytes).ok()?).ok()
        }
        event => Some(event),
    }
}

/// The names of series in `live`.
pub fn names(live: Option<&Live>) -> BTreeSet<String> {
    live.into_iter().flat_map(|live| live.series.keys().cloned()).collect()
}
