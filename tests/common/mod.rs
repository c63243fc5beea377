//! The common part of the drivers of consumers: the release library, compilers, programs, Python, stores.

// Every test binary compiles this, and uses a part of it.
#![allow(dead_code)]

pub mod fortran;
pub mod same_run;

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// Longer than any program of ours takes; one that hangs is a failure, not a wait for ever.
const PATIENCE: Duration = Duration::from_secs(120);

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns true in continuous integration, where nothing may be left out.
pub fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}

/// Says that a test can't be made here; under CI that is a failure.
pub fn skip(reason: &str) {
    assert!(!is_ci(), "{reason}");
    println!("skipped: {reason}");
}

/// Returns true if `tool` can be run. Each is tried once: clang takes longer to print its version than many a
/// case to run.
pub fn has(tool: &str) -> bool {
    static ASKED: OnceLock<Mutex<HashMap<String, bool>>> = OnceLock::new();
    let mut asked =
        ASKED.get_or_init(Mutex::default).lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *asked.entry(tool.to_owned()).or_insert_with(|| {
        let version =
            Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    })
}

/// A build of the library by a profile: a directory with libmetalab.so and its soname.
fn build(target: &str, profile: &str, arguments: &[&str]) -> PathBuf {
    let target = root().join("target").join(target);
    // cargo locks the directory: other test binaries wait here, then find the work done.
    let status = Command::new(env!("CARGO"))
        .args(["build", "--lib", "--locked", "--quiet", "--profile", profile])
        .args(arguments)
        .arg("--target-dir")
        .arg(&target)
        .env_remove("CARGO_BUILD_TARGET")
        .current_dir(root())
        .status()
        .unwrap();
    assert!(status.success(), "the library can't be built");
    let directory = target.join(profile);
    if cfg!(target_os = "linux") {
        // Linked like an installed one: with the versions of its symbols, and the static one beside it.
        let (archive, linked) = (directory.join("libmetalab.a"), target.join("linked"));
        std::fs::create_dir_all(&linked).unwrap();
        let shared = linked.join("libmetalab.so");
        let changed = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
        let inputs = [archive.clone(), root().join(VERSIONS), root().join(LINK)];
        if inputs.iter().any(|input| changed(input) >= changed(&shared)) {
            link_shared(&archive, &root().join(VERSIONS), &shared, &["cc", "-Wl,--strip-debug"]);
        }
        if let Err(error) = std::os::unix::fs::symlink(&archive, linked.join("libmetalab.a")) {
            assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
        }
        return with_soname(linked);
    }
    with_soname(directory)
}

const LINK: &str = "bindings/cmake/link-shared.sh";

/// The versions of the symbols.
pub const VERSIONS: &str = "bindings/cmake/metalab.map";

/// Links a shared library as CMake does.
pub fn link_shared(archive: &Path, map: &Path, shared: &Path, compiler: &[&str]) {
    let soname = format!("libmetalab.so.{}", metalab::capi::version::METALAB_ABI_VERSION);
    let mut link = Command::new("sh");
    link.arg(root().join(LINK)).arg(archive).arg(map).arg(soname).arg(shared).args(compiler);
    let output = link.output().unwrap();
    assert!(output.status.success(), "{link:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// `directory`, in which the library is found under its soname as well.
pub fn with_soname(directory: PathBuf) -> PathBuf {
    let soname = format!("libmetalab.so.{}", metalab::capi::version::METALAB_ABI_VERSION);
    if let Err(error) = std::os::unix::fs::symlink("libmetalab.so", directory.join(soname)) {
        assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    }
    directory
}

/// Where the release library is, which is built once.
pub fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| build("consumer", "release", &[]))
}

/// The release library with which METALAB_INJECT_PANIC makes a function panic; not optimized, which is no
/// matter here and takes long.
pub fn panicking_library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    let quickly =
        ["profile.release.opt-level=0", "profile.release.lto=false", "profile.release.codegen-units=16"];
    let mut arguments = vec!["--features", "inject-panic"];
    arguments.extend(quickly.iter().flat_map(|setting| ["--config", *setting]));
    LIBRARY.get_or_init(|| build("consumer-panic", "release", &arguments))
}

/// The compilers of C that are here; gcc has to be.
pub fn c_compilers() -> Vec<&'static str> {
    let found: Vec<&str> = ["gcc", "clang"].into_iter().filter(|compiler| has(compiler)).collect();
    if found.is_empty() {
        skip("there is neither gcc nor clang");
    }
    found
}

