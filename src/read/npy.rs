//! The header of a .npy: the type, order and shape of an array.

use crate::base::array::{DType, Order, extent};
use crate::base::error::{Error, ErrorKind, Result};

/// The first bytes of a .npy.
pub const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The longest header.
const LONGEST: usize = 64 << 10;

/// An array as its header describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Element type.
    pub dtype: DType,
    /// True if the bytes of elements are in the other order than this machine's.
    pub is_swapped: bool,
    /// Which index varies slowest.
    pub order: Order,
    /// Extents.
    pub shape: Vec<u64>,
    /// Where the elements begin.
    pub start: usize,
    /// Bytes of the elements.
    pub size: usize,
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Damaged, format!("its header {what}"))
}

/// Reads the header at the beginning of `bytes`, which have all elements.
///
/// # Errors
/// When it is none, or of a type that the store does not have; what it says is about "its header".
pub fn parse(bytes: &[u8]) -> Result<Header> {
    let version = bytes.get(6).filter(|_| bytes.starts_with(MAGIC)).ok_or_else(|| wrong("is no .npy's"))?;
    let two = |range: std::ops::Range<usize>| bytes.get(range).and_then(|two| two.try_into().ok());
    let (start, length) = match version {
        1 => (10, two(8..10).map(u16::from_le_bytes).map(usize::from)),
        2 | 3 => {
            let four = bytes.get(8..12).and_then(|four| four.try_into().ok());
            (12, four.map(u32::from_le_bytes).map(|length| length as usize))
        }
        _ => return Err(wrong("is of an unknown version")),
    };
    let length = length.filter(|length| *length <= LONGEST).ok_or_else(|| wrong("has no length"))?;
    let text = bytes.get(start..start + length).ok_or_else(|| wrong("is cut short"))?;
    let text = std::str::from_utf8(text).map_err(|_| wrong("is not UTF-8"))?;
    let (descr, is_fortran, shape) = fields(text).ok_or_else(|| wrong("is damaged"))?;
    let (order, code) = descr.split_at_checked(1).ok_or_else(|| wrong("has no type"))?;
    let Some(dtype) = DType::from_code(code) else {
        let text = format!("its header says that its elements are {descr:?}, which the store does not have");
        return Err(Error::new(ErrorKind::Unsupported, text));
    };
    let is_swapped = match order {
        "<" => cfg!(target_endian = "big"),
        ">" => cfg!(target_endian = "little"),
        "|" | "=" => false,
        _ => return Err(wrong("has no order of bytes")),
    };
    let (_, size) = extent(dtype, &shape).map_err(|error| wrong(&format!("is damaged: {error}")))?;
    let start = start + length;
    if bytes.len() - start < size {
        return Err(wrong(&format!("asks for {size} bytes, and there are {}", bytes.len() - start)));
    }
    let order = if is_fortran { Order::F } else { Order::C };
    Ok(Header { dtype, is_swapped: is_swapped && dtype.size() > 1, order, shape, start, size })
}

/// Type, order and shape in `{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }`.
fn fields(text: &str) -> Option<(&str, bool, Vec<u64>)> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let (mut descr, mut is_fortran, mut shape) = (None, None, None);
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let (key, after) = rest[1..].split_once(quote)?;
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        rest = match key {
            "descr" => {
                // A list of fields is no type of the store's, and is told as one.
                let quote = value.chars().next()?;
                if !matches!(quote, '\'' | '"') {
                    descr = Some(value);
                    break;
                }
                let (text, after) = value[1..].split_once(quote)?;
                descr = Some(text);
                after
            }
            "fortran_order" => {
                is_fortran = Some(value.starts_with("True"));
                value.strip_prefix("True").or_else(|| value.strip_prefix("False"))?
            }
            "shape" => {
                let (inner, after) = value.strip_prefix('(')?.split_once(')')?;
                let extents = inner.split(',').map(str::trim).filter(|extent| !extent.is_empty());
                // Python 2 wrote long integers so.
                let parse = |extent: &str| extent.trim_end_matches('L').parse::<u64>().ok();
                shape = Some(extents.map(parse).collect::<Option<Vec<u64>>>()?);
                after
            }
            _ => return None,
        };
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    match descr {
        Some(descr) if descr.starts_with(['[', '(']) => Some((descr, false, shape.unwrap_or_default())),
        descr => Some((descr?, is_fortran?, shape?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(text: &str, data: usize) -> Vec<u8> {
        let mut bytes =
            [MAGIC.as_slice(), &[1, 0], &(text.len() as u16).to_le_bytes(), text.as_bytes()].concat();
        bytes.resize(bytes.len() + data, 0);
        bytes
    }

    #[test]
    fn headers_are_read_as_numpy_writes_them() {
        let text = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }      \n";
        let header = parse(&npy(text, 48)).unwrap();
        assert_eq!((header.dtype, header.order, header.size), (DType::Float64, Order::F, 48));
        assert_eq!((header.shape, header.start), (vec![2, 3], 10 + text.len()));
        let other = "{\"shape\": (), \"fortran_order\": False, \"descr\": \"|b1\"}";
        assert_eq!(parse(&npy(other, 1)).unwrap().shape, [0_u64; 0]);
        let swapped = "{'descr': '>i4', 'fortran_order': False, 'shape': (3,), }";
        assert!(parse(&npy(swapped, 12)).unwrap().is_swapped);
    }

    #[test]
    fn what_is_no_header_is_told() {
        for (text, data) in [
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", 47),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", 48),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", 48),
            ("{'descr': '<f8', 'fortran_order': False}", 48),
            ("{'descr': '', 'fortran_order': False, 'shape': ()}", 48),
            ("{'descr': 'é8', 'fortran_order': False, 'shape': ()}", 48),
            ("{", 0),
            ("", 0),
            ("{'descr'", 0),
            ("{'x': 3}", 0),
        ] {
            assert_eq!(parse(&npy(text, data)).unwrap_err().kind(), ErrorKind::Damaged, "{text}");
        }
        for descr in ["'<U3'", "'|O'", "[('a', '<f8')]"] {
            let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}");
            assert_eq!(parse(&npy(&text, 64)).unwrap_err().kind(), ErrorKind::Unsupported, "{descr}");
        }
        let whole = npy("{'descr': '|b1', 'fortran_order': False, 'shape': (1,), }", 1);
        for end in 0..whole.len() {
            assert!(parse(&whole[..end]).is_err(), "{end}");
        }
    }
}
