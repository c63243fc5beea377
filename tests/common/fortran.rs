//! The Fortran module, compiled once.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::{has, library, root, skip};

/// Options that all of our Fortran compiles with.
pub const STRICT: [&str; 6] = ["-std=f2008", "-Wall", "-Wextra", "-Werror", "-fcheck=all", "-g"];

/// The module's sources, in an order in which they compile.
pub const SOURCES: [&str; 18] = [
    "metalab_constants",
    "metalab_c",
    "metalab_support",
    "metalab_counted",
    "metalab_memory",
    "metalab_emitter",
    "metalab_deferred",
    "metalab_options",
    "metalab_series",
    "metalab_stream",
    "metalab_capture",
    "metalab_functions",
    "metalab_f77",
    "metalab_reader",
    "metalab_loaded",
    "metalab_store",
    "metalab_values",
    "metalab",
];

/// The flags that find the compiled module, and its objects. None where there is no gfortran.
pub fn module() -> Option<(Vec<String>, Vec<PathBuf>)> {
    static COMPILED: OnceLock<Option<PathBuf>> = OnceLock::new();
    let place = COMPILED.get_or_init(|| {
        if !has("gfortran") {
            skip("there is no gfortran");
            return None;
        }
        // Kept for the test binaries that come after this one, by what it is made of.
        let consumer = root().join("target/consumer");
        std::fs::create_dir_all(&consumer).unwrap();
        let mut hasher = DefaultHasher::new();
        Command::new("gfortran").arg("--version").output().unwrap().stdout.hash(&mut hasher);
        for name in SOURCES {
            std::fs::read(root().join(format!("bindings/fortran/src/{name}.f90"))).unwrap().hash(&mut hasher);
        }
        let kept = consumer.join(format!("fortran-{:016x}", hasher.finish()));
        if kept.exists() {
            return Some(kept);
        }
        let place = tempfile::tempdir_in(&consumer).unwrap();
        for name in SOURCES {
            let mut compile = Command::new("gfortran");
            compile.args(STRICT).args(["-O1", "-c", "-J"]).arg(place.path());
            compile.arg(root().join(format!("bindings/fortran/src/{name}.f90")));
            let output = compile.arg("-o").arg(place.path().join(format!("{name}.o"))).output().unwrap();
            assert!(output.status.success(), "{name}\n{}", String::from_utf8_lossy(&output.stderr));
        }
        // Another process may have been quicker.
        let renamed = std::fs::rename(place.path(), &kept);
        assert!(renamed.is_ok() || kept.exists(), "{renamed:?}");
        Some(kept)
    });
    let place = place.as_ref()?;
    let objects = SOURCES.map(|name| place.join(format!("{name}.o"))).into();
    Some((vec![format!("-I{}", place.display())], objects))
}

/// A program of ours, compiled and linked with the module and the release library.
pub fn program(sources: &[&str], flags: &[&str]) -> Option<(tempfile::TempDir, PathBuf)> {
    let (module_flags, objects) = module()?;
    Some(linked(sources, flags, |compile| {
        compile.args(module_flags);
        objects
    }))
}

/// The same, with the module compiled with the same flags.
pub fn program_with_module(sources: &[&str], flags: &[&str]) -> Option<(tempfile::TempDir, PathBuf)> {
    if !has("gfortran") {
        skip("there is no gfortran");
        return None;
    }
    let module = SOURCES.map(|name| format!("bindings/fortran/src/{name}.f90"));
    let sources: Vec<&str> = module.iter().map(String::as_str).chain(sources.iter().copied()).collect();
    Some(linked(&sources, flags, |_| Vec::new()))
}

fn linked(
    sources: &[&str],
    flags: &[&str],
    with: impl FnOnce(&mut Command) -> Vec<PathBuf>,
) -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("program");
    let mut compile = Command::new("gfortran");
    compile.args(STRICT).args(flags);
    let objects = with(&mut compile);
    compile.arg("-J").arg(place.path()).args(sources.iter().map(|source| root().join(source))).args(objects);
    compile.arg("-L").arg(library()).args(["-lmetalab", &format!("-Wl,-rpath,{}", library().display())]);
    let output = compile.arg("-o").arg(&program).output().unwrap();
    assert!(output.status.success(), "{sources:?}\n{}", String::from_utf8_lossy(&output.stderr));
    (place, program)
}
