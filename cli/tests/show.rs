//! `mlab show`.

mod common;

use common::Store;
use common::rich;

#[test]
fn child_process() {
    rich::child();
}

#[test]
fn tmp() {
    let store = Store::new();
    store.rich("aaa").finish().unwrap();
    let a = store.rich_elsewhere("two", 0);
    let b = store.rich_elsewhere("two", 1);
    b.finish();
    a.finish();
    store.rich_elsewhere("dead", 0).kill();
    let live = store.rich("live");
    let _ = std::process::Command::new("cp")
        .args(["-a", store.path().to_str().unwrap(), "/tmp/look-store"])
        .status();
    drop(live);
}
