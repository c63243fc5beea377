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

/// The role of the process in its run: a METALAB_ROLE_... . METALAB_ROLE ("auto", "owner",
/// "worker" or "ranks"); else METALAB_ROLE_AUTO.
///
/// A worker has a journal and a log of its own (logs/{run_id}_run.{worker}.log), and the store's
/// directory of artifacts in common with the others. Its metrics, series, data and artifacts have
/// its name, as in "loss@rank.3": the worker's id with '.' for ':'. A worker that has neither id nor
/// rank keeps the names it gives, except where another process was first. The run's record is the
/// owner's. What the record has to say of workers is added when the owner ends, and again when the
/// last worker ends; the order of ends is free. If processes fail, the record's error is the first
/// cause: an error that a process reported comes before a death, a death of a process's own doing
/// before that of one that was killed, and that before one that was asked to stop by a signal. Where
/// it is a worker's, the error's type is "WorkerFailed" or "WorkerDied", and its message names the
/// worker. A run of which a worker was cancelled ends as "cancelled", if nothing failed.
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

/// Which of how many processes of the run this is, from 0. Else what the launcher says in the
/// environment: OpenMPI, MPICH and others by PMI or PMIx, MVAPICH, JSM, PALS, ALPS, Flux, torchrun,
/// SLURM; docs/ranks.md has the variables. SLURM alone makes no worker of a task, since its tasks are
/// often independent; METALAB_ROLE_RANKS does. A rank gives the worker's id, "rank:3", where nothing else does.
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

/// How long metalab_capture_open waits, as a worker, for the run's owner, in seconds; 0 looks once.
/// METALAB_ATTACH_SECONDS; else 30. Opening returns METALAB_ERR_NOT_FOUND when none comes, and
/// METALAB_ERR_BUSY when a worker of the same id goes on. It does not wait where the store can't be
/// written, nor where the first process of its launch (as its launcher names it) can't open the
/// run: it fails with the reason of that.
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

/// Goes on with an earlier attempt at the run, however it ended: its results, artifacts, metrics,
/// tags, notes and logs stay, and each series goes on. Points at step and at later steps are dropped,
/// of every series: step is the first that will be emitted again. The provenance counts the
/// attempts. Series whose steps count something else (metalab_capture_set_step_unit) keep all points. When the
/// first attempt began, and the times of all, are in provenance.extra (first_started_at, earlier_attempts). A
/// run that does not exist begins. METALAB_RESTART_STEP; else a run begins anew.
///
/// Workers go on with the run's owner, whatever they say themselves; where that is the Python
/// package, which has no restart, a worker drops points of its own series only.
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
