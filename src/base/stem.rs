//! Names of data and series, and the names of the files that they become, without `.json`.
//!
//! The Python package opens `results/{run_id}/{name}.json` for a name that it is asked for, and lists the
//! names that the files there have. So a name is its own file's name wherever it can be: `a:b`, `100%` and
//! `loss?` are. What can't be in a file's name is another character that looks like it:
//! - `/` is U+2215 (∕), a `.` at the beginning is U+2024 (․), which would hide the file;
//! - a control character is its picture, U+2400 to U+2421 (␊);
//! - one of those, as a character of the name, is `␛2215;`: U+241B, its number in hexadecimal digits, `;`.
//!
//! [`of`] is one to one, and [`name`] its inverse. For a name with a `/`, or a `.` at its beginning, there
//! is a link beside the file ([`link`]), so that the package finds it by its real name as well.

use std::borrow::Cow;

/// The file systems that a store may be on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// True if names that differ only in case are one file.
    pub is_case_blind: bool,
    /// True if `: * ? " < > | \`, and a `.` or a blank at the end, are refused.
    pub is_picky: bool,
}

/// The bytes of a file's name that leave room for `.json`.
const LONGEST: usize = 250;

const SLASH: char = '\u{2215}';
const DOT: char = '\u{2024}';
/// The picture of the control character 0; those of the others follow.
const PICTURES: char = '\u{2400}';
const DELETE: char = '\u{2421}';
/// Begins the number of a character.
const ESCAPE: char = '\u{241b}';

/// The file name that stands for `name`, without directory and suffix. It is `name` itself for most.
pub fn of(name: &str) -> Cow<'_, str> {
    stem(name, |_, _| false)
}

/// The same where the file system has rules. Where it does not tell cases apart, letters that have cases are
/// numbers, of a name of which another one of the run differs only in case.
pub fn under(name: &str, rules: Rules, is_case_told: bool) -> Cow<'_, str> {
    stem(name, |c, is_last| {
        rules.is_picky && (r#":*?"<>|\"#.contains(c) || is_last && matches!(c, '.' | ' '))
            || is_case_told && super::name::has_case(c)
    })
}

fn stem(name: &str, is_number: impl Fn(char, bool) -> bool) -> Cow<'_, str> {
    let last = name.char_indices().next_back().map(|(at, _)| at);
    let form = |at: usize, c: char| match c {
        '/' => Form::Other(SLASH),
        '.' if at == 0 => Form::Other(DOT),
        '\u{1b}' | SLASH | DOT | PICTURES..=DELETE => Form::Number,
        '\u{7f}' => Form::Other(DELETE),
        '\0'..='\u{1f}' => Form::Other(char::from_u32(PICTURES as u32 + c as u32).unwrap_or(c)),
        c if is_number(c, Some(at) == last) => Form::Number,
        _ => Form::Itself,
    };
    if name.char_indices().all(|(at, c)| matches!(form(at, c), Form::Itself)) {
        return Cow::Borrowed(name);
    }
    let mut stem = String::with_capacity(name.len() + 8);
    for (at, c) in name.char_indices() {
        match form(at, c) {
            Form::Itself => stem.push(c),
            Form::Other(other) => stem.push(other),
            Form::Number => stem.push_str(&format!("{ESCAPE}{:x};", c as u32)),
        }
    }
    Cow::Owned(stem)
}

/// A character in a file's name.
enum Form {
    Itself,
    Other(char),
    Number,
}

/// The file names that `name` has under one rule or another, the likeliest first.
pub fn all(name: &str) -> Vec<String> {
    let mut all = vec![of(name).into_owned()];
    for is_picky in [false, true] {
        for is_case_told in [false, true] {
            let stem = under(name, Rules { is_case_blind: is_case_told, is_picky }, is_case_told);
            if !all.iter().any(|other| *other == stem) {
                all.push(stem.into_owned());
            }
        }
    }
    // Longer ones are no files.
    all.retain(|stem| stem.len() <= LONGEST);
    all
}

/// The name of which this is the file's; `stem` itself where it is none of ours.
pub fn name(stem: &str) -> Cow<'_, str> {
    if !stem.contains([SLASH, DOT, DELETE]) && !stem.contains(|c| (PICTURES..DELETE).contains(&c)) {
        return Cow::Borrowed(stem);
    }
    match decode(stem).filter(|name| !name.contains('\0') && all(name).iter().any(|of_name| of_name == stem))
    {
        Some(name) => Cow::Owned(name),
        None => Cow::Borrowed(stem),
    }
}

