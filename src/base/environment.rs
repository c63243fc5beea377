//! Variables of the environment, and values that are given as text.
//!
//! They are read on the thread that calls us, and nowhere but here: while a thread of ours looked for one, the
//! host might set one, and the C library would move what is looked at (glibc before 2.41).

use std::cell::Cell;
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::clock::duration;
use super::error::{Error, ErrorKind, Result};
use super::redact::redact;

thread_local! {
    /// True on a thread of ours.
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

/// Says that this thread is ours, and reads no variable.
pub fn forbid() {
    IS_OURS.set(true);
}

/// The variable as it is.
pub fn raw(name: &str) -> Option<OsString> {
    debug_assert!(!IS_OURS.get(), "{name} is read on a thread of ours");
    std::env::var_os(name)
}

/// A variable of others', like `variable`: what is wrong with it is no reason to refuse.
pub fn others(name: &str) -> Option<String> {
    variable(name).ok().flatten()
}

/// Returns whether a variable says yes; one that is not set, or empty, says no.
///
/// # Errors
/// When it says neither yes nor no.
pub fn is_on(name: &str) -> Result<bool> {
    let text = variable(name)?;
    text.map_or(Ok(false), |text| yes_or_no(&text)).map_err(|error| error.context(name))
}

/// The variable without blanks and line ends around it, if it is set and not empty then.
///
/// # Errors
/// When it is not UTF-8.
pub fn variable(name: &str) -> Result<Option<String>> {
    match raw(name).map(OsString::into_string) {
        Some(Ok(value)) => Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty())),
        None => Ok(None),
        Some(Err(value)) => {
            let text = format!("the environment variable {name} is not UTF-8");
            Err(Error::new(ErrorKind::Utf8, text).caused_by(std::env::VarError::NotUnicode(value)))
        }
    }
}

/// The variable as a number of seconds.
///
/// # Errors
/// When it is none, or negative.
pub fn seconds(name: &str) -> Result<Option<Duration>> {
    let text = variable(name)?;
    text.map(|text| span(&text)).transpose().map_err(|error| error.context(name))
}

/// Returns whether a text says yes: 1, true, yes or on, in any case.
///
/// # Errors
/// When it does not say no either: 0, false, no or off.
pub fn yes_or_no(text: &str) -> Result<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => wrong(text, "1, true, yes, on, 0, false, no or off"),
    }
}

/// The user's home directory.
#[allow(deprecated, reason = "it was for Windows alone, until Rust 1.87")]
pub fn home() -> Option<PathBuf> {
    debug_assert!(!IS_OURS.get(), "HOME is read on a thread of ours");
    std::env::home_dir()
}

/// The path that somebody wrote where no shell has read it: a blank or line end around it goes, and `~/`,
/// `$HOME/` or `${HOME}/` at its beginning becomes the home directory. A directory that really has such a
/// name is written with `./` before it.
///
/// # Errors
/// When it is in quotes, names another variable or user first, or has a control character in it: that is
/// no path that anybody means.
pub fn path(text: &str) -> Result<PathBuf> {
    let path = text.trim();
    // Where a locator was meant, it may have a password.
    let shown = redact(path);
    let refuse = |problem: &str| {
        Err(Error::new(
            ErrorKind::Value,
            format!(
                "the path {shown:?} {problem}; only ~ and $HOME at the beginning are replaced here: give the whole path"
            ),
        ))
    };
    if path.is_empty() {
        return Err(Error::new(ErrorKind::Value, "the path is empty"));
    }
    if path.chars().any(char::is_control) {
        return Err(Error::new(
            ErrorKind::Value,
            format!("the path {shown:?} has a control character in it"),
        ));
    }
    if path.contains('"') || path.starts_with('\'') || path.ends_with('\'') {
        return refuse("has quotes in it");
    }
    if path.starts_with("./") || path.starts_with("../") {
        return Ok(PathBuf::from(path));
    }
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    match first {
        "~" | "$HOME" | "${HOME}" => {
            let Some(home) = home().filter(|home| home.is_absolute()) else {
                return Err(Error::new(
                    ErrorKind::Value,
                    format!("the path {shown:?}: there is no home directory"),
                ));
            };
            Ok(home.join(rest.trim_start_matches('/')))
        }
        _ if first.starts_with('~') => refuse("begins with another user's home"),
        _ if rest.split('/').any(|part| part == "~") => refuse("has ~ in the middle"),
        _ if has_variable(path) => refuse("has a variable or a command in it"),
        _ => Ok(PathBuf::from(path)),
    }
}

