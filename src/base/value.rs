//! Values of metrics: numbers, booleans, and strings.

/// The type of a number in a point or metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// A float; NaN and infinities too.
    F64(f64),
    /// An integer.
    I64(i64),
    /// A truth value.
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
}

/// The value of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A float; NaN and infinities are kept.
    F64(f64),
    /// An integer.
    I64(i64),
    /// A truth value.
    Bool(bool),
    /// A text of at most 32 KiB.
    Text(&'a str),
}

impl<'a> Value<'a> {
    /// The number, or the text of one that is none.
    #[inline(always)]
    pub(crate) fn scalar(self) -> std::result::Result<Scalar, &'a str> {
        match self {
            Value::F64(value) => Ok(Scalar::F64(value)),
            Value::I64(value) => Ok(Scalar::I64(value)),
            Value::Bool(value) => Ok(Scalar::Bool(value)),
            Value::Text(text) => Err(text),
        }
    }
}

macro_rules! value_from {
    ($($type:ty => $variant:ident),*) => {
        $(impl<'a> From<$type> for Value<'a> {
            fn from(value: $type) -> Self {
                Value::$variant(value.into())
            }
        })*
    };
}
value_from!(f64 => F64, f32 => F64, i64 => I64, i32 => I64, u32 => I64, bool => Bool, &'a str => Text);

impl From<Scalar> for Value<'_> {
    fn from(value: Scalar) -> Self {
        match value {
            Scalar::F64(value) => Value::F64(value),
            Scalar::I64(value) => Value::I64(value),
            Scalar::Bool(value) => Value::Bool(value),
        }
    }
}
