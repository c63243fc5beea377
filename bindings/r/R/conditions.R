# Errors, and what becomes of conditions while a run is captured.

#' Errors
#'
#' What fails raises a condition of class `metalab_error`, with the library's message, which
#' names the function and the argument.
#'
#' @details The first class says which error it is, after the library's status: `metalab_error_name`,
#' `metalab_error_value`, `metalab_error_json`, `metalab_error_closed`,
#' `metalab_error_handle`, `metalab_error_exists`, `metalab_error_busy`,
#' `metalab_error_io`, `metalab_error_full`, `metalab_error_access`,
#' `metalab_error_not_found`, `metalab_error_memory`, `metalab_error_unsupported`,
#' `metalab_error_incomplete`, `metalab_error_utf8`, `metalab_error_null`,
#' `metalab_error_damaged`,
#' `metalab_error_panic`, `metalab_error_stopped`. The condition also has the status, a number, as `$status` and its
#' name as `$name`.
#'
#' A simulation that is to go on without its capture wraps the calls in `tryCatch(...,
#' metalab_error = function(condition) NULL)`.
#' @examples
#' store <- tempfile("store")
#' run <- capture_open(store, experiment = "heat:1.0")
#' capture_finish(run)
#' condition <- tryCatch(capture_metric(run, "late", 1), metalab_error_closed = identity)
#' class(condition)
#' conditionMessage(condition)
#' @name metalab_error
NULL

# Called by the C code once the library has returned; the call is that of the R function.
raise <- function(message, status, name) {
  kind <- paste0("metalab_error_", tolower(sub("^METALAB_(ERR_)?", "", name)))
  stop(structure(
    class = c(kind, "metalab_error", "error", "condition"),
    list(message = message, call = sys.call(-1), status = status, name = name)
  ))
}

# The call of the package's function that was called from outside of it.
outer_call <- function() {
  k <- sys.nframe() - 2L
  while (k > 1L && identical(topenv(environment(sys.function(k - 1L))), topenv())) k <- k - 1L
  if (k >= 1L) sys.call(k)
}

# What is found wrong before the library is asked.
refuse <- function(...) {
  stop(structure(
    class = c("metalab_error_value", "metalab_error", "error", "condition"),
    list(message = paste0(...), call = outer_call(), status = 6L, name = "METALAB_ERR_VALUE")
  ))
}

# The condition's own class, the first of them.
condition_type <- function(condition) class(condition)[[1]]

# How with_capture() evaluates its block; of no interest to who reads where something happened.
is_block <- function(call) identical(call, quote(eval(expression, scope)))

call_text <- function(call) {
  if (is.null(call) || is_block(call)) NULL else paste(deparse(call, nlines = 1L), collapse = " ")
}

# The calls in which it happened, the outermost first, without those of the capture itself.
trace_text <- function(calls) {
  if (length(calls) == 0) return(NULL)
  # Of a recursion without end, both ends.
  omitted <- length(calls) - 100L
  if (omitted > 0) calls <- c(calls[1:20], list(as.name(paste("...", omitted, "calls"))), utils::tail(calls, 80L))
  texts <- vapply(calls, function(call) {
    text <- deparse(call, width.cutoff = 120L, nlines = 3L)
    where <- utils::getSrcref(call)
    if (inherits(where, "srcref")) {
      file <- utils::getSrcFilename(where)
      if (length(file) == 1 && nzchar(file)) text <- c(text, paste0("  at ", file, "#", where[[1]]))
    }
    paste(text, collapse = "\n   ")
  }, "")
  paste0(seq_along(texts), ": ", texts, collapse = "\n")
}

