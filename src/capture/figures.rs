//! Figures: images as they are, pixels, and fields drawn with a colour map.

use serde::Serialize;

use super::Capture;
use super::artifacts::write_all;
use crate::artifacts::{Wanted, suffix_of};
use crate::base::array::ArrayView;
use crate::base::error::Result;
use crate::base::json::{self, Json};
use crate::store::figure::{self, FieldStyle};

/// The picture of a figure artifact.
#[derive(Debug, Clone, Copy)]
pub enum Figure<'a> {
    /// An encoded image.
    Encoded {
        /// The file's bytes.
        bytes: &'a [u8],
        /// Its format: "png", "svg", ...
        format: &'a str,
    },
    /// Pixels of 8 bits a channel, rows from the top; `row_stride` bytes from row to row.
    Pixels {
        /// Rows of pixels.
        pixels: &'a [u8],
        /// Pixels of a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes of a pixel: 1 (grey), 3 (RGB) or 4 (RGBA).
        channels: u32,
        /// Bytes from row to row.
        row_stride: usize,
    },
    /// A field of rows and columns, drawn with a colour map. `unit` of the metadata is written beside the
    /// colour bar.
    Field(&'a ArrayView<'a>, &'a FieldStyle),
}

impl Capture {
    /// An image artifact.
    ///
    /// # Errors
    /// When it can't be drawn, and as [`metric`](Self::metric).
    pub fn figure(&self, name: &str, figure: Figure<'_>, metadata: impl Serialize) -> Result<()> {
        self.live(|inner| {
            inner.check_open()?;
            let mut metadata = json::object_of("metadata", &metadata)?;
            let rendered;
            let (bytes, format): (&[u8], &str) = match figure {
                Figure::Encoded { bytes, format } => (bytes, format),
                Figure::Pixels { pixels, width, height, channels, row_stride } => {
                    rendered = figure::encode_pixels(pixels, width, height, channels, row_stride)?;
                    (&rendered, "png")
                }
                Figure::Field(field, style) => {
                    let unit = metadata.get("unit").and_then(Json::as_str);
                    let drawn = figure::render_field(field, style, unit)?;
                    let steps = [drawn.steps.rows, drawn.steps.columns];
                    if steps != [1, 1] {
                        let steps: Vec<Json> = steps.iter().map(|step| Json::from(*step as u64)).collect();
                        metadata.entry("cells_per_pixel".to_owned()).or_insert(steps.into());
                    }
                    // The values of the colours, unless the caller says them.
                    for (key, value) in [("vmin", drawn.vmin), ("vmax", drawn.vmax)] {
                        // A field without a finite value has no range.
                        if value.is_finite() {
                            metadata.entry(key.to_owned()).or_insert(Json::Float(value));
                        }
                    }
                    rendered = drawn.png;
                    (&rendered, "png")
                }
            };
            let suffix = suffix_of(format)?;
            inner.desk.put(Wanted { name, kind: "image", format, suffix: &suffix, metadata }, |file, path| {
                write_all(file, path, bytes)
            })
        })
    }
}