/// Compiles tests/c/{name}.c against the library in `directory`, once for the same arguments.
pub fn compile_against(directory: &Path, compiler: &str, name: &str, flags: &[&str]) -> PathBuf {
    static COMPILED: OnceLock<Mutex<HashMap<String, PathBuf>>> = OnceLock::new();
    let key = format!("{}-{compiler}-{name}-{}", directory.display(), flags.join(""));
    let mut compiled =
        COMPILED.get_or_init(Mutex::default).lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(program) = compiled.get(&key) {
        return program.clone();
    }
    let programs = directory.join("programs");
    std::fs::create_dir_all(&programs).unwrap();
    let program = programs.join(format!("{name}-{compiler}"));
    // Another test binary may be running the program: replace the file, don't write into it.
    let fresh = programs.join(format!("{name}-{compiler}.{}", std::process::id()));
    let output = Command::new(compiler)
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", "-g", "-pthread"])
        .args(flags)
        .arg("-I")
        .arg(root().join("include"))
        .arg(root().join(format!("tests/c/{name}.c")))
        .arg("-L")
        .arg(directory)
        .arg(format!("-Wl,-rpath,{}", directory.display()))
        .args(["-lmetalab", "-lm", "-o"])
        .arg(&fresh)
        .output()
        .unwrap();
    assert!(output.status.success(), "{compiler} {name}.c:\n{}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(&fresh, &program).unwrap();
    compiled.insert(key, program.clone());
    program
}

/// Compiles tests/c/{name}.c against the release library.
pub fn compile(compiler: &str, name: &str) -> PathBuf {
    compile_against(library(), compiler, name, &[])
}

/// The outcome of a program.
#[derive(Debug)]
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Fails the test unless the program ended well.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert!(self.status.success(), "{}\n{}\n{}", self.status, self.stdout, self.stderr);
        self
    }
}

/// A command without what the environment says to the library.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("METALAB_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `command` to its end, within a time that no sound program needs.
#[track_caller]
pub fn run(command: &mut Command) -> Ran {
    run_within(PATIENCE, command)
}

/// The same for what takes longer than a program of ours: the tests of another language.
#[track_caller]
pub fn run_within(patience: Duration, command: &mut Command) -> Ran {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = collect(child.stdout.take().unwrap());
    let stderr = collect(child.stderr.take().unwrap());
    let status = wait_within(patience, &mut child);
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    let Some(status) = status else { panic!("{command:?} hangs:\n{stdout}\n{stderr}") };
    Ran { status, stdout, stderr }
}

fn collect(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// How `child` ended; None if it had to be killed.
pub fn wait(child: &mut Child) -> Option<ExitStatus> {
    wait_within(PATIENCE, child)
}

fn wait_within(patience: Duration, child: &mut Child) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if start.elapsed() > patience {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// A Python that has numpy.
pub fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| {
        let python = std::env::var_os("METALAB_TEST_PYTHON").unwrap_or_else(|| "python3".into());
        let numpy = Command::new(&python).args(["-c", "import numpy"]).stderr(Stdio::null()).status();
        numpy.is_ok_and(|status| status.success()).then(|| python.into())
    });
    if python.is_none() {
        skip("there is no python3 with numpy (METALAB_TEST_PYTHON names one)");
    }
    python.as_deref()
}

/// Every file below `directory`, by its path there.
pub fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(next) = directories.pop() {
        for entry in std::fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                directories.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// A JSON file that has no NaN or infinity, by a parser that is not ours.
#[track_caller]
pub fn json(path: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", path.display()))
}

/// The one run record of an experiment's directory.
#[track_caller]
pub fn record(experiment: &Path) -> serde_json::Value {
    let entries: Vec<PathBuf> =
        std::fs::read_dir(experiment.join("runs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    json(&entries[0])
}

/// The manifest of an experiment that has one.
#[track_caller]
pub fn manifest(experiment: &Path) -> serde_json::Value {
    let entries = std::fs::read_dir(experiment.join("experiments")).unwrap().map(|entry| entry.unwrap());
    let is_hidden = |entry: &std::fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b".");
    let found: Vec<PathBuf> = entries.filter(|entry| !is_hidden(entry)).map(|entry| entry.path()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    json(&found[0])
}

/// The artifact of a record that has this name.
#[track_caller]
pub fn artifact<'a>(record: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let artifacts = record["artifacts"].as_array().unwrap();
    let found: Vec<_> = artifacts.iter().filter(|artifact| artifact["name"] == name).collect();
    assert_eq!(found.len(), 1, "{name}: {artifacts:#?}");
    found[0]
}
