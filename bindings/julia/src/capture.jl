# Opening a run, and a run around a function.

function Run(store=nothing; quiet::Bool=false, options...)
    load()
    finish_orphans()
    given = store === nothing ? values(options) : merge((store=store,), values(options))
    return with_options(given) do wanted
        out = Ref{Ptr{metalab_capture_t}}(C_NULL)
        status = LibMetalab.metalab_capture_open(wanted, out)
        skipped = status == LibMetalab.METALAB_SKIP
        if status != METALAB_OK && !skipped
            failed = failure(status)
            quiet || throw(failed)
            @warn "going on without a capture: $(failed.message)"
        end
        return Run(out[], skipped, quiet, skipped ? earlier_of(wanted) : nothing)
    end
end

"""
    capture(body, store=nothing; skipped=identity, options...)

Opens a run, calls `body(run)`, finishes the run, and returns what the body returns:

    capture("experiments"; experiment="heat:1.0", params=(n=256, dt=1e-3), seed=42) do rec
        metric!(rec, "loss", 0.5)
    end

An exception that leaves the body makes the run end as failed, with the exception's type, message and
backtrace, and goes on to the caller; an `InterruptException` (Ctrl-C) makes it end as cancelled. Where
the run is skipped, the body is not called, and the result is what `skipped` makes of the earlier run, a
[`StoredRun`](@ref): so a sweep that is resumed has the results of all its runs.

    capture("experiments"; experiment="heat:1.0", params=(n=n,), if_success=:skip,
            skipped=before -> before.metrics["peak"]) do rec
        peak = solve(n)
        metric!(rec, "peak", peak)
        peak
    end

An option that is not given comes from its environment variable (`METALAB_STORE` and so on; see the documentation of
the library), or has its default.

| option | what |
| --- | --- |
| `store` | the path of the store, or `file:///absolute/path`, or `postgresql://...?file_root=/path` for one with an index; `./experiments` |
| `experiment` | `"name:version"`; the script's name |
| `description`, `experiment_tags` | of the experiment, for its manifest |
| `params`, `context`, `metadata` | named tuples or dictionaries; see [`Metalab.json`](@ref) |
| `planned_runs` | how many runs the experiment will have, for its manifest |
| `namelist` | the path of a Fortran namelist file, or several, whose variables become params: `grid.n` for `&grid n = 64 /`; `params` adds to them |
| `seed`, `replicate` | whole numbers |
| `run_id` | if it is not given, it is derived from experiment, context, params, seed and code |
| `tags`, `note` | of the run |
| `code_hash` | identifies the version of the code; `""` for none; if it is not given, the SHA-256 of the script's file |
| `worker` | the worker that this process is, as in `"rank:3"` |
| `if_success` | what to do if the run has already succeeded: `:rerun`, `:refuse` or `:skip` |
| `durable` | `true`: the end of the run waits for the disk |
| `index_wait` | the longest time that the end of the run waits for the index in PostgreSQL (seconds or a `Period`); 5 s |
| `end_time`, `stop_before` | the end of the process's time (Unix seconds or a UTC `DateTime`), and how long before it [`should_stop`](@ref) becomes true (seconds or a `Period`) |
| `signals` | `:fatal`, `:stop` or `:both`; the library refuses it inside Julia, which needs the signals for itself |
| `flush_interval`, `refresh_interval` | how soon log lines are in their file, how often the record is refreshed (seconds or a `Period`; `0`: never) |
| `journal` | the directory of the journals while runs go on, such as one on a node's own disk |
| `role`, `rank`, `attach_patience` | `:auto`, `:owner`, `:worker`, or `:ranks`: tasks of `srun` without MPI are one run, too; `(rank, size)` if neither MPI nor SLURM provides it; how long a worker waits for the owner |
| `ranks_param` | the name of a parameter that is the number of the program's processes, by which the runs of a scaling study differ |
| `restart` | continues an earlier attempt from this step |
| `sample` | the time between samples of memory, processor time and the like (seconds or a `Period`); `0`: none |
| `compiler` | for the provenance; by default Julia's version and options |
| `quiet` | `true`: failures of the library do not stop the program. Without a run, calls do nothing; what could not be recorded is in [`Metalab.health_json`](@ref) |
"""
function capture(body, store=nothing; skipped=identity, options...)
    body isa Union{AbstractString,Symbol} &&
        throw(ArgumentError("capture takes a function first, or a do block, and not a $(typeof(body))"))
    run = Run(store; options...)
    run.skipped && return skipped(earlier(run))
    local answer
    try
        answer = body(run)
    catch
        end_by_exception!(run)
        rethrow()
    end
    finish!(run)
    return answer
end

# The exceptions that are being handled, the latest first, each with its backtrace.
if isdefined(Base, :current_exceptions)
    handled() = [(entry.exception, entry.backtrace) for entry in reverse(Base.current_exceptions().stack)]
