# Arrays in the artifact's own file.

# The library's part of an array.
mutable struct Mapping
    handle::Ptr{metalab_mapping_t}
    run::Run
    live::Bool
end

"""
    MappedArray{T,N} <: DenseArray{T,N}

An array whose memory is the file that becomes an artifact; see [`artifact_array`](@ref). Once it is
sealed or abandoned every use is a `MetalabError`, also under `@inbounds`, and also through its views and reshapes. A
`pointer` to it must not be used then.
"""
mutable struct MappedArray{T,N} <: DenseArray{T,N}
    memory::Array{T,N}
    live::Bool
    mapping::Mapping
    run::Run
    name::String
    function MappedArray(memory::Array{T,N}, handle, run, name) where {T,N}
        mapping = Mapping(handle, run, true)
        # Of the memory, since a compiled loop may hold nothing but it.
        handle == C_NULL || finalizer(_ -> drop(mapping), memory)
        return new{T,N}(memory, true, mapping, run, name)
    end
end

# The run holds arrays that are not sealed, so that one is collected after its run has ended, when
# ending its mapping only gives memory back, or together with a run that was dropped itself.
function drop(mapping::Mapping)
    mapping.live || return
    if mapping.run.ended
        LibMetalab.metalab_mapping_seal(mapping.handle)
    elseif trylock(orphans_guard)
        push!(orphaned_mappings, mapping.handle)
        unlock(orphans_guard)
    else
        finalizer(drop, mapping)
    end
    return
end

"""
    artifact_array(run, name, T, dims; metadata=nothing)
    artifact_array(body, run, name, T, dims; metadata=nothing)

An array of zeros, `T` being a type of number that numpy has, whose memory is the file that becomes the
artifact: nothing is copied, and its content survives the death of the process. It is a `DenseArray` in
Julia's order of columns, aligned to 64 bytes. [`seal!`](@ref) makes it the artifact; with a `body`, that
is done when it returns. An array that is never sealed is kept as it is when the run ends, marked as
incomplete.

    field = artifact_array(run, "field", Float64, (nx, ny))
    field .= 0.5
    seal!(field)
"""
function artifact_array(run::Run, name::Name, ::Type{T}, dims::Dims{N}; metadata=nothing) where {T<:Element,N}
    mapping, data = Ref{Ptr{metalab_mapping_t}}(C_NULL), Ref{Ptr{Cvoid}}(C_NULL)
    shape = UInt64[extents(dims)...]
    check(run, LibMetalab.metalab_capture_map_array(handle_of(run), name, dtype(T), METALAB_ORDER_F, N, shape, object(metadata), mapping, data))
    return mapped(run, string(name), T, dims, mapping[], data[])
end

artifact_array(run::Run, name::Name, ::Type{T}, dims::Integer...; metadata=nothing) where {T} =
    artifact_array(run, name, T, extents(dims); metadata=metadata)
artifact_array(run::Run, name::Name, ::Type{T}, dims::Tuple{Vararg{Integer}}; metadata=nothing) where {T<:Element} =
    artifact_array(run, name, T, extents(dims); metadata=metadata)

# Dimensions of an array, of any type of integer.
extents(dims) = map(dims) do extent
    0 <= extent <= typemax(Int) ? Int(extent) : throw(ArgumentError("an array can't have the dimensions $dims"))
end

artifact_array(::Run, ::Name, ::Type{T}, dims; metadata=nothing) where {T} = unmappable(T, dims)
artifact_array(::Run, name::NoName, T, dims...; metadata=nothing) = refuse_name(name)

unmappable(T, dims) = throw(ArgumentError("an array of $T with dimensions $dims can't be mapped: dimensions are whole numbers, " *
    "and the elements are one of $(join(first.(ELEMENTS), ", "))"))

function artifact_array(body, run::Run, name::Name, T, dims; metadata=nothing)
    array = artifact_array(run, name, T, dims; metadata=metadata)
    answer = body(array)
    seal!(array)
    return answer
end

# Where there is no run, and no error is wanted, a solver computes in plain memory.
function mapped(run, name, ::Type{T}, dims, mapping, data) where {T}
    mapping == C_NULL && return MappedArray(zeros(T, dims), mapping, run, name)
    array = MappedArray(unsafe_wrap(Array, Ptr{T}(data), dims), mapping, run, name)
    lock(() -> push!(run.arrays, array), run.guard)
    return array
