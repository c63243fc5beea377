//! The rank of a process, by the option or by what its launcher says.

use crate::base::error::{Error, ErrorKind, Result};

/// The part that a process takes in its run.
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

/// A process's number among the processes of its run, which count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rank {
    rank: i64,
    size: i64,
}

impl Rank {
    /// Process `rank` of `size`.
    ///
    /// # Errors
    /// When `rank` is none of `size`.
    pub fn new(rank: i64, size: i64) -> Result<Self> {
        if size < 1 || !(0..size).contains(&rank) {
            return Err(Error::new(ErrorKind::Value, format!("rank {rank} is none of {size} processes")));
        }
        Ok(Self { rank, size })
    }

    /// Its number, from 0.
    pub fn rank(self) -> i64 {
        self.rank
    }

    /// How many processes there are, at least 1.
    pub fn size(self) -> i64 {
        self.size
    }
}

impl Default for Rank {
    /// The only process.
    fn default() -> Self {
        Self { rank: 0, size: 1 }
    }
}

/// How a process was launched: by the option, or by what its launcher says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Launch {
    /// Its rank among how many processes, where that is known.
    pub rank: Option<Rank>,
    /// True if those are one parallel program; tasks of SLURM need not be.
    pub is_parallel: bool,
    /// Which launch of it, where the launcher says.
    pub id: Option<String>,
}

/// Launchers, the surest first: the variables of the rank, and of the size in the order of trust.
const LAUNCHERS: [(&str, &[&str], bool); 4] = [
    ("OMPI_COMM_WORLD_RANK", &["OMPI_COMM_WORLD_SIZE"], true),
    ("PMIX_RANK", &["PMI_SIZE", "SLURM_NTASKS"], true),
    ("PMI_RANK", &["PMI_SIZE", "SLURM_NTASKS"], true),
    ("SLURM_PROCID", &["SLURM_NTASKS"], false),
];

impl Launch {
    /// The rank that was `given`, else that of the environment.
    pub fn find(given: Option<Rank>) -> Self {
        Self::of(given, |name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn of(given: Option<Rank>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name: &str| variable(name)?.trim().parse().ok();
        let id = launch(&variable);
        if given.is_some() {
            return Self { rank: given, is_parallel: true, id };
        }
        for (rank, sizes, is_parallel) in LAUNCHERS {
            // A rank beyond its size is no launcher's word.
            if let Some(rank) = number(rank)
                && let Some(size) = sizes.iter().find_map(|name| number(name))
                && let Ok(rank) = Rank::new(rank, size)
            {
                return Self { rank: Some(rank), is_parallel, id };
            }
        }
        Self::default()
    }

    /// Returns whether it is one of several processes of a parallel program.
    pub fn is_many(&self) -> bool {
        self.is_parallel && self.rank.is_some_and(|rank| rank.size() > 1)
    }

    /// Returns whether the process is to attach to the run of another.
    pub fn is_worker(&self, role: Role) -> bool {
        match role {
            Role::Owner => false,
            Role::Worker => true,
            Role::Auto => self.is_parallel && self.rank.is_some_and(|rank| rank.rank() > 0),
        }
    }

    /// How many workers will attach to the run of this process, if they do as this one does.
    pub fn expects(&self, role: Role) -> u64 {
        let all = self.rank.filter(|rank| role == Role::Auto && self.is_parallel && rank.rank() == 0);
        all.and_then(|rank| u64::try_from(rank.size() - 1).ok()).unwrap_or(0)
    }

    /// The worker's id that follows from the rank.
    pub fn worker(&self, role: Role) -> Option<String> {
        let is_known = self.is_parallel || role == Role::Worker;
        self.rank.filter(|rank| is_known && rank.size() > 1).map(|rank| format!("rank:{}", rank.rank()))
    }
}

/// The id that distinguishes one launch of a parallel program from the next.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Launch {
        Launch::of(None, |name| {
            variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn known(rank: i64, size: i64) -> Option<Rank> {
        Some(Rank::new(rank, size).unwrap())
    }

    #[test]
    fn launchers_say_rank_and_size() {
        let ompi = of(&[("OMPI_COMM_WORLD_RANK", "3"), ("OMPI_COMM_WORLD_SIZE", "4"), ("PMIX_RANK", "3")]);
        assert_eq!(ompi.rank, known(3, 4));
        assert!(ompi.is_worker(Role::Auto) && !ompi.is_worker(Role::Owner));
        assert_eq!(ompi.worker(Role::Auto).as_deref(), Some("rank:3"));
        let hydra = of(&[("PMI_RANK", "0"), ("PMI_SIZE", "2"), ("PMI_JOBID", "kvs_1")]);
        assert!(!hydra.is_worker(Role::Auto) && hydra.is_worker(Role::Worker));
        assert_eq!(hydra.id.as_deref(), Some("pmi:kvs_1"));
        let pmix = of(&[("PMIX_RANK", "1"), ("SLURM_NTASKS", "8"), ("SLURM_PROCID", "1")]);
        assert_eq!((pmix.rank, pmix.is_parallel), (known(1, 8), true));
    }

    #[test]
    fn tasks_of_slurm_are_not_taken_for_one_program() {
        let task = of(&[("SLURM_PROCID", "2"), ("SLURM_NTASKS", "3")]);
        assert_eq!(task.rank, known(2, 3));
        assert!(!task.is_worker(Role::Auto));
        assert_eq!((task.worker(Role::Auto), task.worker(Role::Worker).as_deref()), (None, Some("rank:2")));
    }

    #[test]
    fn nonsense_is_no_rank() {
        assert_eq!(of(&[("OMPI_COMM_WORLD_RANK", "4"), ("OMPI_COMM_WORLD_SIZE", "4")]), Launch::default());
        assert_eq!(of(&[("PMI_RANK", "-1"), ("PMI_SIZE", "x")]), Launch::default());
        assert_eq!(of(&[("PMIX_RANK", "0")]), Launch::default());
        for (rank, size) in [(1, 1), (-1, 4), (0, 0), (0, -1)] {
            assert_eq!(Rank::new(rank, size).unwrap_err().kind(), ErrorKind::Value);
        }
        assert_eq!(Rank::default(), Rank::new(0, 1).unwrap());
    }
}
