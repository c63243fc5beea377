//! A store in a directory here that takes runs.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use metalab::digest::sha256;
use metalab::hex::hex;
use metalab::read::{RunStatus, Store};
use metalab::{Json, Locator, json};
use sha2::{Digest as _, Sha256};

use super::offer::{self, Offer, Target};
use crate::failure::{Failure, Result};
use crate::keep::aside;
use crate::keep::experiment::{self, Experiment, is_hidden, name_of};
use crate::keep::lock::Lock;
use crate::keep::{moved, whole};

/// Directories of an experiment.
const DIRECTORIES: [&str; 7] = ["runs", "derived", "artifacts", "logs", "results", "experiments", ".locks"];

/// How long another process that adds a run to the experiment's manifest is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A store in a directory.
#[derive(Debug)]
pub struct Local {
    collection: PathBuf,
    /// The run that is being taken.
    taking: Option<Taking>,
}

#[derive(Debug)]
struct Taking {
    offer: Offer,
    experiment: Experiment,
    /// The files that were not what was offered.
    changed: Vec<usize>,
}

impl Local {
    /// The store in `directory`, which is made if it is not there.
    pub fn open(directory: &str) -> Result<Self> {
        let failed =
            |error: std::io::Error| Failure::new(format!("cannot make the store {directory}: {error}"));
        // Not the text: its ~ may be one that no shell has replaced.
        let collection = std::path::absolute(Locator::parse(directory)?.collection()).map_err(failed)?;
        std::fs::create_dir_all(&collection).map_err(failed)?;
        let store = Store::open(directory)?;
        if store.limit().is_some() {
            let text = format!("{directory} is the directory of one experiment, not a store");
            return Err(Failure::new(text).advice("name the directory above it"));
        }
        Ok(Self { collection, taking: None })
    }

    /// The directory of an experiment, made if it is not there.
    fn experiment(&self, id: &str) -> Result<Experiment> {
        let store = Store::open(&self.collection.to_string_lossy())?;
        if let Some(there) = experiment::all(&store)?.into_iter().find(|one| one.id.as_deref() == Some(id)) {
            return Ok(there);
        }
        let root = self.collection.join(metalab::name::experiment_dir(id));
        let experiment = Experiment { root, id: Some(id.to_owned()) };
        if experiment.meta().exists() {
            let text = format!("{} belongs to another experiment than {id}", experiment.root.display());
            return Err(Failure::new(text));
        }
        // It appears whole, unless somebody else has begun it.
        let is_begun = experiment.root.exists();
        let at = if is_begun { experiment.root.clone() } else { whole::temporary_name(&experiment.root) };
        make_experiment(&at, id)?;
        if !is_begun {
            whole::move_if_there(&at, &experiment.root)?;
        }
        Ok(experiment)
    }

    /// Adds the run to the manifest of its experiment, as it did where it began.
    fn add_to_manifest(&self, experiment: &Experiment, offer: &Offer, is_new: bool) -> Result<()> {
        // The library knows an experiment by the name of its directory.
        if experiment.root != self.collection.join(metalab::name::experiment_dir(&offer.experiment_id)) {
            return Ok(());
        }
        let from = offer.experiment.as_deref().map_or(Ok(Json::Null), json::parse)?;
        let record = json::parse(&offer.record)?;
        match metalab::manifest_add_copied(&self.collection, &record, &from, is_new, PATIENCE)? {
            true => Ok(()),
            false => {
                let text = format!("another process holds the manifest of {}", offer.experiment_id);
                Err(Failure::new(text).advice("copy the run again: its files are there already"))
            }
        }
    }

    fn taking(&mut self) -> Result<&mut Taking> {
        self.taking.as_mut().ok_or_else(|| Failure::new("no run is being copied"))
    }

    /// Returns true if the store has this attempt; refuses where it has another one that is to stay.
    fn has_attempt(&self, experiment: &Experiment, offer: &Offer) -> Result<bool> {
        let store = Store::open(&self.collection.to_string_lossy())?;
        let Some(there) = store.find(experiment.id.as_deref(), &offer.run_id)? else { return Ok(false) };
        let run = format!("run {} in {}", offer.run_id, self.collection.display());
        let has_journal = experiment.journal(&offer.run_id).is_dir();
        match there.status() {
            RunStatus::Running | RunStatus::Dead if is_marked(there.warnings()) && !has_journal => {}
            RunStatus::Running => {
                return Err(Failure::new(format!("{run} goes on there")).advice("it is not overwritten"));
            }
            _ if has_journal => {
                return Err(
                    Failure::new(format!("{run} has a journal there")).advice("recover it there first")
                );
            }
            _ => {}
        }
        let started = there.record().get("started_at").and_then(Json::as_str);
        if started == Some(offer.started_at.as_str()) {
            let is_over = there.record().get("status").and_then(Json::as_str) != Some("running");
            return match offer.is_running && is_over {
                true => Err(Failure::new(format!("{run} has ended there, and goes on here"))
                    .advice("recover it here first: mlab recover")),
                false => Ok(true),
            };
        }
        match offer.replace {
            true => Ok(false),
            false => Err(Failure::new(format!("{run} is another attempt than the one here"))
                .advice("--replace has this one take its place")),
        }
    }
}

