//! Columns: values of one type one after the other in memory, as those who compute want them, and as the
//! Arrow format has them.

use std::borrow::Cow;

use super::scan::Scan;
use crate::base::error::Result;
use crate::base::json::Json;
use crate::base::value::{Scalar, Value};

/// The type of a column's values. The numbers are the C interface's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Nothing but missing values.
    Empty = 0,
    /// A byte each, 0 or 1.
    Bool = 1,
    /// Integers of 64 bits.
    Int = 2,
    /// Floats of 64 bits.
    Float = 3,
    /// UTF-8 texts.
    Text = 4,
    /// Microseconds since the epoch, as integers.
    Time = 5,
}

/// Texts one after the other, and where each ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Texts {
    bytes: String,
    offsets: Vec<i64>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { bytes: String::new(), offsets: vec![0] }
    }
}

impl Texts {
    /// The texts in `bytes`, which begin and end at `offsets`; nothing if that can't be.
    pub(super) fn of(bytes: String, offsets: Vec<i64>) -> Option<Self> {
        let is_end = |end: &i64| usize::try_from(*end).is_ok_and(|end| bytes.is_char_boundary(end));
        let ends = (offsets.first().copied(), offsets.last().map(|last| *last as usize));
        let is_whole = ends == (Some(0), Some(bytes.len()));
        (is_whole && offsets.is_sorted() && offsets.iter().all(is_end)).then_some(Self { bytes, offsets })
    }

    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.offsets.push(self.bytes.len() as i64);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text at `index`.
    pub fn get(&self, index: usize) -> Option<&str> {
        let (start, end) = (self.offsets.get(index)?, self.offsets.get(index.checked_add(1)?)?);
        self.bytes.get(*start as usize..*end as usize)
    }

    /// All of them, without anything between.
    pub fn bytes(&self) -> &str {
        &self.bytes
    }

    /// Where each begins, and where the last one ends: one more than there are texts.
    pub fn offsets(&self) -> &[i64] {
        &self.offsets
    }
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Missing values: how many.
    Empty(usize),
    /// A byte each, 0 or 1.
    Bool(Vec<u8>),
    /// Integers.
    Int(Vec<i64>),
    /// Floats; a missing one is NaN.
    Float(Vec<f64>),
    /// Texts.
    Text(Texts),
    /// Microseconds since the epoch.
    Time(Vec<i64>),
}

impl Values {
    /// Their type.
    pub fn column_type(&self) -> ColumnType {
        match self {
            Self::Empty(_) => ColumnType::Empty,
            Self::Bool(_) => ColumnType::Bool,
            Self::Int(_) => ColumnType::Int,
            Self::Float(_) => ColumnType::Float,
            Self::Text(_) => ColumnType::Text,
            Self::Time(_) => ColumnType::Time,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Empty(count) => *count,
            Self::Bool(values) => values.len(),
            Self::Int(values) | Self::Time(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Text(texts) => texts.len(),
        }
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at `index`.
    pub fn get(&self, index: usize) -> Option<Value<'_>> {
        Some(match self {
            Self::Empty(_) => return None,
            Self::Bool(values) => (*values.get(index)? != 0).into(),
            Self::Int(values) | Self::Time(values) => (*values.get(index)?).into(),
            Self::Float(values) => (*values.get(index)?).into(),
            Self::Text(texts) => Value::Text(Cow::Borrowed(texts.get(index)?)),
        })
    }

    /// The values at `places`, in that order; they have to be there.
    pub fn select(&self, places: &[usize]) -> Self {
        fn pick<T: Copy>(values: &[T], places: &[usize]) -> Vec<T> {
            places.iter().filter_map(|place| values.get(*place).copied()).collect()
        }
        match self {
            Self::Empty(_) => Self::Empty(places.len()),
            Self::Bool(values) => Self::Bool(pick(values, places)),
            Self::Int(values) => Self::Int(pick(values, places)),
            Self::Time(values) => Self::Time(pick(values, places)),
            Self::Float(values) => Self::Float(pick(values, places)),
            Self::Text(texts) => {
                let mut picked = Texts::default();
                places.iter().filter_map(|place| texts.get(*place)).for_each(|text| picked.push(text));
                Self::Text(picked)
            }
        }
    }
}

/// A column under construction. Its type is that of all its values: integers among floats are floats,
/// and where numbers, booleans and texts meet, all are texts, those that were none as JSON.
#[derive(Debug, Clone)]
pub struct Builder {
    values: Values,
    /// A byte for each value, 0 where it is missing; empty while none is.
    valid: Vec<u8>,
}

impl Default for Builder {
    fn default() -> Self {
        Self { values: Values::Empty(0), valid: Vec::new() }
    }
}

impl Builder {
    /// Adds a value.
    #[inline]
    pub fn push(&mut self, value: &Value<'_>) {
        match value {
            Value::Scalar(value) => self.push_scalar(*value),
            Value::Text(text) => self.push_text(text),
        }
    }

