# The run of the program, for packages and for compiled code that it uses.

# The one that was set or asked for last: the same object each time, as arrays of a run are kept with it.
const current_run = Ref{Union{Nothing,Run}}(nothing)

"""
    Metalab.set_current!(run)
    Metalab.set_current!(nothing)

Makes a run the current one of the process, until it ends or another one is set: [`Metalab.current`](@ref) returns it,
and so does `metalab_capture_current` in C, C++ or Fortran code that Julia calls. Then packages and libraries emit into
the run without getting it as an argument. Call it in the program that opens the run; it applies to all tasks and
threads. Returns its argument.

    capture("experiments"; experiment="heat:1.0") do rec
        Metalab.set_current!(rec)
        solve()
    end
"""
function set_current!(run::Run)
    handle = handle_of(run)
    run.ended && !run.quiet && throw(closed("the run"))
    check(run, LibMetalab.metalab_capture_set_current(run.ended ? C_NULL : handle))
    return current_run[] = run
end

function set_current!(::Nothing)
    check(LibMetalab.metalab_capture_set_current(C_NULL))
    return current_run[] = nothing
end

"""
    Metalab.current()

The current run of the process, which [`Metalab.set_current!`](@ref) or other code of the process made so. If there is
none, a run whose calls do nothing: a package need not ask. The run belongs to the program: do not finish or keep it.
Any thread.

    metric!(Metalab.current(), "krylov/iterations", count; step=step)
"""
function current()
    handle = LibMetalab.metalab_capture_current()
    known = current_run[]
    known !== nothing && known.handle == handle && return known
    return current_run[] = Run(handle)
end
