//! The points of all series of a run as they come: each journal is read once for all of them, and no point
//! is kept, so that a run of any length and with any number of series can be watched.

use std::collections::{BTreeMap, HashMap};

use super::entry;
use super::journal::{Journal, Polled};
use super::life::RunStatus;
use super::members::{self, Open, Saved};
use super::pieces::{self, Cell};
use super::run::Place;
use super::series::{Mark, TRIES};
use crate::base::about::About;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::stem;
use crate::journal::event::Event;
use crate::journal::folded::kept_name;
use crate::journal::lanes::Reached;
use crate::journal::names::Names;
use crate::journal::record::{NAMES, Record};
use crate::store::series::total_of_partial;

/// A name that was not looked for.
const UNKNOWN: usize = usize::MAX;

/// A series of a [`Feed`].
#[derive(Debug, Default, Clone)]
pub struct FeedSeries {
    /// Its name in the store.
    pub name: String,
    /// The declarations so far: its unit, and what it is plotted against.
    pub about: About,
    /// How many points were shown.
    shown: u64,
    /// True if a journal that is read has it.
    is_live: bool,
}

/// Shows a point: the number of its series in [`Feed::series`], its step and its value.
pub type Shown<'a> = &'a mut dyn FnMut(usize, i64, f64);

/// The points of all series of a run as they come; [`Run::feed`](super::Run::feed).
///
/// Every point is shown, and no point is kept. A point may be shown again, where the journal was saved
/// before it was read, or when the run ends: what is made of the points has to stand that, as the least and
/// greatest of a stretch of steps do.
#[derive(Debug)]
pub struct Feed {
    place: Place,
    series: Vec<FeedSeries>,
    numbers: HashMap<String, usize>,
    sources: Vec<Source>,
    /// The run's files when they were last looked at.
    mark: Option<Mark>,
}

/// The journal of a member.
#[derive(Debug)]
struct Source {
    open: Open,
    is_first: bool,
    journal: Journal,
    /// By the number of a name in the journal: the number of the series.
    numbers: Vec<usize>,
    /// By the name in this process: how far the file of the series was shown.
    files: BTreeMap<String, Reading>,
    /// By the number of the series: points that came from this journal.
    shown: HashMap<usize, u64>,
    /// The saved part that was looked at last; nothing before the first look.
    mark: Option<Option<(u64, i64, i64)>>,
}

/// How far the file of a series was shown.
#[derive(Debug, Default, Clone, Copy)]
struct Reading {
    bytes: u64,
    /// Points in these bytes.
    count: u64,
}

/// The series, apart from the journals, so that a journal can be read while series are added.
struct Found<'a> {
    series: &'a mut Vec<FeedSeries>,
    numbers: &'a mut HashMap<String, usize>,
}

impl Found<'_> {
    /// The number of the series of this name in the store, which may be new.
    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.series.push(FeedSeries { name: name.to_owned(), ..FeedSeries::default() });
        self.numbers.insert(name.to_owned(), self.series.len() - 1);
        self.series.len() - 1
    }
}

impl Feed {
    pub(super) fn new(place: Place) -> Self {
        let (series, numbers, sources) = Default::default();
        Self { place, series, numbers, sources, mark: None }
    }

    /// The series so far, in the order in which they were found.
    pub fn series(&self) -> &[FeedSeries] {
        &self.series
    }

    /// Shows `take` the points that have come since the last call, at first all of them; returns how many.
    /// Values that are texts are left out.
    ///
    /// # Errors
    /// When the run can't be read for the moment; another poll goes on.
    pub fn poll(&mut self, take: Shown<'_>) -> Result<u64> {
        let mut count = 0;
        let mut take = |series: usize, step: i64, value: f64| {
            count += 1;
            take(series, step, value);
        };
        let mark = Mark::of(&self.place);
        let has_changed = self.mark.as_ref() != Some(&mark);
        if has_changed {
            self.look_for_members()?;
        }
        let mut found = Found { series: &mut self.series, numbers: &mut self.numbers };
        let mut is_gone = false;
        for source in &mut self.sources {
            is_gone |= source.poll(&self.place, &mut found, &mut take)? == Polled::Gone;
        }
        if is_gone {
            self.look_for_members()?;
        }
        if has_changed || is_gone {
            self.show_entries(&mut take)?;
            self.mark = Some(mark).filter(|_| !is_gone);
        }
        Ok(count)
    }

