# A run's life: options, ends, exceptions, quiet and skipped runs, runs that are dropped.

in_store() do store
    answer = capture(store; experiment="life:1.0", description="of a run", experiment_tags=["e"], params=(n=4, dt=0.001, name="x"),
                     context=Dict("mesh" => "fine"), metadata=(who="me",), seed=42, replicate=1, tags=("a", :b), note="a note",
                     code_hash="abc", durable=true, flush_interval=0.01, refresh_interval=0) do run
        @test isopen(run) && !isskipped(run)
        add_note!(run, "another")
        add_tag!(run, "c")
        add_warning!(run, "coarse"; reynolds=2.5)
        add_warning!(run, "plain")
        flush(run)
        flush(run; durable=true)
        @test Metalab.derive_seed(run, "part") == Metalab.derive_seed(42, "part"; replicate=1)
        @test occursin(Metalab.run_id(run), repr(run))
        @test Metalab.run_id(run) == Metalab.run_id("life:1.0"; context=Dict("mesh" => "fine"), params=(n=4, dt=0.001, name="x"),
                                                    seed=42, replicate=1, code_hash="abc")
        :answer
    end
    @test answer == :answer
    found = record(store)
    @test found["status"] == "success" && found["error"] === nothing
    @test found["experiment_id"] == "life:1.0"
    @test found["params_resolved"] == Dict("n" => 4, "dt" => 0.001, "name" => "x")
    @test found["params_resolved"]["n"] isa Integer
    @test found["tags"] == ["a", "b", "c"]
    @test found["notes"] == "a note\nanother"
    @test [warning["message"] for warning in found["warnings"]] == ["coarse", "plain"]
    @test found["warnings"][1]["reynolds"] == 2.5
    @test found["provenance"]["code_hash"] == "abc"
    @test found["provenance"]["extra"]["seeds"] == Dict("root_seed" => 42, "replicate_index" => 1)
end

@testset "an exception fails the run and goes on" begin
    in_store() do store
        function diverge(x)
            x < 0 && throw(DomainError(x, "diverged"))
            return x
        end
        @test_throws DomainError capture(store; experiment="fails:1.0") do run
            metric!(run, "before", 1)
            diverge(-1.0)
        end
        found = record(store)
        @test found["status"] == "failed"
        @test found["metrics"] == Dict("before" => 1)
        @test found["error"]["type"] == "DomainError"
        @test occursin("diverged", found["error"]["message"])
        @test occursin("diverge", found["error"]["traceback"]) && occursin("runs.jl", found["error"]["traceback"])
    end
    # The exception during whose handling another was thrown is told, too.
    in_store() do store
        @test_throws ErrorException capture(store; experiment="fails:1.0") do run
            try
                throw(KeyError(:first))
            catch
                error("second")
            end
        end
        found = record(store)["error"]
        @test found["type"] == "ErrorException" && found["message"] == "second"
        @test occursin("caused by", found["traceback"]) && occursin("KeyError", found["traceback"])
    end
    # Ctrl-C is no failure of the run's.
    in_store() do store
        @test_throws InterruptException capture(_ -> throw(InterruptException()), store; experiment="fails:1.0")
        @test record(store)["status"] == "cancelled"
    end
    # In a process of its own, which ends with the exception.
    in_store() do store
        ended, said = julia("using Metalab; capture(run -> error(\"on purpose\"), $(repr(store)); experiment=\"fails:1.0\")")
        @test !ended && occursin("on purpose", said)
        @test record(store)["status"] == "failed" && record(store)["error"]["message"] == "on purpose"
    end
end

