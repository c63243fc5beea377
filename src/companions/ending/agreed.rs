//! A step at which all processes of a run stop: processes that work together must leave their loops at
//! the same one, or those that go on wait for the others for ever.
//!
//! The run's owner decides, and the others follow. It writes two steps into a file of its directory: the
//! next one at which everybody looks into the file, and the last one of all, once somebody wants to stop.
//! A worker that wants to leaves its reason in a file beside it, where the owner looks.
//!
//! Why all stop at the same step: who has come to the step at which to look looks at every step from then
//! on, until the file says when next. So whatever the owner writes at a step is seen by all who are
//! at that step or later, at their next step at the latest, and the steps between two looks may be as
//! many as pass in half a second. The step to stop at is a second ahead, and two steps at least: more
//! than processes that exchange data in each step are apart.

use std::io::ErrorKind::NotFound;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::base::error::{Error, Result};
use crate::base::file;
use crate::base::json::{self, Json};
use crate::base::sync::lock;
use crate::members::{Member, directory};

/// Files of the owner's directory: its own words, and a worker's wish.
const STEPS: &str = "stop";
const WISH: &str = "stop-wish";

/// The length of the owner's file. It is written over in place: who reads it over a network sees a new
/// content of a file that it knows sooner than a new file.
const LENGTH: usize = 1024;

/// How often processes look, and how far ahead the step to stop at is, in time and in steps.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const AHEAD: Duration = Duration::from_secs(1);
const STEPS_AHEAD: i64 = 2;

/// No step.
const NEVER: i64 = i64::MAX;

/// A process's part in it.
#[derive(Debug)]
pub struct Agreed {
    /// The owner's directory; none where the owner is not a process of ours.
    place: Option<PathBuf>,
    is_owner: bool,
    label: String,
    /// True if others are yet to come.
    expects: bool,
    /// How far ahead the step to stop at is, in time.
    ahead: Duration,
    /// The step from which on it looks.
    look: AtomicI64,
    /// The step from which on the run is to stop.
    stop: AtomicI64,
    pace: Mutex<Pace>,
    /// Why it was told to stop, once it was.
    told: OnceLock<String>,
}

/// The looks so far, and what came of them.
#[derive(Debug, Default)]
struct Pace {
    /// The step and time of the last look of the owner, and how many steps it was ahead of the next.
    last: Option<(i64, Instant, i64)>,
    has_wished: bool,
    why: String,
}

/// The words of the owner's file.
struct Said {
    look: i64,
    stop: Option<i64>,
    why: String,
}

impl Agreed {
    /// The part of this process.
    pub fn new(member: &Member) -> Self {
        Self {
            place: if member.is_owner { Some(member.directory.clone()) } else { member.owner.clone() },
            is_owner: member.is_owner,
            label: member.label.clone(),
            expects: member.expects > 0,
            ahead: AHEAD,
            look: AtomicI64::new(i64::MIN),
            stop: AtomicI64::new(NEVER),
            pace: Mutex::default(),
            told: OnceLock::new(),
        }
    }

    /// Returns whether the run is to stop at `step`, which all of its processes ask for. `wish` says why this
    /// process is to stop, if it is.
    ///
    /// # Errors
    /// When the files can't be had: then nobody stops, and the next step tries again.
    pub fn should_stop(&self, step: i64, wish: impl FnOnce() -> Option<String>) -> Result<bool> {
        if step >= self.look.load(Ordering::Relaxed) {
            let mut pace = lock(&self.pace);
            match (&self.place, self.is_owner) {
                (Some(place), true) => self.decide(place, step, &mut pace, wish)?,
                (Some(place), false) => self.follow(place, &mut pace, wish)?,
                // Whoever else owns the run has no part in this.
                (None, _) => {
                    if let Some(why) = wish() {
                        pace.why = why;
                        self.stop.store(step, Ordering::Relaxed);
                    }
                }
            }
        }
        let stop = self.stop.load(Ordering::Relaxed);
        if step < stop {
            return Ok(false);
        }
        if self.told.get().is_none() {
            let why = lock(&self.pace).why.clone();
            let late =
                if step > stop { format!(", and this process came to step {step}") } else { String::new() };
            let _ = self.told.set(format!("{why} (agreed for step {stop}{late})"));
        }
        Ok(true)
    }

    /// Why the process was told to stop, if it was.
    pub fn told(&self) -> Option<String> {
        self.told.get().cloned()
    }

