# Arrays that are written every so many steps.

"""
    Snapshots{T,N}

An array that was declared by [`snapshots`](@ref): `fields(step)` returns the array of a step's snapshot.
"""
struct Snapshots{T,N}
    handle::Ptr{metalab_snapshots_t}
    run::Run
    name::String
    dims::Dims{N}
end

"""
    snapshots(run, name, T, dims; metadata=nothing)

Declares an array that is written every so many steps. Called with a step, it returns a
[`MappedArray`](@ref) in which that step's snapshot is computed, the artifact `"name.00000500"`. The files of the
next snapshots are prepared in advance, so that this is as fast as memory. [`seal!`](@ref) makes the array
an artifact, and so does the return of a function that is passed first:

    fields = snapshots(run, "u", Float64, size(u))
    fields(step) do field
        field .= u
    end
"""
function snapshots(run::Run, name::Name, ::Type{T}, dims::Dims{N}; metadata=nothing) where {T<:Element,N}
    out = Ref{Ptr{metalab_snapshots_t}}(C_NULL)
    shape = UInt64[extents(dims)...]
    check(run, LibMetalab.metalab_capture_snapshots(handle_of(run), name, dtype(T), METALAB_ORDER_F, N, shape, object(metadata), out))
    out[] == C_NULL || lock(() -> push!(run.declared, out[]), run.guard)
    return Snapshots{T,N}(out[], run, string(name), dims)
end

snapshots(run::Run, name::Name, ::Type{T}, dims::Integer...; metadata=nothing) where {T} =
    snapshots(run, name, T, extents(dims); metadata=metadata)
snapshots(run::Run, name::Name, ::Type{T}, dims::Tuple{Vararg{Integer}}; metadata=nothing) where {T<:Element} =
    snapshots(run, name, T, extents(dims); metadata=metadata)
snapshots(::Run, ::Name, ::Type{T}, dims; metadata=nothing) where {T} = unmappable(T, dims)
snapshots(::Run, name::NoName, T, dims...; metadata=nothing) = refuse_name(name)

(declared::Snapshots)(step) = at_step(declared, whole_step(step))
(declared::Snapshots)(::Nothing) = throw(ArgumentError("a snapshot has a step, a whole number"))

function at_step(declared::Snapshots{T,N}, step::Int64) where {T,N}
    mapping, data = Ref{Ptr{metalab_mapping_t}}(C_NULL), Ref{Ptr{Cvoid}}(C_NULL)
    check(declared.run, LibMetalab.metalab_snapshots_begin(declared.handle, step, mapping, data))
    return mapped(declared.run, "$(declared.name) of step $step", T, declared.dims, mapping[], data[])
end

function (declared::Snapshots)(body, step)
    array = declared(step)
    answer = body(array)
    seal!(array)
    return answer
end

"""
    close(declared::Snapshots)

Ends a declaration: no more files are prepared. The end of the run does this, too.
"""
function Base.close(declared::Snapshots)
    LibMetalab.metalab_snapshots_free(declared.handle)
    lock(() -> filter!(handle -> handle != declared.handle, declared.run.declared), declared.run.guard)
    return
end

Base.show(io::IO, declared::Snapshots) = print(io, "Snapshots(", repr(declared.name), ")")
