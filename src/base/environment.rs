//! Variables of the environment, and values that are given as text.

use std::str::FromStr;
use std::time::Duration;

use super::error::{Error, ErrorKind, Result};

/// Returns whether a variable says yes.
pub fn is_on(name: &str) -> bool {
    std::env::var(name).is_ok_and(|text| is_yes(&text))
}

/// The variable, if it is set and not empty.
///
/// # Errors
/// When it is not UTF-8.
pub fn variable(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(source @ std::env::VarError::NotUnicode(_)) => {
            let text = format!("the environment variable {name} is not UTF-8");
            Err(Error::new(ErrorKind::Utf8, text).caused_by(source))
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

/// Returns whether a text says yes.
pub fn is_yes(text: &str) -> bool {
    matches!(text, "1" | "true" | "yes" | "on")
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
/// When the text is no number, or negative.
pub fn span(text: &str) -> Result<Duration> {
    let seconds = text.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.map_or_else(|| wrong(text, "a number of seconds that is not negative"), Ok)
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
        assert!(is_yes("on") && !is_yes("0") && !is_yes(""));
    }
}
