//! Reads lines of output, and says what metrics and points are in them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use regex::{Captures, RegexSet};

use super::finder::{self, Finder};
use super::heading::{Heading, headings};
use super::number::Number;
use super::set::{Block, Kind, Rule, Set, TableRule};

/// Shipped rules that fit show this early in the output.
const DETECT_LINES: usize = 2000;

/// A value that was found: a point, or a metric where it has no step.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub name: String,
    pub unit: Option<String>,
    pub axis: Option<String>,
    pub step: Option<i64>,
    pub value: Number,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(step) = self.step {
            write!(f, "[{step}]")?;
        }
        match &self.value {
            Number::Int(value) => write!(f, " = {value}")?,
            Number::Float(value) => write!(f, " = {value:?}")?,
            Number::Text(value) => write!(f, " = {value:?}")?,
        }
        if let Some(unit) = &self.unit {
            write!(f, " {unit}")?;
        }
        self.axis.as_ref().map_or(Ok(()), |axis| write!(f, " over {axis}"))
    }
}

/// Which rules are used.
#[derive(Debug, Clone)]
pub enum Choice {
    /// Those that ship and fit what is printed.
    Detect(Vec<Arc<Set>>),
    /// These.
    These(Vec<Arc<Set>>),
}

/// Reads the lines of one stream.
#[derive(Debug)]
pub struct Reader {
    /// Rules that may turn out to fit, the expressions that say so, and whose each is.
    waiting: Vec<Arc<Set>>,
    signs: RegexSet,
    owners: Vec<usize>,
    seen: usize,
    active: Vec<Active>,
    /// None where no tables are wanted.
    finder: Option<Finder>,
}

impl Reader {
    /// A reader. Without `finds_tables`, tables are those of rules alone.
    pub fn new(choice: &Choice, finds_tables: bool) -> Self {
        let (waiting, sets) = match choice {
            Choice::Detect(sets) => (sets.clone(), Vec::new()),
            Choice::These(sets) => (Vec::new(), sets.clone()),
        };
        let signs = waiting.iter().flat_map(|set| &set.detect);
        let owners =
            waiting.iter().enumerate().flat_map(|(index, set)| set.detect.iter().map(move |_| index));
        let finds_tables = finds_tables && sets.iter().all(|set| set.finds_tables);
        Self {
            // Each was compiled alone when its set was read; all of them are small.
            signs: RegexSet::new(signs).unwrap_or_else(|_| RegexSet::empty()),
            owners: owners.collect(),
            waiting,
            seen: 0,
            active: sets.into_iter().map(Active::new).collect(),
            finder: finds_tables.then(Finder::default),
        }
    }

    /// The names of the rules in use.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.active.iter().map(|active| active.set.name.as_str())
    }

    /// Takes a line without its end, and adds what it says.
    pub fn line(&mut self, line: &str, found: &mut Vec<Found>) {
        self.detect(line);
        for active in &mut self.active {
            active.line(line, found);
        }
        if let Some(finder) = &mut self.finder {
            finder.line(line, found);
        }
    }

    fn detect(&mut self, line: &str) {
        if self.waiting.is_empty() {
            return;
        }
        self.seen += 1;
        if let Some(sign) = self.signs.matches(line).iter().next() {
            let set = self.waiting[self.owners[sign]].clone();
            if !set.finds_tables {
                self.finder = None;
            }
            self.active.push(Active::new(set));
            self.waiting.clear();
        } else if self.seen == DETECT_LINES {
            self.waiting.clear();
        }
    }
}

/// A set in use, and what it remembers.
#[derive(Debug)]
struct Active {
    set: Arc<Set>,
    state: HashMap<String, String>,
    /// How often each rule has matched.
    counts: Vec<i64>,
    /// Points of each series that has no step.
    lengths: HashMap<String, i64>,
    /// The latest step of each series of which the first value counts.
    latest: HashMap<String, i64>,
    before: String,
    has_stopped: bool,
    table: Option<Table>,
    block: Option<(usize, Option<Vec<Heading>>)>,
}

#[derive(Debug)]
struct Table {
    rule: usize,
    header: String,
    /// Once there is a row.
    columns: Option<(Vec<Option<Heading>>, usize)>,
}

impl Active {
    fn new(set: Arc<Set>) -> Self {
        Self {
            state: HashMap::new(),
            counts: vec![0; set.rules.len()],
            lengths: HashMap::new(),
            latest: HashMap::new(),
            before: String::new(),
            has_stopped: false,
            table: None,
            block: None,
            set,
        }
    }

