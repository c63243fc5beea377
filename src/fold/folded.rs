//! The part of a journal that was taken in, written down whole, so that the segments that have it can go: the
//! journal of a long run stays small, and a recovery that is stopped goes on where it was.
//!
//! The points of series are in their files, which are named here with the length that counts. Before
//! an end makes entries of those files, each gets a second link: an end that is killed, or fails, must
//! not cost the points that only the file has. The links go when the journal does.
//!
//! ```text
//! bytes 0 to 7   MLABFOLD       8 to 15   length of the JSON       then   the JSON, UTF-8
//! then           the lines in memory of each series in the order of the JSON's `series`
//! the last 4     CRC-32 of everything before
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::writer::Writer;
use crate::base::error::{Error, Result};
use crate::base::file;
use crate::base::json::{self, Json};
use crate::base::sync::lock;
use crate::journal::FOLDED;
use crate::journal::event::{Event, Staged};
use crate::journal::lanes::{Merge, Reached};
use crate::journal::position::Logged;
use crate::run::saved;
use crate::store::series::Series;

const MAGIC: &[u8; 8] = b"MLABFOLD";

/// Bytes of segments and blobs that have been read, from which they go.
const READ_TO_SAVE: u64 = 32 << 20;

/// A recovery saves this often at most, and spends one part in this many of its time on it.
const RECOVERY_INTERVAL: Duration = Duration::from_millis(5);
const RECOVERY_SHARE: u32 = 20;

/// How long after a failure it is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// When it was last saved, and how that went.
#[derive(Debug)]
pub struct Saves {
    last: Instant,
    cost: Duration,
    has_failed: bool,
    /// True if there is a file of it.
    pub is_saved: bool,
}

impl Default for Saves {
    fn default() -> Self {
        Self { last: Instant::now(), cost: Duration::ZERO, has_failed: false, is_saved: false }
    }
}

/// The saved part of a journal.
pub struct Folded {
    json: Json,
    series: Vec<(u32, Series, Json)>,
    state: Reached,
    log: Reached,
    logged: Option<Logged>,
}

impl Folded {
    /// The saved part of the journal in `directory`, if anything was and it is whole.
    ///
    /// # Errors
    /// When it can't be read for the moment.
    pub fn read(directory: &Path) -> Result<Option<Self>> {
        let path = directory.join(FOLDED);
        let file = match file::open_to_read(&path) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|source| Error::io("open", &path, &source))?,
        };
        let length = file.metadata().map_err(|source| Error::io("look at", &path, &source))?.len();
        match Self::parse(&mut Checked::new(file), length) {
            Ok(folded) => Ok(folded),
            Err(source) if source.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
            Err(source) => Err(Error::io("read", &path, &source)),
        }
    }

    fn parse(input: &mut Checked, length: u64) -> std::io::Result<Option<Self>> {
        let head: [u8; 16] = input.array()?;
        let (magic, size) = head.split_at(8);
        let size = size.try_into().map_or(u64::MAX, u64::from_le_bytes);
        if magic != MAGIC || size > length {
            return Ok(None);
        }
        let json = input.bytes(size)?;
        let json = std::str::from_utf8(&json).ok().and_then(|text| json::parse(text).ok());
        let Some(folded) = json.and_then(|json| Self::of_json(json, input, length).transpose()) else {
            return Ok(None);
        };
        let (folded, crc) = (folded?, input.crc());
        Ok((input.array()? == crc.to_le_bytes()).then_some(folded))
    }

    fn of_json(json: Json, input: &mut Checked, length: u64) -> std::io::Result<Option<Self>> {
        let mut series = Vec::new();
        for one in json.get("series").and_then(Json::as_array).unwrap_or_default() {
            let number = |key: &str| one.get(key).and_then(Json::as_i64).and_then(|one| one.try_into().ok());
            let (Some(id), Some(size)) = (number("id"), number("tail").filter(|size| *size <= length)) else {
                return Ok(None);
            };
            let tail = input.bytes(size)?;
            let Some(read) = Series::load(one, tail) else { return Ok(None) };
            series.push((id as u32, read, one.clone()));
        }
        let whole = || {
            let number = |json: &Json, key: &str| u64::try_from(json.get(key)?.as_i64()?).ok();
            let logged = json.get("logged")?;
            let logged = number(logged, "length").zip(number(logged, "next"));
            Some((
                reached_of(json.get("state")?)?,
                reached_of(json.get("log")?)?,
                logged.map(|(length, next)| Logged { length, next }),
            ))
        };
        let Some((state, log, logged)) = whole() else { return Ok(None) };
        Ok(Some(Self { series, state, log, logged, json }))
    }

    /// How far the log had got.
    pub fn logged(&self) -> Option<Logged> {
        self.logged
    }

    /// Returns whether `file` belongs to one of its series.
    pub fn has(&self, file: &str) -> bool {
        let spools = self.series.iter().filter_map(|(_, _, json)| json.get("spool")?.as_str());
        spools.into_iter().any(|spool| spool == file || kept_name(spool) == file)
    }
}

