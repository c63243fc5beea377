//! Directories as artifacts: archives that `tar` and Python read, the list of what is in them, and kills.

mod common;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use metalab::read::{Artifact, Run, Store};
use metalab::{Capture, ErrorKind, Json, Opened, Options, Take};

fn open(store: &Path, run_id: &str) -> Capture {
    let mut options = Options::new();
    options.store(store.to_str().unwrap()).code_hash("");
    options.experiment("directories:1").unwrap().run_id(run_id).unwrap();
    match Capture::open(&options).unwrap() {
        Opened::Capture(capture) => capture,
        Opened::Skipped(run_id) => panic!("{run_id} was skipped"),
    }
}

fn run(store: &Path, run_id: &str) -> Run {
    let store = Store::open(store.to_str().unwrap()).unwrap().with_cache(None);
    store.run(Some("directories:1"), run_id).unwrap()
}

fn artifact(run: &Run, name: &str) -> Artifact {
    run.artifact(name).unwrap().unwrap_or_else(|| panic!("no artifact {name}"))
}

fn document(run: &Run, name: &str) -> Json {
    metalab::json::parse(std::str::from_utf8(&artifact(run, name).bytes().unwrap()).unwrap()).unwrap()
}

/// A case with everything that a directory can have.
fn make(case: &Path) {
    std::fs::create_dir_all(case.join("constant/empty")).unwrap();
    std::fs::write(case.join("u.bin"), b"abc").unwrap();
    std::fs::write(case.join("nothing"), b"").unwrap();
    std::fs::set_permissions(case.join("u.bin"), PermissionsExt::from_mode(0o750)).unwrap();
    // Longer than a header of tar.
    let long = case.join("l".repeat(80)).join("m".repeat(200));
    std::fs::create_dir_all(&long).unwrap();
    std::fs::write(long.join("é ä\n.txt"), vec![b'x'; 1000]).unwrap();
    std::fs::write(case.join(OsStr::from_bytes(b"latin-\xe9")), b"1").unwrap();
    symlink("u.bin", case.join("latest")).unwrap();
    symlink("/etc/passwd", case.join("outside")).unwrap();
    symlink("/etc", case.join("directory outside")).unwrap();
    symlink("t".repeat(150), case.join("constant/dangling")).unwrap();
    let sparse = std::fs::File::create(case.join("sparse")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&sparse, b"end", 16 << 20).unwrap();
    sparse.set_len((16 << 20) + 1000).unwrap();
}