# Ctrl-C in a script: an exception where the script asks for it, else Julia exits at once.
@testset "interrupts" begin
    for (says, status) in (("Base.exit_on_sigint(false)", "cancelled"), ("Base.exit_on_sigint(true)", "failed"))
        in_store() do store
            script = joinpath(store, "script.jl")
            write(script, """
                using Metalab
                $says
                capture($(repr(joinpath(store, "s"))); experiment="interrupted:1.0") do rec
                    metric!(rec, "x", 1)
                    sleep(0.001)        # compiled before the signal comes
                    println("ready")
                    sleep(60)
                end
                """)
            child = open(pipeline(`$(Base.julia_cmd()) --startup-file=no --project=$(dirname(Base.active_project())) $script`; stderr=devnull))
            @test readline(child) == "ready"
            kill(child, Base.SIGINT)
            wait(child)
            Metalab.recover(joinpath(store, "s"))
            found = record(joinpath(store, "s"))
            @test (says, found["status"], found["metrics"]) == (says, status, Dict("x" => 1))
        end
    end
end

@testset "handles of other processes" begin
    in_store() do store
        run = Run(store; experiment="other:1.0")
        residual, fields = series(run, "r"), snapshots(run, "u", Float64, 2)
        io = artifact_stream(run, "io")
        for one in (run, residual, fields, io, CaptureLogger(run), Dict("run" => run), () -> metric!(run, "x", 1))
            problem = try Metalab.Serialization.serialize(IOBuffer(), one); nothing catch exception exception end
            @test problem isa MetalabError && problem.name == "METALAB_ERR_HANDLE"
            @test occursin("worker", problem.message) && occursin("role=:worker", problem.message)
        end
        # The elements of an array go along.
        field = artifact_array(run, "field", Float64, (2, 3))
        field .= 2
        buffer = IOBuffer()
        Metalab.Serialization.serialize(buffer, field)
        @test Metalab.Serialization.deserialize(seekstart(buffer)) == fill(2.0, 2, 3)
        @test deepcopy(run) === run
        close(run)

        # One that a compiled module kept, or that came by other ways, has no handle.
        run.state = :open
        problem = try metric!(run, "x", 1); nothing catch exception exception end
        @test problem isa MetalabError && occursin("role=:worker", problem.message)
    end
    # Of any serializer, that of Distributed among them.
    @test which(Metalab.Serialization.serialize, Tuple{Metalab.Serialization.AbstractSerializer,Run}).module === Metalab
end

@testset "ends that are asked for" begin
    in_store() do store
        capture(run -> fail!(run, "Diverged", "the residual grows"; traceback="here"), store; experiment="ends:1.0")
        @test record(store)["error"] == Dict("type" => "Diverged", "message" => "the residual grows", "traceback" => "here")
    end
    in_store() do store
        capture(store; experiment="ends:1.0") do run
            try
                error("caught")
            catch exception
                fail!(run, exception, catch_backtrace())
            end
        end
        @test record(store)["status"] == "failed" && record(store)["error"]["message"] == "caught"
    end
    in_store() do store
        capture(run -> cancel!(run, "enough"), store; experiment="ends:1.0")
        @test record(store)["status"] == "cancelled"
    end
    in_store() do store
        steps = 0
        capture(store; experiment="ends:1.0", end_time=now(UTC) + Hour(1), stop_before=Minute(5)) do run
            @test 3500 < seconds_left(run) < 3602
            while !should_stop(run)
                steps += 1
                steps == 3 && request_stop!(run)
            end
        end
        @test steps == 3 && record(store)["status"] == "cancelled"
        capture(store; experiment="ends:2.0") do run
            @test !should_stop_at(run, 0)
            request_stop!(run)
            @test should_stop_at(run, 1) && should_stop_at(run, Int32(2))
        end
    end
    in_store() do store
        capture(run -> (@test seconds_left(run) == Inf), store; experiment="ends:1.0")
    end
    # The library takes no signals inside Julia, and says so.
    in_store() do store
        problem = try Run(store; experiment="ends:1.0", signals=:both); nothing catch exception exception end
        @test problem isa MetalabError && problem.name == "METALAB_ERR_UNSUPPORTED" && occursin("Julia", problem.message)
    end
    # The environment does not make it either: the handlers of the process are the same as before.
    if isfile("/proc/self/status")
        in_store() do store
            ended, said = julia("""
                using Metalab
                caught() = match(r"SigCgt:\\s+(\\w+)", read("/proc/self/status", String))[1]
                before = caught()
                capture(run -> print(caught() == before), $(repr(store)); experiment="ends:1.0")
                print(caught() == before)
                """, "METALAB_SIGNALS" => "fatal,stop")
            @test (ended, said) == (true, "truetrue")
            @test record(store)["status"] == "success"
        end
    end
