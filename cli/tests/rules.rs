//! Rules that read the output of programs: `mlab rules`, on output that real programs have printed.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{Ended, Store};
use serde_json::{Value, json};

/// The findings in a file: values by step of each series, the metrics, the units, the rules.
struct Tried {
    rules: Vec<String>,
    series: BTreeMap<String, Vec<(i64, f64)>>,
    metrics: BTreeMap<String, Value>,
    units: BTreeMap<String, String>,
}

fn mlab(arguments: &[&str]) -> Ended {
    Store::new().mlab(arguments)
}

fn tried(path: &Path, options: &[&str]) -> Tried {
    let mut arguments = vec!["rules", "--json", "--try", path.to_str().unwrap()];
    arguments.extend(options);
    let found = mlab(&arguments).json();
    let names = found["rules"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    let mut tried = Tried {
        rules: names.collect(),
        series: BTreeMap::new(),
        metrics: BTreeMap::new(),
        units: BTreeMap::new(),
    };
    for value in found["found"].as_array().unwrap() {
        let name = value["name"].as_str().unwrap().to_owned();
        if let Some(unit) = value["unit"].as_str() {
            tried.units.insert(name.clone(), unit.to_owned());
        }
        match value["step"].as_i64() {
            Some(step) => {
                tried.series.entry(name).or_default().push((step, value["value"].as_f64().unwrap()));
            }
            None => _ = tried.metrics.insert(name, value["value"].clone()),
        }
    }
    tried
}

/// The recorded output of a program, read by the rules that were chosen by what it looks like.
fn recorded(file: &str, rules: &str) -> Tried {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let tried = tried(&data, &[]);
    assert_eq!(tried.rules, [rules]);
    tried
}

fn written(text: &str, options: &[&str]) -> Tried {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("solver.log");
    std::fs::write(&path, text).unwrap();
    tried(&path, options)
}

#[test]
fn lammps() {
    let found = recorded("lammps.txt", "lammps");
    assert_eq!(found.series["TotEng"].len(), 6);
    assert_eq!(found.series["TotEng"][5], (50, -4.629178));
    assert_eq!(found.series.keys().collect::<Vec<_>>(), ["E_mol", "E_pair", "Press", "Temp", "TotEng"]);
    assert_eq!(found.metrics["loop_time"], json!(0.0108724));
    assert_eq!((&found.metrics["atoms"], &found.metrics["dangerous_builds"]), (&json!(256), &json!(1)));
    assert!(!found.units.contains_key("Temp"), "lj has no kelvin");
    let found = recorded("lammps-multi.txt", "lammps");
    assert_eq!(found.series["PotEng"][1], (10, -207.9141));
    assert_eq!(found.series["Temp"].last(), Some(&(40, 70.068178)));
    assert_eq!((found.units["Temp"].as_str(), found.units["PotEng"].as_str()), ("K", "kcal/mol"));
}

#[test]
fn gromacs() {
    let found = recorded("gromacs.txt", "gromacs");
    let expected = [(0, 931.856), (10, 1594.93), (20, 1441.17), (30, 1112.58), (40, 996.251)];
    assert_eq!(found.series["Temperature"], expected, "the averages are no step");
    assert_eq!(found.series["LJ_(SR)"][0], (0, 11492.4));
    assert_eq!(found.series["Time"][4], (40, 0.08));
    assert_eq!((found.units["Pressure"].as_str(), found.units["Potential"].as_str()), ("bar", "kJ/mol"));
    assert_eq!((&found.metrics["ns_per_day"], &found.metrics["wall_time"]), (&json!(53.146), &json!(0.133)));
}

#[test]
fn calculix() {
    let found = recorded("calculix.txt", "calculix");
    assert_eq!(found.series["residual_force"], [(1, 0.005582), (2, 0.0), (3, 0.0), (4, 0.0)]);
    assert_eq!(found.series["iteration"], [(1, 1.0), (2, 2.0), (3, 1.0), (4, 2.0)]);
    assert_eq!((&found.metrics["equations"], &found.metrics["nonzeros"]), (&json!(16), &json!(120)));
    assert_eq!(found.metrics["increments"], json!(3));
    assert_eq!(found.units["total_calculix_time"], "s");
}

#[test]
fn lulesh_comd_minife() {
    let found = recorded("lulesh.txt", "lulesh");
    assert_eq!(found.series["time"].last(), Some(&(102, 0.01)));
    assert_eq!((&found.metrics["FOM"], found.units["FOM"].as_str()), (&json!(540.35759), "z/s"));
    assert_eq!(found.metrics["MaxRelDiff"], json!(5.359030e-14));
    let found = recorded("comd.txt", "comd");
    assert_eq!(found.series["Total_Energy"][4], (40, -1.166042442043));
    assert_eq!((found.units["Time"].as_str(), found.units["Temperature"].as_str()), ("fs", "K"));
    assert_eq!((&found.metrics["atom_rate"], &found.metrics["atoms"]), (&json!(0.12), &json!(864)));
    let found = recorded("minife.txt", "minife");
    assert_eq!(found.series["Residual"], [(20, 1.23424e-8)]);
    assert_eq!(found.metrics["final_residual"], json!(2.07243e-16));
}

#[test]
fn openfoam() {
    let found = recorded("openfoam.txt", "openfoam");
    assert_eq!(found.series["time"], [(1, 0.005), (2, 0.01), (3, 0.015)]);
    assert_eq!(found.series["residual.p"], [(1, 1.0), (2, 0.196883)], "the first solve of a step counts");
    assert_eq!(found.series["residual.Ux"], [(1, 1.0), (2, 0.1952)]);
    assert_eq!(found.series["courant_max"], [(1, 0.0), (2, 0.167504)]);
}

#[test]
fn cp2k_and_quantum_espresso() {
    let found = recorded("cp2k.txt", "cp2k");
    assert_eq!(found.series["Temperature"], [(1, 244.692898)]);
    assert_eq!(found.series["Energy"], [(1, -1.083065342445176), (2, -1.082790286498145)]);
    assert_eq!(found.series["SCF_Steps"], [(1, 5.0), (2, 1.0)]);
    assert_eq!(found.units["Energy"], "hartree");
    let found = recorded("quantum-espresso.txt", "quantum-espresso");
    assert_eq!(found.series["scf_accuracy"][0], (1, 0.35255165));
    assert_eq!(found.series["ionic.energy"], [(1, -14.44592066)]);
    assert_eq!(found.series["ionic.pressure"], [(1, 539.23)]);
    assert_eq!((found.units["total_energy"].as_str(), &found.metrics["wall_seconds"]), ("Ry", &json!(0.3)));
}

#[test]
fn tables_are_found_without_rules() {
    let found =
        written("Setting up\n\n  iter   residual   drag [N]\n  1  1e-1  5\n  2  1.D-02  4.5\n\nEnd\n", &[]);
    assert!(found.rules.is_empty());
    assert_eq!(found.series["residual"], [(1, 0.1), (2, 0.01)]);
    assert_eq!(found.units["drag"], "N");
}

#[test]
fn a_rule_on_the_command_line() {
    let text = "it 5: res=1e-3 drag=2\nit 6: res=5e-4 drag=3\nmesh of 64 cells\n";
    let rule = r"it (?<step>\d+): res=(?<res>\S+) drag=(?<drag>\S+)";
    let found = written(text, &["--rule", rule, "--rule", r"metric:mesh of (?<cells>\d+)"]);
    assert_eq!(found.series["res"], [(5, 1e-3), (6, 5e-4)]);
    assert_eq!(found.series["drag"], [(5, 2.0), (6, 3.0)]);
    assert_eq!(found.metrics["cells"], json!(64));
    // Without a step, values are counted.
    let found = written(text, &["--rule", "drag=(?<drag>\\S+)"]);
    assert_eq!(found.series["drag"], [(1, 2.0), (2, 3.0)]);
}

#[test]
fn rules_in_a_file_remember_scale_and_name() {
    let rules = r#"
        title = "mine"
        [[rule]]
        match = '^== step (?<step>\d+)'
        kind = "state"
        remember = ["step"]
        [[rule]]
        match = '(?<field>\w+) residual (?<value>\S+) in (?<took>\S+) ms'
        names = { value = "residual.{field}", took = "time.{field}" }
        units = { took = "s" }
        scale = { took = 1e-3 }
        [[rule]]
        match = '^status: (?<ending>\w+)'
        kind = "metric"
    "#;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mine.toml");
    std::fs::write(&path, rules).unwrap();
    let text = "== step 10\nu residual 0.5 in 20 ms\np residual 0.25 in 5 ms\n== step 20\nu residual 0.1 in 30 ms\nstatus: ok\n";
    let found = written(text, &["--rules", path.to_str().unwrap()]);
    assert_eq!(found.series["residual.u"], [(10, 0.5), (20, 0.1)]);
    assert_eq!(found.series["time.p"], [(10, 0.005)]);
    assert_eq!((found.units["time.u"].as_str(), &found.metrics["ending"]), ("s", &json!("ok")));
}