/// Extracts an archive by `tar` or by Python.
fn extracted(archive: &Path, into: &Path, by: &str) -> Option<()> {
    std::fs::create_dir_all(into).unwrap();
    let mut command = match by {
        "tar" => common::command("tar"),
        _ => common::command("python3"),
    };
    match by {
        "tar" => command.arg("-xpf").arg(archive).arg("-C").arg(into),
        _ => command
            .args(["-c", "import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])"])
            .arg(archive)
            .arg(into),
    };
    let output = command.stdin(Stdio::null()).output();
    let Ok(output) = output else {
        common::skip(&format!("there is no {by}"));
        return None;
    };
    assert!(output.status.success(), "{by}: {}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

/// Every path in a directory with its kind, mode, and content or target.
fn tree(directory: &Path) -> Vec<(PathBuf, u32, Vec<u8>)> {
    let (mut found, mut next) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(here) = next.pop() {
        for entry in std::fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            let about = std::fs::symlink_metadata(&path).unwrap();
            let content = match about.file_type() {
                kind if kind.is_symlink() => {
                    std::fs::read_link(&path).unwrap().into_os_string().as_bytes().to_vec()
                }
                kind if kind.is_file() => std::fs::read(&path).unwrap(),
                kind if kind.is_dir() => {
                    next.push(path.clone());
                    Vec::new()
                }
                _ => continue,
            };
            let mode = if about.is_symlink() { 0 } else { about.mode() };
            found.push((path.strip_prefix(directory).unwrap().to_owned(), mode, content));
        }
    }
    found.sort();
    found
}

#[test]
fn tar_and_python_read_what_a_directory_had() {
    let place = tempfile::tempdir().unwrap();
    let (case, store) = (place.path().join("case"), place.path().join("runs"));
    make(&case);
    let fifo = case.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(case.join("socket")).unwrap();
    let capture = open(&store, "r");
    let metadata = std::collections::BTreeMap::from([("step", 7)]);
    capture.file("case", &case, Take::Copy, Some("checkpoint"), metadata).unwrap();
    // The same tree gives the same archive; a link to a directory is followed, those in it are not.
    symlink("case", place.path().join("again")).unwrap();
    capture.file("again", &place.path().join("again"), Take::Link, None, ()).unwrap();
    // It may change as soon as the call has returned.
    let before = tree(&case);
    std::fs::write(case.join("u.bin"), b"later").unwrap();
    capture.finish().unwrap();

    let run = run(&store, "r");
    let archive = artifact(&run, "case.tar");
    assert_eq!((archive.kind.as_str(), archive.format.as_str()), ("checkpoint", "tar"));
    assert_eq!(archive.path.file_name(), Some(OsStr::new("case.tar")));
    assert_eq!(archive.metadata.get("step").and_then(Json::as_i64), Some(7));
    assert_eq!(archive.content_hash, artifact(&run, "again.tar").content_hash);
    for name in ["case", "case.tar", "again", "again.tar"] {
        artifact(&run, name).verify().unwrap();
    }
    for by in ["tar", "python3"] {
        let into = place.path().join(by);
        if extracted(&archive.path, &into, by).is_some() {
            assert!(tree(&into) == before, "{by}: {:#?}\n{before:#?}", names(&into));
        }
    }
    // Holes stay holes, where the file system has any.
    if std::fs::metadata(case.join("sparse")).unwrap().blocks() < 1000 {
        assert!(std::fs::metadata(&archive.path).unwrap().blocks() < 10_000);
    }

    let listed = document(&run, "case");
    assert_eq!(listed.str_at("path"), case.to_str());
    assert_eq!(listed.str_at("tar"), Some("case.tar"));
    let (metadata, kind) = (artifact(&run, "case").metadata, artifact(&run, "case").kind);
    assert_eq!(metadata.get("tar").and_then(Json::as_str), Some("case.tar"));
    assert_eq!((metadata.get("step").and_then(Json::as_i64), kind.as_str()), (Some(7), "json"));
    let files = listed.array_at("files");
    let file = |path: &str| files.iter().find(|file| file.str_at("path") == Some(path)).unwrap();
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(file("u.bin").str_at("sha256"), Some(abc));
    assert_eq!((file("u.bin").i64_at("size_bytes"), file("u.bin").str_at("mode")), (Some(3), Some("0750")));
    assert_eq!(file("u.bin").str_at("modified").map(str::len), Some(19));
    assert_eq!(file("outside").str_at("link"), Some("/etc/passwd"));
    assert_eq!(file("latin-\u{fffd}").str_at("path_hex"), Some("6c6174696e2de9"));
    assert_eq!(listed.i64_at("size_bytes"), Some((16 << 20) + 1000 + 3 + 1000 + 1));
    let empty = listed.array_at("directories").iter().any(|one| one.str_at("path") == Some("constant/empty"));
    assert!(empty, "{listed:?}");
    // The metadata say how many were left out.
    assert_eq!(archive.metadata.get("skipped_count").and_then(Json::as_i64), Some(2));
    let log = std::fs::read_to_string(store.join("directories_1/logs/r_run.log")).unwrap();
    assert!(log.contains("WARNING") && log.contains("2 left out"), "{log}");
}

fn names(directory: &Path) -> Vec<PathBuf> {
    tree(directory).into_iter().map(|(path, ..)| path).collect()
}

#[test]
fn a_directory_goes_when_its_content_is_in_the_store() {
    let place = tempfile::tempdir().unwrap();
    let (case, store) = (place.path().join("case"), place.path().join("runs"));
    make(&case);
    let capture = open(&store, "r");
    let named = place.path().join("named");
    symlink("case", &named).unwrap();
    // Of a link to a directory, the link goes.
    capture.file("named", &named, Take::Move, None, ()).unwrap();
    assert!(!named.is_symlink() && case.join("u.bin").exists());
    // It is there when the call returns.
    let moved = tree(&case);
    capture.file("case", &case, Take::Move, None, ()).unwrap();
    assert!(!case.exists());
    assert!(store.join("directories_1/artifacts/r/case.tar").exists());
    // A pipe is in no archive, so that it stays, in its directory.
    make(&case);
    assert!(Command::new("mkfifo").arg(case.join("constant/fifo")).status().unwrap().success());
    capture.file("rest", &case, Take::Move, None, ()).unwrap();
    assert_eq!(std::fs::read_dir(&case).unwrap().count(), 1);
    assert!(std::fs::symlink_metadata(case.join("constant/fifo")).is_ok());
    capture.finish().unwrap();
    let into = place.path().join("into");
    if extracted(&artifact(&run(&store, "r"), "case.tar").path, &into, "tar").is_some() {
        assert!(tree(&into) == moved);
    }
}

#[test]
fn a_directory_that_can_be_no_artifact_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let store = place.path().join("runs");
    let capture = open(&store, "r");
    let kind = |path: &Path| capture.file("x", path, Take::Move, None, ()).unwrap_err().kind();
    for around in [place.path(), &store, &store.join("directories_1")] {
        assert_eq!(kind(around), ErrorKind::Value, "{}", around.display());
    }
    let deep = place.path().join("deep");
    std::fs::create_dir_all(deep.join("d/".repeat(102))).unwrap();
    assert_eq!(kind(&deep), ErrorKind::Value);
    assert!(deep.join("d").exists());
    capture.finish().unwrap();
    assert!(run(&store, "r").artifacts().unwrap().is_empty());
    nothing_is_left(&store);
}