end

@testset "by hand" begin
    in_store() do store
        run = Run(store; experiment="hand:1.0")
        residual = series(run, "residual")
        residual(1, 1.0)
        finish!(run)
        finish!(run)
        @test !isopen(run)
        @test parse_json(Metalab.summary_json(run))["status"] == "success"
        for emit in (() -> metric!(run, "late", 1), () -> residual(2, 1.0), () -> artifact!(run, "late", [1]), () -> log!(run, :info, "late"))
            problem = try emit(); nothing catch exception exception end
            @test problem isa MetalabError && problem.name == "METALAB_ERR_CLOSED"
        end
        @test occursin("finished", repr(run))
        close(run)
        @test occursin("closed", repr(run)) && !isopen(run)
        close(run)
        for call in (() -> finish!(run), () -> metric!(run, "late", 1), () -> series(run, "late"), () -> residual(2, 1.0), () -> data!(run, "late", [1]),
                     () -> artifact!(run, "late", (a=1,)), () -> artifact_array(run, "late", Float64, 2), () -> snapshots(run, "late", Float64, 2),
                     () -> artifact_stream(run, "late"), () -> figure!(run, "late", [1.0 2.0]), () -> log!(run, :info, "late"), () -> add_note!(run, "late"),
                     () -> add_tag!(run, "late"), () -> add_warning!(run, "late"), () -> fail!(run, "Late", "late"), () -> cancel!(run), () -> flush(run),
                     () -> should_stop(run), () -> request_stop!(run), () -> seconds_left(run), () -> reduce!(run, "late"), () -> Metalab.rank(run),
                     () -> Metalab.metrics_json(run), () -> Metalab.run_id(run), () -> Metalab.derive_seed(run, "late"),
                     () -> subscribe!(run, "late"), () -> unsubscribe!(run, "late"), () -> capture_stdio!(run), () -> capture_stdio_end!(run),
                     () -> file!(run, "late", @__FILE__))
            problem = try call(); nothing catch exception exception end
            @test problem isa MetalabError && problem.name == "METALAB_ERR_CLOSED"
        end
    end
end

@testset "if_success" begin
    in_store() do store
        again(policy; options...) = capture(store; experiment="again:1.0", run_id="same", if_success=policy, options...) do run
            metric!(run, "x", 7)
            true
        end
        @test again(:skip) === true
        # The earlier run, or what is made of it.
        @test again(:skip).metrics == Dict("x" => 7)
        @test again(:skip; skipped=before -> (before.id, before.status)) == ("same", :success)
        @test again(:rerun) === true
        @test_throws MetalabError again(:refuse)
        @test_throws ArgumentError again(:perhaps)

        # Emitting to a skipped run does nothing, and a solver that doesn't ask still computes.
        run = Run(store; experiment="again:1.0", run_id="same", if_success=:skip)
        @test isskipped(run) && !isopen(run)
        metric!(run, "x", 1.0)
        series(run, "s")(1, 2.0)
        field = artifact_array(run, "field", Float64, (2, 2))
        field .= 1
        @test sum(field) == 4
        seal!(field)
        @test_throws MetalabError field[1]
        log!(run, :info, "nobody hears it")
        @test !should_stop(run) && seconds_left(run) == Inf
        @test Metalab.run_id(run) == "same" && Metalab.health_json(run) == "{}"
        finish!(run)
        @test repr(run) == "Run(same, skipped)"
        @test earlier(run).metrics == Dict("x" => 7)
        @test_throws ArgumentError earlier(Run(store; experiment="again:1.0", run_id="other"))
    end
