# The run of tests/scenario.rs that each language reads of each, written in R: Rscript write.R STORE
library(metalab)

wide <- bit64::as.integer64(c("-9223372036854775807", "9007199254740993", "0"))

with_capture(commandArgs(trailingOnly = TRUE)[[1]],
  experiment = "exchange:1.0", params = list(n = 4L, big = wide[2], dt = 0.001, name = "five", flag = TRUE), code_hash = "",
  note = "a note", {
    run |>
      capture_metric("energy", 0.5) |>
      capture_metric("nan", NaN) |>
      capture_metric("inf", Inf) |>
      capture_metric("neg", -Inf) |>
      capture_metric("big", bit64::as.integer64("9223372036854775807")) |>
      capture_metric("done", TRUE) |>
      capture_metric("solver", "cg \u00e9")

    real <- capture_series(run, "real")
    real(0:4, c(0.5, NaN, Inf, -Inf, 1 / 3))
    for (step in 0:2) {
      capture_metric(run, "whole", wide[step + 1], step = step)
      capture_metric(run, "flag", step != 1, step = step)
      capture_metric(run, "text", c("a", "", "\u00e9 b")[step + 1], step = step)
    }

    matrix <- outer(0:1, 0:2, function(i, j) 10 * i + j)
    capture_artifact(run, "matrix", matrix)
    capture_artifact(run, "rows", matrix)
    capture_artifact(run, "ints", c(-1L, 0L, 7L))
    capture_artifact(run, "complex", c(1 + 2i, complex(real = NaN, imaginary = -0.5)))
    capture_artifact(run, "flags", c(TRUE, FALSE, TRUE))
    capture_artifact(run, "empty", matrix(0, 0, 3))
    capture_data(run, "vector", c(1, NaN, -Inf))
    capture_data(run, "table", list(a = 1:3, b = list(c = NULL, d = "x")))
    capture_log(run, "a line")
  }
)
