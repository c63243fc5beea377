//! The floors of `src`: a folder uses only folders below it, and no circle of imports leaves a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The folders of `src`, from the ground up; docs/architecture.md says what each is for.
const FLOORS: [&str; 13] = [
    "base",
    "journal",
    "store",
    "members",
    "read",
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

/// Names that `lib.rs` re-exports count as uses of the floor that they come from.
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
fn no_circle_of_the_command_leaves_a_module_and_no_command_uses_another() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cli/src");
    let mut all = Vec::new();
    files(&root, &mut all);
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in &all {
        let inside = path.strip_prefix(&root).unwrap().with_extension("");
        let parts: Vec<&str> = inside.iter().map(|part| part.to_str().unwrap()).collect();
        let is_command = parts[0] == "commands" && parts.len() > 1;
        for used in paths(&code(path)) {
            if is_command && used[0] == "commands" && used.get(1).map(String::as_str) != Some(parts[1]) {
                wrong.push(format!("cli/src/{} uses crate::{}", inside.display(), used.join("::")));
            }
            if used[0] != parts[0] {
                uses.entry(parts[0].to_owned()).or_default().insert(used[0].clone());
            }
        }
    }
    assert!(wrong.is_empty(), "what two commands need stands beside them:\n{}", wrong.join("\n"));
    assert!(uses.len() > 10, "{uses:?}");
    // Whoever uses nothing that is left is on the ground; a circle never gets there.
    loop {
        let before = uses.len();
        let left: BTreeSet<String> = uses.keys().cloned().collect();
        uses.retain(|_, used| used.iter().any(|one| left.contains(one)));
        if uses.len() == before {
            break;
        }
    }
    assert!(uses.is_empty(), "these use each other: {uses:#?}");
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

/// A file has at most as many lines, tests not counted: what is longer does more than one thing. The
/// longest today is journal/emitter.rs, whose argument for soundness is about all of it.
const LONGEST_FILE: usize = 850;

/// A function has at most as many lines.
const LONGEST_FUNCTION: usize = 100;

/// The lines of a file without its tests, which lie at its end or in a file of their own.
fn lines_without_tests(path: &Path) -> Vec<String> {
    if path.ends_with("tests.rs") {
        return Vec::new();
    }
    let text = std::fs::read_to_string(path).unwrap();
    let end = text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].lines().map(str::to_owned).collect()
}

/// The functions in formatted source, with their lines.
fn functions(lines: &[String]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let words: Vec<&str> = code.split(' ').collect();
        let Some(at) = words.iter().position(|word| *word == "fn") else { continue };
        let is_modifier =
            |word: &&str| matches!(*word, "const" | "unsafe" | "extern" | "\"C\"") || word.starts_with("pub");
        if !words[..at].iter().all(is_modifier) || code.ends_with('}') {
            continue;
        }
        let indent = &line[..line.len() - code.len()];
        let end = lines[start..].iter().position(|line| *line == format!("{indent}}}"));
        let name = words[at + 1].split(['(', '<']).next().unwrap().to_owned();
        if name.starts_with('$') {
            // In a macro: whatever it makes is as short as its invocation.
            continue;
        }
        // A declaration without a body ends with its own semicolon, and is short.
        found.extend(end.filter(|_| !code.ends_with(';')).map(|end| (name, end + 1)));
    }
    found
}

