//! Fortran namelists: `&group a = 1, b(2) = 3*0.5, c%d = 'text' /`.

use super::json::{Json, Object};

/// The most values that repeat counts may make of a file: a count may be wrong.
const MOST_REPEATED: usize = 1 << 20;

/// How many components a name may have.
const MOST_COMPONENTS: usize = 32;

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

/// The groups as objects, with names in lower case.
///
/// Components `a%b` are members of objects. Repeated values `3*0.0` are written out, complex numbers are arrays of
/// two, values that were left out are null, and NaN and infinities are strings. Lines outside of groups are skipped.
/// If a group occurs several times, each variable has its last value.
///
/// # Errors
/// A message with the line and the group, if the text is not a namelist.
pub fn read(text: &str) -> Result<Object, String> {
    let mut groups = Object::new();
    let mut reader = Reader { text, at: 0, repeated: 0 };
    while let Some(name) = reader.group() {
        let below = groups.entry(name.clone()).or_insert_with(|| Json::Object(Object::new()));
        let Json::Object(members) = below else { continue };
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
    /// How many values repeat counts have made.
    repeated: usize,
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
                .map(|name| name.chars().take_while(|c| is_in_name(*c)).collect())
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
    fn members(&mut self, members: &mut Object) -> Result<(), String> {
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
                    let name = self.name()?;
                    let values = self.values()?;
                    let value = match <[Json; 1]>::try_from(values) {
                        Ok([one]) => one,
                        Err(values) => Json::Array(values),
                    };
                    put(members, &name, value);
                }
            }
        }
    }

    /// A variable's name with its `=`: the components of `a%b(1, 2)`.
    fn name(&mut self) -> Result<Vec<String>, String> {
        let Some(length) = name_length(self.rest()) else {
            let word: String = self.rest().chars().take_while(|c| !c.is_whitespace()).take(40).collect();
            return Err(format!("{word:?} is not a name with a value"));
        };
        let name = &self.rest()[..length - 1];
        let name: String = name.chars().filter(|c| !c.is_whitespace()).collect();
        let components: Vec<String> = name.to_ascii_lowercase().split('%').map(str::to_owned).collect();
        if components.len() > MOST_COMPONENTS {
            return Err(format!("a name has more than {MOST_COMPONENTS} components"));
        }
        self.at += length;
        Ok(components)
    }

    /// Values up to the next name or the end of the group; null for those that were left out.
    fn values(&mut self) -> Result<Vec<Json>, String> {
        let mut values = Vec::new();
        let mut was_comma = true;
        loop {
            self.skip();
            match self.next() {
                None | Some('/' | '&' | '$') => break,
                Some(',' | ';') => {
                    self.at += 1;
                    if std::mem::replace(&mut was_comma, true) {
                        values.push(Json::Null);
                    }
                }
                Some(_) if name_length(self.rest()).is_some() => break,
                Some(first) => {
                    let count = if first.is_ascii_digit() { self.count()? } else { None };
                    let value = self.value()?;
                    values.extend(std::iter::repeat_n(value, count.unwrap_or(1)));
                    was_comma = false;
                }
            }
        }
        Ok(values)
    }

    /// Goes behind a repeat count, as in `3*1.5`, and returns it.
    fn count(&mut self) -> Result<Option<usize>, String> {
        let digits = self.rest().find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest().len());
        if !self.rest()[digits..].starts_with('*') {
            return Ok(None);
        }
        let count = self.rest()[..digits].parse().unwrap_or(usize::MAX);
        self.repeated = self.repeated.saturating_add(count);
        if self.repeated > MOST_REPEATED {
            return Err(format!("{count} times the same value is too many"));
        }
        self.at += digits + 1;
        Ok(Some(count))
    }

    /// One value: a text in quotes, a complex number, a word; null where there is none.
    fn value(&mut self) -> Result<Json, String> {
        match self.next() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote).map(Json::Str),
            Some('(') => self.complex(),
            _ => {
                let is_end = |c: char| c.is_whitespace() || ",;/!".contains(c);
                let length = self.rest().find(is_end).unwrap_or(self.rest().len());
                let word = &self.rest()[..length];
                let value = if word.is_empty() { Json::Null } else { plain(word) };
                self.at += length;
                Ok(value)
            }
        }
    }

    /// A text in quotes, where two quotes are one. It may go on in the next line.
    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        self.at += 1;
        while let Some(c) = self.next() {
            self.at += c.len_utf8();
            if c != quote {
                if !"\r\n".contains(c) {
                    text.push(c);
                }
            } else if self.next() == Some(quote) {
                self.at += 1;
                text.push(quote);
            } else {
                // Blanks at the end of a string mean nothing in Fortran.
                text.truncate(text.trim_end_matches(' ').len());
                return Ok(text);
            }
        }
        Err("a text has no closing quote".to_owned())
    }

    /// A complex number: an array of two.
    fn complex(&mut self) -> Result<Json, String> {
        let end = self.rest().find(')').ok_or("a complex number has no end")?;
        let parts: Vec<Json> = self.rest()[1..end].split(',').map(|part| plain(part.trim())).collect();
        if parts.len() != 2 {
            return Err(format!("{:?} is not a complex number", &self.rest()[..=end]));
        }
        self.at += end + 1;
        Ok(Json::Array(parts))
    }
}

fn is_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of the name that a text begins with, up to the `=` behind it, if it does: `a`, `a(1,2)`, `a%b`, with
/// blanks between them.
fn name_length(text: &str) -> Option<usize> {
    let mut rest = text;
    loop {
        if !rest.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
            return None;
        }
        rest = rest.trim_start_matches(is_in_name).trim_start();
        if let Some(inner) = rest.strip_prefix('(') {
            let is_index = |c: char| c.is_ascii_digit() || c.is_whitespace() || ",:+-".contains(c);
            rest = inner.trim_start_matches(is_index).strip_prefix(')')?.trim_start();
        }
        match rest.strip_prefix('%') {
            Some(component) => rest = component.trim_start(),
            None => return rest.starts_with('=').then(|| text.len() - rest.len() + 1),
        }
    }
}

