# Structured data, artifacts and files: what becomes of a value follows from its type.

is_numbers <- function(x) {
  (is.numeric(x) || is.logical(x) || is.complex(x) || is.raw(x) || inherits(x, c("integer64", "difftime"))) &&
    !is.factor(x) && !inherits(x, c("Date", "POSIXct"))
}

is_single <- function(x) is.null(dim(x)) && length(x) == 1 && !inherits(x, "AsIs")

# Named arrays, not a list of settings: one of them at least is more than a single value.
is_named_arrays <- function(x) {
  is.list(x) && !is.data.frame(x) && !is.object(x) && length(x) > 0 && !is.null(names(x)) && all(nzchar(names(x))) &&
    all(vapply(x, is_numbers, NA)) && !all(vapply(x, is_single, NA))
}

is_jsonable <- function(x) {
  if (is.data.frame(x) || inherits(x, "POSIXlt")) return(TRUE)
  if (is.list(x)) return(all(vapply(x, is_jsonable, NA)))
  is.null(x) || (is.atomic(x) && !is.raw(x))
}

#' @rdname capture_data
#' @export
capture_data <- function(run, name, value, metadata = NULL) {
  value <- plain(value)
  if (is_numbers(value) && !is_single(value) && (is.null(names(value)) || !is.null(dim(value)))) {
    form <- array_form(value)
    .Call(C_data_array, run, name, value, with_form(metadata, if (length(form) > 0) list(arr = form)))
  } else {
    if (!is_jsonable(value)) refuse("value: a ", class(value)[[1]], " can't be structured data")
    said <- json_form(value)
    .Call(C_data_json, run, name, said$value, with_form(metadata, said$form))
  }
  invisible(run)
}

artifact_format <- function(value) {
  if (is.data.frame(value)) return("csv")
  if (is.raw(value) && is.null(dim(value))) return("bin")
  if (is_numbers(value) || is_named_arrays(value)) return("npz")
  if (is.character(value) && is.null(dim(value)) && length(value) == 1 && is.null(names(value)) && !is.na(value)) return("txt")
  if (is_jsonable(value)) return("json")
  refuse("value: a ", class(value)[[1]], " has no format of its own; format = \"rds\" stores it for R")
}

