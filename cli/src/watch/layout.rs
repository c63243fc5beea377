//! Where everything is: the runs above, the charts in a grid, the log below or beside them.

use ratatui::layout::Rect;

/// The size of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogSize {
    Hidden,
    #[default]
    Small,
    Half,
    Whole,
}

impl LogSize {
    /// The next size.
    pub fn next(self) -> Self {
        match self {
            Self::Hidden => Self::Small,
            Self::Small => Self::Half,
            Self::Half => Self::Whole,
            Self::Whole => Self::Hidden,
        }
    }
}

/// The smallest chart of several.
const LEAST_WIDTH: u16 = 30;
const LEAST_HEIGHT: u16 = 7;

/// The width over the height, in cells, that looks best.
const ASPECT: f64 = 4.0;

/// From this width on the log is beside the charts.
const WIDE: u16 = 180;

/// The areas of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Areas {
    pub runs: Rect,
    pub charts: Rect,
    pub log: Rect,
    pub field: Rect,
    pub footer: Rect,
}

/// Divides the terminal among so many runs, the log and a field.
pub fn areas(area: Rect, runs: usize, log: LogSize, has_field: bool, has_footer: bool) -> Areas {
    let footer_height = u16::from(area.height >= 8 && has_footer);
    let most = (area.height / 6).clamp(1, 6);
    let runs_height = (runs as u16).clamp(1, most).min(area.height);
    let (runs, rest) = above(area, runs_height);
    let (rest, footer) = above(rest, rest.height.saturating_sub(footer_height));
    let is_wide = area.width >= WIDE;
    let share = match log {
        LogSize::Hidden => 0,
        LogSize::Small if is_wide => rest.width * 3 / 10,
        LogSize::Small => (rest.height / 4).min(6),
        LogSize::Half if is_wide => rest.width / 2,
        LogSize::Half => rest.height / 2,
        LogSize::Whole if is_wide => rest.width,
        LogSize::Whole => rest.height,
    };
    // A log of a line is of no use beside a chart that has no room.
    let share = if share < 3 && log == LogSize::Small { 0 } else { share };
    let (rest, log) =
        if is_wide { beside(rest, rest.width - share) } else { above(rest, rest.height - share) };
    let field_width = if has_field { rest.width / 2 } else { 0 };
    let (charts, field) = beside(rest, rest.width - field_width);
    Areas { runs, charts, log, field, footer }
}

fn above(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let below = Rect { y: area.y + height, height: area.height - height, ..area };
    (Rect { height, ..area }, below)
}

fn beside(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    (Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area })
}

/// Charts in columns and rows; those that do not fit are on other pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grid {
    pub area: Rect,
    pub columns: usize,
    pub rows: usize,
}

impl Grid {
    /// A grid of so many charts.
    pub fn new(area: Rect, charts: usize) -> Self {
        let most_columns = (area.width / LEAST_WIDTH).max(1) as usize;
        let most_rows = (area.height / LEAST_HEIGHT).max(1) as usize;
        let rows = |columns: usize| charts.max(1).div_ceil(columns);
        let aspect = |columns: usize| {
            let wide = f64::from(area.width) / columns as f64;
            let high = f64::from(area.height) / rows(columns) as f64;
            (wide / high.max(1.0) / ASPECT).ln().abs()
        };
        let fitting = (1..=most_columns.min(charts.max(1))).filter(|columns| rows(*columns) <= most_rows);
        match fitting.min_by(|a, b| aspect(*a).total_cmp(&aspect(*b))) {
            Some(columns) => Self { area, columns, rows: rows(columns) },
            None => Self { area, columns: most_columns, rows: most_rows },
        }
    }

    /// How many charts are on a page.
    pub fn per_page(&self) -> usize {
        (self.columns * self.rows).max(1)
    }

    /// The area of the chart at a place of the page.
    pub fn cell(&self, place: usize) -> Rect {
        let (column, row) = (place % self.columns, place / self.columns);
        let edge = |size: u16, part: usize, parts: usize| (size as usize * part / parts.max(1)) as u16;
        let (left, right) =
            (edge(self.area.width, column, self.columns), edge(self.area.width, column + 1, self.columns));
        let (top, bottom) =
            (edge(self.area.height, row, self.rows), edge(self.area.height, row + 1, self.rows));
        // A blank column between two charts.
        let gap = u16::from(column + 1 < self.columns && right - left > 1);
        Rect { x: self.area.x + left, y: self.area.y + top, width: right - left - gap, height: bottom - top }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_fill_the_area_and_the_others_are_on_pages() {
        let area = Rect::new(0, 1, 120, 30);
        let shape = |charts| (Grid::new(area, charts).columns, Grid::new(area, charts).rows);
        assert_eq!((shape(0), shape(1), shape(2)), ((1, 1), (1, 1), (1, 2)));
        assert_eq!(Grid::new(Rect::new(0, 0, 100, 12), 1).columns, 1, "no chart is half empty");
        assert_eq!((shape(4), shape(100)), ((2, 2), (4, 4)));
        let grid = Grid::new(area, 100);
        assert_eq!((grid.per_page(), grid.cell(0)), (16, Rect::new(0, 1, 29, 7)));
        assert_eq!(grid.cell(15).right(), 120);
    }

    #[test]
    fn everything_has_a_place_in_any_terminal() {
        for (width, height) in [(0, 0), (1, 1), (20, 5), (80, 24), (250, 70)] {
            for log in [LogSize::Hidden, LogSize::Small, LogSize::Half, LogSize::Whole] {
                let whole = Rect::new(0, 0, width, height);
                let areas = areas(whole, 30, log, true, true);
                for part in [areas.runs, areas.charts, areas.log, areas.field, areas.footer] {
                    assert_eq!(part.intersection(whole).area(), part.area(), "{width}x{height} {areas:?}");
                }
                let cell = Grid::new(areas.charts, 7).cell(6);
                assert!(cell.width <= width && cell.height <= height);
            }
        }
        let usual = areas(Rect::new(0, 0, 80, 24), 1, LogSize::Small, false, true);
        assert_eq!((usual.charts.height, usual.log.height, usual.footer.y), (17, 5, 23));
    }
}