/// Makes the directories of an experiment, and the file that says which it is.
fn make_experiment(root: &Path, id: &str) -> Result<()> {
    for directory in DIRECTORIES {
        let path = root.join(directory);
        std::fs::create_dir_all(&path)
            .map_err(|error| Failure::new(format!("cannot make {}: {error}", path.display())))?;
    }
    let meta = [("schema_version", "0.1"), ("created_by", "metalab"), ("experiment_id", id)];
    let at = Experiment { root: root.to_owned(), id: None };
    whole::write_json(&at.meta(), &Json::object(meta))
}

/// Returns true if the file is there, as it was offered.
fn is_there(path: &Path, file: &offer::File) -> bool {
    is_of_size(path, file) && File::open(path).and_then(sha256).is_ok_and(|(sha256, _)| sha256 == file.sha256)
}

fn is_of_size(path: &Path, file: &offer::File) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() == file.size)
}

impl Target for Local {
    fn offer(&mut self, offer: &Offer) -> Result<Vec<usize>> {
        offer.check()?;
        let experiment = self.experiment(&offer.experiment_id)?;
        let is_known = self.has_attempt(&experiment, offer)?;
        let has_none = !experiment.record(&offer.run_id).exists();
        let incoming = aside::incoming(&experiment, &offer.run_id);
        let needed = offer.files.iter().enumerate().filter(|(_, file)| {
            // Files of another attempt that is to be replaced are not this one's.
            let is_in_place = (is_known || has_none) && is_there(&experiment.root.join(&file.path), file);
            !is_in_place && !is_there(&incoming.join(&file.path), file)
        });
        let needed = needed.map(|(index, _)| index).collect();
        self.taking = Some(Taking { offer: offer.clone(), experiment, changed: Vec::new() });
        Ok(needed)
    }

