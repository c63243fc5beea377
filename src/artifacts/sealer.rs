//! The job that gives artifacts their hash, their name and their place in the manifest, so that
//! neither a caller nor a log line waits for gigabytes.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};
use once_cell::sync::OnceCell;
use sha2::{Digest as _, Sha256};

use super::backlog::Backlog;
use super::{listing, manifest};

use crate::artifacts::ahead::{Ahead, Blank};
use crate::artifacts::staging::Staging;
use crate::base::crew::{Crew, Job, Next, Place};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::hex::hex;
use crate::base::json::Json;
use crate::base::name;
use crate::base::sync::lock;
use crate::base::uuid;
use crate::journal::event::{Event, Mapped, Staged};
use crate::run::Context;
use crate::run::Descriptor;
use crate::store::npz::{Entry, Layout};
use crate::store::{self, RunLock, read_json};

/// The key of an array that a caller maps; numpy.load and the package give it under this name.
pub const SINGLE: &str = "arr";

/// While artifacts keep coming, the manifest is written this often at most.
const MANIFEST_INTERVAL: Duration = Duration::from_millis(250);

/// The manifest grows with every artifact: writing it takes all processes together one part in this
/// many of the time.
const MANIFEST_SHARE: u32 = 50;

/// Bytes of a file that are read at once.
const PIECE: usize = 1 << 20;

/// The name of the problem that the manifest can't be written.
pub const MANIFEST: &str = "write the artifact manifest";
/// The threads of the process that seal its runs' artifacts.
static SEALERS: Crew<Work> = Crew::new("metalab-sealer", 10, 4);

#[derive(Debug)]
enum Order {
    Seal(Staged),
    Replaced(Staged),
    Barrier(Sender<()>),
    End(Sender<()>),
}

/// A capture's sealing, which gets a thread with its first work.
#[derive(Debug)]
pub struct Sealer {
    shared: Arc<Context>,
    work: OnceCell<Place<Work>>,
    backlog: Arc<Backlog>,
    staging: Arc<Staging>,
    ahead: Arc<Ahead>,
    /// Set when there is nothing to wait for any more.
    ended: AtomicBool,
}

impl Sealer {
    /// A sealer that has nothing to do yet.
    pub fn new(shared: Arc<Context>) -> Self {
        let directory = shared.store.artifact_dir(&shared.identity.run_id);
        let staging = Arc::new(Staging::new(directory, shared.journal.directory()));
        let ahead = Ahead::new(staging.clone());
        Self {
            shared,
            work: OnceCell::new(),
            backlog: Arc::default(),
            ahead,
            staging,
            ended: AtomicBool::new(false),
        }
    }

    /// Seals `staged` some time soon.
    ///
    /// # Errors
    /// When there can be no thread for it.
    pub fn seal(&self, staged: Staged) -> Result<()> {
        self.order(Order::Seal(staged))
    }

    /// Seals `staged` of a dead process, and removes in the end what it had sealed of `earlier` ones
    /// of the name: their forms may have other files.
    ///
    /// # Errors
    /// The same as `seal`.
    pub fn seal_last(&self, staged: Staged, earlier: impl IntoIterator<Item = Staged>) -> Result<()> {
        self.seal(staged)?;
        earlier.into_iter().try_for_each(|one| self.order(Order::Replaced(one)))
    }

    fn order(&self, order: Order) -> Result<()> {
        let take = || SEALERS.take(Work::new(self.shared.clone(), self.backlog.clone()));
        let work = self
            .work
            .get_or_try_init(take)
            .map_err(|source| Error::io("start the sealing thread of", self.shared.store.root(), &source))?;
        work.order(order);
        Ok(())
    }

    /// Arrays that were computed and are about to be sealed.
    pub fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    /// The names of files that are not sealed yet.
    pub fn staging(&self) -> &Staging {
        &self.staging
    }

