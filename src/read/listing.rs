//! The rows of an experiment's runs: from the cache where it holds, else from their records.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use super::cache::{Cache, Saved, Stamp};
use super::life::RunStatus;
use super::record::Row;
use super::rows::Rows;
use super::run::Place;
use crate::base::clock::Moment;
use crate::base::error::{Error, Result};
use crate::base::{helper, sys};
use crate::members::liveness::TakeOver;

/// Fewer runs are read faster than it is worth to speak of.
const WORTHWHILE: usize = 500;

/// Threads that read many records: they wait for the disk more than they compute, however few processors there
/// are.
const THREADS: usize = 16;

/// The cache is written again when one run in so many is new to it.
const SHARE: usize = 50;

/// It is also written when nothing has come for so long, so that the next reader need not look at the
/// records.
const QUIET: Duration = Duration::from_secs(10);

/// The runs of an experiment, as a reader comes to them.
pub struct Runs<'a> {
    /// The experiment's directory.
    pub root: &'a Path,
    /// When they are read.
    pub now: Moment,
    /// The word on processes of other machines.
    pub known: &'a Arc<TakeOver>,
}

/// A record's file.
struct File {
    run_id: String,
    /// False for a link, whose file may change where nobody looks.
    is_regular: bool,
}

/// The rows, and what must be known of them to keep them.
#[derive(Default)]
struct Found {
    rows: Rows,
    /// The state of each one's record, of those that may be kept.
    stamps: Vec<Option<Stamp>>,
    /// How many were read, of those.
    fresh: usize,
    others: Vec<String>,
}

/// The rows of an experiment's runs; a record that can't be read is a problem, and no row.
///
/// # Errors
/// When the directory of records can't be read.
pub fn rows(of: &Runs<'_>, cache: Option<&Cache>, problems: &mut Vec<Error>) -> Result<Rows> {
    let (root, now) = (of.root, of.now);
    let runs = root.join("runs");
    // The next reader sees what comes later.
    let before = std::fs::metadata(&runs).ok().as_ref().map(Stamp::of);
    let saved = cache.and_then(|cache| cache.load(root)).unwrap_or_default();
    let mut found = Found::default();
    if before.is_some() && saved.directory == before && sys::keeps_directory_times(&runs) {
        found.rows = saved.rows;
        for run_id in saved.others {
            found.read(of, &File { run_id, is_regular: false }, &mut Vec::new(), problems);
        }
        return Ok(found.rows);
    }
    let files = files(&runs)?;
    let known = saved.stamps.len();
    let last = saved.directory;
    let files = found.keep(&runs, saved, files);
    let kept = found.stamps.len();
    found.read_all(of, &files, problems);
    let Some(cache) = cache else { return Ok(found.rows) };
    let directory = before.filter(|before| before.is_old(now));
    let is_quiet = directory.is_some_and(|directory| directory.is_older_than(QUIET, now));
    let changes = found.fresh + (known - kept);
    let worth = found.fresh + kept;
    if worth >= WORTHWHILE && (changes * SHARE >= worth || (is_quiet && last != directory)) {
        found.save(cache, root, directory);
    }
    Ok(found.rows)
}

impl Found {
    /// Keeps the saved rows whose records are as they were. Returns the files that have to be read.
    fn keep(&mut self, runs: &Path, saved: Saved, files: Vec<File>) -> Vec<File> {
        if saved.stamps.is_empty() {
            return files;
        }
        let ids = saved.rows.field("run_id");
        let place = |row: u32| Some((ids?.text(row)?, row));
        let places: HashMap<&str, u32> = (0..saved.rows.len()).filter_map(place).collect();
        let mut kept = Vec::new();
        let is_changed = |file: &File| {
            let row = places.get(file.run_id.as_str()).copied().filter(|_| file.is_regular);
            let now = || std::fs::symlink_metadata(runs.join(format!("{}.json", file.run_id))).ok();
            let is_same = |row: &u32| now().as_ref().map(Stamp::of) == Some(saved.stamps[*row as usize]);
            let row = row.filter(is_same);
            kept.extend(row);
            row.is_none()
        };
        let changed: Vec<File> = files.into_iter().filter(is_changed).collect();
        // In the order that they are saved in.
        kept.sort_unstable();
        self.stamps = kept.iter().map(|row| Some(saved.stamps[*row as usize])).collect();
        let is_whole = kept.len() == saved.stamps.len();
        drop(places);
        self.rows = if is_whole { saved.rows } else { saved.rows.pick(&kept) };
        changed
    }

