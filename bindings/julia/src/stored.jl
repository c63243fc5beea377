# Runs that are read, and their arrays.

using .LibMetalab: metalab_loaded_t

"""
    StoredRun

A run of a [`Store`](@ref), as it was when it was opened or last refreshed (`Metalab.refresh!`). It may have ended, be
running, or be dead.

| expression | what |
| --- | --- |
| `run.id`, `run.experiment`, `run.status` | `status` is `:running`, `:success`, `:failed`, `:cancelled`, `:dead` or `:other` |
| `run.params`, `run.metrics` | dictionaries, which include what only the run's journal has |
| `run.started`, `run.finished`, `run.tags`, `run.notes`, `run.warnings`, `run.error`, `run.provenance` | of its record, whose times are local ones |
| `run.log` | the whole log; `Metalab.log(run, name; offset)` from a byte offset |
| `run["field"]` | an artifact: an array (mapped, read only), a named tuple of several, a JSON value, a string, or bytes |
| `run["state", "u"]` | one array of several |
| `run.artifacts["field"]` | its kind, format, path, size, hash and metadata; `Metalab.verify(run, "field")` |
| `series(run, "loss")`, `Metalab.axis(run, "loss")` | a series, and the axis that it is plotted against: [`Points`](@ref) |
| `data(run, "table")`, `Metalab.metadata(run, "table")` | structured data, and its metadata |
| `run.names` | the names of all it has, as `(series=…, data=…, artifacts=…, logs=…)` |
| `last_step(run)`, `latest(run, "u")` | for a restart |
"""
mutable struct StoredRun
    handle::Ptr{metalab_run_t}
    function StoredRun(handle::Ptr{metalab_run_t})
        run = new(handle)
        finalizer(free, run)
        return run
    end
end

function free(run::StoredRun)
    handle = getfield(run, :handle)
    setfield!(run, :handle, Ptr{metalab_run_t}(C_NULL))
    LibMetalab.metalab_run_free(handle)
end

Base.close(run::StoredRun) = free(run)
Base.isopen(run::StoredRun) = getfield(run, :handle) != C_NULL
reader(run::StoredRun) = reader(run, "the run")

parsed(call, run, arguments...) = parse_json(taken(out -> call(reader(run), arguments..., out)))

const STATUSES = Dict(
    LibMetalab.METALAB_RUN_RUNNING => :running, LibMetalab.METALAB_RUN_SUCCESS => :success, LibMetalab.METALAB_RUN_FAILED => :failed,
    LibMetalab.METALAB_RUN_CANCELLED => :cancelled, LibMetalab.METALAB_RUN_DEAD => :dead, LibMetalab.METALAB_RUN_OTHER => :other)

function status(run::StoredRun)
    out = Ref{Int32}(0)
    check(LibMetalab.metalab_run_status(reader(run), out))
    return get(STATUSES, out[], :other)
end

# Of the record, by the names that it has there.
const RECORDED = (id="run_id", experiment="experiment_id", params="params_resolved", metrics="metrics", tags="tags", notes="notes",
                  warnings="warnings", error="error", started="started_at", finished="finished_at", provenance="provenance")

Base.propertynames(::StoredRun, private::Bool=false) = (keys(RECORDED)..., :status, :names, :artifacts, :log, :record)

function Base.getproperty(run::StoredRun, name::Symbol)
    name === :status && return status(run)
    name === :names && return names_of(run)
    name === :artifacts && return Dict{String,Any}(one["name"] => one for one in parsed(LibMetalab.metalab_run_artifacts_json, run))
    name === :log && return log(run)
    (name === :record || haskey(RECORDED, name)) || no_property(run, name)
    record = parsed(LibMetalab.metalab_run_record_json, run)
    name === :record && return record
    value = get(record, RECORDED[name], nothing)
    name in (:started, :finished) && return value === nothing ? nothing : local_time(value)
    name === :tags && return String[tag for tag in something(value, ())]
    return value
end

# Microseconds are more than a DateTime has.
local_time(text) = tryparse(Dates.DateTime, first(text, 23))

function names_of(run)
    found = parsed(LibMetalab.metalab_run_names_json, run)
    list(key) = convert(Vector{String}, found[key])
    return (series=list("series"), data=list("results"), artifacts=list("artifacts"), logs=list("logs"))
end

"""
    Metalab.refresh!(run)

Reads a [`StoredRun`](@ref) again, if it has changed.
"""
refresh!(run::StoredRun) = (check(LibMetalab.metalab_run_refresh(reader(run))); run)

"""
    last_step(run)

The highest step of any series or snapshot of a [`StoredRun`](@ref), including those that only its journal has;
`nothing` if there is none.
"""
function last_step(run::StoredRun)
    out = Ref{Int64}(0)
    status = LibMetalab.metalab_run_last_step(reader(run), out)
    status == NOT_FOUND && return nothing
    check(status)
    return out[]
end

