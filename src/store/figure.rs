//! Pictures: pixels as they are, and fields of numbers through a colour map, as PNG.

use std::sync::OnceLock;

use crate::base::array::{ArrayView, DType, Order};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::memory;

/// The longest side of a picture that is made of a field.
const FIELD_SIDE: usize = 4096;
/// The longer side that automatic scaling reaches.
const VISIBLE_SIDE: usize = 512;
/// The longest side of a picture that is given as pixels.
const PIXEL_SIDE: u32 = 65535;

/// Palette entries 0 to 254 are the map from low to high; the last is for NaN.
const LEVELS: usize = 255;
const NAN: u8 = 255;

/// From numbers to colours. The numbers are the C interface's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colormap {
    /// Dark violet over green to yellow; NaN is light grey.
    #[default]
    Viridis = 0,
    /// Black over magenta to pale yellow; NaN is green.
    Magma = 1,
    /// Blue over white to red, for what has a middle; NaN is green.
    Diverging = 2,
    /// Black to white; NaN is magenta.
    Gray = 3,
}

impl Colormap {
    /// The map with this number, if there is one.
    pub fn from_number(number: i32) -> Option<Self> {
        [Self::Viridis, Self::Magma, Self::Diverging, Self::Gray]
            .into_iter()
            .find(|colormap| *colormap as i32 == number)
    }

    fn color(self, level: usize) -> [u8; 3] {
        let color = match self {
            Self::Viridis => colorous::VIRIDIS.eval_rational(level, LEVELS),
            Self::Magma => colorous::MAGMA.eval_rational(level, LEVELS),
            Self::Diverging => colorous::RED_BLUE.eval_rational(LEVELS - 1 - level, LEVELS),
            Self::Gray => return [((level * 255 + 127) / (LEVELS - 1)) as u8; 3],
        };
        color.as_array()
    }

    fn nan_color(self) -> [u8; 3] {
        match self {
            Self::Viridis => [208, 208, 208],
            Self::Magma | Self::Diverging => [0, 158, 96],
            Self::Gray => [214, 39, 140],
        }
    }

    /// 256 colours, red, green and blue of each.
    fn palette(self) -> &'static [u8] {
        static PALETTES: [OnceLock<Vec<u8>>; 4] = [const { OnceLock::new() }; 4];
        PALETTES[self as usize].get_or_init(|| {
            (0..LEVELS).map(|level| self.color(level)).chain([self.nan_color()]).flatten().collect()
        })
    }
}

/// How a field becomes a picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FieldStyle {
    /// The colours.
    pub colormap: Colormap,
    /// True if colours go by the logarithm; values that are not positive are then drawn as NaN.
    pub logarithmic: bool,
    /// True if row 0 is at the bottom instead of the top.
    pub origin_lower: bool,
    /// The values of the first and the last colour; what lies beyond has the colour of that end.
    /// None: the least and the greatest finite value (finite and positive, if logarithmic).
    pub range: Option<(f64, f64)>,
    /// Pixels per cell and side; 0: so many that the longer side has at least 512 pixels. Never so
    /// many that a side has more than 4096.
    pub scale: u32,
}

/// A field's picture.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The file.
    pub png: Vec<u8>,
    /// The value of the first colour; NaN when the range was automatic and no value has a colour.
    pub vmin: f64,
    /// The value of the last colour; NaN as `vmin`.
    pub vmax: f64,
    /// Pixels in a row.
    pub width: u32,
    /// Rows of pixels.
    pub height: u32,
}

fn refuse(problem: String) -> Error {
    Error::new(ErrorKind::Value, problem)
}

