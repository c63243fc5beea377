# Julia's values as JSON and as metrics.
@enum Phase liquid gas

@testset "JSON" begin
    for (value, text) in (
        nothing => "null", missing => "null", true => "true", 7 => "7", typemax(UInt64) => "18446744073709551615",
        Int128(2)^100 => "1267650600228229401496703205376", 0.1 => "0.1", 1e22 => "1.0e22", 1.5f0 => "1.5", 1//4 => "0.25",
        pi => "3.141592653589793", NaN => "NaN", -Inf => "-Infinity", Inf32 => "Infinity", "a\"b\\\n" => "\"a\\\"b\\\\\\u000a\"",
        :symbol => "\"symbol\"", 'é' => "\"é\"", v"1.2.3" => "\"1.2.3\"", Date(2026, 1, 2) => "\"2026-01-02\"", gas => "\"gas\"",
        (a=1, b=(c=nothing, d="x")) => "{\"a\": 1, \"b\": {\"c\": null, \"d\": \"x\"}}", Dict(:k => [1, 2]) => "{\"k\": [1, 2]}",
        Dict(3 => 4) => "{\"3\": 4}", (1, "x") => "[1, \"x\"]", [] => "[]", NamedTuple() => "{}", [1 2; 3 4] => "[[1, 2], [3, 4]]",
        fill(5) => "5", zeros(Int, 0, 2) => "[]", [1.0, missing] => "[1.0, null]", (x for x in 1:2) => "[1, 2]", 1:3 => "[1, 2, 3]",
        JSONText("{\"raw\": 1}") => "{\"raw\": 1}", Mesh(ones(1, 1), [1]) => "{\"points\": [[1.0]], \"cells\": [1]}",
    )
        @test Metalab.json(value) == text
    end
    @test_throws ArgumentError Metalab.json(Unknown())
    @test_throws ArgumentError Metalab.json(Dict([1] => 2))
    @test_throws ArgumentError Metalab.json(1 + 2im)
end

in_store() do store
    capture(store; experiment="values:1.0", code_hash="") do run
        metric!(run, "float", 0.5)
        metric!(run, :symbol, 1.5f0)
        metric!(run, SubString("part of", 1, 4), 2)
        metric!(run, "bool", true)
        metric!(run, "text", "cg é\0!")
        metric!(run, "name", :solver)
        metric!(run, "large", typemax(UInt64))
        metric!(run, "small", Int8(-3))
        metric!(run, "rational", 1//2)
        metric!(run, "pi", pi)
        metric!(run, "nan", NaN)
        metric!(run, "missing", missing)
        metric!(run, "inf", -Inf)
        metrics!(run; loss=0.25, epoch=3)
        metrics!(run, Dict("from" => "dictionary"))
        metrics!(run; stepped=1.0, other=2, step=4)
        metrics!(run, (stepped=2.0,); step=5)
        for value in (nothing, 1 + 2im, [1.0], Unknown())
            @test_throws ArgumentError metric!(run, "wrong", value)
        end
        @test_throws MetalabError metric!(run, "", 1.0)
        @test_throws ArgumentError metric!(run, "nul\0", 1.0)

        residual = series(run, "residual"; unit="K", description="of the solver")
        whole = series(run, "whole")
        whole(1:2, [typemax(Int64), -3])
        whole([3], UInt8[7])
        for step in 0:9
            residual(step, 1 / (step + 1))
        end
        residual(10, 3)
        residual(Int8(11), true)
        residual(12, "text")
        residual(13, missing)
        residual([14, 15], [0.5, 0.25])
        residual(Int32[16], Float32[0.125])
        residual(17:18, 1:2)
        @test_throws DimensionMismatch residual([1], [1.0, 2.0])
        @test repr(residual) == "Series(\"residual\")"

        # Values without a JSON form are refused, with a hint.
        for value in (1 + 2im, Day(3), Second(1) + Millisecond(5)), call in (
            () -> data!(run, "wrong", value), () -> data!(run, "wrong", (t=value,)), () -> artifact!(run, "wrong", value),
            () -> artifact!(run, "wrong", [1]; metadata=(t=value,)), () -> Metalab.Run(store; experiment="values:1.0", params=(t=value,)),
        )
            problem = try call(); nothing catch exception exception end
            @test problem isa ArgumentError && occursin("define Metalab.represent(::$(typeof(value)))", problem.msg)
        end

        data!(run, "table", (a=[1, 2, 3], b=(c=nothing, d="x")))
        data!(run, "vector", [1.0, 2.0, 3.0])
        data!(run, "matrix", [1 2; 3 4]; metadata=(unit="m",))
        data!(run, "mesh", Mesh(ones(2, 1), [1]))
        @test parse_json(Metalab.metrics_json(run))["float"] == 0.5
        @test [one["name"] for one in parse_json(Metalab.results_json(run))] == ["table", "vector", "matrix", "mesh"]
    end
    metrics = record(store)["metrics"]
    @test isequal(metrics, Dict{String,Any}(
        "float" => 0.5, "symbol" => 1.5, "part" => 2, "bool" => true, "text" => "cg é\0!", "name" => "solver",
        "large" => 2.0^64, "small" => -3, "rational" => 0.5, "pi" => Float64(pi), "nan" => NaN, "missing" => NaN,
        "inf" => -Inf, "loss" => 0.25, "epoch" => 3, "from" => "dictionary"))
    @test metrics["bool"] isa Bool && metrics["part"] isa Integer && metrics["large"] isa Float64
    @test result(store, "stepped")["data"] == [[4, 1.0], [5, 2.0]]
    @test result(store, "other")["data"] == [[4, 2]]

    @test result(store, "whole")["data"] == [[1, typemax(Int64)], [2, -3], [3, 7]]
    points = result(store, "residual")
    @test points["metadata"] == Dict("type" => "stepped_metric", "unit" => "K", "description" => "of the solver")
    @test isequal(points["data"], vcat([[step, 1 / (step + 1)] for step in 0:9],
        [[10, 3], [11, true], [12, "text"], [13, NaN], [14, 0.5], [15, 0.25], [16, 0.125], [17, 1.0], [18, 2.0]]))
    @test points["data"][11][2] isa Integer && points["data"][12][2] isa Bool

    @test result(store, "table")["data"] == Dict("a" => [1, 2, 3], "b" => Dict("c" => nothing, "d" => "x"))
    vector, matrix = result(store, "vector"), result(store, "matrix")
    @test (vector["dtype"], vector["shape"], vector["data"]) == ("float64", [3], [1.0, 2.0, 3.0])
    @test (matrix["dtype"], matrix["shape"], matrix["data"]) == ("int64", [2, 2], [[1, 2], [3, 4]])
    @test matrix["metadata"] == Dict("unit" => "m")
    @test result(store, "mesh")["data"] == Dict("points" => [[1.0], [1.0]], "cells" => [1])
end

# Identity is that of every language.
@test Metalab.canonical_json((b=1, a=0.5)) == "{\"a\":\"0.5\",\"b\":1}"
@test Metalab.fingerprint(NamedTuple()) == "44136fa355b3678a"
@test Metalab.run_id("v:1"; seed=0, code_hash="x") isa String
@test Metalab.derive_seed(42, "part") == Metalab.derive_seed(42, :part) != Metalab.derive_seed(42, "part"; replicate=1)
@test_throws MetalabError Metalab.fingerprint(NaN)
