//! The documentation site: what its tutorial and its how-to pages print compiles and runs, and what is built
//! loads nothing from another host and has no dead link.
//!
//! The blocks of one language of a page, joined in their order, are one program. Its `sh` blocks are one script,
//! which runs after the page's program in C, with the `mlab` that METALAB_TEST_MLAB names. A block that can't
//! run says why in its fence: `not-run="reason"`.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use common::{command, has, library, root, run, run_within, skip};
use serde_json::json;

/// A compiler takes longer than a program of ours.
const PATIENCE: Duration = Duration::from_secs(900);

const TUTORIAL: &str = "docs/start/tutorial.md";

/// Languages whose blocks are run.
const RUN: [&str; 6] = ["c", "cpp", "fortran", "julia", "r", "sh"];

/// Languages whose blocks are no programs.
const SHOWN: [&str; 3] = ["cmake", "text", "json"];

/// A fenced block, without the blanks of the tab or list that it is in.
struct Block {
    language: String,
    reason: Option<String>,
    text: String,
}

/// The blocks of a page.
fn blocks(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(page).unwrap();
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(fence) = line.trim_start().strip_prefix("```") else { continue };
        let indent = line.len() - line.trim_start().len();
        let (language, rest) = fence.split_once(' ').unwrap_or((fence, ""));
        let reason = rest.strip_prefix("not-run=\"").and_then(|reason| reason.strip_suffix('"'));
        assert_eq!(rest.is_empty(), reason.is_none(), "{}: {line}", page.display());
        let inner = lines.by_ref().take_while(|line| line.trim() != "```");
        let text = inner.map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n").collect();
        found.push(Block { language: language.to_owned(), reason: reason.map(str::to_owned), text });
    }
    found
}

/// The program that a page prints in a language; None if it prints none.
fn printed(page: &Path, language: &str) -> Option<String> {
    let is_run = |block: &Block| block.language == language && block.reason.is_none();
    let text: String = blocks(page).into_iter().filter(is_run).map(|block| block.text).collect();
    (!text.is_empty()).then_some(text)
}

fn tutorial(language: &str) -> String {
    printed(&root().join(TUTORIAL), language).unwrap()
}

/// The pages below docs/start and docs/how-to.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["docs/start", "docs/how-to"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.sort();
    pages
}

/// Compiles a program of a page and runs it in `place`, which has the store then.
fn ran(compiler: &str, flags: &[&str], end: &str, source: &str, place: &Path) -> common::Ran {
    let (file, program) = (place.join("page").with_extension(end), place.join("page.out"));
    std::fs::write(&file, source).unwrap();
    let mut compile = Command::new(compiler);
    compile.args(flags).args(["-Wall", "-Wextra", "-Werror", "-pthread"]);
    for include in ["include", "bindings/cpp"] {
        compile.arg("-I").arg(root().join(include));
    }
    compile.arg(&file).arg("-L").arg(library()).arg(format!("-Wl,-rpath,{}", library().display()));
    let output = compile.args(["-lmetalab", "-lm", "-o"]).arg(&program).output().unwrap();
    assert!(output.status.success(), "{}\n{source}", String::from_utf8_lossy(&output.stderr));
    let is_mpi = compiler.starts_with("mpi");
    let mut program = if is_mpi { ranks(&program) } else { command(&program) };
    run(program.current_dir(place)).succeeded()
}

/// A program of MPI on two ranks.
fn ranks(program: &Path) -> Command {
    let mut command = command("mpirun");
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.args(["--oversubscribe", "-n", "2"]).arg(program);
    command
}

/// Looks at the run that the tutorial's program has left.
#[track_caller]
fn is_the_tutorials(store: &Path) {
    let experiment = store.join("heat_1.0");
    let record = common::record(&experiment);
    assert_eq!((&record["status"], &record["params_resolved"]), (&json!("success"), &json!({"n": 64})));
    assert_eq!(record["artifacts"][0]["name"], "temperature");
    let run_id = record["run_id"].as_str().unwrap();
    for (name, axis) in [("time", None), ("change", None), ("peak", Some("time"))] {
        let path = experiment.join(format!("results/{run_id}/{name}.json"));
        let series: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(series["data"].as_array().unwrap().len(), 500, "{name}");
        assert_eq!(series["metadata"]["axis"].as_str(), axis, "{name}");
    }
}

#[test]
fn every_block_of_a_page_is_run_or_says_why_not() {
    for page in pages() {
        for block in blocks(&page) {
            let is_known = RUN.contains(&block.language.as_str());
            assert!(
                is_known || SHOWN.contains(&block.language.as_str()),
                "{}: {}",
                page.display(),
                block.text
            );
            assert!(block.reason.is_none_or(|reason| reason.len() > 4), "{}: {}", page.display(), block.text);
        }
        let others =
            ["cpp", "fortran", "julia", "r"].iter().any(|language| printed(&page, language).is_some());
        assert!(!others || page == root().join(TUTORIAL), "{}: only C and sh are run", page.display());
    }
}

