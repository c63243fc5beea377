//! Files that a power cut left empty or half: their names were on the disk before their content was.

use std::path::{Path, PathBuf};

use super::read_json;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::Json;

/// A file that was found damaged, and where it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Where it was.
    pub path: PathBuf,
    /// Where it is, hidden from readers.
    pub now: PathBuf,
    /// Why.
    pub reason: String,
}

impl SetAside {
    /// For the log and the record.
    pub fn message(&self) -> String {
        let now = self.now.file_name().unwrap_or_default().to_string_lossy();
        format!("{}, as a power cut leaves files; it is now {now} there", self.reason)
    }
}

/// The JSON in `path`, or nothing if there is no such file. What is empty or no JSON is set aside, and
/// counts as absent: it would fail every later reader until somebody removed it.
///
/// # Errors
/// When it can't be read or not be set aside.
pub fn read_or_set_aside(path: &Path) -> Result<(Option<Json>, Option<SetAside>)> {
    let error = match read_json(path) {
        Err(error) if error.kind() == ErrorKind::Json => error,
        read => return read.map(|json| (json, None)),
    };
    let now = free_name(path);
    match std::fs::rename(path, &now) {
        Ok(()) => {}
        // Another process was quicker.
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok((read_json(path)?, None)),
        Err(source) => return Err(Error::io("set aside the damaged", path, &source)),
    }
    if let Ok(Some(json)) = read_json(&now) {
        // Another process has replaced it meanwhile; a link does not replace what is newer still.
        let _ = std::fs::hard_link(&now, path);
        let _ = std::fs::remove_file(&now);
        return Ok((Some(json), None));
    }
    let reason = error.message().to_owned();
    Ok((None, Some(SetAside { path: path.to_owned(), now, reason })))
}

/// Returns whether a file of this name was set aside.
///
/// # Errors
/// When it can't be looked at.
pub fn is_set_aside(path: &Path) -> Result<bool> {
    file::is_there(&name(path, 1))
}

fn name(path: &Path, number: u32) -> PathBuf {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    // Cut to the limit of 255 bytes.
    let cut = (0..=file.len().min(200)).rev().find(|end| file.is_char_boundary(*end)).unwrap_or(0);
    path.with_file_name(format!(".{}.damaged-{number}", &file[..cut]))
}

fn free_name(path: &Path) -> PathBuf {
    let names = (1..u32::MAX).map(|number| name(path, number));
    names.into_iter().find(|name| file::is_gone(name)).unwrap_or_else(|| name(path, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_kept_aside_and_counts_as_absent() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.json");
        assert_eq!(read_or_set_aside(&path).unwrap(), (None, None));
        for (number, damaged) in ["", "{", "{}\0\0", "\u{0}"].into_iter().enumerate() {
            std::fs::write(&path, damaged).unwrap();
            let (json, aside) = read_or_set_aside(&path).unwrap();
            let aside = aside.unwrap();
            assert!(json.is_none() && !path.exists() && is_set_aside(&path).unwrap(), "{damaged:?}");
            assert_eq!(aside.now, place.path().join(format!(".a.json.damaged-{}", number + 1)));
            assert_eq!(std::fs::read_to_string(&aside.now).unwrap(), damaged);
            assert!(aside.message().contains("a.json"));
        }
        std::fs::write(&path, "{}").unwrap();
        assert_eq!(read_or_set_aside(&path).unwrap(), (Some(Json::Object(Default::default())), None));
        assert!(path.exists());
    }
}
