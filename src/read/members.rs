//! The members of a run as who reads it sees them: where each has its journal, and what its names are in the
//! store.

use std::path::{Path, PathBuf};

use crate::base::error::Result;
use crate::base::json::Json;
use crate::journal::folded::{self, Folded};
use crate::journal::names::Names;
use crate::members::{Member, directory, part};
use crate::store::Place;

/// A member that has left no part: what it emitted is in its journal.
#[derive(Debug)]
pub struct Open {
    /// Its notice.
    pub notice: Json,
    /// The member that the notice describes.
    pub member: Member,
    /// Where its journal is.
    pub journal: PathBuf,
}

/// The members of the run in `run` whose journals have what the store lacks, the owner first.
///
/// # Errors
/// When they can't be looked at.
pub fn open(run: &super::run::Place) -> Result<Vec<Open>> {
    let mut found = Vec::new();
    for place in directory::listed(&run.roster())? {
        if part::is_final(&place) {
            continue;
        }
        let notice = match directory::look(&place)? {
            Some(notice) => notice,
            // A member's directory is named after its process; where its notice is damaged, the record
            // says whether it owns the run, as a recovery has it.
            None if is_owners(&place, run)? => Json::object::<&str, Json>([]),
            None => continue,
        };
        let (member, journal) = (Member::read(&notice, &place), directory::journal(&notice, &place));
        found.push(Open { notice, member, journal });
    }
    found.sort_by_key(|one| (!one.member.is_owner, one.member.rank.map(|rank| rank.rank())));
    Ok(found)
}

/// Returns whether the directory is named after the process that owns the run as its record says.
fn is_owners(directory: &Path, run: &super::run::Place) -> Result<bool> {
    let record = super::file::read_json(&run.record())?.unwrap_or_default();
    let pid = record.get("provenance").and_then(|provenance| provenance.get("extra")?.i64_at("pid"));
    let named = directory.file_name().and_then(|name| name.to_str()?.split('-').next()?.parse().ok());
    Ok(pid.is_some() && pid == named)
}

impl Open {
    /// The name in the store of what this process calls `name`, as far as it is known: of several processes
    /// with the same names, the first one keeps them.
    pub fn stored(&self, name: &str, is_first: bool) -> String {
        match self.member.names.taken(Place::Results, name) {
            Some(stored) => stored,
            None if is_first || self.member.names.is_labelled() => self.member.names.first(name),
            None => crate::members::names::with_label(name, &self.member.label),
        }
    }
}

/// The saved part of a journal, and its names.
#[derive(Debug)]
pub struct Saved {
    /// The saved part, if anything was saved.
    pub folded: Option<Folded>,
    /// The names of metrics.
    pub names: Names,
}

/// Reads what was saved of the journal in `directory`.
///
/// # Errors
/// When it can't be read.
pub fn saved(directory: &Path) -> Result<Saved> {
    Ok(Saved { folded: Folded::read(directory)?, names: Names::read(directory)? })
}

/// The mark by which another saved part is told from one that was read.
pub fn mark(directory: &Path) -> Option<(u64, i64, i64)> {
    mark_of(&directory.join(folded::FILE))
}

/// The same for any file or directory; nothing if it can't be looked at.
pub fn mark_of(path: &Path) -> Option<(u64, i64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.ino(), metadata.mtime(), metadata.mtime_nsec()))
}
