//! Names of metrics, artifacts, logs, runs and experiments, and the file names they become. (Those of data
//! and series become others: see [`stem`](super::stem).)
//!
//! Most names are their own file names. What a file name cannot hold, or should not because stores
//! get copied to other systems, is percent-encoded: `%` and two upper-case hexadecimal digits for
//! each UTF-8 byte. [`encode`] lists what that is; [`decode`] is its inverse.

use std::borrow::Cow;

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::stem;

/// The longest encoded name in bytes; file systems allow 255, and the store adds ids and suffixes.
pub const NAME_MAX: usize = 200;

/// The longest run id in bytes.
pub const RUN_ID_MAX: usize = 128;

/// Accepts the names that can be encoded into a file name.
///
/// # Errors
/// [`ErrorKind::Name`] when the name is empty, has a NUL, or is too long once encoded.
pub fn check(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::new(ErrorKind::Name, "a name is empty; it has 1 to 200 bytes"));
    }
    if name.contains('\0') {
        return Err(refuse("name", name, "has a NUL"));
    }
    let length = length(name);
    if length > NAME_MAX {
        return Err(refuse(
            "name",
            name,
            &format!("takes {length} bytes as a file name; at most {NAME_MAX} are possible"),
        ));
    }
    Ok(())
}

/// The bytes of the longest file name that `name` becomes: that of an artifact, or of an entry.
pub fn length(name: &str) -> usize {
    encode(name).len().max(stem::of(name).len())
}

/// A NUL of modified UTF-8. Strings of C can't have a NUL inside; those of other languages can, and wrappers pass
/// it like this, to be refused here.
pub(crate) const NUL_INSIDE: [u8; 2] = [0xC0, 0x80];

/// The name in these bytes, checked.
///
/// # Errors
/// When they are not UTF-8, and as [`check`].
pub fn of_bytes(bytes: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(bytes).map_err(|source| {
        let (whole, rest) = bytes.split_at(source.valid_up_to());
        if rest.starts_with(&NUL_INSIDE) {
            return refuse("name", &format!("{}\0", String::from_utf8_lossy(whole)), "has a NUL");
        }
        let text = format!("name {:?} is not UTF-8", bytes.escape_ascii().to_string());
        Error::new(ErrorKind::Utf8, text).caused_by(source)
    })?;
    check(text)?;
    Ok(text)
}

fn refuse(what: &str, name: &str, problem: &str) -> Error {
    const SHOWN: usize = 48;
    let end = name.char_indices().nth(SHOWN).map(|(end, _)| end);
    let (shown, more) = (&name[..end.unwrap_or(name.len())], if end.is_some() { ".." } else { "" });
    Error::new(ErrorKind::Name, format!("{what} {shown:?}{more} {problem}"))
}

/// The file name that stands for `name`, without directory or suffix. Encoded are
/// - `/`, `\`, `<`, `>`, `:`, `"`, `|`, `?`, `*`, control characters, and `%` itself;
/// - `.` at the beginning, `.` or a space at the end;
/// - the first byte of `_manifest`, which is a file of the store's own.
///
/// Different names have different file names. On a file system that ignores case, names that differ
/// in nothing else need [`encode_case`].
pub fn encode(name: &str) -> Cow<'_, str> {
    encode_where(name, is_unfit)
}

/// The file name of a name of which another one of the run differs only in case: as [`encode`], and
/// every ASCII letter and every other character that has cases is encoded too.
pub fn encode_case(name: &str) -> Cow<'_, str> {
    encode_where(name, |c| is_unfit(c) || has_case(c))
}

pub(super) fn has_case(c: char) -> bool {
    c.is_ascii_alphabetic()
        || c.is_lowercase()
        || c.is_uppercase()
        || !c.to_lowercase().eq([c])
        || !c.to_uppercase().eq([c])
}

fn is_unfit(c: char) -> bool {
    c.is_control() || matches!(c, '/' | '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*' | '%')
}

fn encode_where(name: &str, unfit: impl Fn(char) -> bool) -> Cow<'_, str> {
    let last = name.char_indices().next_back().map(|(at, _)| at);
    let unfit_at = |at: usize, c: char| {
        unfit(c) || at == 0 && (c == '.' || name == "_manifest") || Some(at) == last && (c == '.' || c == ' ')
    };
    if !name.char_indices().any(|(at, c)| unfit_at(at, c)) {
        return Cow::Borrowed(name);
    }
    let mut encoded = String::with_capacity(name.len() + 8);
    for (at, c) in name.char_indices() {
        if unfit_at(at, c) {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                encoded.push('%');
                encoded.push(hex_digit(byte >> 4));
                encoded.push(hex_digit(byte & 15));
            }
        } else {
            encoded.push(c);
        }
    }
    Cow::Owned(encoded)
}

