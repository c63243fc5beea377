//! Directories as artifacts: an archive of the tree, and a list of what is in it.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::files::Take;
use super::references::walk;
use super::{Flush, Inner};
use crate::artifacts::Wanted;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Json, Object};
use crate::base::level::Level;
use crate::base::{file, sys};
use crate::journal;
use crate::store::tar::{self, Kind, Member};

/// The number of names of what was left out that the metadata have.
const NAMED: usize = 100;

/// Something in the directory that the archive has.
struct Stored {
    path: PathBuf,
    found: Metadata,
}

/// The archive of a directory, while it is written.
struct Archive<'a> {
    file: &'a File,
    end: u64,
    /// Kept where the directory is to go.
    stored: Option<Vec<Stored>>,
    skipped: Vec<OsString>,
}

impl Inner {
    /// Takes in the directory at `path`: artifact NAME is the list, NAME.tar has the content.
    pub(super) fn take_directory(
        &self,
        name: &str,
        path: &Path,
        take: Take,
        kind: Option<&str>,
        metadata: Object,
    ) -> Result<()> {
        let absolute = std::path::absolute(path).map_err(|source| Error::io("find", path, &source))?;
        self.check_outside(path)?;
        let content = format!("{name}.tar");
        let mut of_list = metadata.clone();
        of_list.insert("tar".to_owned(), content.as_str().into());
        of_list.insert("directory".to_owned(), absolute.to_string_lossy().as_ref().into());
        let list = Wanted { name, kind: "json", format: "json", suffix: ".json", metadata: of_list };
        let kind = kind.unwrap_or("file");
        let wanted = Wanted { name: &content, kind, format: "tar", suffix: "", metadata };
        let mut stored = (take == Take::Move).then(Vec::new);
        self.desk.put_listed(wanted, Some(list), |file, _| {
            let mut archive = Archive { file, end: 0, stored: stored.take(), skipped: Vec::new() };
            walk(path, &mut |place, within, found| archive.add(place, within, found))?;
            archive.finish().map_err(|source| Error::io("write the archive of", path, &source))?;
            stored = archive.stored;
            Ok(self.noted(path, &archive.skipped))
        })?;
        if let Some(stored) = stored {
            // Whatever happens from here on, the content is in the store.
            self.flush(Flush::Durable)?;
            let kept = remove(path, &stored).map_err(|source| Error::io("remove", path, &source))?;
            if kept > 0 {
                self.warn(&format!(
                    "{}: {kept} files were left there: they are not in the store",
                    path.display()
                ));
            }
        }
        Ok(())
    }

    /// Refuses a directory that has the store in it, whose archive would have itself in it.
    fn check_outside(&self, path: &Path) -> Result<()> {
        let failed = |source: std::io::Error| Error::io("find", path, &source);
        let (source, store) = (std::fs::canonicalize(path), std::fs::canonicalize(self.shared.store.root()));
        if store.map_err(failed)?.starts_with(source.map_err(failed)?) {
            let text = format!("{} has the store in it: no artifact can hold its store", path.display());
            return Err(Error::new(ErrorKind::Value, text));
        }
        Ok(())
    }

    /// Says what was left out in the log, and returns what the metadata have to say of it.
    fn noted(&self, path: &Path, skipped: &[OsString]) -> Object {
        if skipped.is_empty() {
            return Object::new();
        }
        let names: Vec<Json> =
            skipped.iter().take(NAMED).map(|name| name.to_string_lossy().as_ref().into()).collect();
        let first = skipped[0].to_string_lossy();
        self.warn(&format!(
            "{}: {} left out, which are no files, directories or links, such as {first:?}",
            path.display(),
            skipped.len()
        ));
        json::members([("skipped", Json::from(names)), ("skipped_count", (skipped.len() as u64).into())])
    }

    fn warn(&self, text: &str) {
        // The artifact is there; a line that is lost is in health.
        let _ = journal::with(&self.shared.journal, |emitter| emitter.line(None, Level::Warning, text));
    }
}

impl Archive<'_> {
    fn add(&mut self, path: &Path, within: &Path, found: &Metadata) -> Result<()> {
        let failed = |source: std::io::Error| Error::io("read", path, &source);
        let (mut source, mut target) = (None, PathBuf::new());
        let kind = match found.file_type() {
            kind if kind.is_dir() => Kind::Directory,
            kind if kind.is_symlink() => {
                target = std::fs::read_link(path).map_err(failed)?;
                Kind::Link
            }
            kind if kind.is_file() => {
                source = Some(open(path, found).map_err(failed)?);
                Kind::File
            }
            _ => {
                self.skipped.push(within.as_os_str().to_owned());
                return Ok(());
            }
        };
        let size = source.as_ref().map_or(0, |_| found.len());
        let member = Member {
            kind,
            path: within.as_os_str().as_bytes().into(),
            mode: if kind == Kind::Link { 0o777 } else { found.mode() & 0o7777 },
            modified: found.mtime(),
            size,
            target: target.as_os_str().as_bytes().into(),
        };
        let header = member.header();
        self.file.write_all_at(&header, self.end).map_err(|source| Error::io("store", path, &source))?;
        self.end += header.len() as u64;
        if let Some(source) = source {
            sys::copy_into(&source, size, self.file, self.end)
                .map_err(|source| Error::io("copy", path, &source))?;
        }
        self.end += size + tar::padding(size);
        self.stored
            .iter_mut()
            .for_each(|all| all.push(Stored { path: path.to_owned(), found: found.clone() }));
        Ok(())
    }

    /// Ends the archive. Where nothing was written, the file has zeros.
    fn finish(&mut self) -> std::io::Result<()> {
        self.file.set_len(self.end + tar::END)
    }
}

/// Opens the file that was found at `path`, and no other one that has come there meanwhile.
fn open(path: &Path, found: &Metadata) -> std::io::Result<File> {
    let file = file::open_to_read(path)?;
    let opened = file.metadata()?;
    if (opened.dev(), opened.ino()) != (found.dev(), found.ino()) {
        return Err(std::io::Error::other("it was replaced meanwhile"));
    }
    Ok(file)
}

/// Removes what is in the store, and the directories that are empty then. Returns how many files were left:
/// those that have changed or come since.
fn remove(path: &Path, stored: &[Stored]) -> std::io::Result<u64> {
    if std::fs::symlink_metadata(path)?.is_symlink() {
        // The directory that it leads to stays, as the file does.
        return std::fs::remove_file(path).map(|()| 0);
    }
    let mut kept = 0;
    let time = |found: &Metadata| (found.len(), found.mtime(), found.mtime_nsec());
    for Stored { path, found } in stored.iter().rev() {
        if found.is_dir() {
            // One that is not empty has something that was left.
            let _ = std::fs::remove_dir(path);
        } else if std::fs::symlink_metadata(path).is_ok_and(|now| time(&now) == time(found)) {
            std::fs::remove_file(path)?;
        } else {
            kept += 1;
        }
    }
    let _ = std::fs::remove_dir(path);
    Ok(kept)
}
