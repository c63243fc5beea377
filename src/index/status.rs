//! The rows of an index against the files that they are of.

use std::collections::BTreeMap;

use super::client;
use super::pq::Failure;
use super::rebuild::{experiments, record_path};
use super::schema::within;
use super::send::value;
use crate::base::environment::variable;
use crate::base::error::{Error, Result};
use crate::store::{Address, Locator, read_json};

/// A run: its experiment and its id.
type RunKey = (String, String);

/// The members of a record that tell whether a row is of the same state.
const TOLD_BY: [&str; 4] = ["status", "started_at", "finished_at", "duration_ms"];

/// The rows of an index against the files.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct IndexStatus {
    /// Runs that have a file.
    pub runs: u64,
    /// Rows of runs of the same experiments.
    pub rows: u64,
    /// Runs, by experiment and id, that have no row.
    pub missing: Vec<RunKey>,
    /// Runs whose row is of an earlier state.
    pub stale: Vec<RunKey>,
    /// Rows of runs that have no file.
    pub extra: Vec<RunKey>,
}

/// Compares the rows of the runs in an index with the files. `locator` is a `postgresql://` one, or
/// `METALAB_STORE` says it; `experiment` names one experiment, else it is every one of the store.
///
/// # Errors
/// When the store has no index, or the server can't be had.
pub fn status(locator: Option<&str>, experiment: Option<&str>) -> Result<IndexStatus> {
    let from_environment = variable("METALAB_STORE")?;
    let locator = Locator::parse(locator.or(from_environment.as_deref()).unwrap_or("./experiments"))?;
    let experiment = locator.experiment(experiment)?;
    let Locator::Postgres(address) = locator else { return Err(super::rebuild::no_index()) };
    let experiments = experiments(address.file_root(), experiment.as_deref())?;
    let mut rows = rows(&address)?;
    let mut status = IndexStatus::default();
    for one in experiments {
        let Some(id) = one.id else { continue };
        for run_id in one.runs {
            // One that is gone again, or damaged, is none of the index's concerns.
            let Ok(Some(record)) = read_json(&record_path(&one.root, &run_id)) else { continue };
            status.runs += 1;
            let key = (id.clone(), run_id);
            let Some(row) = rows.remove(&key) else {
                status.missing.push(key);
                continue;
            };
            status.rows += 1;
            let text =
                |member: &str| record.text_at(member).or_else(|| Some(record.i64_at(member)?.to_string()));
            if row.iter().zip(TOLD_BY).any(|(row, member)| *row != text(member)) {
                status.stale.push(key);
            }
        }
        let extra: Vec<RunKey> = rows.keys().filter(|(of, _)| *of == id).cloned().collect();
        status.rows += extra.len() as u64;
        status.extra.extend(extra);
    }
    Ok(status)
}

/// The members of each row that tell whether its record is the same.
fn rows(address: &Address) -> Result<BTreeMap<RunKey, Vec<Option<String>>>> {
    let connection = client::connect(address, Some(client::LONG_PATIENCE)).map_err(client::Refused::error)?;
    let failed = |failure: Failure| {
        let message = address.scrub(&failure.message, &connection.options());
        Error::new(client::kind_of(&failure), format!("the index: {message}"))
    };
    let members = TOLD_BY.map(|member| format!("record_json->>'{member}'")).join(", ");
    let select = format!("SELECT experiment_id, run_id, {members} FROM {{s}}.runs WHERE $1 <> ''");
    let found = connection.run_alone(&within(&address.schema, &select), &[value("all")]).map_err(failed)?;
    let key = |mut row: Vec<Option<String>>| {
        let rest = row.split_off(2);
        let (run_id, experiment) = (row.pop()??, row.pop()??);
        Some(((experiment, run_id), rest))
    };
    Ok(found.into_iter().filter_map(key).collect())
}
