//! Headings of columns as names of series, with their units.

use super::number::Number;

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// The text that the program printed.
    pub text: String,
    /// The name of the series.
    pub name: String,
    /// The unit that stood in parentheses.
    pub unit: Option<String>,
}

impl Heading {
    /// The heading in a cell, such as `Pressure (bar)`.
    pub fn new(text: &str) -> Self {
        let text = text.trim().trim_matches('#').trim();
        let (mut name, mut unit) = (text, None);
        for (open, close) in [('(', ')'), ('[', ']')] {
            if let Some((before, inside)) = text.strip_suffix(close).and_then(|text| text.rsplit_once(open)) {
                (name, unit) = if before.trim().is_empty() { (inside, None) } else { (before, Some(inside)) };
            }
        }
        let name = name.split_whitespace().collect::<Vec<_>>().join("_");
        // `LJ (SR)` is a name with parentheses, not a unit.
        let is_unit = |unit: &&str| !unit.is_empty() && *unit != "SR" && *unit != "LR";
        match unit.filter(is_unit) {
            Some(unit) => Self { text: text.to_owned(), name, unit: Some(unit.trim().to_owned()) },
            None if unit.is_some() => {
                let name = text.split_whitespace().collect::<Vec<_>>().join("_");
                Self { text: text.to_owned(), name, unit: None }
            }
            None => Self { text: text.to_owned(), name, unit: None },
        }
    }

    fn is_one(&self) -> bool {
        self.name.chars().any(char::is_alphabetic)
            && self.name.len() <= 64
            && Number::parse(&self.name).is_none()
    }
}

/// The cells of a line of a table: between bars or commas, else between blanks.
pub fn cells(line: &str) -> Vec<&str> {
    if line.contains('|') {
        line.split(|c: char| c == '|' || c.is_whitespace()).filter(|cell| !cell.is_empty()).collect()
    } else if line.contains([',', ';']) {
        line.split([',', ';']).map(str::trim).filter(|cell| !cell.is_empty()).collect()
    } else {
        line.split_whitespace().collect()
    }
}

/// The `count` headings in a line, if it has so many.
pub fn headings(line: &str, count: usize) -> Option<Vec<Heading>> {
    let line = line.trim().trim_start_matches(['#', '%', '!']).trim_start();
    let by_words = || cells(line);
    let by_gaps = || line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>();
    let by_bars =
        || line.split(['|', '\t']).map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>();
    let ways = [by_words(), by_gaps(), by_bars()];
    ways.into_iter().find_map(|cells| {
        let headings: Vec<Heading> = cells.into_iter().map(Heading::new).collect();
        let is_unique = |at: usize| headings[..at].iter().all(|other| other.name != headings[at].name);
        let fits = headings.len() == count
            && headings.iter().all(Heading::is_one)
            && (0..headings.len()).all(is_unique);
        fits.then_some(headings)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str, count: usize) -> Option<Vec<String>> {
        let with_unit = |heading: Heading| match heading.unit {
            Some(unit) => format!("{} in {unit}", heading.name),
            None => heading.name,
        };
        headings(line, count).map(|found| found.into_iter().map(with_unit).collect())
    }

    #[test]
    fn headings_are_split_as_the_rows_are() {
        assert_eq!(names("Step Temp E_pair", 3).unwrap(), ["Step", "Temp", "E_pair"]);
        let gaps = "#  Loop   Time(fs)   Total Energy  Temperature   (us/atom)     # Atoms";
        let expected = ["Loop", "Time in fs", "Total_Energy", "Temperature", "us/atom", "Atoms"];
        assert_eq!(names(gaps, 6).unwrap(), expected);
        assert_eq!(names("| step | T [K] |", 2).unwrap(), ["step", "T in K"]);
        assert_eq!(names("iter, residual, drag", 3).unwrap(), ["iter", "residual", "drag"]);
        for (line, count) in [("Step Temp", 3), ("Step 12 5", 3), ("a a", 2), ("-- --", 2)] {
            assert_eq!(names(line, count), None, "{line}");
        }
    }
}
