//! Rows on their way to the server, live and in a rebuild: many at once, and each alone where the server
//! does not take them together. A row that it does not take alone is refused, if it takes another one of
//! that table; else nothing is wrong with the row, and all of it waits.

use super::merge::{self, Table};
use super::pq::{Connection, Failure};
use super::rows::{DerivedRow, ManifestRow, ResultRow, RunRow};

/// Bytes of data entries that are sent at once; a longer one goes by itself, and piece by piece.
const PIECE: usize = 2 << 20;

/// The same where many runs are sent.
const BULK_PIECE: usize = 8 << 20;

/// How often a transaction that clashes with another one is tried again.
const CLASHES: usize = 10;

/// Why a row is not in the index.
pub type Refusal = String;

/// A way to the tables.
pub struct Delivery<'a> {
    connection: &'a Connection,
    schema: &'a str,
    /// True if many runs are sent: by COPY, and the catalog does not follow.
    is_bulk: bool,
}

impl<'a> Delivery<'a> {
    /// A way for what changes while runs go on.
    pub fn live(connection: &'a Connection, schema: &'a str) -> Self {
        Self { connection, schema, is_bulk: false }
    }

    /// A way for a whole store.
    pub fn bulk(connection: &'a Connection, schema: &'a str) -> Self {
        Self { connection, schema, is_bulk: true }
    }

    /// Brings in records, each of another run, and tells `done` of each whether it was refused.
    ///
    /// # Errors
    /// When the server is away, or takes no row at all. What `done` was told of is there then.
    pub fn runs(
        &self,
        rows: &[RunRow],
        done: &mut dyn FnMut(&RunRow, Option<Refusal>),
    ) -> Result<(), Failure> {
        let put = |rows: &[&RunRow]| match self.is_bulk {
            true => merge::copy_runs(self.connection, self.schema, rows),
            false => merge::runs(self.connection, self.schema, rows),
        };
        let name = |row: &RunRow| format!("the record of run {}", row.run_id);
        self.each(Table::Runs, &rows.iter().collect::<Vec<_>>(), &put, &name, done)
    }

    /// Brings in data entries: short ones first.
    ///
    /// # Errors
    /// Those of `runs`.
    pub fn results(
        &self,
        rows: &[ResultRow],
        done: &mut dyn FnMut(&ResultRow, Option<Refusal>),
    ) -> Result<(), Failure> {
        let put = |rows: &[&ResultRow]| match rows {
            [row] if row.size() > PIECE => match merge::long_result(self.connection, self.schema, row) {
                // A role that may make no temporary tables.
                Err(failure) if failure.state == "42501" => {
                    merge::results(self.connection, self.schema, rows)
                }
                done => done,
            },
            _ if self.is_bulk => merge::copy_results(self.connection, self.schema, rows),
            _ => merge::results(self.connection, self.schema, rows),
        };
        let name = |row: &ResultRow| format!("results {:?}", row.name);
        let most = if self.is_bulk { BULK_PIECE } else { PIECE };
        let (mut long, mut short): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.size() > PIECE);
        long.sort_by_key(|row| row.size());
        // In one order everywhere: two that send the same rows don't wait for each other in a circle.
        short.sort_by(|one, other| (&one.run_id, &one.name).cmp(&(&other.run_id, &other.name)));
        let mut rest = short.as_slice();
        while !rest.is_empty() {
            let mut sum = 0;
            let fits = |row: &&&ResultRow| {
                sum += row.size();
                sum <= most
            };
            let count = rest.iter().take_while(fits).count().max(1);
            self.each(Table::Results, &rest[..count], &put, &name, done)?;
            rest = &rest[count..];
        }
        long.chunks(1).try_for_each(|row| self.each(Table::Results, row, &put, &name, done))
    }

    /// Brings in post-hoc metrics, each of another run.
    ///
    /// # Errors
    /// Those of `runs`.
    pub fn derived(
        &self,
        rows: &[DerivedRow],
        done: &mut dyn FnMut(&DerivedRow, Option<Refusal>),
    ) -> Result<(), Failure> {
        let put = |rows: &[&DerivedRow]| match rows {
            [row] => merge::derived(self.connection, self.schema, row),
            rows => merge::copy_derived(self.connection, self.schema, rows),
        };
        let name = |_: &DerivedRow| "derived".to_owned();
        self.each(Table::Derived, &rows.iter().collect::<Vec<_>>(), &put, &name, done)
    }

    /// Brings in manifests, one after the other.
    ///
    /// # Errors
    /// Those of `runs`.
    pub fn manifests(
        &self,
        rows: &[ManifestRow],
        done: &mut dyn FnMut(&ManifestRow, Option<Refusal>),
    ) -> Result<(), Failure> {
        let put = |rows: &[&ManifestRow]| {
            rows.iter().try_for_each(|row| merge::manifest(self.connection, self.schema, row))
        };
        let name = |row: &ManifestRow| format!("the manifest {}", row.timestamp);
        rows.iter().try_for_each(|row| self.each(Table::Manifests, &[row], &put, &name, done))
    }

    /// Sends `rows` together, or halves of them where that fails; one that fails alone is refused.
    fn each<R>(
        &self,
        table: Table,
        rows: &[&R],
        put: &dyn Fn(&[&R]) -> Result<(), Failure>,
        name: &dyn Fn(&R) -> String,
        done: &mut dyn FnMut(&R, Option<Refusal>),
    ) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        let Err(failure) = attempt(|| put(rows)) else {
            rows.iter().for_each(|row| done(row, None));
            return Ok(());
        };
        if !failure.is_of_the_row() {
            if failure.is_of_the_server() {
                return Err(failure);
            }
            // A code that says nothing of whose fault it is.
            if let Err(other) = merge::probe(self.connection, self.schema, table) {
                return Err(if other.state.is_empty() { other } else { failure });
            }
        }
        match rows {
            [row] => {
                done(row, Some(format!("{}: {}", name(row), failure.message)));
                Ok(())
            }
            _ => {
                let (one, other) = rows.split_at(rows.len() / 2);
                self.each(table, one, put, name, done)?;
                self.each(table, other, put, name, done)
            }
        }
    }
}

/// Tries again what clashed with somebody else's.
///
/// # Errors
/// The last failure.
pub fn attempt<T>(mut body: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut clashes = 0;
    loop {
        match body() {
            Err(failure) if failure.is_a_clash() && clashes < CLASHES => clashes += 1,
            done => return done,
        }
    }
}
