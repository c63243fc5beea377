//! The members of a ZIP archive that nobody vouches for: every number in it is checked before it is used.

use std::borrow::Cow;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
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

/// Bytes of the record of an archive of 64 bits, of what says where that is, and of a member's header
/// without its name.
const END64_SIZE: usize = 56;
const LOCATOR64_SIZE: usize = 20;
const LOCAL_SIZE: usize = 30;

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
    let piece = |offset: u64, size: usize| {
        let rest = archive.get(usize::try_from(offset).ok()?..)?;
        Some(Cow::Borrowed(rest.get(..size)?))
    };
    members_of(path, archive.len() as u64, &piece)
}

/// The members of the archive in `file`, where the bytes of each are, and whether they are deflated. The
/// file is not mapped, so that a disk that fails is an error.
///
/// # Errors
/// When it can't be read, is no archive, or a member is not in it.
pub fn members_of_file(path: &Path, file: &File) -> Result<Vec<(Member, Range<u64>, bool)>> {
    let failed = |source: std::io::Error| Error::io("read", path, &source);
    let length = file.metadata().map_err(failed)?.len();
    let piece = |offset: u64, size: usize| {
        if offset.checked_add(size as u64)? > length {
            return None;
        }
        memory::check(size).ok()?;
        let mut bytes = vec![0; size];
        file.read_exact_at(&mut bytes, offset).ok()?;
        Some(Cow::Owned(bytes))
    };
    let placed = |member: Member| {
        let (start, is_deflated) =
            member.placed(path, piece(member.offset, LOCAL_SIZE).as_deref(), length)?;
        let end = start + member.packed;
        Ok((member, start..end, is_deflated))
    };
    members_of(path, length, &piece)?.into_iter().map(placed).collect()
}

/// Returns bytes of an archive: from where on, and how many.
type Piece<'p, 'a> = &'p dyn Fn(u64, usize) -> Option<Cow<'a, [u8]>>;

fn members_of(path: &Path, length: u64, piece: Piece<'_, '_>) -> Result<Vec<Member>> {
    let wrong = |what: &str| damaged(path, &format!("is no .npz: {what}"));
    let (count, size, start) =
        directory(length, piece).ok_or_else(|| wrong("it has no directory at its end"))?;
    // An entry has 46 bytes at least.
    if start.checked_add(size).is_none_or(|end| end > length) || count > size / 46 {
        return Err(wrong("its directory is larger than the file"));
    }
    let bytes = usize::try_from(size).ok().and_then(|size| piece(start, size));
    let bytes = bytes.ok_or_else(|| wrong("its directory is cut short"))?;
    let mut fields = Fields { bytes: &bytes };
    let mut members = Vec::new();
    for _ in 0..count {
        members.push(central(&mut fields).ok_or_else(|| wrong("its directory is damaged"))?);
    }
    Ok(members)
}

/// How many entries the directory has, its bytes, and where it is.
fn directory(length: u64, piece: Piece<'_, '_>) -> Option<(u64, u64, u64)> {
    let longest = END_SIZE + LONGEST_COMMENT + LOCATOR64_SIZE;
    let start = length.saturating_sub(longest as u64);
    let tail = piece(start, (length - start) as usize)?;
    let last = tail.len().checked_sub(END_SIZE)?;
    let first = last.saturating_sub(LONGEST_COMMENT);
    let at = (first..=last).rev().find(|at| {
        let comment = tail.get(at + 20..at + 22).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
        tail[*at..].starts_with(&END.to_le_bytes())
            && comment.is_some_and(|comment| at + END_SIZE + usize::from(comment) == tail.len())
    })?;
    let mut fields = Fields::at(&tail, at as u64 + 10)?;
    let (count, size, start) = (fields.u16()?, fields.u32()?, fields.u32()?);
    let short = Some((count.into(), size.into(), start.into()));
    if count != u16::MAX && size != u32::MAX && start != u32::MAX {
        return short;
    }
    let Some(locator) = at.checked_sub(LOCATOR64_SIZE) else { return short };
    let mut fields = Fields::at(&tail, locator as u64)?;
    if fields.u32()? != LOCATOR64 {
        return short;
    }
    fields.u32()?;
    let record = piece(fields.u64()?, END64_SIZE)?;
    let mut fields = Fields { bytes: &record };
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
    pub fn place(&self, path: &Path, archive: &[u8]) -> Result<(Range<usize>, bool)> {
        let offset = usize::try_from(self.offset).ok();
        let header = offset.and_then(|offset| archive.get(offset..)?.get(..LOCAL_SIZE));
        let (start, is_deflated) = self.placed(path, header, archive.len() as u64)?;
        Ok((start as usize..(start + self.packed) as usize, is_deflated))
    }

    /// Where the member's bytes begin, whose header this is, and whether they are deflated.
    fn placed(&self, path: &Path, header: Option<&[u8]>, length: u64) -> Result<(u64, bool)> {
        let wrong = |what: &str| damaged(path, &format!("is damaged: member {:?} {what}", self.name));
        let start = || {
            let mut fields = Fields { bytes: header? };
            if fields.u32()? != LOCAL {
                return None;
            }
            fields.bytes(22)?;
            let (name, extra) = (fields.u16()?, fields.u16()?);
            let start = self.offset.checked_add(LOCAL_SIZE as u64 + u64::from(name) + u64::from(extra))?;
            Some((start, length.checked_sub(start)?))
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
        Ok((start, is_deflated))
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
