//! Two runs, compared: parameters, metrics, series, arrays, data, provenance.

pub mod arrays;
pub mod documents;
pub mod numbers;
pub mod series;

use std::collections::{BTreeMap, BTreeSet};

use metalab::Json;
use metalab::read::{Artifact, Data, Run};
use serde_json::json;

use crate::failure::Result;
use crate::{escape, plain};
use numbers::Tolerance;

/// A kind of things that runs have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Parameters.
    Param,
    /// Metrics.
    Metric,
    /// Series.
    Series,
    /// Artifacts.
    Artifact,
    /// Entries of data.
    Data,
    /// How the run came about.
    Provenance,
}

impl Kind {
    /// The word for one.
    pub fn word(self) -> &'static str {
        match self {
            Self::Param => "param",
            Self::Metric => "metric",
            Self::Series => "series",
            Self::Artifact => "artifact",
            Self::Data => "data",
            Self::Provenance => "provenance",
        }
    }
}

/// A thing that two runs have under one name, compared.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// How they differ; nothing if they do not.
    pub difference: Option<String>,
    /// The same for scripts.
    pub detail: serde_json::Value,
}

impl Comparison {
    fn same(kind: Kind, name: &str) -> Self {
        Self { kind, name: name.to_owned(), difference: None, detail: serde_json::Value::Null }
    }

    fn differs(kind: Kind, name: &str, how: Found) -> Self {
        Self { kind, name: name.to_owned(), difference: Some(how.text), detail: how.detail }
    }

    fn of(kind: Kind, name: &str, found: Option<Found>) -> Self {
        match found {
            None => Self::same(kind, name),
            Some(how) => Self::differs(kind, name, how),
        }
    }

    fn only(kind: Kind, name: &str, is_in_a: bool, value: Option<String>) -> Self {
        let side = if is_in_a { "A" } else { "B" };
        let text = match value {
            Some(value) => format!("only in {side}: {value}"),
            None => format!("only in {side}"),
        };
        Self::differs(kind, name, Found { text, detail: json!({"only_in": side}) })
    }
}

/// A difference: in words, and for scripts.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// In words.
    pub text: String,
    /// For scripts.
    pub detail: serde_json::Value,
}

/// The names of both, sorted.
fn both(a: impl IntoIterator<Item = String>, b: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    a.into_iter().chain(b).collect()
}

/// Compares the members of two objects; those of inner objects, too: `solver.tol`.
pub fn members(kind: Kind, a: &Json, b: &Json, tolerance: Tolerance) -> Vec<Comparison> {
    let sorted = |object| plain::flattened(object).into_iter().collect::<BTreeMap<String, &Json>>();
    let (a, b) = (sorted(a), sorted(b));
    let compared = |name: &String| match (a.get(name), b.get(name)) {
        (Some(a), Some(b)) => Comparison::of(kind, name, documents::difference(a, b, tolerance)),
        (Some(value), None) => Comparison::only(kind, name, true, Some(plain::json(value))),
        (None, value) => Comparison::only(kind, name, false, value.map(|value| plain::json(value))),
    };
    both(a.keys().cloned(), b.keys().cloned()).iter().map(compared).collect()
}

