//! Rows and columns of values, and how they are printed.

use std::cmp::Ordering;

use comfy_table::Cell;
use metalab::Json;
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::{escape, format, json, plain, table};

/// Rows of values below headings.
pub struct Grid {
    /// The headings.
    pub headings: Vec<String>,
    /// The rows; a value may be missing.
    pub rows: Vec<Vec<Option<Json>>>,
}

impl Grid {
    /// Orders the rows by a column: `best`, or `best desc`.
    pub fn order(&mut self, order: &str) -> Result<()> {
        let (name, is_descending) = match order.trim().rsplit_once(' ') {
            Some((name, "desc")) => (name.trim(), true),
            Some((name, "asc")) => (name.trim(), false),
            _ => (order.trim(), false),
        };
        let is_it = |heading: &&String| {
            let short = heading.strip_prefix("params.").or(heading.strip_prefix("metrics."));
            heading.as_str() == name || short == Some(name)
        };
        let Some(at) = self.headings.iter().position(|heading| is_it(&heading)) else {
            return Err(Failure::new(format!("there is no column {name} to order by"))
                .advice(format!("there are: {}", self.headings.join(", "))));
        };
        self.rows.sort_by(|a, b| compare(&a[at], &b[at], is_descending));
        Ok(())
    }

    /// Prints them: as a table, as CSV or as JSON.
    pub fn print(&self, is_csv: bool, output: &mut Output) -> Result<()> {
        if output.is_json {
            return output.json(&self.json());
        }
        if is_csv {
            return output.text(&self.csv()?);
        }
        let headings: Vec<_> = self.headings.iter().map(|heading| escape::line(heading)).collect();
        let headings: Vec<&str> = headings.iter().map(AsRef::as_ref).collect();
        let mut shown = table::new(output, &headings);
        for row in &self.rows {
            let cells = row.iter().zip(&self.headings).map(|(value, heading)| match value {
                None => Cell::new(""),
                Some(Json::Str(text)) if heading == "status" => table::status(&escape::line(text)),
                Some(Json::Str(text)) if heading == "run_id" => {
                    Cell::new(escape::line(format::short_id(text)))
                }
                Some(Json::Float(value)) => table::number(format::float(*value, 6)),
                Some(value @ Json::Int(_)) => table::number(plain::json(value)),
                Some(value) => Cell::new(plain::json(value)),
            });
            shown.add_row(cells);
        }
        table::lines(&shown).into_iter().try_for_each(|line| output.line(line))
    }

    fn json(&self) -> Value {
        let row = |row: &Vec<Option<Json>>| -> Value {
            let cells = self.headings.iter().zip(row);
            let of = |value: &Option<Json>| value.as_ref().map_or(Value::Null, json::value);
            cells.map(|(heading, value)| (heading.clone(), of(value))).collect::<Map<_, _>>().into()
        };
        self.rows.iter().map(row).collect()
    }

    fn csv(&self) -> Result<Vec<u8>> {
        let failed = |error: csv::Error| Failure::new(format!("cannot make CSV: {error}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.headings).map_err(failed)?;
        for row in &self.rows {
            let cell = |value: &Option<Json>| match value {
                None => String::new(),
                Some(Json::Str(text)) => text.clone(),
                Some(value) => plain::json(value),
            };
            writer.write_record(row.iter().map(cell)).map_err(failed)?;
        }
        writer.into_inner().map_err(|error| Failure::new(format!("cannot make CSV: {error}")))
    }
}

/// The number that a value is.
pub fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Int(value) => Some(*value as f64),
        Json::Float(value) => Some(*value),
        Json::Bool(value) => Some(f64::from(u8::from(*value))),
        _ => None,
    }
}

/// Compares values: numbers, then texts; missing ones and NaN come last, in either order.
pub fn compare(a: &Option<Json>, b: &Option<Json>, is_descending: bool) -> Ordering {
    let counts = |value: &Option<Json>| {
        value.clone().filter(|value| *value != Json::Null && !number(value).is_some_and(f64::is_nan))
    };
    let (Some(a), Some(b)) = (counts(a), counts(b)) else {
        return counts(b).is_some().cmp(&counts(a).is_some());
    };
    let order = match (&a, &b) {
        (Json::Int(a), Json::Int(b)) => a.cmp(b),
        (a, b) => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => plain::json(a).cmp(&plain::json(b)),
        },
    };
    if is_descending { order.reverse() } else { order }
}