end

@testset "errors and quiet runs" begin
    in_store() do store
        problem = try Run(store; experiment="a:1", run_id="../escape"); nothing catch exception exception end
        @test problem isa MetalabError && problem.name == "METALAB_ERR_NAME" && occursin("run_id", problem.message)
        @test occursin("METALAB_ERR_NAME", sprint(showerror, problem))
        @test_throws ArgumentError Run(store; experiment="a:1", colour="red")
        @test_throws MetalabError Run(store; experiment="a:1", params=(x=NaN,))
        @test_throws ArgumentError Run(store; experiment="a:1", params=[1])

        # Messages about wrong types are ours.
        for options in ((seed="x",), (seed=1.5,), (seed=-1,), (experiment=1,), (run_id=7,), (durable=1,), (tags=1,), (tags=[1],), (note=1,), (rank=1,),
                        (stop_before="x",), (end_time="x",), (restart="x",), (params="x",), (metadata=1,), (context=:x,), (index_wait=nothing => 1,),
                        (refresh_interval="x",), (if_success="skip",), (attach_patience=Month(1),))
            problem = try Run(store; experiment="a:1", options...); nothing catch exception exception end
            @test (options, problem isa ArgumentError) == (options, true)
        end
        @test_throws ArgumentError capture("store", store; experiment="a:1")
        capture(store; experiment="types:1") do run
            residual = series(run, "r")
            for call in (() -> metric!(run, 1, 2), () -> metric!(run, "a", nothing), () -> metric!(run, "a", 1; step=1.5), () -> residual("x", 1),
                         () -> residual(1.5, 1), () -> residual([1.5], [1]), () -> residual(1, nothing), () -> data!(run, 1, [1]), () -> artifact!(run, 1, [1]),
                         () -> series(run, 1), () -> artifact_array(run, 1, Float64, 2), () -> snapshots(run, nothing, Float64, 2), () -> artifact_stream(run, 1),
                         () -> artifact_array(run, "a", String, 2), () -> log!(run, :loud, "x"), () -> artifact!(run, "a", [1]; metadata=1))
                problem = try call(); nothing catch exception exception end
                @test (problem, problem isa ArgumentError) == (problem, true)
            end
        end

        in_the_way = joinpath(store, "file")
        write(in_the_way, "no directory")
        @test_throws MetalabError capture(identity, in_the_way; experiment="a:1")
        computed = @test_logs (:warn, r"going on without a capture") capture(in_the_way; experiment="a:1", quiet=true) do run
            metric!(run, "x", 1)
            2
        end
        @test computed == 2

        capture(joinpath(store, "quiet"); experiment="a:1", quiet=true) do run
            metric!(run, "", 1.0)
            artifact!(run, "x", JSONText("{"))
            metric!(run, "good", 1.0)
        end
        @test record(joinpath(store, "quiet"))["metrics"] == Dict("good" => 1.0)
    end
    # Disabled by the environment: everything succeeds, nothing is left behind.
    in_store() do store
        ended, said = julia("""
            using Metalab
            capture($(repr(store)); experiment="off:1.0") do run
                series(run, "s")(1, 2.0)
                field = artifact_array(run, "f", Float64, (3,)); field .= 2; print(sum(field)); seal!(field)
                data!(run, "d", [1]); artifact!(run, "a", (x=1,)); log!(run, :info, "x")
            end
            """, "METALAB_DISABLED" => "1")
        @test ended && said == "6.0" && isempty(readdir(store))
    end
end

