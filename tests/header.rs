//! The header is generated from `src/capi`, checked in, and proved to be current.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::root;

/// The order in which a reader meets them.
const FILES: [&str; 20] = [
    "version",
    "status",
    "options",
    "capture",
    "worker",
    "metric",
    "data",
    "artifact",
    "snapshots",
    "file",
    "figure",
    "log",
    "ending",
    "state",
    "index",
    "identity",
    "store",
    "reader",
    "points",
    "loaded",
];

fn generated() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let parts: Vec<&str> = version.split('.').collect();
    let read = |file: &str| std::fs::read_to_string(root().join("src/capi").join(file)).unwrap();
    let preamble = read("preamble.txt");
    let macros = read("macros.txt")
        .replace("@VERSION@", version)
        .replace("@MAJOR@", parts[0])
        .replace("@MINOR@", parts[1])
        .replace("@PATCH@", parts[2])
        .replace("@NAME_MAX@", &metalab::name::NAME_MAX.to_string());
    let macros = format!("{macros}\n{}", read("compiler.txt").trim_end());
    let mut config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    config.header = Some(preamble.trim_end().to_owned());
    config.after_includes = Some(macros);
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in FILES {
        builder = builder.with_src(root().join(format!("src/capi/{file}.rs")));
    }
    let mut out = Vec::new();
    builder.generate().expect("cbindgen understands src/capi").write(&mut out);
    // Beside the functions of the library, one of the header's own; and C89 has no comments to the end of
    // a line.
    let end = "#ifdef __cplusplus\n}  // extern";
    let header = String::from_utf8(out).unwrap().replace(end, &format!("{}\n{end}", read("printf.txt")));
    header.replace("// extern \"C\"", "/* extern \"C\" */").replace("// __cplusplus", "/* __cplusplus */")
}

fn header_path() -> PathBuf {
    root().join("include/metalab.h")
}

#[test]
fn header_is_current() {
    let generated = generated();
    if std::env::var_os("METALAB_WRITE_HEADER").is_some() {
        std::fs::write(header_path(), &generated).unwrap();
    }
    let checked_in = std::fs::read_to_string(header_path()).unwrap_or_default();
    assert!(
        checked_in == generated,
        "include/metalab.h is not what src/capi says: METALAB_WRITE_HEADER=1 cargo test --test header"
    );
}

fn functions(header: &str) -> Vec<String> {
    let mut names: Vec<String> = header
        .split(|character: char| !(character.is_ascii_alphanumeric() || character == '_' || character == '('))
        .filter_map(|word| word.strip_suffix('(').or_else(|| word.split_once('(').map(|(name, _)| name)))
        .filter(|name| name.starts_with("metalab_") && *name != "metalab_capture_logf")
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(target_os = "linux")]
#[test]
fn exactly_the_functions_of_the_header_are_exported() {
    let library = common::library().join("libmetalab.so");
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut exported: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().last()).collect();
    exported.sort_unstable();
    let without_comments = strip_comments(&std::fs::read_to_string(header_path()).unwrap());
    assert_eq!(exported, functions(&without_comments));
}

#[cfg(target_os = "linux")]
#[test]
fn the_soname_carries_the_abi_version() {
    let output =
        Command::new("readelf").arg("-d").arg(common::library().join("libmetalab.so")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let soname = format!("libmetalab.so.{}", metalab::capi::version::METALAB_ABI_VERSION);
    assert!(text.contains(&format!("[{soname}]")), "{text}");
    assert!(text.contains("NODELETE"), "{text}");
}

fn strip_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out + rest
}

fn compiles(compiler: &str, arguments: &[&str], source: &Path) {
    let Ok(output) = Command::new(compiler)
        .args(arguments)
        .args([
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Wconversion",
            "-Wshadow",
            "-Werror",
            "-fsyntax-only",
            "-I",
        ])
        .arg(root().join("include"))
        .arg(source)
        .output()
    else {
        assert!(std::env::var_os("CI").is_none(), "{compiler} is missing");
        println!("skipped: {compiler} is missing");
        return;
    };
    assert!(
        output.status.success(),
        "{compiler} {arguments:?}:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn header_compiles_alone_and_twice_in_every_standard() {
    let directory = tempfile::tempdir().unwrap();
    let source = |name: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, "#include <metalab.h>\n#include <metalab.h>\nint main(void) { return 0; }\n")
            .unwrap();
        path
    };
    let (c, cpp) = (source("alone.c"), source("alone.cpp"));
    // Clang has no bool that it would not warn of there.
    compiles("gcc", &["-std=c89"], &c);
    for compiler in ["gcc", "clang"] {
        for standard in ["c99", "c11", "c17", "c2x"] {
            compiles(compiler, &[&format!("-std={standard}")], &c);
        }
    }
    for compiler in ["g++", "clang++"] {
        for standard in ["c++17", "c++20", "c++2b"] {
            compiles(compiler, &[&format!("-std={standard}")], &cpp);
        }
    }
}

/// Doxygen makes the reference of the header without a warning.
#[test]
fn the_reference_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let settings = std::fs::read_to_string(root().join("docs/Doxyfile")).unwrap();
    let out = format!("{settings}\nOUTPUT_DIRECTORY = {}\n", directory.path().display());
    let file = directory.path().join("Doxyfile");
    std::fs::write(&file, out).unwrap();
    let Ok(output) = Command::new("doxygen").arg(&file).current_dir(root()).output() else {
        assert!(std::env::var_os("CI").is_none(), "doxygen is missing");
        println!("skipped: doxygen is missing");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    let page = std::fs::read_to_string(directory.path().join("html/metalab_8h.html")).unwrap();
    for name in functions(&strip_comments(&std::fs::read_to_string(header_path()).unwrap())) {
        assert!(page.contains(&name), "{name} is not in the reference");
    }
}

#[test]
fn every_declaration_is_documented() {
    let header = std::fs::read_to_string(header_path()).unwrap();
    let lines: Vec<&str> = header.lines().collect();
    for name in functions(&strip_comments(&header)) {
        let declared = lines.iter().position(|line| {
            !line.trim_start().starts_with(['*', '/']) && line.contains(&format!("{name}("))
        });
        let mut at = declared.unwrap_or_else(|| panic!("{name} is declared"));
        while lines[at - 1].starts_with("METALAB_MUST_USE") {
            at -= 1;
        }
        assert!(lines[at - 1].trim_end().ends_with("*/"), "{name} has no documentation");
    }
}
