//! Scales: the range of an axis, linear or logarithmic, and its ticks.

use super::Scaling;
use crate::format;

/// Decades from which on positive values have a logarithmic axis.
const DECADES: f64 = 100.0;

/// The range of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    pub is_log: bool,
}

impl Scale {
    /// A scale from `low` to `high`, which are finite. A range of nothing gets some room.
    pub fn new(low: f64, high: f64, scaling: Scaling) -> Self {
        let is_log = low > 0.0
            && match scaling {
                Scaling::Chosen => high / low > DECADES,
                Scaling::Linear => false,
                Scaling::Logarithmic => true,
            };
        let (low, high) = match low < high {
            true => (low, high),
            // The half of the least number is none.
            false if is_log => ((low / 2.0).max(f64::from_bits(1)), high * 2.0),
            false => {
                let room = (low.abs() / 10.0).max(if low == 0.0 { 1.0 } else { f64::MIN_POSITIVE });
                (low - room, high + room)
            }
        };
        Self { low: low.max(f64::MIN), high: high.min(f64::MAX), is_log }
    }

    /// Where a value is: 0 at the low end, 1 at the high one.
    pub fn place(&self, value: f64) -> f64 {
        let part = match self.is_log {
            true => (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln()),
            // Halves, so that no difference overflows.
            false => (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0),
        };
        if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) }
    }

    /// The value at a place.
    pub fn value(&self, place: f64) -> f64 {
        match self.is_log {
            true => (self.low.ln() + place * (self.high.ln() - self.low.ln())).exp(),
            false => 2.0 * (self.low / 2.0 + place * (self.high / 2.0 - self.low / 2.0)),
        }
    }

    /// Round values in the range, about `wanted` of them, with their labels.
    pub fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        let values = match self.is_log {
            true => self.decades(wanted),
            false => Vec::new(),
        };
        // A logarithmic axis of less than two decades has few powers of ten.
        let values = if values.len() >= 2 { values } else { self.round(wanted) };
        let step = values.windows(2).map(|two| two[1] - two[0]).fold(f64::INFINITY, f64::min);
        let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        // Digits enough to tell two ticks apart.
        let digits = match step.is_finite() && step > 0.0 && !self.is_log {
            true => ((largest / step).log10().floor() + 2.0).clamp(2.0, 15.0) as usize,
            false => 3,
        };
        values.into_iter().map(|value| (value, label(value, digits))).collect()
    }

    fn decades(&self, wanted: usize) -> Vec<f64> {
        let (first, last) = (self.low.log10().ceil() as i32, self.high.log10().floor() as i32);
        let every = ((last - first) / wanted.max(1) as i32 + 1).max(1);
        (first..=last)
            .filter(|power| power.rem_euclid(every) == 0)
            .map(|power| 10_f64.powi(power))
            .filter(|value| (self.low..=self.high).contains(value))
            .collect()
    }

    fn round(&self, wanted: usize) -> Vec<f64> {
        let rough = (self.high / 2.0 - self.low / 2.0) / wanted.max(1) as f64 * 2.0;
        if !rough.is_finite() || rough <= 0.0 {
            return vec![self.low, self.high];
        }
        let power = 10_f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|part| part * power).into_iter().find(|step| *step >= rough * 0.999);
        let step = step.unwrap_or(rough);
        let first = (self.low / step).ceil();
        let ticks = (0..=2 * wanted as i64).map(|index| (first + index as f64) * step);
        ticks.take_while(|value| *value <= self.high + step * 1e-9).map(|value| value + 0.0).collect()
    }
}

/// A tick's label: `20k`, `1.5M`, `1e-7`.
fn label(value: f64, digits: usize) -> String {
    for (size, letter) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] {
        if (size..1e12).contains(&value.abs()) && value.abs() >= 10_000.0 {
            return format!("{}{letter}", format::float(value / size, digits));
        }
    }
    format::float(value, digits)
}
