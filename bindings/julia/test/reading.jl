# Stores that are read back.
using Dates

struct Sweep
    n::Int
end
Metalab.represent(sweep::Sweep) = (n=sweep.n, solver=(tolerance=1e-3,))

solve(store, n; options...) = capture(store; experiment="heat:1.0", params=Sweep(n), context=Sweep(0), metadata=Sweep(1), options...) do run
    residual = series(run, "residual"; unit="K", description="of the solver")
    for step in 1:20
        residual(step, 1 / step)
        metric!(run, "iterations", step * step; step=step)
        metric!(run, "phase", "p$step"; step=step)
        metric!(run, "good", isodd(step); step=step)
    end
    metrics!(run; peak=n / 2, nan=NaN, infinite=-Inf, done=true, name="é", big=typemax(Int64))
    data!(run, "table", (a=[1, 2, 3], b=nothing, nan=NaN))
    data!(run, "vector", [1.0 2 3; 4 5 6])
    artifact!(run, "state", (u=[10i + j for i in 1:3, j in 1:4], v=Int32[1, 2]))
    artifact!(run, "config", (x=1, text="ü"))
    artifact!(run, "text", "hello")
    artifact!(run, "bytes", b"\x00\xff")
    fields = snapshots(run, "u", Float32, (2, 3))
    for step in (5, 10)
        fields(step) do field
            field .= step
        end
    end
    add_tag!(run, "a")
    add_note!(run, "a note")
    log!(run, :info, "line one")
    n / 2
end

