# Structured data and artifacts, by the type of what is stored.

"""
    data!(run, name, value; metadata=nothing)

Structured data, which Python returns as `run.data(name)`: an array of numbers with its shape and type, or
what [`Metalab.json`](@ref) makes of any other value. For what a table or a plot shows; fields are
artifacts.
"""
data!(run::Run, name::Name, value; metadata=nothing) = store_data(run, name, value, object(metadata))
data!(::Run, name::NoName, value; options...) = refuse_name(name)

function store_data(run, name, value::AbstractArray{<:Numeric}, metadata)
    with_array(value) do array
        check(run, LibMetalab.metalab_capture_data_array(handle_of(run), name, Ref(array), metadata))
    end
end

function store_data(run, name, value, metadata)
    text = json(value)
    check(run, LibMetalab.metalab_capture_data_json(handle_of(run), name, text, sizeof(text), metadata))
end

const Arrays = NamedTuple{<:Any,<:Tuple{AbstractArray{<:Numeric},Vararg{AbstractArray{<:Numeric}}}}

"""
    artifact!(run, name, value; as=nothing, kind=nothing, format=nothing, metadata=nothing)

An artifact, a file of its own. What kind of file follows from the type:

| value | file |
| --- | --- |
| an array of numbers, truth values or complex numbers | `.npz` |
| a named tuple of such arrays | `.npz` with those names |
| `Vector{UInt8}` | those bytes; `kind` and `format` say what they are, as in `kind="mesh", format="vtk"` |
| a string | `.txt` |
| dictionaries, named tuples and the like | `.json`, see [`Metalab.json`](@ref) |
| a type of yours | what [`Metalab.represent`](@ref) gives |

Arrays keep their order in memory. Arrays of other element types are copied: real numbers to Float64, `missing`
to NaN. `as` chooses another file: `:npz`, `:json`, `:text`,
`:bytes`, or `:serialization`, Julia's own, for values of any type that only Julia reads again.
"""
function artifact!(run::Run, name::Name, value; as=nothing, kind=nothing, format=nothing, metadata=nothing)
    about = (kind=kind, format=format, metadata=object(metadata))
    as isa Union{Nothing,Symbol} || refuse_as(as, value)
    as === nothing ? store(run, name, value, about) : store_as(Val(as), run, name, value, about)
    return
end

artifact!(::Run, name::NoName, value; options...) = refuse_name(name)

store(run, name, value::AbstractArray{<:Numeric}, about) = store_as(Val(:npz), run, name, value, about)
store(run, name, value::Arrays, about) = store_as(Val(:npz), run, name, value, about)
store(run, name, value::Union{Vector{UInt8},Base.CodeUnits}, about) = store_as(Val(:bytes), run, name, value, about)
store(run, name, value::AbstractString, about) = store_as(Val(:text), run, name, value, about)
store(run, name, value::JSONValue, about) = store_as(Val(:json), run, name, value, about)
store(run, name, value, about) = store(run, name, represent(value), about)

function store_as(::Val{:npz}, run, name, value::AbstractArray{<:Numeric}, about)
    with_array(value) do array
        check(run, LibMetalab.metalab_capture_artifact_array(handle_of(run), name, Ref(array), about.metadata))
    end
end

function store_as(::Val{:npz}, run, name, value::Union{NamedTuple,AbstractDict}, about)
    all(array -> array isa AbstractArray{<:Numeric}, values(value)) ||
        throw(ArgumentError("an .npz has arrays of numbers, not a $(typeof(value))"))
    names = [string(key) for key in keys(value)]
    with_arrays(values(value)) do arrays
        pointers = [Base.unsafe_convert(Cstring, key) for key in names]
        GC.@preserve names check(run, LibMetalab.metalab_capture_artifact_arrays(handle_of(run), name, length(names), pointers, arrays, about.metadata))
    end
end

function store_as(::Val{:json}, run, name, value, about)
    text = json(value)
    check(run, LibMetalab.metalab_capture_artifact_json(handle_of(run), name, text, sizeof(text), about.metadata))
end

store_as(::Val{:text}, run, name, value, about) = store_bytes(run, name, codeunits(string(value)), "text", "txt", about)
store_as(::Val{:bytes}, run, name, value::Union{Vector{UInt8},Base.CodeUnits}, about) = store_bytes(run, name, value, "file", "binary", about)
store_as(bytes::Val{:bytes}, run, name, value::AbstractVector{UInt8}, about) = store_as(bytes, run, name, collect(UInt8, value), about)
store_as(bytes::Val{:bytes}, run, name, value::AbstractString, about) = store_as(bytes, run, name, codeunits(String(value)), about)

function store_as(::Val{:serialization}, run, name, value, about)
    store_bytes(run, name, serialized(value), "julia", "jls", about)
end

store_as(::Val{as}, run, name, value, about) where {as} = refuse_as(as, value)
refuse_as(as, value) =
    throw(ArgumentError("as is one of :npz, :json, :text, :bytes, :serialization, not $(repr(as)), for a $(typeof(value))"))

function serialized(value)
    buffer = IOBuffer()
    Serialization.serialize(buffer, value)
    return take!(buffer)
end

function store_bytes(run, name, bytes, kind, format, about)
    kind, format = something(about.kind, kind), something(about.format, format)
    check(run, LibMetalab.metalab_capture_artifact_bytes(handle_of(run), name, bytes, length(bytes), kind, format, about.metadata))
end

const FILE_MODES = (copy=LibMetalab.METALAB_FILE_COPY, link=LibMetalab.METALAB_FILE_LINK, move=LibMetalab.METALAB_FILE_MOVE,
                    reference=LibMetalab.METALAB_FILE_REFERENCE,
                    reference_unhashed=LibMetalab.METALAB_FILE_REFERENCE_UNHASHED)

"""
    file!(run, name, path; mode=:copy, kind=nothing, metadata=nothing)

An artifact: a file that exists. It is copied, linked (`:link`), or moved into the store (`:move`). Its
extension is the format. A directory becomes an archive, `NAME.tar`, and `NAME`, a JSON document that lists its
files with their hashes. With `:reference`, the file or directory stays where it is, and the artifact records
its path, sizes and hashes; `:reference_unhashed` omits the hashes.
"""
file!(run::Run, name::Name, path::AbstractString; mode=:copy, kind=nothing, metadata=nothing) =
    check(run, LibMetalab.metalab_capture_file(handle_of(run), name, path, numbered(FILE_MODES, :mode, mode), something(kind, C_NULL), object(metadata)))
file!(::Run, name::Name, path; options...) = throw(ArgumentError("a path is a string, not a $(typeof(path))"))
file!(::Run, name::NoName, path; options...) = refuse_name(name)
