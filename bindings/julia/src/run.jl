# A run that is being captured, and what becomes of one that nobody finishes.

using .LibMetalab: metalab_capture_t, metalab_mapping_t, metalab_snapshots_t

"""
    Run

A run that is being captured: what [`capture`](@ref) gives to its body. `Run(store; options...)` opens
one by hand, with the options of `capture`; [`finish!`](@ref) ends it then. Every function may be called
from any thread.

A run that is garbage-collected before it was finished ends as failed, when the next one is opened or
when Julia exits.
"""
mutable struct Run
    handle::Ptr{metalab_capture_t}
    skipped::Bool
    quiet::Bool
    ended::Bool
    arrays::Vector{Any}         # those that are not sealed: kept until the run has ended
    declared::Vector{Ptr{metalab_snapshots_t}}  # snapshots, of which files are made ahead
    guard::ReentrantLock
    printed_to::Any             # what stdout and stderr were before capture_stdio!
    function Run(handle, skipped, quiet)
        run = new(handle, skipped, quiet, false, Any[], Ptr{metalab_snapshots_t}[], ReentrantLock(), nothing)
        handle == C_NULL || finalizer(drop, run)
        return run
    end
end

# A finaliser must neither wait nor throw. Ending a run waits for its files, so that one which was
# not finished is left to whoever comes next; freeing one that was is only a matter of memory.
const orphans_guard = Threads.SpinLock()
const orphaned_runs = Ptr{metalab_capture_t}[]
const orphaned_snapshots = Ptr{metalab_snapshots_t}[]
const orphaned_mappings = Ptr{metalab_mapping_t}[]

function drop(run::Run)
    if run.ended
        LibMetalab.metalab_capture_free(run.handle)
    elseif trylock(orphans_guard)
        push!(orphaned_runs, run.handle)
        append!(orphaned_snapshots, run.declared)
        unlock(orphans_guard)
    else
        finalizer(drop, run)    # whoever holds the lock may be this very thread
    end
    return
end

function take_orphans!(handles)
    lock(orphans_guard)
    try
        return splice!(handles, 1:length(handles))
    finally
        unlock(orphans_guard)
    end
end

function finish_orphans()
    for handle in take_orphans!(orphaned_runs)
        LibMetalab.metalab_capture_fail(handle, "NotFinished", "the run was dropped before finish!", C_NULL)
        LibMetalab.metalab_capture_free(handle)
    end
    foreach(LibMetalab.metalab_snapshots_free, take_orphans!(orphaned_snapshots))
    # Of an ended run they are nothing but memory.
    for handle in take_orphans!(orphaned_mappings)
        LibMetalab.metalab_mapping_seal(handle)
    end
end

# What a call on a run has answered. A quiet run goes on; its health document has the reason.
@inline check(run::Run, status::Int32) = passed(status) || run.quiet ? nothing : problem(status)

"""
    finish!(run)

Ends a run: everything goes into the store, and its record says how it ended. Arrays that were not
sealed are kept as they stand, marked as incomplete, and stay usable. Twice is fine. `capture` does it
by itself.
"""
function finish!(run::Run)
    run.handle == C_NULL && return
    flush_printed(run)
    status = LibMetalab.metalab_capture_finish(run.handle)
    run.ended = status == METALAB_OK || status == LibMetalab.METALAB_ERR_INCOMPLETE
    lock(run.guard) do
        empty!(run.arrays)
        foreach(LibMetalab.metalab_snapshots_free, run.declared)
        empty!(run.declared)
    end
    print_as_before!(run)
    run.quiet && !passed(status) && @warn "not everything was captured: $(last_error())"
    check(run, status)
end

"""
    close(run)

As [`finish!`](@ref), and frees what the finished run still holds, which else happens when it is
garbage-collected: nothing can be asked of it any more.
"""
function Base.close(run::Run)
    try
        finish!(run)
    finally
        handle, run.handle = run.handle, C_NULL
        LibMetalab.metalab_capture_free(handle)
    end
end

"Whether the run takes what is emitted: it was opened, and not finished."
Base.isopen(run::Run) = run.handle != C_NULL && !run.ended

"Whether the run was in the store already, and `if_success=:skip` had it left alone."
isskipped(run::Run) = run.skipped

function Base.show(io::IO, run::Run)
    state = run.skipped ? "skipped" : run.handle == C_NULL ? "closed" : run.ended ? "finished" : "open"
    print(io, "Run(", run.handle == C_NULL ? "" : run_id(run) * ", ", state, ")")
end

# Names are texts or symbols.
const Name = Union{AbstractString,Symbol}
