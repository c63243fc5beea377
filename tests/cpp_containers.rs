//! The table of containers in docs/containers.md: each row is compiled with the real library.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use common::{has, root, skip};
use metalab::Order;
use metalab::read::Store;

/// A library: its name in the table, a header that is there with it, what is included, what links it, and a
/// statement that starts it.
struct Library(&'static str, &'static str, &'static [&'static str], &'static [&'static str], &'static str);

const LIBRARIES: [Library; 7] = [
    Library("std", "", &[], &[], ""),
    Library(
        "Eigen",
        "/usr/include/eigen3/Eigen/Dense",
        &["Eigen/Dense", "Eigen/Sparse", "unsupported/Eigen/CXX11/Tensor"],
        &["-isystem", "/usr/include/eigen3"],
        "",
    ),
    Library(
        "Boost",
        "/usr/include/boost/multi_array.hpp",
        &["boost/multi_array.hpp", "boost/numeric/ublas/matrix.hpp", "boost/numeric/ublas/vector.hpp"],
        &[],
        "",
    ),
    Library("Armadillo", "/usr/include/armadillo", &["armadillo"], &["-DARMA_DONT_USE_WRAPPER"], ""),
    Library("Blitz", "/usr/include/blitz/array.h", &["blitz/array.h"], &["-lblitz"], ""),
    Library(
        "xtensor",
        "/usr/include/xtensor/xarray.hpp",
        &["xtensor/xarray.hpp", "xtensor/xtensor.hpp", "xtensor/xbuilder.hpp"],
        &[],
        "",
    ),
    // Debian has it as a part of Trilinos.
    Library(
        "Kokkos",
        "/usr/include/trilinos/Kokkos_Core.hpp",
        &["Kokkos_Core.hpp", "Kokkos_DynRankView.hpp"],
        &["-isystem", "/usr/include/trilinos", "-ltrilinos_kokkoscore"],
        "Kokkos::ScopeGuard guard(argc, argv);",
    ),
];

/// The rows of the table: expression and what it becomes, for each library.
fn rows() -> BTreeMap<String, Vec<(String, String)>> {
    let text = std::fs::read_to_string(root().join("docs/containers.md")).unwrap();
    let mut rows: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        let (library, rest) = line[2..].split_once(" | `").unwrap();
        let (expression, stored) = rest.split_once("` | ").unwrap();
        let stored = stored.strip_suffix(" |").unwrap();
        rows.entry(library.to_owned()).or_default().push((expression.to_owned(), stored.to_owned()));
    }
    rows
}

/// A command that compiles a program.
fn compiler(source: &Path) -> Command {
    let mut command = Command::new("g++");
    command.args(["-std=c++17", "-O1", "-w", "-pthread"]).arg(source);
    for include in ["include", "bindings/cpp"] {
        command.arg("-I").arg(root().join(include));
    }
    command
}

/// A program whose main function has this body.
fn program(library: &Library, body: &str) -> String {
    let includes: String = library.2.iter().map(|header| format!("#include <{header}>\n")).collect();
    let start = library.4;
    format!(
        "#include <metalab.hpp>\n#include <array>\n#include <complex>\n#include <map>\n#include <string>\n\
         #include <valarray>\n#include <vector>\n{includes}\n\
         int main(int argc, char** argv) {{\n  {start}\n  metalab::capture run(metalab::options().store(argv[1])\
         .experiment(\"containers:1\").run_id(\"r\").code_hash(\"\"));\n{body}  run.finish();\n}}\n"
    )
}

/// The form in which the artifact `name` is stored, in the words of the table.
fn stored_as(run: &metalab::read::Run, name: &str) -> String {
    let artifact = run.artifact(name).unwrap().unwrap_or_else(|| panic!("there is no {name}"));
    if artifact.kind == "json" {
        return "JSON".to_owned();
    }
    let array = artifact.array(None).unwrap();
    let shape: Vec<String> = array.shape().iter().map(u64::to_string).collect();
    let order = if array.order() == Order::F { "F" } else { "C" };
    format!("{}, ({}), {order}", array.dtype().name(), shape.join(", "))
}

#[test]
fn containers_become_what_the_table_says() {
    if !has("g++") {
        return skip("there is no g++");
    }
    let all = rows();
    assert_eq!(all.len(), LIBRARIES.len(), "a library of the table is not known here");
    let place = tempfile::tempdir().unwrap();
    let mut refusals = Vec::new();
    let wrong = Mutex::new(Vec::new());
    for library in &LIBRARIES {
        let Library(name, header, _, flags, _) = library;
        if !header.is_empty() && !Path::new(header).exists() {
            skip(&format!("there is no <{header}>"));
            continue;
        }
        let is_refused = |(_, stored): &&(String, String)| stored.starts_with("refused: ");
        let (refused, stored): (Vec<_>, Vec<_>) = all[*name].iter().partition(is_refused);
        assert!(stored.len() > 1, "{name}");
        let lines = stored.iter().enumerate();
        let body: String =
            lines.map(|(at, (what, _))| format!("  run.artifact(\"row {at}\", {what});\n")).collect();
        let (source, built) = (place.path().join(format!("{name}.cpp")), place.path().join(name));
        std::fs::write(&source, program(library, &body)).unwrap();
        let linked = common::library();
        let mut compile = compiler(&source);
        compile.arg("-o").arg(&built).args(*flags).arg("-L").arg(linked).arg("-lmetalab");
        let output = compile.arg(format!("-Wl,-rpath,{}", linked.display())).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let store = place.path().join(format!("{name}.store"));
        common::run(common::command(&built).arg(&store)).succeeded();
        let store = Store::open(store.to_str().unwrap()).unwrap();
        let run = store.run(Some("containers:1"), "r").unwrap();
        for (at, (what, wanted)) in stored.iter().enumerate() {
            let found = stored_as(&run, &format!("row {at}"));
            if found != *wanted {
                wrong.lock().unwrap().push(format!("{what} is stored as {found}, not {wanted}"));
            }
        }
        refusals.extend(refused.into_iter().map(|(what, why)| (library, what, why)));
    }
    let queue = Mutex::new(refusals.into_iter().enumerate());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((at, (library, what, why))) = { queue.lock().unwrap().next() } {
                    let source = place.path().join(format!("refused{at}.cpp"));
                    std::fs::write(&source, program(library, &format!("  run.artifact(\"x\", {what});\n")))
                        .unwrap();
                    let mut compile = compiler(&source);
                    let output = compile.arg("-fsyntax-only").args(library.3).output().unwrap();
                    let said = String::from_utf8_lossy(&output.stderr).into_owned();
                    let why = why.strip_prefix("refused: ").unwrap();
                    if output.status.success() || !said.contains(why) {
                        wrong
                            .lock()
                            .unwrap()
                            .push(format!("{what} is not refused with {why:?}:\n{said:.2000}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
