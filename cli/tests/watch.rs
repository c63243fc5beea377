//! `mlab watch` in a terminal that is read: what it shows, what keys do, and that the terminal comes back.

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::Store;
use metalab::{Capture, Level, Opened, Options, Rank};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns true if there is a terminal for tests; under CI there has to be one.
fn has_tmux() -> bool {
    let version = Command::new("tmux").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let is_there = version.is_ok_and(|status| status.success());
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "tmux is missing: apt-get install -y tmux");
        println!("skipped: tmux is missing: apt-get install -y tmux");
    }
    is_there
}

/// A terminal in which a command runs, and after it a shell that says how it ended.
struct Terminal {
    socket: String,
    directory: tempfile::TempDir,
}

impl Terminal {
    /// Runs `mlab` with these arguments on a store, in a terminal of this size.
    fn new(store: &Path, arguments: &str, (width, height): (u16, u16)) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let socket = format!("mlab-{}-{number}", std::process::id());
        let terminal = Self { socket, directory: tempfile::tempdir().unwrap() };
        let script = terminal.directory.path().join("script");
        let text = format!(
            "{trap} echo $$ > {pid}; {variables} METALAB_STORE={store} exec {mlab} {arguments}",
            trap = if arguments.contains("NOHUP") { "trap '' HUP;" } else { "" },
            pid = terminal.directory.path().join("pid").display(),
            variables = if arguments.contains("NO_COLOR") { "NO_COLOR=1" } else { "COLORTERM=truecolor" },
            store = store.display(),
            mlab = env!("CARGO_BIN_EXE_mlab"),
            arguments = arguments.replace("NO_COLOR", "").replace("NOHUP", ""),
        );
        std::fs::write(&script, text).unwrap();
        let whole = format!("sh {}; echo \"ended $?\"; stty -a; exec cat", script.display());
        let (width, height) = (width.to_string(), height.to_string());
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", &width, "-y", &height, &whole]);
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.args(["-u", "-L", &self.socket]).args(arguments);
        command.env("TMUX_TMPDIR", self.directory.path()).env("LC_ALL", "C.UTF-8").env_remove("TMUX");
        let ended = common::Ended::of(&mut command);
        assert_eq!(ended.status, 0, "tmux {arguments:?}: {}", ended.err);
        ended.out
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Waits until the screen is as it is wanted. A frame may be half drawn when it is read, so that
    /// nobody gets a screen to look at: all that is wanted is asked for here.
    #[track_caller]
    fn until(&self, what: &str, is_wanted: impl Fn(&str) -> bool) {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if is_wanted(&screen) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "the screen has no {what}:\n{screen}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    fn until_has(&self, text: &str) {
        self.until(text, |screen| screen.contains(text));
    }

    fn pid(&self) -> i32 {
        std::fs::read_to_string(self.directory.path().join("pid")).unwrap().trim().parse().unwrap()
    }

    /// The screen after `mlab`, which has to have ended so, and to have left the terminal as it was.
    #[track_caller]
    fn ended(&self, status: i32) {
        let ended = format!("ended {status}\n");
        self.until(&ended, |screen| {
            let is_restored = !screen.contains("-icanon") && !screen.contains("-echo ");
            screen.contains(&ended) && screen.contains("icanon") && is_restored
        });
        let modes = "#{alternate_on} #{mouse_any_flag} #{cursor_flag}";
        assert_eq!(self.tmux(&["display-message", "-p", modes]).trim(), "0 0 1");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket, "kill-server"]).env("TMUX_TMPDIR", self.directory.path());
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// A solver in a process of its own, which does what it is told to, a line at a time.
struct Solver {
    child: Child,
    input: ChildStdin,
    output: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Solver {
    /// Begins a run, or takes part in it as a rank.
    fn start(store: &Path, run: &str, rank: u32, size: u32) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "solver", "--ignored", "--nocapture", "--quiet"]);
        let of_rank = format!("{} {run} {rank} {size}", store.display());
        command.env("MLAB_SOLVER", of_rank).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut solver = Self { child, input, output };
        solver.tell("hello");
        solver
    }

    /// Has the solver do something, and returns what it says once that is done.
    fn tell(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").unwrap();
        loop {
            let said = self.output.next().unwrap().unwrap();
            if let Some((_, said)) = said.split_once("done:") {
                return said.to_owned();
            }
        }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn finish(mut self) {
        self.tell("finish");
        assert!(self.child.wait().unwrap().success());
    }
}