    fn line(&mut self, line: &str, found: &mut Vec<Found>) {
        let set = self.set.clone();
        if set.stop.as_ref().is_some_and(|stop| stop.is_match(line)) {
            self.has_stopped = true;
            (self.table, self.block) = (None, None);
        }
        if !self.has_stopped {
            self.in_table(&set, line, found);
            self.in_block(&set, line, found);
        }
        for index in &set.any.matches(line) {
            self.rule(&set.rules[index], index, line, found);
        }
        if set.rules.iter().any(|rule| rule.after.is_some()) {
            self.before.clear();
            self.before.push_str(line);
        }
    }

    fn rule(&mut self, rule: &Rule, index: usize, line: &str, found: &mut Vec<Found>) {
        let is_wanted = rule.after.as_ref().is_none_or(|after| after.is_match(&self.before))
            && rule.needs.as_ref().is_none_or(|name| self.state.contains_key(name))
            && !(self.has_stopped && rule.kind == Kind::Series);
        if !is_wanted {
            return;
        }
        let most = if rule.all { usize::MAX } else { 1 };
        for groups in rule.expression.captures_iter(line).take(most) {
            self.counts[index] += 1;
            self.remember(rule, index, &groups);
            if rule.kind != Kind::State {
                self.values(rule, index, &groups, found);
            }
        }
    }

    fn remember(&mut self, rule: &Rule, index: usize, groups: &Captures<'_>) {
        for name in &rule.remember {
            let text = match name.as_str() {
                // A count of the rule's matches is a step for other rules.
                "count" => {
                    self.state.insert("step".to_owned(), self.counts[index].to_string());
                    continue;
                }
                name => groups.name(name).map(|group| group.as_str().trim().to_owned()),
            };
            if let Some(text) = text {
                self.state.insert(name.clone(), text);
            }
        }
    }

    fn values(&mut self, rule: &Rule, index: usize, groups: &Captures<'_>, found: &mut Vec<Found>) {
        let step_name = rule.step.as_deref().unwrap_or("step");
        let step = match step_name {
            "count" => Some(self.counts[index]),
            name => {
                let text = groups.name(name).map(|group| group.as_str());
                text.or_else(|| self.state.get(name).map(String::as_str)).and_then(whole)
            }
        };
        for name in rule.expression.capture_names().flatten() {
            let is_value = name != step_name && !is_used(rule, name);
            let Some(text) = groups.name(name).filter(|_| is_value) else { continue };
            let Some(value) = value(text.as_str().trim(), rule.kind) else { continue };
            let value = rule.scale.get(name).map_or(value.clone(), |scale| value.scaled(*scale));
            let shown =
                rule.names.get(name).map_or_else(|| name.to_owned(), |shown| self.filled(shown, groups));
            let step = (rule.kind == Kind::Series).then(|| step.unwrap_or_else(|| self.next(&shown)));
            if rule.first && step.is_some() && self.latest.insert(shown.clone(), step.unwrap_or(0)) == step {
                continue;
            }
            let axis = rule.axis.clone().filter(|axis| step.is_some() && *axis != shown);
            found.push(Found { name: shown, unit: rule.units.get(name).cloned(), axis, step, value });
        }
    }

    /// The step of a series that nobody says one for.
    fn next(&mut self, series: &str) -> i64 {
        let length = self.lengths.entry(series.to_owned()).or_insert(0);
        *length += 1;
        *length
    }

