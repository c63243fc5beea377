"""
Captures a simulation's run into a store of the Python package `metalab`, through libmetalab.

    using Metalab

    capture("experiments"; experiment="heat:1.0", params=(n=256, dt=1e-3), seed=42) do rec
        residual = series(rec, "residual"; unit="K")
        for step in 1:1000
            residual(step, 1 / step)
        end
        metric!(rec, "final", 1e-3)
    end

    runs("experiments"; filter="params.n > 128", order="metrics.final")

See [`capture`](@ref), [`metric!`](@ref), [`series`](@ref), [`data!`](@ref), [`artifact!`](@ref),
[`artifact_array`](@ref), [`figure!`](@ref), [`CaptureLogger`](@ref); to read runs back, [`Store`](@ref),
[`runs`](@ref), [`StoredRun`](@ref), [`earlier`](@ref). Where the library is looked for,
[`Metalab.library`](@ref) says.
"""
module Metalab

import Dates
import Libdl
import Logging
import SHA
import Serialization

export capture, Run, finish!, fail!, cancel!, isskipped
export metric!, metrics!, series, Series, reduce!, set_axis!, set_step_unit!
export data!, artifact!, file!, artifact_stream, JSONText
export artifact_array, seal!, abandon!, MappedArray, snapshots, Snapshots
export figure!
export CaptureLogger, log!, subscribe!, unsubscribe!, capture_stdio!, capture_stdio_end!
export add_note!, add_tag!, add_warning!
export should_stop, should_stop_at, request_stop!, seconds_left
export Store, StoredRun, StoredArray, RunTable, Points
export runs, newest, earlier, latest, last_step, follow, poll!, thinned, data
export MetalabError

include("library.jl")
include("LibMetalab.jl")
using .LibMetalab: METALAB_OK, METALAB_NO_CAPTURE
include("errors.jl")
include("json.jl")
include("arrays.jl")
include("run.jl")
include("options.jl")
include("capture.jl")
include("current.jl")
include("metrics.jl")
include("artifacts.jl")
include("mapped.jl")
include("snapshots.jl")
include("stream.jl")
include("figures.jl")
include("logging.jl")
include("ending.jl")
include("index.jl")
include("state.jl")
include("parse.jl")
include("store.jl")
include("table.jl")
include("stored.jl")
include("points.jl")
include("processes.jl")
include("identity.jl")
include("precompile.jl")

function __init__()
    atexit(finish_all)
end

end
