//! The job that makes a store of the journal: the run is the fold of its records.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::Sender;

use super::entries::Entries;
use super::folded::Saves;
use super::log_file::LogFile;
use super::postponed::Postponed;
use super::publish::Published;
use crate::artifacts::sealer::Sealer;
use crate::base::crew::{Crew, Job, Next};
use crate::base::error::Result;
use crate::base::file;
use crate::base::json::Json;
use crate::base::level::Level;
use crate::base::sync::lock;
use crate::base::sys::coarse_time;
use crate::journal::event::{Event, Staged};
use crate::journal::lanes::{At, Merge, Passed, Stop};
use crate::journal::position::Beat;
use crate::journal::segment::{self, Segment};
use crate::run::{Context, RunLog, Status};
use crate::store::Submission;
use crate::store::series::Series;

/// Bytes that all series together keep in memory, at most.
pub(super) const SERIES_MEMORY: usize = 64 << 20;

/// Records that are taken in between looking after everything else.
pub(super) const PIECE: usize = 16 << 10;

/// How long the writer has nothing to do until it sleeps until it is woken.
const IDLE_TO_SLEEP: Duration = Duration::from_secs(1);

/// How long it sleeps then; what it notes as the time of its life is as old at most.
const LONG_SLEEP: Duration = Duration::from_secs(10);

/// How long it waits until it looks once more before that: by then what others stored is seen.
const SECOND_LOOK: Duration = Duration::from_millis(100);

/// How often then segments that were kept ready are given back.
const IDLE_TO_SHRINK: Duration = Duration::from_secs(5);

/// The name of the problem that the record can't be brought up to date.
pub(super) const REFRESH: &str = "refresh the run's record";

/// How long the end of a run waits for other processes to be done with the manifest.
pub(super) const SUBMIT_PATIENCE: Duration = Duration::from_millis(500);

/// The name of the problem that events can't be taken in.
pub(super) const EVENTS: &str = "take in an event";

/// How long events that could not be taken in wait until they are tried again.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// The threads of the process that bring its runs' stores up to date.
pub static WRITERS: Crew<Writer> = Crew::new("metalab-writer", 5, 4);

/// Orders to the writer, to be carried out once it has taken in everything before.
#[derive(Debug)]
pub enum Command {
    /// Reply.
    Follow(Sender<()>),
    /// End the run, and reply how that went.
    Finish(Sender<Result<()>>),
}

/// How often things happen.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Log lines reach their file within this.
    pub flush: Duration,
    /// The record is refreshed this often, if at all.
    pub refresh: Option<Duration>,
}

/// The writer's own side of a run.
pub struct Writer {
    pub(super) shared: Arc<Context>,
    pub(super) sealer: Arc<Sealer>,
    pub(super) pace: Pace,
    /// The journal as far as the store has it, but for the log.
    pub(super) merge: Merge,
    /// The journal as far as the log has it.
    pub(super) log_merge: Merge,
    /// Segments that one of these two has read, and bytes of those that both have.
    pub(super) half_read: BTreeSet<u64>,
    pub(super) read: Vec<Passed>,
    pub(super) series: Vec<Option<Box<Series>>>,
    pub(super) log: LogFile,
    /// Lines with lower numbers are in the log's file.
    pub(super) logged: u64,
    /// Artifacts that are open, by their staged file.
    pub(super) open: BTreeMap<String, Staged>,
    /// Artifacts that are complete and were not sealed when this was last looked at, in their order.
    pub(super) artifacts: Vec<Staged>,
    /// Points and metrics of names that the journal does not know.
    pub(super) unnamed: u64,
    pub(super) refreshed: Instant,
    /// When the results of other processes were looked for, and the state of their directory then.
    pub(super) looked: (Instant, Option<SystemTime>),
    /// When the journal was last followed.
    pub(super) followed: Instant,
    /// When there was last something to do.
    pub(super) busy: Instant,
    /// When segments were last given back.
    pub(super) shrunk: Instant,
    /// True if the log says that room is scarce.
    pub(super) scarce: bool,
    /// Blobs that were taken in, and their sizes.
    pub(super) spent: Vec<(u64, u64)>,
    pub(super) saves: Saves,
    /// Second links to the files of series, until the run has ended.
    pub(super) kept: Vec<PathBuf>,
    /// True if this takes over what a dead process left.
    pub(super) is_recovery: bool,
    pub(super) postponed: Postponed,
    /// Series that are shown while they grow.
    pub(super) published: Published,
    /// Data that is yet to be written.
    pub(super) entries: Entries,
    /// The part of the run in its experiment's manifest, until it is there.
    submission: Option<Submission>,
    /// When that was last tried.
    submit_tried: Option<Instant>,
    /// True if series go on with what earlier attempts at the run left.
    pub(super) has_base: bool,
    /// How the record says that the run ended, if the process died only after that.
    pub(super) ended_as: Option<Status>,
    /// How the process died, as its part has it, if it did.
    pub(super) death: Option<Json>,
}

