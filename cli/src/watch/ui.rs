//! The state of the screen, and how keys and the mouse change it.

use ratatui::crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::{Position, Rect};

use super::charts::Along;
use super::layout::LogSize;
use crate::plot::Scaling;

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Ui {
    pub along: Along,
    pub scaling: Scaling,
    pub log: LogSize,
    /// Lines above the end of the log.
    pub scrolled: usize,
    pub has_fields: bool,
    pub has_help: bool,
    /// True if there is one frame, and no keys.
    pub is_once: bool,
    /// True if one chart has all the room.
    pub is_focused: bool,
    /// The number of the selected chart.
    pub selected: usize,
    /// The part of names that was typed.
    pub filter: String,
    pub is_typing: bool,
    /// Where the mouse is.
    pub mouse: Option<Position>,
    /// The contents of the last frame.
    pub shown: Shown,
}

/// The contents of a frame.
#[derive(Debug, Default)]
pub struct Shown {
    /// How many charts there are, on all pages.
    pub charts: usize,
    pub columns: usize,
    pub per_page: usize,
    /// The charts of the page, by their numbers.
    pub areas: Vec<(usize, Rect)>,
    pub log: Rect,
    pub log_lines: usize,
}

/// The effect of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Nothing has changed.
    Nothing,
    Draw,
    /// Everything is drawn again.
    Redraw,
    /// The shell has the terminal until it is told to go on.
    Suspend,
    Quit,
}

impl Ui {
    /// Does what an event asks for.
    pub fn event(&mut self, event: &Event) -> After {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(*key),
            Event::Mouse(mouse) => self.mouse(*mouse),
            Event::Resize(..) => After::Draw,
            _ => After::Nothing,
        }
    }

    fn key(&mut self, key: KeyEvent) -> After {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c' | 'd') => After::Quit,
                KeyCode::Char('l') => After::Redraw,
                KeyCode::Char('z') => After::Suspend,
                KeyCode::Char('f') => self.page(1),
                KeyCode::Char('b') => self.page(-1),
                _ => After::Nothing,
            };
        }
        if self.is_typing {
            return self.typed(key.code);
        }
        if self.has_help && key.code != KeyCode::Char('q') {
            self.has_help = false;
            return After::Draw;
        }
        match key.code {
            KeyCode::Char('q') => return After::Quit,
            // Out of what is open, and then out of here.
            KeyCode::Esc if self.is_focused => self.is_focused = false,
            KeyCode::Esc if !self.filter.is_empty() => self.filter.clear(),
            KeyCode::Esc => return After::Quit,
            KeyCode::Char('?') => self.has_help = true,
            KeyCode::Char('/') => (self.is_typing, self.is_focused) = (true, false),
            KeyCode::Enter | KeyCode::Char(' ') => self.is_focused = !self.is_focused,
            KeyCode::Left | KeyCode::Char('h') => return self.select(-1),
            KeyCode::Right => return self.select(1),
            KeyCode::Down | KeyCode::Char('j') => return self.select(self.down()),
            KeyCode::Up | KeyCode::Char('k') => return self.select(-self.down()),
            KeyCode::Tab => return self.select(1),
            KeyCode::BackTab => return self.select(-1),
            KeyCode::PageDown => return self.page(1),
            KeyCode::PageUp => return self.page(-1),
            KeyCode::Home => self.selected = 0,
            KeyCode::End => self.selected = self.shown.charts.saturating_sub(1),
            KeyCode::Char('l') => {
                self.scaling = match self.scaling {
                    Scaling::Chosen => Scaling::Logarithmic,
                    Scaling::Logarithmic => Scaling::Linear,
                    Scaling::Linear => Scaling::Chosen,
                }
            }
            KeyCode::Char('t') => {
                self.along = if self.along == Along::Time { Along::Declared } else { Along::Time }
            }
            KeyCode::Char('x') => {
                self.along = match self.along {
                    Along::Declared => Along::Step,
                    Along::Step => Along::Time,
                    Along::Time => Along::Declared,
                }
            }
            KeyCode::Char('g') => (self.log, self.scrolled) = (self.log.next(), 0),
            KeyCode::Char('f') => self.has_fields = !self.has_fields,
            KeyCode::Char('[') => self.scroll(1),
            KeyCode::Char(']') => self.scroll(-1),
            _ => return After::Nothing,
        }
        After::Draw
    }

    fn typed(&mut self, code: KeyCode) -> After {
        match code {
            KeyCode::Enter => self.is_typing = false,
            KeyCode::Esc => {
                self.is_typing = false;
                self.filter.clear();
            }
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Char(symbol) if !symbol.is_control() => self.filter.push(symbol),
            _ => return After::Nothing,
        }
        self.selected = 0;
        After::Draw
    }

    /// How many charts further the one below is.
    fn down(&self) -> isize {
        if self.is_focused { 1 } else { self.shown.columns.max(1) as isize }
    }

    fn select(&mut self, by: isize) -> After {
        let last = self.shown.charts.saturating_sub(1);
        let before = self.selected;
        self.selected = self.selected.saturating_add_signed(by).min(last);
        if before == self.selected { After::Nothing } else { After::Draw }
    }

    fn page(&mut self, by: isize) -> After {
        self.select(by * if self.is_focused { 1 } else { self.shown.per_page.max(1) as isize })
    }

    fn scroll(&mut self, by: isize) {
        let most = self.shown.log_lines.saturating_sub(self.shown.log.height as usize);
        self.scrolled = self.scrolled.saturating_add_signed(by).min(most);
    }

    fn mouse(&mut self, mouse: MouseEvent) -> After {
        let at = Position::new(mouse.column, mouse.row);
        let chart = self.shown.areas.iter().find(|(_, area)| area.contains(at)).map(|(chart, _)| *chart);
        match mouse.kind {
            MouseEventKind::ScrollDown | MouseEventKind::ScrollUp => {
                let by = if mouse.kind == MouseEventKind::ScrollUp { -1 } else { 1 };
                if !self.shown.log.contains(at) {
                    return self.page(by);
                }
                self.scroll(-3 * by);
            }
            MouseEventKind::Down(MouseButton::Left) => match chart {
                Some(chart) if self.is_focused || chart == self.selected => {
                    self.is_focused = !self.is_focused
                }
                Some(chart) => self.selected = chart,
                None => return After::Nothing,
            },
            MouseEventKind::Moved | MouseEventKind::Drag(_) => {
                let was_over = self.mouse.replace(at).is_some_and(|at| self.is_over_chart(at));
                if chart.is_none() && !was_over {
                    return After::Nothing;
                }
            }
            _ => return After::Nothing,
        }
        After::Draw
    }

    fn is_over_chart(&self, at: Position) -> bool {
        self.shown.areas.iter().any(|(_, area)| area.contains(at))
    }
}

