//! The way to an index: who is asked, how long for, and what is said of it when it fails.

use std::time::Duration;

use super::pq::{Connection, Failure, Library};
use super::schema;
use crate::base::environment::others;
use crate::base::error::{Error, ErrorKind, Result};
use crate::store::Address;

/// How long a connection may take, unless the locator or PGCONNECT_TIMEOUT says so.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// How long a statement may take.
const STATEMENT_PATIENCE: Duration = Duration::from_secs(30);

/// The same for counting and copying a whole store.
pub const LONG_PATIENCE: Duration = Duration::from_secs(600);

/// Connections of a server that solvers leave to others.
const LEFT: usize = 3;

/// Why there is no connection.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Without secrets.
    pub message: String,
    /// The kind of error for the caller.
    pub kind: ErrorKind,
    /// True if waiting does not help: there is no library, no server, no such role, password or database.
    pub is_hopeless: bool,
}

impl Refused {
    /// The same as an error.
    pub fn error(self) -> Error {
        Error::new(self.kind, format!("the index: {}", self.message))
    }
}

/// The kind of error that a failure is for the caller.
pub fn kind_of(failure: &Failure) -> ErrorKind {
    match failure.state.get(..2) {
        Some("28" | "42") => ErrorKind::Access,
        Some("25") => ErrorKind::Access,
        Some("53") if failure.state == "53100" => ErrorKind::Full,
        _ => ErrorKind::Io,
    }
}

