//! Numbers, times and sizes as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Microseconds since 1970 as RFC 3339, in this machine's time zone.
pub fn rfc3339(micros: i64) -> String {
    match Timestamp::from_microsecond(micros) {
        Ok(time) => {
            time.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string()
        }
        Err(_) => micros.to_string(),
    }
}

/// Microseconds since 1970 as a local time to the second.
pub fn local_time(micros: i64) -> String {
    match Timestamp::from_microsecond(micros) {
        Ok(time) => time.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => micros.to_string(),
    }
}

/// How long ago something was, roughly: `3m ago`; a date where it is longer than a week.
pub fn ago(micros: i64, now: i64) -> String {
    let seconds = now.saturating_sub(micros) / 1_000_000;
    match seconds {
        ..0 => local_time(micros),
        0..60 => format!("{seconds}s ago"),
        60..3_600 => format!("{}m ago", seconds / 60),
        3_600..86_400 => format!("{}h ago", seconds / 3_600),
        86_400..604_800 => format!("{}d ago", seconds / 86_400),
        _ => local_time(micros)[..10].to_owned(),
    }
}

/// The present, in microseconds since 1970.
pub fn now() -> i64 {
    Timestamp::now().as_microsecond()
}

/// A duration with the two largest of its units: `1h05m`, `2m03s`, `1.24s`, `12ms`.
pub fn duration(milliseconds: i64) -> String {
    let seconds = milliseconds / 1_000;
    match milliseconds {
        ..1_000 => format!("{milliseconds}ms"),
        1_000..60_000 => format!("{:.1}s", milliseconds as f64 / 1e3),
        60_000..3_600_000 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600_000..86_400_000 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// Bytes in powers of 1024: `512 B`, `1.5 MiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let (mut value, mut unit) = (count as f64 / 1024.0, 0);
    while value >= 999.95 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1024.0, unit + 1);
    }
    if value < 9.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// A float in at most `digits` significant ones, as short as it can be: `0.5`, `1.25e-7`, `NaN`.
pub fn float(value: f64, digits: usize) -> String {
    if !value.is_finite() || value == 0.0 {
        return if value.is_nan() { "NaN".to_owned() } else { value.to_string() };
    }
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    match exponent {
        -4..=9 => trimmed(&format!("{value:.*}", (digits as i32 - 1 - exponent).max(0) as usize)),
        _ => format!("{}e{exponent}", trimmed(mantissa)),
    }
}

/// An integer with its thousands set apart: `1,234,567`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The beginning of an id, as long as people need it.
pub fn short_id(id: &str) -> &str {
    match id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => &id[..8],
        false => id,
    }
}

/// A curve of eight heights, `width` cells wide; empty where nothing is finite. Positive values that span
/// more than two decades have a logarithmic axis.
pub fn sparkline(values: &[f64], width: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let least = finite.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let is_log = least > 0.0 && greatest / least > 100.0;
    let scaled = |value: f64| if is_log { value.ln() } else { value };
    let (low, high) = (scaled(least), scaled(greatest));
    let cells = width.min(finite.len());
    (0..cells)
        .map(|cell| {
            let value = scaled(finite[if cells > 1 { cell * (finite.len() - 1) / (cells - 1) } else { 0 }]);
            let height = if high > low { (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0) } else { 0.0 };
            BARS[((height * 7.0).round() as usize).min(7)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases =
            [(0.5, "0.5"), (1.0, "1"), (1.25e-7, "1.25e-7"), (123456.0, "123456"), (-0.001, "-0.001")];
        for (value, text) in cases {
            assert_eq!(float(value, 6), text);
        }
        assert_eq!((float(f64::NAN, 6), float(f64::NEG_INFINITY, 6)), ("NaN".into(), "-inf".into()));
        assert_eq!((float(999_999.9, 4), float(1e300, 3)), ("1000000".into(), "1e300".into()));
        assert_eq!((count(0), count(999), count(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
    }

    #[test]
    fn times_and_sizes_are_rough() {
        assert_eq!(duration(999), "999ms");
        assert_eq!(duration(61_500), "1m01s");
        assert_eq!(duration(3_600_000 * 25), "1d01h");
        assert_eq!(
            (bytes(0), bytes(1536), bytes(1 << 20)),
            ("0 B".into(), "1.5 KiB".into(), "1.0 MiB".into())
        );
        assert_eq!(ago(0, 59_000_000), "59s ago");
    }

    #[test]
    fn a_curve_fits_its_width() {
        assert_eq!(sparkline(&[0.0, 1.0], 8), "▁█");
        assert_eq!(sparkline(&[1.0, f64::NAN, 1e-3, 1e-6], 3), "█▅▁");
        assert_eq!((sparkline(&[], 8).as_str(), sparkline(&[f64::NAN], 8).as_str()), ("", ""));
        assert_eq!(sparkline(&[2.0], 8), "▁");
    }
}
