//! Input decks of programs, as parameters: Fortran namelists, TOML, YAML, JSON, INI, and lines `key = value`.

mod ini;
mod pairs;
mod yaml;

use std::path::Path;

use metalab::namelist;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Result};
use crate::rules;

/// A file's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Toml,
    Yaml,
    Json,
    Ini,
    Namelist,
    Pairs,
}

/// Returns true if a file is one that `read` finds parameters in, as far as its name and its beginning say.
pub fn is_deck(path: &Path) -> bool {
    use std::io::Read as _;
    let mut beginning = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(64 << 10).read_to_end(&mut beginning));
    read.is_ok() && format(path, &String::from_utf8_lossy(&beginning)).is_some()
}

/// The parameters in a file. None if it is none of the formats: nothing is said of it then.
pub fn read(path: &Path, bytes: &[u8]) -> Result<Option<Map<String, Value>>> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(None) };
    let Some(format) = format(path, text) else { return Ok(None) };
    let read = match format {
        Format::Toml => toml::from_str::<toml::Table>(text)
            .map_err(|error| rules::of_toml_error(text, &error))
            .map(of_toml),
        Format::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
        Format::Yaml => yaml::read(text),
        Format::Ini => ini::read(text),
        Format::Namelist => namelist::read(text)
            .map(|groups| groups.into_iter().map(|(name, group)| (name, json!(group))).collect()),
        Format::Pairs => pairs::read(text),
    };
    match read {
        Ok(members) => Ok(Some(members)),
        // Who says by its name what it is, is to be that.
        Err(problem) => Err(Failure::new(format!("the input {} can't be read: {problem}", path.display()))
            .advice("correct it, or leave it out: --input reads parameters of the files that it names")),
    }
}

/// The format by the file's extension, else by its content.
fn format(path: &Path, text: &str) -> Option<Format> {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("toml") => return Some(Format::Toml),
        Some("yaml" | "yml") => return Some(Format::Yaml),
        Some("json") => return Some(Format::Json),
        Some("ini") => return Some(Format::Ini),
        Some("nml" | "namelist") => return Some(Format::Namelist),
        _ => {}
    }
    if namelist::is_one(text) {
        return Some(Format::Namelist);
    }
    // By these names it may be anything, and is read only if all of it can be.
    let fits = |format| match format {
        Format::Json => {
            text.trim_start().starts_with('{') && serde_json::from_str::<Map<String, Value>>(text).is_ok()
        }
        Format::Ini => ini::is_one(text),
        _ => pairs::read(text).is_ok_and(|members| !members.is_empty()),
    };
    [Format::Json, Format::Ini, Format::Pairs].into_iter().find(|format| fits(*format))
}

fn of_toml(table: toml::Table) -> Map<String, Value> {
    fn value(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(value) => value.into(),
            toml::Value::Float(value) => float(value),
            toml::Value::Boolean(value) => value.into(),
            toml::Value::Datetime(time) => time.to_string().into(),
            toml::Value::Array(items) => items.into_iter().map(self::of_toml_value).collect(),
            toml::Value::Table(table) => of_toml(table).into(),
        }
    }
    table.into_iter().map(|(key, member)| (key, value(member))).collect()
}

fn of_toml_value(value: toml::Value) -> Value {
    let mut one = toml::Table::new();
    one.insert(String::new(), value);
    of_toml(one).remove("").unwrap_or_default()
}

/// A number; as text where JSON has none.
fn float(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or_else(|| value.to_string().into(), Value::Number)
}

/// Puts `value` at a dotted key: `a.b` is the member b of the object a.
fn put(members: &mut Map<String, Value>, key: &str, value: Value) {
    if let Some((first, rest)) =
        key.split_once('.').filter(|(first, rest)| !first.is_empty() && !rest.is_empty())
    {
        let below = members.entry(first).or_insert_with(|| Map::new().into());
        if let Value::Object(below) = below {
            return put(below, rest, value);
        }
    }
    members.insert(key.to_owned(), value);
}
