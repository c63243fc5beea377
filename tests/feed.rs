//! The points of all series of a run as they come: each is shown, and what is made of them is what the run has.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use metalab::read::{Feed, Store};
use metalab::{Capture, Opened, Options};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn options(store: &Path) -> Options {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("");
    options.experiment("feeds:1").unwrap().run_id("run").unwrap();
    options
}

fn open(options: &Options) -> Capture {
    match Capture::open(options).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run_id) => panic!("{run_id} was skipped"),
    }
}

/// The points that were shown: by series and step, the value.
#[derive(Default)]
struct Seen {
    points: BTreeMap<String, Vec<Option<f64>>>,
    shown: u64,
}

impl Seen {
    fn poll(&mut self, feed: &mut Feed) -> u64 {
        let mut found: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
        let mut take =
            |series, step: i64, value| found.entry(series).or_default().push((step as usize, value));
        let count = feed.poll(&mut take).unwrap();
        assert_eq!(count, found.values().map(Vec::len).sum::<usize>() as u64);
        self.shown += count;
        for (series, points) in found {
            let of = self.points.entry(feed.series()[series].name.clone()).or_default();
            for (step, value) in points {
                of.resize(of.len().max(step + 1), None);
                assert!(of[step].is_none_or(|before| before == value), "{step}");
                of[step] = Some(value);
            }
        }
        count
    }

    fn until(&mut self, feed: &mut Feed, is_enough: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_enough(self) {
            self.poll(feed);
            assert!(start.elapsed() < PATIENCE, "{:?}", self.counts());
        }
    }

    fn counts(&self) -> Vec<(&str, usize)> {
        self.points.iter().map(|(name, points)| (name.as_str(), points.iter().flatten().count())).collect()
    }
}

#[test]
fn points_are_shown_once_while_the_run_goes_on_and_when_it_ends() {
    let place = tempfile::tempdir().unwrap();
    let run = open(&options(place.path()));
    let read = Store::open(place.path().to_str().unwrap()).unwrap().run(None, "run").unwrap();
    let (mut feed, mut seen) = (read.feed(), Seen::default());
    assert_eq!((seen.poll(&mut feed), feed.series().len()), (0, 0));

    let loss = run.series("loss", Some("K"), None).unwrap();
    run.set_step_unit("loss", "sweep").unwrap();
    for step in 0..1000 {
        loss.point(step, step as f64 * 0.5).unwrap();
    }
    run.metric_step("count", 7, 42_i64).unwrap();
    run.metric_step("phase", 7, "warm").unwrap();
    assert_eq!(seen.poll(&mut feed), 1001);
    assert_eq!(seen.counts(), [("count", 1), ("loss", 1000)]);
    let about = &feed.series().iter().find(|one| one.name == "loss").unwrap().about;
    assert_eq!((about.unit.as_deref(), about.step_unit.as_deref()), (Some("K"), Some("sweep")));
    // In the order of their numbers, whatever was flushed.
    run.flush(metalab::Flush::Visible).unwrap();
    assert_eq!(seen.poll(&mut feed), 0);

    loss.point(1000, 500.0).unwrap();
    run.finish().unwrap();
    seen.until(&mut feed, |seen| seen.points["loss"].len() == 1001);
    while seen.poll(&mut feed) > 0 {}
    assert!(seen.points["loss"].iter().zip(0..).all(|(value, step)| *value == Some(f64::from(step) * 0.5)));

    // Of a run that has ended, each once.
    let mut again = Seen::default();
    again.poll(&mut read.feed());
    assert_eq!(again.counts(), [("count", 1), ("loss", 1001)]);
    assert_eq!(again.shown, 1002);
}

/// Enough points for the journal to be saved several times, by threads that come and go.
#[test]
fn a_feed_that_falls_behind_shows_every_point() {
    const EACH: i64 = 900_000;
    let place = tempfile::tempdir().unwrap();
    let run = open(&options(place.path()));
    let store = Store::open(place.path().to_str().unwrap()).unwrap();
    let (mut early, mut seen) = (store.run(None, "run").unwrap().feed(), Seen::default());
    for part in 0..3 {
        std::thread::scope(|scope| {
            for name in ["a", "b"] {
                let series = run.series(name, None, None).unwrap();
                scope.spawn(move || {
                    for step in part * EACH / 3..(part + 1) * EACH / 3 {
                        series.point(step, (step % 1000) as f64).unwrap();
                    }
                });
            }
        });
        // Some are read from the journal, the others from what was saved of it.
        seen.poll(&mut early);
    }
    let (mut late, mut all) = (store.run(None, "run").unwrap().feed(), Seen::default());
    for (feed, seen) in [(&mut early, &mut seen), (&mut late, &mut all)] {
        seen.until(feed, |seen| seen.counts() == [("a", EACH as usize), ("b", EACH as usize)]);
        assert_eq!(seen.poll(feed), 0);
    }
    assert_eq!(all.shown, 2 * EACH as u64);
    run.finish().unwrap();
    while seen.poll(&mut early) > 0 {}
    assert_eq!(seen.counts(), [("a", EACH as usize), ("b", EACH as usize)]);
}

#[test]
fn a_run_that_is_recovered_goes_on_in_its_feed() {
    let place = tempfile::tempdir().unwrap();
    let run = open(&options(place.path()));
    run.metric_step("loss", 1, 0.5).unwrap();
    run.finish().unwrap();
    let read = Store::open(place.path().to_str().unwrap()).unwrap().run(None, "run").unwrap();
    let (mut feed, mut seen) = (read.feed(), Seen::default());
    assert_eq!((seen.poll(&mut feed), seen.poll(&mut feed)), (1, 0));
    // It goes on from a step: the points before it stay.
    let mut options = options(place.path());
    options.restart(5);
    let run = open(&options);
    run.metric_step("loss", 5, 0.25).unwrap();
    seen.until(&mut feed, |seen| seen.counts() == [("loss", 2)]);
    let mut again = Seen::default();
    again.poll(&mut read.feed());
    assert_eq!(again.points["loss"], [None, Some(0.5), None, None, None, Some(0.25)]);
    run.finish().unwrap();
}
