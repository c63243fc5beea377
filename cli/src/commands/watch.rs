//! `mlab watch`: live curves in the terminal.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use crate::choose::{self, ExperimentName};
use crate::failure::{Answer, Failure, Result};
use crate::global::Global;
use crate::output::Output;
use crate::watch::{self, Along, Colors, Model, Ui, finder, once, reader};

/// The shortest time between two frames, in seconds.
const SHORTEST: f64 = 0.1;

/// Shows the curves and the log of runs while they go on.
///
/// Without a run, those that go on are shown, and others as they begin; if none goes on, the newest one.
/// Series of one name share a chart: those of several runs, and of the ranks of one. `?` shows the keys.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab watch                              the runs that go on
  mlab watch latest latest~1              two runs over each other
  mlab watch --series 'loss*' --series residual
  mlab watch latest --once > curves.txt   one frame as text")]
pub struct Watch {
    /// The runs: ids or beginnings of them, `latest`, `latest~1`.
    #[arg(value_name = "RUN")]
    runs: Vec<String>,
    #[command(flatten)]
    experiment: ExperimentName,
    /// Shows the series that fit a pattern with * and ?, with or without their rank; may be repeated.
    #[arg(long, value_name = "GLOB")]
    series: Vec<String>,
    /// Waits so many seconds between two frames at least.
    #[arg(long, value_name = "SECONDS", default_value_t = SHORTEST, value_parser = seconds)]
    interval: f64,
    /// Prints one frame as text, and ends.
    #[arg(long)]
    once: bool,
}

fn seconds(text: &str) -> std::result::Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (SHORTEST..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err(format!("is no number of seconds from {SHORTEST} to 3600")),
    }
}

impl Watch {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        if output.is_json {
            return Err(Failure::new("watch has no JSON")
                .advice("`mlab series --json` has the points, `mlab log -f` follows the log"));
        }
        let is_on_terminal = output.is_terminal && std::io::stdin().is_terminal();
        if !self.once && !is_on_terminal {
            return Err(Failure::new("watch needs a terminal as stdin and stdout").advice(
                "--once prints one frame; `mlab series` has the points, `mlab log -f` follows the log",
            ));
        }
        let store = choose::store(global)?;
        let experiment = self.experiment.id(&store)?;
        let model = Arc::new(Model::default());
        let mut runs = Vec::new();
        for name in &self.runs {
            runs.push(choose::run(&store, experiment.as_deref(), name)?);
        }
        if runs.is_empty() {
            runs = finder::first(&store, experiment.as_deref())?;
        }
        if self.once {
            for run in runs {
                reader::read_once(&model, run)?;
            }
            let mut ui = Ui { along: Along::Declared, ..Ui::default() };
            let width = std::env::var("COLUMNS").ok().and_then(|width| width.parse().ok());
            for line in once::lines(&model, &self.series, &mut ui, width) {
                output.line(line)?;
            }
            return Ok(Answer::Yes);
        }
        let interval = Duration::from_secs_f64(self.interval);
        for run in runs {
            reader::start(&model, run, interval)?;
        }
        if self.runs.is_empty() {
            finder::start(&model, store, experiment, interval)?;
        }
        watch::show(&model, &self.series, Colors::of_terminal(output.is_colored), interval)
    }
}
