//! The members of a run as their directories have them: what each said at its begin and at its end.

use std::path::{Path, PathBuf};

use crate::base::error::Result;
use crate::base::json::Json;
use crate::members::{directory, part};

/// A member of a run.
pub(super) struct Seat {
    pub(super) directory: PathBuf,
    /// Its notice.
    pub(super) notice: Json,
    /// Its part, if it has ended.
    pub(super) part: Option<Json>,
    /// True if that part is for good.
    pub(super) is_final: bool,
}

impl Seat {
    pub(super) fn is_owner(&self) -> bool {
        self.notice.get("role").and_then(Json::as_str) != Some("worker")
    }

    pub(super) fn is_foreign(&self) -> bool {
        self.notice.get("foreign") == Some(&Json::Bool(true))
    }

    pub(super) fn rank(&self) -> i64 {
        match self.notice.get("rank").and_then(Json::as_i64) {
            Some(rank) => rank,
            None if self.is_owner() => 0,
            None => i64::MAX,
        }
    }

    pub(super) fn label(&self) -> &str {
        self.notice.get("label").and_then(Json::as_str).unwrap_or("owner")
    }

    pub(super) fn id(&self) -> &str {
        self.notice.get("worker").and_then(Json::as_str).unwrap_or(self.label())
    }

    /// A member of the part.
    pub(super) fn of_part(&self, key: &str) -> Option<&Json> {
        self.part.as_ref()?.get(key)
    }

    /// A list of the part.
    pub(super) fn list(&self, key: &str) -> &[Json] {
        self.of_part(key).and_then(Json::as_array).unwrap_or_default()
    }

    /// The members of an object of the part.
    pub(super) fn members(&self, key: &str) -> impl Iterator<Item = (&String, &Json)> {
        self.of_part(key).and_then(Json::as_object).into_iter().flatten()
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.of_part(key)?.as_str()
    }

    /// Its rank or label, for the extremes of a reduced metric.
    pub(super) fn who(&self) -> Json {
        self.of_part("who").cloned().unwrap_or(Json::Null)
    }

    /// How it ended: one whose journal is kept has not ended whole.
    fn ended(&self) -> Option<&str> {
        let kept = self.of_part("kept") == Some(&Json::Bool(true));
        if kept { Some("incomplete") } else { self.text("ended") }
    }

    /// Its entry in the provenance.
    pub(super) fn entry(&self) -> Json {
        let notice = |key: &str| self.notice.get(key).cloned().unwrap_or(Json::Null);
        Json::object([
            ("worker", Json::from(self.id())),
            ("host", notice("host")),
            ("pid", notice("pid")),
            ("rank", notice("rank")),
            ("ended", self.ended().map(Json::from).into()),
        ])
    }
}

/// The members of a roster, in the order of their ranks, the owner first. Who has no notice is nobody: it
/// died before it had emitted anything.
///
/// # Errors
/// When something of it can't be read: a run that is folded without a member would lose what is its.
pub(super) fn seats(roster: &Path) -> Result<Vec<Seat>> {
    let seat = |directory: PathBuf| {
        if directory.is_file() {
            return Ok(None);
        }
        let Some(notice) = directory::find(&directory)? else { return Ok(None) };
        // In this order: a worker leaves its part without a lock.
        let is_final = part::is_final(&directory);
        let part = part::read(&directory)?;
        Ok(Some(Seat { directory, notice, is_final: is_final && part.is_some(), part }))
    };
    let seats: Result<Vec<Option<Seat>>> = directory::listed(roster)?.into_iter().map(seat).collect();
    let mut seats: Vec<Seat> = seats?.into_iter().flatten().collect();
    seats.sort_by(|a, b| {
        let key = |seat: &Seat| (!seat.is_owner(), seat.rank());
        key(a).cmp(&key(b)).then_with(|| a.directory.cmp(&b.directory))
    });
    Ok(seats)
}
