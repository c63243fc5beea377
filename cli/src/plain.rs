//! Values of a store as text on one line.

use metalab::{Json, Scalar, Value};

use crate::escape;

/// A float as short as it can be and still be the same one: `0.1`, `1e-6`, `NaN`, `inf`.
pub fn float(value: f64) -> String {
    let text = format!("{value:?}");
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A number or boolean.
pub fn scalar(value: Scalar) -> String {
    match value {
        Scalar::Bool(value) => value.to_string(),
        Scalar::I64(value) => value.to_string(),
        Scalar::F64(value) => float(value),
    }
}

/// The value of a point or of a column.
pub fn value(value: &Value<'_>) -> String {
    match value {
        Value::Scalar(value) => scalar(*value),
        Value::Text(text) => escape::line(text).into_owned(),
    }
}

/// The value of a point in a few digits.
pub fn rough(value: &Value<'_>) -> String {
    match value {
        Value::Scalar(Scalar::F64(value)) => crate::format::float(*value, 6),
        Value::Scalar(value) => scalar(*value),
        Value::Text(text) => escape::short(text, 24),
    }
}

/// A value of a record: a text without quotes, what has members as JSON.
pub fn json(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Int(value) => value.to_string(),
        Json::BigInt(digits) => escape::line(digits).into_owned(),
        Json::Float(value) => float(*value),
        Json::Str(text) => escape::line(text).into_owned(),
        Json::Array(_) | Json::Object(_) => escape::line(&json.to_compact()).into_owned(),
    }
}

/// The members of an object with their names, those of inner objects after them: `solver.tol`.
pub fn flattened(members: &Json) -> Vec<(String, &Json)> {
    let mut found = Vec::new();
    add("", members, &mut found);
    found
}

fn add<'a>(prefix: &str, json: &'a Json, found: &mut Vec<(String, &'a Json)>) {
    for (key, value) in json.as_object().into_iter().flatten() {
        let name = format!("{prefix}{key}");
        match value {
            Json::Object(members) if !members.is_empty() => add(&format!("{name}."), value, found),
            value => found.push((name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_exact_and_short() {
        for (value, text) in
            [(1.0, "1"), (0.1, "0.1"), (1e-6, "1e-6"), (f64::INFINITY, "inf"), (1e300, "1e300")]
        {
            assert_eq!(float(value), text);
        }
        assert_eq!(json(&Json::from("a\u{7}")), "a\\x07");
    }
}
