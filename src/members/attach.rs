//! How a worker finds the run that it attaches to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::liveness::{self, Life, TakeOver};
use super::rank::Role;
use super::{directory, part, refusal};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::sys;
use crate::store::{RunLock, Store};

/// The number of parameters that a message names.
const SHOWN: usize = 5;

/// The longest pause between two looks.
const LONGEST_NAP: Duration = Duration::from_millis(50);

/// The run that a worker wants to attach to, and how.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The run.
    pub run_id: &'a str,
    /// Its own label.
    pub label: &'a str,
    /// Its role.
    pub role: Role,
    /// Its launch, where it knows.
    pub launch: Option<&'a str>,
    /// How long it waits for an owner.
    pub patience: Duration,
    /// The run's parameters here.
    pub params: &'a Json,
}

/// The run that was found.
#[derive(Debug)]
pub struct Host {
    /// True if its owner is not a process of ours.
    pub is_foreign: bool,
    /// Which attempt it is.
    pub attempt: u64,
    /// From which step it goes on.
    pub restart: Option<i64>,
    /// The directory of its owner, if that is a process of ours.
    pub owner: Option<PathBuf>,
}

/// The status in the run's record, where the run does not go on and nobody can attach to it.
pub fn ended(store: &Store, wanted: &Wanted<'_>, known: &TakeOver) -> Option<String> {
    if look(store, wanted, known).is_ok() {
        return None;
    }
    let record = store.read_run(wanted.run_id).ok()??;
    record.str_at("status").filter(|status| *status != "running").map(str::to_owned)
}

/// Waits for the run's owner, and returns the run's lock, under which the owner can't end. `take_over`
/// ends a dead member of the same label; what is taken over by another process is waited for.
///
/// # Errors
/// [`ErrorKind::NotFound`] when none comes in time, [`ErrorKind::Busy`] when a live worker has the label;
/// at once what keeps the owner from opening the run.
pub fn wait<'a>(
    store: &'a Arc<Store>,
    wanted: &Wanted<'_>,
    known: &TakeOver,
    take_over: impl Fn(&Path) -> Result<()>,
) -> Result<(RunLock<'a>, Host)> {
    // The same for the run's owner, who will not come where this is refused.
    store.check_writable(wanted.run_id)?;
    let start = Instant::now();
    let mut nap = Duration::from_millis(1);
    loop {
        let reason = match look(store, wanted, known) {
            Err(reason) => reason,
            Ok(_) => {
                take_over_namesakes(store, wanted, known, &take_over)?;
                let run_lock = store.lock_run(wanted.run_id)?;
                // It may have ended since.
                match look(store, wanted, known) {
                    Ok(host) if namesakes(store, wanted)?.is_empty() => return Ok((run_lock, host)),
                    Ok(_) => "a worker of this label has just died".to_owned(),
                    Err(reason) => reason,
                }
            }
        };
        refusal::check(store, wanted.run_id, wanted.launch)?;
        if start.elapsed() >= wanted.patience {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!(
                    "run {} has nobody to attach to after {} s: {}. Start its owner (the process of rank 0) \
                     with the same experiment, parameters and seed, or set METALAB_ROLE=owner here",
                    wanted.run_id,
                    wanted.patience.as_secs_f64(),
                    instead(store, wanted).unwrap_or(reason)
                ),
            ));
        }
        std::thread::sleep(nap);
        nap = (nap * 2).min(LONGEST_NAP);
    }
}

/// The run that the first process of this launch has opened instead, and in what parameters they differ: those of
/// one process may be read wrongly, or not be set.
fn instead(store: &Store, wanted: &Wanted<'_>) -> Option<String> {
    let launch = wanted.launch?;
    let rosters = directory::listed(&store.journal_dir()).ok()?;
    let members = rosters.iter().filter_map(|roster| directory::listed(roster).ok()).flatten();
    let first = members.filter_map(|member| directory::notice(&member)).find(|notice| {
        notice.str_at("launch") == Some(launch)
            && notice.i64_at("rank") == Some(0)
            && notice.str_at("run_id").is_some_and(|run_id| run_id != wanted.run_id)
    })?;
    let (its, own) = (first.get("params").and_then(Json::as_object)?, wanted.params.as_object()?);
    let names: BTreeSet<&String> = its.keys().chain(own.keys()).collect();
    let differs = |name: &&&String| its.get(name.as_str()) != own.get(name.as_str());
    let names: Vec<String> = names.iter().filter(differs).map(|name| format!("{name:?}")).collect();
    let what = match names.len() {
        0 => "not its parameters, but its context, seed or program differ".to_owned(),
        1..=SHOWN => format!("its parameters differ in {}", names.join(", ")),
        more => format!("its parameters differ in {} and {} more", names[..SHOWN].join(", "), more - SHOWN),
    };
    Some(format!("the process of rank 0 has opened run {} instead: {what}", first.str_at("run_id")?))
}