/// The second link to the file of a series.
fn kept_name(spool: &str) -> String {
    format!("{spool}.kept")
}

fn kept(spool: &Path) -> PathBuf {
    spool.with_file_name(kept_name(&spool.file_name().unwrap_or_default().to_string_lossy()))
}

fn reached_json(reached: &Reached) -> Json {
    let lane = |(id, (index, offset)): (&u64, &(u64, usize))| -> Json {
        vec![Json::from(*id), (*index).into(), (*offset as u64).into()].into()
    };
    Json::object([
        ("next", Json::from(reached.next)),
        ("lanes", reached.lanes.iter().map(lane).collect::<Vec<_>>().into()),
    ])
}

fn reached_of(json: &Json) -> Option<Reached> {
    let number = |json: &Json| match json {
        Json::BigInt(number) => number.parse().ok(),
        json => u64::try_from(json.as_i64()?).ok(),
    };
    let mut lanes = BTreeMap::new();
    for lane in json.get("lanes")?.as_array()? {
        let [id, index, offset] = lane.as_array()? else { return None };
        lanes.insert(number(id)?, (number(index)?, number(offset)? as usize));
    }
    Some(Reached { next: number(json.get("next")?)?, lanes })
}

/// A file that is read from its start, and the check of what was read.
struct Checked {
    file: BufReader<File>,
    crc: crc32fast::Hasher,
}

impl Checked {
    fn new(file: File) -> Self {
        Self { file: BufReader::with_capacity(256 << 10, file), crc: crc32fast::Hasher::new() }
    }

    fn crc(&self) -> u32 {
        self.crc.clone().finalize()
    }

    fn array<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        self.crc.update(&bytes);
        Ok(bytes)
    }

    /// `size` bytes, of which the file has as many.
    fn bytes(&mut self, size: u64) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; size as usize];
        self.file.read_exact(&mut bytes)?;
        self.crc.update(&bytes);
        Ok(bytes)
    }
}

impl Writer {
    /// Saves what was taken in, if it is time, and lets go of the segments that have it.
    pub(super) fn save_if_due(&mut self) {
        let blobs = self.spent.iter().map(|(_, size)| size);
        let size: u64 = self.read.iter().map(|passed| &passed.size).chain(blobs).sum();
        let saves = &self.saves;
        let interval =
            if self.is_recovery { RECOVERY_INTERVAL.max(saves.cost * RECOVERY_SHARE) } else { Duration::MAX };
        let is_due = size >= READ_TO_SAVE || saves.last.elapsed() >= interval;
        if !is_due || saves.has_failed && saves.last.elapsed() < RETRY {
            return;
        }
        // The end as a recovery tells it is told again by the next one.
        if self.death.is_some() || self.ended_as.is_some() {
            return;
        }
        let start = Instant::now();
        // Events that wait are in the journal alone.
        self.write_all_entries();
        if !self.log.is_written() || !self.postponed.is_empty() || !self.entries.is_empty() {
            return;
        }
        // Where it fails, the journal only stays as it is.
        let has_failed = self.save().is_err();
        let is_saved = self.saves.is_saved;
        if let Some(position) = self.shared.journal.position().filter(|_| self.is_recovery && !has_failed) {
            position.note_progress();
        }
        self.saves = Saves { last: Instant::now(), cost: start.elapsed(), has_failed, is_saved };
    }

