//! The cells of a field: their range, and the palette entries of the pixels that show them.

use super::{LEVELS, NAN, refuse};
use crate::base::array::{ArrayView, DType, Order, half};
use crate::base::chunks::chunks;
use crate::base::error::Result;

/// How many rows and columns of cells share a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
}

/// The rows and columns of a field.
///
/// # Errors
/// When it is no field of real numbers.
pub fn sides(field: &ArrayView) -> Result<(usize, usize)> {
    let &[rows, columns] = field.shape() else {
        return Err(refuse(format!("field has {} dimensions; a picture needs 2", field.shape().len())));
    };
    if matches!(field.dtype(), DType::Complex64 | DType::Complex128 | DType::Bytes(_)) {
        return Err(refuse(format!("field is {}; a picture needs real numbers", field.dtype().name())));
    }
    if field.is_empty() {
        return Err(refuse(format!("field of {rows} by {columns} has no cells")));
    }
    Ok((rows as usize, columns as usize))
}

/// The least and the greatest of the finite values (of the finite positive ones, if `logarithmic`):
/// the automatic range of a picture. None when there are none.
///
/// # Errors
/// [`ErrorKind::Value`] when `field` is not 2-dimensional, or has no cells, or complex ones.
pub fn range_of(field: &ArrayView, logarithmic: bool) -> Result<Option<(f64, f64)>> {
    sides(field)?;
    let least = if logarithmic { f64::from_bits(1) } else { f64::MIN };
    let mut range = (f64::INFINITY, f64::NEG_INFINITY);
    visit(field, |values| {
        for &value in values {
            // Without branches, and without the care that f64::min takes of NaN.
            let counts = value >= least && value <= f64::MAX;
            range.0 = if counts && value < range.0 { value } else { range.0 };
            range.1 = if counts && value > range.1 { value } else { range.1 };
        }
    })?;
    Ok(Some(range).filter(|(vmin, vmax)| vmin <= vmax))
}

/// From values to palette entries.
pub struct Levels {
    /// The values of the first colour and of the last one.
    pub range: (f64, f64),
    /// True if colours go by the logarithm.
    pub logarithmic: bool,
    low: f64,
    high: f64,
}

impl Levels {
    /// Palette entries of values from `vmin` to `vmax`, which are NaN where there is no range.
    pub fn new(vmin: f64, vmax: f64, logarithmic: bool) -> Self {
        let mut levels = Self { range: (vmin, vmax), logarithmic, low: 0.0, high: 0.0 };
        (levels.low, levels.high) = (levels.position(vmin), levels.position(vmax));
        levels
    }

    fn position(&self, value: f64) -> f64 {
        match self.logarithmic {
            true if value > 0.0 => value.ln(),
            true => f64::NAN,
            // Half of it, so that the widest range is a number too.
            false => value / 2.0,
        }
    }

    /// The entry at this share of the way from the range's beginning to its end.
    pub fn level_at(&self, share: f64) -> u8 {
        let share = if self.low < self.high { share } else { 0.5 };
        (share * (LEVELS - 1) as f64 + 0.5) as u8
    }

    fn level(&self, value: f64) -> u8 {
        let position = self.position(value);
        if position.is_nan() {
            return NAN;
        }
        let top = (LEVELS - 1) as f64;
        if self.low < self.high {
            let share = (position - self.low) / (self.high - self.low);
            return (share * top + 0.5).clamp(0.0, top) as u8;
        }
        // One value only: it is the middle. Without any range, what is drawn is infinite.
        if position > self.high || value == f64::INFINITY {
            top as u8
        } else if position < self.low || value == f64::NEG_INFINITY {
            0
        } else {
            (top / 2.0) as u8
        }
    }
}

/// The palette entries of the pixels, in C order: of each cell, or of what `steps` puts together.
///
/// # Errors
/// When it is no field of real numbers.
pub fn levels_of(field: &ArrayView, steps: Steps, levels: &Levels) -> Result<Vec<u8>> {
    let (rows, columns) = sides(field)?;
    let kept_columns = columns.div_ceil(steps.columns);
    let mut pixels = vec![NAN; rows.div_ceil(steps.rows) * kept_columns];
    // In the order in which `visit` goes: the slow index and the fast one.
    let (slow, fast) = match visit_order(field) {
        Order::C => (
            Axis { cells: rows, step: steps.rows, stride: kept_columns },
            Axis { cells: columns, step: steps.columns, stride: 1 },
        ),
        Order::F => (
            Axis { cells: columns, step: steps.columns, stride: 1 },
            Axis { cells: rows, step: steps.rows, stride: kept_columns },
        ),
    };
    if (slow.step, fast.step) == (1, 1) {
        let (mut at, mut index) = (0, 0);
        visit(field, |values| {
            for &value in values {
                pixels[at + index * fast.stride] = levels.level(value);
                index += 1;
                if index == fast.cells {
                    (at, index) = (at + slow.stride, 0);
                }
            }
        })?;
    } else {
        pool(field, slow, fast, levels, &mut pixels)?;
    }
    Ok(pixels)
}

