//! The resources that the program and its processes have used, by those that have ended and those that live.

use std::collections::HashMap;
use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The kernel counts blocks of this size.
const BLOCK: u64 = 512;

/// Totals of the processes that were waited for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// Seconds of processor time in the program, and in the system for it.
    pub user: f64,
    pub system: f64,
    /// The most memory that one of them had, or all of them at a sample, in bytes.
    pub peak: u64,
    /// Bytes from storage, and to it.
    pub read: u64,
    pub written: u64,
}

/// Those totals, filled while the program runs.
#[derive(Debug)]
pub struct Usage {
    ended: Mutex<Used>,
    /// A process of ours that is not the program's.
    keeper: libc::pid_t,
}

/// The resources that the processes that live have used at an instant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample {
    /// Seconds of processor time, of those that have ended as well.
    pub cpu: f64,
    pub resident: u64,
    pub threads: u64,
    pub processes: u64,
    pub read: u64,
    pub written: u64,
}

impl Usage {
    /// Nothing used yet.
    pub fn new(keeper: libc::pid_t) -> Self {
        Self { ended: Mutex::default(), keeper }
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what a process that has ended used, with its own children.
    pub fn add(&self, pid: libc::pid_t, used: &libc::rusage) {
        if pid == self.keeper {
            return;
        }
        let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
        let count = |number: libc::c_long| u64::try_from(number).unwrap_or(0);
        let mut ended = self.lock();
        ended.user += seconds(used.ru_utime);
        ended.system += seconds(used.ru_stime);
        ended.peak = ended.peak.max(count(used.ru_maxrss) * 1024);
        ended.read += count(used.ru_inblock) * BLOCK;
        ended.written += count(used.ru_oublock) * BLOCK;
    }

    /// The totals.
    pub fn total(&self) -> Used {
        *self.lock()
    }

    /// The resources that the program's processes have used until now.
    pub fn sample(&self) -> Sample {
        let ended = self.total();
        let mut sample = Sample {
            cpu: ended.user + ended.system,
            read: ended.read,
            written: ended.written,
            ..Sample::default()
        };
        for pid in self.processes() {
            sample.add(pid);
        }
        let mut ended = self.lock();
        ended.peak = ended.peak.max(sample.resident);
        sample
    }

    /// The processes below ours, but for the keeper.
    fn processes(&self) -> Vec<libc::pid_t> {
        let own = libc::pid_t::try_from(std::process::id()).unwrap_or(-1);
        let mut found = match children(own) {
            Some(children) => children,
            // A kernel that does not list children.
            None => return self.processes_by_parent(own),
        };
        found.retain(|pid| *pid != self.keeper);
        let mut next = 0;
        while next < found.len() {
            found.extend(children(found[next]).unwrap_or_default());
            next += 1;
        }
        found
    }

    fn processes_by_parent(&self, own: libc::pid_t) -> Vec<libc::pid_t> {
        let mut of_parent: HashMap<libc::pid_t, Vec<libc::pid_t>> = HashMap::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
            let Some(pid) = pid.filter(|pid| *pid != self.keeper) else { continue };
            if let Some(parent) = stat(pid).and_then(|fields| fields.get(1)?.parse().ok()) {
                of_parent.entry(parent).or_default().push(pid);
            }
        }
        let mut found = of_parent.remove(&own).unwrap_or_default();
        let mut next = 0;
        while next < found.len() {
            found.extend(of_parent.remove(&found[next]).unwrap_or_default());
            next += 1;
        }
        found
    }
}

impl Sample {
    fn add(&mut self, pid: libc::pid_t) {
        let Some(fields) = stat(pid) else { return };
        let number =
            |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        // SAFETY: asks the system for constants.
        let (tick, page) = unsafe { (libc::sysconf(libc::_SC_CLK_TCK), libc::sysconf(libc::_SC_PAGESIZE)) };
        // With that of its children that it has waited for.
        self.cpu += (11..15).map(number).sum::<u64>() as f64 / tick.max(1) as f64;
        self.threads += number(17);
        self.resident += number(21) * u64::try_from(page).unwrap_or(4096);
        self.processes += 1;
        if let Ok(io) = fs::read_to_string(format!("/proc/{pid}/io")) {
            let value =
                |key: &str| io.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<u64>().ok());
            self.read += value("read_bytes:").unwrap_or(0);
            self.written += value("write_bytes:").unwrap_or(0);
        }
    }
}

/// The fields of a process's `stat` line behind its name: its state is the first.
fn stat(pid: libc::pid_t) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit_once(')')?.1.split_ascii_whitespace().map(str::to_owned).collect())
}

/// The children of a process, of all its threads. None if the kernel does not say.
fn children(pid: libc::pid_t) -> Option<Vec<libc::pid_t>> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let mut found = Vec::new();
    for thread in threads.flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(text) => {
                found.extend(text.split_ascii_whitespace().filter_map(|pid| pid.parse::<libc::pid_t>().ok()))
            }
            // A thread may have ended, but not the first one of ours.
            Err(_) if !thread.path().exists() => {}
            Err(_) => return None,
        }
    }
    Some(found)
}
