//! The header is generated from `src/capi`, checked in, and proved to be current.

mod common;
#[path = "header/loader.rs"]
mod loader;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::root;

/// The order in which a reader meets them.
const FILES: [&str; 23] = [
    "version",
    "status",
    "options",
    "values",
    "capture",
    "current",
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
    "arrow",
];

/// The text of a file of `src/capi`.
fn read(file: &str) -> String {
    std::fs::read_to_string(root().join("src/capi").join(file)).unwrap()
}

fn generated() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let parts: Vec<&str> = version.split('.').collect();
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
    // Structures of Arrow, which have no name without `struct`.
    let arrow = |header: String, name: &str, argument: &str| {
        header.replace(&format!("{name} *{argument}"), &format!("struct {name} *{argument}"))
    };
    let header = String::from_utf8(out).unwrap().replace(end, &format!("{}\n{end}", read("printf.txt")));
    let header = arrow(arrow(header, "ArrowSchema", "schema_out"), "ArrowArray", "array_out");
    header.replace("// extern \"C\"", "/* extern \"C\" */").replace("// __cplusplus", "/* __cplusplus */")
}

fn header_path() -> PathBuf {
    root().join("include/metalab.h")
}

#[test]
fn header_is_current() {
    let header = generated();
    let loader = loader::generated(&header, &read("loader.txt"), &read("printf.txt"));
    for (path, generated) in [(header_path(), header), (loader::path(), loader)] {
        if std::env::var_os("METALAB_WRITE_HEADER").is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            checked_in == generated,
            "{} is not what src/capi says: METALAB_WRITE_HEADER=1 cargo test --test header",
            path.display()
        );
    }
}