    fn file(&mut self, index: usize, size: u64, content: &mut dyn Read) -> Result<()> {
        let taking = self.taking()?;
        let Some(file) = taking.offer.files.get(index).filter(|file| file.size == size) else {
            return Err(Failure::new(format!("file {index} was not offered")));
        };
        let path = aside::incoming(&taking.experiment, &taking.offer.run_id).join(&file.path);
        let failed =
            |error: std::io::Error| Failure::new(format!("cannot write {}: {error}", path.display()));
        std::fs::create_dir_all(path.parent().unwrap_or(&path)).map_err(failed)?;
        let temporary = whole::temporary_name(&path);
        let mut write = || -> std::io::Result<bool> {
            let mut out = File::create(&temporary)?;
            let (mut sum, mut piece, mut left) = (Sha256::new(), vec![0; 1 << 20], size);
            while left > 0 {
                let most = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                let count = match content.read(&mut piece[..most]) {
                    Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                    Ok(count) => count,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
                sum.update(&piece[..count]);
                out.write_all(&piece[..count])?;
                left -= count as u64;
            }
            out.sync_all()?;
            Ok(hex(&sum.finalize()) == file.sha256)
        };
        match write() {
            Ok(true) => std::fs::rename(&temporary, &path).map_err(failed),
            Ok(false) => {
                taking.changed.push(index);
                whole::remove(&temporary)
            }
            Err(error) => {
                let _ = std::fs::remove_file(&temporary);
                Err(failed(error))
            }
        }
    }

    fn commit(&mut self) -> Result<Vec<usize>> {
        self.taking()?;
        let Some(taking) = self.taking.take() else { return Ok(Vec::new()) };
        if !taking.changed.is_empty() {
            return Ok(taking.changed);
        }
        let Taking { offer, experiment, .. } = &taking;
        let _lock = Lock::take(experiment, &offer.run_id)?;
        let is_known = self.has_attempt(experiment, offer)?;
        let is_new = !experiment.record(&offer.run_id).exists();
        let is_replaced = !is_known && !is_new;
        // Another process may have removed some since they came: `mlab prune --leftovers` does.
        let incoming = aside::incoming(experiment, &offer.run_id);
        let is_gone = |file: &offer::File| {
            let is_in_place = !is_replaced && is_of_size(&experiment.root.join(&file.path), file);
            !is_in_place && !is_of_size(&incoming.join(&file.path), file)
        };
        let gone = offer.files.iter().enumerate().filter(|(_, file)| is_gone(file));
        let gone: Vec<usize> = gone.map(|(index, _)| index).collect();
        if !gone.is_empty() {
            return Ok(gone);
        }
        if is_replaced {
            aside::take_out(experiment, &offer.run_id, &experiment.runs()?, true)?;
        }
        place(experiment, offer)?;
        self.add_to_manifest(experiment, offer, is_new)?;
        if is_replaced {
            aside::clear(&aside::pruned(experiment, &offer.run_id))?;
        }
        aside::clear(&incoming)?;
        Ok(Vec::new())
    }

    fn end(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Gives the files their places, and the record its place last.
fn place(experiment: &Experiment, offer: &Offer) -> Result<()> {
    let incoming = aside::incoming(experiment, &offer.run_id);
    for file in &offer.files {
        let from = incoming.join(&file.path);
        if from.exists() {
            whole::move_if_there(&from, &experiment.root.join(&file.path))?;
        }
    }
    for (path, to) in &offer.links {
        link(&experiment.root.join(path), to)?;
    }
    if let Some(manifest) = &offer.manifest {
        write_corrected(&experiment.manifest(&offer.run_id), manifest, experiment, offer)?;
    }
    for directory in [experiment.artifacts(&offer.run_id), experiment.results(&offer.run_id)] {
        // The names are on the disk before the record's.
        let _ = whole::sync_directory(&directory);
    }
    let _ = whole::sync_directory(&experiment.root.join("logs"));
    write_corrected(&experiment.record(&offer.run_id), &offer.record, experiment, offer)?;
    forget_earlier(experiment, offer)
}

fn link(path: &Path, to: &str) -> Result<()> {
    if std::fs::read_link(path).is_ok_and(|there| there == Path::new(to)) {
        return Ok(());
    }
    let temporary = whole::temporary_name(path);
    let make = || {
        std::fs::create_dir_all(path.parent().unwrap_or(path))?;
        std::os::unix::fs::symlink(to, &temporary)?;
        std::fs::rename(&temporary, path)
    };
    make().map_err(|error| Failure::new(format!("cannot make the link {}: {error}", path.display())))
}

/// Writes a record or a manifest with the paths that hold here, if it differs from what is there.
fn write_corrected(path: &Path, text: &str, experiment: &Experiment, offer: &Offer) -> Result<()> {
    let mut json = json::parse(text)?;
    moved::correct(&mut json, experiment, &offer.run_id, None);
    if offer.is_running && path == experiment.record(&offer.run_id) {
        mark(&mut json);
    }
    let text = json.to_pretty();
    if std::fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        std::fs::create_dir_all(above)
            .map_err(|error| Failure::new(format!("cannot make {}: {error}", above.display())))?;
    }
    whole::write(path, text.as_bytes())
}

/// Returns true if the warnings of a run say that it went on when it was copied.
fn is_marked(warnings: &[Json]) -> bool {
    warnings.iter().any(|warning| warning.str_at("message") == Some(moved::COPIED))
}

/// Says in a record that it is of a run that went on when it was copied.
fn mark(record: &mut Json) {
    let Json::Object(members) = record else { return };
    if members.get("warnings").and_then(Json::as_array).is_some_and(is_marked) {
        return;
    }
    let warning = Json::object([("message", moved::COPIED), ("reason", "copy it again when it has ended")]);
    match members.get_mut("warnings") {
        Some(Json::Array(warnings)) => warnings.push(warning),
        _ => drop(members.insert("warnings".to_owned(), Json::from(vec![warning]))),
    }
}

/// Removes files of an earlier copy of the same attempt that the run does not have any more.
fn forget_earlier(experiment: &Experiment, offer: &Offer) -> Result<()> {
    for directory in [experiment.artifacts(&offer.run_id), experiment.results(&offer.run_id)] {
        for path in experiment::tree(&directory)? {
            let within = path.strip_prefix(&experiment.root).ok().and_then(Path::to_str);
            let is_offered = within.is_some_and(|within| {
                let is_file = offer.files.iter().any(|file| file.path == within);
                is_file || offer.links.iter().any(|(link, _)| link == within)
            });
            let is_ours = path == experiment.manifest(&offer.run_id);
            if !is_offered && !is_ours && name_of(&path).is_some_and(|name| !is_hidden(&name)) {
                whole::remove(&path)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_went_meanwhile_is_asked_for_again() {
        let place = tempfile::tempdir().unwrap();
        let mut local = Local::open(place.path().to_str().unwrap()).unwrap();
        let content = b"{}";
        let offer = Offer {
            experiment_id: "e:1".to_owned(),
            run_id: "r".to_owned(),
            started_at: "2026-11-30T08:00:00".to_owned(),
            is_running: false,
            replace: false,
            files: vec![offer::File {
                path: "results/r/x.json".to_owned(),
                size: content.len() as u64,
                sha256: hex(&Sha256::digest(content)),
            }],
            links: Vec::new(),
            manifest: None,
            record: r#"{"experiment_id": "e:1", "run_id": "r", "status": "success"}"#.to_owned(),
            experiment: None,
        };
        let root = place.path().join("e_1");
        for is_removed in [true, false] {
            assert_eq!(local.offer(&offer).unwrap(), [0]);
            local.file(0, content.len() as u64, &mut &content[..]).unwrap();
            if is_removed {
                std::fs::remove_dir_all(root.join(".incoming")).unwrap();
            }
            assert_eq!(local.commit().unwrap().is_empty(), !is_removed);
            assert_eq!(root.join("runs/r.json").exists(), !is_removed);
        }
        assert!(root.join("results/r/x.json").exists());
    }
}
