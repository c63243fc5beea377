//! The C programs under valgrind, AddressSanitizer and ThreadSanitizer, and unit tests under Miri.
//!
//! Each checker first has to find defects that are there on purpose (tests/c/broken.c): one that
//! does not look into the library proves nothing.

#![cfg(target_os = "linux")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{c_compilers, command, compile, compile_against, has, root, run, skip, with_soname};

/// Everything that the programs do in one process, but for what takes a checker minutes. Not fork:
/// a child lacks the threads that own some memory, and an older AddressSanitizer the care for it. Nor
/// flush-to-zero, which valgrind does not have.
const CASES: [(&str, &[&str]); 16] = [
    ("arguments", &["options", "opening", "emitting", "logging", "artifacts", "identity"]),
    ("handles", &["null_handles", "ended_handles", "other_handles"]),
    (
        "lifecycle",
        &[
            "finish_twice",
            "free_without_finish",
            "if_success",
            "mapping_after_free",
            "failed",
            "cancelled",
            "remarks",
            "flushing",
            "metrics",
            "environment",
            "bad_environment",
        ],
    ),
    ("composed", &["nested", "failing", "reused"]),
    ("values", &["nearest", "upward", "downward", "toward_zero", "deep", "keys", "files", "others"]),
    ("logs", &["levels", "long_lines", "loggers", "printed"]),
    ("arrays", &["figures", "documents", "snapshots"]),
    ("snapshots", &["many", "one_step_twice", "ends"]),
    ("concurrent", &["many_runs", "successor", "finished_meanwhile"]),
    ("process", &["signals", "ending_threads"]),
    ("crew", &["dozen"]),
    ("disk", &["earlier", "paths"]),
    ("faulty", &["run"]),
    ("ending", &["put_back", "never_asked", "stopped_and_failed", "requests", "not_open", "time_left"]),
    ("provenance", &["sampled"]),
    ("reading", &["whole", "tables", "followed", "latest", "axis", "skipped", "arrow", "arguments"]),
];

/// Runs every case by `prepare`, which makes a command of a program.
fn check_all(compiled: impl Fn(&str) -> PathBuf, prepare: impl Fn(&Path) -> Command) {
    for (program, cases) in CASES {
        let program = compiled(program);
        for case in cases {
            let store = tempfile::tempdir().unwrap();
            let mut command = prepare(&program);
            let ran = run(command.arg(case).arg(store.path()).current_dir(store.path()));
            assert!(ran.status.success(), "{} {case}: {}\n{}", program.display(), ran.status, ran.stderr);
        }
    }
}

/// The checker has to see through `prepare` what is wrong with tests/c/broken.c.
fn sees(compiled: impl Fn(&str) -> PathBuf, prepare: impl Fn(&Path) -> Command, finds: [&str; 3]) {
    let program = compiled("broken");
    for (case, finds) in ["use_after_free", "beyond_the_end", "leak"].into_iter().zip(finds) {
        let store = tempfile::tempdir().unwrap();
        let ran = run(prepare(&program).arg(case).arg(store.path()));
        assert!(!ran.status.success(), "{case} is not seen");
        assert!(ran.stderr.contains(finds), "{case}:\n{}", ran.stderr);
    }
}

#[test]
fn valgrind() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    if !has("valgrind") {
        return skip("valgrind is missing");
    }
    let prepare = |program: &Path| {
        let mut valgrind = command("valgrind");
        valgrind.args(["--quiet", "--error-exitcode=99", "--leak-check=full", "--fair-sched=yes"]);
        valgrind.args(["--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]).arg(program);
        valgrind
    };
    let compiled = |program: &str| compile(compiler, program);
    sees(compiled, prepare, ["Invalid read", "unaddressable", "definitely lost"]);
    check_all(compiled, prepare);
}

/// Returns true if rustup has a nightly toolchain, with `component` of cargo if it is not "".
fn has_nightly(component: &str) -> bool {
    let mut cargo = Command::new("rustup");
    cargo.args(["run", "nightly", "cargo"]).args((!component.is_empty()).then_some(component));
    cargo.arg("--version").env_remove("RUSTUP_TOOLCHAIN").output().is_ok_and(|output| output.status.success())
}

/// cargo of the nightly toolchain, without what the cargo that runs this test says to its children.
fn nightly_cargo() -> Command {
    let mut cargo = Command::new("rustup");
    cargo.args(["run", "nightly", "cargo"]).current_dir(root());
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"]
    {
        cargo.env_remove(name);
    }
    cargo
}

/// The library with a sanitizer in it; `more` goes to cargo.
fn checked_library(sanitizer: &str, target: &str, more: &[&str]) -> PathBuf {
    let target = root().join("target").join(target);
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let status = nightly_cargo()
        .args(["build", "--lib", "--locked", "--quiet", "--target", &triple, "--target-dir"])
        .arg(&target)
        .args(more)
        .env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}"))
        .status()
        .unwrap();
    assert!(status.success());
    with_soname(target.join(triple).join("debug"))
}