#[test]
fn files_and_functions_are_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    let (mut wrong, mut count) = (Vec::new(), 0);
    for path in all {
        let lines = lines_without_tests(&path);
        if lines.len() > LONGEST_FILE {
            wrong.push(format!("{} has {} lines", path.display(), lines.len()));
        }
        for (name, length) in functions(&lines) {
            count += 1;
            if length > LONGEST_FUNCTION {
                wrong.push(format!("{}: {name} has {length} lines", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 1000, "only {count} functions were found");
}

/// A file that can't be looked at is not absent: `file::is_there` and `file::is_gone` keep the two apart.
#[test]
fn nobody_takes_an_error_for_absence() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    // The provenance leaves out facts of a repository that are not known.
    all.retain(|path| !path.starts_with(root.join("companions/git")) && !path.ends_with("companions/git.rs"));
    for path in all {
        let lines = lines_without_tests(&path);
        let line = lines.iter().find(|line| line.contains(".exists()"));
        assert!(line.is_none(), "{}: {}", path.display(), line.unwrap());
    }
}

/// The statics of a source that a forked child may wait for in vain: a thread that it does not have was at it.
fn statics_that_wait(source: &str) -> Vec<String> {
    const WAITING: [&str; 8] =
        ["Once", "OnceLock", "OnceCell", "LazyLock", "Lazy", "Mutex", "RwLock", "Condvar"];
    const RENEWED: [&str; 3] = ["PerProcess<", "MadeOnce<", "[MadeOnce<"];
    let lines = source.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    let code = lines.collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("static ") {
        // Not a lifetime, nor the end of another word.
        if code[..at].ends_with(|before: char| !before.is_whitespace()) {
            continue;
        }
        let declared = code[at + "static ".len()..].split(['=', ';']).next().unwrap_or_default();
        let Some((_, kind)) = declared.split_once(':') else { continue };
        let kind = kind.trim();
        let kind = if kind.starts_with("std::") { kind.rsplit_once("::").unwrap().1 } else { kind };
        let mut words = kind.split(|one: char| !one.is_alphanumeric() && one != '_');
        // A table of handles has its own for each process.
        let is_renewed =
            RENEWED.iter().any(|renewed| kind.starts_with(renewed)) || kind.starts_with("Table<");
        if !is_renewed && words.any(|word| WAITING.contains(&word)) {
            found.push(declared.trim().to_owned());
        }
    }
    found
}

#[test]
fn no_static_is_waited_for_by_a_forked_child() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    let mut wrong = Vec::new();
    for path in &all {
        let found = statics_that_wait(&lines_without_tests(path).join("\n"));
        wrong.extend(found.into_iter().map(|one| format!("{}: {one}", path.display())));
    }
    assert!(wrong.is_empty(), "make it PerProcess or MadeOnce (base/sync.rs):\n{}", wrong.join("\n"));
    let count = |source: &str| statics_that_wait(source).len();
    assert_eq!(count("static A: Mutex<u8> = Mutex::new(0);\npub static B: std::sync::OnceLock<u8> = x;"), 2);
    assert_eq!(count("    static C: [OnceLock<Vec<u8>>; 4] = x; static D:\n    Once = Once::new();"), 2);
    assert_eq!(count("static A: PerProcess<Mutex<u8>> = x; fn a(b: &'static Mutex<u8>) -> c {}"), 0);
    assert_eq!(
        count("static A: Registry<Page, ()> = x; static B: Table<Arc<Mutex<C>>> = y; // static D: Once"),
        0
    );
}

/// A thread of ours may not: `base/environment.rs` says why, and sees to it.
#[test]
fn the_environment_is_read_in_one_place() {
    const READING: [&str; 6] =
        ["env::var(", "env::var_os(", "env::vars", "env::home_dir(", "env::temp_dir(", "libc::getenv"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    let mut reading = BTreeSet::new();
    for path in &all {
        let lines = lines_without_tests(path);
        if lines.iter().any(|line| READING.iter().any(|reading| line.contains(reading))) {
            reading.insert(path.strip_prefix(&root).unwrap().to_owned());
        }
    }
    assert_eq!(reading, BTreeSet::from([PathBuf::from("base/environment.rs")]));
}

#[test]
fn every_file_is_described_and_no_other() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(manifest.join("docs/architecture.md")).unwrap();
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split_once(".rs` |")?.0.to_owned()))
        .collect();
    let mut all = Vec::new();
    files(&manifest.join("src"), &mut all);
    let inside = all.iter().map(|path| path.strip_prefix(manifest.join("src")).unwrap().with_extension(""));
    // The file that a folder has beside it is described with the folder.
    let there: BTreeSet<String> =
        inside.filter(|path| path.iter().count() > 1).map(|path| path.to_str().unwrap().to_owned()).collect();
    let missing: Vec<_> = there.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&there).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "docs/architecture.md lacks {missing:?}, and has {gone:?}"
    );
}

