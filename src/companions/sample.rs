//! Samples of the process while a run goes on, as series of the run: what it computes, holds, reads
//! and writes, and how its control group holds it back.
//!
//! A thread of ours takes them. Files are opened once and read again and again, values go into the
//! journal as anybody's do, and nothing is allocated on the way.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::base::error::{ErrorKind, Result};
use crate::base::sys;
use crate::base::value::Scalar;
use crate::companions::cgroup::{Limits, Throttled};
use crate::journal::event::Event;
use crate::journal::with;
use crate::run::Context;

/// A last sample is left out if the one before is younger: its share of processor time says nothing.
const SHORTEST: Duration = Duration::from_millis(10);

/// Bytes of a file that are read: numbers of interest come early.
const BUFFER: usize = 4096;

/// The thread that samples. Dropping it takes a last sample and ends it.
#[derive(Debug)]
pub struct Sampler {
    process: u64,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sampler {
    /// Samples every `interval` from now on. Nothing, with a word in the run's warnings, if there
    /// can be no thread for it.
    pub fn start(shared: &Arc<Context>, interval: Duration) -> Option<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let body = {
            let (shared, stop) = (shared.clone(), stop.clone());
            move || {
                // The run has ended, or its disk is full, which the journal counts.
                let _ = run(&shared, interval, &stop);
            }
        };
        match sys::spawn_helper("metalab-sampler", 10, body) {
            Ok(thread) => Some(Self { process: sys::process_generation(), stop, thread: Some(thread) }),
            Err(error) => {
                let text = format!("the process is not sampled: {error}");
                let _ = shared.journal.event(&Event::Warning(crate::Json::object([("message", text)])));
                None
            }
        }
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if self.process != sys::process_generation() {
            // A forked child does not have the thread, and waiting for it would have no end.
            std::mem::forget(thread);
            return;
        }
        self.stop.store(true, Ordering::Release);
        thread.thread().unpark();
        let _ = thread.join();
    }
}

fn run(shared: &Arc<Context>, interval: Duration, stop: &AtomicBool) -> Result<()> {
    let sources = Sources::open(Limits::read());
    let mut series = Series::declare(shared, &sources)?;
    let start = Instant::now();
    let mut next = start;
    let mut last: Option<Instant> = None;
    loop {
        let stopping = stop.load(Ordering::Acquire);
        let now = Instant::now();
        if stopping && last.is_some_and(|last| now - last < SHORTEST) {
            return Ok(());
        }
        if stopping || now >= next {
            match series.take(shared, &sources) {
                Err(error) if error.kind() == ErrorKind::Closed => return Err(error),
                // A full disk may have room again.
                _ => last = Some(now),
            }
            // What was slept through is not made up for, and a late one not followed at once.
            let passed = (now - start).as_nanos() / interval.as_nanos();
            let on_time = interval.saturating_mul(u32::try_from(passed + 1).unwrap_or(u32::MAX));
            next = (start + on_time).max(now + interval / 2);
        }
        if stopping {
            return Ok(());
        }
        std::thread::park_timeout(next.saturating_duration_since(Instant::now()));
    }
}

/// Where the numbers come from; what the system lacks, or does not let us see, is absent.
struct Sources {
    memory: Option<PathBuf>,
    throttled: Option<Throttled>,
    /// Of what only grows, how much there was when the run began.
    base: Totals,
}

/// What only grows while a process lives.
#[derive(Clone, Copy)]
struct Totals {
    /// When this was so, by a clock that nobody sets.
    time: Instant,
    cpu: Duration,
    read: Option<u64>,
    written: Option<u64>,
    throttled: Option<f64>,
}

impl Sources {
    fn open(limits: Limits) -> Self {
        let mut sources = Self {
            memory: limits.memory.map(|(_, usage)| usage),
            throttled: limits.cpu.map(|(_, throttled)| throttled),
            base: Totals {
                time: Instant::now(),
                cpu: Duration::ZERO,
                read: None,
                written: None,
                throttled: None,
            },
        };
        sources.base = sources.totals();
        sources
    }

