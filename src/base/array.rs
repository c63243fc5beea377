//! Arrays in a caller's memory: element type, shape, strides, order.

use std::borrow::Cow;
use std::num::NonZeroU16;

use crate::base::error::{Error, ErrorKind, Result};

/// The element types that numpy and the store share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DType {
    /// One byte, 0 or 1.
    Bool,
    /// Signed, 8 bits.
    Int8,
    /// Signed, 16 bits.
    Int16,
    /// Signed, 32 bits.
    Int32,
    /// Signed, 64 bits.
    Int64,
    /// Unsigned, 8 bits.
    UInt8,
    /// Unsigned, 16 bits.
    UInt16,
    /// Unsigned, 32 bits.
    UInt32,
    /// Unsigned, 64 bits.
    UInt64,
    /// IEEE single precision.
    Float32,
    /// IEEE double precision.
    Float64,
    /// Two singles: real, imaginary.
    Complex64,
    /// Two doubles: real, imaginary.
    Complex128,
    /// IEEE half precision.
    Float16,
    /// Strings of so many bytes. One that is shorter has NULs after it.
    Bytes(NonZeroU16),
}

use DType::*;

/// type, the C interface's number, numpy's name, numpy's type string without the byte order, size in bytes
const DTYPES: [(DType, i32, &str, &str, usize); 14] = [
    (Bool, 1, "bool", "b1", 1),
    (Int8, 2, "int8", "i1", 1),
    (Int16, 3, "int16", "i2", 2),
    (Int32, 4, "int32", "i4", 4),
    (Int64, 5, "int64", "i8", 8),
    (UInt8, 6, "uint8", "u1", 1),
    (UInt16, 7, "uint16", "u2", 2),
    (UInt32, 8, "uint32", "u4", 4),
    (UInt64, 9, "uint64", "u8", 8),
    (Float32, 10, "float32", "f4", 4),
    (Float64, 11, "float64", "f8", 8),
    (Complex64, 12, "complex64", "c8", 8),
    (Complex128, 13, "complex128", "c16", 16),
    (Float16, 14, "float16", "f2", 2),
];

/// The number of strings, to which that of their bytes is added.
pub(crate) const BYTES: i32 = 0x1_0000;

impl DType {
    /// The type with this number, if there is one.
    pub fn from_number(number: i32) -> Option<Self> {
        let plain = DTYPES.iter().find(|row| row.1 == number).map(|row| row.0);
        let length = || u16::try_from(number.checked_sub(BYTES)?).ok().and_then(NonZeroU16::new);
        plain.or_else(|| length().map(Bytes))
    }

    /// Its number in the C interface and in journals.
    pub fn number(self) -> i32 {
        match self {
            Bytes(length) => BYTES + i32::from(length.get()),
            plain => plain.row().1,
        }
    }

    /// The type with numpy's name, if we have it. Text is none: in UTF-8 it has no fixed length.
    pub fn from_name(name: &str) -> Option<Self> {
        DTYPES.iter().find(|row| row.2 == name).map(|row| row.0)
    }

    /// The type with numpy's type string, without the byte order: `f8`, `S16`.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        let plain = DTYPES.iter().find(|row| row.3 == code).map(|row| row.0);
        plain.or_else(|| code.strip_prefix('S')?.parse().ok().map(Bytes))
    }

    /// The row of a type that has one; that of one byte for strings.
    fn row(self) -> &'static (DType, i32, &'static str, &'static str, usize) {
        DTYPES.iter().find(|row| row.0 == self).unwrap_or(&DTYPES[5])
    }

    /// numpy's name: `float64`. That of strings is of those that Python has, which are text.
    pub fn name(self) -> Cow<'static, str> {
        match self {
            Bytes(length) => format!("<U{length}").into(),
            plain => plain.row().2.into(),
        }
    }

    /// The type in a .npy header: `<f8`, `|u1`, `|S16`.
    pub fn descr(self) -> String {
        if let Bytes(length) = self {
            return format!("|S{length}");
        }
        let order = match (self.size(), cfg!(target_endian = "little")) {
            (1, _) => '|',
            (_, true) => '<',
            (_, false) => '>',
        };
        format!("{order}{}", self.row().3)
    }

    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Bytes(length) => length.get().into(),
            plain => plain.row().4,
        }
    }
}

