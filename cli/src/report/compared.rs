//! Parameters and metrics as tables: of one run, or of several with what differs.

use std::collections::{BTreeMap, BTreeSet};

use metalab::Json;
use metalab::read::Run;
use serde::Serialize;

use super::cut;
use super::facts::plain;
use crate::format;

/// Rows that differ between the runs (all of them if there is one run), and rows that are equal.
#[derive(Debug, Serialize)]
pub struct Table {
    pub rows: Vec<Row>,
    pub equal: Vec<Row>,
}

/// A parameter or metric.
#[derive(Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub unit: Option<String>,
    pub cells: Vec<Cell>,
}

/// Its value in a run.
#[derive(Debug, Serialize)]
pub struct Cell {
    pub text: String,
    /// The value with all its digits, where `text` has fewer.
    pub exact: Option<String>,
    /// How much it differs from that of the first run.
    pub change: Option<String>,
    pub is_number: bool,
}

/// The parameters; members of objects have dots between them.
pub fn params(runs: &[Run]) -> Table {
    let of = |run: &Run| {
        let mut found = BTreeMap::new();
        flatten("", run.params(), &mut found);
        found
    };
    table(&runs.iter().map(of).collect::<Vec<_>>(), &BTreeMap::new())
}

/// The metrics; a metric has the unit of the series of its name.
pub fn metrics(runs: &[Run], units: &BTreeMap<String, String>) -> Table {
    let of = |run: &Run| {
        let mut found = BTreeMap::new();
        flatten("", &Json::Object(run.metrics()), &mut found);
        found
    };
    table(&runs.iter().map(of).collect::<Vec<_>>(), units)
}

fn flatten(prefix: &str, json: &Json, found: &mut BTreeMap<String, Json>) {
    match json {
        Json::Object(members) if !members.is_empty() || prefix.is_empty() => {
            for (key, value) in members {
                let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&name, value, found);
            }
        }
        Json::Null if prefix.is_empty() => {}
        other => drop(found.insert(prefix.to_owned(), other.clone())),
    }
}

fn table(runs: &[BTreeMap<String, Json>], units: &BTreeMap<String, String>) -> Table {
    let names: BTreeSet<&String> = runs.iter().flat_map(BTreeMap::keys).collect();
    let (mut rows, mut equal) = (Vec::new(), Vec::new());
    for name in names {
        let values: Vec<Option<&Json>> = runs.iter().map(|run| run.get(name)).collect();
        let cells = values.iter().map(|value| cell(*value, values[0])).collect();
        let row = Row { name: name.clone(), unit: units.get(name).cloned(), cells };
        let is_equal = values.iter().all(|value| is_same(*value, values[0]));
        if is_equal && runs.len() > 1 { equal.push(row) } else { rows.push(row) }
    }
    Table { rows, equal }
}

/// Returns true if they are the same; NaN is.
fn is_same(a: Option<&Json>, b: Option<&Json>) -> bool {
    match (a, b) {
        (Some(Json::Float(a)), Some(Json::Float(b))) => a == b || (a.is_nan() && b.is_nan()),
        (a, b) => a == b,
    }
}

fn cell(value: Option<&Json>, first: Option<&Json>) -> Cell {
    let Some(value) = value else {
        return Cell { text: "–".to_owned(), exact: None, change: None, is_number: false };
    };
    let text = cut(plain(value), 300);
    let exact = cut(crate::json::value(value).to_string(), 4_000);
    let change = match (number(value), first.and_then(number)) {
        (Some(value), Some(first)) if value != first => change(value, first),
        _ => None,
    };
    let is_number = number(value).is_some();
    // Text is what it is, but for the quotes.
    let is_whole = exact == text || matches!(value, Json::Str(_));
    Cell { text, exact: (!is_whole).then_some(exact), change, is_number }
}

fn number(json: &Json) -> Option<f64> {
    match json {
        Json::Int(value) => Some(*value as f64),
        Json::BigInt(digits) => digits.parse().ok(),
        Json::Float(value) => Some(*value),
        _ => None,
    }
}

/// `+3.2 %` of the first value, or the difference where that is 0.
fn change(value: f64, first: f64) -> Option<String> {
    let difference = value - first;
    if !difference.is_finite() {
        return None;
    }
    let sign = if difference > 0.0 { "+" } else { "−" };
    let size = difference.abs();
    Some(match first == 0.0 {
        true => format!("{sign}{}", format::float(size, 3)),
        false => format!("{sign}{} %", format::float(100.0 * (size / first.abs()), 3)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_stands_apart_and_says_how_much() {
        let run = |n: i64, x: f64| {
            let mut found = BTreeMap::new();
            let inner = Json::object([("x", Json::Float(x)), ("kind", "cg".into())]);
            let all = Json::object([("n", Json::Int(n)), ("nan", Json::Float(f64::NAN)), ("solver", inner)]);
            flatten("", &all, &mut found);
            found
        };
        let table = table(&[run(100, 0.5), run(300, 0.5), run(50, 0.5)], &BTreeMap::new());
        let names = |rows: &[Row]| rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&table.rows), ["n"]);
        assert_eq!(names(&table.equal), ["nan", "solver.kind", "solver.x"]);
        let changes: Vec<_> = table.rows[0].cells.iter().map(|cell| cell.change.as_deref()).collect();
        assert_eq!(changes, [None, Some("+200 %"), Some("−50 %")]);
        assert_eq!(change(2.0, 0.0).as_deref(), Some("+2"));
        assert_eq!(change(f64::NAN, 1.0), None);
    }
}
