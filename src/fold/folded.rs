//! The part of a journal that was taken in, written down whole, so that the segments that have it can go: the
//! journal of a long run stays small, and a recovery that is stopped goes on where it was.
//!
//! The points of series are in their files, which are named here with the length that counts. Before
//! an end makes entries of those files, each gets a second link or a copy: an end that is killed, or fails, must
//! not cost the points that only the file has. The links go when the journal does. The format is described
//! in src/journal/folded.rs.

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::writer::Writer;
use crate::base::error::{Error, Result};
use crate::base::json::Json;
use crate::base::sync::lock;
use crate::base::{file, helper};
use crate::journal::event::{Event, Staged};
use crate::journal::folded::{self, FILE, MAGIC, kept_name, reached_json};
use crate::journal::lanes::{Merge, Reached};
use crate::journal::position::Logged;
use crate::run::saved;
use crate::store::series::Series;

/// Bytes of segments and blobs that have been read, from which they go.
const READ_TO_SAVE: u64 = 32 << 20;

/// A recovery saves this often at most, and spends one part in this many of its time on it. A save waits for
/// the disk, for about as long.
const RECOVERY_INTERVAL: Duration = Duration::from_millis(20);
const RECOVERY_SHARE: u32 = 20;

/// How long a recovery has the solver's priority: one beside a brief process gets no further than that.
const EAGER: Duration = Duration::from_millis(100);

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
    saved: folded::Folded,
    series: Vec<(u32, Series, Json)>,
}

impl Folded {
    /// The saved part of the journal in `directory`, if anything was and it is whole.
    ///
    /// # Errors
    /// When it can't be read for the moment.
    pub fn read(directory: &Path) -> Result<Option<Self>> {
        let Some(mut saved) = folded::Folded::read(directory)? else { return Ok(None) };
        let tails = std::mem::take(&mut saved.tails);
        let load = |(one, tail): (&Json, Vec<u8>)| {
            let id = one.i64_at("id").and_then(|id| u32::try_from(id).ok())?;
            Some((id, Series::load(one, tail)?, one.clone()))
        };
        let series = saved.json.array_at("series").iter().zip(tails).map(load).collect::<Option<_>>();
        Ok(series.map(|series| Self { saved, series }))
    }

    /// How far the log had got.
    pub fn logged(&self) -> Option<Logged> {
        self.saved.logged
    }

    /// Returns whether `file` belongs to one of its series.
    pub fn has(&self, file: &str) -> bool {
        let spools = self.series.iter().filter_map(|(_, _, json)| json.get("spool")?.as_str());
        spools.into_iter().any(|spool| spool == file || kept_name(spool) == file)
    }
}

fn kept(spool: &Path) -> PathBuf {
    spool.with_file_name(kept_name(&spool.file_name().unwrap_or_default().to_string_lossy()))
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
            if self.shared.clock.elapsed() > EAGER {
                helper::yields();
            }
        }
        self.saves = Saves { last: Instant::now(), cost: start.elapsed(), has_failed, is_saved };
    }

    fn save(&mut self) -> Result<()> {
        let shared = self.shared.clone();
        let directory = shared.journal.directory();
        let path = directory.join(FILE);
        let temporary = path.with_extension("tmp");
        let is_durable = shared.is_on_disk();
        if is_durable {
            // Like the segments that go.
            let spools = self.series.iter().flatten().filter_map(|series| series.spool());
            spools.for_each(|spool| shared.store.note_grown(spool));
            shared.sync_store()?;
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
        let Folded { saved: folded::Folded { json, state, log, .. }, series } = folded;
        let shared = self.shared.clone();
        self.saves.is_saved = true;
        let run = json.get("run").unwrap_or(&Json::Null);
        saved::load(&mut lock(&shared.state), run, shared.store.rules());
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

    /// Keeps a second link to, or a copy of, each file that what was saved needs: entries are made of them now.
    pub(super) fn keep_spools(&mut self) {
        if !self.saves.is_saved {
            return;
        }
        for spool in self.series.iter().flatten().filter_map(|series| series.spool()) {
            let kept = kept(spool);
            // Where there are no links, and no room for a copy either, an end that does not get through
            // costs these points.
            let _ = file::link_or_copy(spool, &kept);
            self.kept.push(kept);
        }
    }

    /// Lets go of those links, and of what an earlier end made of the files: the run has ended.
    pub(super) fn drop_spools(&mut self) {
        self.kept.drain(..).for_each(|kept| drop(std::fs::remove_file(kept)));
    }
}