/// The bits of the half-precision number that is `value`; where there is none, of the one below it.
pub(crate) fn half_bits(value: f64) -> u16 {
    let bits = (value as f32).to_bits();
    let (sign, exponent) = ((bits >> 16 & 0x8000) as u16, (bits >> 23 & 0xff) as i32 - 112);
    let fraction = bits & 0x7f_ffff;
    sign | match exponent {
        143 if fraction != 0 => 0x7e00,
        31.. => 0x7c00,
        1.. => (exponent as u16) << 10 | (fraction >> 13) as u16,
        // The first bit of the fraction is not hidden in those.
        -10..=0 => ((fraction | 0x80_0000) >> (14 - exponent)) as u16,
        _ => 0,
    }
}

/// A number of half precision, from its bits.
pub(crate) fn half(bits: u16) -> f64 {
    let power_of_two = |exponent: i64| f64::from_bits(((exponent + 1023) as u64) << 52);
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i64::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    sign * match exponent {
        0 => fraction * power_of_two(-24),
        0x1F if fraction == 0.0 => f64::INFINITY,
        0x1F => f64::NAN,
        _ => (1024.0 + fraction) * power_of_two(exponent - 25),
    }
}

/// Which index varies slowest in contiguous memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The first: C, C++, numpy's default.
    #[default]
    C = 0,
    /// The last: Fortran, Julia, R.
    F = 1,
}

/// The largest number of dimensions, numpy's old limit.
pub const MAX_NDIM: usize = 32;

/// The number of elements of `shape` and their bytes, or an error if that cannot be memory.
pub fn extent(dtype: DType, shape: &[u64]) -> Result<(usize, usize)> {
    if shape.len() > MAX_NDIM {
        return Err(Error::new(
            ErrorKind::Value,
            format!("shape has {} dimensions; at most {MAX_NDIM} are possible", shape.len()),
        ));
    }
    // The non-zero extents alone must fit, as with numpy, so that strides always do.
    let bytes = shape
        .iter()
        .filter(|extent| **extent != 0)
        .try_fold(dtype.size() as u64, |bytes, extent| bytes.checked_mul(*extent))
        .filter(|bytes| *bytes <= (isize::MAX as u64) / 4);
    let Some(bytes) = bytes else {
        return Err(Error::new(
            ErrorKind::Value,
            format!("shape {shape:?} of {} is too large: its size in bytes overflows", dtype.name()),
        ));
    };
    if shape.contains(&0) {
        return Ok((0, 0));
    }
    Ok((bytes as usize / dtype.size(), bytes as usize))
}

/// An array that somebody else owns, read while the view lives.
#[derive(Debug, Clone, Copy)]
pub struct ArrayView<'a> {
    data: *const u8,
    dtype: DType,
    order: Order,
    shape: &'a [u64],
    strides: Option<&'a [i64]>,
}

impl<'a> ArrayView<'a> {
    /// A view of contiguous elements in `order`.
    ///
    /// # Errors
    /// When `bytes` is not exactly what the shape and type need.
    pub fn contiguous(bytes: &'a [u8], dtype: DType, order: Order, shape: &'a [u64]) -> Result<Self> {
        let (_, need) = extent(dtype, shape)?;
        if bytes.len() != need {
            return Err(Error::new(
                ErrorKind::Value,
                format!("array has {} bytes; shape {shape:?} of {} needs {need}", bytes.len(), dtype.name()),
            ));
        }
        Ok(Self { data: bytes.as_ptr(), dtype, order, shape, strides: None })
    }

    /// A view of memory as C describes it. `strides` are in bytes, may be negative, and are
    /// relative to `data`, the first element.
    ///
    /// # Errors
    /// When the shape is absurd, or `data` is NULL although there are elements.
    ///
    /// # Safety
    /// Every element that shape and strides reach from `data` must be readable during `'a`.
    pub unsafe fn from_raw(
        data: *const u8,
        dtype: DType,
        order: Order,
        shape: &'a [u64],
        strides: Option<&'a [i64]>,
    ) -> Result<Self> {
        let (count, _) = extent(dtype, shape)?;
        if data.is_null() && count != 0 {
            return Err(Error::new(ErrorKind::Null, "array data is NULL"));
        }
        if let Some(strides) = strides {
            let reach = shape.iter().zip(strides).try_fold(0i64, |reach, (extent, stride)| {
                let step = i64::try_from(extent.saturating_sub(1)).ok()?.checked_mul(*stride)?;
                reach.checked_add(step.checked_abs()?)
            });
            if strides.len() != shape.len() || reach.is_none() {
                return Err(Error::new(
                    ErrorKind::Value,
                    format!(
                        "strides {strides:?} do not fit shape {shape:?}: one for each dimension, in bytes"
                    ),
                ));
            }
        }
        Ok(Self { data, dtype, order, shape, strides })
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// The extents.
    pub fn shape(&self) -> &'a [u64] {
        self.shape
    }

