//! Liveness: does a member of a run live, and whose is its journal? The one place that decides.
//!
//! A process that lives holds the lock on its journal's page, which the kernel drops when it dies. Where
//! the lock is free, the process may live nevertheless: a host that closes every descriptor drops it,
//! too. So the process is looked for, by its number and by when it began. What runs under another
//! kernel can't be looked for; whether it is dead is for the user to say, or for the scheduler.

use std::path::Path;
use std::time::Duration;

use super::{directory, part};
use crate::base::clock::Moment;
use crate::base::environment::{others, seconds, variable};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::json::Json;
use crate::base::{process, sys};
use crate::journal::position::{Fence, Position};

/// Seconds after a run's begin in which processes on other machines may yet come to it.
const LATEST: u64 = 24 * 3600;

/// Seconds of silence of a process that lives, with room: an idle writer beats every 10 s.
const LEAST_SILENCE: Duration = Duration::from_secs(60);

/// How a member stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// Its process writes it.
    Live,
    /// Its process died, and another one brings it to its end.
    Recovering(Fence),
    /// Its process died, or has left what it could not write to others.
    Dead {
        /// Recoveries of it that died themselves.
        deaths: u64,
    },
    /// It has left its part.
    Ended,
    /// Its process is another machine's, and can't be asked.
    Elsewhere,
}

/// A process, so that another one of its number is told from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: i64,
    /// The name of its machine.
    pub host: Option<String>,
    /// The kernel that it runs under.
    boot: Option<String>,
    /// Where its number is its own.
    namespace: Option<String>,
    /// When it began.
    start: Option<u64>,
    job: Job,
}

/// The scheduler's job of a process, the step of it, and how often the job had begun anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Job {
    id: Option<String>,
    step: Option<String>,
    restarts: u64,
}

impl Job {
    /// This process's, as the environment says.
    fn own() -> Self {
        Self {
            id: others("SLURM_JOB_ID"),
            step: others("SLURM_STEP_ID"),
            restarts: others("SLURM_RESTART_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0),
        }
    }
}

impl Process {
    /// This one. It asks the environment, which threads of ours may not.
    pub fn own() -> Self {
        let text = |value: Option<&str>| value.map(str::to_owned);
        Self {
            pid: i64::from(std::process::id()),
            host: sys::host_name(),
            boot: text(process::boot_id()),
            namespace: text(process::namespace()),
            start: process::own_start(),
            job: Job::own(),
        }
    }

    /// One of which little is known.
    pub fn of(pid: i64, host: Option<String>) -> Self {
        Self { pid, host, ..Self::default() }
    }

    /// Its members in a notice.
    pub fn notice(&self) -> Vec<(&'static str, Json)> {
        let text = |value: &Option<String>| value.as_deref().map_or(Json::Null, Json::from);
        vec![
            ("pid", self.pid.into()),
            ("host", text(&self.host)),
            ("boot", text(&self.boot)),
            ("pid_namespace", text(&self.namespace)),
            ("pid_start", self.start.and_then(|start| i64::try_from(start).ok()).into()),
            ("slurm_job", text(&self.job.id)),
            ("slurm_step", text(&self.job.step)),
            ("slurm_restarts", self.job.restarts.into()),
        ]
    }

    /// The process of a notice.
    pub fn read(notice: &Json) -> Self {
        let count = |key: &str| notice.i64_at(key).and_then(|number| u64::try_from(number).ok());
        Self {
            pid: notice.i64_at("pid").unwrap_or(0),
            host: notice.text_at("host"),
            boot: notice.text_at("boot"),
            namespace: notice.text_at("pid_namespace"),
            start: count("pid_start"),
            job: Job {
                id: notice.text_at("slurm_job"),
                step: notice.text_at("slurm_step"),
                restarts: count("slurm_restarts").unwrap_or(0),
            },
        }
    }

    /// Returns whether it is another machine's. Containers of one machine have names of their own, but one
    /// kernel, whose locks count in all of them.
    pub fn is_elsewhere(&self) -> bool {
        let is_here =
            |its: &Option<String>, own: Option<&str>| its.as_deref().is_some_and(|its| Some(its) == own);
        self.host.is_some()
            && !is_here(&self.host, sys::host_name().as_deref())
            && !is_here(&self.boot, process::boot_id())
    }

