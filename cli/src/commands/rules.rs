//! `mlab rules`: the rules that read a program's output.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use comfy_table::Cell;
use serde_json::{Value, json};

use crate::failure::{Answer, Failure, Result};
use crate::global::Global;
use crate::output::Output;
use crate::rules::{Choice, Found, Number, Reader, Set, find, shipped, text};
use crate::{json, table};

/// Lists the rules that make metrics and series of what programs print, prints them, and tries them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab rules                               the rules that ship
  mlab rules lammps > mine.toml            rules to start from
  mlab rules --try solver.log              what would be found in a file
  mlab rules --try solver.log --rules mine.toml")]
pub struct Rules {
    /// Prints these rules.
    #[arg(value_name = "NAME", conflicts_with = "try_file")]
    name: Option<String>,
    /// Shows what a file's lines would give.
    #[arg(long = "try", value_name = "FILE")]
    try_file: Option<PathBuf>,
    /// The rules to try: a name, or a TOML file. Without, they are chosen by what the file looks like.
    #[arg(long, value_name = "RULES", requires = "try_file")]
    rules: Vec<String>,
    /// A rule to try, as in `mlab run --rule`.
    #[arg(long, value_name = "REGEX", requires = "try_file")]
    rule: Vec<String>,
}

impl Rules {
    pub fn run(&self, _global: &Global, output: &mut Output) -> Result<Answer> {
        if let Some(file) = &self.try_file {
            return self.attempt(file, output);
        }
        match &self.name {
            Some(name) => output.bytes(text(name)?.as_bytes())?,
            None => list(output)?,
        }
        Ok(Answer::Yes)
    }

    /// Reads a file, and prints each value; no, if there is none.
    fn attempt(&self, path: &Path, output: &mut Output) -> Result<Answer> {
        let mut sets = Vec::new();
        for name in &self.rules {
            sets.push(Arc::new(find(name)?));
        }
        for expression in &self.rule {
            sets.push(Arc::new(Set::of_expression(expression)?));
        }
        let choice = if sets.is_empty() { Choice::Detect(shipped()?) } else { Choice::These(sets) };
        let mut reader = Reader::new(&choice, true);
        let failed = |error: std::io::Error| Failure::new(format!("cannot read {}: {error}", path.display()));
        let mut lines = BufReader::new(File::open(path).map_err(failed)?);
        let (mut line, mut found, mut all) = (Vec::new(), Vec::new(), Vec::new());
        let mut is_empty = true;
        while lines.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            let text = String::from_utf8_lossy(&line);
            reader.line(text.trim_end_matches(['\n', '\r']), &mut found);
            for value in found.drain(..) {
                is_empty = false;
                match output.is_json {
                    true => all.push(as_json(&value)),
                    false => output.line(visible(&value.to_string()))?,
                }
            }
            line.clear();
        }
        if output.is_json {
            output.json(&json!({"rules": reader.rules().collect::<Vec<_>>(), "found": all}))?;
        }
        Ok(if is_empty { Answer::No } else { Answer::Yes })
    }
}

fn list(output: &mut Output) -> Result<()> {
    let sets = shipped()?;
    if output.is_json {
        let all: Value = sets.iter().map(|set| json!({"name": set.name, "for": set.title})).collect();
        return output.json(&all);
    }
    let mut shown = table::new(output, &["RULES", "FOR"]);
    for set in &sets {
        shown.add_row(vec![Cell::new(&set.name), Cell::new(&set.title)]);
    }
    table::lines(&shown).into_iter().try_for_each(|line| output.line(line))
}

fn as_json(found: &Found) -> Value {
    let value = match &found.value {
        Number::Int(value) => (*value).into(),
        Number::Float(value) => json::float(*value),
        Number::Text(text) => text.clone().into(),
    };
    let mut members = json!({"name": found.name, "value": value});
    let optional = [
        ("step", found.step.map(Value::from)),
        ("unit", found.unit.clone().map(Value::from)),
        ("axis", found.axis.clone().map(Value::from)),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            members[key] = value;
        }
    }
    members
}

/// Text of a file as a terminal may show it.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}
