# The scenario that is the same in every language: Rscript scenario.R STORE
library(metalab)

table <- list(a = 1:3, b = list(c = NULL, d = "x"))

with_capture(commandArgs(trailingOnly = TRUE)[[1]],
  experiment = "scenario:1.0", params = list(n = 4L, dt = 0.001, name = "five"), seed = 42, code_hash = "",
  tags = c("a", "b"), note = "same in every language", {
    run |>
      capture_metric("energy", 0.5) |>
      capture_metric("nan", NaN) |>
      capture_metric("inf", Inf) |>
      capture_metric("count", 7L) |>
      capture_metric("converged", TRUE) |>
      capture_metric("solver", "cg \u00e9")

    residual <- capture_series(run, "residual", unit = "K", description = "of the solver")
    for (step in 0:9) {
      residual(step, 1 / (step + 1))
      capture_metric(run, "iterations", step * step, step = step)
    }

    capture_data(run, "table", table)
    capture_data(run, "vector", c(1, 2, 3))

    capture_artifact(run, "config", table)
    capture_artifact(run, "matrix", outer(0:1, 0:2, function(i, j) 10 * i + j))
    capture_artifact(run, "pair", list(x = c(0, 1, 2, 3), k = 1:2))
    field <- capture_array(run, "field", dim = c(4, 5))
    for (j in 0:4) for (i in 0:3) field[i + 1, j + 1] <- i + 10 * j
    capture_seal(field)
    capture_artifact(run, "blob", charToRaw("bytes\n"), kind = "text", format = "txt")

    capture_log(run, "line one", "debug")
    capture_log(run, "line two")
    capture_log(run, "w\u00f6rd", "warning")
  }
)
