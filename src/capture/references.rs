//! Files and directories that stay where they are.

use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::files::open_regular;
use crate::base::clock::Moment;
use crate::base::digest::sha256;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::hex::add_name;
use crate::base::json::{Json, Object};

/// No tree of directories is looked into deeper.
const DEEPEST: usize = 100;

/// The document that stands for what is at `path`: where it is, how large, its hash if it is to have one;
/// of a directory also the files in it, sorted. And the absolute path.
///
/// # Errors
/// When something can't be read.
pub(super) fn describe(path: &Path, is_hashed: bool) -> Result<(Json, PathBuf)> {
    let failed = |source: std::io::Error| Error::io("find", path, &source);
    let absolute = std::path::absolute(path).map_err(failed)?;
    let found = std::fs::metadata(path).map_err(failed)?;
    let mut members = if found.is_dir() {
        let files = list(path, is_hashed)?;
        let size: i64 = files.iter().filter_map(|file| file.i64_at("size_bytes")).sum();
        crate::base::json::members([("files", Json::from(files)), ("size_bytes", size.into())])
    } else {
        file(path, is_hashed)?
    };
    add_name(&mut members, "path", absolute.as_os_str().as_bytes());
    Ok((members.into(), absolute))
}

/// Size, time and hash of a regular file.
fn file(path: &Path, is_hashed: bool) -> Result<Object> {
    let failed = |source: std::io::Error| Error::io("read", path, &source);
    let file = open_regular(path)?;
    let found = file.metadata().map_err(failed)?;
    let modified = found.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let nanos = modified.and_then(|since| u64::try_from(since.as_nanos()).ok());
    // Of what was hashed, also where the file grows meanwhile.
    let (hash, size) = match is_hashed {
        true => sha256(&file).map(|(hash, size)| (Some(hash), size)).map_err(failed)?,
        false => (None, found.len()),
    };
    Ok(crate::base::json::members([
        ("size_bytes", Json::from(size)),
        ("sha256", hash.map(Json::from).into()),
        ("modified", nanos.map(|nanos| Json::from(Moment::from_nanos(nanos).iso())).into()),
    ]))
}

/// The files in a directory, with their paths in it. Symbolic links are noted and not followed; what is neither
/// file nor directory is left out.
fn list(directory: &Path, is_hashed: bool) -> Result<Vec<Json>> {
    let mut files = Vec::new();
    walk(directory, &mut |path, within, found| {
        let kind = found.file_type();
        let mut members = match () {
            () if kind.is_file() => file(path, is_hashed)?,
            () if kind.is_symlink() => {
                let target = std::fs::read_link(path).map_err(|source| Error::io("read", path, &source))?;
                let mut members = Object::new();
                add_name(&mut members, "link", target.as_os_str().as_bytes());
                members
            }
            () => return Ok(()),
        };
        add_name(&mut members, "path", within.as_os_str().as_bytes());
        files.push(members.into());
        Ok(())
    })?;
    Ok(files)
}

/// The function that `walk` calls: where something is, its path in the directory, and what it is.
pub(super) type Visit<'a> = dyn FnMut(&Path, &Path, &Metadata) -> Result<()> + 'a;

/// Shows all that is in a directory to `visit`, by name, a directory before what is in it. Symbolic links are
/// shown and not followed.
///
/// # Errors
/// When a directory can't be read, or is too deep, and those of `visit`.
pub(super) fn walk(directory: &Path, visit: &mut Visit<'_>) -> Result<()> {
    walk_in(directory, &mut PathBuf::new(), 0, visit)
}

fn walk_in(directory: &Path, within: &mut PathBuf, depth: usize, visit: &mut Visit<'_>) -> Result<()> {
    let here = directory.join(&within);
    let failed = |source: std::io::Error| Error::io("list", &here, &source);
    if depth > DEEPEST {
        return Err(Error::new(ErrorKind::Value, format!("{} is more than {DEEPEST} deep", here.display())));
    }
    let entries: std::io::Result<Vec<_>> = std::fs::read_dir(&here).and_then(Iterator::collect);
    let mut entries = entries.map_err(failed)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let found = entry.metadata().map_err(failed)?;
        within.push(entry.file_name());
        visit(&entry.path(), within, &found)?;
        if found.is_dir() {
            walk_in(directory, within, depth + 1, visit)?;
        }
        within.pop();
    }
    Ok(())
}
