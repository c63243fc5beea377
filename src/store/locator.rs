//! What a store's locator says.

use std::path::PathBuf;

use crate::error::{Error, ErrorKind, Result};

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Locator {
    /// A directory that holds one directory per experiment.
    File(PathBuf),
}

impl Locator {
    /// Reads a locator: a path, or `file:///abs/path`.
    ///
    /// # Errors
    /// When it is empty, of another scheme, or not a path.
    pub fn parse(text: &str) -> Result<Self> {
        let value = |problem: String| Err(Error::new(ErrorKind::Value, problem));
        if text.is_empty() || text.contains('\0') {
            return value(format!("store locator {text:?} is no path"));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::File(PathBuf::from(text)));
        };
        match scheme {
            "file" => {
                let rest = rest.strip_prefix("localhost").unwrap_or(rest);
                if !rest.starts_with('/') {
                    return value(format!("store locator {text:?} needs an absolute path after file://"));
                }
                Ok(Self::File(PathBuf::from(rest)))
            }
            "postgresql" | "postgres" => Err(Error::new(
                ErrorKind::Unsupported,
                "this libmetalab was built without the PostgreSQL index; give the store as a path",
            )),
            _ => value(format!("store locator has the unknown scheme {scheme:?}: use a path or file://")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locators_are_paths_or_urls() {
        let path = |text| Locator::parse(text).map(|Locator::File(path)| path);
        assert_eq!(path("./runs").unwrap(), PathBuf::from("./runs"));
        assert_eq!(path("file:///a/b").unwrap(), PathBuf::from("/a/b"));
        for (text, kind) in [
            ("", ErrorKind::Value),
            ("file://a/b", ErrorKind::Value),
            ("s3://bucket", ErrorKind::Value),
            ("postgresql://u@h/db?file_root=/x", ErrorKind::Unsupported),
        ] {
            assert_eq!(path(text).unwrap_err().kind(), kind, "{text}");
        }
    }
}