#' Structured Data, Artifacts and Files
#'
#' Structured data are for tables and plots: `run.data(name)` in Python. Artifacts are files. The type of
#' a value determines how it is stored.
#'
#' @param run a run.
#' @param name a string. Storing under the same name again replaces the value.
#' @param value see below.
#' @param metadata a list with names.
#' @param format `"npz"`, `"json"`, `"csv"`, `"rds"`, or for strings and bytes any
#'   extension; by default it depends on the value.
#' @param kind the kind of artifact, a string, for strings, bytes, tables and files.
#' @param path of a file that exists, or of a directory: it becomes an archive, NAME.tar, and NAME, which lists it.
#' @param mode whether the file is copied, linked, or moved; or stays where it is, also a directory, and the
#'   artifact says where, with sizes and hashes, or without those.
#' @details \tabular{lll}{
#'   value \tab artifact \tab data \cr
#'   numeric, integer, logical, complex vectors and arrays \tab npz \tab array; a single value: JSON \cr
#'   a list of such with names, one at least no single value \tab npz of several \tab JSON \cr
#'   data frames \tab csv \tab JSON, an array for each column \cr
#'   a text \tab txt \tab JSON \cr
#'   lists, texts, factors, dates and times \tab json \tab JSON \cr
#'   raw vectors \tab bytes (\code{bin}) \tab array \cr
#'   anything else \tab rds, only where \code{format = "rds"} \tab \cr
#' }
#' [metalab-package] describes how single values, `NA` and so on are stored. In a csv,
#' numbers have the digits that give them back, and texts are in quotes. Logical arrays are numpy's
#' `bool`, integers `int32`, `integer64` `int64`, raw arrays `uint8`. A data frame's row
#' names are the first column of its csv, `row.names`.
#'
#' Attributes of a value that its file can't hold go into the metadata as `R`, from which [run_data()] and
#' [run_artifact()] restore them. Other attributes are an error. See [metalab-package].
#' @return The run, invisibly.
#' @examples
#' store <- tempfile("store")
#' run <- capture_open(store, experiment = "heat:1.0")
#' capture_artifact(run, "matrix", matrix(1:6, 2))
#' capture_artifact(run, "fields", list(u = c(0.5, 1), v = array(0, c(2, 2, 2))))
#' capture_artifact(run, "setup", list(domain = "square", cells = c(64L, 64L)))
#' capture_artifact(run, "table", data.frame(x = 1:3, label = c("a", NA, "c")))
#' capture_artifact(run, "model", lm(dist ~ speed, cars), format = "rds")
#' capture_data(run, "table", data.frame(x = 1:3, label = c("a", NA, "c")))
#' capture_data(run, "vector", c(1, 2, 3))
#' capture_finish(run)
#' vapply(capture_summary(run, "artifacts"), function(artifact) artifact$format, "")
#' @rdname capture_data
#' @export
capture_artifact <- function(run, name, value, metadata = NULL, format = NULL, kind = NULL) {
  value <- plain(value)
  format <- if (is.null(format)) artifact_format(value) else one_text(format, "format")
  if (is.raw(value) && is.null(dim(value)) && !(format %in% c("npz", "rds"))) {
    .Call(C_artifact_bytes, run, name, value, if (is.null(kind)) "bytes" else kind, format, metadata)
    return(invisible(run))
  }
  if (!is.null(kind) && format %in% c("npz", "json")) refuse("kind: that of ", format, " is given")
  switch(format,
    npz = if (is.list(value)) {
      if (!all(vapply(value, is_numbers, NA))) refuse("value: arrays of numbers or truth values are wanted in an npz")
      if (is.object(value)) refuse("value: a list of arrays is wanted, not a ", class(value)[[1]])
      .Call(C_artifact_arrays, run, name, value, with_form(metadata, array_forms(value)))
    } else {
      form <- array_form(value)
      .Call(C_artifact_array, run, name, value, with_form(metadata, if (length(form) > 0) list(arr = form)))
    },
    json = {
      said <- json_form(value)
      .Call(C_artifact_json, run, name, said$value, with_form(metadata, said$form))
    },
    csv = {
      if (!is.data.frame(value)) value <- as.data.frame(value)
      form <- csv_form(value)
      .Call(C_artifact_bytes, run, name, csv_bytes(value), if (is.null(kind)) "table" else kind, "csv", with_form(metadata, form))
    },
    rds = .Call(C_artifact_bytes, run, name, rds_bytes(value), if (is.null(kind)) "rds" else kind, "rds", metadata),
    {
      if (!is.character(value)) refuse("format: ", format, " is none that a ", class(value)[[1]], " can be written in")
      if (anyNA(value)) refuse("value: NA is no text; format = \"json\" or \"rds\" has a place for it")
      bytes <- charToRaw(paste(enc2utf8(value), collapse = "\n"))
      .Call(C_artifact_bytes, run, name, bytes, if (is.null(kind)) "text" else kind, format, metadata)
    }
  )
  invisible(run)
}

# A column as it is written: numbers with all their digits, dates and times in ISO 8601. What is a list, a matrix,
# or has a unit or times of its own is none.
csv_column <- function(column, name) {
  if (inherits(column, "POSIXlt")) column <- as.POSIXct(column)
  if (inherits(column, "AsIs")) class(column) <- setdiff(class(column), c("AsIs", "matrix", "array"))
  if (is.list(column) || length(dim(column)) > 1) {
    refuse("value: column ", name, " is a ", if (is.list(column)) "list" else "matrix",
      ", which csv has no place for; format = \"json\" or \"rds\" has")
  }
  if (inherits(column, c("factor", "Date", "POSIXct"))) return(described(column))
  if (is.object(column) && !inherits(column, c("integer64", "noquote"))) {
    refuse("value: column ", name, " is a ", class(column)[[1]], ", whose meaning csv has no place for; as.numeric() says what to keep")
  }
  if (inherits(column, "integer64") || is.double(column)) return(I(formatted_numbers(column)))
  as.vector(column)
}

