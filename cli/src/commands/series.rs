//! `mlab series`: the points of series, below each other by step.

use comfy_table::Cell;
use metalab::read::{Brief, Run, Series};
use serde_json::{Value, json};

use crate::choose::{self, RunName};
use crate::failure::{Answer, Failure, Result, say};
use crate::global::Global;
use crate::output::Output;
use crate::{curve, escape, format, json, plain, table};

/// Prints the points of series, or lists the series of a run.
///
/// Each series is a column; a series with an axis is shown with the axis beside it. The points of several
/// series are put together by their steps.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab series latest                     the series that the newest run has
  mlab series a1b2 loss residual --last 20
  mlab series a1b2 loss --ranks --csv > loss.csv
  mlab series a1b2 loss --from 1000 --to 2000 --thin 100")]
pub struct SeriesOf {
    #[command(flatten)]
    run: RunName,
    /// The series; without a name, all are listed.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Prints CSV.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Prints the last so many points of each series.
    #[arg(long, value_name = "COUNT")]
    last: Option<usize>,
    /// Prints points from this step on.
    #[arg(long, value_name = "STEP", allow_negative_numbers = true)]
    from: Option<i64>,
    /// Prints points up to this step.
    #[arg(long, value_name = "STEP", allow_negative_numbers = true)]
    to: Option<i64>,
    /// Prints at most about so many points of each series: those that its look needs.
    #[arg(long, value_name = "COUNT")]
    thin: Option<usize>,
    /// Prints the series of each rank.
    #[arg(long)]
    ranks: bool,
}

impl SeriesOf {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let store = choose::store(global)?;
        let run = self.run.run(&store)?;
        if self.names.is_empty() {
            list(&run, output)?;
            return Ok(Answer::Yes);
        }
        let columns = self.columns(&run)?;
        for one in &columns {
            if let Some(total) = one.part_of {
                let (name, shown) = (escape::line(&one.name), one.len());
                say(format_args!("{name}: {shown} of {total} points are here: the run's journal is not"));
            }
        }
        match (output.is_json, self.csv) {
            (true, _) => output.json(&columns.iter().map(of_series).collect())?,
            (_, true) => csv(&columns, &keys(&columns), output)?,
            _ => aligned(&columns, &keys(&columns), output)?,
        }
        Ok(Answer::Yes)
    }

    /// The series that are wanted, each after its axis.
    fn columns(&self, run: &Run) -> Result<Vec<Series>> {
        let mut columns: Vec<Series> = Vec::new();
        for name in &self.names {
            let found: Vec<Series> = match self.ranks {
                true => run.series_of_ranks(name)?.into_iter().map(|(_, series)| series).collect(),
                false => run.series(name)?.into_iter().collect(),
            };
            if found.is_empty() {
                let names: Vec<String> = run.series_names()?;
                let failure = Failure::new(format!("run {} has no series {name}", run.id()));
                return Err(failure.advice(match names.is_empty() {
                    true => "it has none".to_owned(),
                    false => format!("there are: {}", names.join(", ")),
                }));
            }
            for series in found {
                let axis = run.axis(&series)?.filter(|axis| !columns.iter().any(|one| one.name == axis.name));
                let series = self.selected(series);
                if let Some(axis) = axis {
                    columns.push(at_steps(&axis, &series));
                }
                columns.push(series);
            }
        }
        Ok(columns)
    }

    /// The part of a series that is wanted, thinned if that is.
    fn selected(&self, series: Series) -> Series {
        let start = self.from.map_or(0, |from| series.steps.partition_point(|step| *step < from));
        let end =
            self.to.map_or(series.len(), |to| series.steps.partition_point(|step| *step <= to)).max(start);
        let start = self.last.map_or(start, |last| start.max(end.saturating_sub(last)));
        let within = if start > 0 || end < series.len() { part(&series, start..end) } else { series };
        match self.thin {
            Some(most) => within.thinned(most),
            None => within,
        }
    }
}

/// A part of a series.
fn part(series: &Series, range: std::ops::Range<usize>) -> Series {
    let places: Vec<usize> = range.clone().collect();
    Series {
        steps: series.steps[range.clone()].to_vec(),
        values: series.values.select(&places),
        valid: series.valid.as_ref().map(|valid| valid[range].to_vec()),
        ..head(series)
    }
}

/// A series without its points.
fn head(series: &Series) -> Series {
    Series {
        name: series.name.clone(),
        unit: series.unit.clone(),
        description: series.description.clone(),
        axis: series.axis.clone(),
        steps: Vec::new(),
        values: series.values.select(&[]),
        valid: None,
        part_of: series.part_of,
    }
}

/// The points of `axis` at the steps of `series`.
fn at_steps(axis: &Series, series: &Series) -> Series {
    let places: Vec<usize> =
        (0..axis.len()).filter(|place| series.steps.binary_search(&axis.steps[*place]).is_ok()).collect();
    Series {
        steps: places.iter().map(|place| axis.steps[*place]).collect(),
        values: axis.values.select(&places),
        valid: axis.valid.as_ref().map(|valid| places.iter().map(|place| valid[*place]).collect()),
        ..head(axis)
    }
}

/// The step of a row, and the how many-th of that step it is.
type Key = (i64, u32);

