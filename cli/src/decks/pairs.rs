//! Lines `key = value`, as many solvers read them.

use serde_json::{Map, Value};

use crate::typed::typed;

/// The members. A dot in a key is a level: `solver.tol = 1e-6`.
pub fn read(text: &str) -> Result<Map<String, Value>, String> {
    let mut members = Map::new();
    for (index, line) in text.lines().enumerate() {
        let line = without_comment(line).trim().trim_end_matches([';', ',']).trim_end();
        if line.is_empty() {
            continue;
        }
        let is_key = |key: &str| {
            key.starts_with(|first: char| first.is_alphabetic() || first == '_')
                && key.chars().all(|c| c.is_alphanumeric() || "_.-[]()".contains(c))
        };
        match line.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
            Some((key, value)) if is_key(key) => super::put(&mut members, key, values(value)),
            _ => return Err(format!("line {} is no `key = value`", index + 1)),
        }
    }
    Ok(members)
}

/// A line without the comment at its end. A `#` in quotes or in a word begins none.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '#' | '!') if before.is_whitespace() => return &line[..at],
            (None, '/') if line[at..].starts_with("//") && before.is_whitespace() => return &line[..at],
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
        before = c;
    }
    line
}

/// A value, or an array of several between blanks or commas that are all numbers.
fn values(text: &str) -> Value {
    let quoted =
        |quote| text.strip_prefix(quote)?.strip_suffix(quote).filter(|text: &&str| !text.contains(quote));
    if let Some(text) = quoted('"').or_else(|| quoted('\'')) {
        return text.into();
    }
    let words = text.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    let words: Vec<Value> = words.map(typed).collect();
    if words.len() > 1 && words.iter().all(Value::is_number) {
        return words.into();
    }
    typed(text)
}
