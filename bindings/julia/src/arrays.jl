# Julia's arrays as the library takes them: type, shape, and where the elements lie.

using .LibMetalab: metalab_array_t, METALAB_ORDER_F

const ELEMENTS = (
    Bool => LibMetalab.METALAB_DTYPE_BOOL,
    Int8 => LibMetalab.METALAB_DTYPE_INT8, Int16 => LibMetalab.METALAB_DTYPE_INT16,
    Int32 => LibMetalab.METALAB_DTYPE_INT32, Int64 => LibMetalab.METALAB_DTYPE_INT64,
    UInt8 => LibMetalab.METALAB_DTYPE_UINT8, UInt16 => LibMetalab.METALAB_DTYPE_UINT16,
    UInt32 => LibMetalab.METALAB_DTYPE_UINT32, UInt64 => LibMetalab.METALAB_DTYPE_UINT64,
    Float32 => LibMetalab.METALAB_DTYPE_FLOAT32, Float64 => LibMetalab.METALAB_DTYPE_FLOAT64,
    ComplexF32 => LibMetalab.METALAB_DTYPE_COMPLEX64, ComplexF64 => LibMetalab.METALAB_DTYPE_COMPLEX128,
    Float16 => LibMetalab.METALAB_DTYPE_FLOAT16)

"The types of elements that are stored as they are."
const Element = Union{first.(ELEMENTS)...}

for (type, number) in ELEMENTS
    @eval dtype(::Type{$type}) = $(Int32(number))
end

# The type of element that an array of `T` is stored with.
function stored_as(::Type{T}) where {T}
    T <: Element && isconcretetype(T) && return T
    number = nonmissingtype(T)
    number === Float16 && return Float16
    number <: Union{Float16,Float32} && number !== Union{} && return Float32
    return number <: Real ? Float64 : ComplexF64
end

"Elements that are numbers: arrays of them become arrays, others become JSON."
const Numeric = Union{Real,Complex{<:Real},Missing}

# Numbers that lie at regular distances in memory are read where they are.
const InPlace{T,N} = Union{StridedArray{T,N},PermutedDimsArray{T,N,<:Any,<:Any,<:StridedArray{T,N}}}

function in_place(array::AbstractArray{T,N}) where {T,N}
    type = stored_as(T)
    type === T && array isa InPlace && return array
    copy = Array{type,N}(undef, size(array))
    # The indices of the array may begin anywhere.
    for (to, from) in zip(eachindex(copy), array)
        copy[to] = from === missing ? type(NaN) : convert(type, from)
    end
    return copy
end

# Has `body` use the description of an array; its memory stays where it is meanwhile.
with_array(body, array::AbstractArray) = described(body, in_place(array))

function described(body, array::InPlace{T,N}) where {T,N}
    shape = UInt64[size(array)...]
    distances = array isa Array ? Int64[] : Int64[stride * sizeof(T) for stride in strides(array)]
    GC.@preserve array shape distances begin
        body(metalab_array_t(sizeof(metalab_array_t), pointer(array), dtype(T), METALAB_ORDER_F, N, pointer(shape),
                             array isa Array ? C_NULL : pointer(distances)))
    end
end

# The same for several.
with_arrays(body, arrays) = with_rest(body, metalab_array_t[], collect(Any, arrays))

function with_rest(body, done, rest)
    isempty(rest) && return body(done)
    with_array(rest[1]) do one
        with_rest(body, push!(done, one), rest[2:end])
    end
end
