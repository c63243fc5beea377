//! The library for musl, static and shared, as CMake makes it. Nothing is tested where rustup or the system have no musl.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{command, has, json, root, run};

fn target() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

fn is_there() -> bool {
    let place = Command::new("rustc").args(["--print", "target-libdir", "--target", &target()]).output();
    let place = place.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let is_there = place.is_ok_and(|place| Path::new(&place).is_dir()) && has("musl-gcc") && has("cmake");
    if !is_there {
        println!("skipped: there is no musl-gcc, or rustup has no {}", target());
    }
    is_there
}

#[track_caller]
fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
    said
}

/// Where the library is installed, in the place for its tests.
fn installed(place: &Path) -> PathBuf {
    let (build, prefix) = (place.join("build"), place.join("prefix"));
    let cargo = root().join("target/musl");
    done(
        Command::new("cmake")
            .arg("-S")
            .arg(root())
            .arg("-B")
            .arg(&build)
            .arg(format!("-DCMAKE_INSTALL_PREFIX={}", prefix.display()))
            .arg(format!("-DMETALAB_CARGO_TARGET_DIR={}", cargo.display()))
            .arg(format!("-DMETALAB_RUST_TARGET={}", target()))
            .args(["-DCMAKE_C_COMPILER=musl-gcc", "-DMETALAB_PROFILE=dev", "-DCMAKE_INSTALL_LIBDIR=lib"])
            .args(["-DBUILD_TESTING=OFF", "-DMETALAB_FORTRAN=OFF"]),
    );
    done(Command::new("cmake").arg("--build").arg(&build));
    done(Command::new("cmake").arg("--install").arg(&build));
    prefix
}

/// Without that header of the linker's, the first panic would end the program.
#[track_caller]
fn assert_unwinds(file: &Path) {
    let headers = done(Command::new("readelf").arg("-lW").arg(file));
    assert!(headers.contains("GNU_EH_FRAME"), "{headers}");
}

#[test]
fn programs_are_linked_with_the_library_for_musl() {
    if !is_there() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let prefix = installed(place.path());
    for way in ["static", "shared"] {
        let program = place.path().join(way);
        let mut compile = Command::new("musl-gcc");
        compile.args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&program);
        compile.arg(root().join("tests/c/static.c")).arg("-I").arg(prefix.join("include"));
        let mut flags = Command::new("pkg-config");
        flags.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")).arg("--libs").arg("metalab");
        if way == "static" {
            flags.arg("--static");
            compile.arg("-static");
        }
        compile.args(done(&mut flags).split_whitespace());
        done(compile.arg(format!("-Wl,-rpath,{}", prefix.join("lib").display())));
        let library = prefix.join("lib/libmetalab.so");
        assert_unwinds(if way == "static" { &program } else { &library });

        let store = place.path().join(way.to_owned() + ".store");
        let locator = format!("postgresql://u@somehost.invalid/d?file_root={}", store.display());
        let ran = run(command(&program).env("METALAB_STORE", locator)).succeeded();
        let is_refused = ran.stdout.contains("not available in a static program");
        assert_eq!(is_refused, way == "static", "{}", ran.stdout);
        assert_eq!(json(&store.join("static_1/runs/run.json"))["metrics"]["m"], 1.0);
    }
}