/// The run as it is now, or why nobody can attach to it.
fn look(store: &Store, wanted: &Wanted<'_>, known: &TakeOver) -> std::result::Result<Host, String> {
    let record = match store.read_run(wanted.run_id) {
        Ok(Some(record)) => record,
        Ok(None) => return Err("there is no such run".to_owned()),
        Err(error) => return Err(error.message().to_owned()),
    };
    let status = record.str_at("status").unwrap_or_default();
    let members = directory::listed(&directory::of(store, wanted.run_id));
    let notices = members
        .map_err(|error| error.message().to_owned())?
        .into_iter()
        .filter_map(|directory| Some((directory::notice(&directory)?, directory)));
    let notices: Vec<(Json, PathBuf)> = notices.collect();
    let owner = notices.iter().find(|(notice, _)| notice.str_at("role") == Some("owner"));
    if status != "running" {
        // The owner of a parallel program may have ended before a slow process has begun.
        let has_come = notices.iter().any(|(notice, _)| notice.str_at("label") == Some(wanted.label));
        return match owner.filter(|(notice, directory)| !has_come && is_open(notice, directory, wanted)) {
            Some((notice, directory)) => Ok(host(notice, directory)),
            None => Err(format!("its record says {status:?}")),
        };
    }
    if let Some((notice, directory)) = owner {
        return judge(notice, directory, wanted, known);
    }
    let extra = record.get("provenance").and_then(|provenance| provenance.get("extra"));
    if extra.is_some_and(|extra| extra.get("libmetalab").is_some()) {
        return Err("its owner died".to_owned());
    }
    Ok(Host { is_foreign: true, attempt: 1, restart: None, owner: None })
}

fn judge(
    notice: &Json,
    directory: &Path,
    wanted: &Wanted<'_>,
    known: &TakeOver,
) -> std::result::Result<Host, String> {
    let launch = notice.str_at("launch");
    let is_other_launch = matches!((launch, wanted.launch), (Some(its), Some(own)) if its != own);
    if is_other_launch && matches!(wanted.role, Role::Auto | Role::Ranks) {
        return Err(format!("{} belongs to another launch", directory::describe(notice)));
    }
    match liveness::judge(directory, known).map_err(|error| error.message().to_owned())? {
        Life::Live => Ok(host(notice, directory)),
        // On another machine, which can't be asked: the launch that both belong to vouches for it,
        // or who says that this is a worker.
        Life::Elsewhere if launch.is_some() && launch == wanted.launch => Ok(host(notice, directory)),
        Life::Elsewhere if wanted.role == Role::Worker && !is_other_launch => Ok(host(notice, directory)),
        Life::Ended => Err(format!("{} has ended", directory::describe(notice))),
        life => Err(format!("it {}", liveness::describe(Some(notice), &life))),
    }
}

/// Returns whether a run whose owner has ended waits for this process of its program.
fn is_open(notice: &Json, directory: &Path, wanted: &Wanted<'_>) -> bool {
    let expects = notice.i64_at("expects").unwrap_or(0);
    let launch = notice.str_at("launch");
    let is_same = match (launch, wanted.launch) {
        (Some(its), Some(own)) => its == own,
        _ => notice.str_at("host") == sys::host_name().as_deref() && liveness::may_have_followers(notice),
    };
    expects > 0 && is_same && part::is_final(directory)
}

fn host(notice: &Json, directory: &Path) -> Host {
    Host {
        is_foreign: false,
        attempt: notice.i64_at("attempt").and_then(|attempt| u64::try_from(attempt).ok()).unwrap_or(1),
        restart: notice.i64_at("restart_step"),
        owner: Some(directory.to_owned()),
    }
}

/// Members of this label that have not ended.
fn namesakes(store: &Store, wanted: &Wanted<'_>) -> Result<Vec<(Json, PathBuf)>> {
    let open = directory::listed(&directory::of(store, wanted.run_id))?
        .into_iter()
        .filter(|directory| !part::is_final(directory));
    let notices = open.filter_map(|directory| Some((directory::notice(&directory)?, directory)));
    Ok(notices.filter(|(notice, _)| notice.str_at("label") == Some(wanted.label)).collect())
}

fn take_over_namesakes(
    store: &Store,
    wanted: &Wanted<'_>,
    known: &TakeOver,
    take_over: impl Fn(&Path) -> Result<()>,
) -> Result<()> {
    for (notice, directory) in namesakes(store, wanted)? {
        if matches!(liveness::judge(&directory, known)?, Life::Dead { .. }) {
            take_over(&directory)?;
        }
        let life = liveness::judge(&directory, known)?;
        if matches!(life, Life::Live | Life::Elsewhere) {
            let text = format!(
                "{} of run {} is there already; METALAB_WORKER names another",
                directory::describe(&notice),
                wanted.run_id
            );
            return Err(Error::new(ErrorKind::Busy, text));
        }
    }
    Ok(())
}
