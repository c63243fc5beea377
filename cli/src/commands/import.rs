//! `mlab import`: points of other programs as a run of the store.

mod csv;
mod events;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use metalab::{Capture, IfSuccess, Opened, Options};

use crate::escape;
use crate::failure::{Answer, Failure, Result};
use crate::format;
use crate::global::Global;
use crate::keep::experiment::{self, name_of};
use crate::output::Output;
use crate::typed::typed;

/// Makes a run of a CSV file, or of event files of TensorBoard.
///
/// A CSV file has a header line, and a column of steps; each other column with numbers becomes a series. A table
/// as `mlab export` writes it, with columns series, step and value, is read too. Wall times of event files
/// become the series wall_time.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab import history.csv --experiment heat:1.0 --param n=256
  mlab import history.csv --experiment heat:1.0 --step iteration
  mlab import runs/exp1 --experiment torch:1 --run-id exp1      event files in a directory")]
pub struct Import {
    /// The CSV file, the event file, or a directory with event files.
    path: PathBuf,
    /// The experiment of the run, NAME:VERSION.
    #[arg(long, short = 'e', value_name = "EXPERIMENT")]
    experiment: String,
    /// The run's id; without it, one that follows from experiment and parameters.
    #[arg(long, value_name = "ID")]
    run_id: Option<String>,
    /// A parameter of the run.
    #[arg(long = "param", short = 'p', value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// The column with the steps.
    #[arg(long, value_name = "COLUMN", default_value = "step")]
    step: String,
    /// Replaces a run of this id that is there.
    #[arg(long)]
    replace: bool,
}

/// A value of a point.
#[derive(Debug, Clone, PartialEq)]
pub enum Point {
    Int(i64),
    Float(f64),
    Text(String),
}

/// The points of each series.
pub type Points = BTreeMap<String, Vec<(i64, Point)>>;

impl Import {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let points = self.points()?;
        let total: usize = points.values().map(Vec::len).sum();
        if total == 0 {
            return Err(Failure::new(format!("{} has no points", self.path.display())));
        }
        let run = self.open(global)?;
        let run_id = run.run_id().to_owned();
        fill(&run, &points)?;
        run.finish()?;
        match output.is_json {
            true => output.json(&serde_json::json!({
                "experiment_id": self.experiment, "run_id": run_id, "series": points.len(), "points": total,
            }))?,
            false => output.line(format!(
                "{}: {} series, {} points",
                escape::line(&run_id),
                format::count(points.len() as u64),
                format::count(total as u64)
            ))?,
        }
        Ok(Answer::Yes)
    }

    fn points(&self) -> Result<Points> {
        let is_events = |path: &Path| name_of(path).is_some_and(|name| name.contains("tfevents"));
        if self.path.is_dir() {
            let files: Vec<PathBuf> =
                experiment::tree(&self.path)?.into_iter().filter(|one| is_events(one)).collect();
            if files.is_empty() {
                let text = format!("{} has no event file of TensorBoard", self.path.display());
                return Err(Failure::new(text).advice("their names have tfevents in them"));
            }
            return events::read(&files);
        }
        match is_events(&self.path) {
            true => events::read(std::slice::from_ref(&self.path)),
            false => csv::read(&self.path, &self.step),
        }
    }

    fn open(&self, global: &Global) -> Result<Capture> {
        let mut options = Options::new();
        options.store(&global.store).experiment(&self.experiment)?;
        options.code_hash("").if_success(if self.replace { IfSuccess::Rerun } else { IfSuccess::Refuse });
        if let Some(id) = &self.run_id {
            options.run_id(id)?;
        }
        let from = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        options.param("imported_from", from.to_string_lossy().as_ref())?;
        for param in &self.params {
            let wrong = || Failure::new(format!("--param {param} is not NAME=VALUE"));
            let (name, value) = param.split_once('=').ok_or_else(wrong)?;
            options.param(name, typed(value))?;
        }
        match Capture::open(&options) {
            Ok(Opened::Capture(run)) => Ok(run),
            Ok(_) => Err(Failure::new("the run is not open: METALAB_DISABLED or the like is set")),
            Err(error) => Err(Failure::from(error).advice("--replace runs over a run that is there")),
        }
    }
}

/// Emits the points.
fn fill(run: &Capture, points: &Points) -> Result<()> {
    for (name, points) in points {
        let series = run.series(name, None, None)?;
        for (step, value) in points {
            match value {
                Point::Int(value) => series.point(*step, *value)?,
                Point::Float(value) => series.point(*step, *value)?,
                Point::Text(text) => series.point(*step, text.as_str())?,
            }
        }
    }
    Ok(())
}
