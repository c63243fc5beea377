# Series that are read.

using .LibMetalab: metalab_points_t

"""
    Points

The points of a series that is read: `points.step` and `points.value` are vectors, `points.name`, `.unit` and
`.description` what was said of it, `points.axis` the name of the series that it is plotted against (see
[`Metalab.axis`](@ref)), `points.ended` whether no more come. `points.part_of` is the total number of points if the
store has only a thinned series. What was not said is `nothing`. It iterates rows of these two, and
`Metalab.columns(points)` is a named tuple of the vectors, as for a [`RunTable`](@ref).
"""
mutable struct Points
    handle::Ptr{metalab_points_t}
    columns::NamedTuple{(:step, :value)}
    type::Int32
    about::Dict{String,Any}
    ended::Bool
    function Points(handle, ended)
        points = new(handle, (step=Int64[], value=Missing[]), MISSING_COLUMN, Dict{String,Any}(), ended)
        finalizer(free, points)
        setfield!(points, :about, parse_json(taken(out -> LibMetalab.metalab_points_about_json(handle, out))))
        look!(points)
        return points
    end
end

function free(points::Points)
    handle = getfield(points, :handle)
    setfield!(points, :handle, Ptr{metalab_points_t}(C_NULL))
    LibMetalab.metalab_points_free(handle)
end

Base.close(points::Points) = free(points)
Base.isopen(points::Points) = getfield(points, :handle) != C_NULL

# Takes over the points that have come; all of them where their type has changed.
function look!(points::Points)
    count, steps, column = Ref{Csize_t}(0), Ref{Ptr{Int64}}(C_NULL), Ref(metalab_column_t())
    check(LibMetalab.metalab_points_columns(reader(points, "the series"), count, steps, column))
    known = getfield(points, :columns)
    from = column[].column_type == getfield(points, :type) && column[].valid == C_NULL ? length(known.step) + 1 : 1
    new_steps = copied(Int64, steps[], from, Int(count[]) - from + 1)
    new_values = column_values(column[], from)
    if from > 1
        append!(known.step, new_steps)
        append!(known.value, new_values)
    else
        setfield!(points, :columns, (step=new_steps, value=new_values))
        setfield!(points, :type, column[].column_type)
    end
    return points
end

"""
    series(run::StoredRun, name)

The whole series of a run that is read, sorted by step: [`Points`](@ref). Of a run that goes on, or is dead, up to the
last call that had returned. A [`MetalabError`](@ref) if there is none; `run.names.series` are the names.

    loss = series(run, "loss")
    plot(loss.step, loss.value)
"""
function series(run::StoredRun, name::Name)
    out = Ref{Ptr{metalab_points_t}}(C_NULL)
    check(LibMetalab.metalab_run_series(reader(run), name, out))
    return Points(out[], true)
end

series(::StoredRun, name::NoName) = refuse_name(name)

"""
    Metalab.axis(run::StoredRun, points)
    Metalab.axis(run::StoredRun, name)

The axis that [`set_axis!`](@ref) set for a series of the run, which was read by [`series`](@ref) or [`thinned`](@ref):
[`Points`](@ref) with one value for each point of the series, `missing` where the axis has none at its step. `nothing`
if the series has no axis, or the run does not have it. A [`MetalabError`](@ref) if the series is followed, or the run
has no series of the name.

    peak = series(run, "peak")
    time = Metalab.axis(run, peak)
    plot(time.value, peak.value)
"""
function axis(run::StoredRun, points::Points)
    out = Ref{Ptr{metalab_points_t}}(C_NULL)
    status = LibMetalab.metalab_points_axis(reader(points, "the series"), reader(run), out)
    status == NOT_FOUND && return nothing
    check(status)
    return Points(out[], true)
end

axis(run::StoredRun, name::Name) = axis(run, series(run, name))
axis(::StoredRun, name::NoName) = refuse_name(name)

"""
    follow(run::StoredRun, name)

A series that is read while its run goes on, from its first point or before: [`poll!`](@ref) adds what has come.

    loss = follow(run, "loss")
    while !loss.ended
        poll!(loss) > 0 && println(loss.step[end], " ", loss.value[end])
        sleep(0.1)
    end
"""
function follow(run::StoredRun, name::Name)
    out = Ref{Ptr{metalab_points_t}}(C_NULL)
    check(LibMetalab.metalab_run_follow(reader(run), name, out))
    return Points(out[], false)
end

follow(::StoredRun, name::NoName) = refuse_name(name)

"""
    poll!(points)

Adds the points that have come to a series that is followed, and returns how many. `points.ended` is true when no
more come.
"""
function poll!(points::Points)
    count, ended = Ref{Csize_t}(0), Ref(false)
    check(LibMetalab.metalab_points_poll(reader(points, "the series"), count, ended))
    setfield!(points, :ended, ended[])
    count[] == 0 || look!(points)
    return Int(count[])
end

"""
    thinned(points, most)

At most so many points of a series that look like all of them when they are drawn: first, last, least and greatest
of buckets.
"""
function thinned(points::Points, most::Integer)
    out = Ref{Ptr{metalab_points_t}}(C_NULL)
    check(LibMetalab.metalab_points_thin(reader(points, "the series"), whole(:most, Csize_t, most), out))
    return Points(out[], true)
end

const SAID_OF_POINTS = (:name, :unit, :description, :axis, :part_of)

Base.propertynames(::Points, private::Bool=false) = private ? (:step, :value, SAID_OF_POINTS..., :ended) : (:step, :value)
function Base.getproperty(points::Points, name::Symbol)
    name in (:step, :value) && return getfield(getfield(points, :columns), name)
    name === :ended && return getfield(points, :ended)
    name in SAID_OF_POINTS && return get(getfield(points, :about), String(name), nothing)
    throw(ArgumentError("points have no $name, but $(join(propertynames(points, true), ", "))"))
end

Base.length(points::Points) = length(points.step)
Base.isempty(points::Points) = isempty(points.step)
Base.eltype(::Type{Points}) = NamedTuple{(:step, :value)}
Base.getindex(points::Points, k::Integer) = (step=points.step[k], value=points.value[k])
Base.lastindex(points::Points) = length(points)
Base.firstindex(points::Points) = 1
Base.iterate(points::Points, k=1) = k > length(points) ? nothing : (points[k], k + 1)
columns(points::Points) = getfield(points, :columns)

function Base.show(io::IO, points::Points)
    unit = points.unit === nothing ? "" : " [$(points.unit)]"
    print(io, "Points(", repr(points.name), unit, ": ", length(points), points.ended ? "" : ", followed", ")")
end

function Base.show(io::IO, ::MIME"text/plain", points::Points)
    show(io, points)
    count = length(points)
    shown = count <= 10 ? collect(1:count) : [1:5; count-3:count]
    for (place, k) in enumerate(shown)
        place == 6 && count > 10 && print(io, "\n  ...")
        print(io, "\n  ", lpad(points.step[k], ndigits(points.step[end])), "  ", cell(points.value[k]))
    end
end
