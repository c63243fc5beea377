//! Python's dialect of JSON: its numbers, its NaN and infinities, its way of writing.

use std::collections::BTreeMap;

use crate::base::error::{Error, ErrorKind, Result};

/// How deep arrays and objects may lie in each other; Python's own reader gives up near 1000.
pub const MAX_DEPTH: usize = 500;

/// Python refuses to read longer integers.
const MAX_INT_DIGITS: usize = 4300;

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
    /// An object. The keys' byte order is that of their code points, which is how Python sorts.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// An object of these keys and values.
    pub fn object<K: Into<String>, V: Into<Json>>(members: impl IntoIterator<Item = (K, V)>) -> Self {
        Json::Object(members.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
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

    /// The integer, if this is one of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Json::Int(value) => Some(*value),
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
    pub fn as_object(&self) -> Option<&BTreeMap<String, Json>> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// What this is, in JSON's terms: `an integer`, `an object`.
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

    /// The text of [`write_pretty`] at level 0.
    pub fn to_pretty(&self) -> String {
        let mut out = Vec::new();
        write_pretty(self, &mut out, 0);
        into_text(out)
    }

    /// The text of [`write_compact`].
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

impl From<BTreeMap<String, Json>> for Json {
    fn from(members: BTreeMap<String, Json>) -> Self {
        Json::Object(members)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}

/// Reads a text as Python's `json.loads` does: NaN and infinities are numbers, `1e400` is infinite,
/// integers are exact, the last of equal keys wins.
///
/// # Errors
/// [`ErrorKind::Json`], naming the byte and what was expected there; also for lone surrogates, which
/// no UTF-8 text can hold, nesting beyond [`MAX_DEPTH`], and integers of over 4300 digits.
pub fn parse(text: &str) -> Result<Json> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    if text.starts_with('\u{feff}') {
        return Err(parser.error("begins with a byte order mark"));
    }
    parser.skip_space();
    let value = parser.value()?;
    parser.skip_space();
    if parser.at < text.len() { Err(parser.expected("the end")) } else { Ok(value) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[cold]
    fn error(&self, problem: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Json, format!("not JSON: {problem} at byte {}", self.at))
    }

    #[cold]
    fn expected(&self, what: &str) -> Error {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => self.error(format_args!("expected {what}, found {found:?}")),
            None => self.error(format_args!("expected {what}, found the end")),
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(token.as_bytes());
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn value(&mut self) -> Result<Json> {
        match self.peek() {
            Some(b'"') => Ok(Json::Str(self.string()?)),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') if self.take("null") => Ok(Json::Null),
            Some(b't') if self.take("true") => Ok(Json::Bool(true)),
            Some(b'f') if self.take("false") => Ok(Json::Bool(false)),
            Some(b'N') if self.take("NaN") => Ok(Json::Float(f64::NAN)),
            Some(b'I') if self.take("Infinity") => Ok(Json::Float(f64::INFINITY)),
            _ => Err(self.expected("a value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json>) -> Result<Json> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(format_args!("nested more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Json> {
        let mut members = BTreeMap::new();
        if self.take("}") {
            return Ok(Json::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in double quotes"));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.take(":") {
                return Err(self.expected("':'"));
            }
            self.skip_space();
            let value = self.value()?;
            members.insert(key, value);
            self.skip_space();
            if self.take("}") {
                return Ok(Json::Object(members));
            }
            if !self.take(",") {
                return Err(self.expected("',' or '}'"));
            }
            self.skip_space();
        }
    }

    fn array(&mut self) -> Result<Json> {
        let mut items = Vec::new();
        if self.take("]") {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            self.skip_space();
            if self.take("]") {
                return Ok(Json::Array(items));
            }
            if !self.take(",") {
                return Err(self.expected("',' or ']'"));
            }
            self.skip_space();
        }
    }

    fn digits(&mut self) -> Result<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.expected("a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Json> {
        let start = self.at;
        if self.take("-") && self.take("Infinity") {
            return Ok(Json::Float(f64::NEG_INFINITY));
        }
        if self.take("0") {
            if let Some(b'0'..=b'9') = self.peek() {
                return Err(self.error("a number begins with 0"));
            }
        } else {
            self.digits()?;
        }
        let integer_end = self.at;
        if self.take(".") {
            self.digits()?;
        }
        if self.take("e") || self.take("E") {
            if !self.take("+") {
                self.take("-");
            }
            self.digits()?;
        }
        let number = &self.text[start..self.at];
        if self.at > integer_end {
            return match number.parse() {
                Ok(value) => Ok(Json::Float(value)),
                Err(_) => Err(self.error(format_args!("{number} is no number"))),
            };
        }
        if let Ok(value) = number.parse() {
            return Ok(Json::Int(value));
        }
        if number.trim_start_matches('-').len() > MAX_INT_DIGITS {
            return Err(self.error(format_args!("an integer of more than {MAX_INT_DIGITS} digits ends")));
        }
        Ok(Json::BigInt(number.to_owned()))
    }

    fn string(&mut self) -> Result<String> {
        self.at += 1;
        let mut value = String::new();
        loop {
            let start = self.at;
            let rest = &self.text.as_bytes()[start..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            self.at = start + plain.unwrap_or(rest.len());
            value.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(value);
                }
                Some(b'\\') => value.push(self.escape()?),
                Some(_) => return Err(self.error("a control character in a string")),
                None => return Err(self.expected("'\"'")),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        self.at += 1;
        let unescaped = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.code_point();
            }
            _ => return Err(self.expected("one of \"\\/bfnrtu after a backslash")),
        };
        self.at += 1;
        Ok(unescaped)
    }

    fn hex4(&mut self) -> Result<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.expected("4 hexadecimal digits after \\u"));
            };
            unit = unit << 4 | digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn code_point(&mut self) -> Result<char> {
        let start = self.at;
        let mut code = self.hex4()?;
        if (0xd800..0xdc00).contains(&code) && self.take("\\u") {
            let low = self.hex4()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            }
        }
        char::from_u32(code).ok_or_else(|| {
            self.at = start;
            self.error(format_args!("\\u{code:04x}, a surrogate without its other half, is no text"))
        })
    }
}

/// Appends what Python's `json.dumps(value, indent=2, sort_keys=True)` gives, byte for byte, as it
/// stands inside `level` arrays or objects. Its first line is not indented, nor its last ended.
pub fn write_pretty(value: &Json, out: &mut Vec<u8>, level: usize) {
    match value {
        Json::Array(items) if !items.is_empty() => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                new_line(index > 0, out, level + 1);
                write_pretty(item, out, level + 1);
            }
            new_line(false, out, level);
            out.push(b']');
        }
        Json::Object(members) if !members.is_empty() => {
            out.push(b'{');
            for (index, (key, item)) in members.iter().enumerate() {
                new_line(index > 0, out, level + 1);
                write_string(key, out);
                out.extend_from_slice(b": ");
                write_pretty(item, out, level + 1);
            }
            new_line(false, out, level);
            out.push(b'}');
        }
        _ => write_compact(value, out),
    }
}

fn new_line(comma: bool, out: &mut Vec<u8>, level: usize) {
    out.extend_from_slice(if comma { b",\n" } else { b"\n" });
    out.resize(out.len() + 2 * level, b' ');
}

/// Appends the value without any white space, keys sorted.
pub fn write_compact(value: &Json, out: &mut Vec<u8>) {
    match value {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(true) => out.extend_from_slice(b"true"),
        Json::Bool(false) => out.extend_from_slice(b"false"),
        Json::Int(number) => write_i64(*number, out),
        Json::BigInt(digits) => out.extend_from_slice(digits.as_bytes()),
        Json::Float(number) => write_f64(*number, out),
        Json::Str(text) => write_string(text, out),
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_compact(item, out);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            out.push(b'{');
            for (index, (key, item)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_string(key, out);
                out.push(b':');
                write_compact(item, out);
            }
            out.push(b'}');
        }
    }
}