/// Returns whether a shell would see a variable or a command: `$NAME`, `${NAME}`, `$(command)`, two backquotes.
fn has_variable(path: &str) -> bool {
    let is_name =
        |rest: &str| rest.starts_with(|next: char| next.is_ascii_alphabetic() || "_{(".contains(next));
    path.split('$').skip(1).any(is_name) || path.matches('`').count() > 1
}

/// A whole number.
///
/// # Errors
/// When the text is none, or out of range.
pub fn whole<N: FromStr>(text: &str) -> Result<N> {
    text.trim().parse().or_else(|_| wrong(text, "a whole number in range"))
}

/// A number.
///
/// # Errors
/// When the text is none.
pub fn number(text: &str) -> Result<f64> {
    text.trim().parse().or_else(|_| wrong(text, "a number"))
}

/// A span of time in seconds.
///
/// # Errors
/// When the text is no number, or no duration.
pub fn span(text: &str) -> Result<Duration> {
    duration(number(text)?)
}

/// The value whose word this is.
///
/// # Errors
/// When it is none of `words`.
pub fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T> {
    match words.iter().find(|(word, _)| *word == text) {
        Some((_, value)) => Ok(*value),
        None => {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            wrong(text, &format!("one of {}", words.join(", ")))
        }
    }
}

fn wrong<T>(text: &str, what: &str) -> Result<T> {
    Err(Error::new(ErrorKind::Value, format!("{text:?} is not {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_values_or_refused() {
        assert_eq!((whole::<u64>(" 7 ").unwrap(), whole::<i64>("-7").unwrap()), (7, -7));
        assert_eq!(whole::<u64>("-7").unwrap_err().message(), "\"-7\" is not a whole number in range");
        assert_eq!(span("0.25").unwrap(), Duration::from_millis(250));
        assert!(span("-1").is_err() && span("NaN").is_err() && span("1e300").is_err() && span("x").is_err());
        assert_eq!(one_of("b", &[("a", 1), ("b", 2)]).unwrap(), 2);
        let error = one_of("B", &[("a", 1), ("b", 2)]).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Value, "\"B\" is not one of a, b"));
        for yes in ["1", "true", "yes", "on", "TRUE", " Yes\r\n", "On"] {
            assert!(yes_or_no(yes).unwrap(), "{yes:?}");
        }
        for no in ["0", "false", "no", "off", "False\r", " OFF "] {
            assert!(!yes_or_no(no).unwrap(), "{no:?}");
        }
        for neither in ["", "2", "y", "tru", "enabled", "\"1\"", "-1", "01"] {
            let error = yes_or_no(neither).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Value);
            assert!(error.message().ends_with("is not 1, true, yes, on, 0, false, no or off"), "{error}");
        }
    }

    #[test]
    fn paths_are_read_as_they_are_meant() {
        let home = home().unwrap();
        for (text, meant) in [
            ("/a/b", "/a/b"),
            ("./runs\r\n", "./runs"),
            ("  /a b\t", "/a b"),
            ("a~b/c$", "a~b/c$"),
            ("/a/~b/c", "/a/~b/c"),
            ("./~", "./~"),
            ("../$x/~", "../$x/~"),
            ("./$HOME", "./$HOME"),
            ("it's", "it's"),
            ("a$1", "a$1"),
            ("a`b", "a`b"),
            ("./`pwd`", "./`pwd`"),
        ] {
            assert_eq!(path(text).unwrap(), PathBuf::from(meant), "{text:?}");
        }
        for (text, rest) in [("~", ""), ("~/", ""), ("~//x", "x"), ("$HOME/a/b\r", "a/b"), ("${HOME}/a", "a")]
        {
            assert_eq!(path(text).unwrap(), home.join(rest), "{text:?}");
        }
        for text in [
            "",
            " \r\n",
            "\"/a\"",
            "'/a'",
            "\"/a",
            "/a'",
            "~other/x",
            "$SCRATCH/x",
            "/a/${USER}",
            "/a/$USER/b",
            "$(pwd)/x",
            "`pwd`/x",
            "/a/`date`",
            "/a\nb",
            "/a\0b",
            "a\rb",
            "$HOMER/x",
            "/a/~/b",
            "./a\"b",
        ] {
            assert_eq!(path(text).unwrap_err().kind(), ErrorKind::Value, "{text:?}");
        }
    }
}
