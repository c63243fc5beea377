//! Dots of braille: two across and four down in each cell, and marks where values are missing.

use super::{NO_CURVE, Picture};

/// The bits of a cell's dots, by row and column.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// Dots in a grid of cells. A cell has the colour of the curve that came last.
pub struct Dots {
    columns: usize,
    rows: usize,
    cells: Vec<(u8, usize)>,
    /// Columns with a value that is no number.
    marks: Vec<usize>,
}

impl Dots {
    pub fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, cells: vec![(0, NO_CURVE); columns * rows], marks: vec![NO_CURVE; columns] }
    }

    fn dot(&mut self, x: i64, y: i64, color: usize) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x / 2 < self.columns && y / 4 < self.rows {
            let (bits, of) = &mut self.cells[y / 4 * self.columns + x / 2];
            *bits |= BITS[y % 4][x % 2];
            *of = color;
        }
    }

    /// A straight line, both ends included. The ends are within the grid, or it is as long as that at most.
    pub fn line(&mut self, (x, y): (i64, i64), (x_end, y_end): (i64, i64), color: usize) {
        let steps = (x_end - x).abs().max((y_end - y).abs()).min(1 << 20);
        for step in 0..=steps {
            let part = |from: i64, to: i64| {
                let moved = (to - from) as f64 * step as f64 / steps.max(1) as f64;
                from + moved.round() as i64
            };
            self.dot(part(x, x_end), part(y, y_end), color);
        }
    }

    /// Marks a value that is no number.
    pub fn mark(&mut self, x: i64, color: usize) {
        if let Some(mark) = usize::try_from(x / 2).ok().and_then(|column| self.marks.get_mut(column)) {
            *mark = color;
        }
    }

    /// Puts the dots into the picture, from a column on; marks are in the lowest row.
    pub fn paint(&self, picture: &mut Picture, left: usize) {
        for (place, (bits, color)) in self.cells.iter().enumerate().filter(|(_, (bits, _))| *bits != 0) {
            let symbol = char::from_u32(0x2800 + u32::from(*bits)).unwrap_or(' ');
            picture.put(left + place % self.columns, place / self.columns, symbol, *color);
        }
        for (column, color) in self.marks.iter().enumerate().filter(|(_, color)| **color != NO_CURVE) {
            picture.put(left + column, self.rows.saturating_sub(1), '×', *color);
        }
    }
}
