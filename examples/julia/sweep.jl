# A sweep over a parameter, of which runs that are a success already are read and not solved again.
using Metalab

peaks = map((64, 128)) do n
    capture("runs"; experiment="sweep:1", params=(n=n,), if_success=:skip,
            skipped=before -> before.metrics["peak"]) do rec
        println("solving ", n)
        peak = 1 / n
        metric!(rec, "peak", peak)
        peak
    end
end
println(peaks)
