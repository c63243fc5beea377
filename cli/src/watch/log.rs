//! The end of a run's logs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use metalab::read::Run;

use super::model::LOG_LINES;

/// Bytes before the end with which a log begins.
const TAIL: u64 = 64 << 10;

/// Bytes that are read at a time.
const PIECE: usize = 256 << 10;

/// Longer lines are cut here.
const LONGEST: usize = 1000;

/// How severe a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Severity {
    Debug,
    #[default]
    Info,
    Warning,
    Error,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The text, without control characters.
    pub text: String,
    /// When it was written, as it says, or the line before it: texts are in the order of their times.
    pub time: String,
    pub severity: Severity,
}

/// Where each log of a run was read to.
#[derive(Debug, Default)]
pub struct Tail {
    logs: BTreeMap<String, Reading>,
}

#[derive(Debug, Default)]
struct Reading {
    offset: u64,
    /// A line that has no end yet.
    rest: Vec<u8>,
    severity: Severity,
    time: String,
    /// True where the beginning of the first line is missing.
    is_cut: bool,
}

impl Tail {
    /// Looks for logs that are new.
    pub fn look(&mut self, run: &Run) -> metalab::Result<()> {
        for name in run.log_names()? {
            if let Entry::Vacant(place) = self.logs.entry(name) {
                let offset = run.log_size(place.key())?.saturating_sub(TAIL);
                place.insert(Reading { offset, is_cut: offset > 0, ..Reading::default() });
            }
        }
        Ok(())
    }

    /// The lines that are new.
    pub fn poll(&mut self, run: &Run) -> metalab::Result<Vec<LogLine>> {
        let mut lines = Vec::new();
        let is_one = self.logs.len() <= 1;
        for (name, reading) in &mut self.logs {
            loop {
                let text = run.log(name, reading.offset, PIECE)?;
                if text.is_empty() {
                    break;
                }
                reading.offset += text.len() as u64;
                let label = if is_one || name == "run" { "" } else { name };
                reading.add(&text, label, &mut lines);
                let many = lines.len().saturating_sub(LOG_LINES);
                lines.drain(..many);
            }
        }
        Ok(lines)
    }
}

impl Reading {
    fn add(&mut self, text: &[u8], label: &str, lines: &mut Vec<LogLine>) {
        self.rest.extend_from_slice(text);
        let mut start = 0;
        while let Some(length) = self.rest[start..].iter().position(|byte| *byte == b'\n') {
            let line = &self.rest[start..start + length];
            start += length + 1;
            if std::mem::take(&mut self.is_cut) {
                continue;
            }
            let text = String::from_utf8_lossy(&line[..line.len().min(LONGEST)]);
            // A line without a level goes on with what the one before said.
            self.severity = severity(&text).unwrap_or(self.severity);
            if let Some(time) = time(&text) {
                time.clone_into(&mut self.time);
            }
            let label = if label.is_empty() { String::new() } else { format!("{label}: ") };
            let text = plain(&format!("{label}{text}"));
            lines.push(LogLine { text, time: self.time.clone(), severity: self.severity });
        }
        self.rest.drain(..start);
        // A line that never ends is no reason to keep all of it.
        if self.rest.len() > PIECE {
            self.rest.truncate(LONGEST);
        }
    }
}

/// The time with which a line begins.
fn time(line: &str) -> Option<&str> {
    let time = line.get(..19)?;
    let is_time = time.bytes().all(|byte| byte.is_ascii_digit() || b"- :".contains(&byte));
    is_time.then_some(time)
}

/// The severity that a line says: `2026-11-28 21:53:07 [WARNING] [metalab.run.a] text`.
fn severity(line: &str) -> Option<Severity> {
    let (_, rest) = line.get(..40).unwrap_or(line).split_once('[')?;
    let word = rest.split([']', ' ']).next()?;
    Some(match word {
        "DEBUG" => Severity::Debug,
        "INFO" => Severity::Info,
        "WARNING" => Severity::Warning,
        "ERROR" | "CRITICAL" => Severity::Error,
        _ => return None,
    })
}

/// The text without characters that would do something to a terminal.
pub fn plain(text: &str) -> String {
    // Those that turn the direction of a text around, or are not seen, mislead as well.
    let is_hidden = |symbol: char| matches!(symbol, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let mut shown = String::with_capacity(text.len());
    for symbol in text.chars() {
        match symbol {
            '\t' => shown.push_str("    "),
            symbol if symbol.is_control() || is_hidden(symbol) => shown.extend(symbol.escape_default()),
            symbol => shown.push(symbol),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_severity_and_nothing_that_a_terminal_obeys() {
        let mut reading = Reading { is_cut: true, ..Reading::default() };
        let mut lines = Vec::new();
        let text = "half a line\n2026-11-28 21:53:07 [WARNING] [metalab.run.a] two\nlines \u{1b}[2J\n\
                    2026-11-28 21:53:07 [ERROR  ] [metalab.run.a] bad";
        reading.add(text.as_bytes(), "", &mut lines);
        reading.add(b"\n\n", "rank.1", &mut lines);
        let found: Vec<(Severity, &str)> =
            lines.iter().map(|line| (line.severity, line.text.as_str())).collect();
        assert_eq!(
            found,
            [
                (Severity::Warning, "2026-11-28 21:53:07 [WARNING] [metalab.run.a] two"),
                (Severity::Warning, "lines \\u{1b}[2J"),
                (Severity::Error, "rank.1: 2026-11-28 21:53:07 [ERROR  ] [metalab.run.a] bad"),
                (Severity::Error, "rank.1: "),
            ]
        );
        assert_eq!(
            (lines[1].time.as_str(), time("not a time at all, but long")),
            ("2026-11-28 21:53:07", None)
        );
        reading.add(&vec![b'x'; PIECE + 1], "", &mut lines);
        assert_eq!(reading.rest.len(), LONGEST);
    }
}