else
    handled() = reverse(Base.catch_stack())
end

function end_by_exception!(run::Run)
    stack = handled()
    try
        if first(first(stack)) isa InterruptException
            cancel!(run, "interrupted")
        else
            fail!(run, stack)
        end
        finish!(run)
    catch problem
        # The body's exception is what the caller is told.
        problem isa MetalabError || rethrow()
    end
end

plain(text) = replace(text, '\0' => "\\0")

# Type, message and backtraces of exceptions, as texts of C.
function described(stack::AbstractVector)
    exception = first(first(stack))
    traceback = join((sprint(showerror, one, trace) for (one, trace) in stack), "\ncaused by: ")
    return string(nameof(typeof(exception))), plain(sprint(showerror, exception)), plain(traceback)
end

fail!(run::Run, stack::AbstractVector) =
    check(run, LibMetalab.metalab_capture_fail(handle_of(run), described(stack)...))

"""
    fail!(run, type, message; traceback=nothing)
    fail!(run, exception[, backtrace])

Marks the run as failed at its end. The first failure is kept. The run goes on until it is finished. In a `catch` block: `fail!(run, exception, catch_backtrace())`.
"""
function fail!(run::Run, type::Name, message::AbstractString; traceback::Union{Nothing,AbstractString}=nothing)
    trace = traceback === nothing ? C_NULL : plain(traceback)
    check(run, LibMetalab.metalab_capture_fail(handle_of(run), type, plain(message), trace))
end

fail!(run::Run, exception::Exception, trace=Union{}[]) = fail!(run, [(exception, trace)])

"""
    cancel!(run, reason=nothing)

Makes the run end as cancelled, unless it fails.
"""
cancel!(run::Run, reason=nothing) =
    check(run, LibMetalab.metalab_capture_cancel(handle_of(run), reason === nothing ? C_NULL : reason))

"""
    flush(run; durable=false)

Waits until what was emitted is visible to readers of the store, or on the disk as well. Needed for
neither speed nor safety: what was emitted survives the process's death.
"""
Base.flush(run::Run; durable::Bool=false) =
    check(run, LibMetalab.metalab_capture_flush(handle_of(run), durable ? LibMetalab.METALAB_FLUSH_DURABLE : LibMetalab.METALAB_FLUSH_VISIBLE))

"""
    add_note!(run, text)

Adds a line to the run's notes.
"""
add_note!(run::Run, text::AbstractString) = check(run, LibMetalab.metalab_capture_add_note(handle_of(run), text))
add_note!(::Run, text) = throw(ArgumentError("a note is a string, not a $(typeof(text))"))

"""
    add_tag!(run, tag)

Adds a tag to the run, once.
"""
add_tag!(run::Run, tag::Name) = check(run, LibMetalab.metalab_capture_add_tag(handle_of(run), tag))
add_tag!(::Run, tag) = throw(ArgumentError("a tag is a string, not a $(typeof(tag))"))

"""
    add_warning!(run, message; details...)

Adds a warning to the run's record, with what else is given.
"""
add_warning!(run::Run, message::AbstractString; details...) =
    check(run, LibMetalab.metalab_capture_add_warning(handle_of(run), message, isempty(details) ? C_NULL : object(values(details))))

"""
    Metalab.rank(run)

Which of how many processes of the run this is, as `(rank=0, size=1)`.
"""
function rank(run::Run)
    number, size = Ref{Int64}(0), Ref{Int64}(1)
    check(run, LibMetalab.metalab_capture_rank(handle_of(run), number, size))
    return (rank=number[], size=size[])
end

"""
    reduce!(run, name)

Requests that a metric, plain or at steps, be reduced over all processes of the run when it ends: of `name` the run
has `name.min`, `.max`, `.mean`, `.sum`, `.argmin`, `.argmax` and `.count` then. Each process says it.
"""
reduce!(run::Run, name::Name) = check(run, LibMetalab.metalab_capture_reduce(handle_of(run), name))

"""
    set_axis!(run, name, axis)

Names the series that the series `name` is plotted against, instead of the step: the time of an adaptive
solver, which is a series as any other. Readers join the two by step; see [`Metalab.axis`](@ref).
"""
set_axis!(run::Run, name::Name, axis::Name) = check(run, LibMetalab.metalab_capture_set_axis(handle_of(run), name, axis))

"""
    set_step_unit!(run, name, unit)

Says what the steps of the series `name` count, where they are not the run's steps: `"krylov iteration"`. A
restart keeps all of its points then.
"""
set_step_unit!(run::Run, name::Name, unit::AbstractString) =
    check(run, LibMetalab.metalab_capture_set_step_unit(handle_of(run), name, unit))
