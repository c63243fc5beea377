//! The cache of tables: what was read of the records of an experiment's runs that have ended, so that it
//! need not be read again. It lies in the user's directory of caches, never in the store, and may be deleted
//! at any time.
//!
//! Nothing in it is trusted. A file that is damaged, or another user's, counts as absent. What it says of a
//! run holds if the record has the same inode, size and times as when it was read: they are noted before it
//! is read, and only when they are older than the steps of any file system's clock, so that what changes
//! later has others. Where the same is true of the directory of records, on a file system that keeps its
//! directories' times, no run has come, gone or been replaced, since every writer renames a whole file into
//! its place; then the records are not even looked at. An ended run's record that somebody edits in place is
//! seen when the directory changes.

use std::io::{Read, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::column::Texts;
use super::rows::{Reader, Rows, Writer};
use crate::base::clock::Moment;
use crate::base::error::Result;
use crate::base::hex::hex;
use crate::base::{environment, file};

/// The directory's variable.
const VARIABLE: &str = "METALAB_CACHE";

/// The first bytes of a file. Another version has others.
const MAGIC: [u8; 8] = *b"metalab1";

/// Bytes of it, and of the sum that follows.
const HEAD: usize = MAGIC.len() + 8;

/// The names of files end so.
const EXTENSION: &str = "runs";

/// Bytes of a file, at most.
const LARGEST: u64 = 1 << 30;

/// Steps of a file system's clock are shorter: FAT has 2 s.
const STEP: Duration = Duration::from_secs(3);

/// Files that were not written for so long are removed.
const FORGOTTEN: Duration = Duration::from_secs(90 * 24 * 3600);

/// A directory of such files.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
}

/// The state of a file, which every change makes another: inode, size, and the times of its content and of
/// itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    inode: u64,
    size: u64,
    modified: u64,
    changed: u64,
}

/// The content of a file of the cache.
#[derive(Debug, Default)]
pub struct Saved {
    /// The state of the directory of records, if it was old enough.
    pub directory: Option<Stamp>,
    /// The files in it that have no row here: of runs that go on, and what can't be read.
    pub others: Vec<String>,
    /// Runs that have ended, the newest first.
    pub rows: Rows,
    /// The state of each one's record.
    pub stamps: Vec<Stamp>,
}

