# A run with an index, and the index made anew, in Julia. usage: julia rebuild.jl LOCATOR
using Metalab

locator = ARGS[1]
capture(locator; experiment="rebuild:1.0", code_hash="", index_wait=60) do run
    metric!(run, "nan", NaN)
end

times = Ref(0)
runs = Metalab.index_rebuild(locator) do done, total
    times[] += 1
end
println("rebuilt $runs, told $(times[]) times")
try
    Metalab.index_rebuild((done, total) -> false, locator; experiment="rebuild:1.0")
catch problem
    println(problem.name)
end
println(Metalab.index_rebuild(locator), " again")
try
    Metalab.index_rebuild((done, total) -> error("mine"), locator)
catch problem
    println(problem.msg)
end
