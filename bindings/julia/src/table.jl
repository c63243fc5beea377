# Runs as a table.

using .LibMetalab: metalab_table_t, metalab_column_t

"""
    Metalab.RunRow

A row of a [`RunTable`](@ref): `row.run_id`, `row["params.n"]`; `store[row]` opens its run.
"""
struct RunRow
    names::Vector{Symbol}
    columns::Vector{AbstractVector}
    row::Int
end

"""
    RunTable

Runs as columns; see [`runs`](@ref). It is a vector of rows, whose properties are the columns; the table's own
properties are the columns as vectors.

    table[1].run_id                     # of a row
    table.status                        # a column
    table["metrics.loss"]               # one whose name is no word
    table[table.status .== "failed"]    # some of the rows

`Metalab.columns(table)` is a named tuple of vectors, which is a table for what uses Tables.jl
(`DataFrame(Metalab.columns(table))`); `Metalab.rows(table)` are the rows, whose properties are the columns.
`propertynames` are the names of the columns.
"""
struct RunTable <: AbstractVector{RunRow}
    names::Vector{Symbol}
    columns::Vector{AbstractVector}
    problems::Vector{String}
end

const MISSING_COLUMN = LibMetalab.METALAB_COLUMN_EMPTY

# The values of a column from one on, as a vector of its own.
function column_values(column::metalab_column_t, from::Int=1)
    count = Int(column.count) - from + 1
    values = plain_values(column, from, count)
    (column.valid == C_NULL || values isa Vector{Missing}) && return values
    valid = unsafe_wrap(Array, column.valid + (from - 1), count)
    return [is_there == 0 ? missing : value for (is_there, value) in zip(valid, values)]
end

function plain_values(column, from, count)
    type = column.column_type
    type == MISSING_COLUMN && return fill(missing, count)
    type == LibMetalab.METALAB_COLUMN_TEXT && return column_texts(column, from, count)
    type == LibMetalab.METALAB_COLUMN_BOOL && return unsafe_wrap(Array, Ptr{UInt8}(column.values) + (from - 1), count) .!= 0
    type == LibMetalab.METALAB_COLUMN_FLOAT && return copied(Float64, column.values, from, count)
    integers = copied(Int64, column.values, from, count)
    return type == LibMetalab.METALAB_COLUMN_TIME ? moment.(integers) : integers
end

function copied(::Type{T}, values, from, count) where {T}
    copy = Vector{T}(undef, count)
    GC.@preserve copy unsafe_copyto!(pointer(copy), Ptr{T}(values) + (from - 1) * sizeof(T), count)
    return copy
end

function column_texts(column, from, count)
    offsets = copied(Int64, column.offsets, from, count + 1)
    return [unsafe_string(column.text + offsets[k], offsets[k+1] - offsets[k]) for k in 1:count]
end

moment(microseconds) = Dates.DateTime(1970) + Dates.Millisecond(fld(microseconds, 1000))

"""
    runs(store; experiment=nothing, filter="", order="", limit=0)

The runs of a store (a [`Store`](@ref), or its path) as a [`RunTable`](@ref), the newest first. Its columns are
`run_id`, `experiment_id`, `status` ("dead" is one that goes on as its record says, whose process is dead),
`started_at` and `finished_at` (UTC), `duration_ms`, `tags`, then `params.NAME` and `metrics.NAME`, with a dot
before each member of an object. What a run lacks is `missing`.

`filter` has comparisons like `params.n > 256 and status = failed`, with `and`, `or`, `not` and parentheses; the
operators are `= != < <= > >= ~` (has the text in it) and `exists`. `order` is fields like
`metrics.loss desc, params.n`: the least first, or the greatest with `desc`, and what is missing last.
`metalab_store_runs` in the C header has the whole of it.

    table = runs("experiments"; filter="metrics.loss exists", order="metrics.loss", limit=10)
    table["metrics.loss"]
"""
function runs(store::Store; experiment=nothing, filter="", order="", limit::Integer=0)
    text(:filter, filter)
    isempty(text(:order, order)) || (filter = "$filter order by $order")
    experiment === nothing || text(:experiment, experiment)
    out = Ref{Ptr{metalab_table_t}}(C_NULL)
    check(LibMetalab.metalab_store_runs(reader(store, "the store"), something(experiment, C_NULL), filter, whole(:limit, Csize_t, limit), out))
    try
        return copied_table(out[])
    finally
        LibMetalab.metalab_table_free(out[])
    end
end

runs(locator::Union{Nothing,AbstractString}=nothing; options...) = runs(Store(locator); options...)
runs(store; options...) = throw(ArgumentError("runs are those of a Store or of a path, not of a $(typeof(store))"))

