//! Input files of the program: their parameters, and what they were.

use std::fs::File;
use std::path::{Path, PathBuf};

use metalab::digest::sha256;
use metalab::{Capture, Take};
use serde_json::{Map, Value};

use crate::decks;
use crate::failure::{Failure, Result};

/// Larger files have no parameters to be read.
const DECK_MAX: u64 = 4 << 20;

/// An input file.
#[derive(Debug)]
pub struct Input {
    pub path: PathBuf,
    pub sha256: String,
}

/// The input files that were asked for, and with `decks` those that the command line mentions.
pub fn paths(named: &[PathBuf], decks: bool, arguments: &[String]) -> Vec<PathBuf> {
    let mut paths = named.to_vec();
    if decks {
        let mentioned = arguments.iter().flat_map(|argument| {
            let behind = argument.split_once('=').map(|(_, behind)| behind);
            [Some(argument.as_str()), behind].into_iter().flatten().map(PathBuf::from)
        });
        paths.extend(mentioned.filter(|path| path.is_file() && decks::is_deck(path)));
    }
    let mut unique: Vec<PathBuf> = Vec::new();
    for path in paths {
        if !unique.contains(&path) {
            unique.push(path);
        }
    }
    unique
}

/// Reads the files, and adds their parameters to `params`, which go before them.
pub fn read(paths: &[PathBuf], params: &mut Map<String, Value>) -> Result<Vec<Input>> {
    let mut found = Map::new();
    let mut inputs = Vec::new();
    for path in paths {
        let failed = |error: std::io::Error| {
            Failure::new(format!("the input {} can't be read: {error}", path.display()))
                .advice("--input takes a file that exists; nothing was started")
        };
        let sha256 = hash(path).map_err(failed)?;
        inputs.push(Input { path: path.clone(), sha256 });
        if std::fs::metadata(path).map_err(failed)?.len() <= DECK_MAX {
            let text = std::fs::read(path).map_err(failed)?;
            if let Some(members) = decks::read(path, &text)? {
                merge(&mut found, members, path);
            }
        }
    }
    for (key, value) in found {
        params.entry(key).or_insert(value);
    }
    Ok(inputs)
}

/// Adds a file's members. Where another file has the same name already, it goes below the file's own.
fn merge(all: &mut Map<String, Value>, members: Map<String, Value>, path: &Path) {
    let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    for (key, value) in members {
        match all.get_mut(&key) {
            None => {
                all.insert(key, value);
            }
            Some(_) => {
                let below = all.entry(stem.clone()).or_insert_with(|| Map::new().into());
                if let Value::Object(below) = below {
                    below.insert(key, value);
                }
            }
        }
    }
}

fn hash(path: &Path) -> std::io::Result<String> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    Ok(sha256(file)?.0)
}

/// The inputs as what the run depends on: their hashes by their paths.
pub fn context(inputs: &[Input]) -> Value {
    let members =
        inputs.iter().map(|input| (input.path.to_string_lossy().into_owned(), input.sha256.clone().into()));
    members.collect::<Map<_, _>>().into()
}

/// Notes in the run where the inputs are, how large, and what was in them.
pub fn refer(run: &Capture, inputs: &[Input]) {
    for input in inputs {
        let name = input.path.to_string_lossy();
        if let Err(error) =
            run.file(&name, &input.path, Take::Reference, None, serde_json::json!({"input": true}))
        {
            let details = serde_json::json!({"file": name, "reason": error.message()});
            let _ = run.add_warning("an input is not in the run", details);
        }
    }
}
