//! `mlab export` and `mlab import`.

mod common;

use std::fs::File;
use std::path::Path;

use common::Store;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;

/// A run with series of floats, of integers and of texts, whose steps differ.
fn store() -> Store {
    let store = Store::new();
    let run = store.open("heat:1.0", "a1", 2);
    let loss = run.series("loss", Some("K"), Some("the loss")).unwrap();
    let cells = run.series("cells", None, None).unwrap();
    let phase = run.series("phase", None, None).unwrap();
    for step in 0..3 {
        loss.point(step, 0.1 + step as f64).unwrap();
        cells.point(step * 2, 10 + step).unwrap();
    }
    loss.point(3, f64::NAN).unwrap();
    loss.point(3, f64::INFINITY).unwrap();
    phase.point(1, "a \"b\", c").unwrap();
    run.metric("best", 0.25).unwrap();
    run.finish().unwrap();
    store
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn csv_is_long_or_wide() {
    let store = store();
    let long = store.mlab(&["export", "a1", "--to", "csv"]).good();
    let lines_of = lines(&long);
    assert_eq!(lines_of[0], "run_id,series,step,value,text");
    assert_eq!(&lines_of[1..4], ["a1,cells,0,10,", "a1,cells,2,11,", "a1,cells,4,12,"]);
    assert!(lines_of.contains(&"a1,loss,3,nan,") && lines_of.contains(&"a1,loss,3,inf,"));
    assert!(lines_of.contains(&"a1,phase,1,,\"a \"\"b\"\", c\""), "{long}");
    let wide =
        store.mlab(&["export", "a1", "--to", "csv", "--wide", "--series", "loss", "--series", "cells"]);
    let wanted = "run_id,step,cells,loss
a1,0,10,0.1
a1,1,,1.1
a1,2,11,2.1
a1,3,,nan
a1,3,,inf
a1,4,12,
";
    assert_eq!(wide.good(), wanted);
    // A file of the present directory.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mlab"));
    command.args(["export", "a1", "--to", "csv", "-o", "here.csv"]).current_dir(store.path());
    assert!(common::Ended::of(command.arg("--store=.")).good().contains("here.csv: 1 runs, 9 points"));
    let said = store.mlab(&["export", "a1", "--to", "parquet"]).bad();
    assert!(said.contains("-o PATH"), "{said}");
}

#[test]
fn json_has_all_that_is_known_of_a_run() {
    let store = store();
    let json = store.mlab(&["export", "--filter", "params.n = 2", "--to", "json"]).json();
    assert_eq!(json[0]["params"]["n"], 2);
    assert_eq!(json[0]["metrics"]["best"], 0.25);
    assert_eq!(json[0]["series"]["loss"]["unit"], "K");
    assert_eq!(json[0]["series"]["loss"]["values"], serde_json::json!([0.1, 1.1, 2.1, "NaN", "Infinity"]));
    assert_eq!(json[0]["series"]["cells"]["steps"], serde_json::json!([0, 2, 4]));
}

fn rows(path: &Path) -> Vec<Vec<(String, Field)>> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    reader.into_iter().map(|row| row.unwrap().into_columns()).collect()
}

#[test]
fn parquet_is_read_back_as_it_was_written() {
    let store = store();
    store.full("b2", 3);
    let path = store.path().join("out.parquet");
    let out = path.to_str().unwrap();
    store.mlab(&["export", "--filter", "order by started_at", "--to", "parquet", "-o", out]).good();
    let rows_of = rows(&path);
    assert_eq!(rows_of.len(), 3 + 5 + 1 + 1);
    let cell =
        |row: &[(String, Field)], name: &str| row.iter().find(|(key, _)| key == name).unwrap().1.clone();
    let of_loss: Vec<_> = rows_of
        .iter()
        .filter(|row| {
            cell(row, "series") == Field::Str("loss".into()) && cell(row, "run_id") == Field::Str("a1".into())
        })
        .map(|row| (cell(row, "step"), cell(row, "value")))
        .collect();
    assert_eq!(of_loss[1], (Field::Long(1), Field::Double(1.1)));
    assert!(matches!(of_loss[3].1, Field::Double(value) if value.is_nan()));
    let text = rows_of.iter().find(|row| cell(row, "series") == Field::Str("phase".into())).unwrap();
    assert_eq!((cell(text, "value"), cell(text, "text")), (Field::Null, Field::Str("a \"b\", c".into())));

    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let known = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let json = |key: &str| -> serde_json::Value {
        let entry = known.iter().find(|one| one.key == key).unwrap();
        serde_json::from_str(entry.value.as_ref().unwrap()).unwrap()
    };
    assert_eq!(json("metalab.series")["loss"]["unit"], "K");
    let runs = json("metalab.runs");
    let a1 = runs.as_array().unwrap().iter().find(|run| run["run_id"] == "a1").unwrap();
    assert!(a1["params"]["n"] == 2 && a1["provenance"]["host"].is_string(), "{runs}");

    store.mlab(&["export", "a1", "--to", "parquet", "--wide", "-o", out]).good();
    let wide = rows(&path);
    assert_eq!(wide.len(), 6);
    assert_eq!((cell(&wide[0], "cells"), cell(&wide[0], "loss")), (Field::Long(10), Field::Double(0.1)));
    assert_eq!(
        (cell(&wide[1], "cells"), cell(&wide[1], "phase")),
        (Field::Null, Field::Str("a \"b\", c".into()))
    );
}

