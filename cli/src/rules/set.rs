//! A set of rules, as a TOML file has it.

use std::collections::BTreeMap;

use regex::{Regex, RegexSet};
use serde::Deserialize;

use crate::failure::{Failure, Result};

/// Rules for the output of one program.
#[derive(Debug)]
pub struct Set {
    pub name: String,
    pub title: String,
    /// Lines that show that these rules fit.
    pub detect: Vec<String>,
    /// A line behind which nothing is a series: what follows are averages of it.
    pub stop: Option<Regex>,
    /// True if tables are looked for as well.
    pub finds_tables: bool,
    pub rules: Vec<Rule>,
    pub tables: Vec<TableRule>,
    pub blocks: Vec<Block>,
    /// The expressions of all rules, in their order.
    pub any: RegexSet,
}

/// The kind of a rule's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Points of series.
    #[default]
    Series,
    /// Metrics: the last value counts.
    Metric,
    /// Nothing: they are remembered for other rules.
    State,
}

/// A line's rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(rename = "match", with = "expression")]
    pub expression: Regex,
    /// The line before must fit this.
    #[serde(default, with = "maybe_expression")]
    pub after: Option<Regex>,
    #[serde(default)]
    pub kind: Kind,
    /// The group, or what was remembered by this name, that is the step; "count" counts the matches. Without,
    /// it is the remembered `step`, or a count.
    pub step: Option<String>,
    /// The rule is for lines where this was remembered.
    pub needs: Option<String>,
    /// Groups to remember for later lines.
    #[serde(default)]
    pub remember: Vec<String>,
    /// Names in place of the groups': `{x}` is what the group x matched, or what was remembered as x.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    #[serde(default)]
    pub scale: BTreeMap<String, f64>,
    /// The series that the values are plotted against.
    pub axis: Option<String>,
    /// True if every match in the line counts, not the first one alone.
    #[serde(default)]
    pub all: bool,
    /// True if of several values of one step the first counts, not the last.
    #[serde(default)]
    pub first: bool,
}

/// A table's rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRule {
    #[serde(with = "expression")]
    pub header: Regex,
    /// The heading of the column with the step: without, the first column of integers.
    pub step: Option<String>,
    /// Words that have to be remembered with these values, so that the rule applies.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    #[serde(default)]
    pub skip: Vec<String>,
}

/// Lines of headings, each with a line of values below it, in columns of the same width.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    #[serde(with = "expression")]
    pub start: Regex,
    pub width: usize,
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    pub axis: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    #[serde(default)]
    detect: Vec<String>,
    #[serde(default, with = "maybe_expression")]
    stop: Option<Regex>,
    #[serde(default)]
    tables: bool,
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    table: Vec<TableRule>,
    #[serde(default)]
    block: Vec<Block>,
}

/// The problem of a text in TOML, in one line.
pub fn of_toml_error(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().and_then(|span| Some(text.get(..span.start)?.matches('\n').count() + 1));
    let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    place + &error.message().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Set {
    /// The rules in a file's text.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let failed = |problem: String| {
            Failure::new(format!("the rules {name} can't be read: {}", problem.trim_end()))
                .advice("`mlab rules lammps` prints rules to start from")
        };
        let file: File = toml::from_str(text).map_err(|error| failed(of_toml_error(text, &error)))?;
        RegexSet::new(&file.detect).map_err(|error| failed(error.to_string()))?;
        Self::new(name, file).map_err(failed)
    }

    /// Rules of one expression: `metric:` before it makes its groups metrics.
    pub fn of_expression(text: &str) -> Result<Self> {
        let (kind, text) = match text.strip_prefix("metric:") {
            Some(text) => (Kind::Metric, text),
            None => (Kind::Series, text),
        };
        let failed = |problem: String| Failure::new(format!("the rule {text:?} can't be used: {problem}"));
        let expression = Regex::new(text).map_err(|error| failed(error.to_string()))?;
        if expression.capture_names().flatten().next().is_none() {
            return Err(failed("it names no group".to_owned())
                .advice("name the values, and the step: 'iter (?<step>\\d+) residual (?<residual>\\S+)'"));
        }
        let rule = Rule {
            expression,
            after: None,
            kind,
            step: None,
            needs: None,
            remember: Vec::new(),
            names: BTreeMap::new(),
            units: BTreeMap::new(),
            scale: BTreeMap::new(),
            axis: None,
            all: false,
            first: false,
        };
        let file = File {
            title: String::new(),
            detect: Vec::new(),
            stop: None,
            tables: true,
            rule: vec![rule],
            table: Vec::new(),
            block: Vec::new(),
        };
        Self::new("--rule", file).map_err(failed)
    }

    fn new(name: &str, file: File) -> std::result::Result<Self, String> {
        for rule in &file.rule {
            check(rule)?;
        }
        if file.block.iter().any(|block| block.width == 0) {
            return Err("the width of a block is 0".to_owned());
        }
        let any = RegexSet::new(file.rule.iter().map(|rule| rule.expression.as_str()));
        Ok(Self {
            name: name.to_owned(),
            title: file.title,
            detect: file.detect,
            stop: file.stop,
            finds_tables: file.tables,
            rules: file.rule,
            tables: file.table,
            blocks: file.block,
            any: any.map_err(|error| error.to_string())?,
        })
    }
}

/// Refuses what names no group of the rule.
fn check(rule: &Rule) -> std::result::Result<(), String> {
    let groups: Vec<&str> = rule.expression.capture_names().flatten().collect();
    let named = rule.names.keys().chain(rule.units.keys()).chain(rule.scale.keys()).chain(&rule.remember);
    match named.into_iter().find(|name| !groups.contains(&name.as_str()) && *name != "count") {
        Some(name) => Err(format!("{} has no group {name}", rule.expression.as_str())),
        None => Ok(()),
    }
}

mod expression {
    use super::*;
    use serde::{Deserializer, de::Error};

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Regex, D::Error> {
        Regex::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

mod maybe_expression {
    use super::*;
    use serde::Deserializer;

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Option<Regex>, D::Error> {
        expression::deserialize(deserializer).map(Some)
    }
}
