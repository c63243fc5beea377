//! Archives in the format of tar: ustar, with a pax header before what does not fit into one. Our own, and not
//! the crate `tar`: that one writes GNU's extensions where names are long, and moves files through small buffers.

use std::borrow::Cow;
use std::io::{self, Read};

/// Every header, and the data of every member, fills a whole number of blocks.
pub const BLOCK: u64 = 512;

/// Bytes of zeros at the end of an archive.
pub const END: u64 = 2 * BLOCK;

/// The first size, and the first time, that does not fit into the digits of a header.
const TOO_LARGE: u64 = 1 << 33;

/// The bytes of a name that fit into a header.
const NAME: usize = 100;

/// No name and no target of a link is longer: the system allows 4096 bytes.
const LONGEST: u64 = 64 << 10;

/// The kind of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File = b'0' as isize,
    /// A symbolic link.
    Link = b'2' as isize,
    /// A directory.
    Directory = b'5' as isize,
}

/// A member of an archive, without its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its path, relative, without a slash at the end.
    pub path: Cow<'a, [u8]>,
    /// Permissions.
    pub mode: u32,
    /// Seconds since 1970.
    pub modified: i64,
    /// Bytes of data.
    pub size: u64,
    /// Where a link leads.
    pub target: Cow<'a, [u8]>,
}

/// Bytes of zeros after `size` bytes of data.
pub fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK) - size
}

impl Member<'_> {
    /// Everything that comes before its data.
    pub fn header(&self) -> Vec<u8> {
        let mut path = self.path.to_vec();
        if self.kind == Kind::Directory {
            path.push(b'/');
        }
        let seconds = u64::try_from(self.modified).ok().filter(|seconds| *seconds < TOO_LARGE);
        let mut records = Vec::new();
        if path.len() > NAME {
            record(&mut records, "path", &path);
        }
        if self.target.len() > NAME {
            record(&mut records, "linkpath", &self.target);
        }
        if self.size >= TOO_LARGE {
            record(&mut records, "size", self.size.to_string().as_bytes());
        }
        if seconds.is_none() {
            record(&mut records, "mtime", self.modified.to_string().as_bytes());
        }
        let mut header = Vec::new();
        if !records.is_empty() {
            let size = records.len() as u64;
            header.extend(block(b"PaxHeaders/member", b'x', 0o644, size, 0, b""));
            header.extend(records);
            header.resize(header.len() + padding(size) as usize, 0);
        }
        let size = if self.size < TOO_LARGE { self.size } else { 0 };
        header.extend(block(&path, self.kind as u8, self.mode, size, seconds.unwrap_or(0), &self.target));
        header
    }
}

/// Adds a pax record, which begins with its own length.
fn record(records: &mut Vec<u8>, key: &str, value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    records.extend(format!("{length} {key}=").bytes());
    records.extend(value);
    records.push(b'\n');
}

/// One block. What is too long is cut, and stands in a pax header.
fn block(path: &[u8], kind: u8, mode: u32, size: u64, modified: u64, target: &[u8]) -> [u8; BLOCK as usize] {
    let mut block = [0; BLOCK as usize];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &path[..path.len().min(NAME)]);
    put(100, format!("{:07o}\0{:07o}\0{:07o}\0", mode & 0o7777, 0, 0).as_bytes());
    put(124, format!("{size:011o}\0{modified:011o}\0        ").as_bytes());
    put(156, &[kind]);
    put(157, &target[..target.len().min(NAME)]);
    put(257, b"ustar\x0000");
    put(329, b"0000000\x000000000\0");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Reads an archive that was written here, to its end. Shows each member, and its data, to `each`.