"""
    Metalab.log(run, name="run"; offset=0)

A log of a [`StoredRun`](@ref) from a byte offset to its end.
"""
function log(run::StoredRun, name::Name="run"; offset::Integer=0)
    io = IOBuffer()
    text, size = Ref{Cstring}(C_NULL), Ref{Csize_t}(0)
    while true
        check(LibMetalab.metalab_run_log(reader(run), name, offset, 1 << 24, text, size))
        unsafe_write(io, pointer(text[]), size[])
        LibMetalab.metalab_string_free(pointer(text[]))
        size[] == 0 && return String(take!(io))
        offset += size[]
    end
end

"""
    data(run, name)

Structured data of a [`StoredRun`](@ref), as [`data!`](@ref) stored them: an array, or values of JSON.
"""
function data(run::StoredRun, name::Name)
    loaded = load_array() do out, array
        status = LibMetalab.metalab_run_result_array(reader(run), name, out, array)
        # It is a document.
        status == LibMetalab.METALAB_ERR_VALUE ? nothing : check(status)
    end
    return loaded === nothing ? parsed(LibMetalab.metalab_run_result_json, run, name)["data"] : loaded
end

data(::StoredRun, name::NoName) = refuse_name(name)

"""
    Metalab.metadata(run, name)

The metadata of structured data of a [`StoredRun`](@ref), a dictionary. That of an artifact is
`run.artifacts[name]["metadata"]`, that of the run `run.provenance["extra"]["metadata"]`.
"""
metadata(run::StoredRun, name::Name) = parsed(LibMetalab.metalab_run_result_metadata_json, run, name)
metadata(::StoredRun, name::NoName) = refuse_name(name)

"""
    Metalab.verify(run, name)

Compares the file of an artifact with the hash that was recorded when it was sealed. If they differ, it throws a
[`MetalabError`](@ref) named `METALAB_ERR_DAMAGED`.
"""
verify(run::StoredRun, name::Name) = check(LibMetalab.metalab_run_artifact_verify(reader(run), name))

# --- Arrays

mutable struct Loaded
    handle::Ptr{metalab_loaded_t}
end

function free(loaded::Loaded)
    handle = loaded.handle
    loaded.handle = C_NULL
    LibMetalab.metalab_loaded_free(handle)
end

"""
    StoredArray{T,N} <: AbstractArray{T,N}

An array of a [`StoredRun`](@ref), read only, where its file is mapped; `copy(array)` is an `Array`, which BLAS takes,
too. One that Python, C or C++ stored by rows is a `PermutedDimsArray` of it: the indices are those of numpy, plus one.
"""
struct StoredArray{T,N} <: AbstractArray{T,N}
    memory::Array{T,N}
    owner::Loaded       # who unmaps it
end

Base.size(array::StoredArray) = size(array.memory)
Base.IndexStyle(::Type{<:StoredArray}) = IndexLinear()
Base.@propagate_inbounds Base.getindex(array::StoredArray, i::Int) = array.memory[i]
Base.setindex!(array::StoredArray, value, i...) =
    throw(ArgumentError("a stored array is read only: copy(array) is one that can be changed"))
Base.copy(array::StoredArray) = copy(array.memory)
Base.copy(array::PermutedDimsArray{T,N,<:Any,<:Any,<:StoredArray}) where {T,N} = Array{T,N}(array)
Base.similar(array::StoredArray, ::Type{T}, dims::Dims) where {T} = similar(array.memory, T, dims)
Base.strides(array::StoredArray) = strides(array.memory)
Base.elsize(::Type{<:StoredArray{T}}) where {T} = sizeof(T)
Base.pointer(array::StoredArray) = pointer(array.memory)
Base.unsafe_convert(::Type{Ptr{T}}, array::StoredArray{T}) where {T} = Base.unsafe_convert(Ptr{T}, array.memory)

"""
    Metalab.verify(array)

Compares a [`StoredArray`](@ref) with the checksum in its file.
"""
verify(array::StoredArray) = check(LibMetalab.metalab_loaded_verify(array.owner.handle))
verify(array::PermutedDimsArray) = verify(parent(array))

const TYPES = Dict{Int32,DataType}(number => type for (type, number) in ELEMENTS)

# The array that `call` writes to its arguments; nothing where it reports that there is none.
function load_array(call)
    out, array = Ref{Ptr{metalab_loaded_t}}(C_NULL), Ref(metalab_array_t())
    call(out, array)
    out[] == C_NULL && return nothing
    found = array[]
    extents = found.ndim == 0 ? Int[] : Int.(unsafe_wrap(Array, found.shape, Int(found.ndim)))
    by_rows = found.order != METALAB_ORDER_F && length(extents) > 1
    dims = Tuple(by_rows ? reverse(extents) : extents)
    stored = wrapped(found, dims, Loaded(out[]))
    return by_rows ? PermutedDimsArray(stored, length(dims):-1:1) : stored
