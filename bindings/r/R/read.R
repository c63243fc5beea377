# Reading a store back. A store is its locator, and a run its store, experiment and id: each call reads what is
# there then. So they may be saved, and given to other processes.

# Where a store is, whatever the directory is later.
store_locator <- function(store) {
  if (inherits(store, "metalab_store")) return(store$locator)
  if (is.null(store)) store <- Sys.getenv("METALAB_STORE", "./experiments")
  if (!nzchar(one_text(store, "store"))) return(store)
  if (grepl("^[a-z]+:", store) || store == "discover" || startsWith(store, "$")) return(store)
  store <- path.expand(store)
  if (is_absolute(store)) store else file.path(getwd(), store)
}

#' @rdname load_runs
#' @export
open_store <- function(store = NULL) {
  opened <- structure(list(locator = store_locator(store)), class = "metalab_store")
  experiments(opened)
  opened
}

experiments <- function(store) vapply(.Call(C_experiments, store_locator(store)), identity, "")

#' Read Runs Back
#'
#' `load_runs()` reads the runs of a store as a data frame, one row a run. `load_run()` opens one of
#' them, of which [run_series()] and its companions read what it recorded. Runs may have ended, go
#' on or be dead, and may have been written by any language.
#'
#' @param store where the store is: a path of a collection or of one experiment's directory, a
#'   `"postgresql://...?file_root=/path"` locator, whose files are read, or what `open_store()`
#'   returned; else \env{METALAB_STORE}, else \file{./experiments}.
#' @param experiment `"name:version"`; `NULL` for all.
#' @param filter comparisons such as `"params.n > 256 and status = failed"`, with `and`, `or`,
#'   `not` and parentheses. The operators are `=`, `!=`, `<`, `<=`, `>`,
#'   `>=`, `~` (has the text in it) and `exists`. The fields are `params.NAME`,
#'   `metrics.NAME`, `run_id`, `experiment_id`, `status`, `started_at`,
#'   `finished_at` (texts like `2026-11-23T08:18`), `duration_ms`, `tag`, `notes`,
#'   `error`. Names and texts of other characters than letters, digits and `_.:+-@/%` are put in
#'   quotes. Where types differ or the field is missing, a comparison is false.
#' @param order fields to order by, each alone or with `desc`: `c("metrics.loss", "params.n desc")`.
#'   The newest run is first else.
#' @param limit how many runs at most; 0 for all.
#' @param run_id a run's id; `NULL` for the newest one.
#' @param ... arguments of [capture_open()].
#' @details The columns of `load_runs()` are `run_id`, `experiment_id`, `status`, `started_at` and
#' `finished_at` (`POSIXct`), `duration_ms`, `tags` (a list of texts), then a column
#' `params.NAME` for each parameter and `metrics.NAME` for each metric, with a dot before each member
#' of a list. What a run lacks is `NA`. The status is `"running"`, `"success"`, `"failed"`,
#' `"cancelled"`, or `"dead"` for a run that goes on as its record says and whose process is dead; see
#' [recover_runs()]. Records that can't be read are left out, with a warning that names them.
#'
#' `find_run()` returns the run that `capture_open()` would open with the same arguments, or
#' `NULL`: the way to ask for an earlier attempt. Give it the same params, seed and code, since the run's id
#' follows from them.
#'
#' Reading writes nothing and locks nothing. What is read is what is there at the time of the call. Stores and
#' runs are plain values: they can be saved, and given to other processes. 64-bit integers beyond \eqn{2^{53}}{2^53}
#' are `integer64` if the package \pkg{bit64} is installed, else rounded with a warning. Integers that `integer64`
#' can't hold are rounded with a warning, too, such as seeds beyond 63 bits; as params in a column of `load_runs()`
#' they are strings of digits.
#' @return `load_runs()`: a data frame. `load_run()`: an object of class `metalab_run`, with methods for
#' `print`, `format`, `summary` and `as.data.frame`; an error of class
#' `metalab_error_not_found` if there is none. `find_run()`: one, or `NULL`. `run_exists()`:
#' `TRUE` or `FALSE`. `open_store()`: an object of class `metalab_store`, whose `summary`
#' counts runs.
#' @seealso [run_series()] for what a run has.
#' @examples
#' store <- tempfile("store")
#' for (n in c(16L, 32L, 64L)) {
#'   with_capture(store, experiment = "heat:1.0", params = list(n = n), {
#'     capture_metric(run, "error", 1 / n^2)
#'   })
#' }
#' load_runs(store)[c("status", "params.n", "metrics.error")]
#' load_runs(store, filter = "params.n > 16", order = "metrics.error", limit = 1)$params.n
#'
#' run <- load_run(store)
#' run
#' run_metrics(run)$error
#' is.null(find_run(store, experiment = "heat:1.0", params = list(n = 128L)))
#' open_store(store)
#' @export
load_runs <- function(store = NULL, experiment = NULL, filter = NULL, order = NULL, limit = 0) {
  if (!is.null(order)) filter <- paste(c(filter, paste("order by", paste(order, collapse = ", "))), collapse = " ")
  read <- .Call(C_runs, store_locator(store), experiment, filter, limit)
  columns <- read[[1]]
  different <- unique(columns$tags)
  tags <- lapply(different, function(tags) as.character(unlist(parse_json(tags))))
  columns$tags <- I(tags[match(columns$tags, different)])
  if (length(read[[2]]) > 0) {
    warning("records that can't be read are left out: ", paste(unlist(read[[2]]), collapse = "; "), call. = FALSE)
  }
  structure(columns, row.names = .set_row_names(length(columns$run_id)), class = "data.frame")
}

