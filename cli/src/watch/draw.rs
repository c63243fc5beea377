//! Draws a frame: the runs, the charts, the log, a field, and the keys.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use metalab::read::RunStatus;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::charts::{self, Chart};
use super::colors::Colors;
use super::layout::{Areas, Grid, LogSize, areas};
use super::log::{LogLine, Severity, plain};
use super::model::Watched;
use super::ui::{KEYS, Shown, Ui};
use crate::format;
use crate::plot::{Curve, NO_CURVE, Picture, Plot, letter};

/// Significant digits of a value.
const DIGITS: usize = 5;

/// Everything that a frame is drawn of.
pub struct Scene<'a> {
    pub runs: &'a [&'a Watched],
    /// Patterns of the series that are shown; all if there is none.
    pub patterns: &'a [String],
    pub colors: Colors,
    pub now: (Instant, SystemTime),
}

/// Draws all of it.
pub fn frame(scene: &Scene<'_>, ui: &mut Ui, buffer: &mut Buffer) {
    let whole = *buffer.area();
    let has_field = ui.has_fields && scene.runs.iter().any(|run| run.field.is_some());
    let areas = areas(whole, scene.runs.len(), ui.log, has_field, !ui.is_once);
    scene.headers(areas.runs, buffer);
    let charts = charts::charts(scene.runs, scene.patterns, &ui.filter);
    ui.selected = ui.selected.min(charts.len().saturating_sub(1));
    let mut shown = Shown { charts: charts.len(), log: areas.log, ..Shown::default() };
    let grid = Grid::new(areas.charts, if ui.is_focused { 1 } else { charts.len() });
    (shown.columns, shown.per_page) = (grid.columns, grid.per_page());
    let first = ui.selected / shown.per_page * shown.per_page;
    for (number, chart) in charts.iter().enumerate().skip(first).take(shown.per_page) {
        let area = grid.cell(number - first);
        shown.areas.push((number, area));
        scene.chart(chart, ui, number == ui.selected && charts.len() > 1, area, buffer);
    }
    if charts.is_empty() {
        let text = match (scene.runs.is_empty(), ui.filter.is_empty() && scene.patterns.is_empty()) {
            (true, _) => "no run yet: one that begins appears here",
            (false, true) => "no series yet",
            (false, false) => "no series has such a name",
        };
        write(buffer, areas.charts, 1, areas.charts.height / 2, text, scene.colors.dim());
    }
    if has_field {
        scene.field(areas.field, buffer);
    }
    shown.log_lines = scene.runs.iter().map(|run| run.log.len()).sum();
    scene.log(ui, areas.log, buffer);
    ui.shown = shown;
    scene.footer(ui, &areas, buffer);
    if ui.has_help {
        scene.help(whole, buffer);
    }
}

