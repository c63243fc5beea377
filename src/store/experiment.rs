//! The store of one experiment: where its files are, and how they are written whole.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use super::damaged::{self, SetAside};
use super::unsynced::Unsynced;
use crate::base::error::{self, Error, ErrorKind, Result};
use crate::base::file::{self, OurFile};
use crate::base::json::{self, Json};
use crate::base::name;
use crate::base::stem::{self, Rules};
use crate::base::sync::{PerProcess, lock};
use crate::base::sys;

const SCHEMA_VERSION: &str = "0.1";
const DIRECTORIES: [&str; 7] = ["runs", "derived", "artifacts", "logs", "results", "experiments", ".locks"];

/// Bytes that are set aside for a run's record.
const RECORD_SPACE: u64 = 64 << 10;

/// How long a write waits for the run's lock while it does not change hands.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

/// Lock files that are locked at one attempt, at most, until one is still at its path.
const LOCK_FILES: u32 = 8;

/// A directory of the run whose files are named after what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `results/{run_id}`
    Results = 0,
    /// `artifacts/{run_id}`
    Artifacts = 1,
}

/// Told of every file of a store that was written whole.
pub trait Observer: std::fmt::Debug + Send + Sync {
    /// `path` was written.
    fn written(&self, path: &Path);
}

/// An experiment's directory.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    pub(super) experiment_id: String,
    /// The rules of its file system.
    rules: Rules,
    /// True if the end of a run waits for the disk.
    durable: AtomicBool,
    unsynced: Unsynced,
    /// Files that were found damaged and are yet to be spoken of.
    set_aside: Mutex<Vec<SetAside>>,
    /// Threads of ours wait in line here, not by trying the file's lock again and again.
    turn: Mutex<()>,
    /// True if a run's lock was waited for in vain, and none was had since.
    waited_in_vain: AtomicBool,
    /// Told of what is written here.
    observer: OnceLock<Arc<dyn Observer>>,
}

/// The lock of a run's record, manifest and results, held while this lives.
#[derive(Debug)]
pub struct RunLock<'a> {
    file: OurFile,
    /// Differs from that of every other lock of this process.
    number: u64,
    _turn: MutexGuard<'a, ()>,
}

impl RunLock<'_> {
    /// A number that no other lock of this process has: what was read under the same one still holds.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for RunLock<'_> {
    fn drop(&mut self) {
        // Closing is not enough: a child that was forked meanwhile has the same lock.
        unlock(&self.file);
    }
}

fn unlock(file: &OurFile) {
    // One that the host has closed is unlocked.
    let _ = file.with_open(|file| {
        sys::unlock(file);
        Ok(())
    });
}

impl Store {
    /// Opens the store of `experiment_id` in the collection at `collection`, and makes what is absent.
    ///
    /// # Errors
    /// When a directory can't be made, or the directory belongs to an experiment of another id.
    pub fn open(collection: &Path, experiment_id: &str) -> Result<Self> {
        let collection =
            std::path::absolute(collection).map_err(|source| Error::io("resolve", collection, &source))?;
        let root = collection.join(name::experiment_dir(experiment_id));
        // Another process may have made the store a moment ago, and not waited for the disk.
        let known = root
            .ancestors()
            .skip(2)
            .find(|above| matches!(file::is_there(above), Ok(true)))
            .unwrap_or(Path::new("/"))
            .to_owned();
        for directory in DIRECTORIES {
            let path = root.join(directory);
            std::fs::create_dir_all(&path).map_err(|source| Error::io(error::MAKE_STORE, &path, &source))?;
        }
        let store = Self {
            experiment_id: experiment_id.to_owned(),
            rules: Rules {
                is_case_blind: file::is_there(&root.join("RUNS"))?,
                is_picky: sys::has_names_of_dos(&root),
            },
            durable: AtomicBool::new(false),
            unsynced: Unsynced::below(known),
            set_aside: Mutex::default(),
            turn: Mutex::default(),
            waited_in_vain: AtomicBool::new(false),
            observer: OnceLock::new(),
            root,
        };
        store.write_meta()?;
        Ok(store)
    }