/// A PNG of pixels of 8 bits per channel, first row at the top. `channels` is 1 (grey), 3 (RGB) or
/// 4 (RGBA). `row_stride` is the bytes from one row to the next, 0 where rows follow each other
/// without a gap; the last row needs no padding.
///
/// # Errors
/// [`ErrorKind::Value`] when sides are 0 or above 65535, there are other channels, the stride is
/// shorter than a row, or `pixels` is shorter than the picture.
pub fn encode_pixels(
    pixels: &[u8],
    width: u32,
    height: u32,
    channels: u32,
    row_stride: usize,
) -> Result<Vec<u8>> {
    for (side, pixels) in [("width", width), ("height", height)] {
        if !(1..=PIXEL_SIDE).contains(&pixels) {
            return Err(refuse(format!("{side} is {pixels}; 1 to {PIXEL_SIDE} pixels are possible")));
        }
    }
    let color = match channels {
        1 => png::ColorType::Grayscale,
        3 => png::ColorType::Rgb,
        4 => png::ColorType::Rgba,
        _ => {
            return Err(refuse(format!(
                "channels is {channels}; 1 (grey), 3 (RGB) and 4 (RGBA) are possible"
            )));
        }
    };
    let (row, rows) = (width as usize * channels as usize, height as usize);
    let stride = if row_stride == 0 { row } else { row_stride };
    if stride < row {
        return Err(refuse(format!(
            "row_stride is {stride} bytes; a row of {width} pixels of {channels} channels has {row}"
        )));
    }
    let need = stride.checked_mul(rows - 1).and_then(|before| before.checked_add(row));
    let Some(pixels) = need.and_then(|need| pixels.get(..need)) else {
        return Err(refuse(format!(
            "pixels has {} bytes; {height} rows of {stride} bytes are more",
            pixels.len()
        )));
    };
    // Packed, and in the end as the image, which is hardly ever larger.
    memory::check(2 * row * rows)?;
    let mut info = png::Info::with_size(width, height);
    info.color_type = color;
    if stride == row {
        return encode(info, pixels, png::DeflateCompression::FdeflateUltraFast, png::Filter::Adaptive);
    }
    let mut packed = Vec::with_capacity(row * rows);
    pixels.chunks(stride).for_each(|padded| packed.extend_from_slice(&padded[..row]));
    encode(info, &packed, png::DeflateCompression::FdeflateUltraFast, png::Filter::Adaptive)
}

fn encode(
    mut info: png::Info<'_>,
    data: &[u8],
    compression: png::DeflateCompression,
    filter: png::Filter,
) -> Result<Vec<u8>> {
    let failed = |error: png::EncodingError| match error {
        png::EncodingError::LimitsExceeded => Error::new(ErrorKind::Memory, "cannot encode a PNG: no memory"),
        error => Error::new(ErrorKind::Io, format!("cannot encode a PNG: {error}")).caused_by(error),
    };
    info.bit_depth = png::BitDepth::Eight;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::with_info(&mut file, info).map_err(failed)?;
    encoder.set_deflate_compression(compression);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(data).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(file)
}

/// The least and the greatest of the finite values (of the finite positive ones, if `logarithmic`):
/// the automatic range of [`render_field`]. None when there are none.
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

/// A PNG of a 2-dimensional field, rows by columns, of real numbers or bools. NaN has a colour that
/// is not in the map; infinities have those of the ends.
///
/// Fields of more than 4096 cells a side are drawn with every second, third.. row and column only;
/// the automatic range is still that of all cells.
///
/// # Errors
/// [`ErrorKind::Value`] when `field` is not 2-dimensional, or has no cells, or complex ones, or when
/// the range's ends are not finite (positive, if logarithmic) or are in the wrong order.
pub fn render_field(field: &ArrayView, style: &FieldStyle) -> Result<Rendered> {
    let (rows, columns) = sides(field)?;
    let (vmin, vmax) = match style.range {
        Some(range) => check_range(range, style.logarithmic)?,
        None => range_of(field, style.logarithmic)?.unwrap_or((f64::NAN, f64::NAN)),
    };
    let step = rows.max(columns).div_ceil(FIELD_SIDE);
    let (rows, columns) = (rows.div_ceil(step), columns.div_ceil(step));

    let longer = rows.max(columns);
    let scale = match style.scale {
        0 => VISIBLE_SIDE.div_ceil(longer),
        scale => (scale as usize).min(FIELD_SIDE / longer),
    };
    let (width, height) = (columns * scale, rows * scale);
    // The cells, the picture, and it again as the image.
    memory::check(3 * width * height)?;
    let cells = sample(field, step, &Levels::new(vmin, vmax, style.logarithmic))?;
    let mut indices = Vec::with_capacity(width * height);
    for row in 0..rows {
        let row = if style.origin_lower { rows - 1 - row } else { row };
        let start = indices.len();
        for level in &cells[row * columns..][..columns] {
            indices.resize(indices.len() + scale, *level);
        }
        for _ in 1..scale {
            indices.extend_from_within(start..start + width);
        }
    }
    let mut info = png::Info::with_size(width as u32, height as u32);
    info.color_type = png::ColorType::Indexed;
    info.palette = Some(style.colormap.palette().into());
    // Measured: the levels above save a fifth of the bytes for several times the time.
    let png = encode(info, &indices, png::DeflateCompression::Level(1), png::Filter::Sub)?;
    Ok(Rendered { png, vmin, vmax, width: width as u32, height: height as u32 })
}

