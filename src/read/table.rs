//! Runs as a table: a row for each run, a column for each of their facts, parameters and metrics.

use std::collections::BTreeMap;

use super::column::{Builder, Column, Texts, Values, flattened};
use super::record::Row;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind};
use crate::base::json::{Json, Object};

/// Values that the columns of parameters, or of metrics, have at most: names that differ in every run must
/// not fill the memory.
const MOST_CELLS: usize = 1 << 26;

/// The columns that every table has, in this order, before those of parameters and metrics.
pub const FACTS: [&str; 7] =
    ["run_id", "experiment_id", "status", "started_at", "finished_at", "duration_ms", "tags"];

/// Runs as columns. `run_id`, `experiment_id` and `status` are texts; `started_at` and `finished_at` times;
/// `duration_ms` integers; `tags` texts, each a JSON array. The others are named `params.NAME` and
/// `metrics.NAME`, sorted, with a dot before each member of an object; a run that lacks one has a missing
/// value there. A column has the type that all its values fit: integers among floats are floats; where
/// numbers, booleans and texts meet, all are texts.
#[derive(Debug, Clone)]
pub struct Table {
    rows: usize,
    total: usize,
    columns: Vec<Column>,
    problems: Vec<Error>,
}

impl Table {
    /// The table of these runs, in their order, of `total` that were asked for; `problems` are those of
    /// records that could not be read.
    pub(super) fn of(rows: &[Row], total: usize, mut problems: Vec<Error>) -> Self {
        let text = |name: &str, of: &dyn Fn(&Row) -> String| {
            let mut texts = Texts::default();
            rows.iter().for_each(|row| texts.push(&of(row)));
            Column { name: name.to_owned(), values: Values::Text(texts), valid: None }
        };
        let integer = |name: &str, is_time: bool, of: &dyn Fn(&Row) -> Option<i64>| {
            let found: Vec<Option<i64>> = rows.iter().map(of).collect();
            let is_whole = found.iter().all(Option::is_some);
            let valid = (!is_whole).then(|| found.iter().map(|one| u8::from(one.is_some())).collect());
            let values = found.into_iter().map(Option::unwrap_or_default).collect();
            let values = if is_time { Values::Time(values) } else { Values::Int(values) };
            Column { name: name.to_owned(), values, valid }
        };
        let micros = |text: &Option<String>| {
            let moment = Moment::parse(text.as_deref()?)?;
            i64::try_from(moment.nanos() / 1000).ok()
        };
        let mut columns = vec![
            text("run_id", &|row| row.run_id.clone()),
            text("experiment_id", &|row| row.experiment_id.clone()),
            text("status", &|row| row.status().text().to_owned()),
            integer("started_at", true, &|row| micros(&row.started_at)),
            integer("finished_at", true, &|row| micros(&row.finished_at).filter(|_| row.has_ended())),
            integer("duration_ms", false, &|row| row.duration_ms.filter(|_| row.has_ended())),
            text("tags", &|row| Json::from(row.tags.clone()).to_compact()),
        ];
        debug_assert!(columns.iter().map(|column| column.name.as_str()).eq(FACTS));
        for (prefix, of) in
            [("params", (|row| &row.params) as fn(&Row) -> &Object), ("metrics", |row| &row.metrics)]
        {
            let (found, left) = of_members(prefix, rows, of);
            columns.extend(found);
            if left > 0 {
                let text = format!("{left} values of {prefix} are left out: the runs have too many names");
                problems.push(Error::new(ErrorKind::Memory, text));
            }
        }
        Self { rows: rows.len(), total, columns, problems }
    }

    /// How many runs it has.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// How many runs it would have without the limit.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Returns whether it has no run.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name, if any of the runs has something there.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The ids of the runs.
    pub fn run_ids(&self) -> impl Iterator<Item = &str> {
        let texts = self.columns.first().and_then(|column| match &column.values {
            Values::Text(texts) => Some(texts),
            _ => None,
        });
        (0..self.rows).filter_map(move |row| texts?.get(row))
    }

    /// The records that could not be read, and are not in the table; each error names the file.
    pub fn problems(&self) -> &[Error] {
        &self.problems
    }
}

/// The columns of the members that `of` gives, and how many values are left out.
fn of_members(prefix: &str, rows: &[Row], of: fn(&Row) -> &Object) -> (Vec<Column>, usize) {
    let most = (MOST_CELLS / rows.len().max(1)).max(64);
    let mut left = 0;
    let mut builders: BTreeMap<String, Builder> = BTreeMap::new();
    let mut found = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        flattened(prefix, of(row), &mut found);
        for (name, value) in found.drain(..) {
            let is_full = builders.len() >= most;
            let builder = match builders.get_mut(&name) {
                Some(builder) => builder,
                None if is_full => {
                    left += 1;
                    continue;
                }
                None => builders.entry(name).or_default(),
            };
            // Two paths of keys may have one name: {"a.b": 1, "a": {"b": 2}}.
            if builder.len() <= index {
                builder.fill(index);
                builder.push_json(value);
            }
        }
    }
    let whole = |(name, mut builder): (String, Builder)| {
        builder.fill(rows.len());
        Column::of(name, builder)
    };
    (builders.into_iter().map(whole).collect(), left)
}
