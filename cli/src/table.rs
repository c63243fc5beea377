//! Tables on stdout: aligned, as wide as the terminal, with colours where they are wanted.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

use unicode_width::UnicodeWidthStr as _;

use crate::output::Output;

/// An empty table with these headings; the rows follow.
pub fn new(output: &Output, headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    match output.is_colored {
        true => table.enforce_styling(),
        false => table.force_no_tty(),
    };
    // In a pipe nothing is cut, so that a script gets all of it.
    table.set_content_arrangement(match output.is_terminal {
        true => ContentArrangement::Dynamic,
        false => ContentArrangement::Disabled,
    });
    table.set_header(headings.iter().map(|heading| Cell::new(heading).add_attribute(Attribute::Bold)));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// The same, but that nothing in it is cut, wherever it is shown.
pub fn whole(output: &Output, headings: &[&str]) -> Table {
    let mut table = new(output, headings);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table
}

/// How many columns of the terminal a line takes.
pub fn width(line: &str) -> usize {
    anstream::adapter::strip_str(line).to_string().width()
}

/// A cell with a number, at the right of its column.
pub fn number(text: impl Into<String>) -> Cell {
    Cell::new(text.into()).set_alignment(CellAlignment::Right)
}

/// A cell with a run's status, in its colour.
pub fn status(text: &str) -> Cell {
    let color = match text {
        "success" => Color::Green,
        "running" => Color::Cyan,
        "failed" | "dead" => Color::Red,
        _ => Color::Yellow,
    };
    Cell::new(text).fg(color)
}

/// The table's lines, without blanks at their ends.
pub fn lines(table: &Table) -> Vec<String> {
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}
