//! The context that the threads of a run share.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use super::state::{Ended, Identity, Problem, State, Status};
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::sync::lock;
use crate::journal::Journal;
use crate::journal::position::{self, Beat, Position};
use crate::members::liveness::TakeOver;
use crate::members::{Member, directory, part};
use crate::store::{RunLock, Store};

/// A run as its threads share it: the caller's, the writer and the sealer.
#[derive(Debug)]
pub struct Context {
    /// Holds what was emitted.
    pub journal: Arc<Journal>,
    /// Where it goes.
    pub store: Arc<Store>,
    /// Whose it is.
    pub identity: Identity,
    /// The run so far.
    pub state: Mutex<State>,
    /// The part of this process in it.
    pub member: Member,
    /// The word on processes of other machines, as it was when the run began here.
    pub known: TakeOver,
    /// When the run started, on a clock that nobody sets.
    pub clock: Instant,
    /// When it ended, if it has.
    pub ended: OnceLock<Ended>,
    /// Why it is this process's no more, if another one took it over while this one lived.
    pub taken: OnceLock<String>,
}

impl Context {
    /// A run that goes on from now.
    pub fn new(
        journal: Arc<Journal>,
        store: Arc<Store>,
        identity: Identity,
        state: State,
        member: Member,
        known: TakeOver,
    ) -> Arc<Self> {
        Arc::new(Self {
            journal,
            store,
            identity,
            state: Mutex::new(state),
            member,
            known,
            clock: Instant::now(),
            ended: OnceLock::new(),
            taken: OnceLock::new(),
        })
    }

    /// Refuses work for a run that has ended here, or of which the writer's last beat has said that it is
    /// another process's. Without a system call.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`], or [`ErrorKind::Incomplete`].
    pub fn check_open(&self) -> Result<()> {
        self.refuse_taken()?;
        if self.journal.is_closed() {
            return Err(Error::new(
                ErrorKind::Closed,
                "the run is closed in this process: it was finished or freed, or this is a forked child",
            ));
        }
        Ok(())
    }

    /// Says that the writer lives, and looks whether the run is this process's still. Nothing may be
    /// written for one that `is_taken`.
    pub fn beat(&self, time: u64) -> Beat {
        self.heed(|position| position.beat(time))
    }

    /// Returns whether another process took the run over while this one lived.
    pub fn is_taken(&self) -> bool {
        self.taken.get().is_some() || matches!(self.heed(Position::watch), Beat::Taken(_))
    }

    fn heed(&self, look: impl FnOnce(&Position) -> Beat) -> Beat {
        let beat = self.journal.position().map_or(Beat::Well, look);
        if let Beat::Taken(fence) = &beat {
            let reason = match fence {
                Some(by) => format!("it was taken for dead and recovered by {by}, while this process lived"),
                None => "its journal is gone: another process has recovered or removed it".to_owned(),
            };
            if self.taken.set(reason.clone()).is_ok() {
                self.journal.close();
                self.problem("go on with the run", &Error::new(ErrorKind::Incomplete, reason));
            }
        }
        beat
    }

    /// Looks whether the run is this process's, before files of the store are made.
    ///
    /// # Errors
    /// [`ErrorKind::Incomplete`] where it is another's.
    pub fn check_ours(&self) -> Result<()> {
        self.is_taken();
        self.refuse_taken()
    }

    fn refuse_taken(&self) -> Result<()> {
        self.taken.get().map_or(Ok(()), |reason| Err(Error::new(ErrorKind::Incomplete, reason.as_str())))
    }

