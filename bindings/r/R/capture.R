# Opening a run, and ending it.

# The captures that are open by with_capture() and local_capture(), the innermost last; and the one that was
# made current.
current <- new.env(parent = emptyenv())
current$stack <- list()

#' @rdname capture_open
#' @export
capture_current <- function() {
  count <- length(current$stack)
  if (count > 0) return(current$stack[[count]])
  # The library knows when it has ended.
  if (.Call(C_is_current, current$set)) current$set
}

#' @rdname capture_open
#' @export
capture_set_current <- function(run) {
  .Call(C_set_current, run)
  current$set <- run
  invisible(run)
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

namelist_paths <- function(paths) if (is.character(paths)) path.expand(paths) else paths

# A duration; a number is seconds.
seconds <- function(duration) if (inherits(duration, "difftime")) as.numeric(duration, units = "secs") else duration

# A time; a number is seconds since 1970. A day begins at midnight here, and Inf is no end.
since_epoch <- function(time) {
  if (inherits(time, "Date")) time <- as.POSIXct(format(time))
  if (inherits(time, "POSIXt")) time <- floor(as.numeric(as.POSIXct(time)))
  if (identical(time, Inf)) return(0)
  if (is.double(time) && !is.object(time)) floor(time) else time
}

# The arguments of capture_open() as the C code takes them.
open_options <- function(store = NULL, experiment = NULL, params = NULL, seed = NULL, tags = NULL, note = NULL,
                         context = NULL, metadata = NULL, replicate = NULL, run_id = NULL, code_hash = NULL,
                         description = NULL, experiment_tags = NULL, worker = NULL, if_success = NULL, durable = NULL,
                         sample = NULL, stop_before = NULL, end_time = NULL, journal = NULL, flush_interval = NULL,
                         refresh_interval = NULL, role = NULL, rank = NULL, ranks_param = NULL, attach_patience = NULL, restart = NULL,
                         index_wait = NULL, planned_runs = NULL, namelist = NULL) {
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
  list(
    store = store_locator(store), experiment = experiment, description = description, experiment_tags = experiment_tags,
    run_id = run_id, namelist = namelist_paths(namelist), params = params, context = context, metadata = metadata, tags = tags, note = note, seed = seed,
    replicate = replicate, code_hash = code_hash, worker = worker, compiler = r_build(), sample = seconds(sample),
    flush_interval = seconds(flush_interval), refresh_interval = seconds(refresh_interval), journal = journal,
    if_success = if_success, durable = durable, end_time = since_epoch(end_time), stop_before = seconds(stop_before),
    role = role, rank = rank, ranks_param = ranks_param, attach_patience = seconds(attach_patience), restart = restart,
    index_wait = seconds(index_wait), planned_runs = planned_runs
  )
}

#' @rdname capture_open
#' @export
capture_open <- function(store = NULL, experiment = NULL, params = NULL, seed = NULL, tags = NULL, note = NULL,
                         context = NULL, metadata = NULL, replicate = NULL, run_id = NULL, code_hash = NULL,
                         description = NULL, experiment_tags = NULL, worker = NULL,
                         if_success = c("rerun", "skip", "refuse"), durable = NULL, sample = NULL,
                         stop_before = NULL, end_time = NULL, journal = NULL, flush_interval = NULL,
                         refresh_interval = NULL, role = c("auto", "owner", "worker", "ranks"), rank = NULL, ranks_param = NULL, attach_patience = NULL, restart = NULL,
                         index_wait = NULL, planned_runs = NULL, namelist = NULL) {
  if_success <- if (!missing(if_success)) match.arg(if_success)
  role <- if (!missing(role)) match.arg(role)
  options <- open_options(
    store, experiment, params, seed, tags, note, context, metadata, replicate, run_id, code_hash, description,
    experiment_tags, worker, if_success, durable, sample, stop_before, end_time, journal, flush_interval, refresh_interval, role,
    rank, ranks_param, attach_patience, restart, index_wait, planned_runs, namelist
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

#' Open a Run, and End It
#'
#' `with_capture()` opens a run, evaluates code, and ends the run. `local_capture()` opens a
#' run that ends with the function that called it. `capture_open()` opens a run that
#' `capture_finish()` ends.
#'
#' @param store where the store is: a path, or `"postgresql://...?file_root=/path"` for one with an
#'   index, see [index_rebuild()]; else \env{METALAB_STORE}, else \file{./experiments}.
#' @param code an expression, evaluated in an environment of its own, as by [local()], in
#'   which `run` is the run.
#' @param ... arguments of `capture_open()`, by name.
#' @param as the name that the run has in `code`.
#' @param skipped a function of the earlier run, where the run is skipped: its value is that of
#'   `with_capture()`.
#' @param .local_envir the frame with which the run ends.
#' @param experiment `"name:version"`; by default \env{METALAB_EXPERIMENT}, or the script's name, see below.
#' @param params a list with names, from which the run's id is derived.
#' @param namelist paths of Fortran namelist files, whose variables become params: `grid.n` for
#'   `&grid n = 64 /`. `params` adds to them, and replaces those of the same name.
#' @param seed,replicate whole numbers, not negative; beyond 2^53 as digits or `integer64`.
#' @param tags,experiment_tags strings.
#' @param note,description a string about the run, and about the experiment.
#' @param context a list with names: what else the run depends on, such as input data.
#' @param metadata a list with names, which does not affect the run's id.
#' @param run_id the run's id; by default it is derived from experiment, context, params, seed, replicate and
#'   code hash.
#' @param code_hash identifies the version of the code, `""` for none; by default \env{METALAB_CODE_HASH},
#'   or a fingerprint of the script that R runs.
#' @param worker the worker of the run that this process is, as in `"rank:3"`.
#' @param if_success what to do when the run has already succeeded: run again, skip, or refuse.
#' @param durable whether the run's end waits for the disk.
#' @param sample seconds between samples of the process; 0 for none.
#' @param stop_before,end_time see [capture_should_stop()].
#' @param journal the directory of the journal; by default a hidden one in the store.
#' @param flush_interval,refresh_interval the longest time until log lines are in their file, and the time between
#'   updates of the record, in seconds; 0.05 and 10.
#' @param role,rank,ranks_param,attach_patience for a run of several processes, see [capture_rank()].
#' @param restart the first step that will be recorded again: the run goes on with its earlier
#'   attempt, of which points at later steps are dropped.
#' @param index_wait the longest time that the run's end waits for the index in PostgreSQL, in seconds; 5.
#' @param planned_runs how many runs the experiment will have, for its manifest.
#' @param run a run; of `capture_set_current()` also `NULL`.
#' @details While the code of `with_capture()` runs, messages go to the run's log as well, and warnings
#' to its log and (as many as R's option `nwarnings` says) its record; nothing is kept from
#' anyone. An error that leaves the code ends the run as \dQuote{failed}, with the condition's class,
#' message, call and traceback; an interrupt (Ctrl-C) ends it as \dQuote{cancelled}. Both go on as
#' they would have. An error that the code handles itself is none of the run's.
#'
#' `local_capture()` knows that its function was left by an error or another jump, and no more, since R
#' has no way to set up handlers in a caller's frame: the record shows R's latest error message as what it is,
#' one that may have been handled. It records no messages and warnings. At top level there is no function that
#' ends: there, finish the run by `capture_finish()`.
#'
#' The script is the file that Rscript runs, else the outermost one that [source()] reads, else the
#' document that knitr makes or that the editor shows (by \pkg{rstudioapi}); `options(metalab.script = )`
#' names one where R can't know, as with lines that are sent to a console. So a run has the same id by each way.
#'
#' Compiled code that R calls, in C, C++ or Fortran, can record into a run without getting it as an argument:
#' `capture_set_current(run)` makes the run the one that `metalab_capture_current()` of the library returns, until
#' the run ends, another is set, or `NULL`. `with_capture()` and `local_capture()` do not do so themselves. R code
#' of a package asks `capture_current()`.
#'
#' Under `if_success = "skip"`, the code of `with_capture()` is not evaluated for a run that
#' has already succeeded: `with_capture()` returns that run, to be read, or what `skipped` makes of
#' it. In the other forms the run is then `capture_is_skipped()`, recording to it does nothing, and
#' `capture_earlier()` is the run that is there.
#' @return `with_capture()`: the value of `code`; where it was skipped, the earlier run (invisibly), or the
#' value of `skipped`.
#' `local_capture()` and `capture_open()`: the run. `capture_current()`: the innermost
#' run that is open by the first two, else the one of `capture_set_current()`, or `NULL`. `capture_set_current()`:
#' its argument, invisibly. `capture_earlier()`: a run as of [load_run()], or `NULL`.
#' `capture_id()` works with any handle, of another process too. `capture_finish()` returns the run; where
#' something could not be written it raises an error of class `metalab_error_incomplete`, and the
#' run has still ended.
#' @seealso [capture_fail()], [metalab_error]
#' @examples
#' store <- tempfile("store")
#' with_capture(store, experiment = "heat:1.0", params = list(n = 256L, dt = 1e-3), seed = 42, {
#'   for (i in 1:3) capture_metric(run, "loss", 1 / i, step = i)
#' })
#'
#' simulate <- function(n) {
#'   run <- local_capture(store, experiment = "heat:1.0", params = list(n = n))
#'   capture_metric(run, "cells", n^2)
#'   n^2
#' }
#' simulate(16L)
#'
#' run <- capture_open(store, experiment = "heat:1.0", run_id = "by-hand")
#' run |> capture_metric("a", 1) |> capture_metric("b", TRUE)
#' capture_finish(run)
#'
#' # A sweep that is resumed returns whole results.
#' for (time in 1:2) {
#'   loss <- with_capture(store, experiment = "sweep:1.0", params = list(n = 4L), if_success = "skip",
#'     skipped = function(run) run_metrics(run)$loss, {
#'       capture_metric(run, "loss", 0.25)
#'       0.25
#'     })
#' }
#' loss
#'
#' # An error goes on, and the run has it.
#' try(with_capture(store, experiment = "heat:1.0", run_id = "diverged", stop("diverged")))
#' @rdname capture_open
#' @export
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

#' @rdname capture_open
#' @export
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

#' @rdname capture_open
#' @export
capture_finish <- function(run) {
  .Call(C_finish, run)
  invisible(run)
}

#' What a Run's Record Says
#'
#' Marks a run as \dQuote{failed} or \dQuote{cancelled}; adds warnings, notes and tags; waits until
#' what was recorded is visible.
#'
#' @param run a run.
#' @param message a text; for `capture_fail()` also a condition.
#' @param type what went wrong, in one word; a condition's class is the default.
#' @param traceback where it went wrong, a text.
#' @param reason,note a text.
#' @param details a list with names.
#' @param tags texts.
#' @param durable whether to wait for the disk too.
#' @details The first failure is the one that is kept; the run goes on until it is finished. Flushing is needed
#' for neither speed nor safety.
#' @return The run, invisibly.
#' @examples
#' store <- tempfile("store")
#' run <- capture_open(store, experiment = "heat:1.0")
#' capture_add_tag(run, c("a", "b"))
#' capture_add_note(run, "compared with the exact solution")
#' result <- tryCatch(stop("no convergence"), error = function(condition) capture_fail(run, condition))
#' capture_finish(run)
#' capture_summary(run)$status
#' @export
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

#' @rdname capture_fail
#' @export
capture_cancel <- function(run, reason = NULL) {
  .Call(C_cancel, run, reason)
  invisible(run)
}

#' @rdname capture_fail
#' @export
capture_flush <- function(run, durable = FALSE) {
  .Call(C_flush, run, durable)
  invisible(run)
}

#' @rdname capture_fail
#' @export
capture_add_warning <- function(run, message, details = NULL) {
  .Call(C_warning, run, message, details)
  invisible(run)
}

#' @rdname capture_fail
#' @export
capture_add_note <- function(run, note) {
  .Call(C_note, run, note)
  invisible(run)
}

#' @rdname capture_fail
#' @export
capture_add_tag <- function(run, tags) {
  for (tag in tags) .Call(C_tag, run, tag)
  invisible(run)
}

#' @rdname capture_open
#' @export
capture_id <- function(run) .Call(C_run_id, run)

#' @rdname capture_open
#' @export
capture_is_open <- function(run) .Call(C_state, run) == "open"

#' @rdname capture_open
#' @export
capture_is_skipped <- function(run) .Call(C_state, run) == "skipped"

# The run that was skipped, to be read; NULL where none was.
#' @rdname capture_open
#' @export
capture_earlier <- function(run) {
  names <- .Call(C_is_skipped, run)
  if (!is.null(names)) new_run(attr(run, "store"), names[[1]], names[[2]])
}

#' Runs of Several Processes
#'
#' One process owns a run and its record; others join it as workers, with a journal and a log of their
#' own. Metrics can be reduced over all of them.
#'
#' @param run a run.
#' @param name of a metric, plain or at steps.
#' @details These arguments of [capture_open()] say what a process is in its run:
#' \describe{
#'   \item{\code{role}}{\code{"owner"} or \code{"worker"}; \code{"auto"} asks the environment of MPI
#'     launchers; \code{"ranks"} takes tasks of \command{srun} without MPI for one run, too.}
#'   \item{\code{rank}}{\code{c(rank, size)}: which of how many processes this is, from 0.}
#'   \item{\code{worker}}{the worker's id, as in \code{"child:3"}; else \code{"rank:3"}.}
#'   \item{\code{ranks_param}}{the name of a parameter that is the number of the program's processes, by which
#'     the runs of a scaling study differ.}
#'   \item{\code{attach_patience}}{seconds that a worker waits for the run's owner; 30.}
#' }
#' A handle belongs to the process that opened it: in a forked child, on a worker of
#' `parallel::makePSOCKcluster()` and after `saveRDS()` it is an error of class
#' `metalab_error_closed`. `capture_id()` of it says which run to join:
#' \preformatted{parallel::clusterApply(cluster, 1:4, function(k, run, store) {
#' library(metalab)
#' with_capture(store, experiment = "heat:1.0", run_id = capture_id(run), role = "worker",
#'   worker = paste0("node:", k), as = "mine", capture_metric(mine, "work", k))
#' }, run, store)}
#'
#' What a worker records has its name, as in `loss@child.3`. `capture_reduce()` has the run
#' have `name.min`, `name.max`, `name.mean`, `name.sum`, `name.argmin`,
#' `name.argmax` and `name.count` over all processes in place of each one's metric. Each
#' process that records the metric says so.
#' @return `capture_rank()`: a list of `rank` and `size`, 0 of 1 where that is unknown.
#' `capture_reduce()`: the run, invisibly.
#' @examples
#' store <- tempfile("store")
#' with_capture(store, experiment = "heat:1.0", run_id = "joint", {
#'   capture_rank(run)$size
#'   capture_reduce(run, "work")
#'   capture_metric(run, "work", 1)
#'   if (.Platform$OS.type == "unix") {
#'     done <- parallel::mclapply(1:2, function(k) {
#'       with_capture(store, experiment = "heat:1.0", run_id = "joint", role = "worker",
#'         worker = paste0("child:", k), as = "mine", {
#'           capture_reduce(mine, "work")
#'           capture_metric(mine, "work", k + 1)
#'           TRUE
#'       })
#'     })
#'   }
#' })
#' @export
capture_rank <- function(run) {
  both <- .Call(C_rank, run)
  list(rank = both[[1]], size = both[[2]])
}

#' @rdname capture_rank
#' @export
capture_reduce <- function(run, name) {
  .Call(C_reduce, run, name)
  invisible(run)
}

#' @rdname capture_metric
#' @export
capture_set_axis <- function(run, name, axis) {
  .Call(C_set_axis, run, name, axis)
  invisible(run)
}

#' @rdname capture_metric
#' @export
capture_set_step_unit <- function(run, name, unit) {
  .Call(C_set_step_unit, run, name, unit)
  invisible(run)
}

#' Stop in Time
#'
#' `capture_should_stop()` is to be asked in the condition of a solver's loop. A run that was
#' told to stop ends as \dQuote{cancelled}, unless it failed.
#'
#' @param run a run.
#' @param step the step that begins. With it, all processes of the run stop at the same step, whichever of
#'   them has a reason to; all have to ask for the same steps.
#' @details A run is to stop when `capture_request_stop()` was called, or when less time is left than
#' `stop_before` (seconds, or a `difftime`) of [capture_open()]. The process's
#' time is up at `end_time`, a `POSIXct`; else at the end of the SLURM job
#' (\env{SLURM_JOB_END_TIME}); else never. Signals are R's own, and are not taken.
#' @return Whether to stop; the run, invisibly; seconds, `Inf` where the time has no end.
#' @examples
#' store <- tempfile("store")
#' run <- capture_open(store, experiment = "heat:1.0", end_time = Sys.time() + 3600, stop_before = 60)
#' step <- 0
#' while (!capture_should_stop(run)) {
#'   step <- step + 1
#'   if (step == 5) capture_request_stop(run)
#' }
#' capture_seconds_left(run) > 60
#' capture_finish(run)
#' capture_summary(run)$status
#' @export
capture_should_stop <- function(run, step = NULL) .Call(C_should_stop, run, step)

#' @rdname capture_should_stop
#' @export
capture_request_stop <- function(run) {
  .Call(C_request_stop, run)
  invisible(run)
}

#' @rdname capture_should_stop
#' @export
capture_seconds_left <- function(run) .Call(C_seconds_left, run)

#' What a Run Holds So Far
#'
#' The run as its record would be now, its metrics, artifacts, data, or what went wrong behind the
#' caller's back.
#'
#' @param run a run, also one that has ended.
#' @param what which part.
#' @return Lists, as the JSON documents have them: objects are lists with names, arrays are lists without,
#' `null` is `NULL`.
#' @examples
#' store <- tempfile("store")
#' run <- capture_open(store, experiment = "heat:1.0")
#' capture_metrics(run, loss = 0.5, epoch = 3L)
#' str(capture_summary(run, "metrics"))
#' capture_summary(run, "health")$ok
#' capture_finish(run)
#' @export
capture_summary <- function(run, what = c("run", "metrics", "artifacts", "results", "health")) {
  .Call(C_view, run, match.arg(what))
}

#' @export
format.metalab_capture <- function(x, ...) {
  paste0("<metalab_capture ", paste(c(stats::na.omit(capture_id(x)), .Call(C_state, x)), collapse = ", "), ">")
}

#' @export
print.metalab_capture <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  invisible(x)
}

#' Recover Runs Whose Process Died
#'
#' What a dead process's runs had recorded goes into the store, and they end as \dQuote{failed}, with
#' an error that says how the process died. [capture_open()] does the same for the runs
#' of its experiment. Runs that go on are left alone, and so are those of another host, which can't be
#' asked: `recover_host()` takes over those of a host that is gone. A warning names these hosts, and files that a
#' power cut has emptied and that were set aside.
#'
#' @param store a path; else \env{METALAB_STORE}, else \file{./experiments}.
#' @param experiment `"name:version"`; else all of the store's.
#' @param journal the directory of the journals, if it is not in the store.
#' @param host the name of a host that is gone, or where nothing runs any more.
#' @param pid the id of a child that this process has waited for.
#' @param status what `waitpid` gave.
#' @return How many runs were recovered.
#' @examples
#' store <- tempfile("store")
#' with_capture(store, experiment = "heat:1.0", capture_metric(run, "a", 1))
#' recover_runs(store)
#' @export
recover_runs <- function(store = NULL, experiment = NULL, journal = NULL) {
  told(.Call(C_recover, if (!is.null(store)) path.expand(one_text(store, "store")), experiment, journal))
}

# How many there were; what was said of others is a warning.
told <- function(recovered) {
  if (!is.null(recovered[[2]])) warning(recovered[[2]], call. = FALSE)
  recovered[[1]]
}

#' @rdname recover_runs
#' @export
recover_host <- function(host, store = NULL, experiment = NULL, journal = NULL) {
  told(.Call(C_recover_host, if (!is.null(store)) path.expand(one_text(store, "store")), experiment, journal, host))
}

#' @rdname recover_runs
#' @export
recover_child <- function(pid, status, store = NULL, experiment = NULL, journal = NULL) {
  .Call(C_recover_child, if (!is.null(store)) path.expand(one_text(store, "store")), experiment, journal, pid, status)
}
