# Julia's values as JSON text, in Python's dialect: NaN, Infinity and -Infinity are numbers.

"""
    JSONText(text)

Text that is already JSON. It may be passed wherever a JSON value may, and is checked there.
"""
struct JSONText
    text::String
end

"""
    Metalab.represent(value)

Defines how a value of your own type is stored, by [`data!`](@ref), [`artifact!`](@ref), as parameters,
context and metadata of a run, and inside JSON: anything that they understand. Add a method for it:

    Metalab.represent(mesh::Mesh) = (points=mesh.points, cells=mesh.cells)
"""
function represent(value)
    throw(ArgumentError("a $(typeof(value)) can't be stored: define Metalab.represent(::$(typeof(value))), " *
        "or give `as=:serialization` to have artifact! write it with Julia's Serialization"))
end

"""
    Metalab.json(value)

A value as JSON text. `nothing` and `missing` are null; numbers are numbers (integers exactly; floats,
rationals and irrationals as Float64; NaN and infinities as Python writes them); texts, symbols,
characters, enumerations, dates, times and versions are texts; dictionaries and named tuples are objects;
tuples, vectors, sets and generators are arrays, and arrays of more dimensions are nested as numpy nests
them, `value[i][j]`. Values of other types go through [`Metalab.represent`](@ref).
"""
json(value) = sprint(write_json, value)

write_json(io::IO, value::JSONText) = print(io, value.text)
write_json(io::IO, ::Union{Nothing,Missing}) = print(io, "null")
write_json(io::IO, value::Bool) = print(io, value ? "true" : "false")
write_json(io::IO, value::Integer) = print(io, BigInt(value))
write_json(io::IO, value::Union{Int8,Int16,Int32,Int64,UInt8,UInt16,UInt32,UInt64}) = print(io, string(value))
function write_json(io::IO, value::Real)
    number = Float64(value)
    isfinite(number) ? print(io, number) : print(io, isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
end

const Texts = Union{AbstractString,Symbol,AbstractChar,Enum,Dates.TimeType,VersionNumber}

function write_json(io::IO, value::Texts)
    print(io, '"')
    for byte in codeunits(string(value))
        if byte == UInt8('"') || byte == UInt8('\\')
            write(io, '\\', byte)
        elseif byte < 0x20
            print(io, "\\u00", string(byte; base=16, pad=2))
        else
            write(io, byte)
        end
    end
    print(io, '"')
end

key_text(key::Union{Texts,Integer}) = string(key)
key_text(key) = throw(ArgumentError("the key of a JSON object is a text, a symbol or an integer, not a $(typeof(key))"))

function write_json(io::IO, value::Union{AbstractDict,NamedTuple})
    separator = "{"
    for (key, item) in pairs(value)
        print(io, separator)
        separator = ", "
        write_json(io, key_text(key))
        print(io, ": ")
        write_json(io, item)
    end
    print(io, separator == "{" ? "{}" : "}")
end

function write_items(io::IO, items)
    print(io, '[')
    first = true
    for item in items
        first || print(io, ", ")
        first = false
        write_json(io, item)
    end
    print(io, ']')
end

write_json(io::IO, value::Union{Tuple,AbstractVector,AbstractSet,Base.Generator}) = write_items(io, value)
write_json(io::IO, value::AbstractArray{<:Any,0}) = write_json(io, value[])
write_json(io::IO, value::AbstractArray) = write_items(io, (selectdim(value, 1, i) for i in axes(value, 1)))
write_json(io::IO, value) = write_json(io, represent(value))

"What is JSON by its type."
const JSONValue = Union{JSONText,Nothing,Missing,Real,Texts,AbstractDict,NamedTuple,Tuple,AbstractArray,AbstractSet,Base.Generator}

# Metadata, parameters and the like: an object, or nothing.
object(::Nothing) = C_NULL
object(value::Union{AbstractDict,NamedTuple,JSONText}) = json(value)
object(value::JSONValue) = throw(ArgumentError("a named tuple or a dictionary is wanted here, not a $(typeof(value))"))
object(value) = object(represent(value))
