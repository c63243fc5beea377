//! The list of what is to be checked: small files are looked at while it is made, the others wait for the
//! threads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use metalab::read::{Artifact, Run, Store, read_small};

use super::finding::Finding;
use super::run;
use crate::failure::Result;
use crate::keep::aside::{self, INCOMING, PRUNED};
use crate::keep::experiment::{self, Experiment, is_hidden, name_of, stem_of};
use crate::keep::leftovers::{is_abandoned, orphans};

/// A file that is read whole.
#[derive(Debug)]
pub enum Item {
    Artifact(Box<Artifact>),
    Entry(PathBuf),
    Log(PathBuf),
}

/// The files that are to be checked, and the findings meanwhile.
#[derive(Debug, Default)]
pub struct List {
    pub runs: u64,
    pub small: u64,
    pub items: Vec<(Item, u64)>,
    pub findings: Vec<Finding>,
}

impl List {
    /// Adds everything of an experiment.
    pub fn experiment(&mut self, store: &Store, experiment: &Experiment) -> Result<()> {
        self.json(&experiment.meta());
        if experiment.id.is_none() {
            self.findings.push(Finding::damaged(&experiment.meta(), "does not say which experiment this is"));
        }
        let runs = experiment.runs()?;
        let journals = experiment.with_journals()?;
        let mut logs = BTreeMap::<String, Vec<PathBuf>>::new();
        for (path, owner) in experiment.logs(&runs)? {
            owner.into_iter().for_each(|owner| logs.entry(owner).or_default().push(path.clone()));
        }
        for run_id in &runs {
            let opened = experiment.id.as_deref().map(|id| store.find(Some(id), run_id));
            match opened {
                Some(Ok(Some(run))) => self.run_with(&run, logs.remove(run_id).unwrap_or_default()),
                // It was removed meanwhile.
                Some(Ok(None)) => {}
                Some(Err(error)) => {
                    let path = experiment.record(run_id);
                    self.findings.push(Finding::of(&path, &error));
                }
                None => self.json(&experiment.record(run_id)),
            }
        }
        for run_id in journals.difference(&runs) {
            let path = experiment.journal(run_id);
            self.findings
                .push(Finding::left_over(&path, "the journal of a run without a record; `mlab recover`"));
        }
        self.aside(experiment)?;
        self.whose(experiment, &runs, &journals)?;
        self.jsons(&experiment.root.join("experiments"))?;
        self.jsons(&experiment.root.join("derived"))?;
        self.hidden(&experiment.root.join("runs"))?;
        self.hidden(&experiment.root.join("experiments"))
    }

    /// Adds a run.
    pub fn run(&mut self, run: &Run) -> Result<()> {
        let experiment = Experiment::of(run);
        let logs = experiment.logs_of(run.id(), &experiment.runs()?)?;
        self.run_with(run, logs);
        Ok(())
    }

    fn run_with(&mut self, run: &Run, logs: Vec<PathBuf>) {
        self.runs += 1;
        self.small += 1;
        logs.into_iter().for_each(|path| self.add(Item::Log(path.clone()), &path));
        run::list(run, self);
    }

    /// Adds a file that is read whole.
    pub fn add(&mut self, item: Item, path: &Path) {
        let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        self.items.push((item, size));
    }

    /// Looks at a small JSON file.
    fn json(&mut self, path: &Path) {
        self.small += 1;
        match read_small(path) {
            Ok(Some(json)) if json.as_object().is_none() => {
                self.findings.push(Finding::damaged(path, "is no JSON object"));
            }
            Ok(_) => {}
            Err(error) => self.findings.push(Finding::of(path, &error)),
        }
    }

    fn jsons(&mut self, directory: &Path) -> Result<()> {
        for path in experiment::entries(directory)? {
            if stem_of(&path, ".json").is_some_and(|stem| !is_hidden(&stem)) {
                self.json(&path);
            }
        }
        Ok(())
    }

    /// Runs that were on their way when a process was killed.
    fn aside(&mut self, experiment: &Experiment) -> Result<()> {
        for run_id in aside::begun(experiment, PRUNED)? {
            let path = aside::pruned(experiment, &run_id);
            self.findings
                .push(Finding::left_over(&path, "a run that was being removed; `mlab prune --leftovers`"));
        }
        for run_id in aside::begun(experiment, INCOMING)? {
            let path = aside::incoming(experiment, &run_id);
            let what = "a run of which a copy was broken off; copy it again, or `mlab prune --leftovers`";
            self.findings.push(Finding::left_over(&path, what));
        }
        Ok(())
    }

    /// Files that belong to no run.
    fn whose(
        &mut self,
        experiment: &Experiment,
        runs: &BTreeSet<String>,
        journals: &BTreeSet<String>,
    ) -> Result<()> {
        for path in orphans(experiment, runs, journals)? {
            self.findings.push(Finding::left_over(&path, "belongs to no run; `mlab prune --leftovers`"));
        }
        Ok(())
    }

    /// Hidden files: of writers that are gone, and those that were set aside.
    pub fn hidden(&mut self, directory: &Path) -> Result<()> {
        for path in experiment::entries(directory)? {
            let Some(name) = name_of(&path).filter(|name| is_hidden(name)) else { continue };
            if name.contains(".damaged-") {
                self.findings.push(Finding::left_over(&path, "was damaged, and is set aside"));
            } else if is_abandoned(&path) {
                let what = "a temporary file whose writer is gone; `mlab repair`";
                self.findings.push(Finding::left_over(&path, what));
            }
        }
        Ok(())
    }
}
