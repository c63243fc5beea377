//! Variables of the environment.

use std::time::Duration;

use super::error::{Error, ErrorKind, Result};

/// Whether a variable says yes.
pub fn is_on(name: &str) -> bool {
    matches!(std::env::var(name).as_deref(), Ok("1" | "true" | "yes" | "on"))
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
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Error::new(ErrorKind::Utf8, format!("the environment variable {name} is not UTF-8")))
        }
    }
}

/// The variable as a number of seconds.
///
/// # Errors
/// When it is none, or negative.
pub fn seconds(name: &str) -> Result<Option<Duration>> {
    let Some(seconds) = variable(name)? else { return Ok(None) };
    let found = seconds.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let text = || format!("{name} must be a number of seconds that is not negative");
    found.map(Some).ok_or_else(|| Error::new(ErrorKind::Value, text()))
}
