//! Runs as one JSON document: what each record says, and its series.

use serde_json::{Value, json};

use super::Exported;
use super::columns::Cell;
use crate::json;

/// The document: an array with an object for each run.
pub fn json(runs: &[Exported]) -> Value {
    runs.iter().map(run).collect()
}

fn run(one: &Exported) -> Value {
    let mut object = about(one);
    object["series"] = Value::Object(
        one.series
            .iter()
            .map(|series| {
                let values: Vec<Value> =
                    (0..series.len()).map(|index| cell(&super::columns::cell(series, index))).collect();
                let value = json!({
                    "unit": series.unit, "description": series.description, "axis": series.axis,
                    "steps": series.steps, "values": values,
                });
                (series.name.clone(), value)
            })
            .collect(),
    );
    object
}

/// The facts that the record has of the run.
pub fn about(one: &Exported) -> Value {
    let run = &one.run;
    let text = |key: &str| run.record().get(key).map_or(Value::Null, json::value);
    json!({
        "experiment_id": run.experiment_id(), "run_id": run.id(), "status": run.status().text(),
        "started_at": text("started_at"), "finished_at": text("finished_at"),
        "duration_ms": text("duration_ms"), "params": json::value(run.params()),
        "metrics": json::object(&run.metrics()), "tags": run.tags(), "notes": run.notes(),
        "provenance": json::value(run.provenance()),
    })
}

fn cell(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Bool(value) => (*value).into(),
        Cell::Int(value) => (*value).into(),
        Cell::Float(value) => json::float(*value),
        Cell::Text(text) => text.as_ref().into(),
    }
}
