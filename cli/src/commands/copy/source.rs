//! A run that is copied: its files as they are at the moment.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use metalab::Json;
use metalab::digest::sha256;
use metalab::read::{Run, RunStatus, Store, read_small};

use super::offer::{self, Offer};
use crate::failure::{Failure, Result};
use crate::keep::experiment::{self, Experiment, is_hidden, name_of, stem_of};

/// The run as it stands; nothing if it is gone. The record is read first: what it speaks of is there.
pub fn offer(store: &Store, run: &Run, replace: bool) -> Result<Option<Offer>> {
    let experiment = Experiment::of(run);
    let Some(now) = store.find(Some(run.experiment_id()), run.id())? else { return Ok(None) };
    let Some(record) = read_small(&experiment.record(run.id()))? else { return Ok(None) };
    let manifest = read_small(&experiment.manifest(run.id()))?;
    let known = experiment.runs()?;
    let mut paths = experiment::tree(&experiment.artifacts(run.id()))?;
    paths.extend(experiment::tree(&experiment.results(run.id()))?);
    paths.extend(experiment.logs_of(run.id(), &known)?);
    let derived = experiment.derived(run.id());
    paths.extend(derived.exists().then_some(derived));
    let (mut files, mut links) = (Vec::new(), Vec::new());
    for path in paths {
        if name_of(&path).is_none_or(|name| is_hidden(&name)) || path == experiment.manifest(run.id()) {
            continue;
        }
        let within = within(&experiment.root, &path)?;
        match std::fs::read_link(&path) {
            Ok(to) => links.extend(to.to_str().map(|to| (within, to.to_owned()))),
            Err(_) => files.extend(file(&path, within)?),
        }
    }
    let is_running = matches!(now.status(), RunStatus::Running | RunStatus::Dead);
    Ok(Some(Offer {
        experiment_id: run.experiment_id().to_owned(),
        run_id: run.id().to_owned(),
        started_at: record.str_at("started_at").unwrap_or_default().to_owned(),
        is_running: is_running || record.str_at("status") == Some("running"),
        replace,
        files,
        links,
        manifest: manifest.as_ref().map(Json::to_pretty),
        record: record.to_pretty(),
        experiment: of_experiment(&experiment)?,
    }))
}

/// The text of the newest manifest of the experiment that can be read, without the runs that it lists.
fn of_experiment(experiment: &Experiment) -> Result<Option<String>> {
    let mut all = experiment::entries(&experiment.root.join("experiments"))?;
    all.retain(|path| stem_of(path, ".json").is_some_and(|stem| !is_hidden(&stem)));
    all.sort_by_key(|path| std::fs::metadata(path).and_then(|found| found.modified()).ok());
    for path in all.iter().rev() {
        if let Ok(Some(Json::Object(mut manifest))) = read_small(path) {
            manifest.remove("run_ids");
            if let Some(Json::Object(params)) = manifest.get_mut("params") {
                params.remove("spec");
            }
            return Ok(Some(Json::Object(manifest).to_compact()));
        }
    }
    Ok(None)
}

fn within(root: &Path, path: &Path) -> Result<String> {
    let within = path.strip_prefix(root).ok().and_then(Path::to_str);
    within
        .map(str::to_owned)
        .ok_or_else(|| Failure::new(format!("the name of {} is not UTF-8", path.display())))
}

/// A file as it is now; nothing if it is gone.
fn file(path: &Path, within: String) -> Result<Option<offer::File>> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot read {}: {error}", path.display()));
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed)?,
    };
    // A log may grow meanwhile: as much of it as there is now.
    let size = file.metadata().map_err(failed)?.len();
    let (sha256, read) = sha256(file.take(size)).map_err(failed)?;
    Ok(Some(offer::File { path: within, size: read, sha256 }))
}

/// The content of a file that was offered, exactly as many bytes; zeros for those that are gone meanwhile,
/// which the hash tells.
pub fn content(run: &Run, file: &offer::File) -> Result<Box<dyn Read>> {
    let path = run.directory().join(&file.path);
    Ok(match File::open(&path) {
        Ok(content) => Box::new(content.chain(std::io::repeat(0)).take(file.size)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Box::new(std::io::repeat(0).take(file.size))
        }
        Err(error) => return Err(Failure::new(format!("cannot read {}: {error}", path.display()))),
    })
}
