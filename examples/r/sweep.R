# sweep.R
library(metalab)

errors <- sapply(c(16L, 32L, 64L), function(n) {
  with_capture("runs", experiment = "integral:1.0", params = list(n = n), if_success = "skip",
    skipped = function(run) run_metrics(run)$error, {
      cat("computing", n, "\n")
      x <- (seq_len(n) - 0.5) * pi / n
      sums <- cumsum(sin(x)) * pi / n
      capture_metric(run, "sum", sums, step = seq_len(n))
      capture_metric(run, "error", abs(sums[n] - 2))
      abs(sums[n] - 2)
    })
})
print(errors)
