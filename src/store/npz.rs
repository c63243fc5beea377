//! Uncompressed .npz files: a ZIP archive of .npy members whose data are aligned to 64 bytes.

use std::collections::HashSet;

use crate::base::array::{DType, Order, extent};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::name;

/// numpy aligns the data of a .npy to this; here it holds for the member within the archive too.
const ALIGN: usize = 64;

const ZIP64: u16 = 45;
const PLAIN: u16 = 20;
/// 1980-01-01, as numpy writes it: the archive's bytes depend on the arrays alone.
const DOS_DATE: u16 = 0x0021;
/// The extra field that pads a local header; readers skip what they don't know.
const PADDING_ID: u16 = 0x4C4D;

/// Where a member lies in the archive.
#[derive(Debug, Clone)]
pub struct Member {
    name: String,
    npy: Vec<u8>,
    size: u64,
    offset: u64,
    crc: u32,
}

/// The layout of an archive whose arrays are known by type and shape.
#[derive(Debug, Clone)]
pub struct Layout {
    members: Vec<Member>,
    end: u64,
}

/// An array to be stored.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The key that numpy.load gives.
    pub name: &'a str,
    /// Element type.
    pub dtype: DType,
    /// Order of the elements.
    pub order: Order,
    /// Extents.
    pub shape: &'a [u64],
}