# A sweep that is resumed has the results of all its runs.
in_store() do store
    foreach(n -> solve(store, n), (1, 2))
    solved = Int[]
    peaks = map(1:3) do n
        solve(store, n; if_success=:skip, skipped=before -> (push!(solved, n); before.metrics["peak"]))
    end
    @test peaks == [0.5, 1.0, 1.5] && solved == [1, 2]

    opened = Store(store)
    @test opened.experiments == ["heat:1.0"] && opened.locator == store
    @test occursin("heat:1.0", sprint(show, MIME("text/plain"), opened))

    # Tables.
    table = runs(opened; order="params.n")
    @test length(table) == 3 && table["params.n"] == [1, 2, 3] && eltype(table["params.n"]) == Int64
    @test table["params.solver.tolerance"] == fill(1e-3, 3) && all(isnan, table["metrics.nan"])
    @test table.status == fill("success", 3) && table.tags == fill(["a"], 3)
    @test table.started_at isa Vector{DateTime} && all(0 <= Dates.value(now(UTC) - at) < 3_600_000 for at in table.started_at)
    @test propertynames(table)[1:3] == (:run_id, :experiment_id, :status) && haskey(table, "metrics.peak")
    @test [row["metrics.peak"] for row in table] == [0.5, 1.0, 1.5]
    @test propertynames(table[1]) == propertynames(table) && table[2].run_id == table.run_id[2]
    @test get(table[1], "none", 7) == 7
    @test_throws KeyError table["none"]
    @test_throws BoundsError table[4]
    @test Metalab.columns(table).run_id == table.run_id && Metalab.rows(table) === table && isempty(Metalab.problems(table))
    @test table[table["params.n"] .> 1]["params.n"] == [2, 3] && table[2:3] isa RunTable
    @test runs(store; filter="params.n > 1", order="metrics.peak desc", limit=1)["params.n"] == [3]
    @test isempty(runs(store; filter="params.n > 9")) && length(runs(store; experiment="heat:1.0")) == 3
    @test occursin("0 runs", sprint(show, MIME("text/plain"), runs(store; filter="params.n > 9")))
    for (options, name) in ((filter="n >",) => "METALAB_ERR_VALUE", (order="loss",) => "METALAB_ERR_VALUE", (experiment="none:1",) => "METALAB_ERR_NOT_FOUND")
        problem = try runs(store; options...); nothing catch exception exception end
        @test problem isa MetalabError && problem.name == name
    end
    @test_throws ArgumentError runs(1)
    @test_throws ArgumentError runs(store; filter=1)
    @test_throws ArgumentError runs(store; limit=-1)
    @test_throws MetalabError Store(joinpath(store, "nowhere"))
    @test_throws ArgumentError Store(1)
    @test occursin("no colour, but experiments, locator", sprint(showerror, try opened.colour catch problem problem end))

    # The REPL's lines fit its width.
    on_screen(lines) = (io = IOBuffer(); show(IOContext(io, :limit => true, :displaysize => (lines, 60)), MIME("text/plain"), table); String(take!(io)))
    shown = on_screen(20)
    @test startswith(shown, "3 runs, ") && all(textwidth(line) <= 60 for line in split(shown, '\n')) && occursin("not shown", shown)
    @test occursin("... 2 more", on_screen(7))
    @test occursin("metrics.peak = 1.5", sprint(show, table[3]))

    # A run.
    run = opened[table[3]]
    @test run.id == table.run_id[3] && run.experiment == "heat:1.0" && run.status === :success
    @test opened[run.id].id == run.id == opened["heat:1.0", run.id].id == newest(opened).id == newest(store).id
    @test haskey(opened, run.id) && !haskey(opened, "none") && get(opened, "none", nothing) === nothing
    @test_throws KeyError opened["none"]
    @test_throws ArgumentError opened[1]
    @test run.params == Dict("n" => 3, "solver" => Dict("tolerance" => 1e-3)) && run.params["n"] isa Int64
    @test isequal(run.metrics, Dict("peak" => 1.5, "nan" => NaN, "infinite" => -Inf, "done" => true, "name" => "é", "big" => typemax(Int64)))
    @test run.metrics["big"] isa Int64 && run.metrics["done"] === true
    @test run.tags == ["a"] && run.notes == "a note" && run.warnings == [] && run.error === nothing
    @test run.provenance["extra"]["context"]["n"] == 0 && run.provenance["extra"]["metadata"]["n"] == 1
    @test run.started isa DateTime && run.started <= run.finished
    @test run.names.series == ["good", "iterations", "phase", "residual"] && run.names.data == ["table", "vector"]
    @test occursin("line one", run.log) && Metalab.log(run; offset=ncodeunits(run.log)) == ""
    @test last_step(run) == 20
    @test_throws ArgumentError run.colour
    shown = sprint(show, MIME("text/plain"), run)
    @test all(part -> occursin(part, shown), ("success", "n = 3", "peak = 1.5", "residual", "state (npz", "a note"))
    @test Metalab.refresh!(run) === run

    # Series.
    residual = series(run, "residual")
    @test residual.step == 1:20 && residual.value == [1 / step for step in 1:20] && residual.ended
    @test (residual.name, residual.unit, residual.description) == ("residual", "K", "of the solver")
    @test propertynames(residual) == (:step, :value) && collect(residual)[3] == (step=3, value=1 / 3) && residual[end].step == 20
    @test series(run, "iterations").value == (1:20) .^ 2 && series(run, "iterations").value isa Vector{Int64}
    @test series(run, "phase").value == ["p$step" for step in 1:20]
    @test series(run, "good").value == isodd.(1:20) && eltype(series(run, "good").value) == Bool
    thin = thinned(residual, 4)
    @test thin.step == [1, 20]
    @test occursin("20", sprint(show, MIME("text/plain"), residual)) && occursin("[K]", repr(residual))
    @test_throws MetalabError series(run, "none")
    @test_throws ArgumentError series(run, 1)

    # Arrays and documents.
    u = run["state"].u
    @test u isa StoredArray{Int64,2} && u == [10i + j for i in 1:3, j in 1:4] && u[2, 3] == 23 && sum(u) == 270
    @test run["state", "v"] == Int32[1, 2] && keys(run["state"]) == (:u, :v)
    @test_throws ArgumentError u[1] = 0
    @test copy(u) isa Matrix{Int64} && (copy(u)[1] = 0) == 0 && 2u == 2 .* collect(u)
    @test strides(u) == (1, 3) && unsafe_load(pointer(u), 2) == 21
    Metalab.verify(u)
    Metalab.verify(run, "state")
    @test run["config"] == Dict("x" => 1, "text" => "ü") && run["text"] == "hello" && run["bytes"] == [0x00, 0xff]
    @test run.artifacts["state"]["format"] == "npz" && isfile(run.artifacts["state"]["path"])
    @test haskey(run, "text") && !haskey(run, "none") && "state" in keys(run)
    @test_throws KeyError run["none"]
    @test_throws MetalabError run["state", "none"]
    @test_throws ArgumentError run[1]
    @test isequal(data(run, "table"), Dict("a" => [1, 2, 3], "b" => nothing, "nan" => NaN))
    @test data(run, "vector") == [1.0 2 3; 4 5 6] && data(run, "vector")[2, 1] == 4
    @test copy(data(run, "vector")) isa Matrix{Float64}
    @test_throws MetalabError data(run, "none")
    @test latest(run, "u") == (step=10, array=fill(10.0f0, 2, 3))
    @test latest(run, "v") === nothing

    # An array outlives its run and its store.
    kept = let again = Store(store)[run.id]
        run["state"].u
    end
    foreach(_ -> GC.gc(), 1:3)
    @test sum(kept) == 270

    # The processes of Distributed get what is in arrays and series, and no handles.
    through(value) = (buffer = IOBuffer(); Metalab.Serialization.serialize(buffer, value); Metalab.Serialization.deserialize(seekstart(buffer)))
    @test through(u) == u && through(residual).value == residual.value && through(data(run, "vector")) == data(run, "vector")
    @test through(view(u, 2:3, :)) == u[2:3, :] && through(reshape(u, 12)) == vec(collect(u))
    for one in (run, opened)
        problem = try through(one); nothing catch exception exception end
        @test problem isa MetalabError && occursin("Open it there", problem.message)
    end

    # A closed handle is an error in every call.
    close(run)
    close(run)
    for call in (() -> run.id, () -> run.status, () -> run.log, () -> run["state"], () -> run["state", "u"], () -> series(run, "residual"), () -> data(run, "table"),
                 () -> follow(run, "residual"), () -> latest(run, "u"), () -> last_step(run), () -> Metalab.refresh!(run), () -> Metalab.verify(run, "state"))
        problem = try call(); nothing catch exception exception end
        @test problem isa MetalabError && problem.name == "METALAB_ERR_CLOSED"
    end
    @test repr(run) == "StoredRun(closed)" && residual.value[1] == 1.0
    close(residual)
    @test_throws MetalabError poll!(residual)
    close(opened)
    @test_throws MetalabError runs(opened)
    @test_throws MetalabError opened.experiments
    @test occursin("closed", repr(opened))