#[test]
fn comments_begin_with_what_a_thing_is() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    ["src", "cli"].iter().for_each(|place| files(&manifest.join(place), &mut all));
    let mut wrong = Vec::new();
    for path in &all {
        let text = std::fs::read_to_string(path).unwrap();
        let mut was_comment = false;
        for (number, line) in text.lines().enumerate() {
            let comment =
                line.trim_start().strip_prefix("//").map(|rest| rest.trim_start_matches(['/', '!', ' ']));
            // A sentence that goes on in the next line may have any word there.
            if let Some(comment) = comment.filter(|comment| !was_comment && !comment.is_empty()) {
                let first = comment.split([' ', ',']).next().unwrap_or_default();
                if matches!(first, "What" | "Whether" | "As") || comment.starts_with("See above") {
                    wrong.push(format!("{}:{}: {comment}", path.display(), number + 1));
                }
            }
            was_comment = comment.is_some_and(|comment| !comment.is_empty());
        }
    }
    assert!(wrong.is_empty(), "these say what a thing is too late:\n{}", wrong.join("\n"));
}

/// The conditions of a source that take Rust 1.88: `let` beside another condition.
fn let_chains(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = source.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    let code = lines.collect::<Vec<_>>().join(" ");
    // A text and a character are no condition.
    let mut code: String = code.replace("\\\"", "").split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    for character in ["'('", "')'", "'['", "']'", "'{'", "'}'"] {
        code = code.replace(character, "''");
    }
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    for (at, _) in code.match_indices("&& let ") {
        found.push(code[..at].chars().rev().take(30).collect::<Vec<_>>().iter().rev().collect());
    }
    for start in ["if let ", "while let "] {
        for (at, _) in code.match_indices(start) {
            let (mut depth, mut before) = (0, ' ');
            let condition = &code[at..];
            let from = condition.find(" = ").unwrap_or(0);
            for (end, now) in condition.char_indices().skip_while(|(index, _)| *index < from) {
                match now {
                    '{' if depth == 0 => break,
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth -= 1,
                    '&' if before == '&' && depth == 0 => {
                        found.push(condition[..end].to_owned());
                        break;
                    }
                    _ => {}
                }
                before = now;
            }
        }
    }
    found
}

/// The compiler says so, too, where the oldest Rust is installed; not everybody has that one.
#[test]
fn the_oldest_rust_that_is_promised_reads_the_conditions() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    ["src", "cli", "tests", "benches", "examples"]
        .iter()
        .for_each(|place| files(&manifest.join(place), &mut all));
    all.retain(|path| !path.ends_with("tests/layers.rs"));
    let mut wrong = Vec::new();
    for path in &all {
        let found = let_chains(&std::fs::read_to_string(path).unwrap());
        wrong.extend(found.into_iter().map(|chain| format!("{}: {chain}", path.display())));
    }
    assert!(wrong.is_empty(), "write `let ... else`, `filter` or `match`:\n{}", wrong.join("\n"));
    let found = |source: &str| let_chains(source).len();
    assert_eq!(found("if a && let Some(b) = c {}"), 1);
    assert_eq!(found("while let Some(b) = c\n    && b > 1\n{\n}"), 1);
    assert_eq!(found("if let Some(b) = c.filter(|c| x && y) && b > 1 {}"), 1);
    assert_eq!(found("if let Some(b) = c.filter(|c| x && y) { a && b }"), 0);
    assert_eq!(found("if let Some(b) = c(\"&& let d\") {} // if let e && f"), 0);
    assert_eq!(found("let Some(b) = a else { return c && d };"), 0);
}

#[test]
fn functions_are_measured() {
    let source = "impl A {\n    pub fn a(&self) {\n        x\n    }\n\n    fn b() {}\n\n    fn c(\n        &self,\n    ) -> B {\n        {\n        }\n    }\n}\npub(crate) const unsafe extern \"C\" fn d() {\n}\ntrait T {\n    fn e();\n}";
    let lines: Vec<String> = source.lines().map(str::to_owned).collect();
    let found = functions(&lines);
    let wanted = [("a", 3), ("c", 6), ("d", 2)].map(|(name, length)| (name.to_owned(), length));
    assert_eq!(found, wanted);
}