/// The keys, and what they do.
pub const KEYS: [(&str, &str); 14] = [
    ("arrows, h j k", "select a chart; Tab the next one"),
    ("Enter, click", "one chart, or all of them"),
    ("PgUp PgDn, wheel", "pages of charts"),
    ("/", "show series whose name has what is typed"),
    ("l", "y axis: chosen, logarithmic, linear"),
    ("t", "x axis: time, or step"),
    ("x", "x axis: declared series, step, time"),
    ("g", "log: small, half, whole, hidden"),
    ("[ ], wheel", "scroll the log"),
    ("f", "the newest figure or field"),
    ("Ctrl-L", "draw everything again"),
    ("Ctrl-Z", "back to the shell; `fg` goes on"),
    ("?", "these keys"),
    ("q, Ctrl-C, Esc", "quit"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn press(ui: &mut Ui, text: &str) -> After {
        let press = |code| Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        text.chars().map(|symbol| ui.event(&press(KeyCode::Char(symbol)))).last().unwrap()
    }

    fn key(ui: &mut Ui, code: KeyCode) -> After {
        ui.event(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    #[test]
    fn keys_do_what_the_help_says() {
        let mut ui =
            Ui { shown: Shown { charts: 10, columns: 3, per_page: 6, ..Shown::default() }, ..Ui::default() };
        assert_eq!((press(&mut ui, "jj"), ui.selected), (After::Draw, 6));
        assert_eq!((press(&mut ui, "k"), ui.selected), (After::Draw, 3));
        assert_eq!((key(&mut ui, KeyCode::PageDown), ui.selected), (After::Draw, 9));
        assert_eq!((key(&mut ui, KeyCode::Right), ui.selected), (After::Nothing, 9));
        assert_eq!((press(&mut ui, "l"), ui.scaling), (After::Draw, Scaling::Logarithmic));
        assert_eq!((press(&mut ui, "t"), ui.along), (After::Draw, Along::Time));
        assert_eq!((press(&mut ui, "g"), ui.log), (After::Draw, LogSize::Half));
        press(&mut ui, "?");
        assert!(ui.has_help);
        press(&mut ui, "z");
        assert!(!ui.has_help);
        assert_eq!(press(&mut ui, "z"), After::Nothing);
        assert_eq!(press(&mut ui, "q"), After::Quit);
        let control = Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
        assert_eq!(ui.event(&control), After::Quit);
    }

    #[test]
    fn a_filter_is_typed_and_escape_leaves_one_thing_at_a_time() {
        let mut ui = Ui { shown: Shown { charts: 10, ..Shown::default() }, ..Ui::default() };
        press(&mut ui, "/lossq");
        key(&mut ui, KeyCode::Backspace);
        key(&mut ui, KeyCode::Enter);
        assert_eq!((ui.filter.as_str(), ui.is_typing), ("loss", false));
        key(&mut ui, KeyCode::Enter);
        assert!(ui.is_focused);
        assert_eq!((key(&mut ui, KeyCode::Esc), ui.is_focused), (After::Draw, false));
        assert_eq!((key(&mut ui, KeyCode::Esc), ui.filter.as_str()), (After::Draw, ""));
        assert_eq!(key(&mut ui, KeyCode::Esc), After::Quit);
    }

    #[test]
    fn a_click_selects_and_another_one_focuses() {
        let areas = vec![(0, Rect::new(0, 0, 10, 5)), (1, Rect::new(10, 0, 10, 5))];
        let mut ui = Ui { shown: Shown { charts: 2, areas, ..Shown::default() }, ..Ui::default() };
        let mouse =
            |kind, column| Event::Mouse(MouseEvent { kind, column, row: 2, modifiers: KeyModifiers::NONE });
        let click = mouse(MouseEventKind::Down(MouseButton::Left), 12);
        assert_eq!((ui.event(&click), ui.selected, ui.is_focused), (After::Draw, 1, false));
        assert_eq!((ui.event(&click), ui.is_focused), (After::Draw, true));
        assert_eq!(ui.event(&mouse(MouseEventKind::Moved, 12)), After::Draw);
        assert_eq!(ui.event(&mouse(MouseEventKind::Moved, 50)), After::Draw, "the cursor leaves the chart");
        assert_eq!(ui.event(&mouse(MouseEventKind::Moved, 51)), After::Nothing);
    }
}
