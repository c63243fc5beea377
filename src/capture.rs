//! A run's capture: open, emit, finish.

mod emit;
mod open;
mod view;

use std::collections::HashMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use memmap2::MmapRaw;

use crate::ending::{self, Deadline, Ending};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, Staged};
use crate::journal::Emitter;
use crate::json::Json;
use crate::provenance::Gathering;
use crate::sample::Sampler;
use crate::seal::Sealer;
use crate::stdio::StdioCapture;
use crate::sync::lock;
use crate::writer::{Command, Shared};
use crate::{file, identity, journal, log, sys};

pub use emit::{Figure, Take, Value};
pub(crate) use emit::{check_name, log_line, metric, metric_step};
pub use open::Opened;
pub(crate) use open::{claim, unclaim};

/// What flushing has to reach.
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

/// What open artifacts, loggers and the C interface share of a capture.
#[derive(Debug)]
pub(crate) struct Inner {
    shared: Arc<Shared>,
    sealer: Arc<Sealer>,
    commands: Sender<Command>,
    thread: Mutex<Option<JoinHandle<()>>>,
    outcome: Mutex<Option<Result<()>>>,
    open: Mutex<HashMap<String, Open>>,
    stdio: Mutex<Option<StdioCapture>>,
    deadline: Deadline,
    ending: Mutex<Option<Ending>>,
    gathering: Mutex<Option<Gathering>>,
    sampler: Mutex<Option<Sampler>>,
}

/// An artifact that is being filled.
#[derive(Debug)]
struct Open {
    staged: Staged,
    map: Option<Arc<MmapRaw>>,
}

impl Capture {
    /// Has `body` use the live capture; a disabled one succeeds with nothing.
    fn live<R: Default>(&self, body: impl FnOnce(&Arc<Inner>) -> Result<R>) -> Result<R> {
        self.inner.as_ref().map_or(Ok(R::default()), body)
    }

    /// Has `body` append for the calling thread; a disabled capture succeeds without.
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

    /// Which of how many processes of the run this is; 0 of 1 where that is unknown.
    pub fn rank(&self) -> (i64, i64) {
        let member = self.inner.as_ref().map(|inner| &inner.shared.member);
        member.and_then(|member| member.rank.zip(member.size)).unwrap_or((0, 1))
    }

    /// A seed for `name`, derived from the run's root seed and replicate as the package does.
    ///
    /// # Errors
    /// None that options let through.
    pub fn derive_seed(&self, name: &str) -> Result<u64> {
        self.live(|inner| identity::derive_seed_from(&inner.shared.identity.seeds, name))
    }

