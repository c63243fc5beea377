//! The members of a ZIP archive that nobody vouches for: every number in it is checked before it is used.

use std::path::Path;

use miniz_oxide::inflate::decompress_slice_iter_to_slice;

use super::file::damaged;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::memory;

const END: u32 = 0x0605_4B50;
const END64: u32 = 0x0606_4B50;
const LOCATOR64: u32 = 0x0706_4B50;
const CENTRAL: u32 = 0x0201_4B50;
const LOCAL: u32 = 0x0403_4B50;

/// Bytes of the record at the archive's end, and of the longest comment after it.
const END_SIZE: usize = 22;
const LONGEST_COMMENT: usize = 0xFFFF;

/// Times as many bytes as a deflated one can become.
const MOST_INFLATED: u64 = 1032;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// A member of an archive.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its name, with the suffix.
    pub name: String,
    /// The CRC-32 of its content.
    pub crc: u32,
    method: u16,
    is_encrypted: bool,
    packed: u64,
    size: u64,
    offset: u64,
}

/// The fields of a header, read one after the other.
struct Fields<'a> {
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    fn at(archive: &'a [u8], offset: u64) -> Option<Self> {
        Some(Self { bytes: archive.get(usize::try_from(offset).ok()?..)? })
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(head)
    }

    fn u16(&mut self) -> Option<u16> {
        self.bytes(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.bytes(8)?.try_into().ok().map(u64::from_le_bytes)
    }
}

/// The members of `archive`, the content of the file at `path`.
///
/// # Errors
/// When it is no archive.
pub fn members(path: &Path, archive: &[u8]) -> Result<Vec<Member>> {
    let wrong = |what: &str| damaged(path, &format!("is no .npz: {what}"));
    let (count, size, start) = directory(archive).ok_or_else(|| wrong("it has no directory at its end"))?;
    // An entry has 46 bytes at least.
    if start.checked_add(size).is_none_or(|end| end > archive.len() as u64) || count > size / 46 {
        return Err(wrong("its directory is larger than the file"));
    }
    let mut fields = Fields::at(archive, start).ok_or_else(|| wrong("its directory is cut short"))?;
    let mut members = Vec::new();
    for _ in 0..count {
        members.push(central(&mut fields).ok_or_else(|| wrong("its directory is damaged"))?);
    }
    Ok(members)
}

/// How many entries the directory has, its bytes, and where it is.
fn directory(archive: &[u8]) -> Option<(u64, u64, u64)> {
    let last = archive.len().checked_sub(END_SIZE)?;
    let first = last.saturating_sub(LONGEST_COMMENT);
    let at = (first..=last).rev().find(|at| {
        let comment =
            archive.get(at + 20..at + 22).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
        archive[*at..].starts_with(&END.to_le_bytes())
            && comment.is_some_and(|comment| at + END_SIZE + usize::from(comment) == archive.len())
    })?;
    let mut fields = Fields::at(archive, at as u64 + 10)?;
    let (count, size, start) = (fields.u16()?, fields.u32()?, fields.u32()?);
    if count != u16::MAX && size != u32::MAX && start != u32::MAX {
        return Some((count.into(), size.into(), start.into()));
    }
    let Some(locator) = at.checked_sub(20) else { return Some((count.into(), size.into(), start.into())) };
    let mut fields = Fields::at(archive, locator as u64)?;
    if fields.u32()? != LOCATOR64 {
        return Some((count.into(), size.into(), start.into()));
    }
    fields.u32()?;
    let mut fields = Fields::at(archive, fields.u64()?)?;
    if fields.u32()? != END64 {
        return None;
    }
    // Its size, versions, disks, and the entries of this disk.
    fields.bytes(8 + 4 + 8 + 8)?;
    Some((fields.u64()?, fields.u64()?, fields.u64()?))
}

