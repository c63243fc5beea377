//! The part of a run's record that tables and filters have: the rest is skipped.

use super::life::RunStatus;
use super::scan::Scan;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{Json, MAX_DEPTH, Object};

/// The part of a record.
#[derive(Debug, Default)]
pub struct Row {
    /// The run's id: the name of its file.
    pub run_id: String,
    /// The experiment's id.
    pub experiment_id: String,
    /// The status, as the record has it.
    pub recorded: String,
    /// The status as it is, once it was judged.
    pub judged: Option<RunStatus>,
    /// When it began, in local time.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// The parameters and the metrics by their names in tables, with a dot before each member of an object:
    /// `params.solver.tolerance`. Of objects only empty ones are values.
    pub members: Vec<(String, Json)>,
    /// The tags.
    pub tags: Vec<Json>,
    /// The notes.
    pub notes: Json,
    /// The error's message.
    pub error: Json,
    /// True if it goes on, as its record says, and this library writes it.
    pub is_ours: bool,
}

impl Row {
    /// Reads the record of the run `run_id`.
    ///
    /// # Errors
    /// When it is no record, or another run's.
    pub fn parse(text: &[u8], run_id: &str) -> Result<Self> {
        let mut row = Self { run_id: run_id.to_owned(), ..Self::default() };
        let mut scan = Scan::new(text);
        let (mut named, mut provenance) = (None, &[][..]);
        let text = |scan: &mut Scan<'_>| match scan.value()? {
            Json::Str(text) => Ok::<_, Error>(Some(text)),
            _ => Ok(None),
        };
        scan.members(|key, scan| {
            match key {
                "run_id" => named = text(scan)?,
                "experiment_id" => row.experiment_id = text(scan)?.unwrap_or_default(),
                "status" => row.recorded = text(scan)?.unwrap_or_default(),
                "started_at" => row.started_at = text(scan)?,
                "finished_at" => row.finished_at = text(scan)?,
                "duration_ms" => row.duration_ms = scan.value()?.as_i64(),
                "params_resolved" => add_members(scan, &mut "params".to_owned(), 0, &mut row.members)?,
                "metrics" => add_members(scan, &mut "metrics".to_owned(), 0, &mut row.members)?,
                "tags" => {
                    if let Json::Array(tags) = scan.value()? {
                        row.tags = tags;
                    }
                }
                "notes" => row.notes = scan.value()?,
                "error" => row.error = scan.value()?.get("message").cloned().unwrap_or_default(),
                "provenance" => provenance = scan.skip()?,
                _ => drop(scan.skip()?),
            }
            Ok(())
        })?;
        scan.end()?;
        // Looking for a word is enough to know whose run it is.
        let word = b"\"libmetalab\"";
        row.is_ours =
            row.status() == RunStatus::Running && provenance.windows(word.len()).any(|window| window == word);
        match named {
            Some(named) if named == run_id => Ok(row),
            Some(named) => Err(Error::new(ErrorKind::Damaged, format!("it is the record of run {named:?}"))),
            None => Err(Error::new(ErrorKind::Damaged, "it has no run_id")),
        }
    }

    /// The status: the judged one, or that of the record.
    pub fn status(&self) -> RunStatus {
        self.judged.unwrap_or_else(|| RunStatus::of_record(&self.recorded))
    }

    /// Returns whether it has ended, so that its end's time counts.
    pub fn has_ended(&self) -> bool {
        !matches!(self.status(), RunStatus::Running | RunStatus::Dead)
    }
}

/// Adds the members of the object that is next, if it is one, behind the name that `path` has.
fn add_members(
    scan: &mut Scan<'_>,
    path: &mut String,
    depth: usize,
    found: &mut Vec<(String, Json)>,
) -> Result<()> {
    if depth == MAX_DEPTH {
        return Err(scan.expected("less deep nesting"));
    }
    if scan.peek() != Some(b'{') {
        return scan.skip().map(drop);
    }
    let (before, length) = (found.len(), path.len());
    scan.members(|key, scan| {
        path.push('.');
        path.push_str(key);
        match scan.peek() {
            Some(b'{') => add_members(scan, path, depth + 1, found)?,
            _ => found.push((path.clone(), scan.scalar()?.map_or_else(|json| json, Json::from))),
        }
        path.truncate(length);
        Ok(())
    })?;
    if found.len() == before && depth > 0 {
        found.push((path.clone(), Json::Object(Object::new())));
    }
    Ok(())
}
