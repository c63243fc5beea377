//! Two values of JSON, compared member by member.

use metalab::Json;
use serde_json::json;

use super::Found;
use super::numbers::{self, Tolerance};
use crate::{escape, plain};

/// The first difference between two values, and how many there are; nothing if there is none.
pub fn difference(a: &Json, b: &Json, tolerance: Tolerance) -> Option<Found> {
    let mut all = Vec::new();
    walk("", a, b, tolerance, &mut all);
    let (path, a, b) = all.first()?;
    let apart = match (number(a), number(b)) {
        (Some(a), Some(b)) => format!(" ({})", numbers::apart(a, b)),
        _ => String::new(),
    };
    let shown = |json: &Option<&Json>| match json {
        Some(Json::Str(text)) => format!("{:?}", escape::short(text, 40)),
        Some(json) => escape::short(&plain::json(json), 40),
        None => "nothing".to_owned(),
    };
    let place = if path.is_empty() { String::new() } else { format!("at {}: ", escape::line(path)) };
    let more = match all.len() {
        1 => String::new(),
        count => format!("; {count} values differ"),
    };
    let text = format!("{place}{} in A, {} in B{apart}{more}", shown(a), shown(b));
    let value = |json: &Option<&Json>| json.map_or(serde_json::Value::Null, crate::json::value);
    let detail = json!({"path": path, "a": value(a), "b": value(b), "count": all.len()});
    Some(Found { text, detail })
}

fn number(json: &Option<&Json>) -> Option<f64> {
    match json.as_ref()? {
        Json::Int(value) => Some(*value as f64),
        Json::Float(value) => Some(*value),
        _ => None,
    }
}

/// Values that differ, with their path.
type Differing<'a> = Vec<(String, Option<&'a Json>, Option<&'a Json>)>;

fn walk<'a>(path: &str, a: &'a Json, b: &'a Json, tolerance: Tolerance, all: &mut Differing<'a>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (a, b) {
        (Json::Object(of_a), Json::Object(of_b)) => {
            for (key, a) in of_a {
                match of_b.get(key) {
                    Some(b) => walk(&below(key), a, b, tolerance, all),
                    None => all.push((below(key), Some(a), None)),
                }
            }
            let only = of_b.iter().filter(|(key, _)| !of_a.contains_key(*key));
            all.extend(only.map(|(key, b)| (below(key), None, Some(b))));
        }
        (Json::Array(of_a), Json::Array(of_b)) => {
            for index in 0..of_a.len().max(of_b.len()) {
                match (of_a.get(index), of_b.get(index)) {
                    (Some(a), Some(b)) => walk(&below(&index.to_string()), a, b, tolerance, all),
                    (a, b) => all.push((below(&index.to_string()), a, b)),
                }
            }
        }
        (a, b) => {
            let is_same = match (a, b) {
                (Json::Int(a), Json::Int(b)) if a == b => true,
                // Two integers may be equal as floats that are not.
                (Json::Int(a), Json::Int(b)) if tolerance == Tolerance::default() => a == b,
                (a, b) => match (number(&Some(a)), number(&Some(b))) {
                    (Some(a), Some(b)) => tolerance.holds(a, b),
                    _ => a == b,
                },
            };
            if !is_same {
                all.push((path.to_owned(), Some(a), Some(b)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_told_with_its_path() {
        let parse = |text| metalab::json::parse(text).unwrap();
        let found = |a, b, relative| {
            difference(&parse(a), &parse(b), Tolerance { relative, absolute: 0.0 }).map(|found| found.text)
        };
        assert_eq!(found(r#"{"a": [1, NaN]}"#, r#"{"a": [1.0, NaN]}"#, 0.0), None);
        assert_eq!(found("1.0", "1.05", 0.1), None);
        let said = found(r#"{"a": [1, 2], "b": 1}"#, r#"{"a": [1, 3], "c": "x"}"#, 0.0).unwrap();
        assert!(said.starts_with("at a.1: 2 in A, 3 in B") && said.ends_with("3 values differ"), "{said}");
        assert!(found("9007199254740993", "9007199254740992", 0.0).is_some());
        assert!(found("\"1\"", "1", 0.0).is_some() && found("true", "1", 0.0).is_some());
    }
}
