//! The colours of a terminal: 24 bits, 256, or none.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier, Style};

/// The colours that the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    None,
    /// The 256 of most terminals.
    Indexed,
    /// 24 bits.
    Full,
}

/// Colours of curves that are told apart on dark and on light grounds.
const CURVES: [u8; 10] = [33, 208, 35, 199, 141, 172, 37, 203, 106, 245];

/// Characters from dark to light, where there are no colours.
const SHADES: [char; 6] = [' ', '.', ':', '+', '#', '@'];

impl Colors {
    /// The colours that the terminal can show, if they are wanted at all.
    pub fn of_terminal(is_colored: bool) -> Self {
        if !is_colored {
            return Self::None;
        }
        let depth = std::env::var("COLORTERM").unwrap_or_default();
        if matches!(depth.as_str(), "truecolor" | "24bit") { Self::Full } else { Self::Indexed }
    }

    pub fn has_colors(self) -> bool {
        self != Self::None
    }

    fn foreground(self, color: Color) -> Style {
        if self.has_colors() { Style::new().fg(color) } else { Style::new() }
    }

    /// A curve of this number.
    pub fn curve(self, number: usize) -> Style {
        self.foreground(Color::Indexed(CURVES[number % CURVES.len()]))
    }

    pub fn dim(self) -> Style {
        self.foreground(Color::Indexed(245))
    }

    pub fn bold(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub fn good(self) -> Style {
        self.foreground(Color::Green)
    }

    pub fn running(self) -> Style {
        self.foreground(Color::Cyan)
    }

    pub fn warning(self) -> Style {
        self.foreground(Color::Yellow)
    }

    pub fn bad(self) -> Style {
        self.foreground(Color::Red)
    }

    /// Shows two pixels in a cell.
    pub fn halves(self, cell: &mut Cell, upper: [u8; 3], lower: [u8; 3]) {
        let color = |[red, green, blue]: [u8; 3]| match self {
            Self::Full => Color::Rgb(red, green, blue),
            _ => {
                let part = |value: u8| (u16::from(value) * 5 + 127) / 255;
                Color::Indexed((16 + 36 * part(red) + 6 * part(green) + part(blue)) as u8)
            }
        };
        if self.has_colors() {
            cell.set_char('▀').set_style(Style::new().fg(color(upper)).bg(color(lower)));
            return;
        }
        let light = |[red, green, blue]: [u8; 3]| {
            (usize::from(red) * 3 + usize::from(green) * 6 + usize::from(blue)) / 10
        };
        let shade = (light(upper) + light(lower)) / 2 * SHADES.len() / 256;
        cell.set_char(SHADES[shade]);
    }
}
