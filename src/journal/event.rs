//! Events: what happens rarely in a run, as it stands in the journal.

use crate::base::about::About;
use crate::base::array::{DType, Order};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::{self, Json, Object};

/// An artifact's file while its hash, name and place are still to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Staged {
    /// The artifact's name.
    pub name: String,
    /// Its kind: "numpy", "json", "image", ...
    pub kind: String,
    /// Its format: "npz", "png", ...
    pub format: String,
    /// The file in the run's artifact directory that holds the bytes now.
    pub staged: String,
    /// The file's name to be.
    pub file: String,
    /// The caller's metadata.
    pub metadata: Object,
    /// For an array that was computed in place: the bytes whose CRC-32 the file still lacks.
    pub mapped: Option<Mapped>,
    /// Bytes of the file when it was handed in: a power cut may leave less. Nothing where that is not known.
    pub size: Option<u64>,
    /// For the archive of a directory: the list of what is in it, which is made when it is sealed.
    pub list: Option<Box<Staged>>,
}

/// Where in a mapped .npz the array lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// Element type.
    pub dtype: DType,
    /// Which index varies slowest.
    pub order: Order,
    /// Extents.
    pub shape: Vec<u64>,
}

/// The content of a data entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// A JSON document.
    Document(Json),
    /// An array, its elements in C order in a blob.
    Array {
        /// Element type.
        dtype: DType,
        /// Extents.
        shape: Vec<u64>,
        /// The blob.
        blob: u64,
    },
}

/// Something that happens rarely.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A series was declared.
    Series { name: String, about: About },
    /// Structured data.
    Data { name: String, data: Data, metadata: Object },
    /// An array is mapped for the caller to compute into.
    Mapping(Staged),
    /// It was given up: the staged file.
    Abandoned { staged: String },
    /// An artifact is complete but for its seal.
    Artifact(Staged),
    /// A metric is reduced over all processes of the run.
    Reduce(String),
    /// Something to warn the reader of.
    Warning(Json),
    /// A note.
    Note(String),
    /// A tag.
    Tag(String),
    /// The run failed.
    Failed { kind: String, message: String, traceback: Option<String> },
    /// The run was cancelled.
    Cancelled { reason: Option<String> },
    /// An event that is too large for a record, in a blob.
    Blob { blob: u64 },
}

impl Event {
    /// Compact JSON text.
    pub fn to_json(&self) -> String {
        let (what, members) = match self {
            Event::Series { name, about } => {
                let mut members = vec![("name", name.as_str().into())];
                members.extend(about.members());
                ("series", members)
            }
            Event::Data { name, data, metadata } => {
                let mut members = vec![("name", name.as_str().into()), ("metadata", metadata.clone().into())];
                match data {
                    Data::Document(document) => members.push(("document", document.clone())),
                    Data::Array { dtype, shape, blob } => members.extend([
                        ("dtype", i64::from(dtype.number()).into()),
                        ("shape", extents(shape)),
                        ("blob", (*blob).into()),
                    ]),
                }
                ("data", members)
            }
            Event::Mapping(staged) => ("mapping", staged.members()),
            Event::Abandoned { staged } => ("abandoned", vec![("staged", staged.as_str().into())]),
            Event::Artifact(staged) => ("artifact", staged.members()),
            Event::Reduce(name) => ("reduce", vec![("name", name.as_str().into())]),
            Event::Warning(warning) => ("warning", vec![("warning", warning.clone())]),
            Event::Note(note) => ("note", vec![("text", note.as_str().into())]),
            Event::Tag(tag) => ("tag", vec![("text", tag.as_str().into())]),
            Event::Failed { kind, message, traceback } => (
                "failed",
                vec![
                    ("type", kind.as_str().into()),
                    ("message", message.as_str().into()),
                    ("traceback", text(traceback)),
                ],
            ),
            Event::Cancelled { reason } => ("cancelled", vec![("reason", text(reason))]),
            Event::Blob { blob } => ("blob", vec![("blob", (*blob).into())]),
        };
        let mut object = Json::object(members);
        if let Json::Object(members) = &mut object {
            members.insert("event".to_owned(), what.into());
        }
        object.to_compact()
    }

    /// The event that `to_json` wrote.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_json(text: &str) -> Result<Self> {
        let json = json::parse(text)?;
        Self::read(&json).ok_or_else(|| {
            Error::new(ErrorKind::Json, format!("the journal has an unknown event: {text:.80}"))
        })
    }

    fn read(json: &Json) -> Option<Self> {
        Some(match json.str_at("event")? {
            "series" => Event::Series { name: json.text_at("name")?, about: About::read(json) },
            "data" => Event::Data {
                name: json.text_at("name")?,
                metadata: json.get("metadata")?.as_object()?.clone(),
                data: match json.get("document") {
                    Some(document) => Data::Document(document.clone()),
                    None => Data::Array {
                        dtype: dtype(json.get("dtype")?)?,
                        shape: shape(json.get("shape")?)?,
                        blob: u64::try_from(json.i64_at("blob")?).ok()?,
                    },
                },
            },
            "mapping" => Event::Mapping(Staged::read(json)?),
            "abandoned" => Event::Abandoned { staged: json.text_at("staged")? },
            "artifact" => Event::Artifact(Staged::read(json)?),
            "reduce" => Event::Reduce(json.text_at("name")?),
            "warning" => Event::Warning(json.get("warning")?.clone()),
            "note" => Event::Note(json.text_at("text")?),
            "tag" => Event::Tag(json.text_at("text")?),
            "failed" => Event::Failed {
                kind: json.text_at("type")?,
                message: json.text_at("message")?,
                traceback: json.text_at("traceback"),
            },
            "cancelled" => Event::Cancelled { reason: json.text_at("reason") },
            "blob" => Event::Blob { blob: u64::try_from(json.i64_at("blob")?).ok()? },
            _ => return None,
        })
    }
}

