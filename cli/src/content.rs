//! The content of an artifact or an entry of data, in a few words.

use metalab::Json;
use metalab::read::{Array, Artifact, Data};

use crate::escape;
use crate::failure::Result;

/// How many arrays of a file are described.
const ARRAYS: usize = 4;

/// The type and extents of an array: `float64 12x20`.
pub fn of_array(array: &Array) -> String {
    let extents: Vec<String> = array.shape().iter().map(u64::to_string).collect();
    match extents.is_empty() {
        true => format!("{} scalar", array.dtype().name()),
        false => format!("{} {}", array.dtype().name(), extents.join("x")),
    }
}

/// The content of an artifact: its arrays, the pixels of a picture, or the file that it refers to.
pub fn of_artifact(artifact: &Artifact) -> Result<String> {
    if let Some(place) = artifact.reference() {
        return Ok(format!("refers to {}", escape::line(&place.display().to_string())));
    }
    match artifact.format.as_str() {
        "npz" | "npy" => {
            let names = artifact.arrays()?;
            let mut found = Vec::new();
            for name in names.iter().take(ARRAYS) {
                let array = artifact.array(Some(name).filter(|_| names.len() > 1).map(String::as_str))?;
                found.push(match names.len() {
                    1 => of_array(&array),
                    _ => format!("{}: {}", escape::line(name), of_array(&array)),
                });
            }
            if names.len() > ARRAYS {
                found.push(format!("{} more", names.len() - ARRAYS));
            }
            Ok(found.join(", "))
        }
        "png" => {
            let size = crate::picture::size_of_png(&artifact.path)?;
            Ok(format!("{}x{} pixels", size.0, size.1))
        }
        _ => Ok(String::new()),
    }
}

/// The content of an entry of data.
pub fn of_data(data: &Data) -> String {
    match data {
        Data::Array(array) => of_array(array),
        Data::Document(Json::Object(members)) => format!("object of {}", counted(members.len(), "member")),
        Data::Document(Json::Array(items)) => format!("list of {}", counted(items.len(), "element")),
        Data::Document(other) => escape::short(&crate::plain::json(other), 60),
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