    /// Returns whether it runs, as far as that can be seen from here.
    fn runs(&self) -> bool {
        let differs = |its: &Option<String>, own: Option<&str>| {
            its.as_deref().zip(own).is_some_and(|(its, own)| its != own)
        };
        // Where its number is not its own, the lock is all that there is.
        let is_hidden = self.is_elsewhere()
            || differs(&self.boot, process::boot_id())
            || differs(&self.namespace, process::namespace());
        !is_hidden && process::runs(self.pid, self.start)
    }
}

/// The word of the user, or of the scheduler, on processes of other machines. The environment is read once for
/// it, on the caller's thread: threads of ours take it from their run or their store.
#[derive(Debug, Clone, Default)]
pub struct TakeOver {
    /// Machines that are gone.
    hosts: Vec<String>,
    /// Jobs that are over.
    jobs: Vec<String>,
    /// True if every other step of this process's job is over.
    is_job_over: bool,
    /// This process's job.
    own: Job,
    /// How long a process that lives is silent at most.
    silence: Option<Duration>,
}

impl TakeOver {
    /// Reads `METALAB_TAKE_OVER`, `METALAB_DEAD_AFTER` and the scheduler's variables.
    ///
    /// # Errors
    /// When they say nothing that can be.
    pub fn from_environment() -> Result<Self> {
        let silence = seconds("METALAB_DEAD_AFTER")?;
        if silence.is_some_and(|silence| silence < LEAST_SILENCE) {
            let text = format!("METALAB_DEAD_AFTER must be {} seconds or more", LEAST_SILENCE.as_secs());
            return Err(Error::new(ErrorKind::Value, text));
        }
        let mut all = Self { silence, own: Job::own(), ..Self::default() };
        let said = variable("METALAB_TAKE_OVER")?.unwrap_or_default();
        for notice in said.split(',').map(str::trim).filter(|notice| !notice.is_empty()) {
            match notice {
                "job" => all.is_job_over = true,
                host => all.hosts.push(host.to_owned()),
            }
        }
        Ok(all)
    }

    /// The same, and that `host` is gone.
    #[must_use]
    pub fn and_host(mut self, host: &str) -> Self {
        self.hosts.push(host.to_owned());
        self
    }

    /// The same, and that the job of this number is over.
    #[must_use]
    pub fn and_job(mut self, job: &str) -> Self {
        self.jobs.push(job.to_owned());
        self
    }

