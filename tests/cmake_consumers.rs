//! Projects that take the library in with CMake or pkg-config, in each way that there is, build a C
//! and a C++ program with it, and have them write a run.

mod common;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use common::{files, has, record, root, skip};

/// Returns true if there is CMake to test with.
fn has_cmake() -> bool {
    let has_cmake = has("cmake");
    if !has_cmake {
        skip("there is no cmake");
    }
    has_cmake
}

/// A command as a user's shell would start it: cargo's test runner sets a library path with which
/// a program would find the library wherever it was linked from.
fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = common::command(program);
    for name in ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "MAKEFLAGS", "DESTDIR", "CMAKE_GENERATOR"] {
        command.env_remove(name);
    }
    command
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Without the patience of `common::run`: cargo may have to build the library first.
#[track_caller]
fn done(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", text(&output));
    text(&output)
}

/// cargo builds where the other consumers' library is built: the same build, made once.
fn shared_target() -> String {
    format!("-DMETALAB_CARGO_TARGET_DIR={}", root().join("target/consumer").display())
}

/// The library installed in a directory of `tests`, from a build of the whole project.
fn installed() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cmake");
        let _ = std::fs::remove_dir_all(&place);
        let (build, prefix) = (place.join("build"), place.join("prefix"));
        done(command("cmake").arg("-S").arg(root()).arg("-B").arg(&build).args([
            "-DBUILD_TESTING=OFF",
            "-DCMAKE_INSTALL_LIBDIR=lib",
            // The test of the demo has it.
            "-DMETALAB_COMMAND=OFF",
            &shared_target(),
            &format!("-DCMAKE_INSTALL_PREFIX={}", prefix.display()),
        ]));
        let cache = std::fs::read_to_string(build.join("CMakeCache.txt")).unwrap();
        assert!(cache.contains("METALAB_PROFILE:STRING=release"), "users get the release profile");
        done(command("cmake").arg("--build").arg(&build));
        done(command("cmake").arg("--install").arg(&build));
        prefix
    })
}

/// The PATH of a machine without cargo: directories that have it are replaced by ones
/// in `home`, with links to all else that they have.
fn path_without_cargo(home: &Path) -> OsString {
    let path = std::env::var_os("PATH").unwrap();
    let mut directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for (i, directory) in directories.iter_mut().enumerate() {
        if !directory.join("cargo").exists() {
            continue;
        }
        let links = home.join(i.to_string());
        std::fs::create_dir_all(&links).unwrap();
        for entry in std::fs::read_dir(&*directory).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != "cargo" {
                std::os::unix::fs::symlink(entry.path(), links.join(entry.file_name())).unwrap();
            }
        }
        *directory = links;
    }
    std::env::join_paths(directories).unwrap()
}

/// Has `command` find no cargo.
fn hide_cargo(command: &mut Command, home: &Path, path: &OsString) {
    command.env("PATH", path).env("HOME", home).env_remove("CARGO_HOME").env_remove("CARGO");
}

#[derive(Clone, Copy, PartialEq)]
enum Linked {
    Shared,
    Static,
}

struct Consumer<'a> {
    project: &'a str,
    settings: Vec<String>,
    without_cargo: bool,
    without_cxx: bool,
}

impl<'a> Consumer<'a> {
    fn new(project: &'a str, settings: &[&str]) -> Self {
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        Self { project, settings, without_cargo: false, without_cxx: false }
    }

    /// Builds the project and runs its programs, each of which has to leave a run.
    #[track_caller]
    fn check(&self, linked: Linked) {
        let work = tempfile::tempdir().unwrap();
        let build = work.path().join("build");
        let home = work.path().join("home");
        let path = self.without_cargo.then(|| path_without_cargo(&home));
        let command = |program: &str| {
            let mut command = command(program);
            if let Some(path) = &path {
                hide_cargo(&mut command, &home, path);
            }
            if self.without_cxx {
                command.env("CXX", "/does/not/exist");
            }
            command
        };
        let source = root().join("tests/cmake").join(self.project);
        let mut configure = command("cmake");
        configure.arg("-S").arg(source).arg("-B").arg(&build).args(&self.settings);
        if self.without_cxx {
            configure.arg("-DWITH_CXX=OFF");
        }
        done(&mut configure);
        done(command("cmake").arg("--build").arg(&build));

        for program in ["consumer_c", "consumer_cpp"] {
            if program == "consumer_cpp" && self.without_cxx {
                continue;
            }
            let program_path = build.join(program);
            if cfg!(target_os = "linux") {
                let soname = b"libmetalab.so.1\0";
                let needs_it = std::fs::read(&program_path)
                    .unwrap()
                    .windows(soname.len())
                    .any(|window| window == soname);
                assert_eq!(needs_it, linked == Linked::Shared, "{program} of {}", self.project);
            }
            check_program(&program_path, work.path(), program);
        }
        if self.project == "find_package" && cfg!(target_os = "linux") {
            // The symbol of the program is there, none of the library's.
            let exported =
                done(command("nm").args(["-D", "--defined-only"]).arg(build.join("libconsumer_plugin.so")));
            assert!(exported.contains(" main") && !exported.contains("metalab_"), "{exported}");
        }
    }
}