    /// Adds a warning: its message, and details as an object.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn warning(&self, message: &str, details: Json) -> Result<()> {
        self.live(|inner| {
            let mut warning = Json::object([("message", message)]);
            if let (Json::Object(warning), Json::Object(details)) = (&mut warning, details) {
                details.into_iter().for_each(|(key, value)| {
                    warning.entry(key).or_insert(value);
                });
            }
            inner.event(&Event::Warning(warning))
        })
    }

    /// Adds a line to the notes.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn note(&self, text: &str) -> Result<()> {
        self.live(|inner| inner.event(&Event::Note(text.to_owned())))
    }

    /// Adds a tag.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn tag(&self, tag: &str) -> Result<()> {
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

    /// Whether the run is to stop: because of a signal that [`Options::signals`] has this process
    /// take, of [`request_stop`](Self::request_stop), or of [`Options::stop_before`]. Costs a few
    /// loads. A run that has been told so and did not fail ends as "cancelled".
    ///
    /// [`Options::signals`]: crate::Options::signals
    /// [`Options::stop_before`]: crate::Options::stop_before
    pub fn should_stop(&self) -> bool {
        ending::should_stop(self.key())
    }

    /// Has [`should_stop`](Self::should_stop) be true from now on.
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
    /// Series become entries when the run ends; a durable flush puts their journal on the disk.
    ///
    /// # Errors
    /// When something could not be written so far, or the run has ended.
    pub fn flush(&self, how: Flush) -> Result<()> {
        self.live(|inner| inner.flush(how))
    }

    /// Ends the run: everything goes into the store, and the disk is waited for if the options say
    /// so. Again, it repeats the first answer.
    ///
    /// # Errors
    /// When something could not be written; the message says what. The run is ended all the same.
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
    /// Has `body` append for the calling thread.
    pub(crate) fn emit<R>(&self, body: impl FnOnce(&Emitter) -> Result<R>) -> Result<R> {
        journal::with(&self.shared.journal, body)
    }

    fn event(&self, event: &Event) -> Result<()> {
        self.shared.journal.event(event)
    }

    fn check_open(&self) -> Result<()> {
        if self.shared.journal.is_closed() {
            return Err(Error::new(
                ErrorKind::Closed,
                "the run has ended here: finished, freed, or left to the parent by fork",
            ));
        }
        Ok(())
    }

    /// Waits until the writer has taken in what was appended before.
    fn follow(&self) -> Result<()> {
        if self.shared.journal.is_inherited() {
            return self.check_open();
        }
        let (answer, answered) = channel();
        if self.commands.send(Command::Follow(answer)).is_ok() {
            self.shared.journal.wake();
            // An error is the end of the writer: the run has ended, and everything is taken in.
            let _ = answered.recv();
        }
        Ok(())
    }

    fn flush(&self, how: Flush) -> Result<()> {
        self.check_open()?;
        self.follow()?;
        // Here, not in the writer: log lines of others don't wait for an artifact's hash.
        self.sealer.wait();
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
        let stdio = lock(&self.stdio).take();
        drop(stdio);
        // Both go on until they are ended.
        let (sampler, gathering) = (lock(&self.sampler).take(), lock(&self.gathering).take());
        drop(sampler);
        if let Some(gathering) = gathering {
            gathering.end();
        }
        log::unsubscribe(self, None);
        self.keep_open_artifacts();
        if let Some(reason) = lock(&self.ending).as_ref().and_then(Ending::answered)
            && let Err(error) = self.event(&Event::Cancelled { reason: Some(reason) })
        {
            self.shared.problem("end the run as cancelled", &error);
        }
        self.shared.journal.close();
        let (answer, answered) = channel();
        let asked = self.commands.send(Command::Finish(answer));
        self.shared.journal.wake();
        let result = match asked.ok().and_then(|()| answered.recv().ok()) {
            Some(result) => result,
            None => Err(Error::new(ErrorKind::Panic, "the writer thread has stopped before the run's end")),
        };
        if let Some(thread) = lock(&self.thread).take() {
            let _ = thread.join();
        }
        drop(lock(&self.ending).take());
        open::forget(&self.shared);
        if let Some(index) = self.shared.store.index() {
            index.settle(Some(&self.shared.identity.run_id));
        }
        *outcome = Some(result.clone());
        result
    }

    /// What nobody sealed is kept as it stands, and says so.
    fn keep_open_artifacts(&self) {
        let open = std::mem::take(&mut *lock(&self.open));
        for (name, Open { mut staged, map }) in open {
            if let Json::Object(metadata) = &mut staged.metadata {
                metadata.insert("incomplete".to_owned(), Json::Bool(true));
            }
            // Whoever still computes into the array does so in memory of their own from here on.
            if let Some(map) = map
                && let Err(error) = self.make_private(&name, &map)
            {
                self.shared.problem("keep an array that was not sealed", &error);
            }
            if let Err(error) = self.event(&Event::Artifact(staged)) {
                self.shared.problem("keep an artifact that was not sealed", &error);
            }
        }
    }

    fn make_private(&self, staged: &str, map: &MmapRaw) -> Result<()> {
        let path = self.sealer.staging().path(staged);
        // SAFETY: the map is one of the whole staged file.
        file::open(&path)
            .and_then(|file| unsafe { sys::make_private(&file, map.as_mut_ptr(), map.len()) })
            .map_err(|source| Error::io("map", &path, &source))
    }

    /// Has `body` change an artifact that is open.
    pub(crate) fn open_artifact<R>(&self, staged: &str, body: impl FnOnce(&mut Staged) -> R) -> Option<R> {
        if self.shared.journal.is_inherited() {
            // The file is the parent's, and its lock may have been held at the fork.
            return None;
        }
        lock(&self.open).get_mut(staged).map(|open| body(&mut open.staged))
    }

    pub(crate) fn seal_open(&self, staged: &str, map: Option<Arc<MmapRaw>>) -> Result<()> {
        if self.shared.journal.is_inherited() {
            return self.check_open();
        }
        let open = lock(&self.open).remove(staged);
        let Some(open) = open else {
            return Err(Error::new(ErrorKind::Closed, "the run ended before the artifact was sealed"));
        };
        if let Some(map) = map {
            // The one in `open` would keep it mapped.
            drop(open.map);
            self.sealer.backlog().add(staged, map);
        }
        self.event(&Event::Artifact(open.staged.clone())).inspect_err(|_| {
            self.sealer.backlog().remove(staged);
            // The end of the run keeps it then, as one that nobody sealed.
            lock(&self.open).insert(staged.to_owned(), Open { staged: open.staged, map: None });
        })
    }

    pub(crate) fn abandon_open(&self, staged: &str) -> Result<()> {
        if self.shared.journal.is_inherited() {
            // The file is the parent's.
            return self.check_open();
        }
        let Some(_) = lock(&self.open).remove(staged) else {
            return Err(Error::new(ErrorKind::Closed, "the run ended before the artifact was abandoned"));
        };
        let path = self.sealer.staging().path(staged);
        std::fs::remove_file(&path).map_err(|source| Error::io("remove", &path, &source))?;
        self.event(&Event::Abandoned { staged: staged.to_owned() })
    }
}

const _: () = {
    const fn any_thread<T: Send + Sync>() {}
    any_thread::<Capture>();
};
