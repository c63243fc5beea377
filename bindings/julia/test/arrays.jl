# Artifacts: files by the type of what is stored, and arrays in the artifact's own file.
using LinearAlgebra
using Serialization

in_store() do store
    matrix = [10.0i + j for i in 0:1, j in 0:2]
    large = [1000i + j for i in 1:6, j in 1:8]
    values = Dict{Symbol,Any}()
    capture(store; experiment="arrays:1.0") do run
        for (type, _) in Metalab.ELEMENTS
            artifact!(run, "of_$type", type[0 1; 1 0; 1 1])
        end
        artifact!(run, "matrix", matrix; metadata=(unit="K",))
        artifact!(run, "view", view(large, 2:2:6, 8:-3:1))
        artifact!(run, "transposed", transpose(matrix))
        artifact!(run, "permuted", PermutedDimsArray(matrix, (2, 1)))
        artifact!(run, "reshaped", reshape(view(large, :, 2:3), 3, 4))
        artifact!(run, "range", 1:4)
        artifact!(run, "bits", trues(3))
        artifact!(run, "half", Float16[1, 2])
        artifact!(run, "big", BigFloat[1, 2])
        artifact!(run, "missing", [1, missing, 3])
        artifact!(run, "mixed", Union{Int,Float64}[1, 2.5])
        artifact!(run, "abstract", Real[1, 2.5, true])
        artifact!(run, "all_missing", [missing, missing])
        artifact!(run, "complex", [1 + 0im, 2im])
        artifact!(run, "small_missing", Union{Missing,Float32}[1, missing])
        artifact!(run, "scalar", fill(7.0))
        artifact!(run, "empty", zeros(0, 3))
        artifact!(run, "four", reshape(collect(1:24), 2, 3, 2, 2))
        artifact!(run, "pair", (x=[0.0, 1.0], k=Int32[1, 2]))
        artifact!(run, "dictionary", Dict("only" => [1.5]); as=:npz)
        artifact!(run, "config", (a=[1, 2, 3], b=(c=nothing, d="x")); metadata=Dict("why" => "test"))
        artifact!(run, "tuple", (1, "x"))
        artifact!(run, "texts", ["a", "b"])
        artifact!(run, "as_json", [1 2; 3 4]; as=:json)
        artifact!(run, "text", "wörd\n")
        artifact!(run, "blob", b"bytes\n")
        artifact!(run, "mesh", UInt8[1, 2, 3]; kind="mesh", format="vtk")
        artifact!(run, "own", Mesh(ones(1, 2), [3]))
        artifact!(run, "julia", Unknown[Unknown()]; as=:serialization)
        artifact!(run, "raw", JSONText("{\"x\": 1}"))
        @test_throws ArgumentError artifact!(run, "unknown", Unknown())
        @test_throws ArgumentError artifact!(run, "wrong", [1]; as=:xml)
        @test_throws ArgumentError artifact!(run, "wrong", [1]; metadata="no object")
        @test_throws MetalabError artifact!(run, "wrong", JSONText("{"))
        @test_throws MetalabError artifact!(run, "", [1])

        path = joinpath(store, "table.csv")
        write(path, "a,b\n")
        file!(run, "copied", path)
        file!(run, "moved", path; mode=:move, kind="table", metadata=(rows=0,))
        @test !isfile(path)
        @test_throws MetalabError file!(run, "gone", path)
        @test_throws ArgumentError file!(run, "gone", path; mode=:burn)

        artifact_stream(run, "history"; kind="table", format="csv") do io
            @test isopen(io) && iswritable(io) && !isreadable(io)
            println(io, "step,energy")
            write(io, UInt8('1'), ",", "0.5", '\n')
        end
        given_up = artifact_stream(run, "given_up")
        write(given_up, "x")
        abandon!(given_up)
        @test_throws MetalabError write(given_up, "y")
        sealed = artifact_stream(run, "sealed"; format="txt")
        print(sealed, 1, " ", :two)
        seal!(sealed; metadata=(lines=1,))
        close(sealed)
        @test_throws MetalabError seal!(sealed)
    end
    artifact(name, extension) = file_of(store, "artifacts", "$name.$extension")
    stored(name, type) = npz(artifact(name, "npz"), type)[1]
    descriptions = ["|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f4", "<f8", "<c8", "<c16", "<f2"]
    for ((type, _), description) in zip(Metalab.ELEMENTS, descriptions)
        @test stored("of_$type", type) == (description => type[0 1; 1 0; 1 1])
    end
    @test stored("matrix", Float64)[2] == matrix
    @test descriptor(store, "matrix")["kind"] == "numpy" && descriptor(store, "matrix")["metadata"]["unit"] == "K"
    @test stored("view", Int)[2] == large[2:2:6, 8:-3:1]
    @test stored("transposed", Float64)[2] == matrix'
    @test stored("permuted", Float64)[2] == matrix'
    @test stored("reshaped", Int)[2] == reshape(large[:, 2:3], 3, 4)
    @test stored("range", Int) == ("<i8" => [1, 2, 3, 4])
    @test stored("bits", Bool) == ("|b1" => [true, true, true])
    @test stored("half", Float16) == ("<f2" => [1, 2])
    @test stored("big", Float64) == ("<f8" => [1, 2])
    @test isequal(stored("missing", Float64), "<f8" => [1, NaN, 3])
    @test stored("mixed", Float64) == ("<f8" => [1, 2.5])
    @test stored("abstract", Float64) == ("<f8" => [1, 2.5, 1])
    @test isequal(stored("all_missing", Float64), "<f8" => [NaN, NaN])
    @test stored("complex", ComplexF64) == ("<c16" => [1, 2im])
    @test isequal(stored("small_missing", Float32), "<f4" => Float32[1, NaN])
    @test stored("scalar", Float64) == ("<f8" => fill(7.0))
    @test stored("empty", Float64) == ("<f8" => zeros(0, 3))
    @test stored("four", Int)[2] == reshape(1:24, 2, 3, 2, 2)
    @test npz(artifact("pair", "npz"), Float64, Int32) == ["<f8" => [0.0, 1.0], "<i4" => Int32[1, 2]]
    @test stored("dictionary", Float64) == ("<f8" => [1.5])
    @test parse_json(read(artifact("config", "json"), String)) == Dict("a" => [1, 2, 3], "b" => Dict("c" => nothing, "d" => "x"))
    @test descriptor(store, "config")["metadata"]["why"] == "test"
    @test parse_json(read(artifact("tuple", "json"), String)) == [1, "x"]
    @test parse_json(read(artifact("texts", "json"), String)) == ["a", "b"]
    @test parse_json(read(artifact("as_json", "json"), String)) == [[1, 2], [3, 4]]
    @test read(artifact("text", "txt"), String) == "wörd\n" && descriptor(store, "text")["kind"] == "text"
    @test read(artifact("blob", "binary"), String) == "bytes\n"
    @test read(artifact("mesh", "vtk")) == [1, 2, 3] && descriptor(store, "mesh")["kind"] == "mesh"
    @test npz(artifact("own", "npz"), Float64, Int32) == ["<f8" => ones(1, 2), "<i4" => Int32[3]]
    @test deserialize(artifact("julia", "jls")) == [Unknown()]
    @test parse_json(read(artifact("raw", "json"), String)) == Dict("x" => 1)
    @test read(artifact("copied", "csv"), String) == read(artifact("moved", "csv"), String) == "a,b\n"
    @test descriptor(store, "moved")["kind"] == "table" && descriptor(store, "moved")["metadata"]["rows"] == 0
    @test read(artifact("history", "csv"), String) == "step,energy\n1,0.5\n"
    @test read(artifact("sealed", "txt"), String) == "1 two" && descriptor(store, "sealed")["metadata"]["lines"] == 1
    @test isempty(filter(path -> occursin("given_up", path), files_in(store, "artifacts")))
