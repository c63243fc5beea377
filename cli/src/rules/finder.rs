//! Finds tables: a line of headings, and rows of numbers below it, one of whose columns counts steps.

use super::heading::{Heading, cells, headings};
use super::number::Number;
use super::reader::Found;

/// More columns are data and no table to look at.
const COLUMNS_MAX: usize = 64;

/// So many lines without a row may be between a table's lines: warnings, blank lines.
const GAP: usize = 5;

/// A line of headings is not longer.
const HEADER_MAX: usize = 4096;

/// Looks for tables in lines.
#[derive(Debug, Default)]
pub struct Finder {
    /// The last two lines that may be headings: below them there may be a line with units.
    last: [String; 2],
    /// Lines since the last of them.
    age: usize,
    table: Option<Table>,
}

#[derive(Debug)]
struct Table {
    headings: Vec<Heading>,
    step: usize,
    last: i64,
    /// The first row, until a second one says that this is a table.
    first: Option<Vec<Number>>,
    gap: usize,
}

/// The numbers of a line that has nothing else, and at least two.
pub fn row(line: &str) -> Option<Vec<Number>> {
    let first = line.trim_start().bytes().next()?;
    if !first.is_ascii_digit() && !b"+-.|".contains(&first) {
        return None;
    }
    let row: Option<Vec<Number>> = cells(line).into_iter().map(Number::parse).collect();
    row.filter(|row| (2..=COLUMNS_MAX).contains(&row.len()))
}

/// A row's points: a value of each column but the step's.
pub fn points(headings: &[Heading], step: usize, row: Vec<Number>, found: &mut Vec<Found>) {
    let Some(Number::Int(at)) = row.get(step).cloned() else { return };
    let time = headings.iter().find(|heading| heading.name.eq_ignore_ascii_case("time"));
    for (index, (heading, value)) in headings.iter().zip(row).enumerate() {
        if index != step {
            let axis = time.filter(|time| time.name != heading.name).map(|time| time.name.clone());
            found.push(Found {
                name: heading.name.clone(),
                unit: heading.unit.clone(),
                axis,
                step: Some(at),
                value,
            });
        }
    }
}

impl Finder {
    /// Takes a line, and adds what it says.
    pub fn line(&mut self, line: &str, found: &mut Vec<Found>) {
        match row(line) {
            Some(row) => self.row(row, found),
            None => self.text(line),
        }
    }

    fn text(&mut self, line: &str) {
        self.age += 1;
        if let Some(table) = &mut self.table {
            table.gap += 1;
            if table.gap > GAP {
                self.table = None;
            }
        }
        if line.len() <= HEADER_MAX && line.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            self.last.swap(0, 1);
            self.last[0].clear();
            self.last[0].push_str(line);
            self.age = 0;
        }
    }

    fn row(&mut self, row: Vec<Number>, found: &mut Vec<Found>) {
        let goes_on = |table: &Table| {
            row.len() == table.headings.len()
                && matches!(row[table.step], Number::Int(step) if step > table.last)
        };
        match self.table.take().filter(goes_on) {
            Some(mut table) => {
                if let Some(first) = table.first.take() {
                    points(&table.headings, table.step, first, found);
                }
                if let Number::Int(step) = row[table.step] {
                    table.last = step;
                }
                table.gap = 0;
                points(&table.headings, table.step, row, found);
                self.table = Some(table);
            }
            None => self.table = self.begin(row),
        }
    }

    /// The table that begins with this row, if headings are near.
    fn begin(&self, row: Vec<Number>) -> Option<Table> {
        if self.age > GAP {
            return None;
        }
        let step = row.iter().position(|value| matches!(value, Number::Int(_)))?;
        let Number::Int(last) = row[step] else { return None };
        let headings = self.last.iter().find_map(|line| headings(line, row.len()))?;
        Some(Table { headings, step, last, first: Some(row), gap: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let (mut finder, mut found) = (Finder::default(), Vec::new());
        text.lines().for_each(|line| finder.line(line, &mut found));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_table_is_found_and_its_step() {
        let text = "begin\nStep Temp(K) Press\n 0 1.5 2\n 10 1.25 3\nWARNING: x\n 20 1.0 4\ndone 3\n";
        let expected = [
            "Temp[0] = 1.5 K",
            "Press[0] = 2",
            "Temp[10] = 1.25 K",
            "Press[10] = 3",
            "Temp[20] = 1.0 K",
            "Press[20] = 4",
        ];
        assert_eq!(found(text), expected);
    }

    #[test]
    fn units_may_stand_below_the_headings_and_time_is_an_axis() {
        let text = "# time  iter  drag\n# s  -  N\n# --------\n0.5 1 3.0\n\n1.0 2 4.0\n";
        let expected =
            ["time[1] = 0.5", "drag[1] = 3.0 over time", "time[2] = 1.0", "drag[2] = 4.0 over time"];
        assert_eq!(found(text), expected);
    }

    #[test]
    fn what_is_no_table_gives_nothing() {
        // One row; steps that do not grow; no headings; none of the columns counts.
        for text in [
            "a b\n1 2\nend\n",
            "a b\n1 2\n1 2\n1 3\n",
            "1 2\n2 3\n3 4\n",
            "a b\n1.5 2.5\n2.5 3.5\n",
            "one two three\n1 2\n2 3\n",
            "Histogram: 1 0 0\n1 0\n",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn a_second_table_has_its_own_headings() {
        let text = "it res\n1 0.5\n2 0.25\n\nstep E\n1 7.0\n2 8.0\n";
        assert_eq!(found(text).len(), 4);
        assert_eq!(found(text)[2], "E[1] = 7.0");
    }
}
