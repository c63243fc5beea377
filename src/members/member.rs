//! Several processes in one run: one owns its record, the others attach to it.
//!
//! Each has a journal and a log of its own, and a *member's directory* in the run's roster, the
//! hidden directory `.journal/{run_id}` of the experiment, wherever the journals are. A member that
//! has ended leaves its *part* there. Who ends last folds the parts into the run, and renames the
//! roster away: one step, so that a kill at any instant neither loses nor doubles anything.

use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};

use super::names::Names;
use super::rank::Rank;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::name;

/// The longest label of a worker in bytes: it becomes a part of file names.
pub const LABEL_MAX: usize = 64;

/// A process in its run.
#[derive(Debug)]
pub struct Member {
    /// True if the run's record is this process's.
    pub is_owner: bool,
    /// The end of its log's name and, where it has an id, of its names: `rank.3`.
    pub label: String,
    /// Its rank among the run's processes, where it is known.
    pub rank: Option<Rank>,
    /// Which launch of a parallel program it belongs to, where its launcher says.
    pub launch: Option<String>,
    /// How many workers the owner of a parallel program's run expects.
    pub expects: u64,
    /// True if the record's owner is not a process of ours.
    pub is_foreign: bool,
    /// Which attempt at the run this is, from 1.
    pub attempt: u64,
    /// The step from which points of earlier attempts are dropped, in one that goes on.
    pub restart: Option<i64>,
    /// Its directory in the run's roster.
    pub directory: PathBuf,
    /// That of the run's owner, for a worker that has found one.
    pub owner: Option<PathBuf>,
    /// The names in the store that its names become.
    pub names: Names,
}

impl Member {
    /// The log of this process: the run's own for who owns the run, else with the label.
    pub fn log(&self, log: &str) -> String {
        match self.is_owner {
            true => log.to_owned(),
            false => format!("{log}.{}", name::encode(&self.label)),
        }
    }

    /// The directory of the run's members.
    pub fn roster(&self) -> &Path {
        self.directory.parent().unwrap_or(&self.directory)
    }

    /// Where the entries that an earlier attempt left are kept while this one goes on.
    pub fn base(&self) -> PathBuf {
        base_of(&self.directory)
    }

    /// The step from which points of the base are dropped: the owner of a run has dropped them for
    /// its workers.
    pub fn base_end(&self) -> Option<i64> {
        self.restart.filter(|_| self.is_owner || self.is_foreign)
    }

    /// Its rank, or what replaces it, for the extremes of a reduced metric.
    pub fn who(&self) -> Json {
        match self.rank {
            Some(rank) => rank.rank().into(),
            None if self.is_owner => Json::Int(0),
            None => self.label.as_str().into(),
        }
    }

    /// The members of its notice.
    pub fn notice(&self) -> Vec<(&'static str, Json)> {
        vec![
            ("role", if self.is_owner { "owner" } else { "worker" }.into()),
            ("label", self.label.as_str().into()),
            ("rank", self.rank.map(Rank::rank).into()),
            ("size", self.rank.map(Rank::size).into()),
            ("launch", self.launch.as_deref().map(Json::from).into()),
            ("launcher", (self.expects > 0).then(|| i64::from(parent_id())).into()),
            ("expects", self.expects.into()),
            ("foreign", self.is_foreign.into()),
            ("attempt", self.attempt.into()),
            ("restart_step", self.restart.into()),
            ("named", self.names.is_labelled().into()),
        ]
    }

    /// The member whose notice in `directory` this is; one without a role owns its run.
    pub fn read(notice: &Json, directory: &Path) -> Self {
        let flag = |key: &str| notice.get(key) == Some(&Json::Bool(true));
        let is_owner = notice.str_at("role") != Some("worker");
        let label = notice.text_at("label").unwrap_or_else(|| "owner".to_owned());
        let names = if flag("named") {
            Names::labelled(&label)
        } else {
            Names::plain(&label, directory, is_owner, notice.i64_at("restart_step").is_some())
        };
        Self {
            is_owner,
            label,
            rank: notice.i64_at("rank").and_then(|rank| Rank::new(rank, notice.i64_at("size")?).ok()),
            launch: notice.text_at("launch"),
            expects: notice.i64_at("expects").and_then(|count| u64::try_from(count).ok()).unwrap_or(0),
            is_foreign: flag("foreign"),
            attempt: notice.i64_at("attempt").and_then(|attempt| u64::try_from(attempt).ok()).unwrap_or(1),
            restart: notice.i64_at("restart_step"),
            directory: directory.to_owned(),
            owner: None,
            names,
        }
    }
}

/// The label of the worker `id`: what of it can stand in names and in the log's file name.
///
/// # Errors
/// When it is too long.
pub fn label(id: &str) -> Result<String> {
    let label = id.replace(':', ".");
    let length = name::encode(&label).len();
    if length > LABEL_MAX {
        return Err(Error::new(
            ErrorKind::Name,
            format!("worker id {id:?} takes {length} bytes in file names; {LABEL_MAX} are possible"),
        ));
    }
    Ok(label)
}

/// Where the entries that an earlier attempt left are kept, in a member's directory.
pub fn base_of(directory: &Path) -> PathBuf {
    directory.join("base")
}