/// No file is left that no reader sees.
fn nothing_is_left(store: &Path) {
    for entry in std::fs::read_dir(store.join("directories_1/artifacts/r")).into_iter().flatten() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.starts_with('.') || name == "._manifest.json", "{name}");
    }
}

/// Not a test: the process that is killed. Moves directories into its run until its end.
#[test]
fn child() {
    let Some(place) = std::env::var_os("METALAB_DIRECTORIES_PLACE") else { return };
    let place = PathBuf::from(place);
    let capture = open(&place.join("runs"), "r");
    for number in 0.. {
        let case = place.join(format!("case{number}"));
        std::fs::create_dir(&case).unwrap();
        for file in 0..20 {
            std::fs::write(case.join(format!("f{file}")), vec![file; 20_000]).unwrap();
        }
        std::fs::write(place.join("made"), number.to_string()).unwrap();
        let take = if number % 3 == 2 { Take::Copy } else { Take::Move };
        match number % 2 {
            0 => capture.file(&format!("case{number}"), &case, take, None, ()).unwrap(),
            // A file that goes is nowhere but in the store.
            _ => capture.file(&format!("case{number}"), &case.join("f7"), take, None, ()).unwrap(),
        }
        std::fs::write(place.join(format!("done{number}")), "").unwrap();
    }
}

/// Whenever it is killed: what was moved is in its place or in the store, and an archive has its list.
#[test]
fn a_kill_leaves_a_directory_where_it_was_or_in_the_store() {
    let rounds = std::env::var("METALAB_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
    for round in 0..rounds {
        let place = tempfile::tempdir().unwrap();
        let mut command = common::command(std::env::current_exe().unwrap());
        command.args(["--exact", "child", "--nocapture"]).env("METALAB_DIRECTORIES_PLACE", place.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let start = Instant::now();
        while !place.path().join("made").exists() {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(round * 37 % 200));
        child.kill().unwrap();
        child.wait().unwrap();
        let store = place.path().join("runs");
        assert_eq!(metalab::recover(store.to_str(), None, None).unwrap(), 1);
        let run = run(&store, "r");
        let all = run.artifacts().unwrap();
        let has = |name: &str| all.iter().any(|one| one.name == name);
        for number in 0.. {
            let name = format!("case{number}");
            let case = place.path().join(&name);
            let is_done = place.path().join(format!("done{number}")).exists();
            if number % 2 == 1 {
                // Its last file is written after the one that goes.
                let was_made = case.join("f19").exists();
                assert!(has(&name) || case.join("f7").exists() || !was_made, "{name} is lost");
            } else {
                assert_eq!(has(&name), has(&format!("{name}.tar")), "{name}");
                let files = std::fs::read_dir(&case).map_or(0, Iterator::count);
                assert!(
                    has(&name) || files == 20 || !is_done,
                    "{name} has {files} files left, and no archive"
                );
            }
            if has(&name) {
                artifact(&run, &name).verify().unwrap();
            }
            if has(&format!("{name}.tar")) {
                assert_eq!(document(&run, &name).array_at("files").len(), 20);
            }
            assert!(has(&name) || !is_done, "{name} had returned");
            if !is_done {
                break;
            }
        }
        nothing_is_left(&store);
    }
}