#[test]
fn event_files_of_tensorboard_come_back_as_a_run() {
    let store = store();
    let out = store.path().join("events");
    let out = out.to_str().unwrap();
    let said = store.mlab(&["export", "a1", "--to", "tensorboard", "-o", out]).good();
    assert!(said.contains("1 runs, 9 points"), "{said}");
    let said = store.mlab(&["import", out, "-e", "torch:1", "--run-id", "t1", "-p", "lr=0.5"]).good();
    assert!(said.contains("t1: 3 series"), "{said}");
    let read = metalab::read::Store::open(store.path().to_str().unwrap()).unwrap();
    let run = read.run(Some("torch:1"), "t1").unwrap();
    let loss = run.series("loss").unwrap().unwrap();
    assert_eq!(loss.steps, [0, 1, 2, 3, 3]);
    assert!(
        matches!(loss.values.get(1), Some(metalab::Value::Scalar(metalab::Scalar::F64(value))) if (value - 1.1).abs() < 1e-6)
    );
    assert!(run.series("wall_time").unwrap().is_some() && run.series("phase").unwrap().is_none());
    // A record whose checksum is wrong is damage; one that is cut short is the end.
    let file = std::fs::read_dir(Path::new(out).join("heat_1.0/a1")).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 3]).unwrap();
    store.mlab(&["import", out, "-e", "torch:1", "--run-id", "t2"]).good();
    let mut torn = bytes.clone();
    torn[60] ^= 1;
    std::fs::write(&file, torn).unwrap();
    assert!(
        store.mlab(&["import", out, "-e", "torch:1", "--run-id", "t3"]).bad().contains("damaged at byte")
    );
}

#[test]
fn mlflow_has_its_files() {
    let store = store();
    let out = store.path().join("mlruns");
    store.mlab(&["export", "a1", "--to", "mlflow", "-o", out.to_str().unwrap()]).good();
    let experiment = std::fs::read_dir(&out).unwrap().next().unwrap().unwrap().path();
    let text = |path: &str| std::fs::read_to_string(experiment.join(path)).unwrap();
    assert!(text("meta.yaml").contains("name: \"heat:1.0\"\n"));
    assert!(text("a1/meta.yaml").contains("status: 3\n") && experiment.join("a1/artifacts").is_dir());
    assert_eq!(text("a1/params/n"), "2");
    assert_eq!(lines(&text("a1/metrics/loss")).len(), 5);
    assert!(text("a1/metrics/loss").contains(" nan 3\n") && text("a1/metrics/best").ends_with(" 0.25 0\n"));
    assert_eq!(text("a1/tags/metalab.experiment_id"), "heat:1.0");
}

#[test]
fn series_whose_names_are_alike_stay_apart() {
    let store = Store::new();
    let run = store.open("heat:1.0", "b1", 2);
    for (value, name) in ["step", "step_", "loss", "loss/val", "a:b", "a_b"].into_iter().enumerate() {
        run.series(name, None, None).unwrap().point(0, (1_i64 << 60) + value as i64).unwrap();
    }
    run.finish().unwrap();
    let wide = store.mlab(&["export", "b1", "--to", "csv", "--wide"]).good();
    assert_eq!(lines(&wide)[0], "run_id,step,a:b,a_b,loss,loss/val,step_,step__");
    assert_eq!(lines(&wide)[1].matches("11529215046068469").count(), 6, "{wide}");
    let out = store.path().join("mlruns");
    store.mlab(&["export", "b1", "--to", "mlflow", "-o", out.to_str().unwrap()]).good();
    let metrics = std::fs::read_dir(&out).unwrap().next().unwrap().unwrap().path().join("b1/metrics");
    for name in ["step", "step_", "loss_", "loss/val", "a_b", "a_b_"] {
        assert!(metrics.join(name).is_file(), "{name}");
    }
}

#[test]
fn a_table_becomes_a_run() {
    let store = store();
    let path = store.path().join("history.csv");
    let file = path.to_str().unwrap();
    std::fs::write(&path, "iteration, loss,phase,n\n1,0.5,warm,3\n2.0,,cold,4\n").unwrap();
    let import =
        |more: &[&str]| store.mlab(&[&["import", file, "-e", "heat:1.0", "--run-id", "h1"], more].concat());
    let said = import(&[]).bad();
    assert!(said.contains("no column step") && said.contains("iteration"), "{said}");
    assert!(import(&["--step", "iteration"]).good().contains("h1: 3 series, 5 points"));
    assert!(import(&["--step", "iteration"]).bad().contains("--replace"));
    import(&["--step", "iteration", "--replace"]).good();
    let shown = store.mlab(&["export", "h1", "--to", "csv", "--wide"]).good();
    assert_eq!(shown, "run_id,step,loss,n,phase\nh1,1,0.5,3,warm\nh1,2,,4,cold\n");
    // The series come back the same.
    for wide in [&["--wide"][..], &[]] {
        let before = store.mlab(&[&["export", "a1", "--to", "csv", "-o", file], wide].concat());
        before.good();
        import(&["--replace"]).good();
        let after = store.mlab(&[&["export", "h1", "--to", "csv"], wide].concat()).good();
        assert_eq!(after.replace("h1,", "a1,"), std::fs::read_to_string(&path).unwrap());
    }
    std::fs::write(&path, "step,a\nx,1\n").unwrap();
    assert!(import(&["--replace"]).bad().contains("line 2"));
}
