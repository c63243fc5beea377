//! Fortran namelists: `&group a = 1, b(2) = 3*0.5, c%d = 'text' /`.

use serde_json::{Map, Value};

use crate::rules::Number;

/// Arrays are not longer: a repeat count may be wrong.
const LONGEST: usize = 1 << 16;

/// Returns true if a line of the text begins a group of a namelist, and a line ends one.
pub fn is_one(text: &str) -> bool {
    let begins = |line: &str| {
        let name = line.trim_start().strip_prefix(['&', '$']).unwrap_or("");
        name.starts_with(|first: char| first.is_ascii_alphabetic())
    };
    let ends = |line: &str| {
        let line = line.trim().to_ascii_lowercase();
        line.ends_with('/') || line == "&end" || line == "$end"
    };
    text.lines().any(begins) && text.lines().any(ends)
}

/// The groups as objects, with names in lower case. Lines outside of groups are left out. Of a group that
/// comes several times, each member has its last value.
pub fn read(text: &str) -> Result<Map<String, Value>, String> {
    let mut groups = Map::new();
    let mut reader = Reader { text, at: 0 };
    while let Some(name) = reader.group() {
        let below = groups.entry(name.clone()).or_insert_with(|| Map::new().into());
        let Value::Object(members) = below else { continue };
        reader.members(members).map_err(|problem| {
            let line = text[..reader.at.min(text.len())].matches('\n').count() + 1;
            format!("line {line}, group {name}: {problem}")
        })?;
    }
    Ok(groups)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes behind blanks and comments.
    fn skip(&mut self) {
        while let Some(c) = self.next() {
            if c == '!' {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if c.is_whitespace() {
                self.at += c.len_utf8();
            } else {
                return;
            }
        }
    }

    /// Goes behind the next beginning of a group, and returns its name.
    fn group(&mut self) -> Option<String> {
        while self.at < self.text.len() {
            let line = self.rest();
            let end = line.find('\n').map_or(line.len(), |end| end + 1);
            let trimmed = line[..end].trim_start();
            let indent = end - trimmed.len();
            let name: String = trimmed
                .strip_prefix(['&', '$'])
                .map(|name| {
                    name.chars().take_while(|c| c.is_ascii_alphanumeric() || "_%".contains(*c)).collect()
                })
                .unwrap_or_default();
            if !name.is_empty() {
                self.at += indent + 1 + name.len();
                return Some(name.to_ascii_lowercase());
            }
            self.at += end;
        }
        None
    }

    /// Reads up to the end of the group.
    fn members(&mut self, members: &mut Map<String, Value>) -> Result<(), String> {
        loop {
            self.skip();
            match self.next() {
                None => return Err("it has no end".to_owned()),
                Some('/') => {
                    self.at += 1;
                    return Ok(());
                }
                Some('&' | '$') => {
                    let word: String = self.rest()[1..].chars().take(3).collect();
                    if word.eq_ignore_ascii_case("end") {
                        self.at += 4;
                        return Ok(());
                    }
                    return Err("it has no end".to_owned());
                }
                Some(',' | ';') => self.at += 1,
                Some(_) => {
                    let key = self.key()?;
                    let values = self.values()?;
                    let value = match <[Value; 1]>::try_from(values) {
                        Ok([one]) => one,
                        Err(values) => values.into(),
                    };
                    super::put(members, &key, value);
                }
            }
        }
    }

    /// A name with its `=`: `a`, `a(1,2)`, `a%b`.
    fn key(&mut self) -> Result<String, String> {
        let Some(length) = self.key_length() else {
            let word: String = self.rest().chars().take_while(|c| !c.is_whitespace()).take(40).collect();
            return Err(format!("{word:?} is no name with a value"));
        };
        let key = self.rest()[..length].split('=').next().unwrap_or_default();
        let key: String = key.chars().filter(|c| !c.is_whitespace()).collect();
        self.at += length;
        Ok(key.replace('%', ".").to_ascii_lowercase())
    }

    /// The length of the name that comes next with its `=`, if one does.
    fn key_length(&self) -> Option<usize> {
        let rest = self.rest();
        if !rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
            return None;
        }
        let mut depth = 0;
        for (at, c) in rest.char_indices() {
            match c {
                '=' if depth == 0 => return Some(at + 1),
                '(' => depth += 1,
                ')' => depth -= 1,
                ',' | ':' if depth > 0 => {}
                c if c.is_ascii_alphanumeric() || "_% \t".contains(c) => {}
                _ => return None,
            }
        }
        None
    }

    /// Values up to the next name or the end of the group; null for those that were left out.
    fn values(&mut self) -> Result<Vec<Value>, String> {
        let mut values = Vec::new();
        let mut was_comma = true;
        loop {
            self.skip();
            match self.next() {
                None | Some('/' | '&' | '$') => break,
                Some(',' | ';') => {
                    self.at += 1;
                    if std::mem::replace(&mut was_comma, true) {
                        values.push(Value::Null);
                    }
                }
                Some(quote @ ('\'' | '"')) => {
                    values.push(self.quoted(quote)?.into());
                    was_comma = false;
                }
                Some('(') => {
                    values.push(self.complex()?);
                    was_comma = false;
                }
                Some(_) if self.key_length().is_some() => break,
                Some(_) => {
                    self.word(&mut values)?;
                    was_comma = false;
                }
            }
        }
        Ok(values)
    }

    /// A text in quotes, where two quotes are one.
    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        self.at += 1;
        while let Some(c) = self.next() {
            self.at += c.len_utf8();
            if c != quote {
                text.push(c);
            } else if self.next() == Some(quote) {
                self.at += 1;
                text.push(quote);
            } else {
                return Ok(text);
            }
        }
        Err("a text has no closing quote".to_owned())
    }

    /// A complex number: an array of two.
    fn complex(&mut self) -> Result<Value, String> {
        let end = self.rest().find(')').ok_or("a complex number has no end")?;
        let parts = self.rest()[1..end].split(',').map(|part| plain(part.trim())).collect();
        self.at += end + 1;
        Ok(parts)
    }

    /// A number, a logical or a bare word, perhaps repeated: `3*1.5`, `2*'a'`, `4*` for four left out.
    fn word(&mut self, values: &mut Vec<Value>) -> Result<(), String> {
        let is_end = |c: char| c.is_whitespace() || ",;/!".contains(c);
        let mut length = self.rest().find(is_end).unwrap_or(self.rest().len());
        let word = self.rest()[..length].to_owned();
        let repeat =
            word.split_once('*').and_then(|(count, value)| Some((count.parse::<usize>().ok()?, value)));
        let Some((count, text)) = repeat else {
            values.push(plain(&word));
            self.at += length;
            return Ok(());
        };
        if count > LONGEST {
            return Err(format!("{count} times the same value are too many"));
        }
        let value = match text.chars().next() {
            Some(quote @ ('\'' | '"')) => {
                self.at += word.len() - text.len();
                length = 0;
                self.quoted(quote)?.into()
            }
            None => Value::Null,
            Some(_) => plain(text),
        };
        self.at += length;
        values.extend(std::iter::repeat_n(value, count));
        Ok(())
    }
}

/// A word as what Fortran takes it for.
fn plain(word: &str) -> Value {
    match Number::parse(word) {
        Some(Number::Int(value)) => return value.into(),
        Some(Number::Float(value)) => return super::float(value),
        _ => {}
    }
    match word.trim_start_matches('.').chars().next().map(|first| first.to_ascii_lowercase()) {
        Some('t') if is_logical(word, "true") => true.into(),
        Some('f') if is_logical(word, "false") => false.into(),
        _ => word.into(),
    }
}

fn is_logical(word: &str, whole: &str) -> bool {
    let word = word.trim_matches('.').to_ascii_lowercase();
    word == whole || word == whole[..1]
}