#[test]
fn pages_run_in_c_and_in_the_shell() {
    if !has("cc") {
        return skip("there is no C compiler");
    }
    let mlab = std::env::var_os("METALAB_TEST_MLAB").map(PathBuf::from);
    if mlab.is_none() {
        skip("METALAB_TEST_MLAB does not say where mlab is");
    }
    for page in pages() {
        let place = tempfile::tempdir().unwrap();
        if let Some(source) = printed(&page, "c") {
            let is_mpi = source.contains("<mpi.h>");
            if is_mpi && !(has("mpicc") && has("mpirun")) {
                skip("there is no mpicc, or no mpirun");
                continue;
            }
            let compiler = if is_mpi { "mpicc" } else { "cc" };
            let ran = ran(compiler, &["-std=c99"], "c", &source, place.path());
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{}", page.display());
            if page == root().join(TUTORIAL) {
                is_the_tutorials(&place.path().join("experiments"));
            }
        }
        let (Some(mlab), Some(script)) = (&mlab, printed(&page, "sh")) else { continue };
        in_the_shell(mlab, &script, &page, place.path());
    }
}

/// Runs the `sh` blocks of a page, each command of which has to succeed.
fn in_the_shell(mlab: &Path, script: &str, page: &Path, place: &Path) {
    let path = std::env::var("PATH").unwrap();
    let mut shell = command("sh");
    shell.args(["-e", "-c", script]).current_dir(place);
    shell.env("PATH", format!("{}:{path}", mlab.parent().unwrap().display()));
    let ran = run(&mut shell);
    assert!(ran.status.success(), "{}: {}\n{}\n{}", page.display(), ran.status, ran.stdout, ran.stderr);
    if page == root().join(TUTORIAL) {
        let report = std::fs::read_to_string(place.join("report.html")).unwrap();
        assert!(report.contains("final_peak"));
    }
}

#[test]
fn the_tutorial_runs_in_cpp() {
    if !has("c++") {
        return skip("there is no C++ compiler");
    }
    let place = tempfile::tempdir().unwrap();
    ran("c++", &["-std=c++17"], "cpp", &tutorial("cpp"), place.path());
    is_the_tutorials(&place.path().join("experiments"));
}

#[test]
fn the_tutorial_runs_in_fortran() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("heat.f90");
    std::fs::write(&file, tutorial("fortran")).unwrap();
    // Joined to the repository, a path from the root stays what it is.
    let Some((_built, program)) = common::fortran::program(&[file.to_str().unwrap()], &[]) else { return };
    run(command(&program).current_dir(place.path())).succeeded();
    is_the_tutorials(&place.path().join("experiments"));
}

#[test]
fn the_tutorial_runs_in_julia() {
    if !has("julia") {
        return skip("there is no julia");
    }
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("heat.jl");
    std::fs::write(&file, tutorial("julia")).unwrap();
    // A depot of its own, whose one registry is empty: nothing has to be fetched.
    let depot = root().join("target/julia-depots/tutorial");
    let registry = depot.join("registries/Empty");
    std::fs::create_dir_all(&registry).unwrap();
    let text = "name = \"Empty\"\nuuid = \"9f2c4e0e-6a55-4f4b-8d0e-3c1f0a5d7b11\"\n\
                repo = \"file:///nowhere\"\n\n[packages]\n";
    std::fs::write(registry.join("Registry.toml"), text).unwrap();
    let mut julia = command("julia");
    julia.arg("--startup-file=no").arg(format!("--project={}", root().join("bindings/julia").display()));
    julia.env("METALAB_LIBRARY", library()).env("JULIA_DEPOT_PATH", depot).env_remove("JULIA_LOAD_PATH");
    julia.arg(file).env_remove("LD_LIBRARY_PATH").current_dir(place.path());
    run_within(PATIENCE, &mut julia).succeeded();
    is_the_tutorials(&place.path().join("experiments"));
}

