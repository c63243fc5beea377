//! The floors of `src`: a folder uses only folders below it, and no circle of imports leaves a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The folders of `src`, from the ground up; docs/architecture.md says what each is for.
const FLOORS: [&str; 12] = [
    "base",
    "journal",
    "store",
    "members",
    "run",
    "artifacts",
    "fold",
    "companions",
    "index",
    "capture",
    "capi",
    "lib",
];

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
            false => {}
        }
    }
}

/// The floor of a file: its folder, or the file that names the folder.
fn floor(inside: &Path) -> String {
    let first = inside.iter().next().unwrap().to_str().unwrap();
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

/// The source without comments, so that a link in the documentation is no import.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths below `crate::` that the source names: `base::error`, `Json`.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':') {
            continue;
        }
        expand(&code[at + "crate::".len()..], &mut Vec::new(), &mut found);
    }
    found
}

/// Reads `a::b`, or `a::{b, c::d}` as both of its paths. Returns what is left of the text.
fn expand<'a>(text: &'a str, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = expand(rest, prefix, found).trim_start();
            match rest.strip_prefix(',') {
                Some(more) if more.trim_start().starts_with('}') => return &more.trim_start()[1..],
                Some(more) => rest = more,
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    prefix.push(text[..end].to_owned());
    let rest = match text[end..].strip_prefix("::") {
        Some(more) => expand(more, prefix, found),
        None => {
            found.push(prefix.clone());
            &text[end..]
        }
    };
    prefix.pop();
    rest
}

struct Source {
    inside: PathBuf,
    floor: String,
    uses: Vec<Vec<String>>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    all.sort();
    all.into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap().to_owned();
            Source { floor: floor(&inside), uses: paths(&code(&path)), inside }
        })
        .collect()
}

/// What `lib.rs` re-exports, by name, is used from the floor that it comes from.
fn exported() -> BTreeMap<String, String> {
    let library = code(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
    let mut found = Vec::new();
    for (at, _) in library.match_indices("pub use ") {
        expand(&library[at + "pub use ".len()..], &mut Vec::new(), &mut found);
    }
    found.into_iter().map(|path| (path.last().unwrap().clone(), path[0].clone())).collect()
}

#[test]
fn a_folder_uses_only_folders_below_it() {
    let exported = exported();
    let height = |floor: &str| FLOORS.iter().position(|other| *other == floor);
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for source in sources() {
        let own = height(&source.floor).unwrap_or_else(|| {
            panic!("src/{} stands on no floor: name it in FLOORS", source.inside.display())
        });
        seen.insert(source.floor.clone());
        for path in &source.uses {
            let used = exported.get(&path[0]).filter(|_| height(&path[0]).is_none()).unwrap_or(&path[0]);
            let Some(used) = height(used) else {
                panic!("{}: what is crate::{used}?", source.inside.display())
            };
            if used > own {
                wrong.push(format!("src/{} uses crate::{}", source.inside.display(), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "these look up:\n{}", wrong.join("\n"));
    let missing: Vec<_> = FLOORS.iter().filter(|floor| !seen.contains(**floor)).collect();
    assert!(missing.is_empty(), "no folder: {missing:?}");
}

#[test]
fn paths_are_read() {
    let read = |code: &str| paths(code).into_iter().map(|path| path.join("::")).collect::<Vec<_>>();
    assert_eq!(
        read("use crate::base::{error::{Error, Result}, json};"),
        ["base::error::Error", "base::error::Result", "base::json"]
    );
    assert_eq!(read("x(crate::run::Status::Running)"), ["run::Status::Running"]);
    assert_eq!(read("$crate::a; use crate::{A, b::C,};"), ["a", "A", "b::C"]);
}