impl Stamp {
    /// The state that the system tells.
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        let nanos = |seconds: i64, nanos: i64| {
            u64::try_from(seconds).unwrap_or(0).saturating_mul(1_000_000_000).saturating_add(nanos as u64)
        };
        Self {
            inode: metadata.ino(),
            size: metadata.size(),
            modified: nanos(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanos(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Returns true if any change from `now` on makes another one.
    pub fn is_old(&self, now: Moment) -> bool {
        self.is_older_than(STEP, now)
    }

    /// Returns true if it has been so for a time.
    pub fn is_older_than(&self, time: Duration, now: Moment) -> bool {
        let since = self.modified.max(self.changed);
        since.saturating_add(time.as_nanos() as u64) <= now.nanos()
    }

    fn numbers(self) -> [u64; 4] {
        [self.inode, self.size, self.modified, self.changed]
    }

    fn from_numbers([inode, size, modified, changed]: [u64; 4]) -> Self {
        Self { inode, size, modified, changed }
    }
}

impl Cache {
    /// The user's: in `METALAB_CACHE`, which may be `off`, else in `metalab` of the directory of caches.
    ///
    /// # Errors
    /// When the variable is no path.
    pub fn of_user() -> Result<Option<Self>> {
        if let Some(text) = environment::variable(VARIABLE)? {
            match environment::yes_or_no(&text) {
                Ok(false) => return Ok(None),
                Ok(true) => {}
                Err(_) => {
                    let directory = environment::path(&text).map_err(|error| error.context(VARIABLE))?;
                    return Ok(std::path::absolute(directory).ok().map(Self::at));
                }
            }
        }
        let home = || Some(environment::home()?.join(".cache"));
        let caches = environment::raw("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let caches = caches.or_else(home).filter(|path| path.is_absolute());
        Ok(caches.map(|caches| Self::at(caches.join("metalab"))))
    }

    /// The one in `directory`, which is made when it is needed.
    pub fn at(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Returns true if it would lie in the directory.
    pub fn is_in(&self, directory: &Path) -> bool {
        self.directory.starts_with(directory)
    }

    /// The file for the experiment's directory `root`.
    fn file(&self, root: &Path) -> PathBuf {
        let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
        self.directory.join(format!("{}.{EXTENSION}", hex(&digest[..16])))
    }

    /// The facts that are known of the experiment in `root`.
    pub fn load(&self, root: &Path) -> Option<Saved> {
        if !self.is_ours() {
            return None;
        }
        let file = file::open_to_read(&self.file(root)).ok()?;
        let metadata =
            file.metadata().ok().filter(|metadata| metadata.is_file() && metadata.len() <= LARGEST)?;
        decode(file, metadata.len(), root)
    }

    /// Keeps what is known of the experiment in `root`. Where that can't be done, nothing is kept.
    pub fn save(&self, root: &Path, saved: &Saved) {
        let bytes = encode(saved, root);
        if bytes.len() as u64 <= LARGEST && self.make().is_ok() && self.is_ours() {
            let _ = write(&self.file(root), &bytes);
            self.tidy();
        }
    }

    fn make(&self) -> std::io::Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)
    }

    /// Returns true if nobody but the user wrote it.
    fn is_ours(&self) -> bool {
        // SAFETY: only asks.
        let user = unsafe { libc::geteuid() };
        let metadata = std::fs::metadata(&self.directory);
        metadata.is_ok_and(|metadata| metadata.uid() == user && metadata.mode() & 0o002 == 0)
    }

    /// Removes files of stores that are long gone, and what a process left that died while it wrote.
    fn tidy(&self) {
        let Ok(entries) = std::fs::read_dir(&self.directory) else { return };
        let is_forgotten = |entry: &std::fs::DirEntry| {
            let path = PathBuf::from(entry.file_name());
            let is_ours = path.extension().is_some_and(|extension| extension == EXTENSION);
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let age = written.ok().and_then(|written| SystemTime::now().duration_since(written).ok());
            is_ours && age.is_some_and(|age| age > FORGOTTEN)
        };
        for entry in entries.flatten().filter(is_forgotten) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Writes a file whole.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{number}.{EXTENSION}", std::process::id()));
    let written = file::create_new(&temporary)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// A magic number, a CRC-32 of what follows it, the directory of the experiment, the state of the directory
/// of records (zeros for none), the other files, the rows, and the states of their records.
fn encode(saved: &Saved, root: &Path) -> Vec<u8> {
    let mut content = Writer::default();
    content.text(&root.to_string_lossy());
    content.numbers(&saved.directory.unwrap_or_default().numbers());
    let mut others = Texts::default();
    saved.others.iter().for_each(|other| others.push(other));
    content.texts(&others);
    content.rows(&saved.rows);
    content.numbers(&saved.stamps.iter().flat_map(|stamp| stamp.numbers()).collect::<Vec<_>>());
    let content = content.finish();
    [&MAGIC[..], &u64::from(crc32fast::hash(&content)).to_le_bytes(), &content].concat()
}

fn decode(mut from: impl Read, size: u64, root: &Path) -> Option<Saved> {
    let mut head = [0; HEAD];
    from.read_exact(&mut head).ok()?;
    let crc = u64::from_le_bytes(*head.strip_prefix(&MAGIC)?.first_chunk()?);
    let mut reader = Reader::new(from, size.checked_sub(HEAD as u64)?);
    if reader.text()? != root.to_string_lossy() {
        return None;
    }
    let directory = Stamp::from_numbers(reader.numbers()?.try_into().ok()?);
    let others = reader.texts()?;
    let others = (0..others.len()).filter_map(|index| others.get(index)).map(str::to_owned).collect();
    let rows = reader.rows()?;
    let numbers = reader.numbers()?;
    let stamps = numbers.chunks(4).map(|numbers| Some(Stamp::from_numbers(numbers.try_into().ok()?)));
    let stamps: Vec<Stamp> = stamps.collect::<Option<_>>()?;
    let has_ids = rows.field("run_id").is_some_and(|ids| ids.len() == rows.len() as usize);
    let is_whole = u64::from(reader.finish()?) == crc
        && stamps.len() == rows.len() as usize
        && (has_ids || rows.len() == 0);
    let directory = (directory != Stamp::default()).then_some(directory);
    is_whole.then_some(Saved { directory, others, rows, stamps })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::column::Builder;
    use crate::read::record::Row;

    fn saved() -> Saved {
        let mut rows = Rows::default();
        for (run_id, params) in [("a", r#"{"n": 1, "x": "é", "list": [1]}"#), ("b", r#"{"n": NaN, "o": {}}"#)]
        {
            let text =
                format!(r#"{{"run_id": "{run_id}", "status": "success", "params_resolved": {params}}}"#);
            rows.push(&Row::parse(text.as_bytes(), run_id).unwrap());
        }
        let stamps = (0..2).map(|inode| Stamp { inode, size: 7, modified: 8, changed: 9 }).collect();
        Saved { directory: None, others: vec!["c".to_owned(), String::new()], rows, stamps }
    }

    /// Uses everything that is in rows.
    fn use_all(saved: &Saved) -> usize {
        let mut used = 0;
        for prefix in ["", "params."] {
            for (_, cells) in saved.rows.fields_of(prefix) {
                let mut column = Builder::default();
                (0..cells.len()).for_each(|cell| cells.show(cell, &mut column));
                let has = |row: &&u32| cells.text(**row).is_some() || cells.integer(**row).is_some();
                used += cells.at().iter().filter(has).count() + column.values().len();
            }
        }
        let all: Vec<u32> = (0..saved.rows.len()).collect();
        let filter = crate::read::Filter::parse("params.n > 1 or tag = x or params.list exists").unwrap();
        let picked = saved.rows.pick(&all);
        let fits = |rows: &Rows| all.iter().filter(|row| filter.is_true(&rows.row(**row))).count();
        assert_eq!(fits(&picked), fits(&saved.rows));
        used
    }

    #[test]
    fn what_is_kept_comes_back() {
        let root = Path::new("/store/e_1");
        let bytes = encode(&saved(), root);
        let back = decode(&bytes[..], bytes.len() as u64, root).unwrap();
        assert_eq!(format!("{back:?}"), format!("{:?}", saved()));
        assert!(decode(&bytes[..], bytes.len() as u64, Path::new("/store/e_2")).is_none());
        assert!(use_all(&back) > 10);
    }

    /// A file whose sum is right, but nothing else of it, is none, or one that can be used: it never has the
    /// reader fail.
    #[test]
    fn no_content_is_believed() {
        let root = Path::new("/r");
        let whole = encode(&saved(), root);
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut taken = 0;
        for _ in 0..5_000 {
            let mut content = whole[HEAD..].to_vec();
            for _ in 0..1 + random(3) {
                let at = random(content.len());
                match random(4) {
                    0 => content[at] = random(256) as u8,
                    1 => content[at] ^= 1 << random(8),
                    2 => content.truncate(at + 1),
                    _ => content[at] = [0, 0xFF, 1, 7][random(4)],
                }
            }
            let crc = u64::from(crc32fast::hash(&content)).to_le_bytes();
            let bytes = [&MAGIC[..], &crc, &content].concat();
            if let Some(saved) = decode(&bytes[..], bytes.len() as u64, root) {
                taken += usize::from(use_all(&saved) > 0);
            }
        }
        assert!(taken > 50, "{taken}");
    }

    #[test]
    fn files_of_stores_that_are_gone_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let cache = Cache::at(place.path().join("cache"));
        cache.save(Path::new("/r"), &saved());
        let old = place.path().join("cache/old.runs");
        let others = place.path().join("cache/other");
        for path in [&old, &others] {
            let file = std::fs::File::create(path).unwrap();
            file.set_modified(SystemTime::now() - FORGOTTEN - Duration::from_secs(60)).unwrap();
        }
        cache.save(Path::new("/q"), &saved());
        assert!(!old.exists() && others.exists());
        assert!(cache.load(Path::new("/r")).is_some() && cache.load(Path::new("/q")).is_some());
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(place.path().join("cache"), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(cache.load(Path::new("/r")).is_none());
    }
}
