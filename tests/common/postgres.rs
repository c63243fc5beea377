//! A PostgreSQL server of a test's own, thrown away with it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::common::skip;

/// Where the server's programs are.
fn programs() -> Option<&'static Path> {
    static PROGRAMS: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = PROGRAMS.get_or_init(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut places: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
        places.sort();
        let path = std::env::var_os("PATH").unwrap_or_default();
        places
            .into_iter()
            .rev()
            .chain(std::env::split_paths(&path))
            .find(|place| place.join("initdb").exists())
    });
    found.as_deref()
}

/// Returns true for root, as whom no server runs.
fn is_root() -> bool {
    // SAFETY: no preconditions.
    unsafe { libc::geteuid() == 0 }
}

/// A command as whom a server may run.
fn as_server(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").stdin(Stdio::null()).env_remove("PGDATA").env_remove("PGHOST");
    command
}

#[track_caller]
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Gives `path` to the user as whom servers run.
pub fn hand_over(path: &Path) {
    if is_root() {
        succeed(Command::new("chown").args(["-R", "postgres:"]).arg(path));
    }
}

/// A running server with the database and role `postgres`, on a Unix socket.
pub struct Server {
    place: tempfile::TempDir,
    options: String,
}

impl Server {
    /// Starts one; None, with a line, where there is no PostgreSQL.
    pub fn start(settings: &[&str]) -> Option<Self> {
        let Some(programs) = programs() else {
            skip("there is no PostgreSQL server");
            return None;
        };
        static TEMPLATE: OnceLock<tempfile::TempDir> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let place = tempfile::tempdir().unwrap();
            hand_over(place.path());
            succeed(
                as_server(&programs.join("initdb"))
                    .args(["-A", "trust", "-N", "-U", "postgres", "-E", "UTF8", "--locale", "C.UTF-8", "-D"])
                    .arg(place.path().join("data")),
            );
            place
        });
        let place = tempfile::tempdir().unwrap();
        succeed(Command::new("cp").arg("-a").arg(template.path().join("data")).arg(place.path()));
        hand_over(place.path());
        let mut options =
            format!("-F -k {} -c listen_addresses= -c unix_socket_permissions=0777", place.path().display());
        settings.iter().for_each(|setting| options.push_str(&format!(" -c {setting}")));
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(place.path(), open).unwrap();
        let server = Self { place, options };
        server.up();
        Some(server)
    }

    /// The directory of its socket.
    pub fn directory(&self) -> &Path {
        self.place.path()
    }

    /// Its data directory.
    pub fn data(&self) -> PathBuf {
        self.directory().join("data")
    }

    fn control(&self) -> Command {
        let mut command = as_server(&programs().unwrap().join("pg_ctl"));
        command.arg("-D").arg(self.data()).arg("-w").stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Starts it again.
    pub fn up(&self) {
        let log = self.directory().join("data/log.txt");
        let mut command = self.control();
        command.arg("-l").arg(&log).args(["-o", &self.options, "start"]);
        // Remains of a crash may not be gone yet.
        for _ in 0..50 {
            if command.status().unwrap().success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{}", self.log());
    }

    /// Kills all of it at once, as a crash would.
    pub fn crash(&self) {
        let processes = self.processes();
        signal(&processes, libc::SIGKILL);
        let start = Instant::now();
        while self.processes().iter().any(|pid| processes.contains(pid)) {
            assert!(start.elapsed() < Duration::from_secs(20), "the server does not die");
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = std::fs::remove_file(self.data().join("postmaster.pid"));
    }

    /// Has all of it stand still.
    pub fn freeze(&self) {
        signal(&self.processes(), libc::SIGSTOP);
    }

    /// Has it go on.
    pub fn thaw(&self) {
        signal(&self.processes(), libc::SIGCONT);
    }

    /// The postmaster and its children.
    fn processes(&self) -> Vec<i32> {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let Some(first) = pid.lines().next().and_then(|pid| pid.trim().parse::<i32>().ok()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
                continue;
            };
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let mut after = stat.rsplit(") ").next().unwrap_or_default().split(' ');
            let (state, parent) = (after.next().unwrap_or_default().to_owned(), after.next());
            let is_its = pid == first || parent.and_then(|parent| parent.parse().ok()) == Some(first);
            if is_its && state != "Z" {
                found.push(pid);
            }
        }
        found
    }

    /// The rows that a statement returns, columns separated by `|`.
    #[track_caller]
    pub fn query(&self, statement: &str) -> String {
        self.ask(&[], statement)
    }

    /// Like `query`, of another database.
    #[track_caller]
    pub fn query_in(&self, database: &str, statement: &str) -> String {
        self.ask(&["-d", database], statement)
    }

    /// Like `query`, if the server has another port.
    #[track_caller]
    pub fn query_at(&self, port: u16, statement: &str) -> String {
        self.ask(&["-p", &port.to_string()], statement)
    }

    #[track_caller]
    fn ask(&self, arguments: &[&str], statement: &str) -> String {
        let mut command = Command::new(programs().unwrap().join("psql"));
        command.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-d",
            "postgres",
            "-h",
        ]);
        command.arg(self.directory()).args(arguments).args(["-c", statement]);
        succeed(&mut command).trim_end().to_owned()
    }

    /// The log of the server.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data().join("log.txt")).unwrap_or_default()
    }

    /// A locator of an index there of the files in `root`; `more` are further parameters.
    pub fn locator(&self, root: &Path, more: &str) -> String {
        let host = self.directory().to_str().unwrap().replace('/', "%2F");
        format!("postgresql://postgres@{host}/postgres?file_root={}{more}", root.display())
    }
}

fn signal(processes: &[i32], signal: i32) {
    for pid in processes {
        // SAFETY: processes of this server.
        unsafe { libc::kill(*pid, signal) };
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.thaw();
        let _ = self.control().args(["-m", "immediate", "stop"]).status();
    }
}