    fn totals(&self) -> Totals {
        let mut buffer = [0; BUFFER];
        let io = read(Path::new("/proc/self/io"), &mut buffer).unwrap_or_default();
        let (read_bytes, written) = (number(io, "read_bytes:"), number(io, "write_bytes:"));
        let mut buffer = [0; BUFFER];
        let throttled = self.throttled.as_ref().and_then(|throttled| {
            let text = read(&throttled.path, &mut buffer)?;
            Some(number(text, throttled.key)? as f64 / throttled.per_second)
        });
        let (time, cpu) = clocks();
        Totals { time, cpu, read: read_bytes, written, throttled }
    }

    /// Threads and resident bytes.
    fn process(&self) -> Option<(u64, u64)> {
        let mut buffer = [0; BUFFER];
        let text = read(Path::new("/proc/self/stat"), &mut buffer)?;
        parse_stat(text)
    }

    fn group_memory(&self) -> Option<u64> {
        let mut buffer = [0; 64];
        read(self.memory.as_ref()?, &mut buffer)?.trim().parse().ok()
    }
}

/// Both clocks at one instant, unless this thread is interrupted between them again and again.
fn clocks() -> (Instant, Duration) {
    let mut tries = 0;
    loop {
        let (time, cpu) = (Instant::now(), sys::process_time());
        tries += 1;
        if time.elapsed() < Duration::from_micros(200) || tries == 5 {
            return (time, cpu);
        }
    }
}

/// What is in `path` now, as far as it is text. Opened each time: a host may close what is kept open.
fn read<'a>(path: &Path, buffer: &'a mut [u8]) -> Option<&'a str> {
    let size = File::open(path).ok()?.read(buffer).ok()?;
    let text = &buffer[..size];
    match std::str::from_utf8(text) {
        Ok(text) => Some(text),
        Err(error) => std::str::from_utf8(&text[..error.valid_up_to()]).ok(),
    }
}

