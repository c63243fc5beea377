//! Files that are written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::failure::{Failure, Result};

/// Writes the file at `path` that a user named by what `fill` writes; it is there when all of it is, and what was
/// there before stays until then. A link is followed. What is no file, such as a pipe, is written to as it is.
pub fn write(path: &Path, fill: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
    let failed = |what: &str, error: &std::io::Error| {
        Failure::new(format!("cannot {what} {}: {error}", path.display()))
    };
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let file = OpenOptions::new().write(true).open(path).map_err(|error| failed("write", &error))?;
        return filled(file, fill, &|error| failed("write", error));
    }
    let Some(name) = path.file_name() else {
        return Err(Failure::new(format!("{} cannot be the name of a file", path.display())));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".tmp.{}", std::process::id()));
    let beside = path.with_file_name(hidden);
    let open = OpenOptions::new().write(true).create_new(true).open(&beside);
    let file = open.map_err(|error| failed("create", &error))?;
    let written = filled(file, fill, &|error| failed("write", error));
    let ended = written.and_then(|()| fs::rename(&beside, path).map_err(|error| failed("create", &error)));
    if ended.is_err() {
        // It is nobody's: the failure is what counts.
        let _ = fs::remove_file(&beside);
    }
    ended
}

fn filled(
    file: File,
    fill: &mut dyn FnMut(&mut dyn Write) -> Result<()>,
    failed: &dyn Fn(&std::io::Error) -> Failure,
) -> Result<()> {
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    fill(&mut writer)?;
    writer.flush().map_err(|error| failed(&error))
}

/// Writes `bytes` so.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, &mut |sink| {
        let failed = |error| Failure::new(format!("cannot write {}: {error}", path.display()));
        sink.write_all(bytes).map_err(failed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x");
        write(&path, &mut |sink| sink.write_all(b"old").map_err(|error| Failure::new(error.to_string())))
            .unwrap();
        write(&path, &mut |sink| {
            sink.write_all(b"new").unwrap();
            Err(Failure::new("no"))
        })
        .unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        assert!(write(Path::new("/"), &mut |_| Ok(())).is_err());
        let link = place.path().join("link");
        std::os::unix::fs::symlink("x", &link).unwrap();
        write(&link, &mut |sink| sink.write_all(b"new").map_err(|error| Failure::new(error.to_string())))
            .unwrap();
        assert!(link.is_symlink() && fs::read(&path).unwrap() == b"new");
        let device = place.path().join("device");
        std::os::unix::fs::symlink("/dev/null", &device).unwrap();
        write(&device, &mut |sink| sink.write_all(b"x").map_err(|error| Failure::new(error.to_string())))
            .unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