    /// The maker of files ahead of their use.
    pub fn ahead(&self) -> &Arc<Ahead> {
        &self.ahead
    }

    /// A blank file of `size` in the run's artifact directory, one that was made ahead if there is.
    /// It waits a while if far more was computed than is sealed.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn blank(&self, size: u64) -> Result<Blank> {
        self.backlog.wait(size);
        self.ahead.take(size).map_or_else(|| Blank::create(&self.staging, size), Ok)
    }

    /// Waits until everything that was handed in is sealed and in the manifest.
    pub fn wait(&self) {
        // Of a run that has ended, everything is.
        if !self.ended.load(Ordering::Acquire) {
            self.await_order(Order::Barrier);
        }
    }

    /// Does so for the last time.
    pub fn end(&self) {
        self.ahead.end();
        self.await_order(Order::End);
        self.ended.store(true, Ordering::Release);
        if let Some(work) = self.work.get() {
            work.leave();
        }
    }

    fn await_order(&self, order: fn(Sender<()>) -> Order) {
        let Some(work) = self.work.get() else { return };
        let (done, finished) = bounded(1);
        work.order(order(done));
        if finished.recv().is_err() {
            let stopped = Error::new(ErrorKind::Panic, "the sealing thread has stopped");
            self.shared.problem("seal artifacts", &stopped);
        }
    }
}

struct Work {
    shared: Arc<Context>,
    backlog: Arc<Backlog>,
    /// Artifacts that could not be sealed so far, tried again when somebody waits.
    failed: Vec<Staged>,
    /// Earlier forms of artifacts, whose files go in the end.
    replaced: Vec<Staged>,
    /// True if the manifest is behind.
    unwritten: bool,
    /// When it was last written, and how long that took.
    written: Instant,
    cost: Duration,
}

impl Job for Work {
    type Order = Order;

    /// One artifact a turn: others may wait for the thread.
    fn turn(&mut self, orders: &mut VecDeque<Order>, _: bool) -> Next {
        match orders.pop_front() {
            Some(Order::Seal(staged)) => self.seal(&staged),
            Some(Order::Replaced(staged)) => self.replaced.push(staged),
            Some(Order::Barrier(done)) => {
                self.try_again();
                self.write_manifest();
                let _ = done.send(());
            }
            Some(Order::End(done)) => {
                // The end of the run writes the manifest with everything.
                self.try_again();
                self.remove_replaced();
                return Next::End(Box::new(move || {
                    let _ = done.send(());
                }));
            }
            None => {}
        }
        if self.due().is_some_and(|wait| wait.is_zero()) {
            // Others may have the lock for long: neither they nor the end of the run are waited for.
            self.put_manifest(Context::try_lock_run);
        }
        match self.due() {
            _ if !orders.is_empty() => Next::After(Duration::ZERO),
            Some(wait) => Next::After(wait),
            None => Next::WhenCalled,
        }
    }
}

impl Work {
    fn new(shared: Arc<Context>, backlog: Arc<Backlog>) -> Self {
        let (written, cost) = (Instant::now(), Duration::ZERO);
        Self { shared, backlog, failed: Vec::new(), replaced: Vec::new(), unwritten: false, written, cost }
    }

    /// How long until the manifest is due, if there is anything to write.
    fn due(&self) -> Option<Duration> {
        let processes = self.shared.member.rank.map_or(1, |rank| u32::try_from(rank.size()).unwrap_or(1));
        let share = MANIFEST_SHARE.saturating_mul(processes);
        let interval = MANIFEST_INTERVAL.max(self.cost.saturating_mul(share));
        self.unwritten.then(|| interval.saturating_sub(self.written.elapsed()))
    }

    /// Seals what could not be before.
    fn try_again(&mut self) {
        for staged in std::mem::take(&mut self.failed) {
            self.seal(&staged);
        }
    }

