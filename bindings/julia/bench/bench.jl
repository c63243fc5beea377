# What Julia adds to the C call, and what an array in the artifact's file costs beside a plain one,
# measured in one run: METALAB_LIBRARY=... julia -O2 --project=bindings/julia bindings/julia/bench/bench.jl
using Libdl
using Metalab
using Printf

const SOURCE = joinpath(@__DIR__, "points.c")
const POINTS = 50_000
const ROUNDS = 30

function c_loop(directory)
    library = joinpath(directory, "points.$(Libdl.dlext)")
    run(`cc -O2 -shared -fPIC $SOURCE -o $library`)
    return Libdl.dlsym(Libdl.dlopen(library), :points)
end

function points(series, count)
    for step in 0:count-1
        series(step, Float64(step))
    end
end

function bare(point, handle, count)
    status = Int32(0)
    for step in 0:count-1
        status |= ccall(point, Int32, (Ptr{Cvoid}, Int64, Float64), handle, step, Float64(step))
    end
    return status
end

metrics(run, count) = for step in 0:count-1
    metric!(run, "loss", Float64(step))
end

# The ways take turns, so that what else the machine does hits all of them alike; the library's writer has
# caught up when each begins.
function fastest(run, ways...)
    best = fill(Inf, length(ways))
    for _ in 1:ROUNDS, (k, way) in enumerate(ways)
        flush(run)
        best[k] = min(best[k], @elapsed(way()))
    end
    return best
end

# The first values that a new array gets. A plain one's memory is had meanwhile; a mapped one's is made
# present beside the solver, which does something else for a tenth of a second here.
function first_fill(run)
    best = [Inf, Inf]
    for round in 1:ROUNDS
        GC.gc()
        flush(run)
        best[1] = min(best[1], @elapsed(fill_field!(zeros(2048, 2048), 1.0)))
        field = artifact_array(run, "first", Float64, (2048, 2048))
        sleep(0.1)
        best[2] = min(best[2], @elapsed(fill_field!(field, 1.0)))
        abandon!(field)
    end
    return best
end

function fill_field!(field, x)
    for i in eachindex(field)
        @inbounds field[i] = x + i
    end
end

function stencil!(next, field)
    nx, ny = size(field)
    for j in 2:ny-1, i in 2:nx-1
        @inbounds next[i, j] = 0.25 * (field[i-1, j] + field[i+1, j] + field[i, j-1] + field[i, j+1])
    end
end

mktempdir() do directory
    capture(joinpath(directory, "store"); experiment="bench:1.0", code_hash="") do run
        loop = c_loop(directory)
        point = Libdl.dlsym(Libdl.dlopen(Metalab.library()), :metalab_series_point)
        residual = series(run, "residual")
        handle = Ptr{Cvoid}(residual.handle)
        from_c() = ccall(loop, Int32, (Ptr{Cvoid}, Ptr{Cvoid}, Int64), point, handle, POINTS)
        from_julia() = points(residual, POINTS)
        by_ccall() = bare(point, handle, POINTS)
        from_c(), from_julia(), by_ccall(), metrics(run, 10)
        flush(run)
        allocated = @allocated points(residual, POINTS)
        allocated_by_metrics = @allocated metrics(run, POINTS)
        c, julia, bare_julia = fastest(run, from_c, from_julia, by_ccall) .* 1e9 ./ POINTS
        @printf("series point   C %.2f ns, bare ccall %.2f ns, residual(step, x) %.2f ns: %+.2f ns over C, %d bytes allocated\n",
                c, bare_julia, julia, julia - c, allocated)
        @printf("metric!        %.2f ns, %d bytes allocated\n", fastest(run, () -> metrics(run, POINTS))[1] * 1e9 / POINTS, allocated_by_metrics)

        plain, field = zeros(2048, 2048), artifact_array(run, "field", Float64, (2048, 2048))
        next, mapped_next = zeros(2048, 2048), artifact_array(run, "next", Float64, (2048, 2048))
        compared = ("loop" => (() -> fill_field!(plain, 1.0), () -> fill_field!(field, 1.0)),
                    "broadcast" => (() -> plain .= 2.0 .* plain .+ 1.0, () -> field .= 2.0 .* field .+ 1.0),
                    "fill!" => (() -> fill!(plain, 2.0), () -> fill!(field, 2.0)),
                    "stencil" => (() -> stencil!(next, plain), () -> stencil!(mapped_next, field)))
        for (name, ways) in compared
            foreach(way -> way(), ways)
            a, b = fastest(run, ways...) .* 1e3
            @printf("%-14s plain %.3f ms, mapped %.3f ms: %+.1f %%\n", name, a, b, 100 * (b / a - 1))
        end
        seal!(field)
        seal!(mapped_next)
        a, b = first_fill(run) .* 1e3
        @printf("%-14s plain %.3f ms, mapped %.3f ms: %+.1f %%\n", "first fill", a, b, 100 * (b / a - 1))
    end
end