fn sides(field: &ArrayView) -> Result<(usize, usize)> {
    let &[rows, columns] = field.shape() else {
        return Err(refuse(format!("field has {} dimensions; a picture needs 2", field.shape().len())));
    };
    if matches!(field.dtype(), DType::Complex64 | DType::Complex128) {
        return Err(refuse(format!("field is {}; a picture needs real numbers", field.dtype().name())));
    }
    if field.is_empty() {
        return Err(refuse(format!("field of {rows} by {columns} has no cells")));
    }
    Ok((rows as usize, columns as usize))
}

fn check_range((vmin, vmax): (f64, f64), logarithmic: bool) -> Result<(f64, f64)> {
    if !(vmin.is_finite() && vmax.is_finite() && vmin <= vmax) {
        return Err(refuse(format!("vmin {vmin} and vmax {vmax} are not finite and in this order")));
    }
    if logarithmic && vmin <= 0.0 {
        return Err(refuse(format!("vmin {vmin} has no logarithm")));
    }
    Ok((vmin, vmax))
}

/// From values to palette entries.
struct Levels {
    logarithmic: bool,
    low: f64,
    high: f64,
}

impl Levels {
    fn new(vmin: f64, vmax: f64, logarithmic: bool) -> Self {
        let mut levels = Self { logarithmic, low: 0.0, high: 0.0 };
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

/// The palette entries of every `step`th row and column, in C order.
fn sample(field: &ArrayView, step: usize, levels: &Levels) -> Result<Vec<u8>> {
    let (rows, columns) = sides(field)?;
    let (kept_rows, kept_columns) = (rows.div_ceil(step), columns.div_ceil(step));
    // In the order in which `visit` goes: the slow index and the fast one.
    let fast_end = if visit_order(field) == Order::C { columns } else { rows };
    let (slow_stride, fast_stride) =
        if visit_order(field) == Order::C { (kept_columns, 1) } else { (1, kept_columns) };
    let mut cells = vec![NAN; kept_rows * kept_columns];
    let (mut slow, mut fast, mut next, mut at) = (0, 0, 0, 0);
    visit(field, |values| {
        for &value in values {
            if fast == next {
                cells[at] = levels.level(value);
                at += fast_stride;
                next += step;
            }
            fast += 1;
            if fast == fast_end {
                (slow, fast) = (slow + 1, 0);
                next = if slow % step == 0 { 0 } else { usize::MAX };
                at = slow / step * slow_stride;
            }
        }
    })?;
    Ok(cells)
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
            for cells in $bytes.as_chunks().0.chunks(1024) {
                values.clear();
                values.extend(cells.iter().map(|cell| <$type>::from_ne_bytes(*cell) as f64));
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
            DType::Complex64 | DType::Complex128 => {
                return Err(refuse("field is complex; a picture needs real numbers".to_owned()));
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Picture {
        width: usize,
        height: usize,
        pixels: Vec<u8>,
    }

    /// The picture in RGB (or as many channels as it has, if it has no palette).
    fn decode(file: &[u8]) -> Picture {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        pixels.truncate(info.buffer_size());
        Picture { width: info.width as usize, height: info.height as usize, pixels }
    }

    impl Picture {
        fn at(&self, row: usize, column: usize) -> [u8; 3] {
            let at = (row * self.width + column) * 3;
            self.pixels[at..at + 3].try_into().unwrap()
        }
    }

    fn floats(values: &[f64]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_ne_bytes()).collect()
    }

    fn render(values: &[f64], shape: [u64; 2], style: FieldStyle) -> (Rendered, Picture) {
        let bytes = floats(values);
        let field = ArrayView::contiguous(&bytes, DType::Float64, Order::C, &shape).unwrap();
        let rendered = render_field(&field, &style).unwrap();
        let picture = decode(&rendered.png);
        assert_eq!((rendered.width as usize, rendered.height as usize), (picture.width, picture.height));
        (rendered, picture)
    }

    const BLACK: [u8; 3] = [0; 3];
    const WHITE: [u8; 3] = [255; 3];
    const GRAY: FieldStyle = FieldStyle {
        colormap: Colormap::Gray,
        logarithmic: false,
        origin_lower: false,
        range: None,
        scale: 1,
    };

    fn refused<T>(result: Result<T>) -> String {
        let error = result.err().expect("accepted");
        assert_eq!(error.kind(), ErrorKind::Value);
        error.message().to_owned()
    }

    #[test]
    fn row_0_is_at_the_top_unless_the_origin_is_lower() {
        let values = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let (rendered, picture) = render(&values, [2, 3], GRAY);
        assert_eq!((rendered.vmin, rendered.vmax), (0.0, 5.0));
        assert_eq!((picture.width, picture.height), (3, 2));
        let drawn: Vec<u8> = picture.pixels.iter().step_by(3).copied().collect();
        assert_eq!(drawn, [0, 51, 102, 153, 204, 255]);
        let (_, picture) = render(&values, [2, 3], FieldStyle { origin_lower: true, ..GRAY });
        let drawn: Vec<u8> = picture.pixels.iter().step_by(3).copied().collect();
        assert_eq!(drawn, [153, 204, 255, 0, 51, 102]);
    }

    #[test]
    fn any_order_and_stride_gives_the_same_picture() {
        let memory = floats(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let c = ArrayView::contiguous(&memory, DType::Float64, Order::C, &[2, 3]).unwrap();
        let expected = render_field(&c, &GRAY).unwrap().png;
        let turned = floats(&[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        let f = ArrayView::contiguous(&turned, DType::Float64, Order::F, &[2, 3]).unwrap();
        assert_eq!(render_field(&f, &GRAY).unwrap().png, expected);
        let backward = floats(&[5.0, 4.0, 3.0, 2.0, 1.0, 0.0]);
        // SAFETY: from the last element on, all six backwards.
        let strided = unsafe {
            let last = backward[40..].as_ptr();
            ArrayView::from_raw(last, DType::Float64, Order::C, &[2, 3], Some(&[-24, -8])).unwrap()
        };
        assert_eq!(render_field(&strided, &GRAY).unwrap().png, expected);
    }

    #[test]
    fn every_real_type_is_drawn() {
        macro_rules! check {
            ($($dtype:ident $type:ty),*) => {$(
                let bytes: Vec<u8> = [1 as $type, 0 as $type].iter().flat_map(|value| value.to_ne_bytes()).collect();
                let field = ArrayView::contiguous(&bytes, DType::$dtype, Order::C, &[1, 2]).unwrap();
                let rendered = render_field(&field, &GRAY).unwrap();
                assert_eq!(decode(&rendered.png).pixels, [255, 255, 255, 0, 0, 0]);
                assert_eq!((rendered.vmin, rendered.vmax), (0.0, 1.0));
            )*};
        }
        check!(Bool u8, Int8 i8, Int16 i16, Int32 i32, Int64 i64, UInt8 u8, UInt16 u16, UInt32 u32, UInt64 u64);
        check!(Float32 f32, Float64 f64);
    }

    #[test]
    fn what_is_not_finite_is_drawn_and_does_not_set_the_range() {
        let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0, 2.0];
        let (rendered, picture) = render(&values, [1, 5], GRAY);
        assert_eq!((rendered.vmin, rendered.vmax), (1.0, 2.0));
        let colors: Vec<[u8; 3]> = (0..5).map(|column| picture.at(0, column)).collect();
        assert_eq!(colors, [Colormap::Gray.nan_color(), WHITE, BLACK, BLACK, WHITE]);

        let (rendered, picture) = render(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY], [1, 3], GRAY);
        assert!(rendered.vmin.is_nan() && rendered.vmax.is_nan());
        assert_eq!(
            [picture.at(0, 0), picture.at(0, 1), picture.at(0, 2)],
            [Colormap::Gray.nan_color(), WHITE, BLACK]
        );
    }

    #[test]
    fn a_constant_field_is_the_middle() {
        let (rendered, picture) = render(&[7.0, 7.0, f64::INFINITY, f64::NAN], [2, 2], GRAY);
        assert_eq!((rendered.vmin, rendered.vmax), (7.0, 7.0));
        assert_eq!([picture.at(0, 0), picture.at(1, 0)], [[128; 3], WHITE]);
        assert_eq!(picture.at(1, 1), Colormap::Gray.nan_color());
    }

    #[test]
    fn extreme_ranges_do_not_overflow() {
        let (rendered, picture) = render(&[f64::MIN, 0.0, f64::MAX], [1, 3], GRAY);
        assert_eq!((rendered.vmin, rendered.vmax), (f64::MIN, f64::MAX));
        assert_eq!([picture.at(0, 0), picture.at(0, 1), picture.at(0, 2)], [BLACK, [128; 3], WHITE]);
    }

    #[test]
    fn logarithms_need_positive_values() {
        let log = FieldStyle { logarithmic: true, ..GRAY };
        let (rendered, picture) = render(&[1.0, 100.0, 10.0, 0.0, -5.0, f64::INFINITY], [1, 6], log);
        assert_eq!((rendered.vmin, rendered.vmax), (1.0, 100.0));
        assert_eq!([picture.at(0, 0), picture.at(0, 1), picture.at(0, 2)], [BLACK, WHITE, [128; 3]]);
        assert_eq!(picture.at(0, 3), Colormap::Gray.nan_color());
        assert_eq!(picture.at(0, 4), Colormap::Gray.nan_color());
        assert_eq!(picture.at(0, 5), WHITE);
    }

    #[test]
    fn a_given_range_clamps() {
        let style = FieldStyle { range: Some((0.0, 1.0)), ..GRAY };
        let (rendered, picture) = render(&[-3.0, 0.5, 9.0], [1, 3], style);
        assert_eq!((rendered.vmin, rendered.vmax), (0.0, 1.0));
        assert_eq!([picture.at(0, 0), picture.at(0, 1), picture.at(0, 2)], [BLACK, [128; 3], WHITE]);
    }

    #[test]
    fn cells_are_scaled() {
        let (_, picture) = render(&[0.0, 1.0], [1, 2], FieldStyle { scale: 3, ..GRAY });
        assert_eq!((picture.width, picture.height), (6, 3));
        for row in 0..3 {
            assert_eq!([picture.at(row, 2), picture.at(row, 3)], [BLACK, WHITE]);
        }
        let (_, picture) = render(&[0.0, 1.0, 2.0], [3, 1], FieldStyle { scale: 0, ..GRAY });
        assert_eq!((picture.width, picture.height), (171, 513));
        let (_, picture) = render(&[0.0, 1.0], [1, 2], FieldStyle { scale: u32::MAX, ..GRAY });
        assert_eq!((picture.width, picture.height), (4096, 2048));
        let (_, picture) = render(&vec![0.0; 600], [1, 600], FieldStyle { scale: 0, ..GRAY });
        assert_eq!((picture.width, picture.height), (600, 1));
    }

    #[test]
    fn large_fields_are_sampled() {
        for order in [Order::C, Order::F] {
            let mut bytes = vec![0u8; 2 * 8193];
            let at = |row: usize, column: usize| {
                if order == Order::C { row * 8193 + column } else { column * 2 + row }
            };
            // One cell that is drawn, two that are not but set the range.
            bytes[at(0, 3)] = 100;
            bytes[at(0, 4)] = 200;
            bytes[at(1, 6)] = 250;
            let field = ArrayView::contiguous(&bytes, DType::UInt8, order, &[2, 8193]).unwrap();
            let rendered = render_field(&field, &GRAY).unwrap();
            let picture = decode(&rendered.png);
            assert_eq!((picture.width, picture.height), (2731, 1));
            assert_eq!(rendered.vmax, 250.0);
            let bright = (0..2731).filter(|column| picture.at(0, *column) != BLACK).collect::<Vec<_>>();
            assert_eq!((bright, picture.at(0, 1)[0]), (vec![1], 102));
        }
    }

    #[test]
    fn maps_are_the_right_way_round_and_nan_is_in_none() {
        for (number, low, high) in [
            (0, [0x44, 0x01, 0x54], [0xfd, 0xe7, 0x25]),
            (1, [0x00, 0x00, 0x04], [0xfc, 0xfd, 0xbf]),
            (2, [0x04, 0x2f, 0x60], [0x67, 0x00, 0x1f]),
            (3, BLACK, WHITE),
        ] {
            let colormap = Colormap::from_number(number).unwrap();
            assert_eq!(colormap as i32, number);
            let colors = colormap.palette().as_chunks::<3>().0;
            assert_eq!((colors.len(), colors[0], colors[254]), (256, low, high));
            let nan = colors[255];
            for color in &colors[..255] {
                let distance: u32 = (0..3).map(|c| u32::from(color[c].abs_diff(nan[c]))).sum();
                assert!(distance >= 100, "{colormap:?}: {color:?} is like {nan:?}");
            }
        }
        assert!(Colormap::Diverging.color(127).iter().all(|channel| *channel > 235));
        assert_eq!(Colormap::from_number(4), None);
        assert_eq!(Colormap::from_number(-1), None);
    }

    #[test]
    fn fields_that_are_no_picture_are_refused() {
        let bytes = [0u8; 64];
        let field = |dtype, shape| ArrayView::contiguous(&bytes, dtype, Order::C, shape).unwrap();
        assert!(refused(render_field(&field(DType::Float64, &[8]), &GRAY)).contains("1 dimensions"));
        assert!(refused(render_field(&field(DType::Complex64, &[2, 4]), &GRAY)).contains("complex64"));
        let empty = ArrayView::contiguous(&[], DType::Float64, Order::C, &[0, 4]).unwrap();
        assert!(refused(render_field(&empty, &GRAY)).contains("no cells"));
        refused(range_of(&empty, false));
        let good = field(DType::Float64, &[2, 4]);
        for range in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            let message = refused(render_field(&good, &FieldStyle { range: Some(range), ..GRAY }));
            assert!(message.contains("vmin") && message.contains("vmax"));
        }
        let style = FieldStyle { range: Some((0.0, 1.0)), logarithmic: true, ..GRAY };
        assert!(refused(render_field(&good, &style)).contains("vmin 0 has no logarithm"));
    }

    #[test]
    fn pixels_come_back_as_they_were() {
        for channels in [1usize, 3, 4] {
            for padding in [0usize, 5] {
                let (width, height) = (7usize, 4usize);
                let stride = width * channels + padding;
                let pixels: Vec<u8> =
                    (0..stride * height - padding).map(|at| (at * 37 % 251) as u8).collect();
                let row_stride = if padding == 0 { 0 } else { stride };
                let file = encode_pixels(&pixels, 7, 4, channels as u32, row_stride).unwrap();
                let picture = decode(&file);
                assert_eq!((picture.width, picture.height), (width, height));
                let packed: Vec<u8> =
                    pixels.chunks(stride).flat_map(|row| row[..width * channels].to_vec()).collect();
                assert_eq!(picture.pixels, packed);
            }
        }
    }

    #[test]
    fn pixels_that_are_no_picture_are_refused() {
        let pixels = [0u8; 24];
        encode_pixels(&pixels, 4, 2, 3, 12).unwrap();
        for (width, height, channels, stride, named) in [
            (0, 2, 3, 12, "width"),
            (65536, 1, 3, 0, "width"),
            (4, 0, 3, 12, "height"),
            (4, 65536, 3, 12, "height"),
            (4, 2, 2, 12, "channels"),
            (4, 2, 0, 12, "channels"),
            (4, 2, 3, 11, "row_stride"),
            (4, 2, 3, 13, "pixels"),
            (4, 3, 3, 12, "pixels"),
            (4, 65535, 3, usize::MAX, "pixels"),
            (65535, 65535, 4, 0, "pixels"),
        ] {
            let message = refused(encode_pixels(&pixels, width, height, channels, stride));
            assert!(message.starts_with(named), "{message}");
        }
    }
}