/// Runs a program, which has to leave a run of the experiment of its name in the store.
#[track_caller]
fn check_program(program: &Path, work: &Path, experiment: &str) {
    let store = work.join("store");
    std::fs::create_dir_all(&store).unwrap();
    common::run(command(program).arg(&store)).succeeded();
    let record = record(&store.join(format!("{experiment}_1")));
    assert_eq!(record["status"], "success");
    assert_eq!(record["metrics"]["answer"], 42.0);
}

#[test]
fn installed_tree_is_found_after_it_was_moved() {
    if !has_cmake() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let moved = place.path().join("elsewhere");
    done(command("cp").arg("-R").arg(installed()).arg(&moved));
    let original = installed().display().to_string();
    for (name, content) in files(&moved) {
        let names_its_prefix = String::from_utf8_lossy(&content).contains(&original);
        assert!(!names_its_prefix, "{name} says where it was installed");
    }
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", moved.display());
    Consumer::new("find_package", &[&prefix]).check(Linked::Shared);
    Consumer::new("find_package", &[&prefix, "-DBUILD_SHARED_LIBS=ON"]).check(Linked::Shared);
    Consumer::new("find_package", &[&prefix, "-DBUILD_SHARED_LIBS=OFF"]).check(Linked::Static);
}

#[test]
fn another_minor_version_is_not_taken() {
    if !has_cmake() {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let project = "cmake_minimum_required(VERSION 3.16)\nproject(wants LANGUAGES C)\n\
                   find_package(metalab 0.2 CONFIG REQUIRED)\n";
    std::fs::write(work.path().join("CMakeLists.txt"), project).unwrap();
    let mut configure = command("cmake");
    configure.arg("-S").arg(work.path()).arg("-B").arg(work.path().join("build"));
    let output = configure.arg(format!("-DCMAKE_PREFIX_PATH={}", installed().display())).output().unwrap();
    assert!(!output.status.success() && text(&output).contains("version: 0.1.0"), "{}", text(&output));
}

#[test]
fn a_project_of_the_oldest_cmake_finds_the_installed_tree() {
    if !has_cmake() {
        return;
    }
    let version = done(command("cmake").arg("--version"));
    // CMake 4 takes no project of before 3.5.
    let oldest = if version.starts_with("cmake version 3.") { "2.8.12" } else { "3.5" };
    let work = tempfile::tempdir().unwrap();
    let program = root().join("tests/cmake/program.c");
    let project = format!(
        "cmake_minimum_required(VERSION {oldest})\nproject(old C)\nfind_package(metalab REQUIRED)\n\
         add_executable(consumer_c {})\ntarget_link_libraries(consumer_c metalab::metalab)\n",
        program.display()
    );
    std::fs::write(work.path().join("CMakeLists.txt"), project).unwrap();
    let build = work.path().join("build");
    let mut configure = command("cmake");
    configure.arg("-S").arg(work.path()).arg("-B").arg(&build);
    done(configure.arg(format!("-DCMAKE_PREFIX_PATH={}", installed().display())));
    done(command("cmake").arg("--build").arg(&build));
    check_program(&build.join("consumer_c"), work.path(), "consumer_c");
}

#[test]
fn installed_tree_is_found_by_pkg_config() {
    if !has_cmake() {
        return;
    }
    if !has("pkg-config") {
        return skip("there is no pkg-config");
    }
    let files = installed().join("lib/pkgconfig");
    let pkg_config = |arguments: &[&str]| {
        let mut command = command("pkg-config");
        done(command.args(arguments).arg("metalab").env("PKG_CONFIG_PATH", &files))
    };
    assert_eq!(pkg_config(&["--modversion"]).trim(), env!("CARGO_PKG_VERSION"));

    let prefix = format!("-DCMAKE_PREFIX_PATH={}", installed().display());
    Consumer::new("pkgconfig", &[&prefix]).check(Linked::Shared);

    let work = tempfile::tempdir().unwrap();
    let program = work.path().join("consumer_c");
    // Both libraries are in the directory, and -l takes the shared one.
    let flags = pkg_config(&["--static", "--cflags", "--libs"]).replace("-lmetalab", "-l:libmetalab.a");
    let mut compile = command("cc");
    compile.arg(root().join("tests/cmake/program.c")).args(flags.split_whitespace()).arg("-o").arg(&program);
    if cfg!(target_os = "linux") {
        done(&mut compile);
        check_program(&program, work.path(), "consumer_c");
    }
}

#[test]
fn source_tree_is_added_as_a_subdirectory() {
    if !has_cmake() {
        return;
    }
    let source = format!("-DMETALAB_SOURCE={}", root().display());
    let generator = if has("ninja") { "-GNinja" } else { "-GUnix Makefiles" };
    Consumer::new("add_subdirectory", &[&source, &shared_target(), generator]).check(Linked::Shared);
    Consumer::new("add_subdirectory", &[&source, &shared_target(), "-DBUILD_SHARED_LIBS=OFF"])
        .check(Linked::Static);
}

#[test]
fn prebuilt_library_needs_no_cargo() {
    if !has_cmake() {
        return;
    }
    let library = common::library();
    let source = format!("-DMETALAB_SOURCE={}", root().display());
    let directory = format!("-DMETALAB_PREBUILT={}", library.display());
    let prefix = format!("-DMETALAB_PREBUILT={}", installed().display());
    let file = format!("-DMETALAB_PREBUILT={}", library.join("libmetalab.a").display());
    for (project, setting, linked) in [
        ("fetchcontent", directory, Linked::Shared),
        ("fetchcontent", prefix, Linked::Shared),
        ("add_subdirectory", file, Linked::Static),
    ] {
        let mut consumer = Consumer::new(project, &[&source, &setting]);
        consumer.without_cargo = true;
        consumer.check(linked);
    }
}

#[test]
fn missing_cargo_is_said_in_one_line() {
    if !has_cmake() {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let mut configure = command("cmake");
    configure.arg("-S").arg(root()).arg("-B").arg(work.path().join("build"));
    hide_cargo(&mut configure, work.path(), &path_without_cargo(work.path()));
    let output = configure.output().unwrap();
    assert!(!output.status.success());
    // CMake folds long lines.
    let said = text(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("metalab: cargo was not found; install Rust"), "{said}");
}

#[test]
fn project_in_c_needs_no_compiler_of_cxx() {
    if !has_cmake() {
        return;
    }
    let source = format!("-DMETALAB_SOURCE={}", root().display());
    let prebuilt = format!("-DMETALAB_PREBUILT={}", common::library().display());
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", installed().display());
    for mut consumer in [
        Consumer::new("add_subdirectory", &[&source, &prebuilt]),
        Consumer::new("find_package", &[&prefix, "-DBUILD_SHARED_LIBS=OFF"]),
    ] {
        consumer.without_cxx = true;
        let is_static = consumer.project == "find_package";
        consumer.check(if is_static { Linked::Static } else { Linked::Shared });
    }
}

/// The tests of the C++ interface as CMake builds them: each file on its own, so that what the
/// headers define must not clash between them.
#[test]
fn project_itself_passes_its_tests_under_ctest() {
    if !has_cmake() {
        return;
    }
    if !has("c++") {
        return skip("there is no C++ compiler");
    }
    let work = tempfile::tempdir().unwrap();
    let build = work.path().join("build");
    let prebuilt = format!("-DMETALAB_PREBUILT={}", common::library().display());
    done(command("cmake").arg("-S").arg(root()).arg("-B").arg(&build).arg(prebuilt));
    done(command("cmake").arg("--build").arg(&build).args(["--parallel", "2"]));
    let said = done(command("ctest").args(["--output-on-failure"]).current_dir(&build));
    assert!(said.contains("100% tests passed"), "{said}");
    assert!(said.contains("metalab_cpp_test "), "{said}");
}
