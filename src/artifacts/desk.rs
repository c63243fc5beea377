//! The desk: the one place of a run's open arrays and streams, their staged files, and the sealer.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use memmap2::MmapRaw;

use super::ahead::Blank;
use super::sealer::Sealer;
use super::{Mapping, Stream};
use crate::base::array::{DType, Order};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file::OurFile;
use crate::base::json::{Json, Object};
use crate::base::sync::lock;
use crate::base::{file, name, sys};
use crate::journal::event::{Event, Mapped, Staged};
use crate::run::Context;
use crate::store::Place;
use crate::store::npz::Layout;

/// An artifact that is being filled.
#[derive(Debug)]
struct Open {
    staged: Staged,
    map: Option<Arc<MmapRaw>>,
}

/// An artifact that is about to be.
pub struct Wanted<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its kind: "numpy", "json", "image", ...
    pub kind: &'a str,
    /// Its format: "npz", "png", ...
    pub format: &'a str,
    /// The end of its file's name, with the dot.
    pub suffix: &'a str,
    /// The caller's metadata.
    pub metadata: Object,
}

/// The artifacts of a run that are open or on their way into the store.
#[derive(Debug)]
pub struct Desk {
    context: Arc<Context>,
    sealer: Arc<Sealer>,
    open: Mutex<HashMap<String, Open>>,
}

impl Desk {
    /// A desk without open artifacts.
    pub fn new(context: Arc<Context>, sealer: Arc<Sealer>) -> Arc<Self> {
        Arc::new(Self { context, sealer, open: Mutex::default() })
    }

    /// The sealer.
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// An artifact that is appended to.
    ///
    /// # Errors
    /// When its file can't be had, or the journal can't take it.
    pub fn stream(self: &Arc<Self>, wanted: Wanted<'_>) -> Result<Stream> {
        let staged = self.claim(wanted)?;
        let path = self.sealer.staging().path(&staged.staged);
        let file = OurFile::append_new(&path).map_err(|source| Error::io("create", &path, &source))?;
        let event = Event::Mapping(staged.clone());
        self.context.journal.event(&event).inspect_err(|_| drop(std::fs::remove_file(&path)))?;
        let key = staged.staged.clone();
        lock(&self.open).insert(key.clone(), Open { staged, map: None });
        Ok(Stream::new(self.clone(), key, file))
    }

    /// Checks what an artifact is to be, and gives it the file that is its name's.
    fn claim(&self, wanted: Wanted<'_>) -> Result<Staged> {
        self.context.check_open()?;
        self.context.check_ours()?;
        name::check(wanted.name)?;
        for (what, text) in [("kind", wanted.kind), ("format", wanted.format)] {
            if text.is_empty() || text.len() > 100 {
                return Err(Error::new(
                    ErrorKind::Value,
                    format!("{what} {text:?} must have 1 to 100 bytes"),
                ));
            }
        }
        let rules = self.context.store.rules();
        let name = self.context.member.names.first(wanted.name);
        let file = lock(&self.context.state).claim_file(Place::Artifacts, &name, wanted.suffix, rules);
        Ok(Staged {
            name,
            kind: wanted.kind.to_owned(),
            format: wanted.format.to_owned(),
            staged: self.sealer.staging().name(&file),
            file,
            metadata: wanted.metadata,
            mapped: None,
            size: None,
            list: None,
        })
    }

    /// Maps an array of this layout, which becomes the artifact `name`.
    pub fn map(
        self: &Arc<Self>,
        name: &str,
        dtype: DType,
        order: Order,
        shape: &[u64],
        layout: &Layout,
        metadata: Object,
    ) -> Result<Mapping> {
        let wanted = Wanted { name, kind: "numpy", format: "npz", suffix: ".npz", metadata };
        let mut staged = self.claim(wanted)?;
        let Blank { name: key, map } = self.sealer.blank(layout.size())?;
        staged.staged.clone_from(&key);
        staged.mapped = Some(Mapped { dtype, order, shape: shape.to_vec() });
        staged.size = Some(layout.size());
        let member = &layout.members()[0];
        self.context
            .journal
            .event(&Event::Mapping(staged.clone()))
            .inspect_err(|_| self.sealer.staging().remove(&key))?;
        let (start, end) = (member.data_offset() as usize, member.data_end() as usize);
        lock(&self.open).insert(key.clone(), Open { staged, map: Some(map.clone()) });
        Ok(Mapping::new(self.clone(), key, map, start, end - start))
    }

    /// Asks for arrays of `size` to be made ahead.
    pub fn declare_ahead(&self, size: u64) {
        self.sealer.ahead().declare(size);
    }

    /// Ends what `declare_ahead` began.
    pub fn retract_ahead(&self, size: u64) {
        // A forked child has no such thread, and may have inherited its locks as they were held.
        if !self.context.journal.is_inherited() {
            self.sealer.ahead().retract(size);
        }
    }

    /// A file for an artifact, which no reader sees yet.
    fn stage(&self, wanted: Wanted<'_>) -> Result<(Staged, File, PathBuf)> {
        let staged = self.claim(wanted)?;
        let path = self.sealer.staging().path(&staged.staged);
        let file = file::create_new(&path).map_err(|source| Error::io("create", &path, &source))?;
        Ok((staged, file, path))
    }

