//! Data entries: as JSON, as a curve if they are a row of numbers, as a picture if they are a field.

use std::collections::BTreeSet;

use metalab::Json;
use metalab::read::{Array, Data, Look, Run, RunResult, Series, Values};
use serde::Serialize;

use super::curves::{Chart, curve};
use super::facts::pretty;
use super::pictures::Pictures;
use super::{artifacts, cut, fields};

/// Bytes of an entry's text, and of all of them.
const MOST: usize = 16 << 10;
const ALL: usize = 512 << 10;

/// The elements of an array that are written out.
const ELEMENTS: usize = 64;

/// The points of a curve.
const POINTS: usize = 2_000;

/// The lengths of arrays that are drawn as curves.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=10_000_000;

/// An entry of the runs that have it.
#[derive(Debug, Serialize)]
pub struct Entry {
    pub name: String,
    /// The place of its chart, if it has one.
    pub chart: Option<usize>,
    pub texts: Vec<Text>,
}

/// An entry of a run.
#[derive(Debug, Serialize)]
pub struct Text {
    pub run: usize,
    pub about: String,
    pub json: String,
}

/// The entries of all runs, by name.
pub fn read(
    runs: &[Run],
    charts: &mut Vec<Chart>,
    pictures: &mut Pictures,
    problems: &mut Vec<String>,
) -> Vec<Entry> {
    let mut names = BTreeSet::new();
    for run in runs {
        match run.result_names() {
            Ok(found) => names.extend(found),
            Err(error) => problems.push(format!("data of {}: {}", run.id(), error.message())),
        }
    }
    let mut entries = Vec::new();
    let mut left = ALL;
    for name in names {
        let mut entry = Entry { name: name.clone(), chart: None, texts: Vec::new() };
        let mut curves = Vec::new();
        let mut about = [None, None];
        for (index, run) in runs.iter().enumerate() {
            let result = match run.result(&name) {
                Ok(Some(result)) => result,
                Ok(None) => continue,
                Err(error) => {
                    problems.push(format!("data {name} of {}: {}", run.id(), error.message()));
                    continue;
                }
            };
            let text = |key: &str| result.metadata.get(key).and_then(Json::as_str).map(str::to_owned);
            if let Data::Array(array) = &result.data {
                curves.extend(row(index, &name, array));
                about = [about[0].take().or(text("unit")), about[1].take().or(text("axis"))];
                let drawn = pictures.field(index, &name, array, text("unit").as_deref(), Vec::new());
                if let Err(error) = drawn {
                    problems.push(format!("data {name} of {}: {}", run.id(), error.message()));
                }
            }
            let shown = shown(index, &result, left.min(MOST));
            left = left.saturating_sub(shown.json.len());
            entry.texts.push(shown);
        }
        if !curves.is_empty() {
            let [unit, axis] = about;
            entry.chart = Some(charts.len());
            charts.push(Chart::of_data(&name, unit, axis, curves));
        }
        entries.push(entry);
    }
    entries
}

/// The curve of a one-dimensional array along its index.
fn row(run: usize, name: &str, array: &Array) -> Option<super::curves::Curve> {
    if array.shape().len() != 1 || !LENGTHS.contains(&array.len()) {
        return None;
    }
    let series = Series {
        name: name.replace('@', " "),
        unit: None,
        description: None,
        axis: None,
        steps: (0..array.len() as i64).collect(),
        values: Values::Float(fields::row(array)?),
        valid: None,
        part_of: None,
    };
    Some(curve(run, &Look::of(&series, POINTS), &[]))
}

fn shown(run: usize, result: &RunResult, most: usize) -> Text {
    let about = artifacts::about(result.metadata.iter());
    let json = match &result.data {
        Data::Document(document) => pretty(document),
        Data::Array(array) => {
            let shape: Vec<String> = array.shape().iter().map(u64::to_string).collect();
            let mut text = format!("{} ({})", array.dtype().name(), shape.join(" × "));
            if let Some(all) = fields::row(array).filter(|all| all.len() <= ELEMENTS) {
                let all: Vec<serde_json::Value> = all.into_iter().map(crate::json::float).collect();
                text.push_str(&format!("\n{}", serde_json::Value::from(all)));
            }
            text
        }
    };
    Text { run, about, json: cut(json, most) }
}
