//! Fields, which are two-dimensional arrays, as pictures.

use metalab::figure::{Colormap, FieldStyle, Rendered, render_field};
use metalab::read::Array;
use metalab::{ArrayView, DType, Order};

/// The longest side of a field that is drawn cell by cell.
const SIDE: usize = 640;

/// The cells of a field that is drawn, at most: looking at more takes seconds.
const CELLS: usize = 1 << 28;

/// The field as a picture, with a colour bar; nothing if the array is no field of real numbers. Values on both
/// sides of zero have colours that show the sign.
pub fn draw(array: &Array, unit: Option<&str>) -> metalab::Result<Option<Rendered>> {
    let [rows, columns] = *array.shape() else { return Ok(None) };
    let is_number = !matches!(array.dtype(), DType::Complex64 | DType::Complex128 | DType::Bytes(_));
    if rows < 2 || columns < 2 || !is_number || array.len() > CELLS {
        return Ok(None);
    }
    match reduced(array) {
        None => colored(&array.view()?, unit).map(Some),
        Some((cells, shape)) => {
            let bytes: Vec<u8> = cells.iter().flat_map(|cell| cell.to_ne_bytes()).collect();
            colored(&ArrayView::contiguous(&bytes, DType::Float64, Order::C, &shape)?, unit).map(Some)
        }
    }
}

fn colored(field: &ArrayView<'_>, unit: Option<&str>) -> metalab::Result<Rendered> {
    let plain = render_field(field, &FieldStyle::default(), unit)?;
    let (low, high) = (plain.vmin, plain.vmax);
    let most = high.abs().max(low.abs());
    // Both sides count: not a temperature with a touch of noise below zero.
    if !(low < 0.0 && high > 0.0 && high.min(-low) > 0.1 * most) {
        return Ok(plain);
    }
    let style =
        FieldStyle { colormap: Colormap::Diverging, range: Some((-most, most)), ..FieldStyle::default() };
    render_field(field, &style, unit)
}

/// A large field with fewer cells: of each block, the value that is furthest from the block's mean, so that no
/// spike is lost. Nothing if the field is small enough.
fn reduced(array: &Array) -> Option<(Vec<f64>, [u64; 2])> {
    let [rows, columns] = [array.shape()[0] as usize, array.shape()[1] as usize];
    let (down, across) = (rows.div_ceil(SIDE), columns.div_ceil(SIDE));
    if down == 1 && across == 1 {
        return None;
    }
    let read = reader(array.dtype())?;
    let bytes = array.bytes();
    let (of_row, of_column) = match array.order() {
        Order::F => (1, rows),
        _ => (columns, 1),
    };
    let [height, width] = [rows.div_ceil(down), columns.div_ceil(across)];
    let mut cells = Vec::with_capacity(height * width);
    let mut block = Vec::with_capacity(down * across);
    for index in 0..height * width {
        let (top, left) = (index / width * down, index % width * across);
        block.clear();
        for row in top..(top + down).min(rows) {
            let of_block = left..(left + across).min(columns);
            block.extend(of_block.map(|column| read(bytes, row * of_row + column * of_column)));
        }
        cells.push(furthest(&block));
    }
    Some((cells, [height as u64, width as u64]))
}

/// The value furthest from the mean of those that are finite; NaN if none is.
fn furthest(block: &[f64]) -> f64 {
    let finite = || block.iter().copied().filter(|value| value.is_finite());
    // Of halves, so that the sum stays finite, too.
    let count = finite().count() as f64;
    let mean: f64 = finite().map(|value| value / count).sum();
    finite().max_by(|a, b| (a - mean).abs().total_cmp(&(b - mean).abs())).unwrap_or(f64::NAN)
}

/// How an element is read as a float.
type Reader = fn(&[u8], usize) -> f64;

macro_rules! readers {
    ($dtype:expr, $($name:ident => $type:ty),*) => {
        match $dtype {
            $(DType::$name => Some(|bytes, index| {
                const SIZE: usize = size_of::<$type>();
                let mut element = [0; SIZE];
                element.copy_from_slice(&bytes[index * SIZE..][..SIZE]);
                <$type>::from_ne_bytes(element) as f64
            }),)*
            _ => None,
        }
    };
}

/// The reader of a type; nothing for one that Rust has no number for.
fn reader(dtype: DType) -> Option<Reader> {
    readers!(
        dtype, Bool => u8, Int8 => i8, Int16 => i16, Int32 => i32, Int64 => i64, UInt8 => u8, UInt16 => u16,
        UInt32 => u32, UInt64 => u64, Float32 => f32, Float64 => f64
    )
}

/// The elements of a one-dimensional array of real numbers.
pub fn row(array: &Array) -> Option<Vec<f64>> {
    let [length] = *array.shape() else { return None };
    let read = reader(array.dtype())?;
    Some((0..length as usize).map(|index| read(array.bytes(), index)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_shows_its_spike() {
        assert_eq!(furthest(&[1.0, 1.5, -9.0, f64::NAN]), -9.0);
        assert!(furthest(&[f64::NAN, f64::INFINITY]).is_nan());
        assert_eq!(furthest(&[f64::MAX, f64::MAX]), f64::MAX);
        let read = reader(DType::Int16).unwrap();
        let bytes: Vec<u8> = [1_i16, -2].iter().flat_map(|value| value.to_ne_bytes()).collect();
        assert_eq!((read(&bytes, 0), read(&bytes, 1)), (1.0, -2.0));
        assert!(reader(DType::Complex64).is_none());
    }
}