    /// The order of contiguous data, and the one in which a copy is stored.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        if self.shape.contains(&0) { 0 } else { self.shape.iter().product::<u64>() as usize }
    }

    /// Returns whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of all elements.
    pub fn size(&self) -> usize {
        self.len() * self.dtype.size()
    }

    /// The stride of each dimension in bytes.
    fn byte_strides(&self) -> Vec<i64> {
        match self.strides {
            Some(strides) => strides.to_vec(),
            None => contiguous_strides(self.dtype, self.order, self.shape),
        }
    }

    /// The elements as they lie, if they are contiguous in `order`.
    pub fn as_bytes(&self, order: Order) -> Option<&'a [u8]> {
        if self.is_empty() {
            return Some(&[]);
        }
        let wanted = contiguous_strides(self.dtype, order, self.shape);
        let fits = self
            .byte_strides()
            .iter()
            .zip(&wanted)
            .zip(self.shape)
            .all(|((have, want), extent)| *extent == 1 || have == want);
        // SAFETY: contiguous in `order`, so the elements are size() bytes from `data`, readable for 'a.
        fits.then(|| unsafe { std::slice::from_raw_parts(self.data, self.size()) })
    }

    /// Hands the elements to `sink` in `order`, in contiguous pieces of at most a few hundred KiB
    /// where they have to be gathered, or in one piece where they lie so already.
    ///
    /// # Errors
    /// Whatever `sink` returns.
    pub fn gather(&self, order: Order, mut sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if let Some(bytes) = self.as_bytes(order) {
            return sink(bytes);
        }
        let size = self.dtype.size();
        let strides = self.byte_strides();
        // The dimensions from the slowest to the fastest of the wanted order.
        let dims: Vec<usize> = match order {
            Order::C => (0..self.shape.len()).collect(),
            Order::F => (0..self.shape.len()).rev().collect(),
        };
        let (Some((&inner, outer)), count) = (dims.split_last(), self.len()) else {
            return Ok(());
        };
        let mut buffer = Vec::with_capacity((256 << 10).min(count * size));
        let mut index = vec![0u64; self.shape.len()];
        let (extent, stride) = (self.shape[inner], strides[inner]);
        loop {
            let row: i64 = outer.iter().map(|&dim| index[dim] as i64 * strides[dim]).sum();
            for column in 0..extent as i64 {
                // SAFETY: the offset is that of an element of the view, which is readable.
                let element = unsafe {
                    std::slice::from_raw_parts(self.data.offset((row + column * stride) as isize), size)
                };
                buffer.extend_from_slice(element);
                if buffer.len() + size > 256 << 10 {
                    sink(&buffer)?;
                    buffer.clear();
                }
            }
            let mut dim = outer.len();
            loop {
                if dim == 0 {
                    return if buffer.is_empty() { Ok(()) } else { sink(&buffer) };
                }
                dim -= 1;
                index[outer[dim]] += 1;
                if index[outer[dim]] < self.shape[outer[dim]] {
                    break;
                }
                index[outer[dim]] = 0;
            }
        }
    }

    /// A copy of the elements, contiguous in `order`.
    pub fn to_vec(&self, order: Order) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size());
        let gathered = self.gather(order, |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        });
        debug_assert!(gathered.is_ok());
        bytes
    }
}

