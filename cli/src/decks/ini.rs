//! INI: sections of `key = value`.

use ini::Ini;
use serde_json::{Map, Value};

use crate::typed::typed;

/// Returns true if a text has a section, and nothing but what INI has.
pub fn is_one(text: &str) -> bool {
    let is_section = |line: &str| {
        let inside = line.trim().strip_prefix('[').and_then(|line| line.strip_suffix(']'));
        inside.is_some_and(|name| !name.is_empty() && !name.contains(['[', ']', ',', '"']))
    };
    let is_line = |line: &str| {
        let line = line.trim();
        line.is_empty() || line.starts_with(['#', ';']) || is_section(line) || line.contains(['=', ':'])
    };
    text.lines().any(is_section) && text.lines().all(is_line)
}

/// Each section as an object; a section `a.b` is the object b in a.
pub fn read(text: &str) -> Result<Map<String, Value>, String> {
    let found = Ini::load_from_str(text).map_err(|error| error.to_string())?;
    let mut members = Map::new();
    for (section, properties) in &found {
        let values = properties.iter().map(|(key, value)| (key.to_owned(), typed(value.trim())));
        match section {
            None => members.extend(values),
            Some(section) => super::put(&mut members, section, values.collect::<Map<_, _>>().into()),
        }
    }
    Ok(members)
}
