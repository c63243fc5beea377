//! Series as columns of step and value, whole or followed: from the entry of a run that has ended, from the
//! journals of one that goes on or is dead.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::column::Values;
use super::entry::{self, Content, Points};
use super::file::damaged;
use super::journal::{Journal, Polled};
use super::life::RunStatus;
use super::members::{self, Open};
use super::run::Place;
use crate::base::about::About;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::{file, memory, stem};
use crate::journal::event::Event;
use crate::journal::folded::kept_name;
use crate::journal::lanes::Reached;
use crate::journal::record::Record;
use crate::journal::{names::Names, record::NAMES};
use crate::store::series::{HEAD, total_of_partial};

/// How often a run that changes is read again, until what was read belongs together.
pub(super) const TRIES: u32 = 20;

/// Bytes of the file of a series that are read between two looks at the journal.
const PIECE: usize = 4 << 20;

/// The points of a series as columns.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name in the store.
    pub name: String,
    /// The unit that was declared.
    pub unit: Option<String>,
    /// The description that was declared.
    pub description: Option<String>,
    /// The series that it is plotted against, instead of the step: [`Run::axis`](super::Run::axis).
    pub axis: Option<String>,
    /// The steps.
    pub steps: Vec<i64>,
    /// The values, as many.
    pub values: Values,
    /// A byte for each value, 0 where the entry has null; nothing where none is.
    pub valid: Option<Vec<u8>>,
    /// How many points the series has, where these are those that the run showed while it went on: its
    /// journal is not here, or is lost.
    pub part_of: Option<u64>,
}

impl Series {
    /// How many points it has.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Returns whether it has no point.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The values of `axis` at the steps of this series, a point for each of its points; missing where the
    /// axis has no such step. Of several points at one step, each has the one of the same number, or the
    /// last.
    #[must_use]
    pub fn joined(&self, axis: &Self) -> Self {
        let mut builder = super::column::Builder::default();
        let (mut at, mut nth, mut before) = (0, 0, None);
        for step in &self.steps {
            nth = if before == Some(*step) { nth + 1 } else { 0 };
            before = Some(*step);
            at += axis.steps[at..].partition_point(|other| other < step);
            let equal = axis.steps[at..].partition_point(|other| other == step);
            let place = at + nth.min(equal.saturating_sub(1));
            let is_there = equal > 0 && axis.valid.as_ref().is_none_or(|valid| valid[place] != 0);
            match axis.values.get(place).filter(|_| is_there) {
                Some(value) => builder.push(&value),
                None => builder.push_missing(),
            }
        }
        let (values, valid) = builder.finish();
        Self { steps: self.steps.clone(), values, valid, ..axis.select(&[]) }
    }

    /// The points at `places`, which have to be there.
    #[must_use]
    pub fn select(&self, places: &[usize]) -> Self {
        Self {
            name: self.name.clone(),
            unit: self.unit.clone(),
            description: self.description.clone(),
            axis: self.axis.clone(),
            steps: places.iter().filter_map(|place| self.steps.get(*place).copied()).collect(),
            values: self.values.select(places),
            valid: self.valid.as_ref().map(|valid| places.iter().map(|place| valid[*place]).collect()),
            part_of: self.part_of,
        }
    }

    /// At most `most` points that look like all of them when they are drawn: the points are divided into
    /// buckets of equal number, and of each the first, the last, the least and the greatest stay. The whole
    /// series if it has no more points, or is of texts. `most` is 4 at least.
    #[must_use]
    pub fn thinned(&self, most: usize) -> Self {
        match self.places_of_thinned(most) {
            Some(places) => self.select(&places),
            None => self.clone(),
        }
    }

