//! The batch job that a run is part of, as the batch system's variables describe it.

use crate::base::environment;
use crate::base::json::Json;
use crate::base::redact::redact;

/// The variables that are recorded: what tells a job, and what it was given. No others, since an
/// environment has secrets.
const VARIABLES: [&str; 66] = [
    // SLURM
    "SLURM_ARRAY_JOB_ID",
    "SLURM_ARRAY_TASK_COUNT",
    "SLURM_ARRAY_TASK_ID",
    "SLURM_CLUSTER_NAME",
    "SLURM_CPUS_ON_NODE",
    "SLURM_CPUS_PER_TASK",
    "SLURM_CPU_BIND",
    "SLURM_CPU_FREQ_REQ",
    "SLURM_DISTRIBUTION",
    "SLURM_GPUS",
    "SLURM_GPUS_ON_NODE",
    "SLURM_GPUS_PER_NODE",
    "SLURM_GPUS_PER_TASK",
    "SLURM_JOB_ACCOUNT",
    "SLURM_JOB_CPUS_PER_NODE",
    "SLURM_JOB_END_TIME",
    "SLURM_JOB_GPUS",
    "SLURM_JOB_ID",
    "SLURM_JOB_NAME",
    "SLURM_JOB_NODELIST",
    "SLURM_JOB_NUM_NODES",
    "SLURM_JOB_PARTITION",
    "SLURM_JOB_QOS",
    "SLURM_JOB_RESERVATION",
    "SLURM_JOB_START_TIME",
    "SLURM_LOCALID",
    "SLURM_MEM_PER_CPU",
    "SLURM_MEM_PER_GPU",
    "SLURM_MEM_PER_NODE",
    "SLURM_NODEID",
    "SLURM_NTASKS",
    "SLURM_NTASKS_PER_NODE",
    "SLURM_PROCID",
    "SLURM_RESTART_COUNT",
    "SLURM_STEP_ID",
    "SLURM_STEP_NODELIST",
    "SLURM_STEP_NUM_TASKS",
    "SLURM_SUBMIT_DIR",
    "SLURM_SUBMIT_HOST",
    "SLURM_THREADS_PER_CORE",
    "SLURM_TRES_PER_TASK",
    // PBS, Torque
    "NCPUS",
    "PBS_ARRAYID",
    "PBS_ARRAY_ID",
    "PBS_ARRAY_INDEX",
    "PBS_JOBID",
    "PBS_JOBNAME",
    "PBS_NODENUM",
    "PBS_NP",
    "PBS_NUM_NODES",
    "PBS_NUM_PPN",
    "PBS_O_HOST",
    "PBS_O_QUEUE",
    "PBS_O_WORKDIR",
    "PBS_QUEUE",
    "PBS_SERVER",
    "PBS_TASKNUM",
    "PBS_WALLTIME",
    // LSF
    "LSB_DJOB_NUMPROC",
    "LSB_JOBID",
    "LSB_JOBINDEX",
    "LSB_JOBNAME",
    "LSB_MCPU_HOSTS",
    "LSB_PROJECT_NAME",
    "LSB_QUEUE",
    "LS_SUBCWD",
];

/// The longest value that is recorded whole: lists of nodes are long.
const LONGEST: usize = 4096;

/// Those that are set; nothing outside of a job.
pub fn variables() -> Option<Json> {
    let set = VARIABLES.iter().filter_map(|name| {
        let value = environment::raw(name)?;
        let value = value.to_string_lossy();
        let end = (0..=value.len().min(LONGEST)).rev().find(|end| value.is_char_boundary(*end))?;
        (!value.is_empty()).then(|| (*name, Json::from(redact(&value[..end]))))
    });
    let set: Vec<_> = set.collect();
    // Many a shell profile sets NCPUS.
    set.iter().any(|(name, _)| *name != "NCPUS").then(|| Json::object(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_has_nothing_twice() {
        let mut all = VARIABLES.to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), VARIABLES.len());
        assert!(all.iter().all(|name| redact(&format!("{name}=x")).ends_with('x')), "no secrets");
    }
}
