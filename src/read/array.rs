//! Arrays of the store: mapped where they are stored, inflated where they are deflated.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use super::file::damaged;
use super::npy::{self, Header};
use super::zip::{self, Member};
use crate::base::array::{ArrayView, DType, Order, extent};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;

/// A type of Rust that the elements of arrays have.
///
/// # Safety
/// `Self` has the size of `DTYPE`, an alignment of 8 at most, and every pattern of bits is one.
pub unsafe trait Element: Copy + 'static {
    /// The type in the store.
    const DTYPE: DType;
}

macro_rules! elements {
    ($($type:ty => $dtype:ident),*) => {
        // SAFETY: plain numbers, or two of them.
        $(unsafe impl Element for $type {
            const DTYPE: DType = DType::$dtype;
        })*
    };
}
elements!(
    i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64, u8 => UInt8, u16 => UInt16, u32 => UInt32,
    u64 => UInt64, f32 => Float32, f64 => Float64, [f32; 2] => Complex64, [f64; 2] => Complex128
);

/// An array that was read. Its elements are where its file is mapped, if they are stored there as they
/// are in memory, else a copy. The file must not be cut short while it is mapped: the store never does so.
#[derive(Debug, Clone)]
pub struct Array {
    dtype: DType,
    order: Order,
    shape: Vec<u64>,
    data: Data,
    /// The bytes in the mapping that the CRC-32 is of.
    check: Option<Check>,
}

#[derive(Debug, Clone)]
enum Data {
    Mapped { map: Arc<Mmap>, start: usize, size: usize },
    Owned { words: Arc<Vec<u64>>, start: usize, size: usize },
}

#[derive(Debug, Clone)]
struct Check {
    path: PathBuf,
    name: String,
    range: std::ops::Range<usize>,
    crc: u32,
    map: Arc<Mmap>,
}

/// Maps the file of an artifact.
fn map(path: &Path) -> Result<Mmap> {
    let file = file::open_to_read(path).map_err(|source| Error::io("open", path, &source))?;
    let metadata = file.metadata().map_err(|source| Error::io("look at", path, &source))?;
    if !metadata.is_file() {
        return Err(damaged(path, "is no file"));
    }
    if metadata.len() == 0 {
        return Err(damaged(path, "is empty"));
    }
    // SAFETY: read only, and never while somebody writes: files of artifacts are made under another name.
    // A file that is cut short meanwhile ends in a signal; the documentation says so.
    unsafe { Mmap::map(&file) }.map_err(|source| Error::io("map", path, &source))
}

/// The name of the array in a member, if it is one.
fn name_of(member: &Member) -> Option<&str> {
    member.name.strip_suffix(".npy")
}

/// The names of the arrays in the file.
///
/// # Errors
/// When it can't be read or is no archive of arrays.
pub fn names(path: &Path) -> Result<Vec<String>> {
    let map = map(path)?;
    if map.starts_with(npy::MAGIC) {
        return Ok(vec!["arr".to_owned()]);
    }
    let members = zip::members(path, &map)?;
    Ok(members.iter().filter_map(|member| name_of(member).map(str::to_owned)).collect())
}

/// The array `name` in the file; the only one if `name` is nothing.
///
/// # Errors
/// When it can't be read, is no archive of arrays, has none of that name, or several without one.
pub fn open(path: &Path, name: Option<&str>) -> Result<Array> {
    let map = Arc::new(map(path)?);
    if map.starts_with(npy::MAGIC) {
        let all = 0..map.len();
        return of_npy(path, "arr", map, all, None);
    }
    let members = zip::members(path, &map)?;
    let mut arrays = members.iter().filter_map(|member| name_of(member).map(|name| (name, member)));
    let found = match name {
        // Of equal names the last one counts, as with Python.
        Some(name) => arrays.rfind(|(found, _)| *found == name),
        None => {
            let first = arrays.next();
            if arrays.next().is_some() {
                let names: Vec<&str> = members.iter().filter_map(name_of).take(20).collect();
                let text = format!("{} has several arrays: {}", path.display(), names.join(", "));
                return Err(Error::new(ErrorKind::Value, text));
            }
            first
        }
    };
    let Some((name, member)) = found else {
        let text = match name {
            Some(name) => format!("{} has no array {name:?}", path.display()),
            None => format!("{} has no array", path.display()),
        };
        return Err(Error::new(ErrorKind::NotFound, text));
    };
    let (range, is_deflated) = member.place(path, &map)?;
    if !is_deflated {
        return of_npy(path, name, map.clone(), range, Some(member.crc));
    }
    let (words, size) = member.inflate(path, &map[range])?;
    // SAFETY: the bytes of the words.
    let bytes = unsafe { std::slice::from_raw_parts(words.as_ptr().cast::<u8>(), size) };
    let header = npy::parse(bytes).map_err(|error| of_member(path, name, &error))?;
    let data = match header.is_swapped || header.start % 8 != 0 {
        true => copied(&header, &bytes[header.start..header.start + header.size]),
        false => Data::Owned { words: Arc::new(words), start: header.start, size: header.size },
    };
    Ok(Array { dtype: header.dtype, order: header.order, shape: header.shape, data, check: None })
}

