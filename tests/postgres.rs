//! The index in PostgreSQL, with servers of the tests' own.

#![cfg(feature = "postgres")]

mod common;
#[path = "common/postgres.rs"]
mod postgres_server;

use postgres_server::Server;

use metalab::{Capture, Opened, Options};

fn open(options: &Options) -> Capture {
    match Capture::open(options).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run) => panic!("{run} is skipped"),
    }
}

#[test]
fn try_it() {
    let Some(server) = Server::start(&[]) else { return };
    let place = tempfile::tempdir().unwrap();
    let mut options = Options::new();
    options.store(&server.locator(place.path(), "")).seed(1).param("n", 5i64).param("who", "ada");
    options.experiment("a:1").unwrap();
    let run = open(&options);
    run.metric("x", f64::NAN).unwrap();
    run.metric("y", 1.5).unwrap();
    let start = std::time::Instant::now();
    run.finish().unwrap();
    println!("{:?}", start.elapsed());
    println!("{}", run.health().unwrap().to_pretty());
    println!("{}", server.query("select * from runs"));
    println!("{}", server.query("select * from field_catalog"));
    println!("{}", server.query("select * from experiment_manifests"));
    println!("{}", server.log());
}
