//! Times as the store has them: naive local time. Durations as they are given.

use std::collections::HashMap;
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

/// Reads many times: the system is asked once about each day that is of one piece.
#[derive(Debug, Default)]
pub struct LocalClock {
    /// For each day, in days since the epoch, what its local time is ahead of UTC; nothing where that
    /// changes within it.
    days: HashMap<i64, Option<i64>>,
}

impl LocalClock {
    /// The moment that `Moment::parse` gives.
    pub fn parse(&mut self, text: &str) -> Option<Moment> {
        self.parse_usual(text).or_else(|| Moment::parse(text))
    }

    fn parse_usual(&mut self, text: &str) -> Option<Moment> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| {
            bytes.get(from..to)?.iter().try_fold(0_i64, |number, byte| match byte {
                b'0'..=b'9' => Some(number * 10 + i64::from(byte - b'0')),
                _ => None,
            })
        };
        let (date, time) = (text.get(..10)?, [number(11, 13)?, number(14, 16)?, number(17, 19)?]);
        let is_so = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        let is_usual = is_so.iter().all(|(at, byte)| bytes[*at] == *byte) && time < [24, 0, 0];
        let micros = match bytes.len() {
            19 => 0,
            26 if bytes[19] == b'.' => number(20, 26)?,
            _ => return None,
        };
        let day = days_since_epoch(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
        if !is_usual || time[1] > 59 || time[2] > 59 {
            return None;
        }
        let ahead = *self.days.entry(day).or_insert_with(|| {
            let ahead = |time: &str, second: i64| {
                let moment = Moment::parse(&format!("{date}T{time}"))?;
                Some(day * 86_400 + second - moment.seconds() as i64)
            };
            ahead("00:00:00", 0).filter(|begins| ahead("23:59:59", 86_399) == Some(*begins))
        });
        let seconds = day * 86_400 + time[0] * 3600 + time[1] * 60 + time[2] - ahead?;
        Some(Moment(Duration::new(u64::try_from(seconds).ok()?, micros as u32 * 1000)))
    }
}

/// The days from the epoch to a day of the calendar.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // The year begins in March, so that the leap day is its last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    Some(days - 719_468)
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
    fn many_times_are_read_as_each_alone() {
        let mut clock = LocalClock::default();
        // Every 7 hours and some over two years: leap days, and days on which summer time begins and ends.
        for step in 0..2600_u64 {
            let text =
                Moment::from_nanos((1_700_000_000 + step * 25_201) * 1_000_000_000 + step * 1000).iso();
            assert_eq!(clock.parse(&text), Moment::parse(&text), "{text}");
        }
        for text in ["2026-02-31T08:18:15", "2026-11-23T24:00:00", "2026-11-23T23:59:60", "2026-1-2T3:4:5"] {
            assert_eq!(clock.parse(text), Moment::parse(text), "{text}");
        }
        for text in
            ["", "2026-13-01T08:18:15", "2026-11-23T08:18", "2026-11-23T08:18:xx", "2026-11-2éT08:18:15"]
        {
            assert_eq!(clock.parse(text), Moment::parse(text), "{text}");
        }
        assert!(!clock.days.is_empty());
    }

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
