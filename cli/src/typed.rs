//! Values of which only the text is known: of an argument, or of an input file.

use serde_json::Value;

/// A value as what it looks like: an integer, a number, true or false, else text.
pub fn typed(text: &str) -> Value {
    if let Ok(value) = text.parse::<i64>() {
        return value.into();
    }
    match text {
        "true" | "True" | "TRUE" => return true.into(),
        "false" | "False" | "FALSE" => return false.into(),
        _ => {}
    }
    // Rust takes "inf", "nan" and their like for numbers, which JSON does not have.
    let is_written_as_one = text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
    match text.parse::<f64>() {
        Ok(value) if is_written_as_one && value.is_finite() => value.into(),
        _ => text.into(),
    }
}
