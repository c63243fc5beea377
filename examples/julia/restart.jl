# A solver that goes on from its latest snapshot when it is started again.
using Metalab

const N, STEPS = 64, 100
const WANTED = (experiment="restart:1", params=(n=N,))

before = earlier("runs"; WANTED...)                             # is there an earlier attempt?
snapshot = before === nothing ? nothing : latest(before, "u")   # its last snapshot, if it had come to one
done, u = something(snapshot, (0, [i == N ÷ 2 ? 1.0 : 0.0 for i in 1:N]))
u = copy(u)

println("from step ", done + 1)
capture("runs"; WANTED..., restart=done == 0 ? nothing : done + 1) do rec
    fields = snapshots(rec, "u", Float64, N)
    for step in done+1:STEPS
        u[2:N-1] .+= 0.25 .* (u[1:N-2] .- 2 .* u[2:N-1] .+ u[3:N])
        metric!(rec, "peak", maximum(u); step=step)
        step % 50 == 0 && fields(field -> field .= u, step)
        if step == 70 && done == 0
            cancel!(rec, "the time is up")
            break
        end
    end
end
before === nothing || println(last_step(Metalab.refresh!(before)), " steps")
