//! The names that a process's names become in a store that others write, too.
//!
//! A worker with an id has its label in every name. A process without one keeps its names as they
//! are, and takes another only where somebody else was first. What it took stands in a file of its
//! own, so that who recovers it gives the same names again, and so that others can see it.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest as _, Sha256};

use crate::base::error::{Error, ErrorKind, Result};
use crate::base::file;
use crate::base::hex::hex;
use crate::base::json::{self, Json};
use crate::base::name::{self, NAME_MAX};
use crate::base::sync::lock;
use crate::store::{Place, RunLock};

/// The file of the names that a member has taken, a line each.
const FILE: &str = "taken";

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
    /// True if what the store has is an earlier attempt's, which this one goes on with.
    goes_on: bool,
    known: Mutex<Known>,
}

/// The names that the run's members have taken, as far as they are known.
#[derive(Debug, Default)]
struct Known {
    /// By place and name: this process's name in the store.
    own: Option<HashMap<(usize, String), String>>,
    /// Places and names in the store of the other members.
    others: HashSet<(usize, String)>,
    /// How much of the others' files was read.
    read: HashMap<PathBuf, u64>,
    /// The lock of the run under which the others were looked at: under it, none of them changes.
    looked_under: u64,
}

impl Names {
    /// The names of a worker that has an id.
    pub fn labelled(label: &str) -> Self {
        Self { label: label.to_owned(), plain: None }
    }

    /// The names of a process whose member's directory this is.
    pub fn plain(label: &str, directory: &Path, is_owner: bool, goes_on: bool) -> Self {
        let directory = directory.to_owned();
        let plain = Plain { directory, is_owner, goes_on, known: Mutex::default() };
        Self { label: label.to_owned(), plain: Some(plain) }
    }

    /// Returns whether every name has the label: such names are nobody else's, and need no lock.
    pub fn is_labelled(&self) -> bool {
        self.plain.is_none()
    }

    /// The name before anybody is asked: with the label, or as it is.
    pub fn first(&self, name: &str) -> String {
        if self.is_labelled() { with_label(name, &self.label) } else { name.to_owned() }
    }

    /// The name that was taken for `name`, as the member's file says, for who only reads the run.
    pub fn taken(&self, place: Place, name: &str) -> Option<String> {
        let plain = self.plain.as_ref()?;
        read(&plain.directory).ok()?.remove(&(place as usize, name.to_owned()))
    }

    /// The names in the store, in the order of `names`; `is_there` says whether the store has one that
    /// is not this process's. Only who has labels needs no lock.
    ///
    /// # Errors
    /// When what was taken can't be written down, and those of `is_there`.
    pub fn give(
        &self,
        held: Option<&RunLock<'_>>,
        place: Place,
        names: &[&str],
        mut is_there: impl FnMut(&str) -> Result<bool>,
    ) -> Result<Vec<String>> {
        let Some(plain) = &self.plain else {
            return Ok(names.iter().map(|name| with_label(name, &self.label)).collect());
        };
        let Some(held) = held else {
            return Err(Error::new(ErrorKind::Busy, "names can't be given without the run's lock"));
        };
        let mut known = lock(&plain.known);
        let known = &mut *known;
        if known.own.is_none() {
            known.own = Some(read(&plain.directory)?);
        }
        if known.looked_under != held.number() {
            plain.look(&mut known.others, &mut known.read)?;
            known.looked_under = held.number();
        }
        let own = known.own.get_or_insert_default();
        // A line that an append before this one left half ends here.
        let mut lines = vec![b'\n'];
        let mut fresh = Vec::new();
        let mut settled = Vec::with_capacity(names.len());
        for name in names {
            let key = (place as usize, (*name).to_owned());
            if let Some(stored) = own.get(&key) {
                settled.push(stored.clone());
                continue;
            }
            // Without others, a run's owner need not write down what nobody reads.
            if plain.is_owner && known.read.is_empty() {
                settled.push(key.1);
                continue;
            }
            let is_taken =
                known.others.contains(&key) || !plain.is_owner && !plain.goes_on && is_there(name)?;
            let stored = if is_taken { with_label(name, &self.label) } else { key.1.clone() };
            let line = Json::object([
                ("place", Json::from(place as u64)),
                ("name", (*name).into()),
                ("stored", stored.as_str().into()),
            ]);
            lines.extend_from_slice(line.to_compact().as_bytes());
            lines.push(b'\n');
            settled.push(stored.clone());
            fresh.push((key, stored));
        }
        if !fresh.is_empty() {
            let path = plain.directory.join(FILE);
            file::append(&path)
                .and_then(|mut file| file.write_all(&lines))
                .map_err(|source| Error::io("write", &path, &source))?;
        }
        own.extend(fresh);
        Ok(settled)
    }
}

