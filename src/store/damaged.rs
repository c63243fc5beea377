//! Files that a power cut left empty or half: their names were on the disk before their content was.

use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::read_json;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::Json;

/// A file that is longer is only looked at.
const LARGE: u64 = 1 << 20;

/// Bytes at the start and at the end of a file in which it is seen whether it looks whole.
const EDGE: u64 = 16;

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
        // Another process has replaced it meanwhile.
        put_back(&now, path).map_err(|source| Error::io("put back", path, &source))?;
        return Ok((Some(json), None));
    }
    let reason = error.message().to_owned();
    Ok((None, Some(SetAside { path: path.to_owned(), now, reason })))
}

/// Gives the whole file at `now` its name again; where that has one that is newer still, it is not needed.
fn put_back(now: &Path, path: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind::{AlreadyExists, NotFound};
    let named = match file::name_new(now, path) {
        Err(source) if source.kind() == AlreadyExists => std::fs::remove_file(now),
        named => named,
    };
    match named {
        // Another process that looked at the same moment has done so.
        Err(source) if source.kind() == NotFound && !file::is_gone(path) => Ok(()),
        named => named,
    }
}

/// Returns whether a file that is too large to be read begins and ends as an object does: a power cut
/// leaves zeros or nothing there. False for any other file.
///
/// # Errors
/// When it can't be read.
pub fn has_both_ends(path: &Path) -> Result<bool> {
    Ok(ends(path)?.is_some_and(|(length, are_whole)| are_whole && length > LARGE))
}

/// The JSON files of `directory` that are empty, or do not begin and end as an object does. Readers list
/// all of them, and fail at the first one that is none.
///
/// # Errors
/// When they can't be read.
pub fn suspects(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(|source| Error::io("read", directory, &source))? {
        let path = entry.map_err(|source| Error::io("read", directory, &source))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_json = name.ends_with(".json") && !name.starts_with('.');
        if is_json && ends(&path)?.is_some_and(|(_, are_whole)| !are_whole) {
            found.push(path);
        }
    }
    Ok(found)
}

/// The length of a file, and whether it begins and ends as an object does; nothing if it is gone.
fn ends(path: &Path) -> Result<Option<(u64, bool)>> {
    let failed = |source: std::io::Error| Error::io("read", path, &source);
    let file = match file::open_to_read(path) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    let length = file.metadata().map_err(failed)?.len();
    let piece = |from: u64| -> Result<Vec<u8>> {
        let mut bytes = vec![0; (length - from).min(EDGE) as usize];
        file.read_exact_at(&mut bytes, from).map_err(failed)?;
        Ok(bytes)
    };
    let (start, end) = (piece(0)?, piece(length.saturating_sub(EDGE))?);
    let are_whole = start.trim_ascii_start().starts_with(b"{") && end.trim_ascii_end().ends_with(b"}");
    Ok(Some((length, are_whole)))
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
    fn what_does_not_look_whole_is_found() {
        let place = tempfile::tempdir().unwrap();
        let texts =
            ["", "{", "\0\0\0", "{\"a\": 1}\0", "{}", " {}\n", "{\"a\": \"more than sixteen bytes\"}\n"];
        for (number, text) in texts.iter().enumerate() {
            std::fs::write(place.path().join(format!("{number}.json")), text).unwrap();
        }
        // Not readers' files.
        for name in [".0.json.damaged-1", "x.txt"] {
            std::fs::write(place.path().join(name), "").unwrap();
        }
        let mut found = suspects(place.path()).unwrap();
        found.sort();
        let wanted = [0, 1, 2, 3].map(|number| place.path().join(format!("{number}.json")));
        assert_eq!(found, wanted);
        assert!(suspects(&place.path().join("none")).is_err());
    }

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

    #[test]
    fn what_is_whole_is_put_back_unless_there_is_a_newer_one() {
        let place = tempfile::tempdir().unwrap();
        let (now, path) = (place.path().join(".a.json.damaged-1"), place.path().join("a.json"));
        for (text, wanted) in [("1", "1"), ("2", "1")] {
            std::fs::write(&now, text).unwrap();
            put_back(&now, &path).unwrap();
            assert!(file::is_gone(&now) && std::fs::read_to_string(&path).unwrap() == wanted);
        }
        put_back(&now, &path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(put_back(&now, &path).is_err());
    }

    #[test]
    fn of_a_large_file_the_ends_are_looked_at() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.json");
        assert!(!has_both_ends(&path).unwrap());
        std::fs::write(&path, "{}").unwrap();
        assert!(!has_both_ends(&path).unwrap(), "it is small enough to be read");
        let whole = format!("{{\"data\": [{}]}}\n", "0,".repeat(LARGE as usize));
        let zeros = "\0".repeat(5000);
        let damaged = [&whole[..whole.len() / 2 + 20], &format!("{whole}\0"), &format!("{zeros}{whole}")];
        for damaged in damaged {
            std::fs::write(&path, damaged).unwrap();
            assert!(!has_both_ends(&path).unwrap());
        }
        std::fs::write(&path, whole).unwrap();
        assert!(has_both_ends(&path).unwrap());
    }
}
