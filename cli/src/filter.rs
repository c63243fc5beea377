//! Filters of runs, and what is wrong with one: the place is shown below the text.

use metalab::read::{Fields, Filter};

use crate::escape;
use crate::failure::{Failure, Result};

/// Fails if `text` is no filter.
pub fn check(text: &str, fields: &dyn Fields) -> Result<()> {
    let Some((place, error)) = Filter::mistake(text, fields) else { return Ok(()) };
    let before = escape::line(&text[..place]).chars().count();
    let pointed = format!("{}\n{}^", escape::line(text), " ".repeat(before));
    Err(Failure::from(error).advice(pointed))
}
