//! The state of a run, written down and read again by whoever goes on with it.

use super::state::{Descriptor, State};
use crate::base::json::Json;
use crate::base::stem::Rules;
use crate::store::Place;

/// The members of `state` of the run with this id, but for series.
pub fn save(state: &State, run_id: &str) -> Json {
    let strings = |values: &mut dyn Iterator<Item = &String>| -> Json {
        values.map(|value| Json::from(value.as_str())).collect::<Vec<_>>().into()
    };
    let artifacts: Vec<Json> = state.artifacts.iter().map(|one| one.record_entry(run_id)).collect();
    let pair =
        |(name, stem): (&String, &String)| Json::from(vec![name.as_str().into(), stem.as_str().into()]);
    let results: Vec<Json> = state.results.iter().map(pair).collect();
    Json::object([
        ("metrics", Json::from(state.metrics.clone())),
        ("artifacts", artifacts.into()),
        ("results", results.into()),
        ("renamed", strings(&mut state.renamed.iter())),
        ("reduced", strings(&mut state.reduced.iter())),
        ("warnings", state.warnings.clone().into()),
        ("notes", state.notes.as_deref().map(Json::from).into()),
        ("tags", strings(&mut state.tags.iter())),
        ("error", state.error.clone().unwrap_or(Json::Null)),
        ("cancelled", state.cancelled.into()),
    ])
}

/// Has `state` hold what `save` wrote; warnings that it has besides stay.
pub fn load(state: &mut State, saved: &Json, rules: Rules) {
    let list = |key: &str| saved.get(key).and_then(Json::as_array).unwrap_or_default();
    let strings = |key: &str| list(key).iter().filter_map(|value| value.as_str().map(str::to_owned));
    state.metrics = saved.get("metrics").and_then(Json::as_object).cloned().unwrap_or_default();
    state.artifacts = list("artifacts").iter().filter_map(Descriptor::read).collect();
    let pair = |pair: &Json| match pair.as_array()? {
        [name, stem] => Some((name.as_str()?.to_owned(), stem.as_str()?.to_owned())),
        _ => None,
    };
    state.results = list("results").iter().filter_map(pair).collect();
    state.renamed = strings("renamed").collect();
    state.reduced = strings("reduced").collect();
    let warnings = list("warnings").to_vec();
    let before = std::mem::replace(&mut state.warnings, warnings);
    let fresh: Vec<Json> = before.into_iter().filter(|one| !state.warnings.contains(one)).collect();
    state.warnings.extend(fresh);
    state.notes = saved.get("notes").and_then(Json::as_str).map(str::to_owned);
    state.tags = strings("tags").collect();
    state.error = saved.get("error").filter(|error| **error != Json::Null).cloned();
    state.cancelled = saved.get("cancelled") == Some(&Json::Bool(true));
    state.know_artifacts(rules);
    for (name, stem) in state.results.clone() {
        state.know_file(Place::Results, &format!("{stem}.json"), &name, rules);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::event::Event;

    #[test]
    fn what_is_saved_comes_back() {
        let mut state = State::default();
        state.metrics.insert("m".into(), Json::Float(f64::NAN));
        state.metrics.insert("n".into(), Json::Int(3));
        let rules = Rules { is_case_blind: true, is_picky: false };
        let file = state.claim_file(Place::Results, "A", ".json", rules);
        let stem = file.strip_suffix(".json").unwrap().to_owned();
        state.results.insert("A".into(), stem);
        state.renamed.insert("A".into());
        state.apply(Event::Reduce("m".into()));
        state.apply(Event::Note("note".into()));
        state.apply(Event::Tag("tag".into()));
        state.apply(Event::Warning(Json::from("first")));
        state.apply(Event::Failed { kind: "E".into(), message: "m".into(), traceback: None });
        state.cancelled = true;
        let saved = save(&state, "run");
        let text = saved.to_compact();
        let mut read = State::default();
        read.warnings = vec![Json::from("first"), Json::from("second")];
        load(&mut read, &crate::base::json::parse(&text).unwrap(), rules);
        assert_eq!(read.warnings.pop().unwrap().as_str(), Some("second"));
        assert_eq!(save(&read, "run").to_compact(), text);
        assert_ne!(read.claim_file(Place::Results, "a", ".json", rules), file);
    }
}