csv_form <- function(frame) {
  form <- c(types_form(as.list(frame)), list(row.names = has_row_names(frame)))
  texts_na <- lapply(as.list(frame), function(column) {
    if (is.character(column) || is.factor(column)) which(!is.na(column) & as.character(column) == "NA")
  })
  texts_na <- texts_na[lengths(texts_na) > 0 & !duplicated(names(texts_na))]
  if (length(texts_na) > 0) form$texts_na <- lapply(texts_na, I)
  form
}

csv_bytes <- function(frame) {
  columns <- Map(csv_column, as.list(frame), names(frame))
  names <- names(frame)
  if (has_row_names(frame)) {
    if ("row.names" %in% names) refuse("value: the data frame has row names, and a column that is called row.names")
    columns <- c(list(row.names(frame)), columns)
    names <- c("row.names", names)
  }
  bare <- vapply(columns, inherits, NA, "AsIs")
  plain <- lapply(columns, function(column) if (inherits(column, "AsIs")) as.character(column) else column)
  text <- structure(unname(plain), names = names, row.names = .set_row_names(nrow(frame)), class = "data.frame")
  quoted <- which(vapply(plain, is.character, NA, USE.NAMES = FALSE) & !bare)
  connection <- rawConnection(raw(), "wb")
  on.exit(close(connection))
  utils::write.table(text, connection, sep = ",", quote = quoted, qmethod = "double", row.names = FALSE,
    fileEncoding = "UTF-8", col.names = FALSE)
  names <- paste(sprintf("\"%s\"", gsub("\"", "\"\"", enc2utf8(names), fixed = TRUE)), collapse = ",")
  c(charToRaw(paste0(names, "\n")), rawConnectionValue(connection))
}

rds_bytes <- function(value) {
  file <- tempfile("metalab", fileext = ".rds")
  on.exit(unlink(file))
  saveRDS(value, file)
  readBin(file, "raw", file.size(file))
}

#' @rdname capture_data
#' @export
capture_file <- function(run, name, path, mode = c("copy", "link", "move", "reference", "reference_unhashed"),
                         kind = NULL, metadata = NULL) {
  .Call(C_file, run, name, path.expand(one_text(path, "path")), match.arg(mode), kind, metadata)
  invisible(run)
}

#' Artifacts of Unknown Length
#'
#' An artifact that is written piece by piece and then sealed. What was written survives the death of R.
#'
#' @param run a run.
#' @param name,kind,format texts: the format is the file's extension.
#' @param metadata a list with names.
#' @param stream what `capture_stream()` returned.
#' @param value texts, each of which becomes a line, or a raw vector.
#' @details A stream ends by [capture_seal()] or [capture_abandon()]. A stream that is open
#' when its run ends is kept, marked as incomplete. A stream that is garbage-collected before is abandoned.
#' @return The stream; `stream_write()` returns it invisibly.
#' @examples
#' store <- tempfile("store")
#' run <- capture_open(store, experiment = "heat:1.0")
#' table <- capture_stream(run, "history", kind = "table", format = "csv")
#' stream_write(table, c("step,energy", "0,0.25"))
#' stream_write(table, "1,0.24")
#' capture_seal(table)
#' capture_finish(run)
#' @export
capture_stream <- function(run, name, kind = "text", format = "txt", metadata = NULL) {
  .Call(C_stream, run, name, kind, format, metadata)
}

#' @rdname capture_stream
#' @export
stream_write <- function(stream, value) {
  if (is.character(value)) value <- charToRaw(paste0(enc2utf8(value), "\n", collapse = ""))
  .Call(C_stream_write, stream, value)
  invisible(stream)
}

#' @export
print.metalab_stream <- function(x, ...) {
  cat("<metalab_stream>\n")
  invisible(x)
}
