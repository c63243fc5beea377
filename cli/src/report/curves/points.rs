//! The points of a series: as floats, the gaps between them, and in a few numbers.

use metalab::read::{Series, Values};
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

/// The places with the first NaN between two of them, so that a gap is not drawn over.
pub fn with_gaps(places: &[usize], values: &[f64]) -> Vec<usize> {
    let mut with = Vec::with_capacity(places.len());
    for (at, place) in places.iter().enumerate() {
        with.push(*place);
        let end = places.get(at + 1).copied().unwrap_or(values.len());
        with.extend((place + 1..end).find(|between| values[*between].is_nan()));
    }
    with
}

/// The series of these values in a few numbers, of which `drawn` points are drawn.
pub fn summary(series: &Series, values: &[f64], drawn: usize) -> Summary {
    let text = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format::float(value, 6));
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let count = |test: fn(f64) -> bool| values.iter().filter(|value| test(**value)).count();
    let odd = [
        (count(f64::is_nan), "no number"),
        (count(|value| value == f64::INFINITY), "infinite"),
        (count(|value| value == f64::NEG_INFINITY), "−infinite"),
    ];
    let mut notes: Vec<String> = odd
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| {
            let verb = if *count == 1 { "value is" } else { "values are" };
            format!("{} {verb} {what}", format::count(*count as u64))
        })
        .collect();
    if let Some(total) = series.part_of {
        notes.push(format!("the run showed these of {} points", format::count(total)));
    }
    Summary {
        points: format::count(values.len() as u64),
        drawn: (drawn < values.len()).then(|| format::count(drawn as u64)),
        first: text(values.first().copied()),
        last: text(values.last().copied()),
        least: text(finite().reduce(f64::min)),
        greatest: text(finite().reduce(f64::max)),
        notes,
    }
}
