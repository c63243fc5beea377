# The run of tests/exchange.rs, written in Julia: julia write.jl STORE
using Metalab

capture(ARGS[1]; experiment="exchange:1.0", params=(n=4, big=9007199254740993, dt=0.001, name="five", flag=true), code_hash="",
        note="a note") do rec
    metrics!(rec; energy=0.5, nan=NaN, inf=Inf, neg=-Inf, big=typemax(Int64), done=true, solver="cg é")
    real = series(rec, "real")
    foreach(real, 0:4, [0.5, NaN, Inf, -Inf, 1 / 3])
    for (step, whole, text) in zip(0:2, [-typemax(Int64), 9007199254740993, 0], ["a", "", "é b"])
        metrics!(rec; step=step, whole=whole, flag=step != 1, text=text)
    end
    matrix = [10.0i + j for i in 0:1, j in 0:2]
    artifact!(rec, "matrix", matrix)
    artifact!(rec, "rows", PermutedDimsArray(collect(matrix'), (2, 1)))
    artifact!(rec, "ints", Int32[-1, 0, 7])
    artifact!(rec, "complex", [1 + 2im, NaN - 0.5im])
    artifact!(rec, "flags", [true, false, true])
    artifact!(rec, "empty", zeros(0, 3))
    data!(rec, "vector", [1, NaN, -Inf])
    data!(rec, "table", (a=[1, 2, 3], b=(c=nothing, d="x")))
    log!(rec, :info, "a line")
end
