//! Distinguishing a process from every other one: a number alone is soon another's.

use super::sync::{MadeOnce, PerProcess};
use super::sys;

/// The kernel that runs here: another one after every boot, the same in all of a machine's containers.
pub fn boot_id() -> Option<&'static str> {
    static BOOT: MadeOnce<Option<String>> = MadeOnce::new();
    let read = || {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(id.trim().to_owned()).filter(|id| !id.is_empty())
    };
    BOOT.get_or_init(read).as_deref()
}

/// The namespace in which this process's number is its own.
pub fn namespace() -> Option<&'static str> {
    static NAMESPACE: PerProcess<Option<String>> = PerProcess::new(|_| {
        let link = std::fs::read_link("/proc/self/ns/pid").ok()?;
        link.to_str().map(str::to_owned)
    });
    NAMESPACE.get().as_deref()
}

/// When this process began, as `start_of` has it.
pub fn own_start() -> Option<u64> {
    static START: PerProcess<Option<u64>> = PerProcess::new(|_| look(i64::from(std::process::id())).start);
    *START.get()
}

/// The system's view of a process.
#[derive(Debug, Default)]
struct Look {
    /// When it began, in a unit of the system's, counted from the boot.
    start: Option<u64>,
    /// True if it has ended, and waits for its parent to hear of it.
    has_ended: bool,
}

#[cfg(target_os = "linux")]
fn look(pid: i64) -> Look {
    let Ok(stat) = std::fs::read(format!("/proc/{pid}/stat")) else { return Look::default() };
    parse(&String::from_utf8_lossy(&stat)).unwrap_or_default()
}

/// The line that Linux has of a process. Its name, in parentheses, may hold anything.
#[cfg(any(target_os = "linux", test))]
fn parse(stat: &str) -> Option<Look> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    // Of the fields that proc(5) numbers, the first here is the third.
    let field = |number: usize| fields.get(number - 3).copied();
    let number = |at: usize| field(at).and_then(|text| text.parse::<u64>().ok());
    // A main thread that has ended while others go on is a zombie, too.
    let is_last = number(20).is_none_or(|threads| threads <= 1);
    Some(Look { start: number(22), has_ended: is_last && matches!(field(3), Some("Z" | "X")) })
}

#[cfg(target_os = "macos")]
fn look(pid: i64) -> Look {
    let Ok(pid) = libc::c_int::try_from(pid) else { return Look::default() };
    // SAFETY: `proc_bsdinfo` is plain data, for which zero is a value; the call writes it only.
    let found = unsafe {
        let mut found: libc::proc_bsdinfo = std::mem::zeroed();
        let size = size_of::<libc::proc_bsdinfo>() as libc::c_int;
        let place = (&raw mut found).cast();
        (libc::proc_pidinfo(pid, libc::PROC_PIDTBSDINFO, 0, place, size) == size).then_some(found)
    };
    let Some(found) = found else { return Look::default() };
    let start = found.pbi_start_tvsec.wrapping_mul(1_000_000).wrapping_add(found.pbi_start_tvusec);
    Look { start: Some(start), has_ended: found.pbi_status == libc::SZOMB }
}

/// Returns whether the process of this number that began at `start` runs. Where the system does not say when
/// the process of this number began, it is taken for the one that is meant.
pub fn runs(pid: i64, start: Option<u64>) -> bool {
    if !sys::is_process(pid) {
        return false;
    }
    let found = look(pid);
    let is_same = start.zip(found.start).is_none_or(|(wanted, found)| wanted == found);
    is_same && !found.has_ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::{holds_in_child, is_alone};

    #[test]
    fn a_process_is_known_by_its_start() {
        let own = i64::from(std::process::id());
        assert!(runs(own, None) && runs(own, own_start()));
        assert!(!runs(0, None) && !runs(-1, None));
        #[cfg(target_os = "linux")]
        assert!(!runs(own, own_start().map(|start| start + 1)));
    }

    #[test]
    fn one_that_has_ended_does_not_run() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i64::from(child.id());
        // Nobody waits for it: its number stays taken.
        let start = std::time::Instant::now();
        while runs(pid, None) && start.elapsed().as_secs() < 10 {
            std::thread::yield_now();
        }
        assert!(!runs(pid, None) && sys::is_process(pid));
        child.wait().unwrap();
    }

    #[test]
    fn a_name_with_spaces_and_parentheses_is_read() {
        let rest = "0 ".repeat(16);
        let line = |state, threads| format!("7 (a ) R b) {state} {rest}{threads} 0 345 9");
        assert_eq!(parse(&line("S", 4)).unwrap().start, Some(345));
        assert!(parse(&line("Z", 1)).unwrap().has_ended && !parse(&line("Z", 2)).unwrap().has_ended);
        assert!(parse("no line").is_none());
    }

    #[test]
    fn a_forked_child_has_a_start_of_its_own() {
        if !is_alone(concat!(module_path!(), "::a_forked_child_has_a_start_of_its_own")) {
            return;
        }
        let start = || look(i64::from(std::process::id())).start;
        assert_eq!(own_start(), start());
        // The system counts in hundredths of a second.
        std::thread::sleep(std::time::Duration::from_millis(30));
        assert!(holds_in_child(|| own_start() == start()));
    }
}
