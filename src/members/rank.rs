//! Which of how many processes this is, by the option or by what its launcher says.

use crate::base::error::{Error, ErrorKind, Result};

/// What a process is to be in its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// The owner, unless it is one of several processes and not their first.
    #[default]
    Auto = 0,
    /// The one that has the run's record.
    Owner = 1,
    /// One that attaches to a run which another process owns.
    Worker = 2,
}

/// What is known of a process's place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rank {
    /// Its rank, from 0.
    pub rank: Option<i64>,
    /// How many processes there are.
    pub size: Option<i64>,
    /// Whether those are one parallel program; tasks of SLURM need not be.
    pub is_parallel: bool,
    /// Which launch of it, where the launcher says.
    pub launch: Option<String>,
}

/// Launchers, the surest first: the variables of the rank, and of the size in the order of trust.
const LAUNCHERS: [(&str, &[&str], bool); 4] = [
    ("OMPI_COMM_WORLD_RANK", &["OMPI_COMM_WORLD_SIZE"], true),
    ("PMIX_RANK", &["PMI_SIZE", "SLURM_NTASKS"], true),
    ("PMI_RANK", &["PMI_SIZE", "SLURM_NTASKS"], true),
    ("SLURM_PROCID", &["SLURM_NTASKS"], false),
];

impl Rank {
    /// The place that was `given`, else that of the environment.
    pub fn find(given: Option<(i64, i64)>) -> Self {
        Self::of(given, |name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn of(given: Option<(i64, i64)>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name: &str| variable(name)?.trim().parse().ok().filter(|number: &i64| *number >= 0);
        let launch = launch(&variable);
        if let Some((rank, size)) = given {
            return Self { rank: Some(rank), size: Some(size), is_parallel: true, launch };
        }
        for (rank, sizes, is_parallel) in LAUNCHERS {
            // A rank beyond its size is no launcher's word.
            if let Some(rank) = number(rank)
                && let Some(size) = sizes.iter().find_map(|name| number(name)).filter(|size| rank < *size)
            {
                return Self { rank: Some(rank), size: Some(size), is_parallel, launch };
            }
        }
        Self::default()
    }

    /// Whether the process is to attach to the run of another.
    pub fn is_worker(&self, role: Role) -> bool {
        match role {
            Role::Owner => false,
            Role::Worker => true,
            Role::Auto => self.is_parallel && self.rank > Some(0) && self.size > Some(1),
        }
    }

    /// How many workers will attach to the run of this process, if they do as this one does.
    pub fn expects(&self, role: Role) -> u64 {
        let is_first = role == Role::Auto && self.is_parallel && self.rank == Some(0);
        self.size.filter(|_| is_first).and_then(|size| u64::try_from(size - 1).ok()).unwrap_or(0)
    }

    /// The worker's id that follows from the rank.
    pub fn id(&self, role: Role) -> Option<String> {
        let is_known = self.is_parallel || role == Role::Worker;
        self.rank.filter(|_| is_known && self.size > Some(1)).map(|rank| format!("rank:{rank}"))
    }
}

/// What tells one launch of a parallel program from the next.
fn launch(variable: &impl Fn(&str) -> Option<String>) -> Option<String> {
    if let Some(space) = variable("PMIX_NAMESPACE") {
        return Some(format!("pmix:{space}"));
    }
    if let (Some(job), Some(step)) = (variable("SLURM_JOB_ID"), variable("SLURM_STEP_ID")) {
        // A job that is queued again has the same numbers.
        let restarts = variable("SLURM_RESTART_COUNT").unwrap_or_default();
        return Some(format!("slurm:{job}.{step}.{restarts}"));
    }
    variable("PMI_JOBID").map(|job| format!("pmi:{job}"))
}

/// Refuses what is no rank among `size` processes.
///
/// # Errors
/// Then.
pub fn check(rank: i64, size: i64) -> Result<()> {
    if size < 1 || !(0..size).contains(&rank) {
        return Err(Error::new(ErrorKind::Value, format!("rank {rank} is none of {size} processes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Rank {
        Rank::of(None, |name| {
            variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn launchers_say_rank_and_size() {
        let ompi = of(&[("OMPI_COMM_WORLD_RANK", "3"), ("OMPI_COMM_WORLD_SIZE", "4"), ("PMIX_RANK", "3")]);
        assert_eq!((ompi.rank, ompi.size), (Some(3), Some(4)));
        assert!(ompi.is_worker(Role::Auto) && !ompi.is_worker(Role::Owner));
        assert_eq!(ompi.id(Role::Auto).as_deref(), Some("rank:3"));
        let hydra = of(&[("PMI_RANK", "0"), ("PMI_SIZE", "2"), ("PMI_JOBID", "kvs_1")]);
        assert!(!hydra.is_worker(Role::Auto) && hydra.is_worker(Role::Worker));
        assert_eq!(hydra.launch.as_deref(), Some("pmi:kvs_1"));
        let pmix = of(&[("PMIX_RANK", "1"), ("SLURM_NTASKS", "8"), ("SLURM_PROCID", "1")]);
        assert_eq!((pmix.rank, pmix.size, pmix.is_parallel), (Some(1), Some(8), true));
    }

    #[test]
    fn tasks_of_slurm_are_not_taken_for_one_program() {
        let task = of(&[("SLURM_PROCID", "2"), ("SLURM_NTASKS", "3")]);
        assert_eq!((task.rank, task.size), (Some(2), Some(3)));
        assert!(!task.is_worker(Role::Auto));
        assert_eq!((task.id(Role::Auto), task.id(Role::Worker).as_deref()), (None, Some("rank:2")));
    }

    #[test]
    fn nonsense_is_no_rank() {
        assert_eq!(of(&[("OMPI_COMM_WORLD_RANK", "4"), ("OMPI_COMM_WORLD_SIZE", "4")]), Rank::default());
        assert_eq!(of(&[("PMI_RANK", "-1"), ("PMI_SIZE", "x")]), Rank::default());
        assert_eq!(of(&[("PMIX_RANK", "0")]), Rank::default());
        assert!(check(0, 1).is_ok() && check(1, 1).is_err() && check(-1, 4).is_err() && check(0, 0).is_err());
    }
}