new_run <- function(store, experiment, run_id) {
  structure(list(store = store, experiment_id = experiment, run_id = run_id), class = "metalab_run")
}

#' @rdname load_runs
#' @export
load_run <- function(store = NULL, run_id = NULL, experiment = NULL) {
  optional <- function(x, argument) if (is.null(x)) NA_character_ else one_text(x, argument)
  locator <- store_locator(store)
  names <- .Call(C_stored, c(locator, optional(experiment, "experiment"), optional(run_id, "run_id")))
  new_run(locator, names[[1]], names[[2]])
}

#' @rdname load_runs
#' @export
run_exists <- function(store = NULL, run_id = NULL, experiment = NULL) {
  tryCatch({
    load_run(store, run_id, experiment)
    TRUE
  }, metalab_error_not_found = function(condition) FALSE)
}

# The run that capture_open() would open with these arguments, if the store has one.
#' @rdname load_runs
#' @export
find_run <- function(store = NULL, ...) {
  options <- open_options(store, ...)
  names <- .Call(C_find, options)
  if (!is.null(names)) new_run(options$store, names[[1]], names[[2]])
}

place_of <- function(run) {
  if (inherits(run, "metalab_capture")) {
    # What is captured can be read meanwhile.
    earlier <- capture_earlier(run)
    run <- if (is.null(earlier)) load_run(attr(run, "store"), capture_id(run)) else earlier
  }
  if (!inherits(run, "metalab_run")) refuse("run: one of load_run() is wanted")
  c(run$store, run$experiment_id, run$run_id)
}

#' @rdname run_series
#' @export
run_record <- function(run) .Call(C_read, place_of(run), "record", NULL)

# The record without a warning of what is rounded in its provenance, of which the callers return nothing.
about_run <- function(run) .Call(C_read, place_of(run), "about", NULL)

#' @rdname run_series
#' @export
run_status <- function(run) about_run(run)$status

# Values of one name each; a value that is an array is a vector.
#' @rdname run_series
#' @export
run_params <- function(run) simplified(as.list(about_run(run)$params_resolved))

#' @rdname run_series
#' @export
run_metrics <- function(run) simplified(as.list(about_run(run)$metrics))

#' @rdname run_series
#' @export
run_names <- function(run) lapply(.Call(C_read, place_of(run), "names", NULL), function(names) vapply(names, identity, ""))

#' @rdname run_series
#' @export
run_last_step <- function(run) {
  step <- .Call(C_read, place_of(run), "step", NULL)
  if (is.null(step)) NA_integer_ else step
}

series_frame <- function(read, about = NULL) {
  frame <- structure(list(step = read[[1]], value = read[[2]]), row.names = .set_row_names(length(read[[1]])), class = "data.frame")
  for (what in c("unit", "description", "axis", "part_of")) if (!is.null(about[[what]])) attr(frame, what) <- about[[what]]
  frame
}