/// The solver that the others start.
#[test]
#[ignore = "the solver that the other tests start"]
fn solver() {
    let Ok(told) = std::env::var("MLAB_SOLVER") else { return };
    let words: Vec<&str> = told.split(' ').collect();
    let [store, run, rank, size] = words[..] else { panic!("{told}") };
    let mut options = Options::new();
    options.store(store).experiment("heat:1").unwrap().run_id(run).unwrap().code_hash("");
    options.rank(Rank::new(rank.parse().unwrap(), size.parse().unwrap()).unwrap());
    let Opened::Capture(run) = Capture::open(&options).unwrap() else { panic!() };
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let said = match words[..] {
            ["point", name, step, value] => {
                let series = run.series(name, Some("K"), None).unwrap();
                series.point(step.parse().unwrap(), value.parse::<f64>().unwrap()).unwrap();
                SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos().to_string()
            }
            ["points", name, from, to] => {
                let series = run.series(name, Some("K"), None).unwrap();
                for step in from.parse::<i64>().unwrap()..to.parse().unwrap() {
                    series.point(step, 1.0 / (step + 1) as f64).unwrap();
                }
                String::new()
            }
            ["warn", text] => {
                run.log(Level::Warning, text).unwrap();
                String::new()
            }
            // So many points a second, until the end.
            ["rate", name, rate] => {
                let series = run.series(name, Some("K"), None).unwrap();
                let each = rate.parse::<i64>().unwrap() / 1000;
                std::thread::spawn(move || {
                    let (start, mut step) = (Instant::now(), 0);
                    for tick in 0.. {
                        for _ in 0..each {
                            if series.point(step, (step % 1000) as f64).is_err() {
                                return;
                            }
                            step += 1;
                        }
                        let next = start + Duration::from_millis(tick);
                        std::thread::sleep(next.saturating_duration_since(Instant::now()));
                    }
                });
                String::new()
            }
            // So many steps of a solver that computes a microsecond for each point; returns its nanoseconds.
            ["steps", name, count] => {
                let series = run.series(name, None, None).unwrap();
                let (start, mut state) = (Instant::now(), 0.5_f64);
                for step in 0..count.parse().unwrap() {
                    for _ in 0..250 {
                        state = 3.9 * state * (1.0 - state);
                    }
                    series.point(step, state).unwrap();
                }
                start.elapsed().as_nanos().to_string()
            }
            ["finish"] => break,
            ["hello"] => String::new(),
            _ => panic!("{line}"),
        };
        println!("done:{said}");
    }
    run.finish().unwrap();
    println!("done:");
}

#[test]
fn a_run_is_watched_while_it_goes_on() {
    if !has_tmux() {
        return;
    }
    let store = Store::new();
    let mut owner = Solver::start(store.path(), "first", 0, 2);
    let mut other = Solver::start(store.path(), "first", 1, 2);
    owner.tell("points loss 0 1000");
    other.tell("points loss 0 1000");
    let terminal = Terminal::new(store.path(), "watch", (120, 40));
    terminal.until("two ranks on a logarithmic axis", |screen| {
        ["● running  first  heat:1", "step 999", "loss [K]", "rank.1 0.001", "0.01┤"]
            .iter()
            .all(|part| screen.contains(part))
    });

    // Points, log lines and series that come.
    other.tell("point loss 1000 777.5");
    terminal.until_has("rank.1 777.5");
    owner.tell("warn is-hot");
    terminal.until("a warning", |screen| screen.contains("[WARNING]") && screen.contains("is-hot"));
    owner.tell("points energy 0 10");
    terminal.until("both series", |screen| screen.contains("energy [K] 0.1") && screen.contains("loss [K]"));

    // Keys.
    terminal.keys(&["?"]);
    terminal.until_has("the newest figure or field");
    terminal.keys(&["x"]);
    terminal.until("no help", |screen| !screen.contains("the newest figure or field"));
    terminal.keys(&["/", "o", "s", "s", "Enter"]);
    terminal.until("a filter", |screen| !screen.contains("energy") && screen.contains("/oss"));
    terminal.keys(&["Enter"]);
    terminal.until_has("greatest 777.5");
    terminal.keys(&["Escape"]);
    terminal.until("all charts", |screen| !screen.contains("greatest"));

    // Runs that begin appear by themselves; the dead and the finished are marked.
    let mut second = Solver::start(store.path(), "second", 0, 1);
    second.tell("points loss 0 10");
    terminal
        .until("another run", |screen| screen.contains("● running  second") && screen.contains("second 0.1"));
    second.kill();
    terminal.until_has("● dead  second");
    other.finish();
    owner.finish();
    terminal.until_has("● success  first");
    terminal.keys(&["q"]);
    terminal.ended(0);
}