    fn write_meta(&self) -> Result<()> {
        let path = self.root.join("_meta.json");
        if let Some(meta) = self.read(&path)? {
            // Two ids can share a directory ("a:b_c", "a_b:c"); they must not share a store silently.
            // The process that wrote it may not have waited for the disk.
            self.note_grown(&path);
            return match meta.get("experiment_id").and_then(Json::as_str) {
                Some(id) if id != self.experiment_id => Err(Error::new(
                    ErrorKind::Name,
                    format!(
                        "experiment \"{}\" would share the directory {} with experiment \"{id}\"; rename one of them",
                        self.experiment_id,
                        self.root.display()
                    ),
                )),
                _ => Ok(()),
            };
        }
        let meta = Json::object([
            ("schema_version", SCHEMA_VERSION),
            ("created_by", "metalab"),
            ("experiment_id", self.experiment_id.as_str()),
        ]);
        self.write_json(&path, &meta)
    }

    /// The experiment's directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The rules for names of files here.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Says whether the end of a run waits for the disk.
    pub fn set_durable(&self, durable: bool) {
        self.durable.store(durable, Ordering::Relaxed);
        if durable {
            self.keep_what_is_there();
        }
    }

    /// From now on a file takes the place of another only once its own content is on the disk, which may
    /// have the other's: a power cut leaves one of them.
    pub fn keep_what_is_there(&self) {
        self.unsynced.set_used();
    }

    /// Returns whether it does.
    pub fn is_durable(&self) -> bool {
        self.durable.load(Ordering::Relaxed)
    }

    /// Tells `observer` of every file that is written from now on.
    pub fn observe(&self, observer: Arc<dyn Observer>) {
        // Once, before anything is written.
        let _ = self.observer.set(observer);
    }

    /// Returns whether somebody is told of what is written here.
    pub fn is_observed(&self) -> bool {
        self.observer.get().is_some()
    }

    /// The run's record.
    pub fn run_path(&self, run_id: &str) -> PathBuf {
        self.root.join("runs").join(format!("{run_id}.json"))
    }

    /// The directory of the run's artifacts.
    pub fn artifact_dir(&self, run_id: &str) -> PathBuf {
        self.root.join("artifacts").join(run_id)
    }

    /// The manifest of the run's artifacts.
    pub fn manifest_path(&self, run_id: &str) -> PathBuf {
        self.artifact_dir(run_id).join("_manifest.json")
    }

    /// The directory of the run's structured data.
    pub fn result_dir(&self, run_id: &str) -> PathBuf {
        self.root.join("results").join(run_id)
    }

    /// Has the package find the entry of this name, whose file is `file`, where it looks for it.
    pub fn link_result(&self, run_id: &str, name: &str, file: &str) {
        let Some(link) = stem::link(name) else { return };
        let directory = self.result_dir(run_id);
        let at = directory.join(format!("{link}.json"));
        let to = format!("{}{file}", "../".repeat(name.matches('/').count()));
        if std::fs::read_link(&at).is_ok_and(|there| there == Path::new(&to)) {
            return;
        }
        // A second way to what is there: where there can be none, the file's own name is the only one.
        let above = at.parent().map_or(Ok(()), std::fs::create_dir_all);
        let _ = above.and_then(|()| std::os::unix::fs::symlink(to, &at));
    }

    /// A log of the run.
    pub fn log_path(&self, run_id: &str, log: &str) -> PathBuf {
        self.root.join("logs").join(format!("{run_id}_{log}.log"))
    }

    /// Where journals are unless the options say otherwise: on the store's disk, unseen by readers.
    pub fn journal_dir(&self) -> PathBuf {
        self.root.join(".journal")
    }

    /// Reserves space, so that the run's record can be written at its end whatever fills the disk:
    /// beyond the end of the lock's file, which stays empty.
    ///
    /// # Errors
    /// When there is none now.
    pub fn reserve_record(&self, run_id: &str) -> Result<()> {
        let path = self.lock_path(run_id);
        file::open(&path)
            .and_then(|file| sys::reserve_beyond(&file, RECORD_SPACE))
            .map_err(|source| Error::io("reserve space in", &path, &source))
    }

    /// Releases the space, for the record that is about to be written.
    pub fn release_record(&self, run_id: &str) {
        // Runs of other writers have none; and what could not be given back is no more than was.
        let _ = file::open(&self.lock_path(run_id)).and_then(|file| file.set_len(0));
    }

    fn lock_path(&self, run_id: &str) -> PathBuf {
        self.root.join(".locks").join(format!("{run_id}.lock"))
    }

