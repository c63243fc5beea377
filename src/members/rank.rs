//! The rank of a process, by the option or by what its launcher says.

use crate::base::environment;
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
    /// One rank of a program: the first of the processes that a launcher started is the owner, the others attach,
    /// also where they could be independent tasks.
    Ranks = 3,
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
        if size < 1 {
            return Err(Error::new(ErrorKind::Value, format!("a run has 1 process or more, not {size}")));
        }
        if !(0..size).contains(&rank) {
            return Err(Error::new(
                ErrorKind::Value,
                format!("rank {rank} is out of range: those of {size} processes are 0 to {}", size - 1),
            ));
        }
        Ok(Self { rank, size })
    }

    /// Returns true if its launcher says that this process is one of several of a parallel program.
    pub fn is_launched() -> bool {
        Launch::find(None, Role::Auto).is_many()
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
    /// Its rank where nobody says of how many, and the variable that says it.
    pub unsized_rank: Option<(i64, &'static str)>,
    /// True if those are one parallel program; tasks of SLURM need not be.
    pub is_parallel: bool,
    /// Which launch of it, where the launcher says.
    pub id: Option<String>,
}

/// A launcher and what it says.
struct Launcher {
    /// Who it is; docs/ranks.md has a row for each.
    #[cfg(test)]
    name: &'static str,
    /// The variable of the rank.
    rank: &'static str,
    /// Those of the size, in the order of trust.
    sizes: &'static [&'static str],
    /// True if its processes are one parallel program.
    is_parallel: bool,
    /// True if the rank alone says that there are several. Other programs use a name like RANK.
    is_sure: bool,
}

macro_rules! launchers {
    ($($name:literal: $rank:literal of [$($size:literal),*], $is_parallel:literal, $is_sure:literal;)*) => {
        [$(Launcher {
            #[cfg(test)]
            name: $name,
            rank: $rank,
            sizes: &[$($size),*],
            is_parallel: $is_parallel,
            is_sure: $is_sure,
        }),*]
    };
}

/// Launchers, the surest first: parallel or not, and sure or not.
#[rustfmt::skip]
const LAUNCHERS: [Launcher; 11] = launchers! {
    "OpenMPI": "OMPI_COMM_WORLD_RANK" of ["OMPI_COMM_WORLD_SIZE"], true, true;
    "MVAPICH": "MV2_COMM_WORLD_RANK" of ["MV2_COMM_WORLD_SIZE"], true, true;
    "IBM JSM": "JSM_NAMESPACE_RANK" of ["JSM_NAMESPACE_SIZE"], true, true;
    "PALS": "PALS_RANKID" of ["PMI_SIZE"], true, true;
    "PMIx": "PMIX_RANK" of ["OMPI_MCA_orte_ess_num_procs", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "FLUX_JOB_SIZE"], true, true;
    "PMI": "PMI_RANK" of ["PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"], true, true;
    "PMI 1": "PMI_ID" of ["PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"], true, true;
    "ALPS": "ALPS_APP_PE" of ["PMI_SIZE"], true, true;
    "Flux": "FLUX_TASK_RANK" of ["FLUX_JOB_SIZE"], true, true;
    "torchrun": "RANK" of ["WORLD_SIZE"], true, false;
    "SLURM": "SLURM_PROCID" of ["SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"], false, false;
};

/// Names of launches: what goes before the name, the variables that make it up, and those that may be
/// missing. A job that is queued again, or processes that are started again, have the same numbers.
const LAUNCHES: [(&str, &[&str], &[&str]); 7] = [
    ("pmix", &["PMIX_NAMESPACE"], &[]),
    ("slurm", &["SLURM_JOB_ID", "SLURM_STEP_ID"], &["SLURM_RESTART_COUNT"]),
    ("pmi", &["PMI_JOBID"], &[]),
    ("pals", &["PALS_APID"], &[]),
    ("alps", &["ALPS_APP_ID"], &[]),
    ("flux", &["FLUX_JOB_ID"], &[]),
    ("torch", &["TORCHELASTIC_RUN_ID", "MASTER_ADDR", "MASTER_PORT"], &["TORCHELASTIC_RESTART_COUNT"]),
];

impl Launch {
    /// The rank that was `given`, else that of the environment, for a process of this role.
    pub fn find(given: Option<Rank>, role: Role) -> Self {
        Self::of(given, environment::others).taken_as(role)
    }

    /// The processes are one program where the role says so.
    fn taken_as(mut self, role: Role) -> Self {
        self.is_parallel |= role == Role::Ranks;
        self
    }