#[test]
fn the_terminal_comes_back_after_a_signal_and_any_size_will_do() {
    if !has_tmux() {
        return;
    }
    let store = Store::new();
    store.run("heat:1", "a1", 1);
    let terminal = Terminal::new(store.path(), "watch NO_COLOR", (80, 24));
    terminal.until_has("loss [K] 0.01");
    let styled = terminal.tmux(&["capture-pane", "-p", "-e"]);
    let is_color = |code: &str| matches!(code.parse::<u32>(), Ok(30..=38 | 40..=48 | 90..=107));
    let codes = styled.split("\u{1b}[").skip(1).filter_map(|rest| rest.split_once('m'));
    assert!(!codes.flat_map(|(codes, _)| codes.split(';')).any(is_color), "{styled:?}");
    for (width, height) in [("20", "6"), ("9", "3"), ("200", "50"), ("80", "24")] {
        terminal.tmux(&["resize-window", "-x", width, "-y", height]);
        let wide: usize = width.parse().unwrap();
        terminal.until("a frame of that size", |screen| {
            let widest = screen.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            screen.contains("● ") && widest <= wide && widest + 3 > wide.min(60)
        });
    }
    // SAFETY: a signal to a process of this test.
    unsafe { libc::kill(terminal.pid(), libc::SIGTERM) };
    terminal.ended(128 + libc::SIGTERM);
}

