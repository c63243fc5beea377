//! Pictures in the terminal: two pixels in a cell, one above the other, in 24-bit colours.

use std::path::Path;

use crate::failure::{Failure, Result};

/// Bytes of a decoded picture, at most.
const MOST: usize = 1 << 30;

/// A picture: rows of pixels from the top, of red, green and blue.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    pixels: Vec<[u8; 3]>,
}

fn wrong(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("{} is not a picture that can be shown: {error}", path.display()))
}

fn reader(path: &Path) -> Result<png::Reader<std::io::BufReader<std::fs::File>>> {
    let file = std::fs::File::open(path)
        .map_err(|error| Failure::new(format!("cannot open {}: {error}", path.display())))?;
    let limits = png::Limits { bytes: MOST };
    let mut decoder = png::Decoder::new_with_limits(std::io::BufReader::new(file), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.read_info().map_err(|error| wrong(path, &error))
}

/// The columns and rows of a PNG.
pub fn size_of_png(path: &Path) -> Result<(u32, u32)> {
    let reader = reader(path)?;
    Ok((reader.info().width, reader.info().height))
}

impl Picture {
    /// The picture in a PNG file.
    pub fn of_png(path: &Path) -> Result<Self> {
        let mut reader = reader(path)?;
        let size = reader.output_buffer_size().filter(|size| *size <= MOST);
        let mut bytes = vec![0; size.ok_or_else(|| wrong(path, &"it is too large"))?];
        let info = reader.next_frame(&mut bytes).map_err(|error| wrong(path, &error))?;
        let channels = info.color_type.samples();
        let pixel = |bytes: &[u8]| match *bytes {
            [grey] => [grey; 3],
            [grey, alpha] => on_white([grey; 3], alpha),
            [red, green, blue] => [red, green, blue],
            [red, green, blue, alpha] => on_white([red, green, blue], alpha),
            _ => [0; 3],
        };
        let pixels = bytes[..info.buffer_size()].chunks_exact(channels).map(pixel).collect();
        Ok(Self { width: info.width as usize, height: info.height as usize, pixels })
    }

    /// A field of numbers, `height` rows of `width`, from violet for its least value to yellow for its
    /// greatest; what is not finite is grey.
    pub fn of_field(width: usize, height: usize, at: &dyn Fn(usize, usize) -> f64) -> Self {
        let values: Vec<f64> =
            (0..height).flat_map(|row| (0..width).map(move |column| at(row, column))).collect();
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (least, greatest) =
            (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        let color = |value: &f64| {
            if !value.is_finite() {
                return [160; 3];
            }
            // Halved: the difference of two large numbers would be infinite.
            let span = greatest / 2.0 - least / 2.0;
            let place = if span > 0.0 { (value / 2.0 - least / 2.0) / span } else { 0.5 };
            colorous::VIRIDIS.eval_continuous(place.clamp(0.0, 1.0)).into_array()
        };
        Self { width, height, pixels: values.iter().map(color).collect() }
    }

    /// The lines of it, in at most `columns` and `rows` cells: a pixel is the mean of those that it stands for.
    pub fn lines(&self, columns: usize, rows: usize) -> Vec<String> {
        if self.width == 0 || self.height == 0 {
            return Vec::new();
        }
        let scale =
            (columns.max(1) as f64 / self.width as f64).min(2.0 * rows.max(1) as f64 / self.height as f64);
        // A small one is made larger by whole factors, so that its pixels stay alike.
        let scale = if scale > 1.0 { scale.floor() } else { scale };
        let width = ((self.width as f64 * scale) as usize).max(1);
        let height = ((self.height as f64 * scale) as usize).max(1);
        let pixel = |column: usize, row: usize| self.mean((column, width), (row, height));
        let line = |pair: usize| {
            let mut line = String::new();
            for column in 0..width {
                let [red, green, blue] = pixel(column, 2 * pair);
                line.push_str(&format!("\x1b[38;2;{red};{green};{blue}m"));
                match 2 * pair + 1 < height {
                    true => {
                        let [red, green, blue] = pixel(column, 2 * pair + 1);
                        line.push_str(&format!("\x1b[48;2;{red};{green};{blue}m▀"));
                    }
                    false => line.push_str("\x1b[49m▀"),
                }
            }
            line + "\x1b[0m"
        };
        (0..height.div_ceil(2)).map(line).collect()
    }

    /// The mean of the pixels that the one in this column, and this row, of so many stands for.
    fn mean(&self, (column, columns): (usize, usize), (row, rows): (usize, usize)) -> [u8; 3] {
        let range = |at: usize, of: usize, all: usize| {
            let start = at * all / of;
            start..((at + 1) * all / of).max(start + 1)
        };
        let mut sum = [0_u64; 3];
        let mut count = 0;
        for y in range(row, rows, self.height) {
            for x in range(column, columns, self.width) {
                let pixel = self.pixels[y * self.width + x];
                sum.iter_mut().zip(pixel).for_each(|(sum, part)| *sum += u64::from(part));
                count += 1;
            }
        }
        sum.map(|part| (part / count) as u8)
    }
}

/// A colour as it looks on white.
fn on_white(color: [u8; 3], alpha: u8) -> [u8; 3] {
    let mixed = |part: u8| (u32::from(part) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255;
    color.map(|part| mixed(part) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_fits_its_cells() {
        let field =
            Picture::of_field(2, 3, &|row, column| if row == 1 { f64::NAN } else { (row + column) as f64 });
        let lines = field.lines(2, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("\x1b[38;2;68;1;84m\x1b[48;2;160;160;160m▀"), "{:?}", lines[0]);
        assert!(lines[1].contains("\x1b[49m▀"), "an odd number of rows");
        let large = Picture::of_field(1000, 500, &|row, _| row as f64);
        let lines = large.lines(80, 40);
        assert_eq!((lines.len(), lines[0].matches('▀').count()), (20, 80));
        assert!(Picture::of_field(0, 5, &|_, _| 0.0).lines(80, 24).is_empty());
        assert_eq!(field.lines(10, 10)[0].matches('▀').count(), 10);
    }
}
