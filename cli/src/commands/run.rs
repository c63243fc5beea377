//! `mlab run`: a program that is run unchanged becomes a run.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use metalab::{IfSuccess, Options, Rank, identity};
use serde_json::{Map, Value, json};

use crate::failure::{Answer, Failure, Result};
use crate::global::Global;
use crate::rules::{Choice, Set, find};
use crate::run::{self, Plan, arguments};
use crate::typed::typed;

/// Runs a program, unchanged, and captures it as a run.
///
/// Its output is passed on as it comes, and goes into the run's logs stdout and stderr. The run has the
/// parameters of its command line and of its input files, the metrics and series of its output, the time,
/// memory and I/O of all of its processes, its exit status, and the commit of its code.
///
/// Its exit status is that of `mlab run`; signals pass through. If `mlab` itself is killed, the program goes
/// on, and what it prints goes on to where it went; the run then ends as failed with what was captured
/// until then. Where the store can't be opened, the program runs without a capture.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab run -- ./solver --n 64 --tol 1e-6
  mlab run --input heat.nml --artifact 'out/*.vtk' -- ./heat heat.nml
  mlab run --experiment water:2.1 --tag test -- mpirun -n 4 lmp -in in.water
  mlab run --follow md.log --rules gromacs -- gmx mdrun -deffnm md

A program that uses the library itself joins the run as a worker.
Exit status: that of the program; 128 and the signal's number if one killed it; 127 if there is no such
program, 126 if it can't be started.")]
pub struct Run {
    /// The experiment, NAME:VERSION. Without, the program's name and version 1.0.
    #[arg(long, short = 'e', value_name = "EXPERIMENT", env = "METALAB_EXPERIMENT", hide_env_values = true)]
    experiment: Option<String>,
    /// A parameter. Those of the command line are taken without this.
    #[arg(long, short = 'p', value_name = "NAME=VALUE")]
    param: Vec<String>,
    /// An input file. Its parameters become the run's where it is a namelist, TOML, YAML, JSON, INI or
    /// lines of `key = value`; its path, size and SHA-256 are noted.
    #[arg(long, short = 'i', value_name = "FILE")]
    input: Vec<PathBuf>,
    /// Takes the files that the command line mentions for input files, if they have parameters.
    #[arg(long)]
    decks: bool,
    /// Files and directories that become artifacts when the program ends, if it made or changed them:
    /// 'out/*.vtk', 'case'. Of a directory there is a list, and an archive, NAME.tar. Where a pattern fits a
    /// file in a directory, it is for the files.
    #[arg(long, short = 'a', value_name = "PATTERN")]
    artifact: Vec<String>,
    /// A tag.
    #[arg(long, short = 't', value_name = "TAG")]
    tag: Vec<String>,
    /// A note.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// An environment variable to note.
    #[arg(long, value_name = "NAME")]
    env: Vec<String>,
    /// Rules that read the output: names of `mlab rules`, or TOML files. Without, they are chosen by what
    /// the output looks like.
    #[arg(long, value_name = "RULES")]
    rules: Vec<String>,
    /// A regular expression with named groups, whose values become series: 'it (?<step>\d+) res (?<res>\S+)'.
    /// With `metric:` before it they become metrics.
    #[arg(long, value_name = "REGEX")]
    rule: Vec<String>,
    /// Does not look for tables in the output.
    #[arg(long)]
    no_tables: bool,
    /// A file that the program writes, which is read like its output: md.log.
    #[arg(long, value_name = "FILE")]
    follow: Vec<PathBuf>,
    /// How often what the program uses is sampled: 500ms, 1s, 1m; 0 for never.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = span)]
    sample: Duration,
    /// The run's id.
    #[arg(long, value_name = "ID")]
    run_id: Option<String>,
    /// A run for each call, or one for the same program, parameters and inputs: if that has succeeded
    /// already, run it again in place of it, refuse, or skip it.
    #[arg(long, value_name = "WHAT", default_value = "new")]
    if_success: Policy,
    /// Does not start the program if it can't be captured.
    #[arg(long)]
    require: bool,
    /// Says nothing at the end.
    #[arg(long, short = 'q')]
    quiet: bool,
    /// The program and its arguments, behind `--`.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// The policy for a run that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Policy {
    /// A run for each call.
    New,
    /// It is run again, in place of the earlier run.
    Rerun,
    /// An error.
    Refuse,
    /// The program is not started.
    Skip,
}

