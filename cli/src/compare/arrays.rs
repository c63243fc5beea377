//! Two arrays, compared element by element.

use metalab::read::Array;
use serde_json::json;

use super::Found;
use super::numbers::{self, Tolerance};
use crate::elements::{Element, Elements};
use crate::{content, format};

/// The elements of two arrays that differ.
#[derive(Debug, Default)]
struct Differing {
    count: usize,
    /// The place of the largest difference in C order, or in memory, and what it is.
    largest: Option<(usize, f64)>,
}

/// How two arrays differ; nothing if they do not. The order in which they lie in memory is no difference.
pub fn difference(a: &Array, b: &Array, tolerance: Tolerance) -> Option<Found> {
    if a.shape() != b.shape() || a.dtype() != b.dtype() && !(is_number(a) && is_number(b)) {
        let (of_a, of_b) = (content::of_array(a), content::of_array(b));
        let detail = json!({"content": [of_a, of_b]});
        return Some(Found { text: format!("{of_a} in A, {of_b} in B"), detail });
    }
    let is_alike = a.order() == b.order();
    if is_alike && a.dtype() == b.dtype() && a.bytes() == b.bytes() {
        return None;
    }
    let (of_a, of_b) = (Elements::of(a), Elements::of(b));
    let get =
        |elements: Elements<'_>, at| if is_alike { elements.in_memory(at) } else { elements.in_c_order(at) };
    let mut found = Differing::default();
    for at in 0..of_a.len() {
        let (x, y) = (get(of_a, at), get(of_b, at));
        let distance = match is_same(&x, &y, tolerance) {
            true => continue,
            false => apart(&x, &y),
        };
        found.count += 1;
        if found.largest.is_none_or(|(_, largest)| distance > largest) {
            found.largest = Some((at, distance));
        }
    }
    let (at, distance) = found.largest?;
    let index = if is_alike { of_a.index_in_memory(at) } else { of_a.index(at) };
    let (x, y) = (get(of_a, at), get(of_b, at));
    let how = match (&x, &y) {
        (Element::Float(x), Element::Float(y)) => format!(" ({})", numbers::apart(*x, *y)),
        _ => match (x.number(), y.number()) {
            (Some(x), Some(y)) => format!(" ({} relative)", format::float(numbers::relative(x, y), 2)),
            _ => String::new(),
        },
    };
    let text = format!(
        "{} of {} elements differ; most at {index:?}: {} in A, {} in B{how}",
        format::count(found.count as u64),
        format::count(of_a.len() as u64),
        x.text(),
        y.text()
    );
    let detail = json!({
        "count": found.count, "elements": of_a.len(), "index": index, "a": x.text(), "b": y.text(),
        "distance": crate::json::float(distance),
    });
    Some(Found { text, detail })
}

/// Returns true if the elements are numbers.
fn is_number(array: &Array) -> bool {
    !matches!(array.dtype(), metalab::DType::Bytes(_))
}

fn is_same(a: &Element, b: &Element, tolerance: Tolerance) -> bool {
    match (a, b) {
        (Element::Int(x), Element::Int(y)) if tolerance == Tolerance::default() => x == y,
        (Element::Complex(x, i), Element::Complex(y, j)) => {
            tolerance.holds(*x, *y) && tolerance.holds(*i, *j)
        }
        (Element::Complex(..), _) | (_, Element::Complex(..)) => false,
        (a, b) => match (a.number(), b.number()) {
            (Some(a), Some(b)) => tolerance.holds(a, b),
            _ => a == b,
        },
    }
}

/// How far two elements are from each other; infinitely, if one is no number.
fn apart(a: &Element, b: &Element) -> f64 {
    match (a, b) {
        (Element::Complex(x, i), Element::Complex(y, j)) => {
            numbers::distance(*x, *y).hypot(numbers::distance(*i, *j))
        }
        (a, b) => match (a.number(), b.number()) {
            (Some(a), Some(b)) => numbers::distance(a, b),
            _ => f64::INFINITY,
        },
    }
}
