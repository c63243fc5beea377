//! The names under which the dashboard can ask for rows. It puts them into addresses as they are, where a `?`, a
//! `#` or a `/` means something else: a row of such a name is there once more, under one that looks the same.

use crate::base::stem;

/// The name besides `name` under which the dashboard finds what has it, if that takes another one.
pub fn besides(name: &str) -> Option<String> {
    let breaks = name.contains(|c: char| c.is_ascii_control() || matches!(c, '/' | '\\' | '?' | '#'))
        || name.ends_with(' ')
        || [".", ".."].contains(&name)
        || (0..name.len()).any(|at| is_byte(name, at));
    breaks.then(|| like(&stem::of(name)))
}

/// The same, with what an address is made of replaced. `stem` has no `/` and no control characters.
fn like(stem: &str) -> String {
    let last = stem.len() - 1;
    let other = |(at, c): (usize, char)| match c {
        '\\' => '\u{2216}',
        '?' => '\u{ff1f}',
        '#' => '\u{ff03}',
        '%' if is_byte(stem, at) => '\u{ff05}',
        ' ' if at == last => '\u{a0}',
        c => c,
    };
    stem.char_indices().map(other).collect()
}

/// Returns whether an address has a byte where `name` has a `%` and two digits.
fn is_byte(name: &str, at: usize) -> bool {
    let bytes = name.as_bytes();
    let digits = bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    bytes[at] == b'%' && digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_part_of_an_address_has_another_one_that_looks_the_same() {
        for name in ["loss", "a:b", "100%", "%4x", "50% off", ".hidden", " begin", "loss@rank.3", "é", ""] {
            assert_eq!(besides(name), None, "{name}");
        }
        for (name, wanted) in [
            ("train/loss", "train∕loss"),
            ("a?b=c#d", "a？b=c＃d"),
            ("a\\b", "a∖b"),
            ("100%25", "100％25"),
            ("end ", "end\u{a0}"),
            ("..", "․."),
            ("a\tb", "a␉b"),
        ] {
            assert_eq!(besides(name).as_deref(), Some(wanted));
        }
    }
}
