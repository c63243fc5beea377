//! `mlab cat`: an artifact, or an entry of data, on stdout or in a file.

mod array;
mod find;
mod stats;

use std::io::Write;
use std::path::{Path, PathBuf};

use metalab::Json;
use metalab::read::Run;
use serde_json::Value;

use crate::choose::{self, RunName};
use crate::content;
use crate::failure::{Answer, Failure, Result};
use crate::global::Global;
use crate::output::Output;
use crate::picture::Picture;
use crate::{escape, json, table, whole};
use find::Found;

/// Prints an artifact, or an entry of data.
///
/// A file is printed as it is, JSON is indented, and an array is printed as numbers: of a large one, the first
/// and the last. Without a name, the artifacts and the data of the run are listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab cat latest                     the artifacts and the data of the newest run
  mlab cat a1b2 field --stats
  mlab cat a1b2 fields/u --csv > u.csv
  mlab cat a1b2 field --image         the field in colours
  mlab cat a1b2 mesh --out mesh.vtk")]
pub struct Cat {
    #[command(flatten)]
    run: RunName,
    /// The artifact or the entry of data; /MEMBER chooses an array of several, or a member of JSON.
    #[arg(value_name = "NAME[/MEMBER]")]
    name: Option<String>,
    /// Prints the extremes, mean and quantiles of an array.
    #[arg(long, group = "how")]
    stats: bool,
    /// Prints all of an array as CSV: a line for each row. Of an array of more than two dimensions, the indices
    /// of each row come first.
    #[arg(long, group = "how", conflicts_with = "json")]
    csv: bool,
    /// Draws an array of two dimensions, or a PNG, in the terminal.
    #[arg(long, group = "how", conflicts_with = "json")]
    image: bool,
    /// Prints the artifact's file, whatever is in it.
    #[arg(long, group = "how", conflicts_with = "json")]
    raw: bool,
    /// Writes into this file, whole or not at all: the artifact's file, if nothing else is wanted.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Cat {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let store = choose::store(global)?;
        let run = self.run.run(&store)?;
        let Some(name) = &self.name else {
            list(&run, output)?;
            return Ok(Answer::Yes);
        };
        let found = find::find(&run, name)?;
        match &self.out {
            Some(path) => self.write(path, &found, output.is_json)?,
            None => self.print(&found, output)?,
        }
        Ok(Answer::Yes)
    }

    /// Writes it into a file.
    fn write(&self, path: &Path, found: &Found, is_json: bool) -> Result<()> {
        if self.image {
            return Err(Failure::new("--image draws in the terminal").advice("leave out --out, or --image"));
        }
        let is_file = !(self.stats || self.csv || is_json);
        if let Some(source) = found.file().filter(|_| is_file) {
            return whole::write(path, &mut |sink| copy(source, sink));
        }
        let made = self.made(found, is_json)?;
        whole::write_bytes(path, &made)
    }

    /// Prints it.
    fn print(&self, found: &Found, output: &mut Output) -> Result<()> {
        if self.image {
            return draw(found, output);
        }
        if let Some(source) =
            found.file().filter(|_| self.raw || !found.is_laid_out() && !output.is_json && !self.stats)
        {
            return raw(source, output);
        }
        output.text(&self.made(found, output.is_json)?)
    }

    /// The text of it.
    fn made(&self, found: &Found, is_json: bool) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        match found {
            Found::Arrays { name, arrays, .. } => {
                if self.csv {
                    found.only_array()?;
                }
                if is_json {
                    let of =
                        |array| if self.stats { stats::Stats::of(array).json() } else { array::json(array) };
                    let all: serde_json::Map<String, Value> =
                        arrays.iter().map(|(member, array)| (member.clone(), of(array))).collect();
                    let value = match arrays.as_slice() {
                        [(_, array)] => of(array),
                        _ => all.into(),
                    };
                    return Ok(format!("{value}\n").into_bytes());
                }
                for (member, array) in arrays {
                    let title = if arrays.len() > 1 { format!("{name}/{member}") } else { name.clone() };
                    match (self.csv, self.stats) {
                        (true, _) => array::csv(array, &mut text)?,
                        (_, true) => stats::Stats::of(array).print(&title, array, &mut text),
                        _ => array::abridged(&title, array, &mut text),
                    }
                }
            }
            Found::Document { name, document, .. } => {
                if self.stats || self.csv {
                    return Err(Failure::new(format!("{name} is no array")));
                }
                let value = json::value(document);
                text = if is_json { format!("{value}\n") } else { format!("{value:#}\n") }.into_bytes();
            }
            Found::File { name, .. } => {
                let failure = Failure::new(format!("{name} is a file, no array and no JSON"));
                return Err(failure.advice("leave out --stats, --csv and --json"));
            }
        }
        Ok(text)
    }
}

