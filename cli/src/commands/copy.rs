//! `mlab copy`: runs to another store, in a directory or over ssh.

mod local;
mod offer;
mod receive;
mod remote;
mod source;

use metalab::read::{Run, Store};

pub use receive::Receive;

use crate::choose::{self, ExperimentName};
use crate::escape;
use crate::failure::{Answer, Failure, Result};
use crate::format;
use crate::global::Global;
use crate::keep::progress::Progress;
use crate::output::Output;

use local::Local;
use offer::Target;
use remote::Remote;

/// How often a run that changes meanwhile is begun anew.
const TRIES: usize = 8;

/// Copies runs to another store: a directory, or HOST:DIRECTORY over ssh.
///
/// Every file is checked by its SHA-256. What is there with the right hash is not sent again, so a copy that
/// was broken off goes on. A run appears in the other store whole, its record last. A run that goes on is
/// copied as it stands, and marked; a later copy completes it. Over ssh, the other host needs `mlab`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  mlab copy latest /archive/experiments
  mlab copy --filter 'status = success and params.n > 256' cluster:/project/experiments
  mlab --store /scratch/experiments copy --filter '' ./experiments     all runs")]
pub struct Copy {
    /// The runs, and last the store that they are copied to.
    #[arg(required = true, value_names = ["RUN", "TO"], num_args = 1..)]
    names: Vec<String>,
    /// The runs of a filter.
    #[arg(long, short = 'f', value_name = "FILTER")]
    filter: Option<String>,
    /// Replaces another attempt at the same run that is there.
    #[arg(long)]
    replace: bool,
    /// The command that reaches another host.
    #[arg(long, value_name = "COMMAND", default_value = "ssh")]
    ssh: String,
    /// The command `mlab` on the other host.
    #[arg(long, value_name = "COMMAND", default_value = "mlab")]
    remote_mlab: String,
    #[command(flatten)]
    experiment: ExperimentName,
}

/// The files and bytes that were copied.
#[derive(Debug, Default)]
struct Account {
    runs: Vec<(String, String, bool)>,
    files: u64,
    sent: u64,
    bytes: u64,
}

impl Copy {
    pub fn run(&self, global: &Global, output: &mut Output) -> Result<Answer> {
        let store = choose::store(global)?;
        let (to, runs) = self.runs(&store)?;
        let mut target = self.target(to)?;
        let progress = Progress::bytes(0, "copy");
        let mut account = Account::default();
        for run in &runs {
            copy(&store, run, &mut *target, self.replace, &progress, &mut account)?;
        }
        target.end()?;
        progress.end();
        show(&account, output)
    }

    /// Where runs are copied to, and which.
    fn runs(&self, store: &Store) -> Result<(&str, Vec<Run>)> {
        let Some((to, names)) = self.names.split_last() else {
            return Err(Failure::new("no store to copy to"));
        };
        if names.is_empty() && self.filter.is_none() {
            let advice = "name a run before it, or use --filter: mlab copy latest /archive/experiments";
            return Err(Failure::new(format!("no run to copy to {to}")).advice(advice));
        }
        let runs = choose::several(store, &self.experiment, names, self.filter.as_deref())?;
        Ok((to, runs))
    }

    fn target(&self, to: &str) -> Result<Box<dyn Target>> {
        match to.split_once(':') {
            Some((host, path)) if !host.is_empty() && !host.contains('/') => {
                Ok(Box::new(Remote::open(&self.ssh, host, &self.remote_mlab, path)?))
            }
            _ => Ok(Box::new(Local::open(to)?)),
        }
    }
}

/// Copies a run; one that changes meanwhile is begun anew.
fn copy(
    store: &Store,
    run: &Run,
    target: &mut dyn Target,
    replace: bool,
    progress: &Progress,
    account: &mut Account,
) -> Result<()> {
    let mut last = String::new();
    for _ in 0..TRIES {
        let Some(offer) = source::offer(store, run, replace)? else {
            return Err(Failure::new(format!("run {} is gone", run.id())));
        };
        let needed = target.offer(&offer)?;
        progress.more(needed.iter().map(|index| offer.files[*index].size).sum());
        for index in &needed {
            let file = &offer.files[*index];
            let mut content = source::content(run, file)?;
            target.file(*index, file.size, &mut *content)?;
            progress.add(file.size);
            account.sent += 1;
            account.bytes += file.size;
        }
        let changed = target.commit()?;
        match changed.first() {
            None => {
                account.files += offer.files.len() as u64;
                account.runs.push((offer.experiment_id.clone(), offer.run_id.clone(), offer.is_running));
                return Ok(());
            }
            Some(index) => last = offer.files[*index].path.clone(),
        }
    }
    let text = format!("run {} changes faster than it can be copied: {last}", run.id());
    Err(Failure::new(text).advice("copy it again later; what is there already is kept"))
}

fn show(account: &Account, output: &mut Output) -> Result<Answer> {
    if output.is_json {
        let runs: Vec<_> = account
            .runs
            .iter()
            .map(|(experiment, run_id, is_running)| {
                serde_json::json!({"experiment_id": experiment, "run_id": run_id, "goes_on": is_running})
            })
            .collect();
        output.json(&serde_json::json!({
            "runs": runs, "files": account.files, "files_sent": account.sent, "bytes_sent": account.bytes,
        }))?;
        return Ok(Answer::Yes);
    }
    for (_, run_id, _) in account.runs.iter().filter(|(_, _, is_running)| *is_running) {
        output.line(format!(
            "{} goes on: copied as it stands; copy it again when it has ended",
            escape::line(run_id)
        ))?;
    }
    output.line(format!(
        "{} runs copied: {} files, {} of them sent, {}",
        format::count(account.runs.len() as u64),
        format::count(account.files),
        format::count(account.sent),
        format::bytes(account.bytes),
    ))?;
    Ok(Answer::Yes)
}
