# Opening a run, and ending it.

# The captures that are open by with_capture() and local_capture(), the innermost last.
current <- new.env(parent = emptyenv())
current$stack <- list()

capture_current <- function() {
  count <- length(current$stack)
  if (count == 0) NULL else current$stack[[count]]
}

push_current <- function(run) current$stack <- c(current$stack, list(run))

pop_current <- function(run) {
  found <- which(vapply(current$stack, identical, NA, run))
  if (length(found) > 0) current$stack <- current$stack[-max(found)]
}

# The script that R runs, if it runs one.
script_path <- function() {
  arguments <- commandArgs(trailingOnly = FALSE)
  end <- match("--args", arguments, nomatch = length(arguments) + 1L)
  arguments <- arguments[seq_len(end - 1L)]
  file <- sub("^--file=", "", grep("^--file=", arguments, value = TRUE))
  if (length(file) == 0) file <- arguments[which(arguments == "-f") + 1L]
  if (length(file) != 1 || is.na(file)) return(NULL)
  # Rscript writes spaces so.
  file <- gsub("~+~", " ", file, fixed = TRUE)
  if (file.exists(file) && !dir.exists(file)) file else NULL
}

is_set <- function(variable) nzchar(Sys.getenv(variable))

# R itself is the same for every script: what identifies the code is the script.
default_code_hash <- function() {
  script <- script_path()
  if (is.null(script)) return("")
  bytes <- readBin(script, "raw", file.size(script))
  metalab_fingerprint(paste(as.character(bytes), collapse = ""))
}

default_experiment <- function() {
  script <- script_path()
  if (is.null(script)) "R" else sub("\\.[Rr]$", "", basename(script))
}

r_build <- function() {
  blas <- tryCatch(basename(extSoftVersion()[["BLAS"]]), error = function(condition) "")
  paste0(R.version.string, ", ", R.version$platform, if (nzchar(blas)) paste0(", BLAS ", blas))
}

capture_open <- function(store = NULL, experiment = NULL, params = NULL, seed = NULL, tags = NULL, note = NULL,
                         context = NULL, metadata = NULL, replicate = NULL, run_id = NULL, code_hash = NULL,
                         description = NULL, experiment_tags = NULL, worker = NULL,
                         if_success = c("rerun", "skip", "refuse"), durable = NULL, sample = NULL,
                         stop_before = NULL, end_time = NULL, journal = NULL, flush_interval = NULL,
                         refresh_interval = NULL, role = c("auto", "owner", "worker"), rank = NULL, attach_patience = NULL, restart = NULL,
                         index_wait = NULL) {
  if (is.null(experiment) && !is_set("METALAB_EXPERIMENT")) experiment <- default_experiment()
  if (is.null(code_hash) && !is_set("METALAB_CODE_HASH")) code_hash <- default_code_hash()
  if (!is.null(store) && !grepl("^file:", store)) store <- path.expand(store)
  if (inherits(end_time, "POSIXct")) end_time <- floor(as.numeric(end_time))
  if (inherits(stop_before, "difftime")) stop_before <- as.numeric(stop_before, units = "secs")
  if_success <- if (!missing(if_success)) match.arg(if_success)
  role <- if (!missing(role)) match.arg(role)
  .Call(C_open, list(
    store = store, experiment = experiment, description = description, experiment_tags = experiment_tags,
    run_id = run_id, params = params, context = context, metadata = metadata, tags = tags, note = note, seed = seed,
    replicate = replicate, code_hash = code_hash, worker = worker, compiler = r_build(), sample = sample,
    flush_interval = flush_interval, refresh_interval = refresh_interval, journal = journal, if_success = if_success, durable = durable,
    end_time = end_time, stop_before = stop_before, role = role, rank = rank, attach_patience = attach_patience,
    restart = restart, index_wait = index_wait
  ))
}

with_capture <- function(store = NULL, code, ..., as = "run") {
  expression <- substitute(code)
  frame <- parent.frame()
  run <- capture_open(store, ...)
  if (capture_is_skipped(run)) return(invisible(NULL))
  ending <- new.env(parent = emptyenv())
  ending$before <- mark_last_error()
  completed <- FALSE
  push_current(run)
  on.exit({
    pop_current(run)
    if (completed) {
      capture_finish(run)
    } else {
      note_ending(run, ending)
      # The error that is under way is the one to be told.
      tryCatch(capture_finish(run), metalab_error = function(condition) {
        warning("the run's end: ", conditionMessage(condition), call. = FALSE)
      })
    }
  })
  scope <- new.env(parent = frame)
  assign(as, run, envir = scope)
  value <- withVisible(recording(run, ending, eval(expression, scope)))
  completed <- TRUE
  if (value$visible) value$value else invisible(value$value)
}

