//! Two numbers, compared: within a tolerance, and how far they are from each other.

use crate::format;

/// How far two numbers may be from each other: `atol + rtol * max(|a|, |b|)`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tolerance {
    /// Relative to the larger one.
    pub relative: f64,
    /// Absolute.
    pub absolute: f64,
}

impl Tolerance {
    /// Returns true if the numbers are as good as equal. NaN equals NaN; an infinity equals itself alone.
    pub fn holds(self, a: f64, b: f64) -> bool {
        if a == b || a.is_nan() && b.is_nan() {
            return true;
        }
        let distance = (a - b).abs();
        distance.is_finite() && distance <= self.absolute + self.relative * a.abs().max(b.abs())
    }
}

/// How far two numbers are from each other; infinitely where one alone is NaN.
pub fn distance(a: f64, b: f64) -> f64 {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => 0.0,
        (false, false) if a == b => 0.0,
        (false, false) => (a - b).abs(),
        _ => f64::INFINITY,
    }
}

/// The distance relative to the larger one.
pub fn relative(a: f64, b: f64) -> f64 {
    match distance(a, b) {
        0.0 => 0.0,
        distance if distance.is_infinite() => distance,
        distance => distance / a.abs().max(b.abs()),
    }
}

/// How many floats are between two, and one: 1 for neighbours. Nothing where one is not finite.
pub fn ulps(a: f64, b: f64) -> Option<u64> {
    // Floats are in order as integers, but for those below zero.
    let ordered = |value: f64| match value.to_bits() as i64 {
        bits if bits < 0 => i64::MIN.wrapping_sub(bits),
        bits => bits,
    };
    (a.is_finite() && b.is_finite()).then(|| ordered(a).abs_diff(ordered(b)))
}

/// How far two numbers are from each other, in words: `3 ulp, 6.7e-16 relative`.
pub fn apart(a: f64, b: f64) -> String {
    match ulps(a, b) {
        Some(ulps) if ulps < 1_000_000 => {
            format!("{ulps} ulp, {} relative", format::float(relative(a, b), 2))
        }
        Some(_) => format!("{} relative", format::float(relative(a, b), 2)),
        None => "not both finite".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_in_floats() {
        assert_eq!(ulps(1.0, f64::from_bits(1.0_f64.to_bits() + 3)), Some(3));
        assert_eq!((ulps(0.0, -0.0), ulps(-f64::from_bits(1), f64::from_bits(1))), (Some(0), Some(2)));
        assert!(ulps(f64::MIN, f64::MAX).is_some());
        assert_eq!(ulps(1.0, f64::NAN), None);
    }

    #[test]
    fn a_tolerance_holds_up_to_its_end() {
        let exact = Tolerance::default();
        assert!(
            exact.holds(f64::NAN, f64::NAN)
                && exact.holds(0.0, -0.0)
                && exact.holds(f64::INFINITY, f64::INFINITY)
        );
        let wide = Tolerance { relative: 0.1, absolute: 1.0 };
        assert!(wide.holds(100.0, 110.0) && !wide.holds(100.0, 120.0) && wide.holds(0.0, 1.0));
        for (a, b) in [(f64::NAN, 1.0), (f64::INFINITY, 1.0), (f64::INFINITY, f64::NEG_INFINITY)] {
            assert!(!Tolerance { relative: 1e300, absolute: 1e300 }.holds(a, b));
        }
    }
}
