//! The charts: of each series of the runs, and of each process, a curve.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use metalab::read::{Look, Run, Series, Values};
use serde::Serialize;
use serde_json::{Value, json};

use super::facts::Head;
use super::{cut, numbers};
use crate::format;

mod axes;
mod points;

use axes::Axes;
use points::{Summary, floats, summary};

/// The points of all curves of a page, about.
const POINTS: usize = 100_000;

/// The points of a curve: at most, and where there are very many curves.
const MOST: usize = 2_000;
const LEAST: usize = 40;

/// The curves of a page, at most.
const CURVES: usize = 4_000;

/// The points of a series of texts that are shown: its last ones.
const TEXTS: usize = 100;

/// How the names of the samples of a process begin: their step is milliseconds.
const SAMPLED: [&str; 2] = ["process.", "cgroup."];

/// The curves of a quantity.
#[derive(Debug, Serialize)]
pub struct Chart {
    pub name: String,
    pub unit: Option<String>,
    pub description: Option<String>,
    /// Where it stands on the page: `series`, `resources` or `data`.
    pub group: &'static str,
    /// The name of x: `step`, unless there are axes.
    pub x: String,
    pub curves: Vec<Curve>,
    /// The chart in words, for who does not see it.
    pub words: String,
    /// A remark on its values.
    pub notes: Vec<String>,
}

/// A curve.
#[derive(Debug, Serialize)]
pub struct Curve {
    pub run: usize,
    /// The process, where the run has several: `rank.3`.
    pub label: String,
    pub summary: Summary,
    #[serde(skip)]
    x: Vec<f64>,
    #[serde(skip)]
    y: Vec<f64>,
    /// The axes that it may be plotted against: the name, its unit, the values. The first is the declared one.
    #[serde(skip)]
    axes: Vec<(String, Option<String>, Vec<f64>)>,
    #[serde(skip)]
    is_declared: bool,
}

/// A series of texts.
#[derive(Debug, Serialize)]
pub struct Texts {
    pub run: usize,
    pub name: String,
    pub points: String,
    /// Step and text, the last ones.
    pub rows: Vec<(i64, String)>,
}

/// Everything that the series of the runs are.
pub struct Curves {
    pub charts: Vec<Chart>,
    pub texts: Vec<Texts>,
    /// Units by the name of a series.
    pub units: BTreeMap<String, String>,
}

/// A series as it was read.
enum Read {
    Curve(Box<(Series, Curve)>),
    Texts(Texts),
}

/// Reads and thins the series of all runs, on as many threads as there are processors.
pub fn read(runs: &[Run], problems: &mut Vec<String>) -> Curves {
    let mut jobs: Vec<(usize, String)> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        match run.series_names() {
            Ok(names) => jobs.extend(names.into_iter().map(|name| (index, name))),
            Err(error) => problems.push(format!("series of {}: {}", run.id(), error.message())),
        }
    }
    if jobs.len() > CURVES {
        problems.push(format!("{} series are left out: the page shows {CURVES}", jobs.len() - CURVES));
        jobs.truncate(CURVES);
    }
    let most = (POINTS / jobs.len().max(1)).clamp(LEAST, MOST);
    let axes = Axes::new(runs, &jobs);
    let found = in_parallel(jobs.len(), |job| {
        let (index, name) = &jobs[job];
        one(&runs[*index], *index, name, most, &axes)
            .map_err(|error| format!("series {name} of {}: {}", runs[*index].id(), error.message()))
    });
    let mut curves = Curves { charts: Vec::new(), texts: Vec::new(), units: BTreeMap::new() };
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for one in found {
        match one {
            Ok(Some(Read::Curve(read))) => put(&mut curves, &mut places, &read.0, read.1),
            Ok(Some(Read::Texts(texts))) => curves.texts.push(texts),
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
    }
    for chart in &mut curves.charts {
        // rank.10 comes after rank.9.
        let number = |curve: &Curve| curve.label.rsplit('.').next().and_then(|end| end.parse::<u64>().ok());
        chart.curves.sort_by(|a, b| (a.run, number(a), &a.label).cmp(&(b.run, number(b), &b.label)));
    }
    curves.charts.sort_by(|a, b| a.name.cmp(&b.name));
    curves
}

