//! Who recovers runs, and which: beside a run, before one, or because a caller asks for it.

use std::path::Path;
use std::process::ExitStatus;

use crate::members::directory;
use crate::members::liveness::{Process, TakeOver};

/// How often a journal is recovered beside a solver before it is left to who asks for it: what killed
/// one recovery must not kill every solver that opens the experiment.
const TRIES_BESIDE: u64 = 1;

/// How often by who opens the very run.
const TRIES_OF_OPENER: u64 = 3;

/// Who recovers, and what is known of processes that can't be asked.
#[derive(Debug, Clone)]
pub struct Errand {
    /// The user's word on other machines.
    pub known: TakeOver,
    /// A child that its parent has waited for, whose runs alone are meant.
    child: Option<Child>,
    /// Recoveries of a journal that died from which on it is left.
    tries: u64,
}

impl Errand {
    /// The recovery by a capture of other runs than its own.
    pub fn beside(known: TakeOver) -> Self {
        Self { known, child: None, tries: TRIES_BESIDE }
    }

    /// The recovery by a capture which is being opened, of its run.
    pub fn of_opener(known: TakeOver) -> Self {
        Self { known, child: None, tries: TRIES_OF_OPENER }
    }

    /// The recovery that a caller asks for.
    pub fn asked(known: TakeOver) -> Self {
        Self { known, child: None, tries: u64::MAX }
    }

    /// Like `asked`, for the runs of a child.
    pub fn of_child(child: Child, known: TakeOver) -> Self {
        Self { child: Some(child), ..Self::asked(known) }
    }

    /// Returns whether a caller asks for all that is to be recovered.
    pub(super) fn is_of_all(&self) -> bool {
        self.tries == u64::MAX && self.child.is_none()
    }

    /// Returns whether the journal of the member in `directory` is meant.
    pub(super) fn is_of(&self, directory: &Path) -> bool {
        self.child.is_none_or(|child| child.has(directory))
    }

    /// Returns whether a journal is left of which so many recoveries died.
    pub(super) fn leaves(&self, deaths: u64) -> bool {
        deaths >= self.tries
    }

    /// How the process of the journal ended, where its parent has waited for it.
    pub(super) fn known_end(&self) -> Option<ExitStatus> {
        self.child.map(|child| child.ended)
    }
}

/// A child process that its parent has waited for.
#[derive(Debug, Clone, Copy)]
pub struct Child {
    /// Its number.
    pub pid: i64,
    /// How it ended.
    pub ended: ExitStatus,
}

impl Child {
    /// Returns whether it has written this journal. Another machine's process may have its number.
    fn has(&self, journal: &Path) -> bool {
        let process = directory::notice(journal).map(|notice| Process::read(&notice));
        process.is_some_and(|process| process.pid == self.pid && !process.is_elsewhere())
    }
}
