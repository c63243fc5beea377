//! Artifacts of a run: what the record says of them, and where their files are now.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};

use super::array::{self, Array};
use super::file::damaged;
use crate::base::digest::sha256;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::hex::name_of;
use crate::base::json::{self, Json, Object};

/// Compares a file that is referred to with its size and hash.
fn verify_file(path: &Path, noted: &Json) -> Result<()> {
    let failed = |source: std::io::Error| Error::io("read", path, &source);
    // Unopened, unless it is a file: a pipe would be waited for.
    let found = std::fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        return Err(damaged(path, "is no file"));
    }
    if noted.i64_at("size_bytes") != i64::try_from(found.len()).ok() {
        return Err(damaged(path, &format!("has {} bytes, not those that were referred to", found.len())));
    }
    let Some(wanted) = noted.str_at("sha256") else { return Ok(()) };
    let (hash, _) = file::open_to_read(path).and_then(sha256).map_err(failed)?;
    if hash != wanted {
        return Err(damaged(path, &format!("is not what was referred to: its hash is {hash}, not {wanted}")));
    }
    Ok(())
}

fn path_of(name: Vec<u8>) -> PathBuf {
    OsString::from_vec(name).into()
}

/// An artifact of a run.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// Its name.
    pub name: String,
    /// Its kind: "numpy", "image", ...
    pub kind: String,
    /// Its format: "npz", "png", ...
    pub format: String,
    /// Where its file is: in the store where that is now.
    pub path: PathBuf,
    /// The first 16 hexadecimal digits of the file's SHA-256.
    pub content_hash: String,
    /// Bytes of the file.
    pub size: u64,
    /// Its metadata.
    pub metadata: Object,
}

impl Artifact {
    /// The artifact that an entry of a record or manifest describes; its file is below `directory`.
    pub(super) fn read(entry: &Json, directory: &Path) -> Option<Self> {
        let text = |key: &str| entry.str_at(key).unwrap_or_default().to_owned();
        let mut metadata = entry.get("metadata").and_then(Json::as_object).cloned().unwrap_or_default();
        metadata.remove("_run_id");
        Some(Self {
            name: entry.str_at("name")?.to_owned(),
            kind: text("kind"),
            format: text("format"),
            path: directory.join(inside(entry.str_at("uri")?, directory)?),
            content_hash: text("content_hash"),
            size: entry.i64_at("size_bytes").and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            metadata,
        })
    }

    /// The step of a snapshot, and of which array it is one.
    pub(super) fn snapshot(&self) -> Option<(&str, i64)> {
        let of = self.metadata.get("snapshot_of")?.as_str()?;
        Some((of, self.metadata.get("step")?.as_i64()?))
    }

    /// Where the file or directory is that this artifact refers to, if it is a reference: outside of the
    /// store, which is no reason to trust it.
    pub fn reference(&self) -> Option<PathBuf> {
        name_of(&self.metadata, "reference").map(path_of)
    }

    /// Compares what a reference refers to with the sizes and hashes in its document.
    pub(super) fn verify_referenced(&self) -> Result<()> {
        let Some(place) = self.reference() else { return Ok(()) };
        let wrong = || damaged(&self.path, "is no document of a reference");
        let text = String::from_utf8(self.bytes()?).map_err(|_| wrong())?;
        let document = json::parse(&text).map_err(|_| wrong())?;
        if document.get("files").is_none() {
            return verify_file(&place, &document);
        }
        for one in document.array_at("files") {
            let name = |key: &str| one.as_object().and_then(|members| name_of(members, key)).map(path_of);
            let within = name("path").ok_or_else(wrong)?;
            if !within.components().all(|part| matches!(part, Component::Normal(_))) {
                return Err(wrong());
            }
            let path = place.join(within);
            match name("link") {
                None => verify_file(&path, one)?,
                Some(target) => {
                    let found = std::fs::read_link(&path);
                    if found.map_err(|source| Error::io("read", &path, &source))? != target {
                        return Err(damaged(&path, "is not the link that was referred to"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Compares the file with the hash that was noted when it was sealed, and what a reference refers to with
    /// the sizes and hashes that were noted.
    ///
    /// # Errors
    /// [`ErrorKind::Damaged`] when it is another one; also when it can't be read.
    pub fn verify(&self) -> Result<()> {
        let failed = |source: std::io::Error| Error::io("read", &self.path, &source);
        let mut file = file::open_to_read(&self.path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(damaged(&self.path, "is no file"));
        }
        let wanted = self.content_hash.as_str();
        if wanted.len() < 8 {
            return Err(damaged(&self.path, "has no hash in the run's record"));
        }
        let (found, _) = sha256(&mut file).map_err(failed)?;
        match found.starts_with(wanted) {
            true => self.verify_referenced(),
            false => {
                let found = found.get(..wanted.len()).unwrap_or(&found);
                Err(damaged(
                    &self.path,
                    &format!("is not what was sealed: its hash is {found}, not {wanted}"),
                ))
            }
        }
    }

    /// The names of the arrays of an .npz, in its order.
    ///
    /// # Errors
    /// When it can't be read or is none.
    pub fn arrays(&self) -> Result<Vec<String>> {
        array::names(&self.path)
    }

    /// An array of an .npz; the only one if `name` is nothing.
    ///
    /// # Errors
    /// When it can't be read, is none, or has no such array.
    pub fn array(&self, name: Option<&str>) -> Result<Array> {
        array::open(&self.path, name)
    }

    /// The file's content.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let bytes = super::file::read(&self.path, u64::MAX)?;
        bytes.ok_or_else(|| {
            let text = format!("artifact {:?}: {} is not there", self.name, self.path.display());
            Error::new(ErrorKind::NotFound, text)
        })
    }
}

/// The part of a recorded path that is below the run's directory of artifacts, wherever the store was
/// then: a record can't lead anywhere else.
fn inside(uri: &str, directory: &Path) -> Option<PathBuf> {
    let run_id = directory.file_name()?.to_str()?;
    let marker = format!("/artifacts/{run_id}/");
    let rest = match uri.rfind(&marker) {
        Some(at) => &uri[at + marker.len()..],
        None => uri.rsplit('/').next()?,
    };
    let path = PathBuf::from(rest);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (is_plain && !rest.is_empty() && !rest.contains('\0')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_path_leads_into_the_store_only() {
        let directory = Path::new("/new/e_1/artifacts/run");
        let path = |uri| inside(uri, directory);
        for (uri, wanted) in [
            ("/old/e_1/artifacts/run/u.npz", "u.npz"),
            ("/old/e_1/artifacts/run/a/b.npz", "a/b.npz"),
            ("/somewhere/else/u.npz", "u.npz"),
            ("u.npz", "u.npz"),
        ] {
            assert_eq!(path(uri), Some(PathBuf::from(wanted)), "{uri}");
        }
        for uri in
            ["", "/", "/x/artifacts/run/../../runs/run.json", "..", "/x/artifacts/run//etc/passwd", "a\0"]
        {
            assert_eq!(path(uri), None, "{uri}");
        }
    }
}