fn central(fields: &mut Fields<'_>) -> Option<Member> {
    if fields.u32()? != CENTRAL {
        return None;
    }
    fields.bytes(4)?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    fields.bytes(4)?;
    let crc = fields.u32()?;
    let (packed, size) = (fields.u32()?, fields.u32()?);
    let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    fields.bytes(8)?;
    let offset = fields.u32()?;
    let name = String::from_utf8_lossy(fields.bytes(name.into())?).into_owned();
    let mut extra = Fields { bytes: fields.bytes(extra.into())? };
    fields.bytes(comment.into())?;
    let is_encrypted = flags & 1 != 0;
    let mut member = Member {
        name,
        crc,
        method,
        is_encrypted,
        packed: packed.into(),
        size: size.into(),
        offset: offset.into(),
    };
    // The numbers of 64 bits of those that don't fit into 32, in this order.
    while let (Some(id), Some(length)) = (extra.u16(), extra.u16()) {
        let mut field = Fields { bytes: extra.bytes(length.into())? };
        if id != 1 {
            continue;
        }
        for (short, long) in
            [(size, &mut member.size), (packed, &mut member.packed), (offset, &mut member.offset)]
        {
            if short == u32::MAX {
                *long = field.u64()?;
            }
        }
    }
    Some(member)
}

impl Member {
    /// Where the member's bytes are in `archive`, and whether they are deflated.
    ///
    /// # Errors
    /// When they are not in it, or packed in another way.
    pub fn place(&self, path: &Path, archive: &[u8]) -> Result<(std::ops::Range<usize>, bool)> {
        let wrong = |what: &str| damaged(path, &format!("is damaged: member {:?} {what}", self.name));
        let start = || {
            let mut fields = Fields::at(archive, self.offset)?;
            if fields.u32()? != LOCAL {
                return None;
            }
            fields.bytes(22)?;
            let (name, extra) = (fields.u16()?, fields.u16()?);
            fields.bytes(usize::from(name) + usize::from(extra))?;
            Some((archive.len() - fields.bytes.len(), fields.bytes.len() as u64))
        };
        let (start, left) = start().ok_or_else(|| wrong("is not where the directory says"))?;
        if self.is_encrypted || !matches!(self.method, STORED | DEFLATED) {
            let text = format!("{}: member {:?} is packed in an unknown way", path.display(), self.name);
            return Err(Error::new(ErrorKind::Unsupported, text));
        }
        let is_deflated = self.method == DEFLATED;
        if self.packed > left {
            return Err(wrong("is cut short"));
        }
        if !is_deflated && self.size != self.packed {
            return Err(wrong("has two sizes"));
        }
        Ok((start..start + self.packed as usize, is_deflated))
    }

    /// The content of which `packed` is the deflated form: in words, so that elements are aligned; and its
    /// bytes.
    ///
    /// # Errors
    /// When it becomes something else than the directory says, or there is no memory for it.
    pub fn inflate(&self, path: &Path, packed: &[u8]) -> Result<(Vec<u64>, usize)> {
        let wrong = |what: &str| damaged(path, &format!("is damaged: member {:?} {what}", self.name));
        if self.size > (packed.len() as u64).saturating_mul(MOST_INFLATED) {
            return Err(wrong("can't have as many bytes as the directory says"));
        }
        let size = self.size as usize;
        memory::check(size).map_err(|error| error.context(path.display()))?;
        let mut words = vec![0_u64; size.div_ceil(8)];
        // SAFETY: the bytes of the words, of which any is one.
        let bytes = unsafe { std::slice::from_raw_parts_mut(words.as_mut_ptr().cast::<u8>(), size) };
        let inflated = decompress_slice_iter_to_slice(bytes, std::iter::once(packed), false, true);
        if inflated.ok() != Some(size) {
            return Err(wrong("can't be inflated"));
        }
        if crc32fast::hash(bytes) != self.crc {
            return Err(wrong("is not what its CRC-32 says"));
        }
        Ok((words, size))
    }
}