fn hex_digit(value: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(value & 15)])
}

/// The name of which this is the file name by [`encode`] or [`encode_case`]; None if it is of none.
pub fn decode(encoded: &str) -> Option<String> {
    let mut name = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            name.push(byte);
            continue;
        }
        let mut digit = || match bytes.next()? {
            digit @ b'0'..=b'9' => Some(digit - b'0'),
            digit @ b'A'..=b'F' => Some(digit - b'A' + 10),
            _ => None,
        };
        name.push(digit()? << 4 | digit()?);
    }
    let name = String::from_utf8(name).ok()?;
    (encode(&name) == encoded || encode_case(&name) == encoded).then_some(name)
}

/// Accepts a run id: 1 to [`RUN_ID_MAX`] letters, digits, `.`, `_` or `-`, beginning with none of
/// `.` and `-`.
///
/// # Errors
/// [`ErrorKind::Name`], saying that rule.
pub fn check_run_id(run_id: &str) -> Result<()> {
    let fits = (1..=RUN_ID_MAX).contains(&run_id.len())
        && run_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        && !run_id.starts_with(['.', '-']);
    if fits {
        return Ok(());
    }
    let rule = format!(
        "is not 1 to {RUN_ID_MAX} characters of A-Z a-z 0-9 . _ - beginning with a letter, a digit or _"
    );
    Err(refuse("run id", run_id, &rule))
}

/// The name and the version of an experiment id: `name:version`, or `name`, whose version is `1`.
/// The name ends at the first colon.
///
/// # Errors
/// [`ErrorKind::Name`] when a part is empty, or the id cannot be a directory's name.
pub fn check_experiment_id(id: &str) -> Result<(&str, &str)> {
    let (name, version) = id.split_once(':').unwrap_or((id, "1"));
    if name.is_empty() || version.is_empty() {
        return Err(refuse(
            "experiment id",
            id,
            "is not name:version or name, each with a character or more",
        ));
    }
    if id.contains('\0') {
        return Err(refuse("experiment id", id, "has a NUL"));
    }
    let length = experiment_dir(id).len();
    if length > NAME_MAX {
        let problem = format!("takes {length} bytes as a directory name; {NAME_MAX} are possible");
        return Err(refuse("experiment id", id, &problem));
    }
    Ok((name, version))
}

