# Answers the questions of tests/exchange.rs about a store, in Julia: julia read.jl STORE
using Metalab

show_value(value::Float64) = isnan(value) ? "NaN" : uppercase(string(reinterpret(UInt64, value); base=16, pad=16))
show_value(value::Bool) = value ? "T" : "F"
show_value(value::Complex) = show_value(real(value)) * " " * show_value(imag(value))
show_value(value) = string(value)

# By rows.
show_array(array) = join([join(size(array), "x"); show_value.(vec(permutedims(array, ndims(array):-1:1)))], " ")

run_read = newest(ARGS[1])
println("status ", run_read.status, "\nnotes ", run_read.notes)
foreach(name -> println("param ", name, " ", show_value(run_read.params[name])), ["n", "big", "dt", "name", "flag"])
foreach(name -> println("metric ", name, " ", show_value(run_read.metrics[name])), ["energy", "nan", "inf", "neg", "big", "done", "solver"])
for name in ["real", "whole", "flag", "text"], point in series(run_read, name)
    println(name, " ", point.step, " ", show_value(point.value), name == "text" ? "." : "")
end
println("last ", last_step(run_read))
foreach(name -> println(name, " ", show_array(run_read[name])), ["matrix", "rows", "ints", "complex", "flags", "empty"])
println("vector ", show_array(data(run_read, "vector")))
data(run_read, "table") == Dict("a" => [1, 2, 3], "b" => Dict("c" => nothing, "d" => "x")) || println("table")
println("a line ", show_value(endswith(run_read.log, "a line\n")))