local_capture <- function(store = NULL, ..., .local_envir = parent.frame()) {
  frame <- .local_envir
  run <- capture_open(store, ...)
  if (identical(frame, globalenv())) return(run)
  push_current(run)
  before <- mark_last_error()
  mark <- new.env()
  end <- function() {
    pop_current(run)
    if (!capture_is_open(run)) return(invisible())
    if (identical(returnValue(mark), mark)) {
      after <- geterrmessage()
      if (!identical(after, before)) {
        tryCatch(capture_fail(run, sub("\n$", "", after), type = "error"), metalab_error = function(condition) NULL)
      } else {
        note_ending(run, list(condition = NULL, before = before))
      }
    }
    capture_finish(run)
  }
  do.call(base::on.exit, list(as.call(list(end)), add = TRUE, after = FALSE), envir = frame)
  run
}

capture_finish <- function(run) {
  .Call(C_finish, run)
  invisible(run)
}

capture_fail <- function(run, message, type = NULL, traceback = NULL) {
  if (inherits(message, "condition")) {
    condition <- message
    if (is.null(type)) type <- condition_type(condition)
    call <- call_text(conditionCall(condition))
    message <- conditionMessage(condition)
    if (!is.null(call)) traceback <- paste(c(traceback, paste("in", call)), collapse = "\n")
  }
  .Call(C_fail, run, if (is.null(type)) "error" else type, paste(message, collapse = "\n"), traceback)
  invisible(run)
}

capture_cancel <- function(run, reason = NULL) {
  .Call(C_cancel, run, reason)
  invisible(run)
}

capture_flush <- function(run, durable = FALSE) {
  .Call(C_flush, run, durable)
  invisible(run)
}

capture_add_warning <- function(run, message, details = NULL) {
  .Call(C_warning, run, message, details)
  invisible(run)
}

capture_add_note <- function(run, note) {
  .Call(C_note, run, note)
  invisible(run)
}

capture_add_tag <- function(run, tags) {
  for (tag in tags) .Call(C_tag, run, tag)
  invisible(run)
}

capture_id <- function(run) .Call(C_run_id, run)

capture_is_open <- function(run) .Call(C_is_open, run)

capture_is_skipped <- function(run) .Call(C_is_skipped, run)

capture_rank <- function(run) {
  both <- .Call(C_rank, run)
  list(rank = both[[1]], size = both[[2]])
}

capture_reduce <- function(run, name) {
  .Call(C_reduce, run, name)
  invisible(run)
}

capture_set_axis <- function(run, name, axis) {
  .Call(C_set_axis, run, name, axis)
  invisible(run)
}

capture_should_stop <- function(run, step = NULL) .Call(C_should_stop, run, step)

capture_request_stop <- function(run) {
  .Call(C_request_stop, run)
  invisible(run)
}

capture_seconds_left <- function(run) .Call(C_seconds_left, run)

capture_summary <- function(run, what = c("run", "metrics", "artifacts", "results", "health")) {
  .Call(C_view, run, match.arg(what))
}

print.metalab_capture <- function(x, ...) {
  state <- if (capture_is_skipped(x)) "skipped" else if (capture_is_open(x)) "open" else "ended"
  cat("<metalab_capture ", if (state != "skipped") paste0(capture_id(x), ", "), state, ">\n", sep = "")
  invisible(x)
}

recover_runs <- function(store = NULL, experiment = NULL, journal = NULL) {
  .Call(C_recover, if (!is.null(store)) path.expand(store), experiment, journal)
}

recover_host <- function(host, store = NULL, experiment = NULL, journal = NULL) {
  .Call(C_recover_host, if (!is.null(store)) path.expand(store), experiment, journal, host)
}

recover_child <- function(pid, status, store = NULL, experiment = NULL, journal = NULL) {
  .Call(C_recover_child, if (!is.null(store)) path.expand(store), experiment, journal, pid, status)
}