    /// Removes the files of earlier forms, but where the last one could not be sealed.
    fn remove_replaced(&mut self) {
        let directory = self.shared.store.artifact_dir(&self.shared.identity.run_id);
        for staged in std::mem::take(&mut self.replaced) {
            if self.failed.iter().any(|failed| failed.name == staged.name) {
                continue;
            }
            let held = self.shared.lock_for_names();
            match held.and_then(|held| settled(&self.shared, held.as_ref(), &staged)) {
                Ok(staged) => {
                    let is_it = |uri: &str| uri.rsplit('/').next() == Some(&*staged.file);
                    let is_named = lock(&self.shared.state).artifacts.iter().any(|one| is_it(&one.uri));
                    if !is_named {
                        let _ = std::fs::remove_file(directory.join(&staged.file));
                    }
                }
                Err(error) => self.shared.problem(&format!("replace artifact {:?}", staged.name), &error),
            }
        }
    }

    fn seal(&mut self, staged: &Staged) {
        let what = format!("seal artifact {:?}", staged.name);
        // Unmapped here, since it takes a while, and not read through: a page that the disk can't bring
        // back would be a SIGBUS.
        drop(self.backlog.take_map(&staged.staged));
        let sealed = seal(&self.shared, staged).and_then(|descriptor| {
            let list =
                staged.list.as_ref().map(|list| seal_list(&self.shared, list, &descriptor)).transpose()?;
            Ok((descriptor, list))
        });
        self.backlog.remove(&staged.staged);
        match sealed {
            Ok((descriptor, list)) => {
                // A later one of the name is there: the earlier one would have been replaced.
                self.failed.retain(|earlier| {
                    let is_replaced = earlier.name == staged.name;
                    if is_replaced {
                        remove_staged(&self.shared, earlier);
                    }
                    !is_replaced
                });
                self.shared.tried(&what, Ok(()));
                let mut state = lock(&self.shared.state);
                state.sealed.insert(staged.staged.clone());
                let both = [Some(descriptor), list].into_iter().flatten();
                let unnamed: Vec<String> = both.filter_map(|one| state.put_artifact(one)).collect();
                drop(state);
                for file in unnamed {
                    let directory = self.shared.store.artifact_dir(&self.shared.identity.run_id);
                    let _ = std::fs::remove_file(directory.join(file));
                }
                self.unwritten = true;
            }
            Err(error) => {
                self.shared.problem(&what, &error);
                self.failed.push(staged.clone());
            }
        }
    }

    fn write_manifest(&mut self) {
        if !self.unwritten {
            return;
        }
        self.put_manifest(|shared| shared.lock_run().map(Some));
    }

    /// Writes the manifest, with the lock that `take` gives; without one, another time.
    fn put_manifest(&mut self, take: impl for<'a> FnOnce(&'a Context) -> Result<Option<RunLock<'a>>>) {
        let (shared, run_id) = (self.shared.clone(), &self.shared.identity.run_id);
        let held = take(&shared);
        let start = Instant::now();
        let written = held.and_then(|held| {
            let Some(held) = held else { return Ok(false) };
            let ours = lock(&shared.state).artifacts.clone();
            manifest::merge(&shared.store, run_id, &held, &ours).map(|()| true)
        });
        self.unwritten = !matches!(written, Ok(true));
        self.written = Instant::now();
        self.cost = start.elapsed().max(self.cost / 2);
        if !matches!(written, Ok(false)) {
            shared.tried(MANIFEST, written);
        }
    }
}

fn remove_staged(shared: &Context, staged: &Staged) {
    let directory = shared.store.artifact_dir(&shared.identity.run_id);
    let _ = std::fs::remove_file(directory.join(&staged.staged));
}

