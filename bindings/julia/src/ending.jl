# Being told to stop.

"""
    should_stop(run)

Returns true if the run is to stop, to be asked in the condition of the solver's loop: [`request_stop!`](@ref) was
called, or less time is left than the options said. A run that was told so ends as cancelled.
"""
should_stop(run::Run) = LibMetalab.metalab_capture_should_stop(handle_of(run))

"""
    should_stop_at(run, step)

Returns true if the run is to stop at this step: at the same one in all of its processes, whichever of them has a reason
to. All have to ask for the same steps. Reads a small file of the store about twice a second.
"""
should_stop_at(run::Run, step::Integer) = LibMetalab.metalab_capture_should_stop_at(run.handle, step)

"""
    request_stop!(run)

Has [`should_stop`](@ref) be true from now on.
"""
function request_stop!(run::Run)
    status = LibMetalab.metalab_capture_request_stop(handle_of(run))
    # The library leaves no message, for the sake of signal handlers.
    passed(status) || run.quiet || throw(failure(status, "the run has ended"))
    return
end

"""
    seconds_left(run)

Seconds until the end of the process's time, negative after it; `Inf` if it has no end.
"""
function seconds_left(run::Run)
    out = Ref(Inf)
    check(run, LibMetalab.metalab_capture_seconds_left(handle_of(run), out))
    return out[]
end

# How many runs `call` has recovered. What it said of others, as the last error, is a warning.
function recovered(call)
    out = Ref{Csize_t}(0)
    status = call(out)
    said = last_error()
    passed(status) || throw(failure(status, said))
    isempty(said) || @warn last(split(said, ": "; limit=2))
    return Int(out[])
end

"""
    Metalab.recover(store=nothing; experiment=nothing, journal=nothing)

Recovers the runs whose process died: what they had emitted goes into the store, and they end as failed.
Returns how many there were. Opening a run does it for its experiment. Runs of other hosts, which can't be asked, are
left alone; a warning names these hosts, and files that a power cut has emptied and that were set aside.
"""
recover(store=nothing; experiment=nothing, journal=nothing) = recovered() do out
    LibMetalab.metalab_recover(something(store, C_NULL), something(experiment, C_NULL), something(journal, C_NULL), out)
end

"""
    Metalab.recover_host(host, store=nothing; experiment=nothing, journal=nothing)

Recovers as [`Metalab.recover`](@ref) does, and also the runs of processes on `host`. Call it when the
host is gone, or none of its processes uses this store.
"""
recover_host(host::AbstractString, store=nothing; experiment=nothing, journal=nothing) = recovered() do out
    LibMetalab.metalab_recover_host(something(store, C_NULL), something(experiment, C_NULL), something(journal, C_NULL), host, out)
end

"""
    Metalab.recover_child(pid, wait_status; store=nothing, experiment=nothing, journal=nothing)
    Metalab.recover_child(pid, process; store=nothing, experiment=nothing, journal=nothing)

As [`Metalab.recover`](@ref) for one child that has ended, with what its parent knows: the status that
`waitpid` gave, or a `Base.Process` that was waited for.
"""
function recover_child(pid::Integer, wait_status::Integer; store=nothing, experiment=nothing, journal=nothing)
    out = Ref{Csize_t}(0)
    check(LibMetalab.metalab_recover_child(something(store, C_NULL), something(experiment, C_NULL), something(journal, C_NULL), pid, wait_status, out))
    return Int(out[])
end

recover_child(pid::Integer, process::Base.Process; options...) =
    recover_child(pid, process.termsignal > 0 ? process.termsignal : process.exitcode << 8; options...)
