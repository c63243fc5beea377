//! A log of a run in the store, whose file is made with its first byte: a process that says nothing leaves none.

use std::io::{self, Result, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use once_cell::sync::OnceCell;

use crate::base::file::{self, OurFile};
use crate::store::Store;

/// A log to append to.
#[derive(Debug)]
pub struct RunLog {
    store: Arc<Store>,
    path: PathBuf,
    /// Empty until something is written.
    file: OnceCell<OurFile>,
}

impl RunLog {
    /// The log of this name of a run.
    pub fn new(store: &Arc<Store>, run_id: &str, name: &str) -> Self {
        Self { store: store.clone(), path: store.log_path(run_id, name), file: OnceCell::new() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn open(&self) -> Result<&OurFile> {
        self.file.get_or_try_init(|| {
            let file = OurFile::append_to(&self.path)?;
            self.store.note_written(&self.path);
            Ok(file)
        })
    }

    /// Appends all of `bytes`; where that fails, a part of them may be there.
    ///
    /// # Errors
    /// When it can't be opened or written.
    pub fn append(&self, bytes: &[u8]) -> Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            done += self.append_some(&bytes[done..])?;
        }
        Ok(())
    }

    /// Appends a part of `bytes`, and returns how long it is.
    ///
    /// # Errors
    /// When it can't be opened or written.
    pub fn append_some(&self, bytes: &[u8]) -> Result<usize> {
        loop {
            match self.open()?.with(|mut file| file.write(bytes)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => return written,
            }
        }
    }

    /// Bytes of the file; 0 if there is none.
    ///
    /// # Errors
    /// When that can't be told.
    pub fn length(&self) -> Result<u64> {
        match self.file.get() {
            Some(file) => file.length(),
            None => Ok(file::length(&self.path)?.unwrap_or(0)),
        }
    }

    /// Cuts the file short.
    ///
    /// # Errors
    /// When that can't be done.
    pub fn set_len(&self, length: u64) -> Result<()> {
        self.open()?.set_len(length)
    }

    /// Returns whether it was removed or replaced after this had opened it.
    pub fn is_gone(&self) -> bool {
        self.file.get().is_some_and(|file| !file.is_in_place())
    }

    /// Goes on in a file of its own, where somebody removed the one that was open.
    pub fn make_anew(&mut self) {
        self.file = OnceCell::new();
    }

    /// Returns whether it was found, since this was last asked, that other code has closed the file.
    pub fn tell_closed(&self) -> bool {
        self.file.get().is_some_and(OurFile::tell_closed)
    }
}
