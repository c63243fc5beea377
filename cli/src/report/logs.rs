//! The logs: the last part of each, with warnings and errors marked.

use metalab::read::Run;
use serde::Serialize;

use crate::format;

/// Bytes of all logs on a page.
const MOST: usize = 384 << 10;

/// Bytes of a log, where there are many.
const LEAST: usize = 4 << 10;

/// The logs that are shown, at most; a run of many processes has one of each.
const LOGS: usize = 64;

/// A log of a run.
#[derive(Debug, Serialize)]
pub struct Log {
    pub run: usize,
    pub name: String,
    pub pieces: Vec<Piece>,
    pub warnings: usize,
    pub errors: usize,
    /// A note on the part that is left out.
    pub note: Option<String>,
}

/// Lines that follow each other and are of one kind.
#[derive(Debug, PartialEq, Serialize)]
pub struct Piece {
    /// `warning`, `error` or empty.
    pub kind: &'static str,
    pub text: String,
}

/// The logs of the runs, the run's own first.
pub fn read(runs: &[Run], problems: &mut Vec<String>) -> Vec<Log> {
    let mut all: Vec<(usize, String)> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        match run.log_names() {
            Ok(mut names) => {
                names.sort_by_key(|name| name != "run");
                all.extend(names.into_iter().map(|name| (index, name)));
            }
            Err(error) => problems.push(format!("logs of {}: {}", run.id(), error.message())),
        }
    }
    if all.len() > LOGS {
        problems.push(format!("{} logs are left out: the page shows {LOGS}", all.len() - LOGS));
        all.truncate(LOGS);
    }
    let most = (MOST / all.len().max(1)).max(LEAST);
    let mut logs = Vec::new();
    for (index, name) in all {
        match tail(&runs[index], &name, most) {
            Ok((text, note)) if !text.is_empty() => logs.push(log(index, name, &text, note)),
            Ok(_) => {}
            Err(error) => {
                problems.push(format!("log {name} of {}: {}", runs[index].id(), error.message()));
            }
        }
    }
    logs
}

/// The last whole lines of a log, and what is left out.
fn tail(run: &Run, name: &str, most: usize) -> metalab::Result<(String, Option<String>)> {
    let size = run.log_size(name)?;
    let start = size.saturating_sub(most as u64);
    let bytes = run.log(name, start, most)?;
    let text = String::from_utf8_lossy(&bytes);
    if start == 0 {
        return Ok((text.into_owned(), None));
    }
    let lines = text.split_once('\n').map_or(&*text, |(_, rest)| rest);
    let note = format!("the last {} of {}", format::bytes(bytes.len() as u64), format::bytes(size));
    Ok((lines.to_owned(), Some(note)))
}

fn log(run: usize, name: String, text: &str, note: Option<String>) -> Log {
    let mut log = Log { run, name, pieces: Vec::new(), warnings: 0, errors: 0, note };
    let mut kind = "";
    for line in text.split_inclusive('\n') {
        if let Some(found) = kind_of(line) {
            kind = found;
            log.warnings += usize::from(kind == "warning");
            log.errors += usize::from(kind == "error");
        }
        match log.pieces.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(line),
            _ => log.pieces.push(Piece { kind, text: line.to_owned() }),
        }
    }
    log
}

/// The kind of a line that begins with a date and a level; nothing for one that goes on with the line before.
fn kind_of(line: &str) -> Option<&'static str> {
    let (level, _) = line.get(19..)?.strip_prefix(" [")?.split_once(']')?;
    match level.trim_end() {
        "WARNING" => Some("warning"),
        "ERROR" | "CRITICAL" => Some("error"),
        "DEBUG" | "INFO" => Some(""),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_kind_stand_together() {
        let text = "2026-11-28 21:38:46 [INFO   ] [x] a\n2026-11-28 21:38:46 [ERROR  ] [x] b\n  at c\n\
                    2026-11-28 21:38:46 [WARNING] [x] d\n";
        let log = log(0, "run".into(), text, None);
        let kinds: Vec<_> = log.pieces.iter().map(|piece| (piece.kind, piece.text.lines().count())).collect();
        assert_eq!(kinds, [("", 1), ("error", 2), ("warning", 1)]);
        assert_eq!((log.warnings, log.errors), (1, 1));
        assert_eq!(log.pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
        assert_eq!(kind_of("step 1 of 100, a line of stdout [ERROR] x"), None);
    }
}