end

function wrapped(found, dims, owner)
    if found.dtype >= LibMetalab.METALAB_DTYPE_STRING
        copied = strings(found, dims)
        free(owner)
        return copied
    end
    type = get(TYPES, found.dtype, nothing)
    if type === nothing
        free(owner)
        throw(ArgumentError("the array has elements of type $(found.dtype), which this version of the package does not know"))
    end
    memory = in_memory(type, found.data, dims)
    # The file is mapped as long as the memory is used, of which a compiled loop may hold nothing else.
    finalizer(_ -> free(owner), memory)
    return StoredArray(memory, owner)
end

in_memory(::Type{T}, data, dims) where {T} =
    prod(dims) == 0 ? Array{T}(undef, dims) : unsafe_wrap(Array, Ptr{T}(data), dims)

# Any byte may be in the file, and a Bool has two values.
in_memory(::Type{Bool}, data, dims) = map(!=(0x00), in_memory(UInt8, data, dims))

# Strings of one length, without the NULs at their ends.
function strings(found, dims)
    length = Int(found.dtype - LibMetalab.METALAB_DTYPE_STRING)
    found_at(k) = rstrip(unsafe_string(Ptr{UInt8}(found.data) + (k - 1) * length, length), '\0')
    return reshape(String[found_at(k) for k in 1:prod(dims)], dims)
end

array_of(run, name, key) = load_array() do out, array
    check(LibMetalab.metalab_run_array(reader(run), name, something(key, C_NULL), out, array))
end

Base.getindex(run::StoredRun, name::Name, key::Name) = array_of(run, name, key)
Base.getindex(::StoredRun, name...) = throw(ArgumentError("artifacts are named by strings, not by $(join(typeof.(name), ", "))"))

function Base.getindex(run::StoredRun, name::Name)
    artifact = get(() -> throw(KeyError(String(name))), run.artifacts, String(name))
    format, path = artifact["format"], artifact["path"]
    if format in ("npz", "npy")
        keys = parsed(LibMetalab.metalab_run_array_names_json, run, name)
        length(keys) == 1 && return array_of(run, name, nothing)
        return NamedTuple{Tuple(Symbol.(keys))}(Tuple(array_of(run, name, key) for key in keys))
    end
    format == "json" && return parse_json(read(path, String))
    format == "txt" && return read(path, String)
    return read(path)
end

Base.haskey(run::StoredRun, name::Name) = haskey(run.artifacts, String(name))
Base.keys(run::StoredRun) = run.names.artifacts

"""
    latest(run, name)

The latest snapshot of an array of a [`StoredRun`](@ref), as [`snapshots`](@ref) stored them: `(step=…, array=…)`,
which `step, u = latest(run, "u")` takes apart. `nothing` if there is none, as of a run that died early.
"""
function latest(run::StoredRun, name::Name)
    step = Ref{Int64}(0)
    array = load_array() do out, array
        status = LibMetalab.metalab_run_latest(reader(run), name, step, out, array)
        status == NOT_FOUND || check(status)
    end
    return array === nothing ? nothing : (step=step[], array=array)
end

latest(::StoredRun, name::NoName) = refuse_name(name)

# --- What the REPL shows

Base.show(io::IO, run::StoredRun) =
    isopen(run) ? print(io, "StoredRun(", run.experiment, ", ", run.id, ", ", run.status, ")") : print(io, "StoredRun(closed)")

described_size(bytes) = bytes === nothing ? "" : ", " * Base.format_bytes(bytes)
pairs_of(values) = join(("$key = $(cell(values[key]))" for key in sort!(collect(keys(values)))), ", ")

function Base.show(io::IO, ::MIME"text/plain", run::StoredRun)
    show(io, run)
    isopen(run) || return
    width = get(io, :limit, false) ? max(40, displaysize(io)[2]) : 10_000
    record, names = run.record, run.names
    milliseconds = get(record, "duration_ms", nothing)
    say(title, text) = isempty(text) || print(io, "\n  ", rpad(title * ":", 11), shortened(text, width - 14))
    say("started", string(something(get(record, "started_at", nothing), ""), milliseconds isa Real ? ", for $(milliseconds / 1000) s" : ""))
    error = get(record, "error", nothing)
    error isa AbstractDict && say("error", string(get(error, "type", ""), ": ", get(error, "message", "")))
    say("params", pairs_of(something(get(record, "params_resolved", nothing), Dict())))
    say("metrics", pairs_of(something(get(record, "metrics", nothing), Dict())))
    say("series", join(names.series, ", "))
    say("data", join(names.data, ", "))
    artifacts = run.artifacts
    say("artifacts", join(("$name ($(artifacts[name]["format"])$(described_size(artifacts[name]["size_bytes"])))" for name in names.artifacts), ", "))
    say("tags", join(something(get(record, "tags", nothing), ()), ", "))
    say("notes", something(get(record, "notes", nothing), ""))
end
