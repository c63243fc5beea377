//! Samples of the program's processes while it runs, as series of the run. Names and steps are those of the
//! library's own sampling: the step is whole milliseconds since the run's start.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use metalab::{Capture, Result, Series};

use super::usage::{Sample, Usage};

/// The thread that samples, until it is finished.
pub struct Sampler {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Sampler {
    /// Samples every `interval` from now on.
    pub fn start(
        run: &Arc<Capture>,
        usage: &Arc<Usage>,
        start: Instant,
        interval: Duration,
    ) -> std::io::Result<Self> {
        let (end, ended) = channel();
        let (run, usage) = (run.clone(), usage.clone());
        let body = move || {
            // A run that takes no points any more has said so where it matters.
            let Ok(mut samples) = Samples::declare(&run, start) else { return };
            let mut next = Instant::now();
            loop {
                let _ = samples.take(&usage.sample());
                next = (next + interval).max(Instant::now() + interval / 2);
                match ended.recv_timeout(next.saturating_duration_since(Instant::now())) {
                    Err(RecvTimeoutError::Timeout) => {}
                    _ => return,
                }
            }
        };
        let thread = std::thread::Builder::new().name("mlab-sampler".to_owned()).spawn(body)?;
        Ok(Self { end, thread })
    }

    /// Ends it.
    pub fn finish(self) {
        drop(self.end);
        let _ = self.thread.join();
    }
}

struct Samples {
    start: Instant,
    before: Option<(Instant, f64)>,
    cpu: Series,
    resident: Series,
    threads: Series,
    processes: Series,
    read: Series,
    written: Series,
}

impl Samples {
    fn declare(run: &Capture, start: Instant) -> Result<Self> {
        let series = |name: &str, unit: &str, about: &str| {
            let series = run.series(name, Some(unit), Some(about))?;
            run.set_step_unit(name, "ms").map(|()| series)
        };
        Ok(Self {
            start,
            before: None,
            cpu: series(
                "process.cpu_percent",
                "%",
                "processor time of all processes since the sample before; 100: one core",
            )?,
            resident: series("process.resident_bytes", "B", "memory that all processes have in use")?,
            threads: series("process.threads", "1", "threads of all processes")?,
            processes: series("process.processes", "1", "processes of the program")?,
            read: series("process.read_bytes", "B", "read from storage since the run began")?,
            written: series("process.written_bytes", "B", "written for storage since the run began")?,
        })
    }

    fn take(&mut self, sample: &Sample) -> Result<()> {
        let now = Instant::now();
        let step = i64::try_from((now - self.start).as_millis()).unwrap_or(i64::MAX);
        let whole = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        // The first sample has no other before it.
        if let Some((time, cpu)) = self.before.replace((now, sample.cpu)) {
            let busy = (sample.cpu - cpu).max(0.0);
            self.cpu.point(step, 100.0 * busy / (now - time).as_secs_f64())?;
        }
        self.resident.point(step, whole(sample.resident))?;
        self.threads.point(step, whole(sample.threads))?;
        self.processes.point(step, whole(sample.processes))?;
        self.read.point(step, whole(sample.read))?;
        self.written.point(step, whole(sample.written))
    }
}
