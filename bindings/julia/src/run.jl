# A run that is being captured, and what becomes of one that nobody finishes.

using .LibMetalab: metalab_capture_t, metalab_mapping_t, metalab_snapshots_t

"""
    Run

A run that is being captured: what [`capture`](@ref) gives to its body. `Run(store; options...)` opens
one by hand, with the options of `capture`; [`finish!`](@ref) ends it then. Every function may be called
from any thread.

A run that nobody finishes ends as failed: one that is garbage-collected when the next one is opened, and
the others when Julia exits, with the exception that Julia exits with, if there is one.

A run belongs to its process: another process, such as one of `Distributed`, attaches to the run as a worker. Every
call on a run that was closed throws.
"""
mutable struct Run
    handle::Ptr{metalab_capture_t}
    skipped::Bool               # it is a success already; `earlier` reads it
    quiet::Bool
    ended::Bool
    state::Symbol               # :open, or :lent by the program; without a handle :absent, as nothing was to be had, or :closed
    earlier::Any
    arrays::Vector{Any}         # those that are not sealed: kept until the run has ended
    declared::Vector{Ptr{metalab_snapshots_t}}  # snapshots, of which files are made ahead
    guard::ReentrantLock
    printed_to::Any             # what stdout and stderr were before capture_stdio!
    function Run(handle, skipped, quiet, earlier=nothing)
        state = handle == C_NULL ? :absent : :open
        run = new(handle, skipped, quiet, false, state, earlier, Any[], Ptr{metalab_snapshots_t}[], ReentrantLock(), nothing)
        if handle != C_NULL
            lock(() -> push!(open_runs, handle), open_guard)
            finalizer(drop, run)
        end
        return run
    end
    # The current one of the program, which ends it; its calls do nothing if there is none.
    Run(handle::Ptr{metalab_capture_t}) = new(handle, false, true, false, handle == C_NULL ? :absent : :lent, nothing, Any[],
                      Ptr{metalab_snapshots_t}[], ReentrantLock(), nothing)
end

# Runs that nobody has finished yet; at Julia's exit they are ended.
const open_runs = Set{Ptr{metalab_capture_t}}()
const open_guard = ReentrantLock()

is_no_more_open!(handle) = lock(() -> delete!(open_runs, handle), open_guard)

# Without a run that was skipped, or that a quiet one could not have, calls do nothing.
@inline function handle_of(run::Run)
    handle = run.handle
    handle == C_NULL && run.state !== :absent && no_handle(run)
    return handle
end

@noinline function no_handle(run::Run)
    run.quiet && return
    run.state === :closed && throw(closed("the run"))
    throw(elsewhere("run", "Open it here as a worker of the run, with the same options and " *
        "`role=:worker`: it attaches to the run that the other process owns"))
end

not_ours() = MetalabError(LibMetalab.METALAB_ERR_HANDLE, "METALAB_ERR_HANDLE", "the current run is ended by the program that opened it")
closed(what) = MetalabError(LibMetalab.METALAB_ERR_CLOSED, "METALAB_ERR_CLOSED", "$what is closed")
elsewhere(what, way) = MetalabError(LibMetalab.METALAB_ERR_HANDLE, "METALAB_ERR_HANDLE",
    "the $what is of another process, and can't go from one to another. $way.")

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
        is_no_more_open!(handle)
        LibMetalab.metalab_capture_fail(handle, "NotFinished", "the run was dropped before finish!", C_NULL)
        LibMetalab.metalab_capture_free(handle)
    end
    foreach(LibMetalab.metalab_snapshots_free, take_orphans!(orphaned_snapshots))
    # Of an ended run they are nothing but memory.
    for handle in take_orphans!(orphaned_mappings)
        LibMetalab.metalab_mapping_seal(handle)
    end
end

# At Julia's exit. The exception that it exits with is being handled then.
function finish_all()
    finish_orphans()
    stack = handled()
    for handle in lock(() -> collect(open_runs), open_guard)
        is_no_more_open!(handle)
        if isempty(stack)
            LibMetalab.metalab_capture_fail(handle, "NotFinished", "Julia exited before finish!", C_NULL)
        elseif first(first(stack)) isa InterruptException
            LibMetalab.metalab_capture_cancel(handle, "interrupted")
        else
            LibMetalab.metalab_capture_fail(handle, described(stack)...)
        end
        LibMetalab.metalab_capture_free(handle)
    end
end

# The status that a call on a run has returned. A quiet run goes on; its health document has the reason.
@inline check(run::Run, status::Int32) = passed(status) || run.quiet ? nothing : problem(status)

"""
    finish!(run)

Ends a run: everything is written to the store, and the record says how it ended. Arrays that were not
sealed are kept as they are, marked as incomplete, and stay usable. It may be called twice. `capture` calls it
itself.
"""
function finish!(run::Run)
    handle = handle_of(run)
    handle == C_NULL && return
    run.state === :lent && throw(not_ours())
    flush_printed(run)
    status = LibMetalab.metalab_capture_finish(handle)
    # At once: what follows calls the library, and may move the task to another thread.
    failed = passed(status) ? nothing : failure(status)
    run.ended = status == METALAB_OK || status == LibMetalab.METALAB_ERR_INCOMPLETE
    run.ended && is_no_more_open!(handle)
    lock(run.guard) do
        empty!(run.arrays)
        foreach(LibMetalab.metalab_snapshots_free, run.declared)
        empty!(run.declared)
    end
    print_as_before!(run)
    failed === nothing && return
    run.quiet ? (@warn "not everything was captured: $(failed.message)") : throw(failed)
    return
end

"""
    close(run)

Like [`finish!`](@ref), and also frees the run at once, not when it is garbage-collected. Every other call on
it is an error then. It may be called twice.
"""
function Base.close(run::Run)
    run.handle == C_NULL && return
    run.state === :lent && throw(not_ours())
    try
        finish!(run)
    finally
        handle, run.handle, run.state = run.handle, C_NULL, :closed
        is_no_more_open!(handle)
        LibMetalab.metalab_capture_free(handle)
    end
end

"Returns true if the run was opened and has not been finished."
Base.isopen(run::Run) = run.handle != C_NULL && !run.ended

"Returns true if the run had already succeeded and `if_success=:skip` skipped it."
isskipped(run::Run) = run.skipped

function Base.show(io::IO, run::Run)
    state = run.skipped ? "skipped" : run.handle == C_NULL ? String(run.state) : run.ended ? "finished" : "open"
    id = run.handle == C_NULL && !run.skipped ? "" : run_id(run)
    print(io, "Run(", isempty(id) ? "" : id * ", ", state, ")")
end

# A copy would be another owner of the same handle.
Base.deepcopy_internal(run::Run, ::IdDict) = run

# Names are texts or symbols; others are refused with a message of ours.
const Name = Union{AbstractString,Symbol}
const NoName = Union{Number,Nothing,Missing,AbstractChar,AbstractArray,AbstractDict,Tuple,NamedTuple}

@noinline refuse_name(name) = throw(ArgumentError("a name is a string or a symbol, not a $(typeof(name))"))
