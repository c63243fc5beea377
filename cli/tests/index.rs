//! `mlab index`, and what other commands do with a store that has an index, against a server of the test's own.

mod common;
#[path = "../../tests/common/postgres.rs"]
#[allow(dead_code)]
mod postgres;

use common::Store;

#[test]
fn rows_are_compared_with_files_and_made_anew() {
    let Some(server) = postgres::Server::start(&[]) else { return };
    let store = Store::new();
    store.full("a1", 2);
    store.full("b2", 9);
    let locator = server.locator(store.path(), "");
    let mlab = |arguments: &[&str]| store.mlab(&[&["--store", &locator], arguments].concat());
    assert!(mlab(&["index", "rebuild"]).good().contains("2 runs"));
    assert_eq!(mlab(&["index", "status"]).good(), "2 runs, 2 rows\n");
    server.query("DELETE FROM runs WHERE run_id = 'a1'");
    server.query(
        "UPDATE runs SET record_json = record_json || '{\"status\": \"running\"}' WHERE run_id = 'b2'",
    );
    let ended = mlab(&["index", "status", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let ids = |key: &str| json[key][0]["run_id"].as_str();
    assert_eq!((ended.status, ids("missing"), ids("stale")), (1, Some("a1"), Some("b2")), "{json}");
    let said = mlab(&["verify"]).good();
    assert!(said.contains("no row in the index") && said.contains("an earlier state"), "{said}");
    mlab(&["index", "rebuild", "-e", "heat:1.0"]).good();
    assert!(mlab(&["verify"]).good().ends_with("whole\n"));
    // A run that is removed has no row any more.
    mlab(&["prune", "params.n < 3", "--yes"]).good();
    assert_eq!(server.query("SELECT run_id FROM runs"), "b2");
    assert_eq!(mlab(&["index", "status"]).good(), "1 runs, 1 rows\n");
    std::fs::remove_file(store.path().join("heat_1.0/runs/b2.json")).unwrap();
    let ended = mlab(&["index", "status"]);
    assert!(ended.status == 1 && ended.out.contains("a row without a file"), "{ended:?}");
    assert!(store.mlab(&["index", "status"]).bad().contains("has no index"));
}
