//! `mlab query`.

mod common;

use common::Store;

/// Runs with the parameters n = 1, 1, 2, and a loss that ends at 0.5, 0.1, 0.25.
fn store() -> Store {
    let store = Store::new();
    for (id, n, last) in [("a", 1, 0.5), ("b", 1, 0.1), ("c", 2, 0.25)] {
        let run = store.open("heat:1.0", id, n);
        let loss = run.series("train/loss", None, None).unwrap();
        [2.0, 1.0, last].iter().zip(0..).for_each(|(value, step)| loss.point(step, *value).unwrap());
        run.metric("best", last).unwrap();
        run.metric("n", n * 10).unwrap();
        run.finish().unwrap();
    }
    store
}

fn ids(json: &serde_json::Value) -> Vec<&str> {
    json.as_array().unwrap().iter().map(|row| row["run_id"].as_str().unwrap()).collect()
}

#[test]
fn series_are_asked_for_like_other_fields() {
    let store = store();
    let found = store.mlab(&["query", "train/loss.last < 0.3 and params.n = 1", "--json"]).json();
    assert_eq!(ids(&found), ["b"]);
    let found =
        store.mlab(&["query", "not train/loss.last < 0.3 or series.train/loss.count = 4", "--json"]).json();
    assert_eq!(ids(&found), ["a"]);
    let found =
        store.mlab(&["query", "order by train/loss.last", "-c", "train/loss.max,best", "--json"]).json();
    assert_eq!(ids(&found), ["b", "c", "a"]);
    assert_eq!((&found[0]["train/loss.max"], &found[0]["best"]), (&2.0.into(), &0.1.into()));
    assert!(store.mlab(&["query", "none.last exists", "--json"]).json().as_array().unwrap().is_empty());
    let said = store.mlab(&["query", "train/loss.lost < 1"]).bad();
    assert!(said.contains(".last, .min") && said.contains("\n      ^"), "{said}");
}

#[test]
fn columns_are_named_in_short_where_that_is_clear() {
    let store = store();
    let said =
        store.mlab(&["query", "-c", "params.n,best", "--order", "best desc", "-n", "2", "--csv"]).good();
    assert_eq!(said, "run_id,params.n,best\na,1,0.5\nc,2,0.25\n");
    let said = store.mlab(&["query", "-c", "n"]).bad();
    assert!(said.contains("params.n, metrics.n"), "{said}");
    assert!(store.mlab(&["query", "-c", "foo"]).bad().contains("no run has"));
    assert!(store.mlab(&["query", "--order", "foo"]).bad().contains("no column foo"));
    let said = store.mlab(&["query"]).good();
    let words: Vec<&str> = said.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(words, ["run_id", "status", "params.n", "metrics.best", "metrics.n"]);
}

#[test]
fn groups_have_count_mean_and_extremes() {
    let store = store();
    let said = store.mlab(&["query", "--by", "params.n", "-c", "best", "--csv"]).good();
    assert_eq!(said, "params.n,count,best.mean,best.min,best.max\n1,2,0.3,0.1,0.5\n2,1,0.25,0.25,0.25\n");
    let found =
        store.mlab(&["query", "--by", "params.n", "--order", "metrics.best.min desc", "--json"]).json();
    assert_eq!((&found[0]["params.n"], &found[1]["count"]), (&2.into(), &2.into()));
}
