//! Charts in characters: axes with ticks, and curves of braille dots, as cells that each have the number of
//! a curve as their colour. A terminal draws the cells; a pipe gets them as lines.

mod dots;
mod scale;

pub use scale::Scale;

use dots::Dots;
use unicode_width::UnicodeWidthStr as _;

/// A stretch of a curve: where it begins and ends, and its extremes between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    pub x: f64,
    pub x_end: f64,
    pub first: f64,
    pub last: f64,
    pub least: f64,
    pub greatest: f64,
    /// True if a value of it is no number, or infinite.
    pub is_broken: bool,
}

impl Piece {
    /// A single point.
    #[allow(dead_code)] // for commands that have points, not buckets
    pub fn point(x: f64, y: f64) -> Self {
        let is_broken = !y.is_finite();
        let (least, greatest) = if is_broken { (f64::INFINITY, f64::NEG_INFINITY) } else { (y, y) };
        Self { x, x_end: x, first: y, last: y, least, greatest, is_broken }
    }

    /// Returns true if a value of it is finite.
    pub fn is_drawn(&self) -> bool {
        self.least <= self.greatest
    }
}

/// A curve: pieces in the order of x.
#[derive(Debug, Clone, Default)]
pub struct Curve {
    pub label: String,
    /// The number of its colour.
    pub color: usize,
    pub pieces: Vec<Piece>,
}

/// How an axis is scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scaling {
    /// Logarithmic where all values are positive and span more than two decades.
    #[default]
    Chosen,
    Linear,
    Logarithmic,
}

/// A chart that is to be drawn: its curves, and the scales.
#[derive(Debug, Clone, Default)]
pub struct Plot<'a> {
    pub curves: &'a [Curve],
    pub y: Scaling,
    /// The name of x, below the axis at its right end.
    pub x_title: &'a str,
    /// Marks the end of each curve with a letter, where there are no colours.
    pub has_letters: bool,
}

/// The colour of what belongs to no curve.
pub const NO_CURVE: usize = usize::MAX;

/// A character, and the number of the curve that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub symbol: char,
    pub color: usize,
}

/// A chart that was drawn.
#[derive(Debug, Clone)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub cells: Vec<Cell>,
    /// The columns of the curves, within the picture.
    pub inner: std::ops::Range<usize>,
    /// The scales of both axes; nothing where no curve has a point.
    pub scales: Option<(Scale, Scale)>,
}

/// The letter of a curve.
pub fn letter(curve: usize) -> char {
    char::from(b'a' + (curve % 26) as u8)
}

impl Plot<'_> {
    /// Draws it in `width` columns and `height` rows.
    pub fn draw(&self, width: usize, height: usize) -> Picture {
        let blank = Cell { symbol: ' ', color: NO_CURVE };
        let cells = vec![blank; width * height];
        let mut picture = Picture { width, height, cells, inner: 0..width, scales: None };
        if width == 0 || height == 0 {
            return picture;
        }
        let Some((x, y)) = self.scales() else {
            picture.text(width.saturating_sub(14) / 2, height / 2, "no points yet", NO_CURVE);
            return picture;
        };
        // The axes need room; a chart that has none is its curves alone.
        let has_line = height >= 6 && width >= 16;
        let below = if has_line { 2 } else { usize::from(height >= 4 && width >= 16) };
        let rows = height - below;
        let labels: Vec<(f64, String)> = y.ticks((rows / 3).clamp(2, 8));
        let widest = labels.iter().map(|(_, text)| text.width()).max().unwrap_or(0);
        let left = if width >= widest + 12 { widest + 1 } else { 0 };
        picture.inner = left..width;
        self.curves(&mut picture, (&x, &y), rows);
        if left > 0 {
            picture.y_axis(&labels, &y, left, rows, has_line);
        }
        if below > 0 {
            picture.x_axis(&x, left, rows, has_line, self.x_title);
        }
        picture.scales = Some((x, y));
        picture
    }

    /// The scales that show every curve; nothing if there is no point.
    fn scales(&self) -> Option<(Scale, Scale)> {
        let pieces = || self.curves.iter().flat_map(|curve| &curve.pieces);
        let range = |ends: &mut dyn Iterator<Item = (f64, f64)>| {
            ends.filter(|(low, high)| low.is_finite() && high.is_finite())
                .reduce(|(low, high), (other, more)| (low.min(other), high.max(more)))
        };
        let (low, high) = range(&mut pieces().map(|piece| (piece.x, piece.x_end)))?;
        let x = Scale::new(low, high, Scaling::Linear);
        let drawn = pieces().filter(|piece| piece.is_drawn());
        let (low, high) = range(&mut drawn.map(|piece| (piece.least, piece.greatest)))?;
        Some((x, Scale::new(low, high, self.y)))
    }

    fn curves(&self, picture: &mut Picture, (x, y): (&Scale, &Scale), rows: usize) {
        let inner = picture.inner.clone();
        let mut dots = Dots::new(inner.len(), rows);
        let across = |value: f64| (x.place(value) * (inner.len() * 2 - 1) as f64).round() as i64;
        let down = |value: f64| ((1.0 - y.place(value)) * (rows * 4 - 1) as f64).round() as i64;
        let mut letters = Vec::new();
        for curve in self.curves {
            let mut before: Option<(i64, i64)> = None;
            for piece in curve.pieces.iter().filter(|piece| piece.x.is_finite()) {
                if piece.is_drawn() {
                    let start = (across(piece.x), down(piece.first));
                    let end = (across(piece.x_end), down(piece.last));
                    if piece.first.is_finite() {
                        dots.line(before.unwrap_or(start), start, curve.color);
                    }
                    let middle = (start.0 + end.0) / 2;
                    dots.line((middle, down(piece.least)), (middle, down(piece.greatest)), curve.color);
                    if piece.first.is_finite() && piece.last.is_finite() && !piece.is_broken {
                        dots.line(start, end, curve.color);
                    }
                    before = Some(end).filter(|_| piece.last.is_finite());
                }
                if piece.is_broken {
                    before = before.filter(|_| piece.is_drawn() && piece.last.is_finite());
                    dots.mark(across(piece.x), curve.color);
                }
            }
            letters.extend(before.map(|(x, y)| (x, y, curve.color)));
        }
        dots.paint(picture, inner.start);
        for (x, y, color) in letters.into_iter().filter(|_| self.has_letters) {
            let column = inner.start + (x / 2).max(0) as usize;
            picture.put(column.min(inner.end - 1), (y / 4).max(0) as usize, letter(color), color);
        }
    }
}