#' What a Run Has
#'
#' These functions read what a run has recorded: series, structured data, artifacts, params, metrics and
#' logs; of a run that goes on or is dead up to its last call.
#'
#' @param run a run of [load_run()], or one that is being captured.
#' @param name of a series, of data, of an artifact or of snapshots; of `run_series()` also several.
#' @param most how many points at most: the first, last, least and greatest of buckets, which look like all when
#'   they are drawn.
#' @param axis `TRUE` for a column with the axis that [capture_set_axis()] set: its value at each point, `NA` where
#'   it has none at this step, or where the series has no axis.
#' @param simplify `TRUE` for vectors where an array of JSON has elements of one kind, with `NA` for
#'   `null`; `FALSE` for lists.
#' @param key which array of an npz.
#' @param as reads the file as this: `"npz"`, `"npy"`, `"csv"`, `"json"`, `"rds"`,
#'   `"text"` or `"raw"`; else its format says it.
#' @param log which log; `"run"` is the run's own.
#' @param offset the byte from which on lines are read.
#' @details An npz is an array with its dimensions, or a list of arrays by name; csv is a data frame; JSON is lists, with
#' `NaN` and infinities; texts are texts, `rds` is what it was, and other files are raw vectors. Arrays
#' have the same shape as in other languages: element `x[i, j]` is Python's `x[i-1, j-1]`. Names, dimnames,
#' time series, tables, units, row names, the order of columns and the types of columns, which files have no
#' place for, come back if R wrote them. An `rds` file is read by `readRDS()`: only do so with a store
#' that you trust.
#'
#' `run_array_names()` reads no elements: ask it which `key` of a large npz to read. `run_data_metadata()` returns the
#' metadata of structured data; those of artifacts are a column of `run_artifacts()`. If R stored the value, they
#' may have a member `R`, from which the package restores names, classes and the like.
#'
#' `run_follow()` returns a function that returns the points that have come since its last call, as a data
#' frame whose attribute `ended` is `TRUE` when no more can come. It belongs to its process.
#'
#' Where several processes have a series of one name, those of the others are named `"loss@rank.3"`; see
#' `run_names()`.
#' @return `run_series()`: a data frame of `step` and `value`, with `axis = TRUE` also of `axis`, with attributes
#' `unit`, `description` and `axis` (the name of the axis), if set; of several names with the column `series` before
#' them. If the store has only a thinned series, the attribute `part_of` is the total number of points.
#' `run_data_metadata()`: a list. `run_array_names()`: the names of an npz's arrays, in their order there; `"arr"`
#' of an npy. `run_artifacts()`: a data
#' frame, with paths that hold where the store is now. `run_latest()`: a list of `step` and
#' `value`, the snapshot of the highest step, or `NULL`. `run_last_step()`: a number, or `NA`.
#' `run_params()`, `run_metrics()`: lists by name. `run_status()`: a text, see
#' [load_runs()]. `run_record()`: the run's record, a list. `run_names()`: the names of
#' `series`, `results`, `artifacts` and `logs`. `run_log()`: lines, with the attribute
#' `offset`, from which the next call goes on. `run_verify()`: the run, invisibly; an error of class
#' `metalab_error_damaged` where a file is not what was sealed.
#' @examples
#' store <- tempfile("store")
#' with_capture(store, experiment = "decay:1.0", {
#'   x <- 0.5^(1:20)
#'   capture_metric(run, "x", x, step = 1:20)
#'   capture_data(run, "table", data.frame(step = 1:2, label = c("a", NA)))
#'   capture_artifact(run, "field", matrix(1:6, 2, dimnames = list(c("a", "b"), NULL)))
#' })
#' run <- load_run(store)
#' plot(run_series(run, "x"), type = "l", log = "y")
#' run_data(run, "table")
#' run_artifact(run, "field")
#' run_artifacts(run)[c("name", "format")]
#' run_names(run)$series
#' run_array_names(run, "field")
#' @export
run_series <- function(run, name, most = NULL, axis = FALSE) {
  if (!is.character(name) || length(name) == 0 || anyNA(name)) refuse("name: texts are wanted")
  place <- place_of(run)
  read <- function(name) {
    series <- .Call(C_read_series, place, name, most, axis)
    frame <- series_frame(series, series[[3]])
    if (axis) frame$axis <- if (is.null(series[[4]])) rep(NA_real_, nrow(frame)) else series[[4]]
    frame
  }
  if (length(name) == 1) return(read(name))
  frames <- lapply(name, read)
  do.call(rbind, Map(function(frame, name) data.frame(series = rep(name, nrow(frame)), frame), frames, name, USE.NAMES = FALSE))
}

#' @rdname run_series
#' @export
run_follow <- function(run, name) {
  handle <- .Call(C_follow, place_of(run), one_text(name, "name"))
  structure(function() {
    read <- .Call(C_poll, handle)
    structure(series_frame(read), ended = read[[3]])
  }, class = "metalab_follow", name = name)
}

#' @export
print.metalab_follow <- function(x, ...) {
  cat("<metalab_follow ", attr(x, "name"), ", called as () for the points that are new>\n", sep = "")
  invisible(x)
}

