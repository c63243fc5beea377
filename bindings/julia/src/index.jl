# The index in PostgreSQL of a store.

# Who is told, and what that has thrown.
mutable struct Told
    tell::Any
    thrown::Any
end

# No exception crosses the library: one stops the work, and is thrown when the library has returned.
function told(user_data::Ptr{Cvoid}, done::Csize_t, total::Csize_t)::Int32
    asked = unsafe_pointer_to_objref(user_data)::Told
    try
        # Ctrl-C becomes an exception here, and nowhere else in the call.
        goes_on = Base.reenable_sigint(() -> asked.tell(Int(done), Int(total)) !== false)
        return goes_on ? 0 : 1
    catch problem
        asked.thrown = Some(problem)
        return 1
    end
end

"""
    Metalab.index_rebuild(store=nothing; experiment=nothing)
    Metalab.index_rebuild(progress, store=nothing; experiment=nothing)

Makes the index in PostgreSQL of a store anew from its files: what is missing there, because the server was
away, or because the files were written without an index or by the Python package. Answers how many runs
the index has now. `store` is `postgresql://...?file_root=/path`, or what `METALAB_STORE` says; `experiment` is
`"name:version"`, or all of them.

`progress(done, total)` is called now and then and counts runs. It stops the work by `false`, which makes this
a [`MetalabError`](@ref) named `METALAB_ERR_STOPPED`, or by an exception, which is thrown from here; so is an
`InterruptException` (Ctrl-C). What was brought in by then stays.

    Metalab.index_rebuild("postgresql://host/runs?file_root=/data") do done, total
        println(done, " of ", total)
    end
"""
function index_rebuild(progress, store=nothing; experiment=nothing)
    load()
    asked = Told(progress, nothing)
    runs = Ref{Csize_t}(0)
    call = @cfunction(told, Int32, (Ptr{Cvoid}, Csize_t, Csize_t))
    Base.disable_sigint() do
        status = GC.@preserve asked LibMetalab.metalab_index_rebuild(
            something(store, C_NULL), something(experiment, C_NULL), call, pointer_from_objref(asked), runs)
        asked.thrown === nothing || throw(something(asked.thrown))
        check(status)
    end
    return Int(runs[])
end

index_rebuild(store::Union{Nothing,AbstractString}=nothing; experiment=nothing) =
    index_rebuild((done, total) -> nothing, store; experiment=experiment)