#[test]
fn address_sanitizer() {
    if !has_nightly("") {
        return skip("there is no nightly toolchain");
    }
    let library = &checked_library("address", "consumer-asan", &[]);
    // One of them is enough: the library is the same, and clang may lack its runtime.
    let Some(compiler) = c_compilers().first().copied() else { return };
    let compiled = |program: &str| compile_against(library, compiler, program, &["-fsanitize=address"]);
    let prepare = |program: &Path| {
        let mut command = command(program);
        command.env("ASAN_OPTIONS", "detect_leaks=1:handle_segv=1");
        command
    };
    sees(compiled, prepare, ["heap-use-after-free", "heap-buffer-overflow", "detected memory leaks"]);
    check_all(compiled, prepare);
}

/// The nightly toolchain's own file in its directory of libraries, or of sources.
fn nightly_file(below: &str) -> Option<PathBuf> {
    let output = Command::new("rustup")
        .args(["run", "nightly", "rustc", "--print", "sysroot"])
        .env_remove("RUSTUP_TOOLCHAIN")
        .output()
        .ok()?;
    let path = Path::new(String::from_utf8_lossy(&output.stdout).trim()).join(below);
    path.exists().then_some(path)
}

/// Every access has to be seen, so that std is built anew; and both sides have to share a runtime,
/// which is Rust's.
#[test]
fn thread_sanitizer() {
    let Some(compiler) = c_compilers().first().copied() else { return };
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let runtime = format!("lib/rustlib/{triple}/lib/librustc-nightly_rt.tsan.a");
    let (Some(runtime), true) =
        (nightly_file(&runtime), nightly_file("lib/rustlib/src/rust/library/Cargo.lock").is_some())
    else {
        return skip("there is no nightly toolchain with rust-src");
    };
    let library = checked_library("thread", "consumer-tsan", &["-Zbuild-std"]);
    let whole = format!("-Wl,--whole-archive,{},--no-whole-archive", runtime.display());
    // Compiled for the sanitizer, and linked without the compiler's own runtime.
    let compiled = |name: &str| {
        let object = library.join(format!("{name}.o"));
        let program = library.join(name);
        let source = root().join(format!("tests/c/{name}.c"));
        let mut compile = Command::new(compiler);
        compile.args(["-std=c99", "-O1", "-g", "-pthread", "-fsanitize=thread", "-c"]).arg(source);
        compile.arg("-I").arg(root().join("include")).arg("-o").arg(&object);
        run(&mut compile).succeeded();
        let mut link = Command::new(compiler);
        link.arg("-rdynamic").arg(&object).arg(&whole).arg("-L").arg(&library);
        link.arg(format!("-Wl,-rpath,{}", library.display()));
        link.args(["-lmetalab", "-lstdc++", "-lm", "-ldl", "-lpthread", "-lrt", "-o"]).arg(&program);
        run(&mut link).succeeded();
        program
    };
    let check = |program: &Path, case: &str| {
        let store = tempfile::tempdir().unwrap();
        run(command(program).arg(case).arg(store.path()).current_dir(store.path()))
    };
    let broken = check(&compiled("broken"), "race");
    assert!(!broken.status.success() && broken.stderr.contains("data race"), "{}", broken.stderr);
    // The reader is in the library.
    assert!(broken.stderr.contains("metalab_capture_log"), "{}", broken.stderr);
    for (program, case) in [
        ("races", "threads"),
        ("races", "ended_meanwhile"),
        ("crew", "dozen"),
        ("reading", "tables"),
        ("reading", "followed"),
    ] {
        let ran = check(&compiled(program), case);
        assert!(ran.status.success(), "{case}: {}\n{}", ran.status, ran.stderr);
    }
}

/// The modules with unsafe code that map no file, which Miri can't.
#[test]
fn miri() {
    if !has_nightly("miri") {
        return skip("there is no nightly toolchain with miri");
    }
    let output = nightly_cargo()
        .args(["miri", "test", "--lib", "--locked", "--quiet", "--target-dir"])
        .arg(root().join("target/miri"))
        .args([
            "--",
            "--skip",
            "large",
            "array::",
            "store::npz::",
            "data::",
            "event::",
            "run::state::",
            "sync::",
            "registry::",
            "segment::",
            "emitter::",
        ])
        .env("MIRIFLAGS", "-Zmiri-disable-isolation")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    // A filter that matches nothing succeeds as well.
    let ran = text.rsplit_once("test result: ok. ").and_then(|(_, rest)| rest.split_once(" passed"));
    assert!(ran.is_some_and(|(count, _)| count.parse::<u32>().is_ok_and(|count| count >= 10)), "{text}");
}