impl Scene<'_> {
    /// A line for each run: its id, how it stands, how far it is.
    fn headers(&self, area: Rect, buffer: &mut Buffer) {
        for (row, run) in self.runs.iter().enumerate().take(area.height as usize) {
            let is_last = row + 1 == area.height as usize;
            let more = if is_last { self.runs.len() - row - 1 } else { 0 };
            let (word, style) = self.status(run);
            let mut texts = vec![
                (format!("● {word}"), style),
                (plain(&run.id), self.colors.bold()),
                (plain(&run.experiment), self.colors.dim()),
            ];
            let usual = Style::new();
            if let Some(elapsed) = run.elapsed(self.now.1) {
                // Whole seconds while it goes on: a frame changes no more often.
                let is_over = run.status != RunStatus::Running;
                let elapsed = if is_over { elapsed.as_millis() } else { elapsed.as_secs() as u128 * 1_000 };
                texts.push((format::duration(i64::try_from(elapsed).unwrap_or(i64::MAX)), usual));
            }
            texts.extend(run.last_step.map(|step| (format!("step {}", grouped(step)), usual)));
            if let Some(rate) = run.pulse.rate(self.now.0).filter(|_| run.status == RunStatus::Running) {
                texts.push((format!("{} steps/s", format::float(rate, 3)), usual));
            }
            texts.extend(run.deadline.map(|deadline| self.deadline(deadline)));
            if more > 0 {
                texts.push((format!("and {more} more"), self.colors.dim()));
            }
            if let Some(problem) = &run.problem {
                texts.push((problem.clone(), self.colors.bad()));
            }
            let mut column = 0;
            for (text, style) in texts {
                column = write(buffer, area, column, row as u16, &text, style) + 2;
            }
        }
    }

    fn status(&self, run: &Watched) -> (String, Style) {
        if let Some(silence) = run.stalled(self.now.0) {
            let silence = format::duration(silence.as_secs() as i64 * 1000);
            return (format!("stalled: nothing for {silence}"), self.colors.warning());
        }
        let style = match run.status {
            RunStatus::Running => self.colors.running(),
            RunStatus::Success => self.colors.good(),
            RunStatus::Failed | RunStatus::Dead => self.colors.bad(),
            RunStatus::Cancelled | RunStatus::Other => self.colors.warning(),
        };
        let word =
            if run.is_read || run.status != RunStatus::Running { run.status.text() } else { "reading" };
        (word.to_owned(), style)
    }

    fn deadline(&self, deadline: i64) -> (String, Style) {
        let now = self.now.1.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
        match deadline - now {
            ..0 => ("its time is up".to_owned(), self.colors.bad()),
            left @ 0..600 => (format!("{} left", format::duration(left * 1000)), self.colors.warning()),
            left => (format!("{} left", format::duration(left * 1000)), Style::new()),
        }
    }

    fn chart(&self, chart: &Chart, ui: &Ui, is_selected: bool, area: Rect, buffer: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let (curves, x_title) = chart.curves(self.runs, ui.along);
        let legend = if ui.is_focused && curves.len() > 1 && area.height >= 12 {
            (curves.len() as u16).min(area.height / 3)
        } else {
            0
        };
        let has_letters = !self.colors.has_colors() && curves.len() > 1;
        let plot = Plot { curves: &curves, y: ui.scaling, x_title: &x_title, has_letters };
        let height = area.height.saturating_sub(1 + legend);
        let picture = plot.draw(area.width as usize, height as usize);
        let below = Rect { y: area.y + 1, height, ..area };
        self.paint(&picture, below, buffer);
        let style = if is_selected { self.colors.selected() } else { self.colors.bold() };
        let column = write(buffer, area, 0, 0, &chart.title(), style) + 1;
        let hovered =
            ui.mouse.filter(|at| below.contains(*at)).and_then(|at| self.hover(&picture, below, at, buffer));
        match hovered {
            Some(x) => self.values_at(&curves, &x_title, x, area, column, buffer),
            None => self.latest(chart, &curves, legend == 0, area, column, buffer),
        }
        let rows = Rect { y: area.y + 1 + height, height: legend, ..area };
        self.legend(chart, &curves, rows, buffer);
    }

    fn paint(&self, picture: &Picture, area: Rect, buffer: &mut Buffer) {
        for (place, cell) in picture.cells.iter().enumerate().filter(|(_, cell)| cell.symbol != ' ') {
            let (column, row) = ((place % picture.width) as u16, (place / picture.width) as u16);
            let style = match cell.color {
                NO_CURVE => self.colors.dim(),
                curve => self.colors.curve(curve),
            };
            if let Some(into) = buffer.cell_mut((area.x + column, area.y + row)) {
                into.set_char(cell.symbol).set_style(style);
            }
        }
    }

    /// Draws a line at the cursor's column; returns the x value there.
    fn hover(&self, picture: &Picture, area: Rect, at: Position, buffer: &mut Buffer) -> Option<f64> {
        let (x, _) = picture.scales?;
        let column = (at.x - area.x) as usize;
        if !picture.inner.contains(&column) {
            return None;
        }
        for row in area.top()..area.bottom() {
            if let Some(cell) = buffer.cell_mut((at.x, row)).filter(|cell| cell.symbol() == " ") {
                cell.set_char('┊').set_style(self.colors.dim());
            }
        }
        let wide = (picture.inner.len() - 1).max(1) as f64;
        Some(x.value((column - picture.inner.start) as f64 / wide))
    }

    /// The value of each curve at `x`, in the title's line.
    fn values_at(&self, curves: &[Curve], title: &str, x: f64, area: Rect, column: u16, buffer: &mut Buffer) {
        let text = format!("{} {}", title.split(" [").next().unwrap_or_default(), format::float(x, DIGITS));
        let mut column = write(buffer, area, column, 0, &text, self.colors.dim()) + 1;
        for curve in curves {
            let near = |piece: &&crate::plot::Piece| (piece.x_end - x).abs().min((piece.x - x).abs());
            let Some(piece) = curve.pieces.iter().min_by(|a, b| near(a).total_cmp(&near(b))) else {
                continue;
            };
            let value = match piece.least < piece.greatest {
                true => format!("{}…{}", format::float(piece.least, 4), format::float(piece.greatest, 4)),
                false => format::float(piece.last, DIGITS),
            };
            let text = format!("{} {value}", curve.label);
            column = write(buffer, area, column, 0, text.trim(), self.colors.curve(curve.color)) + 1;
        }
    }

    /// The latest value; of several curves, what each is as well.
    fn latest(
        &self,
        chart: &Chart,
        curves: &[Curve],
        has_legend: bool,
        area: Rect,
        column: u16,
        buffer: &mut Buffer,
    ) {
        let mut column = column;
        for (curve, member) in curves.iter().zip(&chart.members).filter(|_| has_legend) {
            let last = self.runs[member.run].lines[member.line].buckets.last();
            let value = last.map_or(String::new(), |(_, value)| format::float(value, DIGITS));
            let text = match curves.len() {
                1 => value,
                2..=3 => format!("{} {value}", self.label(curve)),
                _ => self.label(curve),
            };
            if column >= area.width {
                break;
            }
            column = write(buffer, area, column, 0, &text, self.colors.curve(curve.color)) + 1;
        }
    }

    fn label(&self, curve: &Curve) -> String {
        match self.colors.has_colors() {
            true => curve.label.clone(),
            false => format!("{}={}", letter(curve.color), curve.label),
        }
    }

    /// A line for each curve: what it is, its latest value, its extremes.
    fn legend(&self, chart: &Chart, curves: &[Curve], area: Rect, buffer: &mut Buffer) {
        let widest = curves.iter().map(|curve| self.label(curve).chars().count()).max().unwrap_or(0);
        for (row, (curve, member)) in curves.iter().zip(&chart.members).enumerate().take(area.height as usize)
        {
            let buckets = &self.runs[member.run].lines[member.line].buckets;
            let Some((step, value)) = buckets.last() else { continue };
            let drawn = || buckets.iter().filter(|bucket| bucket.least <= bucket.greatest);
            let least = drawn().map(|bucket| bucket.least).fold(f64::INFINITY, f64::min);
            let greatest = drawn().map(|bucket| bucket.greatest).fold(f64::NEG_INFINITY, f64::max);
            let text = format!(
                "━ {:widest$}  {:<12} at {:<12} least {:<12} greatest {}",
                self.label(curve),
                format::float(value, DIGITS),
                grouped(step),
                format::float(least, DIGITS),
                format::float(greatest, DIGITS),
            );
            write(buffer, area, 0, row as u16, &text, self.colors.curve(curve.color));
        }
    }

    /// The end of the logs, those of several runs in the order of their times.
    fn log(&self, ui: &Ui, area: Rect, buffer: &mut Buffer) {
        if area.height == 0 || ui.log == LogSize::Hidden {
            return;
        }
        for column in 0..area.width {
            write(buffer, area, column, 0, "─", self.colors.dim());
        }
        let title =
            if ui.scrolled > 0 { format!(" log, {} lines up ", ui.scrolled) } else { " log ".to_owned() };
        write(buffer, area, 2, 0, &title, self.colors.dim());
        let rows = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let room = rows.height as usize;
        let mut lines: Vec<(String, &LogLine)> = Vec::new();
        for run in self.runs {
            let label = match self.runs.len() {
                1 => String::new(),
                _ => format!("{} ", plain(format::short_id(&run.id))),
            };
            lines.extend(run.log.iter().map(|line| (label.clone(), line)));
        }
        if self.runs.len() > 1 {
            lines.sort_by(|(_, a), (_, b)| a.time.cmp(&b.time));
        }
        let end = lines.len().saturating_sub(ui.scrolled);
        let start = end.saturating_sub(room);
        for (row, (label, line)) in lines[start..end].iter().enumerate() {
            let column = write(buffer, rows, 0, row as u16, label, self.colors.dim());
            let style = match line.severity {
                Severity::Debug => self.colors.dim(),
                Severity::Info => Style::new(),
                Severity::Warning => self.colors.warning(),
                Severity::Error => self.colors.bad(),
            };
            write(buffer, rows, column, row as u16, &line.text, style);
        }
    }

    /// The newest figure or field: two pixels in each cell, one above the other.
    fn field(&self, area: Rect, buffer: &mut Buffer) {
        let Some(field) = self.runs.iter().rev().find_map(|run| run.field.as_ref()) else { return };
        if area.height < 2 || area.width < 4 {
            return;
        }
        let range = field.range.map_or(String::new(), |(low, high)| {
            format!("  {} … {}", format::float(low, 4), format::float(high, 4))
        });
        write(buffer, area, 1, 0, &format!("{}{range}", field.name), self.colors.bold());
        let room = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 1, height: area.height - 1 };
        // A cell is about twice as high as it is wide.
        let scale = (f64::from(room.width) / field.width as f64)
            .min(f64::from(room.height) * 2.0 / field.height as f64);
        let across = ((field.width as f64 * scale) as u16).clamp(1, room.width);
        let down = ((field.height as f64 * scale / 2.0).ceil() as u16).clamp(1, room.height);
        for row in 0..down {
            for column in 0..across {
                let x = (f64::from(column) + 0.5) / f64::from(across);
                let y = |half: f64| (f64::from(row) + half) / f64::from(down);
                let (upper, lower) = (field.at(x, y(0.25)), field.at(x, y(0.75)));
                if let Some(cell) = buffer.cell_mut((room.x + column, room.y + row)) {
                    self.colors.halves(cell, upper, lower);
                }
            }
        }
    }

    fn footer(&self, ui: &Ui, areas: &Areas, buffer: &mut Buffer) {
        let area = areas.footer;
        if area.height == 0 {
            return;
        }
        if ui.is_typing {
            write(buffer, area, 0, 0, &format!("/{}▏", ui.filter), self.colors.bold());
            return;
        }
        let mut text = "q quit  ? help  / filter  Enter focus  g log  l log axis  t time".to_owned();
        if !ui.filter.is_empty() {
            text = format!("/{}  {text}", ui.filter);
        }
        let pages = ui.shown.charts.div_ceil(ui.shown.per_page.max(1));
        if pages > 1 {
            text = format!("page {}/{pages}  {text}", ui.selected / ui.shown.per_page.max(1) + 1);
        }
        write(buffer, area, 0, 0, &text, self.colors.dim());
    }

    fn help(&self, whole: Rect, buffer: &mut Buffer) {
        let (width, height) = (62.min(whole.width), (KEYS.len() as u16 + 2).min(whole.height));
        let area = Rect {
            x: whole.x + (whole.width - width) / 2,
            y: whole.y + (whole.height - height) / 2,
            width,
            height,
        };
        for position in area.positions() {
            if let Some(cell) = buffer.cell_mut(position) {
                cell.reset();
            }
        }
        let shade = Style::new().add_modifier(Modifier::REVERSED);
        write(buffer, area, 0, 0, &format!("{:<62}", " Keys"), shade);
        for (row, (keys, what)) in KEYS.iter().enumerate() {
            write(buffer, area, 1, row as u16 + 1, &format!("{keys:<18}{what}"), Style::new());
        }
    }
}

/// Writes a text into a row of `area`, cut at its end; returns the column after it.
fn write(buffer: &mut Buffer, area: Rect, column: u16, row: u16, text: &str, style: Style) -> u16 {
    if row >= area.height || column >= area.width {
        return column;
    }
    let room = (area.width - column) as usize;
    let (end, _) = buffer.set_stringn(area.x + column, area.y + row, text, room, style);
    end - area.x
}

/// An integer with its thousands set apart.
fn grouped(step: i64) -> String {
    let sign = if step < 0 { "-" } else { "" };
    format!("{sign}{}", format::count(step.unsigned_abs()))
}

#[cfg(test)]
mod tests;