    /// An artifact whose bytes are there now: `fill` writes them.
    ///
    /// # Errors
    /// When the file can't be had, those of `fill`, and when the journal can't take it.
    pub fn put(&self, wanted: Wanted<'_>, fill: impl FnOnce(&mut File, &Path) -> Result<()>) -> Result<()> {
        self.put_noting(wanted, |file, path| fill(file, path).map(|()| Object::new()))
    }

    /// Like `put`, where `fill` has something to add to the metadata.
    ///
    /// # Errors
    /// The same as `put`.
    pub fn put_noting(
        &self,
        wanted: Wanted<'_>,
        fill: impl FnOnce(&mut File, &Path) -> Result<Object>,
    ) -> Result<()> {
        self.put_listed(wanted, None, fill)
    }

    /// Like `put_noting`, of the archive of a directory. Its sealing makes the artifact `list`, too: one event is
    /// both, so that no kill leaves one of them.
    ///
    /// # Errors
    /// The same as `put`.
    pub fn put_listed(
        &self,
        wanted: Wanted<'_>,
        list: Option<Wanted<'_>>,
        fill: impl FnOnce(&mut File, &Path) -> Result<Object>,
    ) -> Result<()> {
        let list = list.map(|list| self.claim(list)).transpose()?;
        let (mut staged, mut file, path) = self.stage(wanted)?;
        staged.list = list.map(Box::new);
        let filled = fill(&mut file, &path).and_then(|noted| {
            staged.metadata.extend(noted);
            // By its path: another file may have taken its place.
            staged.size = std::fs::metadata(&path).ok().map(|metadata| metadata.len());
            self.context.journal.event(&Event::Artifact(staged))
        });
        filled.inspect_err(|_| drop(std::fs::remove_file(&path)))
    }

    /// Keeps artifacts that nobody sealed as they stand, marked incomplete.
    pub fn keep_open(&self) {
        let open = std::mem::take(&mut *lock(&self.open));
        for (name, Open { mut staged, map }) in open {
            staged.metadata.insert("incomplete".to_owned(), Json::Bool(true));
            // Whoever still computes into the array does so in memory of their own from here on.
            let kept = map.map_or(Ok(()), |map| self.make_private(&name, &map));
            if let Err(error) = kept {
                self.context.problem("keep an array that was not sealed", &error);
            }
            if let Err(error) = self.context.journal.event(&Event::Artifact(staged)) {
                self.context.problem("keep an artifact that was not sealed", &error);
            }
        }
    }

    fn make_private(&self, staged: &str, map: &MmapRaw) -> Result<()> {
        let path = self.sealer.staging().path(staged);
        // SAFETY: the map is one of the whole staged file.
        file::open(&path)
            .and_then(|file| unsafe { sys::make_private(&file, map.as_mut_ptr(), map.len()) })
            .map_err(|source| Error::io("map", &path, &source))
    }

    /// Calls `body` with an artifact that is open, for it to change.
    pub fn open_artifact<R>(&self, staged: &str, body: impl FnOnce(&mut Staged) -> R) -> Option<R> {
        if self.context.journal.is_inherited() {
            // The file is the parent's, and its lock may have been held at the fork.
            return None;
        }
        lock(&self.open).get_mut(staged).map(|open| body(&mut open.staged))
    }

    pub fn seal_open(&self, staged: &str, map: Option<Arc<MmapRaw>>) -> Result<()> {
        if self.context.journal.is_inherited() {
            return self.context.check_open();
        }
        let open = lock(&self.open).remove(staged);
        let Some(mut open) = open else {
            return Err(Error::new(ErrorKind::Closed, "the run ended before the artifact was sealed"));
        };
        if let Some(map) = map {
            // The one in `open` would keep it mapped.
            drop(open.map);
            self.sealer.backlog().add(staged, map);
        } else {
            let metadata = std::fs::metadata(self.sealer.staging().path(staged));
            open.staged.size = metadata.ok().map(|metadata| metadata.len());
        }
        self.context.journal.event(&Event::Artifact(open.staged.clone())).inspect_err(|_| {
            self.sealer.backlog().remove(staged);
            // The end of the run keeps it then, as one that nobody sealed.
            lock(&self.open).insert(staged.to_owned(), Open { staged: open.staged, map: None });
        })
    }

    pub fn abandon_open(&self, staged: &str) -> Result<()> {
        if self.context.journal.is_inherited() {
            // The file is the parent's.
            return self.context.check_open();
        }
        let Some(_) = lock(&self.open).remove(staged) else {
            return Err(Error::new(ErrorKind::Closed, "the run ended before the artifact was abandoned"));
        };
        let path = self.sealer.staging().path(staged);
        std::fs::remove_file(&path).map_err(|source| Error::io("remove", &path, &source))?;
        self.context.journal.event(&Event::Abandoned { staged: staged.to_owned() })
    }
}

/// `.png` of "png": a format becomes part of a file name.
pub fn suffix_of(format: &str) -> Result<String> {
    name::check(format).map_err(|error| error.context("format"))?;
    let encoded = name::encode(format);
    if encoded.len() > 40 {
        return Err(Error::new(ErrorKind::Name, format!("format {format:?} is longer than 40 bytes")));
    }
    Ok(format!(".{}", encoded.strip_prefix("%2E").unwrap_or(&encoded)))
}