end

# A solver that starts again, in three lines: is there a run, what was its last step, and its last snapshot.
@testset "restart" begin
    in_store() do store
        wanted = (experiment="steps:1.0", params=(n=3,))
        @test earlier(store; wanted...) === nothing
        part(steps; options...) = capture(store; wanted..., options...) do run
            fields = snapshots(run, "u", Float64, 3)
            for step in steps
                metric!(run, "x", 1.0step; step=step)
                step % 5 == 0 && fields(field -> field .= step, step)
            end
            steps[end] == 20 || fail!(run, "Stopped", "half way")
        end
        # It ended before its first snapshot.
        part(1:3)
        @test latest(earlier(store; wanted...), "u") === nothing
        part(1:12)
        before = earlier(store; wanted...)
        last = last_step(before)
        step, u = latest(before, "u")
        @test before.status === :failed && last == 12 && step == 10 && u == fill(10.0, 3)
        part(step+1:20; restart=step + 1)
        after = earlier(store; wanted...)
        @test after.status === :success && series(after, "x").step == 1:20 && latest(after, "u").step == 20
    end
end

@testset "runs that go on or are dead" begin
    in_store() do store
        run = Run(store; experiment="live:1.0")
        seen = Store(store)[Metalab.run_id(run)]
        @test seen.status === :running
        loss = follow(seen, "loss")
        @test isempty(loss) && !loss.ended
        emitted = series(run, "loss")
        for step in 1:100
            emitted(step, step)
            @test poll!(loss) == 1 && loss.step[end] == step && loss.value[end] === step
        end
        # Integers among floats become floats.
        emitted(101, 0.5)
        @test poll!(loss) == 1 && loss.value[end] === 0.5 && loss.value[1] === 1.0
        @test series(seen, "loss").value == loss.value
        metric!(run, "energy", 2)
        @test Metalab.refresh!(seen).metrics == Dict("energy" => 2)
        finish!(run)
        while !loss.ended
            poll!(loss)
        end
        @test length(loss) == 101 && Metalab.refresh!(seen).status === :success
        @test_throws MetalabError thinned(loss, 4)
    end
    in_store() do store
        julia("using Metalab; run = Run($(repr(store)); experiment=\"dead:1.0\"); series(run, \"s\")(7, 0.25); metric!(run, \"x\", 3); " *
              "ccall(:raise, Cint, (Cint,), 9)")
        dead = newest(store)
        @test dead.status === :dead && dead.metrics == Dict("x" => 3) && series(dead, "s").value == [0.25]
        @test runs(store).status == ["dead"]
    end
