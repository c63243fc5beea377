//! The local time zone.
//!
//! The system's own functions for local time (`localtime_r`, `mktime`) set `tzname` of the whole process to
//! NULL for a moment. They run in our threads, and a host that reads `tzname` meanwhile, as R does for each
//! time that it prints, would crash. So the zone is read here, as glibc reads it.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use crate::base::sync::PerProcess;
use crate::base::{environment, file};

/// The process's zone. It is read once, so that a moment has one local time while the process lives.
pub fn local() -> &'static TimeZone {
    static LOCAL: PerProcess<TimeZone> =
        PerProcess::new(|inherited| inherited.cloned().unwrap_or_else(|| named(environment::raw("TZ"))));
    LOCAL.get()
}

/// The zone that the variable `TZ` names: a file, or a rule such as `CET-1CEST,M3.5.0,M10.5.0/3`; the
/// machine's if it is not set. UTC if there is no such zone.
fn named(variable: Option<OsString>) -> TimeZone {
    let Some(variable) = variable else {
        return from_file(Path::new("/etc/localtime")).unwrap_or(TimeZone::UTC);
    };
    let name = variable.as_bytes();
    let name = name.strip_prefix(b":").unwrap_or(name);
    if name.is_empty() {
        return TimeZone::UTC;
    }
    let files = environment::raw("TZDIR").map_or_else(|| PathBuf::from("/usr/share/zoneinfo"), PathBuf::from);
    let rule = || {
        let rule = std::str::from_utf8(name).ok()?;
        // Where a rule has summer time and does not say when, glibc takes these days.
        TimeZone::posix(rule).or_else(|_| TimeZone::posix(&format!("{rule},M3.2.0,M11.1.0"))).ok()
    };
    from_file(&files.join(OsStr::from_bytes(name))).or_else(rule).unwrap_or(TimeZone::UTC)
}

/// The zone of a file as the system has them.
fn from_file(path: &Path) -> Option<TimeZone> {
    let mut bytes = Vec::new();
    // A device that never ends is no zone.
    file::open_to_read(path).ok()?.take(1 << 20).read_to_end(&mut bytes).ok()?;
    TimeZone::tzif("", &bytes).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// Every 7 days and some over 40 years, and the hours around the ends of summer time.
    fn moments() -> Vec<i64> {
        let weeks = (0..2080).map(|week| 1_000_000_000 + week * 604_801);
        let hours = (-4..4).flat_map(|hour| [1_774_746_000 + hour * 1800, 1_792_890_000 + hour * 1800]);
        weeks.chain(hours).collect()
    }

    #[test]
    fn zones_are_read_as_the_system_reads_them() {
        let asked: String = moments().iter().map(|seconds| format!("@{seconds}\n")).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, asked.as_bytes()).unwrap();
        // One that is not said is the machine's.
        let zones = [
            "",
            "UTC",
            "UTC0",
            "Europe/Berlin",
            ":Europe/Berlin",
            "America/St_Johns",
            "Asia/Kathmandu",
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "<+0330>-3:30",
            "EST5",
            "EST5EDT",
            "/etc/localtime",
            "/dev/zero",
            "no/zone",
            "/usr/share/zoneinfo/Australia/Lord_Howe",
        ];
        for zone in zones.map(Some).into_iter().chain([None]) {
            let mut date = std::process::Command::new("date");
            match zone {
                Some(zone) => date.env("TZ", zone),
                None => date.env_remove("TZ"),
            };
            let date =
                date.env("LC_ALL", "C").args(["+%Y-%m-%dT%H:%M:%S", "-f"]).arg(file.path()).output().unwrap();
            let wanted = String::from_utf8(date.stdout).unwrap();
            let ours = named(zone.map(OsString::from));
            for (seconds, wanted) in moments().into_iter().zip(wanted.lines()) {
                let local = ours.to_datetime(Timestamp::from_second(seconds).unwrap());
                assert_eq!(local.to_string(), wanted, "{zone:?}");
            }
            assert_eq!(wanted.lines().count(), moments().len());
        }
        let whole = named(Some("CET-1CEST,M3.2.0,M11.1.0".into()));
        assert_eq!(named(Some("CET-1CEST".into())), whole);
    }
}
