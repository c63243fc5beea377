# The run's log, Julia's logging into it, named loggers, and what is printed.

in_store() do store
    other = Test.TestLogger(; min_level=Logging.Warn)
    capture(store; experiment="logs:1.0") do run
        log!(run, :debug, "line one")
        log!(run, Logging.Info, "line two")
        log!(run, :warning, "wörd")
        log!(run, :critical, "the end")
        @test_throws ArgumentError log!(run, :loud, "x")
        for (wanted, call) in (
            "a level is one of :debug" => () -> log!(run, 3, "x"),
            "a line of the log is a string, not a Int64" => () -> log!(run, :info, 3),
            "a name is a string" => () -> Metalab.log(3, :info, "x"),
            "a level is one of :debug" => () -> Metalab.log("solver", "info", "x"),
            "not a Nothing" => () -> Metalab.log("solver", :info, nothing),
            "a level is one of :debug" => () -> Metalab.log_enabled("solver", 3),
            "a name is a string" => () -> Metalab.log_enabled(nothing, :info),
            "a name is a string" => () -> subscribe!(run, 3),
            "a level is one of :debug" => () -> subscribe!(run, "solver", 3),
            "a name is a string" => () -> unsubscribe!(run, 3),
        )
            problem = try call(); nothing catch exception exception end
            @test (wanted, problem isa ArgumentError && occursin(wanted, sprint(showerror, problem))) == (wanted, true)
        end

        with_logger(CaptureLogger(run)) do
            @debug "not heard"
            @info "converged" residual = 1e-3 solver = :cg
            @warn "careful"
            @error "wrong" exception = (ErrorException("inner"), backtrace())
            for _ in 1:3
                @info "limited" maxlog = 1
            end
            @test_logs (:info, "elsewhere") @info "elsewhere"
        end
        with_logger(CaptureLogger(run; level=Logging.Debug)) do
            @debug "heard" x = [1, 2]
        end
        with_logger(CaptureLogger(run; level=Logging.Info, tee=other)) do
            @info "only here"
            @warn "to both" n = 1
            @debug "to none"
        end
        with_logger(CaptureLogger(run; level=Logging.Error, tee=other)) do
            @warn "only there"
        end

        Metalab.log("solver.poisson", :info, "nobody listens")
        @test !Metalab.log_enabled("solver.poisson", :info)
        subscribe!(run, "solver", :info)
        @test Metalab.log_enabled("solver.poisson", :info) && !Metalab.log_enabled("solver.poisson", :debug)
        Metalab.log("solver.poisson", :info, "subscribed")
        unsubscribe!(run, "solver")
        Metalab.log("solver.poisson", :info, "nobody again")
    end
    lines = split(logged(store), '\n')
    heard(level, text) = count(line -> occursin(level, line) && occursin(text, line), lines)
    for (level, text) in ("DEBUG" => "line one", "INFO" => "line two", "WARNING" => "wörd", "CRITICAL" => "the end",
                          "INFO" => "converged residual=0.001 solver=:cg", "WARNING" => "careful", "ERROR" => "wrong",
                          "INFO" => "limited", "DEBUG" => "heard x=[1, 2]", "INFO" => "only here", "WARNING" => "to both n=1",
                          "INFO" => "subscribed")
        @test (text, heard(level, text)) == (text, 1)
    end
    @test any(line -> occursin("inner", line), lines) && any(line -> occursin("logs.jl", line), lines)
    for text in ("not heard", "elsewhere", "to none", "only there", "nobody")
        @test (text, heard("", text)) == (text, 0)
    end
    @test [record.message for record in other.logs] == ["to both", "only there"]

    # A logger whose run has ended hears nothing, and stops nobody.
    run = Run(store; experiment="logs:1.0", run_id="ended")
    logger = CaptureLogger(run)
    finish!(run)
    with_logger(() -> @info("late"), logger)
end

@testset "numbers of messages as metrics" begin
    in_store() do store
        capture(store; experiment="numbers:1.0") do run
            with_logger(CaptureLogger(run)) do
                @info "plain" loss = 0.5
            end
            with_logger(CaptureLogger(run; metrics=true)) do
                for step in 1:3
                    @info "trained" step loss = 1 / step epoch = step solver = "cg"
                end
                @info "done" accuracy = 0.75 converged = true
                @info "again" maxlog = 2 late = nothing
            end
            with_logger(CaptureLogger(run; metrics=(:chosen,))) do
                @info "some" chosen = 1 other = 2
            end
            @test_throws ArgumentError CaptureLogger(run; metrics=1)
        end
        @test record(store)["metrics"] == Dict("accuracy" => 0.75, "converged" => true, "chosen" => 1)
        @test result(store, "loss")["data"] == [[1, 1.0], [2, 0.5], [3, 1 / 3]]
        @test result(store, "epoch")["data"] == [[1, 1], [2, 2], [3, 3]]
        @test occursin("trained step=3", logged(store)) && length(files_in(store, "results")) == 2
    end
end

@testset "what is printed" begin
    in_store() do store
        ended, said = julia("""
            using Metalab
            capture($(repr(store)); experiment="prints:1.0") do run
                capture_stdio!(run; stdout=true, stderr=true)
                println("from Julia")
                println(stderr, "to stderr")
                ccall(:puts, Cint, (Cstring,), "from C"); Libc.flush_cstdio()
                capture_stdio_end!(run)
                println("afterwards")
            end
            """)
        @test ended
        for text in ("from Julia", "to stderr", "from C", "afterwards")
            @test occursin(text, said)
        end
        log(name) = read(only(filter(path -> endswith(path, name), files_in(store, "logs"))), String)
        @test occursin("from Julia", log("_stdout.log")) && occursin("from C", log("_stdout.log"))
        @test !occursin("afterwards", log("_stdout.log"))
        @test occursin("to stderr", log("_stderr.log"))
    end
end
