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

# The script that R runs, by whichever way, so that its runs have the same identity: that of Rscript and R -f,
# else the outermost one that source() reads, else the document that knitr makes or that the editor shows.
script_path <- function() {
  for (way in list(script_of_option, script_of_command, script_of_source, script_of_knitr, script_of_editor)) {
    path <- way()
    if (!is.null(path)) return(path)
  }
  NULL
}

# The file of this name; a script may have changed the directory since it began.
found_file <- function(file, directories = NULL) {
  if (!is.character(file) || length(file) != 1 || is.na(file) || !nzchar(file)) return(NULL)
  file <- path.expand(file)
  places <- if (is_absolute(file)) file else file.path(c(directories, started$directory, Sys.getenv("PWD"), getwd()), file)
  places <- places[file.exists(places) & !dir.exists(places)]
  if (length(places) > 0) places[[1]]
}

is_absolute <- function(path) startsWith(path, "/")

script_of_option <- function() {
  path <- getOption("metalab.script")
  if (is.null(path)) return(NULL)
  found <- found_file(path, getwd())
  if (is.null(found)) refuse("the option metalab.script is no file")
  found
}

script_of_command <- function() {
  arguments <- commandArgs(trailingOnly = FALSE)
  end <- match("--args", arguments, nomatch = length(arguments) + 1L)
  arguments <- arguments[seq_len(end - 1L)]
  file <- sub("^--file=", "", grep("^--file=", arguments, value = TRUE))
  if (length(file) == 0) file <- arguments[which(arguments == "-f") + 1L]
  # Rscript writes spaces so.
  found_file(gsub("~+~", " ", file, fixed = TRUE))
}

script_of_source <- function() {
  for (k in seq_len(sys.nframe())) {
    if (!identical(sys.function(k), base::source)) next
    frame <- sys.frame(k)
    file <- get0("ofile", frame, inherits = FALSE)
    # With chdir = TRUE the directory was another one.
    found <- found_file(file, get0("owd", frame, mode = "character", inherits = FALSE, ifnotfound = getwd()))
    if (!is.null(found)) return(found)
  }
  NULL
}

script_of_knitr <- function() {
  if (isNamespaceLoaded("knitr")) found_file(getExportedValue("knitr", "current_input")(dir = TRUE))
}

script_of_editor <- function() {
  package <- "rstudioapi"
  if (!interactive() || !requireNamespace(package, quietly = TRUE)) return(NULL)
  if (!getExportedValue(package, "isAvailable")()) return(NULL)
  found_file(tryCatch(getExportedValue(package, "getSourceEditorContext")()$path, error = function(condition) NULL))
}

is_set <- function(variable) nzchar(Sys.getenv(variable))

# R itself is the same for every script: what identifies the code is the script.
default_code_hash <- function(script) {
  if (is.null(script)) return("")
  bytes <- readBin(script, "raw", file.size(script))
  metalab_fingerprint(paste(as.character(bytes), collapse = ""))
}

default_experiment <- function(script) {
  if (is.null(script)) "R" else sub("\\.[Rr](md)?$", "", basename(script))
}

r_build <- function() {
  blas <- tryCatch(basename(extSoftVersion()[["BLAS"]]), error = function(condition) "")
  paste0(R.version.string, ", ", R.version$platform, if (nzchar(blas)) paste0(", BLAS ", blas))
}

# The arguments of capture_open() as the C code takes them.
open_options <- function(store = NULL, experiment = NULL, params = NULL, seed = NULL, tags = NULL, note = NULL,
                         context = NULL, metadata = NULL, replicate = NULL, run_id = NULL, code_hash = NULL,
                         description = NULL, experiment_tags = NULL, worker = NULL, if_success = NULL, durable = NULL,
                         sample = NULL, stop_before = NULL, end_time = NULL, journal = NULL, flush_interval = NULL,
                         refresh_interval = NULL, role = NULL, rank = NULL, attach_patience = NULL, restart = NULL,
                         index_wait = NULL, planned_runs = NULL) {
  asks_experiment <- is.null(experiment) && !is_set("METALAB_EXPERIMENT")
  asks_code <- is.null(code_hash) && !is_set("METALAB_CODE_HASH")
  if (asks_experiment || asks_code) {
    script <- script_path()
    if (asks_experiment) experiment <- default_experiment(script)
    if (asks_code) code_hash <- default_code_hash(script)
    if (is.null(script) && interactive() && is.null(run_id)) {
      message("metalab: R does not say of which script this is, so that the run's id does not depend on the code. ",
        "options(metalab.script = \"solver.R\") says it, or code_hash and experiment do.")
    }
  }
  if (inherits(end_time, "POSIXct")) end_time <- floor(as.numeric(end_time))
  if (inherits(stop_before, "difftime")) stop_before <- as.numeric(stop_before, units = "secs")
  list(
    store = store_locator(store), experiment = experiment, description = description, experiment_tags = experiment_tags,
    run_id = run_id, params = params, context = context, metadata = metadata, tags = tags, note = note, seed = seed,
    replicate = replicate, code_hash = code_hash, worker = worker, compiler = r_build(), sample = sample,
    flush_interval = flush_interval, refresh_interval = refresh_interval, journal = journal, if_success = if_success, durable = durable,
    end_time = end_time, stop_before = stop_before, role = role, rank = rank, attach_patience = attach_patience,
    restart = restart, index_wait = index_wait, planned_runs = planned_runs
  )
}

