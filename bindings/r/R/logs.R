# Log lines, loggers and the process's own output.

levels <- c(debug = 10L, info = 20L, warning = 30L, error = 40L, critical = 50L)

level_number <- function(level) {
  if (length(level) != 1) refuse("level: one is wanted")
  if (is.numeric(level)) return(level)
  known <- match(level, names(levels))
  if (is.na(known)) refuse("level: one of ", paste(names(levels), collapse = ", "), " is wanted")
  levels[[known]]
}

#' Logs
#'
#' Lines of the run's log; named loggers, to which runs subscribe; what the process prints; appenders
#' for the packages \pkg{logger} and \pkg{lgr}.
#'
#' @param run a run.
#' @param text texts, each of which is a line.
#' @param level `"debug"`, `"info"`, `"warning"`, `"error"` or
#'   `"critical"`, or its number in Python's logging.
#' @param logger a name; `"a"` is above `"a.b"`, and `""` above all.
#' @param streams which of the process's outputs.
#' @param ... arguments of an appender of \pkg{lgr}, such as `threshold` and `layout`.
#' @details Code of a package logs by `metalab_log()`, without knowing any run; every run of the process
#' that subscribed to the name, or to one above it, gets the line.
#'
#' `capture_stdio()` takes what is written to the process's descriptors: output of R run as a
#' script, of compiled code and of child processes. It still goes where it went. It ends with the run.
#'
#' An appender of a run that has ended does nothing.
#' @return The run, invisibly. `metalab_log_enabled()`: whether a line would reach a run. The appenders:
#' what `logger::log_appender()` or an \pkg{lgr} logger's `$add_appender()` takes.
#' @examples
#' store <- tempfile("store")
#' run <- capture_open(store, experiment = "heat:1.0")
#' capture_log(run, "set up")
#' capture_log(run, c("residual grows", "step is halved"), "warning")
#'
#' capture_subscribe(run, "solver")
#' metalab_log("solver.poisson", "converged")
#'
#' if (requireNamespace("logger", quietly = TRUE)) {
#'   before <- logger::log_appender()
#'   logger::log_appender(appender_logger(run))
#'   logger::log_warn("by the package logger")
#'   logger::log_appender(logger::appender_console)
#' }
#' capture_finish(run)
#' @export
capture_log <- function(run, text, level = "info") {
  .Call(C_capture_log, run, level_number(level), text)
  invisible(run)
}

#' @rdname capture_log
#' @export
metalab_log <- function(logger, text, level = "info") invisible(.Call(C_log, logger, level_number(level), text))

#' @rdname capture_log
#' @export
metalab_log_enabled <- function(logger, level = "info") .Call(C_log_enabled, logger, level_number(level))

#' @rdname capture_log
#' @export
capture_subscribe <- function(run, logger, level = "info") {
  .Call(C_subscribe, run, logger, level_number(level))
  invisible(run)
}

#' @rdname capture_log
#' @export
capture_unsubscribe <- function(run, logger) {
  .Call(C_unsubscribe, run, logger)
  invisible(run)
}

#' @rdname capture_log
#' @export
capture_stdio <- function(run, streams = c("stdout", "stderr")) {
  .Call(C_stdio, run, match.arg(streams, several.ok = TRUE))
  invisible(run)
}

#' @rdname capture_log
#' @export
capture_stdio_end <- function(run) {
  .Call(C_stdio_end, run)
  invisible(run)
}

# An appender for the package logger. It is called with lines that have their layout, in the frame
# of the call that has the level.
#' @rdname capture_log
#' @export
appender_logger <- function(run) {
  force(run)
  structure(function(lines) {
    level <- get0("level", envir = parent.frame(), inherits = FALSE)
    name <- attr(level, "level")
    ours <- switch(if (is.null(name)) "" else name,
      FATAL = "critical", ERROR = "error", WARN = "warning", DEBUG = , TRACE = "debug", "info"
    )
    # Logging must not end a program whose run has ended.
    tryCatch(capture_log(run, lines, ours), metalab_error = function(condition) NULL)
    invisible()
  }, generator = deparse(match.call()))
}

# An appender for the package lgr, whose levels are 100 (fatal) to 600 (trace).
#' @rdname capture_log
#' @export
appender_lgr <- function(run, ...) {
  for (package in c("lgr", "R6")) {
    if (!requireNamespace(package, quietly = TRUE)) refuse("appender_lgr: the package ", package, " is not installed")
  }
  force(run)
  generator <- R6::R6Class("AppenderMetalab",
    inherit = getExportedValue("lgr", "Appender"),
    cloneable = FALSE,
    public = list(append = function(event) {
      level <- event$level
      ours <- if (level <= 100) "critical" else if (level <= 200) "error" else if (level <= 300) "warning"
      else if (level <= 400) "info" else "debug"
      lines <- tryCatch(self$layout$format_event(event), error = function(condition) event$msg)
      tryCatch(capture_log(run, paste(lines, collapse = "\n"), ours), metalab_error = function(condition) NULL)
      invisible()
    })
  )
  generator$new(...)
}
