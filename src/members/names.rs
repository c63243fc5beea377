//! What the names of a process become in a store that others write, too.
//!
//! A worker with an id has its label in every name. A process without one keeps its names as they
//! are, and takes another only where somebody else was first. What it took stands in a file of its
//! own, so that who recovers it gives the same names again, and so that others can see it.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest as _, Sha256};

use crate::base::error::{Error, Result};
use crate::base::file;
use crate::base::hex::hex;
use crate::base::json::{self, Json};
use crate::base::name::{self, NAME_MAX};
use crate::base::sync::lock;
use crate::store::Place;

/// What a member has taken, a line each.
const FILE: &str = "names";

/// The names of a process.
#[derive(Debug)]
pub struct Names {
    label: String,
    /// None where every name has the label.
    plain: Option<Plain>,
}

#[derive(Debug)]
struct Plain {
    directory: PathBuf,
    is_owner: bool,
    /// Whether what the store has is an earlier attempt's, which this one goes on with.
    goes_on: bool,
    /// By place and name: the name in the store.
    taken: Mutex<Option<HashMap<(usize, String), String>>>,
}

impl Names {
    /// The names of a worker that has an id.
    pub fn labelled(label: &str) -> Self {
        Self { label: label.to_owned(), plain: None }
    }

    /// The names of a process whose member's directory this is.
    pub fn plain(label: &str, directory: &Path, is_owner: bool, goes_on: bool) -> Self {
        let directory = directory.to_owned();
        let plain = Plain { directory, is_owner, goes_on, taken: Mutex::default() };
        Self { label: label.to_owned(), plain: Some(plain) }
    }

    /// Whether every name has the label.
    pub fn is_labelled(&self) -> bool {
        self.plain.is_none()
    }

    /// The name before anybody is asked: with the label, or as it is.
    pub fn first(&self, name: &str) -> String {
        if self.is_labelled() { with_label(name, &self.label) } else { name.to_owned() }
    }

    /// The name in the store, for who holds the run's lock; `is_there` says whether the store has
    /// one that is not this process's.
    ///
    /// # Errors
    /// When what was taken can't be written down.
    pub fn settle(&self, place: Place, name: &str, is_there: impl FnOnce(&str) -> bool) -> Result<String> {
        let Some(plain) = &self.plain else {
            return Ok(with_label(name, &self.label));
        };
        let mut taken = lock(&plain.taken);
        let taken = taken.get_or_insert_with(|| read(&plain.directory));
        let key = (place as usize, name.to_owned());
        if let Some(stored) = taken.get(&key) {
            return Ok(stored.clone());
        }
        let others = plain.others();
        // Without others, a run's owner need not write down what nobody reads.
        if plain.is_owner && others.is_empty() {
            return Ok(name.to_owned());
        }
        let is_anothers = others.iter().any(|other| {
            read(other).iter().any(|((where_, _), stored)| *where_ == place as usize && stored == name)
        });
        let is_taken = is_anothers || !plain.is_owner && !plain.goes_on && is_there(name);
        let stored = if is_taken { with_label(name, &self.label) } else { name.to_owned() };
        plain.write_down(place, name, &stored)?;
        taken.insert(key, stored.clone());
        Ok(stored)
    }
}

impl Plain {
    /// The directories of the run's other members.
    fn others(&self) -> Vec<PathBuf> {
        let Some(room) = self.directory.parent() else { return Vec::new() };
        let mut others = super::directory::directories(room);
        others.retain(|other| *other != self.directory);
        others
    }

    fn write_down(&self, place: Place, name: &str, stored: &str) -> Result<()> {
        let line = Json::object([
            ("place", Json::from(place as u64)),
            ("name", name.into()),
            ("stored", stored.into()),
        ]);
        let path = self.directory.join(FILE);
        let failed = |source: std::io::Error| Error::io("write", &path, &source);
        let mut file = file::append(&path).map_err(failed)?;
        file.write_all(format!("{}\n", line.to_compact()).as_bytes()).map_err(failed)
    }
}

fn read(directory: &Path) -> HashMap<(usize, String), String> {
    let text = std::fs::read_to_string(directory.join(FILE)).unwrap_or_default();
    let entry = |line: &str| {
        let line = json::parse(line).ok()?;
        let text = |key: &str| line.get(key)?.as_str().map(str::to_owned);
        let place = usize::try_from(line.get("place")?.as_i64()?).ok()?;
        Some(((place, text("name")?), text("stored")?))
    };
    text.lines().filter_map(entry).collect()
}

/// `loss@rank.3`. Where that would be too long for a file, the name is cut and told apart by a hash.
pub fn with_label(name: &str, label: &str) -> String {
    let labelled = format!("{name}@{label}");
    if name::encode(&labelled).len() <= NAME_MAX {
        return labelled;
    }
    let digest = Sha256::digest(name.as_bytes());
    let hash = hex(&digest[..4]);
    let cut = |end: usize| format!("{}~{hash}@{label}", &name[..end]);
    (0..name.len())
        .rev()
        .filter(|end| name.is_char_boundary(*end))
        .map(cut)
        .find(|cut| name::encode(cut).len() <= NAME_MAX)
        .unwrap_or(labelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(room: &Path, name: &str) -> PathBuf {
        let directory = room.join(name);
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("run.json"), "{}").unwrap();
        directory
    }

    #[test]
    fn labels_are_appended_and_long_names_stay_apart() {
        assert_eq!(with_label("loss", "rank.3"), "loss@rank.3");
        let long = |end: &str| with_label(&("/".repeat(60) + end), "rank.3");
        assert!(name::check(&long("a")).is_ok());
        assert_ne!(long("a"), long("b"));
    }

    #[test]
    fn who_comes_second_gets_another_name_and_keeps_it() {
        let room = tempfile::tempdir().unwrap();
        let (first, second) = (member(room.path(), "1-a"), member(room.path(), "2-b"));
        let one = Names::plain("process.1", &first, false, false);
        let two = Names::plain("process.2", &second, false, false);
        let nothing = |_: &str| false;
        assert_eq!(one.settle(Place::Results, "loss", nothing).unwrap(), "loss");
        assert_eq!(two.settle(Place::Results, "loss", nothing).unwrap(), "loss@process.2");
        assert_eq!(two.settle(Place::Artifacts, "loss", nothing).unwrap(), "loss");
        assert_eq!(two.settle(Place::Results, "there", |_| true).unwrap(), "there@process.2");
        // As who recovers them sees it.
        let again = Names::plain("process.1", &first, false, false);
        assert_eq!(again.settle(Place::Results, "loss", |_| true).unwrap(), "loss");
        let owner = Names::plain("owner", &member(room.path(), "3-c"), true, false);
        assert_eq!(owner.settle(Place::Results, "loss", nothing).unwrap(), "loss@owner");
        assert_eq!(owner.settle(Place::Results, "new", |_| true).unwrap(), "new");
    }
}
