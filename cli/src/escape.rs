//! Text of a store as the terminal may have it: a control character would move the cursor, change colours,
//! or hide what follows.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns true if a character changes how others are shown, or begins a new line.
fn is_unsafe(c: char) -> bool {
    // Of the last ones, some turn the direction of writing, and some end a line.
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` on one line: control characters are shown as `\n`, `\x1b`, `\u{202e}`.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if c.is_ascii() && is_unsafe(c) => drop(write!(safe, "\\x{:02x}", u32::from(c))),
            c if is_unsafe(c) => drop(write!(safe, "\\u{{{:x}}}", u32::from(c))),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// A line of a log or of a text that is laid out: like [`line`], but its tabs stay.
pub fn laid_out(text: &str) -> String {
    text.split('\t').map(line).collect::<Vec<_>>().join("\t")
}

/// The text of JSON, in whose strings those control characters are escaped that JSON allows.
pub fn json(text: &str) -> Cow<'_, str> {
    let is_left = |c: char| !c.is_ascii_control() && is_unsafe(c);
    if !text.contains(is_left) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match is_left(c) {
            true => drop(write!(safe, "\\u{:04x}", u32::from(c))),
            false => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// `line`, cut to `most` characters: with `…` at its end then.
pub fn short(text: &str, most: usize) -> String {
    let safe = line(text);
    if safe.chars().count() <= most {
        return safe.into_owned();
    }
    safe.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown() {
        assert!(matches!(line("plain é μ"), Cow::Borrowed(_)));
        assert_eq!(line("a\u{1b}[31m\n\t\u{9b}\u{202e}\u{7f}"), "a\\x1b[31m\\n\\t\\u{9b}\\u{202e}\\x7f");
        assert_eq!(json("{\n \"\u{9b}\u{202e}é\"}"), "{\n \"\\u009b\\u202eé\"}");
        assert_eq!(laid_out("a\tb\u{7}"), "a\tb\\x07");
        assert_eq!((short("abcdef", 4).as_str(), short("ab\u{7}", 6).as_str()), ("abc…", "ab\\x07"));
    }
}
