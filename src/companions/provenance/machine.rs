//! Who runs it, where, and with what at hand.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;

use crate::base::environment::others;
use crate::base::json::Json;
#[cfg(target_os = "linux")]
use crate::base::sys;
use crate::companions::cgroup::Limits;

/// The user's name. The system's directory of users is not asked, since it may be on the network
/// and loads libraries into the host: a local user's name is in the file, another's in the environment.
pub fn user() -> Option<String> {
    // SAFETY: geteuid has no preconditions.
    let id = unsafe { libc::geteuid() }.to_string();
    local_user(&id).or_else(|| others("USER")).or_else(|| others("LOGNAME")).or(Some(id))
}

fn local_user(id: &str) -> Option<String> {
    let mut text = String::new();
    File::open("/etc/passwd").ok()?.take(256 << 10).read_to_string(&mut text).ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    })
}

/// "Linux 6.1.0-13-amd64 x86_64"
pub fn kernel() -> Option<String> {
    // SAFETY: `utsname` is plain data, for which zero is a value; uname fills it.
    let name = unsafe {
        let mut name: libc::utsname = std::mem::zeroed();
        (libc::uname(&mut name) == 0).then_some(name)?
    };
    let text = |field: &[libc::c_char]| {
        let bytes: Vec<u8> = field.iter().take_while(|byte| **byte != 0).map(|byte| *byte as u8).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Some(format!("{} {} {}", text(&name.sysname), text(&name.release), text(&name.machine)))
}

/// Bytes of the machine's memory.
pub fn memory() -> Option<u64> {
    // SAFETY: sysconf has no preconditions.
    let pages = unsafe { libc::sysconf(libc::_SC_PHYS_PAGES) };
    Some(u64::try_from(pages).ok()? * crate::base::sys::page_size() as u64)
}

/// How many threads there may be, as far as that is known at once.
pub fn threads() -> Json {
    // SAFETY: sysconf has no preconditions.
    let processors = u64::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }).unwrap_or(1);
    let mut members = vec![("processors", Json::from(processors))];
    members.extend(affinity().map(|count| ("affinity", count.into())));
    for name in ["OMP_NUM_THREADS", "OMP_PROC_BIND", "OMP_PLACES", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
    {
        // Bounded, as whatever comes from outside.
        let value = others(name).filter(|value| value.len() <= 1000);
        members.extend(value.map(|value| (name, value.into())));
    }
    Json::object(members)
}

/// Processors that this thread may run on.
#[cfg(target_os = "linux")]
fn affinity() -> Option<u64> {
    let words = sys::affinity(0)?;
    Some(words.iter().map(|word| u64::from(word.count_ones())).sum())
}

#[cfg(not(target_os = "linux"))]
fn affinity() -> Option<u64> {
    None
}

/// How many threads the system would run at once, control groups considered.
pub fn parallelism() -> Json {
    match std::thread::available_parallelism() {
        Ok(count) => Json::object([("available", count.get() as u64)]),
        Err(_) => Json::Null,
    }
}

/// The processor's name.
pub fn processor() -> Option<String> {
    // The first processor's part: to list all of them takes long on a large machine.
    let mut bytes = [0; 2048];
    let size = File::open("/proc/cpuinfo").ok()?.read_at(&mut bytes, 0).ok()?;
    let text = String::from_utf8_lossy(&bytes[..size]);
    let value = |key: &str| {
        text.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            (found.trim() == key && !value.trim().is_empty()).then(|| value.trim().to_owned())
        })
    };
    // x86, POWER, s390, some of ARM.
    ["model name", "cpu", "vendor_id", "Model"].into_iter().find_map(value)
}

/// The limits of the control groups; null if there are none.
pub fn cgroup() -> Json {
    let limits = Limits::read();
    let mut members = Vec::new();
    members.extend(limits.memory.map(|(bytes, _)| ("memory_bytes", Json::from(bytes))));
    members.extend(limits.cpu.map(|(processors, _)| ("cpus", Json::from(processors))));
    if members.is_empty() { Json::Null } else { Json::object(members) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known() {
        assert!(!user().unwrap().is_empty());
        assert!(kernel().unwrap().split(' ').count() >= 3);
        assert!(memory().unwrap() > 1 << 24);
        let threads = threads();
        let processors = threads.get("processors").unwrap().as_i64().unwrap();
        assert!(processors > 0);
        #[cfg(target_os = "linux")]
        assert!((1..=processors).contains(&threads.get("affinity").unwrap().as_i64().unwrap()));
        assert!(parallelism().get("available").unwrap().as_i64().unwrap() > 0);
        let _ = (processor(), cgroup());
    }
}