    /// Shows `take` those points that the store itself shows of series that grow, at most a thousand of each:
    /// at once, however many points there are, but some seconds late. [`poll`](Self::poll) shows them again
    /// among all others. Returns how many.
    ///
    /// # Errors
    /// When an entry can't be read.
    pub fn published(&mut self, take: Shown<'_>) -> Result<u64> {
        let mut count = 0;
        // Of a run that goes on from a step, an entry may yet be that of the attempt before.
        let restarts = |open: &Open| open.member.base_end().is_some();
        if self.place.recorded_status()? != RunStatus::Running
            || members::open(&self.place)?.iter().any(restarts)
        {
            return Ok(0);
        }
        for (name, path) in self.place.entries()? {
            let Some(ending) = entry::ending(&path)?.filter(|one| entry::is_series(&one.metadata)) else {
                continue;
            };
            if total_of_partial(&ending.metadata).is_none() {
                continue;
            }
            let mut found = Found { series: &mut self.series, numbers: &mut self.numbers };
            let number = found.number(&name);
            count +=
                pieces::whole(&path, &mut numbers(|step, value| take(number, step, value)))?.unwrap_or(0);
            self.series[number].about.add(About::read(&ending.metadata.into()));
        }
        Ok(count)
    }

    /// Begins to read the journals that are new, and lets go of those that have ended.
    fn look_for_members(&mut self) -> Result<()> {
        let is_running = self.place.recorded_status()? == RunStatus::Running;
        let all = if is_running { members::open(&self.place)? } else { Vec::new() };
        self.sources.retain(|source| all.iter().any(|open| open.journal == source.open.journal));
        for (index, open) in all.into_iter().enumerate() {
            if !self.sources.iter().any(|source| source.open.journal == open.journal) {
                self.sources.push(Source::new(open, index == 0));
            }
        }
        for (number, series) in self.series.iter_mut().enumerate() {
            series.is_live = self.sources.iter().any(|source| source.shown.contains_key(&number));
        }
        Ok(())
    }

    /// Shows entries of series that no journal has, unless all their points were shown.
    fn show_entries(&mut self, take: Shown<'_>) -> Result<()> {
        for (name, path) in self.place.entries()? {
            let known = self.numbers.get(&name).map(|number| &self.series[*number]);
            if known.is_some_and(|series| series.is_live) {
                continue;
            }
            let shown = known.map_or(0, |series| series.shown);
            let Some(ending) = entry::ending(&path)? else { continue };
            if !entry::is_series(&ending.metadata) || ending.count == Some(shown as usize) && shown > 0 {
                continue;
            }
            let mut found = Found { series: &mut self.series, numbers: &mut self.numbers };
            let number = found.number(&name);
            let count = pieces::whole(&path, &mut numbers(|step, value| take(number, step, value)))?;
            let series = &mut self.series[number];
            series.about.add(About::read(&ending.metadata.into()));
            series.shown = count.unwrap_or(0);
        }
        Ok(())
    }
}

impl Source {
    fn new(open: Open, is_first: bool) -> Self {
        let journal = Journal::new(&open.journal, &Reached::default());
        let (numbers, files, shown) = Default::default();
        Self { open, is_first, journal, numbers, files, shown, mark: None }
    }

    /// Shows what is new.
    fn poll(&mut self, place: &Place, found: &mut Found<'_>, take: Shown<'_>) -> Result<Polled> {
        let mark = members::mark(&self.open.journal);
        if self.mark.is_none() {
            self.earlier(found, take)?;
        } else {
            let polled = self.records(false, found, take)?;
            if polled == Polled::Gone || polled == Polled::Whole && self.mark == Some(mark) {
                return Ok(polled);
            }
            if polled == Polled::Whole && self.has_all_saved(mark)? {
                self.mark = Some(mark);
                return Ok(polled);
            }
        }
        for tries in 1..=TRIES {
            let mark = members::mark(&self.open.journal);
            let saved = members::saved(&self.open.journal)?;
            let is_mended = self.catch_up(place, &saved, found, take)?;
            let is_same = members::mark(&self.open.journal) == mark;
            // Segments only go after another saved part has come: where it is the same, these are lost.
            if is_mended || is_same {
                let polled = self.records(is_same || tries == TRIES, found, take)?;
                if polled != Polled::Gap || is_same {
                    self.mark = Some(mark);
                    return Ok(polled);
                }
            }
        }
        let text = format!("run {} changes too fast to be read; try again", place.run_id);
        Err(Error::new(ErrorKind::Busy, text))
    }

