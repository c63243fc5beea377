//! `mlab export`: series of runs for other programs.

mod columns;
mod csv;
mod document;
mod mlflow;
mod parquet;
mod tensorboard;

use std::path::{Path, PathBuf};

use metalab::read::{Run, Series, Store};

use crate::choose::{self, ExperimentName};
use crate::escape;
use crate::failure::{Answer, Failure, Result};
use crate::format;
use crate::global::Global;
use crate::output::Output;
use crate::whole;

/// Writes the series of runs for other programs.
///
/// csv and parquet have one row for each point: run_id, series, step, value. With --wide, a row for each step
/// and a column for each series. The metadata of parquet have units, parameters and provenance. TensorBoard and
/// MLflow get a directory. The store does not note when each point came, so that their wall times are the
/// run's start.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab export latest --to csv
  mlab export --filter 'status = success' --to parquet --wide -o runs.parquet
  mlab export a1b2 c3d4 --to tensorboard -o logs && tensorboard --logdir logs
  mlab export --filter '' --to mlflow -o mlruns     then: mlflow migrate-filestore, or an older mlflow ui")]
pub struct Export {
    /// The runs.
    #[arg(value_name = "RUN", required_unless_present = "filter")]
    runs: Vec<String>,
    /// The runs of a filter.
    #[arg(long, short = 'f', value_name = "FILTER")]
    filter: Option<String>,
    /// The format.
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: Format,
    /// The file or directory; stdout without it, for csv and json.
    #[arg(long = "output", short = 'o', value_name = "PATH")]
    path: Option<PathBuf>,
    /// A row for each step and a column for each series.
    #[arg(long)]
    wide: bool,
    /// These series alone.
    #[arg(long = "series", value_name = "NAME")]
    series: Vec<String>,
    #[command(flatten)]
    experiment: ExperimentName,
}

/// A format of other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Csv,
    Parquet,
    Json,
    Tensorboard,
    Mlflow,
}

/// A run and its series.
pub struct Exported {
    pub run: Run,
    pub series: Vec<Series>,
}

impl Export {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let is_plain = matches!(self.to, Format::Csv | Format::Json);
        if self.path.is_none() && !is_plain {
            return Err(Failure::new("this format cannot be written to stdout")
                .advice("name a file or a directory with -o PATH"));
        }
        if self.wide && !matches!(self.to, Format::Csv | Format::Parquet) {
            return Err(Failure::new("--wide is for csv and parquet"));
        }
        let store = choose::store(global)?;
        let runs = self.exported(&store)?;
        match (self.to, &self.path) {
            (Format::Csv, None) => output.bytes(&csv::text(&runs, self.wide)?)?,
            (Format::Json, None) => output.json(&document::json(&runs))?,
            (Format::Csv, Some(path)) => whole::write_bytes(path, &csv::text(&runs, self.wide)?)?,
            (Format::Json, Some(path)) => {
                whole::write_bytes(path, document::json(&runs).to_string().as_bytes())?
            }
            (Format::Parquet, Some(path)) => whole::write_bytes(path, &parquet::bytes(&runs, self.wide)?)?,
            (Format::Tensorboard, Some(path)) => tensorboard::write(path, &runs)?,
            (Format::Mlflow, Some(path)) => mlflow::write(path, &runs)?,
            (_, None) => {}
        }
        let Some(path) = &self.path else { return Ok(Answer::Yes) };
        let points: usize = runs.iter().flat_map(|one| &one.series).map(Series::len).sum();
        match output.is_json {
            true => output.json(&serde_json::json!({
                "path": path.to_string_lossy(), "runs": runs.len(), "points": points,
            }))?,
            false => output.line(format!(
                "{}: {} runs, {} points",
                escape::line(&path.to_string_lossy()),
                format::count(runs.len() as u64),
                format::count(points as u64)
            ))?,
        }
        Ok(Answer::Yes)
    }

    fn exported(&self, store: &Store) -> Result<Vec<Exported>> {
        let runs = choose::several(store, &self.experiment, &self.runs, self.filter.as_deref())?;
        runs.into_iter().map(|run| self.of(run)).collect()
    }

    fn of(&self, run: Run) -> Result<Exported> {
        let names = match self.series.is_empty() {
            true => run.series_names()?,
            false => self.series.clone(),
        };
        let mut series = Vec::new();
        for name in names {
            series.extend(run.series(&name)?);
        }
        Ok(Exported { run, series })
    }
}

/// Writes a file in a directory that is made if it is not there.
fn put(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(directory) = path.parent() {
        let failed = |error| Failure::new(format!("cannot make {}: {error}", directory.display()));
        std::fs::create_dir_all(directory).map_err(failed)?;
    }
    whole::write_bytes(path, content)
}

/// Milliseconds since 1970.
fn millis(time: Option<std::time::SystemTime>) -> Option<u64> {
    let since = time?.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}
