//! `mlab ls` and how stores and runs are named.

mod common;

use common::Store;

#[test]
fn runs_are_listed_the_newest_first() {
    let store = Store::new();
    assert_eq!(store.mlab(&["ls", "--json"]).json(), serde_json::json!([]));
    for (id, n) in [("a1", 100), ("b2", 300)] {
        store.run("heat:1.0", id, n);
    }
    let listed = store.mlab(&[]).good();
    let first: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(first, ["RUN", "b2", "a1"], "{listed}");
    assert!(!listed.contains('\u{1b}'), "no colours in a pipe: {listed:?}");
    assert!(store.mlab(&["--color", "always"]).good().contains('\u{1b}'));

    let found = store.mlab(&["ls", "params.n < 200", "--json"]).json();
    assert_eq!((found[0]["run_id"].as_str(), found[0]["metrics.best"].as_f64()), (Some("a1"), Some(50.0)));
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert!(store.mlab(&["ls", "params.n <"]).bad().contains("filter"));
}

#[test]
fn a_store_that_is_not_there_is_one_clear_line() {
    let store = Store::new();
    let said = store.mlab(&["--store", "/nowhere/at/all"]).bad();
    assert!(said.contains("/nowhere/at/all") && said.contains("--store"), "{said}");
    let said = store.mlab(&["ls", "-e", "heat"]).bad();
    assert!(said.contains("there is no experiment heat"), "{said}");
}
