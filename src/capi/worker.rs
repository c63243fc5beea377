//! Several processes in one run, and runs that go on from a checkpoint.

use std::ffi::c_char;

use super::capture::{metalab_capture_t, with_capture};
use super::convert::text;
use super::options::{change, metalab_options_t};
use super::status::{metalab_status_t, wrong};
use crate::base::clock::duration;
use crate::base::error::ErrorKind;
use crate::members::rank::{Rank, Role};

/// The role of a process in its run.
pub type metalab_role_t = i32;

/// The owner (the default); but a process of an MPI program that is not its first attaches to the
/// run of the first, where the same options give the same run. So it is for `mpirun -n 4 solver`.
pub const METALAB_ROLE_AUTO: metalab_role_t = 0;
/// The one that has the run's record.
pub const METALAB_ROLE_OWNER: metalab_role_t = 1;
/// A worker: it attaches to the run of another process, one of this library or of the Python package.
pub const METALAB_ROLE_WORKER: metalab_role_t = 2;
/// One rank of a program: rank 0 of those that the launcher started owns the run, the others attach, also
/// where they could be independent tasks, as those of srun without MPI.
pub const METALAB_ROLE_RANKS: metalab_role_t = 3;

/// Sets the role of the process in its run: a METALAB_ROLE_... . METALAB_ROLE ("auto", "owner", "worker" or
/// "ranks"); else METALAB_ROLE_AUTO.
///
/// A worker has its own journal and its own log (logs/{run_id}_run.{worker}.log), and shares the store's
/// directory of artifacts with the others. Its metrics, series, data and artifacts carry its name, as in
/// "loss@rank.3": the worker's id with '.' for ':'. A worker that has neither id nor rank keeps the names that
/// it passes, unless another process has used them first. The run's record is the owner's. What it says of
/// workers is added when the owner ends, and again when the last worker ends; processes may end in any order.
/// If processes fail, the record's error is the first cause. An error that a process reported takes precedence
/// over a death. Of deaths, one that the process caused itself comes first, then one by SIGKILL, then one by a
/// signal that asked it to stop. If the cause is a worker's, the type of the error is "WorkerFailed" or
/// "WorkerDied", and its message names the worker. If a worker was cancelled and nothing failed, the run ends
/// as "cancelled".
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_role(
    options: *mut metalab_options_t,
    role: metalab_role_t,
) -> metalab_status_t {
    change("metalab_options_role", options, |options| {
        options.role(match role {
            METALAB_ROLE_AUTO => Role::Auto,
            METALAB_ROLE_OWNER => Role::Owner,
            METALAB_ROLE_WORKER => Role::Worker,
            METALAB_ROLE_RANKS => Role::Ranks,
            _ => return wrong(ErrorKind::Value, format!("role {role} is not a METALAB_ROLE_ constant")),
        });
        Ok(())
    })
}

/// Sets the rank of this process, from 0, and the number of processes of the run. By default both come from the
/// launcher's environment variables: OpenMPI, MPICH and others by PMI or PMIx, MVAPICH, JSM, PALS, ALPS, Flux,
/// torchrun, SLURM; docs/ranks.md lists them. SLURM alone does not make a task a worker, since its tasks are
/// often independent; METALAB_ROLE_RANKS does. The rank is the worker's id, "rank:3", if no other is set.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE (rank is none of 0 to size - 1).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_rank(
    options: *mut metalab_options_t,
    rank: i64,
    size: i64,
) -> metalab_status_t {
    change("metalab_options_rank", options, |options| {
        options.rank(Rank::new(rank, size)?);
        Ok(())
    })
}