    fn save(&mut self) -> Result<()> {
        let shared = self.shared.clone();
        let directory = shared.journal.directory();
        let path = directory.join(FOLDED);
        let temporary = path.with_extension("tmp");
        let is_durable = shared.is_on_disk();
        if is_durable {
            // Like the segments that go.
            let spools = self.series.iter().flatten().filter_map(|series| series.spool());
            spools.for_each(|spool| shared.store.note_grown(spool));
            shared.note_always();
            shared.store.sync()?;
            shared.journal.sync_names()?;
        }
        let json = self.json().to_compact();
        self.write(&temporary, json.as_bytes(), is_durable)
            .and_then(|()| std::fs::rename(&temporary, &path))
            .inspect(|()| self.saves.is_saved = true)
            .and_then(|()| if is_durable { File::open(directory)?.sync_all() } else { Ok(()) })
            .inspect_err(|_| drop(std::fs::remove_file(&temporary)))
            .map_err(|source| Error::io("write", &path, &source))?;
        for passed in self.read.drain(..) {
            shared.journal.remove_segment(passed.ordinal);
        }
        for (blob, _) in self.spent.drain(..) {
            let _ = std::fs::remove_file(shared.journal.blob_path(blob));
        }
        Ok(())
    }

    fn json(&mut self) -> Json {
        let shared = &self.shared;
        let events = |staged: &mut dyn Iterator<Item = &Staged>| -> Json {
            staged.map(|one| Json::from(Event::Mapping(one.clone()).to_json())).collect::<Vec<_>>().into()
        };
        let series = self.series.iter().enumerate().filter_map(|(id, series)| {
            let series = series.as_ref()?;
            let mut json = series.save();
            if let Json::Object(members) = &mut json {
                members.insert("id".to_owned(), (id as u64).into());
                members.insert("tail".to_owned(), (series.tail().len() as u64).into());
            }
            Some(json)
        });
        let series: Vec<Json> = series.collect();
        let logged = shared.journal.position().and_then(|position| position.logged());
        let logged = logged.map(|logged| Json::object([("length", logged.length), ("next", logged.next)]));
        // Sealed artifacts are in the state by now.
        let mut state = lock(&shared.state);
        let sealed = std::mem::take(&mut state.sealed);
        self.artifacts.retain(|staged| !sealed.contains(&staged.staged));
        Json::object([
            ("state", reached_json(&self.merge.reached())),
            ("log", reached_json(&self.log_merge.reached())),
            ("logged", logged.into()),
            ("run", saved::save(&state, &shared.identity.run_id)),
            ("open", events(&mut self.open.values())),
            ("complete", events(&mut self.artifacts.iter())),
            ("unnamed", self.unnamed.into()),
            ("series", series.into()),
        ])
    }

    fn write(&self, path: &Path, json: &[u8], is_durable: bool) -> std::io::Result<()> {
        let file = file::create(path)?;
        let mut out = BufWriter::with_capacity(256 << 10, &file);
        let mut crc = crc32fast::Hasher::new();
        let length = (json.len() as u64).to_le_bytes();
        let tails = self.series.iter().flatten().map(|series| series.tail());
        for piece in [MAGIC, length.as_slice(), json].into_iter().chain(tails) {
            crc.update(piece);
            out.write_all(piece)?;
        }
        out.write_all(&crc.finalize().to_le_bytes())?;
        out.flush()?;
        drop(out);
        if is_durable { file.sync_all() } else { Ok(()) }
    }

    /// Goes on where what a dead process left was last saved, or begins.
    ///
    /// # Errors
    /// When files of points can't be taken up for the moment.
    pub(super) fn load(&mut self, folded: Option<Folded>) -> Result<()> {
        let journal = self.shared.journal.clone();
        let (state, log) = match folded {
            Some(folded) => self.take_up(folded)?,
            None => Default::default(),
        };
        let merge = |reached: &Reached| Merge::of_left(journal.directory(), journal.left(), reached);
        let (merged, damage) = merge(&state);
        self.merge = merged;
        self.log_merge = merge(&log).0;
        damage.iter().for_each(|reason| self.is_damaged(reason));
        Ok(())
    }