    /// Takes the run's lock, as every writer of its record, manifest and results does. After a wait in
    /// vain, further attempts only try, until one succeeds: who holds the lock and stands still costs
    /// one wait, not one for each file.
    ///
    /// # Errors
    /// When the lock file can't be had, or another process holds the lock for too long.
    pub fn lock_run(&self, run_id: &str) -> Result<RunLock<'_>> {
        let turn = lock(&self.turn);
        let is_patient = !self.waited_in_vain.load(Ordering::Relaxed);
        let patience = if is_patient { LOCK_PATIENCE } else { Duration::ZERO };
        let taken = self.take_lock(run_id, patience, turn)?;
        self.waited_in_vain.store(taken.is_none(), Ordering::Relaxed);
        taken.ok_or_else(|| {
            let (path, seconds) = (self.lock_path(run_id), LOCK_PATIENCE.as_secs());
            let text = format!(
                "the lock {} was another process's at each try for {seconds} s; lsof shows who has it",
                path.display()
            );
            Error::new(ErrorKind::Busy, text)
        })
    }

    /// Takes the run's lock, if nobody has it: for what can be done later as well.
    ///
    /// # Errors
    /// When the lock file can't be had.
    pub fn try_lock_run(&self, run_id: &str) -> Result<Option<RunLock<'_>>> {
        let Ok(turn) = self.turn.try_lock() else { return Ok(None) };
        self.take_lock(run_id, Duration::ZERO, turn)
    }

    fn take_lock<'a>(
        &'a self,
        run_id: &str,
        patience: Duration,
        turn: MutexGuard<'a, ()>,
    ) -> Result<Option<RunLock<'a>>> {
        static LOCKS: AtomicU64 = AtomicU64::new(1);
        let path = self.lock_path(run_id);
        let failed = |source: std::io::Error| Error::io("lock", &path, &source);
        let start = Instant::now();
        let mut files = 0;
        loop {
            files += 1;
            let file = OurFile::append_to(&path).map_err(failed)?;
            let patience = patience.saturating_sub(start.elapsed());
            if !file.with_open(|file| sys::flock(file, patience)).map_err(failed)? {
                return Ok(None);
            }
            // Somebody who removed the file while we waited has others lock another one.
            if files == LOCK_FILES || file.is_in_place() {
                let number = LOCKS.fetch_add(1, Ordering::Relaxed);
                return Ok(Some(RunLock { file, number, _turn: turn }));
            }
            unlock(&file);
        }
    }

    /// Has the next attempt at a run's lock wait again: at the run's end, which is the last chance.
    pub fn renew_patience(&self) {
        self.waited_in_vain.store(false, Ordering::Relaxed);
    }

    /// Refuses a store that can't be written, as taking the run's lock does.
    ///
    /// # Errors
    /// Then.
    pub fn check_writable(&self, run_id: &str) -> Result<()> {
        let path = self.lock_path(run_id);
        file::append(&path).map(drop).map_err(|source| Error::io("open", &path, &source))
    }

    /// The JSON in `path`, if there is such a file. What is damaged is set aside, and counts as absent.
    ///
    /// # Errors
    /// When it can't be read or not be set aside.
    pub fn read(&self, path: &Path) -> Result<Option<Json>> {
        let (json, aside) = damaged::read_or_set_aside(path)?;
        if let Some(aside) = aside {
            self.note_set_aside(aside);
        }
        Ok(json)
    }

    /// Returns whether there is a file at `path` that is whole, as `read` does: however long it is, this
    /// takes no time and no memory.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn is_whole(&self, path: &Path) -> Result<bool> {
        Ok(damaged::has_both_ends(path)? || self.read(path)?.is_some())
    }

    /// The run's record, as `read`.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn read_run(&self, run_id: &str) -> Result<Option<Json>> {
        self.read(&self.run_path(run_id))
    }

    /// Sets aside the records and the experiment's manifests that are damaged.
    ///
    /// # Errors
    /// When they can't be read or not be set aside.
    pub fn set_damaged_aside(&self) -> Result<()> {
        for directory in ["runs", "experiments"] {
            for path in damaged::suspects(&self.root.join(directory))? {
                self.read(&path)?;
            }
        }
        Ok(())
    }

    /// Notes something that somebody has set aside.
    pub fn note_set_aside(&self, aside: SetAside) {
        // Like what is written in its place: else the next power cut brings it back.
        self.unsynced.note_grown(&aside.now);
        lock(&self.set_aside).push(aside);
    }

    /// The files that were set aside since the last call.
    pub fn take_set_aside(&self) -> Vec<SetAside> {
        std::mem::take(&mut *lock(&self.set_aside))
    }

    /// The mark in the temporary names of this process.
    pub fn temporaries() -> String {
        // Of the process, not of this store: others of the same experiment write beside it. Children of one
        // parent do so, too.
        static PROCESS: PerProcess<String> = PerProcess::new(|_| {
            let bytes: [u8; 8] = sys::random_bytes();
            format!(".tmp.{:016x}-", u64::from_le_bytes(bytes))
        });
        PROCESS.get().clone()
    }

    /// A name for a file of `directory` that becomes `file` when it is whole; no reader lists it.
    pub fn temporary_name(&self, file: &str) -> String {
        static TEMPORARIES: AtomicU64 = AtomicU64::new(0);
        let number = TEMPORARIES.fetch_add(1, Ordering::Relaxed);
        // Named after the file as far as the limit of 255 bytes goes.
        let cut = (0..=file.len().min(200)).rev().find(|end| file.is_char_boundary(*end)).unwrap_or(0);
        format!(".{}{}{number}", &file[..cut], Self::temporaries())
    }

    /// Writes `path` whole or not at all.
    ///
    /// # Errors
    /// When it can't be written; then what was there before is there still.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.write_with(path, |file| file.write_all(bytes))
    }

    /// Like `write`, with what `fill` writes.
    ///
    /// # Errors
    /// The same as `write`.
    pub fn write_with(&self, path: &Path, fill: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<()> {
        let temporary = path.with_file_name(
            self.temporary_name(path.file_name().and_then(|file| file.to_str()).unwrap_or("file")),
        );
        let written = file::create_new(&temporary)
            .and_then(|mut file| fill(&mut file))
            .and_then(|()| self.name(&temporary, path))
            .map_err(|source| Error::io("write", path, &source));
        if written.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        written
    }

    /// Like `write`, for a file that is soon written again: a power cut may leave it blank.
    ///
    /// # Errors
    /// The same as `write`.
    pub fn write_passing(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or("file");
        let temporary = path.with_file_name(self.temporary_name(file));
        let written = file::create_new(&temporary)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| file::replace(&temporary, path));
        if written.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        written.map_err(|source| Error::io("write", path, &source))?;
        self.note_written(path);
        Ok(())
    }

    /// Gives the file at `from`, which is whole, the name `path`, in place of what is there.
    ///
    /// # Errors
    /// When that can't be done; then what was there before is there still.
    pub fn name(&self, from: &Path, path: &Path) -> std::io::Result<()> {
        self.prepare_name(from, path)?;
        std::fs::rename(from, path)?;
        self.note_written(path);
        Ok(())
    }

    /// Like `name`, where what is at `path` was written by `write_passing`.
    ///
    /// # Errors
    /// The same as `name`.
    pub fn name_in_passing(&self, from: &Path, path: &Path) -> std::io::Result<()> {
        self.prepare_name(from, path)?;
        file::replace(from, path)?;
        self.note_written(path);
        Ok(())
    }

    /// Does the part of `name` that waits for the disk: where it may have what is at `path`, it must not
    /// take the name before the content. For who is about to take a lock.
    ///
    /// # Errors
    /// When the disk refuses it.
    pub fn prepare_name(&self, from: &Path, path: &Path) -> std::io::Result<()> {
        if self.unsynced.is_used() && !file::is_gone(path) {
            file::open_to_read(from)?.sync_all()
        } else {
            Ok(())
        }
    }

    /// Writes `path` as JSON in the store's form.
    ///
    /// # Errors
    /// The same as `write`.
    pub fn write_json(&self, path: &Path, value: &Json) -> Result<()> {
        self.write(path, value.to_pretty().as_bytes())
    }

    /// Notes that `path` is new and perhaps not yet on the disk.
    pub fn note_written(&self, path: &Path) {
        self.unsynced.note(path);
        self.tell(path);
    }

    /// Tells who observes the store that another process has written `path`.
    pub fn tell(&self, path: &Path) {
        if let Some(observer) = self.observer.get() {
            observer.written(path);
        }
    }

    /// Notes that something was appended to `path`.
    pub fn note_grown(&self, path: &Path) {
        self.unsynced.note_grown(path);
    }

    /// Puts everything that was written on the disk: the files, then the directories that name them.
    ///
    /// # Errors
    /// The first one; the others are synced nevertheless. It comes again as long as what the disk has
    /// lost was not written again.
    pub fn sync(&self) -> Result<()> {
        self.unsynced.sync()
    }

    /// Makes the disk begin with what was written, without waiting for it.
    pub fn start_sync(&self) {
        self.unsynced.start();
    }
}

