# Metrics and series.

#' Metrics and Series
#'
#' A metric is one value of the run, of which the last is kept. With a step it is a point of the
#' series of that name.
#'
#' @param run a run.
#' @param name a text.
#' @param value a number, boolean or text; a factor, `Date` or `POSIXct` is a text. With
#'   steps, as many values as steps. Not a `difftime`, whose unit would be lost.
#' @param step whole numbers.
#' @param ... values by name, or one list or vector that has names.
#' @param unit,description of the values, texts; for `capture_set_step_unit()`, what the steps of the
#'   series count, where they are not the run's steps: a restart keeps all of its points then.
#' @param axis the series that the series `name` is plotted against, instead of the step: the time of an
#'   adaptive solver. `run_series(run, name, axis = TRUE)` reads both.
#' @details `NA` is no value: nothing is recorded. `NaN` and infinities are. A handle from
#' `capture_series()` is the fastest way to record points. It is called with steps and values,
#' `residual(step, value)`, vectors too.
#' @return The run, invisibly; `capture_series()`: a function of `step` and `value`.
#' @examples
#' store <- tempfile("store")
#' run <- capture_open(store, experiment = "heat:1.0")
#' residual <- capture_series(run, "residual", unit = "K")
#' for (i in 0:9) residual(i, 1 / (i + 1))
#' residual(10:12, c(0.1, 0.05, 0.01))
#' run |>
#'   capture_metric("converged", TRUE) |>
#'   capture_metric("loss", 0.5, step = 1) |>
#'   capture_metrics(loss = 0.25, accuracy = 0.9, step = 2)
#' capture_finish(run)
#' capture_summary(run, "metrics")
#' @export
capture_metric <- function(run, name, value, step = NULL) {
  .Call(C_metric, run, name, step, value)
  invisible(run)
}

#' @rdname capture_metric
#' @export
capture_metrics <- function(run, ..., step = NULL) {
  values <- list(...)
  if (length(values) == 1 && is.null(names(values))) values <- values[[1]]
  .Call(C_metrics, run, step, values)
  invisible(run)
}

#' @rdname capture_metric
#' @export
capture_series <- function(run, name, unit = NULL, description = NULL) {
  handle <- .Call(C_series, run, name, unit, description)
  structure(function(step, value) invisible(.Call(C_point, handle, step, value)), class = "metalab_series", name = name)
}

#' @export
print.metalab_series <- function(x, ...) {
  cat("<metalab_series ", attr(x, "name"), ", called as (step, value)>\n", sep = "")
  invisible(x)
}
