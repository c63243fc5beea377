//! Which curves are shown together: the series of one name, of all runs and ranks, are one chart.

use std::collections::BTreeMap;

use super::model::{Line, Watched};
use crate::format;
use crate::plot::{Curve, Piece};

/// The kind of the x axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Along {
    /// The series that was declared as the axis; else the step.
    #[default]
    Declared,
    Step,
    /// Seconds since the run began.
    Time,
}

/// The place of a curve: the number of its run, and of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub run: usize,
    pub line: usize,
    /// The part of its name that the others of its chart do not have.
    pub label: String,
}

/// The curves of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    pub name: String,
    pub unit: Option<String>,
    pub members: Vec<Member>,
}

/// The charts of the runs, in the order of their names, of those series that both patterns fit.
pub fn charts(runs: &[&Watched], patterns: &[String], typed: &str) -> Vec<Chart> {
    let mut found: BTreeMap<&str, Chart> = BTreeMap::new();
    for (run, watched) in runs.iter().enumerate() {
        for (place, line) in watched.lines.iter().enumerate().filter(|(_, line)| !line.name.is_empty()) {
            let (name, rank) = line.name.rsplit_once('@').unwrap_or((&line.name, ""));
            let is_wanted =
                patterns.is_empty() || patterns.iter().any(|pattern| fits(pattern, &line.name, name));
            if !is_wanted || !is_found(typed, &line.name) {
                continue;
            }
            let rank = super::log::plain(rank);
            let label = match (runs.len() > 1, rank.is_empty()) {
                (false, _) => rank,
                (true, true) => super::log::plain(format::short_id(&watched.id)),
                (true, false) => format!("{} {rank}", super::log::plain(format::short_id(&watched.id))),
            };
            let chart = found.entry(name).or_insert_with(|| Chart {
                name: super::log::plain(name),
                unit: None,
                members: Vec::new(),
            });
            chart.unit = chart.unit.take().or_else(|| line.unit.clone());
            chart.members.push(Member { run, line: place, label });
        }
    }
    let mut charts: Vec<Chart> = found.into_values().collect();
    for chart in &mut charts {
        // rank.10 comes after rank.9.
        let number = |label: &str| label.rsplit(['.', ' ']).next().and_then(|end| end.parse::<u64>().ok());
        chart.members.sort_by_key(|member| (member.run, number(&member.label), member.line));
        let is_alone = chart.members.len() == 1;
        for member in chart.members.iter_mut().filter(|member| member.label.is_empty() && !is_alone) {
            member.label = "run".to_owned();
        }
    }
    charts
}

/// Returns true if a pattern fits the series, or the name that its ranks share.
fn fits(pattern: &str, series: &str, name: &str) -> bool {
    glob(pattern.as_bytes(), series.as_bytes()) || glob(pattern.as_bytes(), name.as_bytes())
}

/// Returns true if the name has what was typed in it, or fits it where it is a pattern.
fn is_found(typed: &str, series: &str) -> bool {
    let (typed, series) = (typed.to_lowercase(), series.to_lowercase());
    series.contains(&typed) || typed.contains(['*', '?']) && glob(typed.as_bytes(), series.as_bytes())
}

/// Returns true if `*` and `?` of the pattern can stand for what the text has there.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut place, mut star) = (0, 0, None);
    while place < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(symbol) if *symbol == b'?' || *symbol == text[place] => (at, place) = (at + 1, place + 1),
            _ => {
                let Some((of, from)) = star else { return false };
                star = Some((of, from + 1));
                (at, place) = (of + 1, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|symbol| *symbol == b'*')
}

impl Chart {
    /// Its title: the name, and the unit.
    pub fn title(&self) -> String {
        match &self.unit {
            Some(unit) => format!("{} [{unit}]", self.name),
            None => self.name.clone(),
        }
    }

    /// The curves, with numbers as colours, and what x is.
    pub fn curves(&self, runs: &[&Watched], along: Along) -> (Vec<Curve>, String) {
        let mut title = match along {
            Along::Time => "s".to_owned(),
            _ => "step".to_owned(),
        };
        let mut curve = |(color, member): (usize, &Member)| {
            let watched = runs[member.run];
            let line = &watched.lines[member.line];
            let axis = watched.axis_of(line).filter(|_| along == Along::Declared);
            if let Some(axis) = axis {
                let name = super::log::plain(axis.name.split('@').next().unwrap_or_default());
                title = axis.unit.as_ref().map_or(name.clone(), |unit| format!("{name} [{unit}]"));
            }
            let pieces = pieces(line, |step| match (along, axis) {
                (Along::Time, _) => watched.clock.at(step),
                (_, Some(axis)) => axis.buckets.value_at(step).unwrap_or(f64::NAN),
                (_, None) => step as f64,
            });
            Curve { label: member.label.clone(), color, pieces }
        };
        let curves = self.members.iter().enumerate().map(&mut curve).collect();
        (curves, title)
    }
}

fn pieces(line: &Line, x: impl Fn(i64) -> f64) -> Vec<Piece> {
    let piece = |bucket: &super::buckets::Bucket| Piece {
        x: x(bucket.first_step),
        x_end: x(bucket.last_step),
        first: bucket.first,
        last: bucket.last,
        least: bucket.least,
        greatest: bucket.greatest,
        is_broken: bucket.is_broken,
    };
    let drawn = |piece: &Piece| piece.x.is_finite() && piece.x_end.is_finite();
    line.buckets.iter().map(piece).filter(drawn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_names() {
        for (pattern, text, wanted) in [
            ("*", "", true),
            ("loss", "loss", true),
            ("loss", "losses", false),
            ("l*s", "loss", true),
            ("*.max", "residual.max", true),
            ("*.max", "residual.maximum", false),
            ("?oss", "loss", true),
            ("a*b*c", "aXbXbc", true),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), wanted, "{pattern} {text}");
        }
        assert!(is_found("OS", "loss@rank.1") && !is_found("x", "loss") && is_found("l*@*", "loss@rank.1"));
        assert!(fits("loss", "loss@rank.1", "loss"));
    }
}
