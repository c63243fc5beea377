//! `mlab log`: the log of a run, also while it is written.

use std::collections::VecDeque;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use metalab::Level;
use metalab::read::{Run, RunStatus};
use serde_json::json;

use crate::choose::{self, RunName};
use crate::failure::{Answer, Failure, Result};
use crate::global::Global;
use crate::output::{self, Output};
use crate::{escape, standing};

/// Bytes that are read of a log at once.
const PIECE: usize = 1 << 20;

/// How long a follower sleeps between two looks, and how many looks later it asks how the run stands.
const NAP: Duration = Duration::from_millis(100);
const LOOKS: u32 = 10;

/// The name of a run's own log.
const OWN: &str = "run";

/// Prints the log of a run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab log                        the log of the newest run
  mlab log a1b2 -f --level warn   warnings and errors of a run, as they come
  mlab log a1b2 --log rank.3 -n 20")]
pub struct Log {
    #[command(flatten)]
    name: RunName,
    /// The log: `run`, `stdout`, `rank.3` or another one. A number is a rank's. Without this, the run's own
    /// log, or what the program printed if that is empty.
    #[arg(long, value_name = "NAME")]
    log: Option<String>,
    /// Prints what comes, until the run ends.
    #[arg(long, short)]
    follow: bool,
    /// Prints the last so many lines.
    #[arg(long, short = 'n', value_name = "COUNT")]
    lines: Option<usize>,
    /// Prints lines of this level and above.
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    level: Option<Level>,
}

/// The level of this name.
fn level(name: &str) -> std::result::Result<Level, String> {
    match name.to_ascii_lowercase().as_str() {
        "debug" => Ok(Level::Debug),
        "info" => Ok(Level::Info),
        "warn" | "warning" => Ok(Level::Warning),
        "error" => Ok(Level::Error),
        "critical" => Ok(Level::Critical),
        _ => Err("levels are debug, info, warn, error and critical".to_owned()),
    }
}

impl Log {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        if self.follow && output.is_json {
            return Err(Failure::new("a log that is followed is no JSON").advice("leave out -f or --json"));
        }
        let store = choose::store(global)?;
        let mut run = self.name.run(&store)?;
        let log = self.log_of(&run)?;
        let is_over = run.status() != RunStatus::Running;
        let mut reader = Reader { log, at: 0, torn: Vec::new(), level: Level::Debug };
        let ends = is_over || !self.follow;
        match (output.is_json, self.lines) {
            (false, None) => reader.each(&run, ends, &mut |line| self.print(&line, output))?,
            (is_json, most) => {
                let lines = self.last(&run, &mut reader, ends, most.unwrap_or(usize::MAX))?;
                if is_json {
                    let row = |line: &Line| json!({"level": line.level.name(), "text": line.text});
                    output.json(&lines.iter().map(row).collect())?;
                    return Ok(Answer::Yes);
                }
                lines.iter().try_for_each(|line| self.print(line, output))?;
            }
        }
        if self.follow {
            self.go_on(&mut run, reader, output)?;
        }
        Ok(Answer::Yes)
    }

    /// The last lines that are wanted, `most` of them.
    fn last(&self, run: &Run, reader: &mut Reader, ends: bool, most: usize) -> Result<VecDeque<Line>> {
        let mut lines = VecDeque::new();
        reader.each(run, ends, &mut |line| {
            if self.wants(&line) && most > 0 {
                if lines.len() == most {
                    lines.pop_front();
                }
                lines.push_back(line);
            }
            Ok(())
        })?;
        Ok(lines)
    }

    fn wants(&self, line: &Line) -> bool {
        self.level.is_none_or(|least| line.level >= least)
    }

    fn print(&self, line: &Line, output: &mut Output) -> Result<()> {
        if !self.wants(line) {
            return Ok(());
        }
        let text = escape::laid_out(line.text.trim_end_matches('\r'));
        match style(line.level) {
            Some(style) if output.is_colored => output.line(output::styled(style, text)),
            _ => output.line(text),
        }
    }

    /// The name of the log that is wanted.
    fn log_of(&self, run: &Run) -> Result<String> {
        let Some(wanted) = &self.log else { return usual(run) };
        if wanted == OWN {
            return Ok(OWN.to_owned());
        }
        let names = run.log_names()?;
        let of_rank = format!("run.rank.{wanted}");
        let of_label = format!("run.{wanted}");
        let found = names.iter().find(|name| *name == wanted || **name == of_rank || **name == of_label);
        match found {
            Some(name) => Ok(name.clone()),
            None => {
                let failure = Failure::new(format!("run {} has no log {wanted}", run.id()));
                Err(failure.advice(format!("there are: {}", names.join(", "))))
            }
        }
    }

    /// Prints what comes until the run has ended, and how it ended.
    fn go_on(&self, run: &mut Run, mut reader: Reader, output: &mut Output) -> Result<()> {
        loop {
            for _ in 0..LOOKS {
                // Before the log: what was written until then is found after it.
                let is_over = run.status() != RunStatus::Running;
                reader.each(run, is_over, &mut |line| self.print(&line, output))?;
                if is_over {
                    return output.line(standing::line(run, output));
                }
                output.flush()?;
                std::thread::sleep(NAP);
            }
            run.refresh()?;
        }
    }
}

