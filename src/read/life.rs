//! The truth about a run that its record says is running: its process may be dead.

use std::path::Path;

use crate::base::error::Result;
use crate::members::directory;
use crate::members::liveness::{self, Life, TakeOver};

/// How a run ended, or that it goes on. The numbers are the C interface's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// It goes on, as far as can be told: the process of another host can't be asked.
    Running = 0,
    /// It ended well.
    Success = 1,
    /// It ended with an error.
    Failed = 2,
    /// It was told to stop.
    Cancelled = 3,
    /// Its record says "running", and its process is dead: nobody has recovered it yet.
    Dead = 4,
    /// Its record says something that is none of these.
    Other = 5,
}

impl RunStatus {
    /// The status that the record of a run has.
    pub(super) fn of_record(text: &str) -> Self {
        match text {
            "running" => Self::Running,
            "success" => Self::Success,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => Self::Other,
        }
    }

    /// The word: that of the record, `dead` or `other`.
    pub fn text(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Dead => "dead",
            Self::Other => "other",
        }
    }
}

/// Decides how a run stands whose record says that it is running: by its members, whose directories are in
/// `roster`. Where there is none, a run of this library has lost its journal, and one of the Python package
/// can't be asked. `known` is the word on processes of other machines.
///
/// # Errors
/// When the members can't be looked at.
pub fn of_running(roster: &Path, is_ours: bool, known: &TakeOver) -> Result<RunStatus> {
    let mut is_any = false;
    for member in directory::listed(roster)? {
        is_any = true;
        match liveness::judge(&member, known)? {
            Life::Live | Life::Elsewhere => return Ok(RunStatus::Running),
            Life::Recovering(_) | Life::Dead { .. } | Life::Ended => {}
        }
    }
    Ok(if is_any || is_ours { RunStatus::Dead } else { RunStatus::Running })
}
