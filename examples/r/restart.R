# restart.R
library(metalab)

params <- list(n = 64L, steps = 100L)
earlier <- find_run("runs", experiment = "decay:1.0", params = params) # NULL if there is none
latest <- if (!is.null(earlier)) run_latest(earlier, "u")
step <- if (is.null(latest)) 0L else latest$step + 1L

u <- if (is.null(latest)) rep(1, params$n) else latest$value
with_capture("runs", experiment = "decay:1.0", params = params, restart = step, {
  snapshots <- capture_snapshots(run, "u", params$n)
  while (step <= params$steps) {
    u <- 0.99 * u
    capture_metric(run, "mean", mean(u), step = step)
    if (step %% 10 == 0) snapshots(step, u)
    if (capture_should_stop(run)) break
    step <- step + 1L
  }
})
