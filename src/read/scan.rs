//! A pass over the text of a JSON object that builds a value of what is asked for alone: the other
//! members are skipped.

use std::borrow::Cow;

use crate::base::decimal;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Json, MAX_DEPTH};
use crate::base::value::Scalar;

/// A place in a text.
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    /// The beginning of `text`.
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// An error about this place.
    #[cold]
    pub fn expected(&self, what: &str) -> Error {
        Error::new(ErrorKind::Damaged, format!("expected {what} at byte {}", self.at))
    }

    /// The next byte that is no white space.
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Goes on after `byte`, if that is next.
    pub fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Goes on after `byte`.
    ///
    /// # Errors
    /// When something else is next.
    pub fn need(&mut self, byte: u8) -> Result<()> {
        match self.take(byte) {
            true => Ok(()),
            false => Err(self.expected(&format!("{:?}", char::from(byte)))),
        }
    }

    /// Shows `each` the keys of the object that is next, whose values it has to read or skip.
    ///
    /// # Errors
    /// When it is no object, and those of `each`.
    pub fn members(&mut self, mut each: impl FnMut(&str, &mut Self) -> Result<()>) -> Result<()> {
        self.need(b'{')?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.need(b':')?;
            each(&key, self)?;
            if self.take(b'}') {
                return Ok(());
            }
            self.need(b',')?;
        }
    }

    /// Shows `each` the places of the elements of the array that is next, which it has to read or skip.
    ///
    /// # Errors
    /// When it is no array, and those of `each`.
    pub fn elements(&mut self, mut each: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.need(b'[')?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.take(b']') {
                return Ok(());
            }
            self.need(b',')?;
        }
    }

    /// The text of the value that is next, which is skipped. A value that is none is told only as far as
    /// its end can't be found.
    ///
    /// # Errors
    /// Then.
    pub fn skip(&mut self) -> Result<&'a [u8]> {
        let Some(first) = self.peek() else { return Err(self.expected("a value")) };
        let start = self.at;
        match first {
            b'"' => self.skip_string()?,
            b'{' | b'[' => {
                let mut depth = 0_usize;
                loop {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    // A bracket and a brace differ by one bit.
                    let mark = |word| {
                        let brackets = word | each(b' ');
                        equal(word, b'"') | equal(brackets, b'{') | equal(brackets, b'}')
                    };
                    let Some(next) = find(rest, mark) else {
                        self.at = self.text.len();
                        return Err(self.expected("the end of a value"));
                    };
                    self.at += next;
                    match rest[next] {
                        b'"' => {
                            self.skip_string()?;
                            continue;
                        }
                        b'{' | b'[' if depth == MAX_DEPTH => {
                            return Err(self.expected("less deep nesting"));
                        }
                        b'{' | b'[' => depth += 1,
                        _ => depth -= 1,
                    }
                    self.at += 1;
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ => {
                let word = self.word();
                if word.is_empty() {
                    return Err(self.expected("a value"));
                }
            }
        }
        Ok(&self.text[start..self.at])
    }

    fn skip_string(&mut self) -> Result<()> {
        self.at += 1;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(end) = find(rest, |word| equal(word, b'"') | equal(word, b'\\')) else {
                self.at = self.text.len();
                return Err(self.expected("'\"'"));
            };
            self.at += end + 1;
            if rest[end] == b'"' {
                return Ok(());
            }
            self.at += 1;
        }
    }

    /// The letters and digits that are next: of a number, or of `true`, `NaN` and the like.
    pub fn word(&mut self) -> &'a [u8] {
        let rest = self.peek().map_or(&[][..], |_| &self.text[self.at..]);
        let is_end = |byte: &u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        let word = &rest[..rest.iter().position(is_end).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    /// The value that is next.
    ///
    /// # Errors
    /// When there is none.
    pub fn value(&mut self) -> Result<Json> {
        match self.peek() {
            Some(b'"') => Ok(Json::Str(self.text()?)),
            _ => self.parsed(),
        }
    }

    /// The value that is next, read with all rules.
    fn parsed(&mut self) -> Result<Json> {
        let before = self.clone();
        let text = self.skip()?;
        let text = std::str::from_utf8(text).map_err(|_| before.expected("UTF-8"))?;
        json::parse(text).map_err(|error| {
            Error::new(ErrorKind::Damaged, format!("{} of the value at byte {}", error.message(), before.at))
        })
    }

    /// The string that is next.
    ///
    /// # Errors
    /// When there is none.
    pub fn text(&mut self) -> Result<String> {
        self.string().map(Cow::into_owned)
    }

    fn string(&mut self) -> Result<Cow<'a, str>> {
        let before = self.clone();
        if self.peek() != Some(b'"') {
            return Err(self.expected("a string"));
        }
        let start = self.at + 1;
        self.skip_string()?;
        let inner = &self.text[start..self.at - 1];
        let is_plain = !inner.iter().any(|byte| matches!(byte, b'\\' | 0..0x20));
        if let Some(text) = std::str::from_utf8(inner).ok().filter(|_| is_plain) {
            return Ok(Cow::Borrowed(text));
        }
        match before.clone().parsed()? {
            Json::Str(text) => Ok(Cow::Owned(text)),
            _ => Err(before.expected("a string")),
        }
    }

    /// Shows `take` the points that are next, as far as they are lines `[step,number],` as the store writes
    /// them; what follows is left, which may be a point, too.
    pub fn usual_points(&mut self, take: &mut impl FnMut(i64, Scalar)) {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            if rest.first() != Some(&b'[') {
                return;
            }
            let Some((step, step_size)) = decimal::integer(&rest[1..]) else { return };
            let at = step_size + 2;
            if rest[at - 1] != b',' {
                return;
            }
            let Some((value, value_size)) = decimal::next(&rest[at..]) else { return };
            let end = at + value_size;
            if rest.get(end..end + 3) != Some(b"],\n") {
                return;
            }
            take(step, value);
            self.at += end + 3;
        }
    }

    /// The integer that is next.
    ///
    /// # Errors
    /// When there is none of 64 bits.
    pub fn integer(&mut self) -> Result<i64> {
        let before = self.clone();
        let word = self.word();
        integer_of(word).ok_or_else(|| before.expected("an integer of 64 bits"))
    }

    /// The value that is next: a number or boolean, or else what it is.
    ///
    /// # Errors
    /// When there is none.
    #[inline]
    pub fn scalar(&mut self) -> Result<std::result::Result<Scalar, Json>> {
        let before = self.clone();
        match self.peek() {
            Some(b'"') => Ok(Err(Json::Str(self.text()?))),
            Some(b'[' | b'{') => Ok(Err(self.value()?)),
            _ => {
                let word = self.word();
                match scalar_of(word) {
                    Some(value) => Ok(Ok(value)),
                    None if word == b"null" => Ok(Err(Json::Null)),
                    None => Ok(Err(before.clone().value()?)),
                }
            }
        }
    }

    /// Fails unless nothing but white space is left.
    ///
    /// # Errors
    /// Then.
    pub fn end(&mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end")),
        }
    }
}