/// Where the terminal goes, so does the command: it does not go on for nobody.
#[test]
fn it_ends_with_its_terminal() {
    if !has_tmux() {
        return;
    }
    let store = Store::new();
    store.run("heat:1", "a1", 1);
    // With the signal that the terminal's end sends, and where that is ignored.
    for arguments in ["watch", "watch NOHUP"] {
        let terminal = Terminal::new(store.path(), arguments, (80, 24));
        terminal.until_has("loss [K] 0.01");
        let pid = terminal.pid();
        drop(terminal);
        let start = Instant::now();
        let is_gone = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.is_empty() || stat.contains(") Z ")
        };
        while !is_gone() {
            assert!(start.elapsed() < PATIENCE, "{arguments}: it goes on without a terminal");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn without_a_terminal_it_is_an_error_or_one_frame() {
    let store = Store::new();
    let said = store.mlab(&["watch"]).bad();
    assert!(
        said.contains("mlab series") && said.contains("mlab log -f") && said.contains("--once"),
        "{said}"
    );
    assert!(store.mlab(&["watch", "--json"]).bad().contains("mlab series --json"));
    assert!(store.mlab(&["watch", "--once"]).good().contains("no run yet"));
    store.run("heat:1", "a1", 1);
    store.run("heat:1", "b2", 1);
    let frame = store.mlab(&["watch", "--once", "a1", "b2"]).good();
    assert!(frame.contains("● success  a1") && frame.contains("loss [K] a=a1 0.01 b=b2 0.01"), "{frame}");
    assert!(frame.contains("[metalab.run.a1] done") && !frame.contains('\u{1b}'), "{frame}");
    assert!(frame.contains("0.5┤") && frame.contains("step"), "{frame}");
    let newest = store.mlab(&["watch", "--once", "--series", "none"]).good();
    assert!(newest.contains("b2") && newest.contains("no series has such a name"), "{newest}");
    assert!(store.mlab(&["watch", "--once", "nobody"]).bad().contains("nobody"));
    assert!(store.mlab(&["watch", "--interval", "0"]).err.contains("0.1"));
}

/// Processor time of a process, in seconds.
fn processor(pid: i32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let words: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = words[11..13].iter().map(|word| word.parse::<f64>().unwrap()).sum();
    // SAFETY: asks for a number.
    ticks / unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The figures that are promised; with --release, on a machine that does nothing else.
#[test]
#[ignore = "measures, for minutes"]
fn figures() {
    let seconds = |seconds| std::thread::sleep(Duration::from_secs(seconds));
    // From a point to the screen, beside a million points a second of four ranks.
    let store = Store::new();
    let mut ranks: Vec<Solver> = (0..4).map(|rank| Solver::start(store.path(), "r", rank, 4)).collect();
    ranks.iter_mut().for_each(|rank| drop(rank.tell("rate load 250000")));
    let terminal = Terminal::new(store.path(), "watch", (120, 40));
    terminal.until_has("load [K]");
    ranks[0].tell("point marker 0 1000");
    terminal.until_has("marker [K] 1000");
    let before = processor(terminal.pid());
    let start = Instant::now();
    let mut latencies = Vec::new();
    for step in 1..=60 {
        std::thread::sleep(Duration::from_millis(100 + step * 37 % 100));
        let value = 1000 + step;
        let said: u128 = ranks[0].tell(&format!("point marker {step} {value}")).parse().unwrap();
        terminal.until_has(&format!("marker [K] {value}"));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        latencies.push((now - said) as f64 / 1e6);
    }
    let share = (processor(terminal.pid()) - before) / start.elapsed().as_secs_f64();
    latencies.sort_by(f64::total_cmp);
    println!(
        "point to screen: median {:.0} ms, 95 % {:.0} ms, most {:.0} ms; {:.1} % of a processor",
        latencies[30],
        latencies[56],
        latencies[59],
        share * 100.0
    );
    terminal.keys(&["q"]);
    terminal.ended(0);
    ranks.into_iter().for_each(Solver::kill);

    // A hundred series, and then none that has news.
    let store = Store::new();
    let mut solver = Solver::start(store.path(), "r", 0, 1);
    (0..100).for_each(|series| drop(solver.tell(&format!("rate s{series:02} 1000"))));
    let terminal = Terminal::new(store.path(), "watch", (200, 60));
    terminal.until_has("page 1/");
    let share = |terminal: &Terminal| {
        seconds(2);
        let before = processor(terminal.pid());
        seconds(10);
        (processor(terminal.pid()) - before) * 10.0
    };
    println!("100 series of 1000 points a second: {:.1} % of a processor", share(&terminal));
    solver.kill();
    terminal.until_has("● dead");
    println!("a run that is dead: {:.1} %", share(&terminal));
    let mut idle = Solver::start(store.path(), "idle", 0, 1);
    idle.tell("point loss 0 1");
    let terminal = Terminal::new(store.path(), "watch idle", (120, 40));
    terminal.until_has("loss [K]");
    println!("a run that goes on without news: {:.1} %", share(&terminal));
    idle.kill();

    // A solver's loop, with a point in each microsecond, beside three ranks; in turns.
    let store = Store::new();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for turn in 0..16 {
        let run = format!("r{turn}");
        let mut ranks: Vec<Solver> = (0..4).map(|rank| Solver::start(store.path(), &run, rank, 4)).collect();
        ranks[1..].iter_mut().for_each(|rank| drop(rank.tell("rate load 250000")));
        let terminal = matches!(turn % 4, 0 | 3).then(|| {
            let terminal = Terminal::new(store.path(), &format!("watch {run}"), (120, 40));
            terminal.until_has("load [K]");
            terminal
        });
        let taken: f64 = ranks[0].tell("steps loss 2000000").parse().unwrap();
        if terminal.is_some() { &mut with } else { &mut without }.push(taken / 2e6);
        ranks.into_iter().for_each(Solver::kill);
    }
    println!("a step of the solver: {with:.0?} ns watched, {without:.0?} ns not");
    println!("medians: {:.1} and {:.1} ns", middle(with), middle(without));
}