/// Appends a quoted string in ASCII, everything else escaped as Python escapes it.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text;
    loop {
        let plain = rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(rest.len());
        out.extend_from_slice(&rest.as_bytes()[..plain]);
        // Plain bytes are ASCII, so a character begins here.
        let mut chars = rest[plain..].chars();
        let Some(special) = chars.next() else {
            break;
        };
        rest = chars.as_str();
        match special {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            _ => special.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write_escape(*unit, out)),
        }
    }
    out.push(b'"');
}

fn write_escape(unit: u16, out: &mut Vec<u8>) {
    let digit = |shift: u32| b"0123456789abcdef"[usize::from(unit >> shift & 15)];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

/// Appends an integer.
pub fn write_i64(value: i64, out: &mut Vec<u8>) {
    push_short(itoa::Buffer::new().format(value).as_bytes(), out);
}

/// Appends a few bytes: by pieces of a fixed size that overlap, which takes no call to copy them.
#[inline]
fn push_short(text: &[u8], out: &mut Vec<u8>) {
    #[inline(always)]
    fn overlapping<const N: usize>(text: &[u8], out: &mut Vec<u8>) {
        let rest = text.len() - N;
        out.extend_from_slice(&text[..N]);
        out.truncate(out.len() - N + rest);
        out.extend_from_slice(&text[rest..rest + N]);
    }
    match text.len() {
        16..=32 => overlapping::<16>(text, out),
        8..16 => overlapping::<8>(text, out),
        4..8 => overlapping::<4>(text, out),
        _ => out.extend_from_slice(text),
    }
}

/// Appends a float as Python's `repr` has it, or `NaN`, `Infinity`, `-Infinity`.
pub fn write_f64(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        let token: &[u8] = match (value.is_nan(), value > 0.0) {
            (true, _) => b"NaN",
            (_, true) => b"Infinity",
            (_, false) => b"-Infinity",
        };
        return out.extend_from_slice(token);
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    // Only here do zmij and Python differ: in `0.00001` for `1e-05`, and in `1e-6` for `1e-06`.
    if (1e-9..1e-4).contains(&value.abs()) {
        return write_small(text, out);
    }
    push_short(text.as_bytes(), out);
}

/// `text` is zmij's of a number with the exponent -9 to -5.
fn write_small(text: &str, out: &mut Vec<u8>) {
    let text = text.as_bytes();
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    if unsigned.len() < text.len() {
        out.push(b'-');
    }
    // The exponent has one digit.
    if let [digits @ .., b'e', b'-', exponent] = unsigned {
        out.extend_from_slice(digits);
        out.extend_from_slice(&[b'e', b'-', b'0', *exponent]);
        return;
    }
    let start = unsigned.iter().position(|byte| !matches!(byte, b'0' | b'.')).unwrap_or(unsigned.len());
    let digits = &unsigned[start..];
    if let Some((first, more)) = digits.split_first() {
        out.push(*first);
        if !more.is_empty() {
            out.push(b'.');
            out.extend_from_slice(more);
        }
    }
    out.extend_from_slice(b"e-05");
}

/// An object from optional JSON text: metadata, context, details.
///
/// # Errors
/// When the text is not a JSON object; `what` names it.
pub fn object(what: &str, text: Option<&str>) -> Result<Json> {
    let Some(text) = text else {
        return Ok(Json::Object(Default::default()));
    };
    match parse(text).map_err(|error| error.context(what))? {
        object @ Json::Object(_) => Ok(object),
        other => Err(Error::new(
            ErrorKind::Json,
            format!("{what} must be a JSON object, not {}", other.kind_name()),
        )),
    }
}

/// Adds `more` to `object`: a member that both have as an object is merged, another one replaced.
pub fn merge(object: &mut Json, more: Json) {
    match (object, more) {
        (Json::Object(members), Json::Object(more)) => {
            for (key, value) in more {
                match members.get_mut(&key) {
                    Some(member) => merge(member, value),
                    None => drop(members.insert(key, value)),
                }
            }
        }
        (object, more) => *object = more,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn short_texts_are_whole() {
        let text = b"abcdefghijklmnopqrstuvwxyz0123456789";
        for length in 0..=text.len() {
            let mut out = b"before".to_vec();
            push_short(&text[..length], &mut out);
            assert_eq!(out, [b"before", &text[..length]].concat());
        }
    }

    fn float_text(value: f64) -> String {
        Json::Float(value).to_compact()
    }

    fn refused(text: &str) -> String {
        let error = parse(text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Json);
        error.message().to_owned()
    }

    /// What a Python program prints about `input`; None without Python, which CI does not allow.
    fn python(program: &str, input: &str) -> Option<String> {
        let child = Command::new("python3")
            .args(["-c", program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "python3: {error}");
                println!("skipped: python3: {error}");
                return None;
            }
        };
        // The programs read everything before they print.
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        Some(String::from_utf8(output.stdout).unwrap())
    }

    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ z >> 31
        }

        fn below(&mut self, bound: u64) -> u64 {
            self.next() % bound
        }

        fn text(&mut self) -> String {
            const ALPHABET: [&str; 16] = [
                "a",
                "Z",
                "\"",
                "\\",
                "/",
                "\n",
                "\t",
                "\u{8}",
                "\u{0}",
                "\u{7f}",
                "é",
                "\u{2028}",
                "日",
                "😀",
                "\u{ffff}",
                "plain run ",
            ];
            (0..self.below(5)).map(|_| ALPHABET[self.below(16) as usize]).collect()
        }

        fn value(&mut self, depth: u32) -> Json {
            match self.below(if depth == 0 { 6 } else { 8 }) {
                0 => Json::Null,
                1 => Json::Bool(self.below(2) == 0),
                2 => Json::Int(self.next() as i64 >> self.below(64)),
                3 | 4 => Json::Str(self.text()),
                // Eighths, so that a reader which rounds carelessly gets them right too.
                5 => Json::Float(self.below(1 << 40) as i64 as f64 / 8.0 - 1e9),
                6 => Json::Array((0..self.below(4)).map(|_| self.value(depth - 1)).collect()),
                _ => Json::object((0..self.below(4)).map(|_| (self.text(), self.value(depth - 1)))),
            }
        }
    }

    fn from_serde(value: &serde_json::Value) -> Json {
        use serde_json::Value;
        match value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Number(number) => match number.as_i64() {
                Some(int) => Json::Int(int),
                None => Json::Float(number.as_f64().unwrap()),
            },
            Value::String(text) => Json::Str(text.clone()),
            Value::Array(items) => Json::Array(items.iter().map(from_serde).collect()),
            Value::Object(members) => Json::object(members.iter().map(|(key, item)| (key, from_serde(item)))),
        }
    }

    #[test]
    fn floats_are_pythons_repr() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (123_456.789, "123456.789"),
            (1e-4, "0.0001"),
            (9.999_999_999_999_999e-5, "9.999999999999999e-05"),
            (1e-5, "1e-05"),
            (-1.25e-5, "-1.25e-05"),
            (9.999_999_999_999_999e-6, "9.999999999999999e-06"),
            (1e-6, "1e-06"),
            (-3e-9, "-3e-09"),
            (1e-9, "1e-09"),
            (9.999_999_999_999_999e-10, "9.999999999999999e-10"),
            (1e-10, "1e-10"),
            (1e15, "1000000000000000.0"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            (1e16, "1e+16"),
            (1.5e17, "1.5e+17"),
            (1e22, "1e+22"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(float_text(value), text);
        }
    }

    #[test]
    fn random_floats_are_pythons_repr() {
        let mut random = Random(1);
        let mut values: Vec<f64> = (0..8000).map(|_| f64::from_bits(random.next())).collect();
        values.retain(|value| value.is_finite());
        // Most of them where a notation begins or ends.
        for exponent in -12..20 {
            let power = 10f64.powi(exponent);
            values.extend([power, power.next_down(), power.next_up(), -power]);
            values.extend((0..100).map(|_| power * (1.0 + random.below(9000) as f64 / 1000.0)));
            values.extend((0..100).map(|_| power * random.below(1 << 53) as f64 / (1u64 << 53) as f64));
        }
        let input: String = values.iter().map(|value| format!("{:x}\n", value.to_bits())).collect();
        let program = "import struct, sys\n\
            for word in sys.stdin.read().split():\n    \
            print(repr(struct.unpack('d', struct.pack('Q', int(word, 16)))[0]))";
        let Some(output) = python(program, &input) else {
            return;
        };
        let reprs: Vec<&str> = output.lines().collect();
        assert_eq!(reprs.len(), values.len());
        for (value, repr) in values.iter().zip(reprs) {
            assert_eq!(float_text(*value), repr);
            assert_eq!(parse(repr).unwrap(), Json::Float(*value));
        }
    }

    #[test]
    fn documents_are_laid_out_as_python_does() {
        let mut random = Random(2);
        let documents: Vec<Json> = (0..500).map(|_| random.value(4)).collect();
        let input: String = documents.iter().map(|document| document.to_compact() + "\n").collect();
        let program = "import json, sys\n\
            for line in sys.stdin.read().split('\\n')[:-1]:\n    \
            v = json.loads(line)\n    \
            print(json.dumps([json.dumps(v, indent=2, sort_keys=True), \
            json.dumps(v, sort_keys=True, separators=(',', ':'))]))";
        let Some(output) = python(program, &input) else {
            return;
        };
        assert_eq!(output.lines().count(), documents.len());
        for (document, line) in documents.iter().zip(output.lines()) {
            let texts = Json::Array(vec![document.to_pretty().into(), document.to_compact().into()]);
            assert_eq!(parse(line).unwrap(), texts);
        }
    }

    #[test]
    fn another_parser_reads_the_same() {
        let mut random = Random(3);
        for _ in 0..2000 {
            let document = random.value(5);
            for text in [document.to_pretty(), document.to_compact()] {
                assert_eq!(parse(&text).unwrap(), document, "{text}");
                assert_eq!(from_serde(&serde_json::from_str(&text).unwrap()), document, "{text}");
            }
            // Damaged, both refuse or both read the same.
            let mut text = document.to_compact();
            let mut at = random.below(text.len() as u64) as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match random.below(3) {
                0 => text.truncate(at),
                1 => drop(text.remove(at)),
                _ => text.insert(at, b"{}[]:,\"\\-e.0 \nnu"[random.below(16) as usize].into()),
            }
            let theirs = serde_json::from_str::<serde_json::Value>(&text).map(|value| from_serde(&value));
            // serde_json rounds long decimals carelessly and has no large integers: compare acceptance.
            assert_eq!(parse(&text).is_ok(), theirs.is_ok(), "{text}");
        }
    }

    #[test]
    fn pretty_text_starts_at_a_level() {
        let value = parse(r#"{"b":[1,[],{}],"a":{"x":null}}"#).unwrap();
        let golden = "{\n  \"a\": {\n    \"x\": null\n  },\n  \"b\": [\n    1,\n    [],\n    {}\n  ]\n}";
        assert_eq!(value.to_pretty(), golden);
        let mut nested = Vec::new();
        write_pretty(&value, &mut nested, 2);
        assert_eq!(nested, golden.replace('\n', "\n    ").as_bytes());
    }

    #[test]
    fn numbers_are_pythons() {
        assert_eq!(parse("-0").unwrap(), Json::Int(0));
        assert_eq!(float_text(parse("-0.0").unwrap().float()), "-0.0");
        assert_eq!(parse("9223372036854775807").unwrap(), Json::Int(i64::MAX));
        assert_eq!(parse("-9223372036854775808").unwrap(), Json::Int(i64::MIN));
        assert_eq!(parse("9223372036854775808").unwrap(), Json::from(1u64 << 63));
        let huge = format!("-1{}", "0".repeat(4299));
        assert_eq!(parse(&huge).unwrap().to_compact(), huge);
        assert!(refused(&format!("{huge}0")).contains("4300 digits"));
        assert_eq!(parse("1e400").unwrap(), Json::Float(f64::INFINITY));
        assert_eq!(parse("-1E+400").unwrap(), Json::Float(f64::NEG_INFINITY));
        assert_eq!(parse("1e-400").unwrap(), Json::Float(0.0));
        assert_eq!(parse("1E5").unwrap(), Json::Float(1e5));
        assert_eq!(parse("9007199254740993.0").unwrap(), Json::Float(9_007_199_254_740_992.0));
        assert!(parse("[NaN]").unwrap().as_array().unwrap()[0].float().is_nan());
        assert_eq!(parse(" -Infinity\r\n\t").unwrap(), Json::Float(f64::NEG_INFINITY));
        assert_eq!(parse("Infinity").unwrap(), Json::Float(f64::INFINITY));
    }

    impl Json {
        fn float(&self) -> f64 {
            let Json::Float(value) = self else { panic!("{self:?}") };
            *value
        }
    }

    #[test]
    fn strings_are_escaped() {
        let text = "\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}é\u{2028}\u{ffff}😀~";
        let golden = r#""\"\\/\b\f\n\r\t\u0000\u001f\u007f\u00e9\u2028\uffff\ud83d\ude00~""#;
        assert_eq!(Json::from(text).to_compact(), golden);
        assert_eq!(parse(golden).unwrap().as_str(), Some(text));
        assert_eq!(parse(r#""\/\u00E9é""#).unwrap().as_str(), Some("/éé"));
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        for (text, message) in [
            ("", "not JSON: expected a value, found the end at byte 0"),
            ("  x", "not JSON: expected a value, found 'x' at byte 2"),
            ("\u{feff}1", "not JSON: begins with a byte order mark at byte 0"),
            ("1 2", "not JSON: expected the end, found '2' at byte 2"),
            ("[1,]", "not JSON: expected a value, found ']' at byte 3"),
            ("[1", "not JSON: expected ',' or ']', found the end at byte 2"),
            ("{a:1}", "not JSON: expected a key in double quotes, found 'a' at byte 1"),
            ("{\"a\" 1}", "not JSON: expected ':', found '1' at byte 5"),
            ("{\"a\":1;", "not JSON: expected ',' or '}', found ';' at byte 6"),
            ("{\"a\":1,}", "not JSON: expected a key in double quotes, found '}' at byte 7"),
            ("01", "not JSON: a number begins with 0 at byte 1"),
            ("1.", "not JSON: expected a digit, found the end at byte 2"),
            ("-é", "not JSON: expected a digit, found 'é' at byte 1"),
            ("1e+", "not JSON: expected a digit, found the end at byte 3"),
            ("\"é", "not JSON: expected '\"', found the end at byte 3"),
            ("\"a\nb\"", "not JSON: a control character in a string at byte 2"),
            ("\"\\x\"", "not JSON: expected one of \"\\/bfnrtu after a backslash, found 'x' at byte 2"),
            ("\"\\u12g4\"", "not JSON: expected 4 hexadecimal digits after \\u, found 'g' at byte 5"),
        ] {
            assert_eq!(refused(text), message);
        }
        for text in [r#""\ud800""#, r#""\udc00x""#, r#""\ud800\u0041""#, r#""\ud800\ud800""#] {
            assert!(refused(text).contains("surrogate without its other half"), "{text}");
        }
        for text in
            ["nul", "True", "nan", "-NaN", "+1", ".5", "--1", "1_000", "'a'", "{1:2}", "\u{a0}1", "1//"]
        {
            refused(text);
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let deep = parse(&nested(MAX_DEPTH)).unwrap();
        assert_eq!(deep.to_compact(), nested(MAX_DEPTH));
        assert!(refused(&nested(MAX_DEPTH + 1)).contains("500 deep"));
        refused(&"[".repeat(1_000_000));
        refused(&"{\"\":".repeat(1_000_000));
        parse(&format!("[{}]", vec!["[]"; 10_000].join(","))).unwrap();
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        let value = parse(r#"{"a":1,"b":2,"\u0061":3}"#).unwrap();
        assert_eq!(value, Json::object([("a", 3i64), ("b", 2)]));
        assert_eq!(value.get("a").and_then(Json::as_i64), Some(3));
        assert_eq!(value.get("c"), None);
        assert_eq!(Json::Null.get("a"), None);
    }
}