/// A word of eight such bytes.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of the first byte of a word that is `byte`; those above it may be wrong.
#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    let differing = word ^ each(byte);
    differing.wrapping_sub(each(1)) & !differing & each(0x80)
}

/// The place of the first byte that `marked` marks in words of eight bytes.
#[inline]
fn find(text: &[u8], marked: impl Fn(u64) -> u64) -> Option<usize> {
    let mut words = text.chunks_exact(8);
    let place = |at: usize, found: u64| Some(at + found.trailing_zeros() as usize / 8);
    for (number, word) in words.by_ref().enumerate() {
        let found = marked(u64::from_le_bytes(word.try_into().unwrap_or_default()));
        if found != 0 {
            return place(8 * number, found);
        }
    }
    let rest = words.remainder();
    let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    match marked(last) {
        0 => None,
        found => place(text.len() - rest.len(), found),
    }
}

/// The number or boolean that a JSON word is; None also for what only looks like one.
#[inline]
pub fn scalar_of(word: &[u8]) -> Option<Scalar> {
    let (first, last) = (*word.first()?, *word.last()?);
    if first.is_ascii_digit() || first == b'-' {
        if let Some(value) = integer_of(word) {
            return Some(Scalar::I64(value));
        }
        if word == b"-Infinity" {
            return Some(Scalar::F64(f64::NEG_INFINITY));
        }
        let is_float = last.is_ascii_digit() && word.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
        let text = std::str::from_utf8(word).ok().filter(|_| is_float)?;
        return text.parse().ok().map(Scalar::F64);
    }
    Some(match word {
        b"true" => Scalar::Bool(true),
        b"false" => Scalar::Bool(false),
        b"NaN" => Scalar::F64(f64::NAN),
        b"Infinity" => Scalar::F64(f64::INFINITY),
        _ => return None,
    })
}