/// Makes the number of the program's processes a parameter of this name, so that runs of a scaling study
/// differ by it: the size of metalab_options_rank, else the launcher's; 1 for a process alone, and for tasks
/// of SLURM that are separate runs. It replaces a parameter of that name. METALAB_RANKS_PARAM; else there is
/// none. Where the launcher gives a rank and no size, metalab_capture_open returns METALAB_ERR_VALUE.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_ranks_param(
    options: *mut metalab_options_t,
    name: *const c_char,
) -> metalab_status_t {
    change("metalab_options_ranks_param", options, |options| {
        // SAFETY: as documented.
        options.ranks_param(unsafe { text("name", name)? });
        Ok(())
    })
}

/// Sets for how many seconds metalab_capture_open waits, as a worker, for the owner of the run; 0 looks
/// once. If not set: METALAB_ATTACH_SECONDS; else 30.
///
/// If no owner comes, opening returns METALAB_ERR_NOT_FOUND; if a worker with the same id is at work, it
/// returns METALAB_ERR_BUSY. It fails at once, with the reason, if the store can't be written, or if the
/// first process of its launch (as the launcher counts them) can't open the run.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_attach_patience(
    options: *mut metalab_options_t,
    seconds: f64,
) -> metalab_status_t {
    change("metalab_options_attach_patience", options, |options| {
        options.attach_patience(duration(seconds)?);
        Ok(())
    })
}

/// Continues an earlier attempt at the run, however it ended: its results, artifacts, metrics, tags, notes and
/// logs stay, and each series is continued. Points of every series at this step and at later ones are dropped:
/// step is the first that will be emitted again. Series whose steps count something else
/// (metalab_capture_set_step_unit) keep all points. provenance.extra has the number of attempts, when the first
/// one began, and the times of all (first_started_at, earlier_attempts). If there is no earlier attempt, the
/// run starts as usual. METALAB_RESTART_STEP; else the run starts anew.
///
/// Workers follow the run's owner, whatever they set themselves. If the owner is the Python package, which has
/// no restart, a worker drops points of its own series only.
///
/// Errors: METALAB_ERR_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_options_restart(
    options: *mut metalab_options_t,
    step: i64,
) -> metalab_status_t {
    change("metalab_options_restart", options, |options| {
        options.restart(step);
        Ok(())
    })
}

/// Returns the rank of this process and the number of processes of the run; 0 and 1 if unknown, or if captures
/// are disabled.
///
/// rank_out, size_out: either may be NULL.
/// Errors: none of its own. Any thread, also after metalab_capture_finish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_rank(
    capture: *const metalab_capture_t,
    rank_out: *mut i64,
    size_out: *mut i64,
) -> metalab_status_t {
    with_capture("metalab_capture_rank", capture, |capture| {
        let rank = capture.rank();
        for (to, value) in [(rank_out, rank.rank()), (size_out, rank.size())] {
            if !to.is_null() {
                // SAFETY: not NULL; the caller's.
                unsafe { to.write(value) };
            }
        }
        Ok(())
    })
}

/// Requests that a metric, plain or at steps, be reduced over all processes of the run when it ends. In place
/// of the values of each process, the run then has name.min, name.max, name.mean, name.sum, name.argmin and
/// name.argmax (the ranks of the extremes; the first one where several are equal) and name.count; for a series,
/// these are series, with every step at which a process had a value. Each process that emits the metric must
/// call this, at any time before its end; it works with one process as well.
///
/// Integers and booleans count as numbers, and sums of them stay integers. As in numpy, a NaN is both the least
/// and the greatest. Strings cannot be reduced: each process keeps its own.
///
/// Errors: METALAB_ERR_NULL, METALAB_ERR_UTF8, METALAB_ERR_NAME, METALAB_ERR_CLOSED,
/// METALAB_ERR_FULL. Any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn metalab_capture_reduce(
    capture: *mut metalab_capture_t,
    name: *const c_char,
) -> metalab_status_t {
    with_capture("metalab_capture_reduce", capture, |capture| {
        // SAFETY: as documented.
        Ok(capture.reduce(unsafe { text("name", name)? }).map_err(|error| error.context("name"))?)
    })
}