/// The log that is meant where none is named: the run's own, or what the program printed if that has nothing.
fn usual(run: &Run) -> Result<String> {
    for name in [OWN, "stdout", "stderr"] {
        if !run.log(name, 0, 1)?.is_empty() {
            return Ok(name.to_owned());
        }
    }
    Ok(OWN.to_owned())
}

/// A line of a log.
struct Line {
    level: Level,
    text: String,
}

/// A reader of a log, which may grow.
struct Reader {
    log: String,
    at: u64,
    /// A line whose end is not there yet.
    torn: Vec<u8>,
    /// The level of the last line: one without a level of its own goes on with it.
    level: Level,
}

impl Reader {
    /// Shows `each` the lines that have come; also the last one without an end, if nothing more comes.
    fn each(&mut self, run: &Run, ends: bool, each: &mut dyn FnMut(Line) -> Result<()>) -> Result<()> {
        loop {
            let piece = run.log(&self.log, self.at, PIECE)?;
            if piece.is_empty() {
                break;
            }
            self.at += piece.len() as u64;
            let mut parts = piece.split(|byte| *byte == b'\n');
            // The part after the last end of a line is torn.
            let after = parts.next_back().unwrap_or_default();
            for part in parts {
                self.torn.extend(part);
                each(self.line())?;
            }
            self.torn.extend(after);
        }
        match ends && !self.torn.is_empty() {
            true => each(self.line()),
            false => Ok(()),
        }
    }

    /// The line that is whole now.
    fn line(&mut self) -> Line {
        let text = String::from_utf8_lossy(&self.torn).into_owned();
        self.torn.clear();
        self.level = level_of(&text).unwrap_or(self.level);
        Line { level: self.level, text }
    }
}

/// The level of a line such as `2026-11-28 21:47:33 [INFO   ] [logger] text`.
fn level_of(line: &str) -> Option<Level> {
    let (time, rest) = line.split_once(" [")?;
    let is_time = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | ' ' | '.' | ',' | 'T');
    if !time.chars().all(is_time) || time.is_empty() {
        return None;
    }
    level(rest.split_once(']')?.0.trim()).ok()
}

/// The colour of lines of a level.
fn style(level: Level) -> Option<Style> {
    match level {
        Level::Debug => Some(Style::new().dimmed()),
        Level::Info => None,
        Level::Warning => Some(AnsiColor::Yellow.on_default()),
        Level::Error => Some(AnsiColor::Red.on_default()),
        Level::Critical => Some(AnsiColor::Red.on_default().bold()),
    }
}