# The lines of a log from a byte on, and where the next ones begin.
#' @rdname run_series
#' @export
run_log <- function(run, log = "run", offset = 0) {
  place <- place_of(run)
  pieces <- character()
  repeat {
    read <- .Call(C_read_log, place, log, offset, 1e6)
    if (read[[2]] == 0) break
    pieces <- c(pieces, read[[1]])
    offset <- offset + read[[2]]
  }
  text <- paste(pieces, collapse = "")
  lines <- if (nzchar(text)) strsplit(text, "\n", fixed = TRUE)[[1]] else character()
  structure(lines, offset = offset)
}

# Vectors where an array of JSON has elements of one kind, and NA for null; lists as they are otherwise.
simplified <- function(x) {
  if (!is.list(x)) return(x)
  x <- lapply(x, simplified)
  if (!is.null(names(x)) || length(x) == 0) return(x)
  kinds <- vapply(x, function(one) if (is.null(one)) "null" else if (is.atomic(one) && length(one) == 1 && is.null(dim(one))) class(one)[[1]] else "other", "")
  is_null <- kinds == "null"
  kind <- unique(kinds[!is_null])
  if (setequal(kind, c("integer", "numeric"))) kind <- "numeric"
  if (length(kind) != 1 || !(kind %in% c("integer", "numeric", "logical", "character"))) return(x)
  x[is_null] <- NA
  unlist(x)
}

read_document <- function(document, form, simplify) {
  with_json_form(if (simplify || has_json_form(form)) simplified(document) else document, form)
}

#' @rdname run_series
#' @export
run_data <- function(run, name, simplify = TRUE) {
  place <- place_of(run)
  one_text(name, "name")
  form <- .Call(C_read, place, "metadata", name)[["R"]]
  document <- tryCatch(.Call(C_read, place, "result", name), metalab_error_value = function(condition) NULL)
  if (is.null(document)) return(with_array_form(.Call(C_read_array, place, "result", name, NULL)[[1]], form[["arr"]]))
  read_document(document$data, form, simplify)
}

#' @rdname run_series
#' @export
run_data_metadata <- function(run, name, simplify = TRUE) {
  metadata <- .Call(C_read, place_of(run), "metadata", one_text(name, "name"))
  if (simplify) simplified(metadata) else metadata
}

#' @rdname run_series
#' @export
run_artifacts <- function(run) {
  artifacts <- .Call(C_read, place_of(run), "artifacts", NULL)
  text <- function(what) vapply(artifacts, function(artifact) as.character(artifact[[what]]), "")
  frame <- data.frame(
    name = text("name"), kind = text("kind"), format = text("format"),
    size_bytes = vapply(artifacts, function(artifact) as.double(artifact$size_bytes), 0), path = text("path"),
    content_hash = text("content_hash"), stringsAsFactors = FALSE
  )
  frame$metadata <- I(lapply(artifacts, function(artifact) artifact$metadata))
  frame
}

artifact_of <- function(run, name) {
  found <- Filter(function(artifact) identical(artifact$name, name), .Call(C_read, place_of(run), "artifacts", NULL))
  if (length(found) == 0) raise(paste0("run ", run$run_id, " has no artifact \"", name, "\""), 15L, "METALAB_ERR_NOT_FOUND")
  found[[1]]
}

#' @rdname run_series
#' @export
run_artifact <- function(run, name, key = NULL, as = NULL, simplify = TRUE) {
  one_text(name, "name")
  artifact <- artifact_of(run, name)
  form <- artifact$metadata[["R"]]
  how <- if (is.null(as)) artifact$format else match.arg(as, c("npz", "npy", "csv", "json", "rds", "text", "raw"))
  switch(how,
    npz = , npy = read_npz_artifact(run, name, key, form),
    csv = read_csv_artifact(artifact$path, form),
    json = read_document(parse_json(read_text(artifact$path)), form, simplify),
    rds = readRDS(artifact$path),
    text = , txt = , md = , log = read_text(artifact$path),
    readBin(artifact$path, "raw", file.size(artifact$path))
  )
}

array_names <- function(place, name) vapply(.Call(C_read, place, "arrays", name), identity, "")

#' @rdname run_series
#' @export
run_array_names <- function(run, name) array_names(place_of(run), one_text(name, "name"))

read_npz_artifact <- function(run, name, key, form) {
  place <- place_of(run)
  read <- function(key) with_array_form(.Call(C_read_array, place, "artifact", name, key)[[1]], form[[key]])
  if (!is.null(key)) return(read(one_text(key, "key")))
  keys <- unique(array_names(place, name))
  if (identical(keys, "arr")) return(read("arr"))
  stats::setNames(lapply(keys, read), keys)
}

