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

/// The owner; but in an MPI program (`mpirun -n 4 solver`), only rank 0 is the owner, and the other ranks
/// attach to its run. The options of all ranks must describe the same run. The default.
pub const METALAB_ROLE_AUTO: metalab_role_t = 0;
/// The owner of the run: it creates the run's record.
pub const METALAB_ROLE_OWNER: metalab_role_t = 1;
/// A worker: it attaches to the run of another process, one of this library or of the Python package.
pub const METALAB_ROLE_WORKER: metalab_role_t = 2;
/// One rank of a program: rank 0 of the launcher's processes owns the run, the others attach. As
/// METALAB_ROLE_AUTO, but also for processes that could be independent tasks, such as those of srun without
/// MPI.
pub const METALAB_ROLE_RANKS: metalab_role_t = 3;

/// Sets the role of the process in its run: a METALAB_ROLE_... . METALAB_ROLE ("auto", "owner", "worker" or
/// "ranks"); else METALAB_ROLE_AUTO.
///
/// A worker has its own journal and its own log (logs/{run_id}_run.{worker}.log), and shares the run's
/// directory of artifacts with the other processes. The names of its metrics, series, data and artifacts end
/// in its id, with '.' for ':', as in "loss@rank.3". If a worker has neither id nor rank, its names stay as
/// they are, unless another process has used them first. The run has one record, that of the owner. What it
/// says of workers is added when the owner ends, and again when the last worker ends; processes may end in
/// any order.
///
/// If processes fail, the record's error is the first cause. An error that a process reported takes
/// precedence over a death. Among deaths, one that the process caused itself comes first, then one by
/// SIGKILL, then one by a signal that asked the process to stop. If a worker is the cause, the type of the
/// error is "WorkerFailed" or "WorkerDied", and its message names the worker. If a worker was cancelled and
/// nothing failed, the run ends as "cancelled".
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

/// Sets the rank of this process, from 0, and the number of processes of the run. By default both are read
/// from the environment variables of the launcher: OpenMPI, MPICH and others by PMI or PMIx, MVAPICH, JSM,
/// PALS, ALPS, Flux, torchrun, SLURM; docs/ranks.md lists them. Tasks of SLURM without MPI become ranks of
/// one run only with METALAB_ROLE_RANKS, since they are often independent. If no worker id is set, the id is
/// the rank, as in "rank:3".
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

/// Makes the number of processes a parameter with this name, so that the runs of a scaling study have
/// different ids. The number is the size set by metalab_options_rank, else that of the launcher. It is 1 for
/// a single process, and for tasks of SLURM that are separate runs. The parameter replaces an existing one of
/// the same name. METALAB_RANKS_PARAM; else there is no such parameter. If the launcher provides a rank but
/// no size, metalab_capture_open returns METALAB_ERR_VALUE.
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

/// Sets how many seconds a worker waits in metalab_capture_open for the owner of the run; with 0, it looks
/// once. METALAB_ATTACH_SECONDS; else 30.
///
/// metalab_capture_open returns METALAB_ERR_NOT_FOUND if no owner comes, and METALAB_ERR_BUSY if a worker
/// with the same id is running. It fails at once, with the reason, if the store can't be written, or if rank
/// 0 of the same launch can't open the run.
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

/// Continues an earlier attempt at the run, however it ended: its results, artifacts, metrics, tags, notes
/// and logs stay, and each series is continued. In every series, the points at this step and at later steps
/// are dropped: step is the first step that will be emitted again. Series whose steps count something else
/// (metalab_capture_set_step_unit) keep all points. In the record, provenance.extra has the number of this
/// attempt (attempt), the start of the first one (first_started_at), and the times and status of the earlier
/// ones (earlier_attempts). If there is no earlier attempt, the run starts as usual. METALAB_RESTART_STEP;
/// else the run starts anew.
///
/// For workers, the owner's setting applies, and their own is ignored. Only if the owner is the Python
/// package, which has no restart, a worker uses its own setting and drops points of its own series only.
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

/// Requests that a metric, plain or at steps, be reduced over all processes of the run when it ends. The run
/// then has, instead of the values of each process, name.min, name.max, name.mean, name.sum, name.count, and
/// name.argmin and name.argmax (the ranks of the extremes; of equal values, the first rank). For a series,
/// these are series, with every step at which a process had a value. Each process that emits the metric must
/// call this, at any time before its end; it works with one process as well.
///
/// Integers and booleans count as numbers, and sums of them stay integers. As in numpy, a NaN is both the
/// minimum and the maximum. Strings cannot be reduced: each process keeps its own.
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