@testset "defaults from the script" begin
    in_store() do store
        script = joinpath(store, "heat.jl")
        write(script, "using Metalab; capture(run -> metric!(run, \"x\", 1), \"$(joinpath(store, "s"))\")")
        run_script(environment...) = run(with_environment(`$(Base.julia_cmd()) --startup-file=no --project=$(dirname(Base.active_project())) $script`, environment...))
        run_script()
        found = record(joinpath(store, "s"))
        @test found["experiment_id"] == "heat:1"
        @test found["provenance"]["code_hash"] == bytes2hex(open(Metalab.SHA.sha256, script))
        rm(joinpath(store, "s"); recursive=true)
        run_script("METALAB_EXPERIMENT" => "other:2", "METALAB_CODE_HASH" => "h", "METALAB_STORE" => "unused")
        found = record(joinpath(store, "s"))
        @test found["experiment_id"] == "other:2" && found["provenance"]["code_hash"] == "h"
    end
end

@testset "runs that nobody finishes" begin
    # One that is collected ends as failed when the next one is opened, and not in its finaliser.
    in_store() do store
        forget(name) = (run = Run(store; experiment="dropped:1.0", run_id=name); metric!(run, "x", 1); artifact_array(run, "a", Float64, (2,)); nothing)
        forget("first")
        for _ in 1:3
            GC.gc()
        end
        capture(identity, store; experiment="dropped:1.0", run_id="second")
        found = document(store, "runs", "first.json")
        @test found["status"] == "failed" && found["error"]["type"] == "NotFinished" && found["metrics"] == Dict("x" => 1)
        @test found["artifacts"][1]["metadata"]["incomplete"] == true
        @test document(store, "runs", "second.json")["status"] == "success"
    end
    # One that is open when Julia exits ends then, with all that it had.
    begun(store) = "using Metalab; run = Run($(repr(store)); experiment=\"left:1.0\"); metric!(run, \"x\", 1); "
    for (ending, status, type) in (("exit(3)", "failed", "NotFinished"), ("", "failed", "NotFinished"), ("sqrt(-1.0)", "failed", "DomainError"),
                                   ("throw(InterruptException())", "cancelled", nothing))
        in_store() do store
            @test julia(begun(store) * ending)[1] == isempty(ending)
            found = record(store)
            @test (ending, found["status"], found["metrics"]) == (ending, status, Dict("x" => 1))
            type === nothing || @test found["error"]["type"] == type
            @test Metalab.recover(store) == 0
        end
    end
    # One that Julia can't end is recovered.
    in_store() do store
        @test julia(begun(store) * "ccall(:_exit, Cvoid, (Cint,), 3)")[1] == false
        @test Metalab.recover(store) == 1
        found = record(store)
        @test found["status"] == "failed" && found["metrics"] == Dict("x" => 1)
        @test found["error"]["type"] == "ProcessDied"
        @test Metalab.recover(store; experiment="left:1.0") == 0
        @test_throws MetalabError Metalab.recover(joinpath(store, "nowhere"))
        @test Metalab.recover_host("node17", store; experiment="left:1.0") == 0
        @test_throws MetalabError Metalab.recover_host("", store)
    end
    # Files that recovery set aside are told each time, and no error from before is.
    in_store() do store
        finish!(Run(store; experiment="left:1.0"))
        for recover in (Metalab.recover, store -> Metalab.recover_host("node17", store))
            @test_throws MetalabError recover(joinpath(store, "nowhere"))
            @test_logs recover(store)
            for _ in 1:2
                write(joinpath(experiment(store), "runs", "empty.json"), "")
                @test (@test_logs (:warn, r"^/.*empty.json: not JSON.*damaged-") recover(store)) == 0
            end
            @test_logs recover(store)
        end
    end
    # The end of a child that was killed, as its parent saw it.
    in_store() do store
        code = "using Metalab; run = Run($(repr(store)); experiment=\"killed:1.0\"); metric!(run, \"x\", 1); println(\"ready\"); sleep(60)"
        command = `$(Base.julia_cmd()) --startup-file=no --project=$(dirname(Base.active_project())) -e $code`
        child = open(command)
        @test readline(child) == "ready"
        pid = getpid(child)
        kill(child, Base.SIGKILL)
        wait(child)
        @test Metalab.recover_child(pid, child; store=store) == 1
        @test record(store)["error"]["type"] == "Signal" && occursin("SIGKILL", record(store)["error"]["message"])
    end
