//! The store's times as PostgreSQL takes them.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::base::zone;

/// A time in ISO 8601 as PostgreSQL takes it, in UTC; what names no offset is local. None if it is
/// no time.
pub fn utc(iso: &str) -> Option<String> {
    utc_at(iso, None)
}

/// Like `utc`, where it is known by how many seconds the local time was ahead of UTC.
pub fn utc_at(iso: &str, offset: Option<i64>) -> Option<String> {
    fn number<N: FromStr>(text: &str, from: usize, to: usize) -> Option<N> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    }
    let is = |at: usize, wanted: &[u8]| iso.as_bytes().get(at).is_some_and(|byte| wanted.contains(byte));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"T ") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let part = |from: usize| number(iso, from, from + 2);
    let (year, month, day) = (number(iso, 0, 4)?, part(5)?, part(8)?);
    let (hour, minute, second) = (part(11)?, part(14)?, part(17)?);
    let mut rest = iso.get(19..)?;
    let mut micros: i32 = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let padded: String = fraction[..digits].chars().chain("000000".chars()).take(6).collect();
        micros = padded.parse().ok()?;
        rest = &fraction[digits..];
    }
    let local = DateTime::new(year, month, day, hour, minute, second, micros * 1000).ok()?;
    let ahead = match rest.as_bytes() {
        [] => offset,
        b"Z" => Some(0),
        [sign @ (b'+' | b'-'), ..] => {
            let minutes = if rest.as_bytes().get(3) == Some(&b':') { 4 } else { 3 };
            let seconds: i64 =
                number::<i64>(rest, 1, 3)? * 3600 + number::<i64>(rest, minutes, minutes + 2)? * 60;
            Some(if *sign == b'+' { seconds } else { -seconds })
        }
        _ => return None,
    };
    let moment = match ahead {
        None => zone::local().to_timestamp(local),
        Some(seconds) => Offset::from_seconds(seconds.try_into().ok()?).ok()?.to_timestamp(local),
    };
    moment.ok().map(stamp)
}

/// `2026-11-23 07:18:15.145478+00`
pub fn stamp(moment: Timestamp) -> String {
    format!("{:.6}+00", Offset::UTC.to_datetime(moment)).replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Moment;

    #[test]
    fn times_are_brought_to_utc() {
        for (iso, wanted) in [
            ("2026-11-23T08:18:15.145478+01:00", "2026-11-23 07:18:15.145478+00"),
            ("2026-11-23T08:18:15-0230", "2026-11-23 10:48:15.000000+00"),
            ("2024-02-29 23:59:59.5Z", "2024-02-29 23:59:59.500000+00"),
            ("1969-12-31T23:59:59Z", "1969-12-31 23:59:59.000000+00"),
            ("2000-03-01T00:00:00Z", "2000-03-01 00:00:00.000000+00"),
        ] {
            assert_eq!(utc(iso).as_deref(), Some(wanted), "{iso}");
        }
        for iso in [
            "",
            "2026-11-23",
            "2026-13-01T00:00:00",
            "2026-02-31T00:00:00",
            "2026-11-23T08:18:15x",
            "2026-11-23T08:18:15+99:00",
            "now",
            "é026-11-23T08:18:15",
        ] {
            assert_eq!(utc(iso), None, "{iso}");
        }
        for (offset, wanted) in [(3600, "07:18:15"), (-34_200, "17:48:15"), (0, "08:18:15")] {
            let stored = format!("2026-11-23 {wanted}.500000+00");
            assert_eq!(utc_at("2026-11-23T08:18:15.5", Some(offset)), Some(stored));
            assert_eq!(utc_at("2026-11-23T08:18:15.5Z", Some(offset)), utc("2026-11-23T08:18:15.5Z"));
        }
        // Whatever the zone, through summer and winter.
        for month in 0..12 {
            let moment = Moment::from_nanos((1_700_000_000 + month * 2_600_000) * 1_000_000_000 + 1000);
            assert_eq!(
                utc(&moment.iso()),
                Some(stamp(Timestamp::from_microsecond(moment.nanos() as i64 / 1000).unwrap()))
            );
        }
    }
}