impl Writer {
    /// A writer of what `shared.journal` holds; `log` is the run's log file, open to append.
    pub fn new(shared: Arc<Context>, sealer: Arc<Sealer>, pace: Pace, log: RunLog) -> Self {
        let has_base = !file::is_gone(&shared.member.base());
        let log = LogFile::new(log, shared.identity.logger());
        let now = Instant::now();
        let merge = || Merge::new(shared.journal.directory());
        Self {
            merge: merge(),
            log_merge: merge(),
            shared,
            sealer,
            pace,
            half_read: BTreeSet::new(),
            read: Vec::new(),
            series: Vec::new(),
            log,
            logged: 0,
            open: BTreeMap::new(),
            artifacts: Vec::new(),
            unnamed: 0,
            refreshed: now,
            looked: (now, None),
            followed: now,
            busy: now,
            shrunk: now,
            scarce: false,
            spent: Vec::new(),
            saves: Saves::default(),
            kept: Vec::new(),
            is_recovery: false,
            postponed: Postponed::default(),
            published: Published::default(),
            entries: Entries::default(),
            submission: None,
            submit_tried: None,
            has_base,
            ended_as: None,
            death: None,
        }
    }

    /// How long there is nothing to do, as far as can be seen.
    fn rest(&mut self) -> Duration {
        let journal = &self.shared.journal;
        if journal.is_urgent() {
            return Duration::ZERO;
        }
        if self.busy.elapsed() < IDLE_TO_SLEEP {
            return self.pace.flush;
        }
        if self.shrunk.elapsed() > IDLE_TO_SHRINK {
            self.shrunk = Instant::now();
            journal.shrink();
        }
        if journal.set_asleep() {
            // Work that is tried again needs no record to come, nor does a record that others changed.
            let again = !self.postponed.is_empty()
                || !self.entries.is_empty()
                || self.log.is_ready()
                || self.scarce
                || self.submission.is_some()
                || self.published.is_under_way();
            let is_news = self.published.has_news || lock(&self.shared.state).changed;
            let refresh = self.pace.refresh.map(|interval| match is_news {
                true => interval.saturating_sub(self.refreshed.elapsed()),
                false => interval,
            });
            let sleep = if again { RETRY } else { LONG_SLEEP };
            return refresh.map_or(sleep, |refresh| refresh.min(sleep)).max(self.pace.flush);
        }
        // A thread may have appended before and looked at the flag before it was set.
        if self.follow_or_say(false) {
            self.busy = Instant::now();
        }
        self.pace.flush.max(SECOND_LOOK)
    }

    /// Replies to what is asked when the run is another process's: nothing is written any more.
    fn stand_aside(&mut self, orders: &mut VecDeque<Command>) -> Next {
        for command in orders.drain(..) {
            match command {
                Command::Follow(answer) => drop(answer.send(())),
                Command::Finish(answer) => {
                    // An artifact that is handed in can't be sealed any more.
                    self.sealer.end();
                    let result = self.shared.complaint();
                    self.let_go();
                    return Next::End(Box::new(move || drop(answer.send(result))));
                }
            }
        }
        Next::After(LONG_SLEEP)
    }

