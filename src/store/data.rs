//! Structured data: a JSON document or an array, as an entry in `results/`.

use std::io::Write;

use crate::base::array::{DType, extent, half};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Json, Object};

/// Elements up to which an array is laid out as Python would.
const PRETTY: usize = 1000;

/// Lists that an array without elements may have, where its outer extents still count.
const MOST_EMPTY_LISTS: u64 = 1_000_000;

/// Writes the entry of a document.
///
/// # Errors
/// Whatever `out` meets.
pub fn write_document(out: &mut dyn Write, document: &Json, metadata: &Object) -> std::io::Result<()> {
    let entry = Json::object([
        ("data", document.clone()),
        ("dtype", Json::Null),
        ("shape", Json::Null),
        ("metadata", metadata.clone().into()),
    ]);
    out.write_all(entry.to_pretty().as_bytes())
}

/// Checks that an entry of this shape can be written from `size` bytes of elements.
///
/// # Errors
/// When they are not that many, or the shape alone would fill the memory.
pub fn check_array(dtype: DType, shape: &[u64], size: usize) -> Result<()> {
    let (_, wanted) = extent(dtype, shape)?;
    if size != wanted {
        let text = format!("{shape:?} of {} is {wanted} bytes, and there are {size}", dtype.name());
        return Err(Error::new(ErrorKind::Value, text));
    }
    let lists =
        shape.iter().take_while(|extent| **extent != 0).fold(1, |all: u64, one| all.saturating_mul(*one));
    if size == 0 && lists > MOST_EMPTY_LISTS {
        return Err(Error::new(ErrorKind::Value, format!("shape {shape:?} is {lists} empty lists")));
    }
    Ok(())
}

/// Writes the entry of an array whose elements are `bytes` in C order.
///
/// # Errors
/// Whatever `out` meets.
pub fn write_array(
    out: &mut dyn Write,
    dtype: DType,
    shape: &[u64],
    bytes: &[u8],
    metadata: &Object,
) -> std::io::Result<()> {
    let extents = Json::Array(shape.iter().map(|extent| Json::from(*extent)).collect());
    let small = bytes.len() / dtype.size() <= PRETTY && shape.iter().all(|extent| *extent <= PRETTY as u64);
    out.write_all(b"{\n  \"data\": ")?;
    let mut buffer = Vec::with_capacity(1 << 16);
    if small {
        json::write_pretty(&nested(dtype, shape, bytes), &mut buffer, 1);
    } else {
        write_nested(out, &mut buffer, dtype, shape, bytes)?;
    }
    buffer.extend_from_slice(b",\n  \"dtype\": ");
    json::write_string(&dtype.name(), &mut buffer);
    buffer.extend_from_slice(b",\n  \"metadata\": ");
    json::write_pretty(&metadata.clone().into(), &mut buffer, 1);
    buffer.extend_from_slice(b",\n  \"shape\": ");
    json::write_pretty(&extents, &mut buffer, 1);
    buffer.extend_from_slice(b"\n}");
    out.write_all(&buffer)
}

fn nested(dtype: DType, shape: &[u64], bytes: &[u8]) -> Json {
    match shape.split_first() {
        None => element(dtype, bytes),
        Some((0, _)) => Json::Array(Vec::new()),
        Some((extent, inner)) if bytes.is_empty() => {
            Json::Array((0..*extent).map(|_| nested(dtype, inner, &[])).collect())
        }
        Some((extent, inner)) => {
            let size = bytes.len() / *extent as usize;
            Json::Array(bytes.chunks_exact(size).map(|piece| nested(dtype, inner, piece)).collect())
        }
    }
}

/// The innermost lists on a line each.
fn write_nested(
    out: &mut dyn Write,
    buffer: &mut Vec<u8>,
    dtype: DType,
    shape: &[u64],
    bytes: &[u8],
) -> std::io::Result<()> {
    let Some((extent, inner)) = shape.split_first().filter(|_| !bytes.is_empty()) else {
        json::write_compact(&nested(dtype, shape, bytes), buffer);
        return Ok(());
    };
    buffer.push(b'[');
    let size = bytes.len() / *extent as usize;
    for (index, piece) in bytes.chunks_exact(size).enumerate() {
        if index != 0 {
            buffer.push(b',');
        }
        if inner.is_empty() {
            write_element(dtype, piece, buffer);
        } else {
            buffer.push(b'\n');
            write_nested(out, buffer, dtype, inner, piece)?;
        }
        if buffer.len() > 60 << 10 {
            out.write_all(buffer)?;
            buffer.clear();
        }
    }
    buffer.push(b']');
    Ok(())
}