    fn take_up(&mut self, folded: Folded) -> Result<(Reached, Reached)> {
        let Folded { json, series, state, log, .. } = folded;
        let shared = self.shared.clone();
        self.saves.is_saved = true;
        let run = json.get("run").unwrap_or(&Json::Null);
        saved::load(&mut lock(&shared.state), run, shared.store.is_case_blind());
        let staged = |key: &str| {
            let events = json.get(key).and_then(Json::as_array).unwrap_or_default().iter();
            let events = events.filter_map(|event| Event::from_json(event.as_str()?).ok());
            events.filter_map(|event| if let Event::Mapping(staged) = event { Some(staged) } else { None })
        };
        self.open = staged("open").map(|one| (one.staged.clone(), one)).collect();
        self.artifacts = staged("complete").collect();
        self.unnamed = json.get("unnamed").and_then(Json::as_i64).map_or(0, |count| count as u64);
        let directory = shared.store.result_dir(&shared.identity.run_id);
        for (id, mut series, json) in series.into_iter().filter(|(id, ..)| shared.journal.name(*id).is_some())
        {
            let spool = json.get("spool").and_then(Json::as_str);
            let length = json.get("spooled").and_then(Json::as_i64).map_or(0, |length| length as u64);
            if let Some(spool) = spool.filter(|spool| !spool.contains('/')) {
                self.take_up_spool(&mut series, &directory.join(spool), length)?;
            }
            let index = id as usize;
            if index >= self.series.len() {
                self.series.resize_with(index + 1, || None);
            }
            self.series[index] = Some(Box::new(series));
        }
        Ok((state, log))
    }

    /// Has a series go on in its file, or in a copy of what an end that did not get through has kept of it.
    fn take_up_spool(&mut self, series: &mut Series, spool: &Path, length: u64) -> Result<()> {
        let copy = |from: &Path| -> std::io::Result<PathBuf> {
            let stem = crate::base::name::encode(series.name());
            let to = spool.with_file_name(self.shared.store.temporary_name(&format!("{stem}.json")));
            std::io::copy(&mut File::open(from)?.take(length), &mut file::create_new(&to)?)
                .inspect_err(|_| drop(std::fs::remove_file(&to)))?;
            Ok(to)
        };
        let kept = kept(spool);
        let gone_on = match file::is_there(&kept)? {
            // The other link may be an entry by now.
            true => copy(&kept).and_then(|copy| series.go_on_in(copy, length)),
            false => series.go_on_in(spool.to_owned(), length),
        };
        let gone_on = gone_on.map_err(|source| Error::io("go on in", spool, &source))?;
        if series.spool() != Some(spool) {
            // An end that goes on from here has no need of them; one that is stopped has.
            self.kept.extend([kept, spool.to_owned()]);
        }
        if !gone_on {
            let lost = series.lose_spool();
            self.is_damaged(&format!(
                "{lost} points of series {:?} are lost: its file is gone",
                series.name()
            ));
        }
        Ok(())
    }

    /// Keeps a second link to the files that what was saved needs: entries are made of them now.
    pub(super) fn keep_spools(&mut self) {
        if !self.saves.is_saved {
            return;
        }
        for spool in self.series.iter().flatten().filter_map(|series| series.spool()) {
            let kept = kept(spool);
            // Some file systems have no links. Where there is no room for a copy either, an end that
            // does not get through costs these points.
            let linked = std::fs::hard_link(spool, &kept).or_else(|_| std::fs::copy(spool, &kept).map(drop));
            if linked.is_err() {
                let _ = std::fs::remove_file(&kept);
            }
            self.kept.push(kept);
        }
    }

    /// Lets go of those links, and of what an earlier end made of the files: the run has ended.
    pub(super) fn drop_spools(&mut self) {
        self.kept.drain(..).for_each(|kept| drop(std::fs::remove_file(kept)));
    }
}
