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

open_store <- function(store = NULL) {
  opened <- structure(list(locator = store_locator(store)), class = "metalab_store")
  experiments(opened)
  opened
}

experiments <- function(store) vapply(.Call(C_experiments, store_locator(store)), identity, "")

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

load_run <- function(store = NULL, run_id = NULL, experiment = NULL) {
  optional <- function(x, argument) if (is.null(x)) NA_character_ else one_text(x, argument)
  locator <- store_locator(store)
  names <- .Call(C_stored, c(locator, optional(experiment, "experiment"), optional(run_id, "run_id")))
  new_run(locator, names[[1]], names[[2]])
}

run_exists <- function(store = NULL, run_id = NULL, experiment = NULL) {
  tryCatch({
    load_run(store, run_id, experiment)
    TRUE
  }, metalab_error_not_found = function(condition) FALSE)
}

# The run that capture_open() would open with these arguments, if the store has one.
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

run_record <- function(run) .Call(C_read, place_of(run), "record", NULL)

run_status <- function(run) run_record(run)$status

# Values of one name each; a value that is an array is a vector.
run_params <- function(run) simplified(as.list(run_record(run)$params_resolved))

run_metrics <- function(run) simplified(as.list(run_record(run)$metrics))

run_names <- function(run) lapply(.Call(C_read, place_of(run), "names", NULL), function(names) vapply(names, identity, ""))

run_last_step <- function(run) {
  step <- .Call(C_read, place_of(run), "step", NULL)
  if (is.null(step)) NA_integer_ else step
}

series_frame <- function(read, about = NULL) {
  frame <- structure(list(step = read[[1]], value = read[[2]]), row.names = .set_row_names(length(read[[1]])), class = "data.frame")
  for (what in c("unit", "description")) if (!is.null(about[[what]])) attr(frame, what) <- about[[what]]
  frame
}

run_series <- function(run, name, most = NULL) {
  if (!is.character(name) || length(name) == 0 || anyNA(name)) refuse("name: texts are wanted")
  place <- place_of(run)
  read <- function(name) {
    series <- .Call(C_read_series, place, name, most)
    series_frame(series, series[[3]])
  }
  if (length(name) == 1) return(read(name))
  frames <- lapply(name, read)
  do.call(rbind, Map(function(frame, name) data.frame(series = rep(name, nrow(frame)), frame), frames, name, USE.NAMES = FALSE))
}

run_follow <- function(run, name) {
  handle <- .Call(C_follow, place_of(run), one_text(name, "name"))
  structure(function() {
    read <- .Call(C_poll, handle)
    structure(series_frame(read), ended = read[[3]])
  }, class = "metalab_follow", name = name)
}

print.metalab_follow <- function(x, ...) {
  cat("<metalab_follow ", attr(x, "name"), ", called as () for the points that are new>\n", sep = "")
  invisible(x)
}

# The lines of a log from a byte on, and where the next ones begin.
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
  with_json_form(if (simplify || identical(form[["class"]], "data.frame")) simplified(document) else document, form)
}

run_data <- function(run, name, simplify = TRUE) {
  place <- place_of(run)
  one_text(name, "name")
  form <- .Call(C_read, place, "metadata", name)[["R"]]
  document <- tryCatch(.Call(C_read, place, "result", name), metalab_error_value = function(condition) NULL)
  if (is.null(document)) return(with_array_form(.Call(C_read_array, place, "result", name, NULL)[[1]], form[["arr"]]))
  read_document(document$data, form, simplify)
}

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

read_npz_artifact <- function(run, name, key, form) {
  place <- place_of(run)
  read <- function(key) with_array_form(.Call(C_read_array, place, "artifact", name, key)[[1]], form[[key]])
  if (!is.null(key)) return(read(one_text(key, "key")))
  keys <- unique(vapply(.Call(C_read, place, "arrays", name), identity, ""))
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
  frame <- utils::read.csv(path, check.names = FALSE, stringsAsFactors = FALSE, encoding = "UTF-8", na.strings = "NA",
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
  if (length(types) == length(frame)) frame[] <- Map(as_column, frame, types)
  frame
}

run_latest <- function(run, name) {
  read <- tryCatch(.Call(C_read_array, place_of(run), "latest", one_text(name, "name"), NULL),
    metalab_error_not_found = function(condition) NULL)
  if (!is.null(read)) list(step = read[[2]], value = read[[1]])
}

run_verify <- function(run, name = run_artifacts(run)$name) {
  place <- place_of(run)
  for (one in name) .Call(C_read, place, "verify", one)
  invisible(run)
}

format.metalab_store <- function(x, ...) paste0("<metalab_store ", x$locator, ">")

print.metalab_store <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  found <- experiments(x)
  cat(length(found), if (length(found) == 1) " experiment" else " experiments",
    if (length(found) > 0) paste0(": ", paste(utils::head(found, 10), collapse = ", ")), if (length(found) > 10) ", ...", "\n", sep = "")
  invisible(x)
}

# How many runs of each status each experiment has.
summary.metalab_store <- function(object, ...) {
  runs <- load_runs(object)
  table(experiment = runs$experiment_id, status = runs$status)
}

as.data.frame.metalab_store <- function(x, row.names = NULL, optional = FALSE, ...) load_runs(x, ...)

format.metalab_run <- function(x, ...) paste0("<metalab_run ", x$run_id, " of ", x$experiment_id, ">")

print.metalab_run <- function(x, ...) {
  print(summary(x))
  invisible(x)
}

as.data.frame.metalab_run <- function(x, row.names = NULL, optional = FALSE, ...) {
  load_runs(x$store, x$experiment_id, paste0("run_id = \"", x$run_id, "\""))
}

summary.metalab_run <- function(object, ...) {
  record <- run_record(object)
  structure(list(
    run = object, status = record$status, started_at = record$started_at, duration_ms = record$duration_ms,
    error = record$error$message, params = simplified(as.list(record$params_resolved)),
    metrics = simplified(as.list(record$metrics)), tags = unlist(record$tags), names = run_names(object)
  ), class = "metalab_run_summary")
}

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