#[test]
fn rules_are_listed_and_printed() {
    let listed = mlab(&["rules"]).good();
    for name in
        ["lammps", "gromacs", "calculix", "lulesh", "comd", "minife", "cp2k", "quantum-espresso", "openfoam"]
    {
        assert!(listed.contains(name), "{listed}");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("copy.toml");
        std::fs::write(&path, mlab(&["rules", name]).good()).unwrap();
        let log = directory.path().join("log");
        std::fs::write(&log, "").unwrap();
        let tried = mlab(&["rules", "--try", log.to_str().unwrap(), "--rules", path.to_str().unwrap()]);
        assert_eq!((tried.status, tried.out.as_str(), tried.err.as_str()), (1, "", ""), "{name}");
    }
    assert_eq!(mlab(&["rules", "--json"]).json().as_array().unwrap().len(), 9);
}

#[test]
fn what_can_not_be_used_is_said() {
    assert!(mlab(&["rules", "nothing"]).bad().contains("there are no rules nothing"));
    assert!(mlab(&["rules", "--try", "/nowhere/log"]).bad().contains("cannot read /nowhere/log"));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bad.toml");
    for (text, problem) in [
        ("x = 1", "unknown field"),
        ("title = 't'\n[[rule]]\nmatch = '('", "regex parse error"),
        ("title = 't'\n[[rule]]\nmatch = '(?<a>x)'\nunits = { b = 's' }", "has no group b"),
    ] {
        std::fs::write(&path, text).unwrap();
        let said = mlab(&["rules", "--try", "x", "--rules", path.to_str().unwrap()]).bad();
        assert!(said.contains("bad.toml can't be read") && said.contains(problem), "{said}");
    }
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    std::fs::write(&path, "state: \u{1b}[2Jx\n").unwrap();
    let found =
        mlab(&["rules", "--try", path.to_str().unwrap(), "--rule", "metric:state: (?<state>.*)"]).good();
    assert!(found.contains("[2Jx") && !found.contains('\u{1b}'), "{found:?}");
}