    fn decide(
        &self,
        place: &Path,
        step: i64,
        pace: &mut Pace,
        wish: impl FnOnce() -> Option<String>,
    ) -> Result<()> {
        let now = Instant::now();
        // Steps a second, and half as much again: they may be of different length.
        let rate = pace.last.map_or(0.0, |(before, then, _)| {
            1.5 * step.saturating_sub(before).max(0) as f64 / (now - then).as_secs_f64().max(1e-9)
        });
        let in_time = |time: Duration| (rate * time.as_secs_f64()).min(1e15) as i64;
        let is_decided = self.stop.load(Ordering::Relaxed) != NEVER;
        let why = if is_decided { None } else { wish().map(Ok).or_else(|| read_wish(place)).transpose()? };
        let stop = why.as_ref().map(|_| match self.is_alone(place) {
            true => step,
            false => step.saturating_add(in_time(self.ahead).max(STEPS_AHEAD)),
        });
        // From one look to the next at most twice as far: the first steps say little of the others.
        let gap = in_time(LOOK_EVERY).clamp(1, pace.last.map_or(1, |(.., gap)| gap.saturating_mul(2)));
        let look = step.saturating_add(gap);
        if !is_decided {
            say(place, &Said { look, stop, why: why.clone().unwrap_or_default() })?;
        }
        pace.last = Some((step, now, gap));
        if let (Some(stop), Some(why)) = (stop, why) {
            pace.why = why;
            self.stop.store(stop, Ordering::Relaxed);
        }
        // After that there is nothing to look for.
        self.look.store(if is_decided || stop.is_some() { NEVER } else { look }, Ordering::Relaxed);
        Ok(())
    }

    fn follow(&self, place: &Path, pace: &mut Pace, wish: impl FnOnce() -> Option<String>) -> Result<()> {
        let wish = if pace.has_wished { None } else { wish() };
        if let Some(why) = wish {
            leave_wish(place, &self.label, &format!("{}: {why}", self.label))?;
            pace.has_wished = true;
        }
        // Nothing yet, or just being written: the next step looks again.
        let Some(said) = read(place)? else { return Ok(()) };
        if let Some(stop) = said.stop {
            pace.why = said.why;
            self.stop.store(stop, Ordering::Relaxed);
        }
        self.look.store(if said.stop.is_some() { NEVER } else { said.look }, Ordering::Relaxed);
        Ok(())
    }

    fn is_alone(&self, place: &Path) -> bool {
        let others = || place.parent().map(directory::listed).transpose();
        !self.expects && others().is_ok_and(|all| all.is_none_or(|all| all.len() <= 1))
    }
}

fn say(place: &Path, said: &Said) -> Result<()> {
    let path = place.join(STEPS);
    let json = directory::with_check(Json::object([
        ("look", Json::from(said.look)),
        ("stop", said.stop.map(Json::from).into()),
        // A long reason is the run's warning too, whole.
        ("why", said.why.chars().take(LENGTH / 8).collect::<String>().into()),
    ]));
    let mut bytes = json.to_compact().into_bytes();
    bytes.resize(LENGTH, b' ');
    let written = file::open_or_create(&path).and_then(|file| file.write_all_at(&bytes, 0));
    written.map_err(|source| Error::io("write", &path, &source))
}

fn read(place: &Path) -> Result<Option<Said>> {
    let path = place.join(STEPS);
    let bytes = match file::read(&path) {
        Err(source) if source.kind() == NotFound => return Ok(None),
        read => read.map_err(|source| Error::io("read", &path, &source))?,
    };
    let json = std::str::from_utf8(&bytes).ok().and_then(|text| json::parse(text).ok());
    Ok(json.filter(directory::is_whole).and_then(|json| {
        Some(Said {
            look: json.i64_at("look")?,
            stop: json.i64_at("stop"),
            why: json.text_at("why").unwrap_or_default(),
        })
    }))
}

/// Leaves a worker's wish, whole: the owner reads it at any time. Of several, the owner follows the one that it
/// finds.
fn leave_wish(place: &Path, label: &str, why: &str) -> Result<()> {
    let path = place.join(WISH);
    let temporary = place.join(format!(".{WISH}.{label}"));
    file::write(&temporary, why.as_bytes())
        .and_then(|()| std::fs::rename(&temporary, &path))
        .map_err(|source| Error::io("write", &path, &source))
}

