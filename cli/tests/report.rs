//! `mlab report`: what the page has, what it lets nobody do, how large it is.

mod common;

use std::process::Command;

use common::{Ended, Store};
use metalab::figure::FieldStyle;
use metalab::{ArrayView, Capture, DType, Figure, Level, Order};

/// A text that would be a tag, a script or a colour if anything let it.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'&\u{1b}[31m\u{202e}";

fn floats(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_ne_bytes()).collect()
}

fn field(run: &Capture, name: &str) {
    let bytes = floats(&(0..64).map(|index| f64::from(index) - 30.0).collect::<Vec<_>>());
    let view = ArrayView::contiguous(&bytes, DType::Float64, Order::C, &[8, 8]).unwrap();
    run.figure(name, Figure::Field(&view, &FieldStyle::default()), serde_json::json!({"unit": "K"})).unwrap();
    run.artifact_array("u", &view, serde_json::json!({})).unwrap();
}

/// The page of these runs.
#[track_caller]
fn page(store: &Store, runs: &[&str]) -> String {
    store.mlab(&[&["report"], runs, &["-o", "-"]].concat()).good()
}

/// The data of the page's script.
fn drawings(page: &str) -> serde_json::Value {
    let (_, rest) = page.split_once("id=\"drawings\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_page_has_everything_of_a_run() {
    let store = Store::new();
    let run = store.open("heat:1.0", "a1", 256);
    let loss = run.series("loss", Some("K"), Some("largest change in a step")).unwrap();
    let time = run.series("clock", Some("s"), None).unwrap();
    run.set_axis("loss", "clock").unwrap();
    for step in 0..100 {
        time.point(step, step as f64 * 0.5).unwrap();
        loss.point(step, if step == 50 { f64::NAN } else { 1.0 / (step + 1) as f64 }).unwrap();
    }
    run.metric("loss", 0.125).unwrap();
    run.metric("scheme", "upwind").unwrap();
    run.metric_step("phase", 7, "melting").unwrap();
    run.data("probe", serde_json::json!({"where": [1, 2.5]}), serde_json::json!({"unit": "m"})).unwrap();
    let row = floats(&[1.0, 4.0, 9.0, 16.0, 25.0]);
    let view = ArrayView::contiguous(&row, DType::Float64, Order::C, &[5]).unwrap();
    run.data_array("spectrum", &view, serde_json::json!({"unit": "J", "axis": "k"})).unwrap();
    field(&run, "picture");
    run.add_note("a note\nof two lines").unwrap();
    run.add_tag("tagged").unwrap();
    run.add_warning("too coarse", serde_json::json!({"limit": 2})).unwrap();
    run.log(Level::Info, "it begins").unwrap();
    run.log(Level::Error, "it went wrong").unwrap();
    run.finish().unwrap();

    let page = page(&store, &["a1"]);
    for wanted in [
        "<title>heat:1.0 a1</title>",
        "class=\"status good\">success<",
        "<h1>heat:1.0</h1>",
        "a note\nof two lines",
        "tagged",
        "too coarse",
        "limit: 2",
        "<th scope=\"row\">n</th><td class=\"number\">256</td>",
        "0.125 <span class=\"unit\">K</span>",
        "upwind",
        "melting",
        "&quot;where&quot;",
        "float64 (5)",
        "<span class=\"error\">",
        "it went wrong",
        "data:image/png;base64,",
        "picture",
        "8 by 8",
        "largest change in a step",
        "aria-label=\"Chart of loss in K. 100 points, first 1, last 0.01, least 0.01, greatest 1.\"",
        "1 value is no number",
        "<th scope=\"col\">SHA-256</th>",
    ] {
        assert!(page.contains(wanted), "{wanted} is not there");
    }
    let drawings = drawings(&page);
    let names: Vec<_> = drawings["charts"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["clock", "loss", "spectrum"]);
    let loss = &drawings["charts"][1];
    assert_eq!((loss["axis"].as_str(), loss["axes"][0]["unit"].as_str()), (Some("clock"), Some("s")));
    assert!(loss["curves"][0]["axes"]["clock"].as_str().unwrap().starts_with('s'));
    assert_eq!(drawings["charts"][2]["x"], "k");
}

#[test]
fn the_last_snapshot_is_drawn_and_too_much_is_left_out() {
    let store = Store::new();
    let run = store.open("heat:1.0", "a1", 1);
    let snapshots =
        run.snapshots("temperature", DType::Float64, Order::C, &[4, 6], serde_json::json!({})).unwrap();
    for step in [5, 90, 12] {
        snapshots.begin(step).unwrap().seal().unwrap();
    }
    let bytes: Vec<u8> = (0..1_300 * 40).flat_map(|index| (index as f32).to_ne_bytes()).collect();
    let view = ArrayView::contiguous(&bytes, DType::Float32, Order::F, &[1_300, 40]).unwrap();
    run.artifact_array("large", &view, serde_json::json!({})).unwrap();
    run.artifact_bytes("huge", b"a picture", "image", "png", serde_json::json!({})).unwrap();
    run.finish().unwrap();
    // Whatever the record says: the file is as large as it is.
    let huge =
        std::fs::OpenOptions::new().write(true).open(store.path().join("heat_1.0/artifacts/a1/huge.png"));
    huge.unwrap().set_len(7 << 20).unwrap();
    let page = page(&store, &["a1"]);
    assert_eq!(page.matches("<img ").count(), 2);
    assert!(page.contains("step 90, 4 by 6") && !page.contains("step 12,"));
    assert!(page.contains("1300 by 40"));
    assert!(page.contains("1 left out, so that the page stays small: huge (7.0 MiB)"));
}

#[test]
fn runs_lie_over_each_other_and_what_differs_is_said() {
    let store = Store::new();
    for (id, n) in [("a1", 100), ("b2", 300)] {
        store.run("heat:1.0", id, n);
    }
    let page = page(&store, &["a1", "b2", "a1"]);
    assert!(page.contains("<title>2 runs of heat:1.0</title>"));
    assert!(page.contains("300 <span class=\"change\">+200 %</span>"));
    assert!(page.contains("1 equal in all runs") || page.contains("What differs"));
    let drawings = drawings(&page);
    assert_eq!(drawings["runs"], serde_json::json!(["a1", "b2"]));
    let curves = drawings["charts"][0]["curves"].as_array().unwrap();
    assert_eq!(curves.iter().map(|curve| curve["run"].as_u64()).collect::<Vec<_>>(), [Some(0), Some(1)]);
}

#[test]
fn the_processes_of_a_run_are_in_one_chart() {
    let store = Store::new();
    let run = store.open("heat:1.0", "a1", 1);
    for rank in [10, 9, 0] {
        run.metric_step(&format!("loss@rank.{rank}"), 1, f64::from(rank)).unwrap();
        run.metric_step(&format!("loss@rank.{rank}"), 2, 0.5).unwrap();
    }
    run.finish().unwrap();
    let drawings = drawings(&page(&store, &["a1"]));
    let charts = drawings["charts"].as_array().unwrap();
    assert_eq!((charts.len(), charts[0]["name"].as_str()), (1, Some("loss")));
    let labels: Vec<_> =
        charts[0]["curves"].as_array().unwrap().iter().map(|curve| &curve["label"]).collect();
    assert_eq!(labels, ["rank.0", "rank.9", "rank.10"]);
}

#[test]
fn nothing_of_a_store_becomes_a_tag_or_a_script() {
    let store = Store::new();
    let run = store.open("heat:1.0", "a1", 1);
    let series = run.series(HOSTILE, Some(HOSTILE), Some(HOSTILE)).unwrap();
    run.set_axis(HOSTILE, "time").unwrap();
    for step in 0..3 {
        series.point(step, 0.5).unwrap();
        run.metric_step("time", step, 0.25).unwrap();
        run.metric_step(&format!("a@{HOSTILE}"), step, 0.5).unwrap();
        run.metric_step("texts", step, HOSTILE).unwrap();
    }
    run.metric(HOSTILE, HOSTILE).unwrap();
    let document = serde_json::json!({HOSTILE: HOSTILE});
    run.data(&format!("{HOSTILE} data"), &document, &document).unwrap();
    let view = ArrayView::contiguous(&[1; 9], DType::UInt8, Order::C, &[9]).unwrap();
    run.data_array("row", &view, serde_json::json!({"unit": HOSTILE, "axis": HOSTILE})).unwrap();
    run.artifact_bytes(HOSTILE, HOSTILE.as_bytes(), "image", "svg", serde_json::json!({HOSTILE: HOSTILE}))
        .unwrap();
    field(&run, &format!("{HOSTILE}2"));
    run.add_note(HOSTILE).unwrap();
    run.add_tag(HOSTILE).unwrap();
    run.add_warning(HOSTILE, serde_json::json!({HOSTILE: HOSTILE})).unwrap();
    run.log(Level::Error, HOSTILE).unwrap();
    run.fail(HOSTILE, HOSTILE, Some(HOSTILE)).unwrap();
    run.finish().unwrap();
    // Whatever a foreign record says.
    let record = store.path().join("heat_1.0/runs/a1.json");
    let mut json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&record).unwrap()).unwrap();
    poison(&mut json);
    std::fs::write(&record, json.to_string()).unwrap();

    let page = page(&store, &["a1"]);
    assert!(!page.contains("<img src=x") && !page.contains('\u{1b}') && !page.contains('\u{202e}'));
    assert_eq!((page.matches("<script").count(), page.matches("</script>").count()), (2, 2));
    assert!(page.matches("&lt;img src=x onerror=").count() > 20);
    // Inside of tags, no quote ends a value.
    for (_, tag) in page.match_indices('<').map(|(at, _)| (at, page[at..].split('>').next().unwrap())) {
        assert!(!tag.contains("alert(1)") || tag.contains("&lt;"), "{tag}");
    }
    let drawings = drawings(&page);
    let name = "</script><img src=x onerror=alert(1)>\"'&␛[31m\u{fffd}";
    let names: Vec<_> = drawings["charts"].as_array().unwrap().iter().map(|chart| &chart["name"]).collect();
    assert!(names.iter().any(|found| **found == name), "{names:?}");
}

