//! Files that are written whole or not at all, and are on the disk before they have their name.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use metalab::Json;

use super::experiment::name_of;
use crate::failure::{Failure, Result};

/// Writes a file whole: to a temporary name, to the disk, then in place of what is there.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary_name(path);
    let write = || {
        let mut file = File::options().write(true).create_new(true).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        sync_directory(above(path))
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&temporary);
        Failure::new(format!("cannot write {}: {error}", path.display()))
    })
}

/// Writes JSON in the store's form.
pub fn write_json(path: &Path, json: &Json) -> Result<()> {
    write(path, json.to_pretty().as_bytes())
}

/// A hidden name beside `path`, which readers skip, and by which others see whose it is.
pub fn temporary_name(path: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = name_of(path).unwrap_or_else(|| "file".to_owned());
    let cut = (0..=name.len().min(180)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{}.tmp.mlab-{}-{number}", &name[..cut], std::process::id()))
}

/// The directory that a path is in.
pub fn above(path: &Path) -> &Path {
    match path.parent() {
        Some(above) if above != Path::new("") => above,
        _ => Path::new("."),
    }
}

/// Puts the names in a directory on the disk.
pub fn sync_directory(directory: &Path) -> std::io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Moves a file or a directory, if it is there; the directory that is to hold it is made.
pub fn move_if_there(from: &Path, to: &Path) -> Result<bool> {
    let failed = |error: std::io::Error| {
        Failure::new(format!("cannot move {} to {}: {error}", from.display(), to.display()))
    };
    if let Some(above) = to.parent() {
        std::fs::create_dir_all(above).map_err(failed)?;
    }
    match std::fs::rename(from, to) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

/// Removes a file or a directory with all that is in it, if it is there. A link is removed, not followed.
pub fn remove(path: &Path) -> Result<()> {
    let removed = match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::new(format!("cannot remove {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}