    /// Returns whether a process of another machine, which was last heard of at `beat`, is dead by this.
    pub fn covers(&self, other: &Process, beat: u64) -> bool {
        if other.host.as_ref().is_some_and(|host| self.hosts.contains(host)) {
            return true;
        }
        let (job, own) = (&other.job, &self.own);
        if job.id.as_ref().is_some_and(|id| self.jobs.contains(id)) {
            return true;
        }
        if job.id.is_some() && job.id == own.id {
            // A job that is queued again has ended everywhere before it begins anew.
            let is_earlier = job.restarts < own.restarts;
            if is_earlier || (self.is_job_over && job.step != own.step) {
                return true;
            }
        }
        let silence = Duration::from_nanos(Moment::now().nanos().saturating_sub(beat));
        beat != 0 && self.silence.is_some_and(|limit| silence > limit)
    }
}

/// How the member in `directory` stands, by what is known of other machines.
///
/// # Errors
/// When it can't be told for the moment.
pub fn judge(directory: &Path, known: &TakeOver) -> Result<Life> {
    if part::is_final(directory) {
        return Ok(Life::Ended);
    }
    let life = judge_open(directory, known)?;
    // A part is left before the lock is given back: who has only looked for it first can miss both.
    let has_ended = matches!(life, Life::Dead { .. } | Life::Elsewhere) && part::is_final(directory);
    Ok(if has_ended { Life::Ended } else { life })
}

/// How a member stands that had left no part.
fn judge_open(directory: &Path, known: &TakeOver) -> Result<Life> {
    let notice = directory::look(directory)?;
    let place = match &notice {
        Some(notice) => directory::journal(notice, directory),
        None => directory.to_owned(),
    };
    let page = Position::look(&place)?;
    let deaths = page.as_ref().map_or(0, |page| page.deaths);
    let other = notice.as_ref().map(Process::read);
    if let Some(page) = page.as_ref().filter(|page| page.is_held) {
        return Ok(page.fence.clone().map_or(Life::Live, Life::Recovering));
    }
    // Damaged, or never left: then the lock says it all.
    let Some(other) = other else { return Ok(Life::Dead { deaths }) };
    if page.as_ref().is_some_and(|page| page.is_given_up) {
        return Ok(Life::Dead { deaths });
    }
    // Who took it over has declared it dead, and died himself, if he can be seen from here.
    let fence = page.as_ref().and_then(|page| page.fence.as_ref());
    let host = |fence: &Fence| Some(fence.host.clone()).filter(|host| !host.is_empty());
    let holder = fence.map(|fence| Process::of(fence.pid, host(fence)));
    let last = holder.as_ref().unwrap_or(&other);
    let beat = page.as_ref().map_or(0, |page| page.beat);
    Ok(match last.is_elsewhere() {
        true if known.covers(last, beat) || known.covers(&other, beat) => Life::Dead { deaths },
        true => Life::Elsewhere,
        false if holder.is_none() && other.runs() => Life::Live,
        false => Life::Dead { deaths },
    })
}

/// Returns whether processes may yet come to the run of this notice: while its process goes on, also after the
/// end of its run, or the launcher that started it; from another machine for a while.
pub fn may_have_followers(notice: &Json) -> bool {
    let process = Process::read(notice);
    if !process.is_elsewhere() {
        let launcher = notice.i64_at("launcher");
        return process.runs() || launcher.is_some_and(|launcher| process::runs(launcher, None));
    }
    let started = notice.i64_at("started").and_then(|nanos| u64::try_from(nanos).ok());
    let age = Moment::now().seconds().saturating_sub(Moment::from_nanos(started.unwrap_or(0)).seconds());
    age < LATEST
}

/// Why nobody can have the member of this notice, which stands so, for messages.
pub fn describe(notice: Option<&Json>, life: &Life) -> String {
    let who = notice.map_or_else(|| "a process".to_owned(), directory::describe);
    let host = notice.and_then(|notice| notice.str_at("host")).unwrap_or_default();
    match life {
        Life::Live => {
            format!("is being written by {who}; wait until it ends, or change a parameter or the seed")
        }
        Life::Recovering(fence) => format!("is being recovered by {fence}"),
        Life::Ended => format!("has ended: {who}"),
        Life::Dead { .. } => {
            format!("was left by {who}, which died, and could not be recovered yet; mlab recover says why")
        }
        Life::Elsewhere => format!(
            "was left unfinished by {who}, which can't be asked from here; if that host is gone, or its job \
             is over, metalab_recover_host or METALAB_TAKE_OVER={host} takes the run over"
        ),
    }
}

/// An error that says how a run's member stands.
pub fn busy(run_id: &str, notice: Option<&Json>, life: &Life) -> Error {
    let text = format!("run {run_id} {}", describe(notice, life));
    Error::new(ErrorKind::Busy, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::helper;

    /// A member whose notice has `changes`, and whose page's lock is free.
    fn member(changes: &[(&str, Json)], is_locked: bool) -> (tempfile::TempDir, Option<Position>) {
        let place = tempfile::tempdir().unwrap();
        let mut notice = Json::object(Process::own().notice());
        if let Json::Object(members) = &mut notice {
            members.extend(changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        }
        let text = directory::with_check(notice).to_pretty();
        std::fs::write(place.path().join(directory::NOTICE), text).unwrap();
        let position = Position::create(place.path(), 1).unwrap();
        position.beat(5);
        if !is_locked {
            position.retire();
        }
        (place, is_locked.then_some(position))
    }

    fn life(changes: &[(&str, Json)], known: &TakeOver) -> Life {
        judge(member(changes, false).0.path(), known).unwrap()
    }

    const DEAD: Life = Life::Dead { deaths: 0 };

    #[test]
    fn a_process_lives_with_its_lock_and_without() {
        let known = TakeOver::default();
        let other = [("host", Json::from("node17")), ("boot", "other".into())];
        for changes in [&[][..], &other, &[("pid", Json::from(1i64 << 40))]] {
            let (place, _held) = member(changes, true);
            assert_eq!(judge(place.path(), &known).unwrap(), Life::Live);
        }
        assert_eq!(life(&[], &known), Life::Live);
        let start = process::own_start().map_or(0, |start| start as i64 + 1);
        let others: [&[(&str, Json)]; 4] = [
            &[("pid", Json::from(1i64 << 40))],
            &[("pid_start", start.into())],
            &[("pid_namespace", "pid:[1]".into())],
            &[("boot", "other".into())],
        ];
        #[cfg(target_os = "linux")]
        others.iter().for_each(|changes| assert_eq!(life(changes, &known), DEAD, "{changes:?}"));
        let _ = others;
    }

    #[test]
    fn a_thread_of_ours_needs_no_environment() {
        let known = TakeOver {
            is_job_over: true,
            own: Job { id: Some("7".to_owned()), step: Some("2".to_owned()), restarts: 1 },
            ..TakeOver::from_environment().unwrap()
        };
        let covers = |id: &str, step: &str, restarts| {
            let job = Job { id: Some(id.to_owned()), step: Some(step.to_owned()), restarts };
            known.covers(&Process { job, ..Process::default() }, 0)
        };
        let found = std::thread::scope(|scope| {
            let look =
                || [covers("7", "2", 1), covers("7", "2", 0), covers("7", "1", 1), covers("8", "1", 0)];
            helper::spawn_scoped(scope, look).unwrap().join().unwrap()
        });
        assert_eq!(found, [false, true, true, false]);
    }

    #[test]
    fn another_machine_is_taken_for_dead_by_who_knows() {
        let node = |changes: &[(&'static str, Json)]| {
            let mut all = vec![("host", Json::from("node17")), ("boot", "other".into())];
            all.extend(changes.iter().cloned());
            all
        };
        let none = TakeOver::default();
        assert_eq!(life(&node(&[]), &none), Life::Elsewhere);
        // The same kernel under another name.
        #[cfg(target_os = "linux")]
        assert_eq!(life(&[("host", "node17".into())], &none), Life::Live);
        assert_eq!(life(&node(&[]), &none.clone().and_host("node18")), Life::Elsewhere);
        assert_eq!(life(&node(&[]), &none.clone().and_host("node17")), DEAD);
        let of_job = node(&[("slurm_job", "7".into())]);
        assert_eq!(life(&of_job, &none.clone().and_job("8")), Life::Elsewhere);
        assert_eq!(life(&of_job, &none.clone().and_job("7")), DEAD);
        let silence = TakeOver { silence: Some(Duration::from_secs(60)), ..TakeOver::default() };
        assert_eq!(life(&node(&[]), &silence), DEAD);
        let (place, _position) = member(&node(&[]), false);
        let fence = Fence { host: "node18".to_owned(), ..Fence::own() };
        drop(Position::adopt(place.path(), &fence).unwrap());
        assert_eq!(judge(place.path(), &none).unwrap(), Life::Elsewhere);
        drop(Position::adopt(place.path(), &Fence::own()).unwrap());
        assert_eq!(judge(place.path(), &none).unwrap(), DEAD);
    }

    #[test]
    fn a_recovery_that_goes_on_is_seen_and_so_is_one_that_ended() {
        let (place, _) = member(&[], false);
        let known = TakeOver::default();
        let held = Position::adopt(place.path(), &Fence::own()).unwrap().unwrap();
        assert!(matches!(judge(place.path(), &known).unwrap(), Life::Recovering(_)));
        held.retire();
        assert_eq!(judge(place.path(), &known).unwrap(), DEAD);
        std::fs::write(place.path().join("part-kept.json"), b"{\"kept\": true}").unwrap();
        assert_eq!(judge(place.path(), &known).unwrap(), DEAD);
        std::fs::write(place.path().join("part.json"), b"{\"kept\": false}").unwrap();
        assert_eq!(judge(place.path(), &known).unwrap(), Life::Ended);
    }

    #[test]
    fn one_that_ends_while_it_is_looked_at_is_not_taken_for_dead() {
        for turn in 0..if cfg!(miri) { 3 } else { 2_000 } {
            let (place, _) = member(&[("pid", Json::from(1i64 << 40))], false);
            let held = Position::adopt(place.path(), &Fence::own()).unwrap().unwrap();
            let page = place.path().join("position");
            let end = std::thread::scope(|threads| {
                threads.spawn(|| {
                    std::fs::write(place.path().join("part.json"), b"{\"kept\": false}").unwrap();
                    if turn % 2 == 0 {
                        std::fs::remove_file(&page).unwrap();
                    }
                    held.retire();
                });
                loop {
                    match judge(place.path(), &TakeOver::default()).unwrap() {
                        Life::Recovering(_) | Life::Live => {}
                        life => return life,
                    }
                }
            });
            assert_eq!(end, Life::Ended, "turn {turn}");
        }
    }
}
