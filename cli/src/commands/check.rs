//! `mlab check`: a run against another one, within a tolerance, for CI.

use std::path::{Path, PathBuf};

use glob::Pattern;
use metalab::read::Run;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::json;

use super::diff::Pair;
use crate::compare::numbers::Tolerance;
use crate::compare::{self, Comparison, Kind};
use crate::failure::{Answer, Failure, Result};
use crate::global::Global;
use crate::output::{Output, styled};
use crate::{escape, standing, whole};

/// Checks that two runs have the same results, within a tolerance.
///
/// Metrics, series, artifacts and data are compared: a line for each says "pass" or "FAIL". What one run alone
/// has fails. Numbers pass if |a - b| <= atol + rtol * max(|a|, |b|); NaN passes with NaN, and an infinity with
/// itself. Arrays and JSON are compared by their values, other files by their hashes. The exit status is 1 if
/// anything fails.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab check --store-a tests/golden reference latest --rtol 1e-9
  mlab check a1b2 c3d4 --series residual --metric 'final_*' --atol 1e-12
  mlab check a1b2 c3d4 --ignore 'time*' --junit mlab.xml")]
pub struct Check {
    #[command(flatten)]
    pair: Pair,
    /// The relative tolerance.
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, value_parser = tolerance)]
    rtol: f64,
    /// The absolute tolerance.
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, value_parser = tolerance)]
    atol: f64,
    /// Compares these series, and else only what is named; * and ? stand for anything.
    #[arg(long, value_name = "NAME", value_parser = pattern)]
    series: Vec<Pattern>,
    /// Compares these metrics, and else only what is named.
    #[arg(long, value_name = "NAME", value_parser = pattern)]
    metric: Vec<Pattern>,
    /// Leaves out what has such a name: 'time*'. May be given more than once.
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    ignore: Vec<Pattern>,
    /// Writes a report in JUnit's format.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

fn tolerance(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(value),
        _ => Err("a tolerance is a number from 0 on, such as 1e-9".to_owned()),
    }
}

fn pattern(text: &str) -> std::result::Result<Pattern, String> {
    Pattern::new(text).map_err(|error| error.to_string())
}

impl Check {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let (a, b) = self.pair.runs(global)?;
        let found = self.compared(&a, &b)?;
        if found.is_empty() {
            return Err(Failure::new("there is nothing to compare")
                .advice("the runs have no results, or all are ignored"));
        }
        // Before anything is printed: a report that can't be written is no success.
        if let Some(path) = &self.junit {
            self.report(path, &a, &b, &found)?;
        }
        let failed = found.iter().filter(|one| one.difference.is_some()).count();
        match output.is_json {
            true => output.json(&of_json(&found, failed))?,
            false => show(&a, &b, &found, failed, output)?,
        }
        Ok(if failed > 0 { Answer::No } else { Answer::Yes })
    }

    fn compared(&self, a: &Run, b: &Run) -> Result<Vec<Comparison>> {
        let tolerance = Tolerance { relative: self.rtol, absolute: self.atol };
        let is_limited = !(self.series.is_empty() && self.metric.is_empty());
        let is_kept = |name: &str| !self.ignore.iter().any(|pattern| pattern.matches(name));
        let is_wanted = |name: &str, patterns: &[Pattern]| {
            is_kept(name) && (!is_limited || patterns.iter().any(|pattern| pattern.matches(name)))
        };
        let mut found = compare::members(Kind::Metric, &a.metrics().into(), &b.metrics().into(), tolerance);
        found.retain(|one| is_wanted(&one.name, &self.metric));
        found.extend(compare::all_series(a, b, tolerance, &|name| is_wanted(name, &self.series))?);
        if !is_limited {
            found.extend(compare::all_artifacts(a, b, tolerance, &is_kept)?);
            found.extend(compare::all_data(a, b, tolerance, &is_kept)?);
        }
        // A name that nothing has is a mistake, and no success.
        for (patterns, kind) in [(&self.series, Kind::Series), (&self.metric, Kind::Metric)] {
            for pattern in patterns {
                let is_there = found.iter().any(|one| one.kind == kind && pattern.matches(&one.name));
                if !is_there {
                    let text = format!("neither run has a {} {pattern}", kind.word());
                    return Err(Failure::new(text));
                }
            }
        }
        Ok(found)
    }

    /// Writes the report in JUnit's format.
    fn report(&self, path: &Path, a: &Run, b: &Run, found: &[Comparison]) -> Result<()> {
        let mut suite = TestSuite::new(escape::line(&format!("{} and {}", a.id(), b.id())).as_ref());
        for one in found {
            let status = match &one.difference {
                None => TestCaseStatus::success(),
                Some(difference) => {
                    let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    failure.set_message(difference.as_str());
                    failure
                }
            };
            let name = escape::line(&one.name);
            let mut case = TestCase::new(name.as_ref(), status);
            case.set_classname(one.kind.word());
            suite.add_test_case(case);
        }
        let mut report = Report::new("mlab check");
        report.add_test_suite(suite);
        let text =
            report.to_string().map_err(|error| Failure::new(format!("cannot make the report: {error}")))?;
        whole::write_bytes(path, text.as_bytes())
    }
}

fn show(a: &Run, b: &Run, found: &[Comparison], failed: usize, output: &mut Output) -> Result<()> {
    for (side, run) in [("A", a), ("B", b)] {
        output.line(format!("{side}: {}", standing::line(run, output)))?;
    }
    for one in found {
        let name = format!("{} {}", one.kind.word(), escape::line(&one.name));
        let (word, color, rest) = match &one.difference {
            None => ("pass", anstyle::AnsiColor::Green, String::new()),
            Some(difference) => ("FAIL", anstyle::AnsiColor::Red, format!(": {difference}")),
        };
        let word = if output.is_colored { styled(color.on_default(), word) } else { word.to_owned() };
        output.line(format!("{word}  {name}{rest}"))?;
    }
    output.line(match failed {
        0 => format!("All {} comparisons pass.", found.len()),
        failed => format!("{failed} of {} comparisons fail.", found.len()),
    })
}

fn of_json(found: &[Comparison], failed: usize) -> serde_json::Value {
    let one = |one: &Comparison| {
        json!({
            "kind": one.kind.word(), "name": one.name, "passes": one.difference.is_none(),
            "difference": one.difference, "detail": one.detail,
        })
    };
    json!({"passes": failed == 0, "failed": failed, "comparisons": found.iter().map(one).collect::<serde_json::Value>()})
}
