//! The notice that the first process of a parallel program leaves when it can't open the run, so that the
//! others of its launch do not wait for it.

use std::path::PathBuf;

use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::store::{Store, read_json};

/// Seconds after which a notice says nothing: a launch's processes come within minutes.
const LATEST: u64 = 600;

/// Kinds of errors that the others have, too; any other one is no run to attach to.
const KINDS: [ErrorKind; 5] =
    [ErrorKind::Busy, ErrorKind::Io, ErrorKind::Full, ErrorKind::Access, ErrorKind::Incomplete];

fn path(store: &Store, run_id: &str) -> PathBuf {
    store.root().join(".locks").join(format!("{run_id}.refused"))
}

/// Says that `launch` can't open the run.
pub fn leave(store: &Store, run_id: &str, launch: &str, error: &Error) {
    let kind = KINDS.iter().position(|kind| *kind == error.kind());
    let notice = Json::object([
        ("launch", Json::from(launch)),
        ("kind", kind.and_then(|kind| i64::try_from(kind).ok()).into()),
        ("message", error.message().into()),
        ("at", Moment::now().nanos().into()),
    ]);
    // Where it can't be written, the others can't write either.
    let _ = store.write_json(&path(store, run_id), &notice);
}

/// Takes the notice back: the run is open.
pub fn take_back(store: &Store, run_id: &str) {
    let _ = std::fs::remove_file(path(store, run_id));
}

/// Why `launch` can't open the run, if it has said so.
///
/// # Errors
/// That.
pub fn check(store: &Store, run_id: &str, launch: Option<&str>) -> Result<()> {
    let notice = read_json(&path(store, run_id)).ok().flatten();
    let Some((notice, launch)) = notice.zip(launch) else { return Ok(()) };
    let number =
        |key: &str| notice.get(key).and_then(Json::as_i64).and_then(|number| u64::try_from(number).ok());
    let at = Moment::from_nanos(number("at").unwrap_or(0)).seconds();
    let is_ours = notice.get("launch").and_then(Json::as_str) == Some(launch);
    if !is_ours || Moment::now().seconds().saturating_sub(at) > LATEST {
        return Ok(());
    }
    let kind = number("kind").and_then(|kind| KINDS.get(usize::try_from(kind).ok()?)).copied();
    let reason = notice.get("message").and_then(Json::as_str).unwrap_or_default();
    let text = format!("the first process of this program can't open run {run_id}: {reason}");
    Err(Error::new(kind.unwrap_or(ErrorKind::NotFound), text))
}
