//! The extremes, mean and quantiles of an array.

use metalab::read::Array;
use serde_json::{Value, json};

use crate::elements::{Element, Elements};
use crate::{content, escape, format};

/// The quantiles that are shown.
const QUANTILES: [f64; 5] = [0.01, 0.25, 0.5, 0.75, 0.99];

/// The figures of an array; those of a complex one are of its absolute values.
#[derive(Debug, Default)]
pub struct Stats {
    type_and_shape: String,
    elements: usize,
    nan: usize,
    plus_infinite: usize,
    minus_infinite: usize,
    /// The extremes of what is finite, and where they are.
    extremes: Option<[(Element, Vec<u64>); 2]>,
    mean: f64,
    deviation: f64,
    quantiles: Vec<(f64, f64)>,
}

impl Stats {
    /// Those of `array`.
    pub fn of(array: &Array) -> Self {
        let elements = Elements::of(array);
        let mut stats =
            Self { type_and_shape: content::of_array(array), elements: elements.len(), ..Self::default() };
        let mut finite: Vec<f64> = Vec::with_capacity(elements.len());
        let (mut least, mut greatest) = (None, None);
        for at in 0..elements.len() {
            let Some(value) = elements.in_c_order(at).number() else { continue };
            match value {
                value if value.is_nan() => stats.nan += 1,
                f64::INFINITY => stats.plus_infinite += 1,
                f64::NEG_INFINITY => stats.minus_infinite += 1,
                value => {
                    finite.push(value);
                    if least.is_none_or(|(_, least)| value < least) {
                        least = Some((at, value));
                    }
                    if greatest.is_none_or(|(_, greatest)| value > greatest) {
                        greatest = Some((at, value));
                    }
                }
            }
        }
        let place = |(at, _): (usize, f64)| (elements.in_c_order(at), elements.index(at));
        stats.extremes = least.zip(greatest).map(|(least, greatest)| [place(least), place(greatest)]);
        (stats.mean, stats.deviation) = moments(&finite);
        stats.quantiles = quantiles(&mut finite);
        stats
    }

    /// Adds them as lines.
    pub fn print(&self, title: &str, array: &Array, text: &mut Vec<u8>) {
        let mut rows = vec![
            (escape::line(title).into_owned(), self.type_and_shape.clone()),
            ("elements".to_owned(), format::count(self.elements as u64)),
            ("memory".to_owned(), format::bytes(array.bytes().len() as u64)),
            ("NaN".to_owned(), format::count(self.nan as u64)),
        ];
        if self.plus_infinite + self.minus_infinite > 0 {
            let (plus, minus) = (self.plus_infinite as u64, self.minus_infinite as u64);
            rows.push((
                "infinite".to_owned(),
                format!("{} inf, {} -inf", format::count(plus), format::count(minus)),
            ));
        }
        if let Some(extremes) = &self.extremes {
            for (name, (element, index)) in ["least", "greatest"].iter().zip(extremes) {
                rows.push(((*name).to_owned(), format!("{} at {index:?}", element.text())));
            }
            rows.push(("mean".to_owned(), format::float(self.mean, 12)));
            rows.push(("deviation".to_owned(), format::float(self.deviation, 6)));
        }
        for (quantile, value) in &self.quantiles {
            rows.push((format!("{} %", quantile * 100.0), format::float(*value, 6)));
        }
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in rows {
            text.extend(format!("{name:width$}  {value}\n").into_bytes());
        }
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        let extreme = |at: usize| {
            let (element, index) = &self.extremes.as_ref()?[at];
            Some(json!({"value": super::array::value(element), "index": index}))
        };
        let of_finite = |value: f64| self.extremes.as_ref().map(|_| crate::json::float(value));
        let quantiles: serde_json::Map<String, Value> = self
            .quantiles
            .iter()
            .map(|(quantile, value)| (quantile.to_string(), crate::json::float(*value)))
            .collect();
        json!({
            "content": self.type_and_shape, "elements": self.elements, "nan": self.nan,
            "plus_infinite": self.plus_infinite, "minus_infinite": self.minus_infinite,
            "least": extreme(0), "greatest": extreme(1),
            "mean": of_finite(self.mean), "deviation": of_finite(self.deviation), "quantiles": quantiles,
        })
    }
}

/// The mean and the standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    // One value after the other, so that no sum grows beyond what a float can be.
    let (mut mean, mut squares) = (0.0, 0.0);
    for (index, value) in values.iter().enumerate() {
        let before = value - mean;
        mean += before / (index + 1) as f64;
        squares += before * (value - mean);
    }
    (mean, (squares / values.len().max(1) as f64).sqrt())
}

/// The quantiles, between two values as far as they are from it.
fn quantiles(values: &mut [f64]) -> Vec<(f64, f64)> {
    if values.is_empty() {
        return Vec::new();
    }
    values.sort_unstable_by(f64::total_cmp);
    let at = |quantile: f64| {
        let place = quantile * (values.len() - 1) as f64;
        let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
        low + (high - low) * place.fract()
    };
    QUANTILES.iter().map(|quantile| (*quantile, at(*quantile))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_values() {
        let mut values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(quantiles(&mut values)[1], (0.25, 25.0));
        assert_eq!(quantiles(&mut [1.0, 2.0])[2], (0.5, 1.5));
        let (mean, deviation) = moments(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!((mean, deviation * deviation), (2.5, 1.25));
        assert!(quantiles(&mut []).is_empty());
    }
}
