//! `mlab ls`: runs as a table, the newest first, with the curve of a series of each.

use comfy_table::Cell;
use metalab::read::{Column, Look, Query, Store, Table};
use serde_json::{Map, Value, json};

use crate::choose::{self, ExperimentName};
use crate::failure::{Answer, Failure, Result, say};
use crate::global::Global;
use crate::output::Output;
use crate::{curve, escape, filter, format, json, plain, table};

/// How many runs are listed if nothing else is said.
const USUAL: usize = 20;

/// Threads that read the series of runs: they wait for the disk more than they compute.
const THREADS: usize = 8;

/// Cells of a curve.
const CURVE: usize = 12;

/// Characters that the value of a parameter has at most.
const WIDEST: usize = 16;

/// Lists runs, the newest first.
///
/// Of each run one series is shown, with its last value and its curve: one with a name such as `loss`,
/// `residual` or `error`, else the one with most points. Parameters that differ among the runs that are
/// listed are columns, as far as the terminal is wide enough. "dead" is a run whose process is gone, and that
/// nobody has recovered.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  mlab ls 'params.n > 256 and status = failed'
  mlab ls 'order by metrics.loss' -n 3
  mlab ls --series residual
  mlab ls --all --json | jq -r '.[].run_id'")]
pub struct Ls {
    /// A filter, such as 'params.n > 256 and status = failed order by metrics.loss'.
    ///
    /// It has conditions on params.NAME, metrics.NAME, run_id, experiment_id, status, started_at, finished_at,
    /// duration_ms, tag, notes and error, with = != < <= > >= ~ (has the text in it) and `exists`, joined by
    /// and, or, not and parentheses; then `order by FIELD [desc]`.
    #[arg(default_value = "", hide_default_value = true)]
    filter: String,
    /// Lists so many runs at most.
    #[arg(long, short = 'n', value_name = "COUNT", conflicts_with = "all")]
    limit: Option<usize>,
    /// Lists all runs, not the newest 20.
    #[arg(long, short = 'a')]
    all: bool,
    /// Shows this series of each run.
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    #[command(flatten)]
    experiment: ExperimentName,
}

impl Ls {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let store = choose::store(global)?;
        let experiment = self.experiment.id(&store)?;
        let limit = if self.all { 0 } else { self.limit.unwrap_or(USUAL) };
        if self.limit == Some(0) {
            return Err(Failure::new("--limit 0 lists nothing").advice("--all lists all runs"));
        }
        filter::check(&self.filter, &())?;
        let query =
            Query { experiment: experiment.as_deref(), filter: &self.filter, limit, oldest_first: false };
        let runs = store.runs(&query)?;
        for problem in runs.problems() {
            say(format_args!("left out: {}", escape::line(problem.message())));
        }
        let courses = courses(&store, &runs, self.series.as_deref());
        match output.is_json {
            true => output.json(&rows(&runs, &courses))?,
            false => self.show(&store, &runs, &courses, output)?,
        }
        Ok(Answer::Yes)
    }

    fn show(&self, store: &Store, runs: &Table, courses: &[Course], output: &mut Output) -> Result<()> {
        if runs.is_empty() {
            let place = store.collection().display().to_string();
            return output.line(match self.filter.is_empty() {
                true => format!("There is no run in {}.", escape::line(&place)),
                false => format!("No run in {} fits the filter.", escape::line(&place)),
            });
        }
        let lines = lines(runs, courses, output);
        lines.into_iter().try_for_each(|line| output.line(line))?;
        let more = runs.total() - runs.len();
        if more > 0 {
            let (count, are) = (format::count(more as u64), if more == 1 { "run is" } else { "runs are" });
            output.line(format!("{count} more {are} not shown: --all lists all, -n COUNT so many."))?;
        }
        Ok(())
    }
}

/// The course of a run: the highest step of its series, and the series that is shown.
#[derive(Debug, Default)]
struct Course {
    last_step: Option<i64>,
    look: Option<Look>,
}

/// The courses of the runs that are listed, and of no others. A run that can't be read has none.
fn courses(store: &Store, runs: &Table, wanted: Option<&str>) -> Vec<Course> {
    let read = |index: usize| -> Result<Course> {
        let (Some(id), Some(experiment)) = (text(runs, "run_id", index), text(runs, "experiment_id", index))
        else {
            return Ok(Course::default());
        };
        let run = store.run(Some(&experiment), &id)?;
        let briefs = run.series_briefs()?;
        let last_step =
            briefs.iter().filter(|brief| brief.step_unit.is_none()).filter_map(|brief| brief.last_step).max();
        Ok(Course { last_step, look: curve::telling(&run, &briefs, wanted, 4 * CURVE)? })
    };
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        loop {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if index >= runs.len() {
                return found;
            }
            found.push((index, read(index)));
        }
    };
    let mut courses: Vec<Course> = (0..runs.len()).map(|_| Course::default()).collect();
    let found = std::thread::scope(|scope| {
        let others: Vec<_> = (1..THREADS.min(runs.len())).map(|_| scope.spawn(work)).collect();
        let mut found = work();
        found.extend(others.into_iter().flat_map(|thread| thread.join().unwrap_or_default()));
        found
    });
    for (index, course) in found {
        match course {
            Ok(course) => courses[index] = course,
            Err(failure) => {
                let id = text(runs, "run_id", index).unwrap_or_default();
                say(format_args!(
                    "series of run {}: {}",
                    escape::line(&id),
                    escape::line(&failure.to_string())
                ));
            }
        }
    }
    courses
}

