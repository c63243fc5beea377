//! Samples of the process while a run goes on, as series of the run: what it computes, holds, reads
//! and writes, and how its control group holds it back.
//!
//! One thread takes them for all runs of the process. Files are opened for each sample, since a host may
//! close what is kept open; values go into the journal as anybody's do, and nothing is allocated on the way.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};

use crate::base::about::About;
use crate::base::crew::{Crew, Job, Next, Place};
use crate::base::error::{ErrorKind, Result};
use crate::base::sync::{PerProcess, lock};
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

/// The thread of the process that samples.
static SAMPLERS: Crew<Sampling> = Crew::new("metalab-sampler", 10, 1);

/// A run's samples. Dropping it takes a last one.
#[derive(Debug)]
pub struct Sampler(Place<Sampling>);

impl Sampler {
    /// Samples every `interval` from now on. Nothing, with a word in the run's warnings, if there
    /// can be no thread for it.
    pub fn start(shared: &Arc<Context>, interval: Duration) -> Option<Self> {
        let start = Instant::now();
        let sampling =
            Sampling { shared: shared.clone(), interval, start, next: start, last: None, open: None };
        match SAMPLERS.take(sampling) {
            Ok(place) => Some(Self(place)),
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
        let (end, ended) = bounded(1);
        self.0.order(end);
        // Until it is dropped.
        let _ = ended.recv();
    }
}

/// The sampling of a run.
struct Sampling {
    shared: Arc<Context>,
    interval: Duration,
    start: Instant,
    next: Instant,
    last: Option<Instant>,
    /// From the first sample on.
    open: Option<(Sources, Series)>,
}

impl Job for Sampling {
    type Order = Sender<()>;

    fn turn(&mut self, orders: &mut VecDeque<Sender<()>>, is_due: bool) -> Next {
        let end = orders.pop_front();
        let is_late = || self.last.is_none_or(|last| last.elapsed() >= SHORTEST);
        let sampled = if is_due || (end.is_some() && is_late()) { self.sample() } else { Ok(()) };
        let end = match (end, sampled) {
            (None, Ok(())) => return Next::At(self.next),
            // The run has ended.
            (end, _) => end,
        };
        Next::End(Box::new(move || drop(end)))
    }
}

impl Sampling {
    /// Takes a sample. The run has ended if that is an error.
    fn sample(&mut self) -> Result<()> {
        if self.open.is_none() {
            let sources = Sources::open(Files::of_process());
            let series = Series::declare(&self.shared, &sources)?;
            self.open = Some((sources, series));
        }
        let Some((sources, series)) = &mut self.open else { return Ok(()) };
        match series.take(&self.shared, sources) {
            Err(error) if error.kind() == ErrorKind::Closed => return Err(error),
            // A full disk may have room again.
            _ => self.last = Some(Instant::now()),
        }
        // A sample that was slept through is not made up for, and a late one not followed at once.
        let now = Instant::now();
        let passed = (now - self.start).as_nanos() / self.interval.as_nanos();
        let on_time = self.interval.saturating_mul(u32::try_from(passed + 1).unwrap_or(u32::MAX));
        self.next = (self.start + on_time).max(now + self.interval / 2);
        Ok(())
    }
}

/// The files that the numbers are in; what the system lacks, or does not let us see, is absent.
#[derive(Debug)]
struct Files {
    memory: Option<PathBuf>,
    throttled: Option<Throttled>,
}

impl Files {
    /// Those of the process, which its runs share.
    fn of_process() -> Arc<Self> {
        static SHARED: PerProcess<Mutex<Weak<Files>>> = PerProcess::new(|_| Mutex::default());
        let mut shared = lock(SHARED.get());
        shared.upgrade().unwrap_or_else(|| {
            let files = Arc::new(Self::open(Limits::read()));
            *shared = Arc::downgrade(&files);
            files
        })
    }

    fn open(limits: Limits) -> Self {
        Self {
            memory: limits.memory.map(|(_, usage)| usage),
            throttled: limits.cpu.map(|(_, throttled)| throttled),
        }
    }
}

/// Where the numbers of a run come from.
struct Sources {
    files: Arc<Files>,
    /// Of what only grows, how much there was when the run began.
    base: Totals,
}

/// Counters that only grow while a process lives.
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
    fn open(files: Arc<Files>) -> Self {
        let mut sources = Self {
            files,
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
        let throttled = self.files.throttled.as_ref().and_then(|throttled| {
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
        read(self.files.memory.as_ref()?, &mut buffer)?.trim().parse().ok()
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

/// The current content of `path`, as far as it is text.
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
                about: About {
                    unit: Some(unit.to_owned()),
                    description: Some(description.to_owned()),
                    step_unit: Some("ms".to_owned()),
                    ..About::default()
                },
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
                sources.files.memory.is_some(),
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

    /// Emits a sample; the step is whole milliseconds since the run's start, the first one of a run that was
    /// restarted.
    fn take(&mut self, shared: &Context, sources: &Sources) -> Result<()> {
        let (totals, base) = (sources.totals(), sources.base);
        let since = totals.time.saturating_duration_since(shared.clock).as_millis() as i64;
        let step = since.saturating_add(shared.identity.earlier_ms());
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
        let sources = Sources::open(Arc::new(Files::open(Limits::default())));
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
        let sources = Sources::open(Arc::new(Files::open(limits)));
        assert_eq!((sources.group_memory(), sources.base.throttled), (Some(4096), Some(1.5)));
        std::fs::write(&usage, "8192\n").unwrap();
        std::fs::write(&stat, "throttled_usec 2000000\n").unwrap();
        assert_eq!((sources.group_memory(), sources.totals().throttled), (Some(8192), Some(2.0)));
    }
}
