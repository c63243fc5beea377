//! Something that a check has found: `path: what`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::escape;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Something is lost, or can't be read.
    Damaged,
    /// It does no harm, and a command puts it right.
    LeftOver,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub path: PathBuf,
    pub kind: Kind,
    pub what: String,
}

impl Finding {
    pub fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), kind: Kind::Damaged, what: what.into() }
    }

    pub fn left_over(path: &Path, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), kind: Kind::LeftOver, what: what.into() }
    }

    /// The finding of an error about `path`, which the library's messages begin with.
    pub fn of(path: &Path, error: &metalab::Error) -> Self {
        let message = error.message();
        let what = message.strip_prefix(&*path.to_string_lossy()).unwrap_or(message);
        Self::damaged(path, what.trim_start_matches([' ', ':']))
    }

    /// The line on a terminal.
    pub fn line(&self) -> String {
        format!("{}: {}", escape::line(&self.path.to_string_lossy()), escape::line(&self.what))
    }

    pub fn json(&self) -> Value {
        let kind = match self.kind {
            Kind::Damaged => "damaged",
            Kind::LeftOver => "left over",
        };
        json!({"path": self.path.to_string_lossy(), "what": self.what, "kind": kind})
    }
}
