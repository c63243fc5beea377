//! Two series, compared step by step.

use metalab::Value;
use metalab::read::Series;
use serde_json::json;

use super::Found;
use super::numbers::{self, Tolerance};
use crate::{curve, format, json, plain};

/// The points of two series that differ.
#[derive(Debug, Default)]
struct Differing {
    /// The places of the first one.
    first: Option<(usize, usize)>,
    /// The step of the largest relative difference, and what it is.
    largest: Option<(i64, f64)>,
    count: usize,
    /// How many steps both have.
    common: usize,
    only_in_a: usize,
    only_in_b: usize,
    /// The first step that one alone has.
    first_alone: Option<i64>,
}

/// How two series differ; nothing if they do not. Of several points at one step, each is compared with the
/// other one of the same number.
pub fn difference(a: &Series, b: &Series, tolerance: Tolerance) -> Option<Found> {
    let found = compared(a, b, tolerance);
    if found.count + found.only_in_a + found.only_in_b == 0 {
        return None;
    }
    let mut parts = Vec::new();
    let mut detail = json!({
        "points": found.count, "common": found.common,
        "only_in_a": found.only_in_a, "only_in_b": found.only_in_b,
    });
    if let Some((of_a, of_b)) = found.first {
        let (step, a, b) = (a.steps[of_a], curve::value(a, of_a), curve::value(b, of_b));
        let text = |value: &Option<Value<'_>>| value.as_ref().map_or("nothing".to_owned(), plain::value);
        let numbers = a.as_ref().and_then(curve::number).zip(b.as_ref().and_then(curve::number));
        let apart = numbers.map(|(a, b)| format!(" ({})", numbers::apart(a, b))).unwrap_or_default();
        parts.push(format!("first at step {step}: {} in A, {} in B{apart}", text(&a), text(&b)));
        let of_json =
            |value: &Option<Value<'_>>| value.as_ref().map_or(serde_json::Value::Null, json::of_value);
        detail["first"] = json!({
            "step": step, "a": of_json(&a), "b": of_json(&b),
            "ulp": numbers.and_then(|(a, b)| numbers::ulps(a, b)),
            "relative": numbers.map(|(a, b)| json::float(numbers::relative(a, b))),
        });
        let of = |count: usize| format::count(count as u64);
        parts.push(format!("{} of {} points differ", of(found.count), of(found.common)));
        if let Some((step, relative)) = found.largest.filter(|_| found.count > 1) {
            parts.push(format!("most at step {step}: {} relative", format::float(relative, 2)));
            detail["largest"] = json!({"step": step, "relative": json::float(relative)});
        }
    }
    for (count, side) in [(found.only_in_a, "A"), (found.only_in_b, "B")] {
        if count > 0 {
            parts.push(format!("{} points only in {side}", format::count(count as u64)));
        }
    }
    if let Some(step) = found.first_alone {
        parts.push(format!("the first of these at step {step}"));
        detail["first_alone"] = step.into();
    }
    Some(Found { text: parts.join("; "), detail })
}

fn compared(a: &Series, b: &Series, tolerance: Tolerance) -> Differing {
    let mut found = Differing::default();
    let (mut of_a, mut of_b) = (0, 0);
    // Of equal steps, those before are used up: the places of both go on together.
    while of_a < a.len() || of_b < b.len() {
        let (step_a, step_b) = (a.steps.get(of_a), b.steps.get(of_b));
        let order = match (step_a, step_b) {
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, _) => std::cmp::Ordering::Greater,
        };
        if order.is_ne() {
            let (count, step) = match order.is_lt() {
                true => (&mut found.only_in_a, step_a),
                false => (&mut found.only_in_b, step_b),
            };
            *count += 1;
            found.first_alone = found.first_alone.or(step.copied());
        } else {
            found.common += 1;
            found.point(a, of_a, b, of_b, tolerance);
        }
        of_a += usize::from(order.is_le());
        of_b += usize::from(order.is_ge());
    }
    found
}

impl Differing {
    /// Compares two points of one step.
    fn point(&mut self, a: &Series, of_a: usize, b: &Series, of_b: usize, tolerance: Tolerance) {
        let (value_a, value_b) = (curve::value(a, of_a), curve::value(b, of_b));
        let numbers = value_a.as_ref().and_then(curve::number).zip(value_b.as_ref().and_then(curve::number));
        let is_same = match (numbers, &value_a, &value_b) {
            (Some((x, y)), Some(Value::Scalar(a)), Some(Value::Scalar(b))) => {
                let is_exact = matches!((a, b), (metalab::Scalar::I64(_), metalab::Scalar::I64(_)))
                    && tolerance == Tolerance::default();
                if is_exact { a == b } else { tolerance.holds(x, y) }
            }
            _ => value_a == value_b,
        };
        if is_same {
            return;
        }
        self.count += 1;
        self.first = self.first.or(Some((of_a, of_b)));
        if let Some((x, y)) = numbers {
            let relative = numbers::relative(x, y);
            if self.largest.is_none_or(|(_, largest)| relative > largest) {
                self.largest = Some((a.steps[of_a], relative));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metalab::read::Values;

    fn series(points: &[(i64, f64)]) -> Series {
        Series {
            name: "s".into(),
            unit: None,
            description: None,
            axis: None,
            steps: points.iter().map(|(step, _)| *step).collect(),
            values: Values::Float(points.iter().map(|(_, value)| *value).collect()),
            valid: None,
            part_of: None,
        }
    }

    #[test]
    fn points_are_compared_step_by_step() {
        let exact = Tolerance::default();
        let a = series(&[(0, f64::NAN), (1, 1.0), (1, 2.0), (3, 4.0)]);
        assert_eq!(difference(&a, &a, exact), None);
        let b = series(&[(0, f64::NAN), (1, 1.0), (1, 2.5), (2, 0.0), (3, 8.0), (4, 1.0)]);
        let found = difference(&a, &b, exact).unwrap();
        assert!(found.text.starts_with("first at step 1: 2 in A, 2.5 in B ("), "{}", found.text);
        assert!(
            found.text.contains("2 of 4 points differ") && found.text.contains("most at step 3"),
            "{}",
            found.text
        );
        assert!(found.text.contains("2 points only in B; the first of these at step 2"), "{}", found.text);
        assert!(!found.text.contains("only in A"));
        let near = series(&[(0, f64::NAN), (1, 1.0 + 1e-12), (1, 2.0), (3, 4.0)]);
        assert_eq!(difference(&a, &near, Tolerance { relative: 1e-9, absolute: 0.0 }), None);
        assert!(difference(&a, &near, exact).unwrap().text.contains("ulp"));
        let ints = Series { values: Values::Int(vec![1, 2]), ..series(&[(0, 0.0), (1, 0.0)]) };
        assert_eq!(difference(&ints, &series(&[(0, 1.0), (1, 2.0)]), exact), None);
    }
}
