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