/// The loader has the functions of the header, and two of its own.
#[test]
fn the_loader_has_every_function() {
    let read = |path: PathBuf| functions(&strip_comments(&std::fs::read_to_string(path).unwrap()));
    let mut loader = read(loader::path());
    loader.retain(|name| !name.starts_with("metalab_dl_"));
    assert_eq!(loader, read(header_path()));
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

/// The nodes of the version script, the oldest first, each with its functions.
fn versions(script: &str) -> Vec<(String, Vec<String>)> {
    let text = strip_comments(script);
    let nodes = text.split_inclusive('}').filter_map(|node| node.split_once('{'));
    let names = |body: &str| {
        let words = body.split(|character: char| character.is_whitespace() || character == ';');
        words.filter(|word| word.starts_with("metalab_")).map(str::to_owned).collect()
    };
    // The text before the name ends the node before.
    let name = |head: &str| head.split_whitespace().last().unwrap_or_default().to_owned();
    nodes.map(|(head, body)| (name(head), names(body))).collect()
}

/// A function is of the version that had it first, and stays there: programs ask for it by that.
#[test]
fn every_function_has_a_version() {
    let path = root().join(common::VERSIONS);
    let script = std::fs::read_to_string(&path).unwrap();
    let functions = functions(&strip_comments(&std::fs::read_to_string(header_path()).unwrap()));
    let nodes = versions(&script);
    let mut versioned: Vec<&String> = nodes.iter().flat_map(|(_, names)| names).collect();
    versioned.sort();
    let (newest, _) = nodes.last().unwrap();
    let missing: Vec<String> = functions.iter().filter(|name| !versioned.contains(name)).cloned().collect();
    assert!(
        missing.is_empty(),
        "{path:?}: add to {newest}, or to the next version:\n    {}",
        missing.join(";\n    ")
    );
    assert_eq!(versioned, functions.iter().collect::<Vec<_>>(), "twice, or not in the header");
    let release: Vec<&str> = env!("CARGO_PKG_VERSION").split('.').collect();
    let at = |name: &str| {
        name.strip_prefix("METALAB_").unwrap().split('.').map(|part| part.parse().unwrap()).collect()
    };
    let order: Vec<Vec<u32>> = nodes.iter().map(|(name, _)| at(name)).collect();
    assert!(order.is_sorted(), "{nodes:?}");
    assert!(
        order.last() <= Some(&release.iter().map(|part| part.parse().unwrap()).collect()),
        "{newest} is not yet"
    );
}

/// A program that needs what an older library does not have is refused when it starts, not in the middle of
/// a run; one that needs nothing newer goes on with it.
#[cfg(target_os = "linux")]
#[test]
fn an_older_library_refuses_a_newer_program() {
    let place = tempfile::tempdir().unwrap();
    let archive = common::library().join("libmetalab.a");
    // The library of a later version, in which metalab_capture_add_tag is new.
    let function = "metalab_capture_add_tag";
    let script = std::fs::read_to_string(root().join(common::VERSIONS)).unwrap();
    let (newest, _) = versions(&script).pop().unwrap();
    assert!(script.contains(&format!(" {function};\n")));
    let later = script.replace(&format!(" {function};\n"), "\n")
        + &format!("\nMETALAB_9.0 {{\n  global:\n    {function};\n}} {newest};\n");
    let map = place.path().join("later.map");
    std::fs::write(&map, later).unwrap();
    let source = |name: &str, body: &str| {
        let path = place.path().join(name);
        std::fs::write(&path, format!("#include <metalab.h>\nint main(void) {{ return {body}; }}\n"))
            .unwrap();
        path
    };
    let newer = source(
        "newer.c",
        "metalab_version() == NULL || metalab_capture_add_tag(NULL, \"x\") != METALAB_NO_CAPTURE",
    );
    let older = source("older.c", "metalab_version() == NULL");
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let lld = format!(
        "-B{}/lib/rustlib/{}-unknown-linux-gnu/bin/gcc-ld",
        String::from_utf8(sysroot.stdout).unwrap().trim(),
        std::env::consts::ARCH
    );
    let has_lld = Path::new(&lld[2..]).join("ld.lld").exists();
    let linkers: &[&[&str]] = &[&["gcc"], &["gcc", "-fuse-ld=lld", &lld], &["clang", "-fuse-ld=lld", &lld]];
    for linker in &linkers[..if has_lld { 3 } else { 1 }] {
        if !common::has(linker[0]) {
            continue;
        }
        let (then, now) = (place.path().join("later"), place.path().join("now"));
        for (directory, map) in [(&then, &map), (&now, &root().join(common::VERSIONS))] {
            let _ = std::fs::remove_dir_all(directory);
            std::fs::create_dir(directory).unwrap();
            common::link_shared(&archive, map, &directory.join("libmetalab.so"), linker);
            common::with_soname(directory.clone());
        }
        for (program, is_refused) in [(&newer, true), (&older, false)] {
            let built = place.path().join("program");
            let mut compile = Command::new(linker[0]);
            compile.arg(program).arg("-I").arg(root().join("include")).arg("-L").arg(&then);
            assert!(
                compile.args(&linker[1..]).arg("-o").arg(&built).arg("-lmetalab").status().unwrap().success()
            );
            let run =
                |directory: &Path| Command::new(&built).env("LD_LIBRARY_PATH", directory).output().unwrap();
            assert!(run(&then).status.success(), "{linker:?}");
            let output = run(&now);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(!output.status.success(), is_refused, "{linker:?}: {said}");
            assert_eq!(said.contains("version `METALAB_9.0' not found"), is_refused, "{linker:?}: {said}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn exactly_the_functions_of_the_header_are_exported() {
    let library = common::library().join("libmetalab.so");
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let symbols = text.lines().filter_map(|line| line.split_whitespace().last());
    // Each has its version after it; the versions themselves are there, too.
    let mut exported: Vec<&str> =
        symbols.filter_map(|symbol| symbol.split_once("@@")).map(|(name, _)| name).collect();
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

/// Hosts link it into programs of their own. A table of zeros was a quarter of it once.
#[cfg(target_os = "linux")]
#[test]
fn the_library_is_small() {
    let size = std::fs::metadata(common::library().join("libmetalab.so")).unwrap().len();
    assert!(size < 7 << 20, "{size} bytes");
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
    let source = |header: &str, end: &str| {
        let path = directory.path().join(header).with_extension(end);
        let include = format!("#include <{header}>\n");
        std::fs::write(&path, include.repeat(2) + "int main(void) { return 0; }\n").unwrap();
        path
    };
    for header in ["metalab.h", "metalab_dl.h"] {
        let (c, cpp) = (source(header, "c"), source(header, "cpp"));
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
