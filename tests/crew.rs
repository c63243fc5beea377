//! Many captures of one process: a handful of threads, every point, and nothing that stays.

mod common;

use std::path::Path;

use common::{c_compilers, command, compile, json, run};

const ROUNDS: usize = 50;

fn case(case: &str, store: &Path) -> bool {
    let Some(compiler) = c_compilers().first().copied() else { return false };
    run(command(compile(compiler, "crew")).arg(case).arg(store)).succeeded();
    true
}

#[test]
fn a_thousand_captures_at_once() {
    let store = tempfile::tempdir().unwrap();
    if !case("thousand", store.path()) {
        return;
    }
    let experiment = store.path().join("crew_1");
    for capture in 0..1000 {
        let record = json(&experiment.join(format!("runs/r{capture}.json")));
        assert_eq!(
            (record["status"].as_str(), record["metrics"]["round"].as_u64()),
            (Some("success"), Some(49))
        );
        let points = json(&experiment.join(format!("results/r{capture}/point.json")))["data"].clone();
        let points = points.as_array().unwrap();
        assert_eq!(points.len(), ROUNDS + 1, "r{capture}");
        assert!(points[..ROUNDS].iter().all(|point| point[1].as_f64() == Some(f64::from(capture))));
    }
    let record = json(&experiment.join("runs/r500.json"));
    assert!(Path::new(record["artifacts"][0]["uri"].as_str().unwrap()).exists());
}

#[test]
fn a_child_of_a_process_with_many_has_a_crew_of_its_own() {
    let store = tempfile::tempdir().unwrap();
    if !case("forks", store.path()) {
        return;
    }
    let experiment = store.path().join("crew_1");
    let parents = (0..12).map(|capture| (format!("r{capture}"), 2));
    let children = (0..24).map(|child| (format!("child{}_{}", child / 6, child % 6), 1));
    for (run_id, points) in parents.chain(children) {
        let record = json(&experiment.join(format!("runs/{run_id}.json")));
        assert_eq!(record["status"].as_str(), Some("success"), "{run_id}");
        let entry = json(&experiment.join(format!("results/{run_id}/point.json")));
        assert_eq!(entry["shape"], serde_json::json!([points, 2]), "{run_id}");
    }
}
