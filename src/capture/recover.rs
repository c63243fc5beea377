//! Recovering the runs of a store whose process died.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;

use crate::base::environment::{is_on, path, seconds, variable};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::guard::with_default_arithmetic;
use crate::base::name;
use crate::fold::errand::{Child, Errand};
use crate::fold::recover::recover_journals;
use crate::fold::report::Report;
use crate::index;
use crate::members::directory;
use crate::members::liveness::TakeOver;
use crate::store::{Locator, Store, read_json};

/// The result of recovering: runs that were recovered, and runs that were left, with the reason.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// How many runs were recovered.
    pub runs: u64,
    /// Runs that were left because their processes are other hosts', which can't be asked: how many by
    /// the name of the host.
    pub elsewhere: BTreeMap<String, u64>,
    /// A message on runs that were left, if there were any.
    pub remark: Option<String>,
}

/// Recovers the runs of a store whose process died, and says how many. Every dead journal is
/// folded into the store; the run ends as "failed". Runs that go on are left alone, and so are
/// those of another host, which can't be asked: see [`recover_with_report`] and [`recover_host`].
///
/// `experiment` names one; without, it is every experiment of the store. `journals` is where
/// journals are kept, if not in the experiments' directories. The environment says what `locator`
/// and `journals` don't.
///
/// # Errors
/// When the store can't be had; or the first journal that could not be recovered: the others are
/// nevertheless.
pub fn recover(locator: Option<&str>, experiment: Option<&str>, journals: Option<&Path>) -> Result<u64> {
    recover_with_report(locator, experiment, journals).map(|recovered| recovered.runs)
}

/// Like [`recover`], and says which runs were left.
///
/// # Errors
/// The same as [`recover`].
pub fn recover_with_report(
    locator: Option<&str>,
    experiment: Option<&str>,
    journals: Option<&Path>,
) -> Result<Recovered> {
    recover_all(locator, experiment, journals, &Errand::asked(TakeOver::from_environment()?))
}

/// Recovers as [`recover_with_report`] does, and also the runs of processes on `host`. Call it when the
/// host is gone, or none of its processes uses this store. A process that still runs there notices
/// this, stops writing, and its `finish` returns an error.
///
/// # Errors
/// The same as [`recover`]; and when `host` is empty.
pub fn recover_host(
    locator: Option<&str>,
    experiment: Option<&str>,
    journals: Option<&Path>,
    host: &str,
) -> Result<Recovered> {
    recover_gone(locator, experiment, journals, &[host], &[])
}

/// Recovers as [`recover_host`] does, the runs of processes on any of `hosts` and in any of the scheduler's
/// `jobs`, all of which are over.
///
/// # Errors
/// The same as [`recover`]; and when a host or a job is empty.
pub fn recover_gone(
    locator: Option<&str>,
    experiment: Option<&str>,
    journals: Option<&Path>,
    hosts: &[&str],
    jobs: &[&str],
) -> Result<Recovered> {
    for (all, what) in [(hosts, "host"), (jobs, "job")] {
        if all.contains(&"") {
            return Err(Error::new(ErrorKind::Value, format!("the {what} has no name")));
        }
    }
    let known = hosts.iter().fold(TakeOver::from_environment()?, |known, host| known.and_host(host));
    let known = jobs.iter().fold(known, |known, job| known.and_job(job));
    recover_all(locator, experiment, journals, &Errand::asked(known))
}

/// Like [`recover`], for the runs of one process of this host that its parent has waited for: they end
/// as failed with what the parent knows, an exit status or the signal that killed it. Runs of other
/// processes are left alone.
///
/// # Errors
/// The same as [`recover`]; and when `ended` is not the status of a process that has ended.
pub fn recover_child(
    locator: Option<&str>,
    experiment: Option<&str>,
    journals: Option<&Path>,
    pid: i64,
    ended: ExitStatus,
) -> Result<u64> {
    if ended.code().is_none() && ended.signal().is_none() {
        return Err(Error::new(ErrorKind::Value, format!("the process {pid} has not ended: {ended}")));
    }
    // It concerns other members of the child's runs alone, and what it says wrong is for them to refuse.
    let known = TakeOver::from_environment().unwrap_or_default();
    recover_all(locator, experiment, journals, &Errand::of_child(Child { pid, ended }, known))
        .map(|recovered| recovered.runs)
}

fn recover_all(
    locator: Option<&str>,
    experiment: Option<&str>,
    journals: Option<&Path>,
    errand: &Errand,
) -> Result<Recovered> {
    let (store, from_environment) = (variable("METALAB_STORE")?, variable("METALAB_JOURNAL")?);
    let locator = locator.or(store.as_deref()).unwrap_or("./experiments");
    let journals = match journals {
        Some(journals) => Some(journals.to_owned()),
        None => from_environment
            .as_deref()
            .map(path)
            .transpose()
            .map_err(|error| error.context("METALAB_JOURNAL"))?,
    };
    let locator = Locator::parse(locator)?;
    let experiments = match locator.experiment(experiment)? {
        Some(id) => vec![id],
        None => self::experiments(locator.collection())?,
    };
    with_default_arithmetic(|| recover_experiments(&locator, experiments, journals.as_deref(), errand))
}

fn recover_experiments(
    locator: &Locator,
    experiments: Vec<String>,
    journals: Option<&Path>,
    errand: &Errand,
) -> Result<Recovered> {
    let patience = seconds("METALAB_INDEX_WAIT")?.unwrap_or(index::PATIENCE);
    let is_durable = is_on("METALAB_DURABLE")?;
    let (mut report, mut result) = (Report::default(), Ok(()));
    for id in experiments {
        let store = Arc::new(Store::open(locator.collection(), &id)?);
        let index = index::follow(&store, locator, patience, false)?;
        store.set_durable(is_durable);
        let directory = match journals {
            Some(directory) => directory.join(name::experiment_dir(&id)),
            None => store.journal_dir(),
        };
        let (found, recovered) = recover_journals(&store, &directory, errand);
        report.add(found);
        result = result.and(recovered);
        if let Some(index) = index {
            index.wait_for_all();
        }
    }
    let remark = report.remark();
    result.map(|()| Recovered { runs: report.recovered, elsewhere: report.elsewhere, remark })
}

/// The experiments of a collection.
fn experiments(collection: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(collection) {
        Ok(entries) => entries,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("there is no store {}; METALAB_STORE names another", collection.display()),
            ));
        }
        Err(source) => return Err(Error::io("read", collection, &source)),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| Error::io("read", collection, &source))?;
        ids.extend(experiment_in(&entry.path()));
    }
    Ok(ids)
}

/// The id of the experiment in `root`, if it is one. Where a power cut has taken the file that says so, a
/// notice or a record does.
fn experiment_in(root: &Path) -> Option<String> {
    let id = |path: &Path| read_json(path).ok().flatten()?.text_at("experiment_id");
    let inside = |path: &Path| -> Vec<_> {
        std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    };
    let notices = || {
        let runs = inside(&root.join(".journal")).into_iter();
        runs.flat_map(|run| inside(&run)).map(|member| member.join(directory::NOTICE))
    };
    let is_its = |id: &String| root.file_name().is_some_and(|file| *file == *name::experiment_dir(id));
    id(&root.join("_meta.json"))
        .or_else(|| notices().find_map(|notice| id(&notice).filter(is_its)))
        .or_else(|| inside(&root.join("runs")).iter().find_map(|record| id(record).filter(is_its)))
}