/// The directory of an experiment: every `:` of the id becomes `_`, and what else no file name can
/// hold is encoded as by [`encode`].
///
/// `a:b_c` and `a_b:c` have the same directory: the caller must compare the experiment id in its
/// `_meta.json`.
pub fn experiment_dir(id: &str) -> String {
    encode(&id.replace(':', "_")).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn refused(result: Result<impl std::fmt::Debug>) -> String {
        let error = result.expect_err("accepted");
        assert_eq!(error.kind(), ErrorKind::Name);
        error.message().to_owned()
    }

    #[test]
    fn ordinary_names_stay() {
        for name in [
            "v1.2",
            "u_x",
            "température",
            "日本",
            "a b",
            "loss@train",
            "_manifest2",
            "x_manifest",
            "a.",
            "😀",
        ] {
            let stays = !name.ends_with('.');
            assert_eq!(matches!(encode(name), Cow::Borrowed(same) if same == name), stays, "{name}");
        }
    }

    #[test]
    fn what_is_no_file_name_is_encoded() {
        for (name, encoded) in [
            ("a/b", "a%2Fb"),
            ("a\\b", "a%5Cb"),
            ("100%", "100%25"),
            ("%2F", "%252F"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("...", "%2E.%2E"),
            (".hidden", "%2Ehidden"),
            ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
            ("end.", "end%2E"),
            ("end ", "end%20"),
            (" ", "%20"),
            (" begin", " begin"),
            ("_manifest", "%5Fmanifest"),
            ("<>:\"|?*", "%3C%3E%3A%22%7C%3F%2A"),
            ("a\tb\u{7f}\u{85}", "a%09b%7F%C2%85"),
        ] {
            assert_eq!(encode(name), encoded);
            assert_eq!(decode(encoded).as_deref(), Some(name));
        }
    }

    #[test]
    fn encoding_is_injective_safe_and_reversible() {
        const ALPHABET: [&str; 14] =
            ["a", "A", ".", "/", "%", "2", "F", "_manifest", " ", "\\", "é", "\u{85}", ":", "5"];
        let mut seen: HashMap<String, String> = HashMap::new();
        for code in 0..14usize.pow(4) {
            let name: String = (0..4u32)
                .map(|place| code / 14usize.pow(place) % 14)
                .take_while(|letter| *letter != 13)
                .map(|letter| ALPHABET[letter])
                .collect();
            for encoded in [encode(&name), encode_case(&name)] {
                assert_eq!(decode(&encoded).as_deref(), Some(name.as_str()));
                assert!(!encoded.contains(['/', '\\', ':']) && !encoded.starts_with('.'));
                assert!(encoded != "_manifest" && !encoded.ends_with([' ', '.']));
                let other = seen.insert(encoded.into_owned(), name.clone());
                assert!(other.is_none_or(|other| other == name));
            }
        }
        assert!(seen.len() > 14usize.pow(3));
    }

    #[test]
    fn case_can_be_told_apart_where_the_file_system_does_not() {
        for (lower, upper) in [("u_x", "U_X"), ("é1", "É1"), ("ς", "Σ"), ("ſ", "S"), ("k", "\u{212a}")] {
            let (lower, upper) = (encode_case(lower), encode_case(upper));
            assert_ne!(lower.to_lowercase(), upper.to_lowercase());
        }
        assert_eq!(encode_case("Ab1_é日"), "%41%621_%C3%A9日");
        assert_eq!(encode_case("日1"), "日1");
    }

    #[test]
    fn what_encode_never_gives_does_not_decode() {
        for encoded in [
            "%",
            "%2",
            "%2f",
            "%zz",
            "%+1",
            "%41%",
            "a%42",
            "%FF",
            ".",
            ".a",
            "a/b",
            "_manifest",
            "a:b",
            "%C3",
        ] {
            assert_eq!(decode(encoded), None, "{encoded}");
        }
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        assert_eq!(refused(check("")), "a name is empty; it has 1 to 200 bytes");
        assert_eq!(refused(check("a\0b")), "name \"a\\0b\" has a NUL");
        assert_eq!(refused(of_bytes(b"a\xc0\x80b").map(|_| ())), "name \"a\\0\" has a NUL");
        check(&"x".repeat(NAME_MAX)).unwrap();
        let message = refused(check(&"é".repeat(NAME_MAX / 2 + 1)));
        assert!(
            message.ends_with("\".. takes 202 bytes as a file name; at most 200 are possible"),
            "{message}"
        );
        assert!(message.len() < 200);
        refused(check(&"/".repeat(67)));
        check(&"/".repeat(66)).unwrap();
    }

    #[test]
    fn run_ids_are_plain() {
        for id in ["a", "3e7cf8d20ad4cf51", "_1.x-Y", &"a".repeat(128)] {
            check_run_id(id).unwrap();
        }
        for id in ["", ".a", "-a", "a/b", "a b", "é", "a:b", "a\0", &"a".repeat(129)] {
            assert!(refused(check_run_id(id)).contains("is not 1 to 128 characters of A-Z a-z 0-9 . _ -"));
        }
    }

    #[test]
    fn experiment_ids_have_two_parts() {
        assert_eq!(check_experiment_id("gold:1.0").unwrap(), ("gold", "1.0"));
        assert_eq!(check_experiment_id("gold").unwrap(), ("gold", "1"));
        assert_eq!(check_experiment_id("a:b:c").unwrap(), ("a", "b:c"));
        for id in ["", ":", "a:", ":1", "a\0:1", &"x".repeat(201)] {
            refused(check_experiment_id(id));
        }
        for (id, dir) in [
            ("gold:1.0", "gold_1.0"),
            ("gold", "gold"),
            ("a:b:c", "a_b_c"),
            ("../x:1", "%2E.%2Fx_1"),
            ("a:b_c", "a_b_c"),
            (":_", "__"),
            ("_manifest", "%5Fmanifest"),
        ] {
            assert_eq!(experiment_dir(id), dir);
        }
    }
}