    /// Returns whether what was saved was shown, after everything that was in the journal: unless a thread
    /// came and went between two looks. Another look then goes on from here in the files of series.
    fn has_all_saved(&mut self, mark: Option<(u64, i64, i64)>) -> Result<bool> {
        let Some(folded) = members::saved(&self.open.journal)?.folded else { return Ok(true) };
        if self.journal.lacks(&folded.state) {
            return Ok(false);
        }
        if members::mark(&self.open.journal) != mark {
            // Another one came meanwhile: the next poll looks at it.
            return Ok(true);
        }
        for (one, tail) in folded.series() {
            let number = |key: &str| one.i64_at(key).and_then(|number| u64::try_from(number).ok());
            let lines = tail.iter().filter(|byte| **byte == b'\n').count() as u64;
            if let (Some(name), Some(bytes), Some(count)) =
                (one.str_at("name"), number("spooled"), number("count"))
            {
                self.files.insert(name.to_owned(), Reading { bytes, count: count.saturating_sub(lines) });
            }
        }
        Ok(true)
    }

    /// Shows the points of earlier attempts at a run that goes on from a step.
    fn earlier(&mut self, found: &mut Found<'_>, take: Shown<'_>) -> Result<()> {
        let saved = members::saved(&self.open.journal)?;
        let is_saved = |name: &str| {
            let mut all = saved.folded.iter().flat_map(|folded| folded.series());
            all.any(|(one, _)| one.str_at("name") == Some(name))
        };
        let base = self.open.member.base();
        let end = self.open.member.base_end();
        for file in super::file::names(&base)? {
            let Some(stem) = file.strip_suffix(".json") else { continue };
            let name = stem::name(stem);
            let path = base.join(&file);
            let Some(ending) = entry::ending(&path)? else { continue };
            if is_saved(&name) || !entry::is_series(&ending.metadata) {
                continue;
            }
            let number = found.number(&self.open.stored(&name, self.is_first));
            let about = About::read(&ending.metadata.into());
            found.series[number].about.add(about.clone());
            let mut count = 0;
            let mut kept = |step: i64, value: f64| {
                if about.keeps(step, end) {
                    count += 1;
                    take(number, step, value);
                }
            };
            pieces::whole(&path, &mut numbers(&mut kept))?;
            note(&mut self.shown, found, (number, count));
        }
        Ok(())
    }

    /// Shows the points that were saved and not shown, and goes on behind them; false if files went meanwhile.
    fn catch_up(
        &mut self,
        place: &Place,
        saved: &Saved,
        found: &mut Found<'_>,
        take: Shown<'_>,
    ) -> Result<bool> {
        let Some(folded) = &saved.folded else { return Ok(true) };
        // A series of several threads has its points in another order here than there.
        let is_ordered = !self.journal.jump(&folded.state);
        if self.journal.open()? != Polled::Whole {
            return Ok(false);
        }
        let mut is_whole = true;
        for (one, tail) in folded.series() {
            is_whole &= self.saved_series(place, one, tail, is_ordered, found, take)?;
        }
        Ok(is_whole)
    }