    /// Takes the run's lock, under which whoever takes the run over would have said so.
    ///
    /// # Errors
    /// When the lock can't be had, or the run was taken over.
    pub fn lock_run(&self) -> Result<RunLock<'_>> {
        let held = self.store.lock_run(&self.identity.run_id)?;
        self.check_ours()?;
        Ok(held)
    }

    /// Like `lock_run`; nothing if another process has the lock now.
    ///
    /// # Errors
    /// Those of `lock_run`.
    pub fn try_lock_run(&self) -> Result<Option<RunLock<'_>>> {
        let held = self.store.try_lock_run(&self.identity.run_id)?;
        self.check_ours()?;
        Ok(held)
    }

    /// Notes a problem.
    pub fn problem(&self, what: &str, error: &Error) {
        lock(&self.state).problem(what, error);
    }

    /// Notes how something went that is tried again and again: what has worked since is no problem.
    pub fn tried<T>(&self, what: &str, tried: Result<T>) {
        let mut state = lock(&self.state);
        match tried {
            Ok(_) => state.problems.retain(|problem| problem.what != what),
            Err(error) => state.problem(what, &error),
        }
    }

    /// The run's lock, where the names of what this process writes into the store need it: those of a
    /// process without a label.
    ///
    /// # Errors
    /// When the lock can't be had.
    pub fn lock_for_names(&self) -> Result<Option<RunLock<'_>>> {
        match self.member.names.is_labelled() {
            true => self.check_ours().map(|()| None),
            false => self.lock_run().map(Some),
        }
    }

    /// Writes the record, which a worker leaves to the run's owner.
    ///
    /// # Errors
    /// When the lock can't be had or the file not be written.
    pub fn write_record(&self, status: Status) -> Result<()> {
        if !self.member.is_owner {
            lock(&self.state).changed = false;
            return Ok(());
        }
        let _lock = self.lock_run()?;
        self.write_record_locked(status)
    }

    /// Like `write_record`, for who holds the run's lock.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write_record_locked(&self, status: Status) -> Result<()> {
        if !self.member.is_owner {
            return Ok(());
        }
        let record = self.record(status);
        let written = self.store.write_json(&self.store.run_path(&self.identity.run_id), &record);
        if written.is_err() {
            lock(&self.state).changed = true;
        }
        written
    }

    /// The record as it is now.
    pub fn record(&self, status: Status) -> Json {
        let mut state = lock(&self.state);
        state.changed = false;
        let ended = match status {
            Status::Running => Ended { at: self.identity.started, duration_ms: 0 },
            _ => *self.ended.get_or_init(|| self.now()),
        };
        state.record(&self.identity, status, ended)
    }

    /// Adds a warning to the record of the run, which has ended.
    pub fn warn_after_end(&self, warning: &[(&str, &str)]) {
        let (store, run_id) = (&self.store, &self.identity.run_id);
        // The log says it as well: nobody is waited for.
        let Ok(Some(_held)) = self.try_lock_run() else { return };
        let Ok(Some(Json::Object(mut record))) = store.read_run(run_id) else { return };
        let started = record.get("started_at").and_then(Json::as_str) == Some(&self.identity.started.iso());
        let is_ended = record.get("status").and_then(Json::as_str) != Some("running");
        if !(started && is_ended && self.member.is_owner) {
            return;
        }
        let warnings = record.get("warnings").and_then(Json::as_array).unwrap_or_default();
        let warning = Json::object(warning.iter().copied());
        let warnings: Vec<Json> = warnings.iter().cloned().chain([warning]).collect();
        record.insert("warnings".to_owned(), warnings.into());
        // Where it can't be written, the record stays as it is.
        let _ = store.write_json(&store.run_path(run_id), &Json::Object(record));
    }

    /// The end of a run that ends now.
    pub fn now(&self) -> Ended {
        Ended {
            at: Moment::now().max(self.identity.started),
            duration_ms: self.clock.elapsed().as_millis() as u64,
        }
    }

    /// Puts everything that was emitted on the disk: what is in the store, and the journal, which
    /// has the points of series until the run ends.
    ///
    /// # Errors
    /// The first one; the rest is synced nevertheless.
    pub fn sync(&self) -> Result<()> {
        // The journal last: where it says that the log stood, the log is on the disk by then.
        self.sync_store().and(self.journal.sync(&self.member.directory))
    }

    /// Puts what is in the store on the disk. Before it goes that there is a journal: a record that says "running"
    /// and has none would say so for ever.
    ///
    /// # Errors
    /// The same as `sync`.
    pub fn sync_store(&self) -> Result<()> {
        let member = &self.member;
        let mut files =
            vec![self.journal.directory().join(position::FILE), member.directory.join(directory::NOTICE)];
        if let Some(owner) = &member.owner {
            files.extend([directory::NOTICE, position::FILE].map(|file| owner.join(file)));
        }
        let placed = self.journal.place(&files);
        self.note_always();
        placed.and(self.store.sync())
    }

    /// Returns whether the disk is waited for: the options say so, or what is to be replaced is on it.
    pub fn is_on_disk(&self) -> bool {
        self.store.is_durable() || self.journal.was_synced()
    }

    /// Notes what has always yet to be synced: logs, which grow all the time, and the record that has a worker's part.
    pub fn note_always(&self) {
        let (store, member) = (&self.store, &self.member);
        for log in ["run", "stdout", "stderr"] {
            store.note_grown(&store.log_path(&self.identity.run_id, &member.log(log)));
        }
        if part::is_left(&member.directory) {
            store.note_grown(&member.directory.join(directory::NOTICE));
        }
        // A worker's part becomes a part of the owner's record, and the owner may not wait for the disk.
        if member.owner.is_some() {
            store.note_grown(&store.run_path(&self.identity.run_id));
        }
    }

    /// Everything that was refused or could not be written so far, as one error.
    ///
    /// # Errors
    /// That one.
    pub fn complaint(&self) -> Result<()> {
        let refused = self.journal.refused();
        let lost = refused.count();
        let refused = refused.reason.filter(|_| lost > 0);
        let refused = refused.map(|reason| format!("{lost} records were refused: {reason}"));
        self.complain(refused.into_iter().chain(self.unwritten()).collect())
    }

    /// Everything that could not be written so far, as one error: all that matters to who recovers a run.
    ///
    /// # Errors
    /// That one.
    pub fn complaint_of_writing(&self) -> Result<()> {
        self.complain(self.unwritten())
    }

    fn unwritten(&self) -> Vec<String> {
        let describe = |problem: &Problem| {
            let times = if problem.count > 1 { format!(" ({} times)", problem.count) } else { String::new() };
            format!("cannot {}{times}: {}", problem.what, problem.reason)
        };
        lock(&self.state).problems.iter().take(5).map(describe).collect()
    }

    fn complain(&self, reasons: Vec<String>) -> Result<()> {
        if reasons.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Incomplete,
            format!("run {}: {}", self.identity.run_id, reasons.join("; ")),
        ))
    }
}
