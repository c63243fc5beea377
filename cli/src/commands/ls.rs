//! `mlab ls`: runs as a table, the newest first.

use comfy_table::Cell;
use metalab::read::{Query, Store, Table};
use serde_json::{Map, Value};

use crate::arguments::Global;
use crate::choose::{self, ExperimentName};
use crate::failure::{Answer, Result};
use crate::output::Output;
use crate::{format, json, table};

/// How many runs are listed if nothing else is said.
const USUAL: usize = 20;

/// Lists runs, the newest first.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  mlab ls 'params.n > 256 and status = failed'
  mlab ls 'order by metrics.loss' -n 3
  mlab ls --all --json | jq -r '.[].run_id'")]
pub struct Ls {
    /// A filter, such as 'params.n > 256 and status = failed order by metrics.loss'.
    #[arg(default_value = "")]
    filter: String,
    /// Lists so many runs at most.
    #[arg(long, short = 'n', value_name = "COUNT", conflicts_with = "all")]
    limit: Option<usize>,
    /// Lists all runs, not the newest 20.
    #[arg(long, short = 'a')]
    all: bool,
    #[command(flatten)]
    experiment: ExperimentName,
}

impl Ls {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let store = choose::store(global)?;
        let experiment = self.experiment.id(&store)?;
        let limit = if self.all { 0 } else { self.limit.unwrap_or(USUAL) };
        let query =
            Query { experiment: experiment.as_deref(), filter: &self.filter, limit, oldest_first: false };
        let runs = store.runs(&query)?;
        for problem in runs.problems() {
            anstream::eprintln!("mlab: left out: {problem}");
        }
        match output.is_json {
            true => output.json(&rows(&runs))?,
            false => show(&store, &runs, output)?,
        }
        Ok(Answer::Yes)
    }
}

/// Each run as an object of its columns.
fn rows(runs: &Table) -> Value {
    let row = |index: usize| -> Value {
        let cells = runs.columns().iter().map(|column| (column.name.clone(), json::cell(column, index)));
        cells.filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into()
    };
    (0..runs.len()).map(row).collect()
}

fn show(_store: &Store, runs: &Table, output: &mut Output) -> Result<()> {
    let mut shown = table::new(output, &["RUN", "EXPERIMENT", "STATUS", "STARTED", "TIME"]);
    let now = format::now();
    for index in 0..runs.len() {
        let text = |name: &str| match runs.column(name).and_then(|column| column.get(index)) {
            Some(metalab::Value::Text(text)) => text.into_owned(),
            _ => String::new(),
        };
        let integer = |name: &str| match runs.column(name).and_then(|column| column.get(index)) {
            Some(metalab::Value::Scalar(metalab::Scalar::I64(value))) => Some(value),
            _ => None,
        };
        let started = integer("started_at");
        let time = integer("duration_ms").or_else(|| Some((now - started?) / 1_000));
        shown.add_row(vec![
            Cell::new(format::short_id(&text("run_id"))),
            Cell::new(text("experiment_id")),
            table::status(&text("status")),
            Cell::new(started.map(|micros| format::ago(micros, now)).unwrap_or_default()),
            table::number(time.map(format::duration).unwrap_or_default()),
        ]);
    }
    for line in table::lines(&shown) {
        output.line(line)?;
    }
    Ok(())
}
