//! A CSV file: a header line, a column of steps, and a column for each series; or the columns series, step and
//! value.

use std::path::Path;

use csv::StringRecord;

use super::{Point, Points};
use crate::failure::{Failure, Result};

/// Columns that `mlab export` writes and that are no series.
const NO_SERIES: [&str; 1] = ["run_id"];

/// Reads the file.
pub fn read(path: &Path, step: &str) -> Result<Points> {
    let failed = |error: csv::Error| Failure::new(format!("cannot read {}: {error}", path.display()));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(failed)?;
    let header = reader.headers().map_err(failed)?.clone();
    let column = |name: &str| header.iter().position(|one| one == name);
    let Some(steps) = column(step) else {
        let known: Vec<&str> = header.iter().take(12).collect();
        let text = format!("{} has no column {step}", path.display());
        return Err(
            Failure::new(text).advice(format!("--step names the column; there are: {}", known.join(", ")))
        );
    };
    let long = column("series").zip(column("value"));
    let (run_ids, texts) = (column("run_id"), column("text"));
    let mut points = Points::new();
    let mut first: Option<String> = None;
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(failed)?;
        // The header is line 1.
        let at = format!(
            "{} line {}",
            path.display(),
            record.position().map_or(number as u64 + 2, csv::Position::line)
        );
        let cell = |index: usize| record.get(index).unwrap_or_default();
        let step = integer(cell(steps))
            .ok_or_else(|| Failure::new(format!("{at}: the step {:?} is no integer", cell(steps))))?;
        if let Some(run_id) = run_ids.map(cell) {
            let known = first.get_or_insert_with(|| run_id.to_owned());
            if known != run_id {
                return Err(Failure::new(format!("{at}: run {run_id} comes after run {known}"))
                    .advice("a file of one run is imported at a time"));
            }
        }
        match long {
            Some((name, value)) => {
                let text = texts.map(cell).filter(|text| !text.is_empty() && cell(value).is_empty());
                add(&mut points, cell(name), step, text.unwrap_or(cell(value)));
            }
            None => wide(&header, &record, (steps, step), &mut points),
        }
    }
    Ok(points)
}

fn wide(header: &StringRecord, record: &StringRecord, (steps, step): (usize, i64), points: &mut Points) {
    for (index, name) in header.iter().enumerate() {
        if index != steps && !name.is_empty() && !NO_SERIES.contains(&name) {
            add(points, name, step, record.get(index).unwrap_or_default());
        }
    }
}

/// Adds a cell, unless it is empty.
fn add(points: &mut Points, name: &str, step: i64, text: &str) {
    if !text.is_empty() && !name.is_empty() {
        points.entry(name.to_owned()).or_default().push((step, point(text)));
    }
}

fn point(text: &str) -> Point {
    match (text.parse::<i64>(), text.parse::<f64>(), text) {
        (Ok(value), _, _) => Point::Int(value),
        (_, Ok(value), _) => Point::Float(value),
        (_, _, "true" | "True" | "TRUE") => Point::Int(1),
        (_, _, "false" | "False" | "FALSE") => Point::Int(0),
        _ => Point::Text(text.to_owned()),
    }
}

/// An integer, also one that is written as `3.0`.
fn integer(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let value: f64 = text.parse().ok()?;
        (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64)
    })
}
