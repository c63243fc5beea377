//! Reading a store's locator.

use std::path::{Path, PathBuf};

#[cfg(feature = "postgres")]
use super::discover;
use super::{Address, address};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::redact::redact;
use crate::base::{environment, name};

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Locator {
    /// A directory that holds one directory per experiment, and the experiment that it is limited to.
    File(PathBuf, Option<String>),
    /// The same, and an index of it in PostgreSQL.
    Postgres(Address),
}

/// The locator of the store of the services that the Python package has started.
pub const DISCOVER: &str = "discover";

impl Locator {
    /// Reads a locator: a path, `file:///abs/path`, `postgresql://...?file_root=/path`, or `discover`
    /// for the store of the services that the Python package has started. The two with a scheme may end with
    /// `experiment_id=name:version`, after `?` or `&`. Blanks and line ends around it are dropped, and a path
    /// is read as `base::environment::path` has it.
    ///
    /// # Errors
    /// When it is empty, of another scheme, not a path, or not what libpq takes; what it says of that
    /// has no password.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let is_discover = text.eq_ignore_ascii_case(DISCOVER);
        if !cfg!(feature = "postgres")
            && (is_discover || text.starts_with("postgres://") || text.starts_with("postgresql://"))
        {
            return Self::without_index();
        }
        #[cfg(feature = "postgres")]
        if is_discover {
            return Self::parse(&discover::locator()?);
        }
        let value = |problem: String| Err(Error::new(ErrorKind::Value, problem));
        let path = |text: &str| environment::path(text).map_err(|error| error.context("store locator"));
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::File(path(text)?, None));
        };
        if text.contains(char::is_control) {
            return value("store locator has a control character in it".to_owned());
        }
        match scheme {
            "file" => {
                let rest = rest.strip_prefix("localhost").unwrap_or(rest);
                if !rest.starts_with('/') {
                    let shown = redact(text);
                    return value(format!("store locator {shown:?} needs an absolute path after file://"));
                }
                let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
                let mut experiment_id = None;
                for pair in query.split('&').filter(|pair| !pair.is_empty()) {
                    let Some(("experiment_id", id)) = pair.split_once('=') else {
                        let shown = redact(pair);
                        return value(format!(
                            "store locator: {shown:?} is nothing that a file:// locator has"
                        ));
                    };
                    let id = address::decode(id).filter(|id| !id.is_empty());
                    let id = id.ok_or_else(|| {
                        Error::new(
                            ErrorKind::Value,
                            "store locator: experiment_id is no percent-encoded text",
                        )
                    })?;
                    name::check_experiment_id(&id).map_err(|error| error.context("store locator"))?;
                    experiment_id = Some(id);
                }
                Ok(Self::File(path(rest)?, experiment_id))
            }
            "postgresql" | "postgres" => Ok(Self::Postgres(Address::parse(text)?)),
            _ => {
                let scheme = redact(scheme);
                value(format!(
                    "store locator has the unknown scheme {scheme:?}: use a path, file:// or postgresql://"
                ))
            }
        }
    }

    /// Refuses what leads to an index, in a build that has none.
    ///
    /// # Errors
    /// Always.
    pub fn without_index<T>() -> Result<T> {
        let text =
            "this libmetalab was built without PostgreSQL (feature postgres); give the store as a path";
        Err(Error::new(ErrorKind::Unsupported, text))
    }

    /// The directory that holds one directory per experiment.
    pub fn collection(&self) -> &Path {
        match self {
            Self::File(collection, _) => collection,
            Self::Postgres(address) => address.file_root(),
        }
    }

    /// Where the index is, if there is one.
    pub fn index(&self) -> Option<&Address> {
        match self {
            Self::File(..) => None,
            Self::Postgres(address) => Some(address),
        }
    }

    /// The experiment that is meant: `wanted`, or what the locator is limited to.
    ///
    /// # Errors
    /// When they differ, or can't be one.
    pub fn experiment(&self, wanted: Option<&str>) -> Result<Option<String>> {
        let whole = |id: &str| -> Result<String> {
            let (name, version) = name::check_experiment_id(id)?;
            Ok(format!("{name}:{version}"))
        };
        let wanted = wanted.map(whole).transpose()?;
        let limit = match self {
            Self::File(_, limit) => limit.as_deref(),
            Self::Postgres(address) => address.experiment_id(),
        };
        let limit = limit.map(whole).transpose()?;
        match (wanted, limit) {
            (Some(wanted), Some(limit)) if wanted != limit => Err(Error::new(
                ErrorKind::Value,
                format!("the store's locator names experiment {limit}, and {wanted} is asked for"),
            )),
            (wanted, limit) => Ok(wanted.or(limit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locators_are_paths_or_urls() {
        let path = |text| Locator::parse(text).map(|locator| locator.collection().to_owned());
        assert_eq!(path("./runs").unwrap(), PathBuf::from("./runs"));
        assert_eq!(path("file:///a/b").unwrap(), PathBuf::from("/a/b"));
        assert_eq!(path(" /a/b\r\n").unwrap(), PathBuf::from("/a/b"));
        assert_eq!(path("file:///a/b\r").unwrap(), PathBuf::from("/a/b"));
        assert_eq!(path("~/runs").unwrap(), crate::base::environment::home().unwrap().join("runs"));
        #[cfg(feature = "postgres")]
        {
            let root = path("postgresql://u@h/db?file_root=~/x\r").unwrap();
            assert_eq!(root, crate::base::environment::home().unwrap().join("x"));
            assert!(path("postgresql://u@h/db?file_root=$X/x").is_err());
        }
        for (text, kind) in [
            ("", ErrorKind::Value),
            (" \r\n", ErrorKind::Value),
            ("'/a'", ErrorKind::Value),
            ("\"/a\"", ErrorKind::Value),
            ("$SCRATCH/a", ErrorKind::Value),
            ("file:///$HOME/a", ErrorKind::Value),
            ("file:///a\nb", ErrorKind::Value),
            ("file://a/b", ErrorKind::Value),
            ("s3://bucket", ErrorKind::Value),
            ("file:///a?x=1", ErrorKind::Value),
            ("file:///a?experiment_id=", ErrorKind::Value),
            #[cfg(not(feature = "postgres"))]
            ("postgresql://u@h/db?file_root=/x", ErrorKind::Unsupported),
            #[cfg(feature = "postgres")]
            ("postgresql://u@h/db", ErrorKind::Value),
        ] {
            assert_eq!(path(text).unwrap_err().kind(), kind, "{text}");
        }
    }

    #[test]
    fn a_locator_may_be_limited_to_an_experiment() {
        for text in [
            "file:///x?experiment_id=a",
            "file:///x?experiment_id=a%3A1",
            #[cfg(feature = "postgres")]
            "postgres://h/db?file_root=/x&experiment_id=a",
        ] {
            let locator = Locator::parse(text).unwrap();
            assert_eq!(locator.collection(), Path::new("/x"));
            assert_eq!(locator.experiment(None).unwrap().as_deref(), Some("a:1"));
            assert_eq!(locator.experiment(Some("a:1")).unwrap().as_deref(), Some("a:1"));
            assert_eq!(locator.experiment(Some("b")).unwrap_err().kind(), ErrorKind::Value);
        }
    }
}
