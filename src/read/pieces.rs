//! The points of a file of a series, a piece at a time, so that one of any length needs little memory.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::entry::{self, Content, Points};
use super::file::damaged;
use super::scan::Scan;
use crate::base::error::{Error, Result};
use crate::base::file;
use crate::base::json::Json;
use crate::base::value::{Scalar, Value};
use crate::store::series::HEAD;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

/// The value of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// A number or boolean.
    Scalar(Scalar),
    /// Nothing.
    Missing,
    /// A text, or another value that is no number.
    Other,
}

/// A value as a float.
pub fn number(value: Scalar) -> f64 {
    match value {
        Scalar::F64(value) => value,
        Scalar::I64(value) => value as f64,
        Scalar::Bool(value) => f64::from(u8::from(value)),
    }
}

/// Shows points that are in memory.
fn show(points: &Points, take: &mut impl FnMut(i64, Cell)) {
    let (values, valid) = (points.values.values(), points.values.valid());
    for (place, step) in points.steps.iter().enumerate() {
        let is_there = valid.get(place).is_none_or(|valid| *valid != 0);
        take(
            *step,
            match values.get(place).filter(|_| is_there) {
                Some(Value::Scalar(value)) => Cell::Scalar(value),
                Some(Value::Text(_)) => Cell::Other,
                None => Cell::Missing,
            },
        );
    }
}

/// Shows the points of lines `[step,value],` but for the first `skipped`; returns how many lines there are.
///
/// # Errors
/// When there is anything else.
pub fn lines(text: &[u8], skipped: u64, take: &mut impl FnMut(i64, Cell)) -> Result<u64> {
    let (mut rest, mut left) = (text, skipped);
    while left > 0 && !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        (rest, left) = (&rest[end..], left - 1);
    }
    let mut scan = Scan::new(rest);
    let (count, _) = points(&mut scan, take)?;
    scan.end()?;
    Ok(skipped - left + count)
}

/// Shows the points that are next; returns how many there are, and whether the last one has no comma.
///
/// # Errors
/// When one is damaged.
fn points(scan: &mut Scan<'_>, take: &mut impl FnMut(i64, Cell)) -> Result<(u64, bool)> {
    let mut count = 0;
    loop {
        scan.usual_points(&mut |step, value| {
            count += 1;
            take(step, Cell::Scalar(value));
        });
        if !scan.take(b'[') {
            return Ok((count, false));
        }
        let step = scan.integer()?;
        scan.need(b',')?;
        let cell = match scan.scalar()? {
            Ok(value) => Cell::Scalar(value),
            Err(Json::Null) => Cell::Missing,
            Err(_) => Cell::Other,
        };
        take(step, cell);
        count += 1;
        scan.need(b']')?;
        if !scan.take(b',') {
            return Ok((count, true));
        }
    }
}

/// Shows the points of a file in which a series grows, from a byte to another one, but for the first
/// `skipped`; returns how many lines there are. Nothing if there is no such file.
///
/// # Errors
/// When it can't be read, and those of `between`, which is called after each piece.
pub fn spool(
    path: &Path,
    bytes: std::ops::Range<u64>,
    skipped: u64,
    take: &mut impl FnMut(i64, Cell),
    between: &mut dyn FnMut() -> Result<()>,
) -> Result<Option<u64>> {
    let Some(mut file) = open(path)? else { return Ok(None) };
    let failed = |source: std::io::Error| Error::io("read", path, &source);
    if file.metadata().map_err(failed)?.len() < bytes.end {
        return Err(damaged(path, "is shorter than its journal says"));
    }
    let mut start = bytes.start;
    if start == 0 && bytes.end > 0 {
        let mut head = [0; HEAD.len()];
        file.read_exact(&mut head).map_err(failed)?;
        if head != HEAD {
            return Err(damaged(path, "is no series"));
        }
        start = HEAD.len() as u64;
    }
    file.seek(SeekFrom::Start(start)).map_err(failed)?;
    let (mut file, mut count) = (file.take(bytes.end.saturating_sub(start)), 0);
    each_piece(&mut file, path, &mut |whole| {
        let found = lines(whole, skipped.saturating_sub(count), take);
        count += found.map_err(|error| damaged(path, &format!("is damaged: {error}")))?;
        between().map(|()| true)
    })?;
    Ok(Some(count))
}