/// Makes `path` and what is above it.
///
/// # Errors
/// When that can't be done.
pub fn make_directory(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|source| Error::io("create the directory", path, &source))
}

/// The JSON in `path`, or nothing if there is no such file.
///
/// # Errors
/// When it can't be read or is no JSON.
pub fn read_json(path: &Path) -> Result<Option<Json>> {
    match file::read(path) {
        Ok(bytes) => {
            let text = std::str::from_utf8(&bytes).map_err(|source| {
                Error::new(ErrorKind::Json, format!("{} is not UTF-8", path.display())).caused_by(source)
            })?;
            json::parse(text).map(Some).map_err(|error| error.context(path.display()))
        }
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::io("read", path, &source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::holds_in_child;

    #[test]
    fn no_two_processes_have_a_mark_for_temporary_names() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("mark");
        let note = || std::fs::write(&file, Store::temporaries()).is_ok();
        let is_other = || std::fs::read(&file).is_ok_and(|mark| mark != Store::temporaries().as_bytes());
        let own = Store::temporaries();
        assert_eq!(Store::temporaries(), own);
        // A child, and its sibling.
        assert!(holds_in_child(|| Store::temporaries() != own && note()));
        assert!(holds_in_child(is_other));
    }

    #[test]
    fn a_store_is_laid_out_and_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), "a:b_c").unwrap();
        assert!(DIRECTORIES.iter().all(|name| store.root().join(name).is_dir()));
        let meta = std::fs::read_to_string(store.root().join("_meta.json")).unwrap();
        let wanted = "{\n  \"created_by\": \"metalab\",\n  \"experiment_id\": \"a:b_c\",\n  \"schema_version\": \"0.1\"\n}";
        assert_eq!(meta, wanted);
        Store::open(directory.path(), "a:b_c").unwrap();
        assert_eq!(Store::open(directory.path(), "a_b:c").unwrap_err().kind(), ErrorKind::Name);
    }

    #[test]
    fn writing_is_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), "e:1").unwrap();
        let path = store.run_path("r");
        store.write(&path, b"{}").unwrap();
        let failed = store.write_with(&path, |file| {
            file.write_all(b"half")?;
            Err(std::io::Error::from_raw_os_error(libc::ENOSPC))
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Full);
        assert_eq!(std::fs::read(&path).unwrap(), b"{}");
        assert_eq!(std::fs::read_dir(store.root().join("runs")).unwrap().count(), 1);
        store.sync().unwrap();
    }

    #[test]
    fn a_lock_in_vain_is_waited_for_once() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), "e:1").unwrap();
        let other = file::append(&store.lock_path("r")).unwrap();
        assert!(sys::flock(&other, Duration::ZERO).unwrap());
        // The same as after a wait: a test is not to take as long.
        store.waited_in_vain.store(true, Ordering::Relaxed);
        for _ in 0..50 {
            assert_eq!(store.lock_run("r").unwrap_err().kind(), ErrorKind::Busy);
        }
        sys::unlock(&other);
        drop(store.lock_run("r").unwrap());
        assert!(!store.waited_in_vain.load(Ordering::Relaxed));
    }

    #[test]
    fn a_lock_file_that_somebody_removes_is_taken_anew() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), "e:1").unwrap();
        let path = store.lock_path("r");
        let removed = file::append(&path).unwrap();
        assert!(sys::flock(&removed, Duration::ZERO).unwrap());
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| store.lock_run("r").map(|held| held.file.is_in_place()));
            std::thread::sleep(Duration::from_millis(50));
            std::fs::remove_file(&path).unwrap();
            sys::unlock(&removed);
            assert!(waits.join().unwrap().unwrap());
        });
    }

    #[test]
    fn space_for_the_record_is_reserved_and_released() {
        use std::os::unix::fs::MetadataExt as _;
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path(), "e:1").unwrap();
        let lock = store.lock_run("r").unwrap();
        let blocks = || {
            let metadata = std::fs::metadata(store.lock_path("r")).unwrap();
            assert_eq!(metadata.len(), 0);
            metadata.blocks() * 512
        };
        store.reserve_record("r").unwrap();
        // Not every file system can.
        assert!(blocks() == 0 || blocks() >= RECORD_SPACE);
        store.release_record("r");
        assert_eq!(blocks(), 0);
        drop(lock);
        store.release_record("none");
    }
}
