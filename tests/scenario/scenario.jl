# The scenario of five languages, in Julia: julia scenario.jl STORE
using Metalab

capture(ARGS[1]; experiment="scenario:1.0", params=(n=4, dt=0.001, name="five"), seed=42, code_hash="", tags=["a", "b"],
        note="same in every language") do run
    metrics!(run; energy=0.5, nan=NaN, inf=Inf, count=7, converged=true, solver="cg é")

    residual = series(run, "residual"; unit="K", description="of the solver")
    for step in 0:9
        residual(step, 1 / (step + 1))
        metric!(run, "iterations", step * step; step=step)
    end

    table = (a=[1, 2, 3], b=(c=nothing, d="x"))
    data!(run, "table", table)
    data!(run, "vector", [1.0, 2.0, 3.0])

    artifact!(run, "config", table)
    artifact!(run, "matrix", [10.0i + j for i in 0:1, j in 0:2])
    artifact!(run, "pair", (x=[0.0, 1.0, 2.0, 3.0], k=Int32[1, 2]))
    field = artifact_array(run, "field", Float64, (4, 5))
    for j in axes(field, 2), i in axes(field, 1)
        field[i, j] = (i - 1) + 10(j - 1)
    end
    seal!(field)
    artifact!(run, "blob", b"bytes\n"; kind="text", format="txt")

    log!(run, :debug, "line one")
    log!(run, :info, "line two")
    log!(run, :warning, "wörd")
end
