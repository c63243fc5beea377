//! Reading JSON text as Python's `json.loads` does.

use std::collections::BTreeMap;

use super::{Json, MAX_DEPTH, MAX_FILE_DEPTH};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::guard::with_default_arithmetic;

/// Python refuses to read longer integers.
pub(super) const MAX_INT_DIGITS: usize = 4300;

/// Reads a text as Python's `json.loads` does: NaN and infinities are numbers, `1e400` is infinite,
/// integers are exact, the last of equal keys wins.
///
/// # Errors
/// [`ErrorKind::Json`], naming the byte and what was expected there; also for lone surrogates, which
/// no UTF-8 text can hold, nesting more than 500 deep, and integers of over 4300 digits.
pub fn parse(text: &str) -> Result<Json> {
    parse_within(text, MAX_FILE_DEPTH)
}

/// Reads a text that a caller gives.
///
/// # Errors
/// The same as [`parse`], and for nesting beyond [`MAX_DEPTH`].
pub fn parse_given(text: &str) -> Result<Json> {
    parse_within(text, MAX_DEPTH)
}

/// Reads a text whose arrays and objects may lie `most` deep in each other.
pub(super) fn parse_within(text: &str, most: usize) -> Result<Json> {
    with_default_arithmetic(|| read_all(text, most))
}

fn read_all(text: &str, most: usize) -> Result<Json> {
    let mut parser = Parser { text, at: 0, depth: 0, most };
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
    most: usize,
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
        if self.depth == self.most {
            return Err(self.error(format_args!("nested more than {} deep", self.most)));
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
