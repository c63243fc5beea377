# Several threads emit at once, in a process that has them.
const THREADS = min(4, Sys.CPU_THREADS)     # Julia takes no more than the machine has
in_store() do store
    ended, said = julia("""
        using Metalab
        using Base.Threads
        nthreads() == $THREADS || exit(9)
        capture($(repr(store)); experiment="threads:1.0") do run
            residual = series(run, "residual")
            field = artifact_array(run, "field", Float64, (64, 64))
            @threads for step in 1:4000
                residual(step, Float64(step))
                metric!(run, "last_\$(threadid())", step)
                metric!(run, "stepped", step; step=step)
                step % 100 == 0 && log!(run, :info, "step \$step")
                step % 500 == 0 && artifact!(run, "part_\$step", fill(step, 100))
                field[step] = step
                step % 50 == 0 && GC.gc(false)
            end
            seal!(field)
            print(residual.name)
        end
        """; arguments=`-t$THREADS`)
    @test (ended, said) == (true, "residual")
    @test result(store, "residual")["data"] == [[step, step] for step in 1:4000]
    @test result(store, "stepped")["data"] == [[step, step] for step in 1:4000]
    @test length(record(store)["metrics"]) == THREADS
    @test count("step ", logged(store)) == 40
    @test length(record(store)["artifacts"]) == 9
    @test npz(file_of(store, "artifacts", "field.npz"), Float64)[1][2][1:4000] == 1:4000
end

# Threads open and finish runs of their own, and leave arrays and runs to the collector, which is at work.
in_store() do store
    ended, said = julia("""
        using Metalab
        using Base.Threads
        const good = Atomic{Int}(0)
        @threads for k in 1:60
            capture($(repr(store)); experiment="many:1.0", run_id="run-\$k", code_hash="") do run
                field = artifact_array(run, "field", Float64, (16, 16))
                field .= k
                metric!(run, "k", k)
                k % 2 == 0 && seal!(field)
                k % 5 == 0 && Run($(repr(store)); experiment="dropped:1.0", run_id="run-\$k", code_hash="")
                k % 3 == 0 && GC.gc(k % 2 == 0)
            end
            atomic_add!(good, 1)
        end
        print(good[])
        for _ in 1:3
            GC.gc()
        end
        """; arguments=`-t$THREADS`)
    @test (ended, said) == (true, "60")
    records(experiment) = [parse_json(read(path, String)) for path in readdir(joinpath(store, experiment, "runs"); join=true)]
    finished, dropped = records("many_1.0"), records("dropped_1.0")
    @test length(finished) == 60 && all(one -> one["status"] == "success", finished)
    @test length(dropped) == 12 && all(one -> one["status"] == "failed" && one["error"]["type"] == "NotFinished", dropped)
end

# Threads read a run at once, each with handles of its own and with one in common.
in_store() do store
    capture(store; experiment="read:1.0", code_hash="") do run
        residual = series(run, "residual")
        residual(1:1000, collect(1.0:1000.0))
        artifact!(run, "field", [i + j for i in 1:50, j in 1:40])
        metric!(run, "n", 7)
    end
    ended, said = julia("""
        using Metalab
        using Base.Threads
        const shared = newest($(repr(store)))
        const good = Atomic{Int}(0)
        @threads for k in 1:40
            run = isodd(k) ? shared : newest($(repr(store)))
            points, field = series(run, "residual"), run["field"]
            k % 5 == 0 && GC.gc()
            fine = points.step == 1:1000 && sum(points.value) == 500500 && sum(field) == 92000 && field[50, 40] == 90
            fine && run.metrics["n"] == 7 && length(runs(Store($(repr(store))))) == 1 && atomic_add!(good, 1)
        end
        print(good[])
        """; arguments=`-t$THREADS`)
    @test (ended, said) == (true, "40")
end