fn decode(stem: &str) -> Option<String> {
    let mut name = String::with_capacity(stem.len());
    let mut rest = stem.chars();
    while let Some(c) = rest.next() {
        name.push(match c {
            SLASH => '/',
            DOT => '.',
            DELETE => '\u{7f}',
            ESCAPE => {
                let (number, after) = rest.as_str().split_once(';')?;
                rest = after.chars();
                char::from_u32(u32::from_str_radix(number, 16).ok()?)?
            }
            PICTURES..DELETE => char::from_u32(c as u32 - PICTURES as u32)?,
            c => c,
        });
    }
    Some(name)
}

/// The path, below the directory of the results and without `.json`, under which the package looks for
/// `name`, where that is not its file's; None where there can be no link. Nothing above the directory, or
/// that another name's path stands for as well, is one.
pub fn link(name: &str) -> Option<&str> {
    let is_hidden = name.starts_with('.') && !name.contains(".tmp.");
    let mut parts = name.split('/');
    let last = parts.next_back().unwrap_or_default();
    let is_plain = |part: &str| !part.is_empty() && !part.contains(char::is_control);
    // A directory must not be where an entry's file would be.
    let are_directories =
        parts.clone().all(|part| is_plain(part) && !part.starts_with('.') && !part.ends_with(".json"));
    match parts.next().is_some() {
        true => (are_directories && is_plain(last)).then_some(name),
        false => (is_hidden && is_plain(name)).then_some(name),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn most_names_are_their_files_names() {
        let printable: String = (' '..='~').filter(|c| *c != '/').collect();
        for name in [
            "loss",
            "a:b",
            "100%",
            "%2F",
            "%41",
            "a\\b",
            "<>:\"|?*",
            "end.",
            "end ",
            " begin",
            "~",
            "$HOME",
            "a.b",
            "_manifest",
            "x.json",
            "é",
            "e\u{301}",
            "日本",
            "😀",
            "👩‍👧",
            "\u{85}",
            &printable,
        ] {
            assert!(matches!(of(name), Cow::Borrowed(same) if same == name), "{name}");
            assert_eq!(super::name(name), name);
        }
    }

    #[test]
    fn what_is_no_file_name_looks_like_it() {
        for (name, stem) in [
            ("train/loss", "train∕loss"),
            ("../x", "․.∕x"),
            (".", "․"),
            ("..", "․."),
            (".hidden", "․hidden"),
            ("a\tb\n\u{7f}", "a␉b␊␡"),
            ("\u{1b}", "␛1b;"),
            ("a∕b", "a␛2215;b"),
            ("␛2215;", "␛241b;2215;"),
            ("x․", "x␛2024;"),
        ] {
            assert_eq!(of(name), stem);
            assert_eq!(super::name(stem), name);
        }
        // None of ours is a name as it is.
        for stem in ["␛", "␛;", "␛7;", "␛02215;", "␛110000;", "a␀b", "x․", "␛zz;"] {
            assert_eq!(super::name(stem), stem);
        }
    }

    #[test]
    fn stems_are_one_to_one_safe_and_reversible_under_all_rules() {
        const ALPHABET: [&str; 14] = ["a", "A", ".", "/", "∕", "␛", "2", ";", " ", "\\", "é", "\n", ":", "․"];
        for is_picky in [false, true] {
            for is_case_told in [false, true] {
                let rules = Rules { is_case_blind: is_case_told, is_picky };
                let mut seen: HashMap<String, String> = HashMap::new();
                for code in 1..15usize.pow(4) {
                    let places = (0..4u32).map(|place| code / 15usize.pow(place) % 15);
                    let name: String =
                        places.take_while(|letter| *letter != 0).map(|letter| ALPHABET[letter - 1]).collect();
                    let stem = under(&name, rules, is_case_told);
                    assert_eq!(super::name(&stem), name);
                    assert!(!stem.starts_with('.') && !stem.contains(['/', '\n']));
                    assert!(!is_picky || !stem.contains(['\\', ':']) && !stem.ends_with([' ', '.']));
                    let key = if is_case_told { stem.to_lowercase() } else { stem.into_owned() };
                    let other = seen.insert(key, name.clone());
                    assert!(other.is_none_or(|other| other == name), "{name:?}");
                }
            }
        }
    }

    #[test]
    fn links_lead_nowhere_else() {
        for name in ["train/loss", "a/b/c", "a/.b", "a/b.json", "a:b/100%", ".hidden", "..x", "a/x.json"] {
            assert_eq!(link(name), Some(name), "{name}");
        }
        for name in [
            "loss",
            "a:b",
            "",
            "/",
            "/x",
            "a/",
            "a//b",
            "../x",
            "a/../b",
            "./a",
            "a/./b",
            ".x/y",
            "a.json/b",
            ".a.json.tmp.b",
            "a\n/b",
        ] {
            assert_eq!(link(name), None, "{name:?}");
        }
    }
}
