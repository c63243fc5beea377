using Dates
using Logging
using Metalab
using Metalab: LibMetalab
using Test

include("reader.jl")
include("stores.jl")

# Tests of memory and threads run compiled, as programs do.
const COMPILED = ("arrays", "faults", "threads", "leaks")
# The rest in a process that interprets: compiling is most of what it would cost.
const INTERPRETED = ("generated", "methods", "library", "values", "runs", "reading", "index", "figures", "logs", "readme")
const INTERPRETER = `$(Base.julia_cmd()) --startup-file=no --project=$(dirname(Base.active_project())) --compile=min -O0
    $(joinpath(@__DIR__, "runtests.jl")) $INTERPRETED`

@testset "Metalab" begin
    for file in (isempty(ARGS) ? COMPILED : ARGS)
        @testset "$file" begin
            include("$file.jl")
        end
    end
    isempty(ARGS) && @test success(pipeline(INTERPRETER; stdout=stdout, stderr=stderr))
end