/// Refuses a connection string that libpq would. Without libpq it is let through: the run goes to
/// the files nevertheless, and its health says why the index is behind.
///
/// # Errors
/// A locator or library that can't be used; the message has no secrets.
pub fn check(address: &Address) -> Result<()> {
    let Ok(library) = Library::get() else { return Ok(()) };
    let options = library.parse(address.connection()).map_err(|reason| {
        let reason = address.scrub(&reason, &[]);
        Error::new(ErrorKind::Value, format!("store locator: {reason}"))
    })?;
    let found = |key: &str| options.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    for (key, known) in [
        ("sslmode", &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"][..]),
        ("gssencmode", &["disable", "prefer", "require"][..]),
    ] {
        if let Some(value) = found(key).filter(|value| !known.contains(value)) {
            let text = format!("store locator: {key} {value:?} is none of {}", known.join(", "));
            return Err(Error::new(ErrorKind::Value, text));
        }
    }
    Ok(())
}

/// A connection to the index, with its tables made.
///
/// # Errors
/// When there is none.
pub fn connect(address: &Address, patience: Option<Duration>) -> std::result::Result<Connection, Refused> {
    connect_within(address, patience, limit())
}

fn connect_within(
    address: &Address,
    patience: Option<Duration>,
    limit: Option<Duration>,
) -> std::result::Result<Connection, Refused> {
    let library = Library::get().map_err(|message| Refused {
        message,
        kind: ErrorKind::Unsupported,
        is_hopeless: true,
    })?;
    let options = address.options();
    let mut connection = open(library, options, limit)
        .map_err(|(failure, options)| refused(address, &failure, &options, "can't connect"))?;
    connection.set_patience(patience.unwrap_or(STATEMENT_PATIENCE));
    match schema::ensure(&connection, &address.schema) {
        Ok(()) => Ok(connection),
        Err(failure) => Err(refused(address, &failure, &connection.options(), "")),
    }
}

/// Like `connect`, for who works beside others of its kind: where they leave hardly a connection for
/// anybody else, it gives way. `limit` is what PGCONNECT_TIMEOUT said on the caller's thread.
///
/// # Errors
/// Those of `connect`, and then.
pub fn connect_beside(
    address: &Address,
    limit: Option<Duration>,
) -> std::result::Result<Connection, Refused> {
    let connection = connect_within(address, None, limit)?;
    let free = "current_setting('max_connections')::integer \
         - current_setting('superuser_reserved_connections')::integer - count(*)";
    let ours = "count(*) FILTER (WHERE application_name = 'libmetalab')";
    // Of older servers, this counts processes that are no clients, too.
    let statement =
        format!("SELECT {free} < {LEFT}, {ours} > {LEFT} FROM pg_stat_activity WHERE datid IS NOT NULL");
    let is_crowded = match connection.script(&statement) {
        Ok(rows) => rows.first().is_some_and(|row| row.iter().all(|cell| cell.as_deref() == Some("t"))),
        // Behind a pooler, perhaps.
        Err(failure) if !failure.state.is_empty() => false,
        Err(failure) => return Err(refused(address, &failure, &connection.options(), "")),
    };
    match is_crowded {
        true => {
            let message =
                format!("solvers have all connections of the server but {LEFT}: too many connections");
            Err(Refused { message, kind: ErrorKind::Io, is_hopeless: false })
        }
        false => Ok(connection),
    }
}

fn refused(address: &Address, failure: &Failure, options: &[(String, String)], what: &str) -> Refused {
    let message = address.scrub(&failure.message, options);
    let message = if what.is_empty() { message } else { format!("{what}: {message}") };
    let is_unreached =
        failure.state.is_empty() && !what.is_empty() && !failure.message.starts_with("timeout");
    let is_hopeless = is_unreached || ["28", "3D", "42"].iter().any(|class| failure.state.starts_with(class));
    Refused { message, kind: kind_of(failure), is_hopeless }
}

type Options = Vec<(String, String)>;

/// Connects, to each of several hosts in turn where one of them can't be reached.
fn open(
    library: &'static Library,
    options: Options,
    limit: Option<Duration>,
) -> std::result::Result<Connection, (Failure, Options)> {
    let patience = asked(library, &options, limit).unwrap_or(CONNECT_PATIENCE);
    let (failure, known) = match Connection::open(library, &options, patience) {
        Ok(connection) => return Ok(connection),
        Err(failed) => failed,
    };
    let part = |key: &str| -> Vec<String> {
        let found = known.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.split(',').map(str::to_owned).collect()).unwrap_or_default()
    };
    let (hosts, addresses, ports) = (part("host"), part("hostaddr"), part("port"));
    let count = hosts.len().max(addresses.len());
    if count < 2 || !failure.state.is_empty() || !failure.message.starts_with("timeout") {
        return Err((failure, known));
    }
    let mut last = (failure, known);
    for index in 0..count {
        let mut one = options.clone();
        let at = |list: &[String]| list.get(index).or(list.last()).cloned().unwrap_or_default();
        for (key, list) in [("host", &hosts), ("hostaddr", &addresses), ("port", &ports)] {
            if !list.is_empty() {
                one.push((key.to_owned(), at(list)));
            }
        }
        match Connection::open(library, &one, patience) {
            Ok(connection) => return Ok(connection),
            Err(failed) => last = failed,
        }
    }
    Err(last)
}

/// How long PGCONNECT_TIMEOUT says that connecting may take.
pub fn limit() -> Option<Duration> {
    seconds(&others("PGCONNECT_TIMEOUT")?)
}

/// Seconds, read as libpq does it: 0 says nothing, and 1 is 2.
fn seconds(text: &str) -> Option<Duration> {
    let seconds = text.trim().parse::<u64>().ok().filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds.clamp(2, 600)))
}

/// How long the locator says that connecting may take, or the environment, whose `limit` this is.
fn asked(library: &Library, options: &Options, limit: Option<Duration>) -> Option<Duration> {
    let of_locator = options.iter().find(|(key, _)| key == "dbname").and_then(|(_, connection)| {
        let options = library.parse(connection).ok()?;
        options.into_iter().find(|(key, _)| key == "connect_timeout").map(|(_, value)| value)
    });
    of_locator.map_or(limit, |text| seconds(&text))
}
