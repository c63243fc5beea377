//! The series of a run as the columns of a table: long, with a row for each point, or wide, with a row for each
//! step.

use std::borrow::Cow;
use std::collections::BTreeMap;

use metalab::read::{ColumnType, Series, Values};
use metalab::{Scalar, Value};

use super::Exported;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Bool,
    Int,
    Float,
    Text,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    Missing,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column<'a> {
    pub name: String,
    pub kind: Type,
    pub cells: Vec<Cell<'a>>,
}

/// The names and types of the columns of a table, and whether it is wide.
#[derive(Debug, Clone)]
pub struct Layout {
    pub columns: Vec<(String, Type)>,
    is_wide: bool,
}

impl Layout {
    /// The columns that a table of these runs needs.
    pub fn of(runs: &[Exported], is_wide: bool) -> Self {
        let mut columns = vec![("run_id".to_owned(), Type::Text)];
        let all = || runs.iter().flat_map(|one| &one.series);
        if is_wide {
            columns.push(("step".to_owned(), Type::Int));
            let mut found = BTreeMap::<&str, Type>::new();
            for series in all() {
                let kind = type_of(&series.values);
                found.entry(&series.name).and_modify(|known| *known = common(*known, kind)).or_insert(kind);
            }
            columns.extend(found.into_iter().map(|(name, kind)| (unused(name), kind)));
        } else {
            let kinds = all().map(|series| type_of(&series.values));
            let numbers = kinds.clone().filter(|kind| *kind != Type::Text).reduce(common);
            columns.push(("series".to_owned(), Type::Text));
            columns.push(("step".to_owned(), Type::Int));
            columns.push(("value".to_owned(), numbers.unwrap_or(Type::Float)));
            if kinds.into_iter().any(|kind| kind == Type::Text) {
                columns.push(("text".to_owned(), Type::Text));
            }
        }
        Self { columns, is_wide }
    }

    /// The rows of a run.
    pub fn rows<'a>(&self, one: &'a Exported) -> Vec<Column<'a>> {
        let mut columns: Vec<Column<'a>> = self
            .columns
            .iter()
            .map(|(name, kind)| Column { name: name.clone(), kind: *kind, cells: Vec::new() })
            .collect();
        let run_id = Cell::Text(Cow::Borrowed(one.run.id()));
        match self.is_wide {
            true => wide(one, &run_id, &mut columns),
            false => long(one, &run_id, &mut columns),
        }
        for column in &mut columns {
            column.cells.iter_mut().for_each(|cell| fit(cell, column.kind));
        }
        columns
    }
}

fn long<'a>(one: &'a Exported, run_id: &Cell<'a>, columns: &mut [Column<'a>]) {
    for series in &one.series {
        let is_text = type_of(&series.values) == Type::Text;
        for index in 0..series.len() {
            columns[0].cells.push(run_id.clone());
            columns[1].cells.push(Cell::Text(Cow::Borrowed(&series.name)));
            columns[2].cells.push(Cell::Int(series.steps[index]));
            let value = cell(series, index);
            let (number, text) = if is_text { (Cell::Missing, value) } else { (value, Cell::Missing) };
            columns[3].cells.push(number);
            if let Some(column) = columns.get_mut(4) {
                column.cells.push(text);
            }
        }
    }
}

/// A row for each step; a step that a series has several times has as many rows.
fn wide<'a>(one: &'a Exported, run_id: &Cell<'a>, columns: &mut [Column<'a>]) {
    let mut rows = BTreeMap::<(i64, usize), Vec<(usize, Cell<'a>)>>::new();
    for series in &one.series {
        let name = unused(&series.name);
        let Some(place) = columns.iter().skip(2).position(|column| column.name == name) else { continue };
        let (mut nth, mut before) = (0, None);
        for (index, step) in series.steps.iter().enumerate() {
            nth = if before == Some(*step) { nth + 1 } else { 0 };
            before = Some(*step);
            rows.entry((*step, nth)).or_default().push((place + 2, cell(series, index)));
        }
    }
    for ((step, _), cells) in rows {
        columns[0].cells.push(run_id.clone());
        columns[1].cells.push(Cell::Int(step));
        let length = columns[0].cells.len();
        cells.into_iter().for_each(|(place, cell)| columns[place].cells.push(cell));
        columns.iter_mut().for_each(|column| column.cells.resize(length, Cell::Missing));
    }
}

/// The name of the column of a series: another one where the table has it already. No two series have one.
fn unused(name: &str) -> String {
    match name.trim_end_matches('_') {
        "run_id" | "step" => format!("{name}_"),
        _ => name.to_owned(),
    }
}

pub fn cell(series: &Series, index: usize) -> Cell<'_> {
    if series.valid.as_ref().is_some_and(|valid| valid.get(index) == Some(&0)) {
        return Cell::Missing;
    }
    match series.values.get(index) {
        None => Cell::Missing,
        Some(Value::Text(text)) => Cell::Text(text),
        Some(Value::Scalar(Scalar::Bool(value))) => Cell::Bool(value),
        Some(Value::Scalar(Scalar::I64(value))) => Cell::Int(value),
        Some(Value::Scalar(Scalar::F64(value))) => Cell::Float(value),
    }
}

/// Makes a cell one of its column's type.
fn fit(cell: &mut Cell<'_>, kind: Type) {
    *cell = match (kind, &*cell) {
        (Type::Float, Cell::Bool(value)) => Cell::Float(f64::from(u8::from(*value))),
        (Type::Int, Cell::Bool(value)) => Cell::Int(i64::from(*value)),
        (Type::Text, Cell::Bool(value)) => Cell::Text(value.to_string().into()),
        (Type::Text, Cell::Int(value)) => Cell::Text(value.to_string().into()),
        (Type::Text, Cell::Float(value)) => Cell::Text(value.to_string().into()),
        _ => return,
    };
}

fn type_of(values: &Values) -> Type {
    match values.column_type() {
        ColumnType::Bool => Type::Bool,
        ColumnType::Int | ColumnType::Time => Type::Int,
        ColumnType::Text => Type::Text,
        ColumnType::Float | ColumnType::Empty => Type::Float,
    }
}

/// The type that holds the values of both.
fn common(one: Type, other: Type) -> Type {
    match (one, other) {
        _ if one == other => one,
        (Type::Text, _) | (_, Type::Text) => Type::Text,
        (Type::Float, _) | (_, Type::Float) => Type::Float,
        _ => Type::Int,
    }
}