impl Run {
    pub fn run(&self, global: &Global) -> Result<Answer> {
        let words: Vec<String> =
            self.command.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let parsed = arguments::parse(&words);
        for at in [0, parsed.program] {
            if let Err(error) = run::program::find(&self.command[at]) {
                run::cannot_start(&words[at], &error).report();
                return Ok(Answer::Status(run::status_of(&error)));
            }
        }
        let program = run::program::find(&self.command[parsed.program]).unwrap_or_default();
        let program = std::path::absolute(&program).unwrap_or(program);
        let mut params = parsed.params;
        params.extend(self.params()?);
        let paths = run::inputs::paths(&self.input, self.decks, &words[parsed.program + 1..]);
        let inputs = run::inputs::read(&paths, &mut params)?;
        let options = self.options(global, &words, &program, &parsed.name, params, &inputs)?;
        run::run(&Plan {
            command: self.command.clone(),
            experiment: self.experiment_id(&parsed.name),
            options,
            inputs,
            artifacts: self.artifact.clone(),
            reading: self.reading()?,
            sample: self.sample,
            store: global.store.clone(),
            requires_capture: self.require,
            is_quiet: self.quiet,
        })
    }

    fn experiment_id(&self, program: &str) -> String {
        match &self.experiment {
            Some(id) if id.contains(':') => id.clone(),
            Some(name) => format!("{name}:1.0"),
            None => format!("{}:1.0", program.replace(':', "_")),
        }
    }

    fn params(&self) -> Result<Map<String, Value>> {
        let member = |text: &String| match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), typed(value))),
            _ => Err(Failure::new(format!("--param {text:?} is no NAME=VALUE"))),
        };
        self.param.iter().map(member).collect()
    }

    fn reading(&self) -> Result<run::Reading> {
        let mut sets = Vec::new();
        for name in &self.rules {
            sets.push(Arc::new(find(name)?));
        }
        for expression in &self.rule {
            sets.push(Arc::new(Set::of_expression(expression)?));
        }
        let rules = match sets.is_empty() {
            true => Choice::Detect(crate::rules::shipped()?),
            false => Choice::These(sets),
        };
        Ok(run::Reading { rules, finds_tables: !self.no_tables, follow: self.follow.clone() })
    }

    fn options(
        &self,
        global: &Global,
        words: &[String],
        program: &std::path::Path,
        name: &str,
        params: Map<String, Value>,
        inputs: &[run::inputs::Input],
    ) -> Result<Options> {
        let mut options = Options::new();
        options.store(&global.store).experiment(&self.experiment_id(name))?;
        options.program(program, words).params(Value::from(params))?;
        if !inputs.is_empty() {
            options.context(json!({"inputs": run::inputs::context(inputs)}))?;
        }
        if !self.env.is_empty() {
            let value = |name: &String| std::env::var(name).map_or(Value::Null, Value::from);
            let members: Map<_, _> = self.env.iter().map(|name| (name.clone(), value(name))).collect();
            options.metadata(json!({"environment": members}))?;
        }
        for tag in &self.tag {
            options.add_tag(tag);
        }
        if let Some(note) = &self.note {
            options.note(note);
        }
        match self.if_success {
            Policy::New => {}
            Policy::Rerun => _ = options.if_success(IfSuccess::Rerun),
            Policy::Refuse => _ = options.if_success(IfSuccess::Refuse),
            Policy::Skip => _ = options.if_success(IfSuccess::Skip),
        }
        if let Some(id) = &self.run_id {
            options.run_id(id)?;
        } else if self.if_success == Policy::New && is_alone() {
            options.run_id(&new_id()?)?;
        }
        Ok(options)
    }
}

/// Returns true if nothing else says which run this is: neither the environment nor a launcher, whose
/// processes are one run.
fn is_alone() -> bool {
    let said = ["METALAB_RUN_ID", "METALAB_IF_SUCCESS", "METALAB_RESTART_STEP", "METALAB_ROLE"];
    said.iter().all(|name| std::env::var_os(name).is_none()) && !Rank::is_launched()
}

/// An id that no other run has.
fn new_id() -> Result<String> {
    Ok(identity::fingerprint(&metalab::Json::from(metalab::uuid::random()))?)
}

/// A time such as `500ms`, `1s`, `2m`, or a number of seconds.
fn span(text: &str) -> std::result::Result<Duration, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let factor = match unit {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("{unit:?} is no unit of time: ms, s, m or h")),
    };
    let number = text[..text.len() - unit.len()].parse::<f64>().map_err(|error| error.to_string())?;
    let seconds = number * factor;
    if seconds != 0.0 && !(0.01..=86_400.0).contains(&seconds) {
        return Err("it is neither 0 nor from 10 ms to a day".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
}
