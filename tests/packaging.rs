//! Packages: the recipes name this version and ABI, and equal files are equal tarballs.

#![cfg(target_os = "linux")]

mod common;

use std::path::Path;
use std::process::Command;

use common::{has, root, skip};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn recipes_are_of_this_version() {
    let wanted = [
        ("docs/install.md", format!("libmetalab-{VERSION}.tar.gz")),
        ("packaging/spack/package.py", format!("libmetalab-{VERSION}.tar.gz")),
        ("packaging/conda-forge/meta.yaml", format!("set version = \"{VERSION}\"")),
        ("packaging/vcpkg/metalab/vcpkg.json", format!("\"version\": \"{VERSION}\"")),
        ("packaging/yggdrasil/build_tarballs.jl", format!("version = v\"{VERSION}\"")),
        (
            &*format!("packaging/easybuild/libmetalab-{VERSION}-GCCcore-13.3.0.eb"),
            format!("version = '{VERSION}'"),
        ),
        ("cli/Cargo.toml", format!("version = \"{VERSION}\"")),
    ];
    for (path, text) in wanted {
        assert!(read(path).contains(&text), "{path} does not say {text}");
    }
}

/// One file has the address of releases, and one script brings it and the checksum into the recipes.
#[test]
fn recipes_get_their_address_and_checksum() {
    let place = tempfile::tempdir().unwrap();
    let (source, out) = (place.path().join("source.tar.gz"), place.path().join("recipes"));
    std::fs::write(&source, "sources").unwrap();
    let script = root().join("packaging/recipes.sh");
    common::run(Command::new("bash").arg(script).arg(&source).arg(&out)).succeeded();
    let address = read("packaging/address");
    let checksum = "878a52fc5ff6a57d50b7b870aa51637a3dfd38fc22352a39f95a3c292eb976d5";
    for recipe in ["conda-forge/meta.yaml", "spack/package.py", "yggdrasil/build_tarballs.jl"]
        .into_iter()
        .chain([&*format!("easybuild/libmetalab-{VERSION}-GCCcore-13.3.0.eb")])
    {
        let text = std::fs::read_to_string(out.join(recipe)).unwrap();
        assert!(text.contains(address.trim_end()) && text.contains(checksum), "{recipe}: {text}");
        assert!(!text.contains("@ADDRESS@") && !text.contains("@SHA256@"), "{recipe}");
        assert!(!read(&format!("packaging/{recipe}")).contains("example.org"), "{recipe}");
    }
}

/// Debian names the package of a library after its soname.
#[test]
fn the_debian_package_has_the_number_of_the_abi() {
    let package = format!("libmetalab{}", metalab::capi::version::METALAB_ABI_VERSION);
    assert!(read(&format!("packaging/deb/{package}.control")).contains(&format!("Package: {package}\n")));
    assert!(read("packaging/deb/libmetalab-dev.control").contains(&format!("Depends: {package} (=")));
    assert!(
        read("scripts/package-deb.sh").contains(&format!("for package in {package} libmetalab-dev mlab"))
    );
}

/// A recipe that could not be run here says so in its first line.
#[test]
fn untested_recipes_say_so() {
    for path in [
        "packaging/spack/package.py",
        "packaging/conda-forge/meta.yaml",
        "packaging/vcpkg/metalab/portfile.cmake",
        "packaging/yggdrasil/build_tarballs.jl",
        &format!("packaging/easybuild/libmetalab-{VERSION}-GCCcore-13.3.0.eb"),
    ] {
        assert!(read(path).starts_with("# Untested: "), "{path}");
    }
    assert_eq!(read("packaging/conda-forge/run_test.c"), read("packaging/conan/test_package/test_package.c"));
}

fn pack(parent: &Path, tarball: &Path) -> Vec<u8> {
    let mut pack = Command::new(root().join("packaging/pack.sh"));
    pack.arg(parent).arg("tree").arg(tarball).env("SOURCE_DATE_EPOCH", "1000000000");
    let output = pack.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(tarball).unwrap()
}

#[test]
fn the_same_files_are_the_same_tarball() {
    if !has("tar") || !has("gzip") {
        return skip("there is no tar or gzip");
    }
    let made = |names: [&str; 3], mode: u32, last: &str| {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let place = tempfile::tempdir().unwrap();
        let tree = place.path().join("tree");
        std::fs::create_dir(&tree).unwrap();
        for name in names {
            std::fs::write(tree.join(name), if name == "c" { last } else { name }).unwrap();
            std::fs::set_permissions(tree.join(name), PermissionsExt::from_mode(mode)).unwrap();
        }
        symlink("a", tree.join("link")).unwrap();
        pack(place.path(), &place.path().join("tree.tar.gz"))
    };
    let first = made(["a", "b", "c"], 0o644, "c");
    assert!(first == made(["c", "b", "a"], 0o600, "c"));
    assert!(first != made(["a", "b", "c"], 0o644, "d"));
    assert!(first != made(["a", "b", "c"], 0o755, "c"), "what can be run stays so");
}

/// pip unpacks a file as one that can be run only where the wheel says so: R runs its package's configure.
#[test]
fn a_wheel_keeps_what_can_be_run() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    if !has("python3") {
        return skip("there is no python3");
    }
    let place = tempfile::tempdir().unwrap();
    let tree = place.path().join(format!("libmetalab-{VERSION}-x86_64-linux-glibc2.28"));
    let files = [
        ("bin/mlab", 0o755),
        ("lib/libmetalab.so.0.1.0", 0o755),
        ("include/metalab.h", 0o644),
        ("share/metalab/r/configure", 0o755),
        ("share/doc/metalab/LICENSE", 0o644),
        ("share/doc/metalab/THIRD-PARTY.txt", 0o644),
        ("share/doc/metalab/sbom.cdx.json", 0o644),
    ];
    for (name, mode) in files {
        std::fs::create_dir_all(tree.join(name).parent().unwrap()).unwrap();
        std::fs::write(tree.join(name), name).unwrap();
        std::fs::set_permissions(tree.join(name), PermissionsExt::from_mode(mode)).unwrap();
    }
    symlink("libmetalab.so.0.1.0", tree.join("lib/libmetalab.so.1")).unwrap();
    let build = root().join("packaging/wheel/build.py");
    let made =
        common::run(Command::new("python3").arg(build).arg(&tree).arg(place.path())).succeeded().stdout;
    let list = "import sys, zipfile\nfor entry in zipfile.ZipFile(sys.argv[1]).infolist():\n    \
                print(entry.filename, oct(entry.external_attr >> 16))";
    let said =
        common::run(Command::new("python3").args(["-c", list]).arg(made.trim_end())).succeeded().stdout;
    for line in ["r/configure 0o100755", "scripts/mlab 0o100755", "include/metalab.h 0o100644"] {
        assert!(said.lines().any(|said| said.ends_with(line)), "{line}: {said}");
    }
}