    fn of(given: Option<Rank>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name: &str| -> Option<i64> { variable(name)?.trim().parse().ok() };
        let id = launch(&variable);
        if given.is_some() {
            return Self { rank: given, unsized_rank: None, is_parallel: true, id };
        }
        let mut unsized_rank = None;
        for launcher in &LAUNCHERS {
            let Some(rank) = number(launcher.rank) else { continue };
            let mut sizes = launcher.sizes.iter().filter_map(|name| number(name)).peekable();
            if sizes.peek().is_none() && launcher.is_sure && rank >= 0 {
                unsized_rank = unsized_rank.or(Some((rank, launcher.rank)));
            }
            // A rank beyond its size is no launcher's word.
            let Some(rank) = sizes.find_map(|size| Rank::new(rank, size).ok()) else { continue };
            let is_parallel = match unsized_rank {
                // Tasks of SLURM that something surer calls one program, unless it means others.
                Some((sure, _)) if !launcher.is_parallel => match sure == rank.rank() {
                    true => true,
                    false => continue,
                },
                _ => launcher.is_parallel,
            };
            return Self { rank: Some(rank), unsized_rank: None, is_parallel, id };
        }
        match unsized_rank {
            Some(_) => Self { rank: None, unsized_rank, is_parallel: true, id },
            None => Self::default(),
        }
    }

    /// A line for the log about a rank that nobody knows, or of which nobody knows among how many.
    pub fn remark(&self, role: Role) -> Option<String> {
        if role == Role::Ranks && self.rank.is_none() && self.unsized_rank.is_none() {
            let text = "the role is \"ranks\", and no launcher says which rank this is: the run is this process's alone. \
                        metalab_options_rank says it";
            return Some(text.to_owned());
        }
        let (rank, variable) = self.unsized_rank?;
        Some(format!(
            "{variable} says that this is process {rank} of a parallel program, and nothing says of how many: \
             it is taken for one of several, and who comes after process 0 has ended is refused. \
             metalab_options_rank says both"
        ))
    }

    /// Returns whether it is one of several processes of a parallel program.
    pub fn is_many(&self) -> bool {
        self.is_parallel && (self.unsized_rank.is_some() || self.rank.is_some_and(|rank| rank.size() > 1))
    }

    /// How many processes the program has: 1 where this is none of a parallel one. None where nobody says.
    pub fn processes(&self) -> Option<i64> {
        match self.is_parallel {
            true => self.rank.map(Rank::size).or(self.unsized_rank.is_none().then_some(1)),
            false => Some(1),
        }
    }

    /// Its number among several processes, as far as that is known.
    fn number(&self) -> Option<i64> {
        let known = self.rank.filter(|rank| rank.size() > 1).map(Rank::rank);
        known.or(self.unsized_rank.map(|(rank, _)| rank))
    }

    /// Returns whether the process is to attach to the run of another.
    pub fn is_worker(&self, role: Role) -> bool {
        match role {
            Role::Owner => false,
            Role::Worker => true,
            Role::Auto | Role::Ranks => self.is_parallel && self.number().is_some_and(|rank| rank > 0),
        }
    }

    /// How many workers will attach to the run of this process, if they do as this one does.
    pub fn expects(&self, role: Role) -> u64 {
        let attach = matches!(role, Role::Auto | Role::Ranks) && self.is_parallel;
        let all = self.rank.filter(|rank| attach && rank.rank() == 0);
        all.and_then(|rank| u64::try_from(rank.size() - 1).ok()).unwrap_or(0)
    }

    /// The worker's id that follows from the rank.
    pub fn worker(&self, role: Role) -> Option<String> {
        let is_known = self.is_parallel || role == Role::Worker;
        self.number().filter(|_| is_known).map(|rank| format!("rank:{rank}"))
    }
}

