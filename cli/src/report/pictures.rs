//! Pictures: figures as they are, and fields drawn.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use metalab::Json;
use metalab::read::{Array, Artifact, Run};
use serde::Serialize;

use super::{artifacts, fields};
use crate::format;

/// Bytes of all pictures of a page.
const MOST: u64 = 6 << 20;

/// The pictures of a page.
const COUNT: usize = 200;

/// Formats that browsers show, with their types. Script in an SVG does not run where it is a picture.
const FORMATS: [(&str, &str); 6] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("svg", "image/svg+xml"),
];

/// The pictures by name, so that those of several runs stand beside each other.
#[derive(Debug, Default, Serialize)]
pub struct Pictures {
    pub groups: BTreeMap<String, Vec<Picture>>,
    /// The pictures that are not shown.
    pub left_out: Vec<String>,
    /// Bytes of those that are shown.
    #[serde(skip)]
    bytes: u64,
    #[serde(skip)]
    count: usize,
}

/// A picture.
#[derive(Debug, Serialize)]
pub struct Picture {
    pub run: usize,
    /// The picture in words.
    pub words: String,
    pub caption: String,
    /// A data URL.
    pub source: String,
}

impl Pictures {
    /// Adds the pictures of a run: its figures, and the last snapshot of each field.
    pub fn add_of(&mut self, index: usize, run: &Run, problems: &mut Vec<String>) {
        // The list of artifacts says so if they can't be read.
        let Ok(artifacts) = run.artifacts() else { return };
        let mut last: BTreeMap<&str, (i64, &Artifact)> = BTreeMap::new();
        let mut arrays = Vec::new();
        for artifact in &artifacts {
            let added = match (artifact.kind.as_str(), snapshot(artifact)) {
                (_, Some((of, step))) => {
                    let known = last.entry(of).or_insert((step, artifact));
                    *known = if known.0 <= step { (step, artifact) } else { *known };
                    Ok(())
                }
                _ if artifact.format == "npz" => {
                    arrays.push(artifact);
                    Ok(())
                }
                _ => self.figure(index, artifact),
            };
            if let Err(error) = added {
                problems.push(format!("picture {} of {}: {}", artifact.name, run.id(), error.message()));
            }
        }
        let snapshots = last.into_iter().map(|(of, (step, artifact))| (of, Some(step), artifact));
        let others = arrays.into_iter().map(|artifact| (artifact.name.as_str(), None, artifact));
        for (name, step, artifact) in snapshots.chain(others) {
            if let Err(error) = self.arrays(index, name, step, artifact) {
                problems.push(format!("array {} of {}: {}", artifact.name, run.id(), error.message()));
            }
        }
    }

    /// Adds a figure, if browsers show its format.
    fn figure(&mut self, run: usize, artifact: &Artifact) -> metalab::Result<()> {
        let format = artifact.format.to_ascii_lowercase();
        let Some((_, kind)) = FORMATS.iter().find(|(known, _)| *known == format) else { return Ok(()) };
        // The record may say anything about the size.
        let size = std::fs::metadata(&artifact.path).map_or(artifact.size, |metadata| metadata.len());
        if !self.has_room(&artifact.name, size) {
            return Ok(());
        }
        let mut about = artifact.metadata.clone();
        let range = ["vmin", "vmax"].map(|key| about.remove(key).and_then(|value| float(&value)));
        let mut caption = vec!["figure".to_owned()];
        if let [Some(low), Some(high)] = range {
            caption.push(format!("from {} to {}", format::float(low, 5), format::float(high, 5)));
        }
        let rest = artifacts::about(about.iter());
        caption.extend(Some(rest).filter(|rest| !rest.is_empty()));
        self.add(&artifact.name, run, kind, &artifact.bytes()?, caption.join(", "));
        Ok(())
    }

    /// Adds the fields of an artifact of arrays.
    fn arrays(
        &mut self,
        run: usize,
        name: &str,
        step: Option<i64>,
        artifact: &Artifact,
    ) -> metalab::Result<()> {
        let names = artifact.arrays()?;
        let is_one = names.len() == 1;
        for array in names.iter().take(COUNT) {
            let unit = artifact.metadata.get("unit").and_then(Json::as_str);
            let title = if is_one { name.to_owned() } else { format!("{name}: {array}") };
            let mut caption: Vec<String> = step.map(|step| format!("step {step}")).into_iter().collect();
            if let Some(time) = artifact.metadata.get("time").and_then(float) {
                caption.push(format!("time {}", format::float(time, 6)));
            }
            self.field(run, &title, &artifact.array(Some(array))?, unit, caption)?;
        }
        Ok(())
    }

    /// Adds the picture of an array, if it is a field.
    pub fn field(
        &mut self,
        run: usize,
        name: &str,
        array: &Array,
        unit: Option<&str>,
        mut caption: Vec<String>,
    ) -> metalab::Result<()> {
        if array.shape().len() != 2 || !self.has_room(name, 0) {
            return Ok(());
        }
        let Some(drawn) = fields::draw(array, unit)? else { return Ok(()) };
        if self.has_room(name, drawn.png.len() as u64) {
            caption.push(format!("{} by {}", array.shape()[0], array.shape()[1]));
            if drawn.vmin.is_finite() {
                let (low, high) = (format::float(drawn.vmin, 5), format::float(drawn.vmax, 5));
                caption.push(format!("colours from {low} to {high}"));
            }
            self.add(name, run, "image/png", &drawn.png, caption.join(", "));
        }
        Ok(())
    }

    /// Returns true if a picture of so many bytes finds room; else it is noted that it is left out.
    fn has_room(&mut self, name: &str, size: u64) -> bool {
        let has_room = self.bytes + size <= MOST && self.count < COUNT;
        if !has_room {
            self.left_out.push(match size {
                0 => name.to_owned(),
                size => format!("{name} ({})", format::bytes(size)),
            });
        }
        has_room
    }

    fn add(&mut self, name: &str, run: usize, kind: &str, bytes: &[u8], caption: String) {
        self.bytes += bytes.len() as u64;
        self.count += 1;
        let words = format!("Picture {name}: {caption}");
        let source = format!("data:{kind};base64,{}", STANDARD.encode(bytes));
        self.groups.entry(name.to_owned()).or_default().push(Picture { run, words, caption, source });
    }
}

/// Of which array an artifact is a snapshot, and the step.
fn snapshot(artifact: &Artifact) -> Option<(&str, i64)> {
    let of = artifact.metadata.get("snapshot_of")?.as_str()?;
    Some((of, artifact.metadata.get("step")?.as_i64()?))
}

fn float(json: &Json) -> Option<f64> {
    match json {
        Json::Float(value) => Some(*value),
        Json::Int(value) => Some(*value as f64),
        _ => None,
    }
}
