//! Comparing the files of a work tree with those of a commit.

use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::id::{Hasher, Id};
use super::index::{self, Entry};
use super::{Repository, object, open_regular, read_bytes};
use crate::base::limit::Limit;

/// Submodules within each other that are looked into.
const DEEPEST: usize = 8;

/// Bytes of files that are read to tell whether they changed, where their times leave it open.
const MOST_READ: u64 = 256 << 20;

/// Returns whether tracked files differ from `commit`. Nothing if that can't be told.
pub fn is_dirty(repository: &Repository, commit: Id, limit: &Limit<'_>, depth: usize) -> Option<bool> {
    let kind = repository.config.kind;
    let path = repository.directory.join("index");
    let written = index::written(&std::fs::metadata(&path).ok()?)?;
    let entries = index::parse(&read_bytes(&path, index::LARGEST)?, kind)?;
    if entries.iter().any(|entry| entry.is_pending) {
        return Some(true);
    }
    limit.check()?;
    let staged = index::tree_of(&entries, kind)?;
    let committed = object::tree_of(&repository.common, commit, kind, limit);
    if committed.is_some_and(|committed| committed != staged) {
        return Some(true);
    }
    let mut look = Look { repository, written, limit, depth, left: MOST_READ, converts: None };
    let mut is_sure = committed.is_some();
    for (count, entry) in entries.iter().enumerate() {
        if count % 32 == 0 {
            limit.check()?;
        }
        match look.has_changed(entry, &entries) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => is_sure = false,
        }
    }
    is_sure.then_some(false)
}

struct Look<'a> {
    repository: &'a Repository,
    /// When the index was written.
    written: (u32, u32),
    limit: &'a Limit<'a>,
    depth: usize,
    left: u64,
    /// True if git may store files otherwise than they are in the work tree.
    converts: Option<bool>,
}

impl Look<'_> {
    /// Returns whether a file is no more what the index says. Nothing if that can't be told.
    fn has_changed(&mut self, entry: &Entry, all: &[Entry]) -> Option<bool> {
        if entry.is_ignored || entry.mode == index::DIRECTORY {
            return Some(false);
        }
        let path = self.repository.top.join(OsStr::from_bytes(&entry.path));
        let metadata = match std::fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            // A submodule may be missing.
            Err(error) if is_missing(&error) => return Some(entry.mode != index::SUBMODULE),
            Err(_) => return None,
        };
        if entry.mode == index::SUBMODULE {
            return self.submodule(entry, &path);
        }
        let is_of_type = match entry.mode & 0o170_000 {
            index::REGULAR => metadata.is_file(),
            index::LINK => metadata.is_symlink(),
            _ => return None,
        };
        let is_executable = |mode: u32| mode & 0o100 != 0;
        let is_other_mode = metadata.is_file() && is_executable(entry.mode) != is_executable(metadata.mode());
        if !is_of_type || is_other_mode && !self.repository.config.ignores_mode {
            return Some(true);
        }
        // git sets the size to 0 where it wants to be asked for the content.
        if entry.size != 0 && entry.size != metadata.size() as u32 {
            return Some(true);
        }
        let modified = (metadata.mtime() as u32, metadata.mtime_nsec() as u32);
        let changed = (metadata.ctime() as u32, metadata.ctime_nsec() as u32);
        let is_same = is_same_time(entry.modified, modified)
            && is_same_time(entry.changed, changed)
            && entry.size == metadata.size() as u32;
        // A file that was written when the index was may have been written again at that time.
        let is_settled = if entry.modified.1 == 0 {
            entry.modified.0 < self.written.0
        } else {
            entry.modified < self.written
        };
        if is_same && is_settled {
            return Some(false);
        }
        self.content_differs(entry, &path, &metadata, all)
    }

    fn content_differs(
        &mut self,
        entry: &Entry,
        path: &Path,
        metadata: &std::fs::Metadata,
        all: &[Entry],
    ) -> Option<bool> {
        let kind = self.repository.config.kind;
        if metadata.is_symlink() {
            let target = std::fs::read_link(path).ok()?;
            return Some(kind.id_of("blob", target.as_os_str().as_bytes()) != entry.id);
        }
        self.left = self.left.checked_sub(metadata.size())?;
        let mut file = open_regular(path)?.take(metadata.size());
        let mut hasher = Hasher::new(kind, "blob", metadata.size());
        let mut piece = vec![0; 64 << 10];
        let (mut total, mut has_returns) = (0, false);
        loop {
            self.limit.check()?;
            let got = file.read(&mut piece).ok()?;
            if got == 0 {
                break;
            }
            total += got as u64;
            has_returns = has_returns || piece[..got].contains(&b'\r');
            hasher.update(&piece[..got]);
        }
        if total == metadata.size() && hasher.finish() == entry.id {
            return Some(false);
        }
        // Git may store the output of a filter, which is not run here.
        let may_be_converted = has_returns || self.converts(all);
        (!may_be_converted).then_some(true)
    }

    fn converts(&mut self, all: &[Entry]) -> bool {
        *self.converts.get_or_insert_with(|| {
            self.repository.config.converts_newlines
                || self.repository.common.join("info/attributes").exists()
                || all
                    .iter()
                    .any(|entry| entry.path.rsplit(|byte| *byte == b'/').next() == Some(b".gitattributes"))
        })
    }

    fn submodule(&self, entry: &Entry, path: &Path) -> Option<bool> {
        if self.depth >= DEEPEST {
            return None;
        }
        let Some(repository) = Repository::at(path) else {
            // It is not checked out.
            return Some(false);
        };
        let commit = Id::parse(&repository.head(self.limit)?.commit?)?;
        if commit != entry.id {
            return Some(true);
        }
        is_dirty(&repository, commit, self.limit, self.depth + 1)
    }
}

/// Returns whether two times are the same, as far as the index keeps them.
fn is_same_time(kept: (u32, u32), now: (u32, u32)) -> bool {
    kept.0 == now.0 && (kept.1 == 0 || kept.1 == now.1)
}

fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOTDIR))
}
