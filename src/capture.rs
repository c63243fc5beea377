//! A run's capture: open, emit, finish.

mod artifacts;
mod declared;
mod directories;
mod earlier;
mod figures;
mod files;
mod logs;
mod metrics;
mod open;
mod output;
pub mod recover;
mod references;
mod series;
mod view;

use std::sync::{Arc, Mutex};

use crossbeam_channel::bounded;

use serde::Serialize;

use self::declared::Declared;
use crate::artifacts::Desk;
use crate::base::crew::Place;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json;
use crate::base::sync::lock;
use crate::companions::ending::{self, Agreed, Ending};
use crate::companions::provenance::Gathering;
use crate::companions::sample::Sampler;
use crate::companions::stdio::StdioCapture;
use crate::fold::writer::{Command, Writer};
use crate::index::Feed;
use crate::journal;
use crate::journal::Emitter;
use crate::journal::event::Event;
use crate::members::rank::Rank;
use crate::run::Context;
use crate::run::Deadline;
use crate::run::identity;
use crate::run::log;

pub use figures::Figure;
pub use files::Take;
pub use open::Opened;
pub use output::Output;
pub use series::Series;

/// How far a flush has to bring what was emitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// Readers of the store see everything that was emitted before.
    Visible = 0,
    /// The disk has it, too.
    Durable = 1,
}

/// A capture: emits a run's metrics, data, artifacts, figures and logs into its store.
///
/// Every method may be called from any thread. Dropping it finishes the run.
#[derive(Debug)]
pub struct Capture {
    inner: Option<Arc<Inner>>,
}

/// The part of a capture that open artifacts, loggers and the C interface share.
#[derive(Debug)]
pub(crate) struct Inner {
    shared: Arc<Context>,
    desk: Arc<Desk>,
    writer: Place<Writer>,
    outcome: Mutex<Option<Result<()>>>,
    stdio: Mutex<Option<StdioCapture>>,
    deadline: Deadline,
    ending: Mutex<Option<Ending>>,
    agreed: Agreed,
    declared: Declared,
    gathering: Mutex<Option<Gathering>>,
    sampler: Mutex<Option<Sampler>>,
    index: Option<Arc<Feed>>,
}

impl Capture {
    /// Calls `body` with the live capture; a disabled one succeeds with nothing.
    fn live<R: Default>(&self, body: impl FnOnce(&Arc<Inner>) -> Result<R>) -> Result<R> {
        self.inner.as_ref().map_or(Ok(R::default()), body)
    }

    /// Calls `body` with the calling thread's emitter; a disabled capture succeeds without.
    pub(crate) fn emit(&self, body: impl FnOnce(&Emitter) -> Result<()>) -> Result<()> {
        self.live(|inner| inner.emit(body))
    }

    /// The key under which threads find their way into the journal; 0 when disabled.
    pub(crate) fn key(&self) -> u64 {
        self.inner.as_ref().map_or(0, |inner| inner.shared.journal.key())
    }

    /// The run's id, "" when disabled.
    pub fn run_id(&self) -> &str {
        self.inner.as_ref().map_or("", |inner| &inner.shared.identity.run_id)
    }

    /// Which of how many processes of the run this is; the only one where that is unknown.
    pub fn rank(&self) -> Rank {
        let member = self.inner.as_ref().map(|inner| &inner.shared.member);
        member.and_then(|member| member.rank).unwrap_or_default()
    }

    /// A seed for `name`, derived from the run's root seed and replicate as the package does.
    ///
    /// # Errors
    /// None that options let through.
    pub fn derive_seed(&self, name: &str) -> Result<u64> {
        self.live(|inner| identity::derive_seed_from(&inner.shared.identity.seeds, name))
    }

    /// Adds a warning: its message, and details, which must become a JSON object; `()` for none.
    ///
    /// # Errors
    /// When `details` is no object, or the run has ended.
    pub fn add_warning(&self, message: &str, details: impl Serialize) -> Result<()> {
        self.live(|inner| {
            let mut warning = json::object_of("details", &details)?;
            warning.insert("message".to_owned(), message.into());
            inner.event(&Event::Warning(warning.into()))
        })
    }