impl Plain {
    /// Looks for the other members, and reads what they have taken since the last look.
    ///
    /// # Errors
    /// When that can't be read: a name that another has must not be given again.
    fn look(&self, others: &mut HashSet<(usize, String)>, read: &mut HashMap<PathBuf, u64>) -> Result<()> {
        let members = self.directory.parent().map_or_else(|| Ok(Vec::new()), super::directory::listed)?;
        for member in members.into_iter().filter(|member| *member != self.directory) {
            let path = member.join(FILE);
            let seen = read.entry(member).or_default();
            let failed = |source: std::io::Error| Error::io("read", &path, &source);
            let length = file::length(&path).map_err(failed)?.unwrap_or(0);
            if length <= *seen {
                continue;
            }
            let mut text = Vec::new();
            let more = File::open(&path).and_then(|mut file| {
                file.seek(SeekFrom::Start(*seen))?;
                file.take(length - *seen).read_to_end(&mut text)
            });
            more.map_err(failed)?;
            others.extend(entries(&text).map(|((place, _), stored)| (place, stored)));
            *seen = length;
        }
        Ok(())
    }
}

/// The names that the member in `directory` has taken: by place and name, the name in the store.
///
/// # Errors
/// When they can't be read.
fn read(directory: &Path) -> Result<HashMap<(usize, String), String>> {
    let path = directory.join(FILE);
    match file::read(&path) {
        Ok(text) => Ok(entries(&text).collect()),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(HashMap::new()),
        Err(source) => Err(Error::io("read", &path, &source)),
    }
}

fn entries(text: &[u8]) -> impl Iterator<Item = ((usize, String), String)> {
    text.split(|byte| *byte == b'\n').filter_map(|line| {
        let line = json::parse(std::str::from_utf8(line).ok()?).ok()?;
        let text = |key: &str| line.get(key)?.as_str().map(str::to_owned);
        let place = usize::try_from(line.get("place")?.as_i64()?).ok()?;
        Some(((place, text("name")?), text("stored")?))
    })
}

/// `loss@rank.3`. Where that would be too long for a file, the name is cut and told apart by a hash.
pub fn with_label(name: &str, label: &str) -> String {
    let labelled = format!("{name}@{label}");
    if name::length(&labelled) <= NAME_MAX {
        return labelled;
    }
    let digest = Sha256::digest(name.as_bytes());
    let hash = hex(&digest[..4]);
    let cut = |end: usize| format!("{}~{hash}@{label}", &name[..end]);
    (0..name.len())
        .rev()
        .filter(|end| name.is_char_boundary(*end))
        .map(cut)
        .find(|cut| name::length(cut) <= NAME_MAX)
        .unwrap_or(labelled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn member(roster: &Path, name: &str) -> PathBuf {
        let directory = roster.join(name);
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
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(place.path(), "e:1").unwrap();
        let roster = store.journal_dir().join("r");
        std::fs::create_dir_all(&roster).unwrap();
        let (first, second) = (member(&roster, "1-a"), member(&roster, "2-b"));
        let one = Names::plain("process.1", &first, false, false);
        let two = Names::plain("process.2", &second, false, false);
        let give = |names: &Names, place, name: &str, is_there: bool| {
            let held = store.lock_run("r").unwrap();
            names.give(Some(&held), place, &[name], |_| Ok(is_there)).unwrap().remove(0)
        };
        assert_eq!(give(&one, Place::Results, "loss", false), "loss");
        assert_eq!(give(&two, Place::Results, "loss", false), "loss@process.2");
        assert_eq!(give(&two, Place::Artifacts, "loss", false), "loss");
        assert_eq!(give(&two, Place::Results, "there", true), "there@process.2");
        // Names that the other takes later are seen, too.
        assert_eq!(give(&one, Place::Results, "later", false), "later");
        assert_eq!(give(&two, Place::Results, "later", false), "later@process.2");
        // The same for who recovers them.
        let again = Names::plain("process.1", &first, false, false);
        assert_eq!(give(&again, Place::Results, "loss", true), "loss");
        let owner = Names::plain("owner", &member(&roster, "3-c"), true, false);
        assert_eq!(give(&owner, Place::Results, "loss", false), "loss@owner");
        assert_eq!(give(&owner, Place::Results, "new", true), "new");
        // A disk that was full has half of a line.
        std::fs::OpenOptions::new()
            .append(true)
            .open(second.join(FILE))
            .and_then(|mut file| file.write_all(br#"{"place":0,"na"#))
            .unwrap();
        assert_eq!(give(&two, Place::Results, "more", false), "more");
        let again = Names::plain("process.2", &second, false, false);
        assert_eq!(give(&again, Place::Results, "more", true), "more");
        assert_eq!(give(&one, Place::Results, "more", false), "more@process.1");
        // Who has a label asks nobody.
        let labelled = Names::labelled("rank.3").give(None, Place::Results, &["a", "b"], |_| Ok(true));
        assert_eq!(labelled.unwrap(), ["a@rank.3", "b@rank.3"]);
        assert_eq!(two.give(None, Place::Results, &["x"], |_| Ok(true)).unwrap_err().kind(), ErrorKind::Busy);
    }
}