end

@testset "mapped" begin
    byte = UInt8[2]
    @test GC.@preserve byte Metalab.in_memory(Bool, pointer(byte), ()) == fill(true)
    in_store() do store
        unsealed = capture(store; experiment="mapped:1.0") do run
            field = artifact_array(run, "field", Float64, (4, 5); metadata=(unit="K",))
            @test field isa DenseArray{Float64,2} && field isa StridedMatrix
            @test size(field) == (4, 5) && length(field) == 20 && strides(field) == (1, 4) && all(iszero, field)
            @test UInt(pointer(field)) % 64 == 0 && isopen(field)
            for j in axes(field, 2), i in axes(field, 1)
                field[i, j] = (i - 1) + 10(j - 1)
            end
            @test field == [i + 10j for i in 0:3, j in 0:4]
            @test field[6] == field[2, 2] == field[CartesianIndex(2, 2)] && field[end] == 43 && field[:, 2] == 10:13
            @test_throws BoundsError field[5, 1]
            @test_throws BoundsError field[21] = 1
            doubled = field .* 2
            @test doubled isa Matrix{Float64} && similar(field) isa Matrix{Float64} && copy(field) isa Matrix{Float64}
            view(field, :, 1) .= [9, 8, 7, 6]
            reshape(field, 20)[5] = -1
            @test field[:, 1] == [9, 8, 7, 6] && field[1, 2] == -1
            mul!(view(field, 1:4, 1:4), Matrix{Float64}(I, 4, 4), Matrix{Float64}(I, 4, 4))
            @test field[1:4, 1:4] == I && norm(field) == norm(copy(field))
            field .= doubled ./ 2
            # Where what is read is what is written.
            square = artifact_array(run, "square", Float64, (3, 3))
            square .= reshape(1:9, 3, 3)
            square .= square'
            @test square == reshape(1:9, 3, 3)'
            square[2:end, :] .= @view square[1:end-1, :]
            @test square == [1 2 3; 1 2 3; 4 5 6]
            # A copy is plain memory, whose end is not that of what is mapped.
            copied = deepcopy((square, square))
            @test copied[1] === copied[2] && copied[1] == square && pointer(copied[1]) != pointer(square)
            seal!(copied[1])
            square[1, 1] = 7
            @test square[1, 1] == 7 && copied[1] !== square
            seal!(square)
            whole = view(field, :, :)
            range = eachindex(field)
            seal!(field; metadata=(steps=3,))

            # Afterwards every use is an error, also one that checks no bounds.
            uses = [() -> field[1], () -> field[1, 1], () -> (field[1] = 2), () -> size(field), () -> length(field), () -> sum(field),
                    () -> (field .= 0), () -> fill!(field, 0), () -> pointer(field), () -> strides(field), () -> copy(field),
                    () -> whole[1], () -> sum(whole), () -> (whole .= 1), () -> (for i in range; @inbounds field[i] = 0; end),
                    () -> (@inbounds field[2, 3]), () -> norm(field), () -> field * field', () -> artifact!(run, "again", field),
                    () -> seal!(field), () -> abandon!(field), () -> similar(field)]
            for use in uses
                problem = try use(); nothing catch exception exception end
                @test problem isa MetalabError && problem.name == "METALAB_ERR_CLOSED" && occursin("field", problem.message)
            end
            @test !isopen(field)
            @test repr(field) == summary(field) == repr("text/plain", field) == "MappedArray \"field\", sealed"

            artifact_array(run, "body", Int32, (3,)) do array
                array .= 1:3
            end
            given_up = artifact_array(run, "given_up", Float64, 2, 2)
            abandon!(given_up)
            @test_throws MetalabError given_up[1]
            for (type, _) in Metalab.ELEMENTS
                one = artifact_array(run, "mapped_$type", type, (2, 3))
                one .= type[0 1 0; 1 1 0]
                seal!(one)
            end
            @test size(artifact_array(run, "empty", Float64, (0, 3))) == (0, 3)
            @test artifact_array(run, "scalar", Float64, ())[] == 0
            @test_throws ArgumentError artifact_array(run, "wrong", BigFloat, (2,))
            @test_throws MetalabError artifact_array(run, "", Float64, (2,))
            @test_throws MetalabError artifact_array(run, "huge", Float64, (typemax(Int), 3))
            bad = artifact_array(run, "bad", Float64, (2,))
            @test_throws MetalabError seal!(bad; metadata=JSONText("["))
            bad .= 1
            seal!(bad)
            unsealed = artifact_array(run, "unsealed", Float64, (3,))
            unsealed .= 5
            unsealed
        end
        # It was kept as it stood, and its memory is still there.
        unsealed .+= 1
        @test unsealed == [6, 6, 6]
        @test_throws MetalabError seal!(unsealed)
        @test_throws MetalabError unsealed[1]
        artifact(name) = file_of(store, "artifacts", "$name.npz")
        @test npz(artifact("field"), Float64)[1][2] == [i + 10j for i in 0:3, j in 0:4]
        @test descriptor(store, "field")["metadata"]["unit"] == "K" && descriptor(store, "field")["metadata"]["steps"] == 3
        @test npz(artifact("body"), Int32) == ["<i4" => Int32[1, 2, 3]]
        for (type, _) in Metalab.ELEMENTS
            @test npz(artifact("mapped_$type"), type)[1][2] == type[0 1 0; 1 1 0]
        end
        @test descriptor(store, "unsealed")["metadata"]["incomplete"] == true
        @test !haskey(descriptor(store, "field")["metadata"], "incomplete")
        @test isempty(filter(path -> occursin("given_up", path), files_in(store, "artifacts")))
    end