/// Puts a value at the components of a name.
fn put(members: &mut Object, name: &[String], value: Json) {
    let [first, rest @ ..] = name else { return };
    if rest.is_empty() {
        members.insert(first.clone(), value);
        return;
    }
    let below = members.entry(first.clone()).or_default();
    if !matches!(below, Json::Object(_)) {
        *below = Json::Object(Object::new());
    }
    if let Json::Object(below) = below {
        put(below, rest, value);
    }
}

/// A word as what Fortran reads it as.
fn plain(word: &str) -> Json {
    match number(word) {
        Some(Json::Float(value)) if !value.is_finite() => return Json::Str(value.to_string()),
        Some(value) => return value,
        None => {}
    }
    let logical = word.trim_matches('.').to_ascii_lowercase();
    match logical.as_str() {
        "t" | "true" => Json::Bool(true),
        "f" | "false" => Json::Bool(false),
        _ => Json::Str(word.to_owned()),
    }
}

/// The number that `text` is, if it is one, with exponents as Fortran writes them: `1.5D-03`, `1.5-103`.
pub fn number(text: &str) -> Option<Json> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let first = unsigned.bytes().next()?;
    if !first.is_ascii_digit() && first != b'.' {
        let value = match unsigned.to_ascii_lowercase().as_str() {
            "nan" => f64::NAN,
            "inf" | "infinity" => f64::INFINITY,
            _ => return None,
        };
        return Some(Json::Float(if text.starts_with('-') { -value } else { value }));
    }
    if let Ok(value) = text.parse() {
        return Some(Json::Int(value));
    }
    text.parse().ok().or_else(|| with_exponent(text)).map(Json::Float)
}

/// A number with an exponent that only Fortran has.
fn with_exponent(text: &str) -> Option<f64> {
    if let Some(at) = text.find(['d', 'D', 'q', 'Q']) {
        return format!("{}e{}", &text[..at], &text[at + 1..]).parse().ok();
    }
    // Without a letter: that of a number with a point, or one of three digits.
    let at = text.rfind(['+', '-']).filter(|at| *at > 0)?;
    let is_exponent = text[..at].contains('.') || text[at + 1..].len() == 3;
    is_exponent.then(|| format!("{}e{}", &text[..at], &text[at..]).parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compact(text: &str) -> String {
        Json::Object(read(text).unwrap()).to_compact()
    }

    #[test]
    fn values_of_every_type() {
        let text = "a line before\n&Grid\n nx = 64, ny=-3 big = 99999999999 ! cells\n \
            Origin = 0.0, 1.5d0 -2. .5 1.e-3 1Q2 1.5+3 2.5-100\n name = 'it''s  ', path = \"a/b\"\n \
            on = .TRUE., .false. t F .F.\n weights = 3*0.5, 2*1 2*'x' 2*(1,2)\n z = (1.0, -2d0)\n \
            gap = 1,,3 none = x = nan, -Inf\n/\n";
        let wanted = r#"{"grid":{"big":99999999999,"gap":[1,null,3],"name":"it's","none":[],"nx":64,"ny":-3,"#
            .to_owned()
            + r#""on":[true,false,true,false,false],"origin":[0.0,1.5,-2.0,0.5,0.001,100.0,1500.0,2.5e-100],"#
            + r#""path":"a/b","weights":[0.5,0.5,0.5,1,1,"x","x",[1,2],[1,2]],"x":["NaN","-inf"],"z":[1.0,-2.0]}}"#;
        assert_eq!(compact(text), wanted);
    }

    #[test]
    fn names_and_groups() {
        assert_eq!(
            compact("&a flag = T n = 3 / &b x(1) = 1 x (2,:)= 2\r\n/"),
            r#"{"a":{"flag":true,"n":3},"b":{"x(1)":1,"x(2,:)":2}}"#
        );
        assert_eq!(
            compact("$s m%kind='cg' m % n = 5 m%p%q = 1 m%p = 2 m%p%q = 3 $end"),
            r#"{"s":{"m":{"kind":"cg","n":5,"p":{"q":3}}}}"#
        );
        assert_eq!(compact("&a n=1 &end\n&a n=2 m=1 /\n&e /"), r#"{"a":{"m":1,"n":2},"e":{}}"#);
        assert_eq!(compact("&a s = 'one\n two' l\n = T /"), r#"{"a":{"l":true,"s":"one two"}}"#);
        assert_eq!(compact("no group\n"), "{}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let deep = format!("&a {}x = 1 /", "a%".repeat(10_000));
        for (text, problem) in [
            ("&g n = 'x\n/\n", "line 3, group g: a text has no closing quote"),
            ("&g n = 1\n", "line 2, group g: it has no end"),
            ("&g n = 1\n&h m = 1 /", "line 2, group g: it has no end"),
            ("&g 5 /", "line 1, group g: \"5\" is not a name with a value"),
            ("&g a = 99999999999999999999*1 /", "times the same value is too many"),
            ("&g a = 1000000*1 1000000*2 /", "times the same value is too many"),
            ("&g a = (1 /", "a complex number has no end"),
            ("&g a = (1,2,3) /", "is not a complex number"),
            (&deep, "more than 32 components"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(problem), "{said}");
        }
    }

    #[test]
    fn numbers_are_told_from_words() {
        for text in ["", "-", "n", "1.0s", "1:2", "2026-11-28", "12D", "e5", ".", "1-2", "--1"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