/// Puts the hostile text in the place of each text, but where it would lead to other files.
fn poison(json: &mut serde_json::Value) {
    use serde_json::Value;
    match json {
        Value::String(text) => *text = HOSTILE.to_owned(),
        Value::Array(items) => items.iter_mut().for_each(poison),
        Value::Object(members) => {
            for (key, value) in members.iter_mut() {
                if !["run_id", "uri", "name", "format", "started_at", "finished_at"].contains(&key.as_str()) {
                    poison(value);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn the_page_asks_nobody_for_anything() {
    let store = Store::new();
    store.run("heat:1.0", "a1", 1);
    let page = page(&store, &["a1"]);
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(!page.contains("http://") && !page.contains("https://"));
    let (_, rest) = page.split_once("Content-Security-Policy\" content=\"").unwrap();
    let policy = rest.split('"').next().unwrap();
    let rules: Vec<&str> = policy.split("; ").collect();
    assert_eq!(rules[..2], ["default-src 'none'", "img-src data:"]);
    assert!(rules[2].starts_with("style-src 'sha256-") && rules[3].starts_with("script-src 'sha256-"));
    assert_eq!(rules[4..], ["base-uri 'none'", "form-action 'none'"]);
    for handler in
        [" onclick=", " onload=", " style=\"", "javascript:", "@import", "url(h", "src=\"h", "href=\"h"]
    {
        assert!(!page.contains(handler), "{handler}");
    }
}

#[test]
fn long_series_are_thinned_and_the_page_stays_small() {
    let store = Store::new();
    let run = store.open("heat:1.0", "a1", 1);
    let mut state = 1_u64;
    for series in 0..100 {
        let series = run.series(&format!("s{series:03}"), None, None).unwrap();
        for step in 0..2_000 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let noise = (state >> 11) as f64 / (1_u64 << 53) as f64;
            series.point(step * 1_000, if step == 1_234 { 1e9 } else { noise }).unwrap();
        }
    }
    run.finish().unwrap();
    let page = page(&store, &["a1"]);
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    assert!(page.contains("greatest 1000000000"));
    let drawings = drawings(&page);
    for chart in drawings["charts"].as_array().unwrap() {
        // Eight bytes of each point, as base64.
        let points = chart["curves"][0]["y"].as_str().unwrap().len() * 3 / 4 / 8;
        assert!((850..=1_000).contains(&points), "{points}");
    }
}

#[test]
fn a_run_that_goes_on_and_one_that_died_are_shown() {
    let store = Store::new();
    let run = store.open("heat:1.0", "going", 1);
    run.metric_step("loss", 3, 0.75).unwrap();
    let shown = page(&store, &["going"]);
    assert!(shown.contains("class=\"status going\">running<") && shown.contains("first 0.75"));
    run.finish().unwrap();

    let program = std::env::current_exe().unwrap();
    let mut child = Command::new(program);
    child.args(["--exact", "dies_in_a_child", "--nocapture"]).env("REPORT_DIES_IN", store.path());
    assert_ne!(Ended::of(&mut child).status, 0);
    let shown = page(&store, &["dead"]);
    assert!(shown.contains("class=\"status bad\">dead<") && shown.contains("first 0.25"));
    assert!(shown.contains("its process is dead"));
}

/// The child of the test before: it dies in the middle of a run.
#[test]
fn dies_in_a_child() {
    let Some(path) = std::env::var_os("REPORT_DIES_IN") else { return };
    let mut options = metalab::Options::new();
    options.store(path.to_str().unwrap()).experiment("heat:1.0").unwrap();
    options.run_id("dead").unwrap().code_hash("");
    let metalab::Opened::Capture(run) = Capture::open(&options).unwrap() else { return };
    run.metric_step("loss", 3, 0.25).unwrap();
    std::process::abort();
}

#[test]
fn the_page_is_written_where_it_is_wanted() {
    let store = Store::new();
    store.run("heat:1.0", "a1", 1);
    store.run("heat:1.0", "b2", 1);
    let directory = tempfile::tempdir().unwrap();
    let report = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mlab"));
        command.arg("report").args(arguments).env("METALAB_STORE", store.path());
        Ended::of(command.current_dir(directory.path()))
    };
    assert_eq!(report(&[]).good(), "b2.html\n");
    assert_eq!(report(&["a1", "b2"]).good(), "a1-and-1-more.html\n");
    let said = report(&["a1", "-o", "page.html", "--json"]).json();
    let written = std::fs::read_to_string(directory.path().join("page.html")).unwrap();
    assert_eq!(
        (said["path"].as_str(), said["size_bytes"].as_u64()),
        (Some("page.html"), Some(written.len() as u64))
    );
    assert!(written.ends_with("</html>\n") || written.ends_with("</html>"));
    let mut names: Vec<_> =
        std::fs::read_dir(directory.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["a1-and-1-more.html", "b2.html", "page.html"], "nothing half written is left");

    assert!(report(&["a1", "-o", "nowhere/page.html"]).bad().contains("nowhere/page.html"));
    assert!(report(&["a1", "-o", "-", "--open"]).bad().contains("stdout"));
    assert!(report(&["missing"]).bad().contains("there is no run missing"));
}
