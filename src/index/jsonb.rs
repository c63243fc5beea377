//! Python's JSON as the JSON that PostgreSQL takes for JSONB.

use std::borrow::Cow;

/// Replaces what no text of PostgreSQL can hold: U+0000, and halves of surrogate pairs.
const REPLACEMENT: char = '\u{fffd}';

/// `text` as JSONB takes it: NaN and the infinities as the strings that cast back to them, U+FFFD for what
/// no text can hold, and other characters as they are, since a database without an encoding of its own takes
/// no escapes of them. What is no JSON stays so, for the server to refuse.
pub fn clean(text: &str) -> Cow<'_, str> {
    clean_with(text, "\"Infinity\"", "\"-Infinity\"")
}

/// Like `clean`, for points that are drawn: infinities are as NaN. An axis that reaches to infinity would
/// show nothing else.
pub fn clean_to_plot(text: &str) -> Cow<'_, str> {
    clean_with(text, "\"NaN\"", "\"NaN\"")
}

fn clean_with<'a>(text: &'a str, infinity: &str, below: &str) -> Cow<'a, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    // Everything before `copied` is in `out`.
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        let (length, instead) = match bytes[at] {
            b'"' => {
                at = string(text, at + 1, &mut out, &mut copied);
                continue;
            }
            b'N' if text[at..].starts_with("NaN") => (3, "\"NaN\""),
            b'I' if text[at..].starts_with("Infinity") => (8, infinity),
            b'-' if text[at..].starts_with("-Infinity") => (9, below),
            _ => {
                at += 1;
                continue;
            }
        };
        out.push_str(&text[copied..at]);
        out.push_str(instead);
        at += length;
        copied = at;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Passes over a string that has begun before `at`, and gives where it has ended.
fn string(text: &str, mut at: usize, out: &mut String, copied: &mut usize) -> usize {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' if bytes.get(at + 1) == Some(&b'u') => {
                let (length, character) = match unit(bytes, at) {
                    Some(high @ 0xd800..0xdc00) => match unit(bytes, at + 6) {
                        Some(low @ 0xdc00..0xe000) => {
                            (12, char::from_u32(0x1_0000 + ((high - 0xd800) << 10 | (low - 0xdc00))))
                        }
                        _ => (6, None),
                    },
                    Some(0 | 0xdc00..0xe000) => (6, None),
                    Some(code @ 0x80..) => (6, char::from_u32(code)),
                    _ => {
                        at += 2;
                        continue;
                    }
                };
                out.push_str(&text[*copied..at]);
                out.push(character.unwrap_or(REPLACEMENT));
                at += length;
                *copied = at;
            }
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    // Past the end where the last byte is a backslash.
    at.min(bytes.len())
}

/// The UTF-16 unit of the escape at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// The members of an object, the values as they stand in the text; None if it is no object. Values
/// are not looked into.
pub fn members(text: &str) -> Option<Vec<(&str, &str)>> {
    let bytes = text.as_bytes();
    let space = |mut at: usize| {
        while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            at += 1;
        }
        at
    };
    let mut found = Vec::new();
    let mut at = space(0);
    if bytes.get(at) != Some(&b'{') {
        return None;
    }
    at = space(at + 1);
    if bytes.get(at) == Some(&b'}') {
        return (space(at + 1) == bytes.len()).then_some(found);
    }
    loop {
        if bytes.get(at) != Some(&b'"') {
            return None;
        }
        let key_end = value_end(bytes, at)?;
        let key = text.get(at + 1..key_end - 1)?;
        at = space(key_end);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at = space(at + 1);
        let end = value_end(bytes, at)?;
        found.push((key, text.get(at..end)?.trim_end()));
        at = space(end);
        match bytes.get(at)? {
            b',' => at = space(at + 1),
            b'}' => return (space(at + 1) == bytes.len()).then_some(found),
            _ => return None,
        }
    }
}

/// Where the value that begins at `at` ends: at a comma or bracket that is not its own.
fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0usize;
    let is_string = bytes.get(at) == Some(&b'"');
    loop {
        match bytes.get(at)? {
            b'"' => {
                at += 1;
                while bytes.get(at)? != &b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                if is_string {
                    return Some(at + 1);
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_jsonb_refuses_is_changed() {
        for (text, cleaned) in [
            ("[1, NaN, Infinity, -Infinity, -1]", r#"[1, "NaN", "Infinity", "-Infinity", -1]"#),
            (r#"{"NaN": "Infinity \" NaN", "a": NaN}"#, r#"{"NaN": "Infinity \" NaN", "a": "NaN"}"#),
            (r#""a\u0000b""#, "\"a\u{fffd}b\""),
            (r#""a\\u0000b\\""#, r#""a\\u0000b\\""#),
            (
                r#""\ud83d\ude00 \ud83d \ude00 \ud83d\u0041""#,
                "\"\u{1f600} \u{fffd} \u{fffd} \u{fffd}\\u0041\"",
            ),
            (r#""\u00e9\u0080\u007f\u001f\uffff""#, "\"\u{e9}\u{80}\\u007f\\u001f\u{ffff}\""),
            (r#"{"\u0000": 1}"#, "{\"\u{fffd}\": 1}"),
            ("\"\\", "\"\\"),
            ("\"é\\u00", "\"é\\u00"),
            ("", ""),
        ] {
            assert_eq!(clean(text), cleaned);
        }
        assert!(matches!(clean("{\"a\": [1, 2]}"), Cow::Borrowed(_)));
    }

    #[test]
    fn members_are_found_without_reading_them() {
        let text = "{\n \"data\": [[0, \"a]\\\"}\"], {\"x\": 1}],\n \"dtype\": null , \"s\":\"t\"}\n";
        let found = members(text).unwrap();
        assert_eq!(found, [("data", "[[0, \"a]\\\"}\"], {\"x\": 1}]"), ("dtype", "null"), ("s", "\"t\"")]);
        assert_eq!(members(" {} ").unwrap(), []);
        for text in [
            "",
            "[]",
            "{",
            "{\"a\"}",
            "{\"a\": 1",
            "{\"a\": 1} x",
            "{\"a\": \"",
            "{\"a",
            "{1: 2}",
            "{\"a\": \"\\",
        ] {
            assert_eq!(members(text), None, "{text}");
        }
    }
}
