# Stores that are read.

using .LibMetalab: metalab_store_t, metalab_run_t

"""
    Store(locator=nothing)

A store that is read: the path of a collection or of one experiment's directory, or a `postgresql://` locator,
of which the files are read; without one, what `METALAB_STORE` says. Nothing is written and nothing is locked,
so that it can be read while others write it.

    store = Store("experiments")
    runs(store; filter="params.n > 128 and status = success", order="metrics.loss", limit=10)
    store["3f2a91c07be45d10"]               # a run by its id: a StoredRun
    store["heat:1.0", "3f2a91c07be45d10"]   # of this experiment, where several have one of the id
    newest(store)

`haskey(store, id)` and `get(store, id, nothing)` ask whether there is such a run; `store.experiments` are the
ids of the experiments.
"""
mutable struct Store
    handle::Ptr{metalab_store_t}
    locator::String
    function Store(locator::Union{Nothing,AbstractString}=nothing)
        out = Ref{Ptr{metalab_store_t}}(C_NULL)
        check(LibMetalab.metalab_store_open(something(locator, C_NULL), out))
        store = new(out[], something(locator, get(ENV, "METALAB_STORE", "")))
        finalizer(free, store)
        return store
    end
end

Store(locator) = throw(ArgumentError("a store is named by a string, not by a $(typeof(locator))"))

# Readers are freed by whoever comes first, `close` or the collector.
function free(store::Store)
    handle = getfield(store, :handle)
    setfield!(store, :handle, Ptr{metalab_store_t}(C_NULL))
    LibMetalab.metalab_store_free(handle)
end

# The handle of a reader that is open.
function reader(owner, what)
    handle = getfield(owner, :handle)
    handle == C_NULL && throw(closed(what))
    return handle
end

"""
    close(store)

Frees a store that was read, a run, or a series that is followed; every other call on it is an error then. The
collector does it, too.
"""
Base.close(store::Store) = free(store)
Base.isopen(store::Store) = getfield(store, :handle) != C_NULL

Base.propertynames(::Store, private::Bool=false) = (:experiments, :locator)
function Base.getproperty(store::Store, name::Symbol)
    name === :locator && return getfield(store, :locator)
    name === :experiments || no_property(store, name)
    text = taken(out -> LibMetalab.metalab_store_experiments_json(reader(store, "the store"), out))
    return convert(Vector{String}, parse_json(text))
end

@noinline no_property(owner, name) =
    throw(ArgumentError("a $(nameof(typeof(owner))) has no $name, but $(join(propertynames(owner), ", "))"))

const NOT_FOUND = LibMetalab.METALAB_ERR_NOT_FOUND

# The run, or nothing if there is none; an id of `nothing` is that of the newest.
function find_run(store::Store, experiment, id)
    out = Ref{Ptr{metalab_run_t}}(C_NULL)
    status = LibMetalab.metalab_store_run(reader(store, "the store"), something(experiment, C_NULL), something(id, C_NULL), out)
    status == NOT_FOUND && return nothing
    check(status)
    return StoredRun(out[])
end

function known_run(store, experiment, id)
    run = find_run(store, experiment, id)
    run === nothing || return run
    throw(KeyError(experiment === nothing ? String(id) : "$experiment, $id"))
end

Base.getindex(store::Store, id::AbstractString) = known_run(store, nothing, id)
Base.getindex(store::Store, experiment::AbstractString, id::AbstractString) = known_run(store, experiment, id)
Base.getindex(::Store, id...) = throw(ArgumentError("runs are named by their ids, strings, not by $(join(typeof.(id), ", "))"))
Base.haskey(store::Store, id::AbstractString) = find_run(store, nothing, id) !== nothing
Base.get(store::Store, id::AbstractString, default) = something(find_run(store, nothing, id), Some(default))

"""
    newest(store; experiment=nothing)

The run that began last, of all or of one experiment; `nothing` if there is none.
"""
newest(store::Store; experiment=nothing) = find_run(store, experiment, nothing)
newest(locator::AbstractString; experiment=nothing) = newest(Store(locator); experiment=experiment)

"""
    earlier(store=nothing; options...)
    earlier(run)

The run that `Run(store; options...)` would open, as it is in the store: a [`StoredRun`](@ref), or `nothing`
if there is none. A solver that starts again goes on from there:

    before = earlier("experiments"; experiment="heat:1.0", params=(n=n,))
    snapshot = before === nothing ? nothing : latest(before, "u")
    last, u = something(snapshot, (-1, zeros(n)))

Of a `Run` that was skipped because it is a success already, the run that is there.
"""
function earlier(store=nothing; options...)
    load()
    given = store === nothing ? values(options) : merge((store=store,), values(options))
    return with_options(earlier_of, given)
end

function earlier(run::Run)
    run.skipped || throw(ArgumentError("the run was not skipped: earlier(store; options...) finds an earlier attempt"))
    return run.earlier
end

function earlier_of(options)
    out = Ref{Ptr{metalab_run_t}}(C_NULL)
    status = LibMetalab.metalab_options_run(options, out)
    status == NOT_FOUND && return nothing
    check(status)
    return StoredRun(out[])
end

Base.show(io::IO, store::Store) = print(io, "Store(", repr(store.locator), isopen(store) ? "" : ", closed", ")")
function Base.show(io::IO, ::MIME"text/plain", store::Store)
    show(io, store)
    isopen(store) || return
    experiments = store.experiments
    print(io, ": ", length(experiments), length(experiments) == 1 ? " experiment" : " experiments")
    for id in experiments[1:min(end, 20)]
        print(io, "\n  ", id)
    end
    length(experiments) > 20 && print(io, "\n  ...")
end
