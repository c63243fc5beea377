//! The part of a run's record that tables and filters have: the rest is skipped.

use super::life::RunStatus;
use super::scan::Scan;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{Json, Object};

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
    /// The parameters.
    pub params: Object,
    /// The metrics.
    pub metrics: Object,
    /// The tags.
    pub tags: Vec<Json>,
    /// The notes.
    pub notes: Json,
    /// The error's message.
    pub error: Json,
    /// True if this library writes the run.
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
        let mut named = None;
        let object = |scan: &mut Scan<'_>| match scan.value()? {
            Json::Object(members) => Ok(members),
            _ => Ok(Object::new()),
        };
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
                "params_resolved" => row.params = object(scan)?,
                "metrics" => row.metrics = object(scan)?,
                "tags" => {
                    if let Json::Array(tags) = scan.value()? {
                        row.tags = tags;
                    }
                }
                "notes" => row.notes = scan.value()?,
                "error" => row.error = scan.value()?.get("message").cloned().unwrap_or_default(),
                "provenance" => {
                    // Looking for a word in it is enough to know whose run it is.
                    let all = scan.skip()?;
                    let word = b"\"libmetalab\"";
                    row.is_ours = all.windows(word.len()).any(|window| window == word);
                }
                _ => drop(scan.skip()?),
            }
            Ok(())
        })?;
        scan.end()?;
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
