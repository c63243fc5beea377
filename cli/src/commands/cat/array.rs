//! An array as numbers, as CSV, as JSON and as a picture.

use metalab::read::Array;
use serde_json::{Value, json};

use crate::content;
use crate::elements::{Element, Elements};
use crate::failure::{Failure, Result};
use crate::picture::Picture;

/// An array of more elements is abridged: of each dimension, so many of its beginning and of its end are shown.
const WHOLE: usize = 1000;
const EDGE: u64 = 3;

/// Adds an array as numbers to `text`: a large one abridged.
pub fn abridged(title: &str, array: &Array, text: &mut Vec<u8>) {
    let elements = Elements::of(array);
    let mut lines = vec![format!("{} {}", crate::escape::line(title), content::of_array(array))];
    let edge = if elements.len() > WHOLE { EDGE } else { u64::MAX };
    let shown = Shown { elements, edge };
    let width = shown.width(&mut Vec::new());
    shown.add(&mut Vec::new(), width, &mut lines);
    text.extend((lines.join("\n") + "\n").into_bytes());
}

/// The elements of an array that are shown.
struct Shown<'a> {
    elements: Elements<'a>,
    /// How many of the beginning and of the end of a dimension.
    edge: u64,
}

impl Shown<'_> {
    /// The indices of a dimension that are shown; None is where others are left out.
    fn places(&self, dimension: usize) -> Vec<Option<u64>> {
        let extent = self.elements.shape()[dimension];
        match extent / 2 > self.edge {
            true => {
                (0..self.edge).map(Some).chain([None]).chain((extent - self.edge..extent).map(Some)).collect()
            }
            false => (0..extent).map(Some).collect(),
        }
    }

    /// The width of the widest element.
    fn width(&self, index: &mut Vec<u64>) -> usize {
        if index.len() == self.elements.shape().len() {
            return self.elements.at(index).rough().chars().count();
        }
        let mut width = 0;
        for place in self.places(index.len()).into_iter().flatten() {
            index.push(place);
            width = width.max(self.width(index));
            index.pop();
        }
        width
    }

    /// Adds the lines of the part of the array at `index`.
    fn add(&self, index: &mut Vec<u64>, width: usize, lines: &mut Vec<String>) {
        let (depth, dims) = (index.len(), self.elements.shape().len());
        if depth == dims {
            return lines.push(self.elements.at(index).rough());
        }
        if depth + 1 == dims {
            let row = self.places(depth).into_iter().map(|place| match place {
                None => "...".to_owned(),
                Some(place) => {
                    let index: Vec<u64> = index.iter().copied().chain([place]).collect();
                    format!("{:>width$}", self.elements.at(&index).rough())
                }
            });
            return lines.push(row.collect::<Vec<_>>().join("  "));
        }
        for (nth, place) in self.places(depth).into_iter().enumerate() {
            // A blank line between the tables of an array of more dimensions.
            if nth > 0 && depth + 2 < dims {
                lines.push(String::new());
            }
            match place {
                None => lines.push("...".to_owned()),
                Some(place) => {
                    index.push(place);
                    if depth + 3 == dims || depth == 0 && dims == 3 {
                        let at: Vec<String> = index.iter().map(u64::to_string).collect();
                        lines.push(format!("[{}]", at.join(", ")));
                    }
                    self.add(index, width, lines);
                    index.pop();
                }
            }
        }
    }
}

/// Adds all of an array as CSV: a line for each row. Of an array of more than two dimensions, the indices of
/// the row come first.
pub fn csv(array: &Array, text: &mut Vec<u8>) -> Result<()> {
    let elements = Elements::of(array);
    let failed = |error: csv::Error| Failure::new(format!("cannot make CSV: {error}"));
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(text);
    let shape = elements.shape();
    let columns = match shape.len() {
        0 | 1 => 1,
        dims => shape[dims - 1] as usize,
    };
    for start in (0..elements.len()).step_by(columns.max(1)) {
        let index = elements.index(start);
        let before = if shape.len() > 2 { &index[..shape.len() - 1] } else { &[] };
        let cells = (start..start + columns).map(|at| raw(&elements.in_c_order(at)));
        writer.write_record(before.iter().map(u64::to_string).chain(cells)).map_err(failed)?;
    }
    writer.flush().map_err(|error| Failure::new(format!("cannot make CSV: {error}")))
}

/// The text of an element, a text as it is.
fn raw(element: &Element) -> String {
    match element {
        Element::Text(text) => text.clone(),
        other => other.text(),
    }
}

/// All of an array as JSON: lists in lists.
pub fn json(array: &Array) -> Value {
    let elements = Elements::of(array);
    json!({
        "dtype": array.dtype().name(),
        "shape": array.shape(),
        "data": nested(elements, &mut Vec::new()),
    })
}

fn nested(elements: Elements<'_>, index: &mut Vec<u64>) -> Value {
    if index.len() == elements.shape().len() {
        return value(&elements.at(index));
    }
    let extent = elements.shape()[index.len()];
    let within = |place| {
        index.push(place);
        let found = nested(elements, index);
        index.pop();
        found
    };
    (0..extent).map(within).collect()
}

/// An element as JSON; a complex number is a text.
pub fn value(element: &Element) -> Value {
    match element {
        Element::Bool(value) => (*value).into(),
        Element::Int(value) => match i64::try_from(*value) {
            Ok(value) => value.into(),
            Err(_) => u64::try_from(*value).map_or_else(|_| value.to_string().into(), Value::from),
        },
        Element::Single(value) => crate::json::float(f64::from(*value)),
        Element::Float(value) => crate::json::float(*value),
        Element::Complex(..) => element.text().into(),
        Element::Text(text) => text.clone().into(),
    }
}

/// A picture of an array of two dimensions; of those of one element more or less are not counted.
pub fn picture(name: &str, array: &Array) -> Result<Picture> {
    let elements = Elements::of(array);
    let counting: Vec<usize> =
        (0..elements.shape().len()).filter(|dimension| elements.shape()[*dimension] != 1).collect();
    let [rows, columns] = counting.as_slice() else {
        let failure =
            Failure::new(format!("{name} is not two-dimensional: it is {}", content::of_array(array)));
        return Err(failure.advice("--stats shows its extremes and quantiles"));
    };
    let (height, width) = (elements.shape()[*rows] as usize, elements.shape()[*columns] as usize);
    Ok(Picture::of_field(width, height, &|row, column| {
        let mut index = vec![0; elements.shape().len()];
        (index[*rows], index[*columns]) = (row as u64, column as u64);
        elements.at(&index).number().unwrap_or(f64::NAN)
    }))
}