end

@noinline sealed(array::MappedArray) =
    throw(MetalabError(LibMetalab.METALAB_ERR_CLOSED, "METALAB_ERR_CLOSED", "the array $(repr(array.name)) is sealed: its memory is the store's"))

@inline function memory(array::MappedArray)
    array.live || sealed(array)
    return array.memory
end

# Ends the use of the memory, then has the library take it.
function surrender!(array::MappedArray{T,N}) where {T,N}
    memory(array)
    array.live = array.mapping.live = false
    array.memory = Array{T,N}(undef, ntuple(_ -> 0, N))
    lock(() -> filter!(other -> other !== array, array.run.arrays), array.run.guard)
    return array.mapping.handle
end

"""
    seal!(array; metadata=nothing)

Makes a mapped array an artifact. It returns at once; hashes are computed in the background. Every later use of the
array is an error. No other thread may be writing to it.
"""
function seal!(array::MappedArray; metadata=nothing)
    memory(array)
    if metadata !== nothing
        check(array.run, LibMetalab.metalab_mapping_set_metadata(array.mapping.handle, object(metadata)))
    end
    check(array.run, LibMetalab.metalab_mapping_seal(surrender!(array)))
end

"""
    abandon!(array)

Discards a mapped array: it does not become an artifact.
"""
abandon!(array::MappedArray) = check(array.run, LibMetalab.metalab_mapping_abandon(surrender!(array)))

"Returns true if the array can be used: it is neither sealed nor abandoned."
Base.isopen(array::MappedArray) = array.live

Base.size(array::MappedArray) = size(memory(array))
Base.length(array::MappedArray) = length(memory(array))
Base.IndexStyle(::Type{<:MappedArray}) = IndexLinear()
Base.elsize(::Type{<:MappedArray{T}}) where {T} = sizeof(T)
Base.strides(array::MappedArray) = strides(memory(array))
Base.pointer(array::MappedArray) = pointer(memory(array))
Base.unsafe_convert(::Type{Ptr{T}}, array::MappedArray{T}) where {T} = Base.unsafe_convert(Ptr{T}, memory(array))
Base.similar(array::MappedArray, ::Type{T}, dims::Dims) where {T} = similar(memory(array), T, dims)
Base.fill!(array::MappedArray, value) = (fill!(memory(array), value); array)

# A copy that stands for it elsewhere is plain memory: what is mapped is one array's alone.
in_plain_memory(array::MappedArray) = MappedArray(copy(memory(array)), Ptr{metalab_mapping_t}(C_NULL), array.run, array.name)

Base.deepcopy_internal(array::MappedArray, seen::IdDict) = get!(() -> in_plain_memory(array), seen, array)::typeof(array)

# Broadcasting copies a source that shares memory with what it writes to.
Base.unaliascopy(array::MappedArray) = in_plain_memory(array)
Base.unaliascopy(view::SubArray{T,N,<:MappedArray}) where {T,N} = SubArray(in_plain_memory(parent(view)), parentindices(view))

# In a loop the test whether it is sealed does not depend on the index, and is made once.
Base.@propagate_inbounds Base.getindex(array::MappedArray, i::Int) = memory(array)[i]
Base.@propagate_inbounds Base.setindex!(array::MappedArray, value, i::Int) = (memory(array)[i] = value; array)
Base.@propagate_inbounds Base.getindex(array::MappedArray{<:Any,N}, i::Vararg{Int,N}) where {N} = memory(array)[i...]
Base.@propagate_inbounds Base.setindex!(array::MappedArray{<:Any,N}, value, i::Vararg{Int,N}) where {N} = (memory(array)[i...] = value; array)

Base.summary(io::IO, array::MappedArray) =
    array.live ? invoke(summary, Tuple{IO,AbstractArray}, io, array) : print(io, "MappedArray ", repr(array.name), ", sealed")
Base.show(io::IO, array::MappedArray) = array.live ? show(io, array.memory) : summary(io, array)
Base.show(io::IO, text::MIME"text/plain", array::MappedArray) =
    array.live ? invoke(show, Tuple{IO,MIME"text/plain",AbstractArray}, io, text, array) : summary(io, array)