read_text <- function(path) {
  text <- readChar(path, file.size(path), useBytes = TRUE)
  if (length(text) == 0) text <- ""
  Encoding(text) <- "UTF-8"
  text
}

read_csv_artifact <- function(path, form) {
  types <- texts_of_json(form[["types"]])
  # A file without columns has nothing but the end of its first line.
  if (file.size(path) <= 1) return(data.frame())
  frame <- utils::read.csv(path, check.names = FALSE, stringsAsFactors = FALSE, encoding = "UTF-8", na.strings = "NA", blank.lines.skip = FALSE,
    colClasses = if (length(types) > 0) "character" else NA, strip.white = FALSE)
  # A text "NA" reads as what is missing.
  for (column in names(form[["texts_na"]])) {
    k <- match(column, names(frame))
    rows <- unlist(form[["texts_na"]][[column]])
    if (!is.na(k) && is.numeric(rows)) frame[[k]][rows[rows >= 1 & rows <= nrow(frame)]] <- "NA"
  }
  if (isTRUE(form[["row.names"]]) && identical(names(frame)[1], "row.names")) {
    names <- as.character(frame[[1]])
    frame <- frame[-1]
    if (!anyDuplicated(names)) row.names(frame) <- names
  }
  if (length(types) == length(frame)) frame[] <- typed_columns(as.list(frame), form)
  frame
}

#' @rdname run_series
#' @export
run_latest <- function(run, name) {
  read <- tryCatch(.Call(C_read_array, place_of(run), "latest", one_text(name, "name"), NULL),
    metalab_error_not_found = function(condition) NULL)
  if (!is.null(read)) list(step = read[[2]], value = read[[1]])
}

#' @rdname run_series
#' @export
run_verify <- function(run, name = run_artifacts(run)$name) {
  place <- place_of(run)
  for (one in name) .Call(C_read, place, "verify", one)
  invisible(run)
}

#' @export
format.metalab_store <- function(x, ...) paste0("<metalab_store ", x$locator, ">")

#' @export
print.metalab_store <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  found <- experiments(x)
  cat(length(found), if (length(found) == 1) " experiment" else " experiments",
    if (length(found) > 0) paste0(": ", paste(utils::head(found, 10), collapse = ", ")), if (length(found) > 10) ", ...", "\n", sep = "")
  invisible(x)
}

# How many runs of each status each experiment has.
#' @export
summary.metalab_store <- function(object, ...) {
  runs <- load_runs(object)
  table(experiment = runs$experiment_id, status = runs$status)
}

#' @export
as.data.frame.metalab_store <- function(x, row.names = NULL, optional = FALSE, ...) load_runs(x, ...)

#' @export
format.metalab_run <- function(x, ...) paste0("<metalab_run ", x$run_id, " of ", x$experiment_id, ">")

#' @export
print.metalab_run <- function(x, ...) {
  print(summary(x))
  invisible(x)
}

#' @export
as.data.frame.metalab_run <- function(x, row.names = NULL, optional = FALSE, ...) {
  load_runs(x$store, x$experiment_id, paste0("run_id = \"", x$run_id, "\""))
}

#' @export
summary.metalab_run <- function(object, ...) {
  record <- about_run(object)
  structure(list(
    run = object, status = record$status, started_at = record$started_at, duration_ms = record$duration_ms,
    error = record$error$message, params = simplified(as.list(record$params_resolved)),
    metrics = simplified(as.list(record$metrics)), tags = unlist(record$tags), names = run_names(object)
  ), class = "metalab_run_summary")
}

#' @export
print.metalab_run_summary <- function(x, ...) {
  line <- function(label, text) if (length(text) > 0) cat(strwrap(text, initial = formatC(label, width = -11), prefix = strrep(" ", 11)), sep = "\n")
  values <- function(x) {
    if (length(x) > 0) {
      each <- vapply(x, function(one) paste(utils::head(format(unlist(one), trim = TRUE, digits = 6), 5), collapse = " "), "")
      paste(names(x), each, sep = " = ", collapse = ", ")
    }
  }
  cat(format(x$run), "\n", sep = "")
  seconds <- if (!is.null(x$duration_ms) && !(x$status %in% c("running", "dead"))) paste0(", ", format(x$duration_ms / 1000), " s")
  line("status", paste0(x$status, ", began ", x$started_at, seconds))
  line("error", x$error)
  line("params", values(x$params))
  line("metrics", values(x$metrics))
  for (what in names(x$names)) line(what, if (length(x$names[[what]]) > 0) paste(x$names[[what]], collapse = ", "))
  line("tags", if (length(x$tags) > 0) paste(x$tags, collapse = ", "))
  invisible(x)
}
