//! The snippets and links of README and docs/: they compile, run, and lead somewhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

mod common;

use common::{has, root};

/// The files of a folder.
fn folder(path: &str) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(root().join(path)).unwrap().map(|entry| entry.unwrap().path())
}

/// The pages, with their paths from the root.
fn pages() -> Vec<(PathBuf, String)> {
    let docs = ["docs", "docs/start", "docs/how-to", "docs/reference", "docs/explanation"]
        .into_iter()
        .flat_map(folder);
    let languages =
        ["cpp", "fortran", "julia", "r"].map(|name| root().join("bindings").join(name).join("README.md"));
    let others = ["README.md", "CONTRIBUTING.md", "examples/README.md"].map(|page| root().join(page));
    let all = docs.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let read = |path: PathBuf| (path.clone(), std::fs::read_to_string(path).unwrap());
    all.chain(languages).chain(others).map(read).collect()
}

/// The first block of `language` in a page.
fn block(page: &str, language: &str) -> String {
    let text = std::fs::read_to_string(root().join(page)).unwrap();
    let after =
        text.split_once(&format!("```{language}\n")).unwrap_or_else(|| panic!("{page}: no {language}")).1;
    after.split_once("```").unwrap().0.to_owned()
}

/// Compiles and runs a program, and returns the record of the run that it leaves.
fn record_of(compiler: &str, flags: &[&str], end: &str, source: &str) -> serde_json::Value {
    let place = tempfile::tempdir().unwrap();
    let (file, program) = (place.path().join("solver").with_extension(end), place.path().join("solver"));
    std::fs::write(&file, source).unwrap();
    let mut command = Command::new(compiler);
    command.args(flags).args(["-Wall", "-Wextra", "-Werror", "-pthread"]);
    for include in ["include", "bindings/cpp"] {
        command.arg("-I").arg(root().join(include));
    }
    let library = common::library();
    command.arg(&file).arg("-L").arg(library).arg(format!("-Wl,-rpath,{}", library.display()));
    let output = command.args(["-lmetalab", "-o"]).arg(&program).output().unwrap();
    assert!(output.status.success(), "{}\n{source}", String::from_utf8_lossy(&output.stderr));
    let ran = common::run(common::command(&program).current_dir(place.path())).succeeded();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    common::record(&place.path().join("experiments/heat_1.0"))
}

#[track_caller]
fn is_as_printed(record: &serde_json::Value) {
    assert_eq!((&record["status"], &record["params_resolved"]), (&json!("success"), &json!({"n": 256})));
}

#[test]
fn what_is_printed_in_c_runs() {
    if !has("cc") {
        return common::skip("there is no C compiler");
    }
    let lines = block("README.md", "c");
    let includes = "#include <metalab.h>\n#include <stdint.h>\n#include <stdio.h>\n";
    is_as_printed(&record_of("cc", &["-std=c99"], "c", &format!("{includes}int main(void) {{\n{lines}}}\n")));
    is_as_printed(&record_of("cc", &["-std=c99"], "c", &block("docs/c.md", "c")));
}

#[test]
fn what_is_printed_in_cpp_runs() {
    if !has("c++") {
        return common::skip("there is no C++ compiler");
    }
    let source = format!("#include <metalab.hpp>\nint main() {{\n{}}}\n", block("README.md", "cpp"));
    let record = record_of("c++", &["-std=c++17"], "cpp", &source);
    is_as_printed(&record);
    assert_eq!(record["artifacts"][0]["name"], "field");
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    for (path, text) in pages() {
        // Code has brackets of its own.
        let text: String = text.split("```").step_by(2).collect();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', '#', ' ']).next().unwrap();
            let is_ours = !target.is_empty() && !target.contains("://");
            if is_ours && !path.parent().unwrap_or(Path::new(".")).join(target).exists() {
                wrong.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_readme_is_short() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 120);
}

/// Pages of docs/ and of the bindings by the README, those in the folders of docs/ by the site's contents.
#[test]
fn every_page_is_found() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let contents = std::fs::read_to_string(root().join("mkdocs.yml")).unwrap();
    for (path, _) in pages() {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let folder = name.trim_end_matches("/README.md");
        let is_in_contents = |page: &str| {
            let mut entries = contents.lines().filter(|line| line.trim_start().starts_with("- "));
            entries.any(|line| line.ends_with(&format!(" {page}")))
        };
        if name.strip_prefix("docs/").is_some_and(|page| page.contains('/') && is_in_contents(page)) {
            continue;
        }
        // The site begins with the one, and whoever changes the library with the other.
        let is_inner = ["README.md", "docs/index.md", "docs/journal-format.md"].contains(&name.as_str());
        assert!(
            is_inner || readme.contains(&format!("]({name})")) || readme.contains(&format!("]({folder})")),
            "{name}"
        );
    }
}
