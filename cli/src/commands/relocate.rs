//! `mlab relocate`: the paths in records and manifests of a store that was moved or copied.

use metalab::Json;
use metalab::read::{RunStatus, Store, read_small};

use crate::choose::{self, ExperimentName};
use crate::escape;
use crate::failure::{Answer, Failure, Result};
use crate::format;
use crate::global::Global;
use crate::keep::experiment::{self, Experiment};
use crate::keep::lock::Lock;
use crate::keep::moved::{self, Prefix};
use crate::keep::progress::Progress;
use crate::keep::whole;
use crate::output::Output;

/// Corrects the paths in a store that was moved or copied.
///
/// Records and manifests name each artifact's file with its absolute path. This makes it the path where the
/// file is now. OLD=NEW also corrects what references refer to, outside of the store. Each file is replaced
/// whole; doing it again changes nothing. Runs that go on are left alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab --store /archive/experiments relocate
  mlab relocate /scratch/me=/project/me     references as well")]
pub struct Relocate {
    /// The beginning of paths of references, and what takes its place.
    #[arg(value_name = "OLD=NEW")]
    prefix: Option<String>,
    #[command(flatten)]
    experiment: ExperimentName,
}

#[derive(Default)]
struct Account {
    files: u64,
    paths: usize,
    left: Vec<String>,
}

impl Relocate {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let prefix = self.prefix.as_deref().map(prefix).transpose()?;
        let store = choose::store(global)?;
        let wanted = self.experiment.id(&store)?;
        let mut work = Vec::new();
        for one in experiment::all(&store)? {
            if wanted.is_none() || one.id == wanted {
                work.extend(one.runs()?.into_iter().map(|run_id| (one.clone(), run_id)));
            }
        }
        let progress = Progress::runs(work.len() as u64, "relocate");
        let mut account = Account::default();
        for (experiment, run_id) in &work {
            relocate(&store, experiment, run_id, prefix.as_ref(), &mut account)?;
            progress.add(1);
        }
        progress.end();
        show(&account, global, output)
    }
}

fn show(account: &Account, global: &Global, output: &mut Output) -> Result<Answer> {
    if output.is_json {
        let facts = serde_json::json!({
            "files": account.files, "paths": account.paths, "left_alone": account.left,
        });
        return output.json(&facts).map(|()| Answer::Yes);
    }
    for left in &account.left {
        output.line(escape::line(left))?;
    }
    let (paths, files) = (format::count(account.paths as u64), format::count(account.files));
    output.line(format!("{paths} paths in {files} files corrected"))?;
    if account.files > 0 && global.has_index()? {
        output.line("The index has the old paths: `mlab index rebuild` reads the files anew.")?;
    }
    Ok(Answer::Yes)
}

/// Reads `OLD=NEW`.
fn prefix(text: &str) -> Result<Prefix> {
    let wrong = || {
        Failure::new(format!("{text} is not OLD=NEW"))
            .advice("both are absolute paths: /scratch/me=/project/me")
    };
    let (old, new) = text.split_once('=').ok_or_else(wrong)?;
    if !old.starts_with('/') || !new.starts_with('/') {
        return Err(wrong());
    }
    let trimmed = |path: &str| path.trim_end_matches('/').to_owned();
    Ok(Prefix { old: trimmed(old), new: trimmed(new) })
}

/// Corrects the record and the manifest of a run.
fn relocate(
    store: &Store,
    experiment: &Experiment,
    run_id: &str,
    prefix: Option<&Prefix>,
    account: &mut Account,
) -> Result<()> {
    if count(experiment, run_id, prefix)? == 0 {
        return Ok(());
    }
    let _lock = Lock::take(experiment, run_id)?;
    let status = store.find(experiment.id.as_deref(), run_id)?.map(|run| run.status());
    let is_dead = status == Some(RunStatus::Dead) && experiment.journal(run_id).is_dir();
    if status == Some(RunStatus::Running) || is_dead {
        let advice = if is_dead { "is dead: `mlab recover` first" } else { "goes on" };
        account.left.push(format!("{run_id} is left alone: it {advice}"));
        return Ok(());
    }
    for path in [experiment.manifest(run_id), experiment.record(run_id)] {
        let Some(mut json) = read_small(&path)? else { continue };
        let count = moved::correct(&mut json, experiment, run_id, prefix);
        if count > 0 {
            whole::write_json(&path, &json)?;
            account.paths += count;
            account.files += 1;
        }
    }
    Ok(())
}

/// How many paths of a run are to be corrected.
fn count(experiment: &Experiment, run_id: &str, prefix: Option<&Prefix>) -> Result<usize> {
    let mut count = 0;
    for path in [experiment.manifest(run_id), experiment.record(run_id)] {
        let json: Option<Json> = read_small(&path)?;
        count += json.map_or(0, |mut json| moved::correct(&mut json, experiment, run_id, prefix));
    }
    Ok(count)
}