/// The id that distinguishes one launch of a parallel program from the next.
fn launch(variable: &impl Fn(&str) -> Option<String>) -> Option<String> {
    LAUNCHES.iter().find_map(|(kind, parts, more)| {
        let parts = parts.iter().map(|name| variable(name)).collect::<Option<Vec<_>>>()?;
        let more = more.iter().map(|name| variable(name).unwrap_or_default());
        Some(format!("{kind}:{}", parts.into_iter().chain(more).collect::<Vec<_>>().join(".")))
    })
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
    fn a_program_of_openmpi_without_a_launcher_is_alone() {
        // `MPI_Init` of OpenMPI 4 sets these in a process that nobody has launched, in a job of SLURM, too.
        let alone = [("PMIX_RANK", "0"), ("PMIX_NAMESPACE", "7"), ("OMPI_MCA_orte_ess_num_procs", "1")];
        for of_job in [&[][..], &[("SLURM_NTASKS", "4"), ("SLURM_PROCID", "0")][..]] {
            let launch = of(&[&alone, of_job].concat());
            assert_eq!((launch.rank, launch.processes(), launch.is_many()), (known(0, 1), Some(1), false));
            assert_eq!((launch.expects(Role::Auto), launch.remark(Role::Auto)), (0, None));
        }
    }

    #[test]
    fn every_launcher_says_rank_and_size_and_is_documented() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ranks.md");
        let page = std::fs::read_to_string(page).unwrap();
        for launcher in &LAUNCHERS {
            let row = page.lines().find(|line| line.starts_with(&format!("| {} |", launcher.name)));
            let row = row.unwrap_or_else(|| panic!("docs/ranks.md has no row for {}", launcher.name));
            assert!(row.contains(&format!("`{}`", launcher.rank)), "{row}");
            for size in launcher.sizes {
                assert!(row.contains(&format!("`{size}`")), "{row} lacks {size}");
                let found = of(&[(launcher.rank, "3"), (size, "4")]);
                assert_eq!((found.rank, found.is_parallel), (known(3, 4), launcher.is_parallel), "{row}");
                assert_eq!(found.is_worker(Role::Auto), launcher.is_parallel);
                assert_eq!(
                    of(&[(launcher.rank, "0"), (size, "4")]).expects(Role::Auto) > 0,
                    launcher.is_parallel
                );
            }
            let found = of(&[(launcher.rank, "3")]);
            assert_eq!(found.rank, None);
            assert_eq!(found.is_worker(Role::Auto), launcher.is_sure, "{row}");
            assert_eq!(
                found.remark(Role::Auto).is_some_and(|text| text.contains(launcher.rank)),
                launcher.is_sure
            );
            assert_eq!(found.worker(Role::Auto), launcher.is_sure.then(|| "rank:3".to_owned()));
            assert_eq!(found.is_many(), launcher.is_sure);
            assert_eq!(found.processes(), (!launcher.is_sure).then_some(1));
            assert!(!of(&[(launcher.rank, "0")]).is_worker(Role::Auto));
        }
        for (kind, parts, _) in &LAUNCHES {
            let variables: Vec<_> = parts.iter().map(|name| (*name, "7")).collect();
            let id = launch(&|name: &str| {
                variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
            });
            assert!(id.unwrap().starts_with(&format!("{kind}:7")));
            parts.iter().for_each(|name| assert!(page.contains(&format!("`{name}`")), "{name}"));
        }
    }

    #[test]
    fn a_rank_without_a_size_is_one_of_several() {
        // SLURM counts the tasks of what PALS and the like have started.
        let alps = of(&[("ALPS_APP_PE", "2"), ("SLURM_PROCID", "2"), ("SLURM_NTASKS", "8")]);
        assert_eq!((alps.rank, alps.is_parallel), (known(2, 8), true));
        // Not where it means other tasks.
        let alps = of(&[("ALPS_APP_PE", "2"), ("SLURM_PROCID", "0"), ("SLURM_NTASKS", "8")]);
        assert_eq!((alps.rank, alps.unsized_rank), (None, Some((2, "ALPS_APP_PE"))));
        assert_eq!(of(&[("ALPS_APP_PE", "-2")]), Launch::default());
    }

    #[test]
    fn tasks_of_slurm_are_not_taken_for_one_program() {
        let task = of(&[("SLURM_PROCID", "2"), ("SLURM_NTASKS", "3")]);
        assert_eq!(task.rank, known(2, 3));
        assert_eq!((task.processes(), task.clone().taken_as(Role::Ranks).processes()), (Some(1), Some(3)));
        assert!(!task.is_worker(Role::Auto));
        assert_eq!((task.worker(Role::Auto), task.worker(Role::Worker).as_deref()), (None, Some("rank:2")));
    }

    #[test]
    fn the_role_ranks_takes_any_launchers_processes_for_one_program() {
        let ranks = |variables: &[(&str, &str)]| of(variables).taken_as(Role::Ranks);
        let task = ranks(&[("SLURM_PROCID", "2"), ("SLURM_NTASKS", "3")]);
        assert!(task.is_worker(Role::Ranks) && task.is_many());
        assert_eq!(task.worker(Role::Ranks).as_deref(), Some("rank:2"));
        let first = ranks(&[("SLURM_PROCID", "0"), ("SLURM_NTASKS", "3")]);
        assert_eq!((first.is_worker(Role::Ranks), first.expects(Role::Ranks)), (false, 2));
        // A rank of MPI's is what it is anyway.
        let mpi = [("OMPI_COMM_WORLD_RANK", "1"), ("OMPI_COMM_WORLD_SIZE", "2")];
        assert_eq!(ranks(&mpi), of(&mpi));
        assert!(ranks(&mpi).is_worker(Role::Ranks) && ranks(&mpi).remark(Role::Ranks).is_none());
        let alone = ranks(&[]);
        assert!(!alone.is_worker(Role::Ranks) && !alone.is_many());
        assert!(alone.remark(Role::Ranks).is_some() && alone.remark(Role::Auto).is_none());
    }

    #[test]
    fn nonsense_is_no_rank() {
        assert_eq!(of(&[("OMPI_COMM_WORLD_RANK", "4"), ("OMPI_COMM_WORLD_SIZE", "4")]), Launch::default());
        assert_eq!(of(&[("PMI_RANK", "-1"), ("PMI_SIZE", "x")]), Launch::default());
        assert_eq!(of(&[("RANK", "1"), ("SLURM_PROCID", "1")]), Launch::default());
        for (rank, size) in [(1, 1), (-1, 4), (0, 0), (0, -1)] {
            assert_eq!(Rank::new(rank, size).unwrap_err().kind(), ErrorKind::Value);
        }
        assert_eq!(Rank::default(), Rank::new(0, 1).unwrap());
    }
}
