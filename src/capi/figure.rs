//! Figures.

use std::ffi::{c_char, c_void};

use super::artifact::metalab_array_t;
use super::capture::{metalab_capture_t, with_capture};
use super::convert::{array, bytes, metadata, text};
use super::status::{Answer, metalab_status_t, wrong};
use super::structure::{self, Structure};
use crate::base::error::ErrorKind;
use crate::capture::Figure;
use crate::store::figure::{Colormap, FieldStyle};

/// A colour map. NaN is drawn in a colour that the map does not have.
pub type metalab_colormap_t = i32;

/// Dark blue to yellow, even steps for the eye.
pub const METALAB_COLORMAP_VIRIDIS: metalab_colormap_t = 0;
/// Black to pale yellow.
pub const METALAB_COLORMAP_MAGMA: metalab_colormap_t = 1;
/// Blue over white to red: for signed values. Give it a range that is symmetric about zero.
pub const METALAB_COLORMAP_DIVERGING: metalab_colormap_t = 2;
/// Black to white.
pub const METALAB_COLORMAP_GRAY: metalab_colormap_t = 3;

/// How metalab_capture_figure_field draws. METALAB_FIELD_STYLE_INIT: viridis, the range of the values, row 0
/// at the top, the default scale, and a colour bar.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct metalab_field_style_t {
    /// sizeof(metalab_field_style_t).
    pub struct_size: usize,
    /// A METALAB_COLORMAP_... .
    pub colormap: metalab_colormap_t,
    /// Not 0: colours follow the logarithm; values that are not positive are drawn as NaN.
    pub logarithmic: i32,
    /// Not 0: row 0 is at the bottom, as in a plot.
    pub origin_lower: i32,
    /// Not 0: vmin and vmax are the range; otherwise the smallest and the largest finite value are.
    pub has_range: i32,
    /// The value of the map's first colour.
    pub vmin: f64,
    /// The value of the map's last colour.
    pub vmax: f64,
    /// Pixels per side of a cell. 0: enough that the longer side has 512 pixels and the shorter one at least
    /// 64, with a colour bar beside the field that shows the range and the unit.
    pub scale: usize,
}
// SAFETY: numbers; its last member ends where it ends.
unsafe impl Structure for metalab_field_style_t {
    const INIT: &str = "METALAB_FIELD_STYLE_INIT";
    const FIRST: usize = std::mem::offset_of!(metalab_field_style_t, scale) + size_of::<usize>();
}
const _: () = assert!(size_of::<metalab_field_style_t>() == metalab_field_style_t::FIRST);

/// Stores a figure: an encoded image as it is, an artifact of kind "image". As metalab_capture_artifact_bytes.
///
/// format: the extension, as in "png", "svg", "pdf", "jpg".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_figure_bytes(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    bytes: *const c_void,
    size: usize,
    format: *const c_char,
    metadata_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_figure_bytes", capture, |capture| {
        // SAFETY: as documented.
        unsafe {
            let figure = Figure::Encoded {
                bytes: self::bytes("bytes", bytes, size)?,
                format: text("format", format)?,
            };
            let name = text("name", name)?;
            Ok(capture.figure(name, figure, metadata("metadata_json", metadata_json)?)?)
        }
    })
}

/// Stores a figure: pixels, encoded as PNG before the call returns.
///
/// pixels: height rows from the top, each of width pixels of channels bytes.
/// channels: 1 (grey), 3 (red, green, blue) or 4 (and alpha, not premultiplied).
/// row_stride: bytes from row to row; 0 for rows without gaps.
/// Errors: as metalab_capture_artifact_bytes, and METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_figure_pixels(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    pixels: *const u8,
    width: u32,
    height: u32,
    channels: u32,
    row_stride: usize,
    metadata_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_figure_pixels", capture, |capture| {
        let row = width as usize * channels as usize;
        let row_stride = if row_stride == 0 { row } else { row_stride };
        let gaps = (height as usize).saturating_sub(1).checked_mul(row_stride);
        let Some(size) = gaps.and_then(|gaps| gaps.checked_add(row)) else {
            return wrong(
                ErrorKind::Value,
                format!("row_stride {row_stride} is too large: the size in bytes overflows"),
            );
        };
        // SAFETY: as documented.
        unsafe {
            let pixels = bytes("pixels", pixels.cast(), size)?;
            let figure = Figure::Pixels { pixels, width, height, channels, row_stride };
            let name = text("name", name)?;
            Ok(capture.figure(name, figure, metadata("metadata_json", metadata_json)?)?)
        }
    })
}

unsafe fn style(style: *const metalab_field_style_t) -> Answer<FieldStyle> {
    if style.is_null() {
        return Ok(FieldStyle::default());
    }
    // SAFETY: the caller's duty.
    let style = unsafe { structure::read("style", style)? };
    let Some(colormap) = Colormap::from_number(style.colormap) else {
        return wrong(
            ErrorKind::Value,
            format!("style->colormap {} is not a METALAB_COLORMAP_ constant", style.colormap),
        );
    };
    Ok(FieldStyle {
        colormap,
        logarithmic: style.logarithmic != 0,
        origin_lower: style.origin_lower != 0,
        range: (style.has_range != 0).then_some((style.vmin, style.vmax)),
        // A scale that is larger than a picture draws as large as that.
        scale: u32::try_from(style.scale).unwrap_or(u32::MAX),
    })
}

/// Stores a figure: a field of two dimensions, rows and columns, drawn with a colour map as PNG before the call
/// returns. The metadata has the range of the colours as vmin and vmax.
///
/// field: of a real type. If a side has more than 4096 cells, several cells share a pixel. The pixel shows
/// the value that is furthest from their mean, so that spikes stay visible; it is NaN only if all are NaN.
/// The metadata then has "cells_per_pixel": [rows, columns].
/// style: NULL for the default.
/// metadata_json: its member "unit", a string, is written beside the colour bar.
/// Errors: as metalab_capture_artifact_array.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_figure_field(
    capture: *mut metalab_capture_t,
    name: *const c_char,
    field: *const metalab_array_t,
    style: *const metalab_field_style_t,
    metadata_json: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_figure_field", capture, |capture| {
        // SAFETY: as documented.
        unsafe {
            let (field, style) = (array("field", field)?, self::style(style)?);
            let name = text("name", name)?;
            let metadata = metadata("metadata_json", metadata_json)?;
            Ok(capture.figure(name, Figure::Field(&field, &style), metadata)?)
        }
    })
}