#[test]
fn the_tutorial_runs_in_r() {
    if !(has("R") && has("gcc") && has("make")) {
        return skip("there is no R that can build packages");
    }
    let place = tempfile::tempdir().unwrap();
    let (packages, sources) = (place.path().join("packages"), place.path().join("metalab"));
    std::fs::create_dir_all(&packages).unwrap();
    // Building leaves files beside the sources.
    run(Command::new("cp").arg("-r").arg(root().join("bindings/r")).arg(&sources)).succeeded();
    let mut install = command("R");
    install
        .args(["CMD", "INSTALL", "--no-docs"])
        .arg(format!("--library={}", packages.display()))
        .arg(sources);
    install.env("METALAB_HOME", library()).env("METALAB_INCLUDE", root().join("include"));
    install.env("PKG_CONFIG_PATH", "").env_remove("LD_LIBRARY_PATH");
    run_within(PATIENCE, &mut install).succeeded();
    let file = place.path().join("heat.R");
    std::fs::write(&file, tutorial("r")).unwrap();
    let mut r = command("Rscript");
    r.arg("--no-init-file").arg(file).env("R_LIBS", packages).env_remove("LD_LIBRARY_PATH");
    run_within(PATIENCE, r.current_dir(place.path())).succeeded();
    is_the_tutorials(&place.path().join("experiments"));
}

/// Where our own messages are; the sections before are of compilers, loaders and installers.
const OURS: &str = "\n## Nothing is captured";

/// The messages that the page of troubleshooting lists are those that the sources have.
#[test]
fn messages_that_are_explained_exist() {
    let page = std::fs::read_to_string(root().join("docs/how-to/troubleshooting.md")).unwrap();
    let mut sources = String::new();
    for folder in ["src", "cli/src", "bindings/julia/src", "bindings/r/R", "bindings/fortran/src"] {
        for (_, bytes) in common::files(&root().join(folder)) {
            sources.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    // A string over several lines is one text.
    let lines: Vec<&str> = sources.lines().map(|line| line.trim_start()).collect();
    let sources = lines.join("\n").replace("\\\n", "");
    let rows = page.split_once(OURS).unwrap().1.lines().filter(|line| line.starts_with("| `"));
    let mut missing = Vec::new();
    for row in rows {
        let cell = row.trim_start_matches("| ").split(" | ").next().unwrap();
        for message in cell.split('`').skip(1).step_by(2) {
            let pieces = message.split("...").map(str::trim).filter(|piece| piece.len() > 9);
            missing.extend(pieces.filter(|piece| !sources.contains(piece)).map(str::to_owned));
        }
    }
    assert!(missing.is_empty(), "no source has: {missing:#?}");
}

/// The page of the command is what the command says.
#[test]
fn the_pages_of_the_command_are_current() {
    let Some(mlab) = std::env::var_os("METALAB_TEST_MLAB") else {
        return skip("METALAB_TEST_MLAB does not say where mlab is");
    };
    let script = root().join("docs/site/commands.py");
    let said = run(command("python3").arg(script).arg(mlab)).succeeded().stdout;
    let page = std::fs::read_to_string(root().join("docs/reference/command.md")).unwrap();
    assert!(said == page, "docs/reference/command.md is old: scripts/docs.sh --commands MLAB writes it anew");
}

#[test]
fn the_site_is_built_and_loads_nothing_from_another_host() {
    if !has("python3") {
        return skip("there is no python3");
    }
    run_within(PATIENCE, command("bash").arg(root().join("scripts/docs.sh"))).succeeded();
    let site = root().join("build/site");
    let mut wrong = Vec::new();
    for (name, bytes) in common::files(&site) {
        let text = String::from_utf8_lossy(&bytes);
        let is_page = name.ends_with(".html");
        // Other hosts are only where a reader clicks: in `<a href>`.
        if is_page {
            wrong.extend(tags(&text).filter_map(|tag| loads_elsewhere(&site, &name, tag)));
        } else if name.ends_with(".css")
            && ["url(http", "url(\"http", "url(//", "@import"].iter().any(|it| text.contains(it))
        {
            wrong.push(format!("{name}: loads from another host"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The tags of a page.
fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).filter_map(|piece| piece.split_once('>')).map(|(tag, _)| tag)
}

/// The fault of a page's tag: it loads from another host, or leads to a file that is not there.
fn loads_elsewhere(site: &Path, page: &str, tag: &str) -> Option<String> {
    let is_link = tag.starts_with("a ");
    let target = ["href=\"", "src=\""].iter().find_map(|name| tag.split_once(name))?.1.split('"').next()?;
    if target.contains("://") || target.starts_with("//") {
        let is_said_only = is_link || tag.contains("rel=\"canonical\"");
        return (!is_said_only).then(|| format!("{page}: loads {target}"));
    }
    let path = target.split(['#', '?']).next()?;
    let is_file = !path.is_empty() && !path.starts_with("data:") && !path.contains(':');
    // Doxygen's pages are its own matter.
    let is_ours = is_file
        && !page.starts_with("reference/header/")
        && !page.starts_with("reference/cpp-header/")
        && page != "404.html";
    let there = site.join(page).parent()?.join(path);
    (is_ours && !there.exists()).then(|| format!("{page}: {target} is not there"))
}
