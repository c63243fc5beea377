# Runs that are opened and finished again and again, with the collector at work, leave nothing behind.
# METALAB_TEST_CYCLES says how often; the figure that is published is that of 10000.
const CYCLES = parse(Int, get(ENV, "METALAB_TEST_CYCLES", "300"))

descriptors() = length(readdir("/proc/self/fd"))
mappings() = countlines("/proc/self/maps")
resident() = parse(Int, match(r"VmRSS:\s+(\d+)", read("/proc/self/status", String))[1]) * 1024

function cycle(store, k)
    garbage = Any[]
    capture(store; experiment="leaks:1.0", run_id="same", code_hash="", refresh_interval=0) do run
        residual = series(run, "residual")
        for step in 1:20
            residual(step, Float64(step))
            push!(garbage, rand(500))
        end
        metric!(run, "k", k)
        artifact!(run, "a", garbage[1])
        field = artifact_array(run, "field", Float64, (32, 32))
        field .= k
        k % 3 == 0 || seal!(field)      # the others are left to the run's end and the collector
        artifact_stream(run, "text") do io
            print(io, k)
        end
        log!(run, :info, "cycle")
    end
    k % 10 == 0 && GC.gc(k % 50 == 0)
    return
end

function settle()
    for _ in 1:3
        GC.gc()
    end
    sleep(0.2)
    return (descriptors(), mappings(), resident())
end

if isdir("/proc/self/fd")
    in_store() do store
        foreach(k -> cycle(store, k), 1:100)
        before = settle()
        foreach(k -> cycle(store, k), 1:CYCLES)
        after = settle()
        @test after[1] <= before[1] + 2
        @test after[2] <= before[2] + 20
        # A kilobyte a cycle would be a leak; what the allocators keep to themselves is not.
        @test after[3] <= before[3] + 32 * 2^20 + 512 * CYCLES
        # Runs that nobody finished are not lost either.
        foreach(k -> Run(store; experiment="leaks:1.0", run_id="dropped-$k"), 1:20)
        settle()
        Metalab.finish_orphans()
        @test descriptors() <= before[1] + 2
        get(ENV, "METALAB_TEST_CYCLES", "") == "" || @info "leaks" CYCLES before after
    end
end