/// An index of a field: how many cells it counts, how many of them share a pixel, and how far one pixel
/// is from the next.
#[derive(Clone, Copy)]
struct Axis {
    cells: usize,
    step: usize,
    stride: usize,
}

/// Fills `pixels`, of which each is several cells.
fn pool(field: &ArrayView, slow: Axis, fast: Axis, levels: &Levels, pixels: &mut [u8]) -> Result<()> {
    // Of one line of pixels at a time.
    let mut blocks = vec![Block::EMPTY; fast.cells.div_ceil(fast.step)];
    let (mut line, mut index) = (0, 0);
    visit(field, |mut values| {
        while !values.is_empty() {
            let end = (index + fast.step - index % fast.step).min(fast.cells);
            let (now, rest) = values.split_at(values.len().min(end - index));
            blocks[index / fast.step].add(now, levels.logarithmic);
            (values, index) = (rest, index + now.len());
            if index < fast.cells {
                continue;
            }
            (line, index) = (line + 1, 0);
            if line % slow.step == 0 || line == slow.cells {
                let start = (line - 1) / slow.step * slow.stride;
                for (at, block) in blocks.iter_mut().enumerate() {
                    pixels[start + at * fast.stride] = levels.level(block.shown());
                    *block = Block::EMPTY;
                }
            }
        }
    })
}

/// Cells that share a pixel.
#[derive(Clone, Copy)]
struct Block {
    least: f64,
    most: f64,
    /// Of the finite ones, made so small that it is finite.
    sum: f64,
    finite: u64,
}

/// So small that the sum of as many of the largest numbers as memory can hold is finite.
const SMALL: f64 = 1.0 / (1u128 << 64) as f64;

impl Block {
    const EMPTY: Self = Self { least: f64::INFINITY, most: f64::NEG_INFINITY, sum: 0.0, finite: 0 };

    fn add(&mut self, values: &[f64], logarithmic: bool) {
        for &value in values {
            // NaN is in no comparison.
            if logarithmic && value <= 0.0 {
                continue;
            }
            self.least = if value < self.least { value } else { self.least };
            self.most = if value > self.most { value } else { self.most };
            if value.is_finite() {
                self.sum += value * SMALL;
                self.finite += 1;
            }
        }
    }

    /// The value furthest from the mean; NaN of no values.
    fn shown(&self) -> f64 {
        if self.most < self.least {
            return f64::NAN;
        }
        if self.most == f64::INFINITY || self.least == f64::NEG_INFINITY {
            return if self.most == f64::INFINITY { self.most } else { self.least };
        }
        // In small numbers, so that no difference is infinite.
        let mean = self.sum / self.finite as f64;
        let is_most = self.most * SMALL - mean >= mean - self.least * SMALL;
        if is_most { self.most } else { self.least }
    }
}

/// The order in which the cells lie, where they lie in one.
fn visit_order(field: &ArrayView) -> Order {
    if field.as_bytes(Order::F).is_some() && field.as_bytes(Order::C).is_none() { Order::F } else { Order::C }
}

/// Hands all cells to `take` as floats, in `visit_order` and in pieces.
fn visit(field: &ArrayView, mut take: impl FnMut(&[f64])) -> Result<()> {
    let mut values = Vec::with_capacity(1024);
    macro_rules! cells {
        ($bytes:expr, $type:ty) => {
            for cells in $bytes.chunks(1024 * size_of::<$type>()) {
                values.clear();
                values.extend(chunks(cells).map(|cell| <$type>::from_ne_bytes(cell) as f64));
                take(&values);
            }
        };
    }
    field.gather(visit_order(field), |bytes| {
        match field.dtype() {
            DType::Bool => {
                for cells in bytes.chunks(1024) {
                    values.clear();
                    values.extend(cells.iter().map(|cell| f64::from(u8::from(*cell != 0))));
                    take(&values);
                }
            }
            DType::Int8 => cells!(bytes, i8),
            DType::Int16 => cells!(bytes, i16),
            DType::Int32 => cells!(bytes, i32),
            DType::Int64 => cells!(bytes, i64),
            DType::UInt8 => cells!(bytes, u8),
            DType::UInt16 => cells!(bytes, u16),
            DType::UInt32 => cells!(bytes, u32),
            DType::UInt64 => cells!(bytes, u64),
            DType::Float32 => cells!(bytes, f32),
            DType::Float64 => cells!(bytes, f64),
            DType::Float16 => {
                for cells in bytes.chunks(1024 * size_of::<u16>()) {
                    values.clear();
                    values.extend(chunks(cells).map(|cell| half(u16::from_ne_bytes(cell))));
                    take(&values);
                }
            }
            DType::Complex64 | DType::Complex128 | DType::Bytes(_) => {
                return Err(refuse(format!(
                    "field is {}; a picture needs real numbers",
                    field.dtype().name()
                )));
            }
        }
        Ok(())
    })
}
