# All runs of a store, the best first.
using Metalab

table = runs("runs"; filter="metrics.peak exists", order="metrics.peak")
for row in table
    println(row["params.n"], " ", row["metrics.peak"], " ", row.status)
end
