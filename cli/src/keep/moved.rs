//! The absolute paths in records and manifests: where they lead, and where they should.

use std::path::Path;

use metalab::json::Object;
use metalab::{Json, hex};

use super::experiment::Experiment;

/// The warning in the record of a run that went on when it was copied.
pub const COPIED: &str = "this is a copy of a run that went on";

/// A beginning of paths and what takes its place: `/old=/new`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    /// The old beginning, without a slash at its end.
    pub old: String,
    /// The new one.
    pub new: String,
}

impl Prefix {
    /// The path with its beginning replaced, if it has that.
    fn of(&self, path: &[u8]) -> Option<Vec<u8>> {
        let rest = path.strip_prefix(self.old.as_bytes())?;
        (rest.is_empty() || rest.starts_with(b"/")).then(|| [self.new.as_bytes(), rest].concat())
    }
}

/// The path that the artifact of a run should have that is at `uri` now: in the store, where that is. Nothing
/// where the file is not there.
pub fn uri(uri: &str, experiment: &Experiment, run_id: &str) -> Option<String> {
    let marker = format!("/artifacts/{run_id}/");
    let rest = match uri.rfind(&marker) {
        Some(at) => &uri[at + marker.len()..],
        None => uri.rsplit('/').next()?,
    };
    let is_plain = !rest.is_empty() && rest.split('/').all(|part| !matches!(part, "" | "." | ".."));
    let path = experiment.artifacts(run_id).join(is_plain.then_some(rest)?);
    let path = std::path::absolute(path).ok()?;
    // Two spellings of one place, as where a directory above is a link, are no move.
    let is_same =
        Path::new(uri).canonicalize().is_ok_and(|there| path.canonicalize().is_ok_and(|here| here == there));
    (path.is_file() && !is_same).then(|| path.to_str().map(str::to_owned))?
}

/// Corrects the paths of the artifacts in a record or a manifest; returns how many were others.
pub fn correct(json: &mut Json, experiment: &Experiment, run_id: &str, prefix: Option<&Prefix>) -> usize {
    let Json::Object(members) = json else { return 0 };
    let Some(Json::Array(artifacts)) = members.get_mut("artifacts") else { return 0 };
    artifacts.iter_mut().map(|entry| correct_entry(entry, experiment, run_id, prefix)).sum()
}

fn correct_entry(entry: &mut Json, experiment: &Experiment, run_id: &str, prefix: Option<&Prefix>) -> usize {
    let Json::Object(entry) = entry else { return 0 };
    let mut count = 0;
    let mut replace = |place: &mut Json, text: Option<String>| match (&*place, text) {
        (Json::Str(before), Some(after)) if *before != after => {
            *place = Json::from(after);
            count += 1;
        }
        _ => {}
    };
    if let Some(place) = entry.get_mut("uri") {
        let text = place.as_str().and_then(|before| uri(before, experiment, run_id));
        replace(place, text);
    }
    // The file of a reference is outside of the store: it has moved only where somebody says so.
    let (Some(prefix), Some(Json::Object(metadata))) = (prefix, entry.get_mut("metadata")) else {
        return count;
    };
    count + usize::from(correct_reference(metadata, prefix))
}

/// Returns whether the path of a reference was another one. It may be any bytes.
fn correct_reference(metadata: &mut Object, prefix: &Prefix) -> bool {
    let Some(before) = hex::name_of(metadata, "reference") else { return false };
    let Some(after) = prefix.of(&before).filter(|after| *after != before) else { return false };
    hex::add_name(metadata, "reference", &after);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_ends_at_a_slash() {
        let prefix = Prefix { old: "/a/b".to_owned(), new: "/c".to_owned() };
        assert_eq!(prefix.of(b"/a/b/x").as_deref(), Some(&b"/c/x"[..]));
        assert_eq!(prefix.of(b"/a/b").as_deref(), Some(&b"/c"[..]));
        assert_eq!((prefix.of(b"/a/bc"), prefix.of(b"/x/a/b")), (None, None));
    }

    #[test]
    fn a_reference_of_any_bytes_is_corrected() {
        let prefix = Prefix { old: "/a".to_owned(), new: "/c".to_owned() };
        let mut metadata = Object::new();
        hex::add_name(&mut metadata, "reference", b"/a/f\xe4lle");
        assert!(correct_reference(&mut metadata, &prefix));
        assert_eq!(hex::name_of(&metadata, "reference").unwrap(), b"/c/f\xe4lle");
        assert!(!correct_reference(&mut metadata, &prefix));
    }
}
