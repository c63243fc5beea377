//! Where an index is: `postgresql://user@host/db?file_root=/path&schema=public&experiment_id=a:1`.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::base::environment;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::store::read_json;

/// The longest name that PostgreSQL does not cut.
const NAME_MAX: usize = 63;

/// An index, and the files that it is of. What is shown of it has no password.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The directory that holds one directory per experiment.
    file_root: PathBuf,
    /// The schema of the tables, as an identifier.
    pub schema: String,
    /// The experiment that the store is limited to.
    experiment_id: Option<String>,
    /// The locator without what is ours: libpq's.
    connection: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self}, file_root {:?})", self.file_root)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection = crate::base::redact::redact(&self.connection);
        write!(f, "{connection}, schema {}", self.schema)
    }
}

impl Address {
    /// Reads a locator whose scheme is `postgresql` or `postgres`.
    ///
    /// # Errors
    /// When it lacks `file_root`, or a part of ours can't be what it is to be.
    pub fn parse(text: &str) -> Result<Self> {
        let value = |problem: String| Error::new(ErrorKind::Value, problem);
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut file_root, mut schema, mut experiment_id) = (None, None, None);
        let mut theirs = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, raw) = pair.split_once('=').unwrap_or((pair, ""));
            let ours = match key {
                "file_root" => &mut file_root,
                "schema" => &mut schema,
                "experiment_id" => &mut experiment_id,
                _ => {
                    theirs.push(pair);
                    continue;
                }
            };
            let decoded = decode(raw);
            *ours = Some(
                decoded.ok_or_else(|| value(format!("store locator: {key} is no percent-encoded text")))?,
            );
        }
        let file_root = file_root.filter(|root| !root.is_empty()).ok_or_else(|| {
            value(
                "store locator: postgresql:// needs file_root, the directory of the files: ?file_root=/path"
                    .into(),
            )
        })?;
        let file_root =
            environment::path(&file_root).map_err(|error| error.context("store locator: file_root"))?;
        let experiment_id = experiment_id.filter(|id| !id.is_empty());
        if let Some(id) = &experiment_id {
            crate::base::name::check_experiment_id(id).map_err(|error| error.context("store locator"))?;
        }
        let schema = check_schema(schema.as_deref().unwrap_or("public"))?;
        let query = theirs.join("&");
        let connection = if query.is_empty() { base.to_owned() } else { format!("{base}?{query}") };
        Ok(Self { file_root, schema, experiment_id, connection })
    }

    /// The directory of the files.
    pub fn file_root(&self) -> &Path {
        &self.file_root
    }

    /// The experiment that the store is limited to.
    pub fn experiment_id(&self) -> Option<&str> {
        self.experiment_id.as_deref()
    }

    /// The options to connect with, each later one before the earlier ones. Where the locator has no
    /// password, the service that the package notes beside the files says where the server is.
    pub fn options(&self) -> Vec<(String, String)> {
        let option = |key: &str, value: String| (key.to_owned(), value);
        let mut options = vec![
            option("fallback_application_name", "libmetalab".to_owned()),
            option("dbname", self.connection.clone()),
        ];
        if self.password().is_none() {
            options.extend(service(&self.file_root));
        }
        options.push(option("client_encoding", "UTF8".to_owned()));
        options
    }

    /// The same index, of whatever experiment.
    pub fn of_all(&self) -> Self {
        Self { experiment_id: None, ..self.clone() }
    }

    /// The user's password as it stands in the locator.
    fn password(&self) -> Option<&str> {
        let rest = self.connection.split_once("://")?.1;
        let authority = rest.split(['/', '?']).next()?;
        let (user, _) = authority.rsplit_once('@')?;
        user.split_once(':').map(|(_, password)| password).filter(|password| !password.is_empty())
    }

    /// The connection string, for libpq alone.
    pub fn connection(&self) -> &str {
        &self.connection
    }

    /// `message` without the secrets of the locator, and of `options`.
    pub fn scrub(&self, message: &str, options: &[(String, String)]) -> String {
        let (base, query) = self.connection.split_once('?').unwrap_or((&self.connection, ""));
        let in_query = query.split('&').filter_map(|pair| pair.split_once('='));
        let theirs = options.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let is_secret = |(key, _): &(&str, &str)| key.ends_with("password");
        let mut secrets: Vec<String> =
            in_query.chain(theirs).filter(is_secret).map(|(_, value)| value.to_owned()).collect();
        // A password that should have been percent-encoded is taken apart, and its parts for others.
        let user = base.rsplit_once('@').and_then(|(user, _)| user.split_once("://")?.1.split_once(':'));
        if let Some((_, password)) = user {
            secrets.push(password.to_owned());
            secrets.extend(
                password.split(['@', '/', ':', '#', ',', '?', '&', '=', ' ', '\'', '"']).map(str::to_owned),
            );
        }
        secrets.extend(secrets.clone().iter().filter_map(|secret| decode(secret)));
        // A secret that contains another goes first.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let mut message = message.to_owned();
        for secret in secrets.iter().filter(|secret| !secret.is_empty() && !"***".contains(secret.as_str())) {
            message = message.replace(secret.as_str(), "***");
        }
        message
    }
}

/// The text that is percent-encoded so; as in a form, `+` is a space.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                (digit()? << 4 | digit()?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok().filter(|text| !text.contains('\0'))
}