/// Shows the points of an entry; returns how many it has, or nothing if it is not there or no series.
///
/// # Errors
/// When it can't be read.
pub fn whole(path: &Path, take: &mut impl FnMut(i64, Cell)) -> Result<Option<u64>> {
    let Some(mut file) = open(path)? else { return Ok(None) };
    let mut head = [0; HEAD.len() + 1];
    let is_ours = file.read_exact(&mut head).is_ok() && head[..HEAD.len()] == *HEAD;
    if !is_ours || head[HEAD.len()] != b'[' {
        // Laid out in another way, as Python's are.
        let Some(entry) = entry::read(path)? else { return Ok(None) };
        let Content::Points(points) = entry.content else { return Ok(None) };
        show(&points, take);
        return Ok(Some(points.steps.len() as u64));
    }
    file.seek(SeekFrom::Start(HEAD.len() as u64)).map_err(|source| Error::io("read", path, &source))?;
    let mut count = 0;
    each_piece(&mut file.take(u64::MAX), path, &mut |text| {
        let found = points(&mut Scan::new(text), take);
        let (more, is_last) = found.map_err(|error| damaged(path, &format!("is damaged: {error}")))?;
        count += more;
        Ok(!is_last)
    })?;
    Ok(Some(count))
}

/// Opens a regular file, if it is there.
fn open(path: &Path) -> Result<Option<File>> {
    let file = match file::open_to_read(path) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|source| Error::io("open", path, &source))?,
    };
    match file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        true => Ok(Some(file)),
        false => Err(damaged(path, "is no file")),
    }
}

/// Shows whole lines, many at a time, until `show` returns false.
fn each_piece(
    file: &mut std::io::Take<File>,
    path: &Path,
    show: &mut impl FnMut(&[u8]) -> Result<bool>,
) -> Result<()> {
    let mut text = Vec::new();
    loop {
        let before = text.len();
        let piece = std::io::Read::by_ref(file).take(PIECE as u64).read_to_end(&mut text);
        piece.map_err(|source| Error::io("read", path, &source))?;
        let is_end = text.len() == before;
        let end = match text.iter().rposition(|byte| *byte == b'\n') {
            Some(end) if !is_end => end + 1,
            None if !is_end => continue,
            _ => text.len(),
        };
        if end > 0 && !show(&text[..end])? || is_end {
            return Ok(());
        }
        text.drain(..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_grows_is_shown_from_a_byte_on() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s");
        let all: Vec<String> = (0..200_000).map(|step| format!("[{step},{}.5],\n", step % 7)).collect();
        let text = format!("{}{}", std::str::from_utf8(HEAD).unwrap(), all.concat());
        std::fs::write(&path, &text).unwrap();
        let read = |bytes, skipped| {
            let mut steps = Vec::new();
            let mut take = |step: i64, value: Cell| {
                assert_eq!(value, Cell::Scalar(Scalar::F64((step % 7) as f64 + 0.5)));
                steps.push(step);
            };
            let count = spool(&path, bytes, skipped, &mut take, &mut || Ok(())).unwrap().unwrap();
            (count, steps)
        };
        let end = text.len() as u64;
        assert_eq!(read(0..end, 0), (200_000, (0..200_000).collect()));
        assert_eq!(read(0..end, 150_000), (200_000, (150_000..200_000).collect()));
        let last = end - (all[199_999].len() + all[199_998].len()) as u64;
        assert_eq!(read(last..end, 1), (2, vec![199_999]));
        assert_eq!((read(end..end, 0), read(0..0, 0)), ((0, vec![]), (0, vec![])));
        let mut none = |_, _: Cell| panic!();
        assert!(spool(&path, 0..end + 1, 0, &mut none, &mut || Ok(())).is_err());
        assert_eq!(spool(&place.path().join("none"), 0..1, 0, &mut none, &mut || Ok(())).unwrap(), None);
    }

    #[test]
    fn an_entry_is_shown_whole_however_it_is_laid_out() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("s.json");
        let end = "\n  ],\n  \"dtype\": null,\n  \"metadata\": {\"type\": \"stepped_metric\"},\n  \"shape\": [9, 2]\n}";
        for count in [1_i64, 2, 100_000] {
            let points: Vec<String> = (0..count).map(|step| format!("[{step},{step}]")).collect();
            for between in [",\n", ",\n    "] {
                let text = format!("{{\n  \"data\": [\n{}{end}", points.join(between));
                let text = if between.len() > 2 { text.replace("\n[", "\n    [") } else { text };
                std::fs::write(&path, text).unwrap();
                let mut steps = Vec::new();
                let found = whole(&path, &mut |step, value| {
                    assert_eq!(value, Cell::Scalar(Scalar::I64(step)));
                    steps.push(step);
                });
                assert_eq!(found.unwrap(), Some(count as u64));
                assert!(steps.into_iter().eq(0..count));
            }
        }
        std::fs::write(&path, "{\"data\": {}, \"metadata\": {}}").unwrap();
        assert_eq!(whole(&path, &mut |_, _| panic!()).unwrap(), None);
    }
}
