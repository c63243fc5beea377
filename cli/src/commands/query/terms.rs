//! Terms of series in filters and columns: `loss.last`, `"train/loss.min"`, `series.loss.count`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use metalab::Json;
use metalab::read::{Fields, Look, Store};

use crate::failure::say;
use crate::{curve, escape};

/// The figures of a series that a term may ask for.
pub const FIGURES: [&str; 5] = ["first", "last", "min", "max", "count"];

/// The prefix that says that a term is one of a series, where its name could be another field's.
const PREFIX: &str = "series.";

/// The series and the figure that a term asks for.
pub fn parse(term: &str) -> Option<(&str, &'static str)> {
    let (name, figure) = match term.strip_prefix(PREFIX) {
        Some(rest) => rest,
        None if term.starts_with("params.") || term.starts_with("metrics.") => return None,
        None => term,
    }
    .rsplit_once('.')?;
    let figure = FIGURES.into_iter().find(|known| *known == figure)?;
    (!name.is_empty()).then_some((name, figure))
}

/// The figures of a series of a run.
#[derive(Debug, Default)]
struct Figures {
    values: BTreeMap<&'static str, Json>,
}

impl Figures {
    fn of(look: &Look) -> Self {
        let series = &look.series;
        let extremes = curve::extremes(series);
        let at = |place: Option<usize>| Some(Json::from(&curve::value(series, place?)?));
        let last = series.len().checked_sub(1);
        let found = [
            ("first", at(last.map(|_| 0))),
            ("last", at(last)),
            ("min", at(extremes.least)),
            ("max", at(extremes.greatest)),
            ("count", Some(Json::Int(look.total() as i64))),
        ];
        Self { values: found.into_iter().filter_map(|(name, value)| Some((name, value?))).collect() }
    }
}

/// The figures of a store's series: each series that is asked for is read once.
pub struct Terms<'a> {
    store: &'a Store,
    known: RefCell<BTreeMap<(String, String, String), Figures>>,
}

impl<'a> Terms<'a> {
    /// Those of `store`.
    pub fn of(store: &'a Store) -> Self {
        Self { store, known: RefCell::default() }
    }

    /// The value of a term for a run; nothing if it has no such series.
    pub fn value(&self, experiment: &str, run_id: &str, term: &str) -> Option<Json> {
        let (name, figure) = parse(term)?;
        let key = (experiment.to_owned(), run_id.to_owned(), name.to_owned());
        let mut known = self.known.borrow_mut();
        let figures = known.entry(key).or_insert_with(|| self.read(experiment, run_id, name));
        figures.values.get(figure).cloned()
    }

    /// Reads a series. One that can't be read is told, and has no figures.
    fn read(&self, experiment: &str, run_id: &str, name: &str) -> Figures {
        let run = match self.store.find(Some(experiment), run_id) {
            Ok(Some(run)) => run,
            Ok(None) => return Figures::default(),
            Err(error) => return told(run_id, &error),
        };
        match run.look(name, 0) {
            Ok(look) => look.map(|look| Figures::of(&look)).unwrap_or_default(),
            Err(error) => told(run_id, &error),
        }
    }
}

fn told(run_id: &str, error: &metalab::Error) -> Figures {
    say(format_args!("run {}: {}", escape::line(run_id), escape::line(error.message())));
    Figures::default()
}

impl Fields for Terms<'_> {
    fn is_field(&self, field: &str) -> bool {
        parse(field).is_some()
    }

    fn listed(&self) -> &'static str {
        ", SERIES.first, .last, .min, .max, .count"
    }

    fn any(&self, experiment: &str, run_id: &str, field: &str, each: &mut dyn FnMut(&Json) -> bool) -> bool {
        self.value(experiment, run_id, field).is_some_and(|value| each(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_told_from_other_fields() {
        assert_eq!(parse("train/loss.last"), Some(("train/loss", "last")));
        assert_eq!(parse("series.params.x.min"), Some(("params.x", "min")));
        for other in ["metrics.total.min", "params.a.last", "loss", "loss.mean", ".last", "series.last"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
