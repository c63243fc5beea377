# Metrics and series.

capture_metric <- function(run, name, value, step = NULL) {
  .Call(C_metric, run, name, step, value)
  invisible(run)
}

capture_metrics <- function(run, ..., step = NULL) {
  values <- list(...)
  if (length(values) == 1 && is.null(names(values))) values <- values[[1]]
  .Call(C_metrics, run, step, values)
  invisible(run)
}

capture_series <- function(run, name, unit = NULL, description = NULL) {
  handle <- .Call(C_series, run, name, unit, description)
  structure(function(step, value) invisible(.Call(C_point, handle, step, value)), class = "metalab_series", name = name)
}

print.metalab_series <- function(x, ...) {
  cat("<metalab_series ", attr(x, "name"), ", called as (step, value)>\n", sep = "")
  invisible(x)
}