    pub(super) fn restock(&mut self) {
        let journal = &self.shared.journal;
        // If it can't, room is scarce, and that is said below.
        let _ = journal.restock();
        if journal.is_scarce() != self.scarce {
            self.scarce = !self.scarce;
            let text = match self.scarce {
                true => "Capture is short of room: debug lines are left out",
                false => "Capture has room again: debug lines are taken",
            };
            self.log.remark(coarse_time(), Level::Warning, text);
        }
    }

    /// Gives back the memory of the segments, which threads that emitted may hold for as long as they
    /// live.
    fn let_go(&mut self) {
        self.begin(true);
        let empty = || Merge::new(Path::new(""));
        self.log_merge = empty();
        std::mem::replace(&mut self.merge, empty()).into_segments().for_each(Segment::retire);
    }

    /// Like `follow`; what can't be read is a problem of the run.
    pub(super) fn follow_or_say(&mut self, last: bool) -> bool {
        self.follow(last).unwrap_or_else(|error| {
            self.shared.problem("read the journal", &error);
            false
        })
    }

    /// Takes in what was appended since; true if there was anything. The last time, it waits for
    /// no number that is missing.
    ///
    /// # Errors
    /// When the journal of a dead process can't be read.
    pub(super) fn follow(&mut self, last: bool) -> Result<bool> {
        let mut is_busy = false;
        let mut goal = None;
        loop {
            let drawn = self.begin(last);
            let goal = *goal.get_or_insert(drawn);
            let (stop, count) = self.follow_state()?;
            is_busy |= count > 0;
            self.published.has_news |= count > 0;
            self.follow_log()?;
            self.note_read();
            if count > 0 {
                self.spill();
            }
            self.save_if_due();
            match stop {
                Stop::Enough => self.restock(),
                Stop::Stale if goal.is_some_and(|goal| self.merge.next() < goal) => {}
                _ => return Ok(is_busy),
            }
        }
    }

    /// Begins a round of both merges, and gives the number of the next record.
    fn begin(&mut self, last: bool) -> Option<u64> {
        // Before the segments that came into use are taken, and both before the lanes are looked at.
        let drawn = (!last).then(|| self.shared.journal.drawn());
        for fresh in self.shared.journal.take_fresh() {
            self.merge.add(&fresh);
            self.log_merge.add(&fresh);
        }
        self.merge.begin(drawn);
        self.log_merge.begin(drawn);
        if self.shared.journal.is_far_ahead() {
            self.merge.waiting().for_each(|segment| segment.release_memory());
        }
        drawn
    }

    fn follow_state(&mut self) -> Result<(Stop, usize)> {
        let mut merge = std::mem::replace(&mut self.merge, Merge::new(Path::new("")));
        let mut count = 0;
        let stop = merge.advance(PIECE, |record, at| {
            count += 1;
            self.take(record, at);
            true
        });
        self.merge = merge;
        for at in self.merge.take_damaged() {
            self.damaged(at);
        }
        Ok((stop?, count))
    }

    /// Notes which segments have been read.
    fn note_read(&mut self) {
        let by_state = self.merge.take_passed();
        by_state.iter().for_each(|passed| self.shared.journal.note_read(passed.size));
        for passed in by_state.into_iter().chain(self.log_merge.take_passed()) {
            // The second of the two to pass it.
            if self.half_read.remove(&passed.ordinal) {
                self.read.push(passed);
            } else {
                self.half_read.insert(passed.ordinal);
            }
        }
    }

    fn damaged(&mut self, at: At) {
        let what = format!("read the journal's {} beyond byte {}", segment::name(at.ordinal), at.offset * 8);
        let mut state = lock(&self.shared.state);
        if !self.is_recovery {
            return state.problem(&what, &"the bytes are no record");
        }
        // Nothing will make them one: the run says so, and the journal need not stay for it.
        let warning = [("message", "the journal is damaged"), ("reason", what.as_str())];
        state.apply(Event::Warning(Json::object(warning)));
    }