    /// The places of the points that [`thinned`](Self::thinned) leaves, for a caller that has other columns
    /// of the same points; nothing if it leaves all of them.
    pub fn places_of_thinned(&self, most: usize) -> Option<Vec<usize>> {
        let buckets = most.max(4) / 4;
        if self.len() <= most.max(4) {
            return None;
        }
        let mut places = Vec::with_capacity(4 * buckets);
        for bucket in 0..buckets {
            // No product of lengths overflows: memory has fewer bytes.
            let start = (bucket as u128 * self.len() as u128 / buckets as u128) as usize;
            let end = ((bucket as u128 + 1) * self.len() as u128 / buckets as u128) as usize;
            let (least, greatest) = match &self.values {
                Values::Float(values) => extremes(&values[start..end]),
                Values::Int(values) | Values::Time(values) => extremes(&values[start..end]),
                Values::Bool(values) => extremes(&values[start..end]),
                Values::Text(_) | Values::Empty(_) => return None,
            };
            let mut of_bucket = [start, start + least, start + greatest, end - 1];
            of_bucket.sort_unstable();
            for place in of_bucket {
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        Some(places)
    }
}

/// The places of the least and the greatest value; a NaN is neither.
fn extremes<T: PartialOrd + Copy>(values: &[T]) -> (usize, usize) {
    let is_number = |value: T| value.partial_cmp(&value).is_some();
    let first = values.iter().position(|value| is_number(*value)).unwrap_or(0);
    let (mut least, mut greatest) = (first, first);
    for (place, value) in values.iter().enumerate() {
        if *value < values[least] {
            least = place;
        }
        if *value > values[greatest] {
            greatest = place;
        }
    }
    (least, greatest)
}

/// A series and how it grows: each [`poll`](Follow::poll) adds what has come since the last one.
///
/// Every point is shown once: also where the run ends meanwhile, or its journal was saved.
#[derive(Debug)]
pub struct Follow {
    place: Place,
    name: String,
    about: Declared,
    points: Points,
    /// The part of them that is not read again when the series is read from its beginning.
    spooled: Option<Spooled>,
    sources: Vec<Source>,
    /// The run's files when the series was last read from its beginning.
    mark: Mark,
    /// True if the last poll found nothing.
    is_idle: bool,
    is_ended: bool,
}

/// How far the file of a series was read: its points are the first of those that were found.
#[derive(Debug, Clone)]
struct Spooled {
    /// The file's name.
    name: String,
    /// Bytes that were read, and the last ones of them: if they are still there, so is what is before.
    bytes: u64,
    last: Vec<u8>,
    /// How many points they have.
    points: usize,
}

impl Spooled {
    /// Bytes that are compared, at most.
    const LAST: usize = 256;

    /// Returns true if the file has grown since, and was not written anew.
    fn is_in(&self, file: &std::fs::File) -> std::io::Result<bool> {
        let mut last = vec![0; self.last.len()];
        file.read_exact_at(&mut last, self.bytes - self.last.len() as u64)?;
        Ok(last == self.last)
    }
}

/// The journal of a member that has points of the series.
#[derive(Debug)]
struct Source {
    journal: Journal,
    directory: PathBuf,
    /// The name of the series in this process.
    raw: String,
    wanted: Wanted,
}

/// The state of the files of a run by which another one is seen: members that come and go, entries, the
/// record.
#[derive(Debug, PartialEq)]
pub(super) struct Mark([Option<(u64, i64, i64)>; 3]);

impl Mark {
    pub(super) fn of(place: &Place) -> Self {
        Self([place.roster(), place.results(), place.record()].map(|path| members::mark_of(&path)))
    }
}

/// The number of a name, which the process may yet declare.
#[derive(Debug)]
struct Wanted {
    id: Option<u32>,
    /// How many names were known when it was looked for.
    known: u64,
}

/// The unit, description and axis of a series, if it was declared.
#[derive(Debug, Default)]
struct Declared {
    about: About,
    is_declared: bool,
}

impl Declared {
    fn of(json: &Json) -> Self {
        Self { about: About::read(json), is_declared: true }
    }

    /// Adds what was said later.
    fn add(&mut self, later: Self) {
        self.about.add(later.about);
        self.is_declared |= later.is_declared;
    }
}

/// The part of a series that a look at a run has found.
struct Found {
    /// How many points of the follower come first, which were not read again.
    known: usize,
    /// Those after them.
    points: Points,
    spooled: Option<Spooled>,
    sources: Vec<Source>,
    about: Declared,
    /// How many points there are, where these are those that the run showed while it went on.
    part_of: Option<u64>,
    is_any: bool,
    is_ended: bool,
}

impl Follow {
    /// Follows the series `name` of a run, from its first point; a series that has none yet, too.
    ///
    /// # Errors
    /// When it can't be read.
    pub(super) fn open(place: Place, name: &str) -> Result<Self> {
        let mark = Mark::of(&place);
        let found = find(&place, name, None)?;
        Ok(Self {
            mark,
            place,
            name: name.to_owned(),
            about: found.about,
            points: found.points,
            spooled: found.spooled,
            sources: found.sources,
            is_idle: false,
            is_ended: found.is_ended,
        })
    }

    /// The steps so far, in the order in which they were found.
    pub fn steps(&self) -> &[i64] {
        &self.points.steps
    }

    /// The values so far, as many. Their type may change when a value of another type comes.
    pub fn values(&self) -> &Values {
        self.points.values.values()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The unit that was declared.
    pub fn unit(&self) -> Option<&str> {
        self.about.about.unit.as_deref()
    }

    /// The description that was declared.
    pub fn description(&self) -> Option<&str> {
        self.about.about.description.as_deref()
    }

    /// The series that it is plotted against, instead of the step.
    pub fn axis(&self) -> Option<&str> {
        self.about.about.axis.as_deref()
    }

    /// Returns whether no more points come: the run has ended, or its process is dead, and everything was
    /// found.
    pub fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Adds the points that have come since; returns how many. Costs what is new.
    ///
    /// # Errors
    /// When the run can't be read for the moment; another poll goes on.
    pub fn poll(&mut self) -> Result<usize> {
        if self.is_ended {
            return Ok(0);
        }
        // Before: what came until the run ended is found then.
        let is_over = self.is_idle && self.place.status()? != RunStatus::Running;
        let before = self.points.steps.len();
        let mut is_whole = !self.sources.is_empty();
        for source in &mut self.sources {
            is_whole &= source.poll(false, &mut self.points, &mut self.about)? == Polled::Whole;
        }
        // Where nobody has a journal with the series, it changes with the run's files alone.
        if !is_whole && (!self.sources.is_empty() || self.mark != Mark::of(&self.place)) {
            self.end_or_catch_up()?;
        }
        if is_over && self.points.steps.len() == before && !self.is_ended {
            // The entry of a run that has ended has every point, whatever was read of its journal.
            match self.place.recorded_status()? {
                RunStatus::Running => self.is_ended = true,
                _ => self.end_or_catch_up()?,
            }
        }
        let count = self.points.steps.len() - before;
        self.is_idle = count == 0;
        Ok(count)
    }

    /// Ends where the run has ended and its entry has as many points as were found. Else reads the series
    /// from its beginning.
    fn end_or_catch_up(&mut self) -> Result<()> {
        let is_running = self.place.recorded_status()? == RunStatus::Running;
        let ending = if is_running { None } else { self.place.ending(&self.name)? };
        if ending.is_some_and(|(_, ending)| ending.count == Some(self.points.steps.len())) {
            self.sources.clear();
            self.is_ended = true;
            return Ok(());
        }
        self.catch_up()
    }

    /// Reads the series from its beginning, and adds what was not found before.
    fn catch_up(&mut self) -> Result<()> {
        let mark = Mark::of(&self.place);
        let found = find(&self.place, &self.name, self.spooled.as_ref())?;
        self.mark = mark;
        self.sources = found.sources;
        self.is_ended = found.is_ended;
        self.about.add(found.about);
        // Points of equal steps come in one order everywhere, so their number says which are new.
        let seen = &self.points.steps[found.known..];
        let is_beginning = found.points.steps.starts_with(seen);
        if is_beginning {
            self.spooled = found.spooled;
        }
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        if !is_beginning {
            seen.iter().for_each(|step| *counts.entry(*step).or_default() += 1);
        }
        let skipped = if is_beginning { seen.len() } else { 0 };
        for place in skipped..found.points.steps.len() {
            let step = found.points.steps[place];
            match counts.get_mut(&step) {
                Some(count) if *count > 0 => *count -= 1,
                _ => {
                    self.points.steps.push(step);
                    match found.points.values.values().get(place) {
                        Some(value) => self.points.values.push(&value),
                        None => self.points.values.push_missing(),
                    }
                }
            }
        }
        Ok(())
    }
}

/// The whole series `name` of a run, sorted by step, equal steps in the order in which they came; nothing
/// if the run has none of that name.
///
/// # Errors
/// When it can't be read.
pub(super) fn whole(place: &Place, name: &str) -> Result<Option<Series>> {
    let found = find(place, name, None)?;
    if !found.is_any {
        return Ok(None);
    }
    let About { unit, description, axis, .. } = found.about.about;
    let (values, valid) = found.points.values.finish();
    let steps = found.points.steps;
    let part_of = found.part_of;
    let series = Series { name: name.to_owned(), unit, description, axis, steps, values, valid, part_of };
    if series.steps.is_sorted() {
        return Ok(Some(series));
    }
    let mut places: Vec<usize> = (0..series.len()).collect();
    places.sort_by_key(|place| series.steps[*place]);
    Ok(Some(series.select(&places)))
}

/// The part of a follower's points that are those of a file.
type Known<'a> = Option<&'a Spooled>;

/// Looks for the series until what was found belongs together.
fn find(place: &Place, name: &str, known: Known<'_>) -> Result<Found> {
    let mut left = TRIES;
    loop {
        left -= 1;
        match look(place, name, known, left == 0) {
            Ok(Some(found)) => return Ok(found),
            // A file went between two looks.
            Err(error) if left > 0 && error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(None) if left > 0 => {}
            Ok(None) => {
                let text = format!("run {} changes too fast to be read; try again", place.run_id);
                return Err(Error::new(ErrorKind::Busy, text));
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(u64::from(TRIES - left)));
    }
}

/// Looks for the series once; nothing if files changed meanwhile.
fn look(place: &Place, name: &str, known: Known<'_>, is_last: bool) -> Result<Option<Found>> {
    let is_running = place.recorded_status()? == RunStatus::Running;
    let mut found = Found {
        known: 0,
        points: Points::default(),
        spooled: None,
        sources: Vec::new(),
        about: Declared::default(),
        part_of: None,
        is_any: false,
        is_ended: !is_running,
    };
    if is_running {
        let all = members::open(place)?;
        for (index, open) in all.iter().enumerate() {
            if !member(place, name, known, (open, index == 0), is_last, &mut found)? {
                return Ok(None);
            }
        }
    }
    if found.known == 0 && found.points.steps.is_empty() {
        // A run that has ended, an earlier attempt's series, or that of a worker that has ended.
        if let Some((points, metadata)) = place.entry(name)?.and_then(|(_, entry)| match entry.content {
            Content::Points(points) => Some((points, entry.metadata)),
            _ => None,
        }) {
            let total = total_of_partial(&metadata);
            if total.is_some() && is_running && place.recorded_status()? != RunStatus::Running {
                // Its end has put the whole there.
                return Ok(None);
            }
            found.part_of = total.filter(|total| *total > points.steps.len() as u64);
            let about = std::mem::replace(&mut found.about, Declared::of(&metadata.into()));
            found.about.add(about);
            (found.points, found.is_any) = (points, true);
        } else if is_running && place.recorded_status()? != RunStatus::Running {
            // It ended between.
            return Ok(None);
        }
    }
    Ok(Some(found))
}

/// Adds what a member has of the series; false if its files changed meanwhile.
fn member(
    place: &Place,
    name: &str,
    known: Known<'_>,
    (open, is_first): (&Open, bool),
    is_last: bool,
    found: &mut Found,
) -> Result<bool> {
    let mark = members::mark(&open.journal);
    let saved = members::saved(&open.journal)?;
    // The name in this process that the store has as `name`; a labelled one can't be turned around.
    let raw = match open.member.names.is_labelled() {
        false => Some(name.to_owned()).filter(|name| open.stored(name, is_first) == *name),
        true => (0..saved.names.count() as u32)
            .filter_map(|id| saved.names.get(id))
            .find(|raw| open.stored(raw, is_first) == name)
            .map(|raw| raw.to_string()),
    };
    let raw = match raw {
        Some(raw) => raw,
        // It may yet be declared: what is before the label.
        None => match name.strip_suffix(&format!("@{}", open.member.label)) {
            Some(raw) => raw.to_owned(),
            None => return Ok(true),
        },
    };
    let from = saved.folded.as_ref().map_or_else(Reached::default, |folded| folded.state.clone());
    let mut journal = Journal::new(&open.journal, &from);
    let mut skips_gaps = is_last;
    match journal.open()? {
        Polled::Whole => {}
        // Segments only go after another saved part has come: these are lost.
        Polled::Gap if members::mark(&open.journal) == mark => skips_gaps = true,
        Polled::Gap | Polled::Gone => return Ok(is_last),
    }
    let is_of = |one: &Json| one.str_at("name") == Some(&raw);
    match saved.folded.as_ref().and_then(|folded| folded.series().find(|(one, _)| is_of(one))) {
        Some((one, tail)) => {
            found.is_any = true;
            found.about.add(Declared::of(one));
            // This may take longer than segments stay.
            if !spool(place, one, known, found, &mut || journal.open().map(drop))? {
                return Ok(is_last);
            }
            entry::lines(tail, &mut found.points)?;
        }
        None => base(open, name, found)?,
    }
    let id = saved.names.id(&raw);
    let mut source = Source {
        journal,
        directory: open.journal.clone(),
        raw,
        wanted: Wanted { id, known: saved.names.count() },
    };
    let before = found.points.steps.len();
    let polled = source.poll(skips_gaps, &mut found.points, &mut found.about)?;
    found.is_any |= found.points.steps.len() > before || found.about.is_declared;
    found.sources.push(source);
    Ok(polled == Polled::Whole || skips_gaps && polled == Polled::Gap || is_last)
}

/// Adds the points of the file in which a series grows, as many as count; false if it is gone. Those that are
/// known are not read.
///
/// # Errors
/// When it can't be read, and those of `between`, which is called now and then.
fn spool(
    place: &Place,
    one: &Json,
    known: Known<'_>,
    found: &mut Found,
    between: &mut dyn FnMut() -> Result<()>,
) -> Result<bool> {
    let length = one.i64_at("spooled").and_then(|length| u64::try_from(length).ok()).unwrap_or(0);
    let Some(name) = one.str_at("spool").filter(|name| !name.contains('/')) else { return Ok(true) };
    let is_first = found.known == 0 && found.points.steps.is_empty();
    let known = known.filter(|known| is_first && known.name == name && known.bytes <= length);
    let results = place.results();
    for path in [results.join(kept_name(name)), results.join(name)] {
        let mut file = match file::open_to_read(&path) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => continue,
            file => file.map_err(|source| Error::io("open", &path, &source))?,
        };
        let failed = |source: std::io::Error| Error::io("read", &path, &source);
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() || metadata.len() < length {
            return Err(damaged(&path, "is shorter than its journal says"));
        }
        let mut start = 0;
        if let Some(known) = known {
            if known.is_in(&file).map_err(failed)? {
                start = known.bytes;
                found.known = known.points;
                found.spooled = Some(known.clone());
                file.seek(SeekFrom::Start(start)).map_err(failed)?;
            }
        }
        let length = length - start;
        memory::check(length as usize).map_err(|error| error.context(path.display()))?;
        let mut text = Vec::with_capacity(length as usize);
        file.take(length).read_to_end(&mut text).map_err(failed)?;
        let lines = if start == 0 { text.strip_prefix(HEAD) } else { Some(text.as_slice()) };
        let Some(mut rest) = lines else { return Err(damaged(&path, "is no series")) };
        while !rest.is_empty() {
            let next = rest.get(PIECE..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n'));
            let (piece, after) = rest.split_at(next.map_or(rest.len(), |end| PIECE + end + 1));
            let added = entry::lines(piece, &mut found.points);
            added.map_err(|error| damaged(&path, &format!("is damaged: {error}")))?;
            rest = after;
            between()?;
        }
        if is_first && !text.is_empty() {
            let (name, points) = (name.to_owned(), found.known + found.points.steps.len());
            let last = text[text.len().saturating_sub(Spooled::LAST)..].to_vec();
            found.spooled = Some(Spooled { name, bytes: start + text.len() as u64, last, points });
        }
        return Ok(true);
    }
    Ok(length == 0)
}

/// Adds the points of earlier attempts at a run that goes on from a step.
fn base(open: &Open, name: &str, found: &mut Found) -> Result<()> {
    let member = &open.member;
    let mut entry = None;
    for stem in stem::all(name) {
        entry = entry::read(&member.base().join(format!("{stem}.json")))?;
        if entry.is_some() {
            break;
        }
    }
    let Some(entry) = entry else { return Ok(()) };
    let Content::Points(points) = entry.content else { return Ok(()) };
    // A later declaration goes before that of the entry.
    let mut about = Declared::of(&Json::Object(entry.metadata));
    let end = member.base_end();
    for (index, step) in points.steps.iter().enumerate().filter(|(_, step)| about.about.keeps(**step, end)) {
        found.points.steps.push(*step);
        match points.values.values().get(index) {
            Some(value) => found.points.values.push(&value),
            None => found.points.values.push_missing(),
        }
    }
    about.add(std::mem::take(&mut found.about));
    found.about = about;
    found.is_any = true;
    Ok(())
}

impl Wanted {
    /// Returns whether `name` is the number of the name `raw`, which may be new.
    #[inline]
    fn is(&mut self, name: u32, directory: &Path, raw: &str) -> bool {
        if self.id.is_none() && u64::from(name) >= self.known && name < NAMES {
            // It was in the file before any record had its number.
            if let Ok(names) = Names::read(directory) {
                (self.id, self.known) = (names.id(raw), names.count().max(u64::from(name) + 1));
            }
        }
        self.id == Some(name)
    }
}

impl Source {
    fn poll(&mut self, skips_gaps: bool, points: &mut Points, about: &mut Declared) -> Result<Polled> {
        let Self { journal, directory, raw, wanted } = self;
        journal.poll(skips_gaps, &mut |record| match record {
            Record::Point { name, step, value } if wanted.is(name, directory, raw) => {
                points.steps.push(step);
                points.values.push_scalar(value);
            }
            Record::TextPoint { name, step, text, .. } if wanted.is(name, directory, raw) => {
                points.steps.push(step);
                points.values.push_text(&String::from_utf8_lossy(text));
            }
            Record::Event { json, .. } => {
                let event = std::str::from_utf8(json).ok().and_then(|json| Event::from_json(json).ok());
                match event {
                    Some(Event::Series { name, about: later }) if name == *raw => {
                        about.add(Declared { about: later, is_declared: true });
                    }
                    _ => {}
                }
            }
            _ => {}
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: Values) -> Series {
        let steps = (0..values.len() as i64).collect();
        Series {
            name: "s".into(),
            unit: None,
            description: None,
            axis: None,
            steps,
            values,
            valid: None,
            part_of: None,
        }
    }

    #[test]
    fn an_axis_is_joined_by_step() {
        let mut loss = series(Values::Int(vec![10, 20, 21, 22, 40]));
        loss.steps = vec![1, 2, 2, 2, 4];
        let mut time = series(Values::Float(vec![0.0, 0.5, 0.75, 1.0]));
        time.steps = vec![0, 1, 2, 2];
        let joined = loss.joined(&time);
        assert_eq!(joined.steps, loss.steps);
        let Values::Float(values) = &joined.values else { panic!("{joined:?}") };
        assert_eq!(values[..4], [0.5, 0.75, 1.0, 1.0]);
        assert_eq!(joined.valid, Some(vec![1, 1, 1, 1, 0]));
        assert!(loss.joined(&series(Values::Empty(0))).valid.is_some_and(|valid| valid == [0; 5]));
    }

    #[test]
    fn thinning_keeps_the_extremes_of_each_bucket() {
        let mut values: Vec<f64> = (0..10_000).map(|index| f64::from(index % 7)).collect();
        (values[1234], values[5678], values[0]) = (1e9, -1e9, f64::NAN);
        let whole = series(Values::Float(values));
        let thin = whole.thinned(40);
        let places = whole.places_of_thinned(40).unwrap();
        assert_eq!(whole.select(&places).steps, thin.steps);
        assert!(thin.len() <= 40 && thin.steps.is_sorted());
        assert!([0, 1234, 5678, 9999].iter().all(|step| thin.steps.contains(step)));
        let Values::Float(values) = &thin.values else { panic!() };
        let at = |step| values[thin.steps.binary_search(&step).unwrap()];
        assert_eq!((at(1234), at(5678)), (1e9, -1e9));
        assert_eq!(series(Values::Int(vec![1, 2, 3])).thinned(0).len(), 3);
        assert_eq!(series(Values::Int(vec![1, 2, 3])).places_of_thinned(0), None);
        assert_eq!(series(Values::Int((0..100).collect())).thinned(0).steps, [0, 99]);
        assert_eq!(series(Values::Empty(100)).thinned(4).len(), 100);
    }
}