/// The words of SQL that are no names unless they are quoted, which the package does not: those that
/// PostgreSQL reserves, and those of types and functions.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary",
    "both", "case", "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create",
    "cross", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end",
    "except", "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike",
    "in", "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral", "leading", "left", "like",
    "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "only", "or",
    "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right", "select",
    "session_user", "similar", "some", "symmetric", "system_user", "table", "tablesample", "then", "to",
    "trailing", "true", "union", "unique", "user", "using", "variadic", "verbose", "when", "where", "window",
    "with",
];

/// The schema of this name: as PostgreSQL folds what is not quoted, which is how the package has it.
fn check_schema(name: &str) -> Result<String> {
    let is_first = |first: char| first.is_ascii_alphabetic() || first == '_';
    let is_part = |part: char| part.is_ascii_alphanumeric() || matches!(part, '_' | '$');
    let fits = name.len() <= NAME_MAX && name.starts_with(is_first) && name.chars().all(is_part);
    if !fits || name.to_ascii_lowercase().starts_with("pg_") {
        let text = format!(
            "store locator: schema {name:?} is not 1 to {NAME_MAX} of A-Z a-z 0-9 _ $ beginning with a letter or _, \
             or begins with pg_"
        );
        return Err(Error::new(ErrorKind::Value, text));
    }
    let name = name.to_ascii_lowercase();
    if RESERVED.contains(&name.as_str()) {
        let text =
            format!("store locator: schema {name:?} is a word of SQL, and the dashboard can't ask for it");
        return Err(Error::new(ErrorKind::Value, text));
    }
    Ok(name)
}

/// The options that the package notes of the server that it has started for this store.
fn service(file_root: &Path) -> Vec<(String, String)> {
    let path = file_root.join("services/postgres/service.json");
    // Without a whole one the locator stands as it is.
    let Ok(Some(service)) = read_json(&path) else { return Vec::new() };
    let text = |key: &str| match service.get(key) {
        Some(Json::Str(text)) if !text.is_empty() => Some(text.clone()),
        Some(Json::Int(number)) => Some(number.to_string()),
        _ => None,
    };
    let (Some(host), Some(database)) = (text("host"), text("database")) else { return Vec::new() };
    let mut options = vec![("host".to_owned(), host), ("dbname".to_owned(), database)];
    for key in ["port", "user", "password"] {
        options.extend(text(key).map(|value| (key.to_owned(), value)));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_is_taken_out_of_the_locator() {
        let text = "postgresql://u:p%40w@[::1]:5433,h2/db?sslmode=verify-full&file_root=%2Fdata%2Fa+b&schema=Lab\
                    &experiment_id=a:1&connect_timeout=3";
        let address = Address::parse(text).unwrap();
        assert_eq!(address.file_root, Path::new("/data/a b"));
        assert_eq!(address.schema, "lab");
        assert_eq!(address.experiment_id.as_deref(), Some("a:1"));
        assert_eq!(
            address.connection,
            "postgresql://u:p%40w@[::1]:5433,h2/db?sslmode=verify-full&connect_timeout=3"
        );
        assert_eq!(address.password(), Some("p%40w"));
    }

    #[test]
    fn nothing_shown_has_a_password() {
        let text = "postgres://u:geheim%21@h/db?file_root=/x&sslpassword=top%20secret&password=third";
        let address = Address::parse(text).unwrap();
        let options = [("password".to_owned(), "fourth".to_owned())];
        let said = "no geheim%21, geheim!, top%20secret, top secret, third or fourth here";
        let apart = Address::parse("postgresql://u:geheim/third@fourth@h/db?file_root=/x").unwrap();
        let taken_apart = apart.scrub("port \"geheim\", host \"fourth@h\", third", &[]);
        for shown in [format!("{address:?} {address}"), address.scrub(said, &options), taken_apart] {
            for secret in ["geheim", "secret", "third", "fourth"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for text in [
            "postgresql://h/db",
            "postgresql://h/db?file_root=",
            "postgresql://h/db?file_root=/x&schema=a-b",
            "postgresql://h/db?file_root=/x&schema=a%22%3Bdrop",
            "postgresql://h/db?file_root=/x&schema=pg_temp",
            "postgresql://h/db?file_root=/x&schema=",
            "postgresql://h/db?file_root=/x&schema=User",
            "postgresql://h/db?file_root=/x&schema=order",
            "postgresql://h/db?file_root=%zz",
        ] {
            assert_eq!(Address::parse(text).unwrap_err().kind(), ErrorKind::Value, "{text}");
        }
    }

    #[test]
    fn the_service_beside_the_files_has_the_credentials() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("services/postgres");
        std::fs::create_dir_all(&directory).unwrap();
        let service =
            r#"{"host": "node7", "port": 5499, "database": "metalab", "user": "ada", "password": "pw"}"#;
        std::fs::write(directory.join("service.json"), service).unwrap();
        let find = |locator: &str, key: &str| {
            let address = Address::parse(&format!("{locator}?file_root={}", place.path().display())).unwrap();
            let found = address.options().into_iter().rev().find(|(name, _)| name == key);
            found.map(|(_, value)| value)
        };
        assert_eq!(find("postgresql://localhost/db", "password").as_deref(), Some("pw"));
        assert_eq!(find("postgresql://localhost/db", "port").as_deref(), Some("5499"));
        assert_eq!(find("postgresql://u:mine@localhost/db", "password"), None);
    }
}
