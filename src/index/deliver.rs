//! Rows on their way to the server, live and in a rebuild: many at once, and each alone where the server
//! does not take them together. A row that it does not take alone is refused, if it takes another one of
//! that table; else nothing is wrong with the row, and all of it waits.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::merge::{self, Moment, Table};
use super::pq::{Connection, Failure};
use super::rows::{DerivedRow, ManifestRow, ResultRow, RunRow};
use crate::base::file;
use crate::base::name::experiment_dir;
use crate::store::Address;

/// Bytes of data entries that are sent at once; a longer one goes by itself, and piece by piece.
const PIECE: usize = 2 << 20;

/// The same where many runs are sent.
const BULK_PIECE: usize = 8 << 20;

/// How often a transaction that clashes with another one is tried again.
const CLASHES: usize = 10;

/// Why a row is not in the index.
pub type Refusal = String;

/// How the record of a run was refused.
pub enum Refused {
    /// The server does not take it.
    Row(Refusal),
    /// The index has a run of its id of another experiment.
    Stranger(Refusal),
}

/// A way to the tables.
pub struct Delivery<'a> {
    connection: &'a Connection,
    address: &'a Address,
    schema: &'a str,
    /// When the files were read, where many runs are sent: then they are sent by COPY, rows that are younger
    /// are left alone, and the catalog does not follow.
    read_at: Option<Moment>,
}

impl<'a> Delivery<'a> {
    /// A way for what changes while runs go on.
    pub fn live(connection: &'a Connection, address: &'a Address) -> Self {
        Self { connection, address, schema: &address.schema, read_at: None }
    }

    /// A way for a whole store, whose files were read at that moment and later.
    pub fn bulk(connection: &'a Connection, address: &'a Address, read_at: Moment) -> Self {
        Self { read_at: Some(read_at), ..Self::live(connection, address) }
    }

    /// Brings in records, each of another run, and tells `done` of each whether it was refused. Returns true
    /// where the catalog has to follow.
    ///
    /// # Errors
    /// When the server is away, or takes no row at all. What `done` was told of is there then.
    pub fn runs(
        &self,
        rows: &[RunRow],
        done: &mut dyn FnMut(&RunRow, Option<Refused>),
    ) -> Result<bool, Failure> {
        let others = self.others(rows)?;
        let has_note = Cell::new(false);
        let put = |rows: &[&RunRow]| match self.read_at {
            Some(than) => merge::copy_runs(self.connection, self.schema, rows, than),
            None => merge::runs(self.connection, self.schema, rows)
                .map(|is_noted| has_note.set(has_note.get() | is_noted)),
        };
        let name = |row: &RunRow| format!("the record of run {}", row.run_id);
        let mut own = Vec::with_capacity(rows.len());
        for row in rows {
            match others.get(&row.run_id) {
                None => own.push(row),
                Some(other) => {
                    let text = "the index has a run of this id, which is its key, of experiment";
                    done(row, Some(Refused::Stranger(format!("{}: {text} {other}", name(row)))));
                }
            }
        }
        let mut done = |row: &RunRow, why: Option<Refusal>| done(row, why.map(Refused::Row));
        self.each(Table::Runs, &own, &put, &name, &mut done)?;
        Ok(has_note.get())
    }

    /// The experiments that have a run of the same id as one of `rows`, by that id: in the index, and in the
    /// files, where these can be looked at.
    fn others(&self, rows: &[RunRow]) -> Result<BTreeMap<String, String>, Failure> {
        let is_there = |(run_id, experiment): &(String, String)| {
            let directory = self.address.file_root().join(experiment_dir(experiment));
            let record = directory.join("runs").join(format!("{run_id}.json"));
            !file::is_gone(&record)
        };
        let others = attempt(|| merge::others(self.connection, self.schema, rows))?;
        Ok(others.into_iter().filter(is_there).collect())
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
            [row] if row.size() > PIECE => match self.long_result(row) {
                // A role that may make no temporary tables.
                Err(failure) if failure.state == "42501" => {
                    merge::results(self.connection, self.schema, rows)
                }
                done => done,
            },
            _ => match self.read_at {
                Some(than) => merge::copy_results(self.connection, self.schema, rows, than),
                None => merge::results(self.connection, self.schema, rows),
            },
        };
        let name = |row: &ResultRow| format!("results {:?}", row.name);
        let most = if self.read_at.is_some() { BULK_PIECE } else { PIECE };
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

    fn long_result(&self, row: &ResultRow) -> Result<(), Failure> {
        merge::long_result(self.connection, self.schema, row, self.read_at)
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
        let put = |rows: &[&DerivedRow]| match self.read_at {
            Some(than) => merge::copy_derived(self.connection, self.schema, rows, than),
            None => rows.iter().try_for_each(|row| merge::derived(self.connection, self.schema, row)),
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