fn write_element(dtype: DType, bytes: &[u8], buffer: &mut Vec<u8>) {
    match dtype {
        DType::Float64 => json::write_f64(f64::from_ne_bytes(fixed(bytes)), buffer),
        DType::Float32 => json::write_f64(f64::from(f32::from_ne_bytes(fixed(bytes))), buffer),
        _ => json::write_compact(&element(dtype, bytes), buffer),
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}

/// An element as Python's `tolist` gives it. A complex number, which JSON lacks, is the text that
/// numpy turns back into it.
fn element(dtype: DType, bytes: &[u8]) -> Json {
    match dtype {
        DType::Bool => Json::Bool(bytes[0] != 0),
        DType::Int8 => Json::Int(i64::from(bytes[0] as i8)),
        DType::Int16 => Json::Int(i64::from(i16::from_ne_bytes(fixed(bytes)))),
        DType::Int32 => Json::Int(i64::from(i32::from_ne_bytes(fixed(bytes)))),
        DType::Int64 => Json::Int(i64::from_ne_bytes(fixed(bytes))),
        DType::UInt8 => Json::Int(i64::from(bytes[0])),
        DType::UInt16 => Json::Int(i64::from(u16::from_ne_bytes(fixed(bytes)))),
        DType::UInt32 => Json::Int(i64::from(u32::from_ne_bytes(fixed(bytes)))),
        DType::UInt64 => Json::from(u64::from_ne_bytes(fixed(bytes))),
        DType::Float32 => Json::Float(f64::from(f32::from_ne_bytes(fixed(bytes)))),
        DType::Float64 => Json::Float(f64::from_ne_bytes(fixed(bytes))),
        DType::Complex64 => complex(
            f64::from(f32::from_ne_bytes(fixed(&bytes[..4]))),
            f64::from(f32::from_ne_bytes(fixed(&bytes[4..]))),
        ),
        DType::Complex128 => {
            complex(f64::from_ne_bytes(fixed(&bytes[..8])), f64::from_ne_bytes(fixed(&bytes[8..])))
        }
        DType::Float16 => Json::Float(half(u16::from_ne_bytes(fixed(bytes)))),
        DType::Bytes(_) => Json::Str(String::from_utf8_lossy(string(bytes)).into_owned()),
    }
}

/// The bytes of a string without the NULs after it.
fn string(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)]
}

/// Accepts the elements of an array, which are `bytes`, if they can be written as text.
///
/// # Errors
/// [`ErrorKind::Utf8`] when a string is not UTF-8.
pub fn check_text(dtype: DType, bytes: &[u8]) -> Result<()> {
    let DType::Bytes(_) = dtype else { return Ok(()) };
    for (index, element) in bytes.chunks_exact(dtype.size()).enumerate() {
        if std::str::from_utf8(string(element)).is_err() {
            return Err(Error::new(ErrorKind::Utf8, format!("the string with index {index} is not UTF-8")));
        }
    }
    Ok(())
}

fn complex(real: f64, imaginary: f64) -> Json {
    let part = |value: f64| match value {
        value if value.is_nan() => "nan".to_owned(),
        value if value.is_infinite() => if value > 0.0 { "inf" } else { "-inf" }.to_owned(),
        value => {
            let mut text = Vec::new();
            json::write_f64(value, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        }
    };
    let imaginary = part(imaginary);
    let sign = if imaginary.starts_with('-') { "" } else { "+" };
    Json::Str(format!("{}{sign}{imaginary}j", part(real)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(dtype: DType, shape: &[u64], bytes: &[u8]) -> Json {
        let mut out = Vec::new();
        let metadata = json::members([("k", 1i64)]);
        write_array(&mut out, dtype, shape, bytes, &metadata).unwrap();
        let entry = json::parse(std::str::from_utf8(&out).unwrap()).unwrap();
        assert_eq!(entry.get("metadata"), Some(&metadata.into()));
        entry
    }

    #[test]
    fn small_and_large_arrays_hold_the_same() {
        for shape in [[2, 3, 4], [20, 30, 40]] {
            let count = shape.iter().product::<u64>();
            let bytes: Vec<u8> = (0..count).flat_map(|value| (value as f64 / 3.0).to_ne_bytes()).collect();
            let entry = entry(DType::Float64, &shape, &bytes);
            let mut flat = Vec::new();
            for plane in entry.get("data").unwrap().as_array().unwrap() {
                for row in plane.as_array().unwrap() {
                    assert_eq!(row.as_array().unwrap().len() as u64, shape[2]);
                    flat.extend(row.as_array().unwrap().iter().cloned());
                }
            }
            let wanted: Vec<Json> = (0..count).map(|value| Json::Float(value as f64 / 3.0)).collect();
            assert_eq!(flat, wanted);
        }
    }

    #[test]
    fn every_type_has_its_values() {
        let data = |dtype, bytes: &[u8]| entry(dtype, &[1], bytes).get("data").unwrap().to_compact();
        assert_eq!(data(DType::Bool, &[1]), "[true]");
        assert_eq!(data(DType::Int8, &[255]), "[-1]");
        assert_eq!(data(DType::UInt8, &[255]), "[255]");
        assert_eq!(data(DType::Int16, &(-2i16).to_ne_bytes()), "[-2]");
        assert_eq!(data(DType::UInt64, &u64::MAX.to_ne_bytes()), "[18446744073709551615]");
        assert_eq!(data(DType::Float32, &0.1f32.to_ne_bytes()), "[0.10000000149011612]");
        assert_eq!(data(DType::Float64, &f64::NAN.to_ne_bytes()), "[NaN]");
        let complex = [1.5f32.to_ne_bytes(), f32::NEG_INFINITY.to_ne_bytes()].concat();
        assert_eq!(data(DType::Complex64, &complex), "[\"1.5-infj\"]");
        assert_eq!(data(DType::Float16, &0x3555u16.to_ne_bytes()), "[0.333251953125]");
        let strings = DType::from_number(crate::base::array::BYTES + 4).unwrap();
        assert_eq!(data(strings, "é\0\0".as_bytes()), "[\"\\u00e9\"]");
        assert_eq!(data(strings, b"\0a\0\0"), "[\"\\u0000a\"]");
        check_text(strings, "éé\0\0\0\0".as_bytes()).unwrap();
        assert_eq!(check_text(strings, b"abcd\xFF\0\0\0").unwrap_err().kind(), ErrorKind::Utf8);
    }

    #[test]
    fn scalars_and_empty_arrays_are_written() {
        assert_eq!(entry(DType::Int8, &[], &[3]).get("data"), Some(&Json::Int(3)));
        assert_eq!(entry(DType::Int8, &[2, 0], &[]).get("data").unwrap().to_compact(), "[[],[]]");
        assert_eq!(entry(DType::Int8, &[0, 5000], &[]).get("data").unwrap().to_compact(), "[]");
    }
}