    /// Refreshes the record and the series that readers see while the run goes on.
    pub(super) fn refresh(&mut self) {
        self.tell_losses();
        let due = self.pace.refresh.is_some_and(|interval| self.refreshed.elapsed() >= interval);
        let is_changed = lock(&self.shared.state).changed;
        let shows = self.published.is_due();
        if due && (is_changed || shows) {
            self.refreshed = Instant::now();
            if is_changed {
                self.write_running();
            }
            if shows {
                self.published.begin();
            }
        }
        self.publish_some();
        let is_observed = self.shared.member.is_owner && self.shared.store.is_observed();
        if is_observed && self.pace.refresh.is_some_and(|interval| self.looked.0.elapsed() >= interval) {
            self.tell_of_others();
        }
    }

    /// Tells who observes the store if the run's results have changed, which other processes write too.
    fn tell_of_others(&mut self) {
        let shared = &self.shared;
        let results = shared.store.result_dir(&shared.identity.run_id);
        let changed = std::fs::metadata(&results).and_then(|results| results.modified()).ok();
        if changed != self.looked.1 {
            shared.store.tell(&results.join("any"));
        }
        self.looked = (Instant::now(), changed);
    }

    /// Says which files were found damaged, and which ones others have closed.
    pub(super) fn tell_losses(&mut self) {
        if self.log.tell_closed() {
            self.warn("other code of the process has closed files of the capture; they were opened again");
        }
        for aside in self.shared.store.take_set_aside() {
            self.warn(&aside.message());
        }
    }

    /// Has the run added to its experiment's manifest.
    pub fn submit(&mut self, submission: Submission) {
        self.submission = Some(submission);
    }

    /// Adds the run to the manifest, if it is not there yet and another process does not hold the manifest
    /// for longer than `patience`.
    ///
    /// # Errors
    /// When it can't be written. That is no problem of the run: the next one counts what is there.
    pub(super) fn submit_if_due(&mut self, patience: Duration) -> Result<()> {
        let Some(submission) = &self.submission else { return Ok(()) };
        self.submit_tried = Some(Instant::now());
        if self.shared.store.submit(submission, patience)? {
            self.submission = None;
        }
        Ok(())
    }

    pub(super) fn write_running(&mut self) {
        let written = self.shared.write_record(Status::Running);
        self.shared.tried(REFRESH, written);
    }
}

impl Job for Writer {
    type Order = Command;

    fn turn(&mut self, orders: &mut VecDeque<Command>, is_due: bool) -> Next {
        self.restock();
        // In between it keeps off the processors, which the solver may need itself.
        let rested = self.followed.elapsed();
        let is_urgent = self.shared.journal.take_urgent() || !orders.is_empty();
        if rested < self.pace.flush && !is_urgent && !is_due {
            return Next::After(self.pace.flush - rested);
        }
        // Before anything is written: the run may be another process's now.
        match self.shared.beat(coarse_time()) {
            Beat::Well => {}
            Beat::Regained => {
                let text = "The program has closed this library's files; they are open and locked again";
                self.log.remark(coarse_time(), Level::Warning, text);
            }
            Beat::Taken(_) => return self.stand_aside(orders),
        }
        // Everything that the orders wait for was appended before they were sent.
        let busy = self.follow_or_say(false);
        self.write_due_entries();
        if self.submit_tried.is_none_or(|tried| tried.elapsed() > RETRY) {
            // The end of the run says it, if it can't be done until then.
            let _ = self.submit_if_due(Duration::ZERO);
        }
        self.refresh();
        if !self.postponed.is_empty() && self.postponed.tried.is_none_or(|tried| tried.elapsed() > RETRY) {
            self.try_again();
        }
        for command in orders.drain(..) {
            match command {
                Command::Follow(answer) => {
                    self.try_again();
                    self.write_all_entries();
                    self.summarise();
                    self.publish_all();
                    let _ = answer.send(());
                }
                Command::Finish(answer) => {
                    let result = self.finish();
                    self.let_go();
                    return Next::End(Box::new(move || drop(answer.send(result))));
                }
            }
        }
        self.followed = Instant::now();
        if busy {
            self.busy = self.followed;
            self.shared.journal.set_awake();
        }
        Next::After(self.rest())
    }
}