/// Copies a file.
fn copy(source: &Path, sink: &mut dyn Write) -> Result<()> {
    let failed = |error: &std::io::Error| Failure::new(format!("cannot copy {}: {error}", source.display()));
    let mut file = std::fs::File::open(source).map_err(|error| failed(&error))?;
    std::io::copy(&mut file, sink).map_err(|error| failed(&error)).map(drop)
}

/// Prints a file as it is; on a terminal, if it is text.
fn raw(source: &Path, output: &mut Output) -> Result<()> {
    if output.is_terminal {
        let mut text = Vec::new();
        copy(source, &mut text)?;
        if std::str::from_utf8(&text).is_err() || text.contains(&0) {
            let failure = Failure::new(format!("{} is no text, and stdout is a terminal", source.display()));
            return Err(failure.advice(
                "--out FILE writes it into a file, --image draws a PNG, and a pipe gets it as it is",
            ));
        }
        return output.text(&text);
    }
    output.flush()?;
    copy(source, &mut std::io::stdout())
}

/// Draws an array or a picture.
fn draw(found: &Found, output: &mut Output) -> Result<()> {
    let picture = match found {
        Found::Arrays { name, .. } => match found.only_array()? {
            Some(array) => array::picture(name, array)?,
            None => return Err(Failure::new(format!("{name} has no array"))),
        },
        Found::File { path, format, .. } if format == "png" => Picture::of_png(path)?,
        other => {
            let failure = Failure::new(format!("{} is no array and no PNG", other.name()));
            return Err(failure.advice("--out FILE writes it into a file"));
        }
    };
    if !output.is_colored {
        return Err(
            Failure::new("stdout has no colours to draw with").advice("--color always draws nevertheless")
        );
    }
    let size = terminal_size::terminal_size_of(std::io::stdout());
    let (columns, rows) =
        size.map_or((80, 40), |(width, height)| (width.0.into(), height.0.saturating_sub(2).into()));
    picture.lines(columns, rows).into_iter().try_for_each(|line| output.line(line))
}

/// Lists the artifacts and the data of a run.
fn list(run: &Run, output: &mut Output) -> Result<()> {
    let mut rows = Vec::new();
    for artifact in run.artifacts()? {
        // One that is damaged is listed, with what is wrong with it.
        let what = content::of_artifact(&artifact)
            .unwrap_or_else(|failure| escape::line(&failure.to_string()).into_owned());
        let size = crate::format::bytes(artifact.size);
        rows.push([artifact.name, "artifact".to_owned(), artifact.kind, artifact.format, size, what]);
    }
    for name in run.result_names()? {
        let what = run.result(&name)?.map(|result| content::of_data(&result.data)).unwrap_or_default();
        rows.push([name, "data".to_owned(), String::new(), String::new(), String::new(), what]);
    }
    if output.is_json {
        let row = |[name, r#as, kind, format, _, content]: &[String; 6]| serde_json::json!({"name": name, "is": r#as, "kind": kind, "format": format, "content": content});
        return output.json(&rows.iter().map(row).collect());
    }
    if rows.is_empty() {
        return output.line(format!("Run {} has no artifacts and no data.", escape::line(run.id())));
    }
    let mut shown = table::whole(output, &["NAME", "IS", "KIND", "FORMAT", "SIZE", "CONTENT"]);
    for row in &rows {
        shown.add_row(row.iter().map(|text| escape::line(text).into_owned()));
    }
    table::lines(&shown).into_iter().try_for_each(|line| output.line(line))
}

/// A document, or a member of it: `a/b/0`.
fn member<'a>(document: &'a Json, path: &str) -> Option<&'a Json> {
    let mut found = document;
    for key in path.split('/') {
        found = match found {
            Json::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            other => other.get(key)?,
        };
    }
    Some(found)
}
