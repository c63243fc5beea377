//! The points of a series: as floats, and in a few numbers.

use metalab::read::{Look, Series, Values};
use serde::Serialize;

use crate::format;

/// A series in a few numbers.
#[derive(Debug, Serialize)]
pub struct Summary {
    pub points: String,
    /// How many points are drawn, if not all are.
    pub drawn: Option<String>,
    pub first: String,
    pub last: String,
    pub least: String,
    pub greatest: String,
    /// A remark on the values: some are no numbers, or are not here.
    pub notes: Vec<String>,
}

/// The values as floats, NaN where one is missing.
pub fn floats(series: &Series) -> Vec<f64> {
    let mut values: Vec<f64> = match &series.values {
        Values::Float(values) => values.clone(),
        Values::Int(values) | Values::Time(values) => values.iter().map(|value| *value as f64).collect(),
        Values::Bool(values) => values.iter().map(|value| f64::from(*value)).collect(),
        Values::Text(_) | Values::Empty(_) => vec![f64::NAN; series.len()],
    };
    for (value, is_there) in values.iter_mut().zip(series.valid.iter().flatten()) {
        if *is_there == 0 {
            *value = f64::NAN;
        }
    }
    values
}

/// A series in a few numbers; `values` are those of the points that are drawn.
pub fn summary(look: &Look, values: &[f64]) -> Summary {
    let text = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format::float(value, 6));
    let mut notes: Vec<String> = look
        .odd
        .iter()
        .zip(["no number", "infinite", "−infinite"])
        .filter(|(count, _)| **count > 0)
        .map(|(count, what)| {
            let verb = if *count == 1 { "value is" } else { "values are" };
            format!("{} {verb} {what}", format::count(*count))
        })
        .collect();
    if let Some(total) = look.series.part_of {
        notes.push(format!("the run showed these of {} points", format::count(total)));
    }
    let drawn = values.len() as u64;
    Summary {
        points: format::count(look.points),
        drawn: (drawn < look.points).then(|| format::count(drawn)),
        first: text(values.first().copied()),
        last: text(values.last().copied()),
        least: text(look.least),
        greatest: text(look.greatest),
        notes,
    }
}