/// Gives the staged file its last bytes, its hash and its name.
fn seal(shared: &Context, staged: &Staged) -> Result<Descriptor> {
    let directory = shared.store.artifact_dir(&shared.identity.run_id);
    let from = directory.join(&staged.staged);
    if !file::is_there(&from)? {
        // The process died between this name and the manifest.
        let held = shared.lock_for_names()?;
        let staged = settled(shared, held.as_ref(), staged)?;
        drop(held);
        let to = directory.join(&staged.file);
        if file::is_there(&to)? {
            return describe(&staged, &to);
        }
    }
    if let Some(mapped) = &staged.mapped {
        close_npz(&from, mapped)?;
    }
    let mut descriptor = describe(staged, &from)?;
    let failed = |source: std::io::Error| Error::io("rename", &from, &source);
    // Most keep their names, and nobody waits for the lock meanwhile.
    shared.store.prepare_name(&from, &directory.join(&staged.file)).map_err(failed)?;
    let held = shared.lock_for_names()?;
    let staged = settled(shared, held.as_ref(), staged)?;
    let to = directory.join(&staged.file);
    shared.store.name(&from, &to).map_err(failed)?;
    // Where both are links to one file, renaming is nothing and leaves both. Files of our own making have one.
    if staged.mapped.is_none() {
        let _ = std::fs::remove_file(&from);
    }
    drop(held);
    descriptor.name = staged.name;
    descriptor.uri = to.to_string_lossy().into_owned();
    Ok(descriptor)
}

/// Makes the list of what is in a sealed archive, and seals it.
fn seal_list(shared: &Context, list: &Staged, archive: &Descriptor) -> Result<Descriptor> {
    let path = list.metadata.get("directory").cloned().unwrap_or(Json::Null);
    let json = listing::of_archive(Path::new(&archive.uri), path, &archive.name)?;
    let staged = shared.store.artifact_dir(&shared.identity.run_id).join(&list.staged);
    file::write(&staged, json.to_pretty().as_bytes())
        .map_err(|source| Error::io("write", &staged, &source))?;
    seal(shared, list)
}

/// The artifact under the name that it has in a store which other processes write, too; the caller
/// holds the run's lock, if names need it.
fn settled(shared: &Context, held: Option<&RunLock<'_>>, staged: &Staged) -> Result<Staged> {
    let (names, run_id) = (&shared.member.names, &shared.identity.run_id);
    if names.is_labelled() {
        return Ok(staged.clone());
    }
    let has_name = |entry: &Json| entry.str_at("name") == Some(&staged.name);
    let is_there = |name: &str| {
        let is_ours = lock(&shared.state).artifacts.iter().any(|artifact| artifact.name == name);
        let manifest = read_json(&shared.store.manifest_path(run_id))?;
        let entries = manifest.as_ref().and_then(|manifest| manifest.get("artifacts")?.as_array());
        let is_there = entries.unwrap_or_default().iter().any(has_name);
        Ok(!is_ours && (is_there || file::is_there(&shared.store.artifact_dir(run_id).join(&staged.file))?))
    };
    let stored = names.give(held, store::Place::Artifacts, &[&staged.name], is_there)?.remove(0);
    if stored == staged.name {
        return Ok(staged.clone());
    }
    let mut state = lock(&shared.state);
    let encoded = name::encode(&staged.name);
    let suffix =
        staged.file.strip_prefix(&*encoded).map_or_else(|| format!(".{}", staged.format), str::to_owned);
    let file = state.claim_file(store::Place::Artifacts, &stored, &suffix, shared.store.rules());
    if state.renamed.insert(stored.clone()) {
        let message = format!(
            "artifact {:?} is stored as {stored:?}: another process of the run has that name",
            staged.name
        );
        state.apply(Event::Warning(Json::object([("message", message.as_str())])));
    }
    Ok(Staged { name: stored, file, ..staged.clone() })
}

/// The descriptor of the artifact in `file`.
fn describe(staged: &Staged, file: &Path) -> Result<Descriptor> {
    let (content_hash, size) = content_hash(file).map_err(|source| Error::io("read", file, &source))?;
    Ok(Descriptor {
        artifact_id: uuid::random(),
        name: staged.name.clone(),
        kind: staged.kind.clone(),
        format: staged.format.clone(),
        uri: file.to_string_lossy().into_owned(),
        content_hash,
        size,
        metadata: staged.metadata.clone(),
    })
}