/// Puts a curve into the chart of its name.
fn put(curves: &mut Curves, places: &mut BTreeMap<String, usize>, about: &Series, curve: Curve) {
    let (name, _) = parts(&about.name);
    let place = *places.entry(name.to_owned()).or_insert_with(|| {
        let is_sampled = is_sampled(name);
        curves.charts.push(Chart {
            name: name.to_owned(),
            unit: None,
            description: None,
            group: if is_sampled { "resources" } else { "series" },
            x: if is_sampled { "seconds since the start" } else { "step" }.to_owned(),
            curves: Vec::new(),
            words: String::new(),
            notes: Vec::new(),
        });
        curves.charts.len() - 1
    });
    let chart = &mut curves.charts[place];
    // "1" says that there is none.
    let unit = about.unit.clone().filter(|unit| unit != "1");
    chart.unit = chart.unit.take().or_else(|| unit.clone());
    chart.description = chart.description.take().or_else(|| about.description.clone());
    chart.curves.push(curve);
    curves.units.extend(unit.map(|unit| (name.to_owned(), unit)));
}

/// The name of a series and the label of its process: `loss@rank.3`.
fn parts(name: &str) -> (&str, &str) {
    match name.rsplit_once('@') {
        Some((name, label)) if !name.is_empty() => (name, label),
        _ => (name, ""),
    }
}

/// Returns true for the samples that this library takes of a process.
fn is_sampled(name: &str) -> bool {
    SAMPLED.iter().any(|prefix| name.starts_with(prefix))
}

/// Reads a series of a run, and thins it to about `most` points.
fn one(run: &Run, index: usize, name: &str, most: usize, axes: &Axes) -> metalab::Result<Option<Read>> {
    let Some(mut look) = run.look(name, most)? else { return Ok(None) };
    let series = &look.series;
    if let Values::Text(texts) = &series.values {
        let start = series.len().saturating_sub(TEXTS);
        let rows = (start..series.len())
            .map(|at| (series.steps[at], cut(texts.get(at).unwrap_or_default().to_owned(), 2_000)));
        let points = format::count(series.len() as u64);
        return Ok(Some(Read::Texts(Texts {
            run: index,
            name: name.to_owned(),
            points,
            rows: rows.collect(),
        })));
    }
    // Samples have the time for their step already.
    let mut along = if is_sampled(name) { Vec::new() } else { axes.of(index, series)? };
    let is_ambiguous = look.has_repeats && !along.is_empty();
    if let Some(whole) = if is_ambiguous { run.series(name)? } else { None } {
        // Of several points at one step, each has its own place along an axis: it takes all to tell which.
        look = Look::of(&whole, most);
        let places: Vec<usize> = look.places.iter().map(|place| *place as usize).collect();
        along = axes.of(index, &whole)?.iter().map(|axis| axis.select(&places)).collect();
    }
    let curve = curve(index, &look, &along);
    // Its name and unit remain, without its points.
    Ok(Some(Read::Curve(Box::new((look.series.select(&[]), curve)))))
}

/// The curve of a series; the columns of `along` have a value for each point of its look.
pub fn curve(run: usize, look: &Look, along: &[Series]) -> Curve {
    let series = &look.series;
    let (_, label) = parts(&series.name);
    let scale = if is_sampled(&series.name) { 1e-3 } else { 1.0 };
    let axis = |axis: &Series| (parts(&axis.name).0.to_owned(), axis.unit.clone(), floats(axis));
    let y = floats(series);
    Curve {
        run,
        label: label.to_owned(),
        summary: summary(look, &y),
        x: series.steps.iter().map(|step| *step as f64 * scale).collect(),
        y,
        is_declared: along.first().is_some_and(|first| series.axis.as_deref() == Some(parts(&first.name).0)),
        axes: along.iter().map(axis).collect(),
    }
}

impl Chart {
    /// A chart of data along their index.
    pub fn of_data(name: &str, unit: Option<String>, x: Option<String>, curves: Vec<Curve>) -> Self {
        Self {
            name: name.to_owned(),
            unit,
            description: None,
            group: "data",
            x: x.unwrap_or_else(|| "index".to_owned()),
            curves,
            words: String::new(),
            notes: Vec::new(),
        }
    }

