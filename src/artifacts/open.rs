//! Artifacts that are open while the caller fills them: mapped arrays and byte streams.

use std::sync::{Arc, Mutex};

use memmap2::{MmapMut, MmapRaw};
use serde::Serialize;

use super::Desk;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file::OurFile;
use crate::base::json::{self, Object};
use crate::base::sync::lock;

fn ended() -> Error {
    Error::new(ErrorKind::Closed, "the artifact is sealed or abandoned, or its run has ended")
}

/// The artifact of a handle: nothing once it is sealed or abandoned, and from the start for a disabled
/// desk. Dropping it abandons the artifact.
#[derive(Debug)]
struct Held(Option<(Arc<Desk>, String)>);

impl Held {
    fn add_metadata(&self, metadata: &impl Serialize) -> Result<()> {
        let metadata: Object = json::object_of("metadata", metadata)?;
        let Some((desk, staged)) = &self.0 else { return Ok(()) };
        desk.open_artifact(staged, |open| open.metadata.extend(metadata)).ok_or_else(ended)
    }

    fn seal(mut self, map: Option<Arc<MmapRaw>>) -> Result<()> {
        self.0.take().map_or(Ok(()), |(desk, staged)| desk.seal_open(&staged, map))
    }

    fn abandon(mut self) -> Result<()> {
        self.0.take().map_or(Ok(()), |(desk, staged)| desk.abandon_open(&staged))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((desk, staged)) = self.0.take() {
            // Ended runs have taken it over already.
            let _ = desk.abandon_open(&staged);
        }
    }
}

/// An array in a file, mapped for the caller to compute into.
///
/// The memory stays valid until `seal`, `abandon` or drop, also when the run ends before; then the
/// array is kept and its metadata say `"incomplete": true`.
#[derive(Debug)]
pub struct Mapping {
    artifact: Held,
    map: Option<Arc<MmapRaw>>,
    offset: usize,
    size: usize,
}

impl Mapping {
    pub(crate) fn new(
        owner: Arc<Desk>,
        staged: String,
        map: Arc<MmapRaw>,
        offset: usize,
        size: usize,
    ) -> Self {
        Self { artifact: Held(Some((owner, staged))), map: Some(map), offset, size }
    }

    /// Memory that becomes nothing, for a disabled desk.
    pub(crate) fn disabled(size: usize) -> Result<Self> {
        let map = MmapMut::map_anon(size.max(1)).map_err(|source| {
            let text = format!("cannot get {size} bytes for an array: {source}");
            Error::new(ErrorKind::Memory, text).caused_by(source)
        })?;
        Ok(Self { artifact: Held(None), map: Some(Arc::new(map.into())), offset: 0, size })
    }

    /// The first element; the elements are zero at first and aligned to 64 bytes.
    pub fn data(&self) -> *mut u8 {
        match &self.map {
            // SAFETY: the layout put the elements within the file that is mapped.
            Some(map) => unsafe { map.as_mut_ptr().add(self.offset) },
            None => std::ptr::null_mut(),
        }
    }

    /// Bytes of all elements.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Adds to the metadata; a member that is there already is replaced.
    ///
    /// # Errors
    /// When `metadata` is no object, or the run has ended.
    pub fn add_metadata(&self, metadata: impl Serialize) -> Result<()> {
        self.artifact.add_metadata(&metadata)
    }

    /// Makes the array an artifact. Returns at once; hashing goes on beside the caller.
    ///
    /// # Errors
    /// When the run has ended, or the journal can't take it.
    pub fn seal(self) -> Result<()> {
        self.artifact.seal(self.map)
    }

    /// Gives the array up and removes its file.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn abandon(self) -> Result<()> {
        self.artifact.abandon()
    }
}

/// An artifact of unknown length that is appended to.
#[derive(Debug)]
pub struct Stream {
    artifact: Held,
    file: Mutex<Option<OurFile>>,
}

impl Stream {
    pub(crate) fn new(owner: Arc<Desk>, staged: String, file: OurFile) -> Self {
        Self { artifact: Held(Some((owner, staged))), file: Mutex::new(Some(file)) }
    }

    /// A stream that keeps nothing, for a disabled desk.
    pub(crate) fn disabled() -> Self {
        Self { artifact: Held(None), file: Mutex::default() }
    }

    /// Appends bytes; what a call that has returned wrote survives a kill.
    ///
    /// # Errors
    /// When the run has ended or the disk is full; then part of the bytes may be there.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        let Some((desk, staged)) = &self.artifact.0 else { return Ok(()) };
        desk.open_artifact(staged, |_| ()).ok_or_else(ended)?;
        match &*lock(&self.file) {
            Some(file) => file.append(bytes).map_err(|source| Error::io("write", file.path(), &source)),
            None => Err(ended()),
        }
    }

    /// Adds to the metadata; a member that is there already is replaced.
    ///
    /// # Errors
    /// When `metadata` is no object, or the run has ended.
    pub fn add_metadata(&self, metadata: impl Serialize) -> Result<()> {
        self.artifact.add_metadata(&metadata)
    }

    /// Makes what was written an artifact.
    ///
    /// # Errors
    /// When the run has ended, or the journal can't take it.
    pub fn seal(self) -> Result<()> {
        self.artifact.seal(None)
    }

    /// Gives it up and removes its file.
    ///
    /// # Errors
    /// When the run has ended.
    pub fn abandon(self) -> Result<()> {
        self.artifact.abandon()
    }
}