end

# The run of the program, for packages and for compiled code that get no handle.
@testset "the current run" begin
    in_store() do store
        quietly = Metalab.current()
        @test !isopen(quietly) && metric!(quietly, "x", 1) === nothing
        run = Run(store; experiment="current:1.0", run_id="a")
        @test Metalab.set_current!(run) === run
        @test Metalab.current() === run && LibMetalab.metalab_capture_current() == run.handle
        metric!(Metalab.current(), "iterations", 3; step=1)
        series(Metalab.current(), "residual")(1, 0.5)
        Metalab.set_current!(nothing)
        @test Metalab.current() !== run && LibMetalab.metalab_capture_current() == C_NULL
        Metalab.set_current!(run)
        finish!(run)
        @test Metalab.current() !== run && !isopen(Metalab.current())
        metric!(Metalab.current(), "iterations", 4; step=2)
        @test_throws MetalabError Metalab.set_current!(run)
        @test result(store, "iterations")["data"] == [[1, 3]] && result(store, "residual")["data"] == [[1, 0.5]]

        # One that compiled code has set: it is the caller's, and is not ended here.
        other = Run(store; experiment="current:1.0", run_id="b", code_hash="")
        @test LibMetalab.metalab_capture_set_current(other.handle) == 0
        lent = Metalab.current()
        @test lent !== other && lent.handle == other.handle && lent === Metalab.current()
        metric!(lent, "y", 2)
        @test_throws MetalabError finish!(lent)
        @test_throws MetalabError close(lent)
        @test occursin("b, open", repr(lent))
        lent = nothing
        Metalab.set_current!(nothing)
        foreach(_ -> GC.gc(), 1:3)
        Metalab.finish_orphans()
        @test isopen(other)
        finish!(other)
        @test document(store, "runs", "b.json")["metrics"] == Dict("y" => 2)
    end
end

@testset "processes, attempts and samples" begin
    in_store() do store
        open_as(; options...) = Run(store; experiment="ranks:1.0", run_id="same", code_hash="", options...)
        owner = open_as(; role=:owner, rank=(0, 2), sample=Millisecond(20))
        @test Metalab.rank(owner) == (rank=0, size=2)
        reduce!(owner, "load")
        set_axis!(owner, "load", "time")
        metric!(owner, "load", 1)
        metric!(owner, "own", 1)
        ended, said = julia("""
            using Metalab, Dates
            capture($(repr(store)); experiment="ranks:1.0", run_id="same", code_hash="", role=:worker, rank=(1, 2), attach_patience=Second(20)) do run
                reduce!(run, "load")
                metric!(run, "load", 2)
                metric!(run, "own", 2)
                print(Metalab.rank(run).rank)
            end
            """)
        @test (ended, said) == (true, "1")
        finish!(owner)
        metrics = record(store)["metrics"]
        @test metrics["load.min"] == 1 && metrics["load.max"] == 2 && metrics["load.sum"] == 3 && metrics["load.argmax"] == 1
        @test metrics["own"] == 1 && metrics["own@rank.1"] == 2
        @test length(result(store, "process.resident_bytes")["data"]) >= 2
        @test occursin("julia $VERSION", record(store)["provenance"]["extra"]["compiler"])
        @test_throws ArgumentError open_as(; role=:guest)
        @test_throws MetalabError open_as(; rank=(2, 2))
    end
    in_store() do store
        finish!(Run(store; experiment="ranks:1.0", rank=(0, 4), ranks_param=:ranks))
        @test newest(store).params == Dict("ranks" => 4)
    end
    in_store() do store
        attempt(steps; options...) = capture(store; experiment="again:1.0", run_id="same", options...) do run
            residual = series(run, "residual")
            foreach(step -> residual(step, Float64(step)), steps)
        end
        attempt(1:6)
        attempt(4:8; restart=4)
        @test result(store, "residual")["data"] == [[step, step] for step in 1:8]
    end
end