fn of_member(path: &Path, name: &str, error: &Error) -> Error {
    Error::new(error.kind(), format!("array {name:?} in {}: {}", path.display(), error.message()))
}

/// The array of the .npy in a part of the mapping.
fn of_npy(
    path: &Path,
    name: &str,
    map: Arc<Mmap>,
    range: std::ops::Range<usize>,
    crc: Option<u32>,
) -> Result<Array> {
    let bytes = &map[range.clone()];
    let header = npy::parse(bytes).map_err(|error| of_member(path, name, &error))?;
    let elements = &bytes[header.start..header.start + header.size];
    let is_aligned = elements.as_ptr().addr() % header.dtype.size().min(8) == 0;
    let data = match header.is_swapped || !is_aligned {
        true => copied(&header, elements),
        false => Data::Mapped { map: map.clone(), start: range.start + header.start, size: header.size },
    };
    let check =
        crc.map(|crc| Check { path: path.to_owned(), name: name.to_owned(), range, crc, map: map.clone() });
    Ok(Array { dtype: header.dtype, order: header.order, shape: header.shape, data, check })
}

/// A copy of the elements, aligned, and with their bytes in this machine's order.
fn copied(header: &Header, elements: &[u8]) -> Data {
    let mut words = vec![0_u64; elements.len().div_ceil(8)];
    // SAFETY: the bytes of the words, of which any is one.
    let bytes = unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), elements.len()) };
    bytes.copy_from_slice(elements);
    if header.is_swapped {
        let parts = if matches!(header.dtype, DType::Complex64 | DType::Complex128) { 2 } else { 1 };
        bytes.chunks_exact_mut(header.dtype.size() / parts).for_each(<[u8]>::reverse);
    }
    Data::Owned { words: Arc::new(words), start: 0, size: elements.len() }
}

impl Array {
    /// An array of these elements, which are a copy already.
    pub(super) fn of(dtype: DType, order: Order, shape: Vec<u64>, bytes: &[u8]) -> Result<Self> {
        let (_, size) = extent(dtype, &shape)?;
        let header = Header { dtype, is_swapped: false, order, shape, start: 0, size };
        let data = copied(&header, bytes);
        Ok(Self { dtype, order, shape: header.shape, data, check: None })
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Which index varies slowest.
    pub fn order(&self) -> Order {
        self.order
    }

    /// The extents.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.bytes().len() / self.dtype.size()
    }

    /// Returns whether it has no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether its elements are where its file is mapped, not a copy.
    pub fn is_mapped(&self) -> bool {
        matches!(self.data, Data::Mapped { .. })
    }

    /// The elements as they lie in memory.
    pub fn bytes(&self) -> &[u8] {
        match &self.data {
            Data::Mapped { map, start, size } => &map[*start..start + size],
            Data::Owned { words, start, size } => {
                // SAFETY: the bytes of the words.
                let bytes = unsafe {
                    std::slice::from_raw_parts(words.as_ptr().cast::<u8>(), size_of_val(words.as_slice()))
                };
                &bytes[*start..start + size]
            }
        }
    }

    /// The elements, in the order of `order`.
    ///
    /// # Errors
    /// [`ErrorKind::Value`] when they are of another type.
    pub fn elements<T: Element>(&self) -> Result<&[T]> {
        if T::DTYPE != self.dtype {
            let text = format!("the array is of {}, not of {}", self.dtype.name(), T::DTYPE.name());
            return Err(Error::new(ErrorKind::Value, text));
        }
        let bytes = self.bytes();
        if bytes.is_empty() {
            return Ok(&[]);
        }
        // SAFETY: aligned for it when it was made, as long as the bytes, and any bits are an element.
        Ok(unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast::<T>(), bytes.len() / size_of::<T>()) })
    }

    /// The array as those functions take it that emit one.
    ///
    /// # Errors
    /// None: it was checked.
    pub fn view(&self) -> Result<ArrayView<'_>> {
        ArrayView::contiguous(self.bytes(), self.dtype, self.order, &self.shape)
    }

    /// Compares a mapped array with the CRC-32 of its archive; an inflated one was compared already, and an
    /// array of structured data has none.
    ///
    /// # Errors
    /// [`ErrorKind::Damaged`] when it is another one.
    pub fn verify(&self) -> Result<()> {
        let Some(check) = &self.check else { return Ok(()) };
        match crc32fast::hash(&check.map[check.range.clone()]) == check.crc {
            true => Ok(()),
            false => {
                let what = format!("is damaged: array {:?} is not what its CRC-32 says", check.name);
                Err(damaged(&check.path, &what))
            }
        }
    }
}
