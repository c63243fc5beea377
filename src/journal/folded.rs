//! The file of what was taken in of a journal, so that its segments could go. Whoever folds the journal
//! writes it; whoever recovers or reads the run reads it here.
//!
//! ```text
//! bytes 0 to 7   MLABFOLD       8 to 15   length of the JSON       then   the JSON, UTF-8
//! then           the lines in memory of each series in the order of the JSON's `series`
//! the last 4     CRC-32 of everything before
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::lanes::Reached;
use super::position::Logged;
use super::segment;
use crate::base::error::{Error, Result};
use crate::base::json::{self, Json};
use crate::base::{file, memory};

/// The file's name.
pub const FILE: &str = "folded";

/// The first bytes of the file.
pub const MAGIC: &[u8; 8] = b"MLABFOLD";

/// The saved part of a journal.
#[derive(Debug)]
pub struct Folded {
    /// Everything but the lines.
    pub json: Json,
    /// The lines in memory of each series, in the order of the JSON's `series`.
    pub tails: Vec<Vec<u8>>,
    /// How far the state's reader had got.
    pub state: Reached,
    /// How far the log's reader had got.
    pub log: Reached,
    /// How far the log had got.
    pub logged: Option<Logged>,
}

impl Folded {
    /// The saved part of the journal in `directory`, if anything was and it is whole.
    ///
    /// # Errors
    /// When it can't be read for the moment.
    pub fn read(directory: &Path) -> Result<Option<Self>> {
        let path = directory.join(FILE);
        let file = match file::open_to_read(&path) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|source| Error::io("open", &path, &source))?,
        };
        let length = file.metadata().map_err(|source| Error::io("look at", &path, &source))?.len();
        match Self::parse(&mut Checked::new(file), length) {
            Ok(folded) => Ok(folded),
            Err(source) if source.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
            Err(source) => Err(Error::io("read", &path, &source)),
        }
    }

    fn parse(input: &mut Checked, length: u64) -> std::io::Result<Option<Self>> {
        let head: [u8; 16] = input.array()?;
        let (magic, size) = head.split_at(8);
        let size = size.try_into().map_or(u64::MAX, u64::from_le_bytes);
        if magic != MAGIC || size > length {
            return Ok(None);
        }
        let json = input.bytes(size)?;
        let json = std::str::from_utf8(&json).ok().and_then(|text| json::parse(text).ok());
        let Some(folded) = json.and_then(|json| Self::of_json(json, input, length).transpose()) else {
            return Ok(None);
        };
        let (folded, crc) = (folded?, input.crc());
        Ok((input.array()? == crc.to_le_bytes()).then_some(folded))
    }

    fn of_json(json: Json, input: &mut Checked, length: u64) -> std::io::Result<Option<Self>> {
        let mut tails = Vec::new();
        for one in json.array_at("series") {
            let size = one.i64_at("tail").and_then(|size| u64::try_from(size).ok());
            let Some(size) = size.filter(|size| *size <= length) else { return Ok(None) };
            tails.push(input.bytes(size)?);
        }
        let whole = || {
            let number = |json: &Json, key: &str| u64::try_from(json.i64_at(key)?).ok();
            let logged = json.get("logged")?;
            let logged = number(logged, "length").zip(number(logged, "next"));
            Some((
                reached_of(json.get("state")?)?,
                reached_of(json.get("log")?)?,
                logged.map(|(length, next)| Logged { length, next }),
            ))
        };
        let Some((state, log, logged)) = whole() else { return Ok(None) };
        Ok(Some(Self { tails, state, log, logged, json }))
    }

    /// The series, as the JSON has them, with their lines in memory.
    pub fn series(&self) -> impl Iterator<Item = (&Json, &[u8])> {
        self.json.array_at("series").iter().zip(self.tails.iter().map(Vec::as_slice))
    }
}

/// The name of the second link to the file of a series, which an end makes before it makes an entry of it.
pub fn kept_name(spool: &str) -> String {
    format!("{spool}.kept")
}

/// How far was read, for the JSON.
pub fn reached_json(reached: &Reached) -> Json {
    let lane = |(id, (index, offset)): (&u64, &(u64, usize))| -> Json {
        vec![Json::from(*id), (*index).into(), (*offset as u64).into()].into()
    };
    Json::object([
        ("next", Json::from(reached.next)),
        ("lanes", reached.lanes.iter().map(lane).collect::<Vec<_>>().into()),
    ])
}

fn reached_of(json: &Json) -> Option<Reached> {
    let number = |json: &Json| match json {
        Json::BigInt(number) => number.parse().ok(),
        json => u64::try_from(json.as_i64()?).ok(),
    };
    let mut lanes = BTreeMap::new();
    for lane in json.get("lanes")?.as_array()? {
        let [id, index, offset] = lane.as_array()? else { return None };
        let (id, index) = (number(id)?, number(index)?);
        if id == 0 || index > segment::MOST {
            return None;
        }
        lanes.insert(id, (index, number(offset)? as usize));
    }
    Some(Reached { next: number(json.get("next")?)?, lanes })
}

/// A file that is read from its start, and the check of what was read.
struct Checked {
    file: BufReader<File>,
    crc: crc32fast::Hasher,
}

impl Checked {
    fn new(file: File) -> Self {
        Self { file: BufReader::with_capacity(256 << 10, file), crc: crc32fast::Hasher::new() }
    }

    fn crc(&self) -> u32 {
        self.crc.clone().finalize()
    }

    fn array<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        self.crc.update(&bytes);
        Ok(bytes)
    }

    /// `size` bytes, of which the file has as many; a damaged one may be larger than the memory.
    fn bytes(&mut self, size: u64) -> std::io::Result<Vec<u8>> {
        let size = size as usize;
        memory::check(size).map_err(|_| std::io::ErrorKind::OutOfMemory)?;
        let mut bytes = vec![0; size];
        self.file.read_exact(&mut bytes)?;
        self.crc.update(&bytes);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_no_lane_can_have_is_refused() {
        let reached =
            |lane: &str| reached_of(&json::parse(&format!(r#"{{"next": 7, "lanes": [{lane}]}}"#)).unwrap());
        let whole = reached("[1, 2, 8], [3, 0, 16]").unwrap();
        assert_eq!((whole.next, whole.lanes.len(), whole.lanes[&1]), (7, 2, (2, 8)));
        assert_eq!(reached_of(&reached_json(&whole)).unwrap().lanes, whole.lanes);
        for lane in
            ["[0, 2, 8]", "[1, 4294967296, 8]", "[1, 18446744073709551615, 8]", "[1, -1, 8]", "[1, 2]"]
        {
            assert!(reached(lane).is_none(), "{lane}");
        }
    }
}