    /// Adds a number or boolean.
    #[inline]
    pub fn push_scalar(&mut self, value: Scalar) {
        match (&mut self.values, value) {
            (Values::Float(values), Scalar::F64(value)) => values.push(value),
            (Values::Int(values), Scalar::I64(value)) => values.push(value),
            (Values::Bool(values), Scalar::Bool(value)) => values.push(u8::from(value)),
            (Values::Float(values), Scalar::I64(value)) => values.push(value as f64),
            _ => return self.push_other(value),
        }
        self.note(true);
    }

    /// Adds a value of another type than those that there are.
    #[cold]
    fn push_other(&mut self, value: Scalar) {
        match (&mut self.values, value) {
            (Values::Empty(count), value) => {
                let count = *count;
                self.values = match value {
                    Scalar::F64(_) => Values::Float(vec![f64::NAN; count]),
                    Scalar::I64(_) => Values::Int(vec![0; count]),
                    Scalar::Bool(_) => Values::Bool(vec![0; count]),
                };
            }
            (Values::Int(values), Scalar::F64(_)) => {
                let mut floats: Vec<f64> = values.iter().map(|value| *value as f64).collect();
                let missing = self.valid.iter().zip(&mut floats).filter(|(valid, _)| **valid == 0);
                missing.for_each(|(_, float)| *float = f64::NAN);
                self.values = Values::Float(floats);
            }
            (Values::Text(texts), value) => {
                texts.push(&Json::from(value).to_compact());
                return self.note(true);
            }
            _ => self.become_text(),
        }
        self.push_scalar(value);
    }

    /// Adds a text.
    pub fn push_text(&mut self, text: &str) {
        if !matches!(self.values, Values::Text(_)) {
            self.become_text();
        }
        if let Values::Text(texts) = &mut self.values {
            texts.push(text);
        }
        self.note(true);
    }

    /// Adds a missing value.
    pub fn push_missing(&mut self) {
        match &mut self.values {
            Values::Empty(count) => *count += 1,
            Values::Bool(values) => values.push(0),
            Values::Int(values) | Values::Time(values) => values.push(0),
            Values::Float(values) => values.push(f64::NAN),
            Values::Text(texts) => texts.push(""),
        }
        self.note(false);
    }

    /// Adds what JSON is: an array or object, and an integer beyond 64 bits, is its text.
    pub fn push_json(&mut self, json: &Json) {
        match json {
            Json::Null => self.push_missing(),
            json => self.push(&Value::of(json)),
        }
    }

    /// Adds the value that is next in a text.
    ///
    /// # Errors
    /// When there is none.
    #[inline]
    pub fn push_scanned(&mut self, scan: &mut Scan<'_>) -> Result<()> {
        match scan.scalar()? {
            Ok(value) => self.push_scalar(value),
            Err(json) => self.push_json(&json),
        }
        Ok(())
    }

    fn note(&mut self, is_valid: bool) {
        if self.valid.is_empty() {
            if is_valid {
                return;
            }
            self.valid.resize(self.values.len().saturating_sub(1), 1);
        }
        self.valid.push(u8::from(is_valid));
    }