/// The number after `key`, a line's first word.
fn number(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

/// Threads and resident bytes of a `stat` line.
fn parse_stat(text: &str) -> Option<(u64, u64)> {
    // The program's name, in parentheses, may have anything in it.
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let threads = fields.nth(17)?.parse().ok()?;
    let pages: u64 = fields.nth(3)?.parse().ok()?;
    Some((threads, pages * sys::page_size() as u64))
}

/// The numbers of the series, by what they are.
struct Series {
    cpu: u32,
    resident: u32,
    threads: u32,
    read: u32,
    written: u32,
    memory: u32,
    throttled: u32,
    before: Option<Totals>,
}

impl Series {
    fn declare(shared: &Arc<Context>, sources: &Sources) -> Result<Self> {
        let declare = |is_there: bool, name: &str, unit: &str, description: &str| {
            if !is_there {
                return Ok(0);
            }
            let id = with(&shared.journal, |emitter| emitter.name(name.as_bytes()))?;
            shared.journal.event(&Event::Series {
                name: name.to_owned(),
                unit: Some(unit.to_owned()),
                description: Some(description.to_owned()),
            })?;
            Ok(id)
        };
        let base = sources.base;
        let has_stat = sources.process().is_some();
        Ok(Self {
            cpu: declare(
                true,
                "process.cpu_percent",
                "%",
                "processor time since the sample before; 100: one core",
            )?,
            resident: declare(has_stat, "process.resident_bytes", "B", "memory that the process has in use")?,
            threads: declare(has_stat, "process.threads", "1", "threads of the process, ours included")?,
            read: declare(
                base.read.is_some(),
                "process.read_bytes",
                "B",
                "read from storage since the run began",
            )?,
            written: declare(
                base.written.is_some(),
                "process.written_bytes",
                "B",
                "written for storage since the run began",
            )?,
            memory: declare(
                sources.memory.is_some(),
                "cgroup.memory_bytes",
                "B",
                "memory that the limited control group has in use",
            )?,
            throttled: declare(
                base.throttled.is_some(),
                "cgroup.cpu_throttled_seconds",
                "s",
                "how long the control group's limit held it back since the run began",
            )?,
            before: None,
        })
    }

    /// Emits a sample; the step is whole milliseconds since the run's start.
    fn take(&mut self, shared: &Context, sources: &Sources) -> Result<()> {
        let (totals, base) = (sources.totals(), sources.base);
        let step = totals.time.saturating_duration_since(shared.clock).as_millis() as i64;
        // The first sample has no other before it.
        let before = self.before.replace(totals);
        let cpu = before.map(|before| {
            let busy = totals.cpu.saturating_sub(before.cpu).as_secs_f64();
            100.0 * busy / (totals.time - before.time).as_secs_f64()
        });
        let since = |value: Option<u64>, base: Option<u64>| Some(value?.saturating_sub(base?));
        let whole = |value: Option<u64>| value.map(|value| Scalar::I64(value as i64));
        let process = sources.process();
        let throttled = totals.throttled.zip(base.throttled).map(|(value, base)| (value - base).max(0.0));
        let points = [
            (self.cpu, cpu.map(Scalar::F64)),
            (self.resident, whole(process.map(|(_, resident)| resident))),
            (self.threads, whole(process.map(|(threads, _)| threads))),
            (self.read, whole(since(totals.read, base.read))),
            (self.written, whole(since(totals.written, base.written))),
            (self.memory, whole(sources.group_memory())),
            (self.throttled, throttled.map(Scalar::F64)),
        ];
        with(&shared.journal, |emitter| {
            let there = points.into_iter().filter_map(|(id, value)| Some((id, value?)));
            there.into_iter().try_for_each(|(id, value)| emitter.point(id, step, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_behind_the_programs_name() {
        let text =
            "17 (a) b) 9 () S 1 17 17 0 -1 4194304 100 0 0 0 5 3 0 0 20 0 7 0 1234 1000000 250 184 1 1\n";
        let page = sys::page_size() as u64;
        assert_eq!(parse_stat(text), Some((7, 250 * page)));
        assert_eq!(parse_stat("17 (a) S 1"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[test]
    fn numbers_are_found_by_their_key() {
        let text = "rchar: 5\nread_bytes: 4096\nwrite_bytes: 0\ncancelled_write_bytes: 7\n";
        assert_eq!(number(text, "read_bytes:"), Some(4096));
        assert_eq!(number(text, "write_bytes:"), Some(0));
        assert_eq!(number("throttled_usec 12\n", "throttled_usec"), Some(12));
        assert_eq!(number(text, "bytes:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_can_be_sampled() {
        let sources = Sources::open(Limits::default());
        assert!(sources.group_memory().is_none() && sources.base.throttled.is_none());
        let (threads, resident) = sources.process().unwrap();
        assert!(threads >= 1 && resident > 100_000);
        assert!(sources.totals().cpu >= sources.base.cpu);
    }

    #[test]
    fn control_groups_are_read_again_and_again() {
        let directory = tempfile::tempdir().unwrap();
        let (usage, stat) = (directory.path().join("usage"), directory.path().join("stat"));
        std::fs::write(&usage, "4096\n").unwrap();
        std::fs::write(&stat, "usage_usec 7\nnr_throttled 1\nthrottled_usec 1500000\n").unwrap();
        let throttled = Throttled { path: stat.clone(), key: "throttled_usec", per_second: 1e6 };
        let limits = Limits { memory: Some((1 << 20, usage.clone())), cpu: Some((2.0, throttled)) };
        let sources = Sources::open(limits);
        assert_eq!((sources.group_memory(), sources.base.throttled), (Some(4096), Some(1.5)));
        std::fs::write(&usage, "8192\n").unwrap();
        std::fs::write(&stat, "throttled_usec 2000000\n").unwrap();
        assert_eq!((sources.group_memory(), sources.totals().throttled), (Some(8192), Some(2.0)));
    }
}