    /// Adds a line to the notes.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn add_note(&self, text: &str) -> Result<()> {
        self.live(|inner| inner.event(&Event::Note(text.to_owned())))
    }

    /// Adds a tag.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn add_tag(&self, tag: &str) -> Result<()> {
        self.live(|inner| inner.event(&Event::Tag(tag.to_owned())))
    }

    /// Makes the run end as "failed"; the first failure is kept.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn fail(&self, kind: &str, message: &str, traceback: Option<&str>) -> Result<()> {
        self.live(|inner| {
            inner.event(&Event::Failed {
                kind: kind.to_owned(),
                message: message.to_owned(),
                traceback: traceback.map(str::to_owned),
            })
        })
    }

    /// Makes the run end as "cancelled", unless it failed.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn cancel(&self, reason: Option<&str>) -> Result<()> {
        self.live(|inner| inner.event(&Event::Cancelled { reason: reason.map(str::to_owned) }))
    }

    /// Returns whether the run is to stop: because of a signal that [`Options::signals`] lets this process
    /// take, of [`request_stop`](Self::request_stop), or of [`Options::stop_before`]. Costs a few
    /// loads. A run that has been told so and did not fail ends as "cancelled".
    ///
    /// [`Options::signals`]: crate::Options::signals
    /// [`Options::stop_before`]: crate::Options::stop_before
    pub fn should_stop(&self) -> bool {
        ending::should_stop(self.key())
    }

    /// Returns whether the run is to stop at `step`: true at the same step in all of its processes, whichever
    /// of them has a reason to, as [`should_stop`](Self::should_stop) knows them. All of them have to ask for
    /// the same steps, and must not be more than one step apart where a step takes longer than half a
    /// second; more where steps are shorter, up to those of a second. What it returned true for ends as
    /// "cancelled", unless it failed. Reads or writes a small file of the store about twice a second.
    ///
    /// # Errors
    /// When that file can't be had, or the run has ended. No process stops then; the next call tries again.
    pub fn should_stop_at(&self, step: i64) -> Result<bool> {
        self.live(|inner| {
            inner.check_open()?;
            inner.agreed.should_stop(step, || lock(&inner.ending).as_ref().and_then(Ending::wish))
        })
        .map(|stops| stops || self.inner.is_none() && ending::should_stop(0))
    }

    /// Makes [`should_stop`](Self::should_stop) true from now on.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn request_stop(&self) -> Result<()> {
        if ending::request_stop(self.key()) {
            return Ok(());
        }
        self.live(|inner| inner.check_open())
    }

    /// Seconds until the end of the process's time, negative after it; infinity if there is none, and
    /// when disabled.
    pub fn seconds_left(&self) -> f64 {
        self.inner.as_ref().map_or(f64::INFINITY, |inner| inner.deadline.seconds_left())
    }

    /// Waits until everything that was emitted before is visible to readers, or on the disk.
    /// An entry is written of each series that has new points: a part of it, if it is long, as its metadata
    /// says. The whole is there when the run ends; a durable flush puts the journal of it on the disk.
    ///
    /// # Errors
    /// When something could not be written so far, or the run has ended.
    pub fn flush(&self, how: Flush) -> Result<()> {
        self.live(|inner| inner.flush(how))
    }

    /// Ends the run: everything goes into the store, and the disk is waited for if the options say
    /// so. A second call repeats the first result.
    ///
    /// # Errors
    /// When something could not be written; the message says what. The run has ended nevertheless.
    pub fn finish(&self) -> Result<()> {
        self.live(|inner| inner.finish())
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        // Whoever wants the error calls finish.
        let _ = self.finish();
    }
}

impl Inner {
    /// Calls `body` with the calling thread's emitter.
    pub(crate) fn emit<R>(&self, body: impl FnOnce(&Emitter) -> Result<R>) -> Result<R> {
        journal::with(&self.shared.journal, body)
    }

    fn event(&self, event: &Event) -> Result<()> {
        self.shared.journal.event(event)
    }

    fn check_open(&self) -> Result<()> {
        self.shared.check_open()
    }

    /// Waits until the writer has taken in what was appended before.
    fn follow(&self) -> Result<()> {
        if self.shared.journal.is_inherited() {
            return self.check_open();
        }
        let (answer, answered) = bounded(1);
        self.writer.order(Command::Follow(answer));
        // An error is the end of the writer: the run has ended, and everything is taken in.
        let _ = answered.recv();
        Ok(())
    }

    fn flush(&self, how: Flush) -> Result<()> {
        self.check_open()?;
        self.shared.check_ours()?;
        self.follow()?;
        // Here, not in the writer: log lines of others don't wait for an artifact's hash.
        self.desk.sealer().wait();
        {
            // A run that another thread is finishing must not be said to be running after its end.
            let outcome = lock(&self.outcome);
            if outcome.is_some() {
                return self.check_open();
            }
            if lock(&self.shared.state).changed {
                self.shared.write_record(crate::run::Status::Running)?;
            }
        }
        if how == Flush::Durable {
            self.shared.sync()?;
        }
        self.shared.complaint()
    }

    pub(crate) fn finish(&self) -> Result<()> {
        if self.shared.journal.is_inherited() {
            return self.check_open();
        }
        let mut outcome = lock(&self.outcome);
        if let Some(outcome) = &*outcome {
            return outcome.clone();
        }
        self.end_stdio();
        // Both go on until they are ended.
        let (sampler, gathering) = (lock(&self.sampler).take(), lock(&self.gathering).take());
        drop(sampler);
        if let Some(gathering) = gathering {
            gathering.end();
        }
        log::unsubscribe(&self.shared.journal, None);
        self.desk.keep_open();
        let answered = || lock(&self.ending).as_ref().and_then(Ending::answered);
        let reason = self.agreed.told().or_else(answered);
        let said = reason.map_or(Ok(()), |reason| self.event(&Event::Cancelled { reason: Some(reason) }));
        if let Err(error) = said {
            self.shared.problem("end the run as cancelled", &error);
        }
        self.shared.journal.close();
        journal::leave(&self.shared.journal);
        let (answer, answered) = bounded(1);
        self.writer.order(Command::Finish(answer));
        let result = answered.recv().unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Panic, "the writer thread has stopped before the run's end"))
        });
        self.writer.leave();
        drop(lock(&self.ending).take());
        // The rest, which could not be written, is for who opens the run again, here too.
        self.shared.journal.let_go();
        if let Some(reason) = self.index.as_ref().and_then(|index| index.end(&self.shared.identity.run_id)) {
            self.shared.warn_after_end(&[
                ("message", "the index is behind"),
                ("reason", &reason),
                ("rebuild", "metalab_index_rebuild, or the next run with this store, brings it in"),
            ]);
        }
        *outcome = Some(result.clone());
        result
    }
}

const _: () = {
    const fn any_thread<T: Send + Sync>() {}
    any_thread::<Capture>();
};