/// Accepts the names of arrays that stay where they are unzipped, on any system, and that numpy.load
/// gives back.
///
/// # Errors
/// [`ErrorKind::Name`] for one that is no [`name`](crate::base::name), leads out of a directory, or ends
/// in `.npy`.
pub fn check_key(key: &str) -> Result<()> {
    name::check(key).map_err(|error| error.context("array name"))?;
    let refuse = |problem: &str| Err(Error::new(ErrorKind::Name, format!("array name {key:?} {problem}")));
    let has_drive = matches!(key.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if key.starts_with(['/', '\\']) || has_drive || key.split(['/', '\\']).any(|part| part == "..") {
        return refuse("leads out of the directory in which the file is unzipped");
    }
    if key.ends_with(".npy") {
        return refuse("must not end in .npy, which numpy takes off");
    }
    Ok(())
}

/// The .npy header of an array.
fn npy_header(entry: &Entry<'_>) -> Vec<u8> {
    let extents: Vec<String> = entry.shape.iter().map(u64::to_string).collect();
    // A tuple of one has a comma.
    let shape = format!("({}{})", extents.join(", "), if extents.len() == 1 { "," } else { "" });
    let order = if entry.order == Order::F { "True" } else { "False" };
    let text =
        format!("{{'descr': '{}', 'fortran_order': {order}, 'shape': {shape}, }}", entry.dtype.descr());
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    let length = (10 + text.len() + 1).next_multiple_of(ALIGN) - 10;
    // 32 extents of 20 digits stay far below the 65,535 bytes of version 1.
    header.extend((length as u16).to_le_bytes());
    header.extend(text.as_bytes());
    header.resize(10 + length - 1, b' ');
    header.push(b'\n');
    header
}

impl Layout {
    /// The layout of an archive of these arrays.
    ///
    /// # Errors
    /// When a shape is absurd or a name occurs twice.
    pub fn new(entries: &[Entry<'_>]) -> Result<Self> {
        let mut layout = Self { members: Vec::with_capacity(entries.len()), end: 0 };
        let mut names = HashSet::with_capacity(entries.len());
        for entry in entries {
            let (_, bytes) = extent(entry.dtype, entry.shape)?;
            if !names.insert(entry.name) {
                return Err(Error::new(ErrorKind::Name, format!("two arrays are named {:?}", entry.name)));
            }
            let name = format!("{}.npy", entry.name);
            let npy = npy_header(entry);
            let member =
                Member { size: npy.len() as u64 + bytes as u64, npy, name, offset: layout.end, crc: 0 };
            layout.end = member.data_end();
            layout.members.push(member);
        }
        Ok(layout)
    }

    /// The members, in their order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Says what the CRC-32 of a member is: of its `header()` and data.
    pub fn set_crc(&mut self, member: usize, crc: u32) {
        self.members[member].crc = crc;
    }

    /// The directory, which comes after the last member's data.
    pub fn directory(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for member in &self.members {
            member.central_header(&mut out);
        }
        let size = out.len() as u64;
        let count = self.members.len() as u64;
        let large = self.end > u64::from(u32::MAX - 1) || count > 0xFFFE || size > u64::from(u32::MAX - 1);
        if large {
            let at = self.end + size;
            put32(&mut out, 0x0606_4B50);
            put64(&mut out, 44);
            put16(&mut out, ZIP64);
            put16(&mut out, ZIP64);
            put32(&mut out, 0);
            put32(&mut out, 0);
            put64(&mut out, count);
            put64(&mut out, count);
            put64(&mut out, size);
            put64(&mut out, self.end);
            put32(&mut out, 0x0706_4B50);
            put32(&mut out, 0);
            put64(&mut out, at);
            put32(&mut out, 1);
        }
        put32(&mut out, 0x0605_4B50);
        put16(&mut out, 0);
        put16(&mut out, 0);
        let short = if large { 0xFFFF } else { count as u16 };
        put16(&mut out, short);
        put16(&mut out, short);
        put32(&mut out, if large { u32::MAX } else { size as u32 });
        put32(&mut out, if large { u32::MAX } else { self.end as u32 });
        put16(&mut out, 0);
        out
    }

    /// Bytes of the whole archive.
    pub fn size(&self) -> u64 {
        self.end + self.directory().len() as u64
    }
}

impl Member {
    fn is_large(&self) -> bool {
        self.size > u64::from(u32::MAX - 1) || self.offset > u64::from(u32::MAX - 1)
    }

    /// Bytes of the ZIP64 field and of the padding that aligns the data.
    fn extra(&self) -> (usize, usize) {
        let zip64 = if self.is_large() { 20 } else { 0 };
        let fixed = self.offset as usize + 30 + self.name.len() + zip64;
        let padding = match ALIGN - fixed % ALIGN {
            ALIGN => 0,
            // A field has four bytes of its own.
            padding if padding < 4 => padding + ALIGN,
            padding => padding,
        };
        (zip64, padding)
    }

    /// Where the .npy begins.
    pub fn npy_offset(&self) -> u64 {
        let (zip64, padding) = self.extra();
        self.offset + (30 + self.name.len() + zip64 + padding) as u64
    }

    /// Where the elements begin, aligned to 64 bytes.
    pub fn data_offset(&self) -> u64 {
        self.npy_offset() + self.npy.len() as u64
    }

    /// Where the elements end.
    pub fn data_end(&self) -> u64 {
        self.npy_offset() + self.size
    }

    /// Where the member begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The .npy header, the first bytes that the CRC-32 covers.
    pub fn npy(&self) -> &[u8] {
        &self.npy
    }

    /// The header before the elements.
    pub fn header(&self) -> Vec<u8> {
        let (zip64, padding) = self.extra();
        let mut out = Vec::with_capacity(256);
        put32(&mut out, 0x0403_4B50);
        self.common(&mut out, zip64 + padding, zip64 != 0);
        out.extend(self.name.as_bytes());
        if zip64 != 0 {
            put16(&mut out, 1);
            put16(&mut out, 16);
            put64(&mut out, self.size);
            put64(&mut out, self.size);
        }
        if padding != 0 {
            put16(&mut out, PADDING_ID);
            put16(&mut out, padding as u16 - 4);
            out.resize(out.len() + padding - 4, 0);
        }
        out.extend(&self.npy);
        out
    }

    /// The part that local and central header share: version to extra length.
    fn common(&self, out: &mut Vec<u8>, extra: usize, large: bool) {
        put16(out, if large { ZIP64 } else { PLAIN });
        // Bit 11: the name is UTF-8.
        put16(out, if self.name.is_ascii() { 0 } else { 1 << 11 });
        put16(out, 0);
        put16(out, 0);
        put16(out, DOS_DATE);
        put32(out, self.crc);
        let size = if large { u32::MAX } else { self.size as u32 };
        put32(out, size);
        put32(out, size);
        put16(out, self.name.len() as u16);
        put16(out, extra as u16);
    }

    fn central_header(&self, out: &mut Vec<u8>) {
        let large = self.is_large();
        put32(out, 0x0201_4B50);
        // Made on Unix, so that the attributes below are read as a mode.
        put16(out, 3 << 8 | if large { ZIP64 } else { PLAIN });
        self.common(out, if large { 28 } else { 0 }, large);
        put16(out, 0);
        put16(out, 0);
        put16(out, 0);
        put32(out, 0o600 << 16);
        put32(out, if large { u32::MAX } else { self.offset as u32 });
        out.extend(self.name.as_bytes());
        if large {
            put16(out, 1);
            put16(out, 24);
            put64(out, self.size);
            put64(out, self.size);
            put64(out, self.offset);
        }
    }
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend(value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend(value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend(value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(name: &'a str, shape: &'a [u64]) -> Entry<'a> {
        Entry { name, dtype: DType::Float64, order: Order::C, shape }
    }

    #[test]
    fn headers_are_numpys() {
        let header =
            |shape: &[u64]| String::from_utf8_lossy(&npy_header(&entry("a", shape))[10..]).into_owned();
        let text = |shape| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        assert_eq!(header(&[]).trim_end(), text("()"));
        assert_eq!(header(&[3]).trim_end(), text("(3,)"));
        assert_eq!(header(&[2, 3]).trim_end(), text("(2, 3)"));
        assert_eq!(npy_header(&entry("a", &[2, 3])).len() % ALIGN, 0);
    }

    #[test]
    fn data_are_aligned_wherever_they_lie() {
        for length in 1..200 {
            let name = "n".repeat(length);
            let layout =
                Layout::new(&[entry(&name, &[3]), entry("b", &[5]), entry("c", &[u64::MAX >> 8, 0])]);
            let layout = layout.unwrap();
            for member in layout.members() {
                assert_eq!(member.data_offset() % ALIGN as u64, 0, "{length}");
                assert_eq!(member.offset() + member.header().len() as u64, member.data_offset());
            }
            assert_eq!(layout.members()[1].offset(), layout.members()[0].data_end());
        }
    }

    #[test]
    fn large_archives_are_zip64() {
        let layout = Layout::new(&[entry("a", &[1 << 30]), entry("b", &[4])]).unwrap();
        for member in layout.members() {
            assert_eq!(member.data_offset() % ALIGN as u64, 0);
            assert_eq!(member.offset() + member.header().len() as u64, member.data_offset());
        }
        assert_eq!(layout.directory().windows(4).filter(|four| four == b"PK\x06\x06").count(), 1);
    }

    #[test]
    fn equal_names_are_refused() {
        assert!(Layout::new(&[entry("a", &[1]), entry("a", &[1])]).is_err());
    }

    #[test]
    fn names_lead_nowhere_else() {
        for key in
            ["/abs", "\\abs", "..", "../up", "a/../../up", "a\\..\\up", "C:\\x", "c:x", "x.npy", "", "a\0"]
        {
            assert_eq!(check_key(key).unwrap_err().kind(), ErrorKind::Name, "{key:?}");
        }
        for key in ["a/b", "a..b", "...", ".hidden", "a/..b", "α", "a b", "file", "mach:2", "u.npy.x"] {
            check_key(key).unwrap();
        }
    }
}
