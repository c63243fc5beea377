//! One frame as plain text.

use std::time::{Instant, SystemTime};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::colors::Colors;
use super::draw::{self, Scene};
use super::layout::LogSize;
use super::model::{Model, lock};
use super::ui::Ui;

/// The width where nobody says one, and the height of a row of charts and of the log.
const WIDTH: u16 = 100;
const CHART: u16 = 14;
const LOG: u16 = 6;

/// The lines of a frame of all charts, without blanks at their ends.
pub fn lines(model: &Model, patterns: &[String], ui: &mut Ui, width: Option<u16>) -> Vec<String> {
    let runs = model.runs();
    let guards: Vec<_> = runs.iter().map(|run| lock(run)).collect();
    let runs: Vec<_> = guards.iter().map(|guard| &**guard).collect();
    let count = super::charts::charts(&runs, patterns, "").len().max(1) as u16;
    let has_log = runs.iter().any(|run| !run.log.is_empty());
    ui.log = if has_log { LogSize::Small } else { LogSize::Hidden };
    ui.is_once = true;
    let height = runs.len().clamp(1, 6) as u16
        + CHART.saturating_mul(count.div_ceil(if count > 3 { 2 } else { 1 }))
        + if has_log { LOG } else { 0 };
    let width = width.unwrap_or(WIDTH).clamp(20, 179);
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height.min(600)));
    let scene =
        Scene { runs: &runs, patterns, colors: Colors::None, now: (Instant::now(), SystemTime::now()) };
    draw::frame(&scene, ui, &mut buffer);
    text(&buffer)
}

/// The rows of a buffer as text.
pub fn text(buffer: &Buffer) -> Vec<String> {
    let area = *buffer.area();
    let row = |row: u16| {
        let mut line = String::new();
        let mut column = 0;
        while column < area.width {
            let symbol = buffer.cell((column, row)).map_or(" ", |cell| cell.symbol());
            line.push_str(symbol);
            // A wide character takes the cell after it, too.
            column += unicode_width::UnicodeWidthStr::width(symbol).max(1) as u16;
        }
        line.trim_end().to_owned()
    };
    (0..area.height).map(row).collect()
}
