//! Python's dialect of JSON: its numbers, its NaN and infinities, its way of writing.

mod build;
mod read;
mod serialize;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::error::{Error, ErrorKind, Result};

pub(crate) use build::{Builder, Container};
pub use read::parse;
pub(crate) use read::parse_given;
pub(crate) use serialize::{object_of, value_of};
pub(crate) use write::{write_compact, write_f64, write_i64, write_pretty, write_string};

/// How deep arrays and objects that a caller gives may lie in each other. What is made of them (records,
/// events, manifests) lies a few deeper, and must be readable; and a thread with a small stack has room for
/// so many.
pub const MAX_DEPTH: usize = 100;

/// How deep they may lie in files; Python's own reader gives up near 1000.
const MAX_FILE_DEPTH: usize = 500;

/// The members of an object. The keys' byte order is that of their code points, which is how Python sorts.
pub type Object = BTreeMap<String, Json>;

/// A JSON value as Python has it: integers are exact and are not floats.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer that is not an `i64`, as its decimal digits: no leading zero, no plus.
    BigInt(String),
    /// A float, also NaN and the infinities.
    Float(f64),
    /// A string.
    Str(String),
    /// An array.
    Array(Vec<Json>),
    /// An object.
    Object(Object),
}

impl Json {
    /// `value` as JSON: a struct of the program, a map, a number.
    ///
    /// Integers of any size are exact, NaN and infinities stay what they are, keys that are integers
    /// or booleans become strings.
    ///
    /// # Errors
    /// [`ErrorKind::Json`], naming the place in the value, for what JSON can't hold: keys of another
    /// kind, and nesting beyond [`MAX_DEPTH`].
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        value_of("value", value)
    }

    /// An object of these keys and values.
    pub fn object<K: Into<String>, V: Into<Json>>(members: impl IntoIterator<Item = (K, V)>) -> Self {
        Json::Object(self::members(members))
    }

    /// The value at `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.as_object()?.get(key)
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The text at `key`, if this is an object with a string there.
    pub fn str_at(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The text at `key`, as a string of its own.
    pub(crate) fn text_at(&self, key: &str) -> Option<String> {
        self.str_at(key).map(str::to_owned)
    }

    /// The integer at `key`, if this is an object with one of 64 bits there.
    pub fn i64_at(&self, key: &str) -> Option<i64> {
        self.get(key)?.as_i64()
    }

    /// The elements at `key`, none if this is no object with an array there.
    pub fn array_at(&self, key: &str) -> &[Json] {
        self.get(key).and_then(Json::as_array).unwrap_or_default()
    }

    /// The integer, if this is one of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Json::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The number as a float, if this is one; an integer beyond 2^53 is rounded.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Json::Int(value) => Some(*value as f64),
            Json::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if this is an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The members, none of `null`; `what` names the value in the error.
    ///
    /// # Errors
    /// [`ErrorKind::Json`] when this is anything else.
    pub(crate) fn into_object(self, what: &str) -> Result<Object> {
        match self {
            Json::Object(members) => Ok(members),
            Json::Null => Ok(Object::new()),
            other => Err(Error::new(
                ErrorKind::Json,
                format!("{what} must be a JSON object, not {}", other.kind_name()),
            )),
        }
    }

    /// The kind of this value in words: `an integer`, `an object`.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Int(_) | Json::BigInt(_) => "an integer",
            Json::Float(_) => "a float",
            Json::Str(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
        }
    }

    /// The text, as Python's `json.dumps(value, indent=2, sort_keys=True)` has it.
    pub fn to_pretty(&self) -> String {
        let mut out = Vec::new();
        write_pretty(self, &mut out, 0);
        into_text(out)
    }

    /// The text without white space, keys sorted.
    pub fn to_compact(&self) -> String {
        let mut out = Vec::new();
        write_compact(self, &mut out);
        into_text(out)
    }
}

fn into_text(out: Vec<u8>) -> String {
    // The writers put out ASCII, except a BigInt that somebody built of other text.
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::Str(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::Str(text)
    }
}

impl From<f64> for Json {
    fn from(value: f64) -> Self {
        Json::Float(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Json::Int(value)
    }
}

impl From<u64> for Json {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or_else(|_| Json::BigInt(value.to_string()), Json::Int)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<Vec<Json>> for Json {
    fn from(items: Vec<Json>) -> Self {
        Json::Array(items)
    }
}

impl From<Object> for Json {
    fn from(members: Object) -> Self {
        Json::Object(members)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}

/// The members of an object of these keys and values.
pub(crate) fn members<K: Into<String>, V: Into<Json>>(members: impl IntoIterator<Item = (K, V)>) -> Object {
    members.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
}

/// The members of an object that a caller gives as JSON text; `what` names it.
///
/// # Errors
/// When the text is no JSON object, or nested beyond [`MAX_DEPTH`].
pub(crate) fn object(what: &str, text: &str) -> Result<Object> {
    match parse_given(text).map_err(|error| error.context(what))? {
        // In text, null says something that is no object.
        Json::Null => Err(Error::new(ErrorKind::Json, format!("{what} must be a JSON object, not null"))),
        json => json.into_object(what),
    }
}

/// Adds `more` to `members`: a member that both have as an object is merged, another one replaced.
pub(crate) fn merge(members: &mut Object, more: Object) {
    for (key, value) in more {
        match (members.get_mut(&key), value) {
            (Some(Json::Object(member)), Json::Object(value)) => merge(member, value),
            (Some(member), value) => *member = value,
            (None, value) => drop(members.insert(key, value)),
        }
    }
}