fn read_wish(place: &Path) -> Option<Result<String>> {
    let path = place.join(WISH);
    match file::read(&path) {
        Err(source) if source.kind() == NotFound => None,
        Ok(bytes) => Some(Ok(String::from_utf8_lossy(&bytes).into_owned())),
        Err(source) => Some(Err(Error::io("read", &path, &source))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(place: &Path, is_owner: bool) -> Agreed {
        Agreed {
            place: Some(place.join("owner")),
            is_owner,
            label: if is_owner { "owner".to_owned() } else { "rank.1".to_owned() },
            expects: is_owner,
            ahead: Duration::from_millis(1),
            look: AtomicI64::new(i64::MIN),
            stop: AtomicI64::new(NEVER),
            pace: Mutex::default(),
            told: OnceLock::new(),
        }
    }

    fn none() -> Option<String> {
        None
    }

    /// Both go through the steps, the one as many ahead of the other as processes that exchange data can be,
    /// in either order, with looks of any distance: they stop at the same one.
    #[test]
    fn all_stop_at_the_same_step() {
        for (ahead, wisher, at) in
            [(0, true, 5), (1, true, 40), (-1, true, 100), (1, false, 7), (-1, false, 64)]
        {
            let place = tempfile::tempdir().unwrap();
            std::fs::create_dir(place.path().join("owner")).unwrap();
            let (owner, worker) = (part(place.path(), true), part(place.path(), false));
            let mut stopped = [None, None];
            for turn in 0..i64::MAX {
                let steps = [turn + ahead.min(0), turn - ahead.max(0)];
                for (index, (one, step)) in [(&worker, steps[0]), (&owner, steps[1])].into_iter().enumerate()
                {
                    let wish = || (step >= at && (index == 1) == wisher).then(|| "told".to_owned());
                    if step >= 0 && stopped[index].is_none() && one.should_stop(step, wish).unwrap() {
                        stopped[index] = Some(step);
                    }
                }
                if stopped.iter().all(Option::is_some) {
                    break;
                }
            }
            assert!(stopped[0].is_some_and(|step| step > at), "{ahead} {wisher}: {stopped:?}");
            assert_eq!(stopped[0], stopped[1], "{ahead} {wisher}");
            let who = if wisher { "told" } else { "rank.1: told" };
            let why = format!("{who} (agreed for step {})", stopped[0].unwrap());
            assert_eq!([owner.told(), worker.told()], [Some(why.clone()), Some(why)]);
        }
    }

    /// An owner that looks while wishes come never sees a part of one.
    #[test]
    fn a_wish_is_read_whole_or_not_at_all() {
        let place = tempfile::tempdir().unwrap();
        let whys: Vec<String> = (0..3).map(|rank| format!("rank.{rank}: {}", "why ".repeat(500))).collect();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (place, is_over) = (place.path(), &is_over);
            let wishers = whys.iter().enumerate().map(|(rank, why)| {
                scope.spawn(move || {
                    (0..300).for_each(|_| leave_wish(place, &format!("rank.{rank}"), why).unwrap());
                })
            });
            let wishers: Vec<_> = wishers.collect();
            let owner = scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    if let Some(wish) = read_wish(place) {
                        assert!(whys.contains(&wish.unwrap()));
                    }
                }
            });
            wishers.into_iter().for_each(|wisher| wisher.join().unwrap());
            is_over.store(true, Ordering::Relaxed);
            owner.join().unwrap();
        });
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn one_that_comes_late_stops_at_once_and_says_so() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("owner")).unwrap();
        let (owner, worker) = (part(place.path(), true), part(place.path(), false));
        assert!(!owner.should_stop(10, || Some("told".to_owned())).unwrap());
        assert!(owner.should_stop(12, none).unwrap());
        assert!(worker.should_stop(50, none).unwrap());
        assert_eq!(worker.told().unwrap(), "told (agreed for step 12, and this process came to step 50)");
        assert!(worker.should_stop(51, none).unwrap());
    }

    #[test]
    fn an_owner_that_is_alone_stops_at_once() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("owner")).unwrap();
        let owner = Agreed { expects: false, ..part(place.path(), true) };
        assert!(!owner.should_stop(3, none).unwrap());
        assert!(owner.should_stop(4, || Some("told".to_owned())).unwrap());
        // Another member makes it two.
        std::fs::create_dir(place.path().join("worker")).unwrap();
        let owner = Agreed { expects: false, ..part(place.path(), true) };
        assert!(!owner.should_stop(4, || Some("told".to_owned())).unwrap());
        assert!(owner.should_stop(6, none).unwrap());
    }

    #[test]
    fn looks_are_rare_where_steps_are_quick() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("owner")).unwrap();
        let owner = part(place.path(), true);
        let looks = (0..1_000_000_i64)
            .filter(|step| {
                let looks = *step >= owner.look.load(Ordering::Relaxed);
                assert!(!owner.should_stop(*step, none).unwrap());
                looks
            })
            .count();
        assert!(looks < 200, "{looks}");
    }

    #[test]
    fn a_file_that_is_not_whole_is_none() {
        let place = tempfile::tempdir().unwrap();
        assert!(read(place.path()).unwrap().is_none());
        say(place.path(), &Said { look: 7, stop: None, why: "x".repeat(5000) }).unwrap();
        assert_eq!(read(place.path()).unwrap().unwrap().look, 7);
        let path = place.path().join(STEPS);
        let mut bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len(), LENGTH);
        bytes[12] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(read(place.path()).unwrap().is_none());
        std::fs::write(&path, "").unwrap();
        assert!(read(place.path()).unwrap().is_none());
    }
}
