using Logging
using Metalab
using Metalab: LibMetalab
using Test

include("reader.jl")
include("stores.jl")

@testset "Metalab" begin
    for file in ("generated", "methods", "library", "values", "faults", "runs", "reading", "index", "arrays", "figures", "logs", "threads", "leaks", "readme")
        @testset "$file" begin
            include("$file.jl")
        end
    end
end
