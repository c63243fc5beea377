//! `mlab diff`: two runs, and what differs between them.

use metalab::read::Run;
use serde_json::json;

use crate::choose::{self, ExperimentName};
use crate::compare::numbers::Tolerance;
use crate::compare::{self, Comparison, Kind};
use crate::failure::{Answer, Result};
use crate::global::Global;
use crate::output::Output;
use crate::{escape, standing};

/// Lines of a section that are shown if not all are wanted.
const LINES: usize = 10;

/// The members of the provenance that are shown if not all of it is wanted.
const TELLING: [&str; 13] = [
    "host",
    "code_hash",
    "python_version",
    "metalab_version",
    "extra.command",
    "extra.compiler",
    "extra.cpu",
    "extra.executable_hash",
    "extra.git.commit",
    "extra.git.dirty",
    "extra.kernel",
    "extra.libmetalab",
    "extra.libraries.",
];

/// Two runs that are compared.
#[derive(Debug, clap::Args)]
pub struct Pair {
    /// The one run: its id or the beginning of it, `latest`, or `latest~1`.
    #[arg(value_name = "A")]
    a: String,
    /// The other run.
    #[arg(value_name = "B")]
    b: String,
    /// The store of A, if it is another one: a directory, or a postgresql:// locator.
    #[arg(long, value_name = "LOCATOR")]
    store_a: Option<String>,
    #[command(flatten)]
    experiment: ExperimentName,
}

impl Pair {
    /// The runs.
    pub fn runs(&self, global: &Global) -> Result<(Run, Run)> {
        let store = choose::store(global)?;
        let b = choose::run(&store, self.experiment.id(&store)?.as_deref(), &self.b)?;
        let store = match &self.store_a {
            None => store,
            Some(locator) => choose::store_at(locator)?,
        };
        let a = choose::run(&store, self.experiment.id(&store)?.as_deref(), &self.a)?;
        Ok((a, b))
    }
}

/// Shows what differs between two runs: parameters, metrics, series, artifacts, data and provenance.
///
/// Of a series the first step is shown that differs, and by how much: in ulp, which are steps from one float to
/// the next, and relative to the larger one. Of an array, the largest difference. NaN equals NaN. The exit
/// status is 1 if the runs differ in anything but their provenance.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab diff latest~1 latest
  mlab diff a1b2 c3d4 --all
  mlab diff --store-a /golden a1b2 latest --json")]
pub struct Diff {
    #[command(flatten)]
    pair: Pair,
    /// Shows every difference, and all of the provenance.
    #[arg(long, short = 'a')]
    all: bool,
}

impl Diff {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let (a, b) = self.pair.runs(global)?;
        let exact = Tolerance::default();
        let any = |_: &str| true;
        let mut found = compare::members(Kind::Param, a.params(), b.params(), exact);
        found.extend(compare::members(Kind::Metric, &a.metrics().into(), &b.metrics().into(), exact));
        found.extend(compare::all_series(&a, &b, exact, &any)?);
        found.extend(compare::all_artifacts(&a, &b, exact, &any)?);
        found.extend(compare::all_data(&a, &b, exact, &any)?);
        let differs = found.iter().any(|one| one.difference.is_some());
        found.extend(self.provenance(&a, &b));
        match output.is_json {
            true => output.json(&of_json(&a, &b, &found, differs))?,
            false => self.show(&a, &b, &found, output)?,
        }
        Ok(if differs { Answer::No } else { Answer::Yes })
    }

    fn provenance(&self, a: &Run, b: &Run) -> Vec<Comparison> {
        let mut found =
            compare::members(Kind::Provenance, a.provenance(), b.provenance(), Tolerance::default());
        let tells = |name: &str| {
            TELLING.iter().any(|known| name == *known || known.ends_with('.') && name.starts_with(known))
        };
        found.retain(|one| self.all || tells(&one.name));
        found
    }

    fn show(&self, a: &Run, b: &Run, found: &[Comparison], output: &mut Output) -> Result<()> {
        for (side, run) in [("A", a), ("B", b)] {
            output.line(format!("{side}: {}", standing::line(run, output)))?;
        }
        let mut same = Vec::new();
        for (kind, title) in [
            (Kind::Param, "params"),
            (Kind::Metric, "metrics"),
            (Kind::Series, "series"),
            (Kind::Artifact, "artifacts"),
            (Kind::Data, "data"),
            (Kind::Provenance, "provenance"),
        ] {
            let of_kind = || found.iter().filter(|one| one.kind == kind);
            let lines: Vec<(String, String)> = of_kind()
                .filter_map(|one| Some((escape::line(&one.name).into_owned(), one.difference.clone()?)))
                .collect();
            if lines.is_empty() {
                same.extend((of_kind().count() > 0).then(|| format!("{title} ({})", of_kind().count())));
                continue;
            }
            super::show::heading(title, output)?;
            let shown = if self.all { lines.len() } else { lines.len().min(LINES) };
            super::show::fields(&lines[..shown], output)?;
            if shown < lines.len() {
                output.line(format!("  {} more: --all shows them", lines.len() - shown))?;
            }
        }
        if !same.is_empty() {
            output.line("")?;
            output.line(format!("The same: {}.", same.join(", ")))?;
        }
        Ok(())
    }
}

fn of_json(a: &Run, b: &Run, found: &[Comparison], differs: bool) -> serde_json::Value {
    let run = |run: &Run| json!({"run_id": run.id(), "experiment_id": run.experiment_id(), "directory": run.directory()});
    let one = |one: &Comparison| {
        let difference = one.difference.as_ref()?;
        Some(
            json!({"kind": one.kind.word(), "name": one.name, "difference": difference, "detail": one.detail}),
        )
    };
    json!({
        "a": run(a), "b": run(b), "differ": differs, "compared": found.len(),
        "differences": found.iter().filter_map(one).collect::<serde_json::Value>(),
    })
}