    /// Reads many on several threads.
    fn read_all(&mut self, of: &Runs<'_>, files: &[File], problems: &mut Vec<Error>) {
        let threads = if files.len() < WORTHWHILE { 1 } else { THREADS };
        let part = |files: &[File]| {
            let (mut found, mut buffer, mut problems) = (Self::default(), Vec::new(), Vec::new());
            files.iter().for_each(|file| found.read(of, file, &mut buffer, &mut problems));
            (found, problems)
        };
        let mut parts = files.chunks(files.len().div_ceil(threads).max(1));
        let first = parts.next().unwrap_or_default();
        let found = std::thread::scope(|scope| {
            let others: Vec<_> =
                parts.map(|files| (files, helper::spawn_scoped(scope, move || part(files)))).collect();
            let mut found = vec![part(first)];
            // Where there can be no thread, or it failed, this one reads.
            let joined = |(files, thread): (_, std::io::Result<ScopedJoinHandle<'_, _>>)| {
                thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(|| part(files))
            };
            found.extend(others.into_iter().map(joined));
            found
        });
        for (part, more) in found {
            self.rows.append(part.rows);
            self.stamps.extend(part.stamps);
            self.fresh += part.fresh;
            self.others.extend(part.others);
            problems.extend(more);
        }
    }

    fn read(&mut self, of: &Runs<'_>, file: &File, buffer: &mut Vec<u8>, problems: &mut Vec<Error>) {
        let (root, known) = (of.root.to_owned(), of.known.clone());
        let place = Place { root, run_id: file.run_id.clone(), known };
        match row(&place, buffer) {
            Ok(Some((row, stamp))) => {
                self.rows.push(&row);
                let may_be_kept = file.is_regular && row.has_ended() && stamp.is_old(of.now);
                self.stamps.push(may_be_kept.then_some(stamp));
                self.fresh += usize::from(may_be_kept);
                if may_be_kept {
                    return;
                }
            }
            // It was removed meanwhile.
            Ok(None) => return,
            Err(error) => problems.push(error),
        }
        self.others.push(place.run_id);
    }

    fn save(&self, cache: &Cache, root: &Path, directory: Option<Stamp>) {
        let may_be_kept = |row: &u32| self.stamps.get(*row as usize).is_some_and(Option::is_some);
        let mut kept: Vec<u32> = (0..self.rows.len()).filter(may_be_kept).collect();
        kept.sort_by(self.rows.newest_first());
        let stamps = kept.iter().filter_map(|row| self.stamps[*row as usize]).collect();
        let saved = Saved { directory, others: self.others.clone(), rows: self.rows.pick(&kept), stamps };
        cache.save(root, &saved);
    }
}

/// The part of a run's record, with the status as it is, and the state of the record before it was read.
fn row(place: &Place, buffer: &mut Vec<u8>) -> Result<Option<(Row, Stamp)>> {
    let Some((mut row, stamp)) = place.row_and_stamp(buffer)? else { return Ok(None) };
    if row.status() == RunStatus::Running {
        row.judged = Some(place.judged(&row)?);
        if row.has_ended() {
            // Just now: the record says more.
            return place.row_and_stamp(buffer);
        }
    }
    Ok(Some((row, stamp)))
}

/// The records in the directory `runs`, sorted; none if it is not there.
fn files(runs: &Path) -> Result<Vec<File>> {
    let entries = match std::fs::read_dir(runs) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|source| Error::io("read", runs, &source))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| Error::io("read", runs, &source))?;
        let Ok(mut name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') || !name.ends_with(".json") {
            continue;
        }
        name.truncate(name.len() - ".json".len());
        let is_regular = entry.file_type().is_ok_and(|kind| kind.is_file());
        files.push(File { run_id: name, is_regular });
    }
    files.sort_unstable_by(|a, b| a.run_id.cmp(&b.run_id));
    Ok(files)
}

#[cfg(test)]
mod tests;