    /// Puts the chart into words.
    pub fn describe(&mut self, runs: &[Head]) {
        const SAID: usize = 8;
        let of = |curve: &Curve| {
            let Summary { points, first, last, least, greatest, .. } = &curve.summary;
            let who = who(curve, runs);
            format!("{who}{points} points, first {first}, last {last}, least {least}, greatest {greatest}")
        };
        let unit = self.unit.as_ref().map(|unit| format!(" in {unit}")).unwrap_or_default();
        let mut said: Vec<String> = self.curves.iter().take(SAID).map(of).collect();
        if self.curves.len() > SAID {
            said.push(format!("and {} more curves", self.curves.len() - SAID));
        }
        self.words = format!("Chart of {}{unit}. {}.", self.name, said.join("; "));
        let odd = self.curves.iter().filter(|curve| !curve.summary.notes.is_empty());
        let notes = odd.map(|curve| format!("{}{}", who(curve, runs), curve.summary.notes.join(", ")));
        self.notes = notes.take(SAID).collect();
    }

    /// The chart as the page's script reads it.
    pub fn drawing(&self) -> Value {
        let mut names = BTreeSet::new();
        let axes: Vec<Value> = self
            .curves
            .iter()
            .flat_map(|curve| &curve.axes)
            .filter(|(name, ..)| names.insert(name.clone()))
            .map(|(name, unit, _)| json!({"name": name, "unit": unit}))
            .collect();
        let declared = self.curves.iter().find(|curve| curve.is_declared).map(|curve| &curve.axes[0].0);
        let curve = |curve: &Curve| {
            let axes: serde_json::Map<String, Value> = curve
                .axes
                .iter()
                .map(|(name, _, values)| (name.clone(), numbers::encode(values).into()))
                .collect();
            json!({
                "run": curve.run, "label": curve.label, "axes": axes,
                "x": numbers::encode(&curve.x), "y": numbers::encode(&curve.y),
            })
        };
        json!({
            "name": self.name, "unit": self.unit, "x": self.x, "axes": axes, "axis": declared,
            "curves": self.curves.iter().map(curve).collect::<Vec<_>>(),
        })
    }
}

/// The run and the process of a curve, with a colon, where there are several.
fn who(curve: &Curve, runs: &[Head]) -> String {
    let run = runs.get(curve.run).filter(|_| runs.len() > 1).map(|head| head.label.as_str());
    let who = [run, Some(curve.label.as_str())].into_iter().flatten().filter(|who| !who.is_empty());
    let who = who.collect::<Vec<_>>().join(" ");
    if who.is_empty() { who } else { format!("{who}: ") }
}

/// The results of `body` for 0 up to `count`, in this order.
fn in_parallel<T: Send>(count: usize, body: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(count.max(1));
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::with_capacity(count));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            let one = body(index);
            found.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((index, one));
        }
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let mut found = found.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: Values, valid: Option<Vec<u8>>) -> Series {
        Series {
            name: "loss@rank.3".into(),
            unit: None,
            description: None,
            axis: None,
            steps: (0..values.len() as i64).collect(),
            values,
            valid,
            part_of: None,
        }
    }

    #[test]
    fn a_gap_is_not_drawn_over() {
        let mut values: Vec<f64> = (0..10_000).map(f64::from).collect();
        values[5_001] = f64::NAN;
        (values[100], values[200]) = (1e9, f64::INFINITY);
        let curve = curve(1, &Look::of(&series(Values::Float(values), None), 100), &[]);
        assert_eq!((curve.run, curve.label.as_str()), (1, "rank.3"));
        assert!(curve.y.len() <= 101 && curve.y.iter().any(|value| value.is_nan()), "{}", curve.y.len());
        assert!(curve.y.contains(&f64::INFINITY));
        let Summary { points, drawn, first, last, least, greatest, notes } = &curve.summary;
        assert_eq!((points.as_str(), drawn.is_some()), ("10,000", true));
        assert_eq!((first.as_str(), last.as_str()), ("0", "9999"));
        assert_eq!((least.as_str(), greatest.as_str()), ("0", "1000000000"));
        assert_eq!(notes, &["1 value is no number", "1 value is infinite"]);
    }

    #[test]
    fn a_missing_value_is_a_gap() {
        let whole = series(Values::Int(vec![1, 0, 3]), Some(vec![1, 0, 1]));
        let curve = curve(0, &Look::of(&whole, 100), &[]);
        assert!(curve.y[0] == 1.0 && curve.y[1].is_nan() && curve.y[2] == 3.0);
        assert_eq!((curve.summary.least.as_str(), curve.summary.drawn.as_deref()), ("1", None));
    }

    #[test]
    fn a_series_without_a_value_is_short_too() {
        let curve = curve(0, &Look::of(&series(Values::Empty(100_000), None), 100), &[]);
        assert!(curve.y.len() <= 100 && curve.summary.points == "100,000" && curve.summary.least == "–");
    }
}