    /// Shows the points of a series that were saved and not shown; false if its file is gone.
    fn saved_series(
        &mut self,
        place: &Place,
        one: &Json,
        tail: &[u8],
        is_ordered: bool,
        found: &mut Found<'_>,
        take: Shown<'_>,
    ) -> Result<bool> {
        let Some(raw) = one.str_at("name") else { return Ok(true) };
        let number = found.number(&self.open.stored(raw, self.is_first));
        found.series[number].about.add(About::read(one));
        found.series[number].is_live = true;
        let mut reading = self.files.get(raw).copied().unwrap_or_default();
        let shown = self.shown.entry(number).or_default();
        let skipped = |count: u64, shown: u64| if is_ordered { shown.saturating_sub(count) } else { 0 };
        let bytes = one.i64_at("spooled").and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        let mut take = numbers(|step, value| take(number, step, value));
        let spool = one.str_at("spool").filter(|name| !name.contains('/'));
        if let Some(name) = spool.filter(|_| bytes > reading.bytes) {
            let (range, left) = (reading.bytes..bytes, skipped(reading.count, *shown));
            let mut between = || self.journal.open().map(drop);
            let mut lines = None;
            for path in [kept_name(name), name.to_owned()].map(|name| place.results().join(name)) {
                lines = pieces::spool(&path, range.clone(), left, &mut take, &mut between)?;
                if lines.is_some() {
                    break;
                }
            }
            let Some(lines) = lines else { return Ok(false) };
            reading = Reading { bytes, count: reading.count + lines };
            self.files.insert(raw.to_owned(), reading);
        }
        let of_tail = pieces::lines(tail, skipped(reading.count, *shown), &mut take)?;
        let total = reading.count + of_tail;
        found.series[number].shown += total.saturating_sub(*shown);
        *shown = total.max(*shown);
        Ok(true)
    }

    /// Shows the records that are new.
    fn records(&mut self, skips_gaps: bool, found: &mut Found<'_>, take: Shown<'_>) -> Result<Polled> {
        let Self { open, is_first, journal, numbers, shown, .. } = self;
        let mut last = (UNKNOWN, 0);
        let polled = journal.poll(skips_gaps, &mut |record| match record {
            Record::Point { name, step, value } => {
                let mut number = numbers.get(name as usize).copied().unwrap_or(UNKNOWN);
                if number == UNKNOWN {
                    number = look_up(open, *is_first, name, numbers, found);
                }
                if number == UNKNOWN {
                    return;
                }
                if last.0 != number {
                    note(shown, found, last);
                    last = (number, 0);
                }
                last.1 += 1;
                take(number, step, pieces::number(value));
            }
            Record::TextPoint { name, .. } => {
                let number = look_up(open, *is_first, name, numbers, found);
                if number != UNKNOWN {
                    note(shown, found, (number, 1));
                }
            }
            Record::Event { json, .. } => {
                let event = std::str::from_utf8(json).ok().and_then(|json| Event::from_json(json).ok());
                if let Some(Event::Series { name, about }) = event {
                    let number = found.number(&open.stored(&name, *is_first));
                    found.series[number].about.add(about);
                    note(shown, found, (number, 0));
                }
            }
            _ => {}
        });
        note(shown, found, last);
        polled
    }
}

/// Shows `take` the points that can be drawn: texts are left out, and so are missing values.
fn numbers(mut take: impl FnMut(i64, f64)) -> impl FnMut(i64, Cell) {
    move |step, cell| {
        if let Cell::Scalar(value) = cell {
            take(step, pieces::number(value));
        }
    }
}

/// Counts points of a series that were shown.
fn note(shown: &mut HashMap<usize, u64>, found: &mut Found<'_>, (number, count): (usize, u64)) {
    if let Some(series) = found.series.get_mut(number) {
        *shown.entry(number).or_default() += count;
        series.shown += count;
        series.is_live = true;
    }
}

/// The number of the series whose name has this number in a journal. It was in the file before any record had it.
#[cold]
fn look_up(open: &Open, is_first: bool, name: u32, numbers: &mut Vec<usize>, found: &mut Found<'_>) -> usize {
    let place = name as usize;
    if name >= NAMES {
        return UNKNOWN;
    }
    if let Some(number) = numbers.get(place).filter(|number| **number != UNKNOWN) {
        return *number;
    }
    let Ok(names) = Names::read(&open.journal) else { return UNKNOWN };
    let Some(raw) = names.get(name) else { return UNKNOWN };
    let number = found.number(&open.stored(&raw, is_first));
    if numbers.len() <= place {
        numbers.resize(place + 1, UNKNOWN);
    }
    numbers[place] = number;
    number
}
