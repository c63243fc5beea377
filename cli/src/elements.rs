//! The elements of an array, one by one, whatever their type and order are.

use metalab::read::Array;
use metalab::{DType, Order};

use crate::{escape, plain};

/// An element of an array.
#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    /// A boolean.
    Bool(bool),
    /// An integer of any of the types.
    Int(i128),
    /// A float of single or half precision, as a double.
    Single(f32),
    /// A float.
    Float(f64),
    /// A complex number.
    Complex(f64, f64),
    /// A text.
    Text(String),
}

impl Element {
    /// The element as a float; the absolute value of a complex one, and nothing for a text.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Int(value) => Some(*value as f64),
            Self::Single(value) => Some(f64::from(*value)),
            Self::Float(value) => Some(*value),
            Self::Complex(real, imaginary) => Some(real.hypot(*imaginary)),
            Self::Text(_) => None,
        }
    }

    /// The element as text that is exact.
    pub fn text(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Single(value) => {
                let text = format!("{value:?}");
                text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
            }
            Self::Float(value) => plain::float(*value),
            Self::Complex(real, imaginary) => {
                let sign = if imaginary.is_sign_negative() { "" } else { "+" };
                format!("{}{sign}{}j", plain::float(*real), plain::float(*imaginary))
            }
            Self::Text(text) => escape::line(text).into_owned(),
        }
    }

    /// The element in a few digits.
    pub fn rough(&self) -> String {
        match self {
            Self::Single(value) => crate::format::float(f64::from(*value), 6),
            Self::Float(value) => crate::format::float(*value, 6),
            Self::Complex(real, imaginary) => {
                let sign = if imaginary.is_sign_negative() { "" } else { "+" };
                format!("{}{sign}{}j", crate::format::float(*real, 6), crate::format::float(*imaginary, 6))
            }
            other => other.text(),
        }
    }
}

/// The elements of an array.
#[derive(Debug, Clone, Copy)]
pub struct Elements<'a> {
    array: &'a Array,
}

impl<'a> Elements<'a> {
    /// Those of `array`.
    pub fn of(array: &'a Array) -> Self {
        Self { array }
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.array.len()
    }

    /// The extents.
    pub fn shape(self) -> &'a [u64] {
        self.array.shape()
    }

    /// The element that is the `at`-th in C order: the last index varies fastest.
    pub fn in_c_order(self, at: usize) -> Element {
        match self.array.order() {
            Order::C => self.in_memory(at),
            Order::F => self.at(&self.index(at)),
        }
    }

    /// The index of the element that is the `at`-th in C order.
    pub fn index(self, mut at: usize) -> Vec<u64> {
        let mut index: Vec<u64> = self.shape().iter().map(|_| 0).collect();
        for (place, extent) in index.iter_mut().zip(self.shape()).rev() {
            *place = at as u64 % extent.max(&1);
            at /= (*extent).max(1) as usize;
        }
        index
    }

    /// The element at an index, which is in the array.
    pub fn at(self, index: &[u64]) -> Element {
        let mut place = 0;
        let dims = index.iter().zip(self.shape());
        match self.array.order() {
            Order::C => dims.for_each(|(index, extent)| place = place * extent + index),
            Order::F => dims.rev().for_each(|(index, extent)| place = place * extent + index),
        }
        self.in_memory(place as usize)
    }

    /// The element that is the `at`-th in memory.
    pub fn in_memory(self, at: usize) -> Element {
        let size = self.array.dtype().size();
        let bytes = &self.array.bytes()[at * size..(at + 1) * size];
        macro_rules! number {
            ($type:ty, $bytes:expr) => {
                <$type>::from_ne_bytes($bytes.try_into().unwrap_or_default())
            };
        }
        match self.array.dtype() {
            DType::Bool => Element::Bool(bytes[0] != 0),
            DType::Int8 => Element::Int(number!(i8, bytes).into()),
            DType::Int16 => Element::Int(number!(i16, bytes).into()),
            DType::Int32 => Element::Int(number!(i32, bytes).into()),
            DType::Int64 => Element::Int(number!(i64, bytes).into()),
            DType::UInt8 => Element::Int(number!(u8, bytes).into()),
            DType::UInt16 => Element::Int(number!(u16, bytes).into()),
            DType::UInt32 => Element::Int(number!(u32, bytes).into()),
            DType::UInt64 => Element::Int(number!(u64, bytes).into()),
            DType::Float16 => Element::Single(half(number!(u16, bytes))),
            DType::Float32 => Element::Single(number!(f32, bytes)),
            DType::Float64 => Element::Float(number!(f64, bytes)),
            DType::Complex64 => {
                Element::Complex(number!(f32, bytes[..4]).into(), number!(f32, bytes[4..]).into())
            }
            DType::Complex128 => Element::Complex(number!(f64, bytes[..8]), number!(f64, bytes[8..])),
            DType::Bytes(_) => {
                let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                Element::Text(String::from_utf8_lossy(&bytes[..end]).into_owned())
            }
        }
    }
}

/// The value of a half.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f32::from(bits & 0x3FF));
    sign * match exponent {
        0 => fraction * 2_f32.powi(-24),
        0x1F if fraction == 0.0 => f32::INFINITY,
        0x1F => f32::NAN,
        _ => (1024.0 + fraction) * 2_f32.powi(exponent - 25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_text() {
        assert_eq!(Element::Complex(1.0, -0.0).text(), "1-0j");
        assert_eq!(Element::Complex(f64::NAN, 2.0).rough(), "NaN+2j");
        assert_eq!((Element::Single(0.1).text(), Element::Int(-7).text()), ("0.1".into(), "-7".into()));
        assert_eq!((half(0x3555), half(0xFC00), half(1)), (0.333_251_95, f32::NEG_INFINITY, 2_f32.powi(-24)));
        assert!(half(0x7E00).is_nan());
    }
}
