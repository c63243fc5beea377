//! Reads a run in a thread of its own, and fills the model with what is new.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use metalab::Json;
use metalab::read::{Feed, Run, RunStatus};

use super::log::Tail;
use super::model::{LOG_LINES, Line, Model, OneRun, Watched, lock};
use super::picture::Field;
use crate::failure::{Failure, Result};

/// Points that are handed over at once.
const BATCH: usize = 16 << 10;

/// How often the status, and whether there are other logs, is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The shortest pause between two looks at the journals.
const SHORTEST: Duration = Duration::from_millis(20);

/// How often a run that has ended is looked at: it may begin anew.
const RARELY: Duration = Duration::from_secs(2);

/// Watches a run from now on; `interval` is the longest pause between two looks while it goes on.
pub fn start(model: &Arc<Model>, run: Run, interval: Duration) -> Result<()> {
    let watched: OneRun = Arc::new(Mutex::new(Watched::new(&run)));
    model.add(watched.clone());
    let model = model.clone();
    let reader = Reader::new(run, watched, interval);
    let started = std::thread::Builder::new().name("reader".into()).spawn(move || reader.follow(&model));
    started.map(drop).map_err(|error| Failure::new(format!("cannot start a thread: {error}")))
}

/// Reads all that there is of a run.
pub fn read_once(model: &Model, run: Run) -> Result<()> {
    let watched: OneRun = Arc::new(Mutex::new(Watched::new(&run)));
    model.add(watched.clone());
    let mut reader = Reader::new(run, watched, Duration::ZERO);
    reader.look()?;
    reader.logs()?;
    // All that there is, not only what a long run shows of itself.
    reader.is_begun = true;
    reader.points(model)?;
    Ok(())
}

/// Who reads a run.
struct Reader {
    run: Run,
    feed: Feed,
    /// True once anything was read of the feed.
    is_begun: bool,
    tail: Tail,
    watched: OneRun,
    interval: Duration,
    looked: Option<Instant>,
    pictured: Option<Instant>,
}

impl Reader {
    fn new(run: Run, watched: OneRun, interval: Duration) -> Self {
        let feed = run.feed();
        let (is_begun, tail) = Default::default();
        Self { run, feed, is_begun, tail, watched, interval, looked: None, pictured: None }
    }

    fn follow(mut self, model: &Model) {
        let mut pause = SHORTEST;
        while !model.is_over.load(Ordering::Relaxed) && !lock(&self.watched).is_dropped {
            let found = self.turn(model);
            let is_news = match found {
                Ok(is_news) => lock(&self.watched).problem.take().is_some() | is_news,
                Err(error) => {
                    let text = Some(super::log::plain(error.message()));
                    let mut watched = lock(&self.watched);
                    let is_news = watched.problem != text;
                    watched.problem = text;
                    is_news
                }
            };
            if is_news {
                model.changed();
            }
            // While much comes, soon; else as rarely as is asked for.
            pause = if is_news { SHORTEST } else { (pause * 2).min(self.interval) };
            let is_over = !matches!(self.run.status(), RunStatus::Running);
            std::thread::sleep(if is_over && !is_news { RARELY } else { pause });
        }
    }

