//! Finds what a name says of a run: an artifact, an entry of data, or a part of one.

use std::path::{Path, PathBuf};

use metalab::Json;
use metalab::read::{Array, Artifact, Data, Run};

use crate::failure::{Failure, Result};

/// The thing that a name stands for.
pub enum Found {
    /// Arrays with their names, of a file or of an entry of data.
    Arrays {
        /// The name that was given.
        name: String,
        /// The arrays.
        arrays: Vec<(String, Array)>,
        /// The artifact's file, if all of it is meant.
        path: Option<PathBuf>,
    },
    /// JSON.
    Document {
        /// The name that was given.
        name: String,
        /// The document, or the member of it.
        document: Json,
        /// The artifact's file, if all of it is meant.
        path: Option<PathBuf>,
    },
    /// Any other file.
    File {
        /// The name that was given.
        name: String,
        /// The file.
        path: PathBuf,
        /// Its format: "png", ...
        format: String,
    },
}

impl Found {
    /// The name that was given.
    pub fn name(&self) -> &str {
        match self {
            Self::Arrays { name, .. } | Self::Document { name, .. } | Self::File { name, .. } => name,
        }
    }

    /// The file, if all of it is meant.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Arrays { path, .. } | Self::Document { path, .. } => path.as_deref(),
            Self::File { path, .. } => Some(path),
        }
    }

    /// The array, if there is one.
    ///
    /// Fails if there are several.
    pub fn only_array(&self) -> Result<Option<&Array>> {
        let Self::Arrays { name, arrays, .. } = self else { return Ok(None) };
        if arrays.len() > 1 {
            let names: Vec<String> = arrays.iter().map(|(member, _)| format!("{name}/{member}")).collect();
            let failure = Failure::new(format!("{name} has several arrays"));
            return Err(failure.advice(format!("name one: {}", names.join(", "))));
        }
        Ok(arrays.first().map(|(_, array)| array))
    }

    /// Returns true if it is shown as text that is made of it, not as it is.
    pub fn is_laid_out(&self) -> bool {
        !matches!(self, Self::File { .. })
    }
}

/// Finds the thing that `name` stands for in the run: a name, or one and a member after a slash.
pub fn find(run: &Run, name: &str) -> Result<Found> {
    let artifacts = run.artifacts()?;
    // A name may have slashes itself: the longest one that is there is meant.
    let ends = std::iter::once(name.len()).chain(name.rmatch_indices('/').map(|(at, _)| at));
    for end in ends {
        let (whole, member) = (&name[..end], name.get(end + 1..));
        if let Some(artifact) = artifacts.iter().find(|artifact| artifact.name == whole) {
            return of_artifact(name, artifact, member);
        }
        if let Some(result) = run.result(whole)? {
            return of_data(name, result.data, member);
        }
    }
    let mut names: Vec<String> = artifacts.into_iter().map(|artifact| artifact.name).collect();
    names.extend(run.result_names()?);
    let failure = Failure::new(format!("run {} has no artifact and no data {name}", run.id()));
    Err(failure.advice(match names.is_empty() {
        true => "it has none".to_owned(),
        false => format!("there are: {}", names.join(", ")),
    }))
}

fn of_artifact(name: &str, artifact: &Artifact, member: Option<&str>) -> Result<Found> {
    let name = name.to_owned();
    let path = Some(artifact.path.clone()).filter(|_| member.is_none());
    match artifact.format.as_str() {
        "npz" | "npy" => {
            let names = match member {
                Some(member) => vec![member.to_owned()],
                None => artifact.arrays()?,
            };
            let arrays = names.into_iter().map(|one| Ok((one.clone(), artifact.array(Some(&one))?)));
            Ok(Found::Arrays { name, arrays: arrays.collect::<Result<_>>()?, path })
        }
        "json" => {
            let bytes = artifact.bytes()?;
            let parsed = std::str::from_utf8(&bytes).ok().and_then(|text| metalab::json::parse(text).ok());
            match parsed {
                Some(document) => of_document(name, document, member, path),
                // It is shown as it is.
                None => Ok(Found::File { name, path: artifact.path.clone(), format: "json".to_owned() }),
            }
        }
        format => match member {
            None => Ok(Found::File { name, path: artifact.path.clone(), format: format.to_owned() }),
            Some(_) => Err(Failure::new(format!("artifact {} has no members", artifact.name))),
        },
    }
}

fn of_data(name: &str, data: Data, member: Option<&str>) -> Result<Found> {
    match (data, member) {
        (Data::Document(document), member) => of_document(name.to_owned(), document, member, None),
        (Data::Array(array), None) => {
            Ok(Found::Arrays { name: name.to_owned(), arrays: vec![("arr".to_owned(), array)], path: None })
        }
        (Data::Array(_), Some(_)) => Err(Failure::new(format!("{name}: an array has no members"))),
    }
}

fn of_document(name: String, document: Json, member: Option<&str>, path: Option<PathBuf>) -> Result<Found> {
    let document = match member {
        None => document,
        Some(member) => match super::member(&document, member) {
            Some(found) => found.clone(),
            None => return Err(Failure::new(format!("there is no member {member} in {name}"))),
        },
    };
    Ok(Found::Document { name, document, path })
}
