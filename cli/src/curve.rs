//! The course of a series in short: which series says most of a run, and its figures.

use metalab::read::{Brief, Look, Run, Series, Values};
use metalab::{Scalar, Value};

use crate::failure::Result;

/// Words in the names of series that say how a run goes, the most telling first.
const TELLING: [&str; 8] = ["loss", "residual", "error", "cost", "objective", "energy", "accuracy", "time"];

/// How many series of a run are read at most to find one of numbers.
const TRIES: usize = 4;

/// The order in which series are looked at: those with telling names first, then those with most points;
/// then those of ranks, and last those whose steps are not the run's, such as samples of the process.
fn order(brief: &Brief) -> (bool, bool, usize, std::cmp::Reverse<u64>, &str) {
    let name = brief.name.to_lowercase();
    let telling = TELLING[..TELLING.len() - 1].iter().position(|word| name.contains(word));
    let rank = match TELLING.last().is_some_and(|last| name == *last) {
        true => TELLING.len(),
        false => telling.unwrap_or(TELLING.len() - 1),
    };
    (
        brief.step_unit.is_some(),
        name.contains('@'),
        rank,
        std::cmp::Reverse(brief.count.unwrap_or(u64::MAX)),
        &brief.name,
    )
}

/// The look of the series that says most of a run, by about `most` points; of the one named `wanted`, if that
/// is said. Nothing if there is none of numbers.
pub fn telling(run: &Run, briefs: &[Brief], wanted: Option<&str>, most: usize) -> Result<Option<Look>> {
    if let Some(wanted) = wanted {
        return Ok(run.glance(wanted, most)?);
    }
    let mut sorted: Vec<&Brief> = briefs.iter().collect();
    sorted.sort_by(|a, b| order(a).cmp(&order(b)));
    for brief in sorted.into_iter().take(TRIES) {
        let look = run.glance(&brief.name, most)?;
        if let Some(look) = look.filter(|look| !look.series.is_empty() && is_of_numbers(&look.series)) {
            return Ok(Some(look));
        }
    }
    Ok(None)
}

/// Returns true if the values are numbers or booleans.
pub fn is_of_numbers(series: &Series) -> bool {
    matches!(series.values, Values::Bool(_) | Values::Int(_) | Values::Float(_) | Values::Time(_))
}

/// The value of the point at `index`, if it is there.
pub fn value(series: &Series, index: usize) -> Option<Value<'_>> {
    let is_there = series.valid.as_ref().is_none_or(|valid| valid.get(index).is_some_and(|byte| *byte != 0));
    series.values.get(index).filter(|_| is_there)
}

/// A number or boolean as a float.
pub fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Scalar(Scalar::F64(value)) => Some(*value),
        Value::Scalar(Scalar::I64(value)) => Some(*value as f64),
        Value::Scalar(Scalar::Bool(value)) => Some(f64::from(u8::from(*value))),
        Value::Text(_) => None,
    }
}

/// The values as floats: NaN where one is missing, or is a text.
pub fn numbers(series: &Series) -> Vec<f64> {
    let of = |index| value(series, index).and_then(|value| number(&value)).unwrap_or(f64::NAN);
    (0..series.len()).map(of).collect()
}

/// A curve of eight heights, `width` cells wide.
pub fn sparkline(series: &Series, width: usize) -> String {
    crate::format::sparkline(&numbers(&series.thinned(4 * width)), width)
}

/// The figures of a series: which of its points have the least and the greatest value, a NaN left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extremes {
    /// The place of the least value.
    pub least: Option<usize>,
    /// The place of the greatest value.
    pub greatest: Option<usize>,
}

/// The extremes of a series of numbers; none of one of texts.
pub fn extremes(series: &Series) -> Extremes {
    let mut found = Extremes::default();
    let numbers = numbers(series);
    for (place, value) in numbers.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
        if found.least.is_none_or(|least| *value < numbers[least]) {
            found.least = Some(place);
        }
        if found.greatest.is_none_or(|greatest| *value > numbers[greatest]) {
            found.greatest = Some(place);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telling_names_come_first() {
        let brief = |name: &str, count| Brief {
            name: name.into(),
            unit: None,
            description: None,
            axis: None,
            count: Some(count),
            last_step: None,
            step_unit: None,
        };
        let mut all = [
            brief("time", 900),
            brief("x", 9),
            brief("y", 90),
            brief("loss@rank.1", 9),
            brief("train/Loss", 1),
        ];
        all.sort_by(|a, b| order(a).cmp(&order(b)));
        assert_eq!(all.map(|one| one.name), ["train/Loss", "y", "x", "time", "loss@rank.1"]);
    }
}
