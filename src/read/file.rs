//! Reading files that nobody vouches for: only regular ones, no larger than their kind can be, and
//! every error names the file.

use std::fs::Metadata;
use std::io::Read as _;
use std::path::Path;

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Json};
use crate::base::{file, memory};

/// Bytes of a record, a manifest or another small file, at most: they are read whole, as values.
pub const SMALL: u64 = 64 << 20;

/// The content of the file, if it is there.
///
/// # Errors
/// When it can't be read, is no regular file, or has more than `most` bytes.
pub fn read(path: &Path, most: u64) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    Ok(read_known(path, most, &mut bytes)?.map(|_| bytes))
}

/// Makes `bytes` the content of the file, if it is there; returns what the system said of it before it was
/// read.
///
/// # Errors
/// Those of `read`.
pub fn read_known(path: &Path, most: u64, bytes: &mut Vec<u8>) -> Result<Option<Metadata>> {
    let file = match file::open_to_read(path) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|source| Error::io("open", path, &source))?,
    };
    let failed = |source: std::io::Error| Error::io("read", path, &source);
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(damaged(path, "is no file"));
    }
    if metadata.len() > most {
        return Err(damaged(path, &format!("has {} bytes; {most} are possible", metadata.len())));
    }
    let size = metadata.len() as usize;
    memory::check(size).map_err(|error| error.context(path.display()))?;
    bytes.clear();
    bytes.reserve(size);
    // One that grows meanwhile is read as far as it went: the system does not have to be asked for its end.
    file.take(metadata.len()).read_to_end(bytes).map_err(failed)?;
    Ok(Some(metadata))
}

/// The JSON in the file, if it is there.
///
/// # Errors
/// Those of `read`, and when it is no JSON.
pub fn read_json(path: &Path) -> Result<Option<Json>> {
    let Some(bytes) = read(path, SMALL)? else { return Ok(None) };
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged(path, "is not UTF-8"))?;
    match json::parse(text) {
        Ok(json) => Ok(Some(json)),
        Err(error) => Err(damaged(path, &format!("is damaged: {}", error.message()))),
    }
}

/// An error about a file: it "is no file".
pub fn damaged(path: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::Damaged, format!("{} {problem}", path.display()))
}

/// The names in a directory, sorted, but for hidden ones and those that are not UTF-8; none if it is not
/// there.
///
/// # Errors
/// When it can't be read.
pub fn names(directory: &Path) -> Result<Vec<String>> {
    let list = |entries: std::fs::ReadDir| {
        entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<std::io::Result<Vec<_>>>()
    };
    let names = match std::fs::read_dir(directory).and_then(list) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        names => names.map_err(|source| Error::io("read", directory, &source))?,
    };
    let names = names.into_iter().filter_map(|name| name.into_string().ok());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_a_possible_size_are_read() {
        let place = tempfile::tempdir().unwrap();
        assert!(read(&place.path().join("none"), SMALL).unwrap().is_none());
        let said = |path: &Path, most| read(path, most).unwrap_err().to_string();
        assert!(said(place.path(), SMALL).ends_with("is no file"));
        let path = place.path().join("x");
        std::fs::write(&path, b"{\"a\": 1").unwrap();
        assert!(said(&path, 3).contains("x has 7 bytes"));
        let error = read_json(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        assert!(error.to_string().contains("x is damaged: not JSON"), "{error}");
    }
}
