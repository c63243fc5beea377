# Mistakes that users make: each works, or its error says what to do.

# A vector or matrix whose indices begin anywhere.
struct Shifted{T,N} <: AbstractArray{T,N}
    array::Array{T,N}
    by::Int
end
Base.size(shifted::Shifted) = size(shifted.array)
Base.axes(shifted::Shifted) = map(n -> Base.IdentityUnitRange(shifted.by+1:shifted.by+n), size(shifted.array))
Base.getindex(shifted::Shifted{T,N}, i::Vararg{Int,N}) where {T,N} = shifted.array[(i .- shifted.by)...]

message_of(call) = try
    call()
    "no error"
catch problem
    problem isa MethodError ? "MethodError" : sprint(showerror, problem)
end

in_store() do store
    fields = nothing
    capture(store; experiment="faults:1") do run
        @testset "vectors of points" begin
            points = series(run, "points")
            points(Shifted([1, 2, 3], 5), Shifted([1.0, 2.0, 3.0], -3))
            points(4:6, [4.0, missing, 6.0])
            series(run, "integers")(UInt8[1, 2], Shifted(Int16[3, 4], 1))
            series(run, "booleans")(1:2, [true, false])
            series(run, "texts")(1:2, ["x", "y"])
            series(run, "rationals")(1:2, [1//2, 3//4])
            @test_throws DimensionMismatch points(1:3, [1.0])
            for wrong in ((x for x in 1:3), ones(2, 2), nothing)
                @test occursin("not a", message_of(() -> points(1:3, wrong)))
            end
        end
        @testset "arrays" begin
            artifact!(run, "shifted", Shifted([1.0 2.0; 3.0 4.0], 2))
            artifact!(run, "missing", [1 missing; 3 4])
            artifact!(run, "bytes", UInt8[1 2; 3 4])
            artifact!(run, "complex", [1 + 2im 3]')
            artifact!(run, "view", view([1 2 3; 4 5 6; 7 8 9], 1:2:3, :))
            artifact!(run, "dates", [Date(2020) Date(2021)])
            artifact!(run, "text as bytes", "aé"; as=:bytes)
            artifact!(run, "view of bytes", view(UInt8[1, 2, 3, 4], 1:2:4); as=:bytes)
            artifact!(run, "named", Dict("a" => [1], "b" => [2.5]); as=:npz)
        end
        @testset "messages" begin
            fields = snapshots(run, "u", Float64, (2, Int32(2)))
            fields(1) do u
                u .= 1
            end
            io = artifact_stream(run, "lines"; format="txt")
            println(io, 1.5)
            close(io)
            for (wanted, call) in (
                "as is one of :npz" => () -> artifact!(run, "x", [1]; as="npz"),
                "not :npz, for a" => () -> artifact!(run, "x", ["a"]; as=:npz),
                "arrays of numbers" => () -> artifact!(run, "x", Dict("a" => ["b"]); as=:npz),
                "not :bytes, for a" => () -> artifact!(run, "x", [1, 2]; as=:bytes),
                "Metalab.represent" => () -> artifact!(run, "x", 3 + 4im),
                "dimensions (-1,)" => () -> artifact_array(run, "x", Float64, -1),
                "dimensions are whole numbers" => () -> artifact_array(run, "x", Float64, 3.0),
                "the elements are one of" => () -> artifact_array(run, "x", String, 3),
                "too large" => () -> artifact_array(run, "x", Float64, 2^60),
                "dimensions (2, -2)" => () -> snapshots(run, "x", Float64, (2, -2)),
                "a step is a whole number, not a String" => () -> fields("1"),
                "a step is a whole number, not a Float64" => () -> fields(u -> nothing, 1.0),
                "a snapshot has a step" => () -> fields(nothing),
                "a path is a string" => () -> file!(run, "x", :path),
                "a name is a string" => () -> file!(run, 1, "path"),
                "a tag is a string" => () -> add_tag!(run, 3),
                "a note is a string" => () -> add_note!(run, 3),
                "closed" => () -> write(io, "late"),
                "boom" => () -> fields(u -> error("boom"), 2),
            )
                @test occursin(wanted, message_of(call))
            end
        end
        @sync for k in 1:50
            @async metric!(run, "task", k; step=k)
        end
    end
    @test occursin("closed", message_of(() -> fields(3)))

    run = newest(store)
    @testset "what is read" begin
        points = series(run, "points")
        @test points.step == 1:6
        @test isequal(points.value, [1, 2, 3, 4, NaN, 6])
        @test series(run, "integers").value == [3, 4]
        @test series(run, "booleans").value == [true, false]
        @test series(run, "texts").value == ["x", "y"]
        @test series(run, "rationals").value == [0.5, 0.75]
        @test length(series(run, "task").step) == 50
        @test run["shifted"] == [1 2; 3 4]
        @test isequal(run["missing"], [1 NaN; 3 4])
        @test run["bytes"] == UInt8[1 2; 3 4]
        @test run["complex"] == [1 + 2im 3]'
        @test run["view"] == [1 2 3; 7 8 9]
        @test run["dates"] == [["2020-01-01", "2021-01-01"]]
        @test run["text as bytes"] == codeunits("aé")
        @test run["view of bytes"] == [1, 3]
        @test run["named"].a == [1]
    end

    # The memory of an array stays while anything uses it.
    total(array) = sum(i -> (i == 500 && GC.gc(); array[i]), eachindex(array))
    capture(store; experiment="collected:1") do run
        artifact!(run, "ones", ones(1000))
    end
    @test total(newest(store; experiment="collected:1")["ones"].memory) == 1000
    function kept_after_the_end()
        run = Metalab.Run(store; experiment="collected:2")
        memory = fill!(artifact_array(run, "late", Float64, 1000), 1).memory
        finish!(run)
        GC.gc()
        return total(memory)
    end
    @test kept_after_the_end() == 1000

    write(joinpath(store, "heat.nml"), "&grid n = 64, h = 3*0.5d0 /\n&solver kind = 'cg' /\n")
    capture(store; experiment="deck:1", params=(n=1, grid="replaced"), namelist=joinpath(store, "heat.nml")) do run
    end
    @test newest(store).params == Dict("n" => 1, "grid" => "replaced", "solver" => Dict("kind" => "cg"))
    capture(store; experiment="deck:1", namelist=[joinpath(store, "heat.nml")]) do run
    end
    @test newest(store).params["grid"] == Dict("n" => 64, "h" => [0.5, 0.5, 0.5])
    @test occursin("cannot read", message_of(() -> Metalab.Run(store; namelist="missing.nml")))
    @test occursin("namelist is a string", message_of(() -> Metalab.Run(store; namelist=1)))
end
