//! The part of a run that has files of its own: series, artifacts, data.

use comfy_table::Cell;
use metalab::read::{Artifact, Brief, Look, Run};
use serde_json::{Map, Value, json};

use super::facts::heading;
use crate::failure::Result;
use crate::output::Output;
use crate::{content, curve, escape, format, json, plain, table};

/// Cells of a curve.
const CURVE: usize = 16;

/// The series, artifacts and data of a run; of each kind the first ones, and how many there are.
pub struct Stored {
    briefs: Vec<Brief>,
    looks: Vec<Look>,
    artifacts: Vec<Artifact>,
    data: Vec<String>,
    most: usize,
}

impl Stored {
    /// Those of a run. Of each kind, `most` are read.
    pub fn of(run: &Run, most: usize) -> Result<Self> {
        let briefs = run.series_briefs()?;
        let mut looks = Vec::new();
        // Those of ranks are beside the run's own of the same name.
        for brief in briefs.iter().filter(|brief| ranks(&briefs, brief).is_some()).take(most) {
            looks.extend(run.look(&brief.name, 4 * CURVE)?);
        }
        Ok(Self { looks, artifacts: run.artifacts()?, data: run.result_names()?, briefs, most })
    }

    /// Prints them.
    pub fn show(&self, run: &Run, output: &mut Output) -> Result<()> {
        self.show_series(output)?;
        self.show_artifacts(output)?;
        self.show_data(run, output)
    }

    fn show_series(&self, output: &mut Output) -> Result<()> {
        if self.looks.is_empty() {
            return Ok(());
        }
        heading("series", output)?;
        let of = |look: &Look| self.briefs.iter().find(|brief| brief.name == look.series.name);
        let ranks: Vec<usize> = self
            .looks
            .iter()
            .map(|one| of(one).and_then(|brief| ranks(&self.briefs, brief)).unwrap_or(0))
            .collect();
        let mut headings = vec!["  NAME", "UNIT", "POINTS", "STEP", "LAST", "LEAST", "GREATEST", ""];
        let has_ranks = ranks.iter().any(|count| *count > 0);
        if has_ranks {
            headings.insert(1, "RANKS");
        }
        let mut shown = table::whole(output, &headings);
        for (look, ranks) in self.looks.iter().zip(ranks) {
            let mut cells = series_cells(look);
            if has_ranks {
                cells.insert(
                    1,
                    table::number(if ranks > 0 { (ranks + 1).to_string() } else { String::new() }),
                );
            }
            shown.add_row(cells);
        }
        table::lines(&shown).into_iter().try_for_each(|line| output.line(line))?;
        let all = self.briefs.iter().filter(|brief| self::ranks(&self.briefs, brief).is_some()).count();
        more(all, self.most, output)
    }

    fn show_artifacts(&self, output: &mut Output) -> Result<()> {
        if self.artifacts.is_empty() {
            return Ok(());
        }
        heading("artifacts", output)?;
        let mut shown = table::whole(output, &["  NAME", "KIND", "FORMAT", "SIZE", "CONTENT"]);
        for artifact in self.artifacts.iter().take(self.most) {
            shown.add_row(vec![
                Cell::new(format!("  {}", escape::line(&artifact.name))),
                Cell::new(escape::line(&artifact.kind)),
                Cell::new(escape::line(&artifact.format)),
                table::number(format::bytes(artifact.size)),
                Cell::new(
                    content::of_artifact(artifact)
                        .unwrap_or_else(|failure| escape::line(&failure.to_string()).into_owned()),
                ),
            ]);
        }
        table::lines(&shown).into_iter().try_for_each(|line| output.line(line))?;
        more(self.artifacts.len(), self.most, output)
    }

    fn show_data(&self, run: &Run, output: &mut Output) -> Result<()> {
        if self.data.is_empty() {
            return Ok(());
        }
        heading("data", output)?;
        let mut found = Vec::new();
        for name in self.data.iter().take(self.most) {
            let what = run.result(name)?.map(|result| content::of_data(&result.data)).unwrap_or_default();
            found.push((escape::line(name).into_owned(), what));
        }
        super::facts::fields(&found, output)?;
        more(self.data.len(), self.most, output)
    }

    /// The run as JSON: its record as it is now, and what is in files of its own.
    pub fn json(&self, run: &Run) -> Value {
        let Value::Object(mut all) = json::object(run.current().iter()) else { return Value::Null };
        let artifacts = self.artifacts.iter().map(|artifact| {
            json!({
                "name": artifact.name, "kind": artifact.kind, "format": artifact.format,
                "size_bytes": artifact.size, "path": artifact.path, "content_hash": artifact.content_hash,
                "metadata": json::object(artifact.metadata.iter()),
            })
        });
        all.insert("artifacts".to_owned(), artifacts.collect());
        all.insert("series".to_owned(), self.series_json());
        all.insert("data".to_owned(), self.data.iter().cloned().collect());
        let files = super::facts::paths(run).into_iter();
        let files: Map<String, Value> =
            files.map(|(name, path)| (name.to_owned(), path.display().to_string().into())).collect();
        all.insert("files".to_owned(), files.into());
        all.into()
    }

    fn series_json(&self) -> Value {
        let one = |brief: &Brief| {
            let mut members = json!({
                "name": brief.name, "unit": brief.unit, "description": brief.description, "axis": brief.axis,
                "points": brief.count, "last_step": brief.last_step,
            });
            if let Some(look) = self.looks.iter().find(|look| look.series.name == brief.name) {
                let series = &look.series;
                let extremes = curve::extremes(series);
                let at = |place: Option<usize>| {
                    let value = place.and_then(|place| curve::value(series, place));
                    value.map_or(Value::Null, |value| json::of_value(&value))
                };
                members["points"] = look.total().into();
                members["last"] = at(series.len().checked_sub(1));
                members["least"] = at(extremes.least);
                members["greatest"] = at(extremes.greatest);
            }
            members
        };
        self.briefs.iter().map(one).collect()
    }
}

/// Of how many ranks there are series of this name beside the run's own; nothing if it is one of those.
fn ranks(all: &[Brief], brief: &Brief) -> Option<usize> {
    let is_there = |name: &str| all.iter().any(|other| other.name == name);
    match brief.name.rsplit_once('@') {
        Some((base, _)) if is_there(base) => None,
        _ => {
            let begin = format!("{}@", brief.name);
            Some(all.iter().filter(|other| other.name.starts_with(&begin)).count())
        }
    }
}

fn series_cells(look: &Look) -> Vec<Cell> {
    let series = &look.series;
    let last = series.len().checked_sub(1);
    let extremes = curve::extremes(series);
    let at = |place: Option<usize>| {
        let value = place.and_then(|place| curve::value(series, place));
        table::number(value.map(|value| plain::rough(&value)).unwrap_or_default())
    };
    vec![
        Cell::new(format!("  {}", escape::line(&series.name))),
        Cell::new(escape::line(series.unit.as_deref().unwrap_or_default())),
        table::number(format::count(look.total())),
        table::number(last.map(|last| series.steps[last].to_string()).unwrap_or_default()),
        at(last),
        at(extremes.least),
        at(extremes.greatest),
        Cell::new(curve::sparkline(series, CURVE)),
    ]
}

/// Says how many are not shown.
fn more(all: usize, shown: usize, output: &mut Output) -> Result<()> {
    match all.saturating_sub(shown) {
        0 => Ok(()),
        more => output.line(format!("  {} more are not shown: --full shows all", format::count(more as u64))),
    }
}