    /// A name with what its `{x}` stand for.
    fn filled(&self, name: &str, groups: &Captures<'_>) -> String {
        let (mut filled, mut rest) = (String::new(), name);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((key, behind)) = after.split_once('}') else { break };
            filled.push_str(before);
            let text = groups.name(key).map(|group| group.as_str().trim());
            filled.push_str(text.or_else(|| self.state.get(key).map(String::as_str)).unwrap_or_default());
            rest = behind;
        }
        filled + rest
    }

    /// A line that begins a table of a rule, or goes on with one.
    fn in_table(&mut self, set: &Set, line: &str, found: &mut Vec<Found>) {
        let is_its = |rule: &&TableRule| {
            rule.when.iter().all(|(name, value)| self.state.get(name) == Some(value))
                && rule.header.is_match(line)
        };
        if let Some(rule) = set.tables.iter().position(|rule| is_its(&rule)) {
            self.table = Some(Table { rule, header: line.to_owned(), columns: None });
            return;
        }
        let Some(table) = &mut self.table else { return };
        let Some(row) = finder::row(line) else { return };
        let rule = &set.tables[table.rule];
        if table.columns.is_none() {
            table.columns = columns(rule, &table.header, row.len());
        }
        let Some((columns, step)) = &table.columns else { return };
        let (true, Some(Number::Int(at))) = (row.len() == columns.len(), row.get(*step).cloned()) else {
            return;
        };
        // Rules for other lines may want it.
        self.state.insert("step".to_owned(), at.to_string());
        let kept = columns.iter().enumerate().zip(row).filter_map(|((index, heading), value)| {
            heading.as_ref().filter(|_| index != *step).map(|heading| (heading, value))
        });
        let time = columns.iter().flatten().find(|heading| heading.name.eq_ignore_ascii_case("time"));
        for (heading, value) in kept {
            let axis = time.filter(|time| time.name != heading.name).map(|time| time.name.clone());
            let (name, unit) = (heading.name.clone(), heading.unit.clone());
            found.push(Found { name, unit, axis, step: Some(at), value });
        }
    }

    /// A line of a block: headings, or values below them.
    fn in_block(&mut self, set: &Set, line: &str, found: &mut Vec<Found>) {
        if let Some(index) = set.blocks.iter().position(|block| block.start.is_match(line)) {
            self.block = Some((index, None));
            return;
        }
        let Some((index, above)) = self.block.take().filter(|_| !line.trim().is_empty()) else { return };
        let block = &set.blocks[index];
        let cells = cut(line, block.width);
        let values: Option<Vec<Number>> = cells.iter().map(|cell| Number::parse(cell)).collect();
        let above = match (above, values) {
            (Some(headings), Some(values)) => {
                let step = self.state.get("step").and_then(|step| whole(step));
                self.of_block(block, &headings, values, step, found);
                None
            }
            _ => Some(cells.iter().map(|cell| Heading::new(cell)).collect()),
        };
        self.block = Some((index, above));
    }

    fn of_block(
        &mut self,
        block: &Block,
        headings: &[Heading],
        values: Vec<Number>,
        step: Option<i64>,
        found: &mut Vec<Found>,
    ) {
        for (heading, value) in headings.iter().zip(values) {
            let heading = renamed(heading, &block.names, &block.units);
            let step = Some(step.unwrap_or_else(|| self.next(&heading.name)));
            found.push(Found {
                name: heading.name,
                unit: heading.unit,
                axis: block.axis.clone(),
                step,
                value,
            });
        }
    }
}

/// The cells of a line whose columns are `width` wide.
fn cut(line: &str, width: usize) -> Vec<String> {
    let characters: Vec<char> = line.trim_end().chars().collect();
    let cells = characters.chunks(width).map(|cell| cell.iter().collect::<String>().trim().to_owned());
    cells.filter(|cell| !cell.is_empty()).collect()
}

/// The columns of a rule's table with so many cells in a row, and which of them is the step.
fn columns(rule: &TableRule, header: &str, count: usize) -> Option<(Vec<Option<Heading>>, usize)> {
    let found = headings(header, count)?;
    let is_step = |heading: &Heading| rule.step.as_ref().is_none_or(|step| *step == heading.text);
    let step = found.iter().position(is_step)?;
    let kept = found.iter().map(|heading| {
        let is_kept = !rule.skip.contains(&heading.text);
        is_kept.then(|| renamed(heading, &rule.names, &rule.units))
    });
    Some((kept.collect(), step))
}

type Names = std::collections::BTreeMap<String, String>;

fn renamed(heading: &Heading, names: &Names, units: &Names) -> Heading {
    let unit = units.get(&heading.text).or_else(|| units.get("*").filter(|_| heading.unit.is_none()));
    Heading {
        text: heading.text.clone(),
        name: names.get(&heading.text).cloned().unwrap_or_else(|| heading.name.clone()),
        unit: unit.cloned().or_else(|| heading.unit.clone()),
    }
}

/// Returns true if a group is a part of names, and no value.
fn is_used(rule: &Rule, group: &str) -> bool {
    let is_in = |name: &String| name.contains(&format!("{{{group}}}"));
    rule.names.values().any(is_in)
        || (rule.remember.iter().any(|name| name == group) && !rule.names.contains_key(group))
}

fn whole(text: &str) -> Option<i64> {
    match Number::parse(text)? {
        Number::Int(value) => Some(value),
        Number::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
        _ => None,
    }
}

/// A group's value: a metric may be a word.
fn value(text: &str, kind: Kind) -> Option<Number> {
    let word = || (kind == Kind::Metric && !text.is_empty()).then(|| Number::Text(text.to_owned()));
    Number::parse(text).or_else(word)
}