capture_open <- function(store = NULL, experiment = NULL, params = NULL, seed = NULL, tags = NULL, note = NULL,
                         context = NULL, metadata = NULL, replicate = NULL, run_id = NULL, code_hash = NULL,
                         description = NULL, experiment_tags = NULL, worker = NULL,
                         if_success = c("rerun", "skip", "refuse"), durable = NULL, sample = NULL,
                         stop_before = NULL, end_time = NULL, journal = NULL, flush_interval = NULL,
                         refresh_interval = NULL, role = c("auto", "owner", "worker"), rank = NULL, attach_patience = NULL, restart = NULL,
                         index_wait = NULL, planned_runs = NULL) {
  if_success <- if (!missing(if_success)) match.arg(if_success)
  role <- if (!missing(role)) match.arg(role)
  options <- open_options(
    store, experiment, params, seed, tags, note, context, metadata, replicate, run_id, code_hash, description,
    experiment_tags, worker, if_success, durable, sample, stop_before, end_time, journal, flush_interval, refresh_interval, role,
    rank, attach_patience, restart, index_wait, planned_runs
  )
  run <- .Call(C_open, options)
  attr(run, "store") <- options$store
  run
}

# What is wrong with a block is told before anything is opened.
want_block <- function(expression, is_missing, frame, others) {
  if (is_missing) refuse("code: a block is wanted after the store: with_capture(store, { ... }), with NULL for the default store")
  is_function <- is.call(expression) && identical(expression[[1]], as.name("function")) ||
    is.name(expression) && is.function(get0(as.character(expression), frame))
  if (is_function) refuse("code: a block is wanted, not a function: with_capture(store, solve(run))")
  if (length(others) > 0 && (is.null(names(others)) || !all(nzchar(names(others))))) {
    refuse("the arguments beside the store and the block need names")
  }
}

with_capture <- function(store = NULL, code, ..., as = "run", skipped = NULL) {
  expression <- substitute(code)
  frame <- parent.frame()
  want_block(expression, missing(code), frame, as.list(substitute(list(...)))[-1])
  one_text(as, "as")
  if (!is.null(skipped) && !is.function(skipped)) refuse("skipped: a function of the earlier run is wanted")
  run <- capture_open(store, ...)
  if (capture_is_skipped(run)) {
    earlier <- capture_earlier(run)
    return(if (is.null(skipped)) invisible(earlier) else skipped(earlier))
  }
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
      why <- "the function was left before its end, by an error or another jump"
      # R tells of no handler here: the message may be of an error that was handled before.
      after <- geterrmessage()
      if (!identical(after, before)) {
        why <- paste0(why, "; the latest error message of R, which may be of one that was handled: ", sub("\n$", "", after))
      }
      tryCatch(capture_fail(run, why, type = "Unfinished"), metalab_error = function(condition) NULL)
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

capture_is_open <- function(run) .Call(C_state, run) == "open"

capture_is_skipped <- function(run) .Call(C_state, run) == "skipped"

# The run that was skipped, to be read; NULL where none was.
capture_earlier <- function(run) {
  names <- .Call(C_is_skipped, run)
  if (!is.null(names)) new_run(attr(run, "store"), names[[1]], names[[2]])
}

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

capture_set_step_unit <- function(run, name, unit) {
  .Call(C_set_step_unit, run, name, unit)
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

format.metalab_capture <- function(x, ...) {
  paste0("<metalab_capture ", paste(c(stats::na.omit(capture_id(x)), .Call(C_state, x)), collapse = ", "), ">")
}

print.metalab_capture <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  invisible(x)
}

recover_runs <- function(store = NULL, experiment = NULL, journal = NULL) {
  .Call(C_recover, if (!is.null(store)) path.expand(one_text(store, "store")), experiment, journal)
}

recover_host <- function(host, store = NULL, experiment = NULL, journal = NULL) {
  .Call(C_recover_host, if (!is.null(store)) path.expand(one_text(store, "store")), experiment, journal, host)
}

recover_child <- function(pid, status, store = NULL, experiment = NULL, journal = NULL) {
  .Call(C_recover_child, if (!is.null(store)) path.expand(one_text(store, "store")), experiment, journal, pid, status)
}
