//! Values of metrics and points: numbers, booleans, and texts.

use std::borrow::Cow;

use super::guard::with_default_arithmetic;
use super::json::{self, Json};

/// A number or a boolean, as points and metrics have them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// A float; NaN and infinities too.
    F64(f64),
    /// An integer.
    I64(i64),
    /// A boolean.
    Bool(bool),
}

impl Scalar {
    /// The type's number in word 0, and the value's bits.
    #[inline(always)]
    pub fn encode(self) -> (u8, u64) {
        match self {
            Scalar::F64(value) => (0, value.to_bits()),
            Scalar::I64(value) => (1, value as u64),
            Scalar::Bool(value) => (2, u64::from(value)),
        }
    }

    /// The number that `encode` made this of; None for an unknown type.
    pub fn decode(tag: u8, bits: u64) -> Option<Self> {
        Some(match tag {
            0 => Scalar::F64(f64::from_bits(bits)),
            1 => Scalar::I64(bits as i64),
            2 => Scalar::Bool(bits != 0),
            _ => return None,
        })
    }

    /// The number that JSON is; None for anything else, and for integers beyond 64 bits.
    pub(crate) fn of(json: &Json) -> Option<Self> {
        Some(match json {
            Json::Int(value) => Scalar::I64(*value),
            Json::Float(value) => Scalar::F64(*value),
            Json::Bool(value) => Scalar::Bool(*value),
            _ => return None,
        })
    }
}

/// The value of a metric or of a point.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// A number or a boolean.
    Scalar(Scalar),
    /// A text; one that is emitted has at most 32 KiB.
    Text(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// The number, or the text of one that is none.
    #[inline(always)]
    pub(crate) fn scalar(&self) -> std::result::Result<Scalar, &str> {
        match self {
            Value::Scalar(value) => Ok(*value),
            Value::Text(text) => Err(text),
        }
    }

    /// The value that JSON is: an array or object is the text of it.
    pub(crate) fn of(json: &'a Json) -> Self {
        match (Scalar::of(json), json) {
            (Some(value), _) => Value::Scalar(value),
            (None, Json::Str(text)) => Value::Text(text.into()),
            (None, other) => Value::Text(other.to_compact().into()),
        }
    }

    /// The value with this JSON text; None if it is no JSON.
    pub(crate) fn parse(text: &[u8]) -> Option<Value<'static>> {
        let text = std::str::from_utf8(text).ok()?;
        with_default_arithmetic(|| Self::of_text(text))
    }

    fn of_text(text: &str) -> Option<Value<'static>> {
        Some(match text {
            "true" | "false" => (text == "true").into(),
            "NaN" => f64::NAN.into(),
            "Infinity" => f64::INFINITY.into(),
            "-Infinity" => f64::NEG_INFINITY.into(),
            _ if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => match text.parse::<i64>() {
                Ok(number) => number.into(),
                Err(_) => text.parse::<f64>().ok()?.into(),
            },
            _ => match json::parse(text).ok()? {
                Json::Str(text) => Value::Text(text.into()),
                other => Value::Text(other.to_compact().into()),
            },
        })
    }
}

macro_rules! value_from {
    ($($type:ty => $variant:ident),*) => {
        $(impl From<$type> for Value<'_> {
            #[inline(always)]
            fn from(value: $type) -> Self {
                Value::Scalar(Scalar::$variant(value.into()))
            }
        })*
    };
}
value_from!(f64 => F64, f32 => F64, i64 => I64, i32 => I64, u32 => I64, bool => Bool);

impl From<Scalar> for Value<'_> {
    #[inline(always)]
    fn from(value: Scalar) -> Self {
        Value::Scalar(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(text.into())
    }
}

impl From<Scalar> for Json {
    fn from(value: Scalar) -> Self {
        match value {
            Scalar::F64(value) => Json::Float(value),
            Scalar::I64(value) => Json::Int(value),
            Scalar::Bool(value) => Json::Bool(value),
        }
    }
}

impl From<&Value<'_>> for Json {
    fn from(value: &Value<'_>) -> Self {
        match value {
            Value::Scalar(value) => (*value).into(),
            Value::Text(text) => (&**text).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_were_written() {
        let value = |text: &str| Value::parse(text.as_bytes()).unwrap();
        assert_eq!(value("3"), 3.into());
        assert_eq!(value("-0.0"), (-0.0).into());
        assert_eq!(value("1e+16"), 1e16.into());
        assert_eq!(value("-Infinity"), f64::NEG_INFINITY.into());
        assert_eq!(value("true"), true.into());
        assert_eq!(value("\"a,]\""), "a,]".into());
        assert!(matches!(value("NaN"), Value::Scalar(Scalar::F64(nan)) if nan.is_nan()));
        assert!(Value::parse(b"nan").is_none() && Value::parse(b"1x").is_none());
    }
}
