# compare.R
library(metalab)

runs <- load_runs("runs", experiment = "integral:1.0", filter = "status = success", order = "params.n")
print(runs[c("params.n", "metrics.error")])

curves <- lapply(runs$run_id, function(id) {
  run <- load_run("runs", id)
  data.frame(n = run_params(run)$n, run_series(run, "sum"))
})
print(aggregate(value ~ n, do.call(rbind, curves), max))
