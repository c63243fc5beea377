//! The picture of a field on its ground, with a colour bar beside or below it.

use font8x8::{BASIC_FONTS, GREEK_FONTS, LATIN_FONTS, UnicodeFonts as _};

use super::cells::Levels;
use super::{INK, PAPER};

/// The side of a character before it is made larger.
const CHARACTER: usize = 8;

/// Characters of a unit that are drawn.
const LONGEST_UNIT: usize = 24;

/// The palette entries of a picture. The field's are put in from the corner at the top and left.
pub struct Canvas {
    /// Pixels in a row.
    pub width: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Row after row.
    pub pixels: Vec<u8>,
}

impl Canvas {
    /// A canvas of this size.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![PAPER; width * height] }
    }

    /// A canvas for a field of this size: right of it, or below one that is wide and low, there is a bar of
    /// all colours with the values of its ends, the unit, and "log" where colours go by the logarithm.
    pub fn with_bar(width: usize, height: usize, levels: &Levels, unit: Option<&str>) -> Self {
        let size = (width.max(height) / 384).min(width.min(height) / 32).clamp(1, 8);
        let character = CHARACTER * size;
        let (low, high) = (short(levels.range.0), short(levels.range.1));
        let unit = unit.map(|unit| unit.chars().take(LONGEST_UNIT).collect::<String>());
        let log = levels.logarithmic.then(|| "log".to_owned());
        let middle = unit.into_iter().chain(log).collect::<Vec<_>>().join(" ");
        let length = |text: &str| text.chars().count() * character;
        let gap = character / 2;
        if height * 3 >= width {
            let bar = width + 2 * gap;
            let text = bar + character + gap;
            let longest = length(&low).max(length(&high)).max(length(&middle));
            let mut canvas = Self::new(text + longest + gap, height);
            for y in 0..height {
                let level = levels.level_at(share(height - 1 - y, height));
                canvas.pixels[y * canvas.width + bar..][..character].fill(level);
            }
            canvas.write(&high, text, 0, size);
            canvas.write(&middle, text, (height - character) / 2, size);
            canvas.write(&low, text, height - character, size);
            return canvas;
        }
        let bar = height + 2 * gap;
        let text = bar + character + gap;
        let mut canvas = Self::new(width, text + character + gap);
        let row: Vec<u8> = (0..width).map(|x| levels.level_at(share(x, width))).collect();
        (bar..bar + character).for_each(|y| canvas.put_row(y, &row));
        canvas.write(&low, 0, text, size);
        canvas.write(&high, width.saturating_sub(length(&high)), text, size);
        // Between the two, where there is room.
        let ends = length(&low).max(length(&high)) + gap;
        if length(&middle) + 2 * ends <= width {
            canvas.write(&middle, (width - length(&middle)) / 2, text, size);
        }
        canvas
    }

    /// Puts pixels into a row, from its left.
    pub fn put_row(&mut self, row: usize, pixels: &[u8]) {
        self.pixels[row * self.width..][..pixels.len()].copy_from_slice(pixels);
    }

    /// Writes a text whose corner at the top and left is at `x` and `y`, as far as there is room.
    fn write(&mut self, text: &str, x: usize, y: usize, size: usize) {
        for (index, character) in text.chars().enumerate() {
            for (line, bits) in glyph(character).iter().enumerate() {
                for column in (0..CHARACTER).filter(|column| bits >> column & 1 != 0) {
                    let (left, top) = (x + (index * CHARACTER + column) * size, y + line * size);
                    for row in top..(top + size).min(self.height) {
                        let (from, to) = (left.min(self.width), (left + size).min(self.width));
                        self.pixels[row * self.width..][from..to].fill(INK);
                    }
                }
            }
        }
    }
}

fn share(at: usize, of: usize) -> f64 {
    at as f64 / (of - 1).max(1) as f64
}

/// The rows of a character from the top, the lowest bit left; those of "?" for one that there is not.
fn glyph(character: char) -> [u8; 8] {
    let of = |character| {
        BASIC_FONTS
            .get(character)
            .or_else(|| LATIN_FONTS.get(character))
            .or_else(|| GREEK_FONTS.get(character))
    };
    of(character).or_else(|| of('?')).unwrap_or_default()
}

/// A number with six digits at most.
fn short(value: f64) -> String {
    let scientific = format!("{value:.5e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let without_zeros = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    match exponent.parse::<i32>() {
        Ok(exponent @ -4..6) => without_zeros(&format!("{value:.*}", (5 - exponent) as usize)),
        _ => format!("{}e{exponent}", without_zeros(digits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (-1.0, "-1"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.333333"),
            (101325.0, "101325"),
            (1234567.0, "1.23457e6"),
            (9.99999999, "10"),
            (1e-5, "1e-5"),
            (-2.5e-300, "-2.5e-300"),
            (f64::MAX, "1.79769e308"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn text_is_drawn_within_the_picture() {
        let mut canvas = Canvas::new(20, 10);
        canvas.write("1µ", 0, 1, 1);
        let inked = |canvas: &Canvas, columns: std::ops::Range<usize>| {
            canvas.pixels.chunks(20).any(|row| row[columns.clone()].contains(&INK))
        };
        assert!(inked(&canvas, 0..8) && inked(&canvas, 8..16) && !inked(&canvas, 16..20));
        assert_ne!((glyph('µ'), glyph('Ω')), (glyph('?'), glyph('?')));
        assert_eq!(glyph('日'), glyph('?'));
        canvas.write("beyond", 17, 7, 3);
        assert!(canvas.pixels.iter().all(|level| [INK, PAPER].contains(level)));
    }
}
