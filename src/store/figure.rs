//! Pictures: pixels as they are, and fields of numbers through a colour map, as PNG.

mod bar;
mod cells;

use std::path::Path;

use crate::base::array::ArrayView;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::guard::with_default_arithmetic;
use crate::base::sync::MadeOnce;
use crate::base::{helper, memory};
use bar::Canvas;
use cells::{Levels, Steps};

/// The longest side of a picture that is made of a field, without its colour bar.
const FIELD_SIDE: usize = 4096;
/// The longer side that automatic scaling reaches.
const VISIBLE_SIDE: usize = 512;
/// The shorter side that automatic scaling reaches.
const LEAST_SIDE: usize = 64;
/// The longest side of a picture that is given as pixels.
const PIXEL_SIDE: u32 = 65535;

/// Palette entries 0 to 252 are the map from low to high; the others are for the colour bar's text and
/// ground, and for NaN.
const LEVELS: usize = 253;
const INK: u8 = 253;
const PAPER: u8 = 254;
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
        static PALETTES: [MadeOnce<Vec<u8>>; 4] = [const { MadeOnce::new() }; 4];
        PALETTES[self as usize].get_or_init(|| {
            let others = [[0x20; 3], [0xFF; 3], self.nan_color()];
            (0..LEVELS).map(|level| self.color(level)).chain(others).flatten().collect()
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
    /// Pixels per cell and side, never so many that a side has more than 4096. 0: so many that the
    /// longer side has at least 512 pixels and the shorter one 64 (cells are no squares then), and a colour
    /// bar with the range is beside the field.
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
    /// The rows and columns of cells that share a pixel; 1 where each has its own.
    pub steps: Steps,
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

/// A PNG of a 2-dimensional field, rows by columns, of real numbers or bools. NaN has a colour that
/// is not in the map; infinities have those of the ends. `unit` is the values', for the colour bar.
///
/// Where a side has more than 4096 cells, several share a pixel: it shows the one of them that is furthest
/// from their mean, so that no spike is lost, and NaN only where they all are.
///
/// # Errors
/// [`ErrorKind::Value`] when `field` is not 2-dimensional, or has no cells, or complex ones, or when
/// the range's ends are not finite (positive, if logarithmic) or are in the wrong order.
pub fn render_field(field: &ArrayView, style: &FieldStyle, unit: Option<&str>) -> Result<Rendered> {
    with_default_arithmetic(|| render(field, style, unit))
}

fn render(field: &ArrayView, style: &FieldStyle, unit: Option<&str>) -> Result<Rendered> {
    let (rows, columns) = cells::sides(field)?;
    let (vmin, vmax) = match style.range {
        Some(range) => check_range(range, style.logarithmic)?,
        None => cells::range_of(field, style.logarithmic)?.unwrap_or((f64::NAN, f64::NAN)),
    };
    let steps = Steps { rows: rows.div_ceil(FIELD_SIDE), columns: columns.div_ceil(FIELD_SIDE) };
    let (rows, columns) = (rows.div_ceil(steps.rows), columns.div_ceil(steps.columns));
    let (down, across) = pixels_of_a_cell(rows, columns, style.scale);
    let (width, height) = (columns * across, rows * down);
    // The cells, the picture, and it again as the image.
    memory::check(4 * width * height)?;
    let levels = Levels::new(vmin, vmax, style.logarithmic);
    let cells = cells::levels_of(field, steps, &levels)?;
    let mut canvas = match style.scale {
        0 if vmin <= vmax => Canvas::with_bar(width, height, &levels, unit),
        _ => Canvas::new(width, height),
    };
    let mut line = Vec::with_capacity(width);
    for row in 0..rows {
        let from = if style.origin_lower { rows - 1 - row } else { row };
        line.clear();
        for level in &cells[from * columns..][..columns] {
            line.resize(line.len() + across, *level);
        }
        (row * down..(row + 1) * down).for_each(|y| canvas.put_row(y, &line));
    }
    let (width, height) = (canvas.width as u32, canvas.height as u32);
    let mut info = png::Info::with_size(width, height);
    info.color_type = png::ColorType::Indexed;
    info.palette = Some(style.colormap.palette().into());
    // Measured: the levels above save a fifth of the bytes for several times the time.
    let level = png::DeflateCompression::Level(1);
    let png = with_a_stack(|| encode(info, &canvas.pixels, level, png::Filter::Sub))?;
    Ok(Rendered { png, vmin, vmax, steps, width, height })
}

/// Runs `body` on a thread of ours: this compression takes more stack than some of the host's have.
fn with_a_stack<T: Send>(body: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| match helper::spawn_scoped(scope, body) {
        Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        Err(source) => Err(Error::io("start a thread for", Path::new("a picture"), &source)),
    })
}

/// The pixels that a cell has from top to bottom and from left to right.
fn pixels_of_a_cell(rows: usize, columns: usize, scale: u32) -> (usize, usize) {
    let longer = rows.max(columns);
    if scale != 0 {
        let scale = (scale as usize).min(FIELD_SIDE / longer);
        return (scale, scale);
    }
    let square = VISIBLE_SIDE.div_ceil(longer);
    let of = |cells: usize| square.max(LEAST_SIDE.div_ceil(cells));
    (of(rows), of(columns))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::array::{DType, Order};

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
        let rendered = render_field(&field, &style, None).unwrap();
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
        let expected = render_field(&c, &GRAY, None).unwrap().png;
        let turned = floats(&[0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        let f = ArrayView::contiguous(&turned, DType::Float64, Order::F, &[2, 3]).unwrap();
        assert_eq!(render_field(&f, &GRAY, None).unwrap().png, expected);
        let backward = floats(&[5.0, 4.0, 3.0, 2.0, 1.0, 0.0]);
        // SAFETY: from the last element on, all six backwards.
        let strided = unsafe {
            let last = backward[40..].as_ptr();
            ArrayView::from_raw(last, DType::Float64, Order::C, &[2, 3], Some(&[-24, -8])).unwrap()
        };
        assert_eq!(render_field(&strided, &GRAY, None).unwrap().png, expected);
    }

    #[test]
    fn every_real_type_is_drawn() {
        macro_rules! check {
            ($($dtype:ident $type:ty),*) => {$(
                let bytes: Vec<u8> = [1 as $type, 0 as $type].iter().flat_map(|value| value.to_ne_bytes()).collect();
                let field = ArrayView::contiguous(&bytes, DType::$dtype, Order::C, &[1, 2]).unwrap();
                let rendered = render_field(&field, &GRAY, None).unwrap();
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
        let (_, picture) = render(&[0.0, 1.0], [1, 2], FieldStyle { scale: u32::MAX, ..GRAY });
        assert_eq!((picture.width, picture.height), (4096, 2048));
    }

    #[test]
    fn fields_have_a_least_size_and_a_colour_bar() {
        let auto = FieldStyle { scale: 0, ..GRAY };
        // 171 pixels a cell, and the bar at the right: the greatest value at the top.
        let (_, picture) = render(&[0.0, 1.0, 2.0], [3, 1], auto);
        assert_eq!(picture.height, 513);
        assert_eq!([picture.at(0, 170), picture.at(512, 170)], [BLACK, WHITE]);
        let bar = 171 + 8;
        assert_eq!([picture.at(0, bar), picture.at(512, bar)], [WHITE, BLACK]);
        assert_eq!(picture.at(256, bar), [128; 3]);
        let ink = |picture: &Picture, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>| {
            let is_ink = |row| columns.clone().any(|column| picture.at(row, column) == [0x20; 3]);
            rows.into_iter().filter(|row| is_ink(*row)).count()
        };
        let text = bar + 12..picture.width;
        assert!(ink(&picture, 0..8, text.clone()) > 4 && ink(&picture, 505..513, text.clone()) > 4);
        assert_eq!(ink(&picture, 8..505, text.clone()), 0);
        let field = floats(&[0.0, 1.0, 2.0]);
        let field = ArrayView::contiguous(&field, DType::Float64, Order::C, &[3, 1]).unwrap();
        let with_unit = decode(&render_field(&field, &auto, Some("m²")).unwrap().png);
        assert!(ink(&with_unit, 200..300, text.start..with_unit.width) > 4);
        // A low one is made higher, and has its bar below.
        let (_, picture) = render(&(0..600).map(f64::from).collect::<Vec<_>>(), [1, 600], auto);
        assert_eq!(picture.width, 600);
        assert!(picture.height > 64 + 24, "{}", picture.height);
        for row in [0, 63, 64 + 8] {
            assert_eq!([picture.at(row, 0), picture.at(row, 599)], [BLACK, WHITE], "{row}");
        }
        assert_eq!(picture.at(64 + 4, 300), WHITE);
        // Without a range there is no bar.
        let (_, picture) = render(&[f64::NAN; 512 * 512], [512, 512], auto);
        assert_eq!((picture.width, picture.height), (512, 512));
    }

    #[test]
    fn cells_that_share_a_pixel_lose_no_spike() {
        for order in [Order::C, Order::F] {
            let mut bytes = floats(&[0.0; 2 * 8193]);
            let mut put = |row: usize, column: usize, value: f64| {
                let at = if order == Order::C { row * 8193 + column } else { column * 2 + row };
                bytes[at * 8..][..8].copy_from_slice(&value.to_ne_bytes());
            };
            for (column, value) in [(4, 1.0), (6, -1.0), (8192, 1.0), (12, f64::INFINITY), (16, f64::NAN)] {
                put(0, column, value);
            }
            (0..8193).for_each(|column| put(1, column, 1.0));
            (9..12).for_each(|column| put(1, column, f64::NAN));
            let field = ArrayView::contiguous(&bytes, DType::Float64, order, &[2, 8193]).unwrap();
            let rendered = render_field(&field, &GRAY, None).unwrap();
            let picture = decode(&rendered.png);
            assert_eq!((picture.width, picture.height), (2731, 2));
            assert_eq!(rendered.steps, Steps { rows: 1, columns: 3 });
            let drawn = |row: usize| -> Vec<(usize, [u8; 3])> {
                let common = if row == 0 { [128; 3] } else { WHITE };
                let all = (0..2731).map(|column| (column, picture.at(row, column)));
                all.filter(|(_, color)| *color != common).collect()
            };
            assert_eq!(drawn(0), [(1, WHITE), (2, BLACK), (4, WHITE), (2730, WHITE)]);
            assert_eq!(drawn(1), [(3, Colormap::Gray.nan_color())]);
        }
    }

    #[test]
    fn blocks_of_the_largest_numbers_have_a_mean() {
        let mut values = vec![f64::MAX; 8192];
        values[1] = f64::MIN;
        let (_, picture) = render(&values, [1, 8192], GRAY);
        assert_eq!([picture.at(0, 0), picture.at(0, 1)], [WHITE, WHITE]);
        let style = FieldStyle { logarithmic: true, ..GRAY };
        values.fill(1.0);
        (values[0], values[2], values[3]) = (0.0, 0.0, -1.0);
        values[5] = 100.0;
        let (_, picture) = render(&values, [1, 8192], style);
        let drawn = [picture.at(0, 0), picture.at(0, 1), picture.at(0, 2)];
        assert_eq!(drawn, [BLACK, Colormap::Gray.nan_color(), WHITE]);
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
            let palette = colormap.palette();
            let colors: Vec<[u8; 3]> =
                palette.chunks_exact(3).map(|color| color.try_into().unwrap()).collect();
            assert_eq!((colors.len(), colors[0], colors[LEVELS - 1]), (256, low, high));
            let nan = colors[255];
            for color in &colors[..LEVELS] {
                let distance: u32 = (0..3).map(|c| u32::from(color[c].abs_diff(nan[c]))).sum();
                assert!(distance >= 100, "{colormap:?}: {color:?} is like {nan:?}");
            }
        }
        assert!(Colormap::Diverging.color(126).iter().all(|channel| *channel > 235));
        assert_eq!(Colormap::from_number(4), None);
        assert_eq!(Colormap::from_number(-1), None);
    }

    #[test]
    fn fields_that_are_no_picture_are_refused() {
        let bytes = [0u8; 64];
        let field = |dtype, shape| ArrayView::contiguous(&bytes, dtype, Order::C, shape).unwrap();
        assert!(refused(render_field(&field(DType::Float64, &[8]), &GRAY, None)).contains("1 dimensions"));
        assert!(refused(render_field(&field(DType::Complex64, &[2, 4]), &GRAY, None)).contains("complex64"));
        let empty = ArrayView::contiguous(&[], DType::Float64, Order::C, &[0, 4]).unwrap();
        assert!(refused(render_field(&empty, &GRAY, None)).contains("no cells"));
        refused(cells::range_of(&empty, false));
        let good = field(DType::Float64, &[2, 4]);
        for range in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            let message = refused(render_field(&good, &FieldStyle { range: Some(range), ..GRAY }, None));
            assert!(message.contains("vmin") && message.contains("vmax"));
        }
        let style = FieldStyle { range: Some((0.0, 1.0)), logarithmic: true, ..GRAY };
        assert!(refused(render_field(&good, &style, None)).contains("vmin 0 has no logarithm"));
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
