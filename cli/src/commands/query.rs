//! `mlab query`: columns of runs, and groups of them.

mod grid;
mod groups;
mod terms;

use metalab::Json;
use metalab::read::{Column, Query, Store, Table, Values};

use crate::choose::{self, ExperimentName};
use crate::failure::{Answer, Failure, Result, say};
use crate::global::Global;
use crate::output::Output;
use crate::{escape, filter};
use grid::Grid;
use terms::Terms;

/// Prints columns of the runs that fit a filter, or of groups of them.
///
/// A column is params.NAME, metrics.NAME, run_id, experiment_id, status, started_at, finished_at, duration_ms or
/// tags; NAME alone, where it is one parameter or one metric; or a figure of a series: NAME.last, NAME.first,
/// NAME.min, NAME.max, NAME.count, also as series.NAME.last. The filter is that of `mlab ls`, and may ask for
/// figures of series, too: these are looked at last, and only where the rest is true.
///
/// With --by, the runs with the same values there are one row: how many there are, and of each column the mean,
/// the least and the greatest number. A NaN makes the mean NaN, and is neither least nor greatest.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab query 'loss.last < 0.1' --columns n,solver.tol,loss.last
  mlab query --by n --columns best,loss.last --order best.mean
  mlab query 'status = success order by metrics.best' --limit 10 --csv > best.csv")]
pub struct Ask {
    /// A filter, such as 'params.n > 256 and loss.last < 0.1'; without one, all runs.
    #[arg(default_value = "", hide_default_value = true)]
    filter: String,
    /// The columns, with commas between them; else the parameters that differ, and the metrics.
    #[arg(long, short = 'c', value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<String>,
    /// Groups the runs by these columns.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    by: Vec<String>,
    /// Orders the rows by this column of what is printed: the least first, or the greatest with 'COLUMN desc'.
    #[arg(long, value_name = "COLUMN")]
    order: Option<String>,
    /// Prints so many rows at most.
    #[arg(long, short = 'n', value_name = "COUNT")]
    limit: Option<usize>,
    /// Prints CSV.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    experiment: ExperimentName,
}

impl Ask {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let store = choose::store(global)?;
        let experiment = self.experiment.id(&store)?;
        let terms = Terms::of(&store);
        filter::check(&self.filter, &terms)?;
        let query = Query { experiment: experiment.as_deref(), filter: &self.filter, ..Query::default() };
        let runs = store.runs_with(&query, &terms)?;
        for problem in runs.problems() {
            say(format_args!("left out: {}", escape::line(problem.message())));
        }
        let facts = Facts { runs: &runs, terms: &terms, store: &store };
        let mut grid = match self.by.is_empty() {
            true => self.rows(&facts)?,
            false => self.groups(&facts)?,
        };
        if let Some(order) = &self.order {
            grid.order(order)?;
        }
        grid.rows.truncate(self.limit.unwrap_or(usize::MAX));
        grid.print(self.csv, output)?;
        Ok(Answer::Yes)
    }

    /// A row for each run.
    fn rows(&self, facts: &Facts<'_>) -> Result<Grid> {
        let mut fields = vec!["run_id".to_owned()];
        match self.columns.is_empty() {
            true => fields.extend(facts.usual()),
            false => fields.extend(self.columns.iter().filter(|column| *column != "run_id").cloned()),
        }
        let mut headings = Vec::new();
        let mut columns = Vec::new();
        for field in fields {
            columns.push(facts.column(&field)?);
            headings.push(field);
        }
        let rows =
            (0..facts.runs.len()).map(|row| columns.iter().map(|column| column[row].clone()).collect());
        Ok(Grid { headings, rows: rows.collect() })
    }

    /// A row for each group.
    fn groups(&self, facts: &Facts<'_>) -> Result<Grid> {
        let of = |fields: &[String]| -> Result<Vec<(String, Vec<Option<Json>>)>> {
            fields.iter().map(|field| Ok((field.clone(), facts.column(field)?))).collect()
        };
        let wanted = match self.columns.is_empty() {
            true => facts.metrics(),
            false => self.columns.clone(),
        };
        Ok(groups::of(&of(&self.by)?, &of(&wanted)?, facts.runs.len()))
    }
}

/// The facts of the runs: of the table, and of their series.
struct Facts<'a> {
    runs: &'a Table,
    terms: &'a Terms<'a>,
    store: &'a Store,
}

impl Facts<'_> {
    /// The columns that are shown if none are named: the status, parameters that differ, metrics.
    fn usual(&self) -> Vec<String> {
        let differs = |column: &Column| (1..self.runs.len()).any(|row| column.get(row) != column.get(0));
        let is_usual = |column: &&Column| {
            column.name == "status"
                || column.name.starts_with("params.") && differs(column)
                || column.name.starts_with("metrics.")
        };
        self.runs.columns().iter().filter(is_usual).map(|column| column.name.clone()).collect()
    }

    /// The metrics that are numbers.
    fn metrics(&self) -> Vec<String> {
        let is_number = |column: &&Column| {
            let is_text = matches!(column.values, Values::Text(_) | Values::Empty(_));
            column.name.starts_with("metrics.") && !is_text
        };
        self.runs.columns().iter().filter(is_number).map(|column| column.name.clone()).collect()
    }

    /// The values of a column for every run.
    fn column(&self, field: &str) -> Result<Vec<Option<Json>>> {
        if let Some(column) = self.found(field)? {
            return Ok((0..self.runs.len()).map(|row| cell(column, row)).collect());
        }
        if terms::parse(field).is_some() {
            let ids = self.runs.column("experiment_id").zip(self.runs.column("run_id"));
            let text = |column: &Column, row| match column.get(row) {
                Some(metalab::Value::Text(text)) => text.into_owned(),
                _ => String::new(),
            };
            let value = |row| {
                let (experiment, id) = ids?;
                self.terms.value(&text(experiment, row), &text(id, row), field)
            };
            return Ok((0..self.runs.len()).map(value).collect());
        }
        // A column that no run has is one of nothing, if it may be one.
        if self.runs.is_empty() || field.starts_with("params.") || field.starts_with("metrics.") {
            return Ok(vec![None; self.runs.len()]);
        }
        let failure = Failure::new(format!("no run has a parameter or a metric {field}"));
        let known: Vec<&str> =
            self.runs.columns().iter().map(|column| column.name.as_str()).take(40).collect();
        Err(failure.advice(format!("there are: {}, and SERIES.last", known.join(", "))))
    }

    /// The column of the table that a field is: its name, or the end of one alone.
    fn found(&self, field: &str) -> Result<Option<&Column>> {
        if let Some(column) = self.runs.column(field) {
            return Ok(Some(column));
        }
        let found: Vec<&Column> = ["params.", "metrics."]
            .iter()
            .filter_map(|prefix| self.runs.column(&format!("{prefix}{field}")))
            .collect();
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            several => {
                let names: Vec<&str> = several.iter().map(|column| column.name.as_str()).collect();
                let place = self.store.collection().display();
                Err(Failure::new(format!("{field} is a parameter and a metric of runs in {place}"))
                    .advice(format!("name one: {}", names.join(", "))))
            }
        }
    }
}

/// The value of a column in a row; a time as RFC 3339.
fn cell(column: &Column, row: usize) -> Option<Json> {
    let value = column.get(row)?;
    match (&column.values, &value) {
        (Values::Time(_), metalab::Value::Scalar(metalab::Scalar::I64(micros))) => {
            Some(Json::from(crate::format::rfc3339(*micros)))
        }
        _ => Some(Json::from(&value)),
    }
}
