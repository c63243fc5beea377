//! Event files of TensorBoard: scalars, as old and new writers have them.

use std::path::{Path, PathBuf};

use super::{Point, Points};
use crate::failure::{Failure, Result};
use crate::tensorboard::mask;

/// The series of wall times.
const WALL_TIME: &str = "wall_time";

/// A field of a message.
enum Field<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(&'a [u8]),
}

/// Reads the files, in the order of their names.
pub fn read(files: &[PathBuf]) -> Result<Points> {
    let mut points = Points::new();
    for path in files {
        let content = std::fs::read(path);
        let content =
            content.map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))?;
        records(path, &content, &mut points)?;
    }
    Ok(points)
}

/// Reads records up to the end; a last one that is cut short is of a writer that goes on, or was killed.
fn records(path: &Path, content: &[u8], points: &mut Points) -> Result<()> {
    let mut rest = content;
    let wrong = |rest: &[u8]| {
        let at = content.len() - rest.len();
        Failure::new(format!("{} is damaged at byte {at}", path.display()))
    };
    while let Some((head, after)) = rest.split_at_checked(12) {
        let (length, crc) = head.split_at(8);
        if mask(length).to_le_bytes() != crc {
            return Err(wrong(rest));
        }
        let length = u64::from_le_bytes(length.try_into().unwrap_or_default());
        let Some((data, after)) =
            usize::try_from(length).ok().and_then(|length| after.split_at_checked(length))
        else {
            return Ok(());
        };
        let Some((crc, after)) = after.split_at_checked(4) else { return Ok(()) };
        if mask(data).to_le_bytes() != crc || event(data, points).is_none() {
            return Err(wrong(rest));
        }
        rest = after;
    }
    Ok(())
}

/// Reads an `Event`.
fn event(data: &[u8], points: &mut Points) -> Option<()> {
    let (mut wall_time, mut step, mut summary) = (None, 0_i64, None);
    fields(data, |number, field| match (number, field) {
        (1, Field::Fixed64(bytes)) => wall_time = Some(f64::from_le_bytes(bytes)),
        (2, Field::Varint(value)) => step = value as i64,
        (5, Field::Bytes(bytes)) => summary = Some(bytes),
        _ => {}
    })?;
    let mut values = Vec::new();
    fields(summary.unwrap_or_default(), |number, field| {
        if let (1, Field::Bytes(bytes)) = (number, field) {
            values.push(bytes);
        }
    })?;
    let mut is_any = false;
    for value in values {
        if let Some((tag, value)) = scalar(value)? {
            points.entry(tag).or_default().push((step, Point::Float(value)));
            is_any = true;
        }
    }
    if let Some(time) = wall_time.filter(|_| is_any) {
        let times = points.entry(WALL_TIME.to_owned()).or_default();
        // One for each step, not for each tag.
        if times.last().is_none_or(|(last, _)| *last != step) {
            times.push((step, Point::Float(time)));
        }
    }
    Some(())
}

/// Reads a `Summary.Value`; nothing where it is no number.
fn scalar(data: &[u8]) -> Option<Option<(String, f64)>> {
    let (mut tag, mut found, mut tensor_bytes) = (None, None, None);
    fields(data, |number, field| match (number, field) {
        (1, Field::Bytes(bytes)) => tag = String::from_utf8(bytes.to_vec()).ok(),
        (2, Field::Fixed32(bytes)) => found = Some(f64::from(f32::from_le_bytes(bytes))),
        (8, Field::Bytes(bytes)) => tensor_bytes = Some(bytes),
        _ => {}
    })?;
    if let (None, Some(bytes)) = (found, tensor_bytes) {
        found = tensor(bytes)?;
    }
    Some(tag.zip(found))
}

/// The number in a `TensorProto` that has one.
fn tensor(data: &[u8]) -> Option<Option<f64>> {
    let (mut kind, mut content, mut value) = (0, None, None);
    fields(data, |number, field| match (number, field) {
        (1, Field::Varint(number)) => kind = number,
        (4, Field::Bytes(bytes)) => content = Some(bytes),
        // One value, packed or not: float_val, double_val, int_val, int64_val.
        (5, Field::Bytes(bytes)) => value = four(bytes).map(|four| f64::from(f32::from_le_bytes(four))),
        (5, Field::Fixed32(bytes)) => value = Some(f64::from(f32::from_le_bytes(bytes))),
        (6, Field::Bytes(bytes)) => value = eight(bytes).map(f64::from_le_bytes),
        (6, Field::Fixed64(bytes)) => value = Some(f64::from_le_bytes(bytes)),
        (7 | 10, Field::Varint(number)) => value = Some(number as i64 as f64),
        (7 | 10, Field::Bytes(bytes)) => value = varint(&mut &*bytes).map(|number| number as i64 as f64),
        _ => {}
    })?;
    // The elements as they lie in memory: DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64.
    let of_content = |bytes: &[u8]| match kind {
        1 => four(bytes).map(|four| f64::from(f32::from_le_bytes(four))),
        2 => eight(bytes).map(f64::from_le_bytes),
        3 => four(bytes).map(|four| f64::from(i32::from_le_bytes(four))),
        9 => eight(bytes).map(|eight| i64::from_le_bytes(eight) as f64),
        _ => None,
    };
    Some(value.or_else(|| of_content(content?)))
}

fn four(bytes: &[u8]) -> Option<[u8; 4]> {
    bytes.try_into().ok()
}

fn eight(bytes: &[u8]) -> Option<[u8; 8]> {
    bytes.try_into().ok()
}

/// Shows `each` the fields of a message; nothing where it is none.
fn fields<'a>(mut data: &'a [u8], mut each: impl FnMut(u64, Field<'a>)) -> Option<()> {
    while !data.is_empty() {
        let key = varint(&mut data)?;
        let field = match key & 7 {
            0 => Field::Varint(varint(&mut data)?),
            1 => Field::Fixed64(eight(take(&mut data, 8)?)?),
            2 => {
                let length = usize::try_from(varint(&mut data)?).ok()?;
                Field::Bytes(take(&mut data, length)?)
            }
            5 => Field::Fixed32(four(take(&mut data, 4)?)?),
            _ => return None,
        };
        each(key >> 3, field);
    }
    Some(())
}

fn take<'a>(data: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, rest) = data.split_at_checked(count)?;
    *data = rest;
    Some(head)
}

fn varint(data: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = data.split_first()?;
        *data = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