/// Writes the CRC-32 and the directory of an array that was computed in place.
///
/// The CRC-32 stands in front of the data, so that it is taken before the hash, in a pass of its
/// own. That costs nothing: it runs at the speed of memory, the hash at a tenth of it.
fn close_npz(path: &Path, mapped: &Mapped) -> Result<()> {
    let failed = |source: std::io::Error| Error::io("write", path, &source);
    let mut file = file::open(path).map_err(failed)?;
    let entry = Entry { name: SINGLE, dtype: mapped.dtype, order: mapped.order, shape: &mapped.shape };
    let mut layout = Layout::new(&[entry])?;
    let size = file.metadata().map_err(failed)?.len();
    if size != layout.size() {
        return Err(failed(std::io::ErrorKind::UnexpectedEof.into()));
    }
    let member = &layout.members()[0];
    let (start, end) = (member.data_offset(), member.data_end());
    let mut crc = crc32fast::Hasher::new();
    crc.update(member.npy());
    file.seek(SeekFrom::Start(start)).map_err(failed)?;
    let read =
        each_piece((&file).take(end - start), end - start, |piece| crc.update(piece)).map_err(failed)?;
    if read != end - start {
        return Err(failed(std::io::ErrorKind::UnexpectedEof.into()));
    }
    layout.set_crc(0, crc.finalize());
    file.write_all_at(&layout.members()[0].header(), 0).map_err(failed)?;
    file.write_all_at(&layout.directory(), end).map_err(failed)
}

/// The content hash of a file, and its size.
fn content_hash(path: &Path) -> std::io::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let file = file::open_to_read(path)?;
    let length = file.metadata()?.len();
    let size = each_piece(file, length, |piece| hash.update(piece))?;
    Ok((short(hash), size))
}

/// Reads to the end, which should come after `length` bytes, and says how much that was.
fn each_piece(
    mut from: impl std::io::Read,
    length: u64,
    mut body: impl FnMut(&[u8]),
) -> std::io::Result<u64> {
    // One more shows the end.
    let mut buffer = vec![0; usize::try_from(length + 1).map_or(PIECE, |length| length.min(PIECE))];
    let mut size = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(size),
            Ok(count) => {
                body(&buffer[..count]);
                size += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The first 16 hex digits of a SHA-256.
fn short(hash: Sha256) -> String {
    hex(&hash.finalize()[..8])
}

/// Writes the arrays of an archive to `file`: `fill` writes the elements of one through the sink.
///
/// # Errors
/// Whatever writing or `fill` meets.
pub fn write_npz(
    file: &mut File,
    path: &Path,
    entries: &[Entry<'_>],
    mut fill: impl FnMut(usize, &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>,
) -> Result<()> {
    let failed = |source: std::io::Error| Error::io("write", path, &source);
    let mut layout = Layout::new(entries)?;
    for index in 0..entries.len() {
        let member = &layout.members()[index];
        let offset = member.offset();
        let mut crc = crc32fast::Hasher::new();
        crc.update(member.npy());
        file.write_all(&member.header()).map_err(failed)?;
        fill(index, &mut |piece| {
            crc.update(piece);
            file.write_all(piece).map_err(failed)
        })?;
        // The header again, now that the CRC-32 is known.
        layout.set_crc(index, crc.finalize());
        file.write_all_at(&layout.members()[index].header(), offset).map_err(failed)?;
    }
    file.seek(SeekFrom::End(0)).map_err(failed)?;
    file.write_all(&layout.directory()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_golden_stores() {
        let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/store/gold_1.0/artifacts");
        let hash = content_hash(&store.join("6c6bc46388ccebff/arr.npz")).unwrap();
        assert_eq!(hash, ("a6b26f06919e7da1".to_owned(), 217));
    }
}
