//! Finds the store and the runs that the command line names.

use std::collections::BTreeSet;

use metalab::read::{Query, Run, Store, Table, Values};

use crate::failure::{Failure, Result};
use crate::global::Global;

/// The word for the newest run; `latest~1` is the one before.
const LATEST: &str = "latest";

/// A run that a command names.
#[derive(Debug, Clone, clap::Args)]
pub struct RunName {
    /// The run: its id or the beginning of it, `latest`, or `latest~1` for the one before.
    #[arg(value_name = "RUN", default_value = LATEST)]
    pub run: String,
    #[command(flatten)]
    pub experiment: ExperimentName,
}

/// An experiment that a command is limited to.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ExperimentName {
    /// Looks at this experiment alone: NAME:VERSION, or NAME where it has one version.
    #[arg(long, short = 'e', value_name = "EXPERIMENT")]
    pub experiment: Option<String>,
}

/// Opens the store that the options name.
pub fn store(global: &Global) -> Result<Store> {
    store_at(&global.store)
}

/// Opens the store at `locator`.
pub fn store_at(locator: &str) -> Result<Store> {
    Store::open(locator).map_err(|error| {
        let advice = match error.kind() {
            metalab::ErrorKind::NotFound => "name the store with --store DIRECTORY or METALAB_STORE",
            _ => "--store takes a directory, or a postgresql:// locator with file_root",
        };
        Failure::from(error).advice(advice)
    })
}

impl ExperimentName {
    /// The experiment's id in `store`, if one is named.
    pub fn id(&self, store: &Store) -> Result<Option<String>> {
        let Some(wanted) = &self.experiment else { return Ok(None) };
        let known = store.experiments()?;
        let of_name = |id: &&String| id.rsplit_once(':').is_some_and(|(name, _)| name == wanted);
        let found: Vec<&String> = match known.iter().find(|id| *id == wanted) {
            Some(exact) => vec![exact],
            None => known.iter().filter(of_name).collect(),
        };
        match found.as_slice() {
            [one] => Ok(Some((*one).clone())),
            [] => {
                let failure = Failure::new(format!("there is no experiment {wanted} in {}", of(store)));
                Err(match known.as_slice() {
                    [] => failure.advice("the store is empty"),
                    known => failure.advice(format!("there are: {}", listed(known))),
                })
            }
            several => Err(Failure::new(format!("{wanted} has several versions"))
                .advice(format!("name one: {}", listed(several)))),
        }
    }
}

impl RunName {
    /// The run in `store`.
    pub fn run(&self, store: &Store) -> Result<Run> {
        run(store, self.experiment.id(store)?.as_deref(), &self.run)
    }
}

/// The run of `store` that `name` says: an id, the beginning of one, `latest`, `latest~N`.
pub fn run(store: &Store, experiment: Option<&str>, name: &str) -> Result<Run> {
    if let Some(back) = steps_back(name)? {
        let table = store.runs(&Query { experiment, limit: back.saturating_add(1), ..Query::default() })?;
        return match row(&table, back) {
            Some((experiment, id)) => Ok(store.run(Some(experiment), id)?),
            None if table.is_empty() => Err(Failure::new(format!("there is no run in {}", of(store)))),
            None => Err(Failure::new(format!("there is no {name}: the store has {} runs", table.len()))),
        };
    }
    // An id needs no look at the other runs.
    match store.find(experiment, name) {
        Ok(Some(run)) => return Ok(run),
        Ok(None) => {}
        Err(error) if error.kind() == metalab::ErrorKind::Name => {}
        Err(error) => return Err(error.into()),
    }
    let table = store.runs(&Query { experiment, ..Query::default() })?;
    let rows = (0..table.len()).filter_map(|index| row(&table, index));
    let found: Vec<(&str, &str)> = rows.filter(|(_, id)| id.starts_with(name)).collect();
    match found.as_slice() {
        [(experiment, id)] => Ok(store.run(Some(experiment), id)?),
        [] => Err(Failure::new(format!("there is no run {name} in {}", of(store)))
            .advice("`mlab ls` lists the runs; the beginning of an id is enough")),
        several => {
            let ids: Vec<String> = several.iter().map(|(_, id)| (*id).to_owned()).collect();
            Err(Failure::new(format!("{name} is the beginning of {} runs", several.len()))
                .advice(format!("name one: {}", listed(&ids))))
        }
    }
}

/// The runs that `names` say, and those that `filter` is true of, each once.
pub fn several(
    store: &Store,
    experiment: &ExperimentName,
    names: &[String],
    filter: Option<&str>,
) -> Result<Vec<Run>> {
    let experiment = experiment.id(store)?;
    let mut runs = Vec::new();
    for name in names {
        runs.push(run(store, experiment.as_deref(), name)?);
    }
    if let Some(filter) = filter {
        let query = Query { experiment: experiment.as_deref(), filter, ..Query::default() };
        let table = store.runs(&query)?;
        for (experiment, run_id) in (0..table.len()).filter_map(|index| row(&table, index)) {
            runs.extend(store.find(Some(experiment), run_id)?);
        }
    }
    let mut seen = BTreeSet::new();
    runs.retain(|run| seen.insert((run.directory().to_owned(), run.id().to_owned())));
    Ok(runs)
}

/// How many runs before the newest one `name` says; nothing if it is an id.
fn steps_back(name: &str) -> Result<Option<usize>> {
    match name.strip_prefix(LATEST) {
        Some("") => Ok(Some(0)),
        Some(rest) if rest.starts_with('~') => match rest[1..].parse() {
            Ok(back) => Ok(Some(back)),
            Err(_) => Err(Failure::new(format!("{name} is no run")).advice("write latest~1, latest~2")),
        },
        _ => Ok(None),
    }
}

/// The experiment and the id of a row.
fn row(table: &Table, index: usize) -> Option<(&str, &str)> {
    let text = |name: &str| match &table.column(name)?.values {
        Values::Text(texts) => texts.get(index),
        _ => None,
    };
    Some((text("experiment_id")?, text("run_id")?))
}

fn of(store: &Store) -> String {
    store.collection().display().to_string()
}

/// The first of these, with a comma between them.
fn listed(all: &[impl AsRef<str>]) -> String {
    const MOST: usize = 6;
    let shown: Vec<&str> = all.iter().take(MOST).map(AsRef::as_ref).collect();
    match all.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
