//! The list of what is in the archive of a directory, made of the archive: so the two agree, whatever became of
//! the directory meanwhile.

use std::io::{BufReader, Read};
use std::path::Path;

use crate::base::clock::Moment;
use crate::base::digest::sha256;
use crate::base::error::{Error, Result};
use crate::base::file;
use crate::base::hex::add_name;
use crate::base::json::{Json, Object, members};
use crate::store::tar::{self, Kind, Member};

/// The document: `path`, that of the directory; `tar`, the artifact that has the content; `size_bytes` of all
/// files; `files` and `directories`, each with its path in the archive.
///
/// # Errors
/// When the archive can't be read.
pub fn of_archive(archive: &Path, directory: Json, artifact: &str) -> Result<Json> {
    let failed = |source: std::io::Error| Error::io("read", archive, &source);
    let mut from = BufReader::with_capacity(1 << 20, file::open_to_read(archive).map_err(failed)?);
    let (mut files, mut directories, mut size) = (Vec::new(), Vec::new(), 0);
    let each = |member: Member<'_>, data: &mut dyn Read| {
        let mut listed = described(&member);
        match member.kind {
            Kind::File => {
                let (hash, read) = sha256(data)?;
                size += read;
                listed.extend(members([("size_bytes", Json::from(read)), ("sha256", hash.into())]));
                files.push(Json::from(listed));
            }
            Kind::Link => {
                add_name(&mut listed, "link", &member.target);
                files.push(listed.into());
            }
            Kind::Directory => directories.push(listed.into()),
        }
        Ok(())
    };
    tar::read(&mut from, each).map_err(failed)?;
    Ok(Json::object([
        ("path", directory),
        ("tar", artifact.into()),
        ("size_bytes", size.into()),
        ("files", files.into()),
        ("directories", directories.into()),
    ]))
}

fn described(member: &Member<'_>) -> Object {
    let mut listed = Object::new();
    add_name(&mut listed, "path", &member.path);
    if member.kind != Kind::Link {
        listed.insert("mode".to_owned(), format!("{:04o}", member.mode).into());
        let nanos =
            u64::try_from(member.modified).ok().and_then(|seconds| seconds.checked_mul(1_000_000_000));
        let modified = nanos.map(|nanos| Json::from(Moment::from_nanos(nanos).iso()));
        listed.insert("modified".to_owned(), modified.into());
    }
    listed
}