///
/// # Errors
/// When it can't be read, is none of ours, and those of `each`.
pub fn read(
    from: &mut impl Read,
    mut each: impl FnMut(Member<'_>, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let mut later = Records::default();
    loop {
        let mut block = [0; BLOCK as usize];
        from.read_exact(&mut block)?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let (size, modified) = (octal(&block[124..136])?, octal(&block[136..148])?);
        let kind = match block[156] {
            b'x' if size <= 4 * LONGEST => {
                let mut text = vec![0; (size + padding(size)) as usize];
                from.read_exact(&mut text)?;
                later = Records::read(&text[..size as usize])?;
                continue;
            }
            b'0' => Kind::File,
            b'2' => Kind::Link,
            b'5' => Kind::Directory,
            _ => return Err(invalid("has a member of an unknown kind")),
        };
        let records = std::mem::take(&mut later);
        let size = records.size.unwrap_or(size);
        let mut path = records.path.unwrap_or_else(|| until_zero(&block[..NAME]).to_vec());
        if kind == Kind::Directory && path.last() == Some(&b'/') {
            path.pop();
        }
        let member = Member {
            kind,
            path: path.into(),
            mode: octal(&block[100..108])? as u32,
            modified: records.modified.unwrap_or(modified as i64),
            size,
            target: records.target.unwrap_or_else(|| until_zero(&block[157..257]).to_vec()).into(),
        };
        let mut data = from.by_ref().take(size);
        each(member, &mut data)?;
        let left = data.limit() + padding(size);
        if io::copy(&mut from.by_ref().take(left), &mut io::sink())? != left {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The records of a pax header.
#[derive(Default)]
struct Records {
    path: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    size: Option<u64>,
    modified: Option<i64>,
}

impl Records {
    fn read(mut text: &[u8]) -> io::Result<Self> {
        let mut found = Self::default();
        let wrong = || invalid("has a damaged pax header");
        let number = |value: &[u8]| std::str::from_utf8(value).ok().map(str::to_owned).ok_or_else(wrong);
        while !text.is_empty() {
            let blank = text.iter().position(|byte| *byte == b' ').ok_or_else(wrong)?;
            let length: usize = number(&text[..blank])?.parse().map_err(|_| wrong())?;
            let record = text.get(blank + 1..length).and_then(|record| record.strip_suffix(b"\n"));
            let record = record.ok_or_else(wrong)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
            let value = &record[equals + 1..];
            match &record[..equals] {
                b"path" => found.path = Some(value.to_vec()),
                b"linkpath" => found.target = Some(value.to_vec()),
                b"size" => {
                    let size: i64 = number(value)?.parse().map_err(|_| wrong())?;
                    found.size = Some(u64::try_from(size).map_err(|_| wrong())?);
                }
                b"mtime" => found.modified = Some(number(value)?.parse().map_err(|_| wrong())?),
                _ => {}
            }
            text = &text[length..];
        }
        Ok(found)
    }
}

fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn octal(field: &[u8]) -> io::Result<u64> {
    let text = std::str::from_utf8(until_zero(field)).ok();
    text.and_then(|text| u64::from_str_radix(text.trim(), 8).ok())
        .ok_or_else(|| invalid("has a damaged header"))
}

fn invalid(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the archive {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(path: &[u8], size: u64) -> Member<'_> {
        Member { kind: Kind::File, path: path.into(), mode: 0o640, modified: 7, size, target: b"".into() }
    }

    #[test]
    fn members_come_back_as_they_were() {
        let long = [b"d/".repeat(60).as_slice(), b"\xff\n=x"].concat();
        let members = [
            member(b"a", 3),
            Member { kind: Kind::Directory, ..member(&[b'b'; 100], 0) },
            Member { kind: Kind::Link, target: long.as_slice().into(), ..member(&long, 0) },
            Member { modified: -3, ..member(&[b'c'; 100], 512) },
            Member { modified: 1 << 40, ..member(&[b'e'; 99], 0) },
        ];
        let mut archive = Vec::new();
        for member in &members {
            archive.extend(member.header());
            assert_eq!(archive.len() as u64 % BLOCK, 0);
            archive.extend(vec![b'x'; member.size as usize]);
            archive.resize(archive.len() + padding(member.size) as usize, 0);
        }
        archive.resize(archive.len() + END as usize, 0);
        let mut found = Vec::new();
        let mut each = |member: Member<'_>, data: &mut dyn Read| {
            let mut text = Vec::new();
            // One that nobody reads is passed over.
            if member.size == 3 {
                data.read_to_end(&mut text)?;
                assert_eq!(text, b"xxx");
            }
            found.push(Member {
                path: member.path.into_owned().into(),
                target: member.target.into_owned().into(),
                ..member
            });
            Ok(())
        };
        read(&mut archive.as_slice(), &mut each).unwrap();
        assert_eq!(found, members);
        for cut in [1, 600, archive.len() - 1024] {
            assert!(read(&mut &archive[..cut], |_, _| Ok(())).is_err(), "{cut}");
        }
    }

    #[test]
    fn sizes_beyond_a_header_are_in_a_record() {
        let large = member(b"a", 1 << 33);
        let header = large.header();
        assert_eq!(header.len() as u64, 3 * BLOCK);
        assert!(header[512..].starts_with(b"19 size=8589934592\n"));
        assert_eq!(member(b"a", (1 << 33) - 1).header().len() as u64, BLOCK);
    }

    #[test]
    fn a_size_that_no_file_can_have_is_damage() {
        for size in ["18446744073709551615", "9223372036854775808", "-1"] {
            let mut archive = Vec::new();
            record(&mut archive, "size", size.as_bytes());
            assert!(Records::read(&archive).is_err(), "{size}");
        }
    }

    #[test]
    fn a_record_counts_its_own_length() {
        for length in 1..300 {
            let mut text = Vec::new();
            record(&mut text, "path", &vec![b'a'; length]);
            let number: usize = String::from_utf8_lossy(&text).split(' ').next().unwrap().parse().unwrap();
            assert_eq!(number, text.len());
        }
    }
}
