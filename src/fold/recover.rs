//! Runs whose process died: the journals of their members are taken over, and the runs end as "failed", with the
//! cause and with everything that was emitted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::errand::Errand;
use super::report::Report;
use super::take_over::{Found, take_over};
use super::{leftovers, parts};
use crate::base::error::Result;
use crate::base::name;
use crate::members::directory;
use crate::store::Store;
use crate::store::damaged::SetAside;

/// Takes over every dead journal of the run, and folds what its processes left.
///
/// # Errors
/// The first one, beside the results of the others, which are tried nevertheless.
pub fn recover_run(
    store: &Arc<Store>,
    journals_dir: &Path,
    run_id: &str,
    errand: &Errand,
) -> (Report, Result<()>) {
    let (mut report, mut result) = (Report::default(), Ok(()));
    let members = directory::with_journals(&directory::of(store, run_id), &journals_dir.join(run_id));
    let members = match members {
        Ok(members) => members,
        Err(error) => return (report, Err(error)),
    };
    let mut is_live = false;
    for directory in &members {
        if !errand.is_of(directory) {
            continue;
        }
        match take_over(store, directory, errand) {
            Ok(Found::Recovered) => report.recovered = 1,
            Ok(Found::Nothing) => {}
            Ok(Found::Alive) => is_live = true,
            Ok(Found::Elsewhere(host)) => drop(report.elsewhere.insert(host, 1)),
            Ok(Found::Deadly(deaths)) => drop(report.deadly.insert(run_id.to_owned(), deaths)),
            Err(error) => result = result.and(Err(error)),
        }
    }
    let is_over = !is_live && report.elsewhere.is_empty() && report.deadly.is_empty();
    if is_over && !members.is_empty() {
        // Also those of members of whom the disk had nothing else.
        result = result.and(leftovers::set_entries_aside(store, run_id).map(drop));
    }
    // A run that goes on is folded at its own end.
    if report.recovered > 0 || !is_live {
        result = result.and(parts::fold_run(store, run_id));
    }
    (report, result)
}

/// Takes over every dead journal of the store's runs, those below `journals_dir` and those that
/// the store knows of.
///
/// # Errors
/// The same as `recover_run`.
pub fn recover_journals(store: &Arc<Store>, journals_dir: &Path, errand: &Errand) -> (Report, Result<()>) {
    let (mut report, mut result) = (Report::default(), Ok(()));
    directory::sweep(&store.journal_dir());
    directory::sweep(journals_dir);
    let mut runs = BTreeSet::new();
    for rosters in [journals_dir, &store.journal_dir()] {
        match directory::listed(rosters) {
            Ok(found) => runs.extend(found.iter().filter_map(|run| run.file_name().map(PathBuf::from))),
            Err(error) => return (report, Err(error)),
        }
    }
    for run in runs {
        let Some(run_id) = run.to_str().map(str::to_owned) else { continue };
        if name::check_run_id(&run_id).is_err() {
            continue;
        }
        let (found, recovered) = recover_run(store, journals_dir, &run_id, errand);
        report.add(found);
        result = result.and(recovered);
        // Only where they are empty: left by a process that died before it had a journal.
        for directory in [journals_dir, &store.journal_dir()] {
            let _ = std::fs::remove_dir(directory.join(&run_id));
        }
    }
    if errand.is_of_all() {
        // Records that no journal has brought back.
        result = result.and(store.set_damaged_aside());
        report.damaged.extend(store.take_set_aside().iter().map(SetAside::message));
    }
    (report, result)
}
