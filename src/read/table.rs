//! Runs as a table: a row for each run, a column for each of their facts, parameters and metrics.

use std::sync::Arc;

use super::column::{Builder, Column, Texts, Values};
use super::rows::Rows;
use crate::base::clock::Moment;
use crate::base::error::{Error, ErrorKind};

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
    /// Shared with those who were given them.
    columns: Arc<Vec<Column>>,
    problems: Vec<Error>,
}

impl Table {
    /// The table of the runs in `picked`, in that order, of `total` that were asked for; `problems` are those
    /// of records that could not be read.
    pub(super) fn of(rows: &Rows, picked: &[u32], total: usize, mut problems: Vec<Error>) -> Self {
        let facts = Facts { rows, picked };
        let mut columns = vec![
            facts.texts("run_id", ""),
            facts.texts("experiment_id", ""),
            facts.texts("status", ""),
            facts.times("started_at"),
            facts.times("finished_at"),
            facts.integers("duration_ms"),
            facts.texts("tags", "[]"),
        ];
        debug_assert!(columns.iter().map(|column| column.name.as_str()).eq(FACTS));
        let places = rows.places(picked);
        for prefix in ["params", "metrics"] {
            let left = add_members(prefix, rows, &places, picked.len(), &mut columns);
            if left > 0 {
                let text = format!("{left} values of {prefix} are left out: the runs have too many names");
                problems.push(Error::new(ErrorKind::Memory, text));
            }
        }
        Self { rows: picked.len(), total, columns: Arc::new(columns), problems }
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

    /// The same, for who needs them longer than the table.
    pub(crate) fn shared_columns(&self) -> Arc<Vec<Column>> {
        Arc::clone(&self.columns)
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

/// The runs of a table.
struct Facts<'a> {
    rows: &'a Rows,
    picked: &'a [u32],
}

impl Facts<'_> {
    fn texts(&self, name: &str, missing: &str) -> Column {
        let cells = self.rows.field(name);
        let mut texts = Texts::default();
        for row in self.picked {
            texts.push(cells.and_then(|cells| cells.any_text(*row)).unwrap_or(missing));
        }
        Column { name: name.to_owned(), values: Values::Text(texts), valid: None }
    }

    fn times(&self, name: &str) -> Column {
        let cells = self.rows.field(name);
        let micros = |row| {
            let moment = Moment::parse(cells?.text(row)?)?;
            i64::try_from(moment.nanos() / 1000).ok()
        };
        let (values, valid) = whole(self.picked.iter().map(|row| micros(*row)));
        Column { name: name.to_owned(), values: Values::Time(values), valid }
    }

    fn integers(&self, name: &str) -> Column {
        let cells = self.rows.field(name);
        let (values, valid) = whole(self.picked.iter().map(|row| cells?.integer(*row)));
        Column { name: name.to_owned(), values: Values::Int(values), valid }
    }
}

/// The values, and which are there; nothing if all are.
fn whole(found: impl Iterator<Item = Option<i64>>) -> (Vec<i64>, Option<Vec<u8>>) {
    let found: Vec<Option<i64>> = found.collect();
    let is_whole = found.iter().all(Option::is_some);
    let valid = (!is_whole).then(|| found.iter().map(|one| u8::from(one.is_some())).collect());
    (found.into_iter().map(Option::unwrap_or_default).collect(), valid)
}

/// Adds the columns of parameters or metrics that any of the runs has. Returns how many values are left out.
fn add_members(prefix: &str, rows: &Rows, places: &[u32], count: usize, columns: &mut Vec<Column>) -> usize {
    const NONE: u32 = u32::MAX;
    let most = columns.len() + (MOST_CELLS / count.max(1)).max(64);
    let mut left = 0;
    let mut slots = vec![NONE; count];
    for (name, cells) in rows.fields_of(&format!("{prefix}.")) {
        let is_picked = |(cell, row): &(usize, &u32)| places[**row as usize] != NONE && cells.is_shown(*cell);
        let shown = cells.at().iter().enumerate().filter(is_picked);
        if columns.len() >= most {
            left += shown.count();
            continue;
        }
        let mut is_any = false;
        for (cell, row) in shown {
            slots[places[*row as usize] as usize] = cell as u32;
            is_any = true;
        }
        if !is_any {
            continue;
        }
        let mut column = Builder::default();
        for slot in &mut slots {
            match std::mem::replace(slot, NONE) {
                NONE => column.push_missing(),
                cell => cells.show(cell as usize, &mut column),
            }
        }
        columns.push(Column::of(name.clone(), column));
    }
    left
}
