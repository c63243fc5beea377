//! Times as the store has them: naive local time. Durations as they are given.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::sys;

/// No duration that is given is longer, in seconds: 31 years. So an end in time can always be computed.
pub const LONGEST: u64 = 1_000_000_000;

/// A duration that is given in seconds. What is not zero stays so.
///
/// # Errors
/// When it is negative, not a number, or longer than `LONGEST`.
pub fn duration(seconds: f64) -> Result<Duration> {
    if !(0.0..=LONGEST as f64).contains(&seconds) {
        let text = format!("seconds {seconds} are no duration: it has to be from 0 to {LONGEST}");
        return Err(Error::new(ErrorKind::Value, text));
    }
    let duration = Duration::from_secs_f64(seconds);
    Ok(if seconds > 0.0 { duration.max(Duration::from_nanos(1)) } else { duration })
}

/// A moment: time since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// Now.
    pub fn now() -> Self {
        Self(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// From nanoseconds since the epoch.
    pub fn from_nanos(nanos: u64) -> Self {
        Self(Duration::from_nanos(nanos))
    }

    /// Nanoseconds since the epoch.
    pub fn nanos(self) -> u64 {
        u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX)
    }

    /// Whole seconds since the epoch.
    pub fn seconds(self) -> u64 {
        self.0.as_secs()
    }

    /// Milliseconds since `earlier`; 0 if it is later.
    pub fn millis_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0).as_millis()).unwrap_or(u64::MAX)
    }

    /// `2026-11-23T08:18:15.145478`
    pub fn iso(self) -> String {
        let tm = sys::local_time(self.0.as_secs() as i64);
        let micros = self.0.subsec_micros();
        let base = format(&tm, "T");
        // No fraction when it is zero, as Python's isoformat has it.
        if micros == 0 { base } else { format!("{base}.{micros:06}") }
    }

    /// Seconds by which the local time that `iso` writes is ahead of UTC.
    pub fn utc_offset(self) -> i64 {
        sys::local_time(self.0.as_secs() as i64).tm_gmtoff
    }

    /// The moment that `iso` wrote, here and with the same time zone.
    pub fn parse(text: &str) -> Option<Self> {
        let (base, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let parts: Vec<i32> =
            base.split(['-', 'T', ':']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let parts: [i32; 6] = parts.try_into().ok()?;
        let seconds = u64::try_from(sys::local_seconds(parts)?).ok()?;
        let micros: u32 = format!("{fraction:0<6.6}").parse().ok()?;
        Some(Self(Duration::new(seconds, micros * 1000)))
    }

    /// `2026-11-23 08:18:15`
    pub fn log_stamp(self) -> String {
        format(&sys::local_time(self.0.as_secs() as i64), " ")
    }

    /// `20261123_081815`
    pub fn file_stamp(self) -> String {
        self.log_stamp().replace(['-', ':'], "").replace(' ', "_")
    }
}

fn format(tm: &libc::tm, separator: &str) -> String {
    format!(
        "{:04}-{:02}-{:02}{separator}{:02}:{:02}:{:02}",
        tm.tm_year + 1900,
        tm.tm_mon + 1,
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_stores_forms() {
        let moment = Moment::from_nanos(1_700_000_000_145_478_900);
        let iso = moment.iso();
        assert_eq!(iso.len(), "2026-11-23T08:18:15.145478".len());
        assert!(iso.ends_with(".145478"));
        assert_eq!(iso[..19].replace('T', " "), moment.log_stamp());
        let stamp: String = moment.log_stamp().chars().filter(char::is_ascii_digit).collect();
        assert_eq!(moment.file_stamp().replace('_', ""), stamp);
        assert!(!Moment::from_nanos(1_000_000_000).iso().contains('.'));
        for nanos in [1_700_000_000_145_478_000, 1_000_000_000, 1_750_000_000_000_001_000] {
            let moment = Moment::from_nanos(nanos);
            assert_eq!(Moment::parse(&moment.iso()), Some(moment));
        }
        for text in ["", "2026", "2026-11-23T08:18", "2026-11-23T08:18:xx", "2026-11-23T08:18:15.é"] {
            assert_eq!(Moment::parse(text), None);
        }
    }
}