/// Compares the series of two runs whose names are `wanted`.
pub fn all_series(
    a: &Run,
    b: &Run,
    tolerance: Tolerance,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Comparison>> {
    let mut found = Vec::new();
    for name in both(a.series_names()?, b.series_names()?).into_iter().filter(|name| wanted(name)) {
        found.push(match (a.series(&name)?, b.series(&name)?) {
            (Some(a), Some(b)) => Comparison::of(Kind::Series, &name, series::difference(&a, &b, tolerance)),
            (a, b) => {
                let points = a.as_ref().or(b.as_ref()).map(|series| format!("{} points", series.len()));
                Comparison::only(Kind::Series, &name, a.is_some(), points)
            }
        });
    }
    Ok(found)
}

/// Compares the artifacts of two runs: arrays and JSON by their values, other files by their hashes.
pub fn all_artifacts(
    a: &Run,
    b: &Run,
    tolerance: Tolerance,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Comparison>> {
    let (a, b) = (a.artifacts()?, b.artifacts()?);
    let names = |all: &[Artifact]| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    let mut found = Vec::new();
    for name in both(names(&a), names(&b)).into_iter().filter(|name| wanted(name)) {
        let get = |all: &'_ [Artifact]| all.iter().find(|one| one.name == name).cloned();
        match (get(&a), get(&b)) {
            (Some(a), Some(b)) => found.extend(artifact(&a, &b, tolerance)?),
            (a, _) => found.push(Comparison::only(Kind::Artifact, &name, a.is_some(), None)),
        }
    }
    Ok(found)
}

/// Compares two artifacts of one name; of files of several arrays, each.
fn artifact(a: &Artifact, b: &Artifact, tolerance: Tolerance) -> Result<Vec<Comparison>> {
    let is_array = |one: &Artifact| matches!(one.format.as_str(), "npz" | "npy");
    let one = |found| vec![Comparison::of(Kind::Artifact, &a.name, found)];
    if is_array(a) && is_array(b) {
        let (of_a, of_b) = (a.arrays()?, b.arrays()?);
        let mut found = Vec::new();
        let count = of_a.len().max(of_b.len());
        for member in both(of_a.clone(), of_b.clone()) {
            let name = if count > 1 { format!("{}/{member}", a.name) } else { a.name.clone() };
            found.push(match (of_a.contains(&member), of_b.contains(&member)) {
                (true, true) => {
                    let difference =
                        arrays::difference(&a.array(Some(&member))?, &b.array(Some(&member))?, tolerance);
                    Comparison::of(Kind::Artifact, &name, difference)
                }
                (is_in_a, _) => Comparison::only(Kind::Artifact, &name, is_in_a, None),
            });
        }
        return Ok(found);
    }
    let parsed = |bytes: Vec<u8>| metalab::json::parse(&String::from_utf8(bytes).ok()?).ok();
    if a.format == "json" && b.format == "json" {
        if let (Some(a), Some(b)) = (parsed(a.bytes()?), parsed(b.bytes()?)) {
            return Ok(one(documents::difference(&a, &b, tolerance)));
        }
    }
    let is_same = a.format == b.format && a.size == b.size && a.content_hash == b.content_hash;
    let text = format!(
        "files of {} {} and {} {} bytes, hashes {} and {}",
        a.size,
        escape::line(&a.format),
        b.size,
        escape::line(&b.format),
        escape::line(&a.content_hash),
        escape::line(&b.content_hash)
    );
    let detail = json!({"hashes": [a.content_hash, b.content_hash], "sizes": [a.size, b.size]});
    Ok(one((!is_same).then_some(Found { text, detail })))
}

/// Compares the data of two runs.
pub fn all_data(
    a: &Run,
    b: &Run,
    tolerance: Tolerance,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Comparison>> {
    let mut found = Vec::new();
    for name in both(a.result_names()?, b.result_names()?).into_iter().filter(|name| wanted(name)) {
        found.push(match (a.result(&name)?, b.result(&name)?) {
            (Some(a), Some(b)) => {
                let difference = match (&a.data, &b.data) {
                    (Data::Array(a), Data::Array(b)) => arrays::difference(a, b, tolerance),
                    (Data::Document(a), Data::Document(b)) => documents::difference(a, b, tolerance),
                    (Data::Array(_), Data::Document(_)) => Some(kinds("an array", "a document")),
                    (Data::Document(_), Data::Array(_)) => Some(kinds("a document", "an array")),
                };
                Comparison::of(Kind::Data, &name, difference)
            }
            (a, _) => Comparison::only(Kind::Data, &name, a.is_some(), None),
        });
    }
    Ok(found)
}

fn kinds(a: &str, b: &str) -> Found {
    Found { text: format!("{a} in A, {b} in B"), detail: json!({"kinds": [a, b]}) }
}