/// Each run as an object of its columns.
fn rows(runs: &Table, courses: &[Course]) -> Value {
    let row = |(index, course): (usize, &Course)| -> Value {
        let cells = runs.columns().iter().map(|column| (column.name.clone(), json::cell(column, index)));
        let mut row: Map<String, Value> = cells.filter(|(_, value)| !value.is_null()).collect();
        row.extend(course.last_step.map(|step| ("last_step".to_owned(), step.into())));
        row.extend(course.look.as_ref().map(|look| ("series".to_owned(), shown(look))));
        row.into()
    };
    courses.iter().enumerate().map(row).collect()
}

/// The series of a run, in short.
fn shown(look: &Look) -> Value {
    let series = &look.series;
    let last = series.len().checked_sub(1);
    let value = last.and_then(|last| curve::value(series, last));
    json!({
        "name": series.name,
        "unit": series.unit,
        "points": look.total(),
        "last_step": last.map(|last| series.steps[last]),
        "last": value.map_or(Value::Null, |value| json::of_value(&value)),
    })
}

fn lines(runs: &Table, courses: &[Course], output: &Output) -> Vec<String> {
    let mut shown: Vec<String> =
        courses.iter().filter_map(|one| Some(one.look.as_ref()?.series.name.clone())).collect();
    shown.sort();
    shown.dedup();
    let params = differing(runs);
    // The parameters, as many as the terminal has room for; in a pipe, all of them.
    let room = output.width.unwrap_or(usize::MAX);
    let mut count = 0;
    let mut lines = drawn(runs, courses, &shown, &[], output);
    while count < params.len() {
        let more = drawn(runs, courses, &shown, &params[..count + 1], output);
        if more.iter().any(|line| table::width(line) > room) {
            break;
        }
        (lines, count) = (more, count + 1);
    }
    lines
}

/// The table with these parameters.
fn drawn(
    runs: &Table,
    courses: &[Course],
    names: &[String],
    params: &[&Column],
    output: &Output,
) -> Vec<String> {
    let mut headings =
        vec!["RUN".to_owned(), "EXPERIMENT".into(), "STATUS".into(), "STARTED".into(), "TIME".into()];
    headings.extend(params.iter().map(|param| param_heading(param)));
    headings.push("STEP".into());
    match names {
        [] => {}
        [name] => headings.extend([escape::short(name, 24), String::new()]),
        _ => headings.extend(["SERIES".into(), "LAST".into(), String::new()]),
    }
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let mut shown = table::whole(output, &headings);
    let now = format::now();
    for (index, course) in courses.iter().enumerate() {
        let started = integer(runs, "started_at", index);
        let status = text(runs, "status", index).unwrap_or_default();
        let goes_on = status == "running";
        let time = integer(runs, "duration_ms", index)
            .or_else(|| Some((now - started?) / 1_000).filter(|_| goes_on));
        let id = text(runs, "run_id", index).unwrap_or_default();
        let experiment = text(runs, "experiment_id", index).unwrap_or_default();
        let mut cells = vec![
            Cell::new(escape::line(format::short_id(&id))),
            Cell::new(escape::line(&experiment)),
            table::status(&escape::line(&status)),
            Cell::new(started.map(|micros| format::ago(micros, now)).unwrap_or_default()),
            table::number(time.map(format::duration).unwrap_or_default()),
        ];
        cells.extend(params.iter().map(|param| param_cell(param, index)));
        cells.push(table::number(course.last_step.map(|step| step.to_string()).unwrap_or_default()));
        cells.extend(series_cells(course, names.len()));
        shown.add_row(cells);
    }
    table::lines(&shown)
}

/// The cells of the series of a run; its name is one if runs have `several` names.
fn series_cells(course: &Course, several: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    let series = course.look.as_ref().map(|look| &look.series);
    if several > 1 {
        cells.push(Cell::new(series.map(|series| escape::short(&series.name, 24)).unwrap_or_default()));
    }
    if several > 0 {
        let last = series.and_then(|series| {
            let value = curve::value(series, series.len().checked_sub(1)?)?;
            let unit = series.unit.as_deref().map(|unit| format!(" {}", escape::short(unit, 10)));
            Some(plain::rough(&value) + &unit.unwrap_or_default())
        });
        cells.push(table::number(last.unwrap_or_default()));
        cells.push(Cell::new(series.map(|series| curve::sparkline(series, CURVE)).unwrap_or_default()));
    }
    cells
}

/// The columns of parameters that differ among the runs.
fn differing(runs: &Table) -> Vec<&Column> {
    let differs = |column: &&Column| {
        column.name.starts_with("params.") && (1..runs.len()).any(|row| column.get(row) != column.get(0))
    };
    runs.columns().iter().filter(differs).collect()
}

fn param_heading(param: &Column) -> String {
    escape::short(param.name.strip_prefix("params.").unwrap_or(&param.name), 24)
}

fn param_cell(param: &Column, row: usize) -> Cell {
    match param.get(row) {
        None => Cell::new(""),
        Some(metalab::Value::Text(text)) => Cell::new(escape::short(&text, WIDEST)),
        Some(value) => table::number(plain::rough(&value)),
    }
}

fn text(runs: &Table, name: &str, row: usize) -> Option<String> {
    match runs.column(name)?.get(row)? {
        metalab::Value::Text(text) => Some(text.into_owned()),
        metalab::Value::Scalar(_) => None,
    }
}

fn integer(runs: &Table, name: &str, row: usize) -> Option<i64> {
    match runs.column(name)?.get(row)? {
        metalab::Value::Scalar(metalab::Scalar::I64(value)) => Some(value),
        _ => None,
    }
}