end

@testset "snapshots" begin
    in_store() do store
        capture(store; experiment="snapshots:1.0") do run
            fields = snapshots(run, "u", Float64, (2, 3); metadata=(unit="m",))
            for step in 0:10:30
                fields(step) do field
                    @test size(field) == (2, 3)
                    field .= step .+ [1 2 3; 4 5 6]
                end
            end
            late = fields(40)
            late[2, 1] = 9
            close(fields)
            @test_throws MetalabError fields(50)
            seal!(late; metadata=(last=true,))
            @test_throws MetalabError late[1]
            @test repr(fields) == "Snapshots(\"u\")"
            @test_throws ArgumentError snapshots(run, "v", BigFloat, (2,))
            snapshots(run, "w", Int32, 2)(1) .= 5
        end
        stored(name, type) = npz(file_of(store, "artifacts", "$name.npz"), type)[1]
        for step in 0:10:30
            @test stored("u.000000" * string(step; pad=2), Float64)[2] == step .+ [1 2 3; 4 5 6]
        end
        @test stored("u.00000040", Float64)[2] == [0 0 0; 9 0 0]
        about = descriptor(store, "u.00000040")["metadata"]
        @test about["step"] == 40 && about["snapshot_of"] == "u" && about["unit"] == "m" && about["last"] == true
        @test descriptor(store, "w.00000001")["metadata"]["incomplete"] == true
        @test length(record(store)["artifacts"]) == 6
    end
end