    /// Reads what is new; true if anything is.
    fn turn(&mut self, model: &Model) -> metalab::Result<bool> {
        let mut is_news = false;
        if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK) {
            self.looked = Some(Instant::now());
            is_news |= self.look()?;
        }
        is_news |= self.logs()?;
        is_news |= self.points(model)?;
        let is_due = self.pictured.is_none_or(|pictured| pictured.elapsed() >= LOOK);
        if is_due && model.wants_fields.load(Ordering::Relaxed) {
            self.pictured = Some(Instant::now());
            let known = lock(&self.watched).field.as_ref().map(|field| field.hash.clone());
            if let Some(field) = Field::newest(&self.run, known.as_deref())? {
                lock(&self.watched).field = Some(field);
                is_news = true;
            }
        }
        Ok(is_news)
    }

    /// Looks at how the run stands.
    fn look(&mut self) -> metalab::Result<bool> {
        self.tail.look(&self.run)?;
        if !self.run.has_changed()? {
            return Ok(false);
        }
        let started = self.run.started();
        self.run.refresh()?;
        let mut watched = lock(&self.watched);
        if self.run.started() != started {
            // It began anew.
            *watched = Watched::new(&self.run);
            (self.feed, self.is_begun, self.tail) = (self.run.feed(), false, Tail::default());
        }
        watched.describe(&self.run);
        Ok(true)
    }

    fn logs(&mut self) -> metalab::Result<bool> {
        let lines = self.tail.poll(&self.run)?;
        if lines.is_empty() {
            return Ok(false);
        }
        let mut watched = lock(&self.watched);
        watched.log.extend(lines);
        let many = watched.log.len().saturating_sub(LOG_LINES);
        watched.log.drain(..many);
        if watched.is_read {
            watched.pulse.beat(Instant::now());
        }
        Ok(true)
    }

    fn points(&mut self, model: &Model) -> metalab::Result<bool> {
        let watched = &self.watched;
        let mut batch: Vec<(usize, i64, f64)> = Vec::with_capacity(BATCH);
        let mut take = |series, step, value| {
            batch.push((series, step, value));
            if batch.len() >= BATCH {
                hand_over(&mut lock(watched), &mut batch);
                model.changed();
            }
        };
        // First what a long run shows of itself: all that there is may take seconds.
        let polled = match std::mem::replace(&mut self.is_begun, true) {
            false => match self.feed.published(&mut take)? {
                0 => self.feed.poll(&mut take),
                count => Ok(count),
            },
            true => self.feed.poll(&mut take),
        };
        let mut watched = lock(watched);
        hand_over(&mut watched, &mut batch);
        for (line, series) in watched.lines.iter_mut().zip(self.feed.series()) {
            if line.name.is_empty() {
                line.name.clone_from(&series.name);
            }
            line.unit = series.about.unit.as_deref().map(super::log::plain);
            line.axis.clone_from(&series.about.axis);
        }
        let count = polled?;
        note_time(&mut watched, count);
        Ok(count > 0)
    }
}

/// Adds points to their lines.
fn hand_over(watched: &mut Watched, batch: &mut Vec<(usize, i64, f64)>) {
    for (series, step, value) in batch.drain(..) {
        if series >= watched.lines.len() {
            watched.lines.resize_with(series + 1, Line::default);
        }
        watched.lines[series].buckets.add(step, value);
        watched.last_step = watched.last_step.max(Some(step));
    }
}

/// Notes when the last step came.
fn note_time(watched: &mut Watched, count: u64) {
    let (now, elapsed) = (Instant::now(), watched.elapsed(SystemTime::now()));
    let firsts = watched.lines.iter().filter_map(|line| line.buckets.iter().next());
    let first = firsts.map(|bucket| bucket.first_step).min();
    if let (Some(step), Some(elapsed)) = (watched.last_step.filter(|_| count > 0), elapsed) {
        // Points that came before anybody looked are taken to have come evenly.
        if let Some(first) = first.filter(|_| !watched.is_read) {
            watched.clock.note(first, 0.0);
        }
        watched.clock.note(step, elapsed.as_secs_f64());
        match watched.is_read {
            true => watched.pulse.beat(now),
            false => {
                let steps = step.saturating_sub(first.unwrap_or(step)).clamp(1, i64::from(u32::MAX)) as u32;
                watched.pulse.suppose(elapsed / steps);
            }
        }
        watched.pulse.step(now, step);
    }
    watched.is_read = true;
}

/// When the job's time is up, if what is known of how the run came about says so.
pub fn deadline(provenance: &Json) -> Option<i64> {
    let members = provenance.as_object()?;
    for (key, value) in members {
        if matches!(key.as_str(), "SLURM_JOB_END_TIME" | "METALAB_END_TIME" | "end_time") {
            let seconds = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
            if let Some(seconds) = seconds.filter(|seconds| *seconds > 0) {
                return Some(seconds);
            }
        }
        if let Some(found) = deadline(value) {
            return Some(found);
        }
    }
    None
}
