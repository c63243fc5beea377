//! Data entries on their way into the store. Of each name only the latest version counts, so that a
//! solver that puts the same entry a thousand times a second has it written once a second.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::writer::Writer;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::json::{Json, Object};
use crate::base::sync::lock;
use crate::journal::event::{Data, Event};
use crate::store::{RunLock, data};

/// How long an entry waits for a later version of itself.
const DUE: Duration = Duration::from_secs(1);

/// Bytes of documents that wait, at most.
const MOST: usize = 16 << 20;

/// An entry's latest version.
struct Entry {
    name: String,
    data: Data,
    metadata: Object,
    /// Bytes of its event.
    size: usize,
    /// True if it could not be written so far.
    has_failed: bool,
}

/// Entries that wait, in the order in which their names came.
#[derive(Default)]
pub(super) struct Entries {
    waiting: Vec<Entry>,
    by_name: HashMap<String, usize>,
    size: usize,
    since: Option<Instant>,
}

impl Entries {
    /// Adds an entry, and gives the blob of the version that it supersedes.
    fn add(&mut self, mut entry: Entry) -> Option<u64> {
        self.since.get_or_insert_with(Instant::now);
        self.size += entry.size;
        let Some(&index) = self.by_name.get(&entry.name) else {
            self.by_name.insert(entry.name.clone(), self.waiting.len());
            self.waiting.push(entry);
            return None;
        };
        // The problem of the earlier one is over when this one is written.
        entry.has_failed |= self.waiting[index].has_failed;
        let earlier = std::mem::replace(&mut self.waiting[index], entry);
        self.size -= earlier.size;
        match earlier.data {
            Data::Array { blob, .. } => Some(blob),
            Data::Document(_) => None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn is_due(&self) -> bool {
        self.size > MOST || self.since.is_some_and(|since| since.elapsed() >= DUE)
    }
}

impl Writer {
    /// Takes in a version of an entry, whose event has `size` bytes.
    pub(super) fn put_entry(&mut self, name: String, data: Data, metadata: Object, size: usize) {
        let entry = Entry { name, data, metadata, size, has_failed: false };
        if let Some(blob) = self.entries.add(entry) {
            self.spend(blob);
        }
        if self.entries.size > MOST {
            self.write_due_entries();
        }
    }

    /// Writes the entries that have waited long enough.
    pub(super) fn write_due_entries(&mut self) {
        if self.entries.is_due() {
            self.write_all_entries();
        }
    }

    /// Writes every entry that waits.
    pub(super) fn write_all_entries(&mut self) {
        if self.entries.is_empty() {
            return;
        }
        let shared = self.shared.clone();
        match shared.lock_for_names() {
            Ok(held) => self.write_entries(held.as_ref()),
            Err(error) => {
                self.entries.since = Some(Instant::now());
                shared.problem("write data", &error);
            }
        }
    }

    /// Writes every entry that waits, for who holds the run's lock, if names need it. What can't be
    /// written waits on.
    pub(super) fn write_entries(&mut self, held: Option<&RunLock<'_>>) {
        let entries = std::mem::take(&mut self.entries);
        let mut failed = false;
        for mut entry in entries.waiting {
            let result = self.write_entry(held, &entry);
            let what = || format!("write data {:?}", entry.name);
            let Err(error) = result else {
                if entry.has_failed {
                    self.shared.tried(&what(), Ok(()));
                }
                continue;
            };
            match error.kind() {
                ErrorKind::Io | ErrorKind::Full | ErrorKind::Access | ErrorKind::Memory | ErrorKind::Busy => {
                    failed = true;
                    self.shared.problem(&what(), &error);
                    entry.has_failed = true;
                    self.entries.add(entry);
                }
                // Nothing will make it one, and the journal need not stay for it.
                _ if self.is_recovery => {
                    let reason = format!("{}: {error}", what());
                    let warning = [("message", "the journal is damaged"), ("reason", reason.as_str())];
                    lock(&self.shared.state).apply(Event::Warning(Json::object(warning)));
                }
                _ => self.shared.problem(&what(), &error),
            }
        }
        if !failed {
            self.shared.tried("write data", Ok(()));
        }
    }

    fn write_entry(&mut self, held: Option<&RunLock<'_>>, entry: &Entry) -> Result<()> {
        let name = self.stored_name(held, &entry.name)?;
        let path = self.result_path(&name);
        let store = self.shared.store.clone();
        match &entry.data {
            Data::Document(document) => store.write_with(&path, |file| {
                let mut out = BufWriter::new(file);
                data::write_document(&mut out, document, &entry.metadata)?;
                out.flush()
            })?,
            Data::Array { dtype, shape, blob } => {
                let number = *blob;
                let blob = self.shared.journal.blob_path(number);
                if self.is_recovery && !file::is_there(&blob)? {
                    // It was taken in before the process died; a power cut may have emptied either.
                    if !store.is_whole(&path)? {
                        return Err(Error::new(ErrorKind::Incomplete, "its values are lost"));
                    }
                } else {
                    let bytes = file::read(&blob).map_err(|source| Error::io("read", &blob, &source))?;
                    data::check_array(*dtype, shape, bytes.len())?;
                    store.write_with(&path, |file: &mut File| {
                        let mut out = BufWriter::with_capacity(1 << 18, file);
                        data::write_array(&mut out, *dtype, shape, &bytes, &entry.metadata)?;
                        out.flush()
                    })?;
                    self.spend(number);
                }
            }
        }
        self.note_result(name, &path);
        Ok(())
    }

    /// Has the file of a blob go with the segment that speaks of it: who takes the journal over reads it
    /// again from its start, and must not end at a version before this one.
    pub(super) fn spend(&mut self, blob: u64) {
        let size =
            std::fs::metadata(self.shared.journal.blob_path(blob)).map_or(0, |metadata| metadata.len());
        self.spent.push((blob, size));
    }

    fn note_result(&self, name: String, path: &Path) {
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        self.shared.store.link_result(&self.shared.identity.run_id, &name, file);
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let mut state = lock(&self.shared.state);
        state.changed = true;
        state.results.insert(name, stem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_version_of_a_name_waits_where_the_first_did() {
        let mut entries = Entries::default();
        let mut add = |name: &str, data: Data, size: usize| {
            let (name, metadata) = (name.to_owned(), Object::default());
            entries.add(Entry { name, data, metadata, size, has_failed: false })
        };
        let array = |blob: u64| Data::Array { dtype: crate::base::array::DType::Int8, shape: vec![1], blob };
        assert_eq!(add("a", array(1), 10), None);
        assert_eq!(add("b", Data::Document(Json::Int(1)), 20), None);
        assert_eq!(add("a", array(2), 10), Some(1));
        assert_eq!(add("a", Data::Document(Json::Int(2)), 30), Some(2));
        assert_eq!(add("b", Data::Document(Json::Int(3)), 1), None);
        let names: Vec<&str> = entries.waiting.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!((names.as_slice(), entries.size), (&["a", "b"][..], 31));
        assert!(!entries.is_due());
    }

    #[test]
    fn a_version_that_is_written_ends_the_problem_of_the_earlier_one() {
        let mut entries = Entries::default();
        for (version, has_failed) in [(1, true), (2, false)] {
            let (name, data, metadata) =
                ("a".to_owned(), Data::Document(Json::Int(version)), Object::default());
            entries.add(Entry { name, data, metadata, size: 10, has_failed });
        }
        assert!(entries.waiting[0].has_failed);
    }
}