# Forgets the error or interrupt that was noted where the code goes on: where signalCondition()
# returns, since nobody handled it, or a restart within the code is taken by who handled it. An error that a
# tryCatch() within the code catches is not seen here at all.
forget_where_it_goes_on <- function(ending, frames) {
  for (k in frames) {
    called <- sys.call(k)[[1]]
    if (!is.name(called) || !(as.character(called) %in% c("withRestarts", "signalCondition"))) next
    mark <- new.env()
    look <- function() if (!identical(returnValue(mark), mark)) ending$condition <- ending$calls <- NULL
    do.call(base::on.exit, list(as.call(list(look)), add = TRUE), envir = sys.frame(k))
  }
}

# The frames of the code, when a handler calls this, whose own frame is the caller's.
inner_frames <- function(depth) {
  own <- sys.parent()
  seq_len(own - 1L)[-seq_len(depth + 1L)]
}

# True if R had no room to call handlers.
is_overflow <- function(message) {
  texts <- gettext(c("C stack usage  %ld is too close to the limit",
    "evaluation nested too deeply: infinite recursion / options(expressions=)?"), domain = "R")
  any(vapply(sub("[%:].*", "", texts), grepl, NA, x = message, fixed = TRUE))
}

# Has messages and warnings that `code` signals go to the run as well, and remembers in `ending` the
# error or interrupt that may end it. Nothing is caught. A handler must not fail: it does nothing
# where the run is another process's (a forked child) or has ended.
recording <- function(run, ending, code) {
  warnings <- 0L
  depth <- sys.nframe()
  log <- function(text, level) {
    tryCatch(capture_log(run, sub("\n$", "", text), level), error = function(condition) NULL)
  }
  withCallingHandlers(
    code,
    message = function(condition) log(conditionMessage(condition), "info"),
    warning = function(condition) {
      call <- call_text(conditionCall(condition))
      log(paste0(if (!is.null(call)) paste0("In ", call, ": "), conditionMessage(condition)), "warning")
      # The record takes as many as R itself keeps; the log has them all.
      warnings <<- warnings + 1L
      if (warnings <= getOption("nwarnings", 50L)) {
        details <- if (!is.null(call)) list(call = call)
        tryCatch(capture_add_warning(run, conditionMessage(condition), details), error = function(condition) NULL)
      }
    },
    error = function(condition) {
      ending$condition <- condition
      calls <- sys.calls()
      # From below withCallingHandlers() to above the handler and what called it.
      calls <- calls[seq_along(calls) > depth + 1L]
      machinery <- vapply(calls, function(call) {
        is_block(call) || is.function(call[[1]]) ||
          is.name(call[[1]]) && as.character(call[[1]]) %in% c(".handleSimpleError", "h", ".signalSimpleWarning")
      }, NA)
      ending$calls <- calls[!machinery]
      # Where R has no room for more, what is known stays.
      tryCatch(forget_where_it_goes_on(ending, inner_frames(depth)), error = function(condition) NULL)
    },
    interrupt = function(condition) {
      ending$condition <- condition
      forget_where_it_goes_on(ending, inner_frames(depth))
    }
  )
}

# Says how the run ends: as `condition` has it, or by another way out of the code.
note_ending <- function(run, ending) {
  condition <- ending$condition
  quietly <- function(code) tryCatch(code, metalab_error = function(condition) NULL)
  if (inherits(condition, "interrupt")) {
    quietly(capture_cancel(run, "interrupted"))
  } else if (inherits(condition, "error")) {
    quietly(capture_fail(run, condition, traceback = trace_text(ending$calls)))
  } else {
    why <- "the code was left before its end, by a jump or a condition that is no error"
    last <- geterrmessage()
    if (!identical(last, ending$before) && is_overflow(last)) {
      why <- paste0("the code was left before its end; R's last error: ", sub("\n$", "", last))
    }
    quietly(capture_fail(run, why, type = "Unfinished"))
  }
}

# R keeps the message of its latest error; from this one on, it is another's.
mark_last_error <- function() {
  tryCatch(stop("no error since the run was opened", call. = FALSE), error = function(condition) geterrmessage())
}
