//! Repositories that git itself makes are read as git reads them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::*;

static STOP: AtomicBool = AtomicBool::new(false);

fn patience() -> Limit<'static> {
    Limit::new(Duration::from_secs(600), &STOP)
}

/// A repository made with git, in a directory of its own.
struct Made {
    _directory: tempfile::TempDir,
    top: PathBuf,
}

fn command(place: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(place).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    command.args(["-c", "user.name=n", "-c", "user.email=e@x", "-c", "protocol.file.allow=always"]);
    command.args(["-c", "init.defaultBranch=main", "-c", "gc.auto=0"]);
    command
}

#[track_caller]
fn git(place: &Path, arguments: &str) -> String {
    let output = command(place).args(arguments.split_whitespace()).output().unwrap();
    assert!(output.status.success(), "git {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// A repository, empty so far; nothing where there is no git, or none that knows the `options`.
fn make(options: &str) -> Option<Made> {
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path().canonicalize().unwrap().join("r");
    std::fs::create_dir(&top).unwrap();
    let made = command(&top).args(["init", "-q"]).args(options.split_whitespace()).output();
    if !made.is_ok_and(|output| output.status.success()) {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "git is missing");
        println!("skipped: git is missing");
        return None;
    }
    Some(Made { _directory: directory, top })
}

impl Made {
    fn write(&self, path: &str, text: &str) {
        let path = self.top.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Some files in directories whose order is not that of their names alone.
    fn commit_some(&self) {
        for path in ["a/x", "a.txt", "a/b/c/d", "a-b", "z", "empty"] {
            self.write(path, if path == "empty" { "" } else { path });
        }
        std::os::unix::fs::symlink("a/x", self.top.join("link")).unwrap();
        self.commit();
    }

    fn commit(&self) {
        git(&self.top, "add -A");
        git(&self.top, "commit -q -m m");
    }
}

/// Branch, commit and dirty flag, after what git says has been compared.
#[track_caller]
fn state(top: &Path) -> (Option<String>, String, Option<bool>) {
    let repository = Repository::find(top, &patience()).unwrap();
    let head = repository.head(&patience()).unwrap();
    let commit = head.commit.unwrap();
    // First: git may write a fresher index.
    let dirty = repository.is_dirty(&commit, &patience());
    assert_eq!(commit, git(top, "rev-parse HEAD"));
    assert_eq!(head.branch.as_deref().unwrap_or("HEAD"), git(top, "rev-parse --abbrev-ref HEAD"));
    if let Some(dirty) = dirty {
        let changes = git(top, "status --porcelain --untracked-files=no --ignore-submodules=untracked");
        assert_eq!(dirty, !changes.is_empty(), "{changes}");
    }
    (head.branch, commit, dirty)
}

#[track_caller]
fn dirty(top: &Path) -> Option<bool> {
    state(top).2
}

#[test]
fn where_there_is_no_repository_there_is_none() {
    let directory = tempfile::tempdir().unwrap();
    assert!(Repository::find(directory.path(), &patience()).is_none());
    assert!(Repository::find(&directory.path().join("missing"), &patience()).is_none());
    // Something of the name that is no repository.
    std::fs::create_dir(directory.path().join(".git")).unwrap();
    assert!(Repository::find(directory.path(), &patience()).is_none());
}

#[test]
fn a_branch_without_a_commit_has_none() {
    let Some(made) = make("") else { return };
    let repository = Repository::find(&made.top, &patience()).unwrap();
    let head = repository.head(&patience()).unwrap();
    assert_eq!(head, Head { branch: Some("main".to_owned()), commit: None });
}

#[test]
fn every_kind_of_change_is_seen() {
    let Some(made) = make("") else { return };
    let top = &made.top;
    made.commit_some();
    assert_eq!(dirty(top), Some(false));
    assert_eq!(dirty(&top.join("a/b")), Some(false));
    made.write("untracked", "x");
    assert_eq!(dirty(top), Some(false));
    let restore = || {
        git(top, "reset -q --hard");
        assert_eq!(dirty(top), Some(false));
    };
    type Change<'a> = (&'a str, &'a dyn Fn());
    let changes: [Change<'_>; 9] = [
        ("a longer file", &|| made.write("a/x", "longer than before")),
        ("as long a file", &|| made.write("a/x", "A/X")),
        ("a file that is gone", &|| std::fs::remove_file(top.join("z")).unwrap()),
        ("a directory that is gone", &|| std::fs::remove_dir_all(top.join("a/b")).unwrap()),
        ("another mode", &|| {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(top.join("z"), std::fs::Permissions::from_mode(0o755)).unwrap();
        }),
        ("another link", &|| {
            std::fs::remove_file(top.join("link")).unwrap();
            std::os::unix::fs::symlink("a/y", top.join("link")).unwrap();
        }),
        ("a file for a link", &|| {
            std::fs::remove_file(top.join("link")).unwrap();
            made.write("link", "a/x");
        }),
        ("something in an empty file", &|| made.write("empty", "x")),
        ("a directory for a file", &|| {
            std::fs::remove_file(top.join("z")).unwrap();
            std::fs::create_dir(top.join("z")).unwrap();
        }),
    ];
    for (what, change) in changes {
        change();
        assert_eq!(dirty(top), Some(true), "{what}");
        let _ = std::fs::remove_dir(top.join("z"));
        restore();
    }
    // Staged, the work tree as the index has it.
    for change in ["rm -q z", "mv z y", "add -f untracked", "update-index --chmod=+x z"] {
        git(top, change);
        assert_eq!(dirty(top), Some(true), "{change}");
        git(top, "reset -q");
        git(top, "checkout -q -- .");
        made.write("untracked", "x");
        assert_eq!(dirty(top), Some(false), "{change}");
    }
    git(top, "add --intent-to-add untracked");
    assert_eq!(dirty(top), Some(true));
}

#[test]
fn times_alone_are_no_change() {
    let Some(made) = make("") else { return };
    made.commit_some();
    let touch = |seconds: u64| {
        let time = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        for path in ["a/x", "z", "empty"] {
            std::fs::File::options()
                .append(true)
                .open(made.top.join(path))
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
    };
    touch(1_600_000_000);
    assert_eq!(dirty(&made.top), Some(false));
    // The same length, and the time that the index has: the inode's own time tells, in parts of a
    // second at which git itself does not look.
    touch(1_600_000_001);
    git(&made.top, "update-index -q --refresh");
    made.write("z", "Z");
    touch(1_600_000_001);
    let repository = Repository::find(&made.top, &patience()).unwrap();
    let commit = repository.head(&patience()).unwrap().commit.unwrap();
    assert_eq!(repository.is_dirty(&commit, &patience()), Some(true));
}

#[test]
fn files_that_the_user_hides_are_not_looked_at() {
    let Some(made) = make("") else { return };
    made.commit_some();
    for (hide, show) in
        [("--assume-unchanged", "--no-assume-unchanged"), ("--skip-worktree", "--no-skip-worktree")]
    {
        git(&made.top, &format!("update-index {hide} z"));
        made.write("z", "hidden");
        assert_eq!(dirty(&made.top), Some(false), "{hide}");
        git(&made.top, &format!("update-index {show} z"));
        assert_eq!(dirty(&made.top), Some(true), "{show}");
        git(&made.top, "checkout -q z");
    }
    git(&made.top, "config core.fileMode false");
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(made.top.join("z"), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(dirty(&made.top), Some(false));
}

#[test]
fn heads_are_found_loose_packed_and_detached() {
    let Some(made) = make("") else { return };
    made.commit_some();
    let top = &made.top;
    let first = state(top).1;
    git(top, "checkout -q -b feature/one");
    made.write("z", "second");
    made.commit();
    let (branch, second, is_dirty) = state(top);
    assert_eq!((branch.as_deref(), is_dirty), (Some("feature/one"), Some(false)));
    git(top, "pack-refs --all");
    git(top, "tag -a -m t v1");
    assert_eq!(state(top).1, second);
    git(top, &format!("checkout -q --detach {first}"));
    assert_eq!(state(top), (None, first, Some(false)));
    git(top, "gc -q --prune=now");
    git(top, "checkout -q feature/one");
    assert_eq!(state(top).1, second);
    // A conflict is no commit's.
    git(top, "checkout -q -b other main");
    made.write("z", "third");
    made.commit();
    assert!(!command(top).args(["merge", "-q", "feature/one"]).output().unwrap().status.success());
    assert_eq!(dirty(top), Some(true));
}

#[test]
fn commits_are_found_in_packs_also_as_differences() {
    let Some(made) = make("") else { return };
    let top = &made.top;
    // Long messages that are alike, so that git stores most commits as differences.
    let message = "the same again and again, ".repeat(40);
    for round in 0..40 {
        made.write("file", &round.to_string());
        git(top, "add -A");
        let text = format!("{message}{round}");
        assert!(command(top).args(["commit", "-q", "-m", &text]).status().unwrap().success());
    }
    git(top, "repack -q -a -d -f --depth=20 --window=50");
    git(top, "prune-packed");
    let packs: Vec<_> = std::fs::read_dir(top.join(".git/objects/pack"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "idx"))
        .collect();
    assert_eq!(packs.len(), 1);
    let described = git(top, &format!("verify-pack -v {}", packs[0].display()));
    let chained = |line: &&str| line.contains(" commit ") && line.split_whitespace().count() == 7;
    assert!(described.lines().filter(chained).count() > 5, "no commit is a difference:\n{described}");
    let common = top.join(".git");
    for line in git(top, "log --format=%H:%T").lines() {
        let (commit, tree) = line.split_once(':').unwrap();
        let found = object::tree_of(&common, Id::parse(commit).unwrap(), Kind::Sha1, &patience());
        assert_eq!(found.map(|id| id.to_string()).as_deref(), Some(tree));
    }
    let missing = Id::parse(&"1".repeat(40)).unwrap();
    assert!(object::tree_of(&common, missing, Kind::Sha1, &patience()).is_none());
    assert_eq!(dirty(top), Some(false));
    // A clone that borrows its objects.
    let clone = top.with_file_name("clone");
    git(top, &format!("clone -q --shared . {}", clone.display()));
    assert_eq!(dirty(&clone), Some(false));
}

#[test]
fn further_work_trees_and_submodules_are_repositories() {
    let Some(made) = make("") else { return };
    made.commit_some();
    let top = &made.top;
    let other = top.with_file_name("other");
    git(top, &format!("worktree add -q -b side {}", other.display()));
    std::fs::write(other.join("z"), "changed").unwrap();
    assert_eq!(state(&other).0.as_deref(), Some("side"));
    assert_eq!((dirty(&other), dirty(top)), (Some(true), Some(false)));
    let library = make("").unwrap();
    library.commit_some();
    git(top, &format!("submodule --quiet add {} library", library.top.display()));
    made.commit();
    assert_eq!(dirty(top), Some(false));
    assert_eq!(dirty(&top.join("library")), Some(false));
    made.write("library/z", "changed");
    assert_eq!((dirty(&top.join("library")), dirty(top)), (Some(true), Some(true)));
    git(&top.join("library"), "commit -q -a -m m");
    assert_eq!((dirty(&top.join("library")), dirty(top)), (Some(false), Some(true)));
    git(top, "add library");
    git(top, "commit -q -m m");
    assert_eq!(dirty(top), Some(false));
    git(top, "submodule --quiet deinit -f library");
    assert_eq!(dirty(top), Some(false));
}

#[test]
fn every_version_of_the_index_is_read() {
    let Some(made) = make("") else { return };
    made.commit_some();
    for version in [4, 3, 2] {
        git(&made.top, &format!("update-index --index-version {version}"));
        assert_eq!(dirty(&made.top), Some(false), "{version}");
        made.write("a/b/c/d", "changed");
        assert_eq!(dirty(&made.top), Some(true), "{version}");
        git(&made.top, "checkout -q -- .");
    }
    // An index in several files is not followed.
    git(&made.top, "update-index --split-index");
    assert_eq!(dirty(&made.top), None);
}

#[test]
fn sparse_work_trees_are_clean() {
    let Some(made) = make("") else { return };
    made.commit_some();
    git(&made.top, "sparse-checkout set --cone --sparse-index a/b");
    assert!(!made.top.join("z").exists() || made.top.join("a/b/c/d").exists());
    assert_eq!(dirty(&made.top), Some(false));
    made.write("a/b/c/d", "changed");
    assert_eq!(dirty(&made.top), Some(true));
}

#[test]
fn ids_of_sha256_are_read() {
    let Some(made) = make("--object-format=sha256") else { return };
    made.commit_some();
    let (_, commit, is_dirty) = state(&made.top);
    assert_eq!((commit.len(), is_dirty), (64, Some(false)));
    git(&made.top, "gc -q");
    assert_eq!(dirty(&made.top), Some(false));
    made.write("z", "Z");
    assert_eq!(dirty(&made.top), Some(true));
}

#[test]
fn what_a_filter_may_have_made_is_not_judged() {
    let Some(made) = make("") else { return };
    made.write(".gitattributes", "* text=auto eol=crlf\n");
    made.write("t", "a\r\nb\r\n");
    made.commit();
    let old = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    std::fs::File::options().append(true).open(made.top.join("t")).unwrap().set_modified(old).unwrap();
    assert_eq!(dirty(&made.top), None);
    made.write("t", "a\r\nb\r\nmore");
    assert_eq!(dirty(&made.top), Some(true));
}

#[test]
fn time_that_is_up_ends_the_search() {
    let Some(made) = make("") else { return };
    made.commit_some();
    let repository = Repository::find(&made.top, &patience()).unwrap();
    let commit = repository.head(&patience()).unwrap().commit.unwrap();
    let over = Limit::new(Duration::ZERO, &STOP);
    assert!(Repository::find(&made.top, &over).is_none());
    assert!(repository.head(&over).is_none());
    assert!(repository.is_dirty(&commit, &over).is_none());
    static STOPPED: AtomicBool = AtomicBool::new(true);
    assert!(repository.is_dirty(&commit, &Limit::new(Duration::from_secs(600), &STOPPED)).is_none());
}

#[test]
fn pipes_in_place_of_files_hold_nobody_up() {
    let Some(made) = make("") else { return };
    made.commit_some();
    let directory = made.top.join(".git");
    let pipe = |path: &Path| {
        let _ = std::fs::remove_file(path);
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let repository = Repository::find(&made.top, &patience()).unwrap();
    let commit = repository.head(&patience()).unwrap().commit.unwrap();
    pipe(&directory.join("index"));
    assert!(repository.is_dirty(&commit, &patience()).is_none());
    pipe(&directory.join("refs/heads/main"));
    pipe(&directory.join("packed-refs"));
    assert!(repository.head(&patience()).is_none());
    pipe(&directory.join("HEAD"));
    assert!(repository.head(&patience()).is_none());
    assert!(Repository::find(&made.top, &patience()).is_none());
}

#[test]
fn damage_is_survived() {
    let Some(made) = make("") else { return };
    made.commit_some();
    git(&made.top, "gc -q");
    let repository = Repository::find(&made.top, &patience()).unwrap();
    let commit = repository.head(&patience()).unwrap().commit.unwrap();
    let mut files = vec![made.top.join(".git/index"), made.top.join(".git/packed-refs")];
    let packs = std::fs::read_dir(made.top.join(".git/objects/pack")).unwrap();
    files.extend(packs.map(|entry| entry.unwrap().path()));
    let mut random = 88172645463325252u64;
    for file in files {
        let whole = std::fs::read(&file).unwrap();
        let _ = std::fs::remove_file(&file);
        for round in 0..400 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let at = random as usize % whole.len();
            let mut bytes = whole.clone();
            if round % 4 == 0 {
                bytes.truncate(at);
            } else {
                bytes[at] ^= (random >> 32) as u8;
            }
            std::fs::write(&file, bytes).unwrap();
            // Whatever is returned: it returns, and nothing panics.
            let _ = (repository.head(&patience()), repository.is_dirty(&commit, &patience()));
        }
        std::fs::write(&file, whole).unwrap();
    }
    assert_eq!(repository.is_dirty(&commit, &patience()), Some(false));
}

#[test]
fn the_configuration_is_read_as_far_as_it_matters() {
    let config = Config::read("[core]\n\tfileMode = false\n  autocrlf=input\n[other]\nfilemode = true\n");
    assert!(config.ignores_mode && config.converts_newlines && config.kind == Kind::Sha1);
    let config =
        Config::read("[extensions]\nobjectFormat = SHA256\n[core]\nfilemode\n[core \"x\"]\nautocrlf = true");
    assert!(!config.ignores_mode && !config.converts_newlines && config.kind == Kind::Sha256);
}

#[test]
fn references_stay_in_the_repository() {
    assert!(is_reference("refs/heads/main") && is_reference("refs/heads/a/b.c"));
    for name in ["", "main", "refs/../config", "refs//x", "refs/heads/.invalid", "refs/x/./y", "refs/\n"] {
        assert!(!is_reference(name), "{name:?}");
    }
}
