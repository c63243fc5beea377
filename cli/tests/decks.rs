//! Input decks: the parameters that `mlab run --input` finds in files.

mod common;

use std::process::Command;

use common::{Ended, Store};
use metalab::read;
use serde_json::{Value, json};

/// The parameters of a run with these input files.
fn params(files: &[(&str, &str)]) -> Value {
    let store = Store::new();
    assert_eq!(run(&store, files, &[]).good(), "");
    recorded(&store)
}

fn run(store: &Store, files: &[(&str, &str)], more: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlab"));
    command.args(["run", "--sample", "0"]).current_dir(store.path());
    for (name, text) in files {
        std::fs::write(store.path().join(name), text).unwrap();
        command.args(["--input", name]);
    }
    Ended::of(command.args(more).args(["--", "true"]).env("METALAB_STORE", store.path().join("runs")))
}

fn recorded(store: &Store) -> Value {
    let store = read::Store::open(store.path().join("runs").to_str().unwrap()).unwrap();
    let run = store.newest(&read::Query::default()).unwrap().unwrap();
    serde_json::from_str(&run.params().to_compact()).unwrap()
}

#[test]
fn a_namelist() {
    let text = "
a line before
&GRID
  nx = 64, ny=32      ! cells
  Origin = 0.0, 1.5d0 -2.
  name = 'it''s', path = \"a/b\"
  periodic = .TRUE., .false. t
  weights = 3*0.5, 2*1
/
&solver tol=1.D-6 method%kind='cg' , method%steps = 5
  coef(1) = 2.0 coef(2) = 3.0
  z = (1.0, -2.0)
&end
&empty /
";
    let expected = json!({
        "grid": {"nx": 64, "ny": 32, "origin": [0.0, 1.5, -2.0], "name": "it's", "path": "a/b",
            "periodic": [true, false, true], "weights": [0.5, 0.5, 0.5, 1, 1]},
        "solver": {"tol": 1e-6, "method": {"kind": "cg", "steps": 5}, "coef(1)": 2.0, "coef(2)": 3.0,
            "z": [1.0, -2.0]},
        "empty": {},
    });
    assert_eq!(params(&[("heat.nml", text)]), expected);
    // Without the extension it is known by what is in it.
    assert_eq!(params(&[("INPUT", text)]), expected);
}

#[test]
fn toml_yaml_json_ini() {
    let expected = json!({"n": 64, "grid": {"h": 0.5, "name": "a b", "on": true, "sizes": [1, 2]}});
    let toml = "n = 64\n[grid]\nh = 0.5\nname = \"a b\"\non = true\nsizes = [1, 2]\n";
    assert_eq!(params(&[("a.toml", toml)]), expected);
    let yaml = "n: 64\ngrid:\n  h: 0.5\n  name: a b\n  on: true\n  sizes: [1, 2]\n";
    assert_eq!(params(&[("a.yaml", yaml)]), expected);
    assert_eq!(params(&[("a.json", &expected.to_string())]), expected);
    assert_eq!(params(&[("a.in", &expected.to_string())]), expected);
    let ini = "; solver\nn = 64\n[grid]\nh = 0.5\nname = a b\non = true\n[grid.fine]\nh=0.25\n";
    let of_ini = json!({"n": 64, "grid": {"h": 0.5, "name": "a b", "on": true, "fine": {"h": 0.25}}});
    assert_eq!(params(&[("a.ini", ini)]), of_ini);
    assert_eq!(params(&[("a.cfg", ini)]), of_ini);
}

#[test]
fn lines_of_key_and_value() {
    let text =
        "# comment\nn = 64\nsolver.tol = 1e-6  # small\nname = \"a # b\"\n\nbox = 1.0 2.0, 3.0\non = true;\n";
    let expected =
        json!({"n": 64, "solver": {"tol": 1e-6}, "name": "a # b", "box": [1.0, 2.0, 3.0], "on": true});
    assert_eq!(params(&[("run.in", text)]), expected);
}

#[test]
fn what_is_no_deck_is_noted_and_no_more() {
    let files = [("in.lj", "units lj\nrun 100\nvariable x equal 5\n"), ("data.bin", "\u{0}\u{1}")];
    assert_eq!(params(&files), json!({}));
}

#[test]
fn of_several_files_each_keeps_its_values() {
    let files = [("a.toml", "n = 1\nx = 5\n"), ("b.toml", "n = 2\ny = 6\n")];
    assert_eq!(params(&files), json!({"n": 1, "x": 5, "b": {"n": 2}, "y": 6}));
}

#[test]
fn a_damaged_deck_starts_nothing() {
    for (name, text, problem) in [
        ("a.toml", "n = ", "a.toml can't be read"),
        ("a.json", "[1]", "a.json can't be read"),
        ("a.yaml", "- 1\n", "it is no mapping"),
        ("a.nml", "&grid n = 'x\n/\n", "line 3, group grid: a text has no closing quote"),
        ("b.nml", "&grid n = 1\n", "group grid: it has no end"),
    ] {
        let store = Store::new();
        let said = run(&store, &[(name, text)], &[]).bad();
        assert!(said.contains(problem), "{said}");
        assert!(!store.path().join("runs").exists());
    }
}

#[test]
fn decks_on_the_command_line_are_found() {
    let store = Store::new();
    std::fs::write(store.path().join("heat.nml"), "&grid n = 8 /\n").unwrap();
    std::fs::write(store.path().join("notes"), "nothing to read\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlab"));
    command.args(["run", "--decks", "--", "true", "heat.nml", "notes"]).current_dir(store.path());
    assert_eq!(Ended::of(command.env("METALAB_STORE", store.path().join("runs"))).good(), "");
    assert_eq!(recorded(&store), json!({"grid": {"n": 8}}));
}