function copied_table(table)
    rows, count = Ref{Csize_t}(0), Ref{Csize_t}(0)
    check(LibMetalab.metalab_table_size(table, rows, count))
    names, columns = Symbol[], AbstractVector[]
    column = Ref(metalab_column_t())
    for index in 1:Int(count[])
        check(LibMetalab.metalab_table_column(table, index - 1, column))
        push!(names, Symbol(unsafe_string(column[].name)))
        push!(columns, names[end] === :tags ? tags.(column_values(column[])) : column_values(column[]))
    end
    problems = parse_json(taken(out -> LibMetalab.metalab_table_problems_json(table, out)))
    return RunTable(names, columns, problems)
end

tags(text) = convert(Vector{String}, parse_json(text))

"""
    Metalab.columns(table)

The columns of a [`RunTable`](@ref) as a named tuple of vectors.
"""
columns(table::RunTable) = NamedTuple{(getfield(table, :names)...,)}((getfield(table, :columns)...,))

"""
    Metalab.rows(table)

The rows of a [`RunTable`](@ref), each with the columns as properties: the table itself.
"""
rows(table::RunTable) = table

"""
    Metalab.problems(table)

The records that could not be read, and are no rows: messages with their files.
"""
problems(table::RunTable) = getfield(table, :problems)

Base.size(table::RunTable) = (length(first(getfield(table, :columns))),)
Base.IndexStyle(::Type{RunTable}) = IndexLinear()
function Base.getindex(table::RunTable, row::Int)
    @boundscheck checkbounds(table, row)
    return RunRow(getfield(table, :names), getfield(table, :columns), row)
end
Base.getindex(table::RunTable, rows::AbstractVector{<:Integer}) =
    RunTable(getfield(table, :names), [column[rows] for column in getfield(table, :columns)], problems(table))
Base.getindex(table::RunTable, name::Name) = column(table, Symbol(name))
Base.getproperty(table::RunTable, name::Symbol) = column(table, name)

# Tables and rows have the same fields.
const OfRuns = Union{RunTable,RunRow}
Base.propertynames(of::OfRuns, private::Bool=false) = Tuple(getfield(of, :names))
Base.haskey(of::OfRuns, name::Name) = Symbol(name) in getfield(of, :names)

function column(of::OfRuns, name)
    index = findfirst(isequal(name), getfield(of, :names))
    index === nothing && throw(KeyError(name))
    return getfield(of, :columns)[index]
end

Base.getproperty(row::RunRow, name::Symbol) = column(row, name)[getfield(row, :row)]
Base.getindex(row::RunRow, name::Name) = getproperty(row, Symbol(name))
Base.get(row::RunRow, name::Name, default) = haskey(row, name) ? row[name] : default
Base.keys(row::RunRow) = propertynames(row)

Base.getindex(store::Store, row::RunRow) = store[row.experiment_id, row.run_id]

# --- What the REPL shows

cell(value) = sprint(show, value; context=:compact => true)
cell(value::Float64) = string(round(value; sigdigits=6))
cell(value::AbstractString) = value
cell(value::Vector{String}) = join(value, ", ")
cell(value::Dates.DateTime) = Dates.format(value, "yyyy-mm-dd HH:MM:SS")
cell(::Missing) = "-"

shortened(text, most) = textwidth(text) <= most ? text : first(text, most - 1) * "…"
padded(text, width) = text * ' '^max(0, width - textwidth(text))

# Columns that tell runs from each other come first.
function shown_order(names)
    place(name) = name === :run_id ? 1 : name === :status ? 2 : startswith(String(name), "params.") ? 3 :
                  startswith(String(name), "metrics.") ? 4 : name === :started_at ? 5 : 6
    return sort(1:length(names); by=index -> place(names[index]), alg=MergeSort)
end

function Base.show(io::IO, table::RunTable)
    print(io, "RunTable(", length(table), " runs, ", length(propertynames(table)), " columns)")
end

function Base.show(io::IO, ::MIME"text/plain", table::RunTable)
    names = getfield(table, :names)
    print(io, length(table), length(table) == 1 ? " run" : " runs", ", ", length(names), " columns")
    isempty(problems(table)) || print(io, ", ", length(problems(table)), " records that can't be read")
    isempty(table) && return
    lines, width = get(io, :limit, false) ? displaysize(io) : (typemax(Int), typemax(Int))
    shown = 1:min(length(table), max(1, lines - 6))
    left_out = Symbol[]
    text = fill("", length(shown) + 1)
    used = 0
    for index in shown_order(names)
        cells = [String(names[index]); [shortened(cell(value), 24) for value in getfield(table, :columns)[index][shown]]]
        wide = maximum(textwidth.(cells)) + 2
        if used + wide > width
            push!(left_out, names[index])
            continue
        end
        used += wide
        text .*= padded.(cells, wide)
    end
    for line in text
        print(io, "\n  ", rstrip(line))
    end
    length(shown) < length(table) && print(io, "\n  ... ", length(table) - length(shown), " more")
    isempty(left_out) || print(io, "\n  not shown: ", shortened(join(left_out, ", "), max(20, min(width, 500) - 15)))
end

function Base.show(io::IO, row::RunRow)
    print(io, "RunRow(", join(("$name = $(cell(row[name]))" for name in keys(row) if row[name] !== missing), ", "), ")")
end
