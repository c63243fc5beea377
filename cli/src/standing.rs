//! How a run stands, in words: its status, why, and since when.

use std::time::{SystemTime, UNIX_EPOCH};

use anstyle::{AnsiColor, Style};
use metalab::Json;
use metalab::read::{Run, RunStatus};

use crate::output::{Output, styled};
use crate::{escape, format};

/// The colour of a status.
pub fn style(status: RunStatus) -> Style {
    let color = match status {
        RunStatus::Success => AnsiColor::Green,
        RunStatus::Running => AnsiColor::Cyan,
        RunStatus::Failed | RunStatus::Dead => AnsiColor::Red,
        RunStatus::Cancelled | RunStatus::Other => AnsiColor::Yellow,
    };
    color.on_default().bold()
}

/// Microseconds since 1970.
pub fn micros(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_micros()).ok()
}

/// How long it took, in milliseconds; up to now if it goes on.
pub fn milliseconds(run: &Run) -> Option<i64> {
    let recorded = run.record().get("duration_ms").and_then(Json::as_i64);
    if let Some(recorded) = recorded.filter(|_| run.finished().is_some()) {
        return Some(recorded);
    }
    let end = match run.status() {
        RunStatus::Running => format::now(),
        _ => micros(run.finished()?)?,
    };
    Some((end - micros(run.started()?)?) / 1_000)
}

/// One line: `run a1b2 has failed after 1m05s: ValueError: no convergence`.
pub fn line(run: &Run, output: &Output) -> String {
    let time = milliseconds(run).map(format::duration);
    let (goes_on, after) = match run.status() {
        RunStatus::Running => ("is running, since ", true),
        RunStatus::Success => ("has succeeded after ", true),
        RunStatus::Failed => ("has failed after ", true),
        RunStatus::Cancelled => ("was cancelled after ", true),
        RunStatus::Dead => ("is dead: its process is gone", false),
        RunStatus::Other => ("has ended after ", true),
    };
    let how = match (after, time) {
        (true, Some(time)) => format!("{goes_on}{time}"),
        (true, None) => goes_on.trim_end_matches("after ").trim_end_matches(", since ").trim_end().to_owned(),
        (false, _) => goes_on.to_owned(),
    };
    let how = if output.is_colored { styled(style(run.status()), how) } else { how };
    let reason = reason(run).map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("run {} {how}{reason}", escape::line(format::short_id(run.id())))
}

/// The error's type and message, if it has one.
pub fn reason(run: &Run) -> Option<String> {
    let error = run.error()?;
    let kind = error.get("type").and_then(Json::as_str).filter(|kind| !kind.is_empty());
    let message = error.get("message").and_then(Json::as_str).unwrap_or_default();
    let text = match kind {
        Some(kind) => format!("{kind}: {message}"),
        None => message.to_owned(),
    };
    Some(escape::line(&text).into_owned())
}
