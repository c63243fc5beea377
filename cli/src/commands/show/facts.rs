//! The part of a run that is in its record, and what its files and its reader know of it.

use anstyle::Style;
use metalab::Json;
use metalab::read::{Run, RunStatus};

use crate::failure::Result;
use crate::output::{Output, styled};
use crate::{escape, format, plain, standing};

/// Prints the heading of a section.
pub fn heading(title: &str, output: &mut Output) -> Result<()> {
    output.line("")?;
    let bold = Style::new().bold();
    output.line(if output.is_colored { styled(bold, title) } else { title.to_owned() })
}

/// Prints names and values, the values below each other.
pub fn fields(fields: &[(String, String)], output: &mut Output) -> Result<()> {
    let width = fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(32);
    fields.iter().try_for_each(|(name, value)| output.line(format!("  {name:width$}  {value}").trim_end()))
}

/// Prints the experiment, times and tags.
pub fn times(run: &Run, output: &mut Output) -> Result<()> {
    let now = format::now();
    let time = |micros: i64| format!("{} ({})", format::local_time(micros), format::ago(micros, now));
    let mut found = vec![
        ("run".to_owned(), escape::line(run.id()).into_owned()),
        ("experiment".to_owned(), escape::line(run.experiment_id()).into_owned()),
    ];
    let mut add =
        |name: &str, micros: Option<i64>| found.extend(micros.map(|at| (name.to_owned(), time(at))));
    add("started", run.started().and_then(standing::micros));
    add("finished", run.finished().and_then(standing::micros));
    add("last active", run.last_active()?.and_then(standing::micros));
    let tags: Vec<_> = run.tags().into_iter().map(escape::line).collect();
    if !tags.is_empty() {
        found.push(("tags".to_owned(), tags.join(", ")));
    }
    fields(&found, output)
}

/// Prints the last lines of the traceback of the error that the run ended with.
pub fn error(run: &Run, most: usize, output: &mut Output) -> Result<()> {
    let Some(error) = run.error() else { return Ok(()) };
    heading("error", output)?;
    output.line(format!("  {}", standing::reason(run).unwrap_or_default()))?;
    let lines: Vec<&str> =
        error.get("traceback").and_then(Json::as_str).unwrap_or_default().lines().collect();
    let left_out = lines.len().saturating_sub(most);
    if left_out > 0 {
        output.line(format!("    ({left_out} lines before these: --full)"))?;
    }
    lines[left_out..].iter().try_for_each(|line| output.line(format!("    {}", escape::laid_out(line))))
}

/// Prints the members of an object, if it has any.
pub fn members(title: &str, object: &Json, output: &mut Output) -> Result<()> {
    let found: Vec<(String, String)> = plain::flattened(object)
        .into_iter()
        .map(|(name, value)| (escape::line(&name).into_owned(), plain::json(value)))
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    heading(title, output)?;
    fields(&found, output)
}

/// Prints warnings and notes.
pub fn remarks(run: &Run, output: &mut Output) -> Result<()> {
    if !run.warnings().is_empty() {
        heading("warnings", output)?;
    }
    for warning in run.warnings() {
        let message = warning.get("message").and_then(Json::as_str).unwrap_or_default();
        let others = warning.as_object().into_iter().flatten().filter(|(key, _)| *key != "message");
        let others: Vec<String> =
            others.map(|(key, value)| format!("{} {}", escape::line(key), plain::json(value))).collect();
        let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
        output.line(format!("  {}{others}", escape::line(message)))?;
    }
    let Some(notes) = run.notes() else { return Ok(()) };
    heading("notes", output)?;
    notes.lines().try_for_each(|line| output.line(format!("  {}", escape::laid_out(line))))
}

/// Prints how the run came about: in short, or all of it.
pub fn provenance(run: &Run, is_full: bool, output: &mut Output) -> Result<()> {
    let all = run.provenance();
    if is_full {
        return members("provenance", all, output);
    }
    let text = |json: Option<&Json>| json.filter(|json| **json != Json::Null).map(plain::json);
    let extra = |key: &str| text(all.get("extra").and_then(|extra| extra.get(key)));
    let git = all.get("extra").and_then(|extra| extra.get("git"));
    let commit = git.and_then(|git| {
        let commit: String = text(git.get("commit"))?.chars().take(12).collect();
        let branch = text(git.get("branch")).map(|branch| format!(" on {branch}")).unwrap_or_default();
        let dirty = if git.get("dirty") == Some(&Json::Bool(true)) { ", changed since" } else { "" };
        Some(format!("{commit}{branch}{dirty}"))
    });
    let command = all.get("extra").and_then(|extra| extra.get("command")).and_then(Json::as_array);
    let command = command.map(|words| words.iter().map(plain::json).collect::<Vec<_>>().join(" "));
    let found = [
        ("host", text(all.get("host"))),
        ("user", extra("user")),
        ("command", command.map(|command| escape::short(&command, 200))),
        ("directory", extra("working_directory")),
        ("commit", commit.or_else(|| text(all.get("code_hash")).map(|hash| escape::short(&hash, 12)))),
        ("compiler", extra("compiler")),
        ("job", extra("job")),
    ];
    let found: Vec<(String, String)> =
        found.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    if found.is_empty() {
        return Ok(());
    }
    heading("provenance (--full shows all)", output)?;
    fields(&found, output)
}

/// Prints where the run's files are.
pub fn files(run: &Run, output: &mut Output) -> Result<()> {
    let found: Vec<(String, String)> = paths(run)
        .into_iter()
        .map(|(name, path)| (name.to_owned(), escape::line(&path.display().to_string()).into_owned()))
        .collect();
    heading("files", output)?;
    fields(&found, output)
}

/// The files and directories of the run that are there.
pub fn paths(run: &Run) -> Vec<(&'static str, std::path::PathBuf)> {
    let (root, id) = (run.directory(), run.id());
    let all = [
        ("record", root.join("runs").join(format!("{id}.json"))),
        ("log", root.join("logs").join(format!("{id}_run.log"))),
        ("results", root.join("results").join(id)),
        ("artifacts", root.join("artifacts").join(id)),
    ];
    all.into_iter().filter(|(_, path)| path.exists()).collect()
}

/// Prints what can be done next.
pub fn next(run: &Run, output: &mut Output) -> Result<()> {
    let id = escape::line(format::short_id(run.id()));
    let hints: &[(&str, &str)] = match run.status() {
        RunStatus::Running => {
            &[("watch ID", "its curves, as they grow"), ("log ID -f", "its log, as it comes")]
        }
        RunStatus::Dead => {
            &[("recover", "ends it as failed, with all that it emitted"), ("log ID", "its last lines")]
        }
        RunStatus::Failed => &[("log ID --level warn", "its warnings and errors")],
        _ => &[("series ID", "its series"), ("cat ID", "its artifacts and data")],
    };
    heading("next", output)?;
    let hints: Vec<(String, String)> = hints
        .iter()
        .map(|(command, what)| (format!("mlab {}", command.replace("ID", &id)), (*what).to_owned()))
        .collect();
    fields(&hints, output)
}
