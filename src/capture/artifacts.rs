//! Artifacts: documents, bytes, arrays, and those that are open while the caller fills them.

use std::fs::File;
use std::path::Path;

use serde::Serialize;

use super::Capture;
use crate::artifacts::sealer::{SINGLE, write_npz};
use crate::artifacts::snapshots::{self, Common};
use crate::artifacts::{Mapping, Snapshots, Stream, Wanted, suffix_of};
use crate::base::array::{ArrayView, DType, Order, extent};
use crate::base::error::{Error, Result};
use crate::base::{json, name};
use crate::store::npz::{Entry, Layout, check_key};

impl Capture {
    /// An artifact: a JSON document.
    ///
    /// # Errors
    /// The same as [`metric`](Self::metric).
    pub fn artifact_json(
        &self,
        name: &str,
        document: impl Serialize,
        metadata: impl Serialize,
    ) -> Result<()> {
        self.live(|inner| {
            let metadata = json::object_of("metadata", &metadata)?;
            let text = json::value_of("document", &document)?.to_pretty();
            inner.desk.put(
                Wanted { name, kind: "json", format: "json", suffix: ".json", metadata },
                |file, path| write_all(file, path, text.as_bytes()),
            )
        })
    }

    /// An artifact: bytes of a kind and a format, which is the file's extension.
    ///
    /// # Errors
    /// The same as [`metric`](Self::metric).
    pub fn artifact_bytes(
        &self,
        name: &str,
        bytes: &[u8],
        kind: &str,
        format: &str,
        metadata: impl Serialize,
    ) -> Result<()> {
        self.live(|inner| {
            let metadata = json::object_of("metadata", &metadata)?;
            let suffix = suffix_of(format)?;
            inner.desk.put(Wanted { name, kind, format, suffix: &suffix, metadata }, |file, path| {
                write_all(file, path, bytes)
            })
        })
    }

    /// An artifact: an array as .npz.
    ///
    /// # Errors
    /// The same as [`metric`](Self::metric).
    pub fn artifact_array(&self, name: &str, array: &ArrayView<'_>, metadata: impl Serialize) -> Result<()> {
        self.artifact_arrays(name, &[(SINGLE, *array)], metadata)
    }

    /// An artifact: named arrays in one .npz.
    ///
    /// # Errors
    /// The same as [`metric`](Self::metric), when two arrays have one name, and for a name that would
    /// leave the directory in which the file is unzipped.
    pub fn artifact_arrays(
        &self,
        name: &str,
        arrays: &[(&str, ArrayView<'_>)],
        metadata: impl Serialize,
    ) -> Result<()> {
        self.live(|inner| {
            let metadata = json::object_of("metadata", &metadata)?;
            let mut entries = Vec::with_capacity(arrays.len());
            for (key, array) in arrays {
                check_key(key)?;
                entries.push(Entry {
                    name: key,
                    dtype: array.dtype(),
                    order: array.order(),
                    shape: array.shape(),
                });
            }
            Layout::new(&entries)?;
            inner.desk.put(
                Wanted { name, kind: "numpy", format: "npz", suffix: ".npz", metadata },
                |file, path| {
                    write_npz(file, path, &entries, |index, write| {
                        arrays[index].1.gather(arrays[index].1.order(), write)
                    })
                },
            )
        })
    }

    /// Maps an array for the caller to compute into: zeros at first, no second copy, an artifact
    /// when it is sealed.
    ///
    /// # Errors
    /// When the shape is absurd, and as [`metric`](Self::metric).
    pub fn map_array(
        &self,
        name: &str,
        dtype: DType,
        order: Order,
        shape: &[u64],
        metadata: impl Serialize,
    ) -> Result<Mapping> {
        let Some(inner) = &self.inner else {
            return Mapping::disabled(extent(dtype, shape)?.1);
        };
        let layout = Layout::new(&[Entry { name: SINGLE, dtype, order, shape }])?;
        let metadata = json::object_of("metadata", &metadata)?;
        inner.desk.map(name, dtype, order, shape, &layout, metadata)
    }

    /// Declares an array of which the caller computes a snapshot every so many steps: each gets a
    /// mapping that was made ready before. `metadata` is that of all; each has its own step, too.
    ///
    /// # Errors
    /// When the shape is absurd, and as [`metric`](Self::metric).
    pub fn snapshots(
        &self,
        name: &str,
        dtype: DType,
        order: Order,
        shape: &[u64],
        metadata: impl Serialize,
    ) -> Result<Snapshots> {
        let layout = Layout::new(&[Entry { name: SINGLE, dtype, order, shape }])?;
        if let Some(inner) = &self.inner {
            inner.check_open()?;
            name::check(name)?;
            // Whatever the step will be.
            name::check(&snapshots::name_of(name, i64::MIN))?;
        }
        let metadata = json::object_of("metadata", &metadata)?;
        let common = Common { name: name.to_owned(), dtype, order, shape: shape.to_vec(), metadata, layout };
        Ok(Snapshots::new(self.inner.as_ref().map(|inner| inner.desk.clone()), common))
    }

    /// An artifact that is appended to until it is sealed.
    ///
    /// # Errors
    /// The same as [`metric`](Self::metric).
    pub fn stream(&self, name: &str, kind: &str, format: &str, metadata: impl Serialize) -> Result<Stream> {
        let Some(inner) = &self.inner else {
            return Ok(Stream::disabled());
        };
        let metadata = json::object_of("metadata", &metadata)?;
        let suffix = suffix_of(format)?;
        inner.desk.stream(Wanted { name, kind, format, suffix: &suffix, metadata })
    }
}

pub(super) fn write_all(file: &mut File, path: &Path, bytes: &[u8]) -> Result<()> {
    std::io::Write::write_all(file, bytes).map_err(|source| Error::io("write", path, &source))
}