impl Picture {
    /// Sets a cell, if it is within the picture.
    pub fn put(&mut self, column: usize, row: usize, symbol: char, color: usize) {
        if column < self.width && row < self.height {
            self.cells[row * self.width + column] = Cell { symbol, color };
        }
    }

    /// Writes a text of narrow characters.
    fn text(&mut self, column: usize, row: usize, text: &str, color: usize) {
        for (index, symbol) in text.chars().enumerate() {
            self.put(column + index, row, symbol, color);
        }
    }

    fn y_axis(&mut self, labels: &[(f64, String)], y: &Scale, left: usize, rows: usize, has_line: bool) {
        for row in 0..rows {
            self.put(left - 1, row, '│', NO_CURVE);
        }
        if has_line {
            self.put(left - 1, rows, '└', NO_CURVE);
        }
        let mut taken = None;
        for (value, label) in labels {
            let row = ((1.0 - y.place(*value)) * (rows - 1) as f64).round() as usize;
            if taken == Some(row) {
                continue;
            }
            taken = Some(row);
            self.text((left - 1).saturating_sub(label.width()), row, label, NO_CURVE);
            self.put(left - 1, row, '┤', NO_CURVE);
        }
    }

    fn x_axis(&mut self, x: &Scale, left: usize, rows: usize, has_line: bool, title: &str) {
        let row = rows + usize::from(has_line);
        let wide = self.width - left;
        for column in (left..self.width).filter(|_| has_line) {
            self.put(column, rows, '─', NO_CURVE);
        }
        let room = self.width.saturating_sub(title.width() + 1);
        let has_title = !title.is_empty() && wide > title.width() + 12;
        let mut free = left.saturating_sub(1);
        for (value, label) in x.ticks((wide / 14).clamp(2, 10)) {
            let at = left + (x.place(value) * (wide - 1) as f64).round() as usize;
            let start =
                at.saturating_sub(label.width() / 2).max(free).min(self.width - label.width().min(wide));
            let end = start + label.width();
            if start < free || has_title && end > room {
                continue;
            }
            if has_line {
                self.put(at, rows, '┬', NO_CURVE);
            }
            self.text(start, row, &label, NO_CURVE);
            free = end + 2;
        }
        if has_title {
            self.text(self.width - title.width(), row, title, NO_CURVE);
        }
    }

    /// The rows as plain text, without blanks at their ends.
    #[allow(dead_code)] // for commands that print a chart alone
    pub fn lines(&self) -> Vec<String> {
        let line = |row: &[Cell]| row.iter().map(|cell| cell.symbol).collect::<String>();
        self.cells.chunks(self.width.max(1)).map(|row| line(row).trim_end().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests;