impl Staged {
    fn members(&self) -> Vec<(&'static str, Json)> {
        let mut members = vec![
            ("name", Json::from(self.name.as_str())),
            ("kind", self.kind.as_str().into()),
            ("format", self.format.as_str().into()),
            ("staged", self.staged.as_str().into()),
            ("file", self.file.as_str().into()),
            ("metadata", self.metadata.clone().into()),
        ];
        if let Some(mapped) = &self.mapped {
            members.push(("dtype", i64::from(mapped.dtype.number()).into()));
            members.push(("order", (mapped.order as i64).into()));
            members.push(("shape", extents(&mapped.shape)));
        }
        members.extend(self.size.map(|size| ("size", size.into())));
        members.extend(self.list.as_ref().map(|list| ("list", Json::object(list.members()))));
        members
    }

    fn read(json: &Json) -> Option<Self> {
        let mapped = match json.get("dtype") {
            None => None,
            Some(number) => Some(Mapped {
                dtype: dtype(number)?,
                order: if json.i64_at("order")? == 0 { Order::C } else { Order::F },
                shape: shape(json.get("shape")?)?,
            }),
        };
        // Files of the run's own directory, also where the journal is damaged or somebody else's.
        let file = |key: &str| {
            json.text_at(key)
                .filter(|file| !matches!(file.as_str(), "" | "." | "..") && !file.contains(['/', '\0']))
        };
        Some(Self {
            name: json.text_at("name")?,
            kind: json.text_at("kind")?,
            format: json.text_at("format")?,
            staged: file("staged")?,
            file: file("file")?,
            metadata: json.get("metadata")?.as_object()?.clone(),
            mapped,
            size: json.i64_at("size").and_then(|size| size.try_into().ok()),
            // A list has none of its own.
            list: match json.get("list") {
                Some(list) if list.get("list").is_none() => Some(Box::new(Self::read(list)?)),
                Some(_) => return None,
                None => None,
            },
        })
    }
}

fn text(value: &Option<String>) -> Json {
    value.as_deref().map_or(Json::Null, Json::from)
}

fn extents(shape: &[u64]) -> Json {
    Json::Array(shape.iter().map(|extent| Json::from(*extent)).collect())
}

fn dtype(json: &Json) -> Option<DType> {
    DType::from_number(i32::try_from(json.as_i64()?).ok()?)
}

fn shape(json: &Json) -> Option<Vec<u64>> {
    json.as_array()?.iter().map(|extent| u64::try_from(extent.as_i64()?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_survives_the_journal() {
        let staged = Staged {
            name: "u".into(),
            kind: "numpy".into(),
            format: "npz".into(),
            staged: ".u.npz.0".into(),
            file: "u.npz".into(),
            metadata: json::members([("step", 3i64)]),
            mapped: Some(Mapped { dtype: DType::Complex64, order: Order::F, shape: vec![2, 3] }),
            size: None,
            list: None,
        };
        let events = [
            Event::Series {
                name: "loss".into(),
                about: About { unit: Some("J".into()), axis: Some("time".into()), ..About::default() },
            },
            Event::Data {
                name: "d".into(),
                data: Data::Document(Json::Array(vec![Json::Float(f64::INFINITY), Json::Null])),
                metadata: Object::new(),
            },
            Event::Data {
                name: "a".into(),
                data: Data::Array { dtype: DType::Bool, shape: vec![], blob: 4 },
                metadata: Object::new(),
            },
            Event::Mapping(staged.clone()),
            Event::Abandoned { staged: ".u.npz.0".into() },
            Event::Artifact(Staged { mapped: None, size: Some(7), ..staged.clone() }),
            Event::Artifact(Staged { list: Some(Box::new(staged.clone())), ..staged.clone() }),
            Event::Reduce("loss".into()),
            Event::Warning(Json::object([("message", "hot")])),
            Event::Note("a\nb".into()),
            Event::Tag("é".into()),
            Event::Failed { kind: "E".into(), message: "m".into(), traceback: None },
            Event::Cancelled { reason: Some("r".into()) },
            Event::Blob { blob: 1 },
        ];
        for event in events {
            assert_eq!(Event::from_json(&event.to_json()).unwrap(), event);
        }
        assert!(Event::from_json("{\"event\":\"?\"}").is_err());
        for file in ["", ".", "..", "../u.npz", "/u.npz", "a/b"] {
            let foreign = Staged { file: file.into(), ..staged.clone() };
            assert!(Event::from_json(&Event::Mapping(foreign).to_json()).is_err(), "{file:?}");
        }
    }
}