/// The integer with these digits.
pub fn integer_of(word: &[u8]) -> Option<i64> {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    let is_short = (1..=18).contains(&digits.len());
    if !is_short || !digits.iter().all(u8::is_ascii_digit) {
        return std::str::from_utf8(word).ok().filter(|word| !word.starts_with('+'))?.parse().ok();
    }
    let value = digits.iter().fold(0_i64, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if digits.len() == word.len() { value } else { -value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_is_skipped() {
        let text = br#" {"a": {"x": "}\"", "y": [1, {"z": []}]}, "b\n": -7, "c": NaN, "d": "t\u00e9"} "#;
        let mut scan = Scan::new(text);
        let mut seen = Vec::new();
        scan.members(|key, scan| {
            seen.push(key.to_owned());
            match key {
                "b\n" => assert_eq!(scan.integer().unwrap(), -7),
                "d" => assert_eq!(scan.text().unwrap(), "té"),
                _ => drop(scan.skip()?),
            }
            Ok(())
        })
        .unwrap();
        scan.end().unwrap();
        assert_eq!(seen, ["a", "b\n", "c", "d"]);
    }

    #[test]
    fn a_torn_text_is_an_error_wherever_it_is_torn() {
        let text = br#"{"a": {"x": "}\"", "y": [1, {"z": []}]}, "b": -7}"#;
        for end in 0..text.len() {
            let mut scan = Scan::new(&text[..end]);
            let all = scan.members(|_, scan| scan.skip().map(drop));
            assert!(all.is_err(), "{end}");
        }
        let deep = vec![b'['; 100_000];
        assert!(Scan::new(&deep).skip().is_err());
    }

    #[test]
    fn integers_are_of_64_bits() {
        for value in [0, -1, 7, i64::MAX, i64::MIN, 999_999_999_999_999_999, -1_000_000_000_000_000_000] {
            assert_eq!(integer_of(value.to_string().as_bytes()), Some(value));
        }
        for word in ["", "-", "1.0", "9223372036854775808", "+1", "1e3"] {
            assert_eq!(integer_of(word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn marks_are_found_at_every_place() {
        let mark = |word| equal(word, b'"') | equal(word | each(b' '), b'{');
        for length in 0..40 {
            for first in 0..=length {
                // Bytes that a carry could make marks of lie around them.
                let mut text = vec![if first % 2 == 0 { b'#' } else { 0xA3 }; length];
                text[first..].fill(b'|');
                assert_eq!(find(&text, mark), None);
                for byte in [b'"', b'{', b'['] {
                    text.get_mut(first).into_iter().for_each(|found| *found = byte);
                    assert_eq!(find(&text, mark), (first < length).then_some(first));
                }
            }
        }
    }
}
