# Metrics and series.

using .LibMetalab: metalab_series_t

# The scalar that is stored for a metric.
scalar(value::Union{Float64,Bool,Int64}) = value
scalar(value::Integer) = typemin(Int64) <= value <= typemax(Int64) ? Int64(value) : Float64(value)
scalar(value::Real) = Float64(value)
scalar(::Missing) = NaN
scalar(value::String) = value
scalar(value::Texts) = string(value)
scalar(value) = throw(ArgumentError("a metric is a number, a truth value or a text, not a $(typeof(value))"))

emit_at(handle, name, ::Nothing, value::Float64) = LibMetalab.metalab_capture_metric(handle, name, value)
emit_at(handle, name, ::Nothing, value::Bool) = LibMetalab.metalab_capture_metric_bool(handle, name, value)
emit_at(handle, name, ::Nothing, value::Int64) = LibMetalab.metalab_capture_metric_i64(handle, name, value)
emit_at(handle, name, ::Nothing, value::String) = LibMetalab.metalab_capture_metric_text(handle, name, value, sizeof(value))
emit_at(handle, name, step, value::Float64) = LibMetalab.metalab_capture_metric_step(handle, name, step, value)
emit_at(handle, name, step, value::Bool) = LibMetalab.metalab_capture_metric_step_bool(handle, name, step, value)
emit_at(handle, name, step, value::Int64) = LibMetalab.metalab_capture_metric_step_i64(handle, name, step, value)
emit_at(handle, name, step, value::String) = LibMetalab.metalab_capture_metric_step_text(handle, name, step, value, sizeof(value))

"""
    metric!(run, name, value; step=nothing)

A metric of the run, of which the last value is kept; with a step, a point of the series of that name.
Floats (of any width), rationals and irrationals become Float64, integers and truth values stay what they
are (integers beyond Int64 become Float64), strings, symbols and characters are texts, `missing` is NaN,
and `nothing` is an error.

    metric!(run, "loss", 0.25; step=10)
"""
@inline metric!(run::Run, name::Name, value; step=nothing) =
    check(run, emit_at(handle_of(run), name, whole_step(step), scalar(value)))
metric!(::Run, name::NoName, value; step=nothing) = refuse_name(name)

whole_step(step::Union{Nothing,Int64}) = step
whole_step(step::Integer) = whole(:step, Int64, step)
whole_step(step) = throw(ArgumentError("a step is a whole number, not a $(typeof(step))"))

"""
    metrics!(run; step=nothing, metrics...)
    metrics!(run, metrics; step=nothing)

Several metrics: `metrics!(run; loss=0.25, accuracy=0.9, step=10)`, or a dictionary or named tuple of them.
"""
function metrics!(run::Run, metrics; step=nothing)
    for (name, value) in pairs(metrics)
        metric!(run, name, value; step=step)
    end
end

metrics!(run::Run; step=nothing, metrics...) = metrics!(run, values(metrics); step=step)

"""
    Series

A series that was declared by [`series`](@ref): `residual(step, value)` adds a point.
"""
struct Series
    handle::Ptr{metalab_series_t}
    run::Run
    name::String
end

"""
    series(run, name; unit=nothing, description=nothing)

Declares a series, which is then called with a step and a value, or with vectors of them. This is the
fastest way to emit: it neither locks nor allocates, and the point survives the process's death. Values
are those of [`metric!`](@ref); steps may come in any order.

    residual = series(run, "residual"; unit="K")
    residual(step, norm(r))
"""
function series(run::Run, name::Name; unit=nothing, description=nothing)
    out = Ref{Ptr{metalab_series_t}}(C_NULL)
    check(run, LibMetalab.metalab_capture_series(handle_of(run), name, something(unit, C_NULL), something(description, C_NULL), out))
    return Series(out[], run, string(name))
end

series(::Run, name::NoName; options...) = refuse_name(name)

point(series, step, value::Float64) = LibMetalab.metalab_series_point(series.handle, step, value)
point(series, step, value::Bool) = LibMetalab.metalab_series_point_bool(series.handle, step, value)
point(series, step, value::Int64) = LibMetalab.metalab_series_point_i64(series.handle, step, value)
point(series, step, value::String) = LibMetalab.metalab_series_point_text(series.handle, step, value, sizeof(value))

@inline (series::Series)(step::Integer, value) = check(series.run, point(series, whole_step(step), scalar(value)))
(series::Series)(step, value) = throw(ArgumentError("a point is a whole number and a value, or vectors of whole numbers and " *
    "of values, not a $(typeof(step)) and a $(typeof(value))"))

function (series::Series)(steps::AbstractVector{<:Integer}, values::AbstractVector)
    length(steps) == length(values) || throw(DimensionMismatch("$(length(steps)) steps and $(length(values)) values"))
    points(series, vector_of(Int64, steps), values)
end

# Returns a vector whose indices begin at 1; `missing` is NaN.
vector_of(::Type{T}, values::Vector{T}) where {T} = values
function vector_of(::Type{T}, values::AbstractVector) where {T}
    copy = Vector{T}(undef, length(values))
    for (k, value) in enumerate(values)
        copy[k] = value === missing ? NaN : value
    end
    return copy
end

points(series, steps, values::AbstractVector{<:Union{AbstractFloat,Missing}}) =
    check(series.run, LibMetalab.metalab_series_points(series.handle, length(steps), steps, vector_of(Float64, values)))
# Integers stay what they are.
points(series, steps, values::AbstractVector{<:Union{Int8,Int16,Int32,Int64,UInt8,UInt16,UInt32}}) =
    check(series.run, LibMetalab.metalab_series_points_i64(series.handle, length(steps), steps, vector_of(Int64, values)))
# Others may be of several types.
points(series, steps, values) = foreach(series, steps, values)

Base.show(io::IO, series::Series) = print(io, "Series(", repr(series.name), ")")
