//! JSON for scripts: strict, so NaN and the infinities are the strings "NaN", "Infinity" and "-Infinity".

use metalab::read::{Column, Values};
use metalab::{Json, Scalar};
use serde_json::{Map, Value};

/// A number, or the string that says which it is.
pub fn float(value: f64) -> Value {
    match serde_json::Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// A value of the store. An integer beyond 64 bits is a string of its digits.
pub fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Int(value) => (*value).into(),
        Json::BigInt(digits) => digits.parse::<u64>().map_or_else(|_| digits.clone().into(), Value::from),
        Json::Float(value) => float(*value),
        Json::Str(text) => text.clone().into(),
        Json::Array(items) => items.iter().map(value).collect(),
        Json::Object(members) => object(members),
    }
}

/// An object of the store.
pub fn object<'a>(members: impl IntoIterator<Item = (&'a String, &'a Json)>) -> Value {
    members.into_iter().map(|(key, json)| (key.clone(), value(json))).collect::<Map<_, _>>().into()
}

/// The value of a column in a row; null where it is missing. Times are microseconds since 1970 in the
/// column, and RFC 3339 here.
pub fn cell(column: &Column, row: usize) -> Value {
    match column.get(row) {
        None => Value::Null,
        Some(metalab::Value::Text(text)) if column.name == "tags" => {
            serde_json::from_str(&text).unwrap_or(Value::Null)
        }
        Some(metalab::Value::Text(text)) => text.into_owned().into(),
        Some(metalab::Value::Scalar(Scalar::I64(micros))) if matches!(column.values, Values::Time(_)) => {
            crate::format::rfc3339(micros).into()
        }
        Some(metalab::Value::Scalar(value)) => scalar(value),
    }
}

/// The value of a point or of a column.
pub fn of_value(value: &metalab::Value<'_>) -> Value {
    match value {
        metalab::Value::Scalar(value) => scalar(*value),
        metalab::Value::Text(text) => text.as_ref().into(),
    }
}

/// A number or boolean.
pub fn scalar(scalar: Scalar) -> Value {
    match scalar {
        Scalar::Bool(value) => value.into(),
        Scalar::I64(value) => value.into(),
        Scalar::F64(value) => float(value),
    }
}
