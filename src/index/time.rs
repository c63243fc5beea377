//! The store's times as PostgreSQL takes them.

use crate::base::sys;

/// The day of the Gregorian calendar as days since the epoch.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the day that leap years add is their last.
    let year = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Seconds since the epoch of a local time that is `naive` seconds after the epoch's by its digits.
fn local_to_utc(naive: i64) -> i64 {
    // Twice, since the first result may lie across a change of the clocks.
    let mut seconds = naive;
    for _ in 0..2 {
        seconds = naive - sys::local_time(seconds).tm_gmtoff;
    }
    seconds
}

/// A time in ISO 8601 as PostgreSQL takes it, in UTC; what names no offset is local. None if it is
/// no time.
pub fn utc(iso: &str) -> Option<String> {
    utc_at(iso, None)
}

/// Like `utc`, where it is known by how many seconds the local time was ahead of UTC.
pub fn utc_at(iso: &str, offset: Option<i64>) -> Option<String> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = iso.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let is = |at: usize, wanted: &[u8]| iso.as_bytes().get(at).is_some_and(|byte| wanted.contains(byte));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"T ") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let is_time = (1..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    if !is_time {
        return None;
    }
    let mut rest = iso.get(19..)?;
    let mut micros = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let padded: String = fraction[..digits].chars().chain("000000".chars()).take(6).collect();
        micros = padded.parse().ok()?;
        rest = &fraction[digits..];
    }
    let naive = days_since_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let seconds = match rest.as_bytes() {
        [] => offset.map_or_else(|| local_to_utc(naive), |offset| naive - offset),
        b"Z" => naive,
        [sign @ (b'+' | b'-'), ..] => {
            let part = |from: usize| rest.get(from..from + 2)?.parse::<i64>().ok();
            let minutes = if rest.as_bytes().get(3) == Some(&b':') { 4 } else { 3 };
            let offset = part(1)? * 3600 + part(minutes)? * 60;
            if *sign == b'+' { naive - offset } else { naive + offset }
        }
        _ => return None,
    };
    Some(stamp(seconds, micros))
}

/// `2026-11-23 07:18:15.145478+00`
pub fn stamp(seconds: i64, micros: i64) -> String {
    let tm = sys::utc_time(seconds);
    let (year, month) = (tm.tm_year + 1900, tm.tm_mon + 1);
    let (day, hour, minute, second) = (tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}+00")
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
        for iso in
            ["", "2026-11-23", "2026-13-01T00:00:00", "2026-11-23T08:18:15x", "now", "é026-11-23T08:18:15"]
        {
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
            assert_eq!(utc(&moment.iso()), Some(stamp(moment.seconds() as i64, 1)));
        }
    }
}
