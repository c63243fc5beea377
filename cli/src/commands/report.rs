//! `mlab report`: runs as one HTML page.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use metalab::read::Run;

use crate::choose::{self, ExperimentName};
use crate::failure::{Answer, Failure, Result};
use crate::global::Global;
use crate::output::Output;
use crate::report;
use crate::whole;

/// Writes one HTML page about runs: parameters, metrics, curves, pictures, logs, artifacts.
///
/// The page is one file that opens without a network. Several runs are laid over each other. A run that
/// goes on, or whose process is dead, is shown up to its last call.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab report                              the newest run, as RUN.html in this directory
  mlab report latest latest~1 -o two.html  two runs over each other, and what differs
  mlab report 3f2a --open                  opens the page in the browser
  mlab report -o - | ssh HOST 'cat > run.html'")]
pub struct Report {
    /// The runs: ids or beginnings of ids, `latest`, or `latest~1` for the one before.
    #[arg(value_name = "RUN", default_value = "latest")]
    runs: Vec<String>,
    #[command(flatten)]
    experiment: ExperimentName,
    /// Writes the page to this file, `-` for stdout. Without it, to RUN.html in this directory.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
    /// Opens the page in the browser.
    #[arg(long)]
    open: bool,
}

impl Report {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let is_stdout = self.output.as_deref() == Some(Path::new("-"));
        if is_stdout && self.open {
            return Err(Failure::new("a page on stdout can't be opened").advice("name a file with -o"));
        }
        let runs = self.chosen(global)?;
        let page = report::page(&runs)?;
        if is_stdout {
            output.bytes(page.as_bytes())?;
            return Ok(Answer::Yes);
        }
        let path = self.output.clone().unwrap_or_else(|| usual_name(&runs));
        whole::write_bytes(&path, page.as_bytes())
            .map_err(|error| error.advice("name another file with -o"))?;
        match output.is_json {
            true => output.json(&serde_json::json!({
                "path": path.to_string_lossy(),
                "size_bytes": page.len(),
                "run_ids": runs.iter().map(Run::id).collect::<Vec<_>>(),
            }))?,
            false => output.line(path.display().to_string())?,
        }
        if self.open {
            output.flush()?;
            open(&path)?;
        }
        Ok(Answer::Yes)
    }

    /// The runs that are named, each once.
    fn chosen(&self, global: &Global) -> Result<Vec<Run>> {
        let store = choose::store(global)?;
        let experiment = self.experiment.id(&store)?;
        let mut runs: Vec<Run> = Vec::new();
        for name in &self.runs {
            let run = choose::run(&store, experiment.as_deref(), name)?;
            let is_known = |one: &Run| one.id() == run.id() && one.directory() == run.directory();
            if !runs.iter().any(is_known) {
                runs.push(run);
            }
        }
        Ok(runs)
    }
}

/// `RUN.html`, or `RUN-and-2-more.html`. An id of a foreign store may have any character.
fn usual_name(runs: &[Run]) -> PathBuf {
    let plain = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => character,
        _ => '_',
    };
    let id: String = runs.first().map(Run::id).unwrap_or("run").chars().map(plain).collect();
    let id = id.trim_start_matches('-');
    match runs.len() {
        0 | 1 => format!("{id}.html").into(),
        several => format!("{id}-and-{}-more.html", several - 1).into(),
    }
}

/// Opens the page in the user's browser, which goes on after this command.
fn open(path: &Path) -> Result<()> {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut command = Command::new(program);
    let ended = command.arg(path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("{program} could not open the page: {status}"))
            .advice("open the file in a browser")),
        Err(error) => Err(Failure::new(format!("cannot start {program}: {error}"))
            .advice("the page is written: open the file in a browser")),
    }
}