    fn become_text(&mut self) {
        let mut texts = Texts::default();
        for index in 0..self.values.len() {
            let is_there = self.valid.get(index).is_none_or(|valid| *valid != 0);
            match self.values.get(index).filter(|_| is_there) {
                Some(Value::Scalar(value)) => texts.push(&Json::from(value).to_compact()),
                Some(Value::Text(text)) => texts.push(&text),
                None => texts.push(""),
            }
        }
        self.values = Values::Text(texts);
    }

    /// The values so far.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// A byte for each value so far, 0 where it is missing; none where none is.
    pub fn valid(&self) -> &[u8] {
        &self.valid
    }

    /// The values, and a byte for each, 0 where it is missing; no bytes where none is.
    pub fn finish(self) -> (Values, Option<Vec<u8>>) {
        let valid = Some(self.valid).filter(|valid| !valid.is_empty());
        (self.values, valid)
    }
}

/// A column with its name, and which of its values are missing.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values. At the place of a missing one there is a zero, a NaN or an empty text.
    pub values: Values,
    /// A byte for each value, 0 where it is missing; nothing if none is.
    pub valid: Option<Vec<u8>>,
}

impl Column {
    /// The column of this name that `builder` has made.
    pub(super) fn of(name: String, builder: Builder) -> Self {
        let (values, valid) = builder.finish();
        Self { name, values, valid }
    }

    /// The value at `index`, if it is there.
    pub fn get(&self, index: usize) -> Option<Value<'_>> {
        let is_there =
            self.valid.as_ref().is_none_or(|valid| valid.get(index).is_some_and(|byte| *byte != 0));
        self.values.get(index).filter(|_| is_there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(values: &[&str]) -> (Values, Option<Vec<u8>>) {
        let mut builder = Builder::default();
        for value in values {
            builder.push_scanned(&mut Scan::new(value.as_bytes())).unwrap();
        }
        assert_eq!(builder.values().len(), values.len());
        builder.finish()
    }

    fn texts(wanted: &[&str]) -> Values {
        let mut texts = Texts::default();
        wanted.iter().for_each(|text| texts.push(text));
        Values::Text(texts)
    }

    #[test]
    fn a_column_has_the_type_that_all_its_values_fit() {
        assert_eq!(built(&["1", "-2"]), (Values::Int(vec![1, -2]), None));
        assert_eq!(built(&["1", "0.5", "2"]), (Values::Float(vec![1.0, 0.5, 2.0]), None));
        assert_eq!(built(&["true", "false"]), (Values::Bool(vec![1, 0]), None));
        assert_eq!(built(&["null", "null"]), (Values::Empty(2), Some(vec![0, 0])));
        assert_eq!(built(&["null", "7", "null"]), (Values::Int(vec![0, 7, 0]), Some(vec![0, 1, 0])));
        assert_eq!(built(&["1", "true", "\"x\""]), (texts(&["1", "true", "x"]), None));
        assert_eq!(built(&["\"a\"", "[1, 2]", "null"]), (texts(&["a", "[1,2]", ""]), Some(vec![1, 1, 0])));
        let big = "18446744073709551615";
        assert_eq!(built(&["1", big]).0, texts(&["1", big]));
        let (values, valid) = built(&["1", "null", "1e400", "-Infinity", "NaN"]);
        let Values::Float(floats) = values else { panic!() };
        assert!(floats[1].is_nan() && floats[4].is_nan());
        assert_eq!((floats[2], floats[3]), (f64::INFINITY, f64::NEG_INFINITY));
        assert_eq!(valid, Some(vec![1, 0, 1, 1, 1]));
        for word in ["x", "1x", "--1", "1.", ".5", "nan", "", "0x1"] {
            assert!(Builder::default().push_scanned(&mut Scan::new(word.as_bytes())).is_err(), "{word}");
        }
    }

    #[test]
    fn texts_lie_one_after_the_other() {
        let Values::Text(all) = texts(&["a", "", "é"]) else { panic!() };
        assert_eq!((all.bytes(), all.offsets()), ("aé", &[0, 1, 1, 3][..]));
        assert_eq!((all.get(2), all.get(3)), (Some("é"), None));
        assert_eq!(Values::Text(all).select(&[2, 0]), texts(&["é", "a"]));
    }
}