/// The keys of the points of a series.
fn keys_of(series: &Series) -> impl Iterator<Item = Key> + '_ {
    let mut before: Option<Key> = None;
    series.steps.iter().map(move |step| {
        let key = match before {
            Some((last, nth)) if last == *step => (*step, nth + 1),
            _ => (*step, 0),
        };
        before = Some(key);
        key
    })
}

/// The rows of all columns.
fn keys(columns: &[Series]) -> Vec<Key> {
    let mut keys: Vec<Key> = columns.iter().flat_map(keys_of).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Shows `each` the cells of every row: the step, and the value of each column.
fn rows(columns: &[Series], keys: &[Key], each: &mut dyn FnMut(&[String]) -> Result<()>) -> Result<()> {
    let mut cursors: Vec<_> = columns.iter().map(|column| keys_of(column).enumerate().peekable()).collect();
    let mut cells = vec![String::new(); columns.len() + 1];
    for key in keys {
        cells[0] = key.0.to_string();
        for ((cell, column), cursor) in cells[1..].iter_mut().zip(columns).zip(&mut cursors) {
            while cursor.next_if(|(_, found)| found < key).is_some() {}
            let point = cursor.next_if(|(_, found)| found == key);
            let value = point.and_then(|(place, _)| curve::value(column, place));
            *cell = match value {
                Some(metalab::Value::Text(text)) => text.into_owned(),
                Some(metalab::Value::Scalar(value)) => plain::scalar(value),
                None => String::new(),
            };
        }
        each(&cells)?;
    }
    Ok(())
}

fn csv(columns: &[Series], keys: &[Key], output: &mut Output) -> Result<()> {
    let failed = |error: csv::Error| Failure::new(format!("cannot make CSV: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = std::iter::once("step").chain(columns.iter().map(|column| column.name.as_str()));
    writer.write_record(names).map_err(failed)?;
    rows(columns, keys, &mut |cells| {
        writer.write_record(cells).map_err(failed)?;
        // Lines go on their way as they are made, so that a long series needs no memory.
        if writer.get_ref().len() > 1 << 20 {
            writer.flush().map_err(|error| Failure::new(format!("cannot make CSV: {error}")))?;
            let made = std::mem::replace(&mut writer, csv::Writer::from_writer(Vec::new()));
            output.text(
                &made.into_inner().map_err(|error| Failure::new(format!("cannot make CSV: {error}")))?,
            )?;
        }
        Ok(())
    })?;
    output.text(&writer.into_inner().map_err(|error| Failure::new(format!("cannot make CSV: {error}")))?)
}

/// Prints columns that are aligned at their right.
fn aligned(columns: &[Series], keys: &[Key], output: &mut Output) -> Result<()> {
    let unit = |column: &Series| column.unit.as_deref().map(|unit| format!(" [{unit}]")).unwrap_or_default();
    let heading = |column: &Series| escape::line(&(column.name.clone() + &unit(column))).into_owned();
    let headings: Vec<String> =
        std::iter::once("step".to_owned()).chain(columns.iter().map(heading)).collect();
    let mut widths: Vec<usize> = headings.iter().map(|text| table::width(text)).collect();
    rows(columns, keys, &mut |cells| {
        let new = cells.iter().map(|cell| table::width(&escape::line(cell)));
        widths.iter_mut().zip(new).for_each(|(width, new)| *width = (*width).max(new));
        Ok(())
    })?;
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| {
            let safe = escape::line(cell);
            format!("{}{safe}", " ".repeat(width.saturating_sub(table::width(&safe))))
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    output.line(line(&headings))?;
    rows(columns, keys, &mut |cells| output.line(line(cells)))
}

fn of_series(series: &Series) -> Value {
    let value = |place| curve::value(series, place).map_or(Value::Null, |value| json::of_value(&value));
    json!({
        "name": series.name, "unit": series.unit, "description": series.description, "axis": series.axis,
        "part_of": series.part_of, "steps": series.steps,
        "values": (0..series.len()).map(value).collect::<Value>(),
    })
}

/// Lists the series of a run.
fn list(run: &Run, output: &mut Output) -> Result<()> {
    let briefs = run.series_briefs()?;
    if output.is_json {
        let of = |brief: &Brief| {
            json!({
                "name": brief.name, "unit": brief.unit, "description": brief.description,
                "axis": brief.axis, "points": brief.count, "last_step": brief.last_step,
            })
        };
        return output.json(&briefs.iter().map(of).collect());
    }
    if briefs.is_empty() {
        return output.line(format!("Run {} has no series.", escape::line(run.id())));
    }
    let mut shown = table::whole(output, &["NAME", "UNIT", "AXIS", "POINTS", "STEP", "DESCRIPTION"]);
    for brief in &briefs {
        let text = |text: &Option<String>| Cell::new(escape::line(text.as_deref().unwrap_or_default()));
        shown.add_row(vec![
            Cell::new(escape::line(&brief.name)),
            text(&brief.unit),
            text(&brief.axis),
            table::number(brief.count.map(format::count).unwrap_or_default()),
            table::number(brief.last_step.map(|step| step.to_string()).unwrap_or_default()),
            text(&brief.description),
        ]);
    }
    table::lines(&shown).into_iter().try_for_each(|line| output.line(line))
}
