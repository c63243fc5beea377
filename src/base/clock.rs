//! Times as the store has them: naive local time. Durations as they are given.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::zone;

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
        let local = zone::local().to_datetime(self.timestamp());
        // No fraction when it is zero, as Python's isoformat has it.
        if self.0.subsec_micros() == 0 { format!("{local:.0}") } else { format!("{local:.6}") }
    }

    /// Seconds by which the local time that `iso` writes is ahead of UTC.
    pub fn utc_offset(self) -> i64 {
        zone::local().to_offset(self.timestamp()).seconds().into()
    }

    /// The moment that `iso` wrote, here and with the same time zone.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| {
            bytes.get(from..to)?.iter().try_fold(0_i16, |number, byte| match byte {
                b'0'..=b'9' => Some(number * 10 + i16::from(byte - b'0')),
                _ => None,
            })
        };
        let part = |from: usize| number(from, from + 2)?.try_into().ok();
        let is_usual = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.')];
        if is_usual.iter().any(|(at, byte)| bytes.get(*at).is_some_and(|found| found != byte)) {
            return None;
        }
        let micros = match bytes.get(20..) {
            None => 0,
            Some(fraction) if fraction.iter().all(u8::is_ascii_digit) => fraction
                .iter()
                .chain(b"000000")
                .take(6)
                .fold(0, |micros, digit| micros * 10 + i32::from(digit - b'0')),
            _ => return None,
        };
        let (hour, minute, second) = (part(11)?, part(14)?, part(17)?);
        let local = DateTime::new(number(0, 4)?, part(5)?, part(8)?, hour, minute, second, micros * 1000);
        let nanos = zone::local().to_timestamp(local.ok()?).ok()?.as_nanosecond();
        Some(Self(Duration::from_nanos(u64::try_from(nanos).ok()?)))
    }

    /// `2026-11-23 08:18:15`
    pub fn log_stamp(self) -> String {
        format!("{:.0}", zone::local().to_datetime(self.timestamp())).replacen('T', " ", 1)
    }

    /// `20261123_081815`
    pub fn file_stamp(self) -> String {
        self.log_stamp().replace(['-', ':'], "").replace(' ', "_")
    }

    /// To the microsecond, as the store has it. The last that there is, at the end of 9999, if it is later.
    fn timestamp(self) -> Timestamp {
        let micros = i64::try_from(self.0.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }
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
        for text in [
            "",
            "2026",
            "2026-11-23T08:18",
            "2026-11-23T08:18:xx",
            "2026-11-23T08:18:15.é",
            "2026-11-2éT08:18:15",
            "2026-1-2T3:4:5",
            "2026-13-01T08:18:15",
            "2026-02-31T08:18:15",
            "2026-11-23T24:00:00",
            "2026-11-23 08:18:15",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