fn contiguous_strides(dtype: DType, order: Order, shape: &[u64]) -> Vec<i64> {
    let mut strides = vec![0; shape.len()];
    let mut stride = dtype.size() as i64;
    let mut set = |dim: usize| {
        strides[dim] = stride;
        stride *= shape[dim].max(1) as i64;
    };
    match order {
        Order::C => (0..shape.len()).rev().for_each(&mut set),
        Order::F => (0..shape.len()).for_each(&mut set),
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(values: &[i32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_ne_bytes()).collect()
    }

    #[test]
    fn gathers_any_order_and_stride() {
        let memory = bytes(&[0, 1, 2, 3, 4, 5]);
        let shape = [2, 3];
        let c = ArrayView::contiguous(&memory, Int32, Order::C, &shape).unwrap();
        assert_eq!(c.to_vec(Order::C), memory);
        assert_eq!(c.to_vec(Order::F), bytes(&[0, 3, 1, 4, 2, 5]));
        let f = ArrayView::contiguous(&memory, Int32, Order::F, &shape).unwrap();
        assert_eq!(f.to_vec(Order::F), memory);
        assert_eq!(f.to_vec(Order::C), bytes(&[0, 2, 4, 1, 3, 5]));
        // Every second column, backwards, from the last element of the first row.
        // SAFETY: reaches elements 2, 0, 5 and 3 of `memory`.
        let strided = unsafe {
            ArrayView::from_raw(memory.as_ptr().wrapping_add(8), Int32, Order::C, &[2, 2], Some(&[12, -8]))
                .unwrap()
        };
        assert_eq!(strided.to_vec(Order::C), bytes(&[2, 0, 5, 3]));
        assert_eq!(strided.to_vec(Order::F), bytes(&[2, 5, 0, 3]));
    }

    #[test]
    fn gathers_large_arrays_in_pieces() {
        let values: Vec<i32> = (0..300_000).collect();
        let memory = bytes(&values);
        let view = ArrayView::contiguous(&memory, Int32, Order::F, &[300, 1000]).unwrap();
        let back = ArrayView::contiguous(&memory, Int32, Order::C, &[1000, 300]).unwrap();
        assert_eq!(view.to_vec(Order::C), back.to_vec(Order::F));
    }

    #[test]
    fn empty_and_scalar_arrays_are_arrays() {
        let view = ArrayView::contiguous(&[], Float64, Order::C, &[3, 0]).unwrap();
        assert!(view.is_empty() && view.to_vec(Order::F).is_empty());
        let one = 1f64.to_ne_bytes();
        assert_eq!(ArrayView::contiguous(&one, Float64, Order::C, &[]).unwrap().to_vec(Order::F), one);
    }

    #[test]
    fn absurd_shapes_are_refused() {
        for shape in [&[u64::MAX][..], &[1 << 40, 1 << 40], &[0, u64::MAX], &[1; 33]] {
            assert_eq!(extent(Float64, shape).unwrap_err().kind(), ErrorKind::Value, "{shape:?}");
        }
        assert!(ArrayView::contiguous(&[0; 7], Float64, Order::C, &[1]).is_err());
        // SAFETY: refused before anything is read.
        let view = unsafe { ArrayView::from_raw(std::ptr::null(), Int8, Order::C, &[1], None) };
        assert_eq!(view.unwrap_err().kind(), ErrorKind::Null);
        // SAFETY: as above.
        let view =
            unsafe { ArrayView::from_raw([1].as_ptr(), Int8, Order::C, &[9, 9], Some(&[i64::MAX, 1])) };
        assert_eq!(view.unwrap_err().kind(), ErrorKind::Value);
    }

    #[test]
    fn every_dtype_has_its_number() {
        for (index, row) in DTYPES.iter().enumerate() {
            assert_eq!(row.1 as usize, index + 1);
            assert_eq!((DType::from_number(row.1), row.0.number()), (Some(row.0), row.1));
        }
        for number in [i32::MIN, -1, 0, 15, BYTES, BYTES + 65536, i32::MAX] {
            assert_eq!(DType::from_number(number), None, "{number}");
        }
        for length in [1, 16, 65535] {
            let dtype = DType::from_number(BYTES + length).unwrap();
            assert_eq!((dtype.number(), dtype.size()), (BYTES + length, length as usize));
            assert_eq!(
                (dtype.descr(), dtype.name().into_owned()),
                (format!("|S{length}"), format!("<U{length}"))
            );
        }
        assert_eq!(
            (Float64.descr(), Bool.descr(), Float16.descr()),
            ("<f8".into(), "|b1".into(), "<f2".into())
        );
    }

    #[test]
    fn halves_are_numbers() {
        for (bits, value) in [
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x7BFF, 65504.0),
            (0x0400, 6.103515625e-5),
            (0x0001, 5.960464477539063e-8),
            (0x3555, 0.333251953125),
            (0xFC00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value);
        }
        assert!(half(0x7E01).is_nan() && half(0x8000).is_sign_negative() && half(0x8000) == 0.0);
    }

    #[test]
    fn half_precision_goes_there_and_back() {
        for bits in (0..=u16::MAX).filter(|bits| !half(*bits).is_nan()) {
            assert_eq!(half_bits(half(bits)), bits);
        }
        assert!(half(half_bits(f64::NAN)).is_nan());
    }
}