end

@testset "JSON" begin
    for (text, value) in ("1" => 1, "-0.5e3" => -500.0, "[1, 2.5]" => [1, 2.5], " { } " => Dict(), "[]" => [], "null" => nothing, "[[1], []]" => [[1], []],
                          "\"a\\u00e9\\n\\ud83d\\ude00\\\"\"" => "aé\n😀\"", "\"\\ud83d\"" => "\ufffd", "18446744073709551615" => big(2)^64 - 1,
                          "{\"a\": {\"b\": [true, false]}}" => Dict("a" => Dict("b" => [true, false])), "[NaN, -Infinity]" => [NaN, -Inf])
        @test (text, isequal(Metalab.parse_json(text), value)) == (text, true)
    end
    for text in ("", "{", "[1,", "[1 2]", "\"a", "{1: 2}", "nul", "1 2", "\"\\x\"", "\"\\u12\"", "-")
        @test_throws ArgumentError Metalab.parse_json(text)
    end
end

@testset "axes and metadata" begin
    in_store() do store
        run = Run(store; experiment="axis:1.0", run_id="r")
        set_axis!(run, "peak", "time")
        set_axis!(run, "lost", "none")
        series(run, "peak")(1:4, [9.0, 8, 7, 6])
        series(run, "time")([1, 2, 4], [0.25, 0.5, 2])
        series(run, "count")(1:4, 1:4)
        set_axis!(run, "time", "count")
        metric!(run, "lost", 1; step=1)
        data!(run, "field", [1.0 2; 3 4]; metadata=(unit="K",))
        data!(run, "table", (a=1,); metadata=(unit="J", at=[1, 2]))
        data!(run, "plain", (a=1,))
        for ended in (false, true)
            ended ? finish!(run) : flush(run)
            stored = Store(store)["r"]
            peak = series(stored, "peak")
            time = Metalab.axis(stored, peak)
            @test peak.axis == "time" && time isa Points && time.name == "time"
            @test time.step == peak.step == 1:4 && isequal(time.value, [0.25, 0.5, missing, 2])
            @test isequal(Metalab.axis(stored, "peak").value, time.value)
            # Of integers as well, and of a thinned series.
            @test Metalab.axis(stored, "time").value == [1, 2, 4]
            @test isequal(Metalab.axis(stored, thinned(peak, 4)).value, time.value)
            # There is none, or the run does not have it.
            @test Metalab.axis(stored, "count") === nothing && series(stored, "count").axis === nothing
            @test Metalab.axis(stored, "lost") === nothing && series(stored, "lost").axis == "none"
            @test peak.part_of === nothing && :axis in propertynames(peak, true) && propertynames(peak) == (:step, :value)
            @test_throws MetalabError Metalab.axis(stored, "none")
            @test_throws MetalabError Metalab.axis(stored, follow(stored, "peak"))
            @test_throws ArgumentError Metalab.axis(stored, 1)
            @test Metalab.metadata(stored, "field") == Dict("unit" => "K")
            @test Metalab.metadata(stored, "table") == Dict("unit" => "J", "at" => [1, 2])
            @test Metalab.metadata(stored, :plain) == Dict()
            @test_throws MetalabError Metalab.metadata(stored, "none")
            @test_throws ArgumentError Metalab.metadata(stored, 1)
            close(peak)
            @test_throws MetalabError Metalab.axis(stored, peak)
            close(stored)
            for call in (() -> Metalab.axis(stored, time), () -> Metalab.axis(stored, "peak"), () -> Metalab.metadata(stored, "field"))
                problem = try call(); nothing catch exception exception end
                @test problem isa MetalabError && problem.name == "METALAB_ERR_CLOSED"
            end
        end
    end
end
